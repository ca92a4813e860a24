//! A workflow as a Mermaid state diagram.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wasl_core::definition::{Handler, State, StateId, Then, Workflow};

/// Stands for every state that is not an end.
const ANYWHERE: &str = "anywhere_";

/// Draws a workflow. Transitions between the same two states share an arrow.
pub(super) fn mermaid(workflow: &Workflow, language: &str) -> String {
    let mut text = String::from("stateDiagram-v2\n    direction TB\n");
    for state in &workflow.states {
        let title = if state.title.is_empty() { state.name.as_str() } else { state.title.get(language) };
        let _ = writeln!(text, "    state \"{}\" as {}", escape(title), id(&state.name));
    }
    if !workflow.anywhere.is_empty() {
        let title = if language == "ar" { "أي حالة مفتوحة" } else { "any state that is not an end" };
        let _ = writeln!(text, "    state \"{title}\" as {ANYWHERE}");
    }
    let _ = writeln!(text, "    [*] --> {}", id(&workflow.state(workflow.start).name));
    for ((from, to), labels) in arrows(workflow) {
        let _ = writeln!(text, "    {from} --> {to} : {}", escape(&labels.join(" / ")));
    }
    text
}

type Arrows = BTreeMap<(String, String), Vec<String>>;

fn arrows(workflow: &Workflow) -> Arrows {
    let mut arrows = Arrows::new();
    for state in &workflow.states {
        let from = id(&state.name);
        for (label, to) in ways_out(state) {
            add(&mut arrows, &from, id(&workflow.state(to).name), label);
        }
        if let Some(outcome) = &state.end {
            add(&mut arrows, &from, "[*]".into(), outcome.clone());
        }
    }
    for (label, to) in workflow.anywhere.iter().flat_map(by_event) {
        add(&mut arrows, ANYWHERE, id(&workflow.state(to).name), label);
    }
    arrows
}

fn add(arrows: &mut Arrows, from: &str, to: String, label: String) {
    let labels = arrows.entry((from.to_owned(), to)).or_default();
    if !labels.contains(&label) {
        labels.push(label);
    }
}

/// Every way out of a state, with what takes it.
fn ways_out(state: &State) -> Vec<(String, StateId)> {
    let decided = state.next.iter().map(|branch| match &branch.when {
        Some(guard) => (format!("if {}", guard.source()), branch.goto),
        None => ("otherwise".to_owned(), branch.goto),
    });
    let by_time = state.after.iter().filter_map(|after| Some((after.name.clone(), after.goto?)));
    let reopened = state.reopen.iter().map(|(event, to)| (format!("reopened by {event}"), *to));
    decided.chain(state.on.iter().flat_map(by_event)).chain(by_time).chain(reopened).collect()
}

fn by_event(handler: &Handler) -> Vec<(String, StateId)> {
    let ways = handler.reactions.iter().filter_map(|reaction| {
        let (label, to) = match &reaction.then {
            Then::Goto(to) => (handler.event.clone(), *to),
            Then::Again { then: Some(to), .. } => (format!("{} once too often", handler.event), *to),
            Then::NextContact { then: Some(to) } => (format!("{}, nobody left", handler.event), *to),
            Then::Stay | Then::Again { then: None, .. } | Then::NextContact { then: None } => return None,
        };
        Some((label, to))
    });
    ways.collect()
}

/// A name that Mermaid takes.
fn id(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Text that Mermaid shows as it is.
fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' | '#' | ':' | ';' | '<' | '>' | '&' => format!("#{};", u32::from(c)),
            '\n' => " ".into(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::{Settings, surroundings};

    #[test]
    fn the_shipped_workflow_is_drawn_with_every_state() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let settings = Settings {
            calendars: root.join("config/calendars"),
            sources: root.join("config/sources.yaml"),
            ..Settings::default()
        };
        let bundle = wasl_runtime::engine::read_bundle(&root.join("workflows/account-transfer.yaml")).unwrap();
        let workflow = Workflow::load(&bundle, &surroundings(&settings).0).0.unwrap();
        let text = mermaid(&workflow, "en");
        for state in &workflow.states {
            assert!(text.contains(&format!("\" as {}\n", id(&state.name))), "{}", state.name);
        }
        assert!(text.starts_with("stateDiagram-v2\n") && text.contains("    [*] --> detection\n"), "{text}");
        assert!(text.contains("transfer_done --> [*] : success"), "{text}");
    }

    #[test]
    fn signs_that_mermaid_reads_are_escaped() {
        assert_eq!(escape("a == \"b\": c"), "a == #34;b#34;#58; c");
        assert_eq!(id("first-call"), "first_call");
    }
}
