//! The table of the grammar against the decoders: what it lists is read, and what is read is listed.

use std::collections::BTreeSet;

use super::trees::{name, tree, written};
use super::*;
use crate::definition::scope::{MESSAGE_WORDS, event_kind};
use crate::grammar::{Mapping, STATE, Shape, WORKFLOW};
use crate::yaml::{Kind, Node};

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

/// What no place of a workflow takes.
const NONSENSE: &str = "[[[]]]";

/// A key of the grammar that stands in a file: the mapping, the key, and its value.
type Seen<'n> = (&'static str, &'static str, &'n Node);

/// Every key of the grammar that stands in `node`, which is of the given shape.
fn seen<'n>(node: &'n Node, shape: &Shape, found: &mut Vec<Seen<'n>>) {
    match (shape, &node.kind) {
        (Shape::Map(mapping), Kind::Map(entries)) => {
            for (key, value) in entries {
                let Some(known) = mapping.key(name(key)) else { continue };
                found.push((mapping.name, known.name, value));
                seen(value, &known.shape, found);
            }
        }
        (Shape::Each(entries), Kind::Map(values)) => values.iter().for_each(|(_, v)| seen(v, &entries.value, found)),
        (Shape::OneOrMore(of), Kind::List(items)) => items.iter().for_each(|item| seen(item, of, found)),
        (Shape::OneOrMore(of), _) => seen(node, of, found),
        (Shape::Either(shapes), _) => shapes.iter().for_each(|shape| seen(node, shape, found)),
        _ => {}
    }
}

fn keys_of(workflow: &Node) -> Vec<Seen<'_>> {
    let mut found = Vec::new();
    seen(workflow, &Shape::Map(&WORKFLOW), &mut found);
    found
}

fn load(workflow: &str) -> Vec<String> {
    lines(&Workflow::load(&bundle(workflow, &TEXTS), &house()).1)
}

#[test]
fn a_workflow_with_every_key_loads_without_a_finding() {
    assert_eq!(load(EVERYTHING), [""; 0]);
    let workflow = tree(EVERYTHING);
    let written: BTreeSet<(&str, &str)> = keys_of(&workflow).into_iter().map(|(of, key, _)| (of, key)).collect();
    let mut missing = Vec::new();
    for mapping in Mapping::with_all_below(&WORKFLOW) {
        let names = mapping.names().filter(|key| !written.contains(&(mapping.name, *key)));
        missing.extend(names.map(|key| format!("{}.{key}", mapping.name)));
    }
    assert_eq!(missing, [""; 0], "everything.yaml lacks these");
}

#[test]
fn nonsense_behind_any_key_is_a_finding_so_each_key_is_read() {
    let workflow = tree(EVERYTHING);
    assert_eq!(load(&written(&workflow, None)), [""; 0]);
    for (mapping, key, place) in keys_of(&workflow) {
        assert!(!load(&written(&workflow, Some((place, NONSENSE)))).is_empty(), "nobody reads `{key}` of {mapping}");
    }
}

#[test]
fn a_key_that_must_be_there_is_missed() {
    for mapping in Mapping::with_all_below(&WORKFLOW) {
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
