//! What an operator wants done about a message: looked at first, then an event of its case like any other.

use wasl_core::case::{Case, EffectId};
use wasl_core::definition::Workflow;
use wasl_core::event::{Body, MessageAct};
use wasl_core::step::{Personal, Previewed, preview};

use super::{Engine, EngineError};
use crate::store::{MessageStatus, NewEvent, StoredMessage};

/// What an operator wants done about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It waits: try it now.
    Retry,
    /// It has not left: never send it.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Send its text once more.
    Resend {
        /// Why.
        reason: String,
        /// Even if the recipient may have it already.
        even_if_delivered: bool,
    },
    /// Nobody knew whether it had left: now a person does.
    Resolve {
        /// Whether it had left.
        sent: bool,
        /// How that is known.
        reason: String,
    },
}

impl Wish {
    /// Whether an event tells a wish of this kind about this message.
    pub fn is_told_by(&self, event: &Body, id: &EffectId) -> bool {
        let Body::Message { message, act } = event else { return false };
        let is_same = matches!(
            (self, act),
            (Self::Retry, MessageAct::Retry { .. })
                | (Self::Cancel { .. }, MessageAct::Cancel { .. })
                | (Self::Resend { .. }, MessageAct::Resend { .. })
                | (Self::Resolve { .. }, MessageAct::Resolve { .. })
        );
        is_same && message == id
    }
}

impl Engine {
    /// The event that a wish about a message is, for [`Engine::submit`]. What cannot be as the message stands is
    /// refused here; what its case makes of it, and what the rules say, the step decides.
    ///
    /// # Errors
    /// There is no such message, it stands where the wish makes no sense, or the store failed.
    pub async fn wish(&self, id: &EffectId, wish: Wish, source: &str, by: &str) -> Result<NewEvent, EngineError> {
        let stored = self.store.message(id).await?.ok_or_else(|| EngineError::NoMessage(id.clone()))?;
        if let Some(why) = hindrance(stored.status, &wish) {
            return Err(EngineError::MessageStands { id: id.clone(), status: stored.status, why });
        }
        let at = self.now();
        let (case, act) = (stored.case, act(wish, stored));
        let body = Body::Message { message: id.clone(), act };
        let source_id = format!("{id}:{}:{}", body.label(), at.as_millisecond());
        Ok(NewEvent { case, source: source.to_owned(), source_id, at, by: by.to_owned(), body })
    }

    /// A text as a case would send it now.
    ///
    /// # Errors
    /// The case's workflow version or calendar cannot be used, or the text cannot be rendered for it.
    pub async fn preview(&self, case: &Case, template: &str, language: Option<&str>) -> Result<Previewed, EngineError> {
        let workflow = self.library.version(&case.workflow_hash).await?;
        self.preview_in(&workflow, case, (template, language), Personal::Shown).await
    }

    /// A text of a version, stored or not yet, as it would go to the people of a case.
    ///
    /// # Errors
    /// The workflow's calendar cannot be used, or the text cannot be rendered for the case.
    pub async fn preview_in(
        &self,
        workflow: &Workflow,
        case: &Case,
        (template, language): (&str, Option<&str>),
        personal: Personal<'_>,
    ) -> Result<Previewed, EngineError> {
        let calendar = self.library.calendar(&workflow.calendar)?;
        let facts = self.facts_about(case).await?;
        let context = self.context(&calendar, &facts);
        preview(workflow, case, &context, template, language, personal).map_err(EngineError::NoPreview)
    }
}

fn act(wish: Wish, stored: StoredMessage) -> MessageAct {
    match wish {
        Wish::Retry => MessageAct::Retry { template: stored.message.template.to_string() },
        Wish::Cancel { reason } => MessageAct::Cancel { reason },
        Wish::Resend { reason, .. } => MessageAct::Resend { reason, original: Box::new(stored.message) },
        Wish::Resolve { sent, reason } => MessageAct::Resolve { sent, reason, channel: Some(stored.message.channel) },
    }
}

/// Why a wish cannot be, as the message stands, and what to do instead.
fn hindrance(status: MessageStatus, wish: &Wish) -> Option<&'static str> {
    use MessageStatus::{Queued, Sending, Uncertain};
    match (wish, status) {
        (Wish::Retry | Wish::Cancel { .. }, Queued)
        | (Wish::Cancel { .. }, Sending)
        | (Wish::Resolve { .. }, Uncertain) => None,
        (Wish::Retry | Wish::Cancel { .. }, Uncertain) => {
            Some("nobody knows whether it left; find out and say so with `wasl message resolve`")
        }
        (Wish::Retry, Sending) => Some("it is on its way at this moment"),
        (Wish::Retry, status) if status.may_have_arrived() => Some("it has left"),
        (Wish::Retry, _) => Some("it does not wait; `wasl message resend` sends its text as a new message"),
        (Wish::Cancel { .. }, status) if status.may_have_arrived() => Some("it has left and cannot be called back"),
        (Wish::Cancel { .. }, _) => Some("it will not be sent anyway"),
        (Wish::Resolve { .. }, _) => Some("what became of it is known"),
        (Wish::Resend { .. }, Queued) => Some("it still waits; `wasl message retry` tries it now"),
        (Wish::Resend { even_if_delivered: false, .. }, status) if status.may_have_arrived() => {
            Some("its recipient may have it; with `--even-if-delivered` they may get it twice")
        }
        (Wish::Resend { .. }, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wish_has_its_moment() {
        let reason = String::new;
        let wishes = [
            Wish::Retry,
            Wish::Cancel { reason: reason() },
            Wish::Resend { reason: reason(), even_if_delivered: false },
            Wish::Resend { reason: reason(), even_if_delivered: true },
            Wish::Resolve { sent: true, reason: reason() },
        ];
        let allowed = |status| wishes.iter().map(move |wish| if hindrance(status, wish).is_none() { 'x' } else { '.' });
        let table = MessageStatus::ALL.map(|status| (status.as_str(), allowed(status).collect::<String>()));
        let expected = [
            ("queued", "xx..."),
            ("sending", ".x.x."),
            ("uncertain", "...xx"),
            ("accepted", "...x."),
            ("sent", "...x."),
            ("unconfirmed", "...x."),
            ("delivered", "...x."),
            ("undelivered", "..xx."),
            ("failed", "..xx."),
            ("expired", "..xx."),
            ("withdrawn", "..xx."),
            ("suppressed", "..xx."),
        ];
        assert_eq!(table.map(|(status, marks)| format!("{status} {marks}")), expected.map(|(s, m)| format!("{s} {m}")));
    }
}
