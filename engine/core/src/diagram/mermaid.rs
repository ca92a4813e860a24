//! A diagram as Mermaid, drawn by GitHub, GitLab and many editors.

use std::fmt::Write as _;

use super::{By, Diagram, Node, NodeKind};
use crate::definition::WaitingOn;

/// Stands for every open state.
const ANYWHERE: &str = "anywhere_";

/// The colours of states, as in the SVG.
const CLASSES: &str = "    classDef us fill:#e4eefb,stroke:#2f6db5,color:#14324f
    classDef family fill:#fdf1dc,stroke:#b7791f,color:#4a3206
    classDef court fill:#efe8fa,stroke:#7550b8,color:#33205c
    classDef decides fill:#f1f3f5,stroke:#6b7785,color:#28323c
    classDef final fill:#e7f5ec,stroke:#2f855a,color:#173f2a,stroke-width:4px
";

/// Mermaid text. Arrows are labelled by what takes them; `⏱` marks time.
pub fn mermaid(diagram: &Diagram) -> String {
    let mut text = String::from("stateDiagram-v2\n    direction TB\n");
    let _ = writeln!(text, "    accTitle: {}", escape(&diagram.title));
    for (at, node) in diagram.nodes.iter().enumerate() {
        let _ = writeln!(text, "    state \"{}\" as {}", escape(&node.title), id(at, node));
    }
    if !diagram.anywhere.is_empty() {
        let _ = writeln!(text, "    state \"{}\" as {ANYWHERE}", escape(diagram.anywhere_title()));
    }
    let name = |at: usize| diagram.nodes.get(at).map_or_else(String::new, |node| id(at, node));
    let _ = writeln!(text, "    [*] --> {}", name(diagram.start));
    for edge in &diagram.edges {
        let mark = if edge.by == By::Time { "⏱ " } else { "" };
        let label = escape(&edge.labels.join(" / "));
        let _ = writeln!(text, "    {} --> {} : {mark}{label}", name(edge.from), name(edge.to));
    }
    for (at, node) in diagram.nodes.iter().enumerate() {
        for line in &node.stays {
            let _ = writeln!(text, "    {0} --> {0} : {1}", name(at), escape(line));
        }
        if let NodeKind::Ends(outcome) = &node.kind {
            let _ = writeln!(text, "    {} --> [*] : {}", name(at), escape(outcome));
        }
    }
    for line in &diagram.anywhere {
        let to = line.to.map_or(ANYWHERE.to_owned(), name);
        let _ = writeln!(text, "    {ANYWHERE} --> {to} : {}", escape(&line.label));
    }
    text.push_str(CLASSES);
    for (at, node) in diagram.nodes.iter().enumerate() {
        let _ = writeln!(text, "    class {} {}", name(at), class(node));
    }
    text
}

fn class(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Waits(WaitingOn::Us) => "us",
        NodeKind::Waits(WaitingOn::Family) => "family",
        NodeKind::Waits(WaitingOn::Court) => "court",
        NodeKind::Decides => "decides",
        NodeKind::Ends(_) => "final",
    }
}

/// A name that Mermaid takes, and no keyword of its own such as `state` or `end`: the position keeps
/// names apart that differ only in signs.
fn id(at: usize, node: &Node) -> String {
    let name: String = node.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("s{at}_{name}")
}

/// Text that Mermaid shows as it is.
fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' | '#' | ':' | ';' | '<' | '>' | '&' | '{' | '}' | '%' | '`' | '*' => format!("#{};", u32::from(c)),
            '\n' | '\r' | '\t' => " ".into(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_mermaid_reads_are_escaped() {
        assert_eq!(escape("a == \"b\": c\n{d}"), "a == #34;b#34;#58; c #123;d#125;");
    }
}
