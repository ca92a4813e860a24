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
use crate::store::document::due_millis;
use crate::store::error::StoreError;
use crate::store::tables::cases::{Column, Entity as Cases};

impl Store {
    /// Whether moves may be decided ahead. A server locks the cases that are taken, so that whoever told one of them something
    /// before its moment would wait for it.
    pub const fn commits_ahead(&self) -> bool {
        self.row_writer.is_some()
    }

    /// As [`Store::commit`], of moves that were decided before `moment`, at which their cases are due. Whatever is due before that
    /// by now goes first: a case was told something meanwhile. Then all of them are conflicts, as where it is not so written.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn commit_ahead(
        &self,
        moves: &[Move],
        moment: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Moved>, StoreError> {
        let Some(writer) = self.row_writer.as_ref().filter(|_| rows::can_write(moves) && !moves.is_empty()) else {
            return Ok(vec![Moved::Conflict; moves.len()]);
        };
        let batch = rows::batch(moves, &self.listening.last(), now)?;
        self.write_by_rows(writer, OPERATION, Ahead { batch, moment: due_millis(moment) }).await
    }
}

struct Ahead {
    batch: Batch,
    moment: i64,
}

impl Work for Ahead {
    type Answer = Vec<Moved>;

    fn size(&self) -> usize {
        self.batch.size()
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Vec<Moved>> {
        let written = match statements.find(&DUE_BEFORE, &[self.moment.into()], |_| Ok(()))? {
            Some(()) => None,
            None => self.batch.write(statements)?,
        };
        Ok(written.unwrap_or_else(|| vec![Moved::Conflict; self.batch.size()]))
    }
}

static DUE_BEFORE: LazyLock<String> = LazyLock::new(|| {
    let mut query = Query::select();
    query.expr(Expr::val(1)).from(Cases).and_where(Column::WakeAt.into_expr().lt(given(1))).limit(1);
    query.to_string(SqliteQueryBuilder)
});
