//! Delivery receipts: kept as they came, and folded into the status of their message by rank.
//!
//! They may come before the sending is settled, late, twice or out of order. Each is kept once with
//! how often it was seen; the status only ever moves on, and what is final stays.

use jiff::Timestamp;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::{Channel, Receipt, Status};
use wasl_core::event::{Body, News};

use super::Store;
use super::dialect::Beside;
use super::document::{due_millis, instant, millis, text, unknown_word};
use super::error::{During, StoreError};
use super::messages::{MessageStatus, count, status_of};
use super::sending::{alike, news, stand};
use super::tables::{notifications, receipts};
use super::transaction::{Deed, Transaction};
use receipts::Column;

const OPERATION: &str = "record a receipt";

/// A delivery receipt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The notifier that it came to.
    pub notifier: String,
    /// The gateway's id of the message that it is about.
    pub provider_id: Option<String>,
    /// The gateway's own word.
    pub provider_status: String,
    /// What it means.
    pub status: Option<MessageStatus>,
    /// Its code.
    pub code: Option<String>,
    /// When it came first.
    pub received_at: Timestamp,
    /// How often the same one came.
    pub seen: u32,
    /// As it came. May hold the recipient's number.
    pub raw: String,
}

/// What came of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptTaken {
    /// The message that it is about; `None` for one that is not known, or not yet.
    pub message: Option<EffectId>,
    /// Whether it moved the message's status.
    pub moved: bool,
    /// Whether the same receipt came before.
    pub duplicate: bool,
}

/// A receipt that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReceipt {
    /// The notifier that read it.
    pub notifier: String,
    /// What it says.
    pub receipt: Receipt,
    /// Whether its code condemns the address itself, for which the gateway's own table is asked
    /// ([`wasl_core::delivery::Notifier::explain`]).
    pub bad_address: bool,
    /// By when the gateway has to say more, if this is not its last word.
    pub confirm_by: Option<Timestamp>,
    /// As it came.
    pub raw: Vec<u8>,
}

/// What of a receipt moves a message.
struct Word<'a> {
    status: Status,
    code: Option<&'a str>,
    bad_address: bool,
    notifier: &'a str,
    provider_id: Option<&'a str>,
    confirm_by: Option<Timestamp>,
}

impl Store {
    /// Keeps receipts as they came, moves the status of their messages by rank and tells the cases, all
    /// in one transaction; the answers come in the order of the receipts. A receipt that is faster than
    /// the record of the sending waits for it.
    ///
    /// # Errors
    /// The database failed and none is kept; the gateway should report again.
    pub async fn record_receipts(&self, new: &[NewReceipt], now: Timestamp) -> Result<Vec<ReceiptTaken>, StoreError> {
        let new = new.iter().map(storable).collect();
        self.within(Beside::Nobody, OPERATION, Recording { new, now }).await
    }

    /// Every delivery receipt of a message, in the order of arrival.
    ///
    /// # Errors
    /// The database failed.
    pub async fn receipts(&self, id: &EffectId) -> Result<Vec<StoredReceipt>, StoreError> {
        let query = receipts::Entity::find().filter(Column::NotificationId.eq(id.0.as_str())).order_by_asc(Column::Id);
        let rows = query.all(&self.reader).await.during("read receipts")?;
        Ok(rows.into_iter().map(to_stored).collect())
    }

    /// Receipts that belong to no message that is known, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unknown_receipts(&self, limit: u32) -> Result<Vec<StoredReceipt>, StoreError> {
        let query = receipts::Entity::find()
            .filter(Column::NotificationId.is_null())
            .order_by_desc(Column::Id)
            .limit(u64::from(limit));
        let rows = query.all(&self.reader).await.during("read receipts")?;
        Ok(rows.into_iter().map(to_stored).collect())
    }
}

/// Receipts to be kept.
struct Recording {
    new: Vec<NewReceipt>,
    now: Timestamp,
}

impl Deed for Recording {
    type Answer = Vec<ReceiptTaken>;

