//! Databases of every earlier release: what they hold is there after the migration, and goes on.

use wasl_core::case::{CaseId, EffectId};

use super::sample::{HASH, claiming, minute};
use crate::store::document::millis;
use crate::store::migrate::MIGRATIONS;
use crate::store::{CaseFilter, MessageStatus, Store, TaskStatus, Wanted};

/// A rule for each step that a database may stand at.
macro_rules! from_each {
    ($($rule:ident = $steps:literal),+ $(,)?) => {
        $(
            async fn $rule(store: Store) {
                what_is_there_goes_on(store, $steps).await;
            }
        )+
        super::on_both!(empty: $($rule),+);
        const COVERED: &[usize] = &[$($steps),+];
    };
}

from_each!(
    from_outreach = 1,
    from_gateways = 2,
    from_deceased = 3,
    from_inbound = 4,
    from_outbox = 5,
    from_suppressions = 6,
    from_unsubscribe = 7,
    from_lifecycle = 8,
    from_households = 9,
    from_access = 10,
    from_work = 11,
    from_leases = 12,
    from_drafts = 13,
    from_webhooks = 14,
    from_identities = 15,
    from_reports = 16,
    from_views = 17,
    from_lists = 18,
    from_corrections = 19,
    from_room = 20,
    from_retention = 21,
    from_timers = 22,
);

#[test]
fn every_step_but_the_last_is_begun_from() {
    assert_eq!(COVERED, (1..MIGRATIONS.len()).collect::<Vec<_>>());
}

/// One row of everything, as the first release wrote it: later columns came with what they mean for old rows.
fn rows() -> String {
    let (now, later) = (millis(minute(1)), millis(minute(30)));
    format!(
        r#"
        INSERT INTO workflow_versions (workflow, hash, bundle, created_at)
            VALUES ('account-transfer', '{HASH}', '{{"name": "account-transfer", "files": {{}}}}', {now});
        INSERT INTO activations (workflow, hash, at, "by") VALUES ('account-transfer', '{HASH}', {now}, 'ali');
        INSERT INTO counters (name, value) VALUES ('case', 1);
        INSERT INTO settings (key, value, changed_at) VALUES ('tone', 'kind', {now});
        INSERT INTO cases (id, reference, workflow, workflow_hash, case_key, version, state, visit, standing,
                standing_detail, data, progress, wake_at, opened_at, state_since)
            VALUES (1, '{reference}', 'account-transfer', '{HASH}', 'key 1', 1, 'first_call', 1, 'open',
                '{{"is": "open"}}', '{{}}', '{progress}', {now}, {now}, {now});
        INSERT INTO history (case_id, at, entry) VALUES (1, {now}, '{entry}');
        INSERT INTO events (case_id, source, source_id, at, "by", name, body)
            VALUES (1, 'billing', 'a', {now}, 'billing', 'account.transferred', '{event}');
        INSERT INTO notifications (id, case_id, channel, state, template, to_address, person, language, text, segments,
                status, planned_at, not_before, keep, attempts, fence, next_attempt_at)
            VALUES ('1.1.0', 1, 'sms', 'first_call', 'hello', '+97336000001', 'cpr 1', 'ar', 'السلام عليكم', 1,
                'queued', {now}, {now}, FALSE, 0, 0, {now});
        INSERT INTO call_tasks (id, case_id, queue, priority, state, person, language, script, words, outcomes, attempt,
                planned_at, not_before, due, keep, status)
            VALUES ('1.1.1', 1, 'complaints', 2, 'first_call', 'cpr 1', 'ar', 'first-call', 'السلام', '[]', 1,
                {now}, {now}, {later}, FALSE, 'open');
        INSERT INTO suppressions (address, channel, reason, source, at)
            VALUES ('+97336009999', '*', 'never_to', 'case', {now});
        "#,
        reference = CaseId(1).reference(),
        progress = serde_json::to_string(&wasl_core::case::Progress::default()).unwrap(),
        entry = serde_json::to_string(&super::sample::opening(super::sample::case(1)).entries[0]).unwrap(),
        event = serde_json::to_string(&super::sample::event(1, "a", minute(1)).body).unwrap(),
    )
}

async fn what_is_there_goes_on(store: Store, steps: usize) {
    store.migrate_with(&MIGRATIONS[..steps], minute(0)).await.unwrap();
    store.tamper(&rows()).await;
    let done = store.migrate(minute(2)).await.unwrap();
    assert_eq!(done.len(), MIGRATIONS.len() - steps);

    let due = store.due(minute(3), 10).await.unwrap();
    assert_eq!((due[0].case.id, due[0].events.len(), due[0].unreadable.len()), (CaseId(1), 1, 0));
    assert_eq!(store.history(CaseId(1)).await.unwrap().len(), 1);
    assert_eq!(store.cases(&CaseFilter { limit: 9, ..CaseFilter::default() }).await.unwrap().len(), 1);
    let claimed = store.claim_messages(minute(3), &claiming("twilio", 3)).await.unwrap();
    assert_eq!(claimed[0].message.text, "السلام عليكم");
    let message = store.message(&EffectId("1.1.0".into())).await.unwrap().unwrap();
    assert_eq!((message.status, message.attempts), (MessageStatus::Sending, 1));
    let wanted = Wanted { agent: "huda", queues: &[], languages: &[] };
    let task = store.claim_next_task(wanted, minute(3), minute(9)).await.unwrap().unwrap();
    assert_eq!((task.task.id.0.as_str(), task.status), ("1.1.1", TaskStatus::Claimed));
    assert_eq!(store.setting("tone").await.unwrap().as_deref(), Some("kind"));
    assert_eq!(store.suppression_list(None, 9).await.unwrap()[0].identity, "+97336009999");
    assert_eq!(store.active_version("account-transfer").await.unwrap().unwrap().hash, HASH);
    assert_eq!(store.reserve_case_ids(1).await.unwrap(), 2);
}
