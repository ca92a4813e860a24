//! `audit`: who did what, and who looked at personal data. It shows ids, never names of families.

use clap::{Args, Subcommand};
use serde_json::json;
use wasl_core::case::CaseId;
use wasl_runtime::store::{AuditEntry, AuditFilter, AuditProof};

use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Answer;

/// The commands about the trace.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// List who did what, the youngest first
    List(ListArgs),
    /// Prove that no entry was changed or taken out since it was recorded
    Verify(VerifyArgs),
}

/// `audit list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl audit list
  wasl audit list --case KXT2P
  wasl audit list --who user:huda --limit 200
  wasl audit list --act case.see_personal --format json")]
pub(crate) struct ListArgs {
    /// Only about this case: its reference or number
    #[arg(long, value_name = "CASE")]
    case: Option<String>,
    /// Only by this one: user:NAME, key:NAME or operator:NAME
    #[arg(long, value_name = "WHO")]
    who: Option<String>,
    /// Only this act, such as `login` or `case.see_personal`
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// Only entries before this one
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    /// At the most so many
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// `audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl audit verify")]
pub(crate) struct VerifyArgs {}

/// Runs a command.
///
/// # Errors
/// The trace does not hold, or the database failed.
pub(crate) async fn run(command: &AuditCommand, session: &Session) -> Result<Answer, Failure> {
    match command {
        AuditCommand::List(args) => list(args, session).await,
        AuditCommand::Verify(_) => verify(session).await,
    }
}

async fn list(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    let case = match &args.case {
        Some(case) => Some(session.case(case).await?.id),
        None => None,
    };
    let filter =
        AuditFilter { who: args.who.clone(), act: args.act.clone(), case, before: args.before, limit: args.limit };
    let entries = session.store().audit(&filter).await?;
    let json = entries.iter().map(|AuditEntry { id, entry }| {
        json!({"id": id, "at": entry.at, "who": entry.who, "act": entry.act,
            "case": entry.case.map(CaseId::reference), "subject": entry.subject})
    });
    let json = json.collect();
    let screen = session.screen;
    if entries.is_empty() {
        return Ok(Answer::new(screen.pick("nothing is recorded", "لم يسجل شيء"), json));
    }
    let headers = [
        screen.pick("entry", "القيد"),
        screen.pick("when", "متى"),
        screen.pick("who", "من"),
        screen.pick("act", "الفعل"),
        screen.pick("case", "الحالة"),
        screen.pick("on", "على"),
    ];
    let row = |AuditEntry { id, entry }: &AuditEntry| {
        let case = entry.case.map(CaseId::reference).unwrap_or_default();
        let subject = entry.subject.clone().unwrap_or_default();
        vec![id.to_string(), session.moment(entry.at), entry.who.clone(), entry.act.clone(), case, subject]
    };
    Ok(Answer::new(screen.table(&headers, entries.iter().map(row).collect()), json))
}

async fn verify(session: &Session) -> Result<Answer, Failure> {
    let AuditProof { entries, broken, last_hash } = session.store().verify_audit().await?;
    if let Some(broken) = broken {
        return Err(Failure::new(
            Exit::Refused,
            format!("entry {broken} is not what was recorded, or one before it is missing"),
        )
        .help("somebody has changed the database by hand: compare it with a backup"));
    }
    let text = session.screen.pick("every entry is as it was recorded", "كل قيد كما سجل");
    let keep = session.screen.pick("its last hash, to be kept elsewhere", "آخر بصمة، لتحفظ في مكان آخر");
    let json = json!({"entries": entries, "holds": true, "last_hash": last_hash});
    Ok(Answer::new(format!("{text} ({entries})\n  {keep}: {last_hash}"), json))
}
