//! Detection: its runs, and the files and rows that it has dealt with. Those that it refused are [`super::rejected`]'s.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use wasl_core::case::CaseId;

use super::Store;
use super::batch::{self, KEYS_MAX};
use super::document::{from_json_option, instant, millis, to_json};
use super::error::{During, StoreError};
use super::tables::{detection_files, detection_runs, records, rejected_records};
use super::tx::Tx;

const OPERATION: &str = "record what a detection read";

/// One run of a detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectionRun {
    /// Its id; rises with time.
    pub id: i64,
    /// Name of the detection.
    pub detection: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs or if it was cut off.
    pub finished_at: Option<Timestamp>,
    /// How many rows came to which result.
    pub counts: BTreeMap<String, u64>,
}

/// That a row of a source was dealt with, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMark {
    /// Name of the detection.
    pub detection: String,
    /// Hash of the row's content.
    pub row_hash: String,
    /// The run that read it.
    pub run: i64,
    /// The file.
    pub file: String,
    /// Its line, counted from 1.
    pub line: u64,
    /// `opened`, `updated`, `duplicate`, or the name of the screen that kept it out.
    pub result: String,
    /// The case that it opened or belongs to.
    pub case: Option<CaseId>,
}

impl Store {
    /// Begins a run of a detection and returns its id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_run(&self, detection: &str, now: Timestamp) -> Result<i64, StoreError> {
        let tx = self.begin_beside(OPERATION).await?;
        let row = detection_runs::ActiveModel {
            id: ActiveValue::NotSet,
            detection: ActiveValue::Set(detection.to_owned()),
            started_at: ActiveValue::Set(millis(now)),
            finished_at: ActiveValue::Set(None),
            summary: ActiveValue::Set(None),
        };
        let inserted = detection_runs::Entity::insert(row).exec(&tx).await.during(OPERATION)?;
        tx.commit().await.during(OPERATION)?;
        Ok(inserted.last_insert_id)
    }

    /// Ends a run and keeps how many rows came to which result.
    ///
    /// # Errors
    /// The database failed.
    pub async fn finish_run(&self, run: i64, counts: &BTreeMap<String, u64>, now: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin_beside(OPERATION).await?;
        let update = detection_runs::Entity::update_many()
            .col_expr(detection_runs::Column::FinishedAt, Expr::val(millis(now)))
            .col_expr(detection_runs::Column::Summary, Expr::val(to_json("summary", run, counts)?))
            .filter(detection_runs::Column::Id.eq(run));
        update.exec(&tx).await.during(OPERATION)?;
        tx.commit().await.during(OPERATION)
    }

    /// The newest runs, of one detection or of all.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn runs(&self, detection: Option<&str>, limit: u32) -> Result<Vec<DetectionRun>, StoreError> {
        let mut query =
            detection_runs::Entity::find().order_by_desc(detection_runs::Column::Id).limit(u64::from(limit));
        if let Some(detection) = detection {
            query = query.filter(detection_runs::Column::Detection.eq(detection));
        }
        let rows = query.all(&self.reader).await.during("list detection runs")?;
        rows.into_iter().map(to_run).collect()
    }

    /// Whether a detection has read a file of this content from a source to its end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn file_seen(&self, detection: &str, source: &str, hash: &str) -> Result<bool, StoreError> {
        let key = (detection.to_owned(), source.to_owned(), hash.to_owned());
        let row = detection_files::Entity::find_by_id(key).one(&self.reader).await.during(OPERATION)?;
        Ok(row.is_some())
    }

    /// Remembers that a run of a detection has read a file of this content to its end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn mark_file(
        &self,
        detection: &str,
        run: i64,
        source: &str,
        hash: &str,
        path: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = detection_files::Model {
            detection: detection.to_owned(),
            source: source.to_owned(),
            hash: hash.to_owned(),
            path: path.to_owned(),
            run,
            at: millis(now),
        };
        let tx = self.begin_beside(OPERATION).await?;
        batch::insert_new(&tx, vec![row.into_active_model()], OPERATION).await?;
        tx.commit().await.during(OPERATION)
    }

    /// Those of the row hashes that a detection has dealt with, accepted or refused.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known_rows(&self, detection: &str, hashes: &[String]) -> Result<BTreeSet<String>, StoreError> {
        let mut known = BTreeSet::new();
        for hashes in hashes.chunks(KEYS_MAX) {
            let accepted = records::Entity::find()
                .select_only()
                .column(records::Column::RowHash)
                .filter(records::Column::Detection.eq(detection))
                .filter(records::Column::RowHash.is_in(hashes));
            known.extend(accepted.into_tuple::<String>().all(&self.reader).await.during(OPERATION)?);
            let refused = rejected_records::Entity::find()
                .select_only()
                .column(rejected_records::Column::RowHash)
                .filter(rejected_records::Column::Detection.eq(detection))
                .filter(rejected_records::Column::RowHash.is_in(hashes));
            known.extend(refused.into_tuple::<String>().all(&self.reader).await.during(OPERATION)?);
        }
        Ok(known)
    }

    /// What came of a row of this content, and the case that it opened or belongs to; `None` if it was not dealt with.
    ///
    /// # Errors
    /// The database failed.
    pub async fn record(
        &self,
        detection: &str,
        row_hash: &str,
    ) -> Result<Option<(String, Option<CaseId>)>, StoreError> {
        let key = (detection.to_owned(), row_hash.to_owned());
        let row = records::Entity::find_by_id(key).one(&self.reader).await.during(OPERATION)?;
        Ok(row.map(|row| (row.result, row.case_id.map(CaseId))))
    }

    /// Marks rows as dealt with, where no case opens: what was marked before stays as it was.
    ///
    /// # Errors
    /// The database failed.
    pub async fn save_records(&self, marks: &[RecordMark]) -> Result<(), StoreError> {
        let tx = self.begin_beside(OPERATION).await?;
        mark_records(&tx, &marks.iter().collect::<Vec<_>>()).await?;
        tx.commit().await.during(OPERATION)
    }

    /// How many rows of a detection came to which result, over all runs; refused ones that nobody has corrected as
    /// `rejected`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn records_by_result(&self, detection: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut counts = self.counts.results.get(|| self.count_by_result()).await?;
        Ok(counts.remove(detection).unwrap_or_default())
    }

    pub(super) async fn count_by_result(&self) -> Result<BTreeMap<String, BTreeMap<String, u64>>, StoreError> {
        const OPERATION: &str = "count rows";
        let dealt_with = records::Entity::find()
            .select_only()
            .columns([records::Column::Detection, records::Column::Result])
            .column_as(Expr::cust("COUNT(*)"), "rows")
            .group_by(records::Column::Detection)
            .group_by(records::Column::Result);
        let dealt_with: Vec<(String, String, i64)> =
            dealt_with.into_tuple().all(&self.reader).await.during(OPERATION)?;
        let refused = rejected_records::Entity::find()
            .select_only()
            .column(rejected_records::Column::Detection)
            .column_as(Expr::cust("COUNT(*)"), "rows")
            .filter(rejected_records::Column::CorrectedAt.is_null())
            .group_by(rejected_records::Column::Detection);
        let refused: Vec<(String, i64)> = refused.into_tuple().all(&self.reader).await.during(OPERATION)?;
        let refused = refused.into_iter().map(|(detection, rows)| (detection, "rejected".to_owned(), rows));
        let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (detection, result, rows) in dealt_with.into_iter().chain(refused) {
            counts.entry(detection).or_default().insert(result, u64::try_from(rows).unwrap_or_default());
        }
        Ok(counts)
    }
}

/// Marks rows as dealt with, within the transaction that deals with them.
pub(super) async fn mark_records(tx: &Tx, marks: &[&RecordMark]) -> Result<(), StoreError> {
    let rows = marks.iter().map(|mark| mark_row(mark)).collect();
    batch::insert_new(tx, rows, OPERATION).await.map(|_| ())
}

/// The row of a mark.
pub(super) fn mark_row(mark: &RecordMark) -> records::ActiveModel {
    let row = records::Model {
        detection: mark.detection.clone(),
        row_hash: mark.row_hash.clone(),
        run: mark.run,
        file: mark.file.clone(),
        line: i64::try_from(mark.line).unwrap_or(i64::MAX),
        result: mark.result.clone(),
        case_id: mark.case.map(|case| case.0),
    };
    row.into_active_model()
}

fn to_run(row: detection_runs::Model) -> Result<DetectionRun, StoreError> {
    let counts = from_json_option("summary", &row.id.to_string(), row.summary.as_deref())?;
    Ok(DetectionRun {
        id: row.id,
        detection: row.detection,
        started_at: instant(row.started_at),
        finished_at: row.finished_at.map(instant),
        counts: counts.unwrap_or_default(),
    })
}
