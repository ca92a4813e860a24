//! What the process keeps in memory beside many sleeping cases, and while a flood of due ones is worked off; how fast that goes,
//! beside a program that makes the same changes.

use serde::Serialize;

use super::compared::{Compared, Turns};
use super::ground::{Ground, on_ground};
use super::house::{BATCH, House, TRANSITIONS};
use super::machine::{Server, Took, Watch, resident_mib};
use super::{BenchError, Plan, Telling};
use crate::store::limit::{Bare, Limit};

/// At most so many fall due at once.
const FLOOD_MAX: u32 = 20_000;
/// The sleeping ones of a transaction, when they are laid down.
const LAID_AT_ONCE: u32 = 1_000;
/// How often the cases of a flood are due.
const MOVES: u32 = TRANSITIONS - 1;

/// What came of it, in MiB.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// Moves of the cases that fell due at once.
    #[serde(flatten)]
    pub compared: Compared,
    /// Cases that sleep.
    pub sleeping: u32,
    /// Cases that fell due at once, in each round.
    pub flood: u32,
    /// Resident with nothing but a connection of the bare driver: the limit of all others.
    pub bare_mib: f64,
    /// Resident with an engine that has no cases.
    pub empty_mib: f64,
    /// Resident beside the sleeping ones, after looking for due ones.
    pub sleeping_mib: f64,
    /// The most that was resident while the engine worked the floods off.
    pub flood_peak_mib: f64,
}

impl Memory {
    /// Plays it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        let bare_mib = on_ground(plan, "bare", async |ground| {
            let bare = Bare::connect(&ground.url()).await?;
            let (bare_mib, _) = resident_mib();
            bare.close().await?;
            Ok(bare_mib)
        })
        .await?;
        on_ground(plan, "memory", async |ground| Self::fill(plan, bare_mib, telling, ground).await).await
    }

    async fn fill(plan: &Plan, bare_mib: f64, telling: Telling<'_>, ground: &Ground) -> Result<Self, BenchError> {
        let house = House::new(ground).await?;
        let recording = house.record(ground).await?;
        let (empty_mib, _) = resident_mib();
        telling(&format!("laying down {} sleeping cases", plan.cases));
        let mut limit = Limit::beside(&ground.url(), &recording).await?;
        limit.lay_sleeping(plan.cases, LAID_AT_ONCE).await?;
        limit.close().await?;
        house.engine.tick().await?;
        let (sleeping_mib, _) = resident_mib();
        let flood = plan.cases.min(FLOOD_MAX);
        let (conditions, mut turns) = (ground.conditions().await?, Turns::default());
        for round in 0..plan.rounds {
            telling(&format!("round {} of {}: {flood} cases fall due at once", round + 1, plan.rounds));
            turns.engine.push(flooded(&house, 1 + round * flood, flood, conditions.server).await?);
        }
        let (_, flood_peak_mib) = resident_mib();
        // Only now, as its memory is this process's as well.
        let mut limit = Limit::beside(&ground.url(), &recording).await?;
        for round in 1..=plan.rounds {
            telling(&format!("round {round} of {}: the limit", plan.rounds));
            turns.limit.push(by_hand(&house, &mut limit, flood, conditions.server).await?);
        }
        limit.close().await?;
        house.engine.store.close().await?;
        Ok(Self {
            compared: turns.compared(u64::from(flood) * u64::from(MOVES), Some(conditions)),
            sleeping: plan.cases,
            flood,
            bare_mib,
            empty_mib,
            sleeping_mib,
            flood_peak_mib,
        })
    }
}

/// Lets so many cases fall due at once until they are over.
async fn flooded(house: &House, first: u32, flood: u32, server: Option<Server>) -> Result<Took, BenchError> {
    house.open(first..first + flood).await?;
    let watch = Watch::start(server);
    for _ in 0..MOVES {
        let moved = house.hour().await?;
        if moved != u64::from(flood) {
            return Err(BenchError::Wrong(format!("{moved} cases were moved where {flood} are due")));
        }
    }
    Ok(watch.stop())
}

/// The same moves by hand.
async fn by_hand(house: &House, limit: &mut Limit<'_>, flood: u32, server: Option<Server>) -> Result<Took, BenchError> {
    let cases = house.numbers(flood).await?;
    limit.open(cases.clone(), BATCH).await?;
    let watch = Watch::start(server);
    for transition in 0..limit.transitions() {
        limit.play(transition, cases.clone(), BATCH).await?;
    }
    Ok(watch.stop())
}
