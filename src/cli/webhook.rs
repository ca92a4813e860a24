//! `webhook`: other systems that are told of cases. The secret is shown once, when one is added.

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::webhook::Topic;
use wasl_runtime::store::{Delivery, Webhook};

use super::case::By;
use super::session::Session;
use crate::failure::Failure;
use crate::output::{Answer, Screen};
use crate::webhooks::{Asked, Webhooks};

/// The commands about other systems that are told of cases.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Tell another system of cases from now on; its secret is shown now and never again
    Add(AddArgs),
    /// List who is told, of what, and whether that goes well
    List(ListArgs),
    /// Show what one was told, attempt by attempt
    Show(ShowArgs),
    /// Tell one nothing more until it is started; what happens meanwhile waits for it
    Stop(OneArgs),
    /// Tell one again, beginning with what waits
    Start(OneArgs),
    /// Take one away, with its log and what waits for it
    Remove(OneArgs),
    /// Tell something once more, under the same id
    Redeliver(DeliveryArgs),
    /// Leave something out that the other system does not take
    Skip(DeliveryArgs),
}

/// `webhook add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl webhook add billing https://billing.example.bh/hooks/wasl
  wasl webhook add billing https://billing.example.bh/hooks/wasl --topic case.ended --workflow account-transfer --field account_no

Topics: case.opened, case.entered, call.answered, case.held, case.resumed, case.incident, case.ended.
Without --field a notice has the reference of the case, its workflow, state and version, and nothing else of the case.")]
pub(crate) struct AddArgs {
    /// What it is called: small letters, digits, `.`, `-` and `_`
    #[arg(value_name = "NAME")]
    name: String,
    /// Where it is told
    #[arg(value_name = "URL")]
    url: String,
    /// Only of this; as often as needed
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    /// Only of cases of this workflow; as often as needed
    #[arg(long = "workflow", value_name = "NAME")]
    workflows: Vec<String>,
    /// A field of the case that goes along; as often as needed
    #[arg(long = "field", value_name = "NAME")]
    fields: Vec<String>,
    #[command(flatten)]
    by: By,
}

/// `webhook list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl webhook list
  wasl webhook list --format json")]
pub(crate) struct ListArgs {}

/// `webhook show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl webhook show billing
  wasl webhook show billing --limit 200 --format json")]
