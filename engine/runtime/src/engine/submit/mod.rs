//! Events from outside: stored before they are answered, once for each source and id, and taken by their case at once.
//!
//! What waits together is taken together: the cases are read once, each case decides, and the events are stored with what became
//! of them by one commit. What does not go that way, because it came before, or because others were faster, is stored first and
//! then taken, each by itself.

mod line;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::Semaphore;
use wasl_core::case::Case;
use wasl_core::event::{Disposition, Event};
use wasl_core::history::Entry;

use super::{Engine, EngineError};
use crate::store::{Move, Moved, NewEvent, Recorded, Telling};

pub(super) use line::Line;
use line::{Answer, WAITING_MAX, Waiting};

/// How often a case is tried again that others keep changing.
const CONTENDED_MAX: u32 = 20;

/// How often what waits is decided anew because other events were stored meanwhile.
const FORESEEN_MAX: u32 = 3;

/// How often who waits in the line looks up.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Events that are taken by themselves at the same time.
const ALONE_MAX: usize = 16;

/// The line, and what has left it.
#[derive(Debug)]
pub(super) struct Desk {
    line: Line,
    /// Who waits to be taken alone, of other systems; and who is.
    waiting_alone: Semaphore,
    alone: Semaphore,
}

impl Default for Desk {
    fn default() -> Self {
        let [waiting_alone, alone] = [WAITING_MAX, ALONE_MAX].map(Semaphore::new);
        Self { line: Line::default(), waiting_alone, alone }
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

/// How far an event came that was taken with others.
#[derive(Debug)]
enum Told {
    /// Its case has taken it.
    Taken(Box<Submitted>),
    /// It is stored, and its case has still to take it.
    Stored(Recorded),
    /// It did not go with the others, and goes its own way.
    Alone,
    /// Whoever took it has gone in the middle of it: it may be stored, and goes its own way.
    Unknown,
}

impl Engine {
    /// Stores an event and lets its case take it at once.
    ///
    /// # Errors
    /// There is no such case, the store failed, or others kept changing the case; in the last case
    /// the event is stored and the daemon will take it.
    pub async fn submit(&self, new: NewEvent) -> Result<Submitted, EngineError> {
        let answer = self.submitting.line.join(Telling { event: new.clone(), seen: None });
        let told = self.answered(answer).await;
        self.finish(new, told).await
    }

    /// The same for what another system tells: where many tell at once people go first, and when too many wait the rest is
    /// asked to come again.
    ///
    /// # Errors
    /// As [`Engine::submit`]; or too many wait already: whether it is stored is told when it comes again.
    pub async fn submit_in_turn(&self, new: NewEvent) -> Result<Submitted, EngineError> {
        let answer = self.submitting.line.join_behind(Telling { event: new.clone(), seen: None })?;
        let told = self.answered(answer).await;
        if let Told::Taken(_) | Told::Stored(_) = told {
            return self.finish(new, told).await;
        }
        let _waits = self.submitting.waiting_alone.try_acquire().map_err(|_| EngineError::Busy)?;
        let _place = self.submitting.alone.acquire().await;
        self.finish(new, told).await
    }

    /// The same for what somebody does about a case as they have seen it; `None`, and nothing is done, if it has changed since.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn submit_as_seen(&self, new: NewEvent, seen: u64) -> Result<Option<Submitted>, EngineError> {
        let answer = self.submitting.line.join(Telling { event: new.clone(), seen: Some(seen) });
        let told = self.answered(answer).await;
        if let Told::Taken(_) | Told::Stored(_) = told {
            return self.finish(new, told).await.map(Some);
        }
        if self.store.case(new.case).await?.is_none() {
            return Err(EngineError::NoCase(new.case));
        }
        let Some(mut recorded) = self.store.record_as_seen(&new, seen).await? else { return Ok(None) };
        self.know_again(&new, &told, &mut recorded).await?;
        self.take_recorded(new, recorded).await.map(Some)
    }

    /// Waits in the line for an answer, and takes what waits when the turn comes before it.
    async fn answered(&self, mut mine: Answer) -> Told {
        loop {
            tokio::select! {
                biased;
                told = &mut mine => return told.unwrap_or(Told::Unknown),
                _turn = self.submitting.line.turn() => self.take_together(self.submitting.line.next()).await,
                // Nobody needs to be woken by it, but whoever moves the clock by hand sees that this one waits.
                () = self.clock.sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Takes what waits. Whose event did not go with the others goes its own way, and so do all if something failed: each has
    /// its own answer then.
    async fn take_together(&self, waiting: Vec<Waiting>) {
        let told: Vec<Telling> = waiting.iter().map(|one| one.told.clone()).collect();
        let Ok(answers) = self.tell_together(&told).await else { return };
        let answers = answers.into_iter().chain(std::iter::repeat_with(|| None));
        for (one, answer) in waiting.into_iter().zip(answers) {
            one.tell(answer.unwrap_or(Told::Alone));
        }
        self.wake();
    }

    async fn tell_together(&self, told: &[Telling]) -> Result<Vec<Option<Told>>, EngineError> {
        for _ in 0..FORESEEN_MAX {
            let Some(mut foreseen) = self.store.foresee(told, self.circle()).await? else { break };
            let claims = std::mem::take(&mut foreseen.claims);
            if claims.is_empty() {
                return Ok(Vec::new());
            }
            let moves = self.decide_knowing(claims, std::mem::take(&mut foreseen.known), self.now()).await?;
            if let Some(results) = self.store.commit_foreseen(&foreseen, &moves, self.now()).await? {
                self.committed(&results);
                let recorded = |event_id: i64| Recorded { event_id, first: true, disposition: None };
                let recorded = foreseen.numbers.iter().map(|number| number.map(recorded)).collect();
                return Ok(answers(told, recorded, moves, &results));
            }
        }
        self.store_together(told).await
    }

    /// Stores what waits by one commit, and moves the cases by another.
    async fn store_together(&self, told: &[Telling]) -> Result<Vec<Option<Told>>, EngineError> {
        let is_any = |one: &&Telling| one.seen.is_none();
        let events: Vec<NewEvent> = told.iter().filter(is_any).map(|one| one.event.clone()).collect();
        let mut recorded = self.store.record_events(&events).await?.into_iter();
        let recorded = told.iter().map(|one| if one.seen.is_none() { recorded.next() } else { None }).collect();
        let mut cases: Vec<_> = events.iter().map(|event| event.case).collect();
        cases.sort_unstable();
        cases.dedup();
        let moves = self.decide_all(self.store.claim_cases(&cases).await?).await?;
        let results = self.store.commit(&moves, self.now()).await?;
        self.committed(&results);
        Ok(answers(told, recorded, moves, &results))
    }

    async fn finish(&self, new: NewEvent, told: Told) -> Result<Submitted, EngineError> {
        let recorded = match told {
            Told::Taken(submitted) => return Ok(*submitted),
            Told::Stored(recorded) => recorded,
            Told::Alone | Told::Unknown => {
                if self.store.case(new.case).await?.is_none() {
                    return Err(EngineError::NoCase(new.case));
                }
                let mut recorded = self.store.record_event(&new).await?;
                self.know_again(&new, &told, &mut recorded).await?;
                recorded
            }
        };
        self.take_recorded(new, recorded).await
    }

    /// An event that was stored by whoever took it and then left without a word is new to the one who told it.
    async fn know_again(&self, new: &NewEvent, told: &Told, recorded: &mut Recorded) -> Result<(), EngineError> {
        if let Told::Unknown = told
            && !recorded.first
        {
            let stored = self.store.event(&new.source, &new.source_id).await?;
            let at = |at: jiff::Timestamp| at.as_millisecond();
            let is_same = |event: &Event| at(event.at) == at(new.at) && event.by == new.by && event.body == new.body;
            recorded.first = stored.is_some_and(|stored| is_same(&stored.event));
        }
        Ok(())
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
        let entries = led_to(event_id, &history);
        Ok(Submitted { event_id, first, disposition, case, entries })
    }
}

/// What became of events whose cases were moved together: a case that was not moved has still to take its event.
fn answers(
    told: &[Telling],
    recorded: Vec<Option<Recorded>>,
    moves: Vec<Move>,
    results: &[Moved],
) -> Vec<Option<Told>> {
    let committed = moves.into_iter().zip(results).filter(|(_, moved)| **moved == Moved::Committed);
    let committed: BTreeMap<_, Move> = committed.map(|(step, _)| (step.case.id, step)).collect();
    let answer = |(one, recorded): (&Telling, Option<Recorded>)| {
        let recorded = recorded?;
        let taken = committed.get(&one.event.case).and_then(|step| taken(&recorded, step));
        Some(taken.map_or(Told::Stored(recorded), |submitted| Told::Taken(Box::new(submitted))))
    };
    told.iter().zip(recorded).map(answer).collect()
}

/// What a move made of an event, if it was new to it.
fn taken(recorded: &Recorded, step: &Move) -> Option<Submitted> {
    let Recorded { event_id, first, .. } = *recorded;
    let settled = step.settled.iter().rev().find(|(event, _)| *event == event_id);
    let disposition = settled.map(|(_, disposition)| disposition.clone())?;
    let entries = led_to(event_id, &step.entries);
    Some(Submitted { event_id, first, disposition, case: step.case.clone(), entries })
}

/// What an event led to: everything from its own entry on belongs to the same commit.
fn led_to(event: i64, history: &[Entry]) -> Vec<Entry> {
    let own = history.iter().filter(|entry| entry.event == Some(event));
    let since = own.map(|entry| entry.at).min();
    let is_of_it = |entry: &Entry| entry.event == Some(event) || (entry.event.is_none() && Some(entry.at) == since);
    history.iter().filter(|entry| is_of_it(entry)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use wasl_core::case::CaseId;
    use wasl_core::event::Body;
    use wasl_core::value::Record;

    use super::*;
    use crate::bench::{Ground, House};

    fn pulse(case: i64, source_id: String) -> NewEvent {
        let (source, by, at) = ("billing".to_owned(), "billing".to_owned(), jiff::Timestamp::UNIX_EPOCH);
        let body = Body::External { name: "pulse".to_owned(), data: Record::new() };
        NewEvent { case: CaseId(case), source, source_id, at, by, body }
    }

    #[tokio::test]
    async fn everybody_in_the_line_has_the_answer_to_what_they_told() {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "line");
        let house = House::new(&ground).await.unwrap();
        house.open(0..40).await.unwrap();
        let engine = &house.engine;
        // Two for each case, every tenth once more, and of one case that is not there.
        let told: Vec<NewEvent> = (0..80)
            .map(|n| pulse(n % 40 + 1, n.to_string()))
            .chain((0..80).step_by(10).map(|n| pulse(n % 40 + 1, n.to_string())))
            .chain([pulse(99, "nobody".to_owned())])
            .collect();
        let answers = join_all(told.iter().map(|event| engine.submit_in_turn(event.clone()))).await;
        let mut first = 0;
        for (event, answer) in told.iter().zip(answers) {
            let Ok(answer) = answer else {
                assert_eq!(event.case, CaseId(99));
                continue;
            };
            first += i32::from(answer.first);
            assert_eq!((answer.case.id, answer.disposition), (event.case, Disposition::Applied));
            assert!(answer.case.version > 1);
            let stored = engine.store.event("billing", &event.source_id).await.unwrap().unwrap();
            assert_eq!((stored.event.id, stored.case), (answer.event_id, event.case));
            assert!(answer.entries.iter().any(|entry| entry.event == Some(answer.event_id)));
        }
        assert_eq!(first, 80);
        for case in 1..=40 {
            assert_eq!(engine.store.events(CaseId(case)).await.unwrap().len(), 2);
        }
    }

    #[tokio::test]
    async fn an_act_on_a_case_as_it_was_seen_is_done_once_and_not_on_another_version() {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "seen");
        let house = House::new(&ground).await.unwrap();
        house.open(0..1).await.unwrap();
        let engine = &house.engine;
        let version = engine.store.case(CaseId(1)).await.unwrap().unwrap().version;
        let act = async |id: &str, seen: u64| engine.submit_as_seen(pulse(1, id.to_owned()), seen).await.unwrap();
        assert!(act("old", version + 1).await.is_none());
        let done = act("one", version).await.unwrap();
        assert!(done.first && done.case.version == version + 1);
        assert!(act("other", version).await.is_none());
        assert!(!act("one", version).await.unwrap().first);
        assert!(act("other", version + 1).await.is_some_and(|done| done.first));
        assert_eq!(engine.store.events(CaseId(1)).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn whoever_leaves_while_it_takes_what_waits_leaves_nobody_without_an_answer() {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "left");
        let house = House::new(&ground).await.unwrap();
        house.open(0..2).await.unwrap();
        let engine = &house.engine;
        let mut leader = Box::pin(engine.submit(pulse(1, "leader".to_owned())));
        let mut other = Box::pin(engine.submit(pulse(2, "other".to_owned())));
        // The other joins the line before the first takes what waits, which it then breaks off.
        assert!(futures_util::poll!(&mut leader).is_pending());
        assert!(futures_util::poll!(&mut other).is_pending());
        drop(leader);
        let other = other.await.unwrap();
        assert_eq!((other.case.id, other.first), (CaseId(2), true));
    }

    #[tokio::test]
    async fn what_somebody_stored_who_left_without_a_word_is_new_to_whoever_told_it() {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "stored");
        let house = House::new(&ground).await.unwrap();
        house.open(0..1).await.unwrap();
        let (engine, own) = (&house.engine, pulse(1, "own".to_owned()));
        engine.store.record_event(&own).await.unwrap();
        assert!(engine.finish(own.clone(), Told::Unknown).await.unwrap().first);
        assert!(!engine.finish(own.clone(), Told::Alone).await.unwrap().first);
        let again = NewEvent { at: jiff::Timestamp::MAX, ..own };
        assert!(!engine.finish(again, Told::Unknown).await.unwrap().first);
    }
}
