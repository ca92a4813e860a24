//! The files of a draft: which there are, how they belong together, and adding and removing some.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::definition::Bundle;
use wasl_core::diagnostic::Report;
use wasl_runtime::engine::{DraftRefusal, EngineError};
use wasl_runtime::store::Draft;

use super::edit::{Said, page};
use super::{desk as table, findings};
use crate::console::page::{Desk, Trouble};

/// A file that is to come or to go.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    act: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
}

/// `POST /drafts/{draft}/files`.
pub(super) async fn act(desk: Desk, Path(id): Path<i64>, Form(wanted): Form<Wanted>) -> Response {
    let result = take(&desk, id, &wanted).await;
    desk.answer(result)
}

async fn take(desk: &Desk, id: i64, wanted: &Wanted) -> Result<Response, Trouble> {
    let draft = table::find(desk, id).await?;
    let (mut files, mut open) = (draft.files.clone(), String::new());
    if wanted.act == "remove" {
        files.files.remove(&wanted.path).ok_or(Trouble::Gone)?;
    } else {
        for (path, text) in new_files(&draft.files.name, wanted).ok_or(Trouble::Gone)? {
            open.clone_from(&path);
            files.files.entry(path).or_insert(text);
        }
    }
    match desk.api.engine.save_draft(id, draft.about.version, files, &desk.viewer.who).await {
        Ok(_) => Ok(Redirect::to(&format!("/drafts/{id}?file={open}&saved=1")).into_response()),
        Err(error) => {
            let said = Said::problem(table::refused(error, &desk.locale)?);
            page(desk, &draft, &draft.files, ("", StatusCode::UNPROCESSABLE_ENTITY), said).await
        }
    }
}

/// What a new text, script or file of scenarios begins with: texts in both languages.
fn new_files(workflow: &str, wanted: &Wanted) -> Option<Vec<(String, String)>> {
    let name = wanted.name.trim();
    let text = |part: &str, ending: &str, begin: &str| {
        let of = |language: &str| (format!("{workflow}/{part}/{name}.{language}.{ending}"), begin.to_owned());
        vec![of("ar"), of("en")]
    };
    match wanted.kind.as_str() {
        "script" => Some(text("scripts", "md", "# \n")),
        "scenario" => Some(vec![(format!("{workflow}/scenarios/{name}.yaml"), "scenarios:\n".to_owned())]),
        "message" => Some(text("messages", "txt", "## level: 1\n\n")),
        _ => None,
    }
}

/// Whether an error says that somebody else was quicker.
pub(super) fn is_stale(error: &EngineError) -> bool {
    matches!(error, EngineError::DraftRefused(DraftRefusal::Stale { .. }))
}

/// The files by what they are, each with whether it differs from the active version's and how much was found in it.
pub(super) fn groups(desk: &Desk, draft: &Draft, typed: &Bundle, report: &Report, open: &str) -> Json {
    let locale = &desk.locale;
    let kinds = [
        (Kind::Workflow, locale.pick("Workflow", "مسار العمل")),
        (Kind::Message, locale.pick("Texts", "النصوص")),
        (Kind::Script, locale.pick("Call scripts", "نصوص المكالمات")),
        (Kind::Scenario, locale.pick("Scenarios", "السيناريوهات")),
        (Kind::Shared, locale.pick("Shared pieces, for this workflow only", "قطع مشتركة، لهذا المسار وحده")),
    ];
    let found = findings::by_file(report);
    let here = beside(typed, open);
    let group = |(kind, title): (Kind, &str)| {
        let mut files: BTreeMap<String, (String, usize, bool, bool)> = BTreeMap::new();
        for path in typed.files.keys().filter(|path| Kind::of(&typed.name, path) == kind) {
            let unsaved = draft.files.files.get(path) != typed.files.get(path);
            let entry = files.entry(title_of(typed, path)).or_insert((path.clone(), 0, false, false));
            entry.1 += found.get(path.as_str()).copied().unwrap_or_default();
            entry.2 |= here.contains(path);
            entry.3 |= unsaved;
        }
        let file = |(name, (path, found, here, unsaved))| json!({"name": name, "path": path, "found": found, "here": here, "unsaved": unsaved});
        json!({"title": title, "files": files.into_iter().map(file).collect::<Vec<_>>()})
    };
    kinds
        .into_iter()
        .map(group)
        .filter(|group| group["files"].as_array().is_some_and(|files| !files.is_empty()))
        .collect()
}

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workflow,
    Message,
    Script,
    Scenario,
    Shared,
}

impl Kind {
    fn of(workflow: &str, path: &str) -> Self {
        let part = path.strip_prefix(workflow).and_then(|rest| rest.strip_prefix('/'));
        match part.and_then(|rest| rest.split('/').next()) {
            _ if path == format!("{workflow}.yaml") => Self::Workflow,
            Some("messages") => Self::Message,
            Some("scripts") => Self::Script,
            Some("scenarios") => Self::Scenario,
            _ => Self::Shared,
        }
    }
}

/// The files that are written beside each other: a text in all its languages, else the file alone.
pub(super) fn beside(files: &Bundle, open: &str) -> Vec<String> {
    let Some((stem, ending)) = languages_of(open) else { return vec![open.to_owned()] };
    let fits = |path: &&String| languages_of(path).is_some_and(|of| of == (stem, ending));
    files.files.keys().filter(fits).cloned().collect()
}

/// A text's path without its language, and its ending.
fn languages_of(path: &str) -> Option<(&str, &str)> {
    let (rest, ending) = path.rsplit_once('.').filter(|(_, ending)| matches!(*ending, "txt" | "md"))?;
    Some((rest.rsplit_once('.')?.0, ending))
}

/// The name and the language of a message's text.
pub(super) fn template_of<'p>(workflow: &str, path: &'p str) -> Option<(&'p str, &'p str)> {
    let name = path.strip_prefix(workflow)?.strip_prefix("/messages/")?;
    name.strip_suffix(".txt")?.rsplit_once('.')
}

fn title_of(files: &Bundle, path: &str) -> String {
    let shown = languages_of(path).map_or(path, |(stem, _)| stem);
    match Kind::of(&files.name, path) {
        Kind::Workflow | Kind::Shared => shown.to_owned(),
        Kind::Message | Kind::Script | Kind::Scenario => short_name(shown).trim_end_matches(".yaml").to_owned(),
    }
}

/// The last part of a path.
pub(super) fn short_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_opened_with_all_its_languages_and_other_files_alone() {
        let paths = [
            "hello.yaml",
            "hello/messages/welcome.ar.txt",
            "hello/messages/welcome.en.txt",
            "hello/messages/welcome-email.en.txt",
            "hello/scenarios/main.yaml",
        ];
        let files = paths.into_iter().map(|path| (path.to_owned(), String::new())).collect();
        let files = Bundle { name: "hello".into(), files };
        assert_eq!(beside(&files, paths[2]), [paths[1], paths[2]]);
        assert_eq!(beside(&files, paths[4]), [paths[4]]);
        assert_eq!(template_of("hello", paths[3]), Some(("welcome-email", "en")));
        assert_eq!(template_of("hello", paths[4]), None);
    }
}
