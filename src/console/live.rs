//! News for open pages: how many calls wait, and whether a case has changed since it was opened. Pages do without.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Query;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use wasl_core::case::CaseId;

use super::day::Work;
use super::page::Desk;

/// How often is looked: as often as somebody would look up from their work.
const EVERY: Duration = Duration::from_secs(3);
/// Calls that are told one by one.
const COUNTED_MAX: u64 = 1_000;

/// What a page wants to hear of.
#[derive(Deserialize)]
pub(super) struct Watched {
    case: Option<i64>,
    version: Option<u64>,
}

/// What was told last.
struct Told {
    desk: Desk,
    watched: Watched,
    due: Option<u64>,
    changed: bool,
}

/// `GET /live`.
pub(super) async fn news(desk: Desk, Query(watched): Query<Watched>) -> Response {
    let stop = desk.api.stop.clone();
    let told = Told { desk, watched, due: None, changed: false };
    let looks = stream::unfold(told, |mut told| async {
        let events = look(&mut told).await;
        tokio::time::sleep(EVERY).await;
        Some((stream::iter(events), told))
    });
    // A stream without an end would hold up the daemon's.
    let news = looks.flatten().take_until(stop.cancelled_owned());
    Sse::new(news).keep_alive(KeepAlive::default()).into_response()
}

/// What is new. A database that does not answer is no news: the next look may do better.
async fn look(told: &mut Told) -> Vec<Result<Event, Infallible>> {
    let (store, now) = (&told.desk.api.engine.store, told.desk.api.engine.now());
    let mut events = Vec::new();
    if let (Some(id), Some(version), false) = (told.watched.case, told.watched.version, told.changed)
        && let Ok(Some(case)) = store.case(CaseId(id)).await
        && case.version > version
    {
        told.changed = true;
        events.push(Ok(Event::default().event("changed").data(case.id.reference())));
    }
    let work = Work::of(&told.desk);
    if let Ok(workable) = store.workable_count(work.wanted(&told.desk.viewer.user), now, COUNTED_MAX).await
        && let due = workable.calls + workable.desk
        && told.due != Some(due)
    {
        let opened = told.due == Some(0) || (told.due.is_none() && due > 0);
        told.due = Some(due);
        events.push(Ok(Event::default().event("due").data(due.to_string())));
        if opened {
            events.push(Ok(Event::default().event("opened").data(due.to_string())));
        }
    }
    events
}
