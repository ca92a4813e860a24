//! Delivery reports: their signature is checked by the notifier, then they are kept and folded.

use wasl_core::delivery::{Hook, HookError};

use super::{Engine, EngineError};
use crate::store::{ReceiptTaken, StoreError, SuppressedAddress};

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
        let taken = self.store.record_receipt(name, &receipt, bad_address, hook.body, self.now()).await?;
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
}
