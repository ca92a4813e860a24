//! A house that benchmarks play in: one workflow, a calendar that is always open, nobody to send to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wasl_core::calendar::Calendar;
use wasl_core::case::CaseId;
use wasl_core::definition::{Bundle, Environment};
use wasl_core::delivery::{Channel, Found, Notifier, Outgoing, Pending, Sent, Status};
use wasl_core::event::Body;
use wasl_core::policy::HousePolicy;
use wasl_core::value::{Record, Value};

use super::BenchError;
use super::ground::Ground;
use crate::clock::{Clock, ManualClock};
use crate::engine::{Engine, NoProbe, Options, Parts, Probe};
use crate::store::limit::Recording;
use crate::store::{NewEvent, Store};

const WORKFLOW: &str = include_str!("workflow.yaml");
const NAME: &str = "outreach-5";
const CALENDAR: &str = "calendar: always\nzone: UTC\ncountry: BH\nweek: {MON-SUN: \"00:00-24:00\"}\n";
const TEXTS: [(&str, &str); 3] = [
    ("follow-up", "We tried to reach you. Please ring 17 000 000 and say {{ reference }}."),
    ("escalated", "A colleague will ring you about {{ reference }}. You need not do anything."),
    ("done", "It is done; {{ reference }} is closed. Thank you."),
];

/// Transitions of each case: detected, first call, follow-up SMS, escalation, transfer done.
pub(super) const TRANSITIONS: u32 = 5;
/// The cases of a transaction of the engine, and so of the limit.
pub(super) const BATCH: u32 = 500;

/// Cases that are opened at once.
const OPENED_AT_ONCE: u32 = 500;
/// Mobile numbers of Bahrain that begin so have six more digits (the numbering plan of its regulator).
const MOBILES: [&str; 4] = ["+97333", "+97334", "+97336", "+97339"];

/// The moment at which everything begins.
pub(super) fn beginning() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A gateway that takes everything at once and sends nothing.
struct Nobody;

impl Notifier for Nobody {
    fn name(&self) -> &'static str {
        "sms"
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        let provider_id = Some(message.id.clone());
        Box::pin(std::future::ready(Sent::Accepted { provider_id, status: Status::Accepted, segments: None }))
    }

    fn find<'a>(&'a self, _: &'a Outgoing, _: Timestamp) -> Pending<'a, Found> {
        Box::pin(std::future::ready(Found::No))
    }
}

/// An engine with its clock.
pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<ManualClock>,
}

impl House {
    pub(crate) async fn new(ground: &Ground) -> Result<Self, BenchError> {
        let clock = Arc::new(ManualClock::new(beginning()));
        let engine = engine(ground, Arc::clone(&clock) as _, Arc::new(NoProbe)).await?;
        Ok(Self { engine, clock })
    }

    /// Another node on the same database, with the same clock.
    pub(super) async fn beside(&self, ground: &Ground) -> Result<Self, BenchError> {
        let engine = engine(ground, Arc::clone(&self.clock) as _, Arc::new(NoProbe)).await?;
        Ok(Self { engine, clock: Arc::clone(&self.clock) })
    }

    pub(crate) async fn open(&self, numbers: Range<u32>) -> Result<(), BenchError> {
        open(&self.engine, numbers).await
    }

    /// Opens a case, the first of its database, and takes it through everything: the rows that each transition leaves behind.
    pub(super) async fn record(&self, ground: &Ground) -> Result<Recording, BenchError> {
        self.open(0..1).await?;
        let mut recording = Recording::begin(&ground.url()).await?;
        for _ in 1..TRANSITIONS {
            self.hour().await?;
            recording.transition().await?;
        }
        Ok(recording)
    }

    /// Numbers for so many cases of somebody else in the same database, with room for their histories.
    pub(super) async fn numbers(&self, cases: u32) -> Result<Range<i64>, BenchError> {
        let first = self.engine.store.reserve_case_ids(cases).await?;
        Ok(first..first + i64::from(cases))
    }

