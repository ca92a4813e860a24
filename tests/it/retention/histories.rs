//! Lines of histories are let go, for room on the disk, and everything that was counted by them stays.

use std::time::Duration;

use rusqlite::Connection;
use wasl_core::case::CaseId;
use wasl_core::event::{Body, Disposition};
use wasl_core::value::{Record, Value};

use super::{
    desk_under, erase, figures, house, later, practice, put_on, put_on_a_version_that_nobody_can_read, recount, tell,
};
use crate::access::{Browser, PASSWORD, add};
use crate::support::{House, family};

async fn closed(house: &House, cpr: &str) -> CaseId {
    let case = house.engine.open_case("account-transfer", family(cpr), "user:ali").await.unwrap().case.id;
    let close = Body::Close { outcome: "duplicate".into(), reason: "made up".into() };
    assert_eq!(tell(house, case, &format!("close {cpr}"), close).await, Disposition::Applied);
    case
}

/// A case that stopped once, was mended and is over.
async fn stopped_once(house: &House, cpr: &str) -> CaseId {
    let case = house.engine.open_case("account-transfer", family(cpr), "user:ali").await.unwrap().case;
    put_on_a_version_that_nobody_can_read(house).await;
    let updated = Body::Updated { data: Record::new() };
    tell(house, case.id, "update", updated).await;
    put_on(house, &case.workflow_hash);
    assert_eq!(tell(house, case.id, "retry", Body::Retry).await, Disposition::Applied);
    let close = Body::Close { outcome: "duplicate".into(), reason: "made up".into() };
    assert_eq!(tell(house, case.id, "close", close).await, Disposition::Applied);
    case.id
}

#[tokio::test]
async fn histories_go_when_the_last_of_their_block_is_old_and_what_was_counted_stays() {
    let house = house().build().await;
    let store = &house.engine.store;
    let first = stopped_once(&house, "771294563").await;
    later(&house, 700).await;
    assert_eq!(erase(&house).await.people, 1);
    let before = practice(&house).await;
    assert_eq!(before.total.incidents, 1);
    // A neighbour, two years younger; and all numbers of their block are given.
    let second = closed(&house, "540445233").await;
    store.reserve_case_ids(10_000).await.unwrap();

    later(&house, 5 * 366 - 700).await;
    let erased = erase(&house).await;
    assert_eq!((erased.people, erased.histories), (1, 0), "the neighbour's time is not over: {erased:?}");
    later(&house, 700).await;
    let old = house.engine.old_histories().await.unwrap();
    assert_eq!(old.iter().map(|block| block.cases).sum::<u64>(), 2);
    assert_eq!(erase(&house).await.histories, 2);
    assert_eq!(erase(&house).await.histories, 0);
    for case in [first, second] {
        assert_eq!(store.history(case).await.unwrap(), []);
        assert_eq!(store.history_gone_at(case).await.unwrap(), Some(house.engine.now()));
    }
    assert!(store.case(first).await.unwrap().unwrap().is_ended());

    recount(&house);
    assert_eq!(figures(&practice(&house).await), figures(&before));
    let data = Record::from([("heir_cpr".to_owned(), Value::from("884210563"))]);
    let late = Body::External { name: "account.transferred".into(), data };
    assert_eq!(tell(&house, first, "late", late).await, Disposition::Late);
}

const RULES: &str = "\nretention:\n  people: 1 second\n  history: 1 second\n  secret: {file: retention-secret}\n";

#[test]
fn a_case_says_at_every_door_when_its_history_was_let_go() {
    let (desk, case) = desk_under(RULES);
    desk.text(&["case", "close", &case, "--outcome", "duplicate", "--reason", "twice"]);
    assert!(desk.text(&["case", "show", &case]).contains("History"));
    // As if all the other numbers of its block were given and over, and one of the next.
    let db = Connection::open(desk.path("var/wasl.sqlite")).unwrap();
    db.execute("UPDATE counters SET value = 9999 WHERE name = 'case'", []).unwrap();
    let next = Value::Record(family("540445233")).to_json().to_string();
    desk.text(&["case", "open", "account-transfer", "--json", &next]);
    std::thread::sleep(Duration::from_millis(1_100));

    let rules = desk.text(&["retention", "preview"]);
    assert!(rules.contains("let go 1 second after the last case of their block ended"), "{rules}");
    desk.text(&["case", "erase", &case, "--reason", "request 41", "--yes"]);
    assert!(desk.text(&["retention", "preview"]).contains("histories of 1 case are due now"));
    assert!(desk.text(&["retention", "preview", "--lang", "ar"]).contains("سجلات حالة واحدة مستحقة الآن"));
    let daemon = desk.serve();
    let inside = |name: &str, role: &str| {
        add(&desk, &daemon, name, role);
        let mut browser = Browser::new(&daemon);
        assert_eq!(browser.enter(name, PASSWORD).status, 303);
        browser
    };
    let page = inside("mona", "administrator").get("/admin/retention").body;
    assert!(page.contains("Histories of 1 case are due now.") && !page.contains("Nothing is due"), "{page}");

    assert_eq!(desk.json(&["retention", "run", "--yes"])["erased"]["histories"], 1);
    assert_eq!(desk.json(&["retention", "preview"])["last"]["histories"], 1);
    assert!(desk.text(&["retention", "preview", "--lang", "ar"]).contains("وحُذفت سجلات حالة واحدة"));
    let shown = desk.text(&["case", "show", &case]);
    assert!(shown.contains("its history was let go on") && !shown.contains("History"), "{shown}");
    assert!(desk.text(&["case", "show", &case, "--lang", "ar"]).contains("حُذف سجلها في"));

    let browser = inside("sami", "supervisor");
    let page = browser.get(&format!("/cases/{case}")).body;
    assert!(page.contains("its history was let go on") && page.contains("Nothing is kept of it."), "{page}");
    let json = browser.get(&format!("/api/v1/cases/{case}")).json();
    assert!(json["history"].as_array().unwrap().is_empty() && json["history_gone_at"].is_string(), "{json}");
}
