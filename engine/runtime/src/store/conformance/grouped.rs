//! Batches that are written by the row, on `SQLite`: those that wait share a transaction and nothing else.

use std::path::Path;
use std::sync::Arc;

use super::sample::{call, case, event, fresh, minute, moving, next, open, opening, sms};
use crate::store::error::during;
use crate::store::{Move, Moved, Store, StoreError, Trouble};
use wasl_core::case::{CaseId, Standing};
use wasl_core::definition::Priority;

/// Commits that wait for the turn which somebody else has, and go on when it is given back.
struct Waiting {
    commits: Vec<tokio::task::JoinHandle<Result<Vec<Moved>, StoreError>>>,
    turn: sea_orm::sqlx::pool::PoolConnection<sea_orm::sqlx::Sqlite>,
}

impl Waiting {
    async fn of(store: &Store, batches: Vec<Vec<Move>>) -> Self {
        let turns = store.writer.get_sqlite_connection_pool();
        let turn = during(turns.acquire().await, "wait").unwrap();
        let mut commits = Vec::new();
        for batch in batches {
            let (store, waiting) = (store.clone(), commits.len() + 1);
            let queue = Arc::clone(store.row_writer.as_ref().unwrap());
            commits.push(tokio::spawn(async move { store.commit(&batch, minute(1)).await }));
            while queue.waiting() < waiting {
                tokio::task::yield_now().await;
            }
        }
        Self { commits, turn }
    }

    async fn go_on(self) -> Vec<Result<Vec<Moved>, StoreError>> {
        drop(self.turn);
        let mut answers = Vec::new();
        for commit in self.commits {
            answers.push(commit.await.unwrap());
        }
        answers
    }
}

/// Transactions in the write-ahead log: frames that end one say how large the file is then.
pub(super) fn transactions(folder: &Path) -> usize {
    let log = std::fs::read(folder.join("wasl.sqlite-wal")).unwrap();
    let page = usize::try_from(u32::from_be_bytes(log[8..12].try_into().unwrap())).unwrap();
    let ends = |frame: &&[u8]| frame.len() > 8 && frame[4..8] != [0; 4] && frame[8..16] == log[16..24];
    log[32..].chunks(24 + page).filter(ends).count()
}

fn step(id: i64) -> Move {
    Move { effects: vec![sms(&format!("{id}.1.0"), minute(0))], ..moving(next(&case(id), Standing::Open)) }
}

#[tokio::test]
async fn batches_that_wait_share_one_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, (1..=40).map(|id| opening(case(id))).collect()).await;
    let before = transactions(folder.path());
    let waiting = Waiting::of(&store, (1..=20).map(|id| vec![step(2 * id - 1), step(2 * id)]).collect()).await;
    for answer in waiting.go_on().await {
        assert_eq!(answer.unwrap(), [Moved::Committed; 2]);
    }
    assert_eq!(transactions(folder.path()), before + 1);
}

#[tokio::test]
async fn a_batch_that_fails_takes_nobody_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, (1..=4).map(|id| opening(case(id))).collect()).await;
    // It plans an effect twice, after it has written two cases.
    let bad = vec![step(2), step(3), Move { effects: step(3).effects, ..step(4) }];
    let waiting = Waiting::of(&store, vec![vec![step(1)], bad, vec![step(4)], vec![step(1)]]).await;
    let answers = waiting.go_on().await;
    assert_eq!(answers[0].as_ref().unwrap(), &[Moved::Committed]);
    let error = answers[1].as_ref().unwrap_err();
    assert!(matches!(error, StoreError::Database { trouble: Trouble::Constraint, .. }), "{error:?}");
    assert_eq!(answers[2].as_ref().unwrap(), &[Moved::Committed]);
    assert_eq!(answers[3].as_ref().unwrap(), &[Moved::Conflict], "the first of a group is the first");
    for (id, version) in [(1, 2), (2, 1), (3, 1), (4, 2)] {
        assert_eq!(store.case(CaseId(id)).await.unwrap().unwrap().version, version);
    }
    assert_eq!(store.messages_by_status().await.unwrap().values().sum::<u64>(), 2);
}

#[tokio::test]
async fn a_group_is_not_larger_than_it_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let before = transactions(folder.path());
    let batch = |n: i64| (n * 400..n * 400 + 400).map(|id| opening(case(id))).collect();
    for answer in Waiting::of(&store, (1..=5).map(batch).collect()).await.go_on().await {
        assert!(answer.unwrap().iter().all(|moved| *moved == Moved::Committed));
    }
    assert_eq!(transactions(folder.path()), before + 3, "two, two and one");
}

