//! Cases through five durable transitions, three of which write a message, with timers due at once.

use std::ops::Range;
use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::SignedDuration;
use serde::Serialize;

use super::ground::{Ground, on_ground};
use super::house::{self, House};
use super::machine::{Took, Watch};
use super::{BenchError, Plan, Telling, median};
use crate::engine::Engine;
use crate::store::limit::{Limit, Recording};

/// Transitions of each case: detected, first call, follow-up SMS, escalation, transfer done.
const TRANSITIONS: u64 = 5;
/// The cases of a transaction, for both.
const BATCH: u32 = 500;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outreach {
    /// Cases.
    pub cases: u32,
    /// How often limit and engine took turns; each figure is the median.
    pub rounds: u32,
    /// Transitions of the engine in a second.
    pub engine_per_s: f64,
    /// Transitions of the limit in a second.
    pub limit_per_s: f64,
    /// CPU time of a transition of the engine, in microseconds.
    pub engine_cpu_us: f64,
    /// CPU time of a transition of the limit, in microseconds.
    pub limit_cpu_us: f64,
    /// How much of the limit's rate the engine reaches.
    pub rate_ratio: f64,
    /// How much of the engine's CPU time the limit needs: 1 would be an engine that costs nothing.
    pub cpu_ratio: f64,
    /// Whether the CPU times are those of everything that worked: a server on another machine cannot be looked into.
    pub all_cpu_counted: bool,
    /// Whether what was committed was on disk.
    pub durable: bool,
    /// Bytes on disk for each case after its transitions, with its history and messages.
    pub engine_bytes_per_case: f64,
    /// The same of the limit, which has the same rows.
    pub limit_bytes_per_case: f64,
    /// Several nodes beside one, where that was asked for.
    #[serde(flatten)]
    pub shared: Option<Shared>,
}

/// What several nodes do together.
#[derive(Clone, Debug, Serialize)]
pub struct Shared {
    /// How many: engines with connections and memory of their own, in one process.
    pub nodes: u32,
    /// Their transitions in a second.
    pub nodes_per_s: f64,
    /// How many times as many as those of one.
    pub nodes_gain: f64,
    /// CPU time of a transition, in microseconds.
    pub nodes_cpu_us: f64,
}

/// What was seen in one round.
struct Played {
    took: Took,
    bytes_per_case: f64,
    all_cpu_counted: bool,
    durable: bool,
}

/// The middle of a figure over all rounds.
fn of(played: &[Played], figure: impl Fn(&Played) -> f64) -> f64 {
    median(played.iter().map(figure).collect())
}

impl Outreach {
    /// Plays it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        let recording = record(plan).await?;
        let (mut engine, mut limit, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
        for round in 1..=plan.rounds {
            let tell = |who: &str| telling(&format!("round {round} of {}: {who}", plan.rounds));
            tell("the limit");
            limit.push(play_limit(plan, &recording).await?);
            tell("the engine");
            engine.push(play_engine(plan, 1).await?);
            if plan.nodes > 1 {
                tell("several nodes");
                nodes.push(play_engine(plan, plan.nodes).await?);
            }
        }
        let transitions = TRANSITIONS * u64::from(plan.cases);
        let rate = |played: &[Played]| of(played, |round| round.took.per_second(transitions));
        let cpu = |played: &[Played]| of(played, |round| round.took.cpu_us_each(transitions));
        let bytes = |played: &[Played]| of(played, |round| round.bytes_per_case);
        let (engine_per_s, limit_per_s) = (rate(&engine), rate(&limit));
        let (engine_cpu_us, limit_cpu_us) = (cpu(&engine), cpu(&limit));
        let nodes_per_s = rate(&nodes);
        let shared = (plan.nodes > 1).then(|| Shared {
            nodes: plan.nodes,
            nodes_per_s,
            nodes_gain: nodes_per_s / engine_per_s,
            nodes_cpu_us: cpu(&nodes),
        });
        Ok(Self {
            cases: plan.cases,
            rounds: plan.rounds,
            engine_per_s,
            limit_per_s,
            engine_cpu_us,
            limit_cpu_us,
            rate_ratio: engine_per_s / limit_per_s,
            cpu_ratio: limit_cpu_us / engine_cpu_us,
            all_cpu_counted: engine.iter().chain(&limit).all(|round| round.all_cpu_counted),
            durable: engine.iter().chain(&limit).all(|round| round.durable),
            engine_bytes_per_case: bytes(&engine),
            limit_bytes_per_case: bytes(&limit),
            shared,
        })
    }
}

