//! Operations people edit files while cases are open: workflows, calendars.

use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use wasl_core::calendar::Calendar;
use wasl_core::diagnostic::Code;
use wasl_core::history::What;

use crate::support::{Builder, House, environment, family, local, root};

const AT: &str = "2024-06-11T10:00";

fn copy_workflows(to: &Path) {
    let from = root().join("workflows");
    for entry in walk(&from) {
        let target = to.join(entry.strip_prefix(&from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&entry, target).unwrap();
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

async fn edited(house: &House, from: &str, to: &str) -> wasl_runtime::engine::Loaded {
    let file = house.folder.join("workflows/account-transfer.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "the shipped workflow has no `{from}`");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
    house.engine.load_workflows(&house.folder.join("workflows"), "editor").await.unwrap()
}

#[tokio::test]
async fn a_bad_file_never_replaces_a_good_version_and_running_cases_stay_on_theirs() {
    let house = Builder::at(AT).build().await;
    copy_workflows(&house.folder.join("workflows"));
    let first = house.engine.open_case("account-transfer", family("530445231"), "test").await.unwrap().case;

    let refused = edited(&house, "10 working days: escalation", "10 working dayz: escalation").await;
    assert!(refused.activated.is_empty());
    let (name, report) = &refused.refused[0];
    assert_eq!((name.as_str(), report.findings[0].code), ("account-transfer", Code::BadDuration));
    let meanwhile = house.engine.open_case("account-transfer", family("530445232"), "test").await.unwrap().case;
    assert_eq!(meanwhile.workflow_hash, first.workflow_hash, "the last good version goes on");

    let accepted = edited(&house, "10 working dayz: escalation", "8 working days: escalation").await;
    assert_eq!(accepted.activated.len(), 1);
    assert_eq!(accepted.activated[0].staying, 2);
    let second = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap().case;
    assert_ne!(second.workflow_hash, first.workflow_hash);
    let due = |case: &wasl_core::case::Case| case.progress.timers[0].due;
    assert!(due(&second) < due(&first));
    house.clock.set(due(&second));
    house.settle().await;
    let escalated = house.engine.store.case(second.id).await.unwrap().unwrap();
    assert_eq!(escalated.state, "escalation");
    let stored = house.engine.store.case(first.id).await.unwrap().unwrap();
    assert_eq!((stored.state.as_str(), stored.workflow_hash), ("first_call", first.workflow_hash));
}

/// A workflow that shares nothing with the others.
const ALONE: &str = "workflow: alone
calendar: bahrain-government
languages: [en]
case: {key: [number], fields: {number: {type: text}}}
start: waiting
states:
  waiting: {after: {1 day: done}}
  done: {end: success}
";

#[tokio::test]
async fn an_edited_fragment_makes_a_new_version_of_the_workflows_that_use_it_and_of_no_other() {
    let house = Builder::at(AT).build().await;
    let workflows = house.folder.join("workflows");
    copy_workflows(&workflows);
    fs::write(workflows.join("alone.yaml"), ALONE).unwrap();
    house.engine.load_workflows(&workflows, "editor").await.unwrap();
    let file = workflows.join("fragments/email-instead.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("3 working days", "2 working days")).unwrap();
    let before = house.engine.library.active("account-transfer").unwrap();
    let loaded = house.engine.load_workflows(&workflows, "editor").await.unwrap();
    let activated: Vec<&str> = loaded.activated.iter().map(|version| version.workflow.as_str()).collect();
    assert!(activated.contains(&"account-transfer") && !activated.contains(&"alone"), "{activated:?}");

    // The version in the database holds the fragment as it was, whatever becomes of the file.
    fs::remove_file(&file).unwrap();
    let refused = house.engine.load_workflows(&workflows, "editor").await.unwrap().refused;
    assert_eq!(refused[0].1.findings[0].code, Code::UnknownFragment);
    let stored = house.engine.store.version(&before.hash).await.unwrap().unwrap();
    let (again, report) = wasl_core::definition::Workflow::load_pinned(&stored.bundle);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    assert_eq!(again.unwrap().hash, before.hash);
}

#[tokio::test]
async fn a_holiday_announced_late_moves_the_open_deadlines_and_says_which() {
    let house = Builder::at(AT).build().await;
    assert!(house.engine.apply_calendars().await.unwrap().is_empty(), "seen for the first time, nothing has changed");
    let case = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap().case;
    let before = case.progress.timers[0].due;

    let file = root().join("config/calendars/bahrain-government.yaml");
    let text = fs::read_to_string(file).unwrap();
    let announced = text.replacen(
        "holidays:\n",
        "holidays:\n  - {date: 2024-06-12, name: {en: A day of mourning, ar: يوم حداد}}\n",
        1,
    );
    assert_ne!(text, announced);
    let calendar = Calendar::parse("bahrain-government.yaml", &announced)
        .unwrap_or_else(|report| panic!("{}", report.render(false)));
    let mut changed = environment();
    changed.calendars.insert(calendar.name.clone(), calendar);
    house.engine.library.set_environment(changed);
    assert_eq!(house.engine.apply_calendars().await.unwrap(), ["bahrain-government"]);
    house.settle().await;

    let moved = house.engine.store.case(case.id).await.unwrap().unwrap();
    let timer = &moved.progress.timers[0];
    assert!(timer.due >= before.checked_add(SignedDuration::from_hours(24)).unwrap());
    assert!(timer.why.words("en").contains("A day of mourning"), "{}", timer.why.words("en"));
    let history = house.engine.store.history(case.id).await.unwrap();
    let told = history
        .iter()
        .any(|entry| matches!(&entry.what, What::Reprojected { from, to, .. } if *from == before && *to == timer.due));
    assert!(told, "the history says what moved");
    // Told once, not with every look at the files.
    assert!(house.engine.apply_calendars().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_fell_due_while_nothing_ran_happens_once_and_says_how_late() {
    let house = Builder::at(AT).build().await;
    let case = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap().case;
    // The daemon was off for seven weeks: the case should have gone to a supervisor long ago.
    house.clock.set(local("2024-07-30T10:00"));
    house.settle().await;
    let history = house.engine.store.history(case.id).await.unwrap();
    let fired: Vec<i64> = history
        .iter()
        .filter_map(|entry| match entry.what {
            What::TimerFired { late_ms, .. } => Some(late_ms),
            _ => None,
        })
        .collect();
    assert_eq!(fired.len(), 1, "one step at a time, each with its own wait: {fired:?}");
    assert!(fired[0] > 1000 * 60 * 60 * 24 * 14);
    let case = house.engine.store.case(case.id).await.unwrap().unwrap();
    assert_eq!(case.state, "escalation");
    assert!(case.wake_at().unwrap() > house.engine.now());
}
