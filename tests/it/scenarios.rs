//! Scenarios through the program: what is shipped is proven whole, and stories are written that hold.

use std::fs;

use crate::support::program::Desk;

/// The folder of the shipped workflow's scenarios.
const FOLDER: &str = "workflows/account-transfer/scenarios";

#[test]
fn every_scenario_that_is_shipped_holds_and_together_they_cover_everything() {
    let said = Desk::shipped().run(&["test", "--min-coverage", "100"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("account-transfer: scenarios: ") && said.out.contains("all as expected"), "{said:?}");
}

#[test]
fn a_story_that_no_longer_holds_is_told_with_its_first_difference() {
    let desk = Desk::shipped();
    let file = "workflows/account-transfer.yaml";
    let workflow = fs::read_to_string(desk.path(file)).unwrap();
    let changed = workflow.replacen(
        "call.no_answer:           {again: [4 working hours",
        "call.no_answer:           {again: [5 working hours",
        1,
    );
    assert_ne!(changed, workflow, "the ladder of the first call has moved");
    desk.write(file, &changed);
    let said = desk.run(&["test", "--name", "a call on Thursday evening"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("mourning-and-holidays.yaml:"), "{said:?}");
    assert!(said.out.contains("expected from 2024-05-19 11:00, found 2024-05-19 12:00"), "{said:?}");
    assert!(said.out.contains("▸ Thu 16 May 2024 18:30"), "{said:?}");
    let json = desk.run(&["test", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(json[0]["failed"].is_null() && json["workflows"][0]["failed"].as_u64() > Some(1), "{json}");
}

#[test]
fn mistakes_in_scenarios_are_found_by_check_and_stop_the_test() {
    let desk = Desk::shipped();
    desk.write(&format!("{FOLDER}/new.yaml"), "scenarios:\n  - name: x\n    start: 2024-05-12 09:00\n    setps: []\n");
    for command in ["check", "test"] {
        let said = desk.run(&[command]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.out.contains("new.yaml:4:5: error[W003]: a scenario has no key `setps`"), "{said:?}");
        assert!(said.out.contains("did you mean `steps`?"), "{said:?}");
    }
}

#[test]
fn what_no_story_covers_is_named_and_may_fail() {
    let desk = Desk::shipped();
    fs::remove_file(desk.path(FOLDER).join("rarer-ways.yaml")).unwrap();
    let said = desk.run(&["test", "--min-coverage", "100"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("not covered: closed_refused: reopen on death.withdrawn → reported_in_error"),
        "{said:?}"
    );
    assert!(said.out.contains("less than asked for is covered:"), "{said:?}");
    assert_eq!(desk.run(&["test"]).code, 0);
}

/// Somebody who must not be found again in what is written of the case.
const REAL: [&str; 9] =
    ["530445233", "20973057", "الحداد", "Alhaddad", "36001234", "isa@", "801234567", "صفية", "minister"];

#[test]
fn the_story_of_a_real_case_holds_and_names_nobody() {
    let desk = Desk::shipped();
    desk.text(&["db", "migrate"]);
    let case = serde_json::json!({
        "cpr": "530445233", "account_no": "20973057", "deceased_name_ar": "إبراهيم أحمد الحداد",
        "deceased_name_en": "Ebrahim Ahmed Alhaddad", "date_of_death": "2024-05-05", "registered_on": "2024-05-09",
        "governorate": "capital", "holder_mobile": "+97336009999", "monthly_kwh": 1605, "monthly_m3": 40,
        "contacts": [{"name": "عيسى الحداد", "relation": "son", "cpr": "801234567", "mobile": "36001234",
            "email": "isa@example.bh", "language": "ar"}],
    });
    let opened = desk.json(&["case", "open", "account-transfer", "--json", &case.to_string()]);
    let reference = opened["case"]["reference"].as_str().unwrap().to_owned();
    let task = || desk.json(&["task", "list", "--case", &reference])[0]["id"].as_str().unwrap().to_owned();
    desk.text(&["task", "answer", &task(), "no_answer"]);
    desk.text(&[
        "task",
        "answer",
        &task(),
        "gave_other_contact",
        "--set",
        "contacts.0.name=صفية",
        "contacts.0.mobile=36005678",
    ]);
    desk.text(&["case", "hold", &reference, "--reason", "the minister asks"]);
    desk.text(&["case", "resume", &reference]);
    desk.text(&["case", "event", &reference, "account.transferred", "--data", "heir_cpr=801234567"]);

    let story = desk.text(&["test", "--repro", &reference]);
    let found: Vec<&&str> = REAL.iter().filter(|word| story.contains(**word)).collect();
    assert!(found.is_empty(), "{found:?} in {story}");
    for words in [
        "answer: no_answer",
        "answer: gave_other_contact",
        "hold: ",
        "event: account.transferred",
        "state: transfer_done",
    ] {
        assert!(story.contains(words), "{words}: {story}");
    }
    desk.write(&format!("{FOLDER}/found.yaml"), &story);
    let said = desk.run(&["test", &format!("{FOLDER}/found.yaml")]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("scenarios: 1, all as expected"), "{said:?}");
}
