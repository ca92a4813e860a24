//! What one process at a time does.

use super::sample::minute;
use crate::store::Store;

super::on_both!(
    a_lease_is_one_holders_until_it_ends,
    its_holder_may_have_more_time,
    a_lease_that_was_given_back_is_free_at_once,
    a_late_holder_gives_nothing_back_that_is_anothers,
    leases_of_other_names_are_others,
);

async fn takes(store: &Store, name: &str, holder: &str, now: i64) -> bool {
    store.take_lease(name, holder, minute(now), minute(now + 5)).await.unwrap()
}

async fn a_lease_is_one_holders_until_it_ends(store: Store) {
    assert!(takes(&store, "detection a", "one", 0).await);
    assert!(!takes(&store, "detection a", "other", 4).await);
    assert!(takes(&store, "detection a", "other", 5).await);
    assert!(!takes(&store, "detection a", "one", 6).await);
}

async fn its_holder_may_have_more_time(store: Store) {
    assert!(takes(&store, "detection a", "one", 0).await);
    assert!(takes(&store, "detection a", "one", 4).await);
    assert!(!takes(&store, "detection a", "other", 5).await);
    assert!(takes(&store, "detection a", "other", 9).await);
}

async fn a_lease_that_was_given_back_is_free_at_once(store: Store) {
    assert!(takes(&store, "detection a", "one", 0).await);
    store.release_lease("detection a", "one").await.unwrap();
    assert!(takes(&store, "detection a", "other", 1).await);
}

async fn a_late_holder_gives_nothing_back_that_is_anothers(store: Store) {
    assert!(takes(&store, "detection a", "one", 0).await);
    assert!(takes(&store, "detection a", "other", 5).await);
    store.release_lease("detection a", "one").await.unwrap();
    assert!(!takes(&store, "detection a", "one", 6).await);
}

async fn leases_of_other_names_are_others(store: Store) {
    assert!(takes(&store, "detection a", "one", 0).await);
    assert!(takes(&store, "detection b", "other", 0).await);
}
