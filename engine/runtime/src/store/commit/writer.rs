//! The one who writes to `SQLite` what is written very often, from moves to receipts: through a connection of the bare driver, and
//! all that wait together in one transaction, as what a commit costs is that the disk is waited for.
//!
//! There is no task of its own. Whoever writes puts its work into the queue and waits for its turn among all who
//! write; whose turn comes first writes what waits of everybody. Work that fails is undone by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sea_orm::sqlx::SqlitePool;
use tokio::sync::oneshot;

use super::statements::Statements;
use crate::store::bare::Bare;
use crate::store::error::{Failure, StoreError, during};
use crate::store::log::Log;
use crate::store::{BEGIN_ATTEMPTS_MAX, Store, Trouble, gate};

/// So many moves and events share a transaction at the most, each caller's work being taken whole: what comes later does not
/// wait for ever.
const GROUP_MAX: usize = 1_000;

/// What somebody wants written. It may be written more than once: what was written before is undone then.
pub(super) trait Work: Send + 'static {
    /// What its caller is told.
    type Answer: Send + 'static;

    /// How many moves and events it is.
    fn size(&self) -> usize;

    /// Writes all of it, or says in its answer that nothing of it is written, and why. An error undoes it.
    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Self::Answer>;
}

/// Work whose caller waits, whatever the answer is.
trait Waiting: Send {
    fn size(&self) -> usize;

    /// Whether its caller has gone.
    fn is_left(&self) -> bool;

    /// Writes it and keeps the answer.
    fn write(&mut self, statements: &mut Statements<'_>) -> rusqlite::Result<()>;

    /// Tells the answer, now that it is on disk, or that it is not.
    fn answer(self: Box<Self>, failed: Option<Failure>);
}

struct Asked<W: Work> {
    work: W,
    written: Option<W::Answer>,
    answer: oneshot::Sender<Result<W::Answer, Failure>>,
}

impl<W: Work> Waiting for Asked<W> {
    fn size(&self) -> usize {
        self.work.size()
    }

    fn is_left(&self) -> bool {
        self.answer.is_closed()
    }

    fn write(&mut self, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        self.written = Some(self.work.write(statements)?);
        Ok(())
    }

    fn answer(self: Box<Self>, failed: Option<Failure>) {
        let Self { written, answer, .. } = *self;
        // Who has gone meanwhile finds the case moved, and the event stored.
        answer.send(failed.map_or_else(|| written.ok_or_else(Failure::broke_off), Err)).ok();
    }
}

type Group = Vec<Box<dyn Waiting>>;

/// Writes what callers bring, in groups.
pub(in crate::store) struct Writer {
    /// The connection of all others who write: whoever has it is alone.
    turns: SqlitePool,
    queue: Mutex<VecDeque<Box<dyn Waiting>>>,
    connection: Arc<Bare>,
    log: Arc<Log>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Store {
    /// Has something written by the row.
    pub(super) async fn write_by_rows<W: Work>(
        &self,
        writer: &Arc<Writer>,
        operation: &'static str,
        work: W,
    ) -> Result<W::Answer, StoreError> {
        match &self.gate {
            None => writer.write(operation, work).await,
            Some(gate) => gate::whole(gate.as_ref(), operation, writer.write(operation, work)).await,
        }
    }
}

impl Writer {
    pub(in crate::store) fn new(turns: SqlitePool, connection: Arc<Bare>, log: Arc<Log>) -> Arc<Self> {
        Arc::new(Self { turns, queue: Mutex::default(), connection, log })
    }

    /// Closes the connection, after the one that gives turns is closed: then nobody writes any more.
    pub(in crate::store) async fn close(&self) -> Result<(), StoreError> {
        self.connection.close().await
    }

    /// Writes something, or nothing of it.
    async fn write<W: Work>(self: &Arc<Self>, operation: &'static str, work: W) -> Result<W::Answer, StoreError> {
        let (answer, mut mine) = oneshot::channel();
        self.queue().push_back(Box::new(Asked { work, written: None, answer }));
        loop {
            tokio::select! {
                biased;
                answer = &mut mine => {
                    // Without an answer, whoever wrote it broke off.
                    let answer = answer.unwrap_or_else(|_| Err(Failure::broke_off()));
                    return answer.map_err(|failure| failure.during(operation));
                }
                turn = self.turns.acquire() => {
                    let (turn, writer) = (during(turn, operation)?, Arc::clone(self));
                    let writing = tokio::task::spawn_blocking(move || {
                        writer.write_group();
                        // What was committed is on disk: should this fail, it is tried again after a while.
                        writer.connection.with(|db| writer.log.keep_short(db)).ok();
                        drop(turn);
                    });
                    // Should it break off, those who wait for it are told by their channels.
                    writing.await.ok();
                }
            }
        }
    }

