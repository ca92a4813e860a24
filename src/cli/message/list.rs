//! `message list`.

use std::fmt::Write as _;

use clap::Args;
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::did_you_mean;
use wasl_runtime::store::{MessageFilter, MessageStatus, StoredMessage};

use super::{to_json, told};
use crate::cli::session::Session;
use crate::failure::Failure;
use crate::output::Answer;
use crate::settings::Language;
use crate::words::{MESSAGE, message_status};

/// `message list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl message list --status uncertain
  wasl message list --case KXT2P
  wasl message list --channel sms --limit 1000 --format json")]
pub(crate) struct ListArgs {
    /// Only messages of this case
    #[arg(long, value_name = "CASE")]
    case: Option<String>,
    /// Only messages that stand so: queued, sending, uncertain, accepted, sent, unconfirmed, delivered,
    /// undelivered, failed, expired, withdrawn, suppressed
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<MessageStatus>,
    /// Only messages of this channel: sms or email
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    channel: Option<Channel>,
    /// At the most so many
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

fn status(word: &str) -> Result<MessageStatus, String> {
    let known = MessageStatus::ALL.map(MessageStatus::as_str);
    MessageStatus::parse(word).ok_or_else(|| did_you_mean(word, known).unwrap_or_default())
}

pub(in crate::cli) fn channel(word: &str) -> Result<Channel, String> {
    Channel::parse(word).filter(|channel| *channel != Channel::Call).ok_or_else(|| "write `sms` or `email`".into())
}

/// Lists messages, the newest first.
pub(super) async fn run(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    let case = match &args.case {
        Some(reference) => Some(session.case(reference).await?.id),
        None => None,
    };
    let filter = MessageFilter { case, status: args.status, channel: args.channel, after: None, limit: args.limit };
    let messages = session.store().messages(&filter).await?;
    let json = messages.iter().map(to_json).collect();
    if messages.is_empty() {
        let any = filter.case.is_some() || filter.status.is_some() || filter.channel.is_some();
        let screen = session.screen;
        let text = if any {
            screen.pick("no message is like this", "لا توجد رسالة كهذه")
        } else {
            screen.pick("no message has been planned yet", "لم تخطط أي رسالة بعد")
        };
        return Ok(Answer::new(text, json));
    }
    let mut rows = Vec::with_capacity(messages.len());
    for stored in &messages {
        rows.push(row(stored, session).await?);
    }
    let headers = match session.screen.language {
        Language::En => ["message", "case", "channel", "template", "at", "status", "to"],
        Language::Ar => ["الرسالة", "الحالة", "القناة", "النص", "في", "الوضع", "إلى"],
    };
    let mut text = session.screen.table(&headers, rows);
    let shown = u64::try_from(messages.len()).unwrap_or(u64::MAX);
    if shown >= u64::from(args.limit) {
        let shown = session.screen.shown(shown, &MESSAGE);
        let _ = write!(text, "\n\n{shown}{}", session.screen.pick("; more with `--limit`", "؛ للمزيد `--limit`"));
    }
    Ok(Answer::new(text, json))
}

/// Where a message stands: in English as `--status` takes it.
fn status_words(status: MessageStatus, language: Language) -> &'static str {
    match language {
        Language::En => status.as_str(),
        Language::Ar => message_status(status, language),
    }
}

async fn row(stored: &StoredMessage, session: &Session) -> Result<Vec<String>, Failure> {
    let message = &stored.message;
    let told = told(stored, session).await?;
    let at = stored.sent_at.unwrap_or(message.not_before);
    Ok(vec![
        message.id.to_string(),
        stored.case.reference(),
        message.channel.to_string(),
        message.template.to_string(),
        told.map_or_else(String::new, |told| told.teller().moment(at)),
        status_words(stored.status, session.screen.language).to_owned(),
        message.to.to_string(),
    ])
}
