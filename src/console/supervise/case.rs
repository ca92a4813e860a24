//! One case: where it stands and why, what comes next and what each thing would do, everything that was said and done,
//! and what a person may do about it.

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::{Case, Standing};
use wasl_core::definition::Workflow;
use wasl_core::delivery::Channel;
use wasl_core::event::Body;
use wasl_core::history::{Entry, Teller};
use wasl_core::value::{Record, Value};
use wasl_core::words::{Words, raised};
use wasl_runtime::store::{MessageFilter, StoredMessage, StoredTask, TaskFilter, TaskStatus};

use super::parts;
use crate::access;
use crate::acts;
use crate::asked;
use crate::console::locale::Locale;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::workflows::sizes::PART;
use crate::failure::Exit;
use crate::words;

/// Messages and calls of one case; more is no story any more.
const PARTS_MAX: u32 = 200;
/// The first digits of a version, as people compare them.
const HASH_DIGITS: usize = 12;

/// What somebody does.
#[derive(Debug, Deserialize)]
pub(super) struct Act {
    #[serde(rename = "act")]
    does: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    event: String,
}

/// Whether something was just done.
#[derive(Debug, Deserialize)]
pub(super) struct After {
    done: Option<String>,
}

/// `GET /cases/{reference}`.
pub(super) async fn show(desk: Desk, Path(reference): Path<String>, Query(after): Query<After>) -> Response {
    let result = async {
        let case = find(&desk, &reference).await?;
        let done = after.done.map(|_| desk.locale.pick("Done.", "تم.").to_owned());
        page(&desk, &case, StatusCode::OK, (done, None)).await
    };
    let result = result.await;
    desk.answer(result)
}

async fn find(desk: &Desk, reference: &str) -> Result<Case, Trouble> {
    desk.viewer.may(Permission::ViewCase)?;
    let case = desk.api.engine.store.case_by_reference(reference).await?.ok_or(Trouble::Gone)?;
    if desk.viewer.can(Permission::SeePersonalFields) {
        let on = [case.id.into()];
        access::record(&desk.api.engine.store, desk.locale.now, &desk.viewer, "case.view", &on).await?;
    }
    Ok(case)
}

async fn page(
    desk: &Desk,
    case: &Case,
    status: StatusCode,
    (done, problem): (Option<String>, Option<String>),
) -> Result<Response, Trouble> {
    let (engine, locale) = (&desk.api.engine, &desk.locale);
    let personal = desk.viewer.can(Permission::SeePersonalFields);
    let workflow = engine.library.version(&case.workflow_hash).await?;
    let calendar = engine.library.calendar(&workflow.calendar)?;
    let teller = Teller { workflow: &workflow, calendar: &calendar, language: locale.code() };
    let explanation = engine.explain(case, locale.code()).await?;
    let history = engine.store.history(case.id).await?;
    let filter = MessageFilter { case: Some(case.id), limit: PARTS_MAX, ..MessageFilter::default() };
    let messages = engine.store.messages(&filter).await?;
    let filter = TaskFilter { case: Some(case.id), limit: PARTS_MAX, ..TaskFilter::default() };
    let mut tasks = engine.store.tasks(&filter).await?;
    tasks.sort_by_key(|task| std::cmp::Reverse(task.task.planned_at));
    let (standing, tone) = parts::standing(case, locale);
    let title = if workflow.title.is_empty() { &workflow.name } else { workflow.title.get(locale.code()) };
    let sentences = history.iter().rev();
    // Names stand within sentences: who may not see them reads the same without.
    let somebody = locale.pick("a contact", "جهة الاتصال");
    let sentence = |entry: &Entry| {
        raised(&if personal { teller.sentence(entry) } else { teller.sentence(&entry.anonymous(somebody)) })
    };
    let environment = engine.library.environment();
    let words = Words::new(&workflow, &environment, locale.code());
    let stands = workflow.state_named(&case.state).map(|(_, state)| state);
    let notes = crate::retention::notes(case, &desk.api.session.speaking(locale.language)).await?;
    let context = json!({
        "reference": case.id.reference(), "about": parts::about(case, locale).filter(|_| personal), "workflow": title,
        "workflow_name": workflow.name, "version": case.workflow_hash.get(..HASH_DIGITS),
        "opened": locale.moment(case.opened_at), "standing_word": standing, "tone": tone,
        "standing": if personal { raised(&explanation.standing) } else { teller.state(&case.state) }, "planned": if personal { explanation.planned } else { Vec::new() },
        "deadlines": explanation.deadlines.iter()
            .map(|deadline| json!({"due": locale.moment(deadline.due), "why": deadline.why, "leads": if personal { deadline.leads_to.as_str() } else { "" }}))
            .collect::<Vec<_>>(),
        "possible": explanation.possible.iter()
            .map(|possible| json!({"event": possible.event, "title": words.event_label(stands, &possible.event), "leads": if personal { possible.leads_to.as_str() } else { "" }}))
            .collect::<Vec<_>>(),
        "history": sentences.map(|entry| json!({"at": locale.moment(entry.at), "words": sentence(entry)})).collect::<Vec<_>>(),
        "messages": messages.iter().map(|stored| message(stored, locale, personal)).collect::<Vec<_>>(),
        "tasks": tasks.iter().map(|stored| task(desk, &workflow, stored, personal)).collect::<Vec<_>>(),
        "facts": if personal { facts(case, &workflow, locale) } else { json!([]) },
        "acts": offers(desk, case, &workflow), "events": events(&workflow, locale), "states": states(&workflow, locale), "done": done, "problem": problem,
        "notes": notes,
    });
    let live = Some(format!("/live?case={}&version={}", case.id, case.version));
    desk.page(status, Page { name: "case.html", title: case.id.reference(), context, live }).await
}

