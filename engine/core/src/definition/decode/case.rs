//! `case` and `events`: what a case knows, and what others may report to it.

use super::reader::Reader;
use crate::decode::Fields;
use crate::definition::scope::{ENGINE_NAMES, event_kind};
use crate::definition::{CaseSchema, EventDecl};
use crate::diagnostic::Code;
use crate::duration::Duration;
use crate::grammar::{CASE, EVENT};
use crate::schema::Schema;
use crate::value::Type;
use crate::yaml::Node;

/// How long an event that the present state does not take waits for one that does, if nothing else is said.
const KEEP_DEFAULT: Duration = Duration::Days(90);

impl Reader<'_> {
    /// `{key, fields}`.
    pub(super) fn case(&mut self, node: &Node) -> CaseSchema {
        let [key, fields] = self.decoder.mapping(node, "the case", &CASE);
        if let Some(node) = fields {
            let Fields { schema, broken } = self.decoder.typed_fields(node, "the case's fields", &self.languages);
            self.fields = schema;
            self.broken = broken;
            self.fields_known = true;
            self.no_engine_names(node);
        }
        let key = key.map(|node| self.case_key(node)).unwrap_or_default();
        CaseSchema { key, fields: self.fields.clone() }
    }

    /// A field may not take a name that means something else in expressions or texts.
    fn no_engine_names(&mut self, node: &Node) {
        let crate::yaml::Kind::Map(entries) = &node.kind else { return };
        for (key, _) in entries {
            let name = self.decoder.slice(key);
            let house_text = self.outside.is_some_and(|outside| outside.texts.contains(name));
            let taken = match name {
                _ if ENGINE_NAMES.contains(&name) => "means something else in expressions and texts",
                "true" | "false" | "null" | "in" | "matches" => "is a word of the expression language",
                _ if house_text => "is the name of one of the house's texts",
                _ => continue,
            };
            let help = Some(format!("call the field `case_{name}`, for example"));
            self.decoder.error_with(Code::BadValue, key.span.clone(), format!("`{name}` {taken}"), help);
        }
    }

    fn case_key(&mut self, node: &Node) -> Vec<String> {
        let key = self.field_list(node, "a field of the key", |field| match field.ty {
            Type::List(_) | Type::Record(_) => Err("has several parts and cannot identify a case"),
            _ if field.optional => Err("is optional, but a key must always be there"),
            _ => Ok(()),
        });
        if key.is_empty() {
            let help = Some("name the fields of which two cases may never have the same".into());
            self.decoder.error_with(Code::BadValue, node.span.clone(), "the key has no field", help);
        }
        key
    }

    /// `name: {title, fields, keep}` for each external event.
    pub(super) fn declared_events(&mut self, node: &Node) {
        for (name, value) in self.decoder.entries(node, "the events") {
            let of_engine = ["call.", "sms.", "email.", "case."].iter().any(|own| name.text.starts_with(own));
            if of_engine || event_kind(&name.text).is_some() {
                let message = format!("`{}` is an event of the engine itself", name.text);
                let help = Some("use it in `on` without declaring it, or give yours another name".into());
                self.decoder.error_with(Code::BadValue, name.span, message, help);
                continue;
            }
            let [title, fields, keep] = self.decoder.mapping(value, &format!("the event `{}`", name.text), &EVENT);
            let title = title.and_then(|node| self.decoder.texts(node, "the event's title", &self.languages));
            let fields = fields.map(|node| self.payload(node)).unwrap_or_default();
            let keep = keep.and_then(|node| self.decoder.duration(node, "`keep`")).unwrap_or(KEEP_DEFAULT);
            self.declared.push(name.clone());
            self.events.insert(name.text, EventDecl { title: title.unwrap_or_default(), fields, keep });
        }
    }

    fn payload(&mut self, node: &Node) -> Schema {
        let Fields { schema, mut broken } = self.decoder.typed_fields(node, "the event's fields", &self.languages);
        self.broken.append(&mut broken);
        schema
    }
}
