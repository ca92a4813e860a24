//! Detections: run by hand or by their schedules; the cases they find open through the step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wasl_core::case::CaseId;
use wasl_core::definition::{Detect, Workflow};

use super::{Engine, EngineError};
use crate::intake::{self, Corrected, NewCase, OpenCases, OpenError, RunSummary};
use crate::node;
use crate::store::{Correction, Rejected};

/// So long a detection is a process's own after the last that was heard of it, and so often it is heard.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
const RENEWED: Duration = Duration::from_secs(30);

/// How far a detection is.
pub type Progress<'p> = &'p (dyn Fn(intake::Progress<'_>) + Sync);

/// Opens the cases of one detection.
struct Opener<'a> {
    engine: &'a Engine,
    workflow: &'a Workflow,
    detection: &'a str,
}

impl OpenCases for Opener<'_> {
    async fn open(&self, new: Vec<NewCase>) -> Result<Vec<CaseId>, OpenError> {
        let keys: Vec<String> = new.iter().map(|new| new.key.clone()).collect();
        let cases = new.into_iter().map(|new| (new.data, Some(new.mark))).collect();
        let opened = self.engine.open_cases(self.workflow, Some(self.detection), cases).await?;
        if opened.iter().all(Option::is_some) {
            return Ok(opened.into_iter().flatten().collect());
        }
        // Somebody opened one of them by hand at this moment: it is the same case.
        let known = self.engine.store.cases_by_key(&self.workflow.name, &keys).await?;
        let ids = opened.into_iter().zip(&keys).map(|(id, key)| id.or_else(|| known.get(key).copied()));
        ids.map(|id| id.ok_or_else(|| OpenError::from("a case was neither opened nor found"))).collect()
    }

    async fn withdraw(&self, person: &str, by_and_why: (&str, &str)) -> Result<Vec<CaseId>, OpenError> {
        let known = self.engine.store.deceased(Some(person), None).await?;
        let standing = known.into_iter().filter(|said| said.withdrawn_at.is_none()).map(|said| said.case);
        let cases: Vec<CaseId> = standing.collect::<BTreeSet<_>>().into_iter().collect();
        if !cases.is_empty() {
            self.engine.withdraw_death(&cases, by_and_why).await?;
        }
        Ok(cases)
    }
}

impl Engine {
    /// Runs the detections of a workflow, or one of them.
    ///
    /// # Errors
    /// There is no such workflow or detection, a source cannot be read, or the store failed. What
    /// was committed before stays; running it again goes on from there.
    pub async fn detect(
        &self,
        name: &str,
        detection: Option<&str>,
        dry_run: bool,
        progress: Progress<'_>,
    ) -> Result<Vec<RunSummary>, EngineError> {
        let workflow = self.active_workflow(name).await?;
        let wanted: Vec<&Detect> =
            workflow.detect.iter().filter(|detect| detection.is_none_or(|wanted| wanted == detect.name)).collect();
        if let (true, Some(detection)) = (wanted.is_empty(), detection) {
            let known = workflow.detect.iter().map(|detect| detect.name.clone()).collect();
            return Err(EngineError::NoDetection { workflow: name.to_owned(), name: detection.to_owned(), known });
        }
        let mut summaries = Vec::new();
        for detect in wanted {
            summaries.push(self.run_detection(&workflow, detect, dry_run, progress).await?);
        }
        Ok(summaries)
    }

    async fn run_detection(
        &self,
        workflow: &Workflow,
        detect: &Detect,
        dry_run: bool,
        progress: Progress<'_>,
    ) -> Result<RunSummary, EngineError> {
        let calendar = self.library.calendar(&workflow.calendar)?;
        let environment = self.library.environment();
        let options = intake::Options {
            dry_run,
            base: &self.base,
            region: &self.region,
            zone: &calendar.zone,
            clock: self.clock.as_ref(),
        };
        let opener = Opener { engine: self, workflow, detection: &detect.name };
        let sources = &environment.sources;
        let summary = intake::detect(&self.store, workflow, detect, sources, options, progress, &opener).await?;
        if !dry_run {
            let setting = last_run_setting(workflow, detect);
            self.store.set_setting(&setting, &summary.started.as_millisecond().to_string(), self.now()).await?;
            self.wake();
        }
        Ok(summary)
    }

