//! What we ask the provider: where its doors are, which keys it signs with, and the token for a code.
//!
//! Doors and keys are kept for an hour. A token by an unknown key makes us look again, at most once a minute, so that
//! nobody makes us ask by making keys up.

use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, Url, redirect, retry};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::sync::Mutex;
use wasl_notifiers::{Secret, check_url};

use super::id_token::{BYTES_MAX, key_id};
use super::keys::{self, Key};

/// Whoever stands before the login page does not wait longer.
const ANSWER: Duration = Duration::from_secs(10);
/// For so long what we know of the provider is believed.
const KNOWN_FOR: Duration = Duration::from_hours(1);
/// Unknown keys make us look again so often at the most.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Why the provider is of no use at the moment. Its own words are not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Down {
    /// It does not answer.
    #[error("the provider does not answer")]
    Silent,
    /// It answers with an error.
    #[error("the provider answers with status {0}")]
    Status(u16),
    /// It answers what is none of its documents.
    #[error("the provider's answer cannot be read")]
    Nonsense,
    /// It says that it is another one.
    #[error("the provider says that it is another issuer than the configured one")]
    Issuer,
    /// Its doors are not over TLS.
    #[error("the provider has an address without TLS")]
    NoTls,
}

/// Where the provider's doors are.
#[derive(Clone, Deserialize)]
struct Doors {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

struct Known {
    doors: Doors,
    keys: Vec<Key>,
    at: Instant,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// The house's provider.
pub(super) struct Provider {
    issuer: String,
    client_id: String,
    secret: Secret,
    client: Client,
    /// A provider on this machine may do without TLS, as its issuer says.
    this_machine: bool,
    known: Mutex<Option<Known>>,
}

impl Provider {
    /// The provider of an issuer. Nothing is asked yet.
    ///
    /// # Errors
    /// This machine has no certificates of authorities.
    pub(super) fn new(issuer: String, client_id: String, secret: Secret) -> Result<Self, reqwest::Error> {
        let this_machine = issuer.starts_with("http://");
        let builder = Client::builder().timeout(ANSWER).redirect(redirect::Policy::none()).retry(retry::never());
        let builder = if this_machine { builder.no_proxy() } else { builder };
        Ok(Self { issuer, client_id, secret, client: builder.build()?, this_machine, known: Mutex::default() })
    }

    /// Who it is.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where somebody's browser goes to prove who they are.
    pub(super) async fn door(&self, asked: &[(&str, &str)]) -> Result<String, Down> {
        let doors = self.doors().await?;
        let mut url = Url::parse(&doors.authorization_endpoint).map_err(|_| Down::Nonsense)?;
        let fixed = [("response_type", "code"), ("client_id", self.client_id.as_str())];
        url.query_pairs_mut().extend_pairs(fixed).extend_pairs(asked);
        Ok(url.into())
    }

    /// The ID token for a code.
    pub(super) async fn redeem(&self, code: &str, verifier: &str, back: &str) -> Result<String, Down> {
        let doors = self.doors().await?;
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", back), ("code_verifier", verifier)];
        let request = self.client.post(&doors.token_endpoint);
        let methods = &doors.token_endpoint_auth_methods_supported;
        let in_form = !methods.is_empty() && !methods.iter().any(|method| method == "client_secret_basic");
        let request = if in_form {
            let own = [("client_id", self.client_id.as_str()), ("client_secret", self.secret.expose())];
            request.form(&[&form[..], &own[..]].concat())
        } else {
            // RFC 6749, 2.3.1: both are encoded as in a form first.
            let (id, secret) = (url_encoded(&self.client_id), url_encoded(self.secret.expose()));
            request.basic_auth(id, Some(secret)).form(&form)
        };
        Ok(json::<Tokens>(request).await?.id_token)
    }

    /// The keys among which that of a token should be.
    pub(super) async fn keys_for(&self, token: &str) -> Result<Vec<Key>, Down> {
        self.doors().await?;
        let mut known = self.known.lock().await;
        let wanted = key_id(token);
        let here = |known: &Known| wanted.is_none() || known.keys.iter().any(|key| key.id == wanted);
        let fresh = |known: &Known| known.at.elapsed() < AGAIN_AFTER;
        if !known.as_ref().is_some_and(|known| here(known) || fresh(known)) {
            *known = Some(self.look().await?);
        }
        Ok(known.as_ref().map(|known| known.keys.clone()).unwrap_or_default())
    }

    async fn doors(&self) -> Result<Doors, Down> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.at.elapsed() < KNOWN_FOR) {
            return Ok(known.doors.clone());
        }
        let found = self.look().await?;
        let doors = found.doors.clone();
        *known = Some(found);
        Ok(doors)
    }

    async fn look(&self) -> Result<Known, Down> {
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let doors: Doors = json(self.client.get(address)).await?;
        if doors.issuer != self.issuer {
            return Err(Down::Issuer);
        }
        for door in [&doors.authorization_endpoint, &doors.token_endpoint, &doors.jwks_uri] {
            check_url(door, self.this_machine).map_err(|_| Down::NoTls)?;
        }
        let keys = keys::read(&body(self.client.get(&doors.jwks_uri)).await?).ok_or(Down::Nonsense)?;
        Ok(Known { doors, keys, at: Instant::now() })
    }
}

/// Letters of a form's value.
fn url_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = std::fmt::Write::write_fmt(&mut out, format_args!("%{byte:02X}"));
        }
        out
    })
}

async fn json<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Down> {
    serde_json::from_slice(&body(request).await?).map_err(|_| Down::Nonsense)
}

/// What is answered, up to a limit.
async fn body(request: RequestBuilder) -> Result<Vec<u8>, Down> {
    let mut answer = request.header("accept", "application/json").send().await.map_err(|_| Down::Silent)?;
    if !answer.status().is_success() {
        return Err(Down::Status(answer.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Down::Silent)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > 4 * BYTES_MAX {
            return Err(Down::Nonsense);
        }
    }
    Ok(bytes)
}
