//! Who did what, and whether that is what was recorded.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::ViewAudit;
use wasl_core::case::CaseId;
use wasl_runtime::store::{AuditEntry, AuditFilter, AuditProof};

use super::call::Call;
use super::route::{Answered, Nothing, Reply, Route, get};
use super::shown::{Page, limited};
use crate::access::{On, record};

/// Entries of a page unless asked otherwise, and at the most.
const PAGE: u32 = 100;
const PAGE_MAX: u32 = 1_000;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/audit", ViewAudit, "List who did what, the youngest first", list),
        get("/audit/proof", ViewAudit, "Prove that no entry was changed or taken out; reads all of them", prove),
    ]
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
    limit: Option<i64>,
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

/// Whether the trace is what was recorded.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditProof")]
pub(super) struct Proof {
    /// Whether every entry is as it was recorded and follows the one before.
    holds: bool,
    /// Entries that are, from the first on.
    entries: u64,
    /// The first that is not.
    broken: Option<i64>,
    /// The hash of the last one that is: kept elsewhere, it shows a trace that was made anew.
    last_hash: String,
}

async fn list(call: Call<Wanted, Nothing>) -> Answered<Page<Entry>> {
    let (store, wanted) = (call.session.store(), &call.query);
    let case = match &wanted.case {
        Some(reference) => Some(call.session.case(reference).await?.id),
        None => None,
    };
    // That somebody looked is worth knowing as well.
    record(store, call.session.engine.now(), &call.viewer, "audit.list", &[On::default()]).await?;
    let limit = limited(wanted.limit, PAGE, PAGE_MAX)?;
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

async fn prove(call: Call<Nothing, Nothing>) -> Answered<Proof> {
    let AuditProof { entries, broken, last_hash } = call.session.store().verify_audit().await?;
    Ok(Reply::of(Proof { holds: broken.is_none(), entries, broken, last_hash }))
}
