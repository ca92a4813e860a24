//! The `notifiers` of the file. Their keys are the notifiers' own (`wasl_notifiers::Settings`), read
//! by serde from the YAML tree; this file turns serde's complaints into findings with a place, and
//! sees to it that none of them repeats a value, which might be a secret in the wrong place.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value as Json};
use wasl_core::decode::{Decoder, Word};
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::{Code, did_you_mean};
use wasl_core::yaml::{Kind, Node};
use wasl_notifiers::Settings as NotifierSettings;

/// Notifiers that messages leave by; calls are made by people.
const NAMES: [&str; 2] = [Channel::Sms.as_str(), Channel::Email.as_str()];

/// What `kind` may say, and the names that it may stand under.
const KINDS: [(&str, &[&str]); 3] = [("sandbox", &NAMES), ("twilio", &["sms"]), ("smtp", &["email"])];

/// Reads every section; those with a mistake are left out.
pub(super) fn read(decoder: &mut Decoder<'_>, node: &Node) -> BTreeMap<String, NotifierSettings> {
    let mut notifiers = BTreeMap::new();
    for (name, section) in decoder.entries(node, "`notifiers`") {
        if !NAMES.contains(&name.text.as_str()) {
            let message = format!("there is no channel `{}` that messages leave by", name.text);
            let help = did_you_mean(&name.text, NAMES);
            decoder.error_with(Code::UnknownKey, name.span.clone(), message, help);
            continue;
        }
        if let Some(settings) = read_one(decoder, &name, section) {
            notifiers.insert(name.text, settings);
        }
    }
    notifiers
}

/// The places of every value below `notifiers` but `kind`: a finding shows the line that it is about,
/// and a secret may stand in any of them by mistake.
pub(super) fn values(node: &Node) -> Vec<Range<usize>> {
    let is_kind = |key: &Node| matches!(&key.kind, Kind::Text(key) if key == "kind");
    match &node.kind {
        Kind::Map(entries) => {
            entries.iter().filter(|(key, _)| !is_kind(key)).flat_map(|(_, value)| values(value)).collect()
        }
        Kind::List(items) => items.iter().flat_map(values).collect(),
        _ => vec![node.span.clone()],
    }
}

fn read_one(decoder: &mut Decoder<'_>, name: &Word, section: &Node) -> Option<NotifierSettings> {
    let found_before = decoder.findings.len();
    let entries = decoder.entries(section, &format!("the notifier `{}`", name.text));
    check_kind(decoder, name, &entries)?;
    let mut values: Map<String, Json> =
        entries.iter().map(|(key, value)| (key.text.clone(), to_json(&value.kind))).collect();
    // Serde stops at its first complaint, so the key that it is about is taken out for the next round.
    loop {
        let complaint = match parse(&values) {
            Ok(settings) => return (decoder.findings.len() == found_before).then_some(settings),
            Err(complaint) => complaint,
        };
        let culprit = entries.iter().find(|(key, _)| key.text != "kind" && is_about(&values, &key.text, &complaint));
        let Some((key, value)) = culprit else {
            let was_wrong = |key: &str| entries.iter().any(|(known, _)| known.text == key);
            if !missing(&complaint).is_some_and(was_wrong) {
                let message = format!("the notifier `{}` {}", name.text, without_value(&complaint));
                decoder.error(Code::MissingKey, name.span.clone(), message);
            }
            return None;
        };
        report(decoder, name, key, value, &complaint);
        values.remove(&key.text);
    }
}

fn parse(values: &Map<String, Json>) -> Result<NotifierSettings, String> {
    serde_json::from_value(Json::Object(values.clone())).map_err(|error| error.to_string())
}

/// Whether a complaint goes away, or another takes its place, without this key. That a key is
/// missing is no other key's fault, unless it is missing inside that one.
fn is_about(values: &Map<String, Json>, key: &str, complaint: &str) -> bool {
    let mut others = values.clone();
    if others.remove(key).is_none() {
        return false;
    }
    match parse(&others).err() {
        None => true,
        Some(other) => other != complaint && (missing(complaint).is_none() || missing(&other) != Some(key)),
    }
}

/// The key that a complaint says is missing.
fn missing(complaint: &str) -> Option<&str> {
    complaint.strip_prefix("missing field `")?.split('`').next()
}

fn check_kind(decoder: &mut Decoder<'_>, name: &Word, entries: &[(Word, &Node)]) -> Option<()> {
    let known = KINDS.map(|(kind, _)| kind);
    let Some((_, node)) = entries.iter().find(|(key, _)| key.text == "kind") else {
        let message = format!("the notifier `{}` needs `kind`", name.text);
        decoder.error_with(Code::MissingKey, name.span.clone(), message, did_you_mean("", known));
        return None;
    };
    let kind = decoder.word(node, "a kind of notifier")?;
    let Some((_, names)) = KINDS.iter().find(|(known, _)| *known == kind.text) else {
        let message = format!("there is no notifier of the kind `{}`", kind.text);
        decoder.error_with(Code::BadValue, kind.span, message, did_you_mean(&kind.text, known));
        return None;
    };
    if names.contains(&name.text.as_str()) {
        return Some(());
    }
    let message = format!("a notifier of the kind `{}` cannot send by `{}`", kind.text, name.text);
    decoder.error_with(Code::BadValue, kind.span, message, Some(format!("put it under `{}`", names.join("` or `"))));
    None
}

fn report(decoder: &mut Decoder<'_>, name: &Word, key: &Word, value: &Node, complaint: &str) {
    if complaint.starts_with(&format!("unknown field `{}`", key.text)) {
        let message = format!("the notifier `{}` has no key `{}`", name.text, key.text);
        let help = did_you_mean(&key.text, quoted(expected(complaint)));
        decoder.error_with(Code::UnknownKey, key.span.clone(), message, help);
        return;
    }
    decoder.error(Code::BadValue, value.span.clone(), format!("`{}` {}", key.text, without_value(complaint)));
}

/// A complaint of serde without the value that it quotes.
fn without_value(complaint: &str) -> String {
    if complaint.contains("`{env: NAME}`") || complaint.contains("`env: NAME`") {
        // The notifiers' own words about secrets, which name none.
        return format!("is a secret: {complaint}");
    }
    match (missing(complaint), expected(complaint)) {
        (Some(key), _) => format!("needs `{key}`"),
        (None, "") => "cannot be read; see the comments in the shipped `config/wasl.yaml`".into(),
        (None, "u16" | "u32" | "u64") => "must be a whole number".into(),
        (None, expected) => format!("must be {expected}"),
    }
}

/// What serde would have taken.
fn expected(complaint: &str) -> &str {
    complaint.rsplit_once(", expected ").map_or("", |(_, expected)| expected.trim_end_matches('.'))
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn to_json(kind: &Kind) -> Json {
    match kind {
        Kind::Null => Json::Null,
        Kind::Bool(value) => Json::Bool(*value),
        Kind::Int(value) => Json::from(*value),
        Kind::Float(value) => Json::from(*value),
        Kind::Text(value) => Json::from(value.as_str()),
        Kind::List(items) => items.iter().map(|item| to_json(&item.kind)).collect(),
        Kind::Map(entries) => {
            let pair = |(key, value): &(Node, Node)| match &key.kind {
                Kind::Text(key) => Some((key.clone(), to_json(&value.kind))),
                _ => None,
            };
            Json::Object(entries.iter().filter_map(pair).collect())
        }
    }
}
