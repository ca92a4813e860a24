//! Hostile expressions are findings, quickly and on a small stack.

use super::super::limits::*;
use super::*;

#[track_caller]
fn refused(source: &str, reason: &str) {
    let findings = compile(source).unwrap_err();
    assert!(findings.iter().any(|finding| finding.message.contains(reason)), "{findings:#?}");
}

#[test]
fn the_source_has_a_longest_length() {
    refused(&" ".repeat(SOURCE_BYTES_MAX + 1), "an expression can be 2000 bytes long; this has 2001");
    compiled(&format!("{}agreed", " ".repeat(SOURCE_BYTES_MAX - "agreed".len())));
}

#[test]
fn nesting_of_every_kind_is_bounded() {
    let deep = "nested more than 64 levels deep";
    for source in [
        "(".repeat(900),
        "[".repeat(900),
        "!".repeat(900),
        "- ".repeat(900),
        format!("{}1{}", "(".repeat(900), ")".repeat(900)),
        format!("1{}", "+1".repeat(900)),
        format!("1{}", "??1".repeat(600)),
        format!("contacts{}", "[0]".repeat(600)),
        format!("heir{}", ".a".repeat(900)),
        format!("cpr{}", ".lower()".repeat(200)),
        format!("{}1", "size(".repeat(300)),
        "agreed ? 1 : ".repeat(100),
        "agreed ? ".repeat(200),
        format!("{}true", "contacts.exists(c,".repeat(100)),
    ] {
        refused(&source, deep);
    }
}

#[test]
fn the_deepest_expression_allowed_is_evaluated() {
    let inner = DEPTH_MAX - 1;
    compiled(&format!("{}true", "!".repeat(inner))).eval(&case()).unwrap();
    compiled(&format!("{}true{}", "(".repeat(inner), ")".repeat(inner))).eval(&case()).unwrap();
    assert_eq!(compiled(&format!("1{}", "+1".repeat(inner))).eval(&case()), Ok(Value::Int(64)));
    compiled(&format!("cpr{}", ".lower()".repeat(inner))).eval(&case()).unwrap();
}

#[test]
fn a_long_chain_of_and_is_one_level() {
    let chain = vec!["attempts == 3"; 110].join(" && ");
    assert_eq!(compiled(&chain).eval_bool(&case()), Ok(true));
}

#[test]
fn exists_and_all_nest_two_deep() {
    compiled("contacts.exists(a, contacts.all(b, a.name != b.cpr))");
    refused("contacts.exists(a, contacts.all(b, contacts.exists(c, a.name != c.cpr)))", "can be nested 2 deep");
}

#[test]
fn an_evaluation_looks_at_a_bounded_number_of_elements() {
    let count = usize::try_from(ITERATIONS_MAX).unwrap();
    let program = compiled("words.all(w, w == 'a')");
    let of_size = |size: usize| Record::from([("words".into(), Value::List(vec!["a".into(); size]))]);
    assert_eq!(program.eval_bool(&of_size(count)), Ok(true));
    assert_eq!(program.eval_bool(&of_size(count + 1)).unwrap_err().cause, EvalCause::TooLong);
    let square = compiled("words.all(a, words.all(b, a == b))");
    assert_eq!(square.eval_bool(&of_size(200)).unwrap_err().cause, EvalCause::TooLong);
}

#[test]
fn patterns_are_bounded_in_size_depth_and_number() {
    refused(r#"cpr matches r"(\w{100}){100}""#, "it is too large once it is worked out");
    refused(&format!("cpr matches '{}a{}'", "(".repeat(100), ")".repeat(100)), "this is not a valid pattern");
    refused(&vec!["cpr matches 'a'"; PATTERNS_MAX + 1].join(" || "), "an expression can hold 16 patterns");
    compiled(&vec![r#"cpr matches r"^(\w+\s){1,8}\d{9}$""#; PATTERNS_MAX].join(" || "));
}
