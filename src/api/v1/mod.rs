//! `/api/v1`: what other systems and scripts of our own pages may ask and do, as JSON.
//!
//! Each file has a resource: its routes, its wire types and its functions, which call the engine and the store as the
//! command line does. [`route`] does for all of them what none may forget; [`openapi`] describes them from their types.

mod acts;
mod api_keys;
mod audit;
mod call;
mod cases;
mod detections;
mod drafts;
mod me;
mod messages;
pub(crate) mod openapi;
mod outbox;
mod people;
mod problem;
mod reports;
mod retention;
mod route;
mod sessions;
mod shown;
mod tasks;
mod users;
mod webhooks;
mod workflows;

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, Uri};
use axum::routing::{any, get};

use super::Api;
pub(super) use problem::Problem;
use problem::Status;
use route::{BASE, Route};

/// Where everything is explained.
const LOOK: &str = "everything that there is stands at `/api/v1/`";

/// Every route.
fn all() -> Vec<Route> {
    let parts = [
        cases::routes(),
        acts::routes(),
        tasks::routes(),
        messages::routes(),
        outbox::routes(),
        people::routes(),
        detections::routes(),
        reports::routes(),
        workflows::routes(),
        drafts::routes(),
        me::routes(),
        users::routes(),
        api_keys::routes(),
        sessions::routes(),
        audit::routes(),
        webhooks::routes(),
        retention::routes(),
    ];
    parts.into_iter().flatten().collect()
}

/// The routes for the server.
pub(super) fn routes() -> Router<Arc<Api>> {
    let described = Router::new()
        .route(BASE, get(openapi::read))
        .route(&format!("{BASE}/"), get(openapi::read))
        .route(&format!("{BASE}/openapi.json"), get(openapi::serve))
        .route(&format!("{BASE}/reference.css"), get(openapi::style));
    let routes = all().into_iter().map(Route::serve);
    let routes = routes.fold(described, |router, (path, handler)| router.route(&path, handler));
    routes.route("/api/{*rest}", any(nothing)).method_not_allowed_fallback(otherwise)
}

async fn nothing(uri: Uri) -> Problem {
    Problem::of(Status::NOT_FOUND, format!("there is nothing at `{}`", uri.path())).help(LOOK)
}

async fn otherwise(method: Method) -> Problem {
    Problem::of(Status::METHOD_NOT_ALLOWED, format!("this is not asked by {method}")).help(LOOK)
}
