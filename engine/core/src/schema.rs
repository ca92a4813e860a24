//! Typed fields and how text, JSON and answers become their values.
//!
//! Used for case fields, source columns, event payloads and answers alike.

mod given;
mod reason;

use std::collections::BTreeMap;

pub use given::{Misnamed, Why};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::lang::Texts;
use crate::limits;
use crate::message::phone::{self, LineKind};
use crate::value::{Member, Record, Type, Value};

/// A named, typed field.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the language, free of the others")]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What people call it.
    pub title: Texts,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether it is personal data: never logged, masked in reports.
    pub personal: bool,
    /// Whether a text that uses it may go to verified contact points only; personal fields do unless they
    /// say otherwise.
    pub discloses: bool,
    /// What text must match as a whole; made by [`whole_pattern`].
    pub pattern: Option<regex::Regex>,
    /// Whether a date must not lie in the future.
    pub past: bool,
    /// The smallest number allowed.
    pub min: Option<f64>,
    /// The largest number allowed.
    pub max: Option<f64>,
}

/// Fields in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The fields.
    pub fields: Vec<Field>,
}

/// What reading depends on besides the text: nothing is taken from the machine.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// ISO country whose phone numbers are written without a country code.
    pub region: &'a str,
    /// The day that `past` compares with.
    pub today: Date,
    /// The zone of times without one.
    pub zone: &'a TimeZone,
}

/// Why a value does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub field: String,
    /// The value as given, masked if personal.
    pub value: String,
    /// Why, in a few words.
    pub reason: String,
}

impl Field {
    /// A plain field: required, not personal, without further conditions.
    pub fn new(name: &str, ty: Type) -> Self {
        let title = Texts::default();
        let name = name.to_owned();
        let (optional, personal, discloses, past) = (false, false, false, false);
        Self { name, ty, title, optional, personal, discloses, pattern: None, past, min: None, max: None }
    }

    /// The member type for expressions.
    pub fn member(&self) -> Member {
        Member { ty: self.ty.clone(), optional: self.optional }
    }

    /// Makes `value` fit the field: text is read by the field's type, numbers and lists are checked.
    ///
    /// # Errors
    /// The reason for which it does not fit.
    pub fn fit(&self, value: &Value, reading: &Reading<'_>) -> Result<Value, Problem> {
        let problem = |reason: String| self.problem(value, reason);
        let fitted = fit(&self.ty, value, reading).map_err(problem)?;
        if fitted.is_null() {
            return if self.optional { Ok(Value::Null) } else { Err(problem("is missing".into())) };
        }
        self.conditions(&fitted, reading).map_err(problem)?;
        Ok(fitted)
    }

    fn conditions(&self, value: &Value, reading: &Reading<'_>) -> Result<(), String> {
        if let (Some(pattern), Value::Text(text)) = (&self.pattern, value)
            && !pattern.is_match(text)
        {
            return Err(format!("does not match `{}`", plain_pattern(pattern)));
        }
        let future = match value {
            Value::Date(date) => *date > reading.today,
            Value::Time(time) => reading.zone.to_datetime(*time).date() > reading.today,
            _ => false,
        };
        if self.past && future {
            return Err("lies in the future".into());
        }
        let number = match value {
            #[expect(clippy::cast_precision_loss, reason = "bounds are small numbers")]
            Value::Int(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        };
        match number {
            Some(number) if self.min.is_some_and(|min| number < min) => Err("is too small".into()),
            Some(number) if self.max.is_some_and(|max| number > max) => Err("is too large".into()),
            _ => Ok(()),
        }
    }

    fn problem(&self, value: &Value, reason: String) -> Problem {
        let shown = match value {
            Value::Null => String::new(),
            Value::Text(text) => text.clone(),
            other => other.to_json().to_string(),
        };
        let value = if self.personal { mask(&shown) } else { shown };
        Problem { field: self.name.clone(), value, reason }
    }
}

impl Schema {
    /// The field of a name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// The record type for expressions.
    pub fn members(&self) -> BTreeMap<String, Member> {
        self.fields.iter().map(|field| (field.name.clone(), field.member())).collect()
    }

