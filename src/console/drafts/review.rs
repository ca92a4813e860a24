//! What a draft would mean, for whoever submits or approves it: every change in words, findings, scenarios, what is
//! proven of the worst case before and after, and the cases that stay where they are.

use std::collections::{BTreeMap, BTreeSet};

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::bounds::Bounds;
use wasl_core::words::raised;
use wasl_runtime::engine::EngineError;
use wasl_runtime::store::{Draft, DraftAct, DraftStatus, DraftSummary, Version};

use super::{desk as table, findings, stories};
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::workflows::{CASE, by, changes, listed};
use crate::versions::{Pair, SOURCES_GONE, UNREADABLE, short};

/// What somebody decides.
#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    act: String,
    version: u64,
    #[serde(default)]
    note: String,
    /// The active version with which the draft was compared.
    over: Option<String>,
}

/// Whether something was just done.
#[derive(Debug, Deserialize)]
pub(super) struct After {
    done: Option<String>,
}

/// `GET /drafts/{draft}/review`.
pub(super) async fn show(desk: Desk, Path(id): Path<i64>, Query(after): Query<After>) -> Response {
    let result = async {
        let draft = table::find(&desk, id).await?;
        let done = after.done.as_deref().and_then(|done| words_of(done, &desk.locale));
        page(&desk, &draft, StatusCode::OK, (done, None, "")).await
    };
    let result = result.await;
    desk.answer(result)
}

/// `POST /drafts/{draft}/review`.
pub(super) async fn act(desk: Desk, Path(id): Path<i64>, Form(decision): Form<Decision>) -> Response {
    let result = decide(&desk, id, &decision).await;
    desk.answer(result)
}

async fn decide(desk: &Desk, id: i64, decision: &Decision) -> Result<Response, Trouble> {
    let (engine, who, version) = (&desk.api.engine, desk.viewer.who.as_str(), decision.version);
    desk.viewer.may(match decision.act.as_str() {
        "approve" => Permission::ActivateWorkflow,
        _ => Permission::EditWorkflow,
    })?;
    let done: Result<DraftSummary, EngineError> = match decision.act.as_str() {
        "submit" => engine.submit_draft(id, version, &decision.note, who).await,
        "return" => engine.return_draft(id, version, &decision.note, who).await,
        "approve" => {
            engine.approve_draft(id, version, decision.over.as_deref(), who).await.map(|approved| approved.draft)
        }
        "discard" => engine.discard_draft(id, version, who).await,
        _ => return Err(Trouble::Gone),
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/drafts/{id}/review?done={}", decision.act)).into_response()),
        Err(error) => {
            let words = table::refused(error, &desk.locale)?;
            let draft = table::find(desk, id).await?;
            page(desk, &draft, StatusCode::CONFLICT, (None, Some(words), &decision.note)).await
        }
    }
}

fn words_of(done: &str, locale: &Locale) -> Option<String> {
    let words = match done {
        "submit" => {
            ("Submitted. A second person approves it or sends it back.", "أُرسلت للاعتماد. يعتمدها شخص آخر أو يعيدها.")
        }
        "return" => ("It went back, with the reason.", "أُعيدت مع السبب."),
        "approve" => ("Approved: new cases open on it from now on.", "اعتُمدت: تُفتح الحالات الجديدة عليها من الآن."),
        "discard" => ("Given up.", "تُركت."),
        _ => return None,
    };
    Some(locale.pick(words.0, words.1).to_owned())
}

