//! What is known beyond one case: contacts made with people elsewhere, addresses not to be used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use wasl_core::case::{Case, CaseId, Contacted, EffectId};
use wasl_core::delivery::Channel;
use wasl_core::policy::Facts;
use wasl_core::retention::Pseudonyms;

use super::batch::{KEYS_MAX, among};
use super::deceased;
use super::dialect::Dialect;
use super::document::{instant, unknown_word};
use super::error::StoreError;
use super::messages::MessageStatus;
use super::reading::{Ask, Reading};
use super::tables::{call_tasks, cases, notifications, suppressions};
use super::tasks::TaskStatus;
use super::{Claim, Store};

/// Every channel, where an address must not be used at all.
pub(super) const ANY_CHANNEL: &str = "*";

/// Why somebody is not contacted: they asked us to stop.
pub const OPTED_OUT: &str = "opted_out";

/// A contact with somebody.
#[derive(Clone, Debug)]
struct Known {
    case: CaseId,
    contacted: Contacted,
    /// Whether it was made, or may have been; else it is planned.
    made: bool,
}

/// Whom a batch of cases is about.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// The cases themselves.
    pub cases: BTreeSet<CaseId>,
    /// As the caps know them: by personal number where there is one, else by address.
    pub persons: BTreeSet<String>,
    /// Everything that identifies them, spelt one way.
    pub identities: BTreeSet<String>,
    /// Their families ([`Case::household`]).
    pub households: BTreeSet<String>,
}

impl People {
    /// Those of a case, of whom nothing is known yet.
    pub fn of(case: CaseId, household: Option<&str>) -> Self {
        let households = household.map(str::to_owned).into_iter().collect();
        Self { cases: [case].into(), households, ..Self::default() }
    }

    /// What all of them have of a kind, each once and in order.
    fn all<'p>(each: &[&'p Self], of: fn(&Self) -> &BTreeSet<String>) -> Vec<&'p str> {
        let mut all: Vec<&str> = each.iter().flat_map(|people| of(people)).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What is known of a batch's people; [`KnownContacts::facts`] gives each case its part.
#[derive(Clone, Debug, Default)]
pub struct KnownContacts {
    contacts: BTreeMap<CaseId, BTreeMap<EffectId, Known>>,
    /// The cases that have contacted a person.
    persons: BTreeMap<String, BTreeSet<CaseId>>,
    /// The cases of a household.
    households: BTreeMap<String, BTreeSet<CaseId>>,
    never: BTreeSet<String>,
    deceased: BTreeSet<String>,
    opted_out: BTreeSet<String>,
    /// Whom each case of the batch is about.
    people: BTreeMap<CaseId, People>,
    /// Persons and households that several cases of the batch name.
    shared: BTreeSet<String>,
}

impl KnownContacts {
    /// Whom each case of the batch names, for [`KnownContacts::facts_of`].
    #[must_use]
    pub fn about(self, people: BTreeMap<CaseId, People>) -> Self {
        let shared = shared_by_several(&people);
        Self { people, shared, ..self }
    }

    /// The facts for a case of the batch; `None` for one that is none of it, of whose people nothing is known.
    pub fn facts_of(&self, case: CaseId) -> Option<Facts> {
        self.people.get(&case).map(|people| self.facts(case, people))
    }

    /// The facts for one case and its people: contacts with them or their households in other cases, and which
    /// of their identities must not be used.
    pub fn facts(&self, case: CaseId, people: &People) -> Facts {
        let cases_of = |index: &BTreeMap<String, BTreeSet<CaseId>>, keys: &BTreeSet<String>| -> BTreeSet<CaseId> {
            let named = keys.iter().filter_map(|key| index.get(key)).flatten();
            named.copied().filter(|other| *other != case).collect()
        };
        let household = cases_of(&self.households, &people.households);
        let mut cases = cases_of(&self.persons, &people.persons);
        cases.extend(&household);
        let made = cases.iter().filter_map(|case| self.contacts.get(case)).flat_map(BTreeMap::values);
        let concerns = |known: &&Known| {
            household.contains(&known.case) || people.persons.contains(known.contacted.person.as_str())
        };
        let among = |known: &BTreeSet<String>| people.identities.intersection(known).cloned().collect();
        let asked = people.identities.iter().filter(|_| !self.opted_out.is_empty());
        let on_channels = asked.flat_map(|one| Channel::ALL.map(|on| format!("{on} {one}")));
        Facts {
            contacted_elsewhere: made.filter(concerns).map(|known| known.contacted.clone()).collect(),
            deceased: among(&self.deceased),
            never: among(&self.never),
            opted_out: on_channels.filter(|entry| self.opted_out.contains(entry)).collect(),
            household,
        }
    }

