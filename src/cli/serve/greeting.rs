//! What the daemon says when it starts: what it did, what waits for a person, where to look.

use std::collections::BTreeSet;

use wasl_core::delivery::Channel;
use wasl_notifiers::Settings as NotifierSettings;
use wasl_runtime::engine::Engine;
use wasl_runtime::intake::RunSummary;
use wasl_runtime::store::MessageStatus;

use super::Began;
use crate::cli::detect::bad_files;
use crate::failure::Failure;
use crate::output::{Screen, count, thousands};
use crate::settings::Settings;

/// The lines.
pub(super) async fn words(
    engine: &Engine,
    settings: &Settings,
    screen: Screen,
    began: &Began,
    is_new: bool,
) -> Result<String, Failure> {
    let made = if is_new { ", made just now" } else { "" };
    let version = env!("CARGO_PKG_VERSION");
    let mut lines = vec![format!("{} {version} on {}{made}", screen.heading("Wasl"), settings.database)];
    lines.extend(did(began));
    lines.push(String::new());
    lines.push(screen.heading("What waits for a person"));
    lines.extend(waits(engine, settings).await?);
    lines.push(String::new());
    lines.push(screen.heading("Messages"));
    lines.extend(messages(engine, settings).await?);
    lines.push(String::new());
    lines.push(screen.heading("Where to look"));
    lines.extend(where_to_look(settings, &program()));
    Ok(lines.join("\n"))
}

/// What the start did.
fn did(began: &Began) -> Vec<String> {
    let mut lines = Vec::new();
    for activated in &began.loaded.activated {
        let staying = match activated.staying {
            0 => String::new(),
            n => format!("; {} stay on earlier versions", count(n, "case")),
        };
        lines.push(format!("  workflow {}: new version active{staying}", activated.workflow));
    }
    lines.extend(began.loaded.unchanged.iter().map(|name| format!("  workflow {name}: as before")));
    lines.extend(began.loaded.refused.iter().map(|(name, _)| format!("  {}", bad_files(name))));
    lines.extend(began.detected.iter().map(|summary| format!("  {}", found(summary))));
    lines.extend(began.failed.iter().map(|failed| format!("  {failed}; it is tried again")));
    lines
}

/// A detection in a line.
fn found(summary: &RunSummary) -> String {
    let screened: u64 = summary.screened.values().sum();
    let parts = [
        Some(format!("{} opened", count(summary.opened, "case"))),
        (summary.duplicates > 0).then(|| format!("{} known already", thousands(summary.duplicates))),
        (screened > 0).then(|| format!("{} not for us", thousands(screened))),
        (summary.rejected > 0).then(|| format!("{} that cannot be read", thousands(summary.rejected))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("detection {}: {} read: {}", summary.detection, count(summary.rows(), "row"), parts.join(", "))
}

async fn waits(engine: &Engine, settings: &Settings) -> Result<Vec<String>, Failure> {
    let language = settings.language.code();
    let mut lines = Vec::new();
    for (queue, tasks) in engine.store.open_tasks_by_queue(engine.now()).await? {
        let title = settings.queues.get(&queue).map_or("", |title| title.get(language));
        let overdue = if tasks.overdue > 0 { format!(", {} overdue", thousands(tasks.overdue)) } else { String::new() };
        let waiting = count(tasks.waiting, "task");
        lines.push(format!("  {waiting} in `{queue}`, {} may be done now{overdue}  {title}", thousands(tasks.ready)));
    }
    match engine.store.incidents().await? {
        0 => {}
        n => lines.push(format!("  {} that cannot go on without a person", count(n, "case"))),
    }
    if lines.is_empty() {
        lines.push("  nothing yet".into());
    }
    Ok(lines)
}

async fn messages(engine: &Engine, settings: &Settings) -> Result<Vec<String>, Failure> {
    let by_status = engine.store.messages_by_status().await?;
    let of = |status| by_status.get(&status).copied().unwrap_or(0);
    let mut lines = vec![format!(
        "  {} waiting for their moment, {} under way or sent",
        thousands(of(MessageStatus::Queued)),
        thousands(
            of(MessageStatus::Sending)
                + of(MessageStatus::Accepted)
                + of(MessageStatus::Sent)
                + of(MessageStatus::Delivered)
        )
    )];
    if of(MessageStatus::Uncertain) > 0 {
        let uncertain = count(of(MessageStatus::Uncertain), "message");
        lines.push(format!("  {uncertain} of which nobody knows whether it was sent"));
    }
    let sandbox = |settings: &NotifierSettings| match settings {
        NotifierSettings::Sandbox(sandbox) => Some(sandbox.file.as_ref().map(|file| file.display().to_string())),
        _ => None,
    };
    let kept: Vec<_> = settings.notifiers.values().filter_map(sandbox).collect();
    if !kept.is_empty() && kept.len() == settings.notifiers.len() {
        let files: BTreeSet<String> = kept.into_iter().flatten().collect();
        let files = files.into_iter().collect::<Vec<_>>().join(", ");
        lines.push(format!("  nothing leaves this machine: what would be sent is written to {files}"));
    }
    for channel in [Channel::Sms, Channel::Email] {
        if !settings.notifiers.contains_key(channel.as_str()) {
            lines.push(format!("  no notifier is configured for `{channel}`: its messages stay in the queue"));
        }
    }
    if settings.sends_sample_hotline() {
        lines.push("  WARNING: families would be given the made-up hotline of the sample; set `texts: hotline`".into());
    }
    Ok(lines)
}

fn where_to_look(settings: &Settings, program: &str) -> Vec<String> {
    vec![
        format!("  http://{}/readyz                is everything well", settings.listen),
        format!("  {program} task next --agent NAME   the most urgent call"),
        format!("  {program} case list                all cases"),
        format!("  {program} --help                   everything else"),
        "  Ctrl-C                          stops it".into(),
    ]
}

/// How this program was started, so that the next command can be copied.
fn program() -> String {
    std::env::args().next().filter(|name| !name.contains(' ')).unwrap_or_else(|| "wasl".into())
}
