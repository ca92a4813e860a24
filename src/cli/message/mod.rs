//! `message`: what was said to whom, what became of it, and what an operator may do about it.

mod act;
mod list;
mod preview;
mod receipts;
mod show;
mod size;

use clap::Subcommand;
pub(super) use preview::made_up as preview;
use serde_json::{Value as Json, json};
pub(super) use show::hosted_in;
use wasl_runtime::store::StoredMessage;

use super::session::{Session, Told};
use crate::failure::Failure;
use crate::output::Answer;

/// The commands about messages.
#[derive(Debug, Subcommand)]
pub(crate) enum MessageCommand {
    /// List messages, the newest first
    List(list::ListArgs),
    /// Show one message: its exact text, how it travels, every attempt and every receipt
    Show(show::ShowArgs),
    /// Try out a text: exactly what a case, or a made-up one, would be sent
    Preview(preview::PreviewArgs),
    /// Have a message that waits tried now; the rules of contact are asked again
    Retry(act::RetryArgs),
    /// Withdraw a message that has not left
    Cancel(act::CancelArgs),
    /// Send the text of a message once more, as a new message, if the rules of contact allow it
    Resend(act::ResendArgs),
    /// Say whether a message had left of which nobody knew
    Resolve(act::ResolveArgs),
    /// List delivery receipts that belong to no message that is known
    Receipts(receipts::ReceiptsArgs),
}

/// Runs a command.
///
/// # Errors
/// There is no such message or case, or what is wanted cannot be.
pub(crate) async fn run(command: &MessageCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        MessageCommand::List(args) => list::run(args, session).await,
        MessageCommand::Show(args) => show::run(args, session).await,
        MessageCommand::Preview(args) => preview::run(args, session).await,
        MessageCommand::Retry(args) => act::retry(args, session).await,
        MessageCommand::Cancel(args) => act::cancel(args, session).await,
        MessageCommand::Resend(args) => act::resend(args, session).await,
        MessageCommand::Resolve(args) => act::resolve(args, session).await,
        MessageCommand::Receipts(args) => receipts::run(args, session).await,
    }
}

pub(super) async fn told(stored: &StoredMessage, session: &Session) -> Result<Option<Told>, Failure> {
    match session.store().case(stored.case).await? {
        Some(case) => session.told(&case).await.map(Some),
        None => Ok(None),
    }
}

/// A message for other programs.
pub(super) fn to_json(stored: &StoredMessage) -> Json {
    let message = &stored.message;
    json!({
        "id": message.id,
        "case": stored.case.reference(),
        "channel": message.channel,
        "status": stored.status.as_str(),
        "state": message.state,
        "template": message.template,
        "language": message.language,
        "to": message.to,
        "to_name": message.to_name,
        "subject": message.subject,
        "text": message.text,
        "segments": message.segments,
        "planned_at": message.planned_at,
        "not_before": message.not_before,
        "expires": message.expires,
        "suppressed": message.suppressed,
        "notifier": stored.notifier,
        "provider_id": stored.provider_id,
        "attempts": stored.attempts,
        "next_attempt_at": stored.next_attempt_at,
        "sent_at": stored.sent_at,
        "confirm_by": stored.confirm_by,
        "settled_at": stored.settled_at,
        "code": stored.code,
        "reason": stored.reason,
    })
}
