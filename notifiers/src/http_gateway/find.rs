//! Asks a gateway whether it has a message whose answer was lost, as its description says.

use jiff::Timestamp;
use serde_json::Value as Json;
use wasl_core::delivery::{Found, Outgoing, Sighting, Status};

use super::description::Find;
use super::place::{Parts, scalar};
use super::template::Values;
use super::{HttpGateway, fetch};
use crate::net;

/// Some hundred messages with their texts, with room.
const LIST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why nothing is known, for the log, and what that says of the gateway: a broken one may know more later.
pub(super) struct Unclear(pub(super) &'static str, pub(super) Found);

impl From<&'static str> for Unclear {
    fn from(reason: &'static str) -> Self {
        Self(reason, Found::CannotTell)
    }
}

/// Looks for the message; `message.now` is the instant of asking.
pub(super) async fn find(gateway: &HttpGateway, message: &Outgoing, since: Timestamp) -> Result<Found, Unclear> {
    let Some(plan) = &gateway.description.find else { return Err("its description knows no look-up".into()) };
    let values = gateway.values(message);
    let request = plan.request.request(&gateway.base_url, &values).map_err(|_| "the look-up cannot be put together")?;
    let response =
        fetch(&gateway.client, request).await.map_err(|_| Unclear("no answer to the look-up", Found::NoAnswer))?;
    match response.status().as_u16() {
        200..=299 => {}
        500.. => return Err(Unclear("the look-up failed at the gateway", Found::NoAnswer)),
        _ => return Err("the look-up was refused".into()),
    }
    let body = net::read_body(response, LIST_BYTES_MAX)
        .await
        .map_err(|_| Unclear("the answer to the look-up broke off", Found::NoAnswer))?;
    let parts = Parts::of_answer(Vec::new(), &body);
    let entries = parts.entries(Some(&plan.each)).ok_or("the answer to the look-up has no list")?;
    let mut sightings = Vec::new();
    for entry in entries {
        if plan.is_same(entry, &values)? {
            let provider_id = plan.id.take(&parts, entry).ok_or("a message of the look-up has no id")?;
            let word = plan.status.as_ref().and_then(|place| place.take(&parts, entry));
            let status = word.and_then(|word| gateway.description.status(&word)).unwrap_or(Status::Accepted);
            sightings.push(Sighting { provider_id, status });
        }
    }
    if plan.knows_our_id() && !sightings.is_empty() {
        return Ok(Found::This(sightings.swap_remove(0)));
    }
    // A message that was only just taken may be listed late.
    let settled = message.now.duration_since(since) >= plan.settle;
    match (sightings.is_empty(), settled) {
        (false, complete) => Ok(Found::Alike { sightings, complete }),
        (true, true) => Ok(Found::No),
        (true, false) => Err("not listed, but too soon to be sure".into()),
    }
}

impl Find {
    /// Whether an entry is told from those of alike messages: by our id, which no other has.
    fn knows_our_id(&self) -> bool {
        self.same.iter().any(|(_, template)| template.names().contains("id"))
    }

    fn is_same(&self, entry: &Json, values: &Values) -> Result<bool, &'static str> {
        for (pointer, template) in &self.same {
            let wanted = template.text(values).map_err(|_| "what is looked for cannot be put together")?;
            if entry.pointer(pointer).and_then(scalar).is_none_or(|found| found.trim() != wanted.trim()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
