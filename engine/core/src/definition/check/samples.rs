//! Made-up values of each type, to try out texts before a family reads them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;

use super::super::{Environment, Workflow};
use crate::message::Template;
use crate::value::{Member, Record, Type, Value};

impl Workflow {
    /// A text as it reads with made-up values, to see how long it is; none where it cannot be rendered.
    pub fn sample_of(&self, template: &Template, environment: &Environment) -> Option<String> {
        let mut names = self.text_variables();
        for name in &environment.texts {
            names.entry(name.clone()).or_insert(Member { ty: Type::Text, optional: false });
        }
        template.render(&record(&names, Known::All)).ok().map(|rendered| rendered.text)
    }
}

/// What a made-up case knows.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    /// Everything.
    All,
    /// Nothing that it may do without; lists have one element.
    Least,
    /// Everything but the value at this dotted path.
    AllBut(&'a str),
    /// Everything, and this choice is made at the dotted path.
    Chosen(&'a str, &'a str),
}

/// A made-up record.
pub(super) fn record(members: &BTreeMap<String, Member>, known: Known<'_>) -> Record {
    record_at(members, "", known)
}

fn record_at(members: &BTreeMap<String, Member>, under: &str, known: Known<'_>) -> Record {
    let value = |(name, member): (&String, &Member)| {
        let path = if under.is_empty() { name.clone() } else { format!("{under}.{name}") };
        (name.clone(), value_at(member, &path, known))
    };
    members.iter().map(value).collect()
}

fn value_at(member: &Member, path: &str, known: Known<'_>) -> Value {
    match known {
        Known::Least if member.optional => return Value::Null,
        Known::AllBut(absent) if absent == path => return Value::Null,
        Known::Chosen(choice, word) if choice == path => return Value::from(word),
        _ => {}
    }
    match &member.ty {
        Type::Null => Value::Null,
        Type::Bool => Value::Bool(true),
        Type::Int => Value::Int(3),
        Type::Number => Value::Number(3.5),
        Type::Text => Value::from("1234567890"),
        Type::Choice(words) => words.first().map_or(Value::Null, |word| Value::from(word.as_str())),
        Type::Phone => Value::from("+97317000000"),
        Type::Email => Value::from("name@example.bh"),
        Type::Date => Value::Date(date(2024, 5, 12)),
        Type::Time => Value::Time(Timestamp::UNIX_EPOCH),
        Type::List(of) => {
            let element = Member { ty: (**of).clone(), optional: false };
            Value::List(vec![value_at(&element, path, known)])
        }
        Type::Record(members) => Value::Record(record_at(members, path, known)),
    }
}
