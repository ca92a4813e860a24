//! Drafts of workflows. Every change says on which version of the draft it was made: two people cannot overwrite each
//! other unseen. What is changed and who did it are written together.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use wasl_core::definition::Bundle;

use super::audit::{self, NewAudit};
use super::document::{from_json, instant, millis, to_json, unknown_word};
use super::error::{During, StoreError};
use super::tables::drafts::{ActiveModel, Column, Entity, Model};
use super::tx::Tx;
use super::{Store, versions};

const OPERATION: &str = "change a draft";
const READING: &str = "read drafts";

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DraftStatus {
    /// It is being written.
    Open,
    /// It waits for a second person.
    Submitted,
    /// A second person sent it back; it is being written again.
    Returned,
    /// It became a version.
    Approved,
    /// It was given up.
    Discarded,
}

impl DraftStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Submitted, Self::Returned, Self::Approved, Self::Discarded];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Discarded => "discarded",
        }
    }

    /// The status of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether it may still be written.
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Open | Self::Returned)
    }

    /// Whether nothing becomes of it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Approved | Self::Discarded)
    }
}

/// What somebody did about a draft, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftAct {
    /// Who: `user:huda`.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, or what for.
    pub note: Option<String>,
}

/// A draft without its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftSummary {
    /// Its number.
    pub id: i64,
    /// The workflow that it would change.
    pub workflow: String,
    /// The version with which it began.
    pub base: String,
    /// Rises by one with every change.
    pub version: u64,
    /// Where it stands.
    pub status: DraftStatus,
    /// Everybody who has written something of it.
    pub authors: BTreeSet<String>,
    /// Who began it.
    pub begun: DraftAct,
    /// Who changed it last.
    pub changed: DraftAct,
    /// Who submitted it last, with what it is for.
    pub submitted: Option<DraftAct>,
    /// Who approved it, sent it back or gave it up last, with the reason.
    pub decided: Option<DraftAct>,
    /// The version that it became.
    pub hash: Option<String>,
}

/// A draft with its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What is known of it.
    pub about: DraftSummary,
    /// Its files.
    pub files: Bundle,
}

/// What is done to a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftChange {
    /// Its files are others.
    Save(Bundle),
    /// It goes to a second person.
    Submit {
        /// What it is for.
        note: String,
    },
    /// It goes back to who writes it.
    Return {
        /// Why.
        reason: String,
    },
    /// It becomes the active version.
    Approve {
        /// The version's content hash.
        hash: String,
    },
    /// It is given up.
    Discard,
}

impl DraftChange {
    /// How the trace names it.
    pub const fn act(&self) -> &'static str {
        match self {
            Self::Save(_) => "draft.save",
            Self::Submit { .. } => "draft.submit",
            Self::Return { .. } => "draft.return",
            Self::Approve { .. } => "draft.approve",
            Self::Discard => "draft.discard",
        }
    }
}

impl Store {
    /// Begins a draft with the files of a version.
    ///
    /// # Errors
    /// The database failed; then there is no draft.
    pub async fn begin_draft(
        &self,
        base: &str,
        files: &Bundle,
        by: &str,
        now: Timestamp,
    ) -> Result<DraftSummary, StoreError> {
        let tx = self.begin(OPERATION).await?;
        let at = millis(now);
        let row = ActiveModel {
            id: ActiveValue::NotSet,
            workflow: ActiveValue::Set(files.name.clone()),
            base: ActiveValue::Set(base.to_owned()),
            bundle: ActiveValue::Set(to_json("draft", &files.name, files)?),
            version: ActiveValue::Set(1),
            status: ActiveValue::Set(DraftStatus::Open.as_str().to_owned()),
            authors: ActiveValue::Set("[]".to_owned()),
            begun_by: ActiveValue::Set(by.to_owned()),
            begun_at: ActiveValue::Set(at),
            changed_by: ActiveValue::Set(by.to_owned()),
            changed_at: ActiveValue::Set(at),
            submitted_by: ActiveValue::Set(None),
            submitted_at: ActiveValue::Set(None),
            note: ActiveValue::Set(None),
            decided_by: ActiveValue::Set(None),
            decided_at: ActiveValue::Set(None),
            reason: ActiveValue::Set(None),
            hash: ActiveValue::Set(None),
        };
        let row = Entity::insert(row).exec_with_returning(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace("draft.begin", row.id, by, now)]).await?;
        tx.commit().await.during(OPERATION)?;
        about(&row)
    }

    /// A draft with its files.
    ///
    /// # Errors
    /// The database failed or the stored files are unreadable.
    pub async fn draft(&self, id: i64) -> Result<Option<Draft>, StoreError> {
        let row = Entity::find_by_id(id).one(&self.reader).await.during(READING)?;
        row.map(|row| Ok(Draft { about: about(&row)?, files: files(&row)? })).transpose()
    }

    /// The drafts of a workflow or of all, in some of the statuses, the last changed first.
    ///
    /// # Errors
    /// The database failed or a row is unreadable.
    pub async fn drafts(
        &self,
        workflow: Option<&str>,
        statuses: &[DraftStatus],
        limit: u32,
    ) -> Result<Vec<DraftSummary>, StoreError> {
        let words = statuses.iter().map(|status| status.as_str());
        let mut query = Entity::find()
            .filter(Column::Status.is_in(words))
            .order_by_desc(Column::ChangedAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit));
        if let Some(workflow) = workflow {
            query = query.filter(Column::Workflow.eq(workflow));
        }
        query.all(&self.reader).await.during(READING)?.iter().map(about).collect()
    }

    /// Changes a draft that is still at `version`, and traces it in the same transaction; `None` if it is not, and then
    /// nothing is changed. Approving makes its files the active version.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn change_draft(
        &self,
        id: i64,
        version: u64,
        change: &DraftChange,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<DraftSummary>, StoreError> {
        let tx = self.begin(OPERATION).await?;
        let Some(row) = Entity::find_by_id(id).one(&tx).await.during(OPERATION)? else { return Ok(None) };
        let expected = i64::try_from(version).unwrap_or(i64::MAX);
        let raised = Entity::update_many()
            .col_expr(Column::Version, Expr::val(expected.saturating_add(1)))
            .filter(Column::Id.eq(id))
            .filter(Column::Version.eq(expected));
        if raised.exec(&tx).await.during(OPERATION)?.rows_affected == 0 {
            return Ok(None);
        }
        let mut changed = row.clone().into_active_model();
        changed.version = ActiveValue::Set(expected.saturating_add(1));
        set(&mut changed, &row, change, (by, millis(now)))?;
        let row = changed.update(&tx).await.during(OPERATION)?;
        if let DraftChange::Approve { hash } = change {
            become_version(&tx, &row, hash, (by, now)).await?;
        }
        audit::record(&tx, &[trace(change.act(), id, by, now)]).await?;
        tx.commit().await.during(OPERATION)?;
        about(&row).map(Some)
    }
}

