//! Proving takes work in proportion to the workflow, not to the paths through it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::{Proof, prove};
use crate::definition::tests::house;
use crate::definition::{Bundle, Workflow};

/// A workflow of so many states, each with so many ways on by event; every state can lead to every layer below, and
/// back to the beginning if `turns`.
fn generated(states: usize, events: usize, turns: bool) -> String {
    let mut text = String::from("workflow: w\ncalendar: office\nlanguages: [en]\nstart: s0\n");
    text.push_str("contact_policy: {at_most: [2 messages per case]}\n");
    text.push_str("case: {key: [cpr], fields: {cpr: text, family: contacts}}\nstates:\n");
    for state in 0..states {
        let _ = writeln!(text, "  s{state}:\n    do: [{{sms: {{to: family, template: hello}}}}]\n    on:");
        for event in 0..events {
            let far = state + 1 + (state * 31 + event * 17) % 40;
            let to = if turns && event == 0 { 0 } else { far.min(states) };
            let _ = writeln!(text, "      call.e{event}: {{goto: s{to}}}");
        }
        let _ = writeln!(text, "    after: {{{} working days: s{}}}", 1 + state % 7, state + 1);
    }
    let _ = writeln!(text, "  s{states}: {{end: success}}");
    // The calls whose outcomes the events are.
    text.replacen("    do: [", "    do: [{call: {queue: desk, to: none, script: hello}}, ", usize::MAX)
}

fn proof(states: usize, events: usize, turns: bool) -> Proof {
    let files = [
        ("w.yaml", generated(states, events, turns)),
        ("w/messages/hello.en.txt", "Hello".to_owned()),
        ("w/scripts/hello.en.md", "Hello".to_owned()),
    ];
    let files: BTreeMap<String, String> = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
    let house = house();
    let (workflow, report) = Workflow::load(&Bundle { name: "w".into(), files }, &house);
    let workflow = workflow.unwrap_or_else(|| panic!("{}", report.render(false)));
    prove(&workflow, &house.calendars["office"], &house.texts)
}

#[test]
fn the_work_grows_with_the_transitions_and_not_with_the_paths() {
    for (states, events, turns) in [(50, 10, false), (500, 10, false), (500, 10, true)] {
        let proof = proof(states, events, turns);
        let transitions = states * (events + 1);
        // Two times, one silence, four counts and segments twice, each looking at an edge twice at the most.
        assert!(proof.looked <= 9 * 2 * transitions, "{} edges for {transitions} transitions", proof.looked);
        assert_eq!(proof.bounds.messages.most, Some(2));
        assert_eq!(proof.bounds.messages.asked.is_none(), turns);
        assert_eq!(proof.bounds.duration_whatever_comes.days.is_none(), turns);
        assert!(proof.bounds.duration.days.is_some());
    }
}
