//! What a detection did, in the reader's language. The English stands with the summary itself, in the engine.

use std::fmt::Write as _;

use wasl_runtime::intake::{FileOutcome, RunSummary};

use crate::output::{Screen, thousands};
use crate::settings::Language;
use crate::words::{CASE, FILE, ROW};

/// A summary as lines.
pub(super) fn words(summary: &RunSummary, screen: Screen) -> String {
    match screen.language {
        Language::En => summary.to_string().trim_end().to_owned(),
        Language::Ar => arabic(summary, screen),
    }
}

fn arabic(summary: &RunSummary, screen: Screen) -> String {
    if summary.files.is_empty() {
        return format!("{}: لا ملفات بعد في `{}`", summary.detection, summary.csv);
    }
    let (rows, files) = (screen.count(summary.rows(), &ROW), screen.count(summary.files.len() as u64, &FILE));
    let dry_run = if summary.dry_run { "؛ تجربة لم يُكتب فيها شيء" } else { "" };
    let mut text = format!("{}: {rows}، {files}، {}{dry_run}", summary.detection, read_before(summary, screen));
    text += &of_files(summary, screen);
    text += &counts(summary, screen);
    for sample in &summary.rejected_samples {
        let _ = write!(text, "\n  {}، السطر {}: {}", sample.file, sample.line, sample.problems_ar.join("؛ "));
    }
    let more = summary.rejected_beside_samples();
    if more > 0 {
        let _ = write!(text, "\n  ومما رُفض غير ذلك {}", screen.count(more, &ROW));
    }
    text
}

/// How many of the files were read by an earlier run. Verb and pronoun agree with one, two and more.
fn read_before(summary: &RunSummary, screen: Screen) -> String {
    let all = summary.files.len();
    let before = summary.files.iter().filter(|file| file.outcome == FileOutcome::ReadBefore).count();
    let of_them = if all == 2 { "منهما" } else { "منها" };
    match (before, all) {
        (0, 1) => "لم يُقرأ من قبل".to_owned(),
        (0, _) => format!("لم يُقرأ أي {of_them} من قبل"),
        (1, 1) => "قُرئ من قبل".to_owned(),
        (2, 2) => "قُرئا من قبل".to_owned(),
        (before, all) if before == all => "قُرئت كلها من قبل".to_owned(),
        (before, _) => format!("قُرئ {of_them} من قبل {}", screen.count(before as u64, &FILE)),
    }
}

fn of_files(summary: &RunSummary, screen: Screen) -> String {
    let mut text = String::new();
    for file in &summary.files {
        match &file.outcome {
            FileOutcome::Refused { reason } => {
                let _ = write!(text, "\n  {}، السطر 1: رُفض الملف: {}", file.file, reason.get("ar"));
            }
            FileOutcome::Changed => {
                let _ = write!(text, "\n  {}: كُتب فيه أثناء قراءته، ويُقرأ من جديد في المرة القادمة", file.file);
            }
            FileOutcome::Read | FileOutcome::ReadBefore => {}
        }
        if !file.ignored_columns.is_empty() {
            let _ = write!(text, "\n  {}: أعمدة لا تُستخدم: {}", file.file, file.ignored_columns.join("، "));
        }
    }
    for (source, count) in &summary.lookup_rejected {
        let _ = write!(text, "\n  المصدر المرجعي `{source}`: استُبعد منه لتعذر القراءة {}", screen.count(*count, &ROW));
    }
    text
}

