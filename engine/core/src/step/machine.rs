//! The case while a step changes it: entering and leaving states, and the books that go with it.

use std::collections::BTreeMap;

use super::{Context, Input, Refusal};
use crate::case::{Case, Doing, Incident, Standing};
use crate::definition::{By, State, StateId, Transition, WaitingOn, Workflow};
use crate::effect::{Effect, Withdrawn};
use crate::event::{Body, Disposition};
use crate::history::{Because, Entry, What};
use crate::lang::Texts;
use crate::limits;
use crate::policy::Rules;
use crate::value::ShortText;

/// Why an input could not be taken.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The sender asked for something that cannot be; nothing changes.
    Refused(Texts),
    /// A guard, template or value failed; the case becomes an incident.
    Broken {
        /// Where.
        place: String,
        /// Why.
        reason: String,
    },
}

impl Fault {
    /// Refused, and why in both languages.
    pub(super) fn refused(en: impl Into<String>, ar: impl Into<String>) -> Self {
        Self::Refused(Texts::both(en, ar))
    }

    pub(super) fn broken(place: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Broken { place: place.into(), reason: format!("{reason}") }
    }
}

pub(super) type Outcome<T = ()> = Result<T, Fault>;

/// A case in the middle of a step.
pub(super) struct Machine<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) context: &'a Context<'a>,
    pub(super) case: Case,
    pub(super) entries: Vec<Entry>,
    pub(super) effects: Vec<Effect>,
    /// Where in `effects` those of the present input begin.
    pub(super) first_effect: usize,
    pub(super) settled: BTreeMap<i64, Disposition>,
    pub(super) taken: Vec<Transition>,
    /// The stored event that the step answers, and who reported it.
    pub(super) event: Option<(i64, ShortText)>,
}

/// How far the books of a machine went, to which they go back when an attempt fails.
pub(super) struct Marks {
    entries: usize,
    effects: usize,
    settled: BTreeMap<i64, Disposition>,
    taken: usize,
}

impl<'a> Machine<'a> {
    pub(super) fn new(workflow: &'a Workflow, case: &Case, context: &'a Context<'a>) -> Self {
        Self {
            workflow,
            context,
            case: case.clone(),
            entries: Vec::new(),
            effects: Vec::new(),
            first_effect: 0,
            settled: BTreeMap::new(),
            taken: Vec::new(),
            event: None,
        }
    }

    /// Decides what an input does to the case. `before` is the case as it stands, to which it goes back where it is refused or breaks.
    pub(super) fn apply(&mut self, input: Input<'_>, before: &Case) -> Result<(), Refusal> {
        let marks = self.marks();
        self.first_effect = marks.effects;
        self.attend(input);
        match self.take(input) {
            Ok(()) => {}
            Err(Fault::Refused(reason)) => {
                self.go_back(before.clone(), marks);
                return Err(Refusal { input: super::label(input), state: before.state.to_string(), reason });
            }
            Err(Fault::Broken { place, reason }) => {
                self.go_back(before.clone(), marks);
                self.attend(input);
                self.stop_at(input, place, reason);
            }
        }
        self.case.version += 1;
        Ok(())
    }

    fn attend(&mut self, input: Input<'_>) {
        self.event = None;
        if let Input::Event(event) = input {
            self.event = Some((event.id, event.by.clone()));
            self.hear(&event.body);
        }
    }

    /// The case as it was, stopped, with the reason on it.
    fn stop_at(&mut self, input: Input<'_>, place: String, reason: String) {
        let doing = match input {
            Input::Open { detection } => {
                self.record(What::Opened { detection: detection.map(ShortText::from) });
                Doing::Entering { state: self.case.state.to_string() }
            }
            Input::GiveUp => Doing::Entering { state: self.case.state.to_string() },
            Input::Timer { name } => Doing::Timer { name: name.to_owned() },
            Input::Event(event) => {
                self.settled.insert(event.id, Disposition::Incident);
                match (&event.body, &self.case.standing) {
                    // What was tried again failed again: it is still the same thing that is being done.
                    (Body::Retry | Body::Skip { .. }, Standing::Incident(before)) => before.doing.clone(),
                    _ => Doing::Event(Box::new(event.clone())),
                }
            }
        };
        self.stop(place, reason, doing);
    }

