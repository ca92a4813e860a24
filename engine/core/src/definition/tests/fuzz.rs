//! Whatever bytes a file holds, reading it ends quickly, twice alike, with places that lie in the file.
//!
//! Three kinds of input: any bytes; the shipped files with bytes cut, copied and replaced; mappings of the language's own
//! words that nobody would write. The tests take a short run. A long one, hours if you like:
//!
//! ```sh
//! PROPTEST_CASES=1000000 cargo test --release -p wasl-core definition::tests::fuzz
//! ```

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::model::{SMALL, TEXTS};
use super::shipped::{shipped_bundle, shipped_house};
use super::*;
use crate::diagnostic::Severity;
use crate::expr::{Program, Scope};
use crate::limits;
use crate::message::Template;

/// One reading of a small file; far above what a debug build on a busy machine needs, far below what hurts.
const TIME_MAX: Duration = Duration::from_secs(5);

/// A part of the usual number of cases: a reading of a workflow costs milliseconds.
fn few(part: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: (usual.cases / part).max(1), ..usual }
}

/// Reads twice and looks at what is said.
#[expect(clippy::disallowed_methods, reason = "how long it takes is what the test is about")]
fn ends_well(read: impl Fn() -> (bool, Report)) {
    let start = Instant::now();
    let (usable, report) = read();
    let took = start.elapsed();
    assert!(took < TIME_MAX, "reading took {took:?}");
    assert_eq!(usable, !report.has_errors());
    let by_file = report.findings.len() / report.sources.len().max(1);
    assert!(by_file <= limits::FINDINGS_MAX + 1, "{} findings", report.findings.len());
    for finding in &report.findings {
        let source = &report.sources[&finding.file];
        assert!(source.get(finding.span.clone()).is_some(), "{finding:?}");
        assert!(!finding.message.is_empty() && matches!(finding.severity, Severity::Error | Severity::Warning));
    }
    // An empty file has no line to show.
    let has_lines = report.findings.iter().any(|finding| !report.sources[&finding.file].is_empty());
    assert_eq!(report.render(false).contains('^'), has_lines);
    let again = read().1;
    assert_eq!(again.findings, report.findings);
}

fn workflow_ends_well(workflow: &str, texts: &[(&str, &str)]) {
    let bundle = bundle(workflow, texts);
    let house = house();
    ends_well(|| {
        let (workflow, report) = Workflow::load(&bundle, &house);
        (workflow.is_some(), report)
    });
}

/// What happens to the bytes of a file.
#[derive(Clone, Debug)]
enum Edit {
    Cut { at: usize, length: usize },
    Insert { at: usize, what: Vec<u8> },
    Copy { from: usize, length: usize, to: usize },
    Flip { at: usize, bit: u8 },
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<usize>();
    prop_oneof![
        (at(), 0_usize..200).prop_map(|(at, length)| Edit::Cut { at, length }),
        (at(), token()).prop_map(|(at, what)| Edit::Insert { at, what: what.into_bytes() }),
        (at(), prop::collection::vec(any::<u8>(), 0..12)).prop_map(|(at, what)| Edit::Insert { at, what }),
        (at(), 0_usize..300, at()).prop_map(|(from, length, to)| Edit::Copy { from, length, to }),
        (at(), 0_u8..8).prop_map(|(at, bit)| Edit::Flip { at, bit }),
    ]
}

/// Signs that mean something to YAML, to expressions or to templates.
const SIGNS: [&str; 34] = [
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\t",
    "'",
    "\"",
    "|\n",
    ">\n",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "# ",
    "---\n",
    "? ",
    "{{",
    "}}",
    "{%",
    "%}",
    "??",
    "&&",
    "||",
    "(",
    ")",
    "matches \"",
    "\u{feff}",
    "\u{202e}",
    "وَفَاة",
    "0",
];

