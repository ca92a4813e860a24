//! One run: prepares the families, lets gateway and daemon at each other, moves the time and kills the
//! daemon now and then, until every message has left and every receipt has arrived.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wasl_runtime::clock::Clock as _;
use wasl_runtime::store::{MessageFilter, MessageStatus, Store};

use super::daemon::{self, Daemon};
use super::double::{self, Double};
use super::reports::Reports;
use super::setting::{self, RunClock};
use super::verdict;
use super::{FAMILIES, MESSAGES_EACH};

/// So much of the run's time passes with each step while texts may be sent, and otherwise.
const STEP_OPEN: SignedDuration = SignedDuration::from_secs(2);
const STEP_CLOSED: SignedDuration = SignedDuration::from_mins(5);

/// A step takes at least so long.
const STEP_REAL: Duration = Duration::from_millis(10);

/// When the gateway has taken nothing new for so long, what still waits waits for ever. A run as a whole may take as
/// long as the machine needs.
const ENDS_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The daemon is killed after it got at most so many messages through, however long that took: on a slow
/// machine too it gets somewhere between two deaths.
const KILLED_WITHIN: u64 = 600;

/// What is on its way and nothing has happened to for so long has been left behind by a daemon that died.
const LEFT_BEHIND: Duration = Duration::from_secs(3);

/// Plays a seed to its end and judges it.
#[expect(clippy::print_stderr, reason = "what a run met is worth reading beside its verdict")]
pub(super) fn run(seed: u64) {
    wasl_notifiers::init_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = place();
        let folder = dir.path().to_owned();
        setting::write(&folder, FAMILIES);
        let clock = Arc::new(RunClock::start(&folder));
        prepare(&folder, FAMILIES, &clock).await;
        let mut stage = Stage::set(seed, folder.clone(), clock).await;
        stage.play().await;
        let kills = stage.kills;
        stage.daemon.kill();
        let (taken, faults) = (stage.double.taken(), stage.double.faults());
        verdict::judge(&folder, FAMILIES, &taken, &stage.reports.arrived()).await;
        eprintln!("seed {seed}: {} messages, {kills} kills, faults {faults}", taken.len());
    });
}

/// In memory where the machine has such a place: a killed process loses nothing that it wrote, and
/// twenty runs do not wear a disk.
fn place() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

pub(super) async fn prepare(folder: &Path, families: usize, clock: &Arc<RunClock>) {
    let engine = daemon::engine(folder, Arc::clone(clock) as _, "http://127.0.0.1:9").await;
    let summaries = engine.detect("pulse", None, false, &|_| ()).await.unwrap();
    assert_eq!(summaries.iter().map(|summary| summary.opened).sum::<u64>(), families as u64);
    engine.store.close().await.unwrap();
}

/// Everybody who takes part.
struct Stage {
    seed: u64,
    folder: PathBuf,
    clock: Arc<RunClock>,
    double: Double<Reports>,
    reports: Reports,
    listen: SocketAddr,
    daemon: Daemon,
    kills: u64,
    ping: TcpStream,
}

impl Stage {
    async fn set(seed: u64, folder: PathBuf, clock: Arc<RunClock>) -> Self {
        let listen = free_port().await;
        let reports = Reports::new(seed, &[listen]);
        let double = Double::start(seed, Arc::clone(&clock), reports.clone()).await;
        let daemon = Daemon::start(&folder, double.address, listen);
        let ping = TcpStream::connect(double.address).await.unwrap();
        Self { seed, folder, clock, double, reports, listen, daemon, kills: 0, ping }
    }

    async fn play(&mut self) {
        let (mut taken, mut end) = (0, self.clock.now() + ENDS_AFTER);
        let mut dies_at = self.next_death();
        for step in 1_u64.. {
            tokio::time::sleep(STEP_REAL).await;
            self.wait_for_the_double().await;
            pass(&self.folder, FAMILIES, &self.clock, if self.is_open() { STEP_OPEN } else { STEP_CLOSED }).await;
            if self.double.taken_count() > taken {
                (taken, end) = (self.double.taken_count(), self.clock.now() + ENDS_AFTER);
            }
            if taken >= dies_at {
                self.daemon.kill();
                self.kills += 1;
                self.daemon = Daemon::start(&self.folder, self.double.address, self.listen);
                dies_at = self.next_death();
            }
            let looks_done = step.is_multiple_of(50) && self.reports.waiting() == 0;
            // Something that waits for ever is the verdict's to find.
            if looks_done && self.is_settled().await || self.clock.now() > end {
                return;
            }
        }
    }

    /// How many messages the gateway has when the daemon dies next.
    fn next_death(&self) -> usize {
        let messages = double::number(self.seed, "kill", self.kills) % KILLED_WITHIN;
        self.double.taken_count() + 1 + usize::try_from(messages).unwrap()
    }

    /// Whether texts may be sent, with the quarter of an hour after that in which the last answers come.
    fn is_open(&self) -> bool {
        let quarter = SignedDuration::from_mins(15);
        let now = self.clock.now();
        [now, now - quarter, now + quarter].into_iter().any(setting::is_open)
    }

    /// Goes through the double's queue of connections once: what was written to it before has been read.
    async fn wait_for_the_double(&mut self) {
        self.ping.write_all(b"GET /ping HTTP/1.1\r\nhost: double\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"{}") {
            assert!(self.ping.read_buf(&mut answer).await.unwrap() > 0, "the double is gone");
        }
    }

    async fn is_settled(&self) -> bool {
        is_settled(&self.folder, FAMILIES).await
    }
}

/// Whether every message has left and none is in doubt.
pub(super) async fn is_settled(folder: &Path, families: usize) -> bool {
    let store = Store::open(&setting::store_url(folder)).await.unwrap();
    let counts = store.messages_by_status().await.unwrap();
    store.close().await.unwrap();
    let under_way = [MessageStatus::Queued, MessageStatus::Sending, MessageStatus::Uncertain];
    let planned: u64 = counts.values().sum();
    planned == (families * MESSAGES_EACH) as u64 && under_way.iter().all(|status| !counts.contains_key(status))
}

/// Lets so much of the run's time pass. When the hours for texts have just ended it stands still until what left in
/// time has been answered: a second for which a busy machine forgets a process is minutes of the run.
pub(super) async fn pass(folder: &Path, families: usize, clock: &RunClock, by: SignedDuration) {
    let was_open = setting::is_open(clock.now());
    clock.advance(by);
    if was_open && !setting::is_open(clock.now()) {
        until_all_is_answered(folder, families).await;
    }
}

/// Waits while messages are on their way. Those that a daemon has left behind stay where they are.
async fn until_all_is_answered(folder: &Path, families: usize) {
    let limit = u32::try_from(families * MESSAGES_EACH).unwrap();
    let filter = MessageFilter { status: Some(MessageStatus::Sending), limit, ..MessageFilter::default() };
    // A server that is down just now cannot be asked, and is asked by no daemon either.
    let Ok(store) = Store::open(&setting::store_url(folder)).await else { return };
    let (mut seen, mut since) = (Vec::new(), Instant::now());
    loop {
        let sending: Vec<_> = store.messages(&filter).await.unwrap().into_iter().map(|one| one.message.id).collect();
        if sending != seen {
            (seen, since) = (sending, Instant::now());
        }
        if seen.is_empty() || since.elapsed() > LEFT_BEHIND {
            return store.close().await.unwrap();
        }
        tokio::time::sleep(STEP_REAL).await;
    }
}

/// A port that was free a moment ago.
pub(super) async fn free_port() -> SocketAddr {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}
