//! Rules 5 and 6: what the four words for time come to.

use jiff::Timestamp;

use super::{add, at, bahrain, berlin};
use crate::calendar::Calendar;
use crate::duration::Duration;

/// Checks rows of (start, duration, due), all local.
#[track_caller]
fn check(calendar: &Calendar, rows: &[(&str, &str, &str)]) {
    for (start, duration, due) in rows {
        let found = calendar.local(add(calendar, start, duration).at);
        assert_eq!(found.strftime("%a %Y-%m-%d %H:%M").to_string(), *due, "{duration} from {start}");
    }
}

#[test]
fn elapsed_and_civil_time_know_no_weekend() {
    check(
        &bahrain(),
        &[
            ("2024-05-16 16:00", "24 hours", "Fri 2024-05-17 16:00"),
            ("2024-05-16 16:00", "90 minutes", "Thu 2024-05-16 17:30"),
            ("2024-05-16 16:00", "1 day", "Fri 2024-05-17 16:00"),
            ("2024-05-16 16:00", "2 weeks", "Thu 2024-05-30 16:00"),
            ("2024-01-31 10:00", "1 month", "Thu 2024-02-29 10:00"),
            ("2023-01-31 10:00", "1 month", "Tue 2023-02-28 10:00"),
            ("2024-02-29 10:00", "1 year", "Fri 2025-02-28 10:00"),
            ("2024-02-29 10:00", "4 years", "Tue 2028-02-29 10:00"),
            ("2024-08-31 10:00", "6 months", "Fri 2025-02-28 10:00"),
        ],
    );
}

#[test]
fn working_days_keep_the_time_of_day_and_count_from_the_next_opening() {
    check(
        &bahrain(),
        &[
            // Within hours: the same time on the next working day.
            ("2024-05-12 10:20", "1 working day", "Mon 2024-05-13 10:20"),
            ("2024-05-16 10:20", "1 working day", "Sun 2024-05-19 10:20"),
            ("2024-05-12 10:20", "5 working days", "Sun 2024-05-19 10:20"),
            // The opening and the closing instant belong to the day.
            ("2024-05-12 07:00", "1 working day", "Mon 2024-05-13 07:00"),
            ("2024-05-12 14:15", "1 working day", "Mon 2024-05-13 14:15"),
            // Outside: counting begins at the next opening.
            ("2024-05-12 14:16", "1 working day", "Tue 2024-05-14 07:00"),
            ("2024-05-12 06:59", "1 working day", "Mon 2024-05-13 07:00"),
            ("2024-05-16 16:00", "1 working day", "Mon 2024-05-20 07:00"),
            ("2024-05-17 10:00", "1 working day", "Mon 2024-05-20 07:00"),
            // Over Eid al-Fitr with its day in lieu, out of Ramadan hours.
            ("2024-04-09 10:00", "1 working day", "Mon 2024-04-15 10:00"),
            ("2024-04-08 10:00", "2 working days", "Mon 2024-04-15 10:00"),
            // Over Eid al-Adha 2025, compensated on Monday and Tuesday by circular.
            ("2025-06-04 09:00", "1 working day", "Wed 2025-06-11 09:00"),
            // Into Ramadan the time of day moves into its shorter hours.
            ("2024-03-10 07:10", "1 working day", "Mon 2024-03-11 08:00"),
            ("2024-03-10 14:00", "1 working day", "Mon 2024-03-11 13:30"),
            ("2024-03-10 10:00", "1 working day", "Mon 2024-03-11 10:00"),
            // After closing in Ramadan; at that time the office would be open outside of it.
            ("2024-03-11 14:00", "1 working day", "Wed 2024-03-13 08:00"),
        ],
    );
}

