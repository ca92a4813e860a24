//! Rule 21, disclosure: what names a death, a person, an account or a sum goes to verified contact points only.

use super::{check, check_in, contact, text, workflow, world::World};
use crate::value::Value;

const TWO_LEVELS: &str = "
start: a
states:
  a:
    do:
      - sms: {to: family, template: hi}
      - call: {queue: desk, to: family, script: hello}
    on:
      paid: {sms: {to: heir ?? family, template: loss}}
      call.spoke: {verify: contact, stay: true}
      call.named: {ask: heir, verify: heir, stay: true}
      call.confirmed: {verify: [contact, email], stay: true}
      call.wrong_number: {next: contact}
      sms.suppressed: {set: {note: '\"stopped\"'}}
      papers: {email: {to: family, template: loss-mail}}
    after: {60 days: done}
  done: {end: success}
";

const OPENED: &str = "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
call to Amna planned in queue `desk` from Sun 12 May 2024 10:00 (attempt 1)
do: sms 7.1.1 to +97336001234, call 7.1.2 to +97336001234
timers: after 60 days Thu 11 Jul 2024 10:00
";

#[test]
fn rule_21_a_text_that_reveals_is_stopped_before_anybody_was_spoken_with_and_goes_afterwards() {
    check(
        TWO_LEVELS,
        &format!(
            "{OPENED}
> 2024-05-12 10:05 event paid
SMS `loss` stopped: the text reveals more than may go to an address that nobody has confirmed
do: tell sms.suppressed, sms 7.1.3 to +97336001234 (stopped)
noted: note
> 2024-05-12 10:10 answer spoke
call: spoke
the person on the phone confirmed who they are
do: close 7.1.2 as spoke
> 2024-05-12 10:15 event paid
SMS `loss` to Amna planned for Sun 12 May 2024 10:15
do: sms 7.1.4 to +97336001234
"
        ),
    );
}

#[test]
fn rule_21_among_several_contacts_the_verified_one_gets_what_reveals() {
    // Amna is spoken with; the heir whom nobody has verified would come first.
    check_in(
        World::new(workflow(TWO_LEVELS)).given("heir", contact("Badr", "+97339005678")),
        &format!(
            "{OPENED}
> 2024-05-12 10:10 answer spoke
call: spoke
the person on the phone confirmed who they are
do: close 7.1.2 as spoke
> 2024-05-12 10:15 event paid
SMS `loss` to Amna planned for Sun 12 May 2024 10:15
do: sms 7.1.3 to +97336001234
"
        ),
    );
}

#[test]
fn rule_21_a_number_that_proves_wrong_is_verified_no_more() {
    let world = World::new(workflow(TWO_LEVELS));
    let case = world.after(&["2024-05-12 10:00 open", "2024-05-12 10:10 answer confirmed"]);
    let verified: Vec<&str> = case.progress.verified.iter().map(String::as_str).collect();
    assert_eq!(verified, ["+97336001234", "amna@example.bh"]);
    let world =
        World::new(workflow(&TWO_LEVELS.replace("{verify: contact, stay: true}", "{verify: contact, again: 1 hour}")));
    let case = world.after(&[
        "2024-05-12 10:00 open",
        "2024-05-12 10:10 answer spoke",
        "2024-05-12 11:20 answer wrong_number",
    ]);
    assert_eq!(case.progress.verified.len(), 0);
}

#[test]
fn rule_21_an_email_address_is_verified_only_if_it_was_read_out() {
    let mail = |outcome: &str| {
        World::new(workflow(TWO_LEVELS)).story(&[
            "2024-05-12 10:00 open",
            &format!("2024-05-12 10:10 answer {outcome}"),
            "2024-05-12 10:20 event papers",
        ])
    };
    assert!(mail("spoke").contains("e-mail `loss-mail` stopped"), "{}", mail("spoke"));
    assert!(mail("confirmed").contains("e-mail `loss-mail` to Amna planned"), "{}", mail("confirmed"));
}

#[test]
fn rule_21_a_source_may_vouch_for_a_number_but_only_in_so_many_words() {
    for (word, goes) in [("verified", true), ("unverified", false), ("Verified?", false)] {
        let Value::Record(mut amna) = contact("Amna", "+97336001234") else { panic!() };
        amna.insert("disclosure".into(), text(word));
        let story = World::new(workflow(TWO_LEVELS)).given("family", Value::List(vec![Value::Record(amna)]));
        let told = story.story(&["2024-05-12 10:00 open", "2024-05-12 10:05 event paid"]);
        assert_eq!(told.contains("SMS `loss` to Amna planned"), goes, "{word}: {told}");
    }
}
