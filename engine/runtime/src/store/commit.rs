//! The one way in which a case changes: a batch of moves, written in one transaction.
//!
//! The version in the `WHERE` decides races before anything else is written. Where a case has moved
//! on meanwhile its move is left out as a whole and reported; every other move of the batch is
//! written with everything that belongs to it, or, if the database fails, none of the batch is.

mod ahead;
mod deaths;
mod deeds;
mod effects;
mod numbers;
mod operated;
mod rows;
mod statements;
mod told;
mod traced;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, ReturningClause, UpdateStatement, Value};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, IntoSimpleExpr, QueryFilter, QuerySelect,
};
use wasl_core::case::{Case, CaseId};
use wasl_core::effect::Effect;
use wasl_core::event::Disposition;
use wasl_core::history::Entry;

use super::batch::{self, KEYS_MAX, among, given, rows_max, update_from};
use super::cases::{Due, hold, outcome_of, stored_version, to_row};
use super::deceased;
use super::detection::{self, RecordMark};
use super::dialect::Dialect;
use super::document::{due_millis, millis, to_json};
use super::error::{During, StoreError};
use super::search;
use super::settings;
use super::signals::signal_others;
use super::tables::{cases, events, history};
use super::tx::Tx;
use super::webhooks;
use super::{Lost, Store};
use cases::Column;
pub use told::{Foreseen, Telling};
pub(super) use writer::Writer;

const OPERATION: &str = "commit moves";

/// One step of one case with everything that must become true with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The version that the store must still have; `None` for a case that opens.
    pub before: Option<u64>,
    /// The case as the step left it.
    pub case: Case,
    /// Whether its fields are as the store has them at that version: they need not be written again.
    pub data_stays: bool,
    /// What to tell in its history.
    pub entries: Vec<Entry>,
    /// What the step wants done, in its order.
    pub effects: Vec<Effect>,
    /// What became of stored events; the last word about an event counts.
    pub settled: Vec<(i64, Disposition)>,
    /// The mark of the record that opened it.
    pub record: Option<RecordMark>,
    /// What a day of delay costs the family, in fils; told to the tasks that are planned.
    pub at_risk: i64,
    /// The words by which the case is found, where they may have changed.
    pub words: Vec<String>,
    /// Identities that no case may use from now on.
    pub never: Vec<String>,
    /// Identities of the deceased whom the case is about.
    pub deceased: Vec<String>,
}

/// What came of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is written.
    Committed,
    /// The case has moved on, is there already or is named twice in the batch: nothing of the move is
    /// written. Read the case again.
    Conflict,
}

impl Store {
    /// Writes a batch of moves in one transaction; the answers come in the order of the moves.
    ///
    /// Afterwards a case is due at `now` if events of it are unsettled, whoever recorded them and
    /// when, and otherwise when [`Case::wake_at`] says.
    ///
    /// # Errors
    /// The database failed, or an effect is planned twice; then nothing of the batch is written.
    pub async fn commit(&self, moves: &[Move], now: Timestamp) -> Result<Vec<Moved>, StoreError> {
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        let mut lost = Lost::default();
        loop {
            let done = self.commit_once(moves, now).await;
            if !lost.again(&done) {
                return done;
            }
        }
    }

    async fn commit_once(&self, moves: &[Move], now: Timestamp) -> Result<Vec<Moved>, StoreError> {
        if let Some(writer) = self.row_writer.as_ref().filter(|_| rows::can_write(moves)) {
            return self.commit_by_rows(writer, moves, now).await;
        }
        let tx = self.begin_beside(OPERATION).await?;
        if self.dialect.locks_rows() {
            hold_cases(&tx, moves).await?;
        }
        let answers = write(&tx, moves, now).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(answers)
    }

