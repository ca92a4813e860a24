//! What lies beside a `SQLite` file when it is opened: its own write-ahead log, left by a process that died, or that of another
//! database, in whose place the file was put.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use wasl_core::case::CaseId;

use super::sample::{case, event, fresh, minute, open, opening, url};
use crate::store::{Store, StoreError};

/// In which folder the process of [`a_process_that_dies`] works.
const FOLDER: &str = "WASL_DIES_IN";

/// The process that dies, run by the tests below. Run without a folder, it has nothing to do.
#[tokio::test]
async fn a_process_that_dies() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let store = Store::open(&url(Path::new(&folder))).await.unwrap();
    store.record_event(&event(1, "the last", minute(2))).await.unwrap();
    std::process::abort();
}

fn dies(folder: &Path) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "store::conformance::restored::a_process_that_dies", "--nocapture"]);
    let died = child.env(FOLDER, folder).output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&died.status), Some(6), "{died:?}");
}

/// A folder in which a process has died: of its two events the last one lies in the log alone. Beside it a copy that was made
/// after the first.
async fn left_by_a_dead_process() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, vec![opening(case(1))]).await;
    store.record_event(&event(1, "the first", minute(1))).await.unwrap();
    store.back_up(folder.path().join("copy.sqlite").to_str().unwrap(), "huda", minute(1)).await.unwrap();
    store.close().await.unwrap();
    dies(folder.path());
    folder
}

async fn events(store: &Store) -> Vec<String> {
    store.events(CaseId(1)).await.unwrap().into_iter().map(|event| event.source_id).collect()
}

/// The files of a folder with what is in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|entry| file(entry.unwrap())).collect()
}

async fn refused(folder: &Path) -> StoreError {
    let before = files(folder);
    let error = Store::open(&url(folder)).await.unwrap_err();
    assert!(files(folder) == before, "nothing was changed: {:?}, {:?}", before.keys(), files(folder).keys());
    error
}

#[tokio::test]
async fn the_log_that_a_dead_process_left_is_taken_up() {
    let folder = left_by_a_dead_process().await;
    assert!(fs::metadata(folder.path().join("wasl.sqlite-wal")).unwrap().len() > 0);
    let alone = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("wasl.sqlite"), alone.path().join("wasl.sqlite")).unwrap();
    assert_eq!(events(&Store::open(&url(alone.path())).await.unwrap()).await, ["the first"], "the log holds the last");
    assert_eq!(events(&Store::open(&url(folder.path())).await.unwrap()).await, ["the first", "the last"]);
}

#[tokio::test]
async fn a_copy_in_the_place_of_a_database_that_left_its_log_is_refused_until_the_log_is_moved_away() {
    let folder = left_by_a_dead_process().await;
    let path = |name: &str| folder.path().join(name);
    let copy = fs::read(path("copy.sqlite")).unwrap();
    assert_eq!(copy[18..20], [1, 1], "it says that it has no log");
    for end in ["-wal", "-shm", "-journal"] {
        assert!(!path(&format!("copy.sqlite{end}")).exists(), "it needs no other file");
    }
    fs::rename(path("copy.sqlite"), path("wasl.sqlite")).unwrap();
    let error = refused(folder.path()).await;
    assert!(matches!(error, StoreError::ForeignLog { .. }), "{error:?}");
    let words = error.to_string();
    for word in ["wasl.sqlite-wal`", "wasl.sqlite-shm`", "nothing was changed", "move"] {
        assert!(words.contains(word), "{words}");
    }
    assert!(fs::read(path("wasl.sqlite")).unwrap() == copy);
    fs::remove_file(path("wasl.sqlite-wal")).unwrap();
    // What lies beside a log is made anew by whoever opens the file first.
    let store = Store::open(&url(folder.path())).await.unwrap();
    assert_eq!(events(&store).await, ["the first"]);
    assert_eq!(store.holds().await.unwrap().len(), 1);
    assert_eq!(store.unsound().await.unwrap(), Vec::<String>::new());
    // From now on it has a log of its own.
    store.close().await.unwrap();
    dies(folder.path());
    assert!(fs::metadata(path("wasl.sqlite-wal")).unwrap().len() > 0);
    assert_eq!(events(&Store::open(&url(folder.path())).await.unwrap()).await, ["the first", "the last"]);
}

#[tokio::test]
async fn a_log_whose_database_is_gone_is_kept_until_it_is_moved_away() {
    let folder = left_by_a_dead_process().await;
    let path = |name: &str| folder.path().join(name);
    fs::rename(path("wasl.sqlite"), path("gone.sqlite")).unwrap();
    let error = refused(folder.path()).await;
    assert!(matches!(error, StoreError::LostFile { .. }), "{error:?}");
    assert!(error.to_string().contains("wasl.sqlite-wal` is there"), "{error}");
    // `SQLite` itself would remove the log of an empty file.
    fs::write(path("wasl.sqlite"), "").unwrap();
    let error = refused(folder.path()).await;
    assert!(matches!(error, StoreError::LostFile { .. }), "{error:?}");
    fs::rename(path("gone.sqlite"), path("wasl.sqlite")).unwrap();
    assert_eq!(events(&Store::open(&url(folder.path())).await.unwrap()).await, ["the first", "the last"]);
}

#[tokio::test]
async fn no_copy_is_made_where_the_log_of_another_lies() {
    let folder = left_by_a_dead_process().await;
    let path = |name: &str| folder.path().join(name);
    fs::rename(path("wasl.sqlite"), path("gone.sqlite")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (store, before) = (fresh(elsewhere.path()).await, files(folder.path()));
    let copy = path("wasl.sqlite");
    let error = store.back_up(copy.to_str().unwrap(), "huda", minute(3)).await.unwrap_err();
    assert!(matches!(error, StoreError::LostFile { .. }), "{error:?}");
    assert!(files(folder.path()) == before, "{:?}", files(folder.path()).keys());
}

#[tokio::test]
async fn the_log_beside_the_file_counts_where_the_address_names_a_link() {
    let folder = left_by_a_dead_process().await;
    fs::rename(folder.path().join("copy.sqlite"), folder.path().join("wasl.sqlite")).unwrap();
    let link = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(folder.path().join("wasl.sqlite"), link.path().join("wasl.sqlite")).unwrap();
    let error = refused(link.path()).await;
    assert!(matches!(error, StoreError::ForeignLog { .. }), "{error:?}");
}

/// A process that closes any file of the database has given up all its locks on it, by the rules of POSIX.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_looks_at_the_file_gives_up_no_locks_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let _first = fresh(folder.path()).await;
    assert!(fs::metadata(folder.path().join("wasl.sqlite-wal")).unwrap().len() > 0);
    let file = std::os::unix::fs::MetadataExt::ino(&fs::metadata(folder.path().join("wasl.sqlite")).unwrap());
    let locks = || {
        let all = fs::read_to_string("/proc/locks").unwrap();
        all.lines().filter(|line| line.contains(&format!(":{file} "))).count()
    };
    assert_eq!(locks(), 1);
    let _second = Store::open(&url(folder.path())).await.unwrap();
    assert_eq!(locks(), 1);
}
