//! Pages for whoever answers for the practice: its figures on one page, to look at, to print and to take along.

mod practice;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::api::Api;

/// The pages.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().route("/reports", get(practice::show)).route("/reports.csv", get(practice::download))
}
