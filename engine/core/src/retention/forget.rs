//! Taking texts and people out of the values that a case, its events and its history are made of.
//!
//! Every variant is named, so that a new one asks what of it is personal.

use super::{Erased, Stage};
use crate::case::Case;
use crate::definition::Workflow;
use crate::event::{Body, MessageAct};
use crate::history::{Because, Entry, What};
use crate::value::Type;

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
    case.key = pseudonym.unwrap_or_else(|| std::mem::take(&mut case.key));
    case.data.retain(|name, _| stays(workflow, name));
}

/// Whether a field tells of nobody. One that the workflow does not know may tell anything.
fn stays(workflow: &Workflow, name: &str) -> bool {
    let field = workflow.case.fields.fields.iter().find(|field| field.name == name);
    let identifies = workflow.case.key.iter().any(|key| key == name);
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
        // Why it was erased, and kept until then, is what the house answers for.
        Body::Erase { .. } | Body::Keep { .. } | Body::KeepNoLonger { .. } => {}
        Body::External { .. }
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
                gone(&mut original.to);
                gone_if_there(&mut original.to_name);
                original.person.clear();
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
            gone_if_there(to_name);
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

fn gone_if_there(text: &mut Option<String>) {
    if let Some(text) = text {
        gone(text);
    }
}
