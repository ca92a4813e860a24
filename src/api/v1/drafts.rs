//! Drafts of workflows: written by some, submitted, approved by another. Every change names the version that it was made
//! on (`If-Match`), so that two writers cannot overwrite each other unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{ActivateWorkflow, EditWorkflow};
use wasl_core::definition::Bundle;
use wasl_runtime::engine::DRAFT_BYTES_MAX;
use wasl_runtime::store::{Draft, DraftAct, DraftStatus, DraftSummary};

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, change, get, put};
use super::shown::Page;
use super::workflows::{Finding, findings};
use crate::failure::{Exit, Failure};

/// Drafts that are listed.
const LISTED_MAX: u32 = 200;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/drafts", EditWorkflow, "List drafts, the last changed first", list),
        change(
            "/workflows/{workflow}/drafts",
            EditWorkflow,
            "Begin a draft with the files of the active version, or of another one",
            begin,
        )
        .example("{}")
        .makes(),
        get("/drafts/{draft}", EditWorkflow, "Show a draft with its files", show),
        put("/drafts/{draft}", EditWorkflow, "Put these files in place of a draft's", save)
            .bytes(DRAFT_BYTES_MAX)
            .guarded()
            .example(r#"{"files": {"hello.yaml": "workflow: hello\n"}}"#),
        change("/drafts/{draft}/check", EditWorkflow, "Check a draft and play its scenarios; nothing changes", check)
            .example("{}"),
        change("/drafts/{draft}/submit", EditWorkflow, "Give a draft without mistakes to a second person", submit)
            .guarded()
            .example(r#"{"note": "the directorate's new wording"}"#),
        change(
            "/drafts/{draft}/approve",
            ActivateWorkflow,
            "Make a submitted draft the active version; never one that the caller had a part in, and never by a key",
            approve,
        )
        .guarded()
        .example("{}"),
        change(
            "/drafts/{draft}/return",
            EditWorkflow,
            "Send a submitted draft back, or take one's own back",
            send_back,
        )
        .guarded()
        .example(r#"{"note": "the second text says too much to a stranger"}"#),
        change("/drafts/{draft}/discard", EditWorkflow, "Give a draft up", discard).guarded().example("{}"),
    ]
}

/// What an approval replaces.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approving {
    /// The active version with which the draft was compared. Where another one is active by now, nothing is approved.
    active: Option<String>,
}

/// Which drafts are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only drafts of this workflow.
    workflow: Option<String>,
    /// Only drafts that stand so: `open`, `submitted`, `returned`, `approved`, `discarded`.
    status: Option<String>,
}

/// With which version a draft begins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Beginning {
    /// The hash of a version; the active one where it is left out.
    version: Option<String>,
}

/// The files of a draft by path, relative to the folder of workflows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    files: BTreeMap<String, String>,
}

/// Why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// What it is for, or why it goes back: between 1 and 2000 letters.
    note: String,
}

/// What somebody did about a draft.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Did {
    by: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// Why, or what for.
    note: Option<String>,
}

/// A draft without its files.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DraftItem")]
pub(super) struct Item {
    id: i64,
    workflow: String,
    /// The hash of the version that was active when it was begun.
    base_version: String,
    /// Rises with every change: what `If-Match` compares.
    version: u64,
    /// `open`, `submitted`, `returned`, `approved`, `discarded`.
    status: &'static str,
    /// Everybody who has written something of it: none of them approves it.
    authors: BTreeSet<String>,
    begun: Did,
    changed: Did,
    submitted: Option<Did>,
    /// Who approved it, sent it back or gave it up last.
    decided: Option<Did>,
    /// The hash of the version that it became.
    became_version: Option<String>,
}

/// A draft with its files.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Draft")]
pub(super) struct Shown {
    draft: Item,
    /// Text by path.
    files: BTreeMap<String, String>,
}

/// A draft that became the active version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DraftApproved")]
pub(super) struct Approved {
    draft: Item,
    /// Cases that stay on earlier versions.
    staying: u64,
}

/// What was found in a draft.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DraftChecked")]
pub(super) struct Checked {
    /// Whether it could be submitted: no mistakes, and every scenario goes as it says.
    sound: bool,
    /// The hash that the version would have.
    version: Option<String>,
    findings: Vec<Finding>,
    scenarios: Vec<Story>,
    /// How much of states, transitions and texts the scenarios cover, in percent; `null` where they were not played.
    coverage: Option<usize>,
}

/// How a scenario went.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScenarioResult")]
pub(super) struct Story {
    name: String,
    file: String,
    passed: bool,
    expected: Option<String>,
    found: Option<String>,
}

impl From<DraftAct> for Did {
    fn from(act: DraftAct) -> Self {
        Self { by: act.by, at: act.at, note: act.note }
    }
}

