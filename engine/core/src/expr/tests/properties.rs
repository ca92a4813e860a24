//! What holds for every text and every value.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

/// Pieces that make most random rows of them nearly expressions.
const PIECES: [&str; 64] = [
    "heir",
    "heir.mobile",
    "heir.",
    "contacts",
    "contacts[0]",
    "contacts[",
    "reply",
    "limit",
    "attempts",
    "monthly_kwh",
    "status",
    "last_status",
    "date_of_death",
    "transferred_on",
    "received_at",
    "words",
    "account.rank",
    "agreed",
    "verified",
    "null",
    "true",
    "false",
    "1",
    "0",
    "-1",
    "2.5",
    "9223372036854775807",
    "'open'",
    "\"2024-01-31\"",
    "'x",
    "r'\\d'",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "?",
    ":",
    "??",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "matches",
    ".size()",
    ".exists(c,",
    ".all(d,",
    "c.name",
    "has(",
    "days_between(",
    "“",
    "اللغة",
];

/// Expressions that are often well typed: a grammar of guards.
fn guards() -> impl Strategy<Value = String> {
    let numbers = select(
        &[
            "attempts",
            "limit",
            "monthly_kwh",
            "1",
            "0",
            "2.5",
            "contacts.size()",
            "account.rank",
            "9223372036854775807",
            "-9223372036854775808",
            "1e308",
            "days_between(date_of_death, transferred_on)",
            "reply.size()",
        ][..],
    )
    .prop_map(String::from);
    let numbers = numbers.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), select(&["+", "-", "*", "/", "%", "??"][..]), inner)
            .prop_map(|(l, op, r)| format!("({l} {op} {r})"))
    });
    let atoms = prop_oneof![
        (numbers.clone(), select(&["<", "<=", ">", ">=", "==", "!="][..]), numbers)
            .prop_map(|(l, op, r)| format!("{l} {op} {r}")),
        select(
            &[
                "agreed",
                "verified",
                "has(reply)",
                "has(limit)",
                "has(account.rank)",
                "has(heir.name)",
                "heir != null",
                "reply == null",
                "transferred_on != null",
                "status == last_status",
                "status in ['open', 'closed']",
                "heir == contacts[0]",
                "contacts[0].name == heir.name",
                "reply matches 'yes|no'",
                "cpr.lower().contains(reply)",
                "heir.mobile.startsWith('+973')",
                "words.exists(w, w == reply)",
                "contacts.all(c, c.name != heir.name)",
                "contacts.exists(a, contacts.exists(b, a == b))",
                "contacts.size() > 1",
                "words[1].size() > 2",
                "transferred_on > date_of_death",
                "received_at > '2024-01-31T00:00:00Z'",
                "(verified ?? agreed)"
            ][..]
        )
        .prop_map(String::from),
    ];
    let guards = atoms.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), select(&["&&", "||", "=="][..]), inner.clone())
                .prop_map(|(l, op, r)| format!("({l}) {op} ({r})")),
            inner.clone().prop_map(|of| format!("!({of})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| format!("({c}) ? ({a}) : ({b})")),
        ]
    });
    // Tests in front, so that most of what follows them is allowed.
    let tests = subsequence(TESTS.to_vec(), TESTS.len() - 2..=TESTS.len());
    (tests, guards).prop_map(|(tests, guard)| format!("{} && ({guard})", tests.join(" && ")))
}

/// Tests that prove most of what the guards use to be there.
const TESTS: [&str; 9] = [
    "has(limit)",
    "reply != null",
    "has(account.rank)",
    "has(transferred_on)",
    "heir.name != null",
    "has(heir.mobile)",
    "verified != null",
    "contacts.size() > 1",
    "!(words.size() < 2)",
];

