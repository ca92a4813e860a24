//! How files become workflows, and what is said about files that do not.

mod codes;
mod fragments;
mod fuzz;
mod golden;
mod grammar;
mod hostile;
pub(crate) mod model;
mod mutations;
mod pages;
mod reference;
pub(crate) mod shipped;
mod trees;

pub(crate) use shipped::shipped_bundle;

use super::*;
use crate::calendar::Calendar;
use crate::diagnostic::Report;
use crate::source::decode_sources;

/// A house with one calendar, one queue, one text and two sources.
pub(crate) fn house() -> Environment {
    let week = "calendar: office\nzone: Asia/Bahrain\nweek: {SUN-THU: \"07:00-14:15\"}\n";
    let calendar = Calendar::parse("office.yaml", week).unwrap();
    let columns = "register:
  csv: register.csv
  columns:
    cpr: {type: text}
    died: {type: date}
    nationality: {type: text, optional: true}
people:
  csv: people.csv
  columns:
    of: {type: text}
    name: {type: text, optional: true}
    mobile: {type: text, optional: true}
    rank: {type: integer}
";
    let (sources, report) = decode_sources("sources.yaml", columns);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    Environment {
        calendars: BTreeMap::from([("office".into(), calendar)]),
        sources,
        queues: BTreeMap::from([("desk".into(), Texts::both("Desk", "المكتب"))]),
        texts: ["hotline".to_owned()].into(),
        ..Environment::default()
    }
}

/// A bundle of a workflow `w` with its texts by their paths in its folder, and with fragments.
pub(crate) fn bundle(workflow: &str, texts: &[(&str, &str)]) -> Bundle {
    let mut files = BTreeMap::from([("w.yaml".to_owned(), workflow.to_owned())]);
    let of_w = |path: &str| if path.starts_with("fragments/") { path.to_owned() } else { format!("w/{path}") };
    files.extend(texts.iter().map(|(path, text)| (of_w(path), (*text).to_owned())));
    Bundle { name: "w".into(), files }
}

/// The findings, one a line: `file:line:column code message | help`.
fn lines(report: &Report) -> Vec<String> {
    let line = |finding: &crate::diagnostic::Diagnostic| {
        let (line, column) = finding.position(&report.sources[&finding.file]);
        let help = finding.suggestion.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
        let related = finding.related.iter().map(|place| {
            let (line, column) = crate::diagnostic::position(&report.sources[&place.file], place.span.start);
            format!(" ({} {}:{line}:{column})", place.message, place.file)
        });
        let related: String = related.collect();
        format!("{}:{line}:{column} {} {}{related}{help}", finding.file, finding.code, finding.message)
    };
    report.findings.iter().map(line).collect()
}
