//! Keeps the counts: takes cases that have news, and puts what they count now in place of what they counted before.
//!
//! What was counted of a case is kept beside it, so that it can be taken back exactly, whoever counted it and by which
//! rules. A case that is looked at twice therefore counts once, and looking at all of them anew is the same work as
//! looking at those with news.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use wasl_core::case::CaseId;
use wasl_core::definition::Priority;
use wasl_core::delivery::Channel;
use wasl_core::report::{Count, Figure, Grain, Kind, Seen, SeenCall, SeenMessage, day_number, day_of};

use super::newest;
use crate::store::batch::rows_max;
use crate::store::cases::read_cases;
use crate::store::document::{from_json, instant, millis, to_json};
use crate::store::error::{During, StoreError};
use crate::store::messages::MessageStatus;
use crate::store::tables::{
    call_tasks, cases, events, history, notifications, report_cases, report_counts, report_progress,
};
use crate::store::tasks::{TaskStatus, work};
use crate::store::tx::Tx;
use crate::store::{Store, unreadable};
use report_counts::Column;

const OPERATION: &str = "count for the reports";
/// There is one row of progress.
const NAME: &str = "cases";

/// Cases whose counts are being renewed. Dropping it leaves all as it was.
#[derive(Debug)]
pub struct Counting {
    /// The cases, as they are now.
    pub seen: Vec<Seen>,
    progress: report_progress::Model,
    tx: Tx,
}

/// Where a count is added up.
type Place = (String, Grain, Figure, i64, String, i64);

impl Store {
    /// Takes cases that have news since they were counted, found in about so many rows; `None` if there are none. With
    /// another `basis` than the last time all cases are counted anew, a part at each call.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_counting(&self, basis: &str, limit: u32) -> Result<Option<Counting>, StoreError> {
        let known = report_progress::Entity::find_by_id(NAME).one(&self.reader).await.during(OPERATION)?;
        let seen = newest(&self.reader).await?;
        // The newest lines of histories may have been let go.
        let is_done = |row: &report_progress::Model| {
            row.basis == basis && row.recounted.is_none() && row.history_id >= seen.0 && row.event_id >= seen.1
        };
        if known.as_ref().is_some_and(is_done) {
            return Ok(None);
        }
        // Counting all cases anew has its horizon from its beginning; no writer is waited for with each part of it.
        let goes_on = known.is_some_and(|row| row.basis == basis && row.recounted.is_some());
        let horizon = if self.is_shared() && !goes_on { self.horizon().await? } else { seen };
        let tx = self.begin_beside(OPERATION).await?;
        let mut progress = hold(&tx, self.dialect.locks_rows()).await?;
        if progress.basis != basis {
            (progress.history_id, progress.event_id) = horizon;
            (progress.basis, progress.recounted) = (basis.to_owned(), Some(0));
        }
        let ids = if progress.recounted.is_some() {
            recount(&tx, &mut progress, limit).await?
        } else {
            with_news(&tx, &mut progress, horizon, limit).await?
        };
        let seen = look_at(&tx, &ids).await?;
        Ok(Some(Counting { seen, progress, tx }))
    }

    /// The newest rows, such that no older one is still to come: on a server rows get their numbers before they are
    /// committed, so that whoever is writing is waited for.
    async fn horizon(&self) -> Result<(i64, i64), StoreError> {
        let tx = self.begin(OPERATION).await?;
        let newest = newest(&tx).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(newest)
    }
}

