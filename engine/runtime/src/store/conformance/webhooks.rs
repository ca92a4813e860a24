//! What other systems are told: planned with the move of the case or not at all, told in order, forgotten in time.

use std::collections::BTreeSet;

use wasl_core::case::Standing;
use wasl_core::history::{Entry, What};
use wasl_core::webhook::{Topic, Wanted};

use super::sample::{case, minute, moving, next, open, opening};
use crate::store::{AfterPost, Move, Moved, NewAudit, NewWebhook, PostAttempt, Store, Webhook};

super::on_both!(
    a_notice_is_planned_with_the_move_of_its_case_or_not_at_all,
    what_one_does_not_want_is_planned_for_others_only,
    a_notice_that_is_not_taken_keeps_those_behind_it_waiting,
    what_happens_while_one_is_stopped_waits_for_it,
    what_is_old_is_forgotten_and_what_is_removed_leaves_nothing,
);

fn trace(now: i64, act: &str) -> NewAudit {
    NewAudit { at: minute(now), who: "operator:test".into(), act: act.into(), case: None, subject: None }
}

async fn listen(store: &Store, name: &str, wanted: Wanted) -> Webhook {
    let (url, secret) = (format!("https://{name}.example"), format!("whsec_{name}"));
    let new = NewWebhook { name: name.into(), url, secret, wanted };
    assert!(store.add_webhook(&new, trace(0, "webhook.add")).await.unwrap());
    assert!(!store.add_webhook(&new, trace(0, "webhook.add")).await.unwrap(), "the name is taken");
    store.webhook(name).await.unwrap().unwrap()
}

fn everything() -> Wanted {
    Wanted { topics: Topic::ALL.into(), ..Wanted::default() }
}

/// The second move of a case: it ends.
fn ending(id: i64) -> Move {
    let outcome = "success".to_owned();
    let case = next(&case(id), Standing::Ended { outcome: outcome.clone() });
    let (at, state) = (minute(1), case.state.clone());
    let entry = Entry { at, visit: 1, state, event: None, by: None, what: What::Ended { outcome: outcome.into() } };
    Move { entries: vec![entry], ..moving(case) }
}

async fn planned(store: &Store, webhook: &Webhook) -> Vec<String> {
    let deliveries = store.deliveries(webhook.id, None, 99).await.unwrap();
    deliveries.into_iter().rev().map(|one| format!("{} {}", one.topic, one.notice)).collect()
}

async fn try_next(store: &Store, webhook: &Webhook, status: u16, then: AfterPost) -> String {
    let delivery = store.next_delivery(webhook.id).await.unwrap().unwrap();
    let attempt = PostAttempt { at: minute(2), took_ms: 7, status: Some(status), problem: None };
    store.note_attempt((webhook.id, delivery.id), &attempt, &then, trace(2, "webhook.stop")).await.unwrap();
    delivery.notice
}

async fn a_notice_is_planned_with_the_move_of_its_case_or_not_at_all(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let billing = listen(&store, "billing", everything()).await;
    assert_eq!(planned(&store, &billing).await, [""; 0], "what was before is not theirs to hear");
    open(&store, vec![opening(case(2))]).await;
    let answers = store.commit(&[ending(2), ending(9)], minute(1)).await.unwrap();
    assert_eq!(answers, [Moved::Committed, Moved::Conflict]);
    assert_eq!(store.commit(&[ending(2)], minute(1)).await.unwrap(), [Moved::Conflict], "the same move once more");
    assert_eq!(planned(&store, &billing).await, ["case.opened evt_2_1_0", "case.ended evt_2_2_0"]);
}

