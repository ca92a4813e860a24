//! What other systems call over HTTP: receipts of gateways and messages to us, and whether Wasl lives and
//! works.
//!
//! Nothing here shows personal data. Put a TLS proxy before it to open it to others.

mod health;
mod hooks;
mod stop;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wasl_runtime::engine::Engine;

/// A receipt or a text message is a short form; more is neither.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What the handlers share.
pub(crate) struct Api {
    /// The engine.
    pub(crate) engine: Arc<Engine>,
    /// The address under which gateways see this server: their signatures are over it.
    pub(crate) public_url: Option<String>,
    /// How old the last look for due cases may be before the daemon counts as stuck.
    pub(crate) tick_max: jiff::SignedDuration,
}

/// The routes.
pub(crate) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/hooks/{notifier}/status", get(hooks::status).post(hooks::status))
        .route("/hooks/{notifier}/inbound", post(hooks::inbound))
        .route("/hooks/{notifier}/returned", post(hooks::returned).layer(DefaultBodyLimit::max(hooks::MAIL_BYTES_MAX)))
        .route("/stop/{code}", get(stop::show).post(stop::stop))
        .route("/stop/{code}/undo", post(stop::undo))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(api)
}

/// Serves until `stop` is cancelled, then finishes the requests that are under way.
///
/// # Errors
/// The listener failed.
pub(crate) async fn serve(listener: TcpListener, api: Arc<Api>, stop: CancellationToken) -> std::io::Result<()> {
    axum::serve(listener, router(api)).with_graceful_shutdown(stop.cancelled_owned()).await
}
