//! Lists of cases, found by words and by where they stand, page after page in the order of their ids, whether there are a
//! hundred or a million.
//!
//! What few cases have is asked first, and only those are looked at. What many have is looked for among all of them, which
//! fills a page soon where they are spread evenly; a state or standing gives them in order by its index. Where what many
//! have lies all at one end, or nobody shares two common words, a page reads far.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use wasl_core::case::{Case, CaseId, Standing};

use super::Store;
use super::document::millis;
use super::error::{During, StoreError};
use super::tables::cases::Column;
use super::tables::{call_tasks, case_words, cases, workflow_versions};
use super::{search, unreadable};

const OPERATION: &str = "list cases";
/// Cases that share something are few up to here: so many ids are read in some milliseconds. Under test soon, so that both
/// ways are walked.
const FEW: usize = if cfg!(test) { 3 } else { 5_000 };
/// Of few cases, so many are read at once until a page is full.
const CHUNK: usize = 500;
/// Where a case may stand, as it is stored ([`wasl_core::case::Standing`]).
const STANDINGS: [&str; 4] = ["open", "held", "incident", "ended"];

/// Which cases are wanted; everything that is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Name of the workflow.
    pub workflow: Option<String>,
    /// The state's name.
    pub state: Option<String>,
    /// `open`, `held`, `incident`, `ended`.
    pub standing: Option<String>,
    /// Found by every one of these words, each by its beginning ([`wasl_core::search::sought`]).
    pub words: Vec<String>,
    /// With work that is past its due time at this instant.
    pub overdue_at: Option<Timestamp>,
    /// Only cases after this one, in the order of ids: the last one of the page before.
    pub after: Option<CaseId>,
    /// At the most so many.
    pub limit: u32,
}

/// What is left to be asked of each case, and the few cases of which it is asked, if they are few.
struct Narrowed {
    few: Option<BTreeSet<i64>>,
    each: Condition,
}

impl Store {
    /// Cases in the order of their ids.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cases(&self, filter: &CaseFilter) -> Result<Vec<Case>, StoreError> {
        let Narrowed { few, each } = self.narrowed(filter).await?;
        let rows = match few {
            Some(few) => self.among_few(&few, &each, filter).await?,
            None => self.among_all(&each, filter).await?,
        };
        Ok(rows.into_iter().map(unreadable::listed).collect())
    }

    /// Whether a case of a list is there with what its columns say only: such a one stands as an incident.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_unreadable(&self, case: &Case) -> Result<bool, StoreError> {
        if !matches!(case.standing, Standing::Incident(_)) {
            return Ok(false);
        }
        match self.case(case.id).await {
            Ok(_) => Ok(false),
            Err(error) if error.is_unreadable() => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// A case by its reference, as lists show it: of one that cannot be read, what can.
    ///
    /// # Errors
    /// The database failed.
    pub async fn listed_case(&self, reference: &str) -> Result<Option<Case>, StoreError> {
        let query = cases::Entity::find().filter(Column::Reference.eq(reference.trim().to_uppercase()));
        Ok(query.one(&self.reader).await.during(OPERATION)?.map(unreadable::listed))
    }

    async fn narrowed(&self, filter: &CaseFilter) -> Result<Narrowed, StoreError> {
        let mut narrowed = Narrowed { few: None, each: Condition::all() };
        for word in &filter.words {
            let each = of_case(search::having(word), case_words::Column::CaseId);
            self.narrow(&mut narrowed, search::having(word), each).await?;
        }
        if let Some(now) = filter.overdue_at {
            self.narrow(&mut narrowed, overdue(now), of_overdue_work(now)).await?;
        }
        Ok(narrowed)
    }

    /// Asks which cases have something. `having` gives their ids, `each` asks one of them.
    async fn narrow(
        &self,
        narrowed: &mut Narrowed,
        mut having: SelectStatement,
        each: SelectStatement,
    ) -> Result<(), StoreError> {
        // Not `DISTINCT`, for which SQLite would walk an index of all cases.
        let rows = self.reader.query_all(having.limit(FEW as u64 + 1)).await.during(OPERATION)?;
        let found = rows.iter().map(|row| row.try_get_by_index::<i64>(0).during(OPERATION));
        let found = found.collect::<Result<BTreeSet<i64>, _>>()?;
        if rows.len() > FEW {
            narrowed.each = narrowed.each.clone().add(Expr::exists(each));
            return Ok(());
        }
        narrowed.few = Some(match narrowed.few.take() {
            Some(before) => before.intersection(&found).copied().collect(),
            None => found,
        });
        Ok(())
    }

    async fn among_few(
        &self,
        few: &BTreeSet<i64>,
        each: &Condition,
        filter: &CaseFilter,
    ) -> Result<Vec<cases::Model>, StoreError> {
        let after = filter.after.map_or(i64::MIN, |after| after.0.saturating_add(1));
        let ids: Vec<i64> = few.range(after..).copied().collect();
        let mut rows = Vec::new();
        for ids in ids.chunks(CHUNK) {
            let query = cases::Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(each.clone());
            rows.extend(page(query.filter(standing_there(filter)), filter).all(&self.reader).await.during(OPERATION)?);
            if rows.len() >= filter.limit as usize {
                break;
            }
        }
        rows.truncate(filter.limit as usize);
        Ok(rows)
    }

    /// One page from each part of an index that has the cases in order, of which the first make the page.
    async fn among_all(&self, each: &Condition, filter: &CaseFilter) -> Result<Vec<cases::Model>, StoreError> {
        let mut rows = Vec::new();
        for part in self.parts(filter).await? {
            let query = cases::Entity::find().filter(part).filter(each.clone());
            rows.extend(page(query, filter).all(&self.reader).await.during(OPERATION)?);
        }
        rows.sort_by_key(|row| row.id);
        rows.truncate(filter.limit as usize);
        Ok(rows)
    }

    /// Conditions that together are the filter's, each with an index that gives its cases in the order of ids.
    async fn parts(&self, filter: &CaseFilter) -> Result<Vec<Condition>, StoreError> {
        if filter.state.is_none() {
            return Ok(vec![standing_there(filter)]);
        }
        let workflows = if let Some(workflow) = &filter.workflow {
            vec![workflow.clone()]
        } else {
            let known = workflow_versions::Entity::find();
            let known = known.select_only().column(workflow_versions::Column::Workflow).distinct();
            known.into_tuple().all(&self.reader).await.during(OPERATION)?
        };
        let standings: Vec<&str> = filter.standing.as_deref().map_or(STANDINGS.to_vec(), |one| vec![one]);
        let part = |workflow: &String, standing: &str| {
            let (workflow, standing) = (Some(workflow.clone()), Some(standing.to_owned()));
            standing_there(&CaseFilter { workflow, standing, ..filter.clone() })
        };
        Ok(workflows.iter().flat_map(|workflow| standings.iter().map(move |one| part(workflow, one))).collect())
    }
}

