//! Which other systems are told of cases. What they are told is planned with the move of the case itself, in its
//! transaction; how it is delivered is [`deliveries`]'s.

mod deliveries;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use wasl_core::webhook::{Topic, Wanted, notices};

use super::audit::{self, NewAudit};
use super::commit::Move;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::gate::Reader;
use super::tables::webhooks::{ActiveModel, Column, Entity, Model};
use super::tables::{webhook_attempts, webhook_deliveries};
use super::tx::Tx;
use super::{Store, batch};

#[cfg(test)]
pub(super) use deliveries::waiting;
pub use deliveries::{AfterPost, Delivery, PostAttempt};

const OPERATION: &str = "change webhooks";
const READING: &str = "read webhooks";

/// Another system that is told of cases. It does not print its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its number.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// What notices are signed with.
    pub secret: String,
    /// What it is told.
    pub wanted: Wanted,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is told nothing, and why where that was not wished.
    pub stopped: Option<(Timestamp, Option<String>)>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Another system that is to be told of cases.
#[derive(Clone)]
pub struct NewWebhook {
    /// What it is called.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// What notices are signed with.
    pub secret: String,
    /// What it is told.
    pub wanted: Wanted,
}

impl Store {
    /// Adds one; false if its name is taken.
    ///
    /// # Errors
    /// The database failed; then none is added.
    pub async fn add_webhook(&self, new: &NewWebhook, trace: NewAudit) -> Result<bool, StoreError> {
        let tx = self.begin(OPERATION).await?;
        if Entity::find().filter(Column::Name.eq(&new.name)).one(&tx).await.during(OPERATION)?.is_some() {
            return Ok(false);
        }
        let row = ActiveModel {
            id: ActiveValue::NotSet,
            name: ActiveValue::Set(new.name.clone()),
            url: ActiveValue::Set(new.url.clone()),
            secret: ActiveValue::Set(new.secret.clone()),
            topics: ActiveValue::Set(joined(new.wanted.topics.iter().map(|topic| topic.name()))),
            workflows: ActiveValue::Set(joined(new.wanted.workflows.iter().map(String::as_str))),
            fields: ActiveValue::Set(joined(new.wanted.fields.iter().map(String::as_str))),
            created_by: ActiveValue::Set(trace.who.clone()),
            created_at: ActiveValue::Set(millis(trace.at)),
            stopped_at: ActiveValue::Set(None),
            stopped_because: ActiveValue::Set(None),
        };
        Entity::insert(row).exec_without_returning(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)?;
        Ok(true)
    }