fn token() -> impl Strategy<Value = String> {
    let words: Vec<String> = SMALL
        .split(|sign: char| !sign.is_alphanumeric() && sign != '_' && sign != '.')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    prop_oneof![prop::sample::select(SIGNS.to_vec()).prop_map(str::to_owned), prop::sample::select(words)]
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits {
        let place = |at: &usize, bytes: &[u8]| at % (bytes.len() + 1);
        match edit {
            Edit::Cut { at, length } => {
                let at = place(at, &bytes);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Edit::Insert { at, what } => {
                let at = place(at, &bytes);
                bytes.splice(at..at, what.iter().copied());
            }
            Edit::Copy { from, length, to } => {
                let (from, to) = (place(from, &bytes), place(to, &bytes));
                let piece = bytes[from..bytes.len().min(from + length)].to_vec();
                bytes.splice(to..to, piece);
            }
            Edit::Flip { at, bit } => {
                let at = place(at, &bytes);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Values of the language's words in any order: right in shape, wrong in sense.
fn nonsense() -> impl Strategy<Value = String> {
    let leaf =
        prop_oneof![token(), Just("3 days".to_owned()), Just("first".to_owned()), Just("'visits > 1'".to_owned())];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((token(), inner), 0..6).prop_map(|entries| {
                let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(few(4))]

    #[test]
    fn any_bytes_in_any_file(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        workflow_ends_well(&text, &[("messages/a.ar.txt", &text), ("scripts/a.ar.md", &text)]);
        ends_well(|| match Calendar::parse("c.yaml", &text) {
            Ok(_) => (true, Report::default()),
            Err(report) => (false, report),
        });
        ends_well(|| {
            let report = decode_sources("s.yaml", &text).1;
            (!report.has_errors(), report)
        });
        if let Err(errors) = Program::compile(&text, &Scope::new()) {
            prop_assert!(errors.iter().all(|error| text.get(error.span.clone()).is_some()), "{errors:?}");
        }
        let _ = Template::parse("a", "ar", &text);
    }

    #[test]
    fn a_small_workflow_with_edited_bytes(edits in prop::collection::vec(edit(), 1..6)) {
        workflow_ends_well(&edited(SMALL, &edits), &TEXTS);
    }

    #[test]
    fn texts_with_edited_bytes(index in 0_usize..4, edits in prop::collection::vec(edit(), 1..5)) {
        let text = edited(TEXTS[index].1, &edits);
        let texts = TEXTS.map(|(path, text)| (path, text.to_owned()));
        let texts: Vec<(&str, &str)> =
            texts.iter().enumerate().map(|(i, (path, old))| (*path, if i == index { text.as_str() } else { old })).collect();
        workflow_ends_well(SMALL, &texts);
    }

    #[test]
    fn words_of_the_language_in_no_order(key in token(), value in nonsense(), at in any::<usize>()) {
        let mut lines: Vec<&str> = SMALL.lines().collect();
        let line = format!("{key}: {value}");
        lines.insert(at % (lines.len() + 1), &line);
        workflow_ends_well(&lines.join("\n"), &TEXTS);
        workflow_ends_well(&line, &[]);
    }
}

proptest! {
    #![proptest_config(few(32))]

    #[test]
    fn the_shipped_files_with_edited_bytes(file in any::<prop::sample::Index>(), edits in prop::collection::vec(edit(), 1..4)) {
        let mut bundle = shipped_bundle("account-transfer");
        let paths: Vec<String> = bundle.files.keys().cloned().collect();
        // The workflow itself as often as all its texts together.
        let path = &paths[file.index(2 * paths.len()) % paths.len()];
        let path = if file.index(2) == 0 { "account-transfer.yaml" } else { path };
        let text = edited(&bundle.files[path], &edits);
        bundle.files.insert(path.to_owned(), text);
        let house = shipped_house();
        ends_well(|| {
            let (workflow, report) = Workflow::load(&bundle, &house);
            (workflow.is_some(), report)
        });
    }
}
