//! Writes the story of a real case, so that what went wrong can be looked at without the people in it.
//!
//! What was reported, answered and received becomes the steps, where the case stood becomes what is
//! expected; everything personal is made up. Time goes by as it did.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::claim::{Claim, Expect, Part, Want};
use super::made_up::{MadeUp, reply_like};
use super::play::{Played, play};
use super::{Act, House, Scenario, Step};
use crate::case::{Case, EffectId, Standing};
use crate::definition::Workflow;
use crate::delivery::Channel;
use crate::effect::{CallTask, Message};
use crate::event::{Body, DEATH_WITHDRAWN, Disposition, Event, News};
use crate::history::{Entry, What};
use crate::schema::Schema;
use crate::value::{Record, ShortText, Type, Value};

/// What is known of a real case.
#[derive(Clone, Copy, Debug)]
pub struct Real<'a> {
    /// Where it stands.
    pub case: &'a Case,
    /// What happened, in order.
    pub history: &'a [Entry],
    /// Everything that came for it, in order, with what became of it.
    pub events: &'a [(Event, Option<Disposition>)],
    /// Its calls, in the order in which they were planned.
    pub calls: &'a [CallTask],
    /// Its messages in that order, with when they left.
    pub messages: &'a [(Message, Option<Timestamp>)],
}

/// The story of a case.
#[derive(Clone, Debug)]
pub struct Retold {
    /// The story.
    pub scenario: Scenario,
    /// How it goes when it is played.
    pub played: Played,
}

/// Tells the story of a case on its own version of the workflow.
pub fn repro(workflow: &Workflow, house: House<'_>, real: &Real<'_>) -> Retold {
    let mut made_up = MadeUp::new(house.region);
    let given = made_up.record(&first_known(workflow, real), &workflow.case.fields);
    let mut steps: Vec<Step> = Vec::new();
    for (event, became) in real.events {
        if matches!(became, Some(Disposition::Refused { .. })) {
            continue;
        }
        let Some(act) = act_of(workflow, real, event, &mut made_up) else { continue };
        let state = state_after(real, event);
        let claims = state.map(|state| (Claim::State(state), 0..0)).into_iter().collect();
        steps.push(Step { at: event.at, act: Some(act), span: 0..0, expect: Some(Expect { claims }) });
    }
    let last = real.history.iter().map(|entry| entry.at).max().unwrap_or(real.case.opened_at);
    let expect = Some(at_last(real));
    match steps.last_mut() {
        Some(step) if step.at >= last => step.expect = expect,
        _ => steps.push(Step { at: last, act: None, span: 0..0, expect }),
    }
    let mut scenario = Scenario {
        name: format!("as it was with a case that stood in {}", real.case.state),
        file: String::new(),
        span: 0..0,
        start: real.case.opened_at,
        given,
        opted_out: Vec::new(),
        steps,
    };
    shift_dates(workflow, house, &mut scenario);
    let played = play(workflow, &scenario, house);
    Retold { scenario, played }
}

/// Moves personal dates by some days, as far as the story stays the same.
fn shift_dates(workflow: &Workflow, house: House<'_>, scenario: &mut Scenario) {
    let personal = workflow.case.fields.fields.iter().filter(|field| field.personal && field.ty == Type::Date);
    for field in personal {
        let Some(Value::Date(date)) = scenario.given.get(&field.name).cloned() else { continue };
        let before = play(workflow, scenario, house);
        let same = |played: &Played| {
            let whats =
                |played: &Played| played.entries.iter().map(|entry| (entry.at, entry.what.clone())).collect::<Vec<_>>();
            played.failure == before.failure && whats(played) == whats(&before)
        };
        let moved = [-3, -2, -1, 1].into_iter().find_map(|days| {
            let other = date.checked_add(jiff::Span::new().days(days)).ok()?;
            let mut shifted = scenario.clone();
            shifted.given.insert(field.name.clone(), Value::Date(other));
            same(&play(workflow, &shifted, house)).then_some(other)
        });
        if let Some(other) = moved {
            scenario.given.insert(field.name.clone(), Value::Date(other));
        }
    }
}

