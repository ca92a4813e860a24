//! A case: where one outreach stands and everything the next step needs to know about it.

mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStrBuilder;

use crate::calendar::Derivation;
use crate::definition::WaitingOn;
use crate::delivery::Channel;
use crate::event::Event;
use crate::retention::{Erased, Kept};
use crate::value::{Record, ShortText, Value};

/// Identifies a case within one installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub i64);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl CaseId {
    /// The reference that people read out on the phone: five or more letters and digits without
    /// look-alikes, spread so that neighbours differ, one for each id.
    pub fn reference(self) -> String {
        const ALPHABET: &[u8; 27] = b"23456789ABCDEFGHJKLMNPRTUVW";
        // Multiplying by a number coprime to the range shuffles it without collisions; each length
        // covers its own range, so that references stay unique as they grow.
        const SHUFFLING: u64 = 6_700_417_009;
        let mut rest = u64::try_from(self.0).unwrap_or(0);
        let (mut length, mut range) = (5_u32, 27_u64.pow(5));
        while rest >= range && length < 12 {
            rest -= range;
            length += 1;
            range = 27_u64.pow(length);
        }
        let mut shuffled = match rest.checked_mul(SHUFFLING) {
            Some(product) => product % range,
            None => u64::try_from(u128::from(rest) * u128::from(SHUFFLING) % u128::from(range)).unwrap_or(rest),
        };
        let mut letters = String::with_capacity(12);
        for _ in 0..length {
            letters.push(char::from(ALPHABET[usize::try_from(shuffled % 27).unwrap_or(0)]));
            shuffled /= 27;
        }
        letters
    }
}

/// Identifies an effect of a case: `case.visit.position`. Follows from the case alone, so that the
/// same step plans the same effect again under the same id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectId(pub ShortText);

impl EffectId {
    /// The id of the effect at `position` of a visit.
    pub fn new(case: CaseId, visit: u32, position: u32) -> Self {
        let mut id = SmolStrBuilder::new();
        id.push_str(itoa::Buffer::new().format(case.0));
        for number in [visit, position] {
            id.push('.');
            id.push_str(itoa::Buffer::new().format(number));
        }
        Self(id.finish())
    }

    /// The case that it belongs to.
    pub fn case(&self) -> Option<CaseId> {
        self.0.split('.').next()?.parse().ok().map(CaseId)
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a case moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Standing {
    /// It moves by its workflow.
    Open,
    /// An operator stopped it; nothing is sent and no timer fires.
    Held {
        /// Why.
        reason: String,
    },
    /// The engine cannot move it without a person.
    Incident(Incident),
    /// It is over.
    Ended {
        /// `success`, `refused`, …
        outcome: String,
    },
}

impl Standing {
    /// The word used in SQL and lists.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held { .. } => "held",
            Self::Incident(_) => "incident",
            Self::Ended { .. } => "ended",
        }
    }
}

/// Why the engine could not move a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Where: `guard of on sms.reply`, `template follow-up (ar)`.
    pub place: String,
    /// Why, without personal data.
    pub reason: String,
    /// What was being done: tried again by `retry`, given up by `skip`.
    pub doing: Doing,
}

/// The input that led to an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Entering a state: its actions and decisions.
    Entering {
        /// The state.
        state: String,
    },
    /// A timer of the present visit.
    Timer {
        /// Its name.
        name: String,
    },
    /// An event.
    Event(Box<Event>),
    /// Anything: its workflow version or calendar is not to be had.
    Moving,
}

/// A case. Only the step changes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Name of its workflow.
    pub workflow: ShortText,
    /// Hash of the workflow version that it stays on.
    pub workflow_hash: ShortText,
    /// What makes it one case: the values of the key fields.
    pub key: ShortText,
    /// Which family it is about ([`crate::policy::household_of`]); cases that say the same are one household.
    pub household: Option<ShortText>,
    /// Rises by one with every step; decides races in the store.
    pub version: u64,
    /// The state's name.
    pub state: ShortText,
    /// How many states it has entered.
    pub visit: u32,
    /// Whether it moves.
    pub standing: Standing,
    /// Its fields, shared by all that a step makes of the case until one of them changes.
    pub data: Arc<Record>,
    /// When it opened.
    pub opened_at: Timestamp,
    /// When it entered the state.
    pub state_since: Timestamp,
    /// What the step remembers.
    pub progress: Progress,
}

