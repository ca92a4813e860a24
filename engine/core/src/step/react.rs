//! Events: what a state does when something comes.

use std::sync::Arc;

use jiff::Timestamp;

use super::act::Attempt;
use super::env::Extra;
use super::machine::{Fault, Machine, Outcome};
use super::recipient::{Search, search};
use super::refused::{all_of, meant, unfit};
use super::reply::is_reading;
use super::withdraw::sent_in;
use crate::case::{Case, EffectId, Pending, Standing};
use crate::definition::{By, CallAction, Handler, Reaction, Rung, SendAction, StateId, Then, Verify, Way, is_attempt};
use crate::delivery::Channel;
use crate::diagnostic::hint;
use crate::effect::{Effect, Withdrawn};
use crate::event::{Body, Disposition, Event, News};
use crate::history::{Because, What};
use crate::lang::Texts;
use crate::limits;
use crate::policy::{Disclosure, Rule, identity, points_of};
use crate::schema::{Reading, Schema};
use crate::value::{Record, ShortText, Value};

/// The call that an event answers.
pub(super) struct Answered<'a> {
    pending: Pending,
    call: Option<&'a CallAction>,
    outcome: String,
    by: ShortText,
    /// When it was said.
    at: Timestamp,
}

impl<'a> Machine<'a> {
    pub(super) fn take_event(&mut self, event: &Event) -> Outcome {
        if event.body.name().is_none() {
            self.operate(event)?;
            self.settle(event.id, Disposition::Applied);
            return Ok(());
        }
        self.admit(event)?;
        match self.case.standing.clone() {
            Standing::Open => self.take_workflow_event(event),
            Standing::Ended { .. } => self.take_late(event),
            Standing::Held { .. } | Standing::Incident(_) => self.take_while_stopped(event),
        }
    }

    /// Refuses what its sender can still mend, wherever the case stands: an event that the workflow does not
    /// know, and values that do not fit.
    fn admit(&self, event: &Event) -> Outcome {
        let Body::External { name, .. } = &event.body else { return Ok(()) };
        if !self.workflow.events.contains_key(name) {
            let known = self.workflow.events.keys().map(String::as_str);
            let hint = meant(name, known);
            return Err(Fault::refused(
                format!("the workflow knows no event `{name}`{}", hint.en()),
                format!("لا يعرف المسار حدثا باسم `{name}`{}", hint.get("ar")),
            ));
        }
        self.extra(event).map(drop)
    }

    /// A case that stands still keeps what comes until it goes on.
    fn take_while_stopped(&mut self, event: &Event) -> Outcome {
        if matches!(event.body, Body::Answer { .. }) {
            return Err(self.standing_is((
                "resume it, or mend and retry, first",
                "استأنفها أولا، أو أصلح ما تعثرت به وأعد المحاولة",
            )));
        }
        self.defer(event);
        Ok(())
    }

    fn take_late(&mut self, event: &Event) -> Outcome {
        let name = event.body.name().unwrap_or_default();
        if let Body::Delivery { .. } = event.body {
            self.book_delivery(event);
            self.settle(event.id, Disposition::Applied);
            return Ok(());
        }
        if let Body::Told { .. } = event.body {
            self.settle(event.id, Disposition::NotApplicable);
            return Ok(());
        }
        let state = self.state()?;
        let reopens = state.reopen.iter().position(|(reopens, _)| *reopens == name);
        if let Some(index) = reopens.filter(|_| !self.case.is_nameless()) {
            let target = &state.reopen[index].1;
            self.takes(By::Reopen(index));
            self.case.standing = Standing::Open;
            self.case.progress.erased = None;
            self.settle(event.id, Disposition::Applied);
            return self.enter(*target, Because::Reopened { name: name.into() });
        }
        if let Body::Answer { task, outcome, note, .. } = &event.body {
            let pending = self.take_pending_call(task)?;
            self.settle(event.id, Disposition::Applied);
            self.book_answer(&pending, outcome, note.as_deref(), event);
            return Ok(());
        }
        self.is_late(event);
        Ok(())
    }

