//! Checks an expression against the names and types that it may use, and settles what the evaluator will do.
//!
//! A part that is wrong is reported once and then has no type (`None`): what is built on it is not blamed again, but its
//! other parts are still checked. Operators are in [`operators`], functions in [`calls`].

mod calls;
mod facts;
mod literals;
mod operators;
mod types;

use std::collections::BTreeSet;

use super::ast::{Expr, ExprKind, Word};
use super::error::{Findings, did_you_mean, listed};
use super::ir::{Node, Op};
use super::{Scope, Span};
use crate::value::{Type, Value};
use facts::{Facts, Paths};
use types::{described, fits};

/// What the checker found out about a whole expression.
pub(super) struct Checked {
    pub(super) root: Node,
    pub(super) ty: Type,
    pub(super) nullable: bool,
    pub(super) reads: BTreeSet<String>,
}

/// Checks `expr`; with `expected`, also that its result is of that type.
pub(super) fn check(
    expr: &Expr,
    scope: &Scope,
    expected: Option<&Type>,
    findings: &mut Findings<'_>,
) -> Option<Checked> {
    let mut checker = Checker {
        scope,
        findings,
        known: Paths::new(),
        elements: Vec::new(),
        reads: BTreeSet::new(),
        pattern_count: 0,
        lenient: false,
    };
    let mut typed = checker.check(expr)?;
    if let Some(expected) = expected {
        checker.fit(&mut typed, expected)?;
    }
    Some(Checked { root: typed.node, ty: typed.ty, nullable: typed.nullable, reads: checker.reads })
}

/// A checked part and what is known about its value.
struct Typed {
    node: Node,
    ty: Type,
    /// Whether it may be absent (`null`).
    nullable: bool,
    /// How a condition may speak of it: `heir.mobile`, `contacts[0]`.
    path: Option<String>,
    /// The path of the list whose size this is.
    size_of: Option<String>,
    facts: Facts,
}

impl Typed {
    /// A value that is always there.
    fn new(op: Op, span: Span, ty: Type) -> Self {
        Self { node: Node { op, span }, ty, nullable: false, path: None, size_of: None, facts: Facts::default() }
    }
}

struct Checker<'c, 's> {
    scope: &'c Scope,
    findings: &'c mut Findings<'s>,
    /// Paths that are known to be there at this point.
    known: Paths,
    /// The names that `exists` and `all` gave to their elements, outermost first.
    elements: Vec<(String, Type)>,
    reads: BTreeSet<String>,
    pattern_count: usize,
    /// Whether a condition before this point is broken: then it is unknown what it proves, and absence is not reported.
    lenient: bool,
}

