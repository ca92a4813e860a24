//! What a story may say, and what is said when it is not so.

use super::*;

/// Plays the steps of one story, below the usual top; the first difference, or nothing.
fn difference(steps: &str) -> Option<String> {
    difference_given("", steps)
}

fn difference_given(given: &str, steps: &str) -> Option<String> {
    let stage = Stage::new();
    let source = format!("{TOP}  - name: story\n    given: {{{given}}}\n    steps:\n{steps}");
    let (scenarios, report) = stage.read(&source);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    let played = play(&stage.workflow, &scenarios[0], stage.house());
    let (_, difference) = played.failure?;
    let written = source[difference.span.clone()].to_owned();
    Some(format!("`{written}`: expected {}, found {}", difference.expected.en(), difference.found.en()))
}

#[track_caller]
fn holds(steps: &str) {
    assert_eq!(difference(steps), None);
}

#[track_caller]
fn differs(steps: &str, expected: &str) {
    assert_eq!(difference(steps).as_deref(), Some(expected));
}

#[test]
fn a_call_is_open_from_its_hour_and_its_ladder_climbs() {
    holds(
        "
      - expect: {state: begin, ended: false, calls: [{queue: desk, to: '+97336001234', name: Isa, from: 2024-05-12 09:00, due: 2024-05-13 09:00, script: talk, language: en, attempt: 1, priority: normal, contains: Talk}], messages: []}
      - {after: 30 minutes, answer: no_answer, expect: {calls: [{from: 2024-05-12 16:00, attempt: 2}]}}
      - {at: 2024-05-12 16:10, answer: no_answer, expect: {became: applied, calls: [{from: 2024-05-14 09:00}]}}
      - {at: 2024-05-14 09:20, answer: no_answer, expect: {state: written, calls: []}}
",
    );
}

#[test]
fn a_message_leaves_at_its_hour_and_what_was_not_looked_at_is_still_new() {
    holds(
        "
      - {at: 2024-05-12 18:00, answer: no_answer}
      - {after: 1 working day, answer: no_answer}
      - {at: 2024-05-16 21:00, answer: no_answer, expect: {state: written, messages: []}}
      - {at: 2024-05-19 08:59, expect: {messages: [], deadlines: {every 3 days: 2024-05-19 21:00, after 7 days: 2024-05-23 21:00}}}
      - {at: 2024-05-19 09:00, expect: {state: written}}
      - {at: 2024-05-19 21:00, expect: {messages: [{channel: sms, template: word, to: '+97336001234', at: 2024-05-19 09:00, language: en, contains: [A word, about]}]}}
      - {at: 2024-05-20 12:00, expect: {messages: [{at: 2024-05-20 09:00}], deadlines: {after 7 days: 2024-05-23 21:00}}}
      - {at: 2024-05-23 21:00, expect: {state: done, ended: success, standing: ended, deadlines: {}}}
",
    );
}

#[test]
fn receipts_and_replies_go_to_the_last_message_and_never_backwards() {
    let agreed = "      - {answer: agreed, with: {heir: {name: Sara, mobile: '+97336005678', language: ar}}}\n";
    holds(&format!(
        "{agreed}
      - {{receipt: delivered, expect: {{state: written, messages: [{{to: '+97336005678', language: ar}}]}}}}
      - {{receipt: undelivered, expect: {{messages: []}}}}
      - {{reply: thank you, expect: {{state: written, became: not_applicable}}}}
      - {{reply: 'who are you?', expect: {{state: begin}}}}
"
    ));
    holds(&format!(
        "{agreed}
      - {{receipt: {{is: undelivered, template: word}}, expect: {{messages: [{{channel: sms}}, {{channel: email, subject: A letter, to: isa@example.bh}}]}}}}
"
    ));
    // Doubts are told once each, and a report that comes after all still counts.
    holds(&format!(
        "{agreed}
      - {{receipt: uncertain, expect: {{became: applied}}}}
      - {{receipt: unconfirmed, expect: {{became: applied}}}}
      - {{receipt: undelivered, expect: {{messages: [{{channel: sms}}, {{channel: email}}]}}}}
"
    ));
    differs(
        &format!(
            "{agreed}      - receipt: unconfirmed\n      - {{receipt: unconfirmed, expect: {{became: applied}}}}\n"
        ),
        "`applied`: expected applied, found nothing",
    );
    differs(
        "      - receipt: delivered\n",
        "`delivered`: expected a step that can be taken, found no message that has left",
    );
}

#[test]
fn an_event_at_the_due_instant_wins_and_what_no_state_takes_waits() {
    holds(
        "
      - {at: 2024-05-22 09:00, event: paid, data: {sum: 12.5}, expect: {state: done, became: applied}}
      - {after: 1 day, event: paid, expect: {became: late}}
      - {after: 1 day, event: asked, expect: {state: begin, ended: false}}
",
    );
    holds(
        "
      - {event: asked, expect: {state: begin, became: deferred}}
      - {after: 1 hour, answer: agreed, with: {heir: {name: Sara, mobile: '+97336005678'}}, expect: {state: begin}}
",
    );
}

