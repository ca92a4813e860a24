//! Other systems tell faster than can be taken: what cannot be taken yet waits or is refused with the wish to come again,
//! and whoever was answered was heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;
use wasl_core::case::CaseId;
use wasl_core::event::Body;
use wasl_core::value::Record;

use super::{Daemon, Load};
use crate::bench::ground::Ground;
use crate::bench::house;
use crate::bench::machine::{per, resident_mib};
use crate::bench::{BenchError, Plan, Telling, percentile};
use crate::clock::SystemClock;
use crate::engine::{Engine, EngineError, NoProbe};
use crate::store::NewEvent;

/// Connections of those who tell: each waits for its answer before it tells the next.
const CONNECTIONS: u64 = 1_000;
/// Cases that are told of.
const CASES: u32 = 5_000;
/// How long who was refused waits, as `Retry-After` asks.
const AGAIN: Duration = Duration::from_secs(1);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Events, each of which was stored and taken by its case, once.
    pub events: u64,
    /// Events that were to be told in a second.
    pub offered_per_s: u32,
    /// Events that were answered in a second.
    pub answered_per_s: f64,
    /// Half of those that were answered waited so long for it.
    pub answer_p50_ms: f64,
    /// 99 of 100 waited at most so long.
    pub answer_p99_ms: f64,
    /// How often somebody was asked to come again.
    pub refused: u64,
    /// How much later than it was to be told the last event was answered.
    pub behind_s: f64,
    /// The most that was resident, in MiB.
    pub peak_mib: f64,
}

/// Those who tell.
struct Tellers {
    engine: Arc<Engine>,
    began: Instant,
    rate: u32,
    events: u64,
    next: AtomicU64,
    refused: AtomicU64,
}

impl Told {
    pub(super) async fn play(plan: &Plan, load: Load, telling: Telling<'_>) -> Result<Self, BenchError> {
        let ground = Ground::new(plan, "events").await?;
        let engine = house::engine(&ground, Arc::new(SystemClock), Arc::new(NoProbe)).await?;
        house::open(&engine, 0..CASES).await?;
        let daemon = Daemon::start(&engine, &ground)?;
        let (rate, events) = (load.events_per_s, u64::from(load.events_per_s) * u64::from(load.seconds));
        telling(&format!("{rate} events a second for {} seconds", load.seconds));
        let (next, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        let tellers = Tellers { engine: Arc::clone(&engine), began: Instant::now(), rate, events, next, refused };
        let tellers = Arc::new(tellers);
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS.min(events) {
            connections.spawn(Arc::clone(&tellers).tell());
        }
        let mut waited = Vec::new();
        while let Some(told) = connections.join_next().await {
            waited.extend(told.map_err(|error| BenchError::Wrong(error.to_string()))??);
        }
        let took = tellers.began.elapsed();
        daemon.stop().await;
        none_is_lost(&engine, events).await?;
        engine.store.close().await?;
        let (_, peak_mib) = resident_mib();
        Ok(Self {
            events,
            offered_per_s: rate,
            answered_per_s: per(events, took),
            answer_p50_ms: percentile(&mut waited, 50),
            answer_p99_ms: percentile(&mut waited, 99),
            refused: tellers.refused.load(Ordering::SeqCst),
            behind_s: (took.as_secs_f64() - f64::from(load.seconds)).max(0.0),
            peak_mib,
        })
    }
}

impl Tellers {
    /// One connection tells one event after the other, none before its time; milliseconds until each was answered.
    async fn tell(self: Arc<Self>) -> Result<Vec<f64>, BenchError> {
        let mut waited = Vec::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= self.events {
                return Ok(waited);
            }
            let at = self.began + Duration::from_secs(1) * u32::try_from(number).unwrap_or(u32::MAX) / self.rate.max(1);
            tokio::time::sleep_until(at.into()).await;
            waited.push(self.tell_one(number).await?);
        }
    }

    async fn tell_one(&self, number: u64) -> Result<f64, BenchError> {
        let case = CaseId(i64::try_from(number % u64::from(CASES)).unwrap_or_default() + 1);
        loop {
            let body = Body::External { name: "pulse".to_owned(), data: Record::new() };
            let (source, source_id, by) = ("billing".to_owned(), number.to_string(), "bench".to_owned());
            let event = NewEvent { case, source, source_id, at: self.engine.now(), by, body };
            let began = Instant::now();
            match self.engine.submit_in_turn(event).await {
                Err(EngineError::Busy) => {
                    self.refused.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(began.elapsed().as_secs_f64() * 1e3),
            }
        }
    }
}

/// Whether everything that was answered is there, and was taken by its case.
async fn none_is_lost(engine: &Engine, events: u64) -> Result<(), BenchError> {
    let mut taken = 0;
    for case in 1..=i64::from(CASES) {
        let stored = engine.store.events(CaseId(case)).await?;
        taken += stored.iter().filter(|event| event.disposition.is_some()).count() as u64;
    }
    if taken == events { Ok(()) } else { Err(BenchError::Wrong(format!("{taken} of {events} events were taken"))) }
}
