//! Coming in with a work account: a small provider on this machine that signs real tokens, and all that it may get wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json as Body, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use reqwest::Method;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::access::{Answer, Browser, add};
use crate::support::program::{Daemon, Desk};

const SECRET: &str = "of the provider & us";

/// What the provider says wrongly, or does not do.
#[derive(Clone, Debug, Default)]
struct Lies {
    /// Claims that it says otherwise.
    claims: BTreeMap<&'static str, Json>,
    /// It signs in another way.
    alg: Option<&'static str>,
    /// It signs with a key that it does not show.
    other_key: bool,
    /// It does not answer.
    down: bool,
}

/// What somebody who is at the provider asked for.
#[derive(Clone)]
struct Asked {
    nonce: String,
    challenge: String,
    back: String,
}

struct Inner {
    issuer: String,
    key: EcdsaKeyPair,
    other: EcdsaKeyPair,
    random: SystemRandom,
    lies: Mutex<Lies>,
    /// Who is at the provider: claims of the next token.
    person: Mutex<Json>,
    codes: Mutex<BTreeMap<String, Asked>>,
    /// Tokens that were asked for.
    redeemed: Mutex<usize>,
}

/// A provider on this machine.
struct Provider(Arc<Inner>);

impl Provider {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let issuer = format!("http://{}/realms/ewa", listener.local_addr().unwrap());
        let random = SystemRandom::new();
        let key = || {
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
        };
        let (key, other) = (key(), key());
        let inner = Inner {
            issuer,
            key,
            other,
            random,
            lies: Mutex::default(),
            person: Mutex::new(Json::Null),
            codes: Mutex::default(),
            redeemed: Mutex::default(),
        };
        let inner = Arc::new(inner);
        let app = Router::new()
            .route("/realms/ewa/.well-known/openid-configuration", get(doors))
            .route("/realms/ewa/keys", get(keys))
            .route("/realms/ewa/auth", get(authorize))
            .route("/realms/ewa/token", post(token))
            .with_state(Arc::clone(&inner));
        std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Self(inner)
    }

    fn person(&self, person: &Json) {
        *self.0.person.lock().unwrap() = person.clone();
    }

    fn lies(&self, lies: Lies) {
        *self.0.lies.lock().unwrap() = lies;
    }

    fn redeemed(&self) -> usize {
        *self.0.redeemed.lock().unwrap()
    }
}

type Shared = State<Arc<Inner>>;

async fn doors(State(inner): Shared) -> Response {
    if inner.lies.lock().unwrap().down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let at = |door: &str| format!("{}/{door}", inner.issuer);
    Body(json!({"issuer": inner.issuer, "authorization_endpoint": at("auth"), "token_endpoint": at("token"),
        "jwks_uri": at("keys"), "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"]}))
    .into_response()
}

async fn keys(State(inner): Shared) -> Body<Json> {
    let point = inner.key.public_key().as_ref();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Body(
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "use": "sig", "x": part(&point[1..33]), "y": part(&point[33..])}]}),
    )
}

/// Somebody proves who they are, at once.
async fn authorize(State(inner): Shared, Query(asked): Query<BTreeMap<String, String>>) -> Response {
    assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", "wasl"));
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
    let code = format!("code-{}", inner.codes.lock().unwrap().len());
    let (nonce, challenge) = (asked["nonce"].clone(), asked["code_challenge"].clone());
    let back = asked["redirect_uri"].clone();
    inner.codes.lock().unwrap().insert(code.clone(), Asked { nonce, challenge, back: back.clone() });
    Redirect::to(&format!("{back}?code={code}&state={}&iss={}", asked["state"], inner.issuer)).into_response()
}

async fn token(State(inner): Shared, headers: HeaderMap, Form(form): Form<BTreeMap<String, String>>) -> Response {
    *inner.redeemed.lock().unwrap() += 1;
    let ours = format!("Basic {}", STANDARD.encode("wasl:of%20the%20provider%20%26%20us"));
    let asked = inner.codes.lock().unwrap().remove(&form["code"]);
    let right = asked.filter(|asked| {
        let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
        headers["authorization"] == ours.as_str() && asked.challenge == proof && asked.back == form["redirect_uri"]
    });
    let Some(asked) = right else {
        return (StatusCode::BAD_REQUEST, Body(json!({"error": "invalid_grant"}))).into_response();
    };
    let id_token = inner.signed(&asked.nonce);
    Body(json!({"access_token": "unused", "token_type": "Bearer", "id_token": id_token})).into_response()
}

