//! Texts that stand in an expression as they are: read as the day, instant or word that they are used as.
//!
//! A literal may stand behind `?:`, `??` or in a list: `status in ["open", "closed"]` looks at each word.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::error::{did_you_mean, listed};
use super::super::ir::{Node, Op};
use super::types::union;
use super::{Checker, Typed};
use crate::value::{Type, Value};

impl Checker<'_, '_> {
    /// Reads the literals among `texts` as what `wanted` asks for: days, instants, words of a choice.
    /// False when one of them is not (reported).
    pub(super) fn settle(&mut self, texts: &mut Typed, wanted: &Type) -> bool {
        let (Some(given), Some(wanted)) = (text_within(&mut texts.ty), element(wanted)) else {
            return true;
        };
        let before = self.findings.count();
        match wanted {
            Type::Date | Type::Time if *given == Type::Text && all_literal(&texts.node) => {
                *given = wanted.clone();
                for_each_literal(&mut texts.node, &mut |node| self.settle_moment(node, wanted));
            }
            Type::Choice(words) => for_each_literal(&mut texts.node, &mut |node| self.settle_word(node, words)),
            Type::Phone => for_each_literal(&mut texts.node, &mut |node| self.settle_phone(node)),
            _ => {}
        }
        self.findings.count() == before
    }

    /// Reads a text literal as a day or an instant.
    fn settle_moment(&mut self, node: &mut Node, wanted: &Type) {
        let Op::Const(Value::Text(text)) = &node.op else { return };
        let (moment, example) = match wanted {
            Type::Date => (read_date(text).map(Value::Date), "a date: write year, month and day, as in \"2024-01-31\""),
            _ => (
                text.parse::<Timestamp>().ok().map(Value::Time),
                "an instant: write day, time and offset, as in \"2024-01-31T09:30:00+03:00\"",
            ),
        };
        let Some(moment) = moment else {
            let (what, how) = example.split_once(": ").unwrap_or((example, ""));
            let message = format!("`{}` is not {what}", self.findings.quote(&node.span));
            self.findings.add(node.span.clone(), message, Some(how.to_owned()));
            return;
        };
        node.op = Op::Const(moment);
    }

    fn settle_word(&mut self, node: &Node, words: &[String]) {
        let Op::Const(Value::Text(text)) = &node.op else { return };
        if words.contains(text) {
            return;
        }
        let known = || words.iter().map(String::as_str);
        let message = format!("{} is not one of the words {}", self.findings.quote(&node.span), listed(known()));
        self.findings.add(node.span.clone(), message, did_you_mean(text, known()));
    }

    fn settle_phone(&mut self, node: &Node) {
        let Op::Const(Value::Text(text)) = &node.op else { return };
        let digits = text.strip_prefix('+').unwrap_or_default();
        if digits.is_empty() || digits.contains(|c: char| !c.is_ascii_digit()) {
            let message = format!("{} is never equal to a phone number", self.findings.quote(&node.span));
            let suggestion = "phone numbers are kept with `+` and country code, without spaces, as in \"+97317000000\"";
            self.findings.add(node.span.clone(), message, Some(suggestion.into()));
        }
    }

    /// Makes two alternatives fit one another where one is made of literals: `date_of_death ?? "2024-01-31"` is a date,
    /// `status ?? "none"` is one of the words or `none`.
    pub(super) fn settle_alternatives(&mut self, left: &mut Typed, right: &mut Typed) -> bool {
        let (left_ty, right_ty) = (left.ty.clone(), right.ty.clone());
        for (literal, other) in [(left, right_ty), (right, left_ty)] {
            match &other {
                Type::Date | Type::Time if !self.settle(literal, &other) => return false,
                Type::Choice(words) if literal.ty == Type::Text && all_literal(&literal.node) => {
                    let mut own = Vec::new();
                    for_each_literal(&mut literal.node, &mut |node| {
                        if let Op::Const(Value::Text(text)) = &node.op {
                            own.push(text.clone());
                        }
                    });
                    literal.ty = Type::Choice(union(words, &own));
                }
                _ => {}
            }
        }
        true
    }
}

/// A day written as ISO 8601 says, year first.
pub(super) fn read_date(text: &str) -> Option<Date> {
    let separated = text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
    if text.len() != "2024-01-31".len() || !separated {
        return None;
    }
    text.parse().ok()
}

/// What a list holds, what anything else is.
fn element(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(of) => element(of),
        Type::Null => None,
        other => Some(other),
    }
}

/// The text type within lists, to be replaced.
fn text_within(ty: &mut Type) -> Option<&mut Type> {
    match ty {
        Type::List(of) => text_within(of),
        other => other.is_text().then_some(other),
    }
}

/// Whether all that `node` can result in are texts written in the expression.
pub(super) fn all_literal(node: &Node) -> bool {
    match &node.op {
        Op::Const(Value::Text(_)) => true,
        Op::List(items) => items.iter().all(all_literal),
        Op::Coalesce(sides) => sides.iter().all(all_literal),
        Op::Choose { then, otherwise, .. } => all_literal(then) && all_literal(otherwise),
        _ => false,
    }
}

fn for_each_literal(node: &mut Node, visit: &mut dyn FnMut(&mut Node)) {
    match &mut node.op {
        Op::Const(_) => visit(node),
        Op::List(items) => items.iter_mut().for_each(|item| for_each_literal(item, visit)),
        Op::Coalesce(sides) => sides.iter_mut().for_each(|side| for_each_literal(side, visit)),
        Op::Choose { then, otherwise, .. } => {
            for_each_literal(then, visit);
            for_each_literal(otherwise, visit);
        }
        _ => {}
    }
}
