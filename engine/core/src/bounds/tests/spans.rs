//! The longest and the shortest of a wait, against the calendar itself.

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use super::super::spans::{Extent, Spans};
use super::bahrain;
use crate::calendar::Calendar;
use crate::duration::Duration;

/// An office with a break at noon, another one at night, and a week of holidays.
const SPLIT: &str = "{calendar: split, zone: Asia/Bahrain, week: {SUN-WED: '08:00-12:00, 13:00-17:00', THU: '09:00-12:30, 22:00-24:00'}, \
                     holidays: [{from: 2025-03-02, to: 2025-03-08, name: {en: Leave, ar: إجازة}}]}";

fn split() -> Calendar {
    Calendar::parse("split.yaml", SPLIT).unwrap()
}

fn extent(calendar: &Calendar, duration: &str) -> Extent {
    Spans::new(calendar).of(Duration::parse(duration).unwrap())
}

/// Seconds from a start to what it comes to.
fn seconds(calendar: &Calendar, start: Timestamp, duration: &str) -> i64 {
    let due = calendar.add(start, Duration::parse(duration).unwrap()).at;
    start.duration_until(due).as_secs()
}

fn duration() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_i32..40).prop_map(|count| format!("{count} working days")),
        (1_i32..60).prop_map(|count| format!("{count} working hours")),
        (1_i32..3_000).prop_map(|count| format!("{count} working minutes")),
        (0_i32..60).prop_map(|count| format!("{count} days")),
        (1_i32..30).prop_map(|count| format!("{count} months")),
        (1_i32..90_000).prop_map(|count| format!("{count} seconds")),
    ]
}

proptest! {
    #[test]
    fn no_wait_is_longer_or_shorter_than_its_extent(duration in duration(), start in 0_i64..86_400 * 360, split_day in any::<bool>()) {
        let calendar = if split_day { split() } else { bahrain() };
        let extent = extent(&calendar, &duration);
        let first = calendar.instant(date(2025, 1, 1).at(0, 0, 0, 0));
        let waited = seconds(&calendar, first + SignedDuration::from_secs(start), &duration);
        prop_assert!(waited <= i64::try_from(extent.longest).unwrap() * 60, "{waited} s, {extent:?}");
        prop_assert!(waited >= i64::try_from(extent.shortest).unwrap() * 60, "{waited} s, {extent:?}");
    }

    #[test]
    fn the_longest_wait_is_reached_right_after_its_start(duration in duration(), split_day in any::<bool>()) {
        let calendar = if split_day { split() } else { bahrain() };
        let extent = extent(&calendar, &duration);
        let Some(from) = extent.from else { return Ok(()) };
        // It is reached from the start itself or, where a closing is just missed, from a moment later.
        let waited = [0, 1].map(|late| seconds(&calendar, calendar.instant(from) + SignedDuration::from_secs(late), &duration));
        let longest = i64::try_from(extent.longest).unwrap() * 60;
        prop_assert!(waited.iter().any(|waited| (longest - 1..=longest).contains(waited)), "{waited:?} s, {extent:?}");
    }
}

#[test]
fn holidays_make_waits_longer_by_what_they_take() {
    let extents = ["1 working day", "10 working days", "8 working hours", "1 month"].map(|duration| {
        let Extent { shortest, longest, from } = extent(&bahrain(), duration);
        (shortest, longest, from.map_or("anywhere".to_owned(), |from| from.to_string()))
    });
    let expected = [
        // A working day counted at its closing, to an earlier closing in Ramadan; from before the Feast of Sacrifice.
        (1_395, 13_965, "2024-06-13T14:15:00"),
        // Over Labour Day and the Feast of Sacrifice.
        (20_115, 34_125, "2027-04-29T14:15:00"),
        (1_485, 14_010, "2024-06-13T14:15:00"),
        (28 * 1_440, 31 * 1_440, "anywhere"),
    ];
    assert_eq!(extents, expected.map(|(shortest, longest, from)| (shortest, longest, from.to_owned())));
}
