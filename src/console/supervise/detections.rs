//! Detection: what was looked for, what came of it, and the rows that could not be read.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::words::number::Noun;
use wasl_runtime::store::{DetectionRun, Rejected};

use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::output::thousands;

/// Runs that are listed.
const RUNS_MAX: u32 = 50;
/// Rows that are listed; a file with more of them is wrong as a whole.
const ROWS_MAX: u32 = 200;
/// Rows.
const ROW: Noun = Noun { en: ["row", "rows"], ar: ["صف واحد", "صفان", "صفوف", "صفا", "صف"] };

/// `GET /detections`.
pub(super) async fn show(desk: Desk) -> Response {
    let result = page(&desk).await;
    desk.answer(result)
}

async fn page(desk: &Desk) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::RunDetection)?;
    let (store, locale) = (&desk.api.engine.store, &desk.locale);
    let runs = store.runs(None, RUNS_MAX).await?;
    let rejected = store.rejected(None, ROWS_MAX).await?;
    let context = json!({
        "runs": runs.iter().map(|run| run_json(run, locale)).collect::<Vec<_>>(),
        "rejected": rejected.iter().map(rejected_json).collect::<Vec<_>>(),
        "rejected_count": locale.count(rejected.len() as u64, &ROW),
    });
    let title = locale.pick("Detection", "الرصد").to_owned();
    desk.page(StatusCode::OK, Page { name: "detections.html", title, context, live: None }).await
}

fn run_json(run: &DetectionRun, locale: &Locale) -> Json {
    let ended = match run.finished_at {
        Some(at) => locale.moment(at),
        None => locale.pick("not yet", "لم ينته").to_owned(),
    };
    json!({"detection": run.detection, "began": locale.moment(run.started_at), "ended": ended, "counts": counts(&run.counts, locale)})
}

fn counts(counts: &BTreeMap<String, u64>, locale: &Locale) -> Json {
    let name = |name: &str| match name {
        "opened" => locale.pick("cases opened", "حالات فُتحت").to_owned(),
        "updated" => locale.pick("updated", "حُدثت").to_owned(),
        "duplicate" => locale.pick("known already", "معروفة من قبل").to_owned(),
        "rejected" => locale.pick("not readable", "تعذرت قراءتها").to_owned(),
        other => other.replace('_', " "),
    };
    counts.iter().map(|(word, number)| json!({"name": name(word), "number": thousands(*number)})).collect()
}

fn rejected_json(row: &Rejected) -> Json {
    let problem = |problem: &wasl_core::schema::Problem| json!({"field": problem.field, "value": problem.value, "reason": problem.reason});
    json!({"file": row.file, "line": row.line, "problems": row.problems.iter().map(problem).collect::<Vec<_>>()})
}
