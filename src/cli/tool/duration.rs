//! `tool duration`.

use serde_json::{Value as Json, json};
use wasl_core::duration::Duration;

use super::{Reply, lines};
use crate::output::facts;

/// Reads a duration.
pub(super) fn answer(question: &Json) -> Result<Reply, String> {
    let duration = parse(lines::text(question, "duration")?)?;
    let (kind, meaning) = kind(duration);
    let (canonical, ar) = (duration.to_string(), duration.words("ar"));
    let json = json!({"kind": kind, "canonical": canonical, "en": duration.words("en"), "ar": ar});
    let text = facts(&[("kind", format!("{kind}: {meaning}")), ("written", canonical), ("Arabic", ar)]);
    Ok(Reply { text, json })
}

/// Reads a duration; the error says what to write.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    Duration::parse(text).map_err(|error| match error.suggestion {
        Some(suggestion) => format!("{}; {suggestion}", error.message),
        None => error.message,
    })
}

/// The kind of a duration, in a word and in a sentence.
fn kind(duration: Duration) -> (&'static str, &'static str) {
    match duration {
        Duration::Elapsed(_) => ("elapsed", "time on a stopwatch"),
        Duration::Days(_) => ("days", "the same local time so many days later"),
        Duration::Months(_) => ("months", "the same day so many months later, or the month's last"),
        Duration::WorkingDays(_) => ("working_days", "days on which the calendar's office is open"),
        Duration::WorkingHours { .. } => ("working_hours", "time while the calendar's office is open"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_words_for_time_are_told_apart() {
        for (text, kind, canonical) in [
            ("24 hours", "elapsed", "24 hours"),
            ("90 minutes", "elapsed", "90 minutes"),
            ("1 day", "days", "1 day"),
            ("2 weeks", "days", "14 days"),
            ("1 month", "months", "1 month"),
            ("3 working days", "working_days", "3 working days"),
            ("8 working hours", "working_hours", "8 working hours"),
        ] {
            let json = answer(&json!(text)).unwrap().json;
            assert_eq!((&json["kind"], &json["canonical"]), (&json!(kind), &json!(canonical)));
            assert!(json["ar"].as_str().is_some_and(|ar| !ar.is_ascii()), "{json}");
        }
    }

    #[test]
    fn what_is_none_is_told_with_what_to_write() {
        assert!(answer(&json!("3 dayz")).unwrap_err().contains("3 days"));
    }
}
