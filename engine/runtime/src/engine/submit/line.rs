//! The line in which events wait to be taken together: people first, and of other systems no more than can be kept.
//!
//! There is no task of its own. Whoever tells something joins the line and waits for the turn; whose turn comes first takes what
//! waits of everybody.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{MutexGuard as Turn, oneshot};

use super::Told;
use crate::engine::EngineError;
use crate::store::Telling;

/// So many events are taken together: whoever comes next waits for these at the most.
pub(super) const TOGETHER_MAX: usize = 200;

/// Events of other systems that wait for their turn. Each is a request that somebody keeps open: more of them would fill the
/// memory.
pub(super) const WAITING_MAX: usize = 500;

/// An event in the line, and who waits for what becomes of it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) told: Telling,
    /// Dropped without an answer, whoever waits goes its own way.
    answer: oneshot::Sender<Told>,
}

/// Where one that waits hears what became of its event.
pub(super) type Answer = oneshot::Receiver<Told>;

/// What waits, and who has the turn.
#[derive(Debug, Default)]
pub(in crate::engine) struct Line {
    queues: Mutex<Queues>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Queues {
    people: VecDeque<Waiting>,
    systems: VecDeque<Waiting>,
}

impl Line {
    /// Joins the line before every system.
    pub(super) fn join(&self, told: Telling) -> Answer {
        let (answer, mine) = oneshot::channel();
        self.queues().people.push_back(Waiting { told, answer });
        mine
    }

    /// Joins the line behind everybody.
    ///
    /// # Errors
    /// Too many wait already.
    pub(super) fn join_behind(&self, told: Telling) -> Result<Answer, EngineError> {
        let systems = &mut self.queues().systems;
        if systems.len() >= WAITING_MAX {
            // Who has gone makes room.
            systems.retain(|waiting| !waiting.answer.is_closed());
        }
        if systems.len() >= WAITING_MAX {
            return Err(EngineError::Busy);
        }
        let (answer, mine) = oneshot::channel();
        systems.push_back(Waiting { told, answer });
        Ok(mine)
    }

    /// Waits for the turn to take what waits; the others wait until it is dropped.
    pub(super) async fn turn(&self) -> Turn<'_, ()> {
        self.turn.lock().await
    }

    /// What is taken together next.
    pub(super) fn next(&self) -> Vec<Waiting> {
        let Queues { people, systems } = &mut *self.queues();
        let mut next = Vec::new();
        while let Some(waiting) =
            (next.len() < TOGETHER_MAX).then(|| people.pop_front().or_else(|| systems.pop_front()))
        {
            let Some(waiting) = waiting else { break };
            if !waiting.answer.is_closed() {
                next.push(waiting);
            }
        }
        next
    }

    /// Each change is whole, whoever breaks off.
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Says what became of it. Whoever asked may have gone; it is stored all the same.
    pub(super) fn tell(self, told: Told) {
        self.answer.send(told).ok();
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use wasl_core::case::CaseId;
    use wasl_core::event::Body;
    use wasl_core::value::Record;

    use super::*;
    use crate::store::NewEvent;

    fn told(number: usize) -> Telling {
        let body = Body::External { name: "pulse".to_owned(), data: Record::new() };
        let (source, source_id, by) = ("test".to_owned(), number.to_string(), "test".to_owned());
        let event = NewEvent { case: CaseId(1), source, source_id, at: Timestamp::UNIX_EPOCH, by, body };
        Telling { event, seen: None }
    }

    fn numbers(taken: &[Waiting]) -> Vec<&str> {
        taken.iter().map(|waiting| waiting.told.event.source_id.as_str()).collect()
    }

    #[test]
    fn who_comes_when_many_wait_already_is_asked_to_come_again_and_the_others_keep_their_place() {
        let line = Line::default();
        let mut waiting: Vec<Answer> = (0..WAITING_MAX).map(|n| line.join_behind(told(n)).unwrap()).collect();
        assert!(matches!(line.join_behind(told(900)), Err(EngineError::Busy)));
        // Who gives up makes room, and so does who is taken.
        waiting.remove(0);
        let last = line.join_behind(told(901)).unwrap();
        assert!(matches!(line.join_behind(told(902)), Err(EngineError::Busy)));
        let taken = line.next();
        assert_eq!((taken.len(), numbers(&taken)[0]), (TOGETHER_MAX, "1"));
        assert!(line.join_behind(told(903)).is_ok());
        drop(last);
    }

    #[test]
    fn people_go_before_systems_however_many_wait() {
        let line = Line::default();
        let _systems: Vec<Answer> = (0..WAITING_MAX).map(|n| line.join_behind(told(n)).unwrap()).collect();
        let _person = line.join(told(700));
        let _other = line.join(told(701));
        assert_eq!(numbers(&line.next())[..3], ["700", "701", "0"]);
    }
}
