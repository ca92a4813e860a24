//! Saved views: whose they are, who sees them and who removes them.

use super::sample::minute;
use crate::store::{NewAudit, NewView, Store, VIEWS_MAX};

super::on_both!(
    a_view_is_its_owner_s_unless_it_is_shared_and_a_name_is_saved_over,
    a_view_is_removed_by_its_owner_and_a_shared_one_by_who_looks_after_those,
    nobody_keeps_more_views_than_they_can_look_through,
    many_shared_views_push_nobodys_own_out_of_the_list,
);

fn trace(now: i64, act: &str) -> NewAudit {
    NewAudit { at: minute(now), who: "user:test".into(), act: act.into(), case: None, subject: None }
}

fn view(owner: &str, name: &str, query: &str, shared: bool) -> NewView {
    NewView { owner: owner.into(), name: name.into(), query: query.into(), shared }
}

async fn save(store: &Store, new: NewView) -> bool {
    store.save_view(&new, trace(1, "view.save")).await.unwrap()
}

/// What somebody sees: name, query and whose it is.
async fn seen(store: &Store, owner: &str) -> Vec<(String, String, String)> {
    let views = store.views(owner).await.unwrap();
    views.into_iter().map(|view| (view.name, view.query, view.owner)).collect()
}

fn rows(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(name, query, owner)| ((*name).into(), (*query).into(), (*owner).into())).collect()
}

async fn a_view_is_its_owner_s_unless_it_is_shared_and_a_name_is_saved_over(store: Store) {
    assert!(save(&store, view("sami", "Late", "overdue=1", true)).await);
    assert!(save(&store, view("sami", "متعثرة", "standing=incident", false)).await);
    assert!(save(&store, view("huda", "Late", "state=first_call", false)).await);
    let of_sami = [("Late", "overdue=1", "sami"), ("متعثرة", "standing=incident", "sami")];
    assert_eq!(seen(&store, "sami").await, rows(&of_sami));
    let of_huda = [("Late", "overdue=1", "sami"), ("Late", "state=first_call", "huda")];
    assert_eq!(seen(&store, "huda").await, rows(&of_huda));
    assert_eq!(seen(&store, "wafa").await, rows(&of_huda[..1]));
    // The same name again is the same view, and may stop being everybody's.
    assert!(save(&store, view("sami", "Late", "overdue=1&state=guiding", false)).await);
    assert_eq!(seen(&store, "sami").await[0].1, "overdue=1&state=guiding");
    assert_eq!(seen(&store, "wafa").await, rows(&[]));
}

async fn a_view_is_removed_by_its_owner_and_a_shared_one_by_who_looks_after_those(store: Store) {
    save(&store, view("sami", "ours", "standing=held", true)).await;
    save(&store, view("sami", "mine", "standing=open", false)).await;
    let views = store.views("sami").await.unwrap();
    let id = |name: &str| views.iter().find(|view| view.name == name).unwrap().id;
    let remove = async |name: &str, who: &str, after: bool| {
        store.remove_view(id(name), who, after, trace(2, "view.remove")).await.unwrap()
    };
    assert!(!remove("ours", "huda", false).await && !remove("mine", "huda", true).await, "they are not hers");
    assert_eq!(store.views("sami").await.unwrap(), views);
    assert!(remove("ours", "wafa", true).await && remove("mine", "sami", false).await);
    assert!(!remove("mine", "sami", false).await, "it is gone");
    assert_eq!(store.views("sami").await.unwrap(), []);
}

async fn nobody_keeps_more_views_than_they_can_look_through(store: Store) {
    for number in 0..VIEWS_MAX {
        assert!(save(&store, view("sami", &number.to_string(), "standing=open", false)).await);
    }
    assert!(!save(&store, view("sami", "one more", "standing=open", false)).await);
    assert!(save(&store, view("sami", "7", "standing=held", false)).await, "one that is there may be changed");
    assert!(save(&store, view("huda", "first", "standing=open", false)).await);
    assert_eq!(store.views("sami").await.unwrap().len() as u64, VIEWS_MAX);
}

async fn many_shared_views_push_nobodys_own_out_of_the_list(store: Store) {
    for owner in 0..5 {
        for n in 0..VIEWS_MAX {
            assert!(save(&store, view(&format!("other-{owner}"), &format!("a {n}"), "standing=open", true)).await);
        }
    }
    assert!(save(&store, view("sami", "z", "standing=held", false)).await);
    let seen = seen(&store, "sami").await;
    assert_eq!((seen.len(), seen.last().unwrap().2.as_str()), (200, "sami"), "still in the order of names");
}
