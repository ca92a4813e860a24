//! Migrations: numbered steps of SQL, each applied once, in a transaction of its own.
//!
//! The steps are files under `migrations/`; words in braces stand for what databases spell
//! differently ([`Dialect::spelled`]). A step that was released is never edited: its checksum is kept with the database.
//! Why these lines and not sea-orm-migration: `docs/adr/0003-migrations.md`.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::Store;
use super::dialect::Dialect;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tx::Tx;

/// A step of the schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Migration {
    /// Rises by one from 1.
    pub(super) number: i64,
    /// What it is about.
    pub(super) name: &'static str,
    /// Its statements.
    pub(super) sql: &'static str,
}

pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "outreach", sql: include_str!("migrations/0001_outreach.sql") },
    Migration { number: 2, name: "gateways", sql: include_str!("migrations/0002_gateways.sql") },
    Migration { number: 3, name: "deceased", sql: include_str!("migrations/0003_deceased.sql") },
    Migration { number: 4, name: "inbound", sql: include_str!("migrations/0004_inbound.sql") },
    Migration { number: 5, name: "outbox", sql: include_str!("migrations/0005_outbox.sql") },
    Migration { number: 6, name: "suppressions", sql: include_str!("migrations/0006_suppressions.sql") },
    Migration { number: 7, name: "unsubscribe", sql: include_str!("migrations/0007_unsubscribe.sql") },
    Migration { number: 8, name: "lifecycle", sql: include_str!("migrations/0008_lifecycle.sql") },
    Migration { number: 9, name: "households", sql: include_str!("migrations/0009_households.sql") },
    Migration { number: 10, name: "access", sql: include_str!("migrations/0010_access.sql") },
    Migration { number: 11, name: "work", sql: include_str!("migrations/0011_work.sql") },
    Migration { number: 12, name: "leases", sql: include_str!("migrations/0012_leases.sql") },
    Migration { number: 13, name: "drafts", sql: include_str!("migrations/0013_drafts.sql") },
    Migration { number: 14, name: "webhooks", sql: include_str!("migrations/0014_webhooks.sql") },
    Migration { number: 15, name: "identities", sql: include_str!("migrations/0015_identities.sql") },
    Migration { number: 16, name: "reports", sql: include_str!("migrations/0016_reports.sql") },
    Migration { number: 17, name: "views", sql: include_str!("migrations/0017_views.sql") },
    Migration { number: 18, name: "lists", sql: include_str!("migrations/0018_lists.sql") },
    Migration { number: 19, name: "corrections", sql: include_str!("migrations/0019_corrections.sql") },
    Migration { number: 20, name: "room", sql: include_str!("migrations/0020_room.sql") },
    Migration { number: 21, name: "retention", sql: include_str!("migrations/0021_retention.sql") },
    Migration { number: 22, name: "timers", sql: include_str!("migrations/0022_timers.sql") },
    Migration { number: 23, name: "histories", sql: include_str!("migrations/0023_histories.sql") },
];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number {key}, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// A step and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub number: i64,
    /// What it is about.
    pub name: String,
    /// When it was applied; `None` if it was not.
    pub applied_at: Option<Timestamp>,
}

#[derive(Debug, FromQueryResult)]
#[expect(clippy::struct_field_names, reason = "the names are those of the columns")]
struct Applied {
    number: i64,
    name: String,
    checksum: String,
    applied_at: i64,
}

impl Store {
    /// Applies every step that the database does not have, and says which.
    ///
    /// # Errors
    /// The database is newer than this program or comes from another build, or a step failed; the
    /// steps before it stay applied.
    pub async fn migrate(&self, now: Timestamp) -> Result<Vec<MigrationStatus>, StoreError> {
        let done = self.migrate_with(MIGRATIONS, now).await?;
        self.make_room(self.last_case_id().await?).await?;
        Ok(done)
    }

    /// Every step, those of the database and those still to come.
    ///
    /// # Errors
    /// The database cannot be read, is newer than this program or comes from another build.
    pub async fn migrations(&self) -> Result<Vec<MigrationStatus>, StoreError> {
        let applied = if self.has_migrations_table().await? { applied(&self.reader).await? } else { Vec::new() };
        verify(MIGRATIONS, &applied)?;
        let status = |step: &Migration| {
            let at = applied.iter().find(|row| row.number == step.number).map(|row| instant(row.applied_at));
            MigrationStatus { number: step.number, name: step.name.to_owned(), applied_at: at }
        };
        Ok(MIGRATIONS.iter().map(status).collect())
    }

    pub(super) async fn migrate_with(
        &self,
        steps: &[Migration],
        now: Timestamp,
    ) -> Result<Vec<MigrationStatus>, StoreError> {
        let mut done = Vec::new();
        for step in steps {
            // Read again inside each transaction: another process may be migrating as well.
            let tx = self.begin("migrate").await?;
            tx.execute_unprepared(&self.dialect.spelled(TABLE)).await.during("migrate")?;
            let applied = applied(&tx).await?;
            verify(steps, &applied)?;
            if applied.iter().any(|row| row.number == step.number) {
                continue;
            }
            apply(&tx, step, now).await?;
            tx.commit().await.during("migrate")?;
            done.push(MigrationStatus { number: step.number, name: step.name.to_owned(), applied_at: Some(now) });
        }
        Ok(done)
    }

    async fn has_migrations_table(&self) -> Result<bool, StoreError> {
        let (backend, sql) = (self.reader.get_database_backend(), self.dialect.table_exists());
        let statement = Statement::from_sql_and_values(backend, sql, ["schema_migrations".into()]);
        Ok(self.reader.query_one_raw(statement).await.during("read the migrations")?.is_some())
    }
}

async fn apply(tx: &Tx, step: &Migration, now: Timestamp) -> Result<(), StoreError> {
    let backend = tx.get_database_backend();
    tx.execute_unprepared(&Dialect::of(tx).spelled(step.sql)).await.during("migrate")?;
    let sql = "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
    let values = [step.number.into(), step.name.into(), checksum(step.sql).into(), millis(now).into()];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.during("migrate")?;
    Ok(())
}

async fn applied<C: ConnectionTrait>(db: &C) -> Result<Vec<Applied>, StoreError> {
    let sql = "SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    Applied::find_by_statement(statement).all(db).await.during("read the migrations")
}

/// Refuses a database that a newer release has changed since it was opened.
///
/// # Errors
/// It has.
pub(super) async fn known(tx: &Tx) -> Result<(), StoreError> {
    verify(MIGRATIONS, &applied(tx).await?)
}

/// Refuses a database that another program has made.
fn verify(steps: &[Migration], applied: &[Applied]) -> Result<(), StoreError> {
    let known = steps.last().map_or(0, |step| step.number);
    if let Some(newest) = applied.last().filter(|newest| newest.number > known) {
        return Err(StoreError::NewerDatabase { found: newest.number, name: newest.name.clone(), known });
    }
    for row in applied {
        let same = steps.iter().any(|step| step.number == row.number && checksum(step.sql) == row.checksum);
        if !same {
            return Err(StoreError::ChangedMigration { number: row.number, name: row.name.clone() });
        }
    }
    Ok(())
}

/// FNV-1a over the text without carriage returns: it notices an edited file, it is no protection
/// against anybody who can write to the database.
pub(super) fn checksum(sql: &str) -> String {
    let bytes = sql.bytes().filter(|byte| *byte != b'\r');
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}
