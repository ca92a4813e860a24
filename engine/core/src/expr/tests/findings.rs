//! What is wrong, where, and what to do: the source, and below it what the checker says.

use super::*;

/// The findings as a person sees them: carets, message, suggestion.
fn shown(source: &str, result: Result<Program, Vec<ExprError>>) -> Vec<String> {
    let width = |bytes: Span| source[bytes].chars().count();
    let line = |finding: ExprError| {
        let carets = "^".repeat(width(finding.span.clone()).max(1));
        let suggestion = finding.suggestion.map_or(String::new(), |suggestion| format!("; {suggestion}"));
        format!("{}{carets} {}{suggestion}", " ".repeat(width(0..finding.span.start)), finding.message)
    };
    result.err().unwrap_or_default().into_iter().map(line).collect()
}

#[track_caller]
fn finds(table: &[&[&str]]) {
    for rows in table {
        let [source, expected @ ..] = rows else { panic!("an empty row") };
        assert_eq!(shown(source, compile(source)), expected, "\n{source}");
    }
}

#[test]
fn unknown_names_members_and_functions() {
    finds(&[
        &["contact.size() == 0", "^^^^^^^ `contact` is not a known name; did you mean `contacts`?"],
        &["True", "^^^^ `True` is not a known name; did you mean `true`?"],
        &["mobile == null", "^^^^^^ `mobile` is not a known name; did you mean `heir.mobile`?"],
        &["has(heir.mobil)", "         ^^^^^ `heir` has no member `mobil`; did you mean `mobile`?"],
        &["account.qqq == 1", "        ^^^ `account` has no member `qqq`; its members: `number`, `rank`, `subsidised`"],
        &["cpr.length() == 9", "    ^^^^^^ `length` is not a known function; did you mean `size`?"],
        &["cpr.startswith('5')", "    ^^^^^^^^^^ `startswith` is not a known function; did you mean `startsWith`?"],
        &["now() == null", "^^^ `now` is not a known function"],
        &[
            "contacts.mobile == null",
            "         ^^^^^^ `contacts` is a list of contacts and has no member `mobile`; take one, as in `contacts[0].mobile`, or ask about all: `contacts.exists(c, c.mobile …)`",
        ],
        &["cpr.number == 1", "    ^^^^^^ `cpr` is text and has no member `number`"],
    ]);
}

#[test]
fn operands_that_do_not_go_together() {
    finds(&[
        &[
            "monthly_kwh == \"x\"",
            "^^^^^^^^^^^^^^^^^^ `monthly_kwh` is a number, `\"x\"` is text: they cannot be compared",
        ],
        &[
            "agreed > false",
            "^^^^^^^^^^^^^^ `agreed` is true or false, `false` is true or false: they cannot be compared",
        ],
        &["cpr > '5'", "^^^^^^^^^ `cpr` is text, `'5'` is text: texts have no order"],
        &[
            "received_at > date_of_death",
            "^^^^^^^^^^^^^^^^^^^^^^^^^^^ `received_at` is an instant, `date_of_death` is a date: they cannot be compared; a date is a whole day, an instant a moment in one: compare like with like",
        ],
        &["cpr + 1 == '1'", "^^^^^^^ `cpr` is text, `1` is a whole number: `+` needs numbers"],
        &[
            "attempts % 1.5 == 0",
            "^^^^^^^^^^^^^^ `attempts` is a whole number, `1.5` is a number: `%` needs whole numbers",
        ],
        &[
            "date_of_death - date_of_death",
            "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `date_of_death` is a date, `date_of_death` is a date: `-` needs numbers; ask for `days_between(a, b)`",
        ],
        &[
            "1 in words",
            "^^^^^^^^^^ `1` is a whole number, `words` is a list: none of its elements, text, can be equal",
        ],
        &["'5' in cpr", "       ^^^ `cpr` is text, not a list; ask `cpr.contains('5')`"],
        &["words.contains('a')", "^^^^^ `words` is a list, not text; ask `… in words`"],
        &[
            "heir ?? contacts",
            "^^^^^^^^^^^^^^^^ `heir` is a contact, `contacts` is a list of contacts: both must be of one type",
        ],
        &["agreed ? 1 : 'x'", "         ^^^^^^^ `1` is a whole number, `'x'` is text: both must be of one type"],
        &[
            "[1, 'x']",
            "    ^^^ `'x'` is text, but the elements before it are a whole number; a list holds values of one type",
        ],
        &[
            "contacts && agreed",
            "^^^^^^^^ `contacts` is a list of contacts, not true or false; write a condition, as in `contacts.size() > 0`",
        ],
        &["!attempts", " ^^^^^^^^ `attempts` is a whole number, not true or false"],
        &["contacts['a'] == null", "         ^^^ `'a'` is text, not a whole number"],
        &["cpr[0] == 'x'", "^^^ `cpr` is text: only lists have elements"],
        &["contacts[-1] == null", "         ^^ lists count from 0; write `[0]` for the first"],
        &["attempts.size() == 1", "^^^^^^^^ `attempts` is a whole number, not a list or text"],
    ]);
}

