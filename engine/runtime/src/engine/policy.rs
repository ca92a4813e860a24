//! Who is not to be contacted: opting out and in again, and a death that is withdrawn.

use wasl_core::case::{Case, CaseId};
use wasl_core::delivery::Channel;
use wasl_core::effect::Effect;
use wasl_core::event::{Body, Event};
use wasl_core::policy::identity;
use wasl_core::step::advance;

use super::{Engine, EngineError};
use crate::store::{OPTED_OUT, Suppression, SuppressionChange};

/// How often cases are tried again that others keep changing.
const CONTENDED_MAX: u32 = 20;

/// Somebody asks not to be contacted.
#[derive(Clone, Debug)]
pub struct OptOut {
    /// A telephone number, an e-mail address or a personal number, however it is spelt.
    pub subject: String,
    /// On which channel; `None` for all of them.
    pub channel: Option<Channel>,
    /// Where we heard it: `agent`, `hotline`, `web`, `sms`.
    pub source: String,
    /// Why, in words.
    pub reason: Option<String>,
    /// Who notes it.
    pub by: String,
}

/// What a withdrawn death does to one case.
#[derive(Clone, Debug)]
pub struct Reversed {
    /// The case as it was.
    pub before: Case,
    /// The case as it is, or would be, afterwards.
    pub after: Case,
    /// Messages that do not leave.
    pub messages: usize,
    /// Calls and other work that nobody does any more.
    pub calls: usize,
    /// Whether it was withdrawn before; then nothing is done.
    pub already: bool,
}

impl Engine {
    /// Notes that somebody asks not to be contacted. Every case hears of it that means to contact them: what
    /// has not left does not leave, and the case goes on by another channel or another contact.
    ///
    /// # Errors
    /// The store failed.
    pub async fn opt_out(&self, asked: &OptOut) -> Result<SuppressionChange, EngineError> {
        self.suppress(OPTED_OUT, asked).await
    }

    /// Lists somebody under a rule: `opted_out`, `never_to`.
    ///
    /// # Errors
    /// The store failed.
    pub async fn suppress(&self, rule: &str, asked: &OptOut) -> Result<SuppressionChange, EngineError> {
        let new = Suppression {
            identity: identity(&asked.subject).unwrap_or_default(),
            channel: asked.channel,
            reason: rule.to_owned(),
            source: asked.source.clone(),
            note: asked.reason.clone(),
            by: asked.by.clone(),
            at: self.now(),
        };
        let change = self.store.suppress(&new).await?;
        self.move_told(&change.told).await?;
        Ok(change)
    }

    /// Notes that somebody wants to hear from us again, on one channel or on all. Returns what was listed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn opt_in(
        &self,
        subject: &str,
        channel: Option<Channel>,
        (by, why): (&str, &str),
    ) -> Result<Vec<Suppression>, EngineError> {
        let identity = identity(subject).unwrap_or_default();
        Ok(self.store.unsuppress(&identity, channel, (by, why), self.now()).await?)
    }

    /// What withdrawing the death would do to each of these cases. Nothing is changed.
    ///
    /// # Errors
    /// A case is not there, its version or calendar cannot be used, or the store failed.
    pub async fn reversal(&self, cases: &[(CaseId, bool)], reason: &str) -> Result<Vec<Reversed>, EngineError> {
        let mut reversed = Vec::new();
        for (id, already) in cases {
            let before = self.store.case(*id).await?.ok_or(EngineError::NoCase(*id))?;
            let done = Reversed { after: before.clone(), before, messages: 0, calls: 0, already: *already };
            reversed.push(if *already { done } else { self.would_reverse(done, reason).await? });
        }
        Ok(reversed)
    }

    async fn would_reverse(&self, of: Reversed, reason: &str) -> Result<Reversed, EngineError> {
        let case = &of.before;
        let (workflow, calendar) = self.workflow_and_calendar(case).await?;
        let known = self.known_contacts(std::iter::once(case)).await?;
        let mut facts = known.facts_of(case.id).ok_or(EngineError::NoCase(case.id))?;
        // Whoever was known to be dead by these cases is not any more.
        facts.deceased.clear();
        let event = Event {
            id: 0,
            at: self.now(),
            by: String::new().into(),
            body: Body::DeathWithdrawn { reason: reason.to_owned() },
        };
        let advanced = advance(&workflow, case, std::slice::from_ref(&event), &self.context(&calendar, &facts));
        let withdrawn = advanced.effects.iter().filter_map(|effect| match effect {
            Effect::Withdraw { id, .. } => case.progress.pending.iter().find(|pending| pending.id == *id),
            _ => None,
        });
        let (calls, messages): (Vec<_>, Vec<_>) = withdrawn.partition(|pending| pending.channel == Channel::Call);
        let (messages, calls) = (messages.len(), calls.len());
        Ok(Reversed { after: advanced.case, messages, calls, ..of })
    }

    /// Withdraws the death that these cases are about: their deceased may be contacted again by others, and each
    /// case takes back what has not left and goes where its workflow leads, all as one act.
    ///
    /// # Errors
    /// The store failed.
    pub async fn withdraw_death(&self, cases: &[CaseId], (by, reason): (&str, &str)) -> Result<(), EngineError> {
        self.store.withdraw_death(cases, (by, reason), self.now()).await?;
        self.move_told(cases).await
    }

    /// Takes a withdrawal back: the deceased of these cases are contacted by nobody.
    ///
    /// # Errors
    /// The store failed.
    pub async fn confirm_death(&self, cases: &[CaseId], by_and_why: (&str, &str)) -> Result<(), EngineError> {
        self.store.confirm_death(cases, by_and_why, self.now()).await?;
        self.move_told(cases).await?;
        self.move_told(&self.store.cases_to_tell(self.options.case_batch).await?).await
    }

    /// Moves cases that were just told something.
    pub(super) async fn move_told(&self, cases: &[CaseId]) -> Result<(), EngineError> {
        for _ in 0..CONTENDED_MAX {
            let mut claims = self.store.claim_cases(cases).await?;
            claims.retain(|claim| !claim.events.is_empty());
            if claims.is_empty() {
                break;
            }
            self.move_claims(claims).await?;
        }
        // Whoever others keep changing takes it when the daemon moves it: the event is stored.
        self.wake();
        Ok(())
    }
}
