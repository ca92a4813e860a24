//! `detect`: where cases come from.

use std::collections::BTreeMap;

use super::reader::Reader;
use crate::decode::{Word, described};
use crate::definition::{ContactPolicy, Detect, Environment, Lookup};
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::{Program, Scope};
use crate::grammar::{DETECTION, LOOKUP};
use crate::schedule::Schedule;
use crate::source::Source;
use crate::value::{Member, Type};
use crate::yaml::Node;

/// A record type's members.
type Members = BTreeMap<String, Member>;

impl Reader<'_> {
    /// `name: {schedule, from, lookup, withdrawn, screen, case}` for each detection.
    pub(super) fn detections(&mut self, node: &Node, outside: &Environment) -> Vec<Detect> {
        let entries = self.decoder.entries(node, "`detect`");
        entries.into_iter().filter_map(|(name, value)| self.detection(&name, value, outside)).collect()
    }

    fn detection(&mut self, name: &Word, node: &Node, outside: &Environment) -> Option<Detect> {
        let what = format!("the detection `{}`", name.text);
        let [schedule, from, lookup, withdrawn, screen, case] = self.decoder.mapping(node, &what, &DETECTION);
        let schedule = schedule.and_then(|node| self.schedule(node));
        // Without the rows' columns nothing can be said about the expressions over them.
        let source = self.source(from?, outside)?;
        let mut scope = Scope::from(source.columns.members());
        let lookups = lookup.map(|node| self.lookups(node, source, outside)).unwrap_or_default();
        let all_known = lookups.iter().all(Option::is_some);
        for (_, ty, lookup) in lookups.iter().flatten() {
            let optional = !lookup.many;
            scope = scope.with(&lookup.name, Member { ty: ty.clone(), optional });
        }
        let lookups: Vec<Lookup> = lookups.into_iter().flatten().map(|(_, _, lookup)| lookup).collect();
        if !all_known {
            return None;
        }
        let withdrawn = withdrawn.and_then(|node| {
            self.withdrawals.push(node.span.clone());
            self.program(node, "a condition", &scope, Some(&Type::Bool))
        });
        let screen = screen.map(|node| self.screen(node, &mut scope)).unwrap_or_default();
        let case = self.case_of_row(case?, &scope);
        Some(Detect { name: name.text.clone(), schedule, from: source.name.clone(), lookups, withdrawn, screen, case })
    }

    /// A withdrawal is that of a person: the workflow has to say who that is.
    pub(super) fn withdrawals_of_somebody(&mut self, policy: &ContactPolicy) {
        for place in std::mem::take(&mut self.withdrawals).into_iter().filter(|_| policy.deceased.is_empty()) {
            let help = Some("add `contact_policy: {deceased: [cpr]}`, with the field of their personal number".into());
            let message = "a death is withdrawn, but the workflow does not say who has died";
            self.decoder.error_with(Code::MissingKey, place, message, help);
        }
    }

    fn schedule(&mut self, node: &Node) -> Option<Schedule> {
        let word = self.decoder.word(node, "the schedule")?;
        match Schedule::parse(&word.text) {
            Ok(schedule) => Some(schedule),
            Err(error) => {
                let code = if error.never_fires { Code::NeverFires } else { Code::BadValue };
                self.decoder.error_with(code, word.span, error.message, error.suggestion);
                None
            }
        }
    }

    fn source<'e>(&mut self, node: &Node, outside: &'e Environment) -> Option<&'e Source> {
        let word = self.decoder.word(node, "a source")?;
        let source = outside.sources.get(&word.text);
        if source.is_none() {
            let help = did_you_mean(&word.text, outside.sources.keys().map(String::as_str));
            let message = format!("there is no source `{}` in `config/sources.yaml`", word.text);
            self.decoder.error_with(Code::UnknownSource, word.span, message, help);
        }
        source
    }

    /// Each lookup with its place and type; `None` for one whose source is not known.
    fn lookups(&mut self, node: &Node, here: &Source, outside: &Environment) -> Vec<Option<(Word, Type, Lookup)>> {
        let entries = self.decoder.entries(node, "`lookup`");
        entries.into_iter().map(|(name, value)| self.lookup(name, value, here, outside)).collect()
    }

    fn lookup(
        &mut self,
        name: Word,
        node: &Node,
        here: &Source,
        outside: &Environment,
    ) -> Option<(Word, Type, Lookup)> {
        let what = format!("the lookup `{}`", name.text);
        let [source, on, many, members] = self.decoder.mapping(node, &what, &LOOKUP);
        let many = many.and_then(|node| self.decoder.bool(node, "`many`")).unwrap_or_default();
        let there = self.source(source?, outside)?;
        let on = on.map(|node| self.columns_that_match(node, here, there)).unwrap_or_default();
        let (row, members) = match members {
            Some(node) => self.members(node, there),
            None => (there.columns.members(), Vec::new()),
        };
        let row = Type::Record(row);
        let ty = if many { Type::List(Box::new(row)) } else { row };
        let lookup = Lookup { name: name.text.clone(), source: there.name.clone(), on, many, members };
        Some((name, ty, lookup))
    }

    fn columns_that_match(&mut self, node: &Node, here: &Source, there: &Source) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (column, value) in self.decoder.entries(node, "`where`") {
            self.column(&column, there);
            let Some(word) = self.decoder.word(value, "a column") else { continue };
            self.column(&word, here);
            pairs.push((column.text, word.text));
        }
        if pairs.is_empty() {
            let help = Some("write `{column there: column here}`".into());
            self.decoder.error_with(Code::BadValue, node.span.clone(), "`where` compares nothing", help);
        }
        pairs
    }

    fn column(&mut self, word: &Word, source: &Source) {
        if source.columns.get(&word.text).is_none() {
            let message = format!("the source `{}` has no column `{}`", source.name, word.text);
            let help = did_you_mean(&word.text, source.columns.names());
            self.decoder.error_with(Code::UnknownField, word.span.clone(), message, help);
        }
    }

    /// `as: {member: expression over the row there}`.
    fn members(&mut self, node: &Node, there: &Source) -> (Members, Vec<(String, Program)>) {
        let scope = Scope::from(there.columns.members());
        let (mut types, mut programs) = (Members::new(), Vec::new());
        for (name, value) in self.decoder.entries(node, "`as`") {
            let Some(program) = self.program(value, "a value", &scope, None) else {
                types.insert(name.text, Member { ty: Type::Null, optional: true });
                continue;
            };
            types.insert(name.text.clone(), Member { ty: program.ty().clone(), optional: program.may_be_null() });
            programs.push((name.text, program));
        }
        (types, programs)
    }

    /// `name: condition`, in order; what a condition rules out is known in what follows.
    fn screen(&mut self, node: &Node, scope: &mut Scope) -> Vec<(String, Program)> {
        let mut screen = Vec::new();
        for (name, value) in self.decoder.entries(node, "`screen`") {
            let Some(program) = self.program(value, "a condition", scope, Some(&Type::Bool)) else { continue };
            for path in ruled_out_absences(program.source()) {
                *scope = with_present(scope, &path);
            }
            screen.push((name.text, program));
        }
        screen
    }

    /// `field: expression`: the case that a row becomes.
    fn case_of_row(&mut self, node: &Node, scope: &Scope) -> Vec<(String, Program)> {
        let mut case = Vec::new();
        let mut given = Vec::new();
        for (name, value) in self.decoder.entries(node, "`case`") {
            let field = self.field_type(&name.text, name.span.clone());
            given.push(name.text.clone());
            let Some(program) = self.program(value, "a value", scope, None) else { continue };
            if let Some(Err(reason)) = field.map(|ty| becomes(program.ty(), &ty)) {
                let message = format!("`{}` cannot become `{}`: {reason}", program.source(), name.text);
                self.decoder.error(Code::BadExpression, value.span.clone(), message);
            }
            case.push((name.text, program));
        }
        let missing = self.fields.fields.iter().filter(|field| !field.optional && !given.contains(&field.name));
        let missing: Vec<String> = missing.map(|field| format!("`{}`", field.name)).collect();
        if !missing.is_empty() {
            let message = format!("`case` does not give {}", missing.join(", "));
            let help = Some("give each a value, or make the field optional".into());
            self.decoder.error_with(Code::MissingKey, node.span.clone(), message, help);
        }
        case
    }
}

