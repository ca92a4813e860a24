//! The figures of the practice: keeping the counts up to date, and putting them together for a span of days.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use wasl_core::calendar::Calendar;
use wasl_core::case::CaseId;
use wasl_core::definition::{Environment, Workflow};
use wasl_core::report::{
    COUNTED, Count, Figure, Figures, Grain, Piece, Seen, Worth, counts, day_number, first_of_month, pieces,
};

use super::{Engine, EngineError};
use crate::node;
use crate::store::{ReportProgress, WorkPast};

/// Rows of news that are looked at in one transaction: it holds up others for some hundredths of a second.
const BATCH: u32 = 200;
/// Who keeps the counts does so alone; so long after the last that was heard of them.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
const LEASE_NAME: &str = "reports";

/// Months that a report may span: ten years.
pub const REPORT_MONTHS_MAX: usize = 120;

/// The last days of the ages by which waiting cases are told apart: up to a week, a month, a quarter; and older.
pub const AGES: [i64; 3] = [7, 30, 90];

/// The practice of one workflow in a span of days, and where it stands today.
#[derive(Clone, Debug)]
pub struct Practice {
    /// Its active version.
    pub workflow: Arc<Workflow>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Today, in the workflow's calendar.
    pub today: Date,
    /// The whole span.
    pub total: Figures,
    /// Its months by their first days, those without anything as well.
    pub months: BTreeMap<Date, Figures>,
    /// What came of the rows that its detections read in the span.
    pub detected: BTreeMap<String, u64>,
    /// People who asked the house to stop in the span, whatever they were told of.
    pub opted_out: u64,
    /// Where it stands.
    pub now: Now,
    /// How far the counts are; `None` before anything was counted.
    pub progress: Option<ReportProgress>,
}

/// Where a workflow stands today, whenever its cases opened.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// Cases that have not ended by state, and by age in days since opening as [`AGES`] has it.
    pub waiting: BTreeMap<String, [u64; 4]>,
    /// Those with work past its due time.
    pub late: WorkPast,
    /// What they cost their families.
    pub at_risk: Worth,
}

impl Engine {
    /// Counts what has happened since it was counted last, unless another process is doing so; says how many cases were
    /// looked at.
    ///
    /// # Errors
    /// The store failed; the next time goes on.
    pub async fn count_for_reports(&self, stop: &CancellationToken) -> Result<u64, EngineError> {
        let (environment, mut looked) = (self.library.environment(), 0);
        let basis = basis(&environment);
        while !stop.is_cancelled() {
            let until = self.now().checked_add(LEASE).unwrap_or(Timestamp::MAX);
            if !self.store.take_lease(LEASE_NAME, node::name(), self.now(), until).await? {
                return Ok(looked);
            }
            let Some(counting) = self.store.begin_counting(&basis, BATCH).await? else { break };
            looked += counting.seen.len() as u64;
            let counted = self.counted(&counting.seen, &environment).await?;
            counting.finish(&counted, self.now()).await?;
            // Whoever moves cases and sends messages comes first.
            tokio::task::yield_now().await;
        }
        self.store.release_lease(LEASE_NAME, node::name()).await?;
        Ok(looked)
    }

    async fn counted(
        &self,
        seen: &[Seen],
        environment: &Environment,
    ) -> Result<BTreeMap<CaseId, Vec<Count>>, EngineError> {
        let mut counted = BTreeMap::new();
        for seen in seen {
            let version = match self.library.version(&seen.case.workflow_hash).await {
                Ok(version) => Some(version),
                // It counts all the same; only whom its calls reached is not known.
                Err(error) => {
                    tracing::debug!(case.id = seen.case.id.0, %error, "counted without its workflow");
                    None
                }
            };
            let named = version.as_ref().and_then(|version| environment.calendars.get(&version.calendar));
            let Some(calendar) = named.or_else(|| environment.calendars.values().next()) else { continue };
            let of_case = counts(seen, version.as_deref(), calendar, environment.tariffs.values());
            counted.insert(seen.case.id, of_case);
        }
        Ok(counted)
    }

