//! Whose message it is: the cases that have spoken to its sender.
//!
//! Not the cases that merely know the number: an answer answers something, and heirs share telephones. What
//! names one of our own messages belongs to the case of that message. Open cases go before ended ones, and
//! among them the one that has spoken to the sender last.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use wasl_core::case::CaseId;

use super::{NewInbound, OPERATION};
use crate::store::batch::among;
use crate::store::error::StoreError;
use crate::store::messages::MessageStatus;
use crate::store::tables::{call_tasks, cases, notifications};
use crate::store::tasks::TaskStatus;
use crate::store::transaction::Transaction;

/// More cases than this of one number help nobody to choose.
const CANDIDATES_MAX: usize = 20;
/// Contacts of one number that are looked at.
const CONTACTS_MAX: u64 = 1_000;
/// Our own messages that an answer may name.
const ANSWERED_MAX: usize = 50;

/// Messages that have left, or may have.
const LEFT: [MessageStatus; 6] = [
    MessageStatus::Sending,
    MessageStatus::Uncertain,
    MessageStatus::Accepted,
    MessageStatus::Sent,
    MessageStatus::Delivered,
    MessageStatus::Undelivered,
];

/// The cases of a message to us, the likeliest first.
pub(super) async fn cases_of<T: Transaction>(tx: &T, new: &NewInbound) -> Result<Vec<CaseId>, StoreError> {
    let mut contacts = match &new.answers {
        Some(ids) => answered(tx, ids).await?,
        None => contacted(tx, &new.from).await?,
    };
    let mut latest: BTreeMap<i64, i64> = BTreeMap::new();
    for (case, at) in contacts.drain(..) {
        let known = latest.entry(case).or_insert(at);
        *known = at.max(*known);
    }
    let query = cases::Entity::find()
        .select_only()
        .columns([cases::Column::Id, cases::Column::Standing])
        .filter(among(tx.dialect(), cases::Column::Id, latest.keys().copied()))
        // A case that knows nobody any more is nobody's: a person is to read what they wrote.
        .filter(Expr::cust("people_erased_at IS NULL"));
    let mut found: Vec<(i64, String)> = tx.tuples(query, OPERATION).await?;
    found.sort_by_key(|(id, standing)| (standing == "ended", Reverse(latest.get(id).copied()), Reverse(*id)));
    Ok(found.into_iter().take(CANDIDATES_MAX).map(|(id, _)| CaseId(id)).collect())
}

/// The cases of our own messages that an answer names, and when those left.
async fn answered<T: Transaction>(tx: &T, ids: &[String]) -> Result<Vec<(i64, i64)>, StoreError> {
    use notifications::Column;
    let ids = ids.iter().take(ANSWERED_MAX).map(String::as_str);
    let query = notifications::Entity::find()
        .select_only()
        .columns([Column::CaseId, Column::SentAt, Column::NotBefore])
        .filter(among(tx.dialect(), Column::ProviderId, ids));
    let rows: Vec<(i64, Option<i64>, i64)> = tx.tuples(query, OPERATION).await?;
    Ok(rows.into_iter().map(|(case, sent_at, not_before)| (case, sent_at.unwrap_or(not_before))).collect())
}

async fn contacted<T: Transaction>(tx: &T, address: &str) -> Result<Vec<(i64, i64)>, StoreError> {
    let (messages, calls) = contacted_at(address);
    let messages: Vec<(i64, Option<i64>, i64)> = tx.tuples(messages, OPERATION).await?;
    let calls: Vec<(i64, Option<i64>, i64)> = tx.tuples(calls, OPERATION).await?;
    let contacts = messages.into_iter().chain(calls);
    Ok(contacts.map(|(case, at, planned)| (case, at.unwrap_or(planned))).collect())
}

/// Messages and calls that have reached an address, or may have: case, when, when at the earliest.
pub(crate) fn contacted_at(address: &str) -> (Select<notifications::Entity>, Select<call_tasks::Entity>) {
    let messages = notifications::Entity::find()
        .select_only()
        .columns([notifications::Column::CaseId, notifications::Column::SentAt, notifications::Column::NotBefore])
        .filter(notifications::Column::ToAddress.eq(address))
        .filter(notifications::Column::Status.is_in(LEFT.map(MessageStatus::as_str)))
        .limit(CONTACTS_MAX);
    let calls = call_tasks::Entity::find()
        .select_only()
        .columns([call_tasks::Column::CaseId, call_tasks::Column::AnsweredAt, call_tasks::Column::NotBefore])
        .filter(call_tasks::Column::ToAddress.eq(address))
        .filter(call_tasks::Column::Status.eq(TaskStatus::Answered.as_str()))
        .limit(CONTACTS_MAX);
    (messages, calls)
}
