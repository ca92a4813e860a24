//! Workflow versions: immutable, by content hash, with everything that they refer to. Only the scenarios beside one, which
//! are not in its hash, may become others.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use wasl_core::definition::Bundle;

use super::Store;
use super::audit::{self, NewAudit};
use super::batch;
use super::document::{from_json, instant, millis, to_json};
use super::error::{During, StoreError};
use super::tables::{activations, cases, workflow_versions};
use super::tx::Tx;

const SAVING: &str = "save a workflow version";
const ACTIVATING: &str = "activate a workflow version";

/// A workflow version with its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its content hash.
    pub hash: String,
    /// Its files.
    pub bundle: Bundle,
    /// When it was saved.
    pub created_at: Timestamp,
    /// The newest act that made it the active one.
    pub activation: Option<Activation>,
}

/// The act of making a version the one on which cases open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub note: Option<String>,
}

/// A line in the list of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionSummary {
    /// Name of the workflow.
    pub workflow: String,
    /// Content hash.
    pub hash: String,
    /// When it was saved.
    pub created_at: Timestamp,
    /// Whether cases open on it.
    pub active: bool,
    /// The newest act that made it so.
    pub activation: Option<Activation>,
    /// Cases on it that are not over.
    pub open_cases: u64,
    /// All cases on it.
    pub cases: u64,
}

impl Store {
    /// Saves a version; says whether it is new. The same hash again changes nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn save_version(&self, bundle: &Bundle, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let tx = self.begin(SAVING).await?;
        let new = save(&tx, bundle, hash, now).await?;
        tx.commit().await.during(SAVING)?;
        Ok(new)
    }

    /// Makes a saved version the one on which cases of its workflow open, and traces it in the same transaction.
    ///
    /// # Errors
    /// There is no such version of the workflow, or the database failed.
    pub async fn activate(
        &self,
        workflow: &str,
        hash: &str,
        by: &str,
        note: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin(ACTIVATING).await?;
        activate(&tx, (workflow, hash), by, note, now).await?;
        tx.commit().await.during(ACTIVATING)
    }

    /// Whether a version is, or was ever, the active one of a workflow.
    ///
    /// # Errors
    /// The database failed.
    pub async fn was_active(&self, workflow: &str, hash: &str) -> Result<bool, StoreError> {
        use activations::Column;
        let query = activations::Entity::find().filter(Column::Workflow.eq(workflow)).filter(Column::Hash.eq(hash));
        Ok(query.one(&self.reader).await.during("read activations")?.is_some())
    }

    /// The version on which cases of a workflow open.
    ///
    /// # Errors
    /// The database failed or the stored files are unreadable.
    pub async fn active_version(&self, workflow: &str) -> Result<Option<Version>, StoreError> {
        let query = activations::Entity::find()
            .filter(activations::Column::Workflow.eq(workflow))
            .order_by_desc(activations::Column::Id);
        match query.one(&self.reader).await.during("read the active version")? {
            Some(newest) => self.version(&newest.hash).await,
            None => Ok(None),
        }
    }

    /// A version by its content hash.
    ///
    /// # Errors
    /// The database failed or the stored files are unreadable.
    pub async fn version(&self, hash: &str) -> Result<Option<Version>, StoreError> {
        let query = workflow_versions::Entity::find().filter(workflow_versions::Column::Hash.eq(hash));
        let Some(row) = query.one(&self.reader).await.during("read a workflow version")? else { return Ok(None) };
        let query = activations::Entity::find()
            .filter(activations::Column::Hash.eq(hash))
            .order_by_desc(activations::Column::Id);
        let activation = query.one(&self.reader).await.during("read a workflow version")?;
        Ok(Some(Version {
            bundle: from_json("bundle", &row.hash, &row.bundle)?,
            hash: row.hash,
            created_at: instant(row.created_at),
            activation: activation.map(to_activation),
        }))
    }

    /// Every version of every workflow, by workflow and age, with the number of its cases.
    ///
    /// # Errors
    /// The database failed.
    pub async fn versions(&self) -> Result<Vec<VersionSummary>, StoreError> {
        const OPERATION: &str = "list workflow versions";
        let versions = workflow_versions::Entity::find()
            .select_only()
            .columns([
                workflow_versions::Column::Workflow,
                workflow_versions::Column::Hash,
                workflow_versions::Column::CreatedAt,
            ])
            .order_by_asc(workflow_versions::Column::Workflow)
            .order_by_asc(workflow_versions::Column::Id);
        let versions: Vec<(String, String, i64)> = versions.into_tuple().all(&self.reader).await.during(OPERATION)?;
        let acts = activations::Entity::find().order_by_asc(activations::Column::Id);
        let acts = acts.all(&self.reader).await.during(OPERATION)?;
        // The newest act of each workflow and of each version wins: later ones replace earlier ones.
        let active: BTreeMap<String, String> =
            acts.iter().map(|act| (act.workflow.clone(), act.hash.clone())).collect();
        let mut newest: BTreeMap<String, Activation> =
            acts.into_iter().map(|act| (act.hash.clone(), to_activation(act))).collect();
        let counts = self.counts.versions.get(|| self.count_by_version()).await?;
        let summary = |(workflow, hash, created_at): (String, String, i64)| {
            let (open_cases, cases) = counts.get(&hash).copied().unwrap_or_default();
            VersionSummary {
                active: active.get(&workflow) == Some(&hash),
                activation: newest.remove(&hash),
                created_at: instant(created_at),
                workflow,
                hash,
                open_cases,
                cases,
            }
        };
        Ok(versions.into_iter().map(summary).collect())
    }

    /// Cases that are not over, and all cases, by version.
    pub(super) async fn count_by_version(&self) -> Result<BTreeMap<String, (u64, u64)>, StoreError> {
        let query = cases::Entity::find()
            .select_only()
            .columns([cases::Column::WorkflowHash, cases::Column::Standing])
            .column_as(cases::Column::Id.count(), "cases")
            .group_by(cases::Column::WorkflowHash)
            .group_by(cases::Column::Standing);
        let rows: Vec<(String, String, i64)> =
            query.into_tuple().all(&self.reader).await.during("list workflow versions")?;
        let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (hash, standing, number) in rows {
            let number = u64::try_from(number).unwrap_or_default();
            let (open, all) = counts.entry(hash).or_default();
            *all += number;
            *open += if standing == "ended" { 0 } else { number };
        }
        Ok(counts)
    }
}

