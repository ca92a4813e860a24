//! Gateways that fail, are slow or stand in for one another, over real HTTP: nobody gets a message
//! twice, nothing is given up because a gateway is down, nothing leaves faster than it may.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;
use wasl_core::delivery::{Failure, Found, Hook, Notifier, Outgoing, Pending, Sent};
use wasl_core::event::Body;
use wasl_core::value::Record;
use wasl_runtime::engine::{BreakerLimits, Gate, Outlet, Rate};
use wasl_runtime::store::{MessageFilter, MessageStatus, NewEvent, StoredMessage, TaskFilter};

use crate::gateway::FakeTwilio;
use crate::program::sign;
use crate::support::{Builder, House, contact, family, twilio_named};

const MORNING: &str = "2024-05-12T10:00";

/// A Twilio-style gateway that rests for a minute after three failures and is spoken to by one.
pub(crate) fn outlet(name: &str, base_url: &str) -> Outlet {
    wasl_notifiers::init_tls();
    let breaker = BreakerLimits { failures: 3, rest: SignedDuration::from_mins(1) };
    let gate = Gate { concurrency: Some(1), breaker, ..Gate::default() };
    Outlet { notifier: twilio_named(name, base_url), gate }
}

async fn house(chain: Vec<Outlet>) -> House {
    Builder::at(MORNING).sms_chain(chain).build().await
}

/// Families that have agreed, numbered from `first`, so that one SMS is due for each.
async fn agreed(house: &House, first: usize, count: usize) {
    for n in first..first + count {
        let opened = house.engine.open_case("account-transfer", family(&format!("53044{n:04}")), "test").await;
        let case = opened.unwrap().case.id;
        let filter = TaskFilter { case: Some(case), limit: 9, ..TaskFilter::default() };
        let task = house.engine.store.tasks(&filter).await.unwrap().remove(0).task.id;
        let answers = Record::from([("heir".into(), contact(&format!("+9733600{n:04}")))]);
        let body = Body::Answer { task: task.clone(), outcome: "agreed".into(), answers, note: None };
        let (at, source_id) = (house.engine.now(), task.to_string());
        let event = NewEvent { case, source: "task".into(), source_id, at, by: "agent:test".into(), body };
        house.engine.submit(event).await.unwrap();
    }
}

pub(crate) async fn messages(house: &House) -> Vec<StoredMessage> {
    let filter = MessageFilter { limit: 99, ..MessageFilter::default() };
    house.engine.store.messages(&filter).await.unwrap()
}

async fn standing(house: &House, status: MessageStatus) -> usize {
    messages(house).await.iter().filter(|stored| stored.status == status).count()
}

/// Who got something from a gateway; nobody twice.
fn got(gateway: &FakeTwilio) -> BTreeSet<String> {
    let messages = gateway.messages();
    let to: BTreeSet<String> = messages.iter().map(|message| message["to"].as_str().unwrap().to_owned()).collect();
    assert_eq!(to.len(), messages.len(), "somebody got two from one gateway");
    to
}

async fn pass(house: &House, seconds: i64) {
    house.clock.advance(SignedDuration::from_secs(seconds));
    house.settle().await;
}

/// An address on this machine on which nobody listens yet.
fn nobody() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn the_spare_takes_what_waits_and_never_what_the_first_may_have() {
    let (first, spare) = (FakeTwilio::start().await, FakeTwilio::start().await);
    let house = house(vec![outlet("sms", &first.base_url()), outlet("spare", &spare.base_url())]).await;
    // It takes each message and its answer is lost: the worst that a failing gateway can do.
    first.lose_replies(true);
    agreed(&house, 1, 8).await;
    house.settle().await;
    assert_eq!((got(&first).len(), got(&spare).len()), (3, 5), "three failures in a row, then the spare");
    assert_eq!(standing(&house, MessageStatus::Uncertain).await, 3);
    let troubles = house.engine.troubles();
    assert!(troubles["sms"].contains("messages leave by `spare` meanwhile"), "{troubles:?}");

    first.lose_replies(false);
    for _ in 0..4 {
        pass(&house, 30).await;
    }
    assert_eq!(standing(&house, MessageStatus::Accepted).await, 8, "what the first had is found there");
    assert!(got(&first).is_disjoint(&got(&spare)), "nobody got it from both");
    for stored in messages(&house).await {
        let by = if got(&first).contains(stored.message.to.as_str()) { "sms" } else { "spare" };
        assert_eq!(stored.notifier.as_deref(), Some(by));
    }

    agreed(&house, 21, 2).await;
    house.settle().await;
    assert_eq!((got(&first).len(), got(&spare).len()), (5, 5), "rested, tried with one message, and back");
    assert!(house.engine.troubles().is_empty(), "{:?}", house.engine.troubles());
}

