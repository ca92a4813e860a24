//! Counts over very many rows. A page must not wait for a million rows to be counted again, and nobody sees the difference of
//! some seconds: what takes long to count stays for a while, and a daemon counts it again before it is old.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Store;
use super::error::StoreError;
use super::messages::MessageStatus;
use super::outbox::ChannelCount;
use super::summary::{StateCount, WaitingCount};
use jiff::Timestamp;
use wasl_core::delivery::Channel;

/// What is counted in less is counted anew whenever it is asked for.
const QUICK: Duration = Duration::from_millis(20);
/// So many times as long as counting took a daemon leaves a count as it is: it counts for a fiftieth of its time at most.
const RENEWED_AFTER: u32 = 50;
/// And so many times as long it is told. Without a daemon the next who asks counts.
const TOLD_FOR: u32 = 100;

/// A count, with when it was made and how long that took.
#[derive(Debug)]
struct Last<T> {
    value: T,
    /// By [`Kept::clock`].
    at: Duration,
    took: Duration,
}

/// One count that is kept.
#[derive(Debug)]
pub(super) struct Kept<T> {
    last: Mutex<Option<Last<T>>>,
    /// Who counts: everybody else waits for what comes of it.
    counting: tokio::sync::Mutex<()>,
    /// How long this process lives, which no change of the machine's clock changes.
    clock: fn() -> Duration,
}

fn lived() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { last: Mutex::default(), counting: tokio::sync::Mutex::default(), clock: lived }
    }
}

impl<T: Clone> Kept<T> {
    /// The count, made now or not long ago.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) async fn get<F>(&self, count: impl FnOnce() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        match self.younger_than(TOLD_FOR) {
            Some(value) => Ok(value),
            None => self.count(TOLD_FOR, count).await,
        }
    }

    /// Makes the count again if it takes long and becomes old.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) async fn renew<F>(&self, count: impl FnOnce() -> F) -> Result<(), StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        if self.takes_long() && self.younger_than(RENEWED_AFTER).is_none() {
            self.count(RENEWED_AFTER, count).await?;
        }
        Ok(())
    }

    async fn count<F>(&self, times: u32, count: impl FnOnce() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let _turn = self.counting.lock().await;
        // Somebody else may have counted meanwhile.
        if let Some(value) = self.younger_than(times) {
            return Ok(value);
        }
        let began = (self.clock)();
        let value = count().await?;
        let at = (self.clock)();
        let last = Last { value: value.clone(), at, took: at.saturating_sub(began) };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        Ok(value)
    }

    fn younger_than(&self, times: u32) -> Option<T> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |last: &Last<T>| (self.clock)().saturating_sub(last.at);
        let last = last.as_ref().filter(|last| last.took >= QUICK && age(last) < last.took * times);
        last.map(|last| last.value.clone())
    }

    fn takes_long(&self) -> bool {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|last| last.took >= QUICK)
    }
}

/// Everything that is counted over all rows.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) states: Kept<Vec<StateCount>>,
    /// Cases that are not over, and all cases, by version.
    pub(super) versions: Kept<BTreeMap<String, (u64, u64)>>,
    pub(super) queues: Kept<BTreeMap<String, WaitingCount>>,
    pub(super) statuses: Kept<BTreeMap<MessageStatus, u64>>,
    pub(super) channels: Kept<BTreeMap<Channel, ChannelCount>>,
    /// Rows by detection and result.
    pub(super) results: Kept<BTreeMap<String, BTreeMap<String, u64>>>,
}

impl Store {
    /// Counts again what takes long to count and becomes old, so that nobody who asks has to wait.
    ///
    /// # Errors
    /// The database failed.
    pub async fn renew_counts(&self, now: Timestamp) -> Result<(), StoreError> {
        let counts = &self.counts;
        counts.states.renew(|| self.count_by_state()).await?;
        counts.versions.renew(|| self.count_by_version()).await?;
        counts.queues.renew(|| self.count_by_queue(now)).await?;
        counts.statuses.renew(|| self.count_by_status()).await?;
        counts.channels.renew(|| self.count_by_channel(now)).await?;
        counts.results.renew(|| self.count_by_result()).await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
        static COUNTED: Cell<u32> = const { Cell::new(0) };
    }

    fn pass(ms: u64) {
        NOW.set(NOW.get() + Duration::from_millis(ms));
    }

    fn kept() -> Kept<u32> {
        Kept { clock: || NOW.get(), ..Kept::default() }
    }

    /// How often it was counted, each time for so long.
    async fn count(ms: u64) -> Result<u32, StoreError> {
        tokio::task::yield_now().await;
        pass(ms);
        COUNTED.set(COUNTED.get() + 1);
        Ok(COUNTED.get())
    }

    #[tokio::test]
    async fn what_takes_long_to_count_stays_and_is_counted_again_before_it_is_old() {
        let kept = kept();
        let told = async || kept.get(|| count(100)).await.unwrap();
        let renew = async || kept.renew(|| count(100)).await.unwrap();
        renew().await;
        assert_eq!((told().await, told().await), (1, 1), "nobody asked before");
        pass(6_000);
        assert_eq!(told().await, 1);
        renew().await;
        renew().await;
        assert_eq!(told().await, 2, "renewed once");
        pass(11_000);
        assert_eq!(told().await, 3, "without a daemon the next who asks counts");
    }

    #[tokio::test]
    async fn what_is_counted_quickly_is_counted_whenever_somebody_asks() {
        let kept = kept();
        let told = async || kept.get(|| count(3)).await.unwrap();
        assert_eq!((told().await, told().await), (1, 2));
        kept.renew(|| count(3)).await.unwrap();
        assert_eq!(COUNTED.get(), 2, "nobody has to wait for it");
    }

    #[tokio::test]
    async fn many_who_ask_at_once_wait_for_one_count() {
        let kept = kept();
        let ask = || kept.get(|| count(1_000));
        let (one, other) = tokio::join!(ask(), ask());
        assert_eq!((one.unwrap(), other.unwrap()), (1, 1));
    }
}
