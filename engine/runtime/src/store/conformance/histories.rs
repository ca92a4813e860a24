//! Histories: they lie in blocks of cases, and those of a block go when all of its cases are old.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, Statement, TransactionTrait};
use wasl_core::case::CaseId;

use super::sample::{HASH, case, minute, moving, next, open, opening, waiting};
use crate::store::document::millis;
use crate::store::migrate::MIGRATIONS;
use crate::store::{Move, Moved, OldHistories, Store, StoreError, Trouble};

super::on_both!(
    histories_of_a_block_go_when_all_of_its_cases_are_old_and_say_nothing_of_people,
    what_a_case_is_told_after_its_history_is_gone_has_a_line,
    the_block_to_which_cases_are_still_to_come_stays,
    there_is_room_for_every_case_whose_number_is_set_aside,
    a_second_process_makes_no_block_twice,
);

mod of_earlier_releases {
    use super::what_there_was_is_the_first_block;

    crate::store::conformance::on_both!(empty: what_there_was_is_the_first_block);
}

super::on_a_shared_server!(who_reads_histories_for_long_keeps_them_and_nobody_waits_behind,);

/// The first case of the second block.
const SECOND: i64 = 10_000;

/// Cases 1 and 2 in a block, and one in the next.
async fn three(store: &Store) {
    store.reserve_case_ids(10_001).await.unwrap();
    open(store, [1, 2, SECOND].map(|id| opening(case(id))).into()).await;
}

/// As if the case had ended at this minute, and its people were erased.
async fn erased(store: &Store, case: i64, ended: i64) {
    let at = millis(minute(ended));
    store.tamper(&format!("UPDATE cases SET closed_at = {at}, people_erased_at = {at} WHERE id = {case}")).await;
}

async fn lines(store: &Store, case: i64) -> usize {
    store.history(CaseId(case)).await.unwrap().len()
}

async fn let_go(store: &Store, old: OldHistories) {
    while !store.empty_histories(old, minute(60)).await.unwrap() {}
}

async fn histories_of_a_block_go_when_all_of_its_cases_are_old_and_say_nothing_of_people(store: Store) {
    three(&store).await;
    let old = async |by| store.old_histories(minute(by)).await.unwrap();
    erased(&store, SECOND, 9).await;
    erased(&store, 1, 10).await;
    assert_eq!(old(50).await, [], "the other of the block goes on");
    erased(&store, 2, 30).await;
    assert_eq!(old(29).await, [], "it has not been over for long enough");
    let block = OldHistories { first: CaseId(0), past: CaseId(SECOND), cases: 2 };
    assert_eq!(old(30).await, [block]);
    assert_eq!((lines(&store, 1).await, store.history_gone_at(CaseId(1)).await.unwrap()), (1, None));
    let_go(&store, block).await;
    assert_eq!([lines(&store, 1).await, lines(&store, 2).await, lines(&store, SECOND).await], [0, 0, 1]);
    assert_eq!(store.history_gone_at(CaseId(2)).await.unwrap(), Some(minute(60)));
    assert_eq!(store.history_gone_at(CaseId(SECOND)).await.unwrap(), None);
    assert!(store.case(CaseId(1)).await.unwrap().is_some(), "the case stays");
    assert_eq!(old(50).await, [], "it goes once");
    let_go(&store, block).await;
}

async fn what_a_case_is_told_after_its_history_is_gone_has_a_line(store: Store) {
    three(&store).await;
    for id in [1, 2] {
        erased(&store, id, 9).await;
    }
    let_go(&store, store.old_histories(minute(50)).await.unwrap()[0]).await;
    let late = store.case(CaseId(1)).await.unwrap().unwrap();
    let late = Move { entries: opening(case(1)).entries, ..moving(next(&late, late.standing.clone())) };
    assert_eq!(store.commit(&[late], minute(61)).await.unwrap(), [Moved::Committed]);
    assert_eq!(lines(&store, 1).await, 1);
}

async fn the_block_to_which_cases_are_still_to_come_stays(store: Store) {
    store.reserve_case_ids(1).await.unwrap();
    open(&store, vec![opening(case(1))]).await;
    erased(&store, 1, 9).await;
    assert_eq!(store.old_histories(minute(50)).await.unwrap(), []);
}

