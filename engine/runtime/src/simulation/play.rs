//! Plays one seed: the dice say whose turn it is, what people do, when time passes, what fails and when the process dies;
//! then all is calm, and everything has to come to its end.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use wasl_core::event::Body;
use wasl_core::value::Record;

use super::dice::Dice;
use super::gateway::{Fate, Gateway};
use super::house::{self, FAMILIES, Ground};
use super::judge::{Judge, Verdict};
use super::people::{OperatorDoes, People, Told};
use super::turns::{Activity, Seams, Stop, Turns};
use crate::clock::Clock as _;
use crate::engine::Engine;
use crate::store::observed::{Observer, Sabotage};
use crate::store::{MessageStatus, Operation, Store};

/// Turns in which anything may go wrong.
const WILD_TURNS: usize = 240;
/// So many looks at everybody must be enough for all to come to its end.
const CALM_ROUNDS: usize = 3_000;
/// What people do at the same time at the most.
const PEOPLE_MAX: usize = 3;

/// A seed that was played to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Played {
    /// Of everything that happened and of every row at the end.
    pub(super) hash: u64,
    pub(super) turns: usize,
    pub(super) deaths: usize,
    pub(super) clock_moved: usize,
    pub(super) messages: usize,
    pub(super) fates: BTreeMap<Fate, usize>,
    /// Whether the sabotage, if there was to be one, took place.
    pub(super) sabotaged: bool,
}

/// A seed that something was wrong with.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) what: String,
    pub(super) trace: Vec<String>,
    pub(super) sabotaged: bool,
}

/// Plays one seed after another on a database of its own.
pub(super) struct Player<'g> {
    ground: &'g Ground,
    runtime: tokio::runtime::Runtime,
    database: PathBuf,
    observer: Option<Observer>,
}

impl<'g> Player<'g> {
    pub(super) fn on(ground: &'g Ground) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let database = ground.database();
        let observer = Some(Observer::open(&database));
        Self { ground, runtime, database, observer }
    }

    /// Plays a seed. With a sabotage, a broken engine is played: as soon as there is something to break.
    pub(super) fn play(&mut self, seed: u64, sabotage: Option<Sabotage>) -> Result<Played, Failure> {
        let mut observer = self.observer.take().unwrap();
        observer.empty();
        // A store remembers what it has read: one that has played another seed would play this one otherwise.
        let store = self.runtime.block_on(house::open(&self.database));
        let mut play = Play::new(self.ground, seed, &store, observer);
        play.sabotage = sabotage;
        let verdict = self.runtime.block_on(play.run());
        let end = match verdict {
            Ok(()) => Ok(play.played()),
            Err(what) => Err(Failure { what, trace: std::mem::take(&mut play.trace), sabotaged: play.sabotaged }),
        };
        play.turns.die(std::mem::take(&mut play.activities));
        self.observer = Some(play.judge.into_observer());
        drop(play.engine);
        self.runtime.block_on(store.close()).unwrap();
        end
    }
}

/// Somebody who does something.
struct Doing {
    number: usize,
    name: String,
    is_a_person: bool,
    activity: Activity,
}

struct Play<'g> {
    ground: &'g Ground,
    store: Store,
    dice: Dice,
    turns: Arc<Turns>,
    gateway: Gateway,
    engine: Arc<Engine>,
    told: Arc<Mutex<Told>>,
    activities: Vec<Doing>,
    judge: Judge,
    trace: Vec<String>,
    wild: bool,
    started: usize,
    /// Who had the last turn.
    last: usize,
    deaths: usize,
    clock_moved: usize,
    sabotage: Option<Sabotage>,
    sabotaged: bool,
}

impl<'g> Play<'g> {
    fn new(ground: &'g Ground, seed: u64, store: &Store, observer: Observer) -> Self {
        let turns = Turns::starting(house::beginning());
        let gateway = Gateway::new(&turns, seed);
        let (engine, loops) = ground.start(store, &turns, &gateway);
        let mut play = Self {
            ground,
            store: store.clone(),
            dice: Dice::new(seed),
            judge: Judge::new(observer, gateway.clone()),
            turns,
            gateway,
            engine,
            told: Arc::default(),
            activities: Vec::new(),
            trace: Vec::new(),
            wild: true,
            started: 0,
            last: 0,
            deaths: 0,
            clock_moved: 0,
            sabotage: None,
            sabotaged: false,
        };
        for (name, one) in loops {
            play.begin(name.to_owned(), false, one);
        }
        play
    }

    async fn run(&mut self) -> Verdict {
        // The cases are opened in peace, except now and then: that is short, and there is more to see later.
        self.wild = self.dice.chance(150);
        while !self.wild && self.judge.rows.cases.len() < FAMILIES {
            self.calm_round().await?;
        }
        self.wild = true;
        let end = self.trace.len() + WILD_TURNS;
        while self.trace.len() < end {
            self.wild_turn().await?;
        }
        self.wild = false;
        self.gateway.calm_down();
        for _ in 0..CALM_ROUNDS {
            if self.activities.iter().all(|doing| !doing.is_a_person)
                && self.gateway.reports_waiting() == 0
                && self.judge.unfinished().is_none()
            {
                return Ok(());
            }
            self.calm_round().await?;
        }
        Err(format!("this never ends: {}", self.judge.unfinished().unwrap_or_default()))
    }

