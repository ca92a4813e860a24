//! A workflow told to people who never read YAML: as a picture, as prose, and what changed.

use std::fs;

use crate::program::hello;
use crate::support::program::Desk;

#[test]
fn a_workflow_is_drawn_in_every_form_and_language() {
    let desk = Desk::shipped();
    for (form, language, begins, holds) in [
        ("svg", "ar", "<svg xmlns=", "اكتمل التحويل"),
        ("svg", "en", "<svg xmlns=", "Transfer done"),
        ("dot", "en", "digraph \"account-transfer\" {", "\"transfer_done\" [label=\"Transfer done"),
        ("mermaid", "ar", "stateDiagram-v2\n", "state \"اكتمل التحويل\""),
    ] {
        let file = format!("picture.{form}.{language}");
        let command = ["workflow", "diagram", "account-transfer", "--as", form, "--lang", language];
        let printed = desk.text(&command);
        assert!(printed.starts_with(begins) && printed.contains(holds), "{form} {language}: {printed}");
        desk.text(&[&command[..], &["--output", &file]].concat());
        assert_eq!(fs::read_to_string(desk.path(&file)).unwrap(), printed, "{form} {language}");
    }
    let nowhere = desk.run(&["workflow", "diagram", "account-transfer", "--output", "no/such/folder.svg"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("cannot write `no/such/folder.svg`"), "{nowhere:?}");
}

#[test]
fn a_workflow_is_told_as_prose() {
    let desk = Desk::shipped();
    let english = desk.text(&["workflow", "describe", "account-transfer"]);
    assert!(
        english.contains("We ask the complaints section to ring the family contacts within 1 working day"),
        "{english}"
    );
    let arabic = desk.json(&["workflow", "describe", "account-transfer", "--lang", "ar"]);
    let prose = arabic["markdown"].as_str().unwrap();
    assert!(prose.contains("نطلب من «قسم الشكاوى» الاتصال بجهات اتصال الأسرة خلال يوم عمل واحد"), "{prose}");
}

#[test]
fn an_edit_is_compared_with_the_active_version_and_with_any_stored_one() {
    let desk = Desk::empty();
    hello(&desk, "http://127.0.0.1:9");
    let early = desk.run(&["workflow", "diff", "hello"]);
    assert!(early.code == 5 && early.err.contains("there is no database yet"), "{early:?}");
    let (code, words) = desk.serve().stop();
    assert_eq!(code, Some(0), "{words}");
    let same = desk.text(&["workflow", "diff", "hello"]);
    assert!(same.ends_with("\n\nno difference\n"), "{same}");

    let file = desk.path("workflows/hello.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("30 days: done", "2 days: done")).unwrap();
    let changed = desk.run(&["workflow", "diff", "hello", "--lang", "ar"]);
    assert!(changed.code == 1 && changed.out.contains("بعد يومين بدلا من 30 يوما"), "{changed:?}");
    let listed = desk.json(&["workflow", "list"]);
    let hash = listed[0]["active_version"].as_str().unwrap();
    let stored = desk.run(&["workflow", "diff", &hash[..12], "hello", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stored.out).unwrap();
    assert_eq!((stored.code, &json["changes"][0]["path"]), (1, &"states.greet.after[1].wait".into()), "{json}");
    assert_eq!(json["changes"][0]["words"], "“greet”: now the case goes on to “done” after 2 days instead of 30 days");

    fs::write(&file, text.replace("30 days: done", "2 days: dome")).unwrap();
    let wrong = desk.run(&["workflow", "diff", "hello"]);
    assert!(wrong.code == 3 && wrong.err.contains("W010"), "{wrong:?}");
}
