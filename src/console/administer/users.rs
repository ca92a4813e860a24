//! Who may come in: the list, somebody new, and what is done about one of them. A link to a password is shown once, on
//! the page that answers the wish for it.

use std::collections::BTreeSet;

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::{Permission, Role};
use wasl_core::words::number::Noun;
use wasl_runtime::store::User;

use super::{accounts, said, sessions};
use crate::access::{Invited, NotDone};
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::sent::Sent;

/// People.
const PERSON: Noun =
    Noun { en: ["person", "people"], ar: ["شخص واحد", "شخصان", "أشخاص", "شخصا", "شخص"] };

/// What was just done.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<String>,
}

/// `GET /admin/users`.
pub(super) async fn list(desk: Desk) -> Response {
    let result = listed(&desk, StatusCode::OK, json!({})).await;
    desk.answer(result)
}

async fn listed(desk: &Desk, status: StatusCode, about: Json) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ManageUsers)?;
    let (locale, users) = (&desk.locale, desk.api.engine.store.users().await?);
    let sessions = accounts(desk).sessions(None).await?;
    let row = |user: &User| {
        let seen = sessions.iter().filter(|one| one.user.id == user.id).map(|one| one.seen_at).max();
        let mut row = shown(user, locale);
        row["seen"] = seen.map(|seen| locale.moment(seen)).into();
        row
    };
    let chosen: Vec<&str> = about["roles"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let context = json!({
        "users": users.iter().map(row).collect::<Vec<_>>(), "count": locale.count(users.len() as u64, &PERSON),
        "roles": roles(locale, |role| chosen.contains(&role.name())),
        "problem": about["problem"], "new_name": about["name"], "full_name": about["full_name"],
    });
    let title = locale.pick("Users", "المستخدمون").to_owned();
    desk.page(status, Page { name: "users.html", title, context, live: None }).await
}

fn shown(user: &User, locale: &Locale) -> Json {
    let (state, tone) = match (user.disabled_at, user.has_password) {
        (None, false) if user.by_provider => (locale.pick("by the work account", "بحساب العمل"), "good"),
        (Some(_), _) => (locale.pick("locked out", "ممنوع من الدخول"), "bad"),
        (None, false) => (locale.pick("no password yet", "بلا كلمة مرور بعد"), "warn"),
        (None, true) => (locale.pick("may come in", "يمكنه الدخول"), "good"),
    };
    let roles: Vec<&str> = user.roles.iter().map(|role| role.words(locale.code())).collect();
    json!({"name": user.name, "full_name": user.full_name, "roles": roles, "state": state, "tone": tone})
}

/// Every role with what it is for.
fn roles(locale: &Locale, has: impl Fn(Role) -> bool) -> Vec<Json> {
    let role = |role: Role| {
        let (en, ar) = match role {
            Role::Viewer => ("numbers and cases, without names", "الأعداد والحالات دون أسماء"),
            Role::Agent => ("calls and what came of them", "المكالمات ونتائجها"),
            Role::Supervisor => ("every case, the outbox", "كل حالة، وصندوق الإرسال"),
            Role::Editor => ("workflows and their texts", "مسارات العمل ونصوصها"),
            Role::Administrator => ("users and keys; no family's data", "المستخدمون والمفاتيح، دون بيانات الأسر"),
        };
        json!({"name": role.name(), "words": role.words(locale.code()), "for": locale.pick(en, ar), "has": has(role)})
    };
    Role::ALL.into_iter().map(role).collect()
}

/// `POST /admin/users`: adds somebody and shows their link, once.
pub(super) async fn add(desk: Desk, Form(sent): Form<Sent>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ManageUsers)?;
        match accounts(&desk).add(sent.one("name"), sent.one("full_name"), chosen(&sent)).await {
            Ok(invited) => link_page(&desk, &invited).await,
            Err(not_done) => {
                let roles: Vec<&str> = sent.all("role").collect();
                let about = json!({"problem": said(not_done, &desk.locale)?, "name": sent.one("name"),
                    "full_name": sent.one("full_name"), "roles": roles});
                listed(&desk, StatusCode::UNPROCESSABLE_ENTITY, about).await
            }
        }
    };
    let result = result.await;
    desk.answer(result)
}

