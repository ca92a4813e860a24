//! Contact points end to end: which number is tried next, what a gateway tells of a recipient's wish, and numbers that
//! never confirm.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use wasl_core::case::CaseId;
use wasl_core::delivery::Channel;
use wasl_core::event::Body;
use wasl_core::policy::point_news;
use wasl_core::value::{Record, Value};
use wasl_runtime::store::{MessageStatus, NewEvent, TaskFilter};

use crate::gateway::FakeTwilio;
use crate::gateways::{messages, outlet, report};
use crate::support::program::Desk;
use crate::support::{Builder, House, contact, family};

const MORNING: &str = "2024-05-12T10:00";
const AMNA: &str = "+97336001234";

/// A case whose family has agreed on the phone, so that one SMS is due to this number.
async fn agreed(house: &House, cpr: &str, mobile: &str) -> CaseId {
    let mut data = family(cpr);
    data.insert("contacts".into(), Value::List(vec![contact(mobile)]));
    let case = house.engine.open_case("account-transfer", data, "test").await.unwrap().case.id;
    let filter = TaskFilter { case: Some(case), limit: 9, ..TaskFilter::default() };
    let task = house.engine.store.tasks(&filter).await.unwrap().remove(0).task.id;
    let answers = Record::from([("heir".into(), contact(mobile))]);
    let body = Body::Answer { task: task.clone(), outcome: "agreed".into(), answers, note: None };
    let (at, source_id) = (house.engine.now(), task.to_string());
    let event = NewEvent { case, source: "task".into(), source_id, at, by: "agent:huda".into(), body };
    house.engine.submit(event).await.unwrap();
    case
}

async fn statuses(house: &House, case: CaseId) -> Vec<(Channel, MessageStatus)> {
    let mut all: Vec<_> = messages(house).await.into_iter().filter(|stored| stored.case == case).collect();
    all.sort_by_key(|stored| stored.message.id.clone());
    all.into_iter().map(|stored| (stored.message.channel, stored.status)).collect()
}

#[tokio::test]
async fn rule_20_who_told_the_gateway_to_stop_is_heard_by_every_case_once() {
    let gateway = FakeTwilio::start().await;
    let house = Builder::at(MORNING).sms_chain(vec![outlet("sms", &gateway.base_url())]).build().await;
    let (first, second) = (agreed(&house, "530440001", AMNA).await, agreed(&house, "530440002", AMNA).await);
    gateway.refuse_next(StatusCode::BAD_REQUEST, json!({"code": 21610, "message": "unsubscribed recipient"}));
    house.settle().await;
    house.settle().await;
    assert_eq!(gateway.requests().len(), 1, "nothing more was tried at that number");
    // The first case hears that its message failed, the second that nobody may write there; each goes by mail, once.
    let (sms, email) = (Channel::Sms, Channel::Email);
    assert_eq!(statuses(&house, first).await, [(sms, MessageStatus::Failed), (email, MessageStatus::Accepted)]);
    let of_second = statuses(&house, second).await;
    let by_mail = of_second.iter().filter(|(channel, _)| *channel == email).count();
    assert_eq!(by_mail, 1, "{of_second:?}");
    assert!(
        of_second.iter().all(|(channel, status)| (*channel == email) == (*status == MessageStatus::Accepted)),
        "{of_second:?}"
    );
    let listed = house.engine.store.suppression_list(Some(AMNA), 9).await.unwrap();
    assert_eq!((listed.len(), listed[0].reason.as_str(), listed[0].by.as_str()), (1, "opted_out", "sms"));
    let changes = house.engine.store.suppression_changes(AMNA).await.unwrap();
    assert_eq!(changes.len(), 1, "the change is kept like any other");
}

