//! A message as other systems get it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use wasl_runtime::store::{Attempt as StoredAttempt, MessageStatus, StoredMessage, StoredReceipt};

/// A message.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::api::v1) struct Message {
    pub(in crate::api::v1) id: String,
    /// The reference of its case.
    case: String,
    /// `sms` or `email`.
    channel: &'static str,
    /// Where it stands: `queued`, `sending`, `uncertain`, `accepted`, `sent`, `unconfirmed`, `delivered`, `undelivered`,
    /// `failed`, `expired`, `withdrawn`, `suppressed`.
    status: &'static str,
    /// The state that planned it.
    state: String,
    /// The text's name.
    template: String,
    /// The language of the text.
    language: String,
    /// The number or address. Personal.
    to: Option<String>,
    /// The recipient's name. Personal.
    to_name: Option<String>,
    /// Of e-mails. Personal.
    subject: Option<String>,
    /// The exact text. Personal.
    text: Option<String>,
    /// SMS segments that it costs; 0 for e-mail.
    segments: u32,
    #[schemars(with = "String", extend("format" = "date-time"))]
    planned_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    not_before: Timestamp,
    #[schemars(with = "Option<String>")]
    expires: Option<Timestamp>,
    /// The gateway that took it.
    notifier: Option<String>,
    /// The gateway's id of it.
    provider_id: Option<String>,
    attempts: u32,
    #[schemars(with = "Option<String>")]
    next_attempt_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    sent_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    settled_at: Option<Timestamp>,
    /// The gateway's or our code.
    code: Option<String>,
    /// Why it stands so. Personal: an operator may have written it.
    reason: Option<String>,
}

impl Message {
    pub(in crate::api::v1) fn of(stored: &StoredMessage, sees: bool) -> Self {
        let message = &stored.message;
        let personal = |value: Option<&str>| value.filter(|_| sees).map(str::to_owned);
        Self {
            id: message.id.to_string(),
            case: stored.case.reference(),
            channel: message.channel.as_str(),
            status: stored.status.as_str(),
            state: message.state.to_string(),
            template: message.template.to_string(),
            language: message.language.to_string(),
            to: personal(Some(&message.to)),
            to_name: personal(message.to_name.as_deref()),
            subject: personal(message.subject.as_deref()),
            text: personal(Some(&message.text)),
            segments: message.segments,
            planned_at: message.planned_at,
            not_before: message.not_before,
            expires: message.expires,
            notifier: stored.notifier.clone(),
            provider_id: stored.provider_id.clone(),
            attempts: stored.attempts,
            next_attempt_at: stored.next_attempt_at,
            sent_at: stored.sent_at,
            settled_at: stored.settled_at,
            code: stored.code.clone(),
            reason: personal(stored.reason.as_deref()),
        }
    }
}

/// One attempt to send a message.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Attempt")]
pub(in crate::api::v1) struct Sending {
    attempt: u32,
    notifier: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    started_at: Timestamp,
    #[schemars(with = "Option<String>")]
    ended_at: Option<Timestamp>,
    /// `accepted`, `retry`, `uncertain`, …
    result: Option<String>,
    code: Option<String>,
}

impl From<StoredAttempt> for Sending {
    fn from(stored: StoredAttempt) -> Self {
        let StoredAttempt { attempt, notifier, started_at, ended_at, result, code, message: _ } = stored;
        Self { attempt, notifier, started_at, ended_at, result, code }
    }
}

/// What a gateway reported of a message.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::api::v1) struct Receipt {
    notifier: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    received_at: Timestamp,
    /// The gateway's own word.
    provider_status: String,
    /// What it means.
    status: Option<&'static str>,
    code: Option<String>,
    /// How often the same one came.
    seen: u32,
}

impl From<StoredReceipt> for Receipt {
    fn from(stored: StoredReceipt) -> Self {
        Self {
            notifier: stored.notifier,
            received_at: stored.received_at,
            provider_status: stored.provider_status,
            status: stored.status.map(MessageStatus::as_str),
            code: stored.code,
            seen: stored.seen,
        }
    }
}
