//! Coming into the house over HTTP: the first administrator, logins, what other sites try, keys of other systems.

use std::time::Duration;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value as Json;

use crate::support::program::{Daemon, Desk, until};

pub(crate) const PASSWORD: &str = "four quiet evening walks";

/// What a browser is answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// A browser that follows nothing by itself and keeps one cookie.
pub(crate) struct Browser<'d> {
    daemon: &'d Daemon,
    pub(crate) cookie: Option<String>,
}

impl<'d> Browser<'d> {
    pub(crate) fn new(daemon: &'d Daemon) -> Self {
        Self { daemon, cookie: None }
    }

    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        wasl_notifiers::init_tls();
        let quiet = reqwest::redirect::Policy::none();
        let client = Client::builder().no_proxy().redirect(quiet).timeout(Duration::from_mins(1)).build().unwrap();
        let mut request = client.request(method, self.daemon.url(path));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let response = with(request).send().await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Answer { status, headers, body: response.text().await.unwrap() }
        })
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, |request| request)
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, |request| request.form(form))
    }

    /// Comes in and keeps the cookie.
    pub(crate) fn enter(&mut self, name: &str, password: &str) -> Answer {
        let answer = self.post("/login", &[("name", name), ("password", password)]);
        let cookie = answer.header(SET_COOKIE.as_str()).split(';').next().unwrap_or_default().to_owned();
        self.cookie = Some(cookie).filter(|cookie| !cookie.is_empty());
        answer
    }

    fn me(&self) -> Answer {
        self.get("/api/v1/me")
    }

    pub(crate) fn csrf(&self) -> String {
        self.me().json()["csrf"].as_str().unwrap().to_owned()
    }
}

/// The path of a link to a password, in what a command or the daemon said.
pub(crate) fn link(said: &str) -> String {
    let at = said.find("/password/").unwrap_or_else(|| panic!("no link: {said}"));
    said[at..].split_whitespace().next().unwrap().to_owned()
}

/// Adds somebody who has chosen [`PASSWORD`].
pub(crate) fn add(desk: &Desk, daemon: &Daemon, name: &str, role: &str) {
    let said = desk.text(&["user", "add", name, "--full-name", "Somebody", "--role", role]);
    choose(daemon, &link(&said));
}

pub(crate) fn choose(daemon: &Daemon, link: &str) {
    let chosen = Browser::new(daemon).post(link, &[("password", PASSWORD), ("again", PASSWORD)]);
    assert_eq!(chosen.status, 303, "{}", chosen.body);
}

/// A daemon over a small house, and a user of a role.
pub(crate) fn house(role: &str) -> (Desk, Daemon) {
    let desk = Desk::empty();
    crate::program::hello(&desk, "http://127.0.0.1:9");
    let daemon = desk.serve();
    add(&desk, &daemon, "huda", role);
    (desk, daemon)
}

