//! Tells other systems what happened to cases: each in order, one notice at a time, until it takes it.
//!
//! What is told was planned with the move of the case. A daemon that is killed between telling and recording tells the
//! same again, under the same id: receivers see each notice at least once.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use wasl_core::webhook::{Post, Posted, Poster};

use super::{Engine, EngineError};
use crate::node;
use crate::store::{AfterPost, Delivery, NewAudit, PostAttempt, Webhook};

/// How long is waited after each attempt that failed. After the last a person must look: three days are longer than
/// a weekend of somebody who could mend the other system.
const WAITS: [SignedDuration; 10] = [
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(12),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(24),
];
/// After so many failures in a row it is trouble that people should see; before that it may be a restart.
const TROUBLE_AFTER: u32 = 3;
/// A daemon that was not heard of for so long tells nobody anything any more.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// So long notices are told under one lease; the last of them may take until its end.
const IN_HAND: SignedDuration = SignedDuration::from_secs(10);
/// What was planned is kept for so long, told or not.
pub const DELIVERIES_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Deliveries that are forgotten at once.
const FORGOTTEN_AT_ONCE: u64 = 1_000;
/// The answer of a receiver that is gone for good.
const GONE: u16 = 410;

impl Engine {
    /// The webhooks for which something is due, and what is wrong with others, by name, until a person looks.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due_webhooks(&self) -> Result<(Vec<Webhook>, BTreeMap<String, String>), EngineError> {
        let (now, mut due, mut wrong) = (self.now(), Vec::new(), BTreeMap::new());
        for webhook in self.store.webhooks().await? {
            if let Some((_, why)) = &webhook.stopped {
                if let Some(why) = why {
                    wrong.insert(webhook.name.clone(), format!("stopped: it does not take what it is told ({why})"));
                }
                continue;
            }
            let Some(next) = self.store.next_delivery(webhook.id).await? else { continue };
            if next.attempts >= TROUBLE_AFTER {
                let words =
                    format!("has not taken a notice {} times; tried again at {:.0}", next.attempts, next.next_at);
                wrong.insert(webhook.name.clone(), words);
            }
            if next.next_at <= now {
                due.push(webhook);
            }
        }
        Ok((due, wrong))
    }

    /// Tells another system what waits for it, until nothing is due, it does not take something, another daemon has
    /// it in hand, or it is time to stop. Says how many notices it took.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deliver_to(
        &self,
        webhook: &Webhook,
        poster: &dyn Poster,
        stop: &CancellationToken,
    ) -> Result<u64, EngineError> {
        let began = self.now();
        let until = began.saturating_add(LEASE).unwrap_or(began);
        let lease = format!("webhook {}", webhook.id);
        if !self.store.take_lease(&lease, node::name(), began, until).await? {
            return Ok(0);
        }
        let taken = self.deliver_in_hand(webhook, poster, (began, stop)).await;
        self.store.release_lease(&lease, node::name()).await?;
        taken
    }

    async fn deliver_in_hand(
        &self,
        webhook: &Webhook,
        poster: &dyn Poster,
        (began, stop): (Timestamp, &CancellationToken),
    ) -> Result<u64, EngineError> {
        let mut taken = 0;
        while !stop.is_cancelled() && self.now().duration_since(began) < IN_HAND {
            let next = self.store.next_delivery(webhook.id).await?;
            let Some(delivery) = next.filter(|next| next.next_at <= self.now()) else { break };
            if self.attempt(webhook, &delivery, poster).await? != AfterPost::Taken {
                break;
            }
            taken += 1;
        }
        Ok(taken)
    }

    async fn attempt(
        &self,
        webhook: &Webhook,
        delivery: &Delivery,
        poster: &dyn Poster,
    ) -> Result<AfterPost, EngineError> {
        let at = self.now();
        let post = Post {
            url: webhook.url.clone(),
            secret: webhook.secret.clone(),
            id: delivery.notice.clone(),
            at,
            body: delivery.body.clone(),
        };
        let clock = Instant::now();
        let outcome = poster.post(&post).await;
        let took_ms = i64::try_from(clock.elapsed().as_millis()).unwrap_or(i64::MAX);
        let (status, problem) = match &outcome {
            Posted::Taken(status) | Posted::Refused { status, .. } => (Some(*status), None),
            Posted::Lost(word) => (None, Some((*word).to_owned())),
        };
        let (webhook_name, topic) = (&webhook.name, &delivery.topic);
        tracing::debug!(webhook = webhook_name, notice = delivery.notice, topic, status, problem, took_ms, "told");
        let next = after(&outcome, delivery.attempts, self.now());
        let attempt = PostAttempt { at, took_ms, status, problem };
        let subject = Some(format!("webhook:{}", webhook.name));
        let trace = NewAudit { at: self.now(), who: "wasl".into(), act: "webhook.stop".into(), case: None, subject };
        self.store.note_attempt((webhook.id, delivery.id), &attempt, &next, trace).await?;
        Ok(next)
    }

    pub(super) async fn forget_old_deliveries(&self) -> Result<u64, EngineError> {
        let before = self.now().saturating_sub(DELIVERIES_KEPT).unwrap_or(Timestamp::MIN);
        Ok(self.store.forget_deliveries(before, FORGOTTEN_AT_ONCE).await?)
    }
}

/// What follows an attempt after so many that failed before.
fn after(posted: &Posted, failed: u32, now: Timestamp) -> AfterPost {
    let (asked, word) = match posted {
        Posted::Taken(_) => return AfterPost::Taken,
        Posted::Refused { status: GONE, .. } => return AfterPost::Stop(format!("http_{GONE}")),
        Posted::Refused { status, wait } => (*wait, format!("http_{status}")),
        Posted::Lost(word) => (None, (*word).to_owned()),
    };
    let wait = usize::try_from(failed).ok().and_then(|failed| WAITS.get(failed));
    wait.map_or(AfterPost::Stop(word), |wait| {
        let wait = asked.unwrap_or_default().max(*wait);
        AfterPost::Again(now.saturating_add(wait).unwrap_or(now))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_for_three_days_and_then_a_person_looks() {
        let now = Timestamp::UNIX_EPOCH;
        let refused = |status, wait| Posted::Refused { status, wait };
        let mut waited = SignedDuration::ZERO;
        for failed in 0..10 {
            let AfterPost::Again(at) = after(&refused(500, None), failed, now) else { panic!("{failed}") };
            waited += at.duration_since(now);
        }
        assert!((60..=80).contains(&waited.as_hours()), "{waited}");
        assert_eq!(after(&refused(500, None), 10, now), AfterPost::Stop("http_500".into()));
        assert_eq!(after(&Posted::Lost("no_connection"), 10, now), AfterPost::Stop("no_connection".into()));
        assert_eq!(after(&refused(410, None), 0, now), AfterPost::Stop("http_410".into()));
        let asked = SignedDuration::from_mins(2);
        assert_eq!(after(&refused(429, Some(asked)), 0, now), AfterPost::Again(now + asked));
        assert_eq!(after(&Posted::Taken(204), 9, now), AfterPost::Taken);
    }
}
