//! What looks at rows before it changes them, written by the bare driver in a group with moves and events.
//!
//! It says its statements as it does to sea-orm, in the same words; they are few, so that they are prepared once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt;
use sea_orm::sea_query::{OnConflict, Query, SelectStatement, Value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, Insert, Iterable, QueryTrait, Select, StatementBuilder, UpdateMany,
};

use super::statements::Statements;
use super::told::{EventRow, Recording, Stored};
use super::writer::{Work, Writer};
use crate::store::dialect::Dialect;
use crate::store::error::{During, Failure, StoreError};
use crate::store::reading::Tuple;
use crate::store::transaction::{Cell, Deed, Numbered, Table, Transaction};
use crate::store::{NewEvent, Recorded, Store};

/// A deed that waits for its turn.
struct Waiting<D> {
    deed: D,
    operation: &'static str,
}

impl Store {
    /// Does something in the transaction of a group.
    pub(in crate::store) async fn do_by_rows<D: Deed>(
        &self,
        writer: &Arc<Writer>,
        operation: &'static str,
        deed: D,
    ) -> Result<D::Answer, StoreError> {
        self.write_by_rows(writer, operation, Waiting { deed, operation }).await
    }
}

impl<D: Deed> Work for Waiting<D> {
    type Answer = D::Answer;

    fn size(&self) -> usize {
        self.deed.size()
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<D::Answer> {
        let tx = ByRow(RefCell::new(statements));
        // Whatever it awaits is there at once.
        let written = self.deed.write(&tx).now_or_never();
        Ok(written.unwrap_or_else(|| Err(Failure::broke_off().during(self.operation)))?)
    }
}

/// The transaction of a group, for one of those who share it.
struct ByRow<'s, 'c>(RefCell<&'s mut Statements<'c>>);

impl Transaction for ByRow<'_, '_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    /// Nobody writes beside it.
    async fn hold(&self, _: &BTreeSet<i64>, _: &'static str) -> Result<(), StoreError> {
        Ok(())
    }

    async fn all<E: Table>(&self, query: Select<E>, operation: &'static str) -> Result<Vec<E::Model>, StoreError> {
        self.0.borrow().ask(query.as_query(), read::<E>).during(operation)
    }

    async fn tuples<E: EntityTrait, T: Tuple>(
        &self,
        query: Select<E>,
        operation: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        self.0.borrow().ask(query.as_query(), |row| T::try_from(row)).during(operation)
    }

    async fn column<V: Cell>(&self, query: &SelectStatement, operation: &'static str) -> Result<Vec<V>, StoreError> {
        self.0.borrow().ask(query, |row| row.get(0)).during(operation)
    }

    async fn change<S: StatementBuilder>(&self, change: &S, operation: &'static str) -> Result<u64, StoreError> {
        self.0.borrow().change(change).during(operation)
    }

    async fn changed<E: Table>(
        &self,
        change: UpdateMany<E>,
        operation: &'static str,
    ) -> Result<Vec<E::Model>, StoreError> {
        let mut change = change.into_query();
        change.returning(Query::returning().columns(E::Column::iter()));
        self.0.borrow().ask(&change, read::<E>).during(operation)
    }

    async fn insert_all<A: ActiveModelTrait + Send>(
        &self,
        rows: Vec<A>,
        operation: &'static str,
    ) -> Result<(), StoreError> {
        let statements = self.0.borrow();
        for row in rows {
            statements.change(&Insert::one(row).into_query()).during(operation)?;
        }
        Ok(())
    }

    async fn insert<A: Numbered>(&self, row: A, operation: &'static str) -> Result<i64, StoreError> {
        let statements = self.0.borrow();
        statements.change(&Insert::one(row).into_query()).during(operation)?;
        Ok(statements.last_number())
    }

    async fn insert_new<A: ActiveModelTrait + Send>(
        &self,
        row: A,
        operation: &'static str,
    ) -> Result<bool, StoreError> {
        let mut insert = Insert::one(row).into_query();
        let new = self.0.borrow().change(insert.on_conflict(OnConflict::new().do_nothing().to_owned()));
        Ok(new.during(operation)? > 0)
    }

    async fn record(&self, events: &[NewEvent]) -> Result<Vec<Recorded>, StoreError> {
        let rows = events.iter().map(|event| EventRow::of(event, None)).collect::<Result<_, _>>()?;
        let recorded = Recording(rows).write(&mut self.0.borrow_mut()).during(super::told::OPERATION)?;
        recorded?.into_iter().map(Stored::recorded).collect()
    }
}

/// A row, with its columns in the order in which the table is declared.
fn read<E: Table>(row: &rusqlite::Row<'_>) -> rusqlite::Result<E::Model> {
    use sea_orm::ColumnType;
    let unlike = |error: sea_orm::DbErr| rusqlite::Error::ToSqlConversionFailure(error.into());
    let mut read = E::ActiveModel::default_values();
    for (n, column) in E::Column::iter().enumerate() {
        let value = match column.def().get_column_type() {
            ColumnType::BigInteger => Value::BigInt(row.get(n)?),
            ColumnType::Boolean => Value::Bool(row.get(n)?),
            _ => Value::String(row.get(n)?),
        };
        read.try_set(column, value).map_err(unlike)?;
    }
    E::model(read).map_err(unlike)
}
