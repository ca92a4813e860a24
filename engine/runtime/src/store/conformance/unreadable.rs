//! Damaged rows: each is its own case's incident, and stops nothing else.

use wasl_core::case::{CaseId, EffectId, Standing};
use wasl_core::definition::Priority;
use wasl_core::history::What;
use wasl_core::value::Record;

use super::sample::{call, case, circle, claiming, event, ids, minute, moving, next, open, opening, sms, waiting};
use crate::store::{CaseFilter, HeldAnswer, Move, Moved, Store, StoreError};

super::on_both!(
    an_event_that_cannot_be_read_is_named_with_its_case_and_stops_no_other,
    a_case_that_cannot_be_read_waits_for_a_person_and_stops_no_other,
    what_only_a_newer_release_can_read_is_left_to_it,
    a_whole_batch_that_cannot_be_read_keeps_nothing_back,
    what_a_damaged_case_is_told_waits_until_it_is_mended,
    a_damaged_case_that_is_over_stays_over,
    lists_show_a_damaged_case_as_far_as_it_can_be_read,
    a_message_leaves_without_the_explanation_of_its_moment,
    a_held_answer_that_cannot_be_read_is_refused_and_holds_up_no_other,
    errors_hold_no_personal_data,
);

async fn two_due(store: &Store) {
    open(store, vec![opening(waiting(1, minute(1))), opening(waiting(2, minute(2)))]).await;
}

const DAMAGE: &str = "UPDATE cases SET data = '{\"name\": \"Huda' WHERE id = 1";

async fn an_event_that_cannot_be_read_is_named_with_its_case_and_stops_no_other(store: Store) {
    two_due(&store).await;
    let bad = store.record_event(&event(1, "a", minute(1))).await.unwrap().event_id;
    store.record_event(&event(1, "b", minute(1))).await.unwrap();
    store.tamper("UPDATE events SET body = '{' WHERE source_id = 'a'").await;
    let due = store.take_due(minute(9), 9, circle(), None).await.unwrap();
    assert_eq!((ids(&due.claims), due.set_aside.len()), (vec![1, 2], 0));
    assert_eq!((due.claims[0].events.len(), due.claims[0].unreadable[0].0), (1, bad));
    assert!(due.claims[1].unreadable.is_empty());
}

async fn a_case_that_cannot_be_read_waits_for_a_person_and_stops_no_other(store: Store) {
    two_due(&store).await;
    store.tamper(DAMAGE).await;
    let due = store.take_due(minute(9), 1, circle(), None).await.unwrap();
    assert_eq!((ids(&due.claims), due.set_aside.len(), due.set_aside[0].0), (vec![2], 1, CaseId(1)));
    let step = moving(next(&case(2), Standing::Open));
    assert_eq!(store.commit_due(due, &[step], minute(9)).await.unwrap(), [Moved::Committed]);
    assert!(
        store.take_due(minute(99), 9, circle(), None).await.unwrap().claims.is_empty(),
        "it is not looked at again and again"
    );
    assert_eq!(store.incidents().await.unwrap(), 1);
    let told = store.history(CaseId(1)).await.unwrap().pop().unwrap();
    assert!(matches!(&told.what, What::Incident { reason, .. } if reason.contains("data of `1`")), "{told:?}");
    assert!(!format!("{told:?}").contains("Huda"));
}

async fn what_only_a_newer_release_can_read_is_left_to_it(store: Store) {
    two_due(&store).await;
    store.tamper("UPDATE cases SET standing_detail = '{\"standing\": \"resting\"}' WHERE id = 1").await;
    store
        .tamper("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (999, 'next', 'x', 0)")
        .await;
    let refused = store.take_due(minute(9), 9, circle(), None).await.err().unwrap();
    assert!(matches!(refused, StoreError::NewerDatabase { found: 999, .. }), "{refused:?}");
    assert_eq!(store.incidents().await.unwrap(), 0);
    store.tamper("DELETE FROM schema_migrations WHERE number = 999").await;
    assert_eq!(store.take_due(minute(9), 9, circle(), None).await.unwrap().set_aside.len(), 1);
}

async fn a_whole_batch_that_cannot_be_read_keeps_nothing_back(store: Store) {
    open(&store, (1..=9).map(|id| opening(waiting(id, minute(id)))).collect()).await;
    store.tamper("UPDATE cases SET progress = 'x' WHERE id < 9").await;
    let due = store.take_due(minute(99), 2, circle(), None).await.unwrap();
    assert_eq!((ids(&due.claims), due.set_aside.len()), (vec![9], 8));
}

