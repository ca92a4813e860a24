//! Time as a value. The only file of the runtime that reads the machine's clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

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

    /// The same where somebody waits for what comes then: no longer than the machine can help, if it is its time.
    fn sleep_exactly(&self, time: Duration) -> Sleep {
        self.sleep(time)
    }
}

/// A wait for a time to pass.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A timer of the runtime ends with a whole millisecond of its own, and is noticed with one of the system's.
const TIMER_LATE_MAX: Duration = Duration::from_millis(3);

/// Waits for a time to pass: most of it by a timer, and what that may be late on a thread that may block, which the system wakes
/// within a fraction of a millisecond.
pub(crate) fn exactly(time: Duration) -> Sleep {
    let began = Instant::now();
    Box::pin(async move {
        if let Some(most) = time.checked_sub(TIMER_LATE_MAX) {
            tokio::time::sleep(most).await;
        }
        let rest = time.saturating_sub(began.elapsed());
        if !rest.is_zero() {
            // Should the thread break off, whoever waits looks at the clock again anyway.
            tokio::task::spawn_blocking(move || std::thread::sleep(rest)).await.ok();
        }
    })
}

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

    fn sleep_exactly(&self, time: Duration) -> Sleep {
        exactly(time)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_exact_wait_ends_when_its_moment_has_come() {
        for micros in [0, 1, 400, 999, 1_700, 3_000, 4_300] {
            let until = Instant::now() + Duration::from_micros(micros);
            SystemClock.sleep_exactly(Duration::from_micros(micros)).await;
            assert!(Instant::now() >= until, "{micros}");
        }
    }
}
