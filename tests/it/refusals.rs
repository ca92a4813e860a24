//! What is refused, and how it is said: on the pages of the console and on the command line, to whoever asked for
//! something that cannot be, so that nobody believes that it was done.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::access::{Answer, Browser, PASSWORD, house};
use crate::support::program::{Daemon, Desk};

const RINGING: &str = "workflow: ringing
title: {en: Ringing}
calendar: always
languages: [en]
case:
  key: [id]
  fields: {id: text, phone: {type: phone, personal: true}}
events: {paid: {}, moved: {fields: {to: text}}}
start: ring
states:
  ring:
    title: {en: Ring}
    do: [{call: {to: phone, script: ring, queue: complaints}}]
    on:
      call.reached: {goto: done}
      call.no_answer: {again: [1 day], then: done}
      paid: {goto: done}
      moved: {goto: done}
    after: {30 days: done}
  done: {end: success}
";

/// A daemon over a small house that rings people.
fn ringing(role: &str) -> (Desk, Daemon) {
    let (desk, daemon) = house(role);
    daemon.stop();
    desk.write("workflows/ringing.yaml", RINGING);
    desk.write("workflows/ringing/scripts/ring.en.md", "Good day.");
    let daemon = desk.serve();
    (desk, daemon)
}

/// A person's browser, and the token of its forms.
struct Page<'d> {
    browser: Browser<'d>,
    csrf: String,
}

impl<'d> Page<'d> {
    fn of(daemon: &'d Daemon, name: &str) -> Self {
        let mut browser = Browser::new(daemon);
        assert_eq!(browser.enter(name, PASSWORD).status, 303, "{name}");
        let csrf = browser.csrf();
        Self { browser, csrf }
    }

    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("csrf", self.csrf.as_str())], fields].concat();
        self.browser.send(Method::POST, path, |request| request.form(&fields))
    }

    /// A form that is refused with a page that says these words.
    #[track_caller]
    fn refused(&self, path: &str, fields: &[(&str, &str)], status: u16, words: &str) {
        let answer = self.form(path, fields);
        assert!(answer.status == status && answer.body.contains(words), "{path} {}: {}", answer.status, answer.body);
    }
}

fn opened(desk: &Desk, workflow: &str) -> String {
    let opened = desk.json(&["case", "open", workflow, "--data", "id=1", "phone=+97336001234"]);
    opened["case"]["reference"].as_str().unwrap().to_owned()
}

fn acts(desk: &Desk, case: &str) -> Vec<String> {
    let entries = desk.json(&["audit", "list", "--case", case, "--who", "user:huda"]);
    let named =
        |entry: &Json| format!("{} {}", entry["act"].as_str().unwrap(), entry["subject"].as_str().unwrap_or(""));
    entries.as_array().unwrap().iter().map(named).collect()
}

#[test]
fn no_word_of_a_form_becomes_an_act_of_the_trace() {
    let (desk, daemon) = ringing("supervisor");
    let page = Page::of(&daemon, "huda");
    let case = opened(&desk, "ringing");
    let path = format!("/cases/{case}/act");
    let long = "x".repeat(3_000);
    for name in [long.as_str(), "", "user.roles", "call.reached"] {
        page.refused(&path, &[("act", "event"), ("event", name)], 422, "has no such event");
    }
    page.refused(&path, &[("act", "event"), ("event", "moved")], 422, "wasl case event");
    assert!(acts(&desk, &case).iter().all(|act| act == "case.view "), "{:?}", acts(&desk, &case));

    page.refused(&path, &[("act", "close"), ("outcome", " "), ("reason", "so")], 422, "in one word how it ended");
    page.refused(&path, &[("act", "close"), ("outcome", "two words"), ("reason", "so")], 422, "has to be one word");
    page.refused(&path, &[("act", "close"), ("outcome", "error"), ("reason", " ")], 422, "Say why");
    page.refused(&path, &[("act", "hold"), ("reason", &long)], 422, "at most 1,000 letters");
    assert_eq!(page.form(&path, &[("act", "event"), ("event", "paid")]).status, 303);
    assert!(acts(&desk, &case).contains(&"case.event paid".to_owned()), "{:?}", acts(&desk, &case));
}

