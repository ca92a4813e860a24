//! How findings look to people and to programs.

use super::*;

fn report(source: &str, word: &str) -> Report {
    let at = source.find(word).unwrap();
    let finding = Diagnostic::error(Code::BadDuration, "w.yaml", at..at + word.len(), "no duration")
        .suggest("write for example `3 days`");
    Report { findings: vec![finding], sources: BTreeMap::from([("w.yaml".into(), source.into())]) }
}

#[test]
fn the_column_counts_characters_not_bytes() {
    let source = "title: {ar: وفاة, en: x}\n";
    let at = source.find("en:").unwrap();
    assert_eq!(position(source, at), (1, 19));
}

#[test]
fn a_finding_is_shown_with_its_line_a_caret_and_what_to_do() {
    let source = "states:\n  first:\n    after: {3 dayz: second}\n";
    let text = report(source, "3 dayz").render(false);
    let expected = "\
w.yaml:3:13: error[W034]: no duration
3 |     after: {3 dayz: second}
  |             ^^^^^^
   = help: write for example `3 days`
";
    assert_eq!(text, expected);
}

/// The columns of a terminal that the mark begins at and how many it covers, and the shown line.
fn mark(source: &str, word: &str) -> (String, usize, usize) {
    let text = report(source, word).render(false);
    let lines: Vec<&str> = text.lines().collect();
    let carets = lines.iter().position(|line| line.contains('^')).unwrap();
    let body = |line: &str| line.split_once("| ").unwrap().1.to_owned();
    let marks = body(lines[carets]);
    (body(lines[carets - 1]), marks.find('^').unwrap(), marks.matches('^').count())
}

#[test]
fn the_caret_stands_under_the_place_in_every_script() {
    for (source, start, width) in [
        // Arabic letters take one column each, however many bytes.
        ("title: {ar: وفاة, en: xx}", 22, 2),
        // Vowel marks stand on their letter and take none.
        ("title: {ar: وَفَاة, en: xx}", 22, 2),
        ("title: {a: e\u{301}, en: xx}", 18, 2),
        // Wide signs take two.
        ("title: {a: 漢字, en: xx}", 21, 2),
        // A tab is shown as four columns.
        ("\ta: xx", 7, 2),
        ("  a: xx\r\n", 5, 2),
    ] {
        let (line, at, wide) = mark(source, "xx");
        assert_eq!((at, wide), (start, width), "{line}");
        assert!(!line.contains(['\t', '\r']), "{line:?}");
    }
    let (_, at, wide) = mark("title: {ar: وَفَاة, en: x}", "وَفَاة");
    assert_eq!((at, wide), (12, 4));
}

#[test]
fn a_long_line_is_cut_around_the_caret() {
    let word = "[1, 2, 3]".repeat(40);
    let source = format!("a: {}{word}{}", "و".repeat(5_000), "b".repeat(5_000));
    let (line, at, wide) = mark(&source, &word);
    assert!(line.chars().count() < 150, "{line}");
    assert!(line.starts_with("…و") && line.ends_with('…'), "{line}");
    assert!(line.chars().skip(at).collect::<String>().starts_with("[1, 2, 3]["), "{line}");
    assert!(wide <= 81, "{wide}");
    // At the end of a long line, and after it.
    let (line, at, _) = mark(&format!("{}xx", "a".repeat(900)), "xx");
    assert_eq!((line.chars().count(), at), (64, 62));
}

#[test]
fn places_at_the_edges_of_a_file_are_shown() {
    for (source, span) in
        [("a", 0..0), ("a\n", 2..2), ("a\n\nb", 2..2), ("a\nb\nc", 0..5), ("\u{feff}a: b", 3..4), ("a", 7..9)]
    {
        let finding = Diagnostic::error(Code::Syntax, "w.yaml", span, "x");
        let report = Report { findings: vec![finding], sources: BTreeMap::from([("w.yaml".into(), source.into())]) };
        let text = report.render(false);
        assert!(text.contains('^'), "{text}");
    }
}

#[test]
fn colours_are_around_the_words_and_nothing_else_changes() {
    let (plain, colored) = (report("a: xx", "xx").render(false), report("a: xx", "xx").render(true));
    assert!(colored.contains("\u{1b}[1;31merror[W034]\u{1b}[0m"), "{colored}");
    let mut bare = String::new();
    for (index, part) in colored.split('\u{1b}').enumerate() {
        bare.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(bare, plain);
}

#[test]
fn programs_get_where_a_finding_begins_and_ends_and_its_page() {
    let json = serde_json::to_value(report("a: {وفاة: xx}", "xx").to_json()).unwrap();
    let expected = serde_json::json!([{
        "code": "W034", "severity": "error", "file": "w.yaml",
        "line": 1, "column": 11, "end_line": 1, "end_column": 13,
        "message": "no duration", "suggestion": "write for example `3 days`", "page": "docs/findings/W034.md",
    }]);
    assert_eq!(json, expected);
}
