//! Everything that an agent needs for a call, on one page.

use serde_json::json;
use wasl_core::case::Case;
use wasl_core::effect::{Offer, Question};
use wasl_core::message::phone::national_format;
use wasl_runtime::store::StoredTask;

use super::list::priority;
use super::{is_waiting, to_json};
use crate::cli::session::{Session, Told};
use crate::failure::Failure;
use crate::output::{Answer, facts};

/// So much of the history is on the page; `case show` has all of it.
const HISTORY_MAX: usize = 6;

/// The page of a task. For `agent`, who has just taken it.
pub(super) async fn answer(stored: &StoredTask, session: &Session, agent: Option<&str>) -> Result<Answer, Failure> {
    let mut json = to_json(stored);
    let Some(case) = session.store().case(stored.case).await? else {
        return Ok(Answer::new(stored.task.words.clone(), json));
    };
    let told = session.told(&case).await?;
    let history = session.store().history(case.id).await?;
    let from = history.len().saturating_sub(HISTORY_MAX);
    let before: Vec<String> = history
        .iter()
        .skip(from)
        .map(|entry| format!("  {}  {}", told.teller().moment(entry.at), told.teller().sentence(entry)))
        .collect();
    let mut leads = Vec::new();
    for offer in &stored.task.outcomes {
        let outcome = offer.outcome.as_str();
        let leads_to = session.engine.if_answered(&case, &stored.task.id, outcome, session.screen.lang()).await?;
        leads.push((offer, leads_to.unwrap_or_default()));
    }

    let screen = session.screen;
    let mut parts = vec![
        format!(
            "{} in the queue {}, {} priority",
            screen.heading(&format!("Task {}", stored.task.id)),
            stored.task.queue,
            priority(stored.task.priority)
        ),
        facts(&whom(stored, &case, &told)),
        format!("{}\n{}", screen.heading("What to say"), stored.task.words.trim()),
        format!("{}\n{}", screen.heading("Before this"), before.join("\n")),
    ];
    if is_waiting(stored) {
        let offers: Vec<String> =
            leads.iter().map(|(offer, leads_to)| offer_words(offer, leads_to, screen.lang())).collect();
        parts.push(format!("{}\n{}", screen.heading("What may come of it"), offers.join("\n")));
        let agent = agent.map(|agent| format!(" --agent {agent}")).unwrap_or_default();
        parts.push(format!("Then: wasl task answer {} OUTCOME{agent}", stored.task.id));
    }
    json["leads_to"] = leads.iter().map(|(offer, leads_to)| (offer.outcome.clone(), json!(leads_to))).collect();
    Ok(Answer::new(parts.join("\n\n"), json))
}

/// Whom to call, in which matter, when.
fn whom(stored: &StoredTask, case: &Case, told: &Told) -> Vec<(&'static str, String)> {
    let (task, teller) = (&stored.task, told.teller());
    let mut rows = vec![("case", format!("{}, in “{}”", case.id.reference(), teller.state(&task.state)))];
    if let Some(to) = &task.to {
        let number = national_format(to).map_or_else(|| to.clone(), |national| format!("{national} ({to})"));
        rows.push(("number", number));
        rows.push(("language", language_name(&task.language)));
    }
    rows.push(("due", task.due.map_or_else(|| "any time".into(), |due| teller.moment(due))));
    if task.attempt > 1 {
        rows.push(("attempt", task.attempt.to_string()));
    }
    match (&stored.claimed_by, stored.claim_expires, is_waiting(stored)) {
        (Some(by), Some(until), true) => rows.push(("yours", format!("{by}, until {}", teller.moment(until)))),
        (_, _, false) => rows.push(("status", finished(stored))),
        _ => {}
    }
    if let Some(name) = &task.to_name {
        let relation = task.relation.as_deref().map(|relation| format!(" ({relation})")).unwrap_or_default();
        rows.push(("call", format!("{name}{relation}")));
    }
    rows
}

fn finished(stored: &StoredTask) -> String {
    let by = stored.answered_by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    let what = stored.outcome.as_deref().or(stored.reason.as_deref());
    let what = what.map(|what| format!(": {what}")).unwrap_or_default();
    format!("{}{by}{what}", stored.status.as_str())
}

fn language_name(code: &str) -> String {
    match code {
        "ar" => "Arabic".into(),
        "en" => "English".into(),
        other => other.to_owned(),
    }
}

/// An outcome: what it leads to and what it asks for.
fn offer_words(offer: &Offer, leads_to: &str, language: &str) -> String {
    let mut lines = vec![format!("  {}\n    {leads_to}", offer.outcome)];
    lines.extend(offer.ask.iter().map(|question| format!("    asks: {}", question_words(question, language))));
    lines.join("\n")
}

/// What is asked, and how to give it.
pub(super) fn question_words(question: &Question, language: &str) -> String {
    let name = &question.name;
    let title = if question.title.is_empty() { name.as_str() } else { question.title.get(language) };
    let example = match question.ty.as_str() {
        "contact" => format!("--set {name}.name=… {name}.mobile=… {name}.relation=…"),
        "contacts" => format!("--set {name}.0.name=… {name}.0.mobile=…"),
        "time" => format!("--set {name}='2024-05-14 10:00'"),
        "date" => format!("--set {name}=2024-05-14"),
        _ => format!("--set {name}=…"),
    };
    let optional = if question.optional { ", may be left out" } else { "" };
    format!("{title} ({}{optional}): {example}", question.ty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasl_core::lang::Texts;

    fn question(ty: &str, optional: bool) -> Question {
        Question { name: "heir".into(), ty: ty.into(), title: Texts::both("The heir", "الوارث"), optional }
    }

    #[test]
    fn a_question_shows_how_to_answer_it() {
        let words = question_words(&question("contact", false), "en");
        assert_eq!(words, "The heir (contact): --set heir.name=… heir.mobile=… heir.relation=…");
        assert_eq!(
            question_words(&question("time", true), "ar"),
            "الوارث (time, may be left out): --set heir='2024-05-14 10:00'"
        );
    }

    #[test]
    fn an_offer_says_what_it_leads_to() {
        let offer = Offer { outcome: "no_answer".into(), ask: Vec::new() };
        assert_eq!(offer_words(&offer, "stays", "en"), "  no_answer\n    stays");
    }
}
