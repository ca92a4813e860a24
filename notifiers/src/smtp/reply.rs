//! What a mail server's answer, or its absence, means for the message.
//!
//! The server's words are never passed on: they quote the recipient's address. Its reply code and
//! its enhanced code (RFC 3463) are.

use std::error::Error as _;

use lettre::transport::smtp::Error as SmtpError;
use wasl_core::delivery::{Failure, Sent};

use crate::net;

/// How far the dialogue had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Connection, implicit TLS, the server's greeting.
    Connect,
    /// The upgrade to TLS.
    Protect,
    /// Our credentials.
    Authenticate,
    /// Our address.
    Sender,
    /// Theirs.
    Recipient,
    /// The announcement of the text.
    Envelope,
    /// The text itself: from here on it may have been taken.
    Text,
}

/// Judges an error of a stage.
pub(super) fn judge(stage: Stage, error: &SmtpError) -> Sent {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        let said = error.source().map(ToString::to_string).unwrap_or_default();
        return refused(stage, code, enhanced(code, &said));
    }
    if error.is_tls() || net::is_tls_failure(error) {
        return misconfigured("tls", "the mail server's TLS was refused: check `host`, `ca_file` and its certificate");
    }
    if error.is_client() {
        return misconfigured("protocol", "the mail server offers no way to authenticate that we know");
    }
    match stage {
        Stage::Text => uncertain(
            "connection_lost",
            "the connection or the server's answer broke off while the text was handed over",
        ),
        Stage::Connect => unreachable("connect", "no connection to the mail server"),
        Stage::Protect | Stage::Authenticate | Stage::Sender | Stage::Recipient | Stage::Envelope => {
            unreachable("connection_lost", "the connection broke before the text was handed over")
        }
    }
}

/// Judges a stage that took too long.
pub(super) fn too_slow(stage: Stage) -> Sent {
    match stage {
        Stage::Text => uncertain("timeout", "the mail server did not answer in time whether it took the text"),
        _ => unreachable("timeout", "the mail server did not answer in time, before the text was handed over"),
    }
}

/// A server that would have us speak in the clear.
pub(super) fn no_starttls() -> Sent {
    misconfigured("starttls", "the mail server offers no STARTTLS: use `tls: implicit`, or mend the server")
}

/// An address that this server cannot carry; another server might.
pub(super) fn no_smtputf8() -> Sent {
    Sent::Rejected(Failure::new("smtputf8", "the mail server takes no addresses outside ASCII"))
}

/// Judges a reply code (RFC 5321 section 4.2.3) with its enhanced code `class.subject.detail`.
fn refused(stage: Stage, code: u16, enhanced: Option<(u16, u16)>) -> Sent {
    let shown = match enhanced {
        Some((subject, detail)) => format!("{code} {}.{subject}.{detail}", code / 100),
        None => code.to_string(),
    };
    if code < 500 {
        let message = "the mail server asks us to come back later";
        return match stage {
            // Nobody was named yet: it asks this of everybody.
            Stage::Connect | Stage::Protect | Stage::Authenticate => unreachable(&shown, message),
            Stage::Sender | Stage::Recipient | Stage::Envelope | Stage::Text => retry(&shown, message),
        };
    }
    match stage {
        Stage::Connect => misconfigured(&shown, "the mail server does not serve us"),
        Stage::Protect => misconfigured(&shown, "the mail server refuses STARTTLS"),
        Stage::Authenticate => misconfigured(&shown, "the mail server refuses our credentials"),
        // 552 and 5.3.4 are about this message's size; everything else is about us.
        Stage::Sender if code == 552 || enhanced == Some((3, 4)) => rejected(&shown, "the message is too large"),
        Stage::Sender => misconfigured(&shown, "the mail server refuses our sender address"),
        Stage::Recipient => recipient_refused(&shown, code, enhanced),
        Stage::Envelope | Stage::Text => rejected(&shown, "the mail server refuses the message"),
    }
}

fn recipient_refused(shown: &str, code: u16, enhanced: Option<(u16, u16)>) -> Sent {
    let bad_address = match enhanced {
        // Our own address is at fault, or we must authenticate (RFC 3463 sections 3.2 and 3.8).
        Some((1, 7 | 8) | (7, 8 | 9)) => return misconfigured(shown, "the mail server refuses our sender address"),
        // An address, domain or mailbox that is not there.
        Some((1, _) | (2, 1)) => true,
        // A full mailbox, a policy, a route: the address may be right.
        Some(_) => false,
        None if code == 530 => return misconfigured(shown, "the mail server wants us to authenticate"),
        None => matches!(code, 550 | 551 | 553),
    };
    if !bad_address {
        return rejected(shown, "the mail server refuses the recipient");
    }
    Sent::Rejected(Failure { bad_address: true, ..Failure::new(shown, "there is no such mailbox") })
}

