//! Detection: everything is read once.

use std::collections::BTreeMap;

use wasl_core::case::CaseId;
use wasl_core::schema::Problem;

use super::sample::{case, minute, open, opening};
use crate::store::{Correction, Given, Move, Moved, RecordMark, Rejected, Store};

super::on_both!(
    a_file_is_read_once,
    a_row_is_dealt_with_once,
    a_row_is_marked_with_the_case_that_it_opens,
    a_rejected_row_is_kept_once_with_its_problems,
    a_rejected_row_is_corrected_once,
);

const DETECTION: &str = "deaths";

fn mark(row_hash: &str, run: i64, result: &str, case: Option<CaseId>) -> RecordMark {
    RecordMark {
        detection: DETECTION.into(),
        row_hash: row_hash.into(),
        run,
        file: "2024-01.csv".into(),
        line: 2,
        result: result.into(),
        case,
    }
}

async fn a_file_is_read_once(store: Store) {
    let run = store.begin_run(DETECTION, minute(1)).await.unwrap();
    assert!(!store.file_seen(DETECTION, "register", "abc").await.unwrap());
    for _ in 0..2 {
        store.mark_file(DETECTION, run, "register", "abc", "2024-01.csv", minute(2)).await.unwrap();
    }
    assert!(store.file_seen(DETECTION, "register", "abc").await.unwrap());
    assert!(!store.file_seen("another", "register", "abc").await.unwrap());
    let counts = BTreeMap::from([("opened".to_owned(), 3)]);
    store.finish_run(run, &counts, minute(3)).await.unwrap();
    let other = store.begin_run("another", minute(4)).await.unwrap();
    let runs = store.runs(None, 10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [other, run]);
    let runs = store.runs(Some(DETECTION), 10).await.unwrap();
    assert_eq!((runs[0].finished_at, &runs[0].counts), (Some(minute(3)), &counts));
}

async fn a_row_is_dealt_with_once(store: Store) {
    let run = store.begin_run(DETECTION, minute(1)).await.unwrap();
    store.save_records(&[mark("a", run, "not_subscriber", None), mark("b", run, "duplicate", None)]).await.unwrap();
    store.save_records(&[mark("a", run, "opened", None)]).await.unwrap();
    let hashes = ["a", "b", "c"].map(str::to_owned);
    assert_eq!(store.known_rows(DETECTION, &hashes).await.unwrap(), hashes[..2].iter().cloned().collect());
    assert!(store.known_rows("another", &hashes).await.unwrap().is_empty());
    let counts = store.records_by_result(DETECTION).await.unwrap();
    assert_eq!(counts, [("duplicate".into(), 1), ("not_subscriber".into(), 1)].into());
}

async fn a_row_is_marked_with_the_case_that_it_opens(store: Store) {
    let run = store.begin_run(DETECTION, minute(1)).await.unwrap();
    let record = |hash: &str, id: i64| Some(mark(hash, run, "opened", Some(CaseId(id))));
    open(&store, vec![Move { record: record("a", 1), ..opening(case(1)) }]).await;
    let same_key = wasl_core::case::Case { key: case(1).key, ..case(2) };
    let again = Move { record: record("b", 2), ..opening(same_key) };
    assert_eq!(store.commit(&[again], minute(2)).await.unwrap(), [Moved::Conflict]);
    let hashes = ["a", "b"].map(str::to_owned);
    assert_eq!(store.known_rows(DETECTION, &hashes).await.unwrap(), ["a".to_owned()].into());
}

async fn a_rejected_row_is_kept_once_with_its_problems(store: Store) {
    let run = store.begin_run(DETECTION, minute(1)).await.unwrap();
    let problem = Problem { field: "cpr".into(), value: "8…1".into(), reason: "is too short".into() };
    let rejected = Rejected {
        detection: DETECTION.into(),
        row_hash: "x".into(),
        run,
        file: "2024-01.csv".into(),
        line: 17,
        problems: vec![problem],
        given: Some(Given { fields: [("cpr".to_owned(), "81".to_owned())].into(), whole: None }),
        corrected: None,
    };
    assert_eq!(store.reject(std::slice::from_ref(&rejected)).await.unwrap(), 1);
    assert_eq!(store.reject(std::slice::from_ref(&rejected)).await.unwrap(), 0);
    assert_eq!(store.rejected(Some(DETECTION), 10).await.unwrap(), [rejected]);
    assert_eq!(store.records_by_result(DETECTION).await.unwrap(), [("rejected".into(), 1)].into());
    assert_eq!(store.known_rows(DETECTION, &["x".to_owned()]).await.unwrap().len(), 1);
}

async fn a_rejected_row_is_corrected_once(store: Store) {
    let run = store.begin_run(DETECTION, minute(1)).await.unwrap();
    let row = |hash: &str, line: u64| Rejected {
        detection: DETECTION.into(),
        row_hash: hash.into(),
        run,
        file: "2024-01.csv".into(),
        line,
        problems: Vec::new(),
        given: None,
        corrected: None,
    };
    store.reject(&[row("abc1", 2), row("abd2", 3)]).await.unwrap();
    let found = |beginning: &'static str| store.rejected_row(run, beginning);
    let one = found("ABC").await.unwrap().unwrap();
    assert_eq!(one.line, 2);
    for nothing in ["", "x", "%", "abf"] {
        assert_eq!(found(nothing).await.unwrap(), None, "{nothing}");
    }
    assert_eq!(store.rejected_row(run + 1, "abc").await.unwrap(), None);
    let by = |by: &str, case: i64| Correction {
        at: minute(2),
        by: by.into(),
        result: "opened".into(),
        case: Some(CaseId(case)),
    };
    // It is corrected to one thing, however many have the form open.
    assert!(store.begin_correction(&one, "to this").await.unwrap());
    assert!(!store.begin_correction(&one, "to that").await.unwrap());
    assert!(store.begin_correction(&one, "to this").await.unwrap(), "gone on with");
    assert!(store.note_correction(&one, &by("huda", 7)).await.unwrap());
    assert!(!store.begin_correction(&one, "to this").await.unwrap(), "it is done");
    assert!(!store.note_correction(&one, &by("sami", 8)).await.unwrap());
    assert_eq!(found("abc1").await.unwrap().unwrap().corrected, Some(by("huda", 7)));
    let lines: Vec<u64> = store.rejected(None, 10).await.unwrap().iter().map(|row| row.line).collect();
    assert_eq!(lines, [3, 2], "what is done comes last");
    assert_eq!(store.records_by_result(DETECTION).await.unwrap(), [("rejected".into(), 1)].into());
    // It is known all the same: the file may come again as it was.
    assert_eq!(store.known_rows(DETECTION, &["abc1".to_owned()]).await.unwrap().len(), 1);
    store.save_records(&[mark("c", run, "not_subscriber", None)]).await.unwrap();
    assert_eq!(store.record(DETECTION, "c").await.unwrap(), Some(("not_subscriber".to_owned(), None)));
    assert_eq!(store.record(DETECTION, "d").await.unwrap(), None);
}