#[tokio::test]
async fn while_a_gateway_is_down_messages_wait_for_hours_and_none_is_given_up() {
    let address = nobody();
    let house = house(vec![outlet("sms", &format!("http://{address}"))]).await;
    agreed(&house, 1, 4).await;
    for _ in 0..3 * 60 {
        pass(&house, 60).await;
    }
    for stored in messages(&house).await {
        assert_eq!((stored.status, stored.attempts), (MessageStatus::Queued, 0), "{stored:?}");
        assert!(["connect", "gateway_rests"].contains(&stored.code.as_deref().unwrap()), "{stored:?}");
    }
    let tried: usize = {
        let mut tried = 0;
        for stored in messages(&house).await {
            let attempts = house.engine.store.attempts(&stored.message.id).await.unwrap();
            tried += attempts.iter().filter(|attempt| attempt.code.as_deref() == Some("connect")).count();
        }
        tried
    };
    assert!((175..=190).contains(&tried), "three at first, then one a minute: {tried}");
    assert!(house.engine.troubles()["sms"].contains("connect"), "{:?}", house.engine.troubles());

    let gateway = FakeTwilio::start_at(address).await;
    pass(&house, 60).await;
    pass(&house, 60).await;
    assert_eq!(got(&gateway).len(), 4);
    assert!(house.engine.troubles().is_empty());
}

#[tokio::test]
async fn what_expires_while_a_gateway_is_down_is_not_sent_late_and_its_case_is_told() {
    let address = nobody();
    let house = house(vec![outlet("sms", &format!("http://{address}"))]).await;
    agreed(&house, 1, 1).await;
    for _ in 0..6 {
        pass(&house, 24 * 3_600).await;
    }
    let gateway = FakeTwilio::start_at(address).await;
    pass(&house, 120).await;
    assert!(gateway.messages().iter().all(|message| !message["body"].as_str().unwrap().contains("documents")));
    let expired: Vec<_> =
        messages(&house).await.into_iter().filter(|stored| stored.status == MessageStatus::Expired).collect();
    assert_eq!(expired.len(), 1);
    let source_id = format!("{}:expired", expired[0].message.id);
    let told = house.engine.store.event("delivery", &source_id).await.unwrap().expect("the case is told");
    assert!(told.disposition.is_some());
}

#[tokio::test]
async fn a_backlog_leaves_at_the_rate_the_longest_due_first() {
    let gateway = FakeTwilio::start().await;
    let rate = Some(Rate { messages: 3, per: SignedDuration::from_secs(1) });
    let mut limited = outlet("sms", &gateway.base_url());
    limited.gate.rate = rate;
    let house = house(vec![limited]).await;
    agreed(&house, 1, 8).await;
    let mut seen = Vec::new();
    house.settle().await;
    seen.push(got(&gateway).len());
    for _ in 0..3 {
        pass(&house, 1).await;
        seen.push(got(&gateway).len());
    }
    assert_eq!(seen, [3, 6, 8, 8]);
    let order: Vec<String> =
        gateway.messages().iter().map(|message| message["to"].as_str().unwrap().to_owned()).collect();
    assert_eq!(order, (1..=8).map(|n| format!("+9733600{n:04}")).collect::<Vec<_>>());
    assert!(messages(&house).await.iter().all(|stored| stored.attempts == 1), "waiting for the rate is no attempt");
}

#[tokio::test]
async fn a_gateway_that_refuses_our_settings_is_stood_in_for_at_once() {
    let (first, spare) = (FakeTwilio::start().await, FakeTwilio::start().await);
    first.refuse_next(StatusCode::UNAUTHORIZED, json!({"code": 20003, "message": "Authenticate", "status": 401}));
    let house = house(vec![outlet("sms", &first.base_url()), outlet("spare", &spare.base_url())]).await;
    agreed(&house, 1, 3).await;
    house.settle().await;
    assert_eq!((first.requests().len(), got(&spare).len()), (1, 3));
    assert!(house.engine.troubles()["sms"].contains("20003"));
}

