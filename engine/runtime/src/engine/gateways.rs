//! What an answer says of the gateway itself, told where operators look: the health page and the log.

use wasl_core::delivery::{Channel, Failure, Sent};

use super::outlet::{Gateway, Standing};
use super::{Engine, EngineError};

impl Engine {
    /// Keeps what an answer says of its gateway. That it came to rest is told once, and when it works
    /// again.
    pub(super) fn heard(&self, channel: Channel, gateway: &Gateway, sent: &Sent) {
        let now = self.now();
        let before = gateway.standing(now);
        gateway.heard(sent, now);
        match (before, gateway.standing(now)) {
            (_, Standing::Closed) => self.health.cure(gateway.name()),
            (Standing::Closed | Standing::HalfOpen, Standing::Open) => {
                let meanwhile = self.meanwhile(channel, gateway);
                self.health.trouble(gateway.name(), format!("{}; {meanwhile}", why(sent)));
            }
            (_, Standing::Open | Standing::HalfOpen) => {}
        }
    }

    /// A gateway that was asked about a message and did not answer.
    pub(super) fn gave_no_answer(&self, channel: Channel, gateway: &Gateway) {
        let failure = Failure::new("no_answer", "it does not answer whether it has a message");
        self.heard(channel, gateway, &Sent::Unreachable(failure));
    }

    /// Says so if messages wait for a channel that has no gateway at all.
    pub(super) async fn look_for_gateway(&self, channel: Channel) -> Result<(), EngineError> {
        if !self.outlets.chain(channel).is_empty() {
            return Ok(());
        }
        if self.store.has_due_messages(channel, self.now()).await? {
            let words = format!("no notifier is configured for `{channel}`: its messages wait");
            self.health.trouble(channel.as_str(), words);
        } else {
            self.health.cure(channel.as_str());
        }
        Ok(())
    }

    fn meanwhile(&self, channel: Channel, resting: &Gateway) -> String {
        match self.outlets.speaking(channel, self.now()) {
            Some(other) => format!("messages leave by `{}` meanwhile", other.name()),
            None => format!("messages wait, and one tries it again after {:#}", resting.rest()),
        }
    }
}

fn why(sent: &Sent) -> String {
    match sent {
        Sent::Misconfigured(failure) => format!("it refuses our settings ({}): {}", failure.code, failure.message),
        Sent::Unreachable(failure) | Sent::Uncertain(failure) => {
            format!("it failed several times in a row, at last with {}: {}", failure.code, failure.message)
        }
        // These never bring a gateway to rest.
        Sent::Accepted { .. } | Sent::Rejected(_) | Sent::Retry { .. } => "it rests".to_owned(),
    }
}