fn message(stored: &StoredMessage, locale: &Locale, personal: bool) -> Json {
    let message = &stored.message;
    let (status, tone) = parts::message_status(stored.status, locale);
    let why = match &message.suppressed {
        Some(rule) => Some(rule.words(locale.code())),
        None => message.why.as_ref().map(|why| why.get(locale.code()).to_owned()),
    };
    let at = stored.sent_at.unwrap_or(message.not_before);
    let parts_of =
        (message.channel == Channel::Sms && message.segments > 0).then(|| locale.count(message.segments.into(), &PART));
    json!({
        "channel": parts::channel(message.channel, locale), "template": message.template, "status": status, "tone": tone,
        "to": personal.then(|| message.to_name.clone().unwrap_or_else(|| message.to.clone())),
        "when": locale.moment(at), "parts": parts_of, "why": why, "language": message.language,
        "dir": if message.language == "ar" { "rtl" } else { "ltr" },
        "text": personal.then(|| match &message.subject {
            Some(subject) => format!("{subject}\n\n{}", message.text),
            None => message.text.clone(),
        }),
    })
}

fn task(desk: &Desk, workflow: &Workflow, stored: &StoredTask, personal: bool) -> Json {
    let (locale, task) = (&desk.locale, &stored.task);
    let (status, tone) = parts::task_status(stored.status, locale);
    let environment = desk.api.engine.library.environment();
    let queue =
        environment.queues.get(task.queue.as_str()).map_or(task.queue.as_str(), |title| title.get(locale.code()));
    let words = Words::new(workflow, &environment, locale.code());
    let state = workflow.state_named(&task.state).map(|(_, state)| state);
    let outcome = stored.outcome.as_ref().map(|outcome| words.heard(state, outcome).unwrap_or_else(|| outcome.clone()));
    let whom = task.to_name.as_deref().filter(|_| personal).unwrap_or(queue);
    let at = stored.answered_at.unwrap_or(task.not_before);
    let by = stored.answered_by.as_deref().map(|by| by.trim_start_matches("agent:"));
    let when = [Some(locale.moment(at)), by.map(str::to_owned), outcome].into_iter().flatten().collect::<Vec<_>>();
    let waits = matches!(stored.status, TaskStatus::Open | TaskStatus::Claimed);
    json!({
        "id": task.id, "what": whom, "when": when.join(" · "), "note": stored.note.as_ref().filter(|_| personal),
        "status": status, "tone": tone, "link": waits && desk.viewer.can(Permission::AnswerTask),
    })
}