    fn size(&self) -> usize {
        self.new.len()
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Self::Answer, StoreError> {
        let mut taken = Vec::with_capacity(self.new.len());
        for new in &self.new {
            taken.push(take(tx, new, self.now).await?);
        }
        Ok(taken)
    }
}

fn to_stored(row: receipts::Model) -> StoredReceipt {
    StoredReceipt {
        notifier: row.notifier,
        provider_id: row.provider_id,
        status: row.status.as_deref().and_then(MessageStatus::parse),
        provider_status: row.provider_status,
        code: row.code,
        received_at: instant(row.received_at),
        seen: count(row.seen),
        raw: row.raw,
    }
}

/// A receipt whose words every database takes: its gateway reports again for ever what is not kept.
fn storable(new: &NewReceipt) -> NewReceipt {
    let Receipt { message_id, provider_id, status, provider_status, code } = new.receipt.clone();
    let receipt = Receipt {
        message_id: message_id.map(text),
        provider_id: provider_id.map(text),
        status,
        provider_status: text(provider_status),
        code: code.map(text),
    };
    NewReceipt { receipt, ..new.clone() }
}

async fn take<T: Transaction>(tx: &T, new: &NewReceipt, now: Timestamp) -> Result<ReceiptTaken, StoreError> {
    let NewReceipt { notifier, receipt, bad_address, confirm_by, raw } = new;
    let row = find_message(tx, notifier, receipt).await?;
    let message = row.as_ref().map(|row| EffectId(row.id.as_str().into()));
    let stored = to_row(notifier, receipt, *bad_address, raw, message.as_ref(), now);
    let duplicate = !keep(tx, stored).await?;
    if let (Some(message), Some(provider_id)) = (&receipt.message_id, &receipt.provider_id)
        && row.as_ref().is_some_and(|row| row.id == *message)
    {
        alike::take_back(tx, message, notifier, provider_id, now).await?;
    }
    // By this one the gateway's id becomes known: what came under that id alone belongs to the same message.
    let named = row.as_ref().filter(|row| row.provider_id.is_none()).map(|row| EffectId(row.id.as_str().into()));
    let moved = match (row, receipt.status) {
        (Some(row), Some(status)) if !duplicate => {
            let provider_id = receipt.provider_id.as_deref();
            let (code, bad_address, confirm_by) = (receipt.code.as_deref(), *bad_address, *confirm_by);
            let word = Word { status, code, bad_address, notifier, provider_id, confirm_by };
            fold(tx, row, &word, now).await?
        }
        _ => false,
    };
    if let (Some(message), Some(provider_id)) = (named, &receipt.provider_id) {
        adopt_early(tx, &message, notifier, provider_id, now).await?;
    }
    Ok(ReceiptTaken { message, moved, duplicate })
}

/// Gives a message the receipts that came before its gateway id was known.
pub(super) async fn adopt_early<T: Transaction>(
    tx: &T,
    message: &EffectId,
    notifier: &str,
    provider_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let waiting = receipts::Entity::find()
        .filter(Column::NotificationId.is_null())
        .filter(Column::ProviderId.eq(provider_id))
        .filter(Column::Notifier.eq(notifier))
        .order_by_asc(Column::Id);
    for receipt in tx.all(waiting, OPERATION).await? {
        let status = receipt.status.as_deref().and_then(parse_status);
        let mut adopted = receipt.clone().into_active_model();
        adopted.notification_id = ActiveValue::Set(Some(message.0.to_string()));
        tx.update(adopted, OPERATION).await?;
        let row = tx.one(notifications::Entity::find_by_id(message.0.clone()), OPERATION).await?;
        if let (Some(row), Some(status)) = (row, status) {
            let (code, bad_address) = (receipt.code.as_deref(), receipt.bad_address);
            let provider_id = Some(provider_id);
            // By when it has to report was settled with the sending.
            let word = Word { status, code, bad_address, notifier, provider_id, confirm_by: None };
            fold(tx, row, &word, now).await?;
        }
    }
    Ok(())
}

/// The message of a receipt: by our id where the gateway carries it, else by the gateway's own.
async fn find_message<T: Transaction>(
    tx: &T,
    notifier: &str,
    receipt: &Receipt,
) -> Result<Option<notifications::Model>, StoreError> {
    if let Some(id) = &receipt.message_id {
        let row = tx.one(notifications::Entity::find_by_id(id.clone()), OPERATION).await?;
        if row.is_some() {
            return Ok(row);
        }
    }
    let Some(provider_id) = &receipt.provider_id else { return Ok(None) };
    let query = notifications::Entity::find()
        .filter(notifications::Column::ProviderId.eq(provider_id))
        .filter(notifications::Column::Notifier.eq(notifier));
    tx.one(query, OPERATION).await
}

/// Keeps a receipt; says whether it is new. The same one again is counted.
async fn keep<T: Transaction>(tx: &T, row: receipts::ActiveModel) -> Result<bool, StoreError> {
    let again = receipts::Entity::update_many()
        .col_expr(Column::Seen, Column::Seen.into_expr().add(1_i64))
        .filter(Column::Dedupe.eq(row.dedupe.as_ref().clone()));
    if tx.change(again.as_query(), OPERATION).await? > 0 {
        return Ok(false);
    }
    tx.insert(row, OPERATION).await.map(|_| true)
}

fn to_row(
    notifier: &str,
    receipt: &Receipt,
    bad_address: bool,
    raw: &[u8],
    message: Option<&EffectId>,
    now: Timestamp,
) -> receipts::ActiveModel {
    let none = String::new();
    let message_id = receipt.message_id.as_ref().unwrap_or(&none);
    let provider_id = receipt.provider_id.as_ref().unwrap_or(&none);
    let code = receipt.code.as_ref().unwrap_or(&none);
    receipts::ActiveModel {
        id: ActiveValue::NotSet,
        dedupe: ActiveValue::Set([notifier, message_id, provider_id, &receipt.provider_status, code].join("\n")),
        notification_id: ActiveValue::Set(message.map(|message| message.0.to_string())),
        notifier: ActiveValue::Set(notifier.to_owned()),
        provider_id: ActiveValue::Set(receipt.provider_id.clone()),
        provider_status: ActiveValue::Set(receipt.provider_status.clone()),
        status: ActiveValue::Set(receipt.status.map(|status| status.as_str().to_owned())),
        code: ActiveValue::Set(receipt.code.clone()),
        bad_address: ActiveValue::Set(bad_address),
        raw: ActiveValue::Set(text(String::from_utf8_lossy(raw))),
        received_at: ActiveValue::Set(millis(now)),
        seen: ActiveValue::Set(1),
    }
}

/// Moves a message to what a receipt says, if that is further on, and tells its case.
async fn fold<T: Transaction>(
    tx: &T,
    row: notifications::Model,
    word: &Word<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let status = MessageStatus::from(word.status);
    let before = status_of(&row)?;
    if !before.yields_to(status) {
        return Ok(false);
    }
    let message = EffectId(row.id.as_str().into());
    let case = CaseId(row.case_id);
    let channel = Channel::parse(&row.channel).ok_or_else(|| unknown_word("channel", &row.id))?;
    let bad_address = word.bad_address.then(|| row.to_address.clone());
    let confirm_by = row.confirm_by.or(word.confirm_by.map(due_millis));
    // It has left, whether or not the gateway's answer will still say so.
    let sent_at = row.sent_at.unwrap_or(millis(now));
    let mut row = row.into_active_model();
    row.confirm_by = ActiveValue::Set(confirm_by);
    row.sent_at = ActiveValue::Set(Some(sent_at));
    stand(&mut row, status, now);
    row.code = ActiveValue::Set(word.code.map(str::to_owned));
    row.notifier = ActiveValue::Set(Some(word.notifier.to_owned()));
    if let Some(provider_id) = word.provider_id {
        row.provider_id = ActiveValue::Set(Some(provider_id.to_owned()));
    }
    tx.update(row, OPERATION).await?;
    if let Some(kind) = news_of(before, word.status) {
        let code = word.code.map(str::to_owned);
        let body = Body::Delivery { message: message.clone(), channel, news: kind, code, bad_address };
        tx.record(&[news(case, &message, body, now)]).await?;
    }
    Ok(true)
}

/// What a case is told of a status; that a gateway passed a message on is of no interest to it, but that it took it.
fn news_of(before: MessageStatus, status: Status) -> Option<News> {
    match status {
        Status::Accepted => Some(News::Accepted),
        Status::Sent => (before < MessageStatus::Accepted).then_some(News::Accepted),
        Status::Delivered => Some(News::Delivered),
        Status::Undelivered => Some(News::Undelivered),
        Status::Failed => Some(News::Failed),
    }
}

fn parse_status(word: &str) -> Option<Status> {
    [Status::Accepted, Status::Sent, Status::Delivered, Status::Undelivered, Status::Failed]
        .into_iter()
        .find(|status| status.as_str() == word)
}
