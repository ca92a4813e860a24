//! Runs a detection: which files to read, one after the other, batch by batch.
//!
//! Safe to run again, in another order, over copied rows, and to stop anywhere: a row is known by its content, a case by its
//! key, and a file is marked as read only when all of it is in the store. What a batch of rows leads to is decided in
//! [`super::batch`]; how a case opens is the [`OpenCases`] given by the caller, which goes through the step.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use wasl_core::case::CaseId;
use wasl_core::definition::{Detect, Workflow};
use wasl_core::lang::Texts;
use wasl_core::source::{Source, Sources};
use wasl_core::value::Record;

use super::files::{Hashing, SourceFile, content_hash, expand};
use super::limits::BATCH_ROWS;
use super::reader::{Conventions, FileProblem, Reader, Row};
use super::screen::Tables;
use super::summary::{FileOutcome, FileSummary, RunSummary};
use super::table::{Table, Unreadable};
use super::{IntakeError, OpenError};
use crate::clock::Clock;
use crate::store::{DetectionRun, RecordMark, Rejected, Store};

/// How a detection runs.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Write nothing, only say what would happen. Remembers a hash for each new row of the run.
    pub dry_run: bool,
    /// The folder that the sources' paths are relative to.
    pub base: &'a Path,
    /// ISO country whose phone numbers are written without a country code.
    pub region: &'a str,
    /// The zone of the workflow's calendar.
    pub zone: &'a TimeZone,
    /// What time it is.
    pub clock: &'a dyn Clock,
}

/// How far a detection is; told after each batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file being read.
    pub file: &'a str,
    /// Rows read from it.
    pub rows: u64,
    /// Bytes read from it.
    pub bytes: u64,
    /// Bytes that it had when it was opened.
    pub size: u64,
    /// Cases opened in this run.
    pub opened: u64,
}

/// A case to be opened.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCase {
    /// What makes it one case; no other case of the workflow has it.
    pub key: String,
    /// Its fields, fitted to the case's schema.
    pub data: Record,
    /// The row that it comes from, to be committed in the transaction that opens the case; its `case` is still empty.
    pub mark: RecordMark,
}

/// Opens cases: reserves ids, lets the step open each in the workflow's start state and commits all of them, each with its
/// row's mark, in one transaction.
pub trait OpenCases: Sync {
    /// Opens all of them or, on an error, none; the ids come in the order of the cases.
    fn open(&self, new: Vec<NewCase>) -> impl Future<Output = Result<Vec<CaseId>, OpenError>> + Send;

    /// Withdraws the death of a person, by who says so and why; gives back the cases about them that were told.
    fn withdraw(
        &self,
        person: &str,
        by_and_why: (&str, &str),
    ) -> impl Future<Output = Result<Vec<CaseId>, OpenError>> + Send;
}

/// The name of a detection in the store, in summaries and, after `detect:`, as the source of its events: two workflows may
/// have a detection of the same name.
pub fn detection_name(workflow: &Workflow, detect: &Detect) -> String {
    format!("{}/{}", workflow.name, detect.name)
}

/// Reads every file of the detection's source that was not read before, and opens a case for each row that qualifies.
///
/// Dropping the future stops it between two transactions; the next run goes on from there.
///
/// # Errors
/// A source is missing, a file cannot be read, a look-up source does not fit, or the store failed. What was committed before
/// stays.
pub async fn detect<O: OpenCases>(
    store: &Store,
    workflow: &Workflow,
    detect: &Detect,
    sources: &Sources,
    options: Options<'_>,
    progress: &(dyn Fn(Progress<'_>) + Sync),
    opener: &O,
) -> Result<RunSummary, IntakeError> {
    let mut run = Run::new(store, (workflow, detect), sources, options, progress, opener)?;
    let files = expand(&run.source.name, &run.source.csv, options.base)?;
    if !options.dry_run {
        run.begin().await?;
    }
    let mut tables = None;
    for file in files {
        // Boxed once a file: the callers' futures stay small.
        Box::pin(run.file(file, &mut tables)).await?;
    }
    run.finish().await
}

/// A run of a detection.
pub(super) struct Run<'a, O> {
    pub(super) store: &'a Store,
    pub(super) workflow: &'a Workflow,
    pub(super) detect: &'a Detect,
    pub(super) opener: &'a O,
    pub(super) options: Options<'a>,
    pub(super) conventions: Conventions,
    pub(super) record: DetectionRun,
    pub(super) summary: RunSummary,
    pub(super) planned: Planned,
    /// Whether a row tells its case what it says otherwise. A row that is corrected late may be older than what the case knows.
    pub(super) tells: bool,
    sources: &'a Sources,
    progress: &'a (dyn Fn(Progress<'_>) + Sync),
    pub(super) source: Arc<Source>,
}

