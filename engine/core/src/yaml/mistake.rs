//! What a slip of YAML was, and what to do about it: the library says where reading had to stop, in the words of its
//! grammar; the slip itself often stands before that.

use std::ops::Range;

/// A slip, in the words of whoever edits the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
}

/// Colons and quotation marks that look right and are none of YAML's.
const LOOKALIKES: [(char, char); 7] =
    [('：', ':'), ('﹕', ':'), ('“', '"'), ('”', '"'), ('„', '"'), ('‘', '\''), ('’', '\'')];

const QUOTED: &str = "put the whole text between quotation marks: `title: \"one: two\"`";
const PAIR: &str = "write a key, a colon and a space before the value: `calendar: bahrain-government`";

/// What the library's words mean at this place.
pub(super) fn of(words: &str, at: usize, source: &str) -> Mistake {
    let said = |span, message: &str, help: &str| Mistake { span, message: message.to_owned(), help: help.to_owned() };
    let here = at..at;
    if words.starts_with("tabs disallowed") {
        let line = line_of(source, at);
        let tab = source.get(line.clone()).and_then(|text| text.find('\t')).map_or(at, |tab| line.start + tab);
        return said(tab..tab + 1, "a tab stands where only spaces may", "indent with spaces, two for each level");
    }
    if words.starts_with("invalid trailing content after") {
        return after_quotation(at, source);
    }
    if words == "unclosed quote" {
        let mark = usize::from(source.get(at..).is_some_and(|rest| rest.starts_with(['"', '\''])));
        return said(at..at + mark, "this quotation mark is never closed", "close it at the end of the text");
    }
    if words.contains("bracket") || words.starts_with("while parsing a flow") || words.starts_with("illegal placement")
    {
        return brackets(words, at, source);
    }
    if words == "mapping values are not allowed in this context" || words == "simple key expected ':'" {
        return colon(words, at, source);
    }
    if words.starts_with("while parsing a block") {
        let message = "this line begins in another column than those with which it belongs";
        let help =
            "keys of one mapping begin in the same column, and so do the dashes of one list: compare the lines above";
        return said(content(source, at), message, help);
    }
    if words.starts_with("unexpected character") {
        let sign = source.get(at..).and_then(|rest| rest.chars().next());
        let span = at..at + sign.map_or(0, char::len_utf8);
        return match sign {
            Some(sign) if sign.is_ascii_punctuation() => said(span, "a text cannot begin with this sign", QUOTED),
            _ => said(span, words, "take away what stands here and cannot be seen"),
        };
    }
    if words.contains("unknown escape") {
        let help = "write a backslash twice, or use single quotation marks, in which it is a sign like any other";
        return said(here, "a backslash in double quotation marks changes what follows it", help);
    }
    if words.starts_with("alias references unknown anchor") {
        let help = "write the anchor `&name` above it; a text that begins with `*` stands between quotation marks";
        return said(here, "no anchor of this name stands above", help);
    }
    said(here, words, "`wasl check --explain W001` shows an example and how to mend it")
}

/// The line of a place, without its end.
fn line_of(source: &str, at: usize) -> Range<usize> {
    let at = at.min(source.len());
    let start = source.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let end = source.get(at..).and_then(|rest| rest.find('\n')).map_or(source.len(), |end| at + end);
    start..end
}

/// What stands in the line of a place, without the space around it.
fn content(source: &str, at: usize) -> Range<usize> {
    let line = line_of(source, at);
    let text = source.get(line.clone()).unwrap_or_default();
    let start = line.start + (text.len() - text.trim_start().len());
    start..(start + text.trim().len())
}

