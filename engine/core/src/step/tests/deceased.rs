//! Rule 21, the death-aware guard: nobody who is known to be dead is ever a target, in no case of no workflow.

use jiff::Timestamp;

use super::super::new_case;
use super::{check_in, contact, given, office, text, workflow, world::World};
use crate::case::CaseId;
use crate::definition::ContactPolicy;
use crate::effect::{Effect, Message};
use crate::policy::{Disclosure, Dropped, Facts, HousePolicy, Look, Rule, Rules, last_look};
use crate::retention::{Erased, Stage, forget_case};
use crate::value::Value;

const MESSAGING: &str = "
contact_policy: {deceased: [cpr, holder]}
start: a
states:
  a:
    do: [{sms: {to: family, template: hi}}]
    on: {sms.no_contact: {goto: done}, sms.suppressed: {goto: done}}
    after: {60 days: done}
  done: {end: unreached}
";

const TO_BADR: &str = "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Badr planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97339005678
timers: after 60 days Thu 11 Jul 2024 10:00
";

const TO_NOBODY: &str = "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` stopped: this person, number or address is known to be a deceased's
do: tell sms.no_contact
timers: after 60 days Thu 11 Jul 2024 10:00
entered “done”: `sms.no_contact`
the case ended: nobody reached
timers: none
stands: ended unreached
";

/// A contact with a personal number.
fn person(name: &str, mobile: &str, cpr: &str) -> Value {
    let Value::Record(mut record) = contact(name, mobile) else { panic!("a contact is a record") };
    record.insert("cpr".into(), text(cpr));
    Value::Record(record)
}

fn family(first: Value) -> Value {
    Value::List(vec![first, contact("Badr", "+97339005678")])
}

#[test]
fn rule_21_the_deceased_is_no_target_even_if_listed_again_as_a_relative() {
    let holder = || World::new(workflow(MESSAGING)).given("holder", text("+97333000000"));
    // By the number, and by the personal number with another telephone, in Arabic digits.
    check_in(holder().given("family", family(contact("Amna", "+97333000000"))), TO_BADR);
    check_in(holder().given("family", family(person("Amna", "+97336001234", "530445233"))), TO_BADR);
    check_in(holder().given("family", family(person("Amna", "+97336001234", "٥٣٠٤٤٥٢٣٣"))), TO_BADR);
    let only = Value::List(vec![person("Amna", "+97336001234", "530 445 233")]);
    check_in(holder().given("family", only), TO_NOBODY);
}

#[test]
fn rule_21_who_is_dead_by_any_other_case_is_no_target_here() {
    check_in(World::new(workflow(MESSAGING)).known_dead(&["+97336001234"]), TO_BADR);
    let person = family(person("Amna", "+97336001234", "400101234"));
    check_in(World::new(workflow(MESSAGING)).given("family", person).known_dead(&["400101234"]), TO_BADR);
    check_in(World::new(workflow(MESSAGING)).known_dead(&["+97336001234", "+97339005678"]), TO_NOBODY);
}

#[test]
fn rule_21_an_email_address_of_the_deceased_is_known_in_any_case_of_letters() {
    let by_email = MESSAGING.replace("sms: {to: family, template: hi}", "email: {to: family, template: mail}");
    let by_email = by_email.replace("sms.", "email.");
    check_in(
        World::new(workflow(&by_email)).known_dead(&["amna@example.bh"]).given("family", {
            let Value::Record(mut amna) = contact("Amna", "+97336001234") else { panic!() };
            amna.insert("email".into(), text("Amna@Example.BH"));
            family(Value::Record(amna))
        }),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
e-mail `mail` to Badr planned for Sun 12 May 2024 10:00
do: email 7.1.1 to badr@example.bh
timers: after 60 days Thu 11 Jul 2024 10:00
",
    );
}

#[test]
fn rule_21_a_death_that_is_learnt_later_stops_what_was_queued_before() {
    let opened = World::new(workflow(MESSAGING)).opened("2024-05-12 10:00");
    let Some(Effect::Message(message)) = opened.effects.first() else { panic!("a message was planned") };
    let (calendar, house, policy) = (office(), HousePolicy::default(), ContactPolicy::default());
    let look = |facts: &Facts, message: &Message| {
        let rules = Rules { calendar: &calendar, house: &house, workflow: &policy, facts };
        last_look(&opened.case, message, Disclosure::Anyone, &rules, opened.case.opened_at)
    };
    assert!(matches!(look(&Facts::default(), message), Look::Send { .. }));
    let known = |identity: &str| Facts { deceased: [identity.to_owned()].into(), ..Facts::default() };
    let stopped = Look::Drop(Dropped::Suppressed(Rule::Deceased));
    assert_eq!(look(&known("+97336001234"), message), stopped);
    let to_person = Message { person: "400101234".into(), ..(**message).clone() };
    assert_eq!(look(&known("400101234"), &to_person), stopped);
}

#[test]
fn fields_by_which_somebody_is_known_go_when_a_case_is_erased_whatever_they_are_called() {
    let mut workflow = workflow(&MESSAGING.replace("[cpr, holder]", "[note]"));
    workflow.policy.household = Some("parts".into());
    workflow.policy.never_to = vec!["meeting".into()];
    let mut data = given();
    data.insert("note".into(), text("A1234567"));
    data.insert("meeting".into(), text("+97333000000"));
    let mut case = new_case(&workflow, CaseId(7), data, Timestamp::UNIX_EPOCH);
    let erased = Erased { stage: Stage::People, at: Timestamp::UNIX_EPOCH };
    forget_case(&workflow, &mut case, erased, Some("~key".into()));
    assert_eq!(case.data.keys().collect::<Vec<_>>(), ["died"]);
}
