//! Pieces that workflows share: what becomes of them, and who wins.

use super::*;
use crate::definition::fragment;

/// A workflow that says `TOP` at its top and `STATE` in its state.
const FRAME: &str = "workflow: w
title: {ar: اختبار, en: Test}
calendar: office
languages: [ar, en]
case:
  key: [cpr]
  fields: {cpr: text, family: contacts}
TOP
start: first
states:
  first:
    do: [{call: {queue: desk, to: family, script: hello}}]
STATE
  done: {end: success}
";

const SCRIPTS: [(&str, &str); 2] = [("scripts/hello.ar.md", "السلام عليكم"), ("scripts/hello.en.md", "Hello")];

/// The workflow that a frame makes with fragments and texts.
#[track_caller]
fn made(top: &str, state: &str, beside: &[(&str, &str)]) -> Workflow {
    let state = state.lines().map(|line| ["    ", line, "\n"].concat()).collect::<String>();
    let workflow = FRAME.replace("TOP\n", top).replace("STATE\n", &state);
    let beside: Vec<(&str, &str)> = SCRIPTS.into_iter().chain(beside.iter().copied()).collect();
    let (workflow, report) = Workflow::load(&bundle(&workflow, &beside), &house());
    assert!(report.findings.is_empty(), "{}", report.render(false));
    workflow.unwrap()
}

/// What the first state does, shortly.
fn first(workflow: &Workflow) -> Vec<String> {
    let state = &workflow.states[0];
    let on = state.on.iter().map(|handler| format!("{} {:?}", handler.event, handler.reactions[0].then));
    let after = state.after.iter().map(|after| after.name.to_string());
    on.chain(after).collect()
}

/// What becomes of a call that reaches nobody; the rest is filled in.
pub(super) const LADDER: &str = "fragment: ladder
title: {ar: لم نصل إليهم, en: Not reached}
with: [then, wait]
on:
  call.no_answer: {again: [4 working hours, $wait], then: $then}
  call.wrong_number: {next: contact, then: $then}
after: {10 days: $then}
";

#[test]
fn a_state_that_uses_a_fragment_is_the_state_that_says_it_all_itself() {
    let used = "use: {ladder: {then: done, wait: 1 day}}";
    let written = "on:
  call.no_answer: {again: [4 working hours, 1 day], then: done}
  call.wrong_number: {next: contact, then: done}
after: {10 days: done}";
    let used = made("", used, &[("fragments/ladder.yaml", LADDER)]);
    assert_eq!(first(&used), first(&made("", written, &[])));
}

#[test]
fn what_the_state_says_itself_wins_event_by_event_and_else_key_by_key() {
    let state = "use: {ladder: {then: done, wait: 1 day}}
on: {call.no_answer: {goto: done}}
after: {5 days: done}";
    let workflow = made("", state, &[("fragments/ladder.yaml", LADDER)]);
    let expected =
        ["call.no_answer Goto(StateId(1))", "call.wrong_number NextContact { then: Some(StateId(1)) }", "after 5 days"];
    assert_eq!(first(&workflow), expected);
}

#[test]
fn a_workflow_takes_events_policy_and_whole_states_and_those_may_use_fragments_in_turn() {
    let ends = "fragment: ends
events: {paid: {}}
contact_policy: {at_most: [3 messages per case], never_to: [cpr]}
anywhere: {on: {paid: {goto: closed}}}
states:
  closed: {end: success}
  waiting: {use: patience}
  done: {end: refused}
";
    let patience = "fragment: patience\nafter: {2 days: closed}\n";
    let beside = [("fragments/ends.yaml", ends), ("fragments/patience.yaml", patience)];
    let top = "use: ends\ncontact_policy: {at_most: [2 messages per case]}\n";
    let workflow = made(top, "after: {1 day: waiting}\non: {call.yes: {goto: done}}", &beside);
    let names: Vec<&str> = workflow.states.iter().map(|state| state.name.as_str()).collect();
    assert_eq!(names, ["first", "done", "closed", "waiting"]);
    assert_eq!(workflow.states[1].end.as_deref(), Some("success"), "the workflow's own `done` wins");
    assert_eq!(workflow.states[3].after.len(), 1);
    assert_eq!(workflow.policy.at_most[0].limit, 2);
    assert_eq!(workflow.policy.never_to, ["cpr"]);
    assert_eq!(workflow.anywhere[0].event, "paid");
}

#[test]
fn texts_beside_a_fragment_belong_to_those_who_use_it_and_a_workflow_may_word_them_anew() {
    let fragment = "fragment: word\nwith: [to]\non: {call.no: {sms: {to: $to, template: respect}, goto: done}}\n";
    let shared = [
        ("fragments/word.yaml", fragment),
        ("fragments/word/messages/respect.ar.txt", "شكرا"),
        ("fragments/word/messages/respect.en.txt", "Thank you"),
        ("fragments/word/messages/other.en.txt", "Not used here"),
    ];
    let state = "use: {word: {to: family}}\nafter: {1 day: done}";
    let english = |workflow: &Workflow| workflow.templates["respect"]["en"].source().to_owned();
    assert_eq!(english(&made("", state, &shared)), "Thank you");
    let own = [("messages/respect.ar.txt", "شكرا لكم"), ("messages/respect.en.txt", "We thank you")];
    let both: Vec<(&str, &str)> = shared.into_iter().chain(own).collect();
    assert_eq!(english(&made("", state, &both)), "We thank you");
}

