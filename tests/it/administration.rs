//! What administrators do over HTTP: people, keys, sessions and the trace, by the API and by pages without scripts.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::access::{Answer, Browser, PASSWORD, add, choose, house, link};
use crate::support::program::{Daemon, Desk};

/// Somebody who is in, and asks the API from our own pages.
struct Inside<'d> {
    browser: Browser<'d>,
    csrf: String,
}

impl<'d> Inside<'d> {
    fn enter(daemon: &'d Daemon, name: &str) -> Self {
        let mut browser = Browser::new(daemon);
        assert_eq!(browser.enter(name, PASSWORD).status, 303, "{name}");
        let csrf = browser.csrf();
        Self { browser, csrf }
    }

    fn get(&self, path: &str) -> Answer {
        self.browser.get(path)
    }

    fn post(&self, path: &str, body: &Json) -> Answer {
        self.browser.send(Method::POST, &format!("/api/v1{path}"), |request| {
            request.header("x-csrf-token", &self.csrf).json(body)
        })
    }

    /// Sends a form of a page.
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("csrf", self.csrf.as_str())], fields].concat();
        self.browser.send(Method::POST, path, |request| request.form(&fields))
    }
}

fn acts(desk: &Desk, who: &str) -> Vec<String> {
    let entries = desk.json(&["audit", "list", "--who", who, "--limit", "200"]);
    let named =
        |entry: &Json| format!("{} {}", entry["act"].as_str().unwrap(), entry["subject"].as_str().unwrap_or(""));
    entries.as_array().unwrap().iter().map(named).collect()
}

#[test]
fn people_are_added_changed_and_locked_out_over_the_api_and_somebody_always_stays_who_can() {
    let (desk, daemon) = house("administrator");
    let huda = Inside::enter(&daemon, "huda");
    let new = json!({"name": "Sami.Ali", "full_name": " Sami Ali ", "roles": ["agent", "editor"]});
    let added = huda.post("/users", &new);
    assert_eq!(added.status, 201, "{}", added.body);
    assert_eq!(
        (&added.json()["user"]["name"], &added.json()["user"]["full_name"]),
        (&json!("sami.ali"), &json!("Sami Ali"))
    );
    choose(&daemon, &link(&added.body.replace('"', " ")));
    let sami = Inside::enter(&daemon, "sami.ali");
    assert_eq!(sami.get("/api/v1/users").status, 403);

    for (path, body, status, words) in [
        ("/users", &new, 409, "there is a user `sami.ali` already"),
        ("/users", &json!({"name": "سامي", "full_name": "Sami", "roles": ["agent"]}), 422, "cannot be a name"),
        ("/users", &json!({"name": "a", "full_name": "  ", "roles": ["agent"]}), 422, "full name"),
        ("/users", &json!({"name": "a", "full_name": "A", "roles": []}), 422, "at least one role"),
        ("/users", &json!({"name": "a", "full_name": "A", "roles": ["root"]}), 422, "no role `root`"),
        // What only we set cannot be slipped in.
        (
            "/users",
            &json!({"name": "a", "full_name": "A", "roles": ["agent"], "has_password": true}),
            422,
            "has_password",
        ),
        ("/users/sami.ali/roles", &json!({"roles": ["agent"], "disabled_at": null}), 422, "disabled_at"),
        ("/users/sami/disable", &json!({}), 404, "did you mean `sami.ali`"),
        // `admin` of the first start has never chosen a password: nobody can rely on them.
        ("/users/huda/roles", &json!({"roles": ["viewer"]}), 409, "the only administrator"),
        ("/users/huda/disable", &json!({}), 409, "the only administrator"),
    ] {
        let answer = huda.post(path, body);
        assert!(
            answer.status == status && answer.body.contains(words),
            "{path} {body}: {} {}",
            answer.status,
            answer.body
        );
    }
    assert_eq!(huda.get("/api/v1/users/a").status, 404, "what was refused made nobody");

    let made = huda.post("/users/sami.ali/roles", &json!({"roles": ["administrator"]}));
    assert_eq!(made.json()["roles"], json!(["administrator"]), "{}", made.body);
    assert_eq!(sami.get("/api/v1/users").status, 200, "at once");
    assert_eq!(sami.post("/users/huda/disable", &json!({})).status, 200);
    assert_eq!(huda.get("/api/v1/me").status, 401);
    assert_eq!(sami.post("/users/huda/password-link", &json!({})).status, 409, "locked out: a link would not count");
    assert_eq!(sami.post("/users/sami.ali/disable", &json!({})).status, 409);
    assert_eq!(sami.post("/users/huda/enable", &json!({})).status, 200);
    let fresh = sami.post("/users/huda/password-link", &json!({}));
    choose(&daemon, &link(&fresh.body.replace('"', " ")));
    let huda = Inside::enter(&daemon, "huda");
    assert_eq!(huda.post("/users/sami.ali/sessions/end", &json!({})).json()["ended"], 1);
    assert_eq!(sami.get("/api/v1/me").status, 401);

    let done = acts(&desk, "user:sami.ali");
    for act in ["user.disable user:huda", "user.enable user:huda", "user.password_link user:huda"] {
        assert_eq!(done.iter().filter(|one| *one == act).count(), 1, "{act}: {done:?}");
    }
    assert!(!done.iter().any(|act| act == "user.disable user:sami.ali"), "refused: {done:?}");
    assert_eq!(huda.get("/api/v1/audit/proof").json()["holds"], true);
}

