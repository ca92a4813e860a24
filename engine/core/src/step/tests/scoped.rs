//! Rules 1-4: one step for everything, effects that belong to their state, timers that belong to their visit.

use super::{check, given, office, workflow, world::World};
use crate::step::{Context, Input, new_case, step};

const CALLING: &str = "
start: calling
states:
  calling:
    do:
      - call: {queue: desk, to: family, script: hello, due: 1 working day}
      - sms: {to: family, template: hi}
    on:
      paid: {goto: done}
    after: {5 working days: done}
  done: {end: success}
";

#[test]
fn rule_1_and_2_one_step_says_everything_and_the_same_input_says_the_same() {
    let workflow = workflow(CALLING);
    let calendar = office();
    let (house, facts, texts) = Default::default();
    let now = calendar.instant("2024-05-12T09:00".parse().unwrap());
    let context = Context { now, calendar: &calendar, house: &house, texts: &texts, facts: &facts, region: "BH" };
    let case = new_case(&workflow, crate::case::CaseId(7), given(), now);
    let open = || step(&workflow, &case, Input::Open { detection: Some("register") }, &context).unwrap();
    assert_eq!(open(), open());
    assert_eq!((case.version, open().case.version), (0, 1));
    assert_eq!(open().case.wake_at(), Some(calendar.instant("2024-05-19T09:00".parse().unwrap())));
}

