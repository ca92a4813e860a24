//! `inbound`: what people wrote to us, whose it is, and giving a message to its case by hand.

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::case::CaseId;
use wasl_core::message::Keyword;
use wasl_runtime::store::{InboundFilter, StoredInbound};

use super::aftermath::tell;
use super::case::By;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, facts};
use crate::settings::Language;
use crate::words::MESSAGE;

/// So much of a message stands in a list.
const GLIMPSE_CHARS: usize = 60;

/// The commands about messages to us.
#[derive(Debug, Subcommand)]
pub(crate) enum InboundCommand {
    /// List messages to us, the newest first
    List(ListArgs),
    /// Show one: its words, its sender, and every case that it could belong to
    Show(ShowArgs),
    /// Give a message to a case: one that matched none, or the wrong one
    Assign(AssignArgs),
}

/// `inbound list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl inbound list --unmatched
  wasl inbound list --case KXT2P --lang ar
  wasl inbound list --limit 1000 --format json")]
pub(crate) struct ListArgs {
    /// Only those whose sender no case has spoken to
    #[arg(long, conflicts_with = "case")]
    unmatched: bool,
    /// Only those of this case
    #[arg(long, value_name = "CASE")]
    case: Option<String>,
    /// At the most so many
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// `inbound show`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl inbound show 12")]
pub(crate) struct ShowArgs {
    /// The message, as `inbound list` numbers it
    #[arg(value_name = "MESSAGE")]
    message: i64,
}

/// `inbound assign`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl inbound assign 12 KXT2P
  wasl inbound assign 12 KXT2P --by huda --lang ar

The case hears of it as if it had been found at once. A case that had the message before keeps it in
its history: what a workflow did about it is not undone.")]
pub(crate) struct AssignArgs {
    /// The message, as `inbound list` numbers it
    #[arg(value_name = "MESSAGE")]
    message: i64,
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// There is no such message or case.
pub(crate) async fn run(command: &InboundCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        InboundCommand::List(args) => list(args, session).await,
        InboundCommand::Show(args) => show(args.message, session).await,
        InboundCommand::Assign(args) => assign(args, session).await,
    }
}

async fn list(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    let case = match &args.case {
        Some(reference) => Some(session.case(reference).await?.id),
        None => None,
    };
    let filter = InboundFilter { unmatched: args.unmatched, case, limit: args.limit };
    let messages = session.store().inbound_messages(&filter).await?;
    let json = messages.iter().map(to_json).collect();
    let screen = session.screen;
    if messages.is_empty() {
        let text = if args.unmatched || case.is_some() {
            screen.pick("no message to us is like this", "لا توجد رسالة واردة كهذه")
        } else {
            screen.pick("nobody has written to us yet", "لم يكتب إلينا أحد بعد")
        };
        return Ok(Answer::new(text, json));
    }
    let rows = messages.iter().map(|inbound| row(inbound, session)).collect();
    let headers = match screen.language {
        Language::En => ["id", "at", "channel", "from", "case", "says"],
        Language::Ar => ["الرقم", "في", "القناة", "من", "الحالة", "نصها"],
    };
    let mut text = screen.table(&headers, rows);
    let shown = u64::try_from(messages.len()).unwrap_or(u64::MAX);
    if shown >= u64::from(args.limit) {
        let more = screen.pick("; more with `--limit`", "؛ للمزيد `--limit`");
        text = format!("{text}\n\n{}{more}", screen.shown(shown, &MESSAGE));
    }
    Ok(Answer::new(text, json))
}

fn row(inbound: &StoredInbound, session: &Session) -> Vec<String> {
    let nobody = || session.screen.pick("none", "لا حالة").to_owned();
    vec![
        inbound.id.to_string(),
        session.moment(inbound.received_at),
        inbound.channel.to_string(),
        inbound.from.clone(),
        inbound.case.map_or_else(nobody, CaseId::reference),
        glimpse(&inbound.text),
    ]
}

/// The beginning of a text, on one line.
fn glimpse(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(GLIMPSE_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

async fn show(id: i64, session: &Session) -> Result<Answer, Failure> {
    let inbound = find(id, session).await?;
    let screen = session.screen;
    let mut rows = vec![
        (screen.pick("from", "من"), inbound.from.clone()),
        (screen.pick("by", "عبر"), format!("{} ({})", inbound.channel, inbound.notifier)),
        (screen.pick("at", "في"), session.moment(inbound.received_at)),
    ];
    if let Some(keyword) = inbound.keyword {
        rows.push((screen.pick("asks", "يطلب"), keyword_words(keyword, screen).to_owned()));
    }
    rows.push((screen.pick("case", "الحالة"), case_words(&inbound, session)));
    let mut parts = vec![
        format!("{} {id}", screen.heading(screen.pick("Message to us", "رسالة واردة"))),
        facts(&rows),
        screen.part("What it says", "نصها", inbound.text.trim_end()),
    ];
    let others: Vec<String> = candidates(&inbound, session).await?;
    if !others.is_empty() {
        parts.push(screen.part("Cases that have spoken to the sender", "حالات سبق أن خاطبت المرسل", &others.join("\n")));
    }
    let then = screen.pick("To give it to a case", "لإسنادها إلى حالة");
    parts.push(format!("{then}: wasl inbound assign {id} CASE"));
    Ok(Answer::new(parts.join("\n\n"), to_json(&inbound)))
}

async fn candidates(inbound: &StoredInbound, session: &Session) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::with_capacity(inbound.candidates.len());
    for id in &inbound.candidates {
        let Some(case) = session.store().case(*id).await? else { continue };
        let explanation = session.engine.explain(&case, session.screen.lang()).await?;
        lines.push(format!("  {}  {}", id.reference(), explanation.standing));
    }
    Ok(lines)
}

async fn assign(args: &AssignArgs, session: &Session) -> Result<Answer, Failure> {
    let inbound = find(args.message, session).await?;
    let case = session.case(&args.case).await?;
    let submitted = session.engine.assign_inbound(inbound.id, case.id, &args.by.name()).await?;
    tell(session, &submitted).await
}

async fn find(id: i64, session: &Session) -> Result<StoredInbound, Failure> {
    session.store().inbound(id).await?.ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("there is no message `{id}` to us")).help("see `wasl inbound list`")
    })
}

