//! When a value that may be absent can be used: after a test that proves it to be there, and not otherwise.

use super::*;

#[test]
fn a_test_lets_the_value_be_used() {
    for source in [
        "reply != null && reply.size() > 2",
        "null != reply && reply.size() > 2",
        "has(reply) && reply matches 'yes'",
        "reply == null || reply.size() > 2",
        "!has(reply) || reply.size() > 2",
        "!(reply == null) && reply.size() > 2",
        "!(reply == null || limit == null) && reply.size() > limit",
        "!(has(reply) && has(limit)) || reply.size() > limit",
        "has(reply) ? reply.size() > 2 : false",
        "reply == null ? 0 : reply.size()",
        "has(limit) && has(reply) && limit > reply.size()",
        "has(heir.mobile) && heir.mobile.startsWith('+973')",
        "heir.language == 'ar' && heir.language.size() == 2",
        "heir.relation in ['son', 'daughter'] && heir.relation.size() > 2",
        "(has(reply) || has(reply)) && reply.size() > 2",
        "contacts.size() > 0 && has(contacts[0].name) && contacts[0].name.size() > 2",
        "contacts.exists(c, has(c.mobile) && c.mobile.startsWith('+973'))",
        "has(meter) && meter.number.size() > 2",
        "account.rank != null && account.rank == 1 && account.rank < 2",
        "agreed == verified && verified",
        "limit ?? 3 > attempts",
        "(reply ?? '').size() > 2",
        "has(witnesses) && witnesses.all(w, w.mobile != null)",
    ] {
        compiled(source);
    }
}

#[test]
fn the_size_of_a_list_proves_its_first_elements() {
    let lists = Scope::new()
        .with("n", Member { ty: Type::List(Box::new(Type::Int)), optional: false })
        .with("i", Member { ty: Type::Int, optional: false });
    for (source, is_proved) in [
        ("n.size() > 0 && n[0] > 1", true),
        ("size(n) >= 2 && n[1] > 1", true),
        ("0 < n.size() && n[0] > 1", true),
        ("n.size() == 3 && n[2] > 1", true),
        ("n.size() != 0 && n[0] > 1", true),
        ("n.size() == 0 || n[0] > 1", true),
        ("n.size() < 1 || n[0] > 1", true),
        ("n.exists(x, x > 3) && n[0] > 1", true),
        ("3 in n && n[0] > 1", true),
        ("n.size() > 0 && n[1] > 1", false),
        ("n.size() >= 0 && n[0] > 1", false),
        ("n.size() != 3 && n[0] > 1", false),
        ("n.size() == 0 && n[0] > 1", false),
        ("n.size() <= 1 || n[0] > 1", true),
        ("n.all(x, x > 3) && n[0] > 1", false),
        ("n.size() > 5 && n[i] > 1", false),
        ("n.size() > -1 && n[0] > 1", false),
    ] {
        let compiled = Program::compile(source, &lists);
        assert_eq!(compiled.is_ok(), is_proved, "`{source}`: {compiled:?}");
    }
}

#[test]
fn without_a_test_the_use_is_a_finding() {
    for (source, quoted) in [
        ("reply.size() > 2", "reply"),
        ("reply != null || reply.size() > 2", "reply"),
        ("reply == null && reply.size() > 2", "reply"),
        ("has(reply) ? false : reply.size() > 2", "reply"),
        ("(has(reply) && agreed) || reply.size() > 2", "reply"),
        ("(has(reply) || agreed) && reply.size() > 2", "reply"),
        ("reply.size() > 2 && has(reply)", "reply"),
        ("(reply == null && agreed) || reply.size() > 2", "reply"),
        ("meter.number.size() > 2", "meter.number"),
        ("!has(reply) && reply.size() > 2", "reply"),
        ("has(heir) && heir.mobile.size() > 2", "heir.mobile"),
        ("heir.language != 'ar' && heir.language.size() > 2", "heir.language"),
        ("agreed && verified", "verified"),
        ("!verified", "verified"),
        ("verified ? 1 : 2", "verified"),
        ("limit + 1 == 2", "limit"),
        ("-limit == 2", "limit"),
        ("limit < 3", "limit"),
        ("transferred_on > date_of_death", "transferred_on"),
        ("days_between(date_of_death, transferred_on) > 3", "transferred_on"),
        ("'x' in [reply]", "reply"),
        ("witnesses.exists(w, agreed)", "witnesses"),
        ("cpr + reply == 'x'", "reply"),
        ("reply matches 'x'", "reply"),
        ("cpr.contains(reply)", "reply"),
        ("contacts[limit] == null", "limit"),
        ("contacts.all(c, has(c.name)) && contacts[0].name.size() > 1", "contacts[0].name"),
        ("contacts.exists(c, has(c.name)) && contacts.all(c, c.name.size() > 1)", "c.name"),
        ("(reply ?? heir.name).size() > 1", "(reply ?? heir.name)"),
    ] {
        let findings = compile(source).expect_err(source);
        let expected = format!("`{quoted}` may be absent here");
        assert_eq!(
            findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>(),
            [expected],
            "`{source}`"
        );
        assert_eq!(&source[findings[0].span.clone()], quoted, "`{source}`");
    }
}

#[test]
fn the_finding_says_how_to_test() {
    for (source, suggestion) in [
        ("heir.mobile.size() > 2", "test it first with `has(heir.mobile) && …`"),
        ("contacts[0].name.size() > 2", "test it first with `has(contacts[0].name) && …`"),
        ("words[0].size() > 2", "test it first with `words.size() > 0 && …`"),
        ("(reply ?? heir.name).size() > 1", "say what holds instead with `((reply ?? heir.name) ?? …)`"),
    ] {
        assert_eq!(compile(source).unwrap_err()[0].suggestion.as_deref(), Some(suggestion), "`{source}`");
    }
}

#[test]
fn one_missing_test_is_reported_once() {
    // Each quantifier's element is another.
    let two = "contacts.all(c, c.name.size() > 1) && contacts.all(c, c.name.size() < 9)";
    assert_eq!(compile(two).unwrap_err().len(), 2);
    assert_eq!(compile("reply.size() > 2 && reply.size() < 9").unwrap_err().len(), 1);
}

#[test]
fn several_missing_tests_are_all_reported() {
    for source in ["reply.size() > 2 && limit > 3", "(reply.size() > 2 && has(heir.name)) && heir.name.size() > limit"]
    {
        assert_eq!(compile(source).unwrap_err().len(), 2, "`{source}`");
    }
}

#[test]
fn after_a_broken_test_absence_is_not_reported() {
    let findings = compile("has(replyy) && reply.size() > 2").unwrap_err();
    assert_eq!(findings.len(), 1, "{findings:?}");
}
