//! From the moment at which a case is due, or an event is received, to the commit, on a daemon that has
//! nothing else to do, and of an event while a flood of due cases is worked off; beside a program that commits the same
//! changes, one after the other, and beside the disk alone.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use wasl_core::case::CaseId;

use super::compared::{Compared, Turns};
use super::ground::{Ground, on_ground};
use super::house::{self, BATCH, House};
use super::machine::{Server, Took, Watch};
use super::{BenchError, Plan, Telling, percentile};
use crate::clock::{Clock, Sleep, SystemClock, exactly};
use crate::engine::{Engine, Probe, Running, Station};
use crate::store::Store;
use crate::store::limit::{Limit, Recording};

/// How often an event is told at most, each time to another case.
const TOLD_MAX: u32 = 500;
/// How often the disk is waited for after a rest.
const RESTS: u32 = 50;
/// Cases that wait for a moment of their own, and how far these lie apart.
const TIMERS: u32 = 100;
const APART: Duration = Duration::from_millis(20);
/// How long before the first of them the daemon is left in peace.
const PEACE: SignedDuration = SignedDuration::from_secs(2);
/// What a commit of one event with its move writes into the log at the least, about: eight pages.
static PAGES: [u8; 8 * 4096] = [7; 8 * 4096];
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What came of it, in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Latency {
    /// Events told one after the other to an idle daemon, with nothing between them, beside commits of the same changes.
    #[serde(flatten)]
    pub compared: Compared,
    /// Events told one after the other, in each round.
    pub events: u32,
    /// Half of the events were answered within so long.
    pub event_p50_ms: f64,
    /// 99 of 100 were.
    pub event_p99_ms: f64,
    /// Half of the limit's commits, of the same changes in a database of the same kind, took so long.
    pub limit_p50_ms: f64,
    /// 99 of 100 did.
    pub limit_p99_ms: f64,
    /// Half of the times between two events at which a file beside the database was written and its disk waited for, as a commit
    /// has to, this took so long: nothing that is on disk when it is answered is faster.
    pub sync_p50_ms: f64,
    /// 99 of 100 times it did.
    pub sync_p99_ms: f64,
    /// Cases of which every one waits for a moment of its own.
    pub timers: u32,
    /// Half of them were moved within so long after their moment.
    pub timer_p50_ms: f64,
    /// 99 of 100 were.
    pub timer_p99_ms: f64,
    /// What the disk alone takes, half of the times, after a rest as long as that between two of these moments: a machine that has
    /// been idle is slower.
    pub rested_sync_p50_ms: f64,
    /// Cases that fell due at once while events were told.
    pub flood: u32,
    /// 99 of 100 events were answered within so long meanwhile.
    pub event_in_flood_p99_ms: f64,
}

/// The machine's clock, some time ahead: what waits for an hour need not be waited for.
#[derive(Default)]
pub(super) struct Ahead(AtomicI64);

impl Ahead {
    pub(super) fn skip(&self, time: SignedDuration) {
        self.0.fetch_add(i64::try_from(time.as_millis()).unwrap_or_default(), Ordering::SeqCst);
    }

    fn ahead(&self) -> SignedDuration {
        SignedDuration::from_millis(self.0.load(Ordering::SeqCst))
    }

    /// The present instant, finer than the store keeps it.
    fn exact(&self) -> Timestamp {
        SystemClock::exact().checked_add(self.ahead()).unwrap_or(Timestamp::MAX)
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().checked_add(self.ahead()).unwrap_or(Timestamp::MAX)
    }

    fn until(&self, at: Timestamp) -> SignedDuration {
        at.duration_since(self.exact())
    }

    fn sleep_exactly(&self, time: Duration) -> Sleep {
        exactly(time)
    }
}

/// Notes when something was committed.
struct Commits(Arc<Ahead>, Mutex<Vec<Timestamp>>);

impl Probe for Commits {
    fn at(&self, station: Station) {
        if station == Station::Committed {
            self.1.lock().unwrap_or_else(PoisonError::into_inner).push(self.0.exact());
        }
    }
}

