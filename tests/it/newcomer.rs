//! What a newcomer stumbles over: words that are none, pages that had nothing for them, and files that are not what they
//! were. Each is said, with what to do.

use std::fs;
use std::process::Stdio;

use crate::access::{Browser, PASSWORD, house};
use crate::program::hello;
use crate::support::program::{Daemon, Desk, until};

fn entered(daemon: &Daemon) -> Browser<'_> {
    let mut browser = Browser::new(daemon);
    assert_eq!(browser.enter("huda", PASSWORD).status, 303);
    browser
}

#[test]
fn whoever_makes_no_calls_finds_at_home_what_they_may_do() {
    for (role, there, missing) in
        [("viewer", "&#x2f;reports", "&#x2f;drafts"), ("editor", "&#x2f;drafts", "&#x2f;admin")]
    {
        let (_desk, daemon) = house(role);
        let home = entered(&daemon).get("/").body;
        assert!(home.contains("This is what you may do") && home.contains(there), "{role}: {home}");
        assert!(
            home.contains(">Home</a>") && !home.contains("My day</a>") && !home.contains(missing),
            "{role}: {home}"
        );
    }
}

#[test]
fn whoever_may_see_no_names_reads_the_story_of_a_case_in_words_without_them() {
    let (desk, daemon) = house("viewer");
    let opened = desk.json(&["case", "open", "hello", "--data", "id=7", "phone=+97336001234"]);
    let case = opened["case"]["reference"].as_str().unwrap().to_owned();
    desk.text(&["case", "hold", &case, "--reason", "Layla is abroad"]);
    let page = entered(&daemon).get(&format!("/cases/{case}")).body;
    assert!(page.contains("Case opened by hand") && page.contains("Put on hold: …"), "{page}");
    for hidden in ["Layla", "36001234", "message_planned", "call_planned"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
}

#[test]
fn an_address_that_names_nothing_is_a_page_that_says_so() {
    let (_desk, daemon) = house("editor");
    let browser = entered(&daemon);
    for path in ["/drafts/abc", "/drafts/999", "/workflows/hello/texts?case=ZZZZZ"] {
        let answer = browser.get(path);
        assert!(
            answer.status == 404 && answer.body.contains("class=\"bar\""),
            "{path}: {} {}",
            answer.status,
            answer.body
        );
    }
    for limit in ["0", "-1", "100000"] {
        let refused = browser.get(&format!("/api/v1/cases?limit={limit}"));
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body.contains("write a number from 1 to 500"), "{}", refused.body);
    }
}

#[test]
fn a_list_by_a_word_that_there_is_not_says_so() {
    let (desk, _daemon) = house("agent");
    for (args, near) in [
        (["--workflow", "helo"], "did you mean `hello`?"),
        (["--state", "gret"], "did you mean `greet`?"),
        (["--state", "zzzzzzzz"], "known here: `done`, `greet`"),
    ] {
        let said = desk.run(&[&["case", "list"][..], &args].concat());
        assert!(said.code == 5 && said.err.contains(near), "{args:?}: {said:?}");
    }
    let empty = desk.run(&["case", "list", "--workflow", "hello", "--state", "done"]);
    assert!(empty.code == 0, "a state in which nobody stands is one: {empty:?}");
}

#[test]
fn files_that_are_gone_or_have_mistakes_are_told_where_workflows_are_listed() {
    let (desk, daemon) = house("viewer");
    desk.json(&["case", "open", "hello", "--data", "id=7", "phone=+97336001234"]);
    let browser = entered(&daemon);
    assert!(!browser.get("/workflows").body.contains("have mistakes"));
    let file = desk.path("workflows/hello.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, "workflow: [").unwrap();
    let page = until(|| Some(browser.get("/workflows").body).filter(|page| page.contains("have mistakes"))).unwrap();
    assert!(page.contains("this last good version goes on"), "{page}");

    fs::remove_file(&file).unwrap();
    let listed = desk.json(&["workflow", "list"]);
    assert_eq!((&listed[0]["name"], &listed[0]["files"]), (&"hello".into(), &"gone".into()), "{listed}");
    assert!(desk.text(&["workflow", "list", "--lang", "ar"]).contains("لا ملف له"));
    drop(daemon);
    let daemon = desk.serve();
    let page = entered(&daemon).get("/workflows").body;
    assert!(page.contains("Its file is gone") && page.contains("1 case"), "{page}");
    fs::write(&file, text).unwrap();
}

#[test]
fn a_name_that_no_scenario_has_is_refused_with_names_that_are_near() {
    let desk = Desk::shipped();
    let said = desk.run(&["test", "--name", "silent famly"]);
    assert!(said.code == 5 && said.err.contains("no scenario has `silent famly`"), "{said:?}");
    assert!(said.err.contains("near: `") && said.err.contains("silent"), "{said:?}");
}

#[test]
fn the_reports_of_other_workflows_speak_of_no_transfers_and_no_deaths() {
    let desk = Desk::shipped();
    desk.text(&["db", "migrate"]);
    let (code, words) = desk.serve().stop();
    assert_eq!(code, Some(0), "{words}");
    let survey = desk.text(&["report", "service-visit-survey"]).to_lowercase();
    for word in ["transfer", "death", "subsid", "heir", "family"] {
        assert!(!survey.contains(word), "{word}: {survey}");
    }
    assert!(desk.text(&["report", "account-transfer"]).contains("Death to transfer, half within"));
}

#[cfg(unix)]
#[test]
fn a_benchmark_that_is_stopped_leaves_nothing_behind() {
    let desk = Desk::empty();
    hello(&desk, "http://127.0.0.1:9");
    fs::create_dir(desk.path("scratch")).unwrap();
    let there = || fs::read_dir(desk.path("scratch")).unwrap().count();
    let mut command =
        desk.command(&["bench", "outreach-5", "--cases", "500000", "--rounds", "9", "--folder", "scratch"]);
    let mut bench = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until(|| (there() > 0).then_some(())).expect("it begins");
    let stopped = std::process::Command::new("kill").args(["-INT", &bench.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let status = until(|| bench.try_wait().unwrap()).expect("it stops");
    assert!(!status.success() && there() == 0, "{status:?} leaves {} behind", there());
}