    /// How many there are.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_webhooks(&self) -> Result<u64, StoreError> {
        Entity::find().count(&self.reader).await.during(READING)
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        let rows = Entity::find().order_by_asc(Column::Name).all(&self.reader).await.during(READING)?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// One by its name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn webhook(&self, name: &str) -> Result<Option<Webhook>, StoreError> {
        let row = Entity::find().filter(Column::Name.eq(name)).one(&self.reader).await.during(READING)?;
        Ok(row.map(from_row))
    }

    /// Tells one nothing more until it is started again; what happens meanwhile waits.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn stop_webhook(&self, id: i64, because: Option<&str>, trace: NewAudit) -> Result<(), StoreError> {
        let tx = self.begin(OPERATION).await?;
        let update = Entity::update_many()
            .col_expr(Column::StoppedAt, Expr::val(millis(trace.at)))
            .col_expr(Column::StoppedBecause, Expr::val(because))
            .filter(Column::Id.eq(id));
        update.exec(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)
    }

    /// Tells one again, at once, beginning with what waited.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn start_webhook(&self, id: i64, trace: NewAudit) -> Result<(), StoreError> {
        use webhook_deliveries::Column as Delivery;
        let tx = self.begin(OPERATION).await?;
        let update = Entity::update_many()
            .col_expr(Column::StoppedAt, Expr::val(None::<i64>))
            .col_expr(Column::StoppedBecause, Expr::val(None::<String>))
            .filter(Column::Id.eq(id));
        update.exec(&tx).await.during(OPERATION)?;
        let anew = webhook_deliveries::Entity::update_many()
            .col_expr(Delivery::Attempts, Expr::val(0_i64))
            .col_expr(Delivery::NextAt, Expr::val(millis(trace.at)))
            .filter(Delivery::WebhookId.eq(id))
            .filter(Delivery::SettledAt.is_null())
            .filter(Delivery::Attempts.gt(0));
        anew.exec(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)
    }

    /// Takes one away, with its log and what waited for it.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn remove_webhook(&self, id: i64, trace: NewAudit) -> Result<(), StoreError> {
        use webhook_deliveries::Column as Delivery;
        let tx = self.begin(OPERATION).await?;
        let of =
            webhook_deliveries::Entity::find().select_only().column(Delivery::Id).filter(Delivery::WebhookId.eq(id));
        let attempts = webhook_attempts::Column::DeliveryId.in_subquery(sea_orm::QueryTrait::into_query(of));
        webhook_attempts::Entity::delete_many().filter(attempts).exec(&tx).await.during(OPERATION)?;
        let deliveries = webhook_deliveries::Entity::delete_many().filter(Delivery::WebhookId.eq(id));
        deliveries.exec(&tx).await.during(OPERATION)?;
        Entity::delete_by_id(id).exec(&tx).await.during(OPERATION)?;
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(OPERATION)
    }
}

/// Plans what other systems are told of these moves, within their transaction.
pub(super) async fn plan(tx: &Tx, moves: &[&Move], now: Timestamp) -> Result<(), StoreError> {
    // Whoever listens is read here: what is committed before somebody listened is not theirs to hear.
    let listening = listening(tx).await?;
    let rows = moves.iter().flat_map(|step| listening.iter().flat_map(|webhook| told(webhook, step, now)));
    batch::insert(tx, rows.collect(), OPERATION).await
}

/// Who is told of cases.
pub(super) async fn listening<C: ConnectionTrait>(db: &C) -> Result<Vec<Webhook>, StoreError> {
    let rows = Entity::find().order_by_asc(Column::Id).all(db).await.during(READING)?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// Who is told of cases, as it was read last. Whoever writes by the row finds out in its transaction whether others are by now,
/// by their numbers: of one that is there nothing changes that decides what it is told, and no number is given twice.
#[derive(Debug, Default)]
pub(super) struct Listening(Mutex<Arc<[Webhook]>>);

impl Listening {
    /// Those of whom is known: nobody, before somebody was found to be there.
    pub(super) fn last(&self) -> Arc<[Webhook]> {
        Arc::clone(&self.lock())
    }

    /// Those who are there now.
    pub(super) async fn renewed(&self, reader: &Reader) -> Result<Arc<[Webhook]>, StoreError> {
        let found: Arc<[Webhook]> = listening(reader).await?.into();
        *self.lock() = Arc::clone(&found);
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, Arc<[Webhook]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one of them is told of a move.
pub(super) fn told(webhook: &Webhook, step: &Move, now: Timestamp) -> Vec<webhook_deliveries::ActiveModel> {
    let told = notices(&step.case, &step.entries, &webhook.wanted);
    told.into_iter().map(|notice| deliveries::planned(webhook.id, step.case.id, notice, now)).collect()
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A topic that this release does not know tells nothing.
fn from_row(row: Model) -> Webhook {
    let topics = row.topics.split(' ').filter_map(Topic::parse).collect();
    Webhook {
        id: row.id,
        name: row.name,
        url: row.url,
        secret: row.secret,
        wanted: Wanted { topics, workflows: words(&row.workflows), fields: words(&row.fields) },
        created_by: row.created_by,
        created_at: instant(row.created_at),
        stopped: row.stopped_at.map(|at| (instant(at), row.stopped_because)),
    }
}
