//! From draft to version: written by one, looked over and approved by another, in the console and over the API; nothing
//! that errs goes on, nobody overwrites another unseen, and running cases stay where they are.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::access::{Answer, Browser, add};
use crate::editors::{enter, house};
use crate::support::program::{Desk, until};

/// What a page's form sends.
fn send(browser: &Browser<'_>, path: &str, form: &[(&str, &str)]) -> Answer {
    let csrf = browser.csrf();
    let form: Vec<(&str, &str)> = form.iter().copied().chain([("csrf", csrf.as_str())]).collect();
    browser.send(Method::POST, path, |request| request.form(&form))
}

/// What a script sends.
fn ask(browser: &Browser<'_>, method: Method, path: &str, version: Option<&str>, body: &Json) -> Answer {
    let csrf = browser.csrf();
    browser.send(method, &format!("/api/v1{path}"), |mut request| {
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        request.header("x-csrf-token", &csrf).header("content-type", "application/json").body(body.to_string())
    })
}

/// What a field of a page holds.
fn hidden(page: &str, name: &str) -> String {
    // Pages spell a slash so.
    let page = page.replace("&#x2f;", "/");
    let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name}: {page}"));
    page[at..].split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn begin(nora: &Browser<'_>) -> String {
    let begun = send(nora, "/workflows/hello/drafts", &[]);
    assert_eq!(begun.status, 303, "{}", begun.body);
    begun.header("location").to_owned()
}

/// Saves a text of a draft as its page does.
fn save(browser: &Browser<'_>, draft: &str, path: &str, change: impl Fn(&str) -> String) -> Answer {
    let page = browser.get(&format!("{draft}?file={path}")).body;
    let files = browser.get(&format!("/api/v1{draft}")).json();
    let text = change(files["files"][path].as_str().unwrap());
    let (field, was) = (format!("text:{path}"), format!("was:{path}"));
    send(browser, draft, &[("act", "save"), ("file", path), (&field, &text), (&was, &hidden(&page, &was))])
}

fn active(desk: &Desk) -> String {
    let listed = desk.json(&["workflow", "list"]);
    listed[0]["active_version"].as_str().unwrap().to_owned()
}

#[test]
fn a_draft_is_written_by_one_and_approved_by_another_and_running_cases_stay() {
    let (desk, daemon) = house();
    add(&desk, &daemon, "hala", "editor");
    let (nora, hala) = (enter(&daemon, "nora"), enter(&daemon, "hala"));
    let first = active(&desk);
    desk.json(&["case", "open", "hello", "--data", "id=7", "name=Layla", "phone=+97336001234"]);
    let draft = begin(&nora);
    let review = format!("{draft}/review");

    // What errs is told with its place and its line, and goes nowhere.
    let saved = save(&nora, &draft, "hello.yaml", |text| text.replace("30 days", "20 dayz"));
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = nora.get(&format!("{draft}?file=hello.yaml")).body;
    assert!(page.contains("W034") && page.contains("hello.yaml:14:13</bdi>") && page.contains("^^^^^^^"), "{page}");
    // In the reader's language it says what such a mistake is and how it is mended.
    assert!(!page.contains("للإصلاح"), "{page}");
    for (language, means) in [("ar", true), ("en", false)] {
        assert_eq!(send(&nora, "/language", &[("language", language)]).status, 303);
        assert_eq!(nora.get(&format!("{draft}?file=hello.yaml")).body.contains("للإصلاح"), means, "{language}");
    }
    let submit = |note: &str| {
        let version = hidden(&nora.get(&review).body, "version");
        send(&nora, &review, &[("act", "submit"), ("version", &version), ("note", note)])
    };
    assert!(nora.get(&review).body.contains("It cannot be submitted as long as it has mistakes"));
    let refused = submit("wording");
    assert!(refused.status == 409 && refused.body.contains("It has mistakes"), "{}", refused.body);

    save(&nora, &draft, "hello.yaml", |text| text.replace("20 dayz", "20 days"));
    assert_eq!(submit("  ").status, 409, "a note is asked for");
    assert_eq!(submit("we wait too long").status, 303);
    let shut = save(&nora, &draft, "hello.yaml", |text| text.replace("20 days", "10 days"));
    assert_eq!(shut.status, 409, "what was submitted is not written any more");

    // The second person sees what it means: the change in words, the bounds, who stays.
    let seen = hala.get(&review).body;
    for words in [
        "<del>30 days</del>",
        "<ins>20 days</ins>",
        "<q dir=\"auto\">we wait too long</q>",
        "<strong>20 days</strong>",
        "1 case",
    ] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    let version = hidden(&seen, "version");
    let approve = |browser: &Browser<'_>| send(browser, &review, &[("act", "approve"), ("version", &version)]);
    let own = approve(&nora);
    assert!(own.status == 409 && own.body.contains("a second person approves it"), "{}", own.body);
    assert_eq!(active(&desk), first, "nothing has changed yet");
    assert_eq!(approve(&hala).status, 303);
    let second = active(&desk);
    assert_ne!(second, first);
    let opened = desk.json(&["case", "open", "hello", "--data", "id=8", "name=Hasan", "phone=+97336001235"]);
    let versions = nora.get("/api/v1/workflows/hello/versions").json();
    let open = |hash: &str| {
        let item = versions["items"].as_array().unwrap().iter().find(|item| item["version"] == hash).unwrap();
        item["open_cases"].as_u64().unwrap()
    };
    assert_eq!((open(&first), open(&second)), (1, 1), "{opened} {versions}");
    let page = nora.get("/workflows/hello/versions").body;
    assert!(page.contains("<strong>hala</strong>: <q>we wait too long</q>"), "{page}");

    let acts = desk.json(&["audit", "list", "--limit", "50"]);
    for (who, act) in
        [("user:nora", "draft.submit"), ("user:hala", "draft.approve"), ("user:hala", "workflow.activate")]
    {
        let there = acts.as_array().unwrap().iter().any(|entry| entry["who"] == who && entry["act"] == act);
        assert!(there, "{who} {act}: {acts}");
    }
    assert_eq!(desk.run(&["audit", "verify"]).code, 0);
}

