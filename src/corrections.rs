//! Rows that could not be read, as people correct them: their columns, what stands there and what is wrong with it, for
//! all doors. Reading and screening them again is the engine's.

use std::collections::BTreeMap;

use wasl_core::definition::Workflow;
use wasl_core::schema::{Field, Problem};
use wasl_runtime::store::Rejected;

use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Digits of its hash by which a row is named, after the run that read it.
const DIGITS: usize = 12;

/// A row to be corrected.
pub(crate) struct Sheet {
    /// The row.
    pub(crate) rejected: Rejected,
    /// The columns of its source, in their order.
    pub(crate) columns: Vec<Column>,
}

/// A column of a row.
pub(crate) struct Column {
    /// Its name in the file.
    pub(crate) name: String,
    /// What people call it.
    pub(crate) title: String,
    /// Whether it says something about a person.
    pub(crate) personal: bool,
    /// Whether it may be empty.
    pub(crate) optional: bool,
}

/// How a row is named: `12-ab12cd34ef56`.
pub(crate) fn name_of(rejected: &Rejected) -> String {
    let hash = rejected.row_hash.get(..DIGITS).unwrap_or(&rejected.row_hash);
    format!("{}-{hash}", rejected.run)
}

/// The row of a name.
///
/// # Errors
/// There is none, or the database failed.
pub(crate) async fn find(session: &Session, name: &str) -> Result<Rejected, Failure> {
    let none = || Failure::new(Exit::NotFound, format!("there is no rejected row `{name}`"));
    let none = || none().help("see `wasl detect rejected list`");
    let (run, hash) = name.trim().split_once('-').ok_or_else(none)?;
    let run = run.parse().map_err(|_| none())?;
    session.store().rejected_row(run, hash).await?.ok_or_else(none)
}

/// A row with its columns.
///
/// # Errors
/// It cannot be corrected here, or the database failed.
pub(crate) async fn sheet(session: &Session, rejected: Rejected) -> Result<Sheet, Failure> {
    let elsewhere = || {
        Failure::new(Exit::Refused, "a row of this source is not corrected here")
            .help("it is looked up in, and opens no case: correct it in its file and deliver that again")
    };
    let (workflow, at) = session.engine.detection_of(&rejected).await?.ok_or_else(elsewhere)?;
    let environment = session.engine.library.environment();
    let from = workflow.detect.get(at).map(|detect| detect.from.as_str()).unwrap_or_default();
    let source = environment.sources.get(from).ok_or_else(elsewhere)?;
    let column = |field: &Field| Column {
        name: field.name.clone(),
        title: title(field, &workflow, session.screen.lang()),
        personal: field.personal,
        optional: field.optional,
    };
    Ok(Sheet { columns: source.columns.fields.iter().map(column).collect(), rejected })
}

/// What a column is called: by the source, or by the case field of the same name.
fn title(field: &Field, workflow: &Workflow, language: &str) -> String {
    let of_case = workflow.case.fields.get(&field.name).map(|field| &field.title);
    let titles = [Some(&field.title), of_case].into_iter().flatten();
    let known = titles.filter(|title| !title.is_empty()).map(|title| title.get(language)).next();
    known.map_or_else(|| field.name.replace('_', " "), str::to_owned)
}

impl Sheet {
    /// Whether what stands in a column is for everybody. Where the row could not be taken apart, anything may stand anywhere.
    pub(crate) fn is_open(&self, column: &Column) -> bool {
        let taken_apart = self.rejected.given.as_ref().is_none_or(|given| given.whole.is_none());
        taken_apart && !column.personal
    }

    /// What stood in a column, or what was typed since.
    pub(crate) fn value(&self, column: &Column, typed: Option<&BTreeMap<String, String>>) -> String {
        let given = self.rejected.given.as_ref().map(|given| &given.fields);
        typed.or(given).and_then(|values| values.get(&column.name)).cloned().unwrap_or_default()
    }

    /// What is wrong with a column.
    pub(crate) fn wrong(column: &Column, problems: &[Problem], language: &str) -> Option<String> {
        let of_column = problems.iter().filter(|problem| problem.field == column.name);
        let reasons: Vec<String> = of_column.map(|problem| problem.reason_in(language)).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// What is wrong with the row as a whole, or with what follows from it.
    pub(crate) fn wrong_as_a_whole(&self, problems: &[Problem], language: &str) -> Vec<String> {
        let known = |name: &str| self.columns.iter().any(|column| column.name == name);
        let others = problems.iter().filter(|problem| !known(&problem.field));
        let words = |problem: &Problem| match problem.field.as_str() {
            "" => problem.reason_in(language),
            _ => problem.words(language),
        };
        others.map(words).collect()
    }

    /// What stood in the row, with these values in the place of some.
    ///
    /// # Errors
    /// A value is for no column of the source.
    pub(crate) fn with(&self, values: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Failure> {
        let mut given: BTreeMap<String, String> =
            self.columns.iter().map(|column| (column.name.clone(), self.value(column, None))).collect();
        for (name, value) in values {
            let Some(known) = given.get_mut(&name) else {
                let names = self.columns.iter().map(|column| column.name.as_str());
                let help = wasl_core::diagnostic::did_you_mean(&name, names);
                return Err(Failure::new(Exit::Usage, format!("the row has no column `{name}`")).maybe_help(help));
            };
            *known = value;
        }
        Ok(given)
    }
}
