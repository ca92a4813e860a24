//! What changed between two versions of a workflow: in words, beside the place in the file with the old
//! and the new value.
//!
//! Both versions are taken apart into [`facts`], one for each thing that the file says; what is compared
//! are the facts. So comments, the order of keys and the layout of the file make no difference, and
//! nothing that the engine reads can change unseen.

mod compare;
mod facts;
mod rename;
mod sayings;
mod state;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::definition::{Environment, Workflow};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where in the file: `states.first_call.on.call.no_answer.again[1]`.
    pub path: String,
    /// What kind of difference it is.
    pub kind: ChangeKind,
    /// The value before, as the file has it.
    pub old: Option<String>,
    /// The value now.
    pub new: Option<String>,
    /// The difference as a sentence, without a final stop.
    pub words: String,
}

/// What kind of difference it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It has another value.
    Changed,
    /// A state has another name.
    Renamed,
}

/// Everything in which `new` differs from `old`, in the order of the file; nothing if they say the same.
pub fn diff(old: &Workflow, new: &Workflow, environment: &Environment, language: &str) -> Vec<Change> {
    compare::compare(old, new, environment, language)
}
