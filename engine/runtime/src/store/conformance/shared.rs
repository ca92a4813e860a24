//! Two processes on one server: they share the work, and none of them overlooks what the other does.

use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};
use wasl_core::case::{CaseId, Standing};

use super::postgres::PostgresDatabase;
use super::sample::{
    case, circle, claiming, event, ids, minute, moving, next, open, opening, prepared, settlement, sms, waiting,
};
use crate::store::{Moved, Settled, Store, Trouble};

super::on_a_shared_server!(
    due_cases_are_taken_by_one_of_them,
    cases_that_were_not_committed_are_due_for_the_other,
    whoever_moves_a_taken_case_comes_after_its_taker,
    an_event_that_comes_while_a_case_is_moved_is_not_overlooked,
    a_message_is_claimed_by_one_of_them,
    a_message_that_is_just_being_settled_is_not_taken_over,
    both_write_at_the_same_time,
    events_in_opposite_orders_do_not_stop_each_other,
    what_loses_to_a_deadlock_is_done_over,
    what_is_given_up_in_the_middle_of_a_statement_leaves_nothing_locked,
    who_finds_every_connection_taken_is_told_so,
    each_hears_what_the_other_made_due_and_not_itself,
    ids_of_cases_are_given_to_one_of_them,
    they_bring_the_database_up_to_date_once,
);

/// Longer than a statement takes, shorter than a lock is waited for.
const A_WHILE: Duration = Duration::from_millis(300);

async fn due_cases_are_taken_by_one_of_them(one: Store, other: Store) {
    open(&one, (1..=6).map(|id| opening(waiting(id, minute(id)))).collect()).await;
    let mine = one.take_due(minute(9), 4, circle(), None).await.unwrap();
    let theirs = other.take_due(minute(9), 4, circle(), None).await.unwrap();
    assert_eq!((ids(&mine.claims), ids(&theirs.claims)), (vec![1, 2, 3, 4], vec![5, 6]));
    assert!(
        other.take_due(minute(9), 4, circle(), None).await.unwrap().claims.is_empty(),
        "nothing is left, and nobody waits"
    );
    let moves: Vec<_> = (1..=4).map(|id| moving(next(&case(id), Standing::Open))).collect();
    assert_eq!(one.commit_due(mine, &moves, minute(9)).await.unwrap(), [Moved::Committed; 4]);
    assert!(one.take_due(minute(9), 4, circle(), None).await.unwrap().claims.is_empty());
}

async fn cases_that_were_not_committed_are_due_for_the_other(one: Store, other: Store) {
    open(&one, vec![opening(waiting(1, minute(1)))]).await;
    let mine = one.take_due(minute(9), 4, circle(), None).await.unwrap();
    assert_eq!(ids(&mine.claims), [1]);
    drop(mine);
    let theirs = async {
        loop {
            let theirs = other.take_due(minute(9), 4, circle(), None).await.unwrap();
            if !theirs.claims.is_empty() {
                return theirs;
            }
        }
    };
    let theirs = tokio::time::timeout(Duration::from_secs(20), theirs).await.unwrap();
    assert_eq!(ids(&theirs.claims), [1]);
}

async fn whoever_moves_a_taken_case_comes_after_its_taker(one: Store, other: Store) {
    open(&one, vec![opening(waiting(1, minute(1)))]).await;
    let mine = one.take_due(minute(9), 4, circle(), None).await.unwrap();
    let step = moving(next(&case(1), Standing::Open));
    let theirs = tokio::spawn({
        let step = step.clone();
        async move { other.commit(&[step], minute(9)).await.unwrap() }
    });
    tokio::time::sleep(A_WHILE).await;
    assert!(!theirs.is_finished());
    assert_eq!(one.commit_due(mine, &[step], minute(9)).await.unwrap(), [Moved::Committed]);
    assert_eq!(theirs.await.unwrap(), [Moved::Conflict]);
}

async fn an_event_that_comes_while_a_case_is_moved_is_not_overlooked(one: Store, other: Store) {
    open(&one, vec![opening(waiting(1, minute(1)))]).await;
    let mine = one.take_due(minute(9), 4, circle(), None).await.unwrap();
    let told = tokio::spawn(async move { other.record_event(&event(1, "a", minute(9))).await.unwrap() });
    tokio::time::sleep(A_WHILE).await;
    one.commit_due(mine, &[moving(next(&case(1), Standing::Open))], minute(9)).await.unwrap();
    assert!(told.await.unwrap().first);
    let due = one.due(minute(9), 4).await.unwrap();
    assert_eq!(due[0].events.len(), 1);
}