    /// Writes a batch of moves by the row.
    async fn commit_by_rows(
        &self,
        writer: &Arc<Writer>,
        moves: &[Move],
        now: Timestamp,
    ) -> Result<Vec<Moved>, StoreError> {
        let mut listening = self.listening.last();
        loop {
            let batch = rows::batch(moves, &listening, now)?;
            if let Some(answers) = self.write_by_rows(writer, OPERATION, batch).await? {
                return Ok(answers);
            }
            listening = self.listening.renewed(&self.reader).await?;
        }
    }

    /// The same of cases that were taken by [`Store::take_due`].
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn commit_due(&self, due: Due, moves: &[Move], now: Timestamp) -> Result<Vec<Moved>, StoreError> {
        let Some(tx) = due.tx else { return self.commit(moves, now).await };
        let answers = write(&tx, moves, now).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(answers)
    }
}

async fn hold_cases(tx: &Tx, moves: &[Move]) -> Result<(), StoreError> {
    let ids = moves.iter().filter(|step| step.before.is_some()).map(|step| step.case.id.0).collect();
    hold(tx, &ids, OPERATION).await.map(|_| ())
}

async fn write(tx: &Tx, moves: &[Move], now: Timestamp) -> Result<Vec<Moved>, StoreError> {
    let mut written = write_cases(tx, moves, now).await?;
    // A case counts once: a second move of it in the same batch is a conflict.
    let answers: Vec<(&Move, Moved)> = moves
        .iter()
        .map(|step| (step, if written.remove(&step.case.id) { Moved::Committed } else { Moved::Conflict }))
        .collect();
    let kept: Vec<&Move> =
        answers.iter().filter(|(_, moved)| *moved == Moved::Committed).map(|(step, _)| *step).collect();
    write_history(tx, &kept).await?;
    webhooks::plan(tx, &kept, now).await?;
    // Before the effects: what is erased goes with what was answered.
    settle_events(tx, &kept, now).await?;
    effects::write(tx, &kept, now).await?;
    let (opened, changed) = found_by(&kept);
    search::note_first(tx, opened).await?;
    search::note(tx, changed).await?;
    write_marks(tx, &kept, now).await?;
    wake_unanswered(tx, &kept, now).await?;
    if kept.iter().any(|step| !step.effects.is_empty()) {
        signal_others(tx).await?;
    }
    Ok(answers.into_iter().map(|(_, moved)| moved).collect())
}

/// A case with the words by which it is found.
type FoundBy<'m> = (CaseId, &'m [String]);

/// The words of the cases that open, and of those whose words may have changed.
fn found_by<'m>(moves: &[&'m Move]) -> (Vec<FoundBy<'m>>, Vec<FoundBy<'m>>) {
    let (mut opened, mut changed) = (Vec::new(), Vec::new());
    for step in moves.iter().filter(|step| !step.words.is_empty()) {
        let those = if step.before.is_none() { &mut opened } else { &mut changed };
        those.push((step.case.id, step.words.as_slice()));
    }
    (opened, changed)
}

/// Writes the rows of the cases and says which were as expected.
async fn write_cases(tx: &Tx, moves: &[Move], now: Timestamp) -> Result<BTreeSet<CaseId>, StoreError> {
    let mut seen = BTreeSet::new();
    let (mut opened, mut changed) = (Vec::new(), Vec::new());
    for step in moves.iter().filter(|step| seen.insert(step.case.id)) {
        match step.before {
            None => opened.push(to_row(&step.case, now)?.into_active_model()),
            Some(before) => changed.push(values_of(before, step, now)?),
        }
    }
    let opened = batch::insert_numbered(tx, opened, Column::Id, OPERATION).await?;
    let mut written: BTreeSet<CaseId> = opened.into_iter().map(CaseId).collect();
    let mut changed = changed.into_iter();
    loop {
        let rows: Vec<Vec<Value>> = changed.by_ref().take(rows_max(CHANGING.len() + 3)).collect();
        if rows.is_empty() {
            break;
        }
        written.extend(update_cases(tx, rows).await?);
    }
    Ok(written)
}

