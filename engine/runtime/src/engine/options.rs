//! Numbers that operators may set in `config/wasl.yaml`, with their defaults.

use jiff::SignedDuration;
use wasl_core::delivery::OnUncertain;
use wasl_core::retention::Retention;

/// Numbers that operators may set.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Cases moved in one transaction.
    pub case_batch: u32,
    /// How late a due case may be noticed at the most.
    pub tick: SignedDuration,
    /// Messages taken at once.
    pub message_batch: u32,
    /// Requests to one gateway at the same time.
    pub concurrency: usize,
    /// A message whose sender was not heard of for so long is looked after by another.
    pub lease: SignedDuration,
    /// Tries after errors that pass, before a message is given up.
    pub attempts: u32,
    /// How long to wait between tries.
    pub backoff: Backoff,
    /// What becomes of a message when nobody can tell whether it was sent.
    pub on_uncertain: OnUncertain,
    /// After so many messages that a gateway took and nobody confirmed, a number is suspected to block our sender.
    pub suspect_after: u32,
    /// How often files are looked at for changes.
    pub reload: SignedDuration,
    /// How long after its end a case keeps what it says of people.
    pub retention: Retention,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            case_batch: 500,
            tick: SignedDuration::from_secs(1),
            message_batch: 200,
            concurrency: 8,
            lease: SignedDuration::from_mins(2),
            attempts: 6,
            backoff: Backoff::default(),
            on_uncertain: OnUncertain::Hold,
            suspect_after: 3,
            reload: SignedDuration::from_secs(10),
            retention: Retention::default(),
        }
    }
}

/// How long to wait between tries.
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    /// After the first try.
    pub first: SignedDuration,
    /// Each wait is this many times the one before.
    pub factor: f64,
    /// Never longer.
    pub max: SignedDuration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: SignedDuration::from_secs(30), factor: 2.0, max: SignedDuration::from_hours(1) }
    }
}

impl Backoff {
    /// The wait after the `attempt`-th try of the message `id`: exponential, scattered by up to a
    /// fifth so that a recovering gateway is not met by everyone at once. The scatter follows from
    /// the id, so that a test can pin it.
    pub fn wait(&self, id: &str, attempt: u32) -> SignedDuration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let plain = (self.first.as_secs_f64() * self.factor.powi(exponent)).min(self.max.as_secs_f64());
        let scattered = plain * (0.8 + 0.4 * fraction(id, attempt));
        SignedDuration::try_from_secs_f64(scattered).unwrap_or(self.max)
    }
}

/// A number from 0 to 1 that follows from an id: FNV-1a, mixed once more.
fn fraction(id: &str, attempt: u32) -> f64 {
    let bytes = id.bytes().chain(attempt.to_le_bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    f64::from(u32::try_from(mixed >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_scatter_and_stay_below_their_limit() {
        let backoff = Backoff::default();
        for attempt in 1..=10 {
            let wait = backoff.wait("7.1.1", attempt).as_secs_f64();
            let plain = (30.0 * 2_f64.powi(i32::try_from(attempt).unwrap() - 1)).min(3600.0);
            assert!(wait >= plain * 0.8 && wait <= plain * 1.2, "attempt {attempt}: {wait}");
        }
        assert_ne!(backoff.wait("7.1.1", 1), backoff.wait("8.1.1", 1));
        assert_eq!(backoff.wait("7.1.1", 3), backoff.wait("7.1.1", 3));
    }
}
