//! The rules of time on the shipped calendar: tables that read like the rules.

mod contact;
mod decode;
mod derivation;
mod properties;
mod shipped;
mod worktime;

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::{Calendar, Due};
use crate::duration::Duration;

const SOURCE: &str = include_str!("../../../../../config/calendars/bahrain-government.yaml");

/// The shipped calendar, read once for all tests.
fn bahrain() -> Calendar {
    static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| parse(SOURCE));
    CALENDAR.clone()
}

/// A week with a break at noon, where clocks change.
fn berlin() -> Calendar {
    parse("{calendar: b, zone: Europe/Berlin, week: {MON-FRI: '08:00-12:00, 13:00-17:00'}}")
}

fn parse(source: &str) -> Calendar {
    Calendar::parse("calendar.yaml", source).unwrap_or_else(|report| panic!("{}", report.render(false)))
}

fn at(calendar: &Calendar, local: &str) -> Timestamp {
    calendar.instant(local.parse::<DateTime>().unwrap())
}

fn add(calendar: &Calendar, start: &str, duration: &str) -> Due {
    calendar.add(at(calendar, start), Duration::parse(duration).unwrap())
}
