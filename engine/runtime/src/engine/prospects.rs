//! What a person's act would lead to, asked of the step for many cases at once and before any of it is done.

use wasl_core::case::Case;
use wasl_core::event::Body;
use wasl_core::explain::{Prospect, prospect};

use super::{Engine, EngineError};
use crate::library::LibraryError;

impl Engine {
    /// What `body` would do to each of these cases, or why the case would refuse it; in their order.
    ///
    /// # Errors
    /// The store failed.
    pub async fn prospects(
        &self,
        cases: &[Case],
        body: &Body,
        language: &str,
    ) -> Result<Vec<Result<Prospect, String>>, EngineError> {
        let mut known = self.known_contacts(cases.iter()).await?;
        let mut prospects = Vec::with_capacity(cases.len());
        for case in cases {
            let facts = known.facts_of(case.id).ok_or(EngineError::NoCase(case.id))?;
            // A case whose version or calendar is not to be had refuses whatever a person wants of it.
            let asked = async {
                let workflow = self.library.version(&case.workflow_hash).await?;
                let calendar = self.library.calendar(&workflow.calendar)?;
                Ok(prospect(&workflow, case, &self.context(&calendar, &facts), body.clone(), language))
            };
            prospects.push(match asked.await {
                Ok(asked) => {
                    // What one case plans counts for the next, as it will when they are acted on.
                    if let Ok(prospect) = &asked {
                        known.learn(&prospect.case);
                    }
                    asked
                }
                Err(LibraryError::Store(error)) => return Err(error.into()),
                Err(error) => Err(error.to_string()),
            });
        }
        Ok(prospects)
    }

    /// The same for one case.
    ///
    /// # Errors
    /// The store failed.
    pub async fn prospect(
        &self,
        case: &Case,
        body: &Body,
        language: &str,
    ) -> Result<Result<Prospect, String>, EngineError> {
        let mut prospects = self.prospects(std::slice::from_ref(case), body, language).await?;
        prospects.pop().ok_or(EngineError::NoCase(case.id))
    }
}
