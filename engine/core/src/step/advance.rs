//! Takes a case through everything that waits for it: stored events and due timers, in their order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::machine::Machine;
use super::{Context, Input, step};
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
pub fn open(workflow: &Workflow, case: Case, detection: Option<&str>, context: &Context<'_>) -> Advance {
    let mut opened = Walk::from(Cow::Owned(case));
    opened.take(workflow, Input::Open { detection }, context);
    opened.go_on(workflow, &[], context);
    opened.finish()
}

/// Applies `events` (unsettled ones, in the order of their arrival) and due timers to a case.
///
/// Where an event that was received by the due instant and a timer compete, the event wins. Timers
/// due together fire in order of (due, declaration), each checked again after the one before.
pub fn advance(workflow: &Workflow, case: &Case, events: &[Event], context: &Context<'_>) -> Advance {
    let mut advanced = Walk::from(Cow::Borrowed(case));
    advanced.go_on(workflow, events, context);
    advanced.finish()
}

/// A case on its way through what waits for it.
pub(super) struct Walk<'c> {
    case: Cow<'c, Case>,
    entries: Vec<Entry>,
    effects: Vec<Effect>,
    settled: BTreeMap<i64, Disposition>,
    taken: Vec<Transition>,
    more: bool,
}

impl<'c> Walk<'c> {
    pub(super) fn from(case: Cow<'c, Case>) -> Self {
        let (entries, effects, settled, taken) = (Vec::new(), Vec::new(), BTreeMap::new(), Vec::new());
        Self { case, entries, effects, settled, taken, more: false }
    }

    pub(super) fn finish(self) -> Advance {
        let Self { case, entries, effects, settled, taken, more } = self;
        Advance { case: case.into_owned(), entries, effects, settled, taken, more }
    }

    fn go_on(&mut self, workflow: &Workflow, events: &[Event], context: &Context<'_>) {
        let mut waiting = events.iter().peekable();
        for _ in 0..limits::INPUTS_PER_COMMIT_MAX {
            let timer = due_timer(&self.case, context);
            let event_first = match (waiting.peek(), &timer) {
                (Some(event), Some((_, due))) => event.at <= *due,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if let Some(event) = waiting.next_if(|_| event_first) {
                self.take(workflow, Input::Event(event), context);
            } else if let Some((name, _)) = timer {
                self.take(workflow, Input::Timer { name: &name }, context);
            } else if has_waited_long_enough(&self.case, context) {
                self.take(workflow, Input::GiveUp, context);
            } else {
                return;
            }
        }
        self.more = true;
    }

    pub(super) fn take(&mut self, workflow: &Workflow, input: Input<'_>, context: &Context<'_>) {
        match step(workflow, &self.case, input, context) {
            Ok(step) => {
                self.case = Cow::Owned(step.case);
                add(&mut self.entries, step.entries);
                add(&mut self.effects, step.effects);
                add(&mut self.taken, step.taken);
                self.settled.extend(step.settled);
            }
            Err(refusal) => {
                if let Input::Event(event) = input {
                    self.settled.insert(event.id, Disposition::Refused { reason: refusal.reason });
                    self.forget_refused(workflow, context);
                }
            }
        }
    }

    /// What a case refuses that knows nobody any more is erased with its answer, as what it takes is.
    fn forget_refused(&mut self, workflow: &Workflow, context: &Context<'_>) {
        if self.case.is_nameless() {
            let mut machine = Machine::new(workflow, &self.case, context);
            machine.stay_nameless();
            let step = machine.finish();
            self.case = Cow::Owned(step.case);
            self.entries.extend(step.entries);
            self.effects.extend(step.effects);
        }
    }
}

/// Adds what a step gave. Mostly it is the first one, of which nothing need be moved.
fn add<T>(all: &mut Vec<T>, more: Vec<T>) {
    if all.is_empty() { *all = more } else { all.extend(more) }
}

/// The name of the timer that is due first, and when it was.
fn due_timer(case: &Case, context: &Context<'_>) -> Option<(ShortText, Timestamp)> {
    if case.standing != Standing::Open {
        return None;
    }
    // `min_by_key` keeps the first of equals: declaration order.
    let due = case.progress.timers.iter().filter(|timer| timer.due <= context.now);
    due.min_by_key(|timer| timer.due).map(|timer| (timer.name.clone(), timer.due))
}

fn has_waited_long_enough(case: &Case, context: &Context<'_>) -> bool {
    let moves = case.standing == Standing::Open;
    moves && case.progress.deferred.iter().any(|deferred| deferred.until <= context.now)
}
