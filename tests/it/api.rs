//! The API as other systems meet it: who may use which route, what is personal, what is refused and how, and that
//! nothing of what a fuzzer makes up breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::access::{Answer, Browser, PASSWORD, add, house};
use crate::support::program::{Daemon, Desk};

/// Every route of the API and who may use it, as `docs/security.md` promises. A route that is not here fails the test.
const ROUTES: &[(&str, &str)] = &[
    ("get /me", ""),
    ("get /audit", "view_audit"),
    ("get /audit/proof", "view_audit"),
    ("get /users", "manage_users"),
    ("post /users", "manage_users"),
    ("get /users/{user}", "manage_users"),
    ("post /users/{user}/roles", "manage_users"),
    ("post /users/{user}/disable", "manage_users"),
    ("post /users/{user}/enable", "manage_users"),
    ("post /users/{user}/password-link", "manage_users"),
    ("post /users/{user}/sessions/end", "manage_users"),
    ("get /api-keys", "manage_users"),
    ("post /api-keys", "manage_users"),
    ("post /api-keys/{key}/revoke", "manage_users"),
    ("get /webhooks", "manage_webhooks"),
    ("post /webhooks", "manage_webhooks"),
    ("get /webhooks/{webhook}", "manage_webhooks"),
    ("post /webhooks/{webhook}/stop", "manage_webhooks"),
    ("post /webhooks/{webhook}/start", "manage_webhooks"),
    ("post /webhooks/{webhook}/remove", "manage_webhooks"),
    ("get /webhooks/{webhook}/deliveries", "manage_webhooks"),
    ("post /webhooks/{webhook}/deliveries/{delivery}/redeliver", "manage_webhooks"),
    ("post /webhooks/{webhook}/deliveries/{delivery}/skip", "manage_webhooks"),
    ("get /sessions", ""),
    ("post /sessions/{session}/end", ""),
    ("get /cases", "view_case"),
    ("post /cases", "open_case"),
    ("get /cases/{case}", "view_case"),
    ("post /cases/{case}/events", "submit_event"),
    ("post /cases/{case}/hold", "act_on_case"),
    ("post /cases/{case}/resume", "act_on_case"),
    ("post /cases/{case}/close", "act_on_case"),
    ("post /cases/{case}/retry", "act_on_case"),
    ("post /cases/{case}/skip", "act_on_case"),
    ("post /cases/{case}/move", "act_on_case"),
    ("post /cases/{case}/preview", "act_on_case"),
    ("post /cases/{case}/keep", "act_on_case"),
    ("post /cases/{case}/keep-no-longer", "act_on_case"),
    ("post /cases/{case}/erase", "manage_retention"),
    ("get /retention", "manage_retention"),
    ("post /acts", "act_on_case"),
    ("get /tasks", "view_case"),
    ("post /tasks/next", "answer_task"),
    ("get /tasks/{task}", "view_case"),
    ("post /tasks/{task}/claim", "answer_task"),
    ("post /tasks/{task}/release", "answer_task"),
    ("post /tasks/{task}/answer", "answer_task"),
    ("get /messages", "view_case"),
    ("post /messages/preview", "see_personal_fields"),
    ("get /messages/{message}", "view_case"),
    ("post /messages/{message}/retry", "release_outbox"),
    ("post /messages/{message}/cancel", "release_outbox"),
    ("post /messages/{message}/resend", "release_outbox"),
    ("post /messages/{message}/resolve", "release_outbox"),
    ("get /outbox", "view_case"),
    ("post /outbox/hold", "release_outbox"),
    ("post /outbox/release", "release_outbox"),
    ("get /suppressions", "list_suppression"),
    ("post /suppressions", "list_suppression"),
    ("post /suppressions/remove", "list_suppression"),
    ("post /deaths/reverse", "reverse_death"),
    ("post /deaths/confirm", "reverse_death"),
    ("get /detections/runs", "view_case"),
    ("get /detections/rejected", "correct_records"),
    ("get /detections/rejected/{row}", "correct_records"),
    ("post /detections/rejected/{row}", "correct_records"),
    ("post /detections/run", "run_detection"),
    ("get /reports/practice", "view_reports"),
    ("get /workflows", "view_workflow"),
    ("post /workflows/check", "edit_workflow"),
    ("get /workflows/{workflow}", "view_workflow"),
    ("get /drafts", "edit_workflow"),
    ("post /workflows/{workflow}/drafts", "edit_workflow"),
    ("get /drafts/{draft}", "edit_workflow"),
    ("put /drafts/{draft}", "edit_workflow"),
    ("post /drafts/{draft}/check", "edit_workflow"),
    ("post /drafts/{draft}/submit", "edit_workflow"),
    ("post /drafts/{draft}/approve", "activate_workflow"),
    ("post /drafts/{draft}/return", "edit_workflow"),
    ("post /drafts/{draft}/discard", "edit_workflow"),
    ("get /workflows/{workflow}/versions", "view_workflow"),
    ("get /workflows/{workflow}/versions/{version}", "view_workflow"),
];

