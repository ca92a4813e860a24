//! Call tasks: their rows, and lists of them. Who works on what is told by [`work`].

pub(super) mod work;

use jiff::Timestamp;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::definition::Priority;
use wasl_core::effect::CallTask;

use super::Store;
use super::document::{due_millis, from_json, from_json_option, instant, millis, text, to_json, unknown_word};
use super::error::{During, StoreError};
use super::messages::count;
use super::tables::call_tasks;
use call_tasks::Column;
use work::{in_order_of_work, workable};

/// Where a call task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskStatus {
    /// It waits for somebody.
    Open,
    /// Somebody works on it; after the claim's end it is as good as open.
    Claimed,
    /// It was answered.
    Answered,
    /// The case withdrew it.
    Withdrawn,
    /// A rule forbids it.
    Suppressed,
}

impl TaskStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Open, Self::Claimed, Self::Answered, Self::Withdrawn, Self::Suppressed];

    /// The word used in SQL and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Answered => "answered",
            Self::Withdrawn => "withdrawn",
            Self::Suppressed => "suppressed",
        }
    }

    /// The status of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A call task and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTask {
    /// As the case planned it.
    pub task: CallTask,
    /// Its case.
    pub case: CaseId,
    /// What a day of delay costs the family, in fils, as it was when the task was planned; 0 where that is not known.
    pub at_risk: i64,
    /// Where it stands.
    pub status: TaskStatus,
    /// Who works on it, or did.
    pub claimed_by: Option<String>,
    /// Until when it is theirs.
    pub claim_expires: Option<Timestamp>,
    /// What came of the call.
    pub outcome: Option<String>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// What else was noted.
    pub note: Option<String>,
    /// Why it was withdrawn.
    pub reason: Option<String>,
}

impl StoredTask {
    /// Whether `agent` is working on it at this instant.
    pub fn is_in_hand(&self, agent: &str, now: Timestamp) -> bool {
        self.status == TaskStatus::Claimed
            && self.claimed_by.as_deref() == Some(agent)
            && self.claim_expires.is_some_and(|until| until > now)
    }
}

/// Which call tasks are wanted; everything that is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// In this queue.
    pub queue: Option<String>,
    /// With this status.
    pub status: Option<TaskStatus>,
    /// Waiting for somebody: open or claimed.
    pub waiting: bool,
    /// Of this case.
    pub case: Option<CaseId>,
    /// Due at or before this instant.
    pub due_by: Option<Timestamp>,
    /// May be made at this instant: not before it, and its case not held.
    pub workable_at: Option<Timestamp>,
    /// At the most so many, in the order of work.
    pub limit: u32,
}

impl Store {
    /// Call tasks that pass a filter, in the order of work.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<StoredTask>, StoreError> {
        let mut condition = Condition::all();
        if let Some(queue) = &filter.queue {
            condition = condition.add(Column::Queue.eq(queue));
        }
        if let Some(status) = filter.status {
            condition = condition.add(Column::Status.eq(status.as_str()));
        }
        if filter.waiting {
            condition = condition.add(Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()]));
        }
        if let Some(case) = filter.case {
            condition = condition.add(Column::CaseId.eq(case.0));
        }
        if let Some(due) = filter.due_by {
            condition = condition.add(Column::Due.lte(millis(due)));
        }
        if let Some(now) = filter.workable_at {
            condition = condition.add(workable(now));
        }
        let query = in_order_of_work(call_tasks::Entity::find().filter(condition)).limit(u64::from(filter.limit));
        let rows = query.all(&self.reader).await.during("list call tasks")?;
        rows.into_iter().map(to_stored).collect()
    }

    /// A call task by its id.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn task(&self, id: &EffectId) -> Result<Option<StoredTask>, StoreError> {
        let row = call_tasks::Entity::find_by_id(id.0.clone()).one(&self.reader).await.during("read a call task")?;
        row.map(to_stored).transpose()
    }
}

/// The row of a call task that a case plans.
pub(super) fn to_row(case: CaseId, task: &CallTask, at_risk: i64) -> Result<call_tasks::Model, StoreError> {
    let id = task.id.to_string();
    let status = if task.suppressed.is_some() { TaskStatus::Suppressed } else { TaskStatus::Open };
    Ok(call_tasks::Model {
        case_id: case.0,
        queue: task.queue.to_string(),
        priority: work::priority(task.priority),
        state: task.state.to_string(),
        to_address: task.to.as_deref().map(text),
        to_name: task.to_name.as_deref().map(text),
        relation: task.relation.as_deref().map(text),
        person: text(task.person.as_str()),
        language: task.language.to_string(),
        script: task.script.to_string(),
        words: text(&task.words),
        outcomes: to_json("outcomes", &id, &task.outcomes)?,
        attempt: i64::from(task.attempt),
        promised_by: task.promised_by.as_ref().map(ToString::to_string),
        at_risk,
        urgency: work::urgency(task, at_risk),
        turn: task.due.map_or(i64::MAX, millis),
        planned_at: millis(task.planned_at),
        not_before: due_millis(task.not_before),
        due: task.due.map(millis),
        why: task.why.as_ref().map(|why| to_json("reason", &id, why)).transpose()?,
        keep: task.keep,
        status: status.as_str().to_owned(),
        rule: task.suppressed.as_ref().map(|rule| to_json("rule", &id, rule)).transpose()?,
        claimed_by: None,
        claim_expires: None,
        outcome: None,
        answered_by: None,
        answered_at: None,
        note: None,
        reason: None,
        id,
    })
}

fn status_of(row: &call_tasks::Model) -> Result<TaskStatus, StoreError> {
    TaskStatus::parse(&row.status).ok_or_else(|| unknown_word("status", &row.id))
}

fn to_stored(row: call_tasks::Model) -> Result<StoredTask, StoreError> {
    let status = status_of(&row)?;
    let task = CallTask {
        id: EffectId(row.id.as_str().into()),
        queue: row.queue.into(),
        priority: match row.priority {
            0 => Priority::Low,
            1 => Priority::Normal,
            _ => Priority::High,
        },
        state: row.state.into(),
        to: row.to_address.map(Into::into),
        to_name: row.to_name.map(Into::into),
        relation: row.relation.map(Into::into),
        person: row.person.into(),
        language: row.language.into(),
        script: row.script.into(),
        words: row.words,
        outcomes: from_json("outcomes", &row.id, &row.outcomes)?,
        attempt: count(row.attempt),
        promised_by: row.promised_by.map(Into::into),
        planned_at: instant(row.planned_at),
        not_before: instant(row.not_before),
        due: row.due.map(instant),
        why: from_json_option("reason", &row.id, row.why.as_deref())?,
        keep: row.keep,
        suppressed: from_json_option("rule", &row.id, row.rule.as_deref())?,
    };
    Ok(StoredTask {
        task,
        case: CaseId(row.case_id),
        at_risk: row.at_risk,
        status,
        claimed_by: row.claimed_by,
        claim_expires: row.claim_expires.map(instant),
        outcome: row.outcome,
        answered_by: row.answered_by,
        answered_at: row.answered_at.map(instant),
        note: row.note,
        reason: row.reason,
    })
}
