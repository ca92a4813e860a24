//! What every answer tells browsers: no scripts, styles or pictures from elsewhere, no frame around it, nothing guessed.
//!
//! An answer that says something itself keeps it: the page that stops messages allows its own style.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::api::Api;

const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // With `no-referrer` browsers would hide the origin of forms from us, which is what they are judged by.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // What people see of families is kept by no proxy and in no browser.
    (header::CACHE_CONTROL, "no-store"),
];

/// One year.
const HTTPS_ONLY: (HeaderName, &str) = (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");

/// Adds the headers that an answer does not set itself.
pub(crate) async fn secured(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let https = api.access.https.then_some(HTTPS_ONLY);
    for (name, value) in HEADERS.into_iter().chain(https) {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