/// Who has which permission: written once more by hand, apart from the code that decides.
const ROLES: &[(&str, &str)] = &[
    ("viewer", "view_case view_workflow view_metrics view_reports"),
    ("agent", "view_case see_personal_fields answer_task list_suppression view_workflow"),
    (
        "supervisor",
        "view_case see_personal_fields answer_task open_case act_on_case submit_event release_outbox run_detection \
         correct_records list_suppression reverse_death view_workflow view_metrics view_reports",
    ),
    ("editor", "view_case view_workflow edit_workflow activate_workflow view_metrics view_reports"),
    (
        "administrator",
        "view_case view_workflow view_metrics view_reports view_audit manage_webhooks manage_retention manage_users",
    ),
];

/// A caller with a key.
struct Key<'d> {
    browser: Browser<'d>,
    key: String,
}

impl<'d> Key<'d> {
    fn made(desk: &Desk, daemon: &'d Daemon, name: &str, args: &[&str]) -> Self {
        let made = desk.json(&[&["api-key", "create", name], args].concat());
        Self { browser: Browser::new(daemon), key: made["key"].as_str().unwrap().to_owned() }
    }

    fn get(&self, path: &str) -> Answer {
        self.browser.send(Method::GET, &format!("/api/v1{path}"), |request| request.bearer_auth(&self.key))
    }

    fn post(&self, path: &str, body: &Json) -> Answer {
        self.post_with(path, body, &[])
    }

    fn post_with(&self, path: &str, body: &Json, headers: &[(&str, &str)]) -> Answer {
        self.browser.send(Method::POST, &format!("/api/v1{path}"), |mut request| {
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.bearer_auth(&self.key).header("content-type", "application/json").body(body.to_string())
        })
    }
}

/// The operations of the served document: `get /cases` with what is sent along for example.
fn operations(browser: &Browser<'_>) -> BTreeMap<String, Json> {
    let document = browser.get("/api/v1/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation.clone()))
    });
    each.collect()
}

