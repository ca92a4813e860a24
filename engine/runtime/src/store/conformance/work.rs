//! The order of work, and answers that can be taken back.

use wasl_core::case::{CaseId, EffectId};
use wasl_core::definition::Priority;
use wasl_core::effect::{CallTask, Effect};
use wasl_core::event::by_agent;
use wasl_core::value::Record;

use super::sample::{call, case, minute, open, opening, task};
use crate::store::{HeldAnswer, Move, Store, Wanted, Workable};

super::on_both!(
    promises_come_before_urgent_work_and_that_before_what_a_day_costs,
    agents_get_work_in_their_languages_and_know_when_more_opens,
    calls_and_work_at_a_desk_are_counted_apart,
    an_answer_is_held_for_whoever_has_the_task_and_can_be_taken_back,
    each_queue_says_what_waits_since_when_and_who_has_what,
);

fn id(text: &str) -> EffectId {
    EffectId(text.into())
}

fn wanting(agent: &str) -> Wanted<'_> {
    Wanted { agent, queues: &[], languages: &[] }
}

async fn next_ids(store: &Store, agent: &str, now: i64) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(task) = store.claim_next_task(wanting(agent), minute(now), minute(now + 15)).await.unwrap() {
        ids.push(task.task.id.to_string());
    }
    ids
}

/// A call that somebody promised, and one that nobody did, of a family that loses so much a day.
fn planned(id: &str, promised_by: Option<&str>, priority: Priority) -> Effect {
    let promised_by = promised_by.map(by_agent).map(Into::into);
    Effect::Call(Box::new(CallTask { promised_by, ..task(id, "complaints", priority, Some(minute(50))) }))
}

async fn promises_come_before_urgent_work_and_that_before_what_a_day_costs(store: Store) {
    let moves = [
        (1, 4_093, planned("1.1.0", None, Priority::Normal)),
        (2, 9_999, planned("2.1.0", None, Priority::Normal)),
        (3, 0, planned("3.1.0", None, Priority::High)),
        (4, 0, planned("4.1.0", Some("ali"), Priority::Low)),
        (5, 0, planned("5.1.0", Some("huda"), Priority::Low)),
        (6, 4_093, call("6.1.0", "complaints", Priority::Normal, Some(minute(40)))),
    ];
    let moves = moves.map(|(id, at_risk, effect)| Move { effects: vec![effect], at_risk, ..opening(case(id)) });
    open(&store, moves.into()).await;
    assert_eq!(next_ids(&store, "huda", 10).await, ["5.1.0", "4.1.0", "3.1.0", "2.1.0", "6.1.0", "1.1.0"]);
    assert_eq!(store.task(&id("2.1.0")).await.unwrap().unwrap().at_risk, 9_999);
    let promises = store.promises_of("huda", 9).await.unwrap();
    assert_eq!(promises.iter().map(|task| task.task.id.0.as_str()).collect::<Vec<_>>(), ["5.1.0"]);
    assert_eq!(store.tasks_in_hand("huda", minute(11)).await.unwrap().len(), 6);
}

async fn agents_get_work_in_their_languages_and_know_when_more_opens(store: Store) {
    let english = |id: &str, not_before: i64| {
        let (language, not_before) = ("en".into(), minute(not_before));
        let task = CallTask { language, not_before, ..task(id, "complaints", Priority::Normal, None) };
        Effect::Call(Box::new(task))
    };
    let effects = vec![call("1.1.0", "complaints", Priority::High, None), english("1.1.1", 5), english("1.1.2", 30)];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    let languages = ["en".to_owned()];
    let wanted = Wanted { languages: &languages, ..wanting("huda") };
    assert_eq!(store.workable_count(wanted, minute(6), 100).await.unwrap(), Workable { calls: 1, desk: 0 });
    let task = store.claim_next_task(wanted, minute(6), minute(20)).await.unwrap().unwrap();
    assert_eq!(task.task.id, id("1.1.1"));
    assert_eq!(store.claim_next_task(wanted, minute(6), minute(20)).await.unwrap(), None);
    assert_eq!(store.next_opening(wanted, minute(6)).await.unwrap(), Some(minute(30)));
    assert_eq!(store.next_opening(wanted, minute(31)).await.unwrap(), None);
}

