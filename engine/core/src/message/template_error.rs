//! The template engine's failures in our own words, with a place and something to do about it.
//!
//! The engine's own texts may quote values; a value of a case never reaches an error, so what quotes
//! one is left out.

use std::collections::BTreeSet;

use minijinja::{Error, ErrorKind};

use super::markup::{self, Region};
use super::template::TemplateError;
use crate::value::{Record, Value};

/// What is known about a part of a template when it fails.
pub(super) struct Excuse<'a> {
    /// The whole file.
    pub(super) source: &'a str,
    /// Where the part begins in it.
    pub(super) first_line: usize,
    /// The paths that the template needs.
    pub(super) variables: &'a BTreeSet<String>,
}

impl Excuse<'_> {
    /// The part is not a template.
    pub(super) fn unreadable(&self, error: &Error) -> TemplateError {
        let detail = error.detail().unwrap_or("a bracket or a word is out of place");
        self.at(error, format!("the template cannot be read: {detail}"), None)
    }

    /// The part cannot be rendered with these values.
    pub(super) fn unrendered(&self, error: &Error, vars: &Record) -> TemplateError {
        match error.kind() {
            ErrorKind::UndefinedError => self.absent(error, vars),
            ErrorKind::OutOfFuel => {
                let suggestion = "take out the loop that makes it so large".to_owned();
                self.at(error, "the template takes more work than a message needs".to_owned(), Some(suggestion))
            }
            _ => {
                let detail = error.detail().filter(|detail| !quotes_a_value(detail, vars));
                let message = detail.unwrap_or("a value does not fit its use here").to_owned();
                self.at(error, message, None)
            }
        }
    }

    /// The rendered text is longer than anything that is sent.
    pub(super) fn too_large(&self, bytes_max: usize) -> TemplateError {
        let message = format!("the rendered text is larger than {bytes_max} bytes");
        TemplateError { line: self.first_line, column: None, message, suggestion: None }
    }

    /// Nothing was rendered.
    pub(super) fn empty(&self, part: &str) -> TemplateError {
        let message = format!("the rendered {part} is empty");
        let suggestion = Some("give the conditions an `{% else %}` with words".to_owned());
        TemplateError { line: self.first_line, column: None, message, suggestion }
    }

    /// Names the absent value: the engine tells only the line.
    fn absent(&self, error: &Error, vars: &Record) -> TemplateError {
        let line = self.line(error);
        let text = self.source.lines().nth(line - 1).unwrap_or("");
        let absent = |path: &&String| text.contains(path.as_str()) && is_absent(path, vars);
        // A loop's items are not among the variables: where one expression stands alone, it is the one.
        let alone = || {
            let mut inside = markup::regions(text).into_iter().filter(|(region, _)| *region == Region::Expression);
            let (_, range) = inside.next().filter(|_| inside.next().is_none())?;
            let expression = text[range].trim_start_matches(['{', '-']).split(['|', '}']).next()?.trim();
            (!expression.is_empty()).then(|| expression.to_owned())
        };
        let Some(path) = self.variables.iter().find(absent).cloned().or_else(alone) else {
            return self.at(error, "a value on this line is absent".to_owned(), Some(fallback("value")));
        };
        let suggestion = match similar(&path, vars) {
            Some(name) => format!("did you mean `{name}`?"),
            None => fallback(&path),
        };
        let column = text.find(&path).map(|at| text[..at].chars().count() + 1);
        TemplateError { line, column, message: format!("`{path}` has no value"), suggestion: Some(suggestion) }
    }

    fn line(&self, error: &Error) -> usize {
        self.first_line + error.line().unwrap_or(1).saturating_sub(1)
    }

    fn at(&self, error: &Error, message: String, suggestion: Option<String>) -> TemplateError {
        TemplateError { line: self.line(error), column: None, message, suggestion }
    }
}

fn fallback(path: &str) -> String {
    format!("ask for it with `{{% if {path} %}}`, or give other words with `{{{{ {path} | default(\"…\") }}}}`")
}

/// Whether a dotted path leads to nothing.
fn is_absent(path: &str, vars: &Record) -> bool {
    let mut names = path.split('.');
    let root = names.next().and_then(|name| vars.get(name)).unwrap_or(&Value::Null);
    names.fold(root, Value::member).is_null()
}

/// A name of the record that the first word of the path may have been meant for.
fn similar(path: &str, vars: &Record) -> Option<String> {
    let root = path.split('.').next()?;
    if vars.contains_key(root) {
        return None;
    }
    nearest(root, vars.keys().map(String::as_str)).map(str::to_owned)
}

/// The known name closest to a misspelt one, if any is close.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance_max = (name.chars().count() / 3).clamp(1, 3);
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether an engine's text holds a value. Single signs are left out: they are in every text.
fn quotes_a_value(detail: &str, vars: &Record) -> bool {
    vars.values().any(|value| quotes(detail, value))
}

fn quotes(detail: &str, value: &Value) -> bool {
    match value {
        Value::Text(text) => text.trim().chars().nth(1).is_some() && detail.contains(text.trim()),
        Value::Int(_) | Value::Number(_) | Value::Date(_) | Value::Time(_) => {
            let written = value.to_json().to_string();
            written.len() > 1 && detail.contains(written.trim_matches('"'))
        }
        Value::List(values) => values.iter().any(|value| quotes(detail, value)),
        Value::Record(record) => quotes_a_value(detail, record),
        Value::Null | Value::Bool(_) => false,
    }
}
