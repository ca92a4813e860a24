//! Who is in: everybody sees where they are in themselves, administrators see all, and each may be ended.

use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_runtime::store::StoredSession;

use super::accounts;
use crate::access::{NotDone, inside};
use crate::console::page::{Desk, Page, Trouble};

/// Whether something was just ended.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<u64>,
}

/// What is to end: one session, or all of the viewer's but this one.
#[derive(Deserialize)]
pub(super) struct Ending {
    session: Option<i64>,
    next: Option<String>,
}

/// `GET /sessions`: the viewer's own.
pub(super) async fn own(desk: Desk, Query(after): Query<After>) -> Response {
    let result = async {
        // A key has no sessions, and sees nobody's.
        page(&desk, Some(desk.viewer.account.ok_or(Trouble::Gone)?), after).await
    };
    let result = result.await;
    desk.answer(result)
}

/// `GET /admin/sessions`: everybody's.
pub(super) async fn all(desk: Desk, Query(after): Query<After>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ManageUsers)?;
        page(&desk, None, after).await
    };
    let result = result.await;
    desk.answer(result)
}

async fn page(desk: &Desk, of: Option<i64>, after: After) -> Result<Response, Trouble> {
    let sessions = accounts(desk).sessions(of).await?;
    let rows = rows(desk, &sessions);
    let others = sessions.iter().any(|one| Some(one.id) != desk.viewer.session);
    let title = match of {
        Some(_) => desk.locale.pick("Your sessions", "جلساتك"),
        None => desk.locale.pick("Who is in", "من في الداخل"),
    };
    let context = json!({
        "sessions": rows, "everybody": of.is_none(), "others": of.is_some() && others, "heading": title,
        "done": after.done.is_some(), "back": desk.here.split('?').next(),
    });
    desk.page(StatusCode::OK, Page { name: "sessions.html", title: title.to_owned(), context, live: None }).await
}

/// Sessions as tables show them.
pub(super) fn rows(desk: &Desk, sessions: &[StoredSession]) -> Vec<Json> {
    let row = |one: &StoredSession| {
        json!({
            "id": one.id, "user": one.user.name, "full_name": one.user.full_name, "address": one.address,
            "since": desk.locale.moment(one.created_at), "seen": desk.locale.moment(one.seen_at),
            "until": desk.locale.moment(one.expires_at), "current": Some(one.id) == desk.viewer.session,
        })
    };
    sessions.iter().map(row).collect()
}

/// `POST /sessions/end`.
pub(super) async fn end(desk: Desk, Form(ending): Form<Ending>) -> Response {
    let result = async {
        let accounts = accounts(&desk);
        match ending.session {
            Some(id) => {
                let may_all = desk.viewer.can(Permission::ManageUsers);
                let of = if may_all { None } else { Some(desk.viewer.account.ok_or(Trouble::Gone)?) };
                match accounts.end_session(id, of).await {
                    // It has ended meanwhile, which is what was wanted.
                    Ok(()) | Err(NotDone::NoSession(_)) => {}
                    Err(not_done) => return Err(not_done.into()),
                }
            }
            None => drop(accounts.end_sessions(&desk.viewer.user, desk.viewer.session).await?),
        }
        let back = inside(ending.next.as_deref()).split('?').next().unwrap_or("/");
        Ok(Redirect::to(&format!("{back}?done=1")).into_response())
    };
    let result: Result<Response, Trouble> = result.await;
    desk.answer(result)
}
