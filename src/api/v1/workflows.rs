//! Workflows: which are active, what each version says, and whether files that somebody posts are right.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::{EditWorkflow, ViewWorkflow};
use wasl_core::definition::{Bundle, State as CoreState, Workflow as CoreWorkflow};
use wasl_core::diagnostic::Report;
use wasl_runtime::store::{StoreError, VersionSummary};

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, get, post};
use super::shown::Page;
use crate::failure::{Exit, Failure};
use crate::session::environment;

/// Files that are checked may be as large as a workflow with all its texts is.
const FILES_BYTES_MAX: usize = 1 << 20;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/workflows", ViewWorkflow, "List active workflows", list),
        post(
            "/workflows/check",
            (EditWorkflow, "workflow.check"),
            "Check files that are not used: every mistake with its place",
            check,
        )
        .bytes(FILES_BYTES_MAX)
        .example(r#"{"name": "hello", "files": {"hello.yaml": "workflow: hello\n"}}"#),
        get("/workflows/{workflow}", ViewWorkflow, "Show the active version of a workflow: its states in order", show),
        get(
            "/workflows/{workflow}/versions",
            ViewWorkflow,
            "List the versions of a workflow, the newest first",
            versions,
        ),
        get("/workflows/{workflow}/versions/{version}", ViewWorkflow, "Show the files of a version", files),
    ]
}

/// An active workflow.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WorkflowItem")]
pub(super) struct Item {
    name: String,
    /// What people call it, by language.
    title: BTreeMap<String, String>,
    /// The hash of the active version.
    active_version: String,
    /// Open cases on that version.
    open_cases: u64,
}

/// A workflow.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Workflow {
    name: String,
    /// What people call it, by language.
    title: BTreeMap<String, String>,
    /// The hash of the active version.
    version: String,
    calendar: String,
    languages: Vec<String>,
    /// Events that it takes from outside.
    events: Vec<String>,
    states: Vec<State>,
}

/// A state.
#[derive(Debug, Serialize, JsonSchema)]
struct State {
    name: String,
    title: BTreeMap<String, String>,
    /// How a case ends that comes here.
    end: Option<String>,
    /// The events that it takes.
    on: Vec<String>,
    /// Its timers.
    after: Vec<String>,
    /// Cases of every version that stand here.
    cases: u64,
}

/// A version.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WorkflowVersion {
    version: String,
    active: bool,
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    #[schemars(with = "Option<String>")]
    activated_at: Option<Timestamp>,
    activated_by: Option<String>,
    open_cases: u64,
    cases: u64,
}

/// Files of a workflow by path, relative to the folder of workflows.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WorkflowFiles")]
pub(super) struct Files {
    /// The workflow's name.
    name: String,
    /// Text by path: `hello.yaml`, `hello/messages/welcome.en.txt`.
    files: BTreeMap<String, String>,
}

/// What a check found.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Checked {
    /// Whether the files could be used.
    usable: bool,
    /// The hash that the version would have.
    version: Option<String>,
    findings: Vec<Finding>,
}

/// Something that was found, as `wasl check --format json` tells it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Finding {
    /// `W031`.
    code: String,
    /// `error` or `warning`.
    severity: String,
    file: String,
    line: usize,
    column: usize,
    message: String,
    /// What to do.
    suggestion: Option<String>,
    /// Its page of the reference.
    page: String,
}

/// The findings as the core tells them to programs; the document names what of them may be relied on.
pub(super) fn findings(report: &Report) -> Vec<Finding> {
    let told = serde_json::to_value(report.to_json()).unwrap_or_default();
    serde_json::from_value(told).unwrap_or_default()
}

