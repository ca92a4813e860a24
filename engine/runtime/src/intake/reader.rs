//! One CSV file, row by row: header matched by name, each row read by the types of its source.
//!
//! Streams: the memory that it needs does not depend on the file's length. Which files there are is [`super::files`]'s;
//! whether a row opens a case is [`super::screen`]'s.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use wasl_core::lang::Texts;
use wasl_core::schema::{Problem, Reading, mask};
use wasl_core::source::Source;
use wasl_core::value::{Record, Value};

use super::files::hex;
use super::limits::GIVEN_CHARS_MAX;
use super::records::{RawRecord, Records};
use crate::store::Given;

/// What reading depends on besides the files.
#[derive(Clone, Debug)]
pub struct Conventions {
    /// ISO country whose phone numbers are written without a country code.
    pub region: String,
    /// The day that `past` compares with.
    pub today: Date,
    /// The zone of times without one.
    pub zone: TimeZone,
}

impl Conventions {
    /// The same, as the core takes it.
    pub fn reading(&self) -> Reading<'_> {
        Reading { region: &self.region, today: self.today, zone: &self.zone }
    }
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The physical line on which it starts, from 1.
    pub line: u64,
    /// SHA-256 of its content as 64 hexadecimal digits: the same for the same values, whatever the order of the columns,
    /// the line ends and the quoting.
    pub hash: String,
    /// Its values, or everything that is wrong with it. An empty field name stands for the row as a whole.
    pub content: Result<Record, Vec<Problem>>,
    /// What stood in it, where it cannot be read: for whoever corrects it.
    pub given: Given,
}

/// What keeps a file from being read.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its first line does not fit the source.
    #[error("{}", .0.en())]
    Header(Texts),
}

/// The rows of one file.
pub struct Reader<R> {
    source: Arc<Source>,
    conventions: Conventions,
    records: Records<R>,
    /// For each column of the source, its place in the file.
    places: Vec<usize>,
    /// How many fields a row has.
    width: usize,
    ignored: Vec<String>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header and matches it with the columns of `source`.
    ///
    /// # Errors
    /// Reading failed, or a column is missing or there twice.
    pub fn new(input: R, source: Arc<Source>, conventions: Conventions) -> Result<Self, FileProblem> {
        let mut records = Records::new(input);
        let header = read_header(&mut records).map_err(|problem| match problem {
            FileProblem::Header(reason) => FileProblem::Header(with_columns(&reason, &source)),
            io @ FileProblem::Io(_) => io,
        })?;
        let places = places(&header, &source).map_err(FileProblem::Header)?;
        let ignored = header.iter().filter(|name| !name.is_empty() && source.columns.get(name).is_none());
        let (ignored, width) = (ignored.cloned().collect(), header.len());
        Ok(Self { source, conventions, records, places, width, ignored })
    }

    /// Columns of the file that the source does not declare.
    pub fn ignored_columns(&self) -> &[String] {
        &self.ignored
    }

    /// The input, of which some may be read ahead.
    pub fn input(&self) -> &R {
        self.records.input()
    }

    /// The input, after the last row.
    pub fn into_inner(self) -> R {
        self.records.into_inner()
    }

