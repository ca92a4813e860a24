//! A world in memory for one case: a clock that is set by hand, a gateway that takes every message,
//! and nothing between the step and what it wants done.
//!
//! It follows the runtime's line: stored events and due timers go through [`advance`], effects are
//! kept, what is due leaves after the same [`last_look`]. Between every two commits the case goes
//! through its stored form, so that what the store would lose cannot hide here.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::coverage::Coverage;
use super::{House, Scenario};
use crate::case::{Case, CaseId, EffectId, Standing};
use crate::definition::Workflow;
use crate::delivery::{Channel, Status};
use crate::effect::{CallTask, Effect, Message};
use crate::event::{Body, Disposition, Event, News};
use crate::history::Entry;
use crate::limits;
use crate::policy::{Facts, Look, Rules, deceased_of, last_look, never_of};
use crate::step::{Advance, Context, advance, new_case, open};

/// A message that has left.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The message.
    pub message: Message,
    /// When it left.
    pub at: Timestamp,
    /// Where the gateway says it stands.
    pub status: Status,
    /// What the case was told of it that leaves its status as it is.
    doubts: BTreeSet<News>,
}

impl Sent {
    /// Takes news of it; says whether they are any.
    fn takes(&mut self, news: News) -> bool {
        let status = match news {
            News::Delivered => Status::Delivered,
            News::Undelivered => Status::Undelivered,
            News::Accepted => Status::Accepted,
            News::Unconfirmed | News::Uncertain => return !self.status.is_final() && self.doubts.insert(news),
            News::Failed | News::Expired | News::Suppressed | News::Withdrawn => Status::Failed,
        };
        let is_new = !self.status.is_final() && status > self.status;
        if is_new {
            self.status = status;
        }
        is_new
    }
}

/// One case with everything around it.
#[derive(Clone, Debug)]
pub struct World<'a> {
    workflow: &'a Workflow,
    house: House<'a>,
    facts: Facts,
    now: Timestamp,
    case: Case,
    waiting: Vec<Event>,
    events: i64,
    outbox: Vec<Message>,
    /// Every message that has left, in order.
    pub sent: Vec<Sent>,
    /// Calls that wait for an agent.
    pub calls: Vec<CallTask>,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// What of the workflow it went through.
    pub coverage: Coverage,
    /// What became of the last event that was given.
    pub became: Option<Disposition>,
    /// Why the world cannot go on.
    pub broken: Option<String>,
}

impl<'a> World<'a> {
    /// Opens the case of a story and does everything that is due at once.
    pub fn open(workflow: &'a Workflow, house: House<'a>, story: &Scenario) -> Self {
        let now = story.start;
        let case = new_case(workflow, CaseId(1), story.given.clone(), now);
        let stopped = |address: &String| Channel::ALL.map(|channel| format!("{channel} {address}"));
        let opted_out = story.opted_out.iter().flat_map(stopped).collect();
        let never = never_of(&workflow.policy, &case).into_iter().collect();
        let deceased = deceased_of(&workflow.policy, &case).into_iter().collect();
        let mut world = Self {
            workflow,
            house,
            facts: Facts { deceased, never, opted_out, ..Facts::default() },
            now,
            case,
            waiting: Vec::new(),
            events: 0,
            outbox: Vec::new(),
            sent: Vec::new(),
            calls: Vec::new(),
            entries: Vec::new(),
            coverage: Coverage::default(),
            became: None,
            broken: None,
        };
        let opened = open(workflow, &world.case, None, &world.context());
        world.commit(opened);
        world.settle();
        world
    }

    /// The case as it stands.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When something is due next without anybody's doing: a timer or a message.
    pub fn next_due(&self) -> Option<Timestamp> {
        let messages = self.outbox.iter().filter(|_| self.speaks()).map(|message| message.not_before);
        self.case.wake_at().into_iter().chain(messages).min()
    }

    /// Lets everything happen that is due before `at`, each at its own instant, and sets the clock.
    pub fn pass_to(&mut self, at: Timestamp) {
        let mut moments = 0;
        while let Some(due) = self.next_due().filter(|due| *due < at && self.broken.is_none()) {
            moments += 1;
            if moments > limits::SCENARIO_MOMENTS_MAX {
                self.broken = Some(format!("more than {} things fell due in one step", limits::SCENARIO_MOMENTS_MAX));
                return;
            }
            self.now = due.max(self.now);
            self.settle();
        }
        self.now = at.max(self.now);
    }

    /// Gives the case an event now. It wins over a timer that is due at the same instant.
    pub fn give(&mut self, body: Body, by: &str) {
        self.tell(body, by);
        let id = self.events;
        self.became = None;
        self.move_on(Some(id));
        self.settle();
    }

    /// Does everything that is due now.
    pub fn settle(&mut self) {
        for _ in 0..limits::SCENARIO_MOMENTS_MAX {
            let moved = self.move_on(None);
            if self.broken.is_some() || !(self.send_due() || moved) {
                return;
            }
        }
        self.broken = Some("the case never comes to rest".into());
    }

