//! Cases: what stands where and why, and what a person may do about it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use wasl_core::access::Permission::{ActOnCase, OpenCase, SubmitEvent, ViewCase};
use wasl_core::event::Body;
use wasl_core::search::sought;
use wasl_core::value::{Record, Value};
use wasl_runtime::store::{CaseFilter, MessageFilter, TaskFilter};

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, change, get, post};
use super::shown::{CaseItem, CaseShown, Message, Outcome, Page, Past, Prospect, Task, limited};
use crate::acts::{Act, Asks, Said};
use crate::asked;
use crate::failure::Failure;

/// Calls, messages of one case that are shown with it.
const PARTS_MAX: u32 = 200;
/// Cases of a page unless asked otherwise, and at the most.
const PAGE: u32 = 50;
const PAGE_MAX: u32 = 500;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/cases", ViewCase, "List cases in the order of their opening", list),
        post("/cases", (OpenCase, "case.open"), "Open a case, or find the one that has the same key", open)
            .example(r#"{"workflow": "account-transfer", "data": {"cpr": "530445233", "account_no": "100200"}}"#)
            .makes(),
        get(
            "/cases/{case}",
            ViewCase,
            "Tell one case: what it knows, its calls, messages and history, what comes next",
            show,
        ),
        post("/cases/{case}/events", (SubmitEvent, "case.event"), "Report something that happened to a case", event)
            .example(r#"{"name": "account.transferred", "data": {"heir_cpr": "801234567"}}"#)
            .compared()
            .once(),
        post("/cases/{case}/hold", (ActOnCase, "case.hold"), "Stop a case until it is resumed", hold)
            .example(r#"{"reason": "the family asked for a week of quiet"}"#)
            .compared()
            .once(),
        post("/cases/{case}/resume", (ActOnCase, "case.resume"), "Let a held case go on", resume).compared().once(),
        post("/cases/{case}/close", (ActOnCase, "case.close"), "End a case by hand", close)
            .example(r#"{"outcome": "duplicate", "reason": "the same account as 9TB4M"}"#)
            .compared()
            .once(),
        post("/cases/{case}/retry", (ActOnCase, "case.retry"), "Try again what led to an incident", retry)
            .compared()
            .once(),
        post("/cases/{case}/skip", (ActOnCase, "case.skip"), "Give up what led to an incident and go on", skip)
            .example(r#"{"reason": "the template is mended in the next version"}"#)
            .compared()
            .once(),
        post("/cases/{case}/move", (ActOnCase, "case.move"), "Take a case to a state by hand", to_state)
            .example(r#"{"state": "escalation", "reason": "the family asked for a visit"}"#)
            .compared()
            .once(),
        change("/cases/{case}/preview", ActOnCase, "Say what an act would lead to, and change nothing", preview)
            .example(r#"{"act": "move", "state": "escalation"}"#),
    ]
}

/// Which cases are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only cases of this workflow.
    workflow: Option<String>,
    /// Only cases in this state.
    state: Option<String>,
    /// Only cases that stand so.
    standing: Option<Standing>,
    /// Only cases found by these words: a reference, a name in either script, a number; the beginning is enough. Needs
    /// `see_personal_fields`: they name a person.
    search: Option<String>,
    /// Only cases after this one: `next` of the page before.
    after: Option<String>,
    /// At the most so many; 50 unless given.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<i64>,
}

/// Whether a case moves.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    Open,
    Held,
    Incident,
    Ended,
}

impl Standing {
    /// The word by which the store knows it.
    pub(super) fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// A case that is opened.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// The name of its workflow.
    workflow: String,
    /// What is known, by the names of the workflow's fields.
    data: BTreeMap<String, Json>,
}

/// Something that happened to a case elsewhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Happening {
    /// An event that the workflow declares.
    name: String,
    /// What else is known of it, by the names of the event's fields.
    #[serde(default)]
    data: BTreeMap<String, Json>,
}

/// Why something is done; it stays in the history.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    /// Why.
    #[schemars(length(min = 1))]
    pub(super) reason: String,
}

/// How a case ends by hand.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    /// How it ended, in one word: it is counted in reports.
    #[schemars(length(min = 1))]
    outcome: String,
    /// Why; it stays in the history.
    #[schemars(length(min = 1))]
    reason: String,
}