#[test]
fn what_was_approved_stays_until_the_files_change_and_an_earlier_version_comes_back_the_same_way() {
    let (desk, daemon) = house();
    add(&desk, &daemon, "hala", "editor");
    let (nora, hala) = (enter(&daemon, "nora"), enter(&daemon, "hala"));
    let first = active(&desk);
    let through = |draft: &str, note: &str| {
        let version = nora.get(&format!("/api/v1{draft}")).json()["draft"]["version"].to_string();
        let note = json!({"note": note});
        let submitted = ask(&nora, Method::POST, &format!("{draft}/submit"), Some(&version), &note);
        assert_eq!(submitted.status, 200, "{}", submitted.body);
        let version = submitted.json()["version"].to_string();
        let approved = ask(&hala, Method::POST, &format!("{draft}/approve"), Some(&version), &json!({}));
        assert_eq!(approved.status, 200, "{}", approved.body);
        approved.json()["draft"]["became_version"].as_str().unwrap().to_owned()
    };
    let draft = begin(&nora);
    save(&nora, &draft, "hello/messages/hello.en.txt", |text| text.replace("Good day", "Good morning"));
    let second = through(&draft, "warmer");
    // The daemon looks at the files every second: they are as they were, and what was approved stays.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(active(&desk), second);
    drop(daemon);
    let daemon = desk.serve();
    assert_eq!(active(&desk), second, "also after a restart");
    let (nora, hala) = (enter(&daemon, "nora"), enter(&daemon, "hala"));
    assert!(nora.get("/workflows/hello/texts").body.contains("Good morning"));

    let back = send(&nora, "/workflows/hello/drafts", &[("version", &first)]);
    let location = back.header("location").to_owned();
    assert!(location.ends_with("/review"), "{location}");
    let version = hidden(&nora.get(&location).body, "version");
    send(&nora, &location, &[("act", "submit"), ("version", &version), ("note", "back to before")]);
    let version = hidden(&hala.get(&location).body, "version");
    let own = send(&nora, &location, &[("act", "approve"), ("version", &version)]);
    assert_eq!(own.status, 409, "the same rule holds for going back");
    assert_eq!(send(&hala, &location, &[("act", "approve"), ("version", &version)]).status, 303);
    assert_eq!(active(&desk), first);

    desk.write("workflows/hello/messages/hello.en.txt", "## level: 1\n\nGood evening {{ name }}, ref {{ reference }}");
    let other = || Some(active(&desk)).filter(|now| *now != first && *now != second);
    until(other).expect("changed files are taken as before");
}

