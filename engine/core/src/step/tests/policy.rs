//! Rule 21, as far as the core knows: who may be contacted when and how often.

use super::{check, check_in, contact, text, workflow, world::World};
use crate::delivery::Channel;
use crate::value::Value;

fn messaging(policy: &str) -> String {
    format!(
        "
contact_policy: {{{policy}}}
start: a
states:
  a:
    do: [{{sms: {{to: family, template: hi, expires: 1 day}}}}]
    on: {{paid: {{sms: {{to: family, template: hi}}}}, sms.suppressed: {{set: {{note: '\"stopped\"'}}}}}}
    after: {{60 days: done}}
  done: {{end: success}}
"
    )
}

#[test]
fn rule_21_a_message_waits_for_the_hours_of_its_channel_and_says_why() {
    check(
        &messaging(""),
        "
> 2024-05-16 21:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 19 May 2024 09:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Mon 15 Jul 2024 21:00
",
    );
    check(
        &messaging("quiet: {sms: '09:00-11:00'}"),
        "
> 2024-05-12 09:30 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 11:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 09:30
",
    );
}

#[test]
fn rule_21_nobody_is_addressed_in_the_days_of_mourning() {
    check(
        &messaging("not_before: 3 days after died"),
        "
> 2024-05-02 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 5 May 2024 09:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Mon 1 Jul 2024 10:00
",
    );
}

#[test]
fn rule_21_a_cap_in_a_time_makes_the_next_one_wait() {
    check(
        &messaging("at_most: [1 sms per person in 3 days]"),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 10:00
> 2024-05-12 11:00 event paid
SMS `hi` to Amna planned for Wed 15 May 2024 10:00
do: sms 7.1.2 to +97336001234
> 2024-05-12 12:00 event paid
SMS `hi` to Amna planned for Sun 19 May 2024 09:00
do: sms 7.1.3 to +97336001234
",
    );
}

#[test]
fn rule_21_a_cap_per_case_stops_it_for_good_and_the_case_is_told() {
    check(
        &messaging("at_most: [2 messages per case]"),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 10:00
> 2024-05-13 11:00 event paid
SMS `hi` to Amna planned for Mon 13 May 2024 11:00
do: sms 7.1.2 to +97336001234
> 2024-05-14 12:00 event paid
SMS `hi` stopped: the cap `2 messages per case` is reached
do: tell sms.suppressed, sms 7.1.3 to +97336001234 (stopped)
noted: note
",
    );
}

#[test]
fn rule_21_caps_per_person_count_over_all_cases() {
    let amna = "+97336001234";
    check_in(
        World::new(workflow(&messaging(""))).house("2 sms per person in 7 days").contacted_elsewhere(
            Channel::Sms,
            amna,
            "2024-05-11 10:00",
        ),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 10:00
> 2024-05-12 11:00 event paid
SMS `hi` to Amna planned for Sun 19 May 2024 09:00
do: sms 7.1.2 to +97336001234
",
    );
    check_in(
        World::new(workflow(&messaging("at_most: [1 sms per case in 7 days]"))).contacted_elsewhere(
            Channel::Sms,
            amna,
            "2024-05-11 10:00",
        ),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 10:00
",
    );
}

#[test]
fn rule_21_a_message_that_would_come_too_late_is_not_planned() {
    check_in(
        World::new(workflow(&messaging("at_most: [1 sms per person in 3 days]"))).contacted_elsewhere(
            Channel::Sms,
            "+97336001234",
            "2024-05-12 09:00",
        ),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` stopped: no allowed moment is left before it expires
do: tell sms.suppressed, sms 7.1.1 to +97336001234 (stopped)
timers: after 60 days Thu 11 Jul 2024 10:00
noted: note
",
    );
}

#[test]
fn rule_21_a_number_of_the_deceased_is_never_used_not_even_as_a_relatives() {
    let holder = "+97333000000";
    let family = vec![contact("Amna", holder), contact("Badr", "+97339005678")];
    check_in(
        World::new(workflow(&messaging("never_to: [holder]")))
            .given("holder", text(holder))
            .given("family", Value::List(family)),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Badr planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97339005678
timers: after 60 days Thu 11 Jul 2024 10:00
",
    );
}

#[test]
fn rule_21_where_only_forbidden_numbers_are_left_it_is_recorded_and_the_case_is_told() {
    check_in(
        World::new(workflow(
            "
start: a
states:
  a:
    do: [{sms: {to: family, template: hi}}]
    on: {sms.no_contact: {goto: done}}
    after: {60 days: done}
  done: {end: unreached}
",
        ))
        .beyond(&["+97336001234", "+97339005678"], &[]),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` stopped: this address belongs to someone who must never be contacted
do: tell sms.no_contact
timers: after 60 days Thu 11 Jul 2024 10:00
entered “done”: `sms.no_contact`
the case ended: unreached
timers: none
stands: ended unreached
",
    );
}

