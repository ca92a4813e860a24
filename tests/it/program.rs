//! Through the doors that users have: the walk of the README, the daemon as a service manager
//! sees it, receipts over HTTP, the small tools in a pipe.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value as Json, json};
use sha1::Sha1;

use crate::gateway::FakeTwilio;
use crate::support::program::{Desk, until};

#[test]
fn a_new_user_walks_from_the_first_call_to_the_confirmation() {
    walk(&Desk::shipped());
}

#[test]
fn the_same_walk_leads_over_postgresql() {
    let desk = Desk::shipped().on_postgres();
    let before = desk.run(&["db", "status"]);
    assert!(before.code == 1 && before.out.contains("not yet"), "{before:?}");
    walk(&desk);
    assert!(desk.text(&["db", "status"]).contains("outreach"));
    let backup = desk.run(&["db", "backup", "copy.sqlite"]);
    assert!(backup.code != 0 && backup.err.contains("pg_dump"), "{backup:?}");
}

#[test]
fn two_daemons_share_a_postgresql_and_open_each_case_once() {
    let desk = Desk::shipped().on_postgres();
    desk.text(&["db", "migrate"]);
    // Both find the sample year at the same time: one of them reads it.
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| desk.serve());
        (desk.serve(), other.join().unwrap())
    });
    let words = format!("{}{}", one.words(), other.words());
    assert_eq!(words.matches("1,032 cases opened").count(), 1, "{words}");
    let opened = desk.json(&["case", "list", "--limit", "2000"]);
    assert_eq!(opened.as_array().unwrap().len(), 1_032);
    // What one is told, the other goes on with after the first is gone.
    let tasks = desk.json(&["task", "list", "--queue", "complaints", "--status", "open", "--limit", "1"]);
    let (task, case) = (tasks[0]["id"].as_str().unwrap(), tasks[0]["case"].as_str().unwrap());
    assert_eq!(one.stop().0, Some(0));
    // Right after its start it may not have looked for due cases yet.
    assert!(until(|| (get(&other.url("/readyz")).0 == 200).then_some(())).is_some());
    desk.text(&["task", "answer", task, "no_answer"]);
    assert!(desk.text(&["case", "show", case]).contains("Nobody answers"));
    assert_eq!(other.stop().0, Some(0));
}

fn walk(desk: &Desk) {
    let daemon = desk.serve();
    let words = daemon.words();
    assert!(words.contains("1,032 cases opened, 37 known already"), "{words}");
    assert!(words.contains("19 that cannot be read"), "{words}");
    assert!(words.contains("what would be sent is written to var/sandbox.jsonl"), "{words}");

    // By day `task next` hands out a call, by night it says when the next one opens.
    let next = desk.run(&["task", "next", "--queue", "complaints"]);
    assert!(
        next.code == 0 && (next.out.contains("What to say") || next.out.contains("the next one opens")),
        "{next:?}"
    );

    let tasks = desk.json(&["task", "list", "--queue", "complaints", "--status", "open", "--limit", "3"]);
    let first = &tasks.as_array().unwrap()[0];
    let (task, case) = (first["id"].as_str().unwrap(), first["case"].as_str().unwrap());
    let brief = desk.text(&["task", "show", task]);
    assert!(brief.contains("What may come of it") && brief.contains("no_answer"), "{brief}");

    let mut task = task.to_owned();
    for attempt in 2..=3 {
        let answer = desk.text(&["task", "answer", &task, "no_answer"]);
        assert!(answer.contains(&format!("(attempt {attempt})")), "{answer}");
        let open = desk.json(&["task", "list", "--case", case]);
        assert_eq!(open.as_array().unwrap().len(), 1, "{open}");
        open[0]["id"].as_str().unwrap().clone_into(&mut task);
    }
    let answer = desk.text(&["task", "answer", &task, "no_answer"]);
    assert!(answer.contains("Now in “Follow-up SMS”"), "{answer}");
    // The same answer again changes nothing.
    let again = desk.text(&["task", "answer", &task, "no_answer"]);
    assert!(again.contains("this was reported before and changed nothing now"), "{again}");

    let explained = desk.text(&["case", "explain", case]);
    assert!(explained.contains("account.transferred\n    → Transfer done"), "{explained}");
    assert!(explained.contains("21 days from"), "{explained}");
    let transferred = desk.text(&["case", "event", case, "account.transferred"]);
    assert!(transferred.contains("Now ended in “Transfer done” (success)"), "{transferred}");
    let messages = desk.json(&["message", "list", "--case", case]);
    let templates: Vec<&Json> = messages.as_array().unwrap().iter().map(|message| &message["template"]).collect();
    assert_eq!(templates, [&json!("confirmation"), &json!("follow-up")]);

    // In Arabic too, and the story survives the daemon.
    let (code, words) = daemon.stop();
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("stopped"), "{words}");
    let story = desk.text(&["case", "show", case, "--lang", "ar"]);
    for words in ["اكتمل التحويل", "\nالسجل\n", "\nالرسائل\n", "المحاولة 3"] {
        assert!(story.contains(words), "{words}: {story}");
    }
    let tasks = desk.text(&["task", "list", "--queue", "complaints", "--limit", "3", "--lang", "ar"]);
    assert!(tasks.starts_with("المهمة") && tasks.contains("3 مهام معروضة"), "{tasks}");
}

