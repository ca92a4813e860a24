//! Rules 5-9: the four words for time, clock changes, downtime, changed calendars, whose move it is.

use super::{calendar, check, check_in, workflow, world::World};

/// A state in which each way of counting leads somewhere else.
fn after(wait: &str) -> String {
    format!("start: a\nstates:\n  a: {{after: {{{wait}: done}}}}\n  done: {{end: success}}\n")
}

#[test]
fn rule_5_the_four_words_for_time_differ() {
    check(
        "
start: a
states:
  a:
    every:
      24 hours: {at_most: 1, set: {note: '\"elapsed\"'}}
      1 day: {at_most: 1, set: {note: '\"civil\"'}}
      1 working day: {at_most: 1, set: {note: '\"day of work\"'}}
      8 working hours: {at_most: 1, set: {note: '\"hours of work\"'}}
    after: {1 month: done}
  done: {end: success}
",
        "
> 2024-05-16 13:00 open
case opened by hand
entered “a”: the case opened
timers: every 24 hours Fri 17 May 2024 13:00, every 1 day Fri 17 May 2024 13:00, every 1 working day Sun 19 May 2024 13:00, every 8 working hours Sun 19 May 2024 13:45, after 1 month Sun 16 Jun 2024 13:00
> 2024-05-19 16:00 wait
`every 24 hours` is over, 2 days late
noted: note
`every 1 day` is over, 2 days late
noted: note
`every 1 working day` is over, 3 hours late
noted: note
`every 8 working hours` is over, 2 hours late
noted: note
timers: after 1 month Sun 16 Jun 2024 13:00
",
    );
}

