//! `detect rejected`: rows that could not be read, and correcting them.

use crate::settings::Language;
use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::case::CaseId;
use wasl_core::schema::Problem;
use wasl_runtime::intake::Corrected;
use wasl_runtime::store::Rejected;

use crate::access::trace;
use crate::cli::case::By;
use crate::cli::session::Session;
use crate::corrections::{Sheet, find, name_of, sheet};
use crate::failure::{Exit, Failure};
use crate::output::{Answer, facts};

/// The commands about rows that could not be read.
#[derive(Debug, Subcommand)]
pub(crate) enum RejectedCommand {
    /// List rows that could not be read, with what is wrong; personal values are masked
    List(ListArgs),
    /// Show one, column by column, personal values too
    Show(ShowArgs),
    /// Correct one: it goes the way of every row of its file, and opens one case at the most
    Correct(CorrectArgs),
}

/// `detect rejected list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl detect rejected list
  wasl detect rejected list --detection account-transfer/death-register --format json")]
pub(crate) struct ListArgs {
    /// Only of this detection
    #[arg(long, value_name = "DETECTION")]
    detection: Option<String>,
    /// At the most so many; those that were corrected come last
    #[arg(long, value_name = "N", default_value_t = 100, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// `detect rejected show`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl detect rejected show 1-3f9a0c52b7de")]
pub(crate) struct ShowArgs {
    /// The row, as the list names it
    #[arg(value_name = "ROW")]
    row: String,
    #[command(flatten)]
    by: By,
}

/// `detect rejected correct`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl detect rejected correct 1-3f9a0c52b7de --set cpr=840101234
  wasl detect rejected correct 1-3f9a0c52b7de --set date_of_death=2026-10-03 registered_on=2026-10-05

What is not set stays as it was read. Exit code 1 if the row cannot be read with these values either; nothing is
changed then.")]
pub(crate) struct CorrectArgs {
    /// The row, as the list names it
    #[arg(value_name = "ROW")]
    row: String,
    /// Values by column
    #[arg(long, value_name = "COLUMN=VALUE", num_args = 1.., required = true)]
    set: Vec<String>,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// There is no such row, it cannot be corrected here, or the database failed.
pub(crate) async fn run(command: &RejectedCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        RejectedCommand::List(args) => list(args, session).await,
        RejectedCommand::Show(args) => show(args, session).await,
        RejectedCommand::Correct(args) => correct(args, session).await,
    }
}

async fn list(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    let rows = session.store().rejected(args.detection.as_deref(), args.limit).await?;
    let wrong = |row: &Rejected| {
        row.problems.iter().map(|problem| problem.words(session.screen.lang())).collect::<Vec<_>>().join("; ")
    };
    let done = |row: &Rejected| match &row.corrected {
        Some(done) => session.screen.pick("corrected: ", "صُحّح: ").to_owned() + &done.result,
        None => wrong(row),
    };
    let cells = |row: &Rejected| vec![name_of(row), row.file.clone(), row.line.to_string(), done(row)];
    let headers = match session.screen.language {
        Language::En => ["row", "file", "line", "what is wrong"],
        Language::Ar => ["الصف", "الملف", "السطر", "الخطأ"],
    };
    let text = if rows.is_empty() {
        session.screen.pick("every row could be read", "قُرئت كل الصفوف").to_owned()
    } else {
        session.screen.table(&headers, rows.iter().map(cells).collect())
    };
    Ok(Answer::new(text, rows.iter().map(row_json).collect()))
}

fn row_json(row: &Rejected) -> Json {
    let problem = |problem: &Problem| json!({"field": problem.field, "value": problem.value, "reason": problem.reason});
    let corrected = row.corrected.as_ref().map(
        |done| json!({"at": done.at, "by": done.by, "result": done.result, "case": done.case.map(CaseId::reference)}),
    );
    json!({"row": name_of(row), "detection": row.detection, "run": row.run, "file": row.file, "line": row.line,
        "problems": row.problems.iter().map(problem).collect::<Vec<_>>(), "corrected": corrected})
}

/// A row with its columns. What a detection reads stands in the files alone, as for `wasl detect`.
async fn opened(row: &str, session: &Session) -> Result<Sheet, Failure> {
    let rejected = find(session, row).await?;
    session.engine.load_workflows(&session.settings.workflows, "cli").await?;
    sheet(session, rejected).await
}

async fn show(args: &ShowArgs, session: &Session) -> Result<Answer, Failure> {
    let sheet = opened(&args.row, session).await?;
    note(session, &args.by, "rejected.see_personal", &args.row).await?;
    let rejected = &sheet.rejected;
    let value = |column| {
        let wrong = Sheet::wrong(column, &rejected.problems, session.screen.lang()).map(|wrong| format!("  ← {wrong}"));
        format!("{}{}", sheet.value(column, None), wrong.unwrap_or_default())
    };
    let rows: Vec<(&str, String)> = sheet.columns.iter().map(|column| (column.name.as_str(), value(column))).collect();
    let mut text = format!("{} {}: {}\n\n{}", rejected.file, rejected.line, rejected.detection, facts(&rows));
    for wrong in sheet.wrong_as_a_whole(&rejected.problems, session.screen.lang()) {
        text = format!("{text}\n{wrong}");
    }
    let values: BTreeMap<&str, String> =
        sheet.columns.iter().map(|column| (column.name.as_str(), sheet.value(column, None))).collect();
    let mut json = row_json(rejected);
    json["fields"] = json!(values);
    Ok(Answer::new(text, json))
}

async fn correct(args: &CorrectArgs, session: &Session) -> Result<Answer, Failure> {
    let sheet = opened(&args.row, session).await?;
    let pair = |pair: &String| {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Failure::new(Exit::Usage, format!("`{pair}` is not a value")).help("write for example `cpr=840101234`")
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    let given = sheet.with(args.set.iter().map(pair).collect::<Result<_, Failure>>()?)?;
    note(session, &args.by, "rejected.correct", &args.row).await?;
    let corrected = session.engine.correct_rejected(&sheet.rejected, &given, &args.by.name()).await?;
    match corrected {
        Some(Corrected::Taken { result, case }) => {
            let reference = case.map(CaseId::reference);
            let text = match &reference {
                Some(case) => format!("{result}: {case}"),
                None => result.clone(),
            };
            Ok(Answer::new(text, json!({"result": result, "case": reference})))
        }
        Some(Corrected::Refused(problems)) => {
            let words = problems.iter().map(|problem| format!("`{}` {}", problem.field, problem.reason));
            let failure = Failure::new(Exit::Refused, "the row cannot be read with these values either");
            Err(failure.help(words.collect::<Vec<_>>().join("; ")))
        }
        None => Err(Failure::new(Exit::Refused, "its detection is no more")),
    }
}

/// Notes who looks at a row or corrects it, before it is done.
async fn note(session: &Session, by: &By, act: &str, row: &str) -> Result<(), Failure> {
    let entry = trace(session.engine.now(), &by.name(), act, Some(row.to_owned()));
    Ok(session.store().record_audit(&[entry]).await?)
}