#[test]
fn a_case_on_hold_does_nothing_until_it_is_resumed() {
    holds(
        "
      - {hold: the minister asks, expect: {standing: held}}
      - {at: 2024-06-30 12:00, expect: {state: begin, messages: []}}
      - {answer: no_answer, expect: {became: refused}}
      - {resume: true, expect: {state: done, ended: success}}
",
    );
    holds("      - {close: duplicate, expect: {ended: duplicate, calls: []}}\n");
}

#[test]
fn a_refusal_or_an_incident_that_the_story_does_not_speak_of_is_a_difference() {
    differs(
        "      - {answer: no_answer}\n      - {hold: why}\n      - {answer: no_answer}\n",
        "`no_answer`: expected a case that takes it, found refused: the case is held; resume it, or mend and retry, first",
    );
    differs(
        "      - {event: paid}\n      - {answer: no_answer}\n",
        "`no_answer`: expected a step that can be taken, found no open call",
    );
    let steps = "
      - {answer: agreed, with: {heir: {name: Sara, mobile: '+97336005678'}}}
      - {at: 2024-05-15 09:00, expect: {state: written}}
";
    let found = "incident in guard of every 3 days: `1 / (kwh ?? 1)` divides by zero";
    let difference = difference_given("kwh: 0", steps).unwrap_or_default();
    assert!(difference.ends_with(&format!("expected a case that moves, found {found}")), "{difference}");
    let mended = format!(
        "{}      - {{skip: mended in the next version, expect: {{standing: open}}}}\n",
        steps.replace("{state: written}", "{standing: incident}")
    );
    assert_eq!(difference_given("kwh: 0", &mended), None);
}

#[test]
fn the_first_difference_is_named_at_its_place() {
    for (expect, expected) in [
        ("{ended: false, state: done}", "`done`: expected done, found begin"),
        ("{ended: success}", "`success`: expected success, found a case that goes on"),
        ("{calls: []}", "`calls`: expected no open call, found 1 open call: desk +97336001234 2024-05-12 09:00"),
        ("{calls: [{to: '+97336005678'}]}", "`'+97336005678'`: expected to +97336005678, found +97336001234"),
        (
            "{calls: [{due: 2024-05-13 10:00}]}",
            "`2024-05-13 10:00`: expected due 2024-05-13 10:00, found 2024-05-13 09:00",
        ),
        ("{calls: [{contains: Taks}]}", "`Taks`: expected contains “Taks”, found Talk"),
        ("{messages: [{}, {}]}", "`messages`: expected 2 messages, found no message"),
        ("{deadlines: {}}", "`deadlines`: expected no other deadline, found after 10 days 2024-05-22 09:00"),
        (
            "{deadlines: {after 7 days: 2024-05-22 09:00}}",
            "`2024-05-22 09:00`: expected after 7 days 2024-05-22 09:00, found nothing",
        ),
        ("{standing: held}", "`held`: expected held, found open"),
    ] {
        differs(&format!("      - expect: {expect}\n"), expected);
    }
}

#[test]
fn a_failing_story_is_told_up_to_the_difference_in_both_languages() {
    let stage = Stage::new();
    let source = format!("{TOP}  - name: story\n    steps:\n      - expect: {{calls: []}}\n      - event: paid\n");
    let (scenarios, _) = stage.read(&source);
    let played = play(&stage.workflow, &scenarios[0], stage.house());
    let finding = played.finding(&scenarios[0]).unwrap();
    let expected =
        "11:18 W051 “story” fails: expected no open call, found 1 open call: desk +97336001234 2024-05-12 09:00";
    assert_eq!(line(&finding, &source), expected);
    let told = |language| {
        let teller = crate::history::Teller { workflow: &stage.workflow, calendar: &stage.calendar, language };
        played.timeline(&teller)
    };
    let lines = told("en");
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert_eq!(lines[0], "  Sun 12 May 2024 09:00  case opened by hand");
    assert!(lines[3].starts_with("▸ Sun 12 May 2024 09:00  expected no open call, found 1 open call"), "{lines:#?}");
    assert!(told("ar")[3].contains("المتوقع: لا مكالمة مفتوحة؛ والواقع: مكالمة مفتوحة واحدة"), "{:?}", told("ar")[3]);
}

#[test]
fn coverage_says_what_no_story_touches() {
    let stage = Stage::new();
    let (scenarios, _) = stage.read(&format!("{TOP}  - name: story\n    steps:\n      - {{event: paid}}\n"));
    let gaps = play(&stage.workflow, &scenarios[0], stage.house()).coverage.gaps(&stage.workflow);
    assert_eq!((gaps.states.covered(), gaps.states.all, gaps.states.percent()), (2, 3, 66));
    assert_eq!((gaps.texts.covered(), gaps.texts.all), (1, 6));
    let missing: Vec<String> = gaps.transitions.missing.iter().map(|one| stage.workflow.describe(*one)).collect();
    let expected = [
        "begin: on call.agreed → written",
        "begin: on call.no_answer",
        "begin: on call.no_answer, then → written",
        "begin: on call.wrong_number",
        "begin: on call.wrong_number, then → done",
        "begin: after 10 days → done",
        "written: on sms.undelivered",
        "written: on sms.reply when reply.contains(\"?\") → begin",
        "written: on asked → begin",
        "written: every 3 days",
        "written: after 7 days → done",
        "done: reopen on asked → begin",
    ];
    assert_eq!(missing, expected);
    assert_eq!(gaps.percent(), 7);
}
