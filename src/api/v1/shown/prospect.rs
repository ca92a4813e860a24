//! What an act would lead to, as other systems get it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use wasl_core::effect;
use wasl_core::explain;
use wasl_core::policy::Rule;

use super::{CaseItem, Deadline};
use crate::session::Told;

/// What an act would lead to. Nothing of it has happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::api::v1) struct Prospect {
    /// The case as it would be.
    case: CaseItem,
    /// What would happen, in sentences. Personal.
    happens: Option<Vec<String>>,
    /// Messages that would be planned.
    messages: Vec<MeantMessage>,
    /// Calls and other work that would be planned.
    calls: Vec<MeantCall>,
    /// What is planned now and would be withdrawn.
    withdrawn: Vec<Lost>,
    /// What it would then wait for by time, earliest first.
    deadlines: Vec<Deadline>,
}

/// A message that would be planned.
#[derive(Debug, Serialize, JsonSchema)]
struct MeantMessage {
    /// `sms` or `email`.
    channel: &'static str,
    /// The text's name.
    template: String,
    /// The language of the text.
    language: String,
    /// Not sent before.
    #[schemars(with = "String", extend("format" = "date-time"))]
    not_before: Timestamp,
    /// The rule that would stop it.
    suppressed: Option<&'static str>,
    /// The number or address. Personal.
    to: Option<String>,
    /// The recipient's name. Personal.
    to_name: Option<String>,
    /// Of e-mails. Personal.
    subject: Option<String>,
    /// The exact text. Personal.
    text: Option<String>,
}

/// A call or other work that would be planned.
#[derive(Debug, Serialize, JsonSchema)]
struct MeantCall {
    /// Whose work.
    queue: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    not_before: Timestamp,
    /// By when.
    #[schemars(with = "Option<String>")]
    due: Option<Timestamp>,
    /// The rule that would stop it.
    suppressed: Option<&'static str>,
    /// Whom to call. Personal.
    to: Option<String>,
    /// Their name. Personal.
    to_name: Option<String>,
}

/// Something planned that would not be done any more.
#[derive(Debug, Serialize, JsonSchema)]
struct Lost {
    /// What, in words.
    what: String,
    /// When it would have been.
    #[schemars(with = "String", extend("format" = "date-time"))]
    not_before: Timestamp,
}

impl Prospect {
    pub(in crate::api::v1) fn of(prospect: &explain::Prospect, told: &Told, sees: bool) -> Self {
        let sentences = || prospect.entries.iter().map(|entry| told.teller().sentence(entry)).collect();
        let lost = |lost: &explain::Lost| Lost { what: lost.words.clone(), not_before: lost.not_before };
        Self {
            case: CaseItem::of(&prospect.case, told),
            happens: sees.then(sentences),
            messages: prospect.messages.iter().map(|message| MeantMessage::of(message, sees)).collect(),
            calls: prospect.calls.iter().map(|call| MeantCall::of(call, sees)).collect(),
            withdrawn: prospect.withdrawn.iter().map(lost).collect(),
            deadlines: prospect.deadlines.iter().cloned().map(|deadline| Deadline::of(deadline, sees)).collect(),
        }
    }
}

impl MeantMessage {
    fn of(message: &effect::Message, sees: bool) -> Self {
        Self {
            channel: message.channel.as_str(),
            template: message.template.to_string(),
            language: message.language.to_string(),
            not_before: message.not_before,
            suppressed: message.suppressed.as_ref().map(Rule::name),
            to: sees.then(|| message.to.to_string()),
            to_name: message.to_name.as_ref().map(ToString::to_string).filter(|_| sees),
            subject: message.subject.clone().filter(|_| sees),
            text: sees.then(|| message.text.clone()),
        }
    }
}

impl MeantCall {
    fn of(call: &effect::CallTask, sees: bool) -> Self {
        Self {
            queue: call.queue.to_string(),
            not_before: call.not_before,
            due: call.due,
            suppressed: call.suppressed.as_ref().map(Rule::name),
            to: call.to.as_ref().map(ToString::to_string).filter(|_| sees),
            to_name: call.to_name.as_ref().map(ToString::to_string).filter(|_| sees),
        }
    }
}
