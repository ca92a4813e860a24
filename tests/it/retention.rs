//! What has been kept long enough is erased: nothing of a family is left in the database or its file, and everything that is
//! counted of it is as before.

mod histories;
mod refused;

use std::fs;

use jiff::SignedDuration;
use jiff::civil::date;
use reqwest::Method;
use rusqlite::Connection;
use tokio_util::sync::CancellationToken;
use wasl_core::case::{Case, CaseId, EffectId};
use wasl_core::definition::Bundle;
use wasl_core::delivery::{Channel, Receipt};
use wasl_core::duration::Duration;
use wasl_core::event::{Body, Disposition};
use wasl_core::history::Teller;
use wasl_core::retention::Retention;
use wasl_core::value::{Record, Value};
use wasl_runtime::engine::{ErasedCases, OptOut, Practice};
use wasl_runtime::store::{
    InboundFilter, MessageFilter, NewAudit, NewEvent, NewInbound, NewReceipt, StoredTask, TaskFilter, TaskStatus,
};

use crate::access::{Browser, PASSWORD, add};
use crate::support::program::Desk;
use crate::support::{Builder, House, contact, family};

const CPR: &str = "771294563";
/// Everything that this test writes about people, in the database or as it may be spelt there.
const PERSONAL: [&str; 15] = [
    CPR,
    "Zubaydah",
    "زبيدة",
    "36617788",
    "amina@example.bh",
    "38219946",
    "2024-04-29",
    "rang from her sister's house",
    "اتصلوا بعد العصر",
    "884210563",
    "Body=raw",
    "who is this",
    "36615544",
    "خديجة",
    "500292226",
];

fn house() -> Builder {
    let kept = |text| Duration::parse(text).ok();
    let retention = Retention { texts: kept("90 days"), people: kept("1 year"), history: kept("5 years") };
    Builder::at("2024-05-12T10:00").retention(retention)
}

fn zubaydah() -> Record {
    let mut record = family(CPR);
    record.insert("deceased_name_en".into(), "Zubaydah Hasan".into());
    record.insert("deceased_name_ar".into(), "زبيدة حسن".into());
    record.insert("holder_mobile".into(), "+97338219946".into());
    record.insert("contacts".into(), Value::List(vec![contact("+97336617788")]));
    record.insert("date_of_death".into(), "2024-04-29".into());
    record
}

async fn tell(house: &House, case: CaseId, id: &str, body: Body) -> Disposition {
    let (source, by) = ("test".to_owned(), "agent:huda".to_owned());
    let event = NewEvent { case, source, source_id: id.into(), at: house.engine.now(), by, body };
    house.engine.submit(event).await.unwrap().disposition
}

async fn open_call(house: &House, case: CaseId) -> Option<StoredTask> {
    let filter = TaskFilter { case: Some(case), status: Some(TaskStatus::Open), limit: 1, ..TaskFilter::default() };
    house.engine.store.tasks(&filter).await.unwrap().into_iter().next()
}

async fn no_answer(house: &House, case: CaseId) {
    house.settle().await;
    let Some(task) = open_call(house, case).await else { return };
    let note = Some("rang from her sister's house".to_owned());
    let (task, outcome, answers) = (task.task.id, "no_answer".to_owned(), Record::new());
    let id = format!("answer {task}");
    assert_eq!(tell(house, case, &id, Body::Answer { task, outcome, answers, note }).await, Disposition::Applied);
}

fn inbound(house: &House, id: &str, from: &str, text: &str) -> NewInbound {
    NewInbound {
        notifier: "sms".into(),
        channel: Channel::Sms,
        provider_id: id.into(),
        from: from.into(),
        to: Some("+97317000000".into()),
        text: text.into(),
        keyword: None,
        answers: None,
        raw: format!("Body=raw {text}").into_bytes(),
        at: house.engine.now(),
    }
}

