//! `incident`: everything that waits for a person's decision, with what may be done about it.

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use wasl_core::case::{Case, Standing};
use wasl_runtime::store::{CaseFilter, StoredMessage, Webhook};

use super::session::Session;
use crate::failure::Failure;
use crate::output::Answer;
use crate::words::{CASE, MESSAGE};

/// The commands about what cannot go on by itself.
#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// List what waits for a person: cases that stopped, messages that may or may not have left, webhooks that failed
    List(ListArgs),
}

/// `incident list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl incident list
  wasl incident list --lang ar
  wasl incident list --format json

A case that stopped goes on with `wasl case retry`, or `wasl case skip` where it cannot be mended, or `wasl case move` from another
state. What became of a message is said with `wasl message resolve`.")]
pub(crate) struct ListArgs {
    /// At the most so many of each
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Runs a command.
///
/// # Errors
/// The database failed.
pub(crate) async fn run(command: &IncidentCommand, session: &Session) -> Result<Answer, Failure> {
    let IncidentCommand::List(args) = command;
    let standing = Some("incident".to_owned());
    let filter = CaseFilter { standing, limit: args.limit, ..CaseFilter::default() };
    let cases = session.store().cases(&filter).await?;
    let messages = session.store().undecided_messages(args.limit).await?;
    let webhooks: Vec<(String, String)> = session.store().webhooks().await?.into_iter().filter_map(failed).collect();
    let screen = session.screen;
    let json = json!({
        "cases": cases.iter().filter_map(case_json).collect::<Vec<_>>(),
        "messages": messages.iter().map(super::message::to_json).collect::<Vec<_>>(),
        "webhooks": webhooks.iter().map(|(name, why)| json!({"webhook": name, "stopped_because": why})).collect::<Vec<_>>(),
    });
    let mut parts = Vec::new();
    if !cases.is_empty() {
        let mut lines = Vec::new();
        for case in &cases {
            lines.extend(case_words(case, session).await?);
        }
        let heading = screen.pick("stopped", "متعثرة");
        let count = screen.count(u64::try_from(cases.len()).unwrap_or_default(), &CASE);
        parts.push(format!("{}\n{}", screen.heading(&format!("{count} {heading}")), lines.join("\n")));
    }
    if !messages.is_empty() {
        let mut lines = Vec::new();
        for stored in &messages {
            lines.push(message_words(stored, session).await?);
        }
        let heading = screen.pick("of which nobody knows whether they left", "لا يعلم أحد هل خرجت");
        let count = screen.count(u64::try_from(messages.len()).unwrap_or_default(), &MESSAGE);
        parts.push(format!("{}\n{}", screen.heading(&format!("{count} {heading}")), lines.join("\n")));
    }
    if !webhooks.is_empty() {
        let heading = screen.pick("told nothing any more, because they do not take it", "لا تُبلَّغ بعد لأنها لا تقبل");
        let line = |(name, why): &(String, String)| format!("{name}: {why}\n  wasl webhook start {name}");
        let lines: Vec<String> = webhooks.iter().map(line).collect();
        parts.push(format!("{}\n{}", screen.heading(heading), lines.join("\n")));
    }
    if parts.is_empty() {
        parts.push(screen.pick("nothing waits for a person's decision", "لا شيء ينتظر قرار موظف").to_owned());
    }
    Ok(Answer::new(parts.join("\n\n"), json))
}

/// The name of a webhook that was stopped because it failed, and how it did.
fn failed(webhook: Webhook) -> Option<(String, String)> {
    let (_, why) = webhook.stopped?;
    Some((webhook.name, why?))
}

async fn case_words(case: &Case, session: &Session) -> Result<Vec<String>, Failure> {
    let Standing::Incident(incident) = &case.standing else { return Ok(Vec::new()) };
    let (reference, screen) = (case.id.reference(), session.screen);
    let state = session.told(case).await?.teller().state(&case.state);
    let at = screen.pick("in", "في");
    Ok(vec![
        format!("  {reference}  {} “{state}”: {at} {}: {}", case.workflow, incident.place, incident.reason),
        format!(
            "         wasl case retry {reference}, wasl case skip {reference} --reason …, wasl case move {reference} STATE --reason …"
        ),
    ])
}

async fn message_words(stored: &StoredMessage, session: &Session) -> Result<String, Failure> {
    let told = super::message::told(stored, session).await?;
    let message = &stored.message;
    let at = told.map_or_else(String::new, |told| told.teller().moment(message.not_before));
    let reference = stored.case.reference();
    let (id, template, channel) = (&message.id, &message.template, message.channel);
    Ok(format!(
        "  {id}  {channel} `{template}`, {at}, {reference}\n         wasl message resolve {id} --sent|--not-sent --reason …"
    ))
}

fn case_json(case: &Case) -> Option<Json> {
    let Standing::Incident(incident) = &case.standing else { return None };
    Some(json!({
        "case": case.id.reference(), "workflow": case.workflow, "state": case.state,
        "place": incident.place, "reason": incident.reason,
    }))
}