#[tokio::test]
async fn a_gateway_that_asks_to_slow_down_is_left_alone_and_no_spare_floods() {
    let (first, spare) = (FakeTwilio::start().await, FakeTwilio::start().await);
    first.refuse_next(StatusCode::TOO_MANY_REQUESTS, json!({"code": 20429, "message": "slow down", "status": 429}));
    let house = house(vec![outlet("sms", &first.base_url()), outlet("spare", &spare.base_url())]).await;
    agreed(&house, 1, 3).await;
    house.settle().await;
    assert_eq!((first.requests().len(), spare.requests().len()), (1, 0));
    pass(&house, 4).await;
    assert_eq!((first.requests().len(), spare.requests().len()), (1, 0));
    pass(&house, 1).await;
    assert_eq!((got(&first).len(), spare.requests().len()), (3, 0));
    assert!(messages(&house).await.iter().all(|stored| stored.attempts == 1), "being slowed down is no attempt");
}

#[tokio::test]
async fn the_receipts_of_the_spare_find_their_message() {
    let (first, spare) = (FakeTwilio::start().await, FakeTwilio::start().await);
    first.refuse_next(StatusCode::UNAUTHORIZED, json!({"code": 20003, "message": "Authenticate", "status": 401}));
    let house = house(vec![outlet("sms", &first.base_url()), outlet("spare", &spare.base_url())]).await;
    agreed(&house, 1, 1).await;
    house.settle().await;
    let callback = spare.requests()[0].form["StatusCallback"].clone();
    report(&house, "spare", &callback, &spare.messages()[0], "delivered").await;
    assert_eq!(standing(&house, MessageStatus::Delivered).await, 1);
}

/// A gateway that never answers and never knows.
struct Mute;

impl Notifier for Mute {
    fn name(&self) -> &'static str {
        "sms"
    }

    fn send<'a>(&'a self, _: &'a Outgoing) -> Pending<'a, Sent> {
        Box::pin(std::future::ready(Sent::Uncertain(Failure::new("timeout", "no answer"))))
    }

    fn find<'a>(&'a self, _: &'a Outgoing, _: jiff::Timestamp) -> Pending<'a, Found> {
        Box::pin(std::future::ready(Found::CannotTell))
    }
}

async fn told(house: &House, news: &str) -> usize {
    let mut told = 0;
    for stored in messages(house).await {
        let source_id = format!("{}:{news}", stored.message.id);
        told += usize::from(house.engine.store.event("delivery", &source_id).await.unwrap().is_some());
    }
    told
}

#[tokio::test]
async fn what_nobody_can_tell_is_told_once_and_held_for_a_person() {
    let mute: Arc<dyn Notifier> = Arc::new(Mute);
    let spare = FakeTwilio::start().await;
    let house = house(vec![mute.into(), outlet("spare", &spare.base_url())]).await;
    agreed(&house, 1, 1).await;
    house.settle().await;
    for _ in 0..19 {
        pass(&house, 30).await;
    }
    assert_eq!((told(&house, "uncertain").await, house.engine.store.undecided_count().await.unwrap()), (0, 0));
    for _ in 0..9 {
        pass(&house, 30).await;
    }
    assert_eq!((told(&house, "uncertain").await, house.engine.store.undecided_count().await.unwrap()), (1, 1));
    assert_eq!(standing(&house, MessageStatus::Uncertain).await, 1);
    assert!(spare.requests().is_empty(), "the first may have it");
}

#[tokio::test]
async fn a_message_that_nobody_confirms_in_time_is_told_and_a_late_receipt_still_counts() {
    let gateway = FakeTwilio::start().await;
    let mut slow = outlet("sms", &gateway.base_url());
    slow.gate.confirm_within = SignedDuration::from_hours(48);
    let house = house(vec![slow]).await;
    agreed(&house, 1, 1).await;
    house.settle().await;
    pass(&house, 48 * 3_600 - 1).await;
    assert_eq!((standing(&house, MessageStatus::Accepted).await, told(&house, "unconfirmed").await), (1, 0));
    pass(&house, 1).await;
    assert_eq!((standing(&house, MessageStatus::Unconfirmed).await, told(&house, "unconfirmed").await), (1, 1));
    let callback = gateway.requests()[0].form["StatusCallback"].clone();
    report(&house, "sms", &callback, &gateway.messages()[0], "delivered").await;
    assert_eq!(standing(&house, MessageStatus::Delivered).await, 1);
}

