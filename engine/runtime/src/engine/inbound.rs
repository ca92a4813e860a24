//! Messages to us: read by their notifier, kept, and told to the case whose they are.

use wasl_core::case::CaseId;
use wasl_core::delivery::{Channel, Hook, Inbound};
use wasl_core::message::{keyword, read_phone};

use super::{Engine, EngineError, ReceiptError, Submitted};
use crate::store::{InboundTaken, NewEvent, NewInbound, reply};

impl Engine {
    /// Takes messages that people sent to us: their signature checked by the notifier, kept as they came, their
    /// keywords obeyed, and each told to the case that has spoken to its sender last.
    ///
    /// # Errors
    /// The notifier is not known, the request is not signed as it should be or no message, or the store failed.
    pub async fn take_inbound(&self, name: &str, hook: &Hook<'_>) -> Result<Vec<InboundTaken>, ReceiptError> {
        let found = self.outlets.named(name);
        let (channel, gateway) = found.ok_or_else(|| ReceiptError::NoNotifier(name.to_owned()))?;
        let mut all = Vec::new();
        for inbound in gateway.notifier.inbound(hook)? {
            all.push(self.store.record_inbound(&self.to_keep(name, channel, inbound, hook.body)).await?);
        }
        self.wake();
        Ok(all)
    }

    pub(super) fn to_keep(&self, notifier: &str, channel: Channel, inbound: Inbound, raw: &[u8]) -> NewInbound {
        let Inbound { provider_id, from, to, text } = inbound;
        NewInbound {
            notifier: notifier.to_owned(),
            channel,
            provider_id,
            from: self.normalised(channel, &from),
            to,
            keyword: keyword(&text),
            text,
            answers: None,
            raw: raw.to_vec(),
            at: self.now(),
        }
    }

    /// An address as cases have it. A sender that is no number, such as a short code, stays as it is.
    fn normalised(&self, channel: Channel, from: &str) -> String {
        let from = from.trim();
        match channel {
            Channel::Email => from.to_lowercase(),
            Channel::Sms | Channel::Call => {
                read_phone(from, &self.region).map_or_else(|_| from.to_owned(), |phone| phone.e164)
            }
        }
    }

    /// Gives a message to a case by hand, as if it had been found; the same one again changes nothing. A case
    /// that had it before keeps it in its history.
    ///
    /// # Errors
    /// There is no such message or case, or the store failed.
    pub async fn assign_inbound(&self, id: i64, case: CaseId, by: &str) -> Result<Submitted, EngineError> {
        let inbound = self.store.inbound(id).await?.ok_or(EngineError::NoInbound(id))?;
        let now = self.now();
        let new = NewEvent {
            case,
            source_id: if inbound.case == Some(case) && inbound.assigned_by.is_none() {
                inbound.provider_id.clone()
            } else {
                format!("{}@{case}", inbound.provider_id)
            },
            source: inbound.notifier,
            at: now,
            by: by.to_owned(),
            body: reply(inbound.channel, &inbound.from, &inbound.text),
        };
        let other = inbound.case != Some(case);
        // What comes for a case that knows nobody any more is erased with its answer, and has to be its own by then.
        let nameless = self.store.case(case).await?.is_some_and(|case| case.is_nameless());
        if other && nameless {
            self.store.assign_inbound(id, case, by, now).await?;
        }
        let submitted = self.submit(new).await?;
        if other && !nameless {
            self.store.assign_inbound(id, case, by, now).await?;
        }
        Ok(submitted)
    }
}
