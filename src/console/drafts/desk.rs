//! A draft on somebody's desk: what it says, what was found in it, and the head that its pages have.

use std::sync::Arc;

use serde_json::json;
use wasl_core::access::Permission;
use wasl_core::definition::Bundle;
use wasl_core::proof::{Checked, Told};
use wasl_runtime::engine::{DraftRefusal, EngineError};
use wasl_runtime::store::Draft;

use super::list::status;
use crate::console::locale::Locale;
use crate::console::page::{Desk, Trouble};
use crate::console::workflows::{by, workflow_title};

/// The draft of a number.
///
/// # Errors
/// They may not, or there is none.
pub(super) async fn find(desk: &Desk, id: i64) -> Result<Draft, Trouble> {
    desk.viewer.may(Permission::EditWorkflow)?;
    Ok(desk.api.engine.draft(id).await?)
}

/// Looks files over as `wasl check` does. It is work, not waiting: it is done apart from what answers others.
///
/// # Errors
/// The check broke off.
pub(super) async fn check(desk: &Desk, files: &Bundle) -> Result<Checked, Trouble> {
    let (engine, files) = (Arc::clone(&desk.api.engine), files.clone());
    tokio::task::spawn_blocking(move || engine.check_files(&files)).await.map_err(broken_off)
}

/// Looks files over and plays their scenarios as `wasl test` does.
///
/// # Errors
/// It broke off.
pub(super) async fn test(desk: &Desk, files: &Bundle) -> Result<(Checked, Option<Told>), Trouble> {
    let (engine, files) = (Arc::clone(&desk.api.engine), files.clone());
    let work = move || {
        let checked = engine.check_files(&files);
        let told = engine.tell_stories(&checked);
        (checked, told)
    };
    tokio::task::spawn_blocking(work).await.map_err(broken_off)
}

fn broken_off(error: tokio::task::JoinError) -> Trouble {
    Trouble::Failed(Box::new(error))
}

/// The head of a draft's pages.
///
/// # Errors
/// The template asks for what it was not given.
pub(super) fn head(desk: &Desk, draft: &Draft, tab: &str) -> Result<String, Trouble> {
    let (about, locale) = (&draft.about, &desk.locale);
    let (status, tone) = status(about.status, locale);
    let tabs = [("", "Write", "الكتابة"), ("/review", "Look over and approve", "المراجعة والاعتماد")];
    let tab_of = |(path, en, ar): (&str, &str, &str)| json!({"href": format!("/drafts/{}{path}", about.id), "words": locale.pick(en, ar), "here": path == tab});
    desk.part(
        "draft-head.html",
        json!({
            "id": about.id, "name": about.workflow, "heading": workflow_title(desk, &about.workflow), "status": status,
            "tone": tone, "tabs": tabs.map(tab_of), "changed": locale.moment(about.changed.at),
            "by": by(&about.changed.by, locale),
        }),
    )
}

/// Why a draft was not changed, in words; other failures stay what they are.
///
/// # Errors
/// It is no refusal.
pub(super) fn refused(error: EngineError, locale: &Locale) -> Result<String, Trouble> {
    let EngineError::DraftRefused(refusal) = error else { return Err(error.into()) };
    let words = match refusal {
        DraftRefusal::Stale { now } => {
            let (who, when) = (by(&now.changed.by, locale), locale.moment(now.changed.at));
            return Ok(match locale.code() {
                "ar" => format!("تغيرت المسودة بعد أن فتحتها (آخر تعديل {when}، {who}). انظر إليها كما هي الآن."),
                _ => format!(
                    "The draft has changed since you opened it (last {when} by {who}). Look at it as it is now."
                ),
            });
        }
        DraftRefusal::Stands { .. } => (
            "The draft does not stand where this can be done; it stands as shown here.",
            "لا يمكن ذلك حيث تقف المسودة الآن؛ وحالها كما هو مبين هنا.",
        ),
        DraftRefusal::Own => {
            ("You had a part in this draft: a second person approves it.", "لك يد في هذه المسودة، فيعتمدها شخص آخر.")
        }
        DraftRefusal::NoPerson => ("A key submits and approves nothing.", "المفتاح لا يرسل ولا يعتمد شيئا."),
        DraftRefusal::MovedOn => (
            "Another version became active since you looked: see below what the draft would change now.",
            "صار إصدار آخر ساريا منذ نظرت: انظر أدناه ما الذي ستغيره المسودة الآن.",
        ),
        DraftRefusal::Errs { .. } => ("It has mistakes; mend them first.", "فيها أخطاء؛ أصلحها أولا."),
        DraftRefusal::Fails { .. } => (
            "Some of its scenarios do not go as they say; mend the workflow or the scenario first.",
            "بعض سيناريوهاتها لا تسير كما تقول؛ أصلح مسار العمل أو السيناريو أولا.",
        ),
        DraftRefusal::Unchanged => (
            "It says what the active version says: there is nothing to approve.",
            "تقول ما يقوله الإصدار الساري، فلا شيء يُعتمد.",
        ),
        DraftRefusal::Note => ("Say what for, in a few sentences at the most.", "اذكر السبب في بضع جمل على الأكثر."),
        DraftRefusal::File { path, .. } => {
            return Ok(match locale.code() {
                "ar" => format!(
                    "لا يصلح `{path}` ملفا لمسار عمل. الأسماء: `messages/NAME.ar.txt` أو `scripts/NAME.ar.md` أو `scenarios/NAME.yaml`."
                ),
                _ => format!(
                    "`{path}` cannot be a file of a workflow. There are `messages/NAME.en.txt`, `scripts/NAME.en.md` and `scenarios/NAME.yaml`."
                ),
            });
        }
    };
    Ok(locale.pick(words.0, words.1).to_owned())
}
