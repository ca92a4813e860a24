//! Plays a story and stops at the first thing that is not as it says.

use jiff::Timestamp;

use super::compare::compare;
use super::coverage::Coverage;
use super::world::World;
use super::{Act, Claim, Difference, House, Scenario, Step};
use crate::case::Standing;
use crate::definition::Workflow;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::{Body, Disposition};
use crate::history::{Entry, Teller};
use crate::lang::Texts;

/// How a story went.
#[derive(Clone, Debug)]
pub struct Played {
    /// Everything that happened, up to the first difference.
    pub entries: Vec<Entry>,
    /// What of the workflow it went through.
    pub coverage: Coverage,
    /// The first difference, and when it showed.
    pub failure: Option<(Timestamp, Difference)>,
}

/// Plays one story.
pub fn play(workflow: &Workflow, scenario: &Scenario, house: House<'_>) -> Played {
    let mut world = World::open(workflow, house, scenario);
    let mut seen = 0;
    let mut failure = None;
    for step in &scenario.steps {
        failure = take(&mut world, step, &mut seen, house).map(|difference| (world.now(), difference));
        if failure.is_some() {
            break;
        }
    }
    let World { entries, coverage, .. } = world;
    Played { entries, coverage, failure }
}

/// One step; `seen` counts the messages that an expectation has looked at.
fn take(world: &mut World<'_>, step: &Step, seen: &mut usize, house: House<'_>) -> Option<Difference> {
    world.pass_to(step.at);
    let acted = step.act.as_ref().map_or(Ok(()), |act| world.act(act));
    world.settle();
    let differs = |expected: Texts, found: String| {
        Some(Difference { span: step.span.clone(), expected, found: Texts::both(found.clone(), found) })
    };
    if let Err(reason) = acted {
        return Some(Difference {
            span: step.span.clone(),
            expected: Texts::both("a step that can be taken", "خطوة ممكنة"),
            found: reason,
        });
    }
    if let Some(reason) = &world.broken {
        return differs(Texts::both("a case that can go on", "حالة يمكنها المضي"), reason.clone());
    }
    let claims = step.expect.iter().flat_map(|expect| &expect.claims);
    let speaks_of = |wanted: fn(&Claim) -> bool| claims.clone().any(|(claim, _)| wanted(claim));
    if let Some(Disposition::Refused { reason }) = &world.became
        && !speaks_of(|claim| matches!(claim, Claim::Became(_)))
    {
        let found = Texts::both(format!("refused: {}", reason.en()), format!("رُفض: {}", reason.get("ar")));
        return Some(Difference {
            span: step.span.clone(),
            expected: Texts::both("a case that takes it", "حالة تقبل ذلك"),
            found,
        });
    }
    if let Standing::Incident(incident) = &world.case().standing
        && !speaks_of(|claim| matches!(claim, Claim::Standing(_)))
    {
        let found = format!("incident in {}: {}", incident.place, incident.reason);
        return differs(Texts::both("a case that moves", "حالة تتحرك"), found);
    }
    let difference = step.expect.as_ref().and_then(|expect| compare(expect, world, *seen, house.calendar));
    if speaks_of(|claim| matches!(claim, Claim::Messages(_))) {
        *seen = world.sent.len();
    }
    difference
}

impl World<'_> {
    /// Does what a step says.
    ///
    /// # Errors
    /// It cannot be done here: there is no open call to answer, no message to report on.
    pub fn act(&mut self, act: &Act) -> Result<(), Texts> {
        match act {
            Act::Answer { outcome, with, queue } => {
                let fits = |call: &&crate::effect::CallTask| queue.as_ref().is_none_or(|queue| call.queue == *queue);
                let task = self.calls.iter().rev().find(fits).map(|call| call.id.clone());
                let task = task.ok_or_else(|| Texts::both("no open call", "لا مكالمة مفتوحة"))?;
                let (outcome, answers) = (outcome.clone(), with.clone());
                self.give(Body::Answer { task, outcome, answers, note: None }, "agent");
            }
            Act::Event { name, data } => {
                self.give(Body::External { name: name.clone(), data: data.clone() }, "reporter");
            }
            Act::Receipt { news, template, bad_address } => {
                let fits =
                    |sent: &super::Sent| template.as_ref().is_none_or(|template| sent.message.template == *template);
                let index = self.sent.iter().rposition(fits).ok_or_else(no_message)?;
                self.receipt(index, *news, *bad_address);
            }
            Act::Reply { text, channel } => {
                let last = self.sent.last().map(|sent| sent.message.channel);
                let channel = channel.or(last).ok_or_else(no_message)?;
                self.give(Body::Reply { channel, text: text.clone(), from: None }, "family");
            }
            Act::Update(data) => self.give(Body::Updated { data: data.clone() }, "source"),
            Act::Hold(reason) => self.give(Body::Hold { reason: reason.clone() }, "operator"),
            Act::Resume => self.give(Body::Resume, "operator"),
            Act::Close(outcome) => {
                let reason = "as the scenario says".to_owned();
                self.give(Body::Close { outcome: outcome.clone(), reason }, "operator");
            }
            Act::Retry => self.give(Body::Retry, "operator"),
            Act::Skip(reason) => self.give(Body::Skip { reason: reason.clone() }, "operator"),
            Act::Move(state) => {
                let reason = "as the scenario says".to_owned();
                self.give(Body::Move { state: state.clone(), reason }, "operator");
            }
        }
        Ok(())
    }
}

fn no_message() -> Texts {
    Texts::both("no message that has left", "لا رسالة خرجت بعد")
}

impl Played {
    /// The first difference as a finding in the scenario's file.
    pub fn finding(&self, scenario: &Scenario) -> Option<Diagnostic> {
        let (_, Difference { span, expected, found }) = self.failure.as_ref()?;
        let (expected, found) = (expected.get("en"), found.get("en"));
        let message = format!("“{}” fails: expected {expected}, found {found}", scenario.name);
        Some(Diagnostic::error(Code::ScenarioFails, &scenario.file, span.clone(), message))
    }

    /// What happened, a line for each thing, the first difference marked where it showed.
    pub fn timeline(&self, teller: &Teller<'_>) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for entry in &self.entries {
            lines.push(format!("  {}  {}", teller.moment(entry.at), teller.sentence(entry)));
        }
        if let Some((at, Difference { expected, found, .. })) = &self.failure {
            let at = teller.moment(*at);
            let (expected, found) = (expected.get(teller.language), found.get(teller.language));
            lines.push(match teller.language {
                "ar" => format!("▸ {at}  المتوقع: {expected}؛ والواقع: {found}"),
                _ => format!("▸ {at}  expected {expected}, found {found}"),
            });
        }
        lines
    }
}
