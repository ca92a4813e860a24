//! Cases: their rows, finding them, and claiming those that are due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use wasl_core::case::{Case, CaseId, Standing};
use wasl_core::event::Event;

use super::Store;
use super::batch::{KEYS_MAX, among};
use super::dialect::Dialect;
use super::document::{due_millis, from_json, instant, millis, text, to_json};
use super::error::{During, StoreError};
use super::events;
use super::facts::{Circle, KnownContacts, Surroundings};
use super::reading::{Ask, Places, Reading, Whole};
use super::tables::cases::Column;
use super::tables::{cases, history};
use super::tx::Tx;
use super::unreadable;

/// A case with the events that it has not answered yet, in the order of their arrival.
///
/// A claim takes no lock: the version decides at the commit whether it was the first.
#[derive(Debug)]
pub struct Claim {
    /// The case as stored.
    pub case: Case,
    /// Its unsettled events.
    pub events: Vec<Event>,
    /// Those of them that cannot be read, and why not.
    pub unreadable: Vec<(i64, StoreError)>,
}

/// Cases that are due and taken: on a server nobody else takes them until they are given back by a commit or by being dropped;
/// elsewhere the version decides at the commit.
#[derive(Debug, Default)]
pub struct Due {
    /// The cases, the longest overdue first.
    pub claims: Vec<Claim>,
    /// What is known of their people.
    pub known: KnownContacts,
    /// Cases that cannot be read, and why not: they wait for a person and are not due any more.
    pub set_aside: Vec<(CaseId, StoreError)>,
    /// Behind whom the next batch begins; nothing if there were fewer than asked for.
    pub next: Option<DuePlace>,
    /// What keeps others from them.
    pub(super) tx: Option<Tx>,
}

/// Where a case stands among those that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuePlace {
    pub(super) wake_at: i64,
    pub(super) id: i64,
}

impl DuePlace {
    /// Behind the last of a batch that may not be the last one.
    fn behind(rows: &[cases::Model], limit: u32) -> Option<Self> {
        let last = rows.last().filter(|_| rows.len() >= limit as usize)?;
        Some(Self { wake_at: last.wake_at?, id: last.id })
    }
}

