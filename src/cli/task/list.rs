//! `task list`.

use std::fmt::Write as _;

use clap::Args;
use wasl_core::case::CaseId;
use wasl_core::definition::Priority;
use wasl_core::diagnostic::did_you_mean;
use wasl_runtime::store::{StoredTask, TaskFilter, TaskStatus};

use super::{is_waiting, to_json};
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Language;
use crate::words::{TASK, task_status};

/// `task list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl task list --queue supervisors
  wasl task list --ready --limit 5
  wasl task list --case KXT2P --status answered")]
pub(crate) struct ListArgs {
    /// Only tasks of this queue
    #[arg(long, value_name = "QUEUE")]
    queue: Option<String>,
    /// Only tasks that may be worked on now
    #[arg(long)]
    ready: bool,
    /// Tasks of this status instead of those that wait: open, claimed, answered, withdrawn, suppressed
    #[arg(long, value_name = "STATUS", conflicts_with = "ready", value_parser = status)]
    status: Option<TaskStatus>,
    /// Only tasks of this case
    #[arg(long, value_name = "CASE")]
    case: Option<String>,
    /// At the most so many
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

fn status(word: &str) -> Result<TaskStatus, String> {
    let known = TaskStatus::ALL.map(TaskStatus::as_str);
    TaskStatus::parse(word).ok_or_else(|| did_you_mean(word, known).unwrap_or_default())
}

/// Lists tasks in the order of work.
pub(super) async fn run(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    check_queue(args.queue.as_deref(), session)?;
    let case = match &args.case {
        Some(reference) => Some(session.case(reference).await?.id),
        None => None,
    };
    let tasks = find(args, case, session).await?;
    let json = tasks.iter().map(to_json).collect();
    if tasks.is_empty() {
        let text = if args.status.is_some() || args.case.is_some() {
            session.screen.pick("no such task", "لا توجد مهمة كهذه").to_owned()
        } else {
            super::next::nothing_waits(args.queue.as_slice(), session).await?
        };
        return Ok(Answer::new(text, json));
    }
    let mut rows = Vec::with_capacity(tasks.len());
    for stored in &tasks {
        rows.push(row(stored, session).await?);
    }
    let headers = match session.screen.language {
        Language::En => ["task", "case", "queue", "priority", "from", "due", "status", "call"],
        Language::Ar => ["المهمة", "الحالة", "القائمة", "الأولوية", "من", "قبل", "الوضع", "الاتصال بـ"],
    };
    let mut text = session.screen.table(&headers, rows);
    let shown = u64::try_from(tasks.len()).unwrap_or(u64::MAX);
    if shown >= u64::from(args.limit) {
        let shown = session.screen.shown(shown, &TASK);
        let _ = write!(text, "\n\n{shown}{}", session.screen.pick("; more with `--limit`", "؛ للمزيد `--limit`"));
    }
    Ok(Answer::new(text, json))
}

async fn find(args: &ListArgs, case: Option<CaseId>, session: &Session) -> Result<Vec<StoredTask>, Failure> {
    let now = session.engine.now();
    let filter = TaskFilter {
        queue: args.queue.clone(),
        status: args.status,
        waiting: args.status.is_none(),
        case,
        due_by: None,
        workable_at: args.ready.then_some(now),
        limit: args.limit,
    };
    Ok(session.store().tasks(&filter).await?)
}

async fn row(stored: &StoredTask, session: &Session) -> Result<Vec<String>, Failure> {
    let task = &stored.task;
    let calendar = match session.store().case(stored.case).await? {
        Some(case) => Some(session.told(&case).await?),
        None => None,
    };
    let moment = |at| calendar.as_ref().map_or_else(String::new, |told| told.teller().moment(at));
    let status = match (&stored.claimed_by, &stored.outcome) {
        (_, Some(outcome)) => outcome.clone(),
        (Some(by), None) if is_waiting(stored) => format!("{} {by}", session.screen.pick("claimed by", "لدى")),
        _ => match session.screen.language {
            // As `--status` takes them.
            Language::En => stored.status.as_str().to_owned(),
            Language::Ar => task_status(stored.status, Language::Ar).to_owned(),
        },
    };
    let to = task.to_name.as_deref().or(task.to.as_deref()).unwrap_or("—").to_owned();
    Ok(vec![
        task.id.to_string(),
        stored.case.reference(),
        task.queue.to_string(),
        priority(task.priority, session.screen).to_owned(),
        moment(task.not_before),
        task.due.map_or_else(|| "—".to_owned(), moment),
        status,
        to,
    ])
}

/// The word for a priority.
pub(super) fn priority(priority: Priority, screen: Screen) -> &'static str {
    match priority {
        Priority::High => screen.pick("high", "عالية"),
        Priority::Normal => screen.pick("normal", "عادية"),
        Priority::Low => screen.pick("low", "منخفضة"),
    }
}

/// Refuses a queue that is not configured.
pub(super) fn check_queue(queue: Option<&str>, session: &Session) -> Result<(), Failure> {
    let known = &session.settings.queues;
    match queue {
        Some(queue) if !known.contains_key(queue) => {
            let failure = Failure::new(Exit::NotFound, format!("there is no queue `{queue}`"));
            Err(failure.maybe_help(did_you_mean(queue, known.keys().map(String::as_str))))
        }
        _ => Ok(()),
    }
}
