//! A batch of moves as statements that write one row each, which cost least where the database is part of this process.
//!
//! What the rows are, and what changes in them, is said once, by the functions that write many of them at once; here
//! they are put into statements whose text is always the same, so that they are prepared once and for all.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::LazyLock;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Iden, Query, SqliteQueryBuilder, UpdateStatement, Value};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, Iterable};
use wasl_core::case::CaseId;
use wasl_core::effect::Effect;

use super::statements::Statements;
use super::writer::Work;
use super::{
    Move, Moved, change_case, change_case_in_place, deaths, effects, history_of, settle_event, settled_by, values_of,
    waking,
};
use crate::store::batch::{among_listed, listed, storable};
use crate::store::cases::to_row;
use crate::store::document::millis;
use crate::store::error::StoreError;
use crate::store::tables::{
    call_tasks, case_words, cases, events, history, notifications, records, suppressions, webhook_deliveries,
};
use crate::store::webhooks::{self, Webhook};
use crate::store::{deceased, detection, search, settings, tables};

/// A statement that writes one row, or changes it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Always the same text at the same place: by that it is found again among those that are prepared.
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
}

/// What one move writes.
#[derive(Debug)]
pub(super) struct Rows {
    id: CaseId,
    /// Its case: whether this changes a row decides whether the others are written. A second move of a case has none.
    pub(super) case: Option<Row>,
    /// What is done with the same values if that changes no row.
    pub(super) otherwise: Option<&'static str>,
    pub(super) others: Vec<Row>,
    /// Who is dead by it.
    deceased: Vec<(CaseId, String, Row)>,
}

/// A batch of moves, ready to be written.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) moves: Vec<Rows>,
    now: i64,
    /// Who is told of them. Should somebody else listen by the time they are written, they are put together once more.
    pub(super) listening: Vec<i64>,
}

/// Whether moves are written this way. What an operator's decision about a message does, and what is erased, are found by
/// looking at other rows, and are too rare to be said twice.
pub(super) fn can_write(moves: &[Move]) -> bool {
    let is_rare = |effect: &Effect| {
        matches!(effect, Effect::Hurry { .. } | Effect::Resolved { .. } | Effect::Erase(_) | Effect::Keep { .. })
    };
    !moves.iter().flat_map(|step| &step.effects).any(is_rare)
}

/// Puts a batch together.
pub(super) fn batch(moves: &[Move], listening: &[Webhook], now: Timestamp) -> Result<Batch, StoreError> {
    let mut seen = BTreeSet::new();
    let listeners = listening.iter().map(|webhook| webhook.id).collect();
    let mut batch = Batch { moves: Vec::new(), now: millis(now), listening: listeners };
    for step in moves {
        let rows = if seen.insert(step.case.id) {
            let otherwise = step.before.map(|_| CASE_CHANGED.as_str());
            let death = |identity: &String| {
                let row = DEATH.row(deceased::row(step.case.id, identity, now));
                (step.case.id, identity.clone(), row)
            };
            let (others, deceased) = (others(step, listening, now)?, step.deceased.iter().map(death).collect());
            Rows { id: step.case.id, case: Some(of_case(step, now)?), otherwise, others, deceased }
        } else {
            Rows { id: step.case.id, case: None, otherwise: None, others: Vec::new(), deceased: Vec::new() }
        };
        batch.moves.push(rows);
    }
    Ok(batch)
}

