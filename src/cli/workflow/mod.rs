//! `workflow`: the files as they are now, and beside them what the database has of them.

mod describe;
mod diagram;
mod diff;
mod drafts;
mod schema;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::definition::{Bundle, Environment, State, Workflow};
use wasl_core::diagnostic::did_you_mean;
use wasl_runtime::engine::{read_bundle, read_bundles};
use wasl_runtime::store::{StateCount, Store, VersionSummary};

use super::session::environment;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, count, facts, thousands};
use crate::settings::{Language, Settings};
use crate::versions::short;
use crate::words::ERROR;

/// The commands about workflows.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    /// List workflows: those of the files, and which version is active
    List(ListArgs),
    /// Show one workflow: its states in order, what each waits for, how many cases stand there
    Show(NameArgs),
    /// Draw one workflow: Mermaid, Graphviz, or a picture for the browser
    Diagram(diagram::DiagramArgs),
    /// Tell one workflow as plain prose, with every text and call script
    Describe(describe::DescribeArgs),
    /// Say what changed between two versions of a workflow, in words
    Diff(diff::DiffArgs),
    /// List drafts: what is written in the console, and what waits for a second person
    Drafts(drafts::DraftsArgs),
    /// Print the JSON Schema by which editors complete and explain workflows, scenarios, calendars, settings
    Schema(schema::SchemaArgs),
    /// Print every keyword of the files that people write, with its meaning and an example
    Keywords(schema::KeywordsArgs),
}

/// `workflow list`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl workflow list --format json")]
pub(crate) struct ListArgs {}

/// One workflow.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl workflow show account-transfer --lang ar")]
pub(crate) struct NameArgs {
    /// The workflow's name, or the path of its file
    #[arg(value_name = "WORKFLOW")]
    workflow: String,
}

/// Runs a command.
///
/// # Errors
/// There is no such workflow, or its files have mistakes.
pub(crate) async fn run(command: &WorkflowCommand, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    match command {
        WorkflowCommand::List(_) => list(settings, screen).await,
        WorkflowCommand::Show(args) => {
            let workflow = read(&args.workflow, settings, &environment(settings)?)?;
            Ok(show(&workflow, &known(settings).await?, screen))
        }
        WorkflowCommand::Diagram(args) => {
            let environment = environment(settings)?;
            diagram::run(args, &read(&args.workflow, settings, &environment)?, &environment, screen)
        }
        WorkflowCommand::Describe(args) => {
            let environment = environment(settings)?;
            describe::run(args, &read(&args.workflow, settings, &environment)?, &environment, screen)
        }
        WorkflowCommand::Diff(args) => diff::run(args, settings, screen).await,
        WorkflowCommand::Drafts(args) => drafts::run(args, settings, screen).await,
        WorkflowCommand::Schema(args) => Ok(schema::schema(args, screen)),
        WorkflowCommand::Keywords(args) => Ok(schema::keywords(args, screen)),
    }
}

/// Text as the answer, or into a file if one is named.
fn put(file: Option<&Path>, text: String, json: Json, screen: Screen) -> Result<Answer, Failure> {
    let Some(path) = file else { return Ok(Answer::new(text, json)) };
    std::fs::write(path, &text)
        .map_err(|error| Failure::new(Exit::Refused, format!("cannot write `{}`: {error}", path.display())))?;
    let said = format!("{} `{}`", screen.pick("written to", "كُتب في"), path.display());
    Ok(Answer::new(said, json!({"file": path})))
}

/// What the database has of the workflows.
#[derive(Default)]
struct Known {
    versions: Vec<VersionSummary>,
    states: Vec<StateCount>,
}

impl Known {
    /// What is active and has lost its file; its cases go on.
    fn without_file(&self, bundles: &[Bundle]) -> Vec<&VersionSummary> {
        let gone =
            |version: &&VersionSummary| version.active && bundles.iter().all(|bundle| bundle.name != version.workflow);
        self.versions.iter().filter(gone).collect()
    }

