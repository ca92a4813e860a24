//! The loops of the daemon, each with a clock that makes it wait for what is tested.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use wasl_core::case::CaseId;
use wasl_core::event::Body;
use wasl_core::value::Record;

use super::*;
use crate::bench::ground::Ground;
use crate::bench::house;
use crate::clock::{Clock, Sleep, SystemClock};
use crate::engine::NoProbe;
use crate::store::NewEvent;

/// Waits a thousandth of what it is told.
#[derive(Debug)]
struct Hasty;

impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep(&self, time: Duration) -> Sleep {
        SystemClock.sleep(time / 1000)
    }
}

#[tokio::test]
async fn a_loop_that_breaks_off_is_told_of_begun_again_and_well_after_a_while() {
    let ground = Ground::in_folder(&std::env::temp_dir(), "broken-off");
    let engine = house::engine(&ground, Arc::new(Hasty), Arc::new(NoProbe)).await.unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let environment = Box::new(move || match counted.fetch_add(1, Ordering::SeqCst) {
        0 => panic!("a fault of this program"),
        _ => house::environment().map_err(|error| error.to_string()),
    });
    let running = Running { workflows: ground.workflows(), environment, poster: None, begun: None };
    let stop = CancellationToken::new();
    let daemon = tokio::spawn(Arc::clone(&engine).run(running, stop.clone()));
    let broken = || engine.troubles().contains_key("loop files");
    while !broken() {
        tokio::task::yield_now().await;
    }
    while broken() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(calls.load(Ordering::SeqCst) > 1, "it looks at the files again");
    stop.cancel();
    daemon.await.unwrap();
}

/// Where nothing comes before it is waited for exactly.
#[derive(Debug)]
struct Exact(AtomicI64);

impl Clock for Exact {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_hours(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(std::future::pending())
    }

    fn sleep_exactly(&self, time: Duration) -> Sleep {
        SystemClock.sleep_exactly(time)
    }
}

#[tokio::test]
async fn the_moment_of_a_due_case_is_waited_for_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let ground = Ground::in_folder(dir.path(), "exact");
    let clock = Arc::new(Exact(AtomicI64::new(0)));
    let engine = house::engine(&ground, Arc::clone(&clock) as _, Arc::new(NoProbe)).await.unwrap();
    house::open(&engine, 0..1).await.unwrap();
    let version = async || engine.store.case(CaseId(1)).await.unwrap().unwrap().version;
    let (before, stop) = (version().await, CancellationToken::new());
    clock.0.store(1, Ordering::SeqCst);
    let moving = tokio::spawn(Arc::clone(&engine).move_cases(stop.clone()));
    let until = std::time::Instant::now() + Duration::from_mins(1);
    while version().await == before {
        assert!(std::time::Instant::now() < until, "it waits for something else");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    moving.await.unwrap();
}

#[tokio::test]
async fn an_idle_daemon_folds_the_write_ahead_log_into_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let ground = Ground::in_folder(dir.path(), "folded");
    let engine = house::engine(&ground, Arc::new(Hasty), Arc::new(NoProbe)).await.unwrap();
    house::open(&engine, 0..1).await.unwrap();
    let environment = Box::new(|| house::environment().map_err(|error| error.to_string()));
    let running = Running { workflows: ground.workflows(), environment, poster: None, begun: None };
    let stop = CancellationToken::new();
    let daemon = tokio::spawn(Arc::clone(&engine).run(running, stop.clone()));
    let (body, source_id) = (Body::External { name: "pulse".into(), data: Record::new() }, "told while idle");
    let (source, by, at) = ("test".into(), "test".into(), engine.now());
    let event = NewEvent { case: CaseId(1), source, source_id: source_id.into(), at, by, body };
    engine.submit(event).await.unwrap();
    let is_folded = || {
        let file = std::fs::read(ground.folder().join("bench.sqlite")).unwrap();
        file.windows(source_id.len()).any(|bytes| bytes == source_id.as_bytes())
    };
    let until = std::time::Instant::now() + Duration::from_mins(1);
    while !is_folded() {
        assert!(std::time::Instant::now() < until, "what was committed is not in the file");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    daemon.await.unwrap();
}