    async fn wild_turn(&mut self) -> Verdict {
        match self.dice.below(1000) {
            0..=3 => self.die(),
            4..=23 => self.pass_time(),
            24..=63 => self.somebody_acts(),
            64..=67 => self.move_clock(),
            _ if self.is_quiet() => {
                // Whoever has just begun, or was called, finds out.
                for n in (0..self.activities.len()).rev() {
                    self.give_turn(n).await?;
                }
                if self.is_quiet() {
                    self.pass_time();
                }
            }
            _ => {
                let n = self.whose_turn();
                self.give_turn(n).await?;
            }
        }
        Ok(())
    }

    /// Whoever had the last turn goes on for a while, as on a real machine, if there is something to go on with.
    fn whose_turn(&mut self) -> usize {
        let last = self.activities.iter().position(|doing| doing.number == self.last);
        let goes_on = self.dice.chance(750);
        let last = last.filter(|_| goes_on && !self.turns.free(self.last).is_empty());
        last.unwrap_or_else(|| self.dice.below(self.activities.len()))
    }

    /// Whether nobody can go on before time passes.
    fn is_quiet(&self) -> bool {
        self.activities.iter().all(|doing| self.turns.free(doing.number).is_empty())
    }

    /// Lets one of them go on from where it stops; or look around, if it only waits.
    async fn give_turn(&mut self, n: usize) -> Verdict {
        let number = self.activities[n].number;
        self.last = number;
        let free = self.turns.free(number);
        let stop = self.dice.one_of(&free).copied();
        if let Some((ticket, stop)) = stop {
            let fails = self.wild && matches!(stop, Stop::Database(_)) && self.dice.chance(8);
            self.turns.release(ticket, !fails);
            let what = if fails { "fails at" } else { "goes on from" };
            let who = self.activities[n].name.clone();
            self.note(&format!("{who} {what} {stop:?}"));
        }
        let doing = &mut self.activities[n];
        let has_ended = self.turns.run(number, &mut doing.activity).await;
        if has_ended {
            if !doing.is_a_person {
                return Err(format!("the loop of the {} has ended", doing.name));
            }
            self.activities.swap_remove(n);
        }
        match stop {
            Some((_, stop)) => self.judge_step(stop),
            None => Ok(()),
        }
    }

    fn judge_step(&mut self, stop: Stop) -> Verdict {
        self.judge.judge_taken()?;
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        told.promised.iter().for_each(|(source, id)| self.judge.promise(source, id));
        if let Some(wrong) = told.wrong.into_iter().next() {
            return Err(wrong);
        }
        if !matches!(stop, Stop::Database(Operation::Write | Operation::Whole)) {
            return Ok(());
        }
        if let Some(how) = self.sabotage.filter(|_| !self.sabotaged && self.trace.len() > 60) {
            self.judge.look(self.engine.now())?;
            self.sabotaged = self.judge.observer().sabotage(how);
        }
        self.judge.look(self.engine.now())
    }

    /// The process dies wherever it stands, and is started again.
    fn die(&mut self) {
        self.deaths += 1;
        self.note("the process dies");
        self.turns.die(std::mem::take(&mut self.activities));
        let (engine, loops) = self.ground.start(&self.store, &self.turns, &self.gateway);
        self.engine = engine;
        for (name, one) in loops {
            self.begin(name.to_owned(), false, one);
        }
    }

    fn pass_time(&mut self) {
        let next = self.turns.next_moment();
        let some = |secs| Some(self.engine.now() + SignedDuration::from_secs(secs));
        let to = match self.dice.below(100) {
            0..=49 => next,
            50..=59 => some(1),
            60..=74 => some(20),
            75..=84 => some(200),
            85..=94 => some(3_600),
            95..=97 => some(6 * 3_600),
            _ => some(18 * 3_600),
        };
        if let Some(to) = to {
            self.set_clock(to);
        }
    }

    fn set_clock(&mut self, to: Timestamp) {
        self.turns.set(to);
        self.judge.clock_shows(to);
        self.note("time passes");
    }

    /// The machine's clock is wrong, or was: it goes back an hour or on by a day.
    fn move_clock(&mut self) {
        let hours = if self.dice.chance(500) { -1 } else { 24 };
        self.clock_moved += 1;
        self.turns.move_clock(SignedDuration::from_hours(hours));
        self.judge.clock_shows(self.engine.now());
        self.note(&format!("the clock is moved by {hours} hours"));
    }

