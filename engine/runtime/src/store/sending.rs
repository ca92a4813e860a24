//! Sending: claiming messages under a lease with a fence, and settling what came of them.
//!
//! A claim is committed before anything leaves the process. Whoever settles shows the fence of the
//! claim; a claim that outlived its lease and was given to another has an older one and writes
//! nothing. What a receipt has already said is never taken back.

pub(super) mod alike;
pub(super) mod claim;
pub(super) mod overdue;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::Status;
use wasl_core::effect::Message;
use wasl_core::event::Body;
use wasl_core::lang::Texts;
use wasl_core::policy::Rule;

use super::Store;
use super::batch::{KEYS_MAX, among};
use super::dialect::Beside;
use super::document::{due_millis, millis, text, to_json};
use super::error::StoreError;
use super::events::NewEvent;
use super::messages::{MessageStatus, status_of};
use super::receipts;
use super::suppressions::{self, Suppression};
use super::tables::{attempts, notifications};
use super::transaction::{Deed, Transaction};

const OPERATION: &str = "settle messages";

/// Under which source the news of messages are stored.
pub(super) const DELIVERY: &str = "delivery";

/// A message that is yours to send, or to ask the gateway about, until the lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The message.
    pub message: Message,
    /// Its case.
    pub case: CaseId,
    /// The notifier that this attempt, or the one in question, is or was made through; `None` for one
    /// of a release that did not record it.
    pub notifier: Option<String>,
    /// 1 for the first attempt to hand it over.
    pub attempt: u32,
    /// Shows at the settlement that the claim is still the newest.
    pub fence: i64,
    /// When the attempt began: from when on the gateway may know of it.
    pub attempt_started_at: Timestamp,
    /// Whether somebody had it before and nobody knows whether it was sent: ask before sending.
    pub uncertain: bool,
}

/// What came of a claimed message.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// The message.
    pub id: EffectId,
    /// The fence of the claim.
    pub fence: i64,
    /// What came of it.
    pub settled: Settled,
    /// What to tell the case, in the same transaction.
    pub tell: Option<Body>,
    /// The gateway says that its recipient asked to stop: listed in the same transaction, and told to every
    /// case that means to contact them.
    pub stop: Option<Suppression>,
}

/// What came of a claimed message.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// The gateway has it.
    Accepted {
        /// The notifier that handed it over.
        notifier: String,
        /// The gateway's id of it.
        provider_id: Option<String>,
        /// Where the gateway says it stands.
        status: Status,
        /// Segments that the gateway bills.
        segments: Option<u32>,
        /// By when it has to report what became of it, if it does.
        confirm_by: Option<Timestamp>,
    },
    /// It will never be sent.
    Failed {
        /// The gateway's or our code.
        code: String,
        /// Why, without personal data.
        reason: String,
    },
    /// It was certainly not sent and is tried again.
    Again {
        /// When.
        at: Timestamp,
        /// The gateway's or our code.
        code: String,
        /// Why, without personal data.
        reason: String,
    },
    /// It did not leave, through no fault of its own, and waits; the claim does not count as an attempt.
    Waits {
        /// Until when.
        at: Timestamp,
        /// The gateway's or our code.
        code: String,
        /// Why, without personal data.
        reason: String,
    },
    /// Nobody knows whether the gateway has it, and it is sent again: by that gateway and no other.
    Resend {
        /// Why, without personal data.
        reason: String,
    },
    /// Its time had passed before it was handed over.
    Expired,
    /// A rule forbids it.
    Suppressed {
        /// Which.
        rule: Rule,
    },
    /// It was withdrawn before it was handed over.
    Withdrawn {
        /// Why.
        reason: String,
    },
    /// Nobody knows whether it was sent.
    Uncertain {
        /// The gateway's or our code.
        code: String,
        /// Why, without personal data.
        reason: String,
        /// When the gateway is asked again; without it only a person decides.
        ask_at: Option<Timestamp>,
    },
    /// It was not handed over and waits for an allowed moment; the claim does not count either.
    Postponed {
        /// Until when.
        not_before: Timestamp,
        /// Why.
        why: Option<Texts>,
    },
}

impl Store {
    /// Writes what came of claimed messages, in one transaction; says for each whether its claim was
    /// still the newest. What comes with an older fence changes nothing and tells nobody. What the
    /// case withdrew meanwhile is withdrawn in place of being tried again.
    ///
    /// # Errors
    /// The database failed; then none is settled.
    pub async fn settle_messages(&self, settlements: &[Settlement], now: Timestamp) -> Result<Vec<bool>, StoreError> {
        let settling = Settling { settlements: settlements.to_vec(), now };
        self.within(Beside::Others, OPERATION, settling).await
    }
}

/// Settlements to be written.
struct Settling {
    settlements: Vec<Settlement>,
    now: Timestamp,
}

impl Deed for Settling {
    type Answer = Vec<bool>;

