//! A workflow opened at one of its versions, and the head that all its pages have.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::definition::{Bundle, Workflow};
use wasl_core::words::number::Noun;
use wasl_runtime::store::{Activation, VersionSummary};

use crate::console::locale::Locale;
use crate::console::page::{Desk, Trouble};
use crate::versions::{beginning, short};

/// Cases.
pub(in crate::console) const CASE: Noun =
    Noun { en: ["case", "cases"], ar: ["حالة واحدة", "حالتان", "حالات", "حالة", "حالة"] };

/// Which version is looked at: its first digits; the active one where none is named.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) version: String,
}

/// A workflow at one of its versions.
pub(super) struct Book {
    /// All its versions, the newest first.
    pub(super) versions: Vec<VersionSummary>,
    /// Which of them is open.
    pub(super) at: VersionSummary,
    /// What that version says.
    pub(super) workflow: Arc<Workflow>,
}

impl Book {
    /// Opens a workflow.
    ///
    /// # Errors
    /// They may not, there is no such workflow or version, or it cannot be read.
    pub(super) async fn open(desk: &Desk, name: &str, wanted: &Wanted) -> Result<Self, Trouble> {
        desk.viewer.may(Permission::ViewWorkflow)?;
        let versions = of_workflow(desk, name).await?;
        let at = match wanted.version.as_str() {
            "" => versions.iter().find(|version| version.active),
            digits => beginning(&versions, digits).into_iter().next(),
        };
        let at = at.ok_or(Trouble::Gone)?.clone();
        let workflow = read(desk, &at).await?;
        Ok(Self { versions, at, workflow })
    }

    /// What the head of a page says and leads to.
    ///
    /// # Errors
    /// The template of the head asks for what it was not given.
    pub(super) fn head(&self, desk: &Desk, tab: &str) -> Result<String, Trouble> {
        let (name, locale) = (&self.workflow.name, &desk.locale);
        let version = if self.at.active { String::new() } else { format!("?version={}", short(&self.at.hash)) };
        let tabs = [
            ("", "Overview", "نظرة عامة"),
            ("/words", "In words", "بالكلمات"),
            ("/texts", "Texts", "النصوص"),
            ("/versions", "Versions", "الإصدارات"),
        ];
        let tab_of = |(path, en, ar): (&str, &str, &str)| json!({"href": format!("/workflows/{name}{path}{version}"), "words": locale.pick(en, ar), "here": path == tab});
        desk.part(
            "workflow-head.html",
            json!({
                "name": name, "heading": title(&self.workflow, locale), "version": short(&self.at.hash),
                "active": self.at.active, "tabs": tabs.map(tab_of), "came": came(self.at.activation.as_ref(), locale),
                "newest": format!("/workflows/{name}{tab}"), "may_draft": desk.viewer.can(Permission::EditWorkflow),
                "hash": self.at.hash,
            }),
        )
    }
}

/// The versions of a workflow, the newest first.
pub(super) async fn of_workflow(desk: &Desk, name: &str) -> Result<Vec<VersionSummary>, Trouble> {
    let mut versions = desk.api.engine.store.versions().await?;
    versions.retain(|version| version.workflow == name);
    versions.reverse();
    Ok(versions)
}

/// What a version says: with where its cases come from, if that is still there.
async fn read(desk: &Desk, at: &VersionSummary) -> Result<Arc<Workflow>, Trouble> {
    let engine = &desk.api.engine;
    if let Some(active) = engine.library.active(&at.workflow).filter(|active| active.hash == at.hash) {
        return Ok(active);
    }
    let whole = Workflow::load(&bundle(desk, &at.hash).await?, &engine.library.environment()).0;
    match whole {
        Some(whole) => Ok(Arc::new(whole)),
        None => Ok(engine.library.version(&at.hash).await?),
    }
}

/// The files of a stored version.
pub(super) async fn bundle(desk: &Desk, hash: &str) -> Result<Bundle, Trouble> {
    Ok(desk.api.engine.store.version(hash).await?.ok_or(Trouble::Gone)?.bundle)
}

/// What people call a workflow.
pub(super) fn title(workflow: &Workflow, locale: &Locale) -> String {
    if workflow.title.is_empty() { workflow.name.to_string() } else { workflow.title.get(locale.code()).to_owned() }
}

/// What people call the active version of a workflow.
pub(in crate::console) fn workflow_title(desk: &Desk, name: &str) -> String {
    desk.api.engine.library.active(name).map_or_else(|| name.to_owned(), |workflow| title(&workflow, &desk.locale))
}

/// How a version came to be active: when, by whom, why.
pub(super) fn came(activation: Option<&Activation>, locale: &Locale) -> Option<Json> {
    let activation = activation?;
    Some(json!({"at": locale.moment(activation.at), "by": by(&activation.by, locale), "note": activation.note}))
}

/// Who did something, as people read it.
pub(in crate::console) fn by(who: &str, locale: &Locale) -> String {
    match who.split_once(':') {
        Some((_, name)) => name.to_owned(),
        None => locale.pick("the files on the server", "ملفات الخادم").to_owned(),
    }
}
