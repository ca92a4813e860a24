//! Numbers with their nouns, and lists, as English and Arabic say them.

/// The forms of an Arabic counted noun: one, two, a few (3-10), many (11-99), hundreds.
pub type Forms = [&'static str; 5];

/// A noun to count, in both languages: English in singular and plural.
#[derive(Clone, Copy, Debug)]
pub struct Noun {
    /// `call`, `calls`.
    pub en: [&'static str; 2],
    /// `مكالمة واحدة`, `مكالمتان`, …
    pub ar: Forms,
}

/// Times that something happens.
pub const TIMES: Noun =
    Noun { en: ["time", "times"], ar: ["مرة واحدة", "مرتان", "مرات", "مرة", "مرة"] };

/// A text with Arabic or Persian digits in the digits 0 to 9; `None` where it has none of those.
pub fn western(text: &str) -> Option<String> {
    let digit = |c: char| match c {
        '٠'..='٩' => char::from_digit(u32::from(c) - 0x660, 10),
        '۰'..='۹' => char::from_digit(u32::from(c) - 0x6f0, 10),
        _ => None,
    };
    text.contains(|c| digit(c).is_some()).then(|| text.chars().map(|c| digit(c).unwrap_or(c)).collect())
}

/// The number with the Arabic noun in the form that the number asks for.
pub fn arabic(count: i64, forms: Forms) -> String {
    let [one, two, few, many, hundreds] = forms;
    match (count, count % 100) {
        (1, _) => one.into(),
        (2, _) => two.into(),
        (_, 3..=10) => format!("{count} {few}"),
        (_, 11..=99) => format!("{count} {many}"),
        _ => format!("{count} {hundreds}"),
    }
}

/// The same after a preposition: the dual ends in `ين`, or `ي` before its genitive.
pub fn arabic_oblique(words: &str) -> String {
    let first = words.split(' ').next().unwrap_or(words);
    let rest = &words[first.len()..];
    if words.starts_with(|c: char| c.is_ascii_digit()) {
        return words.to_owned();
    }
    // An adjective follows its noun.
    let bend = |word: &str| word.strip_suffix("ان").map_or_else(|| word.to_owned(), |stem| format!("{stem}ين"));
    match (first.strip_suffix("ان"), first.strip_suffix('ا')) {
        (Some(_), _) => words.split(' ').map(bend).collect::<Vec<_>>().join(" "),
        (None, Some(stem)) if !rest.is_empty() => format!("{stem}ي{rest}"),
        _ => words.to_owned(),
    }
}

impl Noun {
    /// `3 calls`, in the language, as the subject of a sentence.
    pub fn as_subject(&self, count: i64, language: &str) -> String {
        if language == "ar" { arabic(count, self.ar) } else { self.count(count, language) }
    }

    /// `3 calls`, in the language; Arabic as it stands after a preposition or as an object.
    pub fn count(&self, count: i64, language: &str) -> String {
        if language == "ar" {
            return arabic_oblique(&arabic(count, self.ar));
        }
        let [one, many] = self.en;
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

/// How the last two of a list are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// `a, b and c`.
    And,
    /// `a, b or c`.
    Or,
}

/// A list as a sentence has it.
pub fn list(items: &[String], join: Join, language: &str) -> String {
    let (comma, last) = match (language == "ar", join) {
        (true, Join::And) => ("، و", " و"),
        (true, Join::Or) => ("، أو ", " أو "),
        (false, Join::And) => (", ", " and "),
        (false, Join::Or) => (", ", " or "),
    };
    match items {
        [] => String::new(),
        [one] => one.clone(),
        // Arabic repeats the particle before every item.
        [rest @ .., end] => format!("{}{last}{end}", rest.join(comma)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_is_counted_as_each_language_counts() {
        for (count, en, ar) in [
            (0, "0 times", "0 مرة"),
            (1, "1 time", "مرة واحدة"),
            (2, "2 times", "مرتين"),
            (3, "3 times", "3 مرات"),
            (12, "12 times", "12 مرة"),
        ] {
            assert_eq!((TIMES.count(count, "en").as_str(), TIMES.count(count, "ar").as_str()), (en, ar));
        }
    }

    #[test]
    fn lists_are_joined_as_each_language_joins() {
        let items = ["ا", "ب", "ج"].map(str::to_owned);
        assert_eq!(list(&items, Join::And, "ar"), "ا، وب وج");
        assert_eq!(list(&items[..2], Join::Or, "ar"), "ا أو ب");
        assert_eq!(list(&items, Join::Or, "en"), "ا, ب or ج");
        assert_eq!(list(&items[..1], Join::And, "en"), "ا");
        assert_eq!(list(&[], Join::And, "en"), "");
    }
}
