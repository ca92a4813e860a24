//! The screening of a small register: people, their accounts, their families.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use jiff::tz::TimeZone;
use wasl_core::expr::Scope;
use wasl_core::lang::Texts;
use wasl_core::schema::{Field, Schema};
use wasl_core::source::Source;
use wasl_core::value::{Member, Type};

use super::super::reader::Conventions;
use super::*;

fn conventions() -> Conventions {
    Conventions { region: "BH".into(), today: date(2024, 6, 1), zone: TimeZone::UTC }
}

fn schema(columns: &[(&str, Type)]) -> Schema {
    let field = |(name, ty): &(&str, Type)| Field { optional: true, ..Field::new(name, ty.clone()) };
    Schema { fields: columns.iter().map(field).collect() }
}

fn people() -> Schema {
    schema(&[("cpr", Type::Text), ("died", Type::Date), ("nationality", Type::Text)])
}

fn accounts() -> Schema {
    schema(&[("holder", Type::Int), ("number", Type::Text), ("rank", Type::Int), ("mobile", Type::Text)])
}

fn relatives() -> Schema {
    schema(&[("of", Type::Text), ("name_en", Type::Text), ("name_ar", Type::Text), ("phone", Type::Text)])
}

fn table(columns: Schema, on: &str, rows: &str) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let header: Vec<&str> = columns.names().collect();
    std::fs::write(folder.path().join("table.csv"), format!("{}\n{rows}", header.join(","))).unwrap();
    let source =
        Source { name: "table".into(), title: Texts::default(), csv: "*.csv".into(), key: Vec::new(), columns };
    let (table, unreadable) = Table::load(&Arc::new(source), &[on.to_owned()], folder.path(), &conventions()).unwrap();
    assert_eq!(unreadable, []);
    table
}

