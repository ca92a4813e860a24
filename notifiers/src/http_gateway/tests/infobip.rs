//! Infobip's JSON: messages, reports in lists, messages to us, and its log.

use jiff::SignedDuration;
use serde_json::{Value, json};
use wasl_core::delivery::{Channel, Found, Hook, HookError, Outgoing, Sent, Sighting, Status};

use super::{TOKEN, answers, notifier, receive, send, told};
use crate::testing;
use crate::testing::gateway::Gateway;

fn answer(group: &str, name: &str) -> String {
    json!({"bulkId": "b", "messages": [{"messageId": "ewa-c-1.2.0", "to": "97336001234",
        "status": {"groupId": 1, "groupName": group, "id": 26, "name": name, "description": "to 97336001234"}}]})
    .to_string()
}

#[tokio::test]
async fn a_message_is_one_exact_document() {
    let (seen, sent) = send("infobip", 200, &answer("PENDING", "PENDING_ENROUTE")).await;
    assert_eq!(told(&sent), "accepted ewa-c-1.2.0 accepted");
    assert_eq!((seen.method.as_str(), seen.path_and_query.as_str()), ("POST", "/sms/2/text/advanced"));
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(seen.headers["authorization"], "App hunter2 & co");
    let url = format!("https://wasl.example.bh/w/hooks/sms/status?message=c-1.2.0&token={TOKEN}");
    let expected = json!({"messages": [{
        "from": "EWA",
        "destinations": [{"to": "97336001234", "messageId": "ewa-c-1.2.0"}],
        "text": "عظّم الله أجركم.\n\nاتصلوا بنا: 1 + 1 & 80001234",
        "validityPeriod": 360,
        "notifyUrl": url,
        "notifyContentType": "application/json",
        "callbackData": "c-1.2.0",
    }]});
    assert_eq!(serde_json::from_str::<Value>(&seen.body).unwrap(), expected);
}

#[tokio::test]
async fn a_text_of_quotes_and_braces_stays_a_text() {
    let gateway = Gateway::saying([(200, answer("PENDING", "PENDING_ENROUTE"))]);
    let text = "\"}, {{ api_key }} {% x %} \\ \u{202e}ع\0";
    let message = Outgoing { text: text.to_owned(), ..testing::message(Channel::Sms) };
    notifier("infobip", &gateway.serve().await).send(&message).await;
    let body: Value = serde_json::from_str(&gateway.seen()[0].body).unwrap();
    assert_eq!(body["messages"][0]["text"], text);
}

