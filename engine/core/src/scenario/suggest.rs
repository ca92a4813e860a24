//! Writes stories for what no story covers: tries out on the step what may happen to a case, what is
//! nearest to the stories at hand first, and keeps each that gets somewhere new.
//!
//! It starts from the openings and from every point that the stories at hand reach, in each language.
//! What it writes says what happened, not what should: a person reads it before it counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::claim::{Claim, Expect, Part, Want};
use super::coverage::{Coverage, TextKind};
use super::possible::possible;
use super::world::World;
use super::{Act, House, Scenario, Step};
use crate::case::Standing;
use crate::definition::Workflow;
use crate::limits;
use crate::value::{Record, Value};

/// How long after what came before something else happens, where nothing else says when.
const LATER: SignedDuration = SignedDuration::from_mins(10);

/// A world, and how a case got there.
#[derive(Clone)]
struct Place<'a> {
    world: World<'a>,
    /// The story so far, without expectations.
    story: Scenario,
    /// How many of its steps are new: a place that a story at hand reaches has none.
    away: usize,
}

/// Stories for what `covered` lacks, as far as they can be found, for the case fields and times of the
/// `stories` at hand or, if there is none, of made-up cases that open at `start`.
pub fn suggest(
    workflow: &Workflow,
    house: House<'_>,
    stories: &[Scenario],
    covered: &Coverage,
    start: Timestamp,
) -> Vec<Scenario> {
    let mut search = Search {
        workflow,
        covered: covered.clone(),
        found: Vec::new(),
        seen: BTreeSet::new(),
        waiting: BTreeMap::new(),
    };
    for place in beginnings(workflow, house, stories, start) {
        search.keep(place);
    }
    while let Some((_, place)) = search.waiting.pop_first() {
        if search.is_done() || search.seen.len() > limits::SUGGEST_WORLDS_MAX {
            break;
        }
        for next in search.onward(&place) {
            search.keep(next);
        }
    }
    search.found
}

struct Search<'a> {
    workflow: &'a Workflow,
    covered: Coverage,
    found: Vec<Scenario>,
    /// Situations that were met.
    seen: BTreeSet<String>,
    /// Those from which nobody has gone on yet, those nearest to a story at hand first.
    waiting: BTreeMap<(usize, usize), Place<'a>>,
}

impl<'a> Search<'a> {
    fn is_done(&self) -> bool {
        self.covered.gaps(self.workflow).is_empty()
    }

    /// Goes on from a place later, unless its like was met before.
    fn keep(&mut self, place: Place<'a>) {
        self.look(&place);
        if self.seen.insert(mark(&place.world)) {
            self.waiting.insert((place.away, self.seen.len()), place);
        }
    }

    /// Keeps a story that touches something new.
    fn look(&mut self, place: &Place<'_>) {
        let before = self.covered.gaps(self.workflow);
        let mut after = self.covered.clone();
        after.add(&place.world.coverage);
        if after == self.covered {
            return;
        }
        let news = news(self.workflow, &before, &after);
        self.covered = after;
        if let Some(first) = news.first() {
            let more = if news.len() > 1 { format!(" and {} more", news.len() - 1) } else { String::new() };
            self.found.push(story(format!("{first}{more}"), place));
        }
    }

    /// Every place that one more step leads to.
    fn onward(&self, place: &Place<'a>) -> Vec<Place<'a>> {
        let mut places = Vec::new();
        let now = place.world.now();
        if let Some(due) = place.world.next_due() {
            places.extend(go(place, due.max(now), None));
        }
        for act in possible(self.workflow, &place.world) {
            let at = match &act {
                Act::Answer { queue, .. } => {
                    let calls = place.world.calls.iter().rev();
                    let mut mine = calls.filter(|call| queue.as_ref().is_none_or(|queue| call.queue == *queue));
                    mine.next().map_or(now, |call| call.not_before.max(now))
                }
                _ => now.checked_add(LATER).unwrap_or(now),
            };
            places.extend(go(place, at, Some(act)));
        }
        places
    }
}

/// The story of a place: what happens, and what is then true.
fn story(name: String, place: &Place<'_>) -> Scenario {
    let mut story = Scenario { name, ..place.story.clone() };
    // Time goes by on its own way to a later step.
    let later: Vec<Timestamp> = story.steps.iter().skip(1).map(|step| step.at).collect();
    let mut index = 0;
    story.steps.retain(|step| {
        index += 1;
        step.act.is_some() || later.get(index - 1).is_none_or(|next| *next == step.at)
    });
    if story.steps.is_empty() {
        story.steps.push(Step { at: story.start, act: None, span: 0..0, expect: None });
    }
    if let Some(last) = story.steps.last_mut() {
        last.expect = Some(as_it_is(&place.world));
    }
    story
}

/// One step further, if it can be taken.
fn go<'a>(place: &Place<'a>, at: Timestamp, act: Option<Act>) -> Option<Place<'a>> {
    let mut next = place.clone();
    let step = Step { at, act, span: 0..0, expect: None };
    next.world.pass_to(at);
    if let Some(act) = &step.act {
        next.world.act(act).ok()?;
    }
    next.world.settle();
    let refused = matches!(next.world.became, Some(crate::event::Disposition::Refused { .. }));
    let stuck = matches!(next.world.case().standing, Standing::Incident(_)) || next.world.broken.is_some();
    next.story.steps.push(step);
    next.away += 1;
    (!refused && !stuck).then_some(next)
}

