//! What operators hold back: looked at before anything is claimed, and once more before each message leaves. How the
//! gateways stand is kept where operators in other processes can read it.

use std::sync::{MutexGuard, PoisonError};

use wasl_core::delivery::Channel;

use super::outlet::Standing;
use super::{Engine, EngineError};
use crate::store::{GatewayNote, Hold, Scope};

/// What is held back at the moment.
pub(super) struct Holds(Vec<Hold>);

impl Holds {
    /// Whether nothing of a channel may leave.
    pub(super) fn stop(&self, channel: Channel) -> bool {
        self.0.iter().any(|hold| hold.scope == Scope::All || hold.scope == Scope::Channel(channel))
    }

    /// Whether nothing may leave by a gateway.
    pub(super) fn stop_gateway(&self, name: &str) -> bool {
        self.0.iter().any(|hold| matches!(&hold.scope, Scope::Gateway(held) if held == name))
    }
}

impl Engine {
    /// What is held back. Read anew each time: it is another process that holds and releases.
    pub(super) async fn holds(&self) -> Result<Holds, EngineError> {
        Ok(Holds(self.store.holds().await?))
    }

    /// The gateways of a channel: the first, and those that stand in for it, in their order.
    pub fn gateways(&self, channel: Channel) -> Vec<String> {
        self.outlets.chain(channel).iter().map(|gateway| gateway.name().to_owned()).collect()
    }

    /// Keeps how each gateway stands, where that has changed since it was kept last.
    pub(super) async fn note_gateways(&self) -> Result<(), EngineError> {
        let now = self.now();
        let troubles = self.troubles();
        let notes: Vec<GatewayNote> = self
            .outlets
            .all()
            .map(|gateway| {
                let rests = gateway.standing(now) != Standing::Closed;
                GatewayNote {
                    name: gateway.name().to_owned(),
                    rests_until: rests.then(|| gateway.rests_until()).flatten(),
                    why: rests.then(|| troubles.get(gateway.name()).cloned()).flatten(),
                }
            })
            .collect();
        if self.noted().as_ref() == Some(&notes) {
            return Ok(());
        }
        self.store.note_gateways(&notes, now).await?;
        *self.noted() = Some(notes);
        Ok(())
    }

    /// How the gateways stood when it was kept last.
    fn noted(&self) -> MutexGuard<'_, Option<Vec<GatewayNote>>> {
        self.noted_gateways.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