#[test]
fn literals_that_are_not_what_they_are_compared_with() {
    finds(&[
        &[
            "status == 'opn'",
            "          ^^^^^ 'opn' is not one of the words `open`, `waiting`, `closed`; did you mean `open`?",
        ],
        &[
            "status in ['open', 'xyzzy']",
            "                   ^^^^^^^ 'xyzzy' is not one of the words `open`, `waiting`, `closed`",
        ],
        &[
            "(last_status ?? 'none') == 'nine'",
            "                           ^^^^^^ 'nine' is not one of the words `open`, `waiting`, `closed`, `none`; did you mean `none`?",
        ],
        &[
            "date_of_death > '31.1.2024'",
            "                ^^^^^^^^^^^ `'31.1.2024'` is not a date; write year, month and day, as in \"2024-01-31\"",
        ],
        &[
            "date_of_death == '2023-02-29'",
            "                 ^^^^^^^^^^^^ `'2023-02-29'` is not a date; write year, month and day, as in \"2024-01-31\"",
        ],
        &[
            "received_at > '2024-01-31'",
            "              ^^^^^^^^^^^^ `'2024-01-31'` is not an instant; write day, time and offset, as in \"2024-01-31T09:30:00+03:00\"",
        ],
        &[
            "date(cpr) == date_of_death",
            "     ^^^ `cpr` is not a date; write year, month and day out, as in `date(\"2024-01-31\")`",
        ],
        &[
            "heir.mobile == '3300 0001'",
            "               ^^^^^^^^^^^ '3300 0001' is never equal to a phone number; phone numbers are kept with `+` and country code, without spaces, as in \"+97317000000\"",
        ],
        &[
            "cpr matches '(a'",
            "            ^^^^ this is not a valid pattern: unclosed group; a sign such as `(`, `[`, `*`, `+` or `?` that is meant as itself needs a backslash, as in r\"\\(\"",
        ],
        &[
            "cpr.matches(اللغة)",
            "            ^^^^^ a pattern must be a text written here; write it out between quotation marks, as in `reply matches \"yes|نعم\"`",
        ],
    ]);
}

#[test]
fn functions_called_in_the_wrong_way() {
    finds(&[
        &[
            "contains(cpr, '5')",
            "^^^^^^^^^^^^^^^^^^ `contains` does not take these arguments in this place; write it as in `reply.contains(\"yes\")`",
        ],
        &[
            "cpr.contains()",
            "^^^^^^^^^^^^^^ `contains` does not take these arguments in this place; write it as in `reply.contains(\"yes\")`",
        ],
        &[
            "contacts.exists(c.mobile)",
            "^^^^^^^^^^^^^^^^^^^^^^^^^ `exists` does not take these arguments in this place; write it as in `contacts.exists(c, c.mobile != null)`",
        ],
        &[
            "contacts.exists(cpr, true)",
            "                ^^^ `cpr` already names something else here; choose another name for the element",
        ],
        &[
            "contacts.exists(1, true)",
            "                ^ a name for the element should stand here; write it as in `contacts.exists(c, c.mobile != null)`",
        ],
        &[
            "contacts.exists(c, c.name)",
            "                   ^^^^^^ `c.name` is text, not true or false; write a condition, as in `has(c.name)`",
        ],
        &["cpr.exists(c, true)", "^^^ `cpr` is text, not a list"],
        &["has(1 + 1)", "    ^^^^^ `has` asks whether a field is there; write it as in `has(heir.mobile)`"],
    ]);
}

#[test]
fn slips_are_read_as_meant() {
    finds(&[
        &["attempts = 3", "         ^ `=` is not an operator here; write `==`"],
        &["attempts <> 3", "         ^^ `<>` is not an operator here; write `!=`"],
        &[
            "agreed and not agreed",
            "       ^^^ `and` is not an operator here; write `&&`",
            "           ^^^ `not` is not an operator here; write `!`",
        ],
        &["agreed && agreed or agreed", "                 ^^ `or` is not an operator here; write `||`"],
        &["cpr == “x”", "       ^^^ “…” are not the quotation marks of a text; write straight ones: \"…\" or '…'"],
        &["cpr in ['a'، 'b']", "           ^ `،` is not an operator here; write `,`"],
        // And the rest is still checked.
        &[
            "attempts = 'x'",
            "^^^^^^^^^^^^^^ `attempts` is a whole number, `'x'` is text: they cannot be compared",
            "         ^ `=` is not an operator here; write `==`",
        ],
        &[
            "cpr == 'a\\d'",
            "         ^^ `\\d` is not an escape; write `\\\\` for a backslash; a pattern is easier to read as r\"…\"",
        ],
    ]);
}

