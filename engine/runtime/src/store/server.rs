//! How a server is asked: the driver gets the values of a statement as they are. sea-orm would copy every one of them twice on
//! the way, and its arrays hold no NULL (docs/adr/0039-values-as-they-are.md).

use sea_orm::sea_query::{ArrayType, Value};
use sea_orm::sqlx::encode::{Encode, IsNull};
use sea_orm::sqlx::error::BoxDynError;
use sea_orm::sqlx::postgres::{PgArgumentBuffer, PgArguments, PgBindIterExt as _, PgPool, PgTypeInfo, Postgres};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{self, Arguments as _, AssertSqlSafe, Error, Executor, Transaction, Type};
use sea_orm::{DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Mutex;

use super::error::asked;

/// Begins a transaction.
pub(super) async fn begin(pool: &PgPool) -> Result<Mutex<Transaction<'static, Postgres>>, DbErr> {
    Ok(Mutex::new(pool.begin().await.map_err(asked)?))
}

/// Runs a statement.
pub(super) async fn execute<'c>(
    db: impl Executor<'c, Database = Postgres>,
    statement: Statement,
) -> Result<ExecResult, DbErr> {
    Ok(query(statement)?.execute(db).await.map_err(asked)?.into())
}

/// Runs statements without values.
pub(super) async fn execute_unprepared<'c>(
    db: impl Executor<'c, Database = Postgres>,
    sql: &str,
) -> Result<ExecResult, DbErr> {
    Ok(db.execute(AssertSqlSafe(sql.to_owned())).await.map_err(asked)?.into())
}

/// The first row of what a statement finds.
pub(super) async fn query_one<'c>(
    db: impl Executor<'c, Database = Postgres>,
    statement: Statement,
) -> Result<Option<QueryResult>, DbErr> {
    let found = query(statement)?.fetch_optional(db).await.map_err(asked)?;
    Ok(found.map(Into::into))
}

/// All that it finds.
pub(super) async fn query_all<'c>(
    db: impl Executor<'c, Database = Postgres>,
    statement: Statement,
) -> Result<Vec<QueryResult>, DbErr> {
    let found = query(statement)?.fetch_all(db).await.map_err(asked)?;
    Ok(found.into_iter().map(Into::into).collect())
}

fn query(statement: Statement) -> Result<Query<'static, Postgres, PgArguments>, DbErr> {
    let values = statement.values.map_or_else(Vec::new, |values| values.0);
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), values.iter().map(bytes_of).sum());
    for value in values {
        add(&mut arguments, value).map_err(|error| asked(Error::Encode(error)))?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(statement.sql), arguments))
}

/// Columns are whole numbers, truths and texts; a statement counts and compares with smaller numbers as well.
fn add(arguments: &mut PgArguments, value: Value) -> Result<(), BoxDynError> {
    match value {
        Value::BigInt(number) => arguments.add(number),
        Value::Int(number) => arguments.add(number),
        Value::BigUnsigned(number) => arguments.add(number.map(i64::try_from).transpose()?),
        Value::Bool(truth) => arguments.add(truth),
        Value::String(text) => arguments.add(text.as_deref()),
        Value::Array(kind, column) => add_array(arguments, &kind, column.map(|column| *column)),
        other => Err(format!("a value of the kind {:?} cannot be bound", other.array_type()).into()),
    }
}

fn add_array(arguments: &mut PgArguments, kind: &ArrayType, column: Option<Vec<Value>>) -> Result<(), BoxDynError> {
    let encoded = column.and_then(|column| column.into_iter().next());
    let bytes = match encoded {
        Some(Value::Bytes(bytes)) => bytes,
        // What could not be encoded is left as it was.
        Some(_) => return Err(format!("a column of {kind:?} cannot be bound: its values are of several kinds").into()),
        None => None,
    };
    match kind {
        ArrayType::BigInt => arguments.add(Encoded { bytes, type_info: Vec::<i64>::type_info }),
        ArrayType::Bool => arguments.add(Encoded { bytes, type_info: Vec::<bool>::type_info }),
        ArrayType::String => arguments.add(Encoded { bytes, type_info: Vec::<String>::type_info }),
        other => Err(format!("an array of {other:?} cannot be bound").into()),
    }
}

