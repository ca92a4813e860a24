//! One run: the daemon lives many times, each time at one moment of the run's own time, and is ended by SIGKILL. When the
//! time goes on, what it left behind is judged. At last it is left in peace, and everything comes to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use wasl_runtime::clock::Clock as _;
use wasl_runtime::store::{MessageFilter, MessageStatus, Store, StoredMessage};

use super::gateway::Gateway;
use super::house::{self, FAMILIES};
use super::judge::Judge;
use super::model::By;
use super::observed::Observer;
use super::people::{KEY, People};
use crate::faults::double::{self, Double};
use crate::faults::proxy::{Fate, Proxy};
use crate::faults::reports::Reports;
use crate::faults::setting::RunClock;
use crate::support::program::Desk;

/// The gateway's faults of a hundred requests meet so many: there are fewer messages here than where its hostility is the
/// matter, and each fault is to be met.
const FAULTS_AMONG: u64 = 40;
/// How many families there are at first.
const FAMILIES_FIRST: usize = 10;
/// How long something that must happen may take on a busy machine before the test gives up on it.
const PATIENCE: Duration = Duration::from_mins(2);
/// Left in peace, the daemon has done what it can when nothing is due and nothing new has come of it for so long. Too soon
/// is only sooner: the rest is done at a later moment.
const QUIET: Duration = Duration::from_millis(150);
/// The same where a message waits: longer than the daemon's tick.
const GATEWAY_RESTS: Duration = Duration::from_secs(4);
/// Moments of peace within which everything comes to its end: many more than that takes.
const PEACE_MAX: u64 = 100;
/// How long the lines break at a moment.
const HOSTILE: Duration = Duration::from_secs(2);
/// How long the server lives at the most before it dies, and how long it is gone.
const SERVER_LIVES_MS: u64 = 400;
const SERVER_GONE_MS: u64 = 300;

/// How long several live together at the most before something happens to one of them, and for how long it does: a connection
/// that is left in the middle of a transaction is closed by the server meanwhile.
const TOGETHER_MS: u64 = 300;
const ONE_IS_GONE_MS: u64 = 3_000;

/// Debian's; the loader puts the machine's own folder in the place of `$LIB`.
const STILL_CLOCK: &str = "/usr/$LIB/faketime/libfaketime.so.1";

/// A daemon that lives again and again, and everybody around it.
pub(super) struct Lives<'d> {
    seed: u64,
    desk: &'d Desk,
    clock: Arc<RunClock>,
    gateway: Gateway,
    people: People,
    /// Where each daemon listens: mostly there is one.
    listen: Vec<SocketAddr>,
    judge: Judge,
    drawn: u64,
    /// When it was, each time that it was another time.
    moments: Vec<Timestamp>,
    promised: usize,
    /// How long the daemon took to start, the last time that it could.
    start_took: Duration,
    /// Between each daemon and its database, if anything.
    lines: Vec<Proxy>,
}

impl<'d> Lives<'d> {
    pub(super) async fn prepare(seed: u64, desk: &'d Desk) -> Self {
        Self::prepare_several(seed, desk, 1).await
    }

    /// The same with so many daemons.
    pub(super) async fn prepare_several(seed: u64, desk: &'d Desk, daemons: usize) -> Self {
        assert_still_clock();
        let clock = Arc::new(RunClock::start(&desk.path("")));
        let listen: Vec<SocketAddr> = (0..daemons).map(|_| quiet_port(seed)).collect();
        let reports = Reports::new(seed, &listen);
        let double = Double::start_hostile(seed, Arc::clone(&clock), reports.clone(), FAULTS_AMONG).await;
        let double = Arc::new(double);
        house::write(desk, double.address);
        house::families(desk, FAMILIES_FIRST);
        desk.text(&["db", "migrate"]);
        let key = desk.json(&["api-key", "create", KEY, "--like", "supervisor"]);
        let key = key["key"].as_str().unwrap().to_owned();
        let gateway = Gateway { double, reports };
        let judge = Judge::new(Observer::of(desk.database()), gateway.clone());
        let people = People::new(seed, &listen, key);
        people.begin();
        let (moments, start_took) = (vec![clock.now()], Duration::from_millis(200));
        let (drawn, promised, lines) = (0, 0, Vec::new());
        Self { seed, desk, clock, gateway, people, listen, judge, drawn, moments, promised, start_took, lines }
    }

    /// Each daemon's lines to its database can be broken.
    pub(super) async fn behind_proxies(mut self) -> Self {
        let database = self.desk.database();
        for _ in &self.listen {
            self.lines.push(Proxy::start(server_of(&database).parse().unwrap()).await);
        }
        self
    }

