//! What an act would do to a case, said before it is done.

use serde_json::json;
use wasl_core::case::{Case, Standing};
use wasl_core::event::Body;
use wasl_core::explain::Prospect;

use crate::cli::session::{Session, Told};
use crate::failure::{Exit, Failure};
use crate::output::Answer;

/// Asks the step, and changes nothing.
///
/// # Errors
/// The case would refuse it, or cannot be read.
pub(super) async fn tell(case: &Case, body: &Body, session: &Session) -> Result<Answer, Failure> {
    let reference = case.id.reference();
    let prospect = session.engine.prospect(case, body, session.screen.lang()).await?;
    let prospect = prospect.map_err(|reason| {
        let words = session.screen.pick("would refuse it", "لن تقبله");
        Failure::new(Exit::Refused, format!("{reference}: {words}: {reason}"))
    })?;
    let told = session.told(case).await?;
    let first = session.screen.pick("this would happen; nothing was changed", "هذا ما سيحدث؛ ولم يتغير شيء");
    let mut lines = vec![format!("{reference}: {first}")];
    lines.extend(prospect.entries.iter().map(|entry| format!("  - {}", told.teller().sentence(entry))));
    for message in prospect.messages.iter().filter(|message| message.suppressed.is_none()) {
        lines.push(format!("  {} `{}` → {}:", told.teller().channel(message.channel), message.template, message.to));
        lines.extend(message.text.lines().map(|line| format!("    | {line}")));
    }
    let by = session.screen.pick("by", "في");
    lines.extend(
        prospect.deadlines.iter().map(|due| format!("  {by} {}: {} ({})", due.due_words, due.leads_to, due.why)),
    );
    Ok(Answer::new(lines.join("\n"), to_json(case, &prospect, &told)))
}

fn to_json(case: &Case, prospect: &Prospect, told: &Told) -> serde_json::Value {
    let ended = match &prospect.case.standing {
        Standing::Ended { outcome } => Some(outcome),
        Standing::Open | Standing::Held { .. } | Standing::Incident(_) => None,
    };
    let message = |message: &wasl_core::effect::Message| {
        json!({
            "channel": message.channel, "template": message.template, "to": message.to, "to_name": message.to_name,
            "language": message.language, "subject": message.subject, "text": message.text,
            "not_before": message.not_before, "suppressed": message.suppressed.as_ref().map(wasl_core::policy::Rule::name),
        })
    };
    let call = |call: &wasl_core::effect::CallTask| {
        json!({
            "queue": call.queue, "to": call.to, "to_name": call.to_name, "not_before": call.not_before, "due": call.due,
            "suppressed": call.suppressed.as_ref().map(wasl_core::policy::Rule::name),
        })
    };
    json!({
        "case": case.id.reference(), "dry_run": true, "from": case.state, "state": prospect.case.state,
        "standing": prospect.case.standing.as_str(), "outcome": ended,
        "happens": prospect.entries.iter().map(|entry| told.teller().sentence(entry)).collect::<Vec<_>>(),
        "messages": prospect.messages.iter().map(message).collect::<Vec<_>>(),
        "calls": prospect.calls.iter().map(call).collect::<Vec<_>>(),
        "withdrawn": prospect.withdrawn.iter().map(|lost| json!({"what": lost.words, "not_before": lost.not_before})).collect::<Vec<_>>(),
        "deadlines": prospect.deadlines,
    })
}