    fn active(&self, name: &str) -> Option<&VersionSummary> {
        self.versions.iter().find(|version| version.workflow == name && version.active)
    }
}

/// Files can be looked at before there is a database.
async fn known(settings: &Settings) -> Result<Known, Failure> {
    if settings.database.file().is_some_and(|file| !file.exists()) {
        return Ok(Known::default());
    }
    let store = Store::open_at(&settings.database).await?;
    if store.migrations().await?.iter().any(|step| step.applied_at.is_none()) {
        return Ok(Known::default());
    }
    Ok(Known { versions: store.versions().await?, states: store.cases_by_state().await? })
}

async fn list(settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let environment = environment(settings)?;
    let known = known(settings).await?;
    let (mut rows, mut json) = (Vec::new(), Vec::new());
    let bundles = read_bundles(&settings.workflows)?;
    let without_file = known.without_file(&bundles);
    for bundle in bundles {
        let (workflow, report) = Workflow::load(&bundle, &environment);
        let active = known.active(&bundle.name);
        let hash = workflow.as_ref().map(|workflow| workflow.hash.clone());
        let (files, said) = match (&hash, active) {
            (None, _) => mistakes(report.findings.len() as u64, screen),
            (Some(hash), Some(active)) if *hash == active.hash => {
                ("active".to_owned(), screen.pick("active", "سارٍ").to_owned())
            }
            (Some(_), _) => ("not active yet".to_owned(), screen.pick("not active yet", "لم يسر بعد").to_owned()),
        };
        let open = active.map_or(0, |version| version.open_cases);
        let version = active.map_or("—", |version| short(&version.hash)).to_owned();
        let title = workflow.as_ref().map_or("", |workflow| workflow.title.get(screen.lang())).to_owned();
        json.push(json!({
            "name": bundle.name, "title": workflow.as_ref().map(|workflow| &workflow.title), "files": files,
            "version": hash, "active_version": active.map(|version| &version.hash), "open_cases": open,
        }));
        rows.push(vec![bundle.name, version, said, thousands(open), title]);
    }
    for active in without_file {
        json.push(json!({
            "name": active.workflow, "title": null, "files": "gone", "version": null, "active_version": active.hash,
            "open_cases": active.open_cases,
        }));
        let said = screen.pick("gone; no new case opens", "لا ملف له؛ فلا تُفتح حالات جديدة").to_owned();
        let version = short(&active.hash).to_owned();
        rows.push(vec![active.workflow.clone(), version, said, thousands(active.open_cases), String::new()]);
    }
    if rows.is_empty() {
        let nothing = screen.pick("there is no workflow in", "لا يوجد مسار عمل في");
        let text = format!("{nothing} `{}`", settings.workflows.display());
        return Ok(Answer::new(text, Json::Array(json)));
    }
    let headers = match screen.language {
        Language::En => ["workflow", "active version", "files", "open cases", "title"],
        Language::Ar => ["مسار العمل", "الإصدار الساري", "الملفات", "حالات مفتوحة", "العنوان"],
    };
    Ok(Answer::new(screen.table(&headers, rows), Json::Array(json)))
}

/// That files have mistakes, for programs and for people.
fn mistakes(findings: u64, screen: Screen) -> (String, String) {
    let en = format!("{}; see `wasl check`", count(findings, "finding"));
    let said = match screen.language {
        Language::En => en.clone(),
        Language::Ar => {
            format!("فيها {}؛ انظر `wasl check`", screen.count(findings, &ERROR))
        }
    };
    (en, said)
}

/// The workflow of a name or path, without mistakes.
pub(super) fn read(wanted: &str, settings: &Settings, environment: &Environment) -> Result<Workflow, Failure> {
    let path = path_of(wanted, &settings.workflows)?;
    let (workflow, report) = Workflow::load(&read_bundle(&path)?, environment);
    workflow.ok_or_else(|| Failure::findings(Exit::Configuration, format!("`{wanted}` has mistakes"), report))
}

