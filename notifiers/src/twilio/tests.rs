//! The notifier against a gateway on this machine: over real HTTP, with exact requests, and with a
//! bare socket where the gateway must misbehave.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wasl_core::delivery::{Channel, Found, Notifier, Outgoing, Sent, Sighting, Status};

use crate::settings::Settings;
use crate::testing::gateway::{Gateway, Seen};
use crate::testing::{self, FakeSecrets};

fn notifier(base_url: &str, more: &str) -> Arc<dyn Notifier> {
    crate::init_tls();
    let sender = if more.contains("messaging_service_sid") { "" } else { "from: '+97317000000'\n" };
    let text =
        format!("kind: twilio\naccount_sid: AC1\nauth_token: {{env: TOKEN}}\nbase_url: {base_url}\n{sender}{more}\n");
    let settings: Settings = serde_yaml::from_str(&text).unwrap();
    crate::build("sms", &settings, &FakeSecrets::new().env("TOKEN", "t:k").env("KEY", "s3cret")).unwrap()
}

fn created() -> Value {
    json!({"sid": "SM1", "status": "queued", "num_segments": "2", "error_code": null, "price": null})
}

async fn send_to(gateway: &Gateway, more: &str, message: &Outgoing) -> Sent {
    notifier(&gateway.serve().await, more).send(message).await
}

