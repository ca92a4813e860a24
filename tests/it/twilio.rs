//! A fake Twilio over real HTTP sees exactly the requests of the public API.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;
use wasl_core::delivery::{Channel, Notifier};
use wasl_core::event::Body;
use wasl_core::value::Record;
use wasl_notifiers::Sandbox;
use wasl_runtime::store::{MessageFilter, MessageStatus, NewEvent, StoredMessage, TaskFilter};

use crate::gateway::FakeTwilio;
use crate::support::{Builder, House, contact, family, local, twilio};

/// A case whose family has agreed, so that one SMS is due; opened at a local time.
async fn agreed(gateway: &FakeTwilio, at: &str) -> House {
    wasl_notifiers::init_tls();
    let email: Arc<dyn Notifier> = Arc::new(Sandbox::memory("email"));
    let outlets = BTreeMap::from([(Channel::Sms, twilio(&gateway.base_url())), (Channel::Email, email)]);
    let house = Builder::at(at).outlets(outlets).build().await;
    let case = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap().case.id;
    let filter = TaskFilter { case: Some(case), limit: 9, ..TaskFilter::default() };
    let task = house.engine.store.tasks(&filter).await.unwrap().remove(0).task.id;
    let answers = Record::from([("heir".into(), contact("+97336001234"))]);
    let body = Body::Answer { task: task.clone(), outcome: "agreed".into(), answers, note: None };
    let at = house.engine.now();
    let event =
        NewEvent { case, source: "task".into(), source_id: task.to_string(), at, by: "agent:test".into(), body };
    house.engine.submit(event).await.unwrap();
    house
}

async fn only_message(house: &House) -> StoredMessage {
    let messages = house.engine.store.messages(&MessageFilter { limit: 9, ..MessageFilter::default() }).await.unwrap();
    assert_eq!(messages.len(), 1);
    messages.into_iter().next().unwrap()
}

#[tokio::test]
async fn the_request_is_that_of_the_public_api() {
    let gateway = FakeTwilio::start().await;
    let house = agreed(&gateway, "2024-05-12T19:30").await;
    house.settle().await;
    let stored = only_message(&house).await;

    let requests = gateway.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.account, "AC00000000000000000000000000000001");
    // Basic AccountSid:AuthToken
    assert_eq!(request.authorization, "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTpzZWNyZXQtZm9yLXRlc3Rz");
    assert_eq!(request.content_type, "application/x-www-form-urlencoded");
    assert!(request.raw.contains("To=%2B97336001234"), "the plus must be escaped: {}", request.raw);
    let expected = BTreeMap::from([
        ("To".to_owned(), "+97336001234".to_owned()),
        ("From".to_owned(), "EWA".to_owned()),
        ("Body".to_owned(), stored.message.text.clone()),
        ("StatusCallback".to_owned(), format!("https://wasl.test/hooks/sms/status?message={}", stored.message.id)),
        // The window closes at 20:00: half an hour is left.
        ("ValidityPeriod".to_owned(), "1800".to_owned()),
    ]);
    assert_eq!(request.form, expected);
    assert_eq!(stored.status, MessageStatus::Accepted);
    assert_eq!(stored.provider_id.as_deref(), Some("SM00000000000000000000000000000001"));
}

#[tokio::test]
async fn at_night_nothing_is_sent_and_in_the_morning_it_is() {
    let gateway = FakeTwilio::start().await;
    let house = agreed(&gateway, "2024-05-12T20:10").await;
    house.settle().await;
    assert!(gateway.requests().is_empty());
    house.clock.set(local("2024-05-13T08:59"));
    house.settle().await;
    assert!(gateway.requests().is_empty());
    house.clock.set(local("2024-05-13T09:00"));
    house.settle().await;
    assert_eq!(gateway.requests().len(), 1);
}

#[tokio::test]
async fn a_gateway_that_asks_us_to_wait_is_asked_again_later_and_once() {
    let gateway = FakeTwilio::start().await;
    gateway.refuse_next(StatusCode::TOO_MANY_REQUESTS, json!({"code": 20429, "message": "slow down", "status": 429}));
    let house = agreed(&gateway, "2024-05-12T10:00").await;
    house.settle().await;
    assert_eq!(gateway.requests().len(), 1);
    assert!(gateway.messages().is_empty());
    let queued = only_message(&house).await;
    assert_eq!(queued.status, MessageStatus::Queued);
    house.clock.advance(SignedDuration::from_secs(60));
    house.settle().await;
    assert_eq!(gateway.messages().len(), 1);
    house.clock.advance(SignedDuration::from_hours(1));
    house.settle().await;
    assert_eq!(gateway.requests().len(), 2);
}

#[tokio::test]
async fn a_bad_number_fails_at_once_and_the_family_gets_an_e_mail_instead() {
    let gateway = FakeTwilio::start().await;
    let refusal = json!({"code": 21211, "message": "Invalid 'To' Phone Number", "more_info": "", "status": 400});
    gateway.refuse_next(StatusCode::BAD_REQUEST, refusal);
    let house = agreed(&gateway, "2024-05-12T10:00").await;
    house.settle().await;
    let messages = house.engine.store.messages(&MessageFilter { limit: 9, ..MessageFilter::default() }).await.unwrap();
    let sms = messages.iter().find(|stored| stored.message.channel == Channel::Sms).unwrap();
    assert_eq!((sms.status, sms.code.as_deref()), (MessageStatus::Failed, Some("21211")));
    let email = messages.iter().find(|stored| stored.message.channel == Channel::Email).unwrap();
    assert_eq!(email.message.template, "documents-email");
    assert_eq!(gateway.requests().len(), 1, "a bad number is never tried again");
}

#[tokio::test]
async fn a_wrong_password_stops_the_channel_and_burns_no_attempt() {
    let gateway = FakeTwilio::start().await;
    for _ in 0..3 {
        gateway.refuse_next(StatusCode::UNAUTHORIZED, json!({"code": 20003, "message": "Authenticate", "status": 401}));
    }
    let house = agreed(&gateway, "2024-05-12T10:00").await;
    for _ in 0..3 {
        house.settle().await;
        house.clock.advance(SignedDuration::from_mins(6));
    }
    assert!(house.engine.troubles().contains_key("sms"), "{:?}", house.engine.troubles());
    assert_eq!(only_message(&house).await.status, MessageStatus::Queued);
    // The operator mends the password: it goes out, and the trouble is over.
    house.settle().await;
    assert_eq!(only_message(&house).await.status, MessageStatus::Accepted);
    assert!(house.engine.troubles().is_empty());
}