impl Batch {
    /// Writes the moves, each as a whole or not at all.
    pub(super) fn write_moves(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Vec<Moved>> {
        let moved = self.moves.iter().map(|rows| rows.write(statements)).collect::<rusqlite::Result<Vec<Moved>>>()?;
        let written = || self.moves.iter().zip(&moved).filter(|(_, moved)| **moved == Moved::Committed);
        let deaths = written().flat_map(|(rows, _)| &rows.deceased);
        let known = deaths.map(|(case, identity, row)| ((*case, identity.as_str()), row)).collect();
        deaths::know(statements, &known, self.now)?;
        let written = listed(written().map(|(rows, _)| rows.id.0.into()));
        statements.execute(&WOKEN, &[written.into(), self.now.into()])?;
        Ok(moved)
    }
}

impl Rows {
    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Moved> {
        let Some(case) = &self.case else { return Ok(Moved::Conflict) };
        let mut changed = statements.write(case)?;
        if let Some(otherwise) = self.otherwise.filter(|_| changed == 0) {
            changed = statements.execute(otherwise, &case.values)?;
        }
        if changed == 0 {
            return Ok(Moved::Conflict);
        }
        for row in &self.others {
            statements.write(row)?;
        }
        Ok(Moved::Committed)
    }
}

/// A batch by itself; `None` if others listen than it was put together for, and nothing of it is written.
impl Work for Batch {
    type Answer = Option<Vec<Moved>>;

    fn size(&self) -> usize {
        self.moves.len()
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Self::Answer> {
        let is_as_planned = self.listening == statements.listening;
        is_as_planned.then(|| self.write_moves(statements)).transpose()
    }
}

fn of_case(step: &Move, now: Timestamp) -> Result<Row, StoreError> {
    Ok(match step.before {
        None => CASE.row(to_row(&step.case, now)?.into_active_model()),
        Some(before) => changed(&CASE_CHANGED_IN_PLACE, values_of(before, step, now)?),
    })
}

/// In the order in which many rows are written: what is planned before what is withdrawn.
fn others(step: &Move, listening: &[Webhook], now: Timestamp) -> Result<Vec<Row>, StoreError> {
    let mut rows: Vec<Row> = history_of(step)?.into_iter().map(|row| HISTORY.row(row)).collect();
    let told = listening.iter().flat_map(|webhook| webhooks::told(webhook, step, now));
    rows.extend(told.map(|row| NOTICE.row(row)));
    let planned = effects::sort(&[step], now)?;
    rows.extend(planned.messages.into_iter().map(|row| MESSAGE.row(row)));
    rows.extend(planned.calls.into_iter().map(|row| CALL.row(row)));
    rows.extend(planned.answered.into_iter().map(|values| changed(&ANSWERED, values)));
    for (why, ids) in planned.withdrawn {
        rows.extend(ids.iter().flat_map(|id| withdrawn(id, why, now)));
    }
    rows.extend(planned.told.into_iter().map(|row| EVENT.row(row)));
    if !step.words.is_empty() {
        rows.push(Row { sql: &WORDS_FORGOTTEN, values: vec![step.case.id.0.into()] });
        rows.extend(step.words.iter().map(|word| WORD.row(search::row(step.case.id, word))));
    }
    rows.extend(settled_by(&[step], now)?.into_iter().map(|values| changed(&SETTLED, values)));
    rows.extend(step.record.iter().map(|mark| RECORD.row(detection::mark_row(mark))));
    rows.extend(step.never.iter().map(|address| NEVER.row(settings::never_row(address, now))));
    Ok(rows)
}

fn withdrawn(id: &str, why: &str, now: Timestamp) -> [Row; 3] {
    let values = || vec![Value::from(id), why.into()];
    [
        changed(&MESSAGE_WITHDRAWN, [values(), vec![millis(now).into()]].concat()),
        changed(&MESSAGE_MARKED, values()),
        changed(&CALL_WITHDRAWN, values()),
    ]
}

pub(super) fn changed(sql: &'static LazyLock<String>, values: Vec<Value>) -> Row {
    Row { sql, values: values.into_iter().map(storable).collect() }
}

static CASE: Insert<cases::Entity> = Insert::unless_there();
static HISTORY: Insert<history::Entity> = Insert::new();
static NOTICE: Insert<webhook_deliveries::Entity> = Insert::new();
static MESSAGE: Insert<notifications::Entity> = Insert::new();
static CALL: Insert<call_tasks::Entity> = Insert::new();
pub(super) static EVENT: Insert<events::Entity> = Insert::unless_there();
static WORD: Insert<case_words::Entity> = Insert::unless_there();
static RECORD: Insert<records::Entity> = Insert::unless_there();
static DEATH: Insert<tables::deceased::Entity> = Insert::unless_there();
static NEVER: Insert<suppressions::Entity> = Insert::unless_there();

static CASE_CHANGED: LazyLock<String> = LazyLock::new(|| update(cases::Column::Id, change_case));
static CASE_CHANGED_IN_PLACE: LazyLock<String> = LazyLock::new(|| update(cases::Column::Id, change_case_in_place));
static ANSWERED: LazyLock<String> = LazyLock::new(|| update(call_tasks::Column::Id, effects::answer_task));
static SETTLED: LazyLock<String> = LazyLock::new(|| update(events::Column::Id, settle_event));
static MESSAGE_WITHDRAWN: LazyLock<String> =
    LazyLock::new(|| text(&effects::queued_withdrawn(first(notifications::Column::Id), &given(2), &given(3))));
static MESSAGE_MARKED: LazyLock<String> =
    LazyLock::new(|| text(&effects::in_hand_marked(first(notifications::Column::Id), &given(2))));
static CALL_WITHDRAWN: LazyLock<String> =
    LazyLock::new(|| text(&effects::task_withdrawn(first(call_tasks::Column::Id), &given(2))));
/// For all of a batch, at its end: hardly ever is there anything that a case has not answered.
static WOKEN: LazyLock<String> = LazyLock::new(|| text(&waking(among_listed(cases::Column::Id, given(1)), &given(2))));
static WORDS_FORGOTTEN: LazyLock<String> = LazyLock::new(|| {
    let mut delete = Query::delete();
    delete.from_table(case_words::Entity).and_where(first(case_words::Column::CaseId));
    delete.to_string(SqliteQueryBuilder)
});

/// Writes new rows of a table, with every column of it.
pub(super) struct Insert<E> {
    sql: LazyLock<String>,
    of: PhantomData<fn(E)>,
}

impl<E: EntityTrait> Insert<E> {
    /// Rows that must not be there yet.
    pub(super) const fn new() -> Self {
        Self { sql: LazyLock::new(|| insert::<E>("")), of: PhantomData }
    }

