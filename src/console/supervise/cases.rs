//! The list of cases: found by words, narrowed by where they stand, page after page from an index.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use wasl_core::access::Permission;
use wasl_core::case::{Case, CaseId};
use wasl_core::definition::State;
use wasl_core::history::Teller;
use wasl_core::search::sought;
use wasl_runtime::store::CaseFilter;

use super::{acts, parts, views};
use crate::access;
use crate::console::address;
use crate::console::page::{Desk, Page, Trouble};
use crate::console::sent::Sent;

/// Cases of one page.
const PAGE: u32 = 50;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    workflow: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    standing: String,
    overdue: Option<String>,
    after: Option<i64>,
}

/// `GET /cases`.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Response {
    let result = page(&desk, &asked, (StatusCode::OK, None)).await;
    desk.answer(result)
}

/// The list as it was, with what is wrong with what was sent.
pub(super) async fn again(desk: &Desk, sent: &Sent, problem: &str) -> Result<Response, Trouble> {
    page(desk, &Asked::of(sent), (StatusCode::UNPROCESSABLE_ENTITY, Some(problem))).await
}

async fn page(desk: &Desk, asked: &Asked, (code, problem): (StatusCode, Option<&str>)) -> Result<Response, Trouble> {
    desk.viewer.may(Permission::ViewCase)?;
    let names = desk.viewer.can(Permission::SeePersonalFields);
    let (engine, locale) = (&desk.api.engine, &desk.locale);
    let cases = find(desk, asked, PAGE).await?;
    let mut rows = Vec::with_capacity(cases.len());
    for case in &cases {
        rows.push(row(desk, case, names).await?);
    }
    if names && !cases.is_empty() {
        let seen: Vec<access::On<'_>> = cases.iter().map(|case| case.id.into()).collect();
        access::record(&engine.store, locale.now, &desk.viewer, "case.list", &seen).await?;
    }
    let full = u32::try_from(cases.len()).is_ok_and(|shown| shown >= PAGE);
    let more = cases.last().filter(|_| full).map(|last| further(asked, last.id));
    let (workflows, states) = choices(desk, asked);
    let query = address::with("", &pairs(asked));
    let context = json!({
        "q": asked.q, "overdue": asked.overdue.is_some(), "cases": rows, "names": names, "more": more,
        "workflows": workflows, "states": states, "standings": standings(desk, asked), "asked": {"q": asked.q,
        "workflow": asked.workflow, "state": asked.state, "standing": asked.standing, "overdue": asked.overdue},
        "problem": problem, "views": views::shown(desk, &query).await?, "filtered": !query.is_empty(),
        "may_act": desk.viewer.can(Permission::ActOnCase), "acts": acts::offered(locale), "back": desk.here,
        "targets": acts::states_of(desk, &cases.iter().collect::<Vec<_>>()).await?,
    });
    let title = locale.pick("Cases", "الحالات").to_owned();
    desk.page(code, Page { name: "cases.html", title, context, live: None }).await
}

fn filter_of(desk: &Desk, asked: &Asked, limit: u32) -> CaseFilter {
    let names = desk.viewer.can(Permission::SeePersonalFields);
    let given = |word: &String| (!word.is_empty()).then(|| word.clone());
    CaseFilter {
        workflow: given(&asked.workflow),
        state: given(&asked.state),
        standing: given(&asked.standing),
        // Who may not see names must not find out by searching for them.
        words: if names { sought(&asked.q) } else { reference_only(&asked.q) },
        overdue_at: asked.overdue.as_ref().map(|_| desk.locale.now),
        after: asked.after.map(CaseId),
        limit,
    }
}

async fn find(desk: &Desk, asked: &Asked, limit: u32) -> Result<Vec<Case>, Trouble> {
    let mut cases = desk.api.engine.store.cases(&filter_of(desk, asked, limit)).await?;
    if !desk.viewer.can(Permission::SeePersonalFields) {
        let beginning = asked.q.trim().to_uppercase();
        cases.retain(|case| case.id.reference().starts_with(&beginning));
    }
    Ok(cases)
}

impl Asked {
    /// What the fields of a form ask, from the first case on.
    fn of(sent: &Sent) -> Self {
        let given = |name: &str| sent.one(name).trim().to_owned();
        let overdue = Some(given("overdue")).filter(|overdue| !overdue.is_empty());
        let (q, workflow, state, standing) = (given("q"), given("workflow"), given("state"), given("standing"));
        Self { q, workflow, state, standing, overdue, after: None }
    }
}

