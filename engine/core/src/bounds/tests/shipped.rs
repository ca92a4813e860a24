//! What is proven and printed of the shipped workflow.

use super::super::{Bounds, prove};
use crate::definition::Workflow;
use crate::definition::tests::shipped::{shipped_bundle, shipped_house};

fn bounds() -> Bounds {
    let house = shipped_house();
    let (workflow, report) = Workflow::load(&shipped_bundle("account-transfer"), &house);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    prove(&workflow.unwrap(), &house.calendars["bahrain-government"], &house.texts).bounds
}

fn printed(language: &str) -> String {
    let bounds = bounds();
    let lines = bounds.lines(language).into_iter().map(|line| format!("{}: {}: {}", line.name, line.most, line.why));
    let lines: Vec<String> = std::iter::once(bounds.heading(language)).chain(lines).collect();
    lines.join("\n")
}

#[test]
fn the_worst_case_of_the_shipped_workflow_reads_so() {
    let expected = include_str!("shipped.en.txt");
    assert_eq!(printed("en"), expected.trim_end(), "\n{}", printed("en"));
}

#[test]
fn the_worst_case_of_the_shipped_workflow_reads_so_in_arabic() {
    let expected = include_str!("shipped.ar.txt");
    assert_eq!(printed("ar"), expected.trim_end(), "\n{}", printed("ar"));
}

#[test]
fn a_summary_fits_on_a_line() {
    let expected = "account-transfer: to an end, left alone 92 days, silence towards the family 94 days, messages 12, call \
                    attempts unbounded";
    assert_eq!(bounds().summary("en"), expected);
}
