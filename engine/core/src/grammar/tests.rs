//! The table against itself and against the readers of its values.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};

use super::calendar::{DATE, DAYS, HOURS};
use super::forms::{CAP, CRON, LANGUAGE, OUTCOME, QUIET_HOURS, WAIT};
use super::held::gaps;
use super::scenario::MOMENT;
use super::*;
use crate::calendar::hours::{parse_days, parse_hours};
use crate::calendar::{Calendar, Quiet};
use crate::definition::{Bundle, parse_cap};
use crate::diagnostic::Report;
use crate::duration::Duration;
use crate::scenario::read as read_scenarios;
use crate::schedule::Schedule;
use crate::source::decode_sources;
use crate::tariff::Tariff;

/// Every mapping of every kind of file.
fn all() -> impl Iterator<Item = &'static Mapping> {
    FILES.iter().flat_map(|file| file.shape.mappings())
}

#[test]
fn every_word_is_explained_in_both_languages() {
    for mapping in all() {
        let texts = [mapping.title, mapping.about].into_iter().chain(mapping.keys.iter().map(|key| key.about));
        for text in texts {
            assert!(!text.en.is_empty() && !text.en.ends_with('.'), "{}: {}", mapping.name, text.en);
            let arabic = text.ar.chars().filter(|c| ('\u{621}'..='\u{64a}').contains(c)).count();
            assert!(arabic >= 3, "{}: {}", mapping.name, text.ar);
        }
    }
}

#[test]
fn no_key_stands_twice_in_a_mapping() {
    for mapping in all() {
        let names: BTreeSet<&str> = mapping.names().collect();
        assert_eq!(names.len(), mapping.keys.len(), "{}", mapping.name);
    }
}

/// Whether the pattern of a form takes a text.
fn takes(form: &Form, text: &str) -> bool {
    regex::Regex::new(form.pattern.unwrap()).unwrap().is_match(text)
}