    /// Writes what waits, and answers.
    fn write_group(&self) {
        let mut group = self.take_group();
        if group.is_empty() {
            return;
        }
        let write = |group: &mut Group| Ok(self.connection.with(|db| Ok(write_all(db, group)))?);
        match self.log.may_be_written().and_then(|()| write(&mut group)) {
            Ok(failed) => {
                for (waiting, failed) in group.into_iter().zip(failed) {
                    waiting.answer(failed);
                }
            }
            Err(failure) => {
                for waiting in group {
                    waiting.answer(Some(failure.clone()));
                }
            }
        }
    }

    /// The first that wait, but for those whose callers have gone.
    fn take_group(&self) -> Group {
        let (mut queue, mut group, mut size) = (self.queue(), Group::new(), 0);
        while let Some(first) = queue.front() {
            if !group.is_empty() && size + first.size() > GROUP_MAX {
                break;
            }
            let Some(first) = queue.pop_front() else { break };
            if !first.is_left() {
                size += first.size();
                group.push(first);
            }
        }
        group
    }

    /// Each change of the queue is whole, whoever breaks off.
    fn queue(&self) -> MutexGuard<'_, VecDeque<Box<dyn Waiting>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Writer {
    /// The same with another log.
    pub(in crate::store) fn with_log(&self, log: Arc<Log>) -> Arc<Self> {
        Self::new(self.turns.clone(), Arc::clone(&self.connection), log)
    }

    /// Asks its connection something.
    pub(in crate::store) fn with_connection<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.connection.with(ask)
    }

    /// How much work waits.
    pub(in crate::store) fn waiting(&self) -> usize {
        self.queue().len()
    }

    /// Whoever writes breaks off in the middle of it, once.
    pub(in crate::store) fn break_off(self: &Arc<Self>) {
        let writer = Arc::clone(self);
        let broken = std::thread::spawn(move || {
            let _group = writer.take_group();
            writer.connection.with(|_| -> rusqlite::Result<()> { panic!("as it is meant") })
        });
        broken.join().unwrap_err();
    }

    /// Sets what holds for the connection alone.
    pub(in crate::store) fn pragma(&self, name: &str, value: u32) {
        self.connection.with(|db| db.pragma_update(None, name, value)).unwrap();
    }
}

/// Writes a group in one transaction; says of each what it failed of. One that fails is a fault, or needs what is not there,
/// and so rare that all are written over then, each by itself: savepoints would cost everybody a journal of their pages.
fn write_all(db: &Connection, group: &mut [Box<dyn Waiting>]) -> Vec<Option<Failure>> {
    match in_one_transaction(db, group) {
        Ok(()) => group.iter().map(|_| None).collect(),
        Err(error) if group.len() > 1 && Trouble::of_bare(&error) != Trouble::Busy => {
            group.chunks_mut(1).flat_map(|one| write_all(db, one)).collect()
        }
        Err(error) => {
            let failure = Failure::from(error);
            group.iter().map(|_| Some(failure.clone())).collect()
        }
    }
}

fn in_one_transaction(db: &Connection, group: &mut [Box<dyn Waiting>]) -> rusqlite::Result<()> {
    let tx = begin(db)?;
    let mut statements = Statements::of(&tx)?;
    for waiting in group {
        waiting.write(&mut statements)?;
    }
    drop(statements);
    tx.commit()
}

/// Waits for other processes as everybody who writes does.
fn begin(db: &Connection) -> rusqlite::Result<Transaction<'_>> {
    let mut attempt = 1;
    loop {
        match Transaction::new_unchecked(db, TransactionBehavior::Immediate) {
            Err(error) if attempt < BEGIN_ATTEMPTS_MAX && Trouble::of_bare(&error) == Trouble::Busy => attempt += 1,
            begun => return begun,
        }
    }
}
