//! What an outcome of a call means, in the words of its script.
//!
//! A script ends in a table whose rows lead from what was heard to the outcome's name in backticks.
//! Those words were approved, exist in every language, and are what an agent chooses by.

use super::Words;
use crate::definition::{State, Workflow};

/// Where the short form of a row ends.
const CLAUSE_ENDS: [char; 9] = ['،', ',', '(', '.', ':', ';', '؛', '…', '—'];

impl Words<'_> {
    /// The words of an outcome in a state, from the scripts of the calls that it may plan; without a state
    /// from any script.
    pub fn heard(&self, state: Option<&State>, outcome: &str) -> Option<String> {
        heard(self.workflow, self.language, state, outcome)
    }

    /// The first clause of the words of an outcome: short enough for a picture.
    pub(super) fn heard_in_short(&self, state: Option<&State>, outcome: &str) -> Option<String> {
        heard_in_short(self.workflow, self.language, state, outcome)
    }
}

/// The words of an outcome, from the scripts of the calls that a state may plan; without a state from any script.
pub fn heard(workflow: &Workflow, language: &str, state: Option<&State>, outcome: &str) -> Option<String> {
    scripts(workflow, state).into_iter().find_map(|name| {
        let script = workflow.scripts.get(name)?.get(language)?;
        script_row(script.source(), outcome)?.into_iter().next()
    })
}

/// The first clause of these words.
pub fn heard_in_short(workflow: &Workflow, language: &str, state: Option<&State>, outcome: &str) -> Option<String> {
    let heard = heard(workflow, language, state, outcome)?;
    let clause = heard.split(CLAUSE_ENDS).map(str::trim).find(|clause| !clause.is_empty())?;
    Some(clause.to_owned())
}

fn scripts<'w>(workflow: &'w Workflow, state: Option<&'w State>) -> Vec<&'w str> {
    let all = || workflow.scripts.keys().map(String::as_str).collect();
    state.map_or_else(all, |state| workflow.calls_in(state).map(|call| call.script.as_str()).collect())
}

/// The cells of the row that leads to an outcome, without the outcome: what was heard, and what to say to it. Also
/// of a script whose names are filled in.
pub fn script_row(script: &str, outcome: &str) -> Option<Vec<String>> {
    let cells = |line: &str| -> Option<Vec<String>> {
        let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
        Some(inner.split('|').map(|cell| cell.trim().to_owned()).collect())
    };
    script.lines().filter_map(cells).find_map(|mut cells| {
        let last = cells.pop()?;
        let is_heard = cells.first().is_some_and(|heard| !heard.is_empty());
        (last.strip_prefix('`')?.strip_suffix('`')? == outcome && is_heard).then_some(cells)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_leads_from_what_was_heard_to_the_outcome() {
        let script =
            "# Call\n| You heard | Outcome |\n|---|---|\n| We agree, all of us | `agreed` |\n| | `empty` |\n| `x` |\n";
        assert_eq!(script_row(script, "agreed").unwrap(), ["We agree, all of us"]);
        for outcome in ["empty", "x", "other", "Outcome"] {
            assert_eq!(script_row(script, outcome), None, "{outcome}");
        }
    }
}
