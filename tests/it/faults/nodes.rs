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
use super::double::{self, Double};
use super::proxy::Proxy;
use super::reports::Reports;
use super::run::{self, free_port, is_settled, prepare};
use super::setting::{self, RunClock};
use super::verdict;
use crate::support::postgres::PostgresDatabase;

const FAMILIES: usize = 25;
const DAEMONS: usize = 3;
/// The last one reaches the database over a line that is cut now and then.
const CUT_OFF: usize = DAEMONS - 1;

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
fn several_daemons_on_one_postgresql_send_everything_once() {
    wasl_notifiers::init_tls();
    let seed = std::env::var("WASL_NODES_SEED").map_or(1, |seed| seed.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = TempDir::new().unwrap();
        let folder = dir.path();
        let database = PostgresDatabase::alone(&folder.join("server"));
        setting::lies_on(folder, &database.url);
        setting::write(folder, FAMILIES);
        let clock = Arc::new(RunClock::start(folder));
        prepare(folder, FAMILIES, &clock).await;
        let mut nodes = Nodes::start(seed, folder, Arc::clone(&clock), &database).await;
        nodes.play().await;
        let (taken, faults, met) = (nodes.double.taken(), nodes.double.faults(), nodes.met);
        for daemon in &mut nodes.daemons {
            daemon.kill();
        }
        verdict::judge(folder, FAMILIES, &taken, &nodes.reports.arrived()).await;
        eprintln!(
            "seed {seed}: {} messages, [killed, stopped, cut off, server died] {met:?}, faults {faults}",
            taken.len()
        );
        assert!(met.iter().all(|times| *times > 0), "not everything happened: {met:?}");
    });
}

struct Nodes<'a> {
    seed: u64,
    folder: &'a Path,
    clock: Arc<RunClock>,
    double: Double<Reports>,
    reports: Reports,
    proxy: Proxy,
    /// How each reaches the database, and where it listens.
    places: Vec<(String, std::net::SocketAddr)>,
    daemons: Vec<Daemon>,
    database: &'a PostgresDatabase,
    met: [u32; 4],
}

impl<'a> Nodes<'a> {
    async fn start(seed: u64, folder: &'a Path, clock: Arc<RunClock>, database: &'a PostgresDatabase) -> Self {
        let url = &database.url;
        let server = url.rsplit_once('@').unwrap().1.split('/').next().unwrap();
        let proxy = Proxy::start(server.parse().unwrap()).await;
        let mut places = Vec::new();
        for n in 0..DAEMONS {
            let url = if n == CUT_OFF { url.replace(server, &proxy.address.to_string()) } else { url.clone() };
            places.push((url, free_port().await));
        }
        let listen: Vec<_> = places.iter().map(|(_, listen)| *listen).collect();
        let reports = Reports::new(seed, &listen);
        let double = Double::start(seed, Arc::clone(&clock), reports.clone()).await;
        let daemons =
            places.iter().map(|(url, listen)| Daemon::start_on(url, folder, double.address, *listen)).collect();
        Self { seed, folder, clock, double, reports, proxy, places, daemons, database, met: [0; 4] }
    }

    /// Waits until a daemon has begun. One that finds no database then ends and is started again by its service
    /// manager, which these have not.
    async fn wait_for(&self, node: usize) {
        while TcpStream::connect(self.places[node].1).await.is_err() {
            self.pass(1).await;
        }
    }

    async fn play(&mut self) {
        for node in 0..DAEMONS {
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

    /// Something happens to one of them.
    async fn trouble(&mut self, times: usize) {
        let drawn = double::number(self.seed, "node", times as u64) % DAEMONS as u64;
        let (node, what) = (usize::try_from(drawn).unwrap(), times % self.met.len());
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
                self.proxy.cut();
                self.pass(PAUSE_STEPS).await;
                self.proxy.mend();
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
