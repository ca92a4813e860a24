//! A checked workflow: what the YAML says, valid by construction.
//!
//! Names are resolved (a transition holds the index of its state), durations and expressions are
//! parsed, texts are compiled. Only [`decode`] makes one; the step reads it and never fails on it.

mod bundle;
mod check;
mod decode;
pub mod fragment;
mod scope;
#[cfg(test)]
pub(crate) mod tests;
mod transitions;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use bundle::{Bundle, Environment};
pub(crate) use check::samples;
pub use decode::parse_cap;
pub(crate) use scope::{EventKind, event_kind};
pub use transitions::{By, Transition, Way};

use crate::calendar::Quiet;
use crate::delivery::{Channel, OnUncertain};
use crate::duration::Duration;
use crate::expr::Program;
use crate::lang::Texts;
use crate::message::template::Template;
use crate::policy::Disclosure;
use crate::schedule::Schedule;
use crate::schema::{Field, Schema};
use crate::value::ShortText;

/// A workflow version, ready to move cases.
#[derive(Debug)]
pub struct Workflow {
    /// `account-transfer`.
    pub name: ShortText,
    /// Content hash of the workflow with everything it refers to; 64 hexadecimal digits.
    pub hash: ShortText,
    /// What people call it.
    pub title: Texts,
    /// Name of its calendar.
    pub calendar: String,
    /// Languages of its texts; the first is the fallback.
    pub languages: Vec<String>,
    /// What a case knows.
    pub case: CaseSchema,
    /// External events by name.
    pub events: BTreeMap<String, EventDecl>,
    /// Where cases come from.
    pub detect: Vec<Detect>,
    /// When and how often people may be contacted.
    pub policy: ContactPolicy,
    /// What it promises a family in the worst case.
    pub promises: Vec<Promise>,
    /// The state in which a case opens.
    pub start: StateId,
    /// Reactions that hold in every state that is not an end.
    pub anywhere: Vec<Handler>,
    /// All states, in the order of the file.
    pub states: Vec<State>,
    /// Message texts by template name and language.
    pub templates: BTreeMap<String, BTreeMap<String, Template>>,
    /// Call scripts by name and language.
    pub scripts: BTreeMap<String, BTreeMap<String, Template>>,
    /// To whom each message may go, by template name.
    pub disclosures: BTreeMap<String, Disclosure>,
    /// What people call the house's queues. No part of the version: a new title is said of old cases as well.
    pub queues: BTreeMap<String, Texts>,
}

/// Index of a state within its workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub usize);

/// What a case knows, and what makes it one case.
#[derive(Clone, Debug)]
pub struct CaseSchema {
    /// Fields that together identify a case.
    pub key: Vec<String>,
    /// Every field.
    pub fields: Schema,
}

/// An event that other systems or people report.
#[derive(Clone, Debug)]
pub struct EventDecl {
    /// What people call it.
    pub title: Texts,
    /// Its payload.
    pub fields: Schema,
    /// How long it waits for a state that takes it.
    pub keep: Duration,
}

/// A source of cases.
#[derive(Clone, Debug)]
pub struct Detect {
    /// Name of the detection.
    pub name: String,
    /// When it runs, in the calendar's zone; without one only by hand.
    pub schedule: Option<Schedule>,
    /// Name of the source in `config/sources.yaml`.
    pub from: String,
    /// Rows of other sources that belong to a row.
    pub lookups: Vec<Lookup>,
    /// When a row says that the death was registered in error.
    pub withdrawn: Option<Program>,
    /// Named reasons for which no case opens, in order.
    pub screen: Vec<(String, Program)>,
    /// The fields of the case.
    pub case: Vec<(String, Program)>,
}

/// Rows of another source that belong to a row of the detection's source.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The name by which expressions know it.
    pub name: String,
    /// The other source.
    pub source: String,
    /// Pairs of (column there, column here) that must be equal.
    pub on: Vec<(String, String)>,
    /// Whether all matching rows are wanted, or the first.
    pub many: bool,
    /// Members made from a row there; empty keeps the row's columns.
    pub members: Vec<(String, Program)>,
}

