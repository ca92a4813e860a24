//! What waits for its turn at the same moment on `SQLite` shares one transaction, whatever it is, and each has its own answer.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use super::grouped::transactions;
use super::sample::{
    call, case, claiming, event, fresh, message, minute, moving, next, open, opening, settlement, sms, suppression,
};
use crate::store::dialect::Beside;
use crate::store::error::during;
use crate::store::transaction::{Deed, Transaction};
use crate::store::{
    Claimed, HeldAnswer, Hold, Move, Moved, NewInbound, NewReceipt, ReceiptTaken, Scope, Settled, Settlement, Store,
    StoreError, Wanted,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use wasl_core::case::{CaseId, EffectId, Standing};
use wasl_core::definition::Priority;
use wasl_core::delivery::{Channel, Receipt, Status};
use wasl_core::effect::{Effect, Message};
use wasl_core::event::{Body, News};
use wasl_core::message::keyword;
use wasl_core::value::Record;

/// After so long nothing comes any more.
const LONG: Duration = Duration::from_mins(1);

/// Does all of it while somebody else has the turn, in this order; says what came of each, and in how many transactions.
async fn together<F>(store: &Store, folder: &Path, asked: Vec<F>) -> (Vec<F::Output>, usize)
where
    F: Future<Output: Send> + Send + 'static,
{
    let turn = during(store.writer.get_sqlite_connection_pool().acquire().await, "wait").unwrap();
    let (queue, before) = (store.row_writer.as_ref().unwrap(), transactions(folder));
    let mut under_way = Vec::new();
    for one in asked {
        under_way.push(tokio::spawn(one));
        let is_there = async {
            while queue.waiting() < under_way.len() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, is_there).await.expect("it waits in the queue");
    }
    drop(turn);
    let mut answers = Vec::new();
    for one in under_way {
        answers.push(one.await.unwrap());
    }
    (answers, transactions(folder) - before)
}

#[tokio::test]
async fn ids_of_cases_are_set_aside_in_one_transaction_and_each_is_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let asked = (1..=5).map(|n| {
        let store = store.clone();
        async move { store.reserve_case_ids(n).await.unwrap() }
    });
    let (first, transactions) = together(&store, folder.path(), asked.collect()).await;
    assert_eq!((first, transactions), (vec![1, 2, 4, 7, 11], 1));
    assert_eq!(store.reserve_case_ids(1).await.unwrap(), 16);
}

#[tokio::test]
async fn acts_of_people_share_one_transaction_and_of_two_on_one_case_the_first_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, [1, 2].map(|id| opening(case(id))).into()).await;
    let seen = store.case(CaseId(1)).await.unwrap().unwrap().version;
    let acts = [(1, "one"), (2, "two"), (1, "three")].map(|(id, name)| {
        let store = store.clone();
        async move { store.record_as_seen(&event(id, name, minute(1)), seen).await.unwrap().is_some() }
    });
    assert_eq!(together(&store, folder.path(), acts.into()).await, (vec![true, true, false], 1));
}

/// What people, senders and the clock do at one moment; each says whether it did what it should.
fn deeds(store: &Store) -> Vec<BoxFuture<'static, bool>> {
    let [taking, answering, hearing, listing, leasing, sweeping, releasing] = [(); 7].map(|()| store.clone());
    let (now, soon) = (minute(9), minute(10));
    let wanted = Wanted { agent: "huda", queues: &[], languages: &[] };
    let wrote = NewInbound {
        notifier: "sms".into(),
        channel: Channel::Sms,
        provider_id: "IN1".into(),
        from: "+97336000002".into(),
        to: None,
        text: "STOP".into(),
        keyword: keyword("STOP"),
        answers: None,
        raw: Vec::new(),
        at: now,
    };
    let answer = HeldAnswer {
        task: EffectId("2.1.1".into()),
        case: CaseId(2),
        agent: "ali".into(),
        outcome: "no_answer".into(),
        answers: Record::new(),
        note: None,
        held_at: now,
        submit_at: soon,
        refused: None,
    };
    vec![
        async move { taking.claim_next_task(wanted, now, soon).await.unwrap().is_some() }.boxed(),
        async move { answering.hold_answer(&answer, soon).await.unwrap() }.boxed(),
        async move { hearing.record_inbound(&wrote).await.unwrap().first }.boxed(),
        async move { listing.suppress(&suppression("+97336000001", None, "never_to")).await.unwrap().changed == 1 }
            .boxed(),
        async move { leasing.take_lease("detect", "here", now, soon).await.unwrap() }.boxed(),
        async move { sweeping.expire_messages(now, 10).await.unwrap() == 1 }.boxed(),
        async move { releasing.release_outbox(&Scope::All, "huda", now).await.unwrap() }.boxed(),
    ]
}

