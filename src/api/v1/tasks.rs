//! Tasks for people: what waits, the next one, what came of it. The caller is the agent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use wasl_core::access::Permission::{AnswerTask, ViewCase};
use wasl_core::case::EffectId;
use wasl_core::value::Value;
use wasl_runtime::engine::CallAnswer;
use wasl_runtime::store::{Claiming, StoreError, StoredTask, TaskFilter, TaskStatus, Wanted as NextWanted};

use super::call::Call;
use super::cases::record;
use super::messages::known;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, get, post};
use super::shown::{Outcome, Page, Task, limited};
use crate::asked;

/// Tasks of a list unless asked otherwise, and at the most.
const PAGE: u32 = 50;
const PAGE_MAX: u32 = 500;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/tasks", ViewCase, "List tasks in the order of work", list),
        post("/tasks/next", (AnswerTask, "task.next"), "Take the first task that waits, in the order of work", next)
            .example(r#"{"queues": ["complaints"], "languages": ["ar"]}"#),
        get("/tasks/{task}", ViewCase, "Show one task, and what each outcome would lead to", show),
        post(
            "/tasks/{task}/claim",
            (AnswerTask, "task.claim"),
            "Take one task, or keep it for half an hour more",
            claim,
        )
        .compared(),
        post("/tasks/{task}/release", (AnswerTask, "task.release"), "Put a task back for others", release),
        post("/tasks/{task}/answer", (AnswerTask, "task.answer"), "Say what came of it", answer)
            .example(r#"{"outcome": "call_back", "answers": {"when": "2027-05-14 10:00"}, "note": "prefers mornings"}"#)
            .compared(),
    ]
}

/// Which tasks are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only tasks of this queue.
    queue: Option<String>,
    /// Tasks of this status instead of those that wait: `open`, `claimed`, `answered`, `withdrawn`, `suppressed`.
    status: Option<String>,
    /// Only tasks of this case.
    case: Option<String>,
    /// Only tasks that may be worked on now.
    #[serde(default)]
    ready: bool,
    /// At the most so many; 50 unless given.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<i64>,
}

/// Which work an agent wants.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Taking {
    /// Only from these queues; none means every queue.
    #[serde(default)]
    queues: Vec<String>,
    /// Only calls in these languages; none means every language.
    #[serde(default)]
    languages: Vec<String>,
}

/// Work for an agent, if there is any.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskTaken")]
pub(super) struct Given {
    /// The task, theirs for half an hour; `null` if none waits.
    task: Option<Shown>,
    /// Whether they had it in hand already: it has to be answered or released before there is another.
    in_hand: bool,
}

/// A task, and what each outcome would lead to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskShown")]
pub(super) struct Shown {
    task: Task,
    /// By outcome, in a sentence. Personal.
    leads_to: Option<BTreeMap<String, String>>,
}

/// What came of a task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TaskAnswer")]
pub(super) struct Answer {
    /// One of the task's outcomes.
    outcome: String,
    /// What the outcome asks for, by name: a contact is an object with `name`, `mobile`, `relation`; a time is
    /// `2027-05-14 10:00`.
    #[serde(default)]
    answers: BTreeMap<String, Json>,
    /// What else should be known; it stays in the history.
    note: Option<String>,
}

async fn list(call: Call<Wanted, Nothing>) -> Answered<Page<Task>> {
    let wanted = &call.query;
    let case = match &wanted.case {
        Some(reference) => Some(call.session.case(reference).await?.id),
        None => None,
    };
    let status = known(wanted.status.as_deref(), "status", TaskStatus::parse)?;
    let limit = limited(wanted.limit, PAGE, PAGE_MAX)?;
    let workable_at = wanted.ready.then(|| call.session.engine.now());
    let (queue, waiting) = (wanted.queue.clone(), status.is_none());
    let filter = TaskFilter { queue, status, waiting, case, workable_at, limit, ..TaskFilter::default() };
    let tasks = call.session.store().tasks(&filter).await?;
    let sees = call.sees(tasks.iter().map(|task| task.case)).await?;
    Ok(Reply::of(Page::whole(tasks.iter().map(|task| Task::of(task, sees)).collect())))
}

async fn stored<B>(call: &Call<Nothing, B>) -> Result<StoredTask, Problem> {
    let id = EffectId(call.param("task").trim().into());
    let found = call.session.store().task(&id).await?;
    found.ok_or_else(|| StoreError::NoSuchTask(id).into())
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    let task = stored(&call).await?;
    shown(&call, &task).await
}

async fn shown<B>(call: &Call<Nothing, B>, stored: &StoredTask) -> Answered<Shown> {
    let sees = call.sees([stored.case]).await?;
    let (etag, leads_to) = (version_of(call, stored).await?, leads(call, stored, sees).await?);
    Ok(Reply::of(Shown { task: Task::of(stored, sees), leads_to }).etag(etag))
}

/// What each outcome would lead to, while it still can.
async fn leads<B>(
    call: &Call<Nothing, B>,
    stored: &StoredTask,
    sees: bool,
) -> Result<Option<BTreeMap<String, String>>, Problem> {
    let case = call.session.store().case(stored.case).await?;
    let Some(case) = case.filter(|_| sees && is_waiting(stored)) else { return Ok(None) };
    let explanation = call.session.engine.explain(&case, call.session.screen.lang()).await?;
    let of_call = explanation.possible.into_iter().filter_map(|possible| {
        let outcome = possible.event.strip_prefix("call.")?.to_owned();
        Some((outcome, possible.leads_to))
    });
    Ok(Some(of_call.collect()))
}

