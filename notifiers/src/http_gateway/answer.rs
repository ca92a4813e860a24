//! What an answer means for the message, by the outcomes that the description lists.

use std::time::Duration;

use wasl_core::delivery::{Failure, Sent, Status};

use super::description::{Answer, Description, Errors, Meaning, Outcome};
use super::place::{Parts, Place, scalar};
use crate::errors::Class;
use crate::http::{PRESSURE_REST, class_of_status, failure_of_status};

/// An answer as it came; `body` is `None` when it could not be read to its end.
pub(crate) struct Came<'a> {
    pub(crate) http: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<&'a [u8]>,
    /// How long the gateway asks us to wait.
    pub(crate) after: Option<Duration>,
}

/// Judges an answer: the first outcome that fits, else what its status says.
pub(crate) fn judge(description: &Description, came: Came<'_>) -> Sent {
    let Came { http, headers, body, after } = came;
    let whole = body.is_some();
    let parts = Parts::of_answer(headers, body.unwrap_or_default());
    let plan = &description.answer;
    let code = taken(plan.code.as_ref(), &parts).filter(|code| !description.errors.none.contains(code));
    let by_code = code.as_deref().and_then(|code| description.errors.classes.known(code));
    let fits = |outcome: &&Outcome| {
        outcome.fits(http, whole, &parts) && (outcome.means != Meaning::ByCode || by_code.is_some())
    };
    let class = match (plan.outcomes.iter().find(fits).map(|outcome| outcome.means), by_code) {
        (Some(Meaning::Accepted), _) => return accepted(plan, description, &parts),
        (Some(Meaning::Unreachable), _) => {
            let message = "the gateway does not serve anybody at the moment";
            return Sent::Unreachable(failure_of_status(http, message));
        }
        (Some(Meaning::Refused(class)), _) | (Some(Meaning::ByCode), Some(class)) => class,
        (Some(Meaning::ByCode) | None, _) if (200..=299).contains(&http) => {
            let message = "the gateway's answer is not one that its description knows";
            return Sent::Uncertain(Failure::new("unreadable", message));
        }
        (Some(Meaning::ByCode) | None, _) => class_of_status(http),
    };
    let failure = match &code {
        Some(code) => class.failure(&description.errors.tidy(code), class.meaning()),
        None => of_status(class, http),
    };
    class.sent(failure, if http == 429 { after.or(Some(PRESSURE_REST)) } else { after })
}

/// A failure with the marks of its class, of an answer without a code.
fn of_status(class: Class, http: u16) -> Failure {
    let failure = failure_of_status(http, class.meaning());
    class.failure(&failure.code, failure.message)
}

fn accepted(plan: &Answer, description: &Description, parts: &Parts) -> Sent {
    let word = taken(plan.status.as_ref(), parts);
    Sent::Accepted {
        provider_id: taken(plan.id.as_ref(), parts),
        status: word.and_then(|word| description.status(&word)).unwrap_or(Status::Accepted),
        segments: taken(plan.segments.as_ref(), parts).and_then(|count| count.parse().ok()).filter(|count| *count > 0),
    }
}

fn taken(place: Option<&Place>, parts: &Parts) -> Option<String> {
    place?.take(parts, parts.json())
}

impl Outcome {
    /// Whether an answer is such a one. What is said of a body that broke off cannot be known.
    fn fits(&self, http: u16, whole: bool, parts: &Parts) -> bool {
        let http_fits = self.http.is_empty() || self.http.iter().any(|(from, to)| (*from..=*to).contains(&http));
        let body_fits = self.body.as_ref().is_none_or(|body| whole && body.is_match(parts.body()));
        let json_fits = self.json.as_ref().is_none_or(|(pointer, words)| {
            let found = parts.json().pointer(pointer).and_then(scalar);
            whole && found.is_some_and(|found| words.contains(&found))
        });
        http_fits && body_fits && json_fits
    }
}

impl Description {
    /// Where a message stands by a word of the gateway; `None` for a word that says nothing of that.
    pub(crate) fn status(&self, word: &str) -> Option<Status> {
        self.statuses.get(&word.to_lowercase()).copied()
    }
}

impl Errors {
    /// A code as it may be shown: one of the table as it is, of another one what a code may consist of, as an
    /// answer is not trusted to hold no personal data.
    pub(crate) fn tidy(&self, code: &str) -> String {
        const CODE_CHARS_MAX: usize = 32;
        const DIGITS_MAX: usize = 6;
        if self.classes.known(code).is_some() {
            return code.to_owned();
        }
        let mut tidy = String::new();
        let mut digits = 0;
        for sign in code.chars().filter(|sign| sign.is_ascii_alphanumeric() || "_-.".contains(*sign)) {
            digits = if sign.is_ascii_digit() { digits + 1 } else { 0 };
            if digits <= DIGITS_MAX {
                tidy.push(sign);
            }
        }
        tidy.truncate(CODE_CHARS_MAX);
        tidy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_nobody_knows_cannot_carry_a_number() {
        let errors = Errors::default();
        for (code, tidy) in [
            ("EC_ABSENT_SUBSCRIBER", "EC_ABSENT_SUBSCRIBER"),
            ("E-12.5", "E-12.5"),
            ("to +97336001234!", "to973360"),
            ("<b>أمينة</b>", "bb"),
        ] {
            assert_eq!(errors.tidy(code), tidy);
        }
        assert_eq!(errors.tidy(&"x".repeat(99)).len(), 32);
    }
}