impl Counting {
    /// Writes what the cases count now; those that are not named count nothing.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn finish(self, counted: &BTreeMap<CaseId, Vec<Count>>, now: Timestamp) -> Result<(), StoreError> {
        let Self { seen, progress, tx } = self;
        let ids: Vec<i64> = seen.iter().map(|seen| seen.case.id.0).collect();
        let before = report_cases::Entity::find().filter(report_cases::Column::CaseId.is_in(ids));
        let before = before.all(&tx).await.during(OPERATION)?;
        let before: BTreeMap<i64, report_cases::Model> = before.into_iter().map(|row| (row.case_id, row)).collect();
        let mut changes: BTreeMap<Place, i64> = BTreeMap::new();
        let mut rows = Vec::new();
        for Seen { case, .. } in &seen {
            let now = counted.get(&case.id).map_or(&[][..], Vec::as_slice);
            let old = before.get(&case.id.0);
            let now = match old.filter(|_| case.is_nameless()) {
                Some(old) => &after_erasure(now, old)?,
                None => now,
            };
            let document = to_json("counts", case.id, &stored(now))?;
            if old.is_some_and(|old| old.counts == document) {
                continue;
            }
            if let Some(old) = old {
                take_back(&mut changes, old)?;
            }
            for count in now {
                add(&mut changes, &case.workflow, count);
            }
            rows.push(report_cases::Model {
                case_id: case.id.0,
                workflow: case.workflow.to_string(),
                counts: document,
            });
        }
        write_counts(&tx, changes).await?;
        write_cases(&tx, rows).await?;
        let progress = report_progress::ActiveModel {
            counted_at: ActiveValue::Set(millis(now)),
            ..progress.into_active_model().reset_all()
        };
        report_progress::Entity::update(progress).exec(&tx).await.during(OPERATION)?;
        tx.commit().await.during(OPERATION)
    }
}

/// The row of progress, held until the transaction ends: two that count at the same time would count twice.
async fn hold(tx: &Tx, locks_rows: bool) -> Result<report_progress::Model, StoreError> {
    let none = report_progress::Model {
        name: NAME.to_owned(),
        basis: String::new(),
        history_id: 0,
        event_id: 0,
        recounted: None,
        counted_at: 0,
    };
    let nothing = OnConflict::new().do_nothing().to_owned();
    let insert = report_progress::Entity::insert_many([none.clone().into_active_model()]).on_conflict(nothing);
    insert.exec_without_returning(tx).await.during(OPERATION)?;
    let mut query = report_progress::Entity::find_by_id(NAME);
    if locks_rows {
        query = query.lock(LockType::Update);
    }
    Ok(query.one(tx).await.during(OPERATION)?.unwrap_or(none))
}

/// The next cases of a recount, in the order of their ids.
async fn recount(tx: &Tx, progress: &mut report_progress::Model, limit: u32) -> Result<Vec<i64>, StoreError> {
    let query = cases::Entity::find()
        .select_only()
        .column(cases::Column::Id)
        .filter(cases::Column::Id.gt(progress.recounted.unwrap_or(0)))
        .order_by_asc(cases::Column::Id)
        .limit(u64::from(limit));
    let ids: Vec<i64> = query.into_tuple().all(tx).await.during(OPERATION)?;
    let full = u32::try_from(ids.len()).is_ok_and(|found| found == limit);
    progress.recounted = ids.last().copied().filter(|_| full);
    Ok(ids)
}

/// The next lines of all histories, each with its case, up to a horizon.
pub(in crate::store) fn lines_between(after: i64, horizon: i64, limit: u32) -> Select<history::Entity> {
    use history::Column;
    history::Entity::find()
        .select_only()
        .columns([Column::Id, Column::CaseId])
        .filter(Column::Id.gt(after))
        .filter(Column::Id.lte(horizon))
        .order_by_asc(Column::Id)
        .limit(u64::from(limit))
}

