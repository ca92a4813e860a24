//! The notifier with the shipped descriptions, against a gateway on this machine over real HTTP.

mod infobip;
mod kannel;
mod reading;
mod unifonic;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wasl_core::delivery::{Channel, Hook, HookError, Notifier, Outgoing, Receipt, Sent};

use crate::http::outcome_word;
use crate::settings::Settings;
use crate::testing::gateway::{Gateway, Seen};
use crate::testing::{self, FakeSecrets};

/// 24 signs, as `openssl rand -hex 12` makes them.
const TOKEN: &str = "0123456789abcdef01234567";

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/gateways").join(name)
}

/// The section of a shipped gateway, with its public address.
fn section(name: &str, base_url: &str) -> String {
    let own = match name {
        "kannel" => "values: {username: wasl}\nsecrets: {password: {env: KEY}, token: {env: TOKEN}}\n",
        "infobip" => "values: {prefix: ewa}\nsecrets: {api_key: {env: KEY}, token: {env: TOKEN}}\n",
        _ => "secrets: {app_sid: {env: KEY}, token: {env: TOKEN}}\n",
    };
    format!(
        "kind: http_gateway\ngateway: {}\nbase_url: {base_url}\nfrom: EWA\npublic_url: https://wasl.example.bh/w/\n{own}",
        shipped(&format!("{name}.yaml")).display()
    )
}

fn build(section: &str) -> Result<Arc<dyn Notifier>, String> {
    crate::init_tls();
    let settings: Settings = serde_yaml::from_str(section).unwrap();
    let mut secrets = FakeSecrets::new().env("KEY", "hunter2 & co").env("TOKEN", TOKEN).env("SHORT", "short");
    if let Settings::HttpGateway(gateway) = &settings
        && let Ok(text) = std::fs::read_to_string(&gateway.gateway)
    {
        secrets = secrets.file(gateway.gateway.to_str().unwrap(), &text);
    }
    crate::build("sms", &settings, &secrets).map_err(|error| error.to_string())
}

fn notifier(name: &str, base_url: &str) -> Arc<dyn Notifier> {
    build(&section(name, base_url)).unwrap()
}

/// What a gateway saw of one message, and what was made of its answer.
async fn send(name: &str, status: u16, body: &str) -> (Seen, Sent) {
    let gateway = Gateway::saying([(status, body.to_owned())]);
    let message = testing::message(Channel::Sms);
    let sent = notifier(name, &gateway.serve().await).send(&message).await;
    testing::assert_no_personal_data(&sent, &message);
    assert!(!format!("{sent:?}").contains("hunter2"), "{sent:?}");
    let [seen] = gateway.seen().try_into().unwrap();
    (seen, sent)
}

/// An outcome in one line: word, id or code, marks.
fn told(sent: &Sent) -> String {
    let word = outcome_word(sent);
    match sent {
        Sent::Accepted { provider_id, status, segments } => {
            let segments = segments.map(|count| format!(" {count}")).unwrap_or_default();
            format!("{word} {} {}{segments}", provider_id.as_deref().unwrap_or("-"), status.as_str())
        }
        Sent::Rejected(failure)
        | Sent::Retry { failure, .. }
        | Sent::Unreachable(failure)
        | Sent::Misconfigured(failure)
        | Sent::Uncertain(failure) => {
            let marks = [(failure.bad_address, " bad_address"), (failure.opted_out, " opted_out")];
            let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
            format!("{word} {}{marks}", failure.code)
        }
    }
}

/// Each answer has the meaning beside it.
async fn answers(name: &str, table: &[(u16, &str, &str)]) {
    for (status, body, meaning) in table {
        let (_, sent) = send(name, *status, body).await;
        assert_eq!(told(&sent), *meaning, "{status} {body}");
    }
}

fn receive(name: &str, path_and_query: &str, body: &str) -> Result<Vec<Receipt>, HookError> {
    let hook = Hook { url: "", path_and_query, headers: &[], body: body.as_bytes() };
    notifier(name, "http://127.0.0.1:1").receipts(&hook)
}

