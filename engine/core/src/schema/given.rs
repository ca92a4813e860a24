//! Contacts whom a person names: what is wrong with one, member by member. Every door asks here and shows it in its own
//! way; the step asks once more.
//!
//! Of a source what a clerk wrote is kept as it is. A person is there to say it properly.

use super::{Field, Reading, legible};
use crate::value::{Record, Type, Value};

/// A longer name than anybody has is something else.
const NAME_CHARS_MAX: usize = 200;
/// How many words for languages a person is shown, however many a workflow speaks.
const LANGUAGES_SHOWN_MAX: usize = 10;

/// A member of a contact that cannot be taken as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misnamed {
    /// Where: the field, which of several contacts, and the member, as `heir.mobile` or `contacts.0.name`.
    pub place: String,
    /// Why.
    pub why: Why,
}

/// Why a member cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A contact has no such member.
    Unknown,
    /// The name is missing.
    NoName,
    /// The name is longer than anybody's.
    LongName,
    /// The number cannot be rung.
    NoPhone,
    /// The address cannot be written to.
    NoEmail,
    /// There is neither a number nor an address.
    Unreachable,
    /// No text of the workflow is in this language, only in these.
    NoTexts(Vec<String>),
}

impl Why {
    /// What to do about it.
    pub fn words(&self, language: &str) -> String {
        let (en, ar) = match self {
            Self::Unknown => (
                "a contact has name, relation, cpr, mobile, email and language",
                "لجهة الاتصال name و relation و cpr و mobile و email و language",
            ),
            Self::NoName => ("write the name", "اكتب الاسم"),
            Self::LongName => ("write the name in at most 200 letters", "اكتب الاسم في 200 حرف على الأكثر"),
            Self::NoPhone => (
                "this is no number that can be rung; write it like 3600 1234",
                "ليس هذا رقما يمكن الاتصال به؛ اكتبه مثل ‎3600 1234",
            ),
            Self::NoEmail => (
                "this is no e-mail address; write it like name@example.bh",
                "ليس هذا عنوان بريد إلكتروني؛ اكتبه مثل ‎name@example.bh",
            ),
            Self::Unreachable => ("write a number or an e-mail address", "اكتب رقما أو عنوان بريد إلكتروني"),
            Self::NoTexts(known) => {
                let known = known.iter().take(LANGUAGES_SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
                let words = if language == "ar" {
                    "النصوص مكتوبة بهذه اللغات"
                } else {
                    "texts are written in"
                };
                return format!("{words}: {known}");
            }
        };
        if language == "ar" { ar } else { en }.to_owned()
    }
}

impl Field {
    /// What is wrong with the contacts that a person gave for this field; nothing if it asks for none.
    pub fn misnamed(&self, given: &Value, reading: &Reading<'_>, languages: &[String]) -> Vec<Misnamed> {
        let of_several = matches!(&self.ty, Type::List(of) if **of == Type::contact());
        let contacts: Vec<(String, &Value)> = match given {
            Value::List(items) if of_several => {
                let place = |(at, item)| (format!("{}.{at}", self.name), item);
                items.iter().enumerate().map(place).collect()
            }
            one if self.ty == Type::contact() => vec![(self.name.clone(), one)],
            _ => Vec::new(),
        };
        let records = contacts.into_iter().filter_map(|(place, contact)| match contact {
            Value::Record(contact) => Some((place, contact)),
            _ => None,
        });
        records.flat_map(|(place, contact)| wrong_members(&place, contact, reading, languages)).collect()
    }
}

fn wrong_members(place: &str, given: &Record, reading: &Reading<'_>, languages: &[String]) -> Vec<Misnamed> {
    let Value::Record(contact) = super::fit_contact(given, reading) else { return Vec::new() };
    let has = |name: &str| contact.get(name).is_some_and(|value| !value.is_null());
    let text = |name: &str| contact.get(name).and_then(Value::as_text).unwrap_or_default();
    let wrote = |name: &str| given.get(name).and_then(Value::as_text).is_some_and(|text| !legible(text).is_empty());
    let (no_phone, no_email) = (has("mobile_as_written") && !has("mobile"), wrote("email") && !has("email"));
    let reachable = has("mobile") || has("email");
    let no_texts = !text("language").is_empty() && languages.iter().all(|known| known != text("language"));
    let rules = [
        (!has("name"), "name", Why::NoName),
        (text("name").chars().count() > NAME_CHARS_MAX, "name", Why::LongName),
        (no_phone, "mobile", Why::NoPhone),
        (no_email, "email", Why::NoEmail),
        (!reachable && !no_phone && !no_email, "mobile", Why::Unreachable),
        (no_texts, "language", Why::NoTexts(languages.to_vec())),
    ];
    let said = |member: &str, why: Why| Misnamed { place: format!("{place}.{member}"), why };
    let Type::Record(members) = Type::contact() else { return Vec::new() };
    let unknown = given.keys().filter(|name| !members.contains_key(*name)).map(|name| said(name, Why::Unknown));
    let broken = rules.into_iter().filter(|(broken, ..)| *broken).map(|(_, member, why)| said(member, why));
    unknown.chain(broken).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    /// The places and reasons of a contact with a good name, number and language, changed so.
    fn wrong(changes: &[(&str, &str)]) -> Vec<(String, Why)> {
        let good = [("name", "Ahmed"), ("mobile", "+97336001234"), ("language", "en")];
        let members = good.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        let contact = Value::Record(members.collect());
        let reading = Reading { region: "BH", today: date(2026, 1, 5), zone: &TimeZone::UTC };
        let languages = ["ar".to_owned(), "en".to_owned()];
        let one = Field::new("heir", Type::contact()).misnamed(&contact, &reading, &languages);
        let several = Field::new("heir", Type::List(Box::new(Type::contact())));
        let several = several.misnamed(&Value::List(vec![contact]), &reading, &languages);
        let places = |found: &[Misnamed]| found.iter().map(|one| one.place.replace(".0.", ".")).collect::<Vec<_>>();
        assert_eq!(places(&one), places(&several), "one and several are judged alike");
        one.into_iter().map(|one| (one.place, one.why)).collect()
    }

    #[test]
    fn every_member_that_cannot_be_taken_is_named() {
        let long = "x".repeat(201);
        let known = Why::NoTexts(vec!["ar".into(), "en".into()]);
        let check = |changes: &[(&str, &str)], expected: &[(&str, Why)]| {
            let expected: Vec<_> = expected.iter().map(|(place, why)| ((*place).to_owned(), why.clone())).collect();
            assert_eq!(wrong(changes), expected, "{changes:?}");
        };
        check(&[], &[]);
        check(&[("mobile", ""), ("email", "a@example.bh")], &[]);
        check(&[("mobile", "abc")], &[("heir.mobile", Why::NoPhone)]);
        check(&[("mobile", " ")], &[("heir.mobile", Why::Unreachable)]);
        check(&[("email", "nobody")], &[("heir.email", Why::NoEmail)]);
        check(&[("name", "\u{1b}\u{202e} ")], &[("heir.name", Why::NoName)]);
        check(&[("name", &long)], &[("heir.name", Why::LongName)]);
        check(&[("language", "zz")], &[("heir.language", known.clone())]);
        check(&[("foo", "1")], &[("heir.foo", Why::Unknown)]);
        check(
            &[("name", ""), ("mobile", "12"), ("language", "zz")],
            &[("heir.name", Why::NoName), ("heir.mobile", Why::NoPhone), ("heir.language", known)],
        );
    }

    #[test]
    fn every_reason_is_said_in_both_languages() {
        for why in [Why::Unknown, Why::NoName, Why::LongName, Why::NoPhone, Why::NoEmail, Why::Unreachable] {
            assert_ne!(why.words("en"), why.words("ar"), "{why:?}");
        }
        assert_eq!(Why::NoTexts(vec!["ar".into(), "en".into()]).words("en"), "texts are written in: ar, en");
        assert!(Why::LongName.words("en").contains(&NAME_CHARS_MAX.to_string()));
    }
}
