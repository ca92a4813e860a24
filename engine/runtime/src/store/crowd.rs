//! Many cases in a copy of a database, for benchmarks of what is read: those that are there, again and again, each with
//! its history, messages, tasks and words, under numbers of its own. On the bare driver, as nobody could wait for the engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, Statement, params_from_iter};
use wasl_core::case::CaseId;

/// The bare driver failed.
type LimitError = rusqlite::Error;

/// Cases that are copied; more of them look alike.
const MODELS_MAX: u32 = 2_000;
/// Cases of a transaction.
const BATCH: u32 = 5_000;
/// What belongs to a case, each after what it refers to.
const TABLES: [(&str, &str); 9] = [
    ("cases", "id"),
    ("history", "case_id"),
    ("events", "case_id"),
    ("notifications", "case_id"),
    ("attempts", "CAST(notification_id AS INTEGER)"),
    ("call_tasks", "case_id"),
    ("case_words", "case_id"),
    ("deceased", "case_id"),
    ("records", "case_id"),
];
/// Columns in which no two rows may be alike.
const UNIQUE: [&str; 7] = ["case_key", "household", "source_id", "row_hash", "provider_id", "person", "identity"];
/// A word of digits that is longer is a number of one family.
const COMMON_DIGITS: usize = 4;

type Row = Vec<Value>;

/// One table's rows, by the model that they belong to.
struct Table {
    name: &'static str,
    columns: Vec<String>,
    rows: BTreeMap<i64, Vec<Row>>,
}

impl Table {
    fn read(db: &Connection, (name, case): (&'static str, &str)) -> Result<Self, LimitError> {
        let models = "SELECT id FROM cases ORDER BY id LIMIT ?";
        let sql = format!("SELECT {case} AS of_case, {name}.* FROM {name} WHERE {case} IN ({models})");
        let mut statement = db.prepare(&sql)?;
        let columns: Vec<String> = statement.column_names().into_iter().skip(1).map(str::to_owned).collect();
        let mut rows: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        let mut found = statement.query([MODELS_MAX])?;
        while let Some(row) = found.next()? {
            let values = (1..=columns.len()).map(|n| row.get(n)).collect::<Result<Row, _>>()?;
            rows.entry(row.get(0)?).or_default().push(values);
        }
        Ok(Self { name, columns, rows })
    }

    fn insert(&self) -> String {
        let marks = vec!["?"; self.columns.len()].join(", ");
        let columns: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        format!("INSERT INTO {} ({}) VALUES ({marks})", self.name, columns.join(", "))
    }

    /// Writes the rows of a model as those of another case.
    fn copy(&self, statement: &mut Statement<'_>, model: i64, case: i64) -> Result<(), LimitError> {
        for row in self.rows.get(&model).into_iter().flatten() {
            let values = self.columns.iter().zip(row).map(|(column, value)| self.of(column, value, model, case));
            statement.execute(params_from_iter(values))?;
        }
        Ok(())
    }

    /// A value as it is of another case.
    fn of(&self, column: &str, value: &Value, model: i64, case: i64) -> Value {
        match (column, value) {
            ("id", Value::Integer(_)) if self.name != "cases" => Value::Null,
            ("id" | "case_id", Value::Integer(_)) => Value::Integer(case),
            ("id" | "notification_id", Value::Text(id)) => {
                Value::Text(format!("{case}{}", id.strip_prefix(&model.to_string()).unwrap_or(id)))
            }
            ("reference", _) => Value::Text(CaseId(case).reference()),
            ("word", Value::Text(word)) => Value::Text(word_of(word, model, case)),
            ("person" | "to_address" | "identity", Value::Text(number)) if number.starts_with('+') => {
                Value::Text(format!("+9733{case:07}"))
            }
            (column, Value::Text(text)) if UNIQUE.contains(&column) && !text.is_empty() => {
                Value::Text(format!("{text}/{case}"))
            }
            _ => value.clone(),
        }
    }
}

/// Names are common; references and numbers are each family's own.
fn word_of(word: &str, model: i64, case: i64) -> String {
    if word == CaseId(model).reference().to_lowercase() {
        return CaseId(case).reference().to_lowercase();
    }
    let is_number = word.len() > COMMON_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{word}{case}") } else { word.to_owned() }
}

/// Copies the cases of a database until there are so many; says how many there are.
///
/// # Errors
/// The database cannot be read or written.
pub(crate) fn multiply(database: &Path, cases: u32, telling: &dyn Fn(u64)) -> Result<u32, LimitError> {
    let mut db = Connection::open(database)?;
    // If the power fails the copy is made again.
    db.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA temp_store = memory;",
    )?;
    let tables = TABLES.map(|table| Table::read(&db, table));
    let tables = tables.into_iter().collect::<Result<Vec<_>, _>>()?;
    let models: Vec<i64> = tables.first().map(|cases| cases.rows.keys().copied().collect()).unwrap_or_default();
    let (there, last) = count(&db)?;
    let missing = cases.saturating_sub(there) as usize;
    let new: Vec<(i64, i64)> = models.iter().copied().cycle().zip(last + 1..).take(missing).collect();
    for (n, batch) in new.chunks(BATCH as usize).enumerate() {
        let tx = db.transaction()?;
        for table in &tables {
            let mut statement = tx.prepare_cached(&table.insert())?;
            for (model, case) in batch {
                table.copy(&mut statement, *model, *case)?;
            }
        }
        tx.commit()?;
        telling(u64::from(there) + (n as u64 + 1) * u64::from(BATCH));
    }
    let (there, last) = count(&db)?;
    db.execute("UPDATE counters SET value = ?1 WHERE name = 'case' AND value < ?1", [last])?;
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(there)
}

