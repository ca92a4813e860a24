//! Events from outside: stored before they are answered, then taken by their case at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};
use wasl_core::case::Case;
use wasl_core::event::Disposition;
use wasl_core::history::Entry;

use super::{Engine, EngineError};
use crate::store::{NewEvent, Recorded};

/// How often a case is tried again that others keep changing.
const CONTENDED_MAX: u32 = 20;

/// Events of other systems that are taken at the same time: people, who do not wait their turn, wait for these at the
/// most.
const AT_ONCE: usize = 16;

/// Events that wait for their turn. Each is a request that somebody keeps open: more of them would fill the memory.
const WAITING_MAX: usize = 500;

/// Who tells something next, where many do.
#[derive(Debug)]
pub(super) struct Turns {
    free: Semaphore,
    waiting: AtomicUsize,
}

impl Default for Turns {
    fn default() -> Self {
        Self { free: Semaphore::new(AT_ONCE), waiting: AtomicUsize::new(0) }
    }
}

/// Somebody who waits, until this is dropped.
struct Waiting<'t>(&'t AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Turns {
    async fn next(&self) -> Result<SemaphorePermit<'_>, EngineError> {
        let before = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _waiting = Waiting(&self.waiting);
        if before >= WAITING_MAX {
            return Err(EngineError::Busy);
        }
        self.free.acquire().await.map_err(|_| EngineError::Busy)
    }
}

/// What became of an event.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// Its stored id.
    pub event_id: i64,
    /// Whether it was new; the same one again changes nothing and gets the first answer.
    pub first: bool,
    /// What the case made of it.
    pub disposition: Disposition,
    /// The case afterwards.
    pub case: Case,
    /// What it led to, in order.
    pub entries: Vec<Entry>,
}

impl Engine {
    /// Stores an event and lets its case take it at once.
    ///
    /// # Errors
    /// There is no such case, the store failed, or others kept changing the case; in the last case
    /// the event is stored and the daemon will take it.
    pub async fn submit(&self, new: NewEvent) -> Result<Submitted, EngineError> {
        if self.store.case(new.case).await?.is_none() {
            return Err(EngineError::NoCase(new.case));
        }
        let recorded = self.store.record_event(&new).await?;
        self.take_recorded(new, recorded).await
    }

    /// The same for what another system tells: where many tell at once each waits for its turn, and when too many wait
    /// the rest is asked to come again.
    ///
    /// # Errors
    /// As [`Engine::submit`]; or too many wait already, and nothing was stored.
    pub async fn submit_in_turn(&self, new: NewEvent) -> Result<Submitted, EngineError> {
        let _turn = self.turns.next().await?;
        self.submit(new).await
    }

    /// The same for what somebody does about a case as they have seen it; `None`, and nothing is done, if it has changed since.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn submit_as_seen(&self, new: NewEvent, seen: u64) -> Result<Option<Submitted>, EngineError> {
        if self.store.case(new.case).await?.is_none() {
            return Err(EngineError::NoCase(new.case));
        }
        match self.store.record_as_seen(&new, seen).await? {
            Some(recorded) => self.take_recorded(new, recorded).await.map(Some),
            None => Ok(None),
        }
    }

    async fn take_recorded(&self, new: NewEvent, recorded: Recorded) -> Result<Submitted, EngineError> {
        let (id, source, source_id) = (new.case, new.source.clone(), new.source_id.clone());
        for _ in 0..CONTENDED_MAX {
            let stored = self.store.event(&source, &source_id).await?;
            if let Some(disposition) = stored.and_then(|stored| stored.disposition) {
                self.wake();
                return self.answer(&new, recorded.event_id, recorded.first, disposition).await;
            }
            let claims = self.store.claim_cases(&[id]).await?;
            self.move_claims(claims).await?;
        }
        Err(EngineError::Contended(id))
    }

    async fn answer(
        &self,
        new: &NewEvent,
        event_id: i64,
        first: bool,
        disposition: Disposition,
    ) -> Result<Submitted, EngineError> {
        let case = self.store.case(new.case).await?.ok_or(EngineError::NoCase(new.case))?;
        let history = self.store.history(new.case).await?;
        // Everything from the event's own entry on belongs to the same commit: what it led to.
        let begun: BTreeSet<_> =
            history.iter().filter(|entry| entry.event == Some(event_id)).map(|entry| entry.at).collect();
        let since = begun.first().copied();
        let entries = history
            .into_iter()
            .filter(|entry| entry.event == Some(event_id) || (entry.event.is_none() && Some(entry.at) == since));
        Ok(Submitted { event_id, first, disposition, case, entries: entries.collect() })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn who_comes_when_many_wait_already_is_asked_to_come_again_and_the_others_keep_their_turns() {
        let turns = Turns::default();
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(turns.next().await.unwrap());
        }
        let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| Box::pin(turns.next())).collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none(), "there is no turn left");
        }
        assert!(matches!(turns.next().await, Err(EngineError::Busy)));
        // Who gives up makes room, and so does who had a turn.
        waiting.pop();
        let mut last = Box::pin(turns.next());
        assert!(last.as_mut().now_or_never().is_none());
        held.pop();
        assert!(waiting.remove(0).await.is_ok());
    }
}
