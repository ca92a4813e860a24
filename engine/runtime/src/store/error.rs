//! What can go wrong in the store, in words that an operator can act on.
//!
//! The one place that knows the database's error codes; callers see the operation, the cause in
//! plain words and what to do. No text holds personal data: values never enter an error.

use std::error::Error;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use thiserror::Error;
use wasl_core::case::{CaseId, EffectId};

/// Why an operation of the store failed. Nothing of it was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused or failed.
    #[error("cannot {operation}: {trouble}")]
    Database {
        /// What was being done: `commit moves`.
        operation: &'static str,
        /// The kind of trouble, for those who decide whether to try again.
        trouble: Trouble,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The URL names no database that this build can open.
    #[error("cannot open the database `{url}`: only `sqlite:` followed by a path is known; correct `database.url`")]
    Url {
        /// As configured, without a password.
        url: String,
    },
    /// The folder of the database cannot be made.
    #[error("cannot create the folder `{folder}` of the database: check its path and permissions")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A newer release has migrated this database.
    #[error(
        "the database is at migration {found} (`{name}`), but this release knows only {known}: \
         a newer release has used it; start that release, or restore a backup made before it"
    )]
    NewerDatabase {
        /// The newest migration in the database.
        found: i64,
        /// Its name.
        name: String,
        /// The newest migration of this binary.
        known: i64,
    },
    /// A migration that was applied is not the one of this binary.
    #[error(
        "migration {number} (`{name}`) was applied with another content than this release has: \
         the database comes from a build that was never released; use that build, or a fresh database"
    )]
    ChangedMigration {
        /// Its number.
        number: i64,
        /// Its name.
        name: String,
    },
    /// A stored document cannot be read.
    #[error(
        "the stored {what} of `{id}` cannot be read ({detail}): it was written by another release or damaged; \
         nothing was changed, compare with a backup"
    )]
    Document {
        /// Which document: `progress`.
        what: &'static str,
        /// Of which row.
        id: String,
        /// Where and what kind, without the content.
        detail: String,
    },
    /// There is no such case.
    #[error("there is no case {0}")]
    NoSuchCase(CaseId),
    /// There is no such call task.
    #[error("there is no call task `{0}`")]
    NoSuchTask(EffectId),
    /// There is no such workflow version.
    #[error("there is no version `{hash}` of a workflow in the database; save it before it is used")]
    NoSuchVersion {
        /// Its content hash.
        hash: String,
    },
}

impl StoreError {
    /// Whether the same operation may succeed a little later without anybody's help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Database { trouble: Trouble::Busy | Trouble::DiskFull | Trouble::Io, .. })
    }
}

/// The kind of trouble that a database is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Trouble {
    /// Another process holds the write lock.
    #[error("another process is writing to the database for a long time; it is tried again")]
    Busy,
    /// No space is left.
    #[error("the disk is full; free some space, the work goes on by itself")]
    DiskFull,
    /// Reading or writing failed; a full disk under a write-ahead log looks like this as well.
    #[error(
        "the disk cannot be written or read, most likely because it is full; free some space, the work goes on by itself"
    )]
    Io,
    /// The file cannot be opened.
    #[error("the database file cannot be opened; check that it and its folder exist and may be written by this user")]
    CannotOpen,
    /// The file or its file system is read-only.
    #[error("the database is read-only; check the permissions of the file, its folder and its file system")]
    ReadOnly,
    /// The file is damaged or no database at all.
    #[error("the file is damaged or not a database; restore a backup")]
    Damaged,
    /// A rule of the schema does not allow it.
    #[error("a rule of the database forbids it, which is a fault of this program; please report it")]
    Constraint,
    /// Anything else.
    #[error("the database refused")]
    Other,
}

impl Trouble {
    /// Reads the kind from what the database said. `SQLite`'s extended codes carry the primary code
    /// in their low byte (<https://sqlite.org/rescode.html>).
    pub(super) fn of(error: &DbErr) -> Self {
        let (DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
        else {
            let timed_out = matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
            return if timed_out { Self::Busy } else { Self::Other };
        };
        let code = cause.as_database_error().and_then(DatabaseError::code).and_then(|code| code.parse::<u32>().ok());
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => Self::Busy,
            Some(8) => Self::ReadOnly,
            Some(10) => Self::Io,
            Some(11 | 26) => Self::Damaged,
            Some(13) => Self::DiskFull,
            Some(14) => Self::CannotOpen,
            Some(19) => Self::Constraint,
            _ => Self::Other,
        }
    }
}

/// Names the operation in which the database failed.
pub(super) trait During<T> {
    /// Turns the database's error into one that says what was being done.
    fn during(self, operation: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for Result<T, DbErr> {
    fn during(self, operation: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::Database { operation, trouble: Trouble::of(&error), source: Box::new(error) })
    }
}
