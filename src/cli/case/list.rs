//! `case list`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};
use wasl_core::case::{Case, Standing};
use wasl_core::diagnostic::nearest;
use wasl_core::search::sought;
use wasl_runtime::engine::EngineError;
use wasl_runtime::store::CaseFilter;

use crate::asked::one_of;
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
    known(args, session).await?;
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
        return Ok(Answer::new(nothing(session).await?, json));
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

/// More names than this are looked up rather than read.
const KNOWN_MAX: usize = 12;

/// Refuses a workflow or state that there is not: an empty list would look like an answer.
async fn known(args: &ListArgs, session: &Session) -> Result<(), Failure> {
    if args.workflow.is_none() && args.state.is_none() {
        return Ok(());
    }
    let mut versions = session.store().versions().await?;
    if let Some(wanted) = &args.workflow {
        if versions.iter().all(|version| version.workflow != *wanted) {
            let names = versions.iter().map(|version| version.workflow.as_str()).collect::<BTreeSet<_>>();
            return Err(unknown(("workflow", "مسار عمل"), wanted, &names, session.screen));
        }
        versions.retain(|version| version.workflow == *wanted);
    }
    let Some(wanted) = &args.state else { return Ok(()) };
    let mut states: BTreeSet<String> = BTreeSet::new();
    // A case may stand in a state that only its own version has.
    for version in versions.iter().filter(|version| version.active || version.open_cases > 0) {
        let workflow = session.engine.library.version(&version.hash).await.map_err(EngineError::from)?;
        states.extend(workflow.states.iter().map(|state| state.name.to_string()));
    }
    if states.contains(wanted) {
        return Ok(());
    }
    let ended = session.store().cases_by_state().await?;
    states.extend(ended.into_iter().map(|count| count.state));
    if states.contains(wanted) {
        return Ok(());
    }
    Err(unknown(("state", "مرحلة"), wanted, &states.iter().map(String::as_str).collect(), session.screen))
}

fn unknown((en, ar): (&str, &str), wanted: &str, known: &BTreeSet<&str>, screen: Screen) -> Failure {
    let message = match screen.language {
        Language::En => format!("there is no {en} `{wanted}`"),
        Language::Ar => format!("لا يوجد {ar} باسم `{wanted}`"),
    };
    let known: Vec<&str> = known.iter().copied().collect();
    let help = if known.len() > KNOWN_MAX && nearest(wanted, known.iter().copied()).is_none() {
        screen
            .pick(
                "see `wasl workflow list` and `wasl workflow show`",
                "انظر `wasl workflow list` و`wasl workflow show`",
            )
            .to_owned()
    } else {
        one_of(wanted, &known, screen.lang())
    };
    Failure::new(Exit::NotFound, message).help(help)
}

/// Why the list is empty, and what to look for instead.
async fn nothing(session: &Session) -> Result<String, Failure> {
    let states = session.store().cases_by_state().await?;
    let all: u64 = states.iter().map(|state| state.cases).sum();
    if all == 0 {
        let none = (
            "no case has been opened yet; `wasl detect` looks for them",
            "لم تفتح أي حالة بعد؛ `wasl detect` يبحث عنها",
        );
        return Ok(session.screen.pick(none.0, none.1).into());
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
