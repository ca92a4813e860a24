//! What is known while a workflow is read, and the small readers that every part of it shares.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::texts::Library;
use crate::decode::{Decoder, Word, described};
use crate::definition::{Environment, EventDecl, StateId};
use crate::diagnostic::{Code, did_you_mean, nearest};
use crate::duration::Duration;
use crate::expr::{Program, Scope};
use crate::grammar::Mapping;
use crate::limits;
use crate::schema::{Field, Schema};
use crate::value::{Member, Type};
use crate::yaml::{Kind, Node};

/// Stands for a state that does not exist, until the findings discard the workflow.
pub(super) const NOWHERE: StateId = StateId(usize::MAX);
/// Stands for a duration that could not be read.
pub(super) const SOME_TIME: Duration = Duration::Days(1);

/// Reads one workflow; what is read first (fields, events, names of states) serves what comes later.
pub(super) struct Reader<'a> {
    /// The file and what was found in it.
    pub(super) decoder: Decoder<'a>,
    /// What lies outside the workflow's files; without it nothing outside is checked.
    pub(super) outside: Option<&'a Environment>,
    /// Languages of the workflow's texts.
    pub(super) languages: Vec<String>,
    /// Fields of the case.
    pub(super) fields: Schema,
    /// Names of fields and events that are there but could not be read.
    pub(super) broken: BTreeSet<String>,
    /// Whether the fields could be read at all; if not, nothing is said about unknown ones.
    pub(super) fields_known: bool,
    /// Declared external events.
    pub(super) events: BTreeMap<String, EventDecl>,
    /// Names of the states.
    pub(super) states: Vec<Word>,
    /// The texts and scripts beside the workflow.
    pub(super) library: Library,
    /// Patterns in conditions so far.
    patterns: usize,
    /// Events that are taken, or were probably meant to be.
    pub(super) taken: Vec<Taken>,
    /// Names of the declared events, with their places.
    pub(super) declared: Vec<Word>,
    /// The places of the caps, in their order.
    pub(super) cap_places: Vec<Range<usize>>,
    /// Where detections say when a death is withdrawn.
    pub(super) withdrawals: Vec<Range<usize>>,
}

/// An event that a state takes.
pub(super) struct Taken {
    /// The state's index; none for `anywhere`.
    pub(super) state: Option<usize>,
    /// The event's name and its place.
    pub(super) event: Word,
}

/// What stands for an expression that could not be read; it is neither always true nor always false.
pub(super) const BROKEN: &str = "unreadable";

/// Stands for an expression that could not be read.
pub(super) fn some_program() -> Option<Program> {
    let unknown = Member { ty: Type::Bool, optional: false };
    Program::compile(BROKEN, &Scope::new().with(BROKEN, unknown)).ok()
}

/// The entries of a mapping, of which one asks by name and keeps the order.
#[derive(Default)]
pub(super) struct Parts<'n>(pub(super) Vec<(Word, &'n Node)>);

impl<'n> Parts<'n> {
    /// The value of a key.
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.0.iter().find(|(key, _)| key.text == name).map(|(_, node)| *node)
    }

    /// A key's place.
    pub(super) fn key(&self, name: &str) -> Option<Range<usize>> {
        self.0.iter().find(|(key, _)| key.text == name).map(|(key, _)| key.span.clone())
    }
}

impl<'a> Reader<'a> {
    /// A reader of a workflow.
    pub(super) fn new(decoder: Decoder<'a>, outside: Option<&'a Environment>, library: Library) -> Self {
        Self {
            decoder,
            outside,
            languages: Vec::new(),
            fields: Schema::default(),
            broken: BTreeSet::new(),
            fields_known: false,
            events: BTreeMap::new(),
            states: Vec::new(),
            library,
            patterns: 0,
            taken: Vec::new(),
            declared: Vec::new(),
            cap_places: Vec::new(),
            withdrawals: Vec::new(),
        }
    }

