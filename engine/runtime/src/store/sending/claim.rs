//! Claiming: which messages may be sent now, and which nobody came back from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use wasl_core::case::{Case, CaseId};

use super::{Claimed, OPERATION};
use crate::store::Store;
use crate::store::batch::{self, KEYS_MAX};
use crate::store::cases::{read_cases, to_case};
use crate::store::document::{instant, millis};
use crate::store::error::{During, StoreError};
use crate::store::messages::{MessageStatus, count, to_message};
use crate::store::tables::{attempts, cases, notifications};
use notifications::Column;

impl Store {
    /// Takes messages whose moment has come, the longest due first, each until `lease_until`. Cases
    /// that are held or in an incident send nothing; an ended one still sends what its end planned
    /// and what was to outlive its state.
    ///
    /// The claim and the attempt are committed when this returns.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn claim_messages(
        &self,
        now: Timestamp,
        limit: u32,
        lease_until: Timestamp,
        holder: &str,
    ) -> Result<Vec<Claimed>, StoreError> {
        let tx = self.begin("claim messages").await?;
        let rows = take(&tx, due(now, limit), MessageStatus::Sending, lease_until, holder).await?;
        let started = rows.iter().map(|row| attempts::ActiveModel {
            notification_id: ActiveValue::Set(row.id.clone()),
            fence: ActiveValue::Set(row.fence),
            attempt: ActiveValue::Set(row.attempts),
            started_at: ActiveValue::Set(millis(now)),
            ended_at: ActiveValue::Set(None),
            result: ActiveValue::Set(None),
            code: ActiveValue::Set(None),
            message: ActiveValue::Set(None),
        });
        batch::insert(&tx, started.collect(), "claim messages").await?;
        let started_at = rows.iter().map(|row| (row.id.clone(), now)).collect();
        let claimed = to_claimed(&tx, rows, &started_at, false).await?;
        tx.commit().await.during("claim messages")?;
        Ok(claimed)
    }

    /// When the dispatcher is needed next: the moment of the earliest message that may be sent, or the
    /// end of a lease that nobody came back from.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_message(&self) -> Result<Option<Timestamp>, StoreError> {
        let queued = notifications::Entity::find()
            .filter(Column::Status.eq(MessageStatus::Queued.as_str()))
            .filter(Expr::exists(moving_case()))
            .order_by_asc(Column::NextAttemptAt)
            .order_by_asc(Column::Id);
        let queued = queued.one(&self.reader).await.during("find the next message")?;
        let in_hand = notifications::Entity::find()
            .select_only()
            .columns([Column::LeaseUntil, Column::NextAttemptAt])
            .filter(Column::Status.is_in([MessageStatus::Sending.as_str(), MessageStatus::Uncertain.as_str()]));
        let in_hand: Vec<(Option<i64>, Option<i64>)> =
            in_hand.into_tuple().all(&self.reader).await.during("find the next message")?;
        let leases = in_hand.into_iter().filter_map(|(lease_until, ask_at)| lease_until.or(ask_at));
        Ok(leases.chain(queued.and_then(|row| row.next_attempt_at)).min().map(instant))
    }

    /// Takes messages of which nobody knows whether they were sent: claimed under a lease that ran
    /// out, or settled as uncertain and to be asked about by now. They are `uncertain` from then on;
    /// whoever had them before writes nothing any more.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn stale_sending(
        &self,
        now: Timestamp,
        limit: u32,
        lease_until: Timestamp,
        holder: &str,
    ) -> Result<Vec<Claimed>, StoreError> {
        let tx = self.begin("claim uncertain messages").await?;
        let rows = take(&tx, unsure(now, limit), MessageStatus::Uncertain, lease_until, holder).await?;
        let started_at = last_attempts(&tx, &rows).await?;
        let claimed = to_claimed(&tx, rows, &started_at, true).await?;
        tx.commit().await.during("claim uncertain messages")?;
        Ok(claimed)
    }
}

/// Messages whose moment has come, of cases that move or are over.
pub(in crate::store) fn due(now: Timestamp, limit: u32) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(notifications::Entity)
        .and_where(Column::Status.eq(MessageStatus::Queued.as_str()))
        .and_where(Column::NextAttemptAt.lte(millis(now)))
        .and_where(Expr::exists(moving_case()))
        .order_by(Column::NextAttemptAt, sea_orm::Order::Asc)
        .order_by(Column::Id, sea_orm::Order::Asc)
        .limit(u64::from(limit))
        .to_owned()
}

