//! Events written by the row: stored by themselves, or in one commit with the moves by which their cases take them.
//!
//! What is told in one commit was decided before it: each event under the number that it is going to have. Should another event
//! have been stored meanwhile, nothing is written, and it is decided once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use sea_orm::sea_query::Value;
use wasl_core::case::CaseId;

use super::rows::{self, Batch, EVENT, Row, changed};
use super::statements::Statements;
use super::writer::{Work, Writer};
use super::{Move, Moved};
use crate::store::cases::{NamedCases, stored_version};
use crate::store::document::{from_json_option, millis};
use crate::store::error::{During, StoreError};
use crate::store::events::{self, earlier};
use crate::store::tables::cases;
use crate::store::{Circle, Claim, KnownContacts, NewEvent, Recorded, Store};

pub(super) const OPERATION: &str = "record events";

const CASE_IS_THERE: &str = "SELECT 1 FROM cases WHERE id = ?1";
const CASE_IS_AS_SEEN: &str = "SELECT 1 FROM cases WHERE id = ?1 AND version = ?2";
const STORED: &str = "SELECT id, disposition_detail FROM events WHERE source = ?1 AND source_id = ?2";
/// The last number that an event was ever given.
const LAST: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";

pub(super) static WOKEN: LazyLock<String> = LazyLock::new(|| rows::update(cases::Column::Id, earlier));

/// An event with the version of the case on which it was decided, if that counts.
#[derive(Clone, Debug)]
pub struct Telling {
    /// What is told.
    pub event: NewEvent,
    /// The version that the case must still have, with nothing that it has not answered.
    pub seen: Option<u64>,
}

/// Events as they will be stored, and the cases that take them.
#[derive(Debug, Default)]
pub struct Foreseen {
    /// The cases with all that they have not answered, these events being the last of it.
    pub claims: Vec<Claim>,
    /// What is known of their people.
    pub known: KnownContacts,
    /// The number of each event, in the order given. One without a number goes another way: its case is not there or cannot be
    /// read, it is stored already, or its case is not as it was seen.
    pub numbers: Vec<Option<i64>>,
    events: Vec<EventRow>,
    /// The versions of cases that must not have changed.
    seen: Vec<(i64, i64)>,
}

/// A row of an event that is new.
#[derive(Clone, Debug)]
pub(super) struct EventRow {
    row: Row,
    case: CaseId,
    key: [Value; 2],
    at: Value,
}

impl EventRow {
    pub(super) fn of(new: &NewEvent, number: Option<i64>) -> Result<Self, StoreError> {
        let mut row = events::to_row(new)?;
        if let Some(number) = number {
            row.id = sea_orm::ActiveValue::Set(number);
        }
        let key = [new.source.as_str().into(), new.source_id.as_str().into()];
        Ok(Self { row: EVENT.row(row), case: new.case, key, at: millis(new.at).into() })
    }

    fn case(&self) -> [Value; 1] {
        [self.case.0.into()]
    }

    /// Makes its case due, unless it is due before.
    fn wake(&self, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        statements.write(&changed(&WOKEN, vec![self.case.0.into(), self.at.clone()]))?;
        Ok(())
    }
}

impl Store {
    /// Stores events by the row, as [`Store::record_events`] does.
    pub(in crate::store) async fn record_by_rows(
        &self,
        writer: &std::sync::Arc<Writer>,
        new: &[NewEvent],
    ) -> Result<Vec<Recorded>, StoreError> {
        let rows = new.iter().map(|event| EventRow::of(event, None)).collect::<Result<_, _>>()?;
        let stored = self.write_by_rows(writer, OPERATION, Recording(rows)).await??;
        stored.into_iter().map(Stored::recorded).collect()
    }