impl Store {
    /// Cases that need the engine at `now`, the longest overdue first, with their unsettled events.
    ///
    /// Each stays due until a move of it is committed, even one that changes nothing. Those that cannot be read are
    /// left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Claim>, StoreError> {
        Ok(self.reader.read(DueCases { now, limit, after: None, surroundings: None }).await?.claims)
    }

    /// The same, to be moved by [`Store::commit_due`]: cases that another process has just taken are left to it, and those
    /// that cannot be read are set aside. After a batch the next is looked for behind it ([`Due::next`]): a server keeps
    /// what was moved in its index for a while, and would pass by all of it each time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_due(
        &self,
        now: Timestamp,
        limit: u32,
        circle: Circle,
        after: Option<DuePlace>,
    ) -> Result<Due, StoreError> {
        let mut set_aside = Vec::new();
        loop {
            let (found, tx) = self.take_free(now, limit, circle, after).await?;
            let Found { claims, unreadable, known, next } = found;
            if unreadable.is_empty() {
                return Ok(Due { claims, known, set_aside, next, tx });
            }
            // The others stay due, and are taken again in a moment.
            let tx = match tx {
                Some(tx) => tx,
                None => self.begin("set cases aside").await?,
            };
            unreadable::set_aside(tx, &unreadable, now).await?;
            set_aside.extend(unreadable);
        }
    }

    async fn take_free(
        &self,
        now: Timestamp,
        limit: u32,
        circle: Circle,
        after: Option<DuePlace>,
    ) -> Result<(Found, Option<Tx>), StoreError> {
        const OPERATION: &str = DueCases::OPERATION;
        let surroundings = self.surroundings(circle);
        if !self.dialect.locks_rows() {
            let found = self.reader.read(DueCases { now, limit, after, surroundings: Some(surroundings) }).await?;
            return Ok((found, None));
        }
        // Mostly nothing is due, and then no transaction is begun; behind a full batch mostly something is.
        if after.is_none() && due(now, 1, None).one(&self.reader).await.during(OPERATION)?.is_none() {
            return Ok((Found::default(), None));
        }
        let tx = self.begin_beside(OPERATION).await?;
        let free = due(now, limit, after).lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
        let rows = tx.whole(free, OPERATION).await?;
        let next = DuePlace::behind(&rows, limit);
        let mut found = with_events(&tx, rows).await?;
        found.know(&self.reader, Some(&surroundings)).await?;
        found.next = next;
        Ok((found, Some(tx)))
    }

    /// The named cases with their unsettled events, due or not; those that do not exist or cannot be read are left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim_cases(&self, ids: &[CaseId]) -> Result<Vec<Claim>, StoreError> {
        Ok(self.reader.read(NamedCases { ids: ids.to_vec(), surroundings: None }).await?.claims)
    }

    /// When the next case needs the engine; `None` while nothing is due ever.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        let query = cases::Entity::find().select_only().column(Column::WakeAt).filter(Column::WakeAt.is_not_null());
        let first = query.order_by_asc(Column::WakeAt).into_tuple().one(&self.reader).await;
        Ok(first.during("find the next due case")?.map(instant))
    }

    /// A case by its id.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        let row = cases::Entity::find_by_id(id.0).one(&self.reader).await.during("read a case")?;
        row.map(to_case).transpose()
    }

    /// When a case ended; `None` while it has not, or after it was opened again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn closed_at(&self, id: CaseId) -> Result<Option<Timestamp>, StoreError> {
        let row = cases::Entity::find_by_id(id.0).one(&self.reader).await.during("read a case")?;
        Ok(row.and_then(|row| row.closed_at).map(instant))
    }

    /// A case by the reference that people read out; capitals do not matter.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn case_by_reference(&self, reference: &str) -> Result<Option<Case>, StoreError> {
        let query = cases::Entity::find().filter(Column::Reference.eq(reference.trim().to_uppercase()));
        let row = query.one(&self.reader).await.during("read a case")?;
        row.map(to_case).transpose()
    }

    /// The cases that a workflow has under these keys, whatever their version and standing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cases_by_key(&self, workflow: &str, keys: &[String]) -> Result<BTreeMap<String, CaseId>, StoreError> {
        let mut found = BTreeMap::new();
        let spelt = self.keys_with_pseudonyms(workflow, keys);
        let keys: Vec<&str> = spelt.keys().map(String::as_str).collect();
        for keys in keys.chunks(KEYS_MAX) {
            let query = cases::Entity::find()
                .select_only()
                .columns([Column::CaseKey, Column::Id])
                .filter(Column::Workflow.eq(workflow))
                .filter(Column::CaseKey.is_in(keys.iter().copied()));
            let rows: Vec<(String, i64)> = query.into_tuple().all(&self.reader).await.during("find cases by key")?;
            let known = |(key, id): (String, i64)| Some((spelt.get(&key).map(|key| (*key).to_owned())?, CaseId(id)));
            found.extend(rows.into_iter().filter_map(known));
        }
        Ok(found)
    }

    /// Ids of cases that are not over, in order, after the given one: for what concerns all of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_case_ids(&self, after: Option<CaseId>, limit: u32) -> Result<Vec<CaseId>, StoreError> {
        let query = cases::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Standing.ne("ended"))
            .filter(Column::Id.gt(after.map_or(i64::MIN, |after| after.0)))
            .order_by_asc(Column::Id)
            .limit(u64::from(limit));
        let ids: Vec<i64> = query.into_tuple().all(&self.reader).await.during("list open cases")?;
        Ok(ids.into_iter().map(CaseId).collect())
    }

    /// What happened to a case, oldest first.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn history(&self, case: CaseId) -> Result<Vec<wasl_core::history::Entry>, StoreError> {
        let rows = history_of(case).all(&self.reader).await.during("read a history")?;
        rows.iter().map(|row| from_json("history", &case.to_string(), &row.entry)).collect()
    }
}

/// The lines of a case's history, oldest first.
pub(super) fn history_of(case: CaseId) -> Select<history::Entity> {
    history::Entity::find().filter(history::Column::CaseId.eq(case.0)).order_by_asc(history::Column::Id)
}

