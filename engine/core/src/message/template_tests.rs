//! What a template says, what it refuses, and what it never does to the daemon.

use std::fmt::Write as _;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::message::segments;
use crate::value::Value;

fn family() -> Record {
    let heir = Record::from([("name".into(), "Sara".into()), ("email".into(), Value::Null)]);
    let contact = |name: &str| Value::Record(Record::from([("name".into(), name.into())]));
    Record::from([
        ("name".into(), "Isa".into()),
        ("heir".into(), Value::Record(heir)),
        ("nobody".into(), Value::Null),
        ("died".into(), Value::Date(date(2024, 5, 12))),
        ("at".into(), Value::Time("2024-05-12T21:30:00Z".parse().unwrap())),
        ("mobile".into(), "+97336123456".into()),
        ("account".into(), "100200304412".into()),
        ("kwh".into(), Value::Number(3000.0)),
        ("avoided".into(), Value::Number(124.5)),
        ("fils".into(), Value::Int(10_250)),
        ("agreed".into(), Value::Bool(true)),
        ("docs".into(), Value::List(vec!["ID card".into(), "deed".into()])),
        ("contacts".into(), Value::List(vec![contact("Sara"), contact("Ali")])),
    ])
}

fn bahrain() -> TimeZone {
    TimeZone::get("Asia/Bahrain").unwrap()
}

#[track_caller]
fn say_in(language: &str, source: &str) -> String {
    let template = Template::parse("test", language, source).unwrap_or_else(|error| panic!("{source}: {error}"));
    template.in_zone(bahrain()).render(&family()).unwrap_or_else(|error| panic!("{source}: {error}")).text
}

#[track_caller]
fn refused(source: &str) -> TemplateError {
    match Template::parse("test", "en", source) {
        Ok(template) => template.render(&family()).expect_err(source),
        Err(error) => error,
    }
}

#[test]
fn values_are_worded_for_people() {
    for (source, en, ar) in [
        ("{{ died }}", "2024-05-12", "2024-05-12"),
        ("{{ died | date }}", "12 May 2024", "12 مايو 2024"),
        ("{{ died | date | arabic_digits }}", "١٢ May ٢٠٢٤", "١٢ مايو ٢٠٢٤"),
        ("{{ '2024-08-01' | date }}", "1 August 2024", "1 أغسطس 2024"),
        ("{{ at }}", "2024-05-13T00:30:00+03:00", "2024-05-13T00:30:00+03:00"),
        ("{{ at | date }} {{ at | time }}", "13 May 2024 00:30", "13 مايو 2024 00:30"),
        ("{{ mobile | phone }}", "3612 3456", "3612 3456"),
        ("{{ '80001810' | phone }}", "80001810", "80001810"),
        ("{{ account | last4 }} {{ '12' | last4 }}", "4412 12", "4412 12"),
        ("{{ avoided | bhd }}", "124.500", "124.500"),
        ("{{ fils | bhd('fils') }}", "10.250", "10.250"),
        ("{{ kwh }} {{ kwh | bhd }} {{ 0.0005 | bhd }}", "3000 3000.000 0.001", "3000 3000.000 0.001"),
        ("{{ fils | arabic_digits }}", "١٠٢٥٠", "١٠٢٥٠"),
        ("{{ docs | join(', ') }}", "ID card, deed", "ID card, deed"),
        ("{% if died < '2024-06-01' | date %}{% endif %}x", "x", "x"),
        ("{{ heir.name | upper }} <&>", "SARA <&>", "SARA <&>"),
    ] {
        assert_eq!((say_in("en", source).as_str(), say_in("ar", source).as_str()), (en, ar), "{source}");
    }
}

#[test]
fn a_template_is_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    shared(&Template::parse("test", "en", "x").unwrap());
}

#[test]
fn instants_are_worded_in_the_zone_that_was_given() {
    let template = Template::parse("test", "en", "{{ at | date }} {{ at | time }}").unwrap();
    assert_eq!(template.render(&family()).unwrap().text, "12 May 2024 21:30");
    assert_eq!(template.in_zone(bahrain()).render(&family()).unwrap().text, "13 May 2024 00:30");
}