#[test]
fn every_route_is_open_to_exactly_the_roles_that_may() {
    let (desk, daemon) = house("viewer");
    let operations = operations(&Browser::new(&daemon));
    let known: BTreeSet<&str> = ROUTES.iter().map(|(route, _)| *route).collect();
    let served: BTreeSet<&str> = operations.keys().map(String::as_str).collect();
    assert_eq!(served, known, "say in ROUTES who may use a new route");

    for (role, permissions) in ROLES {
        let name = format!("{role}.one");
        add(&desk, &daemon, &name, role);
        let mut browser = Browser::new(&daemon);
        browser.enter(&name, PASSWORD);
        let csrf = browser.csrf();
        for (route, needed) in ROUTES {
            let (method, path) = route.split_once(' ').unwrap();
            let path = format!("/api/v1{}", path.replace("{case}", "ZZZZZ").replace(['{', '}'], ""));
            let body = operations[*route]["requestBody"]["content"]["application/json"]["example"].to_string();
            let body = if body == "null" { "{}".to_owned() } else { body };
            let answer = match method {
                "get" => browser.get(&path),
                _ => browser.send(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), &path, |request| {
                    request.header("x-csrf-token", &csrf).header("content-type", "application/json").body(body)
                }),
            };
            let may = needed.is_empty() || permissions.split(' ').any(|permission| permission == *needed);
            assert_eq!(answer.status != 403, may, "{role} {route}: {} {}", answer.status, answer.body);
            assert!(answer.status != 401 && answer.status < 500, "{role} {route}: {} {}", answer.status, answer.body);
        }
        assert_eq!(browser.get("/metrics").status == 200, permissions.contains("view_metrics"), "{role} /metrics");
    }
    let nobody = Browser::new(&daemon);
    for (route, _) in ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let answer = nobody.send(method, &format!("/api/v1{path}"), |request| request);
        assert_eq!((answer.status, answer.header("content-type")), (401, "application/problem+json"), "{route}");
    }
}

#[test]
fn a_case_is_told_and_led_over_the_api_and_names_are_shown_to_those_who_may() {
    let (desk, daemon) = house("viewer");
    let boss = Key::made(&desk, &daemon, "boss", &["--like", "supervisor"]);
    let data = json!({"workflow": "hello", "data": {"id": "7", "phone": "+97336001234"}});
    let opened = boss.post("/cases", &data);
    assert_eq!(opened.status, 201, "{}", opened.body);
    let case = opened.json()["case"]["reference"].as_str().unwrap().to_owned();
    let again = boss.post("/cases", &data);
    assert_eq!((again.status, &again.json()["new"]), (200, &json!(false)));

    // The same case for one who may see names, and for one who may not.
    let looker = Key::made(&desk, &daemon, "looker", &["--like", "viewer"]);
    let (all, less) = (boss.get(&format!("/cases/{case}")), looker.get(&format!("/cases/{case}")));
    assert_eq!(all.json()["messages"][0]["to"], "+97336001234");
    assert!(all.json()["next"]["deadlines"][0]["why"].as_str().unwrap().contains("30 days"), "{}", all.body);
    assert!(!less.body.contains("36001234") && less.json()["data"].is_null(), "{}", less.body);
    assert_eq!(less.json()["history"].as_array().unwrap().len(), all.json()["history"].as_array().unwrap().len());
    assert_eq!(looker.get("/cases?search=7").status, 403, "a key may name a person");
    let seen = desk.json(&["audit", "list", "--case", &case, "--act", "case.see_personal"]);
    let who: BTreeSet<&str> = seen.as_array().unwrap().iter().filter_map(|entry| entry["who"].as_str()).collect();
    assert_eq!(who, BTreeSet::from(["key:boss"]));

    // An act on what has changed since it was looked at is refused; on what has not it is done, once for each id.
    let etag = all.header("etag").to_owned();
    let path = format!("/cases/{case}/hold");
    let reason = json!({"reason": "a week of quiet"});
    let stale = boss.post_with(&path, &reason, &[("if-match", "\"0\"")]);
    assert_eq!(stale.status, 412, "{}", stale.body);
    let current = boss.get(&format!("/cases/{case}")).header("etag").to_owned();
    assert!(current == etag || !current.is_empty());
    let ids = [("if-match", current.as_str()), ("idempotency-key", "hold-1")];
    let held = boss.post_with(&path, &reason, &ids);
    assert_eq!((held.status, &held.json()["became"]), (200, &json!("applied")), "{}", held.body);
    assert_eq!(held.json()["case"]["standing"], "held");
    // Whoever has not heard the answer sends all of it again: what they looked at has changed by their own act.
    for again in [&ids[..], &ids[1..]] {
        let twice = boss.post_with(&path, &reason, again);
        assert_eq!((twice.status, &twice.json()["first"]), (200, &json!(false)), "{}", twice.body);
    }
    let other = boss.post_with(&format!("/cases/{case}/resume"), &json!({}), &ids[1..]);
    assert!(other.status == 422 && other.body.contains("used for something else"), "{}", other.body);
    let refused = boss.post(&path, &reason);
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(boss.post(&format!("/cases/{case}/resume"), &json!({})).status, 200);
    let closed = boss.post(&format!("/cases/{case}/close"), &json!({"outcome": "duplicate", "reason": "twice"}));
    assert_eq!(closed.json()["case"]["outcome"], "duplicate", "{}", closed.body);
    let acts = desk.json(&["audit", "list", "--case", &case, "--who", "key:boss"]);
    let acts: Vec<&str> = acts.as_array().unwrap().iter().filter_map(|entry| entry["act"].as_str()).collect();
    for act in ["case.hold", "case.resume", "case.close"] {
        assert!(acts.contains(&act), "{act}: {acts:?}");
    }
    // What the history says is who did it, and the command line tells the same story.
    assert!(desk.text(&["case", "show", &case]).contains("a week of quiet"));
}

