//! Cases that cannot be read, because they are damaged or another release wrote them: they stop nothing else.
//!
//! What cannot be read cannot be decided, so this is the one change of a case that no step makes. Such a case waits for a
//! person as an incident; its documents are left as they are, and what it is told meanwhile waits in its events. Once it
//! is mended, `retry` lets it go on.

use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter};
use wasl_core::case::{Case, CaseId, Doing, Incident, Progress, Standing};
use wasl_core::history::{Entry, What};

use super::batch;
use super::cases::to_case;
use super::document::{instant, millis, to_json};
use super::error::{During, StoreError};
use super::migrate;
use super::tables::{cases, history};
use super::tx::Tx;
use cases::Column;

const OPERATION: &str = "set cases aside";
const PLACE: &str = "stored case";

/// Lets cases wait for a person, and ends the transaction.
///
/// # Errors
/// The database failed, or is of a newer release: then it is this program that cannot read, and the cases are well.
pub(super) async fn set_aside(tx: Tx, unreadable: &[(CaseId, StoreError)], now: Timestamp) -> Result<(), StoreError> {
    migrate::known(&tx).await?;
    for (id, error) in unreadable {
        let Some(row) = cases::Entity::find_by_id(id.0).one(&tx).await.during(OPERATION)? else { continue };
        // Somebody may have mended it a moment ago.
        if to_case(row.clone()).is_err() {
            set_one_aside(&tx, &row, error, now).await?;
        }
    }
    tx.commit().await.during(OPERATION)
}

async fn set_one_aside(tx: &Tx, row: &cases::Model, error: &StoreError, now: Timestamp) -> Result<(), StoreError> {
    let mut update = cases::Entity::update_many()
        .col_expr(Column::WakeAt, Expr::val(None::<i64>))
        .col_expr(Column::Version, Column::Version.into_expr().add(1))
        .filter(Column::Id.eq(row.id));
    // One that stands still already keeps its reason.
    if row.standing == Standing::Open.as_str() {
        let standing = incident(error);
        let detail = to_json("standing", row.id, &standing)?;
        update = update
            .col_expr(Column::Standing, Expr::val(standing.as_str()))
            .col_expr(Column::StandingDetail, Expr::val(detail));
        batch::insert(tx, vec![entry(row, error, now)?], OPERATION).await?;
    }
    update.exec(tx).await.during(OPERATION).map(|_| ())
}

fn entry(row: &cases::Model, error: &StoreError, now: Timestamp) -> Result<history::ActiveModel, StoreError> {
    let entry = Entry {
        at: now,
        visit: u32::try_from(row.visit).unwrap_or_default(),
        state: row.state.as_str().into(),
        event: None,
        by: None,
        what: What::Incident { place: PLACE.to_owned(), reason: error.to_string() },
    };
    Ok(history::ActiveModel {
        id: ActiveValue::NotSet,
        case_id: ActiveValue::Set(row.id),
        at: ActiveValue::Set(millis(now)),
        entry: ActiveValue::Set(to_json("history", row.id, &entry)?),
    })
}

fn incident(error: &StoreError) -> Standing {
    Standing::Incident(Incident { place: PLACE.to_owned(), reason: error.to_string(), doing: Doing::Moving })
}

/// A case as lists show it: of one that cannot be read, what can, and that it cannot.
pub(super) fn listed(row: cases::Model) -> Case {
    let shown = row.clone();
    to_case(row).unwrap_or_else(|error| Case {
        id: CaseId(shown.id),
        workflow: shown.workflow.into(),
        workflow_hash: shown.workflow_hash.into(),
        key: shown.case_key.into(),
        household: shown.household.map(Into::into),
        version: u64::try_from(shown.version).unwrap_or_default(),
        state: shown.state.into(),
        visit: u32::try_from(shown.visit).unwrap_or_default(),
        standing: incident(&error),
        data: Arc::default(),
        opened_at: instant(shown.opened_at),
        state_since: instant(shown.state_since),
        progress: Progress::default(),
    })
}