async fn calls_and_work_at_a_desk_are_counted_apart(store: Store) {
    let desk = |id: &str| {
        Effect::Call(Box::new(CallTask { to: None, to_name: None, ..task(id, "data", Priority::Normal, None) }))
    };
    let effects = vec![call("1.1.0", "complaints", Priority::High, None), desk("1.1.1"), desk("1.1.2")];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    let count = async |at_most| store.workable_count(wanting("huda"), minute(6), at_most).await.unwrap();
    assert_eq!(count(100).await, Workable { calls: 1, desk: 2 });
    let few = count(2).await;
    assert_eq!(few.calls + few.desk, 2, "no further than asked");
}

async fn an_answer_is_held_for_whoever_has_the_task_and_can_be_taken_back(store: Store) {
    let effects = vec![call("1.1.0", "complaints", Priority::High, None)];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    store.claim_task(&id("1.1.0"), "huda", minute(1), minute(16)).await.unwrap();
    let held = |agent: &str, outcome: &str, at: i64| HeldAnswer {
        task: id("1.1.0"),
        case: CaseId(1),
        agent: agent.into(),
        outcome: outcome.into(),
        answers: Record::from([("when".into(), "2026-01-05 10:00".into())]),
        note: Some("mornings".into()),
        held_at: minute(at),
        submit_at: minute(at + 1),
        refused: None,
    };
    assert!(!store.hold_answer(&held("ali", "refused", 2), minute(20)).await.unwrap(), "it is Huda's");
    assert!(store.hold_answer(&held("huda", "no_answer", 2), minute(30)).await.unwrap());
    assert!(store.hold_answer(&held("huda", "call_back", 3), minute(30)).await.unwrap(), "another key instead");
    assert_eq!(store.due_answers(minute(3), 9).await.unwrap(), []);
    assert_eq!(store.due_answers(minute(4), 9).await.unwrap(), [held("huda", "call_back", 3)]);
    assert_eq!(store.claim_next_task(wanting("ali"), minute(17), minute(40)).await.unwrap(), None);
    assert_eq!(store.take_back_answer(&id("1.1.0"), "ali").await.unwrap(), None);
    let back = store.take_back_answer(&id("1.1.0"), "huda").await.unwrap();
    assert_eq!(back, Some(held("huda", "call_back", 3)));
    assert_eq!(store.due_answers(minute(99), 9).await.unwrap(), []);
    store.hold_answer(&held("huda", "agreed", 5), minute(40)).await.unwrap();
    store.settle_answer(&id("1.1.0"), Some("the case has moved on")).await.unwrap();
    assert_eq!(store.due_answers(minute(99), 9).await.unwrap(), [], "a refused one is not brought again");
    let refused = store.held_answers("huda").await.unwrap();
    assert_eq!(refused[0].refused.as_deref(), Some("the case has moved on"));
    store.settle_answer(&id("1.1.0"), None).await.unwrap();
    assert_eq!(store.held_answers("huda").await.unwrap(), []);
}

async fn each_queue_says_what_waits_since_when_and_who_has_what(store: Store) {
    let waiting = |id: &str, queue: &str, not_before: i64, due: i64| {
        let not_before = minute(not_before);
        Effect::Call(Box::new(CallTask { not_before, ..task(id, queue, Priority::Normal, Some(minute(due))) }))
    };
    let effects = vec![
        waiting("1.1.0", "complaints", 3, 10),
        waiting("1.1.1", "complaints", 5, 60),
        waiting("1.1.2", "complaints", 90, 99),
        waiting("1.1.3", "data", 95, 99),
    ];
    open(&store, vec![Move { effects, ..opening(case(1)) }]).await;
    store.claim_task(&id("1.1.1"), "huda", minute(6), minute(36)).await.unwrap();
    let loads = store.queue_loads(minute(20)).await.unwrap();
    assert_eq!(loads.keys().collect::<Vec<_>>(), ["complaints", "data"]);
    let load = &loads["complaints"];
    assert_eq!((load.count.waiting, load.count.ready, load.count.overdue), (3, 2, 1));
    assert_eq!((load.oldest, load.in_hand.as_slice()), (Some(minute(3)), [("huda".to_owned(), 1)].as_slice()));
    assert_eq!((loads["data"].count.ready, loads["data"].oldest), (0, None), "it cannot be done yet");
    // What was kept in hand for too long is anybody's again.
    assert_eq!(store.queue_loads(minute(40)).await.unwrap()["complaints"].in_hand, []);
}
