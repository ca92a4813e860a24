//! What may happen to a case next, with made-up values, for trying it out.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Act;
use super::world::World;
use crate::calendar::Calendar;
use crate::case::Standing;
use crate::definition::{Handler, Workflow};
use crate::delivery::{Channel, Status};
use crate::event::News;
use crate::schema::{Field, Schema};
use crate::value::{Record, Type, Value};

/// What a gateway may report that something waits for, with whether the address proved bad.
const REPORTS: [(News, bool); 4] =
    [(News::Delivered, false), (News::Undelivered, false), (News::Failed, false), (News::Failed, true)];

/// Everything that may happen now, besides time going by.
pub(super) fn possible(workflow: &Workflow, world: &World<'_>) -> Vec<Act> {
    let case = world.case();
    let Some((_, state)) = workflow.state_named(&case.state) else { return Vec::new() };
    let mut acts = Vec::new();
    if case.standing != Standing::Open {
        acts.extend(state.reopen.iter().filter_map(|(name, _)| event(workflow, name, world.now())));
        return acts;
    }
    for handler in workflow.handlers(state) {
        let name = handler.event.as_str();
        if let Some(outcome) = name.strip_prefix("call.") {
            acts.extend(answers(workflow, world, outcome, handler));
        } else if name == "case.updated" {
            acts.extend(updates(workflow));
        } else if let Some(channel) = name.strip_suffix(".reply").and_then(Channel::parse) {
            acts.extend(replies(world, channel, handler));
        } else {
            acts.extend(event(workflow, name, world.now()));
        }
    }
    if world.sent.last().is_some_and(|sent| sent.status == Status::Accepted) {
        acts.extend(REPORTS.map(|(news, bad_address)| Act::Receipt { news, template: None, bad_address }));
        let listens = |news: &News| {
            let ending = format!(".{}", news.as_str());
            workflow.handlers(state).iter().any(|handler| handler.event.ends_with(&ending))
        };
        let doubts = [News::Unconfirmed, News::Uncertain].into_iter().filter(listens);
        acts.extend(doubts.map(|news| Act::Receipt { news, template: None, bad_address: false }));
    }
    acts
}

fn event(workflow: &Workflow, name: &str, now: Timestamp) -> Option<Act> {
    let declared = workflow.events.get(name)?;
    let required = declared.fields.fields.iter().filter(|field| !field.optional);
    let data = required.map(|field| (field.name.clone(), sample(field, now))).collect();
    Some(Act::Event { name: name.to_owned(), data })
}

fn answers(workflow: &Workflow, world: &World<'_>, outcome: &str, handler: &Handler) -> Vec<Act> {
    if world.calls.is_empty() || ["no_contact", "suppressed"].contains(&outcome) {
        return Vec::new();
    }
    let mut asked = Schema::default();
    for ask in handler.reactions.iter().flat_map(|reaction| &reaction.ask) {
        if asked.get(&ask.field.name).is_none() {
            asked.fields.push(ask.field.clone());
        }
    }
    let answer = |with| Act::Answer { outcome: outcome.to_owned(), with, queue: None };
    variants(workflow, &asked, world.now()).into_iter().map(answer).collect()
}

fn updates(workflow: &Workflow) -> Vec<Act> {
    let people = workflow.case.fields.fields.iter().filter(|field| is_people(&field.ty) && !field.optional).cloned();
    let schema = Schema { fields: people.collect() };
    variants(workflow, &schema, Timestamp::UNIX_EPOCH).into_iter().map(Act::Update).collect()
}

/// What somebody may write: a plain word, and whatever the conditions look for.
fn replies(world: &World<'_>, channel: Channel, handler: &Handler) -> Vec<Act> {
    if !world.sent.iter().any(|sent| sent.message.channel == channel) {
        return Vec::new();
    }
    let mut texts: BTreeSet<String> = BTreeSet::from(["hello".to_owned()]);
    for when in handler.reactions.iter().filter_map(|reaction| reaction.when.as_ref()) {
        let quoted = when.source().split('"').skip(1).step_by(2);
        texts.extend(quoted.flat_map(|text| text.trim_start_matches("(?i)").split('|')).map(str::to_owned));
    }
    let last = world.sent.last().map(|sent| sent.message.channel);
    let other = (last != Some(channel)).then_some(channel);
    texts.into_iter().map(|text| Act::Reply { text, channel: other }).collect()
}

