//! Who may come in, who is in, and the trace of what they did.

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait;
use wasl_core::access::{Permission, Role};
use wasl_core::case::CaseId;

use super::sample::minute;
use crate::store::{AuditFilter, Identity, NewApiKey, NewAudit, NewSession, NewUser, Store, User};

super::on_both!(
    names_are_taken_once_and_a_link_counts_once_and_in_time,
    whoever_loses_their_password_or_place_loses_every_session,
    a_session_ends_with_the_next_one_of_its_browser,
    somebody_s_sessions_end_together_or_all_but_one,
    somebody_can_always_let_people_in,
    whom_a_provider_means_is_one_account_for_good,
    a_key_is_found_by_its_hash_and_keeps_its_name,
    a_changed_or_missing_entry_of_the_trace_shows,
);

fn trace(now: i64, act: &str) -> NewAudit {
    NewAudit { at: minute(now), who: "operator:test".into(), act: act.into(), case: None, subject: None }
}

async fn huda(store: &Store) -> User {
    let new = NewUser { name: "huda".into(), full_name: "Huda".into(), roles: BTreeSet::from([Role::Agent]) };
    store.add_user(&new, trace(0, "user.add")).await.unwrap().unwrap()
}

async fn enter(store: &Store, user: &User, token: &str, replaced: Option<&str>, now: i64) {
    let new = NewSession { token: token.into(), user: user.id, address: "::1".into(), expires_at: minute(now + 60) };
    store.begin_session(&new, replaced, trace(now, "login")).await.unwrap();
}

async fn acts(store: &Store) -> Vec<String> {
    let filter = AuditFilter { limit: 99, ..AuditFilter::default() };
    store.audit(&filter).await.unwrap().into_iter().rev().map(|entry| entry.entry.act).collect()
}

async fn names_are_taken_once_and_a_link_counts_once_and_in_time(store: Store) {
    let user = huda(&store).await;
    assert_eq!(store.user("huda").await.unwrap(), Some(user.clone()));
    let again = NewUser { name: "huda".into(), full_name: "Another".into(), roles: BTreeSet::new() };
    assert_eq!(store.add_user(&again, trace(1, "user.add")).await.unwrap(), None);
    for link in ["first", "second"] {
        store.add_password_link(user.id, link, minute(10), trace(1, "user.password_link")).await.unwrap();
    }
    assert_eq!(store.user_of_link("first", minute(2)).await.unwrap(), None, "the second replaced it");
    assert_eq!(store.user_of_link("second", minute(10)).await.unwrap(), None, "too late");
    assert!(!store.take_password_link("second", "hash", trace(10, "password.set")).await.unwrap());
    assert!(store.take_password_link("second", "hash", trace(9, "password.set")).await.unwrap());
    assert!(!store.take_password_link("second", "other", trace(9, "password.set")).await.unwrap());
    let (user, hash) = store.user_to_verify("huda").await.unwrap().unwrap();
    assert!(user.has_password);
    assert_eq!(hash.as_deref(), Some("hash"));
    // What was refused left no trace of having been done.
    assert_eq!(acts(&store).await, ["user.add", "user.password_link", "user.password_link", "password.set"]);
}

async fn whoever_loses_their_password_or_place_loses_every_session(store: Store) {
    let user = huda(&store).await;
    enter(&store, &user, "a", None, 0).await;
    store.add_password_link(user.id, "link", minute(10), trace(1, "user.password_link")).await.unwrap();
    store.take_password_link("link", "hash", trace(2, "password.set")).await.unwrap();
    assert_eq!(store.session("a").await.unwrap(), None);
    enter(&store, &user, "b", None, 3).await;
    store.add_password_link(user.id, "link", minute(10), trace(3, "user.password_link")).await.unwrap();
    assert!(store.set_disabled(user.id, true, trace(4, "user.disable")).await.unwrap());
    assert_eq!(store.session("b").await.unwrap(), None);
    assert_eq!(store.user_of_link("link", minute(5)).await.unwrap(), None);
    let roles = BTreeSet::from([Role::Supervisor, Role::Editor]);
    assert!(store.set_roles(user.id, &roles, trace(5, "user.role")).await.unwrap());
    assert_eq!(store.user("huda").await.unwrap().map(|user| user.roles), Some(roles));
}

async fn a_session_ends_with_the_next_one_of_its_browser(store: Store) {
    let user = huda(&store).await;
    enter(&store, &user, "a", None, 0).await;
    enter(&store, &user, "b", Some("a"), 1).await;
    assert_eq!(store.session("a").await.unwrap(), None);
    let session = store.session("b").await.unwrap().unwrap();
    store.touch_session(session.id, minute(5)).await.unwrap();
    let listed = store.sessions().await.unwrap();
    assert_eq!((listed.len(), listed[0].seen_at, &listed[0].user), (1, minute(5), &user));
    // Those whose time is over are forgotten when somebody comes in.
    enter(&store, &user, "c", None, 61).await;
    assert_eq!(store.sessions().await.unwrap().len(), 1);
    assert!(!store.end_session(session.id, trace(62, "session.end")).await.unwrap());
    assert_eq!(acts(&store).await, ["user.add", "login", "login", "login"]);
}

async fn somebody_s_sessions_end_together_or_all_but_one(store: Store) {
    let user = huda(&store).await;
    for token in ["a", "b", "c"] {
        enter(&store, &user, token, None, 1).await;
    }
    let here = store.session("b").await.unwrap().unwrap().id;
    assert_eq!(store.end_sessions(user.id, Some(here), trace(2, "session.end")).await.unwrap(), 2);
    assert_eq!(store.sessions().await.unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [here]);
    assert_eq!(store.end_sessions(user.id, None, trace(3, "session.end")).await.unwrap(), 1);
    assert_eq!(store.end_sessions(user.id, None, trace(4, "session.end")).await.unwrap(), 0);
    assert_eq!(acts(&store).await.iter().filter(|act| *act == "session.end").count(), 2, "nothing ended: no trace");
}

