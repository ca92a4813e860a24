//! Formats a YAML file: the spaces between its words, and nothing else.
//!
//! Words, comments, their order, quotes, line breaks and blank lines stay. What changes is how far lines are indented (by two), and
//! the spaces within a line; values and comments that stand in a column keep it. Formatting never changes what a
//! file says: [`format()`] compares, and rather leaves a file alone.

mod pieces;
mod structure;
#[cfg(test)]
mod tests;

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{self, Node};
use pieces::{Kind, Piece, pieces};
use structure::{Structure, column};

/// A file in the house's form; the same text if it is so already.
///
/// # Errors
/// The file cannot be read, or what it says would not be the same afterwards.
pub fn format(file: &str, source: &str) -> Result<String, Box<Diagnostic>> {
    let before = yaml::parse(file, source)?;
    let unix = source.replace("\r\n", "\n");
    let formatted = pieces(&unix).map(|pieces| Writer::new(&unix, &pieces).write());
    let is_same = |text: &String| yaml::parse(file, text).is_ok_and(|after| before.says_the_same(&after));
    formatted.filter(is_same).filter(|text| has_same_comments(&unix, text)).ok_or_else(|| {
        let message = "this file cannot be formatted without changing what it says; it is left alone";
        Box::new(Diagnostic::error(Code::Syntax, file, 0..0, message))
    })
}

fn has_same_comments(before: &str, after: &str) -> bool {
    let comments = |text: &str| {
        let pieces = pieces(text)?.into_iter().filter(|piece| piece.kind == Kind::Comment);
        Some(pieces.map(|piece| text[piece.span].trim_end().to_owned()).collect::<Vec<_>>())
    };
    comments(before) == comments(after)
}

impl Node {
    /// Whether two trees are equal, wherever their parts stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        use yaml::Kind::{Bool, Float, Int, List, Map, Null, Text};
        match (&self.kind, &other.kind) {
            (Null, Null) => true,
            (Bool(a), Bool(b)) => a == b,
            (Int(a), Int(b)) => a == b,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Text(a), Text(b)) => a == b,
            (List(a), List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b)),
            (Map(a), Map(b)) => {
                let same = |((k, v), (l, w)): (&(Self, Self), &(Self, Self))| k.says_the_same(l) && v.says_the_same(w);
                a.len() == b.len() && a.iter().zip(b).all(same)
            }
            _ => false,
        }
    }
}

/// Puts the pieces behind one another with the right spaces.
struct Writer<'s> {
    source: &'s str,
    pieces: &'s [Piece],
    structure: Structure,
    out: String,
    /// By how much the present line of the structure moved to the right; lines within a value move with it.
    moved: isize,
    /// Where the last comment stood, and where it stands now.
    comment: (usize, usize),
}

impl<'s> Writer<'s> {
    fn new(source: &'s str, pieces: &'s [Piece]) -> Self {
        let structure = Structure::of(source, pieces);
        Self { source, pieces, structure, out: String::new(), moved: 0, comment: (0, 0) }
    }

    fn write(mut self) -> String {
        for at in 0..self.pieces.len() {
            if self.structure.is_first[at] {
                self.new_line(at);
            } else {
                let spaces = self.spaces(at);
                self.out.push_str(&" ".repeat(spaces));
            }
            self.piece(at);
        }
        self.end()
    }

    /// Line breaks as they were, and the indentation of the piece that begins the line.
    fn new_line(&mut self, at: usize) {
        let piece = &self.pieces[at];
        let before = at.checked_sub(1).map_or(0, |before| self.pieces[before].span.end);
        let gap = self.source.get(before..piece.span.start).unwrap_or_default();
        if at > 0 {
            self.out.push_str(&"\n".repeat(gap.matches('\n').count()));
        }
        if piece.kind == Kind::Body {
            return;
        }
        let old = column(self.source, piece.span.start);
        let new = self.indent(at, old);
        if piece.depth == 0 && piece.kind != Kind::Comment {
            self.moved = signed(new) - signed(old);
        }
        self.out.push_str(&" ".repeat(new));
    }

    fn indent(&self, at: usize, old: usize) -> usize {
        let piece = &self.pieces[at];
        match piece.kind {
            _ if piece.depth > 0 => self.with_its_value(old),
            Kind::Comment => self.comment_indent(at, old),
            _ => self.structure.indent(at),
        }
    }

    /// Where a line within a value goes.
    fn with_its_value(&self, old: usize) -> usize {
        usize::try_from(signed(old) + self.moved).unwrap_or(0)
    }

