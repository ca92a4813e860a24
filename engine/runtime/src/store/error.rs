//! What can go wrong in the store, in words that an operator can act on.
//!
//! The one place that knows the database's error codes; callers see the operation, the cause in
//! plain words and what to do. No text holds personal data: values never enter an error.

use std::error::Error;
use std::sync::Arc;

use sea_orm::sqlx::Error as Cause;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::postgres::PgDatabaseError;
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
    /// The address names no database that Wasl can open.
    #[error(
        "cannot open the database `{url}`: known are `sqlite:` with the path of a file and `postgres://` with a server; \
         correct `database`"
    )]
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
    /// Beside the file lies the write-ahead log of another database.
    #[error(
        "the write-ahead log `{log}` is not that of the database `{file}`, which was put into the place of another, and would \
         overwrite it; nothing was changed: move `{log}` and `{memory}` to the database that they belong to"
    )]
    ForeignLog {
        /// The file of the database.
        file: String,
        /// The log.
        log: String,
        /// What lies beside a log.
        memory: String,
    },
    /// Only the write-ahead log of a database is there.
    #[error(
        "the database `{file}` is missing or empty, and its write-ahead log `{log}` is there, which holds what was committed \
         last; nothing was changed: put the file back beside it, or move `{log}` and `{memory}` away to begin a new database"
    )]
    LostFile {
        /// The file that is missing.
        file: String,
        /// The log.
        log: String,
        /// What lies beside a log.
        memory: String,
    },
    /// A server is not copied into a file by its client.
    #[error(
        "a PostgreSQL database is copied by its own tools: `pg_dump --format=custom --file=FILE`; after a restore \
         run `wasl outbox hold all --reason restored` before the first `wasl serve`"
    )]
    ServerBackup,
    /// The file for a copy could not be made.
    #[error("the file `{file}` for the copy cannot be made: {source}; name a new file in a folder that may be written")]
    BackupFile {
        /// Its path.
        file: String,
        /// Why.
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
    /// The kind of trouble that the database is in, where it is the database's.
    pub const fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Database { trouble, .. } => Some(*trouble),
            _ => None,
        }
    }

    /// Whether the same operation may succeed a little later without anybody's help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Database { trouble, .. } if trouble.is_transient())
    }
}

impl StoreError {
    /// Whether it is a row that cannot be read: of one case, and of no other.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Document { .. })
    }

    /// Whether it only lost against others, and nothing of it was written.
    pub fn was_overtaken(&self) -> bool {
        matches!(self, Self::Database { trouble: Trouble::Overtaken, .. })
    }
}

/// The kind of trouble that a database is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Trouble {
    /// Another process holds the write lock.
    #[error("another process is writing to the database for a long time; it is tried again")]
    Busy,
    /// Another transaction wanted the same rows in another order.
    #[error("others wrote the same at the same moment; it is tried again")]
    Overtaken,
    /// No space is left.
    #[error("the disk is full; free some space, the work goes on by itself")]
    DiskFull,
    /// Reading or writing failed; a full disk under a write-ahead log looks like this as well.
    #[error(
        "the disk cannot be written or read, most likely because it is full; free some space, the work goes on by itself"
    )]
    Io,
    /// The server cannot be reached, or has let go of us.
    #[error(
        "the database server cannot be reached or closed the connection; the work goes on by itself when it is back"
    )]
    Unreachable,
    /// No connection became free or could be made in time.
    #[error("the database gave no connection in time: it does not answer, or all connections are taken")]
    NoConnection,
    /// The server does not let this user in, or do this.
    #[error(
        "the database server refuses this user, password or database, or misses a right; \
         see \"PostgreSQL\" in docs/operations.md"
    )]
    Denied,
    /// The file cannot be opened.
    #[error("the database file cannot be opened; check that it and its folder exist and may be written by this user")]
    CannotOpen,
    /// The file or its file system is read-only.
    #[error(
        "the database is read-only: a file, folder or file system that may not be written, or a server that is a standby"
    )]
    ReadOnly,
    /// The file is damaged or no database at all.
    #[error(
        "the database is damaged, or the file is none; keep it, and restore the latest copy that `wasl db backup` made"
    )]
    Damaged,
    /// A rule of the schema does not allow it.
    #[error("a rule of the database forbids it, which is a fault of this program; please report it")]
    Constraint,
    /// Anything else.
    #[error("the database refused")]
    Other,
}

