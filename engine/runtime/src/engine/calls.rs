//! Giving calls to agents: before anybody rings, the rules are asked once more, as before a message leaves.
//!
//! Much happens while a call waits: its hours close, another case rings the family, somebody asks not to be rung.

use jiff::Timestamp;
use wasl_core::case::{EffectId, Standing};
use wasl_core::policy::{Dropped, Look, Rule, Rules, last_look_at_call};

use super::answers::CLAIM;
use super::send::UNREADABLE_RESTS;
use super::{Engine, EngineError};
use crate::library::LibraryError;
use crate::store::{Claiming, StoredTask, TaskStatus, Wanted};

/// So many calls are looked at for one agent who wants the next: more than one evening leaves behind, and no more
/// than somebody waits for.
const LOOKS_MAX: usize = 200;

/// What an agent gets who asks for the next call.
#[derive(Clone, Debug, PartialEq)]
pub struct NextCall {
    /// The call.
    pub task: StoredTask,
    /// Whether they had it in hand already.
    pub in_hand: bool,
}

impl Engine {
    /// Gives an agent the call that they have in hand, else the next that may be made now, for [`CLAIM`]. What may not be
    /// is put back until it may.
    ///
    /// # Errors
    /// A case cannot be read, its version or calendar cannot be used, or the store failed.
    pub async fn next_call(&self, wanted: Wanted<'_>) -> Result<Option<NextCall>, EngineError> {
        for task in self.calls_in_hand(wanted.agent).await? {
            // Whoever asks for the next is not speaking: the rules are asked as for any that is given out.
            let looked = match self.claim_call(&task.task.id, wanted.agent).await {
                Ok(Claiming::Yours(task)) => self.look_before_ringing(*task, wanted.agent).await,
                other => other,
            };
            match looked {
                Ok(Claiming::Yours(task)) => return Ok(Some(NextCall { task: *task, in_hand: true })),
                Err(error) if !is_of_one_case(&error) => return Err(error),
                _ => {}
            }
        }
        let next = self.take_next_call(wanted).await?;
        Ok(next.map(|task| NextCall { task, in_hand: false }))
    }

    /// What an agent has in hand and has not answered: what was answered a moment ago is only kept for them to take back.
    ///
    /// # Errors
    /// The store failed.
    pub async fn calls_in_hand(&self, agent: &str) -> Result<Vec<StoredTask>, EngineError> {
        let mut tasks = self.store.tasks_in_hand(agent, self.now()).await?;
        let held = self.store.held_answers(agent).await?;
        tasks.retain(|task| held.iter().all(|held| held.task != task.task.id));
        Ok(tasks)
    }

    async fn take_next_call(&self, wanted: Wanted<'_>) -> Result<Option<StoredTask>, EngineError> {
        for _ in 0..LOOKS_MAX {
            let Some(task) = self.store.claim_next_task(wanted, self.now(), self.claimed_until()).await? else {
                return Ok(None);
            };
            match self.look_before_ringing(task, wanted.agent).await {
                Ok(Claiming::Yours(task)) => return Ok(Some(*task)),
                Err(error) if !is_of_one_case(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Gives an agent this call for [`CLAIM`], or prolongs it where it is in their hands.
    ///
    /// # Errors
    /// There is no such task, its case cannot be used, or the store failed.
    pub async fn claim_call(&self, id: &EffectId, agent: &str) -> Result<Claiming, EngineError> {
        let before = self.store.task(id).await?;
        if let Some(task) = &before
            && let Some(case) = self.store.case(task.case).await?
            && matches!(case.standing, Standing::Held { .. } | Standing::Incident(_))
        {
            return Ok(Claiming::Stopped(case.standing.as_str()));
        }
        let claiming = self.store.claim_task(id, agent, self.now(), self.claimed_until()).await?;
        match claiming {
            // They are speaking already.
            Claiming::Yours(_) if before.is_some_and(|task| task.is_in_hand(agent, self.now())) => Ok(claiming),
            Claiming::Yours(task) => self.look_before_ringing(*task, agent).await,
            other => Ok(other),
        }
    }

    fn claimed_until(&self) -> Timestamp {
        self.now().saturating_add(CLAIM).unwrap_or(Timestamp::MAX)
    }

    async fn look_before_ringing(&self, task: StoredTask, agent: &str) -> Result<Claiming, EngineError> {
        let id = &task.task.id;
        match self.look_at_call(&task).await {
            Ok(Look::Send { .. }) => Ok(Claiming::Yours(Box::new(task))),
            Ok(Look::Wait { not_before, why }) => {
                self.store.postpone_task(id, agent, (not_before, why.as_ref())).await?;
                Ok(Claiming::NotNow { opens: not_before, why })
            }
            Ok(Look::Drop(dropped @ (Dropped::Suppressed(_) | Dropped::Expired))) => {
                let rule = if let Dropped::Suppressed(rule) = dropped { rule } else { Rule::NoTimeLeft };
                self.store.suppress_task(id, agent, &rule, self.now()).await?;
                self.wake();
                Ok(Claiming::Over(TaskStatus::Suppressed))
            }
            // Its case moved on between the claim and the look, and took it back.
            Ok(Look::Drop(Dropped::Withdrawn)) => Ok(Claiming::Over(TaskStatus::Withdrawn)),
            Err(error) if is_of_one_case(&error) => {
                tracing::error!(task.id = %id, %error, "a call cannot be looked at; it rests");
                let rests = self.now().saturating_add(UNREADABLE_RESTS).unwrap_or(Timestamp::MAX);
                self.store.postpone_task(id, agent, (rests, None)).await?;
                Err(error)
            }
            Err(error) => {
                self.store.release_task(id, agent).await?;
                Err(error)
            }
        }
    }

    async fn look_at_call(&self, task: &StoredTask) -> Result<Look, EngineError> {
        let case = self.store.case(task.case).await?.ok_or(EngineError::NoCase(task.case))?;
        let (workflow, calendar) = self.workflow_and_calendar(&case).await?;
        let known = self.known_contacts(std::iter::once(&case)).await?.made(&[task.task.id.clone()].into());
        let (case, facts) = (known.as_made(&case), known.facts_of(case.id).ok_or(EngineError::NoCase(case.id))?);
        let rules = Rules { calendar: &calendar, house: &self.house, workflow: &workflow.policy, facts: &facts };
        Ok(last_look_at_call(&case, &task.task, &rules, self.now()))
    }
}

/// Whether something is wrong with one case, and not with the store.
fn is_of_one_case(error: &EngineError) -> bool {
    match error {
        EngineError::Store(error) => error.is_unreadable(),
        EngineError::Library(LibraryError::Store(_)) => false,
        EngineError::Library(_) | EngineError::NoCase(_) => true,
        _ => false,
    }
}
