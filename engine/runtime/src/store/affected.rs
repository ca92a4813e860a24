//! Cases that mean to contact somebody who may not be contacted any more: they are told, so that they take
//! back what has not left and go on by another way.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::BTreeSet;
use wasl_core::case::CaseId;
use wasl_core::event::Body;

use super::Store;
use super::batch::KEYS_MAX;
use super::error::{During, StoreError};
use super::events::NewEvent;
use super::messages::MessageStatus;
use super::tables::{call_tasks, notifications};
use super::tasks::TaskStatus;
use super::transaction::Transaction;

const OPERATION: &str = "tell cases of a changed policy";
/// Who tells them.
const SOURCE: &str = "policy";

/// Tells the cases that have an unsent message or an open call to one of these; `cause` names what has changed,
/// so that the same change is told once.
pub(super) async fn tell<T: Transaction>(
    tx: &T,
    identities: &BTreeSet<&str>,
    cause: &str,
    now: Timestamp,
) -> Result<Vec<CaseId>, StoreError> {
    let mut cases: BTreeSet<i64> = BTreeSet::new();
    let identities: Vec<&str> = identities.iter().copied().collect();
    for identities in identities.chunks(KEYS_MAX) {
        let is_theirs = |column: Expr| column.is_in(identities.iter().copied());
        let may_be_an_email = Expr::val(identities.iter().any(|identity| identity.contains('@')));
        cases.extend(tx.column::<i64>(&messages_to(is_theirs, may_be_an_email), OPERATION).await?);
        cases.extend(tx.column::<i64>(&calls_to(is_theirs), OPERATION).await?);
    }
    let new: Vec<NewEvent> = cases.iter().map(|case| told(*case, cause, now)).collect();
    tx.record(&new).await?;
    Ok(cases.into_iter().map(CaseId).collect())
}

impl Store {
    /// Cases that were told of a changed policy and have not taken it yet.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cases_to_tell(&self, limit: u32) -> Result<Vec<CaseId>, StoreError> {
        use super::tables::events::{Column, Entity};
        let query = Entity::find()
            .select_only()
            .column(Column::CaseId)
            .filter(Column::Disposition.is_null())
            .filter(Column::Source.eq(SOURCE))
            .limit(u64::from(limit));
        let cases: Vec<i64> = query.into_tuple().all(&self.reader).await.during(OPERATION)?;
        Ok(cases.into_iter().map(CaseId).collect())
    }
}

/// What a case is told.
pub(super) fn told(id: i64, cause: &str, now: Timestamp) -> NewEvent {
    NewEvent {
        case: CaseId(id),
        source: SOURCE.to_owned(),
        source_id: format!("{cause}:{id}"),
        at: now,
        by: "engine".to_owned(),
        body: Body::PolicyChanged,
    }
}

/// The cases of messages that wait for somebody, whose identity is compared as the caller says. They are found by whom they
/// are for, and not among all that wait: while a register is read, each of its dead is looked for.
pub(super) fn messages_to(is_theirs: impl Fn(Expr) -> Expr, may_be_an_email: Expr) -> SelectStatement {
    use notifications::Column;
    let waiting = [MessageStatus::Queued.as_str(), MessageStatus::Sending.as_str(), MessageStatus::Uncertain.as_str()];
    // An address of e-mail is kept as its source wrote it; an identity is in small letters.
    let address = Expr::expr(Func::lower(Column::ToAddress.into_expr()));
    let written_otherwise = Query::select()
        .column(Column::CaseId)
        .from(notifications::Entity)
        .and_where(may_be_an_email)
        .and_where(Column::Status.is_in(waiting))
        .and_where(is_theirs(address))
        .to_owned();
    Query::select()
        .column(Column::CaseId)
        .from(notifications::Entity)
        .and_where(stands(Column::Status.into_expr()).is_in(waiting))
        .and_where(is_theirs(Column::ToAddress.into_expr()).or(is_theirs(Column::Person.into_expr())))
        .union(UnionType::Distinct, written_otherwise)
        .to_owned()
}

/// The same of calls.
pub(super) fn calls_to(is_theirs: impl Fn(Expr) -> Expr) -> SelectStatement {
    use call_tasks::Column;
    let open = [TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()];
    Query::select()
        .column(Column::CaseId)
        .from(call_tasks::Entity)
        .and_where(stands(Column::Status.into_expr()).is_in(open))
        .and_where(is_theirs(Column::ToAddress.into_expr()).or(is_theirs(Column::Person.into_expr())))
        .to_owned()
}

/// A status by which nothing is looked for: `SQLite` would go through all that wait, by an index of theirs.
fn stands(status: Expr) -> Expr {
    Func::coalesce([status, Expr::val("")]).into()
}
