//! What a step wants done, complete when planned: nothing is decided later except "still allowed?".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::{CaseId, EffectId};
use crate::definition::Priority;
use crate::delivery::{Channel, OnUncertain};
use crate::event::Body;
use crate::lang::Texts;
use crate::policy::Rule;
use crate::retention::Stage;
use crate::value::ShortText;

/// One thing to be done, in the transaction that records the step.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A message to be sent, or recorded as suppressed.
    Message(Box<Message>),
    /// A call for a person to make, or recorded as suppressed.
    Call(Box<CallTask>),
    /// A planned effect is withdrawn if it has not left yet.
    Withdraw {
        /// Which.
        id: EffectId,
        /// Why.
        why: Withdrawn,
    },
    /// A message that waits is tried at another moment.
    Hurry {
        /// Which.
        id: EffectId,
        /// When.
        not_before: Timestamp,
        /// Why not at once.
        why: Option<Texts>,
    },
    /// A person says whether a message had left of which nobody knew; if not, it is tried again.
    Resolved {
        /// Which.
        id: EffectId,
        /// Whether it had left.
        sent: bool,
        /// How that is known.
        reason: String,
    },
    /// A call task was answered.
    Answered {
        /// The task.
        task: EffectId,
        /// What came of it.
        outcome: String,
        /// By whom.
        by: ShortText,
        /// What else was noted.
        note: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// The case is told something, as an event of its own.
    Tell(Body),
    /// Everything that is stored of the case is erased with it.
    Erase(Box<Erasure>),
    /// The case is kept from being erased, or no longer.
    Keep {
        /// Which.
        case: CaseId,
        /// Whether.
        kept: bool,
    },
}

/// What is erased of everything that is stored of a case, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Which case.
    pub case: CaseId,
    /// How much.
    pub stage: Stage,
    /// When.
    pub at: Timestamp,
    /// By what the case is known again; none if nothing is to be known again.
    pub key: Option<String>,
    /// Identities that stay known without being readable: the pseudonym of each, and how it is spelt.
    pub identities: Vec<(String, String)>,
}

/// Why an effect was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawn {
    /// The case left the state that planned it.
    LeftState,
    /// The case ended.
    Ended,
    /// The address proved wrong.
    BadAddress,
    /// An operator cancelled it.
    Operator,
    /// The person may not be contacted any more.
    NotAllowed,
    /// The registration of the death is withdrawn.
    DeathWithdrawn,
    /// The case was erased.
    Erased,
}

impl Withdrawn {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::LeftState,
        Self::Ended,
        Self::BadAddress,
        Self::Operator,
        Self::NotAllowed,
        Self::DeathWithdrawn,
        Self::Erased,
    ];

    /// The reason of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }

    /// The word used in SQL and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftState => "left_state",
            Self::Ended => "ended",
            Self::BadAddress => "bad_address",
            Self::Operator => "operator",
            Self::NotAllowed => "not_allowed",
            Self::DeathWithdrawn => "death_withdrawn",
            Self::Erased => "erased",
        }
    }
}

/// A message, rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: EffectId,
    /// SMS or e-mail.
    pub channel: Channel,
    /// The state that planned it.
    pub state: ShortText,
    /// The text's name.
    pub template: ShortText,
    /// E.164 number or e-mail address.
    pub to: ShortText,
    /// The recipient's name, where known.
    pub to_name: Option<ShortText>,
    /// Whom it reaches, for the caps: their personal number where known, else the address.
    pub person: ShortText,
    /// Language of the text.
    pub language: ShortText,
    /// E-mail only.
    pub subject: Option<String>,
    /// The exact text.
    pub text: String,
    /// Where the recipient can stop e-mails, for the header; none for a legal notice and an SMS.
    pub unsubscribe: Option<String>,
    /// SMS segments it costs; 0 for e-mail.
    pub segments: u32,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// Not sent before.
    pub not_before: Timestamp,
    /// Not sent after.
    pub expires: Option<Timestamp>,
    /// Whether it outlives its state.
    pub keep: bool,
    /// What becomes of it when nobody can tell whether it was sent; `None` is as the operator says.
    pub on_uncertain: Option<OnUncertain>,
    /// Why it is sent later than planned.
    pub why: Option<Texts>,
    /// The rule that forbids it; such a message is recorded and never sent.
    pub suppressed: Option<Rule>,
}

/// A call for a person to make.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTask {
    /// Its id.
    pub id: EffectId,
    /// Whose queue it is in.
    pub queue: ShortText,
    /// How urgent.
    pub priority: Priority,
    /// The state that planned it.
    pub state: ShortText,
    /// Whom to call; empty for a desk task.
    pub to: Option<ShortText>,
    /// Their name.
    pub to_name: Option<ShortText>,
    /// Their relation to the deceased.
    pub relation: Option<ShortText>,
    /// For the caps; empty for a desk task.
    pub person: ShortText,
    /// Language to speak.
    pub language: ShortText,
    /// Name of the script.
    pub script: ShortText,
    /// What to say, rendered.
    pub words: String,
    /// Which outcomes may be answered, with what they ask for.
    pub outcomes: Vec<Offer>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// Who promised the family to ring again at this time: `agent:huda`; none where nobody promised.
    pub promised_by: Option<ShortText>,
    /// Not before.
    pub not_before: Timestamp,
    /// By when.
    pub due: Option<Timestamp>,
    /// How the due time came about, in words.
    pub why: Option<Texts>,
    /// Whether it outlives its state.
    pub keep: bool,
    /// The rule that forbids it; such a call is recorded and never shown as work.
    pub suppressed: Option<Rule>,
}

/// An outcome that an agent may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its name: `no_answer`.
    pub outcome: String,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<Question>,
}

/// An answer that an outcome asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its name.
    pub name: String,
    /// Its type, as people read it.
    #[serde(rename = "type")]
    pub ty: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub title: Texts,
    /// Whether it may be left out.
    pub optional: bool,
}