#[test]
fn the_first_administrator_comes_in_by_a_link_that_counts_once() {
    let desk = Desk::empty();
    crate::program::hello(&desk, "http://127.0.0.1:9");
    let daemon = desk.serve();
    let first = link(&daemon.words());
    drop(daemon);
    // Nobody used it: the next start makes another, and the first one ends.
    let daemon = desk.serve();
    let second = link(&daemon.words());
    let mut browser = Browser::new(&daemon);
    assert_eq!((browser.get(&first).status, browser.get(&second).status), (404, 200));

    for (password, again, why) in
        [("too short", "too short", "fewer than 12"), (PASSWORD, "another one here", "not the same")]
    {
        let refused = browser.post(&second, &[("password", password), ("again", again)]);
        assert!(refused.status == 422 && refused.body.contains(why), "{} {}", refused.status, refused.body);
    }
    choose(&daemon, &second);
    assert_eq!(browser.post(&second, &[("password", PASSWORD), ("again", PASSWORD)]).status, 404);

    assert_eq!(browser.enter("admin", "not the password").status, 401);
    assert_eq!(browser.me().status, 401);
    let entered = browser.enter("Admin", PASSWORD);
    assert_eq!((entered.status, entered.header("location")), (303, "/"));
    let cookie = entered.header(SET_COOKIE.as_str());
    for part in ["__Host-wasl=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let me = browser.me().json();
    assert_eq!(me["roles"], serde_json::json!(["viewer", "agent", "supervisor", "editor", "administrator"]));
    drop(daemon);
    assert!(!desk.serve().words().contains("/password/"), "everybody may come in already");
}

#[test]
fn what_other_sites_make_a_browser_send_changes_nothing() {
    let (_desk, daemon) = house("agent");
    let mut browser = Browser::new(&daemon);
    browser.enter("huda", PASSWORD);
    let csrf = browser.csrf();
    let here = daemon.url("");
    for (headers, form) in [
        (vec![], vec![]),
        (vec![], vec![("csrf", "0".repeat(64))]),
        (vec![("origin", "http://evil.example")], vec![("csrf", csrf.clone())]),
        (vec![("origin", "null")], vec![("csrf", csrf.clone())]),
        (vec![("sec-fetch-site", "cross-site")], vec![("csrf", csrf.clone())]),
        (vec![("origin", here.as_str()), ("sec-fetch-site", "same-site")], vec![("csrf", csrf.clone())]),
    ] {
        let answer = browser.send(Method::POST, "/logout", |mut request| {
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            request.form(&form)
        });
        assert_eq!(answer.status, 403, "{headers:?}: {}", answer.body);
        assert_eq!(browser.me().status, 200, "still in: {headers:?}");
    }
    // Another site cannot log its visitor in under a name of its own either.
    let login = [("name", "huda"), ("password", PASSWORD)];
    let foreign =
        browser.send(Method::POST, "/login", |request| request.header("origin", "http://evil.example").form(&login));
    assert_eq!(foreign.status, 403);

    let chosen = browser.post("/language", &[("language", "ar"), ("next", "/api/v1/me"), ("csrf", &csrf)]);
    assert_eq!((chosen.status, chosen.header("location")), (303, "/api/v1/me"));
    assert_eq!(browser.me().json()["language"], "ar");
    let asking = browser.send(Method::GET, "/api/v1/me", |request| request.header("accept-language", "en"));
    assert_eq!(asking.json()["language"], "ar", "who has chosen is not asked again");
    let left =
        browser.send(Method::POST, "/logout", |request| request.header("x-csrf-token", &csrf).header("origin", &here));
    assert_eq!(left.status, 303);
    assert!(left.header(SET_COOKIE.as_str()).contains("Max-Age=0"));
    assert_eq!(browser.me().status, 401, "the cookie opens nothing any more");
}

#[test]
fn who_has_not_chosen_a_language_reads_as_on_the_page_where_they_came_in() {
    let (_desk, daemon) = house("agent");
    let mut browser = Browser::new(&daemon);
    browser.enter("huda", PASSWORD);
    for (asked, expected) in [("ar-BH,ar;q=0.9,en;q=0.5", "ar"), ("en-GB", "en"), ("fr", "en")] {
        let me = browser.send(Method::GET, "/api/v1/me", |request| request.header("accept-language", asked));
        assert_eq!(me.json()["language"], expected, "{asked}");
        let page = browser.send(Method::GET, "/", |request| request.header("accept-language", asked));
        assert!(page.body.contains(&format!("<html lang=\"{expected}\"")), "{asked}: {}", page.body);
    }
}

#[test]
fn a_session_is_new_with_each_login_and_nobody_can_prepare_one() {
    let (desk, daemon) = house("agent");
    let mut browser = Browser::new(&daemon);
    browser.cookie = Some(format!("__Host-wasl={}", "a".repeat(64)));
    let prepared = browser.cookie.clone();
    browser.enter("huda", PASSWORD);
    let first = browser.cookie.clone();
    assert!(first.is_some() && first != prepared);
    let fresh = Browser { daemon: &daemon, cookie: prepared };
    assert_eq!(fresh.me().status, 401);
    browser.enter("huda", PASSWORD);
    assert_ne!(browser.cookie, first);
    let before = Browser { daemon: &daemon, cookie: first };
    assert_eq!((before.me().status, browser.me().status), (401, 200), "the one before has ended");

    // What is kept of a session does not open it.
    let sessions = desk.json(&["user", "session"]);
    assert_eq!(sessions.as_array().unwrap().len(), 1, "{sessions}");
    let number = sessions[0]["id"].to_string();
    desk.text(&["user", "session", "--end", &number]);
    assert_eq!(browser.me().status, 401);
}

#[test]
fn whoever_is_locked_out_or_gets_a_new_password_is_out_at_once_and_roles_count_at_once() {
    let (desk, daemon) = house("agent");
    let mut browser = Browser::new(&daemon);
    browser.enter("huda", PASSWORD);
    assert_eq!(browser.get("/api/v1/audit").status, 403);
    desk.text(&["user", "role", "huda", "agent", "administrator"]);
    assert_eq!(browser.get("/api/v1/audit").status, 200);
    let refused = desk.run(&["user", "disable", "admin"]);
    assert_eq!(refused.code, 0, "there are two: {refused:?}");
    let refused = desk.run(&["user", "disable", "huda"]);
    assert!(refused.code == 1 && refused.err.contains("the only administrator"), "{refused:?}");
    choose(&daemon, &link(&desk.text(&["user", "password-link", "huda"])));
    assert_eq!(browser.me().status, 401);
    browser.enter("huda", PASSWORD);
    desk.text(&["user", "enable", "admin"]);
    let refused = desk.run(&["user", "disable", "huda"]);
    assert_eq!(refused.code, 1, "admin has never chosen a password: {refused:?}");
    add(&desk, &daemon, "sami", "administrator");
    desk.text(&["user", "disable", "huda"]);
    assert_eq!(browser.me().status, 401);
    assert_eq!(browser.enter("huda", PASSWORD).status, 401);
}

#[test]
fn guessing_becomes_slow_and_tells_nothing_about_who_exists() {
    let (_desk, daemon) = house("agent");
    let browser = Browser::new(&daemon);
    let try_one = |name| browser.post("/login", &[("name", name), ("password", "a guess that is wrong")]);
    let mut said = Vec::new();
    for name in ["huda", "nobody"] {
        let mut of_name = Vec::new();
        for _ in 0..7 {
            let answer = try_one(name);
            of_name.push(answer.status);
            if answer.status == 429 {
                assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
            }
        }
        assert!(of_name.starts_with(&[401; 5]) && of_name.contains(&429), "{name}: {of_name:?}");
        said.push(try_one(name).body.replace(char::is_numeric, ""));
    }
    assert_eq!(said[0], said[1]);
    // The right password waits as well: whoever guesses does not learn that it was right.
    let far = || {
        let answer = try_one("huda");
        (answer.status == 429 && answer.header("retry-after").parse::<u32>().unwrap() > 3).then_some(())
    };
    until(far).expect("the waits grow");
    assert_eq!(browser.post("/login", &[("name", "huda"), ("password", PASSWORD)]).status, 429);
}

#[test]
fn nobody_is_led_elsewhere_or_into_files_and_every_answer_has_its_headers() {
    let (_desk, daemon) = house("agent");
    let mut browser = Browser::new(&daemon);
    let elsewhere = ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"];
    for next in elsewhere {
        let answer = browser.post("/login", &[("name", "huda"), ("password", PASSWORD), ("next", next)]);
        assert_eq!((answer.status, answer.headers[LOCATION].to_str().unwrap()), (303, "/"), "{next}");
        let page = browser.get(&format!("/login?next={}", next.replace('/', "%2F")));
        assert!(!page.body.contains("evil"), "{}", page.body);
    }
    let quoted = browser.get("/login?next=/%22%3E%3Cscript%3E");
    assert!(!quoted.body.contains("<script>"), "{}", quoted.body);
    for path in
        ["/login", "/access.css", "/healthz", "/readyz", "/nothing", "/api/v1/me", "/password/..%2F..%2Fetc%2Fpasswd"]
    {
        let answer = browser.get(path);
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.body.contains("root:"), "{path}");
    }
    let long = "x".repeat(70_000);
    assert_eq!(browser.post("/login", &[("name", "huda"), ("password", &long)]).status, 413);
    browser.enter("huda", PASSWORD);
    let csrf = browser.csrf();
    for (path, choice) in [("/language", ("language", "ar")), ("/theme", ("theme", "dark"))] {
        for next in elsewhere {
            let answer = browser.post(path, &[choice, ("next", next), ("csrf", &csrf)]);
            assert_eq!((answer.status, answer.header("location")), (303, "/"), "{path} {next:?}");
        }
    }
    assert_eq!(browser.post("/language", &[("language", &long)]).status, 413);
    assert_eq!(browser.get("/api/v1/cases?colour=red").status, 400, "what is not known is refused");
}

