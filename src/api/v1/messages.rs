//! Messages: what was said to whom, what became of it, and what an operator may do about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{ReleaseOutbox, SeePersonalFields, ViewCase};
use wasl_core::case::EffectId;
use wasl_core::delivery::Channel;
use wasl_core::message::segments;
use wasl_runtime::engine::{EngineError, Wish};
use wasl_runtime::store::{MessageFilter, MessageStatus, NewEvent, StoredMessage};

use super::call::Call;
use super::cases::Reason;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, get, post};
use super::shown::{Message, Outcome, Page, Receipt, Sending, limited};
use crate::failure::Failure;

/// Messages of a page unless asked otherwise, and at the most.
const PAGE: u32 = 50;
const PAGE_MAX: u32 = 500;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/messages", ViewCase, "List messages, the newest first", list),
        post(
            "/messages/preview",
            (SeePersonalFields, "message.preview"),
            "Try out a text with a case; nothing is sent",
            preview,
        )
        .example(r#"{"case": "KXT2P", "template": "follow-up", "language": "ar"}"#),
        get("/messages/{message}", ViewCase, "Show one message with every attempt and receipt", show),
        post(
            "/messages/{message}/retry",
            (ReleaseOutbox, "message.retry"),
            "Have a message that waits tried now",
            retry,
        )
        .compared()
        .once(),
        post(
            "/messages/{message}/cancel",
            (ReleaseOutbox, "message.cancel"),
            "Withdraw a message that has not left",
            cancel,
        )
        .example(r#"{"reason": "the family has called us"}"#)
        .compared()
        .once(),
        post(
            "/messages/{message}/resend",
            (ReleaseOutbox, "message.resend"),
            "Send the text of a message once more",
            resend,
        )
        .example(r#"{"reason": "the network was down that day"}"#)
        .compared()
        .once(),
        post(
            "/messages/{message}/resolve",
            (ReleaseOutbox, "message.resolve"),
            "Say whether a message had left of which nobody knew",
            resolve,
        )
        .example(r#"{"sent": true, "reason": "it stands in the log of the gateway"}"#)
        .compared()
        .once(),
    ]
}

/// Which messages are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only messages of this case.
    case: Option<String>,
    /// Only messages that stand so: `queued`, `uncertain`, `delivered`, …
    status: Option<String>,
    /// Only messages of this channel: `sms` or `email`.
    channel: Option<String>,
    /// Only messages after this one: `next` of the page before.
    after: Option<String>,
    /// At the most so many; 50 unless given.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<i64>,
}

/// A message with everything that became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MessageShown")]
pub(super) struct Whole {
    message: Message,
    attempts: Vec<Sending>,
    receipts: Vec<Receipt>,
}

/// A message that is sent once more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resending {
    /// Why; it stays in the history.
    reason: String,
    /// Even if the recipient may have it already.
    #[serde(default)]
    even_if_delivered: bool,
}

/// What is known of a message of which nobody knew whether it had left.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolving {
    /// Whether it had left.
    sent: bool,
    /// How that is known; it stays in the history.
    reason: String,
}

/// A text that is tried out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Trying {
    /// The case whose values it gets.
    case: String,
    /// The text's name.
    template: String,
    /// In this language; else in the one of whom it would reach.
    language: Option<String>,
}

/// A text as a case would send it now.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Preview {
    /// How the workflow sends it; `null` if it does not.
    channel: Option<&'static str>,
    language: String,
    /// Whom it would reach; `null` if nobody of the case can be reached by it.
    to: Option<String>,
    subject: Option<String>,
    text: String,
    /// SMS segments that it would cost.
    segments: Option<u32>,
}

