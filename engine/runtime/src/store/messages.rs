//! Messages: their rows and what people look at. Claiming and settling them is [`super::sending`]'s.

use jiff::Timestamp;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::{Channel, OnUncertain, Status};
use wasl_core::effect::Message;

use super::Store;
use super::document::{due_millis, from_json_option, instant, millis, text, to_json, unknown_word};
use super::error::{During, StoreError};
use super::tables::{attempts, notifications};

/// Messages of one status are few up to here: so many are put in order in some milliseconds.
const FEW: u64 = 1_000;

/// Where a message stands. The order of the variants is the rank by which it may move on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageStatus {
    /// It waits for its moment.
    Queued,
    /// A dispatcher has it; nobody else may send it.
    Sending,
    /// Nobody knows whether it was sent.
    Uncertain,
    /// The gateway took it.
    Accepted,
    /// The gateway has passed it to an operator.
    Sent,
    /// The gateway took it, and nobody reported in time whether it arrived; a late report still counts.
    Unconfirmed,
    /// It reached the handset or mailbox.
    Delivered,
    /// The operator could not deliver it.
    Undelivered,
    /// It will never be sent.
    Failed,
    /// Its time had passed before it could be sent.
    Expired,
    /// The case withdrew it before it left.
    Withdrawn,
    /// A rule forbids it.
    Suppressed,
}

impl MessageStatus {
    /// Every status, in the order of rank.
    pub const ALL: [Self; 12] = [
        Self::Queued,
        Self::Sending,
        Self::Uncertain,
        Self::Accepted,
        Self::Sent,
        Self::Unconfirmed,
        Self::Delivered,
        Self::Undelivered,
        Self::Failed,
        Self::Expired,
        Self::Withdrawn,
        Self::Suppressed,
    ];

    /// The word used in SQL and lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Uncertain => "uncertain",
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Unconfirmed => "unconfirmed",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Suppressed => "suppressed",
        }
    }

    /// The status of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether the recipient may have it, or may still get it from where it is now.
    pub const fn may_have_arrived(self) -> bool {
        match self {
            Self::Sending | Self::Uncertain | Self::Accepted | Self::Sent | Self::Unconfirmed | Self::Delivered => true,
            Self::Queued | Self::Undelivered | Self::Failed | Self::Expired | Self::Withdrawn | Self::Suppressed => {
                false
            }
        }
    }

    /// Whether a gateway took it, whatever became of it there.
    pub const fn left(self) -> bool {
        matches!(self, Self::Accepted | Self::Sent | Self::Unconfirmed | Self::Delivered | Self::Undelivered)
    }

    /// Whether nothing changes it any more.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Sending | Self::Uncertain | Self::Accepted | Self::Sent | Self::Unconfirmed => false,
            Self::Delivered | Self::Undelivered | Self::Failed | Self::Expired | Self::Withdrawn | Self::Suppressed => {
                true
            }
        }
    }

    /// Whether news of this status moves a message that stands at `self`: never backwards, and what
    /// is final stays.
    pub fn yields_to(self, news: Self) -> bool {
        !self.is_final() && self < news
    }
}

impl From<Status> for MessageStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Accepted => Self::Accepted,
            Status::Sent => Self::Sent,
            Status::Delivered => Self::Delivered,
            Status::Undelivered => Self::Undelivered,
            Status::Failed => Self::Failed,
        }
    }
}

/// A message and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMessage {
    /// As the case planned it; `not_before` and `why` follow a postponement, `segments` the bill.
    pub message: Message,
    /// Its case.
    pub case: CaseId,
    /// Where it stands.
    pub status: MessageStatus,
    /// The notifier that took it or tries to; `None` while it waits.
    pub notifier: Option<String>,
    /// The gateway's id of it.
    pub provider_id: Option<String>,
    /// How often it was handed over or tried to be.
    pub attempts: u32,
    /// When it is tried next, or the gateway asked about it.
    pub next_attempt_at: Option<Timestamp>,
    /// When the gateway took it.
    pub sent_at: Option<Timestamp>,
    /// By when its gateway has to report; `None` where nobody waits for a report any more.
    pub confirm_by: Option<Timestamp>,
    /// When its status became final.
    pub settled_at: Option<Timestamp>,
    /// The gateway's or our code of the last failure.
    pub code: Option<String>,
    /// The last failure or the withdrawal in words, without personal data.
    pub reason: Option<String>,
}

