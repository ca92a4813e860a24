//! Markdown as HTML, as far as people write it here: headings, what is quoted, lists, tables, emphasis. Everything else
//! is shown as it is written.

use std::fmt::Write as _;

/// The HTML of a call script. The table of outcomes at its end is left out: its rows stand on the buttons.
pub(super) fn script(script: &str) -> String {
    html(&without_outcomes(script), 2)
}

/// The HTML of a text whose headings stand below one of `level`. Whatever stands in it is text: it cannot bring markup
/// of its own.
pub(super) fn html<'t>(lines: &[&'t str], level: usize) -> String {
    let mut out = String::new();
    let mut lines = lines.iter().copied().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let kind = Kind::of(line);
        let mut block = vec![kind.rest(line)];
        if kind.runs() {
            while let Some(next) = lines.next_if(|next: &&'t str| Kind::of(next) == kind) {
                block.push(kind.rest(next));
            }
        }
        kind.write(&block, level, &mut out);
    }
    out
}

/// The lines without the table and the heading above it, and without the title, which the page has already.
fn without_outcomes(script: &str) -> Vec<&str> {
    let mut kept: Vec<&str> = Vec::new();
    for line in script.lines().map(str::trim) {
        if line.starts_with('|') {
            while kept.last().is_some_and(|last| last.is_empty()) {
                kept.pop();
            }
            kept.pop_if(|last| last.starts_with('#'));
        } else if !line.starts_with("# ") {
            kept.push(line);
        }
    }
    kept
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    Heading(usize),
    Said,
    Numbered,
    Listed,
    Row,
    Plain,
}

impl Kind {
    fn of(line: &str) -> Self {
        let numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
        match line {
            "" => Self::Empty,
            line if line.starts_with('#') => Self::Heading(line.bytes().take_while(|byte| *byte == b'#').count()),
            line if line.starts_with('>') => Self::Said,
            line if line.starts_with("- ") => Self::Listed,
            line if line.starts_with('|') => Self::Row,
            _ if numbered => Self::Numbered,
            _ => Self::Plain,
        }
    }

    /// Whether lines of this kind that follow each other belong together.
    fn runs(self) -> bool {
        matches!(self, Self::Said | Self::Numbered | Self::Listed | Self::Row | Self::Plain)
    }

    /// The line without what marks its kind.
    fn rest(self, line: &str) -> &str {
        match self {
            Self::Heading(_) => line.trim_start_matches('#').trim(),
            // All of the signs: a quotation in a quotation is one, and a line of nothing else has an end.
            Self::Said => line.trim_start_matches(['>', ' ']).trim(),
            Self::Listed => line.trim_start_matches("- "),
            Self::Numbered => line.split_once(". ").map_or(line, |(_, rest)| rest),
            Self::Empty | Self::Row | Self::Plain => line,
        }
    }

    fn write(self, lines: &[&str], level: usize, out: &mut String) {
        let marked = || lines.iter().map(|line| marked(line)).collect::<Vec<_>>();
        match self {
            Self::Empty => {}
            Self::Heading(depth) => {
                let level = (depth + level).saturating_sub(1).clamp(2, 6);
                let _ = write!(out, "<h{level}>{}</h{level}>", marked().join(" "));
            }
            Self::Said => {
                let dir = direction(lines);
                let _ = write!(out, "<blockquote dir=\"{dir}\">{}</blockquote>", quoted(lines));
            }
            Self::Listed => out.extend(["<ul><li>", &marked().join("</li><li>"), "</li></ul>"]),
            Self::Numbered => out.extend(["<ol><li>", &marked().join("</li><li>"), "</li></ol>"]),
            Self::Row => out.push_str(&table(lines)),
            Self::Plain => out.extend(["<p>", &marked().join("<br>"), "</p>"]),
        }
    }
}

/// What stands in a quotation, whose headings are no headings of the page.
fn quoted(lines: &[&str]) -> String {
    let strong: Vec<String> = lines
        .iter()
        .map(|line| match Kind::of(line) {
            kind @ Kind::Heading(_) => format!("**{}**", kind.rest(line)),
            _ => (*line).to_owned(),
        })
        .collect();
    html(&strong.iter().map(String::as_str).collect::<Vec<_>>(), 2)
}

/// Rows with their heads; the line between them only says that there are heads.
fn table(rows: &[&str]) -> String {
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| marked(cell.trim())).collect::<Vec<_>>();
    let is_rule = |row: &&&str| row.bytes().all(|byte| b"|-: ".contains(&byte));
    let mut html = "<table>".to_owned();
    for (at, row) in rows.iter().filter(|row| !is_rule(row)).enumerate() {
        let (begin, between, end) = if at == 0 {
            ("<th scope=\"col\">", "</th><th scope=\"col\">", "</th>")
        } else {
            ("<td>", "</td><td>", "</td>")
        };
        let _ = write!(html, "<tr>{begin}{}{end}</tr>", cells(row).join(between));
    }
    html + "</table>"
}

