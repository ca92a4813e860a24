//! Turns YAML trees into values and collects every finding on the way.
//!
//! The vocabulary shared by all decoders (workflows, calendars, sources, settings): read a node as
//! text, number, list or mapping; on a mismatch report it and go on.

mod fields;
mod place;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Lines, did_you_mean};
use crate::duration::Duration;
use crate::grammar::{Key, Mapping};
use crate::lang::Texts;
use crate::limits;
use crate::words::number::western;
use crate::yaml::{Kind, Node};

pub use fields::{Fields, described, is_name};
pub use place::part_of;

/// Reads the nodes of one file and keeps the findings.
#[derive(Debug)]
pub struct Decoder<'a> {
    /// The name of the file in findings.
    pub file: &'a str,
    /// Its text.
    pub source: &'a str,
    /// What was found so far.
    pub findings: Vec<Diagnostic>,
    /// Where in the text further files begin, if it holds several.
    starts: Vec<usize>,
    /// Its lines, counted when the first of them is asked for.
    lines: OnceCell<Lines<'a>>,
}

/// Text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Its bytes in the source.
    pub span: Range<usize>,
}

impl<'a> Decoder<'a> {
    /// A decoder for one file.
    pub fn new(file: &'a str, source: &'a str) -> Self {
        Self::over(file, source, Vec::new())
    }

    /// A decoder for several files behind one another; findings name the first.
    pub fn over(file: &'a str, source: &'a str, starts: Vec<usize>) -> Self {
        Self { file, source, findings: Vec::new(), starts, lines: OnceCell::new() }
    }

    /// The line of a byte, in its own file.
    fn line(&self, offset: usize) -> usize {
        let start = self.starts.iter().copied().filter(|start| *start <= offset).max().unwrap_or(0);
        let lines = self.lines.get_or_init(|| Lines::of(self.source));
        lines.place(offset).line - lines.place(start).line + 1
    }

    /// Keeps an error.
    pub fn error(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) {
        self.error_with(code, span, message, None);
    }

    /// Keeps an error with what to do about it.
    pub fn error_with(&mut self, code: Code, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.keep(Diagnostic::error(code, self.file, span, message).maybe_suggest(help));
    }

    /// Keeps a warning with what to do about it.
    pub fn warn(&mut self, code: Code, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.keep(Diagnostic::warning(code, self.file, span, message).maybe_suggest(help));
    }

    /// Keeps a finding. After too many of them the last says so, and nothing more is read.
    fn keep(&mut self, finding: Diagnostic) {
        match self.findings.len() {
            count if count < limits::FINDINGS_MAX => self.findings.push(finding),
            limits::FINDINGS_MAX => {
                let message =
                    format!("there are more than {} findings: nothing was read from here on", limits::FINDINGS_MAX);
                let end = Diagnostic::error(Code::Syntax, self.file, finding.span, message);
                self.findings.push(end.suggest("mend those before this place first"));
            }
            _ => {}
        }
    }

    fn is_full(&self) -> bool {
        self.findings.len() > limits::FINDINGS_MAX
    }

