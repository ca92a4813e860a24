//! The texts and call scripts beside a workflow: found by their paths, read once, and marked as used.
//!
//! What they say is checked by [`crate::definition::check`].

use std::collections::BTreeMap;
use std::ops::Range;

use crate::definition::Bundle;
use crate::delivery::Channel;
use crate::diagnostic::{Code, Diagnostic};
use crate::message::template::{Template, TemplateError};

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::definition) enum Kind {
    /// An SMS or e-mail.
    Message,
    /// What an agent says on the phone.
    Script,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Message, Self::Script];

    /// As a finding names it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Message => "text",
            Self::Script => "script",
        }
    }

    /// What belongs where its name is expected.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Message => "the name of a text",
            Self::Script => "the name of a script",
        }
    }

    /// The code of a finding about one that is not there.
    pub(super) const fn unknown(self) -> Code {
        match self {
            Self::Message => Code::UnknownTemplate,
            Self::Script => Code::UnknownScript,
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Message => "messages",
            Self::Script => "scripts",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Message => ".txt",
            Self::Script => ".md",
        }
    }
}

/// One text in all its languages.
#[derive(Debug, Default)]
pub(in crate::definition) struct Text {
    /// Path by language, also of files that cannot be read.
    pub(in crate::definition) paths: BTreeMap<String, String>,
    /// What was read, by language.
    pub(in crate::definition) templates: BTreeMap<String, Template>,
    /// Where the workflow first names it.
    pub(in crate::definition) used: Option<Range<usize>>,
    /// By which channels it is sent.
    pub(in crate::definition) channels: Vec<Channel>,
}

/// All texts of a bundle.
#[derive(Debug, Default)]
pub(in crate::definition) struct Library {
    name: String,
    texts: BTreeMap<(Kind, String), Text>,
}

impl Library {
    /// Reads every text of a bundle; what cannot be read becomes a finding in its own file.
    pub(super) fn read(bundle: &Bundle, findings: &mut Vec<Diagnostic>) -> Self {
        let mut library = Self { name: bundle.name.clone(), texts: BTreeMap::new() };
        for (path, source) in &bundle.files {
            let Some((kind, file)) = Kind::ALL.into_iter().find_map(|kind| {
                let file = path.strip_prefix(&library.folder(kind))?.strip_prefix('/')?;
                Some((kind, file))
            }) else {
                continue;
            };
            let named = file.strip_suffix(kind.ending()).and_then(|stem| stem.rsplit_once('.'));
            let Some((name, language)) = named.filter(|(name, _)| !name.is_empty()) else {
                let message = format!("a {} is named `NAME.LANGUAGE{}`", kind.word(), kind.ending());
                findings.push(Diagnostic::error(kind.unknown(), path, 0..0, message));
                continue;
            };
            let text = library.texts.entry((kind, name.to_owned())).or_default();
            text.paths.insert(language.to_owned(), path.clone());
            match Template::parse(name, language, source) {
                Ok(template) => _ = text.templates.insert(language.to_owned(), template),
                Err(error) => findings.push(finding(path, source, error)),
            }
        }
        library
    }

    /// Marks a text as used; whether it exists.
    pub(super) fn use_text(&mut self, kind: Kind, name: &str, place: &Range<usize>, channel: Channel) -> bool {
        let Some(text) = self.texts.get_mut(&(kind, name.to_owned())) else { return false };
        text.used.get_or_insert_with(|| place.clone());
        if !text.channels.contains(&channel) {
            text.channels.push(channel);
        }
        true
    }

    /// The names of all texts of a kind.
    pub(super) fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.texts.keys().filter(move |(of, _)| *of == kind).map(|(_, name)| name.as_str())
    }

    /// `account-transfer/messages`.
    pub(super) fn folder(&self, kind: Kind) -> String {
        format!("{}/{}", self.name, kind.folder())
    }

    /// Where a text lies, or would lie, in a language.
    pub(in crate::definition) fn path(&self, kind: Kind, name: &str, language: &str) -> String {
        format!("{}/{name}.{language}{}", self.folder(kind), kind.ending())
    }

    /// Every text.
    pub(in crate::definition) fn iter(&self) -> impl Iterator<Item = (Kind, &str, &Text)> {
        self.texts.iter().map(|((kind, name), text)| (*kind, name.as_str(), text))
    }

    /// The texts of a kind, by name and language.
    pub(super) fn of(&self, kind: Kind) -> BTreeMap<String, BTreeMap<String, Template>> {
        let texts = self.iter().filter(|(of, _, _)| *of == kind);
        texts.map(|(_, name, text)| (name.to_owned(), text.templates.clone())).collect()
    }
}

/// A template's problem with its place in the file.
pub(in crate::definition) fn finding(path: &str, source: &str, error: TemplateError) -> Diagnostic {
    let line_start: usize = source.split_inclusive('\n').take(error.line.saturating_sub(1)).map(str::len).sum();
    let line = source.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
    let column = error.column.unwrap_or(1).saturating_sub(1);
    let offset = line.char_indices().nth(column).map_or(0, |(offset, _)| offset);
    // Without a column it is the whole line.
    let end = if error.column.is_some() { offset } else { line.len() };
    let place = line_start + offset..line_start + end;
    Diagnostic::error(Code::BadTemplate, path, place, error.message).maybe_suggest(error.suggestion)
}