#[test]
fn a_key_made_by_an_administrator_opens_its_scopes_and_makes_no_other() {
    let (_desk, daemon) = house("administrator");
    let huda = Inside::enter(&daemon, "huda");
    let made = huda.post("/api-keys", &json!({"name": "billing", "scopes": ["view_audit", "view_case"], "days": 30}));
    assert_eq!(made.status, 201, "{}", made.body);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    for (body, status, words) in [
        (json!({"name": "billing", "scopes": ["view_case"]}), 409, "there is or was a key"),
        (json!({"name": "b", "scopes": ["manage_users"]}), 422, "never manages users"),
        (json!({"name": "b", "scopes": []}), 422, "what the key may do"),
        (json!({"name": "b", "scopes": ["all"]}), 422, "no scope `all`"),
        (json!({"name": "b", "scopes": ["view_case"], "days": 5000}), 422, "1 to 1100 days"),
    ] {
        let answer = huda.post("/api-keys", &body);
        assert!(answer.status == status && answer.body.contains(words), "{body}: {} {}", answer.status, answer.body);
    }
    let other = Browser::new(&daemon);
    let with_key = |method: Method, path: &str| {
        other.send(method, &format!("/api/v1{path}"), |request| request.bearer_auth(&key).json(&json!({})))
    };
    assert_eq!(with_key(Method::GET, "/audit").status, 200);
    for path in ["/users", "/api-keys", "/sessions?all=true"] {
        let denied = with_key(Method::GET, path);
        assert!(denied.status == 403 && denied.body.contains("a key never does"), "{path}: {}", denied.body);
    }
    assert_eq!(with_key(Method::GET, "/sessions").json()["items"], json!([]), "a key is in nowhere");
    assert_eq!(with_key(Method::POST, "/sessions/1/end").status, 404);
    // Nor on the pages, which a key is let into as well.
    let page = other.send(Method::GET, "/sessions", |request| request.bearer_auth(&key));
    let ended =
        other.send(Method::POST, "/sessions/end", |request| request.bearer_auth(&key).form(&[("session", "1")]));
    assert_eq!((page.status, ended.status), (404, 404), "{} {}", page.body, ended.body);
    assert_eq!(huda.get("/api/v1/me").status, 200, "her session goes on");
    let listed = huda.get("/api/v1/api-keys");
    assert!(!listed.body.contains(&key) && listed.json()["items"][0]["created_by"] == "user:huda", "{}", listed.body);
    assert_eq!(huda.post("/api-keys/billing/revoke", &json!({})).status, 200);
    assert_eq!(with_key(Method::GET, "/audit").status, 401);
    assert_eq!(huda.post("/api-keys/billing/revoke", &json!({})).status, 404);
}

#[test]
fn everybody_ends_their_own_sessions_and_only_administrators_those_of_others() {
    let (desk, daemon) = house("administrator");
    add(&desk, &daemon, "sami", "agent");
    let (huda, sami, elsewhere) =
        (Inside::enter(&daemon, "huda"), Inside::enter(&daemon, "sami"), Inside::enter(&daemon, "sami"));
    let own = sami.get("/api/v1/sessions").json();
    assert_eq!(own["items"].as_array().unwrap().len(), 2, "{own}");
    assert!(own["items"].as_array().unwrap().iter().all(|one| one["user"] == "sami"));
    assert_eq!(sami.get("/api/v1/sessions?all=true").status, 403);
    let all = huda.get("/api/v1/sessions?all=true").json();
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    let of = |user: &str, all: &Json| {
        let one = all["items"].as_array().unwrap().iter().find(|one| one["user"] == user && one["current"] == false);
        one.unwrap()["id"].to_string()
    };
    let hers = huda.get("/api/v1/sessions").json()["items"][0]["id"].to_string();
    for (path, fields) in [(format!("/sessions/{hers}/end"), json!({})), ("/sessions/x/end".into(), json!({}))] {
        assert_eq!(sami.post(&path, &fields).status, 404, "{path}");
    }
    sami.form("/sessions/end", &[("session", &hers), ("next", "/sessions")]);
    assert_eq!(huda.get("/api/v1/me").status, 200, "nobody ends the session of another");
    assert_eq!(sami.post(&format!("/sessions/{}/end", of("sami", &own)), &json!({})).status, 200);
    assert_eq!((elsewhere.get("/api/v1/me").status, sami.get("/api/v1/me").status), (401, 200));

    let third = Inside::enter(&daemon, "sami");
    let ended = sami.form("/sessions/end", &[("next", "//evil.example")]);
    assert_eq!((ended.status, ended.header("location")), (303, "/?done=1"));
    assert_eq!((third.get("/api/v1/me").status, sami.get("/api/v1/me").status), (401, 200), "all but this one");
    let all = huda.get("/api/v1/sessions?all=true").json();
    assert_eq!(huda.post(&format!("/sessions/{}/end", of("sami", &all)), &json!({})).status, 200);
    assert_eq!(sami.get("/api/v1/me").status, 401);
}