#[test]
fn two_editors_do_not_overwrite_each_other_and_neither_loses_a_word() {
    let (desk, daemon) = house();
    add(&desk, &daemon, "hala", "editor");
    let (nora, hala) = (enter(&daemon, "nora"), enter(&daemon, "hala"));
    let draft = begin(&nora);
    let path = "hello/messages/hello.en.txt";
    let was = hidden(&nora.get(&format!("{draft}?file={path}")).body, &format!("was:{path}"));
    let (field, was_field) = (format!("text:{path}"), format!("was:{path}"));
    let write = |browser: &Browser<'_>, text: &str, was: &str| {
        send(browser, &draft, &[("act", "save"), ("file", path), (&field, text), (&was_field, was)])
    };
    assert_eq!(write(&nora, "## level: 1\n\nFrom Nora {{ name }}", &was).status, 303);
    // Another file meanwhile is no conflict, the same one is; both texts are shown.
    assert_eq!(save(&hala, &draft, "hello.yaml", |text| text.replace("30 days", "40 days")).status, 303);
    let conflict = write(&hala, "## level: 1\n\nFrom Hala {{ name }}", &was);
    assert_eq!(conflict.status, 409);
    assert!(conflict.body.contains("From Hala") && conflict.body.contains("From Nora"), "{}", conflict.body);
    let seen = hidden(&conflict.body, &was_field);
    assert_eq!(write(&hala, "## level: 1\n\nFrom both {{ name }}", &seen).status, 303);
    let now = nora.get(&format!("/api/v1{draft}"));
    assert_eq!(now.json()["files"][path], "## level: 1\n\nFrom both {{ name }}");

    // Over the API the version says it.
    let files = json!({"files": now.json()["files"]});
    let put = |version: Option<&str>| ask(&nora, Method::PUT, &draft, version, &files);
    assert_eq!(put(None).status, 428, "which version it is made on must be said");
    assert_eq!(put(Some("1")).status, 412);
    let current = now.header("etag").trim_matches('"').to_owned();
    assert_eq!(put(Some(&current)).status, 200);
    let strange = json!({"files": {"hello.yaml": "x", "../etc/passwd": "x"}});
    let refused = ask(&nora, Method::PUT, &draft, Some(&(current.parse::<u64>().unwrap() + 1).to_string()), &strange);
    assert_eq!(refused.status, 422, "{}", refused.body);
}

#[test]
fn scenarios_alone_are_approved_as_well_and_stay_beside_the_version() {
    let (desk, daemon) = house();
    add(&desk, &daemon, "hala", "editor");
    let (nora, hala) = (enter(&daemon, "nora"), enter(&daemon, "hala"));
    let first = active(&desk);
    let draft = begin(&nora);
    let review = format!("{draft}/review");
    assert!(nora.get(&review).body.contains("there is nothing to submit yet"));
    let file = "hello/scenarios/patience.yaml";
    // What cannot be is not said to be saved.
    for strange in [&[("act", "add"), ("kind", "boom"), ("name", "x")][..], &[("act", "remove")]] {
        assert_eq!(send(&nora, &format!("{draft}/files"), strange).status, 404, "{strange:?}");
    }
    assert_eq!(send(&nora, &draft, &[("act", "save"), ("file", "../../etc/passwd")]).status, 404);
    send(&nora, &format!("{draft}/files"), &[("act", "add"), ("kind", "scenario"), ("name", "patience")]);
    let story = "start: 2026-11-01 10:00\ngiven: {id: '1', name: Layla, phone: '+97336001234'}\nscenarios:\n  - name: after a month it is over\n    steps:\n      - {after: 31 days, expect: {state: done}}\n";
    save(&nora, &draft, file, |_| story.to_owned());
    let decide = |browser: &Browser<'_>, act: &str| {
        let version = hidden(&browser.get(&review).body, "version");
        send(browser, &review, &[("act", act), ("version", &version), ("note", "a story that was missing")])
    };
    assert_eq!(decide(&nora, "submit").status, 303);
    let seen = hala.get(&review).body.replace("&#x2f;", "/");
    assert!(seen.contains(&format!("{file}</bdi><span class=\"tag\">new</span>")), "{seen}");
    assert_eq!(decide(&hala, "approve").status, 303);
    assert_eq!(active(&desk), first, "they change no version");
    let next = begin(&nora);
    assert_eq!(nora.get(&format!("/api/v1{next}")).json()["files"][file], story);
    assert!(nora.get(&format!("{next}/review")).body.contains("there is nothing to submit yet"));
}

