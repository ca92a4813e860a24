//! Physical lines into CSV records, so that one broken row costs one row.
//!
//! `csv-core` decides what is a quote, a separator and an end; this file keeps the line numbers right (also after quoted line
//! breaks) and the damage small: a quote that is never closed is the fault of the row that opened it, and reading goes on
//! with the next line. What the fields mean is left to [`super::reader`].

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use csv_core::ReadRecordResult;

use super::limits::{LINE_BYTES_MAX, ROW_LINES_MAX};

/// The records of one input, in order. Blank lines are passed over.
pub(super) struct Records<R> {
    input: R,
    parser: csv_core::Reader,
    /// Lines read ahead and given back.
    waiting: VecDeque<Line>,
    /// Number of the line read last.
    line: u64,
    /// Where the parser writes the fields' bytes and ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
}

/// One record, or a line that is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RawRecord {
    /// Fields, unquoted.
    Fields {
        /// The physical line on which the record starts, from 1.
        line: u64,
        /// The fields.
        fields: Vec<Vec<u8>>,
    },
    /// A line that cannot be taken apart.
    Broken {
        /// Its number, from 1.
        line: u64,
        /// Its bytes, as far as they were kept.
        bytes: Vec<u8>,
        /// Why.
        reason: String,
    },
}

/// A line of the input, ending in a line feed whatever it ended in there.
struct Line {
    number: u64,
    bytes: Vec<u8>,
    too_long: bool,
}

