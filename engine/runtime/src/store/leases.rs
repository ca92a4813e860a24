//! What one process at a time does: who does it, and until when that counts if nothing more is heard of them.

use jiff::Timestamp;
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::Store;
use super::document::millis;
use super::error::StoreError;
use super::tables::leases;
use leases::Column;

const OPERATION: &str = "take a lease";

impl Store {
    /// Gives `holder` a lease, or more time to one that they have; false while it is another's.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = leases::ActiveModel {
            name: ActiveValue::Set(name.to_owned()),
            holder: ActiveValue::Set(holder.to_owned()),
            until: ActiveValue::Set(millis(until)),
        };
        let free = Column::Until.lte(millis(now)).or(Column::Holder.eq(holder));
        let replace = OnConflict::column(Column::Name)
            .update_columns([Column::Holder, Column::Until])
            .action_and_where(free)
            .to_owned();
        let insert = leases::Entity::insert(row).on_conflict(replace);
        Ok(self.change_rows(OPERATION, insert.into_query()).await? > 0)
    }

    /// Gives a lease back, if it is still `holder`'s.
    ///
    /// # Errors
    /// The database failed; the lease ends by itself.
    pub async fn release_lease(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        let theirs = leases::Entity::delete_many().filter(Column::Name.eq(name)).filter(Column::Holder.eq(holder));
        self.change_rows(OPERATION, theirs.into_query()).await.map(|_| ())
    }
}
