//! The desk at which a draft is written: one file in plain text, or a text with its languages beside each other, with
//! what is found in the draft while it is typed. The button that checks and what a script sends while somebody types
//! are the same request; nothing of it is kept until it is saved.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use wasl_core::definition::Bundle;
use wasl_core::message::Template;
use wasl_core::proof::{Checked, Told};
use wasl_runtime::engine::is_file_of;
use wasl_runtime::store::Draft;

use super::{desk as table, files, findings, stories};
use crate::console::page::{Desk, Page, Trouble};
use crate::console::sent::Sent;
use crate::console::workflows::{Trial, dir, sizes, wanted_case};

/// How often a save is tried while others save other files of the same draft.
const ATTEMPTS_MAX: u32 = 5;

/// Which file is open, and for which case its text is tried out.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Open {
    #[serde(default)]
    file: String,
    #[serde(default)]
    case: String,
    saved: Option<String>,
}

/// What the page says beside the draft.
#[derive(Default)]
pub(super) struct Said {
    done: Option<String>,
    problem: Option<String>,
    /// What somebody else saved meanwhile, by path.
    theirs: BTreeMap<String, String>,
    /// What stood where something is typed when that was opened, by path.
    was: BTreeMap<String, String>,
    case: String,
    told: Option<(Checked, Option<Told>)>,
}

impl Said {
    /// That something was not done, and why.
    pub(super) fn problem(words: String) -> Self {
        Self { problem: Some(words), ..Self::default() }
    }
}

/// `GET /drafts/{draft}`.
pub(super) async fn show(desk: Desk, Path(id): Path<i64>, Query(open): Query<Open>) -> Response {
    let result = async {
        let draft = table::find(&desk, id).await?;
        let done = open.saved.map(|_| desk.locale.pick("Saved.", "حُفظت.").to_owned());
        let said = Said { done, case: open.case, ..Said::default() };
        page(&desk, &draft, &draft.files, (&open.file, StatusCode::OK), said).await
    };
    let result = result.await;
    desk.answer(result)
}

/// `POST /drafts/{draft}`: saves, checks, or plays the scenarios.
pub(super) async fn act(desk: Desk, Path(id): Path<i64>, Form(sent): Form<Sent>) -> Response {
    let result = take(&desk, id, &sent).await;
    desk.answer(result)
}

async fn take(desk: &Desk, id: i64, sent: &Sent) -> Result<Response, Trouble> {
    let draft = table::find(desk, id).await?;
    let (file, typed) = (sent.one("file"), Typed::of(sent, &draft.files));
    match sent.one("act") {
        "save" => save(desk, draft, file, &typed).await,
        "test" => {
            let files = typed.over(&draft.files);
            let told = table::test(desk, &files).await?;
            let said =
                Said { told: Some(told), case: sent.one("case").to_owned(), was: typed.was(), ..Said::default() };
            page(desk, &draft, &files, (file, StatusCode::OK), said).await
        }
        _ => {
            // While somebody types, texts are read with made-up values: for a case on demand only, as that is recorded.
            let case = if sent.one("live").is_empty() { sent.one("case").to_owned() } else { String::new() };
            let files = typed.over(&draft.files);
            let said = Said { case, was: typed.was(), ..Said::default() };
            page(desk, &draft, &files, (file, StatusCode::OK), said).await
        }
    }
}

/// Texts as they were typed, each with what stood there when its page was opened.
struct Typed(BTreeMap<String, (String, String)>);

impl Typed {
    fn of(sent: &Sent, files: &Bundle) -> Self {
        let text = |(name, text): (&str, &str)| {
            let path = name.strip_prefix("text:")?;
            let known = files.files.contains_key(path) || is_file_of(&files.name, path);
            // Browsers send each line break as two signs.
            let (text, was) = (text.replace("\r\n", "\n"), sent.one(&format!("was:{path}")).to_owned());
            // What nobody touched is not typed: a colleague's words stay in its place.
            (known && mark(&text) != was).then(|| (path.to_owned(), (text, was)))
        };
        Self(sent.pairs().filter_map(text).collect())
    }

    /// What stood there, by path.
    fn was(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(path, (_, was))| (path.clone(), was.clone())).collect()
    }

    /// The files with what was typed in place of what stood there.
    fn over(&self, files: &Bundle) -> Bundle {
        let mut files = files.clone();
        files.files.extend(self.0.iter().map(|(path, (text, _))| (path.clone(), text.clone())));
        files
    }

    /// What somebody else wrote meanwhile where something was typed.
    fn overtaken(&self, files: &Bundle) -> BTreeMap<String, String> {
        let other = |(path, (text, was)): (&String, &(String, String))| {
            let now = files.files.get(path).map_or("", String::as_str);
            (mark(now) != *was && now != text).then(|| (path.clone(), now.to_owned()))
        };
        self.0.iter().filter_map(other).collect()
    }
}

