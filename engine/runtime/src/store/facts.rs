//! What is known beyond one case: contacts made with people elsewhere, addresses not to be used.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use wasl_core::case::{Case, CaseId, Contacted, EffectId};
use wasl_core::delivery::Channel;
use wasl_core::policy::Facts;

use super::Store;
use super::batch::KEYS_MAX;
use super::deceased;
use super::document::{instant, unknown_word};
use super::error::{During, StoreError};
use super::messages::MessageStatus;
use super::tables::{call_tasks, notifications, suppressions};
use super::tasks::TaskStatus;

/// Every channel, where an address must not be used at all.
pub(super) const ANY_CHANNEL: &str = "*";

/// Why somebody is not contacted: they asked us to stop.
pub(super) const OPTED_OUT: &str = "opted_out";

/// An address that must not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressedAddress {
    /// The address.
    pub address: String,
    /// On which channel; `None` for all of them.
    pub channel: Option<Channel>,
    /// Why: `never_to`, `opted_out`.
    pub reason: String,
    /// Who said so: `case 12`, `twilio`.
    pub source: String,
    /// Since when.
    pub at: Timestamp,
}

/// A contact with somebody.
#[derive(Clone, Debug)]
struct Known {
    case: CaseId,
    contacted: Contacted,
    /// Whether it was made, or may have been; else it is planned.
    made: bool,
}

/// What is known of a batch's persons and addresses; [`KnownContacts::facts`] gives each case its part.
#[derive(Clone, Debug, Default)]
pub struct KnownContacts {
    contacts: BTreeMap<String, Vec<Known>>,
    never: BTreeSet<String>,
    deceased: BTreeSet<String>,
    opted_out: BTreeSet<String>,
}

impl KnownContacts {
    /// The facts for one case: contacts with these persons in other cases, and which of these
    /// identities must not be used.
    pub fn facts(&self, case: CaseId, persons: &[String], identities: &[String]) -> Facts {
        let persons: BTreeSet<&String> = persons.iter().collect();
        let made = persons.into_iter().filter_map(|person| self.contacts.get(person)).flatten();
        let elsewhere = made.filter(|known| known.case != case).map(|known| known.contacted.clone());
        let among = |known: &BTreeSet<String>| identities.iter().filter(|one| known.contains(*one)).cloned().collect();
        let on_channels = identities.iter().flat_map(|one| Channel::ALL.map(|channel| format!("{channel} {one}")));
        Facts {
            contacted_elsewhere: elsewhere.collect(),
            deceased: among(&self.deceased),
            never: among(&self.never),
            opted_out: on_channels.filter(|entry| self.opted_out.contains(entry)).collect(),
        }
    }
}

impl KnownContacts {
    /// Only contacts that were made, or may have been, leaving out what is in hand and has not left yet.
    #[must_use]
    pub fn made(mut self, in_hand: &BTreeSet<EffectId>) -> Self {
        for known in self.contacts.values_mut() {
            known.retain(|known| known.made && !in_hand.contains(&known.contacted.id));
        }
        self
    }

    /// A case whose own contacts stand at the moments at which they were really made, as far as they
    /// were: it may not have been told yet.
    pub fn as_made(&self, case: &Case) -> Case {
        let mut case = case.clone();
        for contacted in &mut case.progress.contacted {
            let known = self.contacts.get(&contacted.person).into_iter().flatten();
            let made = known.filter(|known| known.case == case.id && known.made);
            let Some(made) = made.map(|known| &known.contacted).find(|made| made.id == contacted.id) else { continue };
            contacted.at = made.at;
            for pending in case.progress.pending.iter_mut().filter(|pending| pending.id == made.id) {
                pending.left = true;
            }
        }
        case
    }
}

impl Store {
    /// Loads what is known of a batch's persons since an instant, and of its identities: one query for
    /// messages, calls, deaths and suppressions each, however many cases there are.
    ///
    /// A contact is one that reached or may yet reach somebody: suppressed, withdrawn, expired and
    /// failed messages are none, nor are withdrawn calls.
    ///
    /// # Errors
    /// The database failed.
    pub async fn facts(
        &self,
        persons: &BTreeSet<String>,
        identities: &BTreeSet<String>,
        since: Timestamp,
    ) -> Result<KnownContacts, StoreError> {
        let mut known = KnownContacts::default();
        let persons: Vec<&str> = persons.iter().map(String::as_str).filter(|person| !person.is_empty()).collect();
        for persons in persons.chunks(KEYS_MAX) {
            known.add(messages_to(&self.reader, persons).await?, since);
            known.add(calls_to(&self.reader, persons).await?, since);
        }
        let identities: Vec<&str> = identities.iter().map(String::as_str).collect();
        for identities in identities.chunks(KEYS_MAX) {
            known.deceased.extend(deceased::among(&self.reader, identities).await?);
            let query =
                suppressions::Entity::find().filter(suppressions::Column::Address.is_in(identities.iter().copied()));
            for row in query.all(&self.reader).await.during("read suppressions")? {
                known.suppress(row);
            }
        }
        Ok(known)
    }
}

