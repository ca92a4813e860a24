//! What is committed is on disk, and what was erased is not: settings of connections and tables that nobody would miss if
//! they were lost, before a machine loses its power.

use rusqlite::Connection;
use sea_orm::{ConnectionTrait, Statement};

use super::postgres::PostgresDatabase;
use super::sample::{case, fresh, open, opening, prepared};
use crate::store::Store;
use crate::store::connect::{LOG_PAGES_MAX, bare_folder, file};

/// What a connection answers to a question of one value.
async fn said<C: ConnectionTrait>(to: &C, question: &str, column: &str) -> String {
    let statement = Statement::from_string(to.get_database_backend(), question);
    let row = to.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get::<i64>("", column).map(|number| number.to_string()).or_else(|_| row.try_get("", column)).unwrap()
}

/// Pragmas of a connection that writes to a file, and what they are meant to be: a commit waits for the disk (`synchronous` is
/// `FULL`), and what is erased is written over.
const OF_WRITERS: [(&str, &str); 5] = [
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("wal_autocheckpoint", LOG_PAGES_MAX),
    ("secure_delete", "1"),
    ("foreign_keys", "1"),
];

fn pragma(db: &Connection, name: &str) -> rusqlite::Result<String> {
    db.pragma_query_value(None, name, |row| {
        row.get::<_, i64>(0).map(|number| number.to_string()).or_else(|_| row.get(0))
    })
}

#[tokio::test]
async fn every_connection_that_writes_to_a_file_waits_for_the_disk_and_writes_over_what_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let store = fresh(folder.path()).await;
    open(&store, vec![opening(case(1))]).await;
    let writer = store.row_writer.as_ref().unwrap();
    let folds = bare_folder(&file(&store.writer)).unwrap();
    for (name, meant) in OF_WRITERS {
        let of_pool = said(&store.writer, &format!("PRAGMA {name}"), name).await;
        let bare = writer.with_connection(|db| pragma(db, name)).unwrap();
        assert_eq!((of_pool.as_str(), bare.as_str()), (meant, meant), "{name}");
    }
    // Whoever folds the log begins it anew: what was folded is on disk before.
    assert_eq!(pragma(&folds, "synchronous").unwrap(), "2");
}

/// On a server that would rather be quick, as its owner may have set it.
#[tokio::test]
async fn every_session_that_writes_to_a_server_waits_for_the_disk_whatever_the_server_does_for_others() {
    const SHOW: &str = "SHOW synchronous_commit";
    let database = PostgresDatabase::fresh();
    let sign = if database.url.contains('?') { '&' } else { '?' };
    let store = Store::open(&format!("{}{sign}options[synchronous_commit]=off", database.url)).await.unwrap();
    assert_eq!(said(&store.reader, SHOW, "synchronous_commit").await, "off", "others would not wait");
    // As many at once as there are sessions.
    let mut transactions = Vec::new();
    for _ in 0..8 {
        let tx = store.begin_beside("ask").await.unwrap();
        assert_eq!(said(&tx, SHOW, "synchronous_commit").await, "on");
        transactions.push(tx);
    }
}

#[tokio::test]
async fn pages_of_cases_keep_room_for_the_next_version_of_their_rows() {
    let database = PostgresDatabase::fresh();
    let store = prepared(&database.url).await;
    let options = "SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = 'cases'::regclass";
    assert_eq!(said(&store.writer, options, "options").await, "fillfactor=70");
}
