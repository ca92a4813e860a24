//! How values lie in columns: instants as milliseconds since 1970, documents as JSON text, texts without zero bytes.

use std::fmt::Display;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::error::StoreError;

/// An instant as it is stored.
pub(super) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A due instant as it is stored: rounded up, so that nothing is woken before it is due.
pub(super) fn due_millis(at: Timestamp) -> i64 {
    let below = at.as_millisecond();
    if instant(below) < at { below.saturating_add(1) } else { below }
}

/// A stored instant.
pub(super) fn instant(millis: i64) -> Timestamp {
    let edge = if millis < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(millis).unwrap_or(edge)
}

/// A text as every database takes it: `PostgreSQL` keeps none with a zero byte, and one such text must not keep a whole batch
/// from being written. The byte becomes the sign for what cannot be shown, on both. In documents it is escaped and stays.
pub(super) fn text(given: impl Into<String>) -> String {
    let given = given.into();
    if given.contains('\0') { given.replace('\0', "\u{fffd}") } else { given }
}

/// Most documents are shorter and need no second piece of memory.
const DOCUMENT_BYTES: usize = 512;

/// A document as it is stored.
pub(super) fn to_json<T: Serialize>(what: &'static str, id: impl Display, document: &T) -> Result<String, StoreError> {
    let mut text = Vec::with_capacity(DOCUMENT_BYTES);
    serde_json::to_writer(&mut text, document).map_err(|error| unreadable(what, id.to_string(), &error))?;
    String::from_utf8(text).map_err(|_| unknown_word(what, &id.to_string()))
}

/// A stored document.
pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, id: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| unreadable(what, id.to_owned(), &error))
}

/// A stored document that may be absent.
pub(super) fn from_json_option<T: DeserializeOwned>(
    what: &'static str,
    id: &str,
    text: Option<&str>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| from_json(what, id, text)).transpose()
}

/// A stored word that is none of those known.
pub(super) fn unknown_word(what: &'static str, id: &str) -> StoreError {
    StoreError::Document { what, id: id.to_owned(), detail: "an unknown word".into() }
}

/// Says where and what kind of fault, never the content: it may be personal.
fn unreadable(what: &'static str, id: String, error: &serde_json::Error) -> StoreError {
    let kind = match error.classify() {
        Category::Io => "input",
        Category::Syntax => "syntax",
        Category::Data => "an unexpected member",
        Category::Eof => "cut short",
    };
    let detail = format!("{kind} at column {}", error.column());
    StoreError::Document { what, id, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_instant_never_comes_before_itself() {
        let exact = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        let later = Timestamp::from_nanosecond(exact.as_nanosecond() + 1).unwrap();
        assert_eq!(due_millis(exact), 1_700_000_000_123);
        assert_eq!(due_millis(later), 1_700_000_000_124);
    }

    #[test]
    fn an_unreadable_document_is_named_and_not_shown() {
        let error = from_json::<u32>("data", "7", "\"+97336001122\"").unwrap_err().to_string();
        assert!(error.contains("data of `7`") && !error.contains("973"), "{error}");
    }
}
