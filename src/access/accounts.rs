//! What administrators do: people with their roles and links, sessions, keys of other systems. One set of rules for the
//! command line, the API and the pages; each change is traced with it.

mod refused;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use wasl_core::access::{Permission, Role};
use wasl_core::diagnostic::did_you_mean;
use wasl_runtime::store::{NewApiKey, NewUser, StoredSession, User};

use super::login::password_link;
use super::token::Token;
use super::{guard, trace};
use crate::session::Session;

pub(crate) use refused::NotDone;

/// Letters of the longest name of an account or key.
const NAME_LETTERS_MAX: usize = 64;
/// Letters of the longest name by which colleagues call somebody.
const FULL_NAME_LETTERS_MAX: usize = 200;
/// Hours of a day.
const DAY: i64 = 24;
/// Days for which a key opens something unless asked otherwise, and at the most.
pub(crate) const KEY_DAYS: u16 = 365;
pub(crate) const KEY_DAYS_MAX: u16 = 1_100;

/// Somebody's hand on the accounts of the house.
pub(crate) struct Accounts<'s> {
    session: &'s Session,
    by: String,
    now: Timestamp,
}

/// Somebody, and the link by which they choose their password. The link is shown once.
pub(crate) struct Invited {
    /// Who.
    pub(crate) user: User,
    /// Where they choose it.
    pub(crate) link: String,
}

/// A key of another system that was made. The key itself is shown once.
pub(crate) struct Made {
    /// What it is called.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) scopes: BTreeSet<Permission>,
    /// From when on it opens nothing.
    pub(crate) expires_at: Timestamp,
    /// The key.
    pub(crate) key: Token,
}

impl<'s> Accounts<'s> {
    /// The hand of `by`, as the trace names them.
    pub(crate) fn of(session: &'s Session, by: impl Into<String>) -> Self {
        Self { session, by: by.into(), now: session.engine.now() }
    }

    /// Adds somebody, who chooses a password by the link.
    ///
    /// # Errors
    /// The name is none or taken, or they would be nothing.
    pub(crate) async fn add(&self, name: &str, full_name: &str, roles: BTreeSet<Role>) -> Result<Invited, NotDone> {
        let (name, full_name) = (plain(name)?, full_name.trim().to_owned());
        if full_name.is_empty() || full_name.chars().count() > FULL_NAME_LETTERS_MAX {
            return Err(NotDone::BadFullName);
        }
        if roles.is_empty() {
            return Err(NotDone::NoRole);
        }
        let new = NewUser { name, full_name, roles };
        let added = self.session.store().add_user(&new, self.trace("user.add", &subject(&new.name))).await?;
        self.invite(added.ok_or(NotDone::Taken(new.name))?).await
    }

    /// Somebody of a name, however it is written.
    ///
    /// # Errors
    /// There is nobody.
    pub(crate) async fn known(&self, name: &str) -> Result<User, NotDone> {
        let store = self.session.store();
        if let Some(user) = store.user(&name.trim().to_lowercase()).await? {
            return Ok(user);
        }
        let users = store.users().await?;
        let near = did_you_mean(name, users.iter().map(|user| user.name.as_str()));
        Err(NotDone::NoUser { name: name.to_owned(), near })
    }

    /// Makes somebody all that is listed and nothing else.
    ///
    /// # Errors
    /// There is nobody of that name, or nobody would be an administrator any more.
    pub(crate) async fn set_roles(&self, name: &str, roles: BTreeSet<Role>) -> Result<User, NotDone> {
        let user = self.known(name).await?;
        if roles.is_empty() {
            return Err(NotDone::NoRole);
        }
        let trace = self.trace("user.role", &subject(&user.name));
        if !self.session.store().set_roles(user.id, &roles, trace).await? {
            return Err(NotDone::LastAdministrator(user.name));
        }
        Ok(User { roles, ..user })
    }

    /// Locks somebody out, or lets them in again.
    ///
    /// # Errors
    /// There is nobody of that name, or nobody would be an administrator any more.
    pub(crate) async fn set_disabled(&self, name: &str, disabled: bool) -> Result<User, NotDone> {
        let user = self.known(name).await?;
        let act = if disabled { "user.disable" } else { "user.enable" };
        if !self.session.store().set_disabled(user.id, disabled, self.trace(act, &subject(&user.name))).await? {
            return Err(NotDone::LastAdministrator(user.name));
        }
        Ok(User { disabled_at: disabled.then_some(self.now), ..user })
    }

