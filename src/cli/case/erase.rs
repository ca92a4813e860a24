//! `case erase`, `case keep`: one case is erased because somebody asks for it, or kept from being erased.

use clap::Args;
use wasl_core::event::{Body, Disposition};
use wasl_runtime::store::{MessageFilter, NewAudit};

use super::By;
use crate::acts;
use crate::cli::aftermath::{submit, tell};
use crate::cli::asking::confirmed;
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Answer;
use crate::retention::messages_words;
use crate::settings::Language;

/// Messages of a case that are counted before it is erased.
const MESSAGES_MAX: u32 = 1_000;

/// `case erase`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case erase KXT2P --reason 'request 2026/41 under article 23'
  wasl case erase KXT2P --reason 'request 2026/41 under article 23' --yes

It cannot be undone, and only a case that is over is erased: close it first. Names, numbers, texts and notes go; state,
outcome, times and what reports count stay. The death stays known by a pseudonym, so that the case is not opened again and
nobody rings the deceased's numbers. An opt-out of the person stays: it is what they asked for. Write no name into the
reason: it is kept, as what the house answers for. `retention.secret` must be set in config/wasl.yaml.")]
pub(crate) struct EraseArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    /// Why, without names; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    by: By,
}

/// `case keep`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case keep KXT2P --reason 'complaint 2026/7 is with the court'
  wasl case keep KXT2P --end --reason 'the court has decided'

As long as it is kept it is erased neither by the rules nor by hand. It may be said of any case, open or over, and nothing
else of it changes.")]
pub(crate) struct KeepArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    /// Why, without names; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// It is kept no longer than others
    #[arg(long)]
    end: bool,
    #[command(flatten)]
    by: By,
}

pub(super) async fn erase(args: &EraseArgs, session: &Session) -> Result<Answer, Failure> {
    let (case, reason) = (session.case(&args.case).await?, acts::reason(&args.reason)?);
    let (screen, reference) = (session.screen, case.id.reference());
    // Who cannot be erased is told so before anybody is asked.
    if args.yes || !case.is_ended() || case.progress.kept.is_some() {
        return done(&case, (&args.by.name(), &reason), session).await;
    }
    let filter = MessageFilter { case: Some(case.id), limit: MESSAGES_MAX, ..MessageFilter::default() };
    let messages = messages_words(session.store().messages(&filter).await?.len(), screen);
    let what = match screen.language {
        Language::En => format!("{reference} and everything that it says of people, with {messages}"),
        Language::Ar => format!("{reference} وكل ما تقوله عن الناس، ومعها {messages}"),
    };
    let question = screen.pick("Erase it? It cannot be undone. Write yes:", "هل تُمحى؟ لا رجعة في ذلك. اكتب نعم:");
    confirmed(&what, question, "look with `wasl case show`, then say `--yes`")?;
    done(&case, (&args.by.name(), &reason), session).await
}

async fn done(case: &wasl_core::case::Case, by_and_why: (&str, &str), session: &Session) -> Result<Answer, Failure> {
    let at = session.engine.now();
    let (who, act) = (by_and_why.0.to_owned(), "case.erase".to_owned());
    session.store().record_audit(&[NewAudit { at, who, act, case: Some(case.id), subject: None }]).await?;
    let submitted = session.engine.erase_case(case.id, by_and_why).await;
    let submitted = submitted.map_err(|error| crate::retention::failure(error, session.screen))?;
    let answer = tell(session, &submitted).await?;
    let refused = submitted.disposition != Disposition::Applied;
    Ok(if refused { answer.exit(Exit::Refused) } else { answer })
}

pub(super) async fn keep(args: &KeepArgs, session: &Session) -> Result<Answer, Failure> {
    let (case, reason) = (session.case(&args.case).await?, acts::reason(&args.reason)?);
    let body = if args.end { Body::KeepNoLonger { reason } } else { Body::Keep { reason } };
    submit(session, &case, &args.by.name(), None, body).await
}
