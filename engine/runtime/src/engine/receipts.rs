//! Delivery reports: their signature is checked by the notifier, then they are kept and folded.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use wasl_core::delivery::{Hook, HookError};

use super::{Engine, EngineError};
use crate::store::{NewReceipt, ReceiptTaken, StoreError, SuppressedAddress};

/// Receipts written in one transaction at the most: none waits for a long one.
const TOGETHER_MAX: usize = 200;

/// Why a report was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// No notifier of that name is configured.
    #[error("there is no notifier `{0}`")]
    NoNotifier(String),
    /// The notifier refused it.
    #[error(transparent)]
    Refused(#[from] HookError),
    /// It could not be kept; the gateway should report again.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<StoreError> for ReceiptError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl Engine {
    /// Takes a gateway's report about one of its messages: checked, kept as it came, and folded into
    /// the message's status by rank; the case hears of it as an event.
    ///
    /// # Errors
    /// The notifier is not known, the report is not signed as it should be or is none, or the store
    /// failed.
    pub async fn take_receipt(&self, name: &str, hook: &Hook<'_>) -> Result<ReceiptTaken, ReceiptError> {
        let found = self.outlets.named(name);
        let (channel, gateway) = found.ok_or_else(|| ReceiptError::NoNotifier(name.to_owned()))?;
        let notifier = &gateway.notifier;
        let receipt = notifier.receipt(hook)?;
        let failure = receipt.code.as_deref().and_then(|code| notifier.explain(code));
        let bad_address = failure.as_ref().is_some_and(|failure| failure.bad_address);
        let new = NewReceipt { notifier: name.to_owned(), receipt, bad_address, raw: hook.body.to_vec() };
        let taken = self.record(new).await?;
        let opted_out = failure.is_some_and(|failure| failure.opted_out);
        if let Some(id) = taken.message.as_ref().filter(|_| opted_out)
            && let Some(stored) = self.store.message(id).await?
        {
            let suppressed = SuppressedAddress {
                address: stored.message.to,
                channel: Some(channel),
                reason: "opted_out".into(),
                source: format!("receipt for {id}"),
                at: self.now(),
            };
            self.store.add_suppressions(&[suppressed]).await?;
        }
        self.wake();
        Ok(taken)
    }

    /// Writes a receipt together with all that came meanwhile: whoever has its turn at the desk writes for
    /// everybody, so that a gateway that reports a thousand messages at once costs a few transactions.
    async fn record(&self, new: NewReceipt) -> Result<ReceiptTaken, StoreError> {
        loop {
            let (answer, answered) = oneshot::channel();
            self.receipts.put(Waiting { new: new.clone(), answer });
            let turn = self.receipts.turn.lock().await;
            while let Some((new, answers)) = self.receipts.take() {
                for (taken, answer) in self.store.record_receipts(&new, self.now()).await?.into_iter().zip(answers) {
                    // Whoever asked may have hung up; the receipt is kept all the same.
                    answer.send(taken).ok();
                }
            }
            drop(turn);
            // No answer means that whoever wrote for us has failed: its error is its own, and we try.
            if let Ok(taken) = answered.await {
                return Ok(taken);
            }
        }
    }
}

/// Where receipts wait to be written together.
#[derive(Default)]
pub(super) struct Desk {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

struct Waiting {
    new: NewReceipt,
    answer: oneshot::Sender<ReceiptTaken>,
}

impl Desk {
    fn put(&self, waiting: Waiting) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    /// What is written together next.
    fn take(&self) -> Option<(Vec<NewReceipt>, Vec<oneshot::Sender<ReceiptTaken>>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let most = waiting.len().min(TOGETHER_MAX);
        (most > 0).then(|| waiting.drain(..most).map(|waiting| (waiting.new, waiting.answer)).unzip())
    }
}
