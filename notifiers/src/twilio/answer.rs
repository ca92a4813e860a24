//! What an answer of Twilio means for the message. Its own words are never passed on: they quote the
//! recipient's number.

use std::time::Duration;

use serde_json::Value;
use wasl_core::delivery::{Failure, Sent, Status};

use super::errors::failure;
use crate::errors::{Class, ErrorClasses};
use crate::http::{PRESSURE_REST, class_of_status, failure_of_status};

/// An answer; `body` is `None` when it could not be read to its end.
pub(super) fn of_response(status: u16, after: Option<Duration>, body: Option<&[u8]>, classes: &ErrorClasses) -> Sent {
    let body = body.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()).filter(Value::is_object);
    match (status, body) {
        (200..=299, Some(body)) => accepted(&body),
        (200..=299, None) => Sent::Uncertain(Failure::new("unreadable", "the gateway's answer cannot be read")),
        (300..=399, _) => {
            Sent::Misconfigured(failure_of_status(status, "`base_url` leads to a redirect, not to the API"))
        }
        (429, body) => {
            let failure = failure(Class::Retry, &code_of(body.as_ref()).unwrap_or_else(|| "20429".to_owned()));
            Sent::Retry { failure, after: after.or(Some(PRESSURE_REST)) }
        }
        (400..=499, body) => refused(status, code_of(body.as_ref()), after, classes),
        _ => Sent::Uncertain(failure_of_status(
            status,
            "the gateway failed and does not say whether it took the message",
        )),
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
    let class = match (status, known, &code) {
        (_, Some(class), _) => class,
        // Forbidden with a code that we do not know is about this message, not about the account.
        (403, None, Some(_)) => Class::Retry,
        (status, None, _) => class_of_status(status),
    };
    let failure = match code {
        Some(code) => failure(class, &code),
        None => failure_of_status(status, "the gateway refused the request without one of its codes"),
    };
    class.sent(failure, after)
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

/// A field that gateways write as text or as number.
pub(super) fn text(body: &Value, field: &str) -> Option<String> {
    match body.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn code_of(body: Option<&Value>) -> Option<String> {
    text(body?, "code").filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::errors::shipped;
    use super::*;
    use crate::http::outcome_word;

    /// The outcome in one line: word, code, marks.
    fn judge(status: u16, body: &str) -> String {
        let sent = of_response(status, None, Some(body.as_bytes()), &shipped().unwrap());
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
        let sent = of_response(201, None, None, &shipped().unwrap());
        assert!(matches!(sent, Sent::Uncertain(failure) if failure.code == "unreadable"));
    }
}