/// A number of a line, as people count.
fn number(source: &str, at: usize) -> usize {
    source.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// Something follows a closed quotation: mostly one that began lines above was not closed, and this one closes it.
fn after_quotation(at: usize, source: &str) -> Mistake {
    let before = source.get(..at).unwrap_or_default();
    let closing = before.rfind(['"', '\'']);
    let sign = closing.and_then(|closing| before[closing..].chars().next());
    let opening = closing.zip(sign).and_then(|(closing, sign)| before[..closing].rfind(sign));
    match (opening, closing) {
        (Some(opening), Some(closing)) if number(source, opening) < number(source, closing) => Mistake {
            span: opening..opening + 1,
            message: format!("this quotation mark is closed by the next one only, on line {}", number(source, closing)),
            help: "close it at the end of its text".into(),
        },
        _ => Mistake {
            span: at..at,
            message: "something follows after the quotation mark that closes the text".into(),
            help: "put all of the text between the quotation marks; one within it is written `\\\"`, or `''` between single \
                   ones"
                .into(),
        },
    }
}

/// A bracket that is not closed, or that closes nothing.
fn brackets(words: &str, at: usize, source: &str) -> Mistake {
    let open = unclosed(source.get(..at).unwrap_or_default());
    let at_bracket = source.get(at..).and_then(|rest| rest.chars().next()).filter(|sign| "[{]}".contains(*sign));
    let (place, sign) = match (open, at_bracket) {
        (None, Some(sign @ (']' | '}'))) => {
            return Mistake {
                span: at..at + 1,
                message: format!("this `{sign}` closes nothing"),
                help: "take it away, or put a text that holds one between quotation marks".into(),
            };
        }
        // The library points at the bracket that opens.
        (_, Some(sign @ ('[' | '{'))) => (at, sign),
        (Some(open), _) => open,
        (None, _) => return Mistake { span: at..at, message: words.to_owned(), help: QUOTED.into() },
    };
    let closes = if sign == '[' { ']' } else { '}' };
    Mistake {
        span: place..place + 1,
        message: format!("this `{sign}` is not closed, or a comma is missing after it"),
        help: format!("separate what stands in it by commas, and close it with `{closes}`"),
    }
}

/// The innermost bracket that a text leaves open; those in quotations and comments are none.
fn unclosed(text: &str) -> Option<(usize, char)> {
    let (mut open, mut quoted, mut comment, mut before) = (Vec::new(), None, false, ' ');
    for (at, sign) in text.char_indices() {
        match (sign, quoted) {
            ('\n', _) => comment = false,
            _ if comment => {}
            (sign, Some(quote)) => quoted = Some(quote).filter(|quote| *quote != sign),
            ('"' | '\'', None) if !before.is_alphanumeric() => quoted = Some(sign),
            ('#', None) if before.is_whitespace() => comment = true,
            ('[' | '{', None) if !before.is_alphanumeric() => open.push((at, sign)),
            (']' | '}', None) => _ = open.pop(),
            _ => {}
        }
        before = sign;
    }
    open.pop()
}

/// A colon too many, or one that is missing.
fn colon(words: &str, at: usize, source: &str) -> Mistake {
    let lookalike = |span: &Range<usize>| {
        let text = source.get(span.clone())?;
        let found = text.char_indices().find_map(|(at, sign)| {
            LOOKALIKES.iter().find(|(like, _)| *like == sign).map(|(like, right)| (span.start + at, *like, *right))
        });
        let (at, like, right) = found?;
        let (message, help) = (format!("`{like}` means nothing in YAML"), format!("write `{right}`"));
        Some(Mistake { span: at..at + like.len_utf8(), message, help })
    };
    let (here, line) = (content(source, at), line_of(source, at));
    let before_colon = source.get(line.start..at).unwrap_or_default();
    if words.starts_with("mapping") && before_colon.contains(": ") {
        let message = "a second colon stands in this line, and YAML takes it for one after a key";
        return lookalike(&here).unwrap_or(Mistake { span: at..at + 1, message: message.into(), help: QUOTED.into() });
    }
    // A line without a colon is taken for the beginning of a text, which goes on where the next colon comes.
    let above = source.get(..line.start.saturating_sub(1)).map(|before| content(source, before.len()));
    let span = match above {
        Some(above) if words.starts_with("mapping") && !above.is_empty() => above,
        _ => here,
    };
    let message = "this line is no `key: value`";
    lookalike(&span).unwrap_or(Mistake { span, message: message.into(), help: PAIR.into() })
}

#[cfg(test)]
mod tests {
    use crate::yaml::parse;

    /// Where the finding stands, on what, and what it says and advises.
    fn found(source: &str) -> String {
        let finding = parse("w.yaml", source).unwrap_err();
        let line = source[..finding.span.start].matches('\n').count() + 1;
        let marked = &source[finding.span.clone()];
        format!("{line} [{marked}] {} / {}", finding.message, finding.suggestion.unwrap())
    }

    #[test]
    fn a_slip_is_named_where_it_stands_with_what_to_do() {
        for (source, expected) in [
            ("a:\n\tb: 1\n", "2 [\t] a tab stands where only spaces may / indent with spaces, two for each level"),
            (
                "a: \"x\nb: \"1\"\n",
                "1 [\"] this quotation mark is closed by the next one only, on line 2 / close it at the end of its text",
            ),
            ("a: 'x\n", "1 ['] this quotation mark is never closed / close it at the end of the text"),
            (
                "a: [1, 2\ncase:\n  b: 2\n",
                "1 [[] this `[` is not closed, or a comma is missing after it / separate what stands in it by commas, and close it with `]`",
            ),
            (
                "a: {b: \"}\", c: 1 # }\nd: 2\n",
                "1 [{] this `{` is not closed, or a comma is missing after it / separate what stands in it by commas, and close it with `}`",
            ),
            (
                "a: ]\n",
                "1 []] this `]` closes nothing / take it away, or put a text that holds one between quotation marks",
            ),
            (
                "a: b: c\n",
                "1 [:] a second colon stands in this line, and YAML takes it for one after a key / put the whole text between quotation marks: `title: \"one: two\"`",
            ),
            (
                "a b\nc: 1\n",
                "1 [a b] this line is no `key: value` / write a key, a colon and a space before the value: `calendar: bahrain-government`",
            ),
            (
                "x: 1\na:1\nb: 2\n",
                "2 [a:1] this line is no `key: value` / write a key, a colon and a space before the value: `calendar: bahrain-government`",
            ),
            ("calendar： x\nb: 1\n", "1 [：] `：` means nothing in YAML / write `:`"),
            (
                "a:\n  b: 1\n c: 2\n",
                "3 [c: 2] this line begins in another column than those with which it belongs / keys of one mapping begin in the same column, and so do the dashes of one list: compare the lines above",
            ),
            (
                "a: @x\n",
                "1 [@] a text cannot begin with this sign / put the whole text between quotation marks: `title: \"one: two\"`",
            ),
        ] {
            assert_eq!(found(source), expected, "{source:?}");
        }
    }

    #[test]
    fn whatever_stands_in_a_file_no_slip_of_yaml_is_without_advice() {
        for source in
            ["a: *x\n", "a: \"\\q\"\n", "a: 'it's'\n", "a: >x\n b\n", "%YAML 3\na: 1\n", "a: 1\n- b\n", "a: [1 2}\n"]
        {
            assert!(!found(source).ends_with("/ "), "{source:?}");
        }
    }
}
