//! A workflow as a picture: what is drawn is decided here once, as a [`Diagram`] in words; how, by
//! [`mermaid()`], [`dot()`] and [`svg()`].
//!
//! Transitions between the same two states for the same kind of reason share an arrow. What leads
//! from a state to itself, and what it repeats, stands within the state.

mod dot;
mod graph;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;
mod text;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;

use crate::definition::{Environment, WaitingOn, Workflow};
use crate::lang::Texts;
use crate::words::Words;

/// What is drawn, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// `en` or `ar`.
    pub language: String,
    /// The workflow's title, else its name.
    pub title: String,
    /// The workflow's name.
    pub name: String,
    /// Position of the state in which a case opens.
    pub start: usize,
    /// The states, in the order of the file.
    pub nodes: Vec<Node>,
    /// The ways between different states.
    pub edges: Vec<Edge>,
    /// What holds in every open state.
    pub anywhere: Vec<Anywhere>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it is.
    pub kind: NodeKind,
    /// What it does on entering and repeats.
    pub does: Vec<String>,
    /// What may come without the case leaving.
    pub stays: Vec<String>,
    /// How many of the cases that stand there are overdue; nothing of the workflow itself.
    pub heat: Heat,
}

/// How many of the cases in a state are overdue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heat {
    /// None of them.
    #[default]
    None,
    /// Some of them.
    Some,
    /// A quarter or more.
    Quarter,
    /// Half or more.
    Half,
}

impl Heat {
    /// Of so many cases so many are overdue.
    pub const fn of(overdue: u64, all: u64) -> Self {
        match overdue {
            0 => Self::None,
            _ if overdue.saturating_mul(2) >= all => Self::Half,
            _ if overdue.saturating_mul(4) >= all => Self::Quarter,
            _ => Self::Some,
        }
    }
}

/// What a state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// It waits for somebody.
    Waits(WaitingOn),
    /// It decides at once.
    Decides,
    /// The case is over, with this outcome.
    Ends(String),
}

/// A way from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Position of the state that it leaves.
    pub from: usize,
    /// Position of the state that it enters.
    pub to: usize,
    /// What takes it.
    pub by: By,
    /// In words, one for each transition.
    pub labels: Vec<String>,
}

/// What takes a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A decision at once.
    Decision,
    /// An event.
    Event,
    /// Time without one.
    Time,
    /// An event after the end.
    Reopening,
}

/// A reaction that holds in every open state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anywhere {
    /// What comes.
    pub label: String,
    /// Position of the state to which it leads; none stays.
    pub to: Option<usize>,
}

impl Diagram {
    /// What is to be drawn of a workflow.
    pub fn of(workflow: &Workflow, environment: &Environment, language: &str) -> Self {
        graph::diagram(&Words::new(workflow, environment, language))
    }

    /// Whether it reads from right to left.
    pub fn is_rtl(&self) -> bool {
        self.language == "ar"
    }

    /// One of two texts, by language.
    fn pick<'t>(&self, en: &'t str, ar: &'t str) -> &'t str {
        if self.is_rtl() { ar } else { en }
    }

    /// The heading over [`Self::anywhere`].
    fn anywhere_title(&self) -> &'static str {
        if self.is_rtl() { "في أي مرحلة مفتوحة" } else { "In any open state" }
    }

    /// A title of a state by position.
    fn title_of(&self, node: usize) -> &str {
        self.nodes.get(node).map_or("", |node| node.title.as_str())
    }
}

/// What the colours of states mean.
fn waiting_title(on: WaitingOn) -> Texts {
    match on {
        WaitingOn::Us => Texts::both("Our move", "الدور علينا"),
        WaitingOn::Family => Texts::both("Waiting for the family", "بانتظار الأسرة"),
        WaitingOn::Court => Texts::both("Waiting for the court", "بانتظار المحكمة"),
    }
}
