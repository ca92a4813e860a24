//! Durations as people write them: the four words for time (rule 5 of the engine's promises).
//!
//! `24 hours` is elapsed, `1 day` is civil, `1 working day` and `8 working hours` follow a calendar.
//! Reads, prints and words them; what they come to from a given start is [`crate::calendar`]'s.

mod refusal;
mod unit;

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::number;
use refusal::{refuse_fraction, refuse_number, refuse_unit};
use unit::{Unit, arabic, with_unit};

/// The longest duration of a workflow, in years: what waits longer than ten years is a typing mistake.
pub const DURATION_YEARS_MAX: i64 = 10;

/// A length of time, in the sense in which it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duration {
    /// `24 hours`, `90 minutes`, `30 seconds`: time on a stopwatch.
    Elapsed(SignedDuration),
    /// `1 day`, `2 weeks`: the same local time so many days later.
    Days(i32),
    /// `1 month`, `1 year`: the same local time and day so many months later, or the month's last day.
    Months(i32),
    /// `3 working days`: days on which the calendar's office is open.
    WorkingDays(i32),
    /// `8 working hours`, `30 working minutes`: time while the calendar's office is open.
    WorkingHours {
        /// The length in minutes.
        minutes: i64,
    },
}

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DurationError {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub suggestion: Option<String>,
}

