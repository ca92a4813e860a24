//! The sample year: what opens, what is rejected, and a whole year of families, seeded and scripted.

mod families;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use wasl_core::calendar::Window;
use wasl_core::case::{Case, CaseId, Standing};
use wasl_core::delivery::Channel;
use wasl_core::history::{Entry, Teller, What};
use wasl_core::policy::points_of;
use wasl_notifiers::Kept;
use wasl_runtime::store::{CaseFilter, MessageFilter};

use crate::support::{Builder, House};
use families::Families;

const DETECTION: &str = "account-transfer/death-register";

fn expected() -> BTreeMap<String, u64> {
    let text = fs::read_to_string(crate::support::root().join("examples/bahrain-year/expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn all_cases(house: &House) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    loop {
        let after = cases.last().map(|case| case.id);
        let page = house.engine.store.cases(&CaseFilter { after, limit: 500, ..CaseFilter::default() }).await.unwrap();
        if page.is_empty() {
            return cases;
        }
        cases.extend(page);
    }
}

async fn assert_counts(house: &House) {
    let expected = expected();
    let results = house.engine.store.records_by_result(DETECTION).await.unwrap();
    let count = |name: &str| results.get(name).copied().unwrap_or(0);
    assert_eq!(all_cases(house).await.len() as u64, expected["eligible"], "{results:?}");
    for name in ["not_subscriber", "not_subsidised", "not_first_account"] {
        assert_eq!(count(name), expected[name], "{name}: {results:?}");
    }
    assert_eq!(count("duplicate"), expected["duplicate_rows"], "{results:?}");
    let rejected = house.engine.store.rejected(Some(DETECTION), 1000).await.unwrap();
    assert_eq!(rejected.len() as u64, expected["malformed_rows"]);
    for row in &rejected {
        assert!(!row.problems.is_empty() && row.line > 1 && row.file.contains(".csv"), "{row:?}");
    }
}

#[tokio::test]
async fn the_sample_year_opens_1032_cases_however_often_and_in_whatever_order_it_is_read() {
    let house = Builder::at("2024-11-03T08:00").build().await;
    house.place_year();
    house.engine.detect("account-transfer", None, false, &|_| ()).await.unwrap();
    assert_counts(&house).await;

    // Everything again; then all rows in reverse order under another name; then half of them twice.
    house.engine.detect("account-transfer", None, false, &|_| ()).await.unwrap();
    assert_counts(&house).await;
    let register = house.folder.join("examples/bahrain-year/death-register");
    let mut rows: Vec<String> = Vec::new();
    let mut header = String::new();
    let mut names: Vec<_> = fs::read_dir(&register).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for path in &names {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        header = lines.next().unwrap().to_owned();
        rows.extend(lines.map(str::to_owned));
    }
    rows.reverse();
    fs::write(register.join("reversed.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let half = &rows[..rows.len() / 2];
    fs::write(register.join("half-twice.csv"), format!("{header}\n{}\n{}\n", half.join("\n"), half.join("\n")))
        .unwrap();
    house.engine.detect("account-transfer", None, false, &|_| ()).await.unwrap();
    assert_counts(&house).await;
}

#[tokio::test]
async fn reading_the_register_backwards_opens_the_same_cases() {
    let house = Builder::at("2024-11-03T08:00").build().await;
    house.place_year();
    let register = house.folder.join("examples/bahrain-year/death-register");
    let mut rows = Vec::new();
    let mut header = String::new();
    for entry in fs::read_dir(&register).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        header = lines.next().unwrap().to_owned();
        rows.extend(lines.map(str::to_owned));
        fs::remove_file(path).unwrap();
    }
    rows.sort_by(|a, b| b.cmp(a));
    fs::write(register.join("backwards.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    house.engine.detect("account-transfer", None, false, &|_| ()).await.unwrap();
    assert_counts(&house).await;
}

/// Hours at which the house looks for work on each day, local time.
const LOOKS: [(i8, i8); 6] = [(7, 5), (9, 5), (10, 30), (12, 45), (16, 20), (18, 40)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_families() {
    let house = Builder::at("2023-08-01T06:00").build().await;
    house.place(&["subscribers.csv", "contacts.csv"]);
    fs::create_dir_all(house.folder.join("examples/bahrain-year/death-register")).unwrap();
    let mut families = Families::new(20_230_801);

    let mut day: Date = jiff::civil::date(2023, 8, 1);
    let last = jiff::civil::date(2025, 3, 1);
    while day <= last {
        if day.day() == 1 {
            drop_extract_of_the_month_before(&house, day);
        }
        for (hour, minute) in LOOKS {
            house.clock.set(house.calendar.instant(day.at(hour, minute, 0, 0)));
            for (workflow, detection) in house.engine.due_detections().await.unwrap() {
                house.engine.detect(&workflow, Some(&detection), false, &|_| ()).await.unwrap();
            }
            house.settle().await;
            families.answer_calls(&house).await;
            house.settle().await;
            if hour == 12 {
                families.write_and_report(&house).await;
                house.settle().await;
            }
        }
        day = day.tomorrow().unwrap();
    }

    let cases = all_cases(&house).await;
    assert_eq!(cases.len(), 1032);
    assert_counts(&house).await;
    every_case_is_over_or_knows_what_it_waits_for(&house, &cases).await;
    nobody_is_reached_who_must_not_be(&house, &cases).await;
    every_history_reads_as_a_story(&house, &cases).await;
    families.lived_through_everything(&cases);
}

/// The registry sends each month's extract on the first of the next.
fn drop_extract_of_the_month_before(house: &House, day: Date) {
    let month = day.checked_sub(1.day()).unwrap();
    let name = format!("death-register/{:04}-{:02}.csv", month.year(), month.month());
    if crate::support::root().join("examples/bahrain-year").join(&name).exists() {
        house.place(&[&name]);
    }
}

async fn every_case_is_over_or_knows_what_it_waits_for(house: &House, cases: &[Case]) {
    let now = house.engine.now();
    for case in cases {
        match &case.standing {
            Standing::Ended { .. } => {}
            Standing::Open => {
                let wake =
                    case.wake_at().unwrap_or_else(|| panic!("case {} waits for nothing in {}", case.id, case.state));
                assert!(wake > now, "case {} is overdue in {}", case.id, case.state);
            }
            other => panic!("case {} in {} is {other:?}", case.id, case.state),
        }
    }
    assert_eq!(house.engine.store.incidents().await.unwrap(), 0);
}

/// Recounts everything that left by rules written again here, apart from the engine's.
async fn nobody_is_reached_who_must_not_be(house: &House, cases: &[Case]) {
    let deceased: BTreeSet<String> = cases.iter().flat_map(|case| points_of(case.field("holder_mobile"))).collect();
    let mut by_person: BTreeMap<(Channel, String), Vec<Timestamp>> = BTreeMap::new();
    let mut by_case: BTreeMap<CaseId, usize> = BTreeMap::new();
    let persons = persons_by_message(house, cases).await;
    let sent: Vec<Kept> = house.sms.sent().into_iter().chain(house.email.sent()).collect();
    assert!(sent.len() > 1500, "only {} messages in a year", sent.len());
    let mut seen = BTreeSet::new();
    for kept in &sent {
        assert!(seen.insert(kept.id.clone()), "{} was sent twice", kept.id);
        assert!(!deceased.contains(kept.to.as_str()), "{} went to one of the deceased", kept.id);
        let window = house.calendar.contact_window(kept.channel, kept.at);
        let local = house.calendar.local(kept.at);
        assert!(matches!(window, Window::Open { .. }), "{} left outside the hours: {local}", kept.id);
        assert!((9..20).contains(&local.hour()), "{} left at {local}", kept.id);
        assert!(house.calendar.holiday(local.date()).is_none(), "{} left on a holiday: {local}", kept.id);
        assert!(!kept.text.contains("{{") && !kept.text.is_empty());
        let (case, person) = &persons[&kept.id];
        *by_case.entry(*case).or_default() += 1;
        by_person.entry((kept.channel, person.clone())).or_default().push(kept.at);
    }
    for (case, messages) in by_case {
        assert!(messages <= 12, "case {case} got {messages} messages");
    }
    for ((channel, person), mut times) in by_person {
        times.sort_unstable();
        let caps: &[(usize, i64)] = match channel {
            Channel::Sms => &[(2, 1), (4, 30)],
            _ => &[(3, 7)],
        };
        for &(limit, days) in caps {
            for window in times.windows(limit + 1) {
                let span = window[limit].duration_since(window[0]);
                assert!(span >= SignedDuration::from_hours(24 * days), "{person}: {limit} {channel} in {span:#}");
            }
        }
    }
}

async fn persons_by_message(house: &House, cases: &[Case]) -> BTreeMap<String, (CaseId, String)> {
    let mut persons = BTreeMap::new();
    for case in cases {
        let filter = MessageFilter { case: Some(case.id), limit: 100, ..MessageFilter::default() };
        for stored in house.engine.store.messages(&filter).await.unwrap() {
            persons.insert(stored.message.id.to_string(), (case.id, stored.message.person.to_string()));
        }
    }
    persons
}

async fn every_history_reads_as_a_story(house: &House, cases: &[Case]) {
    for case in cases {
        let workflow = house.engine.library.version(&case.workflow_hash).await.unwrap();
        let history = house.engine.store.history(case.id).await.unwrap();
        assert!(matches!(history.first().map(|entry| &entry.what), Some(What::Opened { .. })), "case {}", case.id);
        follows_on(case, &history);
        for language in ["en", "ar"] {
            let teller = Teller { workflow: &workflow, calendar: &house.calendar, language };
            for entry in &history {
                assert!(!teller.sentence(entry).trim().is_empty(), "{entry:?}");
            }
        }
    }
}

/// Each state is entered from the one before, times never go back, and the last word is the case's.
fn follows_on(case: &Case, history: &[Entry]) {
    let mut state: Option<&str> = None;
    let mut at = history.first().map(|entry| entry.at);
    for entry in history {
        assert!(Some(entry.at) >= at, "case {}: the story goes back in time", case.id);
        at = Some(entry.at);
        if let What::Entered { state: entered, from, .. } = &entry.what {
            assert_eq!(from.as_deref(), state, "case {}: a state is missing in the story", case.id);
            state = Some(entered);
        }
    }
    assert_eq!(state, Some(case.state.as_str()));
    let ended = history.iter().any(|entry| matches!(entry.what, What::Ended { .. }));
    assert!(!case.is_ended() || ended, "case {} is over, and its story does not say so", case.id);
}