    /// Takes in what a case has become that is not stored yet, if another case of the batch may ask for it.
    pub fn learn(&mut self, case: &Case) {
        if self.is_alone(case) {
            return;
        }
        self.contacts.remove(&case.id);
        if let Some(household) = &case.household {
            self.households.entry(household.to_string()).or_default().insert(case.id);
        }
        let known = |contacted: &Contacted| Known { case: case.id, contacted: contacted.clone(), made: false };
        self.add(case.progress.contacted.iter().map(known).collect(), Timestamp::MIN);
    }

    /// Whether a case names nobody, and has contacted nobody, whom another case of the batch names.
    fn is_alone(&self, case: &Case) -> bool {
        let Some(people) = self.people.get(&case.id) else { return false };
        let own = |contacted: &Contacted| people.persons.contains(contacted.person.as_str());
        let mut named = people.persons.iter().chain(&people.households);
        people.households.iter().eq(&case.household)
            && case.progress.contacted.iter().all(own)
            && (self.shared.is_empty() || !named.any(|one| self.shared.contains(one)))
    }

    /// Only contacts that were made, or may have been, leaving out what is in hand and has not left yet.
    #[must_use]
    pub fn made(mut self, in_hand: &BTreeSet<EffectId>) -> Self {
        for known in self.contacts.values_mut() {
            known.retain(|id, known| known.made && !in_hand.contains(id));
        }
        self
    }

    /// A case whose own contacts stand at the moments at which they were really made, as far as they
    /// were: it may not have been told yet.
    pub fn as_made(&self, case: &Case) -> Case {
        let mut case = case.clone();
        let Some(known) = self.contacts.get(&case.id) else { return case };
        for contacted in &mut case.progress.contacted {
            let Some(made) = known.get(&contacted.id).filter(|known| known.made) else { continue };
            contacted.at = made.contacted.at;
            for pending in case.progress.pending.iter_mut().filter(|pending| pending.id == contacted.id) {
                pending.left = true;
            }
        }
        case
    }
}

/// Persons and households that several cases name.
fn shared_by_several(people: &BTreeMap<CaseId, People>) -> BTreeSet<String> {
    let mut named: Vec<&String> =
        people.values().flat_map(|people| people.persons.iter().chain(&people.households)).collect();
    named.sort_unstable();
    let twice = named.array_windows::<2>().filter(|[one, next]| one == next);
    twice.map(|[one, _]| (*one).clone()).collect()
}

impl Store {
    /// Loads what is known of a batch's people since an instant: one query for households, messages, calls,
    /// deaths and suppressions each, however many cases there are, and two more for families with several cases.
    ///
    /// A contact is one that reached or may yet reach somebody: suppressed, withdrawn, expired and
    /// failed messages are none, nor are withdrawn calls.
    ///
    /// # Errors
    /// The database failed.
    pub async fn facts<'p>(
        &self,
        people: impl IntoIterator<Item = &'p People>,
        since: Timestamp,
    ) -> Result<KnownContacts, StoreError> {
        let people: Vec<&People> = people.into_iter().collect();
        self.reader.read(Inquiry::of(&people, since, self.pseudonyms.as_deref())).await
    }

    /// The same for cases that are still to be read.
    pub(super) fn surroundings(&self, circle: Circle) -> Surroundings {
        Surroundings { circle, pseudonyms: self.pseudonyms.clone() }
    }
}

/// What is to be known together with cases: they are not read yet when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Circle {
    /// Whom a case is about.
    pub people_of: fn(&Case) -> People,
    /// Since when contacts count.
    pub since: Timestamp,
}

/// The same, with what stands for identities that are erased.
pub(super) struct Surroundings {
    circle: Circle,
    pseudonyms: Option<Arc<Pseudonyms>>,
}

