//! `task next` and `task claim`: work that one agent takes, so that no family is rung twice.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wasl_core::case::EffectId;
use wasl_core::lang::Texts;
use wasl_runtime::store::{Claiming, StoredTask, TaskStatus, Wanted};

use super::list::check_queue;
use super::{Agent, brief, find};
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Language;
use crate::words;

/// `task next`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl task next --agent huda
  wasl task next --agent ali --queue supervisors
  wasl task next --agent sara --language en

First comes what was promised to a family, your own promises before those of others; then what is urgent; then where a
day of delay costs the family most (config/tariffs); then what is due first. The task is yours for 30 minutes;
`wasl task claim` prolongs it. Whoever has one in hand gets that one: answer it, or put it back with `wasl task release`.")]
pub(crate) struct NextArgs {
    #[command(flatten)]
    agent: Agent,
    /// Only from this queue; may be given several times
    #[arg(long, value_name = "QUEUE")]
    queue: Vec<String>,
    /// Only calls in this language; may be given several times
    #[arg(long, value_name = "LANGUAGE")]
    language: Vec<String>,
}

/// `task claim`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl task claim 17.2.0 --agent huda

The task is yours for 30 minutes; claiming it again prolongs it.")]
pub(crate) struct ClaimArgs {
    /// The task, as `task list` names it
    #[arg(value_name = "TASK")]
    task: String,
    #[command(flatten)]
    agent: Agent,
}

/// `task release`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl task release 17.2.0 --agent huda

What `wasl task next` or `wasl task claim` took goes back, for a colleague to take.")]
pub(crate) struct ReleaseArgs {
    /// The task, as `task list` names it
    #[arg(value_name = "TASK")]
    task: String,
    #[command(flatten)]
    agent: Agent,
}

/// Gives the agent the most urgent task, and all that is needed to make the call.
pub(super) async fn run(args: &NextArgs, session: &Session) -> Result<Answer, Failure> {
    for queue in &args.queue {
        check_queue(Some(queue), session)?;
    }
    let agent = args.agent.name(session.screen)?;
    let wanted = Wanted { agent: &agent, queues: &args.queue, languages: &args.language };
    match session.engine.next_call(wanted).await? {
        Some(next) => {
            let mut answer = brief::answer(&next.task, session, Some(&agent)).await?;
            answer.json["in_hand"] = next.in_hand.into();
            if next.in_hand {
                answer.text = format!("{}\n\n{}", in_hand(&next.task.task.id, &agent, session.screen), answer.text);
            }
            Ok(answer)
        }
        None => Ok(Answer::new(nothing_waits(&args.queue, session).await?, Json::Null)),
    }
}

/// Why somebody who asks for the next call gets one that they know.
fn in_hand(task: &EffectId, agent: &str, screen: Screen) -> String {
    let (en, ar) = (
        "You have this one in hand already. Answer it, or put it back for a colleague:",
        "هذه المهمة بيدك من قبل. سجّل نتيجتها أو أعدها لزميل:",
    );
    format!("{} wasl task release {task} --agent {agent}", screen.pick(en, ar))
}

/// Gives the agent one task.
pub(super) async fn claim(args: &ClaimArgs, session: &Session) -> Result<Answer, Failure> {
    let agent = args.agent.name(session.screen)?;
    let task = find(&args.task, session).await?;
    match session.engine.claim_call(&task.task.id, &agent).await? {
        Claiming::Yours(task) => brief::answer(&task, session, Some(&agent)).await,
        Claiming::Taken { by, until } => Err(taken(&task, &by, until, session).await?),
        Claiming::Over(status) => Err(over(&args.task, status, session.screen)),
        Claiming::Stopped(standing) => Err(stopped(&args.task, standing, session.screen)),
        Claiming::NotNow { opens, why } => Err(not_now(&task, opens, why.as_ref(), session).await?),
    }
}

fn over(task: &str, status: TaskStatus, screen: Screen) -> Failure {
    let status = words::task_status(status, screen.language);
    let message = match screen.language {
        Language::En => format!("task `{task}` is no work any more: {status}"),
        Language::Ar => format!("لم تعد المهمة `{task}` عملا ينتظر أحدا: {status}"),
    };
    Failure::new(Exit::Refused, message)
}

