//! What editors see of workflows in the console: versions and how they came about, the whole in words, texts beside each
//! other, what changed; and on real cases only what their role may see.

use reqwest::Method;

use crate::access::{Browser, PASSWORD, add};
use crate::support::program::{Daemon, Desk, until};

const WORKFLOW: &str = "workflow: hello
title: {en: A word of greeting, ar: كلمة ترحيب}
calendar: always
languages: [ar, en]
case:
  key: [id]
  fields: {id: text, name: text, phone: {type: phone, personal: true}}
start: greet
states:
  greet:
    title: {en: Greeting, ar: ترحيب}
    do: [{sms: {to: phone, template: hello}}]
    on: {sms.delivered: {goto: done}}
    after: {30 days: done}
  done: {title: {en: Done, ar: تم}, end: success}
";

/// A daemon over a workflow of two texts, and an editor who may not see names.
pub(crate) fn house() -> (Desk, Daemon) {
    let desk = Desk::empty();
    crate::program::hello(&desk, "http://127.0.0.1:9");
    desk.write("workflows/hello.yaml", WORKFLOW);
    desk.write("workflows/hello/messages/hello.en.txt", "## level: 1\n\nGood day {{ name }}, ref {{ reference }}");
    desk.write("workflows/hello/messages/hello.ar.txt", "## level: 1\n\nالسلام عليكم {{ name }} مرجع {{ reference }}");
    let daemon = desk.serve();
    add(&desk, &daemon, "nora", "editor");
    (desk, daemon)
}

pub(crate) fn enter<'d>(daemon: &'d Daemon, name: &str) -> Browser<'d> {
    let mut browser = Browser::new(daemon);
    browser.enter(name, PASSWORD);
    browser
}

/// Changes the file and waits until the daemon has taken it.
fn edit(desk: &Desk, nora: &Browser<'_>, from: &str, to: &str) {
    let versions = || nora.get("/api/v1/workflows/hello/versions").json()["items"].as_array().unwrap().len();
    let before = versions();
    desk.write("workflows/hello.yaml", &WORKFLOW.replace(from, to));
    until(|| (versions() > before).then_some(())).expect("the daemon does not take the file");
}

/// The versions that a page names, in its order.
fn named(page: &str) -> Vec<&str> {
    page.split("<bdi class=\"mono\" dir=\"ltr\">").skip(1).filter_map(|rest| rest.split('<').next()).collect()
}

#[test]
fn versions_are_told_with_their_cases_and_compared_in_words() {
    let (desk, daemon) = house();
    let nora = enter(&daemon, "nora");
    desk.json(&["case", "open", "hello", "--data", "id=7", "name=Layla", "phone=+97336001234"]);
    edit(&desk, &nora, "30 days", "20 days");

    let list = nora.get("/workflows").body;
    assert!(list.contains("A word of greeting") && list.contains("1 earlier version"), "{list}");
    let page = nora.get("/workflows/hello/versions").body;
    let versions = named(&page);
    // The head names the active one first, then each in turn.
    assert_eq!((versions.len(), versions[0]), (3, versions[1]), "{versions:?}");
    assert!(page.contains("by <strong>the files on the server</strong>"), "{page}");

    let (old, new) = (versions[2], versions[1]);
    let changes = nora.get(&format!("/workflows/hello/changes?old={old}&new={new}")).body;
    assert!(changes.contains("<del>30 days</del>") && changes.contains("<ins>20 days</ins>"), "{changes}");
    assert!(changes.contains("<bdi class=\"mono soft\" dir=\"ltr\">states.greet.after"), "{changes}");
    let same = nora.get(&format!("/workflows/hello/changes?old={new}&new={new}")).body;
    assert!(same.contains("they say the same"), "{same}");

    let earlier = nora.get(&format!("/workflows/hello/words?version={old}&lang=ar")).body;
    assert!(earlier.contains("This is not the active version"), "{earlier}");
    assert!(earlier.contains("lang=\"ar\" dir=\"rtl\">") && earlier.contains("30 يوما"), "{earlier}");
    for nothing in ["/workflows/nothing", "/workflows/hello?version=ffffffffff", "/workflows/hello/texts?version=f"] {
        assert_eq!(nora.get(nothing).status, 404, "{nothing}");
    }
}

#[test]
fn texts_stand_beside_each_other_and_a_real_case_is_named_only_to_who_may_see_it() {
    let (desk, daemon) = house();
    add(&desk, &daemon, "sami", "supervisor");
    let (nora, sami) = (enter(&daemon, "nora"), enter(&daemon, "sami"));
    let opened = desk.json(&["case", "open", "hello", "--data", "id=7", "name=Layla Ali", "phone=+97336001234"]);
    let case = opened["case"]["reference"].as_str().unwrap();

    let made_up = nora.get("/workflows/hello/texts").body;
    assert!(made_up.contains("GSM-7") && made_up.contains("UCS-2") && made_up.contains("1 SMS part"), "{made_up}");
    let path = format!("/workflows/hello/texts?case={}", case.to_lowercase());
    let (covered, shown) = (nora.get(&path).body, sami.get(&path).body);
    assert!(covered.contains(&format!("Good day xxxxx xxx, ref {case}")), "{covered}");
    assert!(!covered.contains("Layla") && !covered.contains("36001234"), "{covered}");
    assert!(shown.contains(&format!("Good day Layla Ali, ref {case}")) && shown.contains("+97336001234"), "{shown}");

    let seen = desk.json(&["audit", "list", "--case", case, "--act", "message.preview"]);
    let who: Vec<&str> = seen.as_array().unwrap().iter().filter_map(|entry| entry["who"].as_str()).collect();
    assert_eq!(who, ["user:sami", "user:nora"]);
    let unknown = nora.get("/workflows/hello/texts?case=ZZZZZ");
    assert!(unknown.status == 404 && unknown.body.contains("There is no case with this reference"));
}

#[test]
fn nothing_of_these_pages_is_open_to_who_has_not_come_in() {
    let (_desk, daemon) = house();
    let nobody = Browser::new(&daemon);
    for path in ["", "/hello", "/hello/words", "/hello/texts", "/hello/versions", "/hello/changes"] {
        let answer = nobody.send(Method::GET, &format!("/workflows{path}"), |request| request);
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with("/login"), "{path}");
    }
}
