//! `POST` or `GET /hooks/{notifier}/status`: what became of messages, from their gateway.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};

use super::{Received, refuse};
use crate::api::Api;

/// Takes receipts: 200 when they are stored, whether they were new or not. Kannel and Unifonic report again at any
/// other answer, also at 204.
pub(in crate::api) async fn status(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let received = Received::new(&api, &uri, &headers);
    match api.engine.take_receipts(&name, &received.hook(&body)).await {
        Ok(all) => {
            for taken in all {
                let (moved, duplicate, known) = (taken.moved, taken.duplicate, taken.message.is_some());
                tracing::debug!(notifier = name, moved, duplicate, known, "receipt");
            }
            (StatusCode::OK, "ok\n")
        }
        Err(error) => (refuse(&name, "status", &error), ""),
    }
}
