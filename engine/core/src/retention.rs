//! Retention: when what a closed case says of people is erased, in which order, and what stays.
//!
//! First what was written and said goes ([`Stage::Texts`]), later whoever it was about ([`Stage::People`]). Counts, states,
//! outcomes and times stay. What is taken out of values is `forget`'s; what of the rows, the store's.

mod forget;
mod pseudonym;

pub use forget::{GONE, forget_body, forget_case, forget_entry};
pub use pseudonym::Pseudonyms;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::duration::Duration;

/// How much of a case is erased; each stage takes the one before with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What was written and said: texts of messages, notes, answers, reasons.
    Texts,
    /// Who it was: names, numbers, addresses, personal fields, and everything of [`Stage::Texts`].
    People,
}

impl Stage {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::Texts, Self::People];

    /// The word used in settings, lists and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Texts => "texts",
            Self::People => "people",
        }
    }

    /// What it takes, in words.
    pub fn words(self, language: &str) -> &'static str {
        match (self, language) {
            (Self::Texts, "ar") => "النصوص والملاحظات",
            (Self::Texts, _) => "texts and notes",
            (Self::People, "ar") => "الأسماء والأرقام والنصوص",
            (Self::People, _) => "names, numbers and texts",
        }
    }
}

/// That a case was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// How much of it.
    pub stage: Stage,
    /// When.
    pub at: Timestamp,
}

/// Why a case is kept from being erased, such as a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// How long after its end a case keeps what; nothing is erased of which nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// How long texts are kept.
    pub texts: Option<Duration>,
    /// How long people are kept.
    pub people: Option<Duration>,
    /// How long histories are kept; they go with those of the cases beside them, when the last of these is old enough.
    pub history: Option<Duration>,
}

impl Retention {
    /// How long a stage's part is kept.
    pub const fn of(&self, stage: Stage) -> Option<Duration> {
        match stage {
            Stage::Texts => self.texts,
            Stage::People => self.people,
        }
    }

    /// Whether anything is ever erased.
    pub const fn is_set(&self) -> bool {
        self.texts.is_some() || self.people.is_some()
    }

    /// Cases that ended by this instant are due for a stage; `None` where nothing is set, or more time than there was.
    pub fn cutoff(&self, stage: Stage, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        before(self.of(stage)?, now, zone)
    }

    /// Histories of cases that ended by this instant may go.
    pub fn history_cutoff(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        before(self.history?, now, zone)
    }

    /// Whether people would go before their texts: written the wrong way round.
    pub fn is_turned_round(&self, now: Timestamp) -> bool {
        let cutoff = |stage| self.cutoff(stage, now, &TimeZone::UTC);
        cutoff(Stage::Texts).zip(cutoff(Stage::People)).is_some_and(|(texts, people)| people > texts)
    }

    /// Whether histories would go before the people whom they speak of.
    pub fn forgets_history_first(&self, now: Timestamp) -> bool {
        let people = self.cutoff(Stage::People, now, &TimeZone::UTC);
        people.zip(self.history_cutoff(now, &TimeZone::UTC)).is_some_and(|(people, history)| history > people)
    }
}

/// The instant that lies so long before another.
fn before(kept: Duration, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(zone.to_datetime(now).checked_sub(span_of(kept)?).ok()?).ok()
}

/// A length of time that is counted back without a calendar of working days.
fn span_of(kept: Duration) -> Option<Span> {
    match kept {
        Duration::Elapsed(time) => Span::new().try_seconds(time.as_secs()).ok(),
        Duration::Days(days) => Span::new().try_days(days).ok(),
        Duration::Months(months) => Span::new().try_months(months).ok(),
        Duration::WorkingDays(_) | Duration::WorkingHours { .. } => None,
    }
}

impl Case {
    /// Whether it no longer says who it was about.
    pub fn is_nameless(&self) -> bool {
        self.progress.erased.is_some_and(|erased| erased.stage == Stage::People)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_due_by_the_calendar_and_nothing_is_due_that_is_not_set() {
        let retention = |texts: &str, people: &str| Retention {
            texts: Duration::parse(texts).ok(),
            people: Duration::parse(people).ok(),
            history: None,
        };
        let now: Timestamp = "2026-03-31T10:00:00Z".parse().unwrap();
        let bahrain = TimeZone::get("Asia/Bahrain").unwrap();
        let due = |kept: &Retention, stage| kept.cutoff(stage, now, &bahrain).map(|at| at.to_string());
        let kept = retention("90 days", "1 month");
        assert_eq!(due(&kept, Stage::Texts).as_deref(), Some("2025-12-31T10:00:00Z"));
        assert_eq!(due(&kept, Stage::People).as_deref(), Some("2026-02-28T10:00:00Z"), "the month's last day");
        assert_eq!(due(&Retention::default(), Stage::People), None);
        assert!(kept.is_turned_round(now) && !retention("90 days", "1 year").is_turned_round(now));
        assert!(!retention("90 days", "").is_turned_round(now));
        let with_history = |kept: &str| Retention { history: Duration::parse(kept).ok(), ..retention("", "1 year") };
        let cutoff = with_history("10 years").history_cutoff(now, &bahrain);
        assert_eq!(cutoff.map(|at| at.to_string()).as_deref(), Some("2016-03-31T10:00:00Z"));
        assert!(
            with_history("11 months").forgets_history_first(now) && !with_history("1 year").forgets_history_first(now)
        );
    }
}
