//! Workflows for whoever reads, words or answers for them: which version is active and how each came about, the picture,
//! the whole in words, every text in both languages, and what changed from one version to another.

mod book;
mod compare;
mod list;
mod overview;
mod prose;
pub(super) mod sizes;
mod texts;
mod versions;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::api::Api;

pub(super) use book::{CASE, by, workflow_title};
pub(super) use compare::{changes, listed};
pub(super) use texts::{Trial, dir, wanted_case};

/// The pages.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/workflows", get(list::show))
        .route("/workflows/{name}", get(overview::show))
        .route("/workflows/{name}/diagram.svg", get(overview::diagram))
        .route("/workflows/{name}/words", get(prose::show))
        .route("/workflows/{name}/texts", get(texts::show))
        .route("/workflows/{name}/versions", get(versions::show))
        .route("/workflows/{name}/changes", get(compare::show))
}
