//! A workflow at a glance: the picture with the number of cases in each state, and the same as a table.

use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value as Json, json};
use wasl_core::definition::State;
use wasl_core::diagram::{Diagram, Heat, svg};
use wasl_runtime::store::StateCount;

use super::book::{Book, Wanted, title};
use crate::console::page::{Desk, Page, Trouble};
use crate::output::thousands;
use crate::versions::short;

/// A picture has its style within; nothing else is let into it.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// `GET /workflows/{name}`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>, Query(wanted): Query<Wanted>) -> Response {
    let result = page(&desk, &name, &wanted).await;
    desk.answer(result)
}

async fn page(desk: &Desk, name: &str, wanted: &Wanted) -> Result<Response, Trouble> {
    let book = Book::open(desk, name, wanted).await?;
    let counts = desk.api.engine.store.cases_by_state().await?;
    let late = desk.api.engine.store.overdue_by_state(name, desk.locale.now).await?;
    let of = |state: &str, standing: &str| {
        let number = in_state(&counts, name, state, |of| of == standing);
        if number == 0 { "—".to_owned() } else { thousands(number) }
    };
    let state = |state: &State| -> Json {
        let title = if state.title.is_empty() { &state.name } else { state.title.get(desk.locale.code()) };
        let [open, held, incident, ended] =
            ["open", "held", "incident", "ended"].map(|standing| of(&state.name, standing));
        json!({"name": state.name, "title": title, "open": open, "held": held, "incident": incident, "ended": ended,
            "overdue": late.overdue.get(state.name.as_str()).map(|number| thousands(*number))})
    };
    let context = json!({
        "head": book.head(desk, "")?, "name": name, "version": short(&book.at.hash), "active": book.at.active,
        "more": late.more, "states": book.workflow.states.iter().map(state).collect::<Vec<_>>(),
    });
    let title = title(&book.workflow, &desk.locale);
    desk.page(StatusCode::OK, Page { name: "workflow.html", title, context, live: None }).await
}

fn in_state(counts: &[StateCount], workflow: &str, state: &str, standing: impl Fn(&str) -> bool) -> u64 {
    let of =
        counts.iter().filter(|count| count.workflow == workflow && count.state == state && standing(&count.standing));
    of.map(|count| count.cases).sum()
}

/// `GET /workflows/{name}/diagram.svg`: the picture, with the number of cases in each state's title.
pub(super) async fn diagram(desk: Desk, Path(name): Path<String>, Query(wanted): Query<Wanted>) -> Response {
    let result = async {
        let book = Book::open(&desk, &name, &wanted).await?;
        let counts = desk.api.engine.store.cases_by_state().await?;
        let environment = desk.api.engine.library.environment();
        let mut diagram = Diagram::of(&book.workflow, &environment, desk.locale.code());
        let late = desk.api.engine.store.overdue_by_state(&name, desk.locale.now).await?.overdue;
        for node in &mut diagram.nodes {
            let number = in_state(&counts, &name, &node.name, |_| true);
            if number > 0 {
                node.title = format!("{} ({})", node.title, thousands(number));
            }
            if let Some(overdue) = late.get(&node.name).copied().filter(|overdue| *overdue > 0) {
                node.heat = Heat::of(overdue, number);
                let words = desk.locale.pick("overdue", "متأخرة");
                node.title = format!("{} ▲ {} {words}", node.title, thousands(overdue));
            }
        }
        let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, PICTURE_POLICY)];
        Ok((headers, svg(&diagram)).into_response())
    };
    let result: Result<Response, Trouble> = result.await;
    desk.answer(result)
}
