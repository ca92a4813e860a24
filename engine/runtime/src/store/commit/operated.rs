//! What operators did about messages: tried at another moment, or known at last to have left or not.
//!
//! Where a message stands by now decides whether it is still so: what a dispatcher or the gateway was faster with stays.

use jiff::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use wasl_core::case::EffectId;
use wasl_core::effect::Effect;
use wasl_core::lang::Texts;

use super::OPERATION;
use crate::store::document::{due_millis, millis, to_json};
use crate::store::error::{During, StoreError};
use crate::store::messages::MessageStatus;
use crate::store::tables::notifications;
use crate::store::tx::Tx;
use notifications::Column;

pub(super) async fn write(tx: &Tx, effect: &Effect, now: Timestamp) -> Result<(), StoreError> {
    match effect {
        Effect::Hurry { id, not_before, why } => hurry(tx, id, *not_before, why.as_ref()).await,
        Effect::Resolved { id, sent: true, reason } => had_left(tx, id, reason, now).await,
        Effect::Resolved { id, sent: false, reason } => had_not_left(tx, id, reason, now).await,
        _ => Ok(()),
    }
}

async fn hurry(tx: &Tx, id: &EffectId, not_before: Timestamp, why: Option<&Texts>) -> Result<(), StoreError> {
    let why = why.map(|why| to_json("reason", &id.0, why)).transpose()?;
    let update = notifications::Entity::update_many()
        .col_expr(Column::NotBefore, Expr::val(due_millis(not_before)))
        .col_expr(Column::NextAttemptAt, Expr::val(due_millis(not_before)))
        .col_expr(Column::Why, Expr::val(why))
        .filter(Column::Id.eq(id.0.as_str()))
        .filter(Column::Status.eq(MessageStatus::Queued.as_str()));
    update.exec(tx).await.during(OPERATION)?;
    Ok(())
}

async fn had_left(tx: &Tx, id: &EffectId, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let update = known(id, reason)
        .col_expr(Column::Status, Expr::val(MessageStatus::Accepted.as_str()))
        .col_expr(Column::NextAttemptAt, Expr::val(None::<i64>))
        .col_expr(Column::SentAt, Column::SentAt.into_expr().if_null(millis(now)));
    update.exec(tx).await.during(OPERATION)?;
    Ok(())
}

/// It waits again, unless its case withdrew it meanwhile.
async fn had_not_left(tx: &Tx, id: &EffectId, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let wanted = || Column::Withdraw.is_null();
    let (queued, withdrawn) = (MessageStatus::Queued.as_str(), MessageStatus::Withdrawn.as_str());
    let (now, never) = (Expr::val(millis(now)), || Expr::val(None::<i64>));
    let update = known(id, reason)
        .col_expr(Column::Status, CaseStatement::new().case(wanted(), queued).finally(withdrawn).into())
        .col_expr(Column::NextAttemptAt, CaseStatement::new().case(wanted(), now.clone()).finally(never()).into())
        .col_expr(Column::SettledAt, CaseStatement::new().case(wanted(), never()).finally(now).into())
        .col_expr(Column::Notifier, Expr::val(None::<String>))
        .col_expr(Column::OnlyBy, Expr::val(None::<String>))
        .col_expr(Column::TriedAt, Expr::val(None::<i64>));
    update.exec(tx).await.during(OPERATION)?;
    Ok(())
}

/// A message of which nobody knew; whoever was asking its gateway about it writes nothing any more.
fn known(id: &EffectId, reason: &str) -> sea_orm::UpdateMany<notifications::Entity> {
    notifications::Entity::update_many()
        .col_expr(Column::Fence, Column::Fence.into_expr().add(1))
        .col_expr(Column::LeaseUntil, Expr::val(None::<i64>))
        .col_expr(Column::LeaseHolder, Expr::val(None::<String>))
        .col_expr(Column::Code, Expr::val("resolved"))
        .col_expr(Column::Reason, Expr::val(reason))
        .filter(Column::Id.eq(id.0.as_str()))
        .filter(Column::Status.eq(MessageStatus::Uncertain.as_str()))
}
