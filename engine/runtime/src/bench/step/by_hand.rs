//! The limit of the pure step: the workflow of the benchmarks as somebody writes it by hand, for this one purpose. The same
//! history, texts, recipients and moments come out; there is no language, calendar or policy.

use jiff::{SignedDuration, Timestamp};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::Channel;
use wasl_core::effect::{Effect, Message};
use wasl_core::history::{Because, Entry, What};
use wasl_core::value::{Record, ShortText, Value};

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Detection,
    FirstCall,
    FollowUpSms,
    Escalation,
    TransferDone,
    Over,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::FirstCall => "first_call",
            Self::FollowUpSms => "follow_up_sms",
            Self::Escalation => "escalation",
            Self::TransferDone => "transfer_done",
            Self::Over => "over",
        }
    }
}

/// What the program keeps of a case.
pub(super) struct Case {
    id: CaseId,
    monthly_kwh: i64,
    name: ShortText,
    mobile: ShortText,
    language: ShortText,
    reference: String,
    state: State,
    visit: u32,
    /// When it is due, and after how long that is.
    timer: Option<(Timestamp, &'static str)>,
}

/// What a transition leaves behind.
pub(super) type Done = (Vec<Entry>, Vec<Effect>);

impl Case {
    /// Opens it, with what is known of it.
    pub(super) fn open(id: CaseId, record: &Record, now: Timestamp) -> (Self, Done) {
        let contact = match record.get("people") {
            Some(Value::List(people)) => people.first(),
            _ => None,
        };
        let of_contact = |field: &str| match contact {
            Some(Value::Record(contact)) => contact.get(field).map(text).unwrap_or_default(),
            _ => ShortText::default(),
        };
        let mut case = Self {
            id,
            monthly_kwh: if let Some(Value::Int(kwh)) = record.get("monthly_kwh") { *kwh } else { 0 },
            name: of_contact("name"),
            mobile: of_contact("mobile"),
            language: of_contact("language"),
            reference: id.reference(),
            state: State::Detection,
            visit: 0,
            timer: None,
        };
        let mut entries = vec![case.entry(now, What::Opened { detection: None })];
        entries.push(case.entered(State::Detection, None, Because::Opened, now));
        (case, (entries, Vec::new()))
    }

    /// Takes a case that is due through its transition.
    pub(super) fn advance(&mut self, now: Timestamp) -> Done {
        let Some((due, after)) = self.timer.take() else { return Done::default() };
        let name = ShortText::new_static(after);
        let late_ms = now.as_millisecond() - due.as_millisecond();
        let mut done = (vec![self.entry(now, What::TimerFired { name: name.clone(), due, late_ms })], Vec::new());
        let because = Because::Timer { name };
        match self.state {
            State::Detection => self.enter(State::FirstCall, because, now, &mut done),
            State::FirstCall => {
                self.enter(State::FollowUpSms, because, now, &mut done);
                let text = format!("We tried to reach you. Please ring 17 000 000 and say {}.", self.reference);
                self.send("follow-up", text, now, &mut done);
            }
            State::FollowUpSms => {
                self.enter(State::Escalation, because, now, &mut done);
                let text = format!("A colleague will ring you about {}. You need not do anything.", self.reference);
                self.send("escalated", text, now, &mut done);
            }
            State::Escalation => {
                self.enter(State::TransferDone, because, now, &mut done);
                let text = format!("It is done; {} is closed. Thank you.", self.reference);
                self.send("done", text, now, &mut done);
                self.enter(State::Over, Because::Decided, now, &mut done);
                done.0.push(self.entry(now, What::Ended { outcome: ShortText::new_static("success") }));
            }
            State::TransferDone | State::Over => {}
        }
        done
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    fn enter(&mut self, state: State, because: Because, now: Timestamp, done: &mut Done) {
        let from = Some(ShortText::new_static(self.state.name()));
        done.0.push(self.entered(state, from, because, now));
    }

    fn entered(&mut self, state: State, from: Option<ShortText>, because: Because, now: Timestamp) -> Entry {
        self.state = state;
        self.visit += 1;
        let hours = match state {
            State::Detection if self.monthly_kwh < 0 => Some(2),
            State::FollowUpSms if self.monthly_kwh >= 100_000 => Some(2),
            State::Detection | State::FirstCall | State::FollowUpSms | State::Escalation => Some(1),
            State::TransferDone | State::Over => None,
        };
        self.timer = hours.map(|hours| {
            (now + SignedDuration::from_hours(hours), if hours == 1 { "after 1 hour" } else { "after 2 hours" })
        });
        self.entry(now, What::Entered { state: ShortText::new_static(state.name()), from, because })
    }

    fn send(&self, template: &'static str, text: String, now: Timestamp, done: &mut Done) {
        let id = EffectId::new(self.id, self.visit, 1);
        let template = ShortText::new_static(template);
        done.0.push(self.entry(
            now,
            What::MessagePlanned {
                id: id.clone(),
                channel: Channel::Sms,
                template: template.clone(),
                to_name: Some(self.name.clone()),
                not_before: now,
            },
        ));
        done.1.push(Effect::Message(Box::new(Message {
            id,
            channel: Channel::Sms,
            state: ShortText::new_static(self.state.name()),
            template,
            to: self.mobile.clone(),
            to_name: Some(self.name.clone()),
            person: self.mobile.clone(),
            language: self.language.clone(),
            subject: None,
            text,
            unsubscribe: None,
            // Each of the three fits into one.
            segments: 1,
            planned_at: now,
            not_before: now,
            expires: None,
            keep: true,
            on_uncertain: None,
            why: None,
            suppressed: None,
        })));
    }

    fn entry(&self, at: Timestamp, what: What) -> Entry {
        let state = ShortText::new_static(self.state.name());
        Entry { at, visit: self.visit, state, event: None, by: None, what }
    }
}

fn text(value: &Value) -> ShortText {
    if let Value::Text(text) = value { text.as_str().into() } else { ShortText::default() }
}

#[cfg(test)]
mod tests {
    use super::super::Played;
    use super::*;
    use crate::bench::house;

    #[test]
    fn the_program_by_hand_leaves_the_same_behind_as_the_step() {
        let played = Played::new().unwrap();
        for n in [0, 7, 4_999, 1_234_567] {
            let (id, record) = (CaseId(i64::from(n) + 1), house::record(n));
            let (mut by_hand, mut done) = Case::open(id, &record, house::beginning());
            let mut advance = played.open(id, record);
            for hour in 1.. {
                assert_eq!((&done.0, &done.1), (&advance.entries, &advance.effects), "case {n}, hour {hour}");
                assert_eq!(by_hand.timer.map(|(due, _)| due), advance.case.wake_at(), "case {n}, hour {hour}");
                assert_eq!(by_hand.is_over(), advance.case.is_ended());
                if by_hand.is_over() {
                    assert_eq!(hour, 5);
                    break;
                }
                done = by_hand.advance(house::beginning() + SignedDuration::from_hours(hour));
                advance = played.advance(&advance.case, hour);
            }
        }
    }
}
