//! Events: stored before they are answered, once for each source and id.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, UpdateStatement, Value};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use wasl_core::case::CaseId;
use wasl_core::event::{Body, Disposition, Event};

use super::batch::{self, KEYS_MAX, among, given, rows_max, update_from};
use super::cases::hold;
use super::dialect::{Beside, Dialect};
use super::document::{from_json, from_json_option, instant, millis, text, to_json};
use super::error::{During, StoreError};
use super::reading::Ask;
use super::signals::signal_others;
use super::tables::{cases, events};
use super::transaction::{Deed, Transaction};
use super::tx::Tx;
use super::{Lost, Store};

/// An event to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// The case that it happened to.
    pub case: CaseId,
    /// Who gives the ids: `api:billing`, `delivery`, `engine`.
    pub source: String,
    /// The source's id of it; the same one again is the same event.
    pub source_id: String,
    /// When it was received.
    pub at: Timestamp,
    /// Who or what reported it.
    pub by: String,
    /// What happened.
    pub body: Body,
}

/// What became of storing an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The stored event's id.
    pub event_id: i64,
    /// Whether this was its first arrival; otherwise nothing was changed.
    pub first: bool,
    /// What the case made of it, as far as that is known.
    pub disposition: Option<Disposition>,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// What happened.
    pub event: Event,
    /// To which case.
    pub case: CaseId,
    /// Who gave its id.
    pub source: String,
    /// The source's id of it.
    pub source_id: String,
    /// What the case made of it.
    pub disposition: Option<Disposition>,
    /// When that was final.
    pub settled_at: Option<Timestamp>,
}

impl Store {
    /// Stores an event and makes its case due. The same source and id again changes nothing and gives
    /// the first answer.
    ///
    /// # Errors
    /// There is no such case, or the database failed.
    pub async fn record_event(&self, new: &NewEvent) -> Result<Recorded, StoreError> {
        let recorded = self.record_events(std::slice::from_ref(new)).await?;
        // One event in, one answer out; the error is there for the type alone.
        recorded.into_iter().next().ok_or(StoreError::NoSuchCase(new.case))
    }

    /// Stores several events in one transaction, as [`Store::record_event`] does; the answers come in
    /// the order of the events.
    ///
    /// # Errors
    /// One of the cases does not exist, or the database failed; then none is stored.
    pub async fn record_events(&self, new: &[NewEvent]) -> Result<Vec<Recorded>, StoreError> {
        let mut lost = Lost::default();
        loop {
            let done = self.record_once(new).await;
            if !lost.again(&done) {
                return done;
            }
        }
    }

    async fn record_once(&self, new: &[NewEvent]) -> Result<Vec<Recorded>, StoreError> {
        if let Some(writer) = &self.row_writer {
            return self.record_by_rows(writer, new).await;
        }
        let tx = self.begin_beside("record events").await?;
        let recorded = record(&tx, new).await?;
        tx.commit().await.during("record events")?;
        Ok(recorded)
    }

    /// Stores what somebody does about a case as they have seen it; `None`, and nothing is stored, if the case has changed
    /// since, or has been told something that will change it. The same act again is answered as before.
    ///
    /// # Errors
    /// There is no such case, or the database failed.
    pub async fn record_as_seen(&self, new: &NewEvent, seen: u64) -> Result<Option<Recorded>, StoreError> {
        self.within(Beside::Others, Act::OPERATION, Act { new: new.clone(), seen }).await
    }

    /// A stored event by its source and the source's id.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn event(&self, source: &str, source_id: &str) -> Result<Option<StoredEvent>, StoreError> {
        let query = events::Entity::find()
            .filter(events::Column::Source.eq(source))
            .filter(events::Column::SourceId.eq(source_id));
        query.one(&self.reader).await.during("read an event")?.map(to_stored).transpose()
    }

    /// Every event of a case, in the order of arrival.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn events(&self, case: CaseId) -> Result<Vec<StoredEvent>, StoreError> {
        let query = events::Entity::find().filter(events::Column::CaseId.eq(case.0)).order_by_asc(events::Column::Id);
        let rows = query.all(&self.reader).await.during("read events")?;
        rows.into_iter().map(to_stored).collect()
    }
}

