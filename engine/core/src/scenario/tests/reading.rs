//! Every mistake of a file at once, with its place and what to do.

use super::*;

#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let (_, report) = Stage::new().read(source);
    let found: Vec<String> = report.findings.iter().map(|finding| line(finding, source)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_good_file_is_read_without_a_word() {
    check(&format!("{TOP}  - {{name: nothing happens, steps: []}}\n"), &[]);
}

#[test]
fn every_mistake_of_a_file_is_found_in_one_run() {
    let source = "\
start: 2024-05-12
given: {cpr: 12, dead: 2024-05-05, died: 2031-01-01, contacts: [{nam: x}]}
scenarios:
  - name: first
    steps:
      - {at: 2024-05-12 09:30, anser: agreed}
      - {answer: agred}
      - {event: payd}
      - {receipt: read}
      - {reply: yes please, channel: call}
      - {hold: why, resume: true}
      - {with: {heir: {}}, event: paid}
      - {after: 3 dayz}
      - {at: 2024-05-11 08:00}
      - expect: {stat: begin, state: begn, standing: closed, became: lost}
      - expect: {calls: [{queue: dsk, untill: x}], messages: [{channel: call, template: wort, language: fr, at: soon}]}
      - expect: {deadlines: {after 7 day: 2024-05-19 09:00}}
      - {answer: agreed, with: {son: x, heir: 12}}
      - {event: paid, data: {sum: much}}
      - {update: {kwhs: 1}}
  - {name: first, steps: []}
  - {steps: []}
";
    check(
        source,
        &[
            "1:8 W006 `2024-05-12` is not a time | write day and time, such as `2024-05-12 09:30`",
            "2:14 W006 `cpr` does not match `[0-9]{9}`",
            "2:18 W011 the case has no field `dead` | did you mean `died`?",
            "2:42 W006 `died` lies in the future",
            "2:66 W011 a contact has no `nam` | did you mean `name`?",
            "6:32 W003 a step has no key `anser` | did you mean `answer`?",
            "7:18 W017 no call has the outcome `agred` | did you mean `agreed`?",
            "8:17 W017 the workflow declares no event `payd` | did you mean `paid`?",
            "9:19 W006 no gateway reports `read` | known here: `accepted`, `delivered`, `undelivered`, `unconfirmed`, `uncertain`, `failed`",
            "10:38 W006 nobody answers by `call` | known here: `sms`, `email`",
            "11:21 W006 a step does one thing; `resume` is the second | make it a step of its own",
            "12:10 W006 `with` goes with `answer`, which this step does not say",
            "13:17 W034 `3 dayz` is not a duration | did you mean `3 days`?",
            "14:14 W050 this is before 2024-05-12 09:30, where the story has got to | put the steps in the order of their times",
            "15:18 W003 `expect` has no key `stat` | did you mean `state`?",
            "15:38 W010 there is no state `begn` | did you mean `begin`?",
            "15:54 W006 no case is `closed` | known here: `open`, `held`, `incident`, `ended`",
            "15:70 W006 no event becomes `lost` | known here: `applied`, `deferred`, `not_applicable`, `late`, `given_up`, `refused`, `incident`",
            "16:34 W016 no call goes to the queue `dsk` | did you mean `desk`?",
            "16:39 W003 a call has no key `untill` | known here: `queue`, `to`, `name`, `from`, `due`, `script`, `language`, `attempt`, `priority`, `contains`",
            "16:73 W006 no message goes by `call` | known here: `sms`, `email`",
            "16:89 W012 there is no text `wort` | did you mean `word`?",
            "16:105 W050 the workflow does not speak `fr` | did you mean `ar`?",
            "16:113 W006 `soon` is not a time | write day and time, such as `2024-05-12 09:30`",
            "17:30 W050 no state waits `after 7 day` | did you mean `after 7 days`?",
            "18:33 W011 the outcome `agreed` has no field `son` | known here: `heir`",
            "18:47 W006 `heir` is not a contact",
            "19:35 W006 `sum` is not a number",
            "20:19 W011 the case has no field `kwhs` | did you mean `kwh`?",
            "21:12 W002 there is another scenario of this name on line 4",
            "22:5 W004 a scenario needs `name`",
        ],
    );
}

#[test]
fn shapes_are_looked_at_even_where_the_workflow_itself_cannot_be_read() {
    let source = "scenarios:\n  - {name: x, start: 2024-05-12 09:00, steps: [{anser: y}, {at: 2024-05-11 09:00}]}\n";
    let (scenarios, report) = read(&bundle(source), None);
    let found: Vec<String> = report.findings.iter().map(|finding| line(finding, source)).collect();
    assert!(scenarios.is_empty());
    let expected = [
        "2:49 W003 a step has no key `anser` | did you mean `answer`?",
        "2:65 W050 this is before 2024-05-12 09:00, where the story has got to | put the steps in the order of their times",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_a_story_says_itself_comes_before_what_its_file_says() {
    let stage = Stage::new();
    let source = format!("{TOP}  - {{name: own, start: 2024-05-13 10:00, given: {{cpr: '000000001'}}, steps: []}}\n");
    let (scenarios, report) = stage.read(&source);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    assert_eq!(scenarios[0].given["cpr"], "000000001".into());
    assert_eq!(scenarios[0].start.to_string(), "2024-05-13T07:00:00Z");
    assert!(!scenarios[0].given["contacts"].is_null());
}
