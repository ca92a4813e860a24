//! What can never come about in a state, because something else always comes first: said where it is written.

use jiff::SignedDuration;

use super::reader::{BROKEN, Parts, Reader};
use crate::decode::Word;
use crate::definition::{After, Handler, Reaction, Repeat, Rung, Then};
use crate::diagnostic::Code;
use crate::duration::Duration;
use crate::expr::Program;
use crate::value::Record;
use crate::yaml::{Kind, Node};

/// Guards of one list, of which the first that is true wins.
#[derive(Default)]
pub(super) struct Earlier {
    settled: bool,
    guards: Vec<Program>,
}

impl Reader<'_> {
    /// Looks at the next line of a list in which the first that fits wins; `what` is what the line is called.
    pub(super) fn can_win(&mut self, earlier: &mut Earlier, what: &str, line: &Node, when: Option<(&Node, &Program)>) {
        if earlier.settled {
            let message = format!("this {what} never wins: one before it always fits");
            self.decoder.error(Code::NeverWins, line.span.clone(), message);
        }
        let Some((node, guard)) = when else {
            earlier.settled = true;
            return;
        };
        match constant(guard) {
            Some(true) => {
                earlier.settled = true;
                let help = Some("leave `when` out".into());
                self.decoder.warn(Code::BadExpression, node.span.clone(), "this condition is always true", help);
            }
            Some(false) => {
                let message = format!("this {what} never wins: its condition is never true");
                self.decoder.error(Code::NeverWins, node.span.clone(), message);
            }
            None if guard.source() == BROKEN => {}
            None if earlier.guards.contains(guard) => {
                let message = format!("this {what} never wins: one before it has the same condition");
                self.decoder.error(Code::NeverWins, node.span.clone(), message);
            }
            None => earlier.guards.push(guard.clone()),
        }
    }

    /// What a state waits for longer than it can last.
    pub(super) fn too_late(&mut self, parts: &Parts<'_>, on: &[Handler], every: &[Repeat], after: &[After]) {
        self.late_afters(parts, after);
        let certain = after.iter().filter(|after| leaves(after) && after.from.is_none());
        let Some(first) = certain.min_by_key(|after| longest(after.wait)) else { return };
        for (key, repeat) in self.keys(parts, "every").iter().zip(every) {
            if longest(first.wait).is_some_and(|end| end <= shortest(repeat.every)) {
                self.never_comes(key.span.clone(), &first.name);
            }
        }
        let lists = parts.get("on").map(reactions_of).unwrap_or_default();
        for (nodes, handler) in lists.iter().zip(on) {
            for (node, reaction) in nodes.iter().zip(&handler.reactions) {
                self.late_rungs(node, reaction, first);
            }
        }
    }

    fn late_afters(&mut self, parts: &Parts<'_>, after: &[After]) {
        let keys = self.keys(parts, "after");
        for (index, (key, late)) in keys.iter().zip(after).enumerate() {
            let beats = |(other, early): &(usize, &After)| {
                let not_longer = is_not_longer(early.wait, late.wait);
                let as_long = not_longer && is_not_longer(late.wait, early.wait);
                *other != index
                    && leaves(early)
                    && early.from == late.from
                    && not_longer
                    && (!as_long || *other < index)
            };
            if let Some((_, early)) = after.iter().enumerate().find(beats) {
                self.never_comes(key.span.clone(), &early.name);
            }
        }
    }

    /// The rungs of a ladder: each comes at the earliest when all waits up to it have passed.
    fn late_rungs(&mut self, reaction: &Node, read: &Reaction, first: &After) {
        let (Then::Again { rungs, .. }, Some(node)) = (&read.then, value_of(reaction, "again")) else { return };
        let nodes = self.decoder.items(node);
        let mut earliest = SignedDuration::ZERO;
        for (node, rung) in nodes.iter().zip(rungs) {
            if let Rung::After(wait) = rung {
                earliest = earliest.saturating_add(shortest(*wait));
            }
            if nodes.len() == rungs.len() && longest(first.wait).is_some_and(|end| end <= earliest) {
                self.never_comes(node.span.clone(), &first.name);
                return;
            }
        }
    }

    /// A warning: the case goes on all the same, only not as somebody thought.
    fn never_comes(&mut self, place: std::ops::Range<usize>, first: &str) {
        let message = format!("this never comes about: `{first}` leaves before it");
        self.decoder.warn(Code::NeverWins, place, message, None);
    }

    /// The keys of a part of a state, without reporting its mistakes again.
    fn keys(&self, parts: &Parts<'_>, part: &str) -> Vec<Word> {
        let mut keys: Vec<Word> = Vec::new();
        let Some(Kind::Map(entries)) = parts.get(part).map(|node| &node.kind) else { return keys };
        for (key, _) in entries {
            let text = match &key.kind {
                Kind::Text(text) => text.clone(),
                _ => self.decoder.slice(key).to_owned(),
            };
            if !keys.iter().any(|other| other.text == text) {
                keys.push(Word { text, span: key.span.clone() });
            }
        }
        keys
    }
}

