//! Beginning a draft: with the active version's files, or with those of an earlier one to go back to it.

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use wasl_core::access::Permission;

use crate::console::page::Desk;

/// With which version it begins.
#[derive(Debug, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    version: String,
}

/// `POST /workflows/{name}/drafts`.
pub(super) async fn begin(desk: Desk, Path(name): Path<String>, Form(from): Form<From>) -> Response {
    let result = async {
        desk.viewer.may(Permission::EditWorkflow)?;
        let version = Some(from.version.as_str()).filter(|version| !version.is_empty());
        let draft = desk.api.engine.begin_draft(&name, version, &desk.viewer.who).await?;
        // Whoever goes back to an earlier version has nothing to write: what it means comes first.
        let page = if version.is_some() { "/review" } else { "" };
        Ok(Redirect::to(&format!("/drafts/{}{page}", draft.id)).into_response())
    };
    let result = result.await;
    desk.answer(result)
}
