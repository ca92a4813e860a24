//! Cases through five durable transitions, three of which write a message, with timers due at once.

use serde::Serialize;

use super::house::{Folder, House};
use super::machine::{Took, Watch};
use super::{BenchError, Plan, Telling, median};
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
    /// Bytes on disk for each case after its transitions, with its history and messages.
    pub engine_bytes_per_case: f64,
    /// The same of the limit, which has the same rows.
    pub limit_bytes_per_case: f64,
}

impl Outreach {
    /// Plays it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        let transitions = TRANSITIONS * u64::from(plan.cases);
        let recording = record(plan).await?;
        let (mut engine, mut limit) = (Vec::new(), Vec::new());
        for round in 1..=plan.rounds {
            telling(&format!("round {round} of {}: the limit", plan.rounds));
            limit.push(play_limit(plan, &recording)?);
            telling(&format!("round {round} of {}: the engine", plan.rounds));
            engine.push(play_engine(plan).await?);
        }
        let of = |played: &[(Took, f64)], figure: fn(Took, u64) -> f64| {
            median(played.iter().map(|(took, _)| figure(*took, transitions)).collect())
        };
        let bytes = |played: &[(Took, f64)]| median(played.iter().map(|(_, bytes)| *bytes).collect());
        let (engine_per_s, limit_per_s) = (of(&engine, Took::per_second), of(&limit, Took::per_second));
        let (engine_cpu_us, limit_cpu_us) = (of(&engine, Took::cpu_us_each), of(&limit, Took::cpu_us_each));
        Ok(Self {
            cases: plan.cases,
            rounds: plan.rounds,
            engine_per_s,
            limit_per_s,
            engine_cpu_us,
            limit_cpu_us,
            rate_ratio: engine_per_s / limit_per_s,
            cpu_ratio: limit_cpu_us / engine_cpu_us,
            engine_bytes_per_case: bytes(&engine),
            limit_bytes_per_case: bytes(&limit),
        })
    }
}

/// The rows that one case leaves behind in each of its transitions.
async fn record(plan: &Plan) -> Result<Recording, BenchError> {
    let folder = Folder::new(&plan.folder, "recording")?;
    let house = House::new(&folder).await?;
    house.open(0..1).await?;
    let mut recording = Recording::begin(&folder.database())?;
    for _ in 1..TRANSITIONS {
        house.hour().await?;
        recording.transition()?;
    }
    house.engine.store.close().await?;
    Ok(recording)
}

async fn play_engine(plan: &Plan) -> Result<(Took, f64), BenchError> {
    let folder = Folder::new(&plan.folder, "engine")?;
    let house = House::new(&folder).await?;
    let watch = Watch::start();
    house.open(0..plan.cases).await?;
    for transition in 1..TRANSITIONS {
        let moved = house.hour().await?;
        if moved != u64::from(plan.cases) {
            let words = format!("{moved} of {} cases made transition {transition}", plan.cases);
            return Err(BenchError::Wrong(words));
        }
    }
    let took = watch.stop();
    house.engine.store.close().await?;
    Ok((took, bytes_per_case(&folder, plan.cases)?))
}

fn play_limit(plan: &Plan, recording: &Recording) -> Result<(Took, f64), BenchError> {
    let folder = Folder::new(&plan.folder, "limit")?;
    let mut limit = Limit::new(&folder.database(), recording)?;
    let watch = Watch::start();
    limit.open(plan.cases, BATCH)?;
    for transition in 0..recording.transitions() {
        limit.play(transition, plan.cases, BATCH)?;
    }
    let took = watch.stop();
    limit.close()?;
    Ok((took, bytes_per_case(&folder, plan.cases)?))
}

#[expect(clippy::cast_precision_loss, reason = "a file is far below 2^52 bytes")]
fn bytes_per_case(folder: &Folder, cases: u32) -> Result<f64, BenchError> {
    let path = folder.database();
    let size = std::fs::metadata(&path).map_err(|source| BenchError::Folder { path, source })?.len();
    Ok(size as f64 / f64::from(cases.max(1)))
}