#[test]
fn rule_21_who_asked_us_to_stop_is_left_alone_and_the_next_contact_is_tried() {
    check_in(
        World::new(workflow(&messaging(""))).beyond(&[], &["sms +97336001234"]),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Badr planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97339005678
timers: after 60 days Thu 11 Jul 2024 10:00
",
    );
    check_in(
        World::new(workflow(&messaging(""))).beyond(&[], &["sms +97336001234", "sms +97339005678"]),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` stopped: the recipient asked us to stop
do: tell sms.suppressed, sms 7.1.1 to +97336001234 (stopped)
timers: after 60 days Thu 11 Jul 2024 10:00
noted: note
",
    );
}

const LADDER: &str = "
start: a
states:
  a:
    do: [{call: {queue: desk, to: heir ?? family, script: hello, due: 1 working day}}]
    on:
      call.no_answer: {again: [2 working hours, 1 working day], then: b}
      call.call_back: {again: at answer.when}
      call.wrong_number: {next: contact, then: b}
      call.agreed: {ask: heir, goto: done}
    after: {30 days: b}
  b: {after: {30 days: done}}
  done: {end: success}
";

#[test]
fn each_outcome_climbs_its_own_ladder_and_the_last_rung_leads_on() {
    check(
        LADDER,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 30 days Tue 11 Jun 2024 09:00
> 2024-05-12 09:30 answer no_answer
call: no_answer
call to Amna planned in queue `desk` from Sun 12 May 2024 11:30, by Mon 13 May 2024 11:30 (attempt 2)
do: close 7.1.1 as no_answer, call 7.1.2 to +97336001234
> 2024-05-12 11:40 answer call_back when=2024-05-13T17:00
call: call_back
call to Amna planned in queue `desk` from Mon 13 May 2024 17:00, by Wed 15 May 2024 07:00 (attempt 3)
do: close 7.1.2 as call_back, call 7.1.3 to +97336001234
> 2024-05-13 17:05 answer no_answer
call: no_answer
call to Amna planned in queue `desk` from Wed 15 May 2024 09:00, by Thu 16 May 2024 09:00 (attempt 4)
do: close 7.1.3 as no_answer, call 7.1.4 to +97336001234
> 2024-05-14 16:10 answer no_answer
call: no_answer
entered “b”: `no_answer` on every attempt
do: close 7.1.4 as no_answer
timers: after 30 days Thu 13 Jun 2024 16:10
",
    );
}

#[test]
fn a_time_to_call_back_that_is_past_means_now() {
    check(
        LADDER,
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 30 days Tue 11 Jun 2024 09:00
> 2024-05-12 09:30 answer call_back when=2023-05-13T17:00
call: call_back
call to Amna planned in queue `desk` from Sun 12 May 2024 09:30, by Mon 13 May 2024 09:30 (attempt 2)
do: close 7.1.1 as call_back, call 7.1.2 to +97336001234
",
    );
}

#[test]
fn a_wrong_number_is_given_up_for_whoever_has_it() {
    let family =
        vec![contact("Amna", "+97336001234"), contact("Amna's son", "+97336001234"), contact("Badr", "+97339005678")];
    check_in(
        World::new(workflow(LADDER)).given("family", Value::List(family)),
        "
> 2024-05-12 09:00 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 09:00, by Mon 13 May 2024 09:00 (attempt 1)
do: call 7.1.1 to +97336001234
timers: after 30 days Tue 11 Jun 2024 09:00
> 2024-05-12 09:30 answer no_answer
call: no_answer
call to Amna planned in queue `desk` from Sun 12 May 2024 11:30, by Mon 13 May 2024 11:30 (attempt 2)
do: close 7.1.1 as no_answer, call 7.1.2 to +97336001234
> 2024-05-12 11:40 answer wrong_number
call: wrong_number
the address for call is not used again
next contact: Badr
call to Badr planned in queue `desk` from Sun 12 May 2024 11:40, by Mon 13 May 2024 11:40 (attempt 1)
do: close 7.1.2 as wrong_number, call 7.1.3 to +97339005678
> 2024-05-12 12:00 answer no_answer
call: no_answer
call to Badr planned in queue `desk` from Sun 12 May 2024 16:00, by Tue 14 May 2024 07:00 (attempt 2)
do: close 7.1.3 as no_answer, call 7.1.4 to +97339005678
> 2024-05-13 09:00 answer wrong_number
call: wrong_number
the address for call is not used again
entered “b”: no further contact to call
do: close 7.1.4 as wrong_number
timers: after 30 days Wed 12 Jun 2024 09:00
",
    );
}

#[test]
fn what_is_on_its_way_to_a_wrong_number_is_withdrawn() {
    check(
        "
start: a
states:
  a:
    do: [{call: {queue: desk, to: family, script: hello}}]
    on:
      call.no_answer: {again: 1 hour, sms: {to: family, template: hi}}
      call.wrong_number: {next: contact}
    every: {1 day: {at_most: 2, sms: {to: family, template: hi}}}
    after: {30 days: done}
  done: {end: success}
",
        "
> 2024-05-12 18:30 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 18:30 (attempt 1)
do: call 7.1.1 to +97336001234
timers: every 1 day Mon 13 May 2024 18:30, after 30 days Tue 11 Jun 2024 18:30
> 2024-05-12 20:30 answer no_answer
call: no_answer
SMS `hi` to Amna planned for Mon 13 May 2024 09:00
call to Amna planned in queue `desk` from Mon 13 May 2024 09:00 (attempt 2)
do: close 7.1.1 as no_answer, sms 7.1.2 to +97336001234, call 7.1.3 to +97336001234
> 2024-05-12 20:40 answer wrong_number
call: wrong_number
the address for call is not used again
SMS withdrawn: the address proved wrong
next contact: Badr
call to Badr planned in queue `desk` from Mon 13 May 2024 09:00 (attempt 1)
do: close 7.1.3 as wrong_number, withdraw 7.1.2, call 7.1.4 to +97339005678
",
    );
}
