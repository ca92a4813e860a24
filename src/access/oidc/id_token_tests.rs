//! Tokens that are right in one way each, and wrong in every other.

use std::sync::LazyLock;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use serde_json::json;

use super::*;
use crate::access::oidc::keys;

/// A key for these tests and nothing else.
const RSA: &str = include_str!("test_key.b64");

const ISSUER: &str = "https://id.example.bh/realms/ewa";
const CLIENT: &str = "wasl";
const NONCE: &str = "a nonce of this attempt";
const NOW: i64 = 1_795_766_400;

struct Signer {
    random: SystemRandom,
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let der = base64::engine::general_purpose::STANDARD.decode(RSA.replace('\n', "")).unwrap();
    let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    Signer {
        rsa: RsaKeyPair::from_der(&der).unwrap(),
        p256: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, p256.as_ref(), &random).unwrap(),
        ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
        random,
    }
});

impl Signer {
    fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let rsa = |padding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(padding, &self.random, message, &mut signature).unwrap();
            signature
        };
        match alg {
            "RS256" => rsa(&RSA_PKCS1_SHA256),
            "PS256" => rsa(&RSA_PSS_SHA256),
            "ES256" => self.p256.sign(&self.random, message).unwrap().as_ref().to_vec(),
            "EdDSA" => self.ed.sign(message).as_ref().to_vec(),
            // Signed with what everybody knows, as an attacker would.
            "HS256" => ring::hmac::sign(
                &ring::hmac::Key::new(ring::hmac::HMAC_SHA256, self.rsa.public_key().as_ref()),
                message,
            )
            .as_ref()
            .to_vec(),
            _ => Vec::new(),
        }
    }

    fn set(&self) -> Vec<keys::Key> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let rsa: ring::rsa::PublicKeyComponents<Vec<u8>> = self.rsa.public().into();
        let point = self.p256.public_key().as_ref();
        let set = json!({"keys": [
            {"kty": "RSA", "kid": "rsa", "n": encode(&rsa.n), "e": encode(&rsa.e)},
            {"kty": "EC", "crv": "P-256", "kid": "p256", "x": encode(&point[1..33]), "y": encode(&point[33..])},
            {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "use": "sig", "x": encode(self.ed.public_key().as_ref())},
            {"kty": "RSA", "kid": "only", "alg": "PS256", "n": encode(&rsa.n), "e": encode(&rsa.e)},
            {"kty": "RSA", "kid": "enc", "use": "enc", "n": encode(&rsa.n), "e": encode(&rsa.e)},
            {"kty": "unheard of"}, "nonsense",
        ]});
        keys::read(set.to_string().as_bytes()).unwrap()
    }
}

fn claims() -> Json {
    json!({"iss": ISSUER, "aud": CLIENT, "sub": "4711", "nonce": NONCE, "iat": NOW - 5, "exp": NOW + 300})
}