#[test]
fn a_name_that_is_given_in_one_place_is_the_case_s_own_in_others() {
    for (source, text) in [
        ("{% if agreed %}{{ kwh }}{% else %}{% set name = 'Huda' %}{% endif %} {{ name }}", "3000 Isa"),
        ("{% if agreed %}{% set name = 'Huda' %}{{ name }}{% endif %} {{ name }}", "Huda Huda"),
        ("{% with name = name | upper %}{{ name }}{% endwith %} {{ name }}", "ISA Isa"),
        ("{% with heir = heir.name %}{{ heir }}{% endwith %}", "Sara"),
        (
            "{% for one in contacts %}{{ one.name }} of {{ name }}, {% endfor %}{{ heir.name }}",
            "Sara of Isa, Ali of Isa, Sara",
        ),
        ("{% with name = 'Huda' %}{{ name }}{% endwith %} {{ name }}", "Huda Isa"),
    ] {
        assert_eq!(say_in("en", source), text, "{source}");
    }
}

#[test]
fn an_absent_value_is_never_printed() {
    for (source, path) in [
        ("Dear {{ nobody }},", "nobody"),
        ("Dear {{ heir.email }},", "heir.email"),
        ("Dear {{ heir.name }} {{ heir.mobile }},", "heir.mobile"),
        ("Dear {{ nobody | upper }},", "nobody"),
        ("Dear {{ nobody | arabic_digits }},", "nobody"),
        ("Dear {{ nobody | date }},", "nobody"),
        ("Dear {{ nobody | bhd }},", "nobody"),
        ("Dear {{ nobody | phone }},", "nobody"),
        ("Dear {{ 'x' ~ nobody }},", "nobody"),
        ("Dear {{ nobody.name }},", "nobody.name"),
        ("Dear {% for x in nobody %}{{ x }}{% endfor %},", "nobody"),
        ("Dear {% for c in contacts %}{{ c.email }}{% endfor %},", "c.email"),
    ] {
        let error = refused(&format!("Salam\n{source}"));
        assert_eq!((error.line, error.message.as_str()), (2, format!("`{path}` has no value").as_str()), "{source}");
        assert!(error.suggestion.unwrap().contains("default"), "{source}");
    }
}

#[test]
fn an_absent_value_may_be_asked_for() {
    for (source, text) in [
        ("{% if nobody %}a{% else %}b{% endif %}", "b"),
        ("{% if heir.name %}a{% endif %}", "a"),
        ("{% if heir.email is defined %}a{% else %}b{% endif %}", "b"),
        ("{{ heir.email | default('by post') }}", "by post"),
        ("{{ heir.name or 'friend' }}{{ nobody or 'friend' }}", "Sarafriend"),
    ] {
        assert_eq!(say_in("en", source), text, "{source}");
    }
}

#[test]
fn what_has_no_reading_is_not_printed() {
    for (source, message) in [
        ("{{ agreed }}", "yes or no"),
        ("{{ agreed | last4 }}", "yes or no"),
        ("{{ docs }}", "a list is not text"),
        ("{{ heir }}", "name one of its members"),
        ("{{ none }}", "name one of its members"),
        ("{{ 'x' | bhd }}", "`bhd` wants a number"),
        ("{{ 'Sara' | date }}", "`date` wants a date"),
        ("{{ 1 | bhd('euro') }}", "units `fils` and `dinars`"),
        ("{% if nobody %}x{% endif %}", "the rendered text is empty"),
    ] {
        assert!(refused(source).message.contains(message), "{source}: {}", refused(source));
    }
}

#[test]
fn an_error_never_holds_a_value_of_the_case() {
    for source in
        ["{{ name | int }}", "{{ name | float }}", "{{ name | round }}", "{{ name.x }}", "{{ mobile * name }}"]
    {
        let error = refused(source);
        assert!(!error.to_string().contains("Isa") && !error.to_string().contains("3612"), "{source}: {error}");
    }
}

#[test]
fn mistakes_are_found_when_the_file_is_read_with_their_places() {
    for (source, line, column, message, suggestion) in [
        ("a\nب {{ name | uper }}", 2, Some(13), "there is no filter `uper`", "did you mean `upper`?"),
        ("{{ died | dat }}", 1, Some(11), "there is no filter `dat`", "did you mean `date`?"),
        ("{% macro x() %}{% endmacro %}", 1, Some(4), "there is no tag `macro`", "a message knows `if`, `for`"),
        ("{% include 'x' %}", 1, Some(4), "there is no tag `include`", "a message knows"),
        ("{% if name is defind %}{% endif %}x", 1, Some(15), "there is no test `defind`", "did you mean `defined`?"),
        ("\n\na {{ name", 3, None, "the template cannot be read", ""),
        ("## level: 0\n\na\n{% if name %}b", 4, None, "the template cannot be read", ""),
        ("Subject: a {{ }}\n\nb", 1, None, "the template cannot be read", ""),
        ("Subject: a\nb", 1, None, "an empty line must follow the subject", ""),
        ("Subject:\n\nb", 1, None, "the subject is empty", ""),
        ("## level: 0\n\n", 1, None, "the template has no text", "write the words"),
        ("", 1, None, "the template has no text", ""),
    ] {
        let error = Template::parse("test", "en", source).expect_err(source);
        assert_eq!((error.line, error.column), (line, column), "{source}: {error}");
        assert!(error.message.starts_with(message), "{source}: {error}");
        assert!(error.suggestion.unwrap_or_default().starts_with(suggestion), "{source}");
    }
}