/// Made-up cases: people who can be reached in each way, or not at all.
pub(super) fn cases(workflow: &Workflow, calendar: &Calendar, start: Timestamp) -> Vec<Record> {
    let today = calendar.today(start);
    let days_ago = |days: i64| today.checked_sub(jiff::Span::new().days(days)).unwrap_or(today);
    let mut cases = Vec::new();
    for given in variants(workflow, &workflow.case.fields, start) {
        // Some conditions look at how long ago something was.
        for day in [days_ago(7), days_ago(0)] {
            let dated = given.iter().map(|(name, value)| {
                let value = if matches!(value, Value::Date(_)) { Value::Date(day) } else { value.clone() };
                (name.clone(), value)
            });
            cases.push(dated.collect());
        }
    }
    cases
}

/// Records of a schema: one for each way in which its people can be reached.
fn variants(workflow: &Workflow, schema: &Schema, now: Timestamp) -> Vec<Record> {
    let people = people(workflow);
    let has_people = schema.fields.iter().any(|field| is_people(&field.ty));
    let of = |person: &Value| -> Record {
        let value = |field: &Field| match &field.ty {
            ty if *ty == Type::contact() => person.clone(),
            Type::List(_) if person.is_null() => Value::List(Vec::new()),
            // Somebody is left to be rung when the first number proves wrong.
            Type::List(_) => Value::List(vec![person.clone(), neighbour(person)]),
            _ => sample(field, now),
        };
        let known = schema.fields.iter().filter(|field| !(field.optional && *person == Value::Null));
        let named = known.map(|field| (field.name.clone(), value(field)));
        named.filter(|(_, value)| !value.is_null()).collect()
    };
    if has_people { people.iter().map(of).collect() } else { vec![of(&Value::Bool(true))] }
}

/// People in each language, with a number, with an address, with both; and nobody.
fn people(workflow: &Workflow) -> Vec<Value> {
    let mut people = Vec::new();
    for (mobile, email) in [(true, true), (true, false), (false, true)] {
        for language in &workflow.languages {
            let mut person =
                Record::from([("name".into(), "A. B.".into()), ("language".into(), language.as_str().into())]);
            if mobile {
                person.insert("mobile".into(), "+97336000001".into());
            }
            if email {
                person.insert("email".into(), "family@example.bh".into());
            }
            people.push(Value::Record(person));
        }
    }
    people.push(Value::Null);
    people
}

/// Somebody else who can be reached in the same way.
fn neighbour(person: &Value) -> Value {
    let Value::Record(members) = person else { return person.clone() };
    let mut members = members.clone();
    for (name, value) in [("mobile", "+97336000002"), ("email", "neighbour@example.bh"), ("name", "C. D.")] {
        if let Some(member) = members.get_mut(name) {
            *member = value.into();
        }
    }
    Value::Record(members)
}

fn is_people(ty: &Type) -> bool {
    *ty == Type::contact() || matches!(ty, Type::List(of) if **of == Type::contact())
}

/// A value that fits a field.
fn sample(field: &Field, now: Timestamp) -> Value {
    match &field.ty {
        Type::Null | Type::List(_) | Type::Record(_) => Value::Null,
        Type::Bool => Value::Bool(true),
        Type::Int | Type::Number => Value::Int(1),
        Type::Text => Value::Text(text_like(field)),
        Type::Choice(words) => words.first().map_or(Value::Null, |word| Value::from(word.as_str())),
        Type::Phone => "+97336000009".into(),
        Type::Email => "somebody@example.bh".into(),
        Type::Date => Value::Date(jiff::tz::TimeZone::UTC.to_datetime(now).date()),
        Type::Time => Value::Time(now.checked_add(SignedDuration::from_hours(26)).unwrap_or(now)),
    }
}

/// Digits or letters of whatever length the field's pattern takes.
fn text_like(field: &Field) -> String {
    let fits = |text: &String| field.pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
    let lengths = 1..=24;
    let made = lengths.flat_map(|length| ["1", "A", "a"].map(|sign| sign.repeat(length)));
    made.into_iter().find(fits).unwrap_or_else(|| "1".into())
}
