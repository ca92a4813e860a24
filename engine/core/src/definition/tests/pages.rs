//! The pages of the reference tell the truth: each example yields its finding, mended it yields none.

use super::*;
use crate::diagnostic::{Block, Code, Diagnostic};
use crate::policy::HousePolicy;
use crate::scenario;
use crate::value::Record;

const INDEX: &str = include_str!("../../../../../docs/findings.md");

/// Codes whose findings come from elsewhere than from loading a workflow.
const ELSEWHERE: [Code; 0] = [];

const TEXTS: [(&str, &str); 4] = [
    ("messages/follow-up.ar.txt", "نحن في عونكم. الرقم المرجعي {{ reference }}."),
    ("messages/follow-up.en.txt", "We are here to help. Reference {{ reference }}."),
    ("scripts/first-call.ar.md", "السلام عليكم"),
    ("scripts/first-call.en.md", "Good morning"),
];

/// The files that an example is about.
type Files = BTreeMap<String, String>;

fn small() -> Files {
    let workflow = INDEX.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut files = Files::from([("w.yaml".to_owned(), workflow.to_owned())]);
    files.extend(TEXTS.map(|(path, text)| (format!("w/{path}"), text.to_owned())));
    files
}

/// The files with the changes that the blocks of a section show.
fn with(mut files: Files, blocks: &[Block]) -> Files {
    for block in blocks {
        let Block::File { path, text } = block else { continue };
        let (path, text) = match path {
            Some(path) if path.starts_with("fragments/") => ((*path).to_owned(), (*text).to_owned()),
            Some(path) => (format!("w/{path}"), (*text).to_owned()),
            None => ("w.yaml".to_owned(), overlay(&files["w.yaml"], text)),
        };
        files.insert(path, text);
    }
    files
}

/// `part` over `whole`: its entries take the place of those of the same name, one level deep and within mappings two.
fn overlay(whole: &str, part: &str) -> String {
    let mut sections = entries(whole, "");
    for (key, text) in entries(part, "") {
        let place = sections.iter_mut().find(|(name, _)| *name == key);
        match place {
            Some((_, old)) if old.starts_with(&format!("{key}:\n")) && text.starts_with(&format!("{key}:\n")) => {
                *old = inner(&key, old, &text);
            }
            Some((_, old)) => *old = text,
            None => sections.push((key, text)),
        }
    }
    sections.into_iter().map(|(_, text)| text).collect()
}

/// The entries of one section, those of `part` in place of those of the same name.
fn inner(key: &str, whole: &str, part: &str) -> String {
    let body = |text: &str| text.split_once('\n').map(|(_, body)| body.to_owned()).unwrap();
    let mut own = entries(&body(whole), "  ");
    for (name, text) in entries(&body(part), "  ") {
        match own.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = text,
            None => own.push((name, text)),
        }
    }
    let body: String = own.into_iter().map(|(_, text)| text).collect();
    format!("{key}:\n{body}")
}

/// The entries of a block mapping that is indented by `indent`, each with its whole text.
fn entries(text: &str, indent: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let own = line.strip_prefix(indent).filter(|rest| !rest.starts_with([' ', '#', '\n']));
        match own.and_then(|rest| rest.split_once(':')) {
            Some((key, _)) => found.push((key.to_owned(), line.to_owned())),
            None => found.last_mut().unwrap().1.push_str(line),
        }
    }
    found
}

fn findings(files: Files) -> Vec<String> {
    let mut house = house();
    house.queues.insert("complaints".into(), Texts::both("Complaints", "الشكاوى"));
    let bundle = Bundle { name: "w".into(), files };
    let (workflow, mut report) = Workflow::load(&bundle, &house);
    if let Some(workflow) = workflow {
        report.findings.extend(scenario_findings(&bundle, &workflow, &house));
    }
    lines(&report)
}

/// What is said about the stories of a page, read and played.
fn scenario_findings(bundle: &Bundle, workflow: &Workflow, house: &Environment) -> Vec<Diagnostic> {
    let (policy, texts) = (HousePolicy::default(), Record::new());
    let calendar = &house.calendars["office"];
    let house = scenario::House { calendar, policy: &policy, texts: &texts, region: "BH" };
    let (scenarios, report) = scenario::read(bundle, Some((workflow, house)));
    let played = scenarios.iter().filter_map(|one| scenario::play(workflow, one, house).finding(one));
    report.findings.into_iter().chain(played).collect()
}

fn of(code: Code, findings: &[String]) -> usize {
    findings.iter().filter(|line| line.contains(&format!(" {code} "))).count()
}

#[test]
fn the_workflow_of_the_examples_is_sound() {
    assert_eq!(findings(small()), [""; 0]);
}

#[test]
fn the_example_of_each_page_yields_its_finding_and_mended_it_yields_none() {
    let mut untrue = Vec::new();
    for code in Code::ALL.iter().filter(|code| !ELSEWHERE.contains(code)) {
        let page = code.page();
        let wrong = with(small(), &page.example());
        let found = findings(wrong.clone());
        if of(*code, &found) == 0 {
            untrue.push(format!("{}: the example yields {found:#?}", page.address()));
        }
        let left = findings(with(wrong, &page.mend()));
        if !left.is_empty() {
            untrue.push(format!("{}: mended it still yields {left:#?}", page.address()));
        }
    }
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}

#[test]
fn changed_entries_take_the_place_of_those_of_the_same_name() {
    let whole = "a: 1\nstates:\n  one:\n    x: 1\n  two: {}\n";
    let part = "states:\n  two:\n    y: 2\n  three: {}\nb: 2\n";
    assert_eq!(overlay(whole, part), "a: 1\nstates:\n  one:\n    x: 1\n  two:\n    y: 2\n  three: {}\nb: 2\n");
}
