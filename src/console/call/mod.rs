//! A call: the page that an agent rings by, and what they do about it. What is shown is [`view`]'s, what an outcome
//! asks for [`form`]'s.

mod form;
mod view;

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::{Case, EffectId};
use wasl_core::lang::Texts;
use wasl_core::words::{Words, sentence};
use wasl_runtime::engine::CallAnswer;
use wasl_runtime::store::{Claiming, HeldAnswer, StoredTask, TaskStatus};

use super::locale::Locale;
use super::page::{Desk, Page, Trouble};
use crate::access;
use crate::asked;
use crate::settings::Language;
use form::Filled;

/// A call with its case.
struct Call {
    stored: StoredTask,
    case: Case,
    /// Whether its agent asked for another one and has this in hand.
    again: bool,
}

impl Call {
    async fn find(desk: &Desk, id: &str) -> Result<Self, Trouble> {
        desk.viewer.may(Permission::AnswerTask)?;
        desk.viewer.may(Permission::SeePersonalFields)?;
        let store = &desk.api.engine.store;
        let stored = store.task(&EffectId(id.into())).await?.ok_or(Trouble::Gone)?;
        let case = store.case(stored.case).await?.ok_or(Trouble::Gone)?;
        Ok(Self { stored, case, again: false })
    }

    fn id(&self) -> &EffectId {
        &self.stored.task.id
    }

    /// Where the case stands, and where the call was planned.
    fn states(&self) -> [&str; 2] {
        [&self.case.state, &self.stored.task.state]
    }

    fn path(&self) -> String {
        format!("/tasks/{}", self.id())
    }

    /// Notes who does what with it, before it is done.
    async fn trace(&self, desk: &Desk, act: &str) -> Result<(), Trouble> {
        let on = access::On { case: Some(self.case.id), subject: Some(&self.id().0) };
        Ok(access::record(&desk.api.engine.store, desk.locale.now, &desk.viewer, act, &[on]).await?)
    }
}

/// How the page of a call was opened.
#[derive(serde::Deserialize)]
pub(super) struct Opened {
    /// By asking for the next call with this one in hand.
    again: Option<String>,
}

/// `GET /tasks/{task}`.
pub(super) async fn show(desk: Desk, Path(id): Path<String>, Query(opened): Query<Opened>) -> Response {
    let result = async {
        let call = Call { again: opened.again.is_some(), ..Call::find(&desk, &id).await? };
        call.trace(&desk, "task.view").await?;
        page(&desk, &call, StatusCode::OK, &Filled::default(), None).await
    };
    let result = result.await;
    desk.answer(result)
}

async fn page(
    desk: &Desk,
    call: &Call,
    status: StatusCode,
    filled: &Filled,
    problem: Option<String>,
) -> Result<Response, Trouble> {
    let context = view::context(desk, call, filled, problem).await?;
    let title = match &call.stored.task.to_name {
        Some(name) => name.to_string(),
        None => call.case.id.reference(),
    };
    let live = Some(format!("/live?case={}&version={}", call.case.id, call.case.version));
    desk.page(status, Page { name: "call.html", title, context, live }).await
}

/// `POST /tasks/{task}/claim`: takes this call, or keeps it a while longer.
pub(super) async fn claim(desk: Desk, Path(id): Path<String>) -> Response {
    let result = async {
        let call = Call::find(&desk, &id).await?;
        call.trace(&desk, "task.claim").await?;
        let refused = match desk.api.engine.claim_call(call.id(), &desk.viewer.user).await? {
            Claiming::NotNow { opens, why } => Some(not_now(&desk.locale, opens, why.as_ref())),
            Claiming::Stopped(_) => Some(
                desk.locale
                    .pick("This case stands still: nobody is rung about it.", "هذه الحالة متوقفة: لا يُتصل بأحد بشأنها.")
                    .to_owned(),
            ),
            _ => None,
        };
        if let Some(words) = refused {
            return page(&desk, &call, StatusCode::CONFLICT, &Filled::default(), Some(words)).await;
        }
        // Where it is in other hands, or over, its page says so.
        Ok(Redirect::to(&call.path()).into_response())
    };
    let result = result.await;
    desk.answer(result)
}

fn not_now(locale: &Locale, opens: Timestamp, why: Option<&Texts>) -> String {
    let (opens, why) = (locale.moment(opens), why.map(|why| why.get(locale.code())).unwrap_or_default());
    match locale.language {
        Language::En => format!("This person may not be rung before {opens}. {why}"),
        Language::Ar => format!("لا يُتصل بهذا الشخص قبل {opens}. {why}"),
    }
}

/// `POST /tasks/{task}/release`: puts it back for a colleague.
pub(super) async fn release(desk: Desk, Path(id): Path<String>) -> Response {
    let result = async {
        let call = Call::find(&desk, &id).await?;
        call.trace(&desk, "task.release").await?;
        desk.api.engine.store.release_task(call.id(), &desk.viewer.user).await?;
        Ok(Redirect::to("/").into_response())
    };
    let result = result.await;
    desk.answer(result)
}

/// `POST /tasks/{task}/undo`: takes an answer back while it is held, and opens the call again; one that was refused is
/// only forgotten.
pub(super) async fn undo(desk: Desk, Path(id): Path<String>) -> Response {
    let result = async {
        let call = Call::find(&desk, &id).await?;
        call.trace(&desk, "task.take_back").await?;
        let back = desk.api.engine.store.take_back_answer(call.id(), &desk.viewer.user).await?;
        let Some(back) = back else { return too_late(&desk, &call).await };
        let open = back.refused.is_none();
        Ok(Redirect::to(if open { call.path() } else { "/".to_owned() }.as_str()).into_response())
    };
    let result = result.await;
    desk.answer(result)
}

