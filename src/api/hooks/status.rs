//! `POST /hooks/{notifier}/status`: what became of a message, from its gateway.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};

use super::{Received, refuse};
use crate::api::Api;

/// Takes a receipt: 204 when it is stored, whether it was new or not.
pub(in crate::api) async fn status(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let received = Received::new(&api, &uri, &headers);
    match api.engine.take_receipt(&name, &received.hook(&body)).await {
        Ok(taken) => {
            let (moved, duplicate, known) = (taken.moved, taken.duplicate, taken.message.is_some());
            tracing::debug!(notifier = name, moved, duplicate, known, "receipt");
            StatusCode::NO_CONTENT
        }
        Err(error) => refuse(&name, "status", &error),
    }
}
