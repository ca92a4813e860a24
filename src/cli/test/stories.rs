//! `test --suggest` and `test --repro`: stories that are written rather than played.

use serde_json::{Value as Json, json};
use wasl_core::history::Teller;
use wasl_core::scenario::{House, Real, Retold, repro, suggest as search, to_yaml};
use wasl_runtime::clock::{Clock, SystemClock};
use wasl_runtime::store::{MessageFilter, TaskFilter};

use super::Tested;
use crate::cli::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, count};
use crate::settings::Settings;

/// More messages or calls of one case than this are no story any more.
const PARTS_MAX: u32 = 1_000;

/// Writes stories for what those at hand do not cover.
pub(super) fn suggest(tested: &[Tested], settings: &Settings) -> Answer {
    let (policy, texts) = (settings.house(), settings.texts_record());
    let (mut parts, mut json) = (Vec::new(), Vec::new());
    for Tested { stage, coverage, .. } in tested {
        let (workflow, calendar) = (&stage.workflow, &stage.calendar);
        let house = House { calendar, policy: &policy, texts: &texts, region: &settings.region };
        let found = search(workflow, house, &stage.scenarios, coverage, SystemClock.now());
        let mut whole = coverage.clone();
        for scenario in &found {
            whole.add(&wasl_core::scenario::play(workflow, scenario, house).coverage);
        }
        let yaml = to_yaml(&found, workflow, calendar);
        let folder = stage.folder.join(&workflow.name).join("scenarios");
        parts.push(if found.is_empty() {
            format!("# {}: there is nothing to suggest", workflow.name)
        } else {
            let what = count(found.len() as u64, "story");
            let head =
                format!("# {what} for `{}/`. They say what happens now, not what should: read each,", folder.display());
            format!(
                "{head}\n# give it a name that says what it proves, and mend what is not as it ought to be.\n\n{yaml}"
            )
        });
        let left = whole.gaps(workflow);
        let missing: Vec<String> = left.transitions.missing.iter().map(|one| workflow.describe(*one)).collect();
        parts.extend((!missing.is_empty()).then(|| {
            let lines: Vec<String> = missing.iter().map(|one| format!("#   {one}")).collect();
            format!("# No way was found to:\n{}", lines.join("\n"))
        }));
        json.push(json!({"workflow": workflow.name, "scenarios": found.len(), "yaml": yaml, "not_found": missing}));
    }
    Answer::new(parts.join("\n"), Json::Array(json))
}

/// Writes the story of a real case with made-up people.
///
/// # Errors
/// There is no such case, or its version or calendar cannot be used.
pub(crate) async fn retell(reference: &str, session: &Session) -> Result<Answer, Failure> {
    let case = session.case(reference).await?;
    let told = session.told(&case).await?;
    let store = session.store();
    let history = store.history(case.id).await?;
    let events = store.events(case.id).await?.into_iter().map(|stored| (stored.event, stored.disposition));
    let events: Vec<_> = events.collect();
    let filter = TaskFilter { case: Some(case.id), limit: PARTS_MAX, ..TaskFilter::default() };
    let mut calls: Vec<_> = store.tasks(&filter).await?.into_iter().map(|stored| stored.task).collect();
    calls.sort_by_key(|call| (call.planned_at, call.id.clone()));
    let filter = MessageFilter { case: Some(case.id), limit: PARTS_MAX, ..MessageFilter::default() };
    let messages = store.messages(&filter).await?.into_iter().map(|stored| (stored.message, stored.sent_at));
    let mut messages: Vec<_> = messages.collect();
    messages.sort_by_key(|(message, _)| (message.planned_at, message.id.clone()));

    let settings = &session.settings;
    let (policy, texts) = (settings.house(), settings.texts_record());
    let house = House { calendar: &told.calendar, policy: &policy, texts: &texts, region: &settings.region };
    let real = Real { case: &case, history: &history, events: &events, calls: &calls, messages: &messages };
    let Retold { scenario, played } = repro(&told.workflow, house, &real);
    let yaml = to_yaml(std::slice::from_ref(&scenario), &told.workflow, &told.calendar);
    let version = told.workflow.hash.get(..12).unwrap_or_default();
    let head = format!(
        "# Case {}, on version {version} of {}. People, numbers and words are made up.",
        case.id.reference(),
        told.workflow.name
    );
    let mut json = json!({"case": case.id.reference(), "version": told.workflow.hash, "yaml": yaml, "passes": played.failure.is_none()});
    let Some((_, difference)) = &played.failure else {
        return Ok(Answer::new(format!("{head}\n\n{yaml}"), json));
    };
    let language = session.screen.lang();
    let teller = Teller { workflow: &told.workflow, calendar: &told.calendar, language };
    let (expected, found) = (difference.expected.get(language), difference.found.get(language));
    let lines: Vec<String> = played.timeline(&teller).into_iter().map(|line| format!("# {line}")).collect();
    let note = format!(
        "# Played alone it goes another way: expected {expected}, found {found}.\n\
         # Other cases of the same people, a changed calendar or a standstill may have made the difference.\n{}",
        lines.join("\n")
    );
    json["expected"] = json!(expected);
    json["found"] = json!(found);
    Ok(Answer::new(format!("{head}\n\n{yaml}\n{note}"), json).exit(Exit::Refused))
}