    /// Of the first daemon.
    pub(super) fn lines_broken(&self) -> BTreeMap<Fate, u32> {
        self.lines.first().map(Proxy::met).unwrap_or_default()
    }

    pub(super) fn draw(&mut self, about: &str, under: u64) -> u64 {
        self.drawn += 1;
        double::number(self.seed, about, self.drawn) % under
    }

    /// Lets the time go on, mostly by a little.
    pub(super) fn go_on_a_little(&mut self) {
        let minutes = match self.draw("how long", 10) {
            0..6 => 1 + self.draw("minutes", 40),
            6..9 => 60 + self.draw("minutes", 180),
            _ => 240 + self.draw("minutes", 480),
        };
        self.go_on(SignedDuration::from_mins(i64::try_from(minutes).unwrap()));
    }

    pub(super) fn go_on(&mut self, by: SignedDuration) {
        // No timer is due to the millisecond when somebody looks: which comes first is not the question here.
        let odd = SignedDuration::from_millis(i64::try_from(1 + self.draw("millis", 59_000)).unwrap());
        self.clock.advance(by + odd);
        self.moments.push(self.clock.now());
        let come = if self.people.are_done() { FAMILIES } else { FAMILIES_FIRST + self.moments.len() / 2 };
        house::families(self.desk, come.min(FAMILIES));
    }

    pub(super) async fn live_and_die(&mut self) {
        let mut daemon = self.start();
        if self.draw("in its start", 4) == 0 {
            let most = u64::try_from(self.start_took.as_micros()).unwrap();
            let after = Duration::from_micros(self.draw("after", most.max(1)));
            tokio::time::sleep(after).await;
        } else {
            self.until_ready(&mut daemon).await;
            let most = if self.draw("long", 6) == 0 { 1_200 } else { 150 };
            tokio::time::sleep(Duration::from_millis(self.draw("after", most))).await;
        }
        self.kill(daemon);
    }

    /// Lives while its lines break, and does what is due when they hold again.
    pub(super) async fn live_cut_off(&mut self) {
        let mut daemon = self.start();
        self.until_ready(&mut daemon).await;
        self.lines[0].turn_hostile(self.seed);
        tokio::time::sleep(HOSTILE).await;
        self.lines[0].mend();
        self.until_quiet(&mut daemon).await;
        self.kill(daemon);
    }

    /// Lives on while the server dies and comes back so many times, and does what is due when that stays.
    pub(super) async fn live_through_deaths_of_the_server(&mut self, times: u64) {
        let mut daemon = self.start();
        // One that finds no database at its start ends.
        self.until_ready(&mut daemon).await;
        for _ in 0..times {
            // Mostly the daemon has found the server again and is at work, and now and then it still looks for it.
            if self.draw("ready", 4) > 0 {
                self.until_ready(&mut daemon).await;
            }
            tokio::time::sleep(Duration::from_millis(self.draw("server lives", SERVER_LIVES_MS))).await;
            self.desk.crash_the_server();
            tokio::time::sleep(Duration::from_millis(self.draw("server gone", SERVER_GONE_MS))).await;
            self.desk.restart_the_server();
        }
        self.until_quiet(&mut daemon).await;
        self.kill(daemon);
    }

    /// Several live together while something happens to one of them; then they do what is due, and all are killed.
    pub(super) async fn live_together(&mut self, troubled: usize, trouble: Trouble) {
        let mut daemons: Vec<Life> = (0..self.listen.len()).map(|n| self.start_number(n)).collect();
        for (n, daemon) in daemons.iter_mut().enumerate() {
            self.until_number_is_ready(n, daemon).await;
        }
        tokio::time::sleep(Duration::from_millis(self.draw("together", TOGETHER_MS))).await;
        let gone = Duration::from_millis(self.draw("gone", ONE_IS_GONE_MS));
        match trouble {
            Trouble::Killed => {
                // Its successor listens where it did, and so begins when it is gone.
                let dead = daemons.remove(troubled);
                self.kill(dead);
                tokio::time::sleep(gone).await;
                daemons.insert(troubled, self.start_number(troubled));
            }
            Trouble::Stopped => {
                daemons[troubled].signal("STOP");
                tokio::time::sleep(gone).await;
                daemons[troubled].signal("CONT");
            }
            Trouble::CutOff => {
                self.lines[troubled].cut();
                tokio::time::sleep(gone).await;
                self.lines[troubled].mend();
            }
        }
        for (n, daemon) in daemons.iter_mut().enumerate() {
            self.until_number_is_ready(n, daemon).await;
        }
        self.until_quiet(&mut daemons[troubled]).await;
        for daemon in daemons {
            self.kill(daemon);
        }
    }

