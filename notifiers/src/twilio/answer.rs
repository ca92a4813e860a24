//! What an answer, or its absence, means for the message.
//!
//! The line that matters is drawn here: *certainly not sent* may be tried again, *unknown* must be
//! asked after first. Where in doubt, it is unknown. The gateway's own words are never passed on:
//! they quote the recipient's number.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use wasl_core::delivery::{Failure, Sent, Status};

use super::errors::{Class, ErrorClasses};
use crate::net;

/// However long a gateway asks us to wait, it is asked again after a day.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// How long a gateway is left alone that says "too many" and not how long.
const PRESSURE_REST: Duration = Duration::from_secs(5);

/// No answer at all.
pub(super) fn of_transport(error: &reqwest::Error) -> Sent {
    if error.is_builder() {
        return Sent::Misconfigured(Failure::new("request", "the request cannot be made from these settings"));
    }
    if net::is_tls_failure(error) {
        let message = "the gateway's TLS was refused: check `base_url` and this machine's certificates of authorities";
        return Sent::Misconfigured(Failure::new("tls", message));
    }
    // Asked before `is_timeout`: a connection that was not made in time carried nothing.
    if error.is_connect() {
        let (code, message) = if error.is_timeout() {
            ("connect_timeout", "the gateway did not take the connection in time")
        } else {
            ("connect", "no connection to the gateway")
        };
        return Sent::Unreachable(Failure::new(code, message));
    }
    let (code, message) = if error.is_timeout() {
        ("timeout", "the gateway did not answer in time")
    } else {
        ("connection_lost", "the connection broke before the gateway's answer")
    };
    Sent::Uncertain(Failure::new(code, message))
}

/// An answer; `body` is `None` when it could not be read to its end.
pub(super) fn of_response(status: u16, after: Option<Duration>, body: Option<&[u8]>, classes: &ErrorClasses) -> Sent {
    let body = body.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()).filter(Value::is_object);
    match (status, body) {
        (200..=299, Some(body)) => accepted(&body),
        (200..=299, None) => Sent::Uncertain(Failure::new("unreadable", "the gateway's answer cannot be read")),
        (300..=399, _) => Sent::Misconfigured(http_failure(status, "`base_url` leads to a redirect, not to the API")),
        (429, body) => {
            let failure = Class::Retry.failure(&code_of(body.as_ref()).unwrap_or_else(|| "20429".to_owned()));
            Sent::Retry { failure, after: after.or(Some(PRESSURE_REST)) }
        }
        (400..=499, body) => refused(status, code_of(body.as_ref()), after, classes),
        _ => Sent::Uncertain(http_failure(status, "the gateway failed and does not say whether it took the message")),
    }
}

fn accepted(body: &Value) -> Sent {
    Sent::Accepted {
        provider_id: text(body, "sid").filter(|sid| !sid.is_empty()),
        status: text(body, "status").and_then(|word| status_of(&word)).unwrap_or(Status::Accepted),
        // 0 means "not known yet": a messaging service counts later.
        segments: text(body, "num_segments").and_then(|count| count.parse().ok()).filter(|count| *count > 0),
    }
}

fn refused(status: u16, code: Option<String>, after: Option<Duration>, classes: &ErrorClasses) -> Sent {
    let known = code.as_deref().and_then(|code| classes.known(code));
    let class = match (status, known) {
        (_, Some(class)) => class,
        // Wrong credentials, or an account or path that is not there: the same for every message.
        (401 | 404 | 405 | 407, None) => Class::Misconfigured,
        (403, None) if code.is_none() => Class::Misconfigured,
        (408, None) => Class::Unclear,
        _ => Class::Retry,
    };
    let failure = match code {
        Some(code) => class.failure(&code),
        None => http_failure(status, "the gateway refused the request without one of its codes"),
    };
    match class {
        Class::BadNumber | Class::OptedOut | Class::Blocked => Sent::Rejected(failure),
        Class::Misconfigured => Sent::Misconfigured(failure),
        Class::Retry | Class::RetryLimited => Sent::Retry { failure, after },
        Class::Unclear => Sent::Uncertain(failure),
    }
}

/// Twilio's word for where a message stands; `None` for one that says nothing about delivery.
pub(super) fn status_of(word: &str) -> Option<Status> {
    match word {
        "accepted" | "scheduled" | "queued" | "sending" => Some(Status::Accepted),
        "sent" => Some(Status::Sent),
        "delivered" => Some(Status::Delivered),
        "undelivered" => Some(Status::Undelivered),
        "failed" | "canceled" => Some(Status::Failed),
        _ => None,
    }
}

