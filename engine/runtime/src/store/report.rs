//! What reports ask for: counts that were added up before ([`counting`]), and what is counted when somebody looks because
//! an index bounds it.

pub(super) mod counting;

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use wasl_core::report::{Count, Figure, Grain, Kind, Piece, day_number, day_of};

use super::Store;
use super::document::{from_json_option, instant, millis};
use super::error::{During, StoreError};
use super::facts::OPTED_OUT;
use super::tables::suppression_changes as changes;
use super::tables::{
    call_tasks, cases, detection_runs, events, history, records, rejected_records, report_counts, report_progress,
};

const OPERATION: &str = "read a report";
/// What a run calls rows that could not be read.
const REJECTED: &str = "rejected";

/// So many overdue tasks are counted; a house with more of them has another trouble than their number.
const OVERDUE_MAX: u64 = 10_000;

/// How far the counts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportProgress {
    /// When something was counted last.
    pub counted_at: Timestamp,
    /// Whether there are news that are not counted yet.
    pub behind: bool,
    /// Whether all cases are being counted anew: until then figures are of what has been counted.
    pub recounting: bool,
}

/// Work of one workflow that waits for somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkPast {
    /// Cases with work that is past its due time, by the state in which the case stands.
    pub overdue: BTreeMap<String, u64>,
    /// Whether there are more of them than were counted.
    pub more: bool,
}

impl Store {
    /// The counts of a workflow in a piece of time, month by month.
    ///
    /// # Errors
    /// The database failed.
    pub async fn report_counts(&self, workflow: &str, piece: &Piece) -> Result<Vec<Count>, StoreError> {
        let (by_day, all) = (piece.grain == Grain::Day, Figure::all().collect::<Vec<_>>());
        // A piece of days lies within one month.
        let rows = if by_day {
            self.summed(counts_of(workflow, &all, piece)).await?
        } else {
            use report_counts::Column;
            let columns = [Column::Figure, Column::Part, Column::Value, Column::Number, Column::Day];
            let query = counts_of(workflow, &all, piece).select_only().columns(columns);
            query.into_tuple().all(&self.reader).await.during(OPERATION)?
        };
        let month = day_number(Grain::Month.of(piece.from));
        let count = |(figure, part, value, number, day): (String, String, i64, i64, i64)| {
            let day = day_of(if by_day { month } else { day });
            Some(Count { kind: Kind { figure: Figure::parse(&figure)?, day, part, value }, number })
        };
        Ok(rows.into_iter().filter_map(count).collect())
    }

    /// The sums of some figures of a workflow over a piece of time that may be longer than a month.
    ///
    /// # Errors
    /// The database failed.
    pub async fn report_sums(
        &self,
        workflow: &str,
        figures: &[Figure],
        piece: &Piece,
    ) -> Result<Vec<Count>, StoreError> {
        let count = |(figure, part, value, number, _): (String, String, i64, i64, i64)| {
            Some(Count { kind: Kind { figure: Figure::parse(&figure)?, day: piece.from, part, value }, number })
        };
        let rows = self.summed(counts_of(workflow, figures, piece)).await?;
        Ok(rows.into_iter().filter_map(count).collect())
    }

    async fn summed(
        &self,
        query: sea_orm::Select<report_counts::Entity>,
    ) -> Result<Vec<(String, String, i64, i64, i64)>, StoreError> {
        use report_counts::Column;
        let query = query
            .select_only()
            .columns([Column::Figure, Column::Part, Column::Value])
            // A sum of whole numbers is a decimal on a server.
            .column_as(Expr::cust("CAST(SUM(number) AS BIGINT)"), "number")
            .column_as(Column::Day.min(), "day")
            .group_by(Column::Figure)
            .group_by(Column::Part)
            .group_by(Column::Value);
        query.into_tuple().all(&self.reader).await.during(OPERATION)
    }

    /// How far the counts are; `None` if nothing was ever counted.
    ///
    /// # Errors
    /// The database failed.
    pub async fn report_progress(&self) -> Result<Option<ReportProgress>, StoreError> {
        let Some(row) = report_progress::Entity::find().one(&self.reader).await.during(OPERATION)? else {
            return Ok(None);
        };
        let newest = newest(&self.reader).await?;
        Ok(Some(ReportProgress {
            counted_at: instant(row.counted_at),
            behind: newest.0 > row.history_id || newest.1 > row.event_id,
            recounting: row.recounted.is_some(),
        }))
    }

    /// Cases of a workflow with work that is past its due time, by the state in which they stand.
    ///
    /// # Errors
    /// The database failed.
    pub async fn overdue_by_state(&self, workflow: &str, now: Timestamp) -> Result<WorkPast, StoreError> {
        let rows = self.reader.query_all(&overdue(now)).await.during(OPERATION)?;
        let mut past = WorkPast::default();
        let mut seen = 0;
        for row in rows {
            let tasks: i64 = row.try_get("", "tasks").during(OPERATION)?;
            seen += u64::try_from(tasks).unwrap_or(0);
            let of: String = row.try_get("", "workflow").during(OPERATION)?;
            if of != workflow {
                continue;
            }
            let state: String = row.try_get("", "state").during(OPERATION)?;
            let number: i64 = row.try_get("", "number").during(OPERATION)?;
            past.overdue.insert(state, u64::try_from(number).unwrap_or(0));
        }
        past.more = seen >= OVERDUE_MAX;
        Ok(past)
    }

