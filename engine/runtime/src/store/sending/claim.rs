//! Claiming: which messages may be sent now, and which nobody came back from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoIden, LockBehavior, LockType, Query, SelectStatement};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use wasl_core::case::{Case, CaseId};
use wasl_core::delivery::Channel;

use super::{Claimed, OPERATION};
use crate::store::Store;
use crate::store::batch::{KEYS_MAX, among};
use crate::store::cases::to_case;
use crate::store::dialect::Beside;
use crate::store::document::{instant, millis};
use crate::store::error::{During, StoreError};
use crate::store::messages::{MessageStatus, count, to_message};
use crate::store::tables::{attempts, cases, notifications};
use crate::store::transaction::{Deed, Transaction};
use notifications::Column;

const CLAIM: &str = "claim messages";

/// Whose messages are claimed, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct MessageClaim<'a> {
    /// Only messages of this channel.
    pub channel: Channel,
    /// The notifier that is to send them.
    pub notifier: &'a str,
    /// Only messages that no other may send, because this one may have a copy; else also those that
    /// any of the channel may send.
    pub only_bound: bool,
    /// At the most so many.
    pub limit: u32,
    /// Until when they are the claimer's.
    pub lease_until: Timestamp,
    /// Who claims.
    pub holder: &'a str,
}

impl Store {
    /// Takes messages whose moment has come, the longest due first, each until `lease_until`. Cases
    /// that are held or in an incident send nothing; an ended one still sends what its end planned
    /// and what was to outlive its state.
    ///
    /// The claim and the attempt are committed when this returns.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn claim_messages(&self, now: Timestamp, claim: &MessageClaim<'_>) -> Result<Vec<Claimed>, StoreError> {
        if !self.any(due(now, claim)).await? {
            return Ok(Vec::new());
        }
        let taken = Taken {
            selected: due(now, claim),
            limit: claim.limit,
            status: MessageStatus::Sending,
            sends: Some((claim.notifier.to_owned(), now)),
            lease_until: claim.lease_until,
            holder: claim.holder.to_owned(),
        };
        self.within(Beside::OthersButClaimers, CLAIM, taken).await
    }

    /// Whether messages of a channel wait whose moment has come.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_due_messages(&self, channel: Channel, now: Timestamp) -> Result<bool, StoreError> {
        let waiting = due_by(channel, now);
        self.any(waiting).await
    }

    /// Takes messages of which nobody knows whether they were sent: claimed under a lease that ran
    /// out, or settled as uncertain and to be asked about by now. They are `uncertain` from then on;
    /// whoever had them before writes nothing any more.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn stale_sending(
        &self,
        channel: Channel,
        now: Timestamp,
        limit: u32,
        lease_until: Timestamp,
        holder: &str,
    ) -> Result<Vec<Claimed>, StoreError> {
        if !self.any(unsure(channel, now, limit)).await? {
            return Ok(Vec::new());
        }
        let (selected, status) = (unsure(channel, now, limit), MessageStatus::Uncertain);
        let taken = Taken { selected, limit, status, sends: None, lease_until, holder: holder.to_owned() };
        self.within(Beside::OthersButClaimers, "claim uncertain messages", taken).await
    }

    /// The cases of claimed messages as they stand now, in their order: `None` where the claim is not the
    /// newest any more or the case has withdrawn the message meanwhile, an error where the case is
    /// unreadable. Asked right before they leave.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cases_of_claimed(
        &self,
        claimed: &[&Claimed],
    ) -> Result<Vec<Option<Result<Case, StoreError>>>, StoreError> {
        const OPERATION: &str = "look at claimed messages";
        let (mut fences, mut cases) = (BTreeMap::new(), BTreeMap::new());
        for claimed in claimed.chunks(KEYS_MAX) {
            let messages = notifications::Entity::find()
                .select_only()
                .columns([Column::Id, Column::Fence])
                .filter(Column::Id.is_in(claimed.iter().map(|claimed| claimed.message.id.0.as_str())))
                .filter(Column::Withdraw.is_null());
            let found: Vec<(String, i64)> = messages.into_tuple().all(&self.reader).await.during(OPERATION)?;
            fences.extend(found);
            let ids = claimed.iter().map(|claimed| claimed.case.0);
            let found = cases::Entity::find().filter(cases::Column::Id.is_in(ids)).all(&self.reader).await;
            cases.extend(found.during(OPERATION)?.into_iter().map(|row| (row.id, row)));
        }
        let case = |claimed: &&Claimed| {
            let is_newest = fences.get(claimed.message.id.0.as_str()) == Some(&claimed.fence);
            cases.get(&claimed.case.0).filter(|_| is_newest).cloned().map(to_case)
        };
        Ok(claimed.iter().map(case).collect())
    }

    /// Whether a selection finds anything: asked of a reader, so that looking in vain writes nothing.
    pub(super) async fn any(&self, mut selected: SelectStatement) -> Result<bool, StoreError> {
        let found = self.reader.query_one(selected.limit(1)).await.during(OPERATION)?;
        Ok(found.is_some())
    }
}

