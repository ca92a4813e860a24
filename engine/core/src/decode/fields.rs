//! Reads typed fields: of cases, events, answers and the columns of sources alike.
//!
//! What a field then accepts is [`crate::schema`]'s.

use std::collections::BTreeSet;

use regex::Regex;

use super::{Decoder, Word};
use crate::diagnostic::{Code, did_you_mean};
use crate::grammar::{FIELD, TYPES};
use crate::limits;
use crate::schema::{Field, Schema};
use crate::value::Type;
use crate::yaml::{Kind, Node};

/// What was read of a mapping of fields.
#[derive(Debug, Default)]
pub struct Fields {
    /// The fields that could be read.
    pub schema: Schema,
    /// Names of the others, so that they are not reported again where they are used.
    pub broken: BTreeSet<String>,
}

/// Whether a word can name a field: expressions and templates take letters, digits and `_`.
pub fn is_name(word: &str) -> bool {
    let rest_fits = word.chars().all(|sign| sign.is_alphanumeric() || sign == '_');
    rest_fits && word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// A type in words, as in "`x` is …".
pub fn described(ty: &Type) -> String {
    match ty {
        Type::Null => "nothing".into(),
        Type::Bool => "true or false".into(),
        Type::Text => "text".into(),
        Type::Choice(_) => "a choice".into(),
        Type::Phone => "a phone number".into(),
        Type::Email => "an e-mail address".into(),
        Type::List(of) if **of == Type::contact() => "a list of contacts".into(),
        Type::List(_) => "a list".into(),
        Type::Int | Type::Number | Type::Date | Type::Time | Type::Record(_) => format!("a {ty}"),
    }
}

impl Decoder<'_> {
    /// `name: {type, …}` for each field; `name: type` is enough where nothing else is said.
    pub fn typed_fields(&mut self, node: &Node, what: &str, languages: &[String]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in self.entries(node, what) {
            if fields.schema.fields.len() == limits::FIELDS_MAX {
                let message = format!("{what} can have {} fields", limits::FIELDS_MAX);
                self.error(Code::BadValue, name.span, message);
                break;
            }
            match self.typed_field(&name, value, languages) {
                Some(field) => fields.schema.fields.push(field),
                None => _ = fields.broken.insert(name.text),
            }
        }
        fields
    }

    /// One field: `{type, optional, personal, discloses, pattern, past, min, max, values, title}`.
    pub fn typed_field(&mut self, name: &Word, node: &Node, languages: &[String]) -> Option<Field> {
        if !is_name(&name.text) {
            let message = format!("`{}` cannot name a field", name.text);
            let help = Some("use letters, digits and `_`, as in `date_of_death`".into());
            self.error_with(Code::BadValue, name.span.clone(), message, help);
            return None;
        }
        if matches!(node.kind, Kind::Text(_)) {
            return self.field_type(node, None).map(|ty| Field::new(&name.text, ty));
        }
        let [ty, optional, personal, discloses, pattern, past, min, max, values, title] =
            self.mapping(node, &format!("the field `{}`", name.text), &FIELD);
        let ty = ty.and_then(|node| self.field_type(node, values));
        let mut flag = |node: Option<&Node>, what| node.and_then(|node| self.bool(node, what)).unwrap_or_default();
        let (optional, personal) = (flag(optional, "`optional`"), flag(personal, "`personal`"));
        let past_value = flag(past, "`past`");
        let discloses = discloses.map_or(personal, |node| flag(Some(node), "`discloses`"));
        let title = title.and_then(|node| self.texts(node, "the field's title", languages)).unwrap_or_default();
        let text_only = ty.as_ref().is_none_or(|ty| *ty == Type::Text);
        let pattern_value = pattern.and_then(|node| self.pattern(node, text_only));
        let numbers_only = ty.as_ref().is_none_or(|ty| matches!(ty, Type::Int | Type::Number));
        let min = min.and_then(|node| self.bound(node, "`min`", numbers_only));
        let max_value = max.and_then(|node| self.bound(node, "`max`", numbers_only));
        if let (Some(node), Some(min), Some(max)) = (max, min, max_value)
            && max < min
        {
            self.error(Code::BadValue, node.span.clone(), format!("`max` is smaller than `min`, {min}"));
        }
        let dates_only = ty.as_ref().is_none_or(|ty| matches!(ty, Type::Date | Type::Time));
        if let Some(node) = past.filter(|_| !dates_only) {
            self.error(Code::BadValue, node.span.clone(), "only a date or a time can be `past`");
        }
        Some(Field {
            title,
            optional,
            personal,
            discloses,
            pattern: pattern_value,
            past: past_value,
            min,
            max: max_value,
            ..Field::new(&name.text, ty?)
        })
    }

    fn field_type(&mut self, node: &Node, values: Option<&Node>) -> Option<Type> {
        let word = self.word(node, "the type")?;
        let ty = match word.text.as_str() {
            "text" => Type::Text,
            "integer" => Type::Int,
            "number" => Type::Number,
            "boolean" => Type::Bool,
            "date" => Type::Date,
            "time" => Type::Time,
            "phone" => Type::Phone,
            "email" => Type::Email,
            "choice" => return self.choice(node, values),
            "contact" => Type::contact(),
            "contacts" => Type::List(Box::new(Type::contact())),
            _ => {
                let message = format!("there is no type `{}`", word.text);
                self.error_with(Code::BadValue, word.span, message, did_you_mean(&word.text, TYPES.names()));
                return None;
            }
        };
        if let Some(values) = values {
            let help = Some("write `type: choice`".into());
            self.error_with(Code::BadValue, values.span.clone(), "only a choice has `values`", help);
        }
        Some(ty)
    }

    fn choice(&mut self, node: &Node, values: Option<&Node>) -> Option<Type> {
        let Some(values) = values else {
            let help = Some("write `{type: choice, values: [one, other]}`".into());
            self.error_with(Code::MissingKey, node.span.clone(), "a choice needs `values`", help);
            return None;
        };
        let mut words: Vec<String> = Vec::new();
        for item in self.items(values) {
            let Some(word) = self.word(item, "a value") else { continue };
            if words.contains(&word.text) {
                self.error(Code::DuplicateKey, word.span, format!("the value `{}` is written twice", word.text));
                continue;
            }
            words.push(word.text);
        }
        if words.is_empty() {
            self.error(Code::BadValue, values.span.clone(), "a choice needs at least one value");
            return None;
        }
        Some(Type::Choice(words))
    }

    fn pattern(&mut self, node: &Node, fits: bool) -> Option<Regex> {
        let word = self.word(node, "the pattern")?;
        if !fits {
            self.error(Code::BadValue, word.span, "only text has a `pattern`");
            return None;
        }
        match crate::schema::whole_pattern(&word.text) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let message = error.to_string();
                let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let help = Some("for example '[0-9]{9}' for nine digits".into());
                self.error_with(Code::BadValue, word.span, format!("this is not a pattern: {reason}"), help);
                None
            }
        }
    }

    fn bound(&mut self, node: &Node, what: &str, fits: bool) -> Option<f64> {
        if !fits {
            self.error(Code::BadValue, node.span.clone(), format!("only a number has {what}"));
            return None;
        }
        match node.kind {
            #[expect(clippy::cast_precision_loss, reason = "bounds are small numbers")]
            Kind::Int(number) => Some(number as f64),
            Kind::Float(number) if number.is_finite() => Some(number),
            _ => self.expected(node, "a number"),
        }
    }
}
