//! Who may tell us what became of a message: how a request to us proves where it comes from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use wasl_core::delivery::Hook;

use super::template::{Template, Values};

/// The parameter of our own address that carries the token.
pub(crate) const TOKEN: &str = "token";

/// Shorter ones can be guessed.
pub(crate) const TOKEN_CHARS_MIN: usize = 16;

/// How a request to us proves where it comes from.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// Our address carries this secret as `token=…`.
    Token(Template),
    /// A header carries a keyed hash of the body.
    Hmac(Signature),
    /// User and password.
    BasicAuth(Template, Template),
}

/// A keyed hash of the body in a header.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) hash: Hash,
    pub(crate) key: Template,
    /// In lower case.
    pub(crate) header: String,
    /// What stands before it in the header, such as `sha256=`.
    pub(crate) prefix: String,
    pub(crate) encoding: Encoding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

impl Proof {
    /// Whether a request has it. Takes as long for a nearly right one as for any other.
    pub(crate) fn holds(&self, hook: &Hook<'_>, values: &Values) -> bool {
        self.check(hook, values).unwrap_or(false)
    }

    fn check(&self, hook: &Hook<'_>, values: &Values) -> Option<bool> {
        match self {
            Self::Token(token) => {
                let (_, query) = hook.path_and_query.split_once('?')?;
                let (_, given) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == TOKEN)?;
                Some(same(&token.text(values).ok()?, &given))
            }
            Self::Hmac(signature) => signature.check(hook, values),
            Self::BasicAuth(username, password) => {
                let wanted = format!("{}:{}", username.text(values).ok()?, password.text(values).ok()?);
                let (scheme, given) = header(hook, "authorization")?.split_once(' ')?;
                let given = STANDARD.decode(given.trim()).ok()?;
                let given = String::from_utf8(given).ok()?;
                Some(scheme.eq_ignore_ascii_case("basic") && same(&wanted, &given))
            }
        }
    }
}

impl Signature {
    fn check(&self, hook: &Hook<'_>, values: &Values) -> Option<bool> {
        let key = self.key.text(values).ok()?;
        let given = header(hook, &self.header)?.trim().strip_prefix(&self.prefix)?;
        let given = match self.encoding {
            Encoding::Hex => unhex(given)?,
            Encoding::Base64 => STANDARD.decode(given).ok()?,
        };
        Some(match self.hash {
            Hash::Sha1 => mac_matches::<Hmac<Sha1>>(key.as_bytes(), hook.body, &given),
            Hash::Sha256 => mac_matches::<Hmac<Sha256>>(key.as_bytes(), hook.body, &given),
        })
    }
}

fn header<'a>(hook: &Hook<'a>, name: &str) -> Option<&'a str> {
    hook.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

fn mac_matches<M: Mac + KeyInit>(key: &[u8], text: &[u8], given: &[u8]) -> bool {
    // HMAC takes keys of any length; another construction that does not would match nothing.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
    Mac::update(&mut mac, text);
    mac.verify_slice(given).is_ok()
}

/// Compares in constant time, by keyed hashes: how much of a guess was right does not show.
fn same(wanted: &str, given: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(wanted.as_bytes()) else { return false };
    mac.update(wanted.as_bytes());
    mac_matches::<Hmac<Sha256>>(wanted.as_bytes(), given.as_bytes(), &mac.finalize().into_bytes())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use minijinja::Value;

    use super::*;

    fn template(source: &str) -> Template {
        Template::parse(source, &["key".to_owned()].into()).unwrap()
    }

    fn holds(proof: &Proof, path_and_query: &str, header: Option<(&str, &str)>, body: &str) -> bool {
        let values = Values::from([("key".to_owned(), Value::from("Jefe"))]);
        let headers: Vec<_> = header.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        proof.holds(&Hook { url: "", path_and_query, headers: &headers, body: body.as_bytes() }, &values)
    }

    #[test]
    fn a_token_is_compared_whole() {
        let proof = Proof::Token(template("{{ key }}"));
        assert!(holds(&proof, "/hooks/sms/status?message=1.1.0&token=Jefe", None, ""));
        for wrong in ["/h", "/h?token=", "/h?token=Jef", "/h?token=Jefee", "/h?token=jefe", "/h?xtoken=Jefe"] {
            assert!(!holds(&proof, wrong, None, "token=Jefe"), "{wrong}");
        }
    }

    /// RFC 2202 section 3 and RFC 4231 section 4.3, their second test cases.
    #[test]
    fn a_signature_is_a_keyed_hash_of_the_body() {
        let text = "what do ya want for nothing?";
        let sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        for (hash, right) in [(Hash::Sha1, sha1), (Hash::Sha256, sha256)] {
            let signature = |prefix: &str, encoding| {
                let (key, header, prefix) = (template("{{ key }}"), "x-signature".to_owned(), prefix.to_owned());
                Proof::Hmac(Signature { hash, key, header, prefix, encoding })
            };
            let prefixed = format!("sha={right}");
            let base64 = STANDARD.encode(unhex(right).unwrap());
            assert!(holds(&signature("", Encoding::Hex), "/", Some(("x-signature", right)), text));
            assert!(holds(&signature("", Encoding::Hex), "/", Some(("x-signature", &right.to_uppercase())), text));
            assert!(holds(&signature("sha=", Encoding::Hex), "/", Some(("x-signature", &prefixed)), text));
            assert!(holds(&signature("", Encoding::Base64), "/", Some(("x-signature", &base64)), text));
            for (header, body) in [
                (None, text),
                (Some(("x-signature", "")), text),
                (Some(("x-signature", &right[..38])), text),
                (Some(("x-signature", "zz")), text),
                (Some(("x-signature", prefixed.as_str())), text),
                (Some(("x-other", right)), text),
                (Some(("x-signature", right)), "what do ya want for nothing"),
            ] {
                assert!(!holds(&signature("", Encoding::Hex), "/", header, body), "{header:?} {body}");
            }
        }
    }

    #[test]
    fn user_and_password_are_compared_whole() {
        let proof = Proof::BasicAuth(template("gate"), template("{{ key }}"));
        let basic = |credentials: &str| format!("Basic {}", STANDARD.encode(credentials));
        assert!(holds(&proof, "/", Some(("authorization", &basic("gate:Jefe"))), ""));
        for wrong in [basic("gate:Jeff"), basic("gat:eJefe"), basic("Jefe"), "Bearer Jefe".into(), "Basic ?".into()] {
            assert!(!holds(&proof, "/", Some(("authorization", &wrong)), ""), "{wrong}");
        }
        assert!(!holds(&proof, "/", None, ""));
    }
}