    /// The workflow and detection that a rejected row belongs to; `None` for a row of a source that is only looked up in,
    /// and for what the active workflow has no more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn detection_of(&self, rejected: &Rejected) -> Result<Option<(Arc<Workflow>, usize)>, EngineError> {
        let Some((workflow, detection)) = rejected.detection.split_once('/') else { return Ok(None) };
        let workflow = match self.active_workflow(workflow).await {
            Ok(workflow) => workflow,
            Err(EngineError::NoWorkflow { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let at = workflow.detect.iter().position(|detect| detect.name == detection);
        Ok(at.map(|at| (workflow, at)))
    }

    /// Deals with a row that could not be read as if these values had stood in its file; `None` if it cannot be corrected
    /// here ([`Engine::detection_of`]). What was corrected before stays as it came out.
    ///
    /// # Errors
    /// A source cannot be read, or the store failed; asked again with the same values it goes on.
    pub async fn correct_rejected(
        &self,
        rejected: &Rejected,
        given: &BTreeMap<String, String>,
        by: &str,
    ) -> Result<Option<Corrected>, EngineError> {
        if let Some(Correction { result, case, .. }) = &rejected.corrected {
            return Ok(Some(Corrected::Taken { result: result.clone(), case: *case }));
        }
        let Some((workflow, at)) = self.detection_of(rejected).await? else { return Ok(None) };
        let Some(detect) = workflow.detect.get(at) else { return Ok(None) };
        let (calendar, environment) = (self.library.calendar(&workflow.calendar)?, self.library.environment());
        let options = intake::Options {
            dry_run: false,
            base: &self.base,
            region: &self.region,
            zone: &calendar.zone,
            clock: self.clock.as_ref(),
        };
        let opener = Opener { engine: self, workflow: &workflow, detection: &detect.name };
        let sources = &environment.sources;
        let about = (&*workflow, detect);
        let corrected = intake::correct(&self.store, about, sources, options, &opener, rejected, given).await?;
        if let Corrected::Taken { result, case } = &corrected {
            let correction = Correction { at: self.now(), by: by.to_owned(), result: result.clone(), case: *case };
            self.store.note_correction(rejected, &correction).await?;
            self.wake();
        }
        Ok(Some(corrected))
    }

    /// Detections whose moment has come: never run before, or scheduled since their last run. What
    /// was missed while nothing ran is made up for by one run.
    ///
    /// # Errors
    /// The store failed.
    pub async fn due_detections(&self) -> Result<Vec<(String, String)>, EngineError> {
        let mut due = Vec::new();
        for workflow in self.library.all_active() {
            for detect in &workflow.detect {
                if self.is_due(&workflow, detect).await? {
                    due.push((workflow.name.to_string(), detect.name.clone()));
                }
            }
        }
        Ok(due)
    }

    async fn is_due(&self, workflow: &Workflow, detect: &Detect) -> Result<bool, EngineError> {
        let Some(schedule) = &detect.schedule else { return Ok(false) };
        let calendar = self.library.calendar(&workflow.calendar)?;
        let last = self.store.setting(&last_run_setting(workflow, detect)).await?;
        let last = last.and_then(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
        Ok(match last.map(|last| schedule.next_after(last, &calendar.zone)) {
            None => true,
            Some(None) => false,
            Some(Some(next)) => next <= self.now(),
        })
    }

    /// Runs a detection that is due while no other process on the same database does; `None` if another runs it or has
    /// just done so.
    ///
    /// Who is stopped for so long that another takes over does no harm when it goes on: rows and keys count once.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alone<T>(
        &self,
        workflow: &str,
        detection: &str,
        run: impl Future<Output = T>,
    ) -> Result<Option<T>, EngineError> {
        if !self.store.is_shared() {
            return Ok(Some(run.await));
        }
        let lease = format!("detection {workflow}/{detection}");
        if !self.take_lease(&lease).await? {
            return Ok(None);
        }
        let still_due = self.due_detections().await?;
        let ran = if still_due.iter().any(|(of, name)| of == workflow && name == detection) {
            tokio::select! {
                ran = run => Some(ran),
                never = self.keep_lease(&lease) => never,
            }
        } else {
            None
        };
        self.store.release_lease(&lease, node::name()).await?;
        Ok(ran)
    }

    async fn take_lease(&self, lease: &str) -> Result<bool, EngineError> {
        let until = self.now().checked_add(LEASE).unwrap_or(Timestamp::MAX);
        Ok(self.store.take_lease(lease, node::name(), self.now(), until).await?)
    }

    /// Never ends. That the store does not answer is found by whoever runs under the lease.
    async fn keep_lease<T>(&self, lease: &str) -> T {
        loop {
            self.clock.sleep(RENEWED).await;
            self.take_lease(lease).await.ok();
        }
    }
}

fn last_run_setting(workflow: &Workflow, detect: &Detect) -> String {
    format!("detection:{}", intake::detection_name(workflow, detect))
}

#[cfg(test)]
mod tests;