/// The values of a column as one value: already in the server's form, so that whoever copies it copies one run of bytes and not
/// a text for each row. A column without any value is no array, in which the server sees NULL for every row.
pub(super) fn array(values: &[Value]) -> Value {
    let kind = values.first().map_or(ArrayType::String, Value::array_type);
    let mut buffer = PgArgumentBuffer::default();
    buffer.reserve(HEAD + values.iter().map(bytes_of).sum::<usize>());
    let encoded = if values.iter().any(is_some) { encode(&kind, values, &mut buffer) } else { Ok(IsNull::Yes) };
    match encoded {
        Ok(IsNull::Yes) => Value::Array(kind, None),
        Ok(IsNull::No) => {
            let bytes = Value::Bytes(Some(std::mem::take(&mut *buffer)));
            Value::Array(kind, Some(Box::new(vec![bytes])))
        }
        // Binding it is refused.
        Err(_) => Value::Array(kind, Some(Box::new(values.to_vec()))),
    }
}

fn encode(kind: &ArrayType, values: &[Value], buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
    if values.iter().any(|value| value.array_type() != *kind) {
        return Err("values of several kinds are no column".into());
    }
    match kind {
        ArrayType::BigInt => values.iter().map(number).bind_iter().encode(buffer),
        ArrayType::Bool => values.iter().map(truth).bind_iter().encode(buffer),
        ArrayType::String => values.iter().map(text).bind_iter().encode(buffer),
        other => Err(format!("an array of {other:?} cannot be bound").into()),
    }
}

const fn number(value: &Value) -> Option<i64> {
    if let Value::BigInt(number) = value { *number } else { None }
}

const fn truth(value: &Value) -> Option<bool> {
    if let Value::Bool(truth) = value { *truth } else { None }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { text.as_deref() } else { None }
}

/// What tells the number and the type of an array's elements, in bytes.
const HEAD: usize = 20;

/// About how many bytes a value takes, with the four that tell how many.
fn bytes_of(value: &Value) -> usize {
    4 + match value {
        Value::String(Some(text)) => text.len(),
        Value::Array(_, Some(column)) => column.iter().map(bytes_of).sum(),
        Value::Bytes(Some(bytes)) => bytes.len(),
        _ => 8,
    }
}

const fn is_some(value: &Value) -> bool {
    !matches!(value, Value::BigInt(None) | Value::Bool(None) | Value::String(None))
}

/// A value in the server's form.
struct Encoded {
    bytes: Option<Vec<u8>>,
    type_info: fn() -> PgTypeInfo,
}

impl Type<Postgres> for Encoded {
    /// Never asked: each says its own.
    fn type_info() -> PgTypeInfo {
        <[u8] as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Encoded {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(bytes) = &self.bytes else { return Ok(IsNull::Yes) };
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some((self.type_info)())
    }

    fn size_hint(&self) -> usize {
        self.bytes.as_ref().map_or(0, Vec::len)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, Value};

    use super::*;

    fn bound(values: Vec<Value>) -> Result<(), String> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT $1", values);
        query(statement).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_column_holds_nothing_among_values_whichever_comes_first() {
        for column in [
            vec![Value::BigInt(None), 7_i64.into()],
            vec!["a".into(), Value::String(None), "".into()],
            vec![Value::Bool(None), true.into()],
        ] {
            assert!(matches!(array(&column), Value::Array(_, Some(encoded)) if encoded.len() == 1), "{column:?}");
            assert_eq!(bound(vec![array(&column)]), Ok(()), "{column:?}");
        }
        let nothing = [Value::BigInt(None), Value::BigInt(None)];
        assert_eq!(array(&nothing), Value::Array(ArrayType::BigInt, None));
        assert_eq!(bound(vec![array(&nothing)]), Ok(()));
    }

    #[test]
    fn values_of_a_kind_that_no_column_has_are_refused_and_not_lost() {
        let mixed = array(&[7_i64.into(), 7_i32.into()]);
        assert!(bound(vec![mixed]).unwrap_err().contains("several kinds"));
        assert!(bound(vec![array(&[7_i32.into()])]).unwrap_err().contains("cannot be bound"));
        assert!(bound(vec![0.5_f64.into()]).unwrap_err().contains("cannot be bound"));
        assert!(bound(vec![u64::MAX.into()]).is_err());
        assert_eq!(bound(vec![1_i32.into(), 2_u64.into(), Value::String(None), Value::Int(None)]), Ok(()));
    }
}
