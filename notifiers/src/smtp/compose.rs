//! A message as e-mail: headers, the text, and the same text as HTML that knows its direction.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use sha2::{Digest as _, Sha256};
use wasl_core::delivery::{Failure, Outgoing};

use crate::hex;

/// A message, ready for the dialogue.
pub(super) struct Composed {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    /// Without the angle brackets.
    pub(super) message_id: String,
}

/// Makes the e-mail.
///
/// # Errors
/// When the recipient's address is none.
pub(super) fn compose(message: &Outgoing, sender: &Mailbox, reply_to: Option<&Mailbox>) -> Result<Composed, Failure> {
    let Ok(address) = message.to.parse::<Address>() else {
        return Err(Failure { bad_address: true, ..Failure::new("address", "not an e-mail address") });
    };
    let to = Mailbox::new(message.to_name.as_deref().map(one_line).filter(|name| !name.is_empty()), address);
    let subject = one_line(message.subject.as_deref().unwrap_or_default());
    let message_id = message_id(&message.id, sender.email.domain());
    let mut builder = Message::builder()
        .from(sender.clone())
        .to(to)
        .subject(&subject)
        .date(header_date(message.now))
        .message_id(Some(format!("<{message_id}>")))
        // RFC 3834: keeps holiday notices and other robots from answering.
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(header("Content-Language", language_tag(&message.language)))
        .raw_header(header("X-Wasl-Message", one_line(&message.id)));
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let html = html(&subject, &message.text, &message.language);
    let mail = builder
        .multipart(MultiPart::alternative_plain_html(message.text.clone(), html))
        .map_err(|_| Failure::new("compose", "the message cannot be made into an e-mail"))?;
    Ok(Composed { envelope: mail.envelope().clone(), bytes: mail.formatted(), message_id })
}

/// Text for a header: one line, whatever was put into it.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    text.split(breaks).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// An id that follows from ours, so that a message sent twice is recognised as one. The hash keeps
/// ids apart that differ only in letters which an address cannot carry.
fn message_id(id: &str, domain: &str) -> String {
    let allowed = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '-' };
    let readable: String = id.chars().take(64).map(allowed).collect();
    let digest = hex::encode(&Sha256::digest(id.as_bytes())[..8]);
    format!("{readable}.{digest}.wasl@{domain}")
}

