//! The gateways behind each channel: the first, and those that stand in while it rests.
//!
//! What a gateway may be given now is decided here, from its rate, its breaker and what it answered;
//! claiming and handing over is [`super::send`]'s. Nothing of it is stored: after a start every
//! gateway is tried.

mod breaker;
mod bucket;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use wasl_core::delivery::{Channel, Notifier, Sent};

pub use breaker::BreakerLimits;
pub(super) use breaker::Standing;
pub use bucket::Rate;

use super::options::Options;
use breaker::Breaker;
use bucket::Bucket;

/// How long a gateway rests that refuses our configuration: no attempt cures that.
const MISCONFIGURED_REST: SignedDuration = SignedDuration::from_mins(5);

/// A gateway that tells us to slow down is left alone for so long at the most, whatever it asks:
/// what one message has to wait for need not hold all.
pub(super) const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(1);

/// After a failure that left nothing in doubt a gateway is left alone for a moment, so that the same message
/// is not thrown at it again and again until its breaker opens.
const PAUSE_AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(5);

/// What operators may set of every gateway, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// How many messages it may be given in a time; without it as many as it takes.
    pub rate: Option<Rate>,
    /// Requests to it at the same time; without it [`Options::concurrency`].
    pub concurrency: Option<usize>,
    /// When it rests.
    pub breaker: BreakerLimits,
    /// How long it may take to report what became of a message, if it does.
    pub confirm_within: SignedDuration,
}

impl Default for Gate {
    fn default() -> Self {
        let (breaker, confirm_within) = (BreakerLimits::default(), SignedDuration::from_hours(72));
        Self { rate: None, concurrency: None, breaker, confirm_within }
    }
}

/// A gateway as it is set.
pub struct Outlet {
    /// What speaks to it.
    pub notifier: Arc<dyn Notifier>,
    /// What it may be given.
    pub gate: Gate,
}

impl From<Arc<dyn Notifier>> for Outlet {
    fn from(notifier: Arc<dyn Notifier>) -> Self {
        Self { notifier, gate: Gate::default() }
    }
}

/// A gateway at work.
pub(super) struct Gateway {
    /// What speaks to it.
    pub(super) notifier: Arc<dyn Notifier>,
    /// Requests to it at the same time.
    pub(super) concurrency: usize,
    limits: BreakerLimits,
    confirm_within: SignedDuration,
    state: Mutex<State>,
}

struct State {
    bucket: Option<Bucket>,
    breaker: Breaker,
    /// Since when and for how long it is left alone because it asked for that.
    paused: Option<(Timestamp, SignedDuration)>,
}

impl State {
    fn is_paused(&self, now: Timestamp) -> bool {
        let past = self.paused.map(|(since, pause)| (now.duration_since(since), pause));
        past.is_some_and(|(past, pause)| !past.is_negative() && past < pause)
    }
}

impl Gateway {
    fn new(outlet: Outlet, options: &Options) -> Self {
        let Gate { rate, concurrency, breaker, confirm_within } = outlet.gate;
        // Nobody looks more often than once in a tick: what it earns meanwhile must fit.
        let bucket = rate.map(|rate| Bucket::new(rate, options.tick));
        Self {
            notifier: outlet.notifier,
            concurrency: concurrency.unwrap_or(options.concurrency).max(1),
            limits: breaker,
            confirm_within,
            state: Mutex::new(State { bucket, breaker: Breaker::default(), paused: None }),
        }
    }

    /// Its name in the settings, in the store and in `/hooks/…`.
    pub(super) fn name(&self) -> &str {
        self.notifier.name()
    }

    /// By when it has to report what became of a message that it takes now; `None` if it never does.
    pub(super) fn confirm_by(&self, now: Timestamp) -> Option<Timestamp> {
        self.notifier.reports_delivery().then(|| now.checked_add(self.confirm_within).ok()).flatten()
    }

