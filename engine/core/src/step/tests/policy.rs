//! Rule 21, as far as the core knows: who may be contacted when and how often.

use super::{check, check_in, contact, office, text, workflow, world::World};
use crate::case::EffectId;
use crate::delivery::Channel;
use crate::effect::{Effect, Message};
use crate::event::Body;
use crate::policy::{Disclosure, Facts, HousePolicy, Look, Rules, last_look};
use crate::value::{Record, Value};

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
SMS `hi` stopped: the cap `2 messages per case` is reached: SMS on Sun 12 May 2024 10:00; SMS on Mon 13 May 2024 11:00
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
the case ended: nobody reached
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
> 2024-05-12 09:30 answer call_back when=2024-05-12T08:40
call: call_back
call to Amna planned in queue `desk` from Sun 12 May 2024 09:30, by Mon 13 May 2024 09:30 (attempt 2)
do: close 7.1.1 as call_back, call 7.1.2 to +97336001234
",
    );
}

#[test]
fn a_call_is_promised_for_a_day_that_is_to_come_and_not_in_years() {
    for (when, why) in [
        ("2023-05-13T17:00", "promised for `2023-05-13 17:00`, which has gone by"),
        ("2024-05-12T08:20", "which has gone by"),
        ("2099-05-14T10:00", "promised for `2099-05-14 10:00`, more than 92 days from now"),
    ] {
        let answer = format!("2024-05-12 09:30 answer call_back when={when}");
        let told = World::new(workflow(LADDER)).story(&["2024-05-12 09:00 open", &answer]);
        assert!(told.contains(why) && !told.contains("attempt 2"), "{when}: {told}");
    }
}

