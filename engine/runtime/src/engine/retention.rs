//! Retention: erasing what has been kept long enough, in bounded batches, each case by an event like any other; and one case
//! because somebody asks for it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use wasl_core::case::CaseId;
use wasl_core::event::{Body, Disposition};
use wasl_core::retention::{Retention, Stage};

use super::{Engine, EngineError, Submitted};
use crate::node;
use crate::store::{DueCase, DueCount, ERASING, NewEvent, OldHistories, StoreError, Trouble};

/// Cases of one transaction: it holds up others for some hundredths of a second.
const BATCH: u32 = 100;
/// Between two batches whoever waits for the database has it.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
/// One process at a time erases; so long after the last that was heard of it another does.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
const LEASE_NAME: &str = "retention";
/// How far ahead is said what will be erased.
const AHEAD_DAYS: i64 = 30;
/// Under what is kept which secret cases were erased under, and what came of the last time.
const SECRET_MARK: &str = "retention_secret";
const LAST: &str = "retention_last";
/// Cases are erased after they were counted; so often is looked whether another process has.
const COUNTED_LOOKS: u32 = 40;
/// How often, and after which pause, the write-ahead log is tried to be emptied.
const EMPTYING_TRIES: u32 = 10;
const EMPTYING_PAUSE: std::time::Duration = std::time::Duration::from_millis(200);
/// Cases that could not be erased are named, but not all of them.
const NAMED_MAX: usize = 20;

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedCases {
    /// Cases of which people went.
    pub people: u64,
    /// Cases of which texts went and people stayed.
    pub texts: u64,
    /// What was of no case.
    pub others: u64,
    /// Cases whose histories went.
    #[serde(default)]
    pub histories: u64,
    /// Cases that are due and could not be erased.
    pub failed: u64,
    /// Some of those.
    #[serde(default)]
    pub failed_cases: Vec<CaseId>,
    /// Whether another process was at it, and nothing was done.
    #[serde(default)]
    pub elsewhere: bool,
    /// Whether people stayed because not all cases are counted for the reports yet; they are due the next time.
    #[serde(default)]
    pub uncounted: bool,
}

/// When something was last looked for to be erased, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastErasure {
    /// When.
    pub at: Timestamp,
    /// What.
    pub erased: ErasedCases,
}

/// What a stage is about to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The stage.
    pub stage: Stage,
    /// What ended by this moment is due; `None` where the stage is not set.
    pub cutoff: Option<Timestamp>,
    /// Due now, by workflow.
    pub now: Vec<DueCount>,
    /// Due in the next thirty days, by workflow.
    pub soon: Vec<DueCount>,
}

impl Engine {
    /// The rules of the house.
    pub fn retention(&self) -> Retention {
        self.options.retention
    }

    /// What would be erased now, and what within thirty days.
    ///
    /// # Errors
    /// The store failed.
    pub async fn retention_outlook(&self) -> Result<Vec<Outlook>, EngineError> {
        let mut outlooks = Vec::new();
        for stage in Stage::ALL {
            let cutoff = self.cutoff(stage, self.now());
            let ahead = self.now().checked_add(SignedDuration::from_hours(24 * AHEAD_DAYS)).unwrap_or(Timestamp::MAX);
            let (mut now, mut soon) = (Vec::new(), Vec::new());
            if let Some(cutoff) = cutoff {
                now = self.store.count_due(stage, None, cutoff).await?;
                let ahead = self.cutoff(stage, ahead).unwrap_or(cutoff);
                soon = self.store.count_due(stage, Some(cutoff), ahead).await?;
            }
            outlooks.push(Outlook { stage, cutoff, now, soon });
        }
        Ok(outlooks)
    }

    /// Blocks of histories that would go now.
    ///
    /// # Errors
    /// The store failed.
    pub async fn old_histories(&self) -> Result<Vec<OldHistories>, EngineError> {
        match self.options.retention.history_cutoff(self.now(), &self.zone()) {
            Some(cutoff) => Ok(self.store.old_histories(cutoff).await?),
            None => Ok(Vec::new()),
        }
    }

    /// What came of it the last time that something was looked for to be erased.
    ///
    /// # Errors
    /// The store failed.
    pub async fn last_erasure(&self) -> Result<Option<LastErasure>, EngineError> {
        let kept = self.store.setting(LAST).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    }

