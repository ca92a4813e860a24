//! Cases through five durable transitions, three of which write a message, with timers due at once.

use std::ops::Range;
use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::SignedDuration;
use serde::Serialize;

use super::compared::{Compared, Turns};
use super::ground::{Conditions, Ground, on_ground};
use super::house::{self, BATCH, House, TRANSITIONS};
use super::machine::{Took, Watch};
use super::{BenchError, Plan, Telling, median};
use crate::engine::Engine;
use crate::store::limit::{Limit, Recording};

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outreach {
    /// Transitions.
    #[serde(flatten)]
    pub compared: Compared,
    /// Cases.
    pub cases: u32,
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
    conditions: Conditions,
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
        let transitions = u64::from(TRANSITIONS) * u64::from(plan.cases);
        let took = |played: &[Played]| played.iter().map(|round| round.took).collect::<Vec<_>>();
        let bytes = |played: &[Played]| median(played.iter().map(|round| round.bytes_per_case).collect());
        let conditions = engine.first().map(|round| round.conditions);
        let turns = Turns { engine: took(&engine), limit: took(&limit) };
        let compared = turns.compared(transitions, conditions);
        let shared = (plan.nodes > 1).then(|| {
            let shared = Turns { engine: took(&nodes), ..turns }.compared(transitions, conditions);
            Shared {
                nodes: plan.nodes,
                nodes_per_s: shared.engine_per_s,
                nodes_gain: shared.engine_per_s / compared.engine_per_s,
                nodes_cpu_us: shared.engine_cpu_us,
            }
        });
        Ok(Self {
            compared,
            cases: plan.cases,
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
        let recording = house.record(ground).await?;
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
        let conditions = ground.conditions().await?;
        let watch = Watch::start(conditions.server);
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
        Played::seen(plan, ground, conditions, took).await
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
        let conditions = ground.conditions().await?;
        let cases = 1..i64::from(plan.cases) + 1;
        let watch = Watch::start(conditions.server);
        // Room for histories is made as cases are opened, for both.
        if let Some(store) = &store {
            store.reserve_case_ids(plan.cases).await?;
        }
        limit.open(cases.clone(), BATCH).await?;
        for transition in 0..limit.transitions() {
            limit.play(transition, cases.clone(), BATCH).await?;
        }
        let took = watch.stop();
        limit.close().await?;
        if let Some(store) = store {
            store.close().await?;
        }
        Played::seen(plan, ground, conditions, took).await
    })
    .await
}

impl Played {
    #[expect(clippy::cast_precision_loss, reason = "a database is far below 2^52 bytes")]
    async fn seen(plan: &Plan, ground: &Ground, conditions: Conditions, took: Took) -> Result<Self, BenchError> {
        Ok(Self { took, bytes_per_case: ground.bytes().await? as f64 / f64::from(plan.cases.max(1)), conditions })
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
