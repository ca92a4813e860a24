//! What can happen to a case. Everything that happens is one of these and goes through the step.

mod reason;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::EffectId;
use crate::delivery::Channel;
use crate::effect::Message;
use crate::lang::Texts;
use crate::retention::Stage;
use crate::value::{Record, ShortText};

/// The event by which a workflow takes that the registration of a death is withdrawn.
pub const DEATH_WITHDRAWN: &str = "death.withdrawn";

/// The code of an `unconfirmed` message whose recipient seems to block our sender: nobody tells a sender so.
pub const SENDER_BLOCK: &str = "sender_block_suspected";

/// How events name an agent as the one who reported them.
pub fn by_agent(name: &str) -> String {
    format!("agent:{name}")
}

/// Something that happened to a case, as stored before it was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The stored event's id; rises with arrival.
    pub id: i64,
    /// When it was received.
    pub at: Timestamp,
    /// Who or what reported it: `agent:huda`, `billing`, `twilio`, `engine`.
    pub by: ShortText,
    /// What happened.
    pub body: Body,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Body {
    /// An event of the workflow, reported by another system or a person.
    External {
        /// Its name: `account.transferred`.
        name: String,
        /// Its payload.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        data: Record,
    },
    /// An agent answered a call task.
    Answer {
        /// The task.
        task: EffectId,
        /// What came of the call: `no_answer`.
        outcome: String,
        /// What the outcome asked for.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        answers: Record,
        /// What else the agent noted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// News of a message.
    Delivery {
        /// The message.
        message: EffectId,
        /// Its channel.
        channel: Channel,
        /// The news.
        news: News,
        /// The gateway's code or the rule, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The address, where it proved bad itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bad_address: Option<String>,
    },
    /// Somebody answered a message.
    Reply {
        /// The channel.
        channel: Channel,
        /// What they wrote.
        text: String,
        /// Their number or address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// The engine tells the case that something which it planned cannot be.
    Told {
        /// `call.no_contact`, `sms.suppressed`, …
        name: String,
        /// The visit in which it was planned: it concerns no other.
        visit: u32,
    },
    /// The intake came again with other values.
    Updated {
        /// The new values.
        data: Record,
    },
    /// An operator stops the case.
    Hold {
        /// Why.
        reason: String,
    },
    /// An operator lets it go on.
    Resume,
    /// An operator ends it.
    Close {
        /// How it ended.
        outcome: String,
        /// Why.
        reason: String,
    },
    /// An operator lets the engine try again what led to an incident.
    Retry,
    /// An operator gives up what led to an incident.
    Skip {
        /// Why.
        reason: String,
    },
    /// An operator takes it to a state by hand.
    Move {
        /// The state's name.
        state: String,
        /// Why.
        reason: String,
    },
    /// An operator does something about one message of the case.
    Message {
        /// The message.
        message: EffectId,
        /// What.
        act: MessageAct,
    },
    /// The calendar changed: open due times are counted again.
    CalendarChanged,
    /// Somebody whom the case means to contact may not be contacted any more.
    PolicyChanged,
    /// The registration of the death is withdrawn: nothing that is unsent leaves, and the case goes where its
    /// workflow leads on `death.withdrawn`.
    DeathWithdrawn {
        /// Why.
        reason: String,
    },
    /// The withdrawal is taken back: the person is dead after all.
    DeathConfirmed {
        /// Why.
        reason: String,
    },
    /// What the case says of people is erased.
    Erase {
        /// How much of it.
        stage: Stage,
        /// Why, where a person has it done; none under the house's rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It is kept from being erased, as long as that is not ended.
    Keep {
        /// Why.
        reason: String,
    },
    /// It is kept no longer than others.
    KeepNoLonger {
        /// Why.
        reason: String,
    },
}

/// What an operator does about a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageAct {
    /// It waits and is tried now, if the rules allow it.
    Retry {
        /// Its text, for the rules.
        template: String,
    },
    /// It has not left and never will.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Its text is sent once more, as another message.
    Resend {
        /// Why.
        reason: String,
        /// As it was planned.
        original: Box<Message>,
    },
    /// Nobody knew whether it had left, and a person found out.
    Resolve {
        /// Whether it had.
        sent: bool,
        /// How that is known.
        reason: String,
        /// How it would have gone out, as its case may have left the state that it was for. Earlier releases did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Channel>,
    },
}

impl MessageAct {
    /// The word used in commands, SQL and logs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "retry",
            Self::Cancel { .. } => "cancel",
            Self::Resend { .. } => "resend",
            Self::Resolve { .. } => "resolve",
        }
    }
}

