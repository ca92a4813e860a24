//! Every case falls due at the same instant, and people go on working meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde::Serialize;
use wasl_core::case::CaseId;
use wasl_core::event::Body;
use wasl_core::value::Record;

use super::Daemon;
use crate::bench::ground::Ground;
use crate::bench::house;
use crate::bench::latency::Ahead;
use crate::bench::machine::{per, resident_mib};
use crate::bench::{BenchError, Plan, Telling, percentile};
use crate::engine::{Engine, NoProbe};
use crate::store::{CaseFilter, NewEvent};

/// How soon after the answer to one command a person gives the next.
const BETWEEN: Duration = Duration::from_millis(20);
/// Cases that are read at once to see what became of them.
const PAGE: u32 = 1_000;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Flood {
    /// Cases that fell due at the same instant.
    pub cases: u32,
    /// How long it took until each had moved, once.
    pub moved_after_s: f64,
    /// Moves in a second.
    pub moved_per_s: f64,
    /// Commands that a person gave meanwhile, one after the other: each tells a case something and looks at it.
    pub commands: usize,
    /// Half of the commands were answered within so long.
    pub command_p50_ms: f64,
    /// 99 of 100 were.
    pub command_p99_ms: f64,
    /// The longest time in which the daemon did not say that it was at work.
    pub silent_max_s: f64,
    /// Resident before the flood, in MiB.
    pub before_mib: f64,
    /// The most that was resident until its end.
    pub peak_mib: f64,
}

impl Flood {
    pub(super) async fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        let ground = Ground::new(plan, "flood").await?;
        let clock = Arc::new(Ahead::default());
        let engine = house::engine(&ground, Arc::clone(&clock) as _, Arc::new(NoProbe)).await?;
        telling(&format!("opening {} cases", plan.cases));
        house::open(&engine, 0..plan.cases).await?;
        let (before_mib, _) = resident_mib();
        let daemon = Daemon::start(&engine, &ground)?;
        telling(&format!("{} cases are due at once", plan.cases));
        clock.skip(SignedDuration::from_hours(1));
        engine.wake();
        let began = Instant::now();
        let (mut commands, mut silent) = (Vec::new(), SignedDuration::ZERO);
        while !engine.store.due(engine.now(), 1).await?.is_empty() {
            let case = i64::try_from(commands.len()).unwrap_or_default() % i64::from(plan.cases) + 1;
            commands.push(command(&engine, CaseId(case), commands.len()).await?);
            silent = silent.max(engine.last_tick().map_or(silent, |at| engine.now().duration_since(at)));
            tokio::time::sleep(BETWEEN).await;
        }
        let took = began.elapsed();
        daemon.stop().await;
        all_moved_once(&engine, plan.cases).await?;
        engine.store.close().await?;
        let (_, peak_mib) = resident_mib();
        Ok(Self {
            cases: plan.cases,
            moved_after_s: took.as_secs_f64(),
            moved_per_s: per(plan.cases.into(), took),
            commands: commands.len(),
            command_p50_ms: percentile(&mut commands, 50),
            command_p99_ms: percentile(&mut commands, 99),
            silent_max_s: silent.as_secs_f64(),
            before_mib,
            peak_mib,
        })
    }
}

/// A person tells a case something and looks at it; milliseconds.
async fn command(engine: &Engine, case: CaseId, number: usize) -> Result<f64, BenchError> {
    let body = Body::External { name: "pulse".to_owned(), data: Record::new() };
    let (source, source_id, by) = ("person".to_owned(), number.to_string(), "bench".to_owned());
    let began = Instant::now();
    engine.submit(NewEvent { case, source, source_id, at: engine.now(), by, body }).await?;
    engine.store.history(case).await?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

async fn all_moved_once(engine: &Engine, cases: u32) -> Result<(), BenchError> {
    let (mut after, mut seen) = (None, 0);
    loop {
        let page = engine.store.cases(&CaseFilter { after, limit: PAGE, ..CaseFilter::default() }).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen += page.len();
        if let Some(case) = page.iter().find(|case| (case.state.as_str(), case.visit) != ("first_call", 2)) {
            let words = format!("case {} stands in `{}` after {} states", case.id, case.state, case.visit);
            return Err(BenchError::Wrong(words));
        }
    }
    if seen == cases as usize { Ok(()) } else { Err(BenchError::Wrong(format!("{seen} of {cases} cases are there"))) }
}
