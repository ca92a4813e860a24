//! Saved views: filters of the list of cases that somebody names, for themselves or for everybody.

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_runtime::store::{NewView, VIEWS_MAX};

use super::cases;
use crate::access::trace;
use crate::console::page::{Desk, Trouble};
use crate::console::sent::Sent;

/// Letters of the longest name: it is a link on top of a list.
const NAME_LETTERS_MAX: usize = 60;

/// The views that somebody sees, the one that is open marked.
pub(super) async fn shown(desk: &Desk, open: &str) -> Result<Json, Trouble> {
    let views = desk.api.engine.store.views(&desk.viewer.user).await?;
    let looks_after_shared = desk.viewer.can(Permission::ActOnCase);
    let row = |view: &wasl_runtime::store::View| {
        let own = view.owner == desk.viewer.user;
        json!({
            "id": view.id, "name": view.name, "address": format!("/cases{}", view.query), "open": view.query == open,
            "shared": view.shared, "owner": (!own).then_some(&view.owner), "removable": own || looks_after_shared,
        })
    };
    Ok(views.iter().map(row).collect())
}

/// `POST /views`.
pub(super) async fn save(desk: Desk, Form(sent): Form<Sent>) -> Response {
    let result = keep(&desk, &sent).await;
    desk.answer(result)
}

async fn keep(desk: &Desk, sent: &Sent) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ViewCase)?;
    let (locale, query) = (&desk.locale, cases::query_of(sent));
    let (name, shared) = (sent.one("name").trim(), sent.one("shared") == "1");
    if shared {
        desk.viewer.may(Permission::ActOnCase)?;
    }
    let refused = if name.is_empty() || name.chars().count() > NAME_LETTERS_MAX {
        Some(locale.pick("Give it a name of 60 letters at the most.", "سمّه باسم لا يتجاوز 60 حرفا."))
    } else if query.is_empty() {
        Some(
            locale
                .pick("Filter the list first; what you see is what is saved.", "صفِّ القائمة أولا؛ فما تراه هو ما يُحفظ."),
        )
    } else if shared && !sent.one("q").trim().is_empty() {
        // What somebody searched for may be a family's name: not everybody may see those.
        Some(locale.pick(
            "What you search for may name a family: such a view can only be your own.",
            "قد يكون في ما تبحث عنه اسم أسرة: فلا يكون هذا العرض إلا لك.",
        ))
    } else {
        None
    };
    if let Some(words) = refused {
        return cases::again(desk, sent, words).await;
    }
    let new = NewView { owner: desk.viewer.user.clone(), name: name.to_owned(), query: query.clone(), shared };
    let whose = if shared { "shared" } else { "own" };
    let trace = trace(locale.now, &desk.viewer.who, "view.save", Some(whose.to_owned()));
    if !desk.api.engine.store.save_view(&new, trace).await? {
        let words = locale.pick("You have {} views already; remove one first.", "لديك {} عرضا بالفعل؛ أزل أحدها أولا.");
        return cases::again(desk, sent, &words.replace("{}", &VIEWS_MAX.to_string())).await;
    }
    Ok(Redirect::to(&format!("/cases{query}")).into_response())
}

/// `POST /views/{view}/remove`.
pub(super) async fn remove(desk: Desk, Path(id): Path<i64>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ViewCase)?;
        let trace = trace(desk.locale.now, &desk.viewer.who, "view.remove", Some(id.to_string()));
        let looks_after_shared = desk.viewer.can(Permission::ActOnCase);
        let removed = desk.api.engine.store.remove_view(id, &desk.viewer.user, looks_after_shared, trace).await?;
        if removed { Ok(Redirect::to("/cases").into_response()) } else { Err(Trouble::Gone) }
    };
    let result = result.await;
    desk.answer(result)
}
