//! Counts over very many rows. A page must not wait for a million rows to be counted again, and nobody sees the difference of
//! some seconds: a count over many rows stays for a while, and a daemon counts it again before it is old.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Store;
use super::error::StoreError;
use super::messages::MessageStatus;
use super::outbox::ChannelCount;
use super::queues::QueueLoad;
use super::summary::{StateCount, WaitingCount};
use jiff::Timestamp;
use wasl_core::delivery::Channel;

/// Fewer rows are counted anew whenever somebody asks: that is a matter of milliseconds, and exact.
const MANY: u64 = 50_000;
/// So many times as long as counting took a daemon leaves a count as it is: it counts for a fiftieth of its time at most.
const RENEWED_AFTER: u32 = 50;
/// And so many times as long it is told. Without a daemon the next who asks counts.
const TOLD_FOR: u32 = 100;

/// What is counted, and how many rows that were.
pub(super) trait Rows {
    /// How many rows were counted.
    fn rows(&self) -> u64;
}

impl Rows for Vec<StateCount> {
    fn rows(&self) -> u64 {
        self.iter().map(|count| count.cases).sum()
    }
}

impl Rows for BTreeMap<String, (u64, u64)> {
    fn rows(&self) -> u64 {
        self.values().map(|(_, all)| all).sum()
    }
}

impl Rows for BTreeMap<String, WaitingCount> {
    fn rows(&self) -> u64 {
        self.values().map(|count| count.waiting).sum()
    }
}

impl Rows for BTreeMap<String, QueueLoad> {
    fn rows(&self) -> u64 {
        self.values().map(|load| load.count.waiting).sum()
    }
}

impl Rows for BTreeMap<MessageStatus, u64> {
    fn rows(&self) -> u64 {
        self.values().sum()
    }
}

impl Rows for BTreeMap<Channel, ChannelCount> {
    fn rows(&self) -> u64 {
        self.values().map(|count| count.waiting + count.uncertain).sum()
    }
}

impl Rows for BTreeMap<String, BTreeMap<String, u64>> {
    fn rows(&self) -> u64 {
        self.values().flat_map(BTreeMap::values).sum()
    }
}

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

impl<T: Clone + Rows> Kept<T> {
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

    /// Makes the count again if it is over many rows and becomes old.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) async fn renew<F>(&self, count: impl FnOnce() -> F) -> Result<(), StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        if self.is_large() && self.younger_than(RENEWED_AFTER).is_none() {
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
        let last = last.as_ref().filter(|last| last.value.rows() >= MANY && age(last) < last.took * times);
        last.map(|last| last.value.clone())
    }

    fn is_large(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().is_some_and(|last| last.value.rows() >= MANY)
    }
}

/// Everything that is counted over all rows.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) states: Kept<Vec<StateCount>>,
    /// Cases that are not over, and all cases, by version.
    pub(super) versions: Kept<BTreeMap<String, (u64, u64)>>,
    pub(super) queues: Kept<BTreeMap<String, WaitingCount>>,
    pub(super) loads: Kept<BTreeMap<String, QueueLoad>>,
    pub(super) statuses: Kept<BTreeMap<MessageStatus, u64>>,
    pub(super) channels: Kept<BTreeMap<Channel, ChannelCount>>,
    /// Rows by detection and result.
    pub(super) results: Kept<BTreeMap<String, BTreeMap<String, u64>>>,
}

impl Store {
    /// Counts again what is over many rows and becomes old, so that nobody who asks has to wait.
    ///
    /// # Errors
    /// The database failed.
    pub async fn renew_counts(&self, now: Timestamp) -> Result<(), StoreError> {
        let counts = &self.counts;
        counts.states.renew(|| self.count_by_state()).await?;
        counts.versions.renew(|| self.count_by_version()).await?;
        counts.queues.renew(|| self.count_by_queue(now)).await?;
        counts.loads.renew(|| self.count_loads(now)).await?;
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

    /// How often it was counted, and over how many rows.
    #[derive(Clone, Debug, PartialEq)]
    struct Count(u32, u64);

    impl Rows for Count {
        fn rows(&self) -> u64 {
            self.1
        }
    }

    fn kept() -> Kept<Count> {
        Kept { clock: || NOW.get(), ..Kept::default() }
    }

    /// Counts so many rows, which takes so long.
    async fn count(rows: u64, ms: u64) -> Result<Count, StoreError> {
        tokio::task::yield_now().await;
        pass(ms);
        COUNTED.set(COUNTED.get() + 1);
        Ok(Count(COUNTED.get(), rows))
    }

    #[tokio::test]
    async fn a_count_over_many_rows_stays_and_is_made_again_before_it_is_old() {
        let kept = kept();
        let told = async || kept.get(|| count(MANY, 100)).await.unwrap().0;
        let renew = async || kept.renew(|| count(MANY, 100)).await.unwrap();
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
    async fn fewer_rows_are_counted_whenever_somebody_asks_however_long_it_takes() {
        let kept = kept();
        let told = async || kept.get(|| count(MANY - 1, 900)).await.unwrap().0;
        assert_eq!((told().await, told().await), (1, 2));
        kept.renew(|| count(MANY - 1, 900)).await.unwrap();
        assert_eq!(COUNTED.get(), 2, "nobody has to wait for it");
    }

    #[tokio::test]
    async fn many_who_ask_at_once_wait_for_one_count() {
        let kept = kept();
        let ask = || kept.get(|| count(MANY, 1_000));
        let (one, other) = tokio::join!(ask(), ask());
        assert_eq!((one.unwrap().0, other.unwrap().0), (1, 1));
    }
}
