//! The flow of messages through the gateways: claimed in batches, looked at once more in groups, each
//! handed over as soon as its gateway has a place free. What came back is recorded while the rest is
//! still under way, so that nobody's message waits for the slowest of others.
//!
//! Of one case and of one person the store gives out one message at a time, the oldest first: the caps
//! see in the next what left before. What is handed over and how is [`super::send`]'s, what is asked
//! [`super::recover`]'s.

mod lane;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use wasl_core::case::EffectId;
use wasl_core::delivery::Channel;

use lane::Lane;

use super::holds::Holds;
use super::outlet::{Gateway, Standing};
use super::probe::Station;
use super::send::{Dispatched, MESSAGE_CHANNELS, Turn, turn};
use super::{Engine, EngineError};
use crate::store::{Claimed, MessageClaim, Settlement};

/// What comes back within so long is recorded together: nobody notices the moment, and a fast gateway costs
/// a fraction of the transactions.
const GATHER: Duration = Duration::from_millis(5);

/// A tick lasts so long at least.
const SHORTEST_TICK: Duration = Duration::from_millis(1);

/// All that is in hand.
pub(super) struct Flow<'e> {
    engine: &'e Engine,
    lanes: Vec<Lane<'e>>,
    under_way: FuturesUnordered<UnderWay<'e>>,
    /// What was settled without being handed over, and is recorded with the next that come back.
    settled: Vec<Settlement>,
    /// Channels of which nothing more is uncertain, as far as was seen.
    asked: BTreeSet<Channel>,
}

type UnderWay<'e> = Pin<Box<dyn Future<Output = Ended> + Send + 'e>>;

/// Something that is not under way any more.
struct Ended {
    lane: usize,
    settlement: Result<Settlement, EngineError>,
}

