//! How many pure transitions one core makes in a second, beside a program by hand with the same outcome.

mod by_hand;

use std::hint::black_box;

use jiff::SignedDuration;
use serde::Serialize;
use wasl_core::calendar::Calendar;
use wasl_core::case::{Case, CaseId};
use wasl_core::definition::Workflow;
use wasl_core::policy::{Facts, HousePolicy};
use wasl_core::step::{Advance, Context, advance, new_case, open};
use wasl_core::value::Record;

use super::compared::{Compared, Turns};
use super::machine::{Took, Watch};
use super::{BenchError, Plan, Telling, house};

/// Cases whose records are made beforehand.
const AT_ONCE: u32 = 500;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Steps {
    /// Transitions on one core, all of a case's in turn.
    #[serde(flatten)]
    pub compared: Compared,
    /// Transitions in each round.
    pub transitions: u64,
    /// Transitions of the engine in a second, as `engine_per_s`.
    pub per_s: f64,
}

impl Steps {
    /// Plays it: every case goes from its detection to its end.
    ///
    /// # Errors
    /// The workflow that it plays is not sound.
    pub fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        let played = Played::new()?;
        let (mut turns, mut transitions) = (Turns::default(), 0);
        for round in 1..=plan.rounds {
            telling(&format!("round {round} of {}", plan.rounds));
            let (limit, by_hand) = timed(plan.cases, by_hand);
            let (engine, by_engine) = timed(plan.cases, |id, record| played.through(id, record));
            if by_hand != by_engine {
                return Err(BenchError::Wrong(format!("the limit made {by_hand} transitions, the engine {by_engine}")));
            }
            transitions = by_engine;
            turns.limit.push(limit);
            turns.engine.push(engine);
        }
        let compared = turns.compared(transitions, None);
        Ok(Self { compared, transitions, per_s: compared.engine_per_s })
    }
}

/// What all cases took, and how many transitions they made. What comes to be known of them is made beforehand: it is no part
/// of a transition.
fn timed(cases: u32, through: impl Fn(CaseId, Record) -> u64) -> (Took, u64) {
    let (mut took, mut transitions) = (Took::default(), 0);
    for first in (0..cases).step_by(AT_ONCE as usize) {
        let numbers = first..cases.min(first + AT_ONCE);
        let records: Vec<(CaseId, Record)> = numbers.map(|n| (CaseId(i64::from(n) + 1), house::record(n))).collect();
        let watch = Watch::start(None);
        for (id, record) in records {
            transitions += through(id, record);
        }
        took += watch.stop();
    }
    (took, transitions)
}

/// Takes a case from its detection to its end by hand, and counts its transitions.
#[expect(clippy::needless_pass_by_value, reason = "the record is let go while it is timed, as by the engine")]
fn by_hand(id: CaseId, record: Record) -> u64 {
    let (mut case, done) = by_hand::Case::open(id, &record, house::beginning());
    black_box(done);
    let mut transitions = 1;
    for hour in 1.. {
        if case.is_over() {
            break;
        }
        black_box(case.advance(house::beginning() + SignedDuration::from_hours(hour)));
        transitions += 1;
    }
    transitions
}

/// What the engine's step looks at.
struct Played {
    workflow: Workflow,
    calendar: Calendar,
    house: HousePolicy,
    texts: Record,
    facts: Facts,
}

impl Played {
    fn new() -> Result<Self, BenchError> {
        let environment = house::environment()?;
        let (workflow, report) = Workflow::load(&house::bundle(), &environment);
        let workflow = workflow.ok_or_else(|| BenchError::Wrong(report.render(false)))?;
        let calendar = environment.calendars.into_values().next();
        let calendar = calendar.ok_or_else(|| BenchError::Wrong("there is no calendar".to_owned()))?;
        Ok(Self { workflow, calendar, house: HousePolicy::default(), texts: Record::new(), facts: Facts::default() })
    }

    fn at(&self, hour: i64) -> Context<'_> {
        Context {
            now: house::beginning() + SignedDuration::from_hours(hour),
            calendar: &self.calendar,
            house: &self.house,
            texts: &self.texts,
            facts: &self.facts,
            region: "BH",
        }
    }

    fn open(&self, id: CaseId, record: Record) -> Advance {
        let case = new_case(&self.workflow, id, record, house::beginning());
        open(&self.workflow, &case, None, &self.at(0))
    }

    fn advance(&self, case: &Case, hour: i64) -> Advance {
        advance(&self.workflow, case, &[], &self.at(hour))
    }

    /// Takes a case from its detection to its end, and counts its transitions.
    fn through(&self, id: CaseId, record: Record) -> u64 {
        let mut case = self.open(id, record).case;
        let mut transitions = 1;
        for hour in 1.. {
            if case.is_ended() {
                break;
            }
            case = black_box(self.advance(&case, hour)).case;
            transitions += 1;
        }
        transitions
    }
}
