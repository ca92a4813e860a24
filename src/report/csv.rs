//! A report as CSV: a figure a line, for the whole span and for each month, ready for a pivot table.

use std::fmt::Write as _;

use super::{Line, Report, of_months, sections};

/// The file. Names of figures are those of the API; `words` is for people.
pub(crate) fn csv(report: &Report<'_>) -> String {
    // With its mark spreadsheets read the letters of both languages.
    let mut text = String::from("\u{feff}from,to,figure,part,number,unit,words\r\n");
    let (from, to) = (report.practice.from, report.practice.to);
    for line in sections(report).iter().flat_map(|section| &section.lines) {
        write(&mut text, (from, to), line);
    }
    for (first, figures) in &report.practice.months {
        let days = ((*first).max(from), first.last_of_month().min(to));
        for line in of_months(report, figures) {
            write(&mut text, days, &line);
        }
    }
    text
}

fn write(text: &mut String, (from, to): (jiff::civil::Date, jiff::civil::Date), line: &Line) {
    for (ending, number, unit) in line.amount.bare() {
        let (part, words) = (cell(&line.part), cell(&line.words));
        let _ = write!(text, "{from},{to},{}{ending},{part},{number},{unit},{words}\r\n", line.figure);
    }
}

/// A cell; what a spreadsheet would take for a formula is not one.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_cell_and_no_formula() {
        assert_eq!(cell("no answer"), "no answer");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
