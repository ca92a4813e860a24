//! Actions: calls and messages are planned here, complete and allowed, or recorded as not allowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::env::{Extra, TextEnv, language};
use super::machine::{Fault, Machine, Outcome};
use super::recipient::{NOTHING, Recipient, Search, search};
use crate::calendar::Due;
use crate::case::{CallPlan, Contacted, EffectId, Pending};
use crate::definition::{Action, Ask, CallAction, SendAction, State, Target};
use crate::delivery::Channel;
use crate::effect::{CallTask, Effect, Message, Offer, Question};
use crate::history::What;
use crate::lang::Texts;
use crate::message::segments::segments;
use crate::message::template::{Rendered, Template};
use crate::policy::{Disclosure, Patience, Rule, Verdict, Wanted, judge};
use crate::value::{Record, ShortText, Value};

/// The texts of a workflow by name and language, and the name of the one that is wanted.
type Text<'t> = (&'t BTreeMap<String, BTreeMap<String, Template>>, &'t str);

/// Where and whom a contact reaches, and what the policy says.
struct Planned<'d> {
    id: EffectId,
    recipient: Recipient<'d>,
    person: ShortText,
    language: ShortText,
    verdict: Verdict,
}

/// A try at reaching somebody by phone.
pub(super) struct Attempt {
    /// Not before.
    pub(super) from: Timestamp,
    /// 1 for the first.
    pub(super) number: u32,
    /// Who promised the family to ring then.
    pub(super) promised_by: Option<ShortText>,
}

impl Attempt {
    /// The first try, which nobody promised.
    pub(super) fn first(from: Timestamp) -> Self {
        Self { from, number: 1, promised_by: None }
    }
}

impl<'a> Machine<'a> {
    pub(super) fn act_all(&mut self, actions: &'a [Action]) -> Outcome {
        self.act_all_with(actions, &Extra::none())
    }

    pub(super) fn act_all_with(&mut self, actions: &'a [Action], extra: &Extra) -> Outcome {
        for action in actions {
            match action {
                Action::Call(call) => self.call(call, Attempt::first(self.context.now))?,
                Action::Send(send) => self.send(send)?,
                Action::Set(fields) => self.set_all(fields, extra)?,
            }
        }
        Ok(())
    }

    /// Plans a call.
    pub(super) fn call(&mut self, call: &'a CallAction, attempt: Attempt) -> Outcome {
        let (state, from) = (self.state()?, attempt.from);
        let action = self.workflow.calls().position(|other| std::ptr::eq(other, call)).unwrap_or(0);
        let plan = CallPlan { action: Some(action), attempt: attempt.number };
        if call.to.is_empty() {
            return self.desk_task(call, state, from, plan);
        }
        let (data, anyone) = (Arc::clone(&self.case.data), (Channel::Call, Disclosure::Anyone));
        let Some(planned) = self.plan(&data, anyone, &call.to, &call.script, from, Patience::Endless) else {
            return Ok(());
        };
        let (script, contact) = ((&self.workflow.scripts, call.script.as_str()), planned.recipient.contact);
        let words = self.worded(script, &planned.language, contact, None)?;
        let (not_before, late, suppressed) = match planned.verdict {
            Verdict::At { at, why, .. } => (at, why, None),
            Verdict::Never(rule) => (from, None, Some(rule)),
        };
        let (due, why) = self.due(call, not_before, late);
        if let Some(index) = planned.recipient.index {
            self.case.progress.cursor = index;
        }
        let task = CallTask {
            id: planned.id,
            queue: call.queue.clone(),
            priority: call.priority,
            state: state.name.clone(),
            to: Some(planned.recipient.address.into()),
            to_name: planned.recipient.text("name").map(ShortText::from),
            relation: planned.recipient.text("relation").map(ShortText::from),
            person: planned.person,
            language: planned.language,
            script: call.script.clone(),
            words: words.text,
            outcomes: self.offers(state),
            attempt: attempt.number,
            promised_by: attempt.promised_by,
            planned_at: self.context.now,
            not_before,
            due,
            why,
            keep: call.keep,
            suppressed,
        };
        self.push_call(task, plan);
        Ok(())
    }

