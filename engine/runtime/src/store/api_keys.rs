//! Keys of other systems. Only their hashes are kept.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};
use wasl_core::access::Permission;

use super::Store;
use super::audit::{self, NewAudit};
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tables::api_keys::{ActiveModel, Column, Entity, Model};

const OPERATION: &str = "change API keys";
const READING: &str = "read API keys";

/// The key of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its number.
    pub id: i64,
    /// What it is called: the system that has it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Permission>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is called.
    pub name: String,
    /// The hash of the key itself.
    pub token: String,
    /// What it may do.
    pub scopes: BTreeSet<Permission>,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
}

impl Store {
    /// Keeps a new key; false if its name is taken, also by one that was revoked.
    ///
    /// # Errors
    /// The database failed; then it is not kept.
    pub async fn add_api_key(&self, new: &NewApiKey, trace: NewAudit) -> Result<bool, StoreError> {
        let tx = self.begin(OPERATION).await?;
        let taken = Entity::find().filter(Column::Name.eq(&new.name)).one(&tx).await.during(OPERATION)?;
        if taken.is_some() {
            return Ok(false);
        }
        let scopes = new.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ");
        let row = ActiveModel {
            id: ActiveValue::NotSet,
            name: ActiveValue::Set(new.name.clone()),
            token: ActiveValue::Set(new.token.clone()),
            scopes: ActiveValue::Set(scopes),
            created_by: ActiveValue::Set(trace.who.clone()),
            created_at: ActiveValue::Set(millis(trace.at)),
            expires_at: ActiveValue::Set(millis(new.expires_at)),
            used_at: ActiveValue::Set(None),
            revoked_at: ActiveValue::Set(None),
        };
        Entity::insert(row).exec_without_returning(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(true)
    }

    /// Every key that ever was, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Name).all(&self.reader).await.during(READING)?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// The key of a hash, whether or not it still opens anything.
    ///
    /// # Errors
    /// The database failed.
    pub async fn api_key(&self, token: &str) -> Result<Option<ApiKey>, StoreError> {
        let row = Entity::find().filter(Column::Token.eq(token)).one(&self.reader).await.during(READING)?;
        Ok(row.map(from_row))
    }

    /// Notes that a key was used.
    ///
    /// # Errors
    /// The database failed.
    pub async fn touch_api_key(&self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        let update = Entity::update_many().col_expr(Column::UsedAt, Expr::val(millis(now))).filter(Column::Id.eq(id));
        self.change_rows(OPERATION, update.into_query()).await.map(|_| ())
    }

    /// Revokes a key; false if there is none of that name that opens anything.
    ///
    /// # Errors
    /// The database failed; then it stays.
    pub async fn revoke_api_key(&self, name: &str, trace: NewAudit) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::val(millis(trace.at)))
            .filter(Column::Name.eq(name))
            .filter(Column::RevokedAt.is_null());
        Ok(self.change_alone(OPERATION, update.into_query(), Some(trace)).await? > 0)
    }
}

/// A scope that this release does not know opens nothing.
fn from_row(row: Model) -> ApiKey {
    ApiKey {
        id: row.id,
        name: row.name,
        scopes: row.scopes.split(' ').filter_map(Permission::parse).collect(),
        created_by: row.created_by,
        created_at: instant(row.created_at),
        expires_at: instant(row.expires_at),
        used_at: row.used_at.map(instant),
        revoked_at: row.revoked_at.map(instant),
    }
}
