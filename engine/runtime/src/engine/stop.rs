//! Stopping messages by a link: a code leads back to the address that was given it.

use wasl_core::case::CaseId;
use wasl_core::delivery::Channel;
use wasl_core::message::reference_in;
use wasl_core::policy::identity;

use super::{Engine, EngineError, OptOut};

/// Who recorded an opt-out that came by a link.
const SOURCE: &str = "web";
/// Entries that one address can have.
const LISTED_MAX: u32 = 20;

/// What a right code is about. Tells nothing about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopLink {
    /// Which messages it stops.
    pub channel: Channel,
    /// The language in which we wrote.
    pub language: String,
    /// Whether they are stopped.
    pub stopped: bool,
    case: CaseId,
    address: String,
}

impl Engine {
    /// What a code is about; none if it is not right.
    ///
    /// # Errors
    /// The store failed.
    pub async fn stop_link(&self, code: &str) -> Result<Option<StopLink>, EngineError> {
        let (Some(links), Some(reference)) = (&self.house.stop_links, reference_in(code)) else { return Ok(None) };
        let Some(case) = self.store.case_by_reference(&reference).await?.map(|case| case.id) else { return Ok(None) };
        let spoken_to = self.store.spoken_to(case).await?;
        let right = spoken_to.into_iter().find(|to| links.is_code(code, case, to.channel, &to.address));
        let Some(to) = right else { return Ok(None) };
        let identity = identity(&to.address).unwrap_or_default();
        let listed = self.store.suppression_list(Some(&identity), LISTED_MAX).await?;
        let stopped = listed.iter().any(|listed| listed.reason == "opted_out" && listed.channel == Some(to.channel));
        Ok(Some(StopLink { channel: to.channel, language: to.language, stopped, case, address: to.address }))
    }

    /// Stops or starts the messages that a link is about, for every case. Again changes nothing.
    ///
    /// # Errors
    /// The store failed.
    pub async fn follow_stop_link(&self, link: &StopLink, stop: bool) -> Result<StopLink, EngineError> {
        if stop {
            let asked = OptOut {
                subject: link.address.clone(),
                channel: Some(link.channel),
                source: SOURCE.to_owned(),
                reason: None,
                by: SOURCE.to_owned(),
            };
            self.opt_out(&asked).await?;
        } else {
            let identity = identity(&link.address).unwrap_or_default();
            self.store.opt_in(&identity, link.channel, (SOURCE, "asked by the link"), self.now()).await?;
        }
        self.wake();
        tracing::info!(case.id = link.case.0, channel = %link.channel, stop, "a stop link was followed");
        Ok(StopLink { stopped: stop, ..link.clone() })
    }
}