impl Surroundings {
    /// What is known of the people of these cases.
    pub(super) async fn of<C: Ask>(&self, db: &C, claims: &[Claim]) -> Result<KnownContacts, StoreError> {
        let people_of = |claim: &Claim| (claim.case.id, (self.circle.people_of)(&claim.case));
        let each: BTreeMap<CaseId, People> = claims.iter().map(people_of).collect();
        let people: Vec<&People> = each.values().collect();
        let inquiry = Inquiry::of(&people, self.circle.since, self.pseudonyms.as_deref());
        Ok(inquiry.read(db).await?.about(each))
    }
}

/// What is to be known of a batch's people.
struct Inquiry {
    cases: BTreeSet<CaseId>,
    persons: Vec<String>,
    households: Vec<String>,
    identities: Vec<String>,
    /// Pseudonyms under which identities may be stored, and with each how it is spelt.
    pseudonyms: BTreeMap<String, String>,
    since: Timestamp,
}

impl Reading for Inquiry {
    const OPERATION: &'static str = "read what is known of people";
    type Answer = KnownContacts;

    async fn read<C: Ask>(self, db: &C) -> Result<KnownContacts, StoreError> {
        let mut known = KnownContacts::default();
        for persons in self.persons.chunks(KEYS_MAX) {
            let persons: Vec<&str> = persons.iter().map(String::as_str).collect();
            known.add(messages_of(db, to_persons(db.dialect(), &persons)).await?, self.since);
            known.add(calls_of(db, called(db.dialect(), &persons)).await?, self.since);
        }
        self.read_households(db, &mut known).await?;
        let spelt = |stored: &str| self.pseudonyms.get(stored).map_or(stored, String::as_str).to_owned();
        let each: Vec<&str> = self.identities.iter().chain(self.pseudonyms.keys()).map(String::as_str).collect();
        for identities in each.chunks(KEYS_MAX) {
            let dead = deceased::among(db, identities).await?;
            known.deceased.extend(dead.iter().map(|one| spelt(one)));
            let rows = db.tuples(suppressions_of(db.dialect(), identities), "read suppressions").await?;
            let wishes =
                rows.into_iter().map(|(address, channel, reason): (String, _, _)| (spelt(&address), channel, reason));
            wishes.for_each(|wish| known.suppress(wish));
        }
        Ok(known)
    }
}

impl Inquiry {
    fn of(people: &[&People], since: Timestamp, pseudonyms: Option<&Pseudonyms>) -> Self {
        let all = |of| People::all(people, of).into_iter().map(str::to_owned).collect();
        let mut persons: Vec<String> = all(|people| &people.persons);
        persons.retain(|one| !one.is_empty());
        let identities: Vec<String> = all(|people| &people.identities);
        let stored = |pseudonyms: &Pseudonyms| -> BTreeMap<String, String> {
            identities.iter().map(|one| (pseudonyms.of_identity(one), one.clone())).collect()
        };
        let cases = people.iter().flat_map(|people| &people.cases).copied().collect();
        let pseudonyms = pseudonyms.map(stored).unwrap_or_default();
        Self { cases, persons, households: all(|people| &people.households), identities, pseudonyms, since }
    }

    /// The cases of the families, and what those have heard that have several.
    async fn read_households<C: Ask>(&self, db: &C, known: &mut KnownContacts) -> Result<(), StoreError> {
        for households in self.households.chunks(KEYS_MAX) {
            let households: Vec<&str> = households.iter().map(String::as_str).collect();
            let query = cases_of(db.dialect(), &households);
            for (case, household) in db.tuples::<_, (i64, String)>(query, "read households").await? {
                known.households.entry(household).or_default().insert(CaseId(case));
            }
        }
        // A family with one case has heard what that case knows itself.
        let alone = |cases: &&BTreeSet<CaseId>| cases.len() == 1 && cases.is_subset(&self.cases);
        let several = known.households.values().filter(|cases| !alone(cases)).flatten();
        let several: Vec<i64> = several.map(|case| case.0).collect();
        for cases in several.chunks(KEYS_MAX) {
            let of_messages = among(db.dialect(), notifications::Column::CaseId, cases.iter().copied());
            let of_calls = among(db.dialect(), call_tasks::Column::CaseId, cases.iter().copied());
            known.add(messages_of(db, of_messages).await?, self.since);
            known.add(calls_of(db, of_calls).await?, self.since);
        }
        Ok(())
    }
}

