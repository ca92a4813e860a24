//! What a condition proves: the paths that are known to be there when it holds, and when it does not.

use std::collections::BTreeSet;

use super::super::ast::{Logic, Order};
use super::super::limits::PROVED_ELEMENTS_MAX;

/// Paths as they are written: `heir.mobile`, `contacts[0]`.
pub(super) type Paths = BTreeSet<String>;

/// What is known to be there, by the outcome of a condition.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) when_true: Paths,
    pub(super) when_false: Paths,
}

impl Facts {
    /// The facts of the opposite condition.
    pub(super) fn negated(self) -> Self {
        Self { when_true: self.when_false, when_false: self.when_true }
    }

    /// The facts of all `terms` joined by `operator`.
    pub(super) fn joined(operator: Logic, terms: Vec<Self>) -> Self {
        match operator {
            Logic::And => Self {
                when_true: terms.iter().flat_map(|term| term.when_true.iter().cloned()).collect(),
                when_false: common(terms.into_iter().map(|term| term.when_false)),
            },
            Logic::Or => Self {
                when_false: terms.iter().flat_map(|term| term.when_false.iter().cloned()).collect(),
                when_true: common(terms.into_iter().map(|term| term.when_true)),
            },
        }
    }

    /// What `path.size() order bound` proves about the first elements.
    pub(super) fn of_size(path: &str, order: Order, bound: i64) -> Self {
        let above = bound.saturating_add(1);
        let (when_true, when_false) = match order {
            Order::Greater => (above, 0),
            Order::GreaterOrEqual => (bound, 0),
            Order::Less => (0, bound),
            Order::LessOrEqual => (0, above),
        };
        Self { when_true: first_elements(path, when_true), when_false: first_elements(path, when_false) }
    }

    /// What `path.size() == bound` proves about the first elements.
    pub(super) fn of_exact_size(path: &str, bound: i64) -> Self {
        let otherwise = i64::from(bound == 0);
        Self { when_true: first_elements(path, bound), when_false: first_elements(path, otherwise) }
    }
}

/// `path` and everything that it is part of: `heir.mobile` cannot be there without `heir`.
pub(super) fn present(path: &str) -> Paths {
    let mut paths = Paths::from([path.to_owned()]);
    let mut rest = path;
    while let Some(cut) = rest.rfind(['.', '[']) {
        rest = rest.get(..cut).unwrap_or_default();
        paths.insert(rest.to_owned());
    }
    paths
}

/// The first `count` elements of the list at `path`.
pub(super) fn first_elements(path: &str, count: i64) -> Paths {
    let count = count.clamp(0, PROVED_ELEMENTS_MAX);
    let mut paths = if count > 0 { present(path) } else { Paths::new() };
    paths.extend((0..count).map(|index| format!("{path}[{index}]")));
    paths
}

fn common(mut sets: impl Iterator<Item = Paths>) -> Paths {
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |common, set| common.intersection(&set).cloned().collect())
}