fn program(text: &str, scope: &Scope) -> Program {
    Program::compile(text, scope).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn detect() -> Detect {
    let kin_scope = Scope::from(relatives().members());
    let optional = |ty| Member { ty, optional: true };
    let scope = Scope::from(people().members())
        .with("account", optional(Type::Record(accounts().members())))
        .with("kin", Member { ty: Type::List(Box::new(Type::contact())), optional: false });
    let programs = |list: &[(&str, &str)], scope: &Scope| {
        list.iter().map(|(name, text)| ((*name).to_owned(), program(text, scope))).collect::<Vec<_>>()
    };
    let lookup = |name: &str, on: &str, many: bool, members| Lookup {
        name: name.into(),
        source: name.into(),
        on: vec![(on.into(), "cpr".into())],
        many,
        members,
    };
    let kin = programs(&[("name", "name_en ?? name_ar"), ("mobile", "phone")], &kin_scope);
    let screen = [
        ("not_subscriber", "account == null"),
        ("foreigner", "nationality != \"BH\""),
        ("old", "died != null && died < date(\"2023-06-01\")"),
        ("second_account", "account.rank != null && 6 / account.rank < 6"),
    ];
    let case = [("cpr", "cpr"), ("account", "account.number"), ("mobile", "account.mobile"), ("contacts", "kin")];
    Detect {
        name: "deaths".into(),
        schedule: None,
        from: "people".into(),
        lookups: vec![lookup("account", "holder", false, Vec::new()), lookup("kin", "of", true, kin)],
        withdrawn: Some(program("nationality == \"withdrawn\"", &scope)),
        screen: programs(&screen, &scope),
        case: programs(&case, &scope),
    }
}

fn case_schema() -> CaseSchema {
    let fields = vec![
        Field { personal: true, ..Field::new("cpr", Type::Text) },
        Field { optional: true, ..Field::new("account", Type::Text) },
        Field { optional: true, personal: true, ..Field::new("mobile", Type::Phone) },
        Field::new("contacts", Type::List(Box::new(Type::contact()))),
        Field { optional: true, ..Field::new("heir", Type::contact()) },
    ];
    CaseSchema { key: vec!["cpr".into(), "account".into()], fields: Schema { fields } }
}

fn judge(cpr: &str, died: &str, nationality: &str) -> Screened {
    let tables = Tables::from([
        (
            "account".to_owned(),
            table(
                accounts(),
                "holder",
                "1,A-1,1,33123456\n1,A-2,2,\n2,A-3,2,\n3,A-4,0,\n4,A-5,1,banana\n5,,1,\n,A-9,1,\n",
            ),
        ),
        ("kin".to_owned(), table(relatives(), "of", "1,Isa,عيسى,0097333123457\n2,x,y,\n1,,نورة,unknown\n,Nobody,,\n")),
    ]);
    let (detect, case, conventions) = (detect(), case_schema(), conventions());
    let policy = ContactPolicy { deceased: vec!["mobile".into(), "cpr".into()], ..ContactPolicy::default() };
    let reading = &conventions.reading();
    let screen = Screen { detect: &detect, case: &case, policy: &policy, tables: &tables, reading };
    let row = [("cpr", cpr), ("died", died), ("nationality", nationality)];
    let row = row.map(|(name, text)| (name.to_owned(), Value::from(text))).into_iter().collect();
    screen.judge(&people().fit(&row, &conventions.reading()).unwrap())
}

#[test]
fn the_first_reason_that_holds_names_why_no_case_opens() {
    for (cpr, died, nationality, expected) in [
        ("7", "2024-05-01", "BH", "not_subscriber"),
        ("", "2024-05-01", "BH", "not_subscriber"),
        ("7", "2022-05-01", "IN", "not_subscriber"),
        ("1", "2022-05-01", "IN", "foreigner"),
        ("1", "2022-05-01", "BH", "old"),
        ("2", "2024-05-01", "BH", "second_account"),
    ] {
        assert_eq!(judge(cpr, died, nationality), Screened::Out(expected.into()), "{cpr} {died} {nationality}");
    }
}

#[test]
fn a_row_that_withdraws_a_death_says_whose_and_needs_nothing_else() {
    // Whether there is an account, or a case could open at all, does not matter any more.
    for cpr in ["1", "7", "4"] {
        assert_eq!(judge(cpr, "2022-05-01", "withdrawn"), Screened::Withdrawn(cpr.into()));
    }
    let Screened::Undecided(problems) = judge("", "2024-05-01", "withdrawn") else { panic!() };
    assert!(problems[0].reason.contains("does not say whose death"), "{problems:?}");
}

#[test]
fn a_case_gets_the_fields_of_the_row_and_its_look_ups_fitted_to_its_schema() {
    let Screened::Case { key, data } = judge("1", "2024-05-01", "BH") else { panic!() };
    assert_eq!(key, "1\nA-1");
    assert_eq!(data["mobile"], Value::from("+97333123456"));
    assert_eq!(data["heir"], Value::Null);
    let Value::List(contacts) = &data["contacts"] else { panic!() };
    let seen: Vec<_> =
        contacts.iter().map(|one| ["name", "mobile", "mobile_as_written"].map(|m| one.member(m).clone())).collect();
    assert_eq!(
        seen,
        [["Isa".into(), "+97333123457".into(), "0097333123457".into()], ["نورة".into(), Value::Null, "unknown".into()],]
    );
}

#[test]
fn what_cannot_be_decided_is_reported_and_never_counts_as_no() {
    for (cpr, field, reason) in [
        ("3", "second_account", "divides by zero"),
        ("4", "mobile", ""),
        ("5", "account", "is part of the case's key and missing"),
    ] {
        let Screened::Undecided(problems) = judge(cpr, "2024-05-01", "BH") else { panic!("{cpr}") };
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].field, field);
        assert!(problems[0].reason.contains(reason), "{problems:?}");
        assert!(!problems[0].value.contains("banana"));
    }
}

#[test]
fn a_look_up_source_that_cannot_be_trusted_stops_the_detection() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "*.csv".to_owned();
    let source = Arc::new(Source {
        name: "accounts".into(),
        title: Texts::default(),
        csv,
        key: Vec::new(),
        columns: accounts(),
    });
    let load = || Table::load(&source, &["holder".to_owned()], Path::new(folder.path()), &conventions());
    for (text, expected) in [
        ("", "`accounts`: a.csv, line 1: the file is empty"),
        ("holder,number,rank\n", "the column `mobile` is missing"),
        ("holder,number,rank,mobile\n", "`accounts` (`*.csv`) has no readable row"),
        ("holder,number,rank,mobile\nx,,,\n", "no readable row"),
    ] {
        std::fs::write(folder.path().join("a.csv"), text).unwrap();
        let error = load().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    std::fs::write(folder.path().join("a.csv"), "holder,number,rank,mobile\nx,,,\n1,A,1,\n").unwrap();
    let (table, unreadable) = load().unwrap();
    assert_eq!(table.find(&[&Value::from("1")]).count(), 1);
    let seen: Vec<_> = unreadable.iter().map(|one| (one.file.as_str(), one.row.line)).collect();
    assert_eq!(seen, [("a.csv", 2)]);
}