impl KnownContacts {
    fn add(&mut self, contacts: Vec<Known>, since: Timestamp) {
        for known in contacts.into_iter().filter(|known| known.contacted.at >= since) {
            self.persons.entry(known.contacted.person.to_string()).or_default().insert(known.case);
            self.contacts.entry(known.case).or_default().insert(known.contacted.id.clone(), known);
        }
    }

    fn suppress(&mut self, (address, channel, reason): (String, String, String)) {
        match (reason.as_str(), channel.as_str()) {
            (OPTED_OUT, ANY_CHANNEL) => {
                self.opted_out.extend(Channel::ALL.map(|channel| format!("{channel} {address}")));
            }
            (_, ANY_CHANNEL) => _ = self.never.insert(address),
            (_, channel) => _ = self.opted_out.insert(format!("{channel} {address}")),
        }
    }
}

async fn messages_of<C: Ask>(db: &C, whose: Expr) -> Result<Vec<Known>, StoreError> {
    let rows = db.tuples(reaching_messages(whose), "read contacts").await?;
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
        let contacted = Contacted { id: EffectId(id.into()), channel, person: person.into(), at };
        Ok(Known { case: CaseId(case), contacted, made: made_at.is_some() })
    };
    rows.into_iter().map(contacted).collect()
}

async fn calls_of<C: Ask>(db: &C, whose: Expr) -> Result<Vec<Known>, StoreError> {
    let rows = db.tuples(reaching_calls(whose), "read contacts").await?;
    let contacted =
        |(id, case, person, answered_at, claimed, not_before): (String, i64, String, Option<i64>, Option<i64>, i64)| {
            // Whoever has a call in hand rings the family, and whoever left one may have.
            let made_at = answered_at.or(claimed);
            let at = instant(made_at.unwrap_or(not_before));
            let contacted = Contacted { id: EffectId(id.into()), channel: Channel::Call, person: person.into(), at };
            Known { case: CaseId(case), contacted, made: made_at.is_some() }
        };
    Ok(rows.into_iter().map(contacted).collect())
}

/// The cases of these families.
pub(super) fn cases_of(dialect: Dialect, households: &[&str]) -> Select<cases::Entity> {
    let household = cases::Column::Household;
    let query = cases::Entity::find().select_only().columns([cases::Column::Id, household]);
    query.filter(among(dialect, household, households.iter().copied()))
}

/// What these identities have asked, or others for them.
pub(super) fn suppressions_of(dialect: Dialect, identities: &[&str]) -> Select<suppressions::Entity> {
    use suppressions::Column;
    let query = suppressions::Entity::find().select_only();
    let query = query.columns([Column::Address, Column::Channel, Column::Reason]);
    query.filter(among(dialect, Column::Address, identities.iter().copied()))
}

/// Messages to these persons.
pub(super) fn to_persons(dialect: Dialect, persons: &[&str]) -> Expr {
    among(dialect, notifications::Column::Person, persons.iter().copied())
}

/// Calls to these persons.
pub(super) fn called(dialect: Dialect, persons: &[&str]) -> Expr {
    among(dialect, call_tasks::Column::Person, persons.iter().copied())
}

/// Messages that reached somebody or may yet. Their statuses are told by those that they have not: an index of persons and
/// statuses is looked into once for each person then, and not once for each of their combinations.
pub(super) fn reaching_messages(whose: Expr) -> Select<notifications::Entity> {
    use notifications::Column;
    let others = MessageStatus::ALL.into_iter().filter(|status| !reaches(*status)).map(MessageStatus::as_str);
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
        .filter(whose)
        .filter(Column::Status.is_not_in(others))
}

/// Calls that were made or may yet be.
pub(super) fn reaching_calls(whose: Expr) -> Select<call_tasks::Entity> {
    use call_tasks::Column;
    call_tasks::Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::CaseId,
            Column::Person,
            Column::AnsweredAt,
            Column::ClaimExpires,
            Column::NotBefore,
        ])
        .filter(whose)
        .filter(Column::Status.is_not_in([TaskStatus::Withdrawn, TaskStatus::Suppressed].map(TaskStatus::as_str)))
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
