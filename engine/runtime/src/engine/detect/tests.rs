//! Detections on a server that several processes share: one of them at a time runs each.

use std::sync::atomic::{AtomicBool, Ordering};

use wasl_core::definition::Environment;
use wasl_core::source::decode_sources;

use super::*;
use crate::bench::ground::Ground;
use crate::bench::{Plan, house};
use crate::clock::{Clock, ManualClock, Sleep, SystemClock};
use crate::engine::NoProbe;
use crate::store::conformance::postgres::PostgresDatabase;

const WORKFLOW: &str = "\
workflow: feed
title: {en: A feed, ar: سجل}
calendar: always
languages: [en]
case: {key: [file], fields: {file: {type: text}}}
detect:
  feed: {from: feed, schedule: \"0 7 * * *\", case: {file: file}}
start: waiting
states:
  waiting: {title: {en: Waiting, ar: انتظار}, after: {30 days: over}}
  over: {end: success}
";
const SOURCES: &str = "\
feed: {title: {en: A feed, ar: سجل}, csv: feed.csv, key: [file], columns: {file: {type: text}}}
";
/// Under which the detection runs.
const LEASE_NAME: &str = "detection feed/feed";

/// Who waits lets time pass by it.
struct Passing(ManualClock);

impl Clock for Passing {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, time: Duration) -> Sleep {
        self.0.advance(SignedDuration::try_from(time).unwrap());
        Box::pin(tokio::task::yield_now())
    }
}

struct Shared {
    engine: Arc<Engine>,
    clock: Arc<Passing>,
    _ground: Ground,
    _database: PostgresDatabase,
    _folder: tempfile::TempDir,
}

impl Shared {
    /// One of the processes; the detection never ran, and so is due.
    async fn new() -> Self {
        let (dir, database) = (tempfile::tempdir().unwrap(), PostgresDatabase::fresh());
        let (folder, server) = (dir.path().to_owned(), Some(database.url.as_str().into()));
        let ground = Ground::new(&Plan { cases: 1, rounds: 1, folder, server, nodes: 1 }, "detect").await.unwrap();
        let clock = Arc::new(Passing(ManualClock::new(SystemClock.now())));
        let engine = house::engine(&ground, Arc::clone(&clock) as _, Arc::new(NoProbe)).await.unwrap();
        std::fs::write(ground.workflows().join("feed.yaml"), WORKFLOW).unwrap();
        std::fs::write(ground.folder().join("feed.csv"), "file\nR-1\n").unwrap();
        let (sources, _) = decode_sources("sources.yaml", SOURCES);
        engine.library.set_environment(Environment { sources, ..house::environment().unwrap() });
        let loaded = engine.load_workflows(&ground.workflows(), "test").await.unwrap();
        assert!(loaded.refused.is_empty(), "{}", loaded.refused[0].1.render(false));
        Self { engine, clock, _ground: ground, _database: database, _folder: dir }
    }

    /// Another process asks for the lease now, for as long as a process has one.
    async fn another_takes_it(&self) -> bool {
        let (now, until) = (self.clock.now(), self.clock.now() + LEASE);
        self.engine.store.take_lease(LEASE_NAME, "another", now, until).await.unwrap()
    }

    /// Whether the detection is run here.
    async fn runs(&self) -> bool {
        let ran = AtomicBool::new(false);
        let run = async { ran.store(true, Ordering::SeqCst) };
        let told = self.engine.alone("feed", "feed", run).await.unwrap();
        assert_eq!(told.is_some(), ran.load(Ordering::SeqCst));
        told.is_some()
    }
}

#[tokio::test]
async fn what_another_process_runs_is_run_here_when_nothing_more_is_heard_of_it() {
    let shared = Shared::new().await;
    assert!(shared.another_takes_it().await);
    assert!(!shared.runs().await);
    shared.clock.0.advance(LEASE);
    assert!(shared.runs().await, "the other was last heard of so long ago");
    assert!(shared.another_takes_it().await, "it is given back");
}

#[tokio::test]
async fn whoever_runs_it_keeps_it_however_long_it_lasts() {
    let shared = Shared::new().await;
    let began = shared.clock.now();
    let run = async {
        // Five times as long as a process is waited for that is not heard of.
        while shared.clock.now() < began + LEASE * 5 {
            tokio::task::yield_now().await;
        }
        shared.another_takes_it().await
    };
    let others_meanwhile = Box::pin(shared.engine.alone("feed", "feed", run)).await.unwrap();
    assert_eq!(others_meanwhile, Some(false));
}

#[tokio::test]
async fn what_another_process_has_just_run_is_not_due_here_any_more() {
    let shared = Shared::new().await;
    let opened = shared.engine.detect("feed", None, false, &|_| ()).await.unwrap();
    assert_eq!(opened[0].opened, 1);
    assert!(!shared.runs().await);
    shared.clock.0.advance(SignedDuration::from_hours(24));
    assert!(shared.runs().await);
}