async fn a_message_is_claimed_by_one_of_them(one: Store, other: Store) {
    let moves = (1..=40).map(|id| {
        let effects = vec![sms(&format!("{id}.1.0"), minute(1))];
        crate::store::Move { effects, ..opening(case(id)) }
    });
    open(&one, moves.collect()).await;
    let claim = |store: Store| async move {
        let mut claimed = Vec::new();
        loop {
            let more = store.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap();
            if more.is_empty() && !store.has_due_messages(wasl_core::delivery::Channel::Sms, minute(1)).await.unwrap() {
                return claimed;
            }
            claimed.extend(more.into_iter().map(|claimed| claimed.message.id));
        }
    };
    let (mine, theirs) = tokio::join!(tokio::spawn(claim(one)), tokio::spawn(claim(other)));
    let mut all = [mine.unwrap(), theirs.unwrap()].concat();
    assert_eq!(all.len(), 40);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 40);
}

async fn a_message_that_is_just_being_settled_is_not_taken_over(one: Store, other: Store) {
    let effects = vec![sms("1.1.0", minute(1))];
    open(&one, vec![crate::store::Move { effects, ..opening(case(1)) }]).await;
    let claimed = one.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap().remove(0);
    let channel = claimed.message.channel;
    let failed = || Settled::Failed { code: "x".into(), reason: "y".into() };
    // Its lease is over; whichever comes first, the other does nothing.
    for _ in 0..2 {
        let settling = [settlement(&claimed, failed())];
        let (settled, taken_over) = tokio::join!(
            one.settle_messages(&settling, minute(7)),
            other.stale_sending(channel, minute(7), 10, minute(12), "other"),
        );
        let (settled, taken_over) = (settled.unwrap()[0], taken_over.unwrap().len());
        assert!(!(settled && taken_over > 0), "{settled} {taken_over}");
    }
}

async fn both_write_at_the_same_time(one: Store, other: Store) {
    open(&one, vec![opening(waiting(1, minute(1))), opening(case(2))]).await;
    let _mine = one.take_due(minute(9), 4, circle(), None).await.unwrap();
    let step = [moving(next(&case(2), Standing::Open))];
    let theirs = tokio::time::timeout(Duration::from_secs(3), other.commit(&step, minute(9))).await;
    assert_eq!(theirs.unwrap().unwrap(), [Moved::Committed]);
}

async fn events_in_opposite_orders_do_not_stop_each_other(one: Store, other: Store) {
    open(&one, (1..=30).map(|id| opening(case(id))).collect()).await;
    let record = |store: Store, name: &'static str, backwards: bool| async move {
        for round in 0..10 {
            let told = |id| event(id, &format!("{name} {round} {id}"), minute(1));
            let mut new: Vec<_> = (1..=30).map(told).collect();
            if backwards {
                new.reverse();
            }
            store.record_events(&new).await.unwrap();
        }
    };
    let (mine, theirs) =
        tokio::join!(tokio::spawn(record(one.clone(), "one", false)), tokio::spawn(record(other, "other", true)));
    mine.unwrap();
    theirs.unwrap();
    assert_eq!(one.events(CaseId(7)).await.unwrap().len(), 20);
}

async fn what_loses_to_a_deadlock_is_done_over(one: Store, other: Store) {
    open(&one, vec![opening(case(1)), opening(case(2))]).await;
    // Somebody who locks rows in the other order, and does not look for deadlocks: we find it, and we lose.
    let theirs = other.writer.begin().await.unwrap();
    let lock = |id: i64| format!("SET LOCAL deadlock_timeout = '20s'; SELECT 1 FROM cases WHERE id = {id} FOR UPDATE");
    theirs.execute_unprepared(&lock(2)).await.unwrap();
    let ours = tokio::spawn({
        let one = one.clone();
        async move { one.record_events(&[event(1, "a", minute(1)), event(2, "b", minute(1))]).await }
    });
    tokio::time::sleep(A_WHILE).await;
    theirs.execute_unprepared(&lock(1)).await.unwrap();
    theirs.commit().await.unwrap();
    let recorded = ours.await.unwrap().unwrap();
    assert!(recorded.iter().all(|recorded| recorded.first), "{recorded:?}");
    assert_eq!(one.due(minute(1), 9).await.unwrap().len(), 2);
}

