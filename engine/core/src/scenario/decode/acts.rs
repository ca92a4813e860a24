//! What happens in a step.

use std::ops::Range;

use jiff::Timestamp;

use super::super::Act;
use super::Reader;
use crate::decode::Word;
use crate::definition::Workflow;
use crate::delivery::Channel;
use crate::diagnostic::Code;
use crate::event::News;
use crate::grammar::{ANSWERED_BY, RECEIPT, RECEIPTS};
use crate::schema::Schema;
use crate::value::Record;
use crate::yaml::{Kind, Node};

/// What may happen; a step does one of them.
const ACTS: [&str; 11] =
    ["answer", "event", "receipt", "reply", "update", "hold", "resume", "close", "retry", "skip", "move"];

/// What goes with which act.
const COMPANIONS: [(&str, &str); 4] =
    [("with", "answer"), ("queue", "answer"), ("data", "event"), ("channel", "reply")];

/// What the words of [`RECEIPTS`] mean.
const NEWS: [News; 6] =
    [News::Accepted, News::Delivered, News::Undelivered, News::Unconfirmed, News::Uncertain, News::Failed];

type Parts<'n> = [(Word, &'n Node)];

impl Reader<'_> {
    /// What happens in a step, and where it says so.
    pub(super) fn act(&mut self, parts: &Parts<'_>, now: Timestamp) -> Option<(Option<Act>, Range<usize>)> {
        let mut acts = parts.iter().filter(|(key, _)| ACTS.contains(&key.text.as_str()));
        let first = acts.next();
        for (key, _) in acts {
            let message = format!("a step does one thing; `{}` is the second", key.text);
            let help = Some("make it a step of its own".into());
            self.decoder.error_with(Code::BadValue, key.span.clone(), message, help);
        }
        for (companion, act) in COMPANIONS {
            let Some((key, _)) = find(parts, companion) else { continue };
            if first.is_none_or(|(first, _)| first.text != act) {
                let message = format!("`{companion}` goes with `{act}`, which this step does not say");
                self.decoder.error(Code::BadValue, key.span.clone(), message);
            }
        }
        let (key, node) = first?;
        let act = match key.text.as_str() {
            "answer" => self.answer(node, parts, now),
            "event" => self.event(node, parts, now),
            "receipt" => self.receipt(node),
            "reply" => self.reply(node, parts),
            "update" => self.update(node, now),
            "hold" => self.decoder.text(node, "the reason").map(Act::Hold),
            "resume" => self.yes(node).map(|()| Act::Resume),
            "close" => self.decoder.text(node, "the outcome").map(Act::Close),
            "retry" => self.yes(node).map(|()| Act::Retry),
            "move" => self.state(node).map(Act::Move),
            _ => self.decoder.text(node, "the reason").map(Act::Skip),
        };
        Some((act, node.span.clone()))
    }

    fn yes(&mut self, node: &Node) -> Option<()> {
        if self.decoder.bool(node, "this")? {
            return Some(());
        }
        self.decoder.error(Code::BadValue, node.span.clone(), "write `true`, or leave the line out");
        None
    }

    fn answer(&mut self, node: &Node, parts: &Parts<'_>, now: Timestamp) -> Option<Act> {
        let word = self.decoder.word(node, "the outcome of the call")?;
        let with = find(parts, "with").map(|(_, node)| self.decoder.entries(node, "`with`")).unwrap_or_default();
        let queue = find(parts, "queue").and_then(|(_, node)| self.queue(node));
        let Some((workflow, _)) = self.around else {
            return Some(Act::Answer { outcome: word.text, with: Record::new(), queue });
        };
        let outcomes = outcomes(workflow);
        if !outcomes.contains(&word.text.as_str()) {
            let message = format!("no call has the outcome `{}`", word.text);
            self.unknown(Code::UnknownEvent, word.span, message, &word.text, outcomes);
            return None;
        }
        let schema = asked(workflow, &word.text);
        let reading = self.reading(now)?;
        let whose = format!("the outcome `{}`", word.text);
        let with = self.record(&with, &schema, &reading, &whose, None)?;
        let with = with.into_iter().filter(|(_, value)| !value.is_null()).collect();
        Some(Act::Answer { outcome: word.text, with, queue })
    }

    fn event(&mut self, node: &Node, parts: &Parts<'_>, now: Timestamp) -> Option<Act> {
        let word = self.decoder.word(node, "the event's name")?;
        let entries = find(parts, "data").map(|(_, node)| self.decoder.entries(node, "`data`")).unwrap_or_default();
        let Some((workflow, _)) = self.around else {
            return Some(Act::Event { name: word.text, data: Record::new() });
        };
        let Some(declared) = workflow.events.get(&word.text) else {
            let message = format!("the workflow declares no event `{}`", word.text);
            self.unknown(
                Code::UnknownEvent,
                word.span,
                message,
                &word.text,
                workflow.events.keys().map(String::as_str),
            );
            return None;
        };
        let reading = self.reading(now)?;
        let whose = format!("the event `{}`", word.text);
        let data = self.record(&entries, &declared.fields, &reading, &whose, Some(&word.span))?;
        let data = data.into_iter().filter(|(_, value)| !value.is_null()).collect();
        Some(Act::Event { name: word.text, data })
    }

    /// `undelivered`, or `{is: undelivered, template: follow-up, bad_address: true}`.
    fn receipt(&mut self, node: &Node) -> Option<Act> {
        if !matches!(node.kind, Kind::Map(_)) {
            let news = self.news(node)?;
            return Some(Act::Receipt { news, template: None, bad_address: false });
        }
        let [news, template, bad] = self.decoder.mapping(node, "a receipt", &RECEIPT);
        let template = template.and_then(|node| self.template(node));
        let bad_address = bad.and_then(|node| self.decoder.bool(node, "`bad_address`")).unwrap_or_default();
        Some(Act::Receipt { news: self.news(news?)?, template, bad_address })
    }

    fn news(&mut self, node: &Node) -> Option<News> {
        let word = self.decoder.word(node, "what the gateway reports")?;
        let found = RECEIPTS.pair(NEWS).into_iter().find(|(name, _)| *name == word.text);
        if found.is_none() {
            let message = format!("no gateway reports `{}`", word.text);
            self.unknown(Code::BadValue, word.span, message, &word.text, RECEIPTS.names());
        }
        found.map(|(_, news)| news)
    }

    fn reply(&mut self, node: &Node, parts: &Parts<'_>) -> Option<Act> {
        let text = self.decoder.text(node, "the answer")?;
        let channel = find(parts, "channel").and_then(|(_, node)| {
            let word = self.decoder.word(node, "the channel")?;
            let known = ANSWERED_BY.names();
            if !known.contains(&word.text.as_str()) {
                let message = format!("nobody answers by `{}`", word.text);
                self.unknown(Code::BadValue, word.span, message, &word.text, known);
                return None;
            }
            Channel::parse(&word.text)
        });
        Some(Act::Reply { text, channel })
    }

    fn update(&mut self, node: &Node, now: Timestamp) -> Option<Act> {
        let entries = self.decoder.entries(node, "`update`");
        let (workflow, _) = self.around?;
        let reading = self.reading(now)?;
        let mut given = Schema::default();
        let named = |name: &str| entries.iter().any(|(word, _)| word.text == name);
        given.fields.extend(workflow.case.fields.fields.iter().filter(|field| named(&field.name)).cloned());
        for (name, _) in entries.iter().filter(|(name, _)| workflow.case.fields.get(&name.text).is_none()) {
            let message = format!("the case has no field `{}`", name.text);
            self.unknown(Code::UnknownField, name.span.clone(), message, &name.text, workflow.case.fields.names());
        }
        let entries: Vec<_> = entries.into_iter().filter(|(name, _)| given.get(&name.text).is_some()).collect();
        self.record(&entries, &given, &reading, "the case", None).map(Act::Update)
    }
}

fn find<'p, 'n>(parts: &'p Parts<'n>, key: &str) -> Option<&'p (Word, &'n Node)> {
    parts.iter().find(|(found, _)| found.text == key)
}

/// Every outcome that some call of the workflow may have.
fn outcomes(workflow: &Workflow) -> Vec<&str> {
    let handlers = workflow.states.iter().flat_map(|state| &state.on).chain(&workflow.anywhere);
    let outcomes = handlers.filter_map(|handler| handler.event.strip_prefix("call."));
    outcomes.filter(|outcome| !["no_contact", "suppressed"].contains(outcome)).collect()
}

/// What an outcome asks for, wherever it may come.
fn asked(workflow: &Workflow, outcome: &str) -> Schema {
    let handlers = workflow.states.iter().flat_map(|state| &state.on).chain(&workflow.anywhere);
    let mut schema = Schema::default();
    for handler in handlers.filter(|handler| handler.event.strip_prefix("call.") == Some(outcome)) {
        for ask in handler.reactions.iter().flat_map(|reaction| &reaction.ask) {
            if schema.get(&ask.field.name).is_none() {
                schema.fields.push(ask.field.clone());
            }
        }
    }
    schema
}
