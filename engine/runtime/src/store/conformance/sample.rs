//! Values made by hand: small, complete, and different where it matters.

use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use wasl_core::calendar::Derivation;
use wasl_core::case::{Case, CaseId, EffectId, Progress, Standing, Timer};
use wasl_core::definition::{Bundle, Priority};
use wasl_core::delivery::{Channel, OnUncertain};
use wasl_core::duration::Duration;
use wasl_core::effect::{CallTask, Effect, Message, Offer};
use wasl_core::event::Body;
use wasl_core::history::{Entry, What};
use wasl_core::value::{Record, Value};

use super::postgres::PostgresDatabase;
use crate::store::dialect::Dialect;
use crate::store::migrate::{MIGRATIONS, checksum};
use crate::store::{
    Circle, Claim, Claimed, MessageClaim, Move, Moved, NewEvent, People, Settled, Settlement, Store, Suppression,
};

pub(super) const WORKFLOW: &str = "account-transfer";
pub(super) const HASH: &str = "0123abc";

/// So many minutes after an arbitrary beginning.
pub(super) fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_767_600_000).unwrap() + minutes.minutes()
}

/// A migrated store in a folder, with one saved version.
pub(super) async fn fresh(folder: &Path) -> Store {
    prepared(&url(folder)).await
}

/// A database of a server, with nothing in it.
pub(super) fn empty() -> PostgresDatabase {
    PostgresDatabase::fresh()
}

/// The same, in which a migration may find its work done already.
pub(super) fn migrated() -> PostgresDatabase {
    let all: String = MIGRATIONS.iter().map(|step| step.sql).collect();
    PostgresDatabase::of_schema(checksum(&Dialect::Postgres.spelled(&all)))
}

/// A database with nothing in it.
pub(super) async fn opened(url: &str) -> Store {
    Store::open(url).await.unwrap()
}

/// The same as [`fresh`] in an empty database.
pub(super) async fn prepared(url: &str) -> Store {
    let store = opened(url).await;
    store.migrate(minute(0)).await.unwrap();
    store.save_version(&bundle(), HASH, minute(0)).await.unwrap();
    store
}

pub(super) fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("wasl.sqlite").display())
}

pub(super) fn bundle() -> Bundle {
    Bundle { name: WORKFLOW.into(), files: [("account-transfer.yaml".into(), "states: {}".into())].into() }
}

pub(super) fn case(id: i64) -> Case {
    Case {
        id: CaseId(id),
        workflow: WORKFLOW.into(),
        workflow_hash: HASH.into(),
        key: format!("key {id}").into(),
        household: None,
        version: 1,
        state: "first_call".into(),
        visit: 1,
        standing: Standing::Open,
        data: Arc::new(Record::from([("account".into(), Value::from("12/7")), ("rank".into(), Value::Int(id))])),
        opened_at: minute(0),
        state_since: minute(0),
        progress: Progress::default(),
    }
}

/// A case with one timer.
pub(super) fn waiting(id: i64, due: Timestamp) -> Case {
    let timer = Timer {
        name: "after 1 day".into(),
        due,
        from: minute(0),
        fired: 0,
        why: Derivation {
            start: minute(0),
            duration: Duration::parse("1 day").unwrap(),
            at: due,
            zone: "Asia/Bahrain".into(),
            skipped: Vec::new(),
            weekends: 0,
            moved: Vec::new(),
        },
    };
    let mut case = case(id);
    case.progress.timers.push(timer);
    case
}

/// The next version of a case, with its standing.
pub(super) fn next(case: &Case, standing: Standing) -> Case {
    Case { version: case.version + 1, standing, ..case.clone() }
}

pub(super) fn opening(case: Case) -> Move {
    let entry = Entry {
        at: case.opened_at,
        visit: 1,
        state: case.state.clone(),
        event: None,
        by: None,
        what: What::Opened { detection: None },
    };
    let (entries, effects, settled, never) = (vec![entry], Vec::new(), Vec::new(), Vec::new());
    Move {
        before: None,
        case,
        data_stays: false,
        entries,
        effects,
        settled,
        record: None,
        at_risk: 0,
        words: Vec::new(),
        never,
        deceased: Vec::new(),
    }
}

/// A move from the version before to the one that `case` has.
pub(super) fn moving(case: Case) -> Move {
    Move { before: Some(case.version - 1), entries: Vec::new(), ..opening(case) }
}