#[test]
fn one_daemon_works_on_a_database_and_says_that_it_is_well() {
    let desk = Desk::empty();
    hello(&desk, "http://127.0.0.1:9");
    let daemon = desk.serve();
    let second = desk.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 6, "{second:?}");
    assert!(second.err.contains("another daemon works on"), "{second:?}");
    assert_eq!(get(&daemon.url("/healthz")).0, 200);
    let (status, body) = until(|| Some(get(&daemon.url("/readyz"))).filter(|(status, _)| *status == 200)).unwrap();
    let ready: Json = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &ready["status"]), (200, &json!("ready")), "{body}");

    // A bad edit does not replace a good version, and it is said aloud.
    let file = desk.path("workflows/hello.yaml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("goto: done", "goto: dune")).unwrap();
    let degraded = until(|| Some(get(&daemon.url("/readyz")).1).filter(|body| body.contains("degraded"))).unwrap();
    assert!(degraded.contains("hello"), "{degraded}");
    assert!(
        daemon.words().contains("did you mean `done`?") || desk.run(&["check"]).out.contains("did you mean `done`?")
    );
    let opened = desk.run(&["case", "open", "hello", "--data", "id=7", "phone=+97336001234"]);
    assert_eq!(opened.code, 0, "the last good version goes on: {opened:?}");
    fs::write(&file, good).unwrap();
    until(|| Some(get(&daemon.url("/readyz")).1).filter(|body| body.contains("\"ready\""))).unwrap();
    assert_eq!(daemon.stop().0, Some(0));
}

