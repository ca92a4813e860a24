//! The names that expressions and texts may use, with their types. The step builds its values under
//! the same names.

use std::collections::BTreeMap;

use super::Workflow;
use crate::delivery::Channel;
use crate::event::News;
use crate::expr::Scope;
use crate::schema::{Field, Schema};
use crate::value::{Member, Type};

/// Names that the engine gives to expressions; no field of a case may take one.
pub(super) const ENGINE_NAMES: [&str; 10] =
    ["today", "now", "attempts", "visits", "reachable", "answer", "event", "reply", "recipient", "reference"];

fn present(ty: Type) -> Member {
    Member { ty, optional: false }
}

fn absent(ty: Type) -> Member {
    Member { ty, optional: true }
}

/// What guards and values in `do`, `next`, `every` and `after` may use: the case's fields, and
///
/// - `today` (date) and `now` (time) in the calendar's zone,
/// - `attempts`: calls made in this case so far; `visits`: times that this state was entered,
/// - `reachable.call`, `.sms`, `.email`: whether somebody can be reached there under the policy.
pub(super) fn of_state(fields: &Schema) -> Scope {
    let channels = Channel::ALL.map(|channel| (channel.as_str().to_owned(), present(Type::Bool)));
    Scope::from(fields.members())
        .with("today", present(Type::Date))
        .with("now", present(Type::Time))
        .with("attempts", present(Type::Int))
        .with("visits", present(Type::Int))
        .with("reachable", present(Type::Record(BTreeMap::from(channels))))
}

/// What a reaction to an event may use besides: `event.…`, the payload of a declared event, and of
/// `case.updated` the case's fields, of which only those that changed are there; `reply`, the text of
/// `sms.reply` and `email.reply`; `answer.…`, what this reaction asks for.
pub(super) fn of_reaction(fields: &Schema, event: &str, payload: Option<&Schema>, asked: &[Field]) -> Scope {
    let mut scope = of_state(fields);
    let payload = match payload {
        Some(payload) => Some(payload.members()),
        None if event == UPDATED => {
            Some(fields.members().into_iter().map(|(name, member)| (name, absent(member.ty))).collect())
        }
        None => None,
    };
    if let Some(payload) = payload {
        scope = scope.with("event", present(Type::Record(payload)));
    }
    if is_reply(event) {
        scope = scope.with("reply", present(Type::Text));
    }
    if !asked.is_empty() {
        let answers = asked.iter().map(|field| (field.name.clone(), field.member())).collect();
        scope = scope.with("answer", present(Type::Record(answers)));
    }
    scope
}

/// What texts may use: the case's fields, `recipient.name`, `.relation`, `.language` and `.email`, the case's
/// `reference`, and `today`. Every one of the house's texts is there as well.
pub(super) fn of_texts(fields: &Schema) -> BTreeMap<String, Member> {
    let recipient = BTreeMap::from([
        ("name".to_owned(), absent(Type::Text)),
        ("relation".to_owned(), absent(Type::Text)),
        ("language".to_owned(), absent(Type::Text)),
        ("email".to_owned(), absent(Type::Text)),
    ]);
    let mut names = fields.members();
    names.insert("recipient".into(), present(Type::Record(recipient)));
    names.insert("reference".into(), present(Type::Text));
    names.insert("today".into(), present(Type::Date));
    names
}

/// The event by which a case hears that its source brought it again with other values.
const UPDATED: &str = "case.updated";

fn is_reply(event: &str) -> bool {
    matches!(event, "sms.reply" | "email.reply")
}

/// What an event's name in `on` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind<'a> {
    /// An agent's answer to a call.
    Outcome(&'a str),
    /// The engine tells that a call or message cannot be: `no_contact`, `suppressed`.
    Told(Channel),
    /// News of a message.
    Message(Channel),
    /// A reply to a message.
    Reply(Channel),
    /// The intake came again with other values.
    Updated,
}

/// The words that may follow `sms.` and `email.`.
pub(super) const MESSAGE_WORDS: [&str; 10] = [
    News::Accepted.as_str(),
    News::Delivered.as_str(),
    News::Undelivered.as_str(),
    News::Unconfirmed.as_str(),
    News::Uncertain.as_str(),
    News::Failed.as_str(),
    News::Expired.as_str(),
    News::Suppressed.as_str(),
    "reply",
    "no_contact",
];

/// Reads the name of an event that the engine itself knows.
pub(crate) fn event_kind(name: &str) -> Option<EventKind<'_>> {
    if name == UPDATED {
        return Some(EventKind::Updated);
    }
    let (channel, word) = name.split_once('.')?;
    let channel = Channel::parse(channel)?;
    match (channel, word) {
        (_, "no_contact" | "suppressed") => Some(EventKind::Told(channel)),
        (Channel::Call, word) => crate::decode::is_name(word).then_some(EventKind::Outcome(word)),
        (channel, "reply") => Some(EventKind::Reply(channel)),
        (_, word) => MESSAGE_WORDS.contains(&word).then_some(EventKind::Message(channel)),
    }
}

impl Workflow {
    /// What guards and values in `do`, `next`, `every` and `after` may use: the case's fields, `today`,
    /// `now`, `attempts`, `visits` and `reachable`.
    pub fn scope(&self) -> Scope {
        of_state(&self.case.fields)
    }

    /// What a reaction to `event` that asks for `asked` may use: besides, `answer`, `event` and `reply`.
    pub fn scope_of(&self, event: &str, asked: &[Field]) -> Scope {
        let payload = self.events.get(event).map(|event| &event.fields);
        of_reaction(&self.case.fields, event, payload, asked)
    }

    /// What texts may use, besides the house's own texts.
    pub fn text_variables(&self) -> BTreeMap<String, Member> {
        of_texts(&self.case.fields)
    }

    /// What of it may say who a case is about, or act in their name: everything but the reference and the day.
    pub(crate) fn personal_variables(&self) -> BTreeMap<String, Member> {
        let mut names = self.text_variables();
        names.retain(|name, _| !matches!(name.as_str(), "reference" | "today"));
        names.insert("stop_url".into(), absent(Type::Text));
        names
    }
}
