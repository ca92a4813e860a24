//! One fragment as its file says it.

use super::space::Entries;
use crate::decode::{Decoder, Word, is_name};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::grammar::{FRAGMENT, Mapping, STATE};
use crate::yaml::{self, Kind, Node};

/// Where a fragment can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a state.
    State,
    /// At the top of a workflow.
    Workflow,
}

impl Place {
    /// Where a key of a fragment's piece belongs.
    fn of(key: &str) -> Self {
        if Mapping::key(&STATE, key).is_some() { Self::State } else { Self::Workflow }
    }

    /// As a finding names it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::State => "in a state",
            Self::Workflow => "at the top of a workflow",
        }
    }
}

/// What a fragment says of itself, besides its piece.
const HEAD: [&str; 4] = ["fragment", "title", "with", "use"];

/// A fragment.
#[derive(Debug)]
pub(super) struct Fragment<'s> {
    /// Its text.
    pub(super) source: &'s str,
    /// Where it belongs.
    pub(super) place: Place,
    /// What it leaves open, to be said where it is used.
    pub(super) with: Vec<String>,
    /// What it says, with `use` if it uses others.
    pub(super) body: Entries,
}

/// Reads a fragment; nothing if it cannot be used.
pub(super) fn read<'s>(name: &str, file: &str, source: &'s str) -> (Option<Fragment<'s>>, Vec<Diagnostic>) {
    let root = match yaml::parse(file, source) {
        Ok(root) => root,
        Err(finding) => return (None, vec![*finding]),
    };
    let mut decoder = Decoder::new(file, source);
    let fragment = fragment(&mut decoder, source, name, &root);
    (fragment, decoder.findings)
}

fn fragment<'s>(decoder: &mut Decoder<'_>, source: &'s str, name: &str, root: &Node) -> Option<Fragment<'s>> {
    if !matches!(root.kind, Kind::Map(_)) {
        return decoder.expected(root, "a fragment (a mapping that begins with `fragment: NAME`)");
    }
    let entries = decoder.known_entries(root, "a fragment", &FRAGMENT);
    let value = |key: &str| entries.iter().find(|(word, _)| word.text == key).map(|(_, node)| *node);
    if let Some(node) = value("fragment") {
        its_name(decoder, name, node);
    }
    if let Some(node) = value("title") {
        decoder.texts(node, "the title", &[]);
    }
    let with = value("with").map(|node| open_words(decoder, node)).unwrap_or_default();
    let place = place(decoder, root, &entries)?;
    let body: Entries = root.entries().iter().filter(|(key, _)| belongs(key, place)).cloned().collect();
    use_of_words(decoder, &with, &body);
    let with = with.into_iter().map(|word| word.text).collect();
    Some(Fragment { source, place, with, body })
}

/// Whether a key is a part of the piece; `use` is.
fn belongs(key: &Node, place: Place) -> bool {
    let of_piece = |key: &str| key == "use" || (!HEAD.contains(&key) && Place::of(key) == place);
    key.text().is_some_and(|key| Mapping::key(&FRAGMENT, key).is_some() && of_piece(key))
}

fn its_name(decoder: &mut Decoder<'_>, name: &str, node: &Node) {
    let Some(word) = decoder.word(node, "the fragment's name") else { return };
    if word.text != name {
        let message = format!("the fragment is called `{}`, but its file `{name}.yaml`", word.text);
        decoder.error_with(Code::BadValue, word.span, message, Some("give both the same name".into()));
    }
}

/// `with: [then, queue]`.
fn open_words(decoder: &mut Decoder<'_>, node: &Node) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for item in decoder.items(node) {
        let Some(word) = decoder.word(item, "a name") else { continue };
        if words.iter().any(|other| other.text == word.text) {
            decoder.error(Code::DuplicateKey, word.span, format!("`{}` is written twice", word.text));
        } else if is_name(&word.text) {
            words.push(word);
        } else {
            let help = Some("use letters, digits and `_`".into());
            let message = format!("`{}` cannot be filled in: it is not a name", word.text);
            decoder.error_with(Code::BadValue, word.span, message, help);
        }
    }
    words
}

/// Where the keys belong; each must belong to the same place.
fn place(decoder: &mut Decoder<'_>, root: &Node, entries: &[(Word, &Node)]) -> Option<Place> {
    let mut found: Option<(Place, &str)> = None;
    for (key, _) in entries.iter().filter(|(key, _)| !HEAD.contains(&key.text.as_str())) {
        let place = Place::of(&key.text);
        match found {
            Some((first, word)) if first != place => {
                let message = format!("`{word}` belongs {}, `{}` {}", first.words(), key.text, place.words());
                let help = Some("make two fragments of it".into());
                decoder.error_with(Code::MisfitFragment, key.span.clone(), message, help);
            }
            Some(_) => {}
            None => found = Some((place, &key.text)),
        }
    }
    if let Some((place, _)) = found {
        return Some(place);
    }
    let help = Some("write for example `on:` with what several states answer".into());
    decoder.error_with(Code::MissingKey, root.span.clone(), "the fragment says nothing", help);
    None
}

/// Each `$word` is among `with`, and each of `with` is used.
fn use_of_words(decoder: &mut Decoder<'_>, with: &[Word], body: &Entries) {
    let mut marks = Vec::new();
    for node in body.iter().flat_map(|(key, value)| [key, value]) {
        find_marks(node, &mut marks);
    }
    for (name, node) in &marks {
        if !with.iter().any(|word| word.text == *name) {
            let help = did_you_mean(name, with.iter().map(|word| word.text.as_str()))
                .or_else(|| Some(format!("add `with: [{name}]`")));
            let message = format!("nothing fills in `${name}`: it is not among `with`");
            decoder.error_with(Code::MisfitFragment, node.span.clone(), message, help);
        }
    }
    for word in with.iter().filter(|word| !marks.iter().any(|(name, _)| *name == word.text)) {
        let message = format!("nothing uses `${}`", word.text);
        decoder.warn(Code::Unused, word.span.clone(), message, Some("take it out of `with`".into()));
    }
}

fn find_marks<'n>(node: &'n Node, marks: &mut Vec<(&'n str, &'n Node)>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| find_marks(item, marks)),
        Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
            find_marks(key, marks);
            find_marks(value, marks);
        }),
        _ => marks.extend(mark(node).map(|name| (name, node))),
    }
}

/// The name in `$name`, if that is the whole text.
pub(super) fn mark(node: &Node) -> Option<&str> {
    node.text()?.strip_prefix('$').filter(|name| is_name(name))
}
