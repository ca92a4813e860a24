//! What changed from one version to another, in words, each with its place and what stood there.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::definition::Environment;
use wasl_core::diff::{Change, ChangeKind};
use wasl_core::words::raised;
use wasl_runtime::store::VersionSummary;

use super::book::{Book, Wanted, bundle, title};
use crate::console::locale::Locale;
use crate::console::markdown::direction;
use crate::console::page::{Desk, Page, Trouble};
use crate::versions::{Pair, SOURCES_GONE, UNREADABLE, beginning, short};

/// Which two versions.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

/// `GET /workflows/{name}/changes`.
pub(super) async fn show(desk: Desk, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    let result = page(&desk, &name, &asked).await;
    desk.answer(result)
}

async fn page(desk: &Desk, name: &str, asked: &Asked) -> Result<Response, Trouble> {
    let book = Book::open(desk, name, &Wanted::default()).await?;
    let named = |digits: &str| beginning(&book.versions, digits).into_iter().next();
    let new = named(&asked.new).unwrap_or(&book.at);
    let old = named(&asked.old).or_else(|| before(&book, new)).unwrap_or(new);
    let (old_bundle, new_bundle) = (bundle(desk, &old.hash).await?, bundle(desk, &new.hash).await?);
    let environment = desk.api.engine.library.environment();
    let (listed, note) = match Pair::read(&old_bundle, &new_bundle, &environment) {
        Ok(pair) => told(&pair, &environment, &desk.locale),
        Err(_) => (None, Some(desk.locale.pick(UNREADABLE.0, UNREADABLE.1))),
    };
    let context = json!({
        "head": book.head(desk, "/versions")?, "name": name, "changes": self::listed(desk, listed.as_ref())?,
        "note": note.map(raised), "olds": choices(&book, old, &desk.locale), "news": choices(&book, new, &desk.locale),
    });
    let title = title(&book.workflow, &desk.locale);
    desk.page(StatusCode::OK, Page { name: "workflow-changes.html", title, context, live: None }).await
}

/// The changes as the page lists them; nothing is said where nothing could be compared.
pub(in crate::console) fn listed(desk: &Desk, changes: Option<&Json>) -> Result<String, Trouble> {
    changes.map_or(Ok(String::new()), |changes| desk.part("changes.html", json!({"changes": changes})))
}

/// What changed, and what is to be said beside it.
fn told<'l>(pair: &Pair, environment: &Environment, locale: &'l Locale) -> (Option<Json>, Option<&'l str>) {
    let note = pair.without_sources.then(|| locale.pick(SOURCES_GONE.0, SOURCES_GONE.1));
    (Some(changes(&pair.changes(environment, locale.code()), locale)), note)
}

/// The version before another.
fn before<'b>(book: &'b Book, of: &VersionSummary) -> Option<&'b VersionSummary> {
    book.versions.iter().skip_while(|version| version.hash != of.hash).nth(1)
}

fn choices(book: &Book, chosen: &VersionSummary, locale: &Locale) -> Json {
    let choice = |version: &VersionSummary| {
        let active = if version.active { locale.pick(" (active)", " (الساري)") } else { "" };
        let words = format!("{} · {}{active}", locale.moment(version.created_at), short(&version.hash));
        json!({"version": short(&version.hash), "words": words, "chosen": version.hash == chosen.hash})
    };
    book.versions.iter().map(choice).collect()
}

/// Changes as the page lists them.
pub(in crate::console) fn changes(changes: &[Change], locale: &Locale) -> Json {
    let one = |change: &Change| {
        let (sign, word, tone) = match change.kind {
            ChangeKind::Added => ("+", locale.pick("new", "جديد"), "good"),
            ChangeKind::Removed => ("−", locale.pick("gone", "حُذف"), "bad"),
            ChangeKind::Changed => ("~", locale.pick("changed", "تغير"), "accent"),
            ChangeKind::Renamed => ("~", locale.pick("renamed", "تغير اسمه"), "accent"),
        };
        json!({
            "sign": sign, "word": word, "tone": tone, "words": raised(&change.words), "path": change.path,
            "old": value(change.old.as_deref()), "new": value(change.new.as_deref()),
        })
    };
    changes.iter().map(one).collect()
}

/// What stands in the file, in the direction in which it is read.
fn value(text: Option<&str>) -> Option<Json> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    Some(json!({"text": text, "dir": direction(&[text])}))
}
