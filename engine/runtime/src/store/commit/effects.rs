//! The effects of a batch of moves: messages and call tasks planned, withdrawn and answered, cases told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, Query, UpdateStatement, Value};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, IntoActiveModel};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::effect::{Effect, Erasure, Withdrawn};
use wasl_core::event::Body;

use super::{Move, OPERATION, operated};
use crate::store::batch::{self, KEYS_MAX, given, rows_max, update_from};
use crate::store::dialect::Dialect;
use crate::store::document::{millis, to_json};
use crate::store::erase;
use crate::store::error::{During, StoreError};
use crate::store::messages::{self, MessageStatus};
use crate::store::tables::{call_tasks, events, notifications};
use crate::store::tasks::{self, TaskStatus};
use crate::store::tx::Tx;

/// Who tells a case what it planned and cannot be.
const ENGINE: &str = "engine";

/// Effects sorted by the table that they go to.
#[derive(Default)]
pub(super) struct Sorted<'m> {
    pub(super) messages: Vec<notifications::ActiveModel>,
    pub(super) calls: Vec<call_tasks::ActiveModel>,
    pub(super) withdrawn: BTreeMap<&'static str, Vec<String>>,
    /// What operators did about messages, in their order.
    pub(super) operated: Vec<&'m Effect>,
    pub(super) answered: Vec<Vec<Value>>,
    pub(super) told: Vec<events::ActiveModel>,
    pub(super) erased: Vec<&'m Erasure>,
    pub(super) kept: Vec<(CaseId, bool)>,
}

/// Writes the effects of the moves. What is planned comes first: a chain of transitions may withdraw
/// what it planned itself.
pub(super) async fn write(tx: &Tx, moves: &[&Move], now: Timestamp) -> Result<(), StoreError> {
    let sorted = sort(moves, now)?;
    batch::insert(tx, sorted.messages, OPERATION).await?;
    batch::insert(tx, sorted.calls, OPERATION).await?;
    answer(tx, sorted.answered).await?;
    for (why, ids) in &sorted.withdrawn {
        for ids in ids.chunks(KEYS_MAX) {
            withdraw(tx, why, ids, now).await?;
        }
    }
    for effect in sorted.operated {
        operated::write(tx, effect, now).await?;
    }
    batch::insert_new(tx, sorted.told, OPERATION).await?;
    erase::keep(tx, &sorted.kept).await?;
    // Last: what this very move says goes with the rest.
    erase::write(tx, &sorted.erased).await
}

pub(super) fn sort<'m>(moves: &[&'m Move], now: Timestamp) -> Result<Sorted<'m>, StoreError> {
    let mut sorted = Sorted::default();
    for step in moves {
        for (position, effect) in step.effects.iter().enumerate() {
            match effect {
                Effect::Message(message) => {
                    sorted.messages.push(messages::to_row(step.case.id, message)?.into_active_model());
                }
                Effect::Call(task) => {
                    sorted.calls.push(tasks::to_row(step.case.id, task, step.at_risk)?.into_active_model());
                }
                Effect::Withdraw { id, why } => sorted.withdraw(id, *why),
                Effect::Hurry { .. } | Effect::Resolved { .. } => sorted.operated.push(effect),
                Effect::Answered { task, outcome, by, note, at } => sorted.answered.push(vec![
                    task.0.as_str().into(),
                    outcome.clone().into(),
                    by.as_str().into(),
                    note.clone().into(),
                    millis(*at).into(),
                ]),
                Effect::Tell(body) => sorted.told.push(told(step, position, body, now)?),
                Effect::Erase(erasure) => sorted.erased.push(erasure),
                Effect::Keep { case, kept } => sorted.kept.push((*case, *kept)),
            }
        }
    }
    Ok(sorted)
}

impl Sorted<'_> {
    fn withdraw(&mut self, id: &EffectId, why: Withdrawn) {
        self.withdrawn.entry(why.as_str()).or_default().push(id.0.to_string());
    }
}

