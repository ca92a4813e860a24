//! Nouns that are counted, in both languages. What belongs to one sentence only stands beside it.

use crate::output::{Screen, thousands};
use crate::settings::Language;

/// A noun as it is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noun {
    /// One, and any other number.
    en: [&'static str; 2],
    /// One, two, three to ten, eleven and more: the numerals of Arabic ask for each.
    ar: [&'static str; 4],
}

/// A case.
pub(crate) const CASE: Noun =
    Noun { en: ["case", "cases"], ar: ["حالة واحدة", "حالتان", "حالات", "حالة"] };
/// A task.
pub(crate) const TASK: Noun =
    Noun { en: ["task", "tasks"], ar: ["مهمة واحدة", "مهمتان", "مهام", "مهمة"] };
/// A message.
pub(crate) const MESSAGE: Noun =
    Noun { en: ["message", "messages"], ar: ["رسالة واحدة", "رسالتان", "رسائل", "رسالة"] };
/// A file.
pub(crate) const FILE: Noun =
    Noun { en: ["file", "files"], ar: ["ملف واحد", "ملفان", "ملفات", "ملفا"] };
/// A row of a source.
pub(crate) const ROW: Noun = Noun { en: ["row", "rows"], ar: ["صف واحد", "صفان", "صفوف", "صفا"] };

/// What somebody is to the deceased; words that a source writes otherwise stay as they are.
pub(crate) fn relation(word: &str, language: Language) -> String {
    let (en, ar) = match word {
        "self" => ("The person", "صاحب الشأن"),
        "son" => ("Son", "الابن"),
        "daughter" => ("Daughter", "الابنة"),
        "spouse" => ("Spouse", "الزوج أو الزوجة"),
        "wife" => ("Wife", "الزوجة"),
        "husband" => ("Husband", "الزوج"),
        "brother" => ("Brother", "الأخ"),
        "sister" => ("Sister", "الأخت"),
        "father" => ("Father", "الأب"),
        "mother" => ("Mother", "الأم"),
        other => (other, other),
    };
    if language == Language::Ar { ar } else { en }.to_owned()
}

impl Screen {
    /// How many of them a list shows: `3 tasks shown`, `مهمتان معروضتان`.
    pub(crate) fn shown(self, n: u64, noun: &Noun) -> String {
        let shown = match (self.language, n) {
            (Language::En, _) => "shown",
            (Language::Ar, 2) => "معروضتان",
            (Language::Ar, _) => "معروضة",
        };
        format!("{} {shown}", self.count(n, noun))
    }

    /// A number with its noun: `1,032 cases`, `3 حالات`.
    pub(crate) fn count(self, n: u64, noun: &Noun) -> String {
        match (self.language, n) {
            (Language::En, 1) => format!("1 {}", noun.en[0]),
            (Language::En, n) => format!("{} {}", thousands(n), noun.en[1]),
            (Language::Ar, 1) => noun.ar[0].to_owned(),
            (Language::Ar, 2) => noun.ar[1].to_owned(),
            // The last two digits decide; whole hundreds are followed by the singular.
            (Language::Ar, n) if (3..=10).contains(&(n % 100)) => format!("{} {}", thousands(n), noun.ar[2]),
            (Language::Ar, n) if n % 100 >= 11 || n == 0 => format!("{} {}", thousands(n), noun.ar[3]),
            (Language::Ar, n) => format!("{} {}", thousands(n), noun.ar[3].trim_end_matches("ا")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    #[test]
    fn numbers_and_nouns_agree_in_both_languages() {
        let count = |language, n, noun: &Noun| {
            Screen { format: Format::Text, color: false, width: None, language }.count(n, noun)
        };
        for (n, en, ar) in [
            (0, "0 rows", "0 صفا"),
            (1, "1 row", "صف واحد"),
            (2, "2 rows", "صفان"),
            (3, "3 rows", "3 صفوف"),
            (10, "10 rows", "10 صفوف"),
            (11, "11 rows", "11 صفا"),
            (99, "99 rows", "99 صفا"),
            (100, "100 rows", "100 صف"),
            (103, "103 rows", "103 صفوف"),
            (3_456, "3,456 rows", "3,456 صفا"),
        ] {
            assert_eq!(count(Language::En, n, &ROW), en);
            assert_eq!(count(Language::Ar, n, &ROW), ar);
        }
        assert_eq!(count(Language::Ar, 1_032, &CASE), "1,032 حالة");
        let shown =
            |n| Screen { format: Format::Text, color: false, width: None, language: Language::Ar }.shown(n, &TASK);
        assert_eq!([1, 2, 3].map(shown), ["مهمة واحدة معروضة", "مهمتان معروضتان", "3 مهام معروضة"]);
    }
}