/// Dates before 1970 do not exist to the header's library.
fn header_date(now: Timestamp) -> SystemTime {
    let secs = u64::try_from(now.as_second()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// Only what a BCP 47 tag may hold.
fn language_tag(language: &str) -> String {
    language.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect()
}

/// Whether a language is written from right to left, by its script or its usual one.
fn is_right_to_left(language: &str) -> bool {
    let mut subtags = language.split('-');
    let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
    match subtags.find(|subtag| subtag.len() == 4) {
        Some(script) => matches!(script.to_ascii_lowercase().as_str(), "arab" | "hebr" | "syrc" | "thaa" | "nkoo"),
        None => matches!(primary.as_str(), "ar" | "fa" | "ur" | "he" | "ps" | "sd" | "ug" | "ckb" | "dv" | "yi"),
    }
}

/// The text as a page: an empty line parts paragraphs, a line break stays one.
fn html(title: &str, text: &str, language: &str) -> String {
    let language = language_tag(language);
    let direction = if is_right_to_left(&language) { "rtl" } else { "ltr" };
    let title = escape(title);
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.trim().is_empty());
    let body: Vec<String> = paragraphs.map(|part| escape(part).replace('\n', "<br>\n")).collect();
    let body = body.join("</p>\n<p>");
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{direction}\">\n\
         <head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n<p>{body}</p>\n</body>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use wasl_core::delivery::Channel;

    use super::*;
    use crate::testing;

    fn sender() -> Mailbox {
        Mailbox::new(Some("هيئة الكهرباء".to_owned()), "wasl@example.bh".parse().unwrap())
    }

    fn composed(message: &Outgoing) -> String {
        let composed = compose(message, &sender(), None).ok().unwrap();
        String::from_utf8(composed.bytes).unwrap()
    }

    /// The header lines, unfolded.
    fn headers(mail: &str) -> Vec<String> {
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn the_headers_say_what_robots_and_people_need() {
        let mail = composed(&testing::message(Channel::Email));
        let headers = headers(&mail);
        for line in [
            "Date: Sun, 01 Mar 2026 09:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "Content-Language: ar",
            "X-Wasl-Message: c-1.2.0",
            "MIME-Version: 1.0",
        ] {
            assert!(headers.contains(&line.to_owned()), "{line}: {headers:#?}");
        }
        let starts = |name: &str| headers.iter().find(|line| line.starts_with(name)).unwrap().clone();
        assert!(starts("Message-ID: ").ends_with(".wasl@example.bh>"));
        assert!(starts("Subject: ").contains("=?utf-8?b?"), "Arabic is encoded");
        assert!(starts("From: ").ends_with("<wasl@example.bh>"));
        assert!(starts("To: ").ends_with("<family@example.bh>"));
        assert!(starts("Content-Type: ").starts_with("Content-Type: multipart/alternative"));
        assert!(mail.is_ascii(), "needs no 8BITMIME");
        assert!(mail.lines().all(|line| line.len() <= 998), "RFC 5322 section 2.1.1");
    }

    #[test]
    fn line_breaks_in_names_and_subjects_make_no_header() {
        for break_ in ["\r\n", "\n", "\r", "\u{2028}", "\u{85}", "\0\n"] {
            let evil = format!("a{break_}Bcc: thief@example.com");
            let message = Outgoing {
                id: evil.clone(),
                language: evil.clone(),
                subject: Some(evil.clone()),
                to_name: Some(evil),
                ..testing::message(Channel::Email)
            };
            let composed = compose(&message, &sender(), None).ok().unwrap();
            let mail = String::from_utf8(composed.bytes).unwrap();
            assert!(!mail.contains("\nBcc"), "{mail}");
            assert!(headers(&mail).iter().all(|line| line.split_once(": ").is_some()), "{mail}");
            assert_eq!(composed.envelope.to(), ["family@example.bh".parse::<Address>().unwrap()]);
        }
    }

    #[test]
    fn the_message_id_follows_from_ours_alone() {
        let message = testing::message(Channel::Email);
        let later = Outgoing { now: message.now.max("2026-03-02T00:00:00Z".parse().unwrap()), ..message.clone() };
        let id = |message: &Outgoing| compose(message, &sender(), None).ok().unwrap().message_id;
        assert_eq!(id(&message), id(&later));
        assert_ne!(message_id("c 1", "a"), message_id("c_1", "a"));
    }

    #[test]
    fn html_has_the_direction_of_its_language_and_escapes_the_text() {
        let page = html("a<b", "one & <two>\nthree\n\n\n\"four\"", "ar");
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
        assert!(page.contains("<title>a&lt;b</title>"), "{page}");
        assert!(page.contains("<p>one &amp; &lt;two&gt;<br>\nthree</p>\n<p>&quot;four&quot;</p>\n</body>"), "{page}");
        for (language, right_to_left) in [
            ("ar-BH", true),
            ("fa", true),
            ("ur", true),
            ("en", false),
            ("ar-Latn", false),
            ("az-Arab", true),
            ("", false),
        ] {
            assert_eq!(is_right_to_left(language), right_to_left, "{language}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_bad() {
        for to in ["", "family", "family@", "a b@example.bh", "a@example.bh\r\nRCPT TO:<b@example.bh>", "+97336001234"]
        {
            let message = Outgoing { to: to.to_owned(), ..testing::message(Channel::Email) };
            let failure = compose(&message, &sender(), None).err().unwrap();
            assert!(failure.bad_address, "{to}");
        }
    }
}