impl KnownContacts {
    fn add(&mut self, contacts: Vec<Known>, since: Timestamp) {
        for known in contacts.into_iter().filter(|known| known.contacted.at >= since) {
            self.contacts.entry(known.contacted.person.clone()).or_default().push(known);
        }
    }

    fn suppress(&mut self, row: suppressions::Model) {
        match (row.reason.as_str(), row.channel.as_str()) {
            (OPTED_OUT, ANY_CHANNEL) => {
                self.opted_out.extend(Channel::ALL.map(|channel| format!("{channel} {}", row.address)));
            }
            (_, ANY_CHANNEL) => _ = self.never.insert(row.address),
            (_, channel) => _ = self.opted_out.insert(format!("{channel} {}", row.address)),
        }
    }
}

async fn messages_to<C: ConnectionTrait>(db: &C, persons: &[&str]) -> Result<Vec<Known>, StoreError> {
    let query = reaching_messages(persons);
    let rows = query.into_tuple::<(String, i64, String, Option<i64>, Option<i64>, i64, String)>().all(db).await;
    let contacted = |(id, case, person, sent_at, tried_at, not_before, channel): (
        String,
        i64,
        String,
        Option<i64>,
        Option<i64>,
        i64,
        String,
    )| {
        let channel = Channel::parse(&channel).ok_or_else(|| unknown_word("channel", &id))?;
        // What may have left, left when it was tried, however long it had waited.
        let made_at = sent_at.or(tried_at);
        let at = instant(made_at.unwrap_or(not_before));
        let contacted = Contacted { id: EffectId(id), channel, person, at };
        Ok(Known { case: CaseId(case), contacted, made: made_at.is_some() })
    };
    rows.during("read contacts")?.into_iter().map(contacted).collect()
}

async fn calls_to<C: ConnectionTrait>(db: &C, persons: &[&str]) -> Result<Vec<Known>, StoreError> {
    let query = reaching_calls(persons);
    let rows = query.into_tuple::<(String, i64, String, Option<i64>, i64)>().all(db).await;
    let contacted = |(id, case, person, answered_at, not_before): (String, _, _, Option<i64>, _)| {
        let at = instant(answered_at.unwrap_or(not_before));
        let contacted = Contacted { id: EffectId(id), channel: Channel::Call, person, at };
        Known { case: CaseId(case), contacted, made: answered_at.is_some() }
    };
    Ok(rows.during("read contacts")?.into_iter().map(contacted).collect())
}

/// Messages that reached these persons or may yet.
pub(super) fn reaching_messages(persons: &[&str]) -> Select<notifications::Entity> {
    use notifications::Column;
    let statuses = MessageStatus::ALL.into_iter().filter(|status| reaches(*status)).map(MessageStatus::as_str);
    notifications::Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::CaseId,
            Column::Person,
            Column::SentAt,
            Column::TriedAt,
            Column::NotBefore,
            Column::Channel,
        ])
        .filter(Column::Person.is_in(persons.iter().copied()))
        .filter(Column::Status.is_in(statuses))
}

/// Calls to these persons that were made or may yet be.
pub(super) fn reaching_calls(persons: &[&str]) -> Select<call_tasks::Entity> {
    use call_tasks::Column;
    let statuses = [TaskStatus::Open, TaskStatus::Claimed, TaskStatus::Answered].map(TaskStatus::as_str);
    call_tasks::Entity::find()
        .select_only()
        .columns([Column::Id, Column::CaseId, Column::Person, Column::AnsweredAt, Column::NotBefore])
        .filter(Column::Person.is_in(persons.iter().copied()))
        .filter(Column::Status.is_in(statuses))
}

/// Whether a message of this status has reached somebody or may yet.
const fn reaches(status: MessageStatus) -> bool {
    match status {
        MessageStatus::Queued
        | MessageStatus::Sending
        | MessageStatus::Uncertain
        | MessageStatus::Accepted
        | MessageStatus::Sent
        | MessageStatus::Unconfirmed
        | MessageStatus::Delivered
        | MessageStatus::Undelivered => true,
        MessageStatus::Failed | MessageStatus::Expired | MessageStatus::Withdrawn | MessageStatus::Suppressed => false,
    }
}