async fn list(call: Call<Nothing, Nothing>) -> Answered<Page<Item>> {
    let versions = call.session.store().versions().await?;
    let mut items = Vec::new();
    for version in versions.into_iter().filter(|version| version.active) {
        let workflow = call.session.engine.library.version(&version.hash).await.map_err(Failure::from)?;
        items.push(Item {
            name: version.workflow,
            title: workflow.title.0.clone(),
            active_version: version.hash,
            open_cases: version.open_cases,
        });
    }
    Ok(Reply::of(Page::whole(items)))
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Workflow> {
    let workflow = call.session.engine.active_workflow(call.param("workflow")).await?;
    let counts = call.session.store().cases_by_state().await?;
    let cases = |state: &CoreState| -> u64 {
        let here = counts.iter().filter(|count| count.workflow == workflow.name && count.state == state.name);
        here.map(|count| count.cases).sum()
    };
    let states = workflow.states.iter().map(|state| State {
        name: state.name.to_string(),
        title: state.title.0.clone(),
        end: state.end.as_ref().map(ToString::to_string),
        on: workflow.handlers(state).iter().map(|handler| handler.event.clone()).collect(),
        after: state.after.iter().map(|after| after.name.to_string()).collect(),
        cases: cases(state),
    });
    let shown = Workflow {
        name: workflow.name.to_string(),
        title: workflow.title.0.clone(),
        version: workflow.hash.to_string(),
        calendar: workflow.calendar.clone(),
        languages: workflow.languages.clone(),
        events: workflow.events.keys().cloned().collect(),
        states: states.collect(),
    };
    Ok(Reply::of(shown).etag(workflow.hash.to_string()))
}

async fn versions(call: Call<Nothing, Nothing>) -> Answered<Page<WorkflowVersion>> {
    let name = call.param("workflow");
    let versions = call.session.store().versions().await?;
    let of_workflow: Vec<WorkflowVersion> =
        versions.into_iter().filter(|version| version.workflow == name).map(WorkflowVersion::of).collect();
    if of_workflow.is_empty() {
        // Says which names there are.
        call.session.engine.active_workflow(name).await?;
    }
    Ok(Reply::of(Page::whole(of_workflow)))
}

impl WorkflowVersion {
    fn of(summary: VersionSummary) -> Self {
        let (activated_at, activated_by) =
            summary.activation.map_or((None, None), |activation| (Some(activation.at), Some(activation.by)));
        Self {
            version: summary.hash,
            active: summary.active,
            created_at: summary.created_at,
            activated_at,
            activated_by,
            open_cases: summary.open_cases,
            cases: summary.cases,
        }
    }
}

async fn files(call: Call<Nothing, Nothing>) -> Answered<Files> {
    let hash = call.param("version");
    let stored = call.session.store().version(hash).await?;
    let stored = stored.filter(|version| version.bundle.name == call.param("workflow"));
    let missing = || Failure::from(StoreError::NoSuchVersion { hash: hash.to_owned() });
    let bundle = stored.ok_or_else(missing)?.bundle;
    Ok(Reply::of(Files { name: bundle.name, files: bundle.files }).etag(hash.to_owned()))
}

async fn check(call: Call<Nothing, Files>) -> Answered<Checked> {
    let Files { name, files } = call.body;
    if !files.contains_key(&format!("{name}.yaml")) {
        let problem = Problem::of(Status::UNPROCESSABLE_ENTITY, format!("`{name}.yaml` is not among the files"));
        return Err(problem.help("paths are relative to the folder of workflows"));
    }
    let environment = environment(&call.session.settings)?;
    // Checking is work, not waiting: it is done apart from what answers others.
    let checked = tokio::task::spawn_blocking(move || {
        let (workflow, report) = CoreWorkflow::load(&Bundle { name, files }, &environment);
        Checked {
            usable: workflow.is_some(),
            version: workflow.map(|workflow| workflow.hash.to_string()),
            findings: findings(&report),
        }
    });
    let broken = |_| Failure::new(Exit::Refused, "the check broke off");
    Ok(Reply::of(checked.await.map_err(broken)?))
}