/// The rows that one case leaves behind in each of its transitions.
async fn record(plan: &Plan) -> Result<Recording, BenchError> {
    on_ground(plan, "recording", async |ground| {
        let house = House::new(ground).await?;
        house.open(0..1).await?;
        let mut recording = Recording::begin(&ground.url()).await?;
        for _ in 1..TRANSITIONS {
            house.hour().await?;
            recording.transition().await?;
        }
        house.engine.store.close().await?;
        Ok(recording)
    })
    .await
}

async fn play_engine(plan: &Plan, nodes: u32) -> Result<Played, BenchError> {
    on_ground(plan, "engine", async |ground| {
        let first = House::new(ground).await?;
        let mut engines = vec![Arc::clone(&first.engine)];
        for _ in 1..nodes {
            engines.push(first.beside(ground).await?.engine);
        }
        let watch = Watch::start(ground.server().await?);
        open(&engines, plan.cases).await?;
        for transition in 1..TRANSITIONS {
            first.clock.advance(SignedDuration::from_hours(1));
            let moved = tick(&engines).await?;
            if moved != u64::from(plan.cases) {
                let words = format!("{moved} of {} cases made transition {transition}", plan.cases);
                return Err(BenchError::Wrong(words));
            }
        }
        let took = watch.stop();
        for engine in &engines {
            engine.store.close().await?;
        }
        Played::seen(plan, ground, took).await
    })
    .await
}

/// Every engine opens its share, at the same time as the others.
async fn open(engines: &[Arc<Engine>], cases: u32) -> Result<(), BenchError> {
    let share = cases.div_ceil(u32::try_from(engines.len()).unwrap_or(1)).max(1);
    let shares = (0..cases).step_by(share as usize).map(|first| first..cases.min(first + share));
    let opening = |(engine, numbers): (&Arc<Engine>, Range<u32>)| {
        let engine = Arc::clone(engine);
        tokio::spawn(async move { house::open(&engine, numbers).await })
    };
    let opened = try_join_all(engines.iter().zip(shares).map(opening)).await.map_err(|error| broken_off(&error))?;
    opened.into_iter().collect()
}

/// Every engine moves what is due and free, at the same time as the others; how many moves were made.
async fn tick(engines: &[Arc<Engine>]) -> Result<u64, BenchError> {
    let ticking = |engine: &Arc<Engine>| {
        let engine = Arc::clone(engine);
        tokio::spawn(async move { engine.tick().await })
    };
    let mut moved = 0;
    for ticked in try_join_all(engines.iter().map(ticking)).await.map_err(|error| broken_off(&error))? {
        moved += ticked?;
    }
    Ok(moved)
}

fn broken_off(error: &tokio::task::JoinError) -> BenchError {
    BenchError::Wrong(error.to_string())
}

async fn play_limit(plan: &Plan, recording: &Recording) -> Result<Played, BenchError> {
    on_ground(plan, "limit", async |ground| {
        let store = if plan.server.is_some() { Some(ground.migrate().await?) } else { None };
        let mut limit = Limit::new(&ground.url(), recording).await?;
        let watch = Watch::start(ground.server().await?);
        // Room for histories is made as cases are opened, for both.
        if let Some(store) = &store {
            store.reserve_case_ids(plan.cases).await?;
        }
        limit.open(plan.cases, BATCH).await?;
        for transition in 0..recording.transitions() {
            limit.play(transition, plan.cases, BATCH).await?;
        }
        let took = watch.stop();
        limit.close().await?;
        if let Some(store) = store {
            store.close().await?;
        }
        Played::seen(plan, ground, took).await
    })
    .await
}

impl Played {
    #[expect(clippy::cast_precision_loss, reason = "a database is far below 2^52 bytes")]
    async fn seen(plan: &Plan, ground: &Ground, took: Took) -> Result<Self, BenchError> {
        Ok(Self {
            took,
            bytes_per_case: ground.bytes().await? as f64 / f64::from(plan.cases.max(1)),
            all_cpu_counted: plan.server.is_none() || ground.server().await?.is_some(),
            durable: ground.is_durable().await?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::postgres::PostgresDatabase;

    #[tokio::test]
    async fn the_limit_has_room_for_the_histories_of_more_than_a_block_of_cases() {
        let (folder, database) = (tempfile::tempdir().unwrap(), PostgresDatabase::fresh());
        let (folder, server) = (folder.path().to_owned(), Some(database.url.as_str().into()));
        let plan = Plan { cases: 10_050, rounds: 1, folder, server, nodes: 1 };
        let recording = record(&plan).await.unwrap();
        let played = play_limit(&plan, &recording).await.unwrap();
        assert!(played.bytes_per_case > 1_000.0, "{}", played.bytes_per_case);
    }
}
