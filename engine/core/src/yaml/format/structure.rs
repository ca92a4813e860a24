//! How the lines of a file hang together: which mapping or list each piece belongs to, seen from the columns.

use std::collections::BTreeMap;

use super::pieces::{Kind, Piece};

/// A mapping or a list in block form.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// The column of its keys or dashes.
    old: usize,
    /// The column that they get.
    new: usize,
    is_list: bool,
    parent: Option<usize>,
}

/// What is known of each piece.
#[derive(Default)]
pub(super) struct Structure {
    levels: Vec<Level>,
    /// The level in which a piece stands.
    level: Vec<Option<usize>>,
    /// Whether it begins an entry of its level: a key or a dash.
    is_entry: Vec<bool>,
    /// Whether it begins a line.
    pub(super) is_first: Vec<bool>,
    /// How many values of a block mapping stand in a column, on the line of their key.
    values: BTreeMap<(usize, usize), usize>,
}

/// The column of a byte, counted in characters from 0.
pub(super) fn column(source: &str, at: usize) -> usize {
    line_before(source, at).chars().count()
}

fn line_before(source: &str, at: usize) -> &str {
    source.get(..at).unwrap_or_default().rsplit('\n').next().unwrap_or_default()
}

impl Structure {
    pub(super) fn of(source: &str, pieces: &[Piece]) -> Self {
        let mut structure = Self::default();
        let mut open: Vec<usize> = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let is_first = line_before(source, piece.span.start).trim().is_empty();
            let starts = piece.is_key || matches!(piece.kind, Kind::Dash | Kind::Question);
            let is_entry = piece.depth == 0 && (starts || (is_first && piece.kind == Kind::Colon));
            if piece.depth == 0 && (is_first || is_entry) && !matches!(piece.kind, Kind::Comment | Kind::Body) {
                let is_list = is_entry.then_some(piece.kind == Kind::Dash);
                structure.enter(&mut open, column(source, piece.span.start), is_list);
            }
            structure.level.push(open.last().copied());
            structure.is_entry.push(is_entry);
            structure.is_first.push(is_first);
            if let Some(level) = structure.value_of(pieces, at) {
                *structure.values.entry((level, column(source, piece.span.start))).or_default() += 1;
            }
        }
        structure
    }

    /// Leaves the levels that end before this column; an entry (of a list or not) begins its own if it must.
    fn enter(&mut self, open: &mut Vec<usize>, column: usize, is_list: Option<bool>) {
        while let Some(top) = open.last().map(|top| self.levels[*top]) {
            // A list may stand below its key without being indented.
            let same_column = is_list.is_some_and(|is_list| is_list || !top.is_list);
            if top.old < column || (top.old == column && same_column) {
                break;
            }
            open.pop();
        }
        let Some(is_list) = is_list else { return };
        let parent = open.last().copied();
        let is_same = |level: &Level| level.old == column && level.is_list == is_list;
        if !parent.is_some_and(|top| is_same(&self.levels[top])) {
            let new = parent.map_or(0, |parent| self.levels[parent].new + 2);
            open.push(self.levels.len());
            self.levels.push(Level { old: column, new, is_list, parent });
        }
    }

    /// The level of a value that stands on the line of its key in a block mapping.
    fn value_of(&self, pieces: &[Piece], at: usize) -> Option<usize> {
        let key = at.checked_sub(1)?;
        let is_value = pieces[key].kind == Kind::Colon && pieces[key].depth == 0 && pieces[at].kind != Kind::Comment;
        self.level[key].filter(|_| is_value && !self.is_first[at])
    }

    /// How far a piece that begins a line in block form is indented.
    pub(super) fn indent(&self, at: usize) -> usize {
        self.level[at].map_or(0, |level| self.levels[level].new + if self.is_entry[at] { 0 } else { 2 })
    }

    /// The new column of the level with this old one among those that a piece stands in.
    pub(super) fn level_at(&self, at: usize, old: usize) -> Option<usize> {
        let mut next = self.level[at];
        while let Some(level) = next.map(|level| self.levels[level]) {
            if level.old == old {
                return Some(level.new);
            }
            next = level.parent;
        }
        None
    }

    /// The old and the new indentation of a text whose header says how far it is indented.
    pub(super) fn body_indent(&self, source: &str, pieces: &[Piece], at: usize) -> Option<(usize, usize)> {
        let header = pieces.get(..at)?.iter().rev().find(|piece| piece.kind == Kind::Header)?;
        let said = source.get(header.span.clone())?.chars().find_map(|sign| sign.to_digit(10))?;
        let (old, new) = self.level[at].map_or((0, 0), |level| (self.levels[level].old, self.levels[level].new));
        let said = usize::try_from(said).ok()?;
        Some((old + said, new + said))
    }

    /// The spaces between a colon and its value: as many as bring it into the column in which another value of the
    /// same mapping stands, else one.
    pub(super) fn spaces_to_value(&self, source: &str, pieces: &[Piece], at: usize) -> usize {
        let own = column(source, pieces[at].span.start);
        let in_column = self.value_of(pieces, at).and_then(|level| self.values.get(&(level, own)));
        if in_column.is_none_or(|count| *count < 2) {
            return 1;
        }
        // Spaces before the colon go, and the value stays where it is.
        let key_end = at.checked_sub(2).map_or(0, |key| column(source, pieces[key].span.end));
        own.saturating_sub(key_end + 1).max(1)
    }
}
