//! Outcomes of calls: those that states take against the rows of the scripts that agents read them from.
//!
//! Outcomes are declared nowhere: a state offers what it names. A script says in the last column of its table which outcome
//! to choose, so that each slip in one of the two is seen in the other.

use std::collections::{BTreeMap, BTreeSet};

use super::super::decode::{Library, TextKind};
use super::super::scope::{EventKind, event_kind};
use super::super::{State, Workflow};
use super::Taken;
use crate::decode::{Decoder, is_name};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, nearest};

/// The outcomes that a script names, with their places, by script.
type Rows<'l> = BTreeMap<&'l str, Vec<Row<'l>>>;

struct Row<'l> {
    path: &'l str,
    outcome: &'l str,
    at: usize,
}

/// Checks outcomes against scripts.
pub(in crate::definition) fn outcomes(
    workflow: &Workflow,
    taken: &[Taken<'_>],
    library: &Library,
    decoder: &mut Decoder<'_>,
) {
    let rows = rows(library);
    let taken: Vec<(Option<usize>, &str, &Taken<'_>)> = taken
        .iter()
        .filter_map(|taken| match event_kind(taken.1) {
            Some(EventKind::Outcome(outcome)) => Some((taken.0, outcome, taken)),
            _ => None,
        })
        .collect();
    for (state, outcome, taken) in &taken {
        let Some(state) = state.and_then(|index| workflow.states.get(index)) else { continue };
        let scripts = scripts_of(workflow, state);
        let known: BTreeSet<&str> =
            scripts.iter().filter_map(|script| rows.get(script)).flatten().map(|row| row.outcome).collect();
        if !known.is_empty() && !known.contains(outcome) {
            let names: Vec<String> = scripts.iter().map(|script| format!("`{script}`")).collect();
            let message = format!("no agent will choose `{outcome}`: {} has no row for it", names.join(" or "));
            let help = nearest(outcome, known.iter().copied()).map(|near| format!("did you mean `call.{near}`?"));
            let help = help.or_else(|| Some("add a row to the script in each language".into()));
            decoder.warn(Code::UnknownEvent, taken.2.clone(), message, help);
        }
    }
    let offered = offered(workflow, &taken);
    for (script, rows) in &rows {
        let Some(offered) = offered.get(script) else { continue };
        for row in rows.iter().filter(|row| !offered.contains(row.outcome)) {
            let message = format!("no state that uses this script takes the outcome `{}`", row.outcome);
            let place = row.at..row.at + row.outcome.len();
            let finding = Diagnostic::warning(Code::UnknownEvent, row.path, place, message);
            let help = did_you_mean(row.outcome, offered.iter().copied());
            decoder.findings.push(finding.maybe_suggest(help));
        }
    }
}

/// For each script, the outcomes that the states which use it take.
fn offered<'w>(
    workflow: &'w Workflow,
    taken: &[(Option<usize>, &'w str, &Taken<'_>)],
) -> BTreeMap<&'w str, BTreeSet<&'w str>> {
    let mut offered: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (index, state) in workflow.states.iter().enumerate() {
        let here = taken.iter().filter(|(of, _, _)| of.is_none_or(|of| of == index)).map(|(_, outcome, _)| *outcome);
        let here: BTreeSet<&str> = here.collect();
        for script in scripts_of(workflow, state) {
            offered.entry(script).or_default().extend(&here);
        }
    }
    offered
}

/// The scripts of the calls that may be answered in a state: its own, and those that outlive theirs.
fn scripts_of<'w>(workflow: &'w Workflow, state: &'w State) -> BTreeSet<&'w str> {
    let own = workflow.calls_in(state);
    let kept = workflow.calls().filter(|call| call.keep);
    own.chain(kept).map(|call| call.script.as_str()).collect()
}

/// The last cell of each table row, where it is one word in backticks.
fn rows(library: &Library) -> Rows<'_> {
    let mut rows = Rows::new();
    for (_, name, text) in library.iter().filter(|(kind, _, _)| *kind == TextKind::Script) {
        for (language, template) in &text.templates {
            let Some(path) = text.paths.get(language) else { continue };
            let found = rows_of(template.source()).into_iter().map(|(at, outcome)| Row { path, outcome, at });
            rows.entry(name).or_default().extend(found);
        }
    }
    rows
}

fn rows_of(script: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    let mut rows = Vec::new();
    for line in script.split_inclusive('\n') {
        let cell = line.trim().strip_prefix('|').and_then(|row| row.strip_suffix('|')?.rsplit('|').next());
        let word = cell.and_then(|cell| cell.trim().strip_prefix('`')?.strip_suffix('`'));
        if let Some((word, at)) = word.filter(|word| is_name(word)).zip(line.rfind('`')) {
            rows.push((start + at - word.len(), word));
        }
        start += line.len();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_script_are_its_last_cells_in_backticks() {
        let script =
            "# Call\n| You heard | Outcome |\n|---|---|\n| نعم | `agreed` |\r\n| `no` | see below |\n`x`\n|`y`|";
        let rows: Vec<(&str, &str)> =
            rows_of(script).into_iter().map(|(at, word)| (word, &script[at..at + word.len()])).collect();
        assert_eq!(rows, [("agreed", "agreed"), ("y", "y")]);
    }
}
