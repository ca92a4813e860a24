//! Small workflows and what is said of their worst case.

use super::super::prove;
use crate::definition::Workflow;
use crate::definition::tests::{bundle, house};

const HEAD: &str = "workflow: w
calendar: office
languages: [en]
case: {key: [cpr], fields: {cpr: text, died: {type: date, past: true}, hearing: date, family: contacts}}
events: {paid: {}, asked: {}}
start: one
";

const TEXTS: [(&str, &str); 3] = [
    ("messages/hi.en.txt", "Hello"),
    ("messages/letter.en.txt", "Subject: Hello\n\nHello"),
    ("scripts/call.en.md", "Hello"),
];

/// The bounds of a workflow that are not `0`, one a line, below the states that it has.
fn bounds(states: &str) -> String {
    let (workflow, report) = Workflow::load(&bundle(&format!("{HEAD}{states}"), &TEXTS), &house());
    let workflow = workflow.unwrap_or_else(|| panic!("{}", report.render(false)));
    let house = house();
    let bounds = prove(&workflow, &house.calendars["office"], &house.texts).bounds;
    let lines = bounds.lines("en").into_iter().filter(|line| line.most != "0");
    lines.map(|line| format!("{}: {}: {}", line.name, line.most, line.why)).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_example_has_the_bounds_that_stand_below_it() {
    let mut wrong = Vec::new();
    for block in include_str!("examples.txt").split("\n---\n").skip(1) {
        let (states, expected) = block.split_once("\n\n").unwrap();
        let states: Vec<&str> = states.lines().filter(|line| !line.starts_with('#')).collect();
        let states = states.join(
            "
",
        ) + "
";
        let found = bounds(&states);
        if found.trim_end() != expected.trim_end() {
            wrong.push(format!("{states}\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "these are found instead:\n{}", wrong.join("---\n"));
}
