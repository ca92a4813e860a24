//! How many pure transitions one core makes in a second.

use std::hint::black_box;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;
use wasl_core::case::{Case, CaseId};
use wasl_core::definition::Workflow;
use wasl_core::policy::{Facts, HousePolicy};
use wasl_core::step::{Context, advance, new_case, open};
use wasl_core::value::Record;

use super::machine::{Watch, per};
use super::{BenchError, Plan, Telling, house, median};

/// Cases whose records are made beforehand.
const AT_ONCE: u32 = 500;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Steps {
    /// Transitions in each round.
    pub transitions: u64,
    /// Rounds; the figure is the median.
    pub rounds: u32,
    /// Transitions in a second on one core, all of a case's in turn.
    pub per_s: f64,
}

impl Steps {
    /// Plays it: every case goes from its detection to its end.
    ///
    /// # Errors
    /// The workflow that it plays is not sound.
    pub fn play(plan: &Plan, telling: Telling<'_>) -> Result<Self, BenchError> {
        let environment = house::environment()?;
        let (workflow, report) = Workflow::load(&house::bundle(), &environment);
        let workflow = workflow.ok_or_else(|| BenchError::Wrong(report.render(false)))?;
        let calendar = environment.calendars.into_values().next();
        let calendar = calendar.ok_or_else(|| BenchError::Wrong("there is no calendar".to_owned()))?;
        let (house, texts, facts) = (HousePolicy::default(), Record::new(), Facts::default());
        let (mut figures, mut transitions) = (Vec::new(), 0);
        for round in 1..=plan.rounds {
            telling(&format!("round {round} of {}", plan.rounds));
            transitions = 0;
            let mut wall = Duration::ZERO;
            for first in (0..plan.cases).step_by(AT_ONCE as usize) {
                // What comes to be known of the cases is made beforehand: it is no part of a transition.
                let numbers = first..plan.cases.min(first + AT_ONCE);
                let records: Vec<(CaseId, Record)> =
                    numbers.map(|n| (CaseId(i64::from(n) + 1), house::record(n))).collect();
                let watch = Watch::start(None);
                for (id, record) in records {
                    let at = |hour: i64| Context {
                        now: house::beginning() + SignedDuration::from_hours(hour),
                        calendar: &calendar,
                        house: &house,
                        texts: &texts,
                        facts: &facts,
                        region: "BH",
                    };
                    let case = new_case(&workflow, id, record, house::beginning());
                    transitions += played(&workflow, &case, at);
                }
                wall += watch.stop().wall;
            }
            figures.push(per(transitions, wall));
        }
        Ok(Self { transitions, rounds: plan.rounds, per_s: median(figures) })
    }
}

/// Takes a case from its detection to its end, and counts its transitions.
fn played<'c>(workflow: &Workflow, case: &Case, at: impl Fn(i64) -> Context<'c>) -> u64 {
    let mut case = open(workflow, case, None, &at(0)).case;
    let mut transitions = 1;
    for hour in 1.. {
        if case.is_ended() {
            break;
        }
        case = black_box(advance(workflow, &case, &[], &at(hour))).case;
        transitions += 1;
    }
    transitions
}
