//! The words of a file in their order, with all that is not spaces between them.
//!
//! They come from the scanner of the library that reads the files, so that both agree on what a word is.

use std::ops::Range;

use granit_parser::{ScalarStyle, Scanner, StrInput, TokenType};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dash,
    Question,
    Colon,
    Comma,
    Open,
    Close,
    /// A plain or quoted value, perhaps over several lines.
    Scalar,
    Alias,
    /// An anchor or a tag.
    Property,
    /// `|` or `>` with what belongs to it.
    Header,
    /// The lines below a header, whole.
    Body,
    Comment,
    /// `---` and the like.
    Marker,
}

/// A piece of a file.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    /// Its bytes.
    pub(super) span: Range<usize>,
    /// Whether a key begins here.
    pub(super) is_key: bool,
    /// In how many brackets it stands.
    pub(super) depth: usize,
}

/// The pieces of a file; nothing if they cannot be told apart.
pub(super) fn pieces(source: &str) -> Option<Vec<Piece>> {
    let mut cutter = Cutter { source, pieces: Vec::new(), comments: Vec::new(), depth: 0, is_key: false };
    for token in Scanner::new(StrInput::new(source)) {
        let token = token.ok()?;
        let span = token.span().start.byte_offset()?..token.span().end.byte_offset()?;
        cutter.token(token.token_type(), span)?;
    }
    let Cutter { mut pieces, comments, .. } = cutter;
    pieces.extend(comments);
    pieces.sort_by_key(|piece| piece.span.start);
    // Comments come when they are seen, which may be before the brackets that they stand in.
    let mut depth: usize = 0;
    for piece in &mut pieces {
        match piece.kind {
            Kind::Comment => piece.depth = depth,
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    pieces.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start).then_some(pieces)
}

struct Cutter<'s> {
    source: &'s str,
    pieces: Vec<Piece>,
    comments: Vec<Piece>,
    depth: usize,
    /// Whether the next piece begins a key.
    is_key: bool,
}

impl Cutter<'_> {
    fn token(&mut self, token: &TokenType<'_>, span: Range<usize>) -> Option<()> {
        match token {
            TokenType::Key => self.key(span.start),
            TokenType::BlockEntry => self.dash(span.start)?,
            TokenType::Value => self.add(Kind::Colon, span.start..span.start + 1),
            TokenType::FlowEntry => self.add(Kind::Comma, span),
            TokenType::FlowSequenceStart | TokenType::FlowMappingStart => {
                self.add(Kind::Open, span);
                self.depth += 1;
            }
            TokenType::FlowSequenceEnd | TokenType::FlowMappingEnd => {
                self.add(Kind::Close, span);
                self.depth = self.depth.saturating_sub(1);
            }
            TokenType::Scalar(ScalarStyle::Literal | ScalarStyle::Folded, _) => self.block(span)?,
            // An empty plain scalar has no letters.
            TokenType::Scalar(..) if span.is_empty() => {}
            TokenType::Scalar(..) => self.add(Kind::Scalar, span),
            TokenType::Alias(_) => self.add(Kind::Alias, span),
            TokenType::Anchor(_) | TokenType::Tag(..) => self.add(Kind::Property, span),
            TokenType::Comment(_) => {
                self.comments.push(Piece { kind: Kind::Comment, span, is_key: false, depth: 0 });
            }
            TokenType::DocumentStart | TokenType::DocumentEnd => self.add(Kind::Marker, span),
            // What has no letters of its own.
            TokenType::StreamStart
            | TokenType::StreamEnd
            | TokenType::BlockSequenceStart
            | TokenType::BlockMappingStart
            | TokenType::BlockEnd => {}
            // Directives: nobody needs them here.
            _ => return None,
        }
        Some(())
    }

    fn add(&mut self, kind: Kind, span: Range<usize>) {
        let is_key = std::mem::take(&mut self.is_key);
        self.pieces.push(Piece { kind, span, is_key, depth: self.depth });
    }

    /// A key begins, with its own `?` if it is a long one.
    fn key(&mut self, at: usize) {
        let long = self.source.get(at..).and_then(|rest| rest.strip_prefix('?'));
        if long.is_some_and(|rest| rest.starts_with([' ', '\n', '\t'])) {
            self.add(Kind::Question, at..at + 1);
        } else {
            self.is_key = true;
        }
    }

    /// The scanner tells where what follows a dash begins; the dash stands before it.
    fn dash(&mut self, before: usize) -> Option<()> {
        let mut text = self.source.get(..before)?.trim_end();
        while let Some(comment) = self.comments.iter().rev().find(|comment| comment.span.end == text.len()) {
            text = text.get(..comment.span.start)?.trim_end();
        }
        let start = text.strip_suffix('-')?.len();
        self.add(Kind::Dash, start..start + 1);
        Some(())
    }

    /// The scanner tells where the lines begin; the header stands before them, perhaps with a comment.
    fn block(&mut self, lines: Range<usize>) -> Option<()> {
        let from = self.pieces.last().map_or(0, |piece| piece.span.end);
        let rest = self.source.get(from..)?;
        let start =
            from + rest.find(['|', '>']).filter(|at| rest.get(..*at).is_some_and(|gap| gap.trim().is_empty()))?;
        let length = self.source.get(start..)?.find([' ', '\t', '\n']).unwrap_or(self.source.len() - start);
        self.add(Kind::Header, start..start + length);
        let end = self.source.get(..lines.end)?.trim_end_matches('\n').len();
        // From the beginning of its line, because the spaces there may count.
        let start = self.source.get(..lines.start)?.rfind('\n').map_or(0, |at| at + 1);
        if start < end && start >= self.pieces.last()?.span.end {
            self.add(Kind::Body, start..end);
        }
        Some(())
    }
}
