//! The versions of a workflow: who made each the active one, when and why, and which cases stay on it.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};
use wasl_runtime::store::VersionSummary;

use super::book::{Book, CASE, Wanted, came, title};
use crate::console::page::{Desk, Page, Trouble};
use crate::versions::short;

/// `GET /workflows/{name}/versions`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>) -> Response {
    let result = page(&desk, &name).await;
    desk.answer(result)
}

async fn page(desk: &Desk, name: &str) -> Result<Response, Trouble> {
    let book = Book::open(desk, name, &Wanted::default()).await?;
    let mut rows = Vec::new();
    for (at, version) in book.versions.iter().enumerate() {
        rows.push(row(desk, version, book.versions.get(at + 1)));
    }
    let context = json!({"head": book.head(desk, "/versions")?, "name": name, "versions": rows});
    let title = title(&book.workflow, &desk.locale);
    desk.page(StatusCode::OK, Page { name: "workflow-versions.html", title, context, live: None }).await
}

fn row(desk: &Desk, version: &VersionSummary, before: Option<&VersionSummary>) -> Json {
    let locale = &desk.locale;
    json!({
        "version": short(&version.hash), "active": version.active, "saved": locale.moment(version.created_at),
        "came": came(version.activation.as_ref(), locale), "open": locale.count(version.open_cases, &CASE),
        "cases": locale.count(version.cases, &CASE), "before": before.map(|before| short(&before.hash)),
    })
}