#[tokio::test]
async fn a_message_is_one_exact_request() {
    let gateway = Gateway::answering(&[(201, created())]);
    let message = testing::message(Channel::Sms);
    let sent = send_to(&gateway, "public_url: https://wasl.example.bh/w/", &message).await;
    assert_eq!(
        sent,
        Sent::Accepted { provider_id: Some("SM1".to_owned()), status: Status::Accepted, segments: Some(2) }
    );

    let [seen] = gateway.seen().try_into().unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path_and_query.as_str()),
        ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    );
    assert_eq!(seen.headers["authorization"], format!("Basic {}", STANDARD.encode("AC1:t:k")));
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
    let expected = [
        ("To", "+97336001234"),
        ("From", "+97317000000"),
        ("Body", message.text.as_str()),
        ("StatusCallback", "https://wasl.example.bh/w/hooks/sms/status?message=c-1.2.0"),
        ("ValidityPeriod", "21600"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(seen.fields(), BTreeMap::from(expected));
    // A bare `+` is a space to the gateway.
    assert!(seen.body.contains("To=%2B97336001234&") && !seen.body.contains("=+"), "{}", seen.body);
    assert!(seen.body.contains("1+%2B+1+%26+80001234"), "{}", seen.body);
}

#[tokio::test]
async fn a_messaging_service_and_an_api_key_take_the_senders_and_the_tokens_place() {
    let gateway = Gateway::answering(&[(201, created())]);
    let more = "messaging_service_sid: MG1\napi_key: {sid: SK1, secret: {env: KEY}}";
    let message = Outgoing { expires: None, ..testing::message(Channel::Sms) };
    send_to(&gateway, more, &message).await;

    let [seen] = gateway.seen().try_into().unwrap();
    assert_eq!(seen.headers["authorization"], format!("Basic {}", STANDARD.encode("SK1:s3cret")));
    let names: Vec<_> = seen.fields().into_keys().collect();
    assert_eq!(names, ["Body", "MessagingServiceSid", "To"], "no callback and no validity unless known");
}

#[tokio::test]
async fn the_validity_is_what_is_left_within_the_gateways_bounds() {
    let gateway = Gateway::answering(&[(201, created())]);
    let notifier = notifier(&gateway.serve().await, "");
    for (expires, secs) in [
        ("2026-03-01T09:00:59.9Z", "59"),
        ("2026-03-01T09:00:00.5Z", "1"),
        ("2026-03-01T08:00:00Z", "1"),
        ("2026-03-02T09:00:00Z", "36000"),
    ] {
        let message = Outgoing { expires: Some(expires.parse().unwrap()), ..testing::message(Channel::Sms) };
        notifier.send(&message).await;
        assert_eq!(gateway.seen().last().unwrap().fields()["ValidityPeriod"], secs, "{expires}");
    }
}

#[tokio::test]
async fn a_refusal_says_nothing_of_the_person() {
    let body = json!({"code": 21211, "message": "The 'To' number +97336001234 is not valid", "status": 400});
    let message = testing::message(Channel::Sms);
    let sent = send_to(&Gateway::answering(&[(400, body)]), "", &message).await;
    testing::assert_no_personal_data(&sent, &message);
    assert!(matches!(sent, Sent::Rejected(failure) if failure.code == "21211" && failure.bad_address));
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_the_gateway_asks() {
    let gateway = Gateway::answering(&[(429, json!({"code": 20429}))]).with_header("retry-after", "7");
    let sent = send_to(&gateway, "", &testing::message(Channel::Sms)).await;
    let Sent::Retry { failure, after } = sent else { panic!("{sent:?}") };
    assert_eq!((failure.code.as_str(), after.map(|wait| wait.as_secs())), ("20429", Some(7)));
}

#[tokio::test]
async fn a_server_error_is_unknown_and_is_not_repeated() {
    let gateway = Gateway::answering(&[(500, json!({"code": 20500}))]);
    let sent = send_to(&gateway, "", &testing::message(Channel::Sms)).await;
    assert!(matches!(sent, Sent::Uncertain(failure) if failure.code == "http_500"));
    assert_eq!(gateway.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Gateway::answering(&[(201, created())]);
    let location = elsewhere.serve().await;
    let gateway = Gateway::answering(&[(307, json!({}))]).with_header("location", &location);
    let sent = send_to(&gateway, "", &testing::message(Channel::Sms)).await;
    assert!(matches!(sent, Sent::Misconfigured(failure) if failure.code == "http_307"));
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn an_endless_answer_is_unknown() {
    let gateway = Gateway::answering(&[(201, json!({"sid": "S".repeat(super::ANSWER_BYTES_MAX)}))]);
    let sent = send_to(&gateway, "", &testing::message(Channel::Sms)).await;
    assert!(matches!(sent, Sent::Uncertain(failure) if failure.code == "unreadable"));
}

#[tokio::test]
async fn another_channel_never_leaves_the_machine() {
    let gateway = Gateway::answering(&[(201, created())]);
    let sent = send_to(&gateway, "", &testing::message(Channel::Email)).await;
    assert!(matches!(sent, Sent::Misconfigured(_)));
    assert!(gateway.seen().is_empty());
}

/// What a bare socket does once it has read a whole request.
#[derive(Clone, Copy)]
enum Misbehaviour {
    Close,
    HalfAnAnswer,
    Silence,
}

/// The outcome against a gateway that reads the request and then misbehaves.
async fn send_to_misbehaving(misbehaviour: Misbehaviour, more: &str) -> Sent {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let gateway = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 64 * 1024];
        let mut len = 0;
        // The validity is the form's last field.
        while !String::from_utf8_lossy(&request[..len]).contains("ValidityPeriod=21600") {
            len += socket.read(&mut request[len..]).await.unwrap();
        }
        match misbehaviour {
            Misbehaviour::Close => {}
            Misbehaviour::HalfAnAnswer => {
                socket.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{\"sid\":").await.unwrap();
            }
            Misbehaviour::Silence => std::future::pending::<()>().await,
        }
    });
    let sent = notifier(&base_url, more).send(&testing::message(Channel::Sms)).await;
    gateway.abort();
    sent
}

#[tokio::test]
async fn a_connection_lost_after_the_request_is_unknown() {
    let code = |sent| match sent {
        Sent::Uncertain(failure) => failure.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(send_to_misbehaving(Misbehaviour::Close, "").await), "connection_lost");
    assert_eq!(code(send_to_misbehaving(Misbehaviour::HalfAnAnswer, "").await), "unreadable");
    let short = "connect_timeout: 100ms\ntimeout: 300ms";
    assert_eq!(code(send_to_misbehaving(Misbehaviour::Silence, short).await), "timeout");
}

#[tokio::test]
async fn a_refused_connection_was_certainly_not_a_message() {
    // A port that was free a moment ago.
    let base_url = format!("http://{}", TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    let message = testing::message(Channel::Sms);
    let sent = notifier(&base_url, "").send(&message).await;
    assert!(matches!(sent, Sent::Unreachable(failure) if failure.code == "connect"));
}

#[tokio::test]
async fn a_gateway_that_nobody_vouches_for_gets_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let acceptor = testing::tls_acceptor();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            assert!(acceptor.accept(socket).await.is_err(), "the client must break off the handshake");
        }
    });
    let sent = notifier(&base_url, "").send(&testing::message(Channel::Sms)).await;
    assert!(matches!(&sent, Sent::Misconfigured(failure) if failure.code == "tls"), "{sent:?}");
}

