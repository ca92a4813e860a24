//! A diagram in the language of Graphviz.

use std::fmt::Write as _;

use super::{By, Diagram, Node, NodeKind};
use crate::definition::WaitingOn;

/// DOT text. Ends have two borders, ways by time are dashed, decisions begin with a diamond.
pub fn dot(diagram: &Diagram) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "digraph {} {{", quote(&diagram.name));
    let _ = writeln!(
        text,
        "    graph [label={}, labelloc=t, rankdir=TB, charset=\"UTF-8\", fontname=\"sans-serif\"];",
        quote(&diagram.title)
    );
    text.push_str("    node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
    text.push_str("    edge [fontname=\"sans-serif\", fontsize=10];\n");
    text.push_str("    begin_ [shape=point, width=0.15];\n");
    for node in &diagram.nodes {
        let _ = writeln!(text, "    {} [label={}, {}];", quote(&node.name), quote(&label_of(node)), look(node));
    }
    let name = |at: usize| diagram.nodes.get(at).map_or_else(String::new, |node| quote(&node.name));
    let _ = writeln!(text, "    begin_ -> {};", name(diagram.start));
    for edge in &diagram.edges {
        let label = quote(&edge.labels.join("\n"));
        let _ = writeln!(text, "    {} -> {} [label={label}, {}];", name(edge.from), name(edge.to), line(edge.by));
    }
    if !diagram.anywhere.is_empty() {
        let title = quote(diagram.anywhere_title());
        let _ = writeln!(text, "    anywhere_ [label={title}, shape=note, style=filled, fillcolor=\"#ffffff\"];");
    }
    for one in &diagram.anywhere {
        let to = one.to.map_or("anywhere_".to_owned(), name);
        let _ = writeln!(text, "    anywhere_ -> {to} [label={}, color=\"#4a5560\"];", quote(&one.label));
    }
    text.push_str("}\n");
    text
}

fn label_of(node: &Node) -> String {
    let lines = [&node.title].into_iter().chain(&node.does).chain(&node.stays);
    lines.cloned().collect::<Vec<_>>().join("\n")
}

fn look(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Waits(WaitingOn::Us) => "fillcolor=\"#e4eefb\", color=\"#2f6db5\"",
        NodeKind::Waits(WaitingOn::Family) => "fillcolor=\"#fdf1dc\", color=\"#b7791f\"",
        NodeKind::Waits(WaitingOn::Court) => "fillcolor=\"#efe8fa\", color=\"#7550b8\"",
        NodeKind::Decides => "fillcolor=\"#f1f3f5\", color=\"#6b7785\", shape=diamond, style=filled",
        NodeKind::Ends(_) => "fillcolor=\"#e7f5ec\", color=\"#2f855a\", peripheries=2",
    }
}

fn line(by: By) -> &'static str {
    match by {
        By::Decision => "color=\"#6b7785\", dir=both, arrowtail=diamond",
        By::Event => "color=\"#2f6db5\"",
        By::Time => "color=\"#b7791f\", style=dashed",
        By::Reopening => "color=\"#7550b8\", style=dotted",
    }
}

/// A quoted string; a line break stays one.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            sign if sign.is_control() => quoted.push(' '),
            sign => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_for_graphviz() {
        assert_eq!(quote("a \"b\" \\n\nc"), r#""a \"b\" \\n\nc""#);
    }
}
