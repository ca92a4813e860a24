//! Moving due cases: claim, step, commit, in batches.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wasl_core::calendar::Calendar;
use wasl_core::case::{Case, CaseId};
use wasl_core::definition::Workflow;
use wasl_core::effect::Effect;
use wasl_core::event::Disposition;
use wasl_core::policy::{deceased_of, identities_of, identity, never_of};
use wasl_core::search::words_of;
use wasl_core::step::{Advance, Context, advance, broken};
use wasl_core::tariff::value_at_risk;
use wasl_core::value::Value;

use super::probe::Station;
use super::{Engine, EngineError};
use crate::library::LibraryError;
use crate::store::{CaseFilter, Circle, Claim, Due, DuePlace, KnownContacts, Move, Moved, People, StoreError};

/// Caps look back at the most so far: the longest one that makes sense is a season.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 100);

/// The setting that says that the words of cases are noted.
const WORDS_NOTED: &str = "case_words";

/// A tick that loses so often against other processes meets no coincidence.
const OVERTAKEN_MAX: u32 = 5;

/// What falls due within so long is read and decided ahead of its moment, so that only the commit is left to do when that comes. A
/// timer of the runtime may end later than it should by half of it, and reading takes a millisecond at the most.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_millis(4);

/// After so many batches a tick looks from the beginning again: what others gave back, or what lost against them, stands before
/// the place that a flood has come to, and must not wait for its end.
const BATCHES_IN_A_ROW: u32 = 16;

