//! Who must not be contacted and why: listed, taken back, and each of both kept for good.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use wasl_core::case::CaseId;
use wasl_core::delivery::Channel;

use super::Store;
use super::affected;
use super::dialect::Beside;
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::facts::{ANY_CHANNEL, OPTED_OUT};
use super::tables::{suppression_changes, suppressions};
use super::transaction::{Deed, Transaction};

const OPERATION: &str = "change suppressions";

/// Somebody who must not be contacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// A personal number or an address, spelt as [`wasl_core::policy::identity()`] spells it.
    pub identity: String,
    /// On which channel; `None` for all of them.
    pub channel: Option<Channel>,
    /// The rule: `opted_out`, `never_to`.
    pub reason: String,
    /// Where we heard it: `agent`, `hotline`, `web`, `sms`, `message 7.1.1`.
    pub source: String,
    /// In words.
    pub note: Option<String>,
    /// Who listed it.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
}

/// What a change of the list did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionChange {
    /// How many entries are new, or were taken back.
    pub changed: u64,
    /// Cases that were told because they meant to contact them.
    pub told: Vec<CaseId>,
}

impl Store {
    /// Lists somebody and tells the cases that mean to contact them. Whoever is listed already stays as they
    /// were listed first.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn suppress(&self, new: &Suppression) -> Result<SuppressionChange, StoreError> {
        self.within(Beside::Nobody, OPERATION, Listing(new.clone())).await
    }

    /// Takes somebody off the list, on one channel or on all, also where a case listed them that is erased; the trace of it
    /// stays.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn unsuppress(
        &self,
        identity: &str,
        channel: Option<Channel>,
        by_and_why: (&str, &str),
        now: Timestamp,
    ) -> Result<Vec<Suppression>, StoreError> {
        let which = Taken { channel, reason: None };
        self.within(Beside::Nobody, OPERATION, TakingBack::of(self.known_as(identity), which, by_and_why, now)).await
    }

    /// Somebody who asked us to stop on a channel wants to hear from us again; any other rule stays.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn opt_in(
        &self,
        identity: &str,
        channel: Channel,
        by_and_why: (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let which = Taken { channel: Some(channel), reason: Some(OPTED_OUT) };
        let taking_back = TakingBack::of(vec![identity.to_owned()], which, by_and_why, now);
        self.within(Beside::Nobody, OPERATION, taking_back).await.map(|_| ())
    }

    /// The youngest entries of the list, of one identity or of all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suppression_list(&self, identity: Option<&str>, limit: u32) -> Result<Vec<Suppression>, StoreError> {
        let mut query = suppressions::Entity::find()
            .order_by_desc(suppressions::Column::At)
            .order_by_asc(suppressions::Column::Address)
            .limit(u64::from(limit));
        if let Some(identity) = identity {
            query = query.filter(suppressions::Column::Address.is_in(self.known_as(identity)));
        }
        let rows = query.all(&self.reader).await.during("list suppressions")?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// What was ever changed about somebody, oldest first: `added` or `removed`, with who did it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn suppression_changes(&self, identity: &str) -> Result<Vec<(String, Suppression)>, StoreError> {
        use suppression_changes::Column;
        let query = suppression_changes::Entity::find()
            .filter(Column::Address.is_in(self.known_as(identity)))
            .order_by_asc(Column::Id);
        let rows = query.all(&self.reader).await.during("list suppressions")?;
        let change = |row: suppression_changes::Model| {
            let suppression = Suppression {
                identity: row.address,
                channel: Channel::parse(&row.channel),
                reason: row.reason,
                source: row.source,
                note: row.note,
                by: row.by,
                at: instant(row.at),
            };
            (row.change, suppression)
        };
        Ok(rows.into_iter().map(change).collect())
    }
}

/// Which entries of somebody are taken back; everything that is `None` does not matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// Only that of this channel.
    pub(super) channel: Option<Channel>,
    /// Only that under this rule.
    pub(super) reason: Option<&'static str>,
}

/// Somebody who is listed.
struct Listing(Suppression);

impl Deed for Listing {
    type Answer = SuppressionChange;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<SuppressionChange, StoreError> {
        add(tx, &self.0).await
    }
}