/// Saves a version within a transaction; says whether it is new.
pub(super) async fn save(tx: &Tx, bundle: &Bundle, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
    let row = workflow_versions::ActiveModel {
        id: ActiveValue::NotSet,
        workflow: ActiveValue::Set(bundle.name.clone()),
        hash: ActiveValue::Set(hash.to_owned()),
        bundle: ActiveValue::Set(to_json("bundle", hash, bundle)?),
        created_at: ActiveValue::Set(millis(now)),
    };
    Ok(batch::insert_new(tx, vec![row], SAVING).await? > 0)
}

/// Puts other scenarios beside a saved version within a transaction: everything else is the same by its hash.
pub(super) async fn renew_scenarios(tx: &Tx, bundle: &Bundle, hash: &str) -> Result<(), StoreError> {
    let update = workflow_versions::Entity::update_many()
        .col_expr(workflow_versions::Column::Bundle, Expr::val(to_json("bundle", hash, bundle)?))
        .filter(workflow_versions::Column::Hash.eq(hash));
    update.exec(tx).await.during(SAVING)?;
    Ok(())
}

/// Makes a saved version the active one within a transaction.
pub(super) async fn activate(
    tx: &Tx,
    (workflow, hash): (&str, &str),
    by: &str,
    note: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let query = workflow_versions::Entity::find()
        .filter(workflow_versions::Column::Hash.eq(hash))
        .filter(workflow_versions::Column::Workflow.eq(workflow));
    if query.one(tx).await.during(ACTIVATING)?.is_none() {
        return Err(StoreError::NoSuchVersion { hash: hash.to_owned() });
    }
    let row = activations::Model {
        id: 0,
        workflow: workflow.to_owned(),
        hash: hash.to_owned(),
        at: millis(now),
        by: by.to_owned(),
        note: note.map(str::to_owned),
    };
    let row = activations::ActiveModel { id: ActiveValue::NotSet, ..row.into_active_model() };
    batch::insert(tx, vec![row], ACTIVATING).await?;
    let (act, subject) = ("workflow.activate".to_owned(), Some(format!("{workflow} {hash}")));
    audit::record(tx, &[NewAudit { at: now, who: by.to_owned(), act, case: None, subject }]).await
}

fn to_activation(row: activations::Model) -> Activation {
    Activation { at: instant(row.at), by: row.by, note: row.note }
}