#[test]
fn a_mistake_that_only_a_family_shows_names_its_place() {
    let error = refused("## level: 1\nSubject: {{ name }}\n\nسلام {{ nam }}");
    assert_eq!((error.line, error.column), (4, Some(9)));
    assert_eq!(error.message, "`nam` has no value");
    assert_eq!(error.suggestion.as_deref(), Some("did you mean `name`?"));
}

#[test]
fn each_name_on_the_lists_exists_in_the_engine() {
    for name in FILTERS {
        let error = environment("en").render_str(&format!("{{{{ 'x' | {name} }}}}"), ()).err();
        assert_ne!(error.map(|error| error.kind()), Some(minijinja::ErrorKind::UnknownFilter), "{name}");
    }
    for name in TESTS {
        let error = environment("en").render_str(&format!("{{{{ 'x' is {name} }}}}"), ()).err();
        assert_ne!(error.map(|error| error.kind()), Some(minijinja::ErrorKind::UnknownTest), "{name}");
    }
}

#[test]
fn headers_and_subject_are_not_part_of_the_text() {
    let source = "\u{feff}## level: 1\r\n## for the second month\r\n##owner: communication: wording\r\n\r\n\
                  الموضوع: حساب {{ account | last4 }}\r\n\r\nالسيد {{ name }}،\r\n## stays\r\n\r\n";
    let template = Template::parse("documents", "ar", source).unwrap();
    let rendered = template.render(&family()).unwrap();
    assert_eq!(rendered.subject.as_deref(), Some("حساب 4412"));
    assert_eq!(rendered.text, "السيد Isa،\n## stays");
    assert_eq!(template.header("level"), Some("1"));
    assert_eq!(template.header("owner"), Some("communication: wording"));
    assert_eq!(template.header("stays"), None);
    assert_eq!(template.source(), source);
    assert!(template.has_subject());
    assert_eq!(Template::parse("a", "en", "The Subject: x").unwrap().render(&family()).unwrap().subject, None);
}

#[test]
fn a_name_cannot_begin_another_mail_header() {
    let template = Template::parse("a", "en", "Subject: for {{ name }}\n\nx").unwrap();
    let vars = Record::from([("name".into(), "Isa\r\nBcc: all@example.com\u{0}".into())]);
    assert_eq!(template.render(&vars).unwrap().subject.as_deref(), Some("for Isa Bcc: all@example.com"));
}

#[test]
fn a_value_is_never_a_template() {
    let vars = Record::from([("name".into(), "{{ secret }}{% if".into())]);
    assert_eq!(Template::parse("a", "en", "{{ name }}").unwrap().render(&vars).unwrap().text, "{{ secret }}{% if");
}

#[test]
fn the_variables_are_dotted_paths_without_what_the_template_brings() {
    let template = Template::parse(
        "a",
        "en",
        "Subject: {{ topic }}\n\n{% if heir.email %}{{ heir.name | upper }}{% endif %}{% set x = fils %}{{ x }}\
         {% for d in docs %}{{ loop.index }} {{ d.label }}{% endfor %}{% for i in range(2) %}{{ i }}{% endfor %}",
    )
    .unwrap();
    let expected = ["docs", "fils", "heir.email", "heir.name", "topic"].map(String::from);
    assert_eq!(template.variables(), BTreeSet::from(expected));
}

#[test]
fn tags_on_lines_of_their_own_leave_no_empty_lines() {
    let source = "We need:\n{% for d in docs %}\n- {{ d }}\n{% endfor %}\n{# for staff #}\nThank you{% if name %}, \
                  {{ name }}{% endif %}\nEWA";
    assert_eq!(say_in("en", source), "We need:\n- ID card\n- deed\nThank you, Isa\nEWA");
}

