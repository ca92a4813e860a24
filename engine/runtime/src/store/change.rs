//! A change that is one statement, by itself or with who made it.

use sea_orm::StatementBuilder;

use super::Store;
use super::audit::{self, NewAudit};
use super::dialect::Beside;
use super::error::StoreError;
use super::transaction::{Deed, Transaction};

struct Change<S> {
    statement: S,
    /// Kept if it changed anything.
    trace: Option<NewAudit>,
    operation: &'static str,
}

impl<S: StatementBuilder + Send + Sync + 'static> Deed for Change<S> {
    type Answer = u64;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<u64, StoreError> {
        let changed = tx.change(&self.statement, self.operation).await?;
        if let Some(trace) = self.trace.as_ref().filter(|_| changed > 0) {
            audit::record(tx, std::slice::from_ref(trace)).await?;
        }
        Ok(changed)
    }
}

impl Store {
    /// Changes rows of which no case depends; says how many.
    pub(super) async fn change_rows<S: StatementBuilder + Send + Sync + 'static>(
        &self,
        operation: &'static str,
        statement: S,
    ) -> Result<u64, StoreError> {
        self.within(Beside::Others, operation, Change { statement, trace: None, operation }).await
    }

    /// Changes rows while nobody else writes, and keeps who did it where it changed any; says how many.
    pub(super) async fn change_alone<S: StatementBuilder + Send + Sync + 'static>(
        &self,
        operation: &'static str,
        statement: S,
        trace: Option<NewAudit>,
    ) -> Result<u64, StoreError> {
        self.within(Beside::Nobody, operation, Change { statement, trace, operation }).await
    }
}