/// What a dry run would have written.
#[derive(Default)]
pub(super) struct Planned {
    /// Hashes of rows.
    pub(super) rows: BTreeSet<String>,
    /// Keys of cases.
    pub(super) keys: BTreeSet<String>,
}

type FileReader = Reader<BufReader<Hashing<File>>>;

impl<'a, O: OpenCases> Run<'a, O> {
    /// A run that has not begun: it has no number, and nothing knows of it.
    pub(super) fn new(
        store: &'a Store,
        (workflow, detect): (&'a Workflow, &'a Detect),
        sources: &'a Sources,
        options: Options<'a>,
        progress: &'a (dyn Fn(Progress<'_>) + Sync),
        opener: &'a O,
    ) -> Result<Self, IntakeError> {
        let started = options.clock.now();
        let today = options.zone.to_datetime(started).date();
        let conventions = Conventions { region: options.region.to_owned(), today, zone: options.zone.clone() };
        let name = detection_name(workflow, detect);
        let source = source_named(&name, &detect.from, sources)?;
        let summary = RunSummary::new(name.clone(), source.csv.clone(), options.dry_run, started);
        let counts = std::collections::BTreeMap::new();
        let record = DetectionRun { id: 0, detection: name, started_at: started, finished_at: None, counts };
        let planned = Planned::default();
        Ok(Self {
            store,
            workflow,
            detect,
            opener,
            options,
            conventions,
            record,
            summary,
            planned,
            tells: true,
            sources,
            progress,
            source,
        })
    }

    /// Gives it its number.
    pub(super) async fn begin(&mut self) -> Result<(), IntakeError> {
        self.record.id = self.store.begin_run(&self.record.detection, self.record.started_at).await?;
        Ok(())
    }

    async fn file(&mut self, file: SourceFile, tables: &mut Option<Tables>) -> Result<(), IntakeError> {
        let mut summary = FileSummary {
            file: file.name.clone(),
            rows: 0,
            outcome: FileOutcome::ReadBefore,
            ignored_columns: Vec::new(),
        };
        let path = file.path.clone();
        let hash = blocking(&file.path, move || content_hash(&path)).await?;
        if self.store.file_seen(&self.record.detection, &self.source.name, &hash).await? {
            self.summary.files.push(summary);
            return Ok(());
        }
        match self.open_file(&file).await? {
            Err(reason) => summary.outcome = FileOutcome::Refused { reason },
            Ok((reader, size)) => {
                // Looked up only when there is something to look up for: most runs find no new file.
                if tables.is_none() {
                    *tables = Some(self.load_tables().await?);
                }
                let none = Tables::new();
                summary.ignored_columns = reader.ignored_columns().to_vec();
                let tables = tables.as_ref().unwrap_or(&none);
                let read = self.rows((&file, size), reader, tables, &mut summary.rows).await?;
                summary.outcome = if read == hash { FileOutcome::Read } else { FileOutcome::Changed };
            }
        }
        if summary.outcome == FileOutcome::Read && !self.options.dry_run {
            let now = self.options.clock.now();
            let (run, source) = (&self.record, &self.source.name);
            self.store.mark_file(&run.detection, run.id, source, &hash, &file.name, now).await?;
        }
        self.summary.files.push(summary);
        Ok(())
    }

    /// The reader of a file with its size, or why it is refused.
    async fn open_file(&self, file: &SourceFile) -> Result<Result<(FileReader, u64), Texts>, IntakeError> {
        let (source, conventions, path) = (Arc::clone(&self.source), self.conventions.clone(), file.path.clone());
        blocking(&file.path, move || {
            let input = File::open(&path)?;
            let size = input.metadata()?.len();
            match Reader::new(BufReader::new(Hashing::new(input)), source, conventions) {
                Ok(reader) => Ok(Ok((reader, size))),
                Err(FileProblem::Header(reason)) => Ok(Err(reason)),
                Err(FileProblem::Io(error)) => Err(error),
            }
        })
        .await
    }

    /// Reads and deals with every row; gives back the hash of what was read.
    async fn rows(
        &mut self,
        (file, size): (&SourceFile, u64),
        mut reader: FileReader,
        tables: &Tables,
        count: &mut u64,
    ) -> Result<String, IntakeError> {
        loop {
            let batch;
            (reader, batch) = blocking(&file.path, move || next_batch(reader)).await?;
            if batch.is_empty() {
                return Ok(reader.into_inner().into_inner().finish());
            }
            *count += u64::try_from(batch.len()).unwrap_or_default();
            self.batch(&file.name, batch, tables).await?;
            let (bytes, opened) = (reader.input().get_ref().count(), self.summary.opened);
            (self.progress)(Progress { file: &file.name, rows: *count, bytes, size, opened });
        }
    }

    pub(super) async fn load_tables(&mut self) -> Result<Tables, IntakeError> {
        let mut tables = Tables::new();
        for lookup in &self.detect.lookups {
            let source = source_named(&self.record.detection, &lookup.source, self.sources)?;
            let on: Vec<String> = lookup.on.iter().map(|(there, _)| there.clone()).collect();
            let (base, conventions) = (self.options.base.to_owned(), self.conventions.clone());
            let loading = tokio::task::spawn_blocking({
                let source = Arc::clone(&source);
                move || Table::load(&source, &on, &base, &conventions)
            });
            let (table, unreadable) = joined(loading.await)??;
            self.keep_unreadable(&source, &unreadable).await?;
            tables.insert(lookup.name.clone(), table);
        }
        Ok(tables)
    }

    /// Unreadable rows of a look-up source are kept under the source's own name: every detection that reads it meets them.
    async fn keep_unreadable(&mut self, source: &Source, unreadable: &[Unreadable]) -> Result<(), IntakeError> {
        let mut rejected = Vec::new();
        for Unreadable { file, row } in unreadable {
            let Err(problems) = &row.content else { continue };
            self.summary.sample(file, row.line, problems);
            rejected.push(Rejected {
                detection: format!("source:{}", source.name),
                row_hash: row.hash.clone(),
                run: self.record.id,
                file: file.clone(),
                line: row.line,
                problems: problems.clone(),
                given: None,
                corrected: None,
            });
        }
        if rejected.is_empty() {
            return Ok(());
        }
        self.summary.lookup_rejected.insert(source.name.clone(), u64::try_from(rejected.len()).unwrap_or_default());
        // A correction reads the look-ups before it has a run; the next detection keeps what is wrong with them.
        if !self.options.dry_run && self.record.id != 0 {
            self.store.reject(&rejected).await?;
        }
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<RunSummary, IntakeError> {
        self.summary.finished = self.options.clock.now();
        if !self.options.dry_run {
            self.store.finish_run(self.record.id, &self.summary.counts(), self.summary.finished).await?;
        }
        Ok(self.summary)
    }
}

fn source_named(detection: &str, name: &str, sources: &Sources) -> Result<Arc<Source>, IntakeError> {
    let unknown = || IntakeError::UnknownSource { detection: detection.to_owned(), source_name: name.to_owned() };
    sources.get(name).cloned().map(Arc::new).ok_or_else(unknown)
}

fn next_batch(mut reader: FileReader) -> io::Result<(FileReader, Vec<Row>)> {
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    while batch.len() < BATCH_ROWS {
        let Some(row) = reader.next_row()? else { break };
        batch.push(row);
    }
    Ok((reader, batch))
}

/// Reads a file off the async threads, so that a slow disk holds up nobody.
async fn blocking<T: Send + 'static>(
    path: &Path,
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, IntakeError> {
    let failed = |cause| IntakeError::Read { path: PathBuf::from(path), cause };
    joined(tokio::task::spawn_blocking(read).await)?.map_err(failed)
}

fn joined<T>(result: Result<T, tokio::task::JoinError>) -> Result<T, IntakeError> {
    result.map_err(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => IntakeError::Stopped,
    })
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