/// An answer is no longer to be taken back: the family may have heard of it already.
async fn too_late(desk: &Desk, call: &Call) -> Result<Response, Trouble> {
    let words = match call.stored.status {
        TaskStatus::Answered => desk.locale.pick(
            "Too late to take it back: the case has this answer already, and has gone on. If it is wrong, tell your supervisor.",
            "فات وقت التراجع: وصلت هذه النتيجة إلى الحالة ومضت بها. إن كانت خاطئة فأبلغ مشرفك.",
        ),
        _ => desk.locale.pick("There is no answer of yours to take back.", "ليس لك نتيجة يمكن التراجع عنها."),
    };
    page(desk, call, StatusCode::CONFLICT, &Filled::default(), Some(words.to_owned())).await
}

/// `POST /tasks/{task}/answer`: what came of the call. Held for some seconds before it goes to the case.
pub(super) async fn answer(desk: Desk, Path(id): Path<String>, Form(sent): Form<Vec<(String, String)>>) -> Response {
    let result = async {
        let call = Call::find(&desk, &id).await?;
        take_answer(&desk, &call, Filled::of(sent)).await
    };
    let result = result.await;
    desk.answer(result)
}

async fn take_answer(desk: &Desk, call: &Call, mut filled: Filled) -> Result<Response, Trouble> {
    let locale = &desk.locale;
    let workflow = desk.api.engine.library.version(&call.case.workflow_hash).await?;
    let calendar = desk.api.engine.library.calendar(&workflow.calendar)?;
    let refuse = StatusCode::UNPROCESSABLE_ENTITY;
    let offered = call.stored.task.outcomes.iter().any(|offer| Some(&offer.outcome) == filled.outcome.as_ref());
    let Some(outcome) = filled.outcome.clone().filter(|_| offered) else {
        let words = locale.pick("Choose what came of the call.", "اختر نتيجة المكالمة.");
        return page(desk, call, refuse, &filled, Some(words.to_owned())).await;
    };
    let asks = asked::questions(&workflow, call.states(), &outcome);
    let reading = desk.api.engine.reading(&calendar);
    let answers = filled.answers(&asks, &workflow.languages, &reading, locale);
    if !filled.wrong.is_empty() {
        return page(desk, call, refuse, &filled, None).await;
    }
    let (task, agent, note) = (call.id().clone(), desk.viewer.user.clone(), filled.note());
    let given = CallAnswer { task, agent, outcome, answers, note };
    if let Err(reason) = desk.api.engine.judge_answer(&given, locale.code()).await? {
        return page(desk, call, refuse, &filled, Some(reason)).await;
    }
    call.trace(desk, "task.answer").await?;
    if desk.api.engine.hold_answer(given).await?.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let words = locale.pick(
        "This call is in other hands, or over. What you wrote is still here.",
        "هذه المكالمة لدى غيرك أو انتهت. ما كتبته باق هنا.",
    );
    page(desk, call, StatusCode::CONFLICT, &filled, Some(words.to_owned())).await
}

/// What the viewer has just answered and may take back, and what a case refused, for the top of every page.
pub(super) async fn held_notes(desk: &Desk) -> Result<Json, Trouble> {
    if !desk.viewer.can(Permission::AnswerTask) {
        return Ok(json!([]));
    }
    let mut notes = Vec::new();
    for held in desk.api.engine.store.held_answers(&desk.viewer.user).await? {
        notes.push(held_note(desk, held).await?);
    }
    Ok(Json::Array(notes))
}

async fn held_note(desk: &Desk, held: HeldAnswer) -> Result<Json, Trouble> {
    let left_ms = held.submit_at.duration_since(desk.locale.now).as_millis().max(0);
    let (task, reference) = (held.task.clone(), held.case.reference());
    let stored = desk.api.engine.store.task(&task).await?.ok_or(Trouble::Gone)?;
    let words = outcome_words(desk, &stored, &held.outcome).await?;
    let refused = desk.api.engine.why_refused(&held).await?;
    let refused = refused.map(|reason| sentence(reason.get(desk.locale.code())));
    let leads = match &refused {
        Some(_) => String::new(),
        None => desk.api.engine.judge_answer(&held.into(), desk.locale.code()).await?.unwrap_or_else(|reason| reason),
    };
    let left = (left_ms + 999) / 1000;
    Ok(json!({
        "task": task, "reference": reference, "words": words, "leads": leads, "refused": refused,
        "left_ms": left_ms, "left": left,
    }))
}

/// What an outcome means, in the words of its script and the reader's language.
pub(super) async fn outcome_words(desk: &Desk, stored: &StoredTask, outcome: &str) -> Result<String, Trouble> {
    let Some(case) = desk.api.engine.store.case(stored.case).await? else { return Ok(outcome.to_owned()) };
    let workflow = desk.api.engine.library.version(&case.workflow_hash).await?;
    let environment = desk.api.engine.library.environment();
    let words = Words::new(&workflow, &environment, desk.locale.code());
    let state = workflow.state_named(&stored.task.state).map(|(_, state)| state);
    Ok(words.heard(state, outcome).unwrap_or_else(|| outcome.replace('_', " ")))
}
