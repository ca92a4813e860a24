//! A row that could not be read, corrected by a person: it goes the way of every row, as the same row of its file.
//!
//! Nothing is decided here: the values are read by the types of the source, looked up, screened and opened as a file's row
//! is. The key of a case makes it one case, however often the row is corrected and whatever the file says later.

use std::collections::BTreeMap;

use wasl_core::case::CaseId;
use wasl_core::definition::{Detect, Workflow};
use wasl_core::schema::Problem;
use wasl_core::source::Sources;
use wasl_core::value::Record;

use super::IntakeError;
use super::detect::{OpenCases, Options, Run};
use super::reader::row_of;
use super::screen::{Screen, Screened};
use crate::store::{Rejected, Store};

/// What came of a correction.
#[derive(Clone, Debug, PartialEq)]
pub enum Corrected {
    /// It cannot be read or judged yet; nothing was changed.
    Refused(Vec<Problem>),
    /// It was dealt with.
    Taken {
        /// `opened`, `duplicate`, `withdrawn`, or the name of the screen that kept it out.
        result: String,
        /// The case that it opened or belongs to.
        case: Option<CaseId>,
    },
}

/// Deals with a row as if `given` had stood in its file, by column.
///
/// # Errors
/// A source is missing or does not fit, or the store failed. Asked again with the same values it goes on.
pub async fn correct<O: OpenCases>(
    store: &Store,
    (workflow, detect): (&Workflow, &Detect),
    sources: &Sources,
    options: Options<'_>,
    opener: &O,
    rejected: &Rejected,
    given: &BTreeMap<String, String>,
) -> Result<Corrected, IntakeError> {
    let nobody = |_: super::Progress<'_>| {};
    let mut run = Run::new(store, (workflow, detect), sources, options, &nobody, opener)?;
    let value = |column: &str| given.get(column).map_or(&[][..], |text| text.as_bytes());
    let row = row_of(&run.source, &run.conventions, rejected.line, value);
    let record = match &row.content {
        Ok(record) => record.clone(),
        Err(problems) => return Ok(Corrected::Refused(problems.clone())),
    };
    if let Some((result, case)) = store.record(&rejected.detection, &row.hash).await? {
        return Ok(Corrected::Taken { result, case });
    }
    let tables = run.load_tables().await?;
    if let Some(problems) = refused(&run, &tables, &record) {
        return Ok(Corrected::Refused(problems));
    }
    if !store.begin_correction(rejected, &row.hash).await? {
        let reason = "somebody else has corrected this row, or has begun to with other values: look at it again";
        return Ok(Corrected::Refused(vec![of_the_row(reason)]));
    }
    run.begin().await?;
    run.tells = false;
    let hash = row.hash.clone();
    run.deal_with(&rejected.file, vec![row], &tables).await?;
    run.finish().await?;
    let (result, case) = store.record(&rejected.detection, &hash).await?.unwrap_or(("duplicate".to_owned(), None));
    Ok(Corrected::Taken { result, case })
}

fn of_the_row(reason: &str) -> Problem {
    Problem { field: "row".to_owned(), value: String::new(), reason: reason.to_owned() }
}

/// What keeps a row from being judged, or from being dealt with by a correction: a death is withdrawn by those who may, and
/// not by the values of a row.
fn refused<O: OpenCases>(run: &Run<'_, O>, tables: &super::screen::Tables, record: &Record) -> Option<Vec<Problem>> {
    let reading = run.conventions.reading();
    let (case, policy) = (&run.workflow.case, &run.workflow.policy);
    let screen = Screen { detect: run.detect, case, policy, tables, reading: &reading };
    match screen.judge(record) {
        Screened::Undecided(problems) => Some(problems),
        Screened::Withdrawn(_) => {
            let reason = "this row withdraws a death: that is done by `wasl death reverse`, and not by a correction";
            Some(vec![of_the_row(reason)])
        }
        Screened::Case { .. } | Screened::Out(_) => None,
    }
}
