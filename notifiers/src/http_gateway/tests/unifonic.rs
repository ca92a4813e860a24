//! Unifonic's form posts, JSON answers and reports.

use std::collections::BTreeMap;

use wasl_core::delivery::Status;

use super::{TOKEN, answers, notifier, receive, send, told};

/// The answers of Unifonic's own page.
const GOOD: &str = r#"{"success": true, "message": "", "errorCode": "ER-00", "data": {"MessageID": 42000348806924,
    "CorrelationID": "c-1.2.0", "Status": "Sent", "NumberOfUnits": 2, "Cost": 0, "Balance": 0}}"#;
const TOO_SHORT: &str = r#"{"success": false, "message": "Dest num is too short", "errorCode": "ER-04", "data": {}}"#;

#[tokio::test]
async fn a_message_is_one_exact_form() {
    let (seen, sent) = send("unifonic", 200, GOOD).await;
    assert_eq!(told(&sent), "accepted 42000348806924 sent 2");
    assert_eq!((seen.method.as_str(), seen.path_and_query.as_str()), ("POST", "/rest/SMS/messages"));
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(seen.headers["accept"], "application/json");
    let expected = [
        ("AppSid", "hunter2 & co"),
        ("SenderID", "EWA"),
        ("Recipient", "97336001234"),
        ("Body", "عظّم الله أجركم.\n\nاتصلوا بنا: 1 + 1 & 80001234"),
        ("responseType", "JSON"),
        ("CorrelationID", "c-1.2.0"),
    ];
    assert_eq!(seen.fields(), BTreeMap::from(expected.map(|(name, value)| (name.to_owned(), value.to_owned()))));
}

#[tokio::test]
async fn each_answer_has_one_meaning() {
    let refused = |code: &str| format!(r#"{{"success": false, "message": "to +97336001234", "errorCode": "{code}"}}"#);
    let (funds, filtered, new, twice) = (refused("ER-01"), refused("ER-07"), refused("ER-77"), refused("ER-09"));
    answers(
        "unifonic",
        &[
            (200, GOOD, "accepted 42000348806924 sent 2"),
            (200, TOO_SHORT, "rejected ER-04 bad_address"),
            (400, TOO_SHORT, "rejected ER-04 bad_address"),
            (200, &funds, "misconfigured ER-01"),
            (200, &filtered, "rejected ER-07"),
            (200, &new, "retry ER-77"),
            (200, &twice, "uncertain ER-09"),
            (200, "<html>", "uncertain unreadable"),
            (200, r#"{"success": "maybe"}"#, "uncertain unreadable"),
            (401, "", "misconfigured http_401"),
            (429, "", "retry http_429"),
            (502, "", "uncertain http_502"),
        ],
    )
    .await;
}

#[test]
fn a_report_is_a_form_and_tied_by_the_gateway_s_id() {
    let form = "MessageID=42000348806924&DLR=Delivered&Recipient=97336001234&TimeCreated=2026-03-01+09%3A00%3A00";
    let receipts = receive("unifonic", &format!("/hooks/sms/status?token={TOKEN}"), form).unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0].provider_id.as_deref(), Some("42000348806924"));
    assert_eq!((receipts[0].status, receipts[0].message_id.as_ref()), (Some(Status::Delivered), None));
    let lost =
        receive("unifonic", &format!("/hooks/sms/status?token={TOKEN}"), "MessageID=4&DLR=Undeliverable").unwrap();
    assert_eq!(lost[0].status, Some(Status::Undelivered));
    assert!(receive("unifonic", "/hooks/sms/status", form).is_err());
}

#[test]
fn codes_of_reports_are_explained() {
    let notifier = notifier("unifonic", "http://127.0.0.1:1");
    assert!(notifier.explain("ER-03").unwrap().bad_address);
    assert_eq!(notifier.explain("ER-99"), None);
}