    fn start(&self) -> Life {
        self.start_number(0)
    }

    fn start_number(&self, number: usize) -> Life {
        let log = OpenOptions::new().append(true).create(true).open(self.desk.path("daemon.log")).unwrap();
        let mut command: Command = self.desk.command(&["serve", "--listen", &self.listen[number].to_string()]);
        let now = self.clock.now().strftime("%Y-%m-%d %H:%M:%S.%3f").to_string();
        command.env("LD_PRELOAD", STILL_CLOCK).env("FAKETIME", now).env("TZ", "UTC");
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        if let Some(line) = self.lines.get(number) {
            let database = self.desk.database();
            command.env("WASL_DATABASE", database.replace(server_of(&database), &line.address.to_string()));
        }
        Life(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// One that finds no database at its start ends, and is started again by its service manager; this has none.
    async fn until_ready(&mut self, daemon: &mut Life) {
        self.until_number_is_ready(0, daemon).await;
    }

    async fn until_number_is_ready(&mut self, number: usize, daemon: &mut Life) {
        let began = Instant::now();
        let page = format!("http://{}/readyz", self.listen[number]);
        while !reqwest::get(&page).await.is_ok_and(|answer| answer.status().is_success()) {
            self.assert_alive(daemon);
            assert!(began.elapsed() < PATIENCE, "the daemon does not begin: {}", self.words());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.start_took = began.elapsed();
    }

    /// Ends it between two instructions: nothing is flushed, nothing unwinds.
    fn kill(&self, mut daemon: Life) {
        self.assert_alive(&mut daemon);
        daemon.0.kill().unwrap();
        daemon.0.wait().unwrap();
    }

    fn assert_alive(&self, daemon: &mut Life) {
        let ended = daemon.0.try_wait().unwrap();
        assert!(ended.is_none(), "seed {}: the daemon ended by itself: {ended:?}\n{}", self.seed, self.words());
    }

    fn words(&self) -> String {
        std::fs::read_to_string(self.desk.path("daemon.log")).unwrap_or_default()
    }

    /// Judges what the dead left behind.
    pub(super) fn look(&mut self) {
        self.desk.until_nobody_is_connected();
        for (source, id) in self.people.promised() {
            self.judge.promise(&source, &id);
            self.promised += 1;
        }
        let judged = self.judge.look(self.clock.now());
        let judged = judged.and_then(|()| self.judge_taken());
        judged.unwrap_or_else(|why| panic!("seed {} at {}: {why}", self.seed, self.clock.now()));
        self.people.know(self.judge.rows.cases.iter().map(|case| case.id).collect());
    }

    /// Whether each family got what was meant for it, once and in time.
    fn judge_taken(&self) -> Result<(), String> {
        let taken = self.gateway.taken_since(0);
        let once: BTreeSet<&str> = taken.iter().map(|taken| taken.id.as_str()).collect();
        if once.len() < taken.len() {
            return Err(format!("a message was taken twice: {taken:?}"));
        }
        for taken in taken {
            let rows = &self.judge.rows;
            let message = rows.messages.iter().find(|message| message.id == taken.id);
            let message = message.ok_or(format!("{} left, and is not there", taken.id))?;
            let case = rows.cases.iter().find(|case| case.id == message.case).ok_or("a message of no case")?;
            let family = case.key.trim_start_matches('F').parse().map_err(|_| "a family of no number")?;
            let words = if message.template == "thanks" { "Thank you." } else { "Please ring us." };
            if taken.to != house::relative(family) || taken.text != words {
                return Err(format!("another's words: {taken:?}"));
            }
            // What left at the end of a life may be read by the gateway in the next moment.
            let at = self.moments.partition_point(|moment| *moment <= taken.at);
            let may = |moment: &Timestamp| {
                let at = moment.as_millisecond();
                By::Text.allowed_from(at) == at && message.not_before <= at
            };
            if !self.moments[at.saturating_sub(2)..at].iter().any(may) {
                return Err(format!("out of hours or too soon: {taken:?}, from {} on", message.not_before));
            }
        }
        Ok(())
    }

    /// Leaves the daemon in peace, from moment to moment, until everything is over; says what was met.
    #[expect(clippy::print_stderr, reason = "what a run met is worth reading beside its verdict")]
    pub(super) async fn come_to_an_end(&mut self, met: &str) {
        let (moments, until) = (self.moments.len(), self.clock.now());
        self.people.come_to_an_end();
        for _ in 0..PEACE_MAX {
            self.look();
            if self.is_over() {
                let (taken, calls) = (self.gateway.double.taken_count(), self.people.calls());
                eprintln!(
                    "seed {}: {met} at {moments} moments until {until}, all is over at {}; {FAMILIES} cases, {taken} \
                     messages, {} answers that count, {calls} of them to calls, faults {}",
                    self.seed,
                    self.clock.now(),
                    self.promised,
                    self.gateway.double.faults()
                );
                return assert!(taken > 0 && self.promised > 0, "nothing was asked of it");
            }
            let hours = 8 + self.draw("hours", 10);
            self.go_on(SignedDuration::from_hours(i64::try_from(hours).unwrap()));
            let mut daemon = self.start();
            self.until_ready(&mut daemon).await;
            self.until_quiet(&mut daemon).await;
            self.kill(daemon);
        }
        panic!("seed {}: it does not go on: {:?}", self.seed, self.judge.unfinished());
    }

    fn is_over(&self) -> bool {
        let all_is_told = self.people.are_done() && self.gateway.reports.waiting() == 0;
        all_is_told && self.judge.unfinished().is_none()
    }

    /// Waits until the daemon has done what it can at this moment: nothing is due, and nothing has come of it for a while.
    async fn until_quiet(&self, daemon: &mut Life) {
        let store = Store::open(&self.desk.database()).await.unwrap();
        let (began, mut since, mut seen) = (Instant::now(), Instant::now(), (0, 0));
        loop {
            self.assert_alive(daemon);
            let standing = (self.gateway.double.taken_count(), self.gateway.reports.waiting());
            if standing != seen {
                (seen, since) = (standing, Instant::now());
            }
            let due = store.due(self.clock.now(), 1).await.unwrap().len();
            // A gateway that rests is asked again at a later moment.
            let calm = if self.may_leave(&store).await { GATEWAY_RESTS } else { QUIET };
            if due == 0 && since.elapsed() > calm {
                return store.close().await.unwrap();
            }
            assert!(began.elapsed() < PATIENCE, "{due} case stays due: {}", self.words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether there is a message that the daemon should look at now.
    async fn may_leave(&self, store: &Store) -> bool {
        let now = self.clock.now();
        let is_due = |message: &StoredMessage| match message.status {
            MessageStatus::Sending => true,
            MessageStatus::Queued | MessageStatus::Uncertain => message.next_attempt_at.is_some_and(|at| at <= now),
            _ => !message.status.is_final() && message.confirm_by.is_some_and(|by| by <= now),
        };
        store.messages(&MessageFilter { limit: 1_000, ..MessageFilter::default() }).await.unwrap().iter().any(is_due)
    }
}

/// What happens to one of several daemons.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    Killed,
    /// Stopped between two instructions, and told to go on.
    Stopped,
    /// It reaches the database no more, for a while.
    CutOff,
}

/// A daemon that lives. It does not outlive a test that fails.
struct Life(Child);

impl Life {
    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // Dead already where the run went well.
        self.0.kill().ok();
        self.0.wait().ok();
        // What its clock shared with others stays behind in memory.
        for name in ["faketime_shm_", "sem.faketime_sem_"] {
            std::fs::remove_file(format!("/dev/shm/{name}{}", self.0.id())).ok();
        }
    }
}

/// Where the server of a database listens.
fn server_of(database: &str) -> &str {
    database.rsplit_once('@').unwrap().1.split('/').next().unwrap()
}

/// A port that no connection of this machine is given by chance, so that the daemon finds it free after each death, and that
/// no other test of this process has: between two lives of a daemon it looks free to everybody.
fn quiet_port(seed: u64) -> SocketAddr {
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    let first = u64::from(std::process::id()) + seed + 29 * GIVEN.fetch_add(1, Ordering::Relaxed);
    let ports = (0..1_000).map(|n| 10_000 + u16::try_from((first * 37 + n) % 9_000).unwrap());
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    SocketAddr::from(([127, 0, 0, 1], ports.into_iter().find(is_free).expect("a port that is free")))
}

/// A program would run without it, by the machine's own time.
fn assert_still_clock() {
    let mut date = Command::new("date");
    date.args(["-u", "+%Y"]).env("LD_PRELOAD", STILL_CLOCK).env("FAKETIME", "2001-01-01 00:00:00");
    let said = date.output().unwrap();
    assert_eq!(said.stdout, b"2001\n", "please install faketime, on Debian: apt-get install faketime");
}