    /// Makes a new link for somebody; earlier ones end.
    ///
    /// # Errors
    /// There is nobody of that name, or they are locked out.
    pub(crate) async fn link(&self, name: &str) -> Result<Invited, NotDone> {
        let user = self.known(name).await?;
        if user.disabled_at.is_some() {
            return Err(NotDone::LockedOut(user.name));
        }
        self.invite(user).await
    }

    async fn invite(&self, user: User) -> Result<Invited, NotDone> {
        let token = password_link(self.session.store(), self.now, &user, &self.by).await?;
        let link = self.session.settings.reached_at(&format!("/password/{}", token.reveal()));
        Ok(Invited { user, link })
    }

    /// Who is in, the last heard of first; of one account only, if one is given.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn sessions(&self, of: Option<i64>) -> Result<Vec<StoredSession>, NotDone> {
        let idle = self.session.settings.access.idle;
        let mut sessions = self.session.store().sessions().await?;
        sessions.retain(|one| of.is_none_or(|of| one.user.id == of) && !guard::is_over(one, idle, self.now));
        Ok(sessions)
    }

    /// Ends a session, if it is of this account where one is given.
    ///
    /// # Errors
    /// There is none of that number.
    pub(crate) async fn end_session(&self, id: i64, of: Option<i64>) -> Result<(), NotDone> {
        let theirs = match of {
            Some(_) => self.sessions(of).await?.iter().any(|one| one.id == id),
            None => true,
        };
        let trace = self.trace("session.end", &format!("session:{id}"));
        if !theirs || !self.session.store().end_session(id, trace).await? {
            return Err(NotDone::NoSession(id));
        }
        Ok(())
    }

    /// Ends every session of somebody, but perhaps one; says how many.
    ///
    /// # Errors
    /// There is nobody of that name.
    pub(crate) async fn end_sessions(&self, name: &str, but: Option<i64>) -> Result<u64, NotDone> {
        let user = self.known(name).await?;
        let trace = self.trace("session.end", &subject(&user.name));
        Ok(self.session.store().end_sessions(user.id, but, trace).await?)
    }

    /// Makes a key for another system.
    ///
    /// # Errors
    /// The name is none or taken, it would open nothing or too much, or be valid for too long.
    pub(crate) async fn make_key(&self, name: &str, scopes: BTreeSet<Permission>, days: u16) -> Result<Made, NotDone> {
        let name = plain(name)?;
        if scopes.is_empty() {
            return Err(NotDone::NoScope);
        }
        if scopes.contains(&Permission::ManageUsers) {
            return Err(NotDone::ManagesUsers);
        }
        if !(1..=KEY_DAYS_MAX).contains(&days) {
            return Err(NotDone::Days);
        }
        let key = Token::draw()?;
        let valid = SignedDuration::from_hours(DAY * i64::from(days));
        let expires_at = self.now.saturating_add(valid).unwrap_or(self.now);
        let new = NewApiKey { name, token: key.hash(), scopes, expires_at };
        let trace = self.trace("api_key.create", &format!("key:{}", new.name));
        if !self.session.store().add_api_key(&new, trace).await? {
            return Err(NotDone::KeyTaken(new.name));
        }
        Ok(Made { name: new.name, scopes: new.scopes, expires_at, key })
    }

    /// Makes a key open nothing from now on.
    ///
    /// # Errors
    /// There is none of that name that opens anything.
    pub(crate) async fn revoke_key(&self, name: &str) -> Result<(), NotDone> {
        let trace = self.trace("api_key.revoke", &format!("key:{name}"));
        if self.session.store().revoke_api_key(name, trace).await? {
            Ok(())
        } else {
            Err(NotDone::NoKey(name.to_owned()))
        }
    }

    fn trace(&self, act: &str, on: &str) -> wasl_runtime::store::NewAudit {
        trace(self.now, &self.by, act, Some(on.to_owned()))
    }
}

/// How the trace names somebody.
fn subject(name: &str) -> String {
    format!("user:{name}")
}

/// A name of an account or a key, in its one spelling.
pub(super) fn plain(name: &str) -> Result<String, NotDone> {
    let small = name.trim().to_lowercase();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
    if small.is_empty() || small.len() > NAME_LETTERS_MAX || !small.chars().all(plain) {
        return Err(NotDone::BadName(name.to_owned()));
    }
    Ok(small)
}
