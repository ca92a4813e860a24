//! Cron expressions in a calendar's zone.
//!
//! The crate `cron` (croner) reads the five fields and walks civil time; what instants the civil
//! times are is decided here with the bundled zones, by rule 6 of the engine's promises:
//!
//! - Schedules that name hours run by the clock on the wall: a time in the gap moves forward by
//!   the gap, one that comes twice runs once, the first time.
//! - Schedules that run in every hour (`*/15 * * * *`) follow real time through both changes.

mod wall;

use std::fmt;

use cron::Cron;
use cron::errors::CronError;
use cron::parser::{CronParser, Seconds, Year};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use crate::diagnostic::did_you_mean;
use wall::Wall;

/// No change of clocks skips more than a day and its daylight saving.
const GAP_MAX: SignedDuration = SignedDuration::from_hours(26);
/// Changes of clocks that the search for the next run passes at most: the rarest schedule runs
/// every eight years (29 February around 2100), and no zone changes more than four times a year.
const CHANGES_MAX: usize = 64;
/// Local times that the search tries at most: those of two days, minute by minute.
const TRIES_MAX: usize = 2 * 24 * 60;

/// When something recurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    source: String,
    cron: Cron,
    /// Whether it runs in every hour, so that it follows real time.
    every_hour: bool,
}

/// Why a text is not a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScheduleError {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub suggestion: Option<String>,
    /// Whether it reads well but names a day that never comes, such as 31 February.
    pub never_fires: bool,
}

/// The five fields: what each is, and what may stand there.
const FIELDS: [(&str, &str); 5] = [
    ("a minute", "0 to 59"),
    ("an hour", "0 to 23"),
    ("a day of the month", "1 to 31"),
    ("a month", "1 to 12 or JAN to DEC"),
    ("a day of the week", "0 to 7 (0 and 7 are Sunday) or SUN to SAT"),
];

