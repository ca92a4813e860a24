//! When a person may be contacted (rule 21 of the engine's promises).
//!
//! The jurisdiction's hours of each channel are the calendar's; a workflow may narrow them by quiet
//! hours, never widen them. Caps, opt-outs and forbidden numbers are the policy's.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

use super::derivation::{closed_words, skipped_words};
use super::{Calendar, Hours, Quiet, days_from};
use crate::delivery::Channel;
use crate::lang::Texts;

/// How far ahead a permitted hour is searched. A calendar alone has one within
/// [`super::CLOSED_DAYS_MAX`] days; a workflow's quiet hours may leave none at all.
const SEARCH_DAYS_MAX: usize = 400;
/// Where hours run on over midnight day after day, a window counts as this many days.
const WINDOW_DAYS_MAX: usize = 8;

/// Whether a channel may be used at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// Yes.
    Open {
        /// The first instant at which it may no more.
        until: Timestamp,
    },
    /// No.
    Closed {
        /// The first instant at which it may again.
        opens: Timestamp,
        /// Why not now, in both languages.
        why: Texts,
    },
}

/// The first instant at which a channel may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The instant.
    pub at: Timestamp,
    /// Why it is later than was asked for, in both languages; nothing if it is not.
    pub why: Option<Texts>,
}

impl Calendar {
    /// Whether the calendar's own hours permit a channel at an instant.
    pub fn contact_window(&self, channel: Channel, at: Timestamp) -> Window {
        if let Some(until) = self.allowed_until(channel, at, &Quiet::Nothing) {
            return Window::Open { until };
        }
        match self.next_allowed(channel, at, &Quiet::Nothing) {
            Some(allowed) => Window::Closed { opens: allowed.at, why: allowed.why.unwrap_or_default() },
            // Only at the end of time.
            None => Window::Closed { opens: Timestamp::MAX, why: Texts::default() },
        }
    }

    /// The first instant from `from` on at which a channel may be used, outside of `quiet`.
    ///
    /// Nothing if `quiet` leaves no such time: `check` finds that before a case meets it.
    pub fn next_allowed(&self, channel: Channel, from: Timestamp, quiet: &Quiet) -> Option<Allowed> {
        let at = days_from(self.today(from)).take(SEARCH_DAYS_MAX).find_map(|day| {
            let permitted = self.permitted(channel, day, *quiet);
            let mut instants = permitted.iter().map(|hours| self.instants(*hours, day));
            instants.find(|(opens, closes)| from.max(*opens) < *closes).map(|(opens, _)| from.max(opens))
        })?;
        let why = (at > from).then(|| self.why_not(channel, from, at, *quiet));
        Some(Allowed { at, why })
    }

    /// The first instant after `at` at which a channel may no more be used; nothing if it may not at `at`.
    pub fn allowed_until(&self, channel: Channel, at: Timestamp, quiet: &Quiet) -> Option<Timestamp> {
        let mut windows = days_from(self.today(at))
            .take(WINDOW_DAYS_MAX)
            .flat_map(|day| self.permitted_instants(channel, day, *quiet))
            .skip_while(|(_, closes)| *closes <= at);
        let (opens, mut until) = windows.next()?;
        if at < opens {
            return None;
        }
        for (opens, closes) in windows {
            if opens != until {
                break;
            }
            until = closes;
        }
        Some(until)
    }

    fn permitted(&self, channel: Channel, day: Date, quiet: Quiet) -> Cow<'_, [Hours]> {
        quiet.narrow(self.contact_hours(channel, day), self.working_windows(day))
    }

    fn permitted_instants(&self, channel: Channel, day: Date, quiet: Quiet) -> Vec<(Timestamp, Timestamp)> {
        self.permitted(channel, day, quiet).iter().map(|hours| self.instants(*hours, day)).collect()
    }

    fn why_not(&self, channel: Channel, from: Timestamp, at: Timestamp, quiet: Quiet) -> Texts {
        let (asked, next) = (self.local(from), self.local(at));
        let is_open = |day| !self.permitted(channel, day, quiet).is_empty();
        let (skipped, weekends) = self.skipped(asked.date(), next.date(), is_open);
        let day_has_hours = is_open(asked.date());
        let only_quiet = day_has_hours && self.allowed_until(channel, from, &Quiet::Nothing).is_some();
        let words = |language: &str| {
            let cause = closed_words(channel, if only_quiet { quiet } else { Quiet::Nothing }, language);
            let skipped = skipped_words(&skipped, weekends, asked.year(), language);
            (day_has_hours.then_some(cause), skipped, super::moment_words(next, true, language))
        };
        Texts::both(join(words("en"), "; next ", "; "), join(words("ar"), "؛ الموعد التالي ", "؛ "))
    }
}

/// Cause, skipped days and the next instant as one line.
fn join((cause, skipped, next): (Option<String>, Option<String>, String), before_next: &str, between: &str) -> String {
    let because: Vec<String> = cause.into_iter().chain(skipped).collect();
    format!("{}{before_next}{next}", because.join(between))
}