#[test]
fn a_long_feed_at_the_start_keeps_nobody_waiting() {
    // However fast the machine is, some feed is long enough to be seen while it is read.
    let seen = [20_000, 200_000, 2_000_000].into_iter().any(|rows| {
        let desk = Desk::shipped();
        let columns =
            "registration_no,cpr,full_name_ar,full_name_en,sex,nationality,date_of_death,registered_on,governorate\n";
        let dead = |n| format!("D{n},{},-,-,F,BH,2024-05-01,2024-05-02,capital\n", 100_000_000 + n);
        let feed = std::iter::once(columns.to_owned()).chain((0..rows).map(dead));
        desk.write("examples/bahrain-year/death-register/2030-01.csv", &feed.collect::<String>());
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let daemon = desk.serve_unheard(&free.to_string());
        let ready = || block_on(reqwest::get(daemon.url("/readyz"))).is_ok_and(|answer| answer.status() == 200);
        let is_reading = until(|| ready().then(|| !daemon.has_greeted())).expect("it becomes ready");
        let tells = || daemon.has_greeted() || daemon.words().contains("Detections are under way");
        until(|| tells().then_some(())).expect("it says something");
        let is_told_before = is_reading && !daemon.has_greeted();
        // Nobody has come in yet, and whoever starts it need not wait for the end of the feed either.
        assert!(!is_told_before || daemon.words().contains("/password/"), "{}", daemon.words());
        let (code, words) = daemon.stop();
        assert_eq!(code, Some(0), "{words}");
        is_told_before
    });
    assert!(seen, "cases wait for the end of the feed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_receipt_moves_the_message_and_its_case_and_no_other_is_believed() {
    let gateway = FakeTwilio::start().await;
    let base_url = gateway.base_url();
    tokio::task::spawn_blocking(move || {
        let desk = Desk::empty();
        hello(&desk, &base_url);
        let daemon = desk.serve();
        let opened = desk.json(&["case", "open", "hello", "--data", "id=7", "phone=+97336001234"]);
        let case = opened["case"]["reference"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned();
        let request = until(|| gateway.requests().first().cloned()).expect("the message is handed over");
        assert_eq!(request.form["Body"], "Good day");
        let callback = request.form["StatusCallback"].strip_prefix("https://wasl.test").unwrap().to_owned();
        let message = || desk.json(&["message", "list", "--case", &case])[0]["status"].clone();
        until(|| (message() == "accepted").then_some(())).expect("the answer is recorded");

        let sid = gateway.messages()[0]["sid"].as_str().unwrap().to_owned();
        let form = [("MessageSid", sid.as_str()), ("MessageStatus", "delivered"), ("To", "+97336001234")];
        assert_eq!(post(&daemon.url(&callback), &form, None).0, 403);
        assert_eq!(post(&daemon.url(&callback), &form, Some(&sign("https://elsewhere.test", &callback, &form))).0, 403);
        assert_eq!(message(), "accepted", "what is not signed changes nothing");
        assert_eq!(post(&daemon.url("/hooks/pigeon/status"), &form, None).0, 404);

        let signature = sign("https://wasl.test", &callback, &form);
        // Twice, as gateways do.
        for _ in 0..2 {
            assert_eq!(post(&daemon.url(&callback), &form, Some(&signature)).0, 200);
        }
        assert_eq!(message(), "delivered");
        until(|| desk.text(&["case", "show", &case]).contains("(success)").then_some(()))
            .expect("the case hears of it");
        let late = [("MessageSid", sid.as_str()), ("MessageStatus", "sent"), ("To", "+97336001234")];
        assert_eq!(post(&daemon.url(&callback), &late, Some(&sign("https://wasl.test", &callback, &late))).0, 200);
        assert_eq!(message(), "delivered", "a status never goes backwards");
        let (code, words) = daemon.stop();
        assert_eq!(code, Some(0), "{words}");
        assert!(
            !words.contains("36001234") && !words.contains("secret-for-tests"),
            "personal data in the log: {words}"
        );
    })
    .await
    .unwrap();
}

#[test]
fn the_small_tools_answer_line_by_line() {
    let desk = Desk::shipped();
    for (tool, input, expected) in [
        ("segments", "\"مرحبا\"\n", r#"{"encoding":"ucs2","forces_ucs2":"م","per_segment":70,"segments":1,"units":5}"#),
        ("phone", "\"00973 3600-1234\"\n", r#"{"e164":"+97336001234","mended":false,"type":"mobile","valid":true}"#),
        (
            "cron",
            "{\"expression\": \"0 7 * * SUN-THU\", \"zone\": \"Asia/Bahrain\", \"start\": \"2024-05-12 09:00\", \"count\": 1}\n",
            r#"{"next":["2024-05-13T07:00:00+03:00"]}"#,
        ),
        (
            "duration",
            "\"8 working hours\"\n",
            r#"{"ar":"8 ساعات عمل","canonical":"8 working hours","en":"8 working hours","kind":"working_hours"}"#,
        ),
    ] {
        let said = desk.pipe(&["tool", tool], input);
        assert_eq!((said.code, said.out.trim()), (0, expected), "{tool}: {said:?}");
    }
    let question = r#"{"calendar": "bahrain-government", "start": "2024-05-12 10:20", "duration": "3 working days"}"#;
    let answer: Json = serde_json::from_str(&desk.pipe(&["tool", "worktime"], question).out).unwrap();
    assert_eq!(answer["due"], "2024-05-15T10:20:00+03:00", "{answer}");
}

#[test]
fn what_goes_wrong_is_said_with_its_exit_code_and_nothing_is_done() {
    let desk = Desk::shipped();
    for (args, code, words) in [
        (&["case", "show", "XXXXX"][..], 4, "there is no database"),
        (&["check", "workflows/no-such.yaml"], 5, "there is no file"),
        (&["workflow", "show", "account-transfr"], 5, "did you mean `account-transfer`?"),
        (&["task"], 2, "Usage"),
    ] {
        let said = desk.run(args);
        assert!(said.code == code && format!("{}{}", said.out, said.err).contains(words), "{args:?}: {said:?}");
    }
    assert!(!desk.path("var").exists(), "looking makes no database");
}

/// A house that is open day and night, with one workflow of one message.
pub(crate) fn hello(desk: &Desk, gateway: &str) {
    desk.write(
        "config/wasl.yaml",
        &format!(
            "public_url: https://wasl.test
reload: 1 second
notifiers:
  sms: {{kind: twilio, account_sid: AC00000000000000000000000000000001, auth_token: {{env: TWILIO_AUTH_TOKEN}}, from: EWA, base_url: '{gateway}'}}
"
        ),
    );
    desk.write("config/sources.yaml", "{}\n");
    let hours = "{SUN-SAT: '00:00-24:00'}";
    desk.write(
        "config/calendars/always.yaml",
        &format!(
            "calendar: always
title: {{en: Day and night, ar: ليلا ونهارا}}
zone: Asia/Bahrain
country: BH
week: {hours}
contact: {{call: {hours}, sms: {hours}, email: {hours}}}
"
        ),
    );
    desk.write(
        "workflows/hello.yaml",
        "workflow: hello
title: {en: Hello}
calendar: always
languages: [en]
case:
  key: [id]
  fields: {id: text, phone: {type: phone, personal: true}}
start: greet
states:
  greet:
    do: [{sms: {to: phone, template: hello}}]
    on: {sms.delivered: {goto: done}}
    after: {30 days: done}
  done: {end: success}
",
    );
    desk.write("workflows/hello/messages/hello.en.txt", "Good day");
}

/// `X-Twilio-Signature`, made as Twilio's documentation says, apart from our own code.
pub(crate) fn sign(public_url: &str, path: &str, form: &[(&str, &str)]) -> String {
    let mut sorted = form.to_vec();
    sorted.sort_unstable();
    let parameters: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(b"secret-for-tests").unwrap();
    mac.update(format!("{public_url}{path}{parameters}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    wasl_notifiers::init_tls();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn get(url: &str) -> (u16, String) {
    block_on(async {
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    })
}

/// Posts a form; returns status, content type and body of the answer.
pub(crate) fn post(url: &str, form: &[(&str, &str)], signature: Option<&str>) -> (u16, String, String) {
    block_on(async {
        let request = reqwest::Client::new().post(url).form(form);
        let request = signature.into_iter().fold(request, |request, text| request.header("X-Twilio-Signature", text));
        let answer = request.send().await.unwrap();
        let kind = answer.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
        (answer.status().as_u16(), kind, answer.text().await.unwrap())
    })
}

#[test]
fn every_page_answers_beside_copies_of_the_cases_that_are_there() {
    let desk = Desk::shipped();
    let nothing = desk.run(&["bench", "console"]);
    assert!(nothing.code != 0 && nothing.err.contains("there is no database"), "{nothing:?}");
    desk.text(&["db", "migrate"]);
    desk.text(&["detect", "account-transfer"]);
    std::fs::create_dir(desk.path("scratch")).unwrap();
    let told = desk.json(&["bench", "console", "--cases", "3000", "--rounds", "1", "--folder", "scratch"]);
    assert_eq!(told["cases"], 3_000);
    let pages = told["pages"].as_array().unwrap();
    let page = |path: &str| pages.iter().find(|page| page["path"].as_str().unwrap().starts_with(path));
    for path in [
        "/cases?q=",
        "/cases/",
        "/tasks/",
        "/workflows/account-transfer/words",
        "/admin/users",
        "/metrics",
        "/api/v1/tasks/next",
    ] {
        let times = page(path).unwrap_or_else(|| panic!("{path}: {told}"));
        assert!(times["p95_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{path}: {times}");
    }
    assert!(page("/cases?q=").unwrap()["bare"]["p95_ms"].as_f64().is_some_and(f64::is_finite), "{told}");
    // What was copied is gone, and the original as it was.
    assert_eq!(std::fs::read_dir(desk.path("scratch")).unwrap().count(), 0);
    assert_eq!(desk.json(&["case", "list", "--limit", "2000"]).as_array().unwrap().len(), 1_032);
    assert!(desk.json(&["user", "list"]).as_array().unwrap().is_empty());
}

/// What every benchmark tells, and what each tells beside that.
const COMPARED: [&str; 5] = ["engine_per_s", "limit_per_s", "engine_cpu_us", "limit_cpu_us", "rounds"];
const FIGURES: [(&str, &str, &[&str]); 5] = [
    ("outreach-5", "200", &["engine_bytes_per_case", "limit_bytes_per_case"]),
    ("needle", "200", &["engine_ms", "limit_ms", "alone_ms", "growth", "bytes"]),
    (
        "latency",
        "40",
        &["limit_p50_ms", "sync_p50_ms", "event_p99_ms", "timer_p50_ms", "rested_sync_p50_ms", "event_in_flood_p99_ms"],
    ),
    ("memory", "200", &["bare_mib", "empty_mib", "sleeping_mib", "flood_peak_mib"]),
    ("step", "200", &["per_s"]),
];

/// Every benchmark tells figures that programs can read, beside those of its limit.
fn tell_figures(desk: &Desk, store: &str) {
    for (what, cases, figures) in FIGURES {
        let nodes: &[&str] = if (what, store) == ("outreach-5", "postgres") { &["--nodes", "2"] } else { &[] };
        let args = [&["bench", what, "--store", store, "--cases", cases, "--rounds", "2"], nodes].concat();
        let told = desk.json(&args);
        let several: &[&str] = if nodes.is_empty() { &[] } else { &["nodes_per_s", "nodes_gain", "nodes_cpu_us"] };
        for figure in COMPARED.iter().chain(figures).chain(several) {
            let is_told = told[figure].as_f64().is_some_and(|figure| figure.is_finite() && figure > 0.0);
            assert!(is_told, "{args:?}: {figure} in {told}");
        }
        assert_eq!((&told["bench"], &told["store"]), (&what.into(), &store.into()));
        assert_eq!(told["rounds"], 2, "{args:?}: {told}");
        assert_eq!(told["all_cpu_counted"], true, "{args:?}: {told}");
        // Nothing is kept by the step, and it asks no server.
        assert_eq!(told["durable"].as_bool(), (what != "step").then_some(true), "{args:?}: {told}");
        assert_eq!(told["server_version"].is_string(), store == "postgres" && what != "step", "{args:?}: {told}");
        assert!(told["kernel"].is_string() && told["memory_mib"].as_u64().is_some_and(|mib| mib > 0), "{told}");
    }
}

#[test]
fn every_benchmark_does_its_work_and_tells_its_figures_beside_those_of_its_limit() {
    tell_figures(&Desk::shipped(), "sqlite");
}

#[test]
fn benchmarks_do_their_work_on_postgresql_in_a_schema_of_their_own() {
    let desk = Desk::shipped().on_postgres();
    desk.text(&["db", "migrate"]);
    tell_figures(&desk, "postgres");
    // The operator's own tables are as they were.
    assert!(desk.json(&["case", "list"]).as_array().unwrap().is_empty());
}

#[test]
fn the_pure_step_takes_either_database_and_says_that_it_uses_none() {
    let desk = Desk::shipped();
    let args = ["bench", "step", "--cases", "20", "--rounds", "1", "--store", "postgres"];
    let said = desk.text(&args);
    assert!(said.contains("no database is used") && said.contains("limit"), "{said}");
    let said = desk.text(&[&["--lang", "ar"], &args[..]].concat());
    assert!(said.contains("لا تُستعمل أي قاعدة بيانات"), "{said}");
}

#[test]
fn a_benchmark_says_what_it_misses_for_a_server() {
    let desk = Desk::shipped();
    for (args, code, said) in [
        (&["bench", "needle", "--store", "postgres"][..], 2, "--database postgres://"),
        (&["bench", "outreach-5", "--nodes", "2"][..], 2, "--store postgres"),
        (
            &["bench", "needle", "--store", "postgres", "--database", "postgres://wasl:secret@127.0.0.1:1/wasl"][..],
            4,
            "cannot be reached",
        ),
    ] {
        let refused = desk.run(args);
        assert!(refused.code == code && refused.err.contains(said), "{args:?}: {refused:?}");
        assert!(!refused.err.contains("secret"), "{refused:?}");
    }
}
