//! What a gateway's description says, valid by construction. [`super::decode`] reads it from YAML.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use regex::Regex;
use wasl_core::delivery::Status;

use super::place::Place;
use super::proof::Proof;
use super::request::Plan;
use super::template::Template;
use crate::errors::{Class, ErrorClasses};

/// An HTTP gateway for text messages.
#[derive(Clone, Debug)]
pub struct Description {
    /// The gateway's name.
    pub(crate) name: String,
    /// What the notifier's section gives under `values`, with what holds where it does not.
    pub(crate) values: BTreeMap<String, Option<String>>,
    /// What it gives under `secrets`.
    pub(crate) secrets: BTreeSet<String>,
    /// How a message is handed over.
    pub(crate) send: Plan,
    /// How the answer to that is read.
    pub(crate) answer: Answer,
    /// The gateway's words for where a message stands.
    pub(crate) statuses: BTreeMap<String, Status>,
    /// What its codes mean.
    pub(crate) errors: Errors,
    /// How it reports on a message.
    pub(crate) receipts: Option<Receipts>,
    /// How it passes on what people write to us.
    pub(crate) inbound: Option<InboundPlan>,
    /// How it is asked after a message whose answer was lost.
    pub(crate) find: Option<Find>,
}

/// How an answer is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The first one that fits says what became of the message.
    pub(crate) outcomes: Vec<Outcome>,
    /// The gateway's id of the message.
    pub(crate) id: Option<Place>,
    /// Its error code.
    pub(crate) code: Option<Place>,
    /// Its word for where the message stands.
    pub(crate) status: Option<Place>,
    /// The segments that it bills.
    pub(crate) segments: Option<Place>,
}

/// What an answer must be, and what it means then. What is not said may be anything.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// HTTP statuses, from and to.
    pub(crate) http: Vec<(u16, u16)>,
    /// What the body must match.
    pub(crate) body: Option<Regex>,
    /// A place in the body, and what may stand there.
    pub(crate) json: Option<(String, BTreeSet<String>)>,
    /// What it means.
    pub(crate) means: Meaning,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The gateway has the message.
    Accepted,
    /// The class of its error code decides; an unknown code is left to the next outcome.
    ByCode,
    /// Certainly not sent, and nobody else's would be now: the gateway rests.
    Unreachable,
    /// It was refused for this reason.
    Refused(Class),
}

/// What the gateway's codes mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Errors {
    /// The class of each code.
    pub(crate) classes: ErrorClasses,
    /// Codes that say that there is no error.
    pub(crate) none: BTreeSet<String>,
}

/// How delivery reports are read.
#[derive(Clone, Debug)]
pub(crate) struct Receipts {
    pub(crate) proof: Proof,
    /// The list whose entries are one report each.
    pub(crate) each: Option<String>,
    /// Our id of the message.
    pub(crate) message: Option<Place>,
    /// The gateway's id.
    pub(crate) id: Option<Place>,
    /// Its word for where the message stands.
    pub(crate) status: Place,
    /// Its error code.
    pub(crate) code: Option<Place>,
}

/// How messages to us are read.
#[derive(Clone, Debug)]
pub(crate) struct InboundPlan {
    pub(crate) proof: Proof,
    /// The list whose entries are one message each.
    pub(crate) each: Option<String>,
    /// The gateway's id of it.
    pub(crate) id: Place,
    /// Who wrote.
    pub(crate) from: Place,
    /// To which number of ours.
    pub(crate) to: Option<Place>,
    /// What they wrote.
    pub(crate) text: Place,
}

/// How the gateway is asked after a message.
#[derive(Clone, Debug)]
pub(crate) struct Find {
    pub(crate) request: Plan,
    /// The list of the messages that it knows.
    pub(crate) each: String,
    /// What an entry must say to be the message that is looked for.
    pub(crate) same: Vec<(String, Template)>,
    /// The gateway's id of the message.
    pub(crate) id: Place,
    /// Its word for where the message stands.
    pub(crate) status: Option<Place>,
    /// How long after an attempt a list without the message is believed.
    pub(crate) settle: SignedDuration,
}

impl Description {
    /// The names of the values that must be given.
    pub fn values_asked_for(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter(|(_, default)| default.is_none()).map(|(name, _)| name.as_str())
    }

    /// The gateway's name, as the description gives it.
    pub fn name(&self) -> &str {
        &self.name
    }
}
