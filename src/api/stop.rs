//! `/stop/{code}`: the page on which people stop messages, and the button of mail programs (RFC 8058).
//!
//! Looking changes nothing: programs that scan links look. Only a POST stops, and another one undoes it. The page
//! has no script, nothing from elsewhere, and not a word about whom or what it concerns.

mod page;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use wasl_runtime::engine::EngineError;

use super::Api;

/// Shows what the link stops, or that it is stopped.
pub(super) async fn show(State(api): State<Arc<Api>>, Path(code): Path<String>) -> Response {
    match api.engine.stop_link(&code).await {
        Ok(Some(link)) => answer(StatusCode::OK, page::of(&link, &code)),
        other => otherwise(other.err()),
    }
}

/// Stops. What a mail program sends along (`List-Unsubscribe=One-Click`) does not matter.
pub(super) async fn stop(api: State<Arc<Api>>, code: Path<String>) -> Response {
    follow(api, code, true).await
}

/// Undoes it.
pub(super) async fn undo(api: State<Arc<Api>>, code: Path<String>) -> Response {
    follow(api, code, false).await
}

async fn follow(State(api): State<Arc<Api>>, Path(code): Path<String>, stop: bool) -> Response {
    let link = match api.engine.stop_link(&code).await {
        Ok(Some(link)) => link,
        other => return otherwise(other.err()),
    };
    match api.engine.follow_stop_link(&link, stop).await {
        Ok(link) => answer(StatusCode::OK, page::of(&link, &code)),
        Err(error) => otherwise(Some(error)),
    }
}

/// A code that is not right, or a store that does not answer.
fn otherwise(error: Option<EngineError>) -> Response {
    let Some(error) = error else { return answer(StatusCode::NOT_FOUND, page::unknown()) };
    tracing::error!(%error, "a stop link could not be followed");
    answer(StatusCode::SERVICE_UNAVAILABLE, page::later())
}

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

fn answer(status: StatusCode, page: String) -> Response {
    (status, HEADERS, Html(page)).into_response()
}
