//! The practice at a glance: its figures are those of the register and of the cases, for every door, and name nobody.

use std::collections::BTreeMap;
use std::fs;

use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;
use wasl_core::case::{Case, Standing};
use wasl_core::event::Body;
use wasl_core::value::Record;
use wasl_runtime::engine::Practice;
use wasl_runtime::store::{CaseFilter, NewEvent, StoredTask, TaskFilter, TaskStatus};

use crate::access::{Browser, PASSWORD, add};
use crate::support::program::{Desk, until};
use crate::support::{Builder, House, root};

const YEAR: (jiff::civil::Date, jiff::civil::Date) = (date(2024, 1, 1), date(2024, 12, 31));

async fn practice(house: &House) -> Practice {
    house.engine.count_for_reports(&CancellationToken::new()).await.unwrap();
    house.engine.practice("account-transfer", YEAR.0, YEAR.1).await.unwrap()
}

async fn cases(house: &House) -> Vec<Case> {
    house.engine.store.cases(&CaseFilter { limit: 10_000, ..CaseFilter::default() }).await.unwrap()
}

fn event(house: &House, case: &Case, id: &str, body: Body) -> NewEvent {
    NewEvent {
        case: case.id,
        source: "test".into(),
        source_id: id.into(),
        at: house.engine.now(),
        by: "test".into(),
        body,
    }
}

/// Billing reports in one go that the accounts are in the heirs' names.
async fn transfer(house: &House, cases: &[Case]) {
    let transferred = |case: &Case| {
        let body = Body::External { name: "account.transferred".into(), data: Record::new() };
        event(house, case, &format!("transfer {}", case.id), body)
    };
    house.engine.store.record_events(&cases.iter().map(transferred).collect::<Vec<_>>()).await.unwrap();
}

async fn answer(house: &House, stored: &StoredTask, outcome: &str) {
    let (task, answers) = (stored.task.id.clone(), Record::new());
    let body = Body::Answer { task: task.clone(), outcome: outcome.into(), answers, note: None };
    let case = house.engine.store.case(stored.case).await.unwrap().unwrap();
    house.engine.submit(event(house, &case, &task.to_string(), body)).await.unwrap();
}

async fn open_calls(house: &House) -> Vec<StoredTask> {
    let wanted = TaskFilter {
        queue: Some("complaints".into()),
        status: Some(TaskStatus::Open),
        workable_at: Some(house.engine.now()),
        limit: 10_000,
        ..TaskFilter::default()
    };
    house.engine.store.tasks(&wanted).await.unwrap()
}

/// Counted once more from the cases themselves.
fn by_outcome(cases: &[Case]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for case in cases {
        if let Standing::Ended { outcome } = &case.standing {
            *counts.entry(outcome.clone()).or_default() += 1;
        }
    }
    counts
}