/// Messages that a notifier may send now, the longest due first: of each case, person and household one, and
/// none while another of theirs is on its way. The caps see in the next what became of the one before.
pub(in crate::store) fn due(now: Timestamp, claim: &MessageClaim<'_>) -> SelectStatement {
    let goes_first = |shares: Expr| Expr::exists(before_it(now, claim, shares));
    let same_case = its(Column::CaseId).eq(this(Column::CaseId));
    let same_person = its(Column::Person).eq(this(Column::Person));
    let same_household = its(Column::CaseId).in_subquery(cases_of_household());
    due_by(claim.channel, now)
        .and_where(may_send(claim, this(Column::OnlyBy)))
        .and_where(goes_first(same_case).not())
        .and_where(Column::Person.eq("").or(goes_first(same_person).not()))
        .and_where(goes_first(same_household).not())
        .order_by(Column::NextAttemptAt, sea_orm::Order::Asc)
        .order_by(Column::Id, sea_orm::Order::Asc)
        .limit(u64::from(claim.limit))
        .to_owned()
}

/// Whether the claimer may send what only that gateway, if any, may.
fn may_send(claim: &MessageClaim<'_>, only_by: Expr) -> Expr {
    let bound = only_by.clone().eq(claim.notifier);
    if claim.only_bound { bound } else { only_by.is_null().or(bound) }
}

const OTHER: &str = "other";

/// A column of the message that another is compared with, and of that other.
fn this(column: Column) -> Expr {
    Expr::col((notifications::Entity, column))
}

fn its(column: Column) -> Expr {
    Expr::col((Alias::new(OTHER), column))
}

/// Other messages that share something with one, and are on their way or will be claimed before it.
fn before_it(now: Timestamp, claim: &MessageClaim<'_>, shares: Expr) -> SelectStatement {
    let same_moment = its(Column::NextAttemptAt).eq(this(Column::NextAttemptAt));
    let earlier = its(Column::NextAttemptAt)
        .lt(this(Column::NextAttemptAt))
        .or(same_moment.and(its(Column::Id).lt(this(Column::Id))));
    let comes_first = its(Column::Status)
        .eq(MessageStatus::Queued.as_str())
        .and(its(Column::Channel).eq(claim.channel.as_str()))
        .and(its(Column::NextAttemptAt).lte(millis(now)))
        .and(may_send(claim, its(Column::OnlyBy)))
        .and(Expr::exists(moving_case_of(Alias::new(OTHER))))
        .and(earlier);
    Query::select()
        .column((Alias::new(OTHER), Column::Id))
        .from_as(notifications::Entity, Alias::new(OTHER))
        .and_where(shares)
        .and_where(its(Column::Status).is_in([MessageStatus::Queued.as_str(), MessageStatus::Sending.as_str()]))
        .and_where(its(Column::Status).eq(MessageStatus::Sending.as_str()).or(comes_first))
        .to_owned()
}

/// The cases about the family that a message's case is about, if that is known.
fn cases_of_household() -> SelectStatement {
    let (own, sibling) = (Alias::new("own"), Alias::new("sibling"));
    let household = cases::Column::Household;
    Query::select()
        .column((sibling.clone(), cases::Column::Id))
        .from_as(cases::Entity, own.clone())
        .join_as(
            sea_orm::JoinType::InnerJoin,
            cases::Entity,
            sibling.clone(),
            Expr::col((sibling, household)).equals((own.clone(), household)),
        )
        .and_where(Expr::col((own, cases::Column::Id)).eq(this(Column::CaseId)))
        .to_owned()
}

/// Messages of a channel whose moment has come, of cases that move or are over.
fn due_by(channel: Channel, now: Timestamp) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(notifications::Entity)
        .and_where(Column::Status.eq(MessageStatus::Queued.as_str()))
        .and_where(Column::Channel.eq(channel.as_str()))
        .and_where(Column::NextAttemptAt.lte(millis(now)))
        .and_where(Expr::exists(moving_case()))
        .to_owned()
}

/// The message's case, if it is neither held nor in an incident.
pub(super) fn moving_case() -> SelectStatement {
    moving_case_of(notifications::Entity)
}

fn moving_case_of(messages: impl IntoIden) -> SelectStatement {
    Query::select()
        .column(cases::Column::Id)
        .from(cases::Entity)
        .and_where(cases::Column::Id.into_expr().equals((messages, Column::CaseId)))
        .and_where(cases::Column::Standing.is_in(["open", "ended"]))
        .to_owned()
}

