//! Messages that a gateway's list cannot tell apart: the same words to the same address, as two cases
//! of one family may send them on the same morning.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::Claimed;
use crate::store::Store;
use crate::store::error::{During, StoreError};
use crate::store::messages::MessageStatus;
use crate::store::tables::notifications;
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
            let query = notifications::Entity::find().select_only().filter(Column::Id.ne(&claimed.message.id.0));
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
            .filter(Column::ToAddress.eq(&claimed.message.to))
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
