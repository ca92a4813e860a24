//! `outbox`: what waits on each channel and gateway, and the switch that holds it back.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wasl_core::delivery::Channel;
use wasl_runtime::store::{ChannelCount, GatewayNote, Hold, Scope};

use super::case::By;
use super::session::Session;
use crate::acts;
use crate::asked::scope;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, thousands};
use crate::settings::{CHANNELS, Language, NotifierSection};
use crate::words::MESSAGE;

/// The commands about the outbox.
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// Show what waits on each channel, what is held, and how each gateway does
    Status(StatusArgs),
    /// Hold back everything, a channel or a gateway: nothing leaves by it until it is released
    Hold(HoldArgs),
    /// Let go what was held; what has waited leaves at the gateways' rate, the longest due first
    Release(ReleaseArgs),
}

/// `outbox status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl outbox status
  wasl outbox status --format json")]
pub(crate) struct StatusArgs {}

/// `outbox hold`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl outbox hold all --reason 'restored from the backup of last night'
  wasl outbox hold sms --reason 'a wrong number stands in the texts'
  wasl outbox hold sms-2 --reason 'maintenance at the provider'
  wasl outbox hold sms --gateway --reason 'maintenance: its fallback takes over'

It is kept in the database and every daemon looks at it before each message. Cases move on and plan messages meanwhile;
what is past its time expires. `/readyz` says that something is held.")]
pub(crate) struct HoldArgs {
    /// `all`, a channel (`sms`, `email`), or a gateway by its name in `config/wasl.yaml`
    #[arg(value_name = "WHAT")]
    what: String,
    /// Only the gateway of that name, not the channel: its fallback goes on
    #[arg(long)]
    gateway: bool,
    /// Why; shown until it is released
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

/// `outbox release`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl outbox release all
  wasl outbox release sms --gateway")]
pub(crate) struct ReleaseArgs {
    /// What was held: `all`, a channel, or a gateway
    #[arg(value_name = "WHAT")]
    what: String,
    /// The gateway of that name, not the channel
    #[arg(long)]
    gateway: bool,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// There is no such channel or gateway, or it is not held.
pub(crate) async fn run(command: &OutboxCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        OutboxCommand::Status(_) => status(session).await,
        OutboxCommand::Hold(args) => hold(args, session).await,
        OutboxCommand::Release(args) => release(args, session).await,
    }
}

async fn hold(args: &HoldArgs, session: &Session) -> Result<Answer, Failure> {
    let scope = scope(&args.what, args.gateway, session)?;
    let hold = Hold { scope, reason: acts::reason(&args.reason)?, by: args.by.name(), since: session.engine.now() };
    let screen = session.screen;
    if let Some(before) = session.store().hold_outbox(&hold).await? {
        let message =
            format!("`{}` is held already, by {} since {}", before.scope, before.by, session.moment(before.since));
        return Err(Failure::new(Exit::Refused, message).help("see `wasl outbox status`"));
    }
    let what = scope_words(&hold.scope, screen);
    let waiting = screen.count(waiting(&hold.scope, session).await?, &MESSAGE);
    let text = match screen.language {
        Language::En => {
            format!("held: {}; {waiting} waiting. Let it go with `wasl outbox release {}`", what, word(args))
        }
        Language::Ar => {
            format!("أوقف: {}؛ {waiting} في الانتظار. يُستأنف بالأمر `wasl outbox release {}`", what, word(args))
        }
    };
    Ok(Answer::new(text, json!({"held": hold_json(&hold)})))
}

fn word(args: &HoldArgs) -> String {
    format!("{}{}", args.what, if args.gateway { " --gateway" } else { "" })
}

async fn release(args: &ReleaseArgs, session: &Session) -> Result<Answer, Failure> {
    let scope = scope(&args.what, args.gateway, session)?;
    let (now, screen) = (session.engine.now(), session.screen);
    let what = scope_words(&scope, screen);
    if !session.store().release_outbox(&scope, &args.by.name(), now).await? {
        let holds = session.store().holds().await?;
        let there: Vec<String> = holds.iter().map(|hold| scope_words(&hold.scope, screen)).collect();
        let help = if there.is_empty() { "nothing is held".into() } else { format!("held: {}", there.join(", ")) };
        return Err(Failure::new(Exit::Refused, format!("{what} is not held")).help(help));
    }
    let waiting = screen.count(waiting(&scope, session).await?, &MESSAGE);
    let text = match screen.language {
        Language::En => format!("released: {what}; {waiting} waiting, those that are due leave at the gateway's rate"),
        Language::Ar => format!("استؤنف: {what}؛ {waiting} في الانتظار، ويخرج ما حان وقته منها بمعدل البوابة"),
    };
    Ok(Answer::new(text, json!({"released": scope.to_string()})))
}

/// How many messages wait where something is held.
async fn waiting(scope: &Scope, session: &Session) -> Result<u64, Failure> {
    let outbox = session.store().outbox(session.engine.now()).await?;
    let counts = outbox.iter().filter(|(channel, _)| match scope {
        Scope::All => true,
        Scope::Channel(held) => held == *channel,
        Scope::Gateway(name) => session.settings.chain(**channel).iter().any(|(other, _)| other == name),
    });
    Ok(counts.map(|(_, count)| count.waiting).sum())
}

async fn status(session: &Session) -> Result<Answer, Failure> {
    let now = session.engine.now();
    let (store, screen) = (session.store(), session.screen);
    let (outbox, holds, notes) = (store.outbox(now).await?, store.holds().await?, store.gateway_notes().await?);
    let channels: Vec<Json> = CHANNELS
        .iter()
        .map(|channel| {
            let count = outbox.get(channel).cloned().unwrap_or_default();
            let gateways = session
                .settings
                .chain(*channel)
                .into_iter()
                .map(|(name, section)| gateway_json(name, section, notes.get(name), now));
            json!({
                "channel": channel, "waiting": count.waiting, "due": count.due, "oldest_due": count.oldest_due,
                "uncertain": count.uncertain, "gateways": gateways.collect::<Vec<_>>(),
            })
        })
        .collect();
    let json = json!({"holds": holds.iter().map(hold_json).collect::<Vec<_>>(), "channels": channels});
    let mut parts = vec![channels_words(&outbox, &holds, session), gateways_words(session, &holds, &notes, now)];
    if !holds.is_empty() {
        let lines = holds.iter().map(|hold| {
            format!(
                "  {} ({}, {}): {}",
                scope_words(&hold.scope, screen),
                hold.by,
                session.moment(hold.since),
                hold.reason
            )
        });
        parts.push(screen.part("Held", "موقوف", &lines.collect::<Vec<_>>().join("\n")));
    }
    Ok(Answer::new(parts.join("\n\n"), json))
}

fn channels_words(outbox: &BTreeMap<Channel, ChannelCount>, holds: &[Hold], session: &Session) -> String {
    let screen = session.screen;
    let headers = match screen.language {
        Language::En => ["channel", "waiting", "due", "oldest due since", "uncertain", "held"],
        Language::Ar => ["القناة", "تنتظر", "حان وقتها", "أقدمها منذ", "لا يعلم أحد", "موقوفة"],
    };
    let rows = CHANNELS.iter().map(|channel| {
        let count = outbox.get(channel).cloned().unwrap_or_default();
        let is_held = holds.iter().any(|hold| hold.scope == Scope::All || hold.scope == Scope::Channel(*channel));
        vec![
            channel.to_string(),
            thousands(count.waiting),
            thousands(count.due),
            count.oldest_due.map_or_else(|| "—".into(), |at| session.moment(at)),
            thousands(count.uncertain),
            yes_no(is_held, screen),
        ]
    });
    screen.table(&headers, rows.collect())
}

fn gateways_words(session: &Session, holds: &[Hold], notes: &BTreeMap<String, GatewayNote>, now: Timestamp) -> String {
    let screen = session.screen;
    let headers = match screen.language {
        Language::En => ["gateway", "channel", "kind", "rate", "held", "breaker"],
        Language::Ar => ["البوابة", "القناة", "النوع", "المعدل", "موقوفة", "القاطع"],
    };
    let chains =
        CHANNELS.iter().flat_map(|channel| session.settings.chain(*channel).into_iter().map(move |of| (*channel, of)));
    let rows = chains.map(|(channel, (name, section))| {
        let is_held = holds.iter().any(|hold| hold.scope == Scope::Gateway(name.to_owned()));
        vec![
            name.to_owned(),
            channel.to_string(),
            section.settings.kind().to_owned(),
            rate(section).unwrap_or_else(|| "—".into()),
            yes_no(is_held, screen),
            breaker_words(notes.get(name), now, session),
        ]
    });
    screen.table(&headers, rows.collect())
}

fn breaker_words(note: Option<&GatewayNote>, now: Timestamp, session: &Session) -> String {
    let screen = session.screen;
    let Some(note) = note else {
        return screen.pick("no daemon has run", "لم يعمل البرنامج بعد").to_owned();
    };
    let Some(until) = note.rests_until else { return screen.pick("closed: it works", "مغلق: تعمل").to_owned() };
    let why = note.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    if until <= now {
        return format!("{}{why}", screen.pick("half open: one message tries it", "نصف مفتوح: تُجرَّب برسالة واحدة"));
    }
    format!("{} {}{why}", screen.pick("open: it rests until", "مفتوح: متوقفة حتى"), session.moment(until))
}

/// How fast a gateway is given messages.
fn rate(section: &NotifierSection) -> Option<String> {
    let rate = section.gate.rate?;
    Some(format!("{} / {:#}", rate.messages, rate.per))
}

fn gateway_json(name: &str, section: &NotifierSection, note: Option<&GatewayNote>, now: Timestamp) -> Json {
    let rests_until = note.and_then(|note| note.rests_until);
    let breaker = match (note, rests_until) {
        (None, _) => "unknown",
        (Some(_), None) => "closed",
        (Some(_), Some(until)) if until <= now => "half_open",
        (Some(_), Some(_)) => "open",
    };
    json!({
        "gateway": name, "kind": section.settings.kind(), "rate": rate(section), "breaker": breaker,
        "rests_until": rests_until, "why": note.and_then(|note| note.why.as_ref()),
    })
}

fn hold_json(hold: &Hold) -> Json {
    json!({"what": hold.scope.to_string(), "reason": hold.reason, "by": hold.by, "since": hold.since})
}

/// What is held, in words.
fn scope_words(scope: &Scope, screen: Screen) -> String {
    match scope {
        Scope::All => screen.pick("everything", "كل شيء").to_owned(),
        Scope::Channel(channel) => format!("{} {channel}", screen.pick("channel", "القناة")),
        Scope::Gateway(name) => format!("{} {name}", screen.pick("gateway", "البوابة")),
    }
}

fn yes_no(yes: bool, screen: Screen) -> String {
    if yes { screen.pick("yes", "نعم") } else { screen.pick("no", "لا") }.to_owned()
}
