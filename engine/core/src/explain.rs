//! Why a case stands where it stands, and what each thing that may happen would do.
//!
//! Asks the step itself, so that the answer cannot differ from what will happen.

mod prospect;
mod sample;

pub use prospect::{Lost, Prospect, prospect};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::case::{Case, Standing, Timer};
use crate::definition::{By, Environment, Handler, Reaction, Rung, Then, Workflow};
use crate::delivery::Channel;
use crate::effect::Effect;
use crate::event::{Body, Event, News};
use crate::history::Teller;
use crate::step::{Context, Input, Refusal, Step, step};
use crate::value::Record;
use crate::words::number::TIMES;
use crate::words::{Words, ending};

/// Rungs of a ladder that are looked at: more, and nobody reads how many there are.
const RUNGS_MAX: i64 = 12;

/// What a case waits for.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Where it stands, in a sentence.
    pub standing: String,
    /// What it waits for by time, earliest first.
    pub deadlines: Vec<Deadline>,
    /// Calls and messages that are planned.
    pub planned: Vec<String>,
    /// What may happen, and what it would do.
    pub possible: Vec<Possible>,
}

/// A due time.
#[derive(Clone, Debug, Serialize)]
pub struct Deadline {
    /// The timer's name.
    pub name: String,
    /// When.
    pub due: Timestamp,
    /// When, as people read it.
    pub due_words: String,
    /// Why then.
    pub why: String,
    /// What it would do.
    pub leads_to: String,
}

/// Something that may happen.
#[derive(Clone, Debug, Serialize)]
pub struct Possible {
    /// The event's name.
    pub event: String,
    /// What it would do.
    pub leads_to: String,
}

/// Explains a case.
pub fn explain(workflow: &Workflow, case: &Case, context: &Context<'_>, language: &str) -> Explanation {
    let teller = Teller { workflow, calendar: context.calendar, language };
    let mut timers: Vec<&Timer> = case.progress.timers.iter().collect();
    timers.sort_by_key(|timer| timer.due);
    let deadlines = timers.into_iter().map(|timer| deadline(workflow, case, context, &teller, timer)).collect();
    let state = workflow.state_named(&case.state).map(|(_, state)| state);
    let handlers = state.map(|state| workflow.handlers(state)).unwrap_or_default();
    let moves = matches!(case.standing, Standing::Open);
    let possible = handlers.into_iter().filter(|_| moves);
    Explanation {
        standing: standing(case, &teller),
        deadlines,
        planned: planned(case, &teller),
        possible: possible.filter_map(|handler| possibility(workflow, case, context, &teller, handler)).collect(),
    }
}

/// What answering a call in a certain way would do, for the button beside it.
pub fn if_answered(
    workflow: &Workflow,
    case: &Case,
    context: &Context<'_>,
    task: &crate::case::EffectId,
    outcome: &str,
    language: &str,
) -> Option<String> {
    let teller = Teller { workflow, calendar: context.calendar, language };
    let state = workflow.state_named(&case.state)?.1;
    let handler = workflow.handler(state, &format!("call.{outcome}"))?;
    let body = |answers| Body::Answer { task: task.clone(), outcome: outcome.to_owned(), answers, note: None };
    let bodies = sample::answers(handler, context.now).into_iter().map(body).collect();
    Some(each_way(workflow, case, context, handler, bodies, language, |reaction, step, body| {
        // A time that the family chooses is not known yet: what matters is that it is kept.
        if reaction.is_some_and(is_promise) {
            let words = ("rung again at the time that they choose", "نتصل ثانية في الوقت الذي يختارونه");
            return if language == "ar" { words.1 } else { words.0 }.to_owned();
        }
        let at_once = consequence(case, &step, context.now, &teller);
        let stays_here = step.case.visit == case.visit;
        let later = if stays_here { in_the_end(workflow, step, context, body, &teller) } else { None };
        later.map_or(at_once.clone(), |later| format!("{at_once}{}{later}", between(language)))
    }))
}

