//! Findings for people: the line, a mark under the place, and what to do.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Diagnostic, Lines, Severity};

/// Characters of a line that are shown before the place, and after where it begins; a longer line is cut.
const BEFORE_MAX: usize = 60;
const AFTER_MAX: usize = 80;

/// How findings look.
pub(super) struct Look {
    color: bool,
    is_arabic: bool,
    renderer: Renderer,
}

impl Look {
    /// With colours or plain, for readers of a language.
    pub(super) fn new(language: &str, color: bool) -> Self {
        let is_arabic = language == "ar";
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        // Lines are cut here and not by the library, so that the mark is always in sight.
        Self { color, is_arabic, renderer: renderer.term_width(usize::from(u16::MAX)) }
    }

    /// A line `file:line:column: severity[code]: message` that reads alone (terminals may reorder the snippet of a
    /// right-to-left line), the snippet, and what to do.
    pub(super) fn finding(&self, finding: &Diagnostic, lines: Option<&Lines<'_>>, origins: &[String]) -> String {
        let place = lines.map(|lines| lines.place(finding.span.start));
        let (line, column) = place.map_or((1, 1), |place| (place.line, place.column));
        let severity = self.severity(finding);
        let mut text = format!("{}:{line}:{column}: {severity}: {}\n", finding.file, self.bold(&finding.message));
        if let Some(lines) = lines {
            text.push_str(&self.snippet(lines, &finding.span, line));
            text.push('\n');
        }
        for origin in origins {
            let _ = writeln!(text, "   = {origin}");
        }
        let _ = writeln!(text, "   = help: {}", finding.help());
        if self.is_arabic {
            let _ = writeln!(
                text,
                "   = {0}: {1}؛ للشرح: wasl check --lang ar --explain {0}",
                finding.code,
                finding.code.page().title_ar()
            );
        }
        text
    }

    fn severity(&self, finding: &Diagnostic) -> String {
        let (word, paint) = match finding.severity {
            Severity::Error => ("error", "1;31"),
            Severity::Warning => ("warning", "1;33"),
        };
        let text = format!("{word}[{}]", finding.code);
        if self.color { format!("\u{1b}[{paint}m{text}\u{1b}[0m") } else { text }
    }

    fn bold(&self, text: &str) -> String {
        if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The line of a finding with a mark below the place.
    fn snippet(&self, lines: &Lines<'_>, span: &Range<usize>, number: usize) -> String {
        let (start, line) = lines.line_at(span.start);
        let from = span.start.saturating_sub(start).min(line.len());
        let to = span.end.saturating_sub(start).clamp(from, line.len());
        let (shown, mark) = cut(line, from..to);
        let snippet = Snippet::source(&*shown).line_start(number).annotation(AnnotationKind::Primary.span(mark));
        let frame = self.renderer.render(&[Level::ERROR.no_name().primary_title("").element(snippet)]);
        // The title line is ours, printed above; what stays is the frame with the source line.
        frame.lines().skip(1).collect::<Vec<_>>().join("\n")
    }
}

/// A line with the mark in it; of a long line what stands around the mark.
fn cut(line: &str, mark: Range<usize>) -> (String, Range<usize>) {
    let (before, after) = (line.get(..mark.start).unwrap_or_default(), line.get(mark.start..).unwrap_or_default());
    let begin = before.char_indices().rev().nth(BEFORE_MAX).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(AFTER_MAX).map_or(line.len(), |(at, _)| mark.start + at);
    let (head, tail) = (if begin > 0 { "…" } else { "" }, if end < line.len() { "…" } else { "" });
    let shown = format!("{head}{}{tail}", line.get(begin..end).unwrap_or_default());
    let place = |at: usize| at.min(end) - begin + head.len();
    (shown, place(mark.start)..place(mark.end))
}