    fn somebody_acts(&mut self) {
        if self.activities.iter().filter(|doing| doing.is_a_person).count() >= PEOPLE_MAX {
            return;
        }
        let people = self.people();
        let (case, which) = (1 + self.dice.below(FAMILIES), self.dice.below(12));
        let reason = || "somebody asked".to_owned();
        let external = |name: &str| Body::External { name: name.to_owned(), data: Record::new() };
        match self.dice.below(100) {
            0..=44 => {
                let outcome = if self.dice.chance(650) { "reached" } else { "no_answer" };
                let held = self.dice.chance(500);
                self.begin(format!("agent {which}"), true, people.agent(format!("agent-{which}"), outcome, held));
            }
            45..=64 => self.report(),
            // Now and then the same once more: the ids are few.
            65..=74 => {
                let (id, body) = (format!("{case}-{which}"), external("family.rang"));
                self.begin("the family".to_owned(), true, people.tell(case, "family", id, body));
            }
            75..=78 => {
                let (id, body) = (format!("{case}-{which}"), external("account.transferred"));
                self.begin("billing".to_owned(), true, people.tell(case, "billing", id, body));
            }
            79..=83 => self.operator(case, Body::Hold { reason: reason() }),
            84..=90 => self.operator(case, Body::Resume),
            91..=93 => self.operate(which, MessageStatus::Queued, OperatorDoes::Hurry),
            94 => self.operate(which, MessageStatus::Queued, OperatorDoes::Cancel),
            _ => self.operate(which, MessageStatus::Uncertain, OperatorDoes::Resolve),
        }
    }

    /// The gateway reports; one report at a time, as from one connection.
    fn report(&mut self) {
        if self.activities.iter().any(|doing| doing.name == "report") {
            return;
        }
        if let Some(report) = self.gateway.next_report() {
            let activity = self.people().report(report);
            self.begin("report".to_owned(), true, activity);
        }
    }

    fn operator(&mut self, case: usize, body: Body) {
        let id = format!("{}", self.started);
        let activity = self.people().tell(case, "operator", id, body);
        self.begin("operator".to_owned(), true, activity);
    }

    fn operate(&mut self, n: usize, status: MessageStatus, kind: OperatorDoes) {
        let activity = self.people().operate(status, n, kind);
        self.begin("operator".to_owned(), true, activity);
    }

    fn people(&self) -> People {
        let (engine, turns) = (Arc::clone(&self.engine), Arc::clone(&self.turns));
        People { engine, turns, gateway: self.gateway.clone(), told: Arc::clone(&self.told) }
    }

    fn begin(&mut self, name: String, is_a_person: bool, activity: Activity) {
        self.started += 1;
        if is_a_person {
            self.note(&format!("{name} begins"));
        }
        self.activities.push(Doing { number: self.started, name, is_a_person, activity });
    }

    /// Everybody goes on who can; when nobody can, what still waits for a person is done, or time passes until the next
    /// thing is due.
    async fn calm_round(&mut self) -> Verdict {
        for n in (0..self.activities.len()).rev() {
            self.give_turn(n).await?;
        }
        if !self.is_quiet() {
            return Ok(());
        }
        self.judge.look(self.engine.now())?;
        self.report();
        let held = self.judge.rows.cases.iter().find(|case| case.standing == "held").map(|case| case.id);
        let nobody_asks = |status: &str, next: Option<i64>| status == "uncertain" && next.is_none();
        if let Some(case) = held {
            self.operator(usize::try_from(case).unwrap(), Body::Resume);
        } else if self.judge.rows.messages.iter().any(|row| nobody_asks(&row.status, row.next_attempt_at)) {
            let n = self.dice.below(8);
            self.operate(n, MessageStatus::Uncertain, OperatorDoes::Resolve);
        }
        if self.is_quiet() {
            self.until_something_is_due();
        }
        Ok(())
    }

    fn until_something_is_due(&mut self) {
        let rows = &self.judge.rows;
        let cases = rows.cases.iter().filter_map(|case| case.wake_at);
        let messages =
            rows.messages.iter().flat_map(|message| [message.next_attempt_at, message.lease_until]).flatten();
        let held = rows.held.iter().filter(|held| held.refused.is_none()).map(|held| held.submit_at);
        let now = self.engine.now();
        let due = cases.chain(messages).chain(held).filter(|at| *at > now.as_millisecond()).min();
        let due = due.and_then(|due| Timestamp::from_millisecond(due).ok());
        // Nothing is due for ever: then the loops look around, and the rounds come to their end.
        let soon = self.turns.next_moment().unwrap_or(now);
        self.set_clock(due.unwrap_or(soon).max(soon));
    }

    fn note(&mut self, what: &str) {
        self.trace.push(format!("{} {what}", Seams(Arc::clone(&self.turns)).now()));
    }

    fn played(&mut self) -> Played {
        let mut hasher = DefaultHasher::new();
        self.trace.hash(&mut hasher);
        self.judge.rows.hash(&mut hasher);
        Played {
            hash: hasher.finish(),
            turns: self.trace.len(),
            deaths: self.deaths,
            clock_moved: self.clock_moved,
            messages: self.gateway.taken_since(0).len(),
            fates: self.gateway.met(),
            sabotaged: self.sabotaged,
        }
    }
}
