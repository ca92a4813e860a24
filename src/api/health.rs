//! `/healthz`: the process lives. `/readyz`: it does its work, with what is wrong otherwise.
//!
//! Not ready (503) means that cases do not move: the database does not answer or may not be written, or nobody looked
//! for due cases for a while. A gateway in trouble, an outbox that operators hold or a workflow with mistakes is told
//! as well, but the work goes on, and receipts must still find their way in: ready, `degraded`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Api;

/// What `/readyz` says.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Readiness {
    /// `ready`, `degraded` or `not_ready`.
    status: &'static str,
    /// What is wrong, by part.
    reasons: BTreeMap<String, String>,
    /// Messages that wait for a person: nobody can tell whether they were sent.
    undecided_messages: u64,
    /// When due cases were looked for last.
    last_tick: Option<Timestamp>,
    /// The active version of each workflow.
    workflows: BTreeMap<String, String>,
}

/// Says that the process lives.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// Says whether cases move.
pub(super) async fn ready(State(api): State<Arc<Api>>) -> (StatusCode, Json<Readiness>) {
    let (workflows, database) = match api.engine.store.versions().await {
        Ok(versions) => {
            let active = versions.into_iter().filter(|version| version.active);
            (active.map(|version| (version.workflow, version.hash)).collect(), None)
        }
        Err(error) => (BTreeMap::new(), Some(error.to_string())),
    };
    let mut troubles = api.engine.troubles();
    for hold in api.engine.store.holds().await.unwrap_or_default() {
        // Why an operator wrote down; that is not for everybody who can reach this page.
        let why = format!("held since {}; see `wasl outbox status`", hold.since);
        troubles.insert(format!("outbox {}", hold.scope), why);
    }
    // One that answers and takes nothing moves no cases either.
    let database = database.or(troubles.remove("database"));
    let last_tick = api.engine.last_tick();
    let stuck = stuck(last_tick, api.engine.now(), api.tick_max);
    let blocking = [("database", database), ("scheduler", stuck)];
    // A database that does not answer is told by the other question.
    let undecided = api.engine.store.undecided_count().await.unwrap_or_default();
    let readiness = judge(blocking, troubles, undecided, last_tick, workflows);
    let code = if readiness.status == "not_ready" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, Json(readiness))
}

/// Why cases do not move, if nobody looked for them lately.
fn stuck(last_tick: Option<Timestamp>, now: Timestamp, tick_max: SignedDuration) -> Option<String> {
    match last_tick {
        None => Some("the daemon is starting: due cases were not looked for yet".into()),
        // A clock that was set back makes the last tick lie ahead; the next one corrects it.
        Some(at) if now.duration_since(at) > tick_max => Some(format!("due cases were not looked for since {at}")),
        Some(_) => None,
    }
}

fn judge(
    blocking: [(&str, Option<String>); 2],
    mut troubles: BTreeMap<String, String>,
    undecided_messages: u64,
    last_tick: Option<Timestamp>,
    workflows: BTreeMap<String, String>,
) -> Readiness {
    if undecided_messages > 0 {
        let words = "nobody can tell whether they were sent, a person decides: `wasl incident list`";
        troubles.insert("undecided messages".into(), format!("{undecided_messages}: {words}"));
    }
    let blocked = blocking.iter().any(|(_, why)| why.is_some());
    let status = match (blocked, troubles.is_empty()) {
        (true, _) => "not_ready",
        (false, false) => "degraded",
        (false, true) => "ready",
    };
    let mut reasons = troubles;
    reasons.extend(blocking.into_iter().filter_map(|(part, why)| Some((part.to_owned(), why?))));
    Readiness { status, reasons, undecided_messages, last_tick, workflows }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(database: Option<&str>, tick_age_s: Option<i64>, troubles: &[(&str, &str)], held: u64) -> &'static str {
        let now = Timestamp::UNIX_EPOCH;
        let last = tick_age_s.map(|age| now.checked_sub(SignedDuration::from_secs(age)).unwrap());
        let stuck = stuck(last, now, SignedDuration::from_secs(30));
        let troubles = troubles.iter().map(|(part, why)| ((*part).to_owned(), (*why).to_owned())).collect();
        let blocking = [("database", database.map(str::to_owned)), ("scheduler", stuck)];
        judge(blocking, troubles, held, last, BTreeMap::new()).status
    }

    #[test]
    fn only_what_stops_cases_makes_it_not_ready() {
        for (database, tick, troubles, held, expected) in [
            (None, Some(1), &[][..], 0, "ready"),
            (None, Some(-5), &[], 0, "ready"),
            (None, Some(1), &[], 1, "degraded"),
            (None, Some(1), &[("sms", "the gateway refuses our password")], 0, "degraded"),
            (None, Some(31), &[], 0, "not_ready"),
            (None, None, &[], 0, "not_ready"),
            (Some("gone"), Some(1), &[("sms", "down")], 0, "not_ready"),
        ] {
            assert_eq!(status(database, tick, troubles, held), expected, "{database:?} {tick:?} {troubles:?} {held}");
        }
    }
}
