//! `/api/v1`: what other systems and scripts of our own pages may ask and do, as JSON.
//!
//! Wire types stand beside their handlers and nowhere else; everything goes through the functions of the engine and
//! the store that the command line uses.

mod audit;
mod me;
mod problem;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::Api;
use problem::Problem;

/// The routes.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().route("/api/v1/me", get(me::show)).route("/api/v1/audit", get(audit::list))
}
