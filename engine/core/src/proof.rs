//! Everything that can be said of a workflow's files before they are used: every finding, what is proven of the worst
//! case, and how its stories go. Commands, the API and the console ask here, so that they cannot differ.

use crate::bounds::{Bounds, prove};
use crate::calendar::Calendar;
use crate::definition::{Bundle, Environment, Workflow};
use crate::diagnostic::Report;
use crate::policy::HousePolicy;
use crate::scenario::{Coverage, Gaps, House, Played, Scenario, play, read};
use crate::value::Record;

/// The house in which files are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Calendars, sources, queues and names of house texts.
    pub environment: &'a Environment,
    /// The house's caps.
    pub policy: &'a HousePolicy,
    /// The house's texts that templates may use.
    pub texts: &'a Record,
    /// ISO country whose phone numbers are written without a country code.
    pub region: &'a str,
}

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// The workflow, if it has no error.
    pub workflow: Option<Workflow>,
    /// Every finding, in the workflow and in its scenarios, with the sources that they point into.
    pub report: Report,
    /// Its stories; none where they cannot be read.
    pub scenarios: Vec<Scenario>,
    /// What is proven of the worst case, where there is no error.
    pub bounds: Option<Bounds>,
}

/// How its stories went.
#[derive(Debug)]
pub struct Told {
    /// Each story, in the order of the scenarios.
    pub played: Vec<Played>,
    /// What they cover together.
    pub coverage: Coverage,
    /// What none of them covers.
    pub gaps: Gaps,
}

impl Told {
    /// How many stories do not go as they say.
    pub fn failed(&self) -> usize {
        self.played.iter().filter(|played| played.failure.is_some()).count()
    }
}

impl<'a> Around<'a> {
    /// Looks files over, with their scenarios.
    pub fn check(&self, bundle: &Bundle) -> Checked {
        let (workflow, mut report) = Workflow::load(bundle, self.environment);
        let staged = workflow.as_ref().and_then(|workflow| Some((workflow, self.house(workflow)?)));
        let bounds = staged.map(|(workflow, house)| prove(workflow, house.calendar, &self.environment.texts).bounds);
        let (scenarios, found) = read(bundle, staged);
        report.findings.extend(found.findings);
        report.sources.extend(found.sources);
        Checked { workflow, report, scenarios, bounds }
    }

    /// Plays the stories of a workflow; nothing where its calendar is not there.
    pub fn tell(&self, workflow: &Workflow, scenarios: &[Scenario]) -> Option<Told> {
        let house = self.house(workflow)?;
        let played: Vec<Played> = scenarios.iter().map(|scenario| play(workflow, scenario, house)).collect();
        let mut coverage = Coverage::default();
        for played in &played {
            coverage.add(&played.coverage);
        }
        let gaps = coverage.gaps(workflow);
        Some(Told { played, coverage, gaps })
    }

    /// The house with the workflow's calendar.
    fn house(&self, workflow: &Workflow) -> Option<House<'a>> {
        let calendar: &'a Calendar = self.environment.calendars.get(&workflow.calendar)?;
        Some(House { calendar, policy: self.policy, texts: self.texts, region: self.region })
    }
}
