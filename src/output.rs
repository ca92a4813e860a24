//! How answers reach the screen: text for people, JSON for programs, tables that fit.
//!
//! Commands return an [`Answer`] and print nothing themselves. What goes into a pipe is plain: no
//! colour, no box drawing, no wrapping.

use std::io::{self, IsTerminal, Write};

use comfy_table::{ContentArrangement, LineStyle, Table, presets};
use serde_json::Value as Json;
use wasl_core::tariff::FILS_PER_DINAR;

use crate::failure::Exit;
use crate::settings::Language;

/// The line below the headers of a table on a terminal.
const RULE: char = '─';

/// In which form answers are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// The figures of `report` for spreadsheets.
    Csv,
    /// Findings of `check` for code hosts and editors (SARIF 2.1.0).
    Sarif,
}

/// Where answers go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// In which form.
    pub(crate) format: Format,
    /// Whether a person sees it on a terminal that shows colours.
    pub(crate) color: bool,
    /// Columns of the terminal; `None` for a pipe or a file.
    pub(crate) width: Option<u16>,
    /// The language of sentences.
    pub(crate) language: Language,
}

/// What a command has to say.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// For people.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Json,
    /// Whether all is well.
    pub(crate) exit: Exit,
}

impl Answer {
    /// An answer to something that went well.
    pub(crate) fn new(text: impl Into<String>, json: Json) -> Self {
        Self { text: text.into(), json, exit: Exit::Done }
    }

    /// The same answer with another exit code.
    pub(crate) fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

impl Screen {
    /// The screen that standard output is.
    pub(crate) fn of_stdout(format: Format, language: Language) -> Self {
        let terminal = io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let width = terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| width.0);
        Self { format, color: terminal && !plain, width, language }
    }

    /// `en` or `ar`.
    pub(crate) fn lang(self) -> &'static str {
        self.language.code()
    }

    /// One of two texts, by language.
    pub(crate) fn pick<'t>(self, en: &'t str, ar: &'t str) -> &'t str {
        if self.language == Language::Ar { ar } else { en }
    }

    /// A part of an answer under its heading.
    pub(crate) fn part(self, en: &str, ar: &str, body: &str) -> String {
        format!("{}\n{body}", self.heading(self.pick(en, ar)))
    }

    /// A heading, bold where that can be seen.
    pub(crate) fn heading(self, text: &str) -> String {
        if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Prints an answer. A reader that has gone away (`wasl case list | head`) is no error.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn print(self, answer: &Answer) -> io::Result<()> {
        match self.format {
            Format::Text | Format::Csv => print(&answer.text),
            Format::Json | Format::Sarif => print(&serde_json::to_string_pretty(&answer.json).unwrap_or_default()),
        }
    }

    /// A table. Columns with Arabic belong last: terminals reorder what follows them.
    pub(crate) fn table(self, headers: &[&str], rows: Vec<Vec<String>>) -> String {
        let mut table = Table::new();
        match self.width {
            Some(width) => {
                table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill(RULE).junction(RULE)));
                table.set_content_arrangement(ContentArrangement::Dynamic);
                table.set_width(width);
            }
            None => _ = table.load_style(presets::NOTHING),
        }
        table.set_header(headers.to_vec());
        table.add_rows(rows);
        if self.width.is_none() {
            for column in table.column_iter_mut() {
                column.set_padding((0, 2));
            }
        }
        let text = table.to_string();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}

/// Prints text with one line break at its end.
///
/// # Errors
/// Standard output cannot be written, other than because its reader has gone away.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let text = text.trim_end_matches('\n');
    if text.is_empty() {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Named facts, one a line, their values below each other.
pub(crate) fn facts(rows: &[(&str, String)]) -> String {
    let widest = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| format!("{name:widest$}  {value}");
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A number with its noun, in the plural where there is more or less than one.
pub(crate) fn count(n: u64, noun: &str) -> String {
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (n, Some(stem)) => format!("{} {stem}ies", thousands(n)),
        (n, None) => format!("{} {noun}s", thousands(n)),
    }
}

/// `BD 4.093`: a sum in dinars, of fils; three decimals in both languages.
pub(crate) fn dinars(fils: i64, language: Language) -> String {
    let (each, sum) = (FILS_PER_DINAR.unsigned_abs(), fils.unsigned_abs());
    let sign = if fils < 0 { "−" } else { "" };
    let sum = format!("{sign}{}.{:03}", thousands(sum / each), sum % each);
    match language {
        Language::En => format!("BD {sum}"),
        Language::Ar => format!("{sum} د.ب"),
    }
}

/// `1,032`.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(width: Option<u16>) -> Screen {
        Screen { format: Format::Text, color: false, width, language: Language::En }
    }

    #[test]
    fn a_piped_table_is_plain_and_a_terminal_s_fits() {
        let rows = vec![vec!["KXT2P".to_owned(), "first_call".to_owned()], vec!["9AB".into(), "a ".repeat(60)]];
        let plain = screen(None).table(&["case", "state"], rows.clone());
        let lines: Vec<&str> = plain.lines().collect();
        assert_eq!((lines[0], lines[1]), ("case   state", "KXT2P  first_call"));
        assert_eq!(lines.len(), 3, "a pipe gets one line for each row: {plain}");
        let wide = screen(Some(40)).table(&["case", "state"], rows);
        assert!(wide.lines().all(|line| line.chars().count() <= 40), "{wide}");
    }

    #[test]
    fn facts_stand_below_each_other() {
        assert_eq!(facts(&[("a", "1".into()), ("long", "2".into())]), "a     1\nlong  2");
    }

    #[test]
    fn numbers_read_well() {
        for (n, text) in [(0, "0 cases"), (1, "1 case"), (1_032, "1,032 cases"), (1_000_000, "1,000,000 cases")] {
            assert_eq!(count(n, "case"), text);
        }
        assert_eq!((count(2, "reply"), count(1, "reply")), ("2 replies".into(), "1 reply".into()));
    }
}
