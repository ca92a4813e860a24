//! Time as a value. The only file of the runtime that reads the machine's clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Tells the present instant.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// How long until an instant, as exactly as this clock knows; not positive if it has come.
    fn until(&self, at: Timestamp) -> SignedDuration {
        at.duration_since(self.now())
    }

    /// Waits. Whoever moves the clock by hand waits in real time all the same, unless the clock says otherwise.
    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(time))
    }
}

/// A wait for a time to pass.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The machine's clock, in whole milliseconds as the store keeps them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        whole_millis(Self::exact())
    }

    fn until(&self, at: Timestamp) -> SignedDuration {
        at.duration_since(Self::exact())
    }
}

impl SystemClock {
    /// The present instant, finer than the store keeps it: for waiting, and for measuring.
    pub(crate) fn exact() -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that moves only when told to: for tests and simulations.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(whole_millis(now)))
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *self.lock() = whole_millis(now);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.lock();
        *now = now.checked_add(by).unwrap_or(Timestamp::MAX);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        // A panic while the lock was held cannot leave half a timestamp behind.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
