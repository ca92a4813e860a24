//! The HTTP server: what gateways call, whether Wasl lives and works, and behind [`access`] what people
//! and other systems may see and do.
//!
//! Put a TLS proxy before it to open it to others.

mod health;
mod hooks;
mod metrics;
mod stop;
#[cfg(test)]
mod tests;
pub(crate) mod v1;

use std::sync::Arc;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wasl_runtime::engine::Engine;

use crate::access::{self, Access};
use crate::console::{self, Console};
use crate::session::Session;

/// A receipt, a text message or a form is short; more is none of them.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A form of whoever has come in, such as the text of a workflow: three times its letters, as browsers spell Arabic.
pub(crate) const FORM_BYTES_MAX: usize = 512 * 1024;

/// What the handlers share.
pub(crate) struct Api {
    /// The engine.
    pub(crate) engine: Arc<Engine>,
    /// What requests work on, as commands do.
    pub(crate) session: Session,
    /// Who may come in.
    pub(crate) access: Access,
    /// The pages.
    pub(crate) console: Console,
    /// Ends what has no end of its own when the daemon stops.
    pub(crate) stop: CancellationToken,
    /// The address under which gateways see this server: their signatures are over it.
    pub(crate) public_url: Option<String>,
    /// How old the last look for due cases may be before the daemon counts as stuck.
    pub(crate) tick_max: jiff::SignedDuration,
}

/// The routes: those of gateways and watchdogs, and those that ask who somebody is.
pub(crate) fn router(api: Arc<Api>) -> Router {
    open()
        .merge(
            guarded()
                .layer(from_fn_with_state(Arc::clone(&api), access::guard))
                .layer(from_fn_with_state(Arc::clone(&api), console::worded)),
        )
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&api), access::secured))
        .with_state(api)
}

/// What has signatures or codes of its own, or tells nothing that is not for everybody.
fn open() -> Router<Arc<Api>> {
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/hooks/{notifier}/status", get(hooks::status).post(hooks::status))
        .route("/hooks/{notifier}/inbound", post(hooks::inbound))
        .route("/hooks/{notifier}/returned", post(hooks::returned).layer(DefaultBodyLimit::max(hooks::MAIL_BYTES_MAX)))
        .route("/stop/{code}", get(stop::show).post(stop::stop))
        .route("/stop/{code}/undo", post(stop::undo))
}

/// What asks who somebody is.
fn guarded() -> Router<Arc<Api>> {
    access::routes()
        .merge(v1::routes())
        .merge(console::routes())
        .route("/metrics", get(metrics::show))
        .fallback(nothing)
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// Serves until `stop` is cancelled, then finishes the requests that are under way.
///
/// # Errors
/// The listener failed.
pub(crate) async fn serve(listener: TcpListener, api: Arc<Api>, stop: CancellationToken) -> std::io::Result<()> {
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await
}
