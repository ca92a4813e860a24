//! Kannel's sendsms and its delivery reports.

use std::collections::BTreeMap;

use wasl_core::delivery::{HookError, Status};

use super::{TOKEN, answers, receive, send, told};

#[tokio::test]
async fn a_message_is_one_exact_request() {
    let (seen, sent) = send("kannel", 202, "0: Accepted for delivery").await;
    assert_eq!(told(&sent), "accepted - accepted");
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("GET", ""));
    let (path, query) = seen.path_and_query.split_once('?').unwrap();
    assert_eq!(path, "/cgi-bin/sendsms");
    let dlr_url = format!("https://wasl.example.bh/w/hooks/sms/status?message=c-1.2.0&token={TOKEN}&status=%d");
    let expected = [
        ("username", "wasl"),
        ("password", "hunter2 & co"),
        ("from", "EWA"),
        ("to", "+97336001234"),
        ("text", "عظّم الله أجركم.\n\nاتصلوا بنا: 1 + 1 & 80001234"),
        ("charset", "UTF-8"),
        ("coding", "2"),
        ("validity", "360"),
        ("dlr-mask", "31"),
        ("dlr-url", &dlr_url),
    ];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(seen.query(), expected);
    // A bare `+` would arrive as a space, a bare `&` would end the text.
    assert!(query.contains("to=%2B97336001234&") && query.contains("1+%2B+1+%26+80001234"), "{query}");
    assert!(query.ends_with("%26status%3D%25d"), "{query}");
}

#[tokio::test]
async fn each_answer_has_one_meaning() {
    answers(
        "kannel",
        &[
            (202, "0: Accepted for delivery", "accepted - accepted"),
            (202, "3: Queued for later delivery", "accepted - accepted"),
            (202, "Welcome to the captive portal", "uncertain unreadable"),
            (200, "0: Accepted for delivery", "uncertain unreadable"),
            (503, "Temporal failure, try again later.", "unreachable http_503"),
            (403, "Authorization failed for sendsms", "misconfigured http_403"),
            (403, "Number(s) has/have been denied by white- and/or black-lists.", "rejected http_403"),
            (404, "", "misconfigured http_404"),
            (500, "", "uncertain http_500"),
            (302, "", "misconfigured http_302"),
        ],
    )
    .await;
}

#[test]
fn a_report_is_tied_by_the_id_in_its_address() {
    for (word, status) in [
        ("1", Some(Status::Delivered)),
        ("2", Some(Status::Undelivered)),
        ("4", Some(Status::Accepted)),
        ("8", Some(Status::Sent)),
        ("16", Some(Status::Failed)),
        ("34", None),
    ] {
        let [receipt] = receive("kannel", &format!("/hooks/sms/status?message=7.3.1&token={TOKEN}&status={word}"), "")
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!((receipt.status, receipt.message_id.as_deref()), (status, Some("7.3.1")), "{word}");
        assert_eq!((receipt.provider_id, receipt.code, receipt.provider_status.as_str()), (None, None, word));
    }
}

#[test]
fn a_report_without_the_token_or_its_parts_is_refused() {
    let bad = |query: &str| receive("kannel", &format!("/hooks/sms/status?{query}"), "").unwrap_err();
    assert_eq!(bad("message=7.3.1&status=1"), HookError::BadSignature);
    assert_eq!(bad(&format!("message=7.3.1&status=1&token={}", &TOKEN[1..])), HookError::BadSignature);
    assert!(matches!(bad(&format!("token={TOKEN}&status=1")), HookError::Malformed(what) if what.contains("message")));
    assert!(
        matches!(bad(&format!("token={TOKEN}&message=7.3.1")), HookError::Malformed(what) if what.contains("status"))
    );
}
