//! Everything that an agent needs for a call, on one page.

use serde_json::json;
use wasl_core::case::Case;
use wasl_core::delivery::Channel;
use wasl_core::effect::{Offer, Question};
use wasl_core::message::phone::national_format;
use wasl_core::policy::point_news;
use wasl_runtime::store::StoredTask;

use super::list::priority;
use super::{is_waiting, to_json};
use crate::cli::case::points;
use crate::cli::session::{Session, Told};
use crate::failure::Failure;
use crate::output::{Answer, Screen, facts};
use crate::settings::Language;
use crate::words::{relation, task_status};

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
    let outcomes: Vec<&str> = stored.task.outcomes.iter().map(|offer| offer.outcome.as_str()).collect();
    let leads_to = session.engine.leads(&case, &stored.task.id, &outcomes, session.screen.lang()).await?;
    let leads: Vec<(&Offer, String)> = stored.task.outcomes.iter().zip(leads_to).collect();

    let screen = session.screen;
    let mut parts = vec![
        title(stored, screen),
        facts(&whom(stored, &case, &told, screen)),
        screen.part("What to say", "ما يقال", stored.task.words.trim()),
        screen.part("Before this", "ما سبق", &before.join("\n")),
    ];
    if is_waiting(stored) {
        let offers: Vec<String> = leads.iter().map(|(offer, leads_to)| offer_words(offer, leads_to, screen)).collect();
        parts.push(screen.part("What may come of it", "ما قد ينتج عنها", &offers.join("\n")));
        let agent = agent.map(|agent| format!(" --agent {agent}")).unwrap_or_default();
        parts.push(format!("{}: wasl task answer {} OUTCOME{agent}", screen.pick("Then", "ثم"), stored.task.id));
    }
    json["leads_to"] = leads.iter().map(|(offer, leads_to)| (offer.outcome.clone(), json!(leads_to))).collect();
    Ok(Answer::new(parts.join("\n\n"), json))
}

/// `Task 17.2.0 in the queue complaints, normal priority`.
fn title(stored: &StoredTask, screen: Screen) -> String {
    let (id, queue, priority) = (&stored.task.id, &stored.task.queue, priority(stored.task.priority, screen));
    match screen.language {
        Language::En => format!("{} in the queue {queue}, {priority} priority", screen.heading(&format!("Task {id}"))),
        Language::Ar => format!("{} في قائمة {queue}، الأولوية: {priority}", screen.heading(&format!("المهمة {id}"))),
    }
}

/// Whom to call, in which matter, when.
fn whom(stored: &StoredTask, case: &Case, told: &Told, screen: Screen) -> Vec<(&'static str, String)> {
    let (task, teller) = (&stored.task, told.teller());
    let (reference, state) = (case.id.reference(), teller.state(&task.state));
    let stands = match screen.language {
        Language::En => format!("{reference}, in “{state}”"),
        Language::Ar => format!("{reference}، في «{state}»"),
    };
    let mut rows = vec![(screen.pick("case", "الحالة"), stands)];
    if let Some(to) = &task.to {
        let number = national_format(to).map_or_else(|| to.to_string(), |national| format!("{national} ({to})"));
        rows.push((screen.pick("number", "الرقم"), number));
        let tried = |channel| Some(points::last(channel, point_news(case, channel, to)?, told, screen));
        let tried: Vec<String> = [Channel::Call, Channel::Sms].into_iter().filter_map(tried).collect();
        if !tried.is_empty() {
            rows.push((screen.pick("tried there", "آخر محاولة عليه"), tried.join(screen.pick("; ", "؛ "))));
        }
        rows.push((screen.pick("language", "اللغة"), language_name(&task.language, screen)));
    }
    let any_time = || screen.pick("any time", "في أي وقت").to_owned();
    rows.push((screen.pick("due", "الموعد"), task.due.map_or_else(any_time, |due| teller.moment(due))));
    if task.promised_by.is_some() {
        let words = screen.pick("they asked us to ring at this time", "طلبوا أن نتصل في هذا الوقت");
        rows.push((screen.pick("promised", "وعد"), words.to_owned()));
    }
    if task.attempt > 1 {
        rows.push((screen.pick("attempt", "المحاولة"), task.attempt.to_string()));
    }
    match (&stored.claimed_by, stored.claim_expires, is_waiting(stored)) {
        (Some(by), Some(until), true) => {
            let until = teller.moment(until);
            let yours = if screen.language == Language::Ar {
                format!("{by}، حتى {until}")
            } else {
                format!("{by}, until {until}")
            };
            rows.push((screen.pick("yours", "لدى"), yours));
        }
        (_, _, false) => rows.push((screen.pick("status", "الوضع"), finished(stored, screen))),
        _ => {}
    }
    if let Some(name) = &task.to_name {
        let relation =
            task.relation.as_deref().map(|word| format!(" ({})", relation(word, screen.language))).unwrap_or_default();
        rows.push((screen.pick("call", "الاتصال بـ"), format!("{name}{relation}")));
    }
    rows
}

