//! Who is known to be dead by the moves of a batch, written by the row: whoever is new is looked for among those whom other
//! cases mean to contact, and these are told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use sea_orm::sea_query::{ExprTrait, SelectStatement, SqliteQueryBuilder};
use wasl_core::case::CaseId;

use super::rows::{EVENT, Row, changed, given};
use super::statements::Statements;
use super::told::WOKEN;
use crate::store::document::{instant, millis};
use crate::store::{affected, deceased, events};

static WITH_MESSAGES: LazyLock<String> =
    LazyLock::new(|| text(&affected::messages_to(|column| column.eq(given(1)), given(1).like("%@%"))));
static WITH_CALLS: LazyLock<String> = LazyLock::new(|| text(&affected::calls_to(|column| column.eq(given(1)))));

/// The row of each identity of the deceased, by the case that says so.
pub(super) type Known<'r> = BTreeMap<(CaseId, &'r str), &'r Row>;

/// Remembers them, and tells the cases that mean to contact one of those who were not known to be dead.
pub(super) fn know(statements: &mut Statements<'_>, known: &Known<'_>, now: i64) -> rusqlite::Result<()> {
    let mut new = Vec::new();
    for ((case, identity), row) in known {
        if statements.write(row)? > 0 {
            new.push((*case, *identity));
        }
    }
    let Some((first, _)) = new.first() else { return Ok(()) };
    let cause = deceased::cause(*first, instant(now));
    let mut cases = BTreeSet::new();
    for (_, identity) in &new {
        let identity = [(*identity).into()];
        cases.extend(statements.numbers(&WITH_MESSAGES, &identity)?);
        cases.extend(statements.numbers(&WITH_CALLS, &identity)?);
    }
    for case in cases {
        let event = affected::told(case, &cause, instant(now));
        let row = events::to_row(&event).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        if statements.write(&EVENT.row(row))? > 0 {
            statements.write(&changed(&WOKEN, vec![case.into(), millis(event.at).into()]))?;
        }
    }
    Ok(())
}

fn text(select: &SelectStatement) -> String {
    select.to_string(SqliteQueryBuilder)
}