#[test]
fn working_hours_use_up_open_time() {
    check(
        &bahrain(),
        &[
            ("2024-05-12 10:20", "2 working hours", "Sun 2024-05-12 12:20"),
            ("2024-05-12 13:15", "2 working hours", "Mon 2024-05-13 08:00"),
            ("2024-05-16 13:15", "2 working hours", "Sun 2024-05-19 08:00"),
            // Landing exactly on closing time stays there; the next minute is the next day's.
            ("2024-05-12 13:15", "1 working hour", "Sun 2024-05-12 14:15"),
            ("2024-05-12 13:15", "61 working minutes", "Mon 2024-05-13 07:01"),
            ("2024-05-12 14:15", "1 working minute", "Mon 2024-05-13 07:01"),
            // From outside, from the next opening.
            ("2024-05-16 16:00", "4 working hours", "Sun 2024-05-19 11:00"),
            ("2024-05-12 03:00", "30 working minutes", "Sun 2024-05-12 07:30"),
            // A Ramadan day has five and a half hours.
            ("2024-03-11 08:00", "8 working hours", "Tue 2024-03-12 10:30"),
            ("2024-04-09 13:00", "1 working hour", "Mon 2024-04-15 07:30"),
        ],
    );
}

#[test]
fn hours_with_a_break_are_two_windows() {
    check(
        &berlin(),
        &[
            ("2026-06-01 11:00", "2 working hours", "Mon 2026-06-01 14:00"),
            ("2026-06-01 12:30", "1 working day", "Tue 2026-06-02 13:00"),
            // Closing time at noon belongs to the morning.
            ("2026-06-01 12:00", "1 working day", "Tue 2026-06-02 12:00"),
            ("2026-06-05 16:00", "2 working hours", "Mon 2026-06-08 09:00"),
            ("2026-06-01 11:00", "1 working hour", "Mon 2026-06-01 12:00"),
        ],
    );
}

#[test]
fn a_civil_day_keeps_the_local_time_over_a_change_of_clocks_and_24_hours_do_not() {
    check(
        &berlin(),
        &[
            ("2026-03-28 12:00", "1 day", "Sun 2026-03-29 12:00"),
            ("2026-03-28 12:00", "24 hours", "Sun 2026-03-29 13:00"),
            ("2026-10-24 12:00", "1 day", "Sun 2026-10-25 12:00"),
            ("2026-10-24 12:00", "24 hours", "Sun 2026-10-25 11:00"),
            // In the gap: forward by the gap.
            ("2026-03-28 02:30", "1 day", "Sun 2026-03-29 03:30"),
            ("2026-02-28 02:30", "1 month", "Sat 2026-03-28 02:30"),
        ],
    );
    // Twice: the first time, in summer time still.
    let twice = add(&berlin(), "2026-10-24 02:30", "1 day").at;
    assert_eq!(twice.to_string(), "2026-10-25T00:30:00Z");
}

#[test]
fn no_time_at_all_is_the_start_itself() {
    let calendar = bahrain();
    for duration in ["0 hours", "0 days", "0 months", "0 working days", "0 working hours"] {
        // A Friday night: not even the next opening.
        let due = add(&calendar, "2024-05-17 23:00", duration);
        assert_eq!(due.at, at(&calendar, "2024-05-17 23:00"), "{duration}");
    }
}

#[test]
fn the_end_of_time_is_the_end_and_not_a_panic() {
    let calendar = bahrain();
    for duration in ["10 years", "3660 days", "87840 hours", "3660 working days", "29280 working hours"] {
        let duration = Duration::parse(duration).unwrap();
        assert!(calendar.add(Timestamp::MAX, duration).at >= Timestamp::MAX, "{duration}");
        assert!(calendar.add(Timestamp::MIN, duration).at > Timestamp::MIN, "{duration}");
    }
}

#[test]
fn working_time_between_counts_open_time_only() {
    let calendar = bahrain();
    for (from, to, minutes) in [
        ("2024-05-12 10:00", "2024-05-12 12:00", 120),
        ("2024-05-12 06:00", "2024-05-12 20:00", 435),
        ("2024-05-16 13:15", "2024-05-19 08:00", 120),
        ("2024-05-17 10:00", "2024-05-18 10:00", 0),
        ("2024-04-09 13:00", "2024-04-15 07:30", 60),
        ("2024-05-12 12:00", "2024-05-12 10:00", 0),
    ] {
        let open = calendar.working_time_between(at(&calendar, from), at(&calendar, to));
        assert_eq!(open.as_mins(), minutes, "{from} to {to}");
    }
}
