//! Detection over a real store: the sample year in every order, and what goes wrong in the middle.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use wasl_core::calendar::Calendar;
use wasl_core::definition::Environment;
use wasl_core::event::Body;
use wasl_core::lang::Texts;
use wasl_core::source::decode_sources;
use wasl_core::step::new_case;
use wasl_core::value::Value;

use super::*;
use crate::clock::ManualClock;
use crate::engine::read_bundle;
use crate::store::{CaseFilter, Move, Moved};

const REGISTER: &str = "examples/bahrain-year/death-register";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Opens cases without a step: in the start state, with nothing planned. Can fail once, at its n-th batch.
struct Opener<'a> {
    store: &'a Store,
    workflow: &'a Workflow,
    clock: &'a ManualClock,
    batches_left: AtomicU32,
}

impl OpenCases for Opener<'_> {
    async fn open(&self, new: Vec<NewCase>) -> Result<Vec<CaseId>, OpenError> {
        if self.batches_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            return Err("the disk is full".into());
        }
        let now = self.clock.now();
        let first = self.store.reserve_case_ids(u32::try_from(new.len())?).await?;
        let moves: Vec<Move> = (first..)
            .map(CaseId)
            .zip(new)
            .map(|(id, NewCase { key, data, mark })| {
                let case = new_case(self.workflow, id, data, now);
                assert_eq!(case.key, key);
                let record = Some(RecordMark { case: Some(id), ..mark });
                let (entries, effects, settled, never) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
                Move {
                    before: None,
                    case,
                    data_stays: false,
                    entries,
                    effects,
                    settled,
                    record,
                    at_risk: 0,
                    words: Vec::new(),
                    never,
                    deceased: Vec::new(),
                }
            })
            .collect();
        let answers = self.store.commit(&moves, now).await?;
        assert!(answers.iter().all(|answer| *answer == Moved::Committed));
        Ok(moves.iter().map(|step| step.case.id).collect())
    }

    async fn withdraw(&self, person: &str, by_and_why: (&str, &str)) -> Result<Vec<CaseId>, OpenError> {
        panic!("{person} is withdrawn by {by_and_why:?}, and the sample year withdraws nobody");
    }
}

