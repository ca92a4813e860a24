//! Sending: messages leave here, each after one more look at its case and the rules.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use wasl_core::case::{self, Case, EffectId};
use wasl_core::delivery::{Channel, Failure, Outgoing, Sent, Status};
use wasl_core::event::{Body, News};
use wasl_core::policy::{Dropped, Look, Rules, last_look};

use super::flow::Flow;
use super::holds::Holds;
use super::outlet::{Gateway, PAUSE_MAX};
use super::probe::Station;
use super::{Engine, EngineError};
use crate::store::{Claimed, KnownContacts, Settled, Settlement};

/// The channels that messages leave by; calls are made by people.
pub(super) const MESSAGE_CHANNELS: [Channel; 2] = [Channel::Sms, Channel::Email];

/// When a gateway is first asked about a message whose reply was lost.
const ASK_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// How long a message rests whose case cannot be read: somebody has to mend that first.
pub(super) const UNREADABLE_RESTS: SignedDuration = SignedDuration::from_mins(5);

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
    /// Messages of which nobody reported in time whether they arrived.
    pub unconfirmed: u64,
}

impl Dispatched {
    fn count(&mut self, settled: &Settled) {
        match settled {
            Settled::Accepted { .. } => self.accepted += 1,
            Settled::Again { .. } | Settled::Waits { .. } | Settled::Resend { .. } | Settled::Postponed { .. } => {
                self.waiting += 1;
            }
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
        self.dispatch_until(&CancellationToken::new()).await
    }

    /// Like [`Engine::dispatch`], and takes nothing new from when it is told to stop.
    ///
    /// # Errors
    /// The store failed. What had left and is not recorded is found again as uncertain.
    pub async fn dispatch_until(&self, stop: &CancellationToken) -> Result<Dispatched, EngineError> {
        let dispatched = Flow::new(self).run(stop).await?;
        self.note_gateways().await?;
        Ok(dispatched)
    }

    /// What does not wait for a gateway: messages that are too late, or that nobody confirmed, and how the
    /// gateways stand.
    pub(super) async fn look_after(&self, dispatched: &mut Dispatched) -> Result<(), EngineError> {
        self.look_after_overdue(dispatched).await?;
        for channel in MESSAGE_CHANNELS {
            self.look_for_gateway(channel).await?;
        }
        self.note_gateways().await
    }

    /// What waited too long, and what nobody confirmed: in batches, until there is none.
    async fn look_after_overdue(&self, dispatched: &mut Dispatched) -> Result<(), EngineError> {
        let batch = self.options.message_batch;
        loop {
            let expired = self.store.expire_messages(self.now(), batch).await?;
            let unconfirmed = self.store.unconfirm_messages(self.now(), batch, self.options.suspect_after).await?;
            if expired + unconfirmed == 0 {
                return Ok(());
            }
            dispatched.given_up += expired;
            dispatched.unconfirmed += unconfirmed;
            self.wake();
        }
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

    /// Hands a message over, which may leave until the given moment.
    pub(super) async fn send(
        &self,
        gateway: &Gateway,
        claimed: Claimed,
        until: Option<Timestamp>,
    ) -> Result<Settlement, EngineError> {
        let (settled, news, failure) = self.hand_over(gateway, &claimed, &self.outgoing(&claimed, until)).await;
        let asked_to_stop = failure.as_ref().is_some_and(|failure| failure.opted_out);
        let stop = asked_to_stop.then(|| self.stop_told_by(gateway.name(), &claimed.message));
        let tell = news.map(|news| tell(&claimed, news, failure.as_ref()));
        Ok(Settlement { id: claimed.message.id, fence: claimed.fence, settled, tell, stop })
    }

    /// Reads the cases of messages that are about to leave, and what is known of their people, as they are
    /// now: much can happen while a message waits for its turn. What is `in_hand` has not left yet.
    pub(super) async fn look_once_more(
        &self,
        group: &[&Claimed],
        in_hand: &BTreeSet<EffectId>,
    ) -> Result<Vec<Result<Look, EngineError>>, EngineError> {
        let cases = self.store.cases_of_claimed(group).await?;
        let readable = cases.iter().flatten().flatten();
        let known = self.known_contacts(readable).await?.made(in_hand);
        let mut looks = Vec::with_capacity(group.len());
        for (claimed, case) in group.iter().zip(cases) {
            looks.push(match case {
                None => Ok(Look::Drop(Dropped::Withdrawn)),
                Some(Err(error)) => Err(error.into()),
                Some(Ok(case)) => self.look_at(claimed, &case, &known).await,
            });
        }
        Ok(looks)
    }

    async fn look_at(&self, claimed: &Claimed, case: &Case, known: &KnownContacts) -> Result<Look, EngineError> {
        if matches!(case.standing, case::Standing::Held { .. } | case::Standing::Incident(_)) {
            // Claimed a moment before it was stopped: it waits with its case.
            return Ok(Look::Wait { not_before: claimed.message.not_before, why: claimed.message.why.clone() });
        }
        let (workflow, calendar) = self.workflow_and_calendar(case).await?;
        let (case, facts) = (known.as_made(case), known.facts_of(case.id).ok_or(EngineError::NoCase(case.id))?);
        let rules = Rules { calendar: &calendar, house: &self.house, workflow: &workflow.policy, facts: &facts };
        let disclosure = workflow.disclosure(&claimed.message.template);
        Ok(last_look(&case, &claimed.message, disclosure, &rules, self.now()))
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
            to: message.to.to_string(),
            to_name: message.to_name.as_ref().map(ToString::to_string),
            language: message.language.to_string(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            unsubscribe: message.unsubscribe.clone(),
            expires,
            now: self.now(),
            attempt: claimed.attempt,
        }
    }

    async fn hand_over(
        &self,
        gateway: &Gateway,
        claimed: &Claimed,
        outgoing: &Outgoing,
    ) -> (Settled, Option<News>, Option<Failure>) {
        if self.lease_is_over(claimed) {
            let failure = Failure::new("lease_over", "the lease ended before it was its turn");
            return (waits(claimed.message.not_before, failure), None, None);
        }
        if !gateway.begin(self.now()) {
            let failure = Failure::new("gateway_rests", "the gateway came to rest before it was its turn");
            return (waits(claimed.message.not_before, failure), None, None);
        }
        let sent = self.while_ours(claimed, outgoing, gateway.notifier.send(outgoing)).await;
        self.probe.at(Station::Sent);
        let notifier = gateway.name();
        tracing::debug!(message.id = %claimed.message.id, notifier, attempt = claimed.attempt, "handed over");
        self.heard(claimed.message.channel, gateway, &sent);
        match sent {
            Sent::Accepted { provider_id, status, segments } => {
                let (notifier, confirm_by) = (notifier.to_owned(), gateway.confirm_by(self.now()));
                let accepted = Settled::Accepted { notifier, provider_id, status, segments, confirm_by };
                (accepted, Some(news_of(status)), None)
            }
            Sent::Rejected(failure) => (failed(&failure), Some(News::Failed), Some(failure)),
            Sent::Retry { failure, after: None } => self.again(claimed, failure),
            Sent::Retry { failure, after: Some(after) } => {
                let after = SignedDuration::try_from(after).unwrap_or(SignedDuration::MAX);
                // A short wait is the gateway's, which is left alone; a long one is this message's.
                let at = if after > PAUSE_MAX { self.later(after) } else { claimed.message.not_before };
                (waits(at, failure), None, None)
            }
            // No attempt is burned on what is not the message's fault, and it keeps its place.
            Sent::Unreachable(failure) | Sent::Misconfigured(failure) => {
                (waits(claimed.message.not_before, failure), None, None)
            }
            Sent::Uncertain(failure) => {
                let ask_at = self.now().checked_add(ASK_AFTER).ok();
                tracing::warn!(message.id = %claimed.message.id, code = failure.code, "nobody knows whether it was sent");
                (Settled::Uncertain { code: failure.code, reason: failure.message, ask_at }, None, None)
            }
        }
    }

    /// Tried again later, or given up after the last try.
    fn again(&self, claimed: &Claimed, failure: Failure) -> (Settled, Option<News>, Option<Failure>) {
        if claimed.attempt >= self.options.attempts {
            let reason = format!("given up after {} attempts: {}", claimed.attempt, failure.message);
            let failure = Failure { message: reason, ..failure };
            return (failed(&failure), Some(News::Failed), Some(failure));
        }
        let at = self.later(self.backoff(claimed));
        (Settled::Again { at, code: failure.code, reason: failure.message }, None, None)
    }

    fn backoff(&self, claimed: &Claimed) -> SignedDuration {
        self.options.backoff.wait(&claimed.message.id.0, claimed.attempt)
    }

    fn later(&self, wait: SignedDuration) -> Timestamp {
        self.now().checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn lease_until(&self) -> Timestamp {
        self.later(self.options.lease)
    }
}

/// What a last look came to.
pub(super) enum Turn {
    /// It is handed over, and the gateway must not deliver it after that moment.
    Leaves { until: Option<Timestamp> },
    /// It is settled without having been handed over.
    Stays(Settled, Option<Body>),
}

/// What becomes of a message after the last look at it.
pub(super) fn turn(
    claimed: &Claimed,
    look: Result<Look, EngineError>,
    holds: &Holds,
    gateway: &str,
    now: Timestamp,
) -> Turn {
    match look {
        Ok(Look::Send { .. }) if holds.stop(claimed.message.channel) || holds.stop_gateway(gateway) => {
            let failure = Failure::new("held", "an operator held it back before it was its turn");
            Turn::Stays(waits(claimed.message.not_before, failure), None)
        }
        Ok(Look::Send { until }) => Turn::Leaves { until },
        Ok(Look::Wait { not_before, why }) => Turn::Stays(Settled::Postponed { not_before, why }, None),
        Ok(Look::Drop(dropped)) => {
            let (news, code) = (dropped.news(), dropped.code());
            let settled = given_up(dropped);
            Turn::Stays(settled, Some(with_code(tell(claimed, news, None), code)))
        }
        Err(error) => {
            // One case that cannot be read stops no other's message.
            tracing::error!(message.id = %claimed.message.id, %error, "cannot be looked at before it leaves; it waits");
            let at = now.checked_add(UNREADABLE_RESTS).unwrap_or(Timestamp::MAX);
            Turn::Stays(waits(at, Failure::new("unreadable", error.to_string())), None)
        }
    }
}

pub(super) fn tell(claimed: &Claimed, news: News, failure: Option<&Failure>) -> Body {
    let message = &claimed.message;
    Body::Delivery {
        message: message.id.clone(),
        channel: message.channel,
        news,
        code: failure.map(|failure| failure.code.clone()),
        bad_address: failure.filter(|failure| failure.bad_address).map(|_| message.to.to_string()),
    }
}

/// News with the rule that made them.
fn with_code(mut news: Body, rule: Option<&str>) -> Body {
    if let Body::Delivery { code, .. } = &mut news {
        *code = rule.map(str::to_owned);
    }
    news
}

fn given_up(dropped: Dropped) -> Settled {
    match dropped {
        Dropped::Withdrawn => Settled::Withdrawn { reason: "the case has moved on".to_owned() },
        Dropped::Expired => Settled::Expired,
        Dropped::Suppressed(rule) => Settled::Suppressed { rule },
    }
}

pub(super) fn waits(at: Timestamp, failure: Failure) -> Settled {
    Settled::Waits { at, code: failure.code, reason: failure.message }
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
