//! The pages by which people come in: login, and choosing a password by a link. They work without scripts.

pub(super) mod words;

use std::sync::Arc;

use axum::Form;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::guard::{ClientAddress, cookie_name, session_token};
use super::login::{self, NotSet, Refused};
use super::token::Token;
use super::trace;
use super::viewer::Viewer;
use crate::api::Api;
use crate::settings::Language;
use words::{Said, choose, enter};

/// Where somebody wants to go after they came in.
#[derive(Debug, Deserialize)]
pub(super) struct Way {
    next: Option<String>,
}

/// What somebody gives to come in.
#[derive(Deserialize)]
pub(super) struct Given {
    name: String,
    password: String,
    next: Option<String>,
}

/// The language that somebody chooses.
#[derive(Deserialize)]
pub(super) struct Choice {
    language: String,
    next: Option<String>,
}

/// The password that somebody chooses.
#[derive(Deserialize)]
pub(super) struct Chosen {
    password: String,
    again: String,
}

/// `GET /login`.
pub(super) async fn login(
    State(api): State<Arc<Api>>,
    viewer: Option<Viewer>,
    headers: HeaderMap,
    Query(way): Query<Way>,
) -> Response {
    let next = inside(way.next.as_deref());
    if viewer.is_some() {
        return Redirect::to(next).into_response();
    }
    Html(enter(language(&headers, &api), next, None, api.access.oidc.is_some())).into_response()
}

/// `POST /login`.
pub(super) async fn submit_login(
    State(api): State<Arc<Api>>,
    Extension(ClientAddress(from)): Extension<ClientAddress>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let (language, next) = (language(&headers, &api), inside(given.next.as_deref()));
    let provider = api.access.oidc.is_some();
    let had = session_token(&headers, api.access.https);
    match login::log_in(&api, (&given.name, given.password), from, had).await {
        Ok(token) => (
            [(header::SET_COOKIE, session_cookie(&api, token.reveal(), api.access.longest.as_secs()))],
            Redirect::to(next),
        )
            .into_response(),
        Err(Refused::Wrong) => {
            (StatusCode::UNAUTHORIZED, Html(enter(language, next, Some(Said::Wrong), provider))).into_response()
        }
        Err(Refused::Wait(wait)) => {
            let seconds = wait.as_secs().max(0) + 1;
            let page = Html(enter(language, next, Some(Said::Wait(seconds)), provider));
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response()
        }
        Err(Refused::Broken(failure)) => {
            tracing::error!(error = %failure, "somebody could not be let in");
            (StatusCode::SERVICE_UNAVAILABLE, Html(enter(language, next, Some(Said::Later), provider))).into_response()
        }
    }
}

/// `POST /logout`.
pub(super) async fn logout(State(api): State<Arc<Api>>, viewer: Option<Viewer>) -> Response {
    if let Some(viewer) = viewer
        && let Err(error) = login::log_out(&api, &viewer).await
    {
        tracing::error!(%error, "a session could not be ended");
        return (StatusCode::SERVICE_UNAVAILABLE, "the session could not be ended; try again\n").into_response();
    }
    ([(header::SET_COOKIE, session_cookie(&api, "", 0))], Redirect::to("/login")).into_response()
}

/// `POST /language`: the language in which somebody reads, kept with their account.
pub(super) async fn language_chosen(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    Form(choice): Form<Choice>,
) -> Response {
    let known = viewer.account.zip(Language::parse(&choice.language));
    let Some((account, language)) = known else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    let trace = trace(api.engine.now(), &viewer.who, "language", None);
    if let Err(error) = api.engine.store.set_language(account, language.code(), trace).await {
        tracing::error!(%error, "the language of somebody could not be kept");
        return (StatusCode::SERVICE_UNAVAILABLE, "the language could not be kept; try again\n").into_response();
    }
    Redirect::to(inside(choice.next.as_deref())).into_response()
}

/// `GET /password/{token}`.
pub(super) async fn password(State(api): State<Arc<Api>>, Path(link): Path<String>, headers: HeaderMap) -> Response {
    let language = language(&headers, &api);
    match api.engine.store.user_of_link(&Token::shown(&link).hash(), api.engine.now()).await {
        Ok(Some(user)) => Html(choose(language, Some(&user.name), None)).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, Html(choose(language, None, Some(Said::NoLink)))).into_response(),
        Err(error) => {
            tracing::error!(%error, "a link to a password could not be looked up");
            (StatusCode::SERVICE_UNAVAILABLE, Html(choose(language, None, Some(Said::Later)))).into_response()
        }
    }
}

/// `POST /password/{token}`.
pub(super) async fn submit_password(
    State(api): State<Arc<Api>>,
    Path(link): Path<String>,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Response {
    let language = language(&headers, &api);
    let link = Token::shown(&link);
    let owner = api.engine.store.user_of_link(&link.hash(), api.engine.now()).await.ok().flatten();
    let name = owner.as_ref().map(|user| user.name.as_str());
    let again = |said| (StatusCode::UNPROCESSABLE_ENTITY, Html(choose(language, name, Some(said)))).into_response();
    if chosen.password != chosen.again {
        return again(Said::Differ);
    }
    match login::set_password(&api, &link, chosen.password).await {
        Ok(()) => Redirect::to("/login").into_response(),
        Err(NotSet::Weak(weak)) => again(Said::Weak(weak)),
        Err(NotSet::Link) => (StatusCode::NOT_FOUND, Html(choose(language, None, Some(Said::NoLink)))).into_response(),
        Err(NotSet::Broken(failure)) => {
            tracing::error!(error = %failure, "a password could not be set");
            (StatusCode::SERVICE_UNAVAILABLE, Html(choose(language, name, Some(Said::Later)))).into_response()
        }
    }
}

/// `GET /access.css`.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], words::STYLE).into_response()
}

/// Where people come in, and where they go afterwards.
pub(super) fn login_address(next: Option<&str>) -> String {
    match next.map(|next| inside(Some(next))) {
        None | Some("/") => "/login".to_owned(),
        Some(next) => {
            let encoded = next.bytes().map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            });
            format!("/login?next={}", encoded.collect::<String>())
        }
    }
}

/// A place in this house: a link may not lead elsewhere from the page where people trust us with a password.
pub(crate) fn inside(next: Option<&str>) -> &str {
    let next = next.unwrap_or("/");
    let mut letters = next.chars();
    let here = letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\'));
    // Browsers drop tabs and line breaks, and read the rest as one address.
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if here && plain { next } else { "/" }
}

pub(super) fn session_cookie(api: &Api, value: &str, seconds: i64) -> String {
    let secure = if api.access.https { "; Secure" } else { "" };
    let name = cookie_name(api.access.https);
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// The language that a browser asks for first, if we speak it.
pub(crate) fn language(headers: &HeaderMap, api: &Api) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let first = asked.and_then(|asked| asked.split([',', ';', '-']).next()).map(str::trim);
    first.and_then(Language::parse).unwrap_or(api.access.language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_login_nobody_is_led_out_of_the_house() {
        for (next, expected) in [
            ("/cases?state=first_call", "/cases?state=first_call"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/a\\b", "/"),
            ("", "/"),
        ] {
            assert_eq!(inside(Some(next)), expected, "{next:?}");
        }
        assert_eq!(login_address(Some("/cases?a=1&b=2")), "/login?next=/cases%3Fa%3D1%26b%3D2");
        assert_eq!(login_address(Some("//evil.example")), "/login");
        assert_eq!(login_address(None), "/login");
    }
}
