//! Events: none vanishes, none counts twice.

use wasl_core::case::{CaseId, Standing};
use wasl_core::event::Disposition;

use super::sample::{case, event, ids, minute, moving, next, open, opening, waiting};
use crate::store::{Move, Store, StoreError};

super::on_both!(
    the_same_event_again_gives_the_first_answer_and_changes_nothing,
    an_event_twice_in_one_batch_is_stored_once,
    the_same_id_of_another_source_is_another_event,
    an_event_for_no_case_is_refused_with_the_whole_batch,
    an_event_makes_a_case_due_whatever_its_standing,
    an_earlier_due_time_stays,
    events_keep_the_order_of_arrival,
    an_act_on_a_case_that_changed_since_it_was_seen_is_not_stored,
);

async fn the_same_event_again_gives_the_first_answer_and_changes_nothing(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let first = store.record_event(&event(1, "a", minute(1))).await.unwrap();
    assert!(first.first && first.disposition.is_none());
    let settled = vec![(first.event_id, Disposition::NotApplicable)];
    store.commit(&[Move { settled, ..moving(next(&case(1), Standing::Open)) }], minute(2)).await.unwrap();
    let again = store.record_event(&event(1, "a", minute(3))).await.unwrap();
    assert_eq!((again.event_id, again.first), (first.event_id, false));
    assert_eq!(again.disposition, Some(Disposition::NotApplicable));
    assert_eq!(ids(&store.due(minute(9), 10).await.unwrap()), Vec::<i64>::new());
    assert_eq!(store.events(CaseId(1)).await.unwrap().len(), 1);
}

async fn an_event_twice_in_one_batch_is_stored_once(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let batch = [event(1, "a", minute(1)), event(1, "b", minute(2)), event(1, "a", minute(3))];
    let recorded = store.record_events(&batch).await.unwrap();
    assert_eq!(recorded.iter().map(|recorded| recorded.first).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(recorded[0].event_id, recorded[2].event_id);
    assert_eq!(store.events(CaseId(1)).await.unwrap().len(), 2);
}

async fn the_same_id_of_another_source_is_another_event(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let mut other = event(1, "a", minute(1));
    other.source = "court".into();
    store.record_event(&event(1, "a", minute(1))).await.unwrap();
    assert!(store.record_event(&other).await.unwrap().first);
    assert_eq!(store.events(CaseId(1)).await.unwrap().len(), 2);
}

async fn an_event_for_no_case_is_refused_with_the_whole_batch(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let error = store.record_events(&[event(1, "a", minute(1)), event(7, "b", minute(1))]).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSuchCase(CaseId(7))), "{error:?}");
    assert_eq!(store.events(CaseId(1)).await.unwrap(), Vec::new());
}

async fn an_event_makes_a_case_due_whatever_its_standing(store: Store) {
    let standings = [
        Standing::Open,
        Standing::Held { reason: "asked to wait".into() },
        Standing::Ended { outcome: "success".into() },
    ];
    for (id, standing) in (1..).zip(standings) {
        open(&store, vec![opening(wasl_core::case::Case { standing, ..waiting(id, minute(900)) })]).await;
        assert_eq!(ids(&store.due(minute(5), 10).await.unwrap()), Vec::<i64>::new());
        store.record_event(&event(id, &format!("{id}"), minute(5))).await.unwrap();
        let claims = store.due(minute(5), 10).await.unwrap();
        assert_eq!(ids(&claims), [id]);
        let settled = vec![(claims[0].events[0].id, Disposition::Applied)];
        let answered = next(&claims[0].case, claims[0].case.standing.clone());
        store.commit(&[Move { settled, ..moving(answered) }], minute(5)).await.unwrap();
    }
}

async fn an_earlier_due_time_stays(store: Store) {
    open(&store, vec![opening(waiting(1, minute(3)))]).await;
    store.record_event(&event(1, "a", minute(8))).await.unwrap();
    assert_eq!(store.next_wake().await.unwrap(), Some(minute(3)));
    store.record_events(&[event(1, "b", minute(2)), event(1, "c", minute(6))]).await.unwrap();
    assert_eq!(store.next_wake().await.unwrap(), Some(minute(2)));
}

async fn events_keep_the_order_of_arrival(store: Store) {
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    for (case, id) in [(1, "c"), (2, "x"), (1, "a"), (1, "b")] {
        store.record_event(&event(case, id, minute(1))).await.unwrap();
    }
    let claims = store.claim_cases(&[CaseId(2), CaseId(1), CaseId(7)]).await.unwrap();
    assert_eq!(ids(&claims), [1, 2]);
    assert!(claims[0].events.is_sorted_by_key(|event| event.id));
    let arrived: Vec<String> =
        store.events(CaseId(1)).await.unwrap().into_iter().map(|event| event.source_id).collect();
    assert_eq!(arrived, ["c", "a", "b"]);
}

async fn an_act_on_a_case_that_changed_since_it_was_seen_is_not_stored(store: Store) {
    open(&store, vec![opening(case(1))]).await;
    let seen = store.case(CaseId(1)).await.unwrap().unwrap().version;
    let act = async |id: &str, seen: u64| store.record_as_seen(&event(1, id, minute(1)), seen).await.unwrap();
    assert!(act("old", seen + 1).await.is_none(), "nobody has seen that version");
    assert!(act("one", seen).await.is_some_and(|recorded| recorded.first));
    assert!(act("one", seen).await.is_some_and(|recorded| !recorded.first), "the same again is no other act");
    assert!(act("other", seen).await.is_none(), "what it was told will change it");
    let claims = store.claim_cases(&[CaseId(1)]).await.unwrap();
    let settled = claims[0].events.iter().map(|event| (event.id, Disposition::Applied)).collect();
    let step = Move { settled, ..moving(next(&case(1), Standing::Open)) };
    store.commit(&[step], minute(2)).await.unwrap();
    assert!(act("other", seen).await.is_none(), "it has changed");
    assert!(act("one", seen).await.is_some_and(|recorded| recorded.disposition == Some(Disposition::Applied)));
    assert!(act("other", seen + 1).await.is_some());
    assert!(store.event("test", "old").await.unwrap().is_none());
    let unknown = store.record_as_seen(&event(9, "nobody", minute(1)), seen).await.unwrap_err();
    assert!(matches!(unknown, StoreError::NoSuchCase(CaseId(9))), "{unknown:?}");
}
