//! Stories that are written: they say what was meant, and hold when they are read again.

use super::super::made_up::{MadeUp, reply_like};
use super::*;
use crate::message::phone::{LineKind, read_phone};
use crate::schema::{Field, Schema};
use crate::value::{Type, Value};

const START: &str = "2024-05-12T06:00:00Z";

#[test]
fn suggested_stories_cover_what_can_be_reached_and_hold_when_they_are_read_again() {
    let stage = Stage::new();
    let start = START.parse().unwrap();
    let found = suggest(&stage.workflow, stage.house(), &[], &Coverage::default(), start);
    let yaml = to_yaml(&found, &stage.workflow, &stage.calendar);
    let (read_again, report) = stage.read(&yaml);
    assert!(report.findings.is_empty(), "{}\n{yaml}", report.render(false));
    assert_eq!(read_again.len(), found.len());
    let mut coverage = Coverage::default();
    for scenario in &read_again {
        let played = play(&stage.workflow, scenario, stage.house());
        assert_eq!(played.failure, None, "{}\n{yaml}", scenario.name);
        coverage.add(&played.coverage);
    }
    let gaps = coverage.gaps(&stage.workflow);
    let missing: Vec<String> = gaps.transitions.missing.iter().map(|one| stage.workflow.describe(*one)).collect();
    assert!(gaps.is_empty(), "{missing:?} {:?}", gaps.texts.missing);
}

#[test]
fn nothing_is_suggested_where_everything_is_covered() {
    let stage = Stage::new();
    let start = START.parse().unwrap();
    let all = suggest(&stage.workflow, stage.house(), &[], &Coverage::default(), start);
    let mut coverage = Coverage::default();
    for scenario in &all {
        coverage.add(&play(&stage.workflow, scenario, stage.house()).coverage);
    }
    assert!(suggest(&stage.workflow, stage.house(), &all, &coverage, start).is_empty());
}

#[test]
fn made_up_people_are_of_the_same_kind_the_same_each_time_and_nobody() {
    let mut made_up = MadeUp::new("BH");
    let person = |name: &str, mobile: &str| {
        let text = |text: &str| Value::from(text);
        Value::Record(Record::from([
            ("name".into(), text(name)),
            ("relation".into(), text("son")),
            ("mobile".into(), text(mobile)),
            ("mobile_as_written".into(), text(mobile)),
            ("email".into(), text("isa@mail.bh")),
            ("cpr".into(), text("801234567")),
        ]))
    };
    let schema = Schema {
        fields: vec![
            Field { personal: true, ..Field::new("cpr", Type::Text) },
            Field::new("contacts", Type::List(Box::new(Type::contact()))),
            Field::new("governorate", Type::Text),
        ],
    };
    let people = vec![person("عيسى", "+97336001234"), person("Isa", "+97317123456"), person("عيسى", "+97336001234")];
    let record = Record::from([
        ("cpr".into(), "801234567".into()),
        ("contacts".into(), Value::List(people)),
        ("governorate".into(), "capital".into()),
    ]);
    let made = made_up.record(&record, &schema);
    let Value::List(made_people) = &made["contacts"] else { panic!("a list") };
    let of = |index: usize, member: &str| made_people[index].member(member).as_text().unwrap().to_owned();
    assert_eq!(made_people[0], made_people[2], "the same person stays the same");
    assert_ne!(of(0, "name"), of(1, "name"));
    assert_eq!(made["cpr"].as_text(), Some(of(0, "cpr").as_str()), "the same number stays the same");
    assert_eq!((of(0, "cpr").len(), made["governorate"].clone()), (9, "capital".into()));
    let kinds =
        [0, 1].map(|index| read_phone(&of(index, "mobile"), "BH").unwrap()).map(|phone| (phone.valid, phone.kind));
    assert_eq!(kinds, [(true, LineKind::Mobile), (true, LineKind::FixedLine)]);
    let text = serde_json::to_string(&made).unwrap();
    for real in ["عيسى", "Isa", "isa@", "36001234", "17123456", "801234567"] {
        assert!(!text.contains(real), "{real} in {text}");
    }
}

#[test]
fn a_made_up_reply_leads_where_the_real_one_led() {
    let stage = Stage::new();
    for (real, question) in [("when do you come to see my mother?", true), ("Isa says thank you", false)] {
        let made = reply_like(&stage.workflow, "sms.reply", real);
        assert_eq!(made.contains('?'), question, "{made}");
        assert!(!made.contains("mother") && !made.contains("Isa"), "{made}");
    }
}
