//! `death`: a registration that was wrong. One command stops everything about a person in every workflow.

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::case::{Case, CaseId, Standing};
use wasl_runtime::engine::Reversed;

use super::asking::confirmed;
use super::case::By;
use super::session::Session;
use crate::asked::{by_case, known_deceased};
use crate::failure::Failure;
use crate::output::Answer;
use crate::settings::Language;
use crate::words::CASE;

/// The commands about deaths.
#[derive(Debug, Subcommand)]
pub(crate) enum DeathCommand {
    /// Withdraw a death that was registered in error: every case about the person takes back what has not left, and goes
    /// where its workflow leads
    Reverse(ReverseArgs),
    /// Take a withdrawal back: the person is dead after all, and nobody contacts them
    Confirm(ConfirmArgs),
}

/// `death reverse`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl death reverse 530445233 --reason 'the register withdrew entry 4711' --dry-run
  wasl death reverse KXT2P --reason 'he answered the telephone himself' --yes

All cases about the same personal number are meant, in every workflow, open and ended. Messages that have left cannot be
taken back. Each case takes `death.withdrawn` where its workflow says so (`on`, `anywhere`, `reopen`); where it says
nothing the case is held for a person. The same command again changes nothing.")]
pub(crate) struct ReverseArgs {
    /// The personal number of the person, or a case about them: its reference or number
    #[arg(value_name = "PERSON|CASE")]
    who: String,
    /// Why; it stays in the history of every case
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Only show what it would do
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    by: By,
}

/// `death confirm`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl death confirm KXT2P --reason 'the registry has confirmed entry 4711'
  wasl death confirm 530445233 --reason 'the hospital confirms it'

The cases stay where they are; lead each on with the answer that its workflow offers, such as `death_confirmed`.")]
pub(crate) struct ConfirmArgs {
    /// The personal number of the person, or a case about them: its reference or number
    #[arg(value_name = "PERSON|CASE")]
    who: String,
    /// Why; it stays in the history of every case
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// Nobody is known to be dead by that number or case, or the database cannot be used.
pub(crate) async fn run(command: &DeathCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        DeathCommand::Reverse(args) => reverse(args, session).await,
        DeathCommand::Confirm(args) => confirm(args, session).await,
    }
}

async fn reverse(args: &ReverseArgs, session: &Session) -> Result<Answer, Failure> {
    let cases = by_case(&known_deceased(&args.who, session).await?);
    let planned = session.engine.reversal(&cases, &args.reason).await?;
    let open: Vec<CaseId> = cases.iter().filter(|(_, already)| !already).map(|(case, _)| *case).collect();
    let screen = session.screen;
    if open.is_empty() || args.dry_run {
        let first = if open.is_empty() {
            screen
                .pick("this death is withdrawn already; nothing changed", "قيد هذه الوفاة مسحوب من قبل، ولم يتغير شيء")
        } else {
            screen.pick("this is what it would do; nothing is changed", "هذا ما سيحدث، ولم يتغير شيء بعد")
        };
        return answer(first, &planned, session).await;
    }
    if !args.yes {
        ask(&planned, session).await?;
    }
    session.engine.withdraw_death(&open, (&args.by.name(), &args.reason)).await?;
    let mut done = Vec::with_capacity(planned.len());
    for of in planned {
        let after = session.store().case(of.before.id).await?.unwrap_or(of.after);
        done.push(Reversed { after, ..of });
    }
    let first = screen.pick("the death is withdrawn", "سُحب قيد الوفاة");
    answer(first, &done, session).await
}

async fn confirm(args: &ConfirmArgs, session: &Session) -> Result<Answer, Failure> {
    let cases = by_case(&known_deceased(&args.who, session).await?);
    let withdrawn: Vec<CaseId> = cases.iter().filter(|(_, already)| *already).map(|(case, _)| *case).collect();
    let screen = session.screen;
    let references: Vec<String> = withdrawn.iter().map(|case| case.reference()).collect();
    let json = json!({"confirmed": references});
    if withdrawn.is_empty() {
        let text = screen.pick("no withdrawal is known; nothing changed", "لا يُعرف سحب لهذا القيد، ولم يتغير شيء");
        return Ok(Answer::new(text, json));
    }
    session.engine.confirm_death(&withdrawn, (&args.by.name(), &args.reason)).await?;
    let first =
        screen.pick("the death counts again; nobody contacts the deceased", "عاد القيد ساريا، ولن يُتواصل مع المتوفى");
    Ok(Answer::new(format!("{first}: {}", references.join(", ")), json))
}

/// Asks whether it shall be done, after showing it.
async fn ask(planned: &[Reversed], session: &Session) -> Result<(), Failure> {
    let table = table(planned, session).await?;
    let question = session.screen.pick("Withdraw the death? Write yes:", "هل يُسحب قيد الوفاة؟ اكتب نعم:");
    confirmed(&table, question, "look with `--dry-run`, then say `--yes`")
}

async fn answer(first: &str, reversed: &[Reversed], session: &Session) -> Result<Answer, Failure> {
    let screen = session.screen;
    let cases = screen.count(u64::try_from(reversed.len()).unwrap_or(u64::MAX), &CASE);
    let json: Vec<Json> = reversed.iter().map(to_json).collect();
    Ok(Answer::new(format!("{first} ({cases})\n\n{}", table(reversed, session).await?), Json::from(json)))
}

async fn table(reversed: &[Reversed], session: &Session) -> Result<String, Failure> {
    let screen = session.screen;
    let headers = match screen.language {
        Language::En => ["case", "workflow", "messages stopped", "work stopped", "was", "goes to"],
        Language::Ar => ["الحالة", "المسار", "رسائل أُوقفت", "مهام أُوقفت", "كانت في", "تنتقل إلى"],
    };
    let mut rows = Vec::new();
    for of in reversed {
        let reference = of.before.id.reference();
        let (was, is) = (place(&of.before, session).await?, place(&of.after, session).await?);
        let now = if of.already { screen.pick("withdrawn already", "مسحوبة من قبل").to_owned() } else { is };
        let counts = [of.messages.to_string(), of.calls.to_string()];
        let [messages, calls] = counts;
        rows.push(vec![reference, of.before.workflow.to_string(), messages, calls, was, now]);
    }
    Ok(screen.table(&headers, rows))
}

/// Where a case stands, in words.
async fn place(case: &Case, session: &Session) -> Result<String, Failure> {
    let told = session.told(case).await?;
    let state = told.workflow.state_named(&case.state);
    let title = state.map(|(_, state)| state.title.get(session.screen.lang())).filter(|title| !title.is_empty());
    let title = title.unwrap_or(&case.state).to_owned();
    Ok(match &case.standing {
        Standing::Held { .. } => format!("{title} ({})", session.screen.pick("held", "موقوفة")),
        Standing::Incident(_) => format!("{title} ({})", session.screen.pick("incident", "متعثرة")),
        Standing::Open | Standing::Ended { .. } => title,
    })
}

fn to_json(of: &Reversed) -> Json {
    json!({
        "case": of.before.id.reference(),
        "workflow": of.before.workflow,
        "already": of.already,
        "messages_stopped": of.messages,
        "calls_stopped": of.calls,
        "was": {"state": of.before.state, "standing": of.before.standing.as_str()},
        "is": {"state": of.after.state, "standing": of.after.standing.as_str()},
    })
}