#[test]
fn a_text_that_is_asked_for_again_under_the_same_id_is_sent_once() {
    let (desk, daemon) = house("viewer");
    let boss = Key::made(&desk, &daemon, "boss", &["--like", "supervisor"]);
    boss.post("/cases", &json!({"workflow": "hello", "data": {"id": "7", "phone": "+97336001234"}}));
    let message = boss.get("/messages").json()["items"][0]["id"].as_str().unwrap().to_owned();
    let reason = json!({"reason": "the family has called us"});
    for (act, first) in [("cancel", true), ("cancel", false), ("resend", true), ("resend", false)] {
        let done = boss.post_with(&format!("/messages/{message}/{act}"), &reason, &[("idempotency-key", act)]);
        assert_eq!((done.status, &done.json()["first"]), (200, &json!(first)), "{act}: {}", done.body);
    }
    assert_eq!(boss.get("/messages").json()["items"].as_array().unwrap().len(), 2, "the first and one more");
}

#[test]
fn lists_come_in_pages_that_meet_without_a_gap() {
    let (desk, daemon) = house("viewer");
    let boss = Key::made(&desk, &daemon, "boss", &["--like", "supervisor"]);
    for id in 0..7 {
        let data = json!({"workflow": "hello", "data": {"id": id.to_string(), "phone": format!("+9733600123{id}")}});
        assert_eq!(boss.post("/cases", &data).status, 201);
    }
    for list in ["/cases", "/messages"] {
        let whole = boss.get(&format!("{list}?limit=500")).json();
        let ids = |page: &Json| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|item| item["id"].to_string()).collect()
        };
        assert_eq!(ids(&whole).len(), 7, "{list}: {whole}");
        assert!(whole["next"].is_null());
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = boss.get(&format!("{list}?limit=3{after}")).json();
            found.extend(ids(&page));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(found, ids(&whole), "{list}");
    }
}

