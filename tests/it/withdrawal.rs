//! Who must not be contacted, through the program's own door: deaths that are learnt late, deaths that are
//! withdrawn, and people who ask us to stop.

use serde_json::{Value as Json, json};

use crate::support::program::Desk;

/// Opens a case of the shipped workflow: who has died, their number, and the family's numbers.
fn open(desk: &Desk, cpr: &str, account: &str, holder: &str, family: &[(&str, &str)]) -> String {
    let contacts: Vec<Json> =
        family.iter().map(|(name, mobile)| json!({"name": name, "mobile": mobile, "language": "en"})).collect();
    let case = json!({
        "cpr": cpr, "account_no": account, "deceased_name_ar": "حسن", "deceased_name_en": "Hasan",
        "date_of_death": "2024-05-01", "registered_on": "2024-05-05", "governorate": "capital",
        "holder_mobile": holder, "monthly_kwh": 3000, "monthly_m3": 20, "contacts": contacts,
    });
    let opened = desk.pipe(&["case", "open", "account-transfer", "--json", "-", "--format", "json"], &case.to_string());
    assert_eq!(opened.code, 0, "{opened:?}");
    let json: Json = serde_json::from_str(&opened.out).unwrap();
    json["case"]["reference"].as_str().unwrap().to_owned()
}

/// Whom the case's open calls are to.
fn called(desk: &Desk, case: &str) -> Vec<String> {
    let tasks = desk.json(&["task", "list", "--case", case, "--status", "open"]);
    let name = |task: &Json| task["to_name"].as_str().unwrap_or("nobody").to_owned();
    tasks.as_array().unwrap().iter().map(name).collect()
}