/// A store, the shipped workflow, and a copy of the sample year that a test may change.
struct World {
    folder: tempfile::TempDir,
    store: Store,
    workflow: Workflow,
    sources: Sources,
    clock: ManualClock,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&repository().join("examples"), &folder.path().join("examples"));
        let read = |path: &str| std::fs::read_to_string(repository().join(path)).unwrap();
        let (sources, _) = decode_sources("sources.yaml", &read("config/sources.yaml"));
        let calendar = Calendar::parse("calendar.yaml", &read("config/calendars/bahrain-government.yaml")).unwrap();
        let queues = ["complaints", "supervisors", "data", "billing"];
        let environment = Environment {
            calendars: BTreeMap::from([("bahrain-government".to_owned(), calendar)]),
            sources: sources.clone(),
            queues: queues.iter().map(|name| ((*name).to_owned(), Texts::default())).collect(),
            texts: ["hotline".to_owned()].into(),
            ..Environment::default()
        };
        let bundle = read_bundle(&repository().join("workflows/account-transfer.yaml")).unwrap();
        let (workflow, report) = Workflow::load(&bundle, &environment);
        let workflow = workflow.unwrap_or_else(|| panic!("{:#?}", report.findings));
        let url = format!("sqlite:{}", folder.path().join("wasl.sqlite").display());
        let store = Store::open(&url).await.unwrap();
        let clock = ManualClock::new("2024-11-03T04:00:00Z".parse().unwrap());
        store.migrate(clock.now()).await.unwrap();
        store.save_version(&bundle, &workflow.hash, clock.now()).await.unwrap();
        Self { folder, store, workflow, sources, clock }
    }

    /// A world with three families in place of the year.
    async fn small() -> Self {
        let world = Self::new().await;
        std::fs::remove_dir_all(world.path(REGISTER)).unwrap();
        std::fs::create_dir(world.path(REGISTER)).unwrap();
        let account = |cpr: u32| format!("A{cpr},{cpr},Y,1,southern,+97338395230,1882,23\n");
        let accounts: String = (100_000_001..=100_000_003).map(account).collect();
        let columns =
            "account_no,holder_cpr,subsidised,account_rank,governorate,holder_mobile,avg_monthly_kwh,avg_monthly_m3";
        world.write("examples/bahrain-year/subscribers.csv", &format!("{columns}\n{accounts}"));
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes a file of the register: each row a personal number and a day of registration.
    fn register(&self, name: &str, rows: &[(&str, &str)]) {
        let row = |(cpr, day): &(&str, &str)| format!("D1,{cpr},أ,A,M,BH,2024-05-01,{day},southern\n");
        let rows: String = rows.iter().map(row).collect();
        self.write(&format!("{REGISTER}/{name}"), &format!("{HEADER}\n{rows}"));
    }

    fn register_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path(REGISTER)).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    async fn run(&self, dry_run: bool, fail_at_batch: u32) -> Result<RunSummary, IntakeError> {
        self.run_told(dry_run, fail_at_batch, &|_| ()).await
    }

    async fn run_told(
        &self,
        dry_run: bool,
        fail_at_batch: u32,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<RunSummary, IntakeError> {
        let World { store, workflow, clock, .. } = self;
        let zone = TimeZone::get("Asia/Bahrain").unwrap();
        let options = Options { dry_run, base: self.folder.path(), region: "BH", zone: &zone, clock };
        let opener = Opener { store, workflow, clock, batches_left: AtomicU32::new(fail_at_batch) };
        let detection = &workflow.detect[0];
        let running = detect(store, workflow, detection, &self.sources, options, progress, &opener);
        is_send(&running);
        running.await
    }

    async fn detect(&self) -> RunSummary {
        self.run(false, 0).await.unwrap()
    }

    async fn case_count(&self) -> usize {
        self.store.cases(&CaseFilter { limit: 10_000, ..CaseFilter::default() }).await.unwrap().len()
    }

    async fn results(&self) -> BTreeMap<String, u64> {
        self.store.records_by_result("account-transfer/death-register").await.unwrap()
    }

    /// The store holds what the year's own count says, however often and in whatever order it was read.
    async fn holds_the_year(&self) {
        let text = std::fs::read_to_string(repository().join("examples/bahrain-year/expected.json")).unwrap();
        let expected: BTreeMap<String, u64> = serde_json::from_str(&text).unwrap();
        let same = [
            ("opened", "eligible"),
            ("duplicate", "duplicate_rows"),
            ("rejected", "malformed_rows"),
            ("not_subscriber", "not_subscriber"),
            ("not_subsidised", "not_subsidised"),
            ("not_first_account", "not_first_account"),
        ];
        let expected = same.map(|(result, name)| (result.to_owned(), expected[name]));
        assert_eq!(self.results().await, BTreeMap::from(expected));
        assert_eq!(self.case_count().await, 1_032);
    }
}

const HEADER: &str =
    "registration_no,cpr,full_name_ar,full_name_en,sex,nationality,date_of_death,registered_on,governorate";