    /// The practice of a workflow from one day to another, both included.
    ///
    /// # Errors
    /// There is no such workflow, it has no calendar, or the store failed.
    pub async fn practice(&self, name: &str, from: Date, to: Date) -> Result<Practice, EngineError> {
        let workflow = self.active_workflow(name).await?;
        let calendar = self.library.calendar(&workflow.calendar)?;
        let today = calendar.today(self.now());
        let months = first_of_month(from).series(1.month()).take_while(|first| *first <= to);
        let mut months: BTreeMap<Date, Figures> =
            months.take(REPORT_MONTHS_MAX).map(|first| (first, Figures::default())).collect();
        let mut total = Figures::default();
        for piece in pieces(from, to, today) {
            for count in self.store.report_counts(name, &piece).await? {
                total.add(&count);
                months.entry(count.kind.day).or_default().add(&count);
            }
        }
        let instants = (begins(&calendar, from), begins(&calendar, to.tomorrow().unwrap_or(to)));
        Ok(Practice {
            from,
            to,
            today,
            total,
            months,
            detected: self.store.detected_between(name, instants).await?,
            opted_out: self.store.opted_out_between(instants.0, instants.1).await?,
            now: self.stands(name, today).await?,
            progress: self.store.report_progress().await?,
            workflow,
        })
    }

    async fn stands(&self, name: &str, today: Date) -> Result<Now, EngineError> {
        let mut now = Now { late: self.store.overdue_by_state(name, self.now()).await?, ..Now::default() };
        let mut newest = Date::MAX;
        for (age, oldest) in AGES.into_iter().map(Some).chain([None]).enumerate() {
            let days = |days| jiff::Span::new().try_days(days).unwrap_or_default();
            let from = oldest.map_or(Date::MIN, |oldest| today.saturating_sub(days(oldest)));
            let piece = Piece { grain: Grain::Day, from, to: newest };
            for count in self.store.report_sums(name, &[Figure::Waiting], &piece).await? {
                let cases = u64::try_from(count.number).unwrap_or(0);
                now.waiting.entry(count.kind.part).or_default()[age] += cases;
            }
            newest = from.yesterday().unwrap_or(Date::MIN);
        }
        let ever = Piece { grain: Grain::Month, from: Date::MIN, to: Date::MAX };
        let mut risk = Figures::default();
        for count in self.store.report_sums(name, &[Figure::AtRisk], &ever).await? {
            risk.add(&count);
        }
        now.at_risk = risk.at_risk;
        Ok(now)
    }
}

impl Practice {
    /// What the cases that have not ended have cost their families until today, in fils.
    pub fn at_risk_until_today(&self) -> i64 {
        self.now.at_risk.by(day_number(self.today))
    }

    /// What the cases of the span that ended in success have saved their families until today, in fils.
    pub fn saved_until_today(&self) -> i64 {
        self.total.saved.by(day_number(self.today))
    }

    /// Whether more than one in ten cases of some time have not ended, so that shares and times are still to move.
    pub fn is_young(figures: &Figures) -> bool {
        figures.all_waiting() * 10 > figures.opened
    }
}

/// When a day begins.
fn begins(calendar: &Calendar, day: Date) -> Timestamp {
    calendar.instant(day.at(0, 0, 0, 0))
}

/// What counts follow from besides the cases: counted by anything else they would be others.
fn basis(environment: &Environment) -> String {
    let mut hash = Sha256::new();
    for (name, calendar) in &environment.calendars {
        hash.update(format!("{name} {}\n", calendar.hash()));
    }
    for tariff in environment.tariffs.values() {
        hash.update(format!("{tariff:?}\n"));
    }
    hash.finalize().iter().take(8).fold(format!("{COUNTED} "), |mut basis, byte| {
        let _ = write!(basis, "{byte:02x}");
        basis
    })
}
