//! Which cases are due to be erased, and by which pseudonyms those that were are known again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use wasl_core::case::CaseId;
use wasl_core::retention::Stage;

use super::Store;
use super::batch::among;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tables::cases::{Column, Entity};

const OPERATION: &str = "find cases to erase";
/// From where the events come by which cases are erased.
pub const ERASING: &str = "retention";

/// A case that is due to be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueCase {
    /// Which.
    pub case: CaseId,
    /// When it ended.
    pub closed_at: Timestamp,
}

/// How many cases of a workflow are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCount {
    /// The workflow.
    pub workflow: String,
    /// Its cases.
    pub cases: u64,
    /// Their messages.
    pub messages: u64,
}

impl Store {
    /// Cases that ended by `cutoff` and are due for a stage, those that ended first before the others, after the given one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due_for_erasure(
        &self,
        stage: Stage,
        cutoff: Timestamp,
        after: Option<DueCase>,
        limit: u32,
    ) -> Result<Vec<DueCase>, StoreError> {
        let rows: Vec<(i64, i64)> =
            due(stage, cutoff, after, limit).into_tuple().all(&self.reader).await.during(OPERATION)?;
        let due = |(id, closed_at)| DueCase { case: CaseId(id), closed_at: instant(closed_at) };
        Ok(rows.into_iter().map(due).collect())
    }

    /// Which of these cases are due all the same: those that could not be erased.
    ///
    /// # Errors
    /// The database failed.
    pub async fn still_due(&self, stage: Stage, cases: &[DueCase]) -> Result<BTreeSet<CaseId>, StoreError> {
        let ids = among(self.dialect, Column::Id, cases.iter().map(|due| due.case.0));
        let query = Entity::find().select_only().column(Column::Id).filter(ids).filter(Expr::cust(has_it(stage)));
        let ids: Vec<i64> = query.into_tuple().all(&self.reader).await.during(OPERATION)?;
        Ok(ids.into_iter().map(CaseId).collect())
    }

    /// How many cases ended between two instants and are due for a stage, by workflow; the first instant is left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_due(
        &self,
        stage: Stage,
        after: Option<Timestamp>,
        cutoff: Timestamp,
    ) -> Result<Vec<DueCount>, StoreError> {
        let of_case = Expr::cust("(SELECT COUNT(*) FROM notifications WHERE notifications.case_id = cases.id)");
        let mut query = Entity::find()
            .select_only()
            .column(Column::Workflow)
            .column_as(Column::Id.count(), "cases")
            .column_as(Expr::expr(of_case).sum().cast_as("BIGINT"), "messages")
            .filter(is_due(stage))
            .filter(Column::ClosedAt.lte(millis(cutoff)))
            .group_by(Column::Workflow)
            .order_by_asc(Column::Workflow);
        if let Some(after) = after {
            query = query.filter(Column::ClosedAt.gt(millis(after)));
        }
        let rows: Vec<(String, i64, Option<i64>)> = query.into_tuple().all(&self.reader).await.during(OPERATION)?;
        let number = |number: i64| u64::try_from(number).unwrap_or_default();
        let count = |(workflow, cases, messages): (String, i64, Option<i64>)| DueCount {
            workflow,
            cases: number(cases),
            messages: number(messages.unwrap_or_default()),
        };
        Ok(rows.into_iter().map(count).collect())
    }

    /// How many cases are kept from being erased, and the first of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn kept_cases(&self, limit: u64) -> Result<Vec<CaseId>, StoreError> {
        let query = Entity::find().select_only().column(Column::Id).filter(Expr::cust("kept")).order_by_asc(Column::Id);
        let ids: Vec<i64> = query.limit(limit).into_tuple().all(&self.reader).await.during(OPERATION)?;
        Ok(ids.into_iter().map(CaseId).collect())
    }

    /// The pseudonym of an identity, where there are any.
    pub(super) fn pseudonym_of(&self, identity: &str) -> Option<String> {
        self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.of_identity(identity))
    }

    /// Under what an identity may stand: as it is spelt, and by its pseudonym.
    pub(super) fn known_as(&self, identity: &str) -> Vec<String> {
        std::iter::once(identity.to_owned()).chain(self.pseudonym_of(identity)).collect()
    }

    /// Keys of a workflow's cases, and with each how it is spelt: they stand under themselves and under their pseudonyms.
    pub(super) fn keys_with_pseudonyms<'k>(&self, workflow: &str, keys: &'k [String]) -> BTreeMap<String, &'k str> {
        let pseudonym = |key: &String| self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.of_key(workflow, key));
        let plain = keys.iter().map(|key| (key.clone(), key.as_str()));
        plain.chain(keys.iter().filter_map(|key| Some((pseudonym(key)?, key.as_str())))).collect()
    }
}

/// Cases that are due, in the order of the index that bounds them.
pub(super) fn due(stage: Stage, cutoff: Timestamp, after: Option<DueCase>, limit: u32) -> Select<Entity> {
    let mut query = Entity::find()
        .select_only()
        .columns([Column::Id, Column::ClosedAt])
        .filter(is_due(stage))
        .filter(Column::ClosedAt.lte(millis(cutoff)))
        .order_by_asc(Column::ClosedAt)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit));
    if let Some(after) = after {
        let at = millis(after.closed_at);
        let later = Column::ClosedAt.gt(at).or(Column::ClosedAt.eq(at).and(Column::Id.gt(after.case.0)));
        query = query.filter(Column::ClosedAt.gte(at)).filter(later);
    }
    query
}

/// Work that waits for somebody, such as a letter that came after the end: what it is about has to be there until then.
const NOBODY_IS_AT_IT: &str =
    "NOT EXISTS (SELECT 1 FROM call_tasks WHERE call_tasks.case_id = cases.id AND status IN ('open', 'claimed'))";

/// Something that came and was not taken yet, such as a letter of this minute; not what erases it.
pub(super) fn something_waits(case: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM events WHERE events.case_id = {case} AND disposition IS NULL AND source <> '{ERASING}')"
    )
}

fn is_due(stage: Stage) -> Expr {
    Expr::cust(format!("{} AND {NOBODY_IS_AT_IT} AND NOT {}", has_it(stage), something_waits("cases.id")))
}

/// What a stage has not taken yet, and may. Spelt as the index has it: `SQLite` matches a partial index to nothing else.
fn has_it(stage: Stage) -> String {
    let has_it = match stage {
        Stage::Texts => "(texts_erased_at IS NULL OR texts_erased_at < closed_at)",
        Stage::People => "people_erased_at IS NULL",
    };
    format!("closed_at IS NOT NULL AND NOT kept AND {has_it}")
}
