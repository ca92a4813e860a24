//! Statements over many rows at once. `SQLite` takes a bound value for each cell, within what one statement may carry;
//! `PostgreSQL` takes an array for each column, so that a statement is the same for any number of rows and prepared once.

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, Func, InsertStatement, IntoIden, OnConflict, Query, SelectStatement,
    SubQueryStatement, TableRef, UpdateStatement, Value, ValueTuple, WithClause, extension::postgres::PgFunc,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, InsertMany, Iterable, QueryTrait,
    StatementBuilder,
};

use super::dialect::Dialect;
use super::document::text;
use super::error::{During, StoreError};
use super::server;
use super::tx::Tx;

/// Bound values that one statement of `SQLite` may carry.
const VALUES_MAX: usize = 32_766;
/// Rows per statement: more gain nothing and keep more text in memory.
const ROWS_MAX: usize = 500;
/// Rows per statement of arrays: more would only keep more memory at the server.
const ARRAY_MAX: usize = 5_000;
/// Keys that one `IN (…)` carries.
pub(super) const KEYS_MAX: usize = 5_000;

/// How many rows of so many columns fit into one statement.
pub(super) const fn rows_max(columns: usize) -> usize {
    let fitting = VALUES_MAX / columns;
    if fitting < ROWS_MAX { fitting } else { ROWS_MAX }
}

