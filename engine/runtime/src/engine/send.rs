//! Sending: messages leave here, each after one more look at its case and the rules.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use wasl_core::delivery::{Channel, Failure, Outgoing, Sent, Status};
use wasl_core::event::{Body, News};
use wasl_core::lang::Texts;
use wasl_core::policy::{Dropped, Look, Rules, last_look};

use super::moves::facts_of;
use super::probe::Station;
use super::{Engine, EngineError};
use crate::store::{Claimed, KnownContacts, Settled, Settlement, SuppressedAddress};

/// How long a channel rests whose configuration the gateway refuses; its messages wait.
const MISCONFIGURED_REST: SignedDuration = SignedDuration::from_mins(5);

/// When a gateway is first asked about a message whose reply was lost.
const ASK_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// What a look at the outbox did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Messages that a gateway took.
    pub accepted: u64,
    /// Messages that wait: for an allowed moment, or to be tried again.
    pub waiting: u64,
    /// Messages that will not be sent: withdrawn, expired, suppressed or failed.
    pub given_up: u64,
    /// Messages of which nobody knows yet whether they were sent.
    pub uncertain: u64,
}

impl Dispatched {
    fn count(&mut self, settled: &Settled) {
        match settled {
            Settled::Accepted { .. } => self.accepted += 1,
            Settled::Again { .. } | Settled::Postponed { .. } => self.waiting += 1,
            Settled::Failed { .. } | Settled::Expired | Settled::Suppressed { .. } | Settled::Withdrawn { .. } => {
                self.given_up += 1;
            }
            Settled::Uncertain { .. } => self.uncertain += 1,
        }
    }
}

impl Engine {
    /// Sends what may be sent now, records what came of it, and looks after messages of which nobody
    /// knows whether they were sent.
    ///
    /// # Errors
    /// The store failed. What had left and is not recorded is found again as uncertain.
    pub async fn dispatch(&self) -> Result<Dispatched, EngineError> {
        let mut dispatched = Dispatched::default();
        loop {
            let recovered = self.recover(&mut dispatched).await?;
            let now = self.now();
            let lease_until = now.checked_add(self.options.lease).unwrap_or(Timestamp::MAX);
            let claimed = self.store.claim_messages(now, self.options.message_batch, lease_until, &holder()).await?;
            if claimed.is_empty() && recovered == 0 {
                return Ok(dispatched);
            }
            self.send_all(claimed, &mut dispatched).await?;
        }
    }

    async fn send_all(&self, claimed: Vec<Claimed>, dispatched: &mut Dispatched) -> Result<(), EngineError> {
        if claimed.is_empty() {
            return Ok(());
        }
        self.probe.at(Station::BeforeSend);
        let known = self.known_contacts(claimed.iter().map(|claimed| &claimed.case)).await?;
        let known = &known;
        let sends = futures_util::stream::iter(claimed).map(|claimed| async move { self.send(claimed, known).await });
        // What came back while the last group was being recorded is recorded together.
        let mut groups = sends.buffer_unordered(self.options.concurrency).ready_chunks(self.options.concurrency);
        while let Some(group) = groups.next().await {
            let settlements = group.into_iter().collect::<Result<Vec<_>, _>>()?;
            self.settle(settlements, dispatched).await?;
        }
        Ok(())
    }

    pub(super) async fn settle(
        &self,
        settlements: Vec<Settlement>,
        dispatched: &mut Dispatched,
    ) -> Result<(), EngineError> {
        for settlement in &settlements {
            dispatched.count(&settlement.settled);
        }
        self.store.settle_messages(&settlements, self.now()).await?;
        self.probe.at(Station::Recorded);
        self.wake();
        Ok(())
    }

    async fn send(&self, claimed: Claimed, known: &KnownContacts) -> Result<Settlement, EngineError> {
        let (workflow, calendar) = self.workflow_and_calendar(&claimed.case).await?;
        let facts = facts_of(known, &claimed.case);
        let rules = Rules { calendar: &calendar, house: &self.house, workflow: &workflow.policy, facts: &facts };
        let (settled, news, failure) = match last_look(&claimed.case, &claimed.message, &rules, self.now()) {
            Look::Send { until } => self.hand_over(&claimed, &self.outgoing(&claimed, until)).await,
            Look::Wait { not_before, why } => (Settled::Postponed { not_before, why }, None, None),
            Look::Drop(dropped) => {
                let news = dropped.news();
                (given_up(dropped), Some(news), None)
            }
        };
        if failure.as_ref().is_some_and(|failure| failure.opted_out) {
            self.note_opt_out(&claimed).await?;
        }
        let tell = news.map(|news| tell(&claimed, news, failure.as_ref()));
        Ok(Settlement { id: claimed.message.id, fence: claimed.fence, settled, tell })
    }

