//! Who works on what: the order of work, the next task for an agent, and an agent's day.
//!
//! First comes what was promised to a family, the agent's own promises before those of others; then what is urgent;
//! then where a day of delay costs the family most; then what is due first. All of it is written with the task, so
//! that the next one is the first of an index.

use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, UpdateMany,
};
use wasl_core::case::EffectId;
use wasl_core::definition::Priority;
use wasl_core::delivery::Channel;
use wasl_core::effect::CallTask;
use wasl_core::event::{Body, News, by_agent};
use wasl_core::lang::Texts;
use wasl_core::policy::Rule;

use super::super::Store;
use super::super::document::{due_millis, instant, millis, to_json};
use super::super::error::{During, StoreError};
use super::super::sending::news;
use super::super::tables::{call_tasks, cases};
use super::{StoredTask, TaskStatus, status_of, to_stored};
use crate::store::dialect::Beside;
use crate::store::transaction::{Deed, Transaction};
use call_tasks::Column;

const CLAIM: &str = "claim a call task";
const SUPPRESS: &str = "suppress a call task";

/// Fils a day that one family may lose and still be told apart: a million dinars.
const AT_RISK_MAX: i64 = 1_000_000_000;
/// Priorities stand above every value, and promises above every priority.
const PRIORITY: i64 = 1 << 40;
const PROMISE: i64 = 1 << 44;

/// Which work an agent wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The agent.
    pub agent: &'a str,
    /// From these queues; none means every queue.
    pub queues: &'a [String],
    /// In these languages; none means every language.
    pub languages: &'a [String],
}

/// How much work somebody may take now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workable {
    /// Calls to people.
    pub calls: u64,
    /// Work at a desk, which rings nobody.
    pub desk: u64,
}

/// The same, as a database counts it.
#[derive(Default, FromQueryResult)]
struct Counts {
    tasks: i64,
    calls: i64,
}

/// What came of claiming a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Claiming {
    /// It is yours.
    Yours(Box<StoredTask>),
    /// Somebody else works on it until then.
    Taken {
        /// Who.
        by: String,
        /// Until when.
        until: Timestamp,
    },
    /// It is not work any more.
    Over(TaskStatus),
    /// Its case stands still so: nobody is rung about it.
    Stopped(&'static str),
    /// The person may not be rung now.
    NotNow {
        /// But from then on.
        opens: Timestamp,
        /// Why.
        why: Option<Texts>,
    },
}

