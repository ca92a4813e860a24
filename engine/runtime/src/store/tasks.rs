//! Call tasks: their rows and the queues that people work from.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, NullOrdering, Query};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::definition::Priority;
use wasl_core::effect::CallTask;

use super::Store;
use super::document::{due_millis, from_json, from_json_option, instant, millis, to_json, unknown_word};
use super::error::{During, StoreError};
use super::messages::count;
use super::tables::{call_tasks, cases};
use call_tasks::Column;

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

/// Which call tasks are wanted; everything that is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// In this queue.
    pub queue: Option<String>,
    /// With this status.
    pub status: Option<TaskStatus>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// Due at or before this instant.
    pub due_by: Option<Timestamp>,
    /// May be made at this instant: not before it, and its case not held.
    pub workable_at: Option<Timestamp>,
    /// At the most so many, in the order of work.
    pub limit: u32,
}

/// What came of claiming a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Claiming {
    /// It is yours.
    Yours(Box<StoredTask>),
    /// Somebody else works on it until then.
    Taken {
        /// Who.
        by: String,
        /// Until when.
        until: Timestamp,
    },
    /// It is not work any more.
    Over(TaskStatus),
}

impl Store {
    /// Call tasks that pass a filter, in the order of work: the most urgent first, then by due time.
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

    /// Gives `agent` the next task of the queues until `lease_until`: the most urgent, then the one
    /// due first; never one before its moment, of a held case, or in somebody's hands. No queue means
    /// every queue.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn claim_next_task(
        &self,
        queues: &[String],
        agent: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<StoredTask>, StoreError> {
        let tx = self.begin("claim a call task").await?;
        let Some(row) = work(queues, now).one(&tx).await.during("claim a call task")? else { return Ok(None) };
        let claimed = give(&tx, row, agent, lease_until).await?;
        tx.commit().await.during("claim a call task")?;
        to_stored(claimed).map(Some)
    }

    /// Gives `agent` one task until `lease_until`, or prolongs it where it is theirs already.
    ///
    /// # Errors
    /// There is no such task, or the database failed.
    pub async fn claim_task(
        &self,
        id: &EffectId,
        agent: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Claiming, StoreError> {
        let tx = self.begin("claim a call task").await?;
        let found = call_tasks::Entity::find_by_id(id.0.clone()).one(&tx).await.during("claim a call task")?;
        let row = found.ok_or_else(|| StoreError::NoSuchTask(id.clone()))?;
        let status = status_of(&row)?;
        if !matches!(status, TaskStatus::Open | TaskStatus::Claimed) {
            return Ok(Claiming::Over(status));
        }
        if let (TaskStatus::Claimed, Some(by), Some(until)) = (status, &row.claimed_by, row.claim_expires)
            && by != agent
            && until > millis(now)
        {
            return Ok(Claiming::Taken { by: by.clone(), until: instant(until) });
        }
        let claimed = give(&tx, row, agent, lease_until).await?;
        tx.commit().await.during("claim a call task")?;
        Ok(Claiming::Yours(Box::new(to_stored(claimed)?)))
    }

    /// Puts a task back into its queue if it is in the hands of `agent`; says whether it was.
    ///
    /// # Errors
    /// The database failed.
    pub async fn release_task(&self, id: &EffectId, agent: &str) -> Result<bool, StoreError> {
        let tx = self.begin("release a call task").await?;
        let update = call_tasks::Entity::update_many()
            .col_expr(Column::Status, Expr::val(TaskStatus::Open.as_str()))
            .col_expr(Column::ClaimedBy, Expr::val(None::<String>))
            .col_expr(Column::ClaimExpires, Expr::val(None::<i64>))
            .filter(Column::Id.eq(&id.0))
            .filter(Column::Status.eq(TaskStatus::Claimed.as_str()))
            .filter(Column::ClaimedBy.eq(agent));
        let released = update.exec(&tx).await.during("release a call task")?;
        tx.commit().await.during("release a call task")?;
        Ok(released.rows_affected > 0)
    }
}

/// What may be worked on now in these queues, or in all if none is named, in the order of work.
pub(super) fn work(queues: &[String], now: Timestamp) -> Select<call_tasks::Entity> {
    let query = call_tasks::Entity::find().filter(workable(now));
    in_order_of_work(if queues.is_empty() { query } else { query.filter(Column::Queue.is_in(queues)) })
}

/// Tasks that somebody may take now: open ones and those whose claim has run out, past their earliest
/// moment, of cases that are neither held nor in an incident.
fn workable(now: Timestamp) -> Condition {
    let claim_over = Column::Status.eq(TaskStatus::Claimed.as_str()).and(Column::ClaimExpires.lte(millis(now)));
    let moving = Query::select()
        .column(cases::Column::Id)
        .from(cases::Entity)
        .and_where(cases::Column::Id.into_expr().equals((call_tasks::Entity, Column::CaseId)))
        .and_where(cases::Column::Standing.is_in(["open", "ended"]))
        .to_owned();
    Condition::all()
        // Named once more as a pair, so that the index by status serves.
        .add(Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()]))
        .add(Column::Status.eq(TaskStatus::Open.as_str()).or(claim_over))
        .add(Column::NotBefore.lte(millis(now)))
        .add(Expr::exists(moving))
}

