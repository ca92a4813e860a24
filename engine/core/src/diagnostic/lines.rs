//! Bytes into lines and columns, quickly for many places of one file.

/// A place as people and programs name it; everything counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters as editors count.
    pub column: usize,
    /// The column, in UTF-16 code units as many programs count.
    pub column_utf16: usize,
}

/// Bytes between two counts that are kept: what is counted anew for each place.
const STRIDE: usize = 1024;

/// Where the lines of a text begin, and how many characters stand before every [`STRIDE`]th byte, so that
/// thousands of findings in one long line stay cheap.
#[derive(Debug)]
pub struct Lines<'s> {
    source: &'s str,
    starts: Vec<usize>,
    counts: Vec<Count>,
}

/// Characters so far; and of these the ones that UTF-16 needs two units for.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    chars: usize,
    pairs: usize,
}

impl Count {
    fn over(self, bytes: &[u8]) -> Self {
        // Every character has one byte that is no continuation; those beyond the basic plane begin with F0 or more.
        let chars = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let pairs = bytes.iter().filter(|byte| **byte >= 0xF0).count();
        Self { chars: self.chars + chars, pairs: self.pairs + pairs }
    }
}

impl<'s> Lines<'s> {
    /// Counts a text once.
    pub fn of(source: &'s str) -> Self {
        let breaks = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        let mut counts = vec![Count::default()];
        for block in source.as_bytes().chunks(STRIDE) {
            counts.push(counts.last().copied().unwrap_or_default().over(block));
        }
        Self { source, starts, counts }
    }

    /// The place of a byte; the end of the text for a byte beyond it.
    pub fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.source.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let (here, begin) = (self.count(offset), self.count(start));
        let chars = here.chars - begin.chars;
        Place { line, column: chars + 1, column_utf16: chars + (here.pairs - begin.pairs) + 1 }
    }

    /// The line that holds a byte, without its break, and where it begins.
    pub fn line_at(&self, offset: usize) -> (usize, &'s str) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let end = self.starts.get(line).map_or(self.source.len(), |next| next - 1);
        let text = self.source.get(start..end).unwrap_or_default();
        (start, text.strip_suffix('\r').unwrap_or(text))
    }

    /// What stands before a byte.
    fn count(&self, offset: usize) -> Count {
        let block = offset / STRIDE;
        let bytes = self.source.as_bytes().get(block * STRIDE..offset).unwrap_or_default();
        self.counts.get(block).copied().unwrap_or_default().over(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_count_characters_and_for_programs_utf16_units() {
        let source = "title: {ar: وفاة, icon: 🕊, en: x}\r\nnext: y\n";
        let lines = Lines::of(source);
        let place = |word| lines.place(source.find(word).unwrap());
        assert_eq!(place("en:"), Place { line: 1, column: 28, column_utf16: 29 });
        assert_eq!(place("y\n"), Place { line: 2, column: 7, column_utf16: 7 });
        assert_eq!(lines.place(source.len() + 9), Place { line: 3, column: 1, column_utf16: 1 });
        assert_eq!(lines.line_at(source.find("وفاة").unwrap()).1, "title: {ar: وفاة, icon: 🕊, en: x}");
        assert_eq!(lines.line_at(source.len()), (source.len(), ""));
    }

    proptest! {
        #[test]
        fn places_are_those_that_counting_from_the_start_gives(piece in "[a\\nو🕊]{0,40}", at in 0_usize..4000) {
            let text = piece.repeat(40);
            let lines = Lines::of(&text);
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let before = &text[..at];
            let line = before.rsplit('\n').next().unwrap_or_default();
            let place = Place {
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                column_utf16: line.encode_utf16().count() + 1,
            };
            prop_assert_eq!(lines.place(at), place);
        }
    }
}
