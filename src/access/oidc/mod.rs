//! Coming in by the house's own provider: `OpenID` Connect, authorization code with PKCE.
//!
//! Everything of one attempt follows from one secret in a cookie of the browser that began it: `state`, `nonce` and the
//! verifier. So an answer counts only in that browser, once, and nothing is kept here. What is proven is only what the
//! signed ID token says ([`id_token`]); roles come from it with every login.

mod id_token;
mod keys;
mod pages;
mod provider;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use jiff::SignedDuration;
use serde_json::Value as Json;
use wasl_core::access::Role;
use wasl_notifiers::{ProcessSecrets, Secret};
use wasl_runtime::store::{Identity, User};

use super::login;
use super::token::Token;
use super::trace;
use crate::api::Api;
use crate::failure::{Exit, Failure};
use crate::settings::{OidcSettings, Settings};
use id_token::{Expected, Invalid};
use provider::{Down, Provider};

pub(super) use pages::{begin, come_back};

/// Letters of the longest name by which colleagues call somebody.
const FULL_NAME_LETTERS_MAX: usize = 200;

/// The house's provider, as it is set.
pub(super) struct Oidc {
    provider: Provider,
    client_id: String,
    roles_from: String,
    name_from: String,
    roles: BTreeMap<String, Role>,
    /// Where the provider leads back to.
    back: String,
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// One attempt to come in: all of it follows from one secret.
struct Attempt(Token);

impl Attempt {
    /// What the provider gives back with its answer.
    fn state(&self) -> String {
        self.0.derived("oidc state")
    }

    /// What the ID token must hold.
    fn nonce(&self) -> String {
        self.0.derived("oidc nonce")
    }

    /// What proves to the provider that we are who began.
    fn verifier(&self) -> String {
        self.0.derived("oidc verifier")
    }
}

/// Why somebody does not come in by the provider.
#[derive(Debug)]
enum Refused {
    /// The answer belongs to no attempt of this browser, or to one that is over.
    Stale,
    /// There were too many mistakes from their address; so long from now.
    Wait(SignedDuration),
    /// The provider says no, in its own word.
    Denied(String),
    /// The provider does not answer, or nonsense.
    Down(Down),
    /// What it says is not proven.
    Invalid(Invalid),
    /// None of their groups is a role here.
    NoRole,
    /// Somebody else has that name here, or it can be none.
    Name,
    /// They may not come in.
    LockedOut,
    /// Something of ours does not work.
    Broken(Failure),
}

impl From<wasl_runtime::store::StoreError> for Refused {
    fn from(error: wasl_runtime::store::StoreError) -> Self {
        Self::Broken(error.into())
    }
}

impl Oidc {
    /// The provider of the settings, if there is one.
    ///
    /// # Errors
    /// Its secret cannot be read, or there is no address to lead back to.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, Failure> {
        let Some(oidc) = &settings.access.oidc else { return Ok(None) };
        let wrong = |message: String| Failure::new(Exit::Configuration, message);
        let Some(public_url) = &settings.public_url else {
            return Err(wrong("`access.oidc` needs `public_url`: the provider must know where to lead back to".into()));
        };
        let secret: Secret = oidc
            .client_secret
            .resolve(&ProcessSecrets::default())
            .map_err(|error| wrong(format!("`client_secret` of `access.oidc` cannot be read: {error}")))?;
        let OidcSettings { issuer, client_id, roles_from, name_from, roles, .. } = oidc.clone();
        let provider = Provider::new(issuer, client_id.clone(), secret).map_err(|_| {
            wrong("`access.oidc` cannot be used: this machine has no TLS certificates of authorities".into())
        })?;
        let back = format!("{}/login/oidc/callback", public_url.trim_end_matches('/'));
        Ok(Some(Self { provider, client_id, roles_from, name_from, roles, back }))
    }

    /// Takes the provider's answer: proves it, finds or makes the account, and lets them in.
    async fn let_in(
        &self,
        api: &Api,
        (attempt, code): (&Attempt, &str),
        from: IpAddr,
        had: Option<Token>,
    ) -> Result<Token, Refused> {
        let raw = self.provider.redeem(code, &attempt.verifier(), &self.back).await.map_err(Refused::Down)?;
        let nonce = attempt.nonce();
        let expected = Expected {
            issuer: self.provider.issuer(),
            client_id: &self.client_id,
            nonce: &nonce,
            now: api.engine.now(),
        };
        let keys = self.provider.keys_for(&raw).await.map_err(Refused::Down)?;
        let claims = id_token::verify(&raw, &keys, &expected).map_err(Refused::Invalid)?;
        let user = self.account(api, &claims).await?;
        login::begin_session(api, &user, from, had, Some("oidc")).await.map_err(Refused::Broken)
    }