/// When and how often people may be contacted, beyond the calendar's contact hours and the house's caps.
#[derive(Clone, Debug, Default)]
pub struct ContactPolicy {
    /// Hours in which a channel is silent.
    pub quiet: BTreeMap<Channel, Quiet>,
    /// Nothing is sent before this long after that field.
    pub not_before: Option<(Duration, String)>,
    /// Caps.
    pub at_most: Vec<Cap>,
    /// The field that says which family it is; without one the first personal number of the deceased says it.
    pub household: Option<String>,
    /// Fields that say who has died: personal number, telephone numbers, addresses.
    pub deceased: Vec<String>,
    /// Fields that hold persons and addresses which must never be used for another reason.
    pub never_to: Vec<String>,
}

/// `1 sms per person in 3 days`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// How many.
    pub limit: u32,
    /// Contacts by these channels together; calls count attempts.
    pub of: BTreeSet<Channel>,
    /// For whom.
    pub per: CapPer,
    /// In which time; without one in the whole case.
    pub within: Option<Duration>,
    /// As written, for the record of a suppression.
    pub text: String,
}

/// For whom a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapPer {
    /// One person, over all cases and workflows.
    Person,
    /// Everybody whom the cases of one family name, over all workflows.
    Household,
    /// One case.
    Case,
}

/// A limit that the workflow promises to keep whatever happens, proven by `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// What is limited.
    pub of: Promised,
    /// The most that it may be.
    pub limit: Limit,
    /// The limit's place in the file.
    pub span: Range<usize>,
}

/// What a workflow can promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promised {
    /// The time from detection to an end, if nobody does anything.
    Duration,
    /// The time in which the family hears nothing, if nobody does anything.
    Silence,
    /// SMS and e-mails together.
    Messages,
    /// SMS.
    Sms,
    /// E-mails.
    Emails,
    /// Call attempts.
    Calls,
    /// Segments of all SMS together, in the dearest language.
    Segments,
}

impl Promised {
    /// Everything that can be promised, in the order of the language.
    pub const ALL: [Self; 7] =
        [Self::Duration, Self::Silence, Self::Messages, Self::Sms, Self::Emails, Self::Calls, Self::Segments];

    /// The word of the language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Silence => "silence",
            Self::Messages => "messages",
            Self::Sms => "sms",
            Self::Emails => "emails",
            Self::Calls => "calls",
            Self::Segments => "segments",
        }
    }
}

/// The most that a promise allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A length of time.
    Time(Duration),
    /// A number.
    Count(u32),
}

/// Whose move it is: the service-level clock runs only on `us`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingOn {
    /// The authority.
    #[default]
    Us,
    /// The family.
    Family,
    /// The court.
    Court,
}

/// One state.
#[derive(Debug)]
pub struct State {
    /// Its name.
    pub name: ShortText,
    /// What people call it.
    pub title: Texts,
    /// Whose move it is.
    pub waiting_on: WaitingOn,
    /// What entering it does, in order.
    pub enter: Vec<Action>,
    /// Decisions taken at once after entering.
    pub next: Vec<Branch>,
    /// What may come.
    pub on: Vec<Handler>,
    /// What repeats while the case stays.
    pub every: Vec<Repeat>,
    /// What happens when nothing came.
    pub after: Vec<After>,
    /// The outcome, if this state ends the case.
    pub end: Option<ShortText>,
    /// Events that open an ended case again.
    pub reopen: Vec<(String, StateId)>,
    /// Its name's place in the file.
    pub span: Range<usize>,
}

/// Something that a state or a reaction does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Asks a person to call.
    Call(CallAction),
    /// Sends a message.
    Send(SendAction),
    /// Sets fields of the case.
    Set(Vec<(String, Program)>),
}

/// A call to be made by a person.
#[derive(Clone, Debug)]
pub struct CallAction {
    /// Whose queue it goes to.
    pub queue: ShortText,
    /// Whom to call; empty for a desk task that calls nobody.
    pub to: Vec<Target>,
    /// What to say.
    pub script: ShortText,
    /// By when, from its earliest moment.
    pub due: Option<Duration>,
    /// How urgent.
    pub priority: Priority,
    /// Whether it outlives its state.
    pub keep: bool,
}