/// How many cases there are, and the last one's number.
fn count(db: &Connection) -> Result<(u32, i64), LimitError> {
    db.query_row("SELECT COUNT(*), COALESCE(MAX(id), 0) FROM cases", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// A word that many cases have, and one that a single case has.
///
/// # Errors
/// The database cannot be read, or there are no words.
pub(crate) fn words(database: &Path) -> Result<(String, String), LimitError> {
    let db = Connection::open(database)?;
    let one = |order: &str| {
        let sql = format!(
            "SELECT word FROM case_words WHERE case_id IN (SELECT id FROM cases ORDER BY id LIMIT 500) \
             GROUP BY word ORDER BY COUNT(*) {order}, LENGTH(word) DESC LIMIT 1"
        );
        db.query_row(&sql, [], |row| row.get(0))
    };
    Ok((one("DESC")?, one("ASC")?))
}

/// What a page shows, as a program that knows nothing but its query would read it.
#[derive(Clone, Debug)]
pub enum Reading {
    /// The first page of all cases.
    Cases,
    /// The first page of the cases that stand in a state of a workflow.
    InState(String, String),
    /// The first page of the cases that a word finds.
    Named(String),
    /// One case with everything that belongs to it.
    Case(i64),
    /// The first calls in the order of work.
    Tasks,
    /// The youngest messages.
    Messages,
}

impl Reading {
    fn statements(&self) -> Vec<(String, Vec<Value>)> {
        let text = |text: &String| Value::Text(text.clone());
        let cases = "SELECT * FROM cases";
        let first = "ORDER BY id LIMIT 50";
        match self {
            Self::Cases => vec![(format!("{cases} {first}"), vec![])],
            Self::InState(workflow, state) => {
                let sql = format!("{cases} WHERE workflow = ? AND state = ? {first}");
                vec![(sql, vec![text(workflow), text(state)])]
            }
            Self::Named(word) => {
                let sql = format!("{cases} WHERE id IN (SELECT case_id FROM case_words WHERE word = ?) {first}");
                vec![(sql, vec![text(word)])]
            }
            Self::Case(id) => {
                let of = |table: &str| (format!("SELECT * FROM {table} WHERE case_id = ?"), vec![Value::Integer(*id)]);
                let mut all = vec![(format!("{cases} WHERE id = ?"), vec![Value::Integer(*id)])];
                all.extend(["history", "events", "notifications", "call_tasks"].map(of));
                all
            }
            Self::Tasks => {
                let sql = "SELECT * FROM call_tasks WHERE status = 'open' ORDER BY urgency DESC, turn LIMIT 50";
                vec![(sql.to_owned(), vec![])]
            }
            Self::Messages => vec![("SELECT * FROM notifications ORDER BY rowid DESC LIMIT 50".to_owned(), vec![])],
        }
    }
}

/// How long such a reading takes, so often: the bare driver, all rows, nothing else.
///
/// # Errors
/// The database cannot be read.
pub(crate) fn read(database: &Path, what: &Reading, times: u32) -> Result<Vec<Duration>, LimitError> {
    let db = Connection::open(database)?;
    let statements = what.statements();
    let mut took = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        for (sql, values) in &statements {
            read_all(&db, sql, values)?;
        }
        took.push(began.elapsed());
    }
    Ok(took)
}

fn read_all(db: &Connection, sql: &str, values: &[Value]) -> Result<(), LimitError> {
    let mut statement = db.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        for n in 0..columns {
            row.get_ref(n)?;
        }
    }
    Ok(())
}