    /// Lets an hour pass and moves everything that is due.
    pub(crate) async fn hour(&self) -> Result<u64, BenchError> {
        self.clock.advance(SignedDuration::from_hours(1));
        Ok(self.engine.tick().await?)
    }
}

/// Opens the cases of these numbers, which then wait for an hour.
pub(crate) async fn open(engine: &Engine, numbers: Range<u32>) -> Result<(), BenchError> {
    let workflow = engine.active_workflow(NAME).await?;
    for first in numbers.clone().step_by(OPENED_AT_ONCE as usize) {
        let records = (first..numbers.end.min(first + OPENED_AT_ONCE)).map(|n| (record(n), None));
        engine.open_cases(&workflow, None, records.collect()).await?;
    }
    Ok(())
}

/// Tells a case something, after which it goes on waiting; each source tells each case once.
pub(super) async fn tell(engine: &Engine, source: &str, case: i64) -> Result<(), BenchError> {
    let body = Body::External { name: "pulse".to_owned(), data: Record::new() };
    let (source, source_id, by) = (source.to_owned(), case.to_string(), "bench".to_owned());
    engine.submit(NewEvent { case: CaseId(case), source, source_id, at: engine.now(), by, body }).await?;
    Ok(())
}

/// An engine that knows the workflow.
pub(crate) async fn engine(
    ground: &Ground,
    clock: Arc<dyn Clock>,
    probe: Arc<dyn Probe>,
) -> Result<Arc<Engine>, BenchError> {
    let workflows = ground.workflows();
    write(&workflows)?;
    let store = Store::open_at(&ground.url()).await?;
    store.migrate(clock.now()).await?;
    let engine = Engine::new(Parts {
        store,
        clock,
        environment: environment()?,
        house: HousePolicy::default(),
        texts: Record::new(),
        region: "BH".to_owned(),
        outlets: BTreeMap::from([(Channel::Sms, vec![(Arc::new(Nobody) as Arc<dyn Notifier>).into()])]),
        base: ground.folder(),
        options: Options::default(),
        probe,
    });
    let loaded = engine.load_workflows(&workflows, "bench").await?;
    match loaded.refused.first() {
        None => Ok(engine),
        Some((_, report)) => Err(BenchError::Wrong(report.render(false))),
    }
}

pub(crate) fn environment() -> Result<Environment, BenchError> {
    let calendar =
        Calendar::parse("always.yaml", CALENDAR).map_err(|report| BenchError::Wrong(report.render(false)))?;
    Ok(Environment { calendars: BTreeMap::from([(calendar.name.clone(), calendar)]), ..Environment::default() })
}

/// The workflow's files.
pub(super) fn bundle() -> Bundle {
    let text = |(name, text): (&str, &str)| (format!("{NAME}/messages/{name}.en.txt"), text.to_owned());
    let files = TEXTS.map(text).into_iter().chain([(format!("{NAME}.yaml"), WORKFLOW.to_owned())]);
    Bundle { name: NAME.to_owned(), files: files.collect() }
}

fn write(workflows: &Path) -> Result<(), BenchError> {
    for (path, text) in bundle().files {
        let path = workflows.join(path);
        let folder = path.parent().unwrap_or(workflows);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
        written.map_err(|source| BenchError::Folder { path, source })?;
    }
    Ok(())
}

/// What a case knows: nothing in it describes a person.
pub(super) fn record(n: u32) -> Record {
    let block = MOBILES.get(n as usize / 1_000_000 % MOBILES.len()).copied().unwrap_or_default();
    let contact = Record::from([
        ("name".into(), Value::from("A relative")),
        ("mobile".into(), Value::from(format!("{block}{:06}", n % 1_000_000).as_str())),
        ("language".into(), Value::from("en")),
    ]);
    Record::from([
        ("file".into(), Value::from(format!("F-{n:08}").as_str())),
        ("monthly_kwh".into(), Value::Int(i64::from(n % 5_000))),
        ("people".into(), Value::List(vec![Value::Record(contact)])),
    ])
}
