//! One act on many cases: asked about first, of all that are like something; then done to those that are named, on each as it
//! was seen, once under the caller's id. A case that cannot take it keeps no other from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wasl_core::access::Permission::ActOnCase;
use wasl_core::case::Case;
use wasl_core::event::{Body, Disposition};
use wasl_runtime::engine::EngineError;
use wasl_runtime::store::CaseFilter;

use super::call::Call;
use super::cases::{Standing, lacks};
use super::problem::{Problem, Status};
use super::route::{Answered, Nothing, Reply, Route, change};
use crate::access::record;
use crate::acts::{Act, Said, UNREADABLE};
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
    /// The references of the cases, or each with the version that was seen: `KXT2P:12`.
    #[serde(default)]
    #[schemars(length(max = 100))]
    cases: Vec<String>,
    /// All cases like this instead, a hundred at a time; only asked about, as others may be like it a moment later.
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
    /// The version that was seen, or that it has come to: what `cases` may name it with.
    version: u64,
    /// `applied`, `refused`, `changed` since it was seen, or `left` because something of ours failed: send it again.
    became: &'static str,
    /// Why it was refused.
    reason: Option<String>,
}

/// A case that is meant, and the version of it that the caller has seen.
struct Meant {
    case: Case,
    seen: Option<u64>,
}

impl ActedOn {
    fn of(case: &Case, refused: Option<String>) -> Self {
        let became = if refused.is_some() { "refused" } else { "applied" };
        Self { reason: refused, ..Self::that(case, became) }
    }

    fn that(case: &Case, became: &'static str) -> Self {
        let (reference, state, standing) = (case.id.reference(), case.state.clone(), case.standing.as_str());
        Self { case: reference, state: state.to_string(), standing, version: case.version, became, reason: None }
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
async fn meant(call: &Call<Nothing, Acting>) -> Result<(Vec<Meant>, Option<String>), Problem> {
    let (named, max) = (&call.body.cases, usize::try_from(CASES_MAX).unwrap_or(usize::MAX));
    let wrong = |words: String| Err(Problem::of(Status::UNPROCESSABLE_ENTITY, words));
    let Some(like) = &call.body.like else {
        if named.is_empty() || named.len() > max {
            return wrong(format!("name between 1 and {CASES_MAX} `cases`, or say which by `where`"));
        }
        let mut cases: Vec<Meant> = Vec::with_capacity(named.len());
        for named in named {
            let (reference, seen) = match named.split_once(':') {
                Some((reference, version)) => (reference, Some(version.parse().map_err(|_| no_version(named))?)),
                None => (named.as_str(), None),
            };
            let case = match call.session.store().listed_case(reference).await? {
                Some(case) => case,
                // Says which there are.
                None => call.session.case(reference).await?,
            };
            if cases.iter().all(|known| known.case.id != case.id) {
                cases.push(Meant { case, seen });
            }
        }
        return Ok((cases, None));
    };
    if !named.is_empty() {
        return wrong("either `cases` or `where`".to_owned());
    }
    if !call.body.dry_run {
        return wrong(
            "an act names its `cases`: ask with `dry_run` first, which lists those that `where` means".to_owned(),
        );
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
    Ok((cases.into_iter().map(|case| Meant { case, seen: None }).collect(), next))
}

fn no_version(named: &str) -> Problem {
    Problem::of(Status::UNPROCESSABLE_ENTITY, format!("`{named}` names no version: write `KXT2P` or `KXT2P:12`"))
}

async fn ask(call: &Call<Nothing, Acting>, meant: &[Meant], body: &Body) -> Result<Vec<ActedOn>, Problem> {
    let mut items = Vec::with_capacity(meant.len());
    let mut readable = Vec::with_capacity(meant.len());
    let screen = call.session.screen;
    for Meant { case, .. } in meant {
        if call.session.store().is_unreadable(case).await? {
            items.push(ActedOn::of(case, Some(screen.pick(UNREADABLE.0, UNREADABLE.1).to_owned())));
        } else {
            readable.push(case.clone());
        }
    }
    let prospects = call.session.engine.prospects(&readable, body, screen.lang()).await?;
    items.extend(readable.iter().zip(prospects).map(|(case, prospect)| match prospect {
        Ok(prospect) => ActedOn { version: case.version, ..ActedOn::of(&prospect.case, None) },
        Err(reason) => ActedOn::of(case, Some(reason)),
    }));
    Ok(items)
}

async fn submit(call: &Call<Nothing, Acting>, meant: &[Meant], body: &Body) -> Result<Vec<ActedOn>, Problem> {
    let (source, once) = (call.source(), call.source_id()?);
    let (mut items, mut broken) = (Vec::with_capacity(meant.len()), false);
    for one in meant {
        // What fails half-way leaves the rest for the same request: what is done is done, and is said.
        let acted = if broken { Ok(None) } else { on_one(call, one, body, (&source, &once)).await.map(Some) };
        let acted = acted.unwrap_or_else(|error| {
            tracing::error!(%error, "an act on several cases stopped half-way");
            broken = true;
            None
        });
        items.push(acted.unwrap_or_else(|| ActedOn::that(&one.case, "left")));
    }
    Ok(items)
}

/// Acts on a case that is still as it was seen; once under the caller's id, whatever comes again.
async fn on_one(
    call: &Call<Nothing, Acting>,
    Meant { case, seen }: &Meant,
    body: &Body,
    (source, once): (&str, &str),
) -> Result<ActedOn, EngineError> {
    let (engine, store, screen) = (&call.session.engine, call.session.store(), call.session.screen);
    if store.is_unreadable(case).await? {
        return Ok(ActedOn::of(case, Some(screen.pick(UNREADABLE.0, UNREADABLE.1).to_owned())));
    }
    let source_id = format!("{}:{}:{once}", case.id, body.label());
    let told = store.event(source, &source_id).await?;
    if told.as_ref().is_some_and(|told| told.event.body != *body) {
        let words =
            ("this `Idempotency-Key` has been used for something else", "استُعمل مفتاح `Idempotency-Key` هذا لأمر آخر");
        return Ok(ActedOn::of(case, Some(screen.pick(words.0, words.1).to_owned())));
    }
    let is_new = told.is_none();
    if is_new && seen.is_some_and(|seen| seen != case.version) {
        return Ok(ActedOn::that(case, "changed"));
    }
    record(store, engine.now(), &call.viewer, &body.label(), &[case.id.into()]).await?;
    let event = asked::event(&call.session, case, (source, &source_id), &call.viewer.who, body.clone());
    let Some(submitted) = engine.submit_as_seen(event, case.version).await? else {
        return Ok(ActedOn::that(case, "changed"));
    };
    let refused = match submitted.disposition {
        Disposition::Applied => None,
        Disposition::Refused { reason } => Some(reason.get(screen.lang()).to_owned()),
        other => Some(other.as_str().to_owned()),
    };
    Ok(ActedOn::of(&submitted.case, refused))
}
