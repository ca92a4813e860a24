//! Days, times, sums and counts as a reader of one language expects them.
//!
//! Digits are those that Bahrain's bills and government pages print in both languages; sums have three decimals.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use wasl_core::calendar::{day_words, moment_words};
use wasl_core::words::number::Noun;

use super::hijri;
use crate::output;
use crate::settings::Language;

/// Days since something.
const DAYS: Noun =
    Noun { en: ["day", "days"], ar: ["يوم واحد", "يومان", "أيام", "يوما", "يوم"] };

/// What words are worded by.
#[derive(Clone, Debug)]
pub(super) struct Locale {
    /// Whose words.
    pub(super) language: Language,
    /// Where the reader's day begins.
    pub(super) zone: TimeZone,
    /// The present.
    pub(super) now: Timestamp,
}

impl Locale {
    /// `en` or `ar`.
    pub(super) fn code(&self) -> &'static str {
        self.language.code()
    }

    /// One of two texts.
    pub(super) fn pick<'t>(&self, en: &'t str, ar: &'t str) -> &'t str {
        if self.language == Language::Ar { ar } else { en }
    }

    /// The reader's day.
    pub(super) fn today(&self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// When the reader's day began.
    pub(super) fn day_began(&self) -> Timestamp {
        let midnight = self.today().at(0, 0, 0, 0);
        self.zone.to_ambiguous_timestamp(midnight).compatible().unwrap_or(self.now)
    }

    /// `Sun 29 Nov 2026`.
    pub(super) fn day(&self, day: Date) -> String {
        day_words(day, true, self.code())
    }

    /// The same day by the Hijri calendar.
    pub(super) fn hijri(&self, day: Date) -> Option<String> {
        hijri::words(day, self.language)
    }

    /// `today 10:30`, `tomorrow 09:00`, `Sun 29 Nov 09:00`; the year where it is another.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let (local, today) = (self.zone.to_datetime(at), self.today());
        let day = local.date();
        let near = match day {
            day if day == today => self.pick("today", "اليوم"),
            day if today.checked_add(1.day()).is_ok_and(|tomorrow| tomorrow == day) => self.pick("tomorrow", "غدا"),
            day if today.checked_sub(1.day()).is_ok_and(|yesterday| yesterday == day) => self.pick("yesterday", "أمس"),
            day => return moment_words(local, day.year() != today.year(), self.code()),
        };
        format!("{near} {}", self.clock(at))
    }

    /// `10:30`.
    pub(super) fn clock(&self, at: Timestamp) -> String {
        let local = self.zone.to_datetime(at);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// How long ago a day was: `12 days ago`.
    pub(super) fn ago(&self, day: Date) -> String {
        let days = i64::from(day.until(self.today()).map_or(0, |span| span.get_days()));
        match (self.language, days) {
            (_, ..=0) => self.pick("today", "اليوم").to_owned(),
            (_, 1) => self.pick("yesterday", "أمس").to_owned(),
            (Language::En, days) => format!("{} ago", DAYS.count(days, "en")),
            (Language::Ar, days) => format!("قبل {}", DAYS.count(days, "ar")),
        }
    }

    /// `BD 4.093`: a sum in dinars, of fils.
    pub(super) fn dinars(&self, fils: i64) -> String {
        output::dinars(fils, self.language)
    }

    /// `3 calls`, as the subject of a sentence.
    pub(super) fn count(&self, count: u64, noun: &Noun) -> String {
        noun.as_subject(i64::try_from(count).unwrap_or(i64::MAX), self.code())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use wasl_core::calendar::zone;

    use super::*;

    fn locale(language: Language) -> Locale {
        Locale { language, zone: zone("Asia/Bahrain").unwrap(), now: "2026-11-26T21:30:00Z".parse().unwrap() }
    }

    #[test]
    fn moments_are_told_from_the_reader_s_day() {
        let (en, ar) = (locale(Language::En), locale(Language::Ar));
        // In Bahrain it is half past midnight on Friday already.
        for (at, words_en, words_ar) in [
            ("2026-11-27T06:00:00Z", "today 09:00", "اليوم 09:00"),
            ("2026-11-28T07:05:00Z", "tomorrow 10:05", "غدا 10:05"),
            ("2026-11-26T12:00:00Z", "yesterday 15:00", "أمس 15:00"),
            ("2026-11-29T06:00:00Z", "Sun 29 Nov 09:00", "الأحد 29 نوفمبر 09:00"),
            ("2027-01-03T06:00:00Z", "Sun 3 Jan 2027 09:00", "الأحد 3 يناير 2027 09:00"),
        ] {
            let at = at.parse().unwrap();
            assert_eq!((en.moment(at), ar.moment(at)), (words_en.to_owned(), words_ar.to_owned()));
        }
        assert_eq!(en.day_began().to_string(), "2026-11-26T21:00:00Z");
    }

    #[test]
    fn sums_have_three_decimals_and_days_their_number() {
        let (en, ar) = (locale(Language::En), locale(Language::Ar));
        for (fils, words_en, words_ar) in [
            (4_093, "BD 4.093", "4.093 د.ب"),
            (0, "BD 0.000", "0.000 د.ب"),
            (1_234_005, "BD 1,234.005", "1,234.005 د.ب"),
        ] {
            assert_eq!((en.dinars(fils), ar.dinars(fils)), (words_en.to_owned(), words_ar.to_owned()));
        }
        for (day, words_en, words_ar) in [
            (date(2026, 11, 27), "today", "اليوم"),
            (date(2026, 11, 25), "2 days ago", "قبل يومين"),
            (date(2026, 11, 22), "5 days ago", "قبل 5 أيام"),
            (date(2026, 11, 7), "20 days ago", "قبل 20 يوما"),
        ] {
            assert_eq!((en.ago(day), ar.ago(day)), (words_en.to_owned(), words_ar.to_owned()));
        }
    }
}