    /// An event for the workflow, in a case that moves.
    pub(super) fn take_workflow_event(&mut self, event: &Event) -> Outcome {
        let name = event.body.name().unwrap_or_default();
        let state = self.state()?;
        let handler = self.workflow.handler(state, &name);
        let mut stopped = None;
        match &event.body {
            Body::Answer { task, outcome, answers, note } => {
                self.settle(event.id, Disposition::Applied);
                return self.take_answer(task, outcome, answers, note.as_deref(), event, handler);
            }
            Body::Delivery { .. } => {
                stopped = self.stopped_at_the_last_look(&event.body);
                self.book_delivery(event);
            }
            Body::Updated { data } => self.book_update(data),
            // What an earlier state could not do is no news for this one.
            Body::Told { visit, .. } if *visit != self.case.visit => {
                self.settle(event.id, Disposition::NotApplicable);
                return Ok(());
            }
            _ => {}
        }
        let extra = self.extra(event)?;
        let chosen = match handler {
            Some(handler) => self.choose(handler, &extra)?,
            None => None,
        };
        let Some(reaction) = chosen else {
            self.take_unhandled(event, &name);
            return stopped.map_or(Ok(()), |send| self.say_otherwise(send));
        };
        self.settle(event.id, Disposition::Applied);
        let (visit, entries) = (self.case.visit, self.entries.len());
        self.react(reaction, &name, &extra, None)?;
        if (self.case.visit, self.entries.len()) == (visit, entries) {
            self.record(What::Took { name: name.into() });
        }
        Ok(())
    }