/// Messages of which nobody knows whether they were sent.
pub(in crate::store) fn unsure(channel: Channel, now: Timestamp, limit: u32) -> SelectStatement {
    let left = Column::Status.eq(MessageStatus::Sending.as_str()).and(Column::LeaseUntil.lte(millis(now)));
    let free = Column::LeaseUntil.is_null().or(Column::LeaseUntil.lte(millis(now)));
    // A lease that ran out while asking is as good as a question whose time has come.
    let asked = Column::NextAttemptAt.lte(millis(now)).or(Column::LeaseUntil.is_not_null());
    let unknown = Column::Status.eq(MessageStatus::Uncertain.as_str()).and(free).and(asked);
    Query::select()
        .column(Column::Id)
        .from(notifications::Entity)
        .and_where(Column::Status.is_in([MessageStatus::Sending.as_str(), MessageStatus::Uncertain.as_str()]))
        .and_where(Column::Channel.eq(channel.as_str()))
        .and_where(left.or(unknown))
        .order_by(Column::Id, sea_orm::Order::Asc)
        .limit(u64::from(limit))
        .to_owned()
}

/// Messages that are taken, and what becomes of them.
struct Taken {
    selected: SelectStatement,
    limit: u32,
    status: MessageStatus,
    /// Who is to send them, and when; `None` leaves that as it is.
    sends: Option<(String, Timestamp)>,
    lease_until: Timestamp,
    holder: String,
}

impl Deed for Taken {
    type Answer = Vec<Claimed>;

    fn size(&self) -> usize {
        self.limit as usize
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Vec<Claimed>, StoreError> {
        let rows = take(tx, self).await?;
        let Some((notifier, now)) = &self.sends else {
            let started_at = last_attempts(tx, &rows).await?;
            return to_claimed(rows, &started_at, true);
        };
        let started = rows.iter().map(|row| attempts::ActiveModel {
            notification_id: ActiveValue::Set(row.id.clone()),
            fence: ActiveValue::Set(row.fence),
            attempt: ActiveValue::Set(row.attempts),
            started_at: ActiveValue::Set(millis(*now)),
            ended_at: ActiveValue::Set(None),
            result: ActiveValue::Set(None),
            code: ActiveValue::Set(None),
            message: ActiveValue::Set(None),
            notifier: ActiveValue::Set(Some(notifier.clone())),
        });
        tx.insert_all(started.collect(), CLAIM).await?;
        let started_at = rows.iter().map(|row| (row.id.clone(), *now)).collect();
        to_claimed(rows, &started_at, false)
    }
}

/// Gives the selected messages a new fence and lease. Only an attempt to send counts as one.
async fn take<T: Transaction>(tx: &T, taken: &Taken) -> Result<Vec<notifications::Model>, StoreError> {
    let counted = i64::from(taken.status == MessageStatus::Sending);
    let mut update = notifications::Entity::update_many()
        .col_expr(Column::Status, Expr::val(taken.status.as_str()))
        .col_expr(Column::Attempts, Column::Attempts.into_expr().add(counted))
        .col_expr(Column::Fence, Column::Fence.into_expr().add(1_i64))
        .col_expr(Column::LeaseUntil, Expr::val(millis(taken.lease_until)))
        .col_expr(Column::LeaseHolder, Expr::val(&taken.holder))
        .filter(among(tx.dialect(), Column::Id, free(tx, taken.selected.clone()).await?));
    if let Some((notifier, now)) = &taken.sends {
        update =
            update.col_expr(Column::Notifier, Expr::val(notifier)).col_expr(Column::TriedAt, Expr::val(millis(*now)));
    }
    let mut rows = tx.changed(update, CLAIM).await?;
    rows.sort_by(|a, b| (a.next_attempt_at, &a.id).cmp(&(b.next_attempt_at, &b.id)));
    Ok(rows)
}

/// The selected messages that no other process is just taking.
async fn free<T: Transaction>(tx: &T, mut selected: SelectStatement) -> Result<Vec<String>, StoreError> {
    selected.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    tx.column(&selected, CLAIM).await
}

/// When each message's last attempt began.
async fn last_attempts<T: Transaction>(
    tx: &T,
    rows: &[notifications::Model],
) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let mut started = BTreeMap::new();
    for rows in rows.chunks(KEYS_MAX) {
        let query = attempts::Entity::find()
            .filter(among(tx.dialect(), attempts::Column::NotificationId, rows.iter().map(|row| row.id.as_str())))
            .order_by_asc(attempts::Column::Fence);
        let found = tx.all(query, CLAIM).await?;
        // Later attempts replace earlier ones.
        started.extend(found.into_iter().map(|row| (row.notification_id, instant(row.started_at))));
    }
    Ok(started)
}

fn to_claimed(
    rows: Vec<notifications::Model>,
    started_at: &BTreeMap<String, Timestamp>,
    uncertain: bool,
) -> Result<Vec<Claimed>, StoreError> {
    let claimed = |row: notifications::Model| {
        let message = to_message(&row)?;
        let attempt_started_at = started_at.get(&row.id).copied().unwrap_or(message.planned_at);
        Ok(Claimed {
            message,
            case: CaseId(row.case_id),
            notifier: row.notifier,
            attempt: count(row.attempts),
            fence: row.fence,
            attempt_started_at,
            uncertain,
        })
    };
    rows.into_iter().map(claimed).collect()
}