    /// The next row; `None` at the end of the file.
    ///
    /// # Errors
    /// Reading failed.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        loop {
            match self.records.next()? {
                None => return Ok(None),
                Some(RawRecord::Broken { line, bytes, reason }) => {
                    let given = Given { whole: Some(shown(&bytes)), ..Given::default() };
                    return Ok(Some(Row {
                        line,
                        hash: hash_parts([&bytes[..]]),
                        content: Err(vec![of_row(reason)]),
                        given,
                    }));
                }
                Some(RawRecord::Fields { fields, .. }) if fields.iter().all(|field| tidy_bytes(field).is_empty()) => {}
                Some(RawRecord::Fields { line, fields }) => return Ok(Some(self.read(line, &fields))),
            }
        }
    }

    fn read(&self, line: u64, fields: &[Vec<u8>]) -> Row {
        if fields.len() != self.width {
            let reason = format!("has {} fields instead of {}", fields.len(), self.width);
            let hash = hash_parts(fields.iter().map(Vec::as_slice));
            return Row { line, hash, content: Err(vec![of_row(reason)]), given: self.told_apart(fields) };
        }
        let places: BTreeMap<&str, usize> = self.source.columns.names().zip(self.places.iter().copied()).collect();
        let value =
            |column: &str| places.get(column).and_then(|place| fields.get(*place)).map_or(&[][..], Vec::as_slice);
        row_of(&self.source, &self.conventions, line, value)
    }

    /// The fields of a row that has too few or too many: where the header has them, as far as there are any.
    fn told_apart(&self, fields: &[Vec<u8>]) -> Given {
        let by_place = self.source.columns.names().zip(&self.places);
        let there = by_place.filter_map(|(column, place)| Some((column.to_owned(), shown(fields.get(*place)?))));
        let whole: Vec<String> = fields.iter().map(|field| shown(field)).collect();
        Given { fields: there.collect(), whole: Some(whole.join(",")) }
    }
}

/// A row of these values by column, read by the types of its source.
pub(super) fn row_of<'v>(
    source: &Source,
    conventions: &Conventions,
    line: u64,
    value: impl Fn(&str) -> &'v [u8],
) -> Row {
    let (mut hash, mut record) = (RowHash::default(), Record::new());
    let (mut given, mut unreadable) = (Given::default(), Vec::new());
    for column in &source.columns.fields {
        let bytes = tidy_bytes(value(&column.name));
        hash.add(&column.name, bytes);
        match text_of(bytes) {
            Ok(text) => _ = record.insert(column.name.clone(), Value::Text(text.to_owned())),
            Err(reason) => {
                let shown = shown(bytes);
                let value = if column.personal { mask(&shown) } else { shown };
                unreadable.push(Problem { field: column.name.clone(), value, reason: reason.into() });
            }
        }
    }
    let content = fit(source, conventions, &record, unreadable);
    if content.is_err() {
        given.fields = source.columns.names().map(|name| (name.to_owned(), shown(tidy_bytes(value(name))))).collect();
    }
    Row { line, hash: hash.finish(), content, given }
}

/// The values by their types; columns that are no text at all are reported as that alone.
fn fit(
    source: &Source,
    conventions: &Conventions,
    record: &Record,
    unreadable: Vec<Problem>,
) -> Result<Record, Vec<Problem>> {
    let fitted = source.columns.fit(record, &conventions.reading());
    if unreadable.is_empty() {
        return fitted;
    }
    let reported: BTreeSet<String> = unreadable.iter().map(|problem| problem.field.clone()).collect();
    let others = fitted.err().unwrap_or_default().into_iter().filter(|problem| !reported.contains(&problem.field));
    Err(unreadable.into_iter().chain(others).collect())
}

/// Bytes as people can look at them, within a limit.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}").trim_end().chars().take(GIVEN_CHARS_MAX).collect()
}

fn read_header<R: BufRead>(records: &mut Records<R>) -> Result<Vec<String>, FileProblem> {
    let refused = |en: &str, ar: &str| FileProblem::Header(Texts::both(en, ar));
    let fields = match records.next()? {
        None => return Err(refused("the file is empty", "الملف فارغ")),
        Some(RawRecord::Broken { reason, .. }) => return Err(FileProblem::Header(in_words(&reason))),
        Some(RawRecord::Fields { fields, .. }) => fields,
    };
    let wide = fields.first().is_some_and(|field| field.starts_with(b"\xff\xfe") || field.starts_with(b"\xfe\xff"));
    if wide {
        return Err(refused(
            "the file is UTF-16; save it as `CSV UTF-8`",
            "الملف بترميز UTF-16؛ احفظه بصيغة `CSV UTF-8`",
        ));
    }
    let names = fields.iter().map(|field| text_of(tidy_bytes(field)).map(str::to_owned));
    names.collect::<Result<_, _>>().map_err(|reason| {
        let why = in_words(reason);
        refused(&format!("a column's name {}", why.en()), &format!("اسم أحد الأعمدة {}", why.get("ar")))
    })
}

