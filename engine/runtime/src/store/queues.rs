//! How much work waits in each queue, how long the oldest has waited, and who has what in hand.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::Store;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::summary::WaitingCount;
use super::tables::call_tasks::{Column, Entity};
use super::tasks::TaskStatus;

const OPERATION: &str = "count the work of queues";

/// The work of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueLoad {
    /// How much waits, may be done now, and is past its time.
    pub count: WaitingCount,
    /// Since when the oldest could have been done that still waits.
    pub oldest: Option<Timestamp>,
    /// Who has how much in hand, by name.
    pub in_hand: Vec<(String, u64)>,
}

impl Store {
    /// The load of each queue that has any.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue_loads(&self, now: Timestamp) -> Result<BTreeMap<String, QueueLoad>, StoreError> {
        self.counts.loads.get(|| self.count_loads(now)).await
    }

    pub(in crate::store) async fn count_loads(
        &self,
        now: Timestamp,
    ) -> Result<BTreeMap<String, QueueLoad>, StoreError> {
        let mut loads: BTreeMap<String, QueueLoad> = BTreeMap::new();
        for (queue, count) in self.open_tasks_by_queue(now).await? {
            loads.entry(queue).or_default().count = count;
        }
        let oldest = Entity::find()
            .select_only()
            .column(Column::Queue)
            .column_as(Column::NotBefore.min(), "oldest")
            .filter(Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()]))
            .filter(Column::NotBefore.lte(millis(now)))
            .group_by(Column::Queue);
        let rows: Vec<(String, i64)> = oldest.into_tuple().all(&self.reader).await.during(OPERATION)?;
        for (queue, oldest) in rows {
            loads.entry(queue).or_default().oldest = Some(instant(oldest));
        }
        // What somebody had in hand for too long is anybody's again.
        let in_hand = Entity::find()
            .select_only()
            .columns([Column::Queue, Column::ClaimedBy])
            .column_as(Column::Id.count(), "tasks")
            .filter(Column::Status.eq(TaskStatus::Claimed.as_str()))
            .filter(Column::ClaimExpires.gt(millis(now)))
            .filter(Column::ClaimedBy.is_not_null())
            .group_by(Column::Queue)
            .group_by(Column::ClaimedBy);
        let mut rows: Vec<(String, String, i64)> = in_hand.into_tuple().all(&self.reader).await.during(OPERATION)?;
        rows.sort();
        for (queue, who, tasks) in rows {
            loads.entry(queue).or_default().in_hand.push((who, u64::try_from(tasks).unwrap_or_default()));
        }
        Ok(loads)
    }
}
