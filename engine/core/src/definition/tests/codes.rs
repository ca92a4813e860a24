//! A small mistake for each kind of finding: what is said, where, and what to do about it.

use super::*;
use crate::diagnostic::Code;

/// A sound workflow; the tests replace a part of it.
const SOUND: &str = "workflow: w
title: {ar: اختبار, en: Test}
calendar: office
languages: [ar, en]
case:
  key: [cpr]
  fields: {cpr: text, died: date, heir: {type: contact, optional: true}, family: contacts}
events: {paid: {}}
detect:
  register:
    schedule: '0 7 * * SUN-THU'
    from: register
    lookup: {kin: {in: people, where: {of: cpr}, many: true, as: {name: name}}}
    case: {cpr: cpr, died: died, family: kin}
start: first
anywhere: {on: {paid: {goto: done}}}
states:
  first:
    do: [{call: {queue: desk, to: family, script: hello}}]
    on:
      call.yes: {sms: {to: family, template: thanks}, goto: done}
    after: {30 days: done}
  done: {end: success}
";

const TEXTS: [(&str, &str); 4] = [
    ("messages/thanks.ar.txt", "شكرا"),
    ("messages/thanks.en.txt", "Thank you"),
    ("scripts/hello.ar.md", "السلام عليكم"),
    ("scripts/hello.en.md", "Hello"),
];

/// Fragments that no part of the sound workflow uses.
const FRAGMENTS: [(&str, &str); 9] = [
    (
        "fragments/unreached.yaml",
        "fragment: unreached\nwith: [then]\non: {call.silence: {again: 1 day, then: $then}}\n",
    ),
    ("fragments/silence.yaml", "fragment: silence\non: {call.silence: {goto: done}}\n"),
    ("fragments/paid.yaml", "fragment: paid\nevents: {refunded: {}}\nanywhere: {on: {refunded: {goto: done}}}\n"),
    ("fragments/slow.yaml", "fragment: slow\nuse: silence\non:\n  call.maybe: {again: 1 dayz, then: done}\n"),
    ("fragments/round.yaml", "fragment: round\nuse: about\ndo: []\n"),
    ("fragments/about.yaml", "fragment: about\nuse: round\ndo: []\n"),
    ("fragments/odd.yaml", "fragment: even\nwith: [a, a, b c, d]\non: {call.a: {goto: $e}}\nevents: {}\nstate: {}\n"),
    ("fragments/broken.yaml", "fragment: broken\non: [\n"),
    ("fragments/empty.yaml", "fragment: empty\n"),
];

fn beside() -> Vec<(&'static str, &'static str)> {
    TEXTS.into_iter().chain(FRAGMENTS).collect()
}

/// A mistake and what is said about it.
struct Mistake<'a> {
    /// A part of the workflow, or the path of a text.
    part: String,
    is_text: bool,
    instead: String,
    findings: Vec<&'a str>,
}

/// The mistakes of `findings.txt`: blocks between empty lines.
fn mistakes() -> Vec<Mistake<'static>> {
    let blocks = include_str!("findings.txt").split("\n\n").filter(|block| !block.starts_with('#'));
    blocks.map(mistake).collect()
}

fn mistake(block: &str) -> Mistake<'_> {
    let marked = |mark: char| {
        let lines = block.lines().filter_map(|line| line.strip_prefix(mark));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    };
    let is_text = block.starts_with('@');
    let findings = block
        .lines()
        .filter(|line| line.contains(".yaml:") || line.contains(".txt:") || line.contains(".md:"))
        .collect();
    Mistake { part: marked(if is_text { '@' } else { '-' }), is_text, instead: marked('+'), findings }
}

fn found(mistake: &Mistake<'_>) -> Vec<String> {
    let Mistake { part, instead, .. } = mistake;
    if mistake.is_text {
        let texts = TEXTS.map(|(path, text)| (path, if path == part { instead.as_str() } else { text }));
        return lines(&Workflow::load(&bundle(SOUND, &texts), &house()).1);
    }
    assert!(SOUND.contains(part.as_str()), "`{part}` is not in the workflow");
    load(&SOUND.replacen(part.as_str(), instead, 1))
}

fn load(workflow: &str) -> Vec<String> {
    let mut house = house();
    house.fragments = FRAGMENTS.map(|(path, _)| path["fragments/".len()..path.len() - 5].to_owned()).into();
    lines(&Workflow::load(&bundle(workflow, &beside()), &house).1)
}

#[test]
fn the_sound_workflow_has_no_finding() {
    assert_eq!(load(SOUND), [""; 0]);
}

#[test]
fn each_mistake_is_found_in_its_place_with_what_to_do_about_it() {
    let mistakes = mistakes();
    assert!(mistakes.len() >= 110, "only {} mistakes were read", mistakes.len());
    let differs = |mistake: &Mistake<'_>| {
        let found = found(mistake);
        let report = format!("- {}\n+ {}\n{}\n", mistake.part, mistake.instead, found.join("\n"));
        (found != mistake.findings).then_some(report)
    };
    let different: Vec<String> = mistakes.iter().filter_map(differs).collect();
    assert!(different.is_empty(), "what is found, where it differs:\n\n{}", different.join("\n"));
}

#[test]
fn every_kind_of_finding_has_a_mistake_that_shows_it() {
    let mistakes = mistakes();
    let shown = |code: &Code| {
        let word = format!(" {code} ");
        mistakes.iter().flat_map(|mistake| &mistake.findings).any(|finding| finding.contains(&word))
    };
    let unseen: Vec<&Code> = Code::ALL.iter().filter(|code| !shown(code)).collect();
    // Scenarios have their own tests.
    assert_eq!(unseen, [&Code::BadScenario, &Code::ScenarioFails]);
}
