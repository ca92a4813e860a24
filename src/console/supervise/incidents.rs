//! What waits for a person's decision: cases that stopped, grouped by their cause, and messages of which nobody knows
//! whether they left.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::{Case, EffectId, Standing};
use wasl_runtime::engine::Wish;
use wasl_runtime::store::{CaseFilter, StoredMessage};

use super::parts::CASE;
use super::{acts, parts};
use crate::access;
use crate::console::page::{Desk, Page, Trouble};

/// Cases that are looked at; more of them have few causes.
const LOOKED_AT_MAX: u32 = 500;
/// References that are listed of one cause.
const LISTED_MAX: usize = 40;

/// What somebody found out about a message.
#[derive(Deserialize)]
pub(super) struct Found {
    sent: String,
    reason: String,
}

/// `GET /incidents`.
pub(super) async fn list(desk: Desk) -> Response {
    let result = page(&desk).await;
    desk.answer(result)
}

async fn page(desk: &Desk) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ViewCase)?;
    let locale = &desk.locale;
    let stopped = stopped(desk).await?;
    let mut causes: BTreeMap<(&str, &str), Vec<&Case>> = BTreeMap::new();
    for case in &stopped {
        if let Standing::Incident(incident) = &case.standing {
            causes.entry((&incident.place, &incident.reason)).or_default().push(case);
        }
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    let mut groups = Vec::with_capacity(causes.len());
    for (cause, cases) in causes {
        groups.push(group(desk, cause, &cases).await?);
    }
    let messages = desk.api.engine.store.undecided_messages(LOOKED_AT_MAX).await?;
    let context = json!({
        "groups": groups,
        "messages": messages.iter().map(|stored| message(desk, stored)).collect::<Vec<_>>(),
        "may_act": desk.viewer.can(Permission::ActOnCase), "may_resolve": desk.viewer.can(Permission::ReleaseOutbox),
    });
    let title = locale.pick("Incidents", "الحالات المتعثرة").to_owned();
    desk.page(StatusCode::OK, Page { name: "incidents.html", title, context, live: None }).await
}

/// Cases that stopped for one cause: in which states, since when, and where they may be moved.
async fn group(desk: &Desk, (place, reason): (&str, &str), cases: &[&Case]) -> Result<Json, Trouble> {
    let locale = &desk.locale;
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    for case in cases {
        *states.entry(parts::state_title(desk, case).await).or_default() += 1;
    }
    let oldest = cases.iter().map(|case| case.state_since).min();
    Ok(json!({
        "place": place, "reason": reason, "count": locale.count(cases.len() as u64, &CASE),
        "states": states.into_iter().map(|(title, count)| json!({"title": title, "count": count})).collect::<Vec<_>>(),
        "oldest": oldest.map(|at| locale.moment(at)), "targets": acts::states_of(desk, cases).await?,
        "cases": cases.iter().take(LISTED_MAX).map(|case| case.id.reference()).collect::<Vec<_>>(),
    }))
}

async fn stopped(desk: &Desk) -> Result<Vec<Case>, Trouble> {
    let standing = Some("incident".to_owned());
    let filter = CaseFilter { standing, limit: LOOKED_AT_MAX, ..CaseFilter::default() };
    Ok(desk.api.engine.store.cases(&filter).await?)
}

fn message(desk: &Desk, stored: &StoredMessage) -> Json {
    json!({
        "id": stored.message.id, "channel": parts::channel(stored.message.channel, &desk.locale),
        "template": stored.message.template, "reference": stored.case.reference(),
        "when": desk.locale.moment(stored.message.not_before),
    })
}

/// `POST /messages/{message}/resolve`: a person found out whether a message had left.
pub(super) async fn resolve(desk: Desk, Path(id): Path<String>, Form(found): Form<Found>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ReleaseOutbox)?;
        let (id, sent) = (EffectId(id.into()), found.sent == "yes");
        let on = access::On { case: id.case(), subject: Some(&id.0) };
        access::record(&desk.api.engine.store, desk.locale.now, &desk.viewer, "message.resolve", &[on]).await?;
        let wish = Wish::Resolve { sent, reason: found.reason.trim().to_owned() };
        let new = desk.api.engine.wish(&id, wish, parts::SOURCE, &parts::operator(&desk)).await?;
        desk.api.engine.submit(new).await?;
        Ok(Redirect::to("/incidents").into_response())
    };
    let result = result.await;
    desk.answer(result)
}