/// How urgent a call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// After everything else.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Before everything else.
    High,
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct SendAction {
    /// SMS or e-mail.
    pub channel: Channel,
    /// To whom: the first target that can be reached.
    pub to: Vec<Target>,
    /// Which text.
    pub template: ShortText,
    /// How long it may be late.
    pub expires: Option<Duration>,
    /// Whether it outlives its state.
    pub keep: bool,
    /// Whether it must be sent by law: it offers no way to stop such messages.
    pub legal_notice: bool,
    /// What becomes of it when nobody can tell whether it was sent; `None` is as the operator says.
    pub on_uncertain: Option<OnUncertain>,
}

/// One alternative of a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A field of type contact, contacts, phone or e-mail.
    Field(String),
    /// An address as written.
    Address(String),
}

/// A decision: the first whose guard is true wins.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Without one it always holds.
    pub when: Option<Program>,
    /// Fields set on the way.
    pub set: Vec<(String, Program)>,
    /// Where to.
    pub goto: StateId,
}

/// What answers an event: the first reaction whose guard is true.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The event's name.
    pub event: String,
    /// In order.
    pub reactions: Vec<Reaction>,
}

/// One answer to an event.
#[derive(Clone, Debug)]
pub struct Reaction {
    /// Without one it always holds.
    pub when: Option<Program>,
    /// What the agent must fill in.
    pub ask: Vec<Ask>,
    /// What the person on the phone has confirmed.
    pub verify: Vec<Verify>,
    /// What it does, in order.
    pub actions: Vec<Action>,
    /// What becomes of the case.
    pub then: Then,
}

/// A contact point that an outcome confirms to be the right person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verify {
    /// The number that was called.
    Called,
    /// The e-mail address that we have of the same contact, read out to them.
    Email,
    /// The numbers and addresses in a field of the case.
    Field(String),
}

/// An answer that an outcome asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What is asked, with its type and title.
    pub field: Field,
    /// Whether the answer is stored in the case's field of that name.
    pub stored: bool,
}

/// What becomes of a case after a reaction.
#[derive(Clone, Debug)]
pub enum Then {
    /// It stays.
    Stay,
    /// It moves.
    Goto(StateId),
    /// The call is planned again.
    Again {
        /// When: the n-th occurrence of the outcome in this visit takes the n-th rung.
        rungs: Vec<Rung>,
        /// Where to after the last rung.
        then: Option<StateId>,
    },
    /// The call is planned for the next contact that can be reached.
    NextContact {
        /// Where to when there is none.
        then: Option<StateId>,
    },
}

/// When a call is tried again.
#[derive(Clone, Debug)]
pub enum Rung {
    /// So long from now.
    After(Duration),
    /// At the instant that this expression gives.
    At(Program),
}

/// Something that repeats while a case stays in a state.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Names the timer: `every 7 days`.
    pub name: ShortText,
    /// From entering the state and from each firing.
    pub every: Duration,
    /// How often at the most.
    pub at_most: Option<u32>,
    /// Without one it always holds.
    pub when: Option<Program>,
    /// What it does.
    pub actions: Vec<Action>,
}

/// A way out by time.
#[derive(Clone, Debug)]
pub struct After {
    /// Names the timer: `after 5 working days`.
    pub name: ShortText,
    /// How long.
    pub wait: Duration,
    /// From this field instead of from entering the state.
    pub from: Option<String>,
    /// Without one it always holds.
    pub when: Option<Program>,
    /// What it does, in order.
    pub actions: Vec<Action>,
    /// Where to; `None` stays.
    pub goto: Option<StateId>,
}

impl Then {
    /// Whether a call that leads here has reached nobody. Where the workflow has us try again after a while, nobody was
    /// reached; who asks to be rung at another time was.
    pub fn reached_nobody(&self) -> bool {
        match self {
            Self::Again { rungs, .. } => rungs.iter().all(|rung| matches!(rung, Rung::After(_))),
            Self::NextContact { .. } => true,
            Self::Stay | Self::Goto(_) => false,
        }
    }
}

/// Whether a call of this outcome was an attempt at all: else nobody's phone rang.
pub fn is_attempt(outcome: &str) -> bool {
    !["not_dialled", "agent_error"].contains(&outcome)
}

