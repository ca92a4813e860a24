//! The limit on `PostgreSQL`: one statement, and so one transaction and one round trip, for a batch. It changes the cases and
//! adds the rows that belong to them from one array for each column, in the binary protocol, and is prepared once.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sea_orm::sqlx::{self, Arguments, AssertSqlSafe, Column, Connection, Executor, Row as _, TypeInfo};

use super::{ADDED, CHANGING, LimitError, NUMBERED, SLEEPING_FROM, SLEEPING_UNTIL, word_of};
use crate::store::url::DatabaseUrl;

/// What the version of a case was before, among the values that change it.
const BEFORE: &str = "before";

#[derive(Clone, Debug)]
enum Cell {
    Number(Option<i64>),
    Text(Option<String>),
    Truth(Option<bool>),
}

impl Cell {
    fn read(row: &PgRow, n: usize) -> Result<Self, LimitError> {
        Ok(match row.column(n).type_info().name() {
            "INT8" => Self::Number(row.try_get(n)?),
            "BOOL" => Self::Truth(row.try_get(n)?),
            _ => Self::Text(row.try_get(n)?),
        })
    }

    const fn array(&self) -> &'static str {
        match self {
            Self::Number(_) => "bigint[]",
            Self::Text(_) => "text[]",
            Self::Truth(_) => "boolean[]",
        }
    }
}

/// Some rows of a table.
#[derive(Clone, Debug)]
struct Rows {
    table: &'static str,
    columns: Vec<String>,
    those: Vec<Vec<Cell>>,
}

impl Rows {
    async fn read(db: &mut PgConnection, table: &'static str, after: usize) -> Result<Self, LimitError> {
        let (case, order) = match table {
            "cases" => ("id", "id"),
            "case_words" => ("case_id", "word"),
            _ => ("case_id", "id"),
        };
        let sql = format!("SELECT * FROM {table} WHERE {case} = 1 ORDER BY {order} OFFSET {after}");
        Self::found(db, table, sql).await
    }

    async fn found(db: &mut PgConnection, table: &'static str, sql: String) -> Result<Self, LimitError> {
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(db).await?;
        let all: Vec<String> = found
            .first()
            .map(|row| row.columns().iter().map(|column| column.name().to_owned()).collect())
            .unwrap_or_default();
        // The database numbers these itself.
        let wanted: Vec<usize> = (0..all.len()).filter(|n| !NUMBERED.contains(&table) || all[*n] != "id").collect();
        let cells = |row: &PgRow| wanted.iter().map(|n| Cell::read(row, *n)).collect::<Result<Vec<_>, _>>();
        let those = found.iter().map(cells).collect::<Result<_, _>>()?;
        Ok(Self { table, columns: wanted.iter().map(|n| all[*n].clone()).collect(), those })
    }

    fn cell_mut(&mut self, column: &str) -> Option<&mut Cell> {
        let n = self.columns.iter().position(|name| name == column)?;
        self.those.first_mut()?.get_mut(n)
    }

    /// The case with its number and version, and what a move changes of it.
    fn as_change(&self) -> Result<Self, LimitError> {
        let cell = |column: &str| {
            let n = self.columns.iter().position(|name| name == column)?;
            self.those.first()?.get(n).cloned()
        };
        let Some(Cell::Number(Some(version))) = cell("version") else {
            return Err(LimitError::Wrong("the recorded case has no version".to_owned()));
        };
        let columns = ["id"].into_iter().chain(CHANGING);
        let mut cells = columns.clone().filter_map(cell).collect::<Vec<_>>();
        cells.push(Cell::Number(Some(version - 1)));
        let columns = columns.chain([BEFORE]).map(str::to_owned).collect();
        Ok(Self { table: self.table, columns, those: vec![cells] })
    }

