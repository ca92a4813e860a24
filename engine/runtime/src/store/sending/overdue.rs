//! Messages whose time ran out, and of which nobody asks: that expired while they waited, because what
//! keeps them waiting may last longer than they do, and that no report confirmed in time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::{Channel, Status};
use wasl_core::event::{Body, News, SENDER_BLOCK};

use super::claim::moving_case;
use super::news;
use crate::store::Store;
use crate::store::dialect::Beside;
use crate::store::document::{millis, unknown_word};
use crate::store::error::{During, StoreError};
use crate::store::events::NewEvent;
use crate::store::messages::MessageStatus;
use crate::store::tables::{notifications, receipts};
use crate::store::transaction::{Deed, Transaction};
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
        self.end_overdue(Overdue { which: Which::Expired, now, limit }).await
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
        self.end_overdue(Overdue { which: Which::Unconfirmed { suspect_after }, now, limit }).await
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

    async fn end_overdue(&self, overdue: Overdue) -> Result<u64, StoreError> {
        if !self.any(overdue.messages()).await? {
            return Ok(0);
        }
        self.within(Beside::Nobody, OPERATION, overdue).await
    }
}

/// Messages whose time ran out.
struct Overdue {
    which: Which,
    now: Timestamp,
    /// At the most so many.
    limit: u32,
}

enum Which {
    /// Those that waited too long to leave.
    Expired,
    /// Those of which no report came in time.
    Unconfirmed { suspect_after: u32 },
}

impl Overdue {
    fn messages(&self) -> SelectStatement {
        match self.which {
            Which::Expired => expired(self.now, self.limit),
            Which::Unconfirmed { .. } => unconfirmed(self.now, self.limit),
        }
    }

    /// Where they stand from now on, and what their cases are told.
    fn becomes(&self) -> (MessageStatus, News) {
        match self.which {
            Which::Expired => (MessageStatus::Expired, News::Expired),
            Which::Unconfirmed { .. } => (MessageStatus::Unconfirmed, News::Unconfirmed),
        }
    }
}

impl Deed for Overdue {
    type Answer = u64;

    fn size(&self) -> usize {
        self.limit as usize
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<u64, StoreError> {
        let (status, tells) = self.becomes();
        let settled_at = status.is_final().then(|| millis(self.now));
        let moved = notifications::Entity::update_many()
            .col_expr(Column::Status, Expr::val(status.as_str()))
            .col_expr(Column::SettledAt, Expr::val(settled_at))
            .col_expr(Column::NextAttemptAt, Expr::val(None::<i64>))
            .col_expr(Column::ConfirmBy, Expr::val(None::<i64>))
            .filter(Column::Id.in_subquery(self.messages()));
        let rows = tx.changed(moved, OPERATION).await?;
        let silent = match self.which {
            Which::Unconfirmed { suspect_after } => silent_numbers(tx, &rows, suspect_after).await?,
            Which::Expired => BTreeSet::new(),
        };
        let told = rows.iter().map(|row| tell(row, (tells, silent.contains(&row.to_address)), self.now));
        let told: Vec<NewEvent> = told.collect::<Result<_, _>>()?;
        tx.record(&told).await?;
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
async fn silent_numbers<T: Transaction>(
    tx: &T,
    rows: &[notifications::Model],
    suspect_after: u32,
) -> Result<BTreeSet<String>, StoreError> {
    let texts = rows.iter().filter(|row| row.channel == Channel::Sms.as_str());
    let since: BTreeMap<&str, (&str, i64)> =
        texts.filter_map(|row| Some((row.to_address.as_str(), (row.notifier.as_deref()?, row.sent_at?)))).collect();
    let mut silent = BTreeSet::new();
    for (address, (notifier, sent_at)) in since {
        let known: Vec<String> = tx.column(&came_of_texts_to(address), OPERATION).await?;
        let unconfirmed = known.iter().filter(|status| *status == MessageStatus::Unconfirmed.as_str()).count();
        let enough = usize::try_from(suspect_after).is_ok_and(|most| unconfirmed >= most);
        if enough && unconfirmed == known.len() && reports_on_others(tx, notifier, sent_at).await? {
            silent.insert(address.to_owned());
        }
    }
    Ok(silent)
}

/// Where each SMS to a number stands that a gateway took, as far as it can be known.
fn came_of_texts_to(address: &str) -> SelectStatement {
    let statuses = [MessageStatus::Unconfirmed, MessageStatus::Delivered, MessageStatus::Undelivered];
    Query::select()
        .column(Column::Status)
        .from(notifications::Entity)
        .and_where(Column::ToAddress.eq(address))
        .and_where(Column::Channel.eq(Channel::Sms.as_str()))
        .and_where(Column::Status.is_in(statuses.map(MessageStatus::as_str)))
        .to_owned()
}

/// Whether a gateway has reported since then that a message arrived, as far as its youngest reports tell.
async fn reports_on_others<T: Transaction>(tx: &T, notifier: &str, since: i64) -> Result<bool, StoreError> {
    use receipts::Column;
    let youngest = Query::select()
        .columns([Column::Notifier, Column::Status, Column::ReceivedAt])
        .from(receipts::Entity)
        .order_by(Column::Id, sea_orm::Order::Desc)
        .limit(REPORTS_MAX)
        .to_owned();
    let arrived = Query::select()
        .column(Column::ReceivedAt)
        .from_subquery(youngest, Alias::new("youngest"))
        .and_where(Expr::col(Column::Notifier).eq(notifier))
        .and_where(Expr::col(Column::Status).eq(Status::Delivered.as_str()))
        .and_where(Expr::col(Column::ReceivedAt).gte(since))
        .limit(1)
        .to_owned();
    Ok(!tx.column::<i64>(&arrived, OPERATION).await?.is_empty())
}

fn tell(row: &notifications::Model, (of, silent): (News, bool), now: Timestamp) -> Result<NewEvent, StoreError> {
    let message = EffectId(row.id.as_str().into());
    let channel = Channel::parse(&row.channel).ok_or_else(|| unknown_word("channel", &row.id))?;
    let code = silent.then(|| SENDER_BLOCK.to_owned());
    let body = Body::Delivery { message: message.clone(), channel, news: of, code, bad_address: None };
    Ok(news(CaseId(row.case_id), &message, body, now))
}