impl Engine {
    /// Moves every case that is due now; returns how many moves were committed.
    ///
    /// # Errors
    /// The store failed; what was committed stays, the rest is due as before.
    pub async fn tick(&self) -> Result<u64, EngineError> {
        let (mut moved, mut overtaken, mut batches, mut after) = (0, 0, 0_u32, None);
        loop {
            let due = self.take_due(self.now(), after).await?;
            if due.claims.is_empty() {
                // Behind the last batch nothing is due; before it there may be what others had, or what has come meanwhile.
                let Some(_) = after.take() else { return Ok(moved) };
                continue;
            }
            batches = batches.wrapping_add(1);
            let next = due.next.filter(|_| !batches.is_multiple_of(BATCHES_IN_A_ROW));
            let committed = match self.move_due(due).await {
                Err(EngineError::Store(error)) if error.was_overtaken() && overtaken < OVERTAKEN_MAX => {
                    overtaken += 1;
                    0
                }
                committed => {
                    after = next;
                    committed?
                }
            };
            moved += committed;
            // Nothing committed means that others moved them all, or that it is to be done over.
            if committed == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// The same at a moment which may lie [`AHEAD`] of now.
    pub(super) async fn tick_at(&self, moment: Timestamp) -> Result<u64, EngineError> {
        let early = if self.now() < moment { self.move_ahead(moment).await? } else { 0 };
        Ok(early + self.tick().await?)
    }

    /// Reads and decides what falls due at a moment shortly before it, and commits it when the moment has come. Nothing is moved if it
    /// does not come, because the clock was set back, nor if somebody told something meanwhile, which goes before.
    async fn move_ahead(&self, moment: Timestamp) -> Result<u64, EngineError> {
        if !self.store.commits_ahead() {
            self.has_come(moment).await;
            return Ok(0);
        }
        let due = self.take_due(moment, None).await?;
        let moves = self.decide_knowing(due.claims, due.known, moment).await?;
        if !self.has_come(moment).await {
            return Ok(0);
        }
        let results = self.store.commit_ahead(&moves, self.now()).await?;
        Ok(self.committed(&results))
    }

    /// Waits for a moment that is hardly ahead; whether it has come.
    async fn has_come(&self, moment: Timestamp) -> bool {
        let wait = self.clock.until(moment);
        if wait.is_positive() {
            self.clock.sleep_exactly(wait.min(AHEAD).unsigned_abs()).await;
        }
        moment <= self.now()
    }

    async fn take_due(&self, by: Timestamp, after: Option<DuePlace>) -> Result<Due, EngineError> {
        // A flood takes many batches, and nobody is stuck meanwhile.
        self.health.ticked(self.now());
        let due = self.store.take_due(by, self.options.case_batch, self.circle(), after).await?;
        for (case, error) in &due.set_aside {
            tracing::error!(case.id = case.0, %error, "case cannot be read; it waits for a person");
        }
        Ok(due)
    }

    /// Decides and commits for claimed cases; returns how many were committed. One that someone else
    /// moved meanwhile is left to the next look.
    pub(super) async fn move_claims(&self, claims: Vec<Claim>) -> Result<u64, EngineError> {
        let moves = self.decide_all(claims).await?;
        let results = self.store.commit(&moves, self.now()).await?;
        Ok(self.committed(&results))
    }

    /// The same of cases that are taken, so that no other process works on them meanwhile.
    async fn move_due(&self, mut due: Due) -> Result<u64, EngineError> {
        let (claims, known) = (std::mem::take(&mut due.claims), std::mem::take(&mut due.known));
        let moves = self.decide_knowing(claims, known, self.now()).await?;
        let results = self.store.commit_due(due, &moves, self.now()).await?;
        Ok(self.committed(&results))
    }

    pub(super) async fn decide_all(&self, claims: Vec<Claim>) -> Result<Vec<Move>, EngineError> {
        let known = self.known_contacts(claims.iter().map(|claim| &claim.case)).await?;
        self.decide_knowing(claims, known, self.now()).await
    }

    /// The same as of a moment, of cases of whose people is known what there is to know.
    pub(super) async fn decide_knowing(
        &self,
        claims: Vec<Claim>,
        mut known: KnownContacts,
        at: Timestamp,
    ) -> Result<Vec<Move>, EngineError> {
        self.probe.at(Station::Claimed);
        let mut moves = Vec::with_capacity(claims.len());
        for claim in claims {
            let decided = self.decide(claim, &known, at).await?;
            // What one case of a family plans, the next of the same batch has to reckon with.
            known.learn(&decided.case);
            moves.push(decided);
        }
        self.probe.at(Station::Stepped);
        Ok(moves)
    }

    pub(super) fn committed(&self, results: &[Moved]) -> u64 {
        self.probe.at(Station::Committed);
        let committed = results.iter().filter(|moved| **moved == Moved::Committed).count();
        u64::try_from(committed).unwrap_or(u64::MAX)
    }

    async fn decide(&self, claim: Claim, known: &KnownContacts, at: Timestamp) -> Result<Move, EngineError> {
        let Claim { case, events, unreadable } = claim;
        if let Some((event, error)) = unreadable.first() {
            tracing::error!(case.id = case.id.0, event, %error, "an event cannot be read; its case waits for a person");
            let stopped = broken(&case, &events, at, &format!("stored event {event}"), &error.to_string());
            return Ok(without(&unreadable, case.version, stopped));
        }
        let facts = known.facts_of(case.id).ok_or(EngineError::NoCase(case.id))?;
        let (mut marks, mut at_risk, mut words, mut data_stays) = ((Vec::new(), Vec::new()), 0, Vec::new(), true);
        let advanced = match self.workflow_and_calendar(&case).await {
            Ok((workflow, calendar)) => {
                let advanced =
                    advance(&workflow, &case, &events, &Context { now: at, ..self.context(&calendar, &facts) });
                // What it says of the deceased may have been corrected; one that is erased says nothing of anybody.
                data_stays = Arc::ptr_eq(&advanced.case.data, &case.data) || advanced.case.data == case.data;
                if !data_stays && !advanced.case.is_nameless() {
                    marks = marks_of(&workflow, &advanced.case);
                    words = words_of(&workflow, &advanced.case);
                }
                at_risk = self.at_risk(&advanced, &calendar);
                advanced
            }
            // A case that cannot be moved must not stop the others, nor be tried again every second.
            Err(EngineError::Library(
                error @ (LibraryError::NoVersion { .. }
                | LibraryError::Unreadable { .. }
                | LibraryError::NoCalendar { .. }),
            )) => {
                tracing::error!(case.id = case.id.0, %error, "case cannot be moved");
                broken(&case, &events, at, "workflow version", &error.to_string())
            }
            Err(error) => return Err(error),
        };
        let (never, deceased) = marks;
        Ok(Move { data_stays, at_risk, words, never, deceased, ..to_move(Some(case.version), advanced) })
    }

    /// What a day of delay costs the family of a case, where calls are planned that are ordered by it; in fils.
    pub(super) fn at_risk(&self, advanced: &Advance, calendar: &Calendar) -> i64 {
        if !advanced.effects.iter().any(|effect| matches!(effect, Effect::Call(_))) {
            return 0;
        }
        let today = calendar.local(self.now()).date();
        value_at_risk(self.library.environment().tariffs.values(), &advanced.case.data, today)
    }

    /// Notes the words of every case, once for a database that was made before cases were found by words.
    ///
    /// # Errors
    /// The store failed; the next start goes on.
    pub async fn note_all_words(&self) -> Result<(), EngineError> {
        if self.store.setting(WORDS_NOTED).await?.is_some() {
            return Ok(());
        }
        let mut after = None;
        loop {
            let filter = CaseFilter { after, limit: self.options.case_batch, ..CaseFilter::default() };
            let cases = self.store.cases(&filter).await?;
            let Some(last) = cases.last() else { break };
            after = Some(last.id);
            let mut words = Vec::with_capacity(cases.len());
            for case in &cases {
                // A version that cannot be read is told of when its case is due.
                if let Ok(workflow) = self.library.version(&case.workflow_hash).await {
                    words.push((case.id, words_of(&workflow, case)));
                }
            }
            self.store.note_words(&words).await?;
        }
        Ok(self.store.set_setting(WORDS_NOTED, "yes", self.now()).await?)
    }

    pub(super) async fn workflow_and_calendar(
        &self,
        case: &Case,
    ) -> Result<(Arc<Workflow>, Arc<Calendar>), EngineError> {
        let workflow = self.library.version(&case.workflow_hash).await?;
        let calendar = self.library.calendar(&workflow.calendar)?;
        Ok((workflow, calendar))
    }

    /// What is known of the people of these cases beyond each case: one query each for the batch.
    pub(super) async fn known_contacts<'c>(
        &self,
        cases: impl Iterator<Item = &'c Case>,
    ) -> Result<KnownContacts, EngineError> {
        let each: BTreeMap<CaseId, People> = cases.map(|case| (case.id, people_of(case))).collect();
        Ok(self.store.facts(each.values(), self.circle().since).await?.about(each))
    }

    /// What is to be known of the people of cases that are still to be read.
    pub(super) fn circle(&self) -> Circle {
        Circle { people_of, since: self.now().checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN) }
    }
}

