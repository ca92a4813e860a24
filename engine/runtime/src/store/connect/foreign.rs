//! A write-ahead log that lies beside a file to which it does not belong. `SQLite` reads whatever log it finds under the name
//! of a file, and would write the pages of another database over it.
//!
//! A database that is used says in its header that it has a log, and says so on disk before it has one. A copy that
//! [`Store::back_up`](crate::store::Store::back_up) made says that it has none. So a log beside a file that knows of none was
//! left there by the database in whose place the file was put.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::store::error::StoreError;

/// How the file of a database begins (<https://sqlite.org/fileformat.html#the_database_header>).
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Which byte of it says how it is read: 1 without a write-ahead log, 2 with one.
const READ_VERSION: usize = 19;

/// What a file says of itself.
enum Says {
    /// It is missing, or nothing is in it.
    Nothing,
    /// It is a database without a log.
    NoLog,
    /// Anything else, which the driver judges.
    Other,
}

/// Refuses a file beside which the log of another lies. Nothing is changed.
///
/// # Errors
/// It does.
pub(in crate::store) fn refuse_foreign_log(file: &Path) -> Result<(), StoreError> {
    // The log lies beside the file itself and not beside a link to it.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let log = beside(&file, "-wal");
    // The log is looked at before the file: whoever just makes the log of this one has said so in its header before.
    if !std::fs::metadata(&log).is_ok_and(|log| log.is_file() && log.len() > 0) {
        return Ok(());
    }
    let shown = |path: &Path| path.display().to_string();
    let (memory, log) = (shown(&beside(&file, "-shm")), shown(&log));
    match says(&file) {
        Says::Nothing => Err(StoreError::LostFile { file: shown(&file), log, memory }),
        Says::NoLog => Err(StoreError::ForeignLog { file: shown(&file), log, memory }),
        Says::Other => Ok(()),
    }
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(end);
    path.into()
}

fn says(file: &Path) -> Says {
    let mut opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Says::Nothing,
        Err(_) => return Says::Other,
    };
    let mut header = [0; READ_VERSION + 1];
    let read = opened.read(&mut header);
    // Closing it would give up all locks that connections of this process hold on the file (POSIX), so it stays open: one
    // descriptor for each time that a database is opened while it has a log.
    std::mem::forget(opened);
    match read {
        Ok(0) => Says::Nothing,
        Ok(_) if header.starts_with(MAGIC) && header[READ_VERSION] == 1 => Says::NoLog,
        Ok(_) | Err(_) => Says::Other,
    }
}
