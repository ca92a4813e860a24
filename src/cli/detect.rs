//! `detect`: looks for cases now, whatever the schedule says; and [`rejected`], the rows that could not be read.

mod progress;
mod rejected;
mod summary;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_runtime::engine::Engine;
use wasl_runtime::intake::{FileOutcome, Progress, RunSummary};

use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Language;
pub(super) use progress::Bar;

/// `detect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl detect --dry-run                          what would open, and which rows cannot be read
  wasl detect account-transfer death-register
  wasl detect rejected list                      rows that could not be read, and what to do about them

A file is read once, by its content: running this again changes nothing. Exit code 1 if a file was
refused as a whole. A source that cannot be read stops no other workflow; its error stands last, and
is the exit code.")]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DetectArgs {
    #[command(subcommand)]
    about: Option<About>,
    /// Say what would happen and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Only this workflow's detections
    #[arg(value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// Only this detection
    #[arg(value_name = "DETECTION", requires = "workflow")]
    detection: Option<String>,
}

/// What else there is about detection.
#[derive(Debug, Subcommand)]
enum About {
    /// Rows that could not be read: list them, look at one, correct it
    #[command(subcommand)]
    Rejected(rejected::RejectedCommand),
}

/// Runs the detections that were named.
///
/// # Errors
/// There is no such workflow or detection, a source cannot be read, or the database failed.
pub(crate) async fn run(args: &DetectArgs, session: &Session) -> Result<Answer, Failure> {
    if let Some(About::Rejected(command)) = &args.about {
        return rejected::run(command, session).await;
    }
    let engine = &session.engine;
    let loaded = engine.load_workflows(&session.settings.workflows, "cli").await?;
    let mut lines: Vec<String> = loaded.refused.iter().map(|(name, _)| bad_files(name, session.screen)).collect();
    let names = match &args.workflow {
        Some(name) => vec![name.clone()],
        None => engine.library.all_active().iter().map(|workflow| workflow.name.to_string()).collect(),
    };
    let (mut summaries, mut failures, bar) = (Vec::new(), Vec::new(), Bar::new(session.screen));
    for name in &names {
        // One workflow whose source cannot be read stops no other, and hides nothing of what the others did.
        match run_one(engine, name, args.detection.as_deref(), args.dry_run, &bar).await {
            Ok(done) => summaries.extend(done),
            Err(failure) if args.workflow.is_some() => return Err(failure),
            Err(failure) => failures.push((name, failure)),
        }
    }
    lines.extend(summaries.iter().map(|summary| summary::words(summary, session.screen)));
    lines.extend(failures.iter().map(|(name, failure)| not_run(name, failure, session.screen)));
    if summaries.is_empty() && failures.is_empty() {
        lines.push(session.screen.pick("no workflow has a detection", "لا رصد في أي مسار عمل").into());
    }
    let refused = summaries.iter().flat_map(|summary| &summary.files);
    let refused = refused.filter(|file| matches!(file.outcome, FileOutcome::Refused { .. })).count();
    let failed = failures.iter().map(|(name, failure)| {
        let mut json = failure.to_json();
        json["workflow"] = name.as_str().into();
        json
    });
    let json = summaries.iter().map(|summary| json!(summary)).chain(failed).collect::<Json>();
    let exit = match failures.first() {
        Some((_, failure)) => failure.exit,
        None if refused > 0 => Exit::Refused,
        None => Exit::Done,
    };
    Ok(Answer::new(lines.join("\n\n"), json).exit(exit))
}

/// That the detections of a workflow could not be run, and why.
fn not_run(workflow: &str, failure: &Failure, screen: Screen) -> String {
    let said = failure.render(screen.color);
    format!("{} `{workflow}`: {}", screen.pick("not run:", "لم يُجرَ:"), said.trim_end())
}

/// Runs detections of one workflow; a terminal shows how far it is.
///
/// # Errors
/// As for [`run`].
pub(super) async fn run_one(
    engine: &Engine,
    workflow: &str,
    detection: Option<&str>,
    dry_run: bool,
    bar: &Bar,
) -> Result<Vec<RunSummary>, Failure> {
    let show = |progress: Progress<'_>| bar.show(progress);
    let summaries = engine.detect(workflow, detection, dry_run, &show).await;
    bar.clear();
    Ok(summaries?)
}

/// That a workflow's files are not used.
pub(super) fn bad_files(name: &str, screen: Screen) -> String {
    match screen.language {
        Language::En => {
            format!(
                "the files of workflow `{name}` have mistakes, so that its last good version goes on; see `wasl check`"
            )
        }
        Language::Ar => format!("في ملفات مسار العمل `{name}` أخطاء، فتستمر آخر نسخة سليمة منه؛ انظر `wasl check`"),
    }
}
