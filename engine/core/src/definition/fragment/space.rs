//! One space for the places of several files: the workflow's text, and behind it the text of each
//! fragment once for each use.
//!
//! So a place alone says in which file it lies and by which use it got into the workflow.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Related};
use crate::yaml::{Kind, Node};

/// The entries of a mapping.
pub(super) type Entries = Vec<(Node, Node)>;

/// The texts behind one another.
#[derive(Debug)]
pub(in crate::definition) struct Space {
    /// The workflow's file.
    file: String,
    /// All texts.
    pub(in crate::definition) text: String,
    uses: Vec<Use>,
}

/// The text of a fragment in one use.
#[derive(Debug)]
struct Use {
    start: usize,
    name: String,
    /// Where it is used, in the space.
    place: Range<usize>,
    /// By what: a state, the workflow, another fragment.
    by: String,
}

impl Space {
    /// A space that holds a workflow's file.
    pub(super) fn new(file: &str, source: &str) -> Self {
        Self { file: file.to_owned(), text: source.to_owned(), uses: Vec::new() }
    }

    /// Adds a fragment's text for a use; where it begins.
    pub(super) fn add(&mut self, source: &str, name: &str, place: Range<usize>, by: &str) -> usize {
        // Between the texts, so that no place touches two of them.
        self.text.push('\n');
        let start = self.text.len();
        self.text.push_str(source);
        self.uses.push(Use { start, name: name.to_owned(), place, by: by.to_owned() });
        start
    }

    /// Where each text after the first begins.
    pub(in crate::definition) fn starts(&self) -> Vec<usize> {
        self.uses.iter().map(|of| of.start).collect()
    }

    /// Gives each finding about the space the file that it is in, and says by which use it came about.
    pub(in crate::definition) fn place(&self, findings: &mut [Diagnostic]) {
        for finding in findings {
            if !finding.related.is_empty() {
                continue;
            }
            if finding.file == self.file {
                let (file, span, related) = self.locate(&finding.span);
                (finding.file, finding.span, finding.related) = (file, span, related);
            } else if let Some(used) = self.uses.iter().find(|used| used.owns(&finding.file)) {
                finding.related = self.used(&used.place, &used.by);
            }
        }
    }

    fn locate(&self, place: &Range<usize>) -> (String, Range<usize>, Vec<Related>) {
        match self.uses.iter().rev().find(|used| used.start <= place.start) {
            Some(used) => {
                let span = place.start - used.start..place.end - used.start;
                (super::path(&used.name), span, self.used(&used.place, &used.by))
            }
            None => (self.file.clone(), place.clone(), Vec::new()),
        }
    }

    /// Where a fragment is used, and if that is in a fragment, where that is used, and so on.
    pub(super) fn used(&self, place: &Range<usize>, by: &str) -> Vec<Related> {
        // A use lies before the text that it brings in: this ends.
        let (file, span, further) = self.locate(place);
        let here = Related { file, span, message: format!("used by {by}") };
        std::iter::once(here).chain(further).collect()
    }
}

impl Use {
    /// Whether a file belongs to the fragment: its own, or a text beside it.
    fn owns(&self, file: &str) -> bool {
        let within = file.strip_prefix(super::FOLDER).and_then(|rest| rest.strip_prefix('/'));
        let rest = within.and_then(|within| within.strip_prefix(&self.name));
        rest.is_some_and(|rest| rest.starts_with('/') || rest == ".yaml")
    }
}

/// Copies a fragment's piece into the space: places are moved, and `fill` gives what stands in for a
/// scalar.
pub(super) fn copy(node: &Node, start: usize, fill: &mut impl FnMut(&Node) -> Option<Node>) -> Node {
    if let Some(filled) = fill(node) {
        return filled;
    }
    let kind = match &node.kind {
        Kind::List(items) => Kind::List(items.iter().map(|item| copy(item, start, fill)).collect()),
        Kind::Map(entries) => {
            Kind::Map(entries.iter().map(|(key, value)| (copy(key, start, fill), copy(value, start, fill))).collect())
        }
        scalar => scalar.clone(),
    };
    Node { kind, span: node.span.start + start..node.span.end + start }
}