#[test]
fn nothing_is_approved_by_a_key_and_a_failing_scenario_goes_nowhere() {
    let (desk, daemon) = house();
    let nora = enter(&daemon, "nora");
    let draft = begin(&nora);
    let added = send(&nora, &format!("{draft}/files"), &[("act", "add"), ("kind", "scenario"), ("name", "main")]);
    assert_eq!(added.status, 303, "{}", added.body);
    let story = "start: 2026-11-01 10:00\ngiven: {id: '1', name: Layla, phone: '+97336001234'}\nscenarios:\n  - name: after a month it is over\n    steps:\n      - {after: 31 days, expect: {state: STATE}}\n";
    save(&nora, &draft, "hello/scenarios/main.yaml", |_| story.replace("STATE", "greet"));
    let check = ask(&nora, Method::POST, &format!("{draft}/check"), None, &json!({})).json();
    assert_eq!((&check["sound"], &check["scenarios"][0]["passed"]), (&json!(false), &json!(false)), "{check}");
    let played = send(&nora, &draft, &[("act", "test"), ("file", "hello.yaml")]).body;
    assert!(played.contains("after a month it is over") && played.contains("not as expected"), "{played}");
    let version = check_version(&nora, &draft);
    let note = json!({"note": "x"});
    let refused = ask(&nora, Method::POST, &format!("{draft}/submit"), Some(&version), &note);
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.json()["detail"].as_str().unwrap().contains("1 of its 1 scenarios"), "{}", refused.body);

    save(&nora, &draft, "hello/scenarios/main.yaml", |_| story.replace("STATE", "done"));
    save(&nora, &draft, "hello.yaml", |text| text.replace("30 days", "20 days"));
    let version = check_version(&nora, &draft);
    assert_eq!(ask(&nora, Method::POST, &format!("{draft}/submit"), Some(&version), &note).status, 200);
    let made = desk.json(&["api-key", "create", "robot", "--like", "editor"]);
    let (key, version) = (made["key"].as_str().unwrap(), check_version(&nora, &draft));
    let by_key = Browser::new(&daemon).send(Method::POST, &format!("/api/v1{draft}/approve"), |request| {
        request.bearer_auth(key).header("if-match", format!("\"{version}\""))
    });
    assert!(by_key.status == 403 && by_key.body.contains("a key is no person"), "{}", by_key.body);
    // What is judged is what was named, and not what comes of it while it is judged.
    let later = (version.parse::<u64>().unwrap() + 3).to_string();
    add(&desk, &daemon, "hala", "editor");
    let hala = enter(&daemon, "hala");
    let ahead = ask(&hala, Method::POST, &format!("{draft}/approve"), Some(&later), &json!({}));
    assert_eq!(ahead.status, 412, "{}", ahead.body);
    // Somebody else was quicker: what was compared is not what would be replaced.
    let moved_on = json!({"active": "another"});
    let moved_on = ask(&hala, Method::POST, &format!("{draft}/approve"), Some(&version), &moved_on);
    assert!(moved_on.status == 409 && moved_on.body.contains("another version became active"), "{}", moved_on.body);
    let listed = desk.json(&["workflow", "drafts"]);
    assert_eq!((&listed[0]["status"], &listed[0]["note"]), (&json!("submitted"), &json!("x")), "{listed}");
}

fn check_version(browser: &Browser<'_>, draft: &str) -> String {
    browser.get(&format!("/api/v1{draft}")).json()["draft"]["version"].to_string()
}

