//! `message`: what was said to whom, and what became of it.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wasl_core::case::EffectId;
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::did_you_mean;
use wasl_runtime::store::{Attempt, MessageFilter, MessageStatus, StoredMessage, StoredReceipt};

use super::session::{Session, Told};
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, facts};
use crate::settings::Language;
use crate::words::MESSAGE;

/// The commands about messages.
#[derive(Debug, Subcommand)]
pub(crate) enum MessageCommand {
    /// List messages, the newest first
    List(ListArgs),
    /// Show one message: its exact text, every attempt and every receipt
    Show(ShowArgs),
}

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
    /// Only messages that stand so: queued, sending, uncertain, accepted, sent, delivered,
    /// undelivered, failed, expired, withdrawn, suppressed
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<MessageStatus>,
    /// Only messages of this channel: sms or email
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    channel: Option<Channel>,
    /// At the most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// `message show`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl message show 17.3.0")]
pub(crate) struct ShowArgs {
    /// The message, as `message list` names it
    #[arg(value_name = "MESSAGE")]
    message: String,
}

fn status(word: &str) -> Result<MessageStatus, String> {
    let known = MessageStatus::ALL.map(MessageStatus::as_str);
    MessageStatus::parse(word).ok_or_else(|| did_you_mean(word, known).unwrap_or_default())
}

fn channel(word: &str) -> Result<Channel, String> {
    Channel::parse(word).filter(|channel| *channel != Channel::Call).ok_or_else(|| "write `sms` or `email`".into())
}

/// Runs a command.
///
/// # Errors
/// There is no such message or case.
pub(crate) async fn run(command: &MessageCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        MessageCommand::List(args) => list(args, session).await,
        MessageCommand::Show(args) => show(&args.message, session).await,
    }
}

async fn list(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    let case = match &args.case {
        Some(reference) => Some(session.case(reference).await?.id),
        None => None,
    };
    let filter = MessageFilter { case, status: args.status, channel: args.channel, limit: args.limit };
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
        let shown = session.screen.count(shown, &MESSAGE);
        let _ = write!(
            text,
            "\n\n{shown} {}",
            session.screen.pick("shown; more with `--limit`", "معروضة؛ للمزيد `--limit`")
        );
    }
    Ok(Answer::new(text, json))
}

async fn row(stored: &StoredMessage, session: &Session) -> Result<Vec<String>, Failure> {
    let message = &stored.message;
    let told = told(stored, session).await?;
    let at = stored.sent_at.unwrap_or(message.not_before);
    Ok(vec![
        message.id.to_string(),
        stored.case.reference(),
        message.channel.to_string(),
        message.template.clone(),
        told.map_or_else(String::new, |told| told.teller().moment(at)),
        stored.status.as_str().to_owned(),
        message.to.clone(),
    ])
}

async fn told(stored: &StoredMessage, session: &Session) -> Result<Option<Told>, Failure> {
    match session.store().case(stored.case).await? {
        Some(case) => session.told(&case).await.map(Some),
        None => Ok(None),
    }
}

async fn show(id: &str, session: &Session) -> Result<Answer, Failure> {
    let effect = EffectId(id.trim().to_owned());
    let Some(stored) = session.store().message(&effect).await? else {
        return Err(Failure::new(Exit::NotFound, format!("there is no message `{id}`")).help("see `wasl message list`"));
    };
    let attempts = session.store().attempts(&effect).await?;
    let receipts = session.store().receipts(&effect).await?;
    let told = told(&stored, session).await?;
    let moment = |at| told.as_ref().map_or_else(String::new, |told| told.teller().moment(at));

    let (message, screen) = (&stored.message, session.screen);
    let section = stored.notifier.as_ref().and_then(|name| session.settings.notifiers.get(name));
    let country = section.and_then(|section| section.hosted_in.clone());
    let subject = message.subject.as_ref().map(|subject| format!("{subject}\n\n")).unwrap_or_default();
    let mut parts = vec![
        known(&stored, country.as_deref(), screen, moment),
        screen.part("What it says", "نصها", &format!("{subject}{}", message.text.trim_end())),
    ];
    let tries = attempts.iter().map(|attempt| (attempt.started_at, attempt_words(attempt, screen)));
    let reported = receipts.iter().map(|receipt| (receipt.received_at, receipt_words(receipt, screen)));
    let happened: Vec<String> = tries.chain(reported).map(|(at, words)| format!("  {}  {words}", moment(at))).collect();
    if !happened.is_empty() {
        parts.push(screen.part("What became of it", "ما آلت إليه", &happened.join("\n")));
    }
    let mut json = to_json(&stored);
    json["hosted_in"] = json!(country);
    json["attempt_log"] = attempts
        .iter()
        .map(|attempt| {
            json!({
                "attempt": attempt.attempt, "notifier": attempt.notifier, "started_at": attempt.started_at, "ended_at": attempt.ended_at,
                "result": attempt.result, "code": attempt.code, "message": attempt.message,
            })
        })
        .collect();
    Ok(Answer::new(parts.join("\n\n"), json))
}