fn in_order_of_work(query: Select<call_tasks::Entity>) -> Select<call_tasks::Entity> {
    query
        .order_by_desc(Column::Priority)
        .order_by_with_nulls(Column::Due, Order::Asc, NullOrdering::Last)
        .order_by_asc(Column::NotBefore)
        .order_by_asc(Column::CaseId)
        .order_by_asc(Column::Id)
}

async fn give(
    tx: &DatabaseTransaction,
    row: call_tasks::Model,
    agent: &str,
    lease_until: Timestamp,
) -> Result<call_tasks::Model, StoreError> {
    let update = call_tasks::Entity::update_many()
        .col_expr(Column::Status, Expr::val(TaskStatus::Claimed.as_str()))
        .col_expr(Column::ClaimedBy, Expr::val(agent))
        .col_expr(Column::ClaimExpires, Expr::val(millis(lease_until)))
        .filter(Column::Id.eq(&row.id));
    update.exec(tx).await.during("claim a call task")?;
    Ok(call_tasks::Model {
        status: TaskStatus::Claimed.as_str().to_owned(),
        claimed_by: Some(agent.to_owned()),
        claim_expires: Some(millis(lease_until)),
        ..row
    })
}

/// The row of a call task that a case plans.
pub(super) fn to_row(case: CaseId, task: &CallTask) -> Result<call_tasks::Model, StoreError> {
    let id = task.id.to_string();
    let status = if task.suppressed.is_some() { TaskStatus::Suppressed } else { TaskStatus::Open };
    Ok(call_tasks::Model {
        case_id: case.0,
        queue: task.queue.clone(),
        priority: match task.priority {
            Priority::Low => 0,
            Priority::Normal => 1,
            Priority::High => 2,
        },
        state: task.state.clone(),
        to_address: task.to.clone(),
        to_name: task.to_name.clone(),
        relation: task.relation.clone(),
        person: task.person.clone(),
        language: task.language.clone(),
        script: task.script.clone(),
        words: task.words.clone(),
        outcomes: to_json("outcomes", &id, &task.outcomes)?,
        attempt: i64::from(task.attempt),
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
        id: EffectId(row.id.clone()),
        queue: row.queue,
        priority: match row.priority {
            0 => Priority::Low,
            1 => Priority::Normal,
            _ => Priority::High,
        },
        state: row.state,
        to: row.to_address,
        to_name: row.to_name,
        relation: row.relation,
        person: row.person,
        language: row.language,
        script: row.script,
        words: row.words,
        outcomes: from_json("outcomes", &row.id, &row.outcomes)?,
        attempt: count(row.attempt),
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