/// What each of these would do, one line of the handler after the other: where it depends on what comes, with the
/// condition before it.
fn each_way(
    workflow: &Workflow,
    case: &Case,
    context: &Context<'_>,
    handler: &Handler,
    bodies: Vec<Body>,
    language: &str,
    say: impl Fn(Option<&Reaction>, Step, &Body) -> String,
) -> String {
    let (mut ways, mut refused) = (BTreeMap::new(), None);
    for body in bodies {
        let step = match answered(workflow, case, context, body.clone()) {
            Ok(step) => step,
            Err(refusal) => {
                refused.get_or_insert_with(|| refusal.reason.get(language).to_owned());
                continue;
            }
        };
        let at = step.taken.iter().find_map(|taken| match taken.by {
            By::On { reaction, .. } => Some(reaction),
            _ => None,
        });
        let reaction = at.and_then(|at| handler.reactions.get(at));
        ways.entry(at).or_insert_with(|| (reaction, say(reaction, step, &body)));
    }
    let environment = Environment::default();
    let words = Words::new(workflow, &environment, language);
    let mut ways = ways.into_values();
    let Some((first, leads)) = ways.next() else { return refused.unwrap_or_default() };
    let others: Vec<_> = ways.filter(|(_, other)| *other != leads).collect();
    if others.is_empty() {
        return leads;
    }
    let when = |reaction: Option<&Reaction>| match reaction.and_then(|reaction| reaction.when.as_ref()) {
        Some(guard) => words.when(guard),
        None => words.pick("otherwise", "وإلا"),
    };
    let way = |(reaction, leads): (Option<&Reaction>, String)| format!("{}: {leads}", when(reaction));
    let all: Vec<String> = std::iter::once((first, leads)).chain(others).map(way).collect();
    all.join(between(language))
}

/// Whether a reaction rings again at a time that the family names.
fn is_promise(reaction: &Reaction) -> bool {
    let Then::Again { rungs, .. } = &reaction.then else { return false };
    rungs.iter().any(|rung| matches!(rung, Rung::At(_)))
}

/// What an answer would do in so many words, or why the case would refuse it.
///
/// # Errors
/// The reason for which the case refuses it.
pub fn would_answer(
    workflow: &Workflow,
    case: &Case,
    context: &Context<'_>,
    answer: Body,
    language: &str,
) -> Result<String, String> {
    let teller = Teller { workflow, calendar: context.calendar, language };
    let step = answered(workflow, case, context, answer).map_err(|refusal| refusal.reason.get(language).to_owned())?;
    Ok(consequence(case, &step, context.now, &teller))
}

fn answered(workflow: &Workflow, case: &Case, context: &Context<'_>, body: Body) -> Result<Step, Refusal> {
    let event = Event { id: 0, at: context.now, by: "explain".into(), body };
    step(workflow, case, Input::Event(&event), context)
}

/// Where the same outcome leads in the end, if it comes on every further try: the ladder played to its last rung.
fn in_the_end(
    workflow: &Workflow,
    first: Step,
    context: &Context<'_>,
    body: &Body,
    teller: &Teller<'_>,
) -> Option<String> {
    let Body::Answer { outcome, answers, .. } = body else { return None };
    let (visit, mut step, mut tries) = (first.case.visit, first, 0_i64);
    while step.case.visit == visit {
        let again = step.effects.iter().find_map(|effect| match effect {
            Effect::Call(call) if call.suppressed.is_none() => Some((call.id.clone(), call.not_before)),
            _ => None,
        });
        let (task, now) = again.filter(|_| tries < RUNGS_MAX)?;
        tries += 1;
        let body = Body::Answer { task, outcome: outcome.clone(), answers: answers.clone(), note: None };
        step = answered(workflow, &step.case, &Context { now: now.max(context.now), ..*context }, body).ok()?;
    }
    let state = teller.state(&step.case.state);
    Some(match (teller.language == "ar", tries) {
        (false, 1) => format!("after that → {state}"),
        (false, tries) => format!("after {tries} more → {state}"),
        (true, 1) => format!("وبعدها ← {state}"),
        (true, tries) => format!("وبعد تكرارها {} ← {state}", TIMES.count(tries, "ar")),
    })
}

