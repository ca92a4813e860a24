//! The circuit breaker of a gateway: it keeps messages from a gateway that fails, and lets one
//! through now and then to see whether it works again.

use jiff::{SignedDuration, Timestamp};

/// When a gateway rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerLimits {
    /// So many failures of the gateway itself in a row.
    pub failures: u32,
    /// How long it rests before one message tries it again.
    pub rest: SignedDuration,
}

impl Default for BreakerLimits {
    fn default() -> Self {
        Self { failures: 5, rest: SignedDuration::from_mins(1) }
    }
}

/// Whether messages go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Standing {
    /// They do.
    Closed,
    /// The gateway rests: none does.
    Open,
    /// It has rested: one does.
    HalfOpen,
}

/// Failures in a row, and since when and for how long the gateway rests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    rests: Option<(Timestamp, SignedDuration)>,
}

impl Breaker {
    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        let Some((since, rest)) = self.rests else { return Standing::Closed };
        let rested = now.duration_since(since);
        // A clock that was set back to before the failure says nothing of how long it rested.
        if rested.is_negative() || rested >= rest { Standing::HalfOpen } else { Standing::Open }
    }

    /// When it has rested; `None` while nothing rests.
    pub(super) fn until(&self) -> Option<Timestamp> {
        self.rests.and_then(|(since, rest)| since.checked_add(rest).ok())
    }

    /// The gateway works.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The gateway failed: it rests after so many in a row, and at once if it was being tried again.
    /// What fails while it rests was under way before and says nothing new.
    pub(super) fn failed(&mut self, limits: BreakerLimits, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        match self.standing(now) {
            Standing::Open => {}
            Standing::Closed if self.failures < limits.failures => {}
            Standing::Closed | Standing::HalfOpen => self.trip(limits.rest, now),
        }
    }

    /// It rests from now on.
    pub(super) fn trip(&mut self, rest: SignedDuration, now: Timestamp) {
        self.rests = Some((now, rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: BreakerLimits = BreakerLimits { failures: 3, rest: SignedDuration::from_secs(60) };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_767_600_000 + secs).unwrap()
    }

    /// Plays `+` (a success), `-` (a failure) or `.` (nothing) at each of the seconds and writes down how
    /// it stands after it.
    fn play(script: &[(i64, char)]) -> String {
        let mut breaker = Breaker::default();
        let stands = script.iter().map(|(secs, what)| {
            match what {
                '+' => breaker.succeeded(),
                '-' => breaker.failed(LIMITS, at(*secs)),
                _ => {}
            }
            match breaker.standing(at(*secs)) {
                Standing::Closed => 'c',
                Standing::Open => 'o',
                Standing::HalfOpen => 'h',
            }
        });
        stands.collect()
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_a_success_begins_the_row_anew() {
        assert_eq!(play(&[(0, '-'), (1, '-'), (2, '+'), (3, '-'), (4, '-'), (5, '-')]), "ccccco");
    }

    #[test]
    fn it_lets_one_through_after_the_rest_which_closes_it_or_opens_it_again() {
        assert_eq!(play(&[(0, '-'), (0, '-'), (0, '-'), (59, '.'), (60, '.'), (61, '+')]), "ccoohc");
        assert_eq!(play(&[(0, '-'), (0, '-'), (0, '-'), (61, '-'), (120, '.'), (121, '.')]), "ccoooh");
    }

    #[test]
    fn what_was_under_way_when_it_opened_does_not_prolong_the_rest() {
        assert_eq!(play(&[(0, '-'), (0, '-'), (0, '-'), (50, '-'), (60, '.')]), "ccooh");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_it_open() {
        assert_eq!(play(&[(9_000, '-'), (9_000, '-'), (9_000, '-'), (0, '.')]), "ccoh");
    }
}
