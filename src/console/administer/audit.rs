//! Who did what: filtered, in pages, and proven.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::CaseId;
use wasl_runtime::store::{AuditEntry, AuditFilter, AuditProof};

use crate::access::{On, record};
use crate::console::address;
use crate::console::page::{Desk, Page, Trouble};
use crate::output::thousands;

/// Entries of a page.
const PAGE: u32 = 100;

/// Which entries are wanted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    who: String,
    #[serde(rename = "act")]
    does: String,
    case: String,
    before: Option<i64>,
}

/// `GET /admin/audit`.
pub(super) async fn list(desk: Desk, Query(wanted): Query<Wanted>) -> Response {
    let result = page(&desk, &wanted, None).await;
    desk.answer(result)
}

/// `POST /admin/audit/proof`: reads the whole trace, so that it is asked for by itself.
pub(super) async fn prove(desk: Desk) -> Response {
    let result = async {
        desk.viewer.may(Permission::ViewAudit)?;
        let proof = desk.api.engine.store.verify_audit().await?;
        page(&desk, &Wanted::default(), Some(proof)).await
    };
    let result = result.await;
    desk.answer(result)
}

async fn page(desk: &Desk, wanted: &Wanted, proof: Option<AuditProof>) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ViewAudit)?;
    let (store, locale) = (&desk.api.engine.store, &desk.locale);
    // That somebody looked is worth knowing as well.
    record(store, locale.now, &desk.viewer, "audit.list", &[On::default()]).await?;
    let entries = match find_case(desk, wanted).await? {
        Some(case) => store.audit(&filter(wanted, case)).await?,
        None => Vec::new(),
    };
    let full = u32::try_from(entries.len()).is_ok_and(|count| count >= PAGE);
    let next = entries.last().filter(|_| full).map(|last| further(wanted, Some(last.id)));
    let context = json!({
        "entries": entries.iter().map(|entry| row(desk, entry)).collect::<Vec<_>>(), "next": next,
        "of_who": wanted.who.trim(), "of_act": wanted.does.trim(), "of_case": wanted.case.trim(),
        "youngest": wanted.before.map(|_| further(wanted, None)),
        "proof": proof.map(|proof| json!({"entries": thousands(proof.entries), "broken": proof.broken, "last_hash": proof.last_hash})),
    });
    let title = locale.pick("Who did what", "من فعل ماذا").to_owned();
    desk.page(StatusCode::OK, Page { name: "audit.html", title, context, live: None }).await
}

fn filter(wanted: &Wanted, case: Option<CaseId>) -> AuditFilter {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    AuditFilter { who: given(&wanted.who), act: given(&wanted.does), case, before: wanted.before, limit: PAGE }
}

fn further(wanted: &Wanted, before: Option<i64>) -> String {
    let before = before.map(|before| before.to_string()).unwrap_or_default();
    let given = |text: &str| text.trim().to_owned();
    let pairs =
        [("who", given(&wanted.who)), ("act", given(&wanted.does)), ("case", given(&wanted.case)), ("before", before)];
    address::with("/admin/audit", &pairs)
}

/// The case that is wanted, `Some(None)` for all; `None` if there is no such case.
async fn find_case(desk: &Desk, wanted: &Wanted) -> Result<Option<Option<CaseId>>, Trouble> {
    let reference = wanted.case.trim().to_uppercase();
    if reference.is_empty() {
        return Ok(Some(None));
    }
    let case = desk.api.engine.store.case_by_reference(&reference).await?;
    Ok(case.map(|case| Some(case.id)))
}

fn row(desk: &Desk, AuditEntry { id, entry }: &AuditEntry) -> Json {
    json!({
        "id": id, "at": desk.locale.moment(entry.at), "who": entry.who, "act": entry.act,
        "case": entry.case.map(CaseId::reference), "subject": entry.subject,
    })
}
