//! What a gateway's error codes mean for us: the classes, and tables of which code has which.
//!
//! The classes are fixed; the tables are data, shipped or written by operators. A gateway's own words
//! are never passed on, as they quote the recipient: its codes are, with ours.

use std::collections::BTreeMap;

use serde::Deserialize;
use wasl_core::delivery::{Failure, Sent};

/// What a code means for the recipient, the channel and a further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The number cannot take this message, now or later.
    BadNumber,
    /// The person told the gateway to stop.
    OptedOut,
    /// Our configuration or account is wrong: nothing on this channel works.
    Misconfigured,
    /// The text or the route is blocked: no automatic repeat.
    Blocked,
    /// Certainly not sent; may be tried again.
    Retry,
    /// Worth two or three tries over days.
    RetryLimited,
    /// Nobody can tell whether it was sent.
    Unclear,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::BadNumber,
        Self::OptedOut,
        Self::Misconfigured,
        Self::Blocked,
        Self::Retry,
        Self::RetryLimited,
        Self::Unclear,
    ];

    /// The word of tables, of logs and of tests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadNumber => "bad_number",
            Self::OptedOut => "opted_out",
            Self::Misconfigured => "misconfigured",
            Self::Blocked => "blocked",
            Self::Retry => "retry",
            Self::RetryLimited => "retry_limited",
            Self::Unclear => "unclear",
        }
    }

    /// The class of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// In our own words: a gateway's message quotes the number.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::BadNumber => "the number cannot take this message",
            Self::OptedOut => "the recipient told the gateway to stop",
            Self::Misconfigured => "the gateway refuses our account, sender or settings",
            Self::Blocked => "the text or the route is blocked",
            Self::Retry => "the gateway did not take the message and may later",
            Self::RetryLimited => "the handset or its operator did not answer",
            Self::Unclear => "the gateway failed and does not say whether it took the message",
        }
    }

    /// The failure of a message that this code was given for; `message` is ours.
    pub(crate) fn failure(self, code: &str, message: impl Into<String>) -> Failure {
        let mut failure = Failure::new(code, message);
        failure.bad_address = self == Self::BadNumber;
        failure.opted_out = self == Self::OptedOut;
        failure
    }

    /// What becomes of a message that was refused for this reason; `after` is how long the gateway asks us to wait.
    pub(crate) fn sent(self, failure: Failure, after: Option<std::time::Duration>) -> Sent {
        match self {
            Self::BadNumber | Self::OptedOut | Self::Blocked => Sent::Rejected(failure),
            Self::Misconfigured => Sent::Misconfigured(failure),
            Self::Retry | Self::RetryLimited => Sent::Retry { failure, after },
            Self::Unclear => Sent::Uncertain(failure),
        }
    }
}

/// The class of each code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorClasses {
    by_code: BTreeMap<String, Class>,
}

impl ErrorClasses {
    /// Reads a table: `bad_number: [21211, 21614]`.
    ///
    /// # Errors
    /// When `text` is no such table: unreadable YAML, an unknown class, a code under two classes.
    pub fn read(text: &str) -> Result<Self, ErrorClassesError> {
        let classes: BTreeMap<Class, Vec<String>> =
            serde_yaml::from_str(text).map_err(|error| ErrorClassesError::Unreadable(error.to_string()))?;
        let mut table = Self::default();
        for (class, codes) in classes {
            for code in codes {
                table.add(&code, class)?;
            }
        }
        Ok(table)
    }

    /// This table, corrected by `text` code by code.
    ///
    /// # Errors
    /// As for [`ErrorClasses::read`].
    pub fn corrected_by(mut self, text: &str) -> Result<Self, ErrorClassesError> {
        self.by_code.extend(Self::read(text)?.by_code);
        Ok(self)
    }

    /// Adds a code.
    ///
    /// # Errors
    /// When it stands under another class already.
    pub(crate) fn add(&mut self, code: &str, class: Class) -> Result<(), ErrorClassesError> {
        match self.by_code.insert(code.to_owned(), class).filter(|other| *other != class) {
            Some(other) => {
                Err(ErrorClassesError::Twice { code: code.to_owned(), one: other.as_str(), other: class.as_str() })
            }
            None => Ok(()),
        }
    }

    /// The class of a code that the table knows.
    pub fn known(&self, code: &str) -> Option<Class> {
        self.by_code.get(code).copied()
    }
}

/// Why a table of error classes was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorClassesError {
    /// Not a mapping of classes to lists of codes.
    #[error("not a table of error classes (`bad_number: [21211]`): {0}")]
    Unreadable(String),
    /// The same code under two classes.
    #[error("code `{code}` stands under both `{one}` and `{other}`: keep one")]
    Twice {
        /// The code.
        code: String,
        /// Where it stands.
        one: &'static str,
        /// Where it stands as well.
        other: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_table_wins_code_by_code() {
        let table = ErrorClasses::read("bad_number: [30006]\nopted_out: [STOP]\n").unwrap();
        let table = table.corrected_by("blocked: [30006, 30999]\n").unwrap();
        for (code, class) in [
            ("30006", Some(Class::Blocked)),
            ("30999", Some(Class::Blocked)),
            ("STOP", Some(Class::OptedOut)),
            ("30007", None),
        ] {
            assert_eq!(table.known(code), class, "{code}");
        }
    }

    #[test]
    fn a_bad_table_says_what_is_wrong() {
        let refused = |text: &str| ErrorClasses::read(text).unwrap_err().to_string();
        assert_eq!(
            refused("blocked: [30006]\nretry: [30006]\n"),
            "code `30006` stands under both `blocked` and `retry`: keep one"
        );
        assert!(refused("blokced: [30006]").contains("blokced"));
        assert!(refused("[30006]").starts_with("not a table"));
    }

    #[test]
    fn each_class_has_its_word_its_marks_and_its_outcome() {
        for class in Class::ALL {
            assert_eq!(Class::parse(class.as_str()), Some(class));
            let failure = class.failure("7", class.meaning());
            assert_eq!(failure.bad_address, class == Class::BadNumber);
            assert_eq!(failure.opted_out, class == Class::OptedOut);
            let outcome = crate::http::outcome_word(&class.sent(failure, None));
            let expected = match class {
                Class::BadNumber | Class::OptedOut | Class::Blocked => "rejected",
                Class::Misconfigured => "misconfigured",
                Class::Retry | Class::RetryLimited => "retry",
                Class::Unclear => "uncertain",
            };
            assert_eq!(outcome, expected, "{class:?}");
        }
    }
}
