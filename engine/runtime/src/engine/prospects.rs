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
                Err(error) => Err(error.words(language)),
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

#[cfg(test)]
mod tests {
    use wasl_core::case::CaseId;

    use super::*;
    use crate::bench::{Ground, House};

    #[tokio::test]
    async fn a_version_that_is_not_to_be_had_is_named_in_the_readers_language() {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground::in_folder(dir.path(), "prospects");
        let house = House::new(&ground).await.unwrap();
        house.open(0..1).await.unwrap();
        let mut case = house.engine.store.case(CaseId(1)).await.unwrap().unwrap();
        case.workflow_hash = "ff".into();
        let hold = Body::Hold { reason: "x".into() };
        for (language, said) in [("en", "`ff` is not in the database"), ("ar", "`ff` ليس في قاعدة البيانات")]
        {
            let refused = house.engine.prospect(&case, &hold, language).await.unwrap().unwrap_err();
            assert!(refused.ends_with(said), "{refused}");
        }
    }
}
