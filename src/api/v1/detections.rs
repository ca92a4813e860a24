//! Detections: what was read when, which rows could not be, and looking now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{CorrectRecords, RunDetection, ViewCase};
use wasl_runtime::intake::{Progress, RunSummary};
use wasl_runtime::store::{DetectionRun, Rejected};

use super::call::Call;
use super::route::{Answered, Nothing, Reply, Route, get, post};
use super::shown::Page;

/// Entries of a list unless asked otherwise, and at the most.
const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/detections/runs", ViewCase, "List runs of detections, the newest first", runs),
        get("/detections/rejected", CorrectRecords, "List rows that could not be read, with what is wrong", rejected),
        post("/detections/run", (RunDetection, "detection.run"), "Look for cases now, or say what would open", run)
            .example(r#"{"workflow": "account-transfer", "dry_run": true}"#),
    ]
}

/// Which entries are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only of this detection: `account-transfer/death-register`.
    detection: Option<String>,
    /// At the most so many; 100 unless given.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

impl Wanted {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX)
    }
}

/// A run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DetectionRun")]
pub(super) struct Run {
    id: i64,
    detection: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    started_at: Timestamp,
    #[schemars(with = "Option<String>")]
    finished_at: Option<Timestamp>,
    /// How many rows came to which result.
    counts: BTreeMap<String, u64>,
}

impl From<DetectionRun> for Run {
    fn from(DetectionRun { id, detection, started_at, finished_at, counts }: DetectionRun) -> Self {
        Self { id, detection, started_at, finished_at, counts }
    }
}

/// A row that could not be read.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RejectedRow")]
pub(super) struct Row {
    detection: String,
    /// The run that read it first.
    run: i64,
    file: String,
    /// Counted from 1.
    line: u64,
    problems: Vec<Wrong>,
}

/// What is wrong with a value of a row.
#[derive(Debug, Serialize, JsonSchema)]
struct Wrong {
    field: String,
    /// Personal values are masked.
    value: Option<String>,
    reason: String,
}

impl From<Rejected> for Row {
    fn from(Rejected { detection, row_hash: _, run, file, line, problems }: Rejected) -> Self {
        let wrong = problems.into_iter().map(|problem| Wrong {
            field: problem.field,
            value: Some(problem.value).filter(|value| !value.is_empty()),
            reason: problem.reason,
        });
        Self { detection, run, file, line, problems: wrong.collect() }
    }
}

/// What is looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Looking {
    workflow: String,
    /// Only this detection of it.
    detection: Option<String>,
    /// Say what would happen and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What a detection did, or would do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DetectionSummary")]
pub(super) struct Summary {
    detection: String,
    dry_run: bool,
    /// Files of the source.
    files: usize,
    /// Rows that opened a case.
    opened: u64,
    /// Rows that were dealt with before.
    unchanged: u64,
    /// Rows of a case that is there already.
    duplicates: u64,
    /// Those of them that brought other values.
    updated: u64,
    /// Rows that could not be read or judged.
    rejected: u64,
    /// Rows for which no case opens, by reason.
    screened: BTreeMap<String, u64>,
}

impl From<RunSummary> for Summary {
    fn from(of: RunSummary) -> Self {
        Self {
            detection: of.detection,
            dry_run: of.dry_run,
            files: of.files.len(),
            opened: of.opened,
            unchanged: of.unchanged,
            duplicates: of.duplicates,
            updated: of.updated,
            rejected: of.rejected,
            screened: of.screened,
        }
    }
}

async fn runs(call: Call<Wanted, Nothing>) -> Answered<Page<Run>> {
    let runs = call.session.store().runs(call.query.detection.as_deref(), call.query.limit()).await?;
    Ok(Reply::of(Page::whole(runs.into_iter().map(Run::from).collect())))
}

async fn rejected(call: Call<Wanted, Nothing>) -> Answered<Page<Row>> {
    let rows = call.session.store().rejected(call.query.detection.as_deref(), call.query.limit()).await?;
    Ok(Reply::of(Page::whole(rows.into_iter().map(Row::from).collect())))
}

async fn run(call: Call<Nothing, Looking>) -> Answered<Page<Summary>> {
    let Looking { workflow, detection, dry_run } = &call.body;
    let silent = |_: Progress<'_>| {};
    let summaries = call.session.engine.detect(workflow, detection.as_deref(), *dry_run, &silent).await?;
    Ok(Reply::of(Page::whole(summaries.into_iter().map(Summary::from).collect())))
}