    /// What came of the rows that a workflow's detections read in runs that began between two instants, the second not
    /// included. What a run that was cut off had dealt with counts as well.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn detected_between(
        &self,
        workflow: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        use detection_runs::Column;
        // Detections are named `workflow/detection`; the sign after `/` is `0`.
        let runs = detection_runs::Entity::find()
            .filter(Column::Detection.gte(format!("{workflow}/")))
            .filter(Column::Detection.lt(format!("{workflow}0")))
            .filter(Column::StartedAt.gte(millis(from)))
            .filter(Column::StartedAt.lt(millis(to)));
        let (mut counts, mut cut_off) = (BTreeMap::new(), Vec::new());
        let corrected = self.corrected_of(runs.clone()).await?;
        for run in runs.all(&self.reader).await.during(OPERATION)? {
            let of_run: Option<BTreeMap<String, u64>> =
                from_json_option("summary", &run.id.to_string(), run.summary.as_deref())?;
            match of_run {
                Some(of_run) => add_up(&mut counts, of_run),
                None => cut_off.push(run.id),
            }
        }
        if !cut_off.is_empty() {
            add_up(&mut counts, self.tuples(marked_by(cut_off)).await?);
        }
        // A row that was corrected counts where it came to, in the run of its correction, and not a second time.
        if let Some(rejected) = counts.get_mut(REJECTED) {
            *rejected = rejected.saturating_sub(corrected);
        }
        Ok(counts)
    }

    /// How many rows that these runs could not read have been corrected since.
    async fn corrected_of(&self, runs: Select<detection_runs::Entity>) -> Result<u64, StoreError> {
        use rejected_records::Column;
        let runs = runs.select_only().column(detection_runs::Column::Id).into_query();
        let corrected = rejected_records::Entity::find()
            .filter(Column::CorrectedAt.is_not_null())
            .filter(Column::Run.in_subquery(runs));
        corrected.count(&self.reader).await.during(OPERATION)
    }

    /// How many people asked us to stop between two instants, the second not included.
    ///
    /// # Errors
    /// The database failed.
    pub async fn opted_out_between(&self, from: Timestamp, to: Timestamp) -> Result<u64, StoreError> {
        let query = changes::Entity::find()
            .filter(changes::Column::At.gte(millis(from)))
            .filter(changes::Column::At.lt(millis(to)))
            .filter(changes::Column::Change.eq("added"))
            .filter(changes::Column::Reason.eq(OPTED_OUT));
        query.count(&self.reader).await.during(OPERATION)
    }
}

/// The rows of some figures of a workflow in a piece of time. Figures are always named: the days of each lie together.
pub(super) fn counts_of(workflow: &str, figures: &[Figure], piece: &Piece) -> sea_orm::Select<report_counts::Entity> {
    use report_counts::Column;
    let figures = figures.iter().map(|figure| figure.as_str());
    report_counts::Entity::find()
        .filter(Column::Workflow.eq(workflow))
        .filter(Column::Grain.eq(piece.grain.as_str()))
        .filter(Column::Figure.is_in(figures))
        .filter(Column::Day.between(day_number(piece.from), day_number(piece.to)))
        .filter(Column::Number.ne(0))
}

fn add_up(counts: &mut BTreeMap<String, u64>, more: impl IntoIterator<Item = (String, u64)>) {
    for (word, rows) in more {
        *counts.entry(word).or_default() += rows;
    }
}

fn marked_by(runs: Vec<i64>) -> sea_orm::Select<records::Entity> {
    use records::Column;
    records::Entity::find()
        .select_only()
        .column(Column::Result)
        .column_as(Column::RowHash.count(), "rows")
        .filter(Column::Run.is_in(runs))
        .group_by(Column::Result)
}

/// Cases with work past its due time, of all workflows: the tasks are found by their due time, and not more than can be looked
/// at, so that all of them are needed to say whether there are more.
pub(super) fn overdue(now: Timestamp) -> SelectStatement {
    use call_tasks::Column as Task;
    use cases::Column;
    let late = sea_orm::sea_query::Alias::new("late");
    let tasks = Query::select()
        .column(Task::CaseId)
        .from(call_tasks::Entity)
        // Spelt as the index of what waits has it: SQLite matches a partial index to nothing else.
        .and_where(Expr::cust("COALESCE(status, '') IN ('open', 'claimed')"))
        .and_where(Task::Due.lt(millis(now)))
        .order_by(Task::Due, Order::Asc)
        .limit(OVERDUE_MAX)
        .to_owned();
    let of_case = Expr::col((late.clone(), Task::CaseId)).equals((cases::Entity, Column::Id));
    Query::select()
        .columns([(cases::Entity, Column::Workflow), (cases::Entity, Column::State)])
        .expr_as(Expr::col((cases::Entity, Column::Id)).count_distinct(), "number")
        .expr_as(Expr::col((cases::Entity, Column::Id)).count(), "tasks")
        .from_subquery(tasks, late)
        .inner_join(cases::Entity, of_case)
        .add_group_by([Expr::col((cases::Entity, Column::Workflow)), Expr::col((cases::Entity, Column::State))])
        .to_owned()
}

/// The newest rows of histories and events.
async fn newest<C: ConnectionTrait>(db: &C) -> Result<(i64, i64), StoreError> {
    let history: Option<Option<i64>> = history::Entity::find()
        .select_only()
        .column_as(history::Column::Id.max(), "id")
        .into_tuple()
        .one(db)
        .await
        .during(OPERATION)?;
    let event: Option<Option<i64>> = events::Entity::find()
        .select_only()
        .column_as(events::Column::Id.max(), "id")
        .into_tuple()
        .one(db)
        .await
        .during(OPERATION)?;
    Ok((history.flatten().unwrap_or(0), event.flatten().unwrap_or(0)))
}
