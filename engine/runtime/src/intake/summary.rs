//! What a detection did, for people and for other programs. Personal values are masked before they come here.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use wasl_core::lang::Texts;
use wasl_core::schema::Problem;

use super::limits::SAMPLES_MAX;

/// What one run of a detection did, or in a dry run would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// `workflow/detection`.
    pub detection: String,
    /// Where the source's files lie, as configured.
    pub csv: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// Every file of the source, in the order of reading.
    pub files: Vec<FileSummary>,
    /// Rows that opened a case.
    pub opened: u64,
    /// Rows that were dealt with before.
    pub unchanged: u64,
    /// Rows of a case that is there already.
    pub duplicates: u64,
    /// Those of `duplicates` that brought other values, told to the case as an update.
    pub updated: u64,
    /// Rows that withdrew a death.
    pub withdrawn: u64,
    /// Cases that were stopped by them; nothing is known of them in a dry run.
    pub cases_withdrawn: u64,
    /// Rows that could not be read or judged.
    pub rejected: u64,
    /// Rows for which no case opens, by the workflow's reason.
    pub screened: BTreeMap<String, u64>,
    /// Rows of look-up sources that could not be read, by source; they were left out of the look-up.
    pub lookup_rejected: BTreeMap<String, u64>,
    /// The first of the rejected rows; all of them are in the store.
    pub rejected_samples: Vec<Sample>,
}

/// One file of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// Its name.
    pub file: String,
    /// Rows read from it.
    pub rows: u64,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: FileOutcome,
    /// Columns that the source does not declare.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_columns: Vec<String>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum FileOutcome {
    /// Read to its end.
    Read,
    /// Not read, because its content was read before.
    ReadBefore,
    /// Read, but it was being written meanwhile: it is read again by the next run.
    Changed,
    /// Not read, because its first line does not fit the source: it is tried again by the next run.
    Refused {
        /// Why, and what to do. Programs are told it in English.
        #[serde(serialize_with = "in_english")]
        reason: Texts,
    },
}

fn in_english<S: Serializer>(reason: &Texts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(reason.en())
}

/// A rejected row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Its file.
    pub file: String,
    /// The physical line on which it starts, from 1.
    pub line: u64,
    /// What is wrong, each as `column value reason`.
    pub problems: Vec<String>,
    /// The same, with reasons in Arabic.
    #[serde(skip)]
    pub problems_ar: Vec<String>,
}

impl RunSummary {
    /// Of a run that has just begun.
    pub fn new(detection: String, csv: String, dry_run: bool, started: Timestamp) -> Self {
        Self {
            detection,
            csv,
            dry_run,
            started,
            finished: started,
            files: Vec::new(),
            opened: 0,
            unchanged: 0,
            duplicates: 0,
            updated: 0,
            withdrawn: 0,
            cases_withdrawn: 0,
            rejected: 0,
            screened: BTreeMap::new(),
            lookup_rejected: BTreeMap::new(),
            rejected_samples: Vec::new(),
        }
    }

    /// Rows read from all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Rejected rows, of look-ups too, that are not among the samples.
    pub fn rejected_beside_samples(&self) -> u64 {
        let unreadable = self.rejected + self.lookup_rejected.values().sum::<u64>();
        unreadable.saturating_sub(u64::try_from(self.rejected_samples.len()).unwrap_or(u64::MAX))
    }

    /// How many rows came to which result, under the words of the store.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = self.screened.clone();
        for (name, count) in [
            ("opened", self.opened),
            ("unchanged", self.unchanged),
            ("duplicate", self.duplicates),
            ("updated", self.updated),
            ("withdrawn", self.withdrawn),
            ("rejected", self.rejected),
        ] {
            counts.insert(name.to_owned(), count);
        }
        counts
    }

    /// Keeps a rejected row to be shown, as long as there are few.
    pub(super) fn sample(&mut self, file: &str, line: u64, problems: &[Problem]) {
        if self.rejected_samples.len() < SAMPLES_MAX {
            let [problems, problems_ar] =
                ["en", "ar"].map(|language| problems.iter().map(|problem| words(problem, language)).collect());
            self.rejected_samples.push(Sample { file: file.to_owned(), line, problems, problems_ar });
        }
    }

    fn write_files(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            match &file.outcome {
                FileOutcome::Refused { reason } => writeln!(f, "  {}, line 1: refused: {}", file.file, reason.en())?,
                FileOutcome::Changed => {
                    writeln!(f, "  {}: was written to meanwhile; the next run reads it again", file.file)?;
                }
                FileOutcome::Read | FileOutcome::ReadBefore => {}
            }
            if !file.ignored_columns.is_empty() {
                writeln!(f, "  {}: columns ignored: {}", file.file, file.ignored_columns.join(", "))?;
            }
        }
        for (source, count) in &self.lookup_rejected {
            writeln!(f, "  look-up source `{source}`: {count} unreadable {} left out", rows(*count))?;
        }
        Ok(())
    }

    fn write_samples(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sample in &self.rejected_samples {
            writeln!(f, "  {}, line {}: {}", sample.file, sample.line, sample.problems.join("; "))?;
        }
        let more = self.rejected_beside_samples();
        if more > 0 { writeln!(f, "  and {more} more rejected {}", rows(more)) } else { Ok(()) }
    }
}

