//! The trace of what people and other systems did, written by the row: each request of theirs leaves one.

use std::sync::Arc;

use sea_orm::IntoActiveModel;

use super::rows::Insert;
use super::statements::Statements;
use super::writer::{Work, Writer};
use crate::store::audit::chained;
use crate::store::error::StoreError;
use crate::store::tables::audit;
use crate::store::{NewAudit, Store};

const LAST: &str = "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1";

static ENTRY: Insert<audit::Entity> = Insert::new();

/// Entries that follow whatever is the last one by then.
struct Traced(Vec<NewAudit>);

impl Store {
    /// Records what was done by the row, as [`Store::record_audit`] does.
    pub(in crate::store) async fn trace_by_rows(
        &self,
        writer: &Arc<Writer>,
        operation: &'static str,
        entries: &[NewAudit],
    ) -> Result<(), StoreError> {
        self.write_by_rows(writer, operation, Traced(entries.to_vec())).await
    }
}

impl Work for Traced {
    type Answer = ();

    fn size(&self) -> usize {
        self.0.len()
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        let last = statements.find(LAST, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in chained(last.unwrap_or_default(), &self.0) {
            statements.write(&ENTRY.row(row.into_active_model()))?;
        }
        Ok(())
    }
}
