//! `case show`.

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use wasl_core::case::Case;
use wasl_core::value::Value;
use wasl_runtime::store::{MessageFilter, StoredMessage, StoredTask, TaskFilter};

use super::list::to_json;
use super::points;
use crate::cli::session::{Session, Told};
use crate::cli::{message, task};
use crate::failure::Failure;
use crate::output::{Answer, Screen, facts};
use crate::retention;
use crate::settings::Language;
use crate::words;

/// More messages or calls of one case than this are no story any more.
const PARTS_MAX: u32 = 200;

/// Tells a case.
pub(super) async fn run(case: &Case, session: &Session) -> Result<Answer, Failure> {
    let told = session.told(case).await?;
    let explanation = session.engine.explain(case, session.screen.lang()).await?;
    let history = session.store().history(case.id).await?;
    let filter = MessageFilter { case: Some(case.id), limit: PARTS_MAX, ..MessageFilter::default() };
    let mut messages = session.store().messages(&filter).await?;
    messages.reverse();
    let filter = TaskFilter { case: Some(case.id), limit: PARTS_MAX, ..TaskFilter::default() };
    let mut tasks = session.store().tasks(&filter).await?;
    tasks.sort_by_key(|task| (task.task.planned_at, task.task.id.clone()));

    let story: Vec<(String, String)> =
        history.iter().map(|entry| (told.teller().moment(entry.at), told.teller().sentence(entry))).collect();
    let screen = session.screen;
    let mut parts = vec![format!("{}: {}", screen.heading(&case.id.reference()), explanation.standing)];
    let notes = retention::notes(case, session).await?;
    if !notes.is_empty() {
        parts.push(notes.join("\n"));
    }
    if !case.data.is_empty() {
        parts.push(screen.part("Facts", "البيانات", &indent(&fields(case, &told, screen))));
    }
    let known = points::lines(case, &told, screen);
    if !known.is_empty() {
        parts.push(screen.part(
            "Contact points, in the order in which they are tried",
            "وسائل الاتصال بحسب ترتيب المحاولة",
            &known.join("\n"),
        ));
    }
    if !tasks.is_empty() {
        let lines: Vec<String> = tasks.iter().map(|task| call_line(task, &told, screen)).collect();
        parts.push(screen.part("Calls", "المكالمات", &lines.join("\n")));
    }
    if !messages.is_empty() {
        let lines: Vec<String> = messages.iter().map(|message| message_line(message, &told, screen)).collect();
        parts.push(screen.part("Messages", "الرسائل", &lines.join("\n")));
    }
    let lines: Vec<String> = story.iter().map(|(at, sentence)| format!("  {at}  {sentence}")).collect();
    if !lines.is_empty() {
        parts.push(screen.part("History", "السجل", &lines.join("\n")));
    }
    if !case.is_ended() {
        parts.push(format!(
            "{}: wasl case explain {}",
            screen.pick("What comes next", "ما يأتي بعد ذلك"),
            case.id.reference()
        ));
    }

    let json = json!({
        "case": to_json(case),
        "data": case.data.iter().map(|(name, value)| (name.clone(), value.to_json())).collect::<serde_json::Map<_, _>>(),
        "points": points::to_json(case),
        "tasks": tasks.iter().map(task::to_json).collect::<Json>(),
        "messages": messages.iter().map(message::to_json).collect::<Json>(),
        "history": history.iter().zip(&story)
            .map(|(entry, (_, sentence))| json!({"at": entry.at, "state": entry.state, "sentence": sentence, "entry": entry}))
            .collect::<Json>(),
        "explanation": explanation,
    });
    Ok(Answer::new(parts.join("\n\n"), json))
}