/// Inserts rows that must not be there yet.
pub(super) async fn insert<A>(tx: &Tx, rows: Vec<A>, operation: &'static str) -> Result<(), StoreError>
where
    A: ActiveModelTrait + Send,
{
    for insert in inserts(Dialect::of(tx), rows) {
        tx.execute(&insert).await.during(operation)?;
    }
    Ok(())
}

/// Inserts rows, leaving alone those that are there already; says how many are new.
pub(super) async fn insert_new<A>(tx: &Tx, rows: Vec<A>, operation: &'static str) -> Result<u64, StoreError>
where
    A: ActiveModelTrait + Send,
{
    let mut new = 0;
    for mut insert in inserts(Dialect::of(tx), rows) {
        new += tx.execute(insert.on_conflict(nothing())).await.during(operation)?.rows_affected();
    }
    Ok(new)
}

/// Inserts rows, leaving alone those that are there already; returns these columns of the new ones.
pub(super) async fn insert_returning_new<A, R>(
    tx: &Tx,
    rows: Vec<A>,
    returning: &[<A::Entity as EntityTrait>::Column],
    operation: &'static str,
) -> Result<Vec<R>, StoreError>
where
    A: ActiveModelTrait + Send,
    R: FromQueryResult,
{
    let mut new = Vec::new();
    for mut insert in inserts(Dialect::of(tx), rows) {
        let insert = insert.on_conflict(nothing()).returning(Query::returning().columns(returning.iter().copied()));
        for row in tx.query_all(insert).await.during(operation)? {
            new.push(R::from_query_result(&row, "").during(operation)?);
        }
    }
    Ok(new)
}

/// Inserts rows, leaving alone those that are there already; says which of them are new, by their number.
pub(super) async fn insert_numbered<A>(
    tx: &Tx,
    rows: Vec<A>,
    number: <A::Entity as EntityTrait>::Column,
    operation: &'static str,
) -> Result<Vec<i64>, StoreError>
where
    A: ActiveModelTrait + Send,
{
    let mut new = Vec::new();
    for mut insert in inserts(Dialect::of(tx), rows) {
        insert.on_conflict(nothing()).returning(Query::returning().column(number));
        new.extend(numbers(tx, insert, operation).await?);
    }
    Ok(new)
}

/// Writes rows and says the number that a statement returns of each. A server returns all of them as one value, as every row
/// of an answer costs more than what is in it.
pub(super) async fn numbers<S>(tx: &Tx, writing: S, operation: &'static str) -> Result<Vec<i64>, StoreError>
where
    S: StatementBuilder + Into<SubQueryStatement>,
{
    if Dialect::of(tx) == Dialect::Sqlite {
        let rows = tx.query_all(&writing).await.during(operation)?;
        return rows.iter().map(|row| row.try_get_by_index(0).during(operation)).collect();
    }
    let (written, number) = (Alias::new("written"), Alias::new("number"));
    let mut those = CommonTableExpression::new();
    those.query(writing).table_name(written.clone()).column(number.clone());
    let all = Query::select().expr(PgFunc::array_agg(Expr::col(number))).from(written).take();
    let found = tx.query_one(&all.with(WithClause::new().cte(those).to_owned())).await.during(operation)?;
    let numbers = found.map(|row| row.try_get_by_index::<Option<Vec<i64>>>(0)).transpose().during(operation)?;
    Ok(numbers.flatten().unwrap_or_default())
}

/// `UPDATE table SET … FROM rows AS given WHERE key = given.column1`: the values of each row stand in
/// [`given`]`(1)`, `given(2)`, … and are set by the caller.
pub(super) fn update_from<C: ColumnTrait>(dialect: Dialect, key: C, rows: Vec<Vec<Value>>) -> UpdateStatement
where
    C::EntityName: EntityTrait,
{
    let rows = rows.into_iter().map(|row| row.into_iter().map(storable).collect());
    let given_as = Alias::new(GIVEN).into_iden();
    let rows = match dialect {
        Dialect::Sqlite => TableRef::ValuesList(rows.map(ValueTuple::Many).collect(), given_as),
        Dialect::Postgres => TableRef::SubQuery(Box::new(from_arrays(&by_column(rows.collect()))), given_as),
    };
    let mut update = Query::update();
    update.table(C::EntityName::default()).from(rows).and_where(key.into_expr().eq(given(1)));
    update
}

const GIVEN: &str = "given";

/// The n-th value of the row that [`update_from`] gives, counted from 1.
pub(super) fn given(n: usize) -> Expr {
    Expr::col((Alias::new(GIVEN), Alias::new(name(n))))
}

fn name(n: usize) -> String {
    format!("column{n}")
}

/// Whether a column has one of these values, which are bound as one: the statement is the same for any number of them, and
/// prepared once.
pub(super) fn among<V: Into<Value>>(
    dialect: Dialect,
    column: impl ColumnTrait,
    values: impl IntoIterator<Item = V>,
) -> Expr {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    match dialect {
        Dialect::Postgres if !values.is_empty() => {
            column.into_expr().eq(PgFunc::any(Expr::val(server::array(&values))))
        }
        Dialect::Postgres => column.is_in(values),
        Dialect::Sqlite => among_listed(column, Expr::val(listed(values))),
    }
}

/// Whether a column of `SQLite` has one of the values of a list.
pub(super) fn among_listed(column: impl ColumnTrait, list: Expr) -> Expr {
    let items_of = Func::cust(Alias::new("json_each")).arg(list);
    let mut items = Query::select();
    items.column(Alias::new("value")).from_function(items_of, Alias::new("listed"));
    column.in_subquery(items)
}

/// Keys as a list in JSON.
pub(super) fn listed(values: impl IntoIterator<Item = Value>) -> String {
    let items = values.into_iter().map(|value| match value {
        Value::String(Some(text)) => text.into(),
        Value::BigInt(Some(number)) => number.into(),
        _ => serde_json::Value::Null,
    });
    serde_json::Value::Array(items.collect()).to_string()
}

/// A value as every database takes it, as [`text`] has it.
pub(super) fn storable(value: Value) -> Value {
    match value {
        Value::String(Some(given)) => Value::String(Some(text(given))),
        other => other,
    }
}

fn nothing() -> OnConflict {
    OnConflict::new().do_nothing().to_owned()
}

fn inserts<A: ActiveModelTrait>(dialect: Dialect, rows: Vec<A>) -> impl Iterator<Item = InsertStatement> {
    let size = match dialect {
        Dialect::Sqlite => rows_max(<A::Entity as EntityTrait>::Column::iter().count()),
        Dialect::Postgres => ARRAY_MAX,
    };
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<A> = rows.by_ref().take(size).collect();
        (!chunk.is_empty()).then(|| match dialect {
            Dialect::Sqlite => InsertMany::many(chunk).into_query(),
            Dialect::Postgres => insert_arrays(chunk),
        })
    })
}

/// `INSERT INTO table (…) SELECT unnest($1) AS column1, …`, of the columns that the first row sets, as all of them do.
fn insert_arrays<A: ActiveModelTrait>(mut rows: Vec<A>) -> InsertStatement {
    let set: Vec<<A::Entity as EntityTrait>::Column> = <A::Entity as EntityTrait>::Column::iter()
        .filter(|column| rows.first().is_some_and(|row| !row.is_not_set(*column)))
        .collect();
    let mut columns = Vec::with_capacity(set.len());
    for column in &set {
        let mut values: Vec<Value> = Vec::with_capacity(rows.len());
        for row in &mut rows {
            let value = row.take(*column).into_value();
            values.extend(value.or_else(|| values.first().map(Value::as_null)));
        }
        columns.push(values);
    }
    let mut insert = Query::insert();
    insert.into_table(A::Entity::default()).columns(set);
    // As many columns as values, whatever they are.
    insert.select_from(from_arrays(&columns)).ok();
    insert
}

fn by_column(rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let mut columns = vec![Vec::with_capacity(rows.len()); rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns
}

/// `SELECT unnest($1) AS column1, unnest($2) AS column2, …`: what one array is shorter than another is NULL, so that of a
/// column without any value nothing is sent.
fn from_arrays(columns: &[Vec<Value>]) -> SelectStatement {
    let mut rows = Query::select();
    for (n, values) in (1..).zip(columns) {
        rows.expr_as(unnest(server::array(values)), Alias::new(name(n)));
    }
    rows
}

fn unnest(array: Value) -> Expr {
    Func::cust(Alias::new("unnest")).arg(Expr::val(array)).into()
}
