//! What expressions result in.

use super::*;

#[track_caller]
fn results(table: &[(&str, Value)]) {
    for (source, expected) in table {
        let value = compiled(source).eval(&case()).unwrap_or_else(|error| panic!("`{source}`: {error}"));
        assert_eq!(value, *expected, "`{source}`");
    }
}

#[track_caller]
fn hold(sources: &[&str]) {
    for source in sources {
        let program = Program::compile_as(source, &scope(), &Type::Bool)
            .unwrap_or_else(|findings| panic!("`{source}` should compile: {findings:#?}"));
        assert_eq!(program.eval_bool(&case()), Ok(true), "`{source}`");
    }
}

#[test]
fn literals_are_what_they_say() {
    results(&[
        ("null", Value::Null),
        ("true", Value::Bool(true)),
        ("12", Value::Int(12)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
        ("1.5", Value::Number(1.5)),
        ("2e3", Value::Number(2000.0)),
        (r"'it\'s'", "it's".into()),
        (r#""a\n\u0627\x41""#, "a\nاA".into()),
        (r#"r"\d+""#, r"\d+".into()),
        ("[1, 2,]", Value::List(vec![Value::Int(1), Value::Int(2)])),
        ("[]", Value::List(vec![])),
        ("date(\"2024-02-29\")", Value::Date(jiff::civil::date(2024, 2, 29))),
    ]);
}

#[test]
fn arithmetic_is_whole_for_whole_numbers_only() {
    results(&[
        ("1 + 2 * 3", Value::Int(7)),
        ("(1 + 2) * 3", Value::Int(9)),
        ("10 - 3 - 2", Value::Int(5)),
        ("7 / 2", Value::Int(3)),
        ("-7 / 2", Value::Int(-3)),
        ("7 % 4", Value::Int(3)),
        ("7 / 2.0", Value::Number(3.5)),
        // Declared a number, held as a whole one.
        ("monthly_kwh / 4", Value::Number(112.5)),
        ("-attempts", Value::Int(-3)),
        ("- -1", Value::Int(1)),
        ("'a' + \"b\" + cpr", "ab580101234".into()),
    ]);
}

#[test]
fn comparisons_hold() {
    hold(&[
        "attempts == 3",
        "attempts == 3.0",
        "attempts != 4 && attempts >= 3 && attempts <= 3.5",
        "9007199254740993 != 9007199254740992.0",
        "9007199254740993 > 9007199254740992.0",
        "-1 < -0.5 && -0.5 < 0 && !(0 < -0.0)",
        "9223372036854775807 < 9223372036854775808.0",
        "-9223372036854775808 == -9223372036854775808.0 && -9223372036854775807 > -9223372036854775808.0",
        "date_of_death < date(\"2024-02-01\")",
        "date_of_death == \"2024-01-31\" && \"2024-01-30\" < date_of_death",
        "date_of_death in [\"2024-01-31\"]",
        "received_at > \"2024-02-01T08:59:59+03:00\"",
        "days_between(date_of_death, \"2024-03-01\") == 30",
        "days_between(\"2024-03-01\", date_of_death) == -30",
        "status == \"open\" && status != last_status",
        "status in ['open', 'closed'] && !(status in [])",
        "اللغة == 'ar'",
        "[1, 2] == [1.0, 2.0]",
        "contacts[0] == contacts[0] && contacts[0] != contacts[1]",
    ]);
}

#[test]
fn absent_values_equal_null_only() {
    hold(&[
        "heir == null && heir.mobile == null && contacts[1].mobile == null && contacts[7] == null",
        "heir.language != 'ar'",
        "!(heir.language in ['ar', 'en'])",
        "!has(heir) && !has(heir.mobile) && has(contacts[0]) && has(contacts[0].mobile) && !has(contacts[9].mobile)",
        "(heir ?? contacts[0]).name == 'Ali'",
        "(heir.mobile ?? contacts[1].mobile ?? contacts[0].mobile) == '+97333000001'",
        "limit ?? 5 > attempts",
        "verified ?? agreed",
    ]);
}

#[test]
fn functions_do_what_they_say() {
    hold(&[
        "size(contacts) == 2 && contacts.size() == 2 && 'عمر'.size() == 3",
        "cpr.startsWith('58') && cpr.endsWith('234') && cpr.contains('0101') && !cpr.contains('x')",
        "'I WILL Call'.lower() == 'i will call'",
        "'please call me' matches \"call|اتصل\" && 'اتصل'.matches(\"call|اتصل\") && !('recall' matches '^call')",
        "contacts.exists(c, c.mobile != null) && !contacts.all(c, c.mobile != null)",
        "contacts.all(c, has(c.name) && c.name.size() > 2)",
        "contacts.exists(a, contacts.exists(b, a.relation == 'son' && b.relation == 'sister'))",
        "words.exists(w, w == 'b') && [].all(x, x == 1) && 'a' in words",
        "witnesses == null || witnesses.exists(w, has(w.name))",
    ]);
}

#[test]
fn and_or_stop_as_soon_as_they_know() {
    hold(&["agreed || 1 / 0 == 1", "!(!agreed && 1 / 0 == 1)", "agreed ? true : 1 / 0 == 1", "attempts ?? 1 / 0 == 3"]);
}

#[test]
fn operators_bind_as_documented() {
    hold(&[
        "false && false || true",
        "true || false && false",
        "!false && true",
        "limit ?? 1 + 1 == 2",
        "limit ?? 0 < 1",
        "false ? false : true ? true : false",
        "1 + 1 in [2]",
        "- 2 + 3 == 1",
    ]);
}

#[test]
fn failures_are_errors_and_name_the_part() {
    let table = [
        ("attempts > 0 && 1 / (attempts - 3) > 0", "`1 / (attempts - 3)` divides by zero", EvalCause::DivisionByZero),
        ("monthly_kwh / 0.0 > 1", "`monthly_kwh / 0.0` divides by zero", EvalCause::DivisionByZero),
        ("attempts % 0 == 1", "`attempts % 0` divides by zero", EvalCause::DivisionByZero),
        (
            "attempts + 9223372036854775807 > 0",
            "`attempts + 9223372036854775807` is a number too large to represent",
            EvalCause::Overflow,
        ),
        (
            "-(-9223372036854775808) > 0",
            "`-(-9223372036854775808)` is a number too large to represent",
            EvalCause::Overflow,
        ),
        (
            "-9223372036854775808 / -1 > 0",
            "`-9223372036854775808 / -1` is a number too large to represent",
            EvalCause::Overflow,
        ),
        ("1e308 * 10.0 > 0", "`1e308 * 10.0` is a number too large to represent", EvalCause::Overflow),
        ("false || 1 / 0 == 1 || true", "`1 / 0` divides by zero", EvalCause::DivisionByZero),
    ];
    for (source, message, cause) in table {
        let error = compiled(source).eval_bool(&case()).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.cause), (message, cause), "`{source}`");
        assert_eq!(&source[error.span.clone()], error.expression, "`{source}`");
    }
}

#[test]
fn an_environment_that_breaks_its_scope_is_an_error_without_the_value() {
    let secret = Record::from([("attempts".into(), "secret".into()), ("monthly_kwh".into(), Value::Number(f64::NAN))]);
    let table = [
        ("attempts > 3", EvalCause::WrongType("a comparison of like with like")),
        ("attempts + 1 == 2", EvalCause::WrongType("a whole number")),
        ("cpr.size() == 9", EvalCause::Absent),
        ("agreed", EvalCause::Absent),
        ("contacts.size() > 0", EvalCause::Absent),
        ("monthly_kwh > 1", EvalCause::NotANumber),
    ];
    for (source, cause) in table {
        let error = compiled(source).eval_bool(&secret).unwrap_err();
        assert_eq!(error.cause, cause, "`{source}`");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn a_program_knows_its_type_and_what_it_reads() {
    let choice = |words: &[&str]| Type::Choice(words.iter().map(ToString::to_string).collect());
    let table = [
        ("1 + attempts", Type::Int, false, "attempts"),
        ("monthly_kwh * attempts", Type::Number, false, "attempts monthly_kwh"),
        ("heir.mobile", Type::Phone, true, "heir.mobile"),
        ("heir ?? contacts[0]", Type::contact(), true, "contacts heir"),
        ("heir.name ?? 'family'", Type::Text, false, "heir.name"),
        ("heir.mobile ?? heir.email", Type::Text, true, "heir.email heir.mobile"),
        ("contacts[0].mobile", Type::Phone, true, "contacts"),
        ("contacts.exists(c, c.name == cpr)", Type::Bool, false, "contacts cpr"),
        ("has(account.rank)", Type::Bool, false, "account.rank"),
        ("account.number == cpr", Type::Bool, false, "account.number cpr"),
        ("agreed ? 1 : 2.5", Type::Number, false, "agreed"),
        ("agreed ? transferred_on : '2024-01-01'", Type::Date, true, "agreed transferred_on"),
        ("last_status ?? 'none'", choice(&["open", "waiting", "closed", "none"]), false, "last_status"),
        ("'plain'", Type::Text, false, ""),
        ("[1, 2.5]", Type::List(Box::new(Type::Number)), false, ""),
        ("null", Type::Null, true, ""),
    ];
    for (source, ty, may_be_null, reads) in table {
        let program = compiled(source);
        let read: Vec<&str> = program.reads().iter().map(String::as_str).collect();
        assert_eq!(
            (program.ty(), program.may_be_null(), read.join(" ").as_str()),
            (&ty, may_be_null, reads),
            "`{source}`"
        );
    }
}

#[test]
fn an_expected_type_takes_what_fits_it() {
    let date = Program::compile_as("'2024-01-31'", &scope(), &Type::Date).unwrap();
    assert_eq!(date.eval(&Record::new()), Ok(Value::Date(jiff::civil::date(2024, 1, 31))));
    let status = scope().get("status").unwrap().ty.clone();
    for (source, expected) in [
        ("agreed ? 'open' : 'closed'", &status),
        ("status", &Type::Text),
        ("attempts", &Type::Number),
        ("null", &Type::Date),
        ("'+97333000001'", &Type::Phone),
        ("[]", &Type::List(Box::new(Type::Date))),
        ("contacts[0]", &Type::contact()),
    ] {
        assert!(Program::compile_as(source, &scope(), expected).is_ok(), "`{source}`");
    }
}

#[test]
fn programs_are_equal_when_written_alike() {
    assert_eq!(compiled("attempts > 1"), compiled("attempts > 1"));
    assert_ne!(compiled("attempts > 1"), compiled("attempts > 2"));
    assert_eq!(compiled("attempts > 1").source(), "attempts > 1");
}