/// What is known of a message but its text, one fact a line.
fn known(
    stored: &StoredMessage,
    country: Option<&str>,
    screen: Screen,
    moment: impl Fn(Timestamp) -> String,
) -> String {
    let message = &stored.message;
    let why = message.why.as_ref().map(|why| why.get(screen.lang()).to_owned());
    let stopped = message.suppressed.as_ref().map(|rule| rule.words(screen.lang()));
    let segments = (message.channel == Channel::Sms).then(|| message.segments.to_string());
    let to = message.to_name.as_ref().map_or(message.to.clone(), |name| format!("{} {name}", message.to));
    let hosted = country.map(|country| format!(" ({})", hosted_in(country, screen))).unwrap_or_default();
    let by = stored.notifier.as_ref().map(|name| format!("{name}{hosted}"));
    let rows = [
        ("message", "الرسالة", Some(message.id.to_string())),
        ("case", "الحالة", Some(stored.case.reference())),
        ("status", "الوضع", Some(standing(stored))),
        ("planned", "خططت في", Some(moment(message.planned_at))),
        ("not before", "ليس قبل", Some(moment(message.not_before))),
        ("not after", "ليس بعد", message.expires.map(&moment)),
        ("sent", "أرسلت في", stored.sent_at.map(&moment)),
        ("by", "عن طريق", by),
        ("gateway's id", "رقمها لدى المزود", stored.provider_id.clone()),
        ("segments", "الأجزاء", segments),
        ("later because", "أخرت لأن", why),
        ("stopped by", "منعها", stopped),
        ("text", "النص", Some(format!("`{}` ({})", message.template, message.language))),
        ("to", "إلى", Some(to)),
    ];
    let known = rows.into_iter().filter_map(|(en, ar, value)| Some((screen.pick(en, ar), value?)));
    facts(&known.collect::<Vec<_>>())
}

fn attempt_words(attempt: &Attempt, screen: Screen) -> String {
    let nothing = screen.pick("nobody came back from it", "لم يأت جواب");
    let result = attempt.result.as_deref().unwrap_or(nothing);
    let why = attempt.message.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let by = attempt.notifier.as_ref().map(|name| format!(" {} `{name}`", screen.pick("by", "عن طريق")));
    format!("{} {}{}: {result}{why}", screen.pick("attempt", "المحاولة"), attempt.attempt, by.unwrap_or_default())
}

/// Where a gateway handles personal data, in words.
pub(super) fn hosted_in(country: &str, screen: Screen) -> String {
    format!("{} {country}", screen.pick("hosted in", "مستضافة في"))
}

fn receipt_words(receipt: &StoredReceipt, screen: Screen) -> String {
    let code = receipt.code.as_deref().map(|code| format!(", {} {code}", screen.pick("code", "الرمز")));
    let code = code.unwrap_or_default();
    format!("{}: {}{code}", screen.pick("receipt", "إشعار"), receipt.provider_status)
}

fn standing(stored: &StoredMessage) -> String {
    let because = stored.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let code = stored.code.as_deref().map(|code| format!(" (code {code})")).unwrap_or_default();
    format!("{}{because}{code}", stored.status.as_str())
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
        "settled_at": stored.settled_at,
        "code": stored.code,
        "reason": stored.reason,
    })
}
