//! Messages of which nobody knows whether they were sent: the gateway is asked before anything is
//! sent again.

use jiff::{SignedDuration, Timestamp};
use wasl_core::delivery::Found;
use wasl_core::event::News;

use super::options::OnUncertain;
use super::send::{Dispatched, holder, news_of, tell};
use super::{Engine, EngineError};
use crate::store::{Claimed, Settled, Settlement};

/// How often a gateway is asked that cannot tell yet.
const ASK_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// After this long a gateway that could not tell is not asked any more; a person, or the operator's
/// `on_uncertain: resend`, decides.
const ASK_FOR: SignedDuration = SignedDuration::from_mins(10);

impl Engine {
    /// Asks about every message that is due to be asked about; returns how many there were.
    pub(super) async fn recover(&self, dispatched: &mut Dispatched) -> Result<usize, EngineError> {
        let now = self.now();
        let lease_until = now.checked_add(self.options.lease).unwrap_or(Timestamp::MAX);
        let stale = self.store.stale_sending(now, self.options.message_batch, lease_until, &holder()).await?;
        let count = stale.len();
        let mut settlements = Vec::with_capacity(count);
        for claimed in stale {
            settlements.push(self.ask(claimed).await);
        }
        if count > 0 {
            self.settle(settlements, dispatched).await?;
        }
        Ok(count)
    }

    async fn ask(&self, claimed: Claimed) -> Settlement {
        let (settled, news) = match self.found(&claimed).await {
            Some((notifier, Found::Yes { provider_id, status })) => {
                tracing::info!(message.id = %claimed.message.id, "the gateway has it: adopted");
                let provider_id = Some(provider_id);
                (Settled::Accepted { notifier, provider_id, status, segments: None }, Some(news_of(status)))
            }
            Some((_, Found::No)) => {
                tracing::info!(message.id = %claimed.message.id, "the gateway provably has it not: sent again");
                (self.again_now("not_sent", "the gateway has no such message"), None)
            }
            Some((_, Found::CannotTell)) | None => (self.undecided(&claimed), None),
        };
        let tell = news.map(|news: News| tell(&claimed, news, None));
        Settlement { id: claimed.message.id, fence: claimed.fence, settled, tell }
    }

    async fn found(&self, claimed: &Claimed) -> Option<(String, Found)> {
        let notifier = self.outlets.get(&claimed.message.channel)?;
        let outgoing = self.outgoing(claimed, None);
        Some((notifier.name().to_owned(), notifier.find(&outgoing, claimed.attempt_started_at).await))
    }

    fn undecided(&self, claimed: &Claimed) -> Settled {
        let now = self.now();
        let since = claimed.attempt_started_at;
        let asked_long = now.duration_since(since) >= ASK_FOR;
        if asked_long && self.options.on_uncertain == OnUncertain::Resend {
            return self.again_now("uncertain", "nobody can tell; sent again as configured");
        }
        let ask_at = (!asked_long).then(|| now.checked_add(ASK_EVERY).unwrap_or(Timestamp::MAX));
        if ask_at.is_none() {
            tracing::error!(message.id = %claimed.message.id, "nobody can tell whether it was sent; it waits for a person");
        }
        let reason = "the gateway cannot tell whether it has this message".to_owned();
        Settled::Uncertain { code: "uncertain".into(), reason, ask_at }
    }

    fn again_now(&self, code: &str, reason: &str) -> Settled {
        Settled::Again { at: self.now(), code: code.to_owned(), reason: reason.to_owned() }
    }
}
