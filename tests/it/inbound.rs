//! People answer: over the signed hook of a running daemon, in both scripts, and what becomes of it.

use serde_json::Value as Json;

use crate::gateway::FakeTwilio;
use crate::program::{hello, post, sign};
use crate::support::program::{Daemon, Desk, until};

const PATH: &str = "/hooks/sms/inbound";

/// A message as Twilio posts it; returns status, content type and body of our answer.
fn text(daemon: &Daemon, sid: &str, from: &str, body: &str) -> (u16, String, String) {
    let form = [("MessageSid", sid), ("From", from), ("To", "+97317000000"), ("Body", body), ("NumMedia", "0")];
    post(&daemon.url(PATH), &form, Some(&sign("https://wasl.test", PATH, &form)))
}

/// A case of the small workflow whose one message has left.
fn greeted(desk: &Desk, id: &str, phone: &str) -> String {
    let opened = desk.json(&["case", "open", "hello", "--data", &format!("id={id}"), &format!("phone={phone}")]);
    let case = opened["case"]["reference"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned();
    let accepted = || desk.json(&["message", "list", "--case", &case])[0]["status"] == "accepted";
    until(|| accepted().then_some(())).expect("the message leaves");
    case
}

fn walk(gateway: &FakeTwilio, story: impl FnOnce(&Desk, &Daemon)) {
    let desk = Desk::empty();
    hello(&desk, &gateway.base_url());
    let daemon = desk.serve();
    story(&desk, &daemon);
    let (code, words) = daemon.stop();
    assert_eq!(code, Some(0), "{words}");
    for personal in ["3600", "خمسة", "who are you"] {
        assert!(!words.contains(personal), "personal data in the log: {words}");
    }
}

async fn with_gateway(story: impl FnOnce(&Desk, &Daemon) + Send + 'static) {
    let gateway = FakeTwilio::start().await;
    tokio::task::spawn_blocking(move || walk(&gateway, story)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_reaches_the_case_and_somebody_reads_it() {
    with_gateway(|desk, daemon| {
        let case = greeted(desk, "7", "+97336001234");
        // Nothing that could be taken for an SMS to the sender is answered, whatever was asked.
        let form = [("MessageSid", "SM1"), ("From", "+97336001234"), ("Body", "نعم")];
        assert_eq!(post(&daemon.url(PATH), &form, None), (403, String::new(), String::new()));
        let empty = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
        for _ in 0..2 {
            let answer = text(daemon, "SM1", "+97336001234", "كلموني بعد الساعة خمسة");
            assert_eq!(answer, (200, "text/xml".to_owned(), empty.to_owned()));
        }
        let story = until(|| Some(desk.text(&["case", "show", &case])).filter(|told| told.contains("خمسة"))).unwrap();
        assert_eq!(story.matches("“كلموني بعد الساعة خمسة”").count(), 1, "told once: {story}");

        // The state has nothing for it: a desk reads it, and that settles it.
        let tasks = desk.json(&["task", "list", "--case", &case]);
        let task = tasks[0]["id"].as_str().unwrap();
        let brief = desk.text(&["task", "show", task]);
        assert!(brief.contains("كلموني بعد الساعة خمسة") && brief.contains("+97336001234"), "{brief}");
        assert_eq!(desk.run(&["task", "answer", task, "no_answer"]).code, 1);
        desk.text(&["task", "answer", task, "read", "--note", "rang back"]);
        assert_eq!(desk.json(&["task", "list", "--case", &case, "--status", "open"]), Json::Array(Vec::new()));

        let inbound = desk.json(&["inbound", "list", "--case", &case]);
        assert_eq!((inbound[0]["seen"].as_u64(), inbound[0]["case"].as_str()), (Some(2), Some(case.as_str())));
        let arabic = desk.text(&["case", "show", &case, "--lang", "ar"]);
        assert!(arabic.contains("ورد رد: «كلموني بعد الساعة خمسة»"), "{arabic}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_in_arabic_holds_for_every_case_until_a_start() {
    with_gateway(|desk, daemon| {
        let first = greeted(desk, "7", "+97336001234");
        assert_eq!(text(daemon, "SM1", "+97336001234", " إيقـــاف. ").0, 200);
        let told = until(|| Some(desk.text(&["case", "show", &first])).filter(|told| told.contains("asks us to stop")));
        assert!(told.is_some_and(|told| !told.contains("task in queue")), "a keyword needs no reader");

        let status = |id: &str| {
            let opened = desk.json(&["case", "open", "hello", "--data", &format!("id={id}"), "phone=+97336001234"]);
            let case = opened["case"]["reference"].as_str().unwrap().to_owned();
            let stands = || desk.json(&["message", "list", "--case", &case])[0]["status"].as_str().map(str::to_owned);
            until(|| stands().filter(|status| !["queued", "sending"].contains(&status.as_str()))).unwrap()
        };
        assert_eq!(status("8"), "suppressed", "another case of the same person");
        assert_eq!(text(daemon, "SM2", "+97336001234", "START").0, 200);
        assert_eq!(status("9"), "accepted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_sender_is_kept_and_given_to_a_case_by_hand() {
    with_gateway(|desk, daemon| {
        let case = greeted(desk, "7", "+97336001234");
        assert_eq!(text(daemon, "SM1", "+97336005678", "who are you?").0, 200);
        let list = desk.text(&["inbound", "list", "--unmatched"]);
        assert!(list.contains("+97336005678") && list.contains("who are you?"), "{list}");
        let page = desk.text(&["inbound", "show", "1", "--lang", "ar"]);
        assert!(page.contains("رسالة واردة 1") && page.contains("لم يخاطب هذا المرسل أحد"), "{page}");
        assert_eq!(desk.run(&["inbound", "show", "99"]).code, 5);

        let given = desk.text(&["inbound", "assign", "1", &case]);
        assert!(given.contains("an answer came: “who are you?”") && given.contains("task in queue"), "{given}");
        let again = desk.text(&["inbound", "assign", "1", &case]);
        assert!(again.contains("this was reported before"), "{again}");
        assert_eq!(desk.json(&["inbound", "list", "--unmatched"]), Json::Array(Vec::new()));
        assert!(desk.text(&["inbound", "show", "1"]).contains("given by huda"));
    })
    .await;
}
