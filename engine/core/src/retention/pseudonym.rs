//! What stands for an erased identity: the same for the same, so that it is known again when it comes, and nothing that
//! could be read back without the house's secret.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::policy::is_personal;

/// Begins a pseudonym; no identity does.
const SIGN: char = '~';

/// Makes pseudonyms under a secret that is not kept in the database: personal numbers are so few that whoever had the
/// secret could try them all.
#[derive(Clone, PartialEq, Eq)]
pub struct Pseudonyms {
    secret: Vec<u8>,
}

impl Pseudonyms {
    /// Pseudonyms under a secret; another one makes others.
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.as_bytes().to_vec() }
    }

    /// What stands for an identity. That of a telephone or mailbox has an `@`, so that it is taken for no person: it may be
    /// that of two.
    pub fn of_identity(&self, identity: &str) -> String {
        let made = self.make("identity", identity);
        if is_personal(identity) || Self::is_one(identity) { made } else { made.replacen(SIGN, "~@", 1) }
    }

    /// What stands for the key of a case.
    pub fn of_key(&self, workflow: &str, key: &str) -> String {
        self.make(&format!("key {workflow}"), key)
    }

    /// What tells whether it is the same secret.
    pub fn mark(&self) -> String {
        self.make("mark", "")
    }

    /// Whether a text is a pseudonym already.
    pub fn is_one(text: &str) -> bool {
        text.starts_with(SIGN)
    }

    /// HMAC-SHA-256 (RFC 2104), of which 128 bits are kept.
    fn make(&self, of: &str, text: &str) -> String {
        if Self::is_one(text) {
            return text.to_owned();
        }
        // HMAC takes keys of any length.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.secret) else { return SIGN.to_string() };
        mac.update(format!("{of}\n{text}").as_bytes());
        let digest = mac.finalize().into_bytes();
        std::iter::once(SIGN.to_string()).chain(digest.iter().take(16).map(|byte| format!("{byte:02x}"))).collect()
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_has_one_pseudonym_and_another_secret_or_use_another_one() {
        let (ours, theirs) = (Pseudonyms::new("ours"), Pseudonyms::new("theirs"));
        let one = ours.of_identity("840101234");
        assert_eq!(one, ours.of_identity("840101234"));
        assert_eq!(one, ours.of_identity(&one), "what is erased twice is erased once");
        assert_eq!(one.len(), 33);
        let others = [theirs.of_identity("840101234"), ours.of_key("a", "840101234"), ours.of_identity("840101235")];
        assert!(others.iter().all(|other| *other != one), "{others:?}");
        assert_ne!(ours.of_key("a", "1"), ours.of_key("b", "1"));
        assert!(!format!("{ours:?}").contains("ours"));
        for address in ["+97336001234", "amina@example.bh"] {
            let one = ours.of_identity(address);
            assert!(Pseudonyms::is_one(&one) && !is_personal(&one) && ours.of_identity(&one) == one, "{one}");
        }
        assert!(is_personal(&one));
    }
}
