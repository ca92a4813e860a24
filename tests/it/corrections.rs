//! Rows that could not be read, corrected by a person: they go the way of every row, open one case at the most, and say who
//! corrected them.

use std::collections::BTreeMap;
use std::fs;

use reqwest::Method;
use serde_json::json;
use wasl_core::case::Case;
use wasl_runtime::intake::Corrected;
use wasl_runtime::store::{CaseFilter, Rejected};

use crate::access::{Browser, PASSWORD, add};
use crate::support::program::Desk;
use crate::support::{Builder, House};

const HEADER: &str =
    "registration_no,cpr,full_name_ar,full_name_en,sex,nationality,date_of_death,registered_on,governorate\n";
const SUBSCRIBERS: &str = "account_no,holder_cpr,subsidised,account_rank,governorate,holder_mobile,avg_monthly_kwh,avg_monthly_m3\n\
    20000001,500101111,Y,1,northern,+97336600001,3000,50\n";
const CONTACTS: &str = "deceased_cpr,contact_cpr,name_ar,name_en,relation,mobile,email,language\n\
    500101111,801010101,ليلى أحمد,Layla Ahmed,daughter,36611111,,ar\n";
/// A personal number with a digit too few, a row that is cut short, and one whose quotation mark is never closed.
const BAD: &str = "D1,50010111,أحمد محمد,Ahmed Mohamed,M,BH,2024-10-01,2024-10-05,northern\n\
    D2,500202222,خديجة\n\
    D3,\"500303333,عيسى,Isa,M,BH,2024-10-03,2024-10-05,southern\n";
const FOLDER: &str = "examples/bahrain-year";

fn register(house: &House, name: &str, rows: &str) {
    let folder = house.folder.join(FOLDER);
    fs::create_dir_all(folder.join("death-register")).unwrap();
    fs::write(folder.join("subscribers.csv"), SUBSCRIBERS).unwrap();
    fs::write(folder.join("contacts.csv"), CONTACTS).unwrap();
    fs::write(folder.join("death-register").join(name), format!("{HEADER}{rows}")).unwrap();
}

async fn detect(house: &House) -> wasl_runtime::intake::RunSummary {
    house.engine.detect("account-transfer", None, false, &|_| ()).await.unwrap().remove(0)
}

async fn rejected(house: &House, line: u64) -> Rejected {
    let rows = house.engine.store.rejected(None, 100).await.unwrap();
    rows.into_iter().find(|row| row.line == line).unwrap()
}

async fn cases(house: &House) -> Vec<Case> {
    house.engine.store.cases(&CaseFilter { limit: 100, ..CaseFilter::default() }).await.unwrap()
}

fn with(row: &Rejected, changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut given = row.given.clone().unwrap().fields;
    given.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    given
}

async fn correct(house: &House, row: &Rejected, changes: &[(&str, &str)]) -> Corrected {
    house.engine.correct_rejected(row, &with(row, changes), "user:sami").await.unwrap().unwrap()
}

#[tokio::test]
async fn a_corrected_row_opens_the_case_that_its_file_would_have_opened_and_only_one() {
    let house = Builder::at("2024-11-03T10:00").build().await;
    register(&house, "october.csv", BAD);
    let summary = detect(&house).await;
    assert_eq!((summary.opened, summary.rejected), (0, 3));
    let row = rejected(&house, 2).await;
    assert_eq!(row.given.as_ref().unwrap().fields["full_name_en"], "Ahmed Mohamed");

    // What does not fit changes nothing, and no run of it is left behind.
    let runs = house.engine.store.runs(None, 100).await.unwrap().len();
    let refused = correct(&house, &row, &[("cpr", "5001"), ("date_of_death", "2031-01-01")]).await;
    let Corrected::Refused(problems) = refused else { panic!("{refused:?}") };
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["cpr", "date_of_death"]);
    assert_eq!(rejected(&house, 2).await, row);
    assert_eq!(house.engine.store.runs(None, 100).await.unwrap().len(), runs);

    // A look-up that has got a bad row meanwhile, which no detection has met, stops no correction.
    let subscribers = house.folder.join(FOLDER).join("subscribers.csv");
    fs::write(subscribers, format!("{SUBSCRIBERS}20000009,no number\n")).unwrap();
    let taken = correct(&house, &row, &[("cpr", " 500101111 ")]).await;
    let opened = cases(&house).await;
    let [case] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!(taken, Corrected::Taken { result: "opened".into(), case: Some(case.id) });
    assert_eq!(case.field("deceased_name_en").as_text(), Some("Ahmed Mohamed"));
    assert_eq!(case.field("account_no").as_text(), Some("20000001"));
    let corrected = rejected(&house, 2).await.corrected.unwrap();
    assert_eq!((corrected.by.as_str(), corrected.case), ("user:sami", Some(case.id)));

    // Twice is once; the file corrected later is the same row, and another registration of the death the same case.
    assert_eq!(correct(&house, &row, &[("cpr", "500101111")]).await, taken);
    assert_eq!(correct(&house, &rejected(&house, 2).await, &[]).await, taken);
    // Whoever has the form still open and means another person is told, and opens no second case.
    let late = correct(&house, &row, &[("cpr", "500202222")]).await;
    assert!(matches!(&late, Corrected::Refused(problems) if problems[0].reason.contains("somebody else")), "{late:?}");
    register(&house, "october.csv", &BAD.replace("50010111,", "500101111,"));
    let summary = detect(&house).await;
    assert_eq!((summary.opened, summary.unchanged, summary.rejected), (0, 3, 0));
    register(&house, "later.csv", "D9,500101111,أحمد محمد,Ahmed Mohamed,M,BH,2024-10-01,2024-10-09,northern\n");
    assert_eq!(detect(&house).await.duplicates, 1);
    assert_eq!(cases(&house).await.len(), 1);
}

