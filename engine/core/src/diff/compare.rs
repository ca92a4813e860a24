//! Facts against facts.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Fact, facts};
use super::rename::renamed;
use super::{Change, ChangeKind};
use crate::definition::{Environment, Workflow};
use crate::words::Words;

/// The sections of the file, in order.
const SECTIONS: [&str; 12] = [
    "workflow",
    "calendar",
    "languages",
    "start",
    "case",
    "events",
    "detect",
    "contact_policy",
    "anywhere",
    "states",
    "messages",
    "scripts",
];

pub(super) fn compare(old: &Workflow, new: &Workflow, environment: &Environment, language: &str) -> Vec<Change> {
    let names = renamed(old, new, environment);
    let words = Words::new(new, environment, language);
    let before = facts(old, environment, language, &names);
    let now = facts(new, environment, language, &BTreeMap::new());
    let mut changes: Vec<Change> = names.iter().map(|(from, to)| rename(from, to, &words)).collect();
    changes.extend(differences(&before, &now, &words));
    changes.sort_by_key(|change| section(&change.path));
    changes
}

fn rename(from: &str, to: &str, words: &Words<'_>) -> Change {
    let said =
        words.pick(format!("the state `{from}` is now called `{to}`"), format!("المرحلة `{from}` صار اسمها `{to}`"));
    Change {
        path: format!("states.{to}"),
        kind: ChangeKind::Renamed,
        old: Some(from.into()),
        new: Some(to.into()),
        words: said,
    }
}

fn section(path: &str) -> usize {
    let first = path.split('.').next().unwrap_or(path);
    SECTIONS.iter().position(|section| *section == first).unwrap_or(SECTIONS.len())
}

fn differences(before: &[Fact], now: &[Fact], words: &Words<'_>) -> Vec<Change> {
    let by_path = |facts: &[Fact]| -> BTreeMap<String, Fact> {
        facts.iter().map(|fact| (fact.path.clone(), fact.clone())).collect()
    };
    let (old_at, new_at) = (by_path(before), by_path(now));
    let mut removed: Vec<&Fact> = before.iter().filter(|fact| !new_at.contains_key(&fact.path)).collect();
    let mut added: Vec<&Fact> = now.iter().filter(|fact| !old_at.contains_key(&fact.path)).collect();
    let mut changed: Vec<(&Fact, &Fact)> = before
        .iter()
        .filter_map(|old| Some((old, new_at.get(&old.path)?)))
        .filter(|(old, new)| old.value != new.value && (!old.is_order || same_parts(old, new)))
        .collect();
    for whole in removed.iter().chain(&added).map(|fact| fact.path.clone()).collect::<Vec<_>>() {
        let is_part = |fact: &Fact| is_within(&fact.path, &whole);
        removed.retain(|fact| !is_part(fact));
        added.retain(|fact| !is_part(fact));
    }
    let wholes: Vec<String> = changed.iter().map(|(old, _)| old.path.clone()).collect();
    let of_changed = |fact: &Fact| wholes.iter().any(|whole| is_within(&fact.path, whole));
    removed.retain(|fact| !of_changed(fact) && !fact.is_order);
    added.retain(|fact| !of_changed(fact) && !fact.is_order);
    changed.extend(pairs(&mut removed, &mut added));
    let changed = changed.iter().map(|(old, new)| Change {
        path: new.path.clone(),
        kind: ChangeKind::Changed,
        old: Some(old.value.clone()),
        new: Some(new.value.clone()),
        words: new.saying.changed(&old.saying, words),
    });
    let removed = removed.iter().map(|fact| Change {
        path: fact.path.clone(),
        kind: ChangeKind::Removed,
        old: Some(fact.value.clone()),
        new: None,
        words: fact.saying.removed(words),
    });
    let added = added.iter().map(|fact| Change {
        path: fact.path.clone(),
        kind: ChangeKind::Added,
        old: None,
        new: Some(fact.value.clone()),
        words: fact.saying.added(words),
    });
    changed.chain(removed).chain(added).collect()
}

/// Whether a path is that of a part of a whole.
fn is_within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Whether only the order of the same parts is another one.
fn same_parts(old: &Fact, new: &Fact) -> bool {
    let parts = |fact: &Fact| fact.value.split(" | ").map(str::to_owned).collect::<BTreeSet<String>>();
    parts(old) == parts(new)
}

/// One that is gone and one that is new of the same list, and no other: it was replaced.
fn pairs<'f>(removed: &mut Vec<&'f Fact>, added: &mut Vec<&'f Fact>) -> Vec<(&'f Fact, &'f Fact)> {
    let of = |fact: &Fact| fact.path.strip_suffix(']').and_then(|path| Some(path.rsplit_once('[')?.0.to_owned()));
    let mut pairs = Vec::new();
    for list in removed.iter().filter_map(|fact| of(fact)).collect::<BTreeSet<String>>() {
        let is_in = |fact: &&&Fact| of(fact).as_ref() == Some(&list);
        let (gone, come): (Vec<&&Fact>, Vec<&&Fact>) =
            (removed.iter().filter(is_in).collect(), added.iter().filter(is_in).collect());
        if let ([old], [new]) = (gone.as_slice(), come.as_slice()) {
            pairs.push((**old, **new));
        }
    }
    removed.retain(|fact| !pairs.iter().any(|(old, _)| old.path == fact.path));
    added.retain(|fact| !pairs.iter().any(|(_, new)| new.path == fact.path));
    pairs
}
