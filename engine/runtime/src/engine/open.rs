//! Opening cases: by hand, and for detections.

use wasl_core::case::{Case, CaseId, key_of};
use wasl_core::definition::Workflow;
use wasl_core::event::Body;
use wasl_core::schema::Reading;
use wasl_core::search::words_of;
use wasl_core::step::{new_case, open};
use wasl_core::value::Record;

use super::moves::{marks_of, to_move};
use super::{Engine, EngineError};
use crate::store::{Moved, NewEvent, RecordMark};

/// A case that was asked for.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The case.
    pub case: Case,
    /// Whether it is new: one key has one case.
    pub new: bool,
}

impl Engine {
    /// Opens a case by hand, or finds the one that has the same key.
    ///
    /// # Errors
    /// There is no such workflow, the values do not fit, or the store failed.
    pub async fn open_case(&self, name: &str, data: Record, by: &str) -> Result<Opened, EngineError> {
        let workflow = self.active_workflow(name).await?;
        let calendar = self.library.calendar(&workflow.calendar)?;
        let now = self.now();
        let reading = Reading { region: &self.region, today: calendar.today(now), zone: &calendar.zone };
        let fitted = workflow.case.fields.fit(&data, &reading);
        let data = fitted.map_err(|problems| EngineError::BadCase { workflow: name.to_owned(), problems })?;
        let key = key_of(&workflow.case.key, &data);
        if let Some(case) = self.case_of_key(name, &key).await? {
            return self.update_found(case, data, by).await;
        }
        self.open_cases(&workflow, None, vec![(data.clone(), None)]).await?;
        let case = self.case_of_key(name, &key).await?.ok_or(EngineError::NoCase(CaseId(0)))?;
        // Whoever is dead by this case is rung by no other from now on, whether or not a daemon runs.
        self.move_told(&self.store.cases_to_tell(self.options.case_batch).await?).await?;
        self.wake();
        Ok(Opened { case, new: true })
    }

    /// The same intake again finds the case; other values are recorded as an update.
    async fn update_found(&self, case: Case, data: Record, by: &str) -> Result<Opened, EngineError> {
        // One that was erased is not told again of whom it was.
        if data == *case.data || case.is_nameless() {
            return Ok(Opened { case, new: false });
        }
        let source_id = format!("{}:{}", case.id, self.now().as_millisecond());
        let body = Body::Updated { data };
        let event =
            NewEvent { case: case.id, source: "open".into(), source_id, at: self.now(), by: by.to_owned(), body };
        let submitted = self.submit(event).await?;
        Ok(Opened { case: submitted.case, new: false })
    }

    async fn case_of_key(&self, workflow: &str, key: &str) -> Result<Option<Case>, EngineError> {
        let found = self.store.cases_by_key(workflow, &[key.to_owned()]).await?;
        match found.get(key) {
            Some(id) => Ok(self.store.case(*id).await?),
            None => Ok(None),
        }
    }

    /// Opens cases in one transaction with the marks of the records that they come from; returns the
    /// ids of those that are new, in the order given (`None`: the key had a case already).
    pub(crate) async fn open_cases(
        &self,
        workflow: &Workflow,
        detection: Option<&str>,
        new: Vec<(Record, Option<RecordMark>)>,
    ) -> Result<Vec<Option<CaseId>>, EngineError> {
        let count = u32::try_from(new.len()).unwrap_or(u32::MAX);
        let first = self.store.reserve_case_ids(count).await?;
        let calendar = self.library.calendar(&workflow.calendar)?;
        let now = self.now();
        let cases: Vec<(Case, Option<RecordMark>)> = new
            .into_iter()
            .zip(first..)
            .map(|((data, mark), id)| (new_case(workflow, CaseId(id), data, now), mark))
            .collect();
        let mut known = self.known_contacts(cases.iter().map(|(case, _)| case)).await?;
        let mut moves = Vec::with_capacity(cases.len());
        for (case, mark) in cases {
            let facts = known.facts_of(case.id).ok_or(EngineError::NoCase(case.id))?;
            let context = self.context(&calendar, &facts);
            let (never, deceased) = marks_of(workflow, &case);
            let opened = open(workflow, &case, detection, &context);
            known.learn(&opened.case);
            let at_risk = self.at_risk(&opened, &calendar);
            let words = words_of(workflow, &opened.case);
            let mark = mark.map(|mark| RecordMark { case: Some(opened.case.id), ..mark });
            moves.push(crate::store::Move { record: mark, at_risk, words, never, deceased, ..to_move(None, opened) });
        }
        let results = self.store.commit(&moves, now).await?;
        let opened = moves.iter().zip(results);
        Ok(opened.map(|(new, moved)| (moved == Moved::Committed).then_some(new.case.id)).collect())
    }

    /// The active version of a workflow.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be read.
    pub async fn active_workflow(&self, name: &str) -> Result<std::sync::Arc<Workflow>, EngineError> {
        if let Some(workflow) = self.library.active(name) {
            return Ok(workflow);
        }
        let Some(version) = self.store.active_version(name).await? else {
            return Err(self.no_workflow(name).await?);
        };
        Ok(self.library.version(&version.hash).await?)
    }

    /// What to say where no workflow of a name is active.
    pub(super) async fn no_workflow(&self, name: &str) -> Result<EngineError, EngineError> {
        let known = self.store.versions().await?;
        let mut known: Vec<String> = known.into_iter().map(|version| version.workflow).collect();
        known.dedup();
        Ok(EngineError::NoWorkflow { name: name.to_owned(), known })
    }
}
