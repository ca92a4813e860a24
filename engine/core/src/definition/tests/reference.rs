//! The language reference keeps its word: what it shows loads, what it calls wrong is found, what it says of time is
//! so, and it leaves no keyword out.
//!
//! Each block of YAML in `docs/language.md` is laid over the shipped workflow and read. A comment above it, which
//! readers of the page do not see, says where it belongs: `<!-- in: states.first_call -->`, or that it is wrong and
//! what is then found: `<!-- wrong: W034 … -->`. Without one it is a part of the top of the file.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::DateTime;

use super::shipped::{shipped_bundle, shipped_house};
use super::trees::{laid_over, name, tree, under, written};
use super::*;
use crate::diagnostic::Code;
use crate::grammar::{Key, Mapping, Shape, WORKFLOW};
use crate::yaml::{Kind, Node};

const NAME: &str = "account-transfer";

/// The shipped workflow and its surroundings, read once.
struct Shipped {
    bundle: Bundle,
    house: Environment,
}

/// A block of YAML of the page.
#[derive(Debug, Default)]
struct Block {
    line: usize,
    /// Where it belongs: a path of keys.
    place: String,
    /// What is found in it, if it is wrong: `W034 …`.
    wrong: Option<String>,
    /// Whether it is a scenario.
    scenario: bool,
    /// Its name, if it is a fragment that later examples use.
    fragment: Option<String>,
    text: String,
}

#[expect(clippy::disallowed_methods, reason = "the test reads the page that is shipped")]
fn page(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The blocks of a page; each is what stands between two fences.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut marks, mut inside) = (Block::default(), false);
    for (line, text) in (1..).zip(page.lines()) {
        let mark = |name| text.strip_prefix("<!-- ")?.strip_suffix(" -->")?.strip_prefix(name);
        if text == "```yaml" {
            inside = true;
            blocks.push(Block { line, ..std::mem::take(&mut marks) });
        } else if inside && text == "```" {
            inside = false;
        } else if let Some(block) = blocks.last_mut().filter(|_| inside) {
            block.text += text;
            block.text.push('\n');
        } else if let Some(place) = mark("in: ") {
            place.clone_into(&mut marks.place);
        } else if let Some(finding) = mark("wrong: ") {
            marks.wrong = Some(finding.to_owned());
        } else if let Some(name) = mark("fragment: ") {
            marks.fragment = Some(name.to_owned());
        } else if mark("scenario").is_some() {
            marks.scenario = true;
        }
    }
    blocks
}

/// What is found when a block is laid over the shipped workflow, beside the fragments of the page that it uses.
fn findings(shipped: &Shipped, block: &Block, fragments: &[&Block]) -> Vec<String> {
    let mut bundle = shipped.bundle.clone();
    for fragment in fragments {
        let name = fragment.fragment.as_deref().unwrap_or_default();
        if block.text.contains(name) {
            bundle.files.insert(format!("fragments/{name}.yaml"), fragment.text.clone());
        }
    }
    let file = format!("{NAME}.yaml");
    let mut workflow = tree(&bundle.files[&file]);
    laid_over(&mut workflow, under(&block.place, tree(&block.text)));
    bundle.files.insert(file, written(&workflow, None));
    let (_, report) = Workflow::load(&bundle, &shipped.house);
    report.findings.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect()
}

