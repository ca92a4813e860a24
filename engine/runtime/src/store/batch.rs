//! Statements over many rows at once, within what databases take in one statement.

use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, IntoIden, OnConflict, Query, TableRef, UpdateStatement, Value, ValueTuple,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, InsertMany, IntoActiveModel, Iterable};

use super::document::text;
use super::error::{During, StoreError};

/// Bound values that one statement may carry: the limit of `SQLite`; that of `PostgreSQL` is twice it.
const VALUES_MAX: usize = 32_766;
/// Rows per statement: more gain nothing and keep more text in memory.
const ROWS_MAX: usize = 500;
/// Keys that one `IN (…)` carries.
pub(super) const KEYS_MAX: usize = 5_000;

/// How many rows of so many columns fit into one statement.
pub(super) const fn rows_max(columns: usize) -> usize {
    let fitting = VALUES_MAX / columns;
    if fitting < ROWS_MAX { fitting } else { ROWS_MAX }
}

/// Inserts rows that must not be there yet.
pub(super) async fn insert<A>(tx: &DatabaseTransaction, rows: Vec<A>, operation: &'static str) -> Result<(), StoreError>
where
    A: ActiveModelTrait + Send,
{
    for chunk in chunks(rows) {
        InsertMany::many(chunk).exec_without_returning(tx).await.during(operation)?;
    }
    Ok(())
}

/// Inserts rows, leaving alone those that are there already; says how many are new.
pub(super) async fn insert_new<A>(
    tx: &DatabaseTransaction,
    rows: Vec<A>,
    operation: &'static str,
) -> Result<u64, StoreError>
where
    A: ActiveModelTrait + Send,
{
    let mut new = 0;
    for chunk in chunks(rows) {
        let insert = InsertMany::many(chunk).on_conflict(nothing());
        new += insert.exec_without_returning(tx).await.during(operation)?;
    }
    Ok(new)
}

/// Inserts rows, leaving alone those that are there already; returns the new ones.
pub(super) async fn insert_returning_new<A>(
    tx: &DatabaseTransaction,
    rows: Vec<A>,
    operation: &'static str,
) -> Result<Vec<<A::Entity as EntityTrait>::Model>, StoreError>
where
    A: ActiveModelTrait + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    let mut new = Vec::new();
    for chunk in chunks(rows) {
        let insert = InsertMany::many(chunk).on_conflict(nothing());
        new.extend(insert.exec_with_returning(tx).await.during(operation)?);
    }
    Ok(new)
}

/// `UPDATE table SET … FROM (VALUES …) AS v WHERE key = v.column1`: the values of each row stand in
/// [`given`]`(1)`, `given(2)`, … and are set by the caller.
pub(super) fn update_from<C: ColumnTrait>(key: C, rows: Vec<Vec<Value>>) -> UpdateStatement
where
    C::EntityName: EntityTrait,
{
    let tuples = rows.into_iter().map(|row| ValueTuple::Many(row.into_iter().map(storable).collect())).collect();
    let mut update = Query::update();
    update
        .table(C::EntityName::default())
        .from(TableRef::ValuesList(tuples, Alias::new(GIVEN).into_iden()))
        .and_where(key.into_expr().eq(given(1)));
    update
}

const GIVEN: &str = "given";

/// The n-th value of the row that [`update_from`] gives, counted from 1.
pub(super) fn given(n: usize) -> Expr {
    Expr::col((Alias::new(GIVEN), Alias::new(format!("column{n}"))))
}

/// A value as every database takes it, as [`text`] has it.
fn storable(value: Value) -> Value {
    match value {
        Value::String(Some(given)) => Value::String(Some(text(given))),
        other => other,
    }
}

fn nothing() -> OnConflict {
    OnConflict::new().do_nothing().to_owned()
}

fn chunks<A: ActiveModelTrait>(rows: Vec<A>) -> impl Iterator<Item = Vec<A>> {
    let size = rows_max(<A::Entity as EntityTrait>::Column::iter().count());
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<A> = rows.by_ref().take(size).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}