/// What the case knows, field by field.
fn facts(case: &Case, workflow: &Workflow, locale: &Locale) -> Json {
    let known = workflow.case.fields.fields.iter().filter(|field| !case.field(&field.name).is_null());
    let fact = |field: &wasl_core::schema::Field| {
        let name = if field.title.is_empty() {
            field.name.replace('_', " ")
        } else {
            field.title.get(locale.code()).to_owned()
        };
        json!({"name": name, "lines": lines(case.field(&field.name), locale)})
    };
    known.map(fact).collect()
}

fn lines(value: &Value, locale: &Locale) -> Vec<String> {
    match value {
        Value::List(items) if items.is_empty() => vec!["—".into()],
        Value::List(items) => items.iter().flat_map(|item| lines(item, locale)).collect(),
        Value::Record(members) => vec![words::contact(members, locale.language)],
        Value::Date(day) => {
            let hijri = locale.hijri(*day).map(|hijri| format!(" · {hijri}")).unwrap_or_default();
            vec![format!("{}{hijri}", locale.day(*day))]
        }
        Value::Time(at) => vec![locale.moment(*at)],
        Value::Text(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Bool(_) | Value::Int(_) => vec![value.to_json().to_string()],
    }
}

fn events(workflow: &Workflow, locale: &Locale) -> Json {
    let plain = workflow.events.iter().filter(|(_, event)| event.fields.fields.iter().all(|field| field.optional));
    let event = |(name, event): (&String, &wasl_core::definition::EventDecl)| {
        let title = if event.title.is_empty() { name.clone() } else { event.title.get(locale.code()).to_owned() };
        json!({"name": name, "title": title})
    };
    plain.map(event).collect()
}

/// Where the case may be moved.
fn states(workflow: &Workflow, locale: &Locale) -> Json {
    let titled = |state: &wasl_core::definition::State| {
        if state.title.is_empty() { state.name.to_string() } else { state.title.get(locale.code()).to_owned() }
    };
    workflow.states.iter().map(|state| json!({"name": state.name, "title": titled(state)})).collect()
}

/// What may be done as the case stands: name, titles, what it does, and what it asks for.
fn offers(desk: &Desk, case: &Case, workflow: &Workflow) -> Json {
    let locale = &desk.locale;
    let act = |name: &str, title: (&str, &str), about: (&str, &str), asks: &str, tone: &str| {
        json!({
            "name": name, "title": locale.pick(title.0, title.1), "about": locale.pick(about.0, about.1), "tone": tone,
            "asks_reason": asks.contains("reason"), "asks_outcome": asks.contains("outcome"),
            "asks_event": asks.contains("event"), "asks_state": asks.contains("state"),
        })
    };
    let mut all = Vec::new();
    let (may_act, may_tell) = (desk.viewer.can(Permission::ActOnCase), desk.viewer.can(Permission::SubmitEvent));
    if may_act && matches!(case.standing, Standing::Incident(_)) {
        all.push(act(
            "retry",
            ("Try again", "أعد المحاولة"),
            ("What failed is tried once more; mend its cause first.", "يُعاد ما تعثر؛ فأصلح سببه أولا."),
            "",
            "main",
        ));
        all.push(act(
            "skip",
            ("Give it up and go on", "تخطَّه وامض"),
            ("What failed is left undone, and the case goes on.", "يُترك ما تعثر، وتمضي الحالة."),
            "reason",
            "bad",
        ));
    }
    if may_act && matches!(case.standing, Standing::Held { .. }) {
        all.push(act(
            "resume",
            ("Let it go on", "دعها تمضي"),
            ("What fell due meanwhile happens now, once.", "ما حل موعده أثناء الإيقاف يحدث الآن مرة واحدة."),
            "",
            "main",
        ));
    }
    if may_tell && !events(workflow, locale).as_array().is_none_or(Vec::is_empty) {
        all.push(act(
            "event",
            ("Tell it what happened", "أبلغها بما حدث"),
            ("For what another section reports by phone or paper.", "لما يبلغ به قسم آخر هاتفيا أو ورقيا."),
            "event",
            "main",
        ));
    }
    if may_act && case.standing == Standing::Open {
        all.push(act(
            "hold",
            ("Hold it", "أوقفها"),
            ("Nothing is sent and nothing falls due until it is resumed.", "لا يُرسل شيء ولا يحل موعد حتى تُستأنف."),
            "reason",
            "bad",
        ));
    }
    if may_act && !case.is_ended() {
        all.extend(ways_out(&act));
    }
    Json::Array(all)
}

/// Makes the form of an act: name, title, what it does, what it asks for, tone.
type Formed<'a> = dyn Fn(&str, (&str, &str), (&str, &str), &str, &str) -> Json + 'a;

/// What takes any case elsewhere that is not over.
fn ways_out(act: &Formed<'_>) -> [Json; 2] {
    [
        act(
            "move",
            ("Move it to another state", "انقلها إلى مرحلة أخرى"),
            (
                "You see what it leads to before anything happens; then you say why.",
                "ترى ما يترتب عليه قبل أن يحدث شيء، ثم تذكر السبب.",
            ),
            "state",
            "main",
        ),
        act(
            "close",
            ("End it", "أنهها"),
            ("What has not left is withdrawn; the case is over.", "يُسحب ما لم يخرج، وتنتهي الحالة."),
            "outcome reason",
            "bad",
        ),
    ]
}

/// `POST /cases/{reference}/act`.
pub(super) async fn act(desk: Desk, Path(reference): Path<String>, Form(act): Form<Act>) -> Response {
    let result = take(&desk, &reference, act).await;
    desk.answer(result)
}

async fn take(desk: &Desk, reference: &str, act: Act) -> Result<Response, Trouble> {
    let case = find(desk, reference).await?;
    let needed = if act.does == "event" { Permission::SubmitEvent } else { Permission::ActOnCase };
    desk.viewer.may(needed)?;
    let body = match meant(desk, &case, act).await? {
        Ok(body) => body,
        Err(words) => return page(desk, &case, StatusCode::UNPROCESSABLE_ENTITY, (None, Some(words))).await,
    };
    let submitted = parts::submit(desk, &case, body).await?;
    match parts::refusal(&submitted.disposition, &desk.locale) {
        None => Ok(Redirect::to(&format!("/cases/{}?done=1", case.id.reference())).into_response()),
        Some(words) => page(desk, &submitted.case, StatusCode::CONFLICT, (None, Some(words))).await,
    }
}

/// What a form means, or why it means nothing that can be done.
async fn meant(desk: &Desk, case: &Case, act: Act) -> Result<Result<Body, String>, Trouble> {
    if act.does == "event" {
        return told(desk, case, &act.event).await;
    }
    let does = acts::Act::parse(&act.does).ok_or(Trouble::Gone)?;
    let said = acts::Said { reason: act.reason, state: String::new(), outcome: act.outcome };
    Ok(does.body(&said).map_err(|lacking| lacking.words(desk.locale.language)))
}

/// An event that the workflow declares; a word that it does not is nobody's to write into the trace.
async fn told(desk: &Desk, case: &Case, name: &str) -> Result<Result<Body, String>, Trouble> {
    let failure = match asked::external(&desk.api.session, case, name, &Record::new()).await {
        Ok(body) => return Ok(Ok(body)),
        Err(failure) => failure,
    };
    let locale = &desk.locale;
    let words = match failure.exit {
        Exit::NotFound => locale.pick(
            "Choose what happened: the workflow of this case has no such event.",
            "اختر ما حدث: ليس في مسار عمل هذه الحالة حدث كهذا.",
        ),
        Exit::Refused => locale.pick(
            "This event comes with values, which cannot be written here: report it with `wasl case event`.",
            "لهذا الحدث قيم لا تُكتب هنا: أبلغ به بالأمر `wasl case event`.",
        ),
        _ => return Err(Trouble::Failed(failure.to_string().into())),
    };
    Ok(Err(words.to_owned()))
}
