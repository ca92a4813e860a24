//! Made-up answers and payloads, for asking "what if" before the real ones are known: a single one where nothing depends
//! on them, else one for each value that may decide.

use jiff::Timestamp;

use crate::definition::Handler;
use crate::schema::{Field, Schema};
use crate::value::{Record, Type, Value};

/// So many combinations are tried: more, and a page waits for them.
const TRIED_MAX: usize = 64;
/// Whole numbers are tried one by one up to so many: a scale has ten.
const SCALE_MAX: f64 = 12.0;
/// A number that is more than any limit which a workflow sets without saying its own largest.
const HUGE: f64 = 1e9;

/// What an agent may answer where this handler asks.
pub(super) fn answers(handler: &Handler, now: Timestamp) -> Vec<Record> {
    let mut fields: Vec<&Field> = Vec::new();
    for ask in handler.reactions.iter().flat_map(|reaction| &reaction.ask) {
        if fields.iter().all(|known| known.name != ask.field.name) {
            fields.push(&ask.field);
        }
    }
    deciding(handler, "answer", &fields, now)
}

/// What may come with an event that this handler takes.
pub(super) fn payloads(handler: &Handler, schema: &Schema, now: Timestamp) -> Vec<Record> {
    let needed = |field: &&Field| !field.optional || is_read(handler, "event", &field.name);
    deciding(handler, "event", &schema.fields.iter().filter(needed).collect::<Vec<_>>(), now)
}

/// Every combination of what the guards of a handler look at.
fn deciding(handler: &Handler, root: &str, fields: &[&Field], now: Timestamp) -> Vec<Record> {
    let mut records = vec![Record::new()];
    for field in fields {
        let first = of_field(field, now);
        let others = if is_read(handler, root, &field.name) { others(field) } else { Vec::new() };
        let mut values: Vec<Value> = others.into_iter().filter(|value| *value != first).collect();
        values.insert(0, first);
        if records.len() * values.len() > TRIED_MAX {
            values.truncate(1);
        }
        let with = |record: &Record, value: &Value| {
            let mut record = record.clone();
            record.insert(field.name.clone(), value.clone());
            record
        };
        records = records.iter().flat_map(|record| values.iter().map(|value| with(record, value))).collect();
    }
    records
}

/// Whether a guard of the handler reads `root.name`, or something within it.
fn is_read(handler: &Handler, root: &str, name: &str) -> bool {
    let mut guards = handler.reactions.iter().filter_map(|reaction| reaction.when.as_ref());
    let within = |path: &String| {
        let rest = path.strip_prefix(root).and_then(|rest| rest.strip_prefix('.'));
        rest.and_then(|rest| rest.split('.').next()) == Some(name)
    };
    guards.any(|guard| guard.reads().iter().any(within))
}

/// The other values of a field that may lead elsewhere.
fn others(field: &Field) -> Vec<Value> {
    let (min, max) = (field.min.unwrap_or(0.0), field.max.unwrap_or(HUGE));
    let mut values = match &field.ty {
        Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Type::Choice(words) => words.iter().map(|word| Value::from(word.as_str())).collect(),
        #[expect(clippy::cast_possible_truncation, reason = "bounds are small numbers")]
        Type::Int if max - min < SCALE_MAX => (min as i64..=max as i64).map(Value::Int).collect(),
        #[expect(clippy::cast_possible_truncation, reason = "bounds are small numbers")]
        Type::Int => vec![Value::Int(min as i64), Value::Int(max as i64)],
        Type::Number => vec![Value::Number(min), Value::Number(max)],
        _ => Vec::new(),
    };
    if field.optional {
        values.push(Value::Null);
    }
    values
}

fn of_field(field: &Field, now: Timestamp) -> Value {
    match (&field.ty, field.min) {
        #[expect(clippy::cast_possible_truncation, reason = "bounds are small numbers")]
        (Type::Int | Type::Number, Some(min)) => Value::Int(min.ceil() as i64),
        (ty, _) => of(ty, now),
    }
}

/// A value of a type.
fn of(ty: &Type, now: Timestamp) -> Value {
    match ty {
        Type::Null => Value::Null,
        Type::Bool => Value::Bool(true),
        Type::Int | Type::Number => Value::Int(1),
        Type::Text => "…".into(),
        Type::Choice(words) => words.first().map_or(Value::Null, |word| Value::from(word.as_str())),
        Type::Phone => "+97336001234".into(),
        Type::Email => "name@example.bh".into(),
        Type::Date => Value::Date(jiff::tz::TimeZone::UTC.to_datetime(now).date()),
        Type::Time => Value::Time(now),
        Type::List(item) => Value::List(vec![of(item, now)]),
        Type::Record(members) => {
            // Nothing is said of a contact's language, which only some workflows have texts in.
            let said = members.iter().filter(|(name, _)| *ty != Type::contact() || *name != "language");
            Value::Record(said.map(|(name, member)| (name.clone(), of(&member.ty, now))).collect())
        }
    }
}