#[test]
fn the_outbox_says_where_nothing_is_held_and_nothing_is_let_go() {
    let (desk, daemon) = house("supervisor");
    let page = Page::of(&daemon, "huda");
    let held = || desk.json(&["outbox", "status"])["holds"].as_array().unwrap().len();
    for reason in ["", "  "] {
        page.refused("/outbox/hold", &[("what", "all"), ("reason", reason)], 422, "Nothing is held. Say why");
    }
    page.refused("/outbox/hold", &[("what", "all"), ("reason", &"x".repeat(10_000))], 422, "at most 1,000 letters");
    page.refused("/outbox/release", &[("what", "all")], 409, "Everything is not held");
    assert_eq!(held(), 0);
    assert_eq!(page.form("/outbox/hold", &[("what", "all"), ("reason", "a text is wrong")]).status, 303);
    page.refused(
        "/outbox/hold",
        &[("what", "all"), ("reason", "another")],
        409,
        "is held already, by operator:huda since",
    );
    assert_eq!(held(), 1);

    let nothing = page.form("/acts/preview", &[("act", "hold"), ("which", "chosen"), ("back", "/cases")]).body;
    assert!(nothing.contains("Tick cases first") && !nothing.contains("0 cases"), "{nothing}");

    let said = desk.run(&["outbox", "hold", "sms", "--reason", " "]);
    assert!(said.code == 2 && said.err.contains("needs a reason"), "{said:?}");
    let said = desk.run(&["outbox", "hold", "smoke", "--reason", "x"]);
    assert!(said.code == 5 && said.err.contains("known here: `all`, `sms`, `email`\n"), "{said:?}");
}

#[test]
fn an_agent_is_told_that_it_is_too_late_to_take_an_answer_back() {
    let (desk, daemon) = ringing("agent");
    let page = Page::of(&daemon, "huda");
    opened(&desk, "ringing");
    let task = desk.json(&["task", "list"])[0]["id"].as_str().unwrap().to_owned();
    let undo = format!("/tasks/{task}/undo");
    page.refused(&undo, &[], 409, "no answer of yours");
    desk.text(&["task", "claim", &task, "--agent", "huda"]);
    // What was taken can be put back, by whoever has it.
    let other = desk.run(&["task", "release", &task, "--agent", "sami"]);
    assert!(other.code == 1 && other.err.contains("not in the hands of sami"), "{other:?}");
    for (args, said) in [
        (["task", "release", &task, "--agent", "sami"].as_slice(), "بيد sami"),
        (&["task", "claim", &task, "--agent", "sami"], "بيد huda حتى"),
        (&["task", "claim", "9.9.9", "--agent", "sami"], "لا توجد مهمة `9.9.9`"),
    ] {
        let refused = desk.run(&[args, &["--lang", "ar"]].concat());
        assert!(refused.code != 0 && refused.err.contains(said), "{refused:?}");
    }
    assert!(desk.text(&["task", "release", &task, "--agent", "huda"]).contains("back in its queue"));
    assert_eq!(desk.json(&["task", "show", &task])["status"], "open");
    desk.text(&["task", "claim", &task, "--agent", "huda"]);
    let unknown = desk.run(&["task", "answer", &task, "foo", "--agent", "huda"]);
    assert!(unknown.err.contains("known here: `") && unknown.err.contains("`reached`"), "{unknown:?}");
    let negative = desk.run(&["task", "list", "--limit", "-1"]);
    assert!(negative.code == 2 && negative.err.contains("-1 is not in 1.."), "{negative:?}");
    desk.text(&["task", "answer", &task, "reached", "--agent", "huda"]);
    let over = desk.run(&["task", "claim", &task, "--agent", "huda", "--lang", "ar"]);
    assert!(over.code == 1 && over.err.contains("لم تعد المهمة") && over.err.contains("أُنجزت"), "{over:?}");
    page.refused(&undo, &[], 409, "Too late to take it back");
    assert_eq!(page.form("/language", &[("language", "ar")]).status, 303);
    page.refused(&undo, &[], 409, "فات وقت التراجع");
}