/// Everybody whom a case's fields name, and whoever was or is to be contacted: a field that was corrected no longer
/// names the number to which something is still planned.
fn people_of(case: &Case) -> People {
    let mut people = People::of(case.id, case.household.as_deref());
    for value in case.data.values() {
        people.identities.extend(identities_of(value).into_iter().filter(|one| is_one(one)));
        match value {
            Value::List(items) => items.iter().for_each(|item| people.persons.extend(points_of_contact(item))),
            Value::Record(_) => people.persons.extend(points_of_contact(value)),
            Value::Text(text) if text.starts_with('+') || text.contains('@') => _ = people.persons.insert(text.clone()),
            _ => {}
        }
    }
    let planned = case.progress.pending.iter().filter_map(|pending| pending.to.as_ref());
    let counted = case.progress.contacted.iter().map(|made| &made.person);
    for one in planned.chain(counted).filter(|one| !one.is_empty()) {
        // Mostly somebody whom the fields name, spelt as identities are.
        if !people.persons.contains(one.as_str()) {
            people.persons.insert(one.to_string());
        }
        if !people.identities.contains(one.as_str()) {
            people.identities.extend(identity(one));
        }
    }
    people
}

/// Whether an identity may be somebody's, and is no word.
fn is_one(identity: &str) -> bool {
    identity.contains('@') || identity.contains(|sign: char| sign.is_ascii_digit())
}

/// By what a contact of a field is known to the caps.
fn points_of_contact(contact: &Value) -> impl Iterator<Item = String> {
    ["cpr", "mobile", "email"].into_iter().filter_map(|name| contact.member(name).as_text().map(str::to_owned))
}

/// Whom a case says that nobody may contact, spelt one way.
pub(super) fn marks_of(workflow: &Workflow, case: &Case) -> (Vec<String>, Vec<String>) {
    (never_of(&workflow.policy, case), deceased_of(&workflow.policy, case))
}

/// The move of a case that stopped at events which cannot be read.
fn without(unreadable: &[(i64, StoreError)], before: u64, mut stopped: Advance) -> Move {
    stopped.settled.extend(unreadable.iter().map(|(event, _)| (*event, Disposition::Incident)));
    to_move(Some(before), stopped)
}

