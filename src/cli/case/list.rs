//! `case list`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};
use wasl_core::case::{Case, Standing};
use wasl_core::search::sought;
use wasl_runtime::store::CaseFilter;

use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, thousands};
use crate::settings::Language;
use crate::words::CASE;

/// `case list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl case list --state escalation
  wasl case list --standing incident
  wasl case list --search 530445233
  wasl case list --search 'خديجة الموسوي' --overdue
  wasl case list --limit 1000 --format json")]
pub(crate) struct ListArgs {
    /// Only cases of this workflow
    #[arg(long, value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// Only cases in this state
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only cases that stand so
    #[arg(long, value_name = "STANDING")]
    standing: Option<Stands>,
    /// Only cases found by these words: a reference, a name in either script, a number; the beginning is enough
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only cases with work that is past its due time
    #[arg(long)]
    overdue: bool,
    /// Only cases after this one: the last of the page before
    #[arg(long, value_name = "CASE")]
    after: Option<String>,
    /// At the most so many
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Whether a case moves.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Stands {
    /// It moves by its workflow
    Open,
    /// An operator stopped it
    Held,
    /// It cannot go on without a person
    Incident,
    /// It is over
    Ended,
}

/// Lists cases in the order of their opening.
pub(super) async fn run(args: &ListArgs, session: &Session) -> Result<Answer, Failure> {
    let after = match &args.after {
        Some(reference) => Some(session.case(reference).await?.id),
        None => None,
    };
    let standing = args.standing.and_then(|standing| standing.to_possible_value());
    let filter = CaseFilter {
        workflow: args.workflow.clone(),
        state: args.state.clone(),
        standing: standing.map(|standing| standing.get_name().to_owned()),
        words: args.search.as_deref().map(sought).unwrap_or_default(),
        overdue_at: args.overdue.then(|| session.engine.now()),
        after,
        limit: args.limit,
    };
    let cases = session.store().cases(&filter).await?;
    let json = cases.iter().map(to_json).collect();
    if cases.is_empty() {
        return Ok(Answer::new(nothing(args, session).await?, json));
    }
    let mut rows = Vec::with_capacity(cases.len());
    for case in &cases {
        let told = session.told(case).await?;
        let next = case.wake_at().map_or_else(|| "—".into(), |at| told.teller().moment(at));
        let since = told.teller().moment(case.state_since);
        let state = told.teller().state(&case.state);
        rows.push(vec![case.id.reference(), standing_words(case, session.screen), since, next, state]);
    }
    let screen = session.screen;
    let headers = match screen.language {
        Language::En => ["case", "standing", "since", "next", "state"],
        Language::Ar => ["الحالة", "الوضع", "منذ", "التالي", "المرحلة"],
    };
    let mut text = screen.table(&headers, rows);
    let shown = u64::try_from(cases.len()).unwrap_or(u64::MAX);
    if let Some(last) = cases.last().filter(|_| shown >= u64::from(args.limit)) {
        let last = last.id.reference();
        let shown = screen.shown(shown, &CASE);
        let more = screen.pick("; for the next add", "؛ لما بعدها أضف");
        let _ = write!(text, "\n\n{shown}{more} `--after {last}`");
    }
    Ok(Answer::new(text, json))
}

/// Why the list is empty, and what to look for instead.
async fn nothing(args: &ListArgs, session: &Session) -> Result<String, Failure> {
    let states = session.store().cases_by_state().await?;
    let all: u64 = states.iter().map(|state| state.cases).sum();
    if all == 0 {
        let none = (
            "no case has been opened yet; `wasl detect` looks for them",
            "لم تفتح أي حالة بعد؛ `wasl detect` يبحث عنها",
        );
        return Ok(session.screen.pick(none.0, none.1).into());
    }
    if let Some(wanted) = &args.state {
        let known = states.iter().map(|state| state.state.as_str());
        if let Some(near) = wasl_core::diagnostic::nearest(wanted, known).filter(|near| near != wanted) {
            return Err(Failure::new(Exit::NotFound, format!("no case is in a state `{wanted}`"))
                .help(format!("did you mean `{near}`?")));
        }
    }
    Ok(match session.screen.language {
        Language::En => {
            format!("none of the {} cases is like this; leave out a condition to see more", thousands(all))
        }
        Language::Ar => format!("لا حالة كهذه من بين {}؛ احذف شرطا لترى المزيد", thousands(all)),
    })
}

/// A case for other programs.
pub(super) fn to_json(case: &Case) -> Json {
    json!({
        "reference": case.id.reference(),
        "id": case.id,
        "workflow": case.workflow,
        "version": case.workflow_hash,
        "state": case.state,
        "standing": case.standing.as_str(),
        "outcome": match &case.standing { Standing::Ended { outcome } => Some(outcome), _ => None },
        "waiting_on": case.progress.clock.on,
        "opened_at": case.opened_at,
        "state_since": case.state_since,
        "next_at": case.wake_at(),
        "erased": case.progress.erased,
        "kept": case.progress.kept,
    })
}

fn standing_words(case: &Case, screen: Screen) -> String {
    match &case.standing {
        Standing::Open => screen.pick("open", "مفتوحة").to_owned(),
        Standing::Held { .. } => screen.pick("held", "موقوفة").to_owned(),
        Standing::Incident(_) => screen.pick("incident", "متعثرة").to_owned(),
        Standing::Ended { outcome } => format!("{}: {outcome}", screen.pick("ended", "انتهت")),
    }
}
