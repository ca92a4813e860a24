//! What each of Twilio's error codes means for us: a table that the operator can correct.
//!
//! Only the classes are fixed here; which code has which class is data (`errors.yaml`).

use std::collections::BTreeMap;

use serde::Deserialize;
use wasl_core::delivery::Failure;

/// The shipped table.
const SHIPPED: &str = include_str!("errors.yaml");

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
    /// The word of the table, of logs and of tests.
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

    /// In our own words: Twilio's message quotes the number.
    const fn meaning(self) -> &'static str {
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

    /// The failure of a message that this code was given for.
    pub(crate) fn failure(self, code: &str) -> Failure {
        let code = tidy_code(code);
        let message = format!("{}: see https://www.twilio.com/docs/api/errors/{code}", self.meaning());
        let mut failure = Failure::new(code, message);
        failure.bad_address = self == Self::BadNumber;
        failure.opted_out = self == Self::OptedOut;
        failure
    }
}

/// Keeps what a code may consist of: an answer is not trusted to hold no personal data.
fn tidy_code(code: &str) -> String {
    const CODE_CHARS_MAX: usize = 8;
    code.chars().filter(char::is_ascii_digit).take(CODE_CHARS_MAX).collect()
}

/// The class of each code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorClasses {
    by_code: BTreeMap<u32, Class>,
}

impl ErrorClasses {
    /// The table that Wasl ships.
    ///
    /// # Errors
    /// Never for the table as shipped, which a test reads.
    pub fn shipped() -> Result<Self, ErrorClassesError> {
        Self::read(SHIPPED)
    }

    /// The shipped table, corrected by `text`.
    ///
    /// # Errors
    /// When `text` is no such table: unreadable YAML, an unknown class, a code under two classes.
    pub fn corrected_by(text: &str) -> Result<Self, ErrorClassesError> {
        let mut table = Self::shipped()?;
        table.by_code.extend(Self::read(text)?.by_code);
        Ok(table)
    }

    fn read(text: &str) -> Result<Self, ErrorClassesError> {
        let classes: BTreeMap<Class, Vec<u32>> =
            serde_yaml::from_str(text).map_err(|error| ErrorClassesError::Unreadable(error.to_string()))?;
        let mut by_code = BTreeMap::new();
        for (class, codes) in classes {
            for code in codes {
                if let Some(other) = by_code.insert(code, class).filter(|other| *other != class) {
                    return Err(ErrorClassesError::Twice { code, one: other.as_str(), other: class.as_str() });
                }
            }
        }
        Ok(Self { by_code })
    }

    /// The class of a code; `retry` where the table does not know it, as the engine limits attempts.
    pub fn classify(&self, code: &str) -> Class {
        self.known(code).unwrap_or(Class::Retry)
    }

    /// The class of a code that the table knows.
    pub fn known(&self, code: &str) -> Option<Class> {
        self.by_code.get(&code.parse::<u32>().ok()?).copied()
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
        code: u32,
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
    fn the_shipped_table_says_what_the_rules_say() {
        let table = ErrorClasses::shipped().unwrap();
        for (class, codes) in [
            (Class::BadNumber, "21211 21214 21614 21635 30005 30006"),
            (Class::OptedOut, "21610"),
            (
                Class::Misconfigured,
                "20003 20005 21212 21408 21602 21603 21604 21606 21608 21612 21617 21703 30002 30032 30042",
            ),
            (Class::Blocked, "30004 30007"),
            (Class::Retry, "429 20429 14107 21611 30001 30017 30022 63018 99999 word"),
            (Class::RetryLimited, "30003 30008 30410"),
            (Class::Unclear, "20500 20503"),
        ] {
            for code in codes.split(' ') {
                assert_eq!(table.classify(code), class, "{code}");
            }
        }
        assert_eq!(table.known("99999"), None);
    }

    #[test]
    fn an_operators_table_wins_code_by_code() {
        let table = ErrorClasses::corrected_by("blocked: [30006, 30999]\n").unwrap();
        assert_eq!(table.classify("30006"), Class::Blocked);
        assert_eq!(table.classify("30999"), Class::Blocked);
        assert_eq!(table.classify("21610"), Class::OptedOut);
    }

    #[test]
    fn a_bad_table_says_what_is_wrong() {
        let refused = |text: &str| ErrorClasses::corrected_by(text).unwrap_err().to_string();
        assert_eq!(
            refused("blocked: [30006]\nretry: [30006]\n"),
            "code `30006` stands under both `blocked` and `retry`: keep one"
        );
        assert!(refused("blokced: [30006]").contains("blokced"));
        assert!(refused("[30006]").starts_with("not a table"));
    }

    #[test]
    fn a_failure_carries_our_words_and_the_marks_of_its_class() {
        let failure = Class::BadNumber.failure("21211");
        assert_eq!((failure.code.as_str(), failure.bad_address, failure.opted_out), ("21211", true, false));
        assert!(failure.message.ends_with("/errors/21211"), "{}", failure.message);
        assert!(Class::OptedOut.failure("21610").opted_out);
        assert_eq!(Class::Retry.failure("+97336001234 x").code, "97336001");
    }
}
