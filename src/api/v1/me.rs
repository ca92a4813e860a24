//! Who asks, and who did what.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::{Permission, Role};
use wasl_core::case::CaseId;
use wasl_runtime::store::{AuditEntry, AuditFilter};

use super::call::Call;
use super::route::{Answered, Nothing, Reply, Route, get};
use super::shown::Page;
use crate::access::{On, record};

/// Entries of a page unless asked otherwise, and at the most.
const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/me", None, "Say who asks and what they may do", show),
        get("/audit", Permission::ViewAudit, "List who did what, the youngest first", audit),
    ]
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

/// Which entries are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only by this one: `user:huda`, `key:billing`.
    who: Option<String>,
    /// Only this act: `case.see_personal`.
    act: Option<String>,
    /// Only about this case.
    case: Option<String>,
    /// Only entries before this one: `next` of the page before.
    after: Option<i64>,
    /// At the most so many; 100 unless given.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

/// Something that was done or looked at.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub(super) struct Entry {
    id: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    who: String,
    act: String,
    /// The reference of a case.
    case: Option<String>,
    /// The id of a message, a task, a user.
    subject: Option<String>,
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

async fn audit(call: Call<Wanted, Nothing>) -> Answered<Page<Entry>> {
    let (store, wanted) = (call.session.store(), &call.query);
    let case = match &wanted.case {
        Some(reference) => Some(call.session.case(reference).await?.id),
        None => None,
    };
    // That somebody looked is worth knowing as well.
    record(store, call.session.engine.now(), &call.viewer, "audit.list", &[On::default()]).await?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let filter = AuditFilter { who: wanted.who.clone(), act: wanted.act.clone(), case, before: wanted.after, limit };
    let entries = store.audit(&filter).await?;
    let entry = |AuditEntry { id, entry }| Entry {
        id,
        at: entry.at,
        who: entry.who,
        act: entry.act,
        case: entry.case.map(CaseId::reference),
        subject: entry.subject,
    };
    let items = entries.into_iter().map(entry).collect();
    Ok(Reply::of(Page::of(items, limit, |entry: &Entry| entry.id.to_string())))
}