#[test]
fn what_cannot_be_read() {
    finds(&[
        &["", "^ the expression ends where a value should follow"],
        &["attempts >", "          ^ the expression ends where a value should follow"],
        &["(attempts > 1", "             ^ `(` is not closed: a `)` is missing"],
        &["attempts > 1)", "            ^ this `)` closes nothing"],
        &["[1 2]", "   ^ `2` cannot stand here: a `]` should close `[`"],
        &[
            "attempts > 1 agreed",
            "             ^^^^^^ `agreed` cannot follow here; an operator is missing before it, such as `&&` or `==`",
        ],
        &["1 < attempts < 3", "             ^ comparisons do not chain; join two with `&&`, as in `1 < n && n < 5`"],
        &["* 3", "^ `*` cannot stand here: a value is missing before it"],
        &["agreed ? 1", "          ^ a `:` and the value otherwise are missing; write `test ? a : b`"],
        &["cpr == 'x", "       ^^ this text is not closed: ' opens it; close it with '"],
        &["heir.", "     ^ the name of a field or function should follow the `.`"],
        &["attempts & 3", "         ^ `&` is not an operator; write `&&` for \"and\""],
        &[
            "attempts > 3days",
            "           ^^^^^ `3days` is neither a number nor a name; write the number alone, as in `3`",
        ],
        &["attempts > ٣", "           ^ `٣` is not a digit here; write numbers with the digits 0 to 9"],
        &["attempts\u{202e} > 3", "        ^ an invisible character, U+202E, stands here; remove it"],
        &[
            "attempts > 9223372036854775808",
            "           ^^^^^^^^^^^^^^^^^^^ this whole number is too large; write it with a decimal point",
        ],
        &["1e999 > 1", "^^^^^ `1e999` is too large a number"],
        &[
            "{}",
            "^ `{` has no meaning here: there are no record literals",
            " ^ `}` has no meaning here: there are no record literals",
        ],
        &["contacts[0](1)", "           ^ only functions can be called"],
    ]);
}

#[test]
fn all_findings_come_at_once() {
    finds(&[&[
        "statuss == 'open' && monthly_kwh > 'x' && heir.mobil == null || reply.size() > 2 || attempts",
        "^^^^^^^ `statuss` is not a known name; did you mean `status`?",
        "                     ^^^^^^^^^^^^^^^^^ `monthly_kwh` is a number, `'x'` is text: they cannot be compared",
        "                                               ^^^^^ `heir` has no member `mobil`; did you mean `mobile`?",
        "                                                                                    ^^^^^^^^ `attempts` is a whole number, not true or false; write a condition, as in `attempts > 0`",
    ]]);
    let both_sides = compile("a1 == b2").unwrap_err();
    assert_eq!(both_sides.len(), 2);
}

#[test]
fn the_result_must_be_what_is_expected() {
    let status = scope().get("status").unwrap().ty.clone();
    for (source, expected, finding) in [
        (
            "cpr",
            &Type::Bool,
            "^^^ a guard must be true or false; this is text; write a condition, as in `cpr == \"…\"`",
        ),
        ("null", &Type::Bool, "^^^^ a guard must be true or false; this is `null`"),
        ("verified", &Type::Bool, "^^^^^^^^ `verified` may be absent here; test it first with `has(verified) && …`"),
        ("attempts", &Type::Date, "^^^^^^^^ this must be a date; it is a whole number"),
        (
            "'31 January'",
            &Type::Date,
            "^^^^^^^^^^^^ `'31 January'` is not a date; write year, month and day, as in \"2024-01-31\"",
        ),
        ("monthly_kwh", &Type::Int, "^^^^^^^^^^^ this must be a whole number; it is a number"),
        ("cpr", &status, "^^^ this must be one of the words open, waiting, closed; it is text"),
        (
            "agreed ? 'open' : 'gone'",
            &status,
            "                  ^^^^^^ 'gone' is not one of the words `open`, `waiting`, `closed`",
        ),
        ("cpr", &Type::Phone, "^^^ this must be a phone number; it is text"),
        ("account", &Type::contact(), "^^^^^^^ this must be a contact; it is a record"),
    ] {
        assert_eq!(shown(source, Program::compile_as(source, &scope(), expected)), [finding], "\n{source}");
    }
}
