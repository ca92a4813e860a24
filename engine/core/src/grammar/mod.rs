//! The grammar of the files that people write: each mapping with its keys, what belongs behind each, and what it
//! means in both languages.
//!
//! One table for all who need it: decoders take their keys from here, so does the JSON Schema for editors, and the
//! language reference is held to it. What a value may be beyond its shape (a state that exists, a condition
//! whose types fit) is left to the decoders and the checks.

mod access;
mod actions;
mod calendar;
mod case;
mod detect;
mod dispatch;
mod files;
mod forms;
mod fragments;
pub mod held;
mod json_schema;
mod oidc;
mod ordered;
mod page;
mod retention;
mod scenario;
mod settings;
mod sources;
mod states;
mod tariff;
#[cfg(test)]
mod tests;
mod webhooks;
mod workflow;

pub use access::ACCESS;
pub use actions::{ACTION, CALL, EMAIL, PRIORITIES, SMS};
pub use calendar::{CALENDAR, HOLIDAY, SEASON, STRETCH};
pub use case::{CASE, EVENT, FIELD, TYPES};
pub use detect::{DETECTION, LOOKUP};
pub use dispatch::{BACKOFF, DISPATCH, ON_UNCERTAIN, SCHEDULER};
pub use files::{FILES, File, SeenKey, keys_in};
pub use forms::{CHANNELS, DURATION};
pub use fragments::FRAGMENT;
pub use json_schema::json_schema;
pub use oidc::{OIDC, ROLE_NAMES};
pub use page::keyword_page;
pub use retention::RETENTION;
pub use scenario::{
    ANSWERED_BY, CALL_SEEN, DISPOSITIONS, EXPECT, MESSAGE_SEEN, RECEIPT, RECEIPTS, SCENARIO, SCENARIOS, STANDINGS, STEP,
};
pub use settings::{BREAKER, GATE, HOUSE_POLICY, INBOUND, NOTIFIER, OPERATORS_LANGUAGES, QUEUE_SETTINGS, SETTINGS};
pub use sources::{RECORDS, SOURCES};
pub use states::{AFTER, ANYWHERE, BRANCH, EVERY, REACTION, STATE, WAITING_ON};
pub use tariff::{PRICE_STEP, SERVICE, TARIFF, TARIFF_PERIOD};
pub use webhooks::WEBHOOKS;
pub use workflow::{CONTACT_POLICY, PROMISE, WORKFLOW};

/// The same words in English and Arabic.
#[derive(Clone, Copy, Debug)]
pub struct Both {
    /// English.
    pub en: &'static str,
    /// Arabic.
    pub ar: &'static str,
}

/// In English and Arabic.
pub const fn both(en: &'static str, ar: &'static str) -> Both {
    Both { en, ar }
}

/// A mapping with known keys. `Mapping<[Key; 3]>` knows at compile time how many, and is a `&Mapping` to whoever does
/// not care.
#[derive(Debug)]
pub struct Mapping<K: ?Sized = [Key]> {
    /// Tells it apart from the others: `call`.
    pub name: &'static str,
    /// As an editor names it: `A call`.
    pub title: Both,
    /// What it is for, in a sentence.
    pub about: Both,
    /// What to write to begin with, in the language of editors' snippets: `${1:complaints}` is a place to fill in.
    pub snippet: Option<&'static str>,
    /// Its keys, in the order of the reference.
    pub keys: K,
}

impl<K> Mapping<K> {
    /// A mapping without a snippet.
    pub const fn new(name: &'static str, title: Both, about: Both, keys: K) -> Self {
        Self { name, title, about, snippet: None, keys }
    }
}

impl<K: ?Sized + AsRef<[Key]>> Mapping<K> {
    /// The key of a name.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.as_ref().iter().find(|key| key.name == name)
    }

    /// The names of its keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.as_ref().iter().map(|key| key.name)
    }
}

/// A key of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written: `due`.
    pub name: &'static str,
    /// Whether the mapping cannot do without it.
    pub required: bool,
    /// What belongs behind it.
    pub shape: Shape,
    /// A value as it may be written there: `1 working day`.
    pub such_as: &'static str,
    /// What it means.
    pub about: Both,
}

