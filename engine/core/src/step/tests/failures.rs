//! Rules 13 and 14: what fails is an incident with a person's way out, and nothing turns without end.

use super::{check, check_in, try_workflow, workflow, world::World};
use crate::value::Value;

const GUARDED: &str = "
start: a
states:
  a:
    on: {paid: {when: '100 / parts > 1', goto: b}, papers: {set: {parts: 4}}}
    after: {5 days: b}
  b: {after: {5 days: done}}
  done: {end: success}
";

#[test]
fn rule_13_a_failing_guard_is_an_incident_that_keeps_the_state_and_says_where() {
    check_in(
        World::new(workflow(GUARDED)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 event paid
incident in guard of on paid: `100 / parts` divides by zero
event: incident
stands: incident
> 2024-05-20 10:00 wait
> 2024-05-20 11:00 retry
incident in guard of on paid: `100 / parts` divides by zero
event: incident
> 2024-05-20 12:00 skip the number was wrong
skipped: the number was wrong
`after 5 days` is over, 3 days late
entered “b”: `after 5 days`
event: not_applicable
timers: after 5 days Sat 25 May 2024 12:00
stands: open
",
    );
}

#[test]
fn rule_13_an_event_that_comes_meanwhile_waits_and_is_taken_when_the_case_goes_on() {
    check_in(
        World::new(workflow(GUARDED)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 event paid
incident in guard of on paid: `100 / parts` divides by zero
event: incident
stands: incident
> 2024-05-12 11:00 event papers
the papers came came early and waits, until Tue 14 May 2024 11:00 at the latest
event: deferred
> 2024-05-12 12:00 skip it was booked twice
skipped: it was booked twice
what had waited is taken up: the papers came
noted: parts
event: not_applicable
stands: open
> 2024-05-12 13:00 event paid
entered “b”: the bill is paid
timers: after 5 days Fri 17 May 2024 13:00
",
    );
}

#[test]
fn rule_13_a_failing_text_is_an_incident_too() {
    check_in(
        World::new(workflow(
            "
start: a
states:
  a: {on: {paid: {goto: b}}, after: {5 days: done}}
  b: {do: [{sms: {to: family, template: share}}], after: {5 days: done}}
  done: {end: success}
",
        ))
        .given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 event paid
incident in text share (en): line 1: unable to calculate 100 // 0
event: incident
stands: incident
> 2024-05-12 11:00 close error there must be parts
closed as error: there must be parts
the case ended: error
timers: none
stands: ended error
",
    );
}

#[test]
fn rule_13_an_event_that_fails_after_it_has_waited_is_its_own_incident() {
    check_in(
        World::new(workflow(
            "
start: a
states:
  a: {after: {5 days: b}}
  b: {on: {paid: {when: '100 / parts > 1', goto: done}, papers: {set: {parts: 4}}}, after: {5 days: done}}
  done: {end: success}
",
        ))
        .given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-16 09:00 event paid
the bill is paid came early and waits, until Sun 26 May 2024 09:00 at the latest
event: deferred
> 2024-05-16 09:00 event papers
the papers came came early and waits, until Sat 18 May 2024 09:00 at the latest
event: deferred
> 2024-05-17 09:00 wait
`after 5 days` is over
entered “b”: `after 5 days`
what had waited is taken up: the bill is paid
incident in guard of on paid: `100 / parts` divides by zero
event: incident
timers: after 5 days Wed 22 May 2024 09:00
stands: incident
> 2024-05-17 10:00 skip booked by hand
skipped: booked by hand
what had waited is taken up: the papers came
noted: parts
event: not_applicable
stands: open
> 2024-05-22 09:00 wait
`after 5 days` is over
entered “done”: `after 5 days`
the case ended: success
timers: none
stands: ended success
",
    );
}

const SHARED: &str = "
start: a
states:
  a: {do: [{sms: {to: family, template: share}}], on: {paid: {goto: done}}, after: {1 day: b}}
  b: {do: [{sms: {to: family, template: share}}], after: {5 days: done}}
  done: {end: success, reopen: {papers: b}}
";

#[test]
fn rule_13_skipping_what_opening_does_leaves_the_case_in_its_first_state() {
    check_in(
        World::new(workflow(SHARED)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
incident in text share (en): line 1: unable to calculate 100 // 0
stands: incident
> 2024-05-12 10:00 retry
incident in text share (en): line 1: unable to calculate 100 // 0
event: incident
> 2024-05-12 11:00 skip we write by hand
skipped: we write by hand
entered “a”: the case opened
timers: after 1 day Mon 13 May 2024 11:00
stands: open
> 2024-05-12 12:00 event paid
entered “done”: the bill is paid
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_13_skipping_what_a_timer_does_counts_it_anew_so_that_the_case_does_not_wait_for_ever() {
    check_in(
        World::new(workflow(SHARED)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
incident in text share (en): line 1: unable to calculate 100 // 0
stands: incident
> 2024-05-12 11:00 skip we write by hand
skipped: we write by hand
entered “a”: the case opened
timers: after 1 day Mon 13 May 2024 11:00
stands: open
> 2024-05-13 11:00 wait
incident in text share (en): line 1: unable to calculate 100 // 0
stands: incident
> 2024-05-13 15:00 skip we write by hand
skipped: we write by hand
timers: after 1 day Tue 14 May 2024 15:00
stands: open
",
    );
}

#[test]
fn rule_13_reopening_that_fails_can_be_tried_again_or_given_up() {
    let story = |way: &str| {
        let failing = SHARED.replacen("template: share", "template: hi", 1);
        let world = World::new(workflow(&failing)).given("parts", Value::Int(0));
        world.after(&["2024-05-12 09:00 open", "2024-05-12 10:00 event paid", "2024-05-12 11:00 event papers", way])
    };
    let tried = story("2024-05-12 12:00 retry");
    assert_eq!((tried.standing.as_str(), tried.state.as_str()), ("incident", "done"));
    let skipped = story("2024-05-12 12:00 skip we rang them");
    assert_eq!((skipped.standing.as_str(), skipped.state.as_str()), ("ended", "done"));
}

#[test]
fn a_case_on_hold_that_meets_a_failure_when_it_goes_on_can_be_skipped_out_of_it() {
    check_in(
        World::new(workflow(GUARDED)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 hold the family is abroad
put on hold: the family is abroad
stands: held
> 2024-05-13 10:00 event paid
the bill is paid came early and waits, until Thu 23 May 2024 10:00 at the latest
event: deferred
> 2024-05-14 10:00 resume
resumed
what had waited is taken up: the bill is paid
incident in guard of on paid: `100 / parts` divides by zero
event: incident
stands: incident
> 2024-05-14 11:00 skip booked by hand
skipped: booked by hand
event: not_applicable
stands: open
",
    );
}

#[test]
fn a_case_on_hold_keeps_what_comes_and_catches_up() {
    check(
        GUARDED,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 hold the family is abroad
put on hold: the family is abroad
stands: held
> 2024-05-13 10:00 event paid
the bill is paid came early and waits, until Thu 23 May 2024 10:00 at the latest
event: deferred
> 2024-05-18 10:00 wait
> 2024-05-18 11:00 retry
refused: the case is held; there is no incident to retry or skip
> 2024-05-18 12:00 resume
resumed
what had waited is taken up: the bill is paid
`after 5 days` was due too, but something came before it
entered “b”: the bill is paid
timers: after 5 days Thu 23 May 2024 12:00
stands: open
> 2024-05-18 13:00 resume
refused: the case is open; only a held case can be resumed
",
    );
}

#[test]
fn rule_14_check_rejects_a_circle_without_a_wait() {
    let findings = try_workflow("start: a\nstates:\n  a: {next: [{goto: b}]}\n  b: {next: [{goto: a}]}\n").unwrap_err();
    assert!(findings.contains("a case could turn without waiting: a → b → a"), "{findings}");
}

#[test]
fn rule_14_check_rejects_a_circle_of_waits_that_are_none() {
    let findings =
        try_workflow("start: a\nstates:\n  a: {after: {0 days: b}}\n  b: {next: [{goto: a}]}\n").unwrap_err();
    assert!(findings.contains("a case could turn without waiting: a → b → a"), "{findings}");
}

/// Turning that no check can see: a date in the past sends the case round and round.
const TURNING: &str = "
start: a
states:
  a: {on: {paid: {goto: done}}, after: {1 day after died: b}}
  b: {after: {1 day after died: a}}
  done: {end: success}
";

#[test]
fn rule_14_a_case_that_turns_by_timers_that_are_past_is_stopped() {
    let turned = World::new(workflow(TURNING)).after(&["2024-05-12 09:00 open"]);
    assert_eq!((turned.standing.as_str(), turned.visit), ("incident", 32));
    let moved = World::new(workflow(TURNING)).after(&["2024-05-12 09:00 open", "2024-05-12 10:00 retry"]);
    assert_eq!((moved.standing.as_str(), moved.visit), ("incident", 64), "stopped again");
}

#[test]
fn rule_14_a_case_that_turns_by_what_it_tells_itself_is_stopped() {
    let turning = "
start: a
states:
  a: {do: [{sms: {to: heir, template: hi}}], on: {sms.no_contact: {goto: b}}, after: {5 days: done}}
  b: {do: [{sms: {to: heir, template: hi}}], on: {sms.no_contact: {goto: a}}, after: {5 days: done}}
  done: {end: success}
";
    let case = World::new(workflow(turning)).after(&["2024-05-12 09:00 open"]);
    assert_eq!((case.standing.as_str(), case.visit), ("incident", 32));
}

#[test]
fn rule_14_what_comes_from_outside_is_no_turning_however_often() {
    let calm = "
start: a
states:
  a: {on: {paid: {goto: a}}, after: {5 days: done}}
  done: {end: success}
";
    let paid = ["2024-05-12 09:00 event paid"; 40];
    let case = World::new(workflow(calm)).after(&[&["2024-05-12 09:00 open"], paid.as_slice()].concat());
    assert_eq!((case.standing.as_str(), case.visit), ("open", 41));
}

const SHARED_BY_NOBODY: &str = "
start: a
states:
  a:
    do: [{sms: {to: family, template: share}}]
    on: {papers: {set: {parts: 0}}}
    after: {9 days: done}
  done: {end: success}
";

#[test]
fn what_the_case_stopped_over_is_taken_once_it_goes_on_though_all_came_together() {
    check(
        SHARED_BY_NOBODY,
        "
> 2024-05-12 21:00 open
case opened by hand
entered “a”: the case opened
SMS `share` to Amna planned for Mon 13 May 2024 09:00
do: sms 7.1.1 to +97336001234
timers: after 9 days Tue 21 May 2024 21:00
> 2024-05-12 21:05 event papers
noted: parts
> 2024-05-12 21:10 learn sms +97336001234 & message cancel 7.1.1 by hand & retry
incident in text share (en): line 1: unable to calculate 100 // 0
SMS cancelled: by hand
tried again
do: withdraw 7.1.1
",
    );
}