fn token(header: &Json, claims: &Json) -> String {
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = SIGNER.sign(header["alg"].as_str().unwrap_or_default(), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn judged(token: &str) -> Result<Json, Invalid> {
    let now = Timestamp::from_second(NOW).unwrap();
    verify(token, &SIGNER.set(), &Expected { issuer: ISSUER, client_id: CLIENT, nonce: NONCE, now })
}

#[test]
fn each_kind_of_signature_is_taken_from_its_own_kind_of_key_only() {
    let good: [(&str, &str); 5] =
        [("RS256", "rsa"), ("PS256", "rsa"), ("ES256", "p256"), ("EdDSA", "ed"), ("PS256", "only")];
    for alg in ["RS256", "PS256", "ES256", "EdDSA", "none", "None", "HS256", "RS1", ""] {
        for kid in ["rsa", "p256", "ed", "only", "enc", "unknown"] {
            let found = judged(&token(&json!({"alg": alg, "kid": kid}), &claims()));
            let expected = good.contains(&(alg, kid));
            assert_eq!(found.is_ok(), expected, "{alg} {kid}: {found:?}");
        }
    }
    // Where the token names no key, one that signed it is enough.
    assert!(judged(&token(&json!({"alg": "ES256"}), &claims())).is_ok());
    assert_eq!(judged(&token(&json!({"alg": "none"}), &claims())), Err(Invalid::Algorithm));
}

#[test]
fn a_token_counts_for_us_for_this_attempt_and_in_its_time_only() {
    let with = |changes: &Json| {
        let mut claims = claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        judged(&token(&json!({"alg": "RS256", "kid": "rsa"}), &claims)).map(|_| ())
    };
    for (changes, expected) in [
        (json!({}), Ok(())),
        (json!({"aud": [CLIENT]}), Ok(())),
        (json!({"aud": [CLIENT, "other"], "azp": CLIENT}), Ok(())),
        (json!({"exp": NOW - 59}), Ok(())),
        (json!({"exp": 1_795_766_400.5}), Ok(())),
        (json!({"iss": "https://id.example.bh/realms/other"}), Err(Invalid::Issuer)),
        (json!({"iss": format!("{ISSUER}/")}), Err(Invalid::Issuer)),
        (json!({"iss": null}), Err(Invalid::Issuer)),
        (json!({"aud": "other"}), Err(Invalid::Audience)),
        (json!({"aud": []}), Err(Invalid::Audience)),
        (json!({"aud": null}), Err(Invalid::Audience)),
        (json!({"aud": [CLIENT, "other"]}), Err(Invalid::Audience)),
        (json!({"aud": [CLIENT, "other"], "azp": "other"}), Err(Invalid::Audience)),
        (json!({"azp": "other"}), Err(Invalid::Audience)),
        (json!({"nonce": "of another attempt"}), Err(Invalid::Nonce)),
        (json!({"nonce": null}), Err(Invalid::Nonce)),
        (json!({"exp": NOW - 60}), Err(Invalid::Time)),
        (json!({"exp": null}), Err(Invalid::Time)),
        (json!({"exp": "never"}), Err(Invalid::Time)),
        (json!({"exp": 1e300}), Err(Invalid::Time)),
        (json!({"iat": NOW + 61}), Err(Invalid::Time)),
        (json!({"iat": null}), Err(Invalid::Time)),
        (json!({"nbf": NOW + 61}), Err(Invalid::Time)),
        (json!({"nbf": "soon"}), Err(Invalid::Time)),
        (json!({"sub": ""}), Err(Invalid::Subject)),
        (json!({"sub": 4711}), Err(Invalid::Subject)),
        (json!({"sub": "x".repeat(256)}), Err(Invalid::Subject)),
    ] {
        assert_eq!(with(&changes), expected, "{changes}");
    }
}

#[test]
fn what_was_changed_or_is_no_token_proves_nothing() {
    let good = token(&json!({"alg": "ES256", "kid": "p256"}), &claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let boss = URL_SAFE_NO_PAD.encode(json!({"sub": "boss"}).to_string());
    for (forged, expected) in [
        (format!("{header}.{boss}.{signature}"), Invalid::Signature),
        (format!("{header}.{payload}."), Invalid::Signature),
        (format!("{header}.{payload}"), Invalid::Shape),
        (format!("{good}.{signature}"), Invalid::Shape),
        (format!("{header}.{payload}.!{signature}"), Invalid::Shape),
        ("..".to_owned(), Invalid::Shape),
        (String::new(), Invalid::Shape),
        ("x".repeat(BYTES_MAX + 1), Invalid::Shape),
        (token(&json!({"alg": "ES256", "kid": "p256", "crit": ["b64"]}), &claims()), Invalid::Shape),
        (token(&json!({"alg": "ES256", "kid": 7}), &claims()), Invalid::Shape),
    ] {
        assert_eq!(judged(&forged), Err(expected), "{forged:.80}");
    }
}
