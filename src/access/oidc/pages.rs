//! The two addresses of coming in by the provider: where it begins, and where the provider leads back to.

use std::sync::Arc;

use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::provider::Down;
use super::{Attempt, Oidc, Refused};
use crate::access::guard::{ClientAddress, session_token};
use crate::access::page::words::{Said, enter};
use crate::access::page::{inside, language, session_cookie};
use crate::access::token::{Token, same};
use crate::api::Api;

/// Whoever takes longer at the provider begins anew.
const ATTEMPT_SECONDS: i64 = 600;

/// Where somebody wants to go after they came in.
#[derive(Deserialize)]
pub(in crate::access) struct Way {
    next: Option<String>,
}

/// What the provider leads back with.
#[derive(Deserialize)]
pub(in crate::access) struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    /// Who answers (RFC 9207), where it says so.
    iss: Option<String>,
}

/// `GET /login/oidc`: leads to the provider, and notes in the browser what its answer must match.
pub(in crate::access) async fn begin(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    Query(way): Query<Way>,
) -> Response {
    let Some(oidc) = &api.access.oidc else { return StatusCode::NOT_FOUND.into_response() };
    let language = language(&headers, &api);
    let next = inside(way.next.as_deref());
    let attempt = match Token::draw() {
        Ok(token) => Attempt(token),
        Err(failure) => return refused(&api, &headers, next, &Refused::Broken(failure)),
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(attempt.verifier()));
    let (state, nonce) = (attempt.state(), attempt.nonce());
    let asked = [
        ("redirect_uri", oidc.back.as_str()),
        ("scope", "openid profile email"),
        ("state", state.as_str()),
        ("nonce", nonce.as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("ui_locales", language.code()),
    ];
    match oidc.provider.door(&asked).await {
        Ok(door) => {
            let way = URL_SAFE_NO_PAD.encode(next);
            let cookie = cookie(&api, &format!("{}~{way}", attempt.0.reveal()), ATTEMPT_SECONDS);
            ([(header::SET_COOKIE, cookie)], Redirect::to(&door)).into_response()
        }
        Err(down) => refused(&api, &headers, next, &Refused::Down(down)),
    }
}

/// `GET /login/oidc/callback`: lets somebody in by the provider's answer.
pub(in crate::access) async fn come_back(
    State(api): State<Arc<Api>>,
    Extension(ClientAddress(from)): Extension<ClientAddress>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    let Some(oidc) = &api.access.oidc else { return StatusCode::NOT_FOUND.into_response() };
    let kept = kept(&headers, api.access.https);
    let next = kept.as_ref().map_or("/", |(_, next)| inside(Some(next))).to_owned();
    let result = match begun(oidc, kept, answer) {
        Ok((attempt, code)) => match api.access.attempt_from(from, api.engine.now()) {
            Ok(()) => oidc.let_in(&api, (&attempt, &code), from, session_token(&headers, api.access.https)).await,
            Err(wait) => Err(Refused::Wait(wait)),
        },
        Err(reason) => Err(reason),
    };
    match result {
        Ok(token) => {
            api.access.forgive_from(from);
            let set = [
                (header::SET_COOKIE, session_cookie(&api, token.reveal(), api.access.longest.as_secs())),
                (header::SET_COOKIE, cookie(&api, "", 0)),
            ];
            (AppendHeaders(set), Redirect::to(&next)).into_response()
        }
        Err(reason) => refused(&api, &headers, &next, &reason),
    }
}

/// The attempt that an answer belongs to, and its code.
fn begun(oidc: &Oidc, kept: Option<(Attempt, String)>, answer: Answer) -> Result<(Attempt, String), Refused> {
    let (attempt, _) = kept.ok_or(Refused::Stale)?;
    if !answer.state.is_some_and(|state| same(&state, &attempt.state())) {
        return Err(Refused::Stale);
    }
    if answer.iss.is_some_and(|issuer| issuer != oidc.provider.issuer()) {
        return Err(Refused::Stale);
    }
    match (answer.error, answer.code) {
        (Some(error), _) => Err(Refused::Denied(error)),
        (None, Some(code)) => Ok((attempt, code)),
        (None, None) => Err(Refused::Stale),
    }
}

fn name(https: bool) -> &'static str {
    if https { "__Host-wasl-oidc" } else { "wasl-oidc" }
}

fn cookie(api: &Api, value: &str, seconds: i64) -> String {
    let (name, secure) = (name(api.access.https), if api.access.https { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// The attempt that this browser began, and where it wants to go.
fn kept(headers: &HeaderMap, https: bool) -> Option<(Attempt, String)> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name(https))?;
    let (token, next) = value.split_once('~').filter(|(token, _)| !token.is_empty())?;
    let next = URL_SAFE_NO_PAD.decode(next).ok().and_then(|next| String::from_utf8(next).ok());
    Some((Attempt(Token::shown(token)), next.unwrap_or_default()))
}

/// The whole seconds to wait, as people and programs are told them.
fn seconds(wait: jiff::SignedDuration) -> i64 {
    wait.as_secs().max(0) + 1
}

/// The login page with what went wrong; the attempt is over.
fn refused(api: &Api, headers: &HeaderMap, next: &str, reason: &Refused) -> Response {
    let (status, said) = match reason {
        // A code that the provider does not take (any more) is theirs to get anew.
        Refused::Stale | Refused::Invalid(_) | Refused::Down(Down::Status(400)) => {
            (StatusCode::UNAUTHORIZED, Said::Unproven)
        }
        Refused::Denied(_) => (StatusCode::UNAUTHORIZED, Said::ProviderSaysNo),
        Refused::Wait(wait) => (StatusCode::TOO_MANY_REQUESTS, Said::Wait(seconds(*wait))),
        Refused::Down(_) => (StatusCode::BAD_GATEWAY, Said::ProviderDown),
        Refused::NoRole => (StatusCode::FORBIDDEN, Said::NoRole),
        Refused::Name => (StatusCode::FORBIDDEN, Said::NameTaken),
        Refused::LockedOut => (StatusCode::FORBIDDEN, Said::LockedOut),
        Refused::Broken(_) => (StatusCode::SERVICE_UNAVAILABLE, Said::Later),
    };
    match reason {
        Refused::Down(down) => tracing::error!(reason = %down, "nobody comes in by the provider"),
        Refused::Invalid(invalid) => tracing::warn!(reason = %invalid, "an ID token was refused"),
        Refused::Broken(failure) => tracing::error!(error = %failure, "somebody could not be let in"),
        // The provider's own word may be anything: its letters are those of RFC 6749, or it is not repeated.
        Refused::Denied(error) if error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
            tracing::warn!(reason = error, "the provider lets somebody not in");
        }
        other => tracing::warn!(reason = other.word(), "somebody does not come in by the provider"),
    }
    let page = Html(enter(language(headers, api), next, Some(said), true));
    let mut response = (status, [(header::SET_COOKIE, cookie(api, "", 0))], page).into_response();
    if let Refused::Wait(wait) = reason {
        response.headers_mut().insert(header::RETRY_AFTER, seconds(*wait).into());
    }
    response
}

impl Refused {
    fn word(&self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Denied(_) => "denied",
            Self::Wait(_) => "too_many",
            Self::Down(_) => "down",
            Self::Invalid(_) => "invalid",
            Self::NoRole => "no_role",
            Self::Name => "name_taken",
            Self::LockedOut => "locked_out",
            Self::Broken(_) => "broken",
        }
    }
}
