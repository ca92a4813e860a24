//! What waits for its turn at the same moment on `SQLite` shares one transaction, whatever it is, and each has its own answer.

use std::future::Future;
use std::path::Path;

use super::grouped::transactions;
use super::sample::fresh;
use crate::store::Store;
use crate::store::error::during;

/// Does all of it while somebody else has the turn, in this order; says what came of each, and in how many transactions.
async fn together<F>(store: &Store, folder: &Path, asked: Vec<F>) -> (Vec<F::Output>, usize)
where
    F: Future<Output: Send> + Send + 'static,
{
    let turn = during(store.writer.get_sqlite_connection_pool().acquire().await, "wait").unwrap();
    let (queue, before) = (store.row_writer.as_ref().unwrap(), transactions(folder));
    let mut under_way = Vec::new();
    for one in asked {
        under_way.push(tokio::spawn(one));
        while queue.waiting() < under_way.len() {
            tokio::task::yield_now().await;
        }
    }
    drop(turn);
    let mut answers = Vec::new();
    for one in under_way {
        answers.push(one.await.unwrap());
    }
    (answers, transactions(folder) - before)
}

#[tokio::test]
async fn ids_of_cases_are_set_aside_in_one_transaction_and_each_is_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let asked = (1..=5).map(|n| {
        let store = store.clone();
        async move { store.reserve_case_ids(n).await.unwrap() }
    });
    let (first, transactions) = together(&store, folder.path(), asked.collect()).await;
    assert_eq!((first, transactions), (vec![1, 2, 4, 7, 11], 1));
    assert_eq!(store.reserve_case_ids(1).await.unwrap(), 16);
}
