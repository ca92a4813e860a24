//! How the scenarios of a draft went: each that does not go as it says, with everything until then, and what none covers.

use serde_json::{Value as Json, json};
use wasl_core::definition::Workflow;
use wasl_core::history::Teller;
use wasl_core::proof::{Checked, Told};
use wasl_core::scenario::{Played, Scenario};
use wasl_core::words::number::Noun;

use crate::console::page::{Desk, Trouble};

/// Stories.
const STORY: Noun = Noun {
    en: ["scenario", "scenarios"],
    ar: ["سيناريو واحد", "سيناريوهان", "سيناريوهات", "سيناريو", "سيناريو"],
};
/// Uncovered things that are named of each kind.
const NAMED_MAX: usize = 30;

/// How they went, as HTML.
///
/// # Errors
/// The calendar is not there, or the template asks for what it was not given.
pub(super) fn told(desk: &Desk, draft: i64, checked: &Checked, told: Option<&Told>) -> Result<String, Trouble> {
    let (Some(workflow), Some(told)) = (&checked.workflow, told) else {
        return desk.part("stories.html", json!({"stories": null}));
    };
    let locale = &desk.locale;
    let calendar = desk.api.engine.library.calendar(&workflow.calendar)?;
    let teller = Teller { workflow, calendar: &calendar, language: locale.code() };
    let stories = checked.scenarios.iter().zip(&told.played);
    let failed: Vec<Json> =
        stories.filter_map(|(scenario, played)| failure(draft, scenario, played, &teller)).collect();
    let context = json!({
        "all": locale.count(told.played.len() as u64, &STORY), "none": told.played.is_empty(), "failed": failed,
        "failures": told.failed(), "percent": told.gaps.percent(), "shares": shares(workflow, told, desk),
    });
    desk.part("stories.html", json!({"stories": context}))
}

/// A story that does not go as it says.
fn failure(draft: i64, scenario: &Scenario, played: &Played, teller: &Teller<'_>) -> Option<Json> {
    let (_, difference) = played.failure.as_ref()?;
    Some(json!({
        "name": scenario.name, "href": format!("/drafts/{draft}?file={}", scenario.file),
        "expected": difference.expected.get(teller.language), "found": difference.found.get(teller.language),
        "timeline": played.timeline(teller),
    }))
}

/// States, transitions and texts: how many are covered, and which are not.
fn shares(workflow: &Workflow, told: &Told, desk: &Desk) -> Json {
    let gaps = &told.gaps;
    let states: Vec<String> = gaps.states.missing.iter().map(|state| workflow.state(*state).name.to_string()).collect();
    let ways: Vec<String> = gaps.transitions.missing.iter().map(|one| workflow.describe(*one)).collect();
    let texts: Vec<String> =
        gaps.texts.missing.iter().map(|text| format!("{} ({})", text.name, text.language)).collect();
    let share = |(en, ar): (&str, &str), covered: usize, all: usize, missing: Vec<String>| {
        let more = missing.len().saturating_sub(NAMED_MAX);
        let missing: Vec<String> = missing.into_iter().take(NAMED_MAX).collect();
        json!({"noun": desk.locale.pick(en, ar), "covered": covered, "all": all, "missing": missing, "more": more})
    };
    json!([
        share(("States", "المراحل"), gaps.states.covered(), gaps.states.all, states),
        share(("Transitions", "الانتقالات"), gaps.transitions.covered(), gaps.transitions.all, ways),
        share(("Texts", "النصوص"), gaps.texts.covered(), gaps.texts.all, texts),
    ])
}
