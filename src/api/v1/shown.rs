//! What the API shows: cases, tasks, messages as other systems get them.
//!
//! Names, numbers, addresses and texts that hold them are `null` for callers without `see_personal_fields`.

mod message;
mod prospect;
mod task;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use wasl_core::case::{Case as CoreCase, Standing};
use wasl_core::event::Disposition;
use wasl_core::explain::Explanation;
use wasl_core::history::Entry;
use wasl_runtime::engine::Submitted;

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Reply};
use crate::session::Told;

pub(super) use message::{Message, Receipt, Sending};
pub(super) use prospect::Prospect;
pub(super) use task::Task;

/// A part of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub(super) struct Page<T> {
    /// The entries.
    pub(super) items: Vec<T>,
    /// What `after` of the next page is; `null` where there is none.
    pub(super) next: Option<String>,
}

impl<T> Page<T> {
    /// A page that was asked for with a limit; one that is not full is the last.
    pub(super) fn of(items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let full = u32::try_from(items.len()).is_ok_and(|count| count >= limit);
        Self { next: items.last().filter(|_| full).map(cursor), items }
    }

    /// Everything that there is.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// How many entries a page may have: what was asked for, if it is a number of entries.
pub(super) fn limited(wanted: Option<i64>, usual: u32, most: u32) -> Result<u32, Problem> {
    let Some(wanted) = wanted else { return Ok(usual) };
    let limit = u32::try_from(wanted).ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| {
        let words = format!("`limit` cannot be {wanted}");
        Problem::of(Status::BAD_REQUEST, words).help(format!("write a number from 1 to {most}"))
    })
}

/// A case in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CaseItem {
    /// What people read out on the telephone: `KXT2P`.
    pub(super) reference: String,
    /// Its number.
    id: i64,
    /// The name of its workflow.
    workflow: String,
    /// The hash of the version that it stays on.
    workflow_version: String,
    /// It rises with every change: `If-Match` compares it.
    version: u64,
    /// The state that it is in.
    state: String,
    /// What people call that state.
    state_title: String,
    /// `open`, `held`, `incident`, `ended`.
    standing: &'static str,
    /// How it ended.
    outcome: Option<String>,
    /// Whom it waits for.
    waiting_on: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    opened_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    state_since: Timestamp,
    /// When it is looked at next by itself.
    #[schemars(with = "Option<String>")]
    next_at: Option<Timestamp>,
    /// How much of what it says of people was erased: `texts` or `people`.
    erased: Option<&'static str>,
    /// When.
    #[schemars(with = "Option<String>")]
    erased_at: Option<Timestamp>,
    /// Whether it is kept from being erased.
    kept: bool,
}

impl CaseItem {
    pub(super) fn of(case: &CoreCase, told: &Told) -> Self {
        let outcome = match &case.standing {
            Standing::Ended { outcome } => Some(outcome.clone()),
            Standing::Open | Standing::Held { .. } | Standing::Incident(_) => None,
        };
        Self {
            reference: case.id.reference(),
            id: case.id.0,
            workflow: case.workflow.to_string(),
            workflow_version: case.workflow_hash.to_string(),
            version: case.version,
            state: case.state.to_string(),
            state_title: told.teller().state(&case.state),
            standing: case.standing.as_str(),
            outcome,
            waiting_on: serde_json::to_value(case.progress.clock.on).ok().and_then(|on| on.as_str().map(str::to_owned)),
            opened_at: case.opened_at,
            state_since: case.state_since,
            next_at: case.wake_at(),
            erased: case.progress.erased.map(|erased| erased.stage.as_str()),
            erased_at: case.progress.erased.map(|erased| erased.at),
            kept: case.progress.kept.is_some(),
        }
    }
}

/// A case with everything about it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CaseShown {
    /// Where it stands.
    pub(super) case: CaseItem,
    /// What it knows, by the names of the workflow's fields. Personal.
    pub(super) data: Option<BTreeMap<String, Json>>,
    /// Its calls and other tasks.
    pub(super) tasks: Vec<Task>,
    /// Its messages, the newest first.
    pub(super) messages: Vec<Message>,
    /// What happened, oldest first.
    pub(super) history: Vec<Past>,
    /// When the lines of its history were let go, as the retention rules say; null while they are there.
    #[schemars(with = "Option<String>")]
    pub(super) history_gone_at: Option<Timestamp>,
    /// What comes next, when and why not sooner.
    pub(super) next: Next,
}