    /// Adds a column of the rows as those of these cases; one that is empty in all of them stays so, as short arrays are
    /// filled up.
    fn bind(&self, n: usize, cases: &Range<i64>, arguments: &mut PgArguments) -> Result<(), LimitError> {
        let column = self.columns[n].as_str();
        let cells = || cases.clone().flat_map(|case| self.those.iter().map(move |row| (case, &row[n])));
        let added = match self.those.first().map(|row| &row[n]) {
            Some(Cell::Number(_)) => {
                let number = |(case, cell): (i64, &Cell)| match (column, cell) {
                    ("id" | "case_id", _) => Some(case),
                    (_, Cell::Number(number)) => *number,
                    _ => None,
                };
                arguments.add(filled(cells().map(number)))
            }
            Some(Cell::Truth(_)) => arguments
                .add(filled(cells().map(|(_, cell)| if let Cell::Truth(truth) = cell { *truth } else { None }))),
            Some(Cell::Text(_)) => arguments.add(filled(cells().map(|(case, cell)| text_of(column, case, cell)))),
            None => Ok(()),
        };
        added.map_err(|error| LimitError::Postgres(sqlx::Error::Encode(error)))
    }
}

fn filled<T>(values: impl Iterator<Item = Option<T>>) -> Vec<Option<T>> {
    let values: Vec<Option<T>> = values.collect();
    if values.iter().all(Option::is_none) { Vec::new() } else { values }
}

/// A text as it is of another case.
fn text_of<'c>(column: &str, case: i64, cell: &'c Cell) -> Option<Cow<'c, str>> {
    let Cell::Text(Some(text)) = cell else { return None };
    Some(match column {
        "id" => Cow::Owned(format!("{case}{}", text.strip_prefix('1').unwrap_or(text))),
        "source_id" => Cow::Owned(case.to_string()),
        "reference" => Cow::Owned(format!("{case:06}")),
        "case_key" => Cow::Owned(format!("L-{case:08}")),
        "person" => Cow::Owned(format!("+9733{case:07}")),
        "word" => Cow::Owned(word_of(text, case)),
        _ => Cow::Borrowed(text),
    })
}

/// A statement for any number of cases, and the rows that it takes.
struct Statement {
    sql: Arc<str>,
    parts: Vec<Rows>,
}

impl Statement {
    /// The first part decides how many cases there were.
    fn new(parts: Vec<Rows>) -> Self {
        let parts: Vec<Rows> = parts.into_iter().filter(|rows| !rows.those.is_empty()).collect();
        let (mut written, mut values) = (Vec::new(), 0);
        for (n, rows) in parts.iter().enumerate() {
            let arrays = rows.those.first().into_iter().flatten().zip(values + 1..);
            let arrays: Vec<String> = arrays.map(|(cell, n)| format!("${n}::{}", cell.array())).collect();
            values += arrays.len();
            let from = format!("FROM unnest({}) AS given ({})", arrays.join(", "), listed(&rows.columns));
            written.push(format!("part{n} AS ({} RETURNING 1)", write(rows, &from)));
        }
        Self { sql: format!("WITH {} SELECT count(*) FROM part0", written.join(", ")).into(), parts }
    }

    /// Says how many rows of the first part were written.
    async fn run(&self, db: &mut PgConnection, cases: &Range<i64>) -> Result<i64, LimitError> {
        let mut arguments = PgArguments::default();
        for rows in &self.parts {
            for n in 0..rows.columns.len() {
                rows.bind(n, cases, &mut arguments)?;
            }
        }
        let query = sqlx::query_with(AssertSqlSafe(Arc::clone(&self.sql)), arguments);
        Ok(query.fetch_one(db).await?.try_get(0)?)
    }
}

fn write(rows: &Rows, from: &str) -> String {
    let table = rows.table;
    if rows.columns.last().is_none_or(|column| column != BEFORE) {
        return format!("INSERT INTO {table} ({}) SELECT * {from}", listed(&rows.columns));
    }
    let sets: Vec<String> = CHANGING.iter().map(|column| format!("{column} = given.{column}")).collect();
    format!(
        "UPDATE {table} SET {} {from} WHERE {table}.id = given.id AND {table}.version = given.{BEFORE}",
        sets.join(", ")
    )
}

fn listed(columns: &[String]) -> String {
    format!("\"{}\"", columns.join("\", \""))
}

/// The rows of the case with number 1, transition by transition.
pub(super) struct Recording {
    db: PgConnection,
    versions: Rows,
    /// The opening, and the transitions after it.
    stages: Vec<Vec<Rows>>,
}