    fn size(&self) -> usize {
        self.settlements.len()
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Vec<bool>, StoreError> {
        write(tx, &self.settlements, self.now).await
    }
}

async fn write<T: Transaction>(tx: &T, settlements: &[Settlement], now: Timestamp) -> Result<Vec<bool>, StoreError> {
    hold_cases(tx, settlements).await?;
    let mut rows = claimed_rows(tx, settlements).await?;
    let (mut told, mut named, mut stops) = (Vec::new(), Vec::new(), Vec::new());
    let mut held = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let row = rows.remove(settlement.id.0.as_str());
        let row = row.filter(|row| row.fence == settlement.fence && row.lease_until.is_some());
        held.push(row.is_some());
        let Some(row) = row else { continue };
        stops.extend(&settlement.stop);
        end_attempt(tx, settlement, now).await?;
        let case = CaseId(row.case_id);
        if settle(tx, row, settlement, now).await? {
            told.extend(settlement.tell.clone().map(|body| news(case, &settlement.id, body, now)));
        }
        if let Settled::Accepted { notifier, provider_id: Some(provider_id), .. } = &settlement.settled {
            named.push((&settlement.id, notifier, provider_id));
        }
    }
    tx.record(&told).await?;
    // After the news of the failure: for its own case this message is over, and only others are withdrawn.
    for stop in stops {
        suppressions::add(tx, stop).await?;
    }
    // After the news of the sending itself, so that the case hears of both in their order.
    for (message, notifier, provider_id) in named {
        receipts::adopt_early(tx, message, notifier, provider_id, now).await?;
    }
    Ok(held)
}

/// Holds the cases of the messages: whoever has a case decides about its messages.
async fn hold_cases<T: Transaction>(tx: &T, settlements: &[Settlement]) -> Result<(), StoreError> {
    if !tx.dialect().locks_rows() {
        return Ok(());
    }
    let mut cases = BTreeSet::new();
    for settlements in settlements.chunks(KEYS_MAX) {
        let of_messages = notifications::Entity::find()
            .select_only()
            .column(notifications::Column::CaseId)
            .filter(these(tx, settlements));
        cases.extend(tx.column::<i64>(of_messages.as_query(), OPERATION).await?);
    }
    tx.hold(&cases, OPERATION).await
}

/// The messages that are settled.
fn these<T: Transaction>(tx: &T, settlements: &[Settlement]) -> Expr {
    among(tx.dialect(), notifications::Column::Id, settlements.iter().map(|settlement| settlement.id.0.as_str()))
}

async fn claimed_rows<T: Transaction>(
    tx: &T,
    settlements: &[Settlement],
) -> Result<BTreeMap<String, notifications::Model>, StoreError> {
    let mut rows = BTreeMap::new();
    for settlements in settlements.chunks(KEYS_MAX) {
        let query = notifications::Entity::find().filter(these(tx, settlements));
        // In one order, and none that another process is just taking over.
        let query = query.order_by_asc(notifications::Column::Id).lock(LockType::Update);
        let found = tx.all(query, OPERATION).await?;
        rows.extend(found.into_iter().map(|row| (row.id.clone(), row)));
    }
    Ok(rows)
}

/// Writes what came of a message and says whether it moved. Where a receipt was faster, its word
/// stays and only what it could not know is added.
async fn settle<T: Transaction>(
    tx: &T,
    row: notifications::Model,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before = status_of(&row)?;
    let receipt_was_faster = before >= MessageStatus::Accepted;
    let (attempts, sent_at) = (row.attempts, row.sent_at);
    let settled = unless_withdrawn(&settlement.settled, row.withdraw.as_ref());
    let mut row = row.into_active_model();
    row.lease_until = ActiveValue::Set(None);
    row.lease_holder = ActiveValue::Set(None);
    let mut moved = !receipt_was_faster;
    if let Settled::Accepted { notifier, provider_id, status, segments, confirm_by } = &settlement.settled {
        let status = MessageStatus::from(*status);
        moved = before.yields_to(status);
        if !before.is_final() {
            row.confirm_by = ActiveValue::Set(confirm_by.map(due_millis));
        }
        row.notifier = ActiveValue::Set(Some(notifier.clone()));
        row.provider_id = ActiveValue::Set(provider_id.clone().map(text));
        row.sent_at = ActiveValue::Set(Some(sent_at.unwrap_or(millis(now))));
        if let Some(segments) = segments {
            row.segments = ActiveValue::Set(i64::from(*segments));
        }
        if moved {
            stand(&mut row, status, now);
            // What an earlier attempt failed of stands in the log of attempts.
            row.code = ActiveValue::Set(None);
            row.reason = ActiveValue::Set(None);
        }
    } else if !receipt_was_faster {
        not_accepted(&mut row, &settled, attempts, now)?;
    }
    tx.update(row, OPERATION).await?;
    Ok(moved)
}

/// What its case withdrew while a dispatcher had it is not tried again.
fn unless_withdrawn<'a>(settled: &'a Settled, withdraw: Option<&String>) -> Cow<'a, Settled> {
    match (settled, withdraw) {
        (
            Settled::Again { .. } | Settled::Waits { .. } | Settled::Resend { .. } | Settled::Postponed { .. },
            Some(why),
        ) => Cow::Owned(Settled::Withdrawn { reason: why.clone() }),
        _ => Cow::Borrowed(settled),
    }
}