#[test]
fn the_pages_show_secrets_once_and_nobody_else_may_open_them() {
    let (desk, daemon) = house("administrator");
    add(&desk, &daemon, "sami", "supervisor");
    let (huda, sami) = (Inside::enter(&daemon, "huda"), Inside::enter(&daemon, "sami"));
    for path in ["/admin/users", "/admin/users/huda", "/admin/keys", "/admin/sessions", "/admin/audit"] {
        assert_eq!((huda.get(path).status, sami.get(path).status), (200, 403), "{path}");
    }
    for (path, fields) in [
        ("/admin/users", &[("name", "x"), ("full_name", "X"), ("role", "administrator")][..]),
        ("/admin/users/sami", &[("act", "roles"), ("role", "administrator")]),
        ("/admin/keys", &[("name", "x"), ("scope", "view_case"), ("days", "9")]),
        ("/admin/keys/x/revoke", &[]),
        ("/admin/audit/proof", &[]),
    ] {
        assert_eq!(sami.form(path, fields).status, 403, "{path}");
    }
    let script = "<script>alert(1)</script>";
    let added =
        huda.form("/admin/users", &[("name", "rami"), ("full_name", script), ("role", "agent"), ("role", "viewer")]);
    assert!(added.status == 200 && !added.body.contains(script), "{}", added.body);
    let address = link(&added.body.replace("&#x2f;", "/").replace('<', " "));
    for path in ["/admin/users", "/admin/users/rami"] {
        let page = huda.get(path);
        assert!(
            page.status == 200 && !page.body.contains(script) && !page.body.replace("&#x2f;", "/").contains(&address),
            "{path}"
        );
    }
    choose(&daemon, &address);
    assert_eq!(desk.json(&["user", "list"])[2]["roles"], json!(["viewer", "agent"]));
    let refused = huda.form("/admin/users", &[("name", "rami"), ("full_name", "Rami Isa"), ("role", "agent")]);
    assert!(refused.status == 422 && refused.body.contains("value=\"Rami Isa\""), "what was typed is kept");
    let refused = huda.form("/admin/users/huda", &[("act", "disable")]);
    assert!(refused.status == 409 && refused.body.contains("the only administrator"), "{}", refused.body);
    assert_eq!(huda.form("/admin/users/nobody", &[("act", "disable")]).status, 404);

    let made = huda.form("/admin/keys", &[("name", "reports"), ("scope", "view_case"), ("days", "9")]);
    let key = made.body.split("id=\"key\"").nth(1).unwrap().split(['>', '<']).nth(1).unwrap().to_owned();
    assert_eq!(key.len(), 64, "{}", made.body);
    assert!(!huda.get("/admin/keys").body.contains(&key));
    let with_key =
        || Browser::new(&daemon).send(Method::GET, "/api/v1/cases", |request| request.bearer_auth(&key)).status;
    assert_eq!(with_key(), 200);
    assert_eq!(huda.form("/admin/keys/reports/revoke", &[]).status, 303);
    assert_eq!(with_key(), 401);

    let trace = huda.get("/admin/audit?who=user:huda&act=api_key.create");
    assert!(trace.body.contains("key:reports") && !trace.body.contains("user.add"), "{}", trace.body);
    assert!(huda.get("/admin/audit?case=ZZZZZ").body.contains("Nothing is recorded like this"));
    let last = desk.json(&["audit", "verify"])["last_hash"].as_str().unwrap().to_owned();
    let proof = huda.form("/admin/audit/proof", &[]);
    assert!(proof.body.contains("Every entry is as it was recorded") && proof.body.contains(&last), "{}", proof.body);
}
