//! `X-Twilio-Signature`: who may tell us what became of a message.
//!
//! The scheme (Twilio's webhook security page and its own libraries): a keyed hash over the full
//! public address followed by every form parameter, sorted by name, name and value without
//! separators, a repeated value once. A body that is no form is bound by its SHA-256 in the
//! address. The key is the account's auth token with SHA-1; where the account's webhook settings
//! sign with a *shared key*, `X-Twilio-Webhooks-Signature-Settings: key=…,algorithm=HMAC_SHA256`
//! says so. The scheme is theirs; what is refused is ours: anything not understood.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use wasl_core::delivery::Hook;

use crate::hex;
use crate::secret::Secret;

const SIGNATURE: &str = "x-twilio-signature";
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";

/// What signs reports: the auth token, and shared keys by their id.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) auth_token: Secret,
    pub(crate) shared: BTreeMap<String, Secret>,
}

/// A report whose signature is right.
#[derive(Debug)]
pub(crate) enum Signed {
    /// The parameters of a form.
    Form(Vec<(String, String)>),
    /// Another body, bound by its hash.
    Raw,
}

/// Checks a request. `None` is a missing, wrong or unknown kind of signature, without saying which.
pub(crate) fn verify(hook: &Hook<'_>, keys: &Keys) -> Option<Signed> {
    let given = STANDARD.decode(header(hook, SIGNATURE)?).ok()?;
    let (key, algorithm) = announced(header(hook, SETTINGS), keys)?;
    let signed = if is_form(hook) {
        Signed::Form(form_urlencoded::parse(hook.body).into_owned().collect())
    } else {
        Signed::Raw
    };
    let parameters = match &signed {
        Signed::Form(parameters) => flatten(parameters),
        Signed::Raw if body_hash_matches(hook) => String::new(),
        Signed::Raw => return None,
    };
    let [without_port, with_port] = both_spellings(hook.url)?;
    let matches = |url: &str| algorithm.verify(key, &[url, &parameters], &given);
    // Twilio itself is not consistent about the port, so either spelling of the same address counts.
    (matches(&without_port) || matches(&with_port)).then_some(signed)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    HmacSha1,
    HmacSha256,
}

impl Algorithm {
    fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "HMAC_SHA1" => Some(Self::HmacSha1),
            "HMAC_SHA256" => Some(Self::HmacSha256),
            _ => None,
        }
    }

    fn verify(self, key: &Secret, parts: &[&str], given: &[u8]) -> bool {
        match self {
            Self::HmacSha1 => mac_matches::<Hmac<Sha1>>(key, parts, given),
            Self::HmacSha256 => mac_matches::<Hmac<Sha256>>(key, parts, given),
        }
    }
}

/// Compares in constant time.
fn mac_matches<M: Mac + KeyInit>(key: &Secret, parts: &[&str], given: &[u8]) -> bool {
    // HMAC takes keys of any length; another construction that does not would match nothing.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.expose().as_bytes()) else {
        return false;
    };
    for part in parts {
        Mac::update(&mut mac, part.as_bytes());
    }
    mac.verify_slice(given).is_ok()
}

/// The key and algorithm that the request names; the auth token with SHA-1 where it names none.
fn announced<'a>(settings: Option<&str>, keys: &'a Keys) -> Option<(&'a Secret, Algorithm)> {
    let (mut key, mut algorithm) = (&keys.auth_token, Algorithm::HmacSha1);
    let entries = settings.unwrap_or_default().split(',').filter_map(|entry| entry.split_once('='));
    for (name, value) in entries {
        match (name.trim(), value.trim()) {
            (_, "") => {}
            ("key", id) => key = keys.shared.get(id)?,
            ("algorithm", word) => algorithm = Algorithm::parse(word)?,
            _ => {}
        }
    }
    Some((key, algorithm))
}

fn header<'a>(hook: &Hook<'a>, name: &str) -> Option<&'a str> {
    hook.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

fn is_form(hook: &Hook<'_>) -> bool {
    let kind = header(hook, "content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Names and values in order, each pair once.
fn flatten(parameters: &[(String, String)]) -> String {
    let sorted: BTreeSet<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    sorted.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

/// Whether the address carries the hash of exactly this body. The hash is no secret: the signature
/// over the address protects it.
fn body_hash_matches(hook: &Hook<'_>) -> bool {
    let Some((_, query)) = hook.url.split_once('?') else {
        return false;
    };
    let Some((_, expected)) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256") else {
        return false;
    };
    expected.eq_ignore_ascii_case(&hex::encode(&Sha256::digest(hook.body)))
}

/// The address without and with its port. Works on the text: parsing and printing an address could
/// change what was signed.
fn both_spellings(url: &str) -> Option<[String; 2]> {
    let (scheme, rest) = url.split_once("://")?;
    let authority_len = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_len);
    let default_port = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => (host, port),
        _ => (authority, default_port),
    };
    Some([format!("{scheme}://{host}{tail}"), format!("{scheme}://{host}:{port}{tail}")])
}

