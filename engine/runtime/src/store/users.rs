//! People who may come in, and the links by which they choose a password. Each change is traced with it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use wasl_core::access::Role;

use super::Store;
use super::audit::{self, NewAudit};
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tables::{password_links, sessions, users};
use super::tx::Tx;

const OPERATION: &str = "change users";
const READING: &str = "read users";

/// Somebody who may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its number.
    pub id: i64,
    /// By which they come in, in lower case.
    pub name: String,
    /// What colleagues call them.
    pub full_name: String,
    /// What they are.
    pub roles: BTreeSet<Role>,
    /// The code of the language that they chose.
    pub language: Option<String>,
    /// Whether they have chosen a password yet.
    pub has_password: bool,
    /// Whether they come in by the house's provider.
    pub by_provider: bool,
    /// Since when they are known.
    pub created_at: Timestamp,
    /// Since when they may not come in any more.
    pub disabled_at: Option<Timestamp>,
}

/// Somebody who is to come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// By which they will come in, in lower case.
    pub name: String,
    /// What colleagues call them.
    pub full_name: String,
    /// What they will be.
    pub roles: BTreeSet<Role>,
}

/// Whom a provider means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Its own name for them, which it never gives to anybody else.
    pub subject: String,
}

/// What a change does besides.
#[derive(Clone, Copy, Default)]
struct Change {
    /// Their sessions and links end.
    throws_out: bool,
    /// They let nobody in any more.
    lets_nobody_in: bool,
}

impl Store {
    /// Adds somebody; `None` if the name is taken.
    ///
    /// # Errors
    /// The database failed; then nobody is added.
    pub async fn add_user(&self, new: &NewUser, trace: NewAudit) -> Result<Option<User>, StoreError> {
        self.add(new, None, trace).await
    }

    /// Adds somebody who came in by a provider for the first time; `None` if the name is taken.
    ///
    /// # Errors
    /// The database failed, or the provider's name for them is known already; then nobody is added.
    pub async fn add_user_of_identity(
        &self,
        new: &NewUser,
        identity: &Identity,
        trace: NewAudit,
    ) -> Result<Option<User>, StoreError> {
        self.add(new, Some(identity), trace).await
    }

    async fn add(
        &self,
        new: &NewUser,
        identity: Option<&Identity>,
        trace: NewAudit,
    ) -> Result<Option<User>, StoreError> {
        let tx = self.begin(OPERATION).await?;
        let taken = users::Entity::find().filter(users::Column::Name.eq(&new.name));
        if taken.one(&tx).await.during(OPERATION)?.is_some() {
            return Ok(None);
        }
        let row = users::ActiveModel {
            id: ActiveValue::NotSet,
            name: ActiveValue::Set(new.name.clone()),
            full_name: ActiveValue::Set(new.full_name.clone()),
            roles: ActiveValue::Set(words(&new.roles)),
            language: ActiveValue::Set(None),
            password: ActiveValue::Set(None),
            created_at: ActiveValue::Set(millis(trace.at)),
            disabled_at: ActiveValue::Set(None),
            issuer: ActiveValue::Set(identity.map(|identity| identity.issuer.clone())),
            subject: ActiveValue::Set(identity.map(|identity| identity.subject.clone())),
        };
        let row = users::Entity::insert(row).exec_with_returning(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(Some(from_row(row)))
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let rows = users::Entity::find().order_by_asc(users::Column::Name).all(&self.reader).await.during(READING)?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Somebody by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        Ok(self.user_row(name).await?.map(from_row))
    }

    /// Somebody by name with the hash of their password, for those who check it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn user_to_verify(&self, name: &str) -> Result<Option<(User, Option<String>)>, StoreError> {
        let row = self.user_row(name).await?;
        Ok(row.map(|row| (row.password.clone(), row)).map(|(password, row)| (from_row(row), password)))
    }