async fn page(
    desk: &Desk,
    draft: &Draft,
    status: StatusCode,
    (done, problem, note): (Option<String>, Option<String>, &str),
) -> Result<Response, Trouble> {
    let (engine, locale, about) = (&desk.api.engine, &desk.locale, &draft.about);
    // What became of it is compared with what it began with, else with what it would replace.
    let before = match about.status {
        DraftStatus::Approved => engine.store.version(&about.base).await?,
        _ => engine.store.active_version(&about.workflow).await?,
    };
    let before = before.ok_or(Trouble::Gone)?;
    let (checked, told) = table::test(desk, &draft.files).await?;
    let told_as = stories::told(desk, about.id, &checked, told.as_ref())?;
    let errors = checked.report.has_errors();
    let failed = told.as_ref().map_or(0, wasl_core::proof::Told::failed);
    let (differences, sources_gone) = differences(desk, &before, draft);
    let old_bounds = table::check(desk, &before.bundle).await?.bounds;
    let context = json!({
        "head": table::head(desk, draft, "/review")?, "id": about.id, "name": about.workflow, "version": about.version,
        "changes": listed(desk, differences.as_ref())?, "sources_gone": sources_gone,
        "scenarios": scenarios(&before, draft, locale),
        "nothing": checked.workflow.as_ref().is_some_and(|workflow| workflow.hash == before.hash)
            && before.bundle == draft.files,
        "errs": errors,
        "moved_on": moved_on(about, &before),
        "found": desk.part("findings.html", json!({"findings": findings::told(&checked.report, about.id, locale)}))?,
        "stories": told_as,
        "bounds": bounds(old_bounds.as_ref(), checked.bounds.as_ref(), locale), "running": running(desk, about).await?,
        "may_submit": about.status.is_written() && !errors && failed == 0, "written": about.status.is_written(),
        "waits": about.status == DraftStatus::Submitted, "over": about.status.is_over(),
        "may_approve": desk.viewer.can(Permission::ActivateWorkflow) && draft.may_be_approved_by(&desk.viewer.who),
        "submitted": act_words(about.submitted.as_ref(), locale), "decided": act_words(about.decided.as_ref(), locale),
        "approved": about.hash.as_deref().map(short), "before": short(&before.hash), "over_hash": before.hash,
        "authors": about.authors.iter().map(|author| by(author, locale)).collect::<Vec<_>>(),
        "done": done, "problem": problem, "note": note,
    });
    let title = format!("{} {}", locale.pick("Draft", "المسودة"), about.id);
    desk.page(status, Page { name: "draft-review.html", title, context, live: None }).await
}

/// Whether another version became the active one since the draft was begun.
fn moved_on(draft: &DraftSummary, active: &Version) -> bool {
    !draft.status.is_over() && draft.base != active.hash
}

fn act_words(act: Option<&DraftAct>, locale: &Locale) -> Option<Json> {
    act.map(|act| json!({"by": by(&act.by, locale), "at": locale.moment(act.at), "note": act.note}))
}

fn differences(desk: &Desk, before: &Version, draft: &Draft) -> (Option<Json>, Option<String>) {
    let environment = desk.api.engine.library.environment();
    let Ok(pair) = Pair::read(&before.bundle, &draft.files, &environment) else {
        // The active version can be read: then it is the draft that has mistakes.
        let (en, ar) = match Pair::read(&before.bundle, &before.bundle, &environment) {
            Ok(_) => {
                ("What it changes is shown here once it has no mistakes.", "يظهر هنا ما تغيره بعد أن تخلو من الأخطاء.")
            }
            Err(_) => UNREADABLE,
        };
        return (None, Some(raised(desk.locale.pick(en, ar))));
    };
    let note = pair.without_sources.then(|| raised(desk.locale.pick(SOURCES_GONE.0, SOURCES_GONE.1)));
    (Some(changes(&pair.changes(&environment, desk.locale.code()), &desk.locale)), note)
}

/// The files of scenarios that are others than before: which, and how. They change no version.
fn scenarios(before: &Version, draft: &Draft, locale: &Locale) -> Vec<Json> {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (before.bundle.scenario_files().collect(), draft.files.scenario_files().collect());
    let paths: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let told = |path: &&str| {
        let how = match (old.get(path), new.get(path)) {
            (None, _) => locale.pick("new", "جديد"),
            (_, None) => locale.pick("removed", "حُذف"),
            (was, is) if was != is => locale.pick("changed", "عُدّل"),
            _ => return None,
        };
        Some(json!({"path": path, "how": how}))
    };
    paths.into_iter().filter_map(told).collect()
}

/// What is proven of the worst case, before and after, line by line.
fn bounds(before: Option<&Bounds>, after: Option<&Bounds>, locale: &Locale) -> Json {
    let lines = |bounds: Option<&Bounds>| bounds.map(|bounds| bounds.lines(locale.code())).unwrap_or_default();
    let old = lines(before);
    let line = |line: wasl_core::bounds::Line| {
        let was = old.iter().find(|old| old.name == line.name).map(|old| old.most.clone());
        json!({"name": raised(&line.name), "differs": was.as_ref() != Some(&line.most), "was": was, "is": line.most, "why": line.why})
    };
    lines(after).into_iter().map(line).collect()
}

/// The versions on which cases run: they stay there.
async fn running(desk: &Desk, draft: &DraftSummary) -> Result<Json, Trouble> {
    let versions = desk.api.engine.running(&draft.workflow).await?;
    let row = |version: &wasl_runtime::store::VersionSummary| json!({"version": short(&version.hash), "active": version.active, "cases": desk.locale.count(version.open_cases, &CASE)});
    Ok(versions.iter().map(row).collect())
}
