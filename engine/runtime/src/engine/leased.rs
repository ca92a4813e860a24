//! Nothing leaves after its time: a process that was frozen in the middle of a sending (a stopped machine, a host that moved
//! it) must not go on with it where another has taken over, or where the hours for it have passed.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use wasl_core::delivery::{Failure, Outgoing, Sent};

use super::Engine;
use crate::store::Claimed;

/// Nobody who is alive lets a request wait so long between two steps: its own timeouts wake it.
const FROZEN: SignedDuration = SignedDuration::from_secs(30);

impl Engine {
    /// Hands a message over while it is ours. The clock is asked before each step of the request and not only before the
    /// first: between them may be hours.
    pub(super) async fn while_ours(
        &self,
        claimed: &Claimed,
        outgoing: &Outgoing,
        sending: impl Future<Output = Sent>,
    ) -> Sent {
        let (mut sending, mut last_step) = (pin!(sending), self.now());
        poll_fn(|context| {
            let now = self.now();
            let was_frozen = now.duration_since(last_step) > FROZEN;
            last_step = now;
            if self.lease_is_over(claimed) || was_frozen && outgoing.expires.is_some_and(|expires| now >= expires) {
                let reason = "its time was over before the gateway answered";
                return Poll::Ready(Sent::Uncertain(Failure::new("too_late", reason)));
            }
            sending.as_mut().poll(context)
        })
        .await
    }

    /// Whether another process may have taken a message over by now.
    pub(super) fn lease_is_over(&self, claimed: &Claimed) -> bool {
        let until = claimed.attempt_started_at.checked_add(self.options.lease).unwrap_or(Timestamp::MAX);
        self.now() >= until
    }
}
