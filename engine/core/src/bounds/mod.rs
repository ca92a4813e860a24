//! What a workflow can do to one family in the worst case, proven from its file and its calendar.
//!
//! The bounds hold for every case that the step can make of the workflow, because they are found on more than
//! that: [`moves`] lets every guard be true, every event come at every moment, and each wait begin on the day
//! that suits it worst. So a bound may be larger than what can happen, never smaller. Two worlds are looked at:
//!
//! - **Left alone**: no agent, relative, office or operator does anything. Time passes; the engine and the gateways
//!   tell what became of messages. The longest time to an end and the longest silence are those of this world: with people in
//!   it, a family that asks to be called back keeps a case open for ever, and may.
//! - **Whatever comes**: every event, any number of times. Messages, calls and segments are counted here, and a second
//!   time to an end. Where a circle of states can be turned again, the states ask for messages without end, and a cap
//!   for the whole case is what bounds them.
//!
//! What somebody reports is something that they do when the case takes it, also if it had to wait for a state that does.
//!
//! Taken for granted: the engine runs when something is due; nobody holds a case, and no guard or text fails (a case that
//! stands still does not move); the calendar is as it is (its last year is named with the bounds). Silence counts
//! from one message or call that the workflow asks for to the next; when it may leave is the contact hours'
//! affair. Times are civil: the hour by which a clock changes is not counted. `docs/adr/0011-bounds.md` says why.

mod asks;
mod caps;
mod counts;
mod longest;
mod moves;
mod path;
mod promise;
mod silence;
mod sizes;
mod spans;
#[cfg(test)]
mod tests;
mod times;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::calendar::Calendar;
use crate::definition::Workflow;
use moves::{Cause, Moves};
use spans::{DAY, Spans};

pub use caps::Exceeded;
pub use path::{By, Leg, Path};
pub use promise::Broken;
pub use words::Line;
pub(crate) use words::arrows;

/// Stands for a number without bound.
const ENDLESS: u64 = u64::MAX;

/// A wait of which nobody is told is worth naming from this length on: two weeks, in which a family would
/// begin to wonder.
const UNWATCHED_MINUTES: u64 = 14 * DAY;

/// What is proven of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Its name.
    pub workflow: String,
    /// The first and the last year whose holidays were looked at.
    pub years: (i16, i16),
    /// The longest time from detection to an end, if the case is left alone.
    pub duration: TimeBound,
    /// The longest time from detection to a first end, whatever comes.
    pub duration_whatever_comes: TimeBound,
    /// The longest time in which the family hears nothing, if the case is left alone.
    pub silence: TimeBound,
    /// The most SMS and e-mails.
    pub messages: CountBound,
    /// The most SMS.
    pub sms: CountBound,
    /// The most e-mails.
    pub emails: CountBound,
    /// The most call attempts.
    pub calls: CountBound,
    /// The most segments of SMS, if all are in this language.
    pub segments: BTreeMap<String, CountBound>,
    /// The most segments of SMS, each in the language in which it is dearest: a family may speak several.
    pub segments_in_any: CountBound,
    /// States in which a case can wait for two weeks or more without anyone being told.
    pub unwatched: Vec<Unwatched>,
}

/// A time that is never exceeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeBound {
    /// In minutes; none if nothing bounds it.
    pub minutes: Option<u64>,
    /// In days, rounded up.
    pub days: Option<u64>,
    /// What reaches it.
    pub path: Path,
}

/// A number that is never exceeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountBound {
    /// The number; none if nothing bounds it.
    pub most: Option<u64>,
    /// What the states can ask for; none if without end.
    pub asked: Option<u64>,
    /// The cap that binds, if it allows less than the states ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<String>,
    /// Caps that spread it over time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over_time: Vec<String>,
    /// What makes the states ask for so many.
    pub path: Path,
}

/// A state in which a case can wait without anyone being told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unwatched {
    /// The state.
    pub state: String,
    /// How long at the most; none if without end.
    pub days: Option<u64>,
}

/// What was found about a workflow: its bounds, and what contradicts them.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The bounds.
    pub bounds: Bounds,
    /// Caps that its own states must exceed.
    pub exceeded: Vec<Exceeded>,
    /// Promises that it does not keep.
    pub broken: Vec<Broken>,
    /// Edges that were looked at, in all graphs together.
    #[cfg(test)]
    looked: usize,
}

/// Proves a workflow's bounds in its calendar; `house` names the house's texts.
pub fn prove(workflow: &Workflow, calendar: &Calendar, house: &BTreeSet<String>) -> Proof {
    let mut spans = Spans::new(calendar);
    let moves = Moves::of(workflow, &mut spans);
    let reached = moves.graph(|_| true).0.reached_from(workflow.start.0);
    let mut prover = Prover { workflow, moves: &moves, reached: &reached, spans: &mut spans, looked: 0 };
    let sizes = sizes::sizes(workflow, house);
    let counts = prover.counts(&sizes);
    let bounds = Bounds {
        workflow: workflow.name.to_string(),
        years: prover.spans.years(),
        duration: prover.duration(|step| step.alone),
        duration_whatever_comes: prover.duration(|step| !matches!(step.cause, Cause::Reopened(_))),
        silence: prover.silence(),
        messages: counts.messages,
        sms: counts.sms,
        emails: counts.emails,
        calls: counts.calls,
        segments: counts.segments,
        segments_in_any: counts.segments_in_any,
        unwatched: prover.unwatched(),
    };
    #[cfg(test)]
    let looked = prover.looked;
    let exceeded = caps::exceeded(workflow, &moves, &reached, &mut spans);
    let broken = workflow.promises.iter().filter_map(|promise| promise::broken(promise, &bounds, &mut spans)).collect();
    Proof {
        bounds,
        exceeded,
        broken,
        #[cfg(test)]
        looked,
    }
}

/// What all bounds of one workflow are found with.
struct Prover<'p, 'w, 'c> {
    workflow: &'w Workflow,
    moves: &'p Moves<'w>,
    /// The states that a case can come to at all.
    reached: &'p [bool],
    spans: &'p mut Spans<'c>,
    looked: usize,
}
