//! Where a template's own signs are in its source: tags, expressions, comments, and the words between.
//!
//! The template engine parses; this file only finds places, so that findings can name a column, so
//! that unknown filters are found when the file is read rather than at night, and so that notes on
//! wording leave the machinery alone.

use std::ops::Range;

/// A stretch of template source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// Words that are sent as they stand.
    Text,
    /// `{{ … }}`
    Expression,
    /// `{% … %}`
    Tag,
    /// `{# … #}`
    Comment,
}

/// Cuts a source into its regions, in order and without gaps. What is not closed reaches to the end.
pub(super) fn regions(source: &str) -> Vec<(Region, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let opening = ["{{", "{%", "{#"].iter().filter_map(|sign| rest.find(sign)).min();
        let Some(text) = opening else {
            found.push((Region::Text, at..source.len()));
            break;
        };
        if text > 0 {
            found.push((Region::Text, at..at + text));
        }
        let start = at + text;
        let (region, end) = match source.as_bytes().get(start + 1) {
            Some(b'{') => (Region::Expression, closing(source, start, "}}")),
            Some(b'%') => (Region::Tag, closing(source, start, "%}")),
            _ => (Region::Comment, source[start..].find("#}").map_or(source.len(), |end| start + end + 2)),
        };
        found.push((region, start..end));
        at = end;
    }
    found
}

/// The end of an expression or tag: its closing sign outside quotes and brackets, as the engine sees it.
fn closing(source: &str, start: usize, sign: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    let mut open_brackets = 0_i32;
    for (at, byte) in source.bytes().enumerate().skip(start + 2) {
        if let Some(open) = quote {
            let ends = !escaped && byte == open;
            escaped = !escaped && byte == b'\\';
            quote = (!ends).then_some(open);
            continue;
        }
        if open_brackets == 0 && source.as_bytes()[at..].starts_with(sign.as_bytes()) {
            return at + sign.len();
        }
        match byte {
            b'"' | b'\'' => quote = Some(byte),
            b'(' | b'[' | b'{' => open_brackets += 1,
            b')' | b']' | b'}' => open_brackets -= 1,
            _ => {}
        }
    }
    source.len()
}

/// Where a source has more brackets, or more words and signs in one of them, than a message needs.
pub(super) fn first_excess(source: &str, brackets_max: usize, signs_max: usize) -> Option<usize> {
    let machinery = |region: &Region| matches!(region, Region::Expression | Region::Tag);
    let mut brackets = regions(source).into_iter().filter(|(region, _)| machinery(region)).enumerate();
    let excess =
        |count: usize, range: &Range<usize>| count >= brackets_max || tokens(&source[range.clone()]).len() > signs_max;
    brackets.find_map(|(count, (_, range))| excess(count, &range).then_some(range.start))
}

/// A word that the source uses, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use<'a> {
    pub(super) kind: UseKind,
    pub(super) name: &'a str,
    /// Byte offset of the name in the source.
    pub(super) at: usize,
}

/// What a used word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UseKind {
    /// The first word of `{% … %}`.
    Tag,
    /// A word after `|`.
    Filter,
    /// A word after `is` or `is not`.
    Test,
}

/// Every tag, filter and test that a source names.
pub(super) fn uses(source: &str) -> Vec<Use<'_>> {
    let mut found = Vec::new();
    for (region, range) in regions(source) {
        if !matches!(region, Region::Expression | Region::Tag) {
            continue;
        }
        let mut before = if region == Region::Tag { Before::Tag } else { Before::Other };
        for (token, at) in tokens(&source[range.clone()]) {
            let used = |kind| Use { kind, name: token, at: range.start + at };
            let word = is_word(token);
            match before {
                Before::Tag if word => found.push(used(UseKind::Tag)),
                Before::Pipe if word => found.push(used(UseKind::Filter)),
                Before::Is if token == "not" => continue,
                Before::Is if word => found.push(used(UseKind::Test)),
                _ => {}
            }
            before = match token {
                "|" => Before::Pipe,
                "is" if before != Before::Dot => Before::Is,
                "." => Before::Dot,
                _ => Before::Other,
            };
        }
    }
    found
}

/// Every word between the brackets of a source.
pub(super) fn words(source: &str) -> impl Iterator<Item = &str> {
    let machinery =
        regions(source).into_iter().filter(|(region, _)| matches!(region, Region::Expression | Region::Tag));
    machinery.flat_map(|(_, range)| tokens(&source[range])).map(|(token, _)| token).filter(|token| is_word(token))
}

