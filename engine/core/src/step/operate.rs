//! What operators do to a case itself: hold, resume, close, retry, skip, move; and what changes around all cases. What they
//! do about one of its messages is [`super::outbox`]'s.

use super::machine::{Fault, Machine, Outcome};
use super::refused::meant;
use crate::case::{Doing, Incident, Standing};
use crate::effect::Withdrawn;
use crate::event::{Body, Disposition, Event};
use crate::history::{Because, What};
use crate::value::ShortText;

impl Machine<'_> {
    pub(super) fn operate(&mut self, event: &Event) -> Outcome {
        match &event.body {
            Body::Hold { reason } => self.hold(reason),
            Body::Resume => self.resume(),
            Body::Close { outcome, reason } => self.close(outcome, reason),
            Body::Retry => self.retry(),
            Body::Skip { reason } => self.skip(reason),
            Body::Move { state, reason } => self.move_by_hand(state, reason),
            Body::Message { message, act } => self.about_message(message, act),
            Body::CalendarChanged => match self.case.standing {
                Standing::Ended { .. } => Ok(()),
                _ => self.reproject(),
            },
            Body::PolicyChanged => self.keep_to_policy(),
            Body::DeathWithdrawn { reason } => self.withdraw_death(reason),
            Body::DeathConfirmed { reason } => {
                self.record(What::DeathConfirmed { reason: reason.clone() });
                Ok(())
            }
            Body::Erase { stage, reason } => self.erase(*stage, reason.as_deref()),
            Body::Keep { reason } => self.keep(reason),
            Body::KeepNoLonger { reason } => self.keep_no_longer(reason),
            _ => Ok(()),
        }
    }

    fn hold(&mut self, reason: &str) -> Outcome {
        if self.case.standing != Standing::Open {
            return Err(self.standing_is(("only a case that moves can be held", "لا توقف إلا حالة تمضي")));
        }
        self.case.standing = Standing::Held { reason: reason.to_owned() };
        self.record(What::Held { reason: reason.to_owned() });
        Ok(())
    }

    fn resume(&mut self) -> Outcome {
        if !matches!(self.case.standing, Standing::Held { .. }) {
            return Err(self.standing_is(("only a held case can be resumed", "لا تُستأنف إلا حالة موقوفة")));
        }
        self.case.standing = Standing::Open;
        self.record(What::Resumed);
        self.recall()
    }

    fn close(&mut self, outcome: &str, reason: &str) -> Outcome {
        if self.case.is_ended() {
            return Err(self.standing_is(("it cannot be closed again", "لا تُغلق ثانية")));
        }
        self.withdraw_where(Withdrawn::Ended, |_| true);
        self.stop_timers();
        self.record(What::Closed { outcome: outcome.into(), reason: reason.to_owned() });
        self.end(outcome);
        Ok(())
    }

    fn retry(&mut self) -> Outcome {
        let incident = self.present_incident()?;
        self.case.standing = self.standing_before()?;
        self.record(What::Retried);
        match &incident.doing {
            Doing::Entering { .. } => self.enter(self.workflow.start, Because::Opened)?,
            Doing::Moving => {}
            // Overtaken by another event meanwhile: nothing is left to try.
            Doing::Timer { name } => match self.fire(name) {
                Ok(()) | Err(Fault::Refused(_)) => {}
                Err(fault) => return Err(fault),
            },
            Doing::Event(event) => match self.take_event(event) {
                Err(Fault::Refused(reason)) => self.settle(event.id, Disposition::Refused { reason }),
                other => other?,
            },
        }
        self.recall()
    }

    fn skip(&mut self, reason: &str) -> Outcome {
        let incident = self.present_incident()?;
        self.case.standing = self.standing_before()?;
        self.record(What::Skipped { reason: reason.to_owned() });
        match &incident.doing {
            // The state's actions are given up; that it was entered, its decisions and timers are not.
            Doing::Entering { .. } => {
                let state = self.move_to(self.workflow.start, Because::Opened)?;
                self.end_or_go_on(state)?;
            }
            Doing::Timer { name } => self.start_again(name)?,
            Doing::Event(event) => self.settle(event.id, Disposition::NotApplicable),
            Doing::Moving => {}
        }
        self.recall()
    }

    /// Takes the case to a state, which is entered as by any transition. A held case stays held there. What led to an
    /// incident is given up.
    ///
    /// Where the state cannot be entered, nothing of it happens: whoever moves the case is there to be told, and the
    /// case keeps the incident that it may have.
    fn move_by_hand(&mut self, to: &str, reason: &str) -> Outcome {
        if self.case.is_ended() {
            return Err(self.standing_is((
                "only a case that goes on, is held or has stopped is moved",
                "لا تُنقل إلا حالة تمضي أو موقوفة أو متعثرة",
            )));
        }
        let Some((target, _)) = self.workflow.state_named(to) else { return Err(self.no_such_state(to)) };
        if let Standing::Incident(incident) = &self.case.standing {
            let given_up = incident.doing.clone();
            self.case.standing = Standing::Open;
            if let Doing::Event(event) = given_up {
                self.book_only(&event);
            }
        }
        let because = Because::Moved { reason: reason.to_owned() };
        self.enter(target, because).map_err(|fault| match fault {
            Fault::Broken { place, reason } => Fault::refused(
                format!("`{to}` cannot be entered: {place}: {reason}"),
                format!("لا يمكن الانتقال إلى المرحلة `{to}`: {place}: {reason}"),
            ),
            refused @ Fault::Refused(_) => refused,
        })
    }

    /// What an event says has happened stays true, although the case does not go where it leads: somebody was spoken to, a
    /// message has left.
    fn book_only(&mut self, event: &Event) {
        let disposition = match &event.body {
            Body::Answer { task, outcome, note, .. } => match self.take_pending_call(task) {
                Ok(pending) => {
                    self.book_answer(&pending, outcome, note.as_deref(), event);
                    Disposition::Applied
                }
                Err(_) => Disposition::NotApplicable,
            },
            Body::Delivery { .. } => {
                self.book_delivery(event);
                Disposition::NotApplicable
            }
            _ => Disposition::NotApplicable,
        };
        self.settle(event.id, disposition);
    }

    fn no_such_state(&self, name: &str) -> Fault {
        let known = || self.workflow.states.iter().map(|state| state.name.as_str());
        let hint = meant(name, known());
        let (en, ar) = (hint.en(), hint.get("ar"));
        let all = |between| known().collect::<Vec<_>>().join(between);
        Fault::refused(
            format!("the case's version of the workflow has no state `{name}`{en}; its states: {}", all(", ")),
            format!("لا مرحلة باسم `{name}` في إصدار المسار الذي عليه الحالة{ar}؛ مراحله: {}", all("، ")),
        )
    }

    /// How the case stood before the incident: open, or over where reopening it has failed.
    fn standing_before(&self) -> Outcome<Standing> {
        let over = |outcome: &ShortText| Standing::Ended { outcome: outcome.to_string() };
        Ok(self.state()?.end.as_ref().map_or(Standing::Open, over))
    }

    fn present_incident(&self) -> Outcome<Incident> {
        match &self.case.standing {
            Standing::Incident(incident) => Ok(incident.clone()),
            _ => {
                Err(self
                    .standing_is(("there is no incident to retry or skip", "ليس فيها ما تعثر لتُعاد محاولته أو يُتخطى")))
            }
        }
    }
}
