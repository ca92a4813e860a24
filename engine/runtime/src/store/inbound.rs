//! Messages to us: kept before they are answered, matched to a case, and told to it as an event.
//!
//! One transaction keeps the message, does what its keyword asks for, and stores the event; whatever breaks
//! off, the gateway sends it again and nothing is done twice. Whose message it is, is in `senders`.

mod senders;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use wasl_core::case::CaseId;
use wasl_core::delivery::Channel;
use wasl_core::event::Body;
use wasl_core::limits::ANSWER_CHARS_MAX;
use wasl_core::message::Keyword;
use wasl_core::policy::identity;

use super::Store;
use super::dialect::Beside;
use super::document::{from_json, instant, millis, text, to_json, unknown_word};
use super::error::{During, StoreError};
use super::events::NewEvent;
use super::facts::OPTED_OUT;
use super::suppressions::{self, Suppression};
use super::tables::inbound_messages::{self as inbound, Column};
use super::tables::notifications;
use super::transaction::{Deed, Transaction};

#[cfg(test)]
pub(super) use senders::contacted_at;

const OPERATION: &str = "keep a message to us";

/// A message to us, as its notifier read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInbound {
    /// The notifier that it came by.
    pub notifier: String,
    /// How it came.
    pub channel: Channel,
    /// The notifier's id of it; the same one again is the same message.
    pub provider_id: String,
    /// The sender's E.164 number or e-mail address.
    pub from: String,
    /// Our number or address.
    pub to: Option<String>,
    /// What they wrote.
    pub text: String,
    /// What they ask for with a keyword.
    pub keyword: Option<Keyword>,
    /// Our own messages that it says it answers, by the gateway's ids; where there are none, the sender's
    /// number tells whose it is.
    pub answers: Option<Vec<String>>,
    /// The request as it came.
    pub raw: Vec<u8>,
    /// When it came.
    pub at: Timestamp,
}

/// What came of a message to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundTaken {
    /// Its id.
    pub id: i64,
    /// Whether it came for the first time.
    pub first: bool,
    /// The case that it was told to.
    pub case: Option<CaseId>,
}

/// A message to us, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInbound {
    /// Its id.
    pub id: i64,
    /// The notifier that it came by.
    pub notifier: String,
    /// The notifier's id of it.
    pub provider_id: String,
    /// How it came.
    pub channel: Channel,
    /// The sender.
    pub from: String,
    /// Our number or address.
    pub to: Option<String>,
    /// What they wrote, in full.
    pub text: String,
    /// What they asked for.
    pub keyword: Option<Keyword>,
    /// When it came first.
    pub received_at: Timestamp,
    /// How often it came.
    pub seen: u32,
    /// The case that it was told to; none for a sender whom no case knows.
    pub case: Option<CaseId>,
    /// Every case that it could have been, the chosen one first.
    pub candidates: Vec<CaseId>,
    /// Who gave it to its case by hand.
    pub assigned_by: Option<String>,
    /// When.
    pub assigned_at: Option<Timestamp>,
}

/// Which messages to us are wanted.
#[derive(Clone, Debug, Default)]
pub struct InboundFilter {
    /// Only those that belong to no case.
    pub unmatched: bool,
    /// Only those of this case.
    pub case: Option<CaseId>,
    /// At the most so many.
    pub limit: u32,
}

impl Store {
    /// Keeps a message to us, does what its keyword asks for, and tells the case whose it is, in one
    /// transaction. The same message again is counted and changes nothing.
    ///
    /// # Errors
    /// The database failed; the gateway should send it again.
    pub async fn record_inbound(&self, new: &NewInbound) -> Result<InboundTaken, StoreError> {
        let new = NewInbound { provider_id: text(&new.provider_id), ..new.clone() };
        self.within(Beside::Nobody, OPERATION, Keeping(new)).await
    }

    /// A message to us by its id.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn inbound(&self, id: i64) -> Result<Option<StoredInbound>, StoreError> {
        let row = inbound::Entity::find_by_id(id).one(&self.reader).await.during("read a message to us")?;
        row.map(to_stored).transpose()
    }

    /// Messages to us, the newest first.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn inbound_messages(&self, filter: &InboundFilter) -> Result<Vec<StoredInbound>, StoreError> {
        let mut query = inbound::Entity::find().order_by_desc(Column::Id).limit(u64::from(filter.limit));
        if filter.unmatched {
            query = query.filter(Column::CaseId.is_null());
        }
        if let Some(case) = filter.case {
            query = query.filter(Column::CaseId.eq(case.0));
        }
        let rows = query.all(&self.reader).await.during("list messages to us")?;
        rows.into_iter().map(to_stored).collect()
    }

    /// Notes to which case a person gave a message.
    ///
    /// # Errors
    /// The database failed.
    pub async fn assign_inbound(&self, id: i64, case: CaseId, by: &str, now: Timestamp) -> Result<(), StoreError> {
        let update = inbound::Entity::update_many()
            .col_expr(Column::CaseId, Expr::val(case.0))
            .col_expr(Column::AssignedBy, Expr::val(by))
            .col_expr(Column::AssignedAt, Expr::val(millis(now)))
            .filter(Column::Id.eq(id));
        self.change_alone("assign a message to us", update.into_query(), None).await.map(|_| ())
    }
}

/// An address that a case has written to, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenTo {
    /// How.
    pub channel: Channel,
    /// Where.
    pub address: String,
    /// In which language, most lately.
    pub language: String,
}