impl Duration {
    /// Reads `3 days`, `1 working day`, `90 minutes`.
    ///
    /// # Errors
    /// Whatever is not a whole number and a unit of the language, with what was probably meant.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let text = text.trim();
        let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(digits_end);
        let unit_word = rest.split_whitespace().collect::<Vec<_>>().join(" ");
        let Ok(count) = digits.parse::<i64>() else { return Err(refuse_number(text, digits)) };
        if rest.starts_with(['.', ',']) {
            return Err(refuse_fraction(text, rest, count));
        }
        let exact = Unit::parse(&unit_word).filter(|_| rest.starts_with(char::is_whitespace));
        let Some(unit) = exact else { return Err(refuse_unit(text, count, &unit_word)) };
        if count > unit.max() {
            let message = format!("`{text}` is longer than {DURATION_YEARS_MAX} years");
            let suggestion = Some(format!("write at most `{}`", with_unit(unit.max(), unit)));
            return Err(DurationError { message, suggestion });
        }
        Ok(Self::of(count, unit))
    }

    /// `count` is at most `unit.max()`, so that nothing here overflows or is cut off.
    fn of(count: i64, unit: Unit) -> Self {
        let small = i32::try_from(count).unwrap_or(i32::MAX);
        match unit {
            Unit::Second => Self::Elapsed(SignedDuration::from_secs(count)),
            Unit::Minute => Self::Elapsed(SignedDuration::from_secs(count * 60)),
            Unit::Hour => Self::Elapsed(SignedDuration::from_secs(count * 3_600)),
            Unit::Day => Self::Days(small),
            Unit::Week => Self::Days(small * 7),
            Unit::Month => Self::Months(small),
            Unit::Year => Self::Months(small * 12),
            Unit::WorkingMinute => Self::WorkingHours { minutes: count },
            Unit::WorkingHour => Self::WorkingHours { minutes: count * 60 },
            Unit::WorkingDay => Self::WorkingDays(small),
        }
    }

    /// The number and unit in which it reads best: whole hours, else whole minutes, else seconds.
    fn parts(self) -> (i64, Unit) {
        match self {
            Self::Elapsed(elapsed) => {
                let seconds = elapsed.as_secs();
                match (seconds % 3_600, seconds % 60) {
                    (0, _) => (seconds / 3_600, Unit::Hour),
                    (_, 0) => (seconds / 60, Unit::Minute),
                    _ => (seconds, Unit::Second),
                }
            }
            Self::Days(days) => (days.into(), Unit::Day),
            Self::Months(months) if months != 0 && months % 12 == 0 => ((months / 12).into(), Unit::Year),
            Self::Months(months) => (months.into(), Unit::Month),
            Self::WorkingDays(days) => (days.into(), Unit::WorkingDay),
            Self::WorkingHours { minutes } if minutes % 60 == 0 => (minutes / 60, Unit::WorkingHour),
            Self::WorkingHours { minutes } => (minutes, Unit::WorkingMinute),
        }
    }

    /// The duration in `ar`, else in English.
    pub fn words(&self, language: &str) -> String {
        let (count, unit) = self.parts();
        if language == "ar" { arabic(count, unit) } else { with_unit(count, unit) }
    }

    /// The duration as it stands after a preposition, where Arabic bends the dual: `بعد يومين`.
    pub fn words_after(&self, language: &str) -> String {
        let words = self.words(language);
        if language == "ar" { number::arabic_oblique(&words) } else { words }
    }

    /// Whether it is no time at all.
    pub fn is_zero(&self) -> bool {
        self.parts().0 == 0
    }

    /// Whether it needs a calendar's working hours.
    pub fn is_working(&self) -> bool {
        matches!(self, Self::WorkingDays(_) | Self::WorkingHours { .. })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words("en"))
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::refusal::EXAMPLES;
    use super::*;

    const HOUR: i64 = 3_600;

    #[test]
    fn each_of_the_four_words_is_read_in_singular_and_plural() {
        let elapsed = |seconds| Duration::Elapsed(SignedDuration::from_secs(seconds));
        for (text, meaning) in [
            ("30 seconds", elapsed(30)),
            ("45 minutes", elapsed(45 * 60)),
            ("90 minutes", elapsed(90 * 60)),
            ("1 hour", elapsed(HOUR)),
            ("24 hours", elapsed(24 * HOUR)),
            ("1 day", Duration::Days(1)),
            ("21 days", Duration::Days(21)),
            ("2 weeks", Duration::Days(14)),
            ("1 month", Duration::Months(1)),
            ("6 months", Duration::Months(6)),
            ("1 year", Duration::Months(12)),
            ("1 working day", Duration::WorkingDays(1)),
            ("  3   working  days ", Duration::WorkingDays(3)),
            ("8 working hours", Duration::WorkingHours { minutes: 480 }),
            ("30 working minutes", Duration::WorkingHours { minutes: 30 }),
            ("0 days", Duration::Days(0)),
            ("10 years", Duration::Months(120)),
        ] {
            assert_eq!(Duration::parse(text), Ok(meaning), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_what_to_write() {
        for (text, message, suggestion) in [
            ("3d", "`3d` is not a duration", "write `3 days`"),
            ("3days", "`3days` is not a duration", "write `3 days`"),
            ("3 Days", "`3 Days` is not a duration", "write `3 days`"),
            ("5m", "`5m` is not a duration", "write `5 minutes` or `5 months`"),
            ("1 wd", "`1 wd` is not a duration", "write `1 working day`"),
            ("3 dayz", "`3 dayz` is not a duration", "did you mean `3 days`?"),
            ("3 workin days", "`3 workin days` is not a duration", "did you mean `3 working days`?"),
            ("2 business days", "`2 business days` is not a duration", "did you mean `2 working days`?"),
            ("1.5 hours", "`1.5 hours` is not a whole number of units", "write `90 minutes`"),
            ("0.25 working hours", "`0.25 working hours` is not a whole number of units", "write `15 working minutes`"),
            ("2,5 days", "`2,5 days` is not a whole number of units", "write `60 hours`"),
            ("0.5 working days", "`0.5 working days` is not a whole number of units", EXAMPLES),
            ("-3 days", "`-3 days` is negative, and time does not go back", "write `3 days`"),
            ("three days", "`three days` is not a duration: it begins with no number", "write `3 days`"),
            (
                "٤ working days",
                "`٤ working days` is not a duration: its digits are not 0 to 9",
                "write `4 working days`",
            ),
            ("۲ weeks", "`۲ weeks` is not a duration: its digits are not 0 to 9", "write `14 days`"),
            ("soon", "`soon` is not a duration: it begins with no number", EXAMPLES),
            ("", "`` is not a duration: it begins with no number", EXAMPLES),
            ("7", "`7` has no unit", "write `7 days` or `7 hours`"),
            (
                "1 hour 30 minutes",
                "`1 hour 30 minutes` has more than one number",
                "say it in the smaller unit: `90 minutes` for an hour and a half",
            ),
            ("11 years", "`11 years` is longer than 10 years", "write at most `10 years`"),
            ("99999999999999999999 days", "`99999999999999999999 days` is longer than 10 years", EXAMPLES),
        ] {
            let error = Duration::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.suggestion.as_deref()), (message, Some(suggestion)), "{text}");
        }
    }

    #[test]
    fn a_duration_is_printed_in_the_unit_in_which_it_reads_best_and_reads_back() {
        for (written, printed) in [
            ("1 hours", "1 hour"),
            ("48 hours", "48 hours"),
            ("120 minutes", "2 hours"),
            ("90 seconds", "90 seconds"),
            ("2 weeks", "14 days"),
            ("12 months", "1 year"),
            ("18 months", "18 months"),
            ("90 working minutes", "90 working minutes"),
            ("60 working minutes", "1 working hour"),
            ("0 months", "0 months"),
        ] {
            let duration = Duration::parse(written).unwrap();
            assert_eq!(duration.to_string(), printed);
            assert_eq!(Duration::parse(printed), Ok(duration));
            let stored = serde_json::to_string(&duration).unwrap();
            assert_eq!(serde_json::from_str::<Duration>(&stored).unwrap(), duration);
        }
    }

    #[test]
    fn arabic_counts_with_the_right_form_of_the_noun() {
        for (text, arabic) in [
            ("0 days", "0 يوم"),
            ("1 day", "يوم واحد"),
            ("2 days", "يومان"),
            ("3 days", "3 أيام"),
            ("10 days", "10 أيام"),
            ("11 days", "11 يوما"),
            ("99 days", "99 يوما"),
            ("100 days", "100 يوم"),
            ("102 days", "102 يوم"),
            ("103 days", "103 أيام"),
            ("111 days", "111 يوما"),
            ("1 working day", "يوم عمل واحد"),
            ("2 working days", "يوما عمل"),
            ("5 working days", "5 أيام عمل"),
            ("15 working days", "15 يوم عمل"),
            ("2 working hours", "ساعتا عمل"),
            ("8 working hours", "8 ساعات عمل"),
            ("24 hours", "24 ساعة"),
            ("45 minutes", "45 دقيقة"),
            ("3 seconds", "3 ثوانٍ"),
            ("6 months", "6 أشهر"),
            ("2 years", "سنتان"),
        ] {
            assert_eq!(Duration::parse(text).unwrap().words("ar"), arabic, "{text}");
        }
    }

    #[test]
    fn after_a_preposition_the_arabic_dual_is_bent() {
        for (text, arabic) in [
            ("1 day", "يوم واحد"),
            ("2 days", "يومين"),
            ("2 working days", "يومي عمل"),
            ("2 working hours", "ساعتي عمل"),
            ("2 working minutes", "دقيقتي عمل"),
            ("2 years", "سنتين"),
            ("2 seconds", "ثانيتين"),
            ("3 seconds", "3 ثوانٍ"),
            ("10 working days", "10 أيام عمل"),
            ("11 working days", "11 يوم عمل"),
        ] {
            assert_eq!(Duration::parse(text).unwrap().words_after("ar"), arabic, "{text}");
        }
        assert_eq!(Duration::parse("2 days").unwrap().words_after("en"), "2 days");
    }

    #[test]
    fn only_no_time_at_all_is_zero() {
        for (text, zero) in
            [("0 hours", true), ("0 working days", true), ("1 second", false), ("1 working minute", false)]
        {
            assert_eq!(Duration::parse(text).unwrap().is_zero(), zero, "{text}");
        }
    }
}