/// What a move may change of a case; the rest is said when it opens.
const CHANGING: [Column; 12] = [
    Column::Version,
    Column::WorkflowHash,
    Column::State,
    Column::Visit,
    Column::Standing,
    Column::StandingDetail,
    Column::Outcome,
    Column::Data,
    Column::Progress,
    Column::WakeAt,
    Column::StateSince,
    Column::Household,
];

/// Where the visit stands among the values of a case.
const VISIT: usize = 7;

async fn update_cases(tx: &Tx, rows: Vec<Vec<Value>>) -> Result<Vec<CaseId>, StoreError> {
    let mut update = update_from(Dialect::of(tx), Column::Id, rows);
    change_case(&mut update, given);
    update.returning(ReturningClause::Columns(vec![sea_orm::sea_query::IntoColumnRef::into_column_ref(Column::Id)]));
    Ok(batch::numbers(tx, update, OPERATION).await?.into_iter().map(CaseId).collect())
}

/// What a move changes of a case, said of the values that [`values_of`] gives in their order.
fn change_case(update: &mut UpdateStatement, given: fn(usize) -> Expr) {
    close_case(update, given);
    for (n, column) in (4..).zip(CHANGING) {
        update.value(column, new_value(column, given(n)));
    }
}

/// The same where it keeps its version of the workflow, its standing and its household, as most moves do: the indexes over
/// them are left alone, and nobody looks whether there is such a version.
fn change_case_in_place(update: &mut UpdateStatement, given: fn(usize) -> Expr) {
    close_case(update, given);
    for (n, column) in (4..).zip(CHANGING) {
        if matches!(column, Column::WorkflowHash | Column::Standing | Column::Household) {
            update.and_where(column.into_expr().is(given(n)));
        } else {
            update.value(column, new_value(column, given(n)));
        }
    }
}

/// What a column becomes. Fields that are not given stay as they are.
fn new_value(column: Column, given: Expr) -> Expr {
    if matches!(column, Column::Data) { given.if_null(column.into_expr()) } else { given }
}

/// Expects the version, and notes when the case has ended.
fn close_case(update: &mut UpdateStatement, given: fn(usize) -> Expr) {
    update.and_where(Column::Version.into_expr().eq(given(2)));
    let already = Column::ClosedAt.into_expr().if_null(given(3));
    // A case that was opened again and ended again in one move ends now, and not when it ended before.
    let same_visit = Column::Visit.into_expr().eq(given(VISIT));
    let closed_at = CaseStatement::new().case(given(3).is_null(), given(3)).case(same_visit, already).finally(given(3));
    update.value(Column::ClosedAt, closed_at);
}

/// The id, the version expected, the moment of closing, and what changes.
fn values_of(before: u64, step: &Move, now: Timestamp) -> Result<Vec<Value>, StoreError> {
    let (case, id) = (&step.case, step.case.id);
    let data = if step.data_stays { None } else { Some(to_json("data", id, &case.data)?) };
    Ok(vec![
        id.0.into(),
        stored_version(before).into(),
        case.is_ended().then(|| millis(now)).into(),
        stored_version(case.version).into(),
        case.workflow_hash.as_str().into(),
        case.state.as_str().into(),
        i64::from(case.visit).into(),
        case.standing.as_str().into(),
        to_json("standing", id, &case.standing)?.into(),
        outcome_of(case).into(),
        data.into(),
        to_json("progress", id, &case.progress)?.into(),
        case.wake_at().map(due_millis).into(),
        millis(case.state_since).into(),
        case.household.as_deref().into(),
    ])
}

async fn write_history(tx: &Tx, moves: &[&Move]) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for step in moves {
        rows.extend(history_of(step)?);
    }
    batch::insert(tx, rows, OPERATION).await
}

fn history_of(step: &Move) -> Result<Vec<history::ActiveModel>, StoreError> {
    let row = |entry: &Entry| {
        Ok(history::ActiveModel {
            id: ActiveValue::NotSet,
            case_id: ActiveValue::Set(step.case.id.0),
            at: ActiveValue::Set(millis(entry.at)),
            entry: ActiveValue::Set(to_json("history", step.case.id, entry)?),
        })
    };
    step.entries.iter().map(row).collect()
}

