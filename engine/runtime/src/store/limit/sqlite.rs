//! The limit on `SQLite`: prepared statements, one row after the other, on one connection of the bare driver.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};

use crate::store::connect::LOG_PAGES_MAX;

use super::{ADDED, CHANGING, NUMBERED, SLEEPING_FROM, SLEEPING_UNTIL, word_of};

type LimitError = rusqlite::Error;

type Row = Vec<Value>;

/// A table's columns and some of its rows.
#[derive(Clone, Debug)]
struct Rows {
    table: &'static str,
    columns: Vec<String>,
    those: Vec<Row>,
}

impl Rows {
    /// Those for which the condition holds, but for the first so many.
    fn read(db: &Connection, table: &'static str, condition: &str, after: usize) -> Result<Self, LimitError> {
        let mut statement = db.prepare(&format!("SELECT * FROM {table} WHERE {condition} ORDER BY rowid"))?;
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let count = columns.len();
        let rows =
            statement.query_map([], |row| (0..count).map(|n| row.get::<_, Value>(n)).collect::<Result<Row, _>>())?;
        let rows = rows.skip(after).collect::<Result<Vec<Row>, _>>()?;
        Ok(Self { table, columns, those: rows })
    }

    fn insert(&self) -> String {
        let marks = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO {} ({}) VALUES ({marks})", self.table, self.columns.join(", "))
    }

    fn value(&self, row: &Row, column: &str) -> Value {
        let n = self.columns.iter().position(|name| name == column);
        n.and_then(|n| row.get(n)).cloned().unwrap_or(Value::Null)
    }

    /// The row as it is of another case.
    fn of(&self, row: &Row, case: i64) -> Row {
        let of_case = |(column, value): (&String, &Value)| match (column.as_str(), value) {
            ("id", Value::Integer(_)) if NUMBERED.contains(&self.table) => Value::Null,
            ("id", Value::Text(id)) => Value::Text(format!("{case}{}", id.strip_prefix('1').unwrap_or(id))),
            ("id" | "case_id", _) => Value::Integer(case),
            ("source_id", _) => Value::Text(case.to_string()),
            ("reference", _) => Value::Text(format!("{case:06}")),
            ("case_key", _) => Value::Text(format!("L-{case:08}")),
            ("person", Value::Text(_)) => Value::Text(format!("+9733{case:07}")),
            ("word", Value::Text(word)) => Value::Text(word_of(word, case)),
            _ => value.clone(),
        };
        self.columns.iter().zip(row).map(of_case).collect()
    }
}

/// What one transition leaves behind.
#[derive(Clone, Debug)]
struct Transition {
    case: Rows,
    /// One for each of [`ADDED`].
    added: Vec<Rows>,
}

impl Transition {
    /// What came after others.
    fn read(db: &Connection, before: &[&Self]) -> Result<Self, LimitError> {
        let rows = |(n, table): (usize, &'static str)| {
            let there = before.iter().map(|transition| transition.added[n].those.len()).sum();
            Rows::read(db, table, "case_id = 1", there)
        };
        let added = ADDED.into_iter().enumerate().map(rows).collect::<Result<_, _>>()?;
        Ok(Self { case: Rows::read(db, "cases", "id = 1", 0)?, added })
    }

    fn insert_added(&self, tx: &Transaction<'_>, case: i64) -> Result<(), LimitError> {
        self.added.iter().try_for_each(|rows| insert(tx, rows, case))
    }
}

/// The rows of the case with number 1, transition by transition.
pub(super) struct Recording {
    db: Connection,
    schema: Vec<String>,
    versions: Rows,
    opening: Transition,
    transitions: Vec<Transition>,
}

impl Recording {
    /// Begins with the case as it was opened.
    pub(super) fn begin(database: &Path) -> Result<Self, LimitError> {
        let db = Connection::open(database)?;
        let wanted = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
        let schema = db.prepare(wanted)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let opening = Transition::read(&db, &[])?;
        let versions = Rows::read(&db, "workflow_versions", "TRUE", 0)?;
        Ok(Self { db, schema, versions, opening, transitions: Vec::new() })
    }

    /// Notes what has become of it since.
    pub(super) fn transition(&mut self) -> Result<(), LimitError> {
        let before: Vec<&Transition> = std::iter::once(&self.opening).chain(&self.transitions).collect();
        let transition = Transition::read(&self.db, &before)?;
        self.transitions.push(transition);
        Ok(())
    }
}

/// A database to play a recording in.
pub(super) struct Limit<'r> {
    db: Connection,
    recording: &'r Recording,
}

