//! One file with many different mistakes: one run finds each of them once, in its place.

use super::*;

const MISTAKES: &str = r#"workflow: w
title: {en: Test}
calendar: ofice
languages: [ar, en]
colour: green
case:
  key: [cpr, account]
  fields:
    cpr: {type: text, pattern: '[0-9'}
    died: {type: date}
    kwh: {type: numbr}
    heir: {type: contact, optional: true}
    family: {type: contacts}
events:
  paid: {keep: 3 dayz}
detect:
  rows:
    schedule: "0 7 31 2 *"
    from: registry
    case: {}
contact_policy:
  quiet: {sms: at night}
  not_before: 3 days after cpr
  at_most: [1 sms per family, two calls per case]
start: frist
states:
  first:
    waiting_on: nobody
    do:
      - call: {queue: dask, to: famly, script: hello, due: 1 day}
      - sms: {to: family, template: nudge}
    on:
      call.yes: {ask: hair, goto: secnd}
      call.no: [{goto: second}, {when: 'heir.language == "ar"', goto: second}]
      call.later: {again: [4 working hours, soon], then: second}
      sms.read: {goto: second}
      piad: {goto: second}
    every:
      7 days: {at_most: 0, sms: {to: family, template: nudge}}
    after:
      30 days: {when: 'family.size() > 0 && heir.name.size() > "3"', goto: second}
  second:
    do:
      - set: {died: cpr, heir: 'family[0]'}
    on:
      call.yes: {stay: true}
      call.yes: {stay: true}
  turn: {next: [{goto: back}]}
  back: {next: [{goto: turn}]}
  end: {end: success, after: {1 day: first}}
"#;

#[test]
fn one_run_finds_every_mistake_of_a_file() {
    let texts = [
        ("messages/nudge.ar.txt", "السلام عليكم {{ heir.name }}"),
        ("scripts/hello.ar.md", "مرحبا"),
        ("scripts/hello.en.md", "Hello {{ hotlin }}"),
        ("messages/old.en.txt", "{{ cpr"),
    ];
    let (workflow, report) = Workflow::load(&bundle(MISTAKES, &texts), &house());
    assert!(workflow.is_none());
    let found = lines(&report).join("\n");
    assert_eq!(found, EXPECTED.trim(), "\n{found}");
}

const EXPECTED: &str = r#"
w.yaml:2:8 W022 the title has no text in `ar`
w.yaml:3:11 W014 there is no calendar `ofice` in `config/calendars` | did you mean `office`?
w.yaml:5:1 W003 a workflow has no key `colour`
w.yaml:7:14 W011 the case has no field `account` | known here: `cpr`, `died`, `heir`, `family`
w.yaml:9:32 W006 this is not a pattern: unclosed character class | for example '[0-9]{9}' for nine digits
w.yaml:11:17 W006 there is no type `numbr` | did you mean `number`?
w.yaml:15:16 W034 `3 dayz` is not a duration | did you mean `3 days`?
w.yaml:18:15 W033 `0 7 31 2 *` never comes: no month that it names has such a day | the last day of the month is `L`
w.yaml:19:11 W015 there is no source `registry` in `config/sources.yaml` | did you mean `register`?
w.yaml:22:16 W006 `at night` is neither `20:00-09:00` nor `outside calendar` | write hours such as "20:00-09:00", or `outside calendar`
w.yaml:23:28 W006 `cpr` is text; a wait counts from a date or a time
w.yaml:24:13 W006 a cap counts per person, per household or per case, not per `family` | write for example `1 sms per person in 3 days`, `6 messages per case` or `5 contacts per household in 7 days`
w.yaml:24:31 W006 a cap begins with a whole number, not with `two` | write for example `1 sms per person in 3 days`, `6 messages per case` or `5 contacts per household in 7 days`
w.yaml:25:8 W010 there is no state `frist` | did you mean `first`?
w.yaml:27:3 W031 a case could stay in `first` for ever: each `after` depends on a `when` or an optional field | add an `after` without `when`, such as `30 days: …`
w.yaml:28:17 W006 whose move it is cannot be `nobody` | known here: `us`, `family`, `court`
w.yaml:30:23 W016 there is no queue `dask` in `config/wasl.yaml` | did you mean `desk`?
w.yaml:30:33 W011 the case has no field `famly` | did you mean `family`?
w.yaml:31:37 W022 `nudge` has no text in `en` | add the file `w/messages/nudge.en.txt`
w.yaml:33:23 W011 the case has no field `hair` | did you mean `heir`?
w.yaml:33:35 W010 there is no state `secnd` | did you mean `second`?
w.yaml:34:33 W035 this reaction never wins: one before it always fits
w.yaml:35:45 W034 `soon` is not a duration: it begins with no number | write a whole number and a unit: `3 working days`, `24 hours`, `2 weeks`
w.yaml:36:7 W017 sms has no news `read` | known here: `accepted`, `delivered`, `undelivered`, `unconfirmed`, `uncertain`, `failed`, `expired`, `suppressed`, `reply`, `no_contact`
w.yaml:37:7 W017 there is no event `piad` | did you mean `paid`?
w.yaml:39:25 W006 `at_most` must be between 1 and 1000
w.yaml:41:45 W020 `heir.name` may be absent here | test it first with `has(heir.name) && …`
w.yaml:41:45 W020 `heir.name.size()` is a whole number, `"3"` is text: they cannot be compared
w.yaml:42:3 W031 a case could stay in `second` for ever: no time leads out of it | add for example `after: {30 days: …}`, or `end: …` if the case is over here
w.yaml:44:21 W020 this must be a date; it is text
w.yaml:46:7 W017 `call.yes` cannot come: `second` makes no call | add a `call` to `do`, or take this out
w.yaml:47:7 W002 `call.yes` is written twice here; the first is on line 46 | keep one of the two
w.yaml:48:3 W030 no transition leads to `turn` | lead to it from somewhere, or take it out
w.yaml:48:3 W032 a case could turn without waiting: turn → back → turn | let one of these states wait with `after`, or take a branch out
w.yaml:49:3 W030 no transition leads to `back` | lead to it from somewhere, or take it out
w.yaml:50:3 W030 no transition leads to `end` | lead to it from somewhere, or take it out
w.yaml:50:23 W035 `after` never comes about: a case that enters `end` is over
w/messages/nudge.ar.txt:1:17 W021 `heir.name` has no value | ask for it with `{% if heir.name %}`, or give other words with `{{ heir.name | default("…") }}`
w/messages/old.en.txt:1:1 W021 the template cannot be read: unexpected end of input, expected end of variable block
w/messages/old.en.txt:1:1 W037 no state uses `old` | name it in an action, or delete its files
w/scripts/hello.en.md:1:10 W021 there is no `hotlin` to put here | did you mean `hotline`?
"#;