#[test]
fn two_fragments_with_a_text_of_the_same_name_are_told_so() {
    let beside = [
        ("fragments/a/messages/word.en.txt", "One"),
        ("fragments/b/messages/word.en.txt", "Other"),
        SCRIPTS[0],
        SCRIPTS[1],
    ];
    let workflow = FRAME.replace("TOP\n", "").replace("STATE\n", "    after: {1 day: done}\n");
    let (_, report) = Workflow::load(&bundle(&workflow, &beside), &house());
    assert_eq!(
        lines(&report),
        [
            "fragments/b/messages/word.en.txt:1:1 W042 the text `word` is in `fragments/a/messages` as well | give one of \
          the two another name, or put yours beside the workflow, which wins over both"
        ]
    );
}

#[test]
fn a_finding_in_a_fragment_shows_its_own_line_once_and_every_use() {
    let ladder = LADDER.replace("4 working hours", "4 workin hours");
    let workflow = FRAME.replace("TOP\n", "").replace(
        "STATE\n",
        "    use: {ladder: {then: second, wait: 1 day}}\n  second:\n    do: [{call: {queue: desk, to: family, script: \
         hello}}]\n    use: {ladder: {then: done, wait: 1 day}}\n",
    );
    let beside = [SCRIPTS[0], SCRIPTS[1], ("fragments/ladder.yaml", ladder.as_str())];
    let (workflow, report) = Workflow::load(&bundle(&workflow, &beside), &house());
    assert!(workflow.is_none());
    let text = report.render(false);
    let expected = "fragments/ladder.yaml:5:28: error[W034]: `4 workin hours` is not a duration
5 |   call.no_answer: {again: [4 workin hours, $wait], then: $then}
  |                            ^^^^^^^^^^^^^^
   = used by the state `first`: w.yaml:12:11
   = used by the state `second`: w.yaml:15:11
   = help: did you mean `4 working hours`?
";
    assert_eq!(text, expected, "\n{text}");
    let json = serde_json::to_value(report.to_json()).unwrap();
    assert_eq!(json[0]["related"][1]["line"], 15);
}

#[test]
fn a_version_in_the_database_is_complete_and_an_edited_fragment_makes_another_one() {
    let beside = [SCRIPTS[0], SCRIPTS[1], ("fragments/ladder.yaml", LADDER)];
    let workflow = FRAME.replace("TOP\n", "").replace("STATE\n", "    use: {ladder: {then: done, wait: 1 day}}\n");
    let version = bundle(&workflow, &beside);
    assert!(Workflow::load_pinned(&version).0.is_some());
    let edited = bundle(&workflow, &[SCRIPTS[0], SCRIPTS[1], ("fragments/ladder.yaml", &LADDER.replace("10", "9"))]);
    assert_ne!(version.hash(), edited.hash());
}

#[test]
fn the_fragments_that_a_file_names_are_known_before_it_is_checked() {
    let source = "use: [a, {b: {x: y}}]\nstates:\n  one: {use: c}\n  two: {use: {d: {}, e: , ../f: }}\n  three: 3\n";
    assert_eq!(fragment::named_in(source).into_iter().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    assert!(fragment::named_in("use: [").is_empty());
}

/// Each fragment uses the next one twice: 2⁴⁰ pieces if nobody counted.
#[test]
fn fragments_that_double_without_end_are_refused_at_once() {
    let doubling = |level: usize, say: &str| {
        format!(
            "fragment: f{level}\nwith: [x]\nuse: [{{f{0}: {{x: [$x, $x]}}}}, {{f{0}: {{x: [$x, $x]}}}}]\n{say}",
            level + 1
        )
    };
    let files: Vec<(String, String)> = (0..40)
        .map(|level| (format!("fragments/f{level}.yaml"), doubling(level, "do: $x\n")))
        .chain([("fragments/f40.yaml".to_owned(), "fragment: f40\nwith: [x]\ndo: $x\n".to_owned())])
        .collect();
    let beside: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let workflow = FRAME.replace("TOP\n", "").replace("STATE\n", "    use: {f0: {x: 1}}\n");
    let (workflow, report) = Workflow::load(&bundle(&workflow, &beside), &house());
    assert!(workflow.is_none());
    assert!(lines(&report).iter().any(|line| line.contains("W043")), "{}", report.render(false));
}

#[test]
fn every_key_of_a_fragments_head_is_read() {
    let head = [("fragment", "f"), ("title", "{ar: جزء, en: A piece}"), ("with", "[then]"), ("use", "[]")];
    let file = |nonsense: &str| {
        let lines = head.map(|(key, value)| format!("{key}: {}\n", if key == nonsense { "[[[]]]" } else { value }));
        lines.concat() + "after: {10 days: $then}\n"
    };
    let found = |nonsense: &str| {
        let workflow = FRAME.replace("TOP\n", "").replace("STATE\n", "    use: {f: {then: done}}\n");
        let beside: Vec<(&str, &str)> = SCRIPTS.into_iter().collect();
        let mut bundle = bundle(&workflow, &beside);
        bundle.files.insert("fragments/f.yaml".into(), file(nonsense));
        Workflow::load(&bundle, &house()).1.findings.len()
    };
    assert_eq!(found(""), 0, "{}", file(""));
    for (key, _) in head {
        assert!(found(key) > 0, "nobody reads `{key}`");
    }
}