impl Inner {
    fn signed(&self, nonce: &str) -> String {
        let (lies, now) = (self.lies.lock().unwrap().clone(), Timestamp::now().as_second());
        let mut claims = json!({"iss": self.issuer, "aud": "wasl", "iat": now, "exp": now + 300, "nonce": nonce});
        for (name, value) in self.person.lock().unwrap().as_object().unwrap() {
            claims[name] = value.clone();
        }
        for (name, value) in &lies.claims {
            claims[*name] = value.clone();
        }
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let alg = lies.alg.unwrap_or("ES256");
        let signed = format!("{}.{}", part(&json!({"alg": alg, "kid": "k1", "typ": "JWT"})), part(&claims));
        let key = if lies.other_key { &self.other } else { &self.key };
        let signature = match alg {
            "none" => Vec::new(),
            _ => key.sign(&self.random, signed.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn house(provider: &Provider) -> (Desk, Daemon) {
    let desk = Desk::empty();
    crate::program::hello(&desk, "http://127.0.0.1:9");
    let settings = std::fs::read_to_string(desk.path("config/wasl.yaml")).unwrap();
    let oidc = format!(
        "access:\n  oidc:\n    issuer: {}\n    client_id: wasl\n    client_secret: {{file: secret}}\n    \
         roles: {{staff: agent, chiefs: supervisor, it: administrator}}\n",
        provider.0.issuer
    );
    desk.write("config/wasl.yaml", &(settings + &oidc));
    desk.write("secret", SECRET);
    let daemon = desk.serve();
    (desk, daemon)
}

/// The cookie of an answer whose name begins so.
fn cookie(answer: &Answer, begin: &str) -> Option<String> {
    let all = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let found = all.filter(|value| value.starts_with(begin)).find(|value| !value.contains("Max-Age=0"));
    found.map(|value| value.split(';').next().unwrap().to_owned())
}

/// Begins here, goes to the provider, and is led back: the cookie of the attempt and the path that the provider leads to.
fn go(daemon: &Daemon, next: &str) -> (String, String) {
    let begun = Browser::new(daemon).get(&format!("/login/oidc?next={next}"));
    assert_eq!(begun.status, 303, "{}", begun.body);
    let attempt = cookie(&begun, "__Host-wasl-oidc=").expect("a cookie of the attempt");
    let door = begun.header("location").to_owned();
    let led = crate::program::block_on(async {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        client.get(door).send().await.unwrap().headers()["location"].to_str().unwrap().to_owned()
    });
    (attempt, led.strip_prefix("https://wasl.test").unwrap().to_owned())
}

fn come_back(daemon: &Daemon, cookies: &str, path: &str) -> Answer {
    let mut browser = Browser::new(daemon);
    browser.cookie = Some(cookies.to_owned()).filter(|cookies| !cookies.is_empty());
    browser.get(path)
}

/// All of it; the answer that lets in or not.
fn come_in(daemon: &Daemon) -> Answer {
    let (attempt, path) = go(daemon, "/cases%3Fstate=greet");
    come_back(daemon, &attempt, &path)
}

fn huda() -> Json {
    json!({"sub": "u-4711-u", "preferred_username": "Huda.Ahmed", "name": "Huda Ahmed", "groups": ["staff", "canteen"]})
}

fn me(daemon: &Daemon, answer: &Answer) -> Json {
    let mut browser = Browser::new(daemon);
    browser.cookie = cookie(answer, "__Host-wasl=");
    browser.get("/api/v1/me").json()
}

#[test]
fn a_work_account_comes_in_with_the_roles_of_its_groups_and_stays_the_same_person() {
    let provider = Provider::start();
    let (desk, daemon) = house(&provider);
    assert!(Browser::new(&daemon).get("/login?next=/cases").body.contains("href=\"/login/oidc?next=/cases\""));
    provider.person(&huda());
    let entered = come_in(&daemon);
    assert_eq!((entered.status, entered.header("location")), (303, "/cases?state=greet"), "{}", entered.body);
    let seen = me(&daemon, &entered);
    assert_eq!(
        (&seen["user"], &seen["name"], &seen["roles"]),
        (&json!("huda.ahmed"), &json!("Huda Ahmed"), &json!(["agent"]))
    );
    let set = entered.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let set: Vec<&str> = set.collect();
    assert!(
        set.iter().all(|cookie| ["Secure", "HttpOnly", "SameSite=Lax"].iter().all(|part| cookie.contains(part))),
        "{set:?}"
    );

    // Another name and other groups at the provider: the same account, other roles.
    let promoted =
        json!({"sub": "u-4711-u", "preferred_username": "huda.salem", "name": "Huda Salem", "groups": "chiefs"});
    provider.person(&promoted);
    let again = come_in(&daemon);
    let seen = me(&daemon, &again);
    assert_eq!((&seen["user"], &seen["roles"]), (&json!("huda.ahmed"), &json!(["supervisor"])));
    let users = desk.json(&["user", "list"]);
    assert_eq!(users.as_array().unwrap().len(), 2, "{users}");
    assert!(users.as_array().unwrap().iter().any(|user| user["name"] == "huda.ahmed" && user["by_provider"] == true));
    let acts = desk.json(&["audit", "list", "--who", "oidc"]);
    let acts: Vec<&str> = acts.as_array().unwrap().iter().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["user.role", "user.add"]);

    // Out at once when an administrator says so, and not in again by the provider.
    desk.text(&["user", "disable", "huda.ahmed"]);
    let mut browser = Browser::new(&daemon);
    browser.cookie = cookie(&again, "__Host-wasl=");
    assert_eq!(browser.get("/api/v1/me").status, 401);
    let locked = come_in(&daemon);
    assert!(locked.status == 403 && locked.body.contains("is locked"), "{}", locked.body);
    let (_, words) = daemon.stop();
    for secret in [SECRET, "Huda", "u-4711-u"] {
        assert!(!words.contains(secret), "{secret}: {words}");
    }
}

#[test]
fn whoever_has_no_role_or_the_name_of_another_is_told_so_kindly() {
    let provider = Provider::start();
    let (desk, daemon) = house(&provider);
    add(&desk, &daemon, "mona", "administrator");
    for (person, words) in [
        (json!({"sub": "1", "preferred_username": "rami", "groups": ["canteen"]}), "has no role in Wasl"),
        (json!({"sub": "1", "preferred_username": "rami", "groups": {"it": true}}), "has no role in Wasl"),
        // Nobody becomes a colleague by taking their name at the provider.
        (json!({"sub": "1", "preferred_username": "mona", "groups": ["it"]}), "somebody has it already"),
        (json!({"sub": "1", "preferred_username": "هدى", "groups": ["it"]}), "cannot be used here"),
        (json!({"sub": "1", "groups": ["it"]}), "cannot be used here"),
    ] {
        provider.person(&person);
        let refused = come_in(&daemon);
        assert!(refused.status == 403 && refused.body.contains(words), "{person}: {} {}", refused.status, refused.body);
        assert!(cookie(&refused, "__Host-wasl=").is_none(), "{person}");
    }
    assert_eq!(desk.json(&["user", "list"]).as_array().unwrap().len(), 2, "nobody was made");

    // The provider cannot take the last administrator away.
    provider.person(&json!({"sub": "2", "preferred_username": "sami", "groups": ["it"]}));
    assert_eq!(come_in(&daemon).status, 303);
    desk.text(&["user", "disable", "mona"]);
    provider.person(&json!({"sub": "2", "preferred_username": "sami", "groups": ["staff"]}));
    let entered = come_in(&daemon);
    assert_eq!(me(&daemon, &entered)["roles"], json!(["administrator"]));

    // Whoever loses every group is refused, and is nobody in the session that they still have.
    provider.person(&json!({"sub": "3", "preferred_username": "rami", "groups": ["staff"]}));
    let entered = come_in(&daemon);
    assert_eq!(me(&daemon, &entered)["roles"], json!(["agent"]));
    provider.person(&json!({"sub": "3", "preferred_username": "rami", "groups": []}));
    assert_eq!(come_in(&daemon).status, 403);
    assert_eq!(me(&daemon, &entered)["roles"], json!([]));
}

#[test]
fn a_token_that_proves_nothing_lets_nobody_in() {
    let provider = Provider::start();
    let (desk, daemon) = house(&provider);
    provider.person(&huda());
    let claim = |name: &'static str, value: Json| Lies { claims: [(name, value)].into(), ..Lies::default() };
    let now = Timestamp::now().as_second();
    for lies in [
        claim("nonce", json!("of another attempt")),
        claim("iss", json!("http://127.0.0.1:1/realms/ewa")),
        claim("aud", json!("another client")),
        claim("aud", json!(["wasl", "another client"])),
        claim("exp", json!(now - 120)),
        claim("iat", json!(now + 600)),
        claim("sub", json!("")),
        Lies { alg: Some("none"), ..Lies::default() },
        Lies { alg: Some("HS256"), ..Lies::default() },
        Lies { alg: Some("RS256"), ..Lies::default() },
        Lies { other_key: true, ..Lies::default() },
    ] {
        provider.lies(lies.clone());
        let refused = come_in(&daemon);
        assert_eq!(refused.status, 401, "{lies:?}: {}", refused.body);
        assert!(cookie(&refused, "__Host-wasl=").is_none(), "{lies:?}");
    }
    assert_eq!(desk.json(&["user", "list"]).as_array().unwrap().len(), 1, "nobody was made");
    provider.lies(Lies::default());
    assert_eq!(come_in(&daemon).status, 303);
}

#[test]
fn an_answer_counts_only_in_the_browser_that_began_and_once_and_leads_nowhere_else() {
    let provider = Provider::start();
    let (_desk, daemon) = house(&provider);
    provider.person(&huda());
    let (attempt, path) = go(&daemon, "/cases");
    let (other, other_path) = go(&daemon, "/cases");
    let before = provider.redeemed();
    let code = |path: &str| path.split(['?', '&']).find_map(|part| part.strip_prefix("code=")).unwrap().to_owned();
    // What somebody else began is not finished in this browser (login CSRF), nor without its cookie.
    for (cookies, path) in [
        (String::new(), path.clone()),
        (attempt.clone(), other_path.clone()),
        (attempt.clone(), format!("/login/oidc/callback?code={}", code(&path))),
        (attempt.clone(), path.replace("state=", "state=0")),
        (attempt.clone(), path.replace("iss=http", "iss=https")),
        ("__Host-wasl-oidc=~/".into(), path.clone()),
        ("__Host-wasl-oidc=".into(), path.clone()),
    ] {
        let refused = come_back(&daemon, &cookies, &path);
        assert_eq!(refused.status, 401, "{cookies} {path}: {}", refused.body);
    }
    assert_eq!(provider.redeemed(), before, "no code was even shown to the provider");
    let denied = path.replace("code=code", "error=access_denied&x=code");
    let denied = come_back(&daemon, &attempt, &denied);
    assert!(denied.status == 401 && denied.body.contains("did not let you in"), "{}", denied.body);

    // A session that somebody prepared in the browser ends; the new one is another.
    let prepared = format!("__Host-wasl={}; {attempt}", "a".repeat(64));
    let entered = come_back(&daemon, &prepared, &path);
    assert_eq!(entered.status, 303, "{}", entered.body);
    assert_ne!(cookie(&entered, "__Host-wasl=").unwrap(), format!("__Host-wasl={}", "a".repeat(64)));
    let twice = come_back(&daemon, &attempt, &path);
    assert!(twice.status == 401 && cookie(&twice, "__Host-wasl=").is_none(), "a code counts once: {}", twice.body);
    assert_eq!(come_back(&daemon, &other, &other_path).status, 303);

    for (encoded, elsewhere) in [
        ("%2F%2Fevil.example", "//evil.example"),
        ("https:%2F%2Fevil.example", "https://evil.example"),
        ("%2F%5Cevil.example", "/\\evil.example"),
    ] {
        let (attempt, path) = go(&daemon, encoded);
        assert_eq!(come_back(&daemon, &attempt, &path).header("location"), "/", "{elsewhere}");
        // And whatever a cookie says that somebody planted.
        let (attempt, path) = go(&daemon, "/");
        let planted = format!("{}~{}", attempt.split('~').next().unwrap(), URL_SAFE_NO_PAD.encode(elsewhere));
        let entered = come_back(&daemon, &planted, &path);
        assert_eq!((entered.status, entered.header("location")), (303, "/"), "{elsewhere}");
    }
}

#[test]
fn a_provider_that_does_not_answer_keeps_local_accounts_in() {
    let provider = Provider::start();
    provider.lies(Lies { down: true, ..Lies::default() });
    let (desk, daemon) = house(&provider);
    add(&desk, &daemon, "mona", "administrator");
    let browser = Browser::new(&daemon);
    let down = browser.get("/login/oidc");
    assert!(down.status == 502 && down.body.contains("does not work at the moment"), "{}", down.body);
    let arabic = browser.send(Method::GET, "/login/oidc", |request| request.header("accept-language", "ar"));
    assert!(arabic.body.contains("تعذر الدخول بحساب العمل الآن"), "{}", arabic.body);
    let mut browser = Browser::new(&daemon);
    assert_eq!(browser.enter("mona", crate::access::PASSWORD).status, 303);
    provider.lies(Lies::default());
    provider.person(&huda());
    assert_eq!(come_in(&daemon).status, 303, "it is asked again by itself");
    drop(daemon);

    std::fs::remove_file(desk.path("secret")).unwrap();
    let refused = desk.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        refused.code == 3 && refused.err.contains("`client_secret` of `access.oidc` cannot be read"),
        "{refused:?}"
    );
}
