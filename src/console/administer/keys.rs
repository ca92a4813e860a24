//! Keys of other systems: the list, a new one, which is shown once, and making one open nothing.

use std::collections::BTreeSet;

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_runtime::store::ApiKey;

use super::{accounts, said};
use crate::access::{KEY_DAYS, KEY_DAYS_MAX, Made, NotDone};
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::sent::Sent;

/// Whether a key was just revoked.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<u64>,
}

/// `GET /admin/keys`.
pub(super) async fn list(desk: Desk, Query(after): Query<After>) -> Response {
    let done = after.done.map(|_| desk.locale.pick("It opens nothing any more.", "لم يعد يفتح شيئا."));
    let result = listed(&desk, StatusCode::OK, json!({"done": done})).await;
    desk.answer(result)
}

async fn listed(desk: &Desk, status: StatusCode, about: Json) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ManageUsers)?;
    let locale = &desk.locale;
    let mut keys = desk.api.engine.store.api_keys().await?;
    // Those that open something come first.
    keys.sort_by_key(|key| (key.revoked_at.is_some() || key.expires_at <= locale.now, key.name.clone()));
    let ticked: Vec<&str> = about["scopes"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let context = json!({
        "keys": keys.iter().map(|key| row(key, locale)).collect::<Vec<_>>(), "scopes": scopes(locale, &ticked),
        "days_max": KEY_DAYS_MAX, "days": about["days"].as_str().map_or(KEY_DAYS.to_string(), str::to_owned),
        "new_name": about["name"], "problem": about["problem"], "done": about["done"],
    });
    let title = locale.pick("API keys", "مفاتيح الأنظمة").to_owned();
    desk.page(status, Page { name: "keys.html", title, context, live: None }).await
}

fn row(key: &ApiKey, locale: &Locale) -> Json {
    let (state, tone, opens) = match key.revoked_at {
        Some(_) => (locale.pick("revoked", "ملغى"), "bad", false),
        None if key.expires_at <= locale.now => (locale.pick("expired", "منته"), "warn", false),
        None => (locale.pick("opens", "سار"), "good", true),
    };
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    json!({
        "name": key.name, "scopes": scopes, "state": state, "tone": tone, "opens": opens, "by": key.created_by,
        "until": locale.moment(key.expires_at), "used": key.used_at.map(|used| locale.moment(used)),
    })
}

/// Every scope that a key may have, with what it is for.
fn scopes(locale: &Locale, ticked: &[&str]) -> Vec<Json> {
    let for_keys = Permission::all().filter(|permission| *permission != Permission::ManageUsers);
    let scope = |scope: Permission| json!({"name": scope.name(), "words": scope.words(locale.code()), "has": ticked.contains(&scope.name())});
    for_keys.map(scope).collect()
}

/// `POST /admin/keys`: makes a key and shows it, once.
pub(super) async fn make(desk: Desk, Form(sent): Form<Sent>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ManageUsers)?;
        let scopes: BTreeSet<Permission> = sent.all("scope").filter_map(Permission::parse).collect();
        let days = sent.one("days").trim().parse().unwrap_or(0);
        match accounts(&desk).make_key(sent.one("name"), scopes, days).await {
            Ok(made) => made_page(&desk, &made).await,
            Err(not_done) => {
                let scopes: Vec<&str> = sent.all("scope").collect();
                let about = json!({"problem": said(not_done, &desk.locale)?, "name": sent.one("name"),
                    "days": sent.one("days"), "scopes": scopes});
                listed(&desk, StatusCode::UNPROCESSABLE_ENTITY, about).await
            }
        }
    };
    let result = result.await;
    desk.answer(result)
}

async fn made_page(desk: &Desk, made: &Made) -> Result<Response, Trouble> {
    let scopes: Vec<&str> = made.scopes.iter().map(|scope| scope.name()).collect();
    let until = desk.locale.moment(made.expires_at);
    let context = json!({"name": made.name, "key": made.key.reveal(), "scopes": scopes, "until": until});
    let title = desk.locale.pick("A new key", "مفتاح جديد").to_owned();
    desk.page(StatusCode::OK, Page { name: "key.html", title, context, live: None }).await
}

/// `POST /admin/keys/{key}/revoke`.
pub(super) async fn revoke(desk: Desk, Path(name): Path<String>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ManageUsers)?;
        match accounts(&desk).revoke_key(&name).await {
            // It opens nothing already, which is what was wanted.
            Ok(()) | Err(NotDone::NoKey(_)) => Ok(Redirect::to("/admin/keys?done=1").into_response()),
            Err(not_done) => Err(not_done.into()),
        }
    };
    let result = result.await;
    desk.answer(result)
}
