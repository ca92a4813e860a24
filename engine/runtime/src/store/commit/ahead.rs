//! Moves that were decided ahead of the moment at which their cases are due.

use std::sync::LazyLock;

use jiff::Timestamp;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SqliteQueryBuilder};

use super::rows::{self, Batch, given};
use super::statements::Statements;
use super::writer::Work;
use super::{Move, Moved, OPERATION};
use crate::store::Store;
use crate::store::batch::{among_listed, listed};
use crate::store::error::StoreError;
use crate::store::tables::events::{Column, Entity as Events};

impl Store {
    /// Whether moves may be decided ahead. A server locks the cases that are taken, so that whoever told one of them something
    /// before its moment would wait for it.
    pub const fn commits_ahead(&self) -> bool {
        self.row_writer.is_some()
    }

    /// As [`Store::commit`], of moves that were decided before the moment at which their cases are due. If one of the cases has an
    /// event that it did not answer yet, it was told something meanwhile, and that goes first: then all moves are conflicts, as
    /// they are where nothing is decided ahead.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn commit_ahead(&self, moves: &[Move], now: Timestamp) -> Result<Vec<Moved>, StoreError> {
        let Some(writer) = self.row_writer.as_ref().filter(|_| rows::can_write(moves) && !moves.is_empty()) else {
            return Ok(vec![Moved::Conflict; moves.len()]);
        };
        let batch = rows::batch(moves, &self.listening.last(), now)?;
        let cases = listed(moves.iter().map(|step| step.case.id.0.into()));
        self.write_by_rows(writer, OPERATION, Ahead { batch, cases }).await
    }
}

struct Ahead {
    batch: Batch,
    /// The cases, as one value.
    cases: String,
}

impl Work for Ahead {
    type Answer = Vec<Moved>;

    fn size(&self) -> usize {
        self.batch.size()
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Vec<Moved>> {
        let written = match statements.find(&UNANSWERED, &[self.cases.clone().into()], |_| Ok(()))? {
            Some(()) => None,
            None => self.batch.write(statements)?,
        };
        Ok(written.unwrap_or_else(|| vec![Moved::Conflict; self.batch.size()]))
    }
}

static UNANSWERED: LazyLock<String> = LazyLock::new(|| {
    let mut query = Query::select();
    query.expr(Expr::val(1)).from(Events).and_where(among_listed(Column::CaseId, given(1)));
    query.and_where(Column::Disposition.into_expr().is_null()).limit(1);
    query.to_string(SqliteQueryBuilder)
});