    /// Whether messages go through.
    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        self.state().breaker.standing(now)
    }

    /// When it has rested.
    pub(super) fn rests_until(&self) -> Option<Timestamp> {
        self.state().breaker.until()
    }

    /// How long it rests after failures.
    pub(super) fn rest(&self) -> SignedDuration {
        self.limits.rest
    }

    /// How many messages it may be given now, `limit` at the most.
    pub(super) fn room(&self, now: Timestamp, limit: u32) -> u32 {
        let mut state = self.state();
        let limit = match state.breaker.standing(now) {
            Standing::Open => 0,
            Standing::HalfOpen => limit.min(1),
            Standing::Closed => limit,
        };
        if state.is_paused(now) {
            return 0;
        }
        state.bucket.as_mut().map_or(limit, |bucket| bucket.room(now).min(limit))
    }

    /// One message is about to be handed over; false if the gateway came to rest since it was
    /// claimed, and the message must wait.
    pub(super) fn begin(&self, now: Timestamp) -> bool {
        let mut state = self.state();
        if state.breaker.standing(now) == Standing::Open || state.is_paused(now) {
            return false;
        }
        if let Some(bucket) = &mut state.bucket {
            bucket.take(now);
        }
        true
    }

    /// What it answered, for what that says of the gateway itself.
    pub(super) fn heard(&self, sent: &Sent, now: Timestamp) {
        let mut state = self.state();
        match sent {
            Sent::Accepted { .. } | Sent::Rejected(_) | Sent::Retry { after: None, .. } => state.breaker.succeeded(),
            Sent::Retry { after: Some(after), .. } => {
                let asked = SignedDuration::try_from(*after).unwrap_or(PAUSE_MAX);
                state.paused = Some((now, asked.min(PAUSE_MAX)));
            }
            Sent::Unreachable(_) => {
                state.paused = Some((now, PAUSE_AFTER_FAILURE));
                state.breaker.failed(self.limits, now);
            }
            Sent::Uncertain(_) => state.breaker.failed(self.limits, now),
            Sent::Misconfigured(_) => state.breaker.trip(MISCONFIGURED_REST.max(self.limits.rest), now),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is made in one go: a panic elsewhere leaves no half of one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The gateways of each channel, the first one first.
pub(super) struct Outlets(BTreeMap<Channel, Vec<Gateway>>);

impl Outlets {
    pub(super) fn new(outlets: BTreeMap<Channel, Vec<Outlet>>, options: &Options) -> Self {
        let chain = |chain: Vec<Outlet>| chain.into_iter().map(|outlet| Gateway::new(outlet, options)).collect();
        Self(outlets.into_iter().map(|(channel, outlets)| (channel, chain(outlets))).collect())
    }

    /// The gateways of a channel, the first one first.
    pub(super) fn chain(&self, channel: Channel) -> &[Gateway] {
        self.0.get(&channel).map_or(&[], Vec::as_slice)
    }

    /// The gateway that messages of a channel leave by at the moment: the first that does not rest.
    pub(super) fn speaking(&self, channel: Channel, now: Timestamp) -> Option<&Gateway> {
        self.chain(channel).iter().find(|gateway| gateway.standing(now) != Standing::Open)
    }

    /// Every gateway, channel by channel.
    pub(super) fn all(&self) -> impl Iterator<Item = &Gateway> {
        self.0.values().flatten()
    }

    /// What speaks, with its channel.
    pub(super) fn notifiers(&self) -> impl Iterator<Item = (Channel, &Arc<dyn Notifier>)> {
        self.0.iter().flat_map(|(channel, chain)| chain.iter().map(|gateway| (*channel, &gateway.notifier)))
    }

    /// A gateway by its name, with its channel.
    pub(super) fn named(&self, name: &str) -> Option<(Channel, &Gateway)> {
        let all = self.0.iter().flat_map(|(channel, chain)| chain.iter().map(|gateway| (*channel, gateway)));
        all.into_iter().find(|(_, gateway)| gateway.name() == name)
    }
}

#[cfg(test)]
mod tests;