#[test]
fn who_holds_a_key_cannot_be_two_people() {
    let (desk, daemon) = house();
    let made = desk.json(&["api-key", "create", "robot", "--like", "editor"]);
    let key = made["key"].as_str().unwrap();
    let browser = Browser::new(&daemon);
    let by_key = |path: &str, version: &str, body: Json| {
        browser.send(Method::POST, &format!("/api/v1{path}"), |request| {
            let request = request.bearer_auth(key).header("if-match", format!("\"{version}\""));
            request.header("content-type", "application/json").body(body.to_string())
        })
    };
    let begun = by_key("/workflows/hello/drafts", "0", json!({}));
    let draft = format!("/drafts/{}", begun.json()["id"]);
    let submitted =
        by_key(&format!("{draft}/submit"), &begun.json()["version"].to_string(), json!({"note": "by a robot"}));
    assert!(submitted.status == 403 && submitted.body.contains("a key is no person"), "{}", submitted.body);
}

#[test]
fn what_a_draft_says_of_a_field_shows_nobody_s_name() {
    let (desk, daemon) = house();
    let opened = desk.json(&["case", "open", "hello", "--data", "id=7", "name=Layla Ali", "phone=+97336001234"]);
    let case = opened["case"]["reference"].as_str().unwrap().to_owned();
    let nora = enter(&daemon, "nora");
    let draft = begin(&nora);
    // As one of a few words it would be shown; the case's own version knows that it is a text.
    save(&nora, &draft, "hello.yaml", |text| text.replace("name: text", "name: {type: choice, values: [high, low]}"));
    let page = nora.get(&format!("{draft}?file=hello/messages/hello.en.txt&case={case}")).body;
    assert!(page.contains("xxxxx xxx") && !page.contains("Layla"), "{page}");
}

#[test]
fn a_language_that_nobody_touched_keeps_what_a_colleague_wrote() {
    let (desk, daemon) = house();
    add(&desk, &daemon, "sami", "editor");
    let (nora, sami) = (enter(&daemon, "nora"), enter(&daemon, "sami"));
    let draft = begin(&nora);
    let (ar, en) = ("hello/messages/hello.ar.txt", "hello/messages/hello.en.txt");
    let page = nora.get(&format!("{draft}?file={ar}")).body;
    let files = nora.get(&format!("/api/v1{draft}")).json();
    let there = |path: &str| files["files"][path].as_str().unwrap().to_owned();
    assert_eq!(save(&sami, &draft, en, |text| text.replace("Good day", "Good morning")).status, 303);
    // Nora's page holds both languages; she changed one.
    let (words, untouched) = (there(ar).replace("السلام", "ألف سلام"), there(en));
    let (was_ar, was_en) = (hidden(&page, &format!("was:{ar}")), hidden(&page, &format!("was:{en}")));
    let form = [
        ("act", "save"),
        ("file", ar),
        ("text:hello/messages/hello.ar.txt", words.as_str()),
        ("was:hello/messages/hello.ar.txt", was_ar.as_str()),
        ("text:hello/messages/hello.en.txt", untouched.as_str()),
        ("was:hello/messages/hello.en.txt", was_en.as_str()),
    ];
    let saved = send(&nora, &draft, &form);
    assert_eq!(saved.status, 303, "{}", saved.body);
    let files = nora.get(&format!("/api/v1{draft}")).json();
    let text = |path: &str| files["files"][path].as_str().unwrap();
    assert!(text(en).contains("Good morning") && text(ar).contains("ألف سلام"), "{files}");
}

#[test]
fn drafts_are_closed_to_who_is_no_editor() {
    let (desk, daemon) = house();
    let draft = begin(&enter(&daemon, "nora"));
    for role in ["viewer", "agent", "supervisor", "administrator"] {
        let name = format!("{role}.one");
        add(&desk, &daemon, &name, role);
        let other = enter(&daemon, &name);
        for path in ["/drafts", draft.as_str(), &format!("{draft}/review")] {
            assert_eq!(other.get(path).status, 403, "{role} {path}");
        }
        let version = [("version", "1"), ("act", "discard")];
        assert_eq!(send(&other, &format!("{draft}/review"), &version).status, 403, "{role}");
        assert_eq!(send(&other, "/workflows/hello/drafts", &[]).status, 403, "{role}");
        assert!(!other.get("/workflows/hello").body.contains("/workflows/hello/drafts"), "{role} is offered a draft");
    }
}
