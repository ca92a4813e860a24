//! What every request passes first: who sends it, how fast, and whether another site does so in somebody's name.
//!
//! A cookie is sent by browsers whoever made them ask. So what changes something must come from our own pages: by
//! what the browser says of its origin, and by the token that only our pages know. Keys are not sent by browsers.

use std::sync::{Arc, PoisonError};

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use wasl_runtime::store::{ApiKey, StoreError, StoredSession};

use super::page::language;
use super::token::{Token, same};
use super::viewer::Viewer;
use super::{Access, address};
use crate::api::{Api, BODY_BYTES_MAX, FORM_BYTES_MAX};

/// A session or key that was used is noted at most so often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Lets a request through, with the [`Viewer`] who sends it if they are known.
pub(crate) async fn guard(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    match look(&api, request).await {
        Ok(request) => {
            let viewer = request.extensions().get::<Viewer>().cloned();
            known(next.run(request).await, viewer.as_ref())
        }
        Err(refusal) => refusal,
    }
}

/// An answer that knows for whom it is: what is refused is said in their language.
fn known(mut response: Response, viewer: Option<&Viewer>) -> Response {
    if let Some(viewer) = viewer {
        response.extensions_mut().insert(viewer.clone());
    }
    response
}

async fn look(api: &Api, request: Request) -> Result<Request, Response> {
    let (mut parts, mut body) = request.into_parts();
    let (now, from) = (api.engine.now(), address::of(&parts, &api.access.proxies));
    let paced = api.access.requests.lock().unwrap_or_else(PoisonError::into_inner).take(from, now);
    paced.map_err(|wait| too_fast(wait, is_api(parts.uri.path())))?;
    let key = bearer(&parts.headers);
    let token = key.is_none().then(|| session_token(&parts.headers, api.access.https)).flatten();
    let viewer = match (&key, &token) {
        (Some(key), _) => {
            by_key(api, key, now).await.map(|key| key.map(|key| Viewer::of_key(&key, api.access.language)))
        }
        (None, Some(token)) => by_session(api, token, &parts.headers, now).await,
        (None, None) => Ok(None),
    };
    let viewer = viewer.map_err(|error| out_of_order(&error))?;
    if key.is_none() && changes(&parts.method) {
        if !from_our_pages(&parts.headers, &api.access) {
            return Err(known(refused(&parts, "this request comes from another site"), viewer.as_ref()));
        }
        if let (Some(token), Some(_), false) = (&token, &viewer, comes_in(parts.uri.path())) {
            let read = sent_token(&parts, body).await;
            let (given, whole) = read.map_err(|status| known(status.into_response(), viewer.as_ref()))?;
            body = whole;
            if !given.is_some_and(|given| same(&given, &token.csrf())) {
                let refusal = refused(&parts, "the form is not one of yours, or it is too old: load the page again");
                return Err(known(refusal, viewer.as_ref()));
            }
        }
    }
    // What a client puts there counts for nothing: extensions do not come over the wire.
    parts.extensions.insert(ClientAddress(from));
    if let Some(viewer) = viewer {
        parts.extensions.insert(viewer);
    }
    Ok(Request::from_parts(parts, body))
}

/// Where a request comes from, for the pages that have no viewer yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientAddress(pub(super) std::net::IpAddr);

/// Whether a path is for programs.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || path == "/metrics"
}

/// The scheme, host and port of an address.
pub(super) fn origin_of(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    url[..end].to_lowercase()
}

/// The name of the cookie. With TLS its prefix keeps neighbours under the same domain from setting it.
pub(super) const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-wasl" } else { "wasl" }
}

/// The token of the session that a browser shows.
pub(super) fn session_token(headers: &HeaderMap, https: bool) -> Option<Token> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == cookie_name(https)).map(|(_, value)| Token::shown(value))
}

fn bearer(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Token::shown(token.trim()))
}

async fn by_key(api: &Api, key: &Token, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
    let key = api.engine.store.api_key(&key.hash()).await?;
    let Some(key) = key.filter(|key| key.revoked_at.is_none() && now < key.expires_at) else { return Ok(None) };
    if key.used_at.is_none_or(|used| now.duration_since(used) > NOTED_EVERY) {
        api.engine.store.touch_api_key(key.id, now).await?;
    }
    Ok(Some(key))
}

async fn by_session(
    api: &Api,
    token: &Token,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Viewer>, StoreError> {
    let Some(session) = api.engine.store.session(&token.hash()).await? else { return Ok(None) };
    if session.user.disabled_at.is_some() || is_over(&session, api.access.idle, now) {
        return Ok(None);
    }
    // Where little silence is allowed, it is noted more often.
    if now.duration_since(session.seen_at) > NOTED_EVERY.min(api.access.idle / 2) {
        api.engine.store.touch_session(session.id, now).await?;
    }
    // Who has not chosen yet reads as on the page where they came in.
    Ok(Some(Viewer::of_session(&session, token, language(headers, api))))
}

/// Whether a path is for those who are not in yet: their forms cannot know a token, and act in nobody's name.
fn comes_in(path: &str) -> bool {
    path == "/login" || path.starts_with("/password/")
}

/// Whether the time of a session is over, by silence or by age.
pub(super) fn is_over(session: &StoredSession, idle: SignedDuration, now: Timestamp) -> bool {
    now >= session.expires_at || now.duration_since(session.seen_at) > idle
}

/// Whether a method may change something.
fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a browser says that a request was made by our own pages. Programs that are no browsers say nothing.
fn from_our_pages(headers: &HeaderMap, access: &Access) -> bool {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_lowercase());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
        && !matches!(site.as_str(), "same-origin" | "none")
    {
        return false;
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = text(header::HOST).unwrap_or_default();
    let here = origin.split_once("://").is_some_and(|(_, of)| !host.is_empty() && of == host);
    here || access.origin.as_ref() == Some(&origin)
}

#[derive(Deserialize)]
struct Sent {
    csrf: Option<String>,
}

/// The token that a page sent along, in the header or the form, and the body as it was.
async fn sent_token(parts: &Parts, body: Body) -> Result<(Option<String>, Body), StatusCode> {
    if let Some(token) = parts.headers.get("x-csrf-token") {
        return Ok((token.to_str().ok().map(str::to_owned), body));
    }
    let form = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !form.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return Ok((None, body));
    }
    // Only the desk at which workflows are written sends more than a form has.
    let bytes_max = if parts.uri.path().starts_with("/drafts/") { FORM_BYTES_MAX } else { BODY_BYTES_MAX };
    let bytes = to_bytes(body, bytes_max).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let copy = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let sent = Form::<Sent>::from_request(copy, &()).await.ok().and_then(|Form(sent)| sent.csrf);
    Ok((sent, Body::from(bytes)))
}