    /// The message as the gateway gets it: it must not deliver it after the window has closed.
    pub(super) fn outgoing(&self, claimed: &Claimed, window: Option<Timestamp>) -> Outgoing {
        let message = &claimed.message;
        let expires = match (message.expires, window) {
            (Some(expires), Some(window)) => Some(expires.min(window)),
            (expires, window) => expires.or(window),
        };
        Outgoing {
            id: message.id.to_string(),
            channel: message.channel,
            to: message.to.clone(),
            to_name: message.to_name.clone(),
            language: message.language.clone(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            expires,
            now: self.now(),
            attempt: claimed.attempt,
        }
    }

    async fn hand_over(&self, claimed: &Claimed, outgoing: &Outgoing) -> (Settled, Option<News>, Option<Failure>) {
        let channel = claimed.message.channel;
        let Some(notifier) = self.outlets.get(&channel) else {
            let failure = Failure::new("no_notifier", format!("no notifier is configured for {channel}"));
            return self.misconfigured(channel, &failure);
        };
        let sent = notifier.send(outgoing).await;
        self.probe.at(Station::Sent);
        tracing::debug!(message.id = %claimed.message.id, notifier = notifier.name(), attempt = claimed.attempt, "handed over");
        match sent {
            Sent::Accepted { provider_id, status, segments } => {
                self.health.cure(channel.as_str());
                let notifier = notifier.name().to_owned();
                (Settled::Accepted { notifier, provider_id, status, segments }, Some(news_of(status)), None)
            }
            Sent::Rejected(failure) => (failed(&failure), Some(News::Failed), Some(failure)),
            Sent::Retry { failure, after } => self.again(claimed, failure, after),
            Sent::Misconfigured(failure) => self.misconfigured(channel, &failure),
            Sent::Uncertain(failure) => {
                let ask_at = self.now().checked_add(ASK_AFTER).ok();
                tracing::warn!(message.id = %claimed.message.id, code = failure.code, "nobody knows whether it was sent");
                (Settled::Uncertain { code: failure.code, reason: failure.message, ask_at }, None, None)
            }
        }
    }

    /// Tried again later, or given up after the last try.
    fn again(
        &self,
        claimed: &Claimed,
        failure: Failure,
        after: Option<std::time::Duration>,
    ) -> (Settled, Option<News>, Option<Failure>) {
        if claimed.attempt >= self.options.attempts {
            let reason = format!("given up after {} attempts: {}", claimed.attempt, failure.message);
            let failure = Failure { message: reason, ..failure };
            return (failed(&failure), Some(News::Failed), Some(failure));
        }
        let own = self.options.backoff.wait(&claimed.message.id.0, claimed.attempt);
        let asked = after.and_then(|after| SignedDuration::try_from(after).ok()).unwrap_or_default();
        let at = self.now().checked_add(own.max(asked)).unwrap_or(Timestamp::MAX);
        // Not later than the moment at which it can only be recorded as expired.
        let past = claimed.message.expires.and_then(|expires| expires.checked_add(SignedDuration::from_millis(1)).ok());
        let at = past.map_or(at, |past| at.min(past));
        (Settled::Again { at, code: failure.code, reason: failure.message }, None, None)
    }

    /// The whole channel rests: no attempt is burned on what no attempt can cure.
    fn misconfigured(&self, channel: Channel, failure: &Failure) -> (Settled, Option<News>, Option<Failure>) {
        tracing::error!(%channel, code = failure.code, reason = failure.message, "channel is misconfigured; its messages wait");
        self.health.trouble(channel.as_str(), format!("{}: {}", failure.code, failure.message));
        let not_before = self.now().checked_add(MISCONFIGURED_REST).unwrap_or(Timestamp::MAX);
        let why = Texts::both("the channel is misconfigured", "إعداد القناة غير صحيح");
        (Settled::Postponed { not_before, why: Some(why) }, None, None)
    }

    async fn note_opt_out(&self, claimed: &Claimed) -> Result<(), EngineError> {
        let message = &claimed.message;
        let suppressed = SuppressedAddress {
            address: message.to.clone(),
            channel: Some(message.channel),
            reason: "opted_out".into(),
            source: format!("message {}", message.id),
            at: self.now(),
        };
        self.store.add_suppressions(&[suppressed]).await?;
        Ok(())
    }

    /// Channels that have a notifier.
    pub fn channels(&self) -> BTreeSet<Channel> {
        self.outlets.keys().copied().collect()
    }
}

pub(super) fn tell(claimed: &Claimed, news: News, failure: Option<&Failure>) -> Body {
    let message = &claimed.message;
    Body::Delivery {
        message: message.id.clone(),
        channel: message.channel,
        news,
        code: failure.map(|failure| failure.code.clone()),
        bad_address: failure.filter(|failure| failure.bad_address).map(|_| message.to.clone()),
    }
}

fn given_up(dropped: Dropped) -> Settled {
    match dropped {
        Dropped::Withdrawn => Settled::Withdrawn { reason: "the case has moved on".to_owned() },
        Dropped::Expired => Settled::Expired,
        Dropped::Suppressed(rule) => Settled::Suppressed { rule },
    }
}

fn failed(failure: &Failure) -> Settled {
    Settled::Failed { code: failure.code.clone(), reason: failure.message.clone() }
}

pub(super) fn news_of(status: Status) -> News {
    match status {
        Status::Accepted | Status::Sent => News::Accepted,
        Status::Delivered => News::Delivered,
        Status::Undelivered => News::Undelivered,
        Status::Failed => News::Failed,
    }
}

/// Who holds a lease: this process.
pub(super) fn holder() -> String {
    format!("process {}", std::process::id())
}
