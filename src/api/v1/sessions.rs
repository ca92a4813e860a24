//! Who is in: everybody sees and ends their own sessions, administrators those of all.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission;
use wasl_runtime::store::StoredSession;

use super::call::Call;
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, change, get};
use super::shown::Page;
use super::users::{Ended, accounts};

/// The account of a key, which has none: no session is of it.
const NO_ACCOUNT: i64 = 0;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/sessions", None, "List your own sessions, or everybody's, the last heard of first", list),
        change("/sessions/{session}/end", None, "End a session of yours; administrators may end any", end),
    ]
}

/// Which sessions are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `true` for everybody's; needs `manage_users`.
    #[serde(default)]
    all: bool,
}

/// Somebody who is in.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub(super) struct Shown {
    id: i64,
    /// The name of their account.
    user: String,
    /// The address that they came from.
    address: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// When they were heard of last, to the minute.
    #[schemars(with = "String", extend("format" = "date-time"))]
    seen_at: Timestamp,
    /// When it ends in any case.
    #[schemars(with = "String", extend("format" = "date-time"))]
    expires_at: Timestamp,
    /// Whether it is the one by which this was asked.
    current: bool,
}

async fn list(call: Call<Wanted, Nothing>) -> Answered<Page<Shown>> {
    let of = if call.query.all {
        call.viewer.may(Permission::ManageUsers)?;
        None
    } else {
        Some(call.viewer.account.unwrap_or(NO_ACCOUNT))
    };
    let current = call.viewer.session;
    let shown = |one: StoredSession| Shown {
        id: one.id,
        user: one.user.name,
        address: one.address,
        created_at: one.created_at,
        seen_at: one.seen_at,
        expires_at: one.expires_at,
        current: current == Some(one.id),
    };
    Ok(Reply::of(Page::whole(accounts(&call).sessions(of).await?.into_iter().map(shown).collect())))
}

async fn end(call: Call<Nothing, Nothing>) -> Answered<Ended> {
    let id = call.param("session");
    let id: i64 = id.parse().map_err(|_| Problem::of(Status::NOT_FOUND, format!("there is no session {id}")))?;
    let any = call.viewer.can(Permission::ManageUsers);
    let of = (!any).then(|| call.viewer.account.unwrap_or(NO_ACCOUNT));
    accounts(&call).end_session(id, of).await?;
    Ok(Reply::of(Ended { ended: 1 }))
}