/// An entry of the gateway's list.
fn listed(sid: &str, created: &str, more: &Value) -> Value {
    let mut entry = json!({
        "sid": sid, "status": "delivered", "direction": "outbound-api", "date_created": created,
        "from": "+97317000000", "to": "+97336001234", "body": testing::message(Channel::Sms).text,
        "messaging_service_sid": null, "date_sent": null,
    });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

fn page(messages: &[Value], next: Option<&str>) -> (u16, Value) {
    (200, json!({"messages": messages, "next_page_uri": next}))
}

const DURING: &str = "Sun, 01 Mar 2026 09:00:01 +0000";

/// What the notifier finds in these pages, asked so many seconds after the attempt.
async fn find_in(pages: &[(u16, Value)], secs_later: i64) -> (Found, Vec<Seen>) {
    let gateway = Gateway::answering(pages);
    let message = testing::message(Channel::Sms);
    let since = message.now;
    let asked = Outgoing { now: since + jiff::SignedDuration::from_secs(secs_later), ..message };
    let found = notifier(&gateway.serve().await, "").find(&asked, since).await;
    (found, gateway.seen())
}

#[tokio::test]
async fn a_listed_message_is_adopted() {
    let pages = [page(&[listed("SM1", DURING, &json!({}))], None)];
    let (found, seen) = find_in(&pages, 1).await;
    let sightings = vec![Sighting { provider_id: "SM1".to_owned(), status: Status::Delivered }];
    assert_eq!(found, Found::Alike { sightings, complete: false });
    let expected = "/2010-04-01/Accounts/AC1/Messages.json?To=%2B97336001234&PageSize=200";
    assert_eq!((seen[0].method.as_str(), seen[0].path_and_query.as_str()), ("GET", expected));
    assert_eq!(seen[0].headers["authorization"], format!("Basic {}", STANDARD.encode("AC1:t:k")));
}

#[tokio::test]
async fn of_several_all_are_told_the_oldest_first() {
    let newer = "Sun, 01 Mar 2026 09:00:09 +0000";
    let entries =
        [listed("SM1", DURING, &json!({})), listed("SM2", newer, &json!({})), listed("SM3", DURING, &json!({}))];
    let (found, _) = find_in(&[page(&entries, None)], 600).await;
    let Found::Alike { sightings, complete } = found else { panic!("{found:?}") };
    let ids: Vec<_> = sightings.iter().map(|sighting| sighting.provider_id.as_str()).collect();
    assert_eq!((ids, complete), (vec!["SM1", "SM3", "SM2"], true));
}

#[tokio::test]
async fn only_the_same_message_counts() {
    for (reason, created, more) in [
        ("another text", DURING, json!({"body": "Dear family"})),
        ("another sender", DURING, json!({"from": "+97317999999"})),
        ("an earlier one", "Sun, 01 Mar 2026 08:58:59 +0000", json!({})),
        ("an answer of theirs", DURING, json!({"direction": "inbound"})),
    ] {
        let pages = [page(&[listed("SM1", created, &more)], None)];
        assert_eq!(find_in(&pages, 600).await.0, Found::No, "{reason}");
    }
}

#[tokio::test]
async fn white_space_and_line_ends_at_the_edge_make_no_difference() {
    let text = testing::message(Channel::Sms).text.replace('\n', "\r\n") + " ";
    let (found, _) = find_in(&[page(&[listed("SM1", DURING, &json!({ "body": text }))], None)], 600).await;
    assert!(matches!(found, Found::Alike { .. }));
}

#[tokio::test]
async fn every_page_is_read_before_a_message_is_denied() {
    let next = "/2010-04-01/Accounts/AC1/Messages.json?To=%2B97336001234&Page=1&PageToken=PASM1";
    let other = listed("SM0", DURING, &json!({"body": "Dear family"}));
    let pages = [page(&[other], Some(next)), page(&[listed("SM1", DURING, &json!({}))], None)];
    let (found, seen) = find_in(&pages, 600).await;
    assert!(matches!(found, Found::Alike { sightings, .. } if sightings[0].provider_id == "SM1"));
    assert_eq!(seen[1].path_and_query, next);
}

#[tokio::test]
async fn a_list_that_settles_nothing_is_no_answer() {
    let endless = "/2010-04-01/Accounts/AC1/Messages.json?Page=1";
    for (reason, answer, secs_later) in [
        ("too soon", page(&[], None), 59),
        ("wrong credentials", (401, json!({"code": 20003})), 600),
        ("no list", (200, json!({"message": "welcome"})), 600),
        ("another host", page(&[], Some("https://thief.example/Messages.json")), 600),
        ("no end", page(&[], Some(endless)), 600),
        ("a hidden text", page(&[listed("SM1", DURING, &json!({"body": ""}))], None), 600),
        ("a strange date", page(&[listed("SM1", "yesterday", &json!({}))], None), 600),
    ] {
        assert_eq!(find_in(&[answer], secs_later).await.0, Found::CannotTell, "{reason}");
    }
    assert_eq!(find_in(&[page(&[], None)], 60).await.0, Found::No, "settled");
    assert_eq!(find_in(&[(503, json!({}))], 600).await.0, Found::NoAnswer, "it may tell once it works again");
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let gateway = Gateway::answering(&[(201, created()), page(&[listed("SM1", DURING, &json!({}))], None)]);
    testing::contract(&*notifier(&gateway.serve().await, ""), &testing::message(Channel::Sms)).await;
}

#[test]
fn codes_of_reports_are_explained() {
    let notifier = notifier("http://127.0.0.1:1", "");
    assert!(notifier.explain("30006").unwrap().bad_address);
    assert!(notifier.explain("21610").unwrap().opted_out);
    assert_eq!(notifier.explain("12345"), None);
}
