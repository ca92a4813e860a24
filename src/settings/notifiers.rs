//! The `notifiers` of the file. What is the same for every kind is read by [`gate`], who stands in for
//! whom by [`chain`]. The other keys are the kinds' own (`wasl_notifiers::Settings`), read by serde from
//! the YAML tree; this file turns serde's complaints into findings with a place, and sees to it that
//! none of them repeats a value, which might be a secret in the wrong place.

mod chain;
mod gate;
mod price;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value as Json};
use wasl_core::decode::{Decoder, Word};
use wasl_core::delivery::Channel;
use wasl_core::diagnostic::{Code, did_you_mean};
use wasl_core::grammar::GATE;
use wasl_core::yaml::{Kind, Node};
use wasl_notifiers::Settings as NotifierSettings;
use wasl_runtime::engine::Gate;

use gate::Common;
pub(crate) use price::Price;

/// The channels that messages leave by; calls are made by people.
pub(crate) const CHANNELS: [Channel; 2] = [Channel::Sms, Channel::Email];

const NAMES: [&str; 2] = [Channel::Sms.as_str(), Channel::Email.as_str()];

/// What `kind` may say, and the channels that it may send by.
const KINDS: [(&str, &[&str]); 4] =
    [("sandbox", &NAMES), ("twilio", &["sms"]), ("http_gateway", &["sms"]), ("smtp", &["email"])];

/// A section of `notifiers`: one gateway.
#[derive(Clone, Debug)]
pub(crate) struct NotifierSection {
    /// What speaks to it.
    pub(crate) settings: NotifierSettings,
    /// What it may be given.
    pub(crate) gate: Gate,
    /// The section that stands in while it rests.
    pub(crate) fallback: Option<String>,
    /// The country (ISO 3166-1 alpha-2) in which it keeps what it is given, where the operator says so:
    /// a label, not something that Wasl can check.
    pub(crate) hosted_in: Option<String>,
    /// What it asks for an SMS segment, where the operator says so.
    pub(crate) price_per_segment: Option<Price>,
}

impl From<NotifierSettings> for NotifierSection {
    fn from(settings: NotifierSettings) -> Self {
        Self { settings, gate: Gate::default(), fallback: None, hosted_in: None, price_per_segment: None }
    }
}

/// A section as it is written, whether or not it can be used.
struct Written {
    name: Word,
    kind: Option<String>,
    fallback: Option<Word>,
}

/// Reads every section; those with a mistake are left out.
pub(super) fn read(decoder: &mut Decoder<'_>, node: &Node) -> BTreeMap<String, NotifierSection> {
    let mut notifiers = BTreeMap::new();
    let mut written = BTreeMap::new();
    for (name, section) in decoder.entries(node, "`notifiers`") {
        check_name(decoder, &name);
        let entries = decoder.entries(section, &format!("the notifier `{}`", name.text));
        let found_before = decoder.findings.len();
        let common = gate::read(decoder, &entries);
        let kind = read_kind(decoder, &name, &entries);
        let settings = kind.as_ref().and_then(|_| read_one(decoder, &name, &entries));
        if let Some(settings) = settings.filter(|_| decoder.findings.len() == found_before) {
            let fallback = common.fallback.as_ref().map(|fallback| fallback.text.clone());
            let Common { gate, hosted_in, price_per_segment, .. } = &common;
            let (gate, hosted_in, price_per_segment) = (gate.clone(), hosted_in.clone(), price_per_segment.clone());
            let section = NotifierSection { settings, gate, fallback, hosted_in, price_per_segment };
            notifiers.insert(name.text.clone(), section);
        }
        written.insert(name.text.clone(), Written { name, kind, fallback: common.fallback });
    }
    chain::check(decoder, &written);
    notifiers
}

/// A name becomes part of an address.
fn check_name(decoder: &mut Decoder<'_>, name: &Word) {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if !name.text.bytes().all(allowed) {
        let message = "the name of a notifier has a-z, 0-9, `-` and `_`, as it becomes part of `/hooks/…/status`";
        decoder.error(Code::BadValue, name.span.clone(), message);
    }
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

fn read_one(decoder: &mut Decoder<'_>, name: &Word, entries: &[(Word, &Node)]) -> Option<NotifierSettings> {
    let own = entries.iter().filter(|(key, _)| GATE.key(&key.text).is_none());
    let entries: Vec<&(Word, &Node)> = own.collect();
    let mut values: Map<String, Json> =
        entries.iter().map(|(key, value)| (key.text.clone(), to_json(&value.kind))).collect();
    // Serde stops at its first complaint, so the key that it is about is taken out for the next round.
    loop {
        let complaint = match parse(&values) {
            Ok(settings) => return Some(settings),
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

fn read_kind(decoder: &mut Decoder<'_>, name: &Word, entries: &[(Word, &Node)]) -> Option<String> {
    let known = KINDS.map(|(kind, _)| kind);
    let Some((_, node)) = entries.iter().find(|(key, _)| key.text == "kind") else {
        let message = format!("the notifier `{}` needs `kind`", name.text);
        decoder.error_with(Code::MissingKey, name.span.clone(), message, did_you_mean("", known));
        return None;
    };
    let kind = decoder.word(node, "a kind of notifier")?;
    if !known.contains(&kind.text.as_str()) {
        let message = format!("there is no notifier of the kind `{}`", kind.text);
        decoder.error_with(Code::BadValue, kind.span, message, did_you_mean(&kind.text, known));
        return None;
    }
    if NAMES.contains(&name.text.as_str()) && !channels_of(&kind.text).contains(&name.text.as_str()) {
        let (message, help) = cannot_send(&kind.text, &name.text);
        decoder.error_with(Code::BadValue, kind.span, message, help);
        return None;
    }
    Some(kind.text)
}

/// The channels that a kind may send by.
fn channels_of(kind: &str) -> &'static [&'static str] {
    KINDS.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, channels)| channels)
}

fn cannot_send(kind: &str, channel: &str) -> (String, Option<String>) {
    let message = format!("a notifier of the kind `{kind}` cannot send by `{channel}`");
    (message, Some(format!("it sends by `{}`", channels_of(kind).join("` or `"))))
}

fn report(decoder: &mut Decoder<'_>, name: &Word, key: &Word, value: &Node, complaint: &str) {
    if complaint.starts_with(&format!("unknown field `{}`", key.text)) {
        let message = format!("the notifier `{}` has no key `{}`", name.text, key.text);
        let known: Vec<&str> = quoted(expected(complaint)).chain(GATE.keys.iter().map(|key| key.name)).collect();
        let help = did_you_mean(&key.text, known);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use wasl_core::grammar::NOTIFIER;

    /// Serde says itself which keys it would have taken.
    #[test]
    fn editors_are_offered_the_keys_of_every_kind_and_no_others() {
        let mut taken: BTreeSet<String> = GATE.names().map(str::to_owned).collect();
        taken.insert("kind".to_owned());
        for (kind, _) in KINDS {
            let values = Map::from_iter([("kind".to_owned(), kind.into()), ("nonsense".to_owned(), Json::Null)]);
            let complaint = parse(&values).unwrap_err();
            taken.extend(quoted(expected(&complaint)).map(str::to_owned));
        }
        let offered: BTreeSet<String> = NOTIFIER.known.iter().map(|choice| choice.word.to_owned()).collect();
        let missing: Vec<_> = taken.symmetric_difference(&offered).collect();
        assert!(missing.is_empty(), "only the kinds or only NOTIFIER of core's grammar/settings.rs know {missing:?}");
    }
}