/// A page of them: after the page before, in order, no more than asked for.
fn page(query: Select<cases::Entity>, filter: &CaseFilter) -> Select<cases::Entity> {
    let after = filter.after.map(|after| Column::Id.gt(after.0));
    query.apply_if(after, QueryFilter::filter).order_by_asc(Column::Id).limit(u64::from(filter.limit))
}

fn standing_there(filter: &CaseFilter) -> Condition {
    let wanted =
        [(Column::Workflow, &filter.workflow), (Column::State, &filter.state), (Column::Standing, &filter.standing)];
    let given = wanted.into_iter().filter_map(|(column, wanted)| Some(column.eq(wanted.as_ref()?)));
    given.fold(Condition::all(), Condition::add)
}

/// The same of the case at hand alone.
fn of_case(mut having: SelectStatement, case: impl sea_orm::IdenStatic + 'static) -> SelectStatement {
    having.and_where(Expr::col(case).equals((cases::Entity, Column::Id))).to_owned()
}

/// Waiting for somebody, in the words of the index `call_tasks_overdue`, which a database uses where it reads the same.
const WAITS: &str = "COALESCE(call_tasks.status, '') IN ('open', 'claimed')";

/// Cases with work that is past its due time and waits for somebody.
pub(super) fn overdue(now: Timestamp) -> SelectStatement {
    use call_tasks::Column as Task;
    Query::select()
        .column(Task::CaseId)
        .from(call_tasks::Entity)
        .and_where(Expr::cust(WAITS))
        .and_where(Task::Due.lt(millis(now)))
        .to_owned()
}

/// The same of the case at hand alone. Summed with nothing, so that databases look at its tasks and not at all that are due.
fn of_overdue_work(now: Timestamp) -> SelectStatement {
    use call_tasks::Column as Task;
    Query::select()
        .column(Task::Id)
        .from(call_tasks::Entity)
        .and_where(Expr::col((call_tasks::Entity, Task::CaseId)).equals((cases::Entity, Column::Id)))
        .and_where(Expr::cust(WAITS))
        .and_where(Expr::col((call_tasks::Entity, Task::Due)).add(0).lt(millis(now)))
        .to_owned()
}