/// In which direction lines are read: what stands in braces is for the machine, and says nothing about it.
pub(super) fn direction(lines: &[&str]) -> &'static str {
    let arabic = |line: &&str| {
        let mut depth = 0_u32;
        line.chars().any(|letter| {
            match letter {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && ('\u{620}'..='\u{6ff}').contains(&letter)
        })
    };
    if lines.iter().any(arabic) { "rtl" } else { "ltr" }
}

/// A line with its emphasis, `**strong**` and `` `code` ``, and numbers that keep their order in either direction.
pub(super) fn marked(line: &str) -> String {
    let mut out = String::new();
    for (strong, part) in line.split("**").enumerate().map(|(at, part)| (at % 2 == 1, part)) {
        let coded = |(at, part): (usize, &str)| {
            let part = with_numbers(part);
            if at % 2 == 1 { format!("<code>{part}</code>") } else { part }
        };
        let part: String = part.split('`').enumerate().map(coded).collect();
        let (begin, end) = if strong { ("<strong>", "</strong>") } else { ("", "") };
        out.extend([begin, &part, end]);
    }
    out
}

/// Text in which numbers of several groups, such as `17 000 000`, are read from left to right: within Arabic their
/// groups would change places.
fn with_numbers(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+') {
        let (before, number) = rest.split_at(start);
        out.push_str(&escaped(before));
        let end = number.find(|c: char| !(c.is_ascii_digit() || "+ -:.,".contains(c))).unwrap_or(number.len());
        let length = number[..end].trim_end_matches([' ', '-', ':', '.', ',']).len().max(1);
        let (number, after) = number.split_at(length);
        let groups = number.split([' ', '-']).filter(|group| !group.is_empty()).count();
        let (begin, end) = if groups > 1 { ("<bdi dir=\"ltr\">", "</bdi>") } else { ("", "") };
        out.extend([begin, &escaped(number), end]);
        rest = after;
    }
    out + &escaped(rest)
}

/// Text within HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_becomes_what_agents_read_without_the_table_of_outcomes() {
        let script = "# First call\n\nReference 2AB\n\n## Opening\n\n> Hello,\n> is this <Ali>?\n\n**Say nothing** before `yes`.\n\n1. One\n2. Two\n\n## What you hear\n\n| You heard | Outcome |\n|---|---|\n| We agree | `agreed` |\n";
        assert_eq!(
            super::script(script),
            "<p>Reference 2AB</p><h3>Opening</h3><blockquote dir=\"ltr\"><p>Hello,<br>is this &lt;Ali&gt;?</p></blockquote>\
             <p><strong>Say nothing</strong> before <code>yes</code>.</p><ol><li>One</li><li>Two</li></ol>"
        );
    }

    #[test]
    fn a_line_of_nothing_but_signs_has_an_end() {
        let line = ">".repeat(200_000);
        for text in [line.clone(), format!("{line} hello"), "> > hello".to_owned(), "#".repeat(200_000)] {
            assert!(html(&[&text], 3).len() < 400, "{text:.9}");
        }
    }

    #[test]
    fn numbers_of_several_groups_keep_their_order() {
        for (text, html) in [
            ("اتصلوا بالرقم 17 000 000.", "اتصلوا بالرقم <bdi dir=\"ltr\">17 000 000</bdi>."),
            ("من +973 3600 1234", "من <bdi dir=\"ltr\">+973 3600 1234</bdi>"),
            ("2 of 3, by 10:30", "2 of 3, by 10:30"),
            ("+", "+"),
        ] {
            assert_eq!(marked(text), html);
        }
    }

    #[test]
    fn a_script_brings_no_markup_of_its_own() {
        let html = super::script("- <script>alert(1)</script>\n\n<img src=x onerror=y> \"q\" & **<b>**");
        assert_eq!(
            html,
            "<ul><li>&lt;script&gt;alert(1)&lt;/script&gt;</li></ul><p>&lt;img src=x onerror=y&gt; &quot;q&quot; &amp; \
             <strong>&lt;b&gt;</strong></p>"
        );
    }

    #[test]
    fn what_is_quoted_has_its_own_direction_and_shape() {
        let text = "## What we say\n\n> # بحث\n>\n> | ما وجدت | `found` |\n> |---|---|\n> | لا شيء | {{ name }} |\n";
        assert_eq!(
            html(&text.lines().collect::<Vec<_>>(), 1),
            "<h2>What we say</h2><blockquote dir=\"rtl\"><p><strong>بحث</strong></p><table><tr><th scope=\"col\">ما وجدت</th>\
             <th scope=\"col\"><code>found</code></th></tr><tr><td>لا شيء</td><td>{{ name }}</td></tr></table></blockquote>"
        );
        assert_eq!(direction(&["Hello {{ \"أسرة\" }}"]), "ltr");
    }
}
