//! What must hold of every case after every input, counted again apart from the engine's own books.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::world::assert_said_in_both;
use crate::calendar::{Quiet, Window};
use crate::case::{Case, Contacted, Standing};
use crate::definition::{Cap, CapPer, Workflow};
use crate::delivery::Channel;
use crate::effect::Effect;
use crate::event::{Body, Disposition, Event, News};
use crate::history::Teller;
use crate::limits;
use crate::policy::identities_of;
use crate::step::{Advance, Context, Input, Step, advance, step};

/// A contact that was made or may still be made.
struct Contact {
    channel: Channel,
    person: String,
    at: Timestamp,
}

/// Takes a case through its life and watches it.
pub(super) struct Watch<'w> {
    workflow: &'w Workflow,
    pub(super) case: Case,
    /// Every effect that was ever planned.
    ids: BTreeSet<String>,
    contacts: BTreeMap<String, Contact>,
    events: BTreeMap<i64, Event>,
    /// Those that were deferred and have not heard otherwise.
    waiting: BTreeSet<i64>,
}

impl<'w> Watch<'w> {
    pub(super) fn new(workflow: &'w Workflow, case: Case) -> Self {
        Self {
            workflow,
            case,
            ids: BTreeSet::new(),
            contacts: BTreeMap::new(),
            events: BTreeMap::new(),
            waiting: BTreeSet::new(),
        }
    }

    pub(super) fn open(&mut self, context: &Context<'_>) {
        let input = Input::Open { detection: None };
        let Step { case, entries, effects, settled, taken } = self.one_step(input, context).expect("a case opens");
        self.follow(None, Advance { case, entries, effects, settled, taken, more: false }, context);
    }

    /// Gives the case an event and whatever is due, and returns what it tells itself.
    pub(super) fn take(&mut self, event: Option<&Event>, context: &Context<'_>) -> Vec<Body> {
        if let Some(event) = event {
            let _ = self.one_step(Input::Event(event), context);
        }
        let due = self.case.progress.timers.iter().find(|timer| timer.due <= context.now);
        if let Some(timer) = due.filter(|_| self.case.standing == Standing::Open) {
            self.one_step(Input::Timer { name: &timer.name }, context).expect("what is due fires");
        }
        let events = event.map(std::slice::from_ref).unwrap_or_default();
        let advanced = advance(self.workflow, &self.case, events, context);
        assert_eq!(advanced, advance(self.workflow, &self.case, events, context), "the same input, the same change");
        self.follow(event, advanced, context)
    }

    /// Takes one step to look at it: the same input is the same step, one version later.
    fn one_step(&self, input: Input<'_>, context: &Context<'_>) -> Option<Step> {
        let taken = step(self.workflow, &self.case, input, context);
        assert_eq!(taken, step(self.workflow, &self.case, input, context), "the same input, the same step");
        let taken = taken.ok()?;
        assert_eq!(taken.case.version, self.case.version + 1);
        Some(taken)
    }

    fn follow(&mut self, event: Option<&Event>, advanced: Advance, context: &Context<'_>) -> Vec<Body> {
        if let Some(event) = event {
            assert!(advanced.settled.contains_key(&event.id), "no event vanishes: {event:?}");
            self.events.insert(event.id, event.clone());
        }
        for (id, became) in &advanced.settled {
            if let Disposition::Refused { reason } = became {
                assert_said_in_both(reason);
            }
            match became {
                Disposition::Deferred { .. } => self.waiting.insert(*id),
                _ => self.waiting.remove(id),
            };
        }
        for (id, _) in advanced.settled.iter().filter(|(_, became)| **became == Disposition::Applied) {
            self.receive(*id);
        }
        for effect in &advanced.effects {
            self.effect(effect, context);
        }
        self.told(&advanced, context);
        self.case = advanced.case;
        self.case_holds(context);
        let told = advanced.effects.into_iter().filter_map(|effect| match effect {
            Effect::Tell(body) => Some(body),
            _ => None,
        });
        told.collect()
    }

    /// News that make a contact one, or none; those that came while the case stood still, when it reads them.
    fn receive(&mut self, id: i64) {
        let Some(Body::Delivery { message, news, .. }) = self.events.get(&id).map(|event| &event.body) else { return };
        match news {
            News::Accepted => {
                let at = self.events[&id].at;
                self.contacts.entry(message.to_string()).and_modify(|made| made.at = at);
            }
            News::Failed | News::Expired | News::Suppressed | News::Withdrawn => {
                self.contacts.remove(&message.to_string());
            }
            News::Delivered | News::Undelivered | News::Unconfirmed | News::Uncertain => {}
        }
    }

