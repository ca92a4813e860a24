//! Whatever a file says, reading it ends with a workflow or with findings, never with a panic.

use proptest::prelude::*;

use super::fragments::LADDER;
use super::model::{SMALL, TEXTS};
use super::*;

/// Loading ends; a workflow comes exactly when there is no error; every place lies in its file.
fn ends_well(workflow: &str, texts: &[(&str, &str)]) {
    let bundle = bundle(workflow, texts);
    for (workflow, report) in [Workflow::load(&bundle, &house()), Workflow::load_pinned(&bundle)] {
        assert_eq!(workflow.is_none(), report.has_errors());
        for finding in &report.findings {
            let source = &report.sources[&finding.file];
            assert!(source.get(finding.span.clone()).is_some(), "{finding:?}");
        }
        let _ = report.render(false);
    }
}

/// A fragment that uses another one.
const SHARED: &str = "fragment: shared
title: {ar: مشترك, en: Shared}
events:
  refunded: {title: {ar: رد المبلغ, en: Refunded}}
anywhere:
  on:
    refunded: {goto: returned}
states:
  returned:
    use: {ladder: {then: returned, wait: 1 day}}
    waiting_on: us
    after: {2 days: done}
";

/// What happens to a line.
#[derive(Clone, Debug)]
enum Change {
    Delete,
    Duplicate,
    Indent,
    Swap,
    Cut(usize),
    Become(String),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Delete),
        Just(Change::Duplicate),
        Just(Change::Indent),
        Just(Change::Swap),
        (0_usize..60).prop_map(Change::Cut),
        "[a-z {}\\[\\]:'\"?ء-ي0-9.,-]{0,30}".prop_map(Change::Become),
    ]
}

fn apply(text: &str, at: usize, change: &Change) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = at % lines.len().max(1);
    match change {
        Change::Delete => drop(lines.remove(at)),
        Change::Duplicate => lines.insert(at, lines[at].clone()),
        Change::Indent => lines[at].insert(0, ' '),
        Change::Swap => {
            let last = lines.len() - 1;
            lines.swap(at, last.min(at + 1));
        }
        Change::Cut(length) => lines[at] = lines[at].chars().take(*length).collect(),
        Change::Become(text) => lines[at].clone_from(text),
    }
    lines.join("\n") + "\n"
}

proptest! {
    #[test]
    fn any_text_ends_well(text in "\\PC{0,200}", template in "\\PC{0,80}") {
        ends_well(&text, &[("messages/a.ar.txt", &template)]);
    }

    #[test]
    fn a_changed_workflow_ends_well(changes in prop::collection::vec((0_usize..200, change()), 1..4)) {
        let text = changes.iter().fold(SMALL.to_owned(), |text, (at, change)| apply(&text, *at, change));
        ends_well(&text, &TEXTS);
    }

    #[test]
    fn a_changed_fragment_ends_well(changes in prop::collection::vec((0_usize..20, change()), 1..4)) {
        let workflow = SMALL.replace("\nstart:", "\nuse: shared\nstart:");
        prop_assert!(workflow.contains("use: shared"));
        let fragment = changes.iter().fold(SHARED.to_owned(), |text, (at, change)| apply(&text, *at, change));
        let texts: Vec<(&str, &str)> =
            TEXTS.into_iter().chain([("fragments/shared.yaml", fragment.as_str()), ("fragments/ladder.yaml", LADDER)]).collect();
        ends_well(&workflow, &texts);
    }

    #[test]
    fn values_of_any_shape_end_well(
        at in 0_usize..60,
        value in prop::sample::select(vec!["null", "[]", "{}", "[[x]]", "{a: {b: c}}", "true", "-7", "1.5", "''", "x y", "*a", "|\n  x"]),
    ) {
        let mut lines: Vec<String> = SMALL.lines().map(str::to_owned).collect();
        let at = at % lines.len();
        if let Some((key, _)) = lines[at].split_once(": ") {
            lines[at] = format!("{key}: {value}");
        }
        ends_well(&lines.join("\n"), &TEXTS);
    }
}
