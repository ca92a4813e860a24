//! Tokens: 256 bits of chance, handed out once, of which only the hash is kept.
//!
//! SHA-256 without salt is enough for them: nobody can try 2^256 values. Comparing hashes tells nothing about the
//! token by how long it takes.

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use crate::failure::{Exit, Failure};

/// A secret that its holder shows again; it does not print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    /// A new one, from the system's randomness.
    ///
    /// # Errors
    /// The system has none.
    pub(crate) fn draw() -> Result<Self, Failure> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::new(Exit::Refused, format!("the system gives no random numbers: {error}")))?;
        Ok(Self(hex(&bytes)))
    }

    /// One that somebody shows.
    pub(crate) fn shown(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For its holder.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> String {
        hex(&Sha256::digest(&self.0))
    }

    /// Another secret that follows from this one and does not reveal it, nor any other.
    pub(crate) fn derived(&self, what: &str) -> String {
        hex(&Sha256::digest(format!("{what} {}", self.0)))
    }

    /// What pages of a session send along, so that other sites cannot write in its name: it follows from the
    /// session's token and does not reveal it.
    pub(crate) fn csrf(&self) -> String {
        self.derived("csrf")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Whether two secrets are the same, in a time that tells nothing about them.
pub(crate) fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_new_each_time_and_neither_prints_nor_follows_from_what_is_kept() {
        let (one, other) = (Token::draw().unwrap(), Token::draw().unwrap());
        assert_eq!(one.reveal().len(), 64);
        assert!(one != other && one.hash() != other.hash() && one.csrf() != other.csrf());
        let shown = [one.hash(), one.csrf(), format!("{one:?}")];
        assert!(shown.iter().all(|text| !text.contains(one.reveal())));
        assert!(same("a", "a") && !same("a", "b"));
        assert_eq!(Token::shown(one.reveal()).hash(), one.hash());
    }
}