/// Words for common schedules.
const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * SUN"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Schedule {
    /// Reads five fields (`0 7 * * SUN-THU`) or a nickname (`@daily`).
    ///
    /// A day runs if its day of the month *or* its day of the week fits, where both are restricted.
    ///
    /// # Errors
    /// What is not a schedule, or one that never comes, with what to write.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let expression = if text.starts_with('@') { nickname(text)? } else { text };
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let Ok([minute, hour, day, month, weekday]) = <[&str; 5]>::try_from(fields.as_slice()) else {
            return Err(refuse_field_count(text, &fields));
        };
        let weekday = expand_weekdays(weekday);
        let fields = [minute, hour, day, month, weekday.as_str()];
        let cron = parse_fields(fields).map_err(|_| refuse_field(text, fields))?;
        let every_hour = cron.pattern.hours.values().len() == 24;
        let schedule = Self { source: text.to_owned(), cron, every_hour };
        if schedule.next_wall(date(2024, 1, 1).at(0, 0, 0, 0)).is_none() {
            let message = format!("`{text}` never comes: no month that it names has such a day");
            let suggestion = Some("the last day of the month is `L`".into());
            return Err(ScheduleError { message, suggestion, never_fires: true });
        }
        Ok(schedule)
    }

    /// The first run after an instant, by the clocks of a zone; nothing only at the end of time.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.every_hour { self.next_in_real_time(after, zone) } else { self.next_by_the_clock(after, zone) }
    }

    /// What it means, in English, without a final full stop.
    pub fn describe(&self) -> String {
        self.cron.describe().trim_end_matches('.').to_owned()
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The next matching civil time after `wall`.
    fn next_wall(&self, wall: DateTime) -> Option<DateTime> {
        self.cron.find_next_occurrence(&Wall(wall), false).ok().map(|next| next.0)
    }

    /// Local times may come to instants in another order than their own just after a gap, so the
    /// earliest is taken of all that could still beat the first one found.
    fn next_by_the_clock(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut wall = search_start(after, zone);
        let mut best: Option<Timestamp> = None;
        for _ in 0..TRIES_MAX {
            if best.is_some_and(|best| zone.to_datetime(best) <= wall) {
                break;
            }
            wall = self.next_wall(wall)?;
            let at = zone.to_ambiguous_timestamp(wall).compatible().ok()?;
            if at > after {
                best = Some(best.map_or(at, |best| best.min(at)));
            }
        }
        best
    }

    /// Between two changes of clocks local time is real time with a fixed offset.
    fn next_in_real_time(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut offset = zone.to_offset(after);
        let mut wall = offset.to_datetime(after);
        for change in zone.following(after).map(Some).chain([None]).take(CHANGES_MAX) {
            let at = offset.to_timestamp(self.next_wall(wall)?).ok()?;
            let Some(change) = change.filter(|change| change.timestamp() <= at) else { return Some(at) };
            offset = change.offset();
            // The instant of the change itself may be a run.
            wall = offset.to_datetime(change.timestamp()).checked_sub(SignedDuration::from_secs(1)).ok()?;
        }
        None
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

/// The local time after which to search: after a recent change of clocks the time before it, as
/// local times that it skipped may still be to come.
fn search_start(after: Timestamp, zone: &TimeZone) -> DateTime {
    let local = zone.to_datetime(after);
    let moment = SignedDuration::from_nanos(1);
    let upto = after.checked_add(moment).unwrap_or(after);
    let recent = zone.preceding(upto).next().map(|change| change.timestamp());
    let Some(change) = recent.filter(|change| change.duration_until(after) < GAP_MAX) else { return local };
    let before = change.checked_sub(moment).unwrap_or(change);
    zone.to_datetime(before).min(local)
}

fn nickname(text: &str) -> Result<&'static str, ScheduleError> {
    let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    known.map(|(_, expression)| *expression).ok_or_else(|| ScheduleError {
        message: format!("there is no schedule `{text}`"),
        suggestion: did_you_mean(text, NICKNAMES.map(|(name, _)| name)),
        never_fires: false,
    })
}

fn refuse_field_count(text: &str, fields: &[&str]) -> ScheduleError {
    let message = match fields.len() {
        0 => "the schedule is empty".into(),
        1 => format!("`{text}` is 1 field; a schedule has 5: minute, hour, day of month, month, day of week"),
        n => format!("`{text}` has {n} fields; a schedule has 5: minute, hour, day of month, month, day of week"),
    };
    let suggestion = match fields {
        [_, rest @ ..] if rest.len() == 5 => format!("leave out the seconds: `{}`", rest.join(" ")),
        _ => "write for example `0 7 * * SUN-THU`: at 07:00, Sunday to Thursday".into(),
    };
    ScheduleError { message, suggestion: Some(suggestion), never_fires: false }
}

/// Names the first field that does not read on its own.
fn refuse_field(text: &str, fields: [&str; 5]) -> ScheduleError {
    for (index, (name, range)) in FIELDS.into_iter().enumerate() {
        let mut alone = ["*"; 5];
        alone[index] = fields[index];
        if parse_fields(alone).is_err() {
            let message = format!("`{}` in `{text}` is not {name} of a schedule", fields[index]);
            let suggestion = Some(format!("write {range}; lists `a,b`, ranges `a-b`, steps `*/n` or `*`"));
            return ScheduleError { message, suggestion, never_fires: false };
        }
    }
    ScheduleError { message: format!("`{text}` is not a schedule"), suggestion: None, never_fires: false }
}

fn parse_fields(fields: [&str; 5]) -> Result<Cron, CronError> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(&fields.join(" "))
}

/// Writes ranges over the end of the week (`SAT-WED`, `5-1`) as lists; leaves the rest as it is.
fn expand_weekdays(field: &str) -> String {
    field.split(',').map(|part| wrapping_range(part).unwrap_or_else(|| part.to_owned())).collect::<Vec<_>>().join(",")
}

fn wrapping_range(part: &str) -> Option<String> {
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let (first, last) = range.split_once('-')?;
    let (first, last) = (weekday_number(first)?, weekday_number(last)?);
    let step: usize = step.parse().ok().filter(|step| *step > 0)?;
    let length = (last + 7 - first) % 7;
    let days: Vec<String> = (0..=length).step_by(step).map(|n| ((first + n) % 7).to_string()).collect();
    (first > last).then(|| days.join(","))
}