    /// The entries of a mapping of the grammar.
    pub(super) fn parts<'n>(&mut self, node: &'n Node, what: &str, mapping: &Mapping) -> Parts<'n> {
        Parts(self.decoder.known_entries(node, what, mapping))
    }

    /// A word of a few, such as a priority.
    pub(super) fn one_of<T: Copy, const N: usize>(
        &mut self,
        node: &Node,
        what: &str,
        known: [(&str, T); N],
    ) -> Option<T> {
        let word = self.decoder.word(node, what)?;
        let found = known.iter().find(|(name, _)| *name == word.text).map(|(_, value)| *value);
        if found.is_none() {
            let message = format!("{what} cannot be `{}`", word.text);
            let help = did_you_mean(&word.text, known.iter().map(|(name, _)| *name));
            self.decoder.error_with(Code::BadValue, word.span, message, help);
        }
        found
    }

    /// The state that a node names; [`NOWHERE`], or the one that was probably meant, if there is none.
    pub(super) fn state(&mut self, node: &Node, what: &str) -> StateId {
        let Some(word) = self.decoder.word(node, what) else { return NOWHERE };
        let names = || self.states.iter().map(|state| state.text.as_str());
        if let Some(index) = names().position(|name| name == word.text) {
            return StateId(index);
        }
        let near = nearest(&word.text, names());
        let meant = near.and_then(|near| names().position(|name| name == near)).map_or(NOWHERE, StateId);
        let help = did_you_mean(&word.text, names());
        let message = format!("there is no state `{}`", word.text);
        self.decoder.error_with(Code::UnknownState, word.span, message, help);
        meant
    }

    /// Checks that the case has a field; its type, if it does and could be read.
    pub(super) fn field_type(&mut self, name: &str, place: Range<usize>) -> Option<Type> {
        if let Some(field) = self.fields.get(name) {
            return Some(field.ty.clone());
        }
        if self.fields_known && !self.broken.contains(name) {
            let help = did_you_mean(name, self.fields.names());
            self.decoder.error_with(Code::UnknownField, place, format!("the case has no field `{name}`"), help);
        }
        None
    }

    /// The names of a list of fields; `fits` says why a field does not belong there.
    pub(super) fn field_list(
        &mut self,
        node: &Node,
        what: &str,
        fits: fn(&Field) -> Result<(), &'static str>,
    ) -> Vec<String> {
        let mut names = Vec::new();
        for item in self.decoder.items(node) {
            let Some(word) = self.decoder.word(item, what) else { continue };
            self.field_type(&word.text, word.span.clone());
            if let Some(Err(reason)) = self.fields.get(&word.text).map(fits) {
                self.decoder.error(Code::BadValue, word.span, format!("`{}` {reason}", word.text));
            }
            names.push(word.text);
        }
        names
    }

    /// `3 days after date_of_death`: the duration, and the field of the case that it counts from.
    pub(super) fn wait(&mut self, word: &Word) -> (Duration, Option<String>) {
        let Some((wait, field)) = word.text.split_once(" after ") else {
            let wait = self.decoder.duration_in(word, 0..word.text.len());
            return (wait.unwrap_or(SOME_TIME), None);
        };
        let duration = self.decoder.duration_in(word, 0..wait.len()).unwrap_or(SOME_TIME);
        let start = word.text.len() - field.trim_start().len();
        let field = field.trim();
        let place = self.decoder.part(word, start..start + field.len());
        let ty = self.field_type(field, place.clone());
        if let Some(ty) = ty.filter(|ty| !matches!(ty, Type::Date | Type::Time)) {
            let message = format!("`{field}` is {}; a wait counts from a date or a time", described(&ty));
            self.decoder.error(Code::BadValue, place, message);
        }
        (duration, Some(field.to_owned()))
    }

    /// A condition; a broken one is replaced, so that it still counts as one.
    pub(super) fn guard(&mut self, node: Option<&Node>, scope: &Scope) -> Option<Program> {
        let node = node?;
        self.program(node, "a condition", scope, Some(&Type::Bool)).or_else(some_program)
    }

    /// An expression with its type.
    pub(super) fn program(
        &mut self,
        node: &Node,
        what: &str,
        scope: &Scope,
        expected: Option<&Type>,
    ) -> Option<Program> {
        let word = match node.kind {
            Kind::Bool(_) | Kind::Null if !self.decoder.slice(node).trim().is_empty() => {
                Word { text: self.decoder.slice(node).to_owned(), span: node.span.clone() }
            }
            _ => self.decoder.word(node, what)?,
        };
        self.program_in(&word, 0, scope, expected)
    }

    /// The expression that a word is from `start` on.
    pub(super) fn program_in(
        &mut self,
        word: &Word,
        start: usize,
        scope: &Scope,
        expected: Option<&Type>,
    ) -> Option<Program> {
        let source = word.text.get(start..).unwrap_or_default();
        self.patterns += source.matches("matches").count();
        if self.patterns > limits::GUARD_PATTERNS_MAX && source.contains("matches") {
            let message = format!("the conditions of a workflow can have {} patterns", limits::GUARD_PATTERNS_MAX);
            self.decoder.error(Code::BadExpression, word.span.clone(), message);
            return None;
        }
        let compiled = match expected {
            Some(ty) => Program::compile_as(source, scope, ty),
            None => Program::compile(source, scope),
        };
        let errors = match compiled {
            Ok(program) => return Some(program),
            Err(errors) => errors,
        };
        let excused = !self.fields_known || self.broken.iter().any(|name| mentions(source, name));
        for error in errors.into_iter().filter(|_| !excused) {
            let place = self.decoder.part(word, start + error.span.start..start + error.span.end);
            self.decoder.error_with(Code::BadExpression, place, error.message, error.suggestion);
        }
        None
    }

    /// `{field: expression}`: what is set in the case.
    pub(super) fn assignments(&mut self, node: &Node, scope: &Scope) -> Vec<(String, Program)> {
        let mut assignments = Vec::new();
        for (name, value) in self.decoder.entries(node, "`set`") {
            let field = self.fields.get(&name.text).cloned();
            if field.is_none() {
                self.field_type(&name.text, name.span.clone());
            }
            let expected = field.as_ref().map(|field| &field.ty);
            let Some(program) = self.program(value, "a value", scope, expected) else { continue };
            if field.is_some_and(|field| !field.optional) && program.may_be_null() {
                let message = format!("this may be absent, but `{}` is always there", name.text);
                let help = format!("say what stands in for it: `{} ?? …`", program.source());
                let help = (program.source() != "null").then_some(help);
                self.decoder.error_with(Code::BadExpression, value.span.clone(), message, help);
            }
            assignments.push((name.text, program));
        }
        assignments
    }
}

/// Whether an expression uses a name.
pub(in crate::definition) fn mentions(source: &str, name: &str) -> bool {
    source.split(|sign: char| !sign.is_alphanumeric() && sign != '_').any(|word| word == name)
}
