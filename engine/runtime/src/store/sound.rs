//! Whether the file of the database is whole, and whether the database takes anything.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::Store;
use super::dialect::Dialect;
use super::error::{During, StoreError, Trouble};

/// So many findings are enough to know that a file is damaged.
const FINDINGS_MAX: u32 = 10;

impl Store {
    /// Reads every page of the file and says what is wrong with it: pages that are torn, rows that an index misses.
    /// Nothing is wrong with a file that gives none. A server looks after its own pages (checksums).
    ///
    /// The findings name tables, indexes and pages, and no value of a row.
    ///
    /// # Errors
    /// The file cannot be read at all, for another reason than that it is damaged.
    pub async fn unsound(&self) -> Result<Vec<String>, StoreError> {
        #[derive(FromQueryResult)]
        struct Finding {
            quick_check: String,
        }
        if self.dialect == Dialect::Postgres {
            return Ok(Vec::new());
        }
        let sql = format!("PRAGMA quick_check({FINDINGS_MAX})");
        let statement = Statement::from_string(self.reader.get_database_backend(), sql);
        match Finding::find_by_statement(statement).all(&self.reader).await.during("look at the database file") {
            Ok(findings) => Ok(findings.into_iter().map(|one| one.quick_check).filter(|one| one != "ok").collect()),
            Err(error) if error.trouble() == Some(Trouble::Damaged) => Ok(vec![error.to_string()]),
            Err(error) => Err(error),
        }
    }

    /// Finds out whether the database may be written, and writes nothing: a disk that was mounted read-only after an error,
    /// and a server that became a standby, answer every question as before.
    ///
    /// # Errors
    /// It may not be written now, or does not answer.
    pub async fn may_write(&self) -> Result<(), StoreError> {
        const OPERATION: &str = "write to the database";
        let tx = self.begin_beside(OPERATION).await?;
        // Of a number that there is not; a database that may not be written refuses to look for it.
        tx.execute_unprepared("UPDATE schema_migrations SET number = number WHERE number < 0")
            .await
            .during(OPERATION)?;
        tx.rollback().await.during(OPERATION)
    }
}
