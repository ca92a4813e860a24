//! Answers to calls that agents may still take back. Kept here, so that a browser that closes loses nothing: the
//! daemon brings each to its case when its moment has come.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::value::Record;

use super::Store;
use super::document::{from_json, instant, millis, to_json};
use super::error::{During, StoreError};
use super::tables::{call_tasks, held_answers};
use super::tasks::TaskStatus;
use held_answers::Column;

/// An answer that its agent may still take back.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldAnswer {
    /// The task that it answers.
    pub task: EffectId,
    /// The case of the task.
    pub case: CaseId,
    /// Who answered.
    pub agent: String,
    /// What came of the call.
    pub outcome: String,
    /// What the outcome asks for.
    pub answers: Record,
    /// What else was noted.
    pub note: Option<String>,
    /// When it was given.
    pub held_at: Timestamp,
    /// When it goes to its case.
    pub submit_at: Timestamp,
    /// Why the case refused it; then it stays until somebody has read that.
    pub refused: Option<String>,
}

impl Store {
    /// Keeps an answer until `submit_at`, in place of an earlier one to the same task. The task stays the agent's for
    /// as long; false if it is nobody's work any more or in other hands.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hold_answer(&self, held: &HeldAnswer, claim_until: Timestamp) -> Result<bool, StoreError> {
        let tx = self.begin("hold an answer").await?;
        let now = millis(held.held_at);
        let free = call_tasks::Column::Status.eq(TaskStatus::Open.as_str());
        let theirs = call_tasks::Column::ClaimedBy.eq(&held.agent);
        let over = call_tasks::Column::ClaimExpires.lte(now);
        let claimed = call_tasks::Column::Status.eq(TaskStatus::Claimed.as_str());
        let update = call_tasks::Entity::update_many()
            .col_expr(call_tasks::Column::Status, Expr::val(TaskStatus::Claimed.as_str()))
            .col_expr(call_tasks::Column::ClaimedBy, Expr::val(&held.agent))
            .col_expr(call_tasks::Column::ClaimExpires, Expr::val(millis(claim_until)))
            .filter(call_tasks::Column::Id.eq(held.task.0.as_str()))
            .filter(free.or(claimed.and(theirs.or(over))));
        if update.exec(&tx).await.during("hold an answer")?.rows_affected == 0 {
            return Ok(false);
        }
        let row = to_row(held)?;
        let changing = [
            Column::Agent,
            Column::Outcome,
            Column::Answers,
            Column::Note,
            Column::HeldAt,
            Column::SubmitAt,
            Column::Refused,
        ];
        let again = OnConflict::column(Column::TaskId).update_columns(changing).to_owned();
        let insert = held_answers::Entity::insert(row).on_conflict(again);
        insert.exec_without_returning(&tx).await.during("hold an answer")?;
        tx.commit().await.during("hold an answer")?;
        Ok(true)
    }

    /// Takes an answer back, if it is this agent's and has not gone to its case; the answer that it was.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_back_answer(&self, task: &EffectId, agent: &str) -> Result<Option<HeldAnswer>, StoreError> {
        let tx = self.begin("take an answer back").await?;
        let query = held_answers::Entity::find_by_id(task.0.clone()).filter(Column::Agent.eq(agent));
        let Some(row) = query.one(&tx).await.during("take an answer back")? else { return Ok(None) };
        held_answers::Entity::delete_by_id(task.0.clone()).exec(&tx).await.during("take an answer back")?;
        tx.commit().await.during("take an answer back")?;
        Ok(Some(to_held(row)))
    }

    /// Answers whose moment has come, the oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due_answers(&self, now: Timestamp, limit: u32) -> Result<Vec<HeldAnswer>, StoreError> {
        let query = held_answers::Entity::find()
            .filter(Column::SubmitAt.lte(millis(now)))
            .filter(Column::Refused.is_null())
            .order_by_asc(Column::SubmitAt)
            .limit(u64::from(limit));
        query.all(&self.reader).await.during("find answers to submit").map(all_held)
    }

    /// The answers of an agent that are still held, those that were refused included, the latest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held_answers(&self, agent: &str) -> Result<Vec<HeldAnswer>, StoreError> {
        let query = held_answers::Entity::find().filter(Column::Agent.eq(agent)).order_by_desc(Column::HeldAt);
        query.all(&self.reader).await.during("list held answers").map(all_held)
    }

    /// The answer that is held for a task.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held_answer(&self, task: &EffectId) -> Result<Option<HeldAnswer>, StoreError> {
        let row =
            held_answers::Entity::find_by_id(task.0.clone()).one(&self.reader).await.during("read a held answer")?;
        Ok(row.map(to_held))
    }

    /// Forgets an answer that has gone to its case, or keeps it with the reason for which the case refused it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn settle_answer(&self, task: &EffectId, refused: Option<&str>) -> Result<(), StoreError> {
        let tx = self.begin("settle a held answer").await?;
        match refused {
            None => {
                let delete = held_answers::Entity::delete_by_id(task.0.clone());
                delete.exec(&tx).await.during("settle a held answer")?;
            }
            Some(reason) => {
                let update = held_answers::Entity::update_many()
                    .col_expr(Column::Refused, Expr::val(reason))
                    .filter(Column::TaskId.eq(task.0.as_str()));
                update.exec(&tx).await.during("settle a held answer")?;
            }
        }
        tx.commit().await.during("settle a held answer")
    }
}

fn to_row(held: &HeldAnswer) -> Result<held_answers::ActiveModel, StoreError> {
    Ok(held_answers::ActiveModel {
        task_id: ActiveValue::Set(held.task.0.to_string()),
        case_id: ActiveValue::Set(held.case.0),
        agent: ActiveValue::Set(held.agent.clone()),
        outcome: ActiveValue::Set(held.outcome.clone()),
        answers: ActiveValue::Set(to_json("answers", &held.task.0, &held.answers)?),
        note: ActiveValue::Set(held.note.clone()),
        held_at: ActiveValue::Set(millis(held.held_at)),
        submit_at: ActiveValue::Set(millis(held.submit_at)),
        refused: ActiveValue::Set(held.refused.clone()),
    })
}

fn all_held(rows: Vec<held_answers::Model>) -> Vec<HeldAnswer> {
    rows.into_iter().map(to_held).collect()
}

/// One that cannot be read is refused for that, so that it holds up no other and its agent is told.
fn to_held(row: held_answers::Model) -> HeldAnswer {
    let (answers, unreadable) = match from_json("answers", &row.task_id, &row.answers) {
        Ok(answers) => (answers, None),
        Err(error) => (Record::new(), Some(error.to_string())),
    };
    HeldAnswer {
        answers,
        task: EffectId(row.task_id.into()),
        case: CaseId(row.case_id),
        agent: row.agent,
        outcome: row.outcome,
        note: row.note,
        held_at: instant(row.held_at),
        submit_at: instant(row.submit_at),
        refused: row.refused.or(unreadable),
    }
}
