//! Who somebody is and what they may do: coming in, staying in, and what every request is asked first.
//!
//! A request is let through by [`guard()`], which finds out who sends it and refuses what other sites send in their
//! name. Handlers take a [`Viewer`] and ask [`Viewer::may`]; what each role may do stands in
//! [`wasl_core::access`] and nowhere else. Pages to come in are [`page`]'s.

mod accounts;
mod address;
mod guard;
mod headers;
mod login;
mod oidc;
mod page;
mod password;
mod rate;
mod throttle;
mod token;
mod viewer;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use wasl_core::case::CaseId;
use wasl_runtime::store::{NewAudit, Store, StoreError};

use crate::api::Api;
use crate::failure::Failure;
use crate::settings::{Language, Settings};

pub(crate) use accounts::{Accounts, Invited, KEY_DAYS, KEY_DAYS_MAX, Made, NotDone};
pub(crate) use guard::{guard, is_api};
pub(crate) use headers::secured;
pub(crate) use login::first_run;
pub(crate) use page::words::stranger;
pub(crate) use page::{inside, language as asked_in};
pub(crate) use token::Token;
pub(crate) use viewer::{Denied, Viewer};

use oidc::Oidc;
use rate::Rate;
use throttle::Throttle;

/// Passwords that are checked at the same time: each takes 19 MiB.
const HASHES_AT_ONCE: usize = 2;

/// What the parts share.
#[derive(Debug)]
pub(crate) struct Access {
    /// Whether people reach us over TLS only: cookies say so.
    https: bool,
    /// The origin under which people reach us, if that is set.
    origin: Option<String>,
    /// Proxies whose word on a client's address counts.
    proxies: Vec<IpAddr>,
    /// How long somebody may be silent before they must come in again.
    idle: SignedDuration,
    /// How long a session lasts in any case.
    longest: SignedDuration,
    /// The language of who has not chosen one.
    language: Language,
    accounts: Mutex<Throttle>,
    addresses: Mutex<Throttle>,
    requests: Mutex<Rate>,
    hashing: Arc<Semaphore>,
    /// The house's provider, if people come in by one.
    oidc: Option<Oidc>,
}

impl Access {
    /// As it is set.
    ///
    /// # Errors
    /// The house's provider cannot be used as it is set.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Failure> {
        let origin = settings.public_url.as_deref().map(guard::origin_of);
        Ok(Self {
            https: origin.as_ref().is_some_and(|origin| origin.starts_with("https://")),
            origin,
            proxies: settings.access.proxies.clone(),
            idle: settings.access.idle,
            longest: settings.access.longest,
            language: settings.language,
            accounts: Mutex::new(Throttle::of_accounts()),
            addresses: Mutex::new(Throttle::of_addresses()),
            requests: Mutex::default(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            oidc: Oidc::of(settings)?,
        })
    }
}

/// The pages by which people come in and leave.
pub(crate) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/login", get(page::login).post(page::submit_login))
        .route("/login/oidc", get(oidc::begin))
        .route("/login/oidc/callback", get(oidc::come_back))
        .route("/language", post(page::language_chosen))
        .route("/logout", post(page::logout))
        .route("/password/{token}", get(page::password).post(page::submit_password))
        .route("/access.css", get(page::style))
}

/// An entry of the trace of who did what.
pub(crate) fn trace(at: Timestamp, who: &str, act: &str, subject: Option<String>) -> NewAudit {
    NewAudit { at, who: who.to_owned(), act: act.to_owned(), case: None, subject }
}

/// Records that somebody does something, or sees personal fields, before they do: if it cannot be recorded, it is not
/// done.
///
/// # Errors
/// The database failed.
pub(crate) async fn record(
    store: &Store,
    now: Timestamp,
    viewer: &Viewer,
    act: &str,
    on: &[On<'_>],
) -> Result<(), StoreError> {
    let entry = |on: &On<'_>| NewAudit { case: on.case, ..trace(now, &viewer.who, act, on.subject.map(str::to_owned)) };
    store.record_audit(&on.iter().map(entry).collect::<Vec<_>>()).await
}

/// What an act is on: ids only.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct On<'a> {
    /// A case.
    pub(crate) case: Option<CaseId>,
    /// A message, a task, a gateway.
    pub(crate) subject: Option<&'a str>,
}

impl From<CaseId> for On<'_> {
    fn from(case: CaseId) -> Self {
        Self { case: Some(case), subject: None }
    }
}
