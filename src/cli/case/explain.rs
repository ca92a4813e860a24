//! `case explain`.

use serde_json::json;
use wasl_core::case::Case;
use wasl_core::explain::Explanation;

use crate::cli::session::Session;
use crate::failure::Failure;
use crate::output::{Answer, Screen};

/// Says what a case waits for and why.
pub(super) async fn run(case: &Case, session: &Session) -> Result<Answer, Failure> {
    let explanation = session.engine.explain(case, session.screen.lang()).await?;
    let reference = case.id.reference();
    let text = words(&reference, &explanation, session.screen);
    Ok(Answer::new(text, json!({"case": reference, "explanation": explanation})))
}

fn words(reference: &str, explanation: &Explanation, screen: Screen) -> String {
    let mut parts = vec![format!("{}: {}", screen.heading(reference), explanation.standing)];
    if !explanation.deadlines.is_empty() {
        let lines = explanation
            .deadlines
            .iter()
            .map(|deadline| format!("  {}\n    {}\n    {}", deadline.due_words, deadline.leads_to, deadline.why));
        let heading = screen.pick("By time, if nothing happens before", "بمرور الوقت، إن لم يحدث شيء قبله");
        parts.push(section(screen, heading, lines));
    }
    if !explanation.planned.is_empty() {
        let lines = explanation.planned.iter().map(|planned| format!("  {planned}"));
        parts.push(section(screen, screen.pick("Planned", "مخطط"), lines));
    }
    if !explanation.possible.is_empty() {
        let lines =
            explanation.possible.iter().map(|possible| format!("  {}\n    {}", possible.event, possible.leads_to));
        parts.push(section(
            screen,
            screen.pick("What may happen, and what it would do", "ما قد يحدث، وما يترتب عليه"),
            lines,
        ));
    }
    parts.join("\n\n")
}

fn section(screen: Screen, heading: &str, lines: impl Iterator<Item = String>) -> String {
    std::iter::once(screen.heading(heading)).chain(lines).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;
    use crate::settings::Language;
    use wasl_core::explain::{Deadline, Possible};

    #[test]
    fn an_explanation_says_when_why_then_and_what_else_may_happen() {
        let explanation = Explanation {
            standing: "in “First call” since Sun 12 May 2024 09:00".into(),
            deadlines: vec![Deadline {
                name: "after 1 day".into(),
                due: jiff::Timestamp::UNIX_EPOCH,
                due_words: "Mon 13 May 2024 09:00".into(),
                why: "1 day from Sun 12 May 2024 09:00".into(),
                leads_to: "→ Escalation".into(),
            }],
            planned: Vec::new(),
            possible: vec![Possible { event: "call.no_answer".into(), leads_to: "stays".into() }],
        };
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let expected = "\
KXT2P: in “First call” since Sun 12 May 2024 09:00

By time, if nothing happens before
  Mon 13 May 2024 09:00
    → Escalation
    1 day from Sun 12 May 2024 09:00

What may happen, and what it would do
  call.no_answer
    stays";
        assert_eq!(words("KXT2P", &explanation, screen), expected);
    }
}
