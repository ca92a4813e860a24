//! Made-up workflows: small, odd, and sound more often than not.

use std::collections::BTreeMap;

use crate::definition::Bundle;

/// Choices taken from bytes, so that a failing test shrinks; the first of each when they are used up.
pub(super) struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Choices<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    pub(super) fn one_in(&mut self, often: usize) -> bool {
        self.below(often) == often - 1
    }

    fn of_these<'t>(&mut self, those: &[&'t str]) -> &'t str {
        those[self.below(those.len())]
    }
}

const EVENTS: [&str; 19] = [
    "call.a",
    "sms.failed",
    "paid",
    "call.no_contact",
    "sms.undelivered",
    "call.b",
    "email.failed",
    "sms.no_contact",
    "call.suppressed",
    "sms.accepted",
    "sms.unconfirmed",
    "sms.uncertain",
    "sms.delivered",
    "sms.expired",
    "sms.suppressed",
    "sms.reply",
    "email.no_contact",
    "email.delivered",
    "case.updated",
];
const WAITS: [&str; 11] = [
    "3 days",
    "1 working day",
    "2 weeks",
    "5 working days",
    "1 month",
    "30 hours",
    "4 working hours",
    "10 working days",
    "20 working hours",
    "0 hours",
    "1 day",
];
const GUARDS: [&str; 5] =
    ["visits > 1", "reachable.sms", "attempts < 2", "days_between(died, today) < 3", "size(family) > 1"];
const CAPS: [&str; 7] = [
    "4 messages per case",
    "2 sms per case",
    "3 calls per case",
    "1 emails per case",
    "2 sms per person in 1 day",
    "5 call attempts per case in 10 days",
    "3 messages per person",
];

const HEAD: &str = "workflow: w
calendar: office
languages: [ar, en]
case:
  key: [cpr]
  fields: {cpr: text, died: {type: date, past: true}, family: contacts}
events: {paid: {keep: 20 days}}
start: s0
";

const TEXTS: [(&str, &str); 8] = [
    (
        "messages/long.ar.txt",
        "السلام عليكم {{ recipient.name | default(\"\") }}، هذه رسالة طويلة تتجاوز السبعين حرفا بقليل، {{ reference }}",
    ),
    ("messages/long.en.txt", "Hello"),
    ("messages/short.ar.txt", "السلام عليكم"),
    (
        "messages/short.en.txt",
        "Hello, this is a text that is made longer than a single part, so that the other language is the dearer one here and the cheaper one there; it goes on and on until it is long enough.",
    ),
    ("messages/letter.ar.txt", "الموضوع: سلام\n\nالسلام عليكم"),
    ("messages/letter.en.txt", "Subject: Hello\n\nHello"),
    ("scripts/hello.ar.md", "السلام عليكم"),
    ("scripts/hello.en.md", "Hello"),
];

/// A workflow made from bytes, with its texts.
pub(super) fn bundle(bytes: &[u8]) -> Bundle {
    let mut files = BTreeMap::from([("w.yaml".to_owned(), workflow(&mut Choices::of(bytes)))]);
    files.extend(TEXTS.iter().map(|(path, text)| (format!("w/{path}"), (*text).to_owned())));
    Bundle { name: "w".into(), files }
}

fn workflow(choices: &mut Choices<'_>) -> String {
    let states = 2 + choices.below(4);
    let caps: Vec<&str> = (0..choices.below(3)).map(|_| choices.of_these(&CAPS)).collect();
    let mut text = vec![format!("{HEAD}contact_policy: {{at_most: [{}]}}\n", caps.join(", "))];
    if choices.one_in(3) {
        text.push(format!("anywhere: {{on: {{{}}}}}\n", on(states, choices)));
    }
    text.push("states:\n".to_owned());
    for state in 0..states {
        text.push(format!("  s{state}:\n{}", body(states, choices)));
    }
    let reopen =
        if choices.one_in(3) { format!(", reopen: {{paid: {}}}", target(states, choices)) } else { String::new() };
    let last = if choices.one_in(2) { format!("do: [{}], ", action(choices)) } else { String::new() };
    text.push(format!("  done: {{{last}end: success{reopen}}}\n"));
    text.concat()
}

