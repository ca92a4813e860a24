//! The ladder of contact points: which number of a person is tried next, and what becomes of it.

use super::{check_in, text, workflow, world::World};
use crate::delivery::Channel;
use crate::value::{Record, Value};

const CALLING: &str = "
contact_policy: {quiet: {sms: '20:00-09:00'}}
start: a
states:
  a:
    do: [{call: {queue: desk, to: family, script: hello}}]
    on:
      call.no_answer: {again: [4 working hours, 1 working day, 1 working day, 1 working day], then: done}
      call.call_back: {again: at meeting ?? now}
      call.wrong_number: {next: contact, then: done}
      call.no_contact: {goto: done}
      call.reached: {verify: contact, stay: true}
      paid: {sms: {to: family, template: hi}}
    after: {60 days: done}
  done: {end: success}
";

fn point(cpr: Option<&str>, name: &str, mobile: &str, more: &[(&str, &str)]) -> Value {
    let mut members = Record::from([("name".into(), text(name)), ("mobile".into(), text(mobile))]);
    members.extend(cpr.map(|cpr| ("cpr".to_owned(), text(cpr))));
    members.extend(more.iter().map(|(name, word)| ((*name).to_owned(), text(word))));
    Value::Record(members)
}

const ONE: &str = "+97336000001";
const TWO: &str = "+97336000002";
const BADR: &str = "+97339005678";

/// Amna with two numbers, and Badr between them.
fn family(first: &[(&str, &str)], second: &[(&str, &str)]) -> World {
    let amna = Some("840101234");
    let family =
        vec![point(amna, "Amna", ONE, first), point(None, "Badr", BADR, &[]), point(amna, "Amna", TWO, second)];
    World::new(workflow(CALLING)).given("family", Value::List(family))
}

/// The numbers that are called, one after the other, each answered as given.
fn called(world: World, answers: &[&str]) -> Vec<String> {
    let inputs: Vec<String> = std::iter::once("2024-05-12 09:30 open".to_owned())
        .chain(answers.iter().zip(13..).map(|(answer, day)| format!("2024-05-{day} 09:30 answer {answer}")))
        .collect();
    let told = world.story(&inputs.iter().map(String::as_str).collect::<Vec<_>>());
    let calls = told.split("call 7.").skip(1).filter_map(|rest| rest.split(" to ").nth(1));
    calls.filter_map(|to| to.split([',', '\n']).next()).map(str::to_owned).collect()
}

#[test]
fn a_failure_demotes_the_number_and_the_next_try_goes_to_the_person_s_next_one() {
    let tries = ["no_answer", "no_answer", "no_answer"];
    // Neither the person nor her turn is given up: Badr is not rung for it, and both numbers take turns.
    assert_eq!(called(family(&[], &[]), &tries), [ONE, TWO, ONE, TWO]);
    assert_eq!(called(family(&[], &[("confidence", "high")]), &tries[..1]), [TWO, ONE]);
    assert_eq!(called(family(&[("confidence", "low")], &[]), &tries[..1]), [TWO, ONE]);
    assert_eq!(called(family(&[], &[("disclosure", "verified")]), &tries[..1]), [TWO, ONE]);
    assert_eq!(called(family(&[("confidence", "high")], &[("disclosure", "verified")]), &[]), [TWO], "verified first");
}

#[test]
fn a_wrong_number_is_given_up_and_its_person_only_with_the_last_one() {
    assert_eq!(called(family(&[], &[]), &["wrong_number", "wrong_number"]), [ONE, TWO, BADR]);
}

#[test]
fn whoever_asks_to_be_rung_again_was_reached_on_that_number() {
    assert_eq!(called(family(&[], &[]), &["call_back", "call_back"]), [ONE, ONE, ONE]);
}

#[test]
fn several_contacts_without_personal_numbers_are_several_persons() {
    let world = World::new(workflow(CALLING)).given(
        "family",
        Value::List(vec![point(None, "Amna", ONE, &[]), point(None, "Badr", BADR, &[("confidence", "high")])]),
    );
    assert_eq!(called(world, &["no_answer"]), [ONE, ONE], "the family is tried in its order");
}

#[test]
fn a_fixed_line_that_the_source_names_gets_no_text() {
    check_in(
        family(&[("class", "fixed")], &[]),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
call to Amna planned in queue `desk` from Sun 12 May 2024 10:00 (attempt 1)
do: call 7.1.1 to +97336000001
timers: after 60 days Thu 11 Jul 2024 10:00
> 2024-05-12 10:05 event paid
SMS `hi` to Amna planned for Sun 12 May 2024 10:05
do: sms 7.1.2 to +97336000002
",
    );
}

#[test]
fn news_of_a_text_say_something_of_the_number_for_texts_alone() {
    let inputs = [
        "2024-05-12 10:00 open",
        "2024-05-12 10:05 event paid",
        "2024-05-12 10:06 receipt accepted",
        "2024-05-12 10:07 receipt undelivered",
    ];
    let case = family(&[], &[]).after(&inputs);
    let news = crate::policy::point_news(&case, Channel::Sms, ONE).unwrap();
    assert_eq!((news.outcome.as_str(), news.failed, news.suspect), ("undelivered", true, false));
    assert_eq!(crate::policy::point_news(&case, Channel::Call, ONE), None);
    let next = family(&[], &[]).story(&[&inputs[..], &["2024-05-13 10:00 event paid"]].concat());
    assert!(next.ends_with(&format!("sms 7.1.3 to {TWO}")), "{next}");
}

#[test]
fn a_number_whose_texts_nobody_confirms_is_suspected_to_block_us_until_one_arrives() {
    let blocked = [
        "2024-05-12 10:00 open",
        "2024-05-12 10:05 event paid",
        "2024-05-12 10:06 receipt accepted",
        "2024-05-15 10:06 blocked",
    ];
    let told = family(&[], &[]).story(&blocked);
    assert!(told.ends_with("those to others are: our sender may be blocked there"), "{told}");
    let case = family(&[], &[]).after(&blocked);
    let points = crate::policy::points(&case);
    let order: Vec<&str> = points.iter().map(|point| point.address).collect();
    assert_eq!(order, [ONE, TWO, BADR], "for calls nothing has changed");
    let (channel, news) = points[0].news[0];
    assert_eq!((channel, news.outcome.as_str(), news.suspect), (Channel::Sms, "unconfirmed", true));
    let next = family(&[], &[]).story(&[&blocked[..], &["2024-05-16 10:00 event paid"]].concat());
    assert!(next.ends_with(&format!("sms 7.1.3 to {TWO}")), "{next}");
    let arrived = family(&[], &[]).after(&[&blocked[..], &["2024-05-16 10:00 receipt delivered"]].concat());
    assert!(!crate::policy::point_news(&arrived, Channel::Sms, ONE).unwrap().suspect, "a late report clears it");
}