async fn list(call: Call<Wanted, Nothing>) -> Answered<Page<Message>> {
    let wanted = &call.query;
    let case = match &wanted.case {
        Some(reference) => Some(call.session.case(reference).await?.id),
        None => None,
    };
    let status = known(wanted.status.as_deref(), "status", MessageStatus::parse)?;
    let channel = known(wanted.channel.as_deref(), "channel", Channel::parse)?;
    let after = match &wanted.after {
        Some(id) => Some(stored(&call, id).await?.message.id),
        None => None,
    };
    let limit = limited(wanted.limit, PAGE, PAGE_MAX)?;
    let messages = call.session.store().messages(&MessageFilter { case, status, channel, after, limit }).await?;
    let sees = call.sees(messages.iter().map(|message| message.case)).await?;
    let items = messages.iter().map(|message| Message::of(message, sees)).collect();
    Ok(Reply::of(Page::of(items, limit, |message: &Message| message.id.clone())))
}

/// Reads a word of a query.
pub(super) fn known<T>(word: Option<&str>, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let Some(word) = word else { return Ok(None) };
    let unknown = || Problem::of(Status::BAD_REQUEST, format!("there is no {what} `{word}`"));
    read(word).map(Some).ok_or_else(unknown)
}

async fn stored<Q, B>(call: &Call<Q, B>, id: &str) -> Result<StoredMessage, Problem> {
    let id = EffectId(id.trim().into());
    let found = call.session.store().message(&id).await?;
    found.ok_or_else(|| Failure::from(EngineError::NoMessage(id)).into())
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Whole> {
    let stored = stored(&call, call.param("message")).await?;
    let store = call.session.store();
    let attempts = store.attempts(&stored.message.id).await?.into_iter().map(Sending::from).collect();
    let receipts = store.receipts(&stored.message.id).await?.into_iter().map(Receipt::from).collect();
    let sees = call.sees([stored.case]).await?;
    let version = version_of(&call, &stored).await?;
    Ok(Reply::of(Whole { message: Message::of(&stored, sees), attempts, receipts }).etag(version))
}

async fn retry(call: Call<Nothing, Nothing>) -> Answered<Outcome> {
    wish(&call, Wish::Retry).await
}

async fn cancel(call: Call<Nothing, Reason>) -> Answered<Outcome> {
    wish(&call, Wish::Cancel { reason: call.body.reason.clone() }).await
}

async fn resend(call: Call<Nothing, Resending>) -> Answered<Outcome> {
    let Resending { reason, even_if_delivered } = &call.body;
    wish(&call, Wish::Resend { reason: reason.clone(), even_if_delivered: *even_if_delivered }).await
}

async fn resolve(call: Call<Nothing, Resolving>) -> Answered<Outcome> {
    let Resolving { sent, reason } = &call.body;
    wish(&call, Wish::Resolve { sent: *sent, reason: reason.clone() }).await
}

async fn wish<B>(call: &Call<Nothing, B>, wish: Wish) -> Answered<Outcome> {
    let stored = stored(call, call.param("message")).await?;
    let (engine, id) = (&call.session.engine, &stored.message.id);
    let event = if let Some(told) = call.told_before(stored.case, |told| wish.is_told_by(told, id)).await? {
        told
    } else {
        call.unchanged(&version_of(call, &stored).await?)?;
        let event = engine.wish(id, wish, &call.source(), &call.viewer.who).await?;
        NewEvent { source_id: call.source_id()?, ..event }
    };
    Outcome::of(call, &engine.submit(event).await?).await
}

/// A message changes with its case, and by itself while it is sent.
async fn version_of<Q, B>(call: &Call<Q, B>, stored: &StoredMessage) -> Result<String, Problem> {
    let case = call.session.store().case(stored.case).await?;
    Ok(format!("{}-{}", case.map_or(0, |case| case.version), stored.status.as_str()))
}

async fn preview(call: Call<Nothing, Trying>) -> Answered<Preview> {
    let Trying { case, template, language } = &call.body;
    let case = call.session.case(case).await?;
    call.sees([case.id]).await?;
    let previewed = call.session.engine.preview(&case, template, language.as_deref()).await?;
    let text = previewed.rendered.text;
    let is_sms = previewed.channel != Some(Channel::Email);
    Ok(Reply::of(Preview {
        channel: previewed.channel.map(Channel::as_str),
        language: previewed.language,
        to: previewed.to,
        subject: previewed.rendered.subject,
        segments: is_sms.then(|| segments(&text).segments),
        text,
    }))
}