fn body(states: usize, choices: &mut Choices<'_>) -> String {
    let mut text = Vec::new();
    let actions: Vec<String> = (0..choices.below(3)).map(|_| action(choices)).collect();
    text.push(format!("    do: [{}]\n", actions.join(", ")));
    if choices.one_in(5) {
        let guarded = format!("{{when: '{}', goto: {}}}", choices.of_these(&GUARDS), target(states, choices));
        let always = choices.one_in(2).then(|| format!("{{goto: {}}}", target(states, choices)));
        let branches: Vec<String> = std::iter::once(guarded).chain(always.clone()).collect();
        text.push(format!("    next: [{}]\n", branches.join(", ")));
        if always.is_some() {
            return text.concat();
        }
    }
    let events: Vec<String> = (0..choices.below(4)).map(|_| on(states, choices)).collect();
    text.push(format!("    on: {{{}}}\n", events.join(", ")));
    if choices.one_in(3) {
        let most = if choices.one_in(3) { String::new() } else { format!("at_most: {}, ", 1 + choices.below(3)) };
        let guard = if choices.one_in(4) { format!("when: '{}', ", choices.of_these(&GUARDS)) } else { String::new() };
        text.push(format!("    every: {{{}: {{{most}{guard}{}}}}}\n", choices.of_these(&WAITS), inner(choices)));
    }
    text.push("    after:\n".to_owned());
    if choices.one_in(4) {
        let guard = choices.of_these(&GUARDS);
        text.push(format!(
            "      2 days: {{when: '{guard}', {}, goto: {}}}\n",
            inner(choices),
            target(states, choices)
        ));
    }
    if choices.one_in(4) {
        text.push(format!("      3 days after died: {}\n", target(states, choices)));
    }
    if choices.one_in(5) {
        text.push(format!("      36 hours: {{{}}}\n", inner(choices)));
    }
    text.push(format!("      {}: {}\n", choices.of_these(&WAITS), target(states, choices)));
    text.concat()
}

fn target(states: usize, choices: &mut Choices<'_>) -> String {
    let state = choices.below(states + 1);
    if state == 0 { "done".into() } else { format!("s{}", state - 1) }
}

/// An action without its braces: `sms: {…}`.
fn inner(choices: &mut Choices<'_>) -> String {
    let keep = if choices.one_in(4) { ", keep: true" } else { "" };
    match choices.below(5) {
        0 => format!("sms: {{to: family, template: long{keep}}}"),
        1 => format!("sms: {{to: family, template: short, expires: 1 day{keep}}}"),
        2 => format!("email: {{to: family, template: letter{keep}}}"),
        3 => format!("call: {{queue: desk, to: family, script: hello{keep}}}"),
        _ => format!("call: {{queue: desk, to: none, script: hello{keep}}}"),
    }
}

fn action(choices: &mut Choices<'_>) -> String {
    format!("{{{}}}", inner(choices))
}

/// An event with what answers it.
fn on(states: usize, choices: &mut Choices<'_>) -> String {
    let event = choices.of_these(&EVENTS);
    let ladder = choices.of_these(&WAITS);
    let is_outcome = ["call.a", "call.b"].contains(&event);
    let reaction = match choices.below(if is_outcome { 7 } else { 4 }) {
        0 => format!("{{goto: {}}}", target(states, choices)),
        1 => format!("{{{}, goto: {}}}", inner(choices), target(states, choices)),
        2 => format!("{{{}}}", inner(choices)),
        3 => format!("[{{when: '{}', goto: {}}}, {{stay: true}}]", choices.of_these(&GUARDS), target(states, choices)),
        4 => format!("{{again: [{ladder}, 1 day], then: {}}}", target(states, choices)),
        5 => format!("{{{}, again: {ladder}, then: {}}}", inner(choices), target(states, choices)),
        _ => format!("{{next: contact, then: {}}}", target(states, choices)),
    };
    format!("{event}: {reaction}")
}