/// The move of what a case became.
pub(super) fn to_move(before: Option<u64>, advanced: Advance) -> Move {
    Move {
        before,
        case: advanced.case,
        data_stays: false,
        entries: advanced.entries,
        effects: advanced.effects,
        settled: advanced.settled.into_iter().collect(),
        record: None,
        at_risk: 0,
        words: Vec::new(),
        never: Vec::new(),
        deceased: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex};

    use jiff::SignedDuration;
    use wasl_core::case::{CaseId, Standing};
    use wasl_core::definition::Environment;
    use wasl_core::event::Body;
    use wasl_core::value::Record;

    use crate::bench::{Ground, House};
    use crate::library::{Library, LibraryError};
    use crate::store::{Gate, NewEvent, Operation, Store};

    const CASES: u64 = 6;

    /// Before the third batch is read it makes the case due that stood still, before all others, as one that another process
    /// gave back; it notes before which batch that case had moved.
    #[derive(Debug)]
    struct GivingBack {
        store: Store,
        case: CaseId,
        reads: Mutex<u32>,
        moved_before: Mutex<Option<u32>>,
    }

    impl GivingBack {
        async fn read(&self) {
            let read = {
                let mut reads = self.reads.lock().unwrap();
                *reads += 1;
                *reads
            };
            if read == 3 {
                self.store.tamper(&format!("UPDATE cases SET wake_at = 1 WHERE id = {}", self.case)).await;
            }
            if self.store.case(self.case).await.unwrap().unwrap().version > 1 {
                self.moved_before.lock().unwrap().get_or_insert(read);
            }
        }
    }

    impl Gate for GivingBack {
        fn pass(&self, operation: Operation) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
            Box::pin(async move {
                if operation == Operation::Read {
                    self.read().await;
                }
                true
            })
        }

        fn answered(&self) {}
    }

    /// One tick of so many cases, two to a batch, of which the last is given back; how many moved, and before which batch that
    /// one had.
    async fn ticked(cases: u32) -> (u64, Option<u32>) {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "flood");
        let house = House::new(&ground).await.unwrap();
        house.open(0..cases).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(1));
        let mut engine = Arc::into_inner(house.engine).unwrap();
        let case = CaseId(cases.into());
        engine.store.tamper(&format!("UPDATE cases SET wake_at = NULL WHERE id = {case}")).await;
        let store = engine.store.clone();
        let gate = Arc::new(GivingBack { store, case, reads: Mutex::default(), moved_before: Mutex::default() });
        let before_the_database: Arc<dyn Gate> = Arc::clone(&gate) as _;
        engine.store = engine.store.behind(&before_the_database);
        engine.options.case_batch = 2;
        let moved = engine.tick().await.unwrap();
        let moved_before = *gate.moved_before.lock().unwrap();
        (moved, moved_before)
    }

    #[tokio::test]
    async fn what_is_given_back_behind_a_flood_waits_neither_for_its_end_nor_for_the_next_tick() {
        // Batches follow one another; after sixteen of them the next is looked for from the beginning.
        assert_eq!(ticked(50).await, (50, Some(18)));
        // Where fewer are due, the last look finds it.
        assert_eq!(ticked(9).await, (9, Some(7)));
    }

    async fn tell(house: &House, case: i64, source_id: &str, body: Body) {
        let (source, source_id, by) = ("operator".into(), source_id.into(), "operator:ali".into());
        let event = NewEvent { case: CaseId(case), source, source_id, at: house.engine.now(), by, body };
        house.engine.store.record_event(&event).await.unwrap();
    }

    async fn over(house: &House) -> u64 {
        let counts = house.engine.store.cases_by_state().await.unwrap();
        counts.iter().filter(|count| count.state == "over").map(|count| count.cases).sum()
    }

    #[tokio::test]
    async fn a_damaged_version_is_told_apart_from_a_store_that_fails() {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "version");
        let house = House::new(&ground).await.unwrap();
        house.open(0..1).await.unwrap();
        let store = &house.engine.store;
        store.tamper("UPDATE workflow_versions SET bundle = '{'").await;
        let hash = store.case(CaseId(1)).await.unwrap().unwrap().workflow_hash;
        // Another process has not read it yet. What it cannot read stops the cases of that version alone.
        let library = Library::new(store.clone(), Environment::default());
        let error = library.version(&hash).await.unwrap_err();
        assert!(matches!(error, LibraryError::Unreadable { .. }), "{error}");
    }

    #[tokio::test]
    async fn damaged_rows_are_incidents_of_their_cases_and_stop_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "damaged");
        let house = House::new(&ground).await.unwrap();
        house.open(0..6).await.unwrap();
        let store = &house.engine.store;
        tell(&house, 2, "pulse", Body::External { name: "pulse".into(), data: Record::new() }).await;
        store.tamper("UPDATE events SET body = '{'; UPDATE cases SET data = data || '!' WHERE id = 1").await;
        for _ in 0..5 {
            house.hour().await.unwrap();
        }
        assert_eq!((over(&house).await, store.incidents().await.unwrap()), (CASES - 2, 2));
        // The event is lost to the case, which says so and goes on; the case waits until it is mended.
        for case in [1, 2] {
            tell(&house, case, &format!("retry {case}"), Body::Retry).await;
        }
        house.engine.tick().await.unwrap();
        assert!(store.case(CaseId(1)).await.unwrap_err().is_unreadable());
        assert_eq!(store.case(CaseId(2)).await.unwrap().unwrap().standing, Standing::Open);
        store.tamper("UPDATE cases SET data = REPLACE(data, '!', '') WHERE id = 1").await;
        tell(&house, 1, "retry again", Body::Retry).await;
        for _ in 0..6 {
            house.hour().await.unwrap();
        }
        assert_eq!((over(&house).await, store.incidents().await.unwrap()), (CASES, 0));
    }
}