#[test]
fn the_patterns_agree_with_those_who_read_the_values() {
    let words = [
        "3 working days",
        "1 working  hour",
        " 24 hours ",
        "1 month",
        "2 weeks",
        "0 days",
        "90 seconds",
        "3 workdays",
        "3days",
        "soon",
        "7",
        "1.5 hours",
        "-1 day",
        "3 Days",
        "",
        "3 days after date_of_death",
        "20:00-09:00",
        "outside calendar",
        "outside the calendar",
        "20-9",
        "1 sms per person in 3 days",
        "6 messages per case",
        "5 call attempts per case in 21 days",
        "5 faxes per case",
        "1 sms per family",
        "two calls per case",
        "1 call per person in soon",
        "5 contacts per household in 7 days",
        "3 calls and sms per household",
        "3 calls, sms and emails per person in 1 day",
        "3 calls and per person",
        "3 calls and faxes per person",
        "1 contact per house",
        "ar",
        "arabic",
        "AR",
        "SUN-THU",
        "sun - thu, Sat",
        "SUN-",
        "MONDAY",
        "07:00-14:15",
        "07:00-12:00, 13:00 – 15:00",
        "closed",
        "closed, 07:00-12:00",
        "7-12",
        "2024-05-12",
        "2024-05-12 09:30",
        "2024-05-12T09:30:00",
        "12.5.2024 09:30",
    ];
    for word in words {
        assert_eq!(takes(&DURATION, word), Duration::parse(word).is_ok(), "{word:?}");
        assert_eq!(takes(&QUIET_HOURS, word), Quiet::parse(word).is_ok(), "{word:?}");
        assert_eq!(takes(&CAP, word), parse_cap(word).is_ok(), "{word:?}");
        assert_eq!(takes(&DAYS, word), parse_days(word).is_ok(), "{word:?}");
        // That hours end after they begin no pattern sees.
        assert_eq!(takes(&HOURS, word), parse_hours(word).is_ok() || word == "20:00-09:00", "{word:?}");
        assert_eq!(takes(&DATE, word), word.len() == 10 && word.parse::<Date>().is_ok(), "{word:?}");
        let is_moment = word.contains("-05-") && word.contains(':') && word.parse::<DateTime>().is_ok();
        assert_eq!(takes(&MOMENT, word), is_moment, "{word:?}");
        let (wait, field) = word.split_once(" after ").unwrap_or((word, "field"));
        assert_eq!(takes(&WAIT, word), Duration::parse(wait).is_ok() && !field.is_empty(), "{word:?}");
    }
    assert!(takes(&LANGUAGE, "ar") && !takes(&LANGUAGE, "Arabic"));
    assert!(takes(&OUTCOME, "not_applicable") && takes(&OUTCOME, "تم") && !takes(&OUTCOME, "two words"));
    assert!(CRON.examples.iter().all(|example| Schedule::parse(example).is_ok()));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the files that are shipped")]
fn the_schemas_that_editors_read_are_those_of_the_grammar() {
    for file in &FILES {
        let path = file.schema;
        let kept = std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_default();
        assert!(kept == json_schema(file, "en"), "run: wasl workflow schema --of {} > {path}", file.kind);
    }
}

/// A file of a kind in which every key stands, and what its decoder finds in a file.
type Held = (&'static str, &'static str, fn(&str) -> Vec<String>);

fn messages(report: Report) -> Vec<String> {
    report.findings.into_iter().map(|finding| finding.message).collect()
}

/// Workflows and fragments are held in `definition`, settings where they are read.
const HELD: [Held; 4] = [
    ("calendar", include_str!("tests/calendar.yaml"), |text| {
        Calendar::parse("calendar.yaml", text).err().map(messages).unwrap_or_default()
    }),
    ("sources", include_str!("tests/sources.yaml"), |text| messages(decode_sources("sources.yaml", text).1)),
    ("tariff", include_str!("tests/tariff.yaml"), |text| {
        Tariff::parse("tariff.yaml", text).err().map(messages).unwrap_or_default()
    }),
    ("scenario", include_str!("tests/scenario.yaml"), |text| {
        let files = [("w/scenarios/s.yaml".to_owned(), text.to_owned())].into();
        messages(read_scenarios(&Bundle { name: "w".into(), files }, None).1)
    }),
];

#[test]
fn every_key_of_every_kind_of_file_is_read() {
    for (kind, everything, findings) in HELD {
        let file = File::of(kind).unwrap();
        assert_eq!(gaps(everything, &file.shape, findings), [""; 0], "{kind}");
    }
}

/// The pages of keywords, with their language.
const PAGES: [(&str, &str); 2] = [("docs/keywords.md", "en"), ("docs/keywords.ar.md", "ar")];

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the pages that are shipped")]
fn the_pages_of_keywords_are_those_of_the_grammar() {
    for (path, language) in PAGES {
        let kept = std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(kept == keyword_page(&FILES, language), "run: wasl workflow keywords --lang {language} > {path}");
    }
}

/// Every object of a schema that describes something.
fn subschemas<'j>(node: &'j serde_json::Value, path: &str, found: &mut Vec<(String, &'j serde_json::Value)>) {
    found.push((path.to_owned(), node));
    for group in ["properties", "definitions"] {
        for (name, below) in node[group].as_object().into_iter().flatten() {
            subschemas(below, &format!("{path}/{group}/{name}"), found);
        }
    }
    for (at, below) in node["anyOf"].as_array().into_iter().flatten().enumerate() {
        subschemas(below, &format!("{path}/anyOf/{at}"), found);
    }
    for name in ["items", "additionalProperties", "propertyNames"] {
        if node[name].is_object() {
            subschemas(&node[name], &format!("{path}/{name}"), found);
        }
    }
}

#[test]
fn editors_find_a_title_everywhere_and_a_description_of_each_property() {
    for (file, language) in FILES.iter().flat_map(|file| [(file, "en"), (file, "ar")]) {
        let schema: serde_json::Value = serde_json::from_str(&json_schema(file, language)).unwrap();
        let mut found = Vec::new();
        subschemas(&schema, "", &mut found);
        assert!(found.len() > 20, "{}", found.len());
        for (path, subschema) in found {
            let kind = file.kind;
            assert!(subschema["title"].as_str().is_some_and(|title| !title.is_empty()), "{kind}: no title: {path}");
            let is_property = path.rsplit('/').nth(1) == Some("properties");
            assert!(!is_property || subschema["description"].is_string(), "{kind}: no description: {path}");
        }
    }
}

#[test]
fn no_two_parts_of_a_file_share_a_name() {
    for file in &FILES {
        let mappings = file.shape.mappings();
        let mut names = BTreeSet::new();
        for mapping in &mappings {
            assert!(names.insert(mapping.name), "{}", mapping.name);
            for key in &mapping.keys {
                if let Shape::Each(entries) = key.shape {
                    assert!(mappings.iter().all(|mapping| mapping.name != entries.name), "{}", entries.name);
                }
            }
        }
    }
}