    /// Makes a record fit: every field read, unknown ones reported.
    ///
    /// # Errors
    /// Every problem of the record.
    pub fn fit(&self, record: &Record, reading: &Reading<'_>) -> Result<Record, Vec<Problem>> {
        let mut fitted = Record::new();
        let mut problems = Vec::new();
        for field in &self.fields {
            match field.fit(record.get(&field.name).unwrap_or(&Value::Null), reading) {
                Ok(value) => _ = fitted.insert(field.name.clone(), value),
                Err(problem) => problems.push(problem),
            }
        }
        for name in record.keys().filter(|name| self.get(name).is_none()) {
            let reason = "is not a field here".into();
            problems.push(Problem { field: name.clone(), value: String::new(), reason });
        }
        if problems.is_empty() { Ok(fitted) } else { Err(problems) }
    }
}

/// A pattern that text must match as a whole.
///
/// # Errors
/// What is wrong with the pattern.
pub fn whole_pattern(pattern: &str) -> Result<regex::Regex, regex::Error> {
    // Compiled alone first: `a)(b` must not become right by the brackets around it.
    let build = |pattern: &str| {
        let mut builder = regex::RegexBuilder::new(pattern);
        builder.size_limit(limits::PATTERN_BYTES_MAX).nest_limit(limits::PATTERN_DEPTH_MAX).build()
    };
    build(pattern)?;
    build(&format!("^(?:{pattern})$"))
}

/// The pattern as the file has it.
fn plain_pattern(pattern: &regex::Regex) -> &str {
    let whole = pattern.as_str();
    whole.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")).unwrap_or(whole)
}

/// A value with all but its first and last character hidden.
pub fn mask(text: &str) -> String {
    let length = text.chars().count();
    if length <= 2 {
        return "•".repeat(length);
    }
    let hidden = "•".repeat(length - 2);
    let ends: Vec<char> = text.chars().take(1).chain(text.chars().last()).collect();
    format!("{}{hidden}{}", ends[0], ends[1])
}

fn fit(ty: &Type, value: &Value, reading: &Reading<'_>) -> Result<Value, String> {
    match (ty, value) {
        (_, Value::Null) => Ok(Value::Null),
        (_, Value::Text(text)) if legible(text).is_empty() => Ok(Value::Null),
        (Type::List(of), Value::List(items)) => {
            items.iter().map(|item| fit(of, item, reading)).collect::<Result<_, _>>().map(Value::List)
        }
        (Type::Record(_), Value::Record(record)) if *ty == Type::contact() => Ok(fit_contact(record, reading)),
        (Type::Record(members), Value::Record(record)) => fit_record(members, record, reading),
        (_, Value::Text(text)) => read(ty, &legible(text), reading),
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Number, Value::Int(_) | Value::Number(_))
        | (Type::Date, Value::Date(_))
        | (Type::Time, Value::Time(_)) => Ok(value.clone()),
        (Type::Text | Type::Phone | Type::Choice(_), Value::Int(number)) => read(ty, &number.to_string(), reading),
        (Type::Text, Value::Date(date)) => Ok(Value::Text(date.to_string())),
        _ => Err(unlike(ty)),
    }
}

/// What is said of a value that is nothing like its type, whether it came as text or otherwise.
fn unlike(ty: &Type) -> String {
    match ty {
        Type::Bool => "is neither true nor false".into(),
        Type::Choice(words) => format!("is not one of {}", words.join(", ")),
        Type::Email => "is not an e-mail address".into(),
        Type::Date => "is not a date like 2024-05-31".into(),
        Type::Time => "is not a time like 2024-05-31 10:30".into(),
        Type::Text => "is not text".into(),
        Type::Phone => "is not a phone number".into(),
        Type::List(of) if **of == Type::contact() => "is not a list of contacts".into(),
        Type::Null | Type::Int | Type::Number | Type::List(_) | Type::Record(_) => format!("is not a {ty}"),
    }
}

fn fit_record(members: &BTreeMap<String, Member>, record: &Record, reading: &Reading<'_>) -> Result<Value, String> {
    let mut fitted = Record::new();
    for (name, member) in members {
        let value = fit(&member.ty, record.get(name).unwrap_or(&Value::Null), reading)?;
        fitted.insert(name.clone(), value);
    }
    Ok(Value::Record(fitted))
}

/// A text without what surrounds it and without what nobody can see: zero bytes, which exports of fixed width leave behind
/// and not every database keeps, other control characters, which make a terminal do things, and marks that turn the
/// direction of what follows around. Lines and tabs stay.
pub fn legible(text: &str) -> String {
    let text = text.trim();
    if text.contains(is_unseen) { text.replace(is_unseen, "").trim().to_owned() } else { text.to_owned() }
}

