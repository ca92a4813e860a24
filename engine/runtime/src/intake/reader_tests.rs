//! The reader's rules as tables: what is mended, what is rejected and how it is reported.

use std::cell::Cell;

use jiff::civil::date;
use wasl_core::lang::Texts;
use wasl_core::schema::{Field, Schema};
use wasl_core::value::Type;

use super::*;

fn conventions() -> Conventions {
    Conventions { region: "BH".into(), today: date(2024, 6, 1), zone: TimeZone::UTC }
}

/// cpr (personal, nine digits), died (date, past), kwh (number, optional), mobile (phone, optional, personal).
fn source() -> Arc<Source> {
    let pattern = Some(regex::Regex::new("[0-9]{9}").unwrap());
    let fields = vec![
        Field { personal: true, pattern, ..Field::new("cpr", Type::Text) },
        Field { past: true, ..Field::new("died", Type::Date) },
        Field { optional: true, ..Field::new("kwh", Type::Number) },
        Field { optional: true, personal: true, ..Field::new("mobile", Type::Phone) },
    ];
    let columns = Schema { fields };
    Arc::new(Source {
        name: "register".into(),
        title: Texts::default(),
        csv: "register.csv".into(),
        key: Vec::new(),
        columns,
    })
}

fn rows(text: &[u8]) -> Vec<Row> {
    let mut reader = Reader::new(text, source(), conventions()).unwrap();
    std::iter::from_fn(|| reader.next_row().unwrap()).collect()
}

/// Each row as `line: a|b|c|d` or `line! field=value reason; …`.
fn shown(text: &[u8]) -> Vec<String> {
    let show = |row: &Row| match &row.content {
        Ok(record) => {
            let value = |name| match &record[name] {
                Value::Null => String::new(),
                Value::Text(text) => text.clone(),
                other => other.to_json().to_string(),
            };
            format!("{}: {}", row.line, ["cpr", "died", "kwh", "mobile"].map(value).join("|"))
        }
        Err(problems) => {
            let problems =
                problems.iter().map(|problem| format!("{}={} {}", problem.field, problem.value, problem.reason));
            format!("{}! {}", row.line, problems.collect::<Vec<_>>().join("; "))
        }
    };
    rows(text).iter().map(show).collect()
}

const HEADER: &str = "cpr,died,kwh,mobile\n";
const GOOD: &str = "2: 123456789|\"2024-05-01\"|12.5|+97333123456";

#[test]
fn what_loses_no_meaning_is_mended() {
    for text in [
        "cpr,died,kwh,mobile\n123456789,2024-05-01,12.5,33123456\n",
        "\u{feff}cpr,died,kwh,mobile\n123456789,2024-05-01,12.5,33123456",
        "cpr,died,kwh,mobile\r\n123456789,2024-05-01,12.5,33123456\r\n\r\n",
        "\"cpr\",\"died\",\"kwh\",\"mobile\"\n\"123456789\",\"2024-05-01\",\"12.5\",\"33123456\"\n,,,\n",
        " cpr ,died,kwh,mobile\n 123456789 ,\u{a0}2024-05-01,12.5,\u{200f}0097333123456\n",
        "mobile,kwh,note,died,cpr\n٣٣١٢٣٤٥٦,12.5,ignored,2024-05-01,123456789\n",
    ] {
        assert_eq!(shown(text.as_bytes()), [GOOD], "{text:?}");
    }
}

#[test]
fn what_would_be_a_guess_is_rejected_with_its_column_and_reason() {
    let cases: &[(&str, &str)] = &[
        ("12345O789,2024-05-01,,", "2! cpr=1•••••••9 does not match `[0-9]{9}`"),
        ("1234567,2024-05-01,,", "2! cpr=1•••••7 does not match `[0-9]{9}`"),
        (",2024-05-01,,", "2! cpr= is missing"),
        ("123456789,,,", "2! died= is missing"),
        ("123456789,31/02/2024,,", "2! died=31/02/2024 is not a date like 2024-05-31"),
        ("123456789,2031-01-01,,", "2! died=2031-01-01 lies in the future"),
        ("123456789,2024-05-01,\"12,5\",", "2! kwh=12,5 is not a number"),
        ("123456789,2024-05-01,٣٦,", "2! kwh=٣٦ is not a number"),
        ("123456789,2024-05-01,12", "2! = has 3 fields instead of 4"),
        ("123456789,2024-05-01,12,,", "2! = has 5 fields instead of 4"),
        ("123456789,\"2024-05-01,12,", "2! = a quote is opened and never closed"),
        ("12,tomorrow,,", "2! cpr=•• does not match `[0-9]{9}`; died=tomorrow is not a date like 2024-05-31"),
    ];
    for (row, expected) in cases {
        assert_eq!(shown(format!("{HEADER}{row}\n").as_bytes()), [*expected], "{row}");
    }
}

#[test]
fn bytes_that_are_no_text_reject_their_row_only() {
    let mut text = HEADER.as_bytes().to_vec();
    text.extend_from_slice(b"12345\xff789,2024-05-01,,\n123456789,2024\0-05-01,,\n123456789,\xe9,1,\n");
    text.extend_from_slice(b"1\xff,tomorrow,,\n123456789,2024-05-01,12.5,33123456\n");
    assert_eq!(
        shown(&text),
        [
            "2! cpr=1•••••••9 is not UTF-8 text",
            "3! died=2024\u{fffd}-05-01 contains a NUL byte",
            "4! died=\u{fffd} is not UTF-8 text",
            "5! cpr=•• is not UTF-8 text; died=tomorrow is not a date like 2024-05-31",
            &GOOD.replace("2: ", "6: "),
        ]
    );
}