    /// A comment stays with what it was in line with: the comment above it, the lines below, the lines above.
    fn comment_indent(&self, at: usize, old: usize) -> usize {
        let is_below = at.checked_sub(1).is_some_and(|before| self.pieces[before].kind == Kind::Comment);
        if is_below && self.comment.0 == old {
            return self.comment.1;
        }
        let below = (at + 1..self.pieces.len()).find(|next| self.pieces[*next].kind != Kind::Comment);
        let below = below.map(|next| (column(self.source, self.pieces[next].span.start), self.structure.indent(next)));
        if let Some((_, new)) = below.filter(|(column, _)| *column == old) {
            return new;
        }
        let above = (0..at).rev().find(|before| self.pieces[*before].kind != Kind::Comment);
        let above = above.and_then(|before| self.structure.level_at(before, old));
        above.unwrap_or_else(|| {
            let moved = below.map_or(0, |(column, new)| signed(new) - signed(column));
            usize::try_from(signed(old) + moved).unwrap_or(0)
        })
    }

    /// How many spaces stand before a piece that does not begin a line.
    fn spaces(&self, at: usize) -> usize {
        let (piece, before) = (&self.pieces[at], &self.pieces[at - 1]);
        let gap = piece.span.start - before.span.end;
        match (before.kind, piece.kind) {
            (_, Kind::Comment) => {
                let line = self.out.rsplit('\n').next().unwrap_or_default().chars().count();
                let kept = column(self.source, piece.span.start).saturating_sub(line);
                if kept > 0 { kept } else { gap.clamp(1, 2) }
            }
            (Kind::Alias | Kind::Open | Kind::Comma, Kind::Colon) => gap.min(1),
            (Kind::Open, _) | (_, Kind::Close | Kind::Comma | Kind::Colon) => 0,
            (Kind::Colon, _) => self.structure.spaces_to_value(self.source, self.pieces, at),
            (Kind::Dash | Kind::Question | Kind::Comma | Kind::Property, _) => 1,
            _ => gap.min(1),
        }
    }

    fn piece(&mut self, at: usize) {
        let piece = &self.pieces[at];
        let text = self.source.get(piece.span.clone()).unwrap_or_default();
        match piece.kind {
            Kind::Body => self.body(at, text),
            Kind::Comment => {
                let line = self.out.rsplit('\n').next().unwrap_or_default();
                self.comment = (column(self.source, piece.span.start), line.chars().count());
                self.out.push_str(text.trim_end());
            }
            _ => {
                let is_quoted = text.starts_with(['"', '\'']);
                for (number, line) in text.split('\n').enumerate() {
                    self.continuation(number, line, is_quoted);
                }
            }
        }
    }

    /// A line of a value; those after the first move with it.
    fn continuation(&mut self, number: usize, line: &str, is_quoted: bool) {
        if number == 0 {
            return self.out.push_str(line);
        }
        let content = line.trim_start_matches([' ', '\t']);
        self.out.push('\n');
        if !content.is_empty() {
            let old = line.chars().count() - content.chars().count();
            self.out.push_str(&" ".repeat(self.with_its_value(old).max(1)));
        }
        self.out.push_str(if is_quoted { content } else { content.trim_end() });
    }

    /// The lines of a text behind `|` or `>`, where every space beyond the indentation counts.
    fn body(&mut self, at: usize, text: &str) {
        let used = |line: &&str| !line.trim_start_matches(' ').is_empty();
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let (old, new) = match self.structure.body_indent(self.source, self.pieces, at) {
            Some(fixed) => fixed,
            None => (text.split('\n').filter(used).map(indent).min().unwrap_or(0), self.structure.indent(at)),
        };
        let lines = text.split('\n').map(|line| match line.get(old..) {
            Some(rest) if !rest.is_empty() && indent(line) >= old => format!("{}{rest}", " ".repeat(new)),
            _ => line.trim_start_matches(' ').to_owned(),
        });
        let lines: Vec<String> = lines.collect();
        self.out.push_str(&lines.join("\n"));
    }

    /// One line break at the end; behind a text of `|` those that were there, because they may count.
    fn end(mut self) -> String {
        let Some(last) = self.pieces.last() else { return self.out };
        let rest = self.source.get(last.span.end..).unwrap_or_default();
        let breaks = if last.kind == Kind::Body { rest.matches('\n').count() } else { 1 };
        self.out.push_str(&"\n".repeat(breaks));
        self.out
    }
}

fn signed(column: usize) -> isize {
    isize::try_from(column).unwrap_or(isize::MAX)
}
