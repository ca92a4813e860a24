//! Calendars: when the office works, when people may be contacted, and what a duration comes to.
//!
//! A calendar is data that the operations team edits (`config/calendars/`): week, seasons such as
//! Ramadan, holidays, contact hours. This file owns what is true of a day and of a local time;
//! `decode` reads the file, [`hours`] the hours in it, `worktime` adds durations, `contact`
//! finds when a person may be contacted, `derivation` words how a due time came about.
//!
//! Local times that a change of clocks skips move forward by the gap; those that come twice mean
//! the first (rule 6 of the engine's promises).

mod contact;
mod decode;
mod derivation;
pub mod hours;
#[cfg(test)]
mod tests;
mod worktime;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::delivery::Channel;
use crate::diagnostic::Report;
use crate::lang::Texts;

pub use contact::{Allowed, Window};
pub use derivation::{Derivation, Due, Moved, Reason, Skipped, day_words, moment_words};
pub use hours::{Hours, Quiet, QuietHours, Week};

/// The longest run of days without a working day, or without contact hours of a channel, that a
/// calendar may have. It bounds every search; no office and no mourning lasts longer.
pub const CLOSED_DAYS_MAX: i32 = 60;

/// The bundled time zones: the core reads none from the machine that it runs on.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The time zone of an IANA name such as `Asia/Bahrain`.
pub fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// A jurisdiction's working time and contact hours. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The word by which workflows name it.
    pub name: String,
    /// Where its local times are.
    pub zone: TimeZone,
    rules: Arc<Rules>,
}

/// What the file says, decoded.
#[derive(Debug)]
struct Rules {
    title: Texts,
    country: Option<String>,
    hash: String,
    week: Week,
    contact: BTreeMap<Channel, Week>,
    /// In order of their first day, without overlaps.
    seasons: Vec<Season>,
    holidays: BTreeMap<Date, Holiday>,
}

/// A stretch of days with hours of its own, such as Ramadan.
#[derive(Clone, Debug)]
pub struct Season {
    /// What it is called.
    pub name: Texts,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// Whether the dates may still move.
    pub provisional: bool,
    /// The working hours, if they differ.
    week: Option<Arc<Week>>,
    /// The contact hours of the channels whose hours differ.
    contact: Arc<BTreeMap<Channel, Week>>,
}

/// A day on which the office is closed and nobody is contacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// What it is called.
    pub name: Texts,
    /// Whether the date may still move: estimated, or not yet seen in a circular.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// Whether it is given in place of a holiday that fell on a weekend.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compensates: bool,
    /// The circular or report that the date was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circular: Option<String>,
}

impl Calendar {
    /// Reads a calendar file.
    ///
    /// # Errors
    /// Every finding about the file at once.
    pub fn parse(file: &str, source: &str) -> Result<Self, Report> {
        decode::calendar(file, source)
    }

    /// What it is called.
    pub fn title(&self) -> &Texts {
        &self.rules.title
    }

    /// The same days and hours on another clock.
    #[must_use]
    pub fn in_zone(&self, zone: TimeZone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// The ISO 3166 code of its country, where it has one.
    pub fn country(&self) -> Option<&str> {
        self.rules.country.as_deref()
    }

    /// The SHA-256 of the file's text, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.rules.hash
    }

    /// The local date and time of an instant.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    /// The instant of a local date and time: one in a gap moves forward by the gap, one that comes
    /// twice means the first.
    pub fn instant(&self, local: DateTime) -> Timestamp {
        // Only local times within a day of the ends of time have no instant.
        let end_of_time = if local.year() > 0 { Timestamp::MAX } else { Timestamp::MIN };
        self.zone.to_ambiguous_timestamp(local).compatible().unwrap_or(end_of_time)
    }

    /// When hours open and close on a day.
    fn instants(&self, hours: Hours, day: Date) -> (Timestamp, Timestamp) {
        (self.instant(hours.opens_on(day)), self.instant(hours.closes_on(day)))
    }

    /// The local date of an instant.
    pub fn today(&self, now: Timestamp) -> Date {
        self.local(now).date()
    }

    /// The working hours of a day, in order; none on weekends and holidays.
    pub fn working_windows(&self, day: Date) -> &[Hours] {
        if self.holiday(day).is_some() {
            return &[];
        }
        let seasonal = self.season(day).and_then(|season| season.week.as_deref());
        seasonal.unwrap_or(&self.rules.week).on(day.weekday())
    }

    /// The hours of a day at which people may be contacted by a channel, in order; where the
    /// calendar sets none for the channel, the working hours.
    pub fn contact_hours(&self, channel: Channel, day: Date) -> &[Hours] {
        if self.holiday(day).is_some() {
            return &[];
        }
        let seasonal = self.season(day).and_then(|season| season.contact.get(&channel));
        match seasonal.or_else(|| self.rules.contact.get(&channel)) {
            Some(week) => week.on(day.weekday()),
            None => self.working_windows(day),
        }
    }

    /// The holiday on a day, if it is one.
    pub fn holiday(&self, day: Date) -> Option<&Holiday> {
        self.rules.holidays.get(&day)
    }

    /// Every holiday of the file, by day.
    pub fn holidays(&self) -> impl Iterator<Item = (Date, &Holiday)> {
        self.rules.holidays.iter().map(|(day, holiday)| (*day, holiday))
    }

    /// Every season of the file, in order.
    pub fn seasons(&self) -> &[Season] {
        &self.rules.seasons
    }

    /// The season that a day lies in, if any.
    pub fn season(&self, day: Date) -> Option<&Season> {
        let seasons = &self.rules.seasons;
        let begun = seasons.partition_point(|season| season.from <= day);
        seasons.get(begun.checked_sub(1)?).filter(|season| day <= season.to)
    }

    /// Whether the office opens at all on a day.
    pub fn is_working_day(&self, day: Date) -> bool {
        !self.working_windows(day).is_empty()
    }
}

/// The days from `first` on, without end (but that of time).
fn days_from(first: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
}

/// The SHA-256 of a text in hexadecimal.
fn sha256_hex(text: &str) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    Sha256::digest(text.as_bytes()).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