async fn what_a_damaged_case_is_told_waits_until_it_is_mended(store: Store) {
    two_due(&store).await;
    store.tamper(DAMAGE).await;
    store.take_due(minute(9), 9, circle(), None).await.unwrap();
    store.record_event(&event(1, "a", minute(10))).await.unwrap();
    store.take_due(minute(11), 9, circle(), None).await.unwrap();
    let incidents = store.history(CaseId(1)).await.unwrap();
    assert_eq!(incidents.iter().filter(|entry| matches!(entry.what, What::Incident { .. })).count(), 1, "told once");
    store.tamper("UPDATE cases SET data = '{}' WHERE id = 1").await;
    store.record_event(&event(1, "retry", minute(12))).await.unwrap();
    let due = store.take_due(minute(13), 9, circle(), None).await.unwrap();
    let mended = due.claims.iter().find(|claim| claim.case.id == CaseId(1)).unwrap();
    assert_eq!(mended.events.len(), 2);
    assert!(matches!(mended.case.standing, Standing::Incident(_)), "{:?}", mended.case.standing);
}

async fn a_damaged_case_that_is_over_stays_over(store: Store) {
    two_due(&store).await;
    let over = next(&case(1), Standing::Ended { outcome: "success".into() });
    store.commit(&[moving(over.clone())], minute(3)).await.unwrap();
    store.record_event(&event(1, "a", minute(4))).await.unwrap();
    store.tamper("UPDATE cases SET progress = '[' WHERE id = 1").await;
    let due = store.take_due(minute(9), 9, circle(), None).await.unwrap();
    assert_eq!((ids(&due.claims), due.set_aside.len()), (vec![2], 1));
    drop(due);
    store.tamper("UPDATE cases SET progress = (SELECT progress FROM cases WHERE id = 2) WHERE id = 1").await;
    assert_eq!(store.case(CaseId(1)).await.unwrap().unwrap().standing, over.standing);
}

async fn lists_show_a_damaged_case_as_far_as_it_can_be_read(store: Store) {
    two_due(&store).await;
    store.tamper(DAMAGE).await;
    let all = store.cases(&CaseFilter { limit: 9, ..CaseFilter::default() }).await.unwrap();
    assert_eq!((all.len(), all[0].key.as_str(), all[0].data.is_empty()), (2, "key 1", true));
    assert!(matches!(&all[0].standing, Standing::Incident(incident) if incident.reason.contains("cannot be read")));
    assert_eq!(all[1].data, case(2).data);
}

async fn a_message_leaves_without_the_explanation_of_its_moment(store: Store) {
    let effects = vec![sms("1.1.0", minute(1))];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    open(&store, vec![Move { effects: vec![sms("2.1.0", minute(1))], ..opening(case(2)) }]).await;
    store.tamper("UPDATE notifications SET why = '{' WHERE id = '1.1.0'").await;
    let claimed = store.claim_messages(minute(2), &claiming("twilio", 2)).await.unwrap();
    assert_eq!(claimed.iter().map(|claimed| claimed.message.id.0.as_str()).collect::<Vec<_>>(), ["1.1.0", "2.1.0"]);
}

async fn a_held_answer_that_cannot_be_read_is_refused_and_holds_up_no_other(store: Store) {
    for id in [1, 2] {
        let effects = vec![call(&format!("{id}.1.0"), "complaints", Priority::High, None)];
        open(&store, vec![Move { effects, ..opening(case(id)) }]).await;
        let task = EffectId(format!("{id}.1.0").into());
        store.claim_task(&task, "huda", minute(1), minute(16)).await.unwrap();
        let held = HeldAnswer {
            task,
            case: CaseId(id),
            agent: "huda".into(),
            outcome: "no_answer".into(),
            answers: Record::new(),
            note: None,
            held_at: minute(2),
            submit_at: minute(2 + id),
            refused: None,
        };
        assert!(store.hold_answer(&held, minute(30)).await.unwrap());
    }
    store.tamper("UPDATE held_answers SET answers = '{' WHERE case_id = 1").await;
    let due = store.due_answers(minute(9), 9).await.unwrap();
    let refused: Vec<bool> = due.iter().map(|held| held.refused.is_some()).collect();
    assert_eq!(refused, [true, false]);
}

async fn errors_hold_no_personal_data(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let mut secret = event(1, "a", minute(1));
    secret.by = "Huda Al-Fulan".into();
    store.record_event(&secret).await.unwrap();
    store.tamper("UPDATE events SET body = '{\"what\": \"Huda Al-Fulan\"}'").await;
    let due = store.due(minute(9), 10).await.unwrap();
    let error = &due[0].unreadable[0].1;
    assert!(matches!(error, StoreError::Document { what: "event", .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("Huda"), "{error:?}");
}
