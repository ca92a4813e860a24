//! What expressions and templates can see of a case.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use super::machine::{Fault, Machine, Outcome};
use super::recipient;
use crate::definition::Workflow;
use crate::delivery::Channel;
use crate::expr::{Env, Program};
use crate::history::What;
use crate::policy::household_of;
use crate::schema::Reading;
use crate::value::{Record, Value};

/// Names that exist only while an event is answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    /// `answer.…`
    pub(super) answer: Value,
    /// `event.…`
    pub(super) event: Value,
    /// `reply`
    pub(super) reply: Value,
}

impl Extra {
    pub(super) fn none() -> Self {
        Self::default()
    }
}

/// The environment of an expression.
struct CaseEnv<'m, 'a> {
    machine: &'m Machine<'a>,
    extra: &'m Extra,
    reachable: OnceCell<Value>,
}

impl Env for CaseEnv<'_, '_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let machine = self.machine;
        let progress = &machine.case.progress;
        let count = |count: u32| Some(Cow::Owned(Value::Int(i64::from(count))));
        match name {
            "now" => Some(Cow::Owned(Value::Time(machine.context.now))),
            "today" => Some(Cow::Owned(Value::Date(machine.context.calendar.today(machine.context.now)))),
            "attempts" => count(progress.attempts),
            "visits" => count(progress.visits.get(&machine.case.state).copied().unwrap_or(0)),
            "reachable" => Some(Cow::Borrowed(self.reachable.get_or_init(|| reachable(machine)))),
            "answer" => Some(Cow::Borrowed(&self.extra.answer)),
            "event" => Some(Cow::Borrowed(&self.extra.event)),
            "reply" => Some(Cow::Borrowed(&self.extra.reply)),
            field => machine.case.data.get(field).map(Cow::Borrowed),
        }
    }
}

fn reachable(machine: &Machine<'_>) -> Value {
    let can = |channel| Value::Bool(recipient::reachable(machine.workflow, &machine.case, machine.rules(), channel));
    let by_channel = Channel::ALL.into_iter().map(|channel| (channel.as_str().to_owned(), can(channel)));
    Value::Record(by_channel.collect())
}

impl Machine<'_> {
    /// Whether a guard holds; no guard always does. A guard that fails is a fault, never false.
    pub(super) fn holds(
        &self,
        guard: Option<&Program>,
        place: impl FnOnce() -> String,
        extra: &Extra,
    ) -> Outcome<bool> {
        let Some(guard) = guard else { return Ok(true) };
        let env = CaseEnv { machine: self, extra, reachable: OnceCell::new() };
        guard.eval_bool(&env).map_err(|error| Fault::broken(place(), error))
    }

    /// The value of an expression.
    pub(super) fn value_of(&self, program: &Program, place: &str, extra: &Extra) -> Outcome<Value> {
        let env = CaseEnv { machine: self, extra, reachable: OnceCell::new() };
        program.eval(&env).map_err(|error| Fault::broken(place, error))
    }

    /// Sets fields of the case, each to the value that its expression has before any of them is set.
    pub(super) fn set_all(&mut self, fields: &[(String, Program)], extra: &Extra) -> Outcome {
        if fields.is_empty() {
            return Ok(());
        }
        let mut values = Record::new();
        for (name, program) in fields {
            let place = format!("set {name}");
            let value = self.value_of(program, &place, extra)?;
            values.insert(name.clone(), self.fit(name, &value, &place)?);
        }
        self.store_fields(values);
        Ok(())
    }

    /// Puts values that fit into the case's fields. A new list of contacts is tried from its first.
    pub(super) fn store_fields(&mut self, values: Record) {
        if values.values().any(|value| matches!(value, Value::List(_))) {
            self.case.progress.cursor = 0;
        }
        let fields = values.keys().cloned().collect();
        Arc::make_mut(&mut self.case.data).extend(values);
        self.case.household = household_of(&self.workflow.policy, &self.case);
        self.record(What::Set { fields });
    }

    fn fit(&self, name: &str, value: &Value, place: &str) -> Outcome<Value> {
        let Some(field) = self.workflow.case.fields.get(name) else {
            return Err(Fault::broken(place, format!("the case has no field `{name}`")));
        };
        let today = self.context.calendar.today(self.context.now);
        let reading = Reading { region: self.context.region, today, zone: &self.context.calendar.zone };
        field.fit(value, &reading).map_err(|problem| Fault::broken(place, problem.reason))
    }

    /// The variables of a text for one recipient, all of them.
    pub(super) fn variables(&self, env: &TextEnv<'_>) -> Record {
        let given = self.context.texts.keys().chain(self.case.data.keys()).map(String::as_str);
        let names = given.chain(["recipient", "reference", "today", "stop_url"]);
        names.filter_map(|name| Some((name.to_owned(), env.get(name)?.into_owned()))).collect()
    }
}

/// What a text can see. A message may also say where its recipient can stop further ones.
pub(super) struct TextEnv<'m> {
    pub(super) machine: &'m Machine<'m>,
    pub(super) recipient: &'m Value,
    pub(super) stop_url: Option<&'m str>,
}

impl Env for TextEnv<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let Machine { case, context, .. } = self.machine;
        match (name, self.stop_url) {
            ("recipient", _) => Some(Cow::Borrowed(self.recipient)),
            ("reference", _) => Some(Cow::Owned(Value::Text(case.id.reference()))),
            ("today", _) => Some(Cow::Owned(Value::Date(context.calendar.today(context.now)))),
            ("stop_url", Some(url)) => Some(Cow::Owned(Value::from(url))),
            _ => case.data.get(name).or_else(|| context.texts.get(name)).map(Cow::Borrowed),
        }
    }
}

impl Machine<'_> {
    /// Where the recipient of a message can stop further ones; none where the house makes no such links.
    pub(super) fn stop_url(&self, channel: Channel, address: &str) -> Option<String> {
        let links = self.context.house.stop_links.as_ref()?;
        Some(links.url(self.case.id, channel, address))
    }
}

/// The language of a text: the recipient's, where the workflow speaks it, else the workflow's first.
pub(super) fn language<'w>(workflow: &'w Workflow, wanted: Option<&str>) -> &'w str {
    let spoken = wanted.and_then(|wanted| workflow.languages.iter().find(|language| *language == wanted));
    spoken.or_else(|| workflow.languages.first()).map_or("en", String::as_str)
}
