//! A feed of very many rows: read as it comes, stopped in the middle, and read to its end by the next run.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::Notify;
use wasl_core::definition::Environment;
use wasl_core::source::decode_sources;

use super::Load;
use crate::bench::ground::Ground;
use crate::bench::house;
use crate::bench::machine::{per, resident_mib};
use crate::bench::{BenchError, Plan, Telling};
use crate::clock::SystemClock;
use crate::engine::{Engine, NoProbe};
use crate::intake::{Progress, RunSummary};

const WORKFLOW: &str = include_str!("feed.yaml");
const SOURCES: &str = "\
feed:
  title: {en: A feed, ar: سجل}
  csv: feed.csv
  key: [file]
  columns: {file: {type: text}, monthly_kwh: {type: number}}
";

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Fed {
    /// Rows of the feed, each of which opened a case, once.
    pub rows: u64,
    /// Rows that had been read when the first run was stopped.
    pub rows_before_the_stop: u64,
    /// How often it was said how far it is.
    pub progress_told: u64,
    /// Rows in a second.
    pub rows_per_s: f64,
    /// Resident before the feed, in MiB.
    pub before_mib: f64,
    /// The most that was resident until its end, in this process: of the other parts as well.
    pub peak_mib: f64,
}

impl Fed {
    pub(super) async fn play(plan: &Plan, load: Load, telling: Telling<'_>) -> Result<Self, BenchError> {
        let ground = Ground::new(plan, "feed").await?;
        let engine = house::engine(&ground, Arc::new(SystemClock), Arc::new(NoProbe)).await?;
        write(&ground, load.rows)?;
        engine.library.set_environment(environment()?);
        engine.load_workflows(&ground.workflows(), "bench").await?;
        let (before_mib, _) = resident_mib();
        let (half, told, stopped) = (u64::from(load.rows / 2), AtomicU64::new(0), Notify::new());
        let read = AtomicU64::new(0);
        let show = |progress: Progress<'_>| {
            told.fetch_add(1, Ordering::SeqCst);
            read.store(progress.rows, Ordering::SeqCst);
            telling(&format!("a feed of {} rows: {} read", load.rows, progress.rows));
            if progress.rows >= half {
                stopped.notify_one();
            }
        };
        let began = Instant::now();
        // As a daemon that stops lets go of it, between two transactions.
        let first = tokio::select! {
            ran = engine.detect("feed", None, false, &show) => Some(ran?),
            () = stopped.notified() => None,
        };
        if first.is_some() {
            return Err(BenchError::Wrong("the feed ended before it was stopped".to_owned()));
        }
        let rows_before_the_stop = read.load(Ordering::SeqCst);
        let second = engine.detect("feed", None, false, &show).await?;
        let took = began.elapsed();
        opened_once(&engine, &second, load.rows).await?;
        engine.store.close().await?;
        let (_, peak_mib) = resident_mib();
        Ok(Self {
            rows: load.rows.into(),
            rows_before_the_stop,
            progress_told: told.load(Ordering::SeqCst),
            rows_per_s: per(load.rows.into(), took),
            before_mib,
            peak_mib,
        })
    }
}

fn write(ground: &Ground, rows: u32) -> Result<(), BenchError> {
    let failed = |path: &Path, source| BenchError::Folder { path: path.to_owned(), source };
    let (workflow, feed) = (ground.workflows().join("feed.yaml"), ground.folder().join("feed.csv"));
    std::fs::write(&workflow, WORKFLOW).map_err(|error| failed(&workflow, error))?;
    let written = File::create(&feed).and_then(|file| {
        let mut file = BufWriter::new(file);
        writeln!(file, "file,monthly_kwh")?;
        for row in 0..rows {
            writeln!(file, "R-{row:08},{}", row % 5_000)?;
        }
        file.flush()
    });
    written.map_err(|error| failed(&feed, error))
}

fn environment() -> Result<Environment, BenchError> {
    let (sources, report) = decode_sources("sources.yaml", SOURCES);
    if report.findings.is_empty() {
        return Ok(Environment { sources, ..house::environment()? });
    }
    Err(BenchError::Wrong(report.render(false)))
}

/// Whether each row opened a case, in the first run or in the second.
async fn opened_once(engine: &Engine, second: &[RunSummary], rows: u32) -> Result<(), BenchError> {
    let counts = engine.store.cases_by_state().await?;
    let cases: u64 = counts.iter().filter(|count| count.workflow == "feed").map(|count| count.cases).sum();
    let (opened, again): (u64, u64) =
        second.iter().fold((0, 0), |(opened, again), run| (opened + run.opened, again + run.unchanged));
    if cases == u64::from(rows) && opened + again == u64::from(rows) && again > 0 {
        return Ok(());
    }
    Err(BenchError::Wrong(format!("{rows} rows, {cases} cases; the second run opened {opened} and knew {again}")))
}