#[test]
fn a_hostile_template_is_refused_before_it_costs_anything() {
    let doubling = {
        let mut source = "{% set a = 'xxxxxxxx' %}".to_owned();
        for _ in 0..60 {
            source.push_str("{% set a = a ~ a %}");
        }
        source + "{{ a }}"
    };
    let mut nested = String::new();
    for level in 0..9 {
        write!(nested, "{{% for i{level} in range(99) %}}").unwrap();
    }
    nested.push('x');
    nested.push_str(&"{% endfor %}".repeat(9));
    let replaced = format!("{{{{ 'aa'{} }}}}", "|replace('a','aaaaaaaaaa')".repeat(20));
    let joined = "{{ range(90000)|join(range(90000)|join('aaaaaaaaaa')) }}";
    for source in [
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
        "{% for i in range(2) recursive %}{{ loop(range(99999)) }}{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ 'x\nx' | indent(999999999) }}",
        "{{ range(99999) | list | sort | reverse | join(',') }}",
        &doubling,
        &nested,
        &replaced,
        joined,
        &format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000)),
        &format!("{{{{ {}1 }}}}", "-".repeat(60_000)),
        &format!("{{{{{}1 }}}}", "-".repeat(60_000)),
        &format!("{{{{ {{1:{{}}}} }}}}{{{{ {{1:{{2:{}1}}}} }}}}", "-".repeat(60_000)),
        &format!("{{{{ 1{} }}}}", "+1".repeat(30_000)),
        &format!("{{{{ x{} }}}}", ".x".repeat(30_000)),
        &format!("{{{{ x{} }}}}", "|upper".repeat(9_000)),
        &format!("{{{{ {}x }}}}", "not ".repeat(15_000)),
        &format!("{{{{ {}x }}}}", "x if x else ".repeat(5_000)),
        &format!("{{% if x %}}{}{{% endif %}}", "{% elif x %}".repeat(5_000)),
        &"{% if 1 %}".repeat(6_000),
        &"{{ ) ".repeat(10_000),
        &"x".repeat(SOURCE_BYTES_MAX + 1),
        &format!("{{% for i in range(2000) %}}{}{{% endfor %}}", "x".repeat(1000)),
        &format!("{{% for i in range(70) %}}{}{{% endfor %}}", "x".repeat(1000)),
    ] {
        let refused = Template::parse("hostile", "en", source).and_then(|template| template.render(&family()));
        let start: String = source.chars().take(60).collect();
        assert!(refused.is_err(), "{start}");
    }
}

#[test]
fn the_largest_template_that_is_read_is_harmless() {
    let many = |sign: &str| sign.repeat(SIGNS_MAX - 3);
    let elifs = "{% elif nobody %}".repeat(BRACKETS_MAX - 3);
    for (source, text) in [
        (format!("{{{{ {}1 }}}}", many("-")), "-1"),
        (format!("{{{{ {}1 }}}}", "1+".repeat(SIGNS_MAX / 2 - 2)), "99"),
        (format!("{{% if nobody %}}{elifs}{{% else %}}x{{% endif %}}"), "x"),
        ("{{ name }}".repeat(BRACKETS_MAX), "Isa"),
        (format!("{{{{ name{} }}}}", "|upper".repeat(SIGNS_MAX / 2 - 2)), "ISA"),
    ] {
        assert!(say_in("en", &source).starts_with(text), "{}", say_in("en", &source));
    }
}

/// The wordings of the case model with a hotline of eight digits and a reference of five signs.
const WORDINGS: [(&str, &str, u32, u32); 10] = [
    (
        "ar",
        "السلام عليكم. معكم هيئة الكهرباء والماء. سنتصل بكم بشأن خدمة تخص الأسرة ولا يلزمكم أي إجراء الآن. للتحقق منا: {{ hotline }} مرجع {{ ref }}",
        128,
        2,
    ),
    (
        "ar",
        "السلام عليكم. حاولت هيئة الكهرباء والماء الاتصال بكم بشأن خدمة تخص الأسرة. يسعدنا اتصالكم متى ناسبكم: {{ hotline }} مرجع {{ ref }}",
        120,
        2,
    ),
    (
        "ar",
        "{{ name }}، أحسن الله عزاءكم. لنقل الحساب المنتهي بـ {{ acct4 }} نحتاج: {{ docs }}. نساعدكم خطوة بخطوة: {{ hotline }} مرجع {{ ref }}",
        128,
        2,
    ),
    (
        "ar",
        "تم نقل الحساب المنتهي بـ {{ acct4 }} إلى {{ heir }} اعتبارا من {{ date }}. الدعم الحكومي: {{ subsidy }}. نشكر لكم تعاونكم. مرجع {{ ref }}",
        118,
        2,
    ),
    (
        "ar",
        "احتراما لرغبتكم لن نعاود الاتصال بشأن هذا الموضوع. إن احتجتم إلينا فنحن في خدمتكم: {{ hotline }} مرجع {{ ref }}",
        101,
        2,
    ),
    (
        "en",
        "EWA here. We would like to call you about a household service. You need do nothing now. To check it is us, call {{ hotline }}, ref {{ ref }}.",
        131,
        1,
    ),
    (
        "en",
        "EWA tried to call you about a household service. Please call when it suits you: {{ hotline }}, ref {{ ref }}. There is no charge for this help.",
        133,
        1,
    ),
    (
        "en",
        "{{ name }}, we are sorry for your loss and thank you for your time. To move the account ending {{ acct4 }} we need: {{ docs }}. We will help: {{ hotline }}, ref {{ ref }}.",
        159,
        1,
    ),
    (
        "en",
        "The account ending {{ acct4 }} is in the name of {{ heir }} from {{ date }}. Government support: {{ subsidy }}. Thank you. Ref {{ ref }}",
        125,
        1,
    ),
    (
        "en",
        "As you asked, we will not contact you again about this. If you ever need us: {{ hotline }}, ref {{ ref }}.",
        96,
        1,
    ),
];

