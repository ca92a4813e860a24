//! Moving due cases: claim, step, commit, in batches.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wasl_core::calendar::Calendar;
use wasl_core::case::Case;
use wasl_core::definition::Workflow;
use wasl_core::policy::{Facts, addresses_of};
use wasl_core::step::{Advance, advance, broken};
use wasl_core::value::Value;

use super::probe::Station;
use super::{Engine, EngineError};
use crate::library::LibraryError;
use crate::store::{Claim, KnownContacts, Move, Moved};

/// Caps look back at the most so far: the longest one that makes sense is a season.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 100);

impl Engine {
    /// Moves every case that is due now; returns how many moves were committed.
    ///
    /// # Errors
    /// The store failed; what was committed stays, the rest is due as before.
    pub async fn tick(&self) -> Result<u64, EngineError> {
        let mut moved = 0;
        loop {
            let now = self.now();
            let claims = self.store.due(now, self.options.case_batch).await?;
            if claims.is_empty() {
                return Ok(moved);
            }
            let committed = self.move_claims(claims).await?;
            moved += committed;
            // Nothing committed means that others moved them all: the next look tells.
            if committed == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Decides and commits for claimed cases; returns how many were committed. One that someone else
    /// moved meanwhile is left to the next look.
    pub(super) async fn move_claims(&self, claims: Vec<Claim>) -> Result<u64, EngineError> {
        self.probe.at(Station::Claimed);
        let known = self.known_contacts(claims.iter().map(|claim| &claim.case)).await?;
        let mut moves = Vec::with_capacity(claims.len());
        for claim in claims {
            moves.push(self.decide(claim, &known).await?);
        }
        self.probe.at(Station::Stepped);
        let results = self.store.commit(&moves, self.now()).await?;
        self.probe.at(Station::Committed);
        let committed = results.iter().filter(|moved| **moved == Moved::Committed).count();
        Ok(u64::try_from(committed).unwrap_or(u64::MAX))
    }

    async fn decide(&self, claim: Claim, known: &KnownContacts) -> Result<Move, EngineError> {
        let Claim { case, events } = claim;
        let facts = facts_of(known, &case);
        let advanced = match self.workflow_and_calendar(&case).await {
            Ok((workflow, calendar)) => advance(&workflow, &case, &events, &self.context(&calendar, &facts)),
            // A case that cannot be moved must not stop the others, nor be tried again every second.
            Err(EngineError::Library(
                error @ (LibraryError::NoVersion { .. }
                | LibraryError::Unreadable { .. }
                | LibraryError::NoCalendar { .. }),
            )) => {
                tracing::error!(case.id = case.id.0, %error, "case cannot be moved");
                broken(&case, &events, self.now(), "workflow version", &error.to_string())
            }
            Err(error) => return Err(error),
        };
        Ok(to_move(Some(case.version), advanced))
    }

    pub(super) async fn workflow_and_calendar(&self, case: &Case) -> Result<(Arc<Workflow>, Calendar), EngineError> {
        let workflow = self.library.version(&case.workflow_hash).await?;
        let calendar = self.library.calendar(&workflow.calendar)?;
        Ok((workflow, calendar))
    }

    /// What is known of the people of these cases beyond each case: one query each for the batch.
    pub(super) async fn known_contacts<'c>(
        &self,
        cases: impl Iterator<Item = &'c Case>,
    ) -> Result<KnownContacts, EngineError> {
        let (mut persons, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        for case in cases {
            let (case_persons, case_addresses) = people_of(case);
            persons.extend(case_persons);
            addresses.extend(case_addresses);
        }
        let since = self.now().checked_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
        Ok(self.store.facts(&persons, &addresses, since).await?)
    }
}

/// The part of a batch's knowledge that concerns one case.
pub(super) fn facts_of(known: &KnownContacts, case: &Case) -> Facts {
    let (persons, addresses) = people_of(case);
    known.facts(case.id, &persons, &addresses)
}

/// Everybody and every address that a case's fields name.
fn people_of(case: &Case) -> (Vec<String>, Vec<String>) {
    let addresses: Vec<String> = case.data.values().flat_map(addresses_of).map(str::to_owned).collect();
    let contacts = case.data.values().flat_map(|value| match value {
        Value::List(items) => items.iter().collect(),
        Value::Record(_) => vec![value],
        _ => Vec::new(),
    });
    let persons: Vec<String> =
        contacts.filter_map(|contact| contact.member("cpr").as_text().map(str::to_owned)).collect();
    // A person without a personal number is known by the address.
    let reachable = addresses.iter().filter(|address| address.starts_with('+') || address.contains('@')).cloned();
    let persons = persons.into_iter().chain(reachable).collect();
    (persons, addresses)
}

/// The move of what a case became.
pub(super) fn to_move(before: Option<u64>, advanced: Advance) -> Move {
    Move {
        before,
        case: advanced.case,
        entries: advanced.entries,
        effects: advanced.effects,
        settled: advanced.settled.into_iter().collect(),
        record: None,
        never: Vec::new(),
    }
}
