//! PostgreSQL: a pool that writes, and one that can only read.
//!
//! What a session needs is set by its first statement and not at its start, so that a pooler which hands out whole
//! sessions passes it on.

use std::sync::LazyLock;
use std::time::Duration;

use sea_orm::sqlx::Executor;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::store::error::{During, StoreError};

/// Transactions at the same time: more of them wait for each other's cases.
const WRITERS_MAX: u32 = 8;
/// Queries at the same time.
const READERS_MAX: u32 = 4;
/// How long a task waits for a connection, be it that all are taken or that the server does not answer.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that was idle for so long is asked whether it still lives before it is used.
const PING_AFTER: Duration = Duration::from_secs(30);

/// For every session. Who waits for a lock says so after a while. A process that is stopped in the middle of a transaction
/// loses it, so that the others go on: nothing waits for the network inside of one, each takes milliseconds. A server that
/// loses sight of us lets go within a minute.
///
/// Every query of a tick has its index, and a prepared statement keeps the plan that it got while the tables were empty, or before
/// the server had counted their rows: 500 persons were looked for by reading all messages, which took 300 times as long
/// (docs/adr/0032-arrays.md). Whole tables are read where nothing else is left; compiling such a query would take longer than
/// the query.
const SESSION: &str = "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '15s'; \
    SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; \
    SET client_min_messages = warning; SET enable_seqscan = off; SET jit = off";
/// A sent message whose record is lost would be sent again: what was committed is on disk, whatever the server's default is.
const WRITES: &str = "SET synchronous_commit = on";
const READS: &str = "SET default_transaction_read_only = on";

/// Opens writer and readers.
pub(super) async fn open(url: &str) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    let writer = connect(url, WRITERS_MAX, WRITES).await?;
    let reader = connect(url, READERS_MAX, READS).await?;
    Ok((writer, reader))
}

/// How the sessions of this process are called in the server's lists, and how other processes know who calls them.
pub(in crate::store) fn session_name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        // The server keeps 63 bytes of it.
        let name: String = crate::node::name().chars().filter(char::is_ascii_graphic).take(58).collect();
        format!("wasl {name}")
    });
    &NAME
}

/// Statements are neither logged nor put into spans: they carry personal data.
async fn connect(url: &str, connections_max: u32, access: &'static str) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections_max)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire_if_idle_for(PING_AFTER)
        .set_application_name(session_name())
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_pool_opts(move |pool| {
            pool.after_connect(move |session, _| {
                Box::pin(async move {
                    session.execute(SESSION).await?;
                    session.execute(access).await.map(|_| ())
                })
            })
        });
    Database::connect(options).await.during("open the database")
}