async fn there_is_room_for_every_case_whose_number_is_set_aside(store: Store) {
    let opened = |id| opening(waiting(id, minute(9)));
    for n in [9_998, 1, 1, 10_000, 3_000_000] {
        let last = store.reserve_case_ids(n).await.unwrap() + i64::from(n) - 1;
        open(&store, vec![opened(last)]).await;
        assert_eq!(lines(&store, last).await, 1);
    }
    assert_eq!(
        blocks(&store).await,
        [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 2_280_000, 3_280_000, 4_280_000],
        "as many as all before, and not too many; one is made when half of the last is used"
    );
}

/// Behind which case each block ends.
async fn blocks(store: &Store) -> Vec<i64> {
    let sql =
        Statement::from_string(store.reader.get_database_backend(), "SELECT past FROM history_blocks ORDER BY past");
    let rows = store.reader.query_all_raw(sql).await.unwrap();
    rows.iter().map(|row| row.try_get("", "past").unwrap()).collect()
}

async fn a_second_process_makes_no_block_twice(store: Store) {
    let other = Store { room: Arc::default(), ..store.clone() };
    store.reserve_case_ids(9_999).await.unwrap();
    let (one, two) = tokio::join!(store.reserve_case_ids(1), other.reserve_case_ids(1));
    let mut given = [one.unwrap(), two.unwrap()];
    given.sort_unstable();
    assert_eq!(given, [10_000, 10_001]);
    assert_eq!(blocks(&store).await, [10_000, 20_000]);
    open(&other, given.map(|id| opening(case(id))).into()).await;
}

/// What a node of the release before writes to open a case.
fn before_blocks(id: i64) -> String {
    let line = serde_json::to_string(&opening(case(1)).entries[0]).unwrap();
    let progress = serde_json::to_string(&wasl_core::case::Progress::default()).unwrap();
    format!(
        "INSERT INTO counters (name, value) VALUES ('case', {id})
            ON CONFLICT (name) DO UPDATE SET value = excluded.value;
         INSERT INTO cases (id, reference, workflow, workflow_hash, case_key, version, state, visit, standing,
                standing_detail, data, progress, opened_at, state_since)
            VALUES ({id}, 'R{id}', 'w', '{HASH}', 'key {id}', 1, 'first_call', 1, 'open', '{{\"is\": \"open\"}}', '{{}}',
                '{progress}', 0, 0);
         INSERT INTO history (case_id, at, entry) VALUES ({id}, 0, '{line}');"
    )
}

async fn what_there_was_is_the_first_block(store: Store) {
    store.migrate_with(&MIGRATIONS[..22], minute(0)).await.unwrap();
    let known = format!(
        "INSERT INTO workflow_versions (workflow, hash, bundle, created_at) VALUES ('w', '{HASH}', '{{}}', 0);
         {} {}",
        before_blocks(7),
        before_blocks(12_345)
    );
    store.tamper(&known).await;
    store.migrate(minute(1)).await.unwrap();
    assert_eq!(blocks(&store).await, [12_346, 24_692]);
    assert_eq!([lines(&store, 7).await, lines(&store, 12_345).await], [1, 1]);
    assert_eq!(store.reserve_case_ids(1).await.unwrap(), 12_346);
    open(&store, vec![opening(case(12_346))]).await;
    // A node of the release before goes on beside this one, and makes no blocks.
    store.tamper(&before_blocks(24_691)).await;
    assert_eq!(lines(&store, 24_691).await, 1);
    // Lines are numbered on, which the counts rely on.
    let sql =
        Statement::from_string(store.reader.get_database_backend(), "SELECT COUNT(DISTINCT id) AS n FROM history");
    let row = store.reader.query_one_raw(sql).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 4);
}

async fn who_reads_histories_for_long_keeps_them_and_nobody_waits_behind(one: Store, other: Store) {
    three(&one).await;
    for id in [1, 2] {
        erased(&one, id, 9).await;
    }
    let block = one.old_histories(minute(50)).await.unwrap()[0];
    let backup = other.writer.begin().await.unwrap();
    backup.execute_unprepared("SELECT * FROM history").await.unwrap();
    let refused = one.empty_histories(block, minute(60)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Database { trouble: Trouble::Busy, .. }), "{refused:?}");
    // A block is made beside them, and cases go on.
    one.reserve_case_ids(20_000).await.unwrap();
    open(&one, vec![opening(case(25_000))]).await;
    backup.rollback().await.unwrap();
    let_go(&one, block).await;
    assert_eq!(lines(&one, 1).await, 0);
}