impl Store {
    /// The addresses that a case has written to, or will.
    ///
    /// # Errors
    /// The database failed or a stored word is unknown.
    pub async fn spoken_to(&self, case: CaseId) -> Result<Vec<SpokenTo>, StoreError> {
        use notifications::Column;
        let query = notifications::Entity::find()
            .select_only()
            .columns([Column::Channel, Column::ToAddress, Column::Language])
            .filter(Column::CaseId.eq(case.0))
            .order_by_desc(Column::PlannedAt);
        let rows: Vec<(String, String, String)> =
            query.into_tuple().all(&self.reader).await.during("read addresses of a case")?;
        let mut spoken_to: Vec<SpokenTo> = Vec::new();
        for (channel, address, language) in rows {
            let channel = Channel::parse(&channel).ok_or_else(|| unknown_word("channel", &case.to_string()))?;
            if !spoken_to.iter().any(|to| to.channel == channel && to.address == address) {
                spoken_to.push(SpokenTo { channel, address, language });
            }
        }
        Ok(spoken_to)
    }
}

/// The event that tells a case what somebody wrote; a very long text is cut, the whole stays with the message.
pub(crate) fn reply(channel: Channel, from: &str, text: &str) -> Body {
    let text = match text.char_indices().nth(ANSWER_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    Body::Reply { channel, text, from: Some(from.to_owned()) }
}

/// A message to us.
struct Keeping(NewInbound);

impl Deed for Keeping {
    type Answer = InboundTaken;

    fn size(&self) -> usize {
        1
    }

    async fn write<T: Transaction>(&self, tx: &T) -> Result<InboundTaken, StoreError> {
        match seen_before(tx, &self.0).await? {
            Some(taken) => Ok(taken),
            None => keep(tx, &self.0).await,
        }
    }
}

/// Counts a message that came before.
async fn seen_before<T: Transaction>(tx: &T, new: &NewInbound) -> Result<Option<InboundTaken>, StoreError> {
    let query = inbound::Entity::find()
        .filter(Column::Notifier.eq(&new.notifier))
        .filter(Column::ProviderId.eq(&new.provider_id));
    let Some(row) = tx.one(query, OPERATION).await? else { return Ok(None) };
    let again = inbound::Entity::update_many()
        .col_expr(Column::Seen, Column::Seen.into_expr().add(1))
        .filter(Column::Id.eq(row.id));
    tx.change(again.as_query(), OPERATION).await?;
    Ok(Some(InboundTaken { id: row.id, first: false, case: row.case_id.map(CaseId) }))
}

/// Whoever wrote asks us not to write to them on this channel, whatever workflow would.
fn asked_by(new: &NewInbound) -> Suppression {
    Suppression {
        identity: identity(&new.from).unwrap_or_default(),
        channel: Some(new.channel),
        reason: OPTED_OUT.to_owned(),
        source: new.channel.as_str().to_owned(),
        note: None,
        by: new.notifier.clone(),
        at: new.at,
    }
}

async fn keep<T: Transaction>(tx: &T, new: &NewInbound) -> Result<InboundTaken, StoreError> {
    let candidates = senders::cases_of(tx, new).await?;
    let case = candidates.first().copied();
    let id = tx.insert(to_row(new, &candidates)?, OPERATION).await?;
    if let Some(case) = case {
        let event = NewEvent {
            case,
            source: new.notifier.clone(),
            source_id: new.provider_id.clone(),
            at: new.at,
            by: new.notifier.clone(),
            body: reply(new.channel, &new.from, &new.text),
        };
        tx.record(&[event]).await?;
    }
    // After the words themselves: the workflow may have ended the case on them.
    match new.keyword {
        Some(Keyword::Stop) => _ = suppressions::add(tx, &asked_by(new)).await?,
        Some(Keyword::Start) => {
            let why = (new.notifier.as_str(), "start");
            let asked = suppressions::Taken { channel: Some(new.channel), reason: Some(OPTED_OUT) };
            suppressions::take_back(tx, &asked_by(new).identity, asked, why, new.at).await?;
        }
        None => {}
    }
    Ok(InboundTaken { id, first: true, case })
}

fn to_row(new: &NewInbound, candidates: &[CaseId]) -> Result<inbound::ActiveModel, StoreError> {
    let row = inbound::Model {
        id: 0,
        notifier: new.notifier.clone(),
        provider_id: new.provider_id.clone(),
        channel: new.channel.as_str().to_owned(),
        from_address: text(&new.from),
        to_address: new.to.clone(),
        text: text(&new.text),
        keyword: new.keyword.map(|keyword| keyword.as_str().to_owned()),
        raw: text(String::from_utf8_lossy(&new.raw)),
        received_at: millis(new.at),
        seen: 1,
        case_id: candidates.first().map(|case| case.0),
        candidates: to_json("candidates", &new.provider_id, &candidates)?,
        assigned_by: None,
        assigned_at: None,
    };
    Ok(inbound::ActiveModel { id: ActiveValue::NotSet, ..row.into_active_model() })
}

fn to_stored(row: inbound::Model) -> Result<StoredInbound, StoreError> {
    let id = row.id.to_string();
    Ok(StoredInbound {
        id: row.id,
        channel: Channel::parse(&row.channel).ok_or_else(|| unknown_word("channel", &id))?,
        keyword: row.keyword.as_deref().and_then(Keyword::parse),
        received_at: instant(row.received_at),
        seen: u32::try_from(row.seen).unwrap_or(u32::MAX),
        case: row.case_id.map(CaseId),
        candidates: from_json("candidates", &id, &row.candidates)?,
        assigned_at: row.assigned_at.map(instant),
        notifier: row.notifier,
        provider_id: row.provider_id,
        from: row.from_address,
        to: row.to_address,
        text: row.text,
        assigned_by: row.assigned_by,
    })
}