#[test]
fn a_row_after_a_quoted_line_break_has_its_physical_line() {
    let text = "cpr,died,kwh,mobile,note\n123456789,2024-05-01,,,\"one\r\ntwo\nthree\"\n1,2024-05-01,,,\n";
    assert_eq!(shown(text.as_bytes()), ["2: 123456789|\"2024-05-01\"||", "5! cpr=• does not match `[0-9]{9}`"]);
}

#[test]
fn a_file_whose_header_does_not_fit_is_refused() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "the file is empty; its first line must name the columns `cpr`, `died`, `kwh`, `mobile`"),
        (b"cpr,kwh,mobile\n", "the column `died` is missing; the file has `cpr`, `kwh`, `mobile`"),
        (b"died,mobile\n", "the columns `cpr`, `kwh` are missing; the file has `died`, `mobile`"),
        (b"cpr,died,kwh,mobile,cpr\n", "the column `cpr` is there twice; keep one"),
        (b"\xff\xfec\0p\0r\0\n", "the file is UTF-16; save it as `CSV UTF-8`"),
        (b"cp\xff,died\n", "a column's name is not UTF-8 text"),
        (b"cpr;died;kwh;mobile\n", "the fields seem to be separated by `;`"),
        (b"cpr,died\r123456789,2024-05-01\r", "a carriage return stands in the middle of the line"),
    ];
    for (text, expected) in cases {
        let refused = Reader::new(*text, source(), conventions()).err().unwrap();
        assert!(refused.to_string().contains(expected), "{refused}");
        let FileProblem::Header(reason) = refused else { panic!("{refused}") };
        let begins_arabic = reason.get("ar").starts_with(|c| ('\u{620}'..='\u{64a}').contains(&c));
        assert!(begins_arabic && !reason.get("ar").contains("column"), "{reason:?}");
    }
}

#[test]
fn a_row_that_cannot_be_taken_apart_is_told_in_arabic_too() {
    let long = format!("{}\n", "x".repeat(2_000_000));
    for (text, expected) in [
        ("123456789,2024-05-01\n", "عدد حقوله 2 بدلا من 4"),
        ("123456789,\"2024-05-01,,\n", "علامة اقتباس فُتحت ولم تُغلق"),
        (long.as_str(), "السطر أطول من الحد: "),
    ] {
        let file = format!("cpr,died,kwh,mobile\n{text}");
        let mut reader = Reader::new(file.as_bytes(), source(), conventions()).unwrap();
        let problems = reader.next_row().unwrap().unwrap().content.unwrap_err();
        assert!(problems[0].reason_in("ar").starts_with(expected), "{}", problems[0].reason_in("ar"));
    }
}

#[test]
fn undeclared_columns_are_named() {
    let reader = Reader::new(&b"cpr,died,kwh,mobile,note,,note\n"[..], source(), conventions()).unwrap();
    assert_eq!(reader.ignored_columns(), ["note", "note"]);
}

#[test]
fn a_row_hash_follows_from_the_values_alone() {
    let hash = |text: &str| rows(text.as_bytes())[0].hash.clone();
    let plain = hash("cpr,died,kwh,mobile\n123456789,2024-05-01,1,\n");
    for same in [
        "cpr,died,kwh,mobile\r\n\"123456789\",2024-05-01,1, \r\n",
        "kwh,mobile,cpr,died,note\n1,,123456789,2024-05-01,x\n",
    ] {
        assert_eq!(hash(same), plain, "{same:?}");
    }
    assert_ne!(hash("cpr,died,kwh,mobile\n123456789,2024-05-01,,1\n"), plain);
    assert_ne!(hash("cpr,died,kwh,mobile\n123456789,2024-05-02,1,\n"), plain);
    assert_ne!(hash("cpr,died,kwh,mobile\n1,2,3\n"), hash("cpr,died,kwh,mobile\n12,,3\n"));
}

#[test]
fn a_long_file_is_streamed() {
    /// Makes rows only as they are read, and says how many it made.
    struct Endless<'a> {
        made: &'a Cell<u32>,
        ahead: Vec<u8>,
    }
    impl io::Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.ahead.is_empty() && self.made.get() < 3_000 {
                self.made.set(self.made.get() + 1);
                self.ahead = b"123456789,2024-05-01,,\n".to_vec();
            }
            let count = self.ahead.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            Ok(count)
        }
    }
    let made = Cell::new(0);
    let input = io::BufReader::with_capacity(64, Endless { made: &made, ahead: HEADER.into() });
    let mut reader = Reader::new(input, source(), conventions()).unwrap();
    for row in 1..=3_000 {
        assert_eq!(reader.next_row().unwrap().unwrap().line, row + 1);
        assert!(u64::from(made.get()) <= row + 4, "row {row}: {} rows were read ahead", made.get());
    }
    assert_eq!(reader.next_row().unwrap(), None);
}
