//! Call scripts as HTML: headings, what to read out, lists, emphasis. Everything else is shown as it is written.
//!
//! The table of outcomes at a script's end is left out: its rows stand on the buttons.

/// The HTML of a script. Whatever stands in it is text: a script cannot bring markup of its own.
pub(super) fn html(script: &str) -> String {
    let mut out = String::new();
    let mut lines = without_outcomes(script).into_iter().peekable();
    while let Some(line) = lines.next() {
        let kind = Kind::of(line);
        let mut block = vec![kind.rest(line)];
        if kind.runs() {
            while let Some(next) = lines.next_if(|next| Kind::of(next) == kind) {
                block.push(kind.rest(next));
            }
        }
        kind.write(&block, &mut out);
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
    Heading,
    Said,
    Numbered,
    Listed,
    Plain,
}

impl Kind {
    fn of(line: &str) -> Self {
        let numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
        match line {
            "" => Self::Empty,
            line if line.starts_with("##") => Self::Heading,
            line if line.starts_with('>') => Self::Said,
            line if line.starts_with("- ") => Self::Listed,
            _ if numbered => Self::Numbered,
            _ => Self::Plain,
        }
    }

    /// Whether lines of this kind that follow each other belong together.
    fn runs(self) -> bool {
        matches!(self, Self::Said | Self::Numbered | Self::Listed | Self::Plain)
    }

    /// The line without what marks its kind.
    fn rest(self, line: &str) -> &str {
        match self {
            Self::Heading => line.trim_start_matches('#').trim(),
            Self::Said => line.trim_start_matches('>').trim(),
            Self::Listed => line.trim_start_matches("- "),
            Self::Numbered => line.split_once(". ").map_or(line, |(_, rest)| rest),
            Self::Empty | Self::Plain => line,
        }
    }

    fn write(self, lines: &[&str], out: &mut String) {
        let marked: Vec<String> = lines.iter().map(|line| marked(line)).collect();
        match self {
            Self::Empty => {}
            Self::Heading => out.extend(["<h3>", &marked.join(" "), "</h3>"]),
            Self::Said => out.extend(["<blockquote>", &marked.join("<br>"), "</blockquote>"]),
            Self::Listed => out.extend(["<ul><li>", &marked.join("</li><li>"), "</li></ul>"]),
            Self::Numbered => out.extend(["<ol><li>", &marked.join("</li><li>"), "</li></ol>"]),
            Self::Plain => out.extend(["<p>", &marked.join("<br>"), "</p>"]),
        }
    }
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
            html(script),
            "<p>Reference 2AB</p><h3>Opening</h3><blockquote>Hello,<br>is this &lt;Ali&gt;?</blockquote>\
             <p><strong>Say nothing</strong> before <code>yes</code>.</p><ol><li>One</li><li>Two</li></ol>"
        );
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
        let html = html("- <script>alert(1)</script>\n\n<img src=x onerror=y> \"q\" & **<b>**");
        assert_eq!(
            html,
            "<ul><li>&lt;script&gt;alert(1)&lt;/script&gt;</li></ul><p>&lt;img src=x onerror=y&gt; &quot;q&quot; &amp; \
             <strong>&lt;b&gt;</strong></p>"
        );
    }
}
