//! Other systems that are told of cases, and how telling them went.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{ManageWebhooks, SeePersonalFields};
use wasl_core::webhook::{Topic, Wanted as CoreWanted};
use wasl_runtime::store::{Delivery as StoredDelivery, NewWebhook, PostAttempt, Webhook as Stored};

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, change, get};
use super::shown::{Page, limited};
use crate::webhooks::{Asked, NotDone, Webhooks};

/// Notices of a page unless asked otherwise, and at the most.
const PAGE: u32 = 50;
const PAGE_MAX: u32 = 500;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/webhooks", ManageWebhooks, "List which systems are told of cases, by name; never their secrets", list),
        change("/webhooks", ManageWebhooks, "Tell another system of cases; its secret is in the answer, once", add)
            .example(r#"{"name": "billing", "url": "https://billing.example.bh/hooks/wasl", "topics": ["case.ended"]}"#)
            .makes(),
        get(
            "/webhooks/{webhook}",
            ManageWebhooks,
            "Show which system is told, of what, and whether that goes well",
            show,
        ),
        change("/webhooks/{webhook}/stop", ManageWebhooks, "Tell it nothing more; what happens meanwhile waits", stop),
        change("/webhooks/{webhook}/start", ManageWebhooks, "Tell it again, beginning with what waits", start),
        change("/webhooks/{webhook}/remove", ManageWebhooks, "Take it away with its log and what waits for it", remove),
        get("/webhooks/{webhook}/deliveries", ManageWebhooks, "List what it was told, the youngest first", deliveries),
        change(
            "/webhooks/{webhook}/deliveries/{delivery}/redeliver",
            ManageWebhooks,
            "Tell it something once more, under the same id",
            redeliver,
        ),
        change(
            "/webhooks/{webhook}/deliveries/{delivery}/skip",
            ManageWebhooks,
            "Leave something out that it does not take",
            skip,
        ),
    ]
}

/// A system that is told of cases.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub(super) struct Shown {
    name: String,
    /// Where it is told.
    url: String,
    #[serde(flatten)]
    told: Told,
    /// Who added it.
    created_by: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// Since when it is told nothing.
    #[schemars(with = "Option<String>")]
    stopped_at: Option<Timestamp>,
    /// Why, where nobody wished it: what it answered, such as `http_500`, or why not, such as `no_connection`.
    stopped_because: Option<String>,
}

/// What a system is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookTold")]
struct Told {
    /// About these.
    #[schemars(schema_with = "topics_schema")]
    topics: Vec<&'static str>,
    /// Of cases of these workflows; of all where none is named.
    workflows: Vec<String>,
    /// With these fields of the case.
    fields: Vec<String>,
}

/// A system that is to be told of cases.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookNew")]
pub(super) struct Adding {
    /// Small letters, digits, `.`, `-` and `_`.
    name: String,
    /// Where it is told: `https://…`.
    url: String,
    /// About these; about everything unless given.
    #[serde(default)]
    #[schemars(schema_with = "topics_schema")]
    topics: Vec<String>,
    /// Of cases of these workflows; of all unless given.
    #[serde(default)]
    workflows: Vec<String>,
    /// Fields of the case that go along: none unless given. Nobody asks who may see them again.
    #[serde(default)]
    fields: Vec<String>,
}

/// A system that was added.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookAdded")]
pub(super) struct Added {
    name: String,
    /// What notices are signed with. It is not shown again.
    secret: String,
    #[serde(flatten)]
    told: Told,
}

/// Which notices are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only notices before this one: `next` of the page before.
    after: Option<i64>,
    /// At the most so many; 50 unless given.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<i64>,
}

/// Something that a system is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookDelivery")]
pub(super) struct Delivery {
    id: i64,
    /// The header `webhook-id`.
    notice: String,
    /// The `type` of the notice.
    topic: String,
    /// The reference of the case.
    case: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    planned_at: Timestamp,
    /// When it is tried next; `null` if it does not wait.
    #[schemars(with = "Option<String>")]
    next_at: Option<Timestamp>,
    /// When it was taken or left out.
    #[schemars(with = "Option<String>")]
    settled_at: Option<Timestamp>,
    /// Who left it out.
    skipped_by: Option<String>,
    /// Every attempt, the first one first.
    attempts: Vec<Attempt>,
}

/// An attempt to tell something.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookAttempt")]
struct Attempt {
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    took_ms: i64,
    /// What was answered.
    status: Option<u16>,
    /// Why there was no answer.
    problem: Option<String>,
}

/// Something was done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookDone")]
pub(super) struct Done {
    /// The name of the webhook.
    webhook: String,
}