impl<'r> Limit<'r> {
    /// A new database with the same tables and indexes.
    pub(super) fn new(database: &Path, recording: &'r Recording) -> Result<Self, LimitError> {
        let limit = Self::beside(database, recording)?;
        for statement in &recording.schema {
            limit.db.execute_batch(statement)?;
        }
        let versions = &recording.versions;
        for row in &versions.those {
            limit.db.execute(&versions.insert(), params_from_iter(row))?;
        }
        Ok(limit)
    }

    /// A second connection to a database that is there.
    pub(super) fn beside(database: &Path, recording: &'r Recording) -> Result<Self, LimitError> {
        Ok(Self { db: connect(database)?, recording })
    }

    pub(super) fn transitions(&self) -> usize {
        self.recording.transitions.len()
    }

    /// Opens these cases.
    pub(super) fn open(&mut self, cases: Range<i64>, batch: u32) -> Result<(), LimitError> {
        let opening = &self.recording.opening;
        let written = in_batches(&mut self.db, cases, batch, |tx, case| {
            insert(tx, &opening.case, case)?;
            opening.insert_added(tx, case)
        });
        written.map(|_| ())
    }

    /// Takes every one of these cases through a transition; how long each transaction took.
    pub(super) fn play(
        &mut self,
        transition: usize,
        cases: Range<i64>,
        batch: u32,
    ) -> Result<Vec<Duration>, LimitError> {
        let Some(transition) = self.recording.transitions.get(transition) else { return Ok(Vec::new()) };
        let changed = &transition.case;
        let sets: Vec<String> = CHANGING.iter().map(|column| format!("{column} = ?")).collect();
        let update = format!("UPDATE cases SET {} WHERE id = ? AND version = ?", sets.join(", "));
        let Some(row) = changed.those.first() else { return Ok(Vec::new()) };
        let values: Row = CHANGING.iter().map(|column| changed.value(row, column)).collect();
        let version = match changed.value(row, "version") {
            Value::Integer(version) => version - 1,
            other => return Err(LimitError::InvalidParameterName(format!("{other:?} is no version"))),
        };
        in_batches(&mut self.db, cases, batch, |tx, case| {
            let which = [Value::Integer(case), Value::Integer(version)];
            let changed = tx.prepare_cached(&update)?.execute(params_from_iter(values.iter().chain(&which)))?;
            if changed != 1 {
                return Err(LimitError::StatementChangedRows(changed));
            }
            transition.insert_added(tx, case)
        })
    }

    /// Lays down cases that sleep for centuries.
    pub(super) fn lay_sleeping(&mut self, cases: u32, batch: u32) -> Result<(), LimitError> {
        let mut opening = self.recording.opening.case.clone();
        let wake_at = opening.columns.iter().position(|name| name == "wake_at");
        for row in &mut opening.those {
            if let Some(value) = wake_at.and_then(|n| row.get_mut(n)) {
                *value = Value::Integer(SLEEPING_UNTIL);
            }
        }
        let numbers = SLEEPING_FROM..SLEEPING_FROM + i64::from(cases);
        in_batches(&mut self.db, numbers, batch, |tx, case| insert(tx, &opening, case)).map(|_| ())
    }

    /// Folds the log into the file, as the store does when it closes.
    pub(super) fn close(self) -> Result<(), LimitError> {
        self.db.close().map_err(|(_, error)| error)
    }
}

pub(super) fn connect(database: &Path) -> Result<Connection, LimitError> {
    let db = Connection::open(database)?;
    // As the store opens its own.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
         PRAGMA cache_size = -65536; PRAGMA temp_store = memory;",
    )?;
    db.pragma_update(None, "wal_autocheckpoint", LOG_PAGES_MAX)?;
    Ok(db)
}

fn in_batches(
    db: &mut Connection,
    cases: Range<i64>,
    batch: u32,
    change: impl Fn(&Transaction<'_>, i64) -> Result<(), LimitError>,
) -> Result<Vec<Duration>, LimitError> {
    let mut took = Vec::new();
    for first in cases.clone().step_by(batch as usize) {
        let began = Instant::now();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for case in first..cases.end.min(first + i64::from(batch)) {
            change(&tx, case)?;
        }
        tx.commit()?;
        took.push(began.elapsed());
    }
    Ok(took)
}

fn insert(tx: &Transaction<'_>, rows: &Rows, case: i64) -> Result<(), LimitError> {
    if rows.those.is_empty() {
        return Ok(());
    }
    let mut statement = tx.prepare_cached(&rows.insert())?;
    for row in &rows.those {
        statement.execute(params_from_iter(rows.of(row, case)))?;
    }
    Ok(())
}