    /// Work for a desk that calls nobody: no number, no hours, no caps.
    fn desk_task(&mut self, call: &'a CallAction, state: &State, from: Timestamp, plan: CallPlan) -> Outcome {
        let language = language(self.workflow, None).to_owned();
        let words = self.worded((&self.workflow.scripts, &call.script), &language, &NOTHING, None)?;
        let (due, why) = self.due(call, from, None);
        let task = CallTask {
            id: self.next_id(),
            queue: call.queue.clone(),
            priority: call.priority,
            state: state.name.clone(),
            to: None,
            to_name: None,
            relation: None,
            person: ShortText::default(),
            language: language.into(),
            script: call.script.clone(),
            words: words.text,
            outcomes: self.offers(state),
            attempt: plan.attempt,
            promised_by: None,
            planned_at: self.context.now,
            not_before: from,
            due,
            why,
            keep: call.keep,
            suppressed: None,
        };
        self.push_call(task, plan);
        Ok(())
    }

    /// By when a call is due, and why then: the derivation, and what kept it from being made at once.
    fn due(&self, call: &CallAction, from: Timestamp, late: Option<Texts>) -> (Option<Timestamp>, Option<Texts>) {
        let Some(wait) = call.due else { return (None, late) };
        let Due { at, why } = self.context.calendar.add(from, wait);
        let words = |language: &str| {
            let derivation = why.words(language);
            late.as_ref().map_or(derivation.clone(), |late| format!("{} — {derivation}", late.get(language)))
        };
        (Some(at), Some(Texts::both(words("en"), words("ar"))))
    }

    pub(super) fn push_call(&mut self, task: CallTask, plan: CallPlan) {
        if let Some(rule) = &task.suppressed {
            self.suppress(&task.id, Channel::Call, &task.script, rule.clone());
        } else {
            let pending = Pending {
                id: task.id.clone(),
                channel: Channel::Call,
                state: task.state.clone(),
                template: None,
                call: Some(plan),
                keep: task.keep,
                not_before: task.not_before,
                to: task.to.clone(),
                left: false,
            };
            self.case.progress.pending.push(pending);
            if task.to.is_some() {
                self.count(&task.id, Channel::Call, &task.person, task.not_before);
            }
            self.record(What::CallPlanned {
                id: task.id.clone(),
                queue: task.queue.clone(),
                to_name: task.to_name.clone(),
                attempt: task.attempt,
                not_before: task.not_before,
                due: task.due,
            });
        }
        self.effects.push(Effect::Call(Box::new(task)));
    }

    pub(super) fn send(&mut self, send: &SendAction) -> Outcome {
        let now = self.context.now;
        let patience = send.expires.map_or(Patience::Endless, Patience::For);
        let saying = (send.channel, self.workflow.disclosure(&send.template));
        let data = Arc::clone(&self.case.data);
        let Some(planned) = self.plan(&data, saying, &send.to, &send.template, now, patience) else { return Ok(()) };
        let stop_url = self.stop_url(send.channel, planned.recipient.address);
        let (template, contact) = ((&self.workflow.templates, send.template.as_str()), planned.recipient.contact);
        let Rendered { subject, text } = self.worded(template, &planned.language, contact, stop_url.as_deref())?;
        let (not_before, why, expires, suppressed) = match planned.verdict {
            Verdict::At { at, why, expires } => (at, why, expires, None),
            Verdict::Never(rule) => (now, None, None, Some(rule)),
        };
        let message = Message {
            id: planned.id,
            channel: send.channel,
            state: self.case.state.clone(),
            template: send.template.clone(),
            to: planned.recipient.address.into(),
            to_name: planned.recipient.text("name").map(ShortText::from),
            person: planned.person,
            language: planned.language,
            subject,
            segments: if send.channel == Channel::Sms { segments(&text).segments } else { 0 },
            text,
            unsubscribe: stop_url.filter(|_| send.channel == Channel::Email && !send.legal_notice),
            planned_at: now,
            not_before,
            expires,
            keep: send.keep,
            on_uncertain: send.on_uncertain,
            why,
            suppressed,
        };
        let opted_out = message.suppressed == Some(Rule::OptedOut);
        self.push_message(message);
        if opted_out { self.say_otherwise(send) } else { Ok(()) }
    }

    pub(super) fn push_message(&mut self, message: Message) {
        if let Some(rule) = &message.suppressed {
            self.suppress(&message.id, message.channel, &message.template, rule.clone());
        } else {
            let pending = Pending {
                id: message.id.clone(),
                channel: message.channel,
                state: message.state.clone(),
                template: Some(message.template.clone()),
                call: None,
                keep: message.keep,
                not_before: message.not_before,
                to: Some(message.to.clone()),
                left: false,
            };
            self.case.progress.pending.push(pending);
            self.count(&message.id, message.channel, &message.person, message.not_before);
            self.record(What::MessagePlanned {
                id: message.id.clone(),
                channel: message.channel,
                template: message.template.clone(),
                to_name: message.to_name.clone(),
                not_before: message.not_before,
            });
        }
        self.effects.push(Effect::Message(Box::new(message)));
    }

