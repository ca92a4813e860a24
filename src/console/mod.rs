//! The web console: pages for the people who ring families and for those who see to it that every case goes on.
//!
//! The server writes the HTML; scripts add keys, drafts and news, and nothing that cannot be done without them. Who
//! asks and what they may do is [`access`](crate::access)'s; what a page shows and does goes through the same engine
//! and store as the command line. [`page`] lays every page into its frame, [`locale`] words days, sums and counts.

mod address;
mod administer;
mod assets;
mod call;
mod day;
mod drafts;
mod hijri;
mod live;
mod locale;
mod manage;
mod markdown;
mod page;
mod refused;
mod sent;
mod supervise;
mod workflows;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::api::Api;

pub(crate) use page::Console;
pub(crate) use refused::worded;

/// The pages.
pub(crate) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/", get(day::show))
        .route("/next", post(day::next))
        .route("/work", post(day::choose_work))
        .route("/theme", post(page::choose_theme))
        .route("/live", get(live::news))
        .route("/tasks/{task}", get(call::show))
        .route("/tasks/{task}/claim", post(call::claim))
        .route("/tasks/{task}/answer", post(call::answer))
        .route("/tasks/{task}/undo", post(call::undo))
        .route("/tasks/{task}/release", post(call::release))
        .route("/assets/{file}", get(assets::serve))
        .merge(supervise::routes())
        .merge(manage::routes())
        .merge(administer::routes())
        .merge(workflows::routes())
        .merge(drafts::routes())
}