fn is_waiting(task: &StoredTask) -> bool {
    matches!(task.status, TaskStatus::Open | TaskStatus::Claimed)
}

/// A task changes with its case, and by itself when it is taken.
async fn version_of<B>(call: &Call<Nothing, B>, stored: &StoredTask) -> Result<String, Problem> {
    let case = call.session.store().case(stored.case).await?;
    let by = stored.claimed_by.as_deref().unwrap_or("nobody");
    Ok(format!("{}-{}-{by}", case.map_or(0, |case| case.version), stored.status.as_str()))
}

async fn next(call: Call<Nothing, Taking>) -> Answered<Given> {
    let Taking { queues, languages } = &call.body;
    let wanted = NextWanted { agent: &call.viewer.user, queues, languages };
    let Some(next) = call.session.engine.next_call(wanted).await? else {
        return Ok(Reply::of(Given { task: None, in_hand: false }));
    };
    let Reply { body, etag, status } = shown(&call, &next.task).await?;
    Ok(Reply { body: Given { task: Some(body), in_hand: next.in_hand }, etag, status })
}

async fn claim(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    let task = stored(&call).await?;
    call.unchanged(&version_of(&call, &task).await?)?;
    match call.session.engine.claim_call(&task.task.id, &call.viewer.user).await? {
        Claiming::Yours(task) => shown(&call, &task).await,
        Claiming::Taken { by, until } => Err(taken(&task, &by, until)),
        Claiming::Over(status) => {
            let words = format!("task `{}` is no work any more: {}", task.task.id, status.as_str());
            Err(Problem::of(Status::CONFLICT, words))
        }
        Claiming::Stopped(standing) => {
            let words = format!("nobody is rung about task `{}`: its case is {standing}", task.task.id);
            Err(Problem::of(Status::CONFLICT, words).help("take another with `POST /tasks/next`"))
        }
        Claiming::NotNow { opens, why } => {
            let why = why.map(|why| format!(": {}", why.get(call.session.screen.lang()))).unwrap_or_default();
            let words = format!("task `{}` may not be rung before {opens}{why}", task.task.id);
            Err(Problem::of(Status::CONFLICT, words).help("take another with `POST /tasks/next`"))
        }
    }
}

fn taken(task: &StoredTask, by: &str, until: Timestamp) -> Problem {
    Problem::of(Status::CONFLICT, format!("{by} is on task `{}` until {until}", task.task.id))
        .help("take another with `POST /tasks/next`")
}

async fn release(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    let task = stored(&call).await?;
    if !call.session.store().release_task(&task.task.id, &call.viewer.user).await? {
        return Err(Problem::of(Status::CONFLICT, format!("task `{}` is not in your hands", task.task.id)));
    }
    shown(&call, &stored(&call).await?).await
}

async fn answer(call: Call<Nothing, Answer>) -> Answered<Outcome> {
    let task = stored(&call).await?;
    call.unchanged(&version_of(&call, &task).await?)?;
    let (engine, agent) = (&call.session.engine, call.viewer.user.clone());
    if let (Some(by), Some(until)) = (&task.claimed_by, task.claim_expires)
        && is_waiting(&task)
        && *by != agent
        && until > engine.now()
    {
        return Err(taken(&task, by, until));
    }
    let Answer { outcome, answers, note } = &call.body;
    let answers = record(answers);
    complete(&task, outcome, |name| answers.get(name).is_none_or(Value::is_null))?;
    let misnamed = asked::misnamed(engine, &task, (outcome, &answers), "en").await?;
    if !misnamed.is_empty() {
        let words = "nobody can be reached by what was given";
        return Err(Problem::of(Status::UNPROCESSABLE_ENTITY, words).help(misnamed.join("; ")));
    }
    let (task, outcome, note) = (task.task.id.clone(), outcome.clone(), note.clone());
    let submitted = engine.answer_call(&CallAnswer { task, agent, outcome, answers, note }).await?;
    Outcome::of(&call, &submitted).await
}

/// Refuses an outcome that there is not, or that lacks what it asks for.
fn complete(task: &StoredTask, outcome: &str, missing: impl Fn(&str) -> bool) -> Result<(), Problem> {
    let offers = &task.task.outcomes;
    let Some(offer) = offers.iter().find(|offer| offer.outcome == outcome) else {
        let words = format!("`{outcome}` is not an outcome of task `{}`", task.task.id);
        let known: Vec<&str> = offers.iter().map(|offer| offer.outcome.as_str()).collect();
        return Err(Problem::of(Status::UNPROCESSABLE_ENTITY, words).help(asked::one_of(outcome, &known, "en")));
    };
    let missing = offer.ask.iter().filter(|question| !question.optional && missing(&question.name));
    let missing: Vec<String> = missing.map(|question| format!("`{}` ({})", question.name, question.ty)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::of(Status::UNPROCESSABLE_ENTITY, format!("`{outcome}` asks for more")).help(missing.join("; ")))
}