#[tokio::test]
async fn events_that_wait_share_one_transaction_with_moves_and_each_has_its_own_answer() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, (1..=4).map(|id| opening(case(id))).collect()).await;
    let known = store.record_event(&event(1, "known", minute(1))).await.unwrap();
    let turn = during(store.writer.get_sqlite_connection_pool().acquire().await, "wait").unwrap();
    let queue = store.row_writer.as_ref().unwrap();
    let step = tokio::spawn({
        let store = store.clone();
        async move { store.commit(&[step(4)], minute(1)).await }
    });
    let told = [(1, "a"), (2, "a"), (1, "known"), (99, "nobody"), (3, "b")];
    let mut answers = Vec::new();
    for (n, (case, id)) in (1..).zip(told) {
        while queue.waiting() < n {
            tokio::task::yield_now().await;
        }
        let (store, told) = (store.clone(), event(case, id, minute(2)));
        answers.push(tokio::spawn(async move { store.record_event(&told).await }));
    }
    while queue.waiting() < 6 {
        tokio::task::yield_now().await;
    }
    let before = transactions(folder.path());
    drop(turn);
    let mut told = Vec::new();
    for answer in answers {
        told.push(answer.await.unwrap());
    }
    assert_eq!(transactions(folder.path()), before + 1);
    assert_eq!(step.await.unwrap().unwrap(), [Moved::Committed]);
    let first = told[0].as_ref().unwrap();
    assert!(first.first && told[4].as_ref().unwrap().first);
    let again = told[1].as_ref().unwrap();
    assert_eq!((again.event_id, again.first), (first.event_id, false), "whatever case it is said to be of");
    let again = told[2].as_ref().unwrap();
    assert_eq!((again.event_id, again.first), (known.event_id, false));
    assert!(matches!(told[3], Err(StoreError::NoSuchCase(CaseId(99)))));
    assert_eq!(store.due(minute(2), 10).await.unwrap().len(), 2, "cases 1 and 3");
}

#[tokio::test]
async fn who_waits_when_the_store_is_closed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    let Waiting { commits, turn } = Waiting::of(&store, vec![vec![step(1)], vec![step(2)]]).await;
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    for commit in commits {
        commit.await.unwrap().unwrap_err();
    }
    drop(turn);
    closing.await.unwrap().unwrap();
    store.commit(&[step(1)], minute(1)).await.unwrap_err();
    assert!(!folder.path().join("wasl.sqlite-wal").exists(), "the log is folded into the file");
    let store = Store::open(&super::sample::url(folder.path())).await.unwrap();
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(case(1)));
}

#[tokio::test]
async fn when_writing_breaks_off_who_waits_is_told_and_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    let waiting = Waiting::of(&store, vec![vec![step(1)], vec![step(2)]]).await;
    store.row_writer.as_ref().unwrap().break_off();
    for answer in waiting.go_on().await {
        let error = answer.unwrap_err().to_string();
        assert_eq!(error, "cannot commit moves: the database refused");
    }
    assert_eq!(store.commit(&[step(1), step(2)], minute(1)).await.unwrap(), [Moved::Committed; 2]);
}

#[tokio::test]
async fn who_has_gone_before_the_turn_came_has_moved_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, vec![opening(case(1)), opening(case(2))]).await;
    let waiting = Waiting::of(&store, vec![vec![step(1)], vec![step(2)]]).await;
    waiting.commits[0].abort();
    tokio::task::yield_now().await;
    drop(waiting.turn);
    let [_, other] = <[_; 2]>::try_from(waiting.commits).unwrap();
    assert_eq!(other.await.unwrap().unwrap(), [Moved::Committed]);
    assert_eq!(store.case(CaseId(1)).await.unwrap(), Some(case(1)));
}

#[tokio::test]
async fn others_who_write_take_turns_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, (1..=60).map(|id| opening(case(id))).collect()).await;
    let moves = (1..=60).map(|id| {
        let store = store.clone();
        let effects = vec![call(&format!("{id}.1.0"), "complaints", Priority::Normal, None)];
        let step = Move { effects, ..moving(next(&case(id), Standing::Open)) };
        tokio::spawn(async move { store.commit(&[step], minute(1)).await.unwrap() })
    });
    let events = (1..=60).map(|id| {
        let (store, told) = (store.clone(), event(id, &format!("{id}"), minute(2)));
        tokio::spawn(async move { store.record_event(&told).await.unwrap() })
    });
    let (moves, events): (Vec<_>, Vec<_>) = (moves.collect(), events.collect());
    for moved in moves {
        assert_eq!(moved.await.unwrap(), [Moved::Committed]);
    }
    for event in events {
        assert!(event.await.unwrap().first);
    }
    assert_eq!(store.due(minute(2), 100).await.unwrap().len(), 60, "each still has its event to answer");
}