#[tokio::test]
async fn what_people_do_shares_one_transaction_with_what_is_written_to_us_and_what_runs_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    let planned = |id: i64| {
        let expires = (id == 3).then(|| minute(8));
        let sms = Effect::Message(Box::new(Message { expires, ..message(&format!("{id}.1.0"), minute(1)) }));
        vec![sms, call(&format!("{id}.1.1"), "calls", Priority::Normal, None)]
    };
    open(&store, (1..=3).map(|id| Move { effects: planned(id), ..opening(case(id)) }).collect()).await;
    let hold = Hold { scope: Scope::All, reason: "a copy".into(), by: "huda".into(), since: minute(1) };
    store.hold_outbox(&hold).await.unwrap();
    let (done, transactions) = together(&store, folder.path(), deeds(&store)).await;
    assert_eq!((done, transactions), (vec![true; 7], 1));
}

/// What somebody is told, whatever it was about.
#[derive(Debug)]
enum Answer {
    Receipt(Result<Vec<ReceiptTaken>, StoreError>),
    Moves(Result<Vec<Moved>, StoreError>),
    Event(bool),
    Settled(Result<Vec<bool>, StoreError>),
    Claimed(Vec<Claimed>),
}

fn delivered(id: &str) -> NewReceipt {
    let receipt = Receipt {
        message_id: Some(id.to_owned()),
        provider_id: Some(format!("SM{id}")),
        status: Some(Status::Delivered),
        provider_status: "delivered".into(),
        code: None,
    };
    NewReceipt { notifier: "twilio".into(), receipt, bad_address: false, confirm_by: None, raw: b"delivered".to_vec() }
}

/// A store in which each case has a message to send.
async fn waiting(folder: &Path, cases: i64) -> Store {
    let store = fresh(folder).await;
    let with_message = |id: i64| Move { effects: vec![sms(&format!("{id}.1.0"), minute(1))], ..opening(case(id)) };
    open(&store, (1..=cases).map(with_message).collect()).await;
    store
}

/// The same, under way.
async fn sending(folder: &Path, cases: i64) -> Store {
    let store = waiting(folder, cases).await;
    while !store.claim_messages(minute(1), &claiming("twilio", 1)).await.unwrap().is_empty() {}
    store
}

fn reporting(store: &Store, id: i64) -> BoxFuture<'static, Answer> {
    let store = store.clone();
    async move { Answer::Receipt(store.record_receipts(&[delivered(&format!("{id}.1.0"))], minute(2)).await) }.boxed()
}

fn telling(store: &Store, id: i64) -> BoxFuture<'static, Answer> {
    let (store, told) = (store.clone(), event(id, &format!("{id}"), minute(2)));
    async move { Answer::Event(store.record_event(&told).await.unwrap().first) }.boxed()
}

fn moving_on(store: &Store, id: i64) -> BoxFuture<'static, Answer> {
    let (store, step) = (store.clone(), moving(next(&case(id), Standing::Open)));
    async move { Answer::Moves(store.commit(&[step], minute(2)).await) }.boxed()
}

#[tokio::test]
async fn receipts_share_one_transaction_with_moves_and_events() {
    let folder = tempfile::tempdir().unwrap();
    let store = sending(folder.path(), 30).await;
    let mut asked: Vec<BoxFuture<'static, Answer>> = Vec::new();
    for id in 1..=30 {
        asked.push(reporting(&store, id));
        asked.push(if id % 2 == 0 { telling(&store, id) } else { moving_on(&store, id) });
    }
    let (answers, transactions) = together(&store, folder.path(), asked).await;
    assert_eq!(transactions, 1);
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Answer::Receipt(taken) => {
                let message = Some(EffectId(format!("{}.1.0", n / 2 + 1).into()));
                assert_eq!(taken.unwrap(), [ReceiptTaken { message, moved: true, duplicate: false }]);
            }
            Answer::Moves(moved) => assert_eq!(moved.unwrap(), [Moved::Committed]),
            Answer::Event(first) => assert!(first),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(store.due(minute(2), 100).await.unwrap().len(), 30, "all were told of a delivery");
}

#[tokio::test]
async fn a_receipt_that_fails_takes_nobody_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = sending(folder.path(), 3).await;
    store.tamper("UPDATE notifications SET status = 'lost' WHERE id = '2.1.0'").await;
    let asked = [1, 2, 3].map(|id| reporting(&store, id));
    let (answers, transactions) = together(&store, folder.path(), asked.into()).await;
    assert_eq!(transactions, 2, "of those that could be written, each by itself");
    let taken = |answer: &Answer| matches!(answer, Answer::Receipt(Ok(taken)) if taken[0].moved);
    assert!(taken(&answers[0]) && taken(&answers[2]), "{answers:?}");
    let Answer::Receipt(Err(error)) = &answers[1] else { panic!("{answers:?}") };
    assert!(error.is_unreadable(), "{error:?}");
    assert_eq!(store.receipts(&EffectId("2.1.0".into())).await.unwrap(), Vec::new());
}

/// Everybody's message, to be settled.
async fn in_hand(store: &Store) -> Vec<Claimed> {
    store.stale_sending(Channel::Sms, minute(9), 100, minute(20), "here").await.unwrap()
}

