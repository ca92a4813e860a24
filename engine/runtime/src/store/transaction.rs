//! A transaction as those see it who look at rows before they change them. What they do is said once, and either driver brings it
//! to the database: sea-orm's, or the bare one in a group that shares its commit with others ([`super::commit`]).

use std::collections::BTreeSet;
use std::future::Future;

use rusqlite::types::FromSql;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, PrimaryKeyTrait, QuerySelect, QueryTrait, Select,
    StatementBuilder, TryGetable, TryIntoModel, Update, UpdateMany,
};

use super::batch;
use super::cases;
use super::dialect::{Beside, Dialect};
use super::error::{During, StoreError};
use super::events::{self, NewEvent, Recorded};
use super::reading::{Ask, Tuple};
use super::tx::Tx;
use super::{Lost, Store};

/// A table whose rows can be read by both drivers.
pub(super) trait Table: EntityTrait {
    /// Makes a row of what was read.
    fn model(read: Self::ActiveModel) -> Result<Self::Model, DbErr>;
}

impl<E: EntityTrait<ActiveModel: TryIntoModel<<E as EntityTrait>::Model>>> Table for E {
    fn model(read: Self::ActiveModel) -> Result<Self::Model, DbErr> {
        read.try_into_model()
    }
}

/// A value that both drivers can read.
pub(super) trait Cell: TryGetable + FromSql {}

impl<V: TryGetable + FromSql> Cell for V {}

/// What may be asked and changed in a transaction.
pub(super) trait Transaction {
    /// Which database it is.
    fn dialect(&self) -> Dialect;

    /// Holds cases until it ends, where others write beside it.
    async fn hold(&self, ids: &BTreeSet<i64>, operation: &'static str) -> Result<(), StoreError>;

    /// The rows of a query.
    async fn all<E: Table>(&self, query: Select<E>, operation: &'static str) -> Result<Vec<E::Model>, StoreError>;

    /// The first of them.
    async fn one<E: Table>(&self, query: Select<E>, operation: &'static str) -> Result<Option<E::Model>, StoreError> {
        Ok(self.all(query.limit(1), operation).await?.into_iter().next())
    }

    /// The rows of a query, whose columns are those of the tuple.
    async fn tuples<E: EntityTrait, T: Tuple>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> Result<Vec<T>, StoreError>;

    /// The first column of what a query finds.
    async fn column<V: Cell>(&self, query: &SelectStatement, operation: &'static str) -> Result<Vec<V>, StoreError>;

    /// Changes rows, or takes them away; says how many.
    async fn change<S: StatementBuilder>(&self, change: &S, operation: &'static str) -> Result<u64, StoreError>;

    /// The same, and says how they are now, in no order.
    async fn changed<E: Table>(
        &self,
        change: UpdateMany<E>,
        operation: &'static str,
    ) -> Result<Vec<E::Model>, StoreError>;

    /// Inserts rows.
    async fn insert_all<A: ActiveModelTrait + Send>(
        &self,
        rows: Vec<A>,
        operation: &'static str,
    ) -> Result<(), StoreError>;

    /// Inserts a row; says its number.
    async fn insert<A: Numbered>(&self, row: A, operation: &'static str) -> Result<i64, StoreError>;

    /// Inserts a row unless it is there; says whether it is new.
    async fn insert_new<A: ActiveModelTrait + Send>(&self, row: A, operation: &'static str)
    -> Result<bool, StoreError>;

    /// Stores events and makes their cases due; the answers come in the order of the events.
    async fn record(&self, events: &[NewEvent]) -> Result<Vec<Recorded>, StoreError>;

    /// Writes what has changed of a row.
    async fn update<A: ActiveModelTrait>(&self, row: A, operation: &'static str) -> Result<(), StoreError> {
        let update = Update::one(row).validate().during(operation)?;
        self.change(update.as_query(), operation).await.map(|_| ())
    }
}

/// A row that the database gives a number.
pub(super) trait Numbered:
    ActiveModelTrait<Entity: EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = i64>>> + Send
{
}

impl<A> Numbered for A where
    A: ActiveModelTrait<Entity: EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = i64>>> + Send
{
}

/// Something that is written as a whole. It may be begun more than once: what was written before is undone then.
pub(super) trait Deed: Send + Sync + 'static {
    /// What its caller is told.
    type Answer: Send + 'static;

    /// About how many moves it weighs.
    fn size(&self) -> usize;

    /// Writes all of it; an error undoes it.
    fn write<T: Transaction>(&self, tx: &T) -> impl Future<Output = Result<Self::Answer, StoreError>>;
}

impl Store {
    /// Does something in one transaction, which it shares with whatever else waits to be written where the database is part
    /// of this process.
    pub(super) async fn within<D: Deed>(
        &self,
        beside: Beside,
        operation: &'static str,
        deed: D,
    ) -> Result<D::Answer, StoreError> {
        if let Some(writer) = &self.row_writer {
            return self.do_by_rows(writer, operation, deed).await;
        }
        let mut lost = Lost::default();
        loop {
            let done = self.within_once(beside, operation, &deed).await;
            if !lost.again(&done) {
                return done;
            }
        }
    }

    async fn within_once<D: Deed>(
        &self,
        beside: Beside,
        operation: &'static str,
        deed: &D,
    ) -> Result<D::Answer, StoreError> {
        let tx = self.begin_as(beside, operation).await?;
        let answer = deed.write(&tx).await?;
        tx.commit().await.during(operation)?;
        Ok(answer)
    }
}

impl Transaction for Tx {
    fn dialect(&self) -> Dialect {
        Dialect::of(self)
    }

    async fn hold(&self, ids: &BTreeSet<i64>, operation: &'static str) -> Result<(), StoreError> {
        cases::hold(self, ids, operation).await.map(|_| ())
    }

    async fn all<E: Table>(&self, query: Select<E>, operation: &'static str) -> Result<Vec<E::Model>, StoreError> {
        query.all(self).await.during(operation)
    }

    async fn tuples<E: EntityTrait, T: Tuple>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        Ask::tuples(self, query, operation).await
    }

    async fn column<V: Cell>(&self, query: &SelectStatement, operation: &'static str) -> Result<Vec<V>, StoreError> {
        let rows = self.query_all(query).await.during(operation)?;
        rows.iter().map(|row| row.try_get_by_index(0).during(operation)).collect()
    }

    async fn change<S: StatementBuilder>(&self, change: &S, operation: &'static str) -> Result<u64, StoreError> {
        Ok(self.execute(change).await.during(operation)?.rows_affected())
    }

    async fn changed<E: Table>(
        &self,
        change: UpdateMany<E>,
        operation: &'static str,
    ) -> Result<Vec<E::Model>, StoreError> {
        change.exec_with_returning(self).await.during(operation)
    }

    async fn insert_all<A: ActiveModelTrait + Send>(
        &self,
        rows: Vec<A>,
        operation: &'static str,
    ) -> Result<(), StoreError> {
        batch::insert(self, rows, operation).await
    }

    async fn insert<A: Numbered>(&self, row: A, operation: &'static str) -> Result<i64, StoreError> {
        Ok(A::Entity::insert(row).exec(self).await.during(operation)?.last_insert_id)
    }

    async fn insert_new<A: ActiveModelTrait + Send>(
        &self,
        row: A,
        operation: &'static str,
    ) -> Result<bool, StoreError> {
        Ok(batch::insert_new(self, vec![row], operation).await? > 0)
    }

    async fn record(&self, events: &[NewEvent]) -> Result<Vec<Recorded>, StoreError> {
        events::record(self, events).await
    }
}
