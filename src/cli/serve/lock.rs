//! One daemon on one SQLite database: a lock that the system releases by itself when the process ends. Daemons on one
//! PostgreSQL share the work.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};
use crate::settings::Settings;

/// The lock; dropping it releases it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Option<File>,
}

/// Takes the lock beside the database.
///
/// # Errors
/// Another daemon has it, or the file cannot be made.
pub(super) fn take(settings: &Settings) -> Result<Lock, Failure> {
    let Some(database) = settings.database.file() else { return Ok(Lock { _file: None }) };
    let path = lock_path(&database);
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Database, format!("cannot make the lock file `{}`: {error}", path.display()))
            .help("check that the folder of the database may be written by this user")
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(occupied(&database, &mut file)),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // Who has it is told to those who find it taken; that it cannot be written is no reason to stop.
    file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).ok();
    Ok(Lock { _file: Some(file) })
}

fn lock_path(database: &Path) -> PathBuf {
    let mut path = OsString::from(database);
    path.push(".lock");
    path.into()
}

fn occupied(database: &Path, file: &mut File) -> Failure {
    let mut holder = String::new();
    file.read_to_string(&mut holder).ok();
    let who = holder.trim().parse::<u32>().map(|pid| format!(" (process {pid})")).unwrap_or_default();
    Failure::new(Exit::Occupied, format!("another daemon works on `{}`{who}", database.display()))
        .help("one daemon at a time: stop it first, or give this one a database of its own with `--database`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("var/w.sqlite").display());
        let settings = Settings { database: database.as_str().into(), ..Settings::default() };
        let first = take(&settings).unwrap();
        let failure = take(&settings).unwrap_err();
        assert_eq!(failure.exit, Exit::Occupied);
        assert!(failure.message.contains(&format!("(process {})", std::process::id())), "{failure}");
        drop(first);
        take(&settings).unwrap();
    }
}