    /// Finds the recipient and asks the policy. Where there is nobody, the case is told and nothing
    /// is planned.
    fn plan<'d>(
        &mut self,
        data: &'d Record,
        (channel, disclosure): (Channel, Disclosure),
        to: &'d [Target],
        name: &str,
        from: Timestamp,
        patience: Patience,
    ) -> Option<Planned<'d>> {
        let rules = self.rules();
        let recipient = match search((&self.case, data), &rules, (channel, disclosure), to) {
            Search::Found(recipient) => recipient,
            Search::Forbidden(rule) => {
                let id = self.next_id();
                self.record(What::Suppressed { id, channel, name: name.into(), rule });
                self.tell(format!("{channel}.no_contact"));
                return None;
            }
            Search::Nobody => {
                self.record(What::NoContact { channel, name: name.into() });
                self.tell(format!("{channel}.no_contact"));
                return None;
            }
        };
        let id = self.next_id();
        let person = recipient.person();
        let address = recipient.address;
        let wanted = Wanted { id: &id, channel, address, person: &person, disclosure, from, patience };
        let verdict = judge(&self.case, &rules, &wanted);
        let language = language(self.workflow, recipient.text("language")).into();
        Some(Planned { id, recipient, person, language, verdict })
    }

    fn suppress(&mut self, id: &EffectId, channel: Channel, name: &str, rule: Rule) {
        self.record(What::Suppressed { id: id.clone(), channel, name: name.into(), rule });
        self.tell(format!("{channel}.suppressed"));
    }

    /// Counts a contact for the caps.
    fn count(&mut self, id: &EffectId, channel: Channel, person: &str, at: Timestamp) {
        let contacted = &mut self.case.progress.contacted;
        if contacted.len() >= crate::limits::SENT_LOG_MAX {
            contacted.remove(0);
        }
        contacted.push(Contacted { id: id.clone(), channel, person: person.into(), at });
    }

    pub(super) fn next_id(&mut self) -> EffectId {
        self.case.progress.position += 1;
        EffectId::new(self.case.id, self.case.visit, self.case.progress.position)
    }

    /// Words a text of the workflow for one recipient.
    fn worded(&self, text: Text<'_>, language: &str, recipient: &Value, stop_url: Option<&str>) -> Outcome<Rendered> {
        let env = TextEnv { machine: self, recipient, stop_url };
        let rendered = Self::template(text, language)?.rendered(&env, &self.context.calendar.zone);
        // What is wrong is said in view of all that it could have asked for.
        rendered.map_or_else(|| self.render(text, language, &self.variables(&env)), Ok)
    }

    pub(super) fn render(&self, text: Text<'_>, language: &str, variables: &Record) -> Outcome<Rendered> {
        let template = Self::template(text, language)?.clone().in_zone(self.context.calendar.zone.clone());
        template.render(variables).map_err(|error| Fault::broken(place_of(text.1, language), error))
    }

    fn template<'t>((texts, name): Text<'t>, language: &str) -> Outcome<&'t Template> {
        let template = texts.get(name).and_then(|by_language| by_language.get(language));
        template.ok_or_else(|| Fault::broken(place_of(name, language), "there is no such text"))
    }

    /// The outcomes that an agent may choose in `state`.
    fn offers(&self, state: &State) -> Vec<Offer> {
        let handlers = self.workflow.handlers(state);
        let calls = handlers.iter().filter_map(|handler| Some((handler.event.strip_prefix("call.")?, handler)));
        calls
            .filter(|(outcome, _)| !["suppressed", "no_contact"].contains(outcome))
            .map(|(outcome, handler)| {
                let mut ask: Vec<Question> = Vec::new();
                for asked in handler.reactions.iter().flat_map(|reaction| &reaction.ask) {
                    if !ask.iter().any(|other| other.name == asked.field.name) {
                        ask.push(question(asked));
                    }
                }
                Offer { outcome: outcome.to_owned(), ask }
            })
            .collect()
    }
}

fn place_of(name: &str, language: &str) -> String {
    format!("text {name} ({language})")
}

fn question(ask: &Ask) -> Question {
    let field = &ask.field;
    Question {
        name: field.name.clone(),
        ty: field.ty.to_string(),
        title: field.title.clone(),
        optional: field.optional,
    }
}
