//! Who asks: a person with a session, or another system with a key.

use std::collections::BTreeSet;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use thiserror::Error;
use wasl_core::access::{Permission, Role};
use wasl_runtime::store::{ApiKey, StoredSession};

use super::token::Token;
use super::{guard, page};
use crate::settings::Language;

/// Who asks, as [`guard`](super::guard()) found out. Handlers take it as an argument; without one, pages lead to the login and the
/// API answers 401.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// As the trace names them: `user:huda`, `key:billing`.
    pub(crate) who: String,
    /// The name of the account or key: what tasks are claimed by and cases note.
    pub(crate) user: String,
    /// What colleagues call them.
    pub(crate) name: String,
    /// What they are; keys are nothing.
    pub(crate) roles: BTreeSet<Role>,
    /// In which language they read.
    pub(crate) language: Language,
    /// What forms send along as `csrf`, and scripts as `X-CSRF-Token`; nothing for keys.
    pub(crate) csrf: String,
    /// The number of their account; `None` for keys.
    pub(crate) account: Option<i64>,
    /// The number of their session; `None` for keys.
    pub(crate) session: Option<i64>,
    permissions: BTreeSet<Permission>,
}

/// Somebody may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("you may not do this: it needs `{}`", .0.name())]
pub(crate) struct Denied(pub(crate) Permission);

impl Viewer {
    /// A person.
    pub(super) fn of_session(session: &StoredSession, token: &Token, language: Language) -> Self {
        let user = &session.user;
        Self {
            who: format!("user:{}", user.name),
            user: user.name.clone(),
            name: user.full_name.clone(),
            language: user.language.as_deref().and_then(Language::parse).unwrap_or(language),
            csrf: token.csrf(),
            account: Some(user.id),
            session: Some(session.id),
            permissions: user.roles.iter().flat_map(|role| role.permissions()).collect(),
            roles: user.roles.clone(),
        }
    }

    /// Another system.
    pub(super) fn of_key(key: &ApiKey, language: Language) -> Self {
        Self {
            who: format!("key:{}", key.name),
            user: format!("key:{}", key.name),
            name: key.name.clone(),
            roles: BTreeSet::new(),
            language,
            csrf: String::new(),
            account: None,
            session: None,
            permissions: key.scopes.clone(),
        }
    }

    /// Whether they may do this, for what is shown.
    pub(crate) fn can(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Lets them do this.
    ///
    /// # Errors
    /// They may not.
    pub(crate) fn may(&self, permission: Permission) -> Result<(), Denied> {
        if self.can(permission) { Ok(()) } else { Err(Denied(permission)) }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        (StatusCode::FORBIDDEN, format!("{self}\n")).into_response()
    }
}

/// Nobody is known to ask.
#[derive(Debug)]
pub(crate) struct Unknown {
    back: Option<String>,
    api: bool,
}

impl IntoResponse for Unknown {
    fn into_response(self) -> Response {
        if self.api {
            guard::unauthorized()
        } else {
            Redirect::to(&page::login_address(self.back.as_deref())).into_response()
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Unknown;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Unknown> {
        let asked = || {
            let path = parts.uri.path_and_query().map(ToString::to_string);
            Unknown { api: guard::is_api(parts.uri.path()), back: path.filter(|_| parts.method == Method::GET) }
        };
        parts.extensions.get::<Self>().cloned().ok_or_else(asked)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
