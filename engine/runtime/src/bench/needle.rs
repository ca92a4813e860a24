//! A thousand due cases among many that sleep: how long it takes to find and move them.

use jiff::SignedDuration;
use serde::Serialize;

use super::ground::{Ground, on_ground};
use super::house::House;
use super::machine::Watch;
use super::{BenchError, Plan, Telling, median};
use crate::store::limit::{Limit, Recording};

/// How many are due in each round.
const DUE: u32 = 1_000;
/// Transitions until a case is over.
const TRANSITIONS: u32 = 5;
/// The sleeping ones of a transaction, when they are laid down.
const BATCH: u32 = 1_000;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Needle {
    /// Cases that sleep.
    pub sleeping: u32,
    /// Cases that are due in each round.
    pub due: u32,
    /// Rounds; each figure is the median.
    pub rounds: u32,
    /// Milliseconds to find and move them.
    pub engine_ms: f64,
    /// Milliseconds to move as many where nobody sleeps, in the same run: the limit.
    pub alone_ms: f64,
    /// How much longer it takes among the sleeping.
    pub growth: f64,
    /// Bytes on disk.
    pub bytes: u64,
}

impl Needle {
    /// Plays it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        telling(&format!("laying down {} sleeping cases", plan.cases));
        on_ground(plan, "needle", async |among| {
            on_ground(plan, "alone", async |alone| Self::search(plan, telling, among, alone).await).await
        })
        .await
    }

    async fn search(plan: &Plan, telling: Telling<'_>, among: &Ground, alone: &Ground) -> Result<Self, BenchError> {
        let (crowded, empty) = (House::new(among).await?, House::new(alone).await?);
        crowded.open(0..1).await?;
        empty.open(0..1).await?;
        let recording = Recording::begin(&among.url()).await?;
        // They sleep for longer than any round lasts.
        let mut limit = Limit::beside(&among.url(), &recording).await?;
        limit.lay_sleeping(plan.cases, BATCH).await?;
        limit.close().await?;
        let (mut engine, mut limit) = (Vec::new(), Vec::new());
        for round in 1..=plan.rounds {
            telling(&format!("round {round} of {}", plan.rounds));
            limit.push(find(&empty, round).await?);
            engine.push(find(&crowded, round).await?);
        }
        let (engine_ms, alone_ms) = (median(engine), median(limit));
        crowded.engine.store.close().await?;
        empty.engine.store.close().await?;
        let bytes = among.bytes().await?;
        let growth = engine_ms / alone_ms;
        Ok(Self { sleeping: plan.cases, due: DUE, rounds: plan.rounds, engine_ms, alone_ms, growth, bytes })
    }
}

/// Opens cases that are due after an hour, and moves them then; milliseconds.
async fn find(house: &House, round: u32) -> Result<f64, BenchError> {
    // Those of the round before go to their end first.
    for _ in 0..TRANSITIONS {
        house.hour().await?;
    }
    house.open(DUE * round..DUE * (round + 1)).await?;
    house.clock.advance(SignedDuration::from_hours(1));
    let watch = Watch::start(None);
    let moved = house.engine.tick().await?;
    let took = watch.stop();
    if moved == u64::from(DUE) {
        return Ok(took.wall.as_secs_f64() * 1e3);
    }
    Err(BenchError::Wrong(format!("{moved} cases were moved where {DUE} are due")))
}
