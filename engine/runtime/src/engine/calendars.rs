//! A changed calendar: the open due times of its cases are counted again, each as an event.

use wasl_core::calendar::Calendar;
use wasl_core::event::Body;

use super::{Engine, EngineError};
use crate::store::NewEvent;

/// Cases told in one transaction.
const PAGE: u32 = 500;

impl Engine {
    /// Compares every calendar with what was last seen and, where one has changed, lets every open
    /// case of its workflows count its due times again. Returns the names of the changed ones.
    ///
    /// # Errors
    /// The store failed; the calendar counts as changed until all its cases were told.
    pub async fn apply_calendars(&self) -> Result<Vec<String>, EngineError> {
        let mut changed = Vec::new();
        let environment = self.library.environment();
        for (name, calendar) in &environment.calendars {
            let setting = format!("calendar:{name}");
            let seen = self.store.setting(&setting).await?;
            if seen.as_deref() == Some(calendar.hash()) {
                continue;
            }
            if seen.is_some() {
                self.tell_cases(name, calendar).await?;
                changed.push(name.clone());
            }
            self.store.set_setting(&setting, calendar.hash(), self.now()).await?;
        }
        if !changed.is_empty() {
            self.wake();
        }
        Ok(changed)
    }

    async fn tell_cases(&self, name: &str, calendar: &Calendar) -> Result<(), EngineError> {
        let (now, mut after) = (self.now(), None);
        loop {
            let ids = self.store.open_case_ids(after, PAGE).await?;
            let Some(last) = ids.last() else { return Ok(()) };
            after = Some(*last);
            let mut events = Vec::new();
            for claim in self.store.claim_cases(&ids).await? {
                let workflow = self.library.version(&claim.case.workflow_hash).await;
                if workflow.is_ok_and(|workflow| workflow.calendar == name) {
                    let case = claim.case.id;
                    let source_id = format!("{}:{case}", calendar.hash());
                    let (source, by, body) = ("calendar".into(), "calendar".into(), Body::CalendarChanged);
                    events.push(NewEvent { case, source, source_id, at: now, by, body });
                }
            }
            self.store.record_events(&events).await?;
        }
    }
}