    /// What the gateway reports of a message: its status never goes backwards, and the case hears
    /// only of what is new.
    pub fn receipt(&mut self, index: usize, news: News, bad_address: bool) {
        let Some(sent) = self.sent.get_mut(index) else { return };
        self.became = None;
        if !sent.takes(news) {
            return;
        }
        let message = &sent.message;
        let bad_address = bad_address.then(|| message.to.to_string());
        let (message, channel) = (message.id.clone(), message.channel);
        self.give(Body::Delivery { message, channel, news, code: None, bad_address }, "gateway");
    }

    fn tell(&mut self, body: Body, by: &str) {
        self.events += 1;
        self.waiting.push(Event { id: self.events, at: self.now, by: by.into(), body });
    }

    /// One commit, if anything waits for the case; `asked` is the event whose fate is of interest.
    fn move_on(&mut self, asked: Option<i64>) -> bool {
        let due = self.case.wake_at().is_some_and(|wake| wake <= self.now);
        if self.waiting.is_empty() && !due {
            return false;
        }
        let events = std::mem::take(&mut self.waiting);
        let advanced = advance(self.workflow, &self.case, &events, &self.context());
        let before = self.case.version;
        if let Some(id) = asked {
            self.became = advanced.settled.get(&id).cloned();
        }
        self.waiting = events.into_iter().filter(|event| !advanced.settled.contains_key(&event.id)).collect();
        self.commit(advanced);
        self.case.version != before
    }

    fn commit(&mut self, advanced: Advance) {
        self.coverage.take(self.workflow, &advanced);
        self.entries.extend(advanced.entries);
        for effect in advanced.effects {
            self.carry_out(effect);
        }
        match stored(&advanced.case) {
            Ok(case) => self.case = case,
            Err(reason) => self.broken = Some(reason),
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Message(message) if message.suppressed.is_none() => self.outbox.push(*message),
            Effect::Call(call) if call.suppressed.is_none() => self.calls.push(*call),
            // In this world every message is known to have left or not.
            Effect::Message(_) | Effect::Call(_) | Effect::Resolved { .. } | Effect::Erase(_) | Effect::Keep { .. } => {
            }
            Effect::Withdraw { id, .. } => self.forget(&id),
            Effect::Hurry { id, not_before, .. } => {
                for message in self.outbox.iter_mut().filter(|message| message.id == id) {
                    message.not_before = not_before;
                }
            }
            Effect::Answered { task, .. } => self.forget(&task),
            Effect::Tell(body) => self.tell(body, "engine"),
        }
    }

    fn forget(&mut self, id: &EffectId) {
        self.outbox.retain(|message| message.id != *id);
        self.calls.retain(|call| call.id != *id);
    }

    /// Hands over what may leave now; says whether anything was decided.
    fn send_due(&mut self) -> bool {
        let due = self.outbox.iter().position(|message| message.not_before <= self.now);
        let Some(index) = due.filter(|_| self.speaks()) else { return false };
        let message = &self.outbox[index];
        let (id, channel) = (message.id.clone(), message.channel);
        let disclosure = self.workflow.disclosure(&message.template);
        let news = match last_look(&self.case, message, disclosure, &self.rules(), self.now) {
            Look::Wait { not_before, why } => {
                let message = &mut self.outbox[index];
                (message.not_before, message.why) = (not_before, why);
                return true;
            }
            Look::Send { .. } => {
                let message = self.outbox.remove(index);
                self.coverage.read(&message);
                self.sent.push(Sent { message, at: self.now, status: Status::Accepted, doubts: BTreeSet::new() });
                News::Accepted
            }
            Look::Drop(dropped) => {
                self.outbox.remove(index);
                dropped.news()
            }
        };
        self.tell(Body::Delivery { message: id, channel, news, code: None, bad_address: None }, "engine");
        true
    }

    /// A case that stands still sends nothing; an ended one still sends what its end planned.
    fn speaks(&self) -> bool {
        matches!(self.case.standing, Standing::Open | Standing::Ended { .. })
    }

    fn rules(&self) -> Rules<'_> {
        let House { calendar, policy, .. } = self.house;
        Rules { calendar, house: policy, workflow: &self.workflow.policy, facts: &self.facts }
    }

    fn context(&self) -> Context<'_> {
        let House { calendar, policy, texts, region } = self.house;
        Context { now: self.now, calendar, house: policy, texts, facts: &self.facts, region }
    }
}

/// The case as it comes back from where it is kept.
fn stored(case: &Case) -> Result<Case, String> {
    let lost = |error: serde_json::Error| format!("the case cannot be kept: {error}");
    let text = serde_json::to_string(case).map_err(lost)?;
    let back: Case = serde_json::from_str(&text).map_err(lost)?;
    if back == *case { Ok(back) } else { Err("the case does not come back from its stored form as it was".into()) }
}