/// Subject and detail of an enhanced code at the reply's beginning, if its class is the reply's.
fn enhanced(code: u16, said: &str) -> Option<(u16, u16)> {
    let mut numbers = said.split_ascii_whitespace().next()?.split('.').map(str::parse::<u16>);
    let (class, subject, detail) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    (class == code / 100 && subject < 1000 && detail < 1000 && numbers.next().is_none()).then_some((subject, detail))
}

fn retry(code: &str, message: &str) -> Sent {
    Sent::Retry { failure: Failure::new(code, message), after: None }
}

fn unreachable(code: &str, message: &str) -> Sent {
    Sent::Unreachable(Failure::new(code, message))
}

fn rejected(code: &str, message: &str) -> Sent {
    Sent::Rejected(Failure::new(code, message))
}

fn misconfigured(code: &str, message: &str) -> Sent {
    Sent::Misconfigured(Failure::new(code, message))
}

fn uncertain(code: &str, message: &str) -> Sent {
    Sent::Uncertain(Failure::new(code, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(sent: &Sent) -> &'static str {
        match sent {
            Sent::Accepted { .. } => "accepted",
            Sent::Rejected(failure) if failure.bad_address => "bad address",
            Sent::Rejected(_) => "rejected",
            Sent::Retry { .. } => "retry",
            Sent::Unreachable(_) => "unreachable",
            Sent::Misconfigured(_) => "misconfigured",
            Sent::Uncertain(_) => "uncertain",
        }
    }

    #[test]
    fn a_reply_code_means_what_its_stage_makes_of_it() {
        for (stage, code, said, meaning) in [
            (Stage::Connect, 421, "", "unreachable"),
            (Stage::Connect, 554, "", "misconfigured"),
            (Stage::Protect, 454, "4.7.0 no TLS now", "unreachable"),
            (Stage::Protect, 501, "", "misconfigured"),
            (Stage::Authenticate, 454, "4.7.0", "unreachable"),
            (Stage::Authenticate, 535, "5.7.8 bad", "misconfigured"),
            (Stage::Sender, 550, "5.7.1", "misconfigured"),
            (Stage::Sender, 552, "", "rejected"),
            (Stage::Sender, 530, "5.7.0 authenticate first", "misconfigured"),
            (Stage::Recipient, 450, "4.2.1", "retry"),
            (Stage::Recipient, 451, "", "retry"),
            (Stage::Recipient, 550, "", "bad address"),
            (Stage::Recipient, 550, "5.1.1 no such user", "bad address"),
            (Stage::Recipient, 551, "", "bad address"),
            (Stage::Recipient, 553, "", "bad address"),
            (Stage::Recipient, 554, "5.1.10 null MX", "bad address"),
            (Stage::Recipient, 550, "5.2.1 disabled", "bad address"),
            (Stage::Recipient, 552, "5.2.2 full", "rejected"),
            (Stage::Recipient, 550, "5.7.1 relaying denied", "rejected"),
            (Stage::Recipient, 550, "5.1.8 sender's domain", "misconfigured"),
            (Stage::Recipient, 554, "", "rejected"),
            (Stage::Recipient, 530, "", "misconfigured"),
            (Stage::Envelope, 451, "", "retry"),
            (Stage::Envelope, 554, "", "rejected"),
            (Stage::Text, 451, "", "retry"),
            (Stage::Text, 554, "5.7.1 spam", "rejected"),
        ] {
            let sent = refused(stage, code, enhanced(code, said));
            assert_eq!(word(&sent), meaning, "{stage:?} {code} {said}");
        }
    }

    #[test]
    fn an_enhanced_code_stands_first_and_has_the_replys_class() {
        assert_eq!(enhanced(550, "5.1.1 <a@b.example>: no"), Some((1, 1)));
        for said in ["", "no 5.1.1", "4.1.1 x", "5.1 x", "5.1.1.1 x", "5.x.1", "5.1.9999"] {
            assert_eq!(enhanced(550, said), None, "{said}");
        }
    }

    #[test]
    fn what_took_too_long_is_unknown_only_from_the_text_on() {
        assert_eq!(word(&too_slow(Stage::Envelope)), "unreachable");
        assert_eq!(word(&too_slow(Stage::Text)), "uncertain");
    }
}