pub(crate) struct ShowArgs {
    /// Which
    #[arg(value_name = "NAME")]
    name: String,
    /// At the most so many notices, the youngest first
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// One of them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl webhook stop billing
  wasl webhook start billing
  wasl webhook remove billing")]
pub(crate) struct OneArgs {
    /// Which
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    by: By,
}

/// One notice to one of them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl webhook redeliver billing 4711
  wasl webhook skip billing 4711")]
pub(crate) struct DeliveryArgs {
    /// Which
    #[arg(value_name = "NAME")]
    name: String,
    /// The number of the notice in `wasl webhook show`
    #[arg(value_name = "NUMBER")]
    number: i64,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// There is no such webhook or notice, the address is not allowed, or the database failed.
pub(crate) async fn run(command: &WebhookCommand, session: &Session) -> Result<Answer, Failure> {
    let done = |name: &str, en: &str, ar: &str| {
        Answer::new(format!("{name}: {}", session.screen.pick(en, ar)), json!({"webhook": name, "done": true}))
    };
    let hand = |by: &By| Webhooks::of(session, by.name());
    match command {
        WebhookCommand::Add(args) => add(args, session).await,
        WebhookCommand::List(_) => list(session).await,
        WebhookCommand::Show(args) => show(args, session).await,
        WebhookCommand::Stop(OneArgs { name, by }) => {
            hand(by).stop(name).await?;
            Ok(done(name, "stopped; what happens waits for it for 30 days", "أُوقف؛ وما يحدث ينتظره 30 يوما"))
        }
        WebhookCommand::Start(OneArgs { name, by }) => {
            hand(by).start(name).await?;
            Ok(done(name, "told again, beginning with what waits", "يُبلَّغ من جديد، بدءا بما ينتظر"))
        }
        WebhookCommand::Remove(OneArgs { name, by }) => {
            hand(by).remove(name).await?;
            Ok(done(name, "told nothing any more", "لن يُبلَّغ بشيء بعد الآن"))
        }
        WebhookCommand::Redeliver(DeliveryArgs { name, number, by }) => {
            hand(by).redeliver(name, *number).await?;
            Ok(done(name, "told once more", "يُبلَّغ مرة أخرى"))
        }
        WebhookCommand::Skip(DeliveryArgs { name, number, by }) => {
            hand(by).skip(name, *number).await?;
            Ok(done(name, "left out", "تُرك"))
        }
    }
}

async fn add(args: &AddArgs, session: &Session) -> Result<Answer, Failure> {
    let AddArgs { name, url, topics, workflows, fields, by } = args;
    let asked = Asked {
        name: name.clone(),
        url: url.clone(),
        topics: topics.clone(),
        workflows: workflows.clone(),
        fields: fields.clone(),
    };
    let new = Webhooks::of(session, by.name()).add(&asked).await?;
    let once = session.screen.pick(
        "the secret that notices are signed with; shown now and never again",
        "السر الذي يُوقَّع به كل إبلاغ؛ يعرض الآن ولن يعرض ثانية",
    );
    let topics: Vec<&str> = new.wanted.topics.iter().map(|topic| topic.name()).collect();
    let json = json!({"name": new.name, "url": new.url, "secret": new.secret, "topics": topics,
        "workflows": new.wanted.workflows, "fields": new.wanted.fields});
    Ok(Answer::new(format!("{}\n  ({once})", new.secret), json))
}

async fn list(session: &Session) -> Result<Answer, Failure> {
    let all = session.store().webhooks().await?;
    let screen = session.screen;
    let json = all.iter().map(to_json).collect();
    if all.is_empty() {
        return Ok(Answer::new(screen.pick("no other system is told", "لا يُبلَّغ أي نظام آخر"), json));
    }
    let headers = [
        screen.pick("webhook", "الربط"),
        screen.pick("where", "إلى أين"),
        screen.pick("state", "الحال"),
        screen.pick("of what", "عن ماذا"),
    ];
    let row = |webhook: &Webhook| {
        let topics = topics(webhook, screen);
        vec![webhook.name.clone(), webhook.url.clone(), state(webhook, screen), topics]
    };
    Ok(Answer::new(screen.table(&headers, all.iter().map(row).collect()), json))
}

fn topics(webhook: &Webhook, screen: Screen) -> String {
    if webhook.wanted.topics.len() == Topic::ALL.len() {
        return screen.pick("everything", "كل شيء").to_owned();
    }
    webhook.wanted.topics.iter().map(|topic| topic.name()).collect::<Vec<_>>().join(", ")
}

fn state(webhook: &Webhook, screen: Screen) -> String {
    match &webhook.stopped {
        None => screen.pick("is told", "يُبلَّغ").to_owned(),
        Some((_, None)) => screen.pick("stopped", "موقوف").to_owned(),
        Some((_, Some(why))) => format!("{} ({why})", screen.pick("stopped: does not take it", "موقوف: لا يقبل")),
    }
}

async fn show(args: &ShowArgs, session: &Session) -> Result<Answer, Failure> {
    let webhook = Webhooks::of(session, "").known(&args.name).await?;
    let deliveries = session.store().deliveries(webhook.id, None, args.limit).await?;
    let screen = session.screen;
    let mut json = to_json(&webhook);
    json["deliveries"] = deliveries.iter().map(delivery_json).collect();
    let headers = [
        screen.pick("notice", "الإبلاغ"),
        screen.pick("about", "عن"),
        screen.pick("case", "الحالة"),
        screen.pick("planned", "دُوّن"),
        screen.pick("state", "الحال"),
        screen.pick("attempts", "المحاولات"),
    ];
    let row = |delivery: &Delivery| {
        let reference = delivery.case.reference();
        let log: Vec<String> = delivery.log.iter().map(|one| answered(one.status, one.problem.as_deref())).collect();
        let planned = session.moment(delivery.planned_at);
        let state = delivery_state(delivery, session);
        vec![delivery.id.to_string(), delivery.topic.clone(), reference, planned, state, log.join(", ")]
    };
    let table = screen.table(&headers, deliveries.iter().map(row).collect());
    Ok(Answer::new(format!("{}: {}, {}\n{table}", webhook.name, webhook.url, state(&webhook, screen)), json))
}

fn answered(status: Option<u16>, problem: Option<&str>) -> String {
    status.map_or_else(|| problem.unwrap_or("?").to_owned(), |status| status.to_string())
}

fn delivery_state(delivery: &Delivery, session: &Session) -> String {
    let screen = session.screen;
    match (delivery.settled_at, &delivery.skipped_by) {
        (Some(_), Some(_)) => screen.pick("left out", "تُرك").to_owned(),
        (Some(_), None) => screen.pick("taken", "قُبل").to_owned(),
        (None, _) => format!("{} {}", screen.pick("waits until", "ينتظر حتى"), session.moment(delivery.next_at)),
    }
}

fn to_json(webhook: &Webhook) -> Json {
    let (at, why) = webhook.stopped.clone().map_or((None, None), |(at, why)| (Some(at), why));
    json!({
        "name": webhook.name, "url": webhook.url,
        "topics": webhook.wanted.topics.iter().map(|topic| topic.name()).collect::<Vec<_>>(),
        "workflows": webhook.wanted.workflows, "fields": webhook.wanted.fields,
        "created_by": webhook.created_by, "created_at": webhook.created_at, "stopped_at": at, "stopped_because": why,
    })
}

fn delivery_json(delivery: &Delivery) -> Json {
    let attempt = |one: &wasl_runtime::store::PostAttempt| json!({"at": one.at, "took_ms": one.took_ms, "status": one.status, "problem": one.problem});
    json!({
        "id": delivery.id, "notice": delivery.notice, "topic": delivery.topic, "case": delivery.case.reference(),
        "planned_at": delivery.planned_at, "settled_at": delivery.settled_at, "skipped_by": delivery.skipped_by,
        "next_at": delivery.settled_at.is_none().then_some(delivery.next_at),
        "attempts": delivery.log.iter().map(attempt).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_topic() {
        let help = AddArgs::augment_args(clap::Command::new("add")).get_after_help().unwrap().to_string();
        for topic in Topic::ALL {
            assert!(help.contains(topic.name()), "{}", topic.name());
        }
    }
}