#[test]
fn mistakes_are_told_as_problems_with_what_to_do() {
    let (desk, daemon) = house("viewer");
    let boss = Key::made(&desk, &daemon, "boss", &["--like", "supervisor"]);
    let case = boss.post("/cases", &json!({"workflow": "hello", "data": {"id": "7", "phone": "+97336001234"}}));
    let case = case.json()["case"]["reference"].as_str().unwrap().to_owned();
    let hold = format!("/cases/{case}/hold");
    for (answer, status, words) in [
        (boss.get("/cases/ZZZZZ"), 404, "there is no case `ZZZZZ`"),
        (boss.get("/cases?colour=red"), 400, "colour"),
        (boss.get("/cases?limit=many"), 400, "limit"),
        (boss.get("/cases/..%2F..%2Fetc%2Fpasswd"), 404, "there is no case"),
        (boss.get("/messages?status=lost"), 400, "there is no status `lost`"),
        (boss.get("/messages/7.9.9"), 404, "there is no message"),
        (boss.get("/nothing"), 404, "there is nothing at"),
        (boss.post("/cases", &json!({"workflow": "helo", "data": {}})), 404, "no workflow `helo` is active"),
        (boss.post("/cases", &json!({"workflow": "hello", "data": {"id": "8", "phon": "1"}})), 422, "phon"),
        // What the workflow does not ask cannot be slipped in.
        (boss.post(&hold, &json!({"reason": "quiet", "standing": "ended"})), 422, "standing"),
        (boss.post(&hold, &json!({})), 422, "reason"),
        (boss.post(&hold, &json!([1])), 422, "cannot be read"),
        (boss.post(&format!("/cases/{case}/events"), &json!({"name": "account.moved"})), 404, "has no event"),
        (boss.post("/outbox/hold", &json!({"what": "smoke", "reason": "x"})), 404, "no gateway `smoke`"),
        (boss.post("/suppressions/remove", &json!({"who": "36009999", "reason": "x"})), 404, "is listed"),
        (boss.post("/deaths/reverse", &json!({"who": "530445233", "reason": "x"})), 404, "no case knows"),
        (boss.post(&hold, &json!({"reason": "x".repeat(70_000)})), 413, "more than 64 KiB"),
        (boss.post_with(&hold, &json!({}), &[("idempotency-key", &"x".repeat(201))]), 422, "reason"),
        (
            boss.post_with(&hold, &json!({"reason": "x"}), &[("idempotency-key", &"x".repeat(201))]),
            400,
            "Idempotency-Key",
        ),
    ] {
        let problem = answer.json();
        assert_eq!(answer.header("content-type"), "application/problem+json", "{problem}");
        let told = problem["detail"].as_str().unwrap().to_owned() + problem["help"].as_str().unwrap_or_default();
        assert_eq!((answer.status, &problem["status"]), (status, &json!(status)), "{problem}");
        assert!(told.contains(words), "{words}: {problem}");
    }
    let plain = boss.browser.send(Method::POST, &format!("/api/v1{hold}"), |request| {
        request.bearer_auth(&boss.key).header("content-type", "text/plain").body("{\"reason\": \"x\"}")
    });
    assert_eq!(plain.status, 415, "{}", plain.body);
    let words = daemon.stop().1;
    assert!(!words.contains("36001234"), "{words}");
}

#[test]
fn workflows_are_shown_and_posted_files_are_checked_without_being_used() {
    let (desk, daemon) = house("viewer");
    let editor = Key::made(&desk, &daemon, "editor", &["--like", "editor"]);
    let list = editor.get("/workflows").json();
    assert_eq!(list["items"][0]["name"], "hello");
    let shown = editor.get("/workflows/hello").json();
    assert_eq!(shown["states"][0]["name"], "greet");
    let version = shown["version"].as_str().unwrap();
    let files = editor.get(&format!("/workflows/hello/versions/{version}")).json();
    let good = editor.post("/workflows/check", &files).json();
    assert_eq!((&good["usable"], good["version"].as_str()), (&json!(true), Some(version)), "{good}");
    let mut bad = files.clone();
    let text = bad["files"]["hello.yaml"].as_str().unwrap().replace("goto: done", "goto: don");
    bad["files"]["hello.yaml"] = text.into();
    let bad = editor.post("/workflows/check", &bad).json();
    assert_eq!(bad["usable"], false);
    let finding = &bad["findings"][0];
    assert!(finding["suggestion"].as_str().unwrap().contains("`done`") && finding["line"].as_u64() > Some(1), "{bad}");
    assert_eq!(editor.get("/workflows").json(), list, "nothing is used");
}

