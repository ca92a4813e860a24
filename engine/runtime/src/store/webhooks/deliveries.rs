//! What each other system is told, in order, and how telling it went.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, UpdateMany,
};
use wasl_core::case::CaseId;
use wasl_core::webhook::Notice;

use super::{OPERATION, READING};
use crate::store::Store;
use crate::store::audit::{self, NewAudit};
use crate::store::dialect::Beside;
use crate::store::document::{instant, millis};
use crate::store::error::{During, StoreError};
use crate::store::tables::webhook_deliveries::{ActiveModel, Column, Entity, Model};
use crate::store::tables::{webhook_attempts, webhooks};
use crate::store::transaction::{Deed, Transaction};

/// Something that another system is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its number; they are told in this order.
    pub id: i64,
    /// The id of the notice.
    pub notice: String,
    /// Of which case.
    pub case: CaseId,
    /// The name of its topic.
    pub topic: String,
    /// What is sent.
    pub body: String,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// How often it was tried since it was to be sent last.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub next_at: Timestamp,
    /// When it was taken or skipped.
    pub settled_at: Option<Timestamp>,
    /// Who skipped it.
    pub skipped_by: Option<String>,
    /// Every attempt, the first one first.
    pub log: Vec<PostAttempt>,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostAttempt {
    /// When it began.
    pub at: Timestamp,
    /// How long the answer took.
    pub took_ms: i64,
    /// What was answered.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub problem: Option<String>,
}

/// What follows an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterPost {
    /// Nothing: it was taken.
    Taken,
    /// Another one then.
    Again(Timestamp),
    /// None until a person has looked; why.
    Stop(String),
}

impl Store {
    /// What one is to be told next, whether or not its moment has come; nothing while it is stopped.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_delivery(&self, webhook: i64) -> Result<Option<Delivery>, StoreError> {
        let stopped = webhooks::Entity::find_by_id(webhook).one(&self.reader).await.during(READING)?;
        if stopped.is_none_or(|webhook| webhook.stopped_at.is_some()) {
            return Ok(None);
        }
        let row = waiting(webhook).one(&self.reader).await.during(READING)?;
        Ok(row.map(|row| from_row(row, Vec::new())))
    }

    /// Records an attempt and what follows it.
    ///
    /// # Errors
    /// The database failed; then nothing is recorded, and the attempt is made again.
    pub async fn note_attempt(
        &self,
        (webhook, delivery): (i64, i64),
        attempt: &PostAttempt,
        next: &AfterPost,
        trace: NewAudit,
    ) -> Result<(), StoreError> {
        // Only a webhook that stops leaves a trace, whose entries follow one another; no notice keeps cases waiting.
        let beside = match next {
            AfterPost::Stop(_) => Beside::Nobody,
            _ => Beside::Others,
        };
        let tried = Tried { webhook, delivery, attempt: attempt.clone(), next: next.clone(), trace };
        self.within(beside, OPERATION, tried).await
    }

    /// What one was told and is to be told, the youngest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deliveries(&self, webhook: i64, before: Option<i64>, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let mut query = Entity::find().filter(Column::WebhookId.eq(webhook));
        if let Some(before) = before {
            query = query.filter(Column::Id.lt(before));
        }
        let query = query.order_by_desc(Column::Id).limit(u64::from(limit));
        let rows = query.all(&self.reader).await.during(READING)?;
        let mut logs = self.attempts_of(&rows).await?;
        let with_log = |row: Model| {
            let log = logs.remove(&row.id).unwrap_or_default();
            from_row(row, log)
        };
        Ok(rows.into_iter().map(with_log).collect())
    }

    async fn attempts_of(&self, rows: &[Model]) -> Result<BTreeMap<i64, Vec<PostAttempt>>, StoreError> {
        let of = webhook_attempts::Column::DeliveryId.is_in(rows.iter().map(|row| row.id));
        let query = webhook_attempts::Entity::find().filter(of).order_by_asc(webhook_attempts::Column::Id);
        let mut logs: BTreeMap<i64, Vec<PostAttempt>> = BTreeMap::new();
        for row in query.all(&self.reader).await.during(READING)? {
            logs.entry(row.delivery_id).or_default().push(PostAttempt {
                at: instant(row.at),
                took_ms: row.took_ms,
                status: row.status.and_then(|status| u16::try_from(status).ok()),
                problem: row.problem,
            });
        }
        Ok(logs)
    }

    /// Has something told once more, under the same id; false if there is no such thing.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn redeliver(&self, (webhook, delivery): (i64, i64), trace: NewAudit) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::SettledAt, Expr::val(None::<i64>))
            .col_expr(Column::SkippedBy, Expr::val(None::<String>))
            .col_expr(Column::Attempts, Expr::val(0_i64))
            .col_expr(Column::NextAt, Expr::val(millis(trace.at)));
        self.change_delivery((webhook, delivery), update, trace).await
    }

    /// Leaves something out that the other system does not take; false if it does not wait.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn skip_delivery(&self, (webhook, delivery): (i64, i64), trace: NewAudit) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::SettledAt, Expr::val(millis(trace.at)))
            .col_expr(Column::SkippedBy, Expr::val(trace.who.clone()))
            .filter(Column::SettledAt.is_null());
        self.change_delivery((webhook, delivery), update, trace).await
    }

    async fn change_delivery(
        &self,
        (webhook, delivery): (i64, i64),
        update: UpdateMany<Entity>,
        trace: NewAudit,
    ) -> Result<bool, StoreError> {
        let update = update.filter(Column::Id.eq(delivery)).filter(Column::WebhookId.eq(webhook));
        Ok(self.change_alone(OPERATION, update.into_query(), Some(trace)).await? > 0)
    }

    /// Forgets what was planned before a moment, told or not; at the most so many, and says how many.
    ///
    /// # Errors
    /// The database failed; then nothing is forgotten.
    pub async fn forget_deliveries(&self, before: Timestamp, at_most: u64) -> Result<u64, StoreError> {
        let old = Entity::find().filter(Column::PlannedAt.lt(millis(before))).order_by_asc(Column::PlannedAt);
        let old = old.limit(at_most).all(&self.reader).await.during(READING)?;
        if old.is_empty() {
            return Ok(0);
        }
        let ids: Vec<i64> = old.iter().map(|row| row.id).collect();
        let tx = self.begin(OPERATION).await?;
        let attempts = webhook_attempts::Column::DeliveryId.is_in(ids.iter().copied());
        webhook_attempts::Entity::delete_many().filter(attempts).exec(&tx).await.during(OPERATION)?;
        let gone = Entity::delete_many().filter(Column::Id.is_in(ids)).exec(&tx).await.during(OPERATION)?;
        tx.commit().await.during(OPERATION)?;
        Ok(gone.rows_affected)
    }
}

