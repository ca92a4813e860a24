//! Caps of a household: whatever its cases want, the family hears no more than the house allows, when a contact is
//! planned and when it leaves.

use wasl_core::case::{CaseId, EffectId};
use wasl_core::event::Body;
use wasl_core::value::{Record, Value};
use wasl_runtime::store::{MessageFilter, MessageStatus, NewEvent, StoredTask, TaskFilter, TaskStatus};

use crate::support::{Builder, House, contact, family, local};

/// A case about an account of somebody who has died; the account's own contact is `mobile`.
async fn open(house: &House, cpr: &str, account: &str, mobile: &str) -> CaseId {
    let mut data = family(cpr);
    data.insert("account_no".into(), account.into());
    data.insert("contacts".into(), Value::List(vec![contact(mobile)]));
    house.engine.open_case("account-transfer", data, "test").await.unwrap().case.id
}

async fn call(house: &House, case: CaseId) -> StoredTask {
    let filter = TaskFilter { case: Some(case), status: Some(TaskStatus::Open), limit: 9, ..TaskFilter::default() };
    house.engine.store.tasks(&filter).await.unwrap().remove(0)
}

async fn answer(house: &House, task: EffectId, outcome: &str) {
    let event = NewEvent {
        case: task.case().unwrap(),
        source: "test".into(),
        source_id: task.to_string(),
        at: house.engine.now(),
        by: "agent:huda".into(),
        body: Body::Answer { task, outcome: outcome.into(), answers: Record::new(), note: None },
    };
    house.engine.submit(event).await.unwrap();
    house.settle().await;
}

#[tokio::test]
async fn rule_21_two_accounts_of_one_deceased_are_one_household_of_another_a_second() {
    let house = Builder::at("2024-05-12T10:00:00").cap("1 call per household in 3 days").build().await;
    let first = open(&house, "530445233", "100200", "+97336000001").await;
    let second = open(&house, "530445233", "100201", "+97336000002").await;
    let other = open(&house, "600101234", "100300", "+97336000003").await;
    assert_eq!(call(&house, first).await.task.not_before, local("2024-05-12T10:00:00"));
    assert_eq!(call(&house, other).await.task.not_before, local("2024-05-12T10:00:00"));
    let waits = call(&house, second).await.task;
    assert_eq!(waits.not_before, local("2024-05-15T10:00:00"));
    let why = waits.why.unwrap();
    let used_up =
        format!("the cap `1 call per household in 3 days` is used up: call on Sun 12 May 2024 10:00 (case {first})");
    assert!(why.get("en").contains(&used_up), "{why:?}");
    // An attempt that reached nobody counts as well: the next comes after the one that the other case plans.
    answer(&house, call(&house, first).await.task.id, "no_answer").await;
    assert_eq!(call(&house, first).await.task.not_before, local("2024-05-19T09:00:00"));
}

#[tokio::test]
async fn rule_21_what_waited_out_an_outage_leaves_as_the_household_s_cap_allows() {
    let house = Builder::at("2024-05-12T10:00:00").cap("1 message per household in 1 day").build().await;
    let first = open(&house, "530445233", "100200", "+97336000001").await;
    let second = open(&house, "530445233", "100201", "+97336000002").await;
    // Both families' calls are answered in the evening: a text for the next morning, and one for the morning after.
    house.clock.set(local("2024-05-12T21:00:00"));
    for case in [first, second] {
        answer(&house, call(&house, case).await.task.id, "refused").await;
    }
    let planned = house.engine.store.messages(&MessageFilter { limit: 9, ..MessageFilter::default() }).await.unwrap();
    let mut moments: Vec<_> = planned.iter().map(|stored| stored.message.not_before).collect();
    moments.sort_unstable();
    assert_eq!(moments, [local("2024-05-13T09:00:00"), local("2024-05-14T09:00:00")]);
    // Nothing ran for two days; now both are due at once, to two people in two cases.
    house.clock.set(local("2024-05-14T12:00:00"));
    house.settle().await;
    assert_eq!(house.sms.sent().len(), 1, "one of the household and no more");
    let waiting = MessageFilter { status: Some(MessageStatus::Queued), limit: 9, ..MessageFilter::default() };
    let waiting = house.engine.store.messages(&waiting).await.unwrap().remove(0).message;
    assert_eq!(waiting.not_before, local("2024-05-15T12:00:00"));
    let why = waiting.why.unwrap();
    assert!(why.get("en").contains("SMS on Tue 14 May 2024 12:00 (case "), "{why:?}");
    assert!(why.get("ar").contains("استُنفد الحد `1 message per household in 1 day`: رسالة نصية"), "{why:?}");
    house.clock.set(local("2024-05-15T12:00:00"));
    house.settle().await;
    assert_eq!(house.sms.sent().len(), 2);
}
