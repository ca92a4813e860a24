//! Drafts of workflows for those who write and approve them: files in plain text with everything that `wasl check` finds
//! while they type, scenarios run in place, what a change would mean, and a second person's word.

mod begin;
mod desk;
mod edit;
mod files;
mod findings;
mod list;
mod review;
mod stories;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::api::{Api, FORM_BYTES_MAX};

pub(super) use list::open_drafts;

/// The pages.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/workflows/{name}/drafts", post(begin::begin))
        .route("/drafts", get(list::show))
        .route("/drafts/{draft}", get(edit::show).post(edit::act).layer(DefaultBodyLimit::max(FORM_BYTES_MAX)))
        .route("/drafts/{draft}/files", post(files::act))
        .route("/drafts/{draft}/review", get(review::show).post(review::act))
}