/// A family that is rung and written to, answers, and comes to its transfer; everything through the line.
async fn live(house: &House) -> Case {
    let case = house.engine.open_case("account-transfer", zubaydah(), "user:ali").await.unwrap().case;
    for _ in 0..24 {
        no_answer(house, case.id).await;
        house.clock.advance(SignedDuration::from_hours(12));
    }
    house.settle().await;
    let store = &house.engine.store;
    let filter = MessageFilter { case: Some(case.id), limit: 50, ..MessageFilter::default() };
    let sent = store.messages(&filter).await.unwrap();
    assert!(!sent.is_empty() && sent[0].message.text.chars().count() > 20, "{sent:?}");
    let receipt = Receipt {
        message_id: Some(sent[0].message.id.to_string()),
        provider_id: None,
        status: None,
        provider_status: "read".into(),
        code: None,
    };
    let raw = b"Body=raw to=+97336617788".to_vec();
    let receipt = NewReceipt { notifier: "sms".into(), receipt, bad_address: false, confirm_by: None, raw };
    store.record_receipts(&[receipt], house.engine.now()).await.unwrap();
    store.record_inbound(&inbound(house, "SM1", "+97336617788", "اتصلوا بعد العصر")).await.unwrap();
    store.record_inbound(&inbound(house, "SM2", "+97336615544", "who is this")).await.unwrap();
    house.settle().await;
    let data = Record::from([("heir_cpr".to_owned(), Value::from("884210563"))]);
    let transferred = Body::External { name: "account.transferred".into(), data };
    assert_eq!(tell(house, case.id, "transfer", transferred).await, Disposition::Applied);
    house.settle().await;
    let ended = store.case(case.id).await.unwrap().unwrap();
    assert!(ended.is_ended(), "{:?} {}", ended.standing, ended.state);
    ended
}

/// A register of which one row cannot be read.
async fn detect(house: &House) {
    let folder = house.folder.join("examples/bahrain-year");
    fs::create_dir_all(folder.join("death-register")).unwrap();
    let header =
        "registration_no,cpr,full_name_ar,full_name_en,sex,nationality,date_of_death,registered_on,governorate";
    fs::write(folder.join("death-register/may.csv"), format!("{header}\nD2,500292226,خديجة \n")).unwrap();
    let subscribers =
        "account_no,holder_cpr,subsidised,account_rank,governorate,holder_mobile,avg_monthly_kwh,avg_monthly_m3";
    fs::write(folder.join("subscribers.csv"), format!("{subscribers}\n20000001,500101111,Y,1,northern,,3000,50\n"))
        .unwrap();
    let contacts = "deceased_cpr,contact_cpr,name_ar,name_en,relation,mobile,email,language";
    fs::write(
        folder.join("contacts.csv"),
        format!("{contacts}\n500101111,801010101,ليلى,Layla,daughter,36611111,,ar\n"),
    )
    .unwrap();
    let summary = house.engine.detect("account-transfer", None, false, &|_| ()).await.unwrap().remove(0);
    assert_eq!(summary.rejected, 1);
}

