//! `case`: what stands where and why, and what a person may do about it.

mod act;
mod erase;
mod explain;
mod list;
pub(in crate::cli) mod points;
mod show;
mod would;

pub(crate) use act::By;
use clap::{Args, Subcommand};

use super::session::Session;
use crate::failure::Failure;
use crate::output::Answer;

/// The commands about cases. A case is named by its reference, in capitals or not, or its number.
#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// List cases
    List(list::ListArgs),
    /// Tell one case: what it knows, its calls and messages, its history as a story
    Show(CaseArgs),
    /// Say what a case waits for, since when, until when and why then, and what each event would do
    #[command(after_help = "Examples:
  wasl case explain KXT2P
  wasl case explain kxt2p --lang ar")]
    Explain(CaseArgs),
    /// Open a case by hand, or find the one that has the same key
    Open(act::OpenArgs),
    /// Report something that happened to a case
    Event(act::EventArgs),
    /// Stop a case: nothing is sent and no time runs out until it is resumed
    Hold(act::ReasonArgs),
    /// Let a held case go on
    Resume(act::PlainArgs),
    /// End a case by hand
    Close(act::CloseArgs),
    /// Try again what led to an incident
    Retry(act::PlainArgs),
    /// Give up what led to an incident and go on
    Skip(act::ReasonArgs),
    /// Take a case to a state by hand, or say what that would lead to
    Move(act::MoveArgs),
    /// Keep a case that is under dispute from being erased, or no longer
    Keep(erase::KeepArgs),
    /// Erase what a closed case says of people, because somebody asks for it
    Erase(erase::EraseArgs),
}

/// One case.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case show KXT2P
  wasl case show kxt2p --lang ar
  wasl case show 17 --format json")]
pub(crate) struct CaseArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
}

/// Runs a command.
///
/// # Errors
/// There is no such case, or it cannot be read.
pub(crate) async fn run(command: &CaseCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        CaseCommand::List(args) => list::run(args, session).await,
        CaseCommand::Show(args) => show::run(&session.case(&args.case).await?, session).await,
        CaseCommand::Explain(args) => explain::run(&session.case(&args.case).await?, session).await,
        CaseCommand::Open(args) => act::open(args, session).await,
        CaseCommand::Event(args) => act::event(args, session).await,
        CaseCommand::Hold(args) => act::hold(args, session).await,
        CaseCommand::Resume(args) => act::resume(args, session).await,
        CaseCommand::Close(args) => act::close(args, session).await,
        CaseCommand::Retry(args) => act::retry(args, session).await,
        CaseCommand::Skip(args) => act::skip(args, session).await,
        CaseCommand::Move(args) => act::to_state(args, session).await,
        CaseCommand::Keep(args) => erase::keep(args, session).await,
        CaseCommand::Erase(args) => erase::erase(args, session).await,
    }
}

/// Whether the database is made where there is none: only by what can begin with an empty one.
pub(crate) fn creates(command: &CaseCommand) -> bool {
    matches!(command, CaseCommand::Open(_))
}
