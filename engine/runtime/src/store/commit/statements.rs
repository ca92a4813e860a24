//! Statements of the bare driver within one transaction, each looked for once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params_from_iter};
use sea_orm::sea_query::Value;
use sea_orm::{DbBackend, StatementBuilder};

use super::rows::Row;
use crate::store::bare::Bound;

/// The statements that a group needs.
pub(super) struct Statements<'c> {
    db: &'c Connection,
    prepared: BTreeMap<*const u8, CachedStatement<'c>>,
    /// Who is told of moves, as it stands in this transaction.
    pub(super) listening: Vec<i64>,
}

impl<'c> Statements<'c> {
    pub(super) fn of(db: &'c Connection) -> rusqlite::Result<Self> {
        let listening = db
            .prepare_cached("SELECT id FROM webhooks ORDER BY id")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { db, prepared: BTreeMap::new(), listening })
    }

    /// Writes a row; says how many it changed.
    pub(super) fn write(&mut self, row: &Row) -> rusqlite::Result<usize> {
        self.execute(row.sql, &row.values)
    }

    /// Says how many rows it changed.
    pub(super) fn execute(&mut self, sql: &'static str, values: &[Value]) -> rusqlite::Result<usize> {
        self.prepared(sql)?.execute(params_from_iter(values.iter().map(Bound)))
    }

    /// The first row that it finds.
    pub(super) fn find<T>(
        &mut self,
        sql: &'static str,
        values: &[Value],
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.prepared(sql)?.query_row(params_from_iter(values.iter().map(Bound)), read).optional()
    }

    /// The numbers in the first column of all that it finds.
    pub(super) fn numbers(&mut self, sql: &'static str, values: &[Value]) -> rusqlite::Result<Vec<i64>> {
        let values = params_from_iter(values.iter().map(Bound));
        self.prepared(sql)?.query_map(values, |row| row.get(0))?.collect()
    }

    /// The number that the database gave the row which was written last.
    pub(super) fn last_number(&self) -> i64 {
        self.db.last_insert_rowid()
    }

    /// All that a statement finds which is put together when it is needed: those of one text are prepared once.
    pub(super) fn ask<T>(
        &self,
        query: &impl StatementBuilder,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let (sql, values) = built(query);
        self.db.prepare_cached(&sql)?.query_map(params_from_iter(values.iter().map(Bound)), read)?.collect()
    }

    /// Says how many rows such a statement changed.
    pub(super) fn change(&self, change: &impl StatementBuilder) -> rusqlite::Result<u64> {
        let (sql, values) = built(change);
        let changed = self.db.prepare_cached(&sql)?.execute(params_from_iter(values.iter().map(Bound)))?;
        Ok(changed as u64)
    }

    fn prepared(&mut self, sql: &'static str) -> rusqlite::Result<&mut CachedStatement<'c>> {
        Ok(match self.prepared.entry(sql.as_ptr()) {
            Entry::Occupied(prepared) => prepared.into_mut(),
            Entry::Vacant(place) => place.insert(self.db.prepare_cached(sql)?),
        })
    }
}

fn built(statement: &impl StatementBuilder) -> (String, Vec<Value>) {
    let built = statement.build(&DbBackend::Sqlite);
    (built.sql, built.values.map_or_else(Vec::new, |values| values.0))
}
