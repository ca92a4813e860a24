//! What a small workflow becomes.

use super::*;
use crate::delivery::OnUncertain;
use crate::value::Type;

pub(crate) const SMALL: &str = r#"
workflow: w
title: {en: Test, ar: اختبار}
calendar: office
languages: [ar, en]
case:
  key: [cpr]
  fields:
    cpr: {type: text, personal: true}
    died: {type: date, past: true}
    heir: {type: contact, optional: true}
    family: {type: contacts}
events:
  paid: {fields: {by: {type: text, optional: true}}}
detect:
  register:
    schedule: "0 7 * * SUN-THU"
    from: register
    lookup:
      first: {in: people, where: {of: cpr}}
      kin: {in: people, where: {of: cpr}, many: true, as: {name: name, mobile: mobile}}
    screen: {unknown: first == null, second: first.rank != 1}
    case: {cpr: cpr, died: died, family: kin}
contact_policy:
  quiet: {call: outside calendar}
  not_before: 3 days after died
  at_most: 1 sms per person in 3 days
  never_to: [heir]
start: call
anywhere:
  on:
    paid: {when: 'event.by != null', goto: done}
states:
  call:
    waiting_on: family
    do:
      - call: {queue: desk, to: heir ?? family ?? "+97317000000", script: hello, due: 1 working day, priority: high}
    on:
      call.yes: {ask: heir, verify: [contact, heir], sms: {to: heir, template: thanks, keep: true, on_uncertain: resend}, set: {died: today}, goto: done}
      call.later: {again: at answer.when}
      call.no_answer: {again: [4 working hours, 2 days], then: done}
      call.wrong: {next: contact, then: done}
      sms.reply: [{when: reply matches "stop", goto: done}, {stay: true}]
    every:
      7 days: {at_most: 2, when: reachable.sms, sms: {to: family, template: thanks, expires: 2 days}}
    after:
      3 days after died: {when: visits > 1, goto: done}
      1 month: done
  done: {end: success, reopen: {paid: call}}
"#;

pub(crate) const TEXTS: [(&str, &str); 4] = [
    (
        "messages/thanks.ar.txt",
        "شكرا {% if heir %}{% if heir.name %}{{ heir.name }}{% endif %}{% endif %} {{ hotline }}",
    ),
    ("messages/thanks.en.txt", "Thank you {{ recipient.name | default(\"\") }} {{ hotline }}"),
    ("scripts/hello.ar.md", "السلام عليكم {{ reference }}"),
    ("scripts/hello.en.md", "Hello, it is {{ today | date }}"),
];

pub(crate) fn small() -> Workflow {
    let (workflow, report) = Workflow::load(&bundle(SMALL, &TEXTS), &house());
    assert!(report.findings.is_empty(), "{}", report.render(false));
    workflow.unwrap()
}

fn handler<'w>(state: &'w State, event: &str) -> &'w Handler {
    state.on.iter().find(|handler| handler.event == event).unwrap()
}

#[test]
fn names_become_ids_and_defaults_are_filled_in() {
    let workflow = small();
    let (call, state) = workflow.state_named("call").unwrap();
    let (done, end) = workflow.state_named("done").unwrap();
    assert_eq!(workflow.start, call);
    assert_eq!((state.waiting_on, end.waiting_on), (WaitingOn::Family, WaitingOn::Us));
    assert!(state.title.is_empty());
    assert_eq!(end.end.as_deref(), Some("success"));
    assert_eq!(end.reopen, [("paid".to_owned(), call)]);
    assert_eq!(workflow.events["paid"].keep, Duration::Days(90));
    assert_eq!(workflow.languages, ["ar", "en"]);
    assert!(matches!(workflow.anywhere[0].reactions[0].then, Then::Goto(to) if to == done));
    assert_eq!(workflow.templates["thanks"].len(), 2);
    assert_eq!(workflow.scripts["hello"]["ar"].language(), "ar");
}

#[test]
fn a_recipient_is_a_list_of_alternatives() {
    let workflow = small();
    let Action::Call(call) = &workflow.states[0].enter[0] else { panic!("a call") };
    let field = |name: &str| Target::Field(name.to_owned());
    assert_eq!(call.to, [field("heir"), field("family"), Target::Address("+97317000000".into())]);
    assert_eq!((call.queue.as_str(), call.priority, call.keep), ("desk", Priority::High, false));
    assert_eq!(call.due, Some(Duration::WorkingDays(1)));
}

#[test]
fn a_field_that_is_asked_for_must_be_answered_and_is_kept() {
    let workflow = small();
    let reaction = &handler(&workflow.states[0], "call.yes").reactions[0];
    let [ask] = reaction.ask.as_slice() else { panic!("one ask") };
    assert!(ask.stored && !ask.field.optional && ask.field.ty == Type::contact());
    // In the order of the file.
    let [Action::Send(send), Action::Set(set)] = reaction.actions.as_slice() else { panic!("sms, set") };
    assert!(send.keep && send.channel == Channel::Sms);
    assert_eq!(send.on_uncertain, Some(OnUncertain::Resend));
    assert_eq!((set[0].0.as_str(), set[0].1.source()), ("died", "today"));
}

