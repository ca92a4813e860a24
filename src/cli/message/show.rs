//! `message show`.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wasl_core::case::EffectId;
use wasl_core::delivery::Channel;
use wasl_runtime::store::{Attempt, MessageStatus, StoredMessage, StoredReceipt};

use super::size::{self, Cost};
use super::{to_json, told};
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, facts};

/// `message show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl message show 17.3.0
  wasl message show 17.3.0 --raw      with each receipt as the gateway sent it")]
pub(crate) struct ShowArgs {
    /// The message, as `message list` names it
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// Show receipts as they came too; they may hold the recipient's number
    #[arg(long)]
    raw: bool,
}

/// Shows a message with everything that became of it.
pub(super) async fn run(args: &ShowArgs, session: &Session) -> Result<Answer, Failure> {
    let id = &args.message;
    let effect = EffectId(id.trim().into());
    let Some(stored) = session.store().message(&effect).await? else {
        return Err(Failure::new(Exit::NotFound, format!("there is no message `{id}`")).help("see `wasl message list`"));
    };
    let attempts = session.store().attempts(&effect).await?;
    let receipts = session.store().receipts(&effect).await?;
    let told = told(&stored, session).await?;
    let moment = |at| told.as_ref().map_or_else(String::new, |told| told.teller().moment(at));

    let (message, screen) = (&stored.message, session.screen);
    let section = stored.notifier.as_ref().and_then(|name| session.settings.notifiers.get(name));
    // One that waits will most probably leave by the first.
    let first = || session.settings.chain(message.channel).into_iter().next().map(|(_, section)| section);
    let price = section.or_else(first).and_then(|section| section.price_per_segment.as_ref());
    let cost = Cost { price, billed: stored.sent_at.map(|_| message.segments) };
    let country = section.and_then(|section| section.hosted_in.clone());
    let subject = message.subject.as_ref().map(|subject| format!("{subject}\n\n")).unwrap_or_default();
    let mut parts = vec![
        known(&stored, country.as_deref(), screen, moment),
        screen.part("What it says", "نصها", &format!("{subject}{}", message.text.trim_end())),
    ];
    if message.channel == Channel::Sms {
        parts.push(screen.part("How it travels", "كيف تُنقل", &size::words(&message.text, cost, screen)));
    }
    let tries = attempts.iter().map(|attempt| (attempt.started_at, attempt_words(attempt, screen)));
    let reported = receipts.iter().map(|receipt| (receipt.received_at, receipt_words(receipt, args.raw, screen)));
    let mut happened: Vec<(Timestamp, String)> = tries.chain(reported).collect();
    happened.sort_by_key(|(at, _)| *at);
    if !happened.is_empty() {
        let lines: Vec<String> = happened.into_iter().map(|(at, words)| format!("  {}  {words}", moment(at))).collect();
        parts.push(screen.part("What became of it", "ما آلت إليه", &lines.join("\n")));
    }
    if is_undecided(&stored) {
        parts.push(undecided(&stored, screen));
    }
    let mut json = to_json(&stored);
    if message.channel == Channel::Sms {
        json["size"] = size::json(&message.text, cost);
    }
    json["hosted_in"] = json!(country);
    json["undecided"] = json!(is_undecided(&stored));
    json["receipts"] = receipts.iter().map(|receipt| receipt_json(receipt, args.raw)).collect();
    json["attempt_log"] = attempts
        .iter()
        .map(|attempt| {
            json!({
                "attempt": attempt.attempt, "notifier": attempt.notifier, "started_at": attempt.started_at,
                "ended_at": attempt.ended_at,
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
    let to = message.to_name.as_ref().map_or(message.to.to_string(), |name| format!("{} {name}", message.to));
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
        ("report due", "التأكيد قبل", stored.confirm_by.map(&moment)),
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
pub(in crate::cli) fn hosted_in(country: &str, screen: Screen) -> String {
    format!("{} {country}", screen.pick("hosted in", "مستضافة في"))
}

/// Whether only a person can say what became of a message.
pub(super) fn is_undecided(stored: &StoredMessage) -> bool {
    stored.status == MessageStatus::Uncertain && stored.next_attempt_at.is_none()
}

fn undecided(stored: &StoredMessage, screen: Screen) -> String {
    let id = &stored.message.id;
    let ask = screen.pick(
        "The gateway cannot tell whether it has this message. Find out, then say so:",
        "لا يستطيع المزود أن يبين هل وصلته هذه الرسالة. تحققوا ثم سجلوا ما تبين:",
    );
    format!("{ask}\n  wasl message resolve {id} --sent --reason …\n  wasl message resolve {id} --not-sent --reason …")
}

/// A receipt for other programs; as it came only if that is asked for.
pub(super) fn receipt_json(receipt: &StoredReceipt, raw: bool) -> Json {
    let mut json = json!({
        "notifier": receipt.notifier, "provider_id": receipt.provider_id, "provider_status": receipt.provider_status,
        "status": receipt.status.map(MessageStatus::as_str), "code": receipt.code,
        "received_at": receipt.received_at, "seen": receipt.seen,
    });
    if raw {
        json["raw"] = json!(receipt.raw);
    }
    json
}

fn receipt_words(receipt: &StoredReceipt, raw: bool, screen: Screen) -> String {
    let code = receipt.code.as_deref().map(|code| format!(", {} {code}", screen.pick("code", "الرمز")));
    let code = code.unwrap_or_default();
    let again = if receipt.seen > 1 { format!(" ×{}", receipt.seen) } else { String::new() };
    let raw = if raw { format!("\n      {}", receipt.raw.trim_end().replace('\n', "\n      ")) } else { String::new() };
    format!("{}: {}{code}{again}{raw}", screen.pick("receipt", "إشعار"), receipt.provider_status)
}

fn standing(stored: &StoredMessage) -> String {
    let because = stored.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let code = stored.code.as_deref().map(|code| format!(" (code {code})")).unwrap_or_default();
    format!("{}{because}{code}", stored.status.as_str())
}
