//! Takes a case through everything that waits for it: stored events and due timers, in their order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::machine::Machine;
use super::{Context, Input};
use crate::case::{Case, Standing};
use crate::definition::{Transition, Workflow};
use crate::effect::Effect;
use crate::event::{Disposition, Event};
use crate::history::Entry;
use crate::limits;
use crate::value::ShortText;

/// What a case became, folded into one change.
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// The case afterwards.
    pub case: Case,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// What became of stored events, by their ids.
    pub settled: BTreeMap<i64, Disposition>,
    /// Which transitions of the workflow it took, in order.
    pub taken: Vec<Transition>,
    /// Whether more is waiting than one commit should take.
    pub more: bool,
}

/// Opens a new case and takes it through everything that is due at once.
pub fn open(workflow: &Workflow, case: &Case, detection: Option<&str>, context: &Context<'_>) -> Advance {
    let mut opened = Walk::from(workflow, case, context);
    opened.take(Input::Open { detection });
    opened.go_on(&[]);
    opened.finish()
}

/// Applies `events` (unsettled ones, in the order of their arrival) and due timers to a case.
///
/// Where an event that was received by the due instant and a timer compete, the event wins. Timers
/// due together fire in order of (due, declaration), each checked again after the one before.
pub fn advance(workflow: &Workflow, case: &Case, events: &[Event], context: &Context<'_>) -> Advance {
    let mut advanced = Walk::from(workflow, case, context);
    advanced.go_on(events);
    advanced.finish()
}

/// A case on its way through what waits for it.
pub(super) struct Walk<'a> {
    machine: Machine<'a>,
    /// The case as it was, until something has happened to it.
    untouched: Option<&'a Case>,
    more: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn from(workflow: &'a Workflow, case: &'a Case, context: &'a Context<'a>) -> Self {
        Self { machine: Machine::new(workflow, case, context), untouched: Some(case), more: false }
    }

    pub(super) fn finish(self) -> Advance {
        let Self { machine: Machine { case, entries, effects, settled, taken, .. }, more, .. } = self;
        Advance { case, entries, effects, settled, taken, more }
    }

    fn go_on(&mut self, events: &[Event]) {
        let (mut waiting, now) = (events.iter().peekable(), self.machine.context.now);
        for _ in 0..limits::INPUTS_PER_COMMIT_MAX {
            let timer = due_timer(&self.machine.case, now);
            let event_first = match (waiting.peek(), &timer) {
                (Some(event), Some((_, due))) => event.at <= *due,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if let Some(event) = waiting.next_if(|_| event_first) {
                self.take(Input::Event(event));
            } else if let Some((name, _)) = timer {
                self.take(Input::Timer { name: &name });
            } else if has_waited_long_enough(&self.machine.case, now) {
                self.take(Input::GiveUp);
            } else {
                return;
            }
        }
        self.more = true;
    }

    pub(super) fn take(&mut self, input: Input<'_>) {
        let as_it_is = || Cow::Owned(self.machine.case.clone());
        let before = self.untouched.take().map_or_else(as_it_is, Cow::Borrowed);
        let taken = self.machine.apply(input, &before);
        if let (Err(refusal), Input::Event(event)) = (taken, input) {
            self.machine.settle(event.id, Disposition::Refused { reason: refusal.reason });
            self.forget_refused();
        }
    }

    /// What a case refuses that knows nobody any more is erased with its answer, as what it takes is.
    fn forget_refused(&mut self) {
        if self.machine.case.is_nameless() {
            self.machine.event = None;
            self.machine.stay_nameless();
            self.machine.case.version += 1;
        }
    }
}

/// The name of the timer that is due first, and when it was.
fn due_timer(case: &Case, now: Timestamp) -> Option<(ShortText, Timestamp)> {
    if case.standing != Standing::Open {
        return None;
    }
    // `min_by_key` keeps the first of equals: declaration order.
    let due = case.progress.timers.iter().filter(|timer| timer.due <= now);
    due.min_by_key(|timer| timer.due).map(|timer| (timer.name.clone(), timer.due))
}

fn has_waited_long_enough(case: &Case, now: Timestamp) -> bool {
    let moves = case.standing == Standing::Open;
    moves && case.progress.deferred.iter().any(|deferred| deferred.until <= now)
}
