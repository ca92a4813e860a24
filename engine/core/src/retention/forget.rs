//! Taking texts and people out of the values that a case, its events and its history are made of.
//!
//! Every variant is named, so that a new one asks what of it is personal.

use std::sync::Arc;

use super::{Erased, Stage};
use crate::case::Case;
use crate::definition::Workflow;
use crate::event::{Body, MessageAct};
use crate::history::{Because, Entry, What};
use crate::value::{ShortText, Type};

/// Stands where something was erased and a text is wanted.
pub const GONE: &str = "—";

/// Takes out of a case what a stage erases. Fields that its workflow calls personal go, and those that identify it; for its
/// key stands `pseudonym` where there is one.
pub fn forget_case(workflow: &Workflow, case: &mut Case, erased: Erased, pseudonym: Option<String>) {
    for deferred in &mut case.progress.deferred {
        forget_body(&mut deferred.event.body, erased.stage);
    }
    let progress = &mut case.progress;
    progress.erased = Some(erased);
    if erased.stage == Stage::Texts {
        return;
    }
    progress.pending.clear();
    progress.contacted.clear();
    progress.deferred.clear();
    progress.bad.clear();
    progress.verified.clear();
    progress.points.clear();
    case.household = None;
    if let Some(pseudonym) = pseudonym {
        case.key = pseudonym.into();
    }
    Arc::make_mut(&mut case.data).retain(|name, _| stays(workflow, name));
}

/// Whether a field tells of nobody. One that the workflow does not know may tell anything; one by which it knows a case, a
/// death or a family tells of them, whether or not it is called personal.
fn stays(workflow: &Workflow, name: &str) -> bool {
    let field = workflow.case.fields.fields.iter().find(|field| field.name == name);
    let policy = &workflow.policy;
    let known_by = [&workflow.case.key, &policy.deceased, &policy.never_to];
    let identifies = known_by.into_iter().flatten().chain(&policy.household).any(|one| one == name);
    !identifies && field.is_some_and(|field| !field.personal && !reaches_somebody(&field.ty))
}

/// Whether values of a type are people or ways to reach them.
fn reaches_somebody(ty: &Type) -> bool {
    match ty {
        Type::Phone | Type::Email | Type::Record(_) => true,
        Type::List(items) => reaches_somebody(items),
        Type::Null | Type::Bool | Type::Int | Type::Number | Type::Text | Type::Choice(_) | Type::Date | Type::Time => {
            false
        }
    }
}

/// Takes out of an event what a stage erases.
pub fn forget_body(body: &mut Body, stage: Stage) {
    let people = stage == Stage::People;
    match body {
        Body::External { data, .. } | Body::Updated { data } if people => data.clear(),
        Body::Answer { answers, note, .. } => {
            answers.clear();
            *note = None;
        }
        Body::Delivery { bad_address, .. } if people => gone_if_there(bad_address),
        Body::Reply { text, from, .. } => {
            gone(text);
            if people {
                gone_if_there(from);
            }
        }
        Body::Hold { reason }
        | Body::Close { reason, .. }
        | Body::Skip { reason }
        | Body::Move { reason, .. }
        | Body::DeathWithdrawn { reason }
        | Body::DeathConfirmed { reason } => gone(reason),
        Body::Message { act, .. } => forget_act(act, people),
        // What says nothing of anybody; and why it was erased, and kept until then, which the house answers for.
        Body::Erase { .. }
        | Body::Keep { .. }
        | Body::KeepNoLonger { .. }
        | Body::External { .. }
        | Body::Updated { .. }
        | Body::Delivery { .. }
        | Body::Told { .. }
        | Body::Resume
        | Body::Retry
        | Body::CalendarChanged
        | Body::PolicyChanged => {}
    }
}

fn forget_act(act: &mut MessageAct, people: bool) {
    match act {
        MessageAct::Retry { .. } => {}
        MessageAct::Cancel { reason } | MessageAct::Resolve { reason, .. } => gone(reason),
        MessageAct::Resend { reason, original } => {
            gone(reason);
            gone(&mut original.text);
            gone_if_there(&mut original.subject);
            if people {
                original.to = GONE.into();
                nameless(&mut original.to_name);
                original.person = ShortText::default();
                original.unsubscribe = None;
            }
        }
    }
}

/// Takes out of a line of the history what a stage erases.
pub fn forget_entry(entry: &mut Entry, stage: Stage) {
    let people = stage == Stage::People;
    match &mut entry.what {
        What::CallAnswered { note, .. } => *note = None,
        What::Replied { text, from_name, .. } => {
            gone(text);
            if people {
                *from_name = None;
            }
        }
        What::CallPlanned { to_name, .. } | What::MessagePlanned { to_name, .. } | What::NextContact { to_name }
            if people =>
        {
            nameless(to_name);
        }
        What::Entered { because: Because::Moved { reason }, .. }
        | What::MessageCancelled { reason, .. }
        | What::MessageResent { reason, .. }
        | What::MessageResolved { reason, .. }
        | What::Held { reason }
        | What::DeathWithdrawn { reason }
        | What::DeathConfirmed { reason }
        | What::Closed { reason, .. }
        | What::Skipped { reason } => gone(reason),
        // What says nothing of anybody: names of the workflow, times, ids, codes, the engine's own words; and why it was
        // erased, and kept until then.
        What::Opened { .. }
        | What::Entered { .. }
        | What::Ended { .. }
        | What::TimerFired { .. }
        | What::TimerPassed { .. }
        | What::TimerOvertaken { .. }
        | What::CallPlanned { .. }
        | What::MessagePlanned { .. }
        | What::MessageNews { .. }
        | What::Suppressed { .. }
        | What::NoContact { .. }
        | What::Unheard { .. }
        | What::Withdrawn { .. }
        | What::MessageHurried { .. }
        | What::NextContact { .. }
        | What::BadAddress { .. }
        | What::SenderBlock { .. }
        | What::Verified
        | What::Set { .. }
        | What::Took { .. }
        | What::Deferred { .. }
        | What::Recalled { .. }
        | What::GivenUp { .. }
        | What::NotApplicable { .. }
        | What::Late { .. }
        | What::Updated { .. }
        | What::Reprojected { .. }
        | What::Resumed
        | What::Incident { .. }
        | What::Retried
        | What::Erased { .. }
        | What::Kept { .. }
        | What::KeptNoLonger { .. } => {}
    }
}