    /// Erases what has been kept long enough, unless another process is doing so; tells how far it is. What is not done when
    /// it is time to stop is due the next time.
    ///
    /// # Errors
    /// The store failed, or the secret is not that of before; what was erased stays erased.
    pub async fn erase_due(
        &self,
        stop: &CancellationToken,
        progress: &(dyn Fn(&ErasedCases) + Sync),
    ) -> Result<ErasedCases, EngineError> {
        let mut erased = ErasedCases::default();
        if !self.holds_retention().await? {
            return Ok(ErasedCases { elsewhere: true, ..erased });
        }
        let done = self.erase_stages(stop, progress, &mut erased).await;
        self.store.release_lease(LEASE_NAME, node::name()).await?;
        done?;
        if erased.people + erased.texts + erased.others + erased.histories > 0 {
            self.forget_old_pages().await?;
            let ErasedCases { people, texts, others, histories, failed, .. } = erased;
            tracing::info!(people, texts, others, histories, failed, "erased what was kept long enough");
        }
        let last = LastErasure { at: self.now(), erased: erased.clone() };
        // A value that is made of numbers is always text.
        self.store.set_setting(LAST, &serde_json::to_string(&last).unwrap_or_default(), self.now()).await?;
        Ok(erased)
    }

    /// People first: of them the texts go as well.
    async fn erase_stages(
        &self,
        stop: &CancellationToken,
        progress: &(dyn Fn(&ErasedCases) + Sync),
        erased: &mut ErasedCases,
    ) -> Result<(), EngineError> {
        let mut failed = BTreeSet::new();
        for stage in [Stage::People, Stage::Texts] {
            let Some(cutoff) = self.cutoff(stage, self.now()) else { continue };
            if stage == Stage::People {
                self.has_secret().await?;
                if !self.count_before_erasing(stop).await? {
                    tracing::warn!("the reports are not counted up to now; people are erased the next time");
                    erased.uncounted = true;
                    continue;
                }
            }
            let mut after = None;
            while !stop.is_cancelled() && self.holds_retention().await? {
                let due = self.store.due_for_erasure(stage, cutoff, after, BATCH).await?;
                let Some(last) = due.last() else { break };
                after = Some(*last);
                if stage == Stage::People {
                    self.note_secret().await?;
                }
                for case in self.erase_batch(stage, &due, erased).await? {
                    // One that is due for both stages fails once.
                    if failed.insert(case) {
                        erased.failed += 1;
                        erased.failed_cases.extend((erased.failed_cases.len() < NAMED_MAX).then_some(case));
                    }
                }
                progress(erased);
                self.clock.sleep(PAUSE).await;
            }
            while !stop.is_cancelled() {
                let gone = self.store.erase_loose(stage, cutoff, BATCH).await?;
                erased.others += gone;
                if gone == 0 {
                    break;
                }
            }
        }
        self.let_histories_go(stop, progress, erased).await
    }

