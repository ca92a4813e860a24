//! Detection: what was looked for, what came of it, and the rows that could not be read.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::CaseId;
use wasl_core::words::number::Noun;
use wasl_runtime::store::{DetectionRun, Rejected};

use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::workflows::by;
use crate::corrections::name_of;
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
    let waiting = rejected.iter().filter(|row| row.corrected.is_none()).count();
    let context = json!({
        "runs": runs.iter().map(|run| run_json(run, locale)).collect::<Vec<_>>(),
        "rejected": rejected.iter().map(|row| rejected_json(row, locale)).collect::<Vec<_>>(),
        "rejected_count": locale.count(waiting as u64, &ROW), "waiting": waiting,
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
        "unchanged" => locale.pick("unchanged", "لم تتغير").to_owned(),
        "withdrawn" => locale.pick("withdrawn", "سُحبت").to_owned(),
        "rejected" => locale.pick("not readable", "تعذرت قراءتها").to_owned(),
        other => other.replace('_', " "),
    };
    counts.iter().map(|(word, number)| json!({"name": name(word), "number": thousands(*number)})).collect()
}

fn rejected_json(row: &Rejected, locale: &Locale) -> Json {
    let problem = |problem: &wasl_core::schema::Problem| json!({"field": problem.field, "value": problem.value, "reason": problem.reason_in(locale.code())});
    let done = row.corrected.as_ref().map(|done| {
        json!({"result": result(&done.result, locale), "by": by(&done.by, locale), "at": locale.moment(done.at),
            "case": done.case.map(CaseId::reference)})
    });
    json!({"row": name_of(row), "file": row.file, "line": row.line, "done": done, "here": row.detection.contains('/'),
        "problems": row.problems.iter().map(problem).collect::<Vec<_>>()})
}

/// What came of a row.
pub(super) fn result(result: &str, locale: &Locale) -> String {
    match result {
        "opened" => locale.pick("opened a case", "فتح حالة").to_owned(),
        "duplicate" => locale.pick("belongs to a case that was there", "يتبع حالة قائمة").to_owned(),
        "withdrawn" => locale.pick("took back a death", "سحب قيد وفاة").to_owned(),
        screen => {
            let words = locale.pick("no case opens, for the reason", "لا تُفتح له حالة، والسبب");
            format!("{words} {}", screen.replace('_', " "))
        }
    }
}