/// `Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse::<u64>() {
        Ok(secs) => Duration::from_secs(secs),
        Err(_) => until(jiff::fmt::rfc2822::parse(text).ok()?.timestamp(), now),
    };
    Some(asked.min(RETRY_AFTER_MAX))
}

/// Nothing, if the instant is past.
fn until(instant: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(instant.duration_since(now)).unwrap_or_default()
}

/// A field that gateways write as text or as number.
pub(super) fn text(body: &Value, field: &str) -> Option<String> {
    match body.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The word of an outcome, for logs.
pub(super) const fn outcome_word(sent: &Sent) -> &'static str {
    match sent {
        Sent::Accepted { .. } => "accepted",
        Sent::Rejected(_) => "rejected",
        Sent::Retry { .. } => "retry",
        Sent::Unreachable(_) => "unreachable",
        Sent::Misconfigured(_) => "misconfigured",
        Sent::Uncertain(_) => "uncertain",
    }
}

fn code_of(body: Option<&Value>) -> Option<String> {
    text(body?, "code").filter(|code| !code.is_empty())
}

fn http_failure(status: u16, message: &str) -> Failure {
    Failure::new(format!("http_{status}"), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcome in one line: word, code, marks.
    fn judge(status: u16, body: &str) -> String {
        let sent = of_response(status, None, Some(body.as_bytes()), &ErrorClasses::shipped().unwrap());
        let word = outcome_word(&sent);
        match sent {
            Sent::Accepted { provider_id, status, segments } => {
                format!("{word} {} {} {segments:?}", provider_id.as_deref().unwrap_or("-"), status.as_str())
            }
            Sent::Rejected(failure)
            | Sent::Retry { failure, .. }
            | Sent::Unreachable(failure)
            | Sent::Misconfigured(failure)
            | Sent::Uncertain(failure) => {
                let marks = [(failure.bad_address, " bad_address"), (failure.opted_out, " opted_out")];
                let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
                format!("{word} {}{marks}", failure.code)
            }
        }
    }

    #[test]
    fn each_answer_has_one_meaning() {
        for (status, body, meaning) in [
            (201, r#"{"sid":"SM1","status":"queued","num_segments":"2"}"#, "accepted SM1 accepted Some(2)"),
            (200, r#"{"sid":"SM1","status":"sent","num_segments":3}"#, "accepted SM1 sent Some(3)"),
            (202, r#"{"sid":"SM1","status":"accepted","num_segments":"0"}"#, "accepted SM1 accepted None"),
            (201, "{}", "accepted - accepted None"),
            (201, r#"{"sid":null,"status":"new word","num_segments":"x"}"#, "accepted - accepted None"),
            (201, "<html>", "uncertain unreadable"),
            (201, "[]", "uncertain unreadable"),
            (204, "", "uncertain unreadable"),
            (302, "", "misconfigured http_302"),
            (400, r#"{"code":21211,"message":"The 'To' number +97336 is bad"}"#, "rejected 21211 bad_address"),
            (400, r#"{"code":"21610"}"#, "rejected 21610 opted_out"),
            (400, r#"{"code":30007}"#, "rejected 30007"),
            (401, r#"{"code":20003}"#, "misconfigured 20003"),
            (401, "", "misconfigured http_401"),
            (403, r#"{"code":21408}"#, "misconfigured 21408"),
            (403, "", "misconfigured http_403"),
            (404, r#"{"code":20404}"#, "misconfigured 20404"),
            (400, r#"{"code":99999}"#, "retry 99999"),
            (400, "no json", "retry http_400"),
            (400, r#"{"code":30008}"#, "retry 30008"),
            (408, "", "uncertain http_408"),
            (429, "", "retry 20429"),
            (429, r#"{"code":63018}"#, "retry 63018"),
            (400, r#"{"code":20500}"#, "uncertain 20500"),
            (500, r#"{"code":20500}"#, "uncertain http_500"),
            (503, "", "uncertain http_503"),
        ] {
            assert_eq!(judge(status, body), meaning, "{status} {body}");
        }
    }

    #[test]
    fn an_answer_that_broke_off_is_unknown() {
        let sent = of_response(201, None, None, &ErrorClasses::shipped().unwrap());
        assert!(matches!(sent, Sent::Uncertain(failure) if failure.code == "unreadable"));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_a_day() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        for (text, secs) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("Sun, 01 Mar 2026 09:02:00 GMT", Some(120)),
            ("Sun, 01 Mar 2026 08:00:00 GMT", Some(0)),
            ("99999999999", Some(86_400)),
            ("Sun, 01 Mar 2099 08:00:00 GMT", Some(86_400)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(read(text), secs, "{text}");
        }
    }
}
