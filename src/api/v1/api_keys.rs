//! Keys of other systems. A key makes no keys: these routes want the session of an administrator.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission;
use wasl_core::access::Permission::ManageUsers;
use wasl_runtime::store::ApiKey;

use super::call::Call;
use super::problem::Problem;
use super::route::{Answered, Nothing, Reply, Route, change, get};
use super::shown::Page;
use super::users::accounts;
use crate::access::{KEY_DAYS, Made};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api-keys", ManageUsers, "List every key that ever was, by name; never the keys themselves", list),
        change("/api-keys", ManageUsers, "Make a key; it is in the answer and never shown again", make)
            .example(r#"{"name": "billing", "scopes": ["submit_event", "view_case"], "days": 90}"#)
            .makes(),
        change("/api-keys/{key}/revoke", ManageUsers, "Make a key open nothing from now on", revoke),
    ]
}

/// The key of another system.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ApiKey")]
pub(super) struct Shown {
    /// The system that has it.
    name: String,
    /// What it may do.
    #[schemars(schema_with = "scopes_schema")]
    scopes: Vec<&'static str>,
    /// Who made it.
    created_by: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// From when on it opens nothing.
    #[schemars(with = "String", extend("format" = "date-time"))]
    expires_at: Timestamp,
    /// When it was used last, to the minute.
    #[schemars(with = "Option<String>")]
    used_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    revoked_at: Option<Timestamp>,
}

/// A key that is to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ApiKeyNew")]
pub(super) struct Making {
    /// The system that will have it: small letters, digits, `.`, `-` and `_`.
    name: String,
    /// What it may do.
    #[schemars(schema_with = "scopes_schema")]
    scopes: Vec<String>,
    /// For so many days; 365 unless given.
    #[schemars(range(min = 1, max = 1100))]
    days: Option<u16>,
}

/// A key that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ApiKeyMade")]
pub(super) struct New {
    name: String,
    /// The key: `Authorization: Bearer KEY`. It is not shown again.
    key: String,
    #[schemars(schema_with = "scopes_schema")]
    scopes: Vec<&'static str>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    expires_at: Timestamp,
}

/// A key that opens nothing any more.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ApiKeyRevoked")]
pub(super) struct Revoked {
    /// Its name.
    revoked: String,
}

fn scopes_schema(_: &mut SchemaGenerator) -> Schema {
    let scopes = Permission::all().filter(|permission| *permission != ManageUsers).map(Permission::name);
    json_schema!({"type": "array", "items": {"type": "string", "enum": scopes.collect::<Vec<_>>()}})
}

fn names(scopes: &BTreeSet<Permission>) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.name()).collect()
}

impl From<ApiKey> for Shown {
    fn from(key: ApiKey) -> Self {
        Self {
            scopes: names(&key.scopes),
            name: key.name,
            created_by: key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            used_at: key.used_at,
            revoked_at: key.revoked_at,
        }
    }
}

impl From<Made> for New {
    fn from(made: Made) -> Self {
        let key = made.key.reveal().to_owned();
        Self { scopes: names(&made.scopes), name: made.name, key, expires_at: made.expires_at }
    }
}

async fn list(call: Call<Nothing, Nothing>) -> Answered<Page<Shown>> {
    let keys = call.session.store().api_keys().await?;
    Ok(Reply::of(Page::whole(keys.into_iter().map(Shown::from).collect())))
}

async fn make(call: Call<Nothing, Making>) -> Answered<New> {
    let scope = |name: &String| Permission::parse(name).ok_or_else(|| Problem::unknown("scope", name));
    let scopes = call.body.scopes.iter().map(scope).collect::<Result<_, _>>()?;
    let made = accounts(&call).make_key(&call.body.name, scopes, call.body.days.unwrap_or(KEY_DAYS)).await?;
    Ok(Reply::of(made.into()).made())
}

async fn revoke(call: Call<Nothing, Nothing>) -> Answered<Revoked> {
    let revoked = call.param("key").to_owned();
    accounts(&call).revoke_key(&revoked).await?;
    Ok(Reply::of(Revoked { revoked }))
}
