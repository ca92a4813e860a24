//! Detections: what was read when, which rows could not be, and looking now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{CorrectRecords, RunDetection, SeePersonalFields, ViewCase};
use wasl_core::case::CaseId;
use wasl_runtime::intake::{Corrected as CoreCorrected, Progress, RunSummary};
use wasl_runtime::store::{DetectionRun, Rejected};

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, get, post};
use super::shown::{Page, limited};
use crate::access::{On, record};
use crate::corrections::{Sheet, find, name_of, sheet};

/// Entries of a list unless asked otherwise, and at the most.
const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/detections/runs", ViewCase, "List runs of detections, the newest first", runs),
        get("/detections/rejected", CorrectRecords, "List rows that could not be read, with what is wrong", rejected),
        get("/detections/rejected/{row}", CorrectRecords, "Show a row that could not be read, column by column", one),
        post(
            "/detections/rejected/{row}",
            (CorrectRecords, "rejected.correct"),
            "Correct a row that could not be read: it goes the way of every row of its file",
            correct,
        )
        .example(r#"{"fields": {"cpr": "840101234"}}"#),
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
    limit: Option<i64>,
}

impl Wanted {
    fn limit(&self) -> Result<u32, Problem> {
        limited(self.limit, PAGE, PAGE_MAX)
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
pub(super) struct Refused {
    /// Its name, by which it is corrected.
    row: String,
    detection: String,
    /// The run that read it first.
    run: i64,
    file: String,
    /// Counted from 1.
    line: u64,
    problems: Vec<Wrong>,
    /// What came of correcting it; `null` while nobody has.
    corrected: Option<Correction>,
}

/// That a row was corrected.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RowCorrection")]
struct Correction {
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    by: String,
    /// `opened`, `duplicate`, `withdrawn`, or the name of the screen that kept it out.
    result: String,
    /// The reference of the case that it opened or belongs to.
    case: Option<String>,
}

/// A row that could not be read, column by column.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RejectedRowSheet")]
pub(super) struct RowSheet {
    #[serde(flatten)]
    row: Refused,
    columns: Vec<ColumnShown>,
}

/// A column of a row.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RejectedColumn")]
struct ColumnShown {
    name: String,
    title: String,
    optional: bool,
    personal: bool,
    /// What stands there; `null` for personal values without `see_personal_fields`.
    value: Option<String>,
    /// What is wrong with it.
    wrong: Option<String>,
}

/// The values of a row that are to be others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Correcting {
    /// By column; what is left out stays as it was read.
    fields: BTreeMap<String, String>,
}

/// What came of a correction.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CorrectedRow")]
pub(super) struct Taken {
    /// `opened`, `duplicate`, `withdrawn`, or the name of the screen that kept it out.
    result: String,
    /// The reference of the case that it opened or belongs to.
    case: Option<String>,
}

/// What is wrong with a value of a row.
#[derive(Debug, Serialize, JsonSchema)]
struct Wrong {
    field: String,
    /// Personal values are masked.
    value: Option<String>,
    reason: String,
}

impl From<Rejected> for Refused {
    fn from(rejected: Rejected) -> Self {
        let row = name_of(&rejected);
        let Rejected { detection, run, file, line, problems, corrected, .. } = rejected;
        let wrong = problems.into_iter().map(|problem| Wrong {
            field: problem.field,
            value: Some(problem.value).filter(|value| !value.is_empty()),
            reason: problem.reason,
        });
        let corrected = corrected.map(|done| Correction {
            at: done.at,
            by: done.by,
            result: done.result,
            case: done.case.map(CaseId::reference),
        });
        Self { row, detection, run, file, line, problems: wrong.collect(), corrected }
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
    let runs = call.session.store().runs(call.query.detection.as_deref(), call.query.limit()?).await?;
    Ok(Reply::of(Page::whole(runs.into_iter().map(Run::from).collect())))
}

async fn rejected(call: Call<Wanted, Nothing>) -> Answered<Page<Refused>> {
    let rows = call.session.store().rejected(call.query.detection.as_deref(), call.query.limit()?).await?;
    Ok(Reply::of(Page::whole(rows.into_iter().map(Refused::from).collect())))
}

async fn one(call: Call<Nothing, Nothing>) -> Answered<RowSheet> {
    let sheet = sheet(&call.session, find(&call.session, call.param("row")).await?).await?;
    let sees = call.viewer.can(SeePersonalFields);
    if sees {
        let (store, now) = (call.session.store(), call.session.engine.now());
        let on = On { case: None, subject: Some(call.param("row")) };
        record(store, now, &call.viewer, "rejected.see_personal", &[on]).await?;
    }
    let columns = sheet.columns.iter().map(|column| ColumnShown {
        name: column.name.clone(),
        title: column.title.clone(),
        optional: column.optional,
        personal: column.personal,
        value: (sees || sheet.is_open(column)).then(|| sheet.value(column, None)),
        wrong: Sheet::wrong(column, &sheet.rejected.problems, "en"),
    });
    let columns = columns.collect();
    Ok(Reply::of(RowSheet { columns, row: sheet.rejected.into() }))
}

async fn correct(call: Call<Nothing, Correcting>) -> Answered<Taken> {
    let sheet = sheet(&call.session, find(&call.session, call.param("row")).await?).await?;
    let given = sheet.with(call.body.fields.clone())?;
    let corrected = call.session.engine.correct_rejected(&sheet.rejected, &given, &call.viewer.who).await?;
    match corrected {
        Some(CoreCorrected::Taken { result, case }) => {
            Ok(Reply::of(Taken { result, case: case.map(CaseId::reference) }))
        }
        Some(CoreCorrected::Refused(problems)) => {
            let words = problems.iter().map(|problem| format!("`{}` {}", problem.field, problem.reason));
            let problem = Problem::of(Status::UNPROCESSABLE_ENTITY, "the row cannot be read with these values either");
            Err(problem.help(words.collect::<Vec<_>>().join("; ")))
        }
        None => Err(Problem::of(Status::CONFLICT, "its detection is no more")),
    }
}

async fn run(call: Call<Nothing, Looking>) -> Answered<Page<Summary>> {
    let Looking { workflow, detection, dry_run } = &call.body;
    let silent = |_: Progress<'_>| {};
    let summaries = call.session.engine.detect(workflow, detection.as_deref(), *dry_run, &silent).await?;
    Ok(Reply::of(Page::whole(summaries.into_iter().map(Summary::from).collect())))
}
