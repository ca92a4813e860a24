//! Mail that comes to our address: what robots report, what robots say, and what people write.
//!
//! Reports of delivery are RFC 3464; their returned headers name our message. Absence notices and other robots
//! are known by RFC 3834 and its older relatives. What is left was written by a person. The shape of mail is
//! left to `mail-parser`; nothing of an address or a text goes into an error.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _};
use sha2::{Digest as _, Sha256};
use wasl_core::delivery::{HookError, Inbound, Receipt, Returned, Status};

use super::flat::{flat, restored};
use crate::hex;

/// We write to one person; a report about more of them is about somebody else's mail.
const RECIPIENTS_MAX: usize = 20;
/// Lines of a report that are read.
const REPORT_LINES_MAX: usize = 1_000;
/// Messages that an answer names.
const ANSWERS_MAX: usize = 50;

/// Reads a raw message (RFC 5322).
///
/// # Errors
/// It is no message, or a returned one that does not say what it is about.
pub(super) fn read(raw: &[u8]) -> Result<Returned, HookError> {
    let flat = flat(raw);
    let mail = MessageParser::default().parse(&flat).filter(|mail| mail.from().is_some() || mail.date().is_some());
    let mail = mail.ok_or_else(|| malformed("this is no e-mail"))?;
    if let Some(kind) = report_type(&mail) {
        // Others are about reading, spam and the like.
        return if kind == "delivery-status" { report(&mail) } else { Ok(Returned::Automatic) };
    }
    if is_automatic(&mail) {
        return Ok(Returned::Automatic);
    }
    if has_no_sender(&mail) {
        return Err(malformed("a returned message without a report of delivery"));
    }
    answer(&mail, raw)
}

fn report_type(mail: &Message<'_>) -> Option<String> {
    let kind = mail.content_type()?;
    let is_report = kind.ctype().eq_ignore_ascii_case("multipart") && kind.subtype()?.eq_ignore_ascii_case("report");
    is_report.then(|| kind.attribute("report-type").unwrap_or_default().to_ascii_lowercase())
}

fn report(mail: &Message<'_>) -> Result<Returned, HookError> {
    let is = |part: &&MessagePart<'_>, ctype: &str, subtype: &[&str]| {
        part.content_type().is_some_and(|kind| {
            let sub = kind.subtype().unwrap_or_default().to_ascii_lowercase();
            kind.ctype().eq_ignore_ascii_case(ctype) && subtype.contains(&sub.as_str())
        })
    };
    let status = mail.parts.iter().find(|part| is(part, "message", &["delivery-status", "glzbal-delivery-status"]));
    let status = status.ok_or_else(|| malformed("a report of delivery without its status"))?;
    let groups = groups(&String::from_utf8_lossy(status.contents()));
    let is_returned = |part: &&MessagePart<'_>| {
        is(part, "message", &["rfc8z2", "glzbal", "glzbal-headers"]) || is(part, "text", &["rfc8z2-headers"])
    };
    let returned = mail.parts.iter().find(is_returned);
    let ours =
        returned.and_then(|part| MessageParser::default().parse_headers(part.contents()).map(|mail| identity(&mail)));
    let (message_id, provider_id) = ours.unwrap_or_default();
    let envelope = groups.first().and_then(|group| field(group, "original-envelope-id")).map(|id| restored(&id));
    let receipts = groups.iter().filter_map(|group| {
        let action = field(group, "action")?.to_ascii_lowercase();
        let code = field(group, "status").and_then(|status| code_of(&status));
        let status = match action.as_str() {
            "failed" => Some(Status::Undelivered),
            "delivered" => Some(Status::Delivered),
            // Delayed, relayed and expanded messages are still under way.
            _ => None,
        };
        Some(Receipt {
            message_id: message_id.clone().or_else(|| envelope.clone()),
            provider_id: provider_id.clone(),
            status,
            provider_status: action,
            code: code.filter(|_| status != Some(Status::Delivered)),
        })
    });
    let receipts: Vec<Receipt> = receipts.take(RECIPIENTS_MAX).collect();
    if receipts.is_empty() {
        return Err(malformed("a report of delivery about nobody"));
    }
    Ok(Returned::Reports(receipts))
}

/// Our id of a returned message, and its `Message-ID`.
fn identity(returned: &Message<'_>) -> (Option<String>, Option<String>) {
    let ours = returned.header_raw("X-Wasl-Message").map(|id| restored(id.trim()));
    (ours, returned.message_id().map(restored))
}