/// The event that tells a case something; its id follows from the step, so that the same step tells
/// it once.
fn told(step: &Move, position: usize, body: &Body, now: Timestamp) -> Result<events::ActiveModel, StoreError> {
    let case = step.case.id;
    let source_id = format!("{case}.{}.{position}", step.case.version);
    let body_json = to_json("event", &source_id, body)?;
    Ok(events::ActiveModel {
        id: ActiveValue::NotSet,
        case_id: ActiveValue::Set(case.0),
        source: ActiveValue::Set(ENGINE.to_owned()),
        source_id: ActiveValue::Set(source_id),
        at: ActiveValue::Set(millis(now)),
        by: ActiveValue::Set(ENGINE.to_owned()),
        name: ActiveValue::Set(body.label()),
        body: ActiveValue::Set(body_json),
        disposition: ActiveValue::Set(None),
        disposition_detail: ActiveValue::Set(None),
        settled_at: ActiveValue::Set(None),
    })
}

async fn answer(tx: &Tx, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    for rows in rows.chunks(rows_max(5)) {
        let mut update = update_from(Dialect::of(tx), call_tasks::Column::Id, rows.to_vec());
        answer_task(&mut update, given);
        tx.execute(&update).await.during(OPERATION)?;
    }
    Ok(())
}

/// What an answer changes of a task, said of the values that [`sort`] gives in their order.
pub(super) fn answer_task(update: &mut UpdateStatement, given: fn(usize) -> Expr) {
    use call_tasks::Column;
    update
        .value(Column::Status, TaskStatus::Answered.as_str())
        .value(Column::ClaimExpires, Expr::val(None::<i64>))
        .value(Column::Outcome, given(2))
        .value(Column::AnsweredBy, given(3))
        .value(Column::Note, given(4))
        .value(Column::AnsweredAt, given(5))
        .and_where(is_waiting());
}

async fn withdraw(tx: &Tx, why: &str, ids: &[String], now: Timestamp) -> Result<(), StoreError> {
    let (why, now) = (Expr::val(why), Expr::val(millis(now)));
    let updates = [
        queued_withdrawn(notifications::Column::Id.is_in(ids), &why, &now),
        in_hand_marked(notifications::Column::Id.is_in(ids), &why),
        task_withdrawn(call_tasks::Column::Id.is_in(ids), &why),
    ];
    for update in &updates {
        tx.execute(update).await.during(OPERATION)?;
    }
    Ok(())
}

/// Withdraws messages that have not left.
pub(super) fn queued_withdrawn(those: Expr, why: &Expr, now: &Expr) -> UpdateStatement {
    use notifications::Column;
    let mut update = Query::update();
    update
        .table(notifications::Entity)
        .value(Column::Status, MessageStatus::Withdrawn.as_str())
        .value(Column::Reason, why.clone())
        .value(Column::SettledAt, now.clone())
        .value(Column::NextAttemptAt, Expr::val(None::<i64>))
        .and_where(those)
        .and_where(Column::Status.eq(MessageStatus::Queued.as_str()));
    update
}

/// Marks messages that a dispatcher has: should they come back unsent, they are withdrawn then and not tried again.
pub(super) fn in_hand_marked(those: Expr, why: &Expr) -> UpdateStatement {
    use notifications::Column;
    let mut update = Query::update();
    update
        .table(notifications::Entity)
        .value(Column::Withdraw, why.clone())
        .and_where(those)
        .and_where(Column::Status.is_in([MessageStatus::Sending.as_str(), MessageStatus::Uncertain.as_str()]));
    update
}

/// Withdraws tasks that nobody has answered.
pub(super) fn task_withdrawn(those: Expr, why: &Expr) -> UpdateStatement {
    use call_tasks::Column;
    let mut update = Query::update();
    update
        .table(call_tasks::Entity)
        .value(Column::Status, TaskStatus::Withdrawn.as_str())
        .value(Column::Reason, why.clone())
        .value(Column::ClaimExpires, Expr::val(None::<i64>))
        .and_where(those)
        .and_where(is_waiting());
    update
}

/// Nobody has answered the task, and it was not withdrawn.
fn is_waiting() -> Expr {
    call_tasks::Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()])
}
