//! The write-ahead log of a `SQLite` file: folded into the file while nobody writes, and kept from growing for ever while
//! somebody always does.
//!
//! Whoever commits folds a log of many pages by itself, and the next one begins it anew, unless somebody is just reading from
//! it. Under constant writing and reading that moment may never come: then those who write wait a little for those who read.

use std::fs::{Metadata, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rusqlite::Connection;

use super::Store;
use super::bare::Bare;
use super::error::{Failure, StoreError, Trouble};

/// A log file that is longer is cut when nobody writes: 64 MiB.
const KEPT: u64 = 64 << 20;
/// One that is longer is begun anew even while others write: 160 MiB, four times what is folded by itself.
const LONGEST: u64 = 160 << 20;
/// So long those who write wait for those who read, and so rarely.
const PATIENCE: Duration = Duration::from_millis(200);
const TRIED_EVERY: Duration = Duration::from_secs(2);

/// What was done about the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// Nothing: somebody is writing, or nobody has written.
    Nothing,
    /// What was in it stands in the file, and it is begun anew.
    Folded,
    /// The same, and it was cut.
    Cut,
}

/// The log of a file.
pub(super) struct Log {
    path: PathBuf,
    /// Folds it, beside those who write.
    connection: Arc<Bare>,
    seen: Mutex<Seen>,
    kept: u64,
    longest: u64,
}

/// As it was looked at last.
#[derive(Default)]
struct Seen {
    last: Option<State>,
    folded: Option<State>,
    tried: Option<Instant>,
}

/// Its length, and when it was written last.
type State = (u64, SystemTime);

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Folds the log into the file if nobody has written since it was looked at last, so that those who write need not; `None`
    /// where the database looks after itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn fold_log(&self) -> Result<Option<Folded>, StoreError> {
        const OPERATION: &str = "fold the write-ahead log";
        let Some(log) = &self.log else { return Ok(None) };
        let Some(state) = log.has_rested() else { return Ok(Some(Folded::Nothing)) };
        let cut = state.0 > log.kept;
        log.may_be_written().map_err(|failure| failure.during(OPERATION))?;
        let done = log.connection.run(OPERATION, move |db| {
            let folded = checkpoint(db, "PASSIVE")?;
            Ok((folded, folded && cut && checkpoint(db, "TRUNCATE")?))
        });
        let (folded, cut) = done.await?;
        if folded {
            log.seen().folded = log.state();
        }
        Ok(Some(match (folded, cut) {
            (false, _) => Folded::Nothing,
            (true, false) => Folded::Folded,
            (true, true) => Folded::Cut,
        }))
    }

    /// Empties the log, in which pages lie as they were before something was erased; false while somebody reads them or
    /// writes, whom nobody waits for. On a server its own vacuum does so.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_old_pages(&self) -> Result<bool, StoreError> {
        const OPERATION: &str = "empty the write-ahead log";
        let Some(log) = &self.log else { return Ok(true) };
        log.may_be_written().map_err(|failure| failure.during(OPERATION))?;
        log.connection.run(OPERATION, |db| checkpoint(db, "TRUNCATE")).await
    }
}

impl Log {
    /// The log of a database file, folded by a connection of its own.
    pub(super) fn of(file: &Path, connection: Arc<Bare>) -> Self {
        let mut path = file.as_os_str().to_owned();
        path.push("-wal");
        Self { path: path.into(), connection, seen: Mutex::default(), kept: KEPT, longest: LONGEST }
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.connection.close().await
    }

    /// Whether the log may be written, asked before each time that something is: a file system that was made read-only under
    /// open files tells nobody before, and `SQLite` also writes into memory that is mapped from it, which then ends the
    /// process in place of failing. The file of the database cannot be asked: closing it gives up the locks that others hold.
    pub(super) fn may_be_written(&self) -> Result<(), Failure> {
        match OpenOptions::new().append(true).open(&self.path) {
            Err(error) if matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied) => {
                Err(Failure::of(Trouble::ReadOnly, &error))
            }
            // One that is not there is made; whatever else is wrong, whoever writes finds out.
            _ => Ok(()),
        }
    }

    /// Begins the log anew if it has become too long, on the connection of whoever has the turn to write. Who cannot, because
    /// somebody reads for long, tries again later.
    pub(super) fn keep_short(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.state().is_none_or(|(length, _)| length <= self.longest) || self.may_be_written().is_err() {
            return Ok(());
        }
        {
            let mut seen = self.seen();
            if seen.tried.is_some_and(|tried| tried.elapsed() < TRIED_EVERY) {
                return Ok(());
            }
            seen.tried = Some(Instant::now());
        }
        db.busy_timeout(PATIENCE)?;
        let cut = checkpoint(db, "TRUNCATE");
        db.busy_timeout(super::connect::BUSY_TIMEOUT)?;
        cut.map(|_| ())
    }

    /// The log as it stands, if it was not written since it was looked at last, and was since it was folded.
    fn has_rested(&self) -> Option<State> {
        let state = self.state()?;
        let mut seen = self.seen();
        let has_rested = seen.last.replace(state) == Some(state);
        (has_rested && seen.folded != Some(state)).then_some(state)
    }

    /// `None` while there is none, or an empty one.
    fn state(&self) -> Option<State> {
        let state = |file: Metadata| Some((file.len(), file.modified().ok()?));
        std::fs::metadata(&self.path).ok().and_then(state).filter(|(length, _)| *length > 0)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Log {
    /// The same with other limits.
    pub(super) fn limited(self, kept: u64, longest: u64) -> Self {
        Self { kept, longest, ..self }
    }

    /// It may be tried again at once.
    pub(super) fn try_again(&self) {
        self.seen().tried = None;
    }
}

/// Folds the log; says whether all of it is.
fn checkpoint(db: &Connection, how: &str) -> rusqlite::Result<bool> {
    db.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| {
        let (busy, pages, folded): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && pages == folded)
    })
}