/// What became of how many rows. Reasons of the workflow have the names that stand in its file.
fn counts(summary: &RunSummary, screen: Screen) -> String {
    let with_other_values = match summary.updated {
        0 => String::new(),
        rows => format!("  بقيم أخرى: {}", screen.count(rows, &ROW)),
    };
    let stopped = match summary.cases_withdrawn {
        0 => String::new(),
        cases => format!("  أُوقفت {}", screen.count(cases, &CASE)),
    };
    let withdraws = (summary.withdrawn > 0).then_some(("سحبت خبر وفاة", summary.withdrawn, stopped.as_str()));
    let lines = [
        ("فُتحت لها حالة", summary.opened, ""),
        ("لها حالة من قبل", summary.duplicates, with_other_values.as_str()),
        ("عولجت من قبل", summary.unchanged, ""),
    ];
    let screened = summary.screened.iter().map(|(name, count)| (name.as_str(), *count, ""));
    let rejected = [("رُفضت", summary.rejected, "")];
    let mut text = String::new();
    for (name, count, note) in lines.into_iter().chain(withdraws).chain(screened).chain(rejected) {
        let _ = write!(text, "\n  {name}: {}{note}", thousands(count));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use wasl_core::lang::Texts;
    use wasl_runtime::intake::FileSummary;

    use super::*;
    use crate::output::Format;

    fn file(name: &str, rows: u64, outcome: FileOutcome) -> FileSummary {
        FileSummary { file: name.into(), rows, outcome, ignored_columns: Vec::new() }
    }

    fn summary(files: Vec<FileSummary>) -> RunSummary {
        RunSummary {
            files,
            ..RunSummary::new("transfer/deaths".into(), "deaths/*.csv".into(), true, jiff::Timestamp::UNIX_EPOCH)
        }
    }

    fn said(summary: &RunSummary) -> String {
        words(summary, Screen { format: Format::Text, color: false, width: None, language: Language::Ar })
    }

    #[test]
    fn a_summary_is_read_at_a_glance_in_arabic() {
        let mut summary = summary(vec![
            file("a.csv", 1_040, FileOutcome::Read),
            file("b.csv", 0, FileOutcome::ReadBefore),
            file("c.csv", 0, FileOutcome::Refused { reason: Texts::both("the file is empty", "الملف فارغ") }),
        ]);
        (summary.opened, summary.duplicates, summary.updated, summary.rejected) = (1_000, 37, 12, 2);
        (summary.withdrawn, summary.cases_withdrawn) = (1, 2);
        summary.screened = BTreeMap::from([("not_subscriber".into(), 1)]);
        summary.lookup_rejected = BTreeMap::from([("kin".into(), 2)]);
        summary.files[0].ignored_columns = vec!["x".into(), "y".into()];
        let expected = "\
transfer/deaths: 1,040 صفا، 3 ملفات، قُرئ منها من قبل ملف واحد؛ تجربة لم يُكتب فيها شيء
  a.csv: أعمدة لا تُستخدم: x، y
  c.csv، السطر 1: رُفض الملف: الملف فارغ
  المصدر المرجعي `kin`: استُبعد منه لتعذر القراءة صفان
  فُتحت لها حالة: 1,000
  لها حالة من قبل: 37  بقيم أخرى: 12 صفا
  عولجت من قبل: 0
  سحبت خبر وفاة: 1  أُوقفت حالتان
  not_subscriber: 1
  رُفضت: 2
  ومما رُفض غير ذلك 4 صفوف";
        assert_eq!(said(&summary), expected);
        assert_eq!(json!(summary)["rejected"], 2);
    }

    #[test]
    fn one_two_and_more_files_are_said_as_they_are_in_arabic() {
        use FileOutcome::{Read, ReadBefore};
        let first = |outcomes: &[FileOutcome]| {
            let files = outcomes.iter().map(|outcome| file("a.csv", 0, outcome.clone())).collect();
            let said = said(&summary(files));
            said.split_once("، ").unwrap().1.split_once('؛').unwrap().0.to_owned()
        };
        assert_eq!(first(&[Read]), "ملف واحد، لم يُقرأ من قبل");
        assert_eq!(first(&[ReadBefore]), "ملف واحد، قُرئ من قبل");
        assert_eq!(first(&[Read, Read]), "ملفان، لم يُقرأ أي منهما من قبل");
        assert_eq!(first(&[Read, ReadBefore]), "ملفان، قُرئ منهما من قبل ملف واحد");
        assert_eq!(first(&[ReadBefore, ReadBefore]), "ملفان، قُرئا من قبل");
        assert_eq!(first(&[ReadBefore, ReadBefore, Read]), "3 ملفات، قُرئ منها من قبل ملفان");
        assert_eq!(first(&[ReadBefore, ReadBefore, ReadBefore]), "3 ملفات، قُرئت كلها من قبل");
        assert_eq!(said(&summary(Vec::new())), "transfer/deaths: لا ملفات بعد في `deaths/*.csv`");
    }
}
