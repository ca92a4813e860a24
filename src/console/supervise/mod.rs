//! Pages for whoever sees to it that every case goes on: cases, what stopped, the outbox, detection, and
//! who is not contacted. Each shows and does what the command line does, through the same functions.

mod acts;
mod case;
mod cases;
mod corrections;
mod detections;
mod incidents;
mod outbox;
pub(super) mod parts;
mod queues;
mod stops;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::api::Api;

/// The pages.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/cases", get(cases::list))
        .route("/cases/{reference}", get(case::show))
        .route("/cases/{reference}/act", post(case::act))
        .route("/queues", get(queues::show))
        .route("/views", post(views::save))
        .route("/views/{view}/remove", post(views::remove))
        .route("/acts", get(acts::back).post(acts::act))
        .route("/acts/preview", get(acts::back).post(acts::preview))
        .route("/incidents", get(incidents::list))
        .route("/messages/{message}/resolve", post(incidents::resolve))
        .route("/outbox", get(outbox::show))
        .route("/outbox/hold", post(outbox::hold))
        .route("/outbox/release", post(outbox::release))
        .route("/detections", get(detections::show))
        .route("/detections/rejected/{row}", get(corrections::show).post(corrections::correct))
        .route("/stops", get(stops::list).post(stops::add))
}
