//! States that are the same under another name: most of what they say is the same.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Fact, facts};
use crate::definition::{Environment, Workflow};

/// Of a hundred facts of two states so many must be the same.
const SAME_PERCENT_MIN: usize = 60;

/// The new name of each state that has one.
pub(super) fn renamed(old: &Workflow, new: &Workflow, environment: &Environment) -> BTreeMap<String, String> {
    let gone: Vec<&str> = missing(old, new);
    let come: Vec<&str> = missing(new, old);
    if gone.is_empty() || come.is_empty() {
        return BTreeMap::new();
    }
    let (before, now) = (all(old, environment), all(new, environment));
    let mut likeness: Vec<(usize, &str, &str)> = Vec::new();
    for one in &gone {
        for other in &come {
            let same = percent_same(&of_state(&before, one), &of_state(&now, other));
            if same >= SAME_PERCENT_MIN {
                likeness.push((same, one, other));
            }
        }
    }
    // The most alike first; names decide between equals, so that the answer is always the same.
    likeness.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)).then(a.2.cmp(b.2)));
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for (_, one, other) in likeness {
        if !renamed.contains_key(one) && !renamed.values().any(|taken| taken == other) {
            renamed.insert(one.to_owned(), other.to_owned());
        }
    }
    renamed
}

fn missing<'w>(here: &'w Workflow, there: &Workflow) -> Vec<&'w str> {
    let names = here.states.iter().map(|state| state.name.as_str());
    names.filter(|name| there.state_named(name).is_none()).collect()
}

fn all(workflow: &Workflow, environment: &Environment) -> Vec<Fact> {
    facts(workflow, environment, "en", &BTreeMap::new())
}

/// What a state says, without its own name.
fn of_state<'f>(facts: &'f [Fact], name: &str) -> BTreeSet<(&'f str, &'f str)> {
    let prefix = format!("states.{name}.");
    let inside = facts.iter().filter_map(|fact| Some((fact.path.strip_prefix(&prefix)?, fact.value.as_str())));
    inside.collect()
}

fn percent_same(one: &BTreeSet<(&str, &str)>, other: &BTreeSet<(&str, &str)>) -> usize {
    let union = one.union(other).count();
    one.intersection(other).count() * 100 / union.max(1)
}
