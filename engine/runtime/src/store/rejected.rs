//! Rows that could not be read: what stood in them, what is wrong, and what came of correcting them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use wasl_core::case::CaseId;
use wasl_core::retention::GONE;
use wasl_core::schema::Problem;

use super::Store;
use super::batch;
use super::document::{from_json, from_json_option, instant, millis, text, to_json};
use super::error::{During, StoreError};
use super::tables::rejected_records;
use super::tx::Tx;
use rejected_records::Column;

const OPERATION: &str = "keep rejected rows";

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Name of the detection.
    pub detection: String,
    /// Hash of the row's content.
    pub row_hash: String,
    /// The run that read it first.
    pub run: i64,
    /// The file.
    pub file: String,
    /// Its line, counted from 1.
    pub line: u64,
    /// What is wrong with it; personal values are masked.
    pub problems: Vec<Problem>,
    /// What stood in it; `None` where it was not kept.
    pub given: Option<Given>,
    /// What came of correcting it; `None` while nobody has.
    pub corrected: Option<Correction>,
}

/// What stood in a row, personal values too: only for those who may see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Values by column, as far as they could be told apart.
    pub fields: BTreeMap<String, String>,
    /// The row as it came, where it could not be taken apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
}

/// That a row was corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What came of it: as [`RecordMark::result`](super::RecordMark::result).
    pub result: String,
    /// The case that it opened or belongs to.
    pub case: Option<CaseId>,
}

/// The stored form of a [`Problem`].
#[derive(Serialize, Deserialize)]
struct StoredProblem {
    field: String,
    value: String,
    reason: String,
}

impl Store {
    /// Keeps rows that could not be read; the same row again is kept once. Says how many are new.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reject(&self, rejected: &[Rejected]) -> Result<u64, StoreError> {
        let tx = self.begin_beside(OPERATION).await?;
        let rows = rejected.iter().map(to_row).collect::<Result<Vec<_>, _>>()?;
        let new = batch::insert_new(&tx, rows, OPERATION).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(new)
    }

    /// Rows that could not be read, of one detection or of all, by file and line; those that were corrected come last.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn rejected(&self, detection: Option<&str>, limit: u32) -> Result<Vec<Rejected>, StoreError> {
        let is_corrected = CaseStatement::new().case(Column::CorrectedAt.is_null(), 0).finally(1);
        let mut query = rejected_records::Entity::find()
            .order_by_asc(Expr::expr(is_corrected))
            .order_by_asc(Column::File)
            .order_by_asc(Column::Line)
            .limit(u64::from(limit));
        if let Some(detection) = detection {
            query = query.filter(Column::Detection.eq(detection));
        }
        let rows = query.all(&self.reader).await.during("list rejected rows")?;
        rows.into_iter().map(from_row).collect()
    }

    /// The row of a run whose hash begins so.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn rejected_row(&self, run: i64, beginning: &str) -> Result<Option<Rejected>, StoreError> {
        if beginning.is_empty() || !beginning.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let query = rejected_records::Entity::find()
            .filter(Column::Run.eq(run))
            .filter(Column::RowHash.starts_with(beginning.to_ascii_lowercase()))
            .order_by_asc(Column::RowHash);
        query.one(&self.reader).await.during(OPERATION)?.map(from_row).transpose()
    }

    /// Begins to correct a row to one whose content has this hash; false if it is corrected already, or somebody has begun
    /// to correct it to another. What was begun is gone on with by the same values.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_correction(&self, rejected: &Rejected, hash: &str) -> Result<bool, StoreError> {
        let tx = self.begin_beside(OPERATION).await?;
        let update = rejected_records::Entity::update_many()
            .col_expr(Column::CorrectedTo, Expr::val(hash))
            .filter(Column::Detection.eq(&rejected.detection))
            .filter(Column::RowHash.eq(&rejected.row_hash))
            .filter(Column::CorrectedAt.is_null())
            .filter(Column::CorrectedTo.is_null().or(Column::CorrectedTo.eq(hash)));
        let begun = update.exec(&tx).await.during(OPERATION)?.rows_affected;
        tx.commit().await.during(OPERATION)?;
        Ok(begun > 0)
    }

    /// Notes what came of correcting a row; false if somebody has corrected it before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_correction(&self, rejected: &Rejected, correction: &Correction) -> Result<bool, StoreError> {
        let tx = self.begin_beside(OPERATION).await?;
        let update = rejected_records::Entity::update_many()
            .col_expr(Column::CorrectedAt, Expr::val(millis(correction.at)))
            .col_expr(Column::CorrectedBy, Expr::val(text(correction.by.as_str())))
            .col_expr(Column::Result, Expr::val(correction.result.as_str()))
            .col_expr(Column::CaseId, Expr::val(correction.case.map(|case| case.0)))
            .filter(Column::Detection.eq(&rejected.detection))
            .filter(Column::RowHash.eq(&rejected.row_hash))
            .filter(Column::CorrectedAt.is_null());
        let noted = update.exec(&tx).await.during(OPERATION)?.rows_affected;
        tx.commit().await.during(OPERATION)?;
        Ok(noted > 0)
    }
}

