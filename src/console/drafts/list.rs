//! The drafts that somebody works on or waits for, and those that are over.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_runtime::store::{DraftStatus, DraftSummary};

use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::workflows::{by, workflow_title};
use crate::versions::short;

/// Drafts that are listed; more are not under way in any house.
const LISTED_MAX: u32 = 100;
/// Drafts that are over and still listed.
const OVER_MAX: u32 = 20;
/// Those of which something may still become.
const UNDER_WAY: [DraftStatus; 3] = [DraftStatus::Submitted, DraftStatus::Returned, DraftStatus::Open];

/// `GET /drafts`.
pub(super) async fn show(desk: Desk) -> Response {
    let result = page(&desk).await;
    desk.answer(result)
}

async fn page(desk: &Desk) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::EditWorkflow)?;
    let store = &desk.api.engine.store;
    let over = store.drafts(None, &[DraftStatus::Approved, DraftStatus::Discarded], OVER_MAX).await?;
    let (waiting, written): (Vec<_>, Vec<_>) = store
        .drafts(None, &UNDER_WAY, LISTED_MAX)
        .await?
        .into_iter()
        .partition(|draft| draft.status == DraftStatus::Submitted);
    let rows = |drafts: &[DraftSummary]| drafts.iter().map(|draft| row(desk, draft)).collect::<Vec<_>>();
    let context = json!({"waiting": rows(&waiting), "written": rows(&written), "over": rows(&over)});
    let title = desk.locale.pick("Drafts", "المسودات").to_owned();
    desk.page(StatusCode::OK, Page { name: "drafts.html", title, context, live: None }).await
}

/// The drafts of a workflow of which something may still become.
pub(in crate::console) async fn open_drafts(desk: &Desk, workflow: &str) -> Result<Vec<Json>, Trouble> {
    if !desk.viewer.can(Permission::EditWorkflow) {
        return Ok(Vec::new());
    }
    let drafts = desk.api.engine.store.drafts(Some(workflow), &UNDER_WAY, LISTED_MAX).await?;
    Ok(drafts.iter().map(|draft| row(desk, draft)).collect())
}

fn row(desk: &Desk, draft: &DraftSummary) -> Json {
    let locale = &desk.locale;
    let (status, tone) = status(draft.status, locale);
    let last = [draft.submitted.as_ref(), draft.decided.as_ref(), Some(&draft.changed)];
    let last = last.into_iter().flatten().max_by_key(|act| act.at).unwrap_or(&draft.changed);
    let page = if draft.status.is_written() { "" } else { "/review" };
    json!({
        "id": draft.id, "href": format!("/drafts/{}{page}", draft.id), "workflow": draft.workflow,
        "title": workflow_title(desk, &draft.workflow), "status": status, "tone": tone,
        "when": locale.moment(last.at), "by": by(&last.by, locale),
        "note": draft.submitted.as_ref().and_then(|act| act.note.clone()),
        "version": draft.hash.as_deref().map(short),
    })
}

/// Where a draft stands, and the tone of that.
pub(super) fn status(status: DraftStatus, locale: &Locale) -> (&str, &'static str) {
    let (en, ar, tone) = match status {
        DraftStatus::Open => ("being written", "قيد الكتابة", ""),
        DraftStatus::Submitted => ("waits for approval", "تنتظر الاعتماد", "accent"),
        DraftStatus::Returned => ("sent back", "أُعيدت", "warn"),
        DraftStatus::Approved => ("approved", "اعتُمدت", "good"),
        DraftStatus::Discarded => ("given up", "تُركت", ""),
    };
    (locale.pick(en, ar), tone)
}