impl Checker<'_, '_> {
    fn check(&mut self, expr: &Expr) -> Option<Typed> {
        let span = expr.span.clone();
        match &expr.kind {
            ExprKind::Literal(value) => Some(literal(value, span)),
            ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. } => {
                let place = self.place(expr)?;
                self.reads.extend(self.read_path(expr).map(|(path, _)| path));
                Some(place)
            }
            ExprKind::List(items) => self.list(items, span),
            ExprKind::Not(of) => self.not(of, span),
            ExprKind::Negate(of) => self.negate(of, span),
            ExprKind::Binary { operator, left, right } => self.binary(*operator, left, right, span),
            ExprKind::Logic { operator, terms } => self.logic(*operator, terms, span),
            ExprKind::Choose { condition, then, otherwise } => self.choose(condition, then, otherwise, span),
            ExprKind::Call { function, receiver, arguments } => {
                self.call(function, receiver.as_deref(), arguments, span)
            }
        }
    }

    /// A variable or a part of one.
    fn place(&mut self, expr: &Expr) -> Option<Typed> {
        let span = expr.span.clone();
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Member { of, member } => self.member(of, member, span),
            ExprKind::Index { of, at } => self.index(of, at, span),
            _ => self.check(expr),
        }
    }

    /// The variable path that `expr` reads, up to the first index; and whether it ends before one.
    fn read_path(&self, expr: &Expr) -> Option<(String, bool)> {
        match &expr.kind {
            ExprKind::Name(name) => self.scope.get(name).map(|_| (name.clone(), true)),
            ExprKind::Member { of, member } => match self.read_path(of)? {
                (path, true) => Some((format!("{path}.{}", member.text), true)),
                indexed => Some(indexed),
            },
            ExprKind::Index { of, .. } => self.read_path(of).map(|(path, _)| (path, false)),
            _ => None,
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Option<Typed> {
        if let Some(out) = self.elements.iter().rev().position(|(element, _)| element == name) {
            let ty = self.elements.iter().rev().nth(out).map(|(_, ty)| ty.clone())?;
            return Some(Typed { path: Some(name.to_owned()), ..Typed::new(Op::Element(out), span, ty) });
        }
        let Some(member) = self.scope.get(name) else {
            self.unknown_name(name, span);
            return None;
        };
        let (ty, nullable) = (member.ty.clone(), member.optional && !self.known.contains(name));
        Some(Typed { nullable, path: Some(name.to_owned()), ..Typed::new(Op::Name(name.to_owned()), span, ty) })
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        let elements = self.elements.iter().map(|(element, _)| element.as_str());
        let near = did_you_mean(name, self.scope.names().chain(elements).chain(["true", "false", "null"]));
        let suggestion = near.or_else(|| self.member_named(name)).or_else(|| {
            let mut known = self.scope.names().peekable();
            known.peek().is_some().then(|| format!("known here: {}", listed(self.scope.names())))
        });
        self.findings.add(span, format!("`{name}` is not a known name"), suggestion);
    }

    /// "did you mean …?" for a record of the scope that has a member `name`.
    fn member_named(&self, name: &str) -> Option<String> {
        let (record, _) = self.scope.members().find(|(_, member)| match &member.ty {
            Type::Record(members) => members.contains_key(name),
            _ => false,
        })?;
        Some(format!("did you mean `{record}.{name}`?"))
    }

    /// `of.member`: absent when `of` is.
    fn member(&mut self, of: &Expr, member: &Word, span: Span) -> Option<Typed> {
        let of = self.place(of)?;
        let Type::Record(members) = &of.ty else {
            self.no_members(&of, member);
            return None;
        };
        let Some(found) = members.get(&member.text) else {
            let message = format!("{} has no member `{}`", self.named(&of), member.text);
            let names = || members.keys().map(String::as_str);
            let suggestion =
                did_you_mean(&member.text, names()).or_else(|| Some(format!("its members: {}", listed(names()))));
            self.findings.add(member.span.clone(), message, suggestion);
            return None;
        };
        let path = of.path.as_ref().map(|path| format!("{path}.{}", member.text));
        let nullable = (found.optional || of.nullable) && !self.knows(path.as_ref());
        let op = Op::Member(Box::new(of.node), member.text.clone());
        Some(Typed { nullable, path, ..Typed::new(op, span, found.ty.clone()) })
    }

    fn no_members(&mut self, of: &Typed, member: &Word) {
        let quote = self.findings.quote(&of.node.span);
        let suggestion = match &of.ty {
            Type::List(element) if matches!(&**element, Type::Record(_)) => Some(format!(
                "take one, as in `{quote}[0].{0}`, or ask about all: `{quote}.exists(c, c.{0} …)`",
                member.text
            )),
            Type::List(_) => Some(format!("take one, as in `{quote}[0]`, or ask for `{quote}.size()`")),
            _ => None,
        };
        let message = format!("{} is {} and has no member `{}`", self.named(of), described(&of.ty), member.text);
        self.findings.add(member.span.clone(), message, suggestion);
    }

    /// `of[at]`: absent when `of` is, and when the list is not that long.
    fn index(&mut self, of: &Expr, at: &Expr, span: Span) -> Option<Typed> {
        let of = self.place(of);
        let at = self.check(at);
        let (of, at) = (of?, at?);
        let Type::List(element) = &of.ty else {
            let message = format!("{} is {}: only lists have elements", self.named(&of), described(&of.ty));
            self.findings.add(of.node.span.clone(), message, None);
            return None;
        };
        let index_is_int = self.demand(&at, at.ty == Type::Int, "a whole number");
        if !index_is_int {
            return None;
        }
        let mut path = None;
        if let Op::Const(Value::Int(index)) = at.node.op {
            if index < 0 {
                self.findings.add(at.node.span, "lists count from 0", Some("write `[0]` for the first".into()));
                return None;
            }
            path = of.path.as_ref().map(|path| format!("{path}[{index}]"));
        }
        let ty = (**element).clone();
        let nullable = !self.knows(path.as_ref());
        Some(Typed { nullable, path, ..Typed::new(Op::Index(Box::new(of.node), Box::new(at.node)), span, ty) })
    }

    fn list(&mut self, items: &[Expr], span: Span) -> Option<Typed> {
        let checked: Vec<Option<Typed>> = items.iter().map(|item| self.check(item)).collect();
        let mut nodes = Vec::new();
        let mut of = Type::Null;
        for item in checked {
            let item = item?;
            if !self.demand(&item, item.ty != Type::Null, "a value") {
                return None;
            }
            let Some(joined) = types::join(&of, &item.ty) else {
                let message = format!(
                    "{} is {}, but the elements before it are {}",
                    self.named(&item),
                    described(&item.ty),
                    described(&of)
                );
                self.findings.add(item.node.span, message, Some("a list holds values of one type".into()));
                return None;
            };
            of = joined;
            nodes.push(item.node);
        }
        Some(Typed::new(Op::List(nodes), span, Type::List(Box::new(of))))
    }

    fn knows(&self, path: Option<&String>) -> bool {
        path.is_some_and(|path| self.known.contains(path))
    }

    /// The source of a part, in backticks.
    fn named(&self, typed: &Typed) -> String {
        format!("`{}`", self.findings.quote(&typed.node.span))
    }

    /// Reports unless the type of `typed` `is_right`, and if it may be absent; the type alone decides the answer.
    fn demand(&mut self, typed: &Typed, is_right: bool, wanted: &str) -> bool {
        if !is_right {
            let message = format!("{} is {}, not {wanted}", self.named(typed), described(&typed.ty));
            self.findings.add(typed.node.span.clone(), message, None);
            return false;
        }
        self.demand_present(typed);
        true
    }

    /// Reports a value that may be absent where one is needed. Its type is known all the same: checking goes on.
    fn demand_present(&mut self, typed: &Typed) {
        if !typed.nullable || self.lenient || self.knows(typed.path.as_ref()) {
            return;
        }
        let named = self.named(typed);
        let quote = named.trim_matches('`');
        let suggestion = match &typed.path {
            Some(path) => {
                let list = path.strip_suffix(']').and_then(|path| path.rsplit_once('['));
                let test = match list.and_then(|(list, index)| Some((list, index.parse::<u64>().ok()?))) {
                    Some((list, index)) => format!("{list}.size() > {index}"),
                    None => format!("has({path})"),
                };
                // Once is enough: the same test cures the places that follow.
                self.known.extend(facts::present(path));
                format!("test it first with `{test} && …`")
            }
            None => format!("say what holds instead with `({quote} ?? …)`"),
        };
        self.findings.add(typed.node.span.clone(), format!("{named} may be absent here"), Some(suggestion));
    }

    /// Makes the whole expression fit what is expected of it.
    fn fit(&mut self, typed: &mut Typed, expected: &Type) -> Option<()> {
        if !self.settle(typed, expected) {
            return None;
        }
        let literal_word = matches!(expected, Type::Choice(_) | Type::Phone) && literals::all_literal(&typed.node);
        let is_right = (fits(&typed.ty, expected) && (typed.ty != Type::Null || *expected != Type::Bool))
            || (literal_word && typed.ty.is_text());
        if is_right {
            if *expected == Type::Bool {
                self.demand_present(typed);
            }
            return Some(());
        }
        let is = described(&typed.ty);
        let message = match expected {
            Type::Bool => format!("a guard must be true or false; this is {is}"),
            other => format!("this must be {}; it is {is}", described(other)),
        };
        let suggestion = (*expected == Type::Bool).then(|| self.as_condition(typed)).flatten();
        self.findings.add(typed.node.span.clone(), message, suggestion);
        None
    }

    /// How a value that is no condition may become one.
    fn as_condition(&self, typed: &Typed) -> Option<String> {
        typed.path.as_ref()?;
        let quote = self.findings.quote(&typed.node.span);
        let condition = match &typed.ty {
            Type::List(_) => format!("{quote}.size() > 0"),
            _ if typed.nullable => format!("has({quote})"),
            Type::Int | Type::Number => format!("{quote} > 0"),
            ty if ty.is_text() => format!("{quote} == \"…\""),
            _ => return None,
        };
        Some(format!("write a condition, as in `{condition}`"))
    }
}

fn literal(value: &Value, span: Span) -> Typed {
    let ty = match value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Number(_) => Type::Number,
        Value::Text(_) => Type::Text,
        _ => Type::Null,
    };
    let nullable = ty == Type::Null;
    Typed { nullable, ..Typed::new(Op::Const(value.clone()), span, ty) }
}