impl From<DraftSummary> for Item {
    fn from(draft: DraftSummary) -> Self {
        Self {
            id: draft.id,
            workflow: draft.workflow,
            base_version: draft.base,
            version: draft.version,
            status: draft.status.as_str(),
            authors: draft.authors,
            begun: draft.begun.into(),
            changed: draft.changed.into(),
            submitted: draft.submitted.map(Did::from),
            decided: draft.decided.map(Did::from),
            became_version: draft.hash,
        }
    }
}

/// An answer with the version that the next change is made on.
fn answered(draft: DraftSummary) -> Reply<Item> {
    let etag = draft.version.to_string();
    Reply::of(draft.into()).etag(etag)
}

/// The draft that the path names.
async fn named<Q, B>(call: &Call<Q, B>) -> Result<Draft, Problem> {
    let number = call.param("draft");
    let missing = || Problem::of(Status::NOT_FOUND, format!("there is no draft `{number}`"));
    Ok(call.session.engine.draft(number.parse().map_err(|_| missing())?).await?)
}

async fn list(call: Call<Wanted, Nothing>) -> Answered<Page<Item>> {
    let statuses = match &call.query.status {
        None => DraftStatus::ALL.to_vec(),
        Some(word) => vec![DraftStatus::parse(word).ok_or_else(|| Problem::unknown("status", word))?],
    };
    let drafts = call.session.store().drafts(call.query.workflow.as_deref(), &statuses, LISTED_MAX).await?;
    Ok(Reply::of(Page::whole(drafts.into_iter().map(Item::from).collect())))
}

async fn begin(call: Call<Nothing, Beginning>) -> Answered<Item> {
    let (workflow, version) = (call.param("workflow"), call.body.version.as_deref());
    let draft = call.session.engine.begin_draft(workflow, version, &call.viewer.who).await?;
    Ok(answered(draft).made())
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    let Draft { about, files } = named(&call).await?;
    let etag = about.version.to_string();
    Ok(Reply::of(Shown { draft: about.into(), files: files.files }).etag(etag))
}

async fn save(call: Call<Nothing, Files>) -> Answered<Item> {
    let draft = named(&call).await?;
    let files = Bundle { name: draft.files.name, files: call.body.files.clone() };
    let version = call.expected()?;
    Ok(answered(call.session.engine.save_draft(draft.about.id, version, files, &call.viewer.who).await?))
}

async fn check(call: Call<Nothing, Nothing>) -> Answered<Checked> {
    let draft = named(&call).await?;
    let (engine, language) = (Arc::clone(&call.session.engine), call.session.screen.lang());
    // Checking is work, not waiting: it is done apart from what answers others.
    let looked = tokio::task::spawn_blocking(move || {
        let checked = engine.check_files(&draft.files);
        let told = engine.tell_stories(&checked);
        (checked, told)
    });
    let broken = |_| Failure::new(Exit::Refused, "the check broke off");
    let (checked, told) = looked.await.map_err(broken)?;
    let played = told.as_ref().map(|told| told.played.as_slice()).unwrap_or_default();
    let story = |(scenario, played): (&wasl_core::scenario::Scenario, &wasl_core::scenario::Played)| {
        let difference = played.failure.as_ref().map(|(_, difference)| difference);
        Story {
            name: scenario.name.clone(),
            file: scenario.file.clone(),
            passed: difference.is_none(),
            expected: difference.map(|difference| difference.expected.get(language).to_owned()),
            found: difference.map(|difference| difference.found.get(language).to_owned()),
        }
    };
    Ok(Reply::of(Checked {
        sound: !checked.report.has_errors() && told.as_ref().is_none_or(|told| told.failed() == 0),
        version: checked.workflow.as_ref().map(|workflow| workflow.hash.to_string()),
        findings: findings(&checked.report),
        scenarios: checked.scenarios.iter().zip(played).map(story).collect(),
        coverage: told.as_ref().map(|told| told.gaps.percent()),
    }))
}

async fn submit(call: Call<Nothing, Why>) -> Answered<Item> {
    let (draft, version) = (named(&call).await?, call.expected()?);
    let submitted = call.session.engine.submit_draft(draft.about.id, version, &call.body.note, &call.viewer.who);
    Ok(answered(submitted.await?))
}

async fn approve(call: Call<Nothing, Approving>) -> Answered<Approved> {
    let (draft, version) = (named(&call).await?, call.expected()?);
    let over = call.body.active.as_deref();
    let approved = call.session.engine.approve_draft(draft.about.id, version, over, &call.viewer.who).await?;
    let etag = approved.draft.version.to_string();
    Ok(Reply::of(Approved { draft: approved.draft.into(), staying: approved.staying }).etag(etag))
}

async fn send_back(call: Call<Nothing, Why>) -> Answered<Item> {
    let (draft, version) = (named(&call).await?, call.expected()?);
    let returned = call.session.engine.return_draft(draft.about.id, version, &call.body.note, &call.viewer.who);
    Ok(answered(returned.await?))
}

async fn discard(call: Call<Nothing, Nothing>) -> Answered<Item> {
    let (draft, version) = (named(&call).await?, call.expected()?);
    Ok(answered(call.session.engine.discard_draft(draft.about.id, version, &call.viewer.who).await?))
}