/// 0 (Sunday) to 6 of a name or a number.
fn weekday_number(word: &str) -> Option<usize> {
    let named = WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(word));
    named.or_else(|| word.parse().ok().filter(|number| *number <= 7).map(|number: usize| number % 7))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::calendar::zone;

    /// The runs after a local time, as `Sun 29 03:30+02`.
    fn runs(expression: &str, zone_name: &str, after: &str, count: usize) -> Vec<String> {
        let zone = zone(zone_name).unwrap();
        let schedule = Schedule::parse(expression).unwrap();
        let mut at: Timestamp = after.parse().unwrap();
        let mut runs = Vec::new();
        for _ in 0..count {
            let next = schedule.next_after(at, &zone).unwrap();
            assert!(next > at, "{next} after {at}");
            at = next;
            runs.push(at.to_zoned_datetime(zone.clone()).strftime("%a %d %H:%M%:::z").to_string());
        }
        runs
    }

    #[test]
    fn five_fields_run_by_bahrains_clock() {
        for (expression, next) in [
            ("0 7 * * SUN-THU", ["Sun 19 07:00+03", "Mon 20 07:00+03", "Tue 21 07:00+03"]),
            ("0 9 * * 1", ["Mon 20 09:00+03", "Mon 27 09:00+03", "Mon 03 09:00+03"]),
            ("0 9 * * 0", ["Sun 19 09:00+03", "Sun 26 09:00+03", "Sun 02 09:00+03"]),
            ("0 9 * * 7", ["Sun 19 09:00+03", "Sun 26 09:00+03", "Sun 02 09:00+03"]),
            ("0 9 * * sat-mon", ["Sat 18 09:00+03", "Sun 19 09:00+03", "Mon 20 09:00+03"]),
            ("0 9 * * FRI-SUN", ["Fri 17 09:00+03", "Sat 18 09:00+03", "Sun 19 09:00+03"]),
            ("0 9 * * 5-1/2", ["Fri 17 09:00+03", "Sun 19 09:00+03", "Fri 24 09:00+03"]),
            ("0 9 20 * FRI", ["Fri 17 09:00+03", "Mon 20 09:00+03", "Fri 24 09:00+03"]),
            ("0 9 L * *", ["Fri 31 09:00+03", "Sun 30 09:00+03", "Wed 31 09:00+03"]),
            ("*/20 10 * * *", ["Fri 17 10:00+03", "Fri 17 10:20+03", "Fri 17 10:40+03"]),
            ("@daily", ["Fri 17 00:00+03", "Sat 18 00:00+03", "Sun 19 00:00+03"]),
            ("@Midnight", ["Fri 17 00:00+03", "Sat 18 00:00+03", "Sun 19 00:00+03"]),
        ] {
            assert_eq!(runs(expression, "Asia/Bahrain", "2024-05-16T18:00:00+03:00", 3), next, "{expression}");
        }
    }

    #[test]
    fn a_run_in_the_gap_moves_forward_by_the_gap() {
        let berlin = |expression, count| runs(expression, "Europe/Berlin", "2026-03-28T12:00:00+01:00", count);
        assert_eq!(berlin("30 2 * * *", 2), ["Sun 29 03:30+02", "Mon 30 02:30+02"]);
        assert_eq!(berlin("*/30 2 * * *", 3), ["Sun 29 03:00+02", "Sun 29 03:30+02", "Mon 30 02:00+02"]);
        // 02:30 comes to 03:30, which is a run of its own: once.
        assert_eq!(berlin("30 2,3 * * *", 2), ["Sun 29 03:30+02", "Mon 30 02:30+02"]);
        assert_eq!(
            runs("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00+02:00", 2),
            ["Fri 24 01:00+03", "Sat 25 00:00+03"]
        );
    }

    #[test]
    fn after_a_gap_the_runs_still_come_in_order() {
        // Lord Howe skips half an hour at 02:00: 02:15 comes to 02:45, which is after 02:30.
        let runs = runs("15,30 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", 3);
        assert_eq!(runs, ["Sun 04 02:30+11", "Sun 04 02:45+11", "Mon 05 02:15+11"]);
    }

    #[test]
    fn a_run_that_comes_twice_runs_once_the_first_time() {
        let berlin = |expression, count| runs(expression, "Europe/Berlin", "2026-10-24T12:00:00+02:00", count);
        assert_eq!(berlin("30 2 * * *", 2), ["Sun 25 02:30+02", "Mon 26 02:30+01"]);
        assert_eq!(berlin("*/30 2 * * *", 3), ["Sun 25 02:00+02", "Sun 25 02:30+02", "Mon 26 02:00+01"]);
        let within_the_second_pass = runs("*/30 2-3 * * *", "Europe/Berlin", "2026-10-25T02:10:00+01:00", 2);
        assert_eq!(within_the_second_pass, ["Sun 25 03:00+01", "Sun 25 03:30+01"]);
        assert_eq!(
            runs("30 23 * * *", "Africa/Cairo", "2026-10-29T12:00:00+03:00", 2),
            ["Thu 29 23:30+03", "Fri 30 23:30+02"]
        );
    }

    #[test]
    fn a_schedule_of_every_hour_follows_real_time() {
        assert_eq!(
            runs("30 * * * *", "Europe/Berlin", "2026-10-25T01:00:00+02:00", 4),
            ["Sun 25 01:30+02", "Sun 25 02:30+02", "Sun 25 02:30+01", "Sun 25 03:30+01"]
        );
        assert_eq!(
            runs("*/30 * * * *", "Europe/Berlin", "2026-03-29T01:15:00+01:00", 3),
            ["Sun 29 01:30+01", "Sun 29 03:00+02", "Sun 29 03:30+02"]
        );
        // A quarter past each hour, a leap day away: past every change of clocks in between.
        assert_eq!(runs("15 * 29 2 *", "Europe/Berlin", "2024-03-01T00:00:00+01:00", 1), ["Tue 29 00:15+01"]);
    }

    #[test]
    fn what_is_not_a_schedule_is_refused_with_what_to_write() {
        for (text, message, suggestion) in [
            ("", "the schedule is empty", "write for example `0 7 * * SUN-THU`: at 07:00, Sunday to Thursday"),
            (
                "0 0 7 * * SUN-THU",
                "`0 0 7 * * SUN-THU` has 6 fields; a schedule has 5: minute, hour, day of month, month, day of week",
                "leave out the seconds: `0 7 * * SUN-THU`",
            ),
            (
                "07:00",
                "`07:00` is 1 field; a schedule has 5: minute, hour, day of month, month, day of week",
                "write for example `0 7 * * SUN-THU`: at 07:00, Sunday to Thursday",
            ),
            (
                "0 25 * * *",
                "`25` in `0 25 * * *` is not an hour of a schedule",
                "write 0 to 23; lists `a,b`, ranges `a-b`, steps `*/n` or `*`",
            ),
            (
                "0 7 * * SUN-THR",
                "`SUN-THR` in `0 7 * * SUN-THR` is not a day of the week of a schedule",
                "write 0 to 7 (0 and 7 are Sunday) or SUN to SAT; lists `a,b`, ranges `a-b`, steps `*/n` or `*`",
            ),
            ("@dayly", "there is no schedule `@dayly`", "did you mean `@daily`?"),
        ] {
            let error = Schedule::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.suggestion.as_deref()), (message, Some(suggestion)), "{text}");
            assert!(!error.never_fires);
        }
    }

    #[test]
    fn a_day_that_never_comes_is_refused() {
        for text in ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
            let error = Schedule::parse(text).unwrap_err();
            assert!(error.never_fires, "{text}");
            assert_eq!(error.message, format!("`{text}` never comes: no month that it names has such a day"));
        }
        assert!(Schedule::parse("0 0 29 2 *").is_ok());
        assert!(Schedule::parse("0 0 31 2 FRI").is_ok(), "either day is enough");
    }

    #[test]
    fn it_describes_itself() {
        assert_eq!(
            Schedule::parse("0 7 * * SUN-THU").unwrap().describe(),
            "At 07:00, on Sunday, Monday, Tuesday, Wednesday, and Thursday"
        );
        assert_eq!(Schedule::parse(" @daily ").unwrap().source(), "@daily");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        /// The rule for named hours, written the slow way: every local time of the days around a change, as an instant.
        #[test]
        fn named_hours_run_at_the_first_instant_that_any_of_their_local_times_comes_to(
            minutes in prop::collection::btree_set(0..60_i8, 1..4),
            hours in prop::collection::btree_set(0..5_i8, 1..4),
            place in prop::sample::select(vec![
                ("Europe/Berlin", "2026-03-29T00:00:00Z"),
                ("Europe/Berlin", "2026-10-25T00:00:00Z"),
                ("Australia/Lord_Howe", "2026-10-03T15:00:00Z"),
                ("Africa/Cairo", "2026-04-23T21:00:00Z"),
            ]),
            later in 0..10_800_i64,
        ) {
            let zone = zone(place.0).unwrap();
            let after = place.1.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(later);
            let list = |numbers: &BTreeSet<i8>| numbers.iter().map(i8::to_string).collect::<Vec<_>>().join(",");
            let schedule = Schedule::parse(&format!("{} {} * * *", list(&minutes), list(&hours))).unwrap();

            let first_day = zone.to_datetime(after).date().yesterday().unwrap();
            let days = std::iter::successors(Some(first_day), |day| day.tomorrow().ok()).take(4);
            let walls = days.flat_map(|day| hours.iter().map(move |hour| (day, *hour)));
            let walls = walls.flat_map(|(day, hour)| minutes.iter().map(move |minute| day.at(hour, *minute, 0, 0)));
            let instants = walls.map(|wall| zone.to_ambiguous_timestamp(wall).compatible().unwrap());
            let expected = instants.filter(|at| *at > after).min();
            prop_assert_eq!(schedule.next_after(after, &zone), expected);
        }
    }
}
