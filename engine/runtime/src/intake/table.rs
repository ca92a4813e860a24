//! A source held in memory to look rows up in: the accounts of a death, the family of a holder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use wasl_core::source::Source;
use wasl_core::value::{Record, Value};

use super::IntakeError;
use super::files::{SourceFile, expand};
use super::reader::{Conventions, FileProblem, Reader, Row};

/// Rows of a source by the values of some of its columns, in the order of the files.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<String>,
    /// Values in the order of `columns`: names are kept once, not once a row.
    rows: Vec<Box<[Value]>>,
    index: BTreeMap<Vec<String>, Vec<usize>>,
}

/// A row of a look-up source that could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// Its file.
    pub file: String,
    /// The row, with what is wrong.
    pub row: Row,
}

impl Table {
    /// Loads every file of `source`, indexed by the columns `on`. Rows that cannot be read are left out and returned.
    ///
    /// # Errors
    /// A file is missing, cannot be read or does not fit the source, or no row is left: looking up in half a table would
    /// screen families out wrongly, so that nothing is better.
    pub fn load(
        source: &Arc<Source>,
        on: &[String],
        base: &Path,
        conventions: &Conventions,
    ) -> Result<(Self, Vec<Unreadable>), IntakeError> {
        let columns = source.columns.names().map(str::to_owned).collect();
        let mut table = Self { columns, ..Self::default() };
        let mut unreadable = Vec::new();
        for file in expand(&source.name, &source.csv, base)? {
            table.load_file(source, on, &file, conventions, &mut unreadable)?;
        }
        if table.rows.is_empty() {
            return Err(IntakeError::LookupEmpty { source_name: source.name.clone(), csv: source.csv.clone() });
        }
        Ok((table, unreadable))
    }

    fn load_file(
        &mut self,
        source: &Arc<Source>,
        on: &[String],
        file: &SourceFile,
        conventions: &Conventions,
        unreadable: &mut Vec<Unreadable>,
    ) -> Result<(), IntakeError> {
        let failed = |cause| IntakeError::Read { path: file.path.clone(), cause };
        let input = BufReader::new(File::open(&file.path).map_err(failed)?);
        let mut reader =
            Reader::new(input, Arc::clone(source), conventions.clone()).map_err(|problem| match problem {
                FileProblem::Io(cause) => failed(cause),
                FileProblem::Header(reason) => IntakeError::LookupRefused {
                    source_name: source.name.clone(),
                    file: file.name.clone(),
                    reason: reason.en().to_owned(),
                },
            })?;
        while let Some(row) = reader.next_row().map_err(failed)? {
            match row.content {
                Ok(record) => self.add(record, on),
                Err(_) => unreadable.push(Unreadable { file: file.name.clone(), row }),
            }
        }
        Ok(())
    }

    fn add(&mut self, mut record: Record, on: &[String]) {
        // A row without the value belongs to nobody.
        if let Some(key) = on.iter().map(|column| key_part(record.get(column)?)).collect::<Option<Vec<_>>>() {
            self.index.entry(key).or_default().push(self.rows.len());
        }
        self.rows.push(self.columns.iter().map(|column| record.remove(column).unwrap_or_default()).collect());
    }

    /// The rows whose columns have these values, in the order of the files. An absent value matches nothing.
    pub fn find(&self, values: &[&Value]) -> impl Iterator<Item = Record> {
        let key: Option<Vec<String>> = values.iter().map(|value| key_part(value)).collect();
        let found = key.and_then(|key| self.index.get(&key)).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|place| self.rows.get(*place)).map(|row| self.record(row))
    }

    fn record(&self, row: &[Value]) -> Record {
        self.columns.iter().cloned().zip(row.iter().cloned()).collect()
    }
}

/// The text by which values of two sources are compared: `1` is the same as text and as number.
fn key_part(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::Date(value) => Some(value.to_string()),
        Value::Time(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Record(_) => None,
    }
}