/// What the case knows, under the names that people give it.
fn fields(case: &Case, told: &Told, screen: Screen) -> String {
    let language = told.teller().language;
    let known = told.workflow.case.fields.fields.iter().filter_map(|field| {
        let value = case.data.get(&field.name).filter(|value| !value.is_null())?;
        let name = if field.title.is_empty() { field.name.as_str() } else { field.title.get(language) };
        Some((name, shown(value, screen, &|at| told.teller().moment(at))))
    });
    facts(&known.collect::<Vec<_>>())
}

/// A value as people read it.
fn shown(value: &Value, screen: Screen, moment: &dyn Fn(Timestamp) -> String) -> String {
    match value {
        Value::Null => "—".into(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::List(items) if items.is_empty() => screen.pick("none", "لا يوجد").into(),
        Value::List(items) => items.iter().map(|item| shown(item, screen, moment)).collect::<Vec<_>>().join(" | "),
        Value::Record(members) => words::contact(members, screen.language),
        Value::Bool(truth) => if *truth { screen.pick("yes", "نعم") } else { screen.pick("no", "لا") }.into(),
        Value::Time(at) => moment(*at),
        Value::Int(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
    }
}

fn call_line(task: &StoredTask, told: &Told, screen: Screen) -> String {
    let call = &task.task;
    let to = call
        .to_name
        .as_deref()
        .or(call.to.as_deref())
        .unwrap_or_else(|| screen.pick("nobody in particular", "دون جهة محددة"));
    let (teller, stands) = (told.teller(), words::task_status(task.status, screen.language));
    let status = match (&task.outcome, &task.reason) {
        (Some(outcome), _) => teller.outcome(&call.state, outcome),
        (None, Some(reason)) => format!("{stands}: {}", teller.why_withdrawn(reason)),
        (None, None) => stands.to_owned(),
    };
    let from = teller.moment(call.not_before);
    let (id, queue, attempt) = (&call.id, teller.queue(&call.queue), call.attempt);
    match screen.language {
        Language::En => format!("  {id}  {queue}, attempt {attempt}, from {from}: {status}  {to}"),
        Language::Ar => format!("  {id}  {queue}، المحاولة {attempt}، من {from}: {status}  {to}"),
    }
}

fn message_line(message: &StoredMessage, told: &Told, screen: Screen) -> String {
    let at = message.sent_at.unwrap_or(message.message.not_before);
    let (teller, inner) = (told.teller(), &message.message);
    let status = words::message_status(message.status, screen.language);
    let why = message.reason.as_deref().map(|reason| teller.why_withdrawn(reason));
    let because = why.map(|why| format!(" ({why})")).unwrap_or_default();
    let (channel, comma) = (words::channel(inner.channel, screen.language), screen.pick(",", "،"));
    format!(
        "  {}  {channel} `{}`{comma} {}: {status}{because}  {}",
        inner.id,
        inner.template,
        teller.moment(at),
        inner.to
    )
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    #[test]
    fn values_are_shown_in_words_and_without_what_is_not_known() {
        let contact = Value::Record(
            [("name".into(), "Ali".into()), ("relation".into(), "son".into()), ("email".into(), Value::Null)].into(),
        );
        let screen = |language| Screen { format: Format::Text, color: false, width: None, language };
        for (value, en, ar) in [
            (Value::Null, "—", "—"),
            (Value::Int(3), "3", "3"),
            (Value::Bool(true), "yes", "نعم"),
            (Value::Number(4849.0), "4849", "4849"),
            (Value::Date(jiff::civil::date(2024, 5, 12)), "2024-05-12", "2024-05-12"),
            (Value::Time(Timestamp::UNIX_EPOCH), "then", "then"),
            (Value::List(vec![]), "none", "لا يوجد"),
            (Value::List(vec![contact.clone(), contact]), "Ali · Son | Ali · Son", "Ali · الابن | Ali · الابن"),
        ] {
            let shown = |language| shown(&value, screen(language), &|_| "then".to_owned());
            assert_eq!((shown(Language::En).as_str(), shown(Language::Ar).as_str()), (en, ar));
        }
    }
}
