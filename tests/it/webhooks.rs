//! Other systems are told of cases over real HTTP: signed, in order, again after failures and deaths, one apart from the other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use tokio_util::sync::CancellationToken;
use wasl_core::webhook::{Topic, Wanted};
use wasl_notifiers::Webhooks;
use wasl_runtime::store::{NewAudit, NewWebhook};

use crate::access::Browser;
use crate::program::block_on;
use crate::support::program::{Daemon, Desk, until};
use crate::support::{Builder, family};

/// What a receiver does with a request.
#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    /// Hangs up without a word.
    Reset,
    /// Takes it, after so long.
    Slow(Duration),
    /// Sends it elsewhere.
    Redirect,
}

/// A request as a receiver got it.
#[derive(Clone, Debug)]
struct Got {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Got {
    fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }

    fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// What a receiver does to know that a notice is ours, written apart from our own code.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.body).as_bytes());
        self.headers["webhook-signature"] == format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// Another system that is told: it answers by its list, then by the last of it.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&got);
        std::thread::spawn(move || {
            for (n, stream) in listener.incoming().enumerate() {
                let answer = answers.get(n).or(answers.last()).copied().unwrap();
                let keep = Arc::clone(&keep);
                std::thread::spawn(move || receive(stream.unwrap(), answer, &keep));
            }
        });
        Self { url, got }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until so many requests have come.
    fn wait(&self, count: usize) -> Vec<Got> {
        until(|| Some(self.got()).filter(|got| got.len() >= count))
            .unwrap_or_else(|| panic!("only {} of {count} came", self.got().len()))
    }

    /// Cases and topics in the order in which they came, each id once.
    fn told(&self) -> Vec<(String, String)> {
        let mut seen = BTreeSet::new();
        let got = self.got().into_iter().filter(|got| seen.insert(got.id().to_owned()));
        let words = |json: &Json| json.as_str().unwrap().to_owned();
        got.map(|got| (words(&got.json()["data"]["case"]), words(&got.json()["type"]))).collect()
    }
}

