//! YAML trees that tests change and write out again.

pub(super) use crate::grammar::held::written;
use crate::yaml::{self, Kind, Node};

/// The tree of a text.
pub(super) fn tree(source: &str) -> Node {
    yaml::parse("tree.yaml", source).unwrap_or_else(|finding| panic!("{}\n{source}", finding.message))
}

/// Lays a tree over another: mappings are joined, everything else is replaced.
pub(super) fn laid_over(base: &mut Node, over: Node) {
    match (&mut base.kind, over.kind) {
        (Kind::Map(below), Kind::Map(above)) => {
            for (key, value) in above {
                match below.iter_mut().find(|(known, _)| name(known) == name(&key)) {
                    Some((_, place)) => laid_over(place, value),
                    None => below.push((key, value)),
                }
            }
        }
        (place, kind) => *place = kind,
    }
}

/// A tree under a path of keys: `states.first_call`.
pub(super) fn under(path: &str, node: Node) -> Node {
    path.rsplit('.').filter(|key| !key.is_empty()).fold(node, |node, key| {
        let key = Node { kind: Kind::Text(key.to_owned()), span: 0..0 };
        Node { kind: Kind::Map(vec![(key, node)]), span: 0..0 }
    })
}

/// The text of a key.
pub(super) fn name(node: &Node) -> &str {
    if let Kind::Text(text) = &node.kind { text } else { "" }
}
