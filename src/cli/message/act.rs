//! What an operator does about one message. Each is an event of its case, and is answered by what it led to.

use clap::Args;
use wasl_core::case::EffectId;
use wasl_runtime::engine::Wish;

use crate::cli::aftermath::{SOURCE, tell};
use crate::cli::case::By;
use crate::cli::session::Session;
use crate::failure::Failure;
use crate::output::Answer;

/// `message retry`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl message retry 17.3.1     tried now, or as soon as contact hours and caps allow")]
pub(crate) struct RetryArgs {
    /// The message, as `message list` names it
    #[arg(value_name = "MESSAGE")]
    message: String,
    #[command(flatten)]
    by: By,
}

/// `message cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl message cancel 17.3.1 --reason 'the family has called us'")]
pub(crate) struct CancelArgs {
    /// The message, as `message list` names it
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// Why; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

/// `message resend`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl message resend 17.3.1 --reason 'the network was down that day'
  wasl message resend 17.3.1 --reason 'she asked for it again' --even-if-delivered")]
pub(crate) struct ResendArgs {
    /// The message, as `message list` names it
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// Why; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Even if the recipient may have it already
    #[arg(long)]
    even_if_delivered: bool,
    #[command(flatten)]
    by: By,
}

/// `message resolve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl message list --status uncertain
  wasl message resolve 17.3.1 --sent --reason 'it stands in the log of the gateway'
  wasl message resolve 17.3.1 --not-sent --reason 'the gateway says on the telephone that it has nothing'

One that had not left is tried again when the rules allow; `message cancel` keeps it from that. Where its case has moved
on meanwhile it is withdrawn.")]
pub(crate) struct ResolveArgs {
    /// The message, as `message list` names it
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// It had left
    #[arg(long, required_unless_present = "not_sent", conflicts_with = "not_sent")]
    sent: bool,
    /// It had not left
    #[arg(long)]
    not_sent: bool,
    /// How that is known; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

pub(super) async fn retry(args: &RetryArgs, session: &Session) -> Result<Answer, Failure> {
    act(session, &args.message, &args.by, Wish::Retry).await
}

pub(super) async fn cancel(args: &CancelArgs, session: &Session) -> Result<Answer, Failure> {
    act(session, &args.message, &args.by, Wish::Cancel { reason: args.reason.clone() }).await
}

pub(super) async fn resend(args: &ResendArgs, session: &Session) -> Result<Answer, Failure> {
    let (reason, even_if_delivered) = (args.reason.clone(), args.even_if_delivered);
    act(session, &args.message, &args.by, Wish::Resend { reason, even_if_delivered }).await
}

pub(super) async fn resolve(args: &ResolveArgs, session: &Session) -> Result<Answer, Failure> {
    act(session, &args.message, &args.by, Wish::Resolve { sent: args.sent, reason: args.reason.clone() }).await
}

async fn act(session: &Session, message: &str, by: &By, wish: Wish) -> Result<Answer, Failure> {
    let id = EffectId(message.trim().into());
    let event = session.engine.wish(&id, wish, SOURCE, &by.name()).await?;
    let submitted = session.engine.submit(event).await?;
    tell(session, &submitted).await
}
