//! The work on SQLite: the business tables in a file of their own, and what a transition writes there. It knows nothing of duroxide.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::story::{Facts, STATES, text};

const TABLES: &str = "
    CREATE TABLE cases (
        id INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE, mobile TEXT NOT NULL, monthly_kwh INTEGER NOT NULL,
        state TEXT NOT NULL, due_at INTEGER, changed_at INTEGER NOT NULL
    );
    CREATE TABLE history (
        case_id INTEGER NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (case_id, seq)
    ) WITHOUT ROWID;
    CREATE TABLE notifications (
        case_id INTEGER NOT NULL, seq INTEGER NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL,
        at INTEGER NOT NULL, PRIMARY KEY (case_id, seq)
    ) WITHOUT ROWID;";

/// What goes wrong here.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The business tables. Who writes waits for the one before, as SQLite has one writer.
#[derive(Clone, Debug)]
pub struct Cases(SqlitePool);

impl Cases {
    /// Makes them.
    ///
    /// # Errors
    /// The file cannot be made.
    pub async fn new(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// One case enters a state. Done twice, it changes nothing the second time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn enter(&self, case: i64, state: usize) -> Result<(), Error> {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let Facts { file, mobile, monthly_kwh } = Facts::of(case);
        let seq = i64::try_from(state + 1)?;
        let due_at = (state + 1 < STATES.len()).then_some(now);
        let mut tx = self.0.begin().await?;
        let done = if state == 0 {
            let sql = "INSERT INTO cases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
            let query = sqlx::query(sql).bind(case).bind(&file).bind(&mobile).bind(monthly_kwh).bind(STATES[0]);
            query.bind(due_at).bind(now).execute(&mut *tx).await?
        } else {
            let sql = "UPDATE cases SET state = ?2, due_at = ?3, changed_at = ?4 WHERE id = ?1 AND state = ?5";
            let query = sqlx::query(sql).bind(case).bind(STATES[state]).bind(due_at).bind(now);
            query.bind(STATES[state - 1]).execute(&mut *tx).await?
        };
        if done.rows_affected() == 1 {
            let sql = "INSERT INTO history VALUES (?1, ?2, ?3, ?4)";
            sqlx::query(sql).bind(case).bind(seq).bind(STATES[state]).bind(now).execute(&mut *tx).await?;
            if let Some(body) = text(state, &file) {
                let sql = "INSERT INTO notifications VALUES (?1, ?2, ?3, ?4, 'pending', ?5)";
                sqlx::query(sql).bind(case).bind(seq).bind(mobile).bind(body).bind(now).execute(&mut *tx).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Looks at the outcome.
    ///
    /// # Errors
    /// Not every case went all the way, or left other rows than it should.
    pub async fn look(&self, cases: i64) -> Result<(), Error> {
        let asked = [
            ("cases", "SELECT count(*) FROM cases WHERE state = 'transfer_done' AND due_at IS NULL", cases),
            ("rows of history", "SELECT count(*) FROM history", 5 * cases),
            ("notifications", "SELECT count(*) FROM notifications", 3 * cases),
        ];
        for (what, sql, wanted) in asked {
            let found: i64 = sqlx::query_scalar(sql).fetch_one(&self.0).await?;
            if found != wanted {
                return Err(format!("the outcome is wrong, no figure: {found} {what} in place of {wanted}").into());
            }
        }
        Ok(())
    }

    /// Lets the file go.
    pub async fn close(&self) {
        self.0.close().await;
    }
}
