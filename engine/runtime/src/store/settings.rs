//! What the house remembers by name, and addresses that must not be used.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel, QueryOrder};
use wasl_core::delivery::Channel;
use wasl_core::policy::identity;

use super::Store;
use super::batch;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::facts::{ANY_CHANNEL, SuppressedAddress};
use super::tables::{settings, suppressions};

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
        let tx = self.begin("remember a setting").await?;
        let row = settings::Model { key: key.to_owned(), value: value.to_owned(), changed_at: millis(now) };
        let replace = OnConflict::column(settings::Column::Key)
            .update_columns([settings::Column::Value, settings::Column::ChangedAt])
            .to_owned();
        let insert = settings::Entity::insert(row.into_active_model()).on_conflict(replace);
        insert.exec_without_returning(&tx).await.during("remember a setting")?;
        tx.commit().await.during("remember a setting")
    }

    /// Keeps addresses from being used; what is known of an address already stays. Says how many are new.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_suppressions(&self, added: &[SuppressedAddress]) -> Result<u64, StoreError> {
        let tx = self.begin("add suppressions").await?;
        let rows = added.iter().map(|added| to_row(added).into_active_model()).collect();
        let new = batch::insert_new(&tx, rows, "add suppressions").await?;
        tx.commit().await.during("add suppressions")?;
        Ok(new)
    }

    /// Every address that must not be used.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suppressions(&self) -> Result<Vec<SuppressedAddress>, StoreError> {
        let query = suppressions::Entity::find()
            .order_by_asc(suppressions::Column::At)
            .order_by_asc(suppressions::Column::Address);
        let rows = query.all(&self.reader).await.during("list suppressions")?;
        let suppressed = |row: suppressions::Model| SuppressedAddress {
            address: row.address,
            channel: Channel::parse(&row.channel),
            reason: row.reason,
            source: row.source,
            at: instant(row.at),
        };
        Ok(rows.into_iter().map(suppressed).collect())
    }
}

/// Keeps addresses from being used by any case: those that a case names in `never_to`.
pub(super) async fn never_use(
    tx: &DatabaseTransaction,
    addresses: &BTreeSet<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let suppressed = |address: &&str| SuppressedAddress {
        address: (*address).to_owned(),
        channel: None,
        reason: "never_to".to_owned(),
        source: "case".to_owned(),
        at: now,
    };
    let rows = addresses.iter().map(|address| to_row(&suppressed(address)).into_active_model()).collect();
    batch::insert_new(tx, rows, "add suppressions").await.map(|_| ())
}

fn to_row(suppressed: &SuppressedAddress) -> suppressions::Model {
    suppressions::Model {
        address: identity(&suppressed.address).unwrap_or_default(),
        channel: suppressed.channel.map_or(ANY_CHANNEL, Channel::as_str).to_owned(),
        reason: suppressed.reason.clone(),
        source: suppressed.source.clone(),
        at: millis(suppressed.at),
        note: None,
        by: None,
    }
}