#[test]
fn again_at_an_answer_asks_for_that_time() {
    let workflow = small();
    let reaction = &handler(&workflow.states[0], "call.later").reactions[0];
    let [ask] = reaction.ask.as_slice() else { panic!("one ask") };
    assert_eq!((ask.field.name.as_str(), &ask.field.ty, ask.stored), ("when", &Type::Time, false));
    let Then::Again { rungs, then: None } = &reaction.then else { panic!("again") };
    assert!(matches!(rungs.as_slice(), [Rung::At(program)] if program.source() == "answer.when"));
}

#[test]
fn a_ladder_has_rungs_and_a_place_to_go_after_the_last() {
    let workflow = small();
    let (done, _) = workflow.state_named("done").unwrap();
    let reaction = &handler(&workflow.states[0], "call.no_answer").reactions[0];
    let Then::Again { rungs, then } = &reaction.then else { panic!("again") };
    assert_eq!(*then, Some(done));
    let [Rung::After(first), Rung::After(second)] = rungs.as_slice() else { panic!("two rungs") };
    assert_eq!((*first, *second), (Duration::WorkingHours { minutes: 240 }, Duration::Days(2)));
    let wrong = &handler(&workflow.states[0], "call.wrong").reactions[0];
    assert!(matches!(wrong.then, Then::NextContact { then: Some(to) } if to == done));
}

#[test]
fn timers_are_named_as_written_and_may_count_from_a_field() {
    let workflow = small();
    let state = &workflow.states[0];
    assert_eq!(state.every[0].name, "every 7 days");
    assert_eq!((state.every[0].at_most, state.every[0].every), (Some(2), Duration::Days(7)));
    let names: Vec<_> = state.after.iter().map(|after| (after.name.as_str(), after.from.as_deref())).collect();
    assert_eq!(names, [("after 3 days after died", Some("died")), ("after 1 month", None)]);
}

#[test]
fn the_contact_policy_is_read() {
    let policy = small().policy;
    assert_eq!(policy.quiet[&Channel::Call], Quiet::OutsideCalendar);
    assert_eq!(policy.not_before, Some((Duration::Days(3), "died".into())));
    let cap = parse_cap("1 sms per person in 3 days").unwrap();
    assert_eq!((policy.at_most, policy.never_to), (vec![cap], vec!["heir".to_owned()]));
}

#[test]
fn a_detection_knows_its_lookups_and_what_screening_ruled_out() {
    let detect = &small().detect[0];
    assert_eq!((detect.name.as_str(), detect.from.as_str()), ("register", "register"));
    let lookups: Vec<_> = detect.lookups.iter().map(|lookup| (lookup.name.as_str(), lookup.many)).collect();
    assert_eq!(lookups, [("first", false), ("kin", true)]);
    assert_eq!(detect.lookups[0].on, [("of".to_owned(), "cpr".to_owned())]);
    let screen: Vec<_> = detect.screen.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(screen, ["unknown", "second"]);
}

#[test]
fn a_pinned_version_needs_no_surroundings() {
    let (workflow, report) = Workflow::load_pinned(&bundle(SMALL, &TEXTS));
    assert!(report.findings.is_empty(), "{}", report.render(false));
    assert!(workflow.unwrap().detect.is_empty());
}

#[test]
fn every_file_is_in_the_report_for_its_readers() {
    let bundle = bundle(SMALL, &TEXTS);
    let (_, report) = Workflow::load(&bundle, &house());
    assert_eq!(report.sources, bundle.files);
}

#[test]
fn caps_are_sentences() {
    use CapPer::{Case, Household, Person};
    use Channel::{Call, Email, Sms};
    for (text, limit, of, per, within) in [
        ("1 sms per person in 3 days", 1, &[Sms][..], Person, Some(Duration::Days(3))),
        ("6 messages per case", 6, &[Sms, Email], Case, None),
        ("5 call attempts per case", 5, &[Call], Case, None),
        ("2 calls per person in 1 working day", 2, &[Call], Person, Some(Duration::WorkingDays(1))),
        ("3 emails per person in 7 days", 3, &[Email], Person, Some(Duration::Days(7))),
        ("5 contacts per household in 7 days", 5, &Channel::ALL, Household, Some(Duration::Days(7))),
        ("3 calls and sms per household", 3, &[Call, Sms], Household, None),
    ] {
        let of = of.iter().copied().collect();
        assert_eq!(parse_cap(text), Ok(Cap { limit, of, per, within, text: text.into() }));
    }
    for (text, why) in [
        ("1 sms", "`1 sms` does not say `per person`, `per household` or `per case`"),
        ("one sms per case", "a cap begins with a whole number, not with `one`"),
        ("1 letter per case", "a cap counts calls, sms, emails, messages or contacts, not `letter`"),
        ("1 sms per family", "a cap counts per person, per household or per case, not per `family`"),
        ("1 per case", "`1 per case` does not say what it counts"),
        ("1 sms per case in 3 dayz", "`3 dayz` is not a duration"),
        ("1 sms per case in 0 days", "a cap in no time at all caps nothing"),
    ] {
        assert_eq!(parse_cap(text), Err(why.to_owned()));
    }
}
