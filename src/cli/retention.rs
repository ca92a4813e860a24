//! `retention`: what is erased when, what would be erased now, and doing it by hand.

use std::io::IsTerminal;

use clap::{Args, Subcommand};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::asking::confirmed;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Answer;
use crate::retention::{due_now, lines, to_json};
use crate::words::CASE;

/// The commands about retention.
#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Say what the rules are, what would be erased now and within 30 days, and what was erased last
    Preview(PreviewArgs),
    /// Erase now what has been kept long enough; the daemon does so by itself every 10 minutes
    Run(RunArgs),
}

/// `retention preview`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl retention preview
  wasl retention preview --lang ar
  wasl retention preview --format json

Nothing is changed. Cases are counted from their end; one that is kept (`wasl case keep`) or was opened again is not among
them. Without `retention` in config/wasl.yaml nothing is ever erased.")]
pub(crate) struct PreviewArgs {}

/// `retention run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl retention run
  wasl retention run --yes --format json

It cannot be undone. Names, numbers, texts and notes go from the database, and with a term for `history` the lines of old
histories; states, outcomes, times and every figure of the reports stay. Copies elsewhere stay as they are: backups, the
files of the sources, what was exported or sent to others.")]
pub(crate) struct RunArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Runs a command.
///
/// # Errors
/// No rule is set, or the database cannot be used.
pub(crate) async fn run(command: &RetentionCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        RetentionCommand::Preview(_) => preview(session).await,
        RetentionCommand::Run(args) => erase(args, session).await,
    }
}

async fn preview(session: &Session) -> Result<Answer, Failure> {
    let state = crate::retention::state(session).await?;
    Ok(Answer::new(lines(&state, session).join("\n"), to_json(&state)))
}

async fn erase(args: &RunArgs, session: &Session) -> Result<Answer, Failure> {
    let (state, screen) = (crate::retention::state(session).await?, session.screen);
    if !state.rules.is_set() {
        return Err(Failure::new(Exit::Refused, "no rule is set: nothing is ever erased")
            .help("say under `retention` in config/wasl.yaml how long what is kept"));
    }
    if !args.yes {
        let what = lines(&state, session).join("\n");
        let question =
            screen.pick("Erase it now? It cannot be undone. Write yes:", "هل يُمحى الآن؟ لا رجعة في ذلك. اكتب نعم:");
        confirmed(&what, question, "look with `wasl retention preview`, then say `--yes`")?;
    }
    let told = std::io::stderr().is_terminal();
    let due = due_now(&state);
    let progress = |erased: &wasl_runtime::engine::ErasedCases| {
        if told {
            crate::retention::tell_progress(erased, due, screen);
        }
    };
    let erased = session.engine.erase_due(&CancellationToken::new(), &progress).await;
    let erased = erased.map_err(|error| crate::retention::failure(error, screen))?;
    if erased.elsewhere {
        return Err(Failure::new(Exit::Refused, "another process is erasing at this moment; nothing was done here")
            .help("see what came of it in a minute: `wasl retention preview`"));
    }
    let mut text = crate::retention::erased_words(&erased, screen);
    let failed: Vec<String> = erased.failed_cases.iter().map(|case| case.reference()).collect();
    if erased.failed > 0 {
        let cases = screen.count(erased.failed, &CASE);
        let why = screen.pick(
            "due and not erased, as the workflow version or the row cannot be read",
            "مستحقة لم تُمح لأن إصدار مسارها أو سجلها لا يُقرأ",
        );
        text = format!("{text}\n{cases} {why}: {}", failed.join(", "));
    }
    if erased.uncounted {
        let why = screen.pick(
            "no names were erased: cases are still being counted for the reports; run it again in a minute",
            "لم تُمح الأسماء لأن الحالات ما زالت تُعد للتقارير؛ أعد المحاولة بعد دقيقة",
        );
        text = format!("{text}\n{why}");
    }
    let json = json!({
        "uncounted": erased.uncounted,
        "erased": {"people": erased.people, "texts": erased.texts, "others": erased.others,
                   "histories": erased.histories},
        "failed": erased.failed,
        "failed_cases": failed,
    });
    Ok(Answer::new(text, json).exit(if erased.failed > 0 || erased.uncounted { Exit::Refused } else { Exit::Done }))
}