fn standing(case: &Case, teller: &Teller<'_>) -> String {
    let (state, since) = (teller.state(&case.state), teller.moment(case.state_since));
    let ar = teller.language == "ar";
    match &case.standing {
        Standing::Open if ar => format!("في «{state}» منذ {since}"),
        Standing::Open => format!("in “{state}” since {since}"),
        Standing::Held { reason } if ar => format!("موقوفة في «{state}»: {reason}"),
        Standing::Held { reason } => format!("on hold in “{state}”: {reason}; nothing is sent until it is resumed"),
        Standing::Incident(incident) if ar => format!("متعثرة في «{state}»: {}: {}", incident.place, incident.reason),
        Standing::Incident(incident) => {
            format!("stopped in “{state}” by an incident in {}: {}", incident.place, incident.reason)
        }
        Standing::Ended { outcome } if ar => format!("انتهت في «{state}» ({}) في {since}", ending(outcome, "ar")),
        Standing::Ended { outcome } => format!("ended in “{state}” ({}) on {since}", ending(outcome, "en")),
    }
}

fn planned(case: &Case, teller: &Teller<'_>) -> Vec<String> {
    let ar = teller.language == "ar";
    let waiting = case.progress.pending.iter().filter(|pending| !pending.left);
    waiting
        .map(|pending| {
            let (channel, from) = (teller.channel(pending.channel), teller.moment(pending.not_before));
            let id = &pending.id;
            if ar { format!("{channel} {id} من {from}") } else { format!("{channel} {id}, from {from}") }
        })
        .collect()
}

fn deadline(workflow: &Workflow, case: &Case, context: &Context<'_>, teller: &Teller<'_>, timer: &Timer) -> Deadline {
    // What the timer does is asked at the moment at which it will fire.
    let then = Context { now: timer.due.max(context.now), ..*context };
    let leads_to = match step(workflow, case, Input::Timer { name: &timer.name }, &then) {
        Ok(step) => consequence(case, &step, context.now, teller),
        Err(refusal) => refusal.reason.get(teller.language).to_owned(),
    };
    Deadline {
        name: timer.name.to_string(),
        due: timer.due,
        due_words: teller.moment(timer.due),
        why: timer.why.words(teller.language),
        leads_to,
    }
}

fn possibility(
    workflow: &Workflow,
    case: &Case,
    context: &Context<'_>,
    teller: &Teller<'_>,
    handler: &Handler,
) -> Option<Possible> {
    let bodies = sample_events(workflow, case, context, handler)?;
    let leads_to = each_way(workflow, case, context, handler, bodies, teller.language, |_, step, _| {
        consequence(case, &step, context.now, teller)
    });
    let reads_words = matches!(handler.event.split_once('.'), Some((_, "reply")))
        && handler.reactions.iter().any(|one| one.when.is_some());
    let leads_to = match teller.language {
        // What somebody will write cannot be made up.
        "ar" if reads_words => format!("إن لم ينطبق شرط على نص الرد: {leads_to}"),
        _ if reads_words => format!("if no condition fits what they write: {leads_to}"),
        _ => leads_to,
    };
    Some(Possible { event: handler.event.clone(), leads_to })
}