#[tokio::test]
async fn a_number_that_never_confirms_while_others_do_is_suspected_to_block_us() {
    let gateway = FakeTwilio::start().await;
    let mut reports = outlet("sms", &gateway.base_url());
    reports.gate.confirm_within = SignedDuration::from_hours(48);
    let house = Builder::at(MORNING).sms_chain(vec![reports]).suspect_after(2).build().await;
    let (first, second) = (agreed(&house, "530440001", AMNA).await, agreed(&house, "530440002", AMNA).await);
    let other = agreed(&house, "530440003", "+97336005678").await;
    house.settle().await;
    let suspected = async |case| {
        let case = house.engine.store.case(case).await.unwrap().unwrap();
        point_news(&case, Channel::Sms, AMNA).is_some_and(|news| news.suspect)
    };
    let to_other = gateway.messages().iter().position(|message| message["to"] == "+97336005678").unwrap();
    let (callback, message) =
        (gateway.requests()[to_other].form["StatusCallback"].clone(), gateway.messages()[to_other].clone());
    house.clock.advance(SignedDuration::from_hours(1));
    report(&house, "sms", &callback, &message, "delivered").await;
    house.clock.advance(SignedDuration::from_hours(48));
    house.settle().await;
    assert!(suspected(first).await || suspected(second).await, "two were taken, none confirmed");
    assert!(!suspected(other).await);
}

/// Without a report on anybody the gateway is mute, and nothing can be said of a number.
#[tokio::test]
async fn a_gateway_that_reports_on_nobody_makes_no_number_suspect() {
    let gateway = FakeTwilio::start().await;
    let mut mute = outlet("sms", &gateway.base_url());
    mute.gate.confirm_within = SignedDuration::from_hours(48);
    let house = Builder::at(MORNING).sms_chain(vec![mute]).suspect_after(1).build().await;
    let case = agreed(&house, "530440001", AMNA).await;
    house.settle().await;
    house.clock.advance(SignedDuration::from_hours(49));
    house.settle().await;
    let case = house.engine.store.case(case).await.unwrap().unwrap();
    let news = point_news(&case, Channel::Sms, AMNA).unwrap();
    assert_eq!((news.outcome.as_str(), news.suspect), ("unconfirmed", false));
}

#[test]
fn the_agent_s_next_try_goes_to_the_person_s_next_number_and_the_case_shows_why() {
    let desk = Desk::shipped();
    let point = |mobile: &str, confidence: &str| {
        json!({"name": "Amna", "cpr": "840101234", "mobile": mobile, "language": "en", "source": "iGA",
               "confidence": confidence})
    };
    let case = json!({
        "cpr": "530445233", "account_no": "100200", "deceased_name_ar": "حسن", "deceased_name_en": "Hasan",
        "date_of_death": "2024-05-01", "registered_on": "2024-05-05", "governorate": "capital",
        "monthly_kwh": 3000, "monthly_m3": 20,
        "contacts": [point("17001234", "low"), point("36001234", "high")],
    });
    let opened = desk.pipe(&["case", "open", "account-transfer", "--json", "-", "--format", "json"], &case.to_string());
    assert_eq!(opened.code, 0, "{opened:?}");
    let reference =
        serde_json::from_str::<Json>(&opened.out).unwrap()["case"]["reference"].as_str().unwrap().to_owned();
    let open_call = || desk.json(&["task", "list", "--case", &reference, "--status", "open"])[0].clone();
    assert_eq!(open_call()["to"], "+97336001234", "the one that we trust more");
    desk.text(&["task", "answer", open_call()["id"].as_str().unwrap(), "no_answer"]);
    assert_eq!(open_call()["to"], "+97317001234", "her other number");

    let shown = desk.text(&["case", "show", &reference]);
    let points = shown.split("Contact points").nth(1).unwrap_or_else(|| panic!("{shown}"));
    let lines: Vec<&str> = points.lines().skip(1).take(2).map(str::trim).collect();
    assert_eq!(lines[0], "Amna  +97317001234  fixed line, confidence low, from iGA");
    assert!(
        lines[1].starts_with("Amna  +97336001234  mobile, confidence high, from iGA; call: “Nobody answers”, "),
        "{lines:?}"
    );
    let json = desk.json(&["case", "show", &reference]);
    let last = &json["points"][1]["last"][0];
    assert_eq!(
        (&last["outcome"], &last["failed"], &json["points"][0]["class"]),
        (&json!("no_answer"), &json!(true), &json!("fixed"))
    );
    desk.text(&["task", "answer", open_call()["id"].as_str().unwrap(), "no_answer"]);
    let brief = desk.text(&["task", "show", open_call()["id"].as_str().unwrap()]);
    assert!(brief.contains("tried there") && brief.contains("call: “Nobody answers”"), "{brief}");
    let arabic = desk.text(&["case", "show", &reference, "--lang", "ar"]);
    assert!(arabic.contains("وسائل الاتصال") && arabic.contains("هاتف ثابت، موثوقية منخفضة، من iGA"), "{arabic}");
}
