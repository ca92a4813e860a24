//! Messages whose time ran out, and of which nobody asks: that expired while they waited, because what
//! keeps them waiting may last longer than they do, and that no report confirmed in time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::{Channel, Status};
use wasl_core::event::{Body, News, SENDER_BLOCK};

use super::claim::moving_case;
use super::news;
use crate::store::Store;
use crate::store::document::{millis, unknown_word};
use crate::store::error::{During, StoreError};
use crate::store::events::{self, NewEvent};
use crate::store::messages::MessageStatus;
use crate::store::tables::{notifications, receipts};
use crate::store::tx::Tx;
use notifications::Column;

const OPERATION: &str = "look after overdue messages";

/// So many of the youngest reports show whether a gateway reports at all.
const REPORTS_MAX: u64 = 1_000;

impl Store {
    /// Ends waiting messages whose time has passed, the earliest first, and tells their cases, in one
    /// transaction; says how many there were. Messages of held cases wait on.
    ///
    /// # Errors
    /// The database failed; then none has ended.
    pub async fn expire_messages(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.overdue(expired(now, limit), (MessageStatus::Expired, News::Expired), None, now).await
    }

    /// Marks messages that a gateway took and of which nobody reported in time what became of them, and
    /// tells their cases, in one transaction; says how many there were. A late report still moves them.
    ///
    /// Whoever blocks a sender does it without a word: the news of a number that has taken `suspect_after` SMS and
    /// confirmed none, while its gateway reports on others, carry the code [`SENDER_BLOCK`].
    ///
    /// # Errors
    /// The database failed; then none is marked.
    pub async fn unconfirm_messages(&self, now: Timestamp, limit: u32, suspect_after: u32) -> Result<u64, StoreError> {
        let moves = (MessageStatus::Unconfirmed, News::Unconfirmed);
        self.overdue(unconfirmed(now, limit), moves, Some(suspect_after), now).await
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
        (status, tells): (MessageStatus, News),
        suspect_after: Option<u32>,
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
        let silent = match suspect_after {
            Some(most) => silent_numbers(&tx, &rows, most).await?,
            None => BTreeSet::new(),
        };
        let told = rows.iter().map(|row| tell(row, (tells, silent.contains(&row.to_address)), now));
        let told: Vec<NewEvent> = told.collect::<Result<_, _>>()?;
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

/// Of the numbers of messages that were just given up waiting for, those that have taken so many and never confirmed
/// one, though their gateway has reported that others arrived since.
async fn silent_numbers(
    tx: &Tx,
    rows: &[notifications::Model],
    suspect_after: u32,
) -> Result<BTreeSet<String>, StoreError> {
    let texts = rows.iter().filter(|row| row.channel == Channel::Sms.as_str());
    let since: BTreeMap<&str, (&str, i64)> =
        texts.filter_map(|row| Some((row.to_address.as_str(), (row.notifier.as_deref()?, row.sent_at?)))).collect();
    let mut silent = BTreeSet::new();
    for (address, (notifier, sent_at)) in since {
        let statuses = [MessageStatus::Unconfirmed, MessageStatus::Delivered, MessageStatus::Undelivered];
        let known = notifications::Entity::find()
            .select_only()
            .column(Column::Status)
            .filter(Column::ToAddress.eq(address))
            .filter(Column::Channel.eq(Channel::Sms.as_str()))
            .filter(Column::Status.is_in(statuses.map(MessageStatus::as_str)));
        let known: Vec<String> = known.into_tuple().all(tx).await.during(OPERATION)?;
        let unconfirmed = known.iter().filter(|status| *status == MessageStatus::Unconfirmed.as_str()).count();
        let enough = usize::try_from(suspect_after).is_ok_and(|most| unconfirmed >= most);
        if enough && unconfirmed == known.len() && reports_on_others(tx, notifier, sent_at).await? {
            silent.insert(address.to_owned());
        }
    }
    Ok(silent)
}

/// Whether a gateway has reported since then that a message arrived, as far as its youngest reports tell.
async fn reports_on_others(tx: &Tx, notifier: &str, since: i64) -> Result<bool, StoreError> {
    use receipts::Column;
    let youngest = receipts::Entity::find()
        .select_only()
        .columns([Column::Notifier, Column::Status, Column::ReceivedAt])
        .order_by_desc(Column::Id)
        .limit(REPORTS_MAX);
    let reports: Vec<(String, Option<String>, i64)> = youngest.into_tuple().all(tx).await.during(OPERATION)?;
    let delivered = Some(Status::Delivered.as_str());
    Ok(reports.iter().any(|(by, status, at)| by == notifier && status.as_deref() == delivered && *at >= since))
}

fn tell(row: &notifications::Model, (of, silent): (News, bool), now: Timestamp) -> Result<NewEvent, StoreError> {
    let message = EffectId(row.id.as_str().into());
    let channel = Channel::parse(&row.channel).ok_or_else(|| unknown_word("channel", &row.id))?;
    let code = silent.then(|| SENDER_BLOCK.to_owned());
    let body = Body::Delivery { message: message.clone(), channel, news: of, code, bad_address: None };
    Ok(news(CaseId(row.case_id), &message, body, now))
}
