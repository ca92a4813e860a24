//! The outbox: what waits on each channel, holding it back, letting it go.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{ReleaseOutbox, ViewCase};
use wasl_runtime::store::Hold as StoredHold;

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, get, post};
use crate::acts;
use crate::asked::scope;
use crate::failure::Failure;
use crate::settings::CHANNELS;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/outbox", ViewCase, "Show what waits on each channel and what is held", show),
        post("/outbox/hold", (ReleaseOutbox, "outbox.hold"), "Hold back everything, a channel or a gateway", hold)
            .example(r#"{"what": "sms", "reason": "a text is wrong"}"#),
        post("/outbox/release", (ReleaseOutbox, "outbox.release"), "Let go what was held", release)
            .example(r#"{"what": "sms"}"#),
    ]
}

/// The outbox.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Outbox {
    channels: Vec<Backlog>,
    held: Vec<Held>,
}

/// What waits on a channel.
#[derive(Debug, Serialize, JsonSchema)]
struct Backlog {
    channel: &'static str,
    waiting: u64,
    /// Those whose moment has come.
    due: u64,
    #[schemars(with = "Option<String>")]
    oldest_due: Option<Timestamp>,
    /// Those of which nobody knows whether they left.
    uncertain: u64,
}

/// What is held back.
#[derive(Debug, Serialize, JsonSchema)]
struct Held {
    /// `all`, a channel or a gateway.
    what: String,
    reason: String,
    by: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    since: Timestamp,
}

/// What is to be held.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Holding {
    /// `all`, a channel (`sms`, `email`) or the name of a gateway.
    what: String,
    /// The gateway of that name, not the channel.
    #[serde(default)]
    gateway: bool,
    /// Why.
    reason: String,
}

/// What is let go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Releasing {
    /// What was held: `all`, a channel or the name of a gateway.
    what: String,
    /// The gateway of that name, not the channel.
    #[serde(default)]
    gateway: bool,
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Outbox> {
    of(&call).await
}

async fn of<B>(call: &Call<Nothing, B>) -> Answered<Outbox> {
    let store = call.session.store();
    let counts = store.outbox(call.session.engine.now()).await?;
    let channels = CHANNELS.iter().map(|channel| {
        let count = counts.get(channel).cloned().unwrap_or_default();
        Backlog {
            channel: channel.as_str(),
            waiting: count.waiting,
            due: count.due,
            oldest_due: count.oldest_due,
            uncertain: count.uncertain,
        }
    });
    let held = store.holds().await?.into_iter();
    let held =
        held.map(|hold| Held { what: hold.scope.to_string(), reason: hold.reason, by: hold.by, since: hold.since });
    Ok(Reply::of(Outbox { channels: channels.collect(), held: held.collect() }))
}

async fn hold(call: Call<Nothing, Holding>) -> Answered<Outbox> {
    let scope = scope(&call.body.what, call.body.gateway, &call.session)?;
    let reason = acts::reason(&call.body.reason).map_err(Failure::from)?;
    let (by, since) = (call.viewer.who.clone(), call.session.engine.now());
    if let Some(before) = call.session.store().hold_outbox(&StoredHold { scope, reason, by, since }).await? {
        let words = format!("`{}` is held already, by {} since {}", before.scope, before.by, before.since);
        return Err(Problem::of(Status::CONFLICT, words));
    }
    of(&call).await
}

async fn release(call: Call<Nothing, Releasing>) -> Answered<Outbox> {
    let scope = scope(&call.body.what, call.body.gateway, &call.session)?;
    let now = call.session.engine.now();
    if !call.session.store().release_outbox(&scope, &call.viewer.who, now).await? {
        return Err(Problem::of(Status::CONFLICT, format!("`{scope}` is not held")));
    }
    of(&call).await
}
