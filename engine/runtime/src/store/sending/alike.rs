//! Messages that a gateway's list cannot tell apart: the same words to the same address, as two cases
//! of one family may send them on the same morning.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::Claimed;
use crate::store::Store;
use crate::store::document::millis;
use crate::store::error::{During, StoreError};
use crate::store::messages::MessageStatus;
use crate::store::tables::notifications;
use crate::store::transaction::Transaction;
use notifications::Column;

const OPERATION: &str = "compare alike messages";

/// What is known of the messages that look like one whose sending is uncertain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alike {
    /// Which of the gateway's ids belong to other messages.
    pub owned: BTreeSet<String>,
    /// Whether one of them is being handed over: what the gateway shows may be that one.
    pub under_way: bool,
    /// How many others are uncertain as well and come before this one in the order of ids. Each takes
    /// its own of what the gateway shows, in that order: whichever it really is, the family has it.
    pub before: usize,
}

impl Store {
    /// Compares an uncertain message with those that the gateway's list cannot tell from it; `shown`
    /// are the gateway's ids of what it shows.
    ///
    /// # Errors
    /// The database failed.
    pub async fn alike(&self, claimed: &Claimed, shown: &[&str]) -> Result<Alike, StoreError> {
        let others = || {
            let query =
                notifications::Entity::find().select_only().filter(Column::Id.ne(claimed.message.id.0.as_str()));
            match &claimed.notifier {
                Some(notifier) => query.filter(Column::Notifier.eq(notifier)),
                None => query.filter(Column::Channel.eq(claimed.message.channel.as_str())),
            }
        };
        let owned = others().column(Column::ProviderId).filter(Column::ProviderId.is_in(shown.iter().copied()));
        let owned: Vec<String> = owned.into_tuple().all(&self.reader).await.during(OPERATION)?;
        let unsettled = others()
            .columns([Column::Id, Column::Status])
            .filter(Column::Channel.eq(claimed.message.channel.as_str()))
            .filter(Column::Status.is_in([MessageStatus::Sending.as_str(), MessageStatus::Uncertain.as_str()]))
            .filter(Column::ToAddress.eq(claimed.message.to.as_str()))
            .filter(Column::Text.eq(&claimed.message.text));
        let unsettled: Vec<(String, String)> = unsettled.into_tuple().all(&self.reader).await.during(OPERATION)?;
        let is_sending = |status: &String| status == MessageStatus::Sending.as_str();
        Ok(Alike {
            owned: owned.into_iter().collect(),
            under_way: unsettled.iter().any(|(_, status)| is_sending(status)),
            before: unsettled.iter().filter(|(id, status)| !is_sending(status) && *id < claimed.message.id.0).count(),
        })
    }
}

/// A receipt has named `message` as the one that the gateway knows by `provider_id`. Another that adopted
/// that id, because it looked the same, is uncertain again: the gateway is asked once more.
pub(in crate::store) async fn take_back<T: Transaction>(
    tx: &T,
    message: &str,
    notifier: &str,
    provider_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    const AT_THE_GATEWAY: [MessageStatus; 3] =
        [MessageStatus::Accepted, MessageStatus::Sent, MessageStatus::Unconfirmed];
    let reason = "what was taken for this message is another one, as its receipt shows";
    let adopted = notifications::Entity::update_many()
        .col_expr(Column::Status, Expr::val(MessageStatus::Uncertain.as_str()))
        .col_expr(Column::ProviderId, Expr::val(None::<String>))
        .col_expr(Column::ConfirmBy, Expr::val(None::<i64>))
        .col_expr(Column::NextAttemptAt, Expr::val(millis(now)))
        .col_expr(Column::Code, Expr::val("another_message"))
        .col_expr(Column::Reason, Expr::val(reason))
        .filter(Column::ProviderId.eq(provider_id))
        .filter(Column::Notifier.eq(notifier))
        .filter(Column::Id.ne(message))
        .filter(Column::Status.is_in(AT_THE_GATEWAY.map(MessageStatus::as_str)));
    tx.change(adopted.as_query(), OPERATION).await.map(|_| ())
}
