//! Who goes next. Everything that the engine does runs as one of several activities, and each of them stops before every
//! operation on the database, at every wait and at the gateway. The simulation lets one of them go on at a time, so
//! that nothing depends on threads or on how fast the machine is.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock::{Clock, Sleep};
use crate::store::{Gate, Operation};

/// Something that goes on by itself: a loop of the daemon, or what a person or the gateway does.
pub(super) type Activity = Pin<Box<dyn Future<Output = ()>>>;

/// Where an activity stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Before an operation on the database.
    Database(Operation),
    /// Until a moment.
    Until(Timestamp),
    /// At the gateway: a request under way, or its reply.
    Gateway,
}

/// Somebody who waits at a stop.
struct Waiting {
    activity: usize,
    stop: Stop,
    waker: Waker,
    /// Whether it may go on, and whether all goes well then.
    go: Option<bool>,
}

#[derive(Default)]
struct State {
    now: Timestamp,
    /// The latest that the clock has ever shown.
    latest: Timestamp,
    waiting: BTreeMap<u64, Waiting>,
    last_ticket: u64,
    /// The activity whose turn it is.
    running: usize,
    /// Whether it has looked at a stop and must wait there.
    stopped: bool,
    /// Queries and whole transactions that have not been answered.
    asked: u32,
    /// Whether the process is dying: what is dropped now is not put away in order.
    dying: bool,
}

impl State {
    fn show(&mut self, now: Timestamp) {
        self.now = now;
        self.latest = self.latest.max(now);
    }
}

/// The stops of everybody, and the clock.
#[derive(Default)]
pub(super) struct Turns(Mutex<State>);

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turns")
    }
}

impl Turns {
    pub(super) fn starting(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { now, latest: now, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Lets time pass until then.
    pub(super) fn set(&self, now: Timestamp) {
        self.state().show(now);
    }

    /// The latest that the clock has ever shown.
    pub(super) fn latest(&self) -> Timestamp {
        self.state().latest
    }

    /// Somebody moves the clock, and no time passes: whoever waits does so by a clock that nobody moves.
    pub(super) fn move_clock(&self, by: SignedDuration) {
        let mut state = self.state();
        let now = state.now + by;
        state.show(now);
        for waiting in state.waiting.values_mut() {
            if let Stop::Until(at) = &mut waiting.stop {
                *at = at.checked_add(by).unwrap_or(Timestamp::MAX);
            }
        }
    }

    /// Where an activity may go on: everywhere but at a wait whose moment has not come.
    pub(super) fn free(&self, activity: usize) -> Vec<(u64, Stop)> {
        let state = self.state();
        let of_it = state.waiting.iter().filter(|(_, waiting)| waiting.activity == activity);
        let free = of_it.filter(|(_, waiting)| !matches!(waiting.stop, Stop::Until(at) if at > state.now));
        free.map(|(ticket, waiting)| (*ticket, waiting.stop)).collect()
    }

    /// The next moment for which somebody waits.
    pub(super) fn next_moment(&self) -> Option<Timestamp> {
        let state = self.state();
        let moment = |waiting: &Waiting| if let Stop::Until(at) = waiting.stop { Some(at) } else { None };
        state.waiting.values().filter_map(moment).filter(|at| *at > state.now).min()
    }

    /// Lets whoever waits there go on, or fail.
    pub(super) fn release(&self, ticket: u64, goes_well: bool) {
        let mut state = self.state();
        let waiting = state.waiting.get_mut(&ticket).unwrap();
        waiting.go = Some(goes_well);
        waiting.waker.wake_by_ref();
    }

    /// Stops whoever calls this until it is released; says whether all goes well.
    pub(super) fn stop(self: &Arc<Self>, stop: Stop) -> Stopped {
        Stopped { turns: Arc::clone(self), stop, ticket: None }
    }

    /// Gives an activity its turn: it goes on until it stops somewhere. Says whether it has ended.
    pub(super) async fn run(&self, number: usize, activity: &mut Activity) -> bool {
        self.state().running = number;
        // Work that is shared out in small portions would make the outcome depend on how often somebody looked.
        tokio::task::unconstrained(poll_fn(|context| {
            let alarm = Arc::new(Alarm { rung: AtomicBool::new(false), driver: context.waker().clone() });
            let waker = Waker::from(Arc::clone(&alarm));
            loop {
                self.state().stopped = false;
                alarm.rung.store(false, Ordering::SeqCst);
                if activity.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                    return Poll::Ready(true);
                }
                let state = self.state();
                // It has something else to do, and says so itself.
                if alarm.rung.load(Ordering::SeqCst) {
                    continue;
                }
                return if state.stopped && state.asked == 0 { Poll::Ready(false) } else { Poll::Pending };
            }
        }))
        .await
    }

    /// The process dies: whatever it was doing is dropped where it stopped.
    pub(super) fn die<T>(&self, activities: T) {
        self.state().dying = true;
        drop(activities);
        let mut state = self.state();
        assert!(state.waiting.is_empty() && state.asked == 0, "somebody survived");
        state.dying = false;
    }

    pub(super) fn is_dying(&self) -> bool {
        self.state().dying
    }
}

/// Wakes whoever gives turns, and remembers that it did.
struct Alarm {
    rung: AtomicBool,
    driver: Waker,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::SeqCst);
        self.driver.wake_by_ref();
    }
}

/// A stop, for whoever is there.
pub(super) struct Stopped {
    turns: Arc<Turns>,
    stop: Stop,
    ticket: Option<u64>,
}

impl Future for Stopped {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let turns = Arc::clone(&self.turns);
        let mut state = turns.state();
        let running = state.running;
        let Some(ticket) = self.ticket else {
            state.last_ticket += 1;
            let ticket = state.last_ticket;
            let waiting = Waiting { activity: running, stop: self.stop, waker: context.waker().clone(), go: None };
            state.waiting.insert(ticket, waiting);
            state.stopped = true;
            self.ticket = Some(ticket);
            return Poll::Pending;
        };
        let Some(waiting) = state.waiting.get_mut(&ticket) else { return Poll::Pending };
        if let Some(goes_well) = waiting.go {
            state.waiting.remove(&ticket);
            let waits = matches!(self.stop, Stop::Database(Operation::Read | Operation::Whole));
            state.asked += u32::from(waits && goes_well);
            return Poll::Ready(goes_well);
        }
        waiting.waker = context.waker().clone();
        state.stopped = true;
        Poll::Pending
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.turns.state().waiting.remove(&ticket);
        }
    }
}

/// The gate and the clock of a simulation.
#[derive(Clone, Debug)]
pub(super) struct Seams(pub(super) Arc<Turns>);

impl Gate for Seams {
    fn pass(&self, operation: Operation) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(self.0.stop(Stop::Database(operation)))
    }

    fn answered(&self) {
        self.0.state().asked -= 1;
    }
}

impl Clock for Seams {
    fn now(&self) -> Timestamp {
        self.0.state().now
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let until = self.now().checked_add(time).unwrap_or(Timestamp::MAX);
        let stopped = self.0.stop(Stop::Until(until));
        Box::pin(async move {
            stopped.await;
        })
    }
}
