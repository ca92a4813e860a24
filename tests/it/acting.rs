//! What supervisors do to cases, through the doors that they use: moving by hand, acts on many cases at once that are
//! looked at first, and ways out for all that one cause has stopped.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::access::{Answer, Browser, PASSWORD, add, house};
use crate::support::program::{Daemon, Desk};

const LINE: &str = "workflow: line
title: {en: Line}
calendar: always
languages: [en]
case:
  key: [id]
  fields: {id: text, phone: {type: phone, personal: true}, parts: integer}
events: {paid: {}}
start: greet
states:
  greet:
    title: {en: Greeting}
    do: [{sms: {to: phone, template: hello}}]
    on: {paid: {when: 100 / parts > 1, goto: done}}
    after: {30 days: done}
  remind:
    title: {en: Reminder}
    do: [{sms: {to: phone, template: reminder}}]
    after: {30 days: done}
  done: {end: success}
";

/// A daemon over a small house, and a supervisor in a browser.
struct Room {
    desk: Desk,
    daemon: Daemon,
}

/// A supervisor's browser.
struct Page<'d> {
    browser: Browser<'d>,
    csrf: String,
}

impl Room {
    fn open() -> Self {
        let (desk, daemon) = house("supervisor");
        daemon.stop();
        desk.write("workflows/line.yaml", LINE);
        desk.write("workflows/line/messages/hello.en.txt", "Good day");
        desk.write("workflows/line/messages/reminder.en.txt", "We are still here for you");
        let daemon = desk.serve();
        Self { desk, daemon }
    }

    fn page(&self) -> Page<'_> {
        let mut browser = Browser::new(&self.daemon);
        browser.enter("huda", PASSWORD);
        let csrf = browser.csrf();
        Page { browser, csrf }
    }

    fn story(&self, case: &str) -> String {
        self.desk.text(&["case", "show", case])
    }
}

impl Page<'_> {
    fn api(&self, path: &str, body: &Json) -> Answer {
        self.browser.send(Method::POST, &format!("/api/v1{path}"), |request| {
            request.header("x-csrf-token", &self.csrf).json(body)
        })
    }

    /// Opens cases with these numbers and says their references.
    fn opened(&self, ids: std::ops::Range<u32>) -> Vec<String> {
        let open = |id: u32| {
            let data = json!({"id": id.to_string(), "phone": "+97336001234", "parts": id % 2});
            let opened = self.api("/cases", &json!({"workflow": "line", "data": data}));
            assert_eq!(opened.status, 201, "{}", opened.body);
            opened.json()["case"]["reference"].as_str().unwrap().to_owned()
        };
        ids.map(open).collect()
    }

    fn form(&self, path: &str, fields: &[(String, String)]) -> Answer {
        let csrf = ("csrf".to_owned(), self.csrf.clone());
        let fields: Vec<&(String, String)> = std::iter::once(&csrf).chain(fields).collect();
        self.browser.send(Method::POST, path, |request| request.form(&fields))
    }

    /// What the page of an act says, and the form by which it is done, with a reason.
    fn looked_at(&self, fields: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let shown = self.form("/acts/preview", &fields);
        assert_eq!(shown.status, 200, "{}", shown.body);
        let form = hidden(&shown.body);
        (shown.body, form)
    }
}

/// The hidden fields of the form that acts.
fn hidden(page: &str) -> Vec<(String, String)> {
    let Some((_, form)) = page.split_once("action=\"/acts\"") else { return Vec::new() };
    let form = form.split_once("</form>").unwrap().0;
    let attribute = |input: &str, name: &str| {
        let value = input.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
        Some(value.replace("&#x2f;", "/"))
    };
    let inputs = form.split("<input type=\"hidden\"").skip(1).filter_map(|input| {
        let input = input.split_once('>')?.0;
        Some((attribute(input, "name")?, attribute(input, "value")?))
    });
    inputs.filter(|(name, _)| name != "csrf").collect()
}

fn with(form: &[(String, String)], name: &str, value: &str) -> Vec<(String, String)> {
    let kept = form.iter().filter(|(known, _)| known != name).cloned();
    kept.chain([(name.to_owned(), value.to_owned())]).collect()
}