/// Opens cases and insists that all are written.
pub(super) async fn open(store: &Store, moves: Vec<Move>) {
    let answers = store.commit(&moves, minute(0)).await.unwrap();
    assert!(answers.iter().all(|moved| *moved == Moved::Committed), "{answers:?}");
}

pub(super) fn message(id: &str, not_before: Timestamp) -> Message {
    let case = EffectId(id.into()).case().unwrap();
    Message {
        id: EffectId(id.into()),
        channel: Channel::Sms,
        state: "follow_up".into(),
        template: "follow-up".into(),
        to: format!("+9733600{:04}", case.0).into(),
        to_name: Some("Huda".into()),
        person: format!("cpr {case}").into(),
        language: "ar".into(),
        subject: None,
        text: "السلام عليكم".into(),
        unsubscribe: None,
        segments: 1,
        planned_at: minute(0),
        not_before,
        expires: None,
        keep: false,
        on_uncertain: Some(OnUncertain::Resend),
        why: None,
        suppressed: None,
    }
}

pub(super) fn sms(id: &str, not_before: Timestamp) -> Effect {
    Effect::Message(Box::new(message(id, not_before)))
}

pub(super) fn task(id: &str, queue: &str, priority: Priority, due: Option<Timestamp>) -> CallTask {
    let case = EffectId(id.into()).case().unwrap();
    CallTask {
        id: EffectId(id.into()),
        queue: queue.into(),
        priority,
        state: "first_call".into(),
        to: Some(format!("+9733600{:04}", case.0).into()),
        to_name: None,
        relation: Some("son".into()),
        person: format!("cpr {case}").into(),
        language: "ar".into(),
        script: "first-call".into(),
        words: "السلام عليكم".into(),
        outcomes: vec![Offer { outcome: "no_answer".into(), ask: Vec::new() }],
        attempt: 1,
        promised_by: None,
        planned_at: minute(0),
        not_before: minute(1),
        due,
        why: None,
        keep: false,
        suppressed: None,
    }
}

pub(super) fn call(id: &str, queue: &str, priority: Priority, due: Option<Timestamp>) -> Effect {
    Effect::Call(Box::new(task(id, queue, priority, due)))
}

pub(super) fn event(case: i64, source_id: &str, at: Timestamp) -> NewEvent {
    NewEvent {
        case: CaseId(case),
        source: "billing".into(),
        source_id: source_id.into(),
        at,
        by: "billing".into(),
        body: Body::External { name: "account.transferred".into(), data: Record::new() },
    }
}

/// A claim of any SMS by a notifier, for five minutes.
pub(super) fn claiming(notifier: &str, now: i64) -> MessageClaim<'_> {
    let (channel, lease_until) = (Channel::Sms, minute(now + 5));
    MessageClaim { channel, notifier, only_bound: false, limit: 10, lease_until, holder: "here" }
}

pub(super) fn ids(claims: &[Claim]) -> Vec<i64> {
    claims.iter().map(|claim| claim.case.id.0).collect()
}

pub(super) fn settlement(claimed: &Claimed, settled: Settled) -> Settlement {
    Settlement { id: claimed.message.id.clone(), fence: claimed.fence, settled, tell: None, stop: None }
}

/// Somebody who must not be contacted since the first minute.
pub(super) fn suppression(identity: &str, channel: Option<Channel>, reason: &str) -> Suppression {
    Suppression {
        identity: identity.to_owned(),
        channel,
        reason: reason.to_owned(),
        source: "court".to_owned(),
        note: None,
        by: "operator".to_owned(),
        at: minute(1),
    }
}

/// Everybody who must not be contacted.
pub(super) async fn suppressions(store: &Store) -> Vec<Suppression> {
    store.suppression_list(None, 100).await.unwrap()
}

/// Whom the sample's messages and calls go to, since its beginning.
pub(super) fn circle() -> Circle {
    let people_of = |case: &Case| {
        let (telephone, person) = (format!("+9733600{:04}", case.id.0), format!("cpr {}", case.id));
        People {
            cases: [case.id].into(),
            persons: [telephone.clone(), person.clone(), String::new()].into(),
            identities: [telephone, person].into(),
            households: case.household.iter().map(ToString::to_string).collect(),
        }
    };
    Circle { people_of, since: minute(1) }
}
