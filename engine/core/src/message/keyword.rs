//! Words by which people stop and start messages, in both scripts.
//!
//! Only a message that is nothing else counts: "please stop calling my late father" is for a person to read,
//! and "توقف الراتب" speaks of a salary. Spelling is forgiven, as thumbs on telephones are hasty: letter
//! case, vowel marks, hamza and tatweel, spaces, signs and invisible marks do not matter.

use serde::{Deserialize, Serialize};

use super::phone::is_invisible;

/// What somebody asks for with one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keyword {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
}

impl Keyword {
    /// The word used in SQL and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
        }
    }

    /// The keyword of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Stop, Self::Start].into_iter().find(|keyword| keyword.as_str() == word)
    }
}

/// Folded as [`folded`] does it. The English ones are what gateways themselves understand.
const STOP: [&str; 8] = ["stop", "stopall", "unsubscribe", "ايقاف", "قف", "توقف", "الغاالاشتراك", "الغااشتراك"];
const START: [&str; 5] = ["start", "unstop", "subscribe", "اشتراك", "اشترك"];
/// Longer than any keyword, whatever signs stand between its letters.
const CHARS_MAX: usize = 100;

/// What a message asks for, if it is one of these words and nothing else.
pub fn keyword(text: &str) -> Option<Keyword> {
    let folded = folded(text)?;
    let is = |words: &[&str]| words.contains(&folded.as_str());
    match (is(&STOP), is(&START)) {
        (true, _) => Some(Keyword::Stop),
        (_, true) => Some(Keyword::Start),
        _ => None,
    }
}

/// The letters of a text in their plainest form; `None` where it is too long to be one word.
fn folded(text: &str) -> Option<String> {
    let plain: String = text.chars().take(CHARS_MAX + 1).filter_map(plain).flat_map(char::to_lowercase).collect();
    (text.chars().nth(CHARS_MAX).is_none() && !plain.is_empty()).then_some(plain)
}

fn plain(sign: char) -> Option<char> {
    match sign {
        'أ' | 'إ' | 'آ' | 'ٱ' => Some('ا'),
        'ى' | 'ئ' | 'ی' => Some('ي'),
        'ؤ' => Some('و'),
        'ک' => Some('ك'),
        // A hamza by itself, tatweel and vowel marks.
        'ء' | 'ـ' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}' => None,
        // Letters of full width, as some keyboards write them.
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => char::from_u32(u32::from(sign) - 0xFEE0),
        _ if is_invisible(sign) => None,
        _ => Some(sign).filter(|sign| sign.is_alphanumeric()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_of_a_keyword_counts_in_both_scripts() {
        for stop in [
            "STOP",
            "stop",
            " Stop. ",
            "S T O P !!",
            "«STOP»",
            "ＳＴＯＰ",
            "StopAll",
            "unsubscribe",
            "إيقاف",
            "ايقاف",
            "أيقاف",
            "إيقــاف",
            "إِيقَافْ",
            "ا ي ق ا ف",
            "\u{200F}إيقاف\u{200F}",
            "قف",
            "قِفْ!",
            "توقف",
            "تَوَقَّف.",
            "إلغاء الاشتراك",
            "الغاء اشتراك",
        ] {
            assert_eq!(keyword(stop), Some(Keyword::Stop), "{stop}");
        }
        for start in ["START", "unstop", "اشتراك", "إشتراك", "اِشْتِرَاك", "اشترك", "Subscribe"]
        {
            assert_eq!(keyword(start), Some(Keyword::Start), "{start}");
        }
    }

    #[test]
    fn a_sentence_is_for_a_person_to_read() {
        for text in [
            "",
            " . ",
            "please stop",
            "stop it",
            "don't stop",
            "توقف الراتب منذ شهر",
            "لا توقف الخدمة",
            "موقف",
            "أوقفوا الكهرباء",
            "نعم",
            "yes",
            "1",
            "🛑",
        ] {
            assert_eq!(keyword(text), None, "{text}");
        }
        assert_eq!(keyword(&" ".repeat(5_000)), None);
        assert_eq!(keyword(&format!("stop{}", ".".repeat(5_000))), None, "longer than anybody's keyword");
    }
}
