//! What a person does to a case. Each is an event, and is answered by what it led to.

use std::io::Read;

use clap::Args;
use serde_json::json;
use wasl_core::event::Body;
use wasl_core::value::Record;

use super::list::to_json;
use super::would;
use crate::acts::{Act, Said};
use crate::asked;
use crate::cli::aftermath::{next_lines, submit};
use crate::cli::data;
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Answer;

/// Who does it.
#[derive(Debug, Args)]
pub(crate) struct By {
    /// Who reports it; the user of this machine unless given
    #[arg(long, value_name = "NAME", env = "WASL_BY", hide_env_values = true)]
    by: Option<String>,
}

impl By {
    /// The name under which it is recorded.
    pub(crate) fn name(&self) -> String {
        let user = || std::env::var("USER").ok().filter(|user| !user.is_empty());
        match (&self.by, user()) {
            (Some(by), _) => by.clone(),
            (None, Some(user)) => format!("operator:{user}"),
            (None, None) => "operator".into(),
        }
    }
}

/// Values for a case or an event.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// A value, such as `heir_cpr=801234567` or `heir.name=Ahmed`; as often as needed
    #[arg(long = "data", value_name = "NAME=VALUE", num_args = 1..)]
    data: Vec<String>,
    /// All values as one JSON object; `-` reads it from standard input
    #[arg(long, value_name = "OBJECT")]
    json: Option<String>,
}

impl Data {
    fn read(&self) -> Result<Record, Failure> {
        let mut object = self.json.clone();
        if object.as_deref() == Some("-") {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| Failure::new(Exit::Usage, format!("cannot read standard input: {error}")))?;
            object = Some(text);
        }
        data::both(&self.data, object.as_deref()).map_err(|message| Failure::new(Exit::Usage, message))
    }
}

/// `case open`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl case open account-transfer --json - < case.json
  wasl case open account-transfer --data cpr=530445233 account_no=100200 date_of_death=2024-05-10 ...")]
pub(crate) struct OpenArgs {
    /// The workflow
    #[arg(value_name = "WORKFLOW")]
    workflow: String,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    by: By,
}

/// `case event`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case event KXT2P account.transferred --by billing
  wasl case event KXT2P account.transferred --data heir_cpr=801234567 --id transfer-4711")]
pub(crate) struct EventArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    /// What happened: an event that the workflow declares
    #[arg(value_name = "EVENT")]
    event: String,
    #[command(flatten)]
    data: Data,
    /// The reporter's own id of it: the same id again changes nothing
    #[arg(long, value_name = "SOURCE-ID")]
    id: Option<String>,
    #[command(flatten)]
    by: By,
}

/// `case resume`, `case retry`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case resume KXT2P
  wasl case retry KXT2P")]
pub(crate) struct PlainArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    #[command(flatten)]
    by: By,
}

/// `case hold`, `case skip`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case hold KXT2P --reason 'the family asked for a week of quiet'
  wasl case skip KXT2P --reason 'the template is mended in the next version'")]
pub(crate) struct ReasonArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    /// Why; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

/// `case close`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl case close KXT2P --outcome duplicate --reason 'the same account as 9TB4M'")]
pub(crate) struct CloseArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    /// How it ended, in one word: it is counted in reports
    #[arg(long, value_name = "WORD")]
    outcome: String,
    /// Why; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

/// `case move`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case move KXT2P escalation --reason 'the family asked for a visit' --dry-run
  wasl case move KXT2P escalation --reason 'the family asked for a visit'

What the present state left open is withdrawn. The other state is entered as by any transition: what it sends goes under the
contact policy, and its times begin now. A held case stays held there; a case that an incident has stopped goes on from
there. The state in which the case is begins anew. A case that is over is not moved.")]
pub(crate) struct MoveArgs {
    /// The case: its reference or number
    #[arg(value_name = "CASE")]
    case: String,
    /// The state, by its name in the case's version of the workflow
    #[arg(value_name = "STATE")]
    state: String,
    /// Why; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Only say what it would lead to: whom it would write to, when and what, and what it would withdraw
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: By,
}

pub(super) async fn open(args: &OpenArgs, session: &Session) -> Result<Answer, Failure> {
    session.engine.load_workflows(&session.settings.workflows, &args.by.name()).await?;
    let opened = session.engine.open_case(&args.workflow, args.data.read()?, &args.by.name()).await?;
    let explanation = session.engine.explain(&opened.case, session.screen.lang()).await?;
    let (reference, screen) = (opened.case.id.reference(), session.screen);
    let first = if opened.new {
        screen.pick("opened", "فتحت")
    } else {
        screen.pick(
            "there is a case with this key already; other values were told to it",
            "توجد حالة بهذا المفتاح من قبل؛ أبلغت بالقيم الأخرى",
        )
    };
    let first = format!("{reference}: {first}");
    let lines: Vec<String> = std::iter::once(first).chain(next_lines(&explanation, screen)).collect();
    let json = json!({"new": opened.new, "case": to_json(&opened.case), "next": explanation});
    Ok(Answer::new(lines.join("\n"), json))
}

pub(super) async fn event(args: &EventArgs, session: &Session) -> Result<Answer, Failure> {
    let case = session.case(&args.case).await?;
    let body = asked::external(session, &case, &args.event, &args.data.read()?).await?;
    submit(session, &case, &args.by.name(), args.id.as_deref(), body).await
}

pub(super) async fn hold(args: &ReasonArgs, session: &Session) -> Result<Answer, Failure> {
    act(session, &args.case, &args.by, Act::Hold.body(&because(&args.reason))?).await
}

pub(super) async fn resume(args: &PlainArgs, session: &Session) -> Result<Answer, Failure> {
    act(session, &args.case, &args.by, Body::Resume).await
}

pub(super) async fn close(args: &CloseArgs, session: &Session) -> Result<Answer, Failure> {
    let said = Said { outcome: args.outcome.clone(), ..because(&args.reason) };
    act(session, &args.case, &args.by, Act::Close.body(&said)?).await
}

pub(super) async fn retry(args: &PlainArgs, session: &Session) -> Result<Answer, Failure> {
    act(session, &args.case, &args.by, Body::Retry).await
}

pub(super) async fn skip(args: &ReasonArgs, session: &Session) -> Result<Answer, Failure> {
    act(session, &args.case, &args.by, Act::Skip.body(&because(&args.reason))?).await
}

pub(super) async fn to_state(args: &MoveArgs, session: &Session) -> Result<Answer, Failure> {
    let body = Act::Move.body(&Said { state: args.state.clone(), ..because(&args.reason) })?;
    if args.dry_run {
        return would::tell(&session.case(&args.case).await?, &body, session).await;
    }
    act(session, &args.case, &args.by, body).await
}

fn because(reason: &str) -> Said {
    Said { reason: reason.to_owned(), ..Said::default() }
}

async fn act(session: &Session, reference: &str, by: &By, body: Body) -> Result<Answer, Failure> {
    let case = session.case(reference).await?;
    submit(session, &case, &by.name(), None, body).await
}
