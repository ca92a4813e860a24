//! Findings about files that people write: what, where, why, and what to do.
//!
//! A finding has a stable code. Rendering shows the line with a caret; machines take the JSON form.

mod code;
mod page;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

pub use code::Code;
pub use page::{Block, Page};

use crate::limits;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but is probably not what was meant.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file, as the reader named it.
    pub file: String,
    /// The bytes it is about.
    pub span: Range<usize>,
    /// What is wrong and why.
    pub message: String,
    /// What to do.
    pub suggestion: Option<String>,
    /// Other places that it has to do with.
    pub related: Vec<Related>,
}

/// Another place that a finding has to do with, such as where a fragment is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The file, as the reader named it.
    pub file: String,
    /// The bytes.
    pub span: Range<usize>,
    /// What it has to do with the finding.
    pub message: String,
}

impl Diagnostic {
    /// A finding that makes the file unusable.
    pub fn error(code: Code, file: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let (file, message) = (file.to_owned(), message.into());
        Self { code, severity: Severity::Error, file, span, message, suggestion: None, related: Vec::new() }
    }

    /// A finding that leaves the file usable.
    pub fn warning(code: Code, file: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, file, span, message) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Adds what to do, if there is something.
    #[must_use]
    pub fn maybe_suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    /// By what findings are ordered.
    fn place(&self) -> (&str, usize, Code) {
        (&self.file, self.span.start, self.code)
    }

    /// Adds what this finding knows to `first`, if both say the same; whether they do.
    fn joins(&self, first: &mut Self) -> bool {
        let Self { code, severity, file, span, message, suggestion, related } = self;
        let same = (code, severity, file, span) == (&first.code, &first.severity, &first.file, &first.span)
            && (message, suggestion) == (&first.message, &first.suggestion);
        if same {
            for place in related {
                if first.related.len() < limits::RELATED_MAX && !first.related.contains(place) {
                    first.related.push(place.clone());
                }
            }
        }
        same
    }

    /// Line and column of the finding, both from 1, counted in characters.
    pub fn position(&self, source: &str) -> (usize, usize) {
        position(source, self.span.start)
    }
}

/// Line and column of a byte offset, both from 1, counted in characters as editors do.
pub fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count()) + 1;
    (line, column)
}

/// The findings of one run, with the sources they point into.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every finding, ordered by file and place.
    pub findings: Vec<Diagnostic>,
    /// Source text by file name.
    pub sources: BTreeMap<String, String>,
}

/// A finding as other programs read it.
#[derive(Debug, Serialize)]
pub struct JsonFinding<'a> {
    code: &'static str,
    severity: Severity,
    file: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<JsonRelated<'a>>,
}

/// A place that a finding has to do with, as other programs read it.
#[derive(Debug, Serialize)]
struct JsonRelated<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
}

impl Report {
    /// Whether any finding makes its file unusable.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Orders the findings by file and place, and makes one of those that say the same.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| a.place().cmp(&b.place()));
        let mut kept: Vec<Diagnostic> = Vec::new();
        for finding in self.findings.drain(..) {
            let mut here = kept.iter_mut().rev().take_while(|first| first.place() == finding.place());
            if !here.any(|first| finding.joins(first)) {
                kept.push(finding);
            }
        }
        self.findings = kept;
    }

    /// The findings for other programs.
    pub fn to_json(&self) -> Vec<JsonFinding<'_>> {
        self.findings
            .iter()
            .map(|finding| {
                let (line, column) = finding.position(self.source(&finding.file));
                JsonFinding {
                    code: finding.code.as_str(),
                    severity: finding.severity,
                    file: &finding.file,
                    line,
                    column,
                    message: &finding.message,
                    suggestion: finding.suggestion.as_deref(),
                    related: finding.related.iter().map(|place| self.related_json(place)).collect(),
                }
            })
            .collect()
    }

    fn related_json<'a>(&self, place: &'a Related) -> JsonRelated<'a> {
        let (line, column) = position(self.source(&place.file), place.span.start);
        JsonRelated { file: &place.file, line, column, message: &place.message }
    }

    /// The findings for people: a line `file:line:column: severity[code]: message` that reads alone
    /// (terminals may reorder the snippet of a right-to-left line), the snippet, and what to do.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let blocks: Vec<String> = self.findings.iter().map(|finding| self.render_one(finding, &renderer)).collect();
        blocks.join("\n")
    }

    fn render_one(&self, finding: &Diagnostic, renderer: &Renderer) -> String {
        let source = self.source(&finding.file);
        let (line, column) = finding.position(source);
        let word = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut text = format!("{}:{line}:{column}: {word}[{}]: {}\n", finding.file, finding.code, finding.message);
        if !source.is_empty() {
            text.push_str(&snippet(source, &finding.span, renderer));
            text.push('\n');
        }
        for place in &finding.related {
            let (line, column) = position(self.source(&place.file), place.span.start);
            let _ = writeln!(text, "   = {}: {}:{line}:{column}", place.message, place.file);
        }
        if let Some(suggestion) = &finding.suggestion {
            let _ = writeln!(text, "   = help: {suggestion}");
        }
        text
    }

    fn source(&self, file: &str) -> &str {
        self.sources.get(file).map_or("", String::as_str)
    }
}

/// The line of a finding with a caret below it.
fn snippet(source: &str, span: &Range<usize>, renderer: &Renderer) -> String {
    let start = span.start.min(source.len());
    let end_of_line = source.get(start..).and_then(|rest| rest.find('\n')).map_or(source.len(), |n| start + n);
    let end = span.end.clamp(start, end_of_line.max(start));
    let group = Level::ERROR
        .no_name()
        .primary_title("")
        .element(Snippet::source(source).fold(true).annotation(AnnotationKind::Primary.span(start..end)));
    let frame = renderer.render(&[group]);
    // The title line is ours, printed above; what stays is the frame with the source line.
    frame.lines().skip(1).collect::<Vec<_>>().join("\n")
}

/// The nearest of `known` to `word`, if it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// What to say about an unknown word: the nearest known one, else the known ones if they are few.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(word, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    (!known.is_empty() && known.len() <= 12).then(|| format!("known here: {}", quote_list(&known)))
}

fn quote_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_counts_characters_not_bytes() {
        let source = "title: {ar: وفاة, en: x}\n";
        let at = source.find("en:").unwrap();
        assert_eq!(position(source, at), (1, 19));
    }

    #[test]
    fn a_finding_is_shown_with_its_line_a_caret_and_what_to_do() {
        let source = "states:\n  first:\n    after: {3 dayz: second}\n";
        let at = source.find("3 dayz").unwrap();
        let finding = Diagnostic::error(Code::BadDuration, "w.yaml", at..at + 6, "`3 dayz` is not a duration")
            .suggest("write for example `3 days`");
        let report = Report { findings: vec![finding], sources: BTreeMap::from([("w.yaml".into(), source.into())]) };
        let text = report.render(false);
        assert!(text.starts_with("w.yaml:3:13: error[W034]: `3 dayz` is not a duration\n"), "{text}");
        assert!(text.contains("    after: {3 dayz: second}"), "{text}");
        assert!(text.contains("^^^^^^"), "{text}");
        assert!(text.ends_with("   = help: write for example `3 days`\n"), "{text}");
    }
}
