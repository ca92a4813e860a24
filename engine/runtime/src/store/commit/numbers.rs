//! Ids of cases, set aside before the cases are opened.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::statements::Statements;
use super::writer::Work;
use crate::store::Store;
use crate::store::error::{During, StoreError};

const OPERATION: &str = "reserve case ids";

const RESERVE: &str = "INSERT INTO counters (name, value) VALUES ('case', $1) \
     ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value";

const LAST: &str = "SELECT value FROM counters WHERE name = 'case'";

#[derive(FromQueryResult)]
struct Counter {
    value: i64,
}

/// So many ids; the answer is the last of them.
struct Reserving(i64);

impl Store {
    /// Sets `n` case ids aside and returns the first of them. They are never given again, so an id
    /// that was not used leaves a gap.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reserve_case_ids(&self, n: u32) -> Result<i64, StoreError> {
        let n = i64::from(n);
        let last = match &self.row_writer {
            Some(writer) => self.write_by_rows(writer, OPERATION, Reserving(n)).await?,
            None => self.reserve(n).await?,
        };
        self.make_room(last).await?;
        Ok(last - n + 1)
    }

    /// The last that was ever set aside.
    pub(in crate::store) async fn last_case_id(&self) -> Result<i64, StoreError> {
        let statement = Statement::from_string(self.reader.get_database_backend(), LAST);
        let counter = Counter::find_by_statement(statement).one(&self.reader).await.during(OPERATION)?;
        Ok(counter.map_or(0, |counter| counter.value))
    }

    async fn reserve(&self, n: i64) -> Result<i64, StoreError> {
        let tx = self.begin_beside(OPERATION).await?;
        let statement = Statement::from_sql_and_values(tx.get_database_backend(), RESERVE, [n.into()]);
        let counter = Counter::find_by_statement(statement).one(&tx).await.during(OPERATION)?;
        tx.commit().await.during(OPERATION)?;
        Ok(counter.map_or(0, |counter| counter.value))
    }
}

impl Work for Reserving {
    type Answer = i64;

    fn size(&self) -> usize {
        1
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<i64> {
        let last = statements.find(RESERVE, &[self.0.into()], |row| row.get(0))?;
        last.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}