impl Recording {
    pub(super) async fn begin(database: &DatabaseUrl) -> Result<Self, LimitError> {
        let mut db = connect(database).await?;
        let versions = Rows::found(&mut db, "workflow_versions", "SELECT * FROM workflow_versions".to_owned()).await?;
        let mut recording = Self { db, versions, stages: Vec::new() };
        recording.transition().await?;
        Ok(recording)
    }

    pub(super) async fn transition(&mut self) -> Result<(), LimitError> {
        let mut stage = Vec::new();
        for (n, table) in ["cases"].into_iter().chain(ADDED).enumerate() {
            // The row of the case is another one each time, the others are added.
            let before = if n == 0 { 0 } else { self.stages.iter().map(|stage| stage[n].those.len()).sum() };
            stage.push(Rows::read(&mut self.db, table, before).await?);
        }
        self.stages.push(stage);
        Ok(())
    }

    fn stage(&self, n: usize) -> Result<&[Rows], LimitError> {
        let missing = || LimitError::Wrong(format!("nothing was recorded of transition {n}"));
        self.stages.get(n).map(Vec::as_slice).ok_or_else(missing)
    }
}

/// A database to play a recording in.
pub(super) struct Limit<'r> {
    db: PgConnection,
    recording: &'r Recording,
}

impl<'r> Limit<'r> {
    pub(super) async fn new(database: &DatabaseUrl, recording: &'r Recording) -> Result<Self, LimitError> {
        let mut limit = Self::beside(database, recording).await?;
        let versions = Statement::new(vec![recording.versions.clone()]);
        // They belong to no case: once is enough.
        versions.run(&mut limit.db, &(0..1)).await?;
        Ok(limit)
    }

    pub(super) async fn beside(database: &DatabaseUrl, recording: &'r Recording) -> Result<Self, LimitError> {
        Ok(Self { db: connect(database).await?, recording })
    }

    pub(super) fn transitions(&self) -> usize {
        self.recording.stages.len().saturating_sub(1)
    }

    pub(super) async fn open(&mut self, cases: Range<i64>, batch: u32) -> Result<(), LimitError> {
        let opening = Statement::new(self.recording.stage(0)?.to_vec());
        self.in_batches(&opening, cases, batch).await.map(|_| ())
    }

    pub(super) async fn play(
        &mut self,
        transition: usize,
        cases: Range<i64>,
        batch: u32,
    ) -> Result<Vec<Duration>, LimitError> {
        let mut parts = self.recording.stage(transition + 1)?.to_vec();
        if let Some(case) = parts.first_mut() {
            *case = case.as_change()?;
        }
        self.in_batches(&Statement::new(parts), cases, batch).await
    }

    pub(super) async fn lay_sleeping(&mut self, cases: u32, batch: u32) -> Result<(), LimitError> {
        let mut opening = self.recording.stage(0)?.iter().take(1).cloned().collect::<Vec<_>>();
        if let Some(cell) = opening.first_mut().and_then(|case| case.cell_mut("wake_at")) {
            *cell = Cell::Number(Some(SLEEPING_UNTIL));
        }
        let sleeping = SLEEPING_FROM..SLEEPING_FROM + i64::from(cases);
        self.in_batches(&Statement::new(opening), sleeping, batch).await?;
        // As the server itself does sooner or later.
        self.db.execute("ANALYZE cases").await?;
        Ok(())
    }

    pub(super) async fn close(self) -> Result<(), LimitError> {
        Ok(self.db.close().await?)
    }

    /// How long each batch took.
    async fn in_batches(
        &mut self,
        statement: &Statement,
        cases: Range<i64>,
        batch: u32,
    ) -> Result<Vec<Duration>, LimitError> {
        let mut took = Vec::new();
        for first in cases.clone().step_by(batch as usize) {
            let began = Instant::now();
            let cases = first..cases.end.min(first + i64::from(batch));
            let (written, wanted) = (statement.run(&mut self.db, &cases).await?, cases.end - cases.start);
            if written != wanted {
                return Err(LimitError::Wrong(format!("{written} cases were written in place of {wanted}")));
            }
            took.push(began.elapsed());
        }
        Ok(took)
    }
}

pub(super) async fn connect(database: &DatabaseUrl) -> Result<PgConnection, LimitError> {
    let mut db = PgConnection::connect(database.expose()).await?;
    db.execute("SET synchronous_commit = on").await?;
    Ok(db)
}
