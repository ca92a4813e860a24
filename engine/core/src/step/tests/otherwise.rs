//! Whoever has stopped a channel: the words go another way, or it is said that nobody hears them.

use super::{check_in, contact, workflow, world::World};
use crate::value::Value;

const AMNA: &str = "sms +97336001234";

fn noting(on: &str) -> World {
    let states = format!(
        "
start: a
states:
  a:
    do: [{{sms: {{to: family, template: note, expires: 3 days}}}}]
    on: {{paid: {{sms: {{to: family, template: hi}}}}{on}}}
    after: {{60 days: done}}
  done: {{end: success}}
"
    );
    World::new(workflow(&states)).given("family", Value::List(vec![contact("Amna", "+97336001234")]))
}

#[test]
fn what_everybody_has_stopped_goes_by_its_e_mail_form_though_the_workflow_says_nothing() {
    check_in(
        noting("").beyond(&[], &[AMNA]),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `note` stopped: the recipient asked us to stop
e-mail `note-email` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234 (stopped), email 7.1.2 to amna@example.bh
timers: after 60 days Thu 11 Jul 2024 10:00
> 2024-05-12 11:00 event paid
SMS `hi` stopped: the recipient asked us to stop
nobody hears `hi`: it can go by no other way, and the workflow names none
do: sms 7.1.3 to +97336001234 (stopped)
",
    );
}

#[test]
fn what_waits_goes_the_other_way_when_its_recipient_stops_it() {
    let told = noting("").story(&["2024-05-12 21:00 open", "2024-05-12 22:00 learn sms +97336001234"]);
    assert!(
        told.ends_with("do: withdraw 7.1.1, sms 7.1.2 to +97336001234 (stopped), email 7.1.3 to amna@example.bh"),
        "{told}"
    );
}

#[test]
fn what_was_stopped_as_it_was_about_to_leave_goes_the_other_way_once() {
    let stopped = ["2024-05-12 10:00 open", "2024-05-12 10:01 stopped opted_out"];
    let told = noting("").beyond(&[], &[]).story(&stopped);
    assert!(told.ends_with("do: email 7.1.2 to amna@example.bh"), "{told}");
    let capped = noting("").story(&["2024-05-12 10:00 open", "2024-05-12 10:01 stopped cap"]);
    assert!(!capped.contains("amna@example.bh"), "a cap is no wish for another way: {capped}");
    let twice = noting("").story(&[&stopped[..], &["2024-05-12 10:02 learn sms +97336001234"]].concat());
    assert_eq!(twice.matches("email 7.1").count(), 1, "{twice}");
}

#[test]
fn a_workflow_that_says_what_to_do_decides_itself() {
    let told =
        noting(", sms.suppressed: {set: {note: '\"heard\"'}}").beyond(&[], &[AMNA]).story(&["2024-05-12 10:00 open"]);
    assert!(told.contains("noted: note") && !told.contains("e-mail"), "{told}");
}

#[test]
fn whoever_has_stopped_both_hears_nothing_and_that_is_said() {
    let told =
        noting("").beyond(&[], &[AMNA, "email amna@example.bh"]).in_language("ar").story(&["2024-05-12 10:00 open"]);
    assert!(told.contains("لا يصل `note` إلى أحد"), "{told}");
    assert!(!told.contains("email 7"), "{told}");
}