/// Where each column of the source stands in the file.
fn places(header: &[String], source: &Source) -> Result<Vec<usize>, Texts> {
    let (mut places, mut missing) = (Vec::new(), Vec::new());
    for name in source.columns.names() {
        let mut found = header.iter().enumerate().filter(|(_, column)| *column == name);
        match (found.next(), found.next()) {
            (Some((place, _)), None) => places.push(place),
            (Some(_), Some(_)) => {
                let en = format!("the column `{name}` is there twice; keep one");
                return Err(Texts::both(en, format!("العمود `{name}` مكرر؛ أبقِ واحدا")));
            }
            (None, _) => missing.push(format!("`{name}`")),
        }
    }
    if missing.is_empty() {
        return Ok(places);
    }
    let (columns, are) = if missing.len() == 1 { ("column", "is") } else { ("columns", "are") };
    let hint = match header {
        [only] if only.contains(';') => (
            "; the fields seem to be separated by `;`, save the file with commas",
            "؛ يبدو أن الحقول مفصولة بعلامة `;`، فاحفظ الملف بفواصل `,`",
        ),
        [only] if only.contains('\t') => (
            "; the fields seem to be separated by tabs, save the file with commas",
            "؛ يبدو أن الحقول مفصولة بعلامات جدولة، فاحفظ الملف بفواصل `,`",
        ),
        _ => ("", ""),
    };
    let (found, names) = (|between| header.join(between), |between| missing.join(between));
    Err(Texts::both(
        format!("the {columns} {} {are} missing; the file has `{}`{}", names(", "), found("`, `"), hint.0),
        format!("تنقص الملف هذه الأعمدة: {}؛ وفيه: `{}`{}", names("، "), found("`، `"), hint.1),
    ))
}

fn with_columns(reason: &Texts, source: &Source) -> Texts {
    let columns: Vec<&str> = source.columns.names().collect();
    Texts::both(
        format!("{}; its first line must name the columns `{}`", reason.en(), columns.join("`, `")),
        format!("{}؛ يجب أن يسمي سطره الأول هذه الأعمدة: `{}`", reason.get("ar"), columns.join("`، `")),
    )
}

/// A reason that rows are refused for as well.
fn in_words(reason: &str) -> Texts {
    let problem = of_row(reason.to_owned());
    Texts::each(|language| problem.reason_in(language))
}

fn text_of(bytes: &[u8]) -> Result<&str, &'static str> {
    if bytes.contains(&0) {
        return Err("contains a NUL byte");
    }
    std::str::from_utf8(bytes).map_err(|_| "is not UTF-8 text")
}

/// A field without what surrounds its value: spaces of any script, byte order marks, marks of writing direction.
fn tidy_bytes(bytes: &[u8]) -> &[u8] {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.trim_ascii() };
    let invisible = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.trim_matches(invisible).as_bytes()
}

fn of_row(reason: String) -> Problem {
    Problem { field: String::new(), value: String::new(), reason }
}

/// The hash of a row's values in the order of the source's columns. Empty values are left out, so that a new optional
/// column does not make every old row a new one.
#[derive(Default)]
struct RowHash(Sha256);

impl RowHash {
    fn add(&mut self, column: &str, value: &[u8]) {
        if !value.is_empty() {
            self.part(column.as_bytes());
            self.part(value);
        }
    }

    /// Lengths keep the boundaries between parts unambiguous.
    fn part(&mut self, bytes: &[u8]) {
        self.0.update(bytes.len().to_be_bytes());
        self.0.update(bytes);
    }

    fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The hash of a row that could not be matched with columns.
fn hash_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = RowHash::default();
    for part in parts {
        hash.part(part);
    }
    hash.finish()
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