fn is_send<T: Send>(_: &T) {}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::write(&target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

#[tokio::test]
async fn the_sample_year_opens_exactly_its_cases_and_again_changes_nothing() {
    let world = World::new().await;
    let planned = world.run(true, 0).await.unwrap();
    assert_eq!(world.results().await, BTreeMap::new());
    assert_eq!(world.store.runs(None, 1).await.unwrap(), []);
    assert_eq!(world.case_count().await, 0);
    let done = world.detect().await;
    world.holds_the_year().await;
    assert_eq!((done.rows(), done.opened, done.duplicates, done.rejected), (3_456, 1_032, 37, 19));
    assert_eq!((done.updated, done.unchanged, done.lookup_rejected.len()), (37, 0, 0));
    // A dry run cannot compare with cases that it did not open: the updates are all it does not foresee.
    let foreseen = RunSummary { dry_run: false, updated: 37, ..planned };
    assert_eq!(foreseen, done);

    let again = world.detect().await;
    assert!(again.files.len() == 15 && again.files.iter().all(|file| file.outcome == FileOutcome::ReadBefore));
    assert_eq!((again.rows(), again.opened, again.duplicates, again.rejected), (0, 0, 0, 0));
    world.holds_the_year().await;
}

#[tokio::test]
async fn another_order_comes_to_the_same() {
    let world = World::new().await;
    for (n, file) in world.register_files().iter().rev().enumerate() {
        std::fs::rename(file, world.path(&format!("{REGISTER}/{n:02}.csv"))).unwrap();
    }
    let done = world.detect().await;
    assert_eq!((done.opened, done.duplicates, done.unchanged, done.rejected), (1_032, 37, 0, 19));
    world.holds_the_year().await;
}

#[tokio::test]
async fn half_of_it_twice_comes_to_the_same() {
    let world = World::new().await;
    let mut halves = format!("{HEADER}\n");
    for file in world.register_files() {
        let text = std::fs::read_to_string(file).unwrap();
        halves.extend(text.lines().skip(1).step_by(2).map(|row| format!("{row}\n")));
    }
    world.write(&format!("{REGISTER}/0000-half.csv"), &halves);
    let done = world.detect().await;
    assert_eq!(done.unchanged, u64::try_from(halves.lines().count()).unwrap() - 1);
    world.holds_the_year().await;
    world.write(&format!("{REGISTER}/9999-half.csv"), &halves.replace('\n', "\r\n"));
    let again = world.detect().await;
    assert_eq!((again.rows(), again.opened, again.duplicates), (done.unchanged, 0, 0));
    assert_eq!(again.unchanged, done.unchanged);
    world.holds_the_year().await;
}

#[tokio::test]
async fn a_stop_in_the_middle_is_made_good_by_the_next_run() {
    let world = World::new().await;
    let error = world.run(false, 3).await.unwrap_err();
    assert_eq!(error.to_string(), "cases cannot be opened: the disk is full");
    let opened_before = world.case_count().await;
    assert!(opened_before > 0 && opened_before < 1_032);
    let done = world.detect().await;
    assert_eq!(done.opened, 1_032 - u64::try_from(opened_before).unwrap());
    world.holds_the_year().await;
}

#[tokio::test]
async fn a_death_registered_again_is_the_same_case_and_told_once() {
    let world = World::small().await;
    world.register("1.csv", &[("100000001", "2024-05-02"), ("100000001", "2024-05-09"), ("100000002", "2024-05-02")]);
    let done = world.detect().await;
    assert_eq!((done.opened, done.duplicates, done.updated), (2, 1, 1));
    let cases = world.store.cases(&CaseFilter { limit: 10, ..CaseFilter::default() }).await.unwrap();
    let events = world.store.events(cases[0].id).await.unwrap();
    let day = Value::Date("2024-05-09".parse().unwrap());
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].source, "detect:account-transfer/death-register");
    assert_eq!(events[0].event.body, Body::Updated { data: Record::from([("registered_on".into(), day)]) });

    world.register("2.csv", &[("100000001", "2024-05-09"), ("100000002", "2024-05-02")]);
    let done = world.detect().await;
    assert_eq!((done.opened, done.duplicates, done.unchanged), (0, 0, 2));
    // Other values in columns that no case has: the same case, and nothing to tell.
    let renumbered = format!("{HEADER}\nD2-R,100000002,أ,A,M,BH,2024-05-01,2024-05-02,southern\n");
    world.write(&format!("{REGISTER}/3.csv"), &renumbered);
    let done = world.detect().await;
    assert_eq!((done.opened, done.duplicates, done.updated), (0, 1, 0));
    assert_eq!(world.store.events(cases[0].id).await.unwrap().len(), 1);
    assert_eq!(world.store.events(cases[1].id).await.unwrap(), []);
}

