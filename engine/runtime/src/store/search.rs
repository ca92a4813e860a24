//! Finding cases by words: names, numbers, references, each by its beginning and by an index.

use std::collections::BTreeSet;

use sea_orm::sea_query::{ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter};
use wasl_core::case::CaseId;

use super::Store;
use super::batch::{self, KEYS_MAX, among};
use super::dialect::Dialect;
use super::error::{During, StoreError};
use super::tables::case_words;
use super::tx::Tx;
use case_words::Column;

const OPERATION: &str = "note the words of cases";
/// Stands behind every letter, so that a range holds all words with a beginning.
const LAST: char = '\u{10ffff}';

impl Store {
    /// Notes under which words cases are found, in place of those noted before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_words(&self, words: &[(CaseId, Vec<String>)]) -> Result<(), StoreError> {
        let tx = self.begin(OPERATION).await?;
        note(&tx, words.iter().map(|(case, words)| (*case, words.as_slice())).collect()).await?;
        tx.commit().await.during(OPERATION)
    }
}

/// Notes words within a transaction.
pub(super) async fn note(tx: &Tx, cases: Vec<(CaseId, &[String])>) -> Result<(), StoreError> {
    let ids: Vec<i64> = cases.iter().map(|(case, _)| case.0).collect();
    for ids in ids.chunks(KEYS_MAX) {
        let delete =
            case_words::Entity::delete_many().filter(among(Dialect::of(tx), Column::CaseId, ids.iter().copied()));
        delete.exec(tx).await.during(OPERATION)?;
    }
    let rows = cases.iter().flat_map(|(case, words)| words.iter().map(|word| row(*case, word)));
    batch::insert_new(tx, rows.collect(), OPERATION).await?;
    Ok(())
}

/// Notes the words of new cases within a transaction: none of them is there yet.
pub(super) async fn note_first(tx: &Tx, cases: Vec<(CaseId, &[String])>) -> Result<(), StoreError> {
    let each: BTreeSet<(CaseId, &str)> =
        cases.iter().flat_map(|(case, words)| words.iter().map(|word| (*case, word.as_str()))).collect();
    let rows = each.into_iter().map(|(case, word)| row(case, word));
    batch::insert(tx, rows.collect(), OPERATION).await
}

/// The row of a word under which a case is found.
pub(super) fn row(case: CaseId, word: &str) -> case_words::ActiveModel {
    case_words::ActiveModel { word: ActiveValue::Set(word.to_owned()), case_id: ActiveValue::Set(case.0) }
}

/// Ids of the cases that have a word with this beginning.
pub(super) fn having(beginning: &str) -> SelectStatement {
    Query::select()
        .column(Column::CaseId)
        .from(case_words::Entity)
        .and_where(Column::Word.into_expr().gte(beginning))
        .and_where(Column::Word.into_expr().lt(format!("{beginning}{LAST}")))
        .to_owned()
}
