//! Answers to calls that agents may still take back. Kept here, so that a browser that closes loses nothing: the
//! daemon brings each to its case when its moment has come.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, UpdateMany};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::value::Record;

use super::Store;
use super::dialect::Beside;
use super::document::{from_json, instant, millis, to_json};
use super::error::{During, StoreError};
use super::tables::{call_tasks, held_answers};
use super::tasks::TaskStatus;
use super::transaction::{Deed, Transaction};
use held_answers::Column;

const HOLD: &str = "hold an answer";
const TAKE_BACK: &str = "take an answer back";

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
        self.within(Beside::Nobody, HOLD, Holding { held: held.clone(), claim_until }).await
    }

    /// Takes an answer back, if it is this agent's and has not gone to its case; the answer that it was.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_back_answer(&self, task: &EffectId, agent: &str) -> Result<Option<HeldAnswer>, StoreError> {
        let taking_back = TakingBack { task: task.clone(), agent: agent.to_owned() };
        Ok(self.within(Beside::Nobody, TAKE_BACK, taking_back).await?.map(to_held))
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
        const OPERATION: &str = "settle a held answer";
        let theirs = Column::TaskId.eq(task.0.as_str());
        let Some(reason) = refused else {
            let delete = held_answers::Entity::delete_many().filter(theirs);
            return self.change_alone(OPERATION, delete.into_query(), None).await.map(|_| ());
        };
        let update = held_answers::Entity::update_many().col_expr(Column::Refused, Expr::val(reason)).filter(theirs);
        self.change_alone(OPERATION, update.into_query(), None).await.map(|_| ())
    }
}

/// An answer that is kept for as long as it may be taken back.
struct Holding {
    held: HeldAnswer,
    claim_until: Timestamp,
}

impl Holding {
    /// The task becomes its agent's, unless it is nobody's work any more or in other hands.
    fn claim(&self) -> UpdateMany<call_tasks::Entity> {
        use call_tasks::Column;
        let free = Column::Status.eq(TaskStatus::Open.as_str());
        let theirs = Column::ClaimedBy.eq(&self.held.agent);
        let over = Column::ClaimExpires.lte(millis(self.held.held_at));
        let claimed = Column::Status.eq(TaskStatus::Claimed.as_str());
        call_tasks::Entity::update_many()
            .col_expr(Column::Status, Expr::val(TaskStatus::Claimed.as_str()))
            .col_expr(Column::ClaimedBy, Expr::val(&self.held.agent))
            .col_expr(Column::ClaimExpires, Expr::val(millis(self.claim_until)))
            .filter(Column::Id.eq(self.held.task.0.as_str()))
            .filter(free.or(claimed.and(theirs.or(over))))
    }
}

impl Deed for Holding {
    type Answer = bool;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<bool, StoreError> {
        if tx.change(self.claim().as_query(), HOLD).await? == 0 {
            return Ok(false);
        }
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
        let insert = held_answers::Entity::insert(to_row(&self.held)?).on_conflict(again);
        tx.change(insert.as_query(), HOLD).await?;
        Ok(true)
    }
}

/// An agent takes an answer back.
struct TakingBack {
    task: EffectId,
    agent: String,
}

impl Deed for TakingBack {
    type Answer = Option<held_answers::Model>;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Self::Answer, StoreError> {
        let theirs = Column::TaskId.eq(self.task.0.as_str()).and(Column::Agent.eq(&self.agent));
        let held = tx.one(held_answers::Entity::find().filter(theirs.clone()), TAKE_BACK).await?;
        tx.change(held_answers::Entity::delete_many().filter(theirs).as_query(), TAKE_BACK).await?;
        Ok(held)
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
