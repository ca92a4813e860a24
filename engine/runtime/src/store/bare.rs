//! A connection of the bare driver to a `SQLite` file, for what is done so often that every detour counts: writing moves and
//! reading the cases that are due. It is opened when it is needed first, and has a thread to block while it is used.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};
use sea_orm::sea_query::Value;

use super::error::{During, Failure, StoreError};

/// How a connection is opened.
pub(super) type Open = fn(&Path) -> rusqlite::Result<Connection>;

/// A connection that is shared by waiting for each other.
pub(super) struct Bare {
    file: PathBuf,
    open: Open,
    state: Mutex<State>,
}

enum State {
    NotOpened,
    Open(Connection),
    Closed,
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Bare {
    pub(super) fn new(file: PathBuf, open: Open) -> Arc<Self> {
        Arc::new(Self { file, open, state: Mutex::new(State::NotOpened) })
    }

    /// Does something with the connection, on the thread that calls this.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut state = self.lock();
        if let State::NotOpened = *state {
            *state = State::Open((self.open)(&self.file)?);
        }
        match &*state {
            State::Open(connection) => work(connection),
            State::NotOpened | State::Closed => Err(rusqlite::Error::InvalidPath(self.file.clone())),
        }
    }

    /// The same on a thread that may block.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let bare = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || bare.with(work)).await;
        done.map_err(|_| Failure::broke_off().during(operation))?.during(operation)
    }

    /// Closes the connection for good; the last one of a file folds the log into it.
    pub(super) async fn close(self: &Arc<Self>) -> Result<(), StoreError> {
        const OPERATION: &str = "close the database";
        let bare = Arc::clone(self);
        let closed = tokio::task::spawn_blocking(move || match std::mem::replace(&mut *bare.lock(), State::Closed) {
            State::Open(connection) => connection.close().map_err(|(_, error)| error),
            State::NotOpened | State::Closed => Ok(()),
        });
        closed.await.map_err(|_| Failure::broke_off().during(OPERATION))?.during(OPERATION)
    }

    /// Nothing of a connection is broken when its user broke off: what was begun is undone as it is left.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value as the driver takes it.
pub(super) struct Bound<'v>(pub(super) &'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let integer = |value: Option<i64>| value.map_or(ValueRef::Null, ValueRef::Integer);
        let value = match self.0 {
            Value::String(text) => text.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Value::BigInt(value) => integer(*value),
            // A number that a statement says itself.
            Value::Int(value) => integer(value.map(i64::from)),
            Value::BigUnsigned(value) => integer(value.map(|value| i64::try_from(value).unwrap_or(i64::MAX))),
            Value::Bool(value) => integer(value.map(i64::from)),
            other => {
                let kind = std::mem::discriminant(other);
                return Err(rusqlite::Error::ToSqlConversionFailure(format!("no column takes {kind:?}").into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}
