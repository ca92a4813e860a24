//! The write-ahead log of a `SQLite` file: what is done with it while nobody writes, and while somebody always does.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use wasl_core::case::CaseId;

use super::sample::{case, event, fresh, minute, open, opening};
use crate::store::Store;
use crate::store::bare::Bare;
use crate::store::connect::bare_folder;
use crate::store::log::{Folded, Log};

fn length(folder: &Path) -> u64 {
    std::fs::metadata(folder.join("wasl.sqlite-wal")).map_or(0, |file| file.len())
}

/// A store whose log has other limits.
async fn limited(folder: &Path, pages: u32, kept: u64, longest: u64) -> Store {
    let store = fresh(folder).await;
    let file = folder.join("wasl.sqlite");
    let own = Bare::new(file.clone(), bare_folder);
    let log = Arc::new(Log::of(&file, own).limited(kept, longest));
    let writer = store.row_writer.as_ref().unwrap();
    writer.pragma("wal_autocheckpoint", pages);
    Store { row_writer: Some(writer.with_log(Arc::clone(&log))), log: Some(log), ..store }
}

async fn write(store: &Store, first: i64, events: i64) {
    for n in first..first + events {
        store.record_event(&event(1, &n.to_string(), minute(1))).await.unwrap();
    }
}

#[tokio::test]
async fn a_log_that_rests_is_folded_once_and_a_long_one_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let store = limited(folder.path(), 100_000, 200_000, u64::MAX).await;
    open(&store, vec![opening(case(1))]).await;
    let fold = async || store.fold_log().await.unwrap().unwrap();
    assert_eq!(fold().await, Folded::Nothing, "it has just been written");
    assert_eq!(fold().await, Folded::Cut, "migrations are long");
    assert_eq!((fold().await, length(folder.path())), (Folded::Nothing, 0));
    write(&store, 0, 3).await;
    assert_eq!((fold().await, fold().await, fold().await), (Folded::Nothing, Folded::Folded, Folded::Nothing));
    let before = length(folder.path());
    write(&store, 3, 2).await;
    assert_eq!(length(folder.path()), before, "what was folded is written over");
    write(&store, 5, 60).await;
    assert!(length(folder.path()) > 200_000, "{}", length(folder.path()));
    assert_eq!((fold().await, fold().await, length(folder.path())), (Folded::Nothing, Folded::Cut, 0));
    store.close().await.unwrap();
    assert!(!folder.path().join("wasl.sqlite-wal").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_somebody_always_reads_does_not_grow_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let limit = 400_000;
    let store = limited(folder.path(), 50, u64::MAX, limit).await;
    open(&store, vec![opening(case(1))]).await;
    // Two who read in turn, so that at each moment one of them reads what was written some time before.
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|n: u64| {
            let (file, stop) = (folder.path().join("wasl.sqlite"), Arc::clone(&stop));
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(25 * n));
                let db = Connection::open(file).unwrap();
                while !stop.load(Ordering::SeqCst) {
                    db.execute_batch("BEGIN; SELECT COUNT(*) FROM events;").unwrap();
                    std::thread::sleep(Duration::from_millis(50));
                    db.execute_batch("COMMIT").unwrap();
                }
            })
        })
        .collect();
    let mut longest = 0;
    for n in 0..60 {
        write(&store, n * 10, 10).await;
        longest = longest.max(length(folder.path()));
        store.log.as_ref().unwrap().try_again();
    }
    stop.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.join().unwrap();
    }
    // All that was written is 15 MB. Where the machine is busy readers overlap for longer, and the log grows beyond its limit meanwhile.
    assert!(longest < 12 * limit, "{longest}");
}

#[tokio::test]
async fn who_reads_for_long_keeps_nobody_from_writing_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let store = limited(folder.path(), 50, u64::MAX, 100_000).await;
    open(&store, vec![opening(case(1))]).await;
    let reader = Connection::open(folder.path().join("wasl.sqlite")).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM events;").unwrap();
    let began = Instant::now();
    write(&store, 0, 40).await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(store.events(CaseId(1)).await.unwrap().len(), 40);
    reader.execute_batch("COMMIT").unwrap();
    store.log.as_ref().unwrap().try_again();
    write(&store, 40, 1).await;
    assert_eq!(length(folder.path()), 0, "once nobody reads it is cut");
}