/// One attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first; a claim that did not leave does not count on.
    pub attempt: u32,
    /// The notifier that it was claimed for.
    pub notifier: Option<String>,
    /// When it was claimed.
    pub started_at: Timestamp,
    /// When it was settled; `None` while it runs or if nobody came back from it.
    pub ended_at: Option<Timestamp>,
    /// `accepted`, `retry`, `uncertain`, …
    pub result: Option<String>,
    /// The gateway's or our code.
    pub code: Option<String>,
    /// What happened.
    pub message: Option<String>,
}

/// Which messages are wanted; everything that is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Of this case.
    pub case: Option<CaseId>,
    /// With this status.
    pub status: Option<MessageStatus>,
    /// On this channel.
    pub channel: Option<Channel>,
    /// Only those after this one: the last of the page before.
    pub after: Option<EffectId>,
    /// At the most so many, the newest first.
    pub limit: u32,
}

impl Store {
    /// Messages that pass a filter, the newest first.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn messages(&self, filter: &MessageFilter) -> Result<Vec<StoredMessage>, StoreError> {
        use notifications::Column;
        let mut query = notifications::Entity::find()
            .order_by_desc(Column::PlannedAt)
            .order_by_desc(Column::CaseId)
            .order_by_desc(Column::Id)
            .limit(u64::from(filter.limit));
        if let Some(case) = filter.case {
            query = query.filter(Column::CaseId.eq(case.0));
        }
        if let Some(status) = filter.status {
            let few = filter.case.is_some() || self.are_few(status).await?;
            query = query.filter(if few { Column::Status.eq(status.as_str()) } else { among_all(status) });
        }
        if let Some(channel) = filter.channel {
            query = query.filter(Column::Channel.eq(channel.as_str()));
        }
        if let Some(after) = &filter.after {
            let last =
                notifications::Entity::find_by_id(after.0.clone()).one(&self.reader).await.during("list messages")?;
            query = query.filter(last.map_or_else(|| Column::Id.is_null().into(), |last| below(&last)));
        }
        let rows = query.all(&self.reader).await.during("list messages")?;
        rows.into_iter().map(to_stored).collect()
    }

    /// Whether so few messages have a status that all of them can be put in order.
    async fn are_few(&self, status: MessageStatus) -> Result<bool, StoreError> {
        use notifications::Column;
        let query = notifications::Entity::find().select_only().column(Column::Id);
        let query = query.filter(Column::Status.eq(status.as_str())).offset(FEW).limit(1);
        Ok(query.into_tuple::<String>().one(&self.reader).await.during("list messages")?.is_none())
    }

    /// A message by its id.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn message(&self, id: &EffectId) -> Result<Option<StoredMessage>, StoreError> {
        let row = notifications::Entity::find_by_id(id.0.clone()).one(&self.reader).await.during("read a message")?;
        row.map(to_stored).transpose()
    }

    /// Every attempt to send a message, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn attempts(&self, id: &EffectId) -> Result<Vec<Attempt>, StoreError> {
        let query = attempts::Entity::find()
            .filter(attempts::Column::NotificationId.eq(id.0.as_str()))
            .order_by_asc(attempts::Column::Fence);
        let rows = query.all(&self.reader).await.during("read attempts")?;
        let attempt = |row: attempts::Model| Attempt {
            attempt: count(row.attempt),
            notifier: row.notifier,
            started_at: instant(row.started_at),
            ended_at: row.ended_at.map(instant),
            result: row.result,
            code: row.code,
            message: row.message,
        };
        Ok(rows.into_iter().map(attempt).collect())
    }
}

/// A status that many messages have: databases walk all of them by their age, and soon have a page, in place of sorting
/// those.
fn among_all(status: MessageStatus) -> SimpleExpr {
    let plain = Expr::col((notifications::Entity, notifications::Column::Status));
    plain.binary(BinOper::Custom("||"), "").eq(status.as_str())
}