/// Whether a source's value can be read as a field of the case: text is read by the field's type when
/// the case is taken in.
fn becomes(given: &Type, wanted: &Type) -> Result<(), String> {
    match (given, wanted) {
        (Type::Null, _) => Ok(()),
        (Type::List(given), Type::List(wanted)) => becomes(given, wanted),
        (Type::Record(given), Type::Record(wanted)) => match given.keys().find(|name| !wanted.contains_key(*name)) {
            Some(unknown) => {
                let help = did_you_mean(unknown, wanted.keys().map(String::as_str)).unwrap_or_default();
                Err(format!("a contact has no `{unknown}`; {help}"))
            }
            None => Ok(()),
        },
        (given, wanted) if given == wanted => Ok(()),
        (given, Type::List(_) | Type::Record(_)) => Err(format!("it is {}", described(given))),
        (given, _) if given.is_text() => Ok(()),
        (Type::Int, Type::Number | Type::Text | Type::Phone | Type::Choice(_)) | (Type::Date, Type::Text) => Ok(()),
        (given, wanted) => Err(format!("it is {}, not {}", described(given), described(wanted))),
    }
}

/// The paths that are there once a screening condition did not hold: those of `account == null`,
/// `!has(account)`, also joined by `||`.
fn ruled_out_absences(condition: &str) -> Vec<String> {
    let is_path = |path: &str| path.split('.').all(crate::decode::is_name);
    let path_of = |term: &str| {
        let term = term.trim().trim_start_matches('(').trim_end_matches(')').trim();
        if let Some((left, right)) = term.split_once("==") {
            return match (left.trim(), right.trim()) {
                ("null", path) | (path, "null") => Some(path.to_owned()),
                _ => None,
            };
        }
        let path = term.strip_prefix('!')?.trim_start().strip_prefix("has(")?;
        Some(path.trim().to_owned())
    };
    condition.split("||").filter_map(path_of).filter(|path| is_path(path) && path != "null").collect()
}

/// The scope in which the value at `path`, and all that it is part of, is there.
fn with_present(scope: &Scope, path: &str) -> Scope {
    let mut names = path.split('.');
    let Some((root, member)) = names.next().and_then(|root| Some((root, scope.get(root)?))) else {
        return scope.clone();
    };
    let names: Vec<&str> = names.collect();
    scope.clone().with(root, present_along(member.clone(), &names))
}

fn present_along(member: Member, path: &[&str]) -> Member {
    let ty = match (member.ty, path.split_first()) {
        (Type::Record(mut members), Some((first, rest))) => {
            if let Some(inner) = members.remove(*first) {
                members.insert((*first).to_owned(), present_along(inner, rest));
            }
            Type::Record(members)
        }
        (ty, _) => ty,
    };
    Member { ty, optional: false }
}
