//! The table of the grammar against the decoders: what it lists is read, and what is read is listed.

use std::collections::BTreeSet;

use super::trees::tree;
use super::*;
use crate::definition::scope::{MESSAGE_WORDS, event_kind};
use crate::grammar::held::gaps;
use crate::grammar::{FILES, Mapping, STATE, Shape, WORKFLOW};

/// A workflow in which every key of the language stands.
const EVERYTHING: &str = include_str!("everything.yaml");

const TEXTS: [(&str, &str); 8] = [
    ("messages/thanks.ar.txt", "شكرا"),
    ("messages/thanks.en.txt", "Thank you"),
    ("messages/thanks-email.ar.txt", "الموضوع: شكر\n\nشكرا"),
    ("messages/thanks-email.en.txt", "Subject: Thanks\n\nThank you"),
    ("scripts/hello.ar.md", "السلام عليكم"),
    ("scripts/hello.en.md", "Hello"),
    ("fragments/refunds.yaml", "fragment: refunds\nevents: {refunded: {}}\nanywhere: {on: {refunded: {stay: true}}}\n"),
    ("fragments/patience.yaml", "fragment: patience\nwith: [wait, then]\nafter: {$wait: $then}\n"),
];

fn load(workflow: &str) -> Vec<String> {
    lines(&Workflow::load(&bundle(workflow, &TEXTS), &house()).1)
}

#[test]
fn every_key_of_the_grammar_is_read() {
    assert_eq!(gaps(EVERYTHING, &Shape::Map(&WORKFLOW), load), [""; 0]);
}

#[test]
fn a_key_that_must_be_there_is_missed() {
    for mapping in FILES.iter().flat_map(|file| file.shape.mappings()) {
        let mut decoder = crate::decode::Decoder::new("w.yaml", "{}");
        decoder.known_entries(&tree("{}"), "this", mapping);
        let required = mapping.keys.iter().filter(|key| key.required).count();
        assert_eq!(decoder.findings.len(), required, "{}", mapping.name);
    }
}

#[test]
fn the_grammar_names_the_events_that_the_engine_knows() {
    let Some(Shape::Each(on)) = Mapping::key(&STATE, "on").map(|key| key.shape) else { panic!("`on` has entries") };
    let listed: BTreeSet<String> = on.known.iter().map(|event| event.word.to_owned()).collect();
    let messages = ["sms", "email"].iter().flat_map(|by| MESSAGE_WORDS.map(|word| format!("{by}.{word}")));
    let others = ["case.updated", "call.no_contact", "call.suppressed"].map(str::to_owned);
    assert_eq!(listed, messages.chain(others).collect());
    assert!(listed.iter().all(|name| event_kind(name).is_some()));
}
