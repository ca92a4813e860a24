//! Stories: how they are read, played, compared and covered.

mod playing;
mod reading;
mod writing;

use std::collections::BTreeMap;

use super::*;
use crate::definition::{Bundle, Environment, Workflow};
use crate::diagnostic::{Diagnostic, Report};
use crate::lang::Texts;

/// A workflow in which most things can happen within a few days.
const WORKFLOW: &str = r#"
workflow: w
calendar: office
languages: [en, ar]
case:
  key: [cpr]
  fields:
    cpr: {type: text, pattern: '[0-9]{9}'}
    died: {type: date, past: true}
    contacts: {type: contacts}
    heir: {type: contact, optional: true}
    kwh: {type: number, optional: true}
events:
  paid: {title: {en: Paid, ar: دفع}, fields: {sum: {type: number, optional: true}}}
  asked: {title: {en: Asked, ar: سأل}}
start: begin
anywhere:
  on:
    paid: {goto: done}
states:
  begin:
    do:
      - call: {queue: desk, to: contacts, script: talk, due: 1 working day}
    on:
      call.agreed: {ask: heir, goto: written}
      call.no_answer: {again: [4 working hours, 1 working day], then: written}
      call.wrong_number: {next: contact, then: done}
    after: {10 days: done}
  written:
    do:
      - sms: {to: heir ?? contacts, template: word, expires: 2 days}
    on:
      sms.undelivered: {email: {to: contacts, template: letter}}
      sms.reply: {when: 'reply.contains("?")', goto: begin}
      asked: {goto: begin}
    every: {3 days: {at_most: 1, when: 1 / (kwh ?? 1) >= 0, sms: {to: heir ?? contacts, template: word, expires: 2 days}}}
    after: {7 days: done}
  done:
    end: success
    reopen: {asked: begin}
"#;

const OFFICE: &str = "calendar: office\nzone: Asia/Bahrain\nweek: {SUN-THU: \"07:00-14:15\"}\ncontact: {sms: {SUN-THU: \"09:00-20:00\"}, call: {SUN-THU: \"09:00-13:00, 16:00-19:00\"}}\n";

/// The top of most files: a son who reads English.
const TOP: &str = "start: 2024-05-12 09:00
given:
  cpr: '530445233'
  died: 2024-05-05
  contacts:
    - {name: Isa, relation: son, mobile: '+97336001234', email: isa@example.bh, language: en}
    - {name: Sara, relation: daughter, mobile: '+97336005678', language: ar}
scenarios:
";

fn bundle(scenarios: &str) -> Bundle {
    let texts = [
        ("messages/word.en.txt", "A word about {{ reference }}"),
        ("messages/word.ar.txt", "كلمة"),
        ("messages/letter.en.txt", "Subject: A letter\n\nA letter"),
        ("messages/letter.ar.txt", "الموضوع: رسالة\n\nرسالة"),
        ("scripts/talk.en.md", "Talk"),
        ("scripts/talk.ar.md", "حديث"),
        ("scenarios/s.yaml", scenarios),
    ];
    let mut files = BTreeMap::from([("w.yaml".to_owned(), WORKFLOW.to_owned())]);
    files.extend(texts.map(|(path, text)| (format!("w/{path}"), text.to_owned())));
    Bundle { name: "w".into(), files }
}

/// Everything that scenarios are read and played with.
struct Stage {
    workflow: Workflow,
    calendar: Calendar,
    policy: HousePolicy,
    texts: Record,
}

impl Stage {
    fn new() -> Self {
        let calendar =
            Calendar::parse("office.yaml", OFFICE).unwrap_or_else(|report| panic!("{}", report.render(false)));
        let environment = Environment {
            calendars: BTreeMap::from([("office".into(), calendar.clone())]),
            queues: BTreeMap::from([("desk".into(), Texts::default())]),
            ..Environment::default()
        };
        let (workflow, report) = Workflow::load(&bundle(""), &environment);
        let workflow = workflow.unwrap_or_else(|| panic!("{}", report.render(false)));
        Self { workflow, calendar, policy: HousePolicy::default(), texts: Record::new() }
    }

    fn house(&self) -> House<'_> {
        House { calendar: &self.calendar, policy: &self.policy, texts: &self.texts, region: "BH" }
    }

    fn read(&self, scenarios: &str) -> (Vec<Scenario>, Report) {
        read(&bundle(scenarios), Some((&self.workflow, self.house())))
    }
}

/// `line:column code message | help`
fn line(finding: &Diagnostic, source: &str) -> String {
    let (line, column) = finding.position(source);
    let help = finding.suggestion.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
    format!("{line}:{column} {} {}{help}", finding.code, finding.message)
}
