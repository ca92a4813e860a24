//! Events that wait: for a state that takes them, or for a case that stands still to go on.

use jiff::Timestamp;

use super::machine::{Fault, Machine, Outcome};
use crate::case::{Deferred, Doing, Standing};
use crate::duration::Duration;
use crate::event::{Body, Disposition, Event};
use crate::history::What;
use crate::limits;

/// How long a case that stands still keeps what has no limit of its own.
const STOPPED_KEEPS: Duration = Duration::Months(12);

impl Machine<'_> {
    /// Keeps an event until its limit, which counts from its receipt: looking at it again does not
    /// prolong it.
    pub(super) fn defer(&mut self, event: &Event) {
        let until = self.limit_of(event);
        let deferred = &mut self.case.progress.deferred;
        let overflow = (deferred.len() >= limits::DEFERRED_MAX).then(|| deferred.remove(0));
        deferred.push(Deferred { event: event.clone(), until });
        if let Some(oldest) = overflow {
            self.give_up_one(&oldest.event);
        }
        self.settle(event.id, Disposition::Deferred { until });
        self.record(What::Deferred { name: event.body.label().into(), until });
    }

    fn limit_of(&self, event: &Event) -> Timestamp {
        let declared = match &event.body {
            Body::External { name, .. } => self.workflow.events.get(name),
            _ => None,
        };
        let keep = declared.map_or(STOPPED_KEEPS, |declared| declared.keep);
        self.context.calendar.add(event.at, keep).at
    }

    /// Lets the present state look at everything that waits, oldest first. Each is taken in the
    /// state to which the one before it led; what no state has taken so far goes on waiting.
    pub(super) fn recall(&mut self) -> Outcome {
        for deferred in std::mem::take(&mut self.case.progress.deferred) {
            match self.case.standing {
                Standing::Open if self.goes_on_waiting(&deferred.event)? => self.case.progress.deferred.push(deferred),
                Standing::Open => self.take_deferred(deferred.event),
                Standing::Ended { .. } => self.is_late(&deferred.event),
                Standing::Held { .. } | Standing::Incident(_) => self.case.progress.deferred.push(deferred),
            }
        }
        Ok(())
    }

    /// Whether the present state does not take a declared event. All else that came while the case stood
    /// still is for any state to answer.
    fn goes_on_waiting(&self, event: &Event) -> Outcome<bool> {
        let Body::External { name, .. } = &event.body else { return Ok(false) };
        let Some(handler) = self.workflow.handler(self.state()?, name) else { return Ok(true) };
        // A guard that fails is found again, and reported, when the event is taken.
        Ok(matches!(self.extra(event).and_then(|extra| self.choose(handler, &extra)), Ok(None)))
    }

    /// Takes one event that has waited. Where it fails, that is its own incident: what led the case
    /// here has happened all the same, and `skip` gives up this event and nothing else.
    fn take_deferred(&mut self, event: Event) {
        let outer = self.event.replace((event.id, event.by.clone()));
        if let Body::External { name, .. } = &event.body {
            self.record(What::Recalled { name: name.as_str().into() });
        }
        let (before, marks) = (self.case.clone(), self.marks());
        match self.take_workflow_event(&event) {
            Ok(()) => {}
            Err(Fault::Refused(reason)) => {
                self.go_back(before, marks);
                self.settle(event.id, Disposition::Refused { reason });
            }
            Err(Fault::Broken { place, reason }) => {
                self.go_back(before, marks);
                self.settle(event.id, Disposition::Incident);
                self.stop(place, reason, Doing::Event(Box::new(event)));
            }
        }
        self.event = outer;
    }

    /// An event that came, or still waited, after the end.
    pub(super) fn is_late(&mut self, event: &Event) {
        self.settle(event.id, Disposition::Late);
        self.record(What::Late { name: event.body.label().into() });
        self.ask_to_read(&event.body);
    }

    /// Gives up deferred events whose time is over.
    pub(super) fn give_up(&mut self) {
        let now = self.context.now;
        let deferred = std::mem::take(&mut self.case.progress.deferred).into_iter();
        let (over, waiting): (Vec<_>, Vec<_>) = deferred.partition(|deferred| deferred.until <= now);
        self.case.progress.deferred = waiting;
        for deferred in over {
            self.give_up_one(&deferred.event);
        }
    }

    fn give_up_one(&mut self, event: &Event) {
        self.settle(event.id, Disposition::GivenUp);
        self.record(What::GivenUp { name: event.body.label().into() });
    }
}