/// What a case has not answered yet.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    pub(super) events: Vec<Event>,
    /// Numbers of those that cannot be read, and why not.
    pub(super) unreadable: Vec<(i64, StoreError)>,
}

/// What somebody does about a case whose version they have seen.
struct Act {
    new: NewEvent,
    seen: u64,
}

impl Act {
    const OPERATION: &str = "record an act";

    /// Whether the case is as it was seen, and waits for nothing that would change it.
    async fn is_as_seen<T: Transaction>(&self, tx: &T) -> Result<bool, StoreError> {
        let case = tx.one(cases::Entity::find_by_id(self.new.case.0), Self::OPERATION).await?;
        let case = case.ok_or(StoreError::NoSuchCase(self.new.case))?;
        let told = events::Entity::find()
            .filter(events::Column::CaseId.eq(self.new.case.0))
            .filter(events::Column::Disposition.is_null());
        Ok(u64::try_from(case.version) == Ok(self.seen) && tx.one(told, Self::OPERATION).await?.is_none())
    }
}

impl Deed for Act {
    type Answer = Option<Recorded>;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Option<Recorded>, StoreError> {
        tx.hold(&[self.new.case.0].into(), Self::OPERATION).await?;
        let again = events::Entity::find()
            .filter(events::Column::Source.eq(&self.new.source))
            .filter(events::Column::SourceId.eq(&self.new.source_id));
        if tx.one(again, Self::OPERATION).await?.is_none() && !self.is_as_seen(tx).await? {
            return Ok(None);
        }
        Ok(tx.record(std::slice::from_ref(&self.new)).await?.pop())
    }
}

/// Unsettled events by case, in the order of arrival.
pub(super) async fn unsettled<C: Ask>(db: &C, cases: &[i64]) -> Result<BTreeMap<i64, Unsettled>, StoreError> {
    let mut found: BTreeMap<i64, Unsettled> = BTreeMap::new();
    for cases in cases.chunks(KEYS_MAX) {
        let query = unsettled_of(db.dialect(), cases);
        let rows = db.tuples::<_, (i64, i64, i64, String, String)>(query, "read unsettled events").await?;
        for (id, case, at, by, body) in rows {
            let of_case = found.entry(case).or_default();
            match to_event(id, at, by, &body) {
                Ok(event) => of_case.events.push(event),
                Err(error) => of_case.unreadable.push((id, error)),
            }
        }
    }
    Ok(found)
}

/// The unsettled events of these cases.
pub(super) fn unsettled_of(dialect: Dialect, cases: &[i64]) -> Select<events::Entity> {
    use events::Column;
    events::Entity::find()
        .select_only()
        .columns([Column::Id, Column::CaseId, Column::At, Column::By, Column::Body])
        .filter(among(dialect, Column::CaseId, cases.iter().copied()))
        .filter(Column::Disposition.is_null())
        .order_by_asc(Column::Id)
}

#[derive(FromQueryResult)]
struct Inserted {
    id: i64,
    source: String,
    source_id: String,
}

/// Stores events within a transaction and makes their cases due.
pub(super) async fn record(tx: &Tx, new: &[NewEvent]) -> Result<Vec<Recorded>, StoreError> {
    hold_cases(tx, new).await?;
    let rows = new.iter().map(to_row).collect::<Result<Vec<_>, _>>()?;
    let wanted = [events::Column::Id, events::Column::Source, events::Column::SourceId];
    let inserted: Vec<Inserted> = batch::insert_returning_new(tx, rows, &wanted, "record events").await?;
    let mut inserted: BTreeMap<(String, String), i64> =
        inserted.into_iter().map(|row| ((row.source, row.source_id), row.id)).collect();
    // The first of several with the same id is the one that was stored.
    let ids: Vec<Option<i64>> =
        new.iter().map(|event| inserted.remove(&(event.source.clone(), event.source_id.clone()))).collect();
    let mut wake: BTreeMap<CaseId, Timestamp> = BTreeMap::new();
    for (event, _) in new.iter().zip(&ids).filter(|(_, id)| id.is_some()) {
        let earliest = wake.entry(event.case).or_insert(event.at);
        *earliest = event.at.min(*earliest);
    }
    wake_at_latest(tx, &wake).await?;
    if !wake.is_empty() {
        signal_others(tx).await?;
    }
    let mut recorded = Vec::with_capacity(new.len());
    for (event, id) in new.iter().zip(ids) {
        recorded.push(match id {
            Some(event_id) => Recorded { event_id, first: true, disposition: None },
            None => first_answer(tx, event).await?,
        });
    }
    Ok(recorded)
}