#[test]
fn a_move_is_seen_before_it_is_made_needs_a_reason_and_happens_once_however_often_it_is_sent() {
    let room = Room::open();
    let page = room.page();
    let case = page.opened(1..2).remove(0);
    let (shown, form) = page.looked_at(&[("act", "move"), ("to", "remind"), ("case", &case), ("back", "/cases")]);
    let shown_first = shown.clone();
    for said in ["Move to “Reminder”", "We are still here for you", "Greeting", "SMS", "30 days", "withdrawn"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(!room.story(&case).contains("moved by hand"), "looking changes nothing");

    let without = page.form("/acts", &form);
    assert!(without.status == 422 && without.body.contains("it stays in the history"), "{}", without.body);
    let acted = page.form("/acts", &with(&form, "reason", "they asked for it"));
    assert_eq!((acted.status, acted.header("location")), (303, format!("/cases/{case}?done=1").as_str()));
    let again = page.form("/acts", &with(&form, "reason", "they asked for it"));
    assert_eq!(again.status, 303, "{}", again.body);
    let story = room.story(&case);
    assert_eq!(story.matches("moved by hand: they asked for it (operator:huda)").count(), 1, "{story}");
    let shown = room.desk.json(&["case", "show", &case]);
    assert_eq!(shown["case"]["state"], "remind");
    let trace = room.desk.json(&["audit", "list", "--case", &case, "--who", "user:huda"]);
    let acts: Vec<&str> = trace.as_array().unwrap().iter().filter_map(|entry| entry["act"].as_str()).collect();
    assert!(acts.contains(&"case.move") && acts.contains(&"case.preview"), "{acts:?}");

    // What was looked at is no longer what would happen: nothing is done.
    let (_, form) = page.looked_at(&[("act", "move"), ("to", "greet"), ("case", &case)]);
    room.desk.text(&["case", "hold", &case, "--reason", "from elsewhere"]);
    let late = page.form("/acts", &with(&form, "reason", "back"));
    assert!(late.status == 200 && late.body.contains("changed since you looked"), "{}", late.body);
    assert_eq!(room.desk.json(&["case", "show", &case])["case"]["state"], "remind");
    let (held, _) = page.looked_at(&[("act", "move"), ("to", "greet"), ("case", &case)]);
    assert!(held.contains("not before it goes on") && !shown_first.contains("not before it goes on"), "{held}");
    // An unknown state is refused on the page already, with the names that there are.
    let (unknown, form) = page.looked_at(&[("act", "move"), ("to", "remnd"), ("case", &case)]);
    assert!(
        unknown.contains("did you mean") && unknown.contains("greet, remind, done") && form.is_empty(),
        "{unknown}"
    );
}

#[test]
fn a_move_is_asked_about_and_made_over_the_api_and_on_the_command_line_alike() {
    let room = Room::open();
    let page = room.page();
    let case = page.opened(1..2).remove(0);
    let asked = page.api(&format!("/cases/{case}/preview"), &json!({"act": "move", "state": "remind"})).json();
    assert_eq!(
        (&asked["case"]["state"], &asked["messages"][0]["text"]),
        (&json!("remind"), &json!("We are still here for you"))
    );
    assert_eq!(asked["withdrawn"].as_array().unwrap().len(), 1, "{asked}");
    let lacks = page.api(&format!("/cases/{case}/preview"), &json!({"act": "move"}));
    assert!(lacks.status == 422 && lacks.body.contains("`state`"), "{}", lacks.body);
    let dry = room.desk.json(&["case", "move", &case, "remind", "--reason", "so", "--dry-run"]);
    assert_eq!(dry["messages"][0]["text"], asked["messages"][0]["text"]);
    assert_eq!(room.desk.json(&["case", "show", &case])["case"]["state"], "greet", "asking changes nothing");

    let moved = page.api(&format!("/cases/{case}/move"), &json!({"state": "remind", "reason": "as agreed"}));
    assert_eq!((moved.status, &moved.json()["case"]["state"]), (200, &json!("remind")), "{}", moved.body);
    let unknown = page.api(&format!("/cases/{case}/move"), &json!({"state": "remnd", "reason": "as agreed"}));
    assert!(unknown.status == 409 && unknown.body.contains("greet, remind, done"), "{}", unknown.body);
    let said = room.desk.text(&["case", "move", &case, "done", "--reason", "settled", "--by", "sami"]);
    assert!(said.contains("moved by hand: settled (sami)") && said.contains("the case ended: success"), "{said}");
    let over = room.desk.run(&["case", "move", &case, "greet", "--reason", "once more"]);
    assert!(over.code == 1 && over.out.contains("the case is ended"), "{}", over.out);
}

#[test]
fn an_act_on_all_that_a_filter_finds_goes_on_part_by_part_and_does_nothing_twice() {
    let room = Room::open();
    let page = room.page();
    let mut cases = page.opened(0..55);
    let held = cases.pop().unwrap();
    room.desk.text(&["case", "hold", &held, "--reason", "before"]);
    let (shown, form) =
        page.looked_at(&[("act", "hold"), ("which", "found"), ("workflow", "line"), ("back", "/cases")]);
    assert!(shown.contains("54 cases") && shown.contains("only a case that moves can be held"), "{shown}");
    assert_eq!(form.iter().filter(|(name, _)| name == "case").count(), 55);

    // A request acts on a part; the page carries on with the rest, under the same id.
    let form = with(&form, "reason", "the office is closed");
    let first = page.form("/acts", &form);
    assert!(first.body.contains("Done: 50 cases") && first.body.contains("data-goes-on"), "{}", first.body);
    let rest = hidden(&first.body);
    assert!(rest.iter().any(|(name, value)| name == "reason" && value == "the office is closed"));
    let second = page.form("/acts", &rest);
    assert!(second.body.contains("Done: 54 cases") && !second.body.contains("data-goes-on"), "{}", second.body);
    assert!(second.body.contains("Not done: refused") && second.body.contains(&held), "{}", second.body);
    let third = page.form("/acts", &rest);
    assert!(third.body.contains("Done: 54 cases"), "{}", third.body);
    for case in [&cases[0], &cases[53]] {
        let story = room.story(case);
        assert_eq!(story.matches("put on hold: the office is closed (operator:huda)").count(), 1, "{story}");
    }
    assert!(room.story(&held).contains("put on hold: before"), "what was refused is as it was");

    // Those that are ticked, and only those, go on again.
    let ticked = [("act", "resume"), ("which", "chosen"), ("case", &cases[0]), ("case", &cases[1])];
    let (shown, form) = page.looked_at(&ticked);
    assert!(shown.contains("2 cases"), "{shown}");
    assert!(page.form("/acts", &form).body.contains("Done: 2 cases"));
    let standing =
        |case: &str| room.desk.json(&["case", "show", case])["case"]["standing"].as_str().unwrap().to_owned();
    assert_eq!((standing(&cases[0]), standing(&cases[2])), ("open".to_owned(), "held".to_owned()));
}

#[test]
fn an_act_on_many_cases_over_the_api_is_asked_about_first_and_done_once() {
    let room = Room::open();
    let page = room.page();
    let cases = page.opened(0..3);
    room.desk.text(&["case", "hold", &cases[2], "--reason", "before"]);
    let became = |answer: &Answer| {
        let json = answer.json();
        let items = json["items"].as_array().unwrap().iter();
        items
            .map(|item| format!("{} {}", item["became"].as_str().unwrap(), item["standing"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let all =
        json!({"act": "hold", "reason": "closed", "where": {"workflow": "line", "state": "greet"}, "dry_run": true});
    let asked = page.api("/acts", &all);
    assert_eq!(became(&asked), ["applied held", "applied held", "refused held"], "{}", asked.body);
    assert!(asked.body.contains("only a case that moves can be held"));
    assert!(!room.story(&cases[0]).contains("put on hold"), "asking changes nothing");
    let named = json!({"act": "hold", "reason": "closed", "cases": cases});
    for _ in 0..2 {
        let acted = page.browser.send(Method::POST, "/api/v1/acts", |request| {
            request.header("x-csrf-token", &page.csrf).header("idempotency-key", "closing-1").json(&named)
        });
        assert_eq!(became(&acted), ["applied held", "applied held", "refused held"], "{}", acted.body);
    }
    assert_eq!(room.story(&cases[0]).matches("put on hold: closed").count(), 1);
    for (body, why) in [
        (json!({"act": "hold", "cases": cases}), "`reason`"),
        (json!({"act": "hold", "reason": "x"}), "`where`"),
        (json!({"act": "move", "reason": "x", "cases": cases}), "`state`"),
        (json!({"act": "hold", "reason": "x", "cases": cases, "where": {}}), "either"),
        (json!({"act": "hold", "reason": "x", "where": {"state": "greet"}}), "`dry_run`"),
        (json!({"act": "hold", "reason": "x", "cases": ["KXT2P:x"]}), "no version"),
    ] {
        let refused = page.api("/acts", &body);
        assert!(refused.status == 422 && refused.body.contains(why), "{}", refused.body);
    }

    // Whoever names the version that they saw acts on nothing that has changed since; a damaged row refuses alone.
    damage(&room.desk, &format!("UPDATE cases SET data = '{{' WHERE reference = '{}'", cases[1]));
    let seen = format!("{}:{}", cases[0], asked.json()["items"][0]["version"]);
    let answer = page.api("/acts", &json!({"act": "resume", "cases": [seen, cases[1], cases[2]]}));
    assert_eq!(became(&answer), ["changed held", "refused incident", "applied open"], "{}", answer.body);
    assert!(answer.body.contains("cannot be read"), "{}", answer.body);
}

#[test]
fn those_after_the_first_five_hundred_come_after_them_and_a_damaged_row_refuses_alone() {
    let room = Room::open();
    let page = room.page();
    let mut cases = page.opened(0..503);
    let over = cases.remove(0);
    room.desk.text(&["case", "close", &over, "--outcome", "duplicate", "--reason", "twice"]);
    let filter = [("act", "hold"), ("which", "found"), ("workflow", "line"), ("back", "/cases")];
    let (shown, form) = page.looked_at(&filter);
    assert!(shown.contains("More may match") && shown.contains("500 cases"), "{shown}");
    let named = |form: &[(String, String)]| form.iter().filter(|(name, _)| name == "case").count();
    assert_eq!(named(&form), 500, "and none that is over");
    let rest = form.iter().filter_map(|(name, value)| Some((name.strip_prefix("rest.")?, value.as_str())));
    let rest: Vec<(&str, &str)> = rest.chain([("act", "hold"), ("back", "/cases")]).collect();
    let (shown, form) = page.looked_at(&rest);
    assert!(!shown.contains("More may match") && named(&form) == 2, "{shown}");

    // A row that cannot be read is refused, and keeps no other from being acted on.
    damage(&room.desk, &format!("UPDATE cases SET data = '{{' WHERE reference = '{}'", cases[0]));
    let ticked = [("act", "hold"), ("which", "chosen"), ("case", &cases[0]), ("case", &cases[1])];
    let (shown, form) = page.looked_at(&ticked.map(|(name, value)| (name, value)));
    assert!(shown.contains("this case cannot be read") && shown.contains("2 cases"), "{shown}");
    let done = page.form("/acts", &with(&form, "reason", "a look"));
    assert!(done.status == 200 && done.body.contains("Done: 1 case"), "{}", done.body);
    assert!(done.body.contains("Not done: refused") && done.body.contains("cannot be read"), "{}", done.body);
    assert_eq!(page.form("/language", &with(&[], "language", "ar")).status, 303);
    for dry_run in [true, false] {
        let act = json!({"act": "hold", "reason": "a look", "cases": [cases[0]], "dry_run": dry_run});
        let answer = page.api("/acts", &act);
        assert!(answer.body.contains("تعذرت قراءة هذه الحالة"), "{}", answer.body);
    }
}

/// What a person with an SQL prompt does.
fn damage(desk: &Desk, sql: &str) {
    let database = rusqlite::Connection::open(desk.path("var/wasl.sqlite")).unwrap();
    database.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    database.execute_batch(sql).unwrap();
}

#[test]
fn all_that_one_cause_has_stopped_is_led_on_together() {
    let room = Room::open();
    let page = room.page();
    let cases = page.opened(0..4);
    for case in &cases {
        page.api(&format!("/cases/{case}/events"), &json!({"name": "paid"}));
    }
    // Two of them divide by zero; the others have no more than one part and are done.
    let incidents = page.browser.get("/incidents").body;
    assert!(incidents.contains("divides by zero") && incidents.contains("Greeting") && incidents.contains("2 cases"));
    let cause = [("which", "cause"), ("place", "guard of on paid"), ("cause", "`100 / parts` divides by zero")];
    let (retried, _) = page.looked_at(&[&[("act", "retry")], &cause[..]].concat());
    assert!(retried.contains("These would stop again"), "{retried}");
    let (shown, form) = page.looked_at(&[&[("act", "move"), ("to", "remind")], &cause[..]].concat());
    assert!(shown.contains("2 cases") && shown.contains("2 messages") && shown.contains("Reminder"), "{shown}");
    let done = page.form("/acts", &with(&form, "reason", "counted by hand"));
    assert!(done.body.contains("Done: 2 cases"), "{}", done.body);
    let states = cases.iter().map(|case| room.desk.json(&["case", "show", case])["case"]["state"].clone());
    assert_eq!(states.collect::<Vec<_>>(), ["remind", "done", "remind", "done"]);
    assert!(page.browser.get("/incidents").body.contains("Nothing waits"));
}

#[test]
fn a_filter_is_kept_under_a_name_for_oneself_or_for_everybody_and_never_a_search_for_a_person() {
    let room = Room::open();
    add(&room.desk, &room.daemon, "wafa", "viewer");
    let page = room.page();
    let mut looker = Browser::new(&room.daemon);
    looker.enter("wafa", PASSWORD);
    let looker = Page { csrf: looker.csrf(), browser: looker };
    let save = |page: &Page<'_>, fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        page.form("/views", &fields)
    };
    let saved = save(&page, &[("name", "متوقفة"), ("standing", "held"), ("shared", "1")]);
    assert_eq!((saved.status, saved.header("location")), (303, "/cases?standing=held"), "{}", saved.body);
    assert_eq!(save(&page, &[("name", "Mine <b>"), ("q", "علي & co"), ("state", "greet")]).status, 303);
    let (seen, others) = (page.browser.get("/cases?standing=held").body, looker.browser.get("/cases").body);
    assert!(
        seen.contains("متوقفة") && seen.contains("Mine &lt;b&gt;") && seen.contains("aria-current=\"page\""),
        "{seen}"
    );
    assert!(seen.contains("q=%D8%B9%D9%84%D9%8A%20%26%20co"), "{seen}");
    assert!(others.contains("متوقفة") && !others.contains("Mine"), "{others}");

    // What names a family, no filter at all, and no name are not saved for everybody; nor by who may not.
    for (fields, why) in [
        (&[("name", "x"), ("q", "علي"), ("shared", "1")][..], "may name a family"),
        (&[("name", "x")], "Filter the list first"),
        (&[("name", " "), ("state", "greet")], "a name of 60 letters"),
    ] {
        let refused = save(&page, fields);
        assert!(refused.status == 422 && refused.body.contains(why), "{fields:?}: {}", refused.body);
    }
    assert_eq!(save(&looker, &[("name", "x"), ("state", "greet"), ("shared", "1")]).status, 403);
    assert_eq!(save(&looker, &[("name", "x"), ("state", "greet")]).status, 303);

    let id = |page: &Page<'_>| {
        let body = page.browser.get("/cases").body;
        let (_, rest) = body.split_once("action=\"/views/").unwrap();
        rest.split_once("/remove").unwrap().0.to_owned()
    };
    let first = id(&page);
    assert_eq!(looker.form(&format!("/views/{first}/remove"), &[]).status, 404, "it is not theirs");
    assert_eq!(page.form(&format!("/views/{first}/remove"), &[]).status, 303);
    let trace = room.desk.json(&["audit", "list", "--who", "user:huda", "--act", "view.save"]);
    assert_eq!(trace.as_array().unwrap().len(), 2);
}

#[test]
fn nobody_acts_on_cases_who_may_not() {
    let (desk, daemon) = house("agent");
    let mut browser = Browser::new(&daemon);
    browser.enter("huda", PASSWORD);
    let page = Page { csrf: browser.csrf(), browser };
    let fields = [("act", "hold"), ("case", "V6E2W")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    for path in ["/acts", "/acts/preview"] {
        assert_eq!(page.form(path, &fields).status, 403, "{path}");
    }
    assert_eq!(page.browser.get("/queues").status, 403);
    let forged = Page { csrf: "0".repeat(64), browser: page.browser };
    assert_eq!(forged.form("/acts", &fields).status, 403, "another site has no part in it");
    drop(desk);
}