#[test]
fn a_contact_whom_a_person_names_can_be_reached_and_written_to() {
    let named = |members: &[(&str, &str)]| {
        let member = |(name, value): &(&str, &str)| ((*name).to_owned(), Value::from(*value));
        let heir = Value::Record(members.iter().map(member).collect());
        let task = EffectId("7.1.1".into());
        let body =
            Body::Answer { task, outcome: "agreed".into(), answers: Record::from([("heir".into(), heir)]), note: None };
        World::new(workflow(LADDER)).story_with("2024-05-12 09:00 open", "2024-05-12 09:30", body)
    };
    let good = [("name", "Ahmed"), ("mobile", "+97336001234"), ("language", "en")];
    let told = named(&good);
    assert!(told.contains("entered “done”"), "{told}");
    for (changed, why) in [
        (("mobile", "abc"), "`heir.mobile`: this is no number that can be rung"),
        (("mobile", ""), "`heir.mobile`: write a number or an e-mail address"),
        (("email", "nobody"), "`heir.email`: this is no e-mail address"),
        (("name", "\u{1b}\u{202e} "), "`heir.name`: write the name"),
        (("language", "zz"), "`heir.language`: texts are written in"),
        (("foo", "1"), "`heir.foo`: a contact has"),
    ] {
        let members: Vec<_> = good.iter().copied().filter(|(name, _)| *name != changed.0).chain([changed]).collect();
        let told = named(&members);
        assert!(told.contains(why) && !told.contains("entered “done”"), "{changed:?}: {told}");
    }
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

#[test]
fn rule_21_a_cap_per_household_counts_every_channel_and_case_and_says_what_used_it_up() {
    let cap = "2 contacts per household in 7 days";
    let family = |world: World| {
        // Badr was rung by another case of his family, a stranger by a case that is none.
        let world = world.of_household_elsewhere(Channel::Call, "+97339005678", "2024-05-11 10:00");
        world.telling_why()
    };
    let story = "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 10:00
> 2024-05-12 11:00 event paid
SMS `hi` to Amna planned for Sun 19 May 2024 09:00
do: sms 7.1.2 to +97336001234
because: the cap `2 contacts per household in 7 days` is used up: call on Sat 11 May 2024 10:00 (case 99); \
         SMS on Sun 12 May 2024 10:00
";
    let story = story.replace("\\\n         ", "");
    check_in(family(World::new(workflow(&messaging(&format!("at_most: [{cap}]"))))), &story);
    check_in(family(World::new(workflow(&messaging(""))).house(cap)), &story);
}

#[test]
fn rule_21_of_the_house_s_caps_and_the_workflow_s_the_stricter_wins() {
    for (house, own) in [
        ("1 contact per household in 3 days", "5 sms per person in 3 days"),
        ("9 sms per person", "1 sms per household in 3 days"),
    ] {
        let world = World::new(workflow(&messaging(&format!("at_most: [{own}]")))).house(house);
        let told = world.story(&["2024-05-12 10:00 open", "2024-05-12 11:00 event paid"]);
        assert!(told.contains("planned for Wed 15 May 2024 10:00"), "{told}");
    }
}

#[test]
fn rule_21_a_cap_that_stops_for_good_says_in_both_languages_what_used_it_up() {
    for (language, said) in [
        ("en", "the cap `1 contacts per household` is reached: call on Sat 11 May 2024 10:00 (case 99)"),
        ("ar", "بلغ الحد `1 contacts per household`: مكالمة السبت 11 مايو 2024 10:00 (الحالة 99)"),
    ] {
        let world = World::new(workflow(&messaging("at_most: [1 contacts per household]")));
        let world = world.of_household_elsewhere(Channel::Call, "+97339005678", "2024-05-11 10:00");
        let told = world.in_language(language).story(&["2024-05-12 10:00 open"]);
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn rule_21_what_the_house_never_contacts_is_passed_over_in_every_workflow() {
    check_in(
        World::new(workflow(&messaging(""))).house_never("+973 3600*"),
        "
> 2024-05-12 10:00 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Badr planned for Sun 12 May 2024 10:00
do: sms 7.1.1 to +97339005678
timers: after 60 days Thu 11 Jul 2024 10:00
",
    );
    let nobody = World::new(workflow(&messaging(""))).house_never("+9733*").story(&["2024-05-12 10:00 open"]);
    assert!(nobody.contains("stopped: this address belongs to someone who must never be contacted"), "{nobody}");
}

#[test]
fn rule_21_a_number_abroad_is_texted_by_the_clock_of_its_country() {
    let abroad = |number: &str, opened: &str| {
        let world = World::new(workflow(&messaging("quiet: {sms: '20:00-10:00'}")));
        let world = world.given("family", Value::List(vec![contact("Amna", number)])).telling_why();
        world.story(&[&format!("{opened} open")])
    };
    // 07:00 in London, where it is quiet until ten; 22:00 here is 20:00 there.
    let early = abroad("+447400123456", "2024-05-13 09:00");
    assert!(early.contains("planned for Mon 13 May 2024 12:00"), "{early}");
    let why = "because: outside the hours of the number's country `GB`, where it is Mon 13 May 2024 07:00; \
               next Mon 13 May 2024 12:00 here";
    assert!(early.contains(why), "{early}");
    let evening = abroad("+447400123456", "2024-05-13 21:30");
    assert!(evening.contains("planned for Mon 13 May 2024 21:30") && !evening.contains("because"), "{evening}");
    // Ten in the morning in Honolulu, and not yet eight in the evening in New York.
    let far = abroad("+12125550123", "2024-05-13 12:00");
    assert!(far.contains("planned for Mon 13 May 2024 23:00"), "{far}");
    assert!(far.contains("`US`, in all its 8 time zones"), "{far}");
}

#[test]
fn rule_21_a_call_abroad_needs_an_hour_that_is_ours_too() {
    let states = "
start: a
states:
  a:
    do: [{call: {queue: desk, to: family, script: hello}}]
    on: {call.suppressed: {goto: done}}
    after: {60 days: done}
  done: {end: success}
";
    let calling = |number: &str| {
        let world = World::new(workflow(states)).given("family", Value::List(vec![contact("Amna", number)]));
        world.story(&["2024-05-13 09:00 open"])
    };
    // Nine to one and four to seven on both clocks, two hours apart.
    let london = calling("+447400123456");
    assert!(london.contains("Mon 13 May 2024 11:00"), "{london}");
    let honolulu = calling("+12125550123");
    assert!(honolulu.contains("stopped: no hour suits both us and the country of the number"), "{honolulu}");
    assert!(honolulu.contains("stands: ended success"), "the workflow takes it from there: {honolulu}");
}

#[test]
fn rule_21_nothing_leaves_in_the_last_half_minute_of_its_hours() {
    let quiet = || workflow(&messaging("quiet: {sms: '20:00-10:00'}"));
    let (workflow, opened) = (quiet(), World::new(quiet()).opened("2024-05-13 10:00"));
    let Some(Effect::Message(message)) = opened.effects.first() else { panic!("a message was planned") };
    let (calendar, house, facts) = (office(), HousePolicy::default(), Facts::default());
    let rules = Rules { calendar: &calendar, house: &house, workflow: &workflow.policy, facts: &facts };
    let look = |at: &str, expires: Option<&str>| {
        let expires = expires.map(|at| at.parse().unwrap());
        let message = Message { expires, ..(**message).clone() };
        last_look(&opened.case, &message, Disclosure::Anyone, &rules, at.parse().unwrap())
    };
    let sent = Look::Send { until: Some("2024-05-13T17:00:00Z".parse().unwrap()) };
    assert_eq!(look("2024-05-13T16:59:30Z", None), sent);
    let Look::Wait { not_before, why } = look("2024-05-13T16:59:30.001Z", None) else { panic!("it waits") };
    assert_eq!(not_before, "2024-05-14T07:00:00Z".parse().unwrap());
    let why = why.unwrap();
    assert!(why.get("en").contains("next Tue 14 May 2024 10:00"), "{}", why.get("en"));
    // What would be too late tomorrow is tried all the same.
    assert_eq!(look("2024-05-13T16:59:45Z", Some("2024-05-14T06:00:00Z")), sent);
}