#[test]
fn a_key_opens_what_it_is_for_until_it_is_revoked_and_is_not_kept() {
    let (desk, daemon) = house("agent");
    let made = desk.json(&["api-key", "create", "billing", "--scope", "view_audit"]);
    let key = made["key"].as_str().unwrap();
    let browser = Browser::new(&daemon);
    let with = |key: &str, path: &str| browser.send(Method::GET, path, |request| request.bearer_auth(key));
    let me = with(key, "/api/v1/me").json();
    assert_eq!((me["who"].as_str(), &me["permissions"]), (Some("key:billing"), &serde_json::json!(["view_audit"])));
    let trace = with(key, "/api/v1/audit").json();
    assert_eq!(
        (trace["items"][0]["act"].as_str(), trace["items"][0]["who"].as_str()),
        (Some("audit.list"), Some("key:billing"))
    );
    let narrow = desk.json(&["api-key", "create", "reports", "--like", "viewer"]);
    let denied = with(narrow["key"].as_str().unwrap(), "/api/v1/audit");
    assert_eq!((denied.status, denied.header("content-type")), (403, "application/problem+json"));
    assert!(denied.body.contains("view_audit") && denied.body.contains("administrator"), "{}", denied.body);

    let taken = desk.run(&["api-key", "create", "billing", "--scope", "view_case"]);
    assert_eq!(taken.code, 1, "{taken:?}");
    assert_eq!(desk.run(&["api-key", "create", "x", "--scope", "manage_users"]).code, 2);
    desk.text(&["api-key", "revoke", "billing"]);
    for wrong in [key, "nonsense", ""] {
        let answer = with(wrong, "/api/v1/me");
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
    }
    let verified = desk.json(&["audit", "verify"]);
    assert_eq!(verified["holds"], true);
    let (_, words) = daemon.stop();
    for file in ["var/wasl.sqlite", "var/wasl.sqlite-wal"] {
        let bytes = std::fs::read(desk.path(file)).unwrap_or_default();
        let there = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!there(key) && !there(PASSWORD), "{file}");
    }
    assert!(!words.contains(key) && !words.contains(PASSWORD));
}
