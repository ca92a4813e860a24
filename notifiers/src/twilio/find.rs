//! Asks Twilio whether it has a message whose answer was lost.
//!
//! Twilio takes no key of ours with a message, so the only way is its list: same recipient, same
//! sender, same text, made since the attempt began. Which of several is this one, only the engine can
//! tell, which knows what else it has sent there. The list is asked by recipient alone, although
//! it could be narrowed by `DateSent`: a message that waits in Twilio's queue has no such date yet,
//! and a list that leaves it out would make us send it twice. One recipient's messages are few.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde_json::Value;
use wasl_core::delivery::{Found, Outgoing, Sighting, Status};

use super::answer::{status_of, text};
use super::{Sender, Twilio};
use crate::net;

/// Pages are read up to this many; a longer list is no answer.
const PAGES_MAX: usize = 10;
const PAGE_SIZE: &str = "200";
/// 200 messages of 1,600 letters, escaped, with room.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Twilio's dates have whole seconds and its clock is not ours.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Why the list gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    NoAnswer,
    Http(u16),
    Unreadable,
    ForeignPage,
    TooLong,
    /// A message of the right time whose text or date Twilio does not show (content retention).
    Hidden,
    TooSoon,
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer => f.write_str("no answer from the gateway's list"),
            Self::Http(status) => write!(f, "the gateway's list answered {status}"),
            Self::Unreadable => f.write_str("the gateway's list cannot be read"),
            Self::ForeignPage => f.write_str("the gateway's list goes on at another host"),
            Self::TooLong => f.write_str("the gateway's list has too many pages"),
            Self::Hidden => f.write_str("the list has a message whose text or date is not shown"),
            Self::TooSoon => f.write_str("not listed, but too soon to be sure"),
        }
    }
}

impl Unclear {
    /// What that says about the gateway: a broken one may know more later.
    pub(super) const fn found(self) -> Found {
        match self {
            Self::NoAnswer | Self::Http(500..) => Found::NoAnswer,
            Self::Http(_) | Self::Unreadable | Self::ForeignPage | Self::TooLong | Self::Hidden | Self::TooSoon => {
                Found::CannotTell
            }
        }
    }
}

/// Looks for the message; `message.now` is the instant of asking.
pub(super) async fn find(twilio: &Twilio, message: &Outgoing, since: Timestamp) -> Result<Found, Unclear> {
    let listed = list(twilio, &message.to).await?;
    let earliest = since.saturating_sub(CLOCK_TOLERANCE).unwrap_or(Timestamp::MIN);
    let mut alike = Vec::new();
    let mut hidden = false;
    for entry in &listed {
        match compare(entry, twilio, message, earliest) {
            Likeness::Same { created, sighting } => alike.push((created, sighting)),
            Likeness::Other => {}
            Likeness::Hidden => hidden = true,
        }
    }
    // A message that was only just taken may be listed late.
    let settled = message.now.duration_since(since) >= twilio.settle;
    if !alike.is_empty() {
        alike.sort_by_key(|(created, _)| *created);
        let sightings = alike.into_iter().map(|(_, sighting)| sighting).collect();
        return Ok(Found::Alike { sightings, complete: settled && !hidden });
    }
    match (hidden, settled) {
        (true, _) => Err(Unclear::Hidden),
        (false, false) => Err(Unclear::TooSoon),
        (false, true) => Ok(Found::No),
    }
}

enum Likeness {
    Same { created: Timestamp, sighting: Sighting },
    Other,
    Hidden,
}

fn compare(entry: &Value, twilio: &Twilio, message: &Outgoing, earliest: Timestamp) -> Likeness {
    let field = |name: &str| text(entry, name).filter(|value| !value.is_empty());
    let inbound = field("direction").is_some_and(|direction| direction == "inbound");
    if inbound || !same_sender(&twilio.sender, field("from"), field("messaging_service_sid")) {
        return Likeness::Other;
    }
    let created = field("date_created").and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
    let created = created.map(|date| date.timestamp());
    if created.is_some_and(|created| created < earliest) {
        return Likeness::Other;
    }
    match (field("body"), created, field("sid")) {
        (Some(body), _, _) if !same_text(&body, &message.text) => Likeness::Other,
        (Some(_), Some(created), Some(sid)) => {
            let status = field("status").and_then(|word| status_of(&word)).unwrap_or(Status::Accepted);
            Likeness::Same { created, sighting: Sighting { provider_id: sid, status } }
        }
        _ => Likeness::Hidden,
    }
}

/// A sender that the entry does not name speaks against nothing.
fn same_sender(sender: &Sender, from: Option<String>, service: Option<String>) -> bool {
    match sender {
        Sender::From(ours) => from.is_none_or(|from| from == *ours),
        Sender::Service(ours) => service.is_none_or(|service| service == *ours),
    }
}

/// Line ends and outer white space do not survive every gateway.
fn same_text(one: &str, other: &str) -> bool {
    let tidy = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    tidy(one) == tidy(other)
}

/// Every message to `to` that the gateway lists.
async fn list(twilio: &Twilio, to: &str) -> Result<Vec<Value>, Unclear> {
    let mut url = twilio.messages_url.clone();
    url.query_pairs_mut().append_pair("To", to).append_pair("PageSize", PAGE_SIZE);
    let mut listed = Vec::new();
    for _ in 0..PAGES_MAX {
        let mut page = read_page(twilio, url).await?;
        let Some(Value::Array(messages)) = page.get_mut("messages").map(Value::take) else {
            return Err(Unclear::Unreadable);
        };
        listed.extend(messages);
        let Some(next) = text(&page, "next_page_uri").filter(|next| !next.is_empty()) else {
            return Ok(listed);
        };
        url = next_page(&twilio.messages_url, &next)?;
    }
    Err(Unclear::TooLong)
}

/// The credentials go along, so the next page must be on the same host.
fn next_page(base: &Url, next: &str) -> Result<Url, Unclear> {
    let url = base.join(next).map_err(|_| Unclear::Unreadable)?;
    if url.origin() == base.origin() { Ok(url) } else { Err(Unclear::ForeignPage) }
}

async fn read_page(twilio: &Twilio, url: Url) -> Result<Value, Unclear> {
    let request = twilio.client.get(url).basic_auth(&twilio.username, Some(twilio.password.expose()));
    let response = request.send().await.map_err(|_| Unclear::NoAnswer)?;
    let status = response.status();
    if !status.is_success() {
        return Err(Unclear::Http(status.as_u16()));
    }
    let body = net::read_body(response, PAGE_BYTES_MAX).await.map_err(|_| Unclear::NoAnswer)?;
    serde_json::from_slice(&body).map_err(|_| Unclear::Unreadable)
}
