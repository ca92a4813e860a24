//! What the page of a call shows: whom to ring and for whom, what has happened, what to say, and what each outcome
//! leads to.

use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::definition::{Handler, Priority, Reaction, Rung, Then, Workflow};
use wasl_core::history::Teller;
use wasl_core::lang::Texts;
use wasl_core::message::phone::national_format;
use wasl_core::value::Value;
use wasl_core::words::{Words, raised, script_row};
use wasl_runtime::store::TaskStatus;

use super::form::{self, Filled};
use super::{Call, Trouble};
use crate::asked;
use crate::console::locale::Locale;
use crate::console::markdown;
use crate::console::page::Desk;
use crate::settings::Language;
use crate::words;

/// So much of the history stands on the page.
const HISTORY_MAX: usize = 5;

/// Everything that the template asks for.
pub(super) async fn context(
    desk: &Desk,
    call: &Call,
    filled: &Filled,
    problem: Option<String>,
) -> Result<Json, Trouble> {
    let (engine, locale, stored) = (&desk.api.engine, &desk.locale, &call.stored);
    let task = &stored.task;
    let workflow = engine.library.version(&call.case.workflow_hash).await?;
    let calendar = engine.library.calendar(&workflow.calendar)?;
    let teller = Teller { workflow: &workflow, calendar: &calendar, language: locale.code() };
    let history = engine.store.history(call.case.id).await?;
    let recent = history.iter().rev().take(HISTORY_MAX);
    let recent: Vec<Json> =
        recent.map(|entry| json!({"at": locale.moment(entry.at), "words": raised(&teller.sentence(entry))})).collect();
    let outcomes: Vec<&str> = task.outcomes.iter().map(|offer| offer.outcome.as_str()).collect();
    let leads = engine.leads(&call.case, &task.id, &outcomes, locale.code()).await?;
    let environment = engine.library.environment();
    let queue = environment
        .queues
        .get(task.queue.as_str())
        .map_or(task.queue.as_str(), |title: &Texts| title.get(locale.code()));
    let mine = stored.claimed_by.as_deref() == Some(desk.viewer.user.as_str())
        && stored.claim_expires.is_some_and(|until| until > locale.now)
        && stored.status == TaskStatus::Claimed;
    let held = engine.store.held_answer(&task.id).await?;
    let (closed, may_take) = closed(desk, call, held.is_some());
    Ok(json!({
        "id": task.id, "reference": call.case.id.reference(), "queue": queue, "state": teller.state(&task.state),
        "attempt": attempt(locale, task.attempt), "due": task.due.map(|due| locale.moment(due)),
        "promised": task.promised_by.is_some(), "urgent": task.priority == Priority::High,
        "person": person(call, locale), "deceased": deceased(call, locale), "history": recent,
        "at_risk": (stored.at_risk > 0).then(|| locale.dinars(stored.at_risk)),
        "script": markdown::script(&task.words), "script_lang": task.language,
        "script_dir": if task.language == "ar" { "rtl" } else { "ltr" },
        "open": mine && held.is_none(), "closed": closed, "may_take": may_take, "answered": problem.is_some(),
        "may_see_case": desk.viewer.can(Permission::ViewCase),
        "groups": groups(desk, call, &workflow, filled, &leads),
        "note": filled.note().unwrap_or_default(), "problem": problem, "again": call.again && mine && held.is_none(),
        "yours": stored.claim_expires.map(|until| yours(locale, &locale.clock(until))),
    }))
}

fn attempt(locale: &Locale, number: u32) -> String {
    match locale.language {
        Language::En => format!("Attempt {number}"),
        Language::Ar => format!("المحاولة {number}"),
    }
}

fn yours(locale: &Locale, until: &str) -> String {
    match locale.language {
        Language::En => format!("Yours until {until}; nobody else is given this call."),
        Language::Ar => format!("هي لديك حتى {until}، ولا تُعطى لغيرك."),
    }
}

/// Why the call cannot be answered here and now, and whether it can be taken.
fn closed(desk: &Desk, call: &Call, held: bool) -> (String, bool) {
    let (locale, stored) = (&desk.locale, &call.stored);
    let taken = stored.claim_expires.is_some_and(|until| until > locale.now);
    let said = |en: &str, ar: &str| locale.pick(en, ar).to_owned();
    match (stored.status, &stored.claimed_by) {
        _ if held => (
            said(
                "Its answer is on its way; take it back above if it was the wrong one.",
                "نتيجتها في طريقها؛ تراجع عنها أعلاه إن كانت خطأ.",
            ),
            false,
        ),
        (TaskStatus::Claimed, Some(by)) if taken && *by != desk.viewer.user => match locale.language {
            Language::En => (format!("{by} is on this call."), false),
            Language::Ar => (format!("هذه المكالمة لدى {by}."), false),
        },
        (TaskStatus::Open | TaskStatus::Claimed, _) => {
            (said("Nobody has this call.", "هذه المكالمة ليست لدى أحد."), true)
        }
        (TaskStatus::Answered, _) => (said("This call is answered.", "سُجلت نتيجة هذه المكالمة."), false),
        (TaskStatus::Withdrawn, _) => (said("This call is not needed any more.", "لم تعد هذه المكالمة لازمة."), false),
        (TaskStatus::Suppressed, _) => (said("A rule forbids this call.", "تمنع إحدى القواعد هذه المكالمة."), false),
    }
}