fn to_row(rejected: &Rejected) -> Result<rejected_records::ActiveModel, StoreError> {
    let problem = |problem: &Problem| StoredProblem {
        field: problem.field.clone(),
        value: problem.value.clone(),
        reason: problem.reason.clone(),
    };
    let problems: Vec<StoredProblem> = rejected.problems.iter().map(problem).collect();
    let row = rejected_records::Model {
        detection: rejected.detection.clone(),
        row_hash: rejected.row_hash.clone(),
        run: rejected.run,
        file: rejected.file.clone(),
        line: i64::try_from(rejected.line).unwrap_or(i64::MAX),
        problems: to_json("problems", &rejected.row_hash, &problems)?,
        given: rejected.given.as_ref().map(|given| to_json("values", &rejected.row_hash, given)).transpose()?,
        corrected_to: None,
        corrected_at: None,
        corrected_by: None,
        result: None,
        case_id: None,
        values_erased: false,
    };
    Ok(row.into_active_model())
}

fn from_row(row: rejected_records::Model) -> Result<Rejected, StoreError> {
    let problems: Vec<StoredProblem> = from_json("problems", &row.row_hash, &row.problems)?;
    let problem = |StoredProblem { field, value, reason }| Problem { field, value, reason };
    let corrected = row.corrected_at.map(|at| Correction {
        at: instant(at),
        by: row.corrected_by.unwrap_or_default(),
        result: row.result.unwrap_or_default(),
        case: row.case_id.map(CaseId),
    });
    Ok(Rejected {
        given: from_json_option("values", &row.row_hash, row.given.as_deref())?,
        detection: row.detection,
        row_hash: row.row_hash,
        run: row.run,
        file: row.file,
        line: u64::try_from(row.line).unwrap_or_default(),
        problems: problems.into_iter().map(problem).collect(),
        corrected,
    })
}

/// Erases what stood in rows that runs up to this one could not read; what was wrong with them stays. Says how many were.
pub(super) async fn without_values(tx: &Tx, run: i64, limit: u32) -> Result<u64, StoreError> {
    let old = rejected_records::Entity::find()
        .filter(Column::Run.lte(run))
        .filter(Expr::cust("NOT values_erased"))
        .order_by_asc(Column::Run)
        .limit(u64::from(limit));
    let rows = old.all(tx).await.during(OPERATION)?;
    for row in &rows {
        let problems: Vec<StoredProblem> = from_json("problems", &row.row_hash, &row.problems).unwrap_or_default();
        let gone = |problem| StoredProblem { value: GONE.to_owned(), ..problem };
        let problems: Vec<StoredProblem> = problems.into_iter().map(gone).collect();
        let update = rejected_records::Entity::update_many()
            .col_expr(Column::Given, Expr::val(None::<String>))
            .col_expr(Column::ValuesErased, Expr::val(true))
            .col_expr(Column::Problems, Expr::val(to_json("problems", &row.row_hash, &problems)?))
            .filter(Column::Detection.eq(&row.detection))
            .filter(Column::RowHash.eq(&row.row_hash));
        update.exec(tx).await.during(OPERATION)?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}
