//! How fast one address may ask: fifty requests a second, two hundred at once. Kept in memory.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

/// Requests that may come at once.
const BURST: i32 = 200;
/// The time in which one more is earned.
const EARNED_IN: SignedDuration = SignedDuration::from_millis(20);
/// Addresses that are remembered at once.
const ADDRESSES_MAX: usize = 20_000;

/// When each address will have earned everything that it asked for: one number each (GCRA).
#[derive(Debug, Default)]
pub(super) struct Rate {
    earned_at: BTreeMap<IpAddr, Timestamp>,
}

impl Rate {
    /// Takes a request, or says how long to wait.
    ///
    /// # Errors
    /// The address asks too fast.
    pub(super) fn take(&mut self, address: IpAddr, now: Timestamp) -> Result<(), SignedDuration> {
        let at = self.earned_at.get(&address).copied().unwrap_or(now).max(now);
        let ahead = at.duration_since(now) - EARNED_IN * (BURST - 1);
        if ahead.is_positive() {
            return Err(ahead);
        }
        if self.earned_at.len() >= ADDRESSES_MAX {
            self.earned_at.retain(|_, at| *at > now);
        }
        if self.earned_at.len() >= ADDRESSES_MAX {
            self.earned_at.pop_first();
        }
        self.earned_at.insert(address, at.saturating_add(EARNED_IN).unwrap_or(now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_come_at_once_then_fifty_a_second_and_others_are_free() {
        let mut rate = Rate::default();
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let taken = |rate: &mut Rate, ms, n| (0..n).filter(|_| rate.take(one, at(ms)).is_ok()).count();
        assert_eq!(taken(&mut rate, 0, 500), 200);
        assert_eq!(rate.take(one, at(0)), Err(SignedDuration::from_millis(20)));
        assert_eq!(taken(&mut rate, 1_000, 500), 50);
        assert!(rate.take(other, at(1_000)).is_ok());
        assert_eq!(taken(&mut rate, 60_000, 500), 200);
    }
}
