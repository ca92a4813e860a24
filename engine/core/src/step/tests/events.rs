//! Rules 10-12: what becomes of events, and in which order.

use super::{check, check_in, text, workflow, world::World};
use crate::value::Value;

const TWO: &str = "
start: a
anywhere: {on: {case.updated: {when: has(note), goto: done}}}
states:
  a: {on: {sms.reply: {when: reply matches 'yes', goto: b}}, after: {20 days: b}}
  b: {on: {paid: {goto: done}}, do: [{sms: {to: family, template: hi}}], after: {20 days: done}}
  done: {end: success, reopen: {papers: a}}
";

#[test]
fn rule_10_what_the_state_does_not_take_waits_for_one_that_does() {
    check(
        TWO,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 event paid
the bill is paid came early and waits, until Thu 23 May 2024 09:00 at the latest
event: deferred
> 2024-05-14 09:00 reply yes
SMS: an answer came: “yes”
entered “b”: `sms.reply`
SMS `hi` to Amna planned for Tue 14 May 2024 09:00
what had waited is taken up: the bill is paid
SMS withdrawn: the case has ended
entered “done”: the bill is paid
the case ended: success
do: sms 7.2.1 to +97336001234, withdraw 7.2.1
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_10_what_waits_in_vain_is_given_up_at_its_time() {
    check(
        TWO,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 event paid
the bill is paid came early and waits, until Thu 23 May 2024 09:00 at the latest
event: deferred
> 2024-05-23 09:00 wait
the bill is paid waited in vain
event: given_up
",
    );
}

#[test]
fn rule_10_what_no_state_can_take_is_not_applicable_and_visible() {
    check(
        TWO,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 reply no
SMS: an answer came: “no”
`sms.reply` does not apply here
event: not_applicable
",
    );
}

#[test]
fn rule_10_what_comes_after_the_end_is_late_unless_the_workflow_reopens() {
    check(
        TWO,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-12 10:00 reply yes
SMS: an answer came: “yes”
entered “b”: `sms.reply`
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.2.1 to +97336001234
timers: after 20 days Sat 1 Jun 2024 10:00
> 2024-05-12 11:00 event paid
SMS withdrawn: the case has ended
entered “done”: the bill is paid
the case ended: success
do: withdraw 7.2.1
timers: none
stands: ended success
> 2024-05-12 12:00 event paid
the bill is paid came after the end
event: late
> 2024-05-12 13:00 reply yes
SMS: an answer came: “yes”
`sms.reply` came after the end
event: late
> 2024-05-12 14:00 event papers
entered “a”: opened again by the papers came
timers: after 20 days Sat 1 Jun 2024 14:00
stands: open
",
    );
}

#[test]
fn rule_10_an_event_that_the_workflow_does_not_know_is_refused_with_what_was_meant() {
    check(
        TWO,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 event payd
refused: the workflow knows no event `payd`; did you mean `paid`?
> 2024-05-13 09:00 event paid amount=much
refused: `amount` is not a whole number
> 2024-05-13 09:00 hold somebody looks into it
put on hold: somebody looks into it
stands: held
> 2024-05-13 09:00 event payd
refused: the workflow knows no event `payd`; did you mean `paid`?
",
    );
}

#[test]
fn rule_10_what_still_waits_when_the_case_ends_is_late() {
    check(
        "
start: a
states:
  a: {on: {sms.reply: {goto: done}}, do: [{sms: {to: family, template: hi}}], after: {20 days: b}}
  b: {on: {paid: {goto: done}}, after: {20 days: done}}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 09:00
do: sms 7.1.1 to +97336001234
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 event paid
the bill is paid came early and waits, until Thu 23 May 2024 09:00 at the latest
event: deferred
> 2024-05-14 09:00 reply stop
SMS: an answer came: “stop”; asks us to stop writing
SMS withdrawn: the case has ended
entered “done”: `sms.reply`
the case ended: success
the bill is paid came after the end
do: withdraw 7.1.1
event: late
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_10_a_guard_that_does_not_hold_lets_it_wait_on_and_its_limit_stays() {
    check(
        "
start: a
states:
  a: {on: {sms.reply: {goto: b}}, do: [{email: {to: family, template: mail}}], after: {20 days: b}}
  b: {on: {paid: {when: note != null, goto: done}, sms.reply: {set: {note: reply}, goto: b}}, after: {20 days: done}}
  done: {end: success, do: [{sms: {to: family, template: hi}}]}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
e-mail `mail` to Amna planned for Sun 12 May 2024 09:00
do: email 7.1.1 to amna@example.bh
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 event paid
the bill is paid came early and waits, until Thu 23 May 2024 09:00 at the latest
event: deferred
> 2024-05-14 09:00 hold somebody looks into it
put on hold: somebody looks into it
stands: held
> 2024-05-15 09:00 resume
resumed
stands: open
> 2024-05-16 09:00 reply yes
SMS: an answer came: “yes”
e-mail withdrawn: the case has moved on
entered “b”: `sms.reply`
do: withdraw 7.1.1
timers: after 20 days Wed 5 Jun 2024 09:00
> 2024-05-17 09:00 reply yes
SMS: an answer came: “yes”
noted: note
entered “b”: `sms.reply`
what had waited is taken up: the bill is paid
entered “done”: the bill is paid
SMS `hi` to Amna planned for Sun 19 May 2024 09:00
the case ended: success
do: sms 7.4.1 to +97336001234
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_10_what_an_earlier_state_could_not_do_is_no_news_for_a_later_one() {
    check(
        "
start: a
states:
  a: {do: [{sms: {to: heir, template: hi}}], on: {sms.no_contact: {goto: done}}, next: [{when: visits < 9, goto: b}], after: {9 days: done}}
  b: {do: [{sms: {to: family, template: hi}}], on: {sms.no_contact: {goto: done}}, after: {9 days: done}}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
nobody can be reached by SMS for `hi`
entered “b”: decided at once
SMS `hi` to Amna planned for Sun 12 May 2024 09:00
do: tell sms.no_contact, sms 7.2.1 to +97336001234
timers: after 9 days Tue 21 May 2024 09:00
event: not_applicable
",
    );
}

const RACE: &str = "
start: a
states:
  a: {on: {paid: {goto: won}}, every: {1 day: {at_most: 1, set: {note: '\"late\"'}}}, after: {2 days: lost}}
  won: {after: {20 days: done}}
  lost: {on: {paid: {goto: done}}, after: {20 days: done}}
  done: {end: success}
";

#[test]
fn rule_11_an_event_that_was_received_by_the_due_instant_wins_and_the_loser_is_recorded() {
    check(
        RACE,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 1 day Mon 13 May 2024 09:00, after 2 days Tue 14 May 2024 09:00
> 2024-05-14 09:05 event paid received 2024-05-14 09:00
`every 1 day` is over, 24 hours late
noted: note
`after 2 days` was due too, but something came before it
entered “won”: the bill is paid
timers: after 20 days Mon 3 Jun 2024 09:05
",
    );
}

#[test]
fn rule_11_an_event_that_was_received_after_the_due_instant_comes_second() {
    check(
        RACE,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 1 day Mon 13 May 2024 09:00, after 2 days Tue 14 May 2024 09:00
> 2024-05-14 09:05 event paid received 2024-05-14 09:01
`every 1 day` is over, 24 hours late
noted: note
`after 2 days` is over, 5 minutes late
entered “lost”: `after 2 days`
entered “done”: the bill is paid
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn rule_11_a_timer_that_is_not_due_yet_has_lost_nothing() {
    check(
        RACE,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: every 1 day Mon 13 May 2024 09:00, after 2 days Tue 14 May 2024 09:00
> 2024-05-12 10:00 event paid
entered “won”: the bill is paid
timers: after 20 days Sat 1 Jun 2024 10:00
",
    );
}

#[test]
fn rule_12_an_answer_counts_once() {
    check(
        "
start: a
states:
  a:
    do: [{call: {queue: desk, to: family, script: hello}}]
    on: {call.agreed: {stay: true}, call.no_answer: {again: 1 working day}}
    after: {20 days: done}
  done: {end: success}
",
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-12 09:30 answer agread
refused: `agread` is not an outcome of this call; did you mean `agreed`?
> 2024-05-12 09:30 answer agreed
call: agreed
do: close 7.1.1 as agreed
> 2024-05-12 09:31 answer agreed
refused: this call is not open any more: it was answered or withdrawn
",
    );
}

const UPDATED: &str = "
start: a
states:
  a: {on: {case.updated: {when: event.note != null, set: {note: event.note ?? note, parts: event.parts ?? parts}, goto: b}}, after: {20 days: done}}
  b: {on: {case.updated: {stay: true}}, after: {20 days: done}}
  done: {end: success}
";

#[test]
fn rule_12_the_same_intake_with_other_values_is_an_update_that_the_workflow_may_take() {
    check(
        UPDATED,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-12 10:00 update parts=4
reported again with other values: parts
> 2024-05-12 11:00 update note=moved parts=4
reported again with other values: note, parts
noted: note, parts
entered “b”: `case.updated`
timers: after 20 days Sat 1 Jun 2024 11:00
> 2024-05-12 12:00 update parts=5
reported again with other values: parts
noted: `case.updated`
> 2024-06-20 12:00 wait
`after 20 days` is over, 19 days late
entered “done”: `after 20 days`
the case ended: success
timers: none
stands: ended success
> 2024-06-20 12:01 update parts=6
`case.updated` came after the end
event: late
",
    );
    let case = World::new(workflow(UPDATED)).after(&[
        "2024-05-12 09:00 open",
        "2024-05-12 11:00 update note=moved parts=4",
        "2024-05-12 12:00 update note=again parts=9",
    ]);
    assert_eq!((case.field("note"), case.field("parts")), (&text("moved"), &Value::Int(4)));
}

#[test]
fn an_answer_is_kept_word_for_word_and_read_by_somebody_where_no_state_takes_it() {
    check_in(
        World::new(workflow(TWO)).reads("desk"),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 reply what is this about?
SMS: an answer came: “what is this about?”
task in queue `desk` planned
do: call 7.1.1 to nobody
> 2024-05-13 10:00 answer no_answer
refused: `no_answer` is not an outcome of this task; known outcomes: read
> 2024-05-13 10:00 reply إيقاف
SMS: an answer came: “إيقاف”; asks us to stop writing
`sms.reply` does not apply here
event: not_applicable
> 2024-05-14 09:00 reply yes
SMS: an answer came: “yes”
entered “b”: `sms.reply`
SMS `hi` to Amna planned for Tue 14 May 2024 09:00
do: sms 7.2.1 to +97336001234
timers: after 20 days Mon 3 Jun 2024 09:00
> 2024-05-14 10:00 answer 7.1.1 read
call: read
do: close 7.1.1 as read
> 2024-05-14 11:00 event paid
SMS withdrawn: the case has ended
entered “done”: the bill is paid
the case ended: success
do: withdraw 7.2.1
timers: none
stands: ended success
> 2024-05-15 11:00 reply thank you
SMS: an answer came: “thank you”
`sms.reply` came after the end
task in queue `desk` planned
do: call 7.3.1 to nobody
event: late
> 2024-05-15 12:00 answer 7.3.1 read
call: read
do: close 7.3.1 as read
",
    );
}

#[test]
fn an_answer_that_no_guard_can_judge_is_still_in_the_history() {
    let fails = "
start: a
states:
  a: {on: {sms.reply: {when: '100 / parts > 1', goto: done}}, after: {20 days: done}}
  done: {end: success}
";
    check_in(
        World::new(workflow(fails)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
timers: after 20 days Sat 1 Jun 2024 09:00
> 2024-05-13 09:00 reply soon
SMS: an answer came: “soon”
incident in guard of on sms.reply: `100 / parts` divides by zero
event: incident
stands: incident
> 2024-05-13 10:00 skip the guard is wrong
skipped: the guard is wrong
event: not_applicable
stands: open
",
    );
}
