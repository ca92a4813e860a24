//! Findings about files that people write: what, where, why, and what to do.
//!
//! A finding has a stable code. Rendering shows the line with a caret; machines take the JSON form.

mod code;
mod lines;
mod page;
mod render;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

pub use code::Code;
pub use lines::{Lines, Place};
pub use page::{Block, Page};

use crate::lang::Texts;
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

    /// What to do: about this place, else about its kind.
    pub fn help(&self) -> &str {
        self.suggestion.as_deref().unwrap_or_else(|| self.code.advice())
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
    end_line: usize,
    end_column: usize,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<JsonRelated<'a>>,
    page: String,
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

    /// Each finding with where it begins and ends; without a place if its file could not be read.
    pub fn placed(&self) -> Vec<(&Diagnostic, Option<(Place, Place)>)> {
        let lines = self.lines();
        let place = |finding: &Diagnostic| {
            let lines = lines.get(finding.file.as_str())?;
            Some((lines.place(finding.span.start), lines.place(finding.span.end.max(finding.span.start))))
        };
        self.findings.iter().map(|finding| (finding, place(finding))).collect()
    }

    /// The findings for other programs.
    pub fn to_json<'a>(&'a self) -> Vec<JsonFinding<'a>> {
        let first = Place { line: 1, column: 1, column_utf16: 1 };
        let json = |(finding, place): (&'a Diagnostic, Option<(Place, Place)>)| {
            let (start, end) = place.unwrap_or((first, first));
            JsonFinding {
                code: finding.code.as_str(),
                severity: finding.severity,
                file: &finding.file,
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                message: &finding.message,
                suggestion: Some(finding.help()),
                related: finding.related.iter().map(|related| self.related_json(related)).collect(),
                page: finding.code.page().address(),
            }
        };
        self.placed().into_iter().map(json).collect()
    }

    fn related_json<'a>(&self, related: &'a Related) -> JsonRelated<'a> {
        let (line, column) = self.position_of(related);
        JsonRelated { file: &related.file, line, column, message: &related.message }
    }

    /// Line and column of a place that a finding has to do with.
    pub fn position_of(&self, related: &Related) -> (usize, usize) {
        position(self.sources.get(&related.file).map_or("", String::as_str), related.span.start)
    }

    /// The findings for people, with a mark under each place.
    pub fn render(&self, color: bool) -> String {
        self.render_in("en", color)
    }

    /// The same for readers of a language: in Arabic each finding says of what kind it is, as its page has it.
    pub fn render_in(&self, language: &str, color: bool) -> String {
        let (look, lines) = (render::Look::new(language, color), self.lines());
        let one =
            |finding: &Diagnostic| look.finding(finding, lines.get(finding.file.as_str()), &self.origins(finding));
        self.findings.iter().map(one).collect::<Vec<_>>().join("\n")
    }

    /// `used by the state …: file:line:column` for each related place.
    fn origins(&self, finding: &Diagnostic) -> Vec<String> {
        let origin = |related: &Related| {
            let (line, column) = self.position_of(related);
            format!("{}: {}:{line}:{column}", related.message, related.file)
        };
        finding.related.iter().map(origin).collect()
    }

    /// The lines of every file that has findings.
    fn lines(&self) -> BTreeMap<&str, Lines<'_>> {
        let mut lines = BTreeMap::new();
        for finding in &self.findings {
            if let Some(source) = self.sources.get(&finding.file).filter(|source| !source.is_empty()) {
                lines.entry(finding.file.as_str()).or_insert_with(|| Lines::of(source));
            }
        }
        lines
    }
}

/// The nearest of `known` to `word`, if it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let likeness = |candidate: &'a str| {
        let other = candidate.chars().count();
        let longer = length.max(other);
        // Words of very different lengths need not be compared.
        let comparable = longer <= limits::COMPARED_CHARS_MAX && 2 * length.abs_diff(other) <= longer;
        let distance = comparable.then(|| strsim::osa_distance(word, candidate))?;
        (2 * distance <= longer).then_some((1_000 * distance / longer.max(1), candidate))
    };
    let known = known.into_iter().take(limits::KNOWN_WORDS_MAX);
    known.filter_map(likeness).min_by_key(|(unlike, _)| *unlike).map(|(_, candidate)| candidate)
}

/// What to say about an unknown word: the nearest known one, else the known ones if they are few.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    hint(word, known).map(|hint| hint.en().to_owned())
}

/// The same as [`did_you_mean`], for readers of either language.
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Texts> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(word, known.iter().copied()) {
        return Some(Texts::both(format!("did you mean `{near}`?"), format!("هل تقصد `{near}`؟")));
    }
    (!known.is_empty() && known.len() <= 12).then(|| {
        let known = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
        Texts::both(format!("known here: {}", known.join(", ")), format!("المعروف هنا: {}", known.join("، ")))
    })
}