/// The cases that the next rows of histories and events are about.
async fn with_news(
    tx: &Tx,
    progress: &mut report_progress::Model,
    horizon: (i64, i64),
    limit: u32,
) -> Result<Vec<i64>, StoreError> {
    let told = lines_between(progress.history_id, horizon.0, limit);
    let told: Vec<(i64, i64)> = told.into_tuple().all(tx).await.during(OPERATION)?;
    let came = events::Entity::find()
        .select_only()
        .columns([events::Column::Id, events::Column::CaseId])
        .filter(events::Column::Id.gt(progress.event_id))
        .filter(events::Column::Id.lte(horizon.1))
        .order_by_asc(events::Column::Id)
        .limit(u64::from(limit));
    let came: Vec<(i64, i64)> = came.into_tuple().all(tx).await.during(OPERATION)?;
    let full = |rows: &[(i64, i64)]| u32::try_from(rows.len()).is_ok_and(|found| found == limit);
    let reached = |rows: &[(i64, i64)], horizon: i64, from: i64| match rows.last() {
        Some((id, _)) if full(rows) => *id,
        _ => Ord::max(horizon, from),
    };
    progress.history_id = reached(&told, horizon.0, progress.history_id);
    progress.event_id = reached(&came, horizon.1, progress.event_id);
    let mut ids: Vec<i64> = told.into_iter().chain(came).map(|(_, case)| case).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// What is known of these cases now.
async fn look_at(tx: &Tx, ids: &[i64]) -> Result<Vec<Seen>, StoreError> {
    let keys: Vec<CaseId> = ids.iter().copied().map(CaseId).collect();
    let rows = read_cases(tx, &keys).await?;
    let (mut calls, mut messages, mut incidents) =
        (calls(tx, ids).await?, messages(tx, ids).await?, incidents(tx, ids).await?);
    let seen = rows.into_iter().map(|row| {
        let (id, closed_at) = (row.id, row.closed_at.map(instant));
        Seen {
            case: unreadable::listed(row),
            closed_at,
            calls: calls.remove(&id).unwrap_or_default(),
            messages: messages.remove(&id).unwrap_or_default(),
            incidents: incidents.remove(&id).unwrap_or_default(),
        }
    });
    Ok(seen.collect())
}

async fn calls(tx: &Tx, ids: &[i64]) -> Result<BTreeMap<i64, Vec<SeenCall>>, StoreError> {
    use call_tasks::Column as Task;
    type Row = (i64, String, Option<String>, i64, Option<String>, Option<i64>);
    let query = call_tasks::Entity::find()
        .select_only()
        .columns([Task::CaseId, Task::State, Task::ToAddress, Task::Priority, Task::Outcome, Task::AnsweredAt])
        .filter(Task::CaseId.is_in(ids.iter().copied()))
        .filter(Task::Status.ne(TaskStatus::Suppressed.as_str()));
    let rows: Vec<Row> = query.into_tuple().all(tx).await.during(OPERATION)?;
    let mut calls: BTreeMap<i64, Vec<SeenCall>> = BTreeMap::new();
    for (case, state, to, priority, outcome, at) in rows {
        let is_high = priority >= work::priority(Priority::High);
        calls.entry(case).or_default().push(SeenCall {
            state,
            to_person: to.is_some(),
            priority: if is_high { Priority::High } else { Priority::Normal },
            answered: outcome.zip(at.map(instant)),
        });
    }
    Ok(calls)
}

async fn messages(tx: &Tx, ids: &[i64]) -> Result<BTreeMap<i64, Vec<SeenMessage>>, StoreError> {
    use notifications::Column as Sent;
    type Row = (i64, String, String, Option<String>, i64, Option<i64>, i64);
    let query = notifications::Entity::find()
        .select_only()
        .columns([Sent::CaseId, Sent::Channel, Sent::Status, Sent::Withdraw])
        .columns([Sent::PlannedAt, Sent::SentAt, Sent::Segments])
        .filter(Sent::CaseId.is_in(ids.iter().copied()));
    let rows: Vec<Row> = query.into_tuple().all(tx).await.during(OPERATION)?;
    let mut messages: BTreeMap<i64, Vec<SeenMessage>> = BTreeMap::new();
    for (case, channel, status, withdraw, planned, sent, segments) in rows {
        let (Some(channel), Some(status)) = (Channel::parse(&channel), MessageStatus::parse(&status)) else { continue };
        messages.entry(case).or_default().push(SeenMessage {
            channel,
            status: told_apart(status, withdraw.is_some()).as_str(),
            at: instant(sent.unwrap_or(planned)),
            segments: if sent.is_some() { segments } else { 0 },
        });
    }
    Ok(messages)
}

/// The status as it is counted: only what a case is told makes it be looked at again. Of the taking up and laying down of
/// a message it hears nothing, nor that a gateway passed it on, nor that one which it withdrew has not left.
const fn told_apart(status: MessageStatus, withdrawn: bool) -> MessageStatus {
    match status {
        MessageStatus::Queued | MessageStatus::Sending if withdrawn => MessageStatus::Withdrawn,
        MessageStatus::Sending => MessageStatus::Queued,
        MessageStatus::Sent => MessageStatus::Accepted,
        other => other,
    }
}

async fn incidents(tx: &Tx, ids: &[i64]) -> Result<BTreeMap<i64, Vec<Timestamp>>, StoreError> {
    // Within a text quotation marks are escaped, so that only the entry's own word is found.
    let query = history::Entity::find()
        .select_only()
        .columns([history::Column::CaseId, history::Column::At])
        .filter(history::Column::CaseId.is_in(ids.iter().copied()))
        .filter(history::Column::Entry.contains(r#""what":"incident""#));
    let rows: Vec<(i64, i64)> = query.into_tuple().all(tx).await.during(OPERATION)?;
    let mut incidents: BTreeMap<i64, Vec<Timestamp>> = BTreeMap::new();
    for (case, at) in rows {
        incidents.entry(case).or_default().push(instant(at));
    }
    Ok(incidents)
}

/// Counts as they lie beside a case.
type Stored = Vec<(String, i64, String, i64, i64)>;

fn stored(counts: &[Count]) -> Stored {
    let row = |Count { kind, number }: &Count| {
        (kind.figure.as_str().to_owned(), day_number(kind.day), kind.part.clone(), kind.value, *number)
    };
    counts.iter().map(row).collect()
}

/// The counts of a case whose fields are erased, and whose history may be: what was counted by them stays as it was.
fn after_erasure(now: &[Count], old: &report_cases::Model) -> Result<Vec<Count>, StoreError> {
    let stored: Stored = from_json("counts", &old.case_id.to_string(), &old.counts)?;
    let kept = stored.into_iter().filter_map(|(figure, day, part, value, number)| {
        let figure = Figure::parse(&figure).filter(|figure| figure.stays_when_erased())?;
        Some(Count { kind: Kind { figure, day: day_of(day), part, value }, number })
    });
    Ok(now.iter().filter(|count| !count.kind.figure.stays_when_erased()).cloned().chain(kept).collect())
}

fn take_back(changes: &mut BTreeMap<Place, i64>, old: &report_cases::Model) -> Result<(), StoreError> {
    let stored: Stored = from_json("counts", &old.case_id.to_string(), &old.counts)?;
    for (figure, day, part, value, number) in stored {
        let Some(figure) = Figure::parse(&figure) else { continue };
        put(changes, &old.workflow, (figure, day, &part, value), number.saturating_neg());
    }
    Ok(())
}

fn add(changes: &mut BTreeMap<Place, i64>, workflow: &str, Count { kind, number }: &Count) {
    put(changes, workflow, (kind.figure, day_number(kind.day), &kind.part, kind.value), *number);
}

/// Each count is added up twice: under its day and under its month.
fn put(
    changes: &mut BTreeMap<Place, i64>,
    workflow: &str,
    (figure, day, part, value): (Figure, i64, &str, i64),
    number: i64,
) {
    for grain in [Grain::Day, Grain::Month] {
        let under = day_number(grain.of(wasl_core::report::day_of(day)));
        let place = (workflow.to_owned(), grain, figure, under, part.to_owned(), value);
        let sum = changes.entry(place).or_default();
        *sum = sum.saturating_add(number);
    }
}

async fn write_counts(tx: &Tx, changes: BTreeMap<Place, i64>) -> Result<(), StoreError> {
    let row = |((workflow, grain, figure, day, part, value), number): (Place, i64)| report_counts::Model {
        workflow,
        grain: grain.as_str().to_owned(),
        figure: figure.as_str().to_owned(),
        day,
        part,
        value,
        number,
    };
    let rows: Vec<_> =
        changes.into_iter().filter(|(_, number)| *number != 0).map(|change| row(change).into_active_model()).collect();
    let given = Expr::col((Alias::new("excluded"), Column::Number));
    let key = [Column::Workflow, Column::Grain, Column::Figure, Column::Day, Column::Part, Column::Value];
    let added = OnConflict::columns(key)
        .value(Column::Number, Expr::col((report_counts::Entity, Column::Number)).add(given))
        .to_owned();
    for rows in rows.chunks(rows_max(7)) {
        let insert = report_counts::Entity::insert_many(rows.to_vec()).on_conflict(added.clone());
        insert.exec_without_returning(tx).await.during(OPERATION)?;
    }
    Ok(())
}

async fn write_cases(tx: &Tx, rows: Vec<report_cases::Model>) -> Result<(), StoreError> {
    let replace = OnConflict::column(report_cases::Column::CaseId)
        .update_columns([report_cases::Column::Workflow, report_cases::Column::Counts])
        .to_owned();
    for rows in rows.chunks(rows_max(3)) {
        let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
        let insert = report_cases::Entity::insert_many(rows).on_conflict(replace.clone());
        insert.exec_without_returning(tx).await.during(OPERATION)?;
    }
    Ok(())
}
