//! How often somebody may try a password: a few times at once, then ever more slowly. Kept in memory.
//!
//! An attempt counts when it begins, so that many at once gain nothing, and is forgiven when it succeeds. Each further
//! one waits twice as long, up to a limit: guessing takes years, and nobody can lock a colleague out for long.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// Keys that are remembered; if more are tried within the hour, some are forgotten.
const KEYS_MAX: usize = 20_000;
/// After so long without an attempt a key is new again.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// The wait after the first attempt that is not free.
const FIRST: SignedDuration = SignedDuration::from_secs(1);

/// Attempts by key.
#[derive(Debug)]
pub(super) struct Throttle {
    /// So many are free.
    free: u32,
    /// The longest wait.
    longest: SignedDuration,
    tried: BTreeMap<String, Tried>,
}

#[derive(Clone, Copy, Debug)]
struct Tried {
    times: u32,
    last: Timestamp,
}

impl Throttle {
    /// For the passwords of one account.
    pub(super) fn of_accounts() -> Self {
        Self { free: 5, longest: SignedDuration::from_secs(90), tried: BTreeMap::new() }
    }

    /// For passwords from one address, behind which a whole office may be.
    pub(super) fn of_addresses() -> Self {
        Self { free: 20, longest: SignedDuration::from_mins(15), tried: BTreeMap::new() }
    }

    /// Begins an attempt, or says how long to wait.
    ///
    /// # Errors
    /// It is too early.
    pub(super) fn attempt(&mut self, key: &str, now: Timestamp) -> Result<(), SignedDuration> {
        let tried = self.tried.get(key).copied().filter(|tried| now.duration_since(tried.last) < FORGOTTEN_AFTER);
        let times = tried.map_or(0, |tried| tried.times);
        let left = tried.map_or(SignedDuration::ZERO, |tried| self.wait(times) - now.duration_since(tried.last));
        if left.is_positive() {
            return Err(left);
        }
        self.make_room(now);
        self.tried.insert(key.to_owned(), Tried { times: times.saturating_add(1), last: now });
        Ok(())
    }

    /// An attempt was right: everything before it is forgiven.
    pub(super) fn forgive_all(&mut self, key: &str) {
        self.tried.remove(key);
    }

    /// An attempt was right: it does not count, those before it do.
    pub(super) fn forgive_one(&mut self, key: &str) {
        if let Some(tried) = self.tried.get_mut(key) {
            tried.times = tried.times.saturating_sub(1);
        }
    }

    /// How long the next attempt waits after so many.
    fn wait(&self, times: u32) -> SignedDuration {
        let Some(doublings) = times.checked_sub(self.free) else { return SignedDuration::ZERO };
        2_i32
            .checked_pow(doublings)
            .and_then(|factor| FIRST.checked_mul(factor))
            .unwrap_or(self.longest)
            .min(self.longest)
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.tried.len() >= KEYS_MAX {
            self.tried.retain(|_, tried| now.duration_since(tried.last) < FORGOTTEN_AFTER);
        }
        if self.tried.len() >= KEYS_MAX {
            self.tried.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> Timestamp {
        Timestamp::from_second(n).unwrap()
    }

    /// How long an attempt has to wait, in seconds.
    fn wait(throttle: &mut Throttle, now: i64) -> i64 {
        throttle.attempt("huda", second(now)).map_or_else(|wait| wait.as_secs(), |()| 0)
    }

    #[test]
    fn five_are_free_then_each_waits_twice_as_long_and_an_hour_forgets() {
        let mut throttle = Throttle::of_accounts();
        assert_eq!([0, 0, 0, 0, 0, 0, 1].map(|now| wait(&mut throttle, now)), [0, 0, 0, 0, 0, 1, 0]);
        // The sixth was at 1: the seventh waits two seconds, the eighth four.
        assert_eq!([2, 3, 4, 7].map(|now| wait(&mut throttle, now)), [1, 0, 3, 0]);
        let mut now = 7;
        for _ in 0..40 {
            now += 90;
            assert_eq!(wait(&mut throttle, now), 0, "nobody waits longer than a minute and a half");
        }
        assert_eq!(wait(&mut throttle, now + 1), 89);
        assert_eq!([3_600; 5].map(|later| wait(&mut throttle, now + later)), [0; 5]);
    }

    #[test]
    fn a_right_password_forgives_the_account_everything_and_the_address_itself_only() {
        let (mut account, mut address) = (Throttle::of_accounts(), Throttle::of_addresses());
        for _ in 0..5 {
            assert_eq!(wait(&mut account, 0), 0);
        }
        account.forgive_all("huda");
        assert_eq!(wait(&mut account, 0), 0);
        for _ in 0..100 {
            assert_eq!(wait(&mut address, 0), 0);
            address.forgive_one("huda");
        }
        for _ in 0..20 {
            assert_eq!(wait(&mut address, 0), 0);
        }
        assert_eq!(wait(&mut address, 0), 1);
    }

    #[test]
    fn others_are_not_kept_waiting_and_the_memory_does_not_grow() {
        let mut throttle = Throttle::of_accounts();
        for n in 0..KEYS_MAX + 10 {
            assert!(throttle.attempt(&n.to_string(), second(0)).is_ok());
        }
        assert_eq!(throttle.tried.len(), KEYS_MAX);
    }
}
