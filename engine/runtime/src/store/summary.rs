//! Numbers for those who look at the whole: cases, tasks and messages by where they stand.

use std::collections::BTreeMap;

use jiff::Timestamp;
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
        use call_tasks::Column;
        let waiting = || {
            let statuses = [TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()];
            call_tasks::Entity::find()
                .select_only()
                .column(Column::Queue)
                .column_as(Column::Id.count(), "tasks")
                .filter(Column::Status.is_in(statuses))
                .group_by(Column::Queue)
        };
        let ready = waiting().filter(Column::NotBefore.lte(millis(now)));
        let overdue = waiting().filter(Column::Due.lt(millis(now)));
        let mut counts: BTreeMap<String, WaitingCount> = BTreeMap::new();
        for (queue, tasks) in self.tuples(waiting()).await? {
            counts.entry(queue).or_default().waiting = tasks;
        }
        for (queue, tasks) in self.tuples(ready).await? {
            counts.entry(queue).or_default().ready = tasks;
        }
        for (queue, tasks) in self.tuples(overdue).await? {
            counts.entry(queue).or_default().overdue = tasks;
        }
        Ok(counts)
    }

    /// Messages by status.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_by_status(&self) -> Result<BTreeMap<MessageStatus, u64>, StoreError> {
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