    /// The account of who was proven: theirs since the first time, or a new one. Its roles are what the provider says.
    async fn account(&self, api: &Api, claims: &Json) -> Result<User, Refused> {
        let (store, now) = (&api.engine.store, api.engine.now());
        let subject = claims["sub"].as_str().unwrap_or_default().to_owned();
        let identity = Identity { issuer: self.provider.issuer().to_owned(), subject };
        let roles = roles_of(claims, &self.roles_from, &self.roles);
        let known = store.user_of_identity(&identity).await?;
        if known.as_ref().is_some_and(|user| user.disabled_at.is_some()) {
            return Err(Refused::LockedOut);
        }
        if roles.is_empty() {
            // Whoever has lost every group is nobody here from now on; the last administrator stays.
            if let Some(user) = known.filter(|user| !user.roles.is_empty()) {
                let trace = trace(now, "oidc", "user.role", Some(format!("user:{}", user.name)));
                store.set_roles(user.id, &roles, trace).await?;
            }
            return Err(Refused::NoRole);
        }
        let Some(user) = known else {
            let name = name_of(claims, &self.name_from).ok_or(Refused::Name)?;
            let new = wasl_runtime::store::NewUser { full_name: full_name_of(claims, &name), name, roles };
            let trace = trace(now, "oidc", "user.add", Some(format!("user:{}", new.name)));
            return store.add_user_of_identity(&new, &identity, trace).await?.ok_or(Refused::Name);
        };
        if user.roles == roles {
            return Ok(user);
        }
        let trace = trace(now, "oidc", "user.role", Some(format!("user:{}", user.name)));
        if !store.set_roles(user.id, &roles, trace).await? {
            tracing::warn!("the provider takes the role of administrator from the last one: it stays");
            return Ok(user);
        }
        Ok(User { roles, ..user })
    }
}

/// A claim, within others where the name has dots: `realm_access.roles`.
fn claim<'c>(claims: &'c Json, path: &str) -> &'c Json {
    // Some providers have claims whose own names have dots, as addresses do.
    claims.get(path).unwrap_or_else(|| path.split('.').fold(claims, |within, part| &within[part]))
}

/// What somebody is here by what the provider says: a word, several with spaces, or a list.
fn roles_of(claims: &Json, path: &str, roles: &BTreeMap<String, Role>) -> BTreeSet<Role> {
    let said: Vec<&str> = match claim(claims, path) {
        // A group may have spaces in its name; scopes are words with spaces between.
        Json::String(text) => std::iter::once(text.as_str()).chain(text.split(' ')).collect(),
        Json::Array(list) => list.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    said.into_iter().filter_map(|group| roles.get(group).copied()).collect()
}

/// The name of a new account: of an address only what stands before the `@`.
fn name_of(claims: &Json, path: &str) -> Option<String> {
    let said = claim(claims, path).as_str()?;
    super::accounts::plain(said.split('@').next().unwrap_or_default()).ok()
}

fn full_name_of(claims: &Json, name: &str) -> String {
    let said = claims["name"].as_str().map(str::trim).filter(|said| !said.is_empty()).unwrap_or(name);
    said.chars().filter(|letter| !letter.is_control()).take(FULL_NAME_LETTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn roles_come_from_any_shape_of_claim_and_unknown_groups_are_nothing() {
        let roles = BTreeMap::from([("ewa-agents".into(), Role::Agent), ("EWA Chiefs".into(), Role::Supervisor)]);
        for (claims, path, expected) in [
            (json!({"groups": ["ewa-agents", "canteen"]}), "groups", &[Role::Agent][..]),
            (json!({"groups": "EWA Chiefs"}), "groups", &[Role::Supervisor]),
            (json!({"groups": "canteen ewa-agents"}), "groups", &[Role::Agent]),
            (
                json!({"realm_access": {"roles": ["ewa-agents", "EWA Chiefs"]}}),
                "realm_access.roles",
                &[Role::Agent, Role::Supervisor],
            ),
            (json!({"https://ewa.bh/groups": ["ewa-agents"]}), "https://ewa.bh/groups", &[Role::Agent]),
            (json!({"groups": [7, null, {"ewa-agents": 1}]}), "groups", &[]),
            (json!({"groups": {"ewa-agents": true}}), "groups", &[]),
            (json!({}), "groups", &[]),
            (json!({"groups": ["administrator"]}), "groups", &[]),
        ] {
            let found: Vec<Role> = roles_of(&claims, path, &roles).into_iter().collect();
            assert_eq!(found, expected, "{claims}");
        }
    }

    #[test]
    fn names_of_accounts_are_plain_or_none() {
        let name = |said: &str| name_of(&json!({"preferred_username": said}), "preferred_username");
        assert_eq!(name("Huda.Ahmed@ewa.example.bh").as_deref(), Some("huda.ahmed"));
        assert_eq!([name("هدى"), name("@ewa"), name("a b"), name("../x")], [None, None, None, None]);
        assert_eq!(full_name_of(&json!({"name": " Huda\nAhmed "}), "huda"), "HudaAhmed");
        assert_eq!(full_name_of(&json!({"name": "  "}), "huda"), "huda");
    }

    #[test]
    fn an_attempt_is_one_secret_with_three_faces() {
        let attempt = Attempt(Token::shown("secret"));
        let faces = [attempt.state(), attempt.nonce(), attempt.verifier()];
        assert!(faces.iter().all(|face| face.len() == 64 && !face.contains("secret")));
        assert_eq!(faces.iter().collect::<BTreeSet<_>>().len(), 3);
    }
}