impl Trouble {
    /// Whether it may be over a little later without anybody's help.
    const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Busy | Self::Overtaken | Self::DiskFull | Self::Io | Self::Unreachable | Self::NoConnection
        )
    }

    /// Reads the kind from what the database said.
    pub(super) fn of(error: &DbErr) -> Self {
        match cause(error) {
            Some(Cause::Database(said)) => match said.try_downcast_ref::<PgDatabaseError>() {
                Some(said) => Self::of_postgres(said.code()),
                None => said.code().and_then(|code| code.parse().ok()).map_or(Self::Other, Self::of_sqlite),
            },
            Some(Cause::Io(_) | Cause::Tls(_) | Cause::Protocol(_) | Cause::PoolClosed) => Self::Unreachable,
            Some(Cause::PoolTimedOut) => Self::NoConnection,
            None if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) => Self::NoConnection,
            _ => Self::Other,
        }
    }

    /// The same of what the bare driver said.
    pub(super) fn of_bare(error: &rusqlite::Error) -> Self {
        if let Some(said) = whole(error) {
            return said.trouble().unwrap_or(Self::Other);
        }
        let code = error.sqlite_error().and_then(|said| u32::try_from(said.extended_code).ok());
        code.map_or(Self::Other, Self::of_sqlite)
    }

    /// Extended codes carry the primary code in their low byte (<https://sqlite.org/rescode.html>).
    const fn of_sqlite(code: u32) -> Self {
        match code & 0xff {
            5 | 6 => Self::Busy,
            8 => Self::ReadOnly,
            10 => Self::Io,
            11 | 26 => Self::Damaged,
            13 => Self::DiskFull,
            14 => Self::CannotOpen,
            19 => Self::Constraint,
            _ => Self::Other,
        }
    }

    /// <https://www.postgresql.org/docs/15/errcodes-appendix.html>
    fn of_postgres(code: &str) -> Self {
        match code {
            // Serialization failure, deadlock.
            "40001" | "40P01" => Self::Overtaken,
            // Lock timeout, cancelled, idle inside a transaction for too long.
            "55P03" | "57014" | "25P03" => Self::Busy,
            // Shut down, crashed, starting up, too many connections.
            "57P01" | "57P02" | "57P03" | "53300" => Self::Unreachable,
            "53100" => Self::DiskFull,
            "58030" => Self::Io,
            "25006" => Self::ReadOnly,
            "XX001" | "XX002" => Self::Damaged,
            // No such database, no right.
            "3D000" | "42501" => Self::Denied,
            _ if code.starts_with("08") => Self::Unreachable,
            _ if code.starts_with("28") => Self::Denied,
            _ if code.starts_with("23") => Self::Constraint,
            _ => Self::Other,
        }
    }
}

/// What the driver said.
fn cause(error: &DbErr) -> Option<&Cause> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// What `PostgreSQL` said without its details, which hold the values of the row.
#[derive(Debug, Error)]
#[error("{message} (SQLSTATE {code})")]
struct Said {
    code: String,
    message: String,
}

fn without_values(error: DbErr) -> Box<dyn Error + Send + Sync> {
    match cause(&error).and_then(Cause::as_database_error).and_then(<dyn DatabaseError>::try_downcast_ref) {
        Some(said) => {
            let said: &PgDatabaseError = said;
            Box::new(Said { code: said.code().to_owned(), message: said.message().to_owned() })
        }
        None => Box::new(error),
    }
}

/// The same of what the driver is asked directly.
pub(super) fn during<T>(result: Result<T, Cause>, operation: &'static str) -> Result<T, StoreError> {
    result.map_err(asked).during(operation)
}

/// The same, as sea-orm would have told of it.
pub(super) fn asked(error: Cause) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// Why the bare driver did not write, for each of those who waited for it together.
#[derive(Clone, Debug, Error)]
#[error("{said}")]
pub(super) struct Failure {
    trouble: Trouble,
    said: String,
    /// What somebody found out who used the driver.
    whole: Option<Arc<StoreError>>,
}

impl Failure {
    /// Whoever was writing ended in the middle of it.
    pub(super) fn broke_off() -> Self {
        Self { trouble: Trouble::Other, said: "what was writing broke off; please report it".to_owned(), whole: None }
    }

    /// The system does not allow what the database would do.
    pub(super) fn of(trouble: Trouble, said: &std::io::Error) -> Self {
        Self { trouble, said: said.to_string(), whole: None }
    }

    pub(super) fn during(self, operation: &'static str) -> StoreError {
        let Self { trouble, said, whole } = self;
        match whole.and_then(Arc::into_inner) {
            Some(whole) => whole,
            None => StoreError::Database { operation, trouble, source: Box::new(Self { trouble, said, whole: None }) },
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let (trouble, said) = (Trouble::of_bare(&error), error.to_string());
        let whole = match error {
            rusqlite::Error::ToSqlConversionFailure(said) => said.downcast().ok().map(|whole| Arc::new(*whole)),
            _ => None,
        };
        Self { trouble, said, whole }
    }
}

/// What somebody found out who used the driver passes through it as it is, and undoes what was written.
impl From<StoreError> for rusqlite::Error {
    fn from(error: StoreError) -> Self {
        Self::ToSqlConversionFailure(error.into())
    }
}

fn whole(error: &rusqlite::Error) -> Option<&StoreError> {
    match error {
        rusqlite::Error::ToSqlConversionFailure(said) => said.downcast_ref(),
        _ => None,
    }
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, operation: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| Failure::from(error).during(operation))
    }
}

/// Names the operation in which the database failed.
pub(super) trait During<T> {
    /// Turns the database's error into one that says what was being done.
    fn during(self, operation: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for Result<T, DbErr> {
    fn during(self, operation: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| {
            let trouble = Trouble::of(&error);
            StoreError::Database { operation, trouble, source: without_values(error) }
        })
    }
}