/// Where the search begins: the openings and every point of the stories at hand, in each language.
fn beginnings<'a>(workflow: &'a Workflow, house: House<'a>, stories: &[Scenario], start: Timestamp) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    let bare = |start, given| Scenario {
        name: String::new(),
        file: String::new(),
        span: 0..0,
        start,
        given,
        opted_out: Vec::new(),
        steps: Vec::new(),
    };
    let made_up = super::possible::cases(workflow, house.calendar, start).into_iter().map(|given| bare(start, given));
    let stories: Vec<Scenario> = if stories.is_empty() { made_up.collect() } else { stories.to_vec() };
    for story in stories {
        for language in &workflow.languages {
            let given = speaking(&story.given, language);
            let opening = Scenario { given, steps: Vec::new(), ..story.clone() };
            let mut place = Place { world: World::open(workflow, house, &opening), story: opening, away: 0 };
            places.push(place.clone());
            for step in &story.steps {
                let act = step.act.as_ref().map(|act| act_speaking(act, language));
                let Some(next) = go(&place, step.at, act) else { break };
                place = Place { away: 0, ..next };
                places.push(place.clone());
            }
        }
    }
    places
}

/// The same people, speaking another language.
fn speaking(record: &Record, language: &str) -> Record {
    record.iter().map(|(name, value)| (name.clone(), value_speaking(value, language))).collect()
}

fn value_speaking(value: &Value, language: &str) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(|item| value_speaking(item, language)).collect()),
        Value::Record(members) if !members.get("language").is_none_or(Value::is_null) => {
            let mut members = members.clone();
            members.insert("language".into(), language.into());
            Value::Record(members)
        }
        other => other.clone(),
    }
}

fn act_speaking(act: &Act, language: &str) -> Act {
    match act {
        Act::Answer { outcome, with, queue } => {
            Act::Answer { outcome: outcome.clone(), with: speaking(with, language), queue: queue.clone() }
        }
        Act::Update(data) => Act::Update(speaking(data, language)),
        other => other.clone(),
    }
}

/// What tells places apart: nothing that happens later looks at more of a case than this.
fn mark(world: &World<'_>) -> String {
    let case = world.case();
    let progress = &case.progress;
    let timers: Vec<_> = progress.timers.iter().map(|timer| (&timer.name, timer.fired)).collect();
    let pending: Vec<_> = progress.pending.iter().map(|one| (one.channel, one.left, &one.to)).collect();
    let last = world.sent.last().map(|sent| (&sent.message.template, sent.status));
    let data = serde_json::to_string(&case.data).unwrap_or_default();
    let attempts = progress.attempts.min(8);
    let (outcomes, bad, cursor) = (&progress.outcomes, &progress.bad, progress.cursor);
    let standing = case.standing.as_str();
    format!("{} {standing} {timers:?} {pending:?} {last:?} {outcomes:?} {bad:?} {cursor} {attempts} {data}", case.state)
}

/// What a case is like now, as an expectation.
fn as_it_is(world: &World<'_>) -> Expect {
    let case = world.case();
    let text = |key: &str, text: &str| Part { key: key.into(), want: Want::Text(text.into()), span: 0..0 };
    let at = |key: &str, at: Timestamp| Part { key: key.into(), want: Want::At(at), span: 0..0 };
    let mut claims = vec![Claim::State(case.state.to_string())];
    if let Standing::Ended { outcome } = &case.standing {
        claims.push(Claim::Ended(Some(outcome.clone())));
    }
    let calls = world.calls.iter().map(|call| {
        let to = call.to.iter().map(|to| text("to", to));
        let due = call.due.map(|due| at("due", due));
        std::iter::once(text("queue", &call.queue)).chain(to).chain([at("from", call.not_before)]).chain(due).collect()
    });
    claims.push(Claim::Calls(calls.collect()));
    let messages = world.sent.iter().map(|sent| {
        let message = &sent.message;
        let channel = text("channel", message.channel.as_str());
        vec![
            channel,
            text("template", &message.template),
            text("to", &message.to),
            at("at", sent.at),
            text("language", &message.language),
        ]
    });
    claims.push(Claim::Messages(messages.collect()));
    Expect { claims: claims.into_iter().map(|claim| (claim, 0..0)).collect() }
}

/// What is covered after and was not before, in words.
fn news(workflow: &Workflow, before: &super::Gaps, after: &Coverage) -> Vec<String> {
    let transitions = before.transitions.missing.iter().filter(|one| after.transitions.contains(one));
    let texts = before.texts.missing.iter().filter(|one| after.texts.contains(one));
    let states = before.states.missing.iter().filter(|one| after.states.contains(one));
    let transitions = transitions.map(|one| workflow.describe(*one));
    let texts = texts.map(|text| {
        let kind = if text.kind == TextKind::Message { "text" } else { "script" };
        format!("{kind} {} in {}", text.name, text.language)
    });
    transitions.chain(texts).chain(states.map(|state| workflow.state(*state).name.to_string())).collect()
}