/// The message's case, if it is neither held nor in an incident.
fn moving_case() -> SelectStatement {
    Query::select()
        .column(cases::Column::Id)
        .from(cases::Entity)
        .and_where(cases::Column::Id.into_expr().equals((notifications::Entity, Column::CaseId)))
        .and_where(cases::Column::Standing.is_in(["open", "ended"]))
        .to_owned()
}

/// Messages of which nobody knows whether they were sent.
pub(in crate::store) fn unsure(now: Timestamp, limit: u32) -> SelectStatement {
    let left = Column::Status.eq(MessageStatus::Sending.as_str()).and(Column::LeaseUntil.lte(millis(now)));
    let free = Column::LeaseUntil.is_null().or(Column::LeaseUntil.lte(millis(now)));
    // A lease that ran out while asking is as good as a question whose time has come.
    let asked = Column::NextAttemptAt.lte(millis(now)).or(Column::LeaseUntil.is_not_null());
    let unknown = Column::Status.eq(MessageStatus::Uncertain.as_str()).and(free).and(asked);
    Query::select()
        .column(Column::Id)
        .from(notifications::Entity)
        .and_where(Column::Status.is_in([MessageStatus::Sending.as_str(), MessageStatus::Uncertain.as_str()]))
        .and_where(left.or(unknown))
        .order_by(Column::Id, sea_orm::Order::Asc)
        .limit(u64::from(limit))
        .to_owned()
}

/// Gives the selected messages a new fence and lease. Only an attempt to send counts as one.
async fn take(
    tx: &DatabaseTransaction,
    selected: SelectStatement,
    status: MessageStatus,
    lease_until: Timestamp,
    holder: &str,
) -> Result<Vec<notifications::Model>, StoreError> {
    let counted = i64::from(status == MessageStatus::Sending);
    let update = notifications::Entity::update_many()
        .col_expr(Column::Status, Expr::val(status.as_str()))
        .col_expr(Column::Attempts, Column::Attempts.into_expr().add(counted))
        .col_expr(Column::Fence, Column::Fence.into_expr().add(1))
        .col_expr(Column::LeaseUntil, Expr::val(millis(lease_until)))
        .col_expr(Column::LeaseHolder, Expr::val(holder))
        .filter(Column::Id.in_subquery(selected));
    let mut rows = update.exec_with_returning(tx).await.during("claim messages")?;
    rows.sort_by(|a, b| (a.next_attempt_at, &a.id).cmp(&(b.next_attempt_at, &b.id)));
    Ok(rows)
}

/// When each message's last attempt began.
async fn last_attempts(
    tx: &DatabaseTransaction,
    rows: &[notifications::Model],
) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let mut started = BTreeMap::new();
    for rows in rows.chunks(KEYS_MAX) {
        let query = attempts::Entity::find()
            .filter(attempts::Column::NotificationId.is_in(rows.iter().map(|row| row.id.as_str())))
            .order_by_asc(attempts::Column::Fence);
        let found = query.all(tx).await.during(OPERATION)?;
        // Later attempts replace earlier ones.
        started.extend(found.into_iter().map(|row| (row.notification_id, instant(row.started_at))));
    }
    Ok(started)
}

async fn to_claimed(
    tx: &DatabaseTransaction,
    rows: Vec<notifications::Model>,
    started_at: &BTreeMap<String, Timestamp>,
    uncertain: bool,
) -> Result<Vec<Claimed>, StoreError> {
    let mut ids: Vec<CaseId> = rows.iter().map(|row| CaseId(row.case_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut cases: BTreeMap<i64, Case> = BTreeMap::new();
    for row in read_cases(tx, &ids).await? {
        cases.insert(row.id, to_case(row)?);
    }
    let claimed = |row: notifications::Model| {
        // The schema's foreign key makes a message without its case impossible.
        let case = cases.get(&row.case_id).cloned().ok_or(StoreError::NoSuchCase(CaseId(row.case_id)))?;
        let message = to_message(&row)?;
        let attempt_started_at = started_at.get(&row.id).copied().unwrap_or(message.planned_at);
        Ok(Claimed { message, case, attempt: count(row.attempts), fence: row.fence, attempt_started_at, uncertain })
    };
    rows.into_iter().map(claimed).collect()
}
