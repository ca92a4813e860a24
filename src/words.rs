//! Nouns that are counted, and where things stand, in both languages. What belongs to one sentence only stands beside it.

use wasl_core::delivery::Channel;
use wasl_core::value::Record;
use wasl_runtime::store::{MessageStatus, TaskStatus};

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

impl Noun {
    /// One and many of English; one, two, three to ten, and eleven and more of Arabic.
    pub(crate) const fn new(en: [&'static str; 2], ar: [&'static str; 4]) -> Self {
        Self { en, ar }
    }
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
/// A mistake that a check found.
pub(crate) const ERROR: Noun =
    Noun { en: ["error", "errors"], ar: ["خطأ واحد", "خطآن", "أخطاء", "خطأ"] };
/// What a check would have thought over.
pub(crate) const WARNING: Noun = Noun {
    en: ["warning", "warnings"],
    ar: ["تنبيه واحد", "تنبيهان", "تنبيهات", "تنبيها"],
};
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

/// One of two texts.
fn pick(language: Language, (en, ar): (&'static str, &'static str)) -> &'static str {
    if language == Language::Ar { ar } else { en }
}

/// Where a message stands.
pub(crate) fn message_status(status: MessageStatus, language: Language) -> &'static str {
    let words = match status {
        MessageStatus::Queued => ("waiting", "تنتظر"),
        MessageStatus::Sending => ("on its way", "في طريقها"),
        MessageStatus::Uncertain => ("uncertain", "لا يعلم أحد"),
        MessageStatus::Accepted | MessageStatus::Sent => ("sent", "أُرسلت"),
        MessageStatus::Unconfirmed => ("sent, not confirmed", "أُرسلت دون تأكيد"),
        MessageStatus::Delivered => ("delivered", "وصلت"),
        MessageStatus::Undelivered => ("not delivered", "لم تصل"),
        MessageStatus::Failed => ("failed", "فشلت"),
        MessageStatus::Expired => ("expired", "انتهت صلاحيتها"),
        MessageStatus::Withdrawn => ("withdrawn", "سُحبت"),
        MessageStatus::Suppressed => ("stopped by a rule", "منعتها قاعدة"),
    };
    pick(language, words)
}

/// Where a task stands.
pub(crate) fn task_status(status: TaskStatus, language: Language) -> &'static str {
    let words = match status {
        TaskStatus::Open => ("waits", "تنتظر"),
        TaskStatus::Claimed => ("in hand", "قيد العمل"),
        TaskStatus::Answered => ("done", "أُنجزت"),
        TaskStatus::Withdrawn => ("not needed", "لم تعد لازمة"),
        TaskStatus::Suppressed => ("stopped by a rule", "منعتها قاعدة"),
    };
    pick(language, words)
}

/// The word for a channel.
pub(crate) fn channel(channel: Channel, language: Language) -> &'static str {
    let words = match channel {
        Channel::Call => ("Call", "مكالمة"),
        Channel::Sms => ("SMS", "رسالة نصية"),
        Channel::Email => ("E-mail", "بريد إلكتروني"),
    };
    pick(language, words)
}

/// What a person who looks at a contact wants to know, in one line.
pub(crate) fn contact(members: &Record, language: Language) -> String {
    let said = |name: &str| {
        let text = members.get(name)?.as_text()?;
        Some(match (name, text) {
            ("relation", word) => relation(word, language),
            ("language", "ar") => pick(language, ("Arabic", "العربية")).to_owned(),
            ("language", "en") => pick(language, ("English", "الإنجليزية")).to_owned(),
            // A number that cannot be rung is shown as it was written.
            (_, text) => text.to_owned(),
        })
    };
    let number = said("mobile").or_else(|| said("mobile_as_written"));
    let known = [said("name"), said("relation"), number, said("email"), said("cpr"), said("language")];
    known.into_iter().flatten().collect::<Vec<_>>().join(" · ")
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
    fn a_contact_is_told_in_words_and_a_number_as_it_was_written_where_it_is_none() {
        let members = [
            ("name", "Amna"),
            ("relation", "wife"),
            ("mobile_as_written", "3600 12"),
            ("language", "ar"),
            ("class", "mobile"),
        ];
        let members: Record = members.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        assert_eq!(contact(&members, Language::En), "Amna · Wife · 3600 12 · Arabic");
        assert_eq!(contact(&members, Language::Ar), "Amna · الزوجة · 3600 12 · العربية");
    }

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
