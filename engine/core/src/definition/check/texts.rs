//! Texts: each in every language, with words that exist and that are always there, said gently.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Workflow;
use super::super::decode::{Library, Text, TextKind, mentions, text_finding};
use super::samples::{self, Sample};
use crate::decode::{Decoder, described};
use crate::delivery::Channel;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::message::template::{Template, TemplateError};
use crate::message::wording::{WordingKind, lint_wording};
use crate::value::{Member, Type};

/// What texts are checked against.
pub(in crate::definition) struct Texts<'a> {
    /// Every text, and where it is used.
    pub(in crate::definition) library: &'a Library,
    /// Names of the house's texts, where they are known.
    pub(in crate::definition) house: Option<&'a BTreeSet<String>>,
    /// Names that could not be read and are not reported again.
    pub(in crate::definition) broken: &'a BTreeSet<String>,
}

/// Checks every text of a workflow.
pub(in crate::definition) fn texts(workflow: &Workflow, around: &Texts<'_>, decoder: &mut Decoder<'_>) {
    let mut names = workflow.text_variables();
    for name in around.house.into_iter().flatten() {
        names.entry(name.clone()).or_insert(Member { ty: Type::Text, optional: false });
    }
    for (kind, name, text) in around.library.iter() {
        translations(workflow, (kind, name, text), decoder);
        // Another workflow may use what this one does not.
        if text.used.is_none() && !text.is_shared() {
            unused(name, text, decoder);
        }
        for (language, template) in &text.templates {
            let Some(path) = text.paths.get(language) else { continue };
            let checked = Checked { path, template, names: &names, around };
            checked.variables(decoder);
            if text.channels.contains(&Channel::Email) && !template.has_subject() {
                let help = "begin the file with `Subject: …` and an empty line";
                let finding = Diagnostic::error(Code::BadTemplate, path, 0..0, "an e-mail needs a subject");
                decoder.findings.push(finding.suggest(help));
            }
            if kind == TextKind::Message {
                checked.wording(text, decoder);
            }
        }
    }
}

fn translations(workflow: &Workflow, (kind, name, text): (TextKind, &str, &Text), decoder: &mut Decoder<'_>) {
    let Some(place) = &text.used else { return };
    for language in workflow.languages.iter().filter(|language| !text.paths.contains_key(*language)) {
        let message = format!("`{name}` has no text in `{language}`");
        let help = format!("add the file `{}`", text.path(kind, name, language));
        decoder.error_with(Code::MissingTranslation, place.clone(), message, Some(help));
    }
}

fn unused(name: &str, text: &Text, decoder: &mut Decoder<'_>) {
    let Some(path) = text.paths.values().next() else { return };
    let finding = Diagnostic::warning(Code::Unused, path, 0..0, format!("no state uses `{name}`"));
    decoder.findings.push(finding.suggest("name it in an action, or delete its files"));
}

/// One text in one language.
struct Checked<'a> {
    path: &'a str,
    template: &'a Template,
    names: &'a BTreeMap<String, Member>,
    around: &'a Texts<'a>,
}

impl Checked<'_> {
    /// Every variable exists; and with every case that the fields allow there is something to say.
    fn variables(&self, decoder: &mut Decoder<'_>) {
        let variables = self.template.variables();
        let unknown: Vec<Diagnostic> = variables.iter().filter_map(|path| self.unknown(path)).collect();
        let can_be_tried = unknown.is_empty()
            && self.around.house.is_some()
            && !self.around.broken.iter().any(|name| mentions(self.template.source(), name));
        decoder.findings.extend(unknown);
        if can_be_tried {
            self.try_out(&variables, decoder);
        }
    }

    fn unknown(&self, path: &str) -> Option<Diagnostic> {
        let mut words = path.split('.');
        let root = words.next()?;
        let Some(member) = self.names.get(root) else {
            let is_excused = self.around.house.is_none() || self.around.broken.contains(root);
            let message = format!("there is no `{root}` to put here");
            let help = did_you_mean(root, self.names.keys().map(String::as_str));
            return (!is_excused).then(|| self.finding(path, message, help));
        };
        let mut ty = &member.ty;
        for word in words {
            // The elements of a list are looked at when the text is tried out.
            let Type::Record(members) = ty else {
                let is_list = matches!(ty, Type::List(_));
                let message = format!("`{root}` is {} and has no `{word}`", described(ty));
                return (!is_list).then(|| self.finding(path, message, None));
            };
            let Some(member) = members.get(word) else {
                let help = did_you_mean(word, members.keys().map(String::as_str));
                return Some(self.finding(path, format!("`{root}` has no `{word}`"), help));
            };
            ty = &member.ty;
        }
        None
    }

    fn finding(&self, path: &str, message: String, help: Option<String>) -> Diagnostic {
        let at = place_of(self.template.source(), path).unwrap_or_default();
        Diagnostic::error(Code::BadTemplate, self.path, at..at + path.len(), message).maybe_suggest(help)
    }

    /// Renders the text for made-up cases.
    fn try_out(&self, variables: &BTreeSet<String>, decoder: &mut Decoder<'_>) {
        let mut errors: Vec<TemplateError> = Vec::new();
        for known in samples::tries(self.names, variables) {
            let values = samples::record(self.names, Sample::ordinary(known, self.template.language()));
            match self.template.render(&values) {
                Err(error)
                    if !errors.iter().any(|other| other.line == error.line && other.message == error.message) =>
                {
                    errors.push(error);
                }
                _ => {}
            }
        }
        let source = self.template.source();
        decoder.findings.extend(errors.into_iter().map(|error| text_finding(self.path, source, error)));
    }

    fn wording(&self, text: &Text, decoder: &mut Decoder<'_>) {
        let is_sms = text.channels.contains(&Channel::Sms);
        for note in lint_wording(self.template.source(), self.template.language()) {
            let costs_segments = matches!(note.kind, WordingKind::Tashkeel | WordingKind::ForcesUcs2);
            if costs_segments && !is_sms {
                continue;
            }
            let place = note.offset..note.offset;
            let finding = Diagnostic::warning(Code::Wording, self.path, place, note.message);
            decoder.findings.push(finding.suggest(note.suggestion));
        }
    }
}

/// Where a dotted path stands as words of its own.
pub(super) fn place_of(source: &str, path: &str) -> Option<usize> {
    let is_part = |sign: char| sign.is_alphanumeric() || sign == '_' || sign == '.';
    let stands_alone = |at: &usize| {
        let before = source.get(..*at).and_then(|text| text.chars().next_back());
        let after = source.get(at + path.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    };
    let mut places = source.match_indices(path).map(|(at, _)| at);
    let first = places.clone().next();
    places.find(stands_alone).or(first)
}