fn keyword_words(keyword: Keyword, screen: Screen) -> &'static str {
    match keyword {
        Keyword::Stop => screen.pick("no more messages; done", "وقف الرسائل؛ نفذ"),
        Keyword::Start => screen.pick("messages again; done", "عودة الرسائل؛ نفذ"),
    }
}

fn case_words(inbound: &StoredInbound, session: &Session) -> String {
    let screen = session.screen;
    let Some(case) = inbound.case else {
        return screen.pick("none: no case has spoken to this sender", "لا حالة: لم يخاطب هذا المرسل أحد").to_owned();
    };
    match (&inbound.assigned_by, inbound.assigned_at) {
        (Some(by), Some(at)) => {
            let at = session.moment(at);
            let given = screen.pick("given by", "أسندها");
            format!("{} ({given} {by}, {at})", case.reference())
        }
        _ => case.reference(),
    }
}

fn to_json(inbound: &StoredInbound) -> Json {
    json!({
        "id": inbound.id,
        "received_at": inbound.received_at,
        "notifier": inbound.notifier,
        "provider_id": inbound.provider_id,
        "channel": inbound.channel,
        "from": inbound.from,
        "to": inbound.to,
        "text": inbound.text,
        "keyword": inbound.keyword,
        "seen": inbound.seen,
        "case": inbound.case.map(CaseId::reference),
        "candidates": inbound.candidates.iter().map(|case| case.reference()).collect::<Json>(),
        "assigned_by": inbound.assigned_by,
        "assigned_at": inbound.assigned_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_the_beginning_of_a_long_message_on_one_line() {
        assert_eq!(glimpse("نعم\nشكرا"), "نعم شكرا");
        let long = glimpse(&"كلمة ".repeat(40));
        assert_eq!((long.chars().count(), long.ends_with('…')), (GLIMPSE_CHARS + 1, true), "{long}");
    }
}
