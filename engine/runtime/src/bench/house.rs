//! A house that benchmarks play in: one workflow, a calendar that is always open, nobody to send to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wasl_core::calendar::Calendar;
use wasl_core::definition::{Bundle, Environment};
use wasl_core::delivery::{Channel, Found, Notifier, Outgoing, Pending, Sent, Status};
use wasl_core::policy::HousePolicy;
use wasl_core::value::{Record, Value};

use super::BenchError;
use crate::clock::{Clock, ManualClock};
use crate::engine::{Engine, NoProbe, Options, Parts, Probe};
use crate::store::Store;

const WORKFLOW: &str = include_str!("workflow.yaml");
const NAME: &str = "outreach-5";
const CALENDAR: &str = "calendar: always\nzone: UTC\ncountry: BH\nweek: {MON-SUN: \"00:00-24:00\"}\n";
const TEXTS: [(&str, &str); 3] = [
    ("follow-up", "We tried to reach you. Please ring 17 000 000 and say {{ reference }}."),
    ("escalated", "A colleague will ring you about {{ reference }}. You need not do anything."),
    ("done", "It is done; {{ reference }} is closed. Thank you."),
];

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

/// A folder of nobody else's, as what is copied into it may be about people; removed when the benchmark is over.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it, below one that is there.
    ///
    /// # Errors
    /// It cannot be made, or is there already.
    pub fn new(under: &Path, name: &str) -> Result<Self, BenchError> {
        let path = under.join(format!("wasl-bench-{}-{name}", std::process::id()));
        let mut owned = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut owned, 0o700);
        owned.create(&path).map_err(|source| BenchError::Folder { path: path.clone(), source })?;
        Ok(Self(path))
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn workflows(&self) -> PathBuf {
        self.0.join("workflows")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.join("bench.sqlite")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays behind in a folder that says whose it was.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// An engine with its clock.
pub(crate) struct House {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<ManualClock>,
}

impl House {
    pub(crate) async fn new(folder: &Folder) -> Result<Self, BenchError> {
        let clock = Arc::new(ManualClock::new(beginning()));
        let engine = engine(folder, Arc::clone(&clock) as _, Arc::new(NoProbe)).await?;
        Ok(Self { engine, clock })
    }

    pub(crate) async fn open(&self, numbers: Range<u32>) -> Result<(), BenchError> {
        open(&self.engine, numbers).await
    }

    /// Lets an hour pass and moves everything that is due.
    pub(crate) async fn hour(&self) -> Result<u64, BenchError> {
        self.clock.advance(SignedDuration::from_hours(1));
        Ok(self.engine.tick().await?)
    }
}

/// Opens the cases of these numbers, which then wait for an hour.
pub(super) async fn open(engine: &Engine, numbers: Range<u32>) -> Result<(), BenchError> {
    let workflow = engine.active_workflow(NAME).await?;
    for first in numbers.clone().step_by(OPENED_AT_ONCE as usize) {
        let records = (first..numbers.end.min(first + OPENED_AT_ONCE)).map(|n| (record(n), None));
        engine.open_cases(&workflow, None, records.collect()).await?;
    }
    Ok(())
}

/// An engine that knows the workflow.
pub(crate) async fn engine(
    folder: &Folder,
    clock: Arc<dyn Clock>,
    probe: Arc<dyn Probe>,
) -> Result<Arc<Engine>, BenchError> {
    let workflows = folder.workflows();
    write(&workflows)?;
    let store = Store::open(&format!("sqlite:{}", folder.database().display())).await?;
    store.migrate(clock.now()).await?;
    let engine = Engine::new(Parts {
        store,
        clock,
        environment: environment()?,
        house: HousePolicy::default(),
        texts: Record::new(),
        region: "BH".to_owned(),
        outlets: BTreeMap::from([(Channel::Sms, vec![(Arc::new(Nobody) as Arc<dyn Notifier>).into()])]),
        base: folder.0.clone(),
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_its_owners_alone_and_goes_when_it_is_over() {
        let folder = Folder::new(&std::env::temp_dir(), "private").unwrap();
        let path = folder.file("");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(Folder::new(&std::env::temp_dir(), "private").is_err(), "nor does it take what is there");
        drop(folder);
        assert!(!path.exists());
    }
}
