//! The rules of the step, as stories: what is given, line by line, and everything that follows.
//!
//! A story is a transcript. Lines that begin with `>` are inputs, the lines below each are the whole
//! answer: the history in words, what is to be done, what became of events, the timers where they
//! changed. [`world`] plays the inputs through [`advance`](super::advance) and compares the whole.

mod deceased;
mod disclosure;
mod events;
mod explained;
mod failures;
mod generated;
mod moved;
mod otherwise;
mod outbox;
mod points;
mod policy;
mod properties;
mod scoped;
mod time;
mod watch;
mod withdrawn;
mod world;

use std::collections::BTreeMap;

use crate::calendar::Calendar;
use crate::definition::{Bundle, Environment, Workflow};
use crate::lang::Texts;
use crate::value::{Record, Value};
use world::World;

/// What every workflow here knows of a case, and an office that works as the government of Bahrain.
const HEAD: &str = "
workflow: w
calendar: office
languages: [en]
case:
  key: [cpr]
  fields:
    cpr: {type: text}
    died: {type: date}
    holder: {type: phone, optional: true}
    note: {type: text, optional: true}
    parts: {type: integer}
    meeting: {type: time, optional: true}
    family: {type: contacts}
    heir: {type: contact, optional: true}
events:
  paid: {title: {en: the bill is paid}, fields: {amount: {type: integer, optional: true}}, keep: 10 days}
  papers: {title: {en: the papers came}, keep: 2 days}
";

const OFFICE: &str = "
calendar: office
zone: Asia/Bahrain
week: {SUN-THU: '07:00-14:15'}
contact: {call: {SUN-THU: '09:00-13:00, 16:00-19:00'}, sms: {SUN-THU: '09:00-20:00'}, email: {SUN-SAT: '00:00-24:00'}}
";

const TEXTS: [(&str, &str); 8] = [
    ("scripts/hello.en.md", "Hello"),
    ("messages/hi.en.txt", "Hi {{ recipient.language | default(\"\") }}"),
    ("messages/note.en.txt", "A note"),
    ("messages/note-email.en.txt", "Subject: A note\n\nA note"),
    ("messages/mail.en.txt", "Subject: Hi\n\nHello"),
    ("messages/loss.en.txt", "We are sorry for your loss"),
    ("messages/loss-mail.en.txt", "Subject: Hi\n\nDear {{ recipient.name | default(\"family\") }}"),
    ("messages/share.en.txt", "Each pays {{ 100 // parts }}"),
];

fn office() -> Calendar {
    calendar(OFFICE)
}

fn calendar(source: &str) -> Calendar {
    Calendar::parse("office.yaml", source).unwrap_or_else(|report| panic!("{}", report.render(false)))
}

/// The workflow of [`HEAD`] and `rest`: its policy and its states.
fn workflow(rest: &str) -> Workflow {
    try_workflow(rest).unwrap_or_else(|findings| panic!("{findings}"))
}

fn try_workflow(rest: &str) -> Result<Workflow, String> {
    let mut files = BTreeMap::from([("w.yaml".to_owned(), format!("{HEAD}{rest}"))]);
    files.extend(TEXTS.map(|(path, text)| (format!("w/{path}"), text.to_owned())));
    let environment = Environment {
        calendars: BTreeMap::from([("office".into(), office())]),
        queues: BTreeMap::from([("desk".into(), Texts::default())]),
        ..Environment::default()
    };
    let (workflow, report) = Workflow::load(&Bundle { name: "w".into(), files }, &environment);
    workflow.ok_or_else(|| report.render(false))
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn contact(name: &str, mobile: &str) -> Value {
    let email = format!("{}@example.bh", name.to_lowercase());
    let members = [("name", text(name)), ("mobile", text(mobile)), ("email", Value::Text(email))];
    Value::Record(members.map(|(member, value)| (member.to_owned(), value)).into())
}

/// Amna and Badr mourn someone who died on 1 May 2024.
fn given() -> Record {
    let family = vec![contact("Amna", "+97336001234"), contact("Badr", "+97339005678")];
    Record::from([
        ("cpr".into(), text("530445233")),
        ("died".into(), Value::Date(jiff::civil::date(2024, 5, 1))),
        ("family".into(), Value::List(family)),
        ("parts".into(), Value::Int(1)),
    ])
}

/// Plays a story in the usual office and compares it with what is written.
#[track_caller]
fn check(rest: &str, story: &str) {
    check_in(World::new(workflow(rest)), story);
}

#[track_caller]
fn check_in(world: World, story: &str) {
    let written: Vec<&str> = story.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let told = world.play(written.iter().copied());
    assert!(told == written, "the story goes otherwise:\n\n{}\n", told.join("\n"));
}
