//! The loops of the daemon, each with a clock that makes it wait for what is tested.

use std::sync::atomic::{AtomicU32, Ordering};

use wasl_core::case::CaseId;
use wasl_core::event::{Body, Disposition};
use wasl_core::value::Record;

use super::*;
use crate::bench::ground::Ground;
use crate::bench::{Plan, house};
use crate::clock::{Clock, ManualClock, Sleep, SystemClock};
use crate::engine::NoProbe;
use crate::store::conformance::postgres::PostgresDatabase;
use crate::store::{NewEvent, Store};

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

/// What happens while the last of a wait passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meanwhile {
    Nothing,
    SetBack,
    Told,
}

/// Time passes only where a moment is waited for exactly, and something happens meanwhile.
struct Awaited {
    clock: Arc<ManualClock>,
    meanwhile: Meanwhile,
    store: std::sync::OnceLock<Store>,
    waited: Mutex<Vec<Duration>>,
}

impl Clock for Awaited {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep_exactly(&self, time: Duration) -> Sleep {
        self.waited.lock().unwrap().push(time);
        let (clock, store, meanwhile) = (Arc::clone(&self.clock), self.store.get().cloned(), self.meanwhile);
        Box::pin(async move {
            match meanwhile {
                Meanwhile::Nothing => {}
                Meanwhile::SetBack => return,
                Meanwhile::Told => {
                    let (at, body) = (clock.now(), Body::External { name: "pulse".into(), data: Record::new() });
                    let told = NewEvent {
                        case: CaseId(1),
                        source: "test".into(),
                        source_id: "1".into(),
                        at,
                        by: "test".into(),
                        body,
                    };
                    store.unwrap().record_event(&told).await.unwrap();
                }
            }
            clock.advance(SignedDuration::try_from(time).unwrap());
        })
    }
}

/// An engine three milliseconds before its only case is due, and that moment.
async fn shortly_before(ground: &Ground, meanwhile: Meanwhile) -> (Arc<Engine>, Arc<Awaited>, Timestamp) {
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let (store, waited) = (std::sync::OnceLock::new(), Mutex::default());
    let awaited = Arc::new(Awaited { clock: Arc::clone(&clock), meanwhile, store, waited });
    let engine = house::engine(ground, Arc::clone(&awaited) as _, Arc::new(NoProbe)).await.unwrap();
    awaited.store.set(engine.store.clone()).unwrap();
    house::open(&engine, 0..1).await.unwrap();
    let due = engine.store.next_wake().await.unwrap().unwrap();
    clock.set(due - SignedDuration::from_millis(3));
    (engine, awaited, due)
}

async fn case_one(engine: &Engine) -> wasl_core::case::Case {
    engine.store.case(CaseId(1)).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_falls_due_is_decided_shortly_before_and_committed_at_its_moment() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, awaited, due) = shortly_before(&Ground::in_folder(dir.path(), "ahead"), Meanwhile::Nothing).await;
    // The loop rests until then, and names the moment.
    assert_eq!(engine.until_due(Some(due), SHORTEST_REST), SignedDuration::ZERO);
    assert_eq!(engine.until_due(Some(due + AHEAD), SHORTEST_REST), SignedDuration::from_millis(3));
    assert_eq!(engine.until_due(Some(engine.now()), SHORTEST_REST), SHORTEST_REST);
    assert_eq!(engine.soon(Some(due)), due);
    assert_eq!(engine.soon(Some(due + AHEAD)), engine.now());
    assert_eq!(engine.tick_at(due).await.unwrap(), 1);
    assert_eq!(*awaited.waited.lock().unwrap(), [Duration::from_millis(3)]);
    let case = case_one(&engine).await;
    assert_eq!((case.state.as_str(), case.state_since), ("first_call", due));
}

#[tokio::test]
async fn a_moment_that_does_not_come_because_the_clock_was_set_back_moves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, _, due) = shortly_before(&Ground::in_folder(dir.path(), "set-back"), Meanwhile::SetBack).await;
    assert_eq!(engine.tick_at(due).await.unwrap(), 0);
    assert_eq!(case_one(&engine).await.state.as_str(), "detection");
}

async fn what_is_told_before_the_moment_goes_first(ground: &Ground) {
    let (engine, _, due) = shortly_before(ground, Meanwhile::Told).await;
    assert_eq!(engine.tick_at(due).await.unwrap(), 1);
    assert_eq!(case_one(&engine).await.state.as_str(), "first_call");
    let told = engine.store.event("test", "1").await.unwrap().unwrap();
    assert_eq!(told.disposition, Some(Disposition::Applied), "the event came before the timer");
    engine.store.close().await.unwrap();
}

#[tokio::test]
async fn what_is_told_before_the_moment_goes_before_what_was_decided_ahead() {
    let dir = tempfile::tempdir().unwrap();
    what_is_told_before_the_moment_goes_first(&Ground::in_folder(dir.path(), "told")).await;
}

/// There whoever tells a case something would wait for whoever has taken it.
#[tokio::test]
async fn on_a_server_a_moment_is_waited_for_and_nothing_is_taken_before_it() {
    let (dir, database) = (tempfile::tempdir().unwrap(), PostgresDatabase::fresh());
    let (folder, server) = (dir.path().to_owned(), Some(database.url.as_str().into()));
    let plan = Plan { cases: 1, rounds: 1, folder, server, nodes: 1 };
    what_is_told_before_the_moment_goes_first(&Ground::new(&plan, "told").await.unwrap()).await;
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