async fn what_is_given_up_in_the_middle_of_a_statement_leaves_nothing_locked(one: Store, other: Store) {
    open(&one, (1..=12).map(|id| opening(waiting(id, minute(1)))).collect()).await;
    // More than there are connections: one that did not come back would be missed.
    for id in 1..=12 {
        let given_up = async {
            let tx = one.begin_beside("give up").await.unwrap();
            let holding = format!("SELECT pg_sleep(20) FROM cases WHERE id = {id} FOR UPDATE");
            tx.execute_unprepared(&format!("SET LOCAL statement_timeout = '1s'; {holding}")).await
        };
        assert!(tokio::time::timeout(A_WHILE / 3, given_up).await.is_err(), "it waits");
    }
    let moves: Vec<_> = (1..=12).map(|id| moving(next(&waiting(id, minute(1)), Standing::Open))).collect();
    assert_eq!(other.commit(&moves, minute(2)).await.unwrap(), [Moved::Committed; 12]);
    for id in 1..=12 {
        one.record_event(&event(id, &format!("{id}"), minute(3))).await.unwrap();
    }
}

async fn who_finds_every_connection_taken_is_told_so(one: Store, _other: Store) {
    let mut taken = Vec::new();
    let error = loop {
        match one.begin_beside("take a connection").await {
            Ok(tx) => taken.push(tx),
            Err(error) => break error,
        }
        assert!(taken.len() < 100, "there is no end of them");
    };
    assert_eq!(error.trouble(), Some(Trouble::NoConnection), "{error}");
    drop(taken);
    open(&one, vec![opening(case(1))]).await;
}

async fn each_hears_what_the_other_made_due_and_not_itself(one: Store, other: Store) {
    // Both are this process, which has one name: a session with another name calls in place of another process.
    open(&one, vec![opening(case(1))]).await;
    let mut calls = one.listen().await.unwrap().unwrap();
    other.record_event(&event(1, "a", minute(1))).await.unwrap();
    assert!(tokio::time::timeout(A_WHILE, calls.next()).await.is_err(), "its own name");
    let calling = "SET application_name = 'another'; SELECT pg_notify('wasl', current_setting('application_name'))";
    other.writer.execute_unprepared(calling).await.unwrap();
    tokio::time::timeout(Duration::from_secs(10), calls.next()).await.unwrap().unwrap();
}

async fn ids_of_cases_are_given_to_one_of_them(one: Store, other: Store) {
    let reserve = |store: Store| async move {
        let mut ids = Vec::new();
        for _ in 0..20 {
            let first = store.reserve_case_ids(3).await.unwrap();
            ids.extend(first..first + 3);
        }
        ids
    };
    let (mine, theirs) = tokio::join!(tokio::spawn(reserve(one)), tokio::spawn(reserve(other)));
    let mut all = [mine.unwrap(), theirs.unwrap()].concat();
    all.sort_unstable();
    assert_eq!(all, (1..=120).collect::<Vec<_>>());
}

async fn they_bring_the_database_up_to_date_once(one: Store, other: Store) {
    one.tamper("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let (mine, theirs) = tokio::join!(one.migrate(minute(1)), other.migrate(minute(1)));
    let (mine, theirs) = (mine.unwrap(), theirs.unwrap());
    assert_eq!(mine.len() + theirs.len(), one.migrations().await.unwrap().len());
}

/// A server may be set to a stricter isolation than its usual one: there the database itself refuses whoever comes second.
#[tokio::test]
async fn what_cannot_be_serialized_is_done_over() {
    let database = PostgresDatabase::fresh();
    let other = prepared(&database.url).await;
    open(&other, vec![opening(case(1)), opening(case(2))]).await;
    let name: String = database.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    other.tamper(&format!("ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'")).await;
    let one = Store::open(&database.url).await.unwrap();
    let theirs = other.writer.begin().await.unwrap();
    theirs.execute_unprepared("UPDATE cases SET version = version + 1 WHERE id = 1").await.unwrap();
    let ours = tokio::spawn({
        let (one, steps) = (one.clone(), [1, 2].map(|id| moving(next(&case(id), Standing::Open))));
        async move { one.commit(&steps, minute(9)).await }
    });
    tokio::time::sleep(A_WHILE).await;
    theirs.commit().await.unwrap();
    assert_eq!(ours.await.unwrap().unwrap(), [Moved::Conflict, Moved::Committed]);
    let event = event(1, "a", minute(1));
    let told = tokio::join!(one.record_event(&event), other.record_event(&event));
    assert_ne!(told.0.unwrap().first, told.1.unwrap().first);
}
