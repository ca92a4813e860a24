//! What waits for a person's decision: cases that stopped, grouped by their cause, and messages of which nobody knows
//! whether they left.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::{Case, EffectId, Standing};
use wasl_core::event::Body;
use wasl_core::words::number::Noun;
use wasl_runtime::engine::Wish;
use wasl_runtime::store::{CaseFilter, StoredMessage};

use super::parts;
use crate::access;
use crate::console::page::{Desk, Page, Trouble};

/// Cases that are looked at; more of them have few causes.
const LOOKED_AT_MAX: u32 = 500;
/// References that are listed of one cause.
const LISTED_MAX: usize = 40;

/// Cases.
const CASE: Noun =
    Noun { en: ["case", "cases"], ar: ["حالة واحدة", "حالتان", "حالات", "حالة", "حالة"] };

/// Whether something was just done, and to how many cases.
#[derive(Deserialize)]
pub(super) struct After {
    done: Option<u64>,
}

/// What somebody does about a cause.
#[derive(Deserialize)]
pub(super) struct Act {
    #[serde(rename = "act")]
    does: String,
    place: String,
    reason_of: String,
    #[serde(default)]
    reason: String,
}

/// What somebody found out about a message.
#[derive(Deserialize)]
pub(super) struct Found {
    sent: String,
    reason: String,
}

/// `GET /incidents`.
pub(super) async fn list(desk: Desk, Query(after): Query<After>) -> Response {
    let result = page(&desk, after.done).await;
    desk.answer(result)
}

async fn page(desk: &Desk, done: Option<u64>) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ViewCase)?;
    let locale = &desk.locale;
    let mut causes: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for case in stopped(desk).await? {
        if let Standing::Incident(incident) = &case.standing {
            let cause = (incident.place.clone(), incident.reason.clone());
            causes.entry(cause).or_default().push(case.id.reference());
        }
    }
    let mut groups: Vec<_> = causes.into_iter().collect();
    groups.sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
    let group = |((place, reason), cases): ((String, String), Vec<String>)| {
        let count = locale.count(cases.len() as u64, &CASE);
        json!({"place": place, "reason": reason, "count": count, "cases": cases.iter().take(LISTED_MAX).collect::<Vec<_>>()})
    };
    let messages = desk.api.engine.store.undecided_messages(LOOKED_AT_MAX).await?;
    let context = json!({
        "groups": groups.into_iter().map(group).collect::<Vec<_>>(),
        "messages": messages.iter().map(|stored| message(desk, stored)).collect::<Vec<_>>(),
        "may_act": desk.viewer.can(Permission::ActOnCase), "may_resolve": desk.viewer.can(Permission::ReleaseOutbox),
        "done": done.map(|count| format!("{}: {}", locale.pick("Done", "تم"), locale.count(count, &CASE))),
    });
    let title = locale.pick("Incidents", "الحالات المتعثرة").to_owned();
    desk.page(StatusCode::OK, Page { name: "incidents.html", title, context, live: None }).await
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

/// `POST /incidents`: tries again, or gives up, every case that stopped for one cause.
pub(super) async fn act(desk: Desk, Form(act): Form<Act>) -> Response {
    let result = act_on_all(&desk, act).await;
    desk.answer(result)
}

async fn act_on_all(desk: &Desk, act: Act) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ActOnCase)?;
    let reason = act.reason.trim();
    let body = match act.does.as_str() {
        "retry" => Body::Retry,
        "skip" if !reason.is_empty() => Body::Skip { reason: reason.to_owned() },
        _ => return Ok(Redirect::to("/incidents").into_response()),
    };
    let of_cause = |case: &Case| match &case.standing {
        Standing::Incident(incident) => incident.place == act.place && incident.reason == act.reason_of,
        _ => false,
    };
    let mut done = 0_u64;
    for case in stopped(desk).await?.iter().filter(|case| of_cause(case)) {
        parts::submit(desk, case, body.clone()).await?;
        done += 1;
    }
    Ok(Redirect::to(&format!("/incidents?done={done}")).into_response())
}

/// `POST /messages/{message}/resolve`: a person found out whether a message had left.
pub(super) async fn resolve(desk: Desk, Path(id): Path<String>, Form(found): Form<Found>) -> Response {
    let result = async {
        desk.viewer.may(Permission::ReleaseOutbox)?;
        let (id, sent) = (EffectId(id), found.sent == "yes");
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
