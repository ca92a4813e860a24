//! Lines of histories are let go, for room on the disk, and everything that was counted by them stays.

use wasl_core::case::CaseId;
use wasl_core::event::{Body, Disposition};
use wasl_core::value::{Record, Value};

use super::{erase, figures, house, later, practice, put_on, put_on_a_version_that_nobody_can_read, recount, tell};
use crate::support::{House, family};

async fn closed(house: &House, cpr: &str) -> CaseId {
    let case = house.engine.open_case("account-transfer", family(cpr), "user:ali").await.unwrap().case.id;
    let close = Body::Close { outcome: "duplicate".into(), reason: "made up".into() };
    assert_eq!(tell(house, case, &format!("close {cpr}"), close).await, Disposition::Applied);
    case
}

/// A case that stopped once, was mended and is over.
async fn stopped_once(house: &House, cpr: &str) -> CaseId {
    let case = house.engine.open_case("account-transfer", family(cpr), "user:ali").await.unwrap().case;
    put_on_a_version_that_nobody_can_read(house).await;
    let updated = Body::Updated { data: Record::new() };
    tell(house, case.id, "update", updated).await;
    put_on(house, &case.workflow_hash);
    assert_eq!(tell(house, case.id, "retry", Body::Retry).await, Disposition::Applied);
    let close = Body::Close { outcome: "duplicate".into(), reason: "made up".into() };
    assert_eq!(tell(house, case.id, "close", close).await, Disposition::Applied);
    case.id
}

#[tokio::test]
async fn histories_go_when_the_last_of_their_block_is_old_and_what_was_counted_stays() {
    let house = house().build().await;
    let store = &house.engine.store;
    let first = stopped_once(&house, "771294563").await;
    later(&house, 700).await;
    assert_eq!(erase(&house).await.people, 1);
    let before = practice(&house).await;
    assert_eq!(before.total.incidents, 1);
    // A neighbour, two years younger; and all numbers of their block are given.
    let second = closed(&house, "540445233").await;
    store.reserve_case_ids(10_000).await.unwrap();

    later(&house, 5 * 366 - 700).await;
    let erased = erase(&house).await;
    assert_eq!((erased.people, erased.histories), (1, 0), "the neighbour's time is not over: {erased:?}");
    later(&house, 700).await;
    let old = house.engine.old_histories().await.unwrap();
    assert_eq!(old.iter().map(|block| block.cases).sum::<u64>(), 2);
    assert_eq!(erase(&house).await.histories, 2);
    assert_eq!(erase(&house).await.histories, 0);
    for case in [first, second] {
        assert_eq!(store.history(case).await.unwrap(), []);
        assert_eq!(store.history_gone_at(case).await.unwrap(), Some(house.engine.now()));
    }
    assert!(store.case(first).await.unwrap().unwrap().is_ended());

    recount(&house);
    assert_eq!(figures(&practice(&house).await), figures(&before));
    let data = Record::from([("heir_cpr".to_owned(), Value::from("884210563"))]);
    let late = Body::External { name: "account.transferred".into(), data };
    assert_eq!(tell(&house, first, "late", late).await, Disposition::Late);
}
