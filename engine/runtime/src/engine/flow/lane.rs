//! What waits for one gateway.

use std::collections::VecDeque;

use jiff::Timestamp;
use wasl_core::delivery::{Channel, Failure};

use crate::engine::outlet::Gateway;
use crate::engine::send::waits;
use crate::store::{Claimed, Settled, Settlement};

/// For each place at a gateway so many messages are taken ahead: enough that it never stands idle while
/// more are claimed, few enough that a slow one gets through them before their lease ends.
const AHEAD: usize = 4;

/// What waits for one gateway.
pub(super) struct Lane<'e> {
    pub(super) channel: Channel,
    pub(super) gateway: &'e Gateway,
    /// To be sent, the oldest first.
    pub(super) sends: VecDeque<Claimed>,
    /// To be asked about.
    pub(super) asks: VecDeque<Claimed>,
    /// Places taken.
    pub(super) under_way: usize,
    /// Whether there is nothing more to claim, as far as was seen.
    pub(super) dry: bool,
}

impl<'e> Lane<'e> {
    pub(super) fn new(channel: Channel, gateway: &'e Gateway) -> Self {
        let (sends, asks) = (VecDeque::new(), VecDeque::new());
        Self { channel, gateway, sends, asks, under_way: 0, dry: false }
    }

    pub(super) fn places(&self) -> usize {
        self.gateway.concurrency.saturating_sub(self.under_way)
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.sends.is_empty() || !self.asks.is_empty()
    }

    /// Whether something waits that a place is free for.
    pub(super) fn may_launch(&self) -> bool {
        self.places() > 0 && self.has_waiting()
    }

    /// How many more messages are worth claiming now.
    pub(super) fn appetite(&self, now: Timestamp, message_batch: u32) -> u32 {
        let ahead = u32::try_from(self.gateway.concurrency * AHEAD).unwrap_or(u32::MAX).min(message_batch);
        let waiting = u32::try_from(self.sends.len()).unwrap_or(u32::MAX);
        self.gateway.room(now, ahead).saturating_sub(waiting)
    }

    /// Takes places for what waits, as many as there are; what is to be asked about goes first.
    pub(super) fn take_places(&mut self) -> (Vec<Claimed>, Vec<Claimed>) {
        let asks: Vec<Claimed> = self.asks.drain(..self.asks.len().min(self.places())).collect();
        self.under_way += asks.len();
        let sends: Vec<Claimed> = self.sends.drain(..self.sends.len().min(self.places())).collect();
        self.under_way += sends.len();
        (asks, sends)
    }

    /// Puts back what has not left, to be settled so.
    pub(super) fn give_back(&mut self, now: Timestamp) -> Vec<Settlement> {
        let stopping = Failure::new("stopping", "the daemon stopped before it was its turn");
        let sends = self.sends.drain(..).map(|claimed| {
            let settled = waits(claimed.message.not_before, stopping.clone());
            (claimed, settled)
        });
        let asks = self.asks.drain(..).map(|claimed| {
            let Failure { code, message: reason, .. } = stopping.clone();
            (claimed, Settled::Uncertain { code, reason, ask_at: Some(now) })
        });
        let settlement = |(claimed, settled): (Claimed, Settled)| Settlement {
            id: claimed.message.id,
            fence: claimed.fence,
            settled,
            tell: None,
            stop: None,
        };
        sends.chain(asks).map(settlement).collect()
    }
}
