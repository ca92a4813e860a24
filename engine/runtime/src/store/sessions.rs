//! Who is in. Only the hash of a session's token is kept: whoever reads the database cannot come in by it.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};

use super::Store;
use super::audit::{self, NewAudit};
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tables::{sessions, users};
use super::users::{User, from_row as user_from_row};

const OPERATION: &str = "change sessions";
const READING: &str = "read sessions";

/// Somebody who comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The hash of its token.
    pub token: String,
    /// Whose it is.
    pub user: i64,
    /// The address that they came from.
    pub address: String,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

/// Somebody who is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub user: User,
    /// The address that they came from.
    pub address: String,
    /// When they came.
    pub created_at: Timestamp,
    /// When they were heard of last, to the minute.
    pub seen_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

impl Store {
    /// Lets somebody in, ends the session that the same browser had, and forgets those that have expired.
    ///
    /// # Errors
    /// The database failed; then nobody is let in.
    pub async fn begin_session(
        &self,
        new: &NewSession,
        replaced: Option<&str>,
        trace: NewAudit,
    ) -> Result<(), StoreError> {
        let tx = self.begin(OPERATION).await?;
        let now = millis(trace.at);
        let over = sessions::Column::ExpiresAt.lte(now);
        let over = replaced.map_or(over.clone(), |token| over.or(sessions::Column::Token.eq(token)));
        sessions::Entity::delete_many().filter(over).exec(&tx).await.during(OPERATION)?;
        let row = sessions::ActiveModel {
            id: ActiveValue::NotSet,
            token: ActiveValue::Set(new.token.clone()),
            user_id: ActiveValue::Set(new.user),
            address: ActiveValue::Set(new.address.clone()),
            created_at: ActiveValue::Set(now),
            seen_at: ActiveValue::Set(now),
            expires_at: ActiveValue::Set(millis(new.expires_at)),
        };
        sessions::Entity::insert(row).exec_without_returning(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)
    }

    /// The session of a token's hash, whether or not its time is over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn session(&self, token: &str) -> Result<Option<StoredSession>, StoreError> {
        let query = sessions::Entity::find().filter(sessions::Column::Token.eq(token));
        let Some(row) = query.one(&self.reader).await.during(READING)? else { return Ok(None) };
        let user = users::Entity::find_by_id(row.user_id).one(&self.reader).await.during(READING)?;
        Ok(user.map(|user| from_row(row, user_from_row(user))))
    }

    /// Everybody who is in, the last heard of first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn sessions(&self) -> Result<Vec<StoredSession>, StoreError> {
        let rows = sessions::Entity::find().order_by_desc(sessions::Column::SeenAt);
        let rows = rows.all(&self.reader).await.during(READING)?;
        let users = self.users().await?;
        let owned = |row: sessions::Model| {
            let owner = users.iter().find(|user| user.id == row.user_id)?.clone();
            Some(from_row(row, owner))
        };
        Ok(rows.into_iter().filter_map(owned).collect())
    }

    /// Notes that a session was heard of.
    ///
    /// # Errors
    /// The database failed.
    pub async fn touch_session(&self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        let update = sessions::Entity::update_many()
            .col_expr(sessions::Column::SeenAt, Expr::val(millis(now)))
            .filter(sessions::Column::Id.eq(id));
        self.change_rows(OPERATION, update.into_query()).await.map(|_| ())
    }

    /// Ends a session; says whether there was one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_session(&self, id: i64, trace: NewAudit) -> Result<bool, StoreError> {
        let delete = sessions::Entity::delete_many().filter(sessions::Column::Id.eq(id));
        Ok(self.change_alone(OPERATION, delete.into_query(), Some(trace)).await? > 0)
    }

    /// Ends every session of somebody, but perhaps one; says how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_sessions(&self, user: i64, but: Option<i64>, trace: NewAudit) -> Result<u64, StoreError> {
        let of_user = sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(user));
        let of_user = match but {
            Some(but) => of_user.filter(sessions::Column::Id.ne(but)),
            None => of_user,
        };
        self.change_alone(OPERATION, of_user.into_query(), Some(trace)).await
    }
}

fn from_row(row: sessions::Model, user: User) -> StoredSession {
    StoredSession {
        id: row.id,
        user,
        address: row.address,
        created_at: instant(row.created_at),
        seen_at: instant(row.seen_at),
        expires_at: instant(row.expires_at),
    }
}
