//! Messages of which nobody knows whether they were sent: the gateway that had the attempt is asked
//! before anything is sent again.

use jiff::{SignedDuration, Timestamp};
use wasl_core::delivery::{Found, OnUncertain, Sighting};
use wasl_core::event::News;

use super::outlet::{Gateway, Standing};
use super::send::{news_of, tell};
use super::{Engine, EngineError};
use crate::store::{Claimed, Settled, Settlement};

/// How often a gateway is asked that cannot tell yet.
const ASK_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// After this long the case is told that nobody can tell. A gateway that could not is not asked any more:
/// a person decides, or `on_uncertain: resend` of the workflow or the operator.
const ASK_FOR: SignedDuration = SignedDuration::from_mins(10);

impl Engine {
    /// Asks the gateway that had the attempt.
    pub(super) async fn ask(&self, claimed: Claimed) -> Result<Settlement, EngineError> {
        let settled = match self.who_had(&claimed) {
            Some(gateway) => self.ask_gateway(gateway, &claimed).await?,
            None => held(&claimed, "the notifier that had it is not configured any more"),
        };
        let news = match &settled {
            Settled::Accepted { status, .. } => Some(news_of(*status)),
            // Told once, however often it is settled so.
            Settled::Uncertain { .. } if self.asked_long(&claimed) => Some(News::Uncertain),
            _ => None,
        };
        let tell = news.map(|news| tell(&claimed, news, None));
        Ok(Settlement { id: claimed.message.id, fence: claimed.fence, settled, tell, stop: None })
    }

    fn asked_long(&self, claimed: &Claimed) -> bool {
        self.now().duration_since(claimed.attempt_started_at) >= ASK_FOR
    }

    /// The gateway that had the attempt: only that one may know of it.
    pub(super) fn who_had(&self, claimed: &Claimed) -> Option<&Gateway> {
        match &claimed.notifier {
            Some(name) => self.outlets.named(name).map(|(_, gateway)| gateway),
            // Of a release in which each channel had one.
            None => self.outlets.chain(claimed.message.channel).first(),
        }
    }

    async fn ask_gateway(&self, gateway: &Gateway, claimed: &Claimed) -> Result<Settled, EngineError> {
        if gateway.standing(self.now()) == Standing::Open {
            return Ok(self.ask_again(gateway));
        }
        let outgoing = self.outgoing(claimed, None);
        Ok(match gateway.notifier.find(&outgoing, claimed.attempt_started_at).await {
            Found::This(sighting) => self.adopt(gateway, claimed, sighting),
            Found::Alike { sightings, complete } => self.tell_apart(gateway, claimed, sightings, complete).await?,
            Found::No => self.not_there(claimed),
            Found::CannotTell => self.undecided(claimed),
            Found::NoAnswer => {
                self.gave_no_answer(claimed.message.channel, gateway);
                self.ask_again(gateway)
            }
        })
    }

    /// Which of the messages that the gateway shows is this one: none that belongs to another, and of
    /// the rest its own share where several are uncertain.
    async fn tell_apart(
        &self,
        gateway: &Gateway,
        claimed: &Claimed,
        sightings: Vec<Sighting>,
        complete: bool,
    ) -> Result<Settled, EngineError> {
        let shown: Vec<&str> = sightings.iter().map(|sighting| sighting.provider_id.as_str()).collect();
        let alike = self.store.alike(claimed, &shown).await?;
        let mut free = sightings.into_iter().filter(|sighting| !alike.owned.contains(&sighting.provider_id)).peekable();
        if free.peek().is_some() && alike.under_way {
            return Ok(self.ask_again(gateway));
        }
        Ok(match free.nth(alike.before) {
            Some(sighting) => self.adopt(gateway, claimed, sighting),
            None if complete => self.not_there(claimed),
            None => self.undecided(claimed),
        })
    }

    fn adopt(&self, gateway: &Gateway, claimed: &Claimed, sighting: Sighting) -> Settled {
        tracing::info!(message.id = %claimed.message.id, "the gateway has it: adopted");
        let (notifier, confirm_by) = (gateway.name().to_owned(), gateway.confirm_by(self.now()));
        let Sighting { provider_id, status } = sighting;
        Settled::Accepted { notifier, provider_id: Some(provider_id), status, segments: None, confirm_by }
    }

    fn not_there(&self, claimed: &Claimed) -> Settled {
        tracing::info!(message.id = %claimed.message.id, "the gateway provably has it not: sent again");
        let reason = "the gateway has no such message".to_owned();
        Settled::Again { at: self.now(), code: "not_sent".into(), reason }
    }

    /// A gateway that is down is asked when it may work again, however long that takes: then it knows.
    fn ask_again(&self, gateway: &Gateway) -> Settled {
        let soon = self.now().checked_add(ASK_EVERY).unwrap_or(Timestamp::MAX);
        let ask_at = Some(gateway.rests_until().map_or(soon, |rested| rested.max(soon)));
        let reason = "the gateway does not answer whether it has this message".to_owned();
        Settled::Uncertain { code: "uncertain".into(), reason, ask_at }
    }

    fn undecided(&self, claimed: &Claimed) -> Settled {
        if !self.asked_long(claimed) {
            let ask_at = self.now().checked_add(ASK_EVERY).ok();
            let reason = "the gateway cannot tell whether it has this message".to_owned();
            return Settled::Uncertain { code: "uncertain".into(), reason, ask_at };
        }
        match claimed.message.on_uncertain.unwrap_or(self.options.on_uncertain) {
            OnUncertain::Resend => {
                Settled::Resend { reason: "nobody can tell; sent again by the same gateway, as was set".to_owned() }
            }
            OnUncertain::Hold => held(claimed, "the gateway cannot tell whether it has this message"),
        }
    }
}

/// Only a person decides from now on.
fn held(claimed: &Claimed, reason: &str) -> Settled {
    tracing::error!(message.id = %claimed.message.id, reason, "nobody can tell whether it was sent; it waits for a person");
    Settled::Uncertain { code: "uncertain".into(), reason: reason.to_owned(), ask_at: None }
}
