//! Scenarios: short stories beside a workflow that say what must happen, played on the step itself.
//!
//! [`read`] finds every mistake in the files of a bundle, [`play()`] tells one story in a [`World`] in
//! memory, [`Coverage`] says what no story touches, [`suggest()`] writes stories for that, [`repro()`]
//! writes one from a real case. No database, no clock, no IO: a year takes milliseconds.

mod claim;
mod compare;
mod coverage;
mod decode;
mod made_up;
mod play;
mod possible;
mod repro;
mod suggest;
#[cfg(test)]
mod tests;
mod world;
mod write;

use std::ops::Range;

use jiff::Timestamp;

use crate::calendar::Calendar;
use crate::delivery::Channel;
use crate::event::News;
use crate::policy::HousePolicy;
use crate::value::Record;

pub use claim::{Claim, Expect, Part, Want};
pub use compare::Difference;
pub use coverage::{Coverage, Gaps, TextId, TextKind};
pub use decode::read;
pub use play::{Played, play};
pub use repro::{Real, Retold, repro};
pub use suggest::suggest;
pub use world::{Sent, World};
pub use write::to_yaml;

/// What scenarios are played in besides their workflow: the house as it is configured.
#[derive(Clone, Copy, Debug)]
pub struct House<'a> {
    /// The workflow's calendar.
    pub calendar: &'a Calendar,
    /// The house's caps.
    pub policy: &'a HousePolicy,
    /// The house's texts that templates may use.
    pub texts: &'a Record,
    /// ISO country whose phone numbers are written without a country code.
    pub region: &'a str,
}

/// One story.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it proves.
    pub name: String,
    /// The bundle's path of its file.
    pub file: String,
    /// Its name's place there.
    pub span: Range<usize>,
    /// When the case opens.
    pub start: Timestamp,
    /// What the case knows then.
    pub given: Record,
    /// Addresses whose owners have asked us to stop, by whatever channel.
    pub opted_out: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Something that happens at a time, and what must be true then.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What happens; none to look only.
    pub act: Option<Act>,
    /// Where it says so.
    pub span: Range<usize>,
    /// What must be true afterwards.
    pub expect: Option<Expect>,
}

/// What may happen to a case in a story.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// An agent answers the open call.
    Answer {
        /// What came of it.
        outcome: String,
        /// What the outcome asks for.
        with: Record,
        /// Which call, where several are open.
        queue: Option<String>,
    },
    /// Somebody reports something.
    Event {
        /// Its name.
        name: String,
        /// Its payload.
        data: Record,
    },
    /// The gateway tells of the last message.
    Receipt {
        /// The news.
        news: News,
        /// The last message of this text instead.
        template: Option<String>,
        /// Whether the address itself proved bad.
        bad_address: bool,
    },
    /// The recipient of the last message answers.
    Reply {
        /// What they write.
        text: String,
        /// By which channel, where it is not that of the last message.
        channel: Option<Channel>,
    },
    /// The source brings the case again with other values.
    Update(Record),
    /// An operator stops the case.
    Hold(String),
    /// An operator lets it go on.
    Resume,
    /// An operator ends it.
    Close(String),
    /// An operator lets the engine try again what led to an incident.
    Retry,
    /// An operator gives up what led to an incident.
    Skip(String),
    /// An operator takes it to a state by hand.
    Move(String),
}
