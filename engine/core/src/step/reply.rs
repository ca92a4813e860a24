//! Answers of people: kept word for word whatever becomes of them, and read by a person where no state
//! takes them. What they ask for with a keyword is done by the house for every case, not here.

use super::env::language;
use super::machine::{Fault, Machine, Outcome};
use crate::case::{CallPlan, Pending};
use crate::definition::Priority;
use crate::delivery::Channel;
use crate::effect::{CallTask, Offer};
use crate::event::{Body, Event};
use crate::history::{Teller, What};
use crate::message::keyword;
use crate::value::{ShortText, Value};

/// The only outcome of reading.
const READ: &str = "read";
/// What such a task is called where tasks name their script.
const SCRIPT: &str = "answer";

/// Whether a pending call is an answer that somebody reads.
pub(super) fn is_reading(pending: &Pending) -> bool {
    pending.call.as_ref().is_some_and(|plan| plan.action.is_none())
}

impl Machine<'_> {
    /// Writes an answer into the history, before anything is made of it.
    pub(super) fn hear(&mut self, body: &Body) {
        let Body::Reply { channel, text, from } = body else { return };
        let from_name = from.as_deref().and_then(|from| self.name_of(from)).map(ShortText::from);
        self.record(What::Replied { channel: *channel, from_name, text: text.clone() });
    }

    /// Asks the house's desk to read an answer, where there is one; a bare keyword needs no reader.
    pub(super) fn ask_to_read(&mut self, body: &Body) -> bool {
        let Body::Reply { channel, text, from } = body else { return false };
        let Some(queue) = self.context.house.answers_to.clone().filter(|_| keyword(text).is_none()) else {
            return false;
        };
        let language = language(self.workflow, None).to_owned();
        let now = self.context.now;
        let task = CallTask {
            id: self.next_id(),
            queue: queue.into(),
            priority: Priority::Normal,
            state: self.case.state.clone(),
            to: None,
            to_name: None,
            relation: None,
            person: ShortText::default(),
            words: self.words(&language, *channel, text, from.as_deref()),
            language: language.into(),
            script: SCRIPT.into(),
            outcomes: vec![Offer { outcome: READ.to_owned(), ask: Vec::new() }],
            attempt: 1,
            promised_by: None,
            planned_at: now,
            not_before: now,
            due: None,
            why: None,
            keep: true,
            suppressed: None,
        };
        self.push_call(task, CallPlan { action: None, attempt: 1 });
        true
    }

    /// The answer was read. Whatever else there is to do is done to the case by its usual means.
    pub(super) fn take_reading(
        &mut self,
        pending: &Pending,
        outcome: &str,
        note: Option<&str>,
        event: &Event,
    ) -> Outcome {
        if outcome != READ {
            return Err(Fault::refused(
                format!("`{outcome}` is not an outcome of this task; known outcomes: {READ}"),
                format!("ليست `{outcome}` من نتائج هذه المهمة؛ النتائج المعروفة: {READ}"),
            ));
        }
        self.book_answer(pending, outcome, note, event);
        Ok(())
    }

    fn words(&self, language: &str, channel: Channel, text: &str, from: Option<&str>) -> String {
        let teller = Teller { workflow: self.workflow, calendar: self.context.calendar, language };
        let (channel, state) = (teller.channel(channel), teller.state(&self.case.state));
        let name = from.and_then(|from| self.name_of(from));
        let sender: Vec<&str> = [name, from].into_iter().flatten().collect();
        if language == "ar" {
            let sender = if sender.is_empty() { "غير معروف".to_owned() } else { sender.join("، ") };
            return format!(
                "اقرأ هذا الرد وافعل ما يلزم؛ لا تقبله المرحلة «{state}».\nالمرسل: {sender}\n{channel}:\n\n{text}"
            );
        }
        let sender = if sender.is_empty() { "unknown".to_owned() } else { sender.join(", ") };
        format!(
            "Read this answer and do what it needs; the state “{state}” does not take it.\nFrom: {sender}\nBy {channel}:\n\n{text}"
        )
    }

    /// The name of the contact with this number or address.
    fn name_of(&self, address: &str) -> Option<&str> {
        let has = |contact: &&Value| {
            ["mobile", "email"].iter().any(|member| contact.member(member).as_text() == Some(address))
        };
        let contacts = self.case.data.values().flat_map(|value| match value {
            Value::List(items) => items.iter().collect(),
            value => vec![value],
        });
        contacts.filter(|value| matches!(value, Value::Record(_))).find(has)?.member("name").as_text()
    }
}
