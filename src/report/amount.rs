//! What a figure comes to: as people read it, and bare with its unit.

use wasl_core::words::number::Noun;

use crate::output::{dinars, thousands};
use crate::settings::Language;

/// Hours in which the office is open.
const WORKING_HOURS: Noun = Noun {
    en: ["working hour", "working hours"],
    ar: ["ساعة عمل واحدة", "ساعتا عمل", "ساعات عمل", "ساعة عمل", "ساعة عمل"],
};
/// Days of the calendar.
const DAYS: Noun =
    Noun { en: ["day", "days"], ar: ["يوم واحد", "يومان", "أيام", "يوما", "يوم"] };

/// What a figure comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    /// How many.
    Count(u64),
    /// What part of a whole: at least and at the most; `None` of nothing.
    Share(Option<(f64, f64)>),
    /// How long the office was open meanwhile; `None` if nothing took any time.
    WorkingHours(Option<i64>),
    /// How many days; `None` if nothing took any time.
    Days(Option<i64>),
    /// Money.
    Fils(i64),
}

impl Amount {
    /// As people read it; a dash where there is nothing to say.
    pub(crate) fn words(self, language: Language) -> String {
        let none = || "—".to_owned();
        match self {
            Self::Count(count) => thousands(count),
            Self::Share(None) => none(),
            Self::Share(Some((least, most))) => share(least, most, language),
            Self::WorkingHours(hours) => {
                hours.map_or_else(none, |hours| WORKING_HOURS.as_subject(hours, language.code()))
            }
            Self::Days(days) => days.map_or_else(none, |days| DAYS.as_subject(days, language.code())),
            Self::Fils(fils) => dinars(fils, language),
        }
    }

    /// Bare numbers with what their names end in and their unit: a share has two.
    pub(crate) fn bare(self) -> Vec<(&'static str, String, &'static str)> {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        match self {
            Self::Count(count) => vec![("", count.to_string(), "")],
            Self::Share(None) => Vec::new(),
            Self::Share(Some((least, most))) => {
                vec![("_least", format!("{:.1}", least * 100.0), "%"), ("_most", format!("{:.1}", most * 100.0), "%")]
            }
            Self::WorkingHours(hours) => vec![("", number(hours), "working hours")],
            Self::Days(days) => vec![("", number(days), "days")],
            Self::Fils(fils) => vec![("", fils.to_string(), "fils")],
        }
    }
}

/// `70.3 %`, or `62.1–74.0 %` while it is not settled.
fn share(least: f64, most: f64, language: Language) -> String {
    let (least, most) = (format!("{:.1}", least * 100.0), format!("{:.1}", most * 100.0));
    match (least == most, language) {
        (true, _) => format!("{least} %"),
        (false, Language::En) => format!("{least}–{most} %"),
        // From the smaller to the greater, as Arabic is read.
        (false, Language::Ar) => format!("من {least} إلى {most} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_with_their_unit_in_both_languages() {
        for (amount, en, ar) in [
            (Amount::Count(1_032), "1,032", "1,032"),
            (Amount::Share(Some((0.7032, 0.7032))), "70.3 %", "70.3 %"),
            (Amount::Share(Some((0.621, 0.74))), "62.1–74.0 %", "من 62.1 إلى 74.0 %"),
            (Amount::Share(None), "—", "—"),
            (Amount::WorkingHours(Some(1)), "1 working hour", "ساعة عمل واحدة"),
            (Amount::WorkingHours(Some(7)), "7 working hours", "7 ساعات عمل"),
            (Amount::WorkingHours(None), "—", "—"),
            (Amount::Days(Some(2)), "2 days", "يومان"),
            (Amount::Days(Some(41)), "41 days", "41 يوما"),
            (Amount::Fils(1_234_005), "BD 1,234.005", "1,234.005 د.ب"),
        ] {
            assert_eq!((amount.words(Language::En).as_str(), amount.words(Language::Ar).as_str()), (en, ar));
        }
    }
}