impl Store {
    /// Gives the agent the next task until `lease_until`; never one before its moment, of a held case, or in
    /// somebody's hands.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn claim_next_task(
        &self,
        wanted: Wanted<'_>,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<StoredTask>, StoreError> {
        let claim = ClaimNext { wants: Wants::of(wanted), now, lease_until };
        self.within(Beside::Nobody, CLAIM, claim).await?.map(to_stored).transpose()
    }

    /// Gives `agent` one task until `lease_until`, or prolongs it where it is theirs already.
    ///
    /// # Errors
    /// There is no such task, or the database failed.
    pub async fn claim_task(
        &self,
        id: &EffectId,
        agent: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Claiming, StoreError> {
        let claim = Claim { id: id.clone(), agent: agent.to_owned(), now, lease_until };
        let claimed = self.within(Beside::Nobody, CLAIM, claim).await?;
        claimed.ok_or_else(|| StoreError::NoSuchTask(id.clone()))
    }

    /// Puts a task back into its queue if it is in the hands of `agent`; says whether it was.
    ///
    /// # Errors
    /// The database failed.
    pub async fn release_task(&self, id: &EffectId, agent: &str) -> Result<bool, StoreError> {
        let update = given_back(id, agent, TaskStatus::Open).col_expr(Column::ClaimedBy, Expr::val(None::<String>));
        Ok(self.change_alone("release a call task", update.into_query(), None).await? > 0)
    }

    /// Puts a task that `agent` has in hand back into its queue until the person may be rung.
    ///
    /// # Errors
    /// The database failed.
    pub async fn postpone_task(
        &self,
        id: &EffectId,
        agent: &str,
        (not_before, why): (Timestamp, Option<&Texts>),
    ) -> Result<(), StoreError> {
        let mut update = given_back(id, agent, TaskStatus::Open)
            .col_expr(Column::ClaimedBy, Expr::val(None::<String>))
            .col_expr(Column::NotBefore, Expr::val(due_millis(not_before)));
        if let Some(why) = why {
            update = update.col_expr(Column::Why, Expr::val(to_json("reason", &id.0, why)?));
        }
        self.change_alone("postpone a call task", update.into_query(), None).await.map(|_| ())
    }

    /// Ends a task that `agent` has in hand, as a rule forbids the call, and tells its case.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suppress_task(
        &self,
        id: &EffectId,
        agent: &str,
        rule: &Rule,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rule = rule.clone();
        self.within(Beside::Nobody, SUPPRESS, Suppress { id: id.clone(), agent: agent.to_owned(), rule, now }).await
    }

    /// When the next task opens that the agent may take and nobody may yet; `None` while none is planned.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_opening(&self, wanted: Wanted<'_>, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let row = opening(wanted, now).one(&self.reader).await.during("find the next task to open")?;
        Ok(row.map(|row| instant(row.not_before)))
    }

    /// How many tasks the agent may take now, counted no further than `at_most` in all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn workable_count(
        &self,
        wanted: Wanted<'_>,
        now: Timestamp,
        at_most: u64,
    ) -> Result<Workable, StoreError> {
        let taken = workable_by_opening(wanted, now).limit(at_most).select_only().column(Column::ToAddress);
        let counted = Query::select()
            .expr_as(Func::count(Expr::col(Asterisk)), "tasks")
            // A column is counted where it has a value: only calls are to somebody.
            .expr_as(Func::count(Expr::col(Column::ToAddress)), "calls")
            .from_subquery(taken.into_query(), Alias::new("taken"))
            .to_owned();
        let counts = Counts::find_by_statement(self.reader.get_database_backend().build(&counted));
        let counts = counts.one(&self.reader).await.during("count call tasks")?.unwrap_or_default();
        let number = |counted: i64| u64::try_from(counted).unwrap_or_default();
        Ok(Workable { calls: number(counts.calls), desk: number(counts.tasks - counts.calls) })
    }

    /// What the agent has in hand now.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn tasks_in_hand(&self, agent: &str, now: Timestamp) -> Result<Vec<StoredTask>, StoreError> {
        let query = call_tasks::Entity::find()
            .filter(Column::Status.eq(TaskStatus::Claimed.as_str()))
            .filter(Column::ClaimedBy.eq(agent))
            .filter(Column::ClaimExpires.gt(millis(now)))
            .order_by_asc(Column::ClaimExpires);
        query.all(&self.reader).await.during("list call tasks")?.into_iter().map(to_stored).collect()
    }

    /// What the agent promised and nobody has done yet, the soonest first.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn promises_of(&self, agent: &str, limit: u32) -> Result<Vec<StoredTask>, StoreError> {
        let query = call_tasks::Entity::find()
            .filter(Column::PromisedBy.eq(by_agent(agent)))
            .filter(Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()]))
            .order_by_asc(Column::NotBefore)
            .limit(u64::from(limit));
        query.all(&self.reader).await.during("list call tasks")?.into_iter().map(to_stored).collect()
    }

    /// What the agent has answered since, the latest first.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn answered_by(&self, agent: &str, since: Timestamp, limit: u32) -> Result<Vec<StoredTask>, StoreError> {
        let query = call_tasks::Entity::find()
            .filter(Column::AnsweredBy.eq(by_agent(agent)))
            .filter(Column::AnsweredAt.gte(millis(since)))
            .order_by_desc(Column::AnsweredAt)
            .limit(u64::from(limit));
        query.all(&self.reader).await.during("list call tasks")?.into_iter().map(to_stored).collect()
    }
}

/// The same, for as long as it takes to be written.
struct Wants {
    agent: String,
    queues: Vec<String>,
    languages: Vec<String>,
}

impl Wants {
    fn of(wanted: Wanted<'_>) -> Self {
        let Wanted { agent, queues, languages } = wanted;
        Self { agent: agent.to_owned(), queues: queues.to_vec(), languages: languages.to_vec() }
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { agent: &self.agent, queues: &self.queues, languages: &self.languages }
    }
}

/// An agent takes whatever is next.
struct ClaimNext {
    wants: Wants,
    now: Timestamp,
    lease_until: Timestamp,
}

impl Deed for ClaimNext {
    type Answer = Option<call_tasks::Model>;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Self::Answer, StoreError> {
        let Some(row) = next(tx, self.wants.wanted(), self.now).await? else { return Ok(None) };
        give(tx, row, &self.wants.agent, self.lease_until).await.map(Some)
    }
}

/// An agent takes one task.
struct Claim {
    id: EffectId,
    agent: String,
    now: Timestamp,
    lease_until: Timestamp,
}