    fn take(&mut self, input: Input<'_>) -> Outcome {
        if !self.follows_at_once(input) {
            self.case.progress.chain = 0;
        }
        match input {
            Input::Open { detection } => self.open(detection),
            Input::Event(event) => {
                self.take_event(event)?;
                self.stay_nameless();
                Ok(())
            }
            Input::Timer { name } => self.fire(name),
            Input::GiveUp => {
                self.give_up();
                Ok(())
            }
        }
    }

    /// Whether an input only carries on what the case began by itself: a timer without a wait, or
    /// something that the case told itself. Everything else begins a new chain.
    fn follows_at_once(&self, input: Input<'_>) -> bool {
        match input {
            Input::Timer { name } => {
                let timer = self.case.progress.timers.iter().find(|timer| timer.name == name);
                timer.is_some_and(|timer| timer.due <= self.case.state_since)
            }
            Input::Event(event) => matches!(event.body, Body::Told { .. }),
            Input::Open { .. } | Input::GiveUp => false,
        }
    }

    /// Stops the case until a person decides.
    pub(super) fn stop(&mut self, place: String, reason: String, doing: Doing) {
        self.record(What::Incident { place: place.clone(), reason: reason.clone() });
        self.case.standing = Standing::Incident(Incident { place, reason, doing });
    }

    pub(super) fn marks(&self) -> Marks {
        let (entries, effects, taken) = (self.entries.len(), self.effects.len(), self.taken.len());
        Marks { entries, effects, settled: self.settled.clone(), taken }
    }

    /// Undoes everything that a failed attempt may have changed.
    pub(super) fn go_back(&mut self, case: Case, marks: Marks) {
        self.case = case;
        self.entries.truncate(marks.entries);
        self.effects.truncate(marks.effects);
        self.settled = marks.settled;
        self.taken.truncate(marks.taken);
    }

