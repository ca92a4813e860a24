//! The step: what an input does to a case. Decides everything, does nothing.
//!
//! The daemon, the scenario tests, `explain` and every "what happens if" go through this one machine.
//! Time, calendar and what is known beyond the case are arguments; effects come back complete.

mod act;
mod advance;
mod defer;
mod env;
mod erase;
mod machine;
mod operate;
mod otherwise;
mod outbox;
mod points;
mod preview;
mod react;
mod recipient;
mod refused;
mod reply;
#[cfg(test)]
mod tests;
mod timers;
mod withdraw;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

pub use advance::{Advance, advance, open};
pub use preview::{Personal, Previewed, preview};
pub use recipient::reachable;

use crate::calendar::Calendar;
use crate::case::{Case, CaseId, Deferred, Doing, Incident, Progress, Standing, key_of};
use crate::definition::{Transition, Workflow};
use crate::effect::{Effect, Erasure};
use crate::event::{Disposition, Event};
use crate::history::{Entry, What};
use crate::lang::Texts;
use crate::policy::{Facts, HousePolicy, household_of};
use crate::retention::Erased;
use crate::value::Record;
use machine::Machine;

/// What a step looks at besides the workflow, the case and the input.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The present instant. Never read from a clock here.
    pub now: Timestamp,
    /// The workflow's calendar.
    pub calendar: &'a Calendar,
    /// The house's caps.
    pub house: &'a HousePolicy,
    /// The house's texts that templates may use, such as `hotline`.
    pub texts: &'a Record,
    /// What is known beyond the case.
    pub facts: &'a Facts,
    /// ISO country whose phone numbers are written without a country code.
    pub region: &'a str,
}

/// What a case is given.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// It has just been made by [`new_case`].
    Open {
        /// The detection that found it.
        detection: Option<&'a str>,
    },
    /// Something happened.
    Event(&'a Event),
    /// A timer of the present visit is due.
    Timer {
        /// Its name.
        name: &'a str,
    },
    /// A deferred event has waited long enough.
    GiveUp,
}

/// What an input did.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The case afterwards; its version is one higher.
    pub case: Case,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// What became of stored events, by their ids: of the input itself and of deferred ones.
    pub settled: BTreeMap<i64, Disposition>,
    /// Which transitions of the workflow it took, in order.
    pub taken: Vec<Transition>,
}

/// An input that the case does not take; nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{input}` is refused in state `{state}`: {}", reason.en())]
pub struct Refusal {
    /// The input.
    pub input: String,
    /// The state.
    pub state: String,
    /// Why, and what to do.
    pub reason: Texts,
}

/// A case before its first step: in the start state, with nothing done yet.
pub fn new_case(workflow: &Workflow, id: CaseId, data: Record, now: Timestamp) -> Case {
    let case = Case {
        id,
        workflow: workflow.name.clone(),
        workflow_hash: workflow.hash.clone(),
        key: key_of(&workflow.case.key, &data).into(),
        household: None,
        version: 0,
        state: workflow.state(workflow.start).name.clone(),
        visit: 0,
        standing: Standing::Open,
        data: Arc::new(data),
        opened_at: now,
        state_since: now,
        progress: Progress::default(),
    };
    Case { household: household_of(&workflow.policy, &case), ..case }
}

/// Decides what `input` does to `case`.
///
/// A guard, template or value that fails does not fail the step: the case keeps its state and
/// becomes an incident that says where and why, for a person to retry or skip.
///
/// # Errors
/// A [`Refusal`] if the case does not take the input at all: nothing changed, nobody is told but
/// the sender.
pub fn step(workflow: &Workflow, case: &Case, input: Input<'_>, context: &Context<'_>) -> Result<Step, Refusal> {
    let mut machine = Machine::new(workflow, case, context);
    machine.apply(input, case)?;
    let Machine { case, entries, effects, settled, taken, .. } = machine;
    Ok(Step { case, entries, effects, settled, taken })
}

/// How long a case that cannot be moved at all keeps what comes for it: a year.
const BROKEN_KEEPS: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 365);

/// A case that cannot even be read by the step, because its workflow version or calendar is not to
/// be had: stopped with the reason on it, its events kept for when it goes on.
pub fn broken(case: &Case, events: &[Event], now: Timestamp, place: &str, reason: &str) -> Advance {
    let mut case = case.clone();
    case.version += 1;
    let until = now.checked_add(BROKEN_KEEPS).unwrap_or(Timestamp::MAX);
    let (mut settled, mut happened) = (BTreeMap::new(), Vec::new());
    for event in events {
        let name = event.body.label();
        let (disposition, what) = match (event.body.name(), case.is_ended()) {
            // An operator can be told at once; whoever else reported something cannot be asked again.
            (None, _) => (Disposition::Refused { reason: cannot_go_on(place, reason) }, None),
            (_, true) => (Disposition::Late, Some(What::Late { name: name.into() })),
            (_, false) => {
                case.progress.deferred.push(Deferred { event: event.clone(), until });
                (Disposition::Deferred { until }, Some(What::Deferred { name: name.into(), until }))
            }
        };
        settled.insert(event.id, disposition);
        happened.extend(what.map(|what| (Some((event.id, event.by.clone())), what)));
    }
    // One that stands still already keeps its reason and what was being done.
    if case.standing == Standing::Open {
        let (place, reason) = (place.to_owned(), reason.to_owned());
        happened.push((None, What::Incident { place: place.clone(), reason: reason.clone() }));
        case.standing = Standing::Incident(Incident { place, reason, doing: Doing::Moving });
    }
    let entries = happened.into_iter().map(|(cause, what)| {
        let (event, by) = cause.unzip();
        Entry { at: now, visit: case.visit, state: case.state.clone(), event, by, what }
    });
    let entries = entries.collect();
    // Nobody is to be found in what comes for a case that knows nobody.
    let erasure = |Erased { stage, at }| Erasure { case: case.id, stage, at, key: None, identities: Vec::new() };
    let erased = case.progress.erased.filter(|_| case.is_nameless() && !events.is_empty()).map(erasure);
    let effects = erased.map(|erasure| Effect::Erase(Box::new(erasure))).into_iter().collect();
    Advance { entries, case, effects, settled, taken: Vec::new(), more: false }
}

/// What is broken is told in English, as it is to operators everywhere.
fn cannot_go_on(place: &str, reason: &str) -> Texts {
    Texts::both(format!("{place}: {reason}"), format!("تعذر المضي بهذه الحالة: {place}: {reason}"))
}

fn label(input: Input<'_>) -> String {
    match input {
        Input::Open { .. } => "open".into(),
        Input::Event(event) => event.body.label(),
        Input::Timer { name } => name.to_owned(),
        Input::GiveUp => "give up".into(),
    }
}
