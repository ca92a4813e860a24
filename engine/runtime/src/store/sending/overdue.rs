//! Messages whose time ran out, and of which nobody asks: that expired while they waited, because what
//! keeps them waiting may last longer than they do, and that no report confirmed in time.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
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

const OPERATION: &str = "look after overdue messages";

impl Store {
    /// Ends waiting messages whose time has passed, the earliest first, and tells their cases, in one
    /// transaction; says how many there were. Messages of held cases wait on.
    ///
    /// # Errors
    /// The database failed; then none has ended.
    pub async fn expire_messages(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.overdue(expired(now, limit), MessageStatus::Expired, News::Expired, now).await
    }

    /// Marks messages that a gateway took and of which nobody reported in time what became of them, and
    /// tells their cases, in one transaction; says how many there were. A late report still moves them.
    ///
    /// # Errors
    /// The database failed; then none is marked.
    pub async fn unconfirm_messages(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.overdue(unconfirmed(now, limit), MessageStatus::Unconfirmed, News::Unconfirmed, now).await
    }

    /// How many messages wait for a person: nobody can tell whether they were sent, and nobody will be
    /// asked again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn undecided_count(&self) -> Result<u64, StoreError> {
        let mut count = 0;
        for channel in Channel::ALL {
            count += undecided(channel).count(&self.reader).await.during("count undecided messages")?;
        }
        Ok(count)
    }

    async fn overdue(
        &self,
        selected: SelectStatement,
        status: MessageStatus,
        tells: News,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        if !self.any(selected.clone()).await? {
            return Ok(0);
        }
        let tx = self.begin(OPERATION).await?;
        let settled_at = status.is_final().then(|| millis(now));
        let moved = notifications::Entity::update_many()
            .col_expr(Column::Status, Expr::val(status.as_str()))
            .col_expr(Column::SettledAt, Expr::val(settled_at))
            .col_expr(Column::NextAttemptAt, Expr::val(None::<i64>))
            .col_expr(Column::ConfirmBy, Expr::val(None::<i64>))
            .filter(Column::Id.in_subquery(selected));
        let rows = moved.exec_with_returning(&tx).await.during(OPERATION)?;
        let told: Vec<NewEvent> = rows.iter().map(|row| tell(row, tells, now)).collect::<Result<_, _>>()?;
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

/// Messages whose report is overdue.
pub(in crate::store) fn unconfirmed(now: Timestamp, limit: u32) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(notifications::Entity)
        .and_where(Column::ConfirmBy.lte(millis(now)))
        .order_by(Column::ConfirmBy, sea_orm::Order::Asc)
        .limit(u64::from(limit))
        .to_owned()
}

/// Messages in doubt that nobody will be asked about.
pub(in crate::store) fn undecided(channel: Channel) -> sea_orm::Select<notifications::Entity> {
    notifications::Entity::find()
        .filter(Column::Status.eq(MessageStatus::Uncertain.as_str()))
        .filter(Column::Channel.eq(channel.as_str()))
        .filter(Column::NextAttemptAt.is_null().and(Column::LeaseUntil.is_null()))
}

fn tell(row: &notifications::Model, news_of: News, now: Timestamp) -> Result<NewEvent, StoreError> {
    let message = EffectId(row.id.clone());
    let channel = Channel::parse(&row.channel).ok_or_else(|| unknown_word("channel", &row.id))?;
    let body = Body::Delivery { message: message.clone(), channel, news: news_of, code: None, bad_address: None };
    Ok(news(CaseId(row.case_id), &message, body, now))
}
