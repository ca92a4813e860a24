//! `report`: the practice at a glance.

use clap::Args;
use jiff::civil::Date;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use wasl_core::report::Figures;

use super::session::Session;
use crate::failure::Failure;
use crate::output::{Answer, Format};
use crate::report::{Amount, PracticeReport, Report, csv, practice, sections};

/// `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl report                                         this year so far, month by month
  wasl report account-transfer --from 2026-01-01 --to 2026-06-30
  wasl report --format csv > practice.csv             each figure of each month a line, for a spreadsheet
  wasl report --lang ar

Figures of cases are of the cases that opened on these days. No figure names a person.")]
pub(crate) struct ReportArgs {
    /// The workflow [default: the first by name]
    #[arg(value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// The first day [default: of the year of the last day]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day [default: today]
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
}

/// Runs the command. What has happened since it was counted last is counted first.
///
/// # Errors
/// The days are none, there is no such workflow, or the database failed.
pub(crate) async fn run(args: &ReportArgs, session: &Session) -> Result<Answer, Failure> {
    session.engine.count_for_reports(&CancellationToken::new()).await?;
    let practice = practice(session, args.workflow.as_deref(), args.from.as_deref(), args.to.as_deref()).await?;
    let environment = session.engine.library.environment();
    let report = Report::new(&practice, &environment, session.screen.language);
    let text = if session.screen.format == Format::Csv { csv(&report) } else { text(&report, session) };
    Ok(Answer::new(text, json!(PracticeReport::of(&practice))))
}

fn text(report: &Report<'_>, session: &Session) -> String {
    let (screen, practice) = (session.screen, report.practice);
    let title = practice.workflow.title.get(screen.lang());
    let mut parts = vec![format!("{title}\n{} – {}", practice.from, practice.to)];
    if practice.progress.is_none_or(|progress| progress.recounting || progress.behind) {
        let words = ("not everything is counted yet; ask again in a moment", "لم يُعد كل شيء بعد؛ أعد السؤال بعد لحظة");
        parts.push(report.pick(words).to_owned());
    }
    for section in sections(report).into_iter().filter(|section| !section.lines.is_empty()) {
        let rows = section.lines.iter().map(|line| vec![line.amount.words(screen.language), line.words.clone()]);
        let table = screen.table(&["", ""], rows.collect());
        let body: Vec<&str> = table.lines().skip_while(|line| line.trim().is_empty()).collect();
        parts.push(format!("{}\n{}", screen.heading(&section.title), body.join("\n")));
    }
    parts.push(format!("{}\n{}", screen.heading(report.pick(("By month", "شهريا"))), months(report, session)));
    parts.join("\n\n")
}

fn months(report: &Report<'_>, session: &Session) -> String {
    let headers = [
        ("month", "الشهر"),
        ("opened", "فُتحت"),
        report.succeeded(),
        ("share", "النسبة"),
        ("under way", "جارية"),
        ("first call (median)", "الاتصال الأول (الوسيط)"),
        report.until_success_median(),
    ]
    .map(|words| report.pick(words));
    let language = report.language;
    let row = |(first, figures): (&Date, &Figures)| {
        vec![
            format!("{:04}-{:02}", first.year(), first.month()),
            Amount::Count(figures.opened).words(language),
            Amount::Count(figures.transferred()).words(language),
            Amount::Share(figures.share_transferred()).words(language),
            Amount::Count(figures.all_waiting()).words(language),
            Amount::WorkingHours(figures.first_call.median()).words(language),
            Amount::Days(figures.to_transfer.median()).words(language),
        ]
    };
    session.screen.table(&headers, report.practice.months.iter().map(row).collect())
}
