//! What an event did, and what happens next: said after everything that a person does to a case.

use serde_json::json;
use wasl_core::case::Case;
use wasl_core::event::{Body, Disposition};
use wasl_core::explain::Explanation;
use wasl_runtime::engine::Submitted;

use super::session::{Session, Told};
use crate::asked;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Language;

/// Who gives the ids of events that come from the command line.
pub(super) const SOURCE: &str = "cli";
/// The next deadlines that are told.
const DEADLINES_MAX: usize = 3;

/// Stores an event of the command line and says what came of it. Without an id of its own it is new
/// each time.
///
/// # Errors
/// The case, the store or the workflow version cannot be used.
pub(super) async fn submit(
    session: &Session,
    case: &Case,
    by: &str,
    source_id: Option<&str>,
    body: Body,
) -> Result<Answer, Failure> {
    let made_up = || format!("{}:{}:{}", case.id, body.label(), session.engine.now().as_millisecond());
    let source_id = source_id.map_or_else(made_up, str::to_owned);
    let new = asked::event(session, case, (SOURCE, &source_id), by, body);
    let submitted = session.engine.submit(new).await?;
    tell(session, &submitted).await
}

/// What came of an event, in words.
///
/// # Errors
/// The workflow version or calendar of the case cannot be used.
pub(super) async fn tell(session: &Session, submitted: &Submitted) -> Result<Answer, Failure> {
    let case = &submitted.case;
    let told = session.told(case).await?;
    let explanation = session.engine.explain(case, session.screen.lang()).await?;
    let happened: Vec<String> = submitted.entries.iter().map(|entry| told.teller().sentence(entry)).collect();
    let reference = case.id.reference();
    let mut lines =
        vec![format!("{reference}: {}", verdict(&submitted.disposition, submitted.first, &told, session.screen))];
    lines.extend(happened.iter().map(|sentence| format!("  - {sentence}")));
    lines.extend(next_lines(&explanation, session.screen));
    if !case.is_ended() {
        lines.push(format!("{}: wasl case explain {reference}", session.screen.pick("More", "المزيد")));
    }
    let json = json!({
        "case": reference,
        "event": submitted.event_id,
        "first": submitted.first,
        "became": submitted.disposition.as_str(),
        "disposition": submitted.disposition,
        "state": case.state,
        "standing": case.standing.as_str(),
        "happened": happened,
        "next": explanation,
    });
    Ok(Answer::new(lines.join("\n"), json).exit(exit_of(&submitted.disposition)))
}

/// What happens next, in a few lines.
pub(super) fn next_lines(explanation: &Explanation, screen: Screen) -> Vec<String> {
    let mut lines = vec![format!("{} {}.", screen.pick("Now", "الآن"), explanation.standing)];
    lines.extend(explanation.planned.iter().map(|planned| format!("  {}: {planned}", screen.pick("planned", "مخطط"))));
    let deadlines = explanation.deadlines.iter().take(DEADLINES_MAX);
    lines.extend(
        deadlines
            .map(|deadline| format!("  {} {}: {}", screen.pick("by", "في"), deadline.due_words, deadline.leads_to)),
    );
    lines
}

fn verdict(disposition: &Disposition, first: bool, told: &Told, screen: Screen) -> String {
    let verdict = match disposition {
        Disposition::Applied => screen.pick("done", "تم").to_owned(),
        Disposition::Deferred { until } => {
            let until = told.teller().moment(*until);
            match screen.language {
                Language::En => format!("kept until {until} for a state that takes it"),
                Language::Ar => format!("حفظ حتى {until} لمرحلة تقبله"),
            }
        }
        Disposition::NotApplicable => screen
            .pick(
                "recorded; no state that may still come takes it, so nothing changed",
                "سجل؛ لا تقبله أي مرحلة قد تأتي، فلم يتغير شيء",
            )
            .into(),
        Disposition::Late => {
            screen.pick("recorded; the case is over, so nothing changed", "سجل؛ الحالة منتهية، فلم يتغير شيء").into()
        }
        Disposition::GivenUp => {
            screen.pick("it waited in vain for a state that takes it", "انتظر مرحلة تقبله فلم تأت").into()
        }
        Disposition::Refused { reason } => {
            format!("{}: {}", screen.pick("refused", "رفض"), reason.get(screen.lang()))
        }
        Disposition::Incident => screen
            .pick(
                "recorded, but the case cannot go on without a person; see below",
                "سجل، لكن الحالة لا تمضي دون تدخل شخص؛ انظر أدناه",
            )
            .into(),
    };
    if first {
        return verdict;
    }
    let before = screen
        .pick("this was reported before and changed nothing now; then", "أبلغ عن هذا من قبل ولم يتغير شيء الآن؛ حينها");
    format!("{before}: {verdict}")
}

fn exit_of(disposition: &Disposition) -> Exit {
    match disposition {
        Disposition::Applied | Disposition::Deferred { .. } => Exit::Done,
        Disposition::NotApplicable
        | Disposition::Late
        | Disposition::GivenUp
        | Disposition::Refused { .. }
        | Disposition::Incident => Exit::Refused,
    }
}

#[cfg(test)]
mod tests {
    use wasl_core::lang::Texts;

    use super::*;

    #[test]
    fn only_what_the_case_takes_counts_as_done() {
        assert_eq!(exit_of(&Disposition::Applied), Exit::Done);
        assert_eq!(exit_of(&Disposition::Late), Exit::Refused);
        assert_eq!(exit_of(&Disposition::Refused { reason: Texts::default() }), Exit::Refused);
    }
}
