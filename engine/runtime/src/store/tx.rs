//! A transaction that is begun: sea-orm's own where the database is a file, the driver's where it is a server.

use std::future::Future;
use std::pin::Pin;

use sea_orm::sqlx::{self, Postgres};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;

use super::error::asked;
use super::server;

type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 'a>>;

/// It writes, and others see nothing of it before it is committed. Dropping it undoes everything.
#[derive(Debug)]
pub(super) enum Tx {
    /// Of a file.
    File(DatabaseTransaction),
    /// Of a server.
    Server(Mutex<sqlx::Transaction<'static, Postgres>>),
}

impl Tx {
    /// Makes everything that it wrote true at once.
    pub(super) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::File(tx) => tx.commit().await,
            Self::Server(tx) => tx.into_inner().commit().await.map_err(asked),
        }
    }

    /// Undoes everything that it wrote.
    pub(super) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::File(tx) => tx.rollback().await,
            Self::Server(tx) => tx.into_inner().rollback().await.map_err(asked),
        }
    }
}

/// What `#[async_trait]` would write, spelt out: the lifetimes are those of the trait.
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::File(tx) => tx.get_database_backend(),
            Self::Server(_) => DbBackend::Postgres,
        }
    }

    fn execute_raw<'s, 'f>(&'s self, statement: Statement) -> Pending<'f, ExecResult>
    where
        's: 'f,
        Self: 'f,
    {
        match self {
            Self::File(tx) => tx.execute_raw(statement),
            Self::Server(tx) => Box::pin(async move { server::execute(&mut **tx.lock().await, statement).await }),
        }
    }

    fn execute_unprepared<'s, 't, 'f>(&'s self, sql: &'t str) -> Pending<'f, ExecResult>
    where
        's: 'f,
        't: 'f,
        Self: 'f,
    {
        match self {
            Self::File(tx) => tx.execute_unprepared(sql),
            Self::Server(tx) => Box::pin(async move { server::execute_unprepared(&mut **tx.lock().await, sql).await }),
        }
    }

    fn query_one_raw<'s, 'f>(&'s self, statement: Statement) -> Pending<'f, Option<QueryResult>>
    where
        's: 'f,
        Self: 'f,
    {
        match self {
            Self::File(tx) => tx.query_one_raw(statement),
            Self::Server(tx) => Box::pin(async move { server::query_one(&mut **tx.lock().await, statement).await }),
        }
    }

    fn query_all_raw<'s, 'f>(&'s self, statement: Statement) -> Pending<'f, Vec<QueryResult>>
    where
        's: 'f,
        Self: 'f,
    {
        match self {
            Self::File(tx) => tx.query_all_raw(statement),
            Self::Server(tx) => Box::pin(async move { server::query_all(&mut **tx.lock().await, statement).await }),
        }
    }
}
