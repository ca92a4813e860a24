//! What the states ask for: messages, calls and SMS segments, for each state and each way between two.
//!
//! Every action counts with what may follow from it: news of a message or the answer to a call come once for
//! each, and what a state does on them is added to what caused them. An event that may come any number of times
//! and does something each time has no bound.

use std::collections::BTreeMap;

use super::ENDLESS;
use super::moves::{Stay, leaves_at_once};
use super::silence::is_for_family;
use super::spans::Spans;
use crate::definition::{Action, EventKind, Handler, Reaction, Then, Workflow, event_kind};
use crate::delivery::Channel;
use crate::event::News;

/// Amounts of what can be asked for: calls, SMS and e-mails to the family, then segments in each language and in
/// the dearest.
pub(super) type Amounts = Vec<u64>;

/// The place of a channel's amount.
pub(super) const fn place(channel: Channel) -> usize {
    match channel {
        Channel::Call => 0,
        Channel::Sms => 1,
        Channel::Email => 2,
    }
}

/// Amounts before those of the languages.
pub(super) const CHANNELS: usize = 3;

/// The segments of each SMS text, by template: in the workflow's languages in order, then in the dearest of them.
pub(super) type Sizes = BTreeMap<String, Vec<u64>>;

/// Counts what a workflow's actions ask for.
pub(super) struct Asks<'w> {
    workflow: &'w Workflow,
    sizes: &'w Sizes,
    /// What one call, SMS or e-mail may bring about in whatever state the news of it comes.
    response: [Amounts; CHANNELS],
}

impl<'w> Asks<'w> {
    pub(super) fn new(workflow: &'w Workflow, sizes: &'w Sizes) -> Self {
        let nothing = vec![0; CHANNELS + workflow.languages.len() + 1];
        let mut asks = Self { workflow, sizes, response: [nothing.clone(), nothing.clone(), nothing] };
        asks.settle();
        asks
    }

    /// What news brings about may bring news itself. Three rounds settle that, unless it feeds itself.
    fn settle(&mut self) {
        let answers = Answers::of(self.workflow);
        for round in 0..=2 * CHANNELS {
            let settled = Channel::ALL.map(|channel| (place(channel), answers.amounts(channel, self)));
            for (place, mut amounts) in settled {
                for (new, old) in amounts.iter_mut().zip(&self.response[place]) {
                    if round >= CHANNELS && *new != *old {
                        *new = ENDLESS;
                    }
                }
                self.response[place] = amounts;
            }
        }
    }

    fn nothing(&self) -> Amounts {
        vec![0; CHANNELS + self.workflow.languages.len() + 1]
    }

    /// What actions ask for, with what may follow from it.
    pub(super) fn of(&self, actions: &[Action]) -> Amounts {
        actions.iter().fold(self.nothing(), |sum, action| plus(sum, &self.of_action(action)))
    }

    fn of_action(&self, action: &Action) -> Amounts {
        let channel = match action {
            Action::Call(_) => Channel::Call,
            Action::Send(send) => send.channel,
            Action::Set(_) => return self.nothing(),
        };
        let mut amounts = self.response[place(channel)].clone();
        let own = &mut amounts[place(channel)];
        *own = own.saturating_add(u64::from(is_for_family(action)));
        if let Action::Send(send) = action
            && channel == Channel::Sms
        {
            let sizes = self.sizes.get(send.template.as_str()).into_iter().flatten();
            for (amount, size) in amounts.iter_mut().skip(CHANNELS).zip(sizes) {
                *amount = amount.saturating_add(*size);
            }
            // Whoever has stopped text messages gets it by mail instead.
            if self.workflow.email_form(&send.template).is_some() {
                let mut by_mail = self.response[place(Channel::Email)].clone();
                by_mail[place(Channel::Email)] = by_mail[place(Channel::Email)].saturating_add(1);
                amounts = amounts.into_iter().zip(by_mail).map(|(one, other)| one.max(other)).collect();
            }
        }
        amounts
    }

    /// What one stay in a state can ask for.
    pub(super) fn of_stay(&self, stay: &Stay<'_>, spans: &mut Spans<'_>) -> Amounts {
        let state = stay.state;
        let mut sum = self.of(&state.enter);
        if leaves_at_once(state) {
            return sum;
        }
        for repeat in &state.every {
            let fitting = stay.wait.most.checked_div(spans.of(repeat.every).shortest).unwrap_or(ENDLESS);
            let fitting = if stay.wait.most == ENDLESS { ENDLESS } else { fitting };
            let often = fitting.min(repeat.at_most.map_or(ENDLESS, u64::from));
            sum = plus(sum, &times(&self.of(&repeat.actions), often));
        }
        for after in state.after.iter().filter(|after| after.goto.is_none()) {
            sum = plus(sum, &self.of(&after.actions));
        }
        for handler in self.workflow.handlers(state) {
            for reaction in staying(handler).filter(|_| may_come_often(&handler.event)) {
                sum = plus(sum, &times(&self.of(&reaction.actions), ENDLESS));
            }
        }
        plus(sum, &self.of_ladders(stay))
    }

