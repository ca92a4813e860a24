//! Holds a decoder to the grammar, in tests of this crate and of those who keep a decoder elsewhere: what is listed is
//! read. That what is read is listed the decoders see to: they take their keys from the grammar.

use std::collections::BTreeSet;

use super::{Mapping, SeenKey, Shape, keys_in};
use crate::yaml::{self, Kind, Node};

/// What no place of a file takes.
const NONSENSE: &str = "[[[]]]";

/// What keeps a decoder from the grammar: `everything` is a file in which every key stands, `findings` what the decoder
/// finds in a file. Nothing comes back if nothing is found in `everything`, no key is missing in it, and nonsense behind
/// any key is found.
pub fn gaps(everything: &str, shape: &Shape, findings: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let tree = match yaml::parse("everything.yaml", everything) {
        Ok(tree) => tree,
        Err(finding) => return vec![finding.message],
    };
    let seen = keys_in(&tree, shape);
    let mut gaps = findings(everything);
    gaps.extend(missing(&seen, shape));
    gaps.extend(findings(&written(&tree, None)));
    for (mapping, key, place) in seen {
        if findings(&written(&tree, Some((place, NONSENSE)))).is_empty() {
            gaps.push(format!("nobody reads `{key}` of `{mapping}`"));
        }
    }
    gaps
}

fn missing(seen: &[SeenKey<'_>], shape: &Shape) -> Vec<String> {
    let there: BTreeSet<(&str, &str)> = seen.iter().map(|(mapping, key, _)| (*mapping, *key)).collect();
    let absent = |mapping: &'static Mapping| {
        let names = mapping.names().filter(|key| !there.contains(&(mapping.name, *key)));
        names.map(|key| format!("`{key}` of `{}` does not stand in the file", mapping.name)).collect::<Vec<_>>()
    };
    shape.mappings().into_iter().flat_map(absent).collect()
}

/// The YAML of a tree; `instead` is written in the place of one node of it.
pub(crate) fn written(node: &Node, instead: Option<(&Node, &str)>) -> String {
    let inner = |node: &Node| written(node, instead);
    match &node.kind {
        _ if instead.is_some_and(|(place, _)| std::ptr::eq(node, place)) => {
            instead.map(|(_, text)| text.to_owned()).unwrap_or_default()
        }
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => value.to_string(),
        Kind::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Kind::List(items) => format!("[{}]", items.iter().map(inner).collect::<Vec<_>>().join(", ")),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", inner(key), inner(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
