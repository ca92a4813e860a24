//! What is of no case, or is not found by one, and is erased by its age: what gateways sent, messages to us that nobody knows,
//! rows that could not be read, notes beside addresses that are not contacted.

use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use wasl_core::retention::Stage;

use super::Store;
use super::document::millis;
use super::error::{During, StoreError};
use super::rejected::without_values;
use super::tables::detection_runs;

const OPERATION: &str = "erase what is of no case";

/// What a stage takes by age, each with those before it: what is written, and which rows; `$1` is the age, `$2` how many at once.
const BY_AGE: [(Stage, &str); 5] = [
    (
        Stage::Texts,
        "UPDATE receipts SET raw = '—' WHERE id IN \
         (SELECT id FROM receipts WHERE raw <> '—' AND received_at <= $1 ORDER BY received_at LIMIT $2)",
    ),
    (
        Stage::Texts,
        "UPDATE inbound_messages SET text = '—', raw = '—' WHERE id IN (SELECT id FROM inbound_messages \
         WHERE case_id IS NULL AND raw <> '—' AND received_at <= $1 ORDER BY received_at LIMIT $2)",
    ),
    (
        Stage::People,
        "UPDATE inbound_messages SET text = '—', raw = '—', from_address = '—', \
         to_address = CASE WHEN to_address IS NULL THEN NULL ELSE '—' END WHERE id IN (SELECT id FROM inbound_messages \
         WHERE case_id IS NULL AND from_address <> '—' AND received_at <= $1 ORDER BY received_at LIMIT $2)",
    ),
    (
        Stage::Texts,
        "UPDATE suppression_changes SET note = NULL WHERE id IN \
         (SELECT id FROM suppression_changes WHERE note IS NOT NULL AND at <= $1 ORDER BY at LIMIT $2)",
    ),
    (
        Stage::People,
        "UPDATE suppression_changes SET address = '—', note = NULL WHERE id IN (SELECT id FROM suppression_changes \
         WHERE address <> '—' AND at <= $1 AND NOT EXISTS (SELECT 1 FROM suppressions \
         WHERE suppressions.address = suppression_changes.address) ORDER BY at LIMIT $2)",
    ),
];

/// Notes beside those who are listed still: there are few, and they have no number of their own.
const NOTES: &str = "UPDATE suppressions SET note = NULL WHERE note IS NOT NULL AND at <= $1";

impl Store {
    /// Erases what is of no case and older than `cutoff`, at the most so many rows of each kind; says how many were.
    ///
    /// # Errors
    /// The database failed; then nothing is erased.
    pub async fn erase_loose(&self, stage: Stage, cutoff: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let tx = self.begin(OPERATION).await?;
        let backend = tx.get_database_backend();
        let mut erased = 0;
        for (_, sql) in BY_AGE.iter().filter(|(of, _)| *of <= stage) {
            let values = [millis(cutoff).into(), i64::from(limit).into()];
            let statement = Statement::from_sql_and_values(backend, *sql, values);
            erased += tx.execute_raw(statement).await.during(OPERATION)?.rows_affected();
        }
        let notes = Statement::from_sql_and_values(backend, NOTES, [millis(cutoff).into()]);
        erased += tx.execute_raw(notes).await.during(OPERATION)?.rows_affected();
        if stage == Stage::People {
            let run = detection_runs::Entity::find()
                .select_only()
                .column(detection_runs::Column::Id)
                .filter(detection_runs::Column::StartedAt.lte(millis(cutoff)))
                .order_by_desc(detection_runs::Column::Id);
            if let Some(run) = run.into_tuple::<i64>().one(&tx).await.during(OPERATION)? {
                erased += without_values(&tx, run, limit).await?;
            }
        }
        tx.commit().await.during(OPERATION)?;
        Ok(erased)
    }
}

#[cfg(test)]
mod tests {
    use wasl_core::retention::GONE;

    use super::*;

    #[test]
    fn the_sign_in_the_statements_is_the_one_that_stands_for_what_is_gone() {
        assert!(
            BY_AGE
                .iter()
                .filter(|(_, sql)| !sql.contains("note = NULL"))
                .all(|(_, sql)| sql.contains(&format!("'{GONE}'")))
        );
    }
}
