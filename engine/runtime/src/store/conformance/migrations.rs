//! Migrations, and opening what is no database of ours.

use super::sample::{case, claiming, event, fresh, minute, open, opening, url};
use crate::store::migrate::Migration;
use crate::store::{Store, StoreError, Trouble};

const FIRST: Migration = Migration { number: 1, name: "first", sql: "CREATE TABLE first (id {key})" };
const SECOND: Migration = Migration { number: 2, name: "second", sql: "CREATE TABLE second (id {identity})" };

super::on_both!(empty:
    migrating_twice_does_nothing_the_second_time,
    only_the_missing_steps_are_applied,
    a_newer_database_is_refused,
    a_step_that_was_edited_after_its_release_is_refused,
    a_failing_step_leaves_nothing_of_itself,
);

async fn migrating_twice_does_nothing_the_second_time(store: Store) {
    assert!(store.migrations().await.unwrap().iter().all(|step| step.applied_at.is_none()));
    let done = store.migrate(minute(1)).await.unwrap();
    assert_eq!(done, store.migrations().await.unwrap());
    assert!(done.iter().all(|step| step.applied_at == Some(minute(1))));
    assert_eq!(store.migrate(minute(2)).await.unwrap(), []);
    assert_eq!(done, store.migrations().await.unwrap());
}

async fn only_the_missing_steps_are_applied(store: Store) {
    store.migrate_with(&[FIRST], minute(1)).await.unwrap();
    let done = store.migrate_with(&[FIRST, SECOND], minute(2)).await.unwrap();
    assert_eq!(done.iter().map(|step| step.number).collect::<Vec<_>>(), [2]);
}

async fn a_newer_database_is_refused(store: Store) {
    store.migrate_with(&[FIRST, SECOND], minute(1)).await.unwrap();
    let error = store.migrate_with(&[FIRST], minute(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerDatabase { found: 2, known: 1, .. }), "{error:?}");
    assert!(error.to_string().contains("`second`") && error.to_string().contains("newer release"), "{error}");
}

async fn a_step_that_was_edited_after_its_release_is_refused(store: Store) {
    store.migrate_with(&[FIRST], minute(1)).await.unwrap();
    let edited = Migration { sql: "CREATE TABLE first (id {key}, more TEXT)", ..FIRST };
    let error = store.migrate_with(&[edited], minute(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::ChangedMigration { number: 1, .. }), "{error:?}");
}

async fn a_failing_step_leaves_nothing_of_itself(store: Store) {
    let broken = Migration { sql: "CREATE TABLE second (id {key}); CREATE TABLE second (id {key})", ..SECOND };
    store.migrate_with(&[FIRST, broken], minute(1)).await.unwrap_err();
    let done = store.migrate_with(&[FIRST, SECOND], minute(2)).await.unwrap();
    assert_eq!(done.iter().map(|step| step.number).collect::<Vec<_>>(), [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = fresh(folder.path()).await;
    let command_line = Store::open(&url(folder.path())).await.unwrap();
    open(&daemon, vec![opening(case(1))]).await;
    // Spawned, as the daemon does it: what the store returns may move between threads.
    let working = [(daemon.clone(), "here"), (command_line, "there")].map(|(store, name)| {
        tokio::spawn(async move {
            for n in 0..20 {
                store.record_event(&event(1, &format!("{name} {n}"), minute(1))).await.unwrap();
                store.claim_messages(minute(1), &claiming(name, 1)).await.unwrap();
                store.settle_messages(&[], minute(1)).await.unwrap();
                store.commit(&[opening(case(1))], minute(1)).await.unwrap();
            }
        })
    });
    for work in working {
        work.await.unwrap();
    }
    assert_eq!(daemon.due(minute(1), 1).await.unwrap()[0].events.len(), 40);
}

#[tokio::test]
async fn what_is_no_database_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wasl.sqlite"), "name,number\n".repeat(100)).unwrap();
    let error = Store::open(&url(folder.path())).await.unwrap_err();
    assert!(matches!(error, StoreError::Database { trouble: Trouble::Damaged, .. }), "{error:?}");
}

#[tokio::test]
async fn a_folder_that_is_missing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&url(&folder.path().join("made"))).await.unwrap();
    assert!(!store.migrate(minute(1)).await.unwrap().is_empty());
}