/// Where a case is taken by hand.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Moving {
    /// A state of the case's version of its workflow.
    #[schemars(length(min = 1))]
    state: String,
    /// Why; it stays in the history.
    #[schemars(length(min = 1))]
    reason: String,
}

/// An act that is only asked about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    /// What would be done.
    act: Act,
    /// Where to, for `move`.
    #[serde(default)]
    state: String,
    /// How it would end, for `close`.
    #[serde(default)]
    outcome: String,
}

async fn list(call: Call<Wanted, Nothing>) -> Answered<Page<CaseItem>> {
    let wanted = &call.query;
    if wanted.search.is_some() {
        call.viewer.may(wasl_core::access::Permission::SeePersonalFields)?;
    }
    let after = match &wanted.after {
        Some(reference) => Some(call.session.case(reference).await?.id),
        None => None,
    };
    let limit = limited(wanted.limit, PAGE, PAGE_MAX)?;
    let filter = CaseFilter {
        workflow: wanted.workflow.clone(),
        state: wanted.state.clone(),
        standing: wanted.standing.map(Standing::word),
        words: wanted.search.as_deref().map(sought).unwrap_or_default(),
        overdue_at: None,
        after,
        limit,
    };
    let cases = call.session.store().cases(&filter).await?;
    let mut items = Vec::with_capacity(cases.len());
    for case in &cases {
        items.push(CaseItem::of(case, &call.session.told(case).await?));
    }
    Ok(Reply::of(Page::of(items, limit, |item| item.reference.clone())))
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<CaseShown> {
    let case = call.case().await?;
    let (session, store) = (&call.session, call.session.store());
    let told = session.told(&case).await?;
    let sees = call.sees([case.id]).await?;
    let filter = MessageFilter { case: Some(case.id), limit: PARTS_MAX, ..MessageFilter::default() };
    let messages = store.messages(&filter).await?.iter().map(|message| Message::of(message, sees)).collect();
    let filter = TaskFilter { case: Some(case.id), limit: PARTS_MAX, ..TaskFilter::default() };
    let tasks = store.tasks(&filter).await?.iter().map(|task| Task::of(task, sees)).collect();
    let (history, history_gone_at) = (store.history(case.id).await?, store.history_gone_at(case.id).await?);
    let explanation = session.engine.explain(&case, session.screen.lang()).await?;
    let shown = CaseShown {
        case: CaseItem::of(&case, &told),
        data: sees.then(|| case.data.iter().map(|(name, value)| (name.clone(), value.to_json())).collect()),
        tasks,
        messages,
        history: history.iter().map(|entry| Past::of(entry, &told, sees)).collect(),
        history_gone_at,
        next: super::shown::Next::of(explanation, sees),
    };
    Ok(Reply::of(shown).etag(case.version.to_string()))
}

async fn open(call: Call<Nothing, Opening>) -> Answered<super::shown::Opened> {
    let Opening { workflow, data } = &call.body;
    let opened = call.session.engine.open_case(workflow, record(data), &call.viewer.who).await?;
    let sees = call.sees([opened.case.id]).await?;
    let told = call.session.told(&opened.case).await?;
    let explanation = call.session.engine.explain(&opened.case, call.session.screen.lang()).await?;
    let answer = super::shown::Opened {
        new: opened.new,
        case: CaseItem::of(&opened.case, &told),
        next: super::shown::Next::of(explanation, sees),
    };
    let reply = Reply::of(answer).etag(opened.case.version.to_string());
    Ok(if opened.new { reply.made() } else { reply })
}

async fn event(call: Call<Nothing, Happening>) -> Answered<Outcome> {
    let case = call.case().await?;
    let body = asked::external(&call.session, &case, &call.body.name, &record(&call.body.data)).await?;
    act(&call, body).await
}

async fn hold(call: Call<Nothing, Reason>) -> Answered<Outcome> {
    act(&call, said(Act::Hold, &call.body.reason)?).await
}

async fn resume(call: Call<Nothing, Nothing>) -> Answered<Outcome> {
    act(&call, Body::Resume).await
}

async fn close(call: Call<Nothing, Closing>) -> Answered<Outcome> {
    let Closing { outcome, reason } = &call.body;
    let said = Said { outcome: outcome.clone(), reason: reason.clone(), ..Said::default() };
    act(&call, Act::Close.body(&said).map_err(lacks)?).await
}

async fn retry(call: Call<Nothing, Nothing>) -> Answered<Outcome> {
    act(&call, Body::Retry).await
}

async fn skip(call: Call<Nothing, Reason>) -> Answered<Outcome> {
    act(&call, said(Act::Skip, &call.body.reason)?).await
}

async fn to_state(call: Call<Nothing, Moving>) -> Answered<Outcome> {
    let Moving { state, reason } = &call.body;
    let said = Said { state: state.clone(), reason: reason.clone(), ..Said::default() };
    act(&call, Act::Move.body(&said).map_err(lacks)?).await
}

/// An act with nothing but its reason.
fn said(act: Act, reason: &str) -> Result<Body, Problem> {
    act.body(&Said { reason: reason.to_owned(), ..Said::default() }).map_err(lacks)
}

async fn preview(call: Call<Nothing, Meant>) -> Answered<Prospect> {
    let Meant { act, state, outcome } = &call.body;
    let said = Said { state: state.clone(), outcome: outcome.clone(), reason: String::new() };
    let body = act.asked(&said).map_err(lacks)?;
    let case = call.case().await?;
    let screen = call.session.screen;
    let prospect = call.session.engine.prospect(&case, &body, screen.lang()).await?.map_err(|reason| {
        let (noun, words) = (screen.pick("case", "الحالة"), screen.pick("would refuse it", "لن تقبله"));
        Problem::of(Status::CONFLICT, format!("{noun} {} {words}: {reason}", case.id.reference()))
    })?;
    let sees = call.sees([case.id]).await?;
    let told = call.session.told(&case).await?;
    Ok(Reply::of(Prospect::of(&prospect, &told, sees)).etag(case.version.to_string()))
}

/// What an act lacks, as a problem.
pub(super) fn lacks(asks: Asks) -> Problem {
    let field = match asks {
        Asks::Reason => "reason",
        Asks::State => "state",
        Asks::Outcome => "outcome",
        Asks::ShorterReason | Asks::OneWord => return Failure::from(asks).into(),
    };
    Problem::of(Status::UNPROCESSABLE_ENTITY, format!("this act cannot be without `{field}`"))
}

/// Tells a case something, and says what it led to.
pub(super) async fn act<B>(call: &Call<Nothing, B>, body: Body) -> Answered<Outcome> {
    let case = call.case().await?;
    let event = if let Some(told) = call.told_before(case.id, |told| told.label() == body.label()).await? {
        told
    } else {
        call.unchanged(&case.version.to_string())?;
        let source_id = call.source_id()?;
        asked::event(&call.session, &case, (&call.source(), &source_id), &call.viewer.who, body)
    };
    // What was compared is compared once more where it counts: with nothing between it and the act.
    let submitted = if call.compares() {
        call.session.engine.submit_as_seen(event, case.version).await?
    } else if call.viewer.account.is_none() {
        Some(call.session.engine.submit_in_turn(event).await?)
    } else {
        Some(call.session.engine.submit(event).await?)
    };
    let Some(submitted) = submitted else {
        return Err(Call::<Nothing, B>::changed(&call.case().await?.version.to_string()));
    };
    Outcome::of(call, &submitted).await
}

/// Values as the workflow's schema reads them.
pub(super) fn record(data: &BTreeMap<String, Json>) -> Record {
    data.iter().map(|(name, value)| (name.clone(), Value::from_json(value))).collect()
}
