//! Deals with some hundred rows at once: what is known, what is wrong, what opens a case, what belongs to one already.

use std::collections::{BTreeMap, BTreeSet};

use wasl_core::case::{Case, CaseId};
use wasl_core::event::Body;
use wasl_core::schema::Problem;
use wasl_core::value::{Record, Value};

use super::IntakeError;
use super::detect::{NewCase, OpenCases, Run};
use super::reader::Row;
use super::screen::{Screen, Screened, Tables};
use crate::store::{Given, NewEvent, RecordMark, Rejected};

/// Rows of one file, judged.
#[derive(Default)]
struct Judged {
    rejected: Vec<Rejected>,
    /// Marks of rows for which no case opens.
    out: Vec<RecordMark>,
    qualified: Vec<NewCase>,
    /// Rows that withdraw a death, with whose it is.
    withdrawn: Vec<(String, RecordMark)>,
}

impl<O: OpenCases> Run<'_, O> {
    /// Deals with a batch. The order of writing makes a stop in between harmless: cases open together with their marks; an
    /// update is stored before its mark and is the same event when it comes again; what is only counted comes last.
    pub(super) async fn batch(&mut self, file: &str, rows: Vec<Row>, tables: &Tables) -> Result<(), IntakeError> {
        let fresh = self.fresh(rows).await?;
        self.deal_with(file, fresh, tables).await
    }

    /// Deals with rows that were not dealt with before.
    pub(super) async fn deal_with(&mut self, file: &str, rows: Vec<Row>, tables: &Tables) -> Result<(), IntakeError> {
        let Judged { rejected, out, qualified, withdrawn } = self.judge(file, rows, tables);
        let keys: Vec<String> = qualified.iter().map(|case| case.key.clone()).collect();
        let mut known = self.store.cases_by_key(&self.workflow.name, &keys).await?;
        let mut opening = BTreeSet::new();
        let is_new = |case: &NewCase| {
            let there = known.contains_key(&case.key) || self.planned.keys.contains(&case.key);
            !there && opening.insert(case.key.clone())
        };
        let (new, again): (Vec<_>, Vec<_>) = qualified.into_iter().partition(is_new);
        self.count(&rejected, &out, new.len(), again.len());
        self.summary.withdrawn += count(withdrawn.len());
        if self.options.dry_run {
            self.planned.keys.append(&mut opening);
            return Ok(());
        }
        known.extend(self.open(new).await?);
        let mut marks = self.update(again, &known).await?;
        marks.extend(out);
        // After the cases of the same batch have opened, so that they are among those that are stopped.
        marks.extend(self.withdraw(file, withdrawn).await?);
        if !marks.is_empty() {
            self.store.save_records(&marks).await?;
        }
        if !rejected.is_empty() {
            self.store.reject(&rejected).await?;
        }
        Ok(())
    }

    /// Leaves out the rows that were dealt with before, in this batch or in any run.
    async fn fresh(&mut self, rows: Vec<Row>) -> Result<Vec<Row>, IntakeError> {
        let hashes: Vec<String> = rows.iter().map(|row| row.hash.clone()).collect();
        let mut known = self.store.known_rows(&self.record.detection, &hashes).await?;
        let all = rows.len();
        let is_fresh = |row: &Row| !self.planned.rows.contains(&row.hash) && known.insert(row.hash.clone());
        let fresh: Vec<Row> = rows.into_iter().filter(is_fresh).collect();
        if self.options.dry_run {
            self.planned.rows.extend(fresh.iter().map(|row| row.hash.clone()));
        }
        self.summary.unchanged += count(all - fresh.len());
        Ok(fresh)
    }

    fn judge(&mut self, file: &str, rows: Vec<Row>, tables: &Tables) -> Judged {
        let reading = self.conventions.reading();
        let (case, policy) = (&self.workflow.case, &self.workflow.policy);
        let screen = Screen { detect: self.detect, case, policy, tables, reading: &reading };
        let mut judged = Judged::default();
        for Row { line, hash, content, given } in rows {
            let (screened, given) = match content {
                Ok(record) => (screen.judge(&record), Given { fields: texts_of(&record), whole: None }),
                Err(problems) => (Screened::Undecided(problems), given),
            };
            match screened {
                Screened::Case { key, data } => {
                    let mark = self.mark(file, line, hash, "opened");
                    judged.qualified.push(NewCase { key, data, mark });
                }
                Screened::Withdrawn(person) => {
                    judged.withdrawn.push((person, self.mark(file, line, hash, "withdrawn")));
                }
                Screened::Out(name) => judged.out.push(self.mark(file, line, hash, &name)),
                Screened::Undecided(problems) => {
                    judged.rejected.push(self.rejected((file, line), hash, problems, given));
                }
            }
        }
        judged
    }

    fn count(&mut self, rejected: &[Rejected], out: &[RecordMark], new: usize, again: usize) {
        self.summary.opened += count(new);
        self.summary.duplicates += count(again);
        self.summary.rejected += count(rejected.len());
        for mark in out {
            *self.summary.screened.entry(mark.result.clone()).or_default() += 1;
        }
        for Rejected { file, line, problems, .. } in rejected {
            self.summary.sample(file, *line, problems);
        }
    }

    async fn open(&self, new: Vec<NewCase>) -> Result<Vec<(String, CaseId)>, IntakeError> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = new.iter().map(|case| case.key.clone()).collect();
        let ids = self.opener.open(new).await.map_err(IntakeError::Open)?;
        if ids.len() != keys.len() {
            let (asked, opened) = (keys.len(), ids.len());
            return Err(IntakeError::Open(format!("{asked} were asked for, {opened} were opened").into()));
        }
        Ok(keys.into_iter().zip(ids).collect())
    }

    /// Withdraws deaths that were registered in error; gives back the marks of their rows. A death that is withdrawn
    /// already stays so.
    async fn withdraw(
        &mut self,
        file: &str,
        withdrawn: Vec<(String, RecordMark)>,
    ) -> Result<Vec<RecordMark>, IntakeError> {
        let mut marks = Vec::with_capacity(withdrawn.len());
        for (person, mark) in withdrawn {
            let by = format!("detect:{}", self.record.detection);
            let reason = format!("`{}` says so ({file}, line {})", self.detect.from, mark.line);
            let stopped = self.opener.withdraw(&person, (&by, &reason)).await.map_err(IntakeError::Open)?;
            self.summary.cases_withdrawn += count(stopped.len());
            marks.push(RecordMark { case: stopped.first().copied(), ..mark });
        }
        Ok(marks)
    }

    /// Tells cases that their row came again with other values. Gives back the marks of all rows, told or not.
    async fn update(
        &mut self,
        again: Vec<NewCase>,
        known: &BTreeMap<String, CaseId>,
    ) -> Result<Vec<RecordMark>, IntakeError> {
        if again.is_empty() {
            return Ok(Vec::new());
        }
        let ids: BTreeSet<CaseId> = again.iter().filter_map(|row| known.get(&row.key).copied()).collect();
        let claims = self.store.claim_cases(&ids.into_iter().collect::<Vec<_>>()).await?;
        let cases: BTreeMap<CaseId, Case> = claims.into_iter().map(|claim| (claim.case.id, claim.case)).collect();
        let (mut marks, mut events) = (Vec::new(), Vec::new());
        for NewCase { key, data, mark } in again {
            let id = known.get(&key).copied();
            if let Some(case) = id.and_then(|id| cases.get(&id)).filter(|case| self.tells && !case.is_nameless()) {
                let changed = self.changed(case, data);
                events.extend((!changed.is_empty()).then(|| self.updated(case.id, &mark, changed)));
            }
            marks.push(RecordMark { result: "duplicate".into(), case: id, ..mark });
        }
        self.summary.updated += count(events.len());
        if !events.is_empty() {
            self.store.record_events(&events).await?;
        }
        Ok(marks)
    }

    /// What the row says otherwise than the case, among the fields that the detection gives: the others are the case's own.
    fn changed(&self, case: &Case, mut data: Record) -> Record {
        let given = self.detect.case.iter().map(|(name, _)| name);
        let differing = given.filter_map(|name| data.remove_entry(name));
        differing.filter(|(name, value)| case.data.get(name).unwrap_or(&Value::Null) != value).collect()
    }

    fn updated(&self, case: CaseId, mark: &RecordMark, data: Record) -> NewEvent {
        let source = format!("detect:{}", self.record.detection);
        NewEvent {
            case,
            by: source.clone(),
            source,
            source_id: mark.row_hash.clone(),
            at: self.options.clock.now(),
            body: Body::Updated { data },
        }
    }

    fn mark(&self, file: &str, line: u64, row_hash: String, result: &str) -> RecordMark {
        let (detection, run) = (self.record.detection.clone(), self.record.id);
        RecordMark { detection, row_hash, run, file: file.to_owned(), line, result: result.to_owned(), case: None }
    }

    fn rejected(&self, (file, line): (&str, u64), row_hash: String, problems: Vec<Problem>, given: Given) -> Rejected {
        let (detection, run, file) = (self.record.detection.clone(), self.record.id, file.to_owned());
        Rejected { detection, row_hash, run, file, line, problems, given: Some(given), corrected: None }
    }
}

/// The values of a row as they would be written in its file.
fn texts_of(record: &Record) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        other => other.to_json().to_string().trim_matches('"').to_owned(),
    };
    record.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
