//! Workflows as they are in force: the picture with the number of cases in each state, and the same as a table.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::definition::Workflow;
use wasl_core::diagram::{Diagram, svg};
use wasl_core::words::number::Noun;
use wasl_runtime::store::StateCount;

use crate::console::page::{Desk, Page, Trouble};
use crate::output::thousands;

/// Cases.
const CASE: Noun =
    Noun { en: ["case", "cases"], ar: ["حالة واحدة", "حالتان", "حالات", "حالة", "حالة"] };
/// The first digits of a version, as people compare them.
const HASH_DIGITS: usize = 12;
/// A picture has its style within; nothing else is let into it.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// `GET /workflows`.
pub(super) async fn list(desk: Desk) -> Response {
    let result = async {
        desk.viewer.may(Permission::ViewWorkflow)?;
        let counts = desk.api.engine.store.cases_by_state().await?;
        let row = |workflow: &Workflow| {
            let cases = counts.iter().filter(|count| count.workflow == workflow.name && count.standing != "ended");
            let count = desk.locale.count(cases.map(|count| count.cases).sum(), &CASE);
            json!({"name": workflow.name, "title": title(workflow, &desk), "count": count})
        };
        let workflows = desk.api.engine.library.all_active();
        let context = json!({"workflows": workflows.iter().map(|workflow| row(workflow)).collect::<Vec<_>>()});
        let title = desk.locale.pick("Workflows", "مسارات العمل").to_owned();
        desk.page(StatusCode::OK, Page { name: "workflows.html", title, context, live: None }).await
    };
    let result = result.await;
    desk.answer(result)
}

fn title(workflow: &Workflow, desk: &Desk) -> String {
    if workflow.title.is_empty() { workflow.name.clone() } else { workflow.title.get(desk.locale.code()).to_owned() }
}

/// `GET /workflows/{name}`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ViewWorkflow)?;
        let workflow = desk.api.engine.active_workflow(&name).await?;
        let counts = desk.api.engine.store.cases_by_state().await?;
        let of = |state: &str, standing: &str| {
            let number = in_state(&counts, &name, state, |of| of == standing);
            if number == 0 { "—".to_owned() } else { thousands(number) }
        };
        let state = |state: &wasl_core::definition::State| -> Json {
            let title = if state.title.is_empty() { &state.name } else { state.title.get(desk.locale.code()) };
            let [open, held, incident, ended] =
                ["open", "held", "incident", "ended"].map(|standing| of(&state.name, standing));
            json!({"name": state.name, "title": title, "open": open, "held": held, "incident": incident, "ended": ended})
        };
        let context = json!({
            "name": name, "heading": title(&workflow, &desk), "version": workflow.hash.get(..HASH_DIGITS),
            "states": workflow.states.iter().map(state).collect::<Vec<_>>(),
        });
        let title = title(&workflow, &desk);
        desk.page(StatusCode::OK, Page { name: "workflow.html", title, context, live: None }).await
    };
    let result = result.await;
    desk.answer(result)
}

fn in_state(counts: &[StateCount], workflow: &str, state: &str, standing: impl Fn(&str) -> bool) -> u64 {
    let of =
        counts.iter().filter(|count| count.workflow == workflow && count.state == state && standing(&count.standing));
    of.map(|count| count.cases).sum()
}

/// `GET /workflows/{name}/diagram.svg`: the picture, with the number of cases in each state's title.
pub(super) async fn diagram(desk: Desk, Path(name): Path<String>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ViewWorkflow)?;
        let workflow = desk.api.engine.active_workflow(&name).await?;
        let counts = desk.api.engine.store.cases_by_state().await?;
        let environment = desk.api.engine.library.environment();
        let mut diagram = Diagram::of(&workflow, &environment, desk.locale.code());
        for node in &mut diagram.nodes {
            let number = in_state(&counts, &name, &node.name, |_| true);
            if number > 0 {
                node.title = format!("{} ({})", node.title, thousands(number));
            }
        }
        let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, PICTURE_POLICY)];
        Ok((headers, svg(&diagram)).into_response())
    };
    let result: Result<Response, Trouble> = result.await;
    desk.answer(result)
}
