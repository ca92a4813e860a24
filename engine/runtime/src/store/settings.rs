//! What the house remembers by name, and addresses that must not be used.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel, QueryTrait};
use wasl_core::policy::identity;

use super::Store;
use super::batch;
use super::document::millis;
use super::error::{During, StoreError};
use super::facts::ANY_CHANNEL;
use super::tables::{settings, suppressions};
use super::tx::Tx;

/// Where an address comes from that a case lists of itself.
pub(super) const FROM_CASE: &str = "case";

impl Store {
    /// A remembered value.
    ///
    /// # Errors
    /// The database failed.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row = settings::Entity::find_by_id(key).one(&self.reader).await.during("read a setting")?;
        Ok(row.map(|row| row.value))
    }

    /// Remembers a value under a name, in place of the one before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_setting(&self, key: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
        let row = settings::Model { key: key.to_owned(), value: value.to_owned(), changed_at: millis(now) };
        let replace = OnConflict::column(settings::Column::Key)
            .update_columns([settings::Column::Value, settings::Column::ChangedAt])
            .to_owned();
        let insert = settings::Entity::insert(row.into_active_model()).on_conflict(replace);
        self.change_alone("remember a setting", insert.into_query(), None).await.map(|_| ())
    }
}

/// Keeps addresses from being used by any case: those that a case names in `never_to`.
pub(super) async fn never_use(tx: &Tx, addresses: &BTreeSet<&str>, now: Timestamp) -> Result<(), StoreError> {
    let rows = addresses.iter().map(|address| never_row(address, now)).collect();
    batch::insert_new(tx, rows, "add suppressions").await.map(|_| ())
}

/// The row of an address that no case may use.
pub(super) fn never_row(address: &str, now: Timestamp) -> suppressions::ActiveModel {
    let row = suppressions::Model {
        address: identity(address).unwrap_or_default(),
        channel: ANY_CHANNEL.to_owned(),
        reason: "never_to".to_owned(),
        source: FROM_CASE.to_owned(),
        at: millis(now),
        note: None,
        by: None,
    };
    row.into_active_model()
}
