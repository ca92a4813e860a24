//! A message as e-mail: headers, the text, and the same text as HTML ([`super::html`]).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use sha2::{Digest as _, Sha256};
use wasl_core::delivery::{Failure, Outgoing};

use super::html::html;
use crate::hex;

/// A message, ready for the dialogue.
pub(super) struct Composed {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    /// Without the angle brackets.
    pub(super) message_id: String,
}

/// What the e-mails of a house have in common besides their sender.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest {
    /// Where answers go, if not to the sender.
    pub(super) reply_to: Option<Mailbox>,
    /// What stands below every text, by language.
    pub(super) footer: BTreeMap<String, String>,
}

/// Makes the e-mail.
///
/// # Errors
/// When the recipient's address is none.
pub(super) fn compose(message: &Outgoing, sender: &Mailbox, rest: &Rest) -> Result<Composed, Failure> {
    let Ok(address) = message.to.parse::<Address>() else {
        return Err(Failure { bad_address: true, ..Failure::new("address", "not an e-mail address") });
    };
    let to = Mailbox::new(message.to_name.as_deref().map(one_line).filter(|name| !name.is_empty()), address);
    let subject = one_line(message.subject.as_deref().unwrap_or_default());
    let message_id = message_id([&message.id, &message.to, &message.text], sender.email.domain());
    let mut builder = Message::builder()
        .from(sender.clone())
        .to(to)
        .subject(&subject)
        .date(header_date(message.now))
        .message_id(Some(format!("<{message_id}>")))
        // RFC 3834: keeps holiday notices and other robots from answering.
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()))
        // The same for Exchange; reports of delivery are wanted, so not `All`.
        .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()))
        .raw_header(header("Content-Language", language_tag(&message.language)))
        .raw_header(header("X-Wasl-Message", one_line(&message.id)));
    if let Some(reply_to) = &rest.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    if let Some(url) = &message.unsubscribe {
        // RFC 2369, and RFC 8058: mail programs show a button of their own.
        builder = builder
            .raw_header(header("List-Unsubscribe", format!("<{}>", one_line(url))))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let foot = foot(message, &rest.footer);
    let plain =
        if foot.is_empty() { message.text.clone() } else { format!("{}\n\n-- \n{foot}\n", message.text.trim_end()) };
    let html = html(&subject, &message.text, &foot, &language_tag(&message.language));
    let mail = builder
        .multipart(MultiPart::alternative_plain_html(plain, html))
        .map_err(|_| Failure::new("compose", "the message cannot be made into an e-mail"))?;
    Ok(Composed { envelope: mail.envelope().clone(), bytes: mail.formatted(), message_id })
}

/// Text for a header: one line, whatever was put into it.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    text.split(breaks).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What stands below the text: the house's words, and where to stop e-mails.
fn foot(message: &Outgoing, footer: &BTreeMap<String, String>) -> String {
    let primary = message.language.split('-').next().unwrap_or_default();
    let house = footer.get(&message.language).or_else(|| footer.get(primary)).map(|text| text.trim().to_owned());
    let stop = message.unsubscribe.as_ref().map(|url| match primary {
        "ar" => format!("لإيقاف هذه الرسائل: {url}"),
        _ => format!("To stop these e-mails: {url}"),
    });
    house.into_iter().chain(stop).collect::<Vec<_>>().join("\n")
}

/// An id that follows from the message alone, so that one that is sent twice is recognised as one. The hash is
/// over recipient and text too: who has not seen the message cannot name it, and a report or an answer that
/// names it is believed.
pub(super) fn message_id([id, to, text]: [&str; 3], domain: &str) -> String {
    let allowed = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '-' };
    let readable: String = id.chars().take(64).map(allowed).collect();
    let digest = Sha256::digest([id, to, text].join("\n").as_bytes());
    format!("{readable}.{}.wasl@{domain}", hex::encode(&digest[..12]))
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

#[cfg(test)]
mod tests {
    use wasl_core::delivery::Channel;

    use super::*;
    use crate::testing;

    fn sender() -> Mailbox {
        Mailbox::new(Some("هيئة الكهرباء".to_owned()), "wasl@example.bh".parse().unwrap())
    }

    fn composed(message: &Outgoing) -> String {
        let composed = compose(message, &sender(), &Rest::default()).ok().unwrap();
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
            "X-Auto-Response-Suppress: OOF, AutoReply",
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
            let composed = compose(&message, &sender(), &Rest::default()).ok().unwrap();
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
        let id = |message: &Outgoing| compose(message, &sender(), &Rest::default()).ok().unwrap().message_id;
        assert_eq!(id(&message), id(&later));
        for other in [
            Outgoing { id: "c-1.2.1".into(), ..message.clone() },
            Outgoing { to: "other@example.bh".into(), ..message.clone() },
            Outgoing { text: "another".into(), ..message.clone() },
        ] {
            assert_ne!(id(&message), id(&other), "who has not seen a message cannot name it");
        }
    }

    #[test]
    fn whoever_wants_no_more_e_mails_is_one_click_away_except_from_a_legal_notice() {
        let url = "https://wasl.example.bh/stop/KXT2P-234567892345";
        let footer = BTreeMap::from([("ar".to_owned(), "خدمات المشتركين".to_owned())]);
        let rest = Rest { footer, ..Rest::default() };
        let message = Outgoing { unsubscribe: Some(url.to_owned()), ..testing::message(Channel::Email) };
        let mail = String::from_utf8(compose(&message, &sender(), &rest).ok().unwrap().bytes).unwrap();
        let headers = headers(&mail);
        assert!(headers.contains(&format!("List-Unsubscribe: <{url}>")), "{headers:#?}");
        assert!(headers.contains(&"List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned()), "{headers:#?}");
        assert_eq!(foot(&message, &rest.footer), format!("خدمات المشتركين\nلإيقاف هذه الرسائل: {url}"));

        let notice = composed(&testing::message(Channel::Email));
        assert!(!notice.contains("List-Unsubscribe"), "{notice}");
        assert_eq!(foot(&testing::message(Channel::Email), &BTreeMap::new()), "");
    }

    #[test]
    fn an_address_that_is_none_is_bad() {
        for to in ["", "family", "family@", "a b@example.bh", "a@example.bh\r\nRCPT TO:<b@example.bh>", "+97336001234"]
        {
            let message = Outgoing { to: to.to_owned(), ..testing::message(Channel::Email) };
            let failure = compose(&message, &sender(), &Rest::default()).err().unwrap();
            assert!(failure.bad_address, "{to}");
        }
    }
}
