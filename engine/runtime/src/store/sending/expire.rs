//! Messages whose time passed while they waited: they end without being claimed, because what keeps
//! them waiting may last longer than they do.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::Channel;
use wasl_core::event::{Body, News};

use super::claim::moving_case;
use super::news;
use crate::store::Store;
use crate::store::document::{millis, unknown_word};
use crate::store::error::{During, StoreError};
use crate::store::events::{self, NewEvent};
use crate::store::messages::MessageStatus;
use crate::store::tables::notifications;
use notifications::Column;

const OPERATION: &str = "end expired messages";

impl Store {
    /// Ends waiting messages whose time has passed, the earliest first, and tells their cases, in one
    /// transaction; says how many there were. Messages of held cases wait on.
    ///
    /// # Errors
    /// The database failed; then none has ended.
    pub async fn expire_messages(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        if !self.any(expired(now, limit)).await? {
            return Ok(0);
        }
        let tx = self.begin(OPERATION).await?;
        let ended = notifications::Entity::update_many()
            .col_expr(Column::Status, Expr::val(MessageStatus::Expired.as_str()))
            .col_expr(Column::SettledAt, Expr::val(millis(now)))
            .col_expr(Column::NextAttemptAt, Expr::val(None::<i64>))
            .filter(Column::Id.in_subquery(expired(now, limit)));
        let rows = ended.exec_with_returning(&tx).await.during(OPERATION)?;
        let told: Vec<NewEvent> = rows.iter().map(|row| tell(row, now)).collect::<Result<_, _>>()?;
        events::record(&tx, &told).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(told.len() as u64)
    }
}

/// Waiting messages whose time has passed.
pub(in crate::store) fn expired(now: Timestamp, limit: u32) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(notifications::Entity)
        .and_where(Column::Status.eq(MessageStatus::Queued.as_str()))
        .and_where(Column::Expires.lt(millis(now)))
        .and_where(Expr::exists(moving_case()))
        .order_by(Column::Expires, sea_orm::Order::Asc)
        .limit(u64::from(limit))
        .to_owned()
}

fn tell(row: &notifications::Model, now: Timestamp) -> Result<NewEvent, StoreError> {
    let message = EffectId(row.id.clone());
    let channel = Channel::parse(&row.channel).ok_or_else(|| unknown_word("channel", &row.id))?;
    let body = Body::Delivery { message: message.clone(), channel, news: News::Expired, code: None, bad_address: None };
    Ok(news(CaseId(row.case_id), &message, body, now))
}
