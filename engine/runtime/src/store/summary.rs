//! Numbers for those who look at the whole: cases, tasks and messages by where they stand.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, Func, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::Store;
use super::document::millis;
use super::error::{During, StoreError};
use super::messages::MessageStatus;
use super::tables::{call_tasks, cases, notifications};
use super::tasks::TaskStatus;

const OPERATION: &str = "count";

/// How many cases of a workflow stand in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// Name of the workflow.
    pub workflow: String,
    /// The state's name.
    pub state: String,
    /// `open`, `held`, `incident`, `ended`.
    pub standing: String,
    /// How many.
    pub cases: u64,
}

/// How many tasks of a queue wait for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingCount {
    /// Open or claimed.
    pub waiting: u64,
    /// Of these, may be made now.
    pub ready: u64,
    /// Of these, past their due time.
    pub overdue: u64,
}

impl Store {
    /// Cases by workflow, state and standing, in that order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cases_by_state(&self) -> Result<Vec<StateCount>, StoreError> {
        self.counts.states.get(|| self.count_by_state()).await
    }

    pub(super) async fn count_by_state(&self) -> Result<Vec<StateCount>, StoreError> {
        use cases::Column;
        let query = cases::Entity::find()
            .select_only()
            .columns([Column::Workflow, Column::State, Column::Standing])
            .column_as(Column::Id.count(), "cases")
            .group_by(Column::Workflow)
            .group_by(Column::State)
            .group_by(Column::Standing);
        let mut rows: Vec<(String, String, String, i64)> =
            query.into_tuple().all(&self.reader).await.during(OPERATION)?;
        rows.sort();
        let count = |(workflow, state, standing, cases)| StateCount { workflow, state, standing, cases: whole(cases) };
        Ok(rows.into_iter().map(count).collect())
    }

    /// Tasks that wait for somebody, by queue.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_tasks_by_queue(&self, now: Timestamp) -> Result<BTreeMap<String, WaitingCount>, StoreError> {
        self.counts.queues.get(|| self.count_by_queue(now)).await
    }

    /// All of it stands in the index by which work is given out: `turn` is when a task is due.
    pub(super) async fn count_by_queue(&self, now: Timestamp) -> Result<BTreeMap<String, WaitingCount>, StoreError> {
        use call_tasks::Column;
        let so_many =
            |condition: SimpleExpr| SimpleExpr::from(Func::sum(CaseStatement::new().case(condition, 1).finally(0)));
        let query = call_tasks::Entity::find()
            .select_only()
            .column(Column::Queue)
            .column_as(Expr::cust("COUNT(*)"), "waiting")
            .column_as(so_many(Column::NotBefore.lte(millis(now))), "ready")
            .column_as(so_many(Column::Turn.lt(millis(now))), "overdue")
            .filter(Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()]))
            .group_by(Column::Queue);
        let rows: Vec<(String, i64, i64, i64)> = query.into_tuple().all(&self.reader).await.during(OPERATION)?;
        let count = |(queue, waiting, ready, overdue)| {
            (queue, WaitingCount { waiting: whole(waiting), ready: whole(ready), overdue: whole(overdue) })
        };
        Ok(rows.into_iter().map(count).collect())
    }

    /// Messages by status.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_by_status(&self) -> Result<BTreeMap<MessageStatus, u64>, StoreError> {
        self.counts.statuses.get(|| self.count_by_status()).await
    }

    pub(super) async fn count_by_status(&self) -> Result<BTreeMap<MessageStatus, u64>, StoreError> {
        use notifications::Column;
        let query = notifications::Entity::find()
            .select_only()
            .column(Column::Status)
            .column_as(Column::Id.count(), "messages")
            .group_by(Column::Status);
        let counts = self.tuples(query).await?;
        Ok(counts.into_iter().filter_map(|(word, messages)| Some((MessageStatus::parse(&word)?, messages))).collect())
    }

    /// How many cases the engine cannot move without a person.
    ///
    /// # Errors
    /// The database failed.
    pub async fn incidents(&self) -> Result<u64, StoreError> {
        use sea_orm::PaginatorTrait;
        let query = cases::Entity::find().filter(cases::Column::Standing.eq("incident"));
        query.count(&self.reader).await.during(OPERATION)
    }

    pub(super) async fn tuples<E: EntityTrait>(
        &self,
        query: sea_orm::Select<E>,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = query.into_tuple().all(&self.reader).await.during(OPERATION)?;
        Ok(rows.into_iter().map(|(word, number)| (word, whole(number))).collect())
    }
}

fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
