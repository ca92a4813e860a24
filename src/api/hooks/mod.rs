//! What gateways tell us under `/hooks/{notifier}/`: what became of a message, and what somebody wrote.
//!
//! The signature is checked by the notifier over the configured public address, never over a header
//! of the request. What is not signed leaves no trace but a count in the log: not its content.

mod inbound;
mod returned;
mod status;

use axum::http::{HeaderMap, StatusCode, Uri};
use wasl_core::delivery::{Hook, HookError};
use wasl_runtime::engine::ReceiptError;

use super::Api;

pub(super) use inbound::inbound;
pub(super) use returned::{MAIL_BYTES_MAX, returned};
pub(super) use status::status;

/// A request as notifiers read it.
struct Received {
    url: String,
    path_and_query: String,
    headers: Vec<(String, String)>,
}

impl Received {
    fn new(api: &Api, uri: &Uri, headers: &HeaderMap) -> Self {
        let path_and_query = uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str).to_owned();
        let url = format!("{}{path_and_query}", api.public_url.as_deref().unwrap_or_default());
        Self { url, path_and_query, headers: readable(headers) }
    }

    fn hook<'a>(&'a self, body: &'a [u8]) -> Hook<'a> {
        Hook { url: &self.url, path_and_query: &self.path_and_query, headers: &self.headers, body }
    }
}

/// Why a request was not taken: the status for its sender, and a line in the log without its content.
fn refuse(notifier: &str, hook: &'static str, error: &ReceiptError) -> StatusCode {
    match error {
        // The name comes from outside: it is not repeated in the log.
        ReceiptError::NoNotifier(_) | ReceiptError::Refused(HookError::Unsupported) => StatusCode::NOT_FOUND,
        ReceiptError::Refused(HookError::BadSignature) => {
            tracing::warn!(notifier, hook, "a request without a valid signature was refused");
            StatusCode::FORBIDDEN
        }
        ReceiptError::Refused(HookError::Malformed(_)) => {
            tracing::warn!(notifier, hook, "a signed request could not be read");
            StatusCode::BAD_REQUEST
        }
        ReceiptError::Engine(error) => {
            // The gateway sends it again after an error.
            tracing::error!(notifier, hook, %error, "a request could not be stored");
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
