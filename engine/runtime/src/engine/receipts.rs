//! Delivery reports: their signature is checked by the notifier, then they are kept and folded.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use wasl_core::delivery::{Hook, HookError, Notifier, Receipt};
use wasl_core::effect::Message;
use wasl_core::policy::identity;

use super::{Engine, EngineError};
use crate::store::{NewReceipt, OPTED_OUT, ReceiptTaken, StoreError, Suppression};

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
    /// Takes a gateway's reports about its messages: checked, kept as they came, and folded into the
    /// messages' statuses by rank; the cases hear of them as events.
    ///
    /// # Errors
    /// The notifier is not known, the reports are not signed as they should be or are none, or the store
    /// failed; then some may have been taken already, which does no harm when they come again.
    pub async fn take_receipts(&self, name: &str, hook: &Hook<'_>) -> Result<Vec<ReceiptTaken>, ReceiptError> {
        let found = self.outlets.named(name);
        let (_, gateway) = found.ok_or_else(|| ReceiptError::NoNotifier(name.to_owned()))?;
        let raw = as_it_came(hook);
        let mut all = Vec::new();
        for receipt in gateway.notifier.receipts(hook)? {
            all.push(self.keep_receipt(gateway.notifier.as_ref(), receipt, &raw).await?);
        }
        self.wake();
        Ok(all)
    }

    /// Keeps a report that may be believed, with what its code says of the address.
    pub(super) async fn keep_receipt(
        &self,
        notifier: &dyn Notifier,
        receipt: Receipt,
        raw: &[u8],
    ) -> Result<ReceiptTaken, EngineError> {
        let gateway = notifier.name();
        let failure = receipt.code.as_deref().and_then(|code| notifier.explain(code));
        let bad_address = failure.as_ref().is_some_and(|failure| failure.bad_address);
        let confirm_by = self.outlets.named(notifier.name()).and_then(|(_, gateway)| gateway.confirm_by(self.now()));
        let (notifier, raw) = (notifier.name().to_owned(), raw.to_vec());
        let new = NewReceipt { notifier, receipt, bad_address, confirm_by, raw };
        let taken = self.record(new).await?;
        if failure.is_some_and(|failure| failure.opted_out)
            && let Some(id) = &taken.message
            && let Some(stored) = self.store.message(id).await?
        {
            self.store.suppress(&self.stop_told_by(gateway, &stored.message)).await?;
            self.wake();
        }
        Ok(taken)
    }

    /// The recipient of a message has told the gateway to stop: as good as having told us.
    pub(super) fn stop_told_by(&self, gateway: &str, message: &Message) -> Suppression {
        Suppression {
            identity: identity(&message.to).unwrap_or_default(),
            channel: Some(message.channel),
            reason: OPTED_OUT.to_owned(),
            source: format!("message {}", message.id),
            note: None,
            by: gateway.to_owned(),
            at: self.now(),
        }
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

/// The body of a report; of one without a body its parameters, without the secret that may be among them.
fn as_it_came<'a>(hook: &Hook<'a>) -> Cow<'a, [u8]> {
    if !hook.body.is_empty() {
        return Cow::Borrowed(hook.body);
    }
    let query = hook.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let shown = query.split('&').filter(|pair| !pair.starts_with("token="));
    Cow::Owned(shown.collect::<Vec<_>>().join("&").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_kept_as_it_came_but_for_the_secret() {
        let kept = |path_and_query, body: &str| {
            let hook = Hook { url: "", path_and_query, headers: &[], body: body.as_bytes() };
            String::from_utf8(as_it_came(&hook).into_owned()).unwrap()
        };
        assert_eq!(kept("/hooks/sms/status?message=1.1.1&token=hunter2&status=8", ""), "message=1.1.1&status=8");
        assert_eq!(kept("/hooks/sms/status?token=hunter2", "MessageStatus=sent"), "MessageStatus=sent");
        assert_eq!(kept("/hooks/sms/status", ""), "");
    }
}