/// By what a text is known again.
fn mark(text: &str) -> String {
    let digest = Sha256::digest(text);
    let first = digest.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

/// Saves what was typed. What others saved in other files is kept; in the same one, both are shown and nothing is lost.
async fn save(desk: &Desk, draft: Draft, file: &str, typed: &Typed) -> Result<Response, Trouble> {
    let mut draft = draft;
    for _ in 0..ATTEMPTS_MAX {
        let theirs = typed.overtaken(&draft.files);
        if !theirs.is_empty() {
            let words = desk.locale.pick(
                "Somebody else saved this text meanwhile. Yours is in the field and not saved; theirs stands below it. Save again to put yours in its place.",
                "حفظ شخص آخر هذا النص في هذه الأثناء. نصك في الحقل ولم يُحفظ، ونصه أدناه. احفظ ثانية لتضع نصك مكانه.",
            );
            let said = Said { problem: Some(words.to_owned()), theirs, ..Said::default() };
            return page(desk, &draft, &typed.over(&draft.files), (file, StatusCode::CONFLICT), said).await;
        }
        let files = typed.over(&draft.files);
        // Nothing of it is here: to say that it is saved would be untrue.
        if !file.is_empty() && !files.files.contains_key(file) {
            return Err(Trouble::Gone);
        }
        let (id, version) = (draft.about.id, draft.about.version);
        let saved = if files == draft.files {
            Ok(draft.about.clone())
        } else {
            desk.api.engine.save_draft(id, version, files.clone(), &desk.viewer.who).await
        };
        match saved {
            Ok(_) => return Ok(Redirect::to(&format!("/drafts/{id}?file={file}&saved=1")).into_response()),
            Err(error) if files::is_stale(&error) => draft = table::find(desk, id).await?,
            Err(error) => {
                let said = Said::problem(table::refused(error, &desk.locale)?);
                return page(desk, &draft, &files, (file, StatusCode::CONFLICT), said).await;
            }
        }
    }
    Err(Trouble::Failed("a draft kept changing".into()))
}

/// The page, over files as they are typed.
pub(super) async fn page(
    desk: &Desk,
    draft: &Draft,
    typed: &Bundle,
    (file, status): (&str, StatusCode),
    said: Said,
) -> Result<Response, Trouble> {
    let locale = &desk.locale;
    let main = format!("{}.yaml", typed.name);
    let file = if typed.files.contains_key(file) { file } else { &main };
    let mut said = said;
    let (checked, told) = match said.told.take() {
        Some((checked, told)) => (checked, Some(told)),
        None => (table::check(desk, typed).await?, None),
    };
    let told = told.map(|told| stories::told(desk, draft.about.id, &checked, told.as_ref())).transpose()?;
    let (fields, problem) = fields(desk, (draft, typed), &checked, file, &said).await?;
    let context = json!({
        "head": table::head(desk, draft, "")?, "id": draft.about.id, "file": file, "fields": fields,
        "is_text": files::template_of(&typed.name, file).is_some(), "case": said.case, "case_problem": problem,
        "groups": files::groups(desk, draft, typed, &checked.report, file), "may_write": draft.about.status.is_written(),
        "found": desk.part("findings.html", json!({"findings": findings::told(&checked.report, draft.about.id, locale)}))?,
        "stories": told,
        "done": said.done, "problem": said.problem, "removable": file != main,
        "returned": draft.about.decided.as_ref().filter(|_| draft.about.status.is_written()).and_then(|act| act.note.clone()),
    });
    let title = format!("{} {}", locale.pick("Draft", "المسودة"), draft.about.id);
    desk.page(status, Page { name: "draft.html", title, context, live: None }).await
}

/// The fields of the page: the open file, or of a text all its languages.
async fn fields(
    desk: &Desk,
    (draft, typed): (&Draft, &Bundle),
    checked: &Checked,
    file: &str,
    said: &Said,
) -> Result<(Vec<Json>, Option<String>), Trouble> {
    let (found, problem) = match &checked.workflow {
        Some(workflow) => wanted_case(desk, workflow, &said.case).await?,
        None => (None, None),
    };
    let environment = desk.api.engine.library.environment();
    let mut fields = Vec::new();
    for path in files::beside(typed, file) {
        let text = typed.files.get(&path).map_or("", String::as_str);
        let template = files::template_of(&typed.name, &path);
        let language = template.map(|(_, language)| language);
        let reads = match (template, &checked.workflow) {
            (Some((name, language)), Some(workflow)) => {
                let trial = Trial { desk, workflow, environment: &environment, case: found.as_ref() };
                match workflow.templates.get(name).and_then(|languages| languages.get(language)) {
                    Some(template) => Some(trial.column(name, template, false).await?),
                    None => None,
                }
            }
            (Some((name, language)), None) => Some(as_written(desk, name, language, text)?),
            (None, _) => None,
        };
        let was = || mark(draft.files.files.get(&path).map_or("", String::as_str));
        fields.push(json!({
            "path": path, "text": text, "was": said.was.get(&path).cloned().unwrap_or_else(was), "reads": reads,
            "theirs": said.theirs.get(&path),
            "lang": language, "dir": language.map_or("ltr", dir), "lines": text.lines().collect::<Vec<_>>(),
            "title": files::short_name(&path),
        }));
    }
    Ok((fields, problem))
}

/// A text whose workflow has mistakes: as long as it is written.
fn as_written(desk: &Desk, name: &str, language: &str, text: &str) -> Result<String, Trouble> {
    let read = Template::parse(name, language, text);
    let wording = read.as_ref().map_or(text, Template::wording);
    let size = desk
        .part("size.html", json!({"size": sizes::size(wording, language, sizes::Measured::Written, &desk.locale)}))?;
    let column = json!({
        "lang": language, "dir": dir(language), "language": "", "problem": read.as_ref().err().map(ToString::to_string),
        "to": null, "read": null, "notes": sizes::notes(text, language),
    });
    desk.part("text-column.html", json!({"column": column, "size": size, "written": false}))
}
