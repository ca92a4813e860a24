//! Days, times and amounts as people read them in a message.

use jiff::civil::{Date, Time};

/// The months as Bahrain writes them.
const MONTHS_AR: [&str; 12] =
    ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"];

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day as a reader of the language writes it: `12 May 2024`, `12 مايو 2024`. Languages whose months
/// are not known here get the form that is misread nowhere: `2024-05-12`.
pub(super) fn date(date: Date, language: &str) -> String {
    let months = match language.split('-').next() {
        Some("ar") => &MONTHS_AR,
        Some("en") => &MONTHS_EN,
        _ => return date.to_string(),
    };
    let month = usize::try_from(date.month() - 1).ok().and_then(|month| months.get(month));
    month.map_or_else(|| date.to_string(), |month| format!("{} {month} {}", date.day(), date.year()))
}

/// A time of day: `09:30`.
pub(super) fn time(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// An amount in fils as dinars: `10.250`.
pub(super) fn dinars(fils: i128) -> String {
    let sign = if fils < 0 { "-" } else { "" };
    let fils = fils.unsigned_abs();
    format!("{sign}{}.{:03}", fils / 1000, fils % 1000)
}

/// Western digits turned into Arabic-Indic ones.
pub(super) fn arabic_digits(text: &str) -> String {
    let digit = |sign: char| sign.to_digit(10).and_then(|digit| char::from_u32(0x660 + digit)).unwrap_or(sign);
    text.chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_its_reader_writes_it() {
        for (month, ar, en) in [(1, "1 يناير 2024", "1 January 2024"), (5, "1 مايو 2024", "1 May 2024")] {
            let day = jiff::civil::date(2024, month, 1);
            assert_eq!((date(day, "ar").as_str(), date(day, "ar-BH").as_str(), date(day, "en").as_str()), (ar, ar, en));
        }
        assert_eq!(date(jiff::civil::date(2024, 12, 31), "ar"), "31 ديسمبر 2024");
        assert_eq!(date(jiff::civil::date(2024, 12, 31), "hi"), "2024-12-31");
    }

    #[test]
    fn an_amount_has_three_decimals() {
        for (fils, text) in [(0, "0.000"), (5, "0.005"), (10_250, "10.250"), (134_750, "134.750"), (-1_500, "-1.500")] {
            assert_eq!(dinars(fils), text);
        }
    }

    #[test]
    fn digits_become_arabic_and_the_rest_stays() {
        assert_eq!(arabic_digits("12 مايو 2024, 09:30"), "١٢ مايو ٢٠٢٤, ٠٩:٣٠");
    }
}
