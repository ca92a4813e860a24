//! What happened to a case, as data; and as sentences that read like a story, in both languages.
//!
//! The step writes entries, the store appends them, and only people's eyes turn them into words:
//! a year of history costs no sentence that nobody reads.

mod anonymous;
mod words;

pub use words::Teller;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::EffectId;
use crate::delivery::Channel;
use crate::effect::Withdrawn;
use crate::event::News;
use crate::policy::Rule;
use crate::retention::Stage;
use crate::value::ShortText;

/// One line of a case's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// The visit in which it happened.
    pub visit: u32,
    /// The state in which it happened.
    pub state: ShortText,
    /// The stored event that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<i64>,
    /// Who reported that event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ShortText>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
#[expect(missing_docs, reason = "the fields say what they are; the sentences in `words` are their documentation")]
pub enum What {
    /// The case opened.
    Opened { detection: Option<ShortText> },
    /// A state was entered.
    Entered { state: ShortText, from: Option<ShortText>, because: Because },
    /// The case ended.
    Ended { outcome: ShortText },
    /// A timer fired, so much later than due.
    TimerFired { name: ShortText, due: Timestamp, late_ms: i64 },
    /// A timer came due, but its guard did not hold.
    TimerPassed { name: ShortText },
    /// A timer was due, but an event that came before it took the case elsewhere.
    TimerOvertaken { name: ShortText },
    /// A call was planned.
    CallPlanned {
        id: EffectId,
        queue: ShortText,
        to_name: Option<ShortText>,
        attempt: u32,
        not_before: Timestamp,
        due: Option<Timestamp>,
    },
    /// An agent answered.
    CallAnswered { id: EffectId, outcome: ShortText, note: Option<String> },
    /// A message was planned.
    MessagePlanned {
        id: EffectId,
        channel: Channel,
        template: ShortText,
        to_name: Option<ShortText>,
        not_before: Timestamp,
    },
    /// News of a message.
    MessageNews { id: EffectId, channel: Channel, news: News, code: Option<String> },
    /// Somebody wrote to us.
    Replied { channel: Channel, from_name: Option<ShortText>, text: String },
    /// The contact policy stopped something that the workflow wanted.
    Suppressed { id: EffectId, channel: Channel, name: ShortText, rule: Rule },
    /// Nobody can be reached on the channel.
    NoContact { channel: Channel, name: ShortText },
    /// Everybody has stopped that channel, and the words have no other form: nobody hears them.
    Unheard { channel: Channel, name: ShortText },
    /// A planned effect was withdrawn.
    Withdrawn { id: EffectId, channel: Channel, why: Withdrawn },
    /// An operator had a waiting message tried again.
    MessageHurried { id: EffectId, channel: Channel, not_before: Timestamp },
    /// An operator cancelled a message that had not left.
    MessageCancelled { id: EffectId, channel: Channel, reason: String },
    /// An operator had the text of a message sent once more.
    MessageResent { id: EffectId, original: EffectId, channel: Channel, reason: String },
    /// An operator found out whether a message had left.
    MessageResolved { id: EffectId, channel: Channel, sent: bool, reason: String },
    /// The next contact is the present one now.
    NextContact { to_name: Option<ShortText> },
    /// An address proved bad on a channel.
    BadAddress { channel: Channel },
    /// What the gateway takes for a number is never confirmed, whereas it is for others.
    SenderBlock { channel: Channel },
    /// Whoever we had on the phone confirmed who they are: their contact points are verified.
    Verified,
    /// Fields were set.
    Set { fields: Vec<String> },
    /// The case took an event and stayed.
    Took { name: ShortText },
    /// An event waits for a state that takes it.
    Deferred { name: ShortText, until: Timestamp },
    /// A deferred event found its state.
    Recalled { name: ShortText },
    /// An event waited in vain.
    GivenUp { name: ShortText },
    /// An event that no state takes.
    NotApplicable { name: ShortText },
    /// An event after the end.
    Late { name: ShortText },
    /// The intake came again with other values.
    Updated { fields: Vec<String> },
    /// A due time was counted again after the calendar changed.
    Reprojected { timer: ShortText, from: Timestamp, to: Timestamp },
    /// An operator stopped the case.
    Held { reason: String },
    /// The registration of the death was withdrawn.
    DeathWithdrawn { reason: String },
    /// That was taken back: the person is dead after all.
    DeathConfirmed { reason: String },
    /// An operator let it go on.
    Resumed,
    /// An operator ended it.
    Closed { outcome: ShortText, reason: String },
    /// The engine could not move the case.
    Incident { place: String, reason: String },
    /// An operator let the engine try again.
    Retried,
    /// An operator gave up what led to the incident.
    Skipped { reason: String },
    /// What the case said of people was erased, under the rule or because somebody asked for it.
    Erased { stage: Stage, reason: Option<String> },
    /// It is kept from being erased.
    Kept { reason: String },
    /// It is kept no longer.
    KeptNoLonger { reason: String },
}

/// Why a state was entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Because {
    /// The case opened here.
    Opened,
    /// A decision of the state before.
    Decided,
    /// An event.
    Event {
        /// Its name.
        name: ShortText,
    },
    /// The last rung of a ladder.
    LadderUsedUp {
        /// The outcome.
        outcome: ShortText,
    },
    /// There is no further contact.
    NoContactLeft,
    /// A timer.
    Timer {
        /// Its name.
        name: ShortText,
    },
    /// An event after the end, for which the workflow opens the case again.
    Reopened {
        /// The event.
        name: ShortText,
    },
    /// An operator moved it here by hand.
    Moved {
        /// Why.
        reason: String,
    },
}