impl Latency {
    /// Plays it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        let recording = record(plan).await?;
        on_ground(plan, "latency", async |ground| {
            on_ground(plan, "limit", async |like| {
                let by_hand = ByHand::new(plan, like, &recording).await?;
                Self::time(plan, telling, ground, by_hand).await
            })
            .await
        })
        .await
    }

    async fn time(
        plan: &Plan,
        telling: Telling<'_>,
        ground: &Ground,
        mut by_hand: ByHand<'_>,
    ) -> Result<Self, BenchError> {
        let clock = Arc::new(Ahead::default());
        let commits = Arc::new(Commits(Arc::clone(&clock), Mutex::default()));
        let engine = house::engine(ground, Arc::clone(&clock) as _, Arc::clone(&commits) as _).await?;
        telling("opening cases");
        let (first, events) = (TIMERS, plan.cases.min(TOLD_MAX));
        house::open(&engine, first..first + events).await?;
        let stop = CancellationToken::new();
        let environment = house::environment()?;
        let environment = Box::new(move || Ok(environment.clone()));
        let running = Running { workflows: ground.workflows(), environment, poster: None, begun: None };
        let daemon = tokio::spawn(Arc::clone(&engine).run(running, stop.clone()));
        telling("events on an idle daemon");
        let mut syncs = Syncs::beside(ground)?;
        let mut idle = told(&engine, "idle", events, || syncs.take()).await?;
        let (conditions, mut turns) = (ground.conditions().await?, Turns::default());
        for round in 1..=plan.rounds {
            telling(&format!("round {round} of {}: limit and engine in turn", plan.rounds));
            turns.limit.push(by_hand.commit(events, conditions.server).await?);
            let watch = Watch::start(conditions.server);
            told(&engine, &format!("round {round}"), events, || Ok(())).await?;
            turns.engine.push(watch.stop());
        }
        let mut limit = by_hand.close().await?;
        telling("timers on an idle daemon");
        let mut timers = timers(&engine, &clock, &commits, i64::from(events) + 1).await?;
        let mut rested = Syncs::beside(ground)?;
        for _ in 0..RESTS {
            tokio::time::sleep(APART).await;
            rested.take()?;
        }
        telling(&format!("events while {} cases are due", plan.cases));
        house::open(&engine, first + events..first + events + plan.cases).await?;
        clock.skip(HOUR);
        engine.wake();
        let mut flooded = told(&engine, "flood", events, || Ok(())).await?;
        stop.cancel();
        // The loops have been told to stop; what they have to say is in the log.
        daemon.await.ok();
        engine.store.close().await?;
        Ok(Self {
            compared: turns.compared(events.into(), Some(conditions)),
            events,
            event_p50_ms: percentile(&mut idle, 50),
            event_p99_ms: percentile(&mut idle, 99),
            limit_p50_ms: percentile(&mut limit, 50),
            limit_p99_ms: percentile(&mut limit, 99),
            sync_p50_ms: percentile(&mut syncs.took, 50),
            sync_p99_ms: percentile(&mut syncs.took, 99),
            timers: TIMERS,
            timer_p50_ms: percentile(&mut timers, 50),
            timer_p99_ms: percentile(&mut timers, 99),
            rested_sync_p50_ms: percentile(&mut rested.took, 50),
            flood: plan.cases,
            event_in_flood_p99_ms: percentile(&mut flooded, 99),
        })
    }
}

/// The rows that an event leaves behind with its move.
async fn record(plan: &Plan) -> Result<Recording, BenchError> {
    on_ground(plan, "recording", async |ground| {
        let house = House::new(ground).await?;
        house.open(0..1).await?;
        let mut recording = Recording::begin(&ground.url()).await?;
        house::tell(&house.engine, "recorded", 1).await?;
        recording.transition().await?;
        house.engine.store.close().await?;
        Ok(recording)
    })
    .await
}

/// A program that commits the same rows, a case at a time.
struct ByHand<'r> {
    limit: Limit<'r>,
    /// Makes room for histories, on a server.
    tables: Option<Store>,
    /// The number of the next case.
    next: i64,
    /// How long each commit took, in milliseconds.
    took: Vec<f64>,
}

impl<'r> ByHand<'r> {
    async fn new(plan: &Plan, like: &Ground, recording: &'r Recording) -> Result<Self, BenchError> {
        let tables = if plan.server.is_some() { Some(like.migrate().await?) } else { None };
        Ok(Self { limit: Limit::new(&like.url(), recording).await?, tables, next: 1, took: Vec::new() })
    }

    /// One for each event, each of another case.
    async fn commit(&mut self, events: u32, server: Option<Server>) -> Result<Took, BenchError> {
        if let Some(tables) = &self.tables {
            tables.reserve_case_ids(events).await?;
        }
        let cases = self.next..self.next + i64::from(events);
        self.next = cases.end;
        self.limit.open(cases.clone(), BATCH).await?;
        let watch = Watch::start(server);
        let took = self.limit.play(0, cases, 1).await?;
        let all = watch.stop();
        self.took.extend(took.iter().map(|took| took.as_secs_f64() * 1e3));
        Ok(all)
    }

    /// How long each took.
    async fn close(self) -> Result<Vec<f64>, BenchError> {
        self.limit.close().await?;
        if let Some(tables) = self.tables {
            tables.close().await?;
        }
        Ok(self.took)
    }
}

/// How long the disk takes to keep what a commit writes at the least.
struct Syncs {
    file: File,
    path: PathBuf,
    took: Vec<f64>,
}