#[test]
fn rule_3_what_a_state_started_is_withdrawn_when_it_is_left() {
    check(
        CALLING,
        "
> 2024-05-12 07:30 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
SMS `hi` to Amna planned for Sun 12 May 2024 09:00
do: call 7.1.1 to +97336001234, sms 7.1.2 to +97336001234
timers: after 5 working days Sun 19 May 2024 07:30
> 2024-05-12 08:00 event paid
call withdrawn: the case has ended
SMS withdrawn: the case has ended
entered “done”: the bill is paid
the case ended: success
do: withdraw 7.1.1, withdraw 7.1.2
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_3_what_says_keep_outlives_its_state() {
    check(
        "
start: calling
states:
  calling:
    do:
      - call: {queue: desk, to: family, script: hello, keep: true}
      - sms: {to: family, template: hi, keep: true}
      - email: {to: family, template: mail}
    on: {paid: {goto: waiting}}
    after: {5 days: waiting}
  waiting:
    on: {call.reached: {goto: done}}
    after: {5 days: done}
  done: {end: success}
",
        "
> 2024-05-12 07:30 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00 (attempt 1)
SMS `hi` to Amna planned for Sun 12 May 2024 09:00
e-mail `mail` to Amna planned for Sun 12 May 2024 07:30
do: call 7.1.1 to +97336001234, sms 7.1.2 to +97336001234, email 7.1.3 to amna@example.bh
timers: after 5 days Fri 17 May 2024 07:30
> 2024-05-12 08:00 event paid
e-mail withdrawn: the case has moved on
entered “waiting”: the bill is paid
do: withdraw 7.1.3
timers: after 5 days Fri 17 May 2024 08:00
> 2024-05-12 09:30 answer reached
call: reached
entered “done”: `call.reached`
the case ended: success
do: close 7.1.1 as reached
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_3_a_call_that_outlived_its_state_is_still_itself() {
    check(
        "
start: a
states:
  a:
    do: [{call: {queue: desk, to: family, script: hello, keep: true}}]
    on: {call.agreed: {stay: true}, call.no_answer: {stay: true}, paid: {goto: b}}
    after: {5 days: b}
  b:
    do: [{call: {queue: desk, to: none, script: hello}}]
    on: {call.no_answer: {again: 1 working day}, call.done: {goto: done}, papers: {goto: done}}
    after: {9 days: done}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 event paid
entered “b”: the bill is paid
task in queue `desk` planned
do: call 7.2.1 to nobody
timers: after 9 days Tue 21 May 2024 10:00
> 2024-05-12 11:00 answer 7.1.1 no_answer
call: no_answer
call to Amna planned in queue `desk` from Mon 13 May 2024 11:00 (attempt 2)
do: close 7.1.1 as no_answer, call 7.2.2 to +97336001234
",
    );
}

#[test]
fn rule_3_an_outcome_that_only_the_state_before_knew_is_noted() {
    check(
        "
start: a
states:
  a:
    do: [{call: {queue: desk, to: family, script: hello, keep: true}}]
    on: {call.agreed: {stay: true}, paid: {goto: b}}
    after: {5 days: b}
  b: {on: {papers: {goto: done}}, after: {9 days: done}}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 event paid
entered “b”: the bill is paid
timers: after 9 days Tue 21 May 2024 10:00
> 2024-05-12 11:00 answer agread
refused: `agread` is not an outcome of this call; the case waits for no outcome here
> 2024-05-12 12:00 answer agreed
call: agreed
do: close 7.1.1 as agreed
",
    );
}

#[test]
fn rule_3_a_call_that_outlived_its_case_can_still_be_answered() {
    check(
        "
start: a
states:
  a: {on: {paid: {goto: done}}, after: {5 days: done}}
  done: {do: [{call: {queue: desk, to: none, script: hello}}], end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 event paid
entered “done”: the bill is paid
task in queue `desk` planned
the case ended: success
do: call 7.2.1 to nobody
timers: none
stands: ended success
> 2024-05-12 11:00 answer filed
call: filed
do: close 7.2.1 as filed
> 2024-05-12 11:01 answer filed
refused: this call is not open any more: it was answered or withdrawn
",
    );
}

#[test]
fn rule_3_a_message_that_has_left_cannot_be_withdrawn() {
    check(
        CALLING,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
SMS `hi` to Amna planned for Sun 12 May 2024 09:00
do: call 7.1.1 to +97336001234, sms 7.1.2 to +97336001234
timers: after 5 working days Sun 19 May 2024 09:00
> 2024-05-12 09:01 receipt accepted
SMS sent
> 2024-05-12 10:00 event paid
call withdrawn: the case has ended
entered “done”: the bill is paid
the case ended: success
do: withdraw 7.1.1
timers: none
stands: ended success
> 2024-05-12 10:01 receipt delivered
SMS delivered
",
    );
}

#[test]
fn rule_3_what_an_end_itself_does_still_leaves() {
    check(
        "
start: waiting
states:
  waiting: {on: {paid: {goto: done}}, after: {5 days: done}}
  done: {do: [{sms: {to: family, template: hi}}], end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “waiting”: the case opened
timers: after 5 days Fri 17 May 2024 09:00
> 2024-05-12 10:00 event paid
entered “done”: the bill is paid
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
the case ended: success
do: sms 7.2.1 to +97336001234
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_4_a_timer_of_an_earlier_visit_does_nothing() {
    check(
        "
start: a
states:
  a: {on: {paid: {goto: b}}, after: {3 days: done}}
  b: {on: {papers: {goto: a}}, after: {30 days: done}}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 3 days Wed 15 May 2024 09:00
> 2024-05-13 09:00 event paid
entered “b”: the bill is paid
timers: after 30 days Wed 12 Jun 2024 09:00
> 2024-05-14 09:00 event papers
entered “a”: the papers came
timers: after 3 days Fri 17 May 2024 09:00
> 2024-05-15 09:00 wait
> 2024-05-17 09:00 wait
`after 3 days` is over
entered “done”: `after 3 days`
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_4_timers_due_together_fire_by_due_time_and_then_as_declared() {
    check(
        "
start: a
states:
  a:
    every:
      2 days: {at_most: 1, sms: {to: family, template: hi}}
      1 day: {at_most: 1, email: {to: family, template: mail}}
      48 hours: {at_most: 1, call: {queue: desk, to: none, script: hello}}
    after: {30 days: done}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 2 days Tue 14 May 2024 09:00, every 1 day Mon 13 May 2024 09:00, every 48 hours Tue 14 May 2024 09:00, after 30 days Tue 11 Jun 2024 09:00
> 2024-05-20 09:00 wait
`every 1 day` is over, 7 days late
e-mail `mail` to Amna planned for Mon 20 May 2024 09:00
`every 2 days` is over, 6 days late
SMS `hi` to Amna planned for Mon 20 May 2024 09:00
`every 48 hours` is over, 6 days late
task in queue `desk` planned
do: email 7.1.1 to amna@example.bh, sms 7.1.2 to +97336001234, call 7.1.3 to nobody
timers: after 30 days Tue 11 Jun 2024 09:00
",
    );
}

#[test]
fn rule_4_each_is_checked_again_after_the_one_before_it() {
    check(
        "
start: a
states:
  a:
    after:
      1 day: {set: {note: '\"one day passed\"'}}
      2 days: {when: note == null, goto: b}
      3 days: b
  b: {after: {30 days: done}}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 1 day Mon 13 May 2024 09:00, after 2 days Tue 14 May 2024 09:00, after 3 days Wed 15 May 2024 09:00
> 2024-05-20 09:00 wait
`after 1 day` is over, 7 days late
noted: note
`after 2 days` came, but its condition did not hold
`after 3 days` is over, 5 days late
entered “b”: `after 3 days`
timers: after 30 days Wed 19 Jun 2024 09:00
",
    );
}

#[test]
fn rule_4_a_repeating_timer_that_was_due_too_is_recorded_as_overtaken() {
    check(
        "
start: a
states:
  a:
    every: {3 days: {at_most: 4, sms: {to: family, template: hi}}}
    after: {2 days: b}
  b: {after: {30 days: done}}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 3 days Wed 15 May 2024 09:00, after 2 days Tue 14 May 2024 09:00
> 2024-05-20 09:00 wait
`after 2 days` is over, 6 days late
`every 3 days` was due too, but something came before it
entered “b”: `after 2 days`
timers: after 30 days Wed 19 Jun 2024 09:00
",
    );
}

#[test]
fn a_state_entered_again_is_a_visit_of_its_own_with_ids_of_its_own() {
    let again = "
start: a
states:
  a: {do: [{email: {to: family, template: mail}}], on: {paid: {goto: a}}, after: {5 days: done}}
  done: {end: success}
";
    let case = World::new(workflow(again)).after(&["2024-05-12 09:00 open", "2024-05-12 10:00 event paid"]);
    assert_eq!((case.visit, case.progress.visits["a"]), (2, 2));
    let ids: Vec<_> = case.progress.pending.iter().map(|pending| pending.id.to_string()).collect();
    assert_eq!(ids, ["7.2.1"]);
}