fn topics_schema(_: &mut SchemaGenerator) -> Schema {
    let names = Topic::ALL.map(Topic::name);
    json_schema!({"type": "array", "items": {"type": "string", "enum": names}})
}

impl From<CoreWanted> for Told {
    fn from(wanted: CoreWanted) -> Self {
        Self {
            topics: wanted.topics.iter().map(|topic| topic.name()).collect(),
            workflows: wanted.workflows.into_iter().collect(),
            fields: wanted.fields.into_iter().collect(),
        }
    }
}

impl From<Stored> for Shown {
    fn from(webhook: Stored) -> Self {
        let (stopped_at, stopped_because) = webhook.stopped.map_or((None, None), |(at, why)| (Some(at), why));
        Self {
            name: webhook.name,
            url: webhook.url,
            told: webhook.wanted.into(),
            created_by: webhook.created_by,
            created_at: webhook.created_at,
            stopped_at,
            stopped_because,
        }
    }
}

impl From<StoredDelivery> for Delivery {
    fn from(delivery: StoredDelivery) -> Self {
        let attempt =
            |one: PostAttempt| Attempt { at: one.at, took_ms: one.took_ms, status: one.status, problem: one.problem };
        Self {
            id: delivery.id,
            notice: delivery.notice,
            topic: delivery.topic,
            case: delivery.case.reference(),
            planned_at: delivery.planned_at,
            next_at: delivery.settled_at.is_none().then_some(delivery.next_at),
            settled_at: delivery.settled_at,
            skipped_by: delivery.skipped_by,
            attempts: delivery.log.into_iter().map(attempt).collect(),
        }
    }
}

impl From<NotDone> for Problem {
    fn from(not_done: NotDone) -> Self {
        crate::failure::Failure::from(not_done).into()
    }
}

fn webhooks<Q, B>(call: &Call<Q, B>) -> Webhooks<'_> {
    Webhooks::of(&call.session, call.viewer.who.clone())
}

fn number<Q, B>(call: &Call<Q, B>) -> Result<i64, Problem> {
    let given = call.param("delivery");
    given.parse().map_err(|_| Problem::of(Status::NOT_FOUND, format!("there is no notice {given}")))
}

async fn list(call: Call<Nothing, Nothing>) -> Answered<Page<Shown>> {
    let all = call.session.store().webhooks().await?;
    Ok(Reply::of(Page::whole(all.into_iter().map(Shown::from).collect())))
}

async fn add(call: Call<Nothing, Adding>) -> Answered<Added> {
    // A key passes on only what it may see itself.
    if !call.body.fields.is_empty() && call.viewer.account.is_none() {
        call.viewer.may(SeePersonalFields)?;
    }
    let hand = webhooks(&call);
    let Adding { name, url, topics, workflows, fields } = &call.body;
    let asked = Asked {
        name: name.clone(),
        url: url.clone(),
        topics: topics.clone(),
        workflows: workflows.clone(),
        fields: fields.clone(),
    };
    let NewWebhook { name, secret, wanted, .. } = hand.add(&asked).await?;
    Ok(Reply::of(Added { name, secret, told: wanted.into() }).made())
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    Ok(Reply::of(webhooks(&call).known(call.param("webhook")).await?.into()))
}

async fn stop(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    Ok(Reply::of(webhooks(&call).stop(call.param("webhook")).await?.into()))
}

async fn start(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    Ok(Reply::of(webhooks(&call).start(call.param("webhook")).await?.into()))
}

async fn remove(call: Call<Nothing, Nothing>) -> Answered<Done> {
    let webhook = call.param("webhook").to_owned();
    webhooks(&call).remove(&webhook).await?;
    Ok(Reply::of(Done { webhook }))
}

async fn deliveries(call: Call<Wanted, Nothing>) -> Answered<Page<Delivery>> {
    let webhook = webhooks(&call).known(call.param("webhook")).await?;
    let limit = limited(call.query.limit, PAGE, PAGE_MAX)?;
    let found = call.session.store().deliveries(webhook.id, call.query.after, limit).await?;
    let items = found.into_iter().map(Delivery::from).collect();
    Ok(Reply::of(Page::of(items, limit, |delivery: &Delivery| delivery.id.to_string())))
}

async fn redeliver(call: Call<Nothing, Nothing>) -> Answered<Done> {
    let webhook = call.param("webhook").to_owned();
    webhooks(&call).redeliver(&webhook, number(&call)?).await?;
    Ok(Reply::of(Done { webhook }))
}

async fn skip(call: Call<Nothing, Nothing>) -> Answered<Done> {
    let webhook = call.param("webhook").to_owned();
    webhooks(&call).skip(&webhook, number(&call)?).await?;
    Ok(Reply::of(Done { webhook }))
}
