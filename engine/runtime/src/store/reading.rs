//! What is asked for every batch of cases, said once for both databases: a server is asked one thing after the other; where
//! the database is part of this process all of it is asked on one thread without a wait, as every change of threads costs more
//! than the answer.

use std::future::Future;

use futures_util::FutureExt as _;
use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};
use sea_orm::sea_query::SqliteQueryBuilder;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryResult, QueryTrait, Select, TryGetableMany};

use super::bare::Bound;
use super::dialect::Dialect;
use super::error::{During, Failure, StoreError};
use super::transaction::Cell;

/// Things that are read together.
pub(super) trait Reading: Send + 'static {
    /// What they are read for.
    const OPERATION: &'static str;

    /// What was read.
    type Answer: Send + 'static;

    /// Reads them. Nothing but the database is waited for.
    fn read<C: Ask>(self, db: &C) -> impl Future<Output = Result<Self::Answer, StoreError>>;
}

/// A few columns of a row that either driver can read.
pub(super) trait Tuple:
    TryGetableMany + for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error> + Send + 'static
{
}

impl<T> Tuple for T where
    T: TryGetableMany + for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error> + Send + 'static
{
}

/// A whole row that either driver can read.
pub(super) trait Whole: Sized + Send + 'static {
    /// The row, with its columns in the order in which the table is declared.
    fn of<R: Places>(row: &R) -> Result<Self, R::Error>;
}

/// A row of either driver, read by the places of its columns: their names are the same for every row.
pub(super) trait Places {
    /// Why a value is not to be had.
    type Error;

    /// The value at a place, counted from 0.
    fn at<V: Cell>(&self, place: usize) -> Result<V, Self::Error>;
}

impl Places for rusqlite::Row<'_> {
    type Error = rusqlite::Error;

    fn at<V: Cell>(&self, place: usize) -> rusqlite::Result<V> {
        self.get(place)
    }
}

impl Places for QueryResult {
    type Error = DbErr;

    fn at<V: Cell>(&self, place: usize) -> Result<V, DbErr> {
        self.try_get_by_index(place)
    }
}

/// Whom such things are asked.
pub(super) trait Ask {
    /// What it speaks.
    fn dialect(&self) -> Dialect;

    /// The rows of a query, whose columns are those of the tuple.
    fn tuples<E: EntityTrait, T: Tuple>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;

    /// The rows of a query with all columns of its table.
    fn whole<E: EntityTrait<Model: Whole>>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> impl Future<Output = Result<Vec<E::Model>, StoreError>> + Send;
}

/// A connection of sea-orm, or a transaction.
impl<C: ConnectionTrait> Ask for C {
    fn dialect(&self) -> Dialect {
        Dialect::of(self)
    }

    async fn tuples<E: EntityTrait, T: Tuple>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        query.into_tuple::<T>().all(self).await.during(operation)
    }

    async fn whole<E: EntityTrait<Model: Whole>>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> Result<Vec<E::Model>, StoreError> {
        let rows = self.query_all(query.as_query()).await.during(operation)?;
        rows.iter().map(E::Model::of).collect::<Result<_, _>>().during(operation)
    }
}

/// The bare driver's connection, asked on the thread that has it: every answer is there at once.
pub(super) struct Inline<'c> {
    pub(super) connection: &'c Connection,
}

impl Inline<'_> {
    /// Asks several things of the database as it stands at one moment.
    pub(super) fn at_one_moment<T>(connection: &Connection, ask: impl FnOnce(&Inline<'_>) -> T) -> rusqlite::Result<T> {
        let moment = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        let answer = ask(&Inline { connection: &moment });
        moment.finish()?;
        Ok(answer)
    }

    /// Reads what belongs together.
    pub(super) fn read<R: Reading>(&self, reading: R) -> Result<R::Answer, StoreError> {
        // One that waited for something else would have been broken off by that.
        reading.read(self).now_or_never().unwrap_or_else(|| Err(Failure::broke_off().during(R::OPERATION)))
    }

    fn all<E: EntityTrait, T>(
        &self,
        query: Select<E>,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let (sql, values) = query.into_query().build(SqliteQueryBuilder);
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.query_map(params_from_iter(values.iter().map(Bound)), read)?.collect()
    }
}

impl Ask for Inline<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn tuples<E: EntityTrait, T: Tuple>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send {
        std::future::ready(self.all(query, |row| T::try_from(row)).during(operation))
    }

    fn whole<E: EntityTrait<Model: Whole>>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> impl Future<Output = Result<Vec<E::Model>, StoreError>> + Send {
        std::future::ready(self.all(query, |row| E::Model::of(row)).during(operation))
    }
}
