//! Opening the database: one connection that writes, a pool that can only read.

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::error::{During, StoreError};

/// How long a connection waits for another process's write lock before it says so.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Readers never wait for the writer; a few are enough for one machine.
const READERS_MAX: u32 = 4;
/// How long a task waits for a connection: longer than the largest batch takes, shorter than a
/// watchdog's patience.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Statements kept prepared per connection; the store has fewer of them, but in a few batch sizes each.
const STATEMENTS_MAX: usize = 256;
/// Pages kept in memory per connection, in KiB (negative by `SQLite`'s convention): 64 MiB.
const CACHE_SIZE: &str = "-65536";
/// How much of the file is mapped into memory: 256 MiB.
const MMAP_SIZE: &str = "268435456";

/// Opens writer and readers of a `sqlite:` URL.
pub(super) async fn open(url: &str) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    let path = path_of(url)?;
    make_folder(path)?;
    make_private(path);
    let writer = connect(url, 1, |options| {
        options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full)
    });
    let writer = writer.await?;
    let reader = connect(url, READERS_MAX, |options| options.create_if_missing(false).read_only(true)).await?;
    Ok((writer, reader))
}

/// The path of a `sqlite:` URL. A database in memory is not shared between connections, so it is none.
fn path_of(url: &str) -> Result<&Path, StoreError> {
    let unknown = || {
        // A URL of another database may hold a password; its scheme is enough.
        let scheme = url.split(':').next().unwrap_or_default();
        StoreError::Url { url: format!("{scheme}:…") }
    };
    let rest = url.strip_prefix("sqlite:").ok_or_else(unknown)?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let path = rest.split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" {
        return Err(unknown());
    }
    Ok(Path::new(path))
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
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            access(sqlite)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .row_buffer_size(1000)
                .statement_cache_capacity(STATEMENTS_MAX)
                .pragma("cache_size", CACHE_SIZE)
                .pragma("temp_store", "memory")
                .pragma("mmap_size", MMAP_SIZE)
        });
    Database::connect(options).await.during("open the database")
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
        let (writer, _reader) = open(&format!("sqlite:{}", file.display())).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&writer, "CREATE TABLE t (x)").await.unwrap();
        for entry in std::fs::read_dir(dir.path().join("var")).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn only_files_of_sqlite_are_opened_and_no_password_is_shown() {
        assert_eq!(path_of("sqlite:var/wasl.sqlite").unwrap(), Path::new("var/wasl.sqlite"));
        assert_eq!(path_of("sqlite:///var/wasl.sqlite?mode=rwc").unwrap(), Path::new("/var/wasl.sqlite"));
        for url in ["sqlite::memory:", "sqlite:", "wasl.sqlite", "postgres://wasl:secret@host/wasl"] {
            let error = path_of(url).unwrap_err().to_string();
            assert!(error.contains("database.url") && !error.contains("secret"), "{error}");
        }
    }
}