    pub(super) fn rules(&self) -> Rules<'a> {
        Rules {
            calendar: self.context.calendar,
            house: self.context.house,
            workflow: &self.workflow.policy,
            facts: self.context.facts,
        }
    }

    /// The present state's definition.
    ///
    /// A stored case whose state its own version does not have is broken data, not a bug to die of.
    pub(super) fn state(&self) -> Outcome<&'a State> {
        let found = self.workflow.state_named(&self.case.state);
        found.map(|(_, state)| state).ok_or_else(|| {
            let reason = format!("workflow version has no state `{}`", self.case.state);
            Fault::broken("stored case", reason)
        })
    }

    pub(super) fn record(&mut self, what: What) {
        let (event, by) = self.event.clone().unzip();
        let entry =
            Entry { at: self.context.now, visit: self.case.visit, state: self.case.state.clone(), event, by, what };
        self.entries.push(entry);
    }

    /// Notes that the case takes a transition of its present state.
    pub(super) fn takes(&mut self, by: By) {
        let from = self.workflow.state_named(&self.case.state).map(|(id, _)| id);
        self.taken.push(Transition { from, by });
    }

    pub(super) fn settle(&mut self, id: i64, disposition: Disposition) {
        self.settled.insert(id, disposition);
    }

    fn open(&mut self, detection: Option<&str>) -> Outcome {
        self.record(What::Opened { detection: detection.map(ShortText::from) });
        self.enter(self.workflow.start, Because::Opened)
    }

    /// Leaves the present state and enters `target`, with everything that follows at once.
    pub(super) fn enter(&mut self, target: StateId, because: Because) -> Outcome {
        let state = self.move_to(target, because)?;
        self.act_all(&state.enter)?;
        self.end_or_go_on(state)
    }

    /// Leaves the present state and stands in `target`, where nothing is done yet.
    pub(super) fn move_to(&mut self, target: StateId, because: Because) -> Outcome<&'a State> {
        self.case.progress.chain += 1;
        if self.case.progress.chain > limits::CHAIN_MAX {
            let reason = format!("{} states were entered without waiting", limits::CHAIN_MAX);
            return Err(Fault::broken(format!("state {}", self.case.state), reason));
        }
        let state = self.workflow.state(target);
        let from = (self.case.visit > 0).then(|| self.case.state.clone());
        self.leave(state);
        self.arrive(state, from, because);
        Ok(state)
    }

    /// What follows the actions of a state that was entered.
    pub(super) fn end_or_go_on(&mut self, state: &'a State) -> Outcome {
        if let Some(outcome) = &state.end {
            self.end(outcome);
            return Ok(());
        }
        self.decide_or_wait(state)
    }

    /// Withdraws what the present state started, unless it is to be kept.
    fn leave(&mut self, next: &State) {
        let why = if next.end.is_some() { Withdrawn::Ended } else { Withdrawn::LeftState };
        self.withdraw_where(why, |pending| !pending.keep);
        self.stop_timers();
        self.case.progress.outcomes.clear();
    }

    /// Stops every timer. The one that fires has left the list by then: what is due and still in it was
    /// overtaken by whatever moves the case.
    pub(super) fn stop_timers(&mut self) {
        for timer in std::mem::take(&mut self.case.progress.timers) {
            if timer.due <= self.context.now {
                self.record(What::TimerOvertaken { name: timer.name });
            }
        }
    }

    /// Withdraws pending effects that have not left and that `choose` names.
    pub(super) fn withdraw_where(&mut self, why: Withdrawn, choose: impl Fn(&crate::case::Pending) -> bool) {
        let pending = std::mem::take(&mut self.case.progress.pending);
        for effect in pending {
            if effect.left || !choose(&effect) {
                self.case.progress.pending.push(effect);
                continue;
            }
            let planned = &mut self.case.progress.contacted;
            planned.retain(|contacted| contacted.id != effect.id);
            self.record(What::Withdrawn { id: effect.id.clone(), channel: effect.channel, why });
            self.effects.push(Effect::Withdraw { id: effect.id, why });
        }
    }

    fn arrive(&mut self, state: &State, from: Option<ShortText>, because: Because) {
        let now = self.context.now;
        self.turn_clock(state.waiting_on);
        self.case.visit += 1;
        self.case.state.clone_from(&state.name);
        self.case.state_since = now;
        self.case.progress.position = 0;
        *self.case.progress.visits.entry(state.name.clone()).or_default() += 1;
        self.record(What::Entered { state: state.name.clone(), from, because });
    }

    /// Books the time since the last change on whoever was waited on.
    fn turn_clock(&mut self, on: WaitingOn) {
        let now = self.context.now;
        let clock = &mut self.case.progress.clock;
        if let Some(since) = clock.since {
            let passed = now.as_millisecond().saturating_sub(since.as_millisecond()).max(0);
            match clock.on {
                WaitingOn::Us => clock.us_ms += passed,
                WaitingOn::Family => clock.family_ms += passed,
                WaitingOn::Court => clock.court_ms += passed,
            }
        }
        clock.on = on;
        clock.since = Some(now);
    }

    pub(super) fn end(&mut self, outcome: &str) {
        self.turn_clock(WaitingOn::Us);
        self.case.progress.clock.since = None;
        self.case.standing = Standing::Ended { outcome: outcome.to_owned() };
        self.record(What::Ended { outcome: outcome.into() });
        for deferred in std::mem::take(&mut self.case.progress.deferred) {
            self.is_late(&deferred.event);
        }
    }

    /// Takes the first decision that holds, else starts the timers and looks at what has waited.
    fn decide_or_wait(&mut self, state: &'a State) -> Outcome {
        for (index, branch) in state.next.iter().enumerate() {
            let place = || format!("next of {}", state.name);
            if self.holds(branch.when.as_ref(), place, &super::env::Extra::none())? {
                self.takes(By::Next(index));
                self.set_all(&branch.set, &super::env::Extra::none())?;
                return self.enter(branch.goto, Because::Decided);
            }
        }
        self.start_timers(state);
        self.recall()
    }

    /// Whether the present state takes an event.
    pub(super) fn listens(&self, name: &str) -> bool {
        self.state().is_ok_and(|state| self.workflow.handler(state, name).is_some())
    }

    /// Tells the case something that it may act on, if its state listens at all.
    pub(super) fn tell(&mut self, name: String) {
        if self.listens(&name) {
            self.effects.push(Effect::Tell(Body::Told { name, visit: self.case.visit }));
        }
    }
}
