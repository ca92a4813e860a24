//! Made-up values of each type, to try out texts before a family reads them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::date;

use super::super::{Environment, Workflow};
use crate::message::Template;
use crate::message::template::{Rendered, TemplateError};
use crate::value::{Member, Record, Type, Value};

impl Workflow {
    /// A text as it reads with made-up values, to see how long it is; none where it cannot be rendered.
    pub fn sample_of(&self, template: &Template, environment: &Environment) -> Option<String> {
        self.rendered_sample(template, environment).ok().map(|rendered| rendered.text)
    }

    /// A text with its subject as it reads with made-up values.
    ///
    /// # Errors
    /// It cannot be rendered with them.
    pub fn rendered_sample(&self, template: &Template, environment: &Environment) -> Result<Rendered, TemplateError> {
        let mut names = self.text_variables();
        for name in &environment.texts {
            names.entry(name.clone()).or_insert(Member { ty: Type::Text, optional: false });
        }
        let mut values = record(&names, Sample::ordinary(Known::All, template.language()));
        values.extend(environment.texts.iter().map(|name| (name.clone(), Value::from(house_word(name)))));
        values.insert("reference".into(), Value::from("K7M2P"));
        template.render(&values)
    }
}

/// A word of the house: a telephone number, or a link by which messages are stopped.
fn house_word(name: &str) -> &'static str {
    if name == "stop_url" { "https://wasl.example.bh/stop/k7m2p-6f1c0b9a4d7e2835" } else { "17 000 000" }
}

/// What a made-up case knows.
#[derive(Clone, Copy)]
pub(crate) enum Known<'a> {
    /// Everything.
    All,
    /// Nothing that it may do without; lists have one element.
    Least,
    /// Everything but the value at this dotted path.
    AllBut(&'a str),
    /// Everything, and this choice is made at the dotted path.
    Chosen(&'a str, &'a str),
}

/// A made-up case.
#[derive(Clone, Copy)]
pub(crate) struct Sample<'a> {
    /// What is known of it.
    pub(crate) known: Known<'a>,
    /// What stands in each text field.
    pub(crate) text: &'a str,
    /// What stands in each text field that is a name.
    pub(crate) name: &'a str,
    /// What stands in each field of type number.
    pub(crate) number: f64,
}

impl<'a> Sample<'a> {
    /// A case with values of ordinary length, and names in the script of a language.
    pub(crate) fn ordinary(known: Known<'a>, language: &str) -> Self {
        let name = if language == "ar" { "فاطمة حسن يوسف" } else { "Fatima Hasan Yusuf" };
        Self { known, text: "1234567890", name, number: 3.5 }
    }
}

/// Choices that are tried for one text; more are not tried, so that a long list costs no time.
const CHOICES_MAX: usize = 64;

/// The made-up cases with which a text that uses `variables` is tried: one that knows everything, one that
/// knows as little as it may, for each optional value one without it, and one for each choice.
pub(crate) fn tries<'a>(names: &'a BTreeMap<String, Member>, variables: &'a BTreeSet<String>) -> Vec<Known<'a>> {
    let mut tries = vec![Known::All, Known::Least];
    for path in variables {
        tries.extend(optional_parts(names, path).map(Known::AllBut));
    }
    let choices = variables.iter().flat_map(|path| choices(names, path).map(move |word| (path.as_str(), word)));
    tries.extend(choices.take(CHOICES_MAX).map(|(path, word)| Known::Chosen(path, word)));
    tries
}

/// A made-up record.
pub(crate) fn record(members: &BTreeMap<String, Member>, sample: Sample<'_>) -> Record {
    record_at(members, "", sample)
}

fn record_at(members: &BTreeMap<String, Member>, under: &str, sample: Sample<'_>) -> Record {
    let value = |(name, member): (&String, &Member)| {
        let path = if under.is_empty() { name.clone() } else { format!("{under}.{name}") };
        (name.clone(), value_at(member, &path, sample))
    };
    members.iter().map(value).collect()
}

fn value_at(member: &Member, path: &str, sample: Sample<'_>) -> Value {
    match sample.known {
        Known::Least if member.optional => return Value::Null,
        Known::AllBut(absent) if absent == path => return Value::Null,
        Known::Chosen(choice, word) if choice == path => return Value::from(word),
        _ => {}
    }
    match &member.ty {
        Type::Null => Value::Null,
        Type::Bool => Value::Bool(true),
        Type::Int => Value::Int(3),
        Type::Number => Value::Number(sample.number),
        Type::Text if is_name(path) => Value::from(sample.name),
        Type::Text => Value::from(sample.text),
        Type::Choice(words) => words.first().map_or(Value::Null, |word| Value::from(word.as_str())),
        Type::Phone => Value::from("+97317000000"),
        Type::Email => Value::from("name@example.bh"),
        Type::Date => Value::Date(date(2024, 5, 12)),
        Type::Time => Value::Time(Timestamp::UNIX_EPOCH),
        Type::List(of) => {
            let element = Member { ty: (**of).clone(), optional: false };
            Value::List(vec![value_at(&element, path, sample)])
        }
        Type::Record(members) => Value::Record(record_at(members, path, sample)),
    }
}

/// Whether a field holds a name: `recipient.name`, `deceased_name_ar`.
fn is_name(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|last| last.split('_').any(|word| word == "name"))
}

/// `heir.name` → `heir` and `heir.name`, those of them that may be absent.
fn optional_parts<'p>(names: &BTreeMap<String, Member>, path: &'p str) -> impl Iterator<Item = &'p str> {
    let mut optional = Vec::new();
    let mut members = Some(names);
    let mut end = 0;
    for word in path.split('.') {
        end += word.len();
        let Some(member) = members.and_then(|members| members.get(word)) else { break };
        if member.optional {
            optional.extend(path.get(..end));
        }
        members = match &member.ty {
            Type::Record(members) => Some(members),
            _ => None,
        };
        end += 1;
    }
    optional.into_iter()
}

/// The words of a choice at a path.
fn choices<'n>(names: &'n BTreeMap<String, Member>, path: &str) -> impl Iterator<Item = &'n str> {
    let words = match names.get(path).map(|member| &member.ty) {
        Some(Type::Choice(words)) => words.as_slice(),
        _ => &[],
    };
    words.iter().map(String::as_str)
}