fn receive(mut stream: TcpStream, answer: Answer, keep: &Mutex<Vec<Got>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        if let Some((name, value)) = line.trim().split_once(": ") {
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    keep.lock().unwrap().push(Got { headers, body: String::from_utf8(body).unwrap() });
    let head = match answer {
        Answer::Reset => return,
        Answer::Slow(time) => {
            std::thread::sleep(time);
            "HTTP/1.1 204 No Content".to_owned()
        }
        Answer::Redirect => "HTTP/1.1 302 Found\r\nlocation: /elsewhere".to_owned(),
        Answer::Status(status) => format!("HTTP/1.1 {status} Whatever"),
    };
    stream.write_all(format!("{head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).ok();
}

/// A small house whose webhooks may go to this machine.
fn house() -> (Desk, Daemon) {
    let desk = Desk::empty();
    crate::program::hello(&desk, "http://127.0.0.1:9");
    let settings = std::fs::read_to_string(desk.path("config/wasl.yaml")).unwrap();
    desk.write("config/wasl.yaml", &(settings + "webhooks: {this_machine: true}\n"));
    let daemon = desk.serve();
    (desk, daemon)
}

fn listen(desk: &Desk, name: &str, receiver: &Receiver, more: &[&str]) -> String {
    let added = desk.json(&[&["webhook", "add", name, receiver.url.as_str()], more].concat());
    added["secret"].as_str().unwrap().to_owned()
}

fn open(desk: &Desk, id: usize) -> String {
    let data = [format!("id={id}"), format!("phone=+9733600{id:04}")];
    let opened = desk.json(&["case", "open", "hello", "--data", &data[0], &data[1]]);
    opened["case"]["reference"].as_str().unwrap().to_owned()
}

#[test]
fn notices_are_signed_and_told_in_order_again_after_an_error_and_a_lost_answer() {
    let (desk, daemon) = house();
    let receiver = Receiver::start(vec![Answer::Status(500), Answer::Reset, Answer::Status(202)]);
    let secret = listen(&desk, "billing", &receiver, &["--field", "id"]);
    let case = open(&desk, 7);
    desk.text(&["case", "hold", &case, "--reason", "Layla asked for quiet"]);
    desk.text(&["case", "resume", &case]);
    desk.text(&["case", "close", &case, "--outcome", "duplicate", "--reason", "twice"]);

    // The first is tried three times, the others follow it.
    let got = receiver.wait(7);
    assert!(got[..3].iter().all(|one| one.id() == got[0].id() && one.body == got[0].body), "{got:?}");
    let topics: Vec<String> = receiver.told().into_iter().map(|(of, topic)| (assert_eq!(of, case), topic).1).collect();
    assert_eq!(topics, ["case.opened", "case.entered", "case.held", "case.resumed", "case.ended"]);
    let now = Timestamp::now().as_second();
    for one in &got {
        assert!(one.is_signed_with(&secret), "{one:?}");
        let at: i64 = one.headers["webhook-timestamp"].parse().unwrap();
        assert!((now - 120..=now).contains(&at), "{at} is not about {now}");
        assert_eq!(one.headers["content-type"], "application/json");
        assert_eq!(one.json()["data"]["fields"], json!({"id": "7"}));
        assert!(!one.body.contains("3600") && !one.body.contains("Layla"), "{}", one.body);
    }
    let other = STANDARD.encode([7; 64]);
    assert!(!got[0].is_signed_with(&format!("whsec_{other}")));
    assert_eq!(got[1].json()["data"]["state"], "greet");
    assert_eq!(got.last().unwrap().json()["data"]["outcome"], "duplicate");

    let taken = |shown: &Json| shown["deliveries"].as_array().unwrap().iter().all(|one| !one["settled_at"].is_null());
    let shown = until(|| Some(desk.json(&["webhook", "show", "billing"])).filter(taken)).unwrap();
    let first = shown["deliveries"].as_array().unwrap().last().unwrap();
    let log: Vec<String> = first["attempts"].as_array().unwrap().iter().map(answered).collect();
    assert_eq!(log, ["500", "connection_lost", "202"]);
    assert!(!shown.to_string().contains(&secret), "the secret was shown once");
    let (_, words) = daemon.stop();
    assert!(!words.contains(&secret) && !words.contains("Layla"), "{words}");
}

fn answered(attempt: &Json) -> String {
    attempt["status"]
        .as_u64()
        .map_or_else(|| attempt["problem"].as_str().unwrap().to_owned(), |status| status.to_string())
}

#[test]
fn a_slow_system_delays_no_other_and_loses_nothing_over_a_death() {
    let (desk, daemon) = house();
    let (slow, fast) =
        (Receiver::start(vec![Answer::Slow(Duration::from_secs(3))]), Receiver::start(vec![Answer::Status(200)]));
    listen(&desk, "slow", &slow, &["--topic", "case.opened", "--topic", "case.held"]);
    listen(&desk, "fast", &fast, &["--topic", "case.opened", "--topic", "case.held"]);
    let cases: Vec<String> = (1..=3).map(|id| open(&desk, id)).collect();
    for case in &cases {
        desk.text(&["case", "hold", case, "--reason", "quiet"]);
    }
    fast.wait(6);
    assert!(slow.got().len() < 6, "the slow one is far behind");
    // Killed while the slow one has a notice in its hands.
    drop(daemon);
    let before = slow.got().len();
    let case = open(&desk, 4);
    let _daemon = desk.serve();
    let told = |receiver: &Receiver| until(|| Some(receiver.told()).filter(|told| told.len() == 7)).unwrap();
    let (of_slow, of_fast) = (told(&slow), told(&fast));
    assert!(slow.got().len() > before);
    assert_eq!(of_slow, of_fast, "both heard everything in one order");
    for case in &cases {
        let of_case: Vec<&str> = of_slow.iter().filter(|(of, _)| of == case).map(|(_, topic)| topic.as_str()).collect();
        assert_eq!(of_case, ["case.opened", "case.held"], "{case}");
    }
    assert_eq!(of_slow.last(), Some(&(case, "case.opened".to_owned())));
}

#[test]
fn administrators_say_who_is_told_and_mistakes_are_told_them() {
    let (desk, daemon) = house();
    let receiver = Receiver::start(vec![Answer::Redirect, Answer::Status(200)]);
    let scopes = ["--scope", "manage_webhooks", "--scope", "see_personal_fields"];
    let key_of = |name: &str, scopes: &[&str]| {
        desk.json(&[&["api-key", "create", name], scopes].concat())["key"].as_str().unwrap().to_owned()
    };
    let (key, blind) = (key_of("boss", &scopes), key_of("blind", &scopes[..2]));
    let browser = Browser::new(&daemon);
    let send = |method: Method, path: &str, body: &Json| {
        browser.send(method, &format!("/api/v1{path}"), |request| request.bearer_auth(&key).json(body))
    };
    let post = |path: &str, body: &Json| send(Method::POST, path, body);
    let get = |path: &str| send(Method::GET, path, &json!({}));
    let new = |name: &str, url: &str| json!({"name": name, "url": url});
    for (body, status, words) in [
        (new("a", "http://billing.example.bh/"), 422, "must begin with `https://`"),
        (new("a", "https://u:p@billing.example.bh/"), 422, "credentials"),
        (new("a", "file:///etc/passwd"), 422, "no web address"),
        (new("A b", &receiver.url), 422, "cannot be a name"),
        (json!({"name": "a", "url": receiver.url, "topics": ["case.moved"]}), 422, "nothing is told of `case.moved`"),
        (json!({"name": "a", "url": receiver.url, "workflows": ["helo"]}), 422, "no workflow `helo`"),
        (json!({"name": "a", "url": receiver.url, "fields": ["name"]}), 422, "no field `name`"),
        (json!({"name": "a", "url": receiver.url, "secret": "whsec_mine"}), 422, "secret"),
    ] {
        let answer = post("/webhooks", &body);
        assert!(answer.status == status && answer.body.contains(words), "{body}: {} {}", answer.status, answer.body);
    }
    // A key passes on no more than it may see.
    let fields = json!({"name": "a", "url": receiver.url, "fields": ["name"]});
    let refused = browser.send(Method::POST, "/api/v1/webhooks", |request| request.bearer_auth(&blind).json(&fields));
    assert!(refused.status == 403 && refused.body.contains("see_personal_fields"), "{}", refused.body);
    let added = post("/webhooks", &json!({"name": "billing", "url": receiver.url, "topics": ["case.opened"]}));
    assert_eq!(added.status, 201, "{}", added.body);
    let secret = added.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(post("/webhooks", &new("billing", &receiver.url)).status, 409);
    assert!(!get("/webhooks").body.contains(&secret) && !get("/webhooks/billing").body.contains(&secret));

    // A redirect is an answer like another: nothing is sent where it leads.
    let case = open(&desk, 1);
    let log = || get("/webhooks/billing/deliveries").json()["items"][0].clone();
    let taken = until(|| Some(log()).filter(|one| one["settled_at"].is_string())).expect("taken the second time");
    assert_eq!(taken["attempts"].as_array().unwrap().iter().map(answered).collect::<Vec<_>>(), ["302", "200"]);
    assert!(receiver.got().iter().all(|got| got.id() == taken["notice"]), "{case}");
    let path = format!("/webhooks/billing/deliveries/{}", taken["id"]);
    assert_eq!(post(&format!("{path}/skip"), &json!({})).status, 404, "it was taken");
    assert_eq!(post("/webhooks/billing/deliveries/999/redeliver", &json!({})).status, 404);
    assert_eq!(post(&format!("{path}/redeliver"), &json!({})).status, 200);
    let again = receiver.wait(3);
    assert_eq!((again[2].id(), &again[2].body), (again[0].id(), &again[0].body));

    // What happens while it is stopped waits for it.
    assert!(post("/webhooks/billing/stop", &json!({})).json()["stopped_at"].is_string());
    open(&desk, 2);
    assert!(until(|| log()["next_at"].is_string().then_some(())).is_some());
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(receiver.got().len(), 3, "nothing is told");
    assert!(post("/webhooks/billing/start", &json!({})).json()["stopped_at"].is_null());
    receiver.wait(4);
    assert_eq!(post("/webhooks/billing/remove", &json!({})).status, 200);
    assert_eq!(get("/webhooks/billing").status, 404);
    let acts = desk.json(&["audit", "list", "--who", "key:boss"]).to_string();
    for act in ["webhook.add", "webhook.redeliver", "webhook.stop", "webhook.start", "webhook.remove"] {
        assert!(acts.contains(act), "{act}: {acts}");
    }
    assert!(!acts.contains("webhook.skip"), "refused");
    drop(daemon);

    // What the configuration does not allow any more is not told either.
    let settings = std::fs::read_to_string(desk.path("config/wasl.yaml")).unwrap().replace("true", "false");
    desk.write("config/wasl.yaml", &settings);
    let refused = desk.run(&["webhook", "add", "here", &receiver.url]);
    assert!(refused.code == 2 && refused.err.contains("this_machine: true"), "{refused:?}");
}

#[test]
fn a_system_that_takes_nothing_for_three_days_is_told_nothing_until_a_person_has_looked() {
    block_on(async {
        let house = Builder::at("2024-05-14 09:00").build().await;
        let (engine, stop) = (&house.engine, CancellationToken::new());
        let poster = Webhooks::new(true).unwrap();
        let receiver = Receiver::start(vec![Answer::Status(503)]);
        let wanted = Wanted { topics: [Topic::Opened].into(), ..Wanted::default() };
        let secret = wasl_notifiers::secret_of(&[7; 32]);
        let new = NewWebhook { name: "billing".into(), url: receiver.url.clone(), secret, wanted };
        let trace = |act: &str| NewAudit {
            at: engine.now(),
            who: "user:mona".into(),
            act: act.into(),
            case: None,
            subject: None,
        };
        assert!(engine.store.add_webhook(&new, trace("webhook.add")).await.unwrap());
        engine.open_case("account-transfer", family("530445233"), "test").await.unwrap();
        let mut tried = 0;
        loop {
            let (due, wrong) = engine.due_webhooks().await.unwrap();
            if wrong.get("billing").is_some_and(|why| why.contains("stopped") && why.contains("http_503")) {
                break;
            }
            assert_eq!(wrong.contains_key("billing"), tried >= 3, "{tried}: {wrong:?}");
            for webhook in due {
                assert_eq!(engine.deliver_to(&webhook, &poster, &stop).await.unwrap(), 0);
                tried += 1;
            }
            house.clock.advance(SignedDuration::from_hours(1));
            assert!(tried < 20);
        }
        assert_eq!(tried, 11);
        let trace_of = wasl_runtime::store::AuditFilter { who: Some("wasl".into()), limit: 9, ..Default::default() };
        assert_eq!(engine.store.audit(&trace_of).await.unwrap()[0].entry.act, "webhook.stop");

        engine.open_case("account-transfer", family("600101234"), "test").await.unwrap();
        assert!(engine.due_webhooks().await.unwrap().0.is_empty(), "nobody is bothered meanwhile");
        let works = Receiver::start(vec![Answer::Status(200)]);
        let webhook = engine.store.webhook("billing").await.unwrap().unwrap();
        engine.store.start_webhook(webhook.id, trace("webhook.start")).await.unwrap();
        let (due, wrong) = engine.due_webhooks().await.unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
        let moved = wasl_runtime::store::Webhook { url: works.url.clone(), ..due[0].clone() };
        assert_eq!(engine.deliver_to(&moved, &poster, &stop).await.unwrap(), 2);
        assert_eq!(works.told().len(), 2);
    });
}
