//! What can be wrong with an expression when it is checked ([`ExprError`]) and when it is evaluated ([`EvalError`]).
//!
//! How a finding is shown, with file, line and caret, is left to the caller, who knows where the expression stands.

use std::borrow::Cow;

use super::Span;
use super::limits::{LISTED_WORDS_MAX, QUOTE_CHARS_MAX, SIMILARITY_MIN};
use crate::limits::{COMPARED_CHARS_MAX, KNOWN_WORDS_MAX};

/// A problem in an expression, found when it is checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// Where it is: bytes of the expression's source text, on character boundaries; empty at the end of the text.
    pub span: Span,
    /// What is wrong, in lower case, without a final stop.
    pub message: String,
    /// What to do about it.
    pub suggestion: Option<String>,
}

/// An evaluation that came to no result: an incident on the case, never a "false".
///
/// Its text quotes the expression, which is part of the workflow, and never a value, which may be personal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` {cause}")]
pub struct EvalError {
    /// Where it happened: bytes of the expression's source text.
    pub span: Span,
    /// That part of the source, shortened.
    pub expression: String,
    /// What happened.
    pub cause: EvalCause,
}

/// Why an evaluation came to no result.
///
/// Over values of the declared types only the first four occur; [`Absent`](Self::Absent) and
/// [`WrongType`](Self::WrongType) mean that the environment did not keep to the scope that the program was checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalCause {
    /// Division by zero, of whole numbers or of others, or its remainder.
    #[error("divides by zero")]
    DivisionByZero,
    /// A whole number beyond 64 bits, or a number that is not finite.
    #[error("is a number too large to represent")]
    Overflow,
    /// An operand is the floating-point "not a number", which has no order.
    #[error("is not a number")]
    NotANumber,
    /// `exists` and `all` looked at more elements than one evaluation may.
    #[error("looks at too many elements; the lists are longer than a guard may search")]
    TooLong,
    /// A value that must be there is not.
    #[error("is absent, though it was declared to be always there")]
    Absent,
    /// A value is not of its declared type.
    #[error("is not {0}, though it was declared to be")]
    WrongType(&'static str),
}

/// The problems of one expression, in the order in which they are found.
pub(super) struct Findings<'s> {
    source: &'s str,
    list: Vec<ExprError>,
    /// Whether the expression is so broken that what follows would only be noise.
    halted: bool,
}

impl<'s> Findings<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, list: Vec::new(), halted: false }
    }

    /// Adds a finding.
    pub(super) fn add(&mut self, span: Span, message: impl Into<String>, suggestion: Option<String>) {
        self.list.push(ExprError { span, message: message.into(), suggestion });
    }

    /// Adds a finding after which nothing else can be said.
    pub(super) fn halt(&mut self, span: Span, message: impl Into<String>, suggestion: Option<String>) {
        self.add(span, message, suggestion);
        self.halted = true;
    }

    pub(super) fn halted(&self) -> bool {
        self.halted
    }

    /// How many findings there are so far.
    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// The part of the source at `span`, for a message.
    pub(super) fn quote(&self, span: &Span) -> Cow<'s, str> {
        quote(self.source, span)
    }

    /// All findings in the order of the source, or `value` when there is none.
    pub(super) fn or<T>(mut self, value: Option<T>) -> Result<T, Vec<ExprError>> {
        if let (Some(value), true) = (value, self.list.is_empty()) {
            return Ok(value);
        }
        self.list.sort_by_key(|finding| (finding.span.start, finding.span.end));
        self.list.dedup();
        Err(self.list)
    }
}

/// The part of `source` at `span`, on one line and not too long.
pub(super) fn quote<'s>(source: &'s str, span: &Span) -> Cow<'s, str> {
    let text = source.get(span.clone()).unwrap_or_default();
    let on_one_line = !text.contains(char::is_control);
    if on_one_line && text.chars().count() <= QUOTE_CHARS_MAX {
        return Cow::Borrowed(text);
    }
    let mut short: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = short.char_indices().nth(QUOTE_CHARS_MAX) {
        short.truncate(cut);
        short.push('…');
    }
    Cow::Owned(short)
}

/// "did you mean …?" for the nearest of `known`, if one is near.
pub(super) fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let word = word.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    if word.chars().count() > COMPARED_CHARS_MAX {
        return None;
    }
    for candidate in known.into_iter().take(KNOWN_WORDS_MAX) {
        let score = strsim::normalized_damerau_levenshtein(&word, &candidate.to_lowercase());
        if score >= SIMILARITY_MIN && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Words for a message: `a`, `b`, `c` and how many more.
pub(super) fn listed<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    let shown: Vec<String> = words.iter().take(LISTED_WORDS_MAX).map(|word| format!("`{word}`")).collect();
    let more = words.len().saturating_sub(LISTED_WORDS_MAX);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