fn finished(stored: &StoredTask, screen: Screen) -> String {
    let by = screen.pick(" by", "، سجّلها");
    let by = stored.answered_by.as_deref().map(|who| format!("{by} {who}")).unwrap_or_default();
    let what = stored.outcome.as_deref().or(stored.reason.as_deref());
    let what = what.map(|what| format!(": {what}")).unwrap_or_default();
    format!("{}{by}{what}", task_status(stored.status, screen.language))
}

fn language_name(code: &str, screen: Screen) -> String {
    match code {
        "ar" => screen.pick("Arabic", "العربية").into(),
        "en" => screen.pick("English", "الإنجليزية").into(),
        other => other.to_owned(),
    }
}

/// An outcome: what it leads to and what it asks for.
fn offer_words(offer: &Offer, leads_to: &str, screen: Screen) -> String {
    let mut lines = vec![format!("  {}\n    {leads_to}", offer.outcome)];
    let asks = screen.pick("asks", "يسأل عن");
    lines.extend(offer.ask.iter().map(|question| format!("    {asks}: {}", question_words(question, screen))));
    lines.join("\n")
}

/// What is asked, and how to give it.
pub(super) fn question_words(question: &Question, screen: Screen) -> String {
    let name = &question.name;
    let title = if question.title.is_empty() { name.as_str() } else { question.title.get(screen.lang()) };
    let example = match question.ty.as_str() {
        "contact" => format!("--set {name}.name=… {name}.mobile=… {name}.relation=…"),
        "contacts" => format!("--set {name}.0.name=… {name}.0.mobile=…"),
        "time" => format!("--set {name}='2024-05-14 10:00'"),
        "date" => format!("--set {name}=2024-05-14"),
        _ => format!("--set {name}=…"),
    };
    let optional = if question.optional { screen.pick(", may be left out", "، يمكن تركه") } else { "" };
    format!("{title} ({}{optional}): {example}", question.ty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;
    use wasl_core::lang::Texts;

    fn screen(language: Language) -> Screen {
        Screen { format: Format::Text, color: false, width: None, language }
    }

    fn question(ty: &str, optional: bool) -> Question {
        Question { name: "heir".into(), ty: ty.into(), title: Texts::both("The heir", "الوارث"), optional }
    }

    #[test]
    fn a_question_shows_how_to_answer_it() {
        let words = question_words(&question("contact", false), screen(Language::En));
        assert_eq!(words, "The heir (contact): --set heir.name=… heir.mobile=… heir.relation=…");
        assert_eq!(
            question_words(&question("time", true), screen(Language::Ar)),
            "الوارث (time، يمكن تركه): --set heir='2024-05-14 10:00'"
        );
    }

    #[test]
    fn an_offer_says_what_it_leads_to() {
        let offer = Offer { outcome: "no_answer".into(), ask: Vec::new() };
        assert_eq!(offer_words(&offer, "stays", screen(Language::En)), "  no_answer\n    stays");
    }
}
