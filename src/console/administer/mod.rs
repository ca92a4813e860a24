//! Pages for administrators: who may come in, keys of other systems, who is in, which systems are told of cases, what is kept how long, who did what; and, for everybody, where
//! they are in themselves. Each does what the command line does, through the same [`Accounts`].

mod audit;
mod keys;
mod retention;
mod sessions;
mod users;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};
use serde_json::{Value as Json, json};
use wasl_core::words::sentence;

use super::locale::Locale;
use super::page::{Desk, Trouble};
use crate::access::{Accounts, NotDone};
use crate::api::Api;

/// The pages and what each is called.
const TABS: [(&str, &str, &str); 6] = [
    ("/admin/users", "Users", "المستخدمون"),
    ("/admin/keys", "API keys", "مفاتيح الأنظمة"),
    ("/admin/sessions", "Sessions", "الجلسات"),
    ("/admin/webhooks", "Webhooks", "الربط مع الأنظمة"),
    ("/admin/retention", "Retention", "الاحتفاظ بالبيانات"),
    ("/admin/audit", "Audit", "سجل التدقيق"),
];

/// The pages.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/admin", get(|| async { Redirect::to("/admin/users") }))
        .route("/admin/users", get(users::list).post(users::add))
        .route("/admin/users/{user}", get(users::show).post(users::act))
        .route("/admin/keys", get(keys::list).post(keys::make))
        .route("/admin/keys/{key}/revoke", post(keys::revoke))
        .route("/admin/sessions", get(sessions::all))
        .route("/admin/webhooks", get(webhooks::list).post(webhooks::add))
        .route("/admin/webhooks/{webhook}", get(webhooks::show).post(webhooks::act))
        .route("/admin/retention", get(retention::show).post(retention::act))
        .route("/admin/audit", get(audit::list))
        .route("/admin/audit/proof", get(|| async { Redirect::to("/admin/audit") }).post(audit::prove))
        .route("/sessions", get(sessions::own))
        .route("/sessions/end", post(sessions::end))
}

/// The pages beside one of these, for the frame; none beside others.
pub(super) fn tabs(path: &str, locale: &Locale) -> Json {
    if !path.starts_with("/admin/") {
        return json!([]);
    }
    let here = |href: &str| path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let tab =
        |(href, en, ar): (&str, &str, &str)| json!({"href": href, "words": locale.pick(en, ar), "here": here(href)});
    TABS.into_iter().map(tab).collect()
}

/// The accounts, in the hand of the viewer.
fn accounts(desk: &Desk) -> Accounts<'_> {
    Accounts::of(&desk.api.session, desk.viewer.who.clone())
}

/// What to say of a wish that was not done, as a sentence.
///
/// # Errors
/// Nobody who asked can do anything about it.
fn said(not_done: NotDone, locale: &Locale) -> Result<String, Trouble> {
    let Some(words) = not_done.words(locale.language) else { return Err(Trouble::Failed(Box::new(Failed(not_done)))) };
    Ok(sentence(&words))
}

impl From<NotDone> for Trouble {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::NoUser { .. } | NotDone::NoSession(_) | NotDone::NoKey(_) => Self::Gone,
            other => Self::Failed(Box::new(Failed(other))),
        }
    }
}

/// A failure of ours, for the log.
#[derive(Debug)]
struct Failed(NotDone);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            NotDone::Broken(failure) => failure.fmt(f),
            other => f.write_str(&other.words(crate::settings::Language::En).unwrap_or_default()),
        }
    }
}

impl std::error::Error for Failed {}
