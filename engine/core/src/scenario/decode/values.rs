//! Values of fields, with the place of what does not fit.

use std::ops::Range;

use super::Reader;
use crate::decode::Word;
use crate::diagnostic::{Code, did_you_mean};
use crate::schema::{Reading, Schema};
use crate::value::{Record, Type, Value};
use crate::yaml::{Kind, Node};

impl Reader<'_> {
    /// A record that fits a schema; `place` is where missing fields are reported, `None` where they
    /// may be missing.
    pub(super) fn record(
        &mut self,
        entries: &[(Word, &Node)],
        schema: &Schema,
        reading: &Reading<'_>,
        whose: &str,
        place: Option<&Range<usize>>,
    ) -> Option<Record> {
        let mut record = Record::new();
        let mut fits = true;
        for (name, node) in entries {
            let Some(field) = schema.get(&name.text) else {
                let message = format!("{whose} has no field `{}`", name.text);
                self.decoder.error_with(
                    Code::UnknownField,
                    name.span.clone(),
                    message,
                    did_you_mean(&name.text, schema.names()),
                );
                fits = false;
                continue;
            };
            self.members(node, &field.ty);
            match field.fit(&value(node), reading) {
                Ok(value) => _ = record.insert(name.text.clone(), value),
                Err(problem) => {
                    let message = format!("`{}` {}", name.text, problem.reason);
                    self.decoder.error(Code::BadValue, node.span.clone(), message);
                    fits = false;
                }
            }
        }
        for field in &schema.fields {
            if record.contains_key(&field.name) {
                continue;
            }
            let named = entries.iter().any(|(name, _)| name.text == field.name);
            if field.optional {
                record.insert(field.name.clone(), Value::Null);
            } else if let Some(place) = place.filter(|_| !named) {
                self.decoder.error(Code::MissingKey, place.clone(), format!("{whose} needs `{}`", field.name));
                fits = false;
            }
        }
        fits.then_some(record)
    }

    /// Reports members that a contact does not have; what they hold is a clerk's spelling.
    fn members(&mut self, node: &Node, ty: &Type) {
        match (ty, &node.kind) {
            (Type::List(of), Kind::List(items)) => items.iter().for_each(|item| self.members(item, of)),
            (Type::Record(members), Kind::Map(_)) => {
                for (name, _) in self.decoder.entries(node, "a contact") {
                    if !members.contains_key(&name.text) {
                        let message = format!("a {ty} has no `{}`", name.text);
                        let help = did_you_mean(&name.text, members.keys().map(String::as_str));
                        self.decoder.error_with(Code::UnknownField, name.span, message, help);
                    }
                }
            }
            _ => {}
        }
    }
}

/// What a node says, without a type to read it by.
pub(super) fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Int(value) => Value::Int(*value),
        Kind::Float(value) => Value::Number(*value),
        Kind::Text(text) => Value::Text(text.clone()),
        Kind::List(items) => Value::List(items.iter().map(value).collect()),
        Kind::Map(entries) => {
            let name = |node: &Node| match &node.kind {
                Kind::Text(text) => Some(text.clone()),
                Kind::Int(number) => Some(number.to_string()),
                _ => None,
            };
            Value::Record(entries.iter().filter_map(|(key, item)| Some((name(key)?, value(item)))).collect())
        }
    }
}
