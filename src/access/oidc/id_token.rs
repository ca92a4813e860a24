//! An ID token: signed by a key of the provider, for us, of this attempt, and fresh (`OpenID` Connect Core 3.1.3.7).
//!
//! Checked here with ring and nothing in between: the crates for it bring an RSA implementation with an advisory
//! without a fix, and what is left is this page (docs/adr/0027-openid-connect.md).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value as Json;
use thiserror::Error;

use super::keys::{Algorithm, Key};
use crate::access::token::same;

/// Clocks may differ by so much.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// No provider needs more; what is longer is not read.
pub(super) const BYTES_MAX: usize = 64 * 1024;

/// What a token must say.
pub(super) struct Expected<'e> {
    /// Who issued it.
    pub(super) issuer: &'e str,
    /// For whom.
    pub(super) client_id: &'e str,
    /// Of which attempt.
    pub(super) nonce: &'e str,
    /// The present.
    pub(super) now: Timestamp,
}

/// Why a token proves nothing. It repeats nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Invalid {
    /// It is no token.
    #[error("it cannot be read")]
    Shape,
    /// It is signed in a way that counts for nothing here, such as not at all.
    #[error("its algorithm is not one of RS256, PS256, ES256 and EdDSA")]
    Algorithm,
    /// No key of the provider signed it.
    #[error("no key of the provider signed it")]
    Signature,
    /// Another one issued it.
    #[error("it is of another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for another client")]
    Audience,
    /// It is of another attempt.
    #[error("it is of another attempt")]
    Nonce,
    /// Its time is over, has not come, or is not said.
    #[error("its time is over or has not come; is the clock of this machine right?")]
    Time,
    /// It names nobody.
    #[error("it names nobody")]
    Subject,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// What must be understood: nothing of it is.
    crit: Option<Json>,
}

/// The three parts of a token, not proven.
struct Parts<'t> {
    header: Header,
    signed: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
}

fn parts(token: &str) -> Result<Parts<'_>, Invalid> {
    if token.len() > BYTES_MAX {
        return Err(Invalid::Shape);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Invalid::Shape)?;
    let (header, payload) = signed.split_once('.').filter(|(_, rest)| !rest.contains('.')).ok_or(Invalid::Shape)?;
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Invalid::Shape)?;
    if header.crit.is_some() {
        return Err(Invalid::Shape);
    }
    Ok(Parts { header, signed, payload, signature: decoded(signature)? })
}

fn decoded(part: &str) -> Result<Vec<u8>, Invalid> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid::Shape)
}

/// The id of the key that a token says it is signed by; `None` where it says none or is no token.
pub(super) fn key_id(token: &str) -> Option<String> {
    parts(token).ok()?.header.kid
}

/// What a token says, if all of it is proven.
///
/// # Errors
/// The first thing that is not.
pub(super) fn verify(token: &str, keys: &[Key], expected: &Expected<'_>) -> Result<Json, Invalid> {
    let parts = parts(token)?;
    let algorithm = Algorithm::parse(&parts.header.alg).ok_or(Invalid::Algorithm)?;
    let named = |key: &&Key| parts.header.kid.is_none() || key.id == parts.header.kid;
    let signed = |key: &Key| key.verifies(algorithm, parts.signed.as_bytes(), &parts.signature);
    if !keys.iter().filter(named).any(signed) {
        return Err(Invalid::Signature);
    }
    let claims: Json = serde_json::from_slice(&decoded(parts.payload)?).map_err(|_| Invalid::Shape)?;
    check(&claims, expected)?;
    Ok(claims)
}

fn check(claims: &Json, expected: &Expected<'_>) -> Result<(), Invalid> {
    if claims["iss"].as_str() != Some(expected.issuer) {
        return Err(Invalid::Issuer);
    }
    check_audience(claims, expected.client_id)?;
    if !claims["nonce"].as_str().is_some_and(|nonce| same(nonce, expected.nonce)) {
        return Err(Invalid::Nonce);
    }
    check_time(claims, expected.now)?;
    match claims["sub"].as_str() {
        Some(subject) if !subject.is_empty() && subject.len() <= 255 => Ok(()),
        _ => Err(Invalid::Subject),
    }
}

fn check_audience(claims: &Json, client_id: &str) -> Result<(), Invalid> {
    let azp = claims.get("azp").filter(|azp| !azp.is_null());
    let (for_us, several) = match &claims["aud"] {
        Json::String(one) => (one == client_id, false),
        Json::Array(all) => (all.iter().any(|one| one.as_str() == Some(client_id)), all.len() > 1),
        _ => (false, false),
    };
    let ours = azp.map_or(!several, |azp| azp.as_str() == Some(client_id));
    if for_us && ours { Ok(()) } else { Err(Invalid::Audience) }
}

fn check_time(claims: &Json, now: Timestamp) -> Result<(), Invalid> {
    let at = |name: &str| match claims.get(name) {
        None | Some(Json::Null) => Ok(None),
        // Seconds, which some providers write with a fraction; a moment that is no moment proves nothing.
        Some(value) => {
            let seconds = value.as_f64().filter(|seconds| seconds.is_finite()).ok_or(Invalid::Time)?;
            let since = SignedDuration::try_from_secs_f64(seconds).map_err(|_| Invalid::Time)?;
            Timestamp::from_duration(since).map(Some).map_err(|_| Invalid::Time)
        }
    };
    let (until, issued, from) = (at("exp")?, at("iat")?, at("nbf")?);
    let late = until.is_none_or(|until| now.duration_since(until) >= LEEWAY);
    let early = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment.duration_since(now) > LEEWAY);
    if late || issued.is_none() || early(issued) || early(from) { Err(Invalid::Time) } else { Ok(()) }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