/// An answer for programs as RFC 9457 has it, a line for people.
fn answer(status: StatusCode, api: bool, words: &str) -> Response {
    if !api {
        return (status, format!("{words}\n")).into_response();
    }
    let title = status.canonical_reason().unwrap_or_default();
    let problem = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": words});
    (status, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response()
}

/// For programs that show no key which opens.
pub(super) fn unauthorized() -> Response {
    let words = "show an API key as `Authorization: Bearer KEY`, or log in; `wasl api-key create` makes one";
    let mut response = answer(StatusCode::UNAUTHORIZED, true, words);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    response
}

fn refused(parts: &Parts, words: &str) -> Response {
    tracing::warn!(reason = words, "a request was refused");
    answer(StatusCode::FORBIDDEN, is_api(parts.uri.path()), words)
}

fn too_fast(wait: SignedDuration, api: bool) -> Response {
    let seconds = wait.as_secs().max(0) + 1;
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, api, &format!("too many requests: wait {seconds} s"));
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

fn out_of_order(error: &StoreError) -> Response {
    tracing::error!(%error, "who sends a request could not be found out");
    answer(StatusCode::SERVICE_UNAVAILABLE, false, "the database does not answer; try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use wasl_runtime::store::User;

    fn ours(headers: &[(&'static str, &str)], public_url: Option<&str>) -> bool {
        let settings = Settings { public_url: public_url.map(str::to_owned), ..Settings::default() };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        from_our_pages(&map, &Access::new(&settings).unwrap())
    }

    #[test]
    fn what_another_site_makes_a_browser_send_is_seen() {
        let public = Some("https://Wasl.example.bh/console");
        for (headers, public_url, expected) in [
            (&[("host", "wasl:8080")][..], None, true),
            (&[("host", "wasl:8080"), ("origin", "http://wasl:8080")], None, true),
            (&[("host", "wasl:8080"), ("origin", "http://wasl:8081")], None, false),
            (&[("host", "wasl:8080"), ("origin", "http://evil.example")], None, false),
            (&[("host", "wasl:8080"), ("origin", "null")], None, false),
            (&[("origin", "http://")], None, false),
            (&[("host", "10.0.0.1"), ("origin", "https://wasl.example.bh")], public, true),
            (&[("host", "10.0.0.1"), ("origin", "http://wasl.example.bh")], public, false),
            (&[("host", "wasl:8080"), ("sec-fetch-site", "cross-site")], None, false),
            (&[("host", "wasl:8080"), ("sec-fetch-site", "same-site")], None, false),
            (&[("host", "wasl:8080"), ("sec-fetch-site", "same-origin")], None, true),
        ] {
            assert_eq!(ours(headers, public_url), expected, "{headers:?} {public_url:?}");
        }
    }

    #[test]
    fn a_session_ends_by_silence_and_by_age_whatever_its_owner_does() {
        let minute = |n: i64| Timestamp::from_second(n * 60).unwrap();
        let user = User {
            id: 1,
            name: "huda".into(),
            full_name: "Huda".into(),
            roles: std::collections::BTreeSet::new(),
            language: None,
            has_password: true,
            by_provider: false,
            created_at: minute(0),
            disabled_at: None,
        };
        let (address, created_at, expires_at) = ("::1".to_owned(), minute(0), minute(720));
        let session = StoredSession { id: 1, user, address, created_at, seen_at: minute(100), expires_at };
        let over = |now| is_over(&session, SignedDuration::from_mins(30), minute(now));
        assert_eq!([100, 130, 131].map(over), [false, false, true]);
        let seen_again = StoredSession { seen_at: minute(719), ..session.clone() };
        assert!(!is_over(&seen_again, SignedDuration::from_mins(30), minute(719)));
        assert!(is_over(&seen_again, SignedDuration::from_mins(30), minute(720)), "twelve hours are over");
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let cookie = |text: &str, https| {
            let headers = HeaderMap::from_iter([(header::COOKIE, text.parse().unwrap())]);
            session_token(&headers, https).map(|token| token.reveal().to_owned())
        };
        assert_eq!(cookie("a=1; wasl=abc; b=2", false).as_deref(), Some("abc"));
        assert_eq!(cookie("a=1; __Host-wasl=abc", true).as_deref(), Some("abc"));
        assert_eq!(cookie("wasl=abc", true), None);
        assert_eq!(cookie("xwasl=abc", false), None);
    }
}
