//! Coming in and leaving, and choosing a password.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};
use wasl_core::access::Role;
use wasl_runtime::store::{NewSession, NewUser, Store, StoreError, User};

use super::password::{self, Weak};
use super::token::Token;
use super::viewer::Viewer;
use super::{Access, trace};
use crate::api::Api;
use crate::failure::Failure;

/// How long a link to choose a password counts.
const LINK_COUNTS: SignedDuration = SignedDuration::from_hours(24);
/// The first user.
const FIRST_USER: &str = "admin";
/// Who does what nobody does: the daemon when it starts.
const DAEMON: &str = "wasl";

/// Why somebody does not come in.
#[derive(Debug)]
pub(super) enum Refused {
    /// Name or password are not right; which of them is not said.
    Wrong,
    /// There were too many mistakes; so long from now.
    Wait(SignedDuration),
    /// Something of ours does not work.
    Broken(Failure),
}

/// Why a password is not taken.
#[derive(Debug)]
pub(super) enum NotSet {
    /// The link does not count any more.
    Link,
    /// The password is not good enough.
    Weak(Weak),
    /// Something of ours does not work.
    Broken(Failure),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<StoreError> for NotSet {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.into())
    }
}

/// Lets somebody in: a new session in place of the one that their browser had, so that nobody can have prepared it.
pub(super) async fn log_in(
    api: &Api,
    (name, password): (&str, String),
    from: IpAddr,
    had: Option<Token>,
) -> Result<Token, Refused> {
    let (store, now) = (&api.engine.store, api.engine.now());
    let name = name.trim().to_lowercase();
    let address = from.to_string();
    api.access.attempt(&name, &address, now).map_err(Refused::Wait)?;
    let known = store.user_to_verify(&name).await?.filter(|(user, _)| user.disabled_at.is_none());
    let (user, hash) = known.map_or((None, None), |(user, hash)| (Some(user), hash));
    let right = password::matches(&api.access.hashing, password, hash).await;
    let Some(user) = user.as_ref().filter(|_| right) else {
        tracing::warn!(known = user.is_some(), "somebody gave a wrong name or password");
        if let Some(user) = user {
            store.record_audit(&[trace(now, &format!("user:{}", user.name), "login.failed", None)]).await?;
        }
        return Err(Refused::Wrong);
    };
    api.access.forgive(&name, &address);
    begin_session(api, user, from, had, None).await.map_err(Refused::Broken)
}

/// A new session of somebody who has proven who they are, in place of the one that their browser had.
///
/// # Errors
/// The database failed, or the system has no randomness.
pub(super) async fn begin_session(
    api: &Api,
    user: &User,
    from: IpAddr,
    had: Option<Token>,
    by: Option<&str>,
) -> Result<Token, Failure> {
    let now = api.engine.now();
    let token = Token::draw()?;
    let expires_at = now.saturating_add(api.access.longest).unwrap_or(now);
    let new = NewSession { token: token.hash(), user: user.id, address: from.to_string(), expires_at };
    let replaced = had.map(|had| had.hash());
    let trace = trace(now, &format!("user:{}", user.name), "login", by.map(str::to_owned));
    api.engine.store.begin_session(&new, replaced.as_deref(), trace).await?;
    Ok(token)
}

/// Lets somebody leave.
pub(super) async fn log_out(api: &Api, viewer: &Viewer) -> Result<(), StoreError> {
    let Some(session) = viewer.session else { return Ok(()) };
    api.engine.store.end_session(session, trace(api.engine.now(), &viewer.who, "logout", None)).await.map(|_| ())
}

/// Takes the password that the owner of a link has chosen.
pub(super) async fn set_password(api: &Api, link: &Token, password: String) -> Result<(), NotSet> {
    let (store, now) = (&api.engine.store, api.engine.now());
    let Some(user) = store.user_of_link(&link.hash(), now).await? else { return Err(NotSet::Link) };
    if let Some(weak) = password::weakness(&password, &user.name) {
        return Err(NotSet::Weak(weak));
    }
    let hash = password::hash(&api.access.hashing, password).await;
    let hash = hash
        .ok_or_else(|| NotSet::Broken(Failure::new(crate::failure::Exit::Refused, "the password cannot be hashed")))?;
    let trace = trace(now, &format!("user:{}", user.name), "password.set", None);
    if store.take_password_link(&link.hash(), &hash, trace).await? { Ok(()) } else { Err(NotSet::Link) }
}

/// Makes a link by which somebody chooses a password, within a day and once; earlier ones end.
///
/// # Errors
/// The database failed, or the system has no randomness.
pub(super) async fn password_link(store: &Store, now: Timestamp, user: &User, by: &str) -> Result<Token, Failure> {
    let token = Token::draw()?;
    let expires = now.saturating_add(LINK_COUNTS).unwrap_or(now);
    let trace = trace(now, by, "user.password_link", Some(format!("user:{}", user.name)));
    store.add_password_link(user.id, &token.hash(), expires, trace).await?;
    Ok(token)
}

/// The link of the first administrator, while there is nobody else and they have not used one: alone in the house,
/// they are everything.
///
/// # Errors
/// The database failed, or the system has no randomness.
pub(crate) async fn first_run(store: &Store, now: Timestamp) -> Result<Option<Token>, Failure> {
    let users = store.users().await?;
    let first = match users.as_slice() {
        [] => {
            let roles = BTreeSet::from(Role::ALL);
            let new = NewUser { name: FIRST_USER.into(), full_name: "Administrator".into(), roles };
            store.add_user(&new, trace(now, DAEMON, "user.add", Some(format!("user:{FIRST_USER}")))).await?
        }
        [only] if only.name == FIRST_USER && !only.has_password => Some(only.clone()),
        _ => None,
    };
    match first {
        Some(user) => password_link(store, now, &user, DAEMON).await.map(Some),
        None => Ok(None),
    }
}

impl Access {
    /// Begins an attempt of an account from an address.
    fn attempt(&self, name: &str, address: &str, now: Timestamp) -> Result<(), SignedDuration> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).attempt(address, now)?;
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).attempt(name, now)
    }

    /// Begins an attempt from an address, of whoever it may be.
    pub(super) fn attempt_from(&self, from: IpAddr, now: Timestamp) -> Result<(), SignedDuration> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).attempt(&from.to_string(), now)
    }

    /// An attempt from an address was right.
    pub(super) fn forgive_from(&self, from: IpAddr) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).forgive_one(&from.to_string());
    }

    /// An attempt was right.
    fn forgive(&self, name: &str, address: &str) {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).forgive_one(address);
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).forgive_all(name);
    }
}
