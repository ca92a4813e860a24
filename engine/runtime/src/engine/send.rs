//! Sending: messages leave here, each after one more look at its case and the rules.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use wasl_core::case::{self, CaseId, EffectId};
use wasl_core::delivery::{Channel, Failure, Outgoing, Sent, Status};
use wasl_core::event::{Body, News};
use wasl_core::policy::{Dropped, Look, Rules, last_look};

use super::moves::facts_of;
use super::outlet::{Gateway, PAUSE_MAX, Standing};
use super::probe::Station;
use super::{Engine, EngineError};
use crate::store::{Claimed, MessageClaim, Settled, Settlement};

/// The channels that messages leave by; calls are made by people.
const MESSAGE_CHANNELS: [Channel; 2] = [Channel::Sms, Channel::Email];

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
    /// Messages of which nobody reported in time whether they arrived.
    pub unconfirmed: u64,
}

impl Dispatched {
    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.waiting += other.waiting;
        self.given_up += other.given_up;
        self.uncertain += other.uncertain;
        self.unconfirmed += other.unconfirmed;
    }

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
        let mut dispatched = self.look_after_overdue().await?;
        // One after the other: some caps count both, and see in the second what left by the first.
        for channel in MESSAGE_CHANNELS {
            dispatched.add(self.dispatch_by(channel).await?);
        }
        self.note_gateways().await?;
        Ok(dispatched)
    }

    /// What waited too long, and what nobody confirmed: in batches, until there is none.
    async fn look_after_overdue(&self) -> Result<Dispatched, EngineError> {
        let (mut dispatched, batch) = (Dispatched::default(), self.options.message_batch);
        loop {
            let expired = self.store.expire_messages(self.now(), batch).await?;
            let unconfirmed = self.store.unconfirm_messages(self.now(), batch, self.options.suspect_after).await?;
            if expired + unconfirmed == 0 {
                return Ok(dispatched);
            }
            dispatched.given_up += expired;
            dispatched.unconfirmed += unconfirmed;
            self.wake();
        }
    }

    async fn dispatch_by(&self, channel: Channel) -> Result<Dispatched, EngineError> {
        let mut dispatched = Dispatched::default();
        self.look_for_gateway(channel).await?;
        loop {
            let asked = self.recover(channel, &mut dispatched).await?;
            let claimed = self.send_due(channel, &mut dispatched).await?;
            if asked + claimed == 0 {
                return Ok(dispatched);
            }
        }
    }

    /// Gives each gateway of a channel what it may be given: the one that speaks whatever waits, the
    /// others only what no other may send. Returns how many messages were claimed.
    async fn send_due(&self, channel: Channel, dispatched: &mut Dispatched) -> Result<usize, EngineError> {
        let holds = self.holds().await?;
        if holds.stop(channel) {
            return Ok(0);
        }
        let free = || self.outlets.chain(channel).iter().filter(|gateway| !holds.stop_gateway(gateway.name()));
        let speaking = free().find(|gateway| gateway.standing(self.now()) != Standing::Open).map(Gateway::name);
        let mut count = 0;
        for gateway in free() {
            let now = self.now();
            let claim = MessageClaim {
                channel,
                notifier: gateway.name(),
                only_bound: speaking != Some(gateway.name()),
                limit: gateway.room(now, self.options.message_batch),
                lease_until: now.checked_add(self.options.lease).unwrap_or(Timestamp::MAX),
                holder: &holder(),
            };
            // What may not leave is not even looked at: it waits where it is.
            if claim.limit > 0 {
                let claimed = self.store.claim_messages(now, &claim).await?;
                count += claimed.len();
                self.send_all(gateway, claimed, dispatched).await?;
            }
        }
        Ok(count)
    }

    async fn send_all(
        &self,
        gateway: &Gateway,
        claimed: Vec<Claimed>,
        dispatched: &mut Dispatched,
    ) -> Result<(), EngineError> {
        if claimed.is_empty() {
            return Ok(());
        }
        self.probe.at(Station::BeforeSend);
        let mut in_hand: BTreeSet<EffectId> = claimed.iter().map(|claimed| claimed.message.id.clone()).collect();
        for round in rounds(claimed) {
            let ids: Vec<EffectId> = round.iter().map(|claimed| claimed.message.id.clone()).collect();
            self.send_round(gateway, round, &in_hand, dispatched).await?;
            for id in &ids {
                in_hand.remove(id);
            }
        }
        Ok(())
    }

    /// Sends messages of which no two are for the same family, by what was made until now; what is in hand
    /// has not left yet.
    async fn send_round(
        &self,
        gateway: &Gateway,
        claimed: Vec<Claimed>,
        in_hand: &BTreeSet<EffectId>,
        dispatched: &mut Dispatched,
    ) -> Result<(), EngineError> {
        let sends = futures_util::stream::iter(claimed).map(|claimed| self.send(gateway, claimed, in_hand));
        // What came back while the last group was being recorded is recorded together.
        let mut groups = sends.buffer_unordered(gateway.concurrency).ready_chunks(gateway.concurrency);
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

    async fn send(
        &self,
        gateway: &Gateway,
        claimed: Claimed,
        in_hand: &BTreeSet<EffectId>,
    ) -> Result<Settlement, EngineError> {
        let (channel, holds) = (claimed.message.channel, self.holds().await?);
        let (settled, news, failure) = match self.look_once_more(&claimed, in_hand).await? {
            Look::Send { .. } if holds.stop(channel) || holds.stop_gateway(gateway.name()) => {
                let failure = Failure::new("held", "an operator held it back before it was its turn");
                (waits(claimed.message.not_before, failure), None, None)
            }
            Look::Send { until } => self.hand_over(gateway, &claimed, &self.outgoing(&claimed, until)).await,
            Look::Wait { not_before, why } => (Settled::Postponed { not_before, why }, None, None),
            Look::Drop(dropped) => {
                let (news, code) = (dropped.news(), dropped.code());
                let settled = given_up(dropped);
                let tell = Some(with_code(tell(&claimed, news, None), code));
                return Ok(Settlement { id: claimed.message.id, fence: claimed.fence, settled, tell, stop: None });
            }
        };
        let asked_to_stop = failure.as_ref().is_some_and(|failure| failure.opted_out);
        let stop = asked_to_stop.then(|| self.stop_told_by(gateway.name(), &claimed.message));
        let tell = news.map(|news| tell(&claimed, news, failure.as_ref()));
        Ok(Settlement { id: claimed.message.id, fence: claimed.fence, settled, tell, stop })
    }

    /// Reads the case and what is known of its people as they are now: a message of the same batch may
    /// have taken its time, and much can happen in it.
    async fn look_once_more(&self, claimed: &Claimed, in_hand: &BTreeSet<EffectId>) -> Result<Look, EngineError> {
        let Some(case) = self.store.case_of_claimed(claimed).await? else {
            return Ok(Look::Drop(Dropped::Withdrawn));
        };
        if matches!(case.standing, case::Standing::Held { .. } | case::Standing::Incident(_)) {
            // Claimed a moment before it was stopped: it waits with its case.
            return Ok(Look::Wait { not_before: claimed.message.not_before, why: claimed.message.why.clone() });
        }
        let (workflow, calendar) = self.workflow_and_calendar(&case).await?;
        let known = self.known_contacts(std::iter::once(&case)).await?.made(in_hand);
        let (case, facts) = (known.as_made(&case), facts_of(&known, &case));
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
            to: message.to.clone(),
            to_name: message.to_name.clone(),
            language: message.language.clone(),
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
        if !gateway.begin(self.now()) {
            let failure = Failure::new("gateway_rests", "the gateway came to rest before it was its turn");
            return (waits(claimed.message.not_before, failure), None, None);
        }
        let sent = gateway.notifier.send(outgoing).await;
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
}

/// Claimed messages in rounds, oldest first: each round has one for each case, person and household at the
/// most, so that the caps see in the next what left in the one before.
fn rounds(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut rounds: Vec<Vec<Claimed>> = Vec::new();
    let mut next: BTreeMap<Counted, usize> = BTreeMap::new();
    for claimed in claimed {
        let mut counted = vec![Counted::Case(claimed.case), Counted::Person(claimed.message.person.clone())];
        counted.extend(claimed.household.clone().map(Counted::Household));
        let round = counted.iter().filter_map(|counted| next.get(counted)).copied().max().unwrap_or(0);
        next.extend(counted.into_iter().map(|counted| (counted, round + 1)));
        match rounds.get_mut(round) {
            Some(messages) => messages.push(claimed),
            None => rounds.push(vec![claimed]),
        }
    }
    rounds
}

/// For whom caps count.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Case(CaseId),
    Person(String),
    Household(String),
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

fn waits(at: Timestamp, failure: Failure) -> Settled {
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

/// Who holds a lease: this process.
pub(super) fn holder() -> String {
    format!("process {}", std::process::id())
}