/// The signature that Twilio would send, for tests of the receiving side.
#[cfg(test)]
pub(crate) fn sign_form(token: &str, url: &str, parameters: &[(String, String)]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    mac.update(flatten(parameters).as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const U: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const P: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
    const JSON_BODY: &str = r#"{"property": "value", "boolean": true}"#;
    const JSON_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

    fn check(url: &str, kind: &str, body: &str, signature: &str, settings: Option<&str>) -> bool {
        let shared = BTreeMap::from([("webhooks_sharedkey_1".to_owned(), Secret::new("54321"))]);
        let keys = Keys { auth_token: Secret::new("12345"), shared };
        let mut headers =
            vec![("content-type".to_owned(), kind.to_owned()), ("x-twilio-signature".to_owned(), signature.to_owned())];
        headers.extend(settings.map(|value| (SETTINGS.to_owned(), value.to_owned())));
        verify(&Hook { url, path_and_query: "", headers: &headers, body: body.as_bytes() }, &keys).is_some()
    }

    #[test]
    fn the_vendors_own_vectors_are_accepted() {
        let with_443 = U.replace(".com/", ".com:443/");
        let with_80 = U.replace("https", "http").replace(".com/", ".com:80/");
        let with_1234 = U.replace("https", "http").replace(".com/", ".com:1234/");
        let twice = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        for (url, kind, body, signature) in [
            (U, FORM, P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (with_443.as_str(), FORM, P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (with_80.as_str(), FORM, P, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
            (with_1234.as_str(), FORM, P, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            (U, FORM, twice, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
            (JSON_URL, "application/json", JSON_BODY, "a9nBmqA0ju/hNViExpshrM61xv4="),
        ] {
            assert!(check(url, kind, body, signature, None), "{url} {body}");
        }
    }

    #[test]
    fn the_port_may_be_left_out_or_added_by_either_side() {
        let with_443 = U.replace(".com/", ".com:443/");
        assert!(check(U, FORM, P, "kvajT1Ptam85bY51eRf/AJRuM3w=", None), "signed with port, received without");
        assert!(check(&with_443, FORM, P, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", None), "signed without, received with");
    }

    #[test]
    fn any_change_breaks_the_signature() {
        let right = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        for (url, kind, body, signature) in [
            (U, FORM, "CallSid=CA1234567890ABCDE", right),
            (&U.replace("foo=1", "foo=2"), FORM, P, right),
            (U, FORM, &format!("{P}&New=1"), right),
            (U, FORM, P, "RSOYDt4T1cUTdK1PDd93/VVr8B9="),
            (U, FORM, P, "RSOYDt4T1cU="),
            (U, FORM, P, "not base64!"),
            (U, FORM, P, ""),
            (U, "application/json", P, right),
            (JSON_URL, "application/json", "{}", "a9nBmqA0ju/hNViExpshrM61xv4="),
        ] {
            assert!(!check(url, kind, body, signature, None), "{url} {kind} {body} {signature}");
        }
    }

    #[test]
    fn values_are_not_trimmed() {
        let url = "https://a.example/h";
        let padded = sign_form("12345", url, &[("Body".into(), " a ".into())]);
        assert!(check(url, FORM, "Body=+a+", &padded, None));
        assert!(!check(url, FORM, "Body=a", &padded, None));
    }

    #[test]
    fn a_shared_key_signs_with_the_algorithm_that_the_header_names() {
        // Made by the vendor's Python library (9.13.0) over U and P with the key `54321`.
        let sha256 = "jedqqegsnIcU2nnumqj8nwU1jrXA++Pq9YcuCo1ealc=";
        let sha1 = "DhEM0O+7fM1ZaLSSD70e0cqtHo8=";
        let key = "key=webhooks_sharedkey_1";
        let (named, lower) = (format!("{key},algorithm=HMAC_SHA256"), format!("{key}, algorithm=hmac_sha256"));
        assert!(check(U, FORM, P, sha256, Some(&named)));
        assert!(check(U, FORM, P, sha256, Some(&lower)));
        assert!(check(U, FORM, P, sha1, Some(key)), "without an algorithm it is SHA-1");
        assert!(!check(U, FORM, P, sha256, None), "the auth token does not stand in for the shared key");
        assert!(!check(U, FORM, P, sha256, Some("key=webhooks_sharedkey_2,algorithm=HMAC_SHA256")));
        assert!(!check(U, FORM, P, sha256, Some(&format!("{key},algorithm=HMAC_MD5"))));
        assert!(check(U, FORM, P, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", Some("")), "an empty header names nothing");
    }

    #[test]
    fn both_spellings_of_an_address() {
        let spell = |url: &str| both_spellings(url).unwrap();
        assert_eq!(spell("https://a/h?x=b:1"), ["https://a/h?x=b:1", "https://a:443/h?x=b:1"]);
        assert_eq!(spell("http://a:8080"), ["http://a", "http://a:8080"]);
        assert_eq!(spell("http://[::1]/h"), ["http://[::1]/h", "http://[::1]:80/h"]);
        assert_eq!(both_spellings("/h"), None);
    }
}