/// What the case knew when it opened: what it knows now, without what was filled in since. The first
/// contacts are those whom it tried to reach before others were filled in.
fn first_known(workflow: &Workflow, real: &Real<'_>) -> Record {
    let mut data = Record::clone(&real.case.data);
    let mut changed: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for entry in real.history {
        if let What::Set { fields } = &entry.what {
            for field in fields {
                changed.entry(field).or_insert(entry.at);
            }
        }
    }
    for field in &workflow.case.fields.fields {
        let Some(since) = changed.get(field.name.as_str()) else { continue };
        if field.optional {
            data.insert(field.name.clone(), Value::Null);
        } else if matches!(&field.ty, Type::List(of) if **of == Type::contact()) {
            data.insert(field.name.clone(), Value::List(reached_before(real, *since)));
        }
    }
    data
}

fn reached_before(real: &Real<'_>, since: Timestamp) -> Vec<Value> {
    let mut people: Vec<(String, Record)> = Vec::new();
    let mut add =
        |person: &str, name: Option<&ShortText>, relation: Option<&ShortText>, language: &str, address: &str| {
            let index = people.iter().position(|(known, _)| known == person).unwrap_or_else(|| {
                let text = |value: Option<&ShortText>| value.map_or(Value::Null, |text| Value::from(text.as_str()));
                let cpr = if person == address { Value::Null } else { Value::from(person) };
                let record = Record::from([
                    ("name".into(), text(name)),
                    ("relation".into(), text(relation)),
                    ("cpr".into(), cpr),
                    ("language".into(), language.into()),
                ]);
                people.push((person.to_owned(), record));
                people.len() - 1
            });
            let member = if address.contains('@') { "email" } else { "mobile" };
            people[index].1.insert(member.into(), address.into());
        };
    for call in real.calls.iter().filter(|call| call.planned_at < since) {
        if let Some(to) = &call.to {
            add(&call.person, call.to_name.as_ref(), call.relation.as_ref(), &call.language, to);
        }
    }
    for (message, _) in real.messages.iter().filter(|(message, _)| message.planned_at < since) {
        add(&message.person, message.to_name.as_ref(), None, &message.language, &message.to);
    }
    people.into_iter().map(|(_, person)| Value::Record(person)).collect()
}

/// The step that an event was; none for what the engine told itself, which it tells itself again.
fn act_of(workflow: &Workflow, real: &Real<'_>, event: &Event, made_up: &mut MadeUp<'_>) -> Option<Act> {
    Some(match &event.body {
        Body::External { name, data } => {
            let fields = workflow.events.get(name).map(|declared| declared.fields.clone()).unwrap_or_default();
            Act::Event { name: name.clone(), data: made_up.record(&known(data), &fields) }
        }
        Body::Answer { task, outcome, answers, .. } => {
            let queue = real.calls.iter().find(|call| call.id == *task).map(|call| call.queue.to_string());
            let with = made_up.record(&known(answers), &asked(workflow));
            Act::Answer { outcome: outcome.clone(), with, queue: queue.filter(|_| several_open(real, event.at)) }
        }
        Body::Delivery { message, news, bad_address, .. } => match news {
            News::Delivered | News::Undelivered | News::Unconfirmed | News::Uncertain | News::Failed => {
                let template = template_of(real, message);
                let is_last = last_sent_before(real, event.at) == Some(message);
                Act::Receipt {
                    news: *news,
                    template: template.filter(|_| !is_last),
                    bad_address: bad_address.is_some(),
                }
            }
            News::Accepted | News::Expired | News::Suppressed | News::Withdrawn => return None,
        },
        Body::Reply { channel, text, .. } => {
            let text = reply_like(workflow, &format!("{channel}.reply"), text);
            let last = last_sent_before(real, event.at).and_then(|id| channel_of(real, id));
            Act::Reply { text, channel: (last != Some(*channel)).then_some(*channel) }
        }
        Body::Updated { data } => Act::Update(made_up.record(&known(data), &workflow.case.fields)),
        // A story without it holds the case, as the engine does where the workflow knows no way.
        Body::DeathWithdrawn { .. } if workflow.knows_event(DEATH_WITHDRAWN) => {
            Act::Event { name: DEATH_WITHDRAWN.to_owned(), data: Record::new() }
        }
        Body::Hold { .. } | Body::DeathWithdrawn { .. } => Act::Hold("an operator's reason".into()),
        Body::Resume => Act::Resume,
        Body::Close { outcome, .. } => Act::Close(outcome.clone()),
        Body::Retry => Act::Retry,
        Body::Skip { .. } => Act::Skip("an operator's reason".into()),
        Body::Move { state, .. } => Act::Move(state.clone()),
        Body::Told { .. }
        | Body::Message { .. }
        | Body::CalendarChanged
        | Body::PolicyChanged
        | Body::DeathConfirmed { .. }
        | Body::Erase { .. }
        | Body::Keep { .. }
        | Body::KeepNoLonger { .. } => return None,
    })
}

