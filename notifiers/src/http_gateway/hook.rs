//! What a gateway tells us: delivery reports, and messages that people write. Nothing of a request is
//! read before it has proved where it comes from.

use serde_json::Value as Json;
use wasl_core::delivery::{Hook, HookError, Inbound, Receipt};

use super::description::{Description, InboundPlan, Receipts};
use super::place::{Parts, Place};
use super::template::Values;

/// A gateway's word is a word.
const WORD_CHARS_MAX: usize = 64;

/// Reads the reports of a request.
pub(super) fn receipts(description: &Description, hook: &Hook<'_>, values: &Values) -> Result<Vec<Receipt>, HookError> {
    let plan = description.receipts.as_ref().ok_or(HookError::Unsupported)?;
    if !plan.proof.holds(hook, values) {
        return Err(HookError::BadSignature);
    }
    read_each(hook, plan.each.as_deref(), |parts, entry| receipt(description, plan, parts, entry))
}

/// Reads the messages to us of a request.
pub(super) fn inbound(description: &Description, hook: &Hook<'_>, values: &Values) -> Result<Vec<Inbound>, HookError> {
    let plan = description.inbound.as_ref().ok_or(HookError::Unsupported)?;
    if !plan.proof.holds(hook, values) {
        return Err(HookError::BadSignature);
    }
    read_each(hook, plan.each.as_deref(), |parts, entry| message(plan, parts, entry))
}

/// Reads every entry. One that cannot be read does not take the others with it.
fn read_each<T>(
    hook: &Hook<'_>,
    each: Option<&str>,
    read: impl Fn(&Parts, &Json) -> Result<T, String>,
) -> Result<Vec<T>, HookError> {
    let parts = Parts::of_hook(hook);
    let entries = parts.entries(each).ok_or_else(|| missing(each.unwrap_or_default()))?;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for entry in entries {
        match read(&parts, entry) {
            Ok(read) => good.push(read),
            Err(place) => bad.push(place),
        }
    }
    match bad.first() {
        Some(place) if good.is_empty() => Err(missing(place)),
        Some(place) => {
            tracing::warn!(
                unread = bad.len(),
                read = good.len(),
                missing = place,
                "a part of a gateway's request could not be read"
            );
            Ok(good)
        }
        None => Ok(good),
    }
}

fn missing(place: &str) -> HookError {
    HookError::Malformed(format!("`{place}` is missing"))
}

fn receipt(description: &Description, plan: &Receipts, parts: &Parts, entry: &Json) -> Result<Receipt, String> {
    let optional = |place: &Option<Place>| place.as_ref().and_then(|place| place.take(parts, entry));
    let word = plan.status.take(parts, entry).ok_or("status")?;
    let (message_id, provider_id) = (optional(&plan.message), optional(&plan.id));
    if message_id.is_none() && provider_id.is_none() {
        return Err(if plan.message.is_some() { "message" } else { "id" }.to_owned());
    }
    let code = optional(&plan.code).filter(|code| !description.errors.none.contains(code));
    Ok(Receipt {
        message_id,
        provider_id,
        status: description.status(&word),
        provider_status: word.chars().take(WORD_CHARS_MAX).collect(),
        code: code.map(|code| description.errors.tidy(&code)),
    })
}

fn message(plan: &InboundPlan, parts: &Parts, entry: &Json) -> Result<Inbound, String> {
    let take = |place: &Place, name: &str| place.take(parts, entry).ok_or_else(|| name.to_owned());
    Ok(Inbound {
        provider_id: take(&plan.id, "id")?,
        from: take(&plan.from, "from")?,
        to: plan.to.as_ref().and_then(|place| place.take(parts, entry)),
        text: plan.text.take(parts, entry).unwrap_or_default(),
    })
}