/// What waits for one, in order.
pub(in crate::store) fn waiting(webhook: i64) -> Select<Entity> {
    let query = Entity::find().filter(Column::WebhookId.eq(webhook)).filter(Column::SettledAt.is_null());
    query.order_by_asc(Column::Id).limit(1)
}

/// An attempt that was made, and what follows it.
struct Tried {
    webhook: i64,
    delivery: i64,
    attempt: PostAttempt,
    next: AfterPost,
    trace: NewAudit,
}

impl Tried {
    fn row(&self) -> webhook_attempts::ActiveModel {
        webhook_attempts::ActiveModel {
            id: ActiveValue::NotSet,
            delivery_id: ActiveValue::Set(self.delivery),
            at: ActiveValue::Set(millis(self.attempt.at)),
            took_ms: ActiveValue::Set(self.attempt.took_ms),
            status: ActiveValue::Set(self.attempt.status.map(i64::from)),
            problem: ActiveValue::Set(self.attempt.problem.clone()),
        }
    }

    fn of_delivery(&self) -> UpdateMany<Entity> {
        let attempts = sea_orm::sea_query::ExprTrait::add(Expr::col(Column::Attempts), 1_i64);
        let update = Entity::update_many().filter(Column::Id.eq(self.delivery)).col_expr(Column::Attempts, attempts);
        match self.next {
            AfterPost::Taken => update.col_expr(Column::SettledAt, Expr::val(millis(self.trace.at))),
            AfterPost::Again(at) => update.col_expr(Column::NextAt, Expr::val(millis(at))),
            AfterPost::Stop(_) => update,
        }
    }

    fn stop(&self, why: &str) -> UpdateMany<webhooks::Entity> {
        webhooks::Entity::update_many()
            .col_expr(webhooks::Column::StoppedAt, Expr::val(millis(self.trace.at)))
            .col_expr(webhooks::Column::StoppedBecause, Expr::val(why))
            .filter(webhooks::Column::Id.eq(self.webhook))
    }
}

impl Deed for Tried {
    type Answer = ();

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<(), StoreError> {
        if tx.change(self.of_delivery().as_query(), OPERATION).await? == 0 {
            // It was removed while it was tried: there is nothing to record it of.
            return Ok(());
        }
        tx.insert(self.row(), OPERATION).await?;
        if let AfterPost::Stop(why) = &self.next {
            tx.change(self.stop(why).as_query(), OPERATION).await?;
            audit::record(tx, std::slice::from_ref(&self.trace)).await?;
        }
        Ok(())
    }
}

/// A row for something that is planned.
pub(super) fn planned(webhook: i64, case: CaseId, notice: Notice, now: Timestamp) -> ActiveModel {
    ActiveModel {
        id: ActiveValue::NotSet,
        webhook_id: ActiveValue::Set(webhook),
        notice: ActiveValue::Set(notice.id),
        case_id: ActiveValue::Set(case.0),
        topic: ActiveValue::Set(notice.topic.name().to_owned()),
        body: ActiveValue::Set(notice.body),
        planned_at: ActiveValue::Set(millis(now)),
        attempts: ActiveValue::Set(0),
        next_at: ActiveValue::Set(millis(now)),
        settled_at: ActiveValue::Set(None),
        skipped_by: ActiveValue::Set(None),
    }
}

fn from_row(row: Model, log: Vec<PostAttempt>) -> Delivery {
    Delivery {
        id: row.id,
        notice: row.notice,
        case: CaseId(row.case_id),
        topic: row.topic,
        body: row.body,
        planned_at: instant(row.planned_at),
        attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
        next_at: instant(row.next_at),
        settled_at: row.settled_at.map(instant),
        skipped_by: row.skipped_by,
        log,
    }
}
