//! From answers to files. The templates are files themselves (`templates/`): `@word@` stands for an answer, and the lines
//! between `@if word@`, `@else@` and `@end@` for a choice.

use std::collections::{BTreeMap, BTreeSet};

use wasl_core::definition::Bundle;

use super::answers::{Answers, Around};

macro_rules! shipped {
    ($name:literal) => {
        include_str!(concat!("templates/", $name))
    };
}

const HEAD: &str = shipped!("head.yaml");
const ESCALATION: &str = shipped!("escalation.yaml");
const ENDS: &str = shipped!("ends.yaml");
const SCENARIOS: &str = shipped!("scenarios.yaml");

/// Texts in both languages, and what they are for.
const SCRIPT: [(&str, &str); 2] = [("en", shipped!("first-call.en.md")), ("ar", shipped!("first-call.ar.md"))];
const DESK: [(&str, &str); 2] = [("en", shipped!("escalation.en.md")), ("ar", shipped!("escalation.ar.md"))];
const FOLLOW_UP: [(&str, &str); 2] = [("en", shipped!("follow-up.en.txt")), ("ar", shipped!("follow-up.ar.txt"))];
const THANKS: [(&str, &str); 2] = [("en", shipped!("thanks.en.txt")), ("ar", shipped!("thanks.ar.txt"))];

/// The workflow that the answers make, with all its files.
pub(super) fn bundle(answers: &Answers, around: &Around<'_>) -> Bundle {
    let name = answers.get("name");
    let (words, facts) = (words(answers, around), facts(answers, around));
    let fill = |template: &str| filled(template, &words, &facts);
    let minimal = answers.get("template") == "minimal";
    let body = match answers.get("template") {
        "message-first" => shipped!("message-first.yaml"),
        "minimal" => shipped!("minimal.yaml"),
        _ => shipped!("call-first.yaml"),
    };
    let middle = if minimal { "" } else { ESCALATION };
    let mut files = BTreeMap::from([
        (format!("{name}.yaml"), fill(&[HEAD, body, middle, ENDS].concat())),
        (format!("{name}/scenarios/first.yaml"), fill(SCENARIOS)),
    ]);
    let mut add = |folder: &str, text: &str, ending: &str, languages: [(&str, &str); 2]| {
        for (language, template) in languages {
            files.insert(format!("{name}/{folder}/{text}.{language}.{ending}"), fill(template));
        }
    };
    add("scripts", "first-call", "md", SCRIPT);
    if !minimal {
        add("scripts", "escalation", "md", DESK);
    }
    if facts.contains("message") {
        add("messages", "thanks", "txt", THANKS);
        if !minimal {
            add("messages", "follow-up", "txt", FOLLOW_UP);
        }
    }
    Bundle { name: name.to_owned(), files }
}

/// What stands for each `@word@`.
fn words(answers: &Answers, around: &Around<'_>) -> BTreeMap<&'static str, String> {
    let get = |key: &str| answers.get(key).to_owned();
    let queues = &around.environment.queues;
    let desk = if queues.contains_key("supervisors") { "supervisors".to_owned() } else { get("queue") };
    let lines = |line: fn(usize, &str) -> String| {
        let keys = answers.get("key").split(", ").enumerate();
        keys.map(|(number, key)| line(number, key)).collect::<Vec<_>>().join("\n")
    };
    let who = if answers.get("who") == "person" { "contact" } else { "contacts" };
    let story = if answers.get("template") == "message-first" {
        "the first word leaves by day"
    } else {
        "one call, and it is settled"
    };
    BTreeMap::from([
        ("name", get("name")),
        ("title_en", get("title_en")),
        ("title_ar", get("title_ar")),
        ("title_en_yaml", quoted(answers.get("title_en"))),
        ("title_ar_yaml", quoted(answers.get("title_ar"))),
        ("calendar", around.environment.calendars.keys().next().cloned().unwrap_or_default()),
        ("key", get("key")),
        ("key_fields", lines(|_, key| format!("    {key}: {{type: text, personal: true}}"))),
        ("given", lines(|number, key| format!("      {key}: 'A{}'", 100 + number))),
        ("who", who.to_owned()),
        ("queue", get("queue")),
        ("desk", desk),
        ("sender_en", get("sender_en")),
        ("sender_ar", get("sender_ar")),
        ("channel", get("channel")),
        ("days", get("days")),
        ("story", story.to_owned()),
    ])
}

/// What holds, for the choices of the templates.
fn facts(answers: &Answers, around: &Around<'_>) -> BTreeSet<&'static str> {
    let channel = answers.get("channel");
    let facts = [
        ("message", channel != "none"),
        ("email", channel == "email"),
        ("person", answers.get("who") == "person"),
        ("hotline", around.environment.texts.contains("hotline")),
        ("message_first", answers.get("template") == "message-first"),
    ];
    facts.into_iter().filter(|(_, holds)| *holds).map(|(fact, _)| fact).collect()
}

/// A text as YAML: in quotes where it could be taken for something else.
fn quoted(text: &str) -> String {
    let is_plain = |sign: char| sign.is_alphanumeric() || " '-()".contains(sign);
    let is_word = ["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str());
    if text.chars().all(is_plain) && text.starts_with(char::is_alphabetic) && !is_word {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// A template with its choices taken and its words put in.
fn filled(template: &str, words: &BTreeMap<&str, String>, facts: &BTreeSet<&str>) -> String {
    let mut text = String::new();
    let mut shows = true;
    for line in template.split_inclusive('\n') {
        match line.trim_end() {
            "@else@" => shows = !shows,
            "@end@" => shows = true,
            choice if choice.starts_with("@if ") => {
                shows = facts.contains(choice.trim_start_matches("@if ").trim_end_matches('@'));
            }
            _ if shows => text.push_str(line),
            _ => {}
        }
    }
    // Answers hold no `@`, so that none is taken for a word.
    words.iter().fold(text, |text, (word, value)| text.replace(&format!("@{word}@"), value))
}
