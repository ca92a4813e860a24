//! `GET /api/v1/audit`: who did what, the youngest first. That somebody looked is recorded as well.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission;
use wasl_core::case::CaseId;
use wasl_runtime::store::{AuditEntry, AuditFilter};

use super::Problem;
use crate::access::{On, Viewer, record};
use crate::api::Api;

/// Entries of one page.
const PAGE: u32 = 100;

/// Which entries are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    who: Option<String>,
    act: Option<String>,
    before: Option<i64>,
}

/// An entry.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    id: i64,
    at: Timestamp,
    who: String,
    act: String,
    case: Option<String>,
    subject: Option<String>,
}

/// Lists entries.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<Entry>>, Problem> {
    viewer.may(Permission::ViewAudit)?;
    record(&api.engine.store, api.engine.now(), &viewer, "audit.list", &[On::default()]).await?;
    let filter = AuditFilter { who: wanted.who, act: wanted.act, case: None, before: wanted.before, limit: PAGE };
    let entries = api.engine.store.audit(&filter).await?;
    let entry = |AuditEntry { id, entry }| Entry {
        id,
        at: entry.at,
        who: entry.who,
        act: entry.act,
        case: entry.case.map(CaseId::reference),
        subject: entry.subject,
    };
    Ok(Json(entries.into_iter().map(entry).collect()))
}