fn chosen(sent: &Sent) -> BTreeSet<Role> {
    sent.all("role").filter_map(Role::parse).collect()
}

async fn link_page(desk: &Desk, invited: &Invited) -> Result<Response, Trouble> {
    let context = json!({"full_name": invited.user.full_name, "name": invited.user.name, "link": invited.link});
    let title = desk.locale.pick("A link to a password", "رابط كلمة المرور").to_owned();
    desk.page(StatusCode::OK, Page { name: "invited.html", title, context, live: None }).await
}

/// `GET /admin/users/{user}`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>, Query(after): Query<After>) -> Response {
    let done = after.done.as_deref().and_then(|act| done_words(act, &desk.locale)).map(str::to_owned);
    let result = one(&desk, &name, StatusCode::OK, json!({"done": done})).await;
    desk.answer(result)
}

fn done_words<'l>(act: &str, locale: &'l Locale) -> Option<&'l str> {
    let (en, ar) = match act {
        "roles" => ("The roles count from the next click.", "تسري الأدوار من النقرة التالية."),
        "disable" => ("Locked out; every session has ended.", "مُنع من الدخول، وانتهت كل جلساته."),
        "enable" => ("They may come in again.", "يمكنه الدخول من جديد."),
        "end" => ("Every session has ended.", "انتهت كل الجلسات."),
        _ => return None,
    };
    Some(locale.pick(en, ar))
}

async fn one(desk: &Desk, name: &str, status: StatusCode, said: Json) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ManageUsers)?;
    let (accounts, locale) = (accounts(desk), &desk.locale);
    let user = accounts.known(name).await?;
    let sessions = accounts.sessions(Some(user.id)).await?;
    let mut context = shown(&user, locale);
    let more = json!({
        "roles": roles(locale, |role| user.roles.contains(&role)), "since": locale.moment(user.created_at),
        "locked_out": user.disabled_at.map(|at| locale.moment(at)), "myself": user.name == desk.viewer.user,
        "sessions": sessions::rows(desk, &sessions), "done": said["done"], "problem": said["problem"],
    });
    if let (Json::Object(context), Json::Object(more)) = (&mut context, more) {
        context.extend(more);
    }
    desk.page(status, Page { name: "user.html", title: user.full_name, context, live: None }).await
}

/// `POST /admin/users/{user}`: what an administrator does about somebody.
pub(super) async fn act(desk: Desk, Path(name): Path<String>, Form(sent): Form<Sent>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ManageUsers)?;
        let (accounts, act) = (accounts(&desk), sent.one("act"));
        let done: Result<(), NotDone> = match act {
            "roles" => accounts.set_roles(&name, chosen(&sent)).await.map(|_| ()),
            "disable" => accounts.set_disabled(&name, true).await.map(|_| ()),
            "enable" => accounts.set_disabled(&name, false).await.map(|_| ()),
            "end" => accounts.end_sessions(&name, None).await.map(|_| ()),
            "link" => match accounts.link(&name).await {
                Ok(invited) => return link_page(&desk, &invited).await,
                Err(not_done) => Err(not_done),
            },
            _ => return Err(Trouble::Gone),
        };
        match done {
            Ok(()) => Ok(Redirect::to(&format!("/admin/users/{name}?done={act}")).into_response()),
            Err(not_done @ NotDone::NoUser { .. }) => Err(not_done.into()),
            Err(not_done) => {
                let problem = said(not_done, &desk.locale)?;
                one(&desk, &name, StatusCode::CONFLICT, json!({"problem": problem})).await
            }
        }
    };
    let result = result.await;
    desk.answer(result)
}