impl Syncs {
    fn beside(ground: &Ground) -> Result<Self, BenchError> {
        let path = ground.folder().join("syncs");
        let file = File::create(&path).map_err(|source| BenchError::Folder { path: path.clone(), source })?;
        Ok(Self { file, path, took: Vec::new() })
    }

    /// Writes some pages more and waits for the disk.
    fn take(&mut self) -> Result<(), BenchError> {
        let began = Instant::now();
        let done = self.file.write_all(&PAGES).and_then(|()| self.file.sync_data());
        done.map_err(|source| BenchError::Folder { path: self.path.clone(), source })?;
        self.took.push(began.elapsed().as_secs_f64() * 1e3);
        Ok(())
    }
}

/// Tells each case an event and waits until it is committed; milliseconds.
async fn told(
    engine: &Engine,
    source: &str,
    events: u32,
    mut between: impl FnMut() -> Result<(), BenchError>,
) -> Result<Vec<f64>, BenchError> {
    let mut took = Vec::new();
    for n in 1..=i64::from(events) {
        between()?;
        let began = Instant::now();
        house::tell(engine, source, n).await?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(took)
}

/// Opens cases one after the other, skips most of the hour that they wait, and compares each one's moment with the
/// commit that came next; milliseconds.
async fn timers(engine: &Engine, clock: &Ahead, commits: &Commits, first: i64) -> Result<Vec<f64>, BenchError> {
    let mut moments = Vec::new();
    for n in 0..TIMERS {
        house::open(engine, n..n + 1).await?;
        let case = engine.store.case(CaseId(first + i64::from(n))).await?;
        let due = case.and_then(|case| case.wake_at());
        moments.push(due.ok_or_else(|| BenchError::Wrong("a case does not wait".to_owned()))?);
        tokio::time::sleep(APART).await;
    }
    let opened = |due: &Timestamp| due.checked_sub(HOUR).unwrap_or(Timestamp::MIN);
    let since_first = engine.now().duration_since(moments.first().map(opened).unwrap_or_default());
    clock.skip(HOUR - since_first - PEACE);
    engine.wake();
    let rest = PEACE.unsigned_abs() + APART * TIMERS * 2 + since_first.unsigned_abs();
    tokio::time::sleep(rest).await;
    let commits = commits.1.lock().unwrap_or_else(PoisonError::into_inner);
    let late = |due: &Timestamp| {
        let next = commits.iter().find(|commit| *commit >= due);
        next.map_or(f64::INFINITY, |commit| commit.duration_since(*due).as_secs_f64() * 1e3)
    };
    Ok(moments.iter().map(late).collect())
}

#[cfg(test)]
mod tests {
    use wasl_core::history::What;

    use super::*;
    use crate::store::conformance::postgres::PostgresDatabase;

    /// What a case that was told something leaves behind: its history, its version and what became of the event.
    async fn left(store: &Store, case: i64) -> (Vec<What>, u64, Vec<(String, String, bool)>) {
        let whats = store.history(CaseId(case)).await.unwrap().into_iter().map(|entry| entry.what).collect();
        let version = store.case(CaseId(case)).await.unwrap().unwrap().version;
        let events = store.events(CaseId(case)).await.unwrap().into_iter();
        (whats, version, events.map(|event| (event.source, event.source_id, event.disposition.is_some())).collect())
    }

    #[tokio::test]
    async fn the_limit_leaves_behind_what_an_event_leaves() {
        let (folder, database) = (tempfile::tempdir().unwrap(), PostgresDatabase::fresh());
        for server in [None, Some(database.url.as_str().into())] {
            let plan = Plan { cases: 2, rounds: 1, folder: folder.path().to_owned(), server, nodes: 1 };
            let recording = record(&plan).await.unwrap();
            let by_engine = on_ground(&plan, "engine", async |ground| {
                let house = House::new(ground).await?;
                house.open(0..2).await?;
                house::tell(&house.engine, "recorded", 2).await?;
                let left = left(&house.engine.store, 2).await;
                house.engine.store.close().await?;
                Ok(left)
            });
            let by_hand = on_ground(&plan, "limit", async |like| {
                let mut by_hand = ByHand::new(&plan, like, &recording).await?;
                by_hand.commit(2, None).await?;
                assert_eq!(by_hand.close().await?.len(), 2, "each case had a commit of its own");
                let store = Store::open_at(&like.url()).await?;
                let left = left(&store, 2).await;
                store.close().await?;
                Ok(left)
            });
            let (by_engine, by_hand) = (by_engine.await.unwrap(), by_hand.await.unwrap());
            assert_eq!(by_engine, by_hand);
            assert_eq!(by_hand.2, [("recorded".to_owned(), "2".to_owned(), true)]);
        }
    }
}