async fn what_one_does_not_want_is_planned_for_others_only(store: Store) {
    let ends = Wanted { topics: BTreeSet::from([Topic::Ended]), ..Wanted::default() };
    let elsewhere = Wanted { workflows: BTreeSet::from(["new-connection".into()]), ..everything() };
    let with_account = Wanted { fields: BTreeSet::from(["account".into()]), ..ends.clone() };
    let ends = listen(&store, "ends", ends).await;
    let elsewhere = listen(&store, "elsewhere", elsewhere).await;
    let with_account = listen(&store, "with-account", with_account).await;
    open(&store, vec![opening(case(1))]).await;
    store.commit(&[ending(1)], minute(1)).await.unwrap();
    assert_eq!(planned(&store, &ends).await, ["case.ended evt_1_2_0"]);
    assert_eq!(planned(&store, &elsewhere).await, [""; 0]);
    let bodies = async |of: &Webhook| store.deliveries(of.id, None, 9).await.unwrap()[0].body.clone();
    assert!(!bodies(&ends).await.contains("12/7") && bodies(&with_account).await.contains(r#""account":"12/7""#));
}

async fn a_notice_that_is_not_taken_keeps_those_behind_it_waiting(store: Store) {
    let billing = listen(&store, "billing", everything()).await;
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    assert_eq!(try_next(&store, &billing, 500, AfterPost::Again(minute(5))).await, "evt_1_1_0");
    let again = store.next_delivery(billing.id).await.unwrap().unwrap();
    assert_eq!((again.notice.as_str(), again.attempts, again.next_at), ("evt_1_1_0", 1, minute(5)));
    assert_eq!(try_next(&store, &billing, 200, AfterPost::Taken).await, "evt_1_1_0");
    // What is not taken may be left out by a person; what was taken may be told again.
    let behind = store.next_delivery(billing.id).await.unwrap().unwrap();
    assert_eq!(behind.notice, "evt_2_1_0");
    assert!(store.skip_delivery((billing.id, behind.id), trace(3, "webhook.skip")).await.unwrap());
    assert!(!store.skip_delivery((billing.id, behind.id), trace(3, "webhook.skip")).await.unwrap());
    assert_eq!(store.next_delivery(billing.id).await.unwrap(), None);
    let log = store.deliveries(billing.id, None, 9).await.unwrap();
    let statuses: Vec<Option<u16>> = log[1].log.iter().map(|one| one.status).collect();
    assert_eq!((statuses, log[1].settled_at), (vec![Some(500), Some(200)], Some(minute(2))));
    assert_eq!(log[0].skipped_by.as_deref(), Some("operator:test"));
    assert!(store.redeliver((billing.id, log[1].id), trace(4, "webhook.redeliver")).await.unwrap());
    assert!(!store.redeliver((billing.id + 1, log[1].id), trace(4, "webhook.redeliver")).await.unwrap());
    let again = store.next_delivery(billing.id).await.unwrap().unwrap();
    assert_eq!((again.notice.as_str(), again.attempts), ("evt_1_1_0", 0));
}

async fn what_happens_while_one_is_stopped_waits_for_it(store: Store) {
    let billing = listen(&store, "billing", everything()).await;
    open(&store, vec![opening(case(1))]).await;
    try_next(&store, &billing, 500, AfterPost::Stop("http_500".into())).await;
    let stopped = store.webhook("billing").await.unwrap().unwrap();
    assert_eq!(stopped.stopped, Some((minute(2), Some("http_500".into()))));
    assert_eq!(store.next_delivery(billing.id).await.unwrap(), None);
    store.commit(&[ending(1)], minute(3)).await.unwrap();
    store.start_webhook(billing.id, trace(4, "webhook.start")).await.unwrap();
    let first = store.next_delivery(billing.id).await.unwrap().unwrap();
    assert_eq!((first.notice.as_str(), first.attempts, first.next_at), ("evt_1_1_0", 0, minute(4)));
    assert_eq!(planned(&store, &billing).await.len(), 2);
    store.stop_webhook(billing.id, None, trace(5, "webhook.stop")).await.unwrap();
    assert_eq!(store.webhook("billing").await.unwrap().unwrap().stopped, Some((minute(5), None)));
}

async fn what_is_old_is_forgotten_and_what_is_removed_leaves_nothing(store: Store) {
    let (billing, archive) =
        (listen(&store, "billing", everything()).await, listen(&store, "archive", everything()).await);
    open(&store, vec![opening(case(1))]).await;
    try_next(&store, &billing, 500, AfterPost::Again(minute(9))).await;
    assert_eq!(store.forget_deliveries(minute(0), 9).await.unwrap(), 0);
    store.commit(&[ending(1)], minute(100)).await.unwrap();
    assert_eq!(store.forget_deliveries(minute(50), 9).await.unwrap(), 2);
    assert_eq!(planned(&store, &billing).await, ["case.ended evt_1_2_0"]);
    try_next(&store, &billing, 500, AfterPost::Again(minute(101))).await;
    store.remove_webhook(billing.id, trace(102, "webhook.remove")).await.unwrap();
    assert_eq!(store.webhooks().await.unwrap().iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["archive"]);
    assert_eq!(store.deliveries(billing.id, None, 9).await.unwrap(), []);
    assert_eq!(planned(&store, &archive).await, ["case.ended evt_1_2_0"]);
}