#[test]
fn why_a_case_refuses_something_is_said_in_the_readers_language_by_every_door() {
    let (desk, daemon) = ringing("supervisor");
    let page = Page::of(&daemon, "huda");
    assert_eq!(page.form("/language", &[("language", "ar")]).status, 303);
    let case = opened(&desk, "ringing");
    let (held, open) = ("الحالة موقوفة؛ لا توقف إلا حالة تمضي", "الحالة مفتوحة؛ لا تُستأنف إلا حالة موقوفة");
    let act = format!("/cases/{case}/act");
    page.refused(&act, &[("act", "resume")], 409, open);
    assert_eq!(page.form(&act, &[("act", "hold"), ("reason", "so")]).status, 303);
    page.refused(&act, &[("act", "hold"), ("reason", "so")], 409, held);

    // Programs get it as one text still: in the language of whose key or session it is.
    let api = |path: &str, body: Json| {
        let path = format!("/api/v1/{path}");
        page.browser.send(Method::POST, &path, |request| request.header("x-csrf-token", &page.csrf).json(&body))
    };
    let refused = api(&format!("cases/{case}/hold"), json!({"reason": "so"}));
    assert!(refused.status == 409 && refused.json()["detail"].as_str().unwrap().ends_with(held), "{}", refused.body);
    let asked = api(&format!("cases/{case}/preview"), json!({"act": "hold"}));
    assert!(asked.status == 409 && asked.json()["detail"].as_str().unwrap().ends_with(held), "{}", asked.body);
    for dry_run in [true, false] {
        let all = api("acts", json!({"act": "hold", "reason": "so", "cases": [case], "dry_run": dry_run}));
        assert_eq!(all.json()["items"][0]["reason"], held, "{}", all.body);
    }

    let line = ["case", "hold", &case, "--reason", "so"];
    let (en, ar) = (desk.run(&line), desk.run(&[&line[..], &["--lang", "ar"]].concat()));
    assert!(en.code == 1 && en.out.contains("refused: the case is held; only a case that moves can be held"), "{en:?}");
    assert!(ar.code == 1 && ar.out.contains(&format!("رفض: {held}")), "{ar:?}");
    let told = desk.run(&[&line[..], &["--format", "json"]].concat());
    let told: Json = serde_json::from_str(&told.out).unwrap();
    let expected = json!({"became": "refused", "reason": "the case is held; only a case that moves can be held", "reason_ar": held});
    assert_eq!(told["disposition"], expected);

    let said = |line: &[&str]| desk.run(&[line, &["--lang", "ar"]].concat()).err;
    let unknown = said(&["case", "event", &case, "payd"]);
    assert!(unknown.contains("لا حدث باسم `payd`") && unknown.contains("هل تقصد `paid`؟"), "{unknown}");
    let misfit = said(&["case", "event", &case, "moved"]);
    assert!(misfit.contains("لا تصلح هذه القيم") && misfit.contains("`to` لا قيمة له"), "{misfit}");
    let task = desk.json(&["task", "list"])[0]["id"].as_str().unwrap().to_owned();
    let outcome = said(&["task", "answer", &task, "reachd", "--agent", "huda"]);
    assert!(outcome.contains("ليست `reachd` من نتائج المهمة") && outcome.contains("هل تقصد `reached`؟"), "{outcome}");
}

#[test]
fn one_workflow_whose_source_cannot_be_read_hides_nothing_of_what_the_others_did() {
    let desk = Desk::shipped();
    std::fs::remove_file(desk.path("examples/bahrain-year/subscribers.csv")).unwrap();
    let all = desk.run(&["detect", "--dry-run"]);
    assert_eq!(all.code, 3, "{all:?}");
    let (said, failed) = (all.out.find("benefit-reconfirmation"), all.out.find("not run: `account-transfer`"));
    assert!(said.is_some() && said < failed && all.out.contains("there is no file"), "{all:?}");
    let json: Json = serde_json::from_str(&desk.run(&["detect", "--dry-run", "--format", "json"]).out).unwrap();
    assert_eq!(json.as_array().unwrap().last().unwrap()["workflow"], "account-transfer", "{json}");
}

#[test]
fn whatever_the_console_refuses_is_a_page_in_the_viewers_language() {
    let (_desk, daemon) = house("supervisor");
    let page = Page::of(&daemon, "huda");
    let long = "x".repeat(70_000);
    for (language, heading) in [("en", "<html lang=\"en\""), ("ar", "<html lang=\"ar\"")] {
        assert_eq!(page.form("/language", &[("language", language)]).status, 303);
        let get = |path: &str| page.browser.get(path);
        let stale =
            page.browser.send(Method::POST, "/outbox/hold", |request| request.form(&[("csrf", "0"), ("what", "all")]));
        for (answer, status) in [
            (get("/nosuch"), 404),
            (get("/outbox/hold"), 405),
            (get("/cases?after=ZZZZZ"), 400),
            (page.form("/messages/x/resolve", &[]), 422),
            (page.form("/outbox/hold", &[("what", "all"), ("reason", &long)]), 413),
            (stale, 403),
            (get("/reports.csv?from=abc"), 422),
        ] {
            assert_eq!(answer.status, status, "{}", answer.body);
            assert!(answer.header("content-type").starts_with("text/html"), "{status}: {}", answer.body);
            assert!(
                answer.body.contains(heading) && answer.body.contains("class=\"bar\""),
                "{status}: {}",
                answer.body
            );
            assert!(!answer.body.contains("deserialize") && !answer.body.contains("Invalid URL"), "{}", answer.body);
        }
    }
    // Whoever is not in is told as well; programs get their documents.
    let stranger = Browser::new(&daemon).get("/nosuch");
    assert!(stranger.status == 404 && stranger.body.contains("There is nothing here"), "{}", stranger.body);
    let program = page.browser.get("/api/v1/cases?after=%20");
    assert!(program.header("content-type").starts_with("application/problem+json"), "{}", program.body);
}
