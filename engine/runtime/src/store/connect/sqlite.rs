//! `SQLite`: one connection that writes, a pool that can only read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, OpenFlags};
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::foreign;
use crate::store::error::{During, StoreError};

/// How long a connection waits for another process's write lock before it says so.
pub(in crate::store) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Readers never wait for the writer; a few are enough for one machine.
const READERS_MAX: u32 = 4;
/// How long a task waits for a connection: longer than the largest batch takes, shorter than a
/// watchdog's patience.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Statements kept prepared per connection; the store has fewer of them, but in a few batch sizes each.
const STATEMENTS_MAX: usize = 256;
/// Pages that a connection keeps in memory, in KiB (negative by `SQLite`'s convention): 32 MiB for whoever writes batches of moves,
/// 16 MiB for whoever reads them, 4 MiB for each of the others. All of them together stay below what a daemon may keep; what they
/// do not hold the system's own cache does. The file is not mapped into memory: that gained nothing here, every connection counts
/// its own mapping, and a disk that fails would end the process in place of an operation.
const CACHE_OF_MOVES: &str = "-32768";
const CACHE_OF_DUE: &str = "-16384";
const CACHE_OF_OTHERS: &str = "-4096";

/// What is deleted or written over is filled with zeros: what was erased shall not be found in the file.
const SECURE_DELETE: &str = "on";
/// Pages that the write-ahead log may have before whoever commits folds it into the file: 40 MiB. Pages that change often, as
/// all do that are written constantly, are folded once and not each time; whoever opens the file after a crash reads the log
/// once. A daemon folds it before, when nobody writes ([`crate::store::Store::fold_log`]).
pub(in crate::store) const LOG_PAGES_MAX: &str = "10000";

/// Opens writer and readers of a file, which is made where there is none.
pub(super) async fn open(url: &str, path: &Path) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    foreign::refuse_foreign_log(path)?;
    make_folder(path)?;
    make_private(path);
    let writer = connect(url, 1, |options| {
        let durable = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let folded = durable.create_if_missing(true).pragma("wal_autocheckpoint", LOG_PAGES_MAX);
        folded.pragma("secure_delete", SECURE_DELETE)
    });
    let writer = writer.await?;
    let reader = connect(url, READERS_MAX, |options| options.create_if_missing(false).read_only(true)).await?;
    Ok((writer, reader))
}

fn make_folder(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder)
        .map_err(|source| StoreError::Folder { folder: folder.display().to_string(), source })
}

/// The file of a new database is its owner's alone: it will hold what families told us. The files
/// that `SQLite` puts beside it take its permissions.
fn make_private(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // A file that is there stays as it is; what cannot be created, the connection explains.
    drop(options.open(path));
}

/// Statements are neither logged nor put into spans: they carry personal data.
async fn connect(
    url: &str,
    connections_max: u32,
    access: fn(SqliteConnectOptions) -> SqliteConnectOptions,
) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections_max)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A file does not go away as a server does: to ask the connection whether it is still there costs a change of threads.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_pool_opts(without_broken_transactions)
        .map_sqlx_sqlite_opts(move |sqlite| {
            access(sqlite)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .row_buffer_size(1000)
                .statement_cache_capacity(STATEMENTS_MAX)
                .pragma("cache_size", CACHE_OF_OTHERS)
                .pragma("temp_store", "memory")
        });
    Database::connect(options).await.during("open the database")
}

/// What fails of a full or broken disk is undone by `SQLite` itself, and then there is nothing that the driver could undo: it
/// goes on counting a transaction that is none, and what the next one locks would stay locked. Such a connection is not used
/// again.
fn without_broken_transactions(pool: SqlitePoolOptions) -> SqlitePoolOptions {
    pool.after_release(|connection, _| {
        Box::pin(async move {
            if connection.is_in_transaction() {
                // What was left without an end is undone before the answer comes.
                connection.ping().await?;
            }
            Ok(!connection.is_in_transaction())
        })
    })
}

/// The file that a connection of the pool has open.
pub(in crate::store) fn file(connection: &DatabaseConnection) -> PathBuf {
    connection.get_sqlite_connection_pool().connect_options().get_filename().to_owned()
}

/// One more connection that writes, of the bare driver and as the others are.
pub(in crate::store) fn bare_writer(file: &Path) -> rusqlite::Result<Connection> {
    let connection = open_to_write(file, CACHE_OF_MOVES)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", "on")?;
    connection.pragma_update(None, "secure_delete", SECURE_DELETE)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES_MAX)?;
    Ok(connection)
}

/// One more that folds the write-ahead log: whoever is in its way is not waited for.
pub(in crate::store) fn bare_folder(file: &Path) -> rusqlite::Result<Connection> {
    let connection = open_to_write(file, CACHE_OF_OTHERS)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update(None, "synchronous", "full")?;
    Ok(connection)
}

/// Has the file say that it has no write-ahead log, so that one that lies beside it later is known for another's. Nobody else may
/// have it open.
pub(in crate::store) fn know_of_no_log(connection: &Connection) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
    if mode == "delete" {
        return Ok(());
    }
    let in_use = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    Err(rusqlite::Error::SqliteFailure(in_use, None))
}

/// One more that can only read.
pub(in crate::store) fn bare_reader(file: &Path) -> rusqlite::Result<Connection> {
    open_bare(file, OpenFlags::SQLITE_OPEN_READ_ONLY, CACHE_OF_DUE)
}

/// A file that may not be written now would be opened all the same, and never be written by this connection.
fn open_to_write(file: &Path, cache: &str) -> rusqlite::Result<Connection> {
    let connection = open_bare(file, OpenFlags::SQLITE_OPEN_READ_WRITE, cache)?;
    if connection.is_readonly(MAIN_DB)? {
        let read_only = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(read_only, None));
    }
    Ok(connection)
}

fn open_bare(file: &Path, access: OpenFlags, cache: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "cache_size", cache)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_new_database_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::TempDir::new().unwrap();
        let file = dir.path().join("var/wasl.sqlite");
        let (writer, _reader) = open(&format!("sqlite:{}", file.display()), &file).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&writer, "CREATE TABLE t (x)").await.unwrap();
        for entry in std::fs::read_dir(dir.path().join("var")).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
