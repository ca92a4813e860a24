//! One act on many cases: asked about first, then done, on each of them once under the caller's id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::ActOnCase;
use wasl_core::case::Case;
use wasl_core::event::{Body, Disposition};
use wasl_runtime::store::CaseFilter;

use super::call::Call;
use super::cases::{Standing, lacks};
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, change};
use crate::access::record;
use crate::acts::{Act, Said};
use crate::asked;

/// Cases of one request: it is answered within seconds, and `next` goes on.
const CASES_MAX: u32 = 100;

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        change("/acts", ActOnCase, "Do one thing to many cases, or say which would take it", act)
            .example(r#"{"act": "hold", "reason": "the office is closed", "where": {"state": "first_call"}, "dry_run": true}"#)
            .once(),
    ]
}

/// An act on many cases.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acting {
    /// What is done.
    act: Act,
    /// Why; it stays in the history. Needed but for `resume` and `retry`.
    #[serde(default)]
    reason: String,
    /// Where to, for `move`.
    #[serde(default)]
    state: String,
    /// How they end, for `close`.
    #[serde(default)]
    outcome: String,
    /// The references of the cases.
    #[serde(default)]
    #[schemars(length(max = 100))]
    cases: Vec<String>,
    /// All cases like this instead, a hundred at a time.
    #[serde(default, rename = "where")]
    like: Option<Like>,
    /// Only say what would become of each.
    #[serde(default)]
    dry_run: bool,
}

/// Which cases are meant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Like {
    /// Of this workflow.
    workflow: Option<String>,
    /// In this state.
    state: Option<String>,
    /// That stand so.
    standing: Option<Standing>,
    /// After this one: `next` of the answer before.
    after: Option<String>,
}

/// What became of an act on many cases.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Acted {
    /// Whether it was only asked.
    dry_run: bool,
    /// Each case, in order.
    items: Vec<ActedOn>,
    /// What `after` of the next request is; `null` where there is none.
    next: Option<String>,
}

/// What became of one of them, or would.
#[derive(Debug, Serialize, JsonSchema)]
struct ActedOn {
    /// The case.
    case: String,
    /// The state in which it is then.
    state: String,
    /// How it stands then.
    standing: &'static str,
    /// `applied`, `refused`.
    became: &'static str,
    /// Why it was refused.
    reason: Option<String>,
}

impl ActedOn {
    fn of(case: &Case, refused: Option<String>) -> Self {
        let became = if refused.is_some() { "refused" } else { "applied" };
        let (reference, state) = (case.id.reference(), case.state.clone());
        Self { case: reference, state, standing: case.standing.as_str(), became, reason: refused }
    }
}

async fn act(call: Call<Nothing, Acting>) -> Answered<Acted> {
    let Acting { act, reason, state, outcome, dry_run, .. } = &call.body;
    let said = Said { reason: reason.clone(), state: state.clone(), outcome: outcome.clone() };
    let body = if *dry_run { act.asked(&said) } else { act.body(&said) }.map_err(lacks)?;
    let (cases, next) = meant(&call).await?;
    let items = if *dry_run { ask(&call, &cases, &body).await? } else { submit(&call, &cases, &body).await? };
    Ok(Reply::of(Acted { dry_run: *dry_run, items, next }))
}

/// The cases that are named, or those that are alike, with where the rest begins.
async fn meant(call: &Call<Nothing, Acting>) -> Result<(Vec<Case>, Option<String>), Problem> {
    let (named, max) = (&call.body.cases, usize::try_from(CASES_MAX).unwrap_or(usize::MAX));
    let wrong = |words: String| Err(Problem::of(Status::UNPROCESSABLE_ENTITY, words));
    let Some(like) = &call.body.like else {
        if named.is_empty() || named.len() > max {
            return wrong(format!("name between 1 and {CASES_MAX} `cases`, or say which by `where`"));
        }
        let mut cases: Vec<Case> = Vec::with_capacity(named.len());
        for reference in named {
            let case = call.session.case(reference).await?;
            if cases.iter().all(|known| known.id != case.id) {
                cases.push(case);
            }
        }
        return Ok((cases, None));
    };
    if !named.is_empty() {
        return wrong("either `cases` or `where`".to_owned());
    }
    let after = match &like.after {
        Some(reference) => Some(call.session.case(reference).await?.id),
        None => None,
    };
    let standing = like.standing.map(Standing::word);
    let (workflow, state) = (like.workflow.clone(), like.state.clone());
    let filter = CaseFilter { workflow, state, standing, after, limit: CASES_MAX, ..CaseFilter::default() };
    let cases = call.session.store().cases(&filter).await?;
    let next = cases.last().filter(|_| cases.len() >= max).map(|case| case.id.reference());
    Ok((cases, next))
}

async fn ask(call: &Call<Nothing, Acting>, cases: &[Case], body: &Body) -> Result<Vec<ActedOn>, Problem> {
    let prospects = call.session.engine.prospects(cases, body, call.session.screen.lang()).await?;
    let each = cases.iter().zip(prospects).map(|(case, prospect)| match prospect {
        Ok(prospect) => ActedOn::of(&prospect.case, None),
        Err(reason) => ActedOn::of(case, Some(reason)),
    });
    Ok(each.collect())
}

async fn submit(call: &Call<Nothing, Acting>, cases: &[Case], body: &Body) -> Result<Vec<ActedOn>, Problem> {
    let (engine, source, once) = (&call.session.engine, call.source(), call.source_id()?);
    let mut items = Vec::with_capacity(cases.len());
    for case in cases {
        let source_id = format!("{}:{}:{once}", case.id, body.label());
        record(&engine.store, engine.now(), &call.viewer, &body.label(), &[case.id.into()]).await?;
        let event = asked::event(&call.session, case, (&source, &source_id), &call.viewer.who, body.clone());
        let submitted = engine.submit(event).await?;
        let refused = match submitted.disposition {
            Disposition::Applied => None,
            Disposition::Refused { reason } => Some(reason),
            other => Some(other.as_str().to_owned()),
        };
        items.push(ActedOn::of(&submitted.case, refused));
    }
    Ok(items)
}
