//! `/metrics`: counts of the whole in Prometheus' text format. No name, number or reference is in it.
//!
//! Every number is counted by the store when it is asked for: nothing is kept beside it that could differ.

use std::fmt::{Display, Write as _};
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use wasl_core::access::Permission;
use wasl_runtime::store::StoreError;

use super::Api;
use super::v1::Problem;
use crate::access::Viewer;

/// Answers with the counts.
pub(super) async fn show(State(api): State<Arc<Api>>, viewer: Viewer) -> Response {
    let answer = async {
        viewer.may(Permission::ViewMetrics)?;
        Ok::<_, Problem>(text(&api).await?)
    };
    match answer.await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn text(api: &Api) -> Result<String, StoreError> {
    let (store, now) = (&api.engine.store, api.engine.now());
    let mut out = String::new();
    family(&mut out, "wasl_build_info", "The version that runs");
    sample(&mut out, "wasl_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    family(&mut out, "wasl_cases", "Cases by workflow, state and standing");
    for count in store.cases_by_state().await? {
        let labels = [("workflow", &*count.workflow), ("state", &*count.state), ("standing", &*count.standing)];
        sample(&mut out, "wasl_cases", &labels, count.cases);
    }
    family(&mut out, "wasl_incidents", "Cases that cannot go on without a person");
    sample(&mut out, "wasl_incidents", &[], store.incidents().await?);
    let queues = store.open_tasks_by_queue(now).await?;
    family(&mut out, "wasl_tasks", "Tasks for people by queue: waiting, of these ready now, and overdue");
    for (queue, count) in &queues {
        for (what, tasks) in [("waiting", count.waiting), ("ready", count.ready), ("overdue", count.overdue)] {
            sample(&mut out, "wasl_tasks", &[("queue", queue), ("what", what)], tasks);
        }
    }
    family(&mut out, "wasl_messages", "Messages by where they stand");
    for (status, messages) in store.messages_by_status().await? {
        sample(&mut out, "wasl_messages", &[("status", status.as_str())], messages);
    }
    let outbox = store.outbox(now).await?;
    family(&mut out, "wasl_outbox_due", "Messages whose moment has come and that did not leave yet, by channel");
    for (channel, count) in &outbox {
        sample(&mut out, "wasl_outbox_due", &[("channel", channel.as_str())], count.due);
    }
    family(&mut out, "wasl_outbox_oldest_due_seconds", "For how long the first of them has been due, by channel");
    for (channel, count) in &outbox {
        let age = count.oldest_due.map_or(0, |due| now.duration_since(due).as_secs().max(0));
        sample(&mut out, "wasl_outbox_oldest_due_seconds", &[("channel", channel.as_str())], age);
    }
    family(&mut out, "wasl_outbox_holds", "How much of the outbox operators hold");
    sample(&mut out, "wasl_outbox_holds", &[], store.holds().await?.len());
    if let Some(tick) = api.engine.last_tick() {
        family(&mut out, "wasl_last_tick_timestamp_seconds", "When due cases were looked for last");
        sample(&mut out, "wasl_last_tick_timestamp_seconds", &[], tick.as_second());
    }
    Ok(out)
}

fn family(out: &mut String, name: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}.\n# TYPE {name} gauge");
}

fn sample(out: &mut String, name: &str, labels: &[(&str, &str)], value: impl Display) {
    let label = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
    let labels = labels.iter().map(label).collect::<Vec<_>>().join(",");
    let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
    let _ = writeln!(out, "{name}{labels} {value}");
}

/// A label's value as the format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_line_whatever_its_labels_hold() {
        let mut out = String::new();
        family(&mut out, "wasl_tasks", "Tasks");
        sample(&mut out, "wasl_tasks", &[("queue", "a\"b\\c\nd"), ("what", "ready")], 3);
        sample(&mut out, "wasl_incidents", &[], 0);
        let expected = "# HELP wasl_tasks Tasks.\n# TYPE wasl_tasks gauge\n\
                        wasl_tasks{queue=\"a\\\"b\\\\c\\nd\",what=\"ready\"} 3\nwasl_incidents 0\n";
        assert_eq!(out, expected);
    }
}