impl Workflow {
    /// Whether a call of this outcome in this state has reached somebody, as far as what it leads to tells.
    pub fn reaches_somebody(&self, state: &str, outcome: &str) -> bool {
        let Some((_, state)) = self.state_named(state) else { return false };
        let Some(handler) = self.handler(state, &format!("call.{outcome}")) else { return false };
        is_attempt(outcome) && handler.reactions.iter().any(|reaction| !reaction.then.reached_nobody())
    }

    /// The state of an id. Ids are made by the decoder and always valid for their own workflow.
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.0]
    }

    /// The state of a name.
    pub fn state_named(&self, name: &str) -> Option<(StateId, &State)> {
        self.states.iter().enumerate().find(|(_, state)| state.name == name).map(|(i, state)| (StateId(i), state))
    }

    /// What `state` does on `event`: its own handler, else the one of `anywhere`.
    pub fn handler<'w>(&'w self, state: &'w State, event: &str) -> Option<&'w Handler> {
        let own = state.on.iter().find(|handler| handler.event == event);
        own.or_else(|| {
            let anywhere = self.anywhere.iter().find(|handler| handler.event == event);
            anywhere.filter(|_| state.end.is_none())
        })
    }

    /// Every event that `state` takes, in the order of the file, those of `anywhere` last.
    pub fn handlers<'w>(&'w self, state: &'w State) -> Vec<&'w Handler> {
        let mut handlers: Vec<&Handler> = state.on.iter().collect();
        if state.end.is_none() {
            let own = |event: &str| state.on.iter().any(|handler| handler.event == event);
            handlers.extend(self.anywhere.iter().filter(|handler| !own(&handler.event)));
        }
        handlers
    }

    /// Every call that a case in `state` may plan: on entering, in reactions, in repeats, by time, and
    /// anywhere.
    pub fn calls_in<'w>(&'w self, state: &'w State) -> impl Iterator<Item = &'w CallAction> {
        calls(state.actions().chain(reactions(&self.anywhere)))
    }

    /// Every call of the workflow, in a fixed order: the position names a call within a case's progress,
    /// also when the case has moved on.
    pub fn calls(&self) -> impl Iterator<Item = &CallAction> {
        calls(self.actions())
    }

    /// Everything that some state may do, in the order of the file, what is done anywhere last.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.states.iter().flat_map(State::actions).chain(reactions(&self.anywhere))
    }

    /// To whom a message may go; what is not known may not go to a stranger.
    pub fn disclosure(&self, template: &str) -> Disclosure {
        self.disclosures.get(template).copied().unwrap_or(Disclosure::Verified)
    }

    /// The name that the e-mail form of an SMS text has.
    pub fn email_form_name(template: &str) -> String {
        format!("{template}-email")
    }

    /// The e-mail form of an SMS text, for a recipient who has stopped text messages; `None` where there is none.
    pub fn email_form(&self, template: &str) -> Option<String> {
        let name = Self::email_form_name(template);
        let is_email = |texts: &BTreeMap<String, Template>| texts.values().all(Template::has_subject);
        self.templates.get(&name).is_some_and(is_email).then_some(name)
    }

    /// Whether any state takes `event`.
    pub fn knows_event(&self, event: &str) -> bool {
        let mut handlers = self.anywhere.iter().chain(self.states.iter().flat_map(|state| &state.on));
        handlers.any(|handler| handler.event == event)
            || self.states.iter().any(|state| state.reopen.iter().any(|(name, _)| name == event))
    }
}

impl State {
    /// Everything that it does, in the order of the file: on entering, in reactions, in repeats and by time.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        let repeating = self.every.iter().flat_map(|repeat| &repeat.actions);
        let by_time = self.after.iter().flat_map(|after| &after.actions);
        self.enter.iter().chain(reactions(&self.on)).chain(repeating).chain(by_time)
    }
}

fn reactions(handlers: &[Handler]) -> impl Iterator<Item = &Action> {
    handlers.iter().flat_map(|handler| &handler.reactions).flat_map(|reaction| &reaction.actions)
}

fn calls<'w>(actions: impl Iterator<Item = &'w Action>) -> impl Iterator<Item = &'w CallAction> {
    actions.filter_map(|action| match action {
        Action::Call(call) => Some(call),
        Action::Send(_) | Action::Set(_) => None,
    })
}