/// What the parser makes of some lines.
enum Parsed {
    Record(Vec<Vec<u8>>),
    QuoteOpen,
    StrayReturn,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R) -> Self {
        let parser = csv_core::Reader::new();
        Self { input, parser, waiting: VecDeque::new(), line: 0, fields: Vec::new(), ends: Vec::new() }
    }

    /// The input, of which some may be read ahead.
    pub(super) fn input(&self) -> &R {
        &self.input
    }

    /// What is left of the input when the records are read.
    pub(super) fn into_inner(self) -> R {
        self.input
    }

    /// The next record; `None` at the end of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<RawRecord>> {
        let first = loop {
            let Some(line) = self.next_line()? else { return Ok(None) };
            if !line.bytes.trim_ascii().is_empty() {
                break line;
            }
        };
        let line = first.number;
        if first.too_long {
            let reason = format!("the line is longer than {LINE_BYTES_MAX} bytes");
            return Ok(Some(RawRecord::Broken { line, bytes: first.bytes, reason }));
        }
        match self.parse(&first.bytes) {
            Parsed::Record(fields) => Ok(Some(RawRecord::Fields { line, fields })),
            Parsed::StrayReturn => Ok(Some(stray_return(first))),
            Parsed::QuoteOpen => self.over_lines(first).map(Some),
        }
    }

    /// A record whose quoted field goes on in the following lines. If no line closes the quote, they are given back.
    fn over_lines(&mut self, first: Line) -> io::Result<RawRecord> {
        let line = first.number;
        let mut text = first.bytes.clone();
        let mut taken = Vec::new();
        while taken.len() + 1 < ROW_LINES_MAX {
            let Some(next) = self.next_line()? else { break };
            let too_long = next.too_long;
            text.extend_from_slice(&next.bytes);
            taken.push(next);
            if too_long {
                break;
            }
            match self.parse(&text) {
                Parsed::Record(fields) => return Ok(RawRecord::Fields { line, fields }),
                Parsed::StrayReturn => break,
                Parsed::QuoteOpen => {}
            }
        }
        for next in taken.into_iter().rev() {
            self.waiting.push_front(next);
        }
        let reason = "a quote is opened and never closed".into();
        Ok(RawRecord::Broken { line, bytes: first.bytes, reason })
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.waiting.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        if self.input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        let too_long = !bytes.ends_with(b"\n") && self.skip_line()?;
        while bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
            bytes.pop();
        }
        bytes.push(b'\n');
        Ok(Some(Line { number: self.line, bytes, too_long }))
    }

    /// Passes over the rest of a line; whether there was any.
    fn skip_line(&mut self) -> io::Result<bool> {
        let mut skipped = false;
        loop {
            let ahead = self.input.fill_buf()?;
            if ahead.is_empty() {
                return Ok(skipped);
            }
            skipped = true;
            let end = ahead.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(ahead.len(), |end| end + 1);
            self.input.consume(count);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn parse(&mut self, text: &[u8]) -> Parsed {
        self.parser.reset();
        // Unquoting only shortens, and each field but the last needs a separator: the parser never runs out of room.
        self.fields.resize(text.len(), 0);
        self.ends.resize(text.len() + 1, 0);
        let (result, read, _, count) = self.parser.read_record(text, &mut self.fields, &mut self.ends);
        if result != ReadRecordResult::Record {
            return Parsed::QuoteOpen;
        }
        if read < text.len() {
            return Parsed::StrayReturn;
        }
        let ends = self.ends.iter().take(count);
        let mut start = 0;
        let cut =
            ends.map(|&end| self.fields.get(std::mem::replace(&mut start, end)..end).unwrap_or_default().to_vec());
        Parsed::Record(cut.collect())
    }
}

/// Old spreadsheets end lines in a carriage return alone; guessing where a row ends would join or cut families.
fn stray_return(line: Line) -> RawRecord {
    let reason = "a carriage return stands in the middle of the line".into();
    RawRecord::Broken { line: line.number, bytes: line.bytes, reason }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn read(text: &[u8]) -> Vec<String> {
        let mut records = Records::new(text);
        let mut shown = Vec::new();
        while let Some(record) = records.next().unwrap() {
            shown.push(match record {
                RawRecord::Fields { line, fields } => {
                    let fields: Vec<_> = fields.iter().map(|field| String::from_utf8_lossy(field)).collect();
                    format!("{line}: {}", fields.join("|"))
                }
                RawRecord::Broken { line, reason, .. } => format!("{line}: ! {reason}"),
            });
        }
        shown
    }

    #[test]
    fn a_record_carries_the_physical_line_on_which_it_starts() {
        let cases: &[(&str, &[&str])] = &[
            ("a,b\n1,2\n", &["1: a|b", "2: 1|2"]),
            ("a,b\r\n1,2\r\n3,4", &["1: a|b", "2: 1|2", "3: 3|4"]),
            ("a\n\n \r\n1\n", &["1: a", "4: 1"]),
            ("a,b\n\"one\ntwo\",2\n3,4\n", &["1: a|b", "2: one\ntwo|2", "4: 3|4"]),
            ("a,b\r\n\"one\r\n\r\ntwo\",2\r\n3,4\r\n", &["1: a|b", "2: one\n\ntwo|2", "5: 3|4"]),
            ("\"say \"\"no\"\"\",5\" pipe\n1,2\n", &["1: say \"no\"|5\" pipe", "2: 1|2"]),
            ("a,\n,\n", &["1: a|", "2: |"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text.as_bytes()), *expected, "{text:?}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_one_row() {
        assert_eq!(
            read(b"a,b\n1,\"two\n3,4\n5,6\n"),
            ["1: a|b", "2: ! a quote is opened and never closed", "3: 3|4", "4: 5|6"]
        );
        let mut long = String::from("a,b\n1,\"two\n");
        for row in 0..200 {
            writeln!(long, "{row},x").unwrap();
        }
        let read = read(long.as_bytes());
        assert_eq!(read.len(), 202);
        assert_eq!(read[2..4], ["3: 0|x", "4: 1|x"]);
    }

    #[test]
    fn a_return_inside_a_line_is_no_guess() {
        let broken = "a carriage return stands in the middle of the line";
        assert_eq!(read(b"a,b\r1,2\n3,4\n"), [format!("1: ! {broken}"), "2: 3|4".into()]);
    }

    #[test]
    fn an_endless_line_is_not_kept_in_memory() {
        let limit = usize::try_from(LINE_BYTES_MAX).unwrap();
        let text = format!("a\n{}\nb\n", "x".repeat(3 * limit));
        assert_eq!(read(text.as_bytes()), ["1: a", "2: ! the line is longer than 1048576 bytes", "3: b"]);
        let exact = format!("{}\nb\n", "x".repeat(limit - 1));
        assert_eq!(read(exact.as_bytes()).len(), 2);
    }
}