async fn somebody_can_always_let_people_in(store: Store) {
    let administrator = BTreeSet::from([Role::Administrator]);
    let add = async |name: &str| {
        let new = NewUser { name: name.into(), full_name: name.into(), roles: administrator.clone() };
        store.add_user(&new, trace(0, "user.add")).await.unwrap().unwrap().id
    };
    let chooses = async |user: i64| {
        store.add_password_link(user, "link", minute(10), trace(1, "user.password_link")).await.unwrap();
        assert!(store.take_password_link("link", "hash", trace(2, "password.set")).await.unwrap());
    };
    let stays = async |user: i64| {
        let roles = !store.set_roles(user, &BTreeSet::from([Role::Viewer]), trace(3, "user.role")).await.unwrap();
        let place = !store.set_disabled(user, true, trace(3, "user.disable")).await.unwrap();
        assert_eq!(roles, place);
        place
    };
    let one = add("one").await;
    chooses(one).await;
    assert!(stays(one).await, "alone");
    let other = add("other").await;
    assert!(stays(one).await, "the other has no password and cannot come in");
    chooses(other).await;
    let before = acts(&store).await.len();
    assert!(!stays(one).await && stays(other).await);
    assert_eq!(acts(&store).await.len(), before + 2, "what was refused left no trace of having been done");
}

async fn whom_a_provider_means_is_one_account_for_good(store: Store) {
    let identity = |subject: &str| Identity { issuer: "https://id.example.bh".into(), subject: subject.into() };
    let new =
        |name: &str| NewUser { name: name.into(), full_name: "Huda".into(), roles: BTreeSet::from([Role::Agent]) };
    let add = async |name: &str, subject: &str| {
        store.add_user_of_identity(&new(name), &identity(subject), trace(0, "user.add")).await
    };
    huda(&store).await;
    assert_eq!(add("huda", "4711").await.unwrap(), None, "nobody becomes a colleague by their name");
    let mona = add("mona", "4711").await.unwrap().unwrap();
    assert!(mona.by_provider && !mona.has_password);
    assert_eq!(store.user_of_identity(&identity("4711")).await.unwrap(), Some(mona.clone()));
    assert_eq!(store.user_of_identity(&identity("4712")).await.unwrap(), None);
    let elsewhere = Identity { issuer: "https://id.example.com".into(), ..identity("4711") };
    assert_eq!(store.user_of_identity(&elsewhere).await.unwrap(), None);
    assert!(add("rami", "4711").await.is_err(), "one identity, one account");
    // Who comes in by the provider can let others in.
    let administrator = BTreeSet::from([Role::Administrator]);
    let sami = add("sami", "4713").await.unwrap().unwrap();
    for user in [mona.id, sami.id] {
        assert!(store.set_roles(user, &administrator, trace(1, "user.role")).await.unwrap());
    }
    assert!(store.set_disabled(mona.id, true, trace(2, "user.disable")).await.unwrap());
    assert!(!store.set_disabled(sami.id, true, trace(2, "user.disable")).await.unwrap());
}

async fn a_key_is_found_by_its_hash_and_keeps_its_name(store: Store) {
    let scopes = BTreeSet::from([Permission::ViewCase, Permission::SubmitEvent]);
    let new = NewApiKey { name: "billing".into(), token: "hash".into(), scopes, expires_at: minute(100) };
    assert!(store.add_api_key(&new, trace(0, "api_key.create")).await.unwrap());
    let other = NewApiKey { token: "other".into(), ..new.clone() };
    assert!(!store.add_api_key(&other, trace(0, "api_key.create")).await.unwrap());
    let key = store.api_key("hash").await.unwrap().unwrap();
    assert_eq!((key.scopes, key.used_at), (new.scopes, None));
    store.touch_api_key(key.id, minute(3)).await.unwrap();
    assert!(store.revoke_api_key("billing", trace(4, "api_key.revoke")).await.unwrap());
    assert!(!store.revoke_api_key("billing", trace(5, "api_key.revoke")).await.unwrap());
    let key = store.api_keys().await.unwrap().remove(0);
    assert_eq!((key.used_at, key.revoked_at), (Some(minute(3)), Some(minute(4))));
}

async fn a_changed_or_missing_entry_of_the_trace_shows(store: Store) {
    let of_case = |n: i64| NewAudit { case: Some(CaseId(n)), ..trace(n, "case.hold") };
    let all: Vec<NewAudit> = (1..=5).map(of_case).collect();
    store.record_audit(&all[..2]).await.unwrap();
    store.record_audit(&all[2..]).await.unwrap();
    let proof = async || {
        let proof = store.verify_audit().await.unwrap();
        (proof.entries, proof.broken)
    };
    assert_eq!(proof().await, (5, None));
    let whole = store.verify_audit().await.unwrap().last_hash;
    assert_eq!(whole.len(), 64);
    let filter = AuditFilter { case: Some(CaseId(3)), limit: 9, ..AuditFilter::default() };
    assert_eq!(store.audit(&filter).await.unwrap()[0].entry, all[2]);
    store.writer.execute_unprepared("UPDATE audit SET who = 'operator:other' WHERE id = 4").await.unwrap();
    assert_eq!(proof().await, (3, Some(4)));
    store.writer.execute_unprepared("UPDATE audit SET who = 'operator:test' WHERE id = 4").await.unwrap();
    store.writer.execute_unprepared("DELETE FROM audit WHERE id = 2").await.unwrap();
    assert_eq!(proof().await, (1, Some(3)));
}