/// The house's caps allow one person two SMS in a day.
#[tokio::test]
async fn after_a_long_weekend_a_family_gets_what_the_caps_allow_and_the_oldest_first() {
    let address = nobody();
    let house = house(vec![outlet("sms", &format!("http://{address}"))]).await;
    remembered(&house, "+97336000001").await;
    for _ in 0..4 * 24 {
        pass(&house, 3_600).await;
    }
    assert_eq!(standing(&house, MessageStatus::Queued).await, 4, "one a day, and none has left");
    let gateway = FakeTwilio::start_at(address).await;
    let texts = |gateway: &FakeTwilio| -> Vec<String> {
        gateway.messages().iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect()
    };
    pass(&house, 60).await;
    pass(&house, 60).await;
    assert_eq!(texts(&gateway), ["day 1", "day 2"], "no more than two in a day");
    let waiting = messages(&house).await.into_iter().filter(|stored| stored.status == MessageStatus::Queued);
    let why: Vec<String> =
        waiting.filter_map(|stored| stored.message.why).map(|why| why.get("en").to_owned()).collect();
    let used_up =
        |why: &String| why.starts_with("the cap `2 sms per person in 1 day` is used up: SMS on Thu 16 May 2024");
    assert!(why.len() == 2 && why.iter().all(used_up), "{why:?}");
    // Thursday; nobody is written to on Friday or Saturday.
    for _ in 0..3 {
        pass(&house, 24 * 3_600).await;
    }
    assert_eq!(texts(&gateway).len(), 4, "the others on the next day that allows it: {:?}", texts(&gateway));
}

/// A case of a workflow of this test that sends its family a text every day.
async fn remembered(house: &House, phone: &str) {
    let folder = house.folder.join("workflows");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "daily.yaml",
        "workflow: daily
title: {en: Daily}
calendar: bahrain-government
languages: [en]
case:
  key: [id]
  fields: {id: text, phone: {type: phone, personal: true}}
start: first
states:
  first:
    do: [{sms: {to: phone, template: d1, keep: true}}]
    after: {1 day: second}
  second:
    do: [{sms: {to: phone, template: d2, keep: true}}]
    after: {1 day: third}
  third:
    do: [{sms: {to: phone, template: d3, keep: true}}]
    after: {1 day: fourth}
  fourth:
    do: [{sms: {to: phone, template: d4, keep: true}}]
    after: {30 days: done}
  done: {end: success}
",
    );
    for day in 1..=4 {
        write(&format!("daily/messages/d{day}.en.txt"), &format!("day {day}"));
    }
    let loaded = house.engine.load_workflows(&folder, "test").await.unwrap();
    let refused: String = loaded.refused.iter().map(|(_, report)| report.render(false)).collect();
    assert!(refused.is_empty(), "{refused}");
    let fields = Record::from([("id".into(), "1".into()), ("phone".into(), phone.into())]);
    house.engine.open_case("daily", fields, "test").await.unwrap();
}

/// The gateway reports what became of a message, as it does.
pub(crate) async fn report(house: &House, name: &str, callback: &str, message: &serde_json::Value, status: &str) {
    let path = callback.strip_prefix("https://wasl.test").unwrap();
    assert!(path.starts_with(&format!("/hooks/{name}/status?message=")), "{path}");
    let sid = message["sid"].as_str().unwrap();
    let form = [("MessageSid", sid), ("MessageStatus", status)];
    let body = format!("MessageSid={sid}&MessageStatus={status}");
    let headers = [
        ("x-twilio-signature".to_owned(), sign("https://wasl.test", path, &form)),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
    ];
    let hook = Hook { url: callback, path_and_query: path, headers: &headers, body: body.as_bytes() };
    assert!(house.engine.take_receipts(name, &hook).await.unwrap()[0].moved);
}
