//! Timers: started when a state is entered, fired when due, counted again when the calendar changes.

use jiff::Timestamp;

use super::env::Extra;
use super::machine::{Fault, Machine, Outcome};
use crate::calendar::Due;
use crate::case::Timer;
use crate::definition::{After, By, Repeat, State};
use crate::duration::Duration;
use crate::history::{Because, What};
use crate::value::Value;

/// Cadence points that a repeating timer may have missed and still keeps exactly; beyond, it counts anew.
const MISSED_MAX: u32 = 1_000;

impl<'a> Machine<'a> {
    pub(super) fn start_timers(&mut self, state: &'a State) {
        let since = self.case.state_since;
        for repeat in &state.every {
            self.start(&repeat.name, since, repeat.every, since);
        }
        for after in &state.after {
            if let Some(start) = self.start_of(after) {
                self.start(&after.name, start, after.wait, since);
            }
        }
    }

    /// What an `after` counts from: entering the state, or the field that it names.
    fn start_of(&self, after: &After) -> Option<Timestamp> {
        let Some(field) = &after.from else { return Some(self.case.state_since) };
        match self.case.field(field) {
            Value::Date(date) => Some(self.context.calendar.instant(date.at(0, 0, 0, 0))),
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// A due time that has already passed is due at once.
    fn start(&mut self, name: &str, from: Timestamp, wait: Duration, earliest: Timestamp) {
        let Due { at, why } = self.context.calendar.add(from, wait);
        let timer = Timer { name: name.into(), due: at.max(earliest), from, fired: 0, why };
        self.case.progress.timers.push(timer);
    }

    /// Counts a timer anew from now: what it does was given up, but the case must not wait for ever.
    pub(super) fn start_again(&mut self, name: &str) -> Outcome {
        let now = self.context.now;
        let Some(wait) = wait_of(self.state()?, name) else {
            self.case.progress.timers.retain(|timer| timer.name != name);
            return Ok(());
        };
        let Due { at, why } = self.context.calendar.add(now, wait);
        for timer in self.case.progress.timers.iter_mut().filter(|timer| timer.name == name) {
            *timer = Timer { due: at, from: now, why: why.clone(), ..timer.clone() };
        }
        Ok(())
    }

    pub(super) fn fire(&mut self, name: &str) -> Outcome {
        let now = self.context.now;
        let timers = &self.case.progress.timers;
        let Some(place) = timers.iter().position(|timer| timer.name == name && timer.due <= now) else {
            return Err(Fault::refused(format!("no timer `{name}` is due"), format!("لم يحل موعد `{name}`")));
        };
        let state = self.state()?;
        if let Some(index) = state.after.iter().position(|after| after.name == name) {
            let timer = self.case.progress.timers.remove(place);
            return self.fire_after((index, &state.after[index]), &timer);
        }
        if let Some(index) = state.every.iter().position(|repeat| repeat.name == name) {
            let timer = self.case.progress.timers[place].clone();
            return self.fire_repeat((index, &state.every[index]), &timer);
        }
        Err(Fault::broken(format!("timer {name}"), format!("state `{}` has no such timer", state.name)))
    }

    fn fire_after(&mut self, (index, after): (usize, &'a After), timer: &Timer) -> Outcome {
        let name = timer.name.clone();
        if !self.holds(after.when.as_ref(), || format!("guard of {name}"), &Extra::none())? {
            self.record(What::TimerPassed { name });
            return Ok(());
        }
        self.takes(By::After(index));
        self.record_fired(timer);
        self.act_all(&after.actions)?;
        match after.goto {
            Some(target) => self.enter(target, Because::Timer { name }),
            None => Ok(()),
        }
    }

    fn fire_repeat(&mut self, (index, repeat): (usize, &'a Repeat), timer: &Timer) -> Outcome {
        let name = timer.name.clone();
        let holds = self.holds(repeat.when.as_ref(), || format!("guard of {name}"), &Extra::none())?;
        let fired = timer.fired + u32::from(holds);
        let used_up = repeat.at_most.is_some_and(|most| fired >= most);
        // In its place: what is due together fires in the order of the file.
        if used_up {
            self.case.progress.timers.retain(|other| other.name != name);
        } else {
            let next = Timer { fired, ..self.next_repeat(repeat.every, timer) };
            for own in self.case.progress.timers.iter_mut().filter(|other| other.name == name) {
                own.clone_from(&next);
            }
        }
        if !holds {
            self.record(What::TimerPassed { name });
            return Ok(());
        }
        self.takes(By::Every(index));
        self.record_fired(timer);
        self.act_all(&repeat.actions)
    }

    /// How late is counted from what the rule gave, also where that was past when the state was entered.
    fn record_fired(&mut self, timer: &Timer) {
        let due = timer.why.at;
        let late_ms = self.context.now.as_millisecond().saturating_sub(due.as_millisecond());
        self.record(What::TimerFired { name: timer.name.clone(), due, late_ms });
    }

    /// Fires once for the whole time in which nothing ran, and keeps its cadence.
    fn next_repeat(&self, every: Duration, timer: &Timer) -> Timer {
        let now = self.context.now;
        let mut from = timer.due;
        let mut due = self.context.calendar.add(from, every);
        for _ in 0..MISSED_MAX {
            if due.at > now {
                break;
            }
            from = due.at;
            due = self.context.calendar.add(from, every);
        }
        if due.at <= now {
            from = now;
            due = self.context.calendar.add(now, every);
        }
        Timer { name: timer.name.clone(), due: due.at, from, fired: timer.fired, why: due.why }
    }

    /// Counts every open due time again by the calendar as it is now.
    pub(super) fn reproject(&mut self) -> Outcome {
        let state = self.state()?;
        let now = self.context.now;
        let mut timers = std::mem::take(&mut self.case.progress.timers);
        for timer in &mut timers {
            let Some(wait) = wait_of(state, &timer.name) else { continue };
            // What is due already stays due: a calendar edit never takes back a moment that has come.
            if timer.due <= now {
                continue;
            }
            let Due { at, why } = self.context.calendar.add(timer.from, wait);
            let due = at.max(self.case.state_since);
            if due != timer.due {
                let what = What::Reprojected { timer: timer.name.clone(), from: timer.due, to: due };
                timer.due = due;
                timer.why = why;
                self.record(what);
            }
        }
        self.case.progress.timers = timers;
        Ok(())
    }
}

/// How long a timer of a state waits.
fn wait_of(state: &State, name: &str) -> Option<Duration> {
    let after = state.after.iter().map(|after| (&after.name, after.wait));
    let every = state.every.iter().map(|repeat| (&repeat.name, repeat.every));
    after.chain(every).find(|(timer, _)| *timer == name).map(|(_, wait)| wait)
}
