//! What a case knows with everything personal covered: as long, in the same script, and of nobody.
//!
//! For people who see to wording and may not see names. Each letter stands for a letter and each digit for a digit, so
//! that a text takes the same way through its conditions, the same alphabet and as many segments as the real one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;

use super::segments::septets;
use crate::value::{Member, Record, Type, Value};

/// Members of a contact that say nothing about who it is, and by which texts decide.
const OPEN_MEMBERS: [&str; 1] = ["language"];

/// The variables of a text, of which those in `personal` are covered.
pub fn covered(variables: &Record, personal: &BTreeMap<String, Member>) -> Record {
    let cover = |(name, value): (&String, &Value)| {
        let value = personal.get(name).map_or_else(|| value.clone(), |member| of_type(value, &member.ty));
        (name.clone(), value)
    };
    variables.iter().map(cover).collect()
}

fn of_type(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (value @ (Value::Null | Value::Bool(_)), _) => value.clone(),
        // One of a few words decides what is said and names nobody.
        (Value::Text(text), Type::Choice(words)) if words.contains(text) => value.clone(),
        (Value::List(items), Type::List(of)) => Value::List(items.iter().map(|item| of_type(item, of)).collect()),
        (Value::Record(members), Type::Record(known)) => Value::Record(members_of(members, known)),
        (Value::Text(text), _) => Value::Text(letters(text)),
        (Value::Date(_), _) => Value::Date(date(2024, 5, 12)),
        (Value::Time(_), _) => Value::Time(Timestamp::UNIX_EPOCH),
        (Value::Int(_), _) => Value::Int(3),
        (Value::Number(_), _) => Value::Number(3.5),
        // What no type describes is not shown at all.
        (Value::List(_) | Value::Record(_), _) => Value::Null,
    }
}

fn members_of(members: &Record, known: &BTreeMap<String, Member>) -> Record {
    let member = |(name, value): (&String, &Value)| {
        let value = match known.get(name) {
            _ if OPEN_MEMBERS.contains(&name.as_str()) => value.clone(),
            Some(member) => of_type(value, &member.ty),
            None => of_type(value, &Type::Null),
        };
        (name.clone(), value)
    };
    members.iter().map(member).collect()
}

/// A letter for each letter, a digit for each digit; spaces and signs stay.
fn letters(text: &str) -> String {
    let one = |letter: char| match letter {
        '0'..='9' => '0',
        letter if letter.is_numeric() => '٠',
        // The Latin letter costs what it stands for; what GSM-7 does not have makes a text UCS-2 as before.
        letter if letter.is_alphabetic() && septets(letter) == Some(1) => 'x',
        letter if letter.is_alphabetic() => 'س',
        letter => letter,
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::segments;

    #[test]
    fn nobody_is_named_and_the_text_is_as_long_as_before() {
        for (text, expected) in [
            ("Layla Al-Mosawi", "xxxxx xx-xxxxxx"),
            ("ليلى أحمد", "سسسس سسسس"),
            ("+973 3661 1111", "+000 0000 0000"),
            ("٣٦٦١", "٠٠٠٠"),
            ("Ṣafā", "سxxس"),
        ] {
            let hidden = letters(text);
            assert_eq!(hidden, expected);
            assert_eq!(segments(&hidden).units, segments(text).units, "{text}");
            assert_eq!(segments(&hidden).encoding, segments(text).encoding, "{text}");
        }
    }

    #[test]
    fn what_a_text_decides_by_stays_and_who_it_is_about_does_not() {
        let member = |ty| Member { ty, optional: true };
        let personal = BTreeMap::from([
            ("heir".to_owned(), member(Type::contact())),
            ("governorate".to_owned(), member(Type::Choice(vec!["northern".into()]))),
            ("died".to_owned(), member(Type::Date)),
        ]);
        let heir = |name: &str, language: &str| {
            Value::Record(Record::from([
                ("name".into(), Value::from(name)),
                ("language".into(), Value::from(language)),
                ("email".into(), Value::Null),
                ("of_nobody_knows_what".into(), Value::from("Layla")),
            ]))
        };
        let variables = |heir, died| {
            Record::from([
                ("heir".into(), heir),
                ("governorate".into(), Value::from("northern")),
                ("died".into(), Value::Date(died)),
                ("hotline".into(), Value::from("17 000 000")),
            ])
        };
        // What is none of the words that it is said to be one of may be anything.
        let no_word = covered(&Record::from([("governorate".into(), Value::from("Layla"))]), &personal);
        assert_eq!(no_word.get("governorate"), Some(&Value::from("xxxxx")));
        let mut expected = variables(heir("xxxxx", "ar"), date(2024, 5, 12));
        if let Some(Value::Record(heir)) = expected.get_mut("heir") {
            heir.insert("of_nobody_knows_what".into(), Value::from("xxxxx"));
        }
        assert_eq!(covered(&variables(heir("Layla", "ar"), date(2026, 1, 9)), &personal), expected);
    }
}