fn stopped(task: &str, standing: &str, screen: Screen) -> Failure {
    let message = match (screen.language, standing) {
        (Language::En, standing) => format!("nobody is rung about task `{task}`: its case is {standing}"),
        (Language::Ar, "held") => format!("لا يُتصل بأحد من أجل المهمة `{task}`: حالتها موقوفة"),
        (Language::Ar, "incident") => format!("لا يُتصل بأحد من أجل المهمة `{task}`: حالتها متعثرة"),
        (Language::Ar, _) => format!("لا يُتصل بأحد من أجل المهمة `{task}`: حالتها لم تعد مفتوحة"),
    };
    Failure::new(Exit::Refused, message).help(another(screen))
}

fn another(screen: Screen) -> &'static str {
    screen.pick("take another with `wasl task next`", "خذ غيرها بالأمر `wasl task next`")
}

/// Puts a task back for others.
pub(super) async fn release(args: &ReleaseArgs, session: &Session) -> Result<Answer, Failure> {
    let agent = args.agent.name(session.screen)?;
    let task = find(&args.task, session).await?;
    let id = &task.task.id;
    if !session.store().release_task(id, &agent).await? {
        let (message, help) = match session.screen.language {
            Language::En => {
                (format!("task `{id}` is not in the hands of {agent}"), format!("see `wasl task show {id}`"))
            }
            Language::Ar => (format!("ليست المهمة `{id}` بيد {agent}"), format!("انظر `wasl task show {id}`")),
        };
        return Err(Failure::new(Exit::Refused, message).help(help));
    }
    let words = session.screen.pick("is back in its queue", "عادت إلى قائمتها");
    Ok(Answer::new(format!("{id} {words}"), json!({"released": id})))
}

/// Somebody else is on it.
pub(super) async fn taken(
    task: &StoredTask,
    by: &str,
    until: Timestamp,
    session: &Session,
) -> Result<Failure, Failure> {
    let until = match session.store().case(task.case).await? {
        Some(case) => session.told(&case).await?.teller().moment(until),
        None => until.to_string(),
    };
    let message = match session.screen.language {
        Language::En => format!("{by} is on task `{}` until {until}", task.task.id),
        Language::Ar => format!("المهمة `{}` بيد {by} حتى {until}", task.task.id),
    };
    Ok(Failure::new(Exit::Refused, message).help(another(session.screen)))
}

/// The rules do not let the person be rung now.
async fn not_now(
    task: &StoredTask,
    opens: Timestamp,
    why: Option<&Texts>,
    session: &Session,
) -> Result<Failure, Failure> {
    let opens = match session.store().case(task.case).await? {
        Some(case) => session.told(&case).await?.teller().moment(opens),
        None => opens.to_string(),
    };
    let why = why.map(|why| format!(": {}", why.get(session.screen.lang()))).unwrap_or_default();
    let (message, help) = match session.screen.language {
        Language::En => (
            format!("task `{}` may not be rung before {opens}{why}", task.task.id),
            format!("it opens by itself then; {}", another(session.screen)),
        ),
        Language::Ar => (
            format!("لا يُتصل من أجل المهمة `{}` قبل {opens}{why}", task.task.id),
            format!("تُفتح حينئذ من نفسها؛ {}", another(session.screen)),
        ),
    };
    Ok(Failure::new(Exit::Refused, message).help(help))
}

/// Why there is no work now, and when there will be.
pub(super) async fn nothing_waits(queues: &[String], session: &Session) -> Result<String, Failure> {
    let wanted = Wanted { agent: "", queues, languages: &[] };
    let opens = session.store().next_opening(wanted, session.engine.now()).await?;
    let screen = session.screen;
    let queues = queues.join(", ");
    let here = if queues.is_empty() { String::new() } else { format!(" {} {queues}", screen.pick("in", "في")) };
    let nothing = format!("{}{here}", screen.pick("no call is waiting", "لا توجد مكالمة تنتظر الآن"));
    let Some(opens) = opens else {
        return Ok(format!("{nothing}{}", screen.pick(", and none is planned", "، ولا مكالمة مخططة")));
    };
    let moment = session.moment(opens);
    Ok(format!("{nothing}{} {moment}", screen.pick("; the next one opens", "؛ التالية تفتح في")))
}