fn known(record: &Record) -> Record {
    record.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Every field that some outcome asks for.
fn asked(workflow: &Workflow) -> Schema {
    let handlers = workflow.states.iter().flat_map(|state| &state.on).chain(&workflow.anywhere);
    let asks = handlers.flat_map(|handler| &handler.reactions).flat_map(|reaction| &reaction.ask);
    Schema { fields: asks.map(|ask| ask.field.clone()).collect() }
}

/// Whether more than one call may have been open: then the story says which was answered.
fn several_open(real: &Real<'_>, at: Timestamp) -> bool {
    let queues: BTreeSet<&str> =
        real.calls.iter().filter(|call| call.planned_at <= at && call.keep).map(|call| call.queue.as_str()).collect();
    !queues.is_empty()
}

fn template_of(real: &Real<'_>, id: &EffectId) -> Option<String> {
    real.messages.iter().find(|(message, _)| message.id == *id).map(|(message, _)| message.template.to_string())
}

fn channel_of(real: &Real<'_>, id: &EffectId) -> Option<Channel> {
    real.messages.iter().find(|(message, _)| message.id == *id).map(|(message, _)| message.channel)
}

fn last_sent_before<'r>(real: &'r Real<'_>, at: Timestamp) -> Option<&'r EffectId> {
    let sent = real.messages.iter().filter_map(|(message, sent)| Some((sent.as_ref()?, &message.id)));
    sent.filter(|(sent, _)| **sent <= at).max_by_key(|(sent, _)| **sent).map(|(_, id)| id)
}

/// Where the case stood after an event, by its history.
fn state_after(real: &Real<'_>, event: &Event) -> Option<String> {
    let own = real.history.iter().rev().find(|entry| entry.event == Some(event.id));
    own.map(|entry| entry.state.to_string())
}

/// Where the case stands, which calls are open and what has left.
fn at_last(real: &Real<'_>) -> Expect {
    let text = |key: &str, text: &str| Part { key: key.into(), want: Want::Text(text.into()), span: 0..0 };
    let case = real.case;
    let mut claims = vec![Claim::State(case.state.to_string()), Claim::Standing(case.standing.as_str().into())];
    if let Standing::Ended { outcome } = &case.standing {
        claims.push(Claim::Ended(Some(outcome.clone())));
    }
    let is_open = |call: &&CallTask| case.progress.pending.iter().any(|pending| pending.id == call.id);
    let open = real.calls.iter().filter(is_open);
    let calls = open.map(|call| {
        vec![text("queue", &call.queue), text("script", &call.script), text("attempt", &call.attempt.to_string())]
    });
    claims.push(Claim::Calls(calls.collect()));
    let mut sent: Vec<_> = real.messages.iter().filter_map(|(message, sent)| Some((sent.as_ref()?, message))).collect();
    sent.sort_by_key(|(at, _)| **at);
    let messages = sent.into_iter().map(|(_, message)| {
        vec![
            text("channel", message.channel.as_str()),
            text("template", &message.template),
            text("language", &message.language),
        ]
    });
    claims.push(Claim::Messages(messages.collect()));
    Expect { claims: claims.into_iter().map(|claim| (claim, 0..0)).collect() }
}