/// A gateway that reads a request and then misbehaves.
async fn send_to_socket(answer: Option<&'static [u8]>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 64 * 1024];
        // One read: a request of Kannel's is one short packet.
        assert!(socket.read(&mut request).await.unwrap() > 0);
        match answer {
            Some(answer) => socket.write_all(answer).await.unwrap(),
            None => std::future::pending().await,
        }
    });
    let more = "connect_timeout: 100ms\ntimeout: 400ms\n";
    let notifier = build(&format!("{}{more}", section("kannel", &base_url))).unwrap();
    told(&notifier.send(&testing::message(Channel::Sms)).await)
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_a_refused_connection_is_not() {
    assert_eq!(send_to_socket(Some(b"")).await, "uncertain connection_lost");
    let half = b"HTTP/1.1 202 Accepted\r\ncontent-length: 99\r\n\r\n0: Acc";
    assert_eq!(send_to_socket(Some(half)).await, "uncertain unreadable");
    assert_eq!(send_to_socket(None).await, "uncertain timeout");
    let base_url = format!("http://{}", TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    let sent = notifier("kannel", &base_url).send(&testing::message(Channel::Sms)).await;
    assert_eq!(told(&sent), "unreachable connect");
}

#[tokio::test]
async fn every_shipped_gateway_keeps_the_contract() {
    let infobip = r#"{"messages": [{"messageId": "ewa-c-1.2.0", "status": {"groupName": "PENDING"}}],
        "results": [{"messageId": "ewa-c-1.2.0", "status": {"groupName": "DELIVERED"}}]}"#;
    let unifonic = r#"{"success": true, "errorCode": "ER-00", "data": {"MessageID": 42000348806924}}"#;
    for (name, status, body) in [("kannel", 202, "0: Accepted"), ("unifonic", 200, unifonic), ("infobip", 200, infobip)]
    {
        let gateway = Gateway::saying([(status, body.to_owned())]);
        testing::contract(&*notifier(name, &gateway.serve().await), &testing::message(Channel::Sms)).await;
    }
}

#[tokio::test]
async fn what_is_not_there_for_a_message_is_left_out_of_its_request() {
    let gateway = Gateway::saying([(202, "0: Accepted for delivery".to_owned())]);
    let base_url = gateway.serve().await;
    let section = section("kannel", &base_url).replace("from: EWA\npublic_url: https://wasl.example.bh/w/\n", "");
    let message = Outgoing { expires: None, text: "Good day".to_owned(), ..testing::message(Channel::Sms) };
    build(&section).unwrap().send(&message).await;
    let names: Vec<String> = gateway.seen()[0].query().into_keys().collect();
    assert_eq!(names, ["charset", "coding", "password", "text", "to", "username"]);
}

#[test]
fn a_section_that_does_not_fit_its_description_is_refused_with_the_key() {
    let base = section("kannel", "http://127.0.0.1:1");
    for (from, to, key, says) in [
        ("{username: wasl}", "{}", "values", "lacks `username`"),
        ("{username: wasl}", "{username: a, usrname: b}", "values", "has `usrname`"),
        ("token: {env: TOKEN}", "", "secrets", "lacks `token`"),
        ("token: {env: TOKEN}", "token: {env: SHORT}", "secrets", "at least 16"),
        ("token: {env: TOKEN}", "token: {env: KEY}", "secrets", "at least 16"),
        ("token: {env: TOKEN}", "token: {env: NONE}", "secrets.token", "`NONE` is not set"),
        ("http://127.0.0.1:1", "http://10.0.0.1", "base_url", "https://"),
        ("kannel.yaml", "no-such.yaml", "gateway", "no-such.yaml"),
    ] {
        let error = build(&base.replace(from, to)).err().unwrap();
        assert!(error.contains(&format!("`{key}`")) && error.contains(says), "{to}: {error}");
        assert!(!error.contains("hunter2") && !error.contains("short"), "{error}");
    }
}
