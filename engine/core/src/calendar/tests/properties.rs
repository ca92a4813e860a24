//! What holds for any start and duration.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::bahrain;
use crate::calendar::{Quiet, Window};
use crate::delivery::Channel;
use crate::duration::Duration;

/// Instants of the calendar's years, to the second.
fn instants() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (1_672_520_400_i64, 1_830_286_800_i64);
    (first..last).prop_map(|second| Timestamp::from_second(second).unwrap())
}

/// Every kind of duration but months, which clamp.
fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0..200_i64).prop_map(|n| Duration::Elapsed(SignedDuration::from_mins(n * 17))),
        (0..60_i32).prop_map(Duration::Days),
        (0..40_i32).prop_map(Duration::WorkingDays),
        (0..4_000_i64).prop_map(|minutes| Duration::WorkingHours { minutes }),
    ]
}

fn quiets() -> impl Strategy<Value = Quiet> {
    prop::sample::select(vec!["20:00-09:00", "12:00-16:30", "outside calendar", "18:59-10:00"])
        .prop_map(|text| Quiet::parse(text).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_later_start_is_never_due_earlier(start in instants(), later in 0..2_000_000_i64, duration in durations()) {
        let calendar = bahrain();
        let second = start + SignedDuration::from_secs(later);
        let (first_due, second_due) = (calendar.add(start, duration).at, calendar.add(second, duration).at);
        prop_assert!(start <= first_due);
        prop_assert!(first_due <= second_due, "{duration}: {start} → {first_due}, {second} → {second_due}");
    }

    #[test]
    fn working_durations_end_in_working_hours(start in instants(), duration in durations()) {
        let calendar = bahrain();
        prop_assume!(duration.is_working() && !duration.is_zero());
        let due = calendar.local(calendar.add(start, duration).at);
        let open = calendar.working_windows(due.date()).iter();
        prop_assert!(open.clone().any(|hours| hours.opens_on(due.date()) <= due && due <= hours.closes_on(due.date())));
    }

    #[test]
    fn working_hours_take_exactly_their_length_of_open_time(start in instants(), minutes in 0..4_000_i64) {
        let calendar = bahrain();
        let due = calendar.add(start, Duration::WorkingHours { minutes }).at;
        prop_assert_eq!(calendar.working_time_between(start, due).as_mins(), minutes);
    }

    #[test]
    fn what_is_allowed_next_is_allowed_then(start in instants(), quiet in quiets(), channel in prop::sample::select(Channel::ALL.to_vec())) {
        let calendar = bahrain();
        let allowed = calendar.next_allowed(channel, start, &quiet).unwrap();
        let until = calendar.allowed_until(channel, allowed.at, &quiet);
        prop_assert!(allowed.at >= start);
        prop_assert!(until.is_some_and(|until| until > allowed.at));
        prop_assert_eq!(allowed.why.is_none(), allowed.at == start);
        let is_open = matches!(calendar.contact_window(channel, allowed.at), Window::Open { .. });
        prop_assert!(is_open, "a workflow only narrows the calendar's hours");
        prop_assert!(calendar.holiday(calendar.today(allowed.at)).is_none());
    }
}
