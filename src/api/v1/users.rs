//! People who may come in. Only people manage people: keys never do, so that these routes want a session.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::ManageUsers;
use wasl_core::access::Role;
use wasl_runtime::store::User;

use super::call::Call;
use super::problem::Problem;
use super::route::{Answered, Nothing, Reply, Route, change, get};
use super::shown::Page;
use crate::access::{Accounts, Invited};

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/users", ManageUsers, "List everybody who may come in, by name", list),
        change("/users", ManageUsers, "Add somebody, who chooses a password by the link in the answer", add)
            .example(r#"{"name": "huda", "full_name": "Huda Ahmed", "roles": ["agent"]}"#)
            .makes(),
        get("/users/{user}", ManageUsers, "Show somebody", show),
        change("/users/{user}/roles", ManageUsers, "Make somebody all that is listed; it counts at once", set_roles)
            .example(r#"{"roles": ["agent", "supervisor"]}"#),
        change(
            "/users/{user}/disable",
            ManageUsers,
            "Lock somebody out: every session and link of theirs ends",
            disable,
        ),
        change("/users/{user}/enable", ManageUsers, "Let somebody in again who was locked out", enable),
        change(
            "/users/{user}/password-link",
            ManageUsers,
            "Make a link by which somebody chooses a new password, once and within a day",
            link,
        ),
        change("/users/{user}/sessions/end", ManageUsers, "End every session of somebody", end_sessions),
    ]
}

/// Somebody who may come in.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub(super) struct Shown {
    /// By which they come in.
    name: String,
    /// What colleagues call them.
    full_name: String,
    /// What they are.
    #[schemars(schema_with = "roles_schema")]
    roles: Vec<&'static str>,
    /// Whether they have chosen a password yet.
    has_password: bool,
    /// Whether they come in by the house's provider; then their roles come from there with each login.
    by_provider: bool,
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    /// Since when they may not come in any more.
    #[schemars(with = "Option<String>")]
    disabled_at: Option<Timestamp>,
}

/// Somebody who is to come in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserNew")]
pub(super) struct Adding {
    /// By which they will come in: small letters, digits, `.`, `-` and `_`.
    name: String,
    /// What colleagues call them.
    full_name: String,
    /// All that they will be.
    #[schemars(schema_with = "roles_schema")]
    roles: Vec<String>,
}

/// What somebody is from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserRoles")]
pub(super) struct Being {
    /// All that they are.
    #[schemars(schema_with = "roles_schema")]
    roles: Vec<String>,
}

/// Somebody, and where they choose a password.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UserInvited")]
pub(super) struct Link {
    user: Shown,
    /// Give it to nobody else: it counts once, within a day, and is not shown again.
    password_link: String,
}

/// Sessions that were ended.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SessionsEnded")]
pub(super) struct Ended {
    pub(super) ended: u64,
}

fn roles_schema(_: &mut SchemaGenerator) -> Schema {
    let names = Role::ALL.map(Role::name);
    json_schema!({"type": "array", "items": {"type": "string", "enum": names}})
}

impl From<User> for Shown {
    fn from(user: User) -> Self {
        Self {
            roles: user.roles.iter().map(|role| role.name()).collect(),
            name: user.name,
            full_name: user.full_name,
            has_password: user.has_password,
            by_provider: user.by_provider,
            created_at: user.created_at,
            disabled_at: user.disabled_at,
        }
    }
}

impl From<Invited> for Link {
    fn from(invited: Invited) -> Self {
        Self { user: invited.user.into(), password_link: invited.link }
    }
}

/// The accounts, in the hand of the caller.
pub(super) fn accounts<Q, B>(call: &Call<Q, B>) -> Accounts<'_> {
    Accounts::of(&call.session, call.viewer.who.clone())
}

fn read(roles: &[String]) -> Result<std::collections::BTreeSet<Role>, Problem> {
    let role = |name: &String| Role::parse(name).ok_or_else(|| Problem::unknown("role", name));
    roles.iter().map(role).collect()
}

async fn list(call: Call<Nothing, Nothing>) -> Answered<Page<Shown>> {
    let users = call.session.store().users().await?;
    Ok(Reply::of(Page::whole(users.into_iter().map(Shown::from).collect())))
}

async fn add(call: Call<Nothing, Adding>) -> Answered<Link> {
    let Adding { name, full_name, roles } = &call.body;
    Ok(Reply::of(accounts(&call).add(name, full_name, read(roles)?).await?.into()).made())
}

async fn show(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    Ok(Reply::of(accounts(&call).known(call.param("user")).await?.into()))
}

async fn set_roles(call: Call<Nothing, Being>) -> Answered<Shown> {
    Ok(Reply::of(accounts(&call).set_roles(call.param("user"), read(&call.body.roles)?).await?.into()))
}

async fn disable(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    Ok(Reply::of(accounts(&call).set_disabled(call.param("user"), true).await?.into()))
}

async fn enable(call: Call<Nothing, Nothing>) -> Answered<Shown> {
    Ok(Reply::of(accounts(&call).set_disabled(call.param("user"), false).await?.into()))
}

async fn link(call: Call<Nothing, Nothing>) -> Answered<Link> {
    Ok(Reply::of(accounts(&call).link(call.param("user")).await?.into()))
}

async fn end_sessions(call: Call<Nothing, Nothing>) -> Answered<Ended> {
    Ok(Reply::of(Ended { ended: accounts(&call).end_sessions(call.param("user"), None).await? }))
}
