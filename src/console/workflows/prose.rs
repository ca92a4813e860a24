//! A workflow in words, in either language whatever the reader's own is: what those approve who never read YAML.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use wasl_core::describe::describe;

use super::book::{Book, Wanted, title};
use crate::console::markdown;
use crate::console::page::{Desk, Page, Trouble};
use crate::settings::Language;

/// Which version, in which language.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    version: String,
    #[serde(default)]
    lang: String,
}

/// `GET /workflows/{name}/words`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    let result = page(&desk, &name, asked).await;
    desk.answer(result)
}

async fn page(desk: &Desk, name: &str, asked: Asked) -> Result<Response, Trouble> {
    let language = Language::parse(&asked.lang).unwrap_or(desk.locale.language);
    let book = Book::open(desk, name, &Wanted { version: asked.version.clone() }).await?;
    let environment = desk.api.engine.library.environment();
    let text = describe(&book.workflow, &environment, language.code());
    // The page has the title already.
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# ")).collect();
    let context = json!({
        "head": book.head(desk, "/words")?, "name": name, "version": asked.version,
        "prose": markdown::html(&lines, 1), "prose_lang": language.code(),
        "prose_dir": if language == Language::Ar { "rtl" } else { "ltr" },
    });
    let title = title(&book.workflow, &desk.locale);
    desk.page(StatusCode::OK, Page { name: "workflow-words.html", title, context, live: None }).await
}