fn is_word(token: &str) -> bool {
    token.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Tag,
    Pipe,
    Is,
    Dot,
    Other,
}

/// Words and signs between the brackets of one region; quoted texts are one sign each.
fn tokens(region: &str) -> Vec<(&str, usize)> {
    let inside = region.get(2..).unwrap_or("");
    let inner = inside.strip_prefix(['-', '+']).unwrap_or(inside);
    let offset = region.len() - inner.len();
    let mut found = Vec::new();
    let mut signs = inner.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        if sign.is_whitespace() {
            continue;
        }
        if sign == '"' || sign == '\'' {
            while let Some((_, next)) = signs.next()
                && next != sign
            {
                if next == '\\' {
                    signs.next();
                }
            }
            found.push(("\"", offset + at));
            continue;
        }
        let mut end = at + sign.len_utf8();
        if sign.is_alphanumeric() || sign == '_' {
            while let Some((_, next)) = signs.next_if(|(_, next)| next.is_alphanumeric() || *next == '_') {
                end += next.len_utf8();
            }
        }
        found.push((&inner[at..end], offset + at));
    }
    found
}

/// Lets a line that holds nothing but tags or comments leave no empty line in the text, as an author
/// expects of `{% for … %}` on a line of its own. Line numbers stay as they are: the line break moves
/// into the last tag, where it means nothing.
pub(super) fn without_tag_lines(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let words = line.trim();
        let machinery = regions(words).iter().all(|(region, range)| {
            *region == Region::Tag || *region == Region::Comment || words[range.clone()].trim().is_empty()
        });
        let closed = words.ends_with("%}") || words.ends_with("#}");
        if words.is_empty() || !machinery || !closed || !line.ends_with('\n') {
            out.push_str(line);
            continue;
        }
        let body = &words[..words.len() - 2];
        let trim = if body.ends_with('-') { "-" } else { "" };
        out.push_str(&body[..body.len() - trim.len()]);
        out.push('\n');
        out.push_str(trim);
        out.push_str(&words[words.len() - 2..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_source_is_cut_at_its_brackets_and_not_in_quotes() {
        let source = r#"a {{ b | d("}}") }}{% if {1:{}} %}ن{# }} #} {{ open"#;
        let cut: Vec<_> = regions(source).into_iter().map(|(region, range)| (region, &source[range])).collect();
        assert_eq!(
            cut,
            [
                (Region::Text, "a "),
                (Region::Expression, r#"{{ b | d("}}") }}"#),
                (Region::Tag, "{% if {1:{}} %}"),
                (Region::Text, "ن"),
                (Region::Comment, "{# }} #}"),
                (Region::Text, " "),
                (Region::Expression, "{{ open"),
            ]
        );
    }

    #[test]
    fn tags_filters_and_tests_are_found_with_their_places() {
        let source = r#"{%- if a.is is not defined %}{{ b|upper | d("x | y is z") }}{% endif %}"#;
        let found: Vec<_> = uses(source).into_iter().map(|used| (used.kind, used.name)).collect();
        assert_eq!(
            found,
            [
                (UseKind::Tag, "if"),
                (UseKind::Test, "defined"),
                (UseKind::Filter, "upper"),
                (UseKind::Filter, "d"),
                (UseKind::Tag, "endif"),
            ]
        );
        assert!(uses(source).iter().all(|used| source[used.at..].starts_with(used.name)));
    }

    #[test]
    fn a_line_of_tags_alone_leaves_no_line_and_keeps_the_numbering() {
        let source = "a\n  {% for x in y %}{# each #}\n- {{ x }}\n{% endfor -%}\nb {% if c %}\nd{% endif %}";
        let shaped = without_tag_lines(source);
        assert_eq!(shaped, "a\n{% for x in y %}{# each \n#}- {{ x }}\n{% endfor \n-%}b {% if c %}\nd{% endif %}");
        assert_eq!(shaped.lines().count(), source.lines().count());
    }

    proptest! {
        #[test]
        fn regions_cover_any_source_without_gaps(source in "([{}%#'\"\\\\|\n -]|is|ن|\\PC){0,60}") {
            let mut at = 0;
            for (_, range) in regions(&source) {
                prop_assert_eq!(range.start, at);
                prop_assert!(range.end > at);
                at = range.end;
            }
            prop_assert_eq!(at, source.len());
            prop_assert!(uses(&source).iter().all(|used| source[used.at..].starts_with(used.name)));
            let breaks = |text: &str| text.matches('\n').count();
            prop_assert_eq!(breaks(&without_tag_lines(&source)), breaks(&source));
        }
    }
}
