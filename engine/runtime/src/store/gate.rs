//! The gate before the database: the seam at which a simulation decides which operation goes next, and which fails.
//!
//! Without a gate, which is always so outside of the simulation, an operation goes at once.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sea_orm::sqlx::PgPool;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};

use super::bare::Bare;
use super::error::{During, StoreError};
use super::reading::{Inline, Reading};
use super::server;

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An operation that waits at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A query beside whatever is written.
    Read,
    /// A transaction that writes: it begins, and nobody sees anything of it before it is committed.
    Write,
    /// A transaction that is written as a whole, while whoever wants it written waits.
    Whole,
}

/// What stands before the database.
pub(crate) trait Gate: Debug + Send + Sync {
    /// Waits until an operation may go; false if it fails before it has begun.
    fn pass(&self, operation: Operation) -> Pending<'_, bool>;

    /// A query or a whole transaction that went has its answer.
    fn answered(&self);
}

/// Lets an operation through, or fails it as a database does that is gone.
pub(super) async fn pass(gate: &dyn Gate, operation: Operation) -> Result<(), DbErr> {
    let gone = || DbErr::Conn(RuntimeErr::Internal("the database did not answer".to_owned()));
    if gate.pass(operation).await { Ok(()) } else { Err(gone()) }
}

/// Lets a whole transaction through, and says when it is over.
pub(super) async fn whole<T>(
    gate: &dyn Gate,
    operation: &'static str,
    written: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    pass(gate, Operation::Whole).await.during(operation)?;
    let written = written.await;
    gate.answered();
    written
}

/// The connections that read.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    connection: DatabaseConnection,
    /// What is asked for every batch of cases is asked by it, where the database is part of this process.
    bare: Option<Arc<Bare>>,
    /// The same connections as the driver has them, where it is a server.
    server: Option<PgPool>,
    gate: Option<Arc<dyn Gate>>,
}

impl Reader {
    pub(super) fn new(connection: DatabaseConnection, bare: Option<Arc<Bare>>) -> Self {
        let is_server = connection.get_database_backend() == DbBackend::Postgres;
        let server = is_server.then(|| connection.get_postgres_connection_pool().clone());
        Self { connection, bare, server, gate: None }
    }

    /// The same connections behind a gate.
    #[cfg(test)]
    pub(super) fn behind(&self, gate: Arc<dyn Gate>) -> Self {
        Self { gate: Some(gate), ..self.clone() }
    }

    /// Closes them.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.connection.clone().close().await.during("close the database")?;
        match &self.bare {
            Some(bare) => bare.close().await,
            None => Ok(()),
        }
    }

    /// The bare driver's connection, where there is one.
    pub(super) fn bare(&self) -> Option<&Arc<Bare>> {
        self.bare.as_ref()
    }

    /// The connections themselves, to close them or to listen.
    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Reads what belongs together: where the database is part of this process, all of it by one hop to a thread that may
    /// block, and as it stands at one moment.
    pub(super) async fn read<R: Reading>(&self, reading: R) -> Result<R::Answer, StoreError> {
        match &self.bare {
            Some(bare) => self.read_inline(bare, R::OPERATION, move |db| db.read(reading)).await,
            None => reading.read(self).await,
        }
    }

    /// The same of what is asked of the bare driver alone.
    pub(super) async fn read_inline<T: Send + 'static>(
        &self,
        bare: &Arc<Bare>,
        operation: &'static str,
        ask: impl FnOnce(&Inline<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let asked = bare.run(operation, move |db| Inline::at_one_moment(db, ask));
        let Some(gate) = &self.gate else { return asked.await? };
        pass(gate.as_ref(), Operation::Read).await.during(operation)?;
        let answer = asked.await;
        gate.answered();
        answer?
    }

    async fn ask<T>(&self, query: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(gate) = &self.gate else { return query.await };
        pass(gate.as_ref(), Operation::Read).await?;
        let answer = query.await;
        gate.answered();
        answer
    }
}

/// What `#[async_trait]` would write, spelt out: the lifetimes are those of the trait.
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    fn execute_raw<'s, 'f>(&'s self, statement: Statement) -> Pending<'f, Result<ExecResult, DbErr>>
    where
        's: 'f,
        Self: 'f,
    {
        match &self.server {
            Some(pool) => Box::pin(self.ask(server::execute(pool, statement))),
            None => Box::pin(self.ask(self.connection.execute_raw(statement))),
        }
    }

    fn execute_unprepared<'s, 't, 'f>(&'s self, sql: &'t str) -> Pending<'f, Result<ExecResult, DbErr>>
    where
        's: 'f,
        't: 'f,
        Self: 'f,
    {
        match &self.server {
            Some(pool) => Box::pin(self.ask(server::execute_unprepared(pool, sql))),
            None => Box::pin(self.ask(self.connection.execute_unprepared(sql))),
        }
    }

    fn query_one_raw<'s, 'f>(&'s self, statement: Statement) -> Pending<'f, Result<Option<QueryResult>, DbErr>>
    where
        's: 'f,
        Self: 'f,
    {
        match &self.server {
            Some(pool) => Box::pin(self.ask(server::query_one(pool, statement))),
            None => Box::pin(self.ask(self.connection.query_one_raw(statement))),
        }
    }

    fn query_all_raw<'s, 'f>(&'s self, statement: Statement) -> Pending<'f, Result<Vec<QueryResult>, DbErr>>
    where
        's: 'f,
        Self: 'f,
    {
        match &self.server {
            Some(pool) => Box::pin(self.ask(server::query_all(pool, statement))),
            None => Box::pin(self.ask(self.connection.query_all_raw(statement))),
        }
    }
}
