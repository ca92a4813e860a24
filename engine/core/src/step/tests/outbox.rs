//! What operators do about one message of a case.

use super::{check, check_in, workflow, world::World};

const WRITES: &str = "
contact_policy: {at_most: 2 sms per person in 1 day}
start: a
states:
  a:
    do: [{sms: {to: family, template: hi}}]
    on: {sms.accepted: {goto: b}, paid: {goto: done}}
    after: {9 days: b}
  b: {on: {paid: {goto: done}}, after: {9 days: done}}
  done: {end: success}
";

#[test]
fn a_waiting_message_is_tried_when_the_rules_allow_it_and_never_sooner() {
    check(
        WRITES,
        "
> 2024-05-12 21:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Mon 13 May 2024 09:00
do: sms 7.1.1 to +97336001234
timers: after 9 days Tue 21 May 2024 21:00
> 2024-05-12 22:00 message retry 7.1.1
SMS is tried again from Mon 13 May 2024 09:00
do: hurry 7.1.1
> 2024-05-13 10:00 message retry 7.1.1
SMS is tried again from Mon 13 May 2024 10:00
do: hurry 7.1.1
> 2024-05-13 10:05 hold wait
put on hold: wait
stands: held
> 2024-05-13 10:10 message retry 7.1.1
refused: the case is held; its messages wait; resume it first
",
    );
}

#[test]
fn a_cancelled_message_is_withdrawn_counts_no_more_and_cannot_be_cancelled_twice() {
    check(
        WRITES,
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 9 days Tue 21 May 2024 10:00
> 2024-05-12 10:01 message cancel 7.1.1 the number is being looked at
SMS cancelled: the number is being looked at
do: withdraw 7.1.1
> 2024-05-12 10:02 message cancel 7.1.1 again
refused: the case no longer waits for message 7.1.1 to leave
",
    );
}

#[test]
fn what_is_sent_once_more_is_a_new_message_under_the_same_rules() {
    check(
        WRITES,
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 9 days Tue 21 May 2024 10:00
> 2024-05-12 10:05 receipt accepted
SMS sent
entered “b”: `sms.accepted`
timers: after 9 days Tue 21 May 2024 10:05
> 2024-05-12 11:00 message resend 7.1.1 she deleted it
SMS `7.1.1` is sent once more: she deleted it
SMS `hi` to Amna planned for Sun 12 May 2024 11:00
do: sms 7.2.1 to +97336001234
> 2024-05-12 11:30 message resend 7.1.1 and again
SMS `7.1.1` is sent once more: and again
SMS `hi` to Amna planned for Mon 13 May 2024 10:05
do: sms 7.2.2 to +97336001234
> 2024-05-12 11:40 event paid
entered “done”: the bill is paid
the case ended: success
timers: none
stands: ended success
",
    );
}

#[test]
fn nothing_is_sent_once_more_to_whom_it_must_not_go() {
    check_in(
        World::new(workflow(WRITES)).beyond(&["+97336001234"], &[]),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Badr planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97339005678
timers: after 9 days Tue 21 May 2024 10:00
> 2024-05-12 11:00 message resend 7.1.1 please
refused: this address belongs to someone who must never be contacted
",
    );
}

#[test]
fn what_a_person_found_out_about_a_message_is_news_for_the_workflow() {
    check(
        WRITES,
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 9 days Tue 21 May 2024 10:00
> 2024-05-12 12:00 message unsent 7.1.1 the gateway says so on the telephone
SMS had not been sent, as a person found out: the gateway says so on the telephone
do: 7.1.1 was not sent
> 2024-05-12 13:00 message sent 7.1.1 she has it
SMS had been sent, as a person found out: she has it
do: 7.1.1 was sent, tell sms.accepted
SMS sent
entered “b”: `sms.accepted`
timers: after 9 days Tue 21 May 2024 13:00
> 2024-05-12 14:00 message unsent 7.1.1 no
refused: message 7.1.1 has left
",
    );
}

#[test]
fn what_became_of_a_message_is_found_out_also_when_its_state_was_left() {
    check(
        WRITES,
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 9 days Tue 21 May 2024 10:00
> 2024-05-12 11:00 event paid
SMS withdrawn: the case has ended
entered “done”: the bill is paid
the case ended: success
do: withdraw 7.1.1
timers: none
stands: ended success
> 2024-05-12 12:00 message unsent 7.1.1 the gateway says so on the telephone
SMS had not been sent, as a person found out: the gateway says so on the telephone
do: 7.1.1 was not sent
> 2024-05-12 13:00 message cancel 7.1.1 no
refused: the case no longer waits for message 7.1.1 to leave
",
    );
}

#[test]
fn operators_read_of_it_in_arabic() {
    check_in(
        World::new(workflow(WRITES)).in_language("ar"),
        "
> 2024-05-12 10:00 open
فُتحت الحالة يدويا
انتقلت إلى «a»: فتح الحالة
الرسالة النصية `hi` إلى Amna مقررة في الأحد 12 مايو 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 9 days الثلاثاء 21 مايو 2024 10:00
> 2024-05-12 10:01 message unsent 7.1.1 بحسب المزود
تبين لموظف أن الرسالة النصية لم تُرسل: بحسب المزود
do: 7.1.1 was not sent
> 2024-05-12 10:02 message cancel 7.1.1 خطأ
أُلغيت الرسالة النصية: خطأ
do: withdraw 7.1.1
",
    );
}
