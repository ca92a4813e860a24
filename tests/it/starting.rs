//! `wasl new`: what it writes is right at once, with every template and channel, and it never writes over or half.

use std::fs;
use std::path::Path;

use wasl_core::definition::Workflow;
use wasl_core::yaml::format;
use wasl_runtime::engine::read_bundle;

use crate::support::environment;
use crate::support::program::Desk;

/// A workflow that was just made loads without a finding and is in the house's form.
fn is_right(desk: &Desk, name: &str) -> Workflow {
    let path = desk.path(&format!("workflows/{name}.yaml"));
    let bundle = read_bundle(&path).unwrap();
    let (workflow, report) = Workflow::load(&bundle, &environment());
    assert!(report.findings.is_empty(), "{name}:\n{}", report.render(false));
    let yaml = |path: &str| Path::new(path).extension().is_some_and(|ending| ending == "yaml");
    for (path, text) in bundle.files.iter().filter(|(path, _)| yaml(path)) {
        assert_eq!(format(path, text).unwrap(), *text, "{path}");
    }
    workflow.unwrap()
}

#[test]
fn every_template_and_channel_makes_a_workflow_without_a_finding() {
    let desk = Desk::shipped();
    for template in ["call-first", "message-first", "minimal"] {
        for (channel, who) in [("sms", "family"), ("email", "person"), ("none", "family")] {
            let name = format!("{template}-{channel}-{who}");
            let titles = ["--title-en", "The holder's card: it's #1", "--title-ar", "بطاقة: «الأسرة»", "--yes"];
            let given = ["new", &name, "--template", template, "--channel", channel, "--who", who];
            let said = desk.run(&[&given[..], &titles].concat());
            if (template, channel) == ("message-first", "none") {
                assert_eq!(said.code, 1, "{said:?}");
                continue;
            }
            assert_eq!(said.code, 0, "{said:?}");
            let workflow = is_right(&desk, &name);
            assert_eq!(workflow.title.get("ar"), "بطاقة: «الأسرة»");
            assert_eq!(workflow.templates.is_empty(), channel == "none");
        }
    }
    let check = desk.run(&["check"]);
    assert!(check.code == 0 && check.out.contains("no mistakes"), "{check:?}");
    let played = desk.run(&["test"]);
    assert_eq!(played.code, 0, "{played:?}");
}

#[test]
fn questions_are_answered_on_standard_input_with_enter_for_the_default() {
    let desk = Desk::shipped();
    // A name that is none is asked for again; everything after the title in Arabic is the default.
    let said = desk.pipe(&["new", "--lang", "ar"], &format!("My Card\nmy-card\n\n\nبطاقتي\n{}", "\n".repeat(7)));
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("[call-first]") && said.err.contains("[My card]"), "{said:?}");
    assert!(said.out.contains("workflows/my-card/messages/follow-up.ar.txt"), "{said:?}");
    assert_eq!(is_right(&desk, "my-card").title.get("en"), "My card");
}

#[test]
fn answers_come_from_a_file_and_flags_win() {
    let desk = Desk::shipped();
    desk.write("answers.yaml", "title_en: Card\ntitle_ar: بطاقة\nkey: cpr, card_no\nchannel: email\ndays: 14\n");
    let said = desk.run(&["new", "card", "--answers", "answers.yaml", "--days", "7"]);
    assert_eq!(said.code, 0, "{said:?}");
    let workflow = is_right(&desk, "card");
    assert_eq!(workflow.case.key, ["cpr", "card_no"]);
    let (_, follow_up) = workflow.state_named("follow_up").unwrap();
    assert_eq!(follow_up.after[0].name, "after 7 days");

    desk.write("wrong.yaml", "titel_en: Card\n");
    let said = desk.run(&["new", "other", "--answers", "wrong.yaml"]);
    assert!(said.code == 1 && said.err.contains("wrong.yaml:1:1: error[W003]"), "{said:?}");
    assert!(said.err.contains("did you mean `title_en`?"), "{said:?}");
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_half_made() {
    let desk = Desk::shipped();
    let listed = || {
        let entries = fs::read_dir(desk.path("workflows")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let before = listed();
    let there = desk.run(&["new", "account-transfer", "--title-ar", "نقل", "--yes"]);
    assert!(there.code == 1 && there.err.contains("is there already; nothing is overwritten"), "{there:?}");
    let cut = desk.pipe(&["new"], "card\n\n\n");
    assert!(cut.code == 1 && cut.err.contains("nothing is written"), "{cut:?}");
    let missing = desk.run(&["new", "card", "--yes"]);
    assert!(missing.code == 1 && missing.err.contains("--title-ar"), "{missing:?}");
    // What an interrupted run left does not stand in the way, and does not stay.
    desk.write("workflows/.new-card/card.yaml", "half");
    let done = desk.run(&["new", "card", "--title-ar", "بطاقة", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    let mut expected = before;
    expected.extend(["card".to_owned(), "card.yaml".to_owned()]);
    expected.sort();
    assert_eq!(listed(), expected);
}
