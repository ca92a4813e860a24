//! What a message template may use: the tags, filters and tests, and how a value is printed.

use jiff::civil::{Date, DateTime, Time};
use minijinja::value::{Value as Seen, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State};

use super::context::{Day, Moment};
use super::{human, phone};

/// Tags that a message may use. What else the engine knows serves pages, not messages.
pub(super) const TAGS: &[&str] = &["if", "elif", "else", "endif", "for", "endfor", "set", "endset", "with", "endwith"];

/// Filters that a message may use: ours first, then the engine's.
pub(super) const FILTERS: &[&str] = &[
    "date",
    "time",
    "phone",
    "last4",
    "bhd",
    "arabic_digits", //
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];

/// Tests that a message may use after `is`.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "even",
    "false",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

/// Functions that a message may call.
pub(super) const FUNCTIONS: &[&str] = &["range"];

/// Adds our filters, takes away what messages have no use for, and guards what is printed.
pub(super) fn install(env: &mut Environment<'static>, language: &str) {
    for name in ["debug", "dict", "namespace"] {
        env.remove_global(name);
    }
    env.remove_filter("pprint");
    let language = language.to_owned();
    env.add_filter("date", move |value: &Seen| Ok::<_, Error>(human::date(read_date(value)?, &language)));
    env.add_filter("time", |value: &Seen| Ok::<_, Error>(human::time(read_time(value)?)));
    env.add_filter("phone", phone);
    env.add_filter("last4", last4);
    env.add_filter("bhd", bhd);
    env.add_filter("arabic_digits", |value: &Seen| Ok::<_, Error>(human::arabic_digits(&written(value)?)));
    env.set_formatter(print);
}

/// Prints what has one reading in every language; a list, a record or a yes/no must be worded first.
fn print(out: &mut Output, state: &mut State, value: &Seen) -> Result<(), Error> {
    if !value.is_undefined() {
        written(value)?;
    }
    minijinja::escape_formatter(out, state, value)
}

/// The text of a value that has one.
fn written(value: &Seen) -> Result<String, Error> {
    let dated = value.downcast_object_ref::<Day>().is_some() || value.downcast_object_ref::<Moment>().is_some();
    match value.kind() {
        ValueKind::String | ValueKind::Number => Ok(value.to_string()),
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        _ if dated => Ok(value.to_string()),
        ValueKind::Bool => Err(wrong("yes or no is not a word to send; choose the words with `{% if … %}`")),
        ValueKind::Seq | ValueKind::Iterable => {
            Err(wrong("a list is not text; join it, as in `{{ list | join(\", \") }}`"))
        }
        _ => Err(wrong("this value is not text; name one of its members, as in `{{ heir.name }}`")),
    }
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn read_date(value: &Seen) -> Result<Date, Error> {
    if let Some(day) = value.downcast_object_ref::<Day>() {
        return Ok(day.0);
    }
    if let Some(moment) = value.downcast_object_ref::<Moment>() {
        return Ok(moment.0.date());
    }
    let text = written(value)?;
    text.parse().map_err(|_| wrong("`date` wants a date, a time, or text such as `2024-01-31`"))
}

fn read_time(value: &Seen) -> Result<Time, Error> {
    if let Some(moment) = value.downcast_object_ref::<Moment>() {
        return Ok(moment.0.datetime().time());
    }
    let text = written(value)?;
    let civil = text.parse::<DateTime>().map(DateTime::time).or_else(|_| text.parse::<Time>());
    civil.map_err(|_| wrong("`time` wants a time, or text such as `09:30`"))
}

/// `+97336123456` as `3612 3456`. What is no full number, such as a short hotline, stays as written.
fn phone(value: &Seen) -> Result<String, Error> {
    let text = written(value)?;
    Ok(phone::national_format(&text).unwrap_or(text))
}

/// The last four signs of an account or phone number.
fn last4(value: &Seen) -> Result<String, Error> {
    let text = written(value)?;
    let hidden = text.chars().count().saturating_sub(4);
    Ok(text.chars().skip(hidden).collect())
}

/// An amount in dinars to three decimals; `bhd("fils")` reads it as fils.
fn bhd(value: &Seen, unit: Option<&str>) -> Result<String, Error> {
    let fils_each = match unit {
        None | Some("dinars") => 1000,
        Some("fils") => 1,
        Some(_) => return Err(wrong("`bhd` knows the units `fils` and `dinars`")),
    };
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    if value.is_integer() {
        let amount = i64::try_from(value.clone()).map(i128::from);
        return amount.map(|amount| human::dinars(amount * fils_each)).map_err(|_| wrong("the amount is too large"));
    }
    let amount = f64::try_from(value.clone()).map_err(|_| wrong("`bhd` wants a number"))?;
    #[expect(clippy::cast_precision_loss, reason = "1 and 1000 are exact")]
    let fils = (amount * fils_each as f64).round();
    if fils.abs() > 1e15 {
        return Err(wrong("the amount is too large"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
    Ok(human::dinars(fils as i128))
}