fn assert_is_the_register(first: &Practice) {
    let expected: BTreeMap<String, u64> =
        serde_json::from_str(&fs::read_to_string(root().join("examples/bahrain-year/expected.json")).unwrap()).unwrap();
    assert_eq!(first.total.opened, expected["eligible"]);
    for (word, of) in [
        ("opened", "eligible"),
        ("not_subscriber", "not_subscriber"),
        ("not_subsidised", "not_subsidised"),
        ("not_first_account", "not_first_account"),
        ("duplicate", "duplicate_rows"),
        ("rejected", "malformed_rows"),
    ] {
        assert_eq!(first.detected[word], expected[of], "{word}: {:?}", first.detected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_figures_of_the_sample_year_are_those_of_its_register_and_of_its_cases() {
    // A Sunday, when families may be rung and the office is open.
    let house = Builder::at("2024-11-03T10:00").build().await;
    house.place_year();
    for _ in 0..2 {
        house.engine.detect("account-transfer", None, false, &|_| ()).await.unwrap();
    }
    house.settle().await;
    let first = practice(&house).await;
    assert_is_the_register(&first);
    assert_eq!((first.total.all_waiting(), first.total.transferred()), (1_032, 0));
    assert_eq!(first.now.at_risk.cases, 1_032);

    // In the first two hours a hundred families are rung: forty in vain, the others decline.
    let calls = open_calls(&house).await;
    assert!(calls.len() >= 100, "{} calls can be made", calls.len());
    for (place, stored) in calls.iter().take(100).enumerate() {
        if place == 50 {
            house.clock.advance(SignedDuration::from_mins(90));
        }
        answer(&house, stored, if place < 40 { "no_answer" } else { "refused" }).await;
    }
    house.settle().await;
    // Ten days later the heirs of 722 have the account.
    house.clock.advance(SignedDuration::from_hours(24 * 10));
    let all = cases(&house).await;
    let open: Vec<Case> = all.into_iter().filter(|case| !case.is_ended()).take(722).collect();
    let daily = |case: &Case| {
        let tariff = house.engine.library.environment().tariffs["bahrain-household"].clone();
        tariff.daily_loss(&case.data, date(2024, 11, 3)).unwrap_or(0)
    };
    let (saved_daily, died) = (open.iter().map(daily).sum::<i64>(), |case: &Case| match case.field("date_of_death") {
        wasl_core::value::Value::Date(day) => *day,
        other => panic!("{other:?}"),
    });
    transfer(&house, &open).await;
    house.settle().await;

    let told = practice(&house).await;
    let cases = cases(&house).await;
    assert_eq!(told.total.ended, by_outcome(&cases));
    assert_eq!(told.total.transferred(), 722);
    let (least, most) = told.total.share_transferred().unwrap();
    assert!((least - 722.0 / 1_032.0).abs() < 1e-9 && most > least, "{least} {most}");
    assert!(Practice::is_young(&told.total));
    assert_eq!(told.total.to_transfer.count(), 722);
    assert_eq!((told.total.to_transfer.median(), told.total.to_transfer.p90()), (Some(10), Some(10)));
    assert_eq!(told.total.first_call.count(), 100);
    // Half within the first hour begun, the others in the second.
    assert_eq!((told.total.first_call.median(), told.total.first_call.p90()), (Some(0), Some(2)));
    assert_eq!(told.total.reached.count(), 60, "whom we try again after a while was not reached");
    assert_eq!((told.total.calls["no_answer"], told.total.calls["refused"]), (40, 60));

    // Money: each day costs what the tariff says, from the death on, and nothing after the transfer.
    assert_eq!(told.total.saved.daily_fils, saved_daily);
    let lost: i64 = open.iter().map(|case| daily(case) * days(died(case), date(2024, 11, 13))).sum();
    assert_eq!(told.total.lost, lost);
    house.clock.advance(SignedDuration::from_hours(24 * 5));
    assert_eq!(practice(&house).await.saved_until_today(), saved_daily * 5);

    // Messages, as the store has them.
    let by_status = house.engine.store.messages_by_status().await.unwrap();
    let counted: u64 = told.total.messages.values().sum();
    assert_eq!(counted, by_status.values().sum::<u64>());
    for (status, count) in by_status {
        let of = told.total.messages.iter().filter(|((_, word), _)| word == status.as_str());
        assert_eq!(of.map(|(_, count)| count).sum::<u64>(), count, "{}", status.as_str());
    }

    // Only that month has anything, and another year has nothing.
    let months: Vec<u64> = told.months.values().map(|figures| figures.opened).collect();
    assert_eq!(months, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1_032, 0]);
    let days = house.engine.practice("account-transfer", date(2024, 11, 4), date(2024, 11, 12)).await.unwrap();
    assert_eq!((days.total.opened, days.total.all_ended(), days.detected.len()), (0, 0, 0));
    assert_eq!(days.now.waiting.values().flatten().sum::<u64>(), told.total.all_waiting());
}

fn days(from: jiff::civil::Date, to: jiff::civil::Date) -> i64 {
    i64::from(from.until(to).unwrap().get_days())
}

#[tokio::test]
async fn what_is_overdue_and_how_old_it_is_is_told_by_state() {
    let house = Builder::at("2024-11-03T08:00").build().await;
    for cpr in ["800000011", "800000012", "800000013"] {
        house.engine.open_case("account-transfer", crate::support::family(cpr), "test").await.unwrap();
    }
    house.settle().await;
    let now = practice(&house).await.now;
    assert_eq!(now.waiting["first_call"], [3, 0, 0, 0]);
    assert!(now.late.overdue.is_empty());
    house.clock.advance(SignedDuration::from_hours(24 * 9));
    let now = practice(&house).await.now;
    assert_eq!(now.waiting["first_call"], [0, 3, 0, 0]);
    assert_eq!(now.late.overdue["first_call"], 3);
    let list = CaseFilter {
        state: Some("first_call".into()),
        overdue_at: Some(house.engine.now()),
        limit: 10,
        ..CaseFilter::default()
    };
    assert_eq!(house.engine.store.cases(&list).await.unwrap().len(), 3, "the list that the number leads to");
}

#[test]
fn every_door_gives_the_same_figures_to_those_who_may_have_them() {
    let desk = Desk::shipped_and_open_all_day();
    desk.text(&["db", "migrate"]);
    desk.text(&["detect", "account-transfer"]);
    let by_hand = desk.json(&["report"]);
    assert_eq!((&by_hand["total"]["opened"], &by_hand["behind"]), (&json!(1_032), &json!(false)));
    assert_eq!(by_hand["detected"]["not_subscriber"], 2_168);
    let daemon = desk.serve();
    for role in ["viewer", "supervisor", "agent"] {
        add(&desk, &daemon, role, role);
    }
    let visit = |name: &str| {
        let mut browser = Browser::new(&daemon);
        browser.enter(name, PASSWORD);
        browser
    };
    let (mona, sami, huda) = (visit("viewer"), visit("supervisor"), visit("agent"));
    for path in ["/reports", "/reports.csv", "/api/v1/reports/practice"] {
        assert_eq!((mona.get(path).status, sami.get(path).status, huda.get(path).status), (200, 200, 403), "{path}");
    }
    assert!(!huda.get("/").body.contains("href=\"/reports\""));

    // The daemon counts by itself what has happened since.
    let counted = until(|| {
        let answer = mona.get("/api/v1/reports/practice?workflow=account-transfer").json();
        (answer["behind"] == json!(false) && answer["now"]["under_way"].as_array().is_some_and(|all| all.len() > 1))
            .then_some(answer)
    })
    .expect("the daemon counts");
    assert_eq!(counted["total"]["opened"], 1_032);
    let under_way = |answer: &Json| -> u64 {
        answer["total"]["under_way"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum()
    };
    assert_eq!(under_way(&counted), 1_032);
    assert_eq!(desk.json(&["report"])["total"]["opened"], counted["total"]["opened"]);

    let csv = mona.get("/reports.csv?workflow=account-transfer");
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let opened = csv.body.lines().find(|line| line.contains(",opened,,")).unwrap_or_else(|| panic!("{}", csv.body));
    assert!(opened.ends_with(",opened,,1032,,Cases opened"), "{opened}");
    let by_hand = desk.text(&["report", "--format", "csv"]);
    assert!(by_hand.lines().any(|line| line == opened), "{by_hand}");

    // Nobody's number, name or account is in any of them.
    let page = mona.get("/reports").body;
    assert!(page.contains("1,032"));
    let subscribers = fs::read_to_string(root().join("examples/bahrain-year/subscribers.csv")).unwrap();
    let numbers: Vec<&str> = subscribers.lines().skip(1).take(200).filter_map(|line| line.split(',').next()).collect();
    for text in [&page, &csv.body, &counted.to_string()] {
        assert!(numbers.iter().all(|number| !text.contains(number)), "an account number is in it");
    }
}

#[test]
fn what_is_asked_wrongly_is_said_so() {
    let desk = Desk::shipped();
    desk.text(&["db", "migrate"]);
    let none = desk.run(&["report"]);
    assert_eq!(none.code, 5, "{none:?}");
    assert!(none.err.contains("no workflow was ever active"), "{none:?}");
    desk.text(&["detect", "account-transfer", "--dry-run"]);
    for (args, code, words) in [
        (["report", "--from", "yesterday"].as_slice(), 2, "`yesterday` is not a day"),
        (&["report", "--from", "2026-02-01", "--to", "2026-01-01"], 2, "2026-02-01 is after 2026-01-01"),
        (&["report", "account-transfr"], 5, "did you mean `account-transfer`?"),
        (&["case", "list", "--format", "csv"], 2, "`--format csv` is for the figures of `wasl report`"),
    ] {
        let said = desk.run(args);
        assert!(said.code == code && said.err.contains(words), "{args:?}: {said:?}");
    }
    let daemon = desk.serve();
    add(&desk, &daemon, "mona", "viewer");
    let mut mona = Browser::new(&daemon);
    mona.enter("mona", PASSWORD);
    for (query, status) in
        [("from=x", 422), ("from=2026-02-01&to=2026-01-01", 422), ("workflow=nothing", 404), ("form=x", 400)]
    {
        assert_eq!(mona.get(&format!("/api/v1/reports/practice?{query}")).status, status, "{query}");
    }
    let page = mona.get("/reports?from=2026-02-01&to=2026-01-01");
    assert!(page.status == 200 && page.body.contains("These days cannot be shown"), "{}", page.body);
    assert_eq!(mona.get("/reports?workflow=nothing").status, 404);
}

/// Not by colour alone: the line differs, the legend says so in both languages, and a state without overdue cases has none.
#[tokio::test]
async fn the_picture_of_a_workflow_shows_where_work_is_overdue() {
    use wasl_core::diagram::{Diagram, Heat, svg};
    for (overdue, all, heat) in
        [(0, 10, Heat::None), (1, 10, Heat::Some), (2, 8, Heat::Quarter), (5, 10, Heat::Half), (3, 0, Heat::Half)]
    {
        assert_eq!(Heat::of(overdue, all), heat, "{overdue} of {all}");
    }
    let house = Builder::at("2024-11-03T10:00").build().await;
    let workflow = house.engine.library.active("account-transfer").unwrap();
    let environment = house.engine.library.environment();
    for (language, legend) in [("en", "Half or more overdue"), ("ar", "نصفها أو أكثر متأخر")] {
        let mut diagram = Diagram::of(&workflow, &environment, language);
        assert!(!svg(&diagram).contains("class=\"heat"), "nothing is overdue in a workflow by itself");
        diagram.nodes.iter_mut().find(|node| node.name == "first_call").unwrap().heat = Heat::Half;
        let picture = svg(&diagram);
        // Once around the state, once in the legend.
        assert_eq!(picture.matches("class=\"heat half\"").count(), 2);
        assert!(picture.contains(legend), "{language}");
    }
}