/// What is read of cases.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) claims: Vec<Claim>,
    /// Those that cannot be read, and why not.
    pub(super) unreadable: Vec<(CaseId, StoreError)>,
    /// What is known of their people, if that was asked for.
    pub(super) known: KnownContacts,
    /// Behind whom the next batch begins.
    next: Option<DuePlace>,
}

impl Found {
    async fn know<C: Ask>(&mut self, db: &C, surroundings: Option<&Surroundings>) -> Result<(), StoreError> {
        if let Some(surroundings) = surroundings.filter(|_| !self.claims.is_empty()) {
            self.known = surroundings.of(db, &self.claims).await?;
        }
        Ok(())
    }
}

/// The cases that are due, with their unsettled events.
struct DueCases {
    now: Timestamp,
    limit: u32,
    after: Option<DuePlace>,
    surroundings: Option<Surroundings>,
}

impl Reading for DueCases {
    const OPERATION: &'static str = "take due cases";
    type Answer = Found;

    async fn read<C: Ask>(self, db: &C) -> Result<Found, StoreError> {
        let rows = db.whole(due(self.now, self.limit, self.after), Self::OPERATION).await?;
        let next = DuePlace::behind(&rows, self.limit);
        let mut found = with_events(db, rows).await?;
        found.next = next;
        found.know(db, self.surroundings.as_ref()).await?;
        Ok(found)
    }
}

/// The named cases with their unsettled events.
pub(super) struct NamedCases {
    pub(super) ids: Vec<CaseId>,
    pub(super) surroundings: Option<Surroundings>,
}

impl Reading for NamedCases {
    const OPERATION: &'static str = "read cases";
    type Answer = Found;

    async fn read<C: Ask>(self, db: &C) -> Result<Found, StoreError> {
        let rows = read_cases(db, &self.ids).await?;
        let mut found = with_events(db, rows).await?;
        found.know(db, self.surroundings.as_ref()).await?;
        Ok(found)
    }
}

async fn with_events<C: Ask>(db: &C, rows: Vec<cases::Model>) -> Result<Found, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut events = events::unsettled(db, &ids).await?;
    let (mut claims, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let id = row.id;
        match to_case(row) {
            Ok(case) => {
                let of_case = events.remove(&id).unwrap_or_default();
                claims.push(Claim { case, events: of_case.events, unreadable: of_case.unreadable });
            }
            Err(error) => unreadable.push((CaseId(id), error)),
        }
    }
    Ok(Found { claims, unreadable, ..Found::default() })
}

/// Holds cases until the transaction ends, and says which there are. A case's row is the lock of all that belongs to it: its
/// events, messages and tasks. They are locked in the order of ids, so that no two wait for each other.
pub(super) async fn hold(tx: &Tx, ids: &BTreeSet<i64>, operation: &'static str) -> Result<BTreeSet<i64>, StoreError> {
    let (ids, mut held): (Vec<i64>, _) = (ids.iter().copied().collect(), BTreeSet::new());
    for ids in ids.chunks(KEYS_MAX) {
        let query = cases::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(among(Dialect::of(tx), Column::Id, ids.iter().copied()))
            .order_by_asc(Column::Id)
            .lock(LockType::NoKeyUpdate);
        held.extend(query.into_tuple::<i64>().all(tx).await.during(operation)?);
    }
    Ok(held)
}

/// Cases that are due, the longest overdue first.
pub(super) fn due(now: Timestamp, limit: u32, after: Option<DuePlace>) -> Select<cases::Entity> {
    let place = || Expr::tuple([Column::WakeAt.into_expr(), Column::Id.into_expr()]);
    let behind = after.map(|after| place().gt(Expr::tuple([Expr::val(after.wake_at), Expr::val(after.id)])));
    cases::Entity::find()
        .filter(Column::WakeAt.lte(millis(now)))
        .apply_if(behind, QueryFilter::filter)
        .order_by_asc(Column::WakeAt)
        .order_by_asc(Column::Id)
        .limit(u64::from(limit))
}

