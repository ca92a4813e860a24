//! Histories lie in blocks by the number of the case, so that those of a block can be let go at once, when all of its cases ended
//! long enough ago and say nothing of people any more. On a server a block is a partition, which is truncated: that costs the
//! same however many lines it has. Elsewhere lines are deleted, some thousand at a time.
//!
//! Why so, and not by month: `docs/adr/0043-blocks-of-histories.md`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use wasl_core::case::CaseId;

use super::Store;
use super::dialect::Dialect;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tables::{cases, history, history_blocks as blocks};
use super::tx::Tx;
use blocks::Column;

const MAKING: &str = "make room for histories";
const FINDING: &str = "find histories to let go";
const EMPTYING: &str = "let histories go";

/// A block takes as many cases as all before it, so that there are few blocks of many cases and small ones of few; between these.
const SMALLEST: i64 = 10_000;
const LARGEST: i64 = 1_000_000;
/// Lines that are deleted in one transaction: others wait for some hundredths of a second.
const LINES_AT_ONCE: u64 = if cfg!(test) { 2 } else { 5_000 };
/// Who reads histories for long, such as a backup, keeps a block from being emptied, and everybody would wait behind: it is tried
/// again later.
const NOT_WAITED_FOR: &str = "SET LOCAL lock_timeout = '2s'";

/// The histories of neighbouring cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldHistories {
    /// The first case.
    pub first: CaseId,
    /// Behind the last one.
    pub past: CaseId,
    /// How many cases there are.
    pub cases: u64,
}

/// What this process knows of the blocks.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Up to which case there are more than enough.
    until: AtomicI64,
    /// By the first case of each, which one keeps it, as of which cutoff: all before it are old, and stay so.
    kept_by: Mutex<BTreeMap<i64, (i64, i64)>>,
}

impl Store {
    /// Makes blocks for cases behind this one, whose number was set aside: one is made when half of the newest is used, so that
    /// nobody waits for it, and nodes of an earlier release, which make none, find room beside this one.
    pub(super) async fn make_room(&self, last: i64) -> Result<(), StoreError> {
        if last < self.room.until.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut newest = newest(&self.reader).await?;
        if last >= half(newest) {
            let tx = self.begin(MAKING).await?;
            // Another process may have made some by now.
            newest = self::newest(&tx).await?;
            while last >= half(newest) {
                let (_, first) = newest;
                newest = (first, first + first.clamp(SMALLEST, LARGEST));
                make(&tx, newest).await?;
            }
            tx.commit().await.during(MAKING)?;
        }
        self.room.until.fetch_max(half(newest), Ordering::AcqRel);
        Ok(())
    }

    /// Blocks of which every case ended by `cutoff`, and its people are erased; not one to which cases are still to come: all numbers
    /// of a block are given before the first of the next.
    ///
    /// # Errors
    /// The database failed.
    pub async fn old_histories(&self, cutoff: Timestamp) -> Result<Vec<OldHistories>, StoreError> {
        let given = self.last_case_id().await?;
        let query = blocks::Entity::find().filter(Column::EmptiedAt.is_null()).filter(Column::Past.lte(given));
        let mut old = Vec::new();
        for block in query.order_by_asc(Column::First).all(&self.reader).await.during(FINDING)? {
            if self.is_old(&block, cutoff).await? {
                let cases = of(&block).count(&self.reader).await.during(FINDING)?;
                old.push(OldHistories { first: CaseId(block.first), past: CaseId(block.past), cases });
            }
        }
        Ok(old)
    }

    /// Each case of a block is looked at once, and the one that keeps it again each time: whoever is erased is never opened again.
    async fn is_old(&self, block: &blocks::Model, cutoff: Timestamp) -> Result<bool, StoreError> {
        let (cutoff, kept_by) = (millis(cutoff), || self.room.kept_by.lock().unwrap_or_else(PoisonError::into_inner));
        let known = kept_by().get(&block.first).copied().filter(|(as_of, _)| *as_of <= cutoff);
        let from = known.map_or(block.first, |(_, case)| case);
        let is_young = cases::Column::ClosedAt.is_null().or(cases::Column::ClosedAt.gt(cutoff));
        let says_something = Expr::cust("people_erased_at IS NULL").or(is_young);
        let keeps = of(block).select_only().column(cases::Column::Id).filter(cases::Column::Id.gte(from));
        let keeps = keeps.filter(says_something).order_by_asc(cases::Column::Id).into_tuple::<i64>();
        let keeps = keeps.one(&self.reader).await.during(FINDING)?;
        kept_by().insert(block.first, (cutoff, keeps.unwrap_or(block.past)));
        Ok(keeps.is_none())
    }