fn gone(text: &mut String) {
    GONE.clone_into(text);
}

fn nameless(name: &mut Option<ShortText>) {
    if let Some(name) = name {
        *name = GONE.into();
    }
}

fn gone_if_there(text: &mut Option<String>) {
    if let Some(text) = text {
        gone(text);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    /// Forgets in every document, and says what is left of what they said of texts and people.
    fn left<T: serde::Serialize + serde::de::DeserializeOwned>(
        documents: &[serde_json::Value],
        forget: impl Fn(&mut T),
    ) -> Vec<String> {
        let left = |document: &serde_json::Value| {
            let mut value: T =
                serde_json::from_value(document.clone()).unwrap_or_else(|error| panic!("{document}: {error}"));
            forget(&mut value);
            let text = serde_json::to_string(&value).unwrap();
            ["a text", "a person"]
                .into_iter()
                .filter(move |one| text.contains(one))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        documents.iter().flat_map(left).collect()
    }

    #[test]
    fn events_keep_neither_texts_nor_people() {
        let message = json!({
            "id": "1.1.0", "channel": "sms", "state": "s", "template": "t", "to": "a person", "to_name": "a person",
            "person": "a person", "language": "ar", "subject": "a text", "text": "a text", "unsubscribe": "a person",
            "segments": 1, "planned_at": "2026-01-01T00:00:00Z", "not_before": "2026-01-01T00:00:00Z", "expires": null,
            "keep": false, "on_uncertain": null, "why": null, "suppressed": null,
        });
        let act = |act: serde_json::Value| json!({"what": "message", "message": "1.1.0", "act": act});
        let events = [
            json!({"what": "answer", "task": "1.1.1", "outcome": "x", "answers": {"a": "a text"}, "note": "a text"}),
            json!({"what": "reply", "channel": "sms", "text": "a text", "from": "a person"}),
            json!({"what": "external", "name": "x", "data": {"a": "a person"}}),
            json!({"what": "updated", "data": {"a": "a person"}}),
            json!({"what": "delivery", "message": "1.1.0", "channel": "sms", "news": "failed", "bad_address": "a person"}),
            json!({"what": "hold", "reason": "a text"}),
            json!({"what": "close", "outcome": "x", "reason": "a text"}),
            json!({"what": "skip", "reason": "a text"}),
            json!({"what": "move", "state": "s", "reason": "a text"}),
            json!({"what": "death_withdrawn", "reason": "a text"}),
            json!({"what": "death_confirmed", "reason": "a text"}),
            act(json!({"cancel": {"reason": "a text"}})),
            act(json!({"resolve": {"sent": true, "reason": "a text"}})),
            act(json!({"resend": {"reason": "a text", "original": message}})),
        ];
        let forgetting = |stage| move |body: &mut Body| forget_body(body, stage);
        assert_eq!(left(&events, forgetting(Stage::People)), [""; 0]);
        assert_eq!(left(&events, forgetting(Stage::Texts)), ["a person"; 5]);
    }

    #[test]
    fn histories_keep_neither_texts_nor_people() {
        let at = Timestamp::UNIX_EPOCH;
        let entry = |what: serde_json::Value| json!({"at": at, "visit": 1, "state": "s", "what": what});
        let entries = [
            json!({"what": "call_answered", "id": "1.1.1", "outcome": "x", "note": "a text"}),
            json!({"what": "replied", "channel": "sms", "from_name": "a person", "text": "a text"}),
            json!({"what": "call_planned", "id": "1.1.1", "queue": "q", "to_name": "a person", "attempt": 1, "not_before": at, "due": null}),
            json!({"what": "message_planned", "id": "1.1.0", "channel": "sms", "template": "t", "to_name": "a person", "not_before": at}),
            json!({"what": "next_contact", "to_name": "a person"}),
            json!({"what": "entered", "state": "s", "from": null, "because": {"because": "moved", "reason": "a text"}}),
            json!({"what": "message_cancelled", "id": "1.1.0", "channel": "sms", "reason": "a text"}),
            json!({"what": "message_resent", "id": "1.1.0", "original": "1.1.0", "channel": "sms", "reason": "a text"}),
            json!({"what": "message_resolved", "id": "1.1.0", "channel": "sms", "sent": true, "reason": "a text"}),
            json!({"what": "held", "reason": "a text"}),
            json!({"what": "death_withdrawn", "reason": "a text"}),
            json!({"what": "death_confirmed", "reason": "a text"}),
            json!({"what": "closed", "outcome": "x", "reason": "a text"}),
            json!({"what": "skipped", "reason": "a text"}),
        ]
        .map(entry);
        let forgetting = |stage| move |entry: &mut Entry| forget_entry(entry, stage);
        assert_eq!(left(&entries, forgetting(Stage::People)), [""; 0]);
        assert_eq!(left(&entries, forgetting(Stage::Texts)), ["a person"; 4]);
    }
}
