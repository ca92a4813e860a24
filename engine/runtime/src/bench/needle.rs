//! A thousand due cases among many that sleep: how long it takes to find and move them, beside a program that moves as many of
//! its own in the same database, and beside the same engine where nobody sleeps.

use jiff::SignedDuration;
use serde::Serialize;

use super::compared::{Compared, Turns};
use super::ground::{Ground, on_ground};
use super::house::{BATCH, House, TRANSITIONS};
use super::machine::{Server, Took, Watch};
use super::{BenchError, Plan, Telling, median};
use crate::store::limit::Limit;

/// How many are due in each round.
const DUE: u32 = 1_000;
/// The sleeping ones of a transaction, when they are laid down.
const LAID_AT_ONCE: u32 = 1_000;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Needle {
    /// Moves of due cases, found among the sleeping ones; the limit knows where its own are.
    #[serde(flatten)]
    pub compared: Compared,
    /// Cases that sleep.
    pub sleeping: u32,
    /// Cases that are due in each round.
    pub due: u32,
    /// Milliseconds to find and move them; the median of all rounds.
    pub engine_ms: f64,
    /// Milliseconds of the limit's program to move as many in the same database.
    pub limit_ms: f64,
    /// Milliseconds of the engine to move as many where nobody sleeps, in the same run.
    pub alone_ms: f64,
    /// How much longer it takes the engine among the sleeping.
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
        let recording = crowded.record(among).await?;
        empty.open(0..1).await?;
        // They sleep for longer than any round lasts.
        let mut limit = Limit::beside(&among.url(), &recording).await?;
        limit.lay_sleeping(plan.cases, LAID_AT_ONCE).await?;
        let conditions = among.conditions().await?;
        let (mut turns, mut alone_ms) = (Turns::default(), Vec::new());
        for round in 1..=plan.rounds {
            telling(&format!("round {round} of {}", plan.rounds));
            alone_ms.push(ms(find(&empty, round, None).await?));
            turns.limit.push(by_hand(&crowded, &mut limit, conditions.server).await?);
            turns.engine.push(find(&crowded, round, conditions.server).await?);
        }
        limit.close().await?;
        crowded.engine.store.close().await?;
        empty.engine.store.close().await?;
        let of = |took: &[Took]| median(took.iter().copied().map(ms).collect());
        let (engine_ms, limit_ms, alone_ms) = (of(&turns.engine), of(&turns.limit), median(alone_ms));
        Ok(Self {
            compared: turns.compared(DUE.into(), Some(conditions)),
            sleeping: plan.cases,
            due: DUE,
            engine_ms,
            limit_ms,
            alone_ms,
            growth: engine_ms / alone_ms,
            bytes: among.bytes().await?,
        })
    }
}

fn ms(took: Took) -> f64 {
    took.wall.as_secs_f64() * 1e3
}

/// Moves as many cases by hand, and takes them to their end, so that the engine never meets them.
async fn by_hand(house: &House, limit: &mut Limit<'_>, server: Option<Server>) -> Result<Took, BenchError> {
    let cases = house.numbers(DUE).await?;
    limit.open(cases.clone(), BATCH).await?;
    let watch = Watch::start(server);
    limit.play(0, cases.clone(), BATCH).await?;
    let took = watch.stop();
    for transition in 1..limit.transitions() {
        limit.play(transition, cases.clone(), BATCH).await?;
    }
    Ok(took)
}

/// Opens cases that are due after an hour, and moves them then.
async fn find(house: &House, round: u32, server: Option<Server>) -> Result<Took, BenchError> {
    // Those of the round before go to their end first.
    for _ in 0..TRANSITIONS {
        house.hour().await?;
    }
    house.open(DUE * round..DUE * (round + 1)).await?;
    house.clock.advance(SignedDuration::from_hours(1));
    let watch = Watch::start(server);
    let moved = house.engine.tick().await?;
    let took = watch.stop();
    if moved == u64::from(DUE) {
        return Ok(took);
    }
    Err(BenchError::Wrong(format!("{moved} cases were moved where {DUE} are due")))
}
