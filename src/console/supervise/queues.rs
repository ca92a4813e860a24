//! Queues with their load: how much waits, how much is due or overdue, how old the oldest is, and who has what in hand.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_runtime::store::QueueLoad;

use crate::console::page::{Desk, Page, Trouble};

/// `GET /queues`.
pub(super) async fn show(desk: Desk) -> Response {
    let result = page(&desk).await;
    desk.answer(result)
}

async fn page(desk: &Desk) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ActOnCase)?;
    let locale = &desk.locale;
    let mut loads = desk.api.engine.store.queue_loads(locale.now).await?;
    let environment = desk.api.engine.library.environment();
    // Every queue of the house, also one in which nothing waits; then those that only old work still names.
    let mut queues: Vec<Json> = Vec::new();
    for (name, title) in &environment.queues {
        queues.push(row(desk, title.get(locale.code()), &loads.remove(name).unwrap_or_default()));
    }
    queues.extend(loads.iter().map(|(name, load)| row(desk, name, load)));
    let title = locale.pick("Queues", "قوائم العمل").to_owned();
    desk.page(StatusCode::OK, Page { name: "queues.html", title, context: json!({"queues": queues}), live: None }).await
}

fn row(desk: &Desk, title: &str, load: &QueueLoad) -> Json {
    let locale = &desk.locale;
    let day_of = |at| locale.zone.to_datetime(at).date();
    json!({
        "title": title, "waiting": load.count.waiting, "ready": load.count.ready, "overdue": load.count.overdue,
        "oldest": load.oldest.map(|at| locale.moment(at)), "age": load.oldest.map(|at| locale.ago(day_of(at))),
        "in_hand": load.in_hand.iter().map(|(who, tasks)| json!({"who": who, "tasks": tasks})).collect::<Vec<_>>(),
    })
}