/// What personal is anywhere in the bytes of the database's files, used or free. Each column by itself is looked at by the
/// store's own tests.
fn found(house: &House) -> Vec<String> {
    let files =
        ["", "-wal"].map(|suffix| fs::read(house.folder.join(format!("wasl.sqlite{suffix}"))).unwrap_or_default());
    let is_there = |personal: &&&str| files.iter().any(|bytes| contains(bytes, personal.as_bytes()));
    PERSONAL.iter().filter(is_there).map(|personal| (*personal).to_owned()).collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

async fn practice(house: &House) -> Practice {
    house.engine.count_for_reports(&CancellationToken::new()).await.unwrap();
    house.engine.practice("account-transfer", date(2024, 1, 1), date(2024, 12, 31)).await.unwrap()
}

/// Every figure, without what moves with the day on which somebody looks.
fn figures(practice: &Practice) -> String {
    format!("{:#?}\n{:#?}\n{:#?}", practice.total, practice.months, practice.detected)
}

async fn erase(house: &House) -> ErasedCases {
    house.engine.erase_due(&CancellationToken::new(), &|_| ()).await.unwrap()
}

async fn later(house: &House, days: i64) {
    house.clock.advance(SignedDuration::from_hours(24 * days));
    house.settle().await;
}

#[tokio::test]
async fn nothing_of_a_family_is_left_and_everything_that_is_counted_stays() {
    let house = house().build().await;
    detect(&house).await;
    let trace = NewAudit {
        at: house.engine.now(),
        who: "user:ali".into(),
        act: "case.open".into(),
        case: Some(CaseId(1)),
        subject: None,
    };
    house.engine.store.record_audit(&[trace]).await.unwrap();
    let case = live(&house).await;
    assert_eq!(found(&house), PERSONAL, "everything was there to be erased");

    later(&house, 100).await;
    let erased = erase(&house).await;
    assert_eq!((erased.people, erased.texts, erased.failed), (0, 1, 0), "{erased:?}");
    let left = found(&house);
    for text in ["rang from her sister's house", "اتصلوا بعد العصر", "Body=raw", "who is this"] {
        assert!(left.iter().all(|place| !place.contains(text)), "{left:#?}");
    }
    assert!(left.iter().any(|place| place.contains("Zubaydah")), "people stay a year");

    later(&house, 300).await;
    let before = practice(&house).await;
    let erased = erase(&house).await;
    assert_eq!((erased.people, erased.texts, erased.failed), (1, 0, 0), "{erased:?}");
    assert_eq!(found(&house), [""; 0]);
    assert_eq!(erase(&house).await, ErasedCases::default(), "what is erased is not erased again");

    // Counted again from what is left, as after a new release.
    assert_eq!(figures(&practice(&house).await), figures(&before));
    recount(&house);
    assert_eq!(figures(&practice(&house).await), figures(&before));
    assert!(house.engine.store.verify_audit().await.unwrap().broken.is_none());
    let found_again = house.engine.store.case_by_reference(&case.id.reference()).await.unwrap().unwrap();
    assert_eq!((&found_again.state, &found_again.standing), (&case.state, &case.standing));
    assert!(
        told(&house, &found_again, "en").await.contains("names, numbers and texts erased under the retention rules")
    );
    assert!(told(&house, &found_again, "ar").await.contains("مُحيت الأسماء والأرقام والنصوص وفق قواعد الاحتفاظ"));
}

/// Makes the counts count all cases anew.
fn recount(house: &House) {
    let db = Connection::open(house.folder.join("wasl.sqlite")).unwrap();
    db.execute("UPDATE report_progress SET basis = 'another'", []).unwrap();
}

async fn told(house: &House, case: &Case, language: &str) -> String {
    let workflow = house.engine.library.version(&case.workflow_hash).await.unwrap();
    let teller = Teller { workflow: &workflow, calendar: &house.calendar, language };
    let history = house.engine.store.history(case.id).await.unwrap();
    history.iter().map(|entry| teller.sentence(entry) + "\n").collect()
}

#[tokio::test]
async fn a_death_that_comes_again_opens_no_second_case_and_tells_nothing_to_the_first() {
    let house = house().build().await;
    let case = live(&house).await;
    later(&house, 400).await;
    erase(&house).await;
    assert!(found(&house).iter().all(|place| !place.contains("Zubaydah")));

    let again = house.engine.open_case("account-transfer", zubaydah(), "user:ali").await.unwrap();
    assert_eq!((again.new, again.case.id), (false, case.id));
    // What is told to it all the same goes with its answer, and opens nothing again.
    let data = Record::from([("heir_cpr".to_owned(), Value::from("884210563"))]);
    let body = Body::External { name: "account.transferred".into(), data };
    assert_eq!(tell(&house, case.id, "again", body).await, Disposition::Late);
    let reason = "Zubaydah lives".to_owned();
    tell(&house, case.id, "withdrawn", Body::DeathWithdrawn { reason }).await;
    house.settle().await;
    assert!(house.engine.store.forget_old_pages().await.unwrap());
    assert_eq!(found(&house), [""; 0]);
    let after = house.engine.store.case(case.id).await.unwrap().unwrap();
    assert!(after.is_ended() && after.is_nameless());

    // Whoever writes is somebody whom nobody knows, and a person reads it.
    house.engine.store.record_inbound(&inbound(&house, "SM3", "+97336617788", "السلام عليكم")).await.unwrap();
    let unknown =
        house.engine.store.inbound_messages(&InboundFilter { unmatched: true, case: None, limit: 9 }).await.unwrap();
    let letter = unknown.iter().find(|message| message.text == "السلام عليكم").unwrap();
    // Given to the case by hand it is erased with its answer, and so is what the case refuses.
    house.engine.assign_inbound(letter.id, case.id, "agent:huda").await.unwrap();
    let (outcome, answers, task) = ("no_answer".to_owned(), Record::new(), EffectId::new(case.id, 9, 9));
    let note = Some("Zubaydah's sister says so".to_owned());
    let refused = tell(&house, case.id, "note", Body::Answer { task, outcome, answers, note }).await;
    assert!(matches!(refused, Disposition::Refused { .. }), "{refused:?}");
    let refused = tell(&house, case.id, "hold", Body::Hold { reason: "Zubaydah".into() }).await;
    assert!(matches!(refused, Disposition::Refused { .. }), "{refused:?}");
    house.settle().await;
    assert!(house.engine.store.forget_old_pages().await.unwrap());
    assert_eq!(found(&house), [""; 0]);
}

#[tokio::test]
async fn the_numbers_of_the_dead_and_those_who_asked_us_to_stop_stay_unused() {
    let house = house().build().await;
    live(&house).await;
    let (subject, channel) = ("+97336005555".to_owned(), None);
    let (source, by, reason) = ("agent".to_owned(), "user:ali".to_owned(), Some("asked on the phone".to_owned()));
    house.engine.opt_out(&OptOut { subject, channel, source, reason, by }).await.unwrap();
    later(&house, 400).await;
    let erased = erase(&house).await;
    assert_eq!((erased.people, erased.failed), (1, 0));
    for number in ["+97338219946", "+97336005555"] {
        let mut record = family("540445233");
        record.insert("account_no".into(), number.into());
        record.insert("holder_mobile".into(), Value::Null);
        record.insert("contacts".into(), Value::List(vec![contact(number)]));
        let opened = house.engine.open_case("account-transfer", record, "user:ali").await.unwrap().case;
        house.settle().await;
        let filter = TaskFilter { case: Some(opened.id), limit: 9, ..TaskFilter::default() };
        let calls = house.engine.store.tasks(&filter).await.unwrap();
        let rung = calls
            .iter()
            .filter(|task| task.status != TaskStatus::Suppressed && task.task.to.as_deref() == Some(number));
        assert_eq!(rung.count(), 0, "{number}: {calls:?}");
    }
}

#[tokio::test]
async fn a_case_under_dispute_is_kept_and_one_that_goes_on_is_not_erased() {
    let house = house().build().await;
    let open = house.engine.open_case("account-transfer", family("540445233"), "user:ali").await.unwrap().case;
    let refused = house.engine.erase_case(open.id, ("user:ali", "asked for")).await.unwrap().disposition;
    assert!(
        matches!(&refused, Disposition::Refused { reason } if reason.en().contains("close it first")),
        "{refused:?}"
    );

    let case = live(&house).await;
    let keep = Body::Keep { reason: "complaint 7".into() };
    assert_eq!(tell(&house, case.id, "keep", keep).await, Disposition::Applied);
    let refused = house.engine.erase_case(case.id, ("user:ali", "asked for")).await.unwrap().disposition;
    assert!(
        matches!(&refused, Disposition::Refused { reason } if reason.en().contains("kept") && !reason.0.values().any(|reason| reason.contains("complaint"))),
        "{refused:?}"
    );
    later(&house, 800).await;
    assert_eq!(erase(&house).await.people, 0);
    let end = Body::KeepNoLonger { reason: "decided".into() };
    assert_eq!(tell(&house, case.id, "end", end).await, Disposition::Applied);
    assert_eq!(erase(&house).await.people, 1);
}

#[tokio::test]
async fn another_secret_erases_nobody_because_they_would_come_again_unknown() {
    let house = house().build().await;
    live(&house).await;
    later(&house, 400).await;
    erase(&house).await;
    let other = Builder::at("2026-01-01T10:00").folder(&house.folder);
    let other = other.retention(house.engine.retention()).secret("another").build().await;
    let error = other.engine.erase_due(&CancellationToken::new(), &|_| ()).await.unwrap_err();
    assert!(error.to_string().contains("put the earlier one back"), "{error}");
}

/// Cases of such a version refuse to be erased.
async fn put_on_a_version_that_nobody_can_read(house: &House) {
    let unreadable = Bundle { name: "account-transfer".into(), files: [].into() };
    house.engine.store.save_version(&unreadable, "ff", house.engine.now()).await.unwrap();
    put_on(house, "ff");
}

fn put_on(house: &House, version: &str) {
    let db = Connection::open(house.folder.join("wasl.sqlite")).unwrap();
    db.execute("UPDATE cases SET workflow_hash = ?1", [version]).unwrap();
}

#[tokio::test]
async fn a_case_that_cannot_be_erased_is_tried_once_a_day() {
    let people = Duration::parse("1 year").ok();
    let house = Builder::at("2024-05-12T10:00").retention(Retention { people, ..Retention::default() }).build().await;
    let case = live(&house).await;
    put_on_a_version_that_nobody_can_read(&house).await;
    later(&house, 400).await;
    // Each try is a step of the case.
    let version = async || house.engine.store.case(case.id).await.unwrap().unwrap().version;
    let before = version().await;
    for hour in 1..=3 {
        assert_eq!((erase(&house).await.failed, version().await - before), (1, 1), "{hour}");
        house.clock.advance(SignedDuration::from_hours(1));
    }
    later(&house, 1).await;
    assert_eq!((erase(&house).await.failed, version().await - before), (1, 2));
}

#[tokio::test]
async fn nobody_is_erased_before_they_are_counted() {
    let house = house().build().await;
    let case = live(&house).await;
    later(&house, 400).await;
    // Another process is counting, and does not come to an end.
    let (now, store) = (house.engine.now(), &house.engine.store);
    let until = now + SignedDuration::from_hours(1);
    assert!(store.take_lease("reports", "another", now, until).await.unwrap());
    let error = house.engine.erase_case(case.id, ("user:ali", "asked for")).await.unwrap_err();
    assert!(error.to_string().contains("try again in a minute"), "{error}");
    let erased = erase(&house).await;
    assert_eq!((erased.people, erased.uncounted), (0, true), "{erased:?}");
    store.release_lease("reports", "another").await.unwrap();
    let erased = erase(&house).await;
    assert_eq!((erased.people, erased.uncounted), (1, false), "{erased:?}");
}

/// A year of closed cases: nobody who works meanwhile waits for all of them.
#[tokio::test]
async fn what_is_due_is_erased_in_parts_and_goes_on_after_a_stop() {
    let house = house().build().await;
    for n in 0..230 {
        let mut record = family(&format!("{:09}", 600_000_000 + n));
        record.insert("contacts".into(), Value::List(Vec::new()));
        let case = house.engine.open_case("account-transfer", record, "user:ali").await.unwrap().case;
        let close = Body::Close { outcome: "duplicate".into(), reason: "made up".into() };
        tell(&house, case.id, &format!("close {n}"), close).await;
    }
    later(&house, 400).await;
    let stop = CancellationToken::new();
    let seen = std::sync::Mutex::new(Vec::new());
    let progress = |erased: &ErasedCases| {
        seen.lock().unwrap().push(erased.people);
        stop.cancel();
    };
    let first = house.engine.erase_due(&stop, &progress).await.unwrap();
    assert_eq!((first.people, seen.lock().unwrap().as_slice()), (100, &[100][..]));
    assert_eq!(erase(&house).await.people, 130);
}

const RULES: &str = "\nretention:\n  texts: 90 days\n  people: 1 year\n  secret: {file: retention-secret}\n";

/// A house whose rules are set, with one case.
fn desk_with_a_case() -> (Desk, String) {
    desk_under(RULES)
}

fn desk_under(rules: &str) -> (Desk, String) {
    let desk = Desk::shipped();
    let settings = fs::read_to_string(desk.path("config/wasl.yaml")).unwrap();
    desk.write("config/wasl.yaml", &(settings + rules));
    desk.write("retention-secret", "a long random text\n");
    let record = Value::Record(zubaydah()).to_json().to_string();
    let opened = desk.json(&["case", "open", "account-transfer", "--json", &record]);
    let case = opened["case"]["reference"].as_str().unwrap().to_owned();
    (desk, case)
}

#[test]
fn one_case_is_erased_by_hand_once_it_is_over_and_says_so_in_both_languages() {
    let (desk, case) = desk_with_a_case();
    let reason = ["--reason", "request 41"];
    let erase = |more: &[&str]| desk.run(&[&["case", "erase", &case], &reason[..], more].concat());
    let refused = erase(&["--yes"]);
    assert!(refused.code == 1 && refused.out.contains("close it first"), "{refused:?}");
    desk.text(&[&["case", "close", &case, "--outcome", "duplicate"], &reason[..]].concat());
    desk.text(&[&["case", "keep", &case], &reason[..]].concat());
    assert!(desk.text(&["retention", "preview"]).contains(&format!("kept from being erased: {case}")));
    assert_eq!(erase(&["--yes"]).code, 1, "it is kept");
    desk.text(&[&["case", "keep", &case, "--end"], &reason[..]].concat());
    let asked = erase(&[]);
    assert!(asked.code == 2 && asked.err.contains("nobody is there to be asked"), "{asked:?}");
    assert!(desk.text(&["case", "show", &case]).contains("Zubaydah"));
    let done = erase(&["--yes"]);
    assert!(done.code == 0 && done.out.contains("names, numbers and texts erased: request 41"), "{done:?}");

    let again = erase(&["--yes"]);
    assert!(again.code == 1 && again.out.contains("erased already"), "{again:?}");

    let shown = desk.text(&["case", "show", &case]);
    assert!(shown.contains("were erased on") && shown.contains("under the retention rules"), "{shown}");
    assert!(PERSONAL.iter().all(|personal| !shown.contains(personal)), "{shown}");
    let arabic = desk.text(&["case", "show", &case, "--lang", "ar"]);
    assert!(arabic.contains("مُحيت الأسماء والأرقام والنصوص في"), "{arabic}");
    let json = desk.json(&["case", "show", &case]);
    assert_eq!(json["case"]["erased"]["stage"], "people");
    assert!(desk.text(&["audit", "list"]).contains("case.erase"));
    assert!(desk.text(&["audit", "verify"]).contains("every entry is as it was recorded"));
}

#[test]
fn the_commands_say_what_would_go_and_ask_before_it_goes() {
    let plain = Desk::shipped();
    plain.text(&["db", "migrate"]);
    let none = plain.text(&["retention", "preview"]);
    assert!(none.contains("never erased by themselves") && none.contains("say under `retention`"), "{none}");
    assert_eq!(plain.run(&["retention", "run", "--yes"]).code, 1);

    let (desk, case) = desk_with_a_case();
    desk.text(&["case", "close", &case, "--outcome", "duplicate", "--reason", "twice"]);
    let soon = desk.json(&["retention", "preview"]);
    assert_eq!(soon["stages"][0]["kept_for"], "90 days");
    assert_eq!(soon["stages"][0]["due_now"], serde_json::json!([]));
    let db = Connection::open(desk.path("var/wasl.sqlite")).unwrap();
    db.execute("UPDATE cases SET closed_at = closed_at - 400 * 86400000", []).unwrap();
    drop(db);
    let arabic = desk.text(&["retention", "preview", "--lang", "ar"]);
    assert!(arabic.contains("الأسماء والأرقام والنصوص: تُمحى بعد سنة واحدة من انتهاء الحالة"), "{arabic}");
    let due = desk.json(&["retention", "preview"]);
    assert_eq!(due["stages"][1]["due_now"][0]["cases"], 1);
    assert_eq!(desk.run(&["retention", "run"]).code, 2);
    let done = desk.text(&["retention", "run", "--yes"]);
    assert!(done.contains("people of 1 case erased"), "{done}");
    assert_eq!(desk.json(&["retention", "preview"])["last"]["people"], 1);
    // With another secret, or none, no command goes on as if nobody had been erased, and no daemon.
    let settings = fs::read_to_string(desk.path("config/wasl.yaml")).unwrap();
    for (name, secret, words) in [
        ("retention-secret", Some("another long text\n"), "is another one than that under which cases were erased"),
        ("config/wasl.yaml", None, "were erased under a `retention.secret`, and none is set"),
    ] {
        let before = fs::read_to_string(desk.path(name)).unwrap();
        desk.write(name, secret.unwrap_or(settings.strip_suffix(RULES).unwrap()));
        for command in [&["detect", "account-transfer"][..], &["case", "list"], &["serve"]] {
            let refused = desk.run(command);
            assert!(refused.code == 3 && refused.err.contains(words), "{command:?}: {refused:?}");
        }
        desk.write(name, &before);
    }
    assert_eq!(desk.run(&["case", "list"]).code, 0);
    // The secret is gone: no command goes on as if nobody had been erased.
    fs::remove_file(desk.path("retention-secret")).unwrap();
    let refused = desk.run(&["case", "list"]);
    assert!(refused.code == 3 && refused.err.contains("`retention.secret` cannot be read"), "{refused:?}");
}

#[test]
fn administrators_see_the_rules_and_erase_one_case_in_the_console_and_by_the_api() {
    let (desk, case) = desk_with_a_case();
    desk.text(&["case", "close", &case, "--outcome", "duplicate", "--reason", "twice"]);
    let daemon = desk.serve();
    let inside = |name: &str, role: &str| {
        add(&desk, &daemon, name, role);
        let mut browser = Browser::new(&daemon);
        assert_eq!(browser.enter(name, PASSWORD).status, 303);
        browser
    };
    let (admin, chief) = (inside("mona", "administrator"), inside("sami", "supervisor"));
    assert_eq!(chief.get("/admin/retention").status, 403);
    assert_eq!(chief.get("/api/v1/retention").status, 403);
    let page = admin.get("/admin/retention").body;
    assert!(page.contains("Names, numbers and texts: erased 1 year after the end of a case."), "{page}");
    assert_eq!(admin.get("/api/v1/retention").json()["stages"][1]["kept_for"], "1 year");

    let csrf = admin.csrf();
    let form = |fields: &[(&str, &str)]| {
        let fields = [&[("csrf", csrf.as_str()), ("case", case.as_str())], fields].concat();
        admin.send(Method::POST, "/admin/retention", |request| request.form(&fields))
    };
    for (fields, words) in [
        (vec![("reason", "")], "Say why"),
        (vec![("reason", "request 41")], "Say that you are sure"),
        (vec![("reason", "request 41"), ("sure", "yes"), ("case", "ZZZZZ")], ""),
    ] {
        let refused = form(&fields);
        assert!(refused.status >= 400 && refused.body.contains(words), "{} {}", refused.status, refused.body);
    }
    // Under dispute nobody erases it, whoever asks.
    let chiefs = chief.csrf();
    let ask = |browser: &Browser<'_>, csrf: &str, act: &str| {
        let path = format!("/api/v1/cases/{case}/{act}");
        let reason = serde_json::json!({"reason": "complaint 7"});
        browser.send(Method::POST, &path, |request| request.header("x-csrf-token", csrf).json(&reason))
    };
    assert_eq!(ask(&chief, &chiefs, "keep").status, 200);
    assert!(chief.get(&format!("/cases/{case}")).body.contains("kept from being erased since"));
    assert_eq!(ask(&admin, &csrf, "erase").status, 409);
    assert_eq!(ask(&chief, &chiefs, "keep-no-longer").status, 200);
    assert_eq!(ask(&chief, &chiefs, "erase").status, 403);
    let done = form(&[("reason", "request 41"), ("sure", "yes")]);
    assert!(done.status == 200 && done.body.contains("what is counted of it stays"), "{}", done.body);

    let shown = chief.get(&format!("/cases/{case}")).body;
    assert!(shown.contains("names, numbers and texts were erased on"), "{shown}");
    assert!(PERSONAL.iter().all(|personal| !shown.contains(personal)), "{shown}");
    let json = chief.get(&format!("/api/v1/cases/{case}")).json();
    assert_eq!((&json["case"]["erased"], &json["case"]["kept"]), (&"people".into(), &false.into()), "{json}");
}
