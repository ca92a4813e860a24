//! Who is known to be dead: every identity that a case gives of its deceased, for as long as nobody has
//! withdrawn that death.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};
use wasl_core::case::CaseId;

use super::batch;
use super::document::millis;
use super::error::{During, StoreError};
use super::tables::deceased;

/// Remembers identities of the deceased, each with the case that says so; what is known already stays.
pub(super) async fn know(
    tx: &DatabaseTransaction,
    known: BTreeSet<(CaseId, &str)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = |(case, identity): (CaseId, &str)| {
        let identity = identity.to_owned();
        deceased::Model { identity, case_id: case.0, at: millis(now), withdrawn_at: None }.into_active_model()
    };
    let rows = known.into_iter().map(row).collect();
    batch::insert_new(tx, rows, "remember a death").await.map(|_| ())
}

/// Which of these identities are known to be a deceased's.
pub(super) async fn among<C: ConnectionTrait>(db: &C, identities: &[&str]) -> Result<Vec<String>, StoreError> {
    let query = deceased::Entity::find()
        .filter(deceased::Column::Identity.is_in(identities.iter().copied()))
        .filter(deceased::Column::WithdrawnAt.is_null());
    let rows = query.all(db).await.during("read deaths")?;
    Ok(rows.into_iter().map(|row| row.identity).collect())
}
