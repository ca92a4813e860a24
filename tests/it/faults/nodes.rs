//! Several daemons on one PostgreSQL, with the same gateway full of faults: they are killed, stopped for longer than their
//! leases last and told to go on, and cut off from the database; and the server itself dies as by a power cut. Every message
//! leaves once all the same.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use wasl_runtime::clock::Clock as _;

use super::daemon::Daemon;
use super::double::Double;
use super::proxy::Proxy;
use super::reports::Reports;
use super::run::{self, free_port, is_settled, prepare};
use super::setting::{self, RunClock};
use super::verdict;
use crate::support::postgres::PostgresDatabase;

const FAMILIES: usize = 25;

/// Which seeds are played: `1` among the tests, or `1-20`.
const SEEDS: &str = "WASL_NODES_SEEDS";

/// How long a step takes, and what passes with it: a lease of five minutes lasts three seconds while texts may be sent.
const STEP_REAL: Duration = Duration::from_millis(10);
const STEP_OPEN: SignedDuration = SignedDuration::from_secs(1);
const STEP_CLOSED: SignedDuration = SignedDuration::from_mins(5);
/// What one is stopped or cut off for: longer than its leases last.
const PAUSE_STEPS: u32 = 330;
/// How long the server is gone.
const OUTAGE_STEPS: u32 = 60;
/// Something happens to one of them whenever so many more messages are through.
const MESSAGES_BETWEEN: usize = 50;
const ENDS_AFTER: SignedDuration = SignedDuration::from_hours(4 * 24);

#[test]
fn two_daemons_on_one_postgresql_send_everything_once() {
    play(2);
}

#[test]
fn three_daemons_on_one_postgresql_send_everything_once() {
    play(3);
}

fn play(daemons: usize) {
    wasl_notifiers::init_tls();
    let wanted = std::env::var(SEEDS).unwrap_or_else(|_| "1".to_owned());
    let (first, last) = wanted.split_once('-').unwrap_or((&wanted, &wanted));
    for seed in first.parse().unwrap()..=last.parse().unwrap() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(play_seed(daemons, seed));
    }
}

#[expect(clippy::print_stderr, reason = "what a run met is worth reading beside its verdict")]
async fn play_seed(daemons: usize, seed: u64) {
    let dir = TempDir::new().unwrap();
    let folder = dir.path();
    let database = PostgresDatabase::alone(&folder.join("server"));
    setting::lies_on(folder, &database.url);
    setting::write(folder, FAMILIES);
    let clock = Arc::new(RunClock::start(folder));
    prepare(folder, FAMILIES, &clock).await;
    let mut nodes = Nodes::start(daemons, seed, folder, Arc::clone(&clock), &database).await;
    nodes.play().await;
    let (taken, faults, met) = (nodes.double.taken(), nodes.double.faults(), nodes.met);
    for daemon in &mut nodes.daemons {
        daemon.kill();
    }
    verdict::judge(folder, FAMILIES, &taken, &nodes.reports.arrived()).await;
    eprintln!(
        "seed {seed}, {daemons} daemons: {} messages, [killed, stopped, cut off, server died] {met:?}, faults {faults}",
        taken.len()
    );
    assert!(met.iter().all(|times| *times > 0), "not everything happened: {met:?}");
}

struct Nodes<'a> {
    seed: u64,
    folder: &'a Path,
    clock: Arc<RunClock>,
    double: Double<Reports>,
    reports: Reports,
    /// The line of each to the database, how it reaches that, and where it listens.
    lines: Vec<Proxy>,
    places: Vec<(String, std::net::SocketAddr)>,
    daemons: Vec<Daemon>,
    database: &'a PostgresDatabase,
    met: [u32; 4],
}

impl<'a> Nodes<'a> {
    async fn start(
        daemons: usize,
        seed: u64,
        folder: &'a Path,
        clock: Arc<RunClock>,
        database: &'a PostgresDatabase,
    ) -> Self {
        let url = &database.url;
        let server = url.rsplit_once('@').unwrap().1.split('/').next().unwrap();
        let (mut lines, mut places) = (Vec::new(), Vec::new());
        for _ in 0..daemons {
            let line = Proxy::start(server.parse().unwrap()).await;
            places.push((url.replace(server, &line.address.to_string()), free_port().await));
            lines.push(line);
        }
        let listen: Vec<_> = places.iter().map(|(_, listen)| *listen).collect();
        let reports = Reports::new(seed, &listen);
        let double = Double::start(seed, Arc::clone(&clock), reports.clone()).await;
        let daemons =
            places.iter().map(|(url, listen)| Daemon::start_on(url, folder, double.address, *listen)).collect();
        Self { seed, folder, clock, double, reports, lines, places, daemons, database, met: [0; 4] }
    }

    /// Waits until a daemon has begun. One that finds no database then ends and is started again by its service
    /// manager, which these have not.
    async fn wait_for(&self, node: usize) {
        while TcpStream::connect(self.places[node].1).await.is_err() {
            self.pass(1).await;
        }
    }

    async fn play(&mut self) {
        for node in 0..self.daemons.len() {
            self.wait_for(node).await;
        }
        let end = self.clock.now() + ENDS_AFTER;
        let mut troubles = 0;
        for step in 1_u64.. {
            self.pass(1).await;
            if self.double.taken().len() / MESSAGES_BETWEEN > troubles {
                troubles += 1;
                self.trouble(troubles).await;
            }
            let looks_done = step.is_multiple_of(50) && self.reports.waiting() == 0;
            // Something that waits for ever is the verdict's to find.
            if looks_done && is_settled(self.folder, FAMILIES).await || self.clock.now() > end {
                return;
            }
        }
    }

    /// Lets time pass.
    async fn pass(&self, steps: u32) {
        for _ in 0..steps {
            tokio::time::sleep(STEP_REAL).await;
            let quarter = SignedDuration::from_mins(15);
            let now = self.clock.now();
            let is_open = [now, now - quarter, now + quarter].into_iter().any(setting::is_open);
            let by = if is_open { STEP_OPEN } else { STEP_CLOSED };
            run::pass(self.folder, FAMILIES, &self.clock, by).await;
        }
    }

    /// Something happens to one of them: everything by turns, and each thing to one after the other.
    async fn trouble(&mut self, times: usize) {
        let first = usize::try_from(self.seed).unwrap();
        let (node, what) = ((first + times / self.met.len()) % self.daemons.len(), times % self.met.len());
        match what {
            0 => {
                self.daemons[node].kill();
                let (url, listen) = &self.places[node];
                self.daemons[node] = Daemon::start_on(url, self.folder, self.double.address, *listen);
                self.wait_for(node).await;
            }
            1 => {
                self.daemons[node].signal("STOP");
                self.pass(PAUSE_STEPS).await;
                self.daemons[node].signal("CONT");
            }
            2 => {
                self.lines[node].cut();
                self.pass(PAUSE_STEPS).await;
                self.lines[node].mend();
            }
            _ => {
                self.database.crash();
                self.pass(OUTAGE_STEPS).await;
                self.database.restart();
            }
        }
        self.met[what] += 1;
    }
}