/// What the row says after a claim that ended without the gateway having the message for certain.
fn not_accepted(
    row: &mut notifications::ActiveModel,
    settled: &Settled,
    attempts: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (status, next, code, reason) = match settled {
        // Handled by the caller, which knows what a receipt may have said.
        Settled::Accepted { .. } => return Ok(()),
        Settled::Failed { code, reason } => (MessageStatus::Failed, None, Some(code), Some(reason)),
        Settled::Again { at, code, reason } => (MessageStatus::Queued, Some(*at), Some(code), Some(reason)),
        Settled::Waits { at, code, reason } => {
            row.attempts = ActiveValue::Set(attempts.saturating_sub(1));
            (MessageStatus::Queued, Some(*at), Some(code), Some(reason))
        }
        Settled::Resend { reason } => {
            row.only_by = ActiveValue::Set(row.notifier.clone().take().flatten());
            (MessageStatus::Queued, Some(now), None, Some(reason))
        }
        Settled::Uncertain { code, reason, ask_at } => (MessageStatus::Uncertain, *ask_at, Some(code), Some(reason)),
        Settled::Expired => (MessageStatus::Expired, None, None, None),
        Settled::Withdrawn { reason } => (MessageStatus::Withdrawn, None, None, Some(reason)),
        Settled::Suppressed { rule } => {
            row.rule = ActiveValue::Set(Some(to_json("rule", "message", rule)?));
            (MessageStatus::Suppressed, None, None, None)
        }
        Settled::Postponed { not_before, why } => {
            let why = why.as_ref().map(|why| to_json("reason", "message", why)).transpose()?;
            row.not_before = ActiveValue::Set(due_millis(*not_before));
            row.why = ActiveValue::Set(why);
            row.attempts = ActiveValue::Set(attempts.saturating_sub(1));
            (MessageStatus::Queued, Some(*not_before), None, None)
        }
    };
    stand(row, status, now);
    if status == MessageStatus::Queued {
        row.notifier = ActiveValue::Set(None);
        // A copy that may be out counts for the caps from when it was tried.
        if !matches!(settled, Settled::Resend { .. }) && row.only_by.as_ref().is_none() {
            row.tried_at = ActiveValue::Set(None);
        }
    }
    row.next_attempt_at = ActiveValue::Set(next.map(due_millis));
    row.code = ActiveValue::Set(code.cloned());
    row.reason = ActiveValue::Set(reason.cloned());
    Ok(())
}

/// Sets a status and what follows from it.
pub(super) fn stand(row: &mut notifications::ActiveModel, status: MessageStatus, now: Timestamp) {
    row.status = ActiveValue::Set(status.as_str().to_owned());
    row.settled_at = ActiveValue::Set(status.is_final().then(|| millis(now)));
    row.next_attempt_at = ActiveValue::Set(None);
    if status.is_final() {
        row.confirm_by = ActiveValue::Set(None);
    }
}

/// Ends the attempt of the claim, or the one that nobody came back from before it.
async fn end_attempt<T: Transaction>(tx: &T, settlement: &Settlement, now: Timestamp) -> Result<(), StoreError> {
    use attempts::Column;
    let (result, code, message) = match &settlement.settled {
        Settled::Accepted { status, .. } => (status.as_str(), None, None),
        Settled::Failed { code, reason } => ("failed", Some(code), Some(reason)),
        Settled::Again { code, reason, .. } => ("retry", Some(code), Some(reason)),
        Settled::Waits { code, reason, .. } => ("waits", Some(code), Some(reason)),
        Settled::Resend { reason } => ("resend", None, Some(reason)),
        Settled::Uncertain { code, reason, .. } => ("uncertain", Some(code), Some(reason)),
        Settled::Expired => ("expired", None, None),
        Settled::Suppressed { .. } => ("suppressed", None, None),
        Settled::Withdrawn { reason } => ("withdrawn", None, Some(reason)),
        Settled::Postponed { .. } => ("postponed", None, None),
    };
    let update = attempts::Entity::update_many()
        .col_expr(Column::EndedAt, Expr::val(millis(now)))
        .col_expr(Column::Result, Expr::val(result))
        .col_expr(Column::Code, Expr::val(code.cloned()))
        .col_expr(Column::Message, Expr::val(message.cloned()))
        .filter(Column::NotificationId.eq(settlement.id.0.as_str()))
        .filter(Column::Fence.lte(settlement.fence))
        .filter(Column::EndedAt.is_null());
    tx.change(update.as_query(), OPERATION).await.map(|_| ())
}

/// News of a message as an event of its case: each kind of news is told once.
pub(super) fn news(case: CaseId, message: &EffectId, body: Body, now: Timestamp) -> NewEvent {
    let kind = match &body {
        Body::Delivery { news, .. } => news.as_str().to_owned(),
        other => other.label(),
    };
    NewEvent {
        case,
        source: DELIVERY.to_owned(),
        source_id: format!("{message}:{kind}"),
        at: now,
        by: DELIVERY.to_owned(),
        body,
    }
}