/// A case that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Opened {
    /// Whether it is new: one key has one case.
    pub(super) new: bool,
    /// Where it stands.
    pub(super) case: CaseItem,
    /// What comes next.
    pub(super) next: Next,
}

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Past {
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// The state in which it happened.
    state: String,
    /// What it was, in one word: `entered`, `call_planned`.
    what: String,
    /// In a sentence. Personal.
    sentence: Option<String>,
    /// Who reported it.
    by: Option<String>,
}

impl Past {
    pub(super) fn of(entry: &Entry, told: &Told, sees: bool) -> Self {
        let what = serde_json::to_value(&entry.what).unwrap_or_default();
        Self {
            at: entry.at,
            state: entry.state.to_string(),
            what: what["what"].as_str().unwrap_or_default().to_owned(),
            sentence: sees.then(|| told.teller().sentence(entry)),
            by: entry.by.as_ref().map(ToString::to_string),
        }
    }
}

/// What comes next. Sentences may name people: they are personal.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Next {
    /// Where the case stands, in a sentence.
    standing: Option<String>,
    /// What it waits for by time, earliest first.
    deadlines: Vec<Deadline>,
    /// Calls and messages that are planned.
    planned: Option<Vec<String>>,
    /// What may happen, and what it would do.
    possible: Option<Vec<Possible>>,
}

/// A due time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Deadline {
    /// The timer's name.
    name: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    due: Timestamp,
    /// Why then, and not sooner.
    why: String,
    /// What it would do.
    leads_to: Option<String>,
}

/// Something that may happen.
#[derive(Debug, Serialize, JsonSchema)]
struct Possible {
    /// The event's name.
    event: String,
    /// What it would do.
    leads_to: String,
}

impl Deadline {
    pub(super) fn of(deadline: wasl_core::explain::Deadline, sees: bool) -> Self {
        let wasl_core::explain::Deadline { name, due, why, leads_to, .. } = deadline;
        Self { name, due, why, leads_to: Some(leads_to).filter(|_| sees) }
    }
}

impl Next {
    pub(super) fn of(explanation: Explanation, sees: bool) -> Self {
        let deadlines = explanation.deadlines.into_iter().map(|deadline| Deadline::of(deadline, sees));
        let possible = explanation.possible.into_iter();
        let possible = possible.map(|possible| Possible { event: possible.event, leads_to: possible.leads_to });
        Self {
            standing: Some(explanation.standing).filter(|_| sees),
            deadlines: deadlines.collect(),
            planned: Some(explanation.planned).filter(|_| sees),
            possible: sees.then(|| possible.collect()),
        }
    }
}

/// What an event did, and what comes next.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Outcome {
    /// The case afterwards.
    case: CaseItem,
    /// The stored event's number.
    event: i64,
    /// Whether it was new; the same one again changes nothing and gets the first answer.
    first: bool,
    /// `applied`, `deferred` (kept for a state that takes it), `not_applicable`, `late` (the case was over), `given_up`,
    /// `incident`.
    became: &'static str,
    /// What happened, in sentences. Personal.
    happened: Option<Vec<String>>,
    /// What comes next.
    next: Next,
}

impl Outcome {
    /// What came of an event; a problem if the case refused it.
    pub(super) async fn of<Q, B>(call: &Call<Q, B>, submitted: &Submitted) -> Answered<Self> {
        let case = &submitted.case;
        if let Disposition::Refused { reason } = &submitted.disposition {
            let screen = call.session.screen;
            let (words, reason) = (screen.pick("refused it", "لم تقبله"), reason.get(screen.lang()));
            let words = format!("{} {} {words}: {reason}", screen.pick("case", "الحالة"), case.id.reference());
            return Err(Problem::of(Status::CONFLICT, words).help("look at what it waits for: `next` of the case"));
        }
        let session = &call.session;
        let told = session.told(case).await?;
        let sees = call.sees([case.id]).await?;
        let explanation = session.engine.explain(case, session.screen.lang()).await?;
        let happened = || submitted.entries.iter().map(|entry| told.teller().sentence(entry)).collect();
        let outcome = Self {
            case: CaseItem::of(case, &told),
            event: submitted.event_id,
            first: submitted.first,
            became: submitted.disposition.as_str(),
            happened: sees.then(happened),
            next: Next::of(explanation, sees),
        };
        Ok(Reply::of(outcome).etag(case.version.to_string()))
    }
}