#[test]
fn the_reference_can_be_read_and_metrics_name_nobody() {
    let (desk, daemon) = house("viewer");
    let boss = Key::made(&desk, &daemon, "boss", &["--like", "supervisor"]);
    boss.post("/cases", &json!({"workflow": "hello", "data": {"id": "7", "phone": "+97336001234"}}));
    let page = boss.browser.get("/api/v1/");
    for words in
        ["<code>POST</code> <code>/api/v1/cases/{case}/hold</code>", "Needs <code>act_on_case</code>", "curl -H"]
    {
        assert!(page.body.contains(words), "{words}");
    }
    // Examples may name addresses; nothing may be fetched from one, nor lead there.
    for fetched in ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "url(", "@import", "<script"] {
        assert!(!page.body.contains(fetched), "nothing is fetched from elsewhere: {fetched}");
    }
    let metrics = boss.browser.send(Method::GET, "/metrics", |request| request.bearer_auth(&boss.key));
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    assert!(
        metrics.body.contains("wasl_cases{workflow=\"hello\",state=\"greet\",standing=\"open\"} 1\n"),
        "{}",
        metrics.body
    );
    assert!(!metrics.body.contains("36001234"));
}

/// A fuzzer makes requests up from the document; whatever it sends, it gets an answer that is no fault of ours and has
/// the form that the document promises.
#[test]
fn a_fuzzer_finds_no_request_that_breaks_it() {
    let Some(python) = std::env::var_os("WASL_TEST_PYTHON") else {
        panic!("WASL_TEST_PYTHON is not set: run `tests/run test`");
    };
    let (desk, daemon) = house("viewer");
    let boss = Key::made(
        &desk,
        &daemon,
        "boss",
        &["--like", "supervisor", "--scope", "view_audit", "--scope", "edit_workflow"],
    );
    for id in 1..=3 {
        boss.post("/cases", &json!({"workflow": "hello", "data": {"id": id.to_string(), "phone": "+97336001234"}}));
    }
    let run = Command::new(python)
        .args(["-m", "schemathesis.cli", "run", &daemon.url("/api/v1/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {}", boss.key)])
        .args(["--checks", "not_a_server_error,content_type_conformance,response_schema_conformance"])
        .args(["--max-examples", "15", "--seed", "1", "--rate-limit", "40/s", "--phases", "examples,coverage,fuzzing"])
        .args(["--no-color", "--suppress-health-check", "all", "--warnings", "off"])
        .current_dir(desk.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let words = daemon.stop().1;
    assert!(!words.contains("panicked") && !words.contains("36001234"), "{words}");
}

#[test]
fn a_call_is_taken_by_one_agent_and_its_answer_leads_on() {
    let desk = Desk::shipped_and_open_all_day();
    let daemon = desk.serve();
    let agent = Key::made(&desk, &daemon, "ivr", &["--like", "agent"]);
    let other = Key::made(&desk, &daemon, "other", &["--like", "agent"]);
    let viewer = Key::made(&desk, &daemon, "looker", &["--like", "viewer"]);

    let tasks = agent.get("/tasks?queue=complaints&status=open&limit=3").json();
    let id = tasks["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(tasks["items"][0]["to"].as_str().unwrap().starts_with('+'));
    let path = format!("/tasks/{id}");
    let (shown, masked) = (agent.get(&path), viewer.get(&path));
    assert!(shown.json()["leads_to"]["no_answer"].is_string(), "{}", shown.body);
    for personal in ["to", "to_name", "words"] {
        assert!(masked.json()["task"][personal].is_null() && !shown.json()["task"][personal].is_null(), "{personal}");
    }

    let claim = format!("{path}/claim");
    let claimed = agent.post(&claim, &json!({}));
    assert_eq!((claimed.status, &claimed.json()["task"]["claimed_by"]), (200, &json!("key:ivr")), "{}", claimed.body);
    assert_ne!(claimed.header("etag"), shown.header("etag"), "taking it changes it");
    let taken = other.post(&claim, &json!({}));
    assert!(taken.status == 409 && taken.body.contains("key:ivr is on task"), "{}", taken.body);
    let answer = format!("{path}/answer");
    assert_eq!(other.post(&answer, &json!({"outcome": "no_answer"})).status, 409);
    let typo = agent.post(&answer, &json!({"outcome": "no_anser"}));
    assert!(typo.status == 422 && typo.body.contains("did you mean `no_answer`"), "{}", typo.body);
    let short = agent.post(&answer, &json!({"outcome": "call_back"}));
    assert!(short.status == 422 && short.body.contains("asks for more"), "{}", short.body);
    let stale = agent.post_with(&answer, &json!({"outcome": "no_answer"}), &[("if-match", shown.header("etag"))]);
    assert_eq!(stale.status, 412, "{}", stale.body);
    let done = agent.post_with(&answer, &json!({"outcome": "no_answer"}), &[("if-match", claimed.header("etag"))]);
    assert_eq!((done.status, &done.json()["became"]), (200, &json!("applied")), "{}", done.body);
    assert!(!done.json()["happened"].as_array().unwrap().is_empty());
    let again = agent.post(&answer, &json!({"outcome": "no_answer"}));
    assert_eq!((again.status, &again.json()["first"]), (200, &json!(false)), "{}", again.body);
    assert_eq!(desk.json(&["task", "show", &id])["answered_by"], "agent:key:ivr");

    // What is done takes no room among what waits.
    let waiting = agent.get("/tasks?queue=complaints&limit=500").json();
    let statuses: BTreeSet<&str> =
        waiting["items"].as_array().unwrap().iter().filter_map(|t| t["status"].as_str()).collect();
    assert_eq!((statuses, waiting["items"].as_array().unwrap().len()), (BTreeSet::from(["open"]), 500));
    let next = agent.post("/tasks/next", &json!({"queues": ["data"], "languages": ["ar"]})).json();
    assert_eq!(
        (&next["task"]["task"]["queue"], &next["task"]["task"]["claimed_by"]),
        (&json!("data"), &json!("key:ivr"))
    );
    assert_eq!(next["in_hand"], json!(false));
    let none = other.post("/tasks/next", &json!({"queues": ["data"], "languages": ["fr"]})).json();
    assert!(none["task"].is_null(), "{none}");
    let again = agent.post("/tasks/next", &json!({"queues": ["complaints"], "languages": ["fr"]})).json();
    assert_eq!((&again["task"]["task"]["id"], &again["in_hand"]), (&next["task"]["task"]["id"], &json!(true)));
    // Somebody named has to be somebody whom we can reach, and what is wrong is said by its name.
    let nobody = json!({"contacts": [{"name": "", "mobile": "12", "language": "fr"}]});
    let found = next["task"]["task"]["id"].as_str().unwrap();
    let refused =
        agent.post(&format!("/tasks/{found}/answer"), &json!({"outcome": "contact_found", "answers": nobody}));
    assert_eq!(refused.status, 422, "{}", refused.body);
    for member in ["contacts.0.name", "contacts.0.mobile", "contacts.0.language"] {
        assert!(refused.body.contains(member), "{}", refused.body);
    }

    let runs = viewer.get("/detections/runs").json();
    let opened =
        runs["items"].as_array().unwrap().iter().filter_map(|run| run["counts"]["opened"].as_u64()).sum::<u64>();
    assert_eq!(opened, 1_032, "{runs}");
    let dry = Key::made(&desk, &daemon, "boss", &["--like", "supervisor"]);
    let rejected = dry.get("/detections/rejected").json();
    assert_eq!(rejected["items"].as_array().unwrap().len(), 19, "{rejected}");
    let looked = dry.post("/detections/run", &json!({"workflow": "account-transfer", "dry_run": true})).json();
    assert_eq!(looked["items"][0]["opened"], 0, "everything was read: {looked}");
}