impl Deed for Claim {
    type Answer = Option<Claiming>;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Self::Answer, StoreError> {
        let found = tx.one(call_tasks::Entity::find_by_id(self.id.0.clone()), CLAIM).await?;
        let Some(row) = found else { return Ok(None) };
        let status = status_of(&row)?;
        if !matches!(status, TaskStatus::Open | TaskStatus::Claimed) {
            return Ok(Some(Claiming::Over(status)));
        }
        if let (TaskStatus::Claimed, Some(by), Some(until)) = (status, &row.claimed_by, row.claim_expires)
            && *by != self.agent
            && until > millis(self.now)
        {
            return Ok(Some(Claiming::Taken { by: by.clone(), until: instant(until) }));
        }
        let claimed = give(tx, row, &self.agent, self.lease_until).await?;
        Ok(Some(Claiming::Yours(Box::new(to_stored(claimed)?))))
    }
}

/// A rule forbids the call that an agent has in hand.
struct Suppress {
    id: EffectId,
    agent: String,
    rule: Rule,
    now: Timestamp,
}

impl Deed for Suppress {
    type Answer = ();

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<(), StoreError> {
        let update = given_back(&self.id, &self.agent, TaskStatus::Suppressed)
            .col_expr(Column::Rule, Expr::val(to_json("rule", &self.id.0, &self.rule)?));
        let ended = tx.change(update.as_query(), SUPPRESS).await? > 0;
        if let Some(case) = self.id.case().filter(|_| ended) {
            let (message, code) = (self.id.clone(), Some(self.rule.name().to_owned()));
            let body =
                Body::Delivery { message, channel: Channel::Call, news: News::Suppressed, code, bad_address: None };
            tx.record(&[news(case, &self.id, body, self.now)]).await?;
        }
        Ok(())
    }
}

