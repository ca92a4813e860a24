//! The way that reaches a bound: leg by leg, each with its reason.

use jiff::civil::{Date, DateTime};
use serde::Serialize;

use super::ENDLESS;
use super::longest::Walk;
use super::moves::{Cause, Move, Moves};
use super::spans::Spans;
use crate::duration::Duration;

/// How a case comes to what a bound says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Path {
    /// The states in order, each with how it is left.
    pub legs: Vec<Leg>,
    /// After `legs`, a circle that can be turned again and again: then nothing bounds it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turn: Vec<Leg>,
}

/// A stay in a state and what ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leg {
    /// The state.
    pub state: String,
    /// How the case leaves it.
    pub by: By,
    /// How much of what is bounded this leg adds: minutes, messages, calls or segments; none if without end.
    pub adds: Option<u64>,
    /// Whether only the time since the last word to the family counts of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub since_the_last_word: bool,
    /// The day from which the wait lasts longest, where the calendar makes a difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
}

/// How a case leaves a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// At once, by `next`.
    Next,
    /// By time.
    After {
        /// How long.
        wait: Duration,
        /// From this field, where it is not from entering the state.
        #[serde(skip_serializing_if = "Option::is_none")]
        field: Option<String>,
    },
    /// By an event.
    Event(String),
    /// By an event that opens the ended case again.
    Reopen(String),
    /// It does not: this is where it ends.
    Ends,
    /// It need not: this event may come again and again, and asks for more each time.
    Whenever(String),
    /// It may not, though this is no end: no time is sure to lead out.
    Stays,
}

/// Words paths from edges.
pub(super) struct Paths<'p, 'w, 'c> {
    pub(super) moves: &'p Moves<'w>,
    pub(super) spans: &'p mut Spans<'c>,
}

impl Paths<'_, '_, '_> {
    /// The path of a walk over the moves numbered by `of`; `adds` says what each move adds. It ends in `last`,
    /// which adds a little of its own.
    pub(super) fn path(&mut self, walk: &Walk, of: &[usize], adds: &dyn Fn(usize) -> u64, last: (usize, u64)) -> Path {
        let mut legs = |edges: &[usize]| -> Vec<Leg> {
            edges.iter().filter_map(|edge| self.leg(*of.get(*edge)?, adds(*edge))).collect()
        };
        let (mut lead, turn) = (legs(&walk.lead), legs(&walk.turn));
        if turn.is_empty() {
            lead.extend(self.last_leg(last.0, last.1));
        }
        Path { legs: lead, turn }
    }

    /// One leg: the number of a move, and what it adds.
    pub(super) fn leg(&mut self, number: usize, adds: u64) -> Option<Leg> {
        let step = *self.moves.moves.get(number)?;
        let from = self.worst_start(&step).filter(|_| adds > 0);
        let (state, by) = (self.name(step.from)?, by(step.cause));
        Some(Leg { state, by, adds: bounded(adds), since_the_last_word: false, from })
    }

    fn last_leg(&self, state: usize, adds: u64) -> Option<Leg> {
        let is_left = self.moves.stays.get(state)?.wait.most != ENDLESS;
        let by = if is_left { By::Ends } else { By::Stays };
        Some(Leg { state: self.name(state)?, by, adds: bounded(adds), since_the_last_word: false, from: None })
    }

    fn name(&self, state: usize) -> Option<String> {
        self.moves.stays.get(state).map(|stay| stay.state.name.to_string())
    }

    /// The day from which the wait of a move lasts longest.
    fn worst_start(&mut self, step: &Move<'_>) -> Option<Date> {
        let after = match step.cause {
            Cause::Time(after) => Some(after),
            Cause::Event(_) => self.moves.stays.get(step.from)?.exit,
            Cause::Decided | Cause::Reopened(_) => None,
        };
        self.spans.of(after?.wait).from.map(DateTime::date)
    }
}

fn by(cause: Cause<'_>) -> By {
    match cause {
        Cause::Decided => By::Next,
        Cause::Time(after) => By::After { wait: after.wait, field: after.from.clone() },
        Cause::Event(event) => By::Event(event.to_owned()),
        Cause::Reopened(event) => By::Reopen(event.to_owned()),
    }
}

/// A number, unless it stands for no bound at all.
pub(super) fn bounded(number: u64) -> Option<u64> {
    (number != ENDLESS).then_some(number)
}
