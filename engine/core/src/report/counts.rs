//! What is counted of one case.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Count, Figure, Kind, day_number};
use crate::calendar::Calendar;
use crate::case::{Case, Standing};
use crate::definition::{Priority, Workflow, is_attempt};
use crate::delivery::Channel;
use crate::tariff::{Tariff, value_at_risk};
use crate::value::Value;

/// The outcome of a case that came to what it was for.
pub(super) const SUCCESS: &str = "success";

/// The field of a case that tells the day from which its family pays without the subsidy.
const DEATH: &str = "date_of_death";

/// Whether cases of a workflow tell of a death: only those are transferred, and cost a family money from that day.
pub fn tells_of_death(workflow: &Workflow) -> bool {
    workflow.case.fields.get(DEATH).is_some()
}

/// What is known of a case.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Where it stands.
    pub case: Case,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// Its calls and other tasks.
    pub calls: Vec<SeenCall>,
    /// Its messages.
    pub messages: Vec<SeenMessage>,
    /// When the engine could not move it.
    pub incidents: Vec<Timestamp>,
}

/// A call or another task of a case.
#[derive(Clone, Debug)]
pub struct SeenCall {
    /// The state that asked for it.
    pub state: String,
    /// Whether it was a call to somebody, and not work at the desk.
    pub to_person: bool,
    /// How urgent it was.
    pub priority: Priority,
    /// What came of it, and when.
    pub answered: Option<(String, Timestamp)>,
}

/// A message of a case.
#[derive(Clone, Debug)]
pub struct SeenMessage {
    /// How it goes.
    pub channel: Channel,
    /// Where it stands, in the store's word.
    pub status: &'static str,
    /// When it left, or was planned where it did not leave.
    pub at: Timestamp,
    /// Segments, if it left.
    pub segments: i64,
}

/// Counts a case, by the version of the workflow that it stays on and the calendar of its days and hours.
///
/// Prices are those of the day on which it opened, so that the same case always counts the same.
pub fn counts<'t>(
    seen: &Seen,
    workflow: Option<&Workflow>,
    calendar: &Calendar,
    tariffs: impl IntoIterator<Item = &'t Tariff>,
) -> Vec<Count> {
    let opened = calendar.today(seen.case.opened_at);
    let mut counting = Counting { seen, calendar, opened, counts: Vec::new() };
    counting.one(Figure::Opened, "", 0);
    counting.standing();
    counting.calls(workflow);
    counting.happenings();
    let daily = value_at_risk(tariffs, &seen.case.data, opened);
    counting.money(daily);
    counting.counts
}

struct Counting<'s> {
    seen: &'s Seen,
    calendar: &'s Calendar,
    /// The day on which the case opened.
    opened: Date,
    counts: Vec<Count>,
}

impl Counting<'_> {
    /// Under the day on which the case opened.
    fn one(&mut self, figure: Figure, part: &str, value: i64) {
        self.many(figure, self.opened, part, value, 1);
    }

    fn many(&mut self, figure: Figure, day: Date, part: &str, value: i64, number: i64) {
        if number != 0 {
            self.counts.push(Count { kind: Kind { figure, day, part: part.to_owned(), value }, number });
        }
    }

    fn standing(&mut self) {
        match &self.seen.case.standing {
            Standing::Ended { outcome } => {
                self.one(Figure::Ended, outcome, 0);
                if let Some(done) = self.transferred() {
                    self.one(Figure::ToTransfer, "", days_between(self.opened, done));
                    if let Some(death) = self.death() {
                        self.one(Figure::FromDeath, "", days_between(death, done));
                    }
                }
            }
            Standing::Open | Standing::Held { .. } | Standing::Incident(_) => {
                self.one(Figure::Waiting, &self.seen.case.state, 0);
            }
        }
    }

    /// The day on which the case came to what it was for.
    fn transferred(&self) -> Option<Date> {
        let success = matches!(&self.seen.case.standing, Standing::Ended { outcome } if outcome == SUCCESS);
        self.seen.closed_at.filter(|_| success).map(|at| self.calendar.today(at))
    }

    fn death(&self) -> Option<Date> {
        match self.seen.case.field(DEATH) {
            Value::Date(day) => Some(*day),
            _ => None,
        }
    }

    fn calls(&mut self, workflow: Option<&Workflow>) {
        let (mut tried, mut reached): (Option<Timestamp>, Option<Timestamp>) = (None, None);
        for call in self.seen.calls.iter().filter(|call| call.to_person) {
            let Some((outcome, at)) = &call.answered else { continue };
            self.many(Figure::Call, self.calendar.today(*at), outcome, 0, 1);
            if !is_attempt(outcome) {
                continue;
            }
            tried = Some(tried.map_or(*at, |first| first.min(*at)));
            if workflow.is_some_and(|workflow| workflow.reaches_somebody(&call.state, outcome)) {
                reached = Some(reached.map_or(*at, |first| first.min(*at)));
            }
        }
        for (figure, at) in [(Figure::FirstCall, tried), (Figure::Reached, reached)] {
            if let Some(at) = at {
                let took = self.calendar.working_time_between(self.seen.case.opened_at, at);
                self.one(figure, "", hours_begun(took));
            }
        }
        if self.seen.calls.iter().any(|call| call.priority == Priority::High) {
            self.one(Figure::Escalated, "", 0);
        }
    }

    fn happenings(&mut self) {
        for message in &self.seen.messages {
            let day = self.calendar.today(message.at);
            self.many(Figure::Message, day, &format!("{} {}", message.channel.as_str(), message.status), 0, 1);
            if message.channel == Channel::Sms {
                self.many(Figure::Segments, day, "", 0, message.segments);
            }
        }
        for at in &self.seen.incidents {
            self.many(Figure::Incident, self.calendar.today(*at), "", 0, 1);
        }
    }

    /// A sum that grows from day to day is kept as what it grows by and since when: `fils` a day, and `fils` times the
    /// number of the day from which it grows. On any day it is `fils × day − since`.
    fn money(&mut self, daily: i64) {
        if daily <= 0 {
            return;
        }
        let from = self.death().unwrap_or(self.opened);
        let (figure, since) = match (&self.seen.case.standing, self.transferred()) {
            (Standing::Ended { .. }, None) => return,
            (_, Some(done)) => {
                let lost = daily.saturating_mul(days_between(from, done));
                self.many(Figure::Lost, self.opened, "", 0, lost);
                (Figure::Saved, done)
            }
            (_, None) => (Figure::AtRisk, from),
        };
        let worth = [("cases", 1), ("fils", daily), ("since", daily.saturating_mul(day_number(since)))];
        for (part, number) in worth {
            self.many(figure, self.opened, part, 0, number);
        }
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    (day_number(to) - day_number(from)).max(0)
}

/// Hours, a begun one as a whole one: what took twenty minutes was done within an hour.
fn hours_begun(took: SignedDuration) -> i64 {
    took.as_secs().max(0).saturating_add(3_599) / 3_600
}