#[tokio::test]
async fn a_file_that_does_not_fit_holds_up_no_other_and_is_tried_again() {
    let world = World::small().await;
    world.write(&format!("{REGISTER}/1.csv"), "registration_no,cpr\nD1,100000001\n");
    world.register("2.csv", &[("100000002", "2024-05-02")]);
    let done = world.detect().await;
    assert_eq!(done.opened, 1);
    let FileOutcome::Refused { reason } = &done.files[0].outcome else { panic!("{:?}", done.files) };
    assert!(reason.en().starts_with("the columns `full_name_ar`, "), "{reason:?}");
    assert!(reason.get("ar").starts_with("تنقص الملف هذه الأعمدة: `full_name_ar`، "), "{reason:?}");
    world.register("1.csv", &[("100000001", "2024-05-02"), ("10000003", "2024-05-02")]);
    let done = world.detect().await;
    assert_eq!((done.opened, done.rejected), (1, 1));
    assert_eq!(done.rejected_samples[0].line, 3);
    assert_eq!(done.rejected_samples[0].problems, ["`cpr` (1••••••3) does not match `[0-9]{9}`"]);
    let kept = world.store.rejected(Some("account-transfer/death-register"), 10).await.unwrap();
    assert_eq!((kept.len(), kept[0].line, kept[0].file.as_str()), (1, 3, &*format!("{REGISTER}/1.csv")));
}

#[tokio::test]
async fn a_file_that_is_still_being_written_is_read_again() {
    let world = World::small().await;
    let strangers: Vec<String> = (0..900).map(|n| format!("{}", 200_000_000 + n)).collect();
    let mut rows = vec![("100000001", "2024-05-02")];
    rows.extend(strangers.iter().map(|cpr| (cpr.as_str(), "2024-05-02")));
    world.register("1.csv", &rows);
    let told = Mutex::new(Vec::new());
    let write_on = |progress: Progress<'_>| {
        let mut told = told.lock().unwrap();
        if told.is_empty() {
            let row = "D2,100000002,أ,A,M,BH,2024-05-01,2024-05-02,southern\n";
            let mut file = File::options().append(true).open(world.path(&format!("{REGISTER}/1.csv"))).unwrap();
            file.write_all(row.as_bytes()).unwrap();
        }
        told.push((progress.file.to_owned(), progress.rows, progress.opened));
    };
    let done = world.run_told(false, 0, &write_on).await.unwrap();
    assert_eq!(done.files[0].outcome, FileOutcome::Changed);
    let file = format!("{REGISTER}/1.csv");
    assert_eq!(*told.lock().unwrap(), [(file.clone(), 500, 1), (file, 902, 2)]);
    let again = world.detect().await;
    assert_eq!((again.unchanged, again.opened, &again.files[0].outcome), (902, 0, &FileOutcome::Read));
    assert_eq!(world.detect().await.files[0].outcome, FileOutcome::ReadBefore);
}

#[tokio::test]
async fn nothing_is_judged_without_the_look_ups() {
    let world = World::small().await;
    world.register("1.csv", &[("100000001", "2024-05-02")]);
    std::fs::remove_file(world.path("examples/bahrain-year/subscribers.csv")).unwrap();
    let error = world.run(false, 0).await.unwrap_err().to_string();
    assert!(
        error.starts_with("source `subscribers` (`examples/bahrain-year/subscribers.csv`): there is no file"),
        "{error}"
    );
    assert_eq!(world.results().await, BTreeMap::new());
}

#[tokio::test]
async fn an_unreadable_row_of_a_look_up_is_reported_under_its_source() {
    let world = World::small().await;
    world.register("1.csv", &[("100000001", "2024-05-02")]);
    let header = "deceased_cpr,contact_cpr,name_ar,name_en,relation,mobile,email,language";
    world.write(
        "examples/bahrain-year/contacts.csv",
        &format!("{header}\n1000,,,,,,,\n100000001,,أمل,Amal,,٣٣١٢٣٤٥٦,,ar\n"),
    );
    let done = world.detect().await;
    assert_eq!((done.opened, done.rejected), (1, 0));
    assert_eq!(done.lookup_rejected, BTreeMap::from([("contacts".into(), 1)]));
    assert_eq!(world.store.rejected(Some("source:contacts"), 10).await.unwrap().len(), 1);
    let cases = world.store.cases(&CaseFilter { limit: 10, ..CaseFilter::default() }).await.unwrap();
    let Value::List(contacts) = &cases[0].data["contacts"] else { panic!() };
    assert_eq!(contacts[0].member("mobile"), &Value::from("+97333123456"));
}
