//! The trace of what people and other systems did and looked at. Rows are only ever added, and each carries the hash
//! of itself and the one before, so that a changed or missing row shows. No personal data: ids only.

use std::fmt::Write as _;

use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};
use wasl_core::case::CaseId;

use super::Store;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tables::audit::{Column, Entity, Model};
use super::transaction::Transaction;

const OPERATION: &str = "record who did what";
/// Rows read at once while all are verified.
const VERIFIED_AT_ONCE: u64 = 1_000;

/// Something that was done or looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: Timestamp,
    /// Who: `user:huda`, `key:billing`, `operator:root`.
    pub who: String,
    /// What: `case.hold`, `case.see_personal`.
    pub act: String,
    /// On which case.
    pub case: Option<CaseId>,
    /// On what else: the id of a message, a task, a user.
    pub subject: Option<String>,
}

/// An entry of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Rises by one from 1.
    pub id: i64,
    /// What was done.
    pub entry: NewAudit,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By whom.
    pub who: Option<String>,
    /// Which act.
    pub act: Option<String>,
    /// About which case.
    pub case: Option<CaseId>,
    /// Only older ones than this entry.
    pub before: Option<i64>,
    /// At the most so many, the youngest first.
    pub limit: u32,
}

/// Whether the trace is what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditProof {
    /// Entries that are as they were recorded, from the first on.
    pub entries: u64,
    /// The first that is not, or that does not follow the one before.
    pub broken: Option<i64>,
    /// The hash of the last one that is: whoever keeps it elsewhere sees a chain that was made anew.
    pub last_hash: String,
}

impl Store {
    /// Records what was done.
    ///
    /// # Errors
    /// The database failed; then nothing is recorded, and what it is about should not be done.
    pub async fn record_audit(&self, entries: &[NewAudit]) -> Result<(), StoreError> {
        if let Some(writer) = &self.row_writer {
            return self.trace_by_rows(writer, OPERATION, entries).await;
        }
        let tx = self.begin(OPERATION).await?;
        record(&tx, entries).await?;
        tx.commit().await.during(OPERATION)
    }

    /// The youngest entries.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        let mut query = Entity::find().order_by_desc(Column::Id).limit(u64::from(filter.limit));
        if let Some(who) = &filter.who {
            query = query.filter(Column::Who.eq(who));
        }
        if let Some(act) = &filter.act {
            query = query.filter(Column::Act.eq(act));
        }
        if let Some(case) = filter.case {
            query = query.filter(Column::CaseId.eq(case.0));
        }
        if let Some(before) = filter.before {
            query = query.filter(Column::Id.lt(before));
        }
        let rows = query.all(&self.reader).await.during("read who did what")?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Whether each entry is what was recorded and follows the one before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn verify_audit(&self) -> Result<AuditProof, StoreError> {
        let mut proof = AuditProof { entries: 0, broken: None, last_hash: String::new() };
        let mut last = 0;
        loop {
            let page = Entity::find().filter(Column::Id.gt(last)).order_by_asc(Column::Id).limit(VERIFIED_AT_ONCE);
            let rows = page.all(&self.reader).await.during("read who did what")?;
            if rows.is_empty() {
                return Ok(proof);
            }
            for row in rows {
                if row.id != last + 1 || row.hash != hashed(&proof.last_hash, &row) {
                    return Ok(AuditProof { broken: Some(row.id), ..proof });
                }
                last = row.id;
                proof = AuditProof { entries: proof.entries + 1, broken: None, last_hash: row.hash };
            }
        }
    }
}

/// Records within a transaction that does what is recorded.
pub(super) async fn record<T: Transaction>(tx: &T, entries: &[NewAudit]) -> Result<(), StoreError> {
    let last = tx.one(Entity::find().order_by_desc(Column::Id), OPERATION).await?;
    let rows = chained(last.map_or((0, String::new()), |row| (row.id, row.hash)), entries);
    tx.insert_all(rows.into_iter().map(IntoActiveModel::into_active_model).collect(), OPERATION).await
}

/// The rows that follow the last one, of which number and hash are given.
pub(super) fn chained((mut id, mut hash): (i64, String), entries: &[NewAudit]) -> Vec<Model> {
    let mut rows = Vec::new();
    for entry in entries {
        id += 1;
        let mut row = Model {
            id,
            at: millis(entry.at),
            who: entry.who.clone(),
            act: entry.act.clone(),
            case_id: entry.case.map(|case| case.0),
            subject: entry.subject.clone(),
            hash: String::new(),
        };
        row.hash = hashed(&hash, &row);
        hash.clone_from(&row.hash);
        rows.push(row);
    }
    rows
}

/// SHA-256 over the hash before and the row as a JSON array, so that no two rows read alike.
fn hashed(before: &str, row: &Model) -> String {
    let facts = serde_json::json!([before, row.id, row.at, row.who, row.act, row.case_id, row.subject]);
    Sha256::digest(facts.to_string()).iter().fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

fn from_row(row: Model) -> AuditEntry {
    let entry = NewAudit {
        at: instant(row.at),
        who: row.who,
        act: row.act,
        case: row.case_id.map(CaseId),
        subject: row.subject,
    };
    AuditEntry { id: row.id, entry }
}