    /// Whom a provider means, if they came in before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn user_of_identity(&self, identity: &Identity) -> Result<Option<User>, StoreError> {
        let query = users::Entity::find()
            .filter(users::Column::Issuer.eq(&identity.issuer))
            .filter(users::Column::Subject.eq(&identity.subject));
        Ok(query.one(&self.reader).await.during(READING)?.map(from_row))
    }

    async fn user_row(&self, name: &str) -> Result<Option<users::Model>, StoreError> {
        users::Entity::find().filter(users::Column::Name.eq(name)).one(&self.reader).await.during(READING)
    }

    /// Makes somebody something else; it counts from their next request. False, and nothing is changed, if nobody could
    /// let people in afterwards.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn set_roles(&self, user: i64, roles: &BTreeSet<Role>, trace: NewAudit) -> Result<bool, StoreError> {
        let change = Change { throws_out: false, lets_nobody_in: !roles.contains(&Role::Administrator) };
        self.change(user, (users::Column::Roles, words(roles).into()), change, trace).await
    }

    /// Keeps the language that somebody chose.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn set_language(&self, user: i64, language: &str, trace: NewAudit) -> Result<(), StoreError> {
        self.change(user, (users::Column::Language, language.into()), Change::default(), trace).await.map(|_| ())
    }

    /// Locks somebody out, with every session and link of theirs, or lets them in again. False, and nothing is
    /// changed, if nobody could let people in afterwards.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn set_disabled(&self, user: i64, disabled: bool, trace: NewAudit) -> Result<bool, StoreError> {
        let at = disabled.then(|| millis(trace.at));
        let change = Change { throws_out: disabled, lets_nobody_in: disabled };
        self.change(user, (users::Column::DisabledAt, at.into()), change, trace).await
    }

    /// Changes one thing about somebody. The trace comes first: its entries follow one another, and so two
    /// administrators cannot lock each other out at the same time.
    async fn change(
        &self,
        user: i64,
        (what, value): (users::Column, sea_orm::Value),
        change: Change,
        trace: NewAudit,
    ) -> Result<bool, StoreError> {
        let tx = self.begin(OPERATION).await?;
        audit::record(&tx, &[trace]).await?;
        if change.lets_nobody_in && is_last_administrator(&tx, user).await? {
            return Ok(false);
        }
        set(&tx, user, what, value).await?;
        if change.throws_out {
            throw_out(&tx, user).await?;
        }
        tx.commit().await.during(OPERATION)?;
        Ok(true)
    }

    /// Keeps the hash of a link by which somebody chooses a password, in place of earlier ones.
    ///
    /// # Errors
    /// The database failed; then earlier links stay.
    pub async fn add_password_link(
        &self,
        user: i64,
        token: &str,
        expires_at: Timestamp,
        trace: NewAudit,
    ) -> Result<(), StoreError> {
        let tx = self.begin(OPERATION).await?;
        let earlier = password_links::Entity::delete_many().filter(password_links::Column::UserId.eq(user));
        earlier.exec(&tx).await.during(OPERATION)?;
        let row = password_links::ActiveModel {
            token: ActiveValue::Set(token.to_owned()),
            user_id: ActiveValue::Set(user),
            expires_at: ActiveValue::Set(millis(expires_at)),
        };
        password_links::Entity::insert(row).exec_without_returning(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)
    }

    /// Whose link this is, if it still counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn user_of_link(&self, token: &str, now: Timestamp) -> Result<Option<User>, StoreError> {
        let Some(link) = link(&self.reader, token, now).await? else { return Ok(None) };
        let row = users::Entity::find_by_id(link.user_id).one(&self.reader).await.during(READING)?;
        Ok(row.map(from_row).filter(|user| user.disabled_at.is_none()))
    }

    /// Takes a link: the password is set, and every session and link of its owner ends. False if the link does not
    /// count any more.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn take_password_link(&self, token: &str, password: &str, trace: NewAudit) -> Result<bool, StoreError> {
        let tx = self.begin(OPERATION).await?;
        let Some(link) = link(&tx, token, trace.at).await? else { return Ok(false) };
        set(&tx, link.user_id, users::Column::Password, password.into()).await?;
        throw_out(&tx, link.user_id).await?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(true)
    }
}

async fn link<C: ConnectionTrait>(
    db: &C,
    token: &str,
    now: Timestamp,
) -> Result<Option<password_links::Model>, StoreError> {
    let link = password_links::Entity::find_by_id(token).one(db).await.during(READING)?;
    Ok(link.filter(|link| link.expires_at > millis(now)))
}

async fn set(tx: &Tx, user: i64, what: users::Column, value: sea_orm::Value) -> Result<(), StoreError> {
    let update = users::Entity::update_many().col_expr(what, Expr::val(value)).filter(users::Column::Id.eq(user));
    update.exec(tx).await.during(OPERATION).map(|_| ())
}

/// Whether nobody but somebody could let people in: who has no password yet is nobody to rely on.
async fn is_last_administrator<C: ConnectionTrait>(db: &C, user: i64) -> Result<bool, StoreError> {
    let rows = users::Entity::find().filter(users::Column::DisabledAt.is_null()).all(db).await.during(OPERATION)?;
    let administrators = rows.into_iter().map(from_row).filter(|user| user.roles.contains(&Role::Administrator));
    let (own, others): (Vec<User>, Vec<User>) = administrators.partition(|one| one.id == user);
    let comes_in = |user: &User| user.has_password || user.by_provider;
    let reliable = |own: &User| others.iter().any(|other| comes_in(other) || !comes_in(own));
    Ok(own.first().is_some_and(|own| !reliable(own)))
}

/// Ends every session of somebody and every link to a password of theirs.
async fn throw_out(tx: &Tx, user: i64) -> Result<(), StoreError> {
    let of_user = sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(user));
    of_user.exec(tx).await.during(OPERATION)?;
    let links = password_links::Entity::delete_many().filter(password_links::Column::UserId.eq(user));
    links.exec(tx).await.during(OPERATION).map(|_| ())
}

fn words(roles: &BTreeSet<Role>) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ")
}

/// A role that this release does not know gives nothing.
pub(super) fn from_row(row: users::Model) -> User {
    User {
        id: row.id,
        name: row.name,
        full_name: row.full_name,
        roles: row.roles.split(' ').filter_map(Role::parse).collect(),
        language: row.language,
        has_password: row.password.is_some(),
        by_provider: row.subject.is_some(),
        created_at: instant(row.created_at),
        disabled_at: row.disabled_at.map(instant),
    }
}
