//! Finds a part of a scalar's text in the file, so that a finding points at the word that is wrong.

use std::ops::Range;

/// The bytes of the source at which `part` of a scalar's `text` stands; `span` is the scalar's own
/// place. Where escapes or folded lines make that uncertain, the whole scalar.
pub fn part_of(source: &str, span: &Range<usize>, text: &str, part: Range<usize>) -> Range<usize> {
    exact(source, span, text, &part).unwrap_or_else(|| span.clone())
}

fn exact(source: &str, span: &Range<usize>, text: &str, part: &Range<usize>) -> Option<Range<usize>> {
    text.get(part.clone())?;
    let written = source.get(span.clone())?;
    let shift = |by: usize| span.start + by + part.start..span.start + by + part.end;
    if written == text {
        return Some(shift(0));
    }
    match written.strip_prefix('"') {
        Some(rest) if rest.strip_suffix('"') == Some(text) => Some(shift(1)),
        Some(_) => None,
        None => single_quoted(written, text, part).map(|part| span.start + part.start..span.start + part.end),
    }
}

/// In single quotes `''` stands for one quote.
fn single_quoted(written: &str, text: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let inner = written.strip_prefix('\'')?.strip_suffix('\'')?;
    if inner.replace("''", "'") != text {
        return None;
    }
    let at = |offset: usize| Some(1 + offset + text.get(..offset)?.matches('\'').count());
    Some(at(part.start)?..at(part.end)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Kind};

    /// The source text that `word` is found at, when it is looked for in the value of `a`.
    fn found(source: &str, word: &str) -> String {
        let Kind::Map(entries) = yaml::parse("t.yaml", source).unwrap().kind else { panic!("a mapping") };
        let value = &entries[0].1;
        let Kind::Text(text) = &value.kind else { panic!("text") };
        let at = text.find(word).unwrap();
        source[part_of(source, &value.span, text, at..at + word.len())].to_owned()
    }

    #[test]
    fn a_word_is_found_in_plain_and_quoted_scalars_and_else_the_whole_scalar() {
        for (source, seen) in [
            ("a: x == null\n", "null"),
            ("a: 'x == null'\n", "null"),
            ("a: 'y != ''ع'' && x == null'\n", "null"),
            ("a: \"x == null\"\n", "null"),
            ("a: \"y != \\\"ع\\\" && x == null\"\n", "\"y != \\\"ع\\\" && x == null\""),
        ] {
            assert_eq!(found(source, "null"), seen, "{source}");
        }
    }
}