fn is_unseen(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A contact keeps what a clerk wrote: an unreadable number is a label, not a reason to drop a family.
fn fit_contact(record: &Record, reading: &Reading<'_>) -> Value {
    let text = |name: &str| match record.get(name) {
        Some(Value::Text(text)) if !legible(text).is_empty() => Value::Text(legible(text)),
        Some(Value::Int(number)) => Value::Text(number.to_string()),
        _ => Value::Null,
    };
    let written = text("mobile");
    let as_written = if written.is_null() { text("mobile_as_written") } else { written.clone() };
    let phone = written.as_text().and_then(|written| phone::read_phone(written, reading.region).ok());
    let email = text("email").as_text().filter(|address| is_email(address)).map_or(Value::Null, Value::from);
    let mut contact = Record::from([
        ("name".into(), text("name")),
        ("relation".into(), text("relation")),
        ("cpr".into(), text("cpr")),
        ("mobile".into(), phone.as_ref().map_or(Value::Null, |phone| Value::Text(phone.e164.clone()))),
        ("mobile_as_written".into(), as_written),
        ("email".into(), email),
        ("language".into(), text("language")),
    ]);
    // How well the point is known. Most sources say nothing of it; then the contact says nothing either.
    let known = |name: &str| text(name).as_text().filter(|word| fits_member(name, word)).map(Value::from);
    if let Some(phone) = &phone {
        contact.insert("class".into(), Value::from(class_of(phone.kind)));
    }
    contact.extend(KNOWN_OF_POINTS.iter().filter_map(|name| Some(((*name).to_owned(), known(name)?))));
    Value::Record(contact)
}

/// What the number itself says of the line; a source that says so knows better.
const fn class_of(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Mobile => "mobile",
        LineKind::FixedLine => "fixed",
        LineKind::TollFree | LineKind::SharedCost | LineKind::Premium | LineKind::Other | LineKind::Unknown => {
            "unknown"
        }
    }
}

/// What a source may say of a contact's number and address, beside what they are.
const KNOWN_OF_POINTS: [&str; 5] = ["source", "class", "confidence", "disclosure", "last_outcome"];

/// Whether a word is one that this member of a contact may have. What a clerk wrote otherwise is no reason
/// to drop a family, and above all no reason to take its number for a verified one.
fn fits_member(name: &str, word: &str) -> bool {
    let Type::Record(members) = Type::contact() else { return false };
    match members.get(name).map(|member| &member.ty) {
        Some(Type::Choice(words)) => words.iter().any(|known| known == word),
        member => member.is_some(),
    }
}

fn read(ty: &Type, text: &str, reading: &Reading<'_>) -> Result<Value, String> {
    match ty {
        Type::Null => Ok(Value::Null),
        Type::Text => Ok(Value::Text(text.to_owned())),
        Type::Bool => match text {
            "true" | "yes" | "Y" | "y" | "1" => Ok(Value::Bool(true)),
            "false" | "no" | "N" | "n" | "0" => Ok(Value::Bool(false)),
            _ => Err(unlike(ty)),
        },
        Type::Int => text.parse().map(Value::Int).map_err(|_| unlike(ty)),
        Type::Number => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(Value::Number).ok_or_else(|| unlike(ty))
        }
        Type::Choice(words) if words.iter().any(|word| word == text) => Ok(Value::from(text)),
        Type::Phone => {
            let phone = phone::read_phone(text, reading.region).map_err(|error| error.to_string())?;
            Ok(Value::Text(phone.e164))
        }
        Type::Email if is_email(text) => Ok(Value::from(text)),
        Type::Date => text.parse().map(Value::Date).map_err(|_| unlike(ty)),
        Type::Time => read_time(text, reading.zone).ok_or_else(|| unlike(ty)),
        Type::Choice(_) | Type::Email | Type::List(_) | Type::Record(_) => Err(unlike(ty)),
    }
}

fn read_time(text: &str, zone: &TimeZone) -> Option<Value> {
    if let Ok(instant) = text.parse() {
        return Some(Value::Time(instant));
    }
    let local: Option<DateTime> = text.parse().ok();
    local.and_then(|local| zone.to_ambiguous_timestamp(local).compatible().ok()).map(Value::Time)
}

/// Whether text has the shape of an e-mail address; whether it exists only a delivery can tell.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || ",;<>\"()".contains(c));
    plain && !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn zero_bytes_that_exports_leave_behind_are_dropped() {
        let reading = Reading { region: "BH", today: date(2026, 1, 5), zone: &TimeZone::UTC };
        let name = Field::new("name", Type::Text);
        assert_eq!(name.fit(&Value::from("Huda\0\0\0 "), &reading), Ok(Value::from("Huda")));
        assert!(name.fit(&Value::from(" \0"), &reading).is_err(), "it is missing");
        let contact =
            Record::from([("name".into(), Value::from("Ali\0")), ("mobile".into(), Value::from("36001234\0"))]);
        let fitted = Field::new("heir", Type::contact()).fit(&Value::Record(contact), &reading).unwrap();
        let Value::Record(fitted) = fitted else { panic!("{fitted:?}") };
        assert_eq!((&fitted["name"], &fitted["mobile"]), (&Value::from("Ali"), &Value::from("+97336001234")));
    }
}