/// Values of a type; `null` too where it is optional.
fn values(member: &Member) -> BoxedStrategy<Value> {
    let present = match &member.ty {
        Type::Null => Just(Value::Null).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Int => prop_oneof![any::<i64>(), -3i64..3].prop_map(Value::Int).boxed(),
        Type::Number => prop_oneof![
            any::<f64>().prop_map(Value::Number),
            Just(Value::Number(f64::NAN)),
            any::<i64>().prop_map(Value::Int)
        ]
        .boxed(),
        Type::Choice(words) => select(words.clone()).prop_map(Value::Text).boxed(),
        Type::Text | Type::Phone | Type::Email => {
            prop_oneof![any::<String>(), select(vec!["yes".to_owned(), "+97333000001".into()])]
                .prop_map(Value::Text)
                .boxed()
        }
        Type::Date => {
            (-9999i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Value::Date(jiff::civil::date(y, m, d))).boxed()
        }
        Type::Time => (-4_000_000_000i64..4_000_000_000)
            .prop_map(|s| Value::Time(jiff::Timestamp::from_second(s).unwrap()))
            .boxed(),
        Type::List(of) => {
            vec(values(&Member { ty: (**of).clone(), optional: false }), 0..4).prop_map(Value::List).boxed()
        }
        Type::Record(members) => members
            .iter()
            .map(|(name, member)| (Just(name.clone()), values(member)))
            .collect::<Vec<_>>()
            .prop_map(|members| Value::Record(members.into_iter().collect()))
            .boxed(),
    };
    if member.optional { option::weighted(0.85, present).prop_map(Option::unwrap_or_default).boxed() } else { present }
}

/// Cases whose values are of the declared types.
fn cases() -> impl Strategy<Value = Record> {
    let fields: Vec<_> = scope().members().map(|(name, member)| (Just(name.to_owned()), values(member))).collect();
    fields.prop_map(|fields| fields.into_iter().collect())
}

/// Whether findings point into the source, on character boundaries, in order, and say something.
fn check_findings(source: &str, findings: &[ExprError]) -> Result<(), TestCaseError> {
    prop_assert!(!findings.is_empty(), "{source}");
    prop_assert!(findings.is_sorted_by_key(|finding| finding.span.start), "{source}");
    for finding in findings {
        prop_assert!(source.get(finding.span.clone()).is_some(), "{source}: {finding:?}");
        prop_assert!(!finding.message.is_empty());
    }
    Ok(())
}

fn has_type(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Text(text), Type::Choice(words)) => words.contains(text),
        (Value::Text(_), ty) => ty.is_text(),
        (Value::List(items), Type::List(of)) => items.iter().all(|item| has_type(item, of)),
        (Value::Null, _)
        | (Value::Bool(_), Type::Bool)
        | (Value::Int(_), Type::Int | Type::Number)
        | (Value::Number(_), Type::Number)
        | (Value::Date(_), Type::Date)
        | (Value::Time(_), Type::Time)
        | (Value::Record(_), Type::Record(_)) => true,
        _ => false,
    }
}

/// Only documented failures, and values of the type that the program promises.
fn check_outcome(program: &Program, case: &Record) -> Result<(), TestCaseError> {
    match program.eval(case) {
        Ok(value) => {
            prop_assert!(has_type(&value, program.ty()), "{}: {value:?}", program.source());
            prop_assert!(!value.is_null() || program.may_be_null(), "{}", program.source());
        }
        Err(error) => {
            let is_documented = matches!(
                error.cause,
                EvalCause::DivisionByZero | EvalCause::Overflow | EvalCause::NotANumber | EvalCause::TooLong
            );
            prop_assert!(is_documented, "{}: {error}", program.source());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_text_compiles_or_is_found_wrong(source in any::<String>()) {
        if let Err(findings) = compile(&source) {
            check_findings(&source, &findings)?;
        }
    }

    #[test]
    fn any_row_of_pieces_compiles_and_evaluates_or_is_found_wrong(
        pieces in vec(select(&PIECES[..]), 1..12), case in cases(),
    ) {
        let source = pieces.join(" ");
        match compile(&source) {
            Ok(program) => check_outcome(&program, &case)?,
            Err(findings) => check_findings(&source, &findings)?,
        }
    }

    #[test]
    fn a_checked_guard_never_meets_a_type_error(guard in guards(), case in cases()) {
        match Program::compile_as(&guard, &scope(), &Type::Bool) {
            Ok(program) => check_outcome(&program, &case)?,
            Err(findings) => check_findings(&guard, &findings)?,
        }
    }
}

#[test]
fn the_grammar_of_guards_yields_many_that_compile() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let compiled = (0..400).filter(|_| compile(&guards().new_tree(&mut runner).unwrap().current()).is_ok()).count();
    assert!(compiled > 60, "the property above would prove little: {compiled} of 400 compile");
}
