//! What each of Twilio's error codes means for us: the shipped table, which the operator can correct.

use wasl_core::delivery::Failure;

use crate::errors::{Class, ErrorClasses, ErrorClassesError};

/// The shipped table.
const SHIPPED: &str = include_str!("errors.yaml");

/// Reads the table that Wasl ships.
pub(super) fn shipped() -> Result<ErrorClasses, ErrorClassesError> {
    ErrorClasses::read(SHIPPED)
}

/// The failure of a message that this code was given for.
pub(super) fn failure(class: Class, code: &str) -> Failure {
    let code = tidy_code(code);
    let message = format!("{}: see https://www.twilio.com/docs/api/errors/{code}", class.meaning());
    class.failure(&code, message)
}

/// Keeps what a code may consist of: an answer is not trusted to hold no personal data.
fn tidy_code(code: &str) -> String {
    const CODE_CHARS_MAX: usize = 8;
    code.chars().filter(char::is_ascii_digit).take(CODE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_says_what_the_rules_say() {
        let table = shipped().unwrap();
        for (class, codes) in [
            (Class::BadNumber, "21211 21214 21614 21635 30005 30006"),
            (Class::OptedOut, "21610"),
            (
                Class::Misconfigured,
                "20003 20005 21212 21408 21602 21603 21604 21606 21608 21612 21617 21703 30002 30032 30042",
            ),
            (Class::Blocked, "30004 30007"),
            (Class::Retry, "429 20429 14107 21611 30001 30017 30022 63018"),
            (Class::RetryLimited, "30003 30008 30410"),
            (Class::Unclear, "20500 20503"),
        ] {
            for code in codes.split(' ') {
                assert_eq!(table.known(code), Some(class), "{code}");
            }
        }
        assert_eq!(table.known("99999"), None);
    }

    #[test]
    fn a_failure_carries_our_words_and_the_marks_of_its_class() {
        let bad = failure(Class::BadNumber, "21211");
        assert_eq!((bad.code.as_str(), bad.bad_address, bad.opted_out), ("21211", true, false));
        assert!(bad.message.ends_with("/errors/21211"), "{}", bad.message);
        assert!(failure(Class::OptedOut, "21610").opted_out);
        assert_eq!(failure(Class::Retry, "+97336001234 x").code, "97336001");
    }
}
