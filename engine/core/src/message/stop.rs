//! Links by which people stop messages: unguessable, and remembered nowhere.
//!
//! A code is the reference of a case and a keyed hash over case, channel and address (HMAC-SHA-256, RFC 2104).
//! Whoever holds the link was written to at that address; the code tells nothing about anybody. A pure
//! function of its arguments: the key is one of them, and does not print.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::case::CaseId;
use crate::delivery::Channel;

/// Letters of a code; those of a reference, without look-alikes, for people who type it.
const ALPHABET: &[u8; 27] = b"23456789ABCDEFGHJKLMNPRTUVW";
/// 57 bits: a code is tried over the network only, one guess a request.
const LETTERS: usize = 12;

/// What makes the links of a house.
#[derive(Clone)]
pub struct StopLinks {
    base: String,
    key: Vec<u8>,
}

impl StopLinks {
    /// Links below a public address, under a secret. Whoever has the secret can make them.
    pub fn new(public_url: &str, secret: &str) -> Self {
        Self { base: public_url.trim_end_matches('/').to_owned(), key: secret.as_bytes().to_vec() }
    }

    /// The link for whoever reads a message of this case at this address.
    pub fn url(&self, case: CaseId, channel: Channel, address: &str) -> String {
        format!("{}/stop/{}", self.base, self.code(case, channel, address))
    }

    /// Whether a code is that of this case, channel and address; takes as long wherever they differ.
    pub fn is_code(&self, code: &str, case: CaseId, channel: Channel, address: &str) -> bool {
        let (given, right) = (code.to_ascii_uppercase(), self.code(case, channel, address));
        let differs = given.bytes().zip(right.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
        given.len() == right.len() && differs == 0
    }

    fn code(&self, case: CaseId, channel: Channel, address: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.key) else { return String::new() };
        mac.update(format!("stop\n{case}\n{channel}\n{address}").as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut rest = digest.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        let mut code = format!("{}-", case.reference());
        for _ in 0..LETTERS {
            let letter = usize::try_from(rest % 27).unwrap_or(0);
            code.push(char::from(ALPHABET[letter]));
            rest /= 27;
        }
        code
    }
}

impl fmt::Debug for StopLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopLinks").field("base", &self.base).finish_non_exhaustive()
    }
}

/// The reference of the case that a code speaks of, whether or not the code is right.
pub fn reference_in(code: &str) -> Option<String> {
    let (reference, rest) = code.split_once('-')?;
    (reference.len() <= 12 && rest.len() == LETTERS).then(|| reference.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "+97336001234";

    #[test]
    fn a_code_is_of_one_case_channel_address_and_secret() {
        let links = StopLinks::new("https://wasl.example.bh/", "hunter2");
        let url = links.url(CaseId(7), Channel::Sms, NUMBER);
        let code = url.strip_prefix("https://wasl.example.bh/stop/").unwrap();
        assert_eq!(reference_in(code), Some(CaseId(7).reference()));
        assert!(links.is_code(code, CaseId(7), Channel::Sms, NUMBER));
        assert!(links.is_code(&code.to_lowercase(), CaseId(7), Channel::Sms, NUMBER), "typed by hand");
        assert!(!links.is_code(code, CaseId(8), Channel::Sms, NUMBER));
        assert!(!links.is_code(code, CaseId(7), Channel::Email, NUMBER));
        assert!(!links.is_code(code, CaseId(7), Channel::Sms, "+97336001235"));
        assert!(!StopLinks::new("", "hunter3").is_code(code, CaseId(7), Channel::Sms, NUMBER));
        for cut in 0..code.len() {
            assert!(!links.is_code(&code[..cut], CaseId(7), Channel::Sms, NUMBER), "{cut}");
        }
    }

    #[test]
    fn a_link_tells_nothing_and_its_secret_does_not_print() {
        let links = StopLinks::new("https://a", "hunter2");
        assert!(!links.url(CaseId(7), Channel::Sms, NUMBER).contains("3600"));
        assert!(!format!("{links:?}").contains("hunter2"));
        for code in ["", "KXT2P", "-", "KXT2P-", "ABCDEFGHJKLMN-234567892345"] {
            assert_eq!(reference_in(code), None, "{code}");
        }
    }
}
