//! Reads YAML into a tree in which every key and value knows its place.
//!
//! The only place that knows the YAML library. What the tree means is decided by the decoders
//! ([`crate::decode`]), which can therefore report every finding of a file at once instead of
//! stopping at the first, as typed deserialisation would.

mod format;
mod mistake;

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;

use crate::diagnostic::{Code, Diagnostic};
use crate::limits;

pub use format::format;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its bytes in the source; for a mapping or a list those of its first token.
    pub span: Range<usize>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing: `key:` alone, `null` or `~`.
    Null,
    /// `true` or `false` (`yes`, `on` are text).
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file, duplicate keys included.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Its text, if it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its entries; none if it is no mapping.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Its entries, to be changed; none if it is no mapping.
    pub fn entries_mut(&mut self) -> &mut [(Self, Self)] {
        match &mut self.kind {
            Kind::Map(entries) => entries,
            _ => &mut [],
        }
    }

    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(own, _)| own.text() == Some(key)).map(|(_, value)| value)
    }
}

impl Kind {
    /// What an editor of the file would call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true/false",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// Parses one document.
///
/// # Errors
/// The one finding at which the reader had to stop: bad syntax or a limit exceeded.
pub fn parse(file: &str, source: &str) -> Result<Node, Box<Diagnostic>> {
    if source.len() > limits::FILE_BYTES_MAX {
        let message = format!("this file is larger than {} KiB", limits::FILE_BYTES_MAX / 1024);
        let finding = Diagnostic::error(Code::Syntax, file, 0..0, message);
        return Err(Box::new(finding.suggest("divide it, or move what is alike into fragments")));
    }
    if let Some(finding) = not_utf8(file, source) {
        return Err(Box::new(finding));
    }
    let options = serde_yaml::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
        duplicate_keys: serde_yaml::options::DuplicateKeyPolicy::PassThrough,
        budget: serde_yaml::budget! {
            max_documents: 1,
            max_depth: limits::YAML_DEPTH_MAX,
            max_nodes: limits::YAML_NODES_MAX,
            max_events: 4 * limits::YAML_NODES_MAX,
            max_aliases: limits::YAML_ALIASES_MAX,
            max_recorded_anchor_events: limits::YAML_ANCHOR_EVENTS_MAX,
        },
    };
    serde_yaml::from_str_with_options::<Node>(source, options).map_err(|error| {
        let text = error.to_string();
        let known = error.location().and_then(|location| location.span().byte_offset()).map(to_usize);
        let at = stated_offset(&text, source).or(known).unwrap_or(source.len());
        let mistake = mistake::of(&plain_message(&text), at, source);
        let finding = Diagnostic::error(Code::Syntax, file, mistake.span, mistake.message);
        Box::new(finding.suggest(mistake.help))
    })
}

/// What cannot have been meant: the sign that stands for bytes which are no UTF-8. Whoever reads files puts it there, so
/// that the finding has a place.
pub fn not_utf8(file: &str, source: &str) -> Option<Diagnostic> {
    let at = source.find(char::REPLACEMENT_CHARACTER)?;
    let place = at..at + char::REPLACEMENT_CHARACTER.len_utf8();
    let finding = Diagnostic::error(Code::Syntax, file, place, "what stands here is not UTF-8");
    Some(finding.suggest("save the file with the encoding UTF-8"))
}

/// The library's words without the place, which the finding shows itself; ours where they would name its insides.
fn plain_message(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(first);
    let message =
        message.split_once(": ").filter(|(place, _)| place.starts_with("line ")).map_or(message, |(_, rest)| rest);
    let words = message.split_once(" at line ").map_or(message, |(words, _)| words).trim_end_matches('.');
    exceeded(words).unwrap_or_else(|| words.to_owned())
}

/// Which limit a message of the library is about.
fn exceeded(words: &str) -> Option<String> {
    if words.starts_with("recursion limit") {
        return Some(format!("this nests deeper than {} levels", limits::YAML_DEPTH_MAX));
    }
    if words.starts_with("recursive references") {
        return Some("an anchor contains itself".into());
    }
    let limit = words.strip_prefix("budget breached: ")?.split([' ', '{']).next()?;
    Some(match limit {
        "Depth" => format!("this nests deeper than {} levels", limits::YAML_DEPTH_MAX),
        "Documents" => "a second document begins here; a file holds one".into(),
        "Aliases" => format!("a file can have {} aliases (`*name`)", limits::YAML_ALIASES_MAX),
        "Nodes" | "Events" => format!("a file can have {} values", limits::YAML_NODES_MAX),
        _ => format!("what anchors (`&name`) hold is more than {} values", limits::YAML_ANCHOR_EVENTS_MAX),
    })
}

/// The place that the library's own words name (`… at line 3, column 5`): where the mistake began,
/// while the error's location is where reading had to stop.
fn stated_offset(message: &str, source: &str) -> Option<usize> {
    let (_, place) = message.lines().next()?.rsplit_once(" line ")?;
    let (line, column) = place.split_once(", column ")?;
    let digits = |text: &str| text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().ok();
    let (line, column) = (digits(line)?, digits(column)?);
    let before: usize = source.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let within = source.get(before..)?.char_indices().nth(column.checked_sub(1)?).map_or(0, |(at, _)| at);
    Some(before + within)
}

fn to_usize(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, referenced, .. } = Spanned::<Kind>::deserialize(deserializer)?;
        let span = referenced.span();
        let start = span.byte_offset().map_or(0, to_usize);
        let end = start + span.byte_len().map_or(0, to_usize);
        Ok(Self { kind: value, span: start..end })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyKind)
    }
}

struct AnyKind;

impl<'de> Visitor<'de> for AnyKind {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        #[expect(clippy::cast_precision_loss, reason = "a number above i64 keeps its size, not its last digit")]
        Ok(i64::try_from(value).map_or(Kind::Float(value as f64), Kind::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Kind::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Kind::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(source: &str) -> Vec<(String, String)> {
        let Kind::Map(entries) = parse("t.yaml", source).unwrap().kind else { panic!("a mapping") };
        entries.iter().map(|(k, v)| (source[k.span.clone()].to_owned(), source[v.span.clone()].to_owned())).collect()
    }

    #[test]
    fn keys_and_values_know_their_bytes_also_after_arabic() {
        let source = "عنوان: {ar: وفاة, en: death}\nafter: 3 days\n";
        let found = entries(source);
        assert_eq!(found[0].0, "عنوان");
        assert_eq!(found[1], ("after".into(), "3 days".into()));
    }

    #[test]
    fn duplicate_keys_are_kept_for_the_decoder_to_report() {
        assert_eq!(entries("a: 1\na: 2\n").len(), 2);
    }

    #[test]
    fn words_that_other_yaml_readers_take_for_booleans_stay_text() {
        let Kind::Map(entries) = parse("t.yaml", "on: no\n").unwrap().kind else { panic!("a mapping") };
        assert!(matches!(&entries[0].0.kind, Kind::Text(key) if key == "on"));
        assert!(matches!(&entries[0].1.kind, Kind::Text(value) if value == "no"));
    }

    #[test]
    fn bad_syntax_says_where() {
        let source = "a: 1\nb: [1, 2\nc: 3\n";
        let finding = parse("t.yaml", source).unwrap_err();
        assert_eq!(finding.code, Code::Syntax);
        assert!(finding.span.start > 4, "{finding:?}");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let level = |i: usize| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "));
        let levels: String = (1..12).map(level).collect();
        let source = format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{levels}");
        assert!(parse("t.yaml", &source).is_err());
    }
}