/// News of a message. The names are those of `on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// The gateway took it.
    Accepted,
    /// It reached the handset or mailbox.
    Delivered,
    /// The operator could not deliver it.
    Undelivered,
    /// The gateway took it, and in the time that it promised nobody said whether it arrived.
    Unconfirmed,
    /// Nobody can tell whether it was sent: the answer was lost, and the gateway does not know.
    Uncertain,
    /// It will never be sent.
    Failed,
    /// Its time had passed before it could be sent.
    Expired,
    /// The contact policy stopped it.
    Suppressed,
    /// It was withdrawn before it left.
    Withdrawn,
}

impl News {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Delivered,
        Self::Undelivered,
        Self::Unconfirmed,
        Self::Uncertain,
        Self::Failed,
        Self::Expired,
        Self::Suppressed,
        Self::Withdrawn,
    ];

    /// The news of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|news| news.as_str() == word)
    }

    /// The word used in YAML, SQL and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Unconfirmed => "unconfirmed",
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Suppressed => "suppressed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Body {
    /// The name by which `on` knows it; `None` for what operators do to the case itself.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::External { name, .. } | Self::Told { name, .. } => Some(name.clone()),
            Self::Answer { outcome, .. } => Some(format!("call.{outcome}")),
            Self::Delivery { channel, news, .. } => Some(format!("{channel}.{}", news.as_str())),
            Self::Reply { channel, .. } => Some(format!("{channel}.reply")),
            Self::Updated { .. } => Some("case.updated".into()),
            Self::Hold { .. }
            | Self::Resume
            | Self::Close { .. }
            | Self::Retry
            | Self::Skip { .. }
            | Self::Move { .. }
            | Self::Message { .. }
            | Self::CalendarChanged
            | Self::PolicyChanged
            | Self::DeathWithdrawn { .. }
            | Self::DeathConfirmed { .. }
            | Self::Erase { .. }
            | Self::Keep { .. }
            | Self::KeepNoLonger { .. } => None,
        }
    }

    /// A name for lists and logs, also for what operators do.
    pub fn label(&self) -> String {
        let word = match self {
            Self::Hold { .. } => "case.hold",
            Self::Resume => "case.resume",
            Self::Close { .. } => "case.close",
            Self::Retry => "incident.retry",
            Self::Skip { .. } => "incident.skip",
            Self::Move { .. } => "case.move",
            Self::Message { act, .. } => return format!("message.{}", act.as_str()),
            Self::CalendarChanged => "calendar.changed",
            Self::PolicyChanged => "policy.changed",
            Self::DeathWithdrawn { .. } => DEATH_WITHDRAWN,
            Self::DeathConfirmed { .. } => "death.confirmed",
            Self::Erase { .. } => "case.erase",
            Self::Keep { .. } => "case.keep",
            Self::KeepNoLonger { .. } => "case.keep_no_longer",
            other => return other.name().unwrap_or_default(),
        };
        word.to_owned()
    }
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "became")]
pub enum Disposition {
    /// The case took it.
    Applied,
    /// It waits for a state that takes it.
    Deferred {
        /// How long.
        until: Timestamp,
    },
    /// The present state does not take it, and none will.
    NotApplicable,
    /// The case was over.
    Late,
    /// It waited in vain.
    GivenUp,
    /// It was refused: nothing changed.
    Refused {
        /// Why, in both languages.
        #[serde(flatten, with = "reason")]
        reason: Texts,
    },
    /// It led to an incident.
    Incident,
}

impl Disposition {
    /// The word used in SQL and lists.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Deferred { .. } => "deferred",
            Self::NotApplicable => "not_applicable",
            Self::Late => "late",
            Self::GivenUp => "given_up",
            Self::Refused { .. } => "refused",
            Self::Incident => "incident",
        }
    }
}