    /// Looks at the cases of events that are new, so that each can be decided before it is stored and be stored with what its
    /// case makes of it ([`Store::commit_foreseen`]); `None` where that is not done, on a server.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn foresee(&self, told: &[Telling], circle: Circle) -> Result<Option<Foreseen>, StoreError> {
        let (Some(_), Some(bare)) = (&self.row_writer, self.reader.bare()) else { return Ok(None) };
        let keys: Vec<(String, String)> = told.iter().map(|one| key_of(&one.event)).collect();
        let cases: BTreeSet<CaseId> = told.iter().map(|one| one.event.case).collect();
        let named = NamedCases { ids: cases.into_iter().collect(), surroundings: Some(self.surroundings(circle)) };
        // All of it at one moment: an event that is stored later counts against the number at the commit.
        let looked = self.reader.read_inline(bare, OPERATION, move |db| {
            let (last, stored) = stored_among(db.connection, &keys).during(OPERATION)?;
            Ok((last, stored, db.read(named)?))
        });
        let (last, stored, found) = looked.await?;
        let foreseen = Foreseen::number(told, &stored, found.claims, last)?;
        Ok(Some(Foreseen { known: found.known, ..foreseen }))
    }

    /// Stores foreseen events and writes the moves of their cases, in one transaction. `None`, and nothing is written, if
    /// other events were stored meanwhile, or if moves like these are written in another way: then they are to be decided
    /// again.
    ///
    /// The events of a move that meets a conflict are stored all the same, and their case is due.
    ///
    /// # Errors
    /// The database failed; then nothing is written.
    pub async fn commit_foreseen(
        &self,
        foreseen: &Foreseen,
        moves: &[Move],
        now: Timestamp,
    ) -> Result<Option<Vec<Moved>>, StoreError> {
        let Some(writer) = self.row_writer.as_ref().filter(|_| rows::can_write(moves)) else { return Ok(None) };
        let mut listening = self.listening.last();
        loop {
            let told = Told {
                events: foreseen.events.clone(),
                numbered_from: foreseen.numbers.iter().flatten().min().copied(),
                seen: foreseen.seen.clone(),
                cases: moves.iter().map(|step| step.case.id).collect(),
                batch: rows::batch(moves, &listening, now)?,
            };
            match self.write_by_rows(writer, super::OPERATION, told).await? {
                Written::Moves(results) => return Ok(Some(results)),
                Written::Overtaken => return Ok(None),
                Written::OthersListen => listening = self.listening.renewed(&self.reader).await?,
            }
        }
    }
}

/// The last number that an event has, and which of these keys are those of events that are stored.
fn stored_among(db: &Connection, keys: &[(String, String)]) -> rusqlite::Result<(i64, Vec<bool>)> {
    let last: Option<i64> = db.prepare_cached(LAST)?.query_row([], |row| row.get(0)).optional()?;
    let mut is_stored = db.prepare_cached(STORED)?;
    let stored = keys.iter().map(|key| is_stored.exists((&key.0, &key.1))).collect::<rusqlite::Result<_>>()?;
    Ok((last.unwrap_or(0), stored))
}

fn key_of(event: &NewEvent) -> (String, String) {
    (event.source.clone(), event.source_id.clone())
}

impl Foreseen {
    /// Gives numbers to the events that can be told together, and each to its case.
    fn number(told: &[Telling], stored: &[bool], claims: Vec<Claim>, last: i64) -> Result<Self, StoreError> {
        let mut claims: BTreeMap<CaseId, Claim> = claims.into_iter().map(|claim| (claim.case.id, claim)).collect();
        let mut foreseen = Self::default();
        let (mut next, mut keys, mut alone) = (last + 1, BTreeSet::new(), BTreeSet::new());
        for (Telling { event, seen }, stored) in told.iter().zip(stored) {
            let claim = claims.get_mut(&event.case).filter(|_| !stored && !alone.contains(&event.case));
            let as_seen = |claim: &&mut Claim| seen.is_none_or(|seen| claim.case.version == seen && is_quiet(claim));
            let number = match claim.filter(as_seen).filter(|_| keys.insert(key_of(event))) {
                None => None,
                Some(claim) => {
                    let row = events::to_model(event, next)?;
                    claim.events.push(events::to_event(row.id, row.at, row.by, &row.body)?);
                    foreseen.events.push(EventRow::of(event, Some(next))?);
                    if let Some(seen) = seen {
                        alone.insert(event.case);
                        foreseen.seen.push((event.case.0, stored_version(*seen)));
                    }
                    next += 1;
                    Some(next - 1)
                }
            };
            foreseen.numbers.push(number);
        }
        let told: BTreeSet<CaseId> = foreseen.events.iter().map(|event| event.case).collect();
        claims.retain(|case, _| told.contains(case));
        foreseen.claims = claims.into_values().collect();
        Ok(foreseen)
    }
}

