//! The rules of the guard language as tables.

mod findings;
mod limits;
mod narrowing;
mod properties;
mod values;

use std::collections::BTreeMap;

use super::*;

/// The names that the tests speak of.
fn scope() -> Scope {
    let required = |ty| Member { ty, optional: false };
    let optional = |ty| Member { ty, optional: true };
    let contacts = Type::List(Box::new(Type::contact()));
    let status = Type::Choice(["open", "waiting", "closed"].map(String::from).to_vec());
    let account = Type::Record(BTreeMap::from([
        ("number".into(), required(Type::Text)),
        ("subsidised".into(), required(Type::Bool)),
        ("rank".into(), optional(Type::Int)),
    ]));
    Scope::new()
        .with("cpr", required(Type::Text))
        .with("reply", optional(Type::Text))
        .with("status", required(status.clone()))
        .with("last_status", optional(status))
        .with("attempts", required(Type::Int))
        .with("limit", optional(Type::Int))
        .with("monthly_kwh", required(Type::Number))
        .with("agreed", required(Type::Bool))
        .with("verified", optional(Type::Bool))
        .with("date_of_death", required(Type::Date))
        .with("transferred_on", optional(Type::Date))
        .with("received_at", required(Type::Time))
        .with("contacts", required(contacts.clone()))
        .with("witnesses", optional(contacts))
        .with("heir", optional(Type::contact()))
        .with("account", required(account))
        .with("meter", optional(Type::Record(BTreeMap::from([("number".into(), required(Type::Text))]))))
        .with("words", required(Type::List(Box::new(Type::Text))))
        .with("اللغة", required(Type::Text))
}

fn compile(source: &str) -> Result<Program, Vec<ExprError>> {
    Program::compile(source, &scope())
}

#[track_caller]
fn compiled(source: &str) -> Program {
    compile(source).unwrap_or_else(|findings| panic!("`{source}` should compile: {findings:#?}"))
}

fn record(members: &[(&str, Value)]) -> Value {
    Value::Record(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// A case with two contacts and no heir.
fn case() -> Record {
    let son = record(&[("name", "Ali".into()), ("relation", "son".into()), ("mobile", "+97333000001".into())]);
    let sister = record(&[("name", "Maryam".into()), ("relation", "sister".into())]);
    Record::from([
        ("cpr".into(), "580101234".into()),
        ("status".into(), "open".into()),
        ("attempts".into(), Value::Int(3)),
        ("monthly_kwh".into(), Value::Int(450)),
        ("agreed".into(), Value::Bool(true)),
        ("date_of_death".into(), Value::Date(jiff::civil::date(2024, 1, 31))),
        ("received_at".into(), Value::Time("2024-02-01T06:00:00Z".parse().unwrap())),
        ("contacts".into(), Value::List(vec![son, sister])),
        ("account".into(), record(&[("number", "A1".into()), ("subsidised", Value::Bool(true))])),
        ("words".into(), Value::List(vec!["a".into(), "b".into()])),
        ("اللغة".into(), "ar".into()),
    ])
}
