//! Files that mean harm are refused by limits: with few findings, and without the work that they ask for.

use super::*;
use crate::limits;

/// Everything that a workflow needs before its states.
const HEAD: &str = "workflow: w\ncalendar: office\nlanguages: [en]\ncase: {key: [a], fields: {a: text}}\nstart: s\n";

fn repeated(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect()
}

/// Hostile files, and what is said about each.
fn attacks() -> Vec<(&'static str, String, &'static str)> {
    let laughs = repeated(12, |i| {
        let of = if i == 0 { "x".to_owned() } else { format!("*a{}", i - 1) };
        format!("a{i}: &a{i} [{}]\n", vec![of; 9].join(", "))
    });
    let guard = |guard: String| format!("{HEAD}states: {{s: {{next: [{{when: '{guard}', goto: s}}]}}}}\n");
    let branches = |count, line: &str| {
        format!("{HEAD}states:\n  s:\n    next:\n{}", format!("      - {{when: '{line}', goto: s}}\n").repeat(count))
    };
    vec![
        ("a billion laughs", laughs, "what anchors (`&name`) hold is more than 20000 values"),
        ("100,000 open lists", format!("a: {}", "[".repeat(100_000)), "this nests deeper than 32 levels"),
        ("100,000 open mappings", format!("a: {}", "{a: ".repeat(100_000)), "this nests deeper than 32 levels"),
        ("100,000 dashes", "- ".repeat(100_000), "this nests deeper than 32 levels"),
        ("a staircase", repeated(500, |i| format!("{}a:\n", " ".repeat(i))), "this nests deeper than 32 levels"),
        ("an anchor within itself", "a: &a [*a]\n".into(), "an anchor contains itself"),
        ("many aliases", format!("a: &a x\nb: [{}]\n", "*a, ".repeat(9_000)), "a file can have 256 aliases (`*name`)"),
        ("many documents", "---\n".repeat(10_000), "a second document begins here; a file holds one"),
        ("ten megabytes", format!("# {}\n", "x".repeat(10_000_000)), "this file is larger than 1024 KiB"),
        ("a scalar of a megabyte", format!("workflow: {}\n", "x".repeat(1_000_000)), "a workflow needs `calendar`"),
        ("3,000 unknown keys", repeated(3_000, |i| format!("k{i}: 1\n")), "there are more than 1000 findings"),
        ("one key 3,000 times", "workflow: w\n".repeat(3_000), "there are more than 1000 findings"),
        ("bytes that are no text", "workflow: w\ntitle: \u{fffd}\n".into(), "what stands here is not UTF-8"),
        ("a NUL", "workflow: w\0\n".into(), "unexpected character"),
        ("a guard of a megabyte", guard("a && ".repeat(180_000) + "a"), "an expression can be 2000 bytes long"),
        ("a deep guard", guard("(".repeat(900) + "a"), "this is nested more than 64 levels deep"),
        ("a pattern that explodes", guard(r#"a matches "(\\w{1000}){1000}""#.into()), "pattern"),
        ("many patterns", branches(500, "a matches \"x{9}\""), "the conditions of a workflow can have 100 patterns"),
        (
            "a field whose pattern explodes",
            HEAD.replace("a: text", r"a: {type: text, pattern: '(\w{1000}){1000}'}"),
            "this is not a pattern: ",
        ),
        (
            "2,000 fields",
            HEAD.replace("a: text", &repeated(2_000, |i| format!("f{i}: text, "))),
            "the case's fields can have 200 fields",
        ),
        (
            "unknown states beside many known ones",
            format!(
                "{HEAD}states:\n{}",
                repeated(600, |i| format!("  st{i}: {{after: {{1 day: zz{i}, 2 days: yy{i}}}}}\n"))
            ),
            "there are more than 1000 findings",
        ),
        (
            "more states than people oversee",
            format!("{HEAD}states:\n{}", repeated(1_100, |i| format!("  s{i}: {{end: x}}\n"))),
            "a workflow can have 1000 states",
        ),
    ]
}

#[test]
fn hostile_files_are_refused_by_limits() {
    let mut wrong = Vec::new();
    for (name, source, said) in attacks() {
        let (workflow, report) = Workflow::load(&bundle(&source, &[]), &house());
        let findings = report.findings.len();
        assert!(findings <= limits::FINDINGS_MAX + 1, "{name}: {findings} findings");
        let heard: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
        if workflow.is_some() || !heard.iter().any(|message| message.contains(said)) {
            wrong.push(format!("{name}: {:?}", heard.iter().take(5).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_texts_are_refused_by_limits() {
    for (name, text, said) in [
        ("a text of a megabyte", "x".repeat(1_000_000), "the template has 1000000 bytes"),
        ("loops in loops", "{% for a in range(999) %}{% for b in range(999) %}x".to_owned(), ""),
        ("many brackets", "{{ reference }}".repeat(2_000), "more than a message needs"),
        ("a long sum", format!("{{{{ {}1 }}}}", "1 + ".repeat(2_000)), "more than a message needs"),
        ("bytes that are no text", "x\u{fffd}".to_owned(), "what stands here is not UTF-8"),
    ] {
        let texts = [("messages/a.en.txt", text.as_str())];
        let (_, report) = Workflow::load(&bundle(&format!("{HEAD}states: {{s: {{end: x}}}}\n"), &texts), &house());
        let heard =
            report.findings.iter().any(|finding| finding.file.ends_with("a.en.txt") && finding.message.contains(said));
        assert!(heard && report.has_errors(), "{name}: {}", report.render(false));
    }
}

#[test]
fn marks_and_line_ends_of_other_systems_are_taken() {
    let sound = format!("{HEAD}states:\n  s: {{end: x}}\n");
    for source in [format!("\u{feff}{sound}"), sound.replace('\n', "\r\n")] {
        let (workflow, report) = Workflow::load(&bundle(&source, &[]), &house());
        assert!(workflow.is_some(), "{}", report.render(false));
    }
}
