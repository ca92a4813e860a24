//! The texts and call scripts beside a workflow: found by their paths, read once, and marked as used.
//!
//! What they say is checked by [`crate::definition::check`].

use std::collections::BTreeMap;
use std::ops::Range;

use crate::definition::Workflow;
use crate::definition::{Bundle, fragment};
use crate::delivery::Channel;
use crate::diagnostic::{Code, Diagnostic};
use crate::message::template::{Template, TemplateError};
use crate::yaml::not_utf8;

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
    /// Where it lies: `account-transfer/messages`, or the folder of a fragment.
    pub(in crate::definition) folder: String,
    /// Path by language, also of files that cannot be read.
    pub(in crate::definition) paths: BTreeMap<String, String>,
    /// What was read, by language.
    pub(in crate::definition) templates: BTreeMap<String, Template>,
    /// Where the workflow first names it.
    pub(in crate::definition) used: Option<Range<usize>>,
    /// By which channels it is sent.
    pub(in crate::definition) channels: Vec<Channel>,
}

impl Text {
    fn within(folder: &str) -> Self {
        Self { folder: folder.to_owned(), ..Self::default() }
    }

    /// Whether it comes from a fragment.
    pub(in crate::definition) fn is_shared(&self) -> bool {
        self.folder.starts_with(fragment::FOLDER)
    }

    /// Where it lies, or would lie, in a language.
    pub(in crate::definition) fn path(&self, kind: Kind, name: &str, language: &str) -> String {
        path(&self.folder, kind, name, language)
    }
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
        let of_fragment = |path: &str| path.starts_with(fragment::FOLDER);
        // The workflow's own come first: they win over a fragment's of the same name.
        let (later, first): (Vec<_>, Vec<_>) = bundle.files.iter().partition(|(path, _)| of_fragment(path));
        for (path, source) in first.into_iter().chain(later) {
            let Some((kind, folder, file)) = library.text_of(path) else { continue };
            let named = file.strip_suffix(kind.ending()).and_then(|stem| stem.rsplit_once('.'));
            let Some((name, language)) = named.filter(|(name, _)| !name.is_empty()) else {
                let message = format!("a {} is named `NAME.LANGUAGE{}`", kind.word(), kind.ending());
                findings.push(Diagnostic::error(kind.unknown(), path, 0..0, message));
                continue;
            };
            let text = library.texts.entry((kind, name.to_owned())).or_insert_with(|| Text::within(folder));
            if text.folder != folder {
                if of_fragment(&text.folder) {
                    findings.push(clash(kind, path, name, &text.folder));
                }
                continue;
            }
            text.paths.insert(language.to_owned(), path.clone());
            if let Some(finding) = not_utf8(path, source) {
                findings.push(finding);
                continue;
            }
            match Template::parse(name, language, source) {
                Ok(template) => _ = text.templates.insert(language.to_owned(), template),
                Err(error) => findings.push(finding(path, source, error)),
            }
        }
        library
    }

    /// The kind, folder and file name of a text, by its path.
    fn text_of<'p>(&self, path: &'p str) -> Option<(Kind, &'p str, &'p str)> {
        let (folder, file) = path.rsplit_once('/')?;
        let (of, last) = folder.rsplit_once('/')?;
        let is_ours = of == self.name || of.strip_prefix(fragment::FOLDER).is_some_and(|rest| rest.starts_with('/'));
        let kind = Kind::ALL.into_iter().find(|kind| kind.folder() == last).filter(|_| is_ours)?;
        Some((kind, folder, file))
    }

    /// Marks a text as used; whether it exists.
    pub(super) fn use_text(&mut self, kind: Kind, name: &str, place: &Range<usize>, channel: Channel) -> bool {
        let Some(text) = self.texts.get_mut(&(kind, name.to_owned())) else { return false };
        text.used.get_or_insert_with(|| place.clone());
        if !text.channels.contains(&channel) {
            text.channels.push(channel);
        }
        // Whoever has stopped text messages gets the e-mail form, where there is one.
        let form = (kind, Workflow::email_form_name(name));
        if let Some(form) = self.texts.get_mut(&form).filter(|form| channel == Channel::Sms && form.used.is_none()) {
            form.used = Some(place.clone());
            form.channels.push(Channel::Email);
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

    /// Where a text of the workflow itself would lie.
    pub(super) fn own_path(&self, kind: Kind, name: &str, language: &str) -> String {
        path(&self.folder(kind), kind, name, language)
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

fn path(folder: &str, kind: Kind, name: &str, language: &str) -> String {
    format!("{folder}/{name}.{language}{}", kind.ending())
}

/// Two fragments have a text of the same name.
fn clash(kind: Kind, path: &str, name: &str, other: &str) -> Diagnostic {
    let message = format!("the {} `{name}` is in `{other}` as well", kind.word());
    let help = "give one of the two another name, or put yours beside the workflow, which wins over both";
    Diagnostic::error(Code::FragmentsClash, path, 0..0, message).suggest(help)
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