#[tokio::test]
async fn a_row_that_could_not_be_taken_apart_is_shown_as_it_came_and_typed_anew() {
    let house = Builder::at("2024-11-03T10:00").build().await;
    register(&house, "october.csv", BAD);
    detect(&house).await;
    let (short, open) = (rejected(&house, 3).await, rejected(&house, 4).await);
    let given = short.given.clone().unwrap();
    assert_eq!((given.fields["cpr"].as_str(), given.fields.get("sex")), ("500202222", None));
    assert_eq!(given.whole.as_deref(), Some("D2,500202222,خديجة"));
    assert!(open.given.clone().unwrap().whole.unwrap().starts_with("D3,\"500303333,"));

    // Nobody of that number is a subscriber: the row is dealt with, and no case opens.
    let rest = [
        ("full_name_en", "Khadija"),
        ("sex", "F"),
        ("nationality", "BH"),
        ("date_of_death", "2024-10-02"),
        ("registered_on", "2024-10-05"),
        ("governorate", "capital"),
    ];
    let taken = correct(&house, &short, &rest).await;
    assert_eq!(taken, Corrected::Taken { result: "not_subscriber".into(), case: None });
    assert!(cases(&house).await.is_empty());
    // A correction may also find that the row is about a case that is there.
    correct(&house, &rejected(&house, 2).await, &[("cpr", "500101111")]).await;
    let same = [
        &rest[..],
        &[("registration_no", "D3"), ("cpr", "500101111"), ("full_name_ar", "أحمد"), ("full_name_en", "Ahmed")],
    ]
    .concat();
    let taken = correct(&house, &open, &same).await;
    assert!(matches!(&taken, Corrected::Taken { result, case: Some(_) } if result == "duplicate"), "{taken:?}");
    // What the case knows may be younger than the row.
    assert_eq!(cases(&house).await[0].field("deceased_name_en").as_text(), Some("Ahmed Mohamed"));
    assert_eq!(cases(&house).await.len(), 1);
    let counts = house.engine.store.records_by_result("account-transfer/death-register").await.unwrap();
    assert_eq!(counts.get("rejected"), None, "{counts:?}");
}

fn furnished() -> Desk {
    let desk = Desk::shipped_and_open_all_day();
    fs::remove_dir_all(desk.path(FOLDER)).unwrap();
    desk.write(&format!("{FOLDER}/subscribers.csv"), SUBSCRIBERS);
    desk.write(&format!("{FOLDER}/contacts.csv"), CONTACTS);
    desk.write(&format!("{FOLDER}/death-register/october.csv"), &format!("{HEADER}{BAD}"));
    desk.text(&["db", "migrate"]);
    desk.text(&["detect", "account-transfer"]);
    desk
}

