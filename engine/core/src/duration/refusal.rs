//! Says why a text is not a duration, and what was probably meant.

use super::unit::{Unit, with_unit};
use super::{DURATION_YEARS_MAX, Duration, DurationError};
use crate::words::number::western;

pub(super) const EXAMPLES: &str = "write a whole number and a unit: `3 working days`, `24 hours`, `2 weeks`";

/// The text does not begin with a number that fits.
pub(super) fn refuse_number(text: &str, digits: &str) -> DurationError {
    if !digits.is_empty() {
        let message = format!("`{text}` is longer than {DURATION_YEARS_MAX} years");
        return DurationError { message, suggestion: Some(EXAMPLES.into()) };
    }
    if let Some(positive) = text.strip_prefix(['-', '−']) {
        let message = format!("`{text}` is negative, and time does not go back");
        let suggestion = Duration::parse(positive).ok().map(|duration| format!("write `{duration}`"));
        return DurationError { message, suggestion };
    }
    // Arabic digits are digits to whoever writes them; the files have the others.
    if let Some(western) = western(text) {
        let message = format!("`{text}` is not a duration: its digits are not 0 to 9");
        let suggestion = Duration::parse(&western).map_or(western, |duration| duration.to_string());
        return DurationError { message, suggestion: Some(format!("write `{suggestion}`")) };
    }
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let number = NUMBER_WORDS.iter().position(|word| first.eq_ignore_ascii_case(word));
    let spelt = number.and_then(|index| Duration::parse(&format!("{} {rest}", index + 1)).ok());
    let suggestion = spelt.map_or_else(|| EXAMPLES.into(), |duration| format!("write `{duration}`"));
    DurationError {
        message: format!("`{text}` is not a duration: it begins with no number"),
        suggestion: Some(suggestion),
    }
}

const NUMBER_WORDS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// `1.5 hours`: a fraction has a smaller unit that says it exactly, if it says anything exactly.
pub(super) fn refuse_fraction(text: &str, rest: &str, whole: i64) -> DurationError {
    let fraction_end = rest.char_indices().skip(1).find(|(_, c)| !c.is_ascii_digit()).map_or(rest.len(), |(at, _)| at);
    let (fraction, unit_word) = rest.split_at(fraction_end);
    let suggestion = Unit::guess(unit_word.trim())
        .and_then(|unit| in_smaller_unit(whole, fraction.get(1..).unwrap_or_default(), unit))
        .map_or_else(|| EXAMPLES.into(), |duration| format!("write `{duration}`"));
    DurationError { message: format!("`{text}` is not a whole number of units"), suggestion: Some(suggestion) }
}

fn in_smaller_unit(whole: i64, fraction: &str, unit: Unit) -> Option<Duration> {
    let (smaller, factor) = match unit {
        Unit::Minute => (Unit::Second, 60),
        Unit::Hour => (Unit::Minute, 60),
        Unit::Day => (Unit::Hour, 24),
        Unit::Week => (Unit::Day, 7),
        Unit::Year => (Unit::Month, 12),
        Unit::WorkingHour => (Unit::WorkingMinute, 60),
        Unit::Second | Unit::Month | Unit::WorkingMinute | Unit::WorkingDay => return None,
    };
    let scale = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts = whole.checked_mul(scale)?.checked_add(fraction.parse().ok()?)?.checked_mul(factor)?;
    let count = parts / scale;
    (parts % scale == 0 && count <= smaller.max()).then(|| Duration::of(count, smaller))
}

/// The number is right, what follows is not a unit.
pub(super) fn refuse_unit(text: &str, count: i64, unit_word: &str) -> DurationError {
    if unit_word.is_empty() {
        let suggestion = Some(format!("write `{}` or `{}`", with_unit(count, Unit::Day), with_unit(count, Unit::Hour)));
        return DurationError { message: format!("`{text}` has no unit"), suggestion };
    }
    if unit_word.chars().any(|c| c.is_ascii_digit()) {
        let message = format!("`{text}` has more than one number");
        let suggestion = Some("say it in the smaller unit: `90 minutes` for an hour and a half".into());
        return DurationError { message, suggestion };
    }
    let lower = unit_word.to_lowercase();
    let message = format!("`{text}` is not a duration");
    let suggestion = match Unit::parse(&lower).or_else(|| Unit::guess(&lower)) {
        // `m` alone is a minute to some and a month to others.
        Some(Unit::Minute) if lower == "m" => {
            format!("write `{}` or `{}`", with_unit(count, Unit::Minute), with_unit(count, Unit::Month))
        }
        Some(unit) if Unit::parse(&lower).is_some() || lower.len() <= 3 => {
            format!("write `{}`", with_unit(count, unit))
        }
        Some(unit) => format!("did you mean `{}`?", with_unit(count, unit)),
        None => EXAMPLES.into(),
    };
    DurationError { message, suggestion: Some(suggestion) }
}
