//! The effects of a batch of moves: messages and call tasks planned, withdrawn and answered, cases told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, Value};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};
use wasl_core::case::EffectId;
use wasl_core::effect::{Effect, Withdrawn};
use wasl_core::event::Body;

use super::{Move, OPERATION, operated};
use crate::store::batch::{self, KEYS_MAX, given, rows_max, update_from};
use crate::store::dialect::Dialect;
use crate::store::document::{millis, to_json};
use crate::store::error::{During, StoreError};
use crate::store::messages::{self, MessageStatus};
use crate::store::tables::{call_tasks, events, notifications};
use crate::store::tasks::{self, TaskStatus};

/// Who tells a case what it planned and cannot be.
const ENGINE: &str = "engine";

/// Effects sorted by the table that they go to.
#[derive(Default)]
struct Sorted<'m> {
    messages: Vec<notifications::ActiveModel>,
    calls: Vec<call_tasks::ActiveModel>,
    withdrawn: BTreeMap<&'static str, Vec<String>>,
    /// What operators did about messages, in their order.
    operated: Vec<&'m Effect>,
    answered: Vec<Vec<Value>>,
    told: Vec<events::ActiveModel>,
}

/// Writes the effects of the moves. What is planned comes first: a chain of transitions may withdraw
/// what it planned itself.
pub(super) async fn write(tx: &DatabaseTransaction, moves: &[&Move], now: Timestamp) -> Result<(), StoreError> {
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
    Ok(())
}

fn sort<'m>(moves: &[&'m Move], now: Timestamp) -> Result<Sorted<'m>, StoreError> {
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
                    task.0.clone().into(),
                    outcome.clone().into(),
                    by.clone().into(),
                    note.clone().into(),
                    millis(*at).into(),
                ]),
                Effect::Tell(body) => sorted.told.push(told(step, position, body, now)?),
            }
        }
    }
    Ok(sorted)
}

impl Sorted<'_> {
    fn withdraw(&mut self, id: &EffectId, why: Withdrawn) {
        self.withdrawn.entry(why.as_str()).or_default().push(id.0.clone());
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

async fn answer(tx: &DatabaseTransaction, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    use call_tasks::Column;
    for rows in rows.chunks(rows_max(5)) {
        let mut update = update_from(Dialect::of(tx), Column::Id, rows.to_vec());
        update
            .value(Column::Status, TaskStatus::Answered.as_str())
            .value(Column::ClaimExpires, Expr::val(None::<i64>))
            .value(Column::Outcome, given(2))
            .value(Column::AnsweredBy, given(3))
            .value(Column::Note, given(4))
            .value(Column::AnsweredAt, given(5))
            .and_where(is_waiting());
        tx.execute(&update).await.during(OPERATION)?;
    }
    Ok(())
}

/// Withdraws what has not left: a queued message, a task that is not answered. A message that a
/// dispatcher has is marked: should it come back unsent, it is withdrawn then and not tried again.
async fn withdraw(tx: &DatabaseTransaction, why: &str, ids: &[String], now: Timestamp) -> Result<(), StoreError> {
    let messages = notifications::Entity::update_many()
        .col_expr(notifications::Column::Status, Expr::val(MessageStatus::Withdrawn.as_str()))
        .col_expr(notifications::Column::Reason, Expr::val(why))
        .col_expr(notifications::Column::SettledAt, Expr::val(millis(now)))
        .col_expr(notifications::Column::NextAttemptAt, Expr::val(None::<i64>))
        .filter(notifications::Column::Id.is_in(ids))
        .filter(notifications::Column::Status.eq(MessageStatus::Queued.as_str()));
    messages.exec(tx).await.during(OPERATION)?;
    let in_hand = [MessageStatus::Sending.as_str(), MessageStatus::Uncertain.as_str()];
    let marked = notifications::Entity::update_many()
        .col_expr(notifications::Column::Withdraw, Expr::val(why))
        .filter(notifications::Column::Id.is_in(ids))
        .filter(notifications::Column::Status.is_in(in_hand));
    marked.exec(tx).await.during(OPERATION)?;
    let tasks = call_tasks::Entity::update_many()
        .col_expr(call_tasks::Column::Status, Expr::val(TaskStatus::Withdrawn.as_str()))
        .col_expr(call_tasks::Column::Reason, Expr::val(why))
        .col_expr(call_tasks::Column::ClaimExpires, Expr::val(None::<i64>))
        .filter(call_tasks::Column::Id.is_in(ids))
        .filter(is_waiting());
    tasks.exec(tx).await.during(OPERATION)?;
    Ok(())
}

/// Nobody has answered the task, and it was not withdrawn.
fn is_waiting() -> Expr {
    call_tasks::Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()])
}
