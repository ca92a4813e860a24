//! A schema of a benchmark's own on a server, made and dropped again: nothing of the operator's is touched.

use std::str::FromStr as _;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tokio::sync::Mutex;

use super::error::{StoreError, during};
use super::url::DatabaseUrl;

/// Every benchmark holds the lock of its schemas: those of one that was broken off are dropped by the next.
const ABANDONED: &str = "SELECT nspname::text FROM pg_namespace \
    WHERE nspname LIKE 'wasl\\_bench\\_%' AND pg_try_advisory_lock(7285, hashtext(nspname::text))";

const OPENING: &str = "open the database";
const MAKING: &str = "make a schema for the benchmark";
const ASKING: &str = "ask the server about itself";
const DROPPING: &str = "drop the benchmark's schema";

/// Such a schema. Dropping the value leaves it to the next benchmark; [`Scratch::clear`] drops it.
pub(crate) struct Scratch {
    db: Mutex<PgConnection>,
    schema: String,
    url: DatabaseUrl,
}

/// What a server says of itself.
#[derive(Clone, Debug)]
pub(crate) struct ServerFacts {
    /// The number of the process that serves us, on the machine of the server.
    pub(crate) backend: u32,
    /// The database.
    pub(crate) database: String,
    /// Whether what is committed is on disk (`fsync`).
    pub(crate) durable: bool,
}

impl Scratch {
    /// Makes one in the database of an address.
    pub(crate) async fn make(server: &DatabaseUrl, name: &str) -> Result<Self, StoreError> {
        let options = during(PgConnectOptions::from_str(server.expose()), OPENING)?;
        // To drop what a million cases have left takes seconds, and is nothing to warn of.
        let mut db = during(options.disable_statement_logging().connect().await, OPENING)?;
        for schema in during(sqlx::query_scalar::<_, String>(ABANDONED).fetch_all(&mut db).await, DROPPING)? {
            drop_schema(&mut db, &schema).await?;
        }
        during(db.execute("SELECT pg_advisory_unlock_all()").await, MAKING)?;
        let schema = format!("wasl_bench_{}_{name}", std::process::id());
        let lock = sqlx::query("SELECT pg_advisory_lock(7285, hashtext($1))").bind(&schema);
        during(lock.execute(&mut db).await, MAKING)?;
        during(db.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await, MAKING)?;
        // What was written before is not to be paid for by who is measured. Not everybody may ask for it.
        db.execute("CHECKPOINT").await.ok();
        let url = server.within(&schema);
        Ok(Self { db: Mutex::new(db), schema, url })
    }

    /// The address under which its tables are the only ones.
    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// What the server says of itself.
    pub(crate) async fn server(&self) -> Result<ServerFacts, StoreError> {
        let sql = "SELECT pg_backend_pid(), current_database()::text, current_setting('fsync') = 'on'";
        let facts = sqlx::query_as::<_, (i32, String, bool)>(sql).fetch_one(&mut *self.db.lock().await).await;
        let (backend, database, durable) = during(facts, ASKING)?;
        Ok(ServerFacts { backend: u32::try_from(backend).unwrap_or_default(), database, durable })
    }

    /// Bytes of its tables, with their indexes and what is left in them of earlier rows.
    pub(crate) async fn bytes(&self) -> Result<u64, StoreError> {
        let sql = "SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c \
                   WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r'";
        let bytes = sqlx::query_scalar::<_, i64>(sql).bind(&self.schema).fetch_one(&mut *self.db.lock().await).await;
        Ok(u64::try_from(during(bytes, ASKING)?).unwrap_or_default())
    }

    /// Drops it with all that is in it.
    pub(crate) async fn clear(self) -> Result<(), StoreError> {
        let mut db = self.db.into_inner();
        drop_schema(&mut db, &self.schema).await?;
        during(db.close().await, DROPPING)
    }
}

/// The version of a server, as it says itself.
pub(crate) async fn version(server: &DatabaseUrl) -> Result<String, StoreError> {
    let mut db = during(PgConnection::connect(server.expose()).await, OPENING)?;
    let version = sqlx::query_scalar("SELECT current_setting('server_version')").fetch_one(&mut db).await;
    let version = during(version, ASKING)?;
    during(db.close().await, ASKING).map(|()| version)
}

async fn drop_schema(db: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    let drop = format!("SET client_min_messages = warning; DROP SCHEMA \"{schema}\" CASCADE");
    during(db.execute(AssertSqlSafe(drop)).await, DROPPING).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::postgres::PostgresDatabase;

    async fn schemas(db: &mut PgConnection) -> Vec<String> {
        let sql = "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'wasl%' ORDER BY nspname";
        sqlx::query_scalar(sql).fetch_all(db).await.unwrap()
    }

    #[tokio::test]
    async fn what_a_benchmark_left_that_was_broken_off_is_dropped_and_nothing_else() {
        let database = PostgresDatabase::fresh();
        let server: DatabaseUrl = database.url.as_str().into();
        let mut db = PgConnection::connect(server.expose()).await.unwrap();
        let theirs = "CREATE SCHEMA wasl_bench; CREATE SCHEMA wasl_bench_1_engine CREATE TABLE cases (id BIGINT)";
        db.execute(theirs).await.unwrap();
        let running = Scratch::make(&server, "running").await.unwrap();
        let other = Scratch::make(&server, "other").await.unwrap();
        let [running_name, other_name] = [&running.schema, &other.schema].map(String::clone);
        assert_eq!(schemas(&mut db).await, ["wasl_bench".to_owned(), other_name, running_name.clone()]);
        // Tables go into it, and are all that is counted.
        let mut inside = PgConnection::connect(running.url().expose()).await.unwrap();
        assert_eq!(running.bytes().await.unwrap(), 0);
        inside.execute("CREATE TABLE cases (id BIGINT PRIMARY KEY); INSERT INTO cases VALUES (7)").await.unwrap();
        assert_eq!(running.bytes().await.unwrap(), 3 * 8192);
        inside.close().await.unwrap();
        other.clear().await.unwrap();
        running.clear().await.unwrap();
        assert_eq!(schemas(&mut db).await, ["wasl_bench"]);
    }
}
