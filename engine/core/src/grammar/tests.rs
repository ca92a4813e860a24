//! The table against itself and against the readers of its values.

use std::collections::BTreeSet;

use super::forms::{CAP, CRON, LANGUAGE, OUTCOME, QUIET_HOURS, WAIT};
use super::*;
use crate::calendar::Quiet;
use crate::definition::parse_cap;
use crate::duration::Duration;
use crate::schedule::Schedule;

/// Every mapping that a file of this kind may hold, each once.
pub(crate) fn mappings(root: &'static Mapping) -> Vec<&'static Mapping> {
    let mut found: Vec<&'static Mapping> = vec![root];
    let mut next = 0;
    while let Some(mapping) = found.get(next) {
        next += 1;
        for key in &mapping.keys {
            of_shape(key.shape, &mut found);
        }
    }
    found
}

fn of_shape(shape: Shape, found: &mut Vec<&'static Mapping>) {
    match shape {
        Shape::Map(mapping) if !found.iter().any(|known| known.name == mapping.name) => found.push(mapping),
        Shape::Each(entries) => of_shape(entries.value, found),
        Shape::OneOrMore(of) => of_shape(*of, found),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| of_shape(*shape, found)),
        _ => {}
    }
}

#[test]
fn every_word_is_explained_in_both_languages() {
    for mapping in mappings(&WORKFLOW).into_iter().chain([&FRAGMENT as &Mapping]) {
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
    for mapping in mappings(&WORKFLOW).into_iter().chain([&FRAGMENT as &Mapping]) {
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