#[test]
fn rule_5_a_month_ends_with_its_last_day() {
    check(
        &after("1 month"),
        "
> 2024-01-31 10:00 open
case opened by hand
entered “a”: the case opened
timers: after 1 month Thu 29 Feb 2024 10:00
> 2024-02-29 10:00 wait
`after 1 month` is over
entered “done”: `after 1 month`
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_5_outside_working_hours_counting_begins_at_the_next_opening() {
    check(
        &after("2 working hours"),
        "
> 2024-05-16 20:00 open
case opened by hand
entered “a”: the case opened
timers: after 2 working hours Sun 19 May 2024 09:00
> 2024-05-19 09:00 wait
`after 2 working hours` is over
entered “done”: `after 2 working hours`
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_5_no_wait_at_all_fires_at_once_and_once() {
    check(
        &after("0 days"),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 0 days Sun 12 May 2024 09:00
`after 0 days` is over
entered “done”: `after 0 days`
the case ended: success
timers: none
stands: ended success
> 2024-05-12 09:01 wait
",
    );
}

#[test]
fn rule_5_what_is_past_when_the_state_is_entered_fires_at_once_and_says_how_late() {
    check(
        &after("3 days after died"),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 3 days after died Sun 12 May 2024 09:00
`after 3 days after died` is over, 8 days late
entered “done”: `after 3 days after died`
the case ended: success
timers: none
stands: ended success
> 2024-05-12 09:01 wait
",
    );
    check(
        &after("1 month after died"),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 1 month after died Sat 1 Jun 2024 00:00
",
    );
}

#[test]
fn rule_5_what_fires_late_says_how_late() {
    check(
        &after("1 hour"),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 1 hour Sun 12 May 2024 10:00
> 2024-05-12 10:25 wait
`after 1 hour` is over, 25 minutes late
entered “done”: `after 1 hour`
the case ended: success
timers: none
stands: ended success
",
    );
}

/// A week with an office where clocks change: forward on 31 March 2024 at 02:00, back on 27 October at 03:00.
const BERLIN: &str = "{calendar: office, zone: Europe/Berlin, week: {MON-FRI: '08:00-17:00'}}";

#[track_caller]
fn check_in_berlin(rest: &str, story: &str) {
    check_in(World::new(workflow(rest)).in_calendar(calendar(BERLIN)), story);
}

#[test]
fn rule_6_a_local_time_in_the_gap_moves_forward_by_the_gap() {
    check_in_berlin(
        &after("1 day"),
        "
> 2024-03-30 02:30 open
case opened by hand
entered “a”: the case opened
timers: after 1 day Sun 31 Mar 2024 03:30
> 2024-03-31 03:30 wait
`after 1 day` is over
entered “done”: `after 1 day`
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_6_a_local_time_that_comes_twice_means_the_first() {
    check_in_berlin(
        &after("1 day"),
        "
> 2024-10-26 02:30 open
case opened by hand
entered “a”: the case opened
timers: after 1 day Sun 27 Oct 2024 02:30
> 2024-10-27 01:59 wait
> 2024-10-27 02:30 wait
`after 1 day` is over
entered “done”: `after 1 day`
the case ended: success
timers: none
stands: ended success
> 2024-10-27 03:30 wait
",
    );
}

#[test]
fn rule_6_24_hours_are_24_hours_over_a_change_of_clocks() {
    check_in_berlin(
        &after("24 hours"),
        "
> 2024-03-30 12:00 open
case opened by hand
entered “a”: the case opened
timers: after 24 hours Sun 31 Mar 2024 13:00
> 2024-03-31 12:59 wait
> 2024-03-31 13:00 wait
`after 24 hours` is over
entered “done”: `after 24 hours`
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_7_what_repeats_fires_once_for_the_whole_gap_and_keeps_its_cadence() {
    check(
        "
start: a
states:
  a:
    every: {2 days: {at_most: 9, email: {to: family, template: mail}}}
    after: {60 days: done}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 2 days Tue 14 May 2024 09:00, after 60 days Thu 11 Jul 2024 09:00
> 2024-05-14 09:00 wait
`every 2 days` is over
e-mail `mail` to Amna planned for Tue 14 May 2024 09:00
do: email 7.1.1 to amna@example.bh
timers: every 2 days Thu 16 May 2024 09:00, after 60 days Thu 11 Jul 2024 09:00
> 2024-05-25 15:00 wait
`every 2 days` is over, 9 days late
e-mail `mail` to Amna planned for Sat 25 May 2024 15:00
do: email 7.1.2 to amna@example.bh
timers: every 2 days Sun 26 May 2024 09:00, after 60 days Thu 11 Jul 2024 09:00
> 2024-05-26 09:00 wait
`every 2 days` is over
e-mail `mail` to Amna planned for Sun 26 May 2024 09:00
do: email 7.1.3 to amna@example.bh
timers: every 2 days Tue 28 May 2024 09:00, after 60 days Thu 11 Jul 2024 09:00
",
    );
}

#[test]
fn rule_7_only_what_was_done_counts_for_at_most() {
    check(
        "
start: a
states:
  a:
    on: {paid: {set: {note: '\"paid\"'}}}
    every: {1 day: {at_most: 1, when: note != null, email: {to: family, template: mail}}}
    after: {3 days: {when: note == null, goto: done}, 30 days: done}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 1 day Mon 13 May 2024 09:00, after 3 days Wed 15 May 2024 09:00, after 30 days Tue 11 Jun 2024 09:00
> 2024-05-13 09:00 wait
`every 1 day` came, but its condition did not hold
timers: every 1 day Tue 14 May 2024 09:00, after 3 days Wed 15 May 2024 09:00, after 30 days Tue 11 Jun 2024 09:00
> 2024-05-13 10:00 event paid
noted: note
> 2024-05-14 09:00 wait
`every 1 day` is over
e-mail `mail` to Amna planned for Tue 14 May 2024 09:00
do: email 7.1.1 to amna@example.bh
timers: after 3 days Wed 15 May 2024 09:00, after 30 days Tue 11 Jun 2024 09:00
> 2024-05-15 09:00 wait
`after 3 days` came, but its condition did not hold
timers: after 30 days Tue 11 Jun 2024 09:00
",
    );
}

#[test]
fn rule_4_what_repeats_keeps_its_place_among_those_due_together() {
    check(
        "
start: a
states:
  a:
    every: {2 days: {at_most: 9, email: {to: family, template: mail}}}
    after: {4 days: done}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 2 days Tue 14 May 2024 09:00, after 4 days Thu 16 May 2024 09:00
> 2024-05-14 09:00 wait
`every 2 days` is over
e-mail `mail` to Amna planned for Tue 14 May 2024 09:00
do: email 7.1.1 to amna@example.bh
timers: every 2 days Thu 16 May 2024 09:00, after 4 days Thu 16 May 2024 09:00
> 2024-05-16 09:00 wait
`every 2 days` is over
e-mail `mail` to Amna planned for Thu 16 May 2024 09:00
`after 4 days` is over
e-mail withdrawn: the case has ended
e-mail withdrawn: the case has ended
entered “done”: `after 4 days`
the case ended: success
do: email 7.1.2 to amna@example.bh, withdraw 7.1.1, withdraw 7.1.2
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_7_what_fell_due_while_nothing_ran_fires_once_oldest_first() {
    check(
        "
start: a
states:
  a: {every: {1 day: {at_most: 1, set: {note: '\"one\"'}}}, after: {2 days: b}}
  b: {do: [{email: {to: family, template: mail}}], after: {2 days: c}}
  c: {after: {30 days: done}}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 1 day Mon 13 May 2024 09:00, after 2 days Tue 14 May 2024 09:00
> 2024-05-30 09:00 wait
`every 1 day` is over, 17 days late
noted: note
`after 2 days` is over, 16 days late
entered “b”: `after 2 days`
e-mail `mail` to Amna planned for Thu 30 May 2024 09:00
do: email 7.2.1 to amna@example.bh
timers: after 2 days Sat 1 Jun 2024 09:00
> 2024-06-01 09:00 wait
`after 2 days` is over
e-mail withdrawn: the case has moved on
entered “c”: `after 2 days`
do: withdraw 7.2.1
timers: after 30 days Mon 1 Jul 2024 09:00
",
    );
}

#[test]
fn rule_8_a_holiday_that_is_added_moves_the_open_timers_and_says_so() {
    check(
        "
start: a
states:
  a:
    every: {2 working days: {at_most: 2, email: {to: family, template: mail}}}
    after: {3 days: {when: note != null, goto: done}, 3 working days: done}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 2 working days Tue 14 May 2024 09:00, after 3 days Wed 15 May 2024 09:00, after 3 working days Wed 15 May 2024 09:00
> 2024-05-12 12:00 calendar {date: 2024-05-14, name: {en: Visit, ar: زيارة}}
the calendar changed: `every 2 working days` moved from Tue 14 May 2024 09:00 to Wed 15 May 2024 09:00
the calendar changed: `after 3 working days` moved from Wed 15 May 2024 09:00 to Thu 16 May 2024 09:00
timers: every 2 working days Wed 15 May 2024 09:00, after 3 days Wed 15 May 2024 09:00, after 3 working days Thu 16 May 2024 09:00
> 2024-05-12 13:00 calendar
the calendar changed: `every 2 working days` moved from Wed 15 May 2024 09:00 to Tue 14 May 2024 09:00
the calendar changed: `after 3 working days` moved from Thu 16 May 2024 09:00 to Wed 15 May 2024 09:00
timers: every 2 working days Tue 14 May 2024 09:00, after 3 days Wed 15 May 2024 09:00, after 3 working days Wed 15 May 2024 09:00
> 2024-05-15 09:00 wait
`every 2 working days` is over, 24 hours late
e-mail `mail` to Amna planned for Wed 15 May 2024 09:00
`after 3 days` came, but its condition did not hold
`after 3 working days` is over
e-mail withdrawn: the case has ended
entered “done”: `after 3 working days`
the case ended: success
do: email 7.1.1 to amna@example.bh, withdraw 7.1.1
timers: none
stands: ended success
> 2024-05-15 09:30 calendar {date: 2024-05-15, name: {en: Visit, ar: زيارة}}
",
    );
}

#[test]
fn rule_8_a_moment_that_has_come_is_not_taken_back() {
    check(
        &after("1 working day"),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 1 working day Mon 13 May 2024 09:00
> 2024-05-13 09:30 calendar {date: 2024-05-13, name: {en: Visit, ar: زيارة}} received 2024-05-13 08:30
`after 1 working day` is over, 30 minutes late
entered “done”: `after 1 working day`
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_9_each_waits_on_its_own_clock_and_ours_runs_only_on_us() {
    let turns = workflow(
        "
start: ours
states:
  ours: {on: {paid: {goto: theirs}}, after: {30 days: done}}
  theirs: {waiting_on: family, on: {papers: {goto: court}}, after: {30 days: done}}
  court: {waiting_on: court, after: {1 day: done}}
  done: {end: success, reopen: {paid: ours}}
",
    );
    let case = World::new(turns).after(&[
        "2024-05-12 09:00 open",
        "2024-05-12 11:00 event paid",
        "2024-05-12 14:00 event papers",
        "2024-05-13 14:00 wait",
        // Nobody waits for anything while the case is over.
        "2024-05-20 09:00 event paid",
        "2024-05-20 10:00 event paid",
    ]);
    let hours = |ms: i64| ms / 3_600_000;
    let clock = &case.progress.clock;
    assert_eq!((hours(clock.us_ms), hours(clock.family_ms), hours(clock.court_ms)), (2 + 1, 3, 24));
}
