//! The one who writes batches of moves to `SQLite`: through a connection of the bare driver, and all that wait together in
//! one transaction, as what a commit costs is that the disk is waited for.
//!
//! There is no task of its own. Whoever commits puts its batch into the queue and waits for its turn among all who
//! write; whose turn comes first writes what waits of everybody. A batch that fails is undone by itself.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, Transaction, TransactionBehavior, params_from_iter};
use sea_orm::sea_query::Value;
use sea_orm::sqlx::SqlitePool;
use tokio::sync::oneshot;

use super::rows::{self, Batch, Rows};
use super::{Move, Moved, OPERATION};
use crate::store::bare::{Bare, Bound};
use crate::store::error::{Failure, StoreError, during};
use crate::store::{BEGIN_ATTEMPTS_MAX, Store, Trouble, gate, webhooks};

/// So many moves share a transaction at the most, whole batches being taken: what comes later does not wait for ever.
const GROUP_MAX: usize = 1_000;

/// What came of a batch: `None` if others listen than it was put together for, and nothing of it is written.
type Answer = Result<Option<Vec<Moved>>, Failure>;

struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Answer>,
}

/// Writes batches of moves.
pub(in crate::store) struct Writer {
    /// The connection of all others who write: whoever has it is alone.
    turns: SqlitePool,
    queue: Mutex<VecDeque<Waiting>>,
    connection: Arc<Bare>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Store {
    /// Writes a batch of moves by the row.
    pub(super) async fn commit_by_rows(
        &self,
        writer: &Arc<Writer>,
        moves: &[Move],
        now: Timestamp,
    ) -> Result<Vec<Moved>, StoreError> {
        loop {
            let listening = webhooks::listening(&self.reader).await?;
            let batch = rows::batch(moves, &listening, now)?;
            let answer = match &self.gate {
                None => writer.write(batch).await?,
                Some(gate) => gate::whole(gate.as_ref(), OPERATION, writer.write(batch)).await?,
            };
            if let Some(answers) = answer {
                return Ok(answers);
            }
        }
    }
}

impl Writer {
    pub(in crate::store) fn new(turns: SqlitePool, connection: Arc<Bare>) -> Arc<Self> {
        Arc::new(Self { turns, queue: Mutex::default(), connection })
    }

    /// Closes the connection, after the one that gives turns is closed: then nobody writes any more.
    pub(in crate::store) async fn close(&self) -> Result<(), StoreError> {
        self.connection.close().await
    }

    /// Writes a batch, or none of it.
    async fn write(self: &Arc<Self>, batch: Batch) -> Result<Option<Vec<Moved>>, StoreError> {
        let (answer, mut mine) = oneshot::channel();
        self.queue().push_back(Waiting { batch, answer });
        loop {
            tokio::select! {
                biased;
                answer = &mut mine => {
                    // Without an answer, whoever wrote it broke off.
                    let answer = answer.unwrap_or_else(|_| Err(Failure::broke_off()));
                    return answer.map_err(|failure| failure.during(OPERATION));
                }
                turn = self.turns.acquire() => {
                    let (turn, writer) = (during(turn, OPERATION)?, Arc::clone(self));
                    let writing = tokio::task::spawn_blocking(move || {
                        writer.write_group();
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
        let group = self.take_group();
        if group.is_empty() {
            return;
        }
        let written = self.connection.with(|db| Ok(write_all(db, &group)));
        let answers = written.unwrap_or_else(|error| nothing_written(&group, error));
        for (waiting, answer) in group.into_iter().zip(answers) {
            // Who has gone meanwhile finds the case moved.
            waiting.answer.send(answer).ok();
        }
    }

    /// The first that wait, but for those whose callers have gone.
    fn take_group(&self) -> Vec<Waiting> {
        let (mut queue, mut group, mut moves) = (self.queue(), Vec::new(), 0);
        while let Some(first) = queue.front() {
            if !group.is_empty() && moves + first.batch.moves.len() > GROUP_MAX {
                break;
            }
            let Some(first) = queue.pop_front() else { break };
            if !first.answer.is_closed() {
                moves += first.batch.moves.len();
                group.push(first);
            }
        }
        group
    }

    /// Each change of the queue is whole, whoever breaks off.
    fn queue(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Writer {
    /// How many batches wait.
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

/// Writes batches in one transaction. One that fails is a fault, or needs what is not there, and so rare that all are
/// written over then, each by itself: savepoints would cost every batch a journal of its pages.
fn write_all(db: &Connection, group: &[Waiting]) -> Vec<Answer> {
    match in_one_transaction(db, group) {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) if group.len() > 1 && Trouble::of_bare(&error) != Trouble::Busy => {
            group.chunks(1).flat_map(|one| write_all(db, one)).collect()
        }
        Err(error) => nothing_written(group, error),
    }
}

fn nothing_written(group: &[Waiting], error: rusqlite::Error) -> Vec<Answer> {
    let failure = Failure::from(error);
    group.iter().map(|_| Err(failure.clone())).collect()
}

fn in_one_transaction(db: &Connection, group: &[Waiting]) -> rusqlite::Result<Vec<Option<Vec<Moved>>>> {
    let tx = begin(db)?;
    let listening = listening(&tx)?;
    let mut statements = Statements { db: &tx, prepared: BTreeMap::new() };
    let mut answers = Vec::with_capacity(group.len());
    for Waiting { batch, .. } in group {
        let is_as_planned = batch.listening == listening;
        answers.push(if is_as_planned { Some(write_batch(&mut statements, batch)?) } else { None });
    }
    drop(statements);
    tx.commit()?;
    Ok(answers)
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

fn listening(tx: &Transaction<'_>) -> rusqlite::Result<Vec<i64>> {
    tx.prepare_cached("SELECT id FROM webhooks ORDER BY id")?.query_map([], |row| row.get(0))?.collect()
}

fn write_batch(statements: &mut Statements<'_>, batch: &Batch) -> rusqlite::Result<Vec<Moved>> {
    batch.moves.iter().map(|rows| write_move(statements, rows)).collect()
}

fn write_move(statements: &mut Statements<'_>, rows: &Rows) -> rusqlite::Result<Moved> {
    let Some(case) = &rows.case else { return Ok(Moved::Conflict) };
    let mut changed = statements.execute(case.sql, &case.values)?;
    if let Some(otherwise) = rows.otherwise.filter(|_| changed == 0) {
        changed = statements.execute(otherwise, &case.values)?;
    }
    if changed == 0 {
        return Ok(Moved::Conflict);
    }
    for row in &rows.others {
        statements.execute(row.sql, &row.values)?;
    }
    Ok(Moved::Committed)
}

/// The statements that a group needs, each looked for once.
struct Statements<'c> {
    db: &'c Connection,
    prepared: BTreeMap<*const u8, CachedStatement<'c>>,
}

impl Statements<'_> {
    /// Says how many rows it changed.
    fn execute(&mut self, sql: &'static str, values: &[Value]) -> rusqlite::Result<usize> {
        let statement = match self.prepared.entry(sql.as_ptr()) {
            Entry::Occupied(prepared) => prepared.into_mut(),
            Entry::Vacant(place) => place.insert(self.db.prepare_cached(sql)?),
        };
        statement.execute(params_from_iter(values.iter().map(Bound)))
    }
}