/// The filter in a form, for the cases after one.
pub(super) fn filter(desk: &Desk, sent: &Sent, after: Option<CaseId>) -> CaseFilter {
    CaseFilter { after, ..filter_of(desk, &Asked::of(sent), 0) }
}

fn reference_only(text: &str) -> Vec<String> {
    let text = text.trim().to_lowercase();
    if text.is_empty() { Vec::new() } else { vec![text] }
}

async fn row(desk: &Desk, case: &Case, names: bool) -> Result<Json, Trouble> {
    let locale = &desk.locale;
    let workflow = desk.api.engine.library.version(&case.workflow_hash).await?;
    let calendar = desk.api.engine.library.calendar(&workflow.calendar)?;
    let teller = Teller { workflow: &workflow, calendar: &calendar, language: locale.code() };
    let (standing, tone) = parts::standing(case, locale);
    Ok(json!({
        "reference": case.id.reference(), "state": teller.state(&case.state), "standing": standing, "tone": tone,
        "about": if names { parts::about(case, locale).unwrap_or_default() } else { String::new() },
        "since": locale.moment(case.state_since), "next": case.wake_at().map_or_else(|| "—".into(), |at| locale.moment(at)),
    }))
}

/// What is asked of the list, as pairs of its address.
fn pairs(asked: &Asked) -> [(&'static str, String); 5] {
    let overdue = asked.overdue.clone().unwrap_or_default();
    [
        ("q", asked.q.clone()),
        ("workflow", asked.workflow.clone()),
        ("state", asked.state.clone()),
        ("standing", asked.standing.clone()),
        ("overdue", overdue),
    ]
}

/// What a form asks of the list, as it stands in the address: `?state=first_call`.
pub(super) fn query_of(sent: &Sent) -> String {
    address::with("", &pairs(&Asked::of(sent)))
}

/// The address of the page after this one.
fn further(asked: &Asked, last: CaseId) -> String {
    let after = ("after", last.to_string());
    let all: Vec<_> = std::iter::once(after).chain(pairs(asked)).collect();
    address::with("/cases", &all)
}

fn choices(desk: &Desk, asked: &Asked) -> (Json, Json) {
    let language = desk.locale.code();
    let titled = |name: &str, title: &wasl_core::lang::Texts| {
        if title.is_empty() { name.to_owned() } else { title.get(language).to_owned() }
    };
    let (mut workflows, mut states) = (Vec::new(), BTreeMap::new());
    for workflow in desk.api.engine.library.all_active() {
        let chosen = workflow.name == asked.workflow;
        let title = titled(&workflow.name, &workflow.title);
        if asked.workflow.is_empty() || chosen {
            let of = |state: &State| (state.name.to_string(), (titled(&state.name, &state.title), title.clone()));
            states.extend(workflow.states.iter().map(of));
        }
        workflows.push(json!({"name": workflow.name, "title": title, "chosen": chosen}));
    }
    // Two states under one title are told apart by their workflow.
    let twice = |title: &str| states.values().filter(|(other, _)| other == title).count() > 1;
    let told_apart = |(name, (title, of)): (&String, &(String, String))| {
        (name.clone(), if twice(title) { format!("{title} ({of})") } else { title.clone() })
    };
    let states: BTreeMap<String, String> = states.iter().map(told_apart).collect();
    let state = |(name, title): (String, String)| json!({"chosen": name == asked.state, "name": name, "title": title});
    (Json::Array(workflows), states.into_iter().map(state).collect())
}

fn standings(desk: &Desk, asked: &Asked) -> Json {
    let all = [
        ("open", "Open", "مفتوحة"),
        ("held", "Held", "موقوفة"),
        ("incident", "Stopped", "متعثرة"),
        ("ended", "Ended", "انتهت"),
    ];
    let one = |(name, en, ar): (&str, &str, &str)| json!({"name": name, "title": desk.locale.pick(en, ar), "chosen": name == asked.standing});
    all.map(one).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_what_was_asked_for() {
        let asked = Asked { q: "أحمد & co".into(), state: "first_call".into(), ..Asked::default() };
        assert_eq!(further(&asked, CaseId(7)), "/cases?after=7&q=%D8%A3%D8%AD%D9%85%D8%AF%20%26%20co&state=first_call");
    }
}
