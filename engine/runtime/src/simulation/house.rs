//! The house of a simulation: a database that was prepared once and is copied for each seed, the workflow, the families
//! with their traps, and engines that can die.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wasl_core::calendar::Calendar;
use wasl_core::definition::{Bundle, Environment, Workflow};
use wasl_core::delivery::{Channel, Notifier};
use wasl_core::lang::Texts;
use wasl_core::policy::HousePolicy;
use wasl_core::source::decode_sources;
use wasl_core::value::Record;

use super::gateway::Gateway;
use super::turns::{Activity, Seams, Turns};
use crate::clock::{Clock, SystemClock};
use crate::engine::{Engine, NoProbe, Options, Outlet, Parts, Running};
use crate::store::{Gate, Store};

/// How many families there are.
pub(super) const FAMILIES: usize = 3;

const CALENDAR: &str = include_str!("calendar.yaml");
const SOURCES: &str = include_str!("sources.yaml");
const TEXTS: [(&str, &str); 3] = [
    ("visit/messages/please-ring.en.txt", "Please ring us."),
    ("visit/messages/thanks.en.txt", "Thank you."),
    ("visit/scripts/first.en.md", "Say who you are."),
];

/// What is read from files changes nothing here, nor does what is counted for reports, nor where the database keeps what is
/// committed.
const NOT_PLAYED: [&str; 6] = ["files", "returned mail", "other processes", "reports", "counts", "write-ahead log"];

/// The number at which a family is reached. The last two share one: somebody who lost both parents.
pub(super) fn relative(family: usize) -> String {
    format!("+9733600000{}", family.min(FAMILIES - 2))
}

/// The number of a family's deceased.
pub(super) fn deceased(family: usize) -> String {
    format!("+9733800000{family}")
}

/// What is the same for all seeds.
pub(super) struct Ground {
    folder: TempDir,
    workflow: Arc<Workflow>,
    environment: Environment,
    databases: AtomicU64,
}

impl Ground {
    /// Prepares the database in memory, where the machine has such a place.
    pub(super) fn prepare() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let environment = environment();
        let bundle = bundle();
        write_files(folder.path(), &bundle);
        let (workflow, report) = Workflow::load(&bundle, &environment);
        assert!(report.findings.is_empty(), "{}", report.render(false));
        let ground = Self { folder, workflow: Arc::new(workflow.unwrap()), environment, databases: AtomicU64::new(0) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = open(&ground.template()).await;
            store.migrate(SystemClock.now()).await.unwrap();
            let engine = ground.engine(store, Arc::new(SystemClock), Vec::new());
            let loaded = engine.load_workflows(&ground.folder.path().join("workflows"), "test").await.unwrap();
            assert_eq!(loaded.activated.len(), 1);
            engine.store.close().await.unwrap();
        });
        ground
    }

    fn template(&self) -> PathBuf {
        self.folder.path().join("template.sqlite")
    }

    /// A database for one player.
    pub(super) fn database(&self) -> PathBuf {
        let n = self.databases.fetch_add(1, Ordering::SeqCst);
        let database = self.folder.path().join(format!("{n}.sqlite"));
        std::fs::copy(self.template(), &database).unwrap();
        database
    }

    fn engine(&self, store: Store, clock: Arc<dyn Clock>, sms: Vec<Outlet>) -> Arc<Engine> {
        let engine = Engine::new(Parts {
            store,
            clock,
            environment: self.environment.clone(),
            house: HousePolicy::default(),
            texts: Record::new(),
            region: "BH".to_owned(),
            outlets: BTreeMap::from([(Channel::Sms, sms)]),
            base: self.folder.path().to_owned(),
            options: options(),
            probe: Arc::new(NoProbe),
        });
        engine.library.set_active(Arc::clone(&self.workflow));
        engine
    }

    /// An engine as after the start of its process, and its loops.
    pub(super) fn start(
        &self,
        store: &Store,
        turns: &Arc<Turns>,
        gateway: &Gateway,
    ) -> (Arc<Engine>, Vec<(&'static str, Activity)>) {
        let seams = Seams(Arc::clone(turns));
        let gate: Arc<dyn Gate> = Arc::new(seams.clone());
        let notifier: Arc<dyn Notifier> = Arc::new(gateway.clone());
        let engine = self.engine(store.behind(&gate), Arc::new(seams), vec![notifier.into()]);
        let environment = Box::new(|| Err("nobody edits files".to_owned()));
        let running = Running { workflows: PathBuf::new(), environment, poster: None, begun: None };
        let loops = Arc::clone(&engine).loops(&Arc::new(running), &CancellationToken::new());
        let loops = loops.into_iter().filter(|(name, _)| !NOT_PLAYED.contains(name));
        (engine, loops.map(|(name, one)| (name, one as Activity)).collect())
    }
}

/// Small batches, so that there are several.
fn options() -> Options {
    Options {
        case_batch: 2,
        message_batch: 3,
        concurrency: 2,
        attempts: 4,
        reload: SignedDuration::from_hours(24 * 365 * 10),
        ..Options::default()
    }
}

pub(super) async fn open(database: &Path) -> Store {
    Store::open(&format!("sqlite://{}", database.display())).await.unwrap()
}

fn environment() -> Environment {
    let calendar = Calendar::parse("house.yaml", CALENDAR).unwrap_or_else(|report| panic!("{}", report.render(false)));
    let (sources, report) = decode_sources("sources.yaml", SOURCES);
    assert!(report.findings.is_empty(), "{}", report.render(false));
    let calendars = BTreeMap::from([(calendar.name.clone(), calendar)]);
    let queues = BTreeMap::from([("desk".to_owned(), Texts::both("Desk", "مكتب"))]);
    Environment { calendars, sources, queues, ..Environment::default() }
}

fn bundle() -> Bundle {
    let texts = TEXTS.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let workflow = ("visit.yaml".to_owned(), include_str!("visit.yaml").to_owned());
    Bundle { name: "visit".to_owned(), files: texts.into_iter().chain([workflow]).collect() }
}

fn write_files(folder: &Path, bundle: &Bundle) {
    for (path, text) in &bundle.files {
        let path = folder.join("workflows").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (mut families, mut people) = ("file,deceased_mobile\n".to_owned(), "file,name,mobile,language\n".to_owned());
    for family in 0..FAMILIES {
        writeln!(families, "F{family},{}", deceased(family)).unwrap();
        // The first number of every second family is that of the deceased.
        if family % 2 == 1 {
            writeln!(people, "F{family},Hidden,{},en", deceased(family)).unwrap();
        }
        writeln!(people, "F{family},Somebody,{},en", relative(family)).unwrap();
    }
    std::fs::write(folder.join("families.csv"), families).unwrap();
    std::fs::write(folder.join("people.csv"), people).unwrap();
}

/// Wednesday afternoon: calls may be made and texts sent, and soon not any more; the weekend is near.
pub(super) fn beginning() -> Timestamp {
    "2024-05-15T15:00:00+03:00".parse().unwrap()
}