/// A key that may be left out; `such_as` is a value as it may be written, `en` and `ar` say what it means.
pub const fn key(name: &'static str, shape: Shape, such_as: &'static str, en: &'static str, ar: &'static str) -> Key {
    Key { name, required: false, shape, such_as, about: both(en, ar) }
}

/// A key that must be there.
pub const fn required(
    name: &'static str,
    shape: Shape,
    such_as: &'static str,
    en: &'static str,
    ar: &'static str,
) -> Key {
    Key { required: true, ..key(name, shape, such_as, en, ar) }
}

/// What belongs in a place of a file.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// One value that looks like this.
    Form(&'static Form),
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds.
    Whole(i64, i64),
    /// Any number.
    Number,
    /// One of a few words.
    OneOf(&'static Choices),
    /// The same text in each language of the workflow.
    Texts,
    /// A mapping with known keys.
    Map(&'static Mapping),
    /// A mapping whose keys the author names.
    Each(&'static Entries),
    /// One such value, or a list of them.
    OneOrMore(&'static Self),
    /// One of several shapes.
    Either(&'static [Self]),
}

impl Shape {
    /// Every mapping that a value of this shape may lead to, each once, in the order in which a reader meets them.
    pub fn mappings(&self) -> Vec<&'static Mapping> {
        let mut found: Vec<&'static Mapping> = Vec::new();
        self.find_mappings(&mut found);
        let mut next = 0;
        while let Some(mapping) = found.get(next) {
            next += 1;
            for key in &mapping.keys {
                key.shape.find_mappings(&mut found);
            }
        }
        found
    }

    fn find_mappings(self, found: &mut Vec<&'static Mapping>) {
        match self {
            Self::Map(mapping) if !found.iter().any(|known| known.name == mapping.name) => found.push(mapping),
            Self::Each(entries) => entries.value.find_mappings(found),
            Self::OneOrMore(of) => of.find_mappings(found),
            Self::Either(shapes) => shapes.iter().for_each(|shape| shape.find_mappings(found)),
            _ => {}
        }
    }
}

/// One value: what it looks like and what it means.
#[derive(Debug)]
pub struct Form {
    /// Tells it apart from the others: `duration`.
    pub name: &'static str,
    /// As an editor names it: `A duration`.
    pub title: Both,
    /// What it is, in a sentence.
    pub about: Both,
    /// How YAML may spell it.
    pub takes: Takes,
    /// A regular expression that text of this form matches; the decoder may know better why it does not.
    pub pattern: Option<&'static str>,
    /// Values as they may be written.
    pub examples: &'static [&'static str],
}

/// How YAML may spell a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// As text.
    Text,
    /// As text; a number counts as its text.
    Word,
    /// As text, number, `true`, `false` or `null`.
    Scalar,
}

/// A few words of which one is written.
#[derive(Debug)]
pub struct Choices<W: ?Sized = [Choice]> {
    /// As an editor names it: `A priority`.
    pub title: Both,
    /// The words.
    pub words: W,
}

impl<const N: usize> Choices<[Choice; N]> {
    /// Each word with what it means to the program, in order.
    pub fn pair<T: Copy>(&self, meanings: [T; N]) -> [(&'static str, T); N] {
        std::array::from_fn(|i| (self.words[i].word, meanings[i]))
    }

    /// The words.
    pub fn names(&self) -> [&'static str; N] {
        std::array::from_fn(|i| self.words[i].word)
    }
}

/// A word and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// As it is written.
    pub word: &'static str,
    /// What it means.
    pub about: Both,
}

/// A word and what it means.
pub const fn choice(word: &'static str, en: &'static str, ar: &'static str) -> Choice {
    Choice { word, about: both(en, ar) }
}

/// A mapping whose keys the author names: states, fields, events.
#[derive(Debug)]
pub struct Entries {
    /// Tells it apart from mappings and forms: `states`.
    pub name: &'static str,
    /// As an editor names it: `The states`.
    pub title: Both,
    /// What it is for, in a sentence.
    pub about: Both,
    /// What its keys look like.
    pub key: &'static Form,
    /// Keys that the engine knows itself.
    pub known: &'static [Choice],
    /// Whether there may be others than those.
    pub open: bool,
    /// What belongs behind each.
    pub value: Shape,
}