    /// While somebody reads histories for long, such as a backup, they are left to the next time: everybody waits while it is tried.
    async fn let_histories_go(
        &self,
        stop: &CancellationToken,
        progress: &(dyn Fn(&ErasedCases) + Sync),
        erased: &mut ErasedCases,
    ) -> Result<(), EngineError> {
        let Some(cutoff) = self.options.retention.history_cutoff(self.now(), &self.zone()) else { return Ok(()) };
        for block in self.store.old_histories(cutoff).await? {
            while !stop.is_cancelled() && self.holds_retention().await? {
                match self.store.empty_histories(block, self.now()).await {
                    Ok(true) => {
                        erased.histories += block.cases;
                        progress(erased);
                        break;
                    }
                    Ok(false) => self.clock.sleep(PAUSE).await,
                    Err(StoreError::Database { trouble: Trouble::Busy, .. }) => {
                        tracing::warn!(first = block.first.0, "histories are being read and stay until the next time");
                        return Ok(());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Counts those that were erased, and gives back the others.
    async fn erase_batch(
        &self,
        stage: Stage,
        due: &[DueCase],
        erased: &mut ErasedCases,
    ) -> Result<BTreeSet<CaseId>, EngineError> {
        let today = self.zone().to_datetime(self.now()).date();
        let event = |due: &DueCase| NewEvent {
            case: due.case,
            source: ERASING.to_owned(),
            // One try a day: what was refused is most likely refused again, and each try is stored.
            source_id: format!("{}.{}.{}.{today}", due.case, due.closed_at.as_millisecond(), stage.as_str()),
            at: self.now(),
            by: "engine".to_owned(),
            body: Body::Erase { stage, reason: None },
        };
        let ids: Vec<CaseId> = due.iter().map(|due| due.case).collect();
        self.store.record_events(&due.iter().map(event).collect::<Vec<_>>()).await?;
        self.move_told(&ids).await?;
        let failed = self.store.still_due(stage, due).await?;
        let done = (due.len() - failed.len()) as u64;
        match stage {
            Stage::People => erased.people += done,
            Stage::Texts => erased.texts += done,
        }
        for case in &failed {
            tracing::warn!(case.id = case.0, stage = stage.as_str(), "a case that is due was not erased");
        }
        Ok(failed)
    }

    /// Erases everything that a case says of people, because somebody asks for it.
    ///
    /// # Errors
    /// As [`Engine::submit`], or there is no secret, or another one than before, or the reports are not counted up to now. A
    /// case that goes on, or is kept, refuses.
    pub async fn erase_case(&self, case: CaseId, (by, reason): (&str, &str)) -> Result<Submitted, EngineError> {
        self.has_secret().await?;
        if !self.count_before_erasing(&CancellationToken::new()).await? {
            return Err(EngineError::NotCounted);
        }
        // A case that refuses is erased under no secret.
        let known = self.store.case(case).await?;
        if known.is_some_and(|case| case.is_ended() && !case.is_nameless() && case.progress.kept.is_none()) {
            self.note_secret().await?;
        }
        let at = self.now();
        let submitted = self
            .submit(NewEvent {
                case,
                source: ERASING.to_owned(),
                source_id: format!("{case} asked {}", at.as_millisecond()),
                at,
                by: by.to_owned(),
                body: Body::Erase { stage: Stage::People, reason: Some(reason.to_owned()) },
            })
            .await?;
        if submitted.disposition == Disposition::Applied {
            // It may have ended a moment ago.
            self.note_secret().await?;
            self.forget_old_pages().await?;
        }
        Ok(submitted)
    }

    /// Whoever reads old pages just now is soon done; a log that is not emptied now is written over by what comes.
    async fn forget_old_pages(&self) -> Result<(), EngineError> {
        for _ in 0..EMPTYING_TRIES {
            if self.store.forget_old_pages().await? {
                break;
            }
            self.clock.sleep(EMPTYING_PAUSE).await;
        }
        Ok(())
    }

    /// What a case counted for the reports stays: it has to be counted before its days are erased. Says whether all are.
    async fn count_before_erasing(&self, stop: &CancellationToken) -> Result<bool, EngineError> {
        for _ in 0..COUNTED_LOOKS {
            self.count_for_reports(stop).await?;
            let counted = self.store.report_progress().await?;
            if counted.is_some_and(|counted| !counted.behind && !counted.recounting) {
                return Ok(true);
            }
            if stop.is_cancelled() {
                break;
            }
            // The progress of a process that is counting now moves on without us.
            self.clock.sleep(PAUSE).await;
        }
        Ok(false)
    }

    /// Refuses to go on under another secret than that under which people were erased, or under none: a death that was dealt
    /// with would open a second case, and the numbers of the dead would be contacted. Whoever opens cases or contacts
    /// people asks first.
    ///
    /// # Errors
    /// It is another one, there is none, or the store failed.
    pub async fn knows_whom_it_erased(&self) -> Result<(), EngineError> {
        match (self.store.setting(SECRET_MARK).await?, &self.house.pseudonyms) {
            (Some(_), None) => Err(EngineError::LostRetentionSecret),
            (Some(mark), Some(pseudonyms)) if mark != pseudonyms.mark() => Err(EngineError::OtherRetentionSecret),
            _ => Ok(()),
        }
    }

    /// Whether there is a secret, under which those who were erased before are known again.
    async fn has_secret(&self) -> Result<(), EngineError> {
        if self.house.pseudonyms.is_none() {
            return Err(EngineError::NoRetentionSecret);
        }
        self.knows_whom_it_erased().await
    }

    /// Notes which secret it is, before somebody is erased under it for the first time.
    async fn note_secret(&self) -> Result<(), EngineError> {
        let noted = self.store.setting(SECRET_MARK).await?;
        if let (None, Some(pseudonyms)) = (noted, &self.house.pseudonyms) {
            self.store.set_setting(SECRET_MARK, &pseudonyms.mark(), self.now()).await?;
        }
        Ok(())
    }

    async fn holds_retention(&self) -> Result<bool, EngineError> {
        let until = self.now().checked_add(LEASE).unwrap_or(Timestamp::MAX);
        Ok(self.store.take_lease(LEASE_NAME, node::name(), self.now(), until).await?)
    }

    fn cutoff(&self, stage: Stage, now: Timestamp) -> Option<Timestamp> {
        self.options.retention.cutoff(stage, now, &self.zone())
    }

    /// That of the house's first calendar.
    fn zone(&self) -> TimeZone {
        let environment = self.library.environment();
        environment.calendars.values().next().map_or(TimeZone::UTC, |calendar| calendar.zone.clone())
    }
}
