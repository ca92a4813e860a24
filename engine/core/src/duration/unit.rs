//! The units of durations: their words, their limits and the Arabic counted noun.

use super::DURATION_YEARS_MAX;
use crate::diagnostic::nearest;
use crate::words::number;

/// The units of the language, with the seconds, days or months that each stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    WorkingMinute,
    WorkingHour,
    WorkingDay,
}

impl Unit {
    const ALL: [Self; 10] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Year,
        Self::WorkingMinute,
        Self::WorkingHour,
        Self::WorkingDay,
    ];

    pub(super) const fn singular(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::WorkingMinute => "working minute",
            Self::WorkingHour => "working hour",
            Self::WorkingDay => "working day",
        }
    }

    fn plural(self) -> String {
        format!("{}s", self.singular())
    }

    /// The Arabic counted noun: one, two, a few (3-10), many (11-99), hundreds.
    const fn arabic(self) -> [&'static str; 5] {
        match self {
            Self::Second => ["ثانية واحدة", "ثانيتان", "ثوانٍ", "ثانية", "ثانية"],
            Self::Minute => ["دقيقة واحدة", "دقيقتان", "دقائق", "دقيقة", "دقيقة"],
            Self::Hour => ["ساعة واحدة", "ساعتان", "ساعات", "ساعة", "ساعة"],
            Self::Day => ["يوم واحد", "يومان", "أيام", "يوما", "يوم"],
            Self::Week => ["أسبوع واحد", "أسبوعان", "أسابيع", "أسبوعا", "أسبوع"],
            Self::Month => ["شهر واحد", "شهران", "أشهر", "شهرا", "شهر"],
            Self::Year => ["سنة واحدة", "سنتان", "سنوات", "سنة", "سنة"],
            Self::WorkingMinute => ["دقيقة عمل واحدة", "دقيقتا عمل", "دقائق عمل", "دقيقة عمل", "دقيقة عمل"],
            Self::WorkingHour => ["ساعة عمل واحدة", "ساعتا عمل", "ساعات عمل", "ساعة عمل", "ساعة عمل"],
            Self::WorkingDay => ["يوم عمل واحد", "يوما عمل", "أيام عمل", "يوم عمل", "يوم عمل"],
        }
    }

    /// The unit of a word, singular or plural.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| word == unit.singular() || word.strip_suffix('s') == Some(unit.singular()))
    }

    /// What an abbreviation or a neighbouring word probably means; for suggestions only.
    pub(super) fn guess(word: &str) -> Option<Self> {
        let unit = match word {
            "s" | "sec" | "secs" => Self::Second,
            "m" | "min" | "mins" => Self::Minute,
            "h" | "hr" | "hrs" => Self::Hour,
            "d" => Self::Day,
            "w" | "wk" | "wks" => Self::Week,
            "mo" | "mon" | "mth" | "mths" => Self::Month,
            "y" | "yr" | "yrs" => Self::Year,
            "wh" | "work hour" | "work hours" | "business hour" | "business hours" | "office hours" => {
                Self::WorkingHour
            }
            "wd" | "bd" | "workday" | "workdays" | "work day" | "work days" | "business day" | "business days" => {
                Self::WorkingDay
            }
            _ => {
                let words: Vec<String> = Self::ALL.iter().map(|unit| unit.plural()).collect();
                let near = nearest(word, words.iter().map(String::as_str))?;
                Self::parse(near)?
            }
        };
        Some(unit)
    }

    /// The largest number of this unit that a duration may have.
    pub(super) const fn max(self) -> i64 {
        match self {
            Self::Second => DURATION_YEARS_MAX * 366 * 86_400,
            Self::Minute => DURATION_YEARS_MAX * 366 * 1_440,
            Self::Hour => DURATION_YEARS_MAX * 366 * 24,
            Self::Day | Self::WorkingDay => DURATION_YEARS_MAX * 366,
            Self::Week => DURATION_YEARS_MAX * 52,
            Self::Month => DURATION_YEARS_MAX * 12,
            Self::Year => DURATION_YEARS_MAX,
            Self::WorkingHour => DURATION_YEARS_MAX * 366 * 8,
            Self::WorkingMinute => DURATION_YEARS_MAX * 366 * 8 * 60,
        }
    }
}

/// `1 day`, `3 days`.
pub(super) fn with_unit(count: i64, unit: Unit) -> String {
    if count == 1 { format!("1 {}", unit.singular()) } else { format!("{count} {}", unit.plural()) }
}

/// The number with the Arabic noun in the form that the number asks for.
pub(super) fn arabic(count: i64, unit: Unit) -> String {
    number::arabic(count, unit.arabic())
}