/// The gateway took it, and says that the next family wants no more.
fn settling(store: &Store, claimed: &Claimed) -> BoxFuture<'static, Answer> {
    let (message, channel) = (claimed.message.id.clone(), Channel::Sms);
    let (notifier, provider_id) = ("twilio".into(), Some(format!("SM{message}")));
    let settled = Settled::Accepted { notifier, provider_id, status: Status::Sent, segments: None, confirm_by: None };
    let body = Body::Delivery { message, channel, news: News::Accepted, code: None, bad_address: None };
    let stop = Some(suppression(&format!("+9733600{:04}", claimed.case.0 + 1), Some(channel), "opted_out"));
    let settlement = Settlement { tell: Some(body), stop, ..settlement(claimed, settled) };
    let store = store.clone();
    async move { Answer::Settled(store.settle_messages(&[settlement], minute(10)).await) }.boxed()
}

#[tokio::test]
async fn settlements_share_one_transaction_with_what_they_tell_and_list() {
    let folder = tempfile::tempdir().unwrap();
    let store = sending(folder.path(), 8).await;
    let mut claimed = in_hand(&store).await;
    claimed.push(claimed[0].clone());
    let asked = claimed.iter().map(|claimed| settling(&store, claimed)).collect();
    let (answers, transactions) = together(&store, folder.path(), asked).await;
    assert_eq!(transactions, 1);
    for (n, answer) in answers.iter().enumerate() {
        let Answer::Settled(Ok(held)) = answer else { panic!("{answer:?}") };
        assert_eq!(held, &[n < 8], "once");
    }
    assert_eq!(store.suppression_list(None, 100).await.unwrap().len(), 8);
    let told = store.events(CaseId(8)).await.unwrap();
    assert_eq!(told.iter().map(|told| told.source.as_str()).collect::<Vec<_>>(), ["policy", "delivery"]);
}

#[tokio::test]
async fn a_settlement_that_fails_takes_nobody_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = sending(folder.path(), 3).await;
    let claimed = in_hand(&store).await;
    store.tamper("UPDATE notifications SET status = 'lost' WHERE id = '2.1.0'").await;
    let asked = claimed.iter().map(|claimed| settling(&store, claimed)).collect();
    let (answers, transactions) = together(&store, folder.path(), asked).await;
    assert_eq!(transactions, 2, "of those that could be written, each by itself");
    let held = |answer: &Answer| matches!(answer, Answer::Settled(Ok(held)) if held[0]);
    assert!(held(&answers[0]) && held(&answers[2]), "{answers:?}");
    let Answer::Settled(Err(error)) = &answers[1] else { panic!("{answers:?}") };
    assert!(error.is_unreadable(), "{error:?}");
    for (id, ended) in [("1.1.0", true), ("2.1.0", false), ("3.1.0", true)] {
        let attempts = store.attempts(&EffectId(id.into())).await.unwrap();
        assert_eq!(attempts[0].ended_at.is_some(), ended, "{id}");
    }
    assert_eq!(store.suppression_list(None, 100).await.unwrap().len(), 2);
}

fn claiming_for(store: &Store, notifier: &'static str) -> BoxFuture<'static, Answer> {
    let store = store.clone();
    async move { Answer::Claimed(store.claim_messages(minute(1), &claiming(notifier, 1)).await.unwrap()) }.boxed()
}

#[tokio::test]
async fn claims_share_one_transaction_and_each_message_is_given_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = waiting(folder.path(), 12).await;
    let asked = vec![claiming_for(&store, "twilio"), moving_on(&store, 3), claiming_for(&store, "spare")];
    let (answers, transactions) = together(&store, folder.path(), asked).await;
    assert_eq!(transactions, 1);
    let mut given = Vec::new();
    for (answer, notifier, count) in [(&answers[0], "twilio", 10), (&answers[2], "spare", 2)] {
        let Answer::Claimed(claimed) = answer else { panic!("{answer:?}") };
        assert_eq!(claimed.len(), count);
        assert!(claimed.iter().all(|claimed| claimed.notifier.as_deref() == Some(notifier)));
        given.extend(claimed.iter().map(|claimed| claimed.case.0));
    }
    given.sort_unstable();
    assert_eq!(given, (1..=12).collect::<Vec<_>>());
}

/// Tells a case something, and then waits for what is not of the transaction.
struct Dawdling;

impl Deed for Dawdling {
    type Answer = ();

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<(), StoreError> {
        tx.record(&[event(1, "dawdling", minute(1))]).await?;
        tokio::task::yield_now().await;
        Ok(())
    }
}

#[tokio::test]
async fn what_waits_for_something_else_is_undone_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = sending(folder.path(), 1).await;
    let dawdling = {
        let store = store.clone();
        async move { Answer::Moves(store.within(Beside::Others, "dawdle", Dawdling).await.map(|()| Vec::new())) }
    };
    let asked = vec![dawdling.boxed(), reporting(&store, 1)];
    let (answers, _) = together(&store, folder.path(), asked).await;
    let Answer::Moves(Err(error)) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(error.to_string(), "cannot dawdle: the database refused");
    assert!(matches!(&answers[1], Answer::Receipt(Ok(taken)) if taken[0].moved), "{answers:?}");
    let events = store.events(CaseId(1)).await.unwrap();
    assert_eq!(events.iter().map(|told| told.source.as_str()).collect::<Vec<_>>(), ["delivery"]);
}
