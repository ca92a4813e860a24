//! `task`: calls and other work for people: what waits, the next one, and what came of it.

mod answer;
mod brief;
mod list;
mod next;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::case::EffectId;
use wasl_runtime::store::{StoredTask, TaskFilter, TaskStatus};

use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Language;

/// How many tasks are looked at for one that was meant.
const SIMILAR_MAX: u32 = 200;

/// The commands about tasks.
#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    /// List tasks, the most urgent first
    List(list::ListArgs),
    /// Take the most urgent call: whom, in which language, what to say, what may come of it
    Next(next::NextArgs),
    /// Take one task, or keep it a while longer
    Claim(next::ClaimArgs),
    /// Put a task back that you took, for a colleague
    Release(next::ReleaseArgs),
    /// Say what came of a call; answers what happens next
    Answer(answer::AnswerArgs),
    /// Show one task
    Show(TaskArgs),
}

/// One task.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl task show 17.2.0")]
pub(crate) struct TaskArgs {
    /// The task, as `task list` names it
    #[arg(value_name = "TASK")]
    task: String,
}

/// Who works.
#[derive(Debug, Args)]
pub(crate) struct Agent {
    /// Who makes the call; the user of this machine unless given
    #[arg(long, value_name = "NAME", env = "WASL_AGENT", hide_env_values = true)]
    agent: Option<String>,
}

impl Agent {
    fn name(&self, screen: Screen) -> Result<String, Failure> {
        let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
        let given = self.agent.clone().or_else(user).filter(|name| !name.trim().is_empty());
        given.ok_or_else(|| {
            let message = screen.pick("nobody said who makes the call", "لم يُذكر من يجري المكالمة");
            let help = screen.pick("add `--agent NAME`, or set WASL_AGENT", "أضف `--agent NAME` أو عيّن WASL_AGENT");
            Failure::new(Exit::Usage, message).help(help)
        })
    }
}

/// Runs a command.
///
/// # Errors
/// There is no such task, or it cannot be worked on.
pub(crate) async fn run(command: &TaskCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        TaskCommand::List(args) => list::run(args, session).await,
        TaskCommand::Next(args) => next::run(args, session).await,
        TaskCommand::Claim(args) => next::claim(args, session).await,
        TaskCommand::Release(args) => next::release(args, session).await,
        TaskCommand::Answer(args) => answer::run(args, session).await,
        TaskCommand::Show(args) => brief::answer(&find(&args.task, session).await?, session, None).await,
    }
}

/// The task of an id.
async fn find(id: &str, session: &Session) -> Result<StoredTask, Failure> {
    if let Some(task) = session.store().task(&EffectId(id.trim().into())).await? {
        return Ok(task);
    }
    let filter = TaskFilter { workable_at: Some(session.engine.now()), limit: SIMILAR_MAX, ..TaskFilter::default() };
    let known: Vec<String> =
        session.store().tasks(&filter).await?.into_iter().map(|task| task.task.id.to_string()).collect();
    let near = wasl_core::diagnostic::nearest(id, known.iter().map(String::as_str));
    let screen = session.screen;
    let help = match (near, screen.language) {
        (None, _) => screen.pick("see `wasl task list`", "انظر `wasl task list`").to_owned(),
        (Some(near), Language::En) => format!("did you mean `{near}`?"),
        (Some(near), Language::Ar) => format!("هل تقصد `{near}`؟"),
    };
    let message = screen.pick("there is no task", "لا توجد مهمة");
    Err(Failure::new(Exit::NotFound, format!("{message} `{id}`")).help(help))
}

/// Whether somebody may still work on it.
fn is_waiting(task: &StoredTask) -> bool {
    matches!(task.status, TaskStatus::Open | TaskStatus::Claimed)
}

/// A task for other programs.
pub(super) fn to_json(stored: &StoredTask) -> Json {
    let task = &stored.task;
    json!({
        "id": task.id,
        "case": stored.case.reference(),
        "status": stored.status.as_str(),
        "queue": task.queue,
        "priority": task.priority,
        "state": task.state,
        "to": task.to,
        "to_name": task.to_name,
        "relation": task.relation,
        "language": task.language,
        "script": task.script,
        "words": task.words,
        "attempt": task.attempt,
        "not_before": task.not_before,
        "due": task.due,
        "promised_by": task.promised_by,
        "at_risk_fils_per_day": stored.at_risk,
        "why": task.why,
        "outcomes": task.outcomes,
        "claimed_by": stored.claimed_by,
        "claim_expires": stored.claim_expires,
        "outcome": stored.outcome,
        "answered_by": stored.answered_by,
        "answered_at": stored.answered_at,
        "note": stored.note,
        "reason": stored.reason,
    })
}