/// What a condition comes to, if it depends on nothing.
fn constant(guard: &Program) -> Option<bool> {
    guard.reads().is_empty().then(|| guard.eval_bool(&Record::new()).ok()).flatten()
}

/// Whether an `after` always leaves the state when its time has come.
fn leaves(after: &After) -> bool {
    after.when.is_none() && after.goto.is_some()
}

/// The reactions behind each event, as they are written.
fn reactions_of<'n>(on: &'n Node) -> Vec<&'n [Node]> {
    let Kind::Map(entries) = &on.kind else { return Vec::new() };
    let list = |node: &'n Node| match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    entries.iter().map(|(_, value)| list(value)).collect()
}

fn value_of<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().find(|(key, _)| matches!(&key.kind, Kind::Text(text) if text == name)).map(|(_, value)| value)
}

/// Whether one duration is never longer than another, wherever both are counted from.
fn is_not_longer(one: Duration, other: Duration) -> bool {
    match (one, other) {
        (Duration::Days(one), Duration::Days(other))
        | (Duration::Months(one), Duration::Months(other))
        | (Duration::Days(one) | Duration::WorkingDays(one), Duration::WorkingDays(other)) => one <= other,
        _ => longest(one).is_some_and(|one| one <= shortest(other)),
    }
}

/// Clocks may be put forward or back while a wait lasts.
const CLOCK_CHANGE: SignedDuration = SignedDuration::from_hours(3);

fn days(count: i32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

/// The shortest that a duration can be.
fn shortest(wait: Duration) -> SignedDuration {
    let civil = |count| if count == 0 { SignedDuration::ZERO } else { days(count).saturating_sub(CLOCK_CHANGE) };
    match wait {
        Duration::Elapsed(length) => length,
        Duration::Days(count) | Duration::WorkingDays(count) => civil(count),
        Duration::Months(count) => civil(count.saturating_mul(28)),
        Duration::WorkingHours { minutes } => SignedDuration::from_mins(minutes),
    }
}

/// The longest that a duration can be; working time has no end that is known without a calendar.
fn longest(wait: Duration) -> Option<SignedDuration> {
    match wait {
        Duration::Elapsed(length) => Some(length),
        Duration::Days(count) => Some(days(count).saturating_add(CLOCK_CHANGE)),
        Duration::Months(count) => Some(days(count.saturating_mul(31)).saturating_add(CLOCK_CHANGE)),
        Duration::WorkingDays(_) | Duration::WorkingHours { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_different_kinds_are_compared_only_where_it_is_certain() {
        let not_longer = |one, other| is_not_longer(Duration::parse(one).unwrap(), Duration::parse(other).unwrap());
        for (one, other) in [
            ("7 days", "7 days"),
            ("7 days", "7 working days"),
            ("20 hours", "1 day"),
            ("2 days", "52 hours"),
            ("27 days", "1 month"),
            ("1 month", "32 days"),
            ("2 hours", "2 working hours"),
            ("5 working days", "5 working days"),
        ] {
            assert!(not_longer(one, other), "{one}, {other}");
        }
        for (one, other) in [
            ("24 hours", "1 day"),
            ("1 day", "24 hours"),
            ("30 days", "1 month"),
            ("1 month", "30 days"),
            ("5 working days", "30 days"),
            ("2 working hours", "3 days"),
        ] {
            assert!(!not_longer(one, other), "{one}, {other}");
        }
    }
}