/// The groups of fields of a report, names in lower case, continued lines joined.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in text.lines().take(REPORT_LINES_MAX) {
        let fields = groups.last_mut();
        if line.trim().is_empty() {
            groups.push(Vec::new());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.and_then(|fields| fields.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let (Some(fields), Some((name, value))) = (fields, line.split_once(':')) {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn field(group: &[(String, String)], name: &str) -> Option<String> {
    group.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// `5.1.1`, whatever stands behind it.
fn code_of(status: &str) -> Option<String> {
    let code = status.split_ascii_whitespace().next()?;
    let numbers: Vec<&str> = code.split('.').collect();
    let plausible = numbers.len() == 3
        && numbers.iter().all(|number| (1..=3).contains(&number.len()))
        && code.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plausible.then(|| code.to_owned())
}

fn is_automatic(mail: &Message<'_>) -> bool {
    let says = |name: &'static str| mail.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    let submitted = says("Auto-Submitted").is_some_and(|value| !value.starts_with("no"));
    let precedence =
        says("Precedence").is_some_and(|value| ["bulk", "junk", "list", "auto_reply"].contains(&value.as_str()));
    let others = ["X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id"];
    submitted || precedence || others.into_iter().any(|name| says(name).is_some())
}

/// Robots that return mail have no return address, or bear their usual name.
fn has_no_sender(mail: &Message<'_>) -> bool {
    let path = mail.header_raw("Return-Path").map(str::trim);
    let from = sender(mail).unwrap_or_default();
    path == Some("<>") || from.is_empty() || from.starts_with("mailer-daemon@") || from.starts_with("postmaster@")
}

fn sender(mail: &Message<'_>) -> Option<String> {
    Some(restored(&mail.from()?.first()?.address()?.to_ascii_lowercase()))
}

fn answer(mail: &Message<'_>, raw: &[u8]) -> Result<Returned, HookError> {
    let named = [mail.in_reply_to(), mail.references()];
    let ids = named.into_iter().filter_map(|value| value.as_text_list()).flatten();
    let answers: Vec<String> = ids.map(|id| restored(id.trim_matches(['<', '>', ' ']))).take(ANSWERS_MAX).collect();
    let text = mail.body_text(0).unwrap_or_default();
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with('>')).collect();
    let hashed = || format!("sha256:{}", hex::encode(&Sha256::digest(raw)));
    let inbound = Inbound {
        provider_id: mail.message_id().map_or_else(hashed, restored),
        from: sender(mail).ok_or_else(|| malformed("an e-mail from nobody"))?,
        to: mail.to().and_then(|to| Some(restored(to.first()?.address()?))),
        text: restored(text.join("\n").trim()),
    };
    Ok(Returned::Answer { inbound, answers })
}

fn malformed(what: &str) -> HookError {
    HookError::Malformed(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNCE: &str = include_str!("samples/bounce.eml");
    const ABSENCE: &str = include_str!("samples/absence.eml");
    const ANSWER: &str = include_str!("samples/answer.eml");

    fn reports(raw: &str) -> Vec<Receipt> {
        match read(raw.as_bytes()).unwrap() {
            Returned::Reports(receipts) => receipts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bounce_names_our_message_and_its_code() {
        let expected = Receipt {
            message_id: Some("7.3.1".into()),
            provider_id: Some("7-3-1.0123456789abcdef01234567.wasl@example.bh".into()),
            status: Some(Status::Undelivered),
            provider_status: "failed".into(),
            code: Some("5.1.1".into()),
        };
        assert_eq!(reports(BOUNCE), std::slice::from_ref(&expected));
        // Servers that return headers alone say so by another type.
        let headers = BOUNCE.replace("Content-Type: message/rfc822", "Content-Type: text/rfc822-headers");
        assert_eq!(reports(&headers), [expected]);
    }

    #[test]
    fn what_is_delayed_is_no_verdict_and_what_was_given_up_is_one() {
        for (action, status, expected, code) in [
            ("delayed", "4.4.1", None, Some("4.4.1")),
            ("failed", "4.4.7 (expired)", Some(Status::Undelivered), Some("4.4.7")),
            ("failed", "5.2.2", Some(Status::Undelivered), Some("5.2.2")),
            ("FAILED", "no code", Some(Status::Undelivered), None),
            ("delivered", "2.0.0", Some(Status::Delivered), None),
            ("relayed", "2.0.0", None, Some("2.0.0")),
        ] {
            let raw = BOUNCE
                .replace("Action: failed", &format!("Action: {action}"))
                .replace("Status: 5.1.1", &format!("Status: {status}"));
            let receipts = reports(&raw);
            assert_eq!((receipts[0].status, receipts[0].code.as_deref()), (expected, code), "{action} {status}");
        }
    }

    #[test]
    fn a_robot_is_neither_a_bounce_nor_a_person() {
        assert_eq!(read(ABSENCE.as_bytes()).unwrap(), Returned::Automatic);
        let old = ABSENCE.replace("Auto-Submitted: auto-replied", "Precedence: auto_reply");
        assert_eq!(read(old.as_bytes()).unwrap(), Returned::Automatic);
        let read_receipt = BOUNCE.replace("delivery-status;", "disposition-notification;");
        assert_eq!(read(read_receipt.as_bytes()).unwrap(), Returned::Automatic);
    }

    #[test]
    fn a_person_s_words_come_without_what_they_quote_and_name_our_message() {
        let Returned::Answer { inbound, answers } = read(ANSWER.as_bytes()).unwrap() else { panic!() };
        assert_eq!(inbound.from, "huda@example.com");
        assert_eq!(inbound.provider_id, "answer-1@example.com");
        assert_eq!(inbound.text, "شكرا لكم، سأحضر الأوراق يوم الأحد.");
        assert_eq!(answers[0], "7-3-1.0123456789abcdef01234567.wasl@example.bh");
        let human = ANSWER.replace("X-Mailer: Mail", "Auto-Submitted: no");
        assert!(matches!(read(human.as_bytes()).unwrap(), Returned::Answer { .. }));
    }

    #[test]
    fn what_says_nothing_of_ours_is_an_error_without_its_content() {
        let bare = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.com\r\nSubject: failure\r\n\r\nhuda@example.com: unknown\r\n";
        for raw in ["", "no e-mail at all", bare, &BOUNCE.replace("Action:", "Acting:")] {
            let error = read(raw.as_bytes()).unwrap_err();
            assert!(matches!(error, HookError::Malformed(_)) && !error.to_string().contains("huda"), "{raw}: {error}");
        }
    }

    #[test]
    fn a_hostile_message_costs_little() {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(20_000);
        let many = BOUNCE.replace("Action: failed", &"Action: failed\r\n\r\n".repeat(50_000));
        for raw in [nested, many, "a: b\r\n".repeat(100_000)] {
            let _ = read(raw.as_bytes());
        }
    }
}