/// Writes a change into the row.
fn set(row: &mut ActiveModel, old: &Model, change: &DraftChange, (by, at): (&str, i64)) -> Result<(), StoreError> {
    let status = match change {
        DraftChange::Save(files) => {
            let mut authors = authors(old)?;
            authors.insert(by.to_owned());
            row.authors = ActiveValue::Set(to_json("authors", old.id, &authors)?);
            row.bundle = ActiveValue::Set(to_json("draft", old.id, files)?);
            row.changed_by = ActiveValue::Set(by.to_owned());
            row.changed_at = ActiveValue::Set(at);
            DraftStatus::Open
        }
        DraftChange::Submit { note } => {
            // Whoever submitted it before had a part in it as well.
            if let Some(earlier) = &old.submitted_by {
                let mut authors = authors(old)?;
                authors.insert(earlier.clone());
                row.authors = ActiveValue::Set(to_json("authors", old.id, &authors)?);
            }
            row.submitted_by = ActiveValue::Set(Some(by.to_owned()));
            row.submitted_at = ActiveValue::Set(Some(at));
            row.note = ActiveValue::Set(Some(note.clone()));
            DraftStatus::Submitted
        }
        DraftChange::Return { reason } => decide(row, by, at, Some(reason), DraftStatus::Returned),
        DraftChange::Approve { hash } => {
            row.hash = ActiveValue::Set(Some(hash.clone()));
            decide(row, by, at, None, DraftStatus::Approved)
        }
        DraftChange::Discard => decide(row, by, at, None, DraftStatus::Discarded),
    };
    row.status = ActiveValue::Set(status.as_str().to_owned());
    Ok(())
}

fn decide(row: &mut ActiveModel, by: &str, at: i64, reason: Option<&String>, status: DraftStatus) -> DraftStatus {
    row.decided_by = ActiveValue::Set(Some(by.to_owned()));
    row.decided_at = ActiveValue::Set(Some(at));
    row.reason = ActiveValue::Set(reason.cloned());
    status
}

/// Makes the files of a draft the active version, as files from the server become one.
async fn become_version(tx: &Tx, row: &Model, hash: &str, (by, now): (&str, Timestamp)) -> Result<(), StoreError> {
    let files = files(row)?;
    if !versions::save(tx, &files, hash, now).await? {
        versions::renew_scenarios(tx, &files, hash).await?;
    }
    versions::activate(tx, (&row.workflow, hash), by, row.note.as_deref(), now).await
}

fn trace(act: &str, id: i64, by: &str, at: Timestamp) -> NewAudit {
    NewAudit { at, who: by.to_owned(), act: act.to_owned(), case: None, subject: Some(id.to_string()) }
}

fn authors(row: &Model) -> Result<BTreeSet<String>, StoreError> {
    from_json("authors", &row.id.to_string(), &row.authors)
}

fn files(row: &Model) -> Result<Bundle, StoreError> {
    from_json("draft", &row.id.to_string(), &row.bundle)
}

fn about(row: &Model) -> Result<DraftSummary, StoreError> {
    let act = |by: &Option<String>, at: Option<i64>, note: &Option<String>| {
        Some(DraftAct { by: by.clone()?, at: instant(at?), note: note.clone() })
    };
    let id = row.id.to_string();
    Ok(DraftSummary {
        id: row.id,
        workflow: row.workflow.clone(),
        base: row.base.clone(),
        version: u64::try_from(row.version).unwrap_or_default(),
        status: DraftStatus::parse(&row.status).ok_or_else(|| unknown_word("status", &id))?,
        authors: authors(row)?,
        begun: DraftAct { by: row.begun_by.clone(), at: instant(row.begun_at), note: None },
        changed: DraftAct { by: row.changed_by.clone(), at: instant(row.changed_at), note: None },
        submitted: act(&row.submitted_by, row.submitted_at, &row.note),
        decided: act(&row.decided_by, row.decided_at, &row.reason),
        hash: row.hash.clone(),
    })
}