#[tokio::test]
async fn each_answer_has_one_meaning() {
    let error = |id: &str| {
        json!({"requestError": {"serviceException": {"messageId": id, "text": "to 97336001234"}}}).to_string()
    };
    let (bad, credits, new) = (
        answer("REJECTED", "REJECTED_DESTINATION"),
        answer("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS"),
        answer("REJECTED", "REJECTED_BY_97336001234"),
    );
    let twice = answer("REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID");
    answers(
        "infobip",
        &[
            (200, &answer("PENDING", "PENDING_ACCEPTED"), "accepted ewa-c-1.2.0 accepted"),
            (200, &bad, "rejected REJECTED_DESTINATION bad_address"),
            (200, &credits, "misconfigured REJECTED_NOT_ENOUGH_CREDITS"),
            (200, &new, "retry REJECTED_BY_973360"),
            (200, &twice, "uncertain REJECTED_DUPLICATE_MESSAGE_ID"),
            (200, "{}", "uncertain unreadable"),
            (401, &error("UNAUTHORIZED"), "misconfigured UNAUTHORIZED"),
            (400, &error("BAD_REQUEST"), "misconfigured BAD_REQUEST"),
            (429, &error("TOO_MANY_REQUESTS"), "retry TOO_MANY_REQUESTS"),
            (500, &error("GENERAL_ERROR"), "uncertain GENERAL_ERROR"),
        ],
    )
    .await;
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_the_gateway_asks() {
    let gateway = Gateway::saying([(429, "{}".to_owned())]).with_header("retry-after", "7");
    let sent = notifier("infobip", &gateway.serve().await).send(&testing::message(Channel::Sms)).await;
    assert!(matches!(sent, Sent::Retry { after: Some(wait), .. } if wait.as_secs() == 7), "{sent:?}");
}

#[test]
fn one_request_brings_many_reports() {
    let report = |id: &str, group: &str, error: &str| {
        json!({"messageId": format!("ewa-{id}"), "callbackData": id, "to": "97336001234", "smsCount": 2,
            "status": {"groupName": group}, "error": {"id": 0, "name": error, "permanent": false}})
    };
    let body = json!({"results": [
        report("7.3.1", "DELIVERED", "NO_ERROR"),
        report("8.1.1", "UNDELIVERABLE", "EC_ABSENT_SUBSCRIBER"),
        {"messageId": "ewa-9.1.1"},
        report("9.1.2", "REJECTED", "EC_UNKNOWN_SUBSCRIBER"),
    ]});
    let path = format!("/hooks/sms/status?message=7.3.1&token={TOKEN}");
    let receipts = receive("infobip", &path, &body.to_string()).unwrap();
    let seen: Vec<_> = receipts
        .iter()
        .map(|receipt| (receipt.message_id.as_deref(), receipt.status, receipt.code.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some("7.3.1"), Some(Status::Delivered), None),
            (Some("8.1.1"), Some(Status::Undelivered), Some("EC_ABSENT_SUBSCRIBER")),
            (Some("9.1.2"), Some(Status::Failed), Some("EC_UNKNOWN_SUBSCRIBER")),
        ]
    );
    assert_eq!(receive("infobip", "/hooks/sms/status?token=x", &body.to_string()), Err(HookError::BadSignature));
    for wrong in ["", "{}", "[]", r#"{"results": 1}"#, r#"{"results": [{}]}"#] {
        assert!(matches!(receive("infobip", &path, wrong), Err(HookError::Malformed(_))), "{wrong}");
    }
    assert_eq!(receive("infobip", &path, r#"{"results": []}"#), Ok(Vec::new()));
}

#[test]
fn messages_to_us_come_in_lists_as_well() {
    let body = json!({"results": [
        {"messageId": "1", "from": "97336001234", "to": "97317000000", "text": "إيقاف", "keyword": "STOP"},
        {"messageId": "2", "from": "97336001235", "text": ""},
    ]});
    let path = format!("/hooks/sms/inbound?token={TOKEN}");
    let body = body.to_string();
    let hook = Hook { url: "", path_and_query: &path, headers: &[], body: body.as_bytes() };
    let infobip = notifier("infobip", "http://127.0.0.1:1");
    let messages = infobip.inbound(&hook).unwrap();
    let seen: Vec<_> = messages.iter().map(|message| (message.provider_id.as_str(), message.text.as_str())).collect();
    assert_eq!(seen, [("1", "إيقاف"), ("2", "")]);
    assert_eq!((messages[0].from.as_str(), messages[0].to.as_deref()), ("97336001234", Some("97317000000")));
    assert_eq!(
        infobip.inbound(&Hook { path_and_query: "/hooks/sms/inbound", ..hook.clone() }),
        Err(HookError::BadSignature)
    );
    assert_eq!(notifier("kannel", "http://127.0.0.1:1").inbound(&hook), Err(HookError::Unsupported));
}

/// What is found in this log, asked so many seconds after the attempt.
async fn find_in(status: u16, body: Value, secs_later: i64) -> Found {
    let gateway = Gateway::answering(&[(status, body)]);
    let message = testing::message(Channel::Sms);
    let since = message.now;
    let asked = Outgoing { now: since + SignedDuration::from_secs(secs_later), ..message };
    let found = notifier("infobip", &gateway.serve().await).find(&asked, since).await;
    let [seen] = gateway.seen().try_into().unwrap();
    assert_eq!((seen.method.as_str(), seen.path_and_query.as_str()), ("GET", "/sms/1/logs?messageId=ewa-c-1.2.0"));
    assert_eq!(seen.headers["authorization"], "App hunter2 & co");
    found
}

#[tokio::test]
async fn a_message_in_the_log_is_adopted_and_its_absence_is_believed_after_a_while() {
    let entry = |id: &str| json!({"messageId": id, "to": "97336001234", "status": {"groupName": "DELIVERED"}});
    let found = find_in(200, json!({"results": [entry("other"), entry("ewa-c-1.2.0")]}), 1).await;
    let sighting = Sighting { provider_id: "ewa-c-1.2.0".to_owned(), status: Status::Delivered };
    assert_eq!(found, Found::This(sighting), "its id says that it is this one");
    let empty = json!({"results": [entry("other")]});
    assert_eq!(find_in(200, empty.clone(), 120).await, Found::No);
    assert_eq!(find_in(500, json!({}), 600).await, Found::NoAnswer, "it may know more later");
    for (reason, status, body, secs_later) in [
        ("too soon", 200, empty, 119),
        ("no list", 200, json!({"message": "welcome"}), 600),
        ("wrong credentials", 401, json!({}), 600),
    ] {
        assert_eq!(find_in(status, body, secs_later).await, Found::CannotTell, "{reason}");
    }
}
