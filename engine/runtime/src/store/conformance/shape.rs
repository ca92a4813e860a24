//! Both databases end up with the same tables, columns and indexes.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};

use super::postgres::PostgresDatabase;
use super::sample::{fresh, prepared};
use crate::store::Store;

const SQLITE_COLUMNS: &str = "
    SELECT t.name || '.' || c.name || CASE c.type WHEN 'TEXT' THEN ' text' WHEN 'BOOLEAN' THEN ' boolean' ELSE ' number' END
        || CASE WHEN c.\"notnull\" THEN '' ELSE ' or none' END AS part
    FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";

const POSTGRES_COLUMNS: &str = "
    SELECT table_name || '.' || column_name
        || CASE data_type WHEN 'text' THEN ' text' WHEN 'boolean' THEN ' boolean' WHEN 'bigint' THEN ' number' ELSE data_type END
        || CASE is_nullable WHEN 'NO' THEN '' ELSE ' or none' END AS part
    FROM information_schema.columns c WHERE table_schema = 'public'
        AND NOT (SELECT relispartition FROM pg_class WHERE oid = c.table_name::regclass)";

/// Rules that follow from a constraint have no name of ours; the key of a table that counts by itself is none on `SQLite`.
const SQLITE_INDEXES: &str = "
    SELECT t.name || ' ' || CASE i.origin WHEN 'c' THEN i.name ELSE '' END || CASE WHEN i.\"unique\" THEN ' unique' ELSE '' END
        || CASE WHEN i.partial THEN ' partial' ELSE '' END
        || ' (' || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')' AS part
    FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";

const POSTGRES_INDEXES: &str = "
    SELECT t.relname || ' ' || CASE WHEN k.oid IS NULL THEN i.relname ELSE '' END || CASE WHEN x.indisunique THEN ' unique' ELSE '' END
        || CASE WHEN x.indpred IS NOT NULL THEN ' partial' ELSE '' END
        || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY n) FROM unnest(x.indkey) WITH ORDINALITY AS keys(attnum, n)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = keys.attnum) || ')' AS part
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u')
    WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
        AND NOT (k.contype IS NOT DISTINCT FROM 'p' AND array_length(x.indkey::int2[], 1) = 1
            AND (SELECT atttypid FROM pg_attribute WHERE attrelid = t.oid AND attnum = x.indkey[0]) = 'bigint'::regtype)";

async fn parts(store: &Store, sql: &str) -> BTreeSet<String> {
    let statement = Statement::from_string(store.reader.get_database_backend(), sql);
    let rows = store.reader.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "part").unwrap()).collect()
}

/// A table in parts has no key but one that names by what it is parted, and lines are found by their number all the same.
const HISTORY_ON_A_SERVER: [&str; 2] = ["history  unique (case_id, id)", "history history_by_id (id)"];
const HISTORY_ON_SQLITE: [&str; 1] = ["history history_by_case (case_id, id)"];

fn but(mut parts: BTreeSet<String>, these: &[&str]) -> BTreeSet<String> {
    let is_index = parts.iter().any(|part| part.contains(" ("));
    assert!(!is_index || these.iter().all(|part| parts.remove(*part)), "{these:?} of {parts:#?}");
    parts
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let folder = tempfile::tempdir().unwrap();
    let database = PostgresDatabase::fresh();
    let (sqlite, postgres) = (fresh(folder.path()).await, prepared(&database.url).await);
    for (of_sqlite, of_postgres, at_least) in
        [(SQLITE_COLUMNS, POSTGRES_COLUMNS, 150), (SQLITE_INDEXES, POSTGRES_INDEXES, 40)]
    {
        let (of_sqlite, of_postgres) = (parts(&sqlite, of_sqlite).await, parts(&postgres, of_postgres).await);
        assert!(of_sqlite.len() >= at_least, "{of_sqlite:#?}");
        let (of_sqlite, of_postgres) = (but(of_sqlite, &HISTORY_ON_SQLITE), but(of_postgres, &HISTORY_ON_A_SERVER));
        let only: Vec<_> = of_sqlite.symmetric_difference(&of_postgres).collect();
        assert!(only.is_empty(), "only one of them has: {only:#?}");
    }
}