/// What the step remembers of a case between inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Timers of the present visit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<Timer>,
    /// Effects that are planned and not yet settled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// Effects planned in this visit; the next one's position.
    #[serde(skip_serializing_if = "is_default")]
    pub position: u32,
    /// States entered one after another since the case last waited or heard from outside.
    pub chain: u32,
    /// How often each state was entered.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub visits: BTreeMap<ShortText, u32>,
    /// Which contact of the list is the present one.
    #[serde(skip_serializing_if = "is_default")]
    pub cursor: u32,
    /// Addresses that proved bad, per channel: `sms +973…`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub bad: BTreeSet<String>,
    /// Contact points whose owner has confirmed who they are, as identities.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub verified: BTreeSet<String>,
    /// What became of the last try at each contact point, by channel and identity: `call +973…`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub points: BTreeMap<String, PointNews>,
    /// How often each call outcome came in this visit: the rung of its ladder.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub outcomes: BTreeMap<ShortText, u32>,
    /// Call attempts in the whole case.
    #[serde(skip_serializing_if = "is_default")]
    pub attempts: u32,
    /// Contacts made or planned, for the caps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacted: Vec<Contacted>,
    /// Events that wait for a state that takes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deferred: Vec<Deferred>,
    /// The service-level clock.
    pub clock: Clock,
    /// What of it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<Erased>,
    /// Why it is kept from being erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// What became of the last try at a contact point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointNews {
    /// A call's outcome or the news of a message: `no_answer`, `delivered`.
    pub outcome: String,
    /// When.
    pub at: Timestamp,
    /// Whether nobody was reached there: the person's other points come before it.
    #[serde(default)]
    pub failed: bool,
    /// Whether the recipient seems to block our sender: what the gateway takes is never confirmed.
    #[serde(default)]
    pub suspect: bool,
}

/// A due time of a case and how it came about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "stored::Timer")]
pub struct Timer {
    /// Its name within the state: `after 5 working days`.
    pub name: ShortText,
    /// When.
    pub due: Timestamp,
    /// Counted from.
    pub from: Timestamp,
    /// How often it has fired (repeating ones).
    pub fired: u32,
    /// How the due time came about.
    pub why: Derivation,
}

/// An effect that is planned and not yet settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its id.
    pub id: EffectId,
    /// How the person is reached.
    pub channel: Channel,
    /// The state that planned it.
    pub state: ShortText,
    /// For messages: the text's name, to plan it again for somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<ShortText>,
    /// For calls: what is needed to plan it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallPlan>,
    /// Whether it outlives its state.
    pub keep: bool,
    /// Earliest moment.
    pub not_before: Timestamp,
    /// The address, for replies and bad numbers; none for a desk task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ShortText>,
    /// Whether it has left: a message that the gateway took cannot be withdrawn any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub left: bool,
}

/// What is needed to plan a call again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPlan {
    /// Position of the call among those of the workflow ([`crate::definition::Workflow::calls`]); none where
    /// the house, and no workflow, asks for the work.
    pub action: Option<usize>,
    /// 1 for the first attempt.
    pub attempt: u32,
}

/// One contact with one person, made or planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacted {
    /// The effect.
    pub id: EffectId,
    /// How.
    pub channel: Channel,
    /// Whom: their personal number where known, else the address.
    pub person: ShortText,
    /// When.
    pub at: Timestamp,
}

/// An event that waits for a state that takes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deferred {
    /// The event.
    pub event: Event,
    /// How long it waits.
    pub until: Timestamp,
}

/// How long the case has waited on whom, in milliseconds of elapsed time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clock {
    /// On the authority.
    #[serde(skip_serializing_if = "is_default")]
    pub us_ms: i64,
    /// On the family.
    #[serde(skip_serializing_if = "is_default")]
    pub family_ms: i64,
    /// On the court.
    #[serde(skip_serializing_if = "is_default")]
    pub court_ms: i64,
    /// Who is waited on now.
    pub on: WaitingOn,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Case {
    /// The next instant at which the case needs the engine, without any event: its earliest timer or
    /// the end of its oldest deferred event. `None` while it is held, in an incident or over.
    pub fn wake_at(&self) -> Option<Timestamp> {
        if self.standing != Standing::Open {
            return None;
        }
        let timers = self.progress.timers.iter().map(|timer| timer.due);
        let deferred = self.progress.deferred.iter().map(|deferred| deferred.until);
        timers.chain(deferred).min()
    }

    /// Whether it is over.
    pub fn is_ended(&self) -> bool {
        matches!(self.standing, Standing::Ended { .. })
    }

    /// A field's value; `Null` where there is none.
    pub fn field(&self, name: &str) -> &Value {
        self.data.get(name).unwrap_or(&Value::Null)
    }
}

/// What is as it always begins need not be stored.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The text that identifies a case: the key fields' values, one per line, so that no two records
/// with different values have the same key.
pub fn key_of(key: &[String], data: &Record) -> String {
    let part = |name: &String| match data.get(name) {
        Some(Value::Text(text)) => text.clone(),
        Some(value) => value.to_json().to_string(),
        None => String::new(),
    };
    key.iter().map(part).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_short_unique_and_unlike_their_neighbours() {
        let references: BTreeSet<String> = (0..200_000).map(|id| CaseId(id).reference()).collect();
        assert_eq!(references.len(), 200_000);
        assert!(references.iter().all(|reference| reference.len() == 5));
        let (one, two) = (CaseId(1).reference(), CaseId(2).reference());
        assert!(one.bytes().zip(two.bytes()).filter(|(a, b)| a != b).count() >= 3, "{one} {two}");
        let first_long = 27_i64.pow(5);
        assert_eq!(CaseId(first_long).reference().len(), 6);
    }

    #[test]
    fn keys_of_different_values_differ() {
        let key = ["a".to_owned(), "b".to_owned()];
        let record = |a: &str, b: &str| Record::from([("a".into(), a.into()), ("b".into(), b.into())]);
        assert_ne!(key_of(&key, &record("1", "23")), key_of(&key, &record("12", "3")));
    }
}
