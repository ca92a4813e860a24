//! The table against itself and against the readers of its values.

use std::collections::BTreeSet;

use super::forms::{CAP, CRON, LANGUAGE, OUTCOME, QUIET_HOURS, WAIT};
use super::*;
use crate::calendar::Quiet;
use crate::definition::parse_cap;
use crate::duration::Duration;
use crate::schedule::Schedule;

/// Every mapping of a workflow.
fn all() -> Vec<&'static Mapping> {
    Mapping::with_all_below(&WORKFLOW)
}

#[test]
fn every_word_is_explained_in_both_languages() {
    for mapping in all().into_iter().chain([&FRAGMENT as &Mapping]) {
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
    for mapping in all().into_iter().chain([&FRAGMENT as &Mapping]) {
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
        "ar",
        "arabic",
        "AR",
    ];
    for word in words {
        assert_eq!(takes(&DURATION, word), Duration::parse(word).is_ok(), "{word:?}");
        assert_eq!(takes(&QUIET_HOURS, word), Quiet::parse(word).is_ok(), "{word:?}");
        assert_eq!(takes(&CAP, word), parse_cap(word).is_ok(), "{word:?}");
        let (wait, field) = word.split_once(" after ").unwrap_or((word, "field"));
        assert_eq!(takes(&WAIT, word), Duration::parse(wait).is_ok() && !field.is_empty(), "{word:?}");
    }
    assert!(takes(&LANGUAGE, "ar") && !takes(&LANGUAGE, "Arabic"));
    assert!(takes(&OUTCOME, "not_applicable") && takes(&OUTCOME, "تم") && !takes(&OUTCOME, "two words"));
    assert!(CRON.examples.iter().all(|example| Schedule::parse(example).is_ok()));
}

/// Where the schemas are kept that editors read.
const KEPT: [(&str, &Mapping); 1] = [("workflows/workflow.schema.json", &WORKFLOW)];

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the files that are shipped")]
fn the_schemas_that_editors_read_are_those_of_the_grammar() {
    for (path, root) in KEPT {
        let kept = std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(kept == json_schema(root, "en"), "run: wasl workflow schema > {path}");
    }
}

/// The pages of keywords, with their language.
const PAGES: [(&str, &str); 2] = [("docs/keywords.md", "en"), ("docs/keywords.ar.md", "ar")];

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the pages that are shipped")]
fn the_pages_of_keywords_are_those_of_the_grammar() {
    for (path, language) in PAGES {
        let kept = std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(kept == keyword_page(&WORKFLOW, language), "run: wasl workflow keywords --lang {language} > {path}");
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
    for language in ["en", "ar"] {
        let schema: serde_json::Value = serde_json::from_str(&json_schema(&WORKFLOW, language)).unwrap();
        let mut found = Vec::new();
        subschemas(&schema, "", &mut found);
        assert!(found.len() > 200, "{}", found.len());
        for (path, subschema) in found {
            assert!(subschema["title"].as_str().is_some_and(|title| !title.is_empty()), "no title: {path}");
            let is_property = path.rsplit('/').nth(1) == Some("properties");
            assert!(!is_property || subschema["description"].is_string(), "no description: {path}");
        }
    }
}

#[test]
fn no_two_parts_of_the_grammar_share_a_name() {
    let mut names = BTreeSet::new();
    for mapping in all() {
        assert!(names.insert(mapping.name), "{}", mapping.name);
        for key in &mapping.keys {
            if let Shape::Each(entries) = key.shape {
                assert!(all().iter().all(|mapping| mapping.name != entries.name), "{}", entries.name);
            }
        }
    }
}