    fn effect(&mut self, effect: &Effect, context: &Context<'_>) {
        match effect {
            Effect::Message(message) => {
                assert!(self.ids.insert(message.id.to_string()), "{} twice", message.id);
                assert!(!message.text.is_empty());
                assert!(message.expires.is_none_or(|expires| expires >= message.not_before));
                if message.suppressed.is_none() {
                    self.contact(
                        message.id.to_string(),
                        message.channel,
                        &message.to,
                        &message.person,
                        message.not_before,
                        context,
                    );
                }
            }
            Effect::Call(call) => {
                assert!(self.ids.insert(call.id.to_string()), "{} twice", call.id);
                if let (Some(to), None) = (&call.to, &call.suppressed) {
                    self.contact(call.id.to_string(), Channel::Call, to, &call.person, call.not_before, context);
                }
            }
            Effect::Withdraw { id, .. } => {
                assert!(self.ids.contains(&id.to_string()), "{id} was never planned");
                self.contacts.remove(&id.to_string());
            }
            Effect::Answered { task, outcome, .. } if outcome == "not_dialled" => {
                self.contacts.remove(&task.to_string());
            }
            Effect::Answered { task, at, .. } => {
                self.contacts.entry(task.to_string()).and_modify(|made| made.at = *at);
            }
            Effect::Hurry { id, not_before, .. } => {
                self.contacts.entry(id.to_string()).and_modify(|made| made.at = *not_before);
            }
            Effect::Resolved { .. } | Effect::Tell(_) | Effect::Erase(_) | Effect::Keep { .. } => {}
        }
    }

    /// Rule 21: to whom, when, how often.
    fn contact(&mut self, id: String, channel: Channel, to: &str, person: &str, at: Timestamp, context: &Context<'_>) {
        let policy = &self.workflow.policy;
        let fields = policy.never_to.iter().chain(&policy.deceased);
        let own = fields.flat_map(|field| identities_of(self.case.field(field)));
        let known = context.facts.never.iter().chain(&context.facts.deceased).cloned();
        assert!(own.chain(known).all(|never| never != to && never != person), "{to} is never used");
        let open = context.calendar.contact_window(channel, at);
        assert!(matches!(open, Window::Open { .. }), "{channel} at {at}, outside its hours");
        let quiet = policy.quiet.get(&channel).copied().unwrap_or(Quiet::Nothing);
        assert!(context.calendar.allowed_until(channel, at, &quiet).is_some(), "{channel} at {at}, in quiet hours");
        for cap in policy.at_most.iter().chain(&context.house.at_most) {
            let others = self.counted(cap, channel, person, at, context);
            assert!(others < usize::try_from(cap.limit).unwrap(), "`{}` is exceeded at {at} by {id}", cap.text);
        }
        self.contacts.insert(id, Contact { channel, person: person.to_owned(), at });
    }

    /// How many contacts a cap counts beside one at `at`.
    fn counted(&self, cap: &Cap, channel: Channel, person: &str, at: Timestamp, context: &Context<'_>) -> usize {
        let counts = |of: Channel| cap.of.contains(&of);
        if !counts(channel) {
            return 0;
        }
        let is_recent = |made: Timestamp| cap.within.is_none_or(|within| context.calendar.add(made, within).at > at);
        let own = self.contacts.values().map(|made| (made.channel, made.person.as_str(), made.at));
        let facts = context.facts;
        let of_family = |made: &&Contacted| made.id.case().is_some_and(|case| facts.household.contains(&case));
        let elsewhere = facts.contacted_elsewhere.iter().filter(|made| match cap.per {
            CapPer::Person => true,
            CapPer::Household => of_family(made),
            CapPer::Case => false,
        });
        own.chain(elsewhere.map(|made| (made.channel, made.person.as_str(), made.at)))
            .filter(|(of, to, made)| counts(*of) && (cap.per != CapPer::Person || *to == person) && is_recent(*made))
            .count()
    }

    /// Everything that happened can be told, in both languages.
    fn told(&self, advanced: &Advance, context: &Context<'_>) {
        for language in ["en", "ar"] {
            let teller = Teller { workflow: self.workflow, calendar: context.calendar, language };
            for entry in &advanced.entries {
                assert!(!teller.sentence(entry).is_empty(), "no words for {entry:?}");
            }
        }
    }

    fn case_holds(&self, context: &Context<'_>) {
        let case = &self.case;
        let stored = serde_json::to_string(case).unwrap();
        assert_eq!(serde_json::from_str::<Case>(&stored).unwrap(), *case, "stored and read again");
        match case.standing {
            Standing::Open => assert!(case.wake_at().is_some(), "an open case would wait for ever"),
            Standing::Ended { .. } => {
                assert!(case.progress.timers.is_empty() && case.progress.deferred.is_empty());
                assert_eq!(case.wake_at(), None);
            }
            Standing::Held { .. } | Standing::Incident(_) => assert_eq!(case.wake_at(), None),
        }
        let kept: BTreeSet<i64> = case.progress.deferred.iter().map(|deferred| deferred.event.id).collect();
        assert_eq!(kept, self.waiting, "what was deferred waits, and nothing else");
        let visit = format!("{}.{}.", case.id, case.visit);
        for pending in &case.progress.pending {
            let stays = pending.left || pending.keep || pending.id.0.starts_with(&visit);
            assert!(stays, "{} belongs to a state that the case has left", pending.id);
        }
        assert!(case.progress.chain <= limits::CHAIN_MAX);
        assert!(case.progress.deferred.len() <= limits::DEFERRED_MAX);
        let clock = &case.progress.clock;
        let lived = context.now.as_millisecond() - case.opened_at.as_millisecond();
        assert!(clock.us_ms + clock.family_ms + clock.court_ms <= lived, "the clocks counted more than there was");
    }
}