    /// The event that makes a stay ask without end for the thing at `place`.
    pub(super) fn endless_by(&self, stay: &Stay<'w>, amount: &dyn Fn(&Amounts) -> u64) -> Option<&'w str> {
        let handlers = self.workflow.handlers(stay.state).into_iter();
        let is_endless = |handler: &&Handler| {
            let asks = |reaction: &Reaction| amount(&self.of(&reaction.actions)) > 0;
            let each_time = may_come_often(&handler.event) && staying(handler).any(asks);
            each_time || staying(handler).any(|reaction| again(reaction) == ENDLESS)
        };
        handlers.filter(is_endless).map(|handler| handler.event.as_str()).next()
    }

    /// What calling again within one stay asks for.
    fn of_ladders(&self, stay: &Stay<'_>) -> Amounts {
        let handlers = self.workflow.handlers(stay.state);
        let outcomes =
            handlers.iter().filter(|handler| matches!(event_kind(&handler.event), Some(EventKind::Outcome(_))));
        let rungs = outcomes.map(|handler| staying(handler).map(again).max().unwrap_or(0));
        let often = rungs.fold(0, u64::saturating_add);
        // A call that outlives its state may be answered here, and is then planned again.
        let kept = self.workflow.calls().filter(|call| call.keep);
        let calls = self.workflow.calls_in(stay.state).chain(kept);
        let calls = calls.map(|call| self.of_action(&Action::Call(call.clone())));
        let dearest = calls.fold(self.nothing(), |most, call| highest(most, &call));
        times(&dearest, often)
    }
}

/// How often a reaction can plan its call again in one stay.
fn again(reaction: &Reaction) -> u64 {
    match &reaction.then {
        Then::Again { rungs, then: Some(_) } => rungs.len() as u64,
        // The last rung repeats; there may be any number of contacts.
        Then::Again { then: None, .. } | Then::NextContact { .. } => ENDLESS,
        Then::Goto(_) | Then::Stay => 0,
    }
}

/// The reactions after which the case is still in the state.
fn staying(handler: &Handler) -> impl Iterator<Item = &Reaction> {
    handler.reactions.iter().filter(|reaction| !matches!(reaction.then, Then::Goto(_)))
}

/// Whether an event is not bound to one message or call of ours.
fn may_come_often(event: &str) -> bool {
    match event_kind(event) {
        Some(EventKind::Reply(_) | EventKind::Updated) | None => true,
        Some(EventKind::Message(_) | EventKind::Outcome(_) | EventKind::Told(_)) => false,
    }
}

/// News of a message that come besides the one that ends its way: each once.
const BESIDES: [&str; 3] = [News::Accepted.as_str(), News::Uncertain.as_str(), News::Unconfirmed.as_str()];

/// What states do on news of one message or call, in whatever state it comes.
struct Answers<'w> {
    /// By channel: what comes besides the others, each once, by its event; and the others, one of which comes.
    besides: [BTreeMap<&'w str, Vec<&'w [Action]>>; CHANNELS],
    one_of: [Vec<&'w [Action]>; CHANNELS],
}

impl<'w> Answers<'w> {
    fn of(workflow: &'w Workflow) -> Self {
        let mut answers = Self { besides: Default::default(), one_of: Default::default() };
        for handler in workflow.anywhere.iter().chain(workflow.states.iter().flat_map(|state| &state.on)) {
            let channel = match event_kind(&handler.event) {
                Some(EventKind::Outcome(_)) => Channel::Call,
                Some(EventKind::Told(channel) | EventKind::Message(channel)) => channel,
                Some(EventKind::Reply(_) | EventKind::Updated) | None => continue,
            };
            let is_besides = handler.event.split_once('.').is_some_and(|(_, word)| BESIDES.contains(&word));
            let list = if is_besides {
                answers.besides[place(channel)].entry(&handler.event).or_default()
            } else {
                &mut answers.one_of[place(channel)]
            };
            let doing = staying(handler).map(|reaction| reaction.actions.as_slice());
            list.extend(doing.filter(|actions| !actions.is_empty()));
        }
        answers
    }

    fn amounts(&self, channel: Channel, asks: &Asks<'_>) -> Amounts {
        let most =
            |list: &[&[Action]]| list.iter().fold(asks.nothing(), |most, actions| highest(most, &asks.of(actions)));
        let besides = self.besides[place(channel)].values();
        besides.fold(most(&self.one_of[place(channel)]), |sum, list| plus(sum, &most(list)))
    }
}

pub(super) fn plus(mut sum: Amounts, other: &Amounts) -> Amounts {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum = sum.saturating_add(*other);
    }
    sum
}

fn highest(mut most: Amounts, other: &Amounts) -> Amounts {
    for (most, other) in most.iter_mut().zip(other) {
        *most = (*most).max(*other);
    }
    most
}

fn times(amounts: &Amounts, often: u64) -> Amounts {
    amounts.iter().map(|amount| amount.saturating_mul(often)).collect()
}