fn state(desk: &Desk, case: &str) -> String {
    let cases = desk.json(&["case", "list"]);
    let found = cases.as_array().unwrap().iter().find(|one| one["reference"] == *case);
    found.unwrap_or_else(|| panic!("{cases}"))["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_death_that_is_learnt_later_takes_the_call_from_the_agents_list() {
    let desk = Desk::shipped();
    let family = [("Amna", "+97336001234"), ("Badr", "+97339005678")];
    let case = open(&desk, "530445233", "100200", "+97333000001", &family);
    assert_eq!(called(&desk, &case), ["Amna"]);
    // Amna has died as well; her number is written as clerks write it.
    open(&desk, "600101234", "100300", "3600 1234", &[("Zahra", "+97336009999")]);
    assert_eq!(called(&desk, &case), ["Badr"]);
    let story = desk.text(&["case", "show", &case]);
    assert!(story.contains("this person may not be contacted any more"), "{story}");
}

#[test]
fn a_death_that_was_registered_in_error_stops_everything_about_the_person_once() {
    let desk = Desk::shipped();
    let family = [("Amna", "+97336001234")];
    let one = open(&desk, "530445233", "100200", "+97333000001", &family);
    let two = open(&desk, "530445233", "100201", "+97333000001", &family);
    let other = open(&desk, "600101234", "100300", "+97333000002", &[("Zahra", "+97336009999")]);
    let reverse = ["death", "reverse", "530 445 233", "--reason", "the register withdrew it"];

    let asked = desk.pipe(&reverse, "");
    assert!(asked.code == 2 && asked.err.contains("nobody is there to be asked"), "{asked:?}");
    let planned = desk.json(&[&reverse[..], &["--dry-run"]].concat());
    let goes: Vec<&str> = planned.as_array().unwrap().iter().map(|of| of["is"]["state"].as_str().unwrap()).collect();
    assert_eq!(goes, ["reported_in_error", "reported_in_error"]);
    assert_eq!(planned[0]["calls_stopped"], 1);
    assert_eq!(state(&desk, &one), "first_call", "nothing was done");

    let done = desk.text(&[&reverse[..], &["--yes", "--lang", "ar"]].concat());
    assert!(done.contains("سُحب قيد الوفاة (حالتان)"), "{done}");
    for case in [&one, &two] {
        assert_eq!(state(&desk, case), "reported_in_error");
        assert_eq!(called(&desk, case), ["nobody"], "only the supervisor's task is left");
    }
    assert_eq!(state(&desk, &other), "first_call");

    let again = desk.text(&[&["death", "reverse", &one, "--reason", "again"], &["--yes"][..]].concat());
    assert!(again.starts_with("this death is withdrawn already; nothing changed"), "{again}");
    // The person may be somebody's contact again, until the death is confirmed after all.
    let third = open(&desk, "700101234", "100400", "+97333000003", &[("Hasan", "+97333000001")]);
    assert_eq!(called(&desk, &third), ["Hasan"]);
    let unsaid = desk.run(&["death", "confirm", "530445233"]);
    assert!(unsaid.code == 2 && unsaid.err.contains("--reason"), "{unsaid:?}");
    desk.text(&["death", "confirm", "530445233", "--reason", "the hospital confirms it"]);
    let story = desk.text(&["case", "show", &one]);
    assert!(story.contains("the death is confirmed after all: the hospital confirms it"), "{story}");
    assert_eq!(state(&desk, &third), "trace_contacts", "{}", desk.text(&["case", "show", &third]));

    let unknown = desk.run(&["death", "reverse", "999999999", "--reason", "x", "--yes"]);
    assert!(unknown.code == 5 && unknown.err.contains("no case knows of such a death"), "{unknown:?}");
}

#[test]
fn whoever_asks_us_to_stop_is_listed_with_reason_and_source_and_the_cases_go_on() {
    let desk = Desk::shipped();
    let family = [("Amna", "+97336001234"), ("Badr", "+97339005678")];
    let case = open(&desk, "530445233", "100200", "+97333000001", &family);
    let add = ["suppression", "add", "36001234", "--source", "hotline", "--reason", "asked for quiet"];
    let added = desk.json(&add);
    assert_eq!(added, json!({"new": true, "cases_told": [case]}));
    assert_eq!(called(&desk, &case), ["Badr"]);
    assert_eq!(desk.json(&add), json!({"new": false, "cases_told": []}));

    let listed = desk.text(&["suppression", "list"]);
    assert!(
        listed.contains("•••••••••234") && listed.contains("hotline") && listed.contains("asked for quiet"),
        "{listed}"
    );
    assert!(!listed.contains("6001234"), "no more is shown than needed: {listed}");
    let arabic = desk.text(&["suppression", "list", "--lang", "ar"]);
    assert!(arabic.contains("طلب المستلم إيقاف الرسائل: asked for quiet"), "{arabic}");

    let without = desk.run(&["suppression", "remove", "36001234"]);
    assert!(without.code == 2 && without.err.contains("--reason"), "{without:?}");
    let remove = ["suppression", "remove", "+973 3600 1234", "--reason", "rang and wants to hear again"];
    desk.text(&remove);
    assert_eq!(desk.run(&remove).code, 5);
    let kept = desk.json(&["suppression", "list", "36001234"]);
    let changes: Vec<&str> =
        kept["changes"].as_array().unwrap().iter().map(|of| of["change"].as_str().unwrap()).collect();
    assert_eq!((kept["listed"].as_array().unwrap().len(), changes), (0, vec!["added", "removed"]));
}

/// The register's own columns, with the status that it marks withdrawn entries by.
const REGISTER: &str = "registration_no,cpr,full_name_ar,full_name_en,sex,nationality,date_of_death,registered_on,\
                        governorate,status\n";

#[test]
fn a_row_of_the_register_that_withdraws_a_death_stops_its_cases_in_every_workflow_once() {
    let desk = Desk::shipped();
    let replace = |path: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(desk.path(path)).unwrap();
        assert!(text.contains(from), "{path} has no `{from}`");
        desk.write(path, &text.replace(from, to));
    };
    replace("config/sources.yaml", "    # status:", "    status:");
    replace("workflows/account-transfer.yaml", "    # withdrawn:", "    withdrawn:");
    std::fs::remove_dir_all(desk.path("examples/bahrain-year/death-register")).unwrap();
    let register = |month: &str, rows: &[&str]| {
        let path = format!("examples/bahrain-year/death-register/{month}.csv");
        desk.write(&path, &format!("{REGISTER}{}\n", rows.join("\n")));
        desk.json(&["detect", "account-transfer"])[0].clone()
    };
    let hasan = "D1,530445233,حسن علي,Hasan Ali,M,BH,2024-05-01,2024-05-05,capital";
    let (one, other) = (
        open(&desk, "530445233", "100200", "+97333000001", &[("Amna", "+97336001234")]),
        open(&desk, "600101234", "100300", "+97333000002", &[("Zahra", "+97336009999")]),
    );
    let two = open(&desk, "530445233", "100201", "+97333000001", &[("Badr", "+97339005678")]);
    let registered = register("2024-05", &[&format!("{hasan},registered")]);
    assert_eq!(
        (&registered["withdrawn"], &registered["opened"]),
        (&json!(0), &json!(1)),
        "he is one of the sample's subscribers"
    );
    assert_eq!(state(&desk, &one), "first_call");

    let withdrawn = register("2024-06", &[&format!("{hasan},withdrawn")]);
    assert_eq!((&withdrawn["withdrawn"], &withdrawn["cases_withdrawn"]), (&json!(1), &json!(3)), "{withdrawn}");
    for case in [&one, &two] {
        assert_eq!(
            (state(&desk, case).as_str(), called(&desk, case)),
            ("reported_in_error", vec!["nobody".to_owned()])
        );
    }
    let story = desk.text(&["case", "show", &one]);
    assert!(
        story.contains("the death is withdrawn: `death-register` says so (") && story.contains("2024-06.csv, line 2)"),
        "{story}"
    );
    assert_eq!(state(&desk, &other), "first_call", "another death");

    // The row again, in another file: nothing more happens, not even to a case that was led on meanwhile.
    let again = register(
        "2024-07",
        &[&format!("{hasan},withdrawn"), "D2,700101234,علي,Ali,M,BH,2024-05-01,2024-05-05,capital,withdrawn"],
    );
    assert_eq!(
        (&again["unchanged"], &again["withdrawn"], &again["cases_withdrawn"]),
        (&json!(1), &json!(1), &json!(0))
    );

    // Who corrects a row withdraws no death by it: that is for those who may, and is looked at first.
    register("2024-08", &["D3,60010,زينب,Zainab,F,BH,2024-05-01,2024-05-05,capital,registered"]);
    let rows = desk.json(&["detect", "rejected", "list"]);
    let row = rows.as_array().unwrap().iter().find(|row| row["file"].as_str().unwrap().contains("2024-08")).unwrap();
    let set = ["--set", "cpr=600101234", "--set", "status=withdrawn"];
    let refused = desk.run(&[&["detect", "rejected", "correct", row["row"].as_str().unwrap()], &set[..]].concat());
    assert!(refused.code != 0 && refused.err.contains("wasl death reverse"), "{refused:?}");
    assert_eq!(state(&desk, &other), "first_call");
}
