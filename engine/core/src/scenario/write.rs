//! Writes scenarios as people would: our YAML, quoted only where it must be.

use std::fmt::Write as _;

use super::claim::{Claim, Expect, Part, Want};
use super::compare::written;
use super::{Act, Scenario};
use crate::calendar::Calendar;
use crate::definition::Workflow;
use crate::event::News;
use crate::value::{Record, Value};

/// In which order people write what they know of somebody.
const MEMBERS: [&str; 6] = ["name", "relation", "cpr", "mobile", "email", "language"];

/// The text of a file with these scenarios. Read again it gives the same scenarios.
pub fn to_yaml(scenarios: &[Scenario], workflow: &Workflow, calendar: &Calendar) -> String {
    let mut text = "scenarios:\n".to_owned();
    for scenario in scenarios {
        let _ = writeln!(text, "\n  - name: {}", scalar(&scenario.name));
        let _ = writeln!(text, "    start: {}", written(calendar, scenario.start));
        text.push_str("    given:\n");
        for name in workflow.case.fields.names() {
            if let Some(value) = scenario.given.get(name).filter(|value| !value.is_null()) {
                let _ = writeln!(text, "      {name}:{}", block(value, calendar));
            }
        }
        if !scenario.opted_out.is_empty() {
            let addresses: Vec<String> = scenario.opted_out.iter().map(|address| scalar(address)).collect();
            let _ = writeln!(text, "    opted_out: [{}]", addresses.join(", "));
        }
        let steps = if scenario.steps.is_empty() { " []" } else { "" };
        let _ = writeln!(text, "    steps:{steps}");
        for step in &scenario.steps {
            let mut lines = vec![format!("at: {}", written(calendar, step.at))];
            lines.extend(step.act.iter().flat_map(|act| act_lines(act, calendar)));
            lines.extend(step.expect.iter().map(|expect| format!("expect: {}", expectation(expect, calendar))));
            let _ = writeln!(text, "      - {}", lines.join("\n        "));
        }
    }
    text
}

/// A list of records one to a line, everything else behind its key.
fn block(value: &Value, calendar: &Calendar) -> String {
    match value {
        Value::List(items) if !items.is_empty() => {
            let items: Vec<String> = items.iter().map(|item| flow(item, calendar)).collect();
            format!("\n        - {}", items.join("\n        - "))
        }
        other => format!(" {}", flow(other, calendar)),
    }
}

fn act_lines(act: &Act, calendar: &Calendar) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |key: &str, value: String| lines.push(format!("{key}: {value}"));
    match act {
        Act::Answer { outcome, with, queue } => {
            say("answer", scalar(outcome));
            with_record(&mut say, "with", with, calendar);
            if let Some(queue) = queue {
                say("queue", scalar(queue));
            }
        }
        Act::Event { name, data } => {
            say("event", scalar(name));
            with_record(&mut say, "data", data, calendar);
        }
        Act::Receipt { news, template: None, bad_address: false } => say("receipt", news.as_str().into()),
        Act::Receipt { news, template, bad_address } => {
            say("receipt", receipt(*news, template.as_deref(), *bad_address));
        }
        Act::Reply { text, channel } => {
            say("reply", scalar(text));
            if let Some(channel) = channel {
                say("channel", channel.as_str().into());
            }
        }
        Act::Update(data) => say("update", record(data, calendar)),
        Act::Hold(reason) => say("hold", scalar(reason)),
        Act::Resume => say("resume", "true".into()),
        Act::Close(outcome) => say("close", scalar(outcome)),
        Act::Retry => say("retry", "true".into()),
        Act::Skip(reason) => say("skip", scalar(reason)),
        Act::Move(state) => say("move", scalar(state)),
    }
    lines
}

fn with_record(say: &mut impl FnMut(&str, String), key: &str, data: &Record, calendar: &Calendar) {
    if !data.is_empty() {
        say(key, record(data, calendar));
    }
}

fn receipt(news: News, template: Option<&str>, bad_address: bool) -> String {
    let template = template.map(|template| format!(", template: {}", scalar(template))).unwrap_or_default();
    let bad = if bad_address { ", bad_address: true" } else { "" };
    format!("{{is: {}{template}{bad}}}", news.as_str())
}

fn expectation(expect: &Expect, calendar: &Calendar) -> String {
    let claims = expect.claims.iter().map(|(claim, _)| match claim {
        Claim::State(state) => format!("state: {}", scalar(state)),
        Claim::Ended(Some(outcome)) => format!("ended: {}", scalar(outcome)),
        Claim::Ended(None) => "ended: false".into(),
        Claim::Standing(standing) => format!("standing: {standing}"),
        Claim::Became(became) => format!("became: {became}"),
        Claim::Calls(calls) => format!("calls: {}", list(calls, calendar)),
        Claim::Messages(messages) => format!("messages: {}", list(messages, calendar)),
        Claim::Deadlines(parts) => format!("deadlines: {}", details(parts, calendar)),
    });
    format!("{{{}}}", claims.collect::<Vec<_>>().join(", "))
}

fn list(items: &[Vec<Part>], calendar: &Calendar) -> String {
    let items: Vec<String> = items.iter().map(|parts| details(parts, calendar)).collect();
    format!("[{}]", items.join(", "))
}

fn details(parts: &[Part], calendar: &Calendar) -> String {
    let parts = parts.iter().map(|part| {
        let want = match &part.want {
            Want::Text(text) | Want::Containing(text) => scalar(text),
            Want::At(at) => written(calendar, *at),
        };
        format!("{}: {want}", scalar(&part.key))
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}

fn flow(value: &Value, calendar: &Calendar) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Text(text) => scalar(text),
        Value::Date(date) => date.to_string(),
        Value::Time(at) => written(calendar, *at),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|item| flow(item, calendar)).collect::<Vec<_>>().join(", "))
        }
        Value::Record(members) => record(members, calendar),
    }
}

fn record(members: &Record, calendar: &Calendar) -> String {
    // The spelling of a number that could be read says nothing more.
    let repeats =
        |name: &str| name == "mobile_as_written" && members.get("mobile").is_some_and(|mobile| !mobile.is_null());
    let mut known: Vec<_> = members.iter().filter(|(name, value)| !value.is_null() && !repeats(name)).collect();
    known.sort_by_key(|(name, _)| MEMBERS.iter().position(|member| member == name).unwrap_or(MEMBERS.len()));
    let members = known.into_iter().map(|(name, value)| format!("{}: {}", scalar(name), flow(value, calendar)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

/// Text as YAML: plain where it reads back as the same text, else in quotes.
fn scalar(text: &str) -> String {
    let plain = |sign: char| sign.is_alphanumeric() || " _-./@".contains(sign);
    let begins = text.starts_with(char::is_alphabetic);
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if begins && text.chars().all(plain) && !text.ends_with(' ') && !is_word {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        return Value::from(text).to_json().to_string();
    }
    format!("'{}'", text.replace('\'', "''"))
}
