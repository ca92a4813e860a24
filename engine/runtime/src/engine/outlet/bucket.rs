//! How fast a gateway may be spoken to: credit that grows with time and is spent by messages.

use jiff::{SignedDuration, Timestamp};

/// So many messages in a time: `10 per second`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub messages: u32,
    /// In which time; longer than nothing.
    pub per: SignedDuration,
}

/// The credit of one gateway. Counted in messages × milliseconds, so that nothing is rounded: a
/// millisecond earns the rate's messages, a message costs the rate's milliseconds.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    earns: i64,
    cost: i64,
    capacity: i64,
    credit: i64,
    filled_at: Option<Timestamp>,
}

impl Bucket {
    /// A full bucket, which holds what is earned in `burst`, and one message at the least.
    pub(super) fn new(rate: Rate, burst: SignedDuration) -> Self {
        let (earns, cost) = (i64::from(rate.messages), millis(rate.per).max(1));
        let capacity = earns.saturating_mul(millis(burst)).max(cost);
        Self { earns, cost, capacity, credit: capacity, filled_at: None }
    }

    /// How many messages may leave now.
    pub(super) fn room(&mut self, now: Timestamp) -> u32 {
        self.fill(now);
        u32::try_from(self.credit.max(0) / self.cost).unwrap_or(u32::MAX)
    }

    /// One leaves, even on credit that is not there: it was claimed when there was room.
    pub(super) fn take(&mut self, now: Timestamp) {
        self.fill(now);
        self.credit = self.credit.saturating_sub(self.cost);
    }

    /// A clock that was set back earns nothing, and does not stop the earning either.
    fn fill(&mut self, now: Timestamp) {
        let past = self.filled_at.map_or(0, |at| millis(now.duration_since(at)).max(0));
        self.credit = self.credit.saturating_add(past.saturating_mul(self.earns)).min(self.capacity);
        self.filled_at = Some(now);
    }
}

fn millis(time: SignedDuration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_767_600_000_000 + millis).unwrap()
    }

    fn take_all(bucket: &mut Bucket, now: Timestamp) -> u32 {
        let room = bucket.room(now);
        (0..room).for_each(|_| bucket.take(now));
        room
    }

    #[test]
    fn a_second_earns_what_the_rate_says_and_a_pause_no_more_than_the_burst() {
        let mut bucket = Bucket::new(Rate { messages: 10, per: SECOND }, SECOND);
        assert_eq!(take_all(&mut bucket, at(0)), 10);
        assert_eq!(take_all(&mut bucket, at(0)), 0);
        assert_eq!(take_all(&mut bucket, at(150)), 1);
        assert_eq!(take_all(&mut bucket, at(200)), 1);
        assert_eq!(take_all(&mut bucket, at(3_600_000)), 10);
    }

    #[test]
    fn a_slow_rate_lets_one_through_at_a_time() {
        let mut bucket = Bucket::new(Rate { messages: 30, per: SignedDuration::from_mins(1) }, SECOND);
        let left: Vec<u32> = (0..6).map(|second| take_all(&mut bucket, at(second * 1_000))).collect();
        assert_eq!(left, [1, 0, 1, 0, 1, 0]);
    }

    /// Whatever the moments at which somebody looks, a long time yields what the rate says.
    #[test]
    fn nothing_is_lost_to_rounding() {
        let mut bucket = Bucket::new(Rate { messages: 7, per: SECOND }, SECOND);
        let sent: u32 = (0..=30_000).step_by(37).map(|millis| take_all(&mut bucket, at(millis))).sum();
        assert_eq!(sent, 7 + 7 * 30 - 1, "the last look came 7 ms before the half minute was over");
    }

    #[test]
    fn a_clock_that_was_set_back_earns_nothing_and_goes_on() {
        let mut bucket = Bucket::new(Rate { messages: 1, per: SECOND }, SECOND);
        assert_eq!(take_all(&mut bucket, at(60_000)), 1);
        assert_eq!(take_all(&mut bucket, at(0)), 0);
        assert_eq!(take_all(&mut bucket, at(1_000)), 1);
    }
}