/// Whether a case has answered everything.
fn is_quiet(claim: &Claim) -> bool {
    claim.events.is_empty() && claim.unreadable.is_empty()
}

/// Events that are stored by themselves.
pub(super) struct Recording(pub(super) Vec<EventRow>);

/// What is known of an event that is stored.
pub(super) struct Stored {
    id: i64,
    first: bool,
    disposition: Option<String>,
}

impl Stored {
    pub(super) fn recorded(self) -> Result<Recorded, StoreError> {
        let disposition = from_json_option("disposition", &self.id.to_string(), self.disposition.as_deref())?;
        Ok(Recorded { event_id: self.id, first: self.first, disposition })
    }
}

impl Work for Recording {
    type Answer = Result<Vec<Stored>, StoreError>;

    fn size(&self) -> usize {
        self.0.len()
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Self::Answer> {
        for event in &self.0 {
            if statements.find(CASE_IS_THERE, &event.case(), |_| Ok(()))?.is_none() {
                return Ok(Err(StoreError::NoSuchCase(event.case)));
            }
        }
        let record = |event: &EventRow| {
            if statements.write(&event.row)? > 0 {
                let id = statements.last_number();
                event.wake(statements)?;
                return Ok(Stored { id, first: true, disposition: None });
            }
            let read = |row: &rusqlite::Row<'_>| Ok(Stored { id: row.get(0)?, first: false, disposition: row.get(1)? });
            statements.find(STORED, &event.key, read)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
        };
        self.0.iter().map(record).collect::<rusqlite::Result<_>>().map(Ok)
    }
}

/// Events with the moves of their cases.
struct Told {
    events: Vec<EventRow>,
    numbered_from: Option<i64>,
    seen: Vec<(i64, i64)>,
    /// Of each move.
    cases: Vec<CaseId>,
    batch: Batch,
}

enum Written {
    Moves(Vec<Moved>),
    /// Something that was decided upon has changed.
    Overtaken,
    /// Others are to be told than the rows were put together for.
    OthersListen,
}

impl Told {
    /// Whether everything still is as it was foreseen. Without a new event there is none of the same source and id either.
    fn is_as_foreseen(&self, statements: &mut Statements<'_>) -> rusqlite::Result<bool> {
        let last: Option<i64> = statements.find(LAST, &[], |row| row.get(0))?;
        if last.zip(self.numbered_from).is_some_and(|(last, first)| last >= first) {
            return Ok(false);
        }
        for (case, version) in &self.seen {
            let seen = [(*case).into(), (*version).into()];
            if statements.find(CASE_IS_AS_SEEN, &seen, |_| Ok(()))?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Work for Told {
    type Answer = Written;

    fn size(&self) -> usize {
        self.events.len() + self.batch.moves.len()
    }

    fn write(&self, statements: &mut Statements<'_>) -> rusqlite::Result<Written> {
        if self.batch.listening != statements.listening {
            return Ok(Written::OthersListen);
        }
        if !self.is_as_foreseen(statements)? {
            return Ok(Written::Overtaken);
        }
        for event in &self.events {
            let written = statements.write(&event.row)?;
            if written == 0 {
                return Err(rusqlite::Error::StatementChangedRows(written));
            }
        }
        let moved = self.batch.write_moves(statements)?;
        let left: BTreeSet<CaseId> = self
            .cases
            .iter()
            .zip(&moved)
            .filter(|(_, moved)| **moved == Moved::Conflict)
            .map(|(case, _)| *case)
            .collect();
        for event in self.events.iter().filter(|event| left.contains(&event.case)) {
            event.wake(statements)?;
        }
        Ok(Written::Moves(moved))
    }
}
