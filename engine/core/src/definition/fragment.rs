//! Fragments: pieces that several workflows share, each in a file of its own, and what becomes of them
//! where a workflow says `use`.
//!
//! Everything is put together before the workflow is decoded, so that nothing after it knows of
//! fragments; places stay those of the files in which things were written ([`space`]).

mod expand;
mod piece;
mod space;

use std::collections::BTreeSet;

pub(super) use expand::{Expanded, expand};

use crate::diagnostic::Report;
use crate::yaml::{self, Kind, Node};

/// The folder of the fragments, within the workflows folder.
pub const FOLDER: &str = "fragments";

/// The path of a fragment, from the workflows folder on.
pub fn path(name: &str) -> String {
    format!("{FOLDER}/{name}.yaml")
}

/// The fragments that a workflow or a fragment names itself; none if it cannot be read.
pub fn named_in(source: &str) -> BTreeSet<String> {
    let Ok(root) = yaml::parse("", source) else { return BTreeSet::new() };
    let states = root.get("states").into_iter().flat_map(Node::entries).map(|(_, state)| state);
    let uses = std::iter::once(&root).chain(states).filter_map(|node| node.get("use"));
    uses.flat_map(names).filter(|name| is_file_name(name)).collect()
}

/// Whether a name leads to a file in the folder, and not out of it.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || sign == '-' || sign == '_')
}

/// The names of `one`, `[one, other]`, `{one: {…}}`.
fn names(uses: &Node) -> Vec<String> {
    match &uses.kind {
        Kind::Text(name) => vec![name.clone()],
        Kind::List(items) => items.iter().flat_map(names).collect(),
        _ => uses.entries().iter().filter_map(|(key, _)| key.text()).map(str::to_owned).collect(),
    }
}

/// Checks a fragment alone, as far as that goes without a workflow that uses it.
pub fn check(name: &str, source: &str) -> Report {
    let file = path(name);
    let (_, findings) = piece::read(name, &file, source);
    Report { findings, sources: [(file, source.to_owned())].into() }
}