#[test]
fn a_supervisor_corrects_a_row_in_a_form_and_nobody_else_does() {
    let desk = furnished();
    let rows = desk.json(&["detect", "rejected", "list"]);
    let name = rows[0]["row"].as_str().unwrap().to_owned();
    let daemon = desk.serve();
    for role in ["supervisor", "agent", "viewer"] {
        add(&desk, &daemon, role, role);
    }
    let visit = |who: &str| {
        let mut browser = Browser::new(&daemon);
        browser.enter(who, PASSWORD);
        browser
    };
    let (sami, huda, mona) = (visit("supervisor"), visit("agent"), visit("viewer"));
    let path = format!("/detections/rejected/{name}");
    assert_eq!((huda.get(&path).status, mona.get(&path).status), (403, 403));
    assert_eq!(sami.get("/detections/rejected/1-000000000000").status, 404);
    assert!(sami.get("/detections").body.contains(&format!("href=\"{path}\"")));
    let page = sami.get(&path).body;
    assert!(page.contains("value=\"50010111\"") && page.contains("aria-invalid"), "{page}");

    let csrf = sami.csrf();
    let send = |cpr: &str, date: &str| {
        let form = [("csrf", csrf.as_str()), ("column.cpr", cpr), ("column.date_of_death", date)];
        sami.send(Method::POST, &path, |request| request.form(&form))
    };
    let refused = send("5001", "2024-10-02");
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("value=\"5001\"") && refused.body.contains("value=\"2024-10-02\""),
        "what was typed is kept"
    );
    let strange = [("csrf", csrf.as_str()), ("column.case_id", "1")];
    assert_eq!(sami.send(Method::POST, &path, |request| request.form(&strange)).status, 404, "a column that is none");
    assert_eq!(desk.json(&["case", "list"]).as_array().unwrap().len(), 0);

    assert_eq!(send("500101111", "2024-10-02").status, 303);
    let [case] = desk.json(&["case", "list"]).as_array().unwrap().clone().try_into().unwrap();
    let reference = case["reference"].as_str().unwrap();
    let page = sami.get(&path).body;
    assert!(page.contains(&format!("href=\"/cases/{reference}\"")) && !page.contains("<form class=\"card"), "{page}");
    assert!(sami.get("/detections").body.contains(&format!("href=\"/cases/{reference}\"")));
    let trace = desk.json(&["audit", "list", "--act", "rejected.correct"]);
    assert_eq!((&trace[0]["who"], &trace[0]["subject"]), (&json!("user:supervisor"), &json!(name)));
    assert!(!desk.json(&["audit", "list", "--act", "rejected.see_personal"]).as_array().unwrap().is_empty());
}

#[test]
fn other_systems_and_operators_correct_rows_by_their_own_doors() {
    let desk = furnished();
    let rows = desk.json(&["detect", "rejected", "list"]);
    let name = |at: usize| rows[at]["row"].as_str().unwrap().to_owned();
    let shown = desk.text(&["detect", "rejected", "show", &name(0)]);
    assert!(shown.contains("50010111  ← does not match"), "{shown}");
    let wrong = desk.run(&["detect", "rejected", "correct", &name(0), "--set", "cpr=1"]);
    assert!(wrong.code == 1 && wrong.err.contains("`cpr` does not match"), "{wrong:?}");
    let unknown = desk.run(&["detect", "rejected", "correct", &name(0), "--set", "cprr=1"]);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean `cpr`?"), "{unknown:?}");
    assert_eq!(desk.run(&["detect", "rejected", "show", "9-abc"]).code, 5);

    let daemon = desk.serve();
    let made = desk.json(&["api-key", "create", "registry", "--scope", "correct_records"]);
    let key = made["key"].as_str().unwrap().to_owned();
    let browser = Browser::new(&daemon);
    let ask = |method: Method, path: &str, body: Option<serde_json::Value>| {
        browser.send(method, &format!("/api/v1{path}"), |request| {
            let request = request.bearer_auth(&key);
            match body {
                Some(body) => request.json(&body),
                None => request,
            }
        })
    };
    let one = ask(Method::GET, &format!("/detections/rejected/{}", name(0)), None).json();
    let cpr = one["columns"].as_array().unwrap().iter().find(|column| column["name"] == "cpr").unwrap();
    assert_eq!(
        (&cpr["value"], &cpr["personal"]),
        (&json!(null), &json!(true)),
        "a key without that scope sees no number"
    );
    let post = |cpr: &str| {
        ask(Method::POST, &format!("/detections/rejected/{}", name(0)), Some(json!({"fields": {"cpr": cpr}})))
    };
    assert_eq!(post("5001").status, 422);
    let taken = post("500101111").json();
    assert_eq!(taken["result"], "opened");
    assert_eq!(post("500101111").json(), taken, "twice is once");
    let list = ask(Method::GET, "/detections/rejected", None).json();
    let corrected = list["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&corrected["corrected"]["by"], &corrected["corrected"]["case"]),
        (&json!("key:registry"), &taken["case"])
    );
    let by_hand = desk.text(&["detect", "rejected", "list"]);
    assert!(by_hand.contains("corrected: opened"), "{by_hand}");
}