/// Messages that stand below one in a list with the newest first.
fn below(last: &notifications::Model) -> Condition {
    use notifications::Column;
    let same_moment = || Condition::all().add(Column::PlannedAt.eq(last.planned_at));
    Condition::any()
        .add(Column::PlannedAt.lt(last.planned_at))
        .add(same_moment().add(Column::CaseId.lt(last.case_id)))
        .add(same_moment().add(Column::CaseId.eq(last.case_id)).add(Column::Id.lt(last.id.clone())))
}

/// The row of a message that a case plans.
pub(super) fn to_row(case: CaseId, message: &Message) -> Result<notifications::Model, StoreError> {
    let id = message.id.to_string();
    let suppressed = message.suppressed.is_some();
    let status = if suppressed { MessageStatus::Suppressed } else { MessageStatus::Queued };
    Ok(notifications::Model {
        case_id: case.0,
        channel: message.channel.as_str().to_owned(),
        state: message.state.to_string(),
        template: message.template.to_string(),
        to_address: text(message.to.as_str()),
        to_name: message.to_name.as_deref().map(text),
        person: text(message.person.as_str()),
        language: message.language.to_string(),
        subject: message.subject.as_deref().map(text),
        text: text(&message.text),
        unsubscribe: message.unsubscribe.clone(),
        segments: i64::from(message.segments),
        status: status.as_str().to_owned(),
        planned_at: millis(message.planned_at),
        not_before: due_millis(message.not_before),
        expires: message.expires.map(millis),
        keep: message.keep,
        why: message.why.as_ref().map(|why| to_json("reason", &id, why)).transpose()?,
        rule: message.suppressed.as_ref().map(|rule| to_json("rule", &id, rule)).transpose()?,
        withdraw: None,
        notifier: None,
        provider_id: None,
        attempts: 0,
        fence: 0,
        lease_until: None,
        lease_holder: None,
        next_attempt_at: (!suppressed).then(|| due_millis(message.not_before)),
        sent_at: None,
        settled_at: suppressed.then(|| millis(message.planned_at)),
        code: None,
        reason: None,
        only_by: None,
        confirm_by: None,
        on_uncertain: message.on_uncertain.map(|choice| choice.as_str().to_owned()),
        tried_at: None,
        id,
    })
}

/// The message of a row, as its case planned it.
pub(super) fn to_message(row: &notifications::Model) -> Result<Message, StoreError> {
    Ok(Message {
        id: EffectId(row.id.as_str().into()),
        channel: Channel::parse(&row.channel).ok_or_else(|| unknown_word("channel", &row.id))?,
        state: row.state.as_str().into(),
        template: row.template.as_str().into(),
        to: row.to_address.as_str().into(),
        to_name: row.to_name.as_deref().map(Into::into),
        person: row.person.as_str().into(),
        language: row.language.as_str().into(),
        subject: row.subject.clone(),
        text: row.text.clone(),
        unsubscribe: row.unsubscribe.clone(),
        segments: count(row.segments),
        planned_at: instant(row.planned_at),
        not_before: instant(row.not_before),
        expires: row.expires.map(instant),
        keep: row.keep,
        on_uncertain: row.on_uncertain.as_deref().and_then(OnUncertain::parse),
        // Explanations: without them it is the same message, and its status says what becomes of it.
        why: from_json_option("reason", &row.id, row.why.as_deref()).unwrap_or_default(),
        suppressed: from_json_option("rule", &row.id, row.rule.as_deref()).unwrap_or_default(),
    })
}

/// The status of a row.
pub(super) fn status_of(row: &notifications::Model) -> Result<MessageStatus, StoreError> {
    MessageStatus::parse(&row.status).ok_or_else(|| unknown_word("status", &row.id))
}

/// A stored count.
pub(super) fn count(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

pub(super) fn to_stored(row: notifications::Model) -> Result<StoredMessage, StoreError> {
    Ok(StoredMessage {
        message: to_message(&row)?,
        status: status_of(&row)?,
        case: CaseId(row.case_id),
        attempts: count(row.attempts),
        next_attempt_at: row.next_attempt_at.map(instant),
        sent_at: row.sent_at.map(instant),
        confirm_by: row.confirm_by.map(instant),
        settled_at: row.settled_at.map(instant),
        notifier: row.notifier,
        provider_id: row.provider_id,
        code: row.code,
        reason: row.reason,
    })
}