/// The next task: of the agent's own promises, of what is open, of what somebody took and left.
async fn next<T: Transaction>(
    tx: &T,
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<Option<call_tasks::Model>, StoreError> {
    if let Some(own) = tx.one(promised(wanted, now), CLAIM).await? {
        return Ok(Some(own));
    }
    let mut found = Vec::new();
    found.extend(tx.one(left_behind(wanted, now), CLAIM).await?);
    // Where nothing may be done yet, the index in the order of work would be walked to its end for nothing.
    if tx.one(workable_by_opening(wanted, now), CLAIM).await?.is_none() {
        return Ok(first_of(found));
    }
    // Each queue by itself, so that its index gives the first without sorting the rest.
    if wanted.queues.is_empty() {
        found.extend(tx.one(open(None, wanted, now), CLAIM).await?);
    }
    for queue in wanted.queues {
        found.extend(tx.one(open(Some(queue), wanted, now), CLAIM).await?);
    }
    Ok(first_of(found))
}

/// What comes first in the order of work.
fn first_of(found: Vec<call_tasks::Model>) -> Option<call_tasks::Model> {
    let order = |row: &call_tasks::Model| {
        (std::cmp::Reverse(row.urgency), row.turn, row.not_before, row.case_id, row.id.clone())
    };
    found.into_iter().min_by_key(order)
}

/// What the agent promised, whose time has come.
pub(in crate::store) fn promised(wanted: Wanted<'_>, now: Timestamp) -> Select<call_tasks::Entity> {
    fitting(call_tasks::Entity::find(), wanted)
        .filter(Column::PromisedBy.eq(by_agent(wanted.agent)))
        .filter(workable(now))
        .order_by_asc(Column::NotBefore)
        .order_by_asc(Column::Id)
}

/// Open work of one queue, or of all, in the order of work.
pub(in crate::store) fn open(queue: Option<&str>, wanted: Wanted<'_>, now: Timestamp) -> Select<call_tasks::Entity> {
    let mut query = call_tasks::Entity::find().filter(Column::Status.eq(TaskStatus::Open.as_str()));
    if let Some(queue) = queue {
        query = query.filter(Column::Queue.eq(queue));
    }
    if !wanted.languages.is_empty() {
        query = query.filter(Column::Language.is_in(wanted.languages));
    }
    // Summed with nothing, so that databases walk the index in the order of work and stop at the first that is open,
    // in place of sorting all of them.
    let opened = Expr::col((call_tasks::Entity, Column::NotBefore)).add(0).lte(millis(now));
    in_order_of_work(query.filter(opened).filter(of_moving_cases()))
}

/// What somebody took and did not finish in time: few at any moment.
pub(in crate::store) fn left_behind(wanted: Wanted<'_>, now: Timestamp) -> Select<call_tasks::Entity> {
    let query = fitting(call_tasks::Entity::find(), wanted)
        .filter(Column::Status.eq(TaskStatus::Claimed.as_str()))
        .filter(Column::ClaimExpires.lte(millis(now)))
        .filter(of_moving_cases());
    in_order_of_work(query)
}

/// Open, in the words of the index `call_tasks_by_opening`, which a database uses where it reads the same: every status but
/// open is named, as an equation would lead it to the index in the order of work.
const IS_OPEN: &str = "call_tasks.status NOT IN ('claimed', 'answered', 'withdrawn', 'suppressed')";

/// Open work whose moment has come; the index knows the queue as well, so that no row of others is read.
pub(in crate::store) fn workable_by_opening(wanted: Wanted<'_>, now: Timestamp) -> Select<call_tasks::Entity> {
    fitting(call_tasks::Entity::find(), wanted)
        .filter(Expr::cust(IS_OPEN))
        .filter(Column::NotBefore.lte(millis(now)))
        .filter(of_moving_cases())
}

/// Open work whose moment is still to come, the soonest first.
pub(in crate::store) fn opening(wanted: Wanted<'_>, now: Timestamp) -> Select<call_tasks::Entity> {
    fitting(call_tasks::Entity::find(), wanted)
        .filter(Expr::cust(IS_OPEN))
        .filter(Column::NotBefore.gt(millis(now)))
        .filter(of_moving_cases())
        .order_by_asc(Column::NotBefore)
}

fn fitting(mut query: Select<call_tasks::Entity>, wanted: Wanted<'_>) -> Select<call_tasks::Entity> {
    if !wanted.queues.is_empty() {
        query = query.filter(Column::Queue.is_in(wanted.queues));
    }
    if !wanted.languages.is_empty() {
        query = query.filter(Column::Language.is_in(wanted.languages));
    }
    query
}

/// Tasks that somebody may take now: open ones and those whose claim has run out, past their earliest
/// moment, of cases that are neither held nor in an incident.
pub(super) fn workable(now: Timestamp) -> Condition {
    let claim_over = Column::Status.eq(TaskStatus::Claimed.as_str()).and(Column::ClaimExpires.lte(millis(now)));
    Condition::all()
        // Named once more as a pair, so that the index by status serves.
        .add(Column::Status.is_in([TaskStatus::Open.as_str(), TaskStatus::Claimed.as_str()]))
        .add(Column::Status.eq(TaskStatus::Open.as_str()).or(claim_over))
        .add(Column::NotBefore.lte(millis(now)))
        .add(of_moving_cases())
}

fn of_moving_cases() -> Expr {
    let moving = Query::select()
        .column(cases::Column::Id)
        .from(cases::Entity)
        .and_where(cases::Column::Id.into_expr().equals((call_tasks::Entity, Column::CaseId)))
        .and_where(cases::Column::Standing.is_in(["open", "ended"]))
        .to_owned();
    Expr::exists(moving)
}

pub(super) fn in_order_of_work(query: Select<call_tasks::Entity>) -> Select<call_tasks::Entity> {
    query
        .order_by_desc(Column::Urgency)
        .order_by_asc(Column::Turn)
        .order_by_asc(Column::NotBefore)
        .order_by_asc(Column::CaseId)
        .order_by_asc(Column::Id)
}

/// Priorities as they are stored.
pub(in crate::store) fn priority(priority: Priority) -> i64 {
    match priority {
        Priority::Low => 0,
        Priority::Normal => 1,
        Priority::High => 2,
    }
}

/// What comes first, in one number: promises, then priorities, then the value at risk.
pub(super) fn urgency(task: &CallTask, at_risk: i64) -> i64 {
    let promise = if task.promised_by.is_some() { PROMISE } else { 0 };
    promise + priority(task.priority) * PRIORITY + at_risk.clamp(0, AT_RISK_MAX)
}

/// A task leaves the hands of `agent`, if it is in theirs.
fn given_back(id: &EffectId, agent: &str, status: TaskStatus) -> UpdateMany<call_tasks::Entity> {
    call_tasks::Entity::update_many()
        .col_expr(Column::Status, Expr::val(status.as_str()))
        .col_expr(Column::ClaimExpires, Expr::val(None::<i64>))
        .filter(Column::Id.eq(id.0.as_str()))
        .filter(Column::Status.eq(TaskStatus::Claimed.as_str()))
        .filter(Column::ClaimedBy.eq(agent))
}

async fn give<T: Transaction>(
    tx: &T,
    row: call_tasks::Model,
    agent: &str,
    lease_until: Timestamp,
) -> Result<call_tasks::Model, StoreError> {
    let update = call_tasks::Entity::update_many()
        .col_expr(Column::Status, Expr::val(TaskStatus::Claimed.as_str()))
        .col_expr(Column::ClaimedBy, Expr::val(agent))
        .col_expr(Column::ClaimExpires, Expr::val(millis(lease_until)))
        .filter(Column::Id.eq(&row.id));
    tx.change(update.as_query(), CLAIM).await?;
    Ok(call_tasks::Model {
        status: TaskStatus::Claimed.as_str().to_owned(),
        claimed_by: Some(agent.to_owned()),
        claim_expires: Some(millis(lease_until)),
        ..row
    })
}
