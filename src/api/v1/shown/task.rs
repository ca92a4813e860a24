//! A task as other systems get it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use wasl_core::effect::Offer as CoreOffer;
use wasl_runtime::store::StoredTask;

/// A call or another task.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::api::v1) struct Task {
    pub(in crate::api::v1) id: String,
    /// The reference of its case.
    case: String,
    /// `open`, `claimed`, `answered`, `withdrawn`, `suppressed`.
    status: &'static str,
    /// Whose queue it is in.
    queue: String,
    /// `high`, `normal`, `low`.
    priority: String,
    /// The state that planned it.
    state: String,
    /// The number to ring; none for a desk task. Personal.
    to: Option<String>,
    /// Personal.
    to_name: Option<String>,
    /// Their relation to the deceased. Personal.
    relation: Option<String>,
    /// The language to speak.
    language: String,
    /// The name of the script.
    script: String,
    /// What to say. Personal.
    words: Option<String>,
    /// 1 for the first attempt.
    attempt: u32,
    #[schemars(with = "String", extend("format" = "date-time"))]
    not_before: Timestamp,
    #[schemars(with = "Option<String>")]
    due: Option<Timestamp>,
    /// How the due time came about, by language.
    why: Option<BTreeMap<String, String>>,
    /// Which outcomes may be answered, and what each asks for.
    outcomes: Vec<Offer>,
    /// Who works on it, or did.
    claimed_by: Option<String>,
    #[schemars(with = "Option<String>")]
    claim_expires: Option<Timestamp>,
    /// What came of it.
    outcome: Option<String>,
    answered_by: Option<String>,
    #[schemars(with = "Option<String>")]
    answered_at: Option<Timestamp>,
    /// What else was noted. Personal.
    note: Option<String>,
    /// Why it was withdrawn. Personal: an operator may have written it.
    reason: Option<String>,
}

/// An outcome that may be answered.
#[derive(Debug, Serialize, JsonSchema)]
struct Offer {
    outcome: String,
    /// What it asks for.
    ask: Vec<Question>,
}

/// An answer that an outcome asks for.
#[derive(Debug, Serialize, JsonSchema)]
struct Question {
    /// Its name among `answers`.
    name: String,
    /// Its type: `text`, `date`, `time`, `contact`, …
    r#type: String,
    /// What people call it, by language.
    title: BTreeMap<String, String>,
    /// Whether it may be left out.
    optional: bool,
}

impl Offer {
    fn of(offer: &CoreOffer) -> Self {
        let question = |question: &wasl_core::effect::Question| Question {
            name: question.name.clone(),
            r#type: question.ty.clone(),
            title: question.title.0.clone(),
            optional: question.optional,
        };
        Self { outcome: offer.outcome.clone(), ask: offer.ask.iter().map(question).collect() }
    }
}

impl Task {
    pub(in crate::api::v1) fn of(stored: &StoredTask, sees: bool) -> Self {
        let task = &stored.task;
        let personal = |value: Option<&str>| value.filter(|_| sees).map(str::to_owned);
        Self {
            id: task.id.to_string(),
            case: stored.case.reference(),
            status: stored.status.as_str(),
            queue: task.queue.to_string(),
            priority: format!("{:?}", task.priority).to_lowercase(),
            state: task.state.to_string(),
            to: personal(task.to.as_deref()),
            to_name: personal(task.to_name.as_deref()),
            relation: personal(task.relation.as_deref()),
            language: task.language.to_string(),
            script: task.script.to_string(),
            words: personal(Some(&task.words)),
            attempt: task.attempt,
            not_before: task.not_before,
            due: task.due,
            why: task.why.as_ref().map(|why| why.0.clone()),
            outcomes: task.outcomes.iter().map(Offer::of).collect(),
            claimed_by: stored.claimed_by.clone(),
            claim_expires: stored.claim_expires,
            outcome: stored.outcome.clone(),
            answered_by: stored.answered_by.clone(),
            answered_at: stored.answered_at,
            note: personal(stored.note.as_deref()),
            reason: personal(stored.reason.as_deref()),
        }
    }
}