impl Whole for cases::Model {
    fn of<R: Places>(row: &R) -> Result<Self, R::Error> {
        Ok(Self {
            id: row.at(Column::Id as usize)?,
            reference: row.at(Column::Reference as usize)?,
            workflow: row.at(Column::Workflow as usize)?,
            workflow_hash: row.at(Column::WorkflowHash as usize)?,
            case_key: row.at(Column::CaseKey as usize)?,
            version: row.at(Column::Version as usize)?,
            state: row.at(Column::State as usize)?,
            visit: row.at(Column::Visit as usize)?,
            standing: row.at(Column::Standing as usize)?,
            standing_detail: row.at(Column::StandingDetail as usize)?,
            outcome: row.at(Column::Outcome as usize)?,
            data: row.at(Column::Data as usize)?,
            progress: row.at(Column::Progress as usize)?,
            wake_at: row.at(Column::WakeAt as usize)?,
            opened_at: row.at(Column::OpenedAt as usize)?,
            state_since: row.at(Column::StateSince as usize)?,
            closed_at: row.at(Column::ClosedAt as usize)?,
            household: row.at(Column::Household as usize)?,
        })
    }
}

/// The named cases, in the order of ids.
pub(super) fn named(dialect: Dialect, ids: &[CaseId]) -> Select<cases::Entity> {
    let query = cases::Entity::find().filter(among(dialect, Column::Id, ids.iter().map(|id| id.0)));
    query.order_by_asc(Column::Id)
}

/// The rows of the named cases, in the order of ids.
pub(super) async fn read_cases<C: Ask>(db: &C, ids: &[CaseId]) -> Result<Vec<cases::Model>, StoreError> {
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(KEYS_MAX) {
        rows.extend(db.whole(named(db.dialect(), ids), NamedCases::OPERATION).await?);
    }
    Ok(rows)
}

/// The row of a case. `closed_at` is the store's own and is set at the commit.
pub(super) fn to_row(case: &Case, now: Timestamp) -> Result<cases::Model, StoreError> {
    let id = case.id;
    Ok(cases::Model {
        id: case.id.0,
        reference: case.id.reference(),
        workflow: case.workflow.to_string(),
        workflow_hash: case.workflow_hash.to_string(),
        case_key: text(case.key.as_str()),
        household: case.household.as_deref().map(text),
        version: stored_version(case.version),
        state: case.state.to_string(),
        visit: i64::from(case.visit),
        standing: case.standing.as_str().to_owned(),
        standing_detail: to_json("standing", id, &case.standing)?,
        closed_at: case.is_ended().then(|| millis(now)),
        outcome: outcome_of(case).map(str::to_owned),
        data: to_json("data", id, &case.data)?,
        progress: to_json("progress", id, &case.progress)?,
        wake_at: case.wake_at().map(due_millis),
        opened_at: millis(case.opened_at),
        state_since: millis(case.state_since),
    })
}

/// How a case ended; nothing while it has not.
pub(super) fn outcome_of(case: &Case) -> Option<&str> {
    match &case.standing {
        Standing::Ended { outcome } => Some(outcome),
        Standing::Open | Standing::Held { .. } | Standing::Incident(_) => None,
    }
}

/// The case of a row.
pub(super) fn to_case(row: cases::Model) -> Result<Case, StoreError> {
    let id = row.id.to_string();
    Ok(Case {
        id: CaseId(row.id),
        workflow: row.workflow.into(),
        workflow_hash: row.workflow_hash.into(),
        key: row.case_key.into(),
        household: row.household.map(Into::into),
        version: u64::try_from(row.version).unwrap_or_default(),
        state: row.state.into(),
        visit: u32::try_from(row.visit).unwrap_or_default(),
        standing: from_json("standing", &id, &row.standing_detail)?,
        data: Arc::new(from_json("data", &id, &row.data)?),
        opened_at: instant(row.opened_at),
        state_since: instant(row.state_since),
        progress: from_json("progress", &id, &row.progress)?,
    })
}

/// A version as it is stored; no case is moved often enough to reach the limit.
pub(super) fn stored_version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