    /// The message of the present state that its recipient's wish has stopped when it was about to leave.
    fn stopped_at_the_last_look(&self, body: &Body) -> Option<&'a SendAction> {
        let Body::Delivery { message, news: News::Suppressed, code, .. } = body else { return None };
        let pending = self.case.progress.pending.iter().find(|pending| pending.id == *message)?;
        let is_wish = code.as_deref() == Some(Rule::OptedOut.name());
        let state = self.state().ok().filter(|state| is_wish && pending.state == state.name)?;
        sent_in(state, pending)
    }

    /// What the present state does not take: kept for a later one, or recorded as not applicable.
    fn take_unhandled(&mut self, event: &Event, name: &str) {
        match &event.body {
            // Booked already: the case keeps it in its history whether or not a state listens.
            Body::Delivery { .. } | Body::Updated { .. } => self.settle(event.id, Disposition::Applied),
            Body::Told { .. } => self.settle(event.id, Disposition::NotApplicable),
            Body::External { .. } if self.workflow.knows_event(name) => self.defer(event),
            Body::Reply { .. } if self.ask_to_read(&event.body) => self.settle(event.id, Disposition::Applied),
            _ => {
                self.settle(event.id, Disposition::NotApplicable);
                self.record(What::NotApplicable { name: name.into() });
            }
        }
    }

    /// The names that exist only while this event is answered.
    pub(super) fn extra(&self, event: &Event) -> Outcome<Extra> {
        let mut extra = Extra::none();
        match &event.body {
            Body::External { name, data } => {
                let empty = Schema::default();
                let schema = self.workflow.events.get(name).map_or(&empty, |declared| &declared.fields);
                let data = schema.fit(data, &self.reading()).map_err(|problems| unfit(&problems))?;
                extra.event = Value::Record(data);
            }
            Body::Updated { data } => extra.event = Value::Record(data.clone()),
            Body::Reply { text, .. } => extra.reply = Value::Text(text.clone()),
            _ => {}
        }
        Ok(extra)
    }

    pub(super) fn choose(&self, handler: &'a Handler, extra: &Extra) -> Outcome<Option<&'a Reaction>> {
        for reaction in &handler.reactions {
            if self.holds(reaction.when.as_ref(), || format!("guard of on {}", handler.event), extra)? {
                return Ok(Some(reaction));
            }
        }
        Ok(None)
    }

    pub(super) fn react(
        &mut self,
        reaction: &'a Reaction,
        name: &str,
        extra: &Extra,
        answered: Option<&Answered<'a>>,
    ) -> Outcome {
        self.act_all_with(&reaction.actions, extra)?;
        let steady = matches!(reaction.then, Then::Stay | Then::Goto(_));
        if steady {
            self.takes_reaction(reaction, Way::Taken);
        }
        match &reaction.then {
            Then::Stay => Ok(()),
            Then::Goto(target) => self.enter(*target, Because::Event { name: name.into() }),
            Then::Again { rungs, then } => self.again(reaction, (rungs, *then), extra, answered),
            Then::NextContact { then } => self.next_contact(reaction, *then, answered),
        }
    }

    /// Notes which reaction the case takes, and in which way.
    fn takes_reaction(&mut self, reaction: &Reaction, way: Way) {
        self.taken.extend(self.workflow.transition_of(&self.case.state, reaction, way));
    }

    fn take_answer(
        &mut self,
        task: &EffectId,
        outcome: &str,
        answers: &Record,
        note: Option<&str>,
        event: &Event,
        handler: Option<&'a Handler>,
    ) -> Outcome {
        let pending = self.take_pending_call(task)?;
        if is_reading(&pending) {
            return self.take_reading(&pending, outcome, note, event);
        }
        let Some(handler) = handler else {
            // A call that outlived its state: what it was offered is noted, and leads nowhere here.
            let planned_in = self.workflow.state_named(&pending.state).map(|(_, state)| state);
            let offered =
                planned_in.is_some_and(|state| self.workflow.handler(state, &format!("call.{outcome}")).is_some());
            if !offered {
                return Err(self.no_such_outcome(outcome));
            }
            self.book_answer(&pending, outcome, note, event);
            return Ok(());
        };
        let (reaction, extra, stored) = self.choose_answer(handler, answers)?;
        self.book_answer(&pending, outcome, note, event);
        if !stored.is_empty() {
            self.store_fields(stored);
        }
        if let Some(called) = &pending.to {
            self.note_call(called, outcome, reaction);
        }
        self.verify(&reaction.verify, pending.to.as_deref());
        let call = pending.call.as_ref().and_then(|plan| self.workflow.calls().nth(plan.action?));
        let answered = Answered { pending, call, outcome: outcome.to_owned(), by: event.by.clone(), at: event.at };
        self.react(reaction, &format!("call.{outcome}"), &extra, Some(&answered))
    }

    /// Whoever we had on the phone has confirmed who they are: the number that was called, and what they told us.
    fn verify(&mut self, what: &[Verify], called: Option<&str>) {
        let mut points: Vec<String> = Vec::new();
        for verified in what {
            match verified {
                Verify::Called => points.extend(called.and_then(identity)),
                Verify::Email => points.extend(called.and_then(|called| email_of(&self.case, called))),
                Verify::Field(field) => points.extend(points_of(self.case.field(field))),
            }
        }
        let verified = &mut self.case.progress.verified;
        let before = verified.len();
        verified.extend(points);
        if verified.len() > before {
            self.record(What::Verified);
        }
    }

    /// An open call leaves the books when it is answered.
    pub(super) fn take_pending_call(&mut self, task: &EffectId) -> Outcome<Pending> {
        let pending = &mut self.case.progress.pending;
        let position = pending.iter().position(|pending| pending.id == *task && pending.call.is_some());
        let gone = || {
            Fault::refused(
                "this call is not open any more: it was answered or withdrawn",
                "لم تعد هذه المكالمة مفتوحة: سُجلت نتيجتها أو سُحبت",
            )
        };
        position.map(|position| pending.remove(position)).ok_or_else(gone)
    }

    fn no_such_outcome(&self, outcome: &str) -> Fault {
        let state = self.state();
        let handlers = state.map(|state| self.workflow.handlers(state)).unwrap_or_default();
        let known: Vec<&str> = handlers.iter().filter_map(|handler| handler.event.strip_prefix("call.")).collect();
        let hint = hint(outcome, known.iter().copied()).unwrap_or_else(|| match known.as_slice() {
            [] => Texts::both("the case waits for no outcome here", "لا تنتظر الحالة هنا أي نتيجة"),
            known => Texts::both(
                format!("known outcomes: {}", known.join(", ")),
                format!("النتائج المعروفة: {}", known.join("، ")),
            ),
        });
        Fault::refused(
            format!("`{outcome}` is not an outcome of this call; {}", hint.en()),
            format!("ليست `{outcome}` من نتائج هذه المكالمة؛ {}", hint.get("ar")),
        )
    }

    /// The first reaction whose guard holds for these answers, with the answers fitted to what it
    /// asks for and those of them that are fields of the case.
    fn choose_answer(&self, handler: &'a Handler, answers: &Record) -> Outcome<(&'a Reaction, Extra, Record)> {
        let asked = |name: &String| {
            handler.reactions.iter().flat_map(|reaction| &reaction.ask).any(|ask| ask.field.name == *name)
        };
        if let Some(unknown) = answers.keys().find(|name| !asked(name)) {
            return Err(Fault::refused(
                format!("`{}` does not ask for `{unknown}`", handler.event),
                format!("لا تسأل `{}` عن `{unknown}`", handler.event),
            ));
        }
        let mut first_refusal = None;
        for reaction in &handler.reactions {
            let asks = Schema { fields: reaction.ask.iter().map(|ask| ask.field.clone()).collect() };
            // A form offers what any reaction asks for; each takes its own part of it.
            let own = answers.iter().filter(|(name, _)| asks.get(name).is_some());
            let own: Record = own.map(|(name, value)| (name.clone(), value.clone())).collect();
            let fitted = match asks.fit(&own, &self.reading()) {
                Ok(fitted) => fitted,
                Err(problems) => {
                    first_refusal.get_or_insert_with(|| unfit(&problems));
                    continue;
                }
            };
            let misnamed = self.misnamed(&asks, &own);
            if !misnamed.is_empty() {
                first_refusal.get_or_insert_with(|| all_of(&misnamed));
                continue;
            }
            let extra = Extra { answer: Value::Record(fitted.clone()), ..Extra::none() };
            if self.holds(reaction.when.as_ref(), || format!("guard of on {}", handler.event), &extra)? {
                let is_stored = |name: &String| reaction.ask.iter().any(|ask| ask.stored && ask.field.name == *name);
                let stored = fitted.into_iter().filter(|(name, _)| is_stored(name)).collect();
                return Ok((reaction, extra, stored));
            }
        }
        let none = || {
            Fault::refused(
                format!("no reaction to `{}` holds for this case", handler.event),
                format!("لا يتحقق لهذه الحالة أي من شروط `{}`", handler.event),
            )
        };
        Err(first_refusal.unwrap_or_else(none))
    }

    /// What is wrong with the contacts that a person named.
    fn misnamed(&self, asks: &Schema, own: &Record) -> Vec<Texts> {
        let (reading, languages) = (self.reading(), &self.workflow.languages);
        let given = asks.fields.iter().filter_map(|field| Some((field, own.get(&field.name)?)));
        let found = given.flat_map(|(field, given)| field.misnamed(given, &reading, languages));
        found.map(|wrong| Texts::each(|language| format!("`{}`: {}", wrong.place, wrong.why.words(language)))).collect()
    }

    pub(super) fn book_answer(&mut self, pending: &Pending, outcome: &str, note: Option<&str>, event: &Event) {
        let now = self.context.now;
        let counts = pending.to.is_some() && is_attempt(outcome);
        let contacted = &mut self.case.progress.contacted;
        if counts {
            self.case.progress.attempts += 1;
            for made in contacted.iter_mut().filter(|made| made.id == pending.id) {
                made.at = now;
            }
        } else {
            contacted.retain(|made| made.id != pending.id);
        }
        *self.case.progress.outcomes.entry(outcome.into()).or_default() += 1;
        self.effects.push(Effect::Answered {
            task: pending.id.clone(),
            outcome: outcome.to_owned(),
            by: event.by.clone(),
            note: note.map(str::to_owned),
            at: now,
        });
        let (id, note) = (pending.id.clone(), note.map(str::to_owned));
        self.record(What::CallAnswered { id, outcome: outcome.into(), note });
    }

    /// Plans the call again, at the rung of its ladder that this outcome has reached.
    fn again(
        &mut self,
        reaction: &'a Reaction,
        (rungs, then): (&[Rung], Option<StateId>),
        extra: &Extra,
        answered: Option<&Answered<'a>>,
    ) -> Outcome {
        let Some(Answered { pending, call: Some(call), outcome, by, at: said }) = answered else { return Ok(()) };
        let times = self.case.progress.outcomes.get(outcome.as_str()).copied().unwrap_or(1).max(1);
        let rung = usize::try_from(times - 1).unwrap_or(usize::MAX);
        let rung = match (rungs.get(rung), then) {
            (Some(rung), _) => rung,
            (None, Some(target)) => {
                self.takes_reaction(reaction, Way::Otherwise);
                return self.enter(target, Because::LadderUsedUp { outcome: outcome.into() });
            }
            // A ladder that leads nowhere repeats its last rung; the caps end it.
            (None, None) => match rungs.last() {
                Some(last) => last,
                None => return Ok(()),
            },
        };
        self.takes_reaction(reaction, Way::Taken);
        let (from, promised_by) = match rung {
            Rung::After(wait) => (self.context.calendar.add(self.context.now, *wait).at, None),
            Rung::At(program) => match self.value_of(program, &format!("again of {outcome}"), extra)? {
                Value::Time(at) => (self.promised(at, *said)?, Some(by.clone())),
                _ => return Err(Fault::broken(format!("again of {outcome}"), "this is not a time")),
            },
        };
        let number = pending.call.as_ref().map_or(1, |plan| plan.attempt) + 1;
        self.call(call, Attempt { from, number, promised_by })
    }

    /// A time that somebody was promised. What has just gone by means now; a slip of the pen is given back to who made it.
    fn promised(&self, at: Timestamp, said: Timestamp) -> Outcome<Timestamp> {
        let written = || self.context.calendar.zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string();
        if at < said.saturating_sub(limits::PROMISE_LATE_MAX).unwrap_or(said) {
            return Err(Fault::refused(
                format!("the call was promised for `{}`, which has gone by", written()),
                format!("وُعد بالمكالمة في `{}`، وقد مضى هذا الوقت", written()),
            ));
        }
        if at > said.saturating_add(limits::PROMISE_AHEAD_MAX).unwrap_or(said) {
            let days = limits::PROMISE_AHEAD_MAX.as_hours() / 24;
            return Err(Fault::refused(
                format!("the call was promised for `{}`, more than {days} days from now", written()),
                format!("وُعد بالمكالمة في `{}`، أي بعد أكثر من {days} يوما من الآن", written()),
            ));
        }
        Ok(at.max(self.context.now))
    }

    /// Gives up the present contact's number and calls the next contact who can be reached.
    fn next_contact(
        &mut self,
        reaction: &'a Reaction,
        then: Option<StateId>,
        answered: Option<&Answered<'a>>,
    ) -> Outcome {
        let Some(Answered { pending, call: Some(call), .. }) = answered else { return Ok(()) };
        if let Some(number) = &pending.to {
            self.give_up_address(&[Channel::Call, Channel::Sms], number);
        }
        let by_phone = (Channel::Call, Disclosure::Anyone);
        let data = Arc::clone(&self.case.data);
        let next = search((&self.case, &data), &self.rules(), by_phone, &call.to);
        match (next, then) {
            (Search::Found(recipient), _) => {
                let to_name = recipient.text("name").map(ShortText::from);
                self.record(What::NextContact { to_name });
                self.takes_reaction(reaction, Way::Taken);
                self.case.progress.outcomes.clear();
                self.call(call, Attempt::first(self.context.now))
            }
            (_, Some(target)) => {
                self.takes_reaction(reaction, Way::Otherwise);
                self.enter(target, Because::NoContactLeft)
            }
            (_, None) => {
                self.record(What::NoContact { channel: Channel::Call, name: call.script.clone() });
                self.tell("call.no_contact".into());
                Ok(())
            }
        }
    }

    /// News of a message changes the books whether or not the state listens.
    pub(super) fn book_delivery(&mut self, event: &Event) {
        let Body::Delivery { message, channel, news, code, bad_address } = &event.body else { return };
        let pending = self.case.progress.pending.iter().find(|pending| pending.id == *message);
        let address = pending.and_then(|pending| pending.to.clone());
        let progress = &mut self.case.progress;
        match news {
            News::Accepted => {
                for pending in progress.pending.iter_mut().filter(|pending| pending.id == *message) {
                    pending.left = true;
                }
                for made in progress.contacted.iter_mut().filter(|made| made.id == *message) {
                    made.at = event.at;
                }
            }
            // It may still be reported on, or be found and sent: the books stay as they are.
            News::Unconfirmed | News::Uncertain => {}
            News::Delivered | News::Undelivered => progress.pending.retain(|pending| pending.id != *message),
            News::Failed | News::Expired | News::Suppressed | News::Withdrawn => {
                progress.pending.retain(|pending| pending.id != *message);
                progress.contacted.retain(|made| made.id != *message);
            }
        }
        let (id, channel, news, code) = (message.clone(), *channel, *news, code.clone());
        let said = code.clone();
        self.record(What::MessageNews { id, channel, news, code });
        if let Some(address) = address {
            self.note_delivery(channel, &address, news, said.as_deref());
        }
        if let Some(address) = bad_address {
            self.give_up_address(&[channel], address);
        }
    }

    /// An address that proved wrong is not used again, whoever else is said to have it; what is on its way
    /// to it is withdrawn. The first of the channels is the one on which it was found out.
    fn give_up_address(&mut self, channels: &[Channel], address: &str) {
        let bad = channels.iter().map(|channel| format!("{channel} {address}"));
        self.case.progress.bad.extend(bad);
        if let Some(point) = identity(address) {
            self.case.progress.verified.remove(&point);
        }
        if let Some(channel) = channels.first() {
            self.record(What::BadAddress { channel: *channel });
        }
        let to_it = |pending: &Pending| pending.to.as_deref() == Some(address) && channels.contains(&pending.channel);
        self.withdraw_where(Withdrawn::BadAddress, to_it);
    }

    fn book_update(&mut self, data: &Record) {
        let changed = data.iter().filter(|(name, value)| self.case.field(name) != *value);
        let fields = changed.map(|(name, _)| name.clone()).collect();
        self.record(What::Updated { fields });
    }

    fn reading(&self) -> Reading<'a> {
        let calendar = self.context.calendar;
        let today = calendar.today(self.context.now);
        Reading { region: self.context.region, today, zone: &calendar.zone }
    }
}

/// The e-mail address of the contact who has this number.
fn email_of(case: &Case, number: &str) -> Option<String> {
    let contacts = case.data.values().flat_map(|value| match value {
        Value::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    });
    let mut called = contacts.filter(|contact| contact.member("mobile").as_text() == Some(number));
    called.find_map(|contact| contact.member("email").as_text()).and_then(identity)
}
