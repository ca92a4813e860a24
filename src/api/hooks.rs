//! `POST /hooks/{notifier}/status`: what became of a message, from its gateway.
//!
//! The signature is checked by the notifier over the configured public address, never over a header
//! of the request. What is not signed leaves no trace but a count in the log: not its content.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use wasl_core::delivery::{Hook, HookError};
use wasl_runtime::engine::ReceiptError;

use super::Api;

/// Takes a receipt: 204 when it is stored, whether it was new or not.
pub(super) async fn status(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let path_and_query = uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let url = format!("{}{path_and_query}", api.public_url.as_deref().unwrap_or_default());
    let headers = readable(&headers);
    let hook = Hook { url: &url, path_and_query, headers: &headers, body: &body };
    match api.engine.take_receipt(&name, &hook).await {
        Ok(taken) => {
            let (moved, duplicate, known) = (taken.moved, taken.duplicate, taken.message.is_some());
            tracing::debug!(notifier = name, moved, duplicate, known, "receipt");
            StatusCode::NO_CONTENT
        }
        Err(error) => refuse(&name, &error),
    }
}

fn refuse(notifier: &str, error: &ReceiptError) -> StatusCode {
    match error {
        // The name comes from outside: it is not repeated in the log.
        ReceiptError::NoNotifier(_) | ReceiptError::Refused(HookError::Unsupported) => StatusCode::NOT_FOUND,
        ReceiptError::Refused(HookError::BadSignature) => {
            tracing::warn!(notifier, "a receipt without a valid signature was refused");
            StatusCode::FORBIDDEN
        }
        ReceiptError::Refused(HookError::Malformed(_)) => {
            tracing::warn!(notifier, "a signed receipt could not be read");
            StatusCode::BAD_REQUEST
        }
        ReceiptError::Engine(error) => {
            // The gateway reports again after an error.
            tracing::error!(notifier, %error, "a receipt could not be stored");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Header names in lower case with their values; values that are not text are left out.
fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}