    /// Lets the histories of such a block go; says whether they are gone. On a file this takes a part, and is to be asked for again
    /// until they are.
    ///
    /// # Errors
    /// The database failed, or somebody reads them for long ([`Trouble::Busy`](super::Trouble::Busy)); what is gone stays gone.
    pub async fn empty_histories(&self, histories: OldHistories, now: Timestamp) -> Result<bool, StoreError> {
        let tx = self.begin(EMPTYING).await?;
        let block = blocks::Entity::find_by_id(histories.first.0).one(&tx).await.during(EMPTYING)?;
        let Some(block) = block.filter(|block| block.emptied_at.is_none()) else { return Ok(true) };
        let is_empty = empty(&tx, &block).await?;
        if is_empty {
            let block =
                blocks::ActiveModel { emptied_at: ActiveValue::Set(Some(millis(now))), ..block.into_active_model() };
            blocks::Entity::update(block).exec(&tx).await.during(EMPTYING)?;
        }
        tx.commit().await.during(EMPTYING)?;
        Ok(is_empty)
    }

    /// When the history of a case was let go.
    ///
    /// # Errors
    /// The database failed.
    pub async fn history_gone_at(&self, case: CaseId) -> Result<Option<Timestamp>, StoreError> {
        let query = blocks::Entity::find().filter(Column::First.lte(case.0)).order_by_desc(Column::First);
        let block = query.one(&self.reader).await.during("read a history")?;
        Ok(block.and_then(|block| block.emptied_at).map(instant))
    }
}

/// The first case of the newest block, and behind its last one.
async fn newest<C: ConnectionTrait>(db: &C) -> Result<(i64, i64), StoreError> {
    let query = blocks::Entity::find().select_only().columns([Column::First, Column::Past]).order_by_desc(Column::Past);
    Ok(query.into_tuple().one(db).await.during(MAKING)?.unwrap_or_default())
}

/// The middle of a block.
const fn half((first, past): (i64, i64)) -> i64 {
    first + (past - first) / 2
}

/// A table that is made first and attached then does not wait for those who read.
async fn make(tx: &Tx, (first, past): (i64, i64)) -> Result<(), StoreError> {
    let row = blocks::Model { first, past, emptied_at: None };
    blocks::Entity::insert(row.into_active_model()).exec_without_returning(tx).await.during(MAKING)?;
    if Dialect::of(tx) == Dialect::Postgres {
        let sql = format!(
            "CREATE TABLE history_{first} (LIKE history INCLUDING INDEXES INCLUDING STORAGE); \
             ALTER TABLE history ATTACH PARTITION history_{first} FOR VALUES FROM ({first}) TO ({past})"
        );
        tx.execute_unprepared(&sql).await.during(MAKING)?;
    }
    Ok(())
}

/// The cases of a block.
fn of(block: &blocks::Model) -> sea_orm::Select<cases::Entity> {
    cases::Entity::find().filter(cases::Column::Id.gte(block.first)).filter(cases::Column::Id.lt(block.past))
}

/// Whether nothing is left.
async fn empty(tx: &Tx, block: &blocks::Model) -> Result<bool, StoreError> {
    if Dialect::of(tx) == Dialect::Postgres {
        let sql = format!("{NOT_WAITED_FOR}; TRUNCATE history_{}", block.first);
        tx.execute_unprepared(&sql).await.during(EMPTYING)?;
        return Ok(true);
    }
    let lines = Query::select()
        .column(history::Column::Id)
        .from(history::Entity)
        .and_where(history::Column::CaseId.gte(block.first))
        .and_where(history::Column::CaseId.lt(block.past))
        .limit(LINES_AT_ONCE)
        .to_owned();
    let delete = history::Entity::delete_many().filter(history::Column::Id.in_subquery(lines));
    let gone = delete.exec(tx).await.during(EMPTYING)?.rows_affected;
    Ok(gone < LINES_AT_ONCE)
}