/// Writes what became of events.
async fn settle_events(tx: &Tx, moves: &[&Move], now: Timestamp) -> Result<(), StoreError> {
    let rows = settled_by(moves, now)?;
    for rows in rows.chunks(rows_max(4)) {
        let mut update = update_from(Dialect::of(tx), events::Column::Id, rows.to_vec());
        settle_event(&mut update, given);
        tx.execute(&update).await.during(OPERATION)?;
    }
    Ok(())
}

/// What was final stays; what was deferred may still find its end.
fn settle_event(update: &mut UpdateStatement, given: fn(usize) -> Expr) {
    update
        .and_where(events::Column::SettledAt.is_null())
        .value(events::Column::Disposition, given(2))
        .value(events::Column::DispositionDetail, given(3))
        .value(events::Column::SettledAt, given(4));
}

/// The events, and what became of each: the last word counts.
fn settled_by(moves: &[&Move], now: Timestamp) -> Result<Vec<Vec<Value>>, StoreError> {
    let settled: BTreeMap<i64, &Disposition> =
        moves.iter().flat_map(|step| &step.settled).map(|(event, disposition)| (*event, disposition)).collect();
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(settled.len());
    for (event, disposition) in settled {
        let is_final = !matches!(disposition, Disposition::Deferred { .. });
        let detail = to_json("disposition", event, disposition)?;
        let settled_at = is_final.then(|| millis(now));
        rows.push(vec![event.into(), disposition.as_str().into(), detail.into(), settled_at.into()]);
    }
    Ok(rows)
}

async fn write_marks(tx: &Tx, moves: &[&Move], now: Timestamp) -> Result<(), StoreError> {
    let marks: Vec<&RecordMark> = moves.iter().filter_map(|step| step.record.as_ref()).collect();
    detection::mark_records(tx, &marks).await?;
    let never: BTreeSet<&str> = moves.iter().flat_map(|step| &step.never).map(String::as_str).collect();
    settings::never_use(tx, &never, now).await?;
    let deceased = moves.iter().flat_map(|step| step.deceased.iter().map(|identity| (step.case.id, identity.as_str())));
    deceased::know(tx, deceased.collect(), now).await
}

/// Looks first whether there are such cases: hardly ever is there one, and their rows need not be looked up again.
async fn wake_unanswered(tx: &Tx, moves: &[&Move], now: Timestamp) -> Result<(), StoreError> {
    for moves in moves.chunks(KEYS_MAX) {
        let unanswered = events::Entity::find()
            .select_only()
            .column(events::Column::CaseId)
            .filter(among(Dialect::of(tx), events::Column::CaseId, moves.iter().map(|step| step.case.id.0)))
            .filter(events::Column::Disposition.is_null());
        let unanswered: BTreeSet<i64> = unanswered.into_tuple().all(tx).await.during(OPERATION)?.into_iter().collect();
        if !unanswered.is_empty() {
            let those = among(Dialect::of(tx), Column::Id, unanswered);
            tx.execute(&waking(those, &millis(now).into())).await.during(OPERATION)?;
        }
    }
    Ok(())
}

/// Makes cases due at once that have events which they did not answer: told by this very move, or
/// recorded by others while the step was computed.
fn waking(those: Expr, now: &Expr) -> UpdateStatement {
    let unanswered = Query::select()
        .column(events::Column::Id)
        .from(events::Entity)
        .and_where(events::Column::CaseId.into_expr().equals((cases::Entity, Column::Id)))
        .and_where(events::Column::Disposition.is_null())
        .to_owned();
    let later = Column::WakeAt.is_null().or(Column::WakeAt.into_expr().gt(now.clone()));
    let mut update = Query::update();
    update
        .table(cases::Entity)
        .value(Column::WakeAt, now.clone())
        .and_where(those)
        .and_where(later.into_simple_expr())
        .and_where(Expr::exists(unanswered));
    update
}