fn path_of(wanted: &str, folder: &Path) -> Result<PathBuf, Failure> {
    if Path::new(wanted).is_file() {
        return Ok(wanted.into());
    }
    let path = folder.join(format!("{wanted}.yaml"));
    if path.is_file() {
        return Ok(path);
    }
    let known = super::check::yaml_files(folder)?;
    let names: Vec<String> =
        known.iter().filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
    let failure = Failure::new(Exit::NotFound, format!("there is no workflow `{wanted}` in `{}`", folder.display()));
    Err(failure.maybe_help(did_you_mean(wanted, names.iter().map(String::as_str))))
}

fn show(workflow: &Workflow, known: &Known, screen: Screen) -> Answer {
    let active = known.active(&workflow.name);
    let (own, pick) = (short(&workflow.hash), |en: &'static str, ar: &'static str| screen.pick(en, ar));
    let version = match active {
        Some(active) if active.hash == workflow.hash => format!("{own}{}", pick(", active", "، سارٍ")),
        Some(active) => format!("{own}{} {}", pick("; active is", "؛ والساري"), short(&active.hash)),
        None => format!("{own}{}", pick(", not active yet", "، لم يسر بعد")),
    };
    let detections: Vec<String> = workflow
        .detect
        .iter()
        .map(|detect| {
            let when =
                detect.schedule.as_ref().map_or_else(|| "by hand".to_owned(), wasl_core::schedule::Schedule::describe);
            format!("{} ({when})", detect.name)
        })
        .collect();
    let head = facts(&[
        (pick("workflow", "مسار العمل"), workflow.name.to_string()),
        (pick("version", "الإصدار"), version),
        (pick("calendar", "التقويم"), workflow.calendar.clone()),
        (pick("languages", "اللغات"), workflow.languages.join(", ")),
        (pick("detections", "الرصد"), detections.join("; ")),
        (pick("title", "العنوان"), workflow.title.get(screen.lang()).to_owned()),
    ]);
    let cases = |state: &State| -> u64 {
        let here = |count: &&StateCount| count.workflow == workflow.name && count.state == state.name;
        known.states.iter().filter(here).map(|count| count.cases).sum()
    };
    let rows = workflow.states.iter().map(|state| {
        vec![
            state.name.to_string(),
            waits_for(state),
            thousands(cases(state)),
            state.title.get(screen.lang()).to_owned(),
        ]
    });
    let headers = match screen.language {
        Language::En => ["state", "waits for", "cases", "title"],
        Language::Ar => ["المرحلة", "تنتظر", "الحالات", "العنوان"],
    };
    let text = format!("{head}\n\n{}", screen.table(&headers, rows.collect()));
    let states = workflow.states.iter().map(|state| {
        json!({
            "name": state.name, "title": state.title, "waiting_on": state.waiting_on, "end": state.end,
            "on": workflow.handlers(state).iter().map(|handler| &handler.event).collect::<Vec<_>>(),
            "after": state.after.iter().map(|after| &after.name).collect::<Vec<_>>(), "cases": cases(state),
        })
    });
    let json = json!({
        "name": workflow.name, "title": workflow.title, "version": workflow.hash,
        "active_version": active.map(|version| &version.hash), "calendar": workflow.calendar,
        "languages": workflow.languages, "states": states.collect::<Vec<_>>(),
    });
    Answer::new(text, json)
}

/// What ends the stay in a state.
fn waits_for(state: &State) -> String {
    if let Some(outcome) = &state.end {
        return format!("nothing: the end ({outcome})");
    }
    if state.on.is_empty() && state.after.is_empty() {
        return "nothing: decides at once".into();
    }
    let events = state.on.iter().map(|handler| handler.event.as_str());
    let times = state.after.iter().map(|after| after.name.as_str());
    events.chain(times).collect::<Vec<_>>().join(", ")
}
