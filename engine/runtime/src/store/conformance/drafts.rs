//! Drafts: changed only on what was seen, and from the approved one to the active version in one transaction.

use super::sample::{HASH, WORKFLOW, bundle, minute};
use crate::store::{AuditFilter, DraftChange, DraftStatus, DraftSummary, Store};

super::on_both!(
    a_draft_is_changed_only_by_who_has_seen_its_last_version,
    an_approved_draft_is_the_active_version_and_everything_is_traced,
    drafts_are_listed_by_where_they_stand,
);

async fn begun(store: &Store) -> DraftSummary {
    store.save_version(&bundle(), HASH, minute(0)).await.unwrap();
    store.activate(WORKFLOW, HASH, "files", None, minute(0)).await.unwrap();
    store.begin_draft(HASH, &bundle(), "user:nora", minute(1)).await.unwrap()
}

async fn acts(store: &Store) -> Vec<(String, String)> {
    let filter = AuditFilter { limit: 50, ..AuditFilter::default() };
    let entries = store.audit(&filter).await.unwrap().into_iter().rev();
    entries.map(|entry| (entry.entry.who, entry.entry.act)).collect()
}

async fn a_draft_is_changed_only_by_who_has_seen_its_last_version(store: Store) {
    let draft = begun(&store).await;
    assert_eq!((draft.version, draft.status, draft.authors.len()), (1, DraftStatus::Open, 0));
    let mut files = bundle();
    files.files.insert("new".into(), "text".into());
    let save = DraftChange::Save(files.clone());
    let saved = store.change_draft(draft.id, 1, &save, "user:nora", minute(2)).await.unwrap().unwrap();
    assert_eq!((saved.version, saved.changed.by.as_str()), (2, "user:nora"));
    assert!(saved.authors.contains("user:nora"));
    // Who looked at version 1 overwrites nothing, and leaves no trace of what was not done.
    let before = acts(&store).await;
    assert_eq!(store.change_draft(draft.id, 1, &save, "user:sami", minute(3)).await.unwrap(), None);
    assert_eq!(store.change_draft(99, 1, &save, "user:sami", minute(3)).await.unwrap(), None);
    assert_eq!(acts(&store).await, before);
    let read = store.draft(draft.id).await.unwrap().unwrap();
    assert_eq!((read.about, read.files), (saved, files));
    assert_eq!(store.draft(99).await.unwrap(), None);
}

async fn an_approved_draft_is_the_active_version_and_everything_is_traced(store: Store) {
    let draft = begun(&store).await;
    let submit = DraftChange::Submit { note: "new wording".into() };
    store.change_draft(draft.id, 1, &submit, "user:nora", minute(2)).await.unwrap().unwrap();
    let back = DraftChange::Return { reason: "too long".into() };
    let returned = store.change_draft(draft.id, 2, &back, "user:sami", minute(3)).await.unwrap().unwrap();
    assert_eq!(returned.decided.and_then(|act| act.note).as_deref(), Some("too long"));
    store.change_draft(draft.id, 3, &submit, "user:nora", minute(4)).await.unwrap().unwrap();
    let approve = DraftChange::Approve { hash: "b".repeat(64) };
    let approved = store.change_draft(draft.id, 4, &approve, "user:sami", minute(5)).await.unwrap().unwrap();
    assert_eq!((approved.status, approved.hash.as_deref()), (DraftStatus::Approved, Some("b".repeat(64).as_str())));
    let active = store.active_version(WORKFLOW).await.unwrap().unwrap();
    let activation = active.activation.unwrap();
    assert_eq!((active.hash, active.bundle), ("b".repeat(64), bundle()));
    assert_eq!((activation.by.as_str(), activation.note.as_deref()), ("user:sami", Some("new wording")));
    let expected = [
        ("files", "workflow.activate"),
        ("user:nora", "draft.begin"),
        ("user:nora", "draft.submit"),
        ("user:sami", "draft.return"),
        ("user:nora", "draft.submit"),
        ("user:sami", "workflow.activate"),
        ("user:sami", "draft.approve"),
    ];
    assert_eq!(acts(&store).await, expected.map(|(who, act)| (who.to_owned(), act.to_owned())));
    let proof = store.verify_audit().await.unwrap();
    assert_eq!((proof.entries, proof.broken), (7, None));
}

async fn drafts_are_listed_by_where_they_stand(store: Store) {
    let first = begun(&store).await;
    let second = store.begin_draft(HASH, &bundle(), "user:sami", minute(2)).await.unwrap();
    store.change_draft(first.id, 1, &DraftChange::Discard, "user:nora", minute(3)).await.unwrap().unwrap();
    let ids = async |workflow: Option<&str>, statuses: &[DraftStatus]| -> Vec<i64> {
        store.drafts(workflow, statuses, 9).await.unwrap().into_iter().map(|draft| draft.id).collect()
    };
    assert_eq!(ids(None, &DraftStatus::ALL).await, [second.id, first.id]);
    assert_eq!(ids(Some(WORKFLOW), &[DraftStatus::Open]).await, [second.id]);
    assert_eq!(ids(Some("another"), &DraftStatus::ALL).await, Vec::<i64>::new());
}
