//! Values that a case holds and the types they are checked against.
//!
//! One vocabulary for case fields, source columns, answers and guards. Reading text into a value of
//! a type (`Type::read`) lives in [`crate::schema`]; evaluating guards in [`crate::expr`].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word, name, address or id: short, and copied from case to history, effects and messages. Up to 23 bytes lie in it, and a
/// longer one is shared: a copy takes no memory (`docs/adr/0040-short-texts.md`).
pub type ShortText = smol_str::SmolStr;

/// Named values in a fixed order: the data of a case, an event or an answer.
pub type Record = BTreeMap<String, Value>;

/// A value of a case field, an event or a guard.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing known.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Number(f64),
    /// Text; phone numbers (E.164), e-mail addresses and choices are text as well.
    Text(String),
    /// A day of the civil calendar.
    Date(Date),
    /// An instant.
    Time(Timestamp),
    /// Several values in order.
    List(Vec<Value>),
    /// Named values: a contact, a row of a source.
    Record(Record),
}

/// The type that a value is checked against when a file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// The type of `null` alone.
    Null,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// Any number.
    Number,
    /// Text.
    Text,
    /// Text that is one of these words.
    Choice(Vec<String>),
    /// A phone number, kept as E.164 text.
    Phone,
    /// An e-mail address, kept as text.
    Email,
    /// A day.
    Date,
    /// An instant.
    Time,
    /// Values of one type, in order.
    List(Box<Type>),
    /// Named members.
    Record(BTreeMap<String, Member>),
}

/// A named part of a record type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What it holds.
    pub ty: Type,
    /// Whether it may be absent (`null`).
    pub optional: bool,
}

impl Type {
    /// The type of a contact: a relative, in the words of the case model.
    pub fn contact() -> Self {
        let optional = |ty| Member { ty, optional: true };
        Self::Record(BTreeMap::from([
            ("name".into(), optional(Self::Text)),
            ("relation".into(), optional(Self::Text)),
            ("cpr".into(), optional(Self::Text)),
            ("mobile".into(), optional(Self::Phone)),
            ("mobile_as_written".into(), optional(Self::Text)),
            ("email".into(), optional(Self::Email)),
            ("language".into(), optional(Self::Text)),
            ("source".into(), optional(Self::Text)),
            ("class".into(), optional(Self::words(&["mobile", "fixed", "unknown"]))),
            ("confidence".into(), optional(Self::words(&["high", "medium", "low"]))),
            ("disclosure".into(), optional(Self::words(&["unverified", "verified"]))),
            ("last_outcome".into(), optional(Self::Text)),
        ]))
    }

    fn words(words: &[&str]) -> Self {
        Self::Choice(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// Whether values of this type are text in guards and templates.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Choice(_) | Self::Phone | Self::Email)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("true/false"),
            Self::Int => f.write_str("whole number"),
            Self::Number => f.write_str("number"),
            Self::Text => f.write_str("text"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Phone => f.write_str("phone"),
            Self::Email => f.write_str("e-mail address"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::List(of) if **of == Self::contact() => f.write_str("contacts"),
            Self::List(of) => write!(f, "list of {of}"),
            Self::Record(_) if *self == Self::contact() => f.write_str("contact"),
            Self::Record(_) => f.write_str("record"),
        }
    }
}

impl Value {
    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether nothing is known.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A member of a record; `Null` where there is none.
    pub fn member(&self, name: &str) -> &Self {
        match self {
            Self::Record(record) => record.get(name).unwrap_or(&Self::Null),
            _ => &Self::Null,
        }
    }

    /// Plain JSON for people and other programs: days and instants as ISO 8601 text.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::Number(value) => Json::from(*value),
            Self::Text(value) => Json::from(value.as_str()),
            Self::Date(value) => Json::from(value.to_string()),
            Self::Time(value) => Json::from(value.to_string()),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
            Self::Record(record) => {
                Json::Object(record.iter().map(|(name, value)| (name.clone(), value.to_json())).collect())
            }
        }
    }

    /// What JSON says, without a type to read it by: text stays text.
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(value) => {
                value.as_i64().map_or_else(|| Self::Number(value.as_f64().unwrap_or(f64::NAN)), Self::Int)
            }
            Json::String(value) => Self::Text(value.clone()),
            Json::Array(values) => Self::List(values.iter().map(Self::from_json).collect()),
            Json::Object(members) => {
                Self::Record(members.iter().map(|(name, value)| (name.clone(), Self::from_json(value))).collect())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The members that mark a day and an instant in the stored form, so that they come back as what they were; all else
/// is plain JSON.
const DATE: &str = "$date";
const TIME: &str = "$time";

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Date(date) => serializer.collect_map([(DATE, date)]),
            Self::Time(time) => serializer.collect_map([(TIME, time)]),
            Self::List(values) => values.serialize(serializer),
            Self::Record(record) => record.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Stored)
    }
}

/// Reads the stored form as it comes: a case is read each time that it is due.
struct Stored;

impl<'de> Visitor<'de> for Stored {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a case")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond whole numbers of 64 bits there are only numbers")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Number(value as f64), Value::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut record = Record::new();
        while let Some((name, value)) = members.next_entry()? {
            record.insert(name, value);
        }
        Ok(marked(&record).unwrap_or(Value::Record(record)))
    }
}

/// The day or instant that a record stands for.
fn marked(record: &Record) -> Option<Value> {
    let (name, text) = record.first_key_value().filter(|_| record.len() == 1)?;
    match name.as_str() {
        DATE => text.as_text()?.parse().ok().map(Value::Date),
        TIME => text.as_text()?.parse().ok().map(Value::Time),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_value_comes_back_as_it_was() {
        let value = Value::Record(Record::from([
            ("day".into(), Value::Date(jiff::civil::date(2024, 2, 29))),
            ("at".into(), Value::Time(Timestamp::UNIX_EPOCH)),
            ("list".into(), Value::List(vec![Value::Int(-1), Value::Number(1.5), Value::Null, "ا".into()])),
            ("no day".into(), Value::Record(Record::from([("$date".into(), "soon".into())]))),
            ("whole".into(), Value::Number(2.0)),
            ("yes".into(), Value::Bool(true)),
        ]));
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