#[test]
fn every_example_of_the_reference_loads_or_fails_as_it_says() {
    let blocks = blocks(&page("docs/language.md"));
    assert!(blocks.len() > 20, "{} examples", blocks.len());
    let mut wrong = Vec::new();
    let shipped = Shipped { bundle: shipped_bundle(NAME), house: shipped_house() };
    let (fragments, examples): (Vec<&Block>, Vec<&Block>) =
        blocks.iter().filter(|block| !block.scenario).partition(|block| block.fragment.is_some());
    for block in examples {
        let found = findings(&shipped, block, &fragments);
        let expected: Vec<String> = block.wrong.iter().cloned().collect();
        if found != expected {
            let (line, found) = (block.line, found.join("\n  "));
            wrong.push(format!("docs/language.md:{line}: expected {expected:?}, found\n  {found}\n{}", block.text));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_reference_explains_every_keyword_and_shows_it() {
    let text = page("docs/language.md");
    let shown: BTreeSet<String> = blocks(&text).iter().flat_map(|block| keys(&tree(&block.text))).collect();
    let mut missing = Vec::new();
    for mapping in Shape::Map(&WORKFLOW).mappings() {
        for key in mapping.names() {
            if !text.contains(&format!("`{key}`")) && !text.contains(&format!("`{key}:")) {
                missing.push(format!("{}.{key} is not explained", mapping.name));
            }
            if !shown.contains(key) {
                missing.push(format!("{}.{key} stands in no example", mapping.name));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// Every key of a tree.
fn keys(node: &Node) -> Vec<String> {
    match &node.kind {
        Kind::List(items) => items.iter().flat_map(keys).collect(),
        Kind::Map(entries) => {
            let below = entries.iter().flat_map(|(_, value)| keys(value));
            below.chain(entries.iter().map(|(key, _)| name(key).to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// A Thursday in a week without a holiday, and the days after it.
const THURSDAY: &str = "2024-05-16T00:00";

/// `Thursday 13:00`: the instant of that name from our Thursday on.
fn moment(calendar: &Calendar, words: &str) -> jiff::Timestamp {
    let start: DateTime = THURSDAY.parse().unwrap();
    let hours = (0..7 * 24 * 60).map(|minutes| start + jiff::Span::new().minutes(minutes));
    let found = hours.into_iter().find(|at| named(*at) == words);
    calendar.instant(found.unwrap_or_else(|| panic!("`{words}` is no moment such as `Thursday 13:00`")))
}

fn named(at: DateTime) -> String {
    at.strftime("%A %H:%M").to_string()
}

#[test]
fn what_the_reference_says_of_time_is_so() {
    let house = shipped_house();
    let calendar = &house.calendars["bahrain-government"];
    let text = page("docs/language.md");
    let table = text.lines().skip_while(|line| !line.starts_with("| you write | from |")).skip(2);
    let rows: Vec<Vec<&str>> = table
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 6, "{rows:?}");
    for row in rows {
        let [written, from, until, ..] = row.as_slice() else { panic!("{row:?}") };
        let duration = Duration::parse(written.trim_matches('`')).unwrap();
        let due = calendar.add(moment(calendar, from), duration).at;
        assert_eq!(named(calendar.local(due)), *until, "{row:?}");
    }
}

/// Mappings of the grammar that stand in a file.
fn places<'n>(node: &'n Node, shape: &Shape, found: &mut Vec<(&'static Mapping, &'n Node)>) {
    match (shape, &node.kind) {
        (Shape::Map(mapping), Kind::Map(entries)) => {
            found.push((mapping, node));
            for (key, value) in entries {
                if let Some(known) = mapping.key(name(key)) {
                    places(value, &known.shape, found);
                }
            }
        }
        (Shape::Each(entries), Kind::Map(values)) => values.iter().for_each(|(_, v)| places(v, &entries.value, found)),
        (Shape::OneOrMore(of), Kind::List(items)) => items.iter().for_each(|item| places(item, of, found)),
        (Shape::OneOrMore(of), _) => places(node, of, found),
        (Shape::Either(shapes), _) => shapes.iter().for_each(|shape| places(node, shape, found)),
        _ => {}
    }
}

/// The mapping with the example of a key in the place of what it says there, and where in it the example stands.
fn with_example(mapping: &Node, key: &Key) -> (String, usize) {
    let Kind::Map(entries) = &mapping.kind else { return (String::new(), 0) };
    let before = format!("{{{}: ", key.name);
    let mut text = format!("{before}{}", key.such_as);
    for (other, value) in entries.iter().filter(|(other, _)| name(other) != key.name) {
        text.extend([", ", &written(other, None), ": ", &written(value, None)]);
    }
    (text + "}", before.len())
}

/// What is found within the example of a key when it stands in a mapping of the workflow.
fn found_in_example(shipped: &Shipped, workflow: &Node, mapping: &Node, key: &Key) -> Vec<String> {
    let file = format!("{NAME}.yaml");
    let (text, before) = with_example(mapping, key);
    let whole = written(workflow, Some((mapping, &text)));
    let start = whole.find(&text).unwrap() + before;
    let mut bundle = shipped.bundle.clone();
    bundle.files.insert(file.clone(), whole);
    let (_, report) = Workflow::load(&bundle, &shipped.house);
    // An example is short: it may leave out what must be there, its fragment belongs elsewhere, and what it
    // promises is not what the shipped workflow keeps.
    let excused = [Code::MissingKey, Code::MisfitFragment, Code::PromiseBroken];
    let example = start..start + key.such_as.len();
    let inside = report.findings.iter().filter(|finding| {
        finding.file == file && example.contains(&finding.span.start) && !excused.contains(&finding.code)
    });
    inside.map(|finding| format!("{} {}", finding.code, finding.message)).collect()
}

/// The shipped workflow with empty texts: what they say takes long to read and does not matter here.
fn without_words() -> Bundle {
    let mut bundle = shipped_bundle(NAME);
    for (path, text) in
        bundle.files.iter_mut().filter(|(path, _)| path.contains("/messages/") || path.contains("/scripts/"))
    {
        *text = if path.contains("-email.") { "Subject: x\n\nx".into() } else { "x".into() };
    }
    bundle
}

#[test]
fn the_example_of_each_key_can_stand_where_the_key_stands() {
    let shipped = Shipped { bundle: without_words(), house: shipped_house() };
    let mut workflow = tree(&shipped.bundle.files[&format!("{NAME}.yaml")]);
    laid_over(&mut workflow, tree("states: {guiding: {after: {20 days: {when: heir == null, goto: escalation}}}}"));
    let mut places_found = Vec::new();
    places(&workflow, &Shape::Map(&WORKFLOW), &mut places_found);
    let mut wrong = Vec::new();
    for mapping in Shape::Map(&WORKFLOW).mappings() {
        let of_its_kind: Vec<&Node> =
            places_found.iter().filter(|(known, _)| known.name == mapping.name).map(|(_, node)| *node).collect();
        assert!(!of_its_kind.is_empty(), "the shipped workflow has no {}", mapping.name);
        for key in &mapping.keys {
            // A `past` belongs to a date, `values` to a choice: one place that takes it is enough.
            let mut tries = of_its_kind.iter().map(|place| found_in_example(&shipped, &workflow, place, key));
            let first = tries.next().unwrap_or_default();
            if !first.is_empty() && !tries.any(|found| found.is_empty()) {
                wrong.push(format!("{}.{}: {} → {}", mapping.name, key.name, key.such_as, first.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