impl fmt::Display for RunSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |outcome: &FileOutcome| self.files.iter().filter(|file| file.outcome == *outcome).count();
        if self.files.is_empty() {
            return writeln!(f, "{}: no files yet in `{}`", self.detection, self.csv);
        }
        let dry_run = if self.dry_run { "; dry run: nothing was written" } else { "" };
        let (all, before) = (self.files.len(), count(&FileOutcome::ReadBefore));
        let files = if all == 1 { "file" } else { "files" };
        writeln!(
            f,
            "{}: {} {} in {all} {files}, {before} of them read before{dry_run}",
            self.detection,
            self.rows(),
            rows(self.rows())
        )?;
        self.write_files(f)?;
        let screened = self.screened.iter().map(|(name, count)| (name.as_str(), *count));
        let updated = if self.updated == 0 { String::new() } else { format!("  {} with other values", self.updated) };
        let stopped = match self.cases_withdrawn {
            0 => String::new(),
            1 => "  1 case stopped".to_owned(),
            several => format!("  {several} cases stopped"),
        };
        let lines = [("opened", self.opened), ("duplicate", self.duplicates), ("unchanged", self.unchanged)];
        let withdraws = (self.withdrawn > 0).then_some(("withdrawn", self.withdrawn));
        let lines: Vec<(&str, u64)> =
            lines.into_iter().chain(withdraws).chain(screened).chain([("rejected", self.rejected)]).collect();
        let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, count) in lines {
            let note = match name {
                "duplicate" => updated.as_str(),
                "withdrawn" => stopped.as_str(),
                _ => "",
            };
            writeln!(f, "  {name:<width$} {count:>8}{note}")?;
        }
        self.write_samples(f)
    }
}

fn rows(count: u64) -> &'static str {
    if count == 1 { "row" } else { "rows" }
}

fn words(problem: &Problem, language: &str) -> String {
    let (Problem { field, value, .. }, reason) = (problem, problem.reason_in(language));
    match (field.is_empty(), value.is_empty()) {
        (true, _) => reason,
        (false, true) => format!("`{field}` {reason}"),
        (false, false) => format!("`{field}` ({value}) {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read_at_a_glance() {
        let mut summary = RunSummary::new("transfer/deaths".into(), "deaths/*.csv".into(), true, Timestamp::UNIX_EPOCH);
        let file =
            |file: &str, rows, outcome| FileSummary { file: file.into(), rows, outcome, ignored_columns: Vec::new() };
        summary.files = vec![
            file("a.csv", 1040, FileOutcome::Read),
            file("b.csv", 0, FileOutcome::ReadBefore),
            file("c.csv", 0, FileOutcome::Refused { reason: Texts::both("the file is empty", "الملف فارغ") }),
        ];
        (summary.opened, summary.duplicates, summary.updated, summary.rejected) = (1000, 37, 12, 2);
        (summary.withdrawn, summary.cases_withdrawn) = (1, 2);
        summary.screened = BTreeMap::from([("not_subscriber".into(), 1)]);
        summary.lookup_rejected = BTreeMap::from([("kin".into(), 1)]);
        let problem = Problem { field: "cpr".into(), value: "1•2".into(), reason: "does not match".into() };
        summary.sample("a.csv", 7, &[problem]);
        let expected = "\
transfer/deaths: 1040 rows in 3 files, 1 of them read before; dry run: nothing was written
  c.csv, line 1: refused: the file is empty
  look-up source `kin`: 1 unreadable row left out
  opened             1000
  duplicate            37  12 with other values
  unchanged             0
  withdrawn             1  2 cases stopped
  not_subscriber        1
  rejected              2
  a.csv, line 7: `cpr` (1•2) does not match
  and 2 more rejected rows
";
        assert_eq!(summary.to_string(), expected);
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["files"][2]["outcome"], "refused");
        assert_eq!(json["files"][2]["reason"], "the file is empty");
    }

    #[test]
    fn a_folder_that_waits_for_its_first_file_is_one_line() {
        let summary = RunSummary::new("renewal/cards".into(), "inbox/cards/*.csv".into(), false, Timestamp::UNIX_EPOCH);
        assert_eq!(summary.to_string(), "renewal/cards: no files yet in `inbox/cards/*.csv`\n");
    }
}