/// What was answered when the same event came first.
async fn first_answer(tx: &Tx, event: &NewEvent) -> Result<Recorded, StoreError> {
    let query = events::Entity::find()
        .filter(events::Column::Source.eq(&event.source))
        .filter(events::Column::SourceId.eq(&event.source_id));
    let row = query.one(tx).await.during("record events")?.ok_or(StoreError::NoSuchCase(event.case))?;
    let stored = to_stored(row)?;
    Ok(Recorded { event_id: stored.event.id, first: false, disposition: stored.disposition })
}

/// Holds the cases: what is recorded of them is in the order of its ids, and no move of them overlooks it.
async fn hold_cases(tx: &Tx, new: &[NewEvent]) -> Result<(), StoreError> {
    let wanted: BTreeSet<i64> = new.iter().map(|event| event.case.0).collect();
    let held = hold(tx, &wanted, "record events").await?;
    wanted.difference(&held).next().map_or(Ok(()), |id| Err(StoreError::NoSuchCase(CaseId(*id))))
}

/// Makes each case due at its instant, unless it is due before.
async fn wake_at_latest(tx: &Tx, wake: &BTreeMap<CaseId, Timestamp>) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = wake.iter().map(|(case, at)| vec![case.0.into(), millis(*at).into()]).collect();
    for rows in rows.chunks(rows_max(2)) {
        let mut update = update_from(Dialect::of(tx), cases::Column::Id, rows.to_vec());
        earlier(&mut update, given);
        tx.execute(&update).await.during("record events")?;
    }
    Ok(())
}

/// Makes a case due at an instant, unless it is due before.
pub(super) fn earlier(update: &mut UpdateStatement, given: fn(usize) -> Expr) {
    let is_before = cases::Column::WakeAt.into_expr().lte(given(2));
    let earliest = CaseStatement::new().case(is_before, cases::Column::WakeAt.into_expr()).finally(given(2));
    update.value(cases::Column::WakeAt, earliest);
}

/// The row of an event that is new; the database gives it its number.
pub(super) fn to_row(new: &NewEvent) -> Result<events::ActiveModel, StoreError> {
    Ok(events::ActiveModel { id: ActiveValue::NotSet, ..to_model(new, 0)?.into_active_model() })
}

/// The row of an event that is new, with its number.
pub(super) fn to_model(new: &NewEvent, number: i64) -> Result<events::Model, StoreError> {
    Ok(events::Model {
        id: number,
        case_id: new.case.0,
        source: new.source.clone(),
        source_id: new.source_id.clone(),
        at: millis(new.at),
        by: text(&new.by),
        name: new.body.label(),
        body: to_json("event", &new.source_id, &new.body)?,
        disposition: None,
        disposition_detail: None,
        settled_at: None,
    })
}

pub(super) fn to_event(id: i64, at: i64, by: String, body: &str) -> Result<Event, StoreError> {
    let body = from_json("event", &id.to_string(), body)?;
    Ok(Event { id, at: instant(at), by: by.into(), body })
}

fn to_stored(row: events::Model) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        event: to_event(row.id, row.at, row.by, &row.body)?,
        case: CaseId(row.case_id),
        disposition: from_json_option("disposition", &row.id.to_string(), row.disposition_detail.as_deref())?,
        settled_at: row.settled_at.map(instant),
        source: row.source,
        source_id: row.source_id,
    })
}
