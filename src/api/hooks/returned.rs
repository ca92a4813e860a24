//! `POST /hooks/{notifier}/returned`: mail that came to the address that we write from, passed on by the mail
//! server as it is (RFC 5322), with the token of the notifier's settings.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};

use super::{Received, refuse};
use crate::api::Api;

/// An answer may carry a scan; more is left to the folder of returned mail.
pub(in crate::api) const MAIL_BYTES_MAX: usize = 2 << 20;

/// Takes a mail: 204 when what it says is stored.
pub(in crate::api) async fn returned(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let received = Received::new(&api, &uri, &headers);
    match api.engine.take_returned(&name, &received.hook(&body)).await {
        Ok(taken) => {
            tracing::info!(notifier = name, ?taken, "returned mail");
            StatusCode::NO_CONTENT
        }
        Err(error) => refuse(&name, "returned", &error),
    }
}
