//! What the process keeps in memory beside many sleeping cases, and while a flood of due ones is worked off.

use serde::Serialize;

use super::ground::{Ground, on_ground};
use super::house::House;
use super::machine::resident_mib;
use super::{BenchError, Plan, Telling};
use crate::store::limit::{Limit, Recording};

/// At most so many fall due at once.
const FLOOD_MAX: u32 = 20_000;

/// What came of it, in MiB.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// Cases that sleep.
    pub sleeping: u32,
    /// Cases that fell due at once.
    pub flood: u32,
    /// Resident before there were any.
    pub empty_mib: f64,
    /// Resident beside the sleeping ones, after looking for due ones.
    pub sleeping_mib: f64,
    /// The most that was resident while the flood was worked off.
    pub flood_peak_mib: f64,
}

impl Memory {
    /// Plays it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        on_ground(plan, "memory", async |ground| Self::fill(plan, telling, ground).await).await
    }

    async fn fill(plan: &Plan, telling: Telling<'_>, ground: &Ground) -> Result<Self, BenchError> {
        let house = House::new(ground).await?;
        house.open(0..1).await?;
        let (empty_mib, _) = resident_mib();
        telling(&format!("laying down {} sleeping cases", plan.cases));
        let recording = Recording::begin(&ground.url()).await?;
        let mut limit = Limit::beside(&ground.url(), &recording).await?;
        limit.lay_sleeping(plan.cases, 1_000).await?;
        limit.close().await?;
        house.engine.tick().await?;
        let (sleeping_mib, _) = resident_mib();
        let flood = plan.cases.min(FLOOD_MAX);
        telling(&format!("{flood} cases fall due at once"));
        house.open(1..flood + 1).await?;
        for _ in 0..5 {
            house.hour().await?;
        }
        let (_, flood_peak_mib) = resident_mib();
        house.engine.store.close().await?;
        Ok(Self { sleeping: plan.cases, flood, empty_mib, sleeping_mib, flood_peak_mib })
    }
}
