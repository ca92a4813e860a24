//! Calls that people make.
//!
//! A call task is a row of the engine's own queue: it was written in the same transaction as the
//! state that asked for it, and people fetch it. So there is nothing left to send, and nothing that
//! could get lost between here and anywhere. The notifier exists so that the channel `call` has a
//! name, a place in the configuration and the same contract as the others.

use jiff::Timestamp;
use wasl_core::delivery::{Channel, Failure, Found, Notifier, Outgoing, Pending, Sent, Sighting, Status};

/// The queue of calls, as a notifier.
#[derive(Clone, Debug)]
pub struct CallTask {
    name: String,
}

impl CallTask {
    /// A queue under a name of the registry.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

impl Notifier for CallTask {
    fn name(&self) -> &str {
        &self.name
    }

    /// Accepts at once: the task is in the store already.
    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        let sent = match message.channel {
            Channel::Call => {
                Sent::Accepted { provider_id: Some(message.id.clone()), status: Status::Accepted, segments: None }
            }
            Channel::Sms | Channel::Email => {
                Sent::Misconfigured(Failure::new("channel", "a call_task notifier takes calls only: check its use"))
            }
        };
        Box::pin(std::future::ready(sent))
    }

    /// Always there: see [`CallTask::send`].
    fn find<'a>(&'a self, message: &'a Outgoing, _since: Timestamp) -> Pending<'a, Found> {
        let found = Found::This(Sighting { provider_id: message.id.clone(), status: Status::Accepted });
        Box::pin(std::future::ready(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn it_keeps_the_contract() {
        testing::contract(&CallTask::new("calls"), &testing::message(Channel::Call)).await;
    }

    #[tokio::test]
    async fn it_takes_calls_and_nothing_else() {
        let queue = CallTask::new("calls");
        let call = testing::message(Channel::Call);
        assert!(matches!(queue.send(&call).await, Sent::Accepted { .. }));
        assert!(matches!(queue.find(&call, call.now).await, Found::This(_)));
        assert!(matches!(queue.send(&testing::message(Channel::Sms)).await, Sent::Misconfigured(_)));
    }
}
