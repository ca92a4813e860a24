//! The words by which a case is found: names in either script, numbers however they are written, references.
//!
//! Letters that people write in several ways are folded into one: alif with and without hamza, final ya and ta
//! marbuta, vowel marks, capitals, Arabic digits. Both sides of a search are folded alike.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::definition::Workflow;
use crate::message::phone::national_format;
use crate::value::Value;

/// Longer words are no names.
const WORD_CHARS_MAX: usize = 40;
/// A shorter word finds everything.
const WORD_CHARS_MIN: usize = 2;
/// Words of one case; a family with more is found by those.
const WORDS_MAX: usize = 200;
/// Words of one search.
pub const SOUGHT_MAX: usize = 6;

/// The words under which a case is found: its reference, its key, and its personal fields.
pub fn words_of(workflow: &Workflow, case: &Case) -> Vec<String> {
    let mut found = BTreeSet::from([case.id.reference().to_lowercase()]);
    for field in &workflow.case.fields.fields {
        if field.personal || workflow.case.key.contains(&field.name) {
            see(case.field(&field.name), &mut found);
        }
    }
    found.into_iter().take(WORDS_MAX).collect()
}

/// The words of a search, as [`words_of`] spells them.
pub fn sought(text: &str) -> Vec<String> {
    let digits: String = fold(text).chars().filter(char::is_ascii_digit).collect();
    let is_number = digits.len() > 4 && !fold(text).chars().any(char::is_alphabetic);
    // A number is one word however it is grouped.
    if is_number {
        return vec![digits.trim_start_matches("00").to_owned()];
    }
    let mut words: Vec<String> = split(text).collect();
    words.truncate(SOUGHT_MAX);
    // What holds no word finds nothing, and not everything.
    if words.is_empty() && !text.trim().is_empty() {
        words.push(text.trim().to_owned());
    }
    words
}

fn see(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Text(text) => see_text(text, found),
        Value::List(items) => items.iter().for_each(|item| see(item, found)),
        Value::Record(members) => members
            .iter()
            .filter(|(name, _)| ["name", "mobile", "email", "cpr"].contains(&name.as_str()))
            .for_each(|(_, member)| see(member, found)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Date(_) | Value::Time(_) => {}
    }
}

fn see_text(text: &str, found: &mut BTreeSet<String>) {
    if let Some(number) = text.strip_prefix('+') {
        found.insert(number.to_owned());
        found.extend(national_format(text).map(|national| national.replace(' ', "")));
        return;
    }
    found.extend(split(text));
}

fn split(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let words: Vec<String> = folded
        .split(|c: char| !(c.is_alphanumeric() || c == '@' || c == '.'))
        .map(|word| word.trim_matches('.'))
        .filter(|word| (WORD_CHARS_MIN..=WORD_CHARS_MAX).contains(&word.chars().count()))
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

/// One spelling of letters that are written in several ways.
fn fold(text: &str) -> String {
    let letter = |c: char| match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => Some('ا'),
        'ى' | 'ی' | 'ئ' => Some('ي'),
        'ؤ' => Some('و'),
        'ة' => Some('ه'),
        'ک' => Some('ك'),
        // Vowel marks and the stretching line are no letters.
        '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}' => None,
        '٠'..='٩' => char::from_digit(u32::from(c) - 0x660, 10),
        '۰'..='۹' => char::from_digit(u32::from(c) - 0x6f0, 10),
        other => Some(other),
    };
    text.chars().filter_map(letter).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_in_several_ways_is_found_in_each() {
        for (written, sought_as) in [
            ("أحمد", "احمد"),
            ("فاطمة", "فاطمه"),
            ("مُحَمَّد", "محمد"),
            ("ليلى", "ليلي"),
            ("Almosawi", "ALMOSAWI"),
            ("Al-Mosawi", "al mosawi"),
        ] {
            assert_eq!(sought(written), sought(sought_as), "{written}");
        }
        assert_eq!(sought("3661 1111"), ["36611111"]);
        assert_eq!(sought("+973 3661-1111"), ["97336611111"]);
        assert_eq!(sought("٣٦٦١ ١١١١"), ["36611111"]);
        assert_eq!(sought("b6m62"), ["b6m62"]);
        assert_eq!((sought(" "), sought(" % ")), (vec![], vec!["%".to_owned()]));
    }

    #[test]
    fn numbers_are_kept_with_their_country_and_without() {
        let mut found = BTreeSet::new();
        see(&Value::Text("+97336611111".into()), &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["36611111", "97336611111"]);
    }
}
