//! Who is known to be dead: every identity that a case gives of its deceased, for as long as nobody has
//! withdrawn that death.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use wasl_core::case::CaseId;
use wasl_core::event::Body;
use wasl_core::policy::is_personal;

use super::dialect::Dialect;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::events::{self, NewEvent};
use super::reading::Ask;
use super::tables::deceased;
use super::tx::Tx;
use super::{Store, affected, batch};

/// What a case says of its deceased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deceased {
    /// A personal number or an address.
    pub identity: String,
    /// The case that says so.
    pub case: CaseId,
    /// When the death was withdrawn, if it was.
    pub withdrawn_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct New {
    identity: String,
    case_id: i64,
}

/// Remembers identities of the deceased, each with the case that says so, and tells every case that means to
/// contact them; what is known already stays.
pub(super) async fn know(tx: &Tx, known: BTreeSet<(CaseId, &str)>, now: Timestamp) -> Result<(), StoreError> {
    let rows = known.into_iter().map(|(case, identity)| row(case, identity, now)).collect();
    let wanted = [deceased::Column::Identity, deceased::Column::CaseId];
    let new: Vec<New> = batch::insert_returning_new(tx, rows, &wanted, "remember a death").await?;
    let Some(first) = new.first() else { return Ok(()) };
    let cause = cause(CaseId(first.case_id), now);
    let identities = new.iter().map(|row| row.identity.as_str()).collect();
    affected::tell(tx, &identities, &cause, now).await.map(|_| ())
}

/// The row of an identity of the deceased, with the case that says so.
pub(super) fn row(case: CaseId, identity: &str, now: Timestamp) -> deceased::ActiveModel {
    let identity = identity.to_owned();
    deceased::Model { identity, case_id: case.0, at: millis(now), withdrawn_at: None }.into_active_model()
}

/// What others are told by, where deaths are new of which the first is that of a case.
pub(super) fn cause(first: CaseId, now: Timestamp) -> String {
    format!("death {first}.{}", millis(now))
}

/// Which of these identities, as they are spelt or by their pseudonyms, are known to be a deceased's.
pub(super) async fn among<C: Ask>(db: &C, identities: &[&str]) -> Result<Vec<String>, StoreError> {
    let rows = db.tuples::<_, (String,)>(known_of(db.dialect(), identities), "read deaths").await?;
    Ok(rows.into_iter().map(|(identity,)| identity).collect())
}

/// Those of these identities that are known to be a deceased's.
pub(super) fn known_of(dialect: Dialect, identities: &[&str]) -> Select<deceased::Entity> {
    deceased::Entity::find()
        .select_only()
        .column(deceased::Column::Identity)
        .filter(batch::among(dialect, deceased::Column::Identity, identities.iter().copied()))
        .filter(deceased::Column::WithdrawnAt.is_null())
}

impl Store {
    /// What is known of a deceased by one of their identities, or by a case that is about them: every case
    /// that has the same personal number.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deceased(&self, identity: Option<&str>, case: Option<CaseId>) -> Result<Vec<Deceased>, StoreError> {
        let mut named: BTreeSet<String> = identity.map(str::to_owned).into_iter().collect();
        named.extend(identity.and_then(|one| self.pseudonym_of(one)));
        if let Some(case) = case {
            let query = deceased::Entity::find().filter(deceased::Column::CaseId.eq(case.0));
            named.extend(query.all(&self.reader).await.during("read deaths")?.into_iter().map(|row| row.identity));
        }
        // A telephone may be that of two people; a personal number is of one.
        let personal = named.iter().filter(|one| is_personal(one));
        let mut of_person = deceased::Column::Identity.is_in(personal.cloned());
        if let Some(case) = case {
            of_person = of_person.or(deceased::Column::CaseId.eq(case.0));
        }
        let query = deceased::Entity::find()
            .filter(of_person)
            .order_by_asc(deceased::Column::CaseId)
            .order_by_asc(deceased::Column::Identity);
        let known = |row: deceased::Model| Deceased {
            identity: row.identity,
            case: CaseId(row.case_id),
            withdrawn_at: row.withdrawn_at.map(instant),
        };
        Ok(query.all(&self.reader).await.during("read deaths")?.into_iter().map(known).collect())
    }

    /// Withdraws the death that these cases are about: what they say of the deceased counts no more, and each
    /// is told, in one transaction.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn withdraw_death(
        &self,
        cases: &[CaseId],
        (by, reason): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin("withdraw a death").await?;
        set_withdrawn(&tx, cases, Some(now)).await?;
        tell_of_death(&tx, cases, ("withdrawn", by), &Body::DeathWithdrawn { reason: reason.to_owned() }, now).await?;
        tx.commit().await.during("withdraw a death")
    }

    /// Takes a withdrawal back: these cases' deceased are dead after all, and nobody contacts them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn confirm_death(
        &self,
        cases: &[CaseId],
        (by, reason): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin("confirm a death").await?;
        set_withdrawn(&tx, cases, None).await?;
        tell_of_death(&tx, cases, ("confirmed", by), &Body::DeathConfirmed { reason: reason.to_owned() }, now).await?;
        let query = deceased::Entity::find().filter(deceased::Column::CaseId.is_in(cases.iter().map(|case| case.0)));
        let rows = query.all(&tx).await.during("confirm a death")?;
        let identities = rows.iter().map(|row| row.identity.as_str()).collect();
        affected::tell(&tx, &identities, &format!("death confirmed {}", millis(now)), now).await?;
        tx.commit().await.during("confirm a death")
    }
}

/// Tells each case what became of the death that it is about.
async fn tell_of_death(
    tx: &Tx,
    cases: &[CaseId],
    (what, by): (&str, &str),
    body: &Body,
    now: Timestamp,
) -> Result<(), StoreError> {
    let told = |case: &CaseId| NewEvent {
        case: *case,
        source: "death".to_owned(),
        source_id: format!("{what} {case}.{}", millis(now)),
        at: now,
        by: by.to_owned(),
        body: body.clone(),
    };
    let new: Vec<NewEvent> = cases.iter().map(told).collect();
    events::record(tx, &new).await.map(drop)
}

async fn set_withdrawn(tx: &Tx, cases: &[CaseId], at: Option<Timestamp>) -> Result<(), StoreError> {
    let update = deceased::Entity::update_many()
        .col_expr(deceased::Column::WithdrawnAt, Expr::val(at.map(millis)))
        .filter(deceased::Column::CaseId.is_in(cases.iter().map(|case| case.0)));
    update.exec(tx).await.during("withdraw a death").map(|_| ())
}