/// Somebody who is taken off the list, by each name that they have on it.
struct TakingBack {
    identities: Vec<String>,
    which: Taken,
    by: String,
    why: String,
    now: Timestamp,
}

impl TakingBack {
    fn of(identities: Vec<String>, which: Taken, (by, why): (&str, &str), now: Timestamp) -> Self {
        Self { identities, which, by: by.to_owned(), why: why.to_owned(), now }
    }
}

impl Deed for TakingBack {
    type Answer = Vec<Suppression>;

    fn size(&self) -> usize {
        self.identities.len()
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<Vec<Suppression>, StoreError> {
        let mut removed = Vec::new();
        for identity in &self.identities {
            removed.extend(take_back(tx, identity, self.which, (&self.by, &self.why), self.now).await?);
        }
        Ok(removed)
    }
}

/// Lists somebody, keeps a trace of it, and tells the cases that mean to contact them.
pub(super) async fn add<T: Transaction>(tx: &T, new: &Suppression) -> Result<SuppressionChange, StoreError> {
    let is_new = tx.insert_new(to_row(new).into_active_model(), OPERATION).await?;
    let mut told = Vec::new();
    if is_new {
        let change = log(tx, "added", new, &new.by, new.note.as_deref(), new.at).await?;
        let cause = format!("suppression {change}");
        told = affected::tell(tx, &BTreeSet::from([new.identity.as_str()]), &cause, new.at).await?;
    }
    Ok(SuppressionChange { changed: u64::from(is_new), told })
}

/// Takes somebody off the list and keeps a trace of it.
pub(super) async fn take_back<T: Transaction>(
    tx: &T,
    identity: &str,
    which: Taken,
    (by, why): (&str, &str),
    now: Timestamp,
) -> Result<Vec<Suppression>, StoreError> {
    use suppressions::Column;
    let mut of_them = suppressions::Entity::find().filter(Column::Address.eq(identity));
    if let Some(channel) = which.channel {
        of_them = of_them.filter(Column::Channel.eq(channel.as_str()));
    }
    if let Some(reason) = which.reason {
        of_them = of_them.filter(Column::Reason.eq(reason));
    }
    let rows = tx.all(of_them, OPERATION).await?;
    let removed: Vec<Suppression> = rows.iter().cloned().map(from_row).collect();
    for (row, suppression) in rows.into_iter().zip(&removed) {
        let theirs = Column::Address.eq(row.address).and(Column::Channel.eq(row.channel));
        tx.change(suppressions::Entity::delete_many().filter(theirs).as_query(), OPERATION).await?;
        log(tx, "removed", suppression, by, Some(why), now).await?;
    }
    Ok(removed)
}

/// Keeps that something was changed; its number names the change.
async fn log<T: Transaction>(
    tx: &T,
    change: &str,
    of: &Suppression,
    by: &str,
    why: Option<&str>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let row = suppression_changes::ActiveModel {
        id: ActiveValue::NotSet,
        at: ActiveValue::Set(millis(now)),
        by: ActiveValue::Set(by.to_owned()),
        change: ActiveValue::Set(change.to_owned()),
        address: ActiveValue::Set(of.identity.clone()),
        channel: ActiveValue::Set(word(of.channel)),
        reason: ActiveValue::Set(of.reason.clone()),
        source: ActiveValue::Set(of.source.clone()),
        note: ActiveValue::Set(why.map(str::to_owned)),
    };
    tx.insert(row, OPERATION).await
}

fn word(channel: Option<Channel>) -> String {
    channel.map_or(ANY_CHANNEL, Channel::as_str).to_owned()
}

fn to_row(new: &Suppression) -> suppressions::Model {
    suppressions::Model {
        address: new.identity.clone(),
        channel: word(new.channel),
        reason: new.reason.clone(),
        source: new.source.clone(),
        at: millis(new.at),
        note: new.note.clone(),
        by: Some(new.by.clone()),
    }
}

fn from_row(row: suppressions::Model) -> Suppression {
    Suppression {
        identity: row.address,
        channel: Channel::parse(&row.channel),
        reason: row.reason,
        source: row.source,
        note: row.note,
        by: row.by.unwrap_or_default(),
        at: instant(row.at),
    }
}