/// The event that a handler waits for, made up, in every form that may decide; `None` where it cannot happen now.
fn sample_events(workflow: &Workflow, case: &Case, context: &Context<'_>, handler: &Handler) -> Option<Vec<Body>> {
    let name = handler.event.as_str();
    if let Some(declared) = workflow.events.get(name) {
        let payloads = sample::payloads(handler, &declared.fields, context.now).into_iter();
        return Some(payloads.map(|data| Body::External { name: name.to_owned(), data }).collect());
    }
    let pending = |channel| case.progress.pending.iter().find(|pending| pending.channel == channel);
    if let Some(outcome) = name.strip_prefix("call.").filter(|word| !matches!(*word, "no_contact" | "suppressed")) {
        let task = &pending(Channel::Call)?.id;
        let body = |answers| Body::Answer { task: task.clone(), outcome: outcome.to_owned(), answers, note: None };
        return Some(sample::answers(handler, context.now).into_iter().map(body).collect());
    }
    sample_event(case, name).map(|body| vec![body])
}

/// An event of the engine's own, made up.
fn sample_event(case: &Case, name: &str) -> Option<Body> {
    let (prefix, rest) = name.split_once('.')?;
    if prefix == "case" {
        return Some(Body::Updated { data: Record::new() });
    }
    let channel = Channel::parse(prefix)?;
    let pending = case.progress.pending.iter().find(|pending| pending.channel == channel);
    if rest == "no_contact" || (prefix == "call" && rest == "suppressed") {
        return Some(Body::Told { name: name.to_owned(), visit: case.visit });
    }
    if rest == "reply" {
        return Some(Body::Reply { channel, text: String::new(), from: None });
    }
    let news = News::parse(rest).filter(|news| *news != News::Withdrawn)?;
    let message = pending.map_or_else(|| crate::case::EffectId::new(case.id, 0, 0), |pending| pending.id.clone());
    Some(Body::Delivery { message, channel, news, code: None, bad_address: None })
}

/// What a step would change, in a line: `→ Escalation; call planned in queue …`.
pub fn consequence(before: &Case, step: &Step, now: Timestamp, teller: &Teller<'_>) -> String {
    let mut parts = Vec::new();
    if step.case.visit != before.visit {
        let arrow = if teller.language == "ar" { "←" } else { "→" };
        parts.push(format!("{arrow} {}", teller.state(&step.case.state)));
    }
    if let Standing::Incident(incident) = &step.case.standing {
        parts.push(format!("incident: {}", incident.reason));
    }
    for effect in &step.effects {
        match effect {
            Effect::Call(call) if call.suppressed.is_none() => parts.push(call_words(call, now, teller)),
            Effect::Message(message) if message.suppressed.is_none() => {
                let (channel, at) = (teller.channel(message.channel), teller.moment_near(message.not_before, now));
                parts.push(format!("{channel} `{}` {at}", message.template));
            }
            Effect::Call(_)
            | Effect::Message(_)
            | Effect::Withdraw { .. }
            | Effect::Hurry { .. }
            | Effect::Resolved { .. }
            | Effect::Answered { .. }
            | Effect::Tell(_)
            | Effect::Erase(_)
            | Effect::Keep { .. } => {}
        }
    }
    if parts.is_empty() {
        let stays = if teller.language == "ar" { "تبقى في مكانها" } else { "stays" };
        return stays.to_owned();
    }
    parts.join(between(teller.language))
}

/// What stands between two consequences.
fn between(language: &str) -> &'static str {
    if language == "ar" { "؛ " } else { "; " }
}

fn call_words(call: &crate::effect::CallTask, now: Timestamp, teller: &Teller<'_>) -> String {
    let at = teller.moment_near(call.not_before, now);
    let ar = teller.language == "ar";
    if call.to.is_none() {
        let queue = teller.queue(&call.queue);
        return if ar { format!("مهمة في قائمة {queue}") } else { format!("task in queue {queue}") };
    }
    let name = call.to_name.as_deref().or(call.to.as_deref()).unwrap_or_default();
    if ar { format!("مكالمة {name} من {at}") } else { format!("call {name} from {at}") }
}
