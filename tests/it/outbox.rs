//! The outbox in the hands of operators: held and let go, message by message, and what a text would be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use wasl_core::delivery::{Channel, Failure, Found, Notifier, Outgoing, Pending, Sent, Status};
use wasl_core::event::Body;
use wasl_core::value::Record;
use wasl_notifiers::Sandbox;
use wasl_runtime::engine::{EngineError, Wish};
use wasl_runtime::store::{Hold, MessageFilter, MessageStatus, NewEvent, Scope, StoredMessage, TaskFilter};

use crate::gateway::FakeTwilio;
use crate::program::{get, hello, post, sign};
use crate::support::program::{Desk, until};
use crate::support::{Builder, House, contact, family, twilio_named};

/// Runs a test of the program beside a gateway that answers meanwhile.
async fn beside(test: impl FnOnce(FakeTwilio) + Send + 'static) {
    let gateway = FakeTwilio::start().await;
    tokio::task::spawn_blocking(move || test(gateway)).await.unwrap();
}

fn open(desk: &Desk, id: u32) -> String {
    let (id, phone) = (format!("id={id}"), format!("phone=+9733600{id:04}"));
    let opened = desk.json(&["case", "open", "hello", "--data", &id, &phone]);
    opened["case"]["reference"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned()
}

/// The messages of a case, the oldest first, as `id status`.
fn messages(desk: &Desk, case: &str) -> Vec<(String, String)> {
    let listed = desk.json(&["message", "list", "--case", case]);
    let text = |message: &Json, name: &str| message[name].as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().rev().map(|message| (text(message, "id"), text(message, "status"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restore_nothing_leaves_until_an_operator_lets_it_go() {
    beside(|gateway| {
        let desk = Desk::empty();
        hello(&desk, &gateway.base_url());
        desk.text(&["db", "migrate"]);
        let held = desk.text(&["outbox", "hold", "all", "--reason", "restored from a backup"]);
        assert!(held.contains("held: everything") && held.contains("wasl outbox release all"), "{held}");

        let daemon = desk.serve();
        let cases: Vec<String> = (1..=3).map(|id| open(&desk, id)).collect();
        let ready = until(|| Some(get(&daemon.url("/readyz"))).filter(|(_, body)| body.contains("last_tick\":\"")));
        let (code, body) = ready.unwrap();
        let ready: Json = serde_json::from_str(&body).unwrap();
        assert_eq!((code, &ready["status"]), (200, &json!("degraded")), "{body}");
        assert!(ready["reasons"]["outbox all"].as_str().unwrap().starts_with("held since"), "{body}");
        assert!(!body.contains("restored"), "what an operator wrote is not for everybody: {body}");
        let status = desk.json(&["outbox", "status"]);
        assert_eq!((&status["channels"][0]["due"], &status["holds"][0]["by"]), (&json!(3), &json!("huda")), "{status}");
        assert!(gateway.requests().is_empty());

        let again = desk.run(&["outbox", "hold", "all", "--reason", "x"]);
        assert!(again.code != 0 && again.err.contains("is held already, by huda"), "{again:?}");
        let released = desk.text(&["outbox", "release", "all", "--lang", "ar"]);
        assert!(released.contains("كل شيء") && released.contains("3 رسائل"), "{released}");
        until(|| (gateway.messages().len() == 3).then_some(())).expect("what waited leaves");
        for case in cases {
            until(|| (messages(&desk, &case)[0].1 == "accepted").then_some(())).expect("and is recorded");
        }
        let ready = until(|| Some(get(&daemon.url("/readyz")).1).filter(|body| body.contains("\"ready\"")));
        assert!(!ready.unwrap().contains("outbox"));
        let again = desk.run(&["outbox", "release", "all"]);
        assert!(again.code != 0 && again.err.contains("nothing is held"), "{again:?}");
        let status = desk.text(&["outbox", "status"]);
        assert!(status.contains("closed: it works"), "{status}");
        let backed_up = desk.text(&["db", "backup", "copy.sqlite"]);
        assert!(backed_up.contains("wasl outbox release all"), "{backed_up}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = desk.path("copy.sqlite").metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "a copy is about people");
        }
        let again = desk.run(&["db", "backup", "copy.sqlite"]);
        assert!(again.code != 0 && again.err.contains("is there already"), "{again:?}");
        let copy = desk.json(&["outbox", "status", "--database", "sqlite://copy.sqlite"]);
        assert_eq!(copy["holds"][0]["what"], "all", "a copy begins held: {copy}");
        assert_eq!(desk.json(&["outbox", "status"])["holds"], json!([]));
        assert_eq!(daemon.stop().0, Some(0));
        assert_eq!(gateway.messages().len(), 3, "each once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_cancelled_sent_once_more_and_never_twice_by_mistake() {
    beside(|gateway| {
        let desk = Desk::empty();
        hello(&desk, &gateway.base_url());
        desk.text(&["db", "migrate"]);
        desk.text(&["outbox", "hold", "sms", "--reason", "a look at it first"]);
        let daemon = desk.serve();
        let case = open(&desk, 7);
        let (first, status) = messages(&desk, &case)[0].clone();
        assert_eq!(status, "queued");

        let retried = desk.text(&["message", "retry", &first]);
        assert!(retried.contains("SMS is tried again from") && retried.contains("(huda)"), "{retried}");
        let cancelled = desk.text(&["message", "cancel", &first, "--reason", "the family has called"]);
        assert!(cancelled.contains("SMS cancelled: the family has called (huda)"), "{cancelled}");
        assert_eq!(messages(&desk, &case)[0].1, "withdrawn");
        let refused = desk.run(&["message", "retry", &first]);
        assert!(refused.code == 1 && refused.err.contains("`wasl message resend`"), "{refused:?}");
        let story = desk.text(&["case", "show", &case, "--lang", "ar"]);
        assert!(story.contains("أُلغيت الرسالة النصية: the family has called"), "{story}");

        let resent = desk.text(&["message", "resend", &first, "--reason", "they asked for it", "--by", "salman"]);
        assert!(resent.contains(&format!("SMS `{first}` is sent once more: they asked for it (salman)")), "{resent}");
        let (second, status) = messages(&desk, &case)[1].clone();
        assert_eq!((status.as_str(), second == first), ("queued", false));
        assert!(gateway.requests().is_empty(), "all the while it is held");
        desk.text(&["outbox", "release", "sms"]);
        until(|| (messages(&desk, &case)[1].1 == "accepted").then_some(())).expect("it leaves");
        assert_eq!(gateway.messages().iter().map(|sent| &sent["body"]).collect::<Vec<_>>(), ["Good day"]);

        let refused = desk.run(&["message", "resend", &second, "--reason", "again"]);
        assert!(refused.code == 1 && refused.err.contains("--even-if-delivered"), "{refused:?}");
        desk.text(&["message", "resend", &second, "--reason", "again", "--even-if-delivered"]);
        until(|| (gateway.messages().len() == 2).then_some(())).expect("now it was meant");
        for (args, words) in [
            (&["message", "cancel", &second, "--reason", "x"][..], "cannot be called back"),
            (&["message", "resolve", &second, "--sent", "--reason", "x"], "what became of it is known"),
            (&["message", "cancel", "1.1.99", "--reason", "x"], "there is no message `1.1.99`"),
        ] {
            let refused = desk.run(args);
            assert!(refused.code != 0 && refused.err.contains(words), "{args:?}: {refused:?}");
        }
        assert_eq!(daemon.stop().0, Some(0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_shown_with_how_it_travels_and_receipts_only_raw_if_asked() {
    beside(|gateway| {
        let desk = Desk::empty();
        hello(&desk, &gateway.base_url());
        desk.write("workflows/hello/messages/hello.en.txt", "Good day — صباح الخير 🌙");
        let daemon = desk.serve();
        let case = open(&desk, 7);
        until(|| (messages(&desk, &case)[0].1 == "accepted").then_some(())).expect("it leaves");
        let request = gateway.requests()[0].clone();
        let callback = request.form["StatusCallback"].strip_prefix("https://wasl.test").unwrap().to_owned();
        let sid = gateway.messages()[0]["sid"].as_str().unwrap().to_owned();
        let ours = [("MessageSid", sid.as_str()), ("MessageStatus", "delivered"), ("To", "+97336000007")];
        let others =
            [("MessageSid", "SM99999999999999999999999999999999"), ("MessageStatus", "sent"), ("To", "+97339999999")];
        for (path, form) in [(callback.as_str(), &ours), ("/hooks/sms/status", &others)] {
            assert_eq!(post(&daemon.url(path), form, Some(&sign("https://wasl.test", path, form))).0, 200);
        }

        let id = messages(&desk, &case)[0].0.clone();
        let shown = desk.text(&["message", "show", &id]);
        for words in [
            "UCS-2, because GSM-7 has no `—` (U+2014)",
            "`🌙` ×1",
            "attempt 1 by `sms`: accepted",
            "receipt: delivered",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(!shown.contains("MessageSid"), "{shown}");
        let raw = desk.text(&["message", "show", &id, "--raw", "--lang", "ar"]);
        assert!(raw.contains("MessageSid=") && raw.contains("كيف تُنقل"), "{raw}");
        let shown = desk.json(&["message", "show", &id]);
        assert_eq!(shown["size"]["encoding"], "ucs2");
        assert_eq!((&shown["receipts"][0]["status"], &shown["receipts"][0]["raw"]), (&json!("delivered"), &Json::Null));

        let unknown = desk.json(&["message", "receipts", "--unknown"]);
        assert_eq!(unknown.as_array().unwrap().len(), 1, "{unknown}");
        assert_eq!((&unknown[0]["provider_status"], &unknown[0]["raw"]), (&json!("sent"), &Json::Null));
        let raw = desk.text(&["message", "receipts", "--unknown", "--raw"]);
        assert!(raw.contains("SM99999999999999999999999999999999") && raw.contains("MessageStatus=sent"), "{raw}");
        assert_eq!(daemon.stop().0, Some(0));
    })
    .await;
}

#[test]
fn a_text_is_tried_out_with_made_up_values_and_with_a_case() {
    let desk = Desk::shipped();
    let text = desk.text(&["message", "preview", "account-transfer", "follow-up"]);
    assert!(text.contains("`follow-up` (ar)") && text.contains("UCS-2, because GSM-7 has no `ا` (U+0627)"), "{text}");
    let english = desk.json(&["message", "preview", "account-transfer", "follow-up", "--language", "en"]);
    assert_eq!((&english["size"]["encoding"], &english["size"]["segments"]), (&json!("gsm7"), &json!(1)), "{english}");
    let email = desk.json(&["message", "preview", "account-transfer", "follow-up-email", "--language", "en"]);
    assert!(email["subject"].as_str().unwrap().starts_with("Electricity") && email["size"].is_null(), "{email}");
    let config = std::fs::read_to_string(desk.path("config/wasl.yaml")).unwrap();
    desk.write(
        "config/wasl.yaml",
        &config.replacen("    kind: sandbox", "    kind: sandbox\n    price_per_segment: 0.0125 BHD", 1),
    );
    let priced = desk.text(&["message", "preview", "account-transfer", "follow-up"]);
    assert!(
        priced.contains("2 × 0.0125 BHD = 0.025 BHD") && priced.contains("longest names and numbers, in segments: 3"),
        "{priced}"
    );
    for (args, words) in [
        (["account-transfer", "folow-up", "--language", "en"], "did you mean `follow-up`?"),
        (["account-transfr", "follow-up", "--language", "en"], "did you mean `account-transfer`?"),
        (["account-transfer", "follow-up", "--language", "fr"], "does not speak `fr`"),
    ] {
        let said = desk.run(&[&["message", "preview"][..], &args].concat());
        assert!(said.code == 5 && said.err.contains(words), "{said:?}");
    }
    assert!(!desk.path("var").exists(), "trying out a text makes no database");

    desk.text(&["db", "migrate"]);
    let case = r#"{"cpr": "530445233", "account_no": "20973057", "deceased_name_ar": "محمد", "deceased_name_en": "Mohamed",
        "date_of_death": "2024-05-01", "registered_on": "2024-05-02", "governorate": "capital", "monthly_kwh": 3000,
        "monthly_m3": 50, "contacts": [{"name": "Amina", "mobile": "36001234", "language": "en"}]}"#;
    let opened = desk.json(&["case", "open", "account-transfer", "--json", case]);
    let reference = opened["case"]["reference"].as_str().unwrap().to_owned();
    let text = desk.text(&["message", "preview", "account-transfer", "follow-up", "--case", &reference]);
    assert!(text.contains("`follow-up` (en)") && text.contains(&reference) && text.contains("17 000 000"), "{text}");
    assert!(text.contains("+973••••1234") && !text.contains("36001234"), "{text}");
    assert_eq!(desk.json(&["message", "list"]), json!([]), "nothing is planned by it");
}

/// A gateway that never knows what became of a message.
#[derive(Default)]
struct Silent {
    handed: AtomicU32,
    answers: std::sync::atomic::AtomicBool,
}

impl Notifier for Silent {
    fn name(&self) -> &'static str {
        "sms"
    }

    fn send<'a>(&'a self, _message: &'a Outgoing) -> Pending<'a, Sent> {
        self.handed.fetch_add(1, Ordering::SeqCst);
        let sent = if self.answers.load(Ordering::SeqCst) {
            Sent::Accepted { provider_id: None, status: Status::Accepted, segments: None }
        } else {
            Sent::Uncertain(Failure::new("lost", "the reply was lost"))
        };
        Box::pin(std::future::ready(sent))
    }

    fn find<'a>(&'a self, _message: &'a Outgoing, _since: Timestamp) -> Pending<'a, Found> {
        Box::pin(std::future::ready(Found::CannotTell))
    }
}

/// Families that have agreed, so that one SMS is due for each.
async fn agreed(house: &House, cprs: [&str; 2]) {
    for cpr in cprs {
        let case = house.engine.open_case("account-transfer", family(cpr), "test").await.unwrap().case.id;
        let filter = TaskFilter { case: Some(case), limit: 9, ..TaskFilter::default() };
        let task = house.engine.store.tasks(&filter).await.unwrap().remove(0).task.id;
        let answers = Record::from([("heir".into(), contact(&format!("+97336{}", &cpr[3..])))]);
        let body = Body::Answer { task: task.clone(), outcome: "agreed".into(), answers, note: None };
        let (at, source_id) = (house.engine.now(), task.to_string());
        let event = NewEvent { case, source: "task".into(), source_id, at, by: "agent:test".into(), body };
        house.engine.submit(event).await.unwrap();
    }
}

async fn stored(house: &House) -> Vec<StoredMessage> {
    let filter = MessageFilter { limit: 9, ..MessageFilter::default() };
    let mut messages = house.engine.store.messages(&filter).await.unwrap();
    messages.sort_by(|a, b| a.message.id.cmp(&b.message.id));
    messages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_person_can_say_is_listed_and_said() {
    let gateway = Arc::new(Silent::default());
    let email: Arc<dyn Notifier> = Arc::new(Sandbox::memory("email"));
    let outlets = BTreeMap::from([(Channel::Sms, Arc::clone(&gateway) as Arc<dyn Notifier>), (Channel::Email, email)]);
    let desk = Desk::shipped();
    std::fs::create_dir_all(desk.path("var")).unwrap();
    let house = Builder::at("2024-05-12T10:00").outlets(outlets).folder(&desk.path("var")).build().await;
    agreed(&house, ["530441111", "530442222"]).await;
    house.settle().await;
    for _ in 0..30 {
        house.clock.advance(SignedDuration::from_secs(30));
        house.settle().await;
    }
    let uncertain = stored(&house).await;
    assert_eq!(uncertain.iter().map(|of| of.status).collect::<Vec<_>>(), [MessageStatus::Uncertain; 2]);
    assert_eq!(gateway.handed.load(Ordering::SeqCst), 2, "nobody is sent the same twice in doubt");
    let (had_left, had_not) = (uncertain[0].message.id.clone(), uncertain[1].message.id.clone());

    let listed = desk.text(&["incident", "list"]);
    assert!(listed.contains("2 messages of which nobody knows whether they left"), "{listed}");
    assert!(listed.contains(&format!("wasl message resolve {had_left} --sent|--not-sent")), "{listed}");
    let json = desk.json(&["incident", "list"]);
    assert_eq!(json["messages"].as_array().unwrap().len(), 2, "{json}");
    let shown = desk.text(&["message", "show", had_left.0.as_str(), "--lang", "ar"]);
    assert!(shown.contains("wasl message resolve") && shown.contains("لا يستطيع المزود"), "{shown}");
    let wish = Wish::Retry;
    let refused = house.engine.wish(&had_left, wish, "test", "huda").await;
    assert!(matches!(refused, Err(EngineError::MessageStands { .. })), "{refused:?}");

    gateway.answers.store(true, Ordering::SeqCst);
    for (id, sent) in [(&had_left, true), (&had_not, false)] {
        let wish = Wish::Resolve { sent, reason: "the gateway says so on the telephone".into() };
        let event = house.engine.wish(id, wish, "test", "huda").await.unwrap();
        house.engine.submit(event).await.unwrap();
    }
    house.settle().await;
    assert_eq!(stored(&house).await.iter().map(|of| of.status).collect::<Vec<_>>(), [MessageStatus::Accepted; 2]);
    assert_eq!(gateway.handed.load(Ordering::SeqCst), 3, "only what had not left is sent again");
    assert_eq!(desk.text(&["incident", "list"]).trim(), "nothing waits for a person's decision");
    let case = uncertain[0].case.reference();
    let story = desk.text(&["case", "show", &case]);
    assert!(
        story.contains("SMS had been sent, as a person found out: the gateway says so on the telephone (huda)"),
        "{story}"
    );
    assert!(story.contains("SMS sent"), "{story}");
}

#[tokio::test]
async fn a_held_gateway_gives_nothing_and_its_spare_goes_on() {
    wasl_notifiers::init_tls();
    let (first, spare) = (FakeTwilio::start().await, FakeTwilio::start().await);
    let chain = vec![twilio_named("sms", &first.base_url()).into(), twilio_named("spare", &spare.base_url()).into()];
    let desk = Desk::shipped();
    std::fs::create_dir_all(desk.path("var")).unwrap();
    let house = Builder::at("2024-05-12T10:00").sms_chain(chain).folder(&desk.path("var")).build().await;
    let store = &house.engine.store;
    let hold = |name: &str| {
        let scope = Scope::Gateway(name.into());
        Hold { scope, reason: "maintenance".into(), by: "huda".into(), since: house.engine.now() }
    };
    let sent = || (first.messages().len(), spare.messages().len());
    store.hold_outbox(&hold("sms")).await.unwrap();
    agreed(&house, ["530441111", "530442222"]).await;
    house.settle().await;
    assert_eq!(sent(), (0, 2));
    store.hold_outbox(&hold("spare")).await.unwrap();
    agreed(&house, ["530443333", "530444444"]).await;
    house.settle().await;
    assert_eq!(sent(), (0, 2), "with both held everything waits");
    assert!(store.release_outbox(&Scope::Gateway("sms".into()), "huda", house.engine.now()).await.unwrap());
    house.settle().await;
    assert_eq!(sent(), (2, 2));

    // That it refuses our settings is read by whoever asks, in another process too.
    for _ in 0..2 {
        first.refuse_next(StatusCode::UNAUTHORIZED, json!({"code": 20003, "message": "no", "status": 401}));
    }
    agreed(&house, ["530445555", "530446666"]).await;
    house.settle().await;
    let note = store.gateway_notes().await.unwrap().remove("sms").unwrap();
    assert!(note.rests_until.is_some() && note.why.unwrap().contains("refuses our settings"));
    let status = tokio::task::spawn_blocking(move || desk.text(&["outbox", "status"])).await.unwrap();
    assert!(status.contains("half open") && status.contains("refuses our settings"), "{status}");
}
