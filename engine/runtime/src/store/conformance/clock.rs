//! The clock is moved: nothing happens twice, and nothing before its time.

use wasl_core::case::Standing;
use wasl_core::delivery::Channel;

use super::sample::{case, circle, claiming, ids, minute, moving, next, open, opening, settlement, sms, waiting};
use crate::store::{Move, Settled, Store};

super::on_both!(
    what_is_due_after_the_clock_went_back_waits_again,
    a_case_that_moved_is_not_due_again_when_the_clock_goes_back,
    a_claim_is_not_given_out_again_when_the_clock_goes_back,
    a_day_forward_ends_leases_and_old_claims_write_nothing,
    a_lease_counts_from_the_clock_of_whoever_asks,
);

async fn what_is_due_after_the_clock_went_back_waits_again(store: Store) {
    open(&store, vec![opening(waiting(1, minute(30)))]).await;
    assert_eq!(ids(&store.due(minute(30), 9).await.unwrap()), [1]);
    assert!(store.due(minute(29), 9).await.unwrap().is_empty());
    assert!(store.take_due(minute(-30), 9, circle(), None).await.unwrap().claims.is_empty());
    assert_eq!(ids(&store.take_due(minute(31), 9, circle(), None).await.unwrap().claims), [1]);
}

async fn a_case_that_moved_is_not_due_again_when_the_clock_goes_back(store: Store) {
    open(&store, vec![opening(waiting(1, minute(30)))]).await;
    let due = store.take_due(minute(30), 9, circle(), None).await.unwrap();
    store.commit_due(due, &[moving(next(&case(1), Standing::Open))], minute(30)).await.unwrap();
    for now in [29, 30, 0, 60] {
        assert!(store.take_due(minute(now), 9, circle(), None).await.unwrap().claims.is_empty());
    }
}

async fn a_claim_is_not_given_out_again_when_the_clock_goes_back(store: Store) {
    open(&store, vec![Move { effects: vec![sms("1.1.0", minute(1))], ..opening(case(1)) }]).await;
    assert_eq!(store.claim_messages(minute(60), &claiming("twilio", 60)).await.unwrap().len(), 1);
    for now in [1, 30, 59] {
        assert!(store.claim_messages(minute(now), &claiming("twilio", now)).await.unwrap().is_empty());
        assert!(store.stale_sending(Channel::Sms, minute(now), 9, minute(now + 5), "other").await.unwrap().is_empty());
    }
}

async fn a_day_forward_ends_leases_and_old_claims_write_nothing(store: Store) {
    open(&store, vec![Move { effects: vec![sms("1.1.0", minute(1))], ..opening(case(1)) }]).await;
    let claimed = store.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap().remove(0);
    let tomorrow = 1 + 24 * 60;
    let taken = store.stale_sending(Channel::Sms, minute(tomorrow), 9, minute(tomorrow + 5), "other").await.unwrap();
    assert_eq!(taken.len(), 1);
    let late = settlement(&claimed, Settled::Failed { code: "x".into(), reason: "y".into() });
    assert_eq!(store.settle_messages(&[late], minute(2)).await.unwrap(), [false]);
}

async fn a_lease_counts_from_the_clock_of_whoever_asks(store: Store) {
    assert!(store.take_lease("detection a", "one", minute(60), minute(65)).await.unwrap());
    assert!(!store.take_lease("detection a", "other", minute(0), minute(5)).await.unwrap(), "its clock went back");
    assert!(store.take_lease("detection a", "other", minute(65), minute(70)).await.unwrap());
}
