//! Who asks.

use schemars::JsonSchema;
use serde::Serialize;
use wasl_core::access::{Permission, Role};

use super::call::Call;
use super::route::{Answered, Nothing, Reply, Route, get};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![get("/me", None, "Say who asks and what they may do", show)]
}

/// Who asks.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Me {
    /// As the trace names them: `user:huda`, `key:billing`.
    who: String,
    /// The name of the account or key.
    user: String,
    /// What colleagues call them.
    name: String,
    /// What they are; keys are nothing.
    roles: Vec<&'static str>,
    /// What they may do: the scopes of a key.
    permissions: Vec<&'static str>,
    /// The code of the language in which they read.
    language: &'static str,
    /// What changing requests with a session's cookie send as `X-CSRF-Token`; keys need none.
    csrf: Option<String>,
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Me> {
    let viewer = call.viewer;
    let permissions = Permission::all().filter(|permission| viewer.can(*permission));
    Ok(Reply::of(Me {
        permissions: permissions.map(Permission::name).collect(),
        roles: viewer.roles.iter().map(|role| Role::name(*role)).collect(),
        language: viewer.language.code(),
        csrf: Some(viewer.csrf).filter(|csrf| !csrf.is_empty()),
        who: viewer.who,
        user: viewer.user,
        name: viewer.name,
    }))
}