    /// Reports that `node` is not what belongs here.
    pub fn expected<T>(&mut self, node: &Node, what: &str) -> Option<T> {
        let message = format!("{what} belongs here, not {}", node.kind.name());
        let help = match &node.kind {
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
                Some(format!("put it in quotes if it is text: '{}'", self.slice(node)))
            }
            // `٤` is a number to whoever writes it.
            Kind::Text(text) => {
                western(text).filter(|text| text.parse::<f64>().is_ok()).map(|number| format!("write `{number}`"))
            }
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        };
        self.error_with(Code::WrongShape, node.span.clone(), message, help);
        None
    }

    /// The source text of a node.
    pub fn slice(&self, node: &Node) -> &'a str {
        self.source.get(node.span.clone()).unwrap_or_default()
    }

    /// Text as written; numbers are taken as their source text, so that `7 days` and `7` both read.
    pub fn word(&mut self, node: &Node, what: &str) -> Option<Word> {
        match &node.kind {
            Kind::Text(text) if text.trim().is_empty() => {
                self.error(Code::BadValue, node.span.clone(), format!("{what} is empty"));
                None
            }
            Kind::Text(text) => Some(Word { text: text.clone(), span: node.span.clone() }),
            Kind::Int(_) | Kind::Float(_) => Some(Word { text: self.slice(node).to_owned(), span: node.span.clone() }),
            _ => self.expected(node, what),
        }
    }

    /// Text as written, without its place.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        self.word(node, what).map(|word| word.text)
    }

    /// Where a part of a word's text stands in the source.
    pub fn part(&self, word: &Word, part: Range<usize>) -> Range<usize> {
        part_of(self.source, &word.span, &word.text, part)
    }

    /// A duration such as `3 working days`.
    pub fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let word = self.word(node, what)?;
        self.duration_in(&word, 0..word.text.len())
    }

    /// The duration that a part of a word is.
    pub fn duration_in(&mut self, word: &Word, part: Range<usize>) -> Option<Duration> {
        let text = word.text.get(part.clone()).unwrap_or_default();
        match Duration::parse(text) {
            Ok(duration) => Some(duration),
            Err(error) => {
                self.error_with(Code::BadDuration, self.part(word, part), error.message, error.suggestion);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn int(&mut self, node: &Node, what: &str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let Kind::Int(value) = node.kind else { return self.expected(node, what) };
        if range.contains(&value) {
            return Some(value);
        }
        let message = format!("{what} must be between {} and {}", range.start(), range.end());
        self.error(Code::BadValue, node.span.clone(), message);
        None
    }

    /// True or false.
    pub fn bool(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.kind {
            Kind::Bool(value) => Some(*value),
            Kind::Text(text) if ["yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str()) => {
                let yes = ["yes", "on"].contains(&text.to_ascii_lowercase().as_str());
                let help = Some(format!("write `{yes}`"));
                self.error_with(Code::WrongShape, node.span.clone(), format!("{what} is true or false"), help);
                None
            }
            _ => self.expected(node, "true or false"),
        }
    }

    /// The items of a list; one value alone counts as a list of one.
    pub fn items<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.kind {
            _ if self.is_full() => &[],
            Kind::List(items) => items,
            Kind::Null => &[],
            _ => std::slice::from_ref(node),
        }
    }

    /// The entries of a mapping, each key once; `key:` with nothing behind it is an empty mapping.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(Word, &'n Node)> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries,
            Kind::Null => return Vec::new(),
            _ => {
                self.expected::<()>(node, &format!("{what} (a mapping)"));
                return Vec::new();
            }
        };
        let mut seen: Vec<(Word, &Node)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (key, value) in entries {
            if self.is_full() {
                break;
            }
            let Some(key) = self.word(key, "a key") else { continue };
            if let Some(first) = places.get(&key.text) {
                let line = self.line(*first);
                let message = format!("`{}` is written twice here; the first is on line {line}", key.text);
                self.error_with(Code::DuplicateKey, key.span, message, Some("keep one of the two".into()));
                continue;
            }
            places.insert(key.text.clone(), key.span.start);
            seen.push((key, value));
        }
        seen
    }

    /// The entries of a mapping of the grammar, in the order of the file; reports unknown keys and missing ones.
    pub fn known_entries<'n>(&mut self, node: &'n Node, what: &str, mapping: &Mapping) -> Vec<(Word, &'n Node)> {
        let mut entries = self.entries(node, what);
        entries.retain(|(key, _)| {
            let known = mapping.key(&key.text).is_some();
            if !known {
                let message = format!("{what} has no key `{}`", key.text);
                self.error_with(Code::UnknownKey, key.span.clone(), message, did_you_mean(&key.text, mapping.names()));
            }
            known
        });
        if matches!(node.kind, Kind::Map(_) | Kind::Null) {
            let missing = |key: &&Key| key.required && !entries.iter().any(|(there, _)| there.text == key.name);
            for key in mapping.keys.iter().filter(missing) {
                self.error(Code::MissingKey, node.span.clone(), format!("{what} needs `{}`", key.name));
            }
        }
        entries
    }

    /// The values of a mapping of the grammar, in the order in which the grammar lists its keys; reports unknown
    /// keys and missing ones.
    pub fn mapping<'n, const N: usize>(
        &mut self,
        node: &'n Node,
        what: &str,
        mapping: &Mapping<[Key; N]>,
    ) -> [Option<&'n Node>; N] {
        let entries = self.known_entries(node, what, mapping);
        let value = |key: &Key| entries.iter().find(|(there, _)| there.text == key.name).map(|(_, node)| *node);
        std::array::from_fn(|slot| value(&mapping.keys[slot]))
    }

    /// The values of a mapping with known keys, in the order of `known`; reports unknown keys and
    /// missing ones of `required`.
    pub fn fields<'n, const N: usize>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: [&str; N],
        required: &[&str],
    ) -> [Option<&'n Node>; N] {
        let mut found = [None; N];
        for (key, value) in self.entries(node, what) {
            if let Some(slot) = known.iter().position(|name| *name == key.text) {
                found[slot] = Some(value);
            } else {
                let message = format!("{what} has no key `{}`", key.text);
                self.error_with(Code::UnknownKey, key.span, message, did_you_mean(&key.text, known));
            }
        }
        if matches!(node.kind, Kind::Map(_) | Kind::Null) {
            for name in required {
                let missing = known.iter().position(|known| known == name).is_none_or(|slot| found[slot].is_none());
                if missing {
                    self.error(Code::MissingKey, node.span.clone(), format!("{what} needs `{name}`"));
                }
            }
        }
        found
    }

    /// The same text in several languages; reports languages of `languages` that are missing.
    pub fn texts(&mut self, node: &Node, what: &str, languages: &[String]) -> Option<Texts> {
        if matches!(node.kind, Kind::Text(_)) {
            let help = languages.iter().map(|language| format!("{language}: …")).collect::<Vec<_>>().join(", ");
            let message = format!("{what} is needed in each language");
            self.error_with(Code::WrongShape, node.span.clone(), message, Some(format!("write `{{{help}}}`")));
            return None;
        }
        let mut texts = Texts::default();
        for (language, value) in self.entries(node, what) {
            if let Some(text) = self.text(value, what) {
                texts.0.insert(language.text, text);
            }
        }
        for language in languages.iter().filter(|language| !texts.0.contains_key(*language)) {
            let message = format!("{what} has no text in `{language}`");
            self.error(Code::MissingTranslation, node.span.clone(), message);
        }
        Some(texts)
    }
}