fn person(call: &Call, locale: &Locale) -> Option<Json> {
    let task = &call.stored.task;
    let tel = task.to.as_ref()?;
    let nobody = || locale.pick("A member of the family", "أحد أفراد الأسرة").into();
    let language = match task.language.as_str() {
        "ar" => locale.pick("Speaks Arabic", "يتحدث العربية"),
        "en" => locale.pick("Speaks English", "يتحدث الإنجليزية"),
        other => other,
    };
    Some(json!({
        "name": task.to_name.clone().unwrap_or_else(nobody), "tel": tel,
        "tel_shown": national_format(tel).unwrap_or_else(|| tel.to_string()), "language": language,
        "relation": task.relation.as_deref().map(|relation| words::relation(relation, locale.language)),
    }))
}

/// Who died and when, where the case says so.
fn deceased(call: &Call, locale: &Locale) -> Option<Json> {
    let order = match locale.language {
        Language::En => ["deceased_name_en", "deceased_name_ar"],
        Language::Ar => ["deceased_name_ar", "deceased_name_en"],
    };
    let names: Vec<&str> = order.iter().filter_map(|field| call.case.field(field).as_text()).collect();
    let died = match call.case.field("date_of_death") {
        Value::Date(day) => Some(*day),
        _ => None,
    };
    (!names.is_empty()).then(|| {
        json!({
            "names": names, "died": died.map(|day| locale.day(day)), "hijri": died.and_then(|day| locale.hijri(day)),
            "since": died.map(|day| locale.ago(day)),
        })
    })
}

/// The outcomes: first those after which we ring again, as most calls of a day end so, then those that lead on.
fn groups(desk: &Desk, call: &Call, workflow: &Workflow, filled: &Filled, leads: &[String]) -> Json {
    let offers = call.stored.task.outcomes.iter().zip(leads);
    let tries = |outcome: &str| asked::handler(workflow, call.states(), outcome).and_then(tries);
    let (mut again, on): (Vec<_>, Vec<_>) = offers.partition(|(offer, _)| tries(&offer.outcome).is_some());
    // The longest ladder first: its outcome is the one that is expected most often.
    again.sort_by_key(|(offer, _)| std::cmp::Reverse(tries(&offer.outcome)));
    let are_two = !again.is_empty() && !on.is_empty();
    let mut keys = (1_u32..).map(key);
    let locale = &desk.locale;
    let mut group = |(en, ar): (&str, &str), offers: Vec<(&wasl_core::effect::Offer, &String)>| {
        let outcomes: Vec<Json> = offers
            .into_iter()
            .map(|(offer, leads)| outcome(desk, call, workflow, filled, (&offer.outcome, leads, keys.next())))
            .collect();
        let title = are_two.then(|| locale.pick(en, ar));
        (!outcomes.is_empty()).then(|| json!({"title": title, "outcomes": outcomes}))
    };
    let groups = [group(("We ring again", "نتصل مرة أخرى"), again), group(("It goes on", "تمضي الحالة قدما"), on)];
    groups.into_iter().flatten().collect()
}

/// How often an outcome makes us ring again; `None` if it does not. A time that the family names counts for nothing:
/// it is asked for.
fn tries(handler: &Handler) -> Option<usize> {
    let tries = |reaction: &Reaction| match &reaction.then {
        Then::Again { rungs, .. } => Some(rungs.iter().filter(|rung| matches!(rung, Rung::After(_))).count()),
        Then::NextContact { .. } => Some(1),
        Then::Stay | Then::Goto(_) => None,
    };
    handler.reactions.iter().filter_map(tries).max()
}

/// The key of the n-th outcome: `1` to `9`, `0`, then the same with shift.
fn key(n: u32) -> String {
    if n <= 10 { (n % 10).to_string() } else { format!("⇧{}", (n - 10) % 10) }
}

fn outcome(
    desk: &Desk,
    call: &Call,
    workflow: &Workflow,
    filled: &Filled,
    (outcome, leads, key): (&str, &str, Option<String>),
) -> Json {
    let environment = desk.api.engine.library.environment();
    let words = Words::new(workflow, &environment, desk.locale.code());
    let state = workflow.state_named(&call.stored.task.state).map(|(_, state)| state);
    let heard = words.heard(state, outcome).unwrap_or_else(|| outcome.replace('_', " "));
    // The names are filled in there; of a task at a desk nothing is said.
    let said = script_row(&call.stored.task.words, outcome).and_then(|cells| cells.get(1).cloned());
    let asks = asked::questions(workflow, call.states(), outcome);
    json!({
        "name": outcome, "key": key, "heard": heard.trim_end_matches('…').trim_end(), "say": said, "leads": leads,
        "fields": form::sets(outcome, &asks, &workflow.languages, filled, &desk.locale), "open": filled.outcome.as_deref() == Some(outcome),
    })
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn every_outcome_has_a_key_of_its_own() {
        let keys: Vec<String> = (1..=20).map(key).collect();
        assert_eq!((keys[0].as_str(), keys[9].as_str(), keys[10].as_str(), keys[19].as_str()), ("1", "0", "⇧1", "⇧0"));
        let apart: std::collections::BTreeSet<&String> = keys.iter().collect();
        assert_eq!(apart.len(), 20);
    }
}