#[test]
fn the_wordings_of_the_case_model_take_the_parts_they_state() {
    let words = |language: &str| {
        let (name, docs, day, on) = match language {
            "ar" => ("مريم الحداد", "البطاقة، الفريضة", "12 مايو 2024", "مستمر"),
            _ => ("Maryam Alhaddad", "ID, deed", "12 May 2024", "continues"),
        };
        Record::from([
            ("hotline".into(), "17515555".into()),
            ("ref".into(), "K7M4P".into()),
            ("name".into(), name.into()),
            ("heir".into(), name.into()),
            ("acct4".into(), "4412".into()),
            ("docs".into(), docs.into()),
            ("date".into(), day.into()),
            ("subsidy".into(), on.into()),
        ])
    };
    for (language, source, units, parts) in WORDINGS {
        let text = Template::parse("wording", language, source).unwrap().render(&words(language)).unwrap().text;
        let sized = segments(&text);
        assert_eq!(sized.segments, parts, "{source}");
        assert_eq!(sized.encoding.as_str(), if language == "ar" { "ucs2" } else { "gsm7" }, "{source}");
        // The stated units are for sample values that the model does not give in full.
        assert!(sized.units.abs_diff(units) <= 15, "{source}: {} units", sized.units);
    }
}

/// A part of a template without the engine, and by it.
fn both_ways(template: &Template, part: &Part) -> (Option<String>, Option<String>) {
    let (vars, seen) = (family(), see_some(&family(), &bahrain(), &template.inner.asked));
    let plain = part.plain.as_ref().and_then(|plain| plain.render(&vars, TEXT_BYTES_MAX));
    // The engine drops the last line break; a text has no space around it in the end.
    (plain, template.by_engine(part, seen).ok().map(|text| text.trim_end_matches('\n').to_owned()))
}

#[test]
fn texts_that_only_put_values_between_words_need_no_engine() {
    let plainly = |source: &str| {
        let template = Template::parse("test", "en", source).unwrap();
        both_ways(&template, &template.inner.body).0
    };
    assert_eq!(
        plainly("{{ name }}, {{heir.name}}: {{ fils }} {{ died }}").as_deref(),
        Some("Isa, Sara: 10250 2024-05-12")
    );
    for by_engine in [
        "{{ name | upper }}",
        "{{- name }} so",
        "{# … #}{{ name }}",
        "{{ at }}",
        "{{ kwh }}",
        "{{ heir.email }} so",
        "{{ docs }}",
    ] {
        assert_eq!(plainly(by_engine), None, "{by_engine}");
    }
}

proptest! {
    #[test]
    fn what_is_put_together_without_the_engine_is_what_it_says(
        source in "(a |\\{\\{ ?(name|heir\\.name|heir|nobody|died|at|kwh|avoided|fils|agreed|docs|none|true|1|range|fils\\.x) ?\\}\\}|\\}\\}|\n|ن| ){1,12}"
    ) {
        let Ok(template) = Template::parse("any", "en", &source) else { return Ok(()) };
        if let (Some(plain), by_engine) = both_ways(&template, &template.inner.body) {
            prop_assert_eq!(Some(plain.trim_end_matches('\n')), by_engine.as_deref());
        }
    }

    #[test]
    fn any_source_is_read_or_refused(source in "(\\{\\{|\\}\\}|\\{%|%\\}|#|Subject: |\n|name|if |for |in |end|[|.('\" )-]|ن|\\PC){0,40}") {
        if let Ok(template) = Template::parse("any", "ar", &source) {
            let _ = template.render(&family());
        }
    }
}
