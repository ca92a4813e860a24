//! What operators are told, and that work goes on when the cause ends.

use sea_orm::ConnectionTrait;

use super::sample::{case, fresh, minute, open, opening};
use crate::store::error::During;
use crate::store::{StoreError, Trouble};

#[tokio::test]
async fn a_full_database_says_so_loses_nothing_and_goes_on_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, vec![opening(case(1))]).await;
    let limit = async |pages: u32| {
        store.row_writer.as_ref().unwrap().pragma("max_page_count", pages);
    };
    limit(1).await;
    let large: Vec<_> = (2..400).map(|id| opening(case(id))).collect();
    let error = store.commit(&large, minute(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Database { trouble: Trouble::DiskFull, .. }), "{error:?}");
    assert!(error.to_string().contains("the disk is full; free some space"), "{error}");
    assert!(error.is_transient());
    assert_eq!(store.case(case(2).id).await.unwrap(), None);
    limit(1_000_000).await;
    open(&store, large).await;
    assert_eq!(store.case(case(399).id).await.unwrap(), Some(case(399)));
}

#[tokio::test]
async fn a_transaction_that_a_full_database_ended_leaves_nothing_locked() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    store.writer.execute_unprepared("CREATE TABLE filling (x); PRAGMA max_page_count = 1").await.unwrap();
    let tx = store.begin("fill").await.unwrap();
    let fill = tx.execute_unprepared("INSERT INTO filling VALUES (zeroblob(1000000))").await;
    let error = fill.during("fill").unwrap_err();
    assert_eq!(error.trouble(), Some(Trouble::DiskFull), "{error:?}");
    drop(tx);
    // It undoes what it did, and the others find nobody in their way.
    store.may_write().await.unwrap();
    open(&store, vec![opening(case(1))]).await;
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let error = store.reader.execute_unprepared("DELETE FROM cases").await.during("try").unwrap_err();
    assert!(matches!(error, StoreError::Database { trouble: Trouble::ReadOnly, .. }), "{error:?}");
}