impl<'e> Flow<'e> {
    pub(super) fn new(engine: &'e Engine) -> Self {
        let gateways = |channel| engine.outlets.chain(channel).iter().map(move |gateway| Lane::new(channel, gateway));
        Self {
            engine,
            lanes: MESSAGE_CHANNELS.into_iter().flat_map(gateways).collect(),
            under_way: FuturesUnordered::new(),
            settled: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    /// Goes on until nothing is left that may go, or until it is told to stop; then what is under way is
    /// waited for, and what is not goes back. While something is under way, what else has become due is
    /// looked for once in each tick.
    pub(super) async fn run(mut self, stop: &CancellationToken) -> Result<Dispatched, EngineError> {
        let mut dispatched = Dispatched::default();
        let tick = || self.engine.clock.sleep(self.engine.options.tick.unsigned_abs().max(SHORTEST_TICK));
        let mut ticked = tick();
        let mut look_again = true;
        loop {
            if std::mem::take(&mut look_again) && !stop.is_cancelled() {
                self.engine.look_after(&mut dispatched).await?;
                self.look_for_more();
            }
            if stop.is_cancelled() {
                self.give_back();
            } else {
                self.fill(&mut dispatched).await?;
            }
            self.record(&mut dispatched).await?;
            if self.under_way.is_empty() {
                return Ok(dispatched);
            }
            let first = tokio::select! {
                // In this order, so that a flood of answers keeps nothing else waiting.
                biased;
                () = stop.cancelled(), if self.lanes.iter().any(Lane::has_waiting) => None,
                () = &mut ticked => { (look_again, ticked) = (true, tick()); None }
                first = self.under_way.next() => first,
            };
            // Whatever has come back is in hand and must be recorded: nothing may interrupt this.
            if let Some(first) = first {
                let ended = self.and_what_follows(first).await;
                self.take_back(ended, &mut dispatched).await?;
            }
        }
    }

    /// What came back first, and what comes back within a moment after it.
    async fn and_what_follows(&mut self, first: Ended) -> Vec<Ended> {
        let mut ended = vec![first];
        let mut moment = self.engine.clock.sleep(GATHER);
        while !self.under_way.is_empty() {
            tokio::select! {
                biased;
                next = self.under_way.next() => ended.extend(next),
                () = &mut moment => break,
            }
        }
        ended
    }

    fn look_for_more(&mut self) {
        self.asked.clear();
        for lane in &mut self.lanes {
            lane.dry = false;
        }
    }

    /// Fills the free places of every gateway, claiming more until they are full or nothing is left.
    async fn fill(&mut self, dispatched: &mut Dispatched) -> Result<(), EngineError> {
        loop {
            let holds = self.engine.holds().await?;
            self.launch(&holds).await?;
            // What was dropped at the last look has left a place free and may let its family's next go.
            self.record(dispatched).await?;
            if self.claim(&holds).await? == 0 && !self.lanes.iter().any(Lane::may_launch) {
                return Ok(());
            }
        }
    }

    /// Claims for every gateway with a free place, and returns how many messages were claimed.
    async fn claim(&mut self, holds: &Holds) -> Result<usize, EngineError> {
        let mut count = 0;
        for channel in MESSAGE_CHANNELS {
            count += self.claim_uncertain(channel).await?;
        }
        for n in 0..self.lanes.len() {
            count += self.claim_due(n, holds).await?;
        }
        Ok(count)
    }

    /// Takes what nobody knows of, to be asked about at the gateway that had it.
    async fn claim_uncertain(&mut self, channel: Channel) -> Result<usize, EngineError> {
        let (engine, now) = (self.engine, self.engine.now());
        let has_room =
            self.lanes.iter().any(|lane| lane.channel == channel && lane.asks.is_empty() && lane.places() > 0);
        if !has_room || self.asked.contains(&channel) {
            return Ok(0);
        }
        let limit = engine.options.message_batch;
        let stale = engine.store.stale_sending(channel, now, limit, engine.lease_until(), crate::node::name()).await?;
        if stale.is_empty() {
            self.asked.insert(channel);
        }
        let count = stale.len();
        for claimed in stale {
            let had = engine.who_had(&claimed).map(Gateway::name);
            match self.lanes.iter_mut().find(|lane| Some(lane.gateway.name()) == had) {
                Some(lane) => lane.asks.push_back(claimed),
                None => self.settled.push(engine.ask(claimed).await?),
            }
        }
        Ok(count)
    }

    /// Takes what a gateway may be given: the one that speaks whatever waits, the others only what no
    /// other may send. What may not leave is not even looked at: it waits where it is.
    async fn claim_due(&mut self, n: usize, holds: &Holds) -> Result<usize, EngineError> {
        let (engine, now) = (self.engine, self.engine.now());
        let speaking = self.speaking(holds);
        let Some(lane) = self.lanes.get_mut(n) else { return Ok(0) };
        let (channel, gateway) = (lane.channel, lane.gateway);
        if lane.dry || lane.places() == 0 || holds.stop(channel) || holds.stop_gateway(gateway.name()) {
            return Ok(0);
        }
        let limit = lane.appetite(now, engine.options.message_batch);
        let claim = MessageClaim {
            channel,
            notifier: gateway.name(),
            only_bound: !speaking.contains(&gateway.name()),
            limit,
            lease_until: engine.lease_until(),
            holder: crate::node::name(),
        };
        let claimed = if limit > 0 { engine.store.claim_messages(now, &claim).await? } else { Vec::new() };
        lane.dry = claimed.len() < limit as usize;
        let count = claimed.len();
        lane.sends.extend(claimed);
        Ok(count)
    }

    /// The first gateway of each channel that neither rests nor is held back.
    fn speaking(&self, holds: &Holds) -> Vec<&'e str> {
        let free =
            |channel| self.engine.outlets.chain(channel).iter().filter(|gateway| !holds.stop_gateway(gateway.name()));
        let speaks = |gateway: &&'e Gateway| gateway.standing(self.engine.now()) != Standing::Open;
        MESSAGE_CHANNELS.into_iter().filter_map(|channel| free(channel).find(speaks)).map(Gateway::name).collect()
    }

    /// Hands over what there is a place for, after one more look at it.
    async fn launch(&mut self, holds: &Holds) -> Result<(), EngineError> {
        let (engine, mut group) = (self.engine, Vec::new());
        for (n, lane) in self.lanes.iter_mut().enumerate() {
            let (asks, sends) = lane.take_places();
            for claimed in asks {
                let asking = async move { Ended { lane: n, settlement: engine.ask(claimed).await } };
                self.under_way.push(Box::pin(asking));
            }
            group.extend(sends.into_iter().map(|claimed| (n, claimed)));
        }
        if group.is_empty() {
            return Ok(());
        }
        engine.probe.at(Station::BeforeSend);
        let waiting = self.lanes.iter().flat_map(|lane| &lane.sends);
        let in_hand = waiting.chain(group.iter().map(|(_, claimed)| claimed)).map(|claimed| claimed.message.id.clone());
        let in_hand: BTreeSet<EffectId> = in_hand.collect();
        let claimed: Vec<&Claimed> = group.iter().map(|(_, claimed)| claimed).collect();
        let looks = engine.look_once_more(&claimed, &in_hand).await?;
        for ((n, claimed), look) in group.into_iter().zip(looks) {
            let Some(lane) = self.lanes.get(n) else { continue };
            let gateway = lane.gateway;
            match turn(&claimed, look, holds, gateway.name(), engine.now()) {
                Turn::Stays(settled, tell) => {
                    let (id, fence) = (claimed.message.id, claimed.fence);
                    self.settled.push(Settlement { id, fence, settled, tell, stop: None });
                    self.free(n);
                }
                Turn::Leaves { until } => self.under_way.push(Box::pin(async move {
                    Ended { lane: n, settlement: engine.send(gateway, claimed, until).await }
                })),
            }
        }
        Ok(())
    }

    fn free(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.under_way -= 1;
        }
    }

    /// Records what came back together, and then says what failed.
    async fn take_back(&mut self, ended: Vec<Ended>, dispatched: &mut Dispatched) -> Result<(), EngineError> {
        let mut failed = None;
        for Ended { lane, settlement } in ended {
            self.free(lane);
            match settlement {
                Ok(settlement) => self.settled.push(settlement),
                Err(error) => failed = Some(error),
            }
        }
        self.record(dispatched).await?;
        failed.map_or(Ok(()), Err)
    }

    async fn record(&mut self, dispatched: &mut Dispatched) -> Result<(), EngineError> {
        if self.settled.is_empty() {
            return Ok(());
        }
        let settled = std::mem::take(&mut self.settled);
        self.engine.settle(settled, dispatched).await?;
        // Some of it may be due again at once.
        self.look_for_more();
        Ok(())
    }

    /// What has not left goes back to where it waited.
    fn give_back(&mut self) {
        let now = self.engine.now();
        self.settled.extend(self.lanes.iter_mut().flat_map(|lane| lane.give_back(now)));
    }
}