    /// Rows that are left alone where they are there already.
    const fn unless_there() -> Self {
        Self { sql: LazyLock::new(|| insert::<E>(" ON CONFLICT DO NOTHING")), of: PhantomData }
    }

    /// What a row leaves open, the database fills in: its number.
    pub(super) fn row<A: ActiveModelTrait<Entity = E>>(&'static self, mut row: A) -> Row {
        let value = |column| match row.take(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => value,
            ActiveValue::NotSet => Value::BigInt(None),
        };
        Row { sql: &self.sql, values: E::Column::iter().map(value).collect() }
    }
}

fn insert<E: EntityTrait>(otherwise: &str) -> String {
    let columns: Vec<String> = E::Column::iter().map(|column| format!("\"{}\"", Iden::unquoted(&column))).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {} ({}) VALUES ({marks}){otherwise}", E::default().table_name(), columns.join(", "))
}

/// The change of one row, whose key is the first value.
pub(super) fn update<C: ColumnTrait>(key: C, change: fn(&mut UpdateStatement, fn(usize) -> Expr)) -> String
where
    C::EntityName: EntityTrait,
{
    let mut update = Query::update();
    update.table(C::EntityName::default()).and_where(first(key));
    change(&mut update, given);
    text(&update)
}

fn text(update: &UpdateStatement) -> String {
    update.to_string(SqliteQueryBuilder)
}

fn first<C: ColumnTrait>(key: C) -> Expr {
    key.into_expr().eq(given(1))
}

/// The n-th value of the statement, counted from 1.
pub(super) fn given(n: usize) -> Expr {
    Expr::cust(format!("?{n}"))
}
