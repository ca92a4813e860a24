//! All workflows: which version is active since when, and on which versions cases run.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::definition::Workflow;
use wasl_core::words::number::Noun;
use wasl_runtime::store::VersionSummary;

use super::book::{CASE, came, title};
use crate::console::drafts::open_drafts;
use crate::console::page::{Desk, Page, Trouble};
use crate::versions::short;

/// Versions before the active one.
const EARLIER: Noun = Noun {
    en: ["earlier version", "earlier versions"],
    ar: ["إصدار سابق واحد", "إصداران سابقان", "إصدارات سابقة", "إصدارا سابقا", "إصدار سابق"],
};

/// How the engine names what is wrong with the files of a workflow.
const TROUBLE: &str = "workflow ";

/// `GET /workflows`.
pub(super) async fn show(desk: Desk) -> Response {
    let result = page(&desk).await;
    desk.answer(result)
}

async fn page(desk: &Desk) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ViewWorkflow)?;
    let versions = desk.api.engine.store.versions().await?;
    let workflows = desk.api.engine.library.all_active();
    let troubles = desk.api.engine.troubles();
    let mut rows = Vec::new();
    for workflow in &workflows {
        let broken = troubles.get(&format!("{TROUBLE}{}", workflow.name));
        rows.push(row(desk, workflow, &versions, &open_drafts(desk, &workflow.name).await?, broken));
    }
    let is_active = |name: &str| workflows.iter().any(|workflow| workflow.name == name);
    let broken = troubles.iter().filter_map(|(part, why)| Some((part.strip_prefix(TROUBLE)?, why)));
    let broken = broken.filter(|(name, _)| !is_active(name)).map(|(name, why)| json!({"name": name, "why": why}));
    let gone =
        versions.iter().filter(|version| version.active && version.open_cases > 0 && !is_active(&version.workflow));
    let gone =
        gone.map(|version| json!({"name": version.workflow, "running": desk.locale.count(version.open_cases, &CASE)}));
    let context = json!({"workflows": rows, "broken": broken.collect::<Vec<_>>(), "gone": gone.collect::<Vec<_>>(), "may_draft": desk.viewer.can(Permission::EditWorkflow)});
    let title = desk.locale.pick("Workflows", "مسارات العمل").to_owned();
    desk.page(StatusCode::OK, Page { name: "workflows.html", title, context, live: None }).await
}

fn row(
    desk: &Desk,
    workflow: &Workflow,
    versions: &[VersionSummary],
    drafts: &[Json],
    broken: Option<&String>,
) -> Json {
    let locale = &desk.locale;
    let of: Vec<&VersionSummary> = versions.iter().filter(|version| version.workflow == workflow.name).collect();
    let active = of.iter().find(|version| version.active);
    let earlier: Vec<_> = of.iter().filter(|version| !version.active && version.open_cases > 0).collect();
    let staying: u64 = earlier.iter().map(|version| version.open_cases).sum();
    json!({
        "name": workflow.name, "title": title(workflow, locale), "version": short(&workflow.hash),
        "came": came(active.and_then(|active| active.activation.as_ref()), locale),
        "running": locale.count(active.map_or(0, |active| active.open_cases), &CASE),
        "staying": (staying > 0).then(|| locale.count(staying, &CASE)),
        "earlier": locale.count(earlier.len() as u64, &EARLIER), "drafts": drafts, "broken": broken,
    })
}
