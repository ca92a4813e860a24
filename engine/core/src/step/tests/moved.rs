//! Cases that a person moves by hand: what was open is withdrawn, the state is entered as by any transition, and
//! nothing happens where that fails.

use super::{check, check_in, given, office, workflow, world::World};
use crate::case::CaseId;
use crate::event::Body;
use crate::explain::{Prospect, prospect};
use crate::policy::{Facts, HousePolicy};
use crate::step::{Context, new_case, open};
use crate::value::{Record, Value};

const ROUND: &str = "
start: calling
states:
  calling:
    do: [{call: {queue: desk, to: family, script: hello, due: 1 working day}}]
    on: {call.no_answer: {again: [2 working hours, 1 working day], then: writing}, call.reached: {when: 100 / parts > 1, goto: done}, paid: {when: 100 / parts > 1, goto: done}}
    after: {5 working days: writing}
  writing:
    do: [{sms: {to: family, template: hi}}]
    on: {papers: {goto: done}}
    after: {3 days: done}
  sharing:
    do: [{sms: {to: family, template: share}}]
    after: {3 days: done}
  sorting: {next: [{when: parts > 3, goto: writing}, {goto: done}]}
  done: {end: success}
";

#[test]
fn moving_withdraws_what_was_open_and_enters_the_state_as_any_transition_does() {
    check(
        ROUND,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 working days Sun 19 May 2024 09:00
> 2024-05-12 21:00 move writing they want it in writing
call withdrawn: the case has moved on
entered “writing”: moved by hand: they want it in writing
SMS `hi` to Amna planned for Mon 13 May 2024 09:00
do: withdraw 7.1.1, sms 7.2.1 to +97336001234
timers: after 3 days Wed 15 May 2024 21:00
",
    );
}

#[test]
fn moving_to_the_state_it_is_in_begins_that_state_again() {
    check(
        ROUND,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 working days Sun 19 May 2024 09:00
> 2024-05-12 10:00 answer no_answer
call: no_answer
call to Amna planned in queue `desk` from Sun 12 May 2024 12:00, by Mon 13 May 2024 12:00 (attempt 2)
do: close 7.1.1 as no_answer, call 7.1.2 to +97336001234
> 2024-05-12 11:00 move calling the number was read wrongly
call withdrawn: the case has moved on
entered “calling”: moved by hand: the number was read wrongly
call to Amna planned in queue `desk` from Sun 12 May 2024 11:00, by Mon 13 May 2024 11:00 (attempt 1)
do: withdraw 7.1.2, call 7.2.1 to +97336001234
timers: after 5 working days Sun 19 May 2024 11:00
",
    );
}

#[test]
fn a_held_case_stays_held_where_it_is_moved_to_and_keeps_what_came() {
    check(
        ROUND,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 working days Sun 19 May 2024 09:00
> 2024-05-12 10:00 hold the family is abroad
put on hold: the family is abroad
stands: held
> 2024-05-12 11:00 event papers
the papers came came early and waits, until Tue 14 May 2024 11:00 at the latest
event: deferred
> 2024-05-12 12:00 move writing no more calls
call withdrawn: the case has moved on
entered “writing”: moved by hand: no more calls
SMS `hi` to Amna planned for Sun 12 May 2024 12:00
do: withdraw 7.1.1, sms 7.2.1 to +97336001234
timers: after 3 days Wed 15 May 2024 12:00
> 2024-05-13 09:00 resume
resumed
what had waited is taken up: the papers came
SMS withdrawn: the case has ended
entered “done”: the papers came
the case ended: success
do: withdraw 7.2.1
timers: none
stands: ended success
",
    );
}

#[test]
fn moving_is_the_third_way_out_of_an_incident_and_gives_up_what_led_to_it() {
    check_in(
        World::new(workflow(ROUND)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 working days Sun 19 May 2024 09:00
> 2024-05-12 10:00 event paid
incident in guard of on paid: `100 / parts` divides by zero
event: incident
stands: incident
> 2024-05-12 11:00 move sharing as agreed
refused: `sharing` cannot be entered: text share (en): line 1: unable to calculate 100 // 0
> 2024-05-12 12:00 move writing as agreed
call withdrawn: the case has moved on
entered “writing”: moved by hand: as agreed
SMS `hi` to Amna planned for Sun 12 May 2024 12:00
do: withdraw 7.1.1, sms 7.2.1 to +97336001234
event: not_applicable
timers: after 3 days Wed 15 May 2024 12:00
stands: open
",
    );
}

#[test]
fn what_an_answer_or_a_receipt_said_stays_true_where_the_incident_that_it_led_to_is_left_by_a_move() {
    check_in(
        World::new(workflow(ROUND)).given("parts", Value::Int(0)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 working days Sun 19 May 2024 09:00
> 2024-05-12 10:00 answer reached
incident in guard of on call.reached: `100 / parts` divides by zero
event: incident
stands: incident
> 2024-05-12 12:00 move writing as agreed
call: reached
entered “writing”: moved by hand: as agreed
SMS `hi` to Amna planned for Sun 12 May 2024 12:00
do: close 7.1.1 as reached, sms 7.2.1 to +97336001234
timers: after 3 days Wed 15 May 2024 12:00
stands: open
",
    );
}

#[test]
fn moving_goes_on_from_a_state_that_decides_at_once_and_ends_what_it_moves_to_an_end() {
    check(
        ROUND,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “calling”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 5 working days Sun 19 May 2024 09:00
> 2024-05-12 10:00 move sortin by its parts
refused: the case's version of the workflow has no state `sortin`; did you mean `sorting`?; its states: calling, writing, sharing, sorting, done
> 2024-05-12 10:00 move sorting by its parts
call withdrawn: the case has moved on
entered “sorting”: moved by hand: by its parts
entered “done”: decided at once
the case ended: success
do: withdraw 7.1.1
timers: none
stands: ended success
> 2024-05-12 11:00 move calling once more
refused: the case is ended; only a case that goes on, is held or has stopped is moved
",
    );
}

fn asked(state: &str) -> Result<Prospect, String> {
    let (workflow, calendar) = (workflow(ROUND), office());
    let (house, facts, texts) = (HousePolicy::default(), Facts::default(), Record::new());
    let now = calendar.instant("2024-05-12T21:00".parse().unwrap());
    let context = Context { now, calendar: &calendar, house: &house, texts: &texts, facts: &facts, region: "BH" };
    let case = open(&workflow, &new_case(&workflow, CaseId(7), given(), now), None, &context).case;
    let body = Body::Move { state: state.into(), reason: "they want it in writing".into() };
    prospect(&workflow, &case, &context, body, "en")
}

#[test]
fn what_a_move_would_say_to_whom_and_when_is_known_before_it_is_made() {
    let seen = asked("writing").unwrap();
    let said = seen.messages.iter().map(|message| (message.text.as_str(), message.to.as_str(), message.not_before));
    let next_morning = "2024-05-13T06:00:00Z".parse().unwrap();
    assert_eq!(said.collect::<Vec<_>>(), [("Hi", "+97336001234", next_morning)]);
    assert_eq!(seen.withdrawn.iter().map(|lost| lost.words.as_str()).collect::<Vec<_>>(), ["call"]);
    assert_eq!((seen.case.state.as_str(), seen.calls.len(), seen.stops()), ("writing", 0, None));
    assert!(asked("writin").unwrap_err().contains("did you mean `writing`"));
}
